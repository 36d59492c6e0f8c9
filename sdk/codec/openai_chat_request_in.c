/* Chat Completions requests, read: the rows of the body, in the order of the dialect's own list. */
#include "openai_chat.h"

#include "codecs.h"

enum take {
	TAKE_FN,
	TAKE_TEXT,
	TAKE_NUMBER,
	TAKE_WHOLE,
	TAKE_BOOL,
	TAKE_OBJECT, /* raw */
	TAKE_ARRAY,  /* raw */
};

/* A field of the body: what it must be, and where it goes in the request. */
struct row {
	const char *key;
	bool skin; /* completions has it too */
	enum take take;
	size_t at;
	double min, max;
	enum aip_status (*read)(struct chat_reader *r, const struct aip_json *v);
};

/* ---- Taking values -------------------------------------------------------------------------- */

enum aip_status chat_wrong(struct chat_reader *r, const struct aip_json *at, const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

enum aip_status chat_take_text(struct chat_reader *r, const struct aip_json *v,
                               struct aip_str *into)
{
	if (v->kind != AIP_JSON_STRING)
		return chat_wrong(r, v, "must be a string");
	*into = v->text;
	return AIP_OK;
}

enum aip_status chat_take_member(struct chat_reader *r, const struct aip_json *object,
                                 const char *key, struct aip_str *into)
{
	const struct aip_json *member = aip_json_some(object, key);

	return member ? chat_take_text(r, member, into) : AIP_OK;
}

/* Written as 5.0 or 1e3; beyond this a double says nothing of units. */
static bool is_whole(double number)
{
	return number > -0x1p53 && number < 0x1p53 && number == (double)(int64_t)number;
}

static enum aip_status take_number(struct chat_reader *r, const struct aip_json *v,
                                   const struct row *row, struct aip_str *into)
{
	const bool whole = row->take == TAKE_WHOLE;
	double number;
	int64_t integer;

	if (v->kind != AIP_JSON_NUMBER)
		return chat_wrong(r, v, whole ? "must be a whole number" : "must be a number");
	if (!aip_str_double(v->text, &number) || number < row->min || number > row->max)
		return aip_json_fail(r->error, v, "must be between %.0f and %.0f", row->min,
		                     row->max);
	if (whole && !aip_str_int(v->text, &integer) && !is_whole(number))
		return chat_wrong(r, v, "must be a whole number");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status take_bool(struct chat_reader *r, const struct aip_json *v,
                                 enum aip_tri *into)
{
	if (!aip_json_is_bool(v))
		return chat_wrong(r, v, "must be true or false");
	*into = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static enum aip_status take_raw(struct chat_reader *r, const struct aip_json *v,
                                enum aip_json_kind kind, struct aip_str *into)
{
	if (v->kind != kind)
		return chat_wrong(
			r, v, kind == AIP_JSON_ARRAY ? "must be an array" : "must be an object");
	*into = v->raw;
	return AIP_OK;
}

static enum aip_status take(struct chat_reader *r, const struct aip_json *v, const struct row *row)
{
	void *into = (char *)r->request + row->at;

	switch (row->take) {
	case TAKE_TEXT: return chat_take_text(r, v, into);
	case TAKE_NUMBER:
	case TAKE_WHOLE: return take_number(r, v, row, into);
	case TAKE_BOOL: return take_bool(r, v, into);
	case TAKE_OBJECT: return take_raw(r, v, AIP_JSON_OBJECT, into);
	case TAKE_ARRAY: return take_raw(r, v, AIP_JSON_ARRAY, into);
	case TAKE_FN: break;
	}
	return row->read(r, v);
}

static enum aip_status read_metadata(struct chat_reader *r, const struct aip_json *v)
{
	return codec_take_texts(v, &r->request->metadata, r->error);
}

/* ---- Stream, limits, stops ------------------------------------------------------------------ */

static enum aip_status read_stream(struct chat_reader *r, const struct aip_json *v)
{
	enum aip_tri stream = AIP_UNSET;
	enum aip_status s = take_bool(r, v, &stream);

	r->request->stream = stream == AIP_YES;
	return s;
}

static enum aip_status read_stream_options(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_stream_options *options = &r->request->stream_options;
	const struct aip_json *usage = aip_json_some(v, "include_usage");
	const struct aip_json *obfuscate = aip_json_some(v, "include_obfuscation");

	if (v->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, v, "must be an object");
	enum aip_status s = usage ? take_bool(r, usage, &options->include_usage) : AIP_OK;
	return s || !obfuscate ? s : take_bool(r, obfuscate, &options->include_obfuscation);
}

/* The deprecated name counts where the newer one is not said. */
static enum aip_status read_max_tokens(struct chat_reader *r, const struct aip_json *v)
{
	static const struct row row = {.take = TAKE_WHOLE, .min = 1, .max = INT32_MAX};
	struct aip_str tokens = AIP_NONE;
	enum aip_status s = take_number(r, v, &row, &tokens);

	if (!s && !r->request->max_output_tokens.at)
		r->request->max_output_tokens = tokens;
	return s;
}

static enum aip_status read_stop(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_name **tail = &r->request->sampling.stop;

	if (v->kind == AIP_JSON_STRING) {
		*tail = aip_name_new(r->arena, v->text);
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_ARRAY)
		return chat_wrong(r, v, "must be a string or an array of strings");
	AIP_JSON_EACH (item, v) {
		if (item->kind != AIP_JSON_STRING)
			return chat_wrong(r, item, "must be a string");
		*tail = aip_name_new(r->arena, item->text);
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- Output --------------------------------------------------------------------------------- */

static enum aip_status read_schema(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_output *output = &r->request->output;
	const struct aip_json *schema = aip_json_some(v, "schema");
	const struct aip_json *strict = aip_json_some(v, "strict");

	if (!aip_json_is(v, AIP_JSON_OBJECT))
		return chat_wrong(r, v, "must be an object");
	if (schema && schema->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, schema, "must be an object");
	output->format = schema ? AIP_FORMAT_JSON_SCHEMA : AIP_FORMAT_JSON_OBJECT;
	output->schema = schema ? schema->raw : AIP_NONE;
	enum aip_status s = chat_take_member(r, v, "name", &output->name);
	if (!s)
		s = chat_take_member(r, v, "description", &output->description);
	return s || !strict ? s : take_bool(r, strict, &output->strict);
}

static enum aip_status read_format(struct chat_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *type;
		enum aip_format format;
	} formats[] = {
		{"text", AIP_FORMAT_TEXT},
		{"json_object", AIP_FORMAT_JSON_OBJECT},
		{"grammar", AIP_FORMAT_GRAMMAR},
		{"regex", AIP_FORMAT_GRAMMAR},
	};
	const struct aip_json *type = aip_json_some(v, "type");
	const struct aip_json *inner = aip_json_some(v, "json_schema");

	if (v->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, v, "must be an object");
	r->request->output.raw = v->raw;
	if (type && aip_str_is(type->text, "json_schema"))
		return inner ? read_schema(r, inner) : chat_wrong(r, v, "needs json_schema");
	for (size_t i = 0; type && i < sizeof(formats) / sizeof(*formats); i++) {
		if (aip_str_is(type->text, formats[i].type)) {
			r->request->output.format = formats[i].format;
			return AIP_OK;
		}
	}
	return chat_wrong(r, type ? type : v, "type must be text, json_object or json_schema");
}

/* ---- Reasoning ------------------------------------------------------------------------------ */

/* A client of this dialect that asks for reasoning sees it. */
static void show(struct aip_reasoning *reasoning)
{
	const bool thinks =
		reasoning->mode != AIP_REASONING_OFF && reasoning->mode != AIP_REASONING_UNSET;

	if (!reasoning->summary_explicit)
		reasoning->summary = thinks ? AIP_SUMMARY_AUTO : AIP_SUMMARY_UNSET;
}

static enum aip_status read_effort(struct chat_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING || !aip_reasoning_parse(v->text, &r->request->reasoning))
		return chat_wrong(r, v, "must be none, minimal, low, medium, high, xhigh or max");
	show(&r->request->reasoning);
	return AIP_OK;
}

static void think(struct aip_reasoning *into, bool yes)
{
	if (into->mode == AIP_REASONING_UNSET)
		into->mode = yes ? AIP_REASONING_AUTO : AIP_REASONING_OFF;
}

static void spend(struct aip_reasoning *into, int64_t budget)
{
	if (budget <= 0 || (into->mode != AIP_REASONING_UNSET && into->mode != AIP_REASONING_AUTO))
		return;
	into->mode = AIP_REASONING_BUDGET;
	into->budget = budget;
}

static void switch_by(const struct aip_json *yes, struct aip_reasoning *into)
{
	if (aip_json_is_bool(yes))
		think(into, yes->kind == AIP_JSON_TRUE);
}

/* {"effort":…}, {"max_tokens":…}, {"enabled":…}, {"exclude":…} */
static void read_reasoning(const struct aip_json *v, struct aip_reasoning *into)
{
	const struct aip_json *exclude = aip_json_some(v, "exclude");
	struct aip_str effort = aip_json_text(v, "effort");

	if (effort.len && into->mode == AIP_REASONING_UNSET)
		(void)aip_reasoning_parse(effort, into);
	spend(into, aip_json_int(v, "max_tokens", 0));
	switch_by(aip_json_some(v, "enabled"), into);
	if (aip_json_is(exclude, AIP_JSON_TRUE)) {
		into->summary = AIP_SUMMARY_OFF;
		into->summary_explicit = true;
	}
}

/* {"type":"enabled","budget_tokens":…} */
static void read_thinking(const struct aip_json *v, struct aip_reasoning *into)
{
	struct aip_str type = aip_json_text(v, "type");

	if (aip_str_is(type, "disabled"))
		think(into, false);
	spend(into, aip_json_int(v, "budget_tokens", 0));
	if (aip_str_is(type, "enabled") || aip_str_is(type, "auto") || aip_str_is(type, "adaptive"))
		think(into, true);
}

static void read_template(const struct aip_json *v, struct aip_reasoning *into)
{
	switch_by(aip_json_some(v, "enable_thinking"), into);
	switch_by(aip_json_some(v, "thinking"), into);
	spend(into, aip_json_int(v, "thinking_budget", 0));
}

bool chat_read_vendor_reasoning(const struct aip_json *member, struct aip_reasoning *into)
{
	const struct aip_reasoning before = *into;
	int64_t budget;

	if (aip_str_is(member->key, "reasoning"))
		read_reasoning(member, into);
	else if (aip_str_is(member->key, "thinking"))
		read_thinking(member, into);
	else if (aip_str_is(member->key, "enable_thinking"))
		switch_by(member, into);
	else if (aip_str_is(member->key, "thinking_budget") && aip_str_int(member->text, &budget))
		spend(into, budget);
	else if (aip_str_is(member->key, "chat_template_kwargs"))
		read_template(member, into);
	show(into);
	return into->mode != before.mode || into->budget != before.budget ||
	       into->summary_explicit != before.summary_explicit;
}

/* ---- Identity ------------------------------------------------------------------------------- */

/* safety_identifier counts where both are said. */
static enum aip_status read_user(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_str user = AIP_NONE;
	enum aip_status s = chat_take_text(r, v, &user);

	if (!r->request->user_id.at)
		r->request->user_id = user;
	return s;
}

static enum aip_status read_tier(struct chat_reader *r, const struct aip_json *v)
{
	enum aip_status s = chat_take_text(r, v, &r->request->service_tier);

	r->request->service_tier = chat_read_tier(r->request->service_tier);
	return s;
}

/* ---- The body ------------------------------------------------------------------------------- */

#define PUT(take, field, min, max) TAKE_##take, offsetof(struct aip_request, field), min, max, NULL
#define TEXT(field)                PUT(TEXT, field, 0, 0)
#define BOOL(field)                PUT(BOOL, field, 0, 0)
#define OBJECT(field)              PUT(OBJECT, field, 0, 0)
#define ARRAY(field)               PUT(ARRAY, field, 0, 0)
#define NUMBER(field, min, max)    PUT(NUMBER, field, min, max)
#define WHOLE(field, min, max)     PUT(WHOLE, field, min, max)
#define BY(fn)                     TAKE_FN, 0, 0, 0, fn

static const struct row rows[] = {
	{"model", true, TEXT(model)},
	{"messages", false, BY(chat_read_messages)},
	{"stream", true, BY(read_stream)},
	{"stream_options", true, BY(read_stream_options)},
	{"max_completion_tokens", false, WHOLE(max_output_tokens, 1, INT32_MAX)},
	{"max_tokens", true, BY(read_max_tokens)},
	{"temperature", true, NUMBER(sampling.temperature, 0, 2)},
	{"top_p", true, NUMBER(sampling.top_p, 0, 1)},
	{"top_k", false, WHOLE(sampling.top_k, -1, INT32_MAX)},
	{"presence_penalty", true, NUMBER(sampling.presence_penalty, -2, 2)},
	{"frequency_penalty", true, NUMBER(sampling.frequency_penalty, -2, 2)},
	{"logit_bias", true, OBJECT(sampling.logit_bias)},
	{"logprobs", false, BOOL(sampling.logprobs)},
	{"top_logprobs", false, WHOLE(sampling.top_logprobs, 0, 20)},
	{"n", true, WHOLE(sampling.n, 1, CHAT_CHOICES_MAX)},
	{"stop", true, BY(read_stop)},
	{"seed", true, WHOLE(sampling.seed, -0x1p63, 0x1p63)},
	{"tools", false, BY(chat_read_tools)},
	{"tool_choice", false, BY(chat_read_tool_choice)},
	{"parallel_tool_calls", false, BOOL(parallel_tools)},
	{"functions", false, BY(chat_read_functions)},
	{"function_call", false, BY(chat_read_tool_choice)},
	{"web_search_options", false, BY(chat_read_web_search)},
	{"response_format", false, BY(read_format)},
	{"modalities", false, ARRAY(output.modalities)},
	{"audio", false, OBJECT(output.audio)},
	{"prediction", false, OBJECT(output.prediction)},
	{"reasoning_effort", false, BY(read_effort)},
	{"verbosity", false, TEXT(output.verbosity)},
	{"store", false, BOOL(state.store)},
	{"metadata", false, BY(read_metadata)},
	{"service_tier", false, BY(read_tier)},
	{"safety_identifier", false, TEXT(user_id)},
	{"user", true, BY(read_user)},
	{"prompt_cache_key", false, TEXT(cache.key)},
	{"prompt_cache_options", false, OBJECT(cache.options)},
	{"prompt_cache_retention", false, TEXT(cache.retention)},
	{"moderation", false, OBJECT(safety)},
};

static const struct row *row_of(struct aip_str key)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (aip_str_is(key, rows[i].key))
			return &rows[i];
	return NULL;
}

void chat_keep(struct chat_reader *r, const struct aip_json *member)
{
	*r->ext = aip_ext_new(r->arena, r->dialect, member->key, member->raw);
	r->ext = &(*r->ext)->next;
}

bool chat_read_common(struct chat_reader *r, const struct aip_json *member, enum aip_status *ret)
{
	const struct row *row = row_of(member->key);

	if (!row || !row->skin)
		return false;
	*ret = member->kind == AIP_JSON_NULL ? AIP_OK : take(r, member, row);
	return true;
}

static enum aip_status read_member(struct chat_reader *r, const struct aip_json *member)
{
	const struct row *row = row_of(member->key);

	if (row)
		return member->kind == AIP_JSON_NULL ? AIP_OK : take(r, member, row);
	chat_keep(r, member);
	return AIP_OK;
}

static enum aip_status check_needs(const struct aip_json *body, const char *const *needs, size_t n,
                                   struct aip_error *reterr)
{
	for (size_t i = 0; i < n; i++) {
		if (aip_json_some(body, needs[i]))
			continue;
		aip_fail(reterr, AIP_BAD_REQUEST, "%s: is missing", needs[i]);
		if (reterr)
			aip_error_text(reterr->param, sizeof(reterr->param), aip_str(needs[i]));
		return AIP_BAD_REQUEST;
	}
	return AIP_OK;
}

enum aip_status
chat_read_body(struct aip_codec_ctx *ctx, const struct aip_wire_in *in, enum aip_dialect dialect,
               enum aip_status (*read)(struct chat_reader *r, const struct aip_json *member),
               const char *needs, struct aip_request **ret, struct aip_error *reterr)
{
	struct aip_request *request = aip_request_new(ctx->arena);
	struct chat_reader r = {.arena = ctx->arena,
	                        .request = request,
	                        .error = reterr,
	                        .dialect = dialect,
	                        .ext = &request->ext,
	                        .tools = &request->tools};
	struct aip_json *body;

	enum aip_status s = aip_json_parse(ctx->arena, in->body, &body, reterr);
	if (s)
		return s;
	if (body->kind != AIP_JSON_OBJECT)
		return aip_json_fail(reterr, body, "the body must be an object");
	request->dialect = dialect;
	request->source = in->body;
	AIP_JSON_EACH (member, body) {
		s = read(&r, member);
		if (s)
			return s;
	}
	s = check_needs(body, (const char *const[]){"model", needs}, 2, reterr);
	if (s)
		return s;
	AIP_JSON_EACH (member, request->reasoning.mode ? NULL : body)
		(void)chat_read_vendor_reasoning(member, &request->reasoning);
	s = aip_request_canon(ctx->arena, request, reterr);
	if (!s)
		*ret = request;
	return s;
}

enum aip_status chat_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr)
{
	return chat_read_body(ctx, in, AIP_CHAT, read_member, "messages", ret, reterr);
}
