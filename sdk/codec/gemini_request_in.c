/* Gemini requests, read: the top level and generationConfig, row by row. */
#include "gemini.h"

#include "codecs.h"

#include <stdio.h>

/* ---- For rows ------------------------------------------------------------------------------- */

enum aip_status gemini_wrong(struct gemini_reader *r, const struct aip_json *at, const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

enum aip_status gemini_missing(struct gemini_reader *r, const struct aip_json *object,
                               const char *key)
{
	return aip_json_lacks(r->error, object, key, "must be specified");
}

enum aip_status gemini_take_text(struct gemini_reader *r, const struct aip_json *object,
                                 const char *camel, struct aip_str *into)
{
	const struct aip_json *v = gemini_get(object, camel);

	if (!v)
		return AIP_OK;
	if (v->kind != AIP_JSON_STRING)
		return gemini_wrong(r, v, "must be a string");
	*into = v->text;
	return AIP_OK;
}

static void keep(struct gemini_reader *r, const struct aip_json *member, const char *outer)
{
	struct aip_str key = member->key;

	if (*outer)
		key = aip_arena_printf(r->arena, "%s.%.*s", outer, AIP_FMT(key));
	*r->ext = aip_ext_new(r->arena, AIP_GEMINI, key, member->raw);
	r->ext = &(*r->ext)->next;
}

enum aip_status gemini_read_rows(struct gemini_reader *r, const struct aip_json *object,
                                 const struct gemini_row *rows, size_t n, const char *outer)
{
	AIP_JSON_EACH (member, object) {
		const struct gemini_row *row = rows;
		while (row < rows + n && !gemini_key_is(member->key, row->key))
			row++;
		if (row == rows + n) {
			keep(r, member, outer);
			continue;
		}
		enum aip_status s = member->kind == AIP_JSON_NULL ? AIP_OK : row->read(r, member);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status take_bool(struct gemini_reader *r, const struct aip_json *v,
                                 enum aip_tri *into)
{
	if (!aip_json_is_bool(v))
		return gemini_wrong(r, v, "must be true or false");
	*into = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

/* A number, which proto3 JSON also takes as a string. */
static enum aip_status take_number(struct gemini_reader *r, const struct aip_json *v,
                                   struct aip_str *into)
{
	double number;

	if ((v->kind != AIP_JSON_NUMBER && v->kind != AIP_JSON_STRING) ||
	    !aip_str_double(v->text, &number))
		return gemini_wrong(r, v, "must be a number");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status take_whole(struct gemini_reader *r, const struct aip_json *v, double least,
                                  double most, struct aip_str *into)
{
	double number;

	enum aip_status s = take_number(r, v, into);
	if (s)
		return s;
	if (!aip_str_double(v->text, &number) || number < least || number > most ||
	    (double)(int64_t)number != number)
		return aip_json_fail(r->error, v, "must be a whole number from %.0f to %.0f", least,
		                     most);
	return AIP_OK;
}

#define NUMBER(name, field)                                                                   \
	static enum aip_status read_##name(struct gemini_reader *r, const struct aip_json *v) \
	{                                                                                     \
		return take_number(r, v, &r->request->field);                                 \
	}
#define WITHIN(name, most, field)                                                             \
	static enum aip_status read_##name(struct gemini_reader *r, const struct aip_json *v) \
	{                                                                                     \
		enum aip_status s = take_number(r, v, &r->request->field);                    \
		return s ? s : codec_take_within(v, most, &r->request->field, r->error);      \
	}
#define WHOLE(name, least, most, field)                                                       \
	static enum aip_status read_##name(struct gemini_reader *r, const struct aip_json *v) \
	{                                                                                     \
		return take_whole(r, v, least, most, &r->request->field);                     \
	}
#define RAW(name, field)                                                                      \
	static enum aip_status read_##name(struct gemini_reader *r, const struct aip_json *v) \
	{                                                                                     \
		r->request->field = v->raw;                                                   \
		return AIP_OK;                                                                \
	}

/* ---- generationConfig ----------------------------------------------------------------------- */

WITHIN(temperature, 2, sampling.temperature)
WITHIN(top_p, 1, sampling.top_p)
NUMBER(top_k, sampling.top_k)
WHOLE(seed, INT32_MIN, INT32_MAX, sampling.seed)
NUMBER(presence, sampling.presence_penalty)
NUMBER(frequency, sampling.frequency_penalty)
WHOLE(max_tokens, 1, INT32_MAX, max_output_tokens)
WHOLE(n, 1, GEMINI_CANDIDATES_MAX, sampling.n)
WHOLE(logprobs, 0, 20, sampling.top_logprobs)

static enum aip_status read_stop_sequences(struct gemini_reader *r, const struct aip_json *v)
{
	struct aip_name **tail = &r->request->sampling.stop;

	if (v->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, v, "must be an array");
	AIP_JSON_EACH (stop, v) {
		if (stop->kind != AIP_JSON_STRING)
			return gemini_wrong(r, stop, "must be a string");
		*tail = aip_name_new(r->arena, stop->text);
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

static enum aip_status read_response_logprobs(struct gemini_reader *r, const struct aip_json *v)
{
	return take_bool(r, v, &r->request->sampling.logprobs);
}

static enum aip_status read_mime(struct gemini_reader *r, const struct aip_json *v)
{
	struct aip_output *output = &r->request->output;

	if (v->kind != AIP_JSON_STRING)
		return gemini_wrong(r, v, "must be a string");
	if (aip_str_is(v->text, "text/x.enum"))
		output->format = AIP_FORMAT_ENUM;
	else if (aip_str_is(v->text, "text/plain"))
		output->format = AIP_FORMAT_TEXT;
	else if (aip_str_is(v->text, "application/json"))
		output->format =
			output->schema.at ? AIP_FORMAT_JSON_SCHEMA : AIP_FORMAT_JSON_OBJECT;
	else
		keep(r, v, "generationConfig");
	return AIP_OK;
}

static enum aip_status take_schema(struct gemini_reader *r, const struct aip_json *v,
                                   struct aip_str schema)
{
	struct aip_output *output = &r->request->output;

	if (v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be a schema, an object");
	if (output->schema.at)
		return gemini_wrong(r, v, "stands beside another schema; only one can be set");
	output->schema = schema;
	if (output->format != AIP_FORMAT_ENUM)
		output->format = AIP_FORMAT_JSON_SCHEMA;
	return AIP_OK;
}

static enum aip_status read_schema(struct gemini_reader *r, const struct aip_json *v)
{
	return take_schema(r, v, aip_schema_from_openapi(r->arena, v->raw));
}

static enum aip_status read_json_schema(struct gemini_reader *r, const struct aip_json *v)
{
	return take_schema(r, v, v->raw);
}

/* The newer list form: its text is what the fields above say, the rest is Google's own. */
static enum aip_status read_response_format(struct gemini_reader *r, const struct aip_json *v)
{
	AIP_JSON_EACH (format, v) {
		const struct aip_json *text = gemini_get(format, "text");
		const struct aip_json *mime = gemini_get(text, "mimeType");
		const struct aip_json *schema = gemini_get(text, "schema");
		enum aip_status s = AIP_OK;
		if (mime && gemini_word_is(mime->text, "APPLICATION_JSON"))
			r->request->output.format = AIP_FORMAT_JSON_OBJECT;
		else if (mime)
			s = read_mime(r, mime);
		if (schema && !s)
			s = read_json_schema(r, schema);
		if (s)
			return s;
	}
	keep(r, v, "generationConfig");
	return AIP_OK;
}

RAW(speech, output.speech)
RAW(image, output.image)

static enum aip_status read_modalities(struct gemini_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, v, "must be an array");
	r->request->output.modalities = v->raw;
	return AIP_OK;
}

static enum aip_status read_thoughts(struct gemini_reader *r, const struct aip_json *v)
{
	enum aip_tri shown = AIP_UNSET;

	enum aip_status s = take_bool(r, v, &shown);
	if (s)
		return s;
	r->request->reasoning.summary = shown == AIP_YES ? AIP_SUMMARY_AUTO : AIP_SUMMARY_OFF;
	r->request->reasoning.summary_explicit = true;
	return AIP_OK;
}

/* A level outranks a budget, whichever stands first. */
static enum aip_status read_budget(struct gemini_reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning;
	struct aip_str lexeme;
	double budget = 0;

	enum aip_status s = take_whole(r, v, -1, INT32_MAX, &lexeme);
	if (s || !aip_str_double(lexeme, &budget) || reasoning->mode == AIP_REASONING_LEVEL)
		return s;
	reasoning->budget = (int64_t)budget;
	reasoning->mode = budget == 0  ? AIP_REASONING_OFF
	                  : budget < 0 ? AIP_REASONING_AUTO
	                               : AIP_REASONING_BUDGET;
	return AIP_OK;
}

static enum aip_status read_level(struct gemini_reader *r, const struct aip_json *v)
{
	if (v->kind == AIP_JSON_STRING && gemini_word_is(v->text, "THINKING_LEVEL_UNSPECIFIED"))
		return AIP_OK;
	if (v->kind != AIP_JSON_STRING || !aip_reasoning_parse(v->text, &r->request->reasoning))
		return gemini_wrong(r, v, "must be minimal, low, medium or high");
	return AIP_OK;
}

static enum aip_status read_thinking(struct gemini_reader *r, const struct aip_json *v)
{
	static const struct gemini_row rows[] = {
		{"thinkingBudget", read_budget},
		{"thinkingLevel", read_level},
		{"includeThoughts", read_thoughts},
	};

	if (v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be an object");
	return gemini_read_rows(r, v, rows, sizeof(rows) / sizeof(*rows), "thinkingConfig");
}

static enum aip_status read_generation_config(struct gemini_reader *r, const struct aip_json *v)
{
	static const struct gemini_row rows[] = {
		{"temperature", read_temperature},
		{"topP", read_top_p},
		{"topK", read_top_k},
		{"seed", read_seed},
		{"presencePenalty", read_presence},
		{"frequencyPenalty", read_frequency},
		{"maxOutputTokens", read_max_tokens},
		{"stopSequences", read_stop_sequences},
		{"candidateCount", read_n},
		{"responseLogprobs", read_response_logprobs},
		{"logprobs", read_logprobs},
		{"responseMimeType", read_mime},
		{"responseSchema", read_schema},
		{"responseJsonSchema", read_json_schema},
		{"_responseJsonSchema", read_json_schema},
		{"responseFormat", read_response_format},
		{"responseModalities", read_modalities},
		{"speechConfig", read_speech},
		{"imageConfig", read_image},
		{"thinkingConfig", read_thinking},
	};

	if (v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be an object");
	return gemini_read_rows(r, v, rows, sizeof(rows) / sizeof(*rows), "generationConfig");
}

/* ---- Top level ------------------------------------------------------------------------------ */

RAW(safety, safety)
RAW(labels, metadata)

static enum aip_status read_cached_content(struct gemini_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING)
		return gemini_wrong(r, v, "must be a string");
	r->request->cache.resource = v->text;
	return AIP_OK;
}

static enum aip_status read_tier(struct gemini_reader *r, const struct aip_json *v)
{
	static const char *const words[] = {"standard", "flex", "priority"};

	if (v->kind != AIP_JSON_STRING)
		return gemini_wrong(r, v, "must be a string");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (gemini_word_is(v->text, words[i]))
			r->request->service_tier = aip_str(words[i]);
	return AIP_OK;
}

static enum aip_status skip(struct gemini_reader *r, const struct aip_json *v)
{
	return AIP_OK;
}

static const struct gemini_row top_rows[] = {
	{"model", skip}, /* the path wins */
	{"contents", gemini_read_contents},
	{"systemInstruction", gemini_read_system},
	{"tools", gemini_read_tools},
	{"toolConfig", gemini_read_tool_config},
	{"safetySettings", read_safety},
	{"cachedContent", read_cached_content},
	{"serviceTier", read_tier},
	{"labels", read_labels},
	{"generationConfig", read_generation_config},
};

static enum aip_status read_body(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                 const struct aip_json *body, struct aip_request **ret,
                                 struct aip_error *reterr)
{
	struct gemini_reader r = {ctx->arena, aip_request_new(ctx->arena), reterr, NULL};

	r.ext = &r.request->ext;
	r.request->dialect = AIP_GEMINI;
	r.request->model = in->model;
	r.request->stream = in->stream;
	r.request->source = in->body;
	enum aip_status s =
		gemini_read_rows(&r, body, top_rows, sizeof(top_rows) / sizeof(*top_rows), "");
	if (!s)
		s = aip_request_canon(ctx->arena, r.request, reterr);
	if (!s && !r.request->turns && !r.request->cache.resource.at)
		s = gemini_get(body, "contents")
		            ? gemini_wrong(&r, gemini_get(body, "contents"), "says nothing")
		            : gemini_missing(&r, body, "contents");
	if (!s)
		*ret = r.request;
	return s;
}

static enum aip_status parse(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                             struct aip_json **ret, struct aip_error *reterr)
{
	enum aip_status s = aip_json_parse(ctx->arena, in->body, ret, reterr);

	if (!s && (*ret)->kind != AIP_JSON_OBJECT)
		s = aip_json_fail(reterr, *ret, "the body must be an object");
	return s;
}

enum aip_status gemini_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr)
{
	struct aip_json *body;

	enum aip_status s = parse(ctx, in, &body, reterr);
	return s ? s : read_body(ctx, in, body, ret, reterr);
}

/* A count is asked for bare contents, or for a whole request inside. */
enum aip_status gemini_read_count(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr)
{
	struct aip_json *body;

	enum aip_status s = parse(ctx, in, &body, reterr);
	if (s)
		return s;
	const struct aip_json *inner = gemini_get(body, "generateContentRequest");
	if (inner && inner->kind != AIP_JSON_OBJECT)
		return aip_json_fail(reterr, inner, "must be an object");
	return read_body(ctx, in, inner ? inner : body, ret, reterr);
}
