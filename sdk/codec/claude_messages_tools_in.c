/* Anthropic Messages requests, read: tools and the choice between them. */
#include "claude_messages.h"

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
	const struct {
		const char *key;
		enum aip_tri *into;
	} flags[] = {
		{"strict", &tool->strict},
		{"defer_loading", &tool->defer_loading},
		{"eager_input_streaming", &tool->eager_streaming},
	};

	if (schema && schema->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, schema, "must be an object");
	tool->schema = claude_raw(schema);
	tool->allowed_callers = claude_raw(aip_json_some(v, "allowed_callers"));
	tool->examples = claude_raw(aip_json_some(v, "input_examples"));
	claude_keep_unknown(r, v,
	                    "type name description input_schema strict cache_control defer_loading "
	                    "allowed_callers input_examples eager_input_streaming",
	                    "", &tool->ext);
	enum aip_status s = claude_read_word(r, v, "name", &tool->name);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags) && !s; i++)
		s = claude_read_flag(r, v, flags[i].key, flags[i].into);
	return s ? s : claude_read_text(r, v, "description", &tool->description);
}

/* What one tool may be used is what all may be called, where another dialect bounds them together.
 */
static enum aip_status read_max_uses(struct claude_reader *r, const struct aip_json *v,
                                     struct aip_tool *tool)
{
	const struct aip_json *uses = aip_json_some(v, "max_uses");
	const int64_t most = aip_json_int(v, "max_uses", -1);
	int64_t before = 0;

	if (!uses)
		return AIP_OK;
	if (uses->kind != AIP_JSON_NUMBER || most < 0 || most > INT32_MAX)
		return claude_wrong(r, uses, "must be a whole number");
	tool->max_uses = uses->raw;
	if (!aip_str_int(r->request->max_tool_calls, &before))
		before = 0;
	r->request->max_tool_calls = aip_arena_printf(r->arena, "%lld", (long long)(before + most));
	return AIP_OK;
}

static enum aip_status read_vendor_tool(struct claude_reader *r, const struct aip_json *v,
                                        struct aip_str type, struct aip_tool *tool)
{
	tool->type = type;
	tool->name = aip_json_text(v, "name");
	for (size_t i = 0; i < sizeof(client_tools) / sizeof(*client_tools); i++) {
		if (!aip_str_starts(type, aip_str(client_tools[i].begins)))
			continue;
		tool->description = aip_str(client_tools[i].description);
		tool->schema = aip_str(client_tools[i].schema);
		return claude_read_word(r, v, "name", &tool->name);
	}
	if (aip_str_is(type, "mcp_toolset"))
		return claude_read_toolset(r, v, tool);
	tool->server = claude_server_tool(type);
	tool->kind = tool->server == AIP_SERVER_OTHER ? AIP_TOOL_UNKNOWN : AIP_TOOL_SERVER;
	tool->allowed_domains = claude_raw(aip_json_some(v, "allowed_domains"));
	tool->blocked_domains = claude_raw(aip_json_some(v, "blocked_domains"));
	tool->location = claude_raw(aip_json_some(v, "user_location"));
	return read_max_uses(r, v, tool);
}

static enum aip_status read_tool(struct claude_reader *r, const struct aip_json *v,
                                 struct aip_tool *tool)
{
	struct aip_str type = AIP_NONE;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	tool->dialect = AIP_CLAUDE;
	tool->raw = v->raw;
	enum aip_status s = claude_read_text(r, v, "type", &type);
	if (s)
		return s;
	if (!type.len || aip_str_is(type, "custom"))
		s = read_function(r, v, tool);
	else
		s = read_vendor_tool(r, v, type, tool);
	return s ? s : claude_read_cache(r, v, &tool->cache);
}

enum aip_status claude_read_tools(struct claude_reader *r, const struct aip_json *v)
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

enum aip_status claude_read_tool_choice(struct claude_reader *r, const struct aip_json *v)
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
	enum aip_tri serial = AIP_UNSET;
	struct aip_str type = AIP_NONE;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	enum aip_status s = claude_read_word(r, v, "type", &type);
	if (!s)
		s = claude_read_flag(r, v, "disable_parallel_tool_use", &serial);
	if (s)
		return s;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_is(type, table[i].type))
			choice->mode = table[i].mode;
	if (choice->mode == AIP_CHOICE_UNSET)
		return claude_wrong(r, aip_json_get(v, "type"), "must be auto, any, tool or none");
	if (choice->mode == AIP_CHOICE_NAMED) {
		s = claude_read_word(r, v, "name", &choice->name);
		name_choice(choice, r->request->tools);
	}
	if (serial != AIP_UNSET)
		r->request->parallel_tools = serial == AIP_YES ? AIP_NO : AIP_YES;
	choice->raw = v->raw;
	return s;
}
