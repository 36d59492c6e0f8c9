/* Anthropic Messages requests, written: tools and the choice between them. */
#include "claude_messages.h"

#include "ir/index.h"

/* ---- Tools ---------------------------------------------------------------------------------- */

#define INPUT_SCHEMA                                                             \
	"{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}}," \
	"\"required\":[\"input\"]}"

/* The tools being written: the list opens with the first, and no name comes twice. */
struct tools {
	struct claude_writer *w;
	struct index said;
	bool bounds_calls; /* max_tool_calls was said */
};

static bool open_tool(struct tools *t, struct aip_str name)
{
	struct aip_json_out *out = &t->w->out;

	void **at = index_at(&t->said, name);

	if (*at)
		return false;
	*at = t;
	if (t->said.n == 1) {
		aip_json_key(out, "tools");
		aip_json_open(out, '[');
	}
	return true;
}

static void put_head(struct tools *t, struct aip_str name, struct aip_str description)
{
	aip_json_open(&t->w->out, '{');
	aip_json_str(&t->w->out, "name", name);
	aip_json_str_some(&t->w->out, "description", description);
}

/* Written aside first: what cannot be strict is sent as it is. */
static bool put_strict_schema(struct claude_writer *w, const struct aip_tool *tool)
{
	struct aip_error ignored;
	struct aip_buf aside;

	if (tool->strict != AIP_YES || w->ctx->caps->strict == AIP_NO)
		return false;
	aip_buf_init(&aside, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&aside);
	const bool can = !aip_schema_write(w->ctx->arena, tool->schema, AIP_SCHEMA_CLAUDE_STRICT,
	                                   true, &out, &ignored);
	if (can) {
		aip_json_key(&w->out, "input_schema");
		aip_json_put_raw(&w->out, aip_buf_lend(&aside, w->out.buf));
		aip_json_bool_kv(&w->out, "strict", true);
	}
	aip_buf_fini(&aside);
	return can;
}

static void put_flag(struct claude_writer *w, const char *key, enum aip_tri flag)
{
	if (flag != AIP_UNSET)
		aip_json_bool_kv(&w->out, key, flag == AIP_YES);
}

static void put_function(struct tools *t, const struct aip_tool *tool, struct aip_str space)
{
	struct claude_writer *w = t->w;
	struct aip_str name = aip_names_out(w->ctx->names, space, tool->name);

	if (!open_tool(t, name))
		return;
	put_head(t, name, tool->description);
	if (!put_strict_schema(w, tool)) {
		claude_put_schema(w, "input_schema", tool->schema, AIP_SCHEMA_CLAUDE_TOOL);
		if (tool->strict == AIP_NO && w->same)
			aip_json_bool_kv(&w->out, "strict", false);
	}
	if (w->same) {
		put_flag(w, "defer_loading", tool->defer_loading);
		aip_json_raw_some(&w->out, "allowed_callers", tool->allowed_callers);
		aip_json_raw_some(&w->out, "input_examples", tool->examples);
		put_flag(w, "eager_input_streaming", tool->eager_streaming);
		claude_put_ext(w, tool->ext, "");
	}
	claude_put_cache(w, &tool->cache);
	aip_json_close(&w->out, '}');
}

/* Free text in a function's clothes. */
static void put_custom(struct tools *t, const struct aip_tool *tool, struct aip_str space)
{
	struct claude_writer *w = t->w;
	struct aip_str name = aip_names_out(w->ctx->names, space, tool->name);

	if (!open_tool(t, name))
		return;
	put_head(t, name, aip_words_grammar(w->ctx->arena, tool));
	aip_json_raw_some(&w->out, "input_schema", AIP_LIT(INPUT_SCHEMA));
	claude_put_cache(w, &tool->cache);
	aip_json_close(&w->out, '}');
}

static bool is_filled(struct aip_str list)
{
	return list.len && aip_str_find(list, AIP_LIT("\"")) >= 0;
}

/* Tools that the vendor runs itself, as "Tool use", Anthropic's documentation, has them without a
 * beta feature; read 2026-02. */
static const struct server_tool {
	enum aip_server_tool tool;
	const char *type, *name;
} server_tools[] = {
	{AIP_SERVER_WEB_SEARCH, "web_search_20250305", "web_search"},
	{AIP_SERVER_WEB_FETCH, "web_fetch_20250910", "web_fetch"},
	{AIP_SERVER_CODE_EXECUTION, "code_execution_20250825", "code_execution"},
};

static const struct server_tool *server_tool_of(enum aip_server_tool tool)
{
	for (size_t i = 0; i < sizeof(server_tools) / sizeof(*server_tools); i++)
		if (server_tools[i].tool == tool)
			return &server_tools[i];
	return NULL;
}

/* Allowed and blocked domains exclude each other, and an empty list is refused. */
static void put_domains(struct claude_writer *w, const struct aip_tool *tool)
{
	if (is_filled(tool->allowed_domains))
		aip_json_raw_some(&w->out, "allowed_domains", tool->allowed_domains);
	else if (is_filled(tool->blocked_domains))
		aip_json_raw_some(&w->out, "blocked_domains", tool->blocked_domains);
}

/* Chat has the place one level deeper. */
static void put_location(struct claude_writer *w, struct aip_str location)
{
	static const char *const words[] = {"city", "region", "country", "timezone"};
	const struct aip_json *place;
	struct aip_error ignored;
	struct aip_json *doc;

	if (!location.len || aip_json_parse(w->ctx->arena, location, &doc, &ignored))
		return;
	place = aip_json_some(doc, "approximate");
	place = place ? place : doc;
	aip_json_key(&w->out, "user_location");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", AIP_LIT("approximate"));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		aip_json_str_some(&w->out, words[i], aip_json_text(place, words[i]));
	aip_json_close(&w->out, '}');
}

static void put_foreign_server_tool(struct tools *t, const struct aip_tool *tool,
                                    const struct server_tool *as)
{
	struct claude_writer *w = t->w;
	const bool bounded = as->tool != AIP_SERVER_CODE_EXECUTION;
	struct aip_str uses = tool->max_uses.len ? tool->max_uses : w->request->max_tool_calls;

	if (!open_tool(t, aip_str(as->name)))
		return;
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(as->type));
	aip_json_str(&w->out, "name", aip_str(as->name));
	if (bounded && uses.len) {
		aip_json_raw_some(&w->out, "max_uses", uses);
		t->bounds_calls = true;
	}
	if (bounded)
		put_domains(w, tool);
	if (as->tool == AIP_SERVER_WEB_SEARCH)
		put_location(w, tool->location);
	claude_put_cache(w, &tool->cache);
	aip_json_close(&w->out, '}');
}

/* A tool of the vendor's, as the vendor's own client wrote it; its breakpoint stays with it. */
static void put_own_tool(struct tools *t, const struct aip_tool *tool)
{
	if (open_tool(t, tool->name.len ? tool->name : tool->raw))
		aip_json_put_raw(&t->w->out, tool->raw);
}

static void put_server_tool(struct tools *t, const struct aip_tool *tool)
{
	const struct server_tool *as =
		tool->kind == AIP_TOOL_SERVER ? server_tool_of(tool->server) : NULL;

	if (tool->dialect == AIP_CLAUDE)
		put_own_tool(t, tool);
	else if (as && aip_caps_serves(t->w->ctx->caps, tool->server))
		put_foreign_server_tool(t, tool, as);
	else
		claude_drop(t->w, "tools");
}

/* The tools of a server, which is told of elsewhere; in this dialect's older form they are no tool at all. */
static void put_toolset(struct tools *t, const struct aip_tool *tool)
{
	struct claude_writer *w = t->w;
	struct aip_mcp_offer offer;

	if (tool->dialect == AIP_CLAUDE) {
		if (tool->raw.at)
			put_own_tool(t, tool);
		return;
	}
	if (!claude_offers_mcp(w, tool, &offer)) {
		claude_drop(w, tool->mcp->asks ? "tools.require_approval" : "tools.server");
		return;
	}
	if (open_tool(t, aip_arena_printf(w->ctx->arena, "mcp/%.*s", AIP_FMT(tool->mcp->label))))
		claude_put_toolset(w, tool, &offer);
}

static void put_tool_list(struct tools *t, const struct aip_tool *tools, struct aip_str in)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		struct aip_str space = in.at ? in : tool->space;
		const bool vendors = tool->dialect == AIP_CLAUDE && tool->type.len;
		if (tool->kind == AIP_TOOL_NAMESPACE)
			put_tool_list(t, tool->tools, tool->name);
		else if (!aip_choice_allows(&t->w->request->choice, tool))
			continue;
		else if (tool->mcp)
			put_toolset(t, tool);
		else if (vendors)
			put_own_tool(t, tool);
		else if (tool->kind == AIP_TOOL_FUNCTION)
			put_function(t, tool, space);
		else if (tool->kind == AIP_TOOL_CUSTOM)
			put_custom(t, tool, space);
		else
			put_server_tool(t, tool);
	}
}

/* Calls in the history must be of declared tools. */
static void put_historic_tools(struct tools *t)
{
	for (const struct aip_turn *turn = t->w->request->turns; turn; turn = turn->next) {
		for (const struct aip_part *part = turn->parts; part; part = part->next) {
			if (part->kind != AIP_TOOL_CALL)
				continue;
			const struct aip_tool_call *call = part->call;
			struct aip_str name =
				aip_names_out(t->w->ctx->names, call->space, call->name);
			if (!open_tool(t, name))
				continue;
			put_head(t, name, AIP_NONE);
			aip_json_raw_some(&t->w->out, "input_schema",
			                  AIP_LIT("{\"type\":\"object\",\"properties\":{}}"));
			aip_json_close(&t->w->out, '}');
		}
	}
}

static void put_schema_tool(struct tools *t)
{
	const struct aip_output *output = &t->w->request->output;

	open_tool(t, AIP_LIT(CLAUDE_JSON_TOOL));
	put_head(t, AIP_LIT(CLAUDE_JSON_TOOL),
	         output->description.len ? output->description : AIP_LIT("Return the answer"));
	claude_put_schema(t->w, "input_schema", output->schema, AIP_SCHEMA_CLAUDE_TOOL);
	aip_json_close(&t->w->out, '}');
}

/* ---- Tool choice ---------------------------------------------------------------------------- */

static void put_choice_type(struct claude_writer *w, const char *type, struct aip_str name)
{
	aip_json_key(&w->out, "tool_choice");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(type));
	aip_json_str_some(&w->out, "name", name);
	if (w->request->parallel_tools == AIP_NO && strcmp(type, "none") != 0)
		aip_json_bool_kv(&w->out, "disable_parallel_tool_use", true);
	else if (w->request->parallel_tools == AIP_YES && w->same && strcmp(type, "none") != 0)
		aip_json_bool_kv(&w->out, "disable_parallel_tool_use", false);
	aip_json_close(&w->out, '}');
}

static void put_server_choice(struct tools *t)
{
	const struct aip_tool_choice *choice = &t->w->request->choice;
	const struct server_tool *as = server_tool_of(choice->server);
	struct aip_str name = choice->name;

	if (!name.len && as)
		name = aip_str(as->name);
	if (index_get(&t->said, name)) {
		put_choice_type(t->w, "tool", name);
		return;
	}
	claude_drop(t->w, "tool_choice");
	put_choice_type(t->w, "auto", AIP_NONE);
}

static void put_choice(struct tools *t)
{
	struct claude_writer *w = t->w;
	const struct aip_tool_choice *choice = &w->request->choice;

	if (w->left_the_choice) {
		put_choice_type(w, "auto", AIP_NONE);
		return;
	}
	if (w->emulates_schema && choice->mode != AIP_CHOICE_NAMED) {
		const bool alone = t->said.n == 1 || choice->mode == AIP_CHOICE_NONE;
		put_choice_type(w, alone ? "tool" : "any",
		                alone ? AIP_LIT(CLAUDE_JSON_TOOL) : AIP_NONE);
		return;
	}
	switch (choice->mode) {
	case AIP_CHOICE_UNSET:
		if (w->request->parallel_tools == AIP_NO)
			put_choice_type(w, "auto", AIP_NONE);
		break;
	case AIP_CHOICE_VALIDATED:
		claude_drop(w, "tool_choice");
		put_choice_type(w, "auto", AIP_NONE);
		break;
	case AIP_CHOICE_AUTO: put_choice_type(w, "auto", AIP_NONE); break;
	case AIP_CHOICE_NONE: put_choice_type(w, "none", AIP_NONE); break;
	case AIP_CHOICE_REQUIRED: put_choice_type(w, "any", AIP_NONE); break;
	case AIP_CHOICE_NAMED:
		put_choice_type(w, "tool", aip_names_out(w->ctx->names, AIP_NONE, choice->name));
		break;
	case AIP_CHOICE_ALLOWED:
		put_choice_type(w, choice->required ? "any" : "auto", AIP_NONE);
		break;
	case AIP_CHOICE_SERVER: put_server_choice(t); break;
	}
}

void claude_put_tools(struct claude_writer *w)
{
	struct tools t = {.w = w};

	index_init(&t.said, w->ctx->arena);
	put_tool_list(&t, w->request->tools, AIP_NONE);
	if (!t.said.n)
		put_historic_tools(&t);
	if (w->emulates_schema)
		put_schema_tool(&t);
	if (t.said.n) {
		aip_json_close(&w->out, ']');
		put_choice(&t);
	} else if (w->request->tools && claude_forces_a_tool(w)) {
		claude_refuse(w, "tool_choice",
		              "no tool of the request can be had from this upstream");
	}
	if (w->request->max_tool_calls.len && !t.bounds_calls && !w->same)
		claude_drop(w, "max_tool_calls");
}
