/* Tools of a Responses request, written, and the choice among them. */
#include "openai_responses.h"

/* ---- Functions and free text ---------------------------------------------------------------- */

bool responses_put_schema(struct responses_writer *w, struct aip_str schema, bool strict,
                          bool is_tool)
{
	const size_t mark = w->out.buf->len;
	const bool comma = w->out.comma;

	if (strict && !aip_schema_write(w->ctx->arena, schema, AIP_SCHEMA_OPENAI_STRICT, is_tool,
	                                &w->out, NULL))
		return true;
	w->out.buf->len =
		mark; /* one that cannot be strict goes on as it is, and is not called so */
	w->out.comma = comma;
	enum aip_status s =
		aip_schema_write(w->ctx->arena, schema, AIP_SCHEMA_RAW, is_tool, &w->out, w->error);
	w->status = w->status ? w->status : s;
	return false;
}

static void put_function(struct responses_writer *w, const struct aip_tool *tool)
{
	aip_json_key(&w->out, "parameters");
	bool strict = responses_put_schema(w, tool->schema, tool->strict == AIP_YES, true);
	aip_json_bool_kv(&w->out, "strict", strict); /* absent would mean true here */
}

static void put_custom(struct responses_writer *w, const struct aip_tool *tool)
{
	if (!tool->grammar.len)
		return;
	aip_json_key(&w->out, "format");
	responses_open_typed(&w->out, "grammar");
	aip_json_str(&w->out, "syntax", tool->grammar_syntax);
	aip_json_str(&w->out, "definition", tool->grammar);
	aip_json_close(&w->out, '}');
}

static void put_named(struct responses_writer *w, const struct aip_tool *tool)
{
	const bool custom = tool->kind == AIP_TOOL_CUSTOM;

	if (tool->cache.set)
		aip_ctx_dropped(w->ctx, "cache_control");
	responses_open_typed(&w->out, custom ? "custom" : "function");
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, tool->space, tool->name));
	aip_json_str_some(&w->out, "description", tool->description);
	if (custom)
		put_custom(w, tool);
	else
		put_function(w, tool);
	aip_json_close(&w->out, '}');
}

/* ---- Hosted tools --------------------------------------------------------------------------- */

/* A place as Chat tells it stands one level deeper. */
static void put_location(struct responses_writer *w, const struct aip_tool *tool)
{
	struct aip_json *doc;

	if (!tool->location.at || aip_json_parse(w->ctx->arena, tool->location, &doc, NULL))
		return;
	const struct aip_json *inner = aip_json_some(doc, "approximate");
	aip_json_key(&w->out, "user_location");
	responses_open_typed(&w->out, "approximate");
	AIP_JSON_EACH (member, inner ? inner : doc) {
		if (aip_str_is(member->key, "type"))
			continue;
		aip_json_key_str(&w->out, member->key);
		aip_json_put_raw(&w->out, member->raw);
	}
	aip_json_close(&w->out, '}');
}

static void put_web_search(struct responses_writer *w, const struct aip_tool *tool)
{
	if (tool->allowed_domains.at) {
		aip_json_key(&w->out, "filters");
		aip_json_open(&w->out, '{');
		aip_json_raw_some(&w->out, "allowed_domains", tool->allowed_domains);
		aip_json_close(&w->out, '}');
	}
	if (tool->blocked_domains.at)
		responses_drop(w, "tools.blocked_domains");
	if (tool->max_uses.at)
		responses_drop(w, "tools.max_uses");
	put_location(w, tool);
	aip_json_raw_some(&w->out, "search_context_size", tool->context_size);
}

static void put_code_interpreter(struct responses_writer *w, const struct aip_tool *tool)
{
	aip_json_raw_some(&w->out, "container", AIP_LIT("{\"type\":\"auto\"}"));
}

static void put_nothing_more(struct responses_writer *w, const struct aip_tool *tool)
{
}

static const struct hosted {
	enum aip_server_tool tool;
	const char *type;
	void (*put)(struct responses_writer *w, const struct aip_tool *tool);
} hosted[] = {
	{AIP_SERVER_WEB_SEARCH, "web_search", put_web_search},
	{AIP_SERVER_CODE_EXECUTION, "code_interpreter", put_code_interpreter},
	{AIP_SERVER_IMAGE_GENERATION, "image_generation", put_nothing_more},
};

/* NULL: another vendor's tool has no like here, or the model does not take it. */
static const struct hosted *hosted_of(const struct responses_writer *w, enum aip_server_tool tool)
{
	for (size_t i = 0; i < sizeof(hosted) / sizeof(*hosted); i++)
		if (hosted[i].tool == tool && aip_caps_serves(w->ctx->caps, tool))
			return &hosted[i];
	return NULL;
}

static void put_hosted(struct responses_writer *w, const struct aip_tool *tool)
{
	const struct hosted *row = hosted_of(w, tool->server);

	if (!row)
		responses_drop(w, "tools.server");
	if (!row || aip_tool_is_repeated(w->request->tools, tool))
		return;
	responses_open_typed(&w->out, row->type);
	row->put(w, tool);
	aip_json_close(&w->out, '}');
}

/* ---- In the client's own words -------------------------------------------------------------- */

/* A tool, a namespace of tools, or a choice among some, under the names that are taken here. */
static void put_renamed(struct responses_writer *w, const struct aip_json *v, struct aip_str space)
{
	const struct aip_str type = aip_json_text(v, "type");
	const bool is_tool = aip_str_is(type, "function") || aip_str_is(type, "custom");

	if (v->kind != AIP_JSON_OBJECT) {
		aip_json_put_raw(&w->out, v->raw);
		return;
	}
	if (aip_str_is(type, "namespace"))
		space = aip_json_text(v, "name");
	aip_json_open(&w->out, '{');
	AIP_JSON_EACH (member, v) {
		aip_json_key_str(&w->out, member->key);
		if (is_tool && aip_str_is(member->key, "name")) {
			aip_json_put_str(&w->out,
			                 aip_names_out(w->ctx->names, space, member->text));
		} else if (aip_str_is(member->key, "tools") && member->kind == AIP_JSON_ARRAY) {
			aip_json_open(&w->out, '[');
			AIP_JSON_EACH (inner, member)
				put_renamed(w, inner, space);
			aip_json_close(&w->out, ']');
		} else {
			aip_json_put_raw(&w->out, member->raw);
		}
	}
	aip_json_close(&w->out, '}');
}

static void put_as_said(struct responses_writer *w, struct aip_str raw)
{
	struct aip_json *doc;

	if (!w->ctx->names || aip_json_parse(w->ctx->arena, raw, &doc, NULL))
		aip_json_put_raw(&w->out, raw);
	else
		put_renamed(w, doc, AIP_NONE);
}

/* ---- The list ------------------------------------------------------------------------------- */

static void put_tool(struct responses_writer *w, const struct aip_tool *tool)
{
	if (w->own && tool->raw.at) {
		put_as_said(w, tool->raw);
		return;
	}
	switch (tool->kind) {
	case AIP_TOOL_FUNCTION:
	case AIP_TOOL_CUSTOM: put_named(w, tool); break;
	case AIP_TOOL_SERVER:
		if (tool->server == AIP_SERVER_MCP)
			responses_put_mcp(w, tool);
		else
			put_hosted(w, tool);
		break;
	default: responses_drop(w, "tools"); break;
	}
}

static bool declares(const struct aip_tool *tools, enum aip_server_tool server)
{
	for (; tools; tools = tools->next)
		if (tools->kind == AIP_TOOL_SERVER && tools->server == server)
			return true;
	return false;
}

/* A client that asks for an image among the answer's modalities asks for this tool. */
static void put_image_tool(struct responses_writer *w)
{
	struct aip_str asked = w->request->output.modalities;

	if (w->own || declares(w->request->tools, AIP_SERVER_IMAGE_GENERATION) ||
	    (aip_str_find(asked, AIP_LIT("IMAGE")) < 0 &&
	     aip_str_find(asked, AIP_LIT("image")) < 0))
		return;
	if (w->ctx->caps->image_out == AIP_NO)
		responses_drop(w, "modalities");
	else
		put_hosted(w, &(struct aip_tool){.server = AIP_SERVER_IMAGE_GENERATION});
}

static bool must_call(const struct aip_tool_choice *choice)
{
	return choice->mode == AIP_CHOICE_REQUIRED || choice->mode == AIP_CHOICE_NAMED ||
	       (choice->mode == AIP_CHOICE_ALLOWED && choice->required);
}

/* False: none is left, and no list was written. */
static bool put_list(struct responses_writer *w)
{
	const size_t mark = w->out.buf->len;
	const bool comma = w->out.comma;

	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	const size_t empty = w->out.buf->len;
	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next)
		put_tool(w, tool);
	put_image_tool(w);
	if (w->out.buf->len > empty) {
		aip_json_close(&w->out, ']');
		return true;
	}
	w->out.buf->len = mark;
	w->out.comma = comma;
	if (w->request->tools && must_call(&w->request->choice))
		responses_refuse(w, "tools",
		                 "this upstream has none of the tools that must be used");
	return false;
}

/* ---- tool_choice ---------------------------------------------------------------------------- */

static void put_named_choice(struct responses_writer *w, enum aip_call_kind kind,
                             struct aip_str name)
{
	responses_open_typed(&w->out, kind == AIP_CALL_CUSTOM ? "custom" : "function");
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, AIP_NONE, name));
	aip_json_close(&w->out, '}');
}

static enum aip_call_kind kind_of(const struct aip_tool *tools, struct aip_str name)
{
	for (; tools; tools = tools->next)
		if (tools->kind == AIP_TOOL_CUSTOM && aip_str_eq(tools->name, name))
			return AIP_CALL_CUSTOM;
	return AIP_CALL_FUNCTION;
}

static void put_allowed(struct responses_writer *w, const struct aip_tool_choice *choice)
{
	responses_open_typed(&w->out, "allowed_tools");
	aip_json_str(&w->out, "mode", choice->required ? AIP_LIT("required") : AIP_LIT("auto"));
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *n = choice->names; n; n = n->next)
		put_named_choice(w, kind_of(w->request->tools, n->name), n->name);
	aip_json_close(&w->out, ']');
	aip_json_close(&w->out, '}');
}

static void put_server_choice(struct responses_writer *w, enum aip_server_tool tool)
{
	const struct hosted *row = hosted_of(w, tool);

	if (!row) {
		responses_drop(w, "tool_choice");
		aip_json_put_str(&w->out, AIP_LIT("auto"));
		return;
	}
	responses_open_typed(&w->out, row->type);
	aip_json_close(&w->out, '}');
}

static void put_choice(struct responses_writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;

	if (choice->mode == AIP_CHOICE_UNSET)
		return;
	aip_json_key(&w->out, "tool_choice");
	if (w->own && choice->raw.at) {
		put_as_said(w, choice->raw);
		return;
	}
	switch (choice->mode) {
	case AIP_CHOICE_UNSET:
	case AIP_CHOICE_AUTO: aip_json_put_str(&w->out, AIP_LIT("auto")); break;
	case AIP_CHOICE_NONE: aip_json_put_str(&w->out, AIP_LIT("none")); break;
	case AIP_CHOICE_REQUIRED: aip_json_put_str(&w->out, AIP_LIT("required")); break;
	case AIP_CHOICE_NAMED: put_named_choice(w, choice->call_kind, choice->name); break;
	case AIP_CHOICE_ALLOWED: put_allowed(w, choice); break;
	case AIP_CHOICE_SERVER: put_server_choice(w, choice->server); break;
	case AIP_CHOICE_VALIDATED:
		responses_drop(w, "tool_choice");
		aip_json_put_str(&w->out, AIP_LIT("auto"));
		break;
	}
}

void responses_put_tools(struct responses_writer *w)
{
	const enum aip_tri parallel = w->request->parallel_tools;

	if (!put_list(w))
		return;
	put_choice(w);
	if (parallel)
		aip_json_bool_kv(&w->out, "parallel_tool_calls", parallel == AIP_YES);
}
