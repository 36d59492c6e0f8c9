/* The Gemini face: model and method stand in the path, "{model}:{method}". */
#include "api/api.h"

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

void api_gemini(struct visit *visit)
{
	struct aip_error error = {0};
	ptrdiff_t colon = aip_str_find(visit->rest, AIP_LIT(":"));
	struct aip_str method = AIP_NONE;

	if (colon > 0)
		method = aip_strn(visit->rest.at + colon + 1, visit->rest.len - (size_t)colon - 1);
	const struct method *known = method_of(method);
	if (!known) {
		aip_fail(&error, AIP_NOT_FOUND, "%.*s not found.", AIP_FMT(visit->ex->path));
		api_fail(visit, &error);
		return;
	}
	if (visit->ex->body.len == 0)
		aip_fail(&error, AIP_BAD_REQUEST, "Invalid request: the body is empty");
	else if (aip_json_scan(visit->ex->body, NULL, 0, &error))
		aip_note(&error, "Invalid request");
	if (error.status) {
		api_fail(visit, &error);
		return;
	}
	const struct aip_str model = aip_strn(visit->rest.at, (size_t)colon);
	const struct call_spec spec = {
		.purpose = known->purpose,
		.dialect = AIP_GEMINI,
		.stream = known->stream,
		.raw_stream = known->stream && wants_array(visit),
		.model = model,
		.path_model = model,
	};
	api_call(visit, &spec);
}
