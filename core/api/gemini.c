/* The Gemini face: model and method stand in the path, "{model}:{method}". */
#include "api/api.h"

#define TUNED "tunedModels/"
#define PUBLISHED \
	"/publishers/google/models/" /* in a path of Vertex, behind project and location */

struct method {
	const char *name;
	enum aip_purpose purpose;
	bool stream;
};

static const struct method methods[] = {
	{"generateContent", AIP_GENERATE, false},
	{"streamGenerateContent", AIP_GENERATE, true},
	{"countTokens", AIP_COUNT, false},
};

static const struct method *method_of(struct aip_str name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (aip_str_is(name, methods[i].name))
			return &methods[i];
	return NULL;
}

/* Without alt=sse the API streams a JSON array. */
static bool wants_array(struct visit *visit)
{
	struct aip_str alt = access_query(visit->ex->arena, visit->ex->query, "alt");

	if (!alt.at)
		alt = access_query(visit->ex->arena, visit->ex->query, "$alt");
	return !aip_str_is(alt, "sse");
}

/* "{model}:{method}", wherever the path has it. A tuned model keeps its folder, which is part of
 * its name. */
static struct aip_str tail_of(const struct visit *visit)
{
	struct aip_str path = visit->ex->path;
	const ptrdiff_t tuned = aip_str_find(path, AIP_LIT("/" TUNED));
	const ptrdiff_t published = aip_str_find(visit->rest, AIP_LIT(PUBLISHED));

	if (!aip_str_starts(path, AIP_LIT("/v1/projects/")))
		return tuned == (ptrdiff_t)strlen("/v1beta")
		               ? aip_strn(path.at + tuned + 1, path.len - (size_t)tuned - 1)
		               : visit->rest;
	if (published < 0)
		return AIP_NONE;
	const size_t from = (size_t)published + strlen(PUBLISHED);
	return aip_strn(visit->rest.at + from, visit->rest.len - from);
}

/* Names of models may hold colons; no method does. */
static const struct method *split(struct aip_str tail, struct aip_str *ret_model)
{
	size_t colon = tail.len;

	while (colon > 0 && tail.at[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return NULL;
	*ret_model = aip_strn(tail.at, colon - 1);
	return method_of(aip_strn(tail.at + colon, tail.len - colon));
}

/* A name goes into the upstream's path. */
static bool climbs(struct aip_str model)
{
	return aip_str_find(model, AIP_LIT("..")) >= 0;
}

static enum aip_status check_body(struct aip_str body, struct aip_error *reterr)
{
	if (body.len == 0)
		return aip_fail(reterr, AIP_BAD_REQUEST, "Invalid request: the body is empty");
	enum aip_status s = aip_json_scan(body, NULL, 0, reterr);
	if (s)
		aip_note(reterr, "Invalid request");
	return s;
}

void api_gemini(struct visit *visit)
{
	struct aip_error error = {0};
	struct aip_str model = AIP_NONE;
	const struct method *method = split(tail_of(visit), &model);
	enum aip_status s = AIP_OK;

	if (!method)
		s = aip_fail(&error, AIP_NOT_FOUND, "%.*s not found.", AIP_FMT(visit->ex->path));
	else if (climbs(model))
		s = aip_fail(&error, AIP_BAD_REQUEST, "Invalid request: '%.*s' is no model's name",
		             AIP_FMT(model));
	else
		s = check_body(visit->ex->body, &error);
	if (s) {
		api_fail(visit, &error);
		return;
	}
	const struct call_spec spec = {
		.purpose = method->purpose,
		.dialect = AIP_GEMINI,
		.stream = method->stream,
		.raw_stream = method->stream && wants_array(visit),
		.model = model,
		.path_model = model,
	};
	api_call(visit, &spec);
}
