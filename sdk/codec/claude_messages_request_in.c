/* Anthropic Messages requests, read: one function a row of the dialect. */
#include "claude_messages.h"

#include "codecs.h"

#include <stdio.h>

/* ---- Members ------------------------------------------------------------------------------ */

enum aip_status claude_wrong(struct claude_reader *r, const struct aip_json *at, const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

/* A member that is not there has no node: the path is its object's and its name. */
enum aip_status claude_missing(struct claude_reader *r, const struct aip_json *object,
                               const char *key)
{
	return aip_json_lacks(r->error, object, key, "field required");
}

/* What no row knows stays for a target of the same dialect; `outer` goes in front of the key. */
void claude_keep_unknown(struct claude_reader *r, const struct aip_json *object, const char *known,
                         const char *outer, struct aip_ext **into)
{
	while (*into)
		into = &(*into)->next;
	AIP_JSON_EACH (member, object) {
		if (codec_lists(known, member->key))
			continue;
		struct aip_str key =
			*outer ? aip_arena_printf(r->arena, "%s%.*s", outer, AIP_FMT(member->key))
			       : member->key;
		*into = aip_ext_new(r->arena, AIP_CLAUDE, key, member->raw);
		into = &(*into)->next;
	}
}

enum aip_status claude_read_flag(struct claude_reader *r, const struct aip_json *object,
                                 const char *key, enum aip_tri *into)
{
	const struct aip_json *v = aip_json_some(object, key);

	if (v && !aip_json_is_bool(v))
		return claude_wrong(r, v, "must be true or false");
	if (v)
		*into = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

enum aip_status claude_read_text(struct claude_reader *r, const struct aip_json *object,
                                 const char *key, struct aip_str *into)
{
	const struct aip_json *v = aip_json_some(object, key);

	if (v && v->kind != AIP_JSON_STRING)
		return claude_wrong(r, v, "must be a string");
	if (v)
		*into = v->text;
	return AIP_OK;
}

struct aip_str claude_raw(const struct aip_json *v)
{
	return v ? v->raw : AIP_NONE;
}

enum aip_status claude_read_cache(struct claude_reader *r, const struct aip_json *object,
                                  struct aip_cache *into)
{
	const struct aip_json *v = aip_json_some(object, "cache_control");

	if (!v)
		return AIP_OK;
	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	into->set = true;
	into->raw = v->raw;
	return claude_read_text(r, v, "ttl", &into->ttl);
}

/* A member that must be a text with something in it. */
enum aip_status claude_read_word(struct claude_reader *r, const struct aip_json *v, const char *key,
                                 struct aip_str *into)
{
	const struct aip_json *word = aip_json_some(v, key);

	if (!word)
		return claude_missing(r, v, key);
	if (word->kind != AIP_JSON_STRING || !word->text.len)
		return claude_wrong(r, word, "must be a string that is not empty");
	*into = word->text;
	return AIP_OK;
}

/* ---- Rows of the request -------------------------------------------------------------------- */

static enum aip_status read_model(struct claude_reader *r, const struct aip_json *v)
{
	return claude_read_word(r, v->parent, "model", &r->request->model);
}

static enum aip_status read_max_tokens(struct claude_reader *r, const struct aip_json *v)
{
	const int64_t tokens = aip_json_int(v->parent, "max_tokens", -1);

	if (tokens < 0)
		return claude_wrong(r, v, "must be a whole number of tokens");
	r->request->max_output_tokens = aip_arena_printf(r->arena, "%lld", (long long)tokens);
	return AIP_OK;
}

static enum aip_status read_stream(struct claude_reader *r, const struct aip_json *v)
{
	if (!aip_json_is_bool(v))
		return claude_wrong(r, v, "must be true or false");
	r->request->stream = v->kind == AIP_JSON_TRUE;
	return AIP_OK;
}

static enum aip_status read_within(struct claude_reader *r, const struct aip_json *v, double most,
                                   struct aip_str *into)
{
	if (v->kind != AIP_JSON_NUMBER)
		return claude_wrong(r, v, "must be a number");
	return codec_take_within(v, most, into, r->error);
}

/* Hotter than this vendor's own models take: others do. */
static enum aip_status read_temperature(struct claude_reader *r, const struct aip_json *v)
{
	return read_within(r, v, 2, &r->request->sampling.temperature);
}

static enum aip_status read_top_p(struct claude_reader *r, const struct aip_json *v)
{
	return read_within(r, v, 1, &r->request->sampling.top_p);
}

static enum aip_status read_top_k(struct claude_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_NUMBER || aip_json_int(v->parent, "top_k", -1) < 0)
		return claude_wrong(r, v, "must be a whole number");
	r->request->sampling.top_k = v->text;
	return AIP_OK;
}

static enum aip_status read_stop(struct claude_reader *r, const struct aip_json *v)
{
	struct aip_name **tail = &r->request->sampling.stop;

	if (v->kind != AIP_JSON_ARRAY)
		return claude_wrong(r, v, "must be an array of strings");
	AIP_JSON_EACH (stop, v) {
		if (stop->kind != AIP_JSON_STRING)
			return claude_wrong(r, stop, "must be a string");
		*tail = aip_name_new(r->arena, stop->text);
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- Thinking, output ----------------------------------------------------------------------- */

static enum aip_status read_budget(struct claude_reader *r, const struct aip_json *v)
{
	const struct aip_json *budget = aip_json_some(v, "budget_tokens");

	if (!budget)
		return claude_missing(r, v, "budget_tokens");
	r->request->reasoning.budget = aip_json_int(v, "budget_tokens", -1);
	if (r->request->reasoning.budget < 1)
		return claude_wrong(r, budget, "must be a whole number of tokens");
	r->request->reasoning.mode = AIP_REASONING_BUDGET;
	return AIP_OK;
}

static enum aip_status read_thinking_row(struct claude_reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning;
	struct aip_str type = AIP_NONE, display = AIP_NONE;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	enum aip_status s = claude_read_word(r, v, "type", &type);
	if (!s)
		s = claude_read_text(r, v, "display", &display);
	if (s)
		return s;
	if (aip_str_is(type, "enabled"))
		s = read_budget(r, v);
	else if (aip_str_is(type, "adaptive"))
		reasoning->mode = AIP_REASONING_AUTO;
	else if (aip_str_is(type, "disabled"))
		reasoning->mode = AIP_REASONING_OFF;
	else /* a form nobody has told of yet */
		AIP_APPEND(&r->request->ext, aip_ext_new(r->arena, AIP_CLAUDE, v->key, v->raw));
	if (s || reasoning->mode == AIP_REASONING_UNSET || reasoning->mode == AIP_REASONING_OFF)
		return s;
	reasoning->summary_explicit = display.len > 0;
	reasoning->summary = aip_str_is(display, "omitted") ? AIP_SUMMARY_OFF : AIP_SUMMARY_AUTO;
	return AIP_OK;
}

/* The level beside a budget, or beside thinking that is switched off, stays for this dialect alone;
 * so does one that nobody has told of yet. */
static enum aip_status read_effort(struct claude_reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning, said = {0};

	if (v->kind != AIP_JSON_STRING)
		return claude_wrong(r, v, "must be a string");
	if (!aip_reasoning_parse(v->text, &said) || said.mode != AIP_REASONING_LEVEL) {
		AIP_APPEND(&r->request->ext, aip_ext_new(r->arena, AIP_CLAUDE,
		                                         AIP_LIT("output_config.effort"), v->raw));
		return AIP_OK;
	}
	reasoning->level = said.level;
	reasoning->effort_only = reasoning->mode == AIP_REASONING_UNSET;
	if (reasoning->mode == AIP_REASONING_UNSET || reasoning->mode == AIP_REASONING_AUTO)
		reasoning->mode = AIP_REASONING_LEVEL;
	return AIP_OK;
}

static enum aip_status read_format(struct claude_reader *r, const struct aip_json *v)
{
	const struct aip_json *schema = aip_json_some(v, "schema");

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	if (!aip_str_is(aip_json_text(v, "type"), "json_schema"))
		return claude_wrong(r, v, "type must be json_schema");
	if (!aip_json_is(schema, AIP_JSON_OBJECT))
		return schema ? claude_wrong(r, schema, "must be an object")
		              : claude_missing(r, v, "schema");
	r->request->output.format = AIP_FORMAT_JSON_SCHEMA;
	r->request->output.schema = schema->raw;
	r->request->output.raw = v->raw;
	return AIP_OK;
}

static enum aip_status read_output_config(struct claude_reader *r, const struct aip_json *v)
{
	const struct aip_json *effort = aip_json_some(v, "effort");
	const struct aip_json *format = aip_json_some(v, "format");

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	claude_keep_unknown(r, v, "effort format", "output_config.", &r->request->ext);
	enum aip_status s = effort ? read_effort(r, effort) : AIP_OK;
	return !s && format ? read_format(r, format) : s;
}

/* ---- The rest ------------------------------------------------------------------------------- */

static enum aip_status read_metadata(struct claude_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	claude_keep_unknown(r, v, "user_id", "metadata.", &r->request->ext);
	return claude_read_text(r, v, "user_id", &r->request->user_id);
}

static enum aip_status read_service_tier(struct claude_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING)
		return claude_wrong(r, v, "must be a string");
	r->request->service_tier =
		aip_str_is(v->text, "standard_only") ? AIP_LIT("standard") : v->text;
	return AIP_OK;
}

/* Fast is a lane of its own, which other dialects have among their tiers. */
static enum aip_status read_speed(struct claude_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING)
		return claude_wrong(r, v, "must be a string");
	if (aip_str_is(v->text, "fast"))
		r->request->service_tier = AIP_LIT("fast");
	return AIP_OK;
}

static enum aip_status read_automatic_cache(struct claude_reader *r, const struct aip_json *v)
{
	return claude_read_cache(r, v->parent, &r->request->cache.automatic);
}

static enum aip_status read_container(struct claude_reader *r, const struct aip_json *v)
{
	r->request->state.container = v->raw;
	return AIP_OK;
}

static enum aip_status read_context_management(struct claude_reader *r, const struct aip_json *v)
{
	r->request->state.context_management = v->raw;
	return AIP_OK;
}

static enum aip_status read_betas(struct claude_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_ARRAY && v->kind != AIP_JSON_STRING)
		return claude_wrong(r, v, "must be an array of strings");
	r->request->betas = v->raw;
	return AIP_OK;
}

/* The dialect's rows in its order; later ones lean on earlier ones. */
static const struct {
	const char *key;
	enum aip_status (*read)(struct claude_reader *r, const struct aip_json *v);
} rows[] = {
	{"model", read_model},
	{"max_tokens", read_max_tokens},
	{"messages", claude_read_messages},
	{"system", claude_read_system},
	{"stream", read_stream},
	{"temperature", read_temperature},
	{"top_p", read_top_p},
	{"top_k", read_top_k},
	{"stop_sequences", read_stop},
	{"tools", claude_read_tools},
	{"mcp_servers", claude_read_mcp_servers},
	{"tool_choice", claude_read_tool_choice},
	{"thinking", read_thinking_row},
	{"output_format", read_format},
	{"output_config", read_output_config},
	{"metadata", read_metadata},
	{"service_tier", read_service_tier},
	{"speed", read_speed},
	{"cache_control", read_automatic_cache},
	{"container", read_container},
	{"context_management", read_context_management},
	{"betas", read_betas},
};
#define KNOWN                                                                                   \
	"model max_tokens messages system stream temperature top_p top_k stop_sequences tools " \
	"tool_choice thinking output_format output_config metadata service_tier speed "         \
	"cache_control container context_management betas mcp_servers"

static enum aip_status read_rows(struct claude_reader *r, const struct aip_json *doc)
{
	if (doc->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, doc, "must be an object");
	if (!aip_json_some(doc, "model"))
		return claude_missing(r, doc, "model");
	if (!aip_json_some(doc, "max_tokens") && !r->counts)
		return claude_missing(r, doc, "max_tokens");
	if (!aip_json_some(doc, "messages"))
		return claude_missing(r, doc, "messages");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct aip_json *v = aip_json_some(doc, rows[i].key);
		enum aip_status s = v ? rows[i].read(r, v) : AIP_OK;
		if (s)
			return s;
	}
	claude_keep_unknown(r, doc, KNOWN, "", &r->request->ext);
	return AIP_OK;
}

static enum aip_status read(struct aip_codec_ctx *ctx, const struct aip_wire_in *in, bool counts,
                            struct aip_request **ret, struct aip_error *reterr)
{
	struct claude_reader r = {ctx, ctx->arena, aip_request_new(ctx->arena), counts, reterr};
	struct aip_json *doc;

	enum aip_status s = aip_json_parse(ctx->arena, in->body, &doc, reterr);
	if (!s)
		s = read_rows(&r, doc);
	if (s)
		return s;
	r.request->dialect = AIP_CLAUDE;
	r.request->source = in->body;
	s = aip_request_canon(ctx->arena, r.request, reterr);
	if (!s)
		*ret = r.request;
	return s;
}

enum aip_status claude_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr)
{
	return read(ctx, in, false, ret, reterr);
}

enum aip_status claude_read_count(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr)
{
	return read(ctx, in, true, ret, reterr);
}
