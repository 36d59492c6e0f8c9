/* Anthropic Messages requests, read: one function a row of the dialect. */
#include "claude_messages.h"

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
	struct aip_error *error = r->error;
	char path[120];

	aip_json_path(object, path, sizeof(path));
	const char *dot = *path ? "." : "";
	aip_fail(error, AIP_BAD_REQUEST, "%s%s%s: field required", path, dot, key);
	if (error)
		snprintf(error->param, sizeof(error->param), "%s%s%s", path, dot, key);
	return AIP_BAD_REQUEST;
}

/* True when a blank-separated list holds the word. */
static bool listed(const char *list, struct aip_str word)
{
	for (const char *at = list; *at;) {
		size_t len = strcspn(at, " ");
		if (aip_str_eq(aip_strn(at, len), word))
			return true;
		at += len + (at[len] == ' ');
	}
	return false;
}

/* What no row knows stays for a target of the same dialect; `outer` goes in front of the key. */
void claude_keep_unknown(struct claude_reader *r, const struct aip_json *object, const char *known,
			 const char *outer, struct aip_ext **into)
{
	while (*into)
		into = &(*into)->next;
	AIP_JSON_EACH (member, object) {
		if (listed(known, member->key))
			continue;
		struct aip_str key =
			*outer ? aip_arena_printf(r->arena, "%s%.*s", outer, AIP_FMT(member->key))
			       : member->key;
		*into = aip_ext_new(r->arena, AIP_CLAUDE, key, member->raw);
		into = &(*into)->next;
	}
}

enum aip_tri claude_tri(const struct aip_json *v)
{
	if (!aip_json_is_bool(v))
		return AIP_UNSET;
	return v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
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
	into->ttl = aip_json_text(v, "ttl");
	into->raw = v->raw;
	return AIP_OK;
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
	if (v->kind != AIP_JSON_STRING || !v->text.len)
		return claude_wrong(r, v, "must be a string that is not empty");
	r->request->model = v->text;
	return AIP_OK;
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

static enum aip_status read_number(struct claude_reader *r, const struct aip_json *v,
				   struct aip_str *into)
{
	if (v->kind != AIP_JSON_NUMBER)
		return claude_wrong(r, v, "must be a number");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status read_temperature(struct claude_reader *r, const struct aip_json *v)
{
	return read_number(r, v, &r->request->sampling.temperature);
}

static enum aip_status read_top_p(struct claude_reader *r, const struct aip_json *v)
{
	return read_number(r, v, &r->request->sampling.top_p);
}

static enum aip_status read_top_k(struct claude_reader *r, const struct aip_json *v)
{
	return read_number(r, v, &r->request->sampling.top_k);
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

/* ---- Tools ---------------------------------------------------------------------------------- */

/* Tools that the vendor defines and the client runs: elsewhere they are functions with the
 * parameters that Anthropic's documentation of each gives, read 2026-02. */
#define STRING        "{\"type\":\"string\"}"
#define INTEGER       "{\"type\":\"integer\"}"
#define RANGE         "{\"type\":\"array\",\"items\":" INTEGER "}"
#define FILE_COMMANDS "\"view\",\"create\",\"str_replace\",\"insert\""
#define FILE_MEMBERS                                                                              \
	"\"path\":" STRING ",\"file_text\":" STRING ",\"old_str\":" STRING ",\"new_str\":" STRING \
	",\"insert_line\":" INTEGER ",\"insert_text\":" STRING ",\"view_range\":" RANGE

static const struct {
	const char *begins, *description, *schema;
} client_tools[] = {
	{"bash_2", "Runs a command in a persistent bash session.",
	 "{\"type\":\"object\",\"properties\":{\"command\":" STRING
	 ",\"restart\":{\"type\":\"boolean\"}}}"},
	{"text_editor_2", "Views, creates and edits text files.",
	 "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\",\"enum\":"
	 "[" FILE_COMMANDS "]}," FILE_MEMBERS "},\"required\":[\"command\",\"path\"]}"},
	{"memory_2", "Keeps notes in files under /memories.",
	 "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\",\"enum\":"
	 "[" FILE_COMMANDS ",\"delete\",\"rename\"]}," FILE_MEMBERS ",\"old_path\":" STRING
	 ",\"new_path\":" STRING "},\"required\":[\"command\"]}"},
};

static enum aip_status read_function(struct claude_reader *r, const struct aip_json *v,
				     struct aip_tool *tool)
{
	const struct aip_json *schema = aip_json_some(v, "input_schema");

	if (schema && schema->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, schema, "must be an object");
	tool->schema = claude_raw(schema);
	tool->strict = claude_tri(aip_json_get(v, "strict"));
	tool->defer_loading = claude_tri(aip_json_get(v, "defer_loading"));
	tool->allowed_callers = claude_raw(aip_json_some(v, "allowed_callers"));
	tool->examples = claude_raw(aip_json_some(v, "input_examples"));
	tool->eager_streaming = claude_tri(aip_json_get(v, "eager_input_streaming"));
	claude_keep_unknown(r, v,
			    "type name description input_schema strict cache_control defer_loading "
			    "allowed_callers input_examples eager_input_streaming",
			    "", &tool->ext);
	return claude_read_word(r, v, "name", &tool->name);
}

static void read_vendor_tool(const struct aip_json *v, struct aip_str type, struct aip_tool *tool)
{
	tool->type = type;
	for (size_t i = 0; i < sizeof(client_tools) / sizeof(*client_tools); i++) {
		if (!aip_str_starts(type, aip_str(client_tools[i].begins)))
			continue;
		tool->description = aip_str(client_tools[i].description);
		tool->schema = aip_str(client_tools[i].schema);
		return;
	}
	tool->server = claude_server_tool(type);
	tool->kind = tool->server == AIP_SERVER_OTHER ? AIP_TOOL_UNKNOWN : AIP_TOOL_SERVER;
	tool->allowed_domains = claude_raw(aip_json_some(v, "allowed_domains"));
	tool->blocked_domains = claude_raw(aip_json_some(v, "blocked_domains"));
	tool->location = claude_raw(aip_json_some(v, "user_location"));
	tool->max_uses = claude_raw(aip_json_some(v, "max_uses"));
}

static enum aip_status read_tool(struct claude_reader *r, const struct aip_json *v,
				 struct aip_tool *tool)
{
	struct aip_str type = aip_json_text(v, "type");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	tool->dialect = AIP_CLAUDE;
	tool->raw = v->raw;
	tool->name = aip_json_text(v, "name");
	tool->description = aip_json_text(v, "description");
	if (!type.len || aip_str_is(type, "custom"))
		s = read_function(r, v, tool);
	else
		read_vendor_tool(v, type, tool);
	return s ? s : claude_read_cache(r, v, &tool->cache);
}

static enum aip_status read_tools(struct claude_reader *r, const struct aip_json *v)
{
	struct aip_tool **tail = &r->request->tools;

	if (v->kind != AIP_JSON_ARRAY)
		return claude_wrong(r, v, "must be an array");
	AIP_JSON_EACH (tool, v) {
		*tail = aip_tool_new(r->arena, AIP_TOOL_FUNCTION);
		enum aip_status s = read_tool(r, tool, *tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* A choice by name may name a tool of the vendor's. */
static void name_choice(struct aip_tool_choice *choice, const struct aip_tool *tools)
{
	choice->mode = AIP_CHOICE_NAMED;
	for (; tools; tools = tools->next) {
		if (tools->kind != AIP_TOOL_SERVER || !aip_str_eq(tools->name, choice->name))
			continue;
		choice->mode = AIP_CHOICE_SERVER;
		choice->server = tools->server;
	}
}

static enum aip_status read_tool_choice(struct claude_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *type;
		enum aip_choice_mode mode;
	} table[] = {
		{"auto", AIP_CHOICE_AUTO},
		{"any", AIP_CHOICE_REQUIRED},
		{"tool", AIP_CHOICE_NAMED},
		{"none", AIP_CHOICE_NONE},
	};
	struct aip_tool_choice *choice = &r->request->choice;
	enum aip_tri serial = claude_tri(aip_json_get(v, "disable_parallel_tool_use"));
	struct aip_str type = aip_json_text(v, "type");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_is(type, table[i].type))
			choice->mode = table[i].mode;
	if (choice->mode == AIP_CHOICE_UNSET)
		return claude_wrong(r, v, "type must be auto, any, tool or none");
	if (choice->mode == AIP_CHOICE_NAMED) {
		s = claude_read_word(r, v, "name", &choice->name);
		name_choice(choice, r->request->tools);
	}
	if (serial != AIP_UNSET)
		r->request->parallel_tools = serial == AIP_YES ? AIP_NO : AIP_YES;
	choice->raw = v->raw;
	return s;
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
	struct aip_str type = aip_json_text(v, "type"), display = aip_json_text(v, "display");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
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

/* The level beside a budget, or beside thinking that is switched off, stays for this dialect alone.
 */
static enum aip_status read_effort(struct claude_reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning, said = {0};

	if (v->kind != AIP_JSON_STRING || !aip_reasoning_parse(v->text, &said) ||
	    said.mode != AIP_REASONING_LEVEL)
		return claude_wrong(r, v, "must be low, medium, high, xhigh or max");
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
	r->request->user_id = aip_json_text(v, "user_id");
	claude_keep_unknown(r, v, "user_id", "metadata.", &r->request->ext);
	return AIP_OK;
}

static enum aip_status read_service_tier(struct claude_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING)
		return claude_wrong(r, v, "must be a string");
	r->request->service_tier =
		aip_str_is(v->text, "standard_only") ? AIP_LIT("standard") : v->text;
	return AIP_OK;
}

static enum aip_status read_speed(struct claude_reader *r, const struct aip_json *v)
{
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
	{"tools", read_tools},
	{"tool_choice", read_tool_choice},
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
	"cache_control container context_management betas"

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
