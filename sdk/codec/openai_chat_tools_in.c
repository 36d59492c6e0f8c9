/* Chat Completions requests, read: tools, and which of them is wanted. */
#include "openai_chat.h"

/* ---- Tools ---------------------------------------------------------------------------------- */

static enum aip_status read_head(struct chat_reader *r, const struct aip_json *v,
                                 struct aip_tool *tool)
{
	const struct aip_json *name = aip_json_some(v, "name");

	if (!name)
		return chat_wrong(r, v, "needs a name");
	enum aip_status s = chat_take_text(r, name, &tool->name);
	if (!s && !tool->name.len)
		return chat_wrong(r, name, "must not be empty");
	return s ? s : chat_take_member(r, v, "description", &tool->description);
}

static enum aip_status read_function(struct chat_reader *r, const struct aip_json *v,
                                     struct aip_tool **ret)
{
	struct aip_tool *tool = *ret = aip_tool_new(r->arena, AIP_TOOL_FUNCTION);
	const struct aip_json *schema = aip_json_some(v, "parameters");
	const struct aip_json *strict = aip_json_get(v, "strict");

	tool->dialect = AIP_CHAT;
	if (!aip_json_is(v, AIP_JSON_OBJECT))
		return chat_wrong(r, v, "must be an object");
	if (schema && schema->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, schema, "must be an object");
	tool->schema = schema ? schema->raw : AIP_NONE;
	tool->strict_null = aip_json_is(strict, AIP_JSON_NULL);
	if (aip_json_is_bool(strict))
		tool->strict = strict->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	else if (strict && !tool->strict_null)
		return chat_wrong(r, strict, "must be true or false");
	return read_head(r, v, tool);
}

static enum aip_status read_custom(struct chat_reader *r, const struct aip_json *v,
                                   struct aip_tool **ret)
{
	struct aip_tool *tool = *ret = aip_tool_new(r->arena, AIP_TOOL_CUSTOM);
	const struct aip_json *format = aip_json_some(v, "format");
	const struct aip_json *grammar = aip_json_some(format, "grammar");

	/* Some send it flat, as the Responses API has it. */
	if (!grammar && aip_json_some(format, "definition"))
		grammar = format;
	tool->grammar_syntax = aip_json_text(grammar, "syntax");
	tool->grammar = aip_json_text(grammar, "definition");
	return read_head(r, v, tool);
}

/* Tools of other vendors that clients put into this list. */
static const struct {
	const char *type;
	enum aip_server_tool tool;
} server_tools[] = {
	{"google_search", AIP_SERVER_WEB_SEARCH},
	{"web_search", AIP_SERVER_WEB_SEARCH},
	{"url_context", AIP_SERVER_WEB_FETCH},
	{"code_execution", AIP_SERVER_CODE_EXECUTION},
};

static struct aip_tool *read_other(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_UNKNOWN);

	tool->type = aip_json_text(v, "type");
	for (size_t i = 0; i < sizeof(server_tools) / sizeof(*server_tools); i++) {
		if (!aip_str_is(tool->type, server_tools[i].type) &&
		    !aip_json_get(v, server_tools[i].type))
			continue;
		tool->kind = AIP_TOOL_SERVER;
		tool->server = server_tools[i].tool;
	}
	return tool;
}

static enum aip_status read_tool(struct chat_reader *r, const struct aip_json *v,
                                 struct aip_tool **ret)
{
	struct aip_str type = aip_json_text(v, "type");
	const struct aip_json *function = aip_json_some(v, "function");
	const struct aip_json *custom = aip_json_some(v, "custom");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, v, "must be an object");
	if (aip_str_is(type, "custom"))
		s = read_custom(r, custom ? custom : v, ret);
	else if (aip_str_is(type, "function") || function)
		s = read_function(r, function ? function : v, ret);
	else if (!v->child)
		s = chat_wrong(r, v, "needs a type");
	else
		*ret = read_other(r, v);
	if (s)
		return s;
	(*ret)->dialect = AIP_CHAT;
	(*ret)->raw = v->raw;
	chat_read_cache(v, &(*ret)->cache);
	return AIP_OK;
}

static enum aip_status read_list(struct chat_reader *r, const struct aip_json *v,
                                 enum aip_status (*read)(struct chat_reader *r,
                                                         const struct aip_json *v,
                                                         struct aip_tool **ret))
{
	if (v->kind != AIP_JSON_ARRAY)
		return chat_wrong(r, v, "must be an array");
	AIP_JSON_EACH (item, v) {
		enum aip_status s = read(r, item, r->tools);
		if (s)
			return s;
		r->tools = &(*r->tools)->next;
	}
	return AIP_OK;
}

enum aip_status chat_read_tools(struct chat_reader *r, const struct aip_json *v)
{
	return read_list(r, v, read_tool);
}

enum aip_status chat_read_functions(struct chat_reader *r, const struct aip_json *v)
{
	r->request->legacy_functions = true;
	return read_list(r, v, read_function);
}

/* A place stands in an object of its kind here, and beside it in the canonical model. */
static struct aip_str read_location(struct chat_reader *r, const struct aip_json *where)
{
	const struct aip_json *inner = aip_json_some(where, "approximate");

	if (!aip_json_is(inner, AIP_JSON_OBJECT))
		return where ? where->raw : AIP_NONE;
	struct aip_str rest = aip_strn(inner->raw.at + 1, inner->raw.len - 1);
	return aip_arena_printf(r->arena, "{\"type\":\"approximate\"%s%.*s",
	                        inner->child ? "," : "", AIP_FMT(rest));
}

enum aip_status chat_read_web_search(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_SERVER);
	const struct aip_json *size = aip_json_some(v, "search_context_size");

	if (v->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, v, "must be an object");
	tool->server = AIP_SERVER_WEB_SEARCH;
	tool->name = AIP_LIT("web_search");
	tool->location = read_location(r, aip_json_some(v, "user_location"));
	tool->context_size = size ? size->raw : AIP_NONE;
	tool->dialect = AIP_CHAT;
	*r->tools = tool;
	r->tools = &tool->next;
	return AIP_OK;
}

/* ---- The choice ----------------------------------------------------------------------------- */

static struct aip_str name_of_tool(const struct aip_json *v)
{
	struct aip_str name = aip_json_text(aip_json_some(v, "function"), "name");

	if (!name.at)
		name = aip_json_text(aip_json_some(v, "custom"), "name");
	return name.at ? name : aip_json_text(v, "name");
}

static enum aip_status read_allowed(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool_choice *choice = &r->request->choice;
	struct aip_name **tail = &choice->names;
	const struct aip_json *allowed = aip_json_some(v, "allowed_tools");
	const struct aip_json *tools = aip_json_some(allowed ? allowed : v, "tools");

	choice->mode = AIP_CHOICE_ALLOWED;
	choice->required = aip_str_is(aip_json_text(allowed ? allowed : v, "mode"), "required");
	if (!aip_json_is(tools, AIP_JSON_ARRAY))
		return chat_wrong(r, allowed ? allowed : v, "needs tools, an array");
	AIP_JSON_EACH (tool, tools) {
		if (!name_of_tool(tool).len)
			return chat_wrong(r, tool, "needs a name");
		*tail = aip_name_new(r->arena, name_of_tool(tool));
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

static enum aip_status read_named(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool_choice *choice = &r->request->choice;

	choice->mode = AIP_CHOICE_NAMED;
	choice->call_kind = aip_str_is(aip_json_text(v, "type"), "custom") ? AIP_CALL_CUSTOM
	                                                                   : AIP_CALL_FUNCTION;
	choice->name = name_of_tool(v);
	return choice->name.len ? AIP_OK : chat_wrong(r, v, "needs a name");
}

enum aip_status chat_read_tool_choice(struct chat_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_choice_mode mode;
	} words[] = {{"auto", AIP_CHOICE_AUTO},
	             {"none", AIP_CHOICE_NONE},
	             {"required", AIP_CHOICE_REQUIRED},
	             {"any", AIP_CHOICE_REQUIRED}};

	r->request->choice.raw = v->raw;
	if (v->kind == AIP_JSON_OBJECT)
		return aip_str_is(aip_json_text(v, "type"), "allowed_tools") ? read_allowed(r, v)
		                                                             : read_named(r, v);
	for (size_t i = 0; v->kind == AIP_JSON_STRING && i < sizeof(words) / sizeof(*words); i++) {
		if (aip_str_is(v->text, words[i].word)) {
			r->request->choice.mode = words[i].mode;
			return AIP_OK;
		}
	}
	return chat_wrong(r, v, "must be auto, none, required or an object");
}
