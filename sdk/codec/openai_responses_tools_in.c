/* Tools of a Responses request, read, and the choice among them. */
#include "openai_responses.h"

/* ---- Kinds of tool -------------------------------------------------------------------------- */

static enum aip_status read_function(struct responses_reader *r, const struct aip_json *v,
                                     struct aip_tool *tool)
{
	const struct aip_json *schema = aip_json_some(v, "parameters");
	const struct aip_json *strict = aip_json_get(v, "strict");

	if (schema && schema->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, schema, "must be an object");
	tool->schema = schema ? schema->raw : AIP_NONE;
	tool->output_schema = responses_raw(v, "output_schema");
	tool->allowed_callers = responses_raw(v, "allowed_callers");
	tool->defer_loading = responses_tri(v, "defer_loading");
	tool->strict = responses_tri(v, "strict");
	tool->strict_null = aip_json_is(strict, AIP_JSON_NULL);
	return AIP_OK;
}

static enum aip_status read_custom(struct responses_reader *r, const struct aip_json *v,
                                   struct aip_tool *tool)
{
	const struct aip_json *format = aip_json_some(v, "format");

	if (!aip_str_is(aip_json_text(format, "type"), "grammar"))
		return AIP_OK;
	enum aip_status s = responses_word(r, format, "syntax", &tool->grammar_syntax);
	return s ? s : responses_word(r, format, "definition", &tool->grammar);
}

static enum aip_status read_tool(struct responses_reader *r, const struct aip_json *v,
                                 struct aip_tool **ret);

static enum aip_status read_namespace(struct responses_reader *r, const struct aip_json *v,
                                      struct aip_tool *tool)
{
	const struct aip_json *tools = aip_json_some(v, "tools");
	struct aip_tool **tail = &tool->tools;

	if (tools && tools->kind != AIP_JSON_ARRAY)
		return responses_wrong(r, tools, "must be an array");
	AIP_JSON_EACH (inner, tools) {
		enum aip_status s = read_tool(r, inner, tail);
		if (s)
			return s;
		(*tail)->space = aip_json_text(v, "name");
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* Tools that the vendor runs, or that the client runs in the vendor's way. */
static enum aip_status read_hosted(struct responses_reader *r, const struct aip_json *v,
                                   struct aip_tool *tool)
{
	const struct aip_json *filters = aip_json_some(v, "filters");

	tool->type = aip_json_text(v, "type");
	tool->server = responses_server_tool(tool->type);
	if (!tool->server)
		tool->kind = AIP_TOOL_UNKNOWN;
	tool->location = responses_raw(v, "user_location");
	tool->context_size = responses_raw(v, "search_context_size");
	tool->allowed_domains = responses_raw(filters, "allowed_domains");
	tool->blocked_domains = responses_raw(filters, "blocked_domains");
	return tool->server == AIP_SERVER_MCP ? responses_read_mcp(r, v, tool) : AIP_OK;
}

static const struct {
	const char *type; /* NULL: all others */
	enum aip_tool_kind kind;
	bool is_named;
	enum aip_status (*read)(struct responses_reader *r, const struct aip_json *v,
	                        struct aip_tool *tool);
} kinds[] = {
	{"function", AIP_TOOL_FUNCTION, true, read_function},
	{"custom", AIP_TOOL_CUSTOM, true, read_custom},
	{"namespace", AIP_TOOL_NAMESPACE, true, read_namespace},
	{NULL, AIP_TOOL_SERVER, false, read_hosted},
};

static enum aip_status read_tool(struct responses_reader *r, const struct aip_json *v,
                                 struct aip_tool **ret)
{
	struct aip_str type = AIP_NONE;
	size_t i = 0;

	if (v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be an object");
	enum aip_status s = responses_word(r, v, "type", &type);
	if (s)
		return s;
	while (kinds[i].type && !aip_str_is(type, kinds[i].type))
		i++;
	struct aip_tool *tool = aip_tool_new(r->arena, kinds[i].kind);
	tool->dialect = AIP_RESPONSES;
	tool->raw = v->raw;
	s = kinds[i].is_named ? responses_word(r, v, "name", &tool->name) : AIP_OK;
	if (!s)
		s = responses_text(r, v, "description", &tool->description);
	if (!s)
		s = kinds[i].read(r, v, tool);
	*ret = tool;
	return s;
}

enum aip_status responses_read_tools_into(struct responses_reader *r, const struct aip_json *v,
                                          struct aip_tool **tail)
{
	if (v->kind != AIP_JSON_ARRAY)
		return responses_wrong(r, v, "must be an array");
	while (*tail)
		tail = &(*tail)->next;
	AIP_JSON_EACH (item, v) {
		enum aip_status s = read_tool(r, item, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

enum aip_status responses_read_tools(struct responses_reader *r, const struct aip_json *v)
{
	return responses_read_tools_into(r, v, &r->request->tools);
}

/* ---- tool_choice ---------------------------------------------------------------------------- */

static enum aip_status read_named(struct responses_reader *r, const struct aip_json *v,
                                  enum aip_call_kind kind)
{
	struct aip_tool_choice *choice = &r->request->choice;

	choice->mode = AIP_CHOICE_NAMED;
	choice->call_kind = kind;
	return responses_word(r, v, "name", &choice->name);
}

static enum aip_status read_allowed(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_tool_choice *choice = &r->request->choice;
	struct aip_name **tail = &choice->names;
	const struct aip_json *tools = aip_json_some(v, "tools");
	struct aip_str mode;

	enum aip_status s = responses_word(r, v, "mode", &mode);
	if (s)
		return s;
	if (!aip_str_is(mode, "auto") && !aip_str_is(mode, "required"))
		return responses_wrong(r, aip_json_get(v, "mode"), "must be auto or required");
	if (!tools)
		return responses_missing(r, v, "tools");
	if (tools->kind != AIP_JSON_ARRAY)
		return responses_wrong(r, tools, "must be an array");
	choice->mode = AIP_CHOICE_ALLOWED;
	choice->required = aip_str_is(mode, "required");
	AIP_JSON_EACH (tool, tools) {
		struct aip_str name = aip_json_text(tool, "name");
		struct aip_str label = aip_json_text(tool, "server_label");
		struct aip_str vendors = label.len ? label : aip_json_text(tool, "type");
		if (label.len || !name.len) {
			AIP_APPEND(&choice->servers, aip_name_new(r->arena, vendors));
			continue;
		}
		*tail = aip_name_new(r->arena, name);
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

static enum aip_status read_choice_object(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_str type = AIP_NONE;

	enum aip_status s = responses_word(r, v, "type", &type);
	if (s)
		return s;
	if (aip_str_is(type, "function"))
		return read_named(r, v, AIP_CALL_FUNCTION);
	if (aip_str_is(type, "custom"))
		return read_named(r, v, AIP_CALL_CUSTOM);
	if (aip_str_is(type, "allowed_tools"))
		return read_allowed(r, v);
	r->request->choice.mode = AIP_CHOICE_SERVER;
	r->request->choice.server = responses_server_tool(type);
	return AIP_OK;
}

enum aip_status responses_read_choice(struct responses_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_choice_mode mode;
	} words[] = {{"auto", AIP_CHOICE_AUTO},
	             {"none", AIP_CHOICE_NONE},
	             {"required", AIP_CHOICE_REQUIRED}};
	struct aip_tool_choice *choice = &r->request->choice;

	choice->raw = v->raw;
	if (v->kind == AIP_JSON_OBJECT)
		return read_choice_object(r, v);
	for (size_t i = 0; i < 3 && v->kind == AIP_JSON_STRING; i++) {
		if (aip_str_is(v->text, words[i].word)) {
			choice->mode = words[i].mode;
			return AIP_OK;
		}
	}
	return responses_wrong(r, v, "must be auto, none, required or an object");
}
