/* Chat Completions requests, written: tools, and which of them is wanted. */
#include "openai_chat.h"

#define CUSTOM_SCHEMA                                                                          \
	"{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},\"required\":[" \
	"\"input\"]}"

static void open_in(struct chat_writer *w, const char *type)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(type));
	aip_json_key(&w->out, type);
	aip_json_open(&w->out, '{');
}

static void close_in(struct chat_writer *w)
{
	aip_json_close(&w->out, '}');
	aip_json_close(&w->out, '}');
}

/* ---- Tools ---------------------------------------------------------------------------------- */

static void put_head(struct chat_writer *w, const struct aip_tool *tool, struct aip_str space,
                     struct aip_str description)
{
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, space, tool->name));
	aip_json_str_some(&w->out, "description", description);
}

/* Not strict is what a server does anyway, so only a client of this dialect has said it on purpose.
 */
static void put_strict(struct chat_writer *w, enum aip_tri said, bool done)
{
	if (w->ctx->caps->chat_strict_param == AIP_NO) {
		if (said == AIP_YES)
			chat_drop(w, "tools.strict");
		return;
	}
	if (done || (said != AIP_UNSET && w->same))
		aip_json_bool_kv(&w->out, "strict", done);
}

static void put_function(struct chat_writer *w, const struct aip_tool *tool, struct aip_str space)
{
	const bool strict = tool->strict == AIP_YES && w->ctx->caps->chat_strict_param != AIP_NO;

	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", AIP_LIT("function"));
	aip_json_key(&w->out, "function");
	aip_json_open(&w->out, '{');
	put_head(w, tool, space, tool->description);
	aip_json_key(&w->out, "parameters");
	put_strict(w, tool->strict, chat_put_schema(w, tool->schema, strict, true));
	aip_json_close(&w->out, '}');
	chat_put_cache(w, &tool->cache);
	aip_json_close(&w->out, '}');
}

/* A tool of free text as a function of one text, for servers that know functions only. */
static void put_wrapped(struct chat_writer *w, const struct aip_tool *tool, struct aip_str space)
{
	open_in(w, "function");
	put_head(w, tool, space, aip_words_grammar(w->ctx->arena, tool));
	aip_json_raw_some(&w->out, "parameters", AIP_LIT(CUSTOM_SCHEMA));
	close_in(w);
}

static void put_custom(struct chat_writer *w, const struct aip_tool *tool, struct aip_str space)
{
	if (chat_wraps_custom(w->ctx, w->request)) {
		put_wrapped(w, tool, space);
		return;
	}
	open_in(w, "custom");
	put_head(w, tool, space, tool->description);
	if (tool->grammar.len) {
		aip_json_key(&w->out, "format");
		open_in(w, "grammar");
		aip_json_str(&w->out, "syntax", tool->grammar_syntax);
		aip_json_str(&w->out, "definition", tool->grammar);
		close_in(w);
	}
	close_in(w);
}

static bool is_search(const struct aip_tool *tool)
{
	return tool->kind == AIP_TOOL_SERVER && tool->server == AIP_SERVER_WEB_SEARCH;
}

/* Search is a setting of its own here, and no tool of the list. */
static bool is_setting(const struct chat_writer *w, const struct aip_tool *tool)
{
	if (w->same && chat_is_own(tool->dialect))
		return is_search(tool) && !tool->raw.at;
	return is_search(tool) && aip_caps_has(w->ctx->caps->server, "web_search");
}

static void put_tool_list(struct chat_writer *w, const struct aip_tool *tools, struct aip_str space)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		struct aip_str in = space.at ? space : tool->space;
		if (tool->kind == AIP_TOOL_FUNCTION)
			put_function(w, tool, in);
		else if (tool->kind == AIP_TOOL_CUSTOM)
			put_custom(w, tool, in);
		else if (tool->kind == AIP_TOOL_NAMESPACE)
			put_tool_list(w, tool->tools, tool->name);
		else if (is_setting(w, tool))
			continue;
		else if (chat_is_own(tool->dialect) && tool->raw.at)
			aip_json_put_raw(&w->out, tool->raw);
		else
			chat_drop(w, "tools.server");
	}
}

/* False: no tool is left, and the list is not written. */
static bool put_list(struct chat_writer *w)
{
	const size_t mark = w->out.buf->len;
	const bool comma = w->out.comma;

	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	const size_t empty = w->out.buf->len;
	put_tool_list(w, w->request->tools, AIP_NONE);
	if (w->out.buf->len != empty) {
		aip_json_close(&w->out, ']');
		return true;
	}
	w->out.buf->len = mark;
	w->out.comma = comma;
	return false;
}

static void put_location(struct chat_writer *w, struct aip_str location)
{
	struct aip_json *where;

	if (!location.at || aip_json_parse(w->ctx->arena, location, &where, NULL))
		return;
	aip_json_key(&w->out, "user_location");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", AIP_LIT("approximate"));
	aip_json_key(&w->out, "approximate");
	aip_json_open(&w->out, '{');
	AIP_JSON_EACH (member, where) {
		if (aip_str_is(member->key, "type") || member->kind == AIP_JSON_NULL)
			continue;
		aip_json_key_str(&w->out, member->key);
		aip_json_put_tree(&w->out, member);
	}
	close_in(w);
}

static void put_search(struct chat_writer *w)
{
	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next) {
		if (!is_setting(w, tool))
			continue;
		aip_json_key(&w->out, "web_search_options");
		aip_json_open(&w->out, '{');
		aip_json_raw_some(&w->out, "search_context_size", tool->context_size);
		put_location(w, tool->location);
		aip_json_close(&w->out, '}');
		return;
	}
}

/* ---- The choice ----------------------------------------------------------------------------- */

static bool is_custom(const struct aip_tool *tools, struct aip_str name)
{
	for (; tools; tools = tools->next) {
		if (tools->kind == AIP_TOOL_CUSTOM && aip_str_eq(tools->name, name))
			return true;
		if (is_custom(tools->tools, name))
			return true;
	}
	return false;
}

static void put_named(struct chat_writer *w, struct aip_str name)
{
	const bool custom =
		is_custom(w->request->tools, name) && !chat_wraps_custom(w->ctx, w->request);

	open_in(w, custom ? "custom" : "function");
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, AIP_NONE, name));
	close_in(w);
}

static void put_allowed(struct chat_writer *w, const struct aip_tool_choice *choice)
{
	open_in(w, "allowed_tools");
	aip_json_str(&w->out, "mode", choice->required ? AIP_LIT("required") : AIP_LIT("auto"));
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *n = choice->names; n; n = n->next)
		put_named(w, n->name);
	aip_json_close(&w->out, ']');
	close_in(w);
}

static const char *choice_word(struct chat_writer *w, enum aip_choice_mode mode)
{
	switch (mode) {
	case AIP_CHOICE_NONE: return "none";
	case AIP_CHOICE_REQUIRED: return "required";
	case AIP_CHOICE_SERVER: chat_drop(w, "tool_choice"); return "auto";
	default: return "auto";
	}
}

static void put_choice(struct chat_writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;
	const bool forces = choice->mode == AIP_CHOICE_REQUIRED || choice->mode == AIP_CHOICE_NAMED;

	if (choice->mode == AIP_CHOICE_UNSET)
		return;
	aip_json_key(&w->out, "tool_choice");
	if (forces && w->ctx->caps->chat_tool_choice_required == AIP_NO) {
		chat_drop(w, "tool_choice");
		aip_json_put_str(&w->out, AIP_LIT("auto"));
	} else if (choice->mode == AIP_CHOICE_NAMED) {
		put_named(w, choice->name);
	} else if (choice->mode == AIP_CHOICE_ALLOWED && choice->names) {
		put_allowed(w, choice);
	} else {
		aip_json_put_str(&w->out, aip_str(choice_word(w, choice->mode)));
	}
}

void chat_put_tools(struct chat_writer *w)
{
	const enum aip_choice_mode mode = w->request->choice.mode;
	const enum aip_tri parallel = w->request->parallel_tools;

	if (!w->request->tools)
		return;
	put_search(w);
	if (!put_list(w)) {
		if (mode == AIP_CHOICE_REQUIRED || mode == AIP_CHOICE_NAMED)
			chat_refuse(w, "tools",
			            "this upstream has none of the tools that must be used");
		return;
	}
	put_choice(w);
	if (parallel == AIP_UNSET)
		return;
	if (w->ctx->caps->chat_parallel_param == AIP_NO)
		chat_drop(w, "parallel_tool_calls");
	else
		aip_json_bool_kv(&w->out, "parallel_tool_calls", parallel == AIP_YES);
}
