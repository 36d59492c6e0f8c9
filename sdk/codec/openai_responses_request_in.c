/* Responses requests, read: one function a row of the dialect's table of fields. */
#include "openai_responses.h"

#include "codecs.h"

#include <stdio.h>

/* ---- Refusals and members ------------------------------------------------------------------- */

enum aip_status responses_wrong(struct responses_reader *r, const struct aip_json *at,
                                const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

enum aip_status responses_missing(struct responses_reader *r, const struct aip_json *object,
                                  const char *key)
{
	return aip_json_lacks(r->error, object, key, "is missing");
}

enum aip_status responses_text(struct responses_reader *r, const struct aip_json *object,
                               const char *key, struct aip_str *into)
{
	const struct aip_json *v = aip_json_some(object, key);

	*into = AIP_NONE;
	if (v && v->kind != AIP_JSON_STRING)
		return responses_wrong(r, v, "must be a string");
	if (v)
		*into = v->text;
	return AIP_OK;
}

enum aip_status responses_word(struct responses_reader *r, const struct aip_json *object,
                               const char *key, struct aip_str *into)
{
	enum aip_status s = responses_text(r, object, key, into);

	return s || into->len ? s : responses_missing(r, object, key);
}

struct aip_str responses_raw(const struct aip_json *object, const char *key)
{
	const struct aip_json *v = aip_json_some(object, key);

	return v ? v->raw : AIP_NONE;
}

enum aip_tri responses_tri(const struct aip_json *object, const char *key)
{
	const struct aip_json *v = aip_json_some(object, key);

	return !aip_json_is_bool(v) ? AIP_UNSET : v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
}

/* ---- Kinds of value ------------------------------------------------------------------------- */

static enum aip_status take_text(struct responses_reader *r, const struct aip_json *v,
                                 struct aip_str *into)
{
	if (v->kind != AIP_JSON_STRING)
		return responses_wrong(r, v, "must be a string");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status take_bool(struct responses_reader *r, const struct aip_json *v,
                                 enum aip_tri *into)
{
	if (!aip_json_is_bool(v))
		return responses_wrong(r, v, "must be true or false");
	*into = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static enum aip_status take_within(struct responses_reader *r, const struct aip_json *v,
                                   double most, struct aip_str *into)
{
	if (v->kind != AIP_JSON_NUMBER)
		return responses_wrong(r, v, "must be a number");
	return codec_take_within(v, most, into, r->error);
}

/* Whole numbers, also where they are written 5.0 or 1e3; they go on in plain digits. */
static enum aip_status take_count(struct responses_reader *r, const struct aip_json *v,
                                  int64_t least, int64_t most, struct aip_str *into)
{
	int64_t n = aip_json_int(v->parent, r->key, -1);
	int64_t plain;

	if (v->kind != AIP_JSON_NUMBER || n < least || n > most)
		return aip_json_fail(r->error, v, "must be a whole number from %lld to %lld",
		                     (long long)least, (long long)most);
	*into = aip_str_int(v->text, &plain) ? v->text
	                                     : aip_arena_printf(r->arena, "%lld", (long long)n);
	return AIP_OK;
}

static enum aip_status take_object(struct responses_reader *r, const struct aip_json *v,
                                   struct aip_str *into)
{
	if (v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be an object");
	*into = v->raw;
	return AIP_OK;
}

static enum aip_status take_texts(struct responses_reader *r, const struct aip_json *v,
                                  struct aip_str *into)
{
	return codec_take_texts(v, into, r->error);
}

/* ---- Fields of one value -------------------------------------------------------------------- */

typedef enum aip_status (*read_fn)(struct responses_reader *r, const struct aip_json *v);

#define FIELD(name, take, field)                                                                 \
	static enum aip_status read_##name(struct responses_reader *r, const struct aip_json *v) \
	{                                                                                        \
		return take(r, v, &r->request->field);                                           \
	}
FIELD(model, take_text, model)
FIELD(parallel, take_bool, parallel_tools)
FIELD(store, take_bool, state.store)
FIELD(background, take_bool, state.background)
FIELD(previous, take_text, state.previous_response_id)
FIELD(prompt, take_object, state.prompt)
FIELD(truncation, take_text, state.truncation)
FIELD(metadata, take_texts, metadata)
FIELD(moderation, take_object, safety)
FIELD(safety_identifier, take_text, user_id)
FIELD(cache_key, take_text, cache.key)
FIELD(cache_options, take_object, cache.options)
FIELD(cache_retention, take_text, cache.retention)
#undef FIELD

#define WITHIN(name, most, field)                                                                \
	static enum aip_status read_##name(struct responses_reader *r, const struct aip_json *v) \
	{                                                                                        \
		return take_within(r, v, most, &r->request->field);                              \
	}
WITHIN(temperature, 2, sampling.temperature)
WITHIN(top_p, 1, sampling.top_p)
#undef WITHIN

#define COUNT(name, least, most, field)                                                          \
	static enum aip_status read_##name(struct responses_reader *r, const struct aip_json *v) \
	{                                                                                        \
		return take_count(r, v, least, most, &r->request->field);                        \
	}
COUNT(max_output_tokens, 1, INT32_MAX, max_output_tokens)
COUNT(max_tool_calls, 1, INT32_MAX, max_tool_calls)
COUNT(top_logprobs, 0, 20, sampling.top_logprobs)
#undef COUNT

static enum aip_status read_stream(struct responses_reader *r, const struct aip_json *v)
{
	enum aip_tri streams = AIP_NO;
	enum aip_status s = take_bool(r, v, &streams);

	r->request->stream = streams == AIP_YES;
	return s;
}

static enum aip_status read_stream_options(struct responses_reader *r, const struct aip_json *v)
{
	const struct aip_json *obfuscate = aip_json_some(v, "include_obfuscation");

	if (v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be an object");
	return obfuscate ? take_bool(r, obfuscate, &r->request->stream_options.include_obfuscation)
	                 : AIP_OK;
}

/* An id, or an object with one. */
static enum aip_status read_conversation(struct responses_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING && v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be a string or an object");
	r->request->state.conversation = v->raw;
	return AIP_OK;
}

static enum aip_status read_context_management(struct responses_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_ARRAY)
		return responses_wrong(r, v, "must be an array");
	r->request->state.context_management = v->raw;
	return AIP_OK;
}

static enum aip_status read_tier(struct responses_reader *r, const struct aip_json *v)
{
	enum aip_status s = take_text(r, v, &r->request->service_tier);

	if (!s && aip_str_is(v->text, "default"))
		r->request->service_tier = AIP_LIT("standard");
	return s;
}

/* The older word for safety_identifier, which counts where both are said. */
static enum aip_status read_user(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_str ignored;

	return take_text(r, v, r->request->user_id.at ? &ignored : &r->request->user_id);
}

static enum aip_status read_include(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_name **tail = &r->request->include;

	if (v->kind != AIP_JSON_ARRAY)
		return responses_wrong(r, v, "must be an array");
	AIP_JSON_EACH (item, v) {
		if (item->kind != AIP_JSON_STRING)
			return responses_wrong(r, item, "must be a string");
		*tail = aip_name_new(r->arena, item->text);
		tail = &(*tail)->next;
		if (aip_str_is(item->text, RESPONSES_LOGPROBS))
			r->request->sampling.logprobs = AIP_YES;
	}
	return AIP_OK;
}

/* ---- text.format, text.verbosity ------------------------------------------------------------ */

static enum aip_status read_json_schema(struct responses_reader *r, const struct aip_json *format)
{
	struct aip_output *output = &r->request->output;
	const struct aip_json *schema = aip_json_some(format, "schema");

	if (!schema)
		return responses_missing(r, format, "schema");
	if (schema->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, schema, "must be an object");
	output->schema = schema->raw;
	output->strict = responses_tri(format, "strict");
	enum aip_status s = responses_text(r, format, "name", &output->name);
	return s ? s : responses_text(r, format, "description", &output->description);
}

static enum aip_status read_format(struct responses_reader *r, const struct aip_json *format)
{
	static const struct {
		const char *type;
		enum aip_format format;
	} table[] = {{"text", AIP_FORMAT_TEXT},
	             {"json_object", AIP_FORMAT_JSON_OBJECT},
	             {"json_schema", AIP_FORMAT_JSON_SCHEMA},
	             {"grammar", AIP_FORMAT_GRAMMAR}};
	struct aip_output *output = &r->request->output;
	struct aip_str type = AIP_NONE;

	enum aip_status s = responses_word(r, format, "type", &type);
	if (s)
		return s;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_is(type, table[i].type))
			output->format = table[i].format;
	if (!output->format)
		return responses_wrong(r, aip_json_get(format, "type"),
		                       "must be text, json_object or json_schema");
	output->raw = format->raw;
	return output->format == AIP_FORMAT_JSON_SCHEMA ? read_json_schema(r, format) : AIP_OK;
}

static enum aip_status read_text(struct responses_reader *r, const struct aip_json *v)
{
	const struct aip_json *format = aip_json_some(v, "format");

	if (v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be an object");
	if (format && format->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, format, "must be an object");
	enum aip_status s = format ? read_format(r, format) : AIP_OK;
	return s ? s : responses_text(r, v, "verbosity", &r->request->output.verbosity);
}

/* ---- reasoning ------------------------------------------------------------------------------ */

/* `summary`, or the name it had before. */
static enum aip_status read_summary(struct responses_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_summary summary;
	} words[] = {{"auto", AIP_SUMMARY_AUTO},
	             {"concise", AIP_SUMMARY_CONCISE},
	             {"detailed", AIP_SUMMARY_DETAILED},
	             {"none", AIP_SUMMARY_OFF}};
	const char *key = aip_json_some(v, "summary") ? "summary" : "generate_summary";
	struct aip_str word = AIP_NONE;

	enum aip_status s = responses_text(r, v, key, &word);
	if (s || !word.at)
		return s;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!aip_str_is(word, words[i].word))
			continue;
		r->request->reasoning.summary = words[i].summary;
		r->request->reasoning.summary_explicit = true;
		return AIP_OK;
	}
	return responses_wrong(r, aip_json_get(v, key), "must be auto, concise or detailed");
}

static enum aip_status read_reasoning(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning;
	struct aip_str effort;

	if (v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be an object");
	enum aip_status s = responses_text(r, v, "effort", &effort);
	if (s)
		return s;
	if (effort.at && !aip_reasoning_parse(effort, reasoning))
		return responses_wrong(r, aip_json_get(v, "effort"),
		                       "must be none, minimal, low, medium, high, xhigh or max");
	reasoning->context = responses_raw(v, "context");
	reasoning->exec_mode = responses_raw(v, "mode");
	return read_summary(r, v);
}

/* ---- The table ------------------------------------------------------------------------------ */

static const struct {
	const char *key;
	read_fn read;
} rows[] = {
	{"model", read_model},
	{"input", responses_read_input},
	{"instructions", responses_read_instructions},
	{"stream", read_stream},
	{"stream_options", read_stream_options},
	{"max_output_tokens", read_max_output_tokens},
	{"max_tool_calls", read_max_tool_calls},
	{"temperature", read_temperature},
	{"top_p", read_top_p},
	{"top_logprobs", read_top_logprobs},
	{"tools", responses_read_tools},
	{"tool_choice", responses_read_choice},
	{"parallel_tool_calls", read_parallel},
	{"text", read_text},
	{"reasoning", read_reasoning},
	{"include", read_include},
	{"store", read_store},
	{"previous_response_id", read_previous},
	{"conversation", read_conversation},
	{"prompt", read_prompt},
	{"background", read_background},
	{"truncation", read_truncation},
	{"context_management", read_context_management},
	{"metadata", read_metadata},
	{"service_tier", read_tier},
	{"safety_identifier", read_safety_identifier},
	{"user", read_user},
	{"prompt_cache_key", read_cache_key},
	{"prompt_cache_options", read_cache_options},
	{"prompt_cache_retention", read_cache_retention},
	{"moderation", read_moderation},
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

static bool is_known(struct aip_str key)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (aip_str_is(key, rows[i].key))
			return true;
	return false;
}

static void keep_unknown(struct responses_reader *r, const struct aip_json *body)
{
	struct aip_ext **tail = &r->request->ext;

	AIP_JSON_EACH (member, body) {
		if (is_known(member->key))
			continue;
		*tail = aip_ext_new(r->arena, AIP_RESPONSES, member->key, member->raw);
		tail = &(*tail)->next;
	}
}

/* Of a member that is there twice the last counts, so it is the table that is walked. */
static enum aip_status read_rows(struct responses_reader *r, const struct aip_json *body)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct aip_json *v = aip_json_some(body, rows[i].key);
		r->key = rows[i].key;
		enum aip_status s = v ? rows[i].read(r, v) : AIP_OK;
		if (s)
			return s;
	}
	return AIP_OK;
}

/* A conversation may also stand where only its vendor can see it. */
static bool says_something(const struct aip_request *request)
{
	const struct aip_state *state = &request->state;

	return request->turns || request->system || state->previous_response_id.at ||
	       state->prompt.at || state->conversation.at;
}

enum aip_status responses_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                       struct aip_request **ret, struct aip_error *reterr)
{
	struct responses_reader r = {
		.arena = ctx->arena, .request = aip_request_new(ctx->arena), .error = reterr};
	struct aip_json *body;

	enum aip_status s = aip_json_parse(ctx->arena, in->body, &body, reterr);
	if (s)
		return s;
	if (body->kind != AIP_JSON_OBJECT)
		return aip_json_fail(reterr, body, "the body must be an object");
	r.request->dialect = AIP_RESPONSES;
	r.request->source = in->body;
	s = read_rows(&r, body);
	if (s)
		return s;
	keep_unknown(&r, body);
	AIP_APPEND(&r.request->tools, r.more_tools);
	if (!says_something(r.request))
		return responses_missing(&r, body, "input");
	s = aip_request_canon(ctx->arena, r.request, reterr);
	if (!s)
		*ret = r.request;
	return s;
}
