/* Gemini requests, read: tools and toolConfig. */
#include "gemini.h"

/* ---- Functions ------------------------------------------------------------------------------ */

static enum aip_status take_schema(struct gemini_reader *r, const struct aip_json *v,
                                   const char *json_schema, const char *open_api,
                                   struct aip_str *into)
{
	const struct aip_json *schema = gemini_get(v, json_schema);
	const bool is_open_api = !schema;

	if (!schema)
		schema = gemini_get(v, open_api);
	if (!schema)
		return AIP_OK;
	if (schema->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, schema, "must be a schema, an object");
	*into = is_open_api ? aip_schema_from_openapi(r->arena, schema->raw) : schema->raw;
	return AIP_OK;
}

static enum aip_status read_function(struct gemini_reader *r, const struct aip_json *v,
                                     struct aip_tool **ret)
{
	struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_FUNCTION);

	if (v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be an object");
	enum aip_status s = gemini_take_text(r, v, "name", &tool->name);
	if (!s && !tool->name.len)
		s = gemini_missing(r, v, "name");
	if (!s)
		s = gemini_take_text(r, v, "description", &tool->description);
	if (!s)
		s = take_schema(r, v, "parametersJsonSchema", "parameters", &tool->schema);
	if (!s)
		s = take_schema(r, v, "responseJsonSchema", "response", &tool->output_schema);
	tool->dialect = AIP_GEMINI;
	if (gemini_get(v, "behavior"))
		tool->ext = aip_ext_new(r->arena, AIP_GEMINI, AIP_LIT("behavior"),
		                        gemini_raw(v, "behavior"));
	*ret = tool;
	return s;
}

static enum aip_status read_functions(struct gemini_reader *r, const struct aip_json *list,
                                      struct aip_tool ***tail)
{
	if (list->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, list, "must be an array");
	AIP_JSON_EACH (function, list) {
		enum aip_status s = read_function(r, function, *tail);
		if (s)
			return s;
		*tail = &(**tail)->next;
	}
	return AIP_OK;
}

/* ---- Tools that Google runs ----------------------------------------------------------------- */

static struct aip_str alone(struct gemini_reader *r, const struct aip_json *member)
{
	struct aip_buf text;

	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	aip_json_open(&out, '{');
	aip_json_key_str(&out, member->key);
	aip_json_put_raw(&out, member->raw);
	aip_json_close(&out, '}');
	return aip_arena_take(r->arena, &text);
}

/* raw is the tool alone, whatever else its element held. */
static struct aip_tool *read_own(struct gemini_reader *r, const struct aip_json *member)
{
	const enum aip_server_tool server = gemini_server_tool(member->key);
	struct aip_tool *tool = aip_tool_new(r->arena, server ? AIP_TOOL_SERVER : AIP_TOOL_UNKNOWN);

	tool->server = server;
	tool->name = member->key;
	tool->blocked_domains = gemini_raw(member, "excludeDomains");
	tool->dialect = AIP_GEMINI;
	tool->raw = alone(r, member);
	return tool;
}

static enum aip_status read_tool(struct gemini_reader *r, const struct aip_json *v,
                                 struct aip_tool ***tail)
{
	if (v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be an object");
	AIP_JSON_EACH (member, v) {
		enum aip_status s = AIP_OK;
		if (member->kind == AIP_JSON_NULL)
			continue;
		if (gemini_key_is(member->key, "functionDeclarations")) {
			s = read_functions(r, member, tail);
		} else if (gemini_key_is(member->key, "mcpServers")) {
			s = gemini_read_mcp(r, member, tail);
		} else {
			**tail = read_own(r, member);
			*tail = &(**tail)->next;
		}
		if (s)
			return s;
	}
	return AIP_OK;
}

enum aip_status gemini_read_tools(struct gemini_reader *r, const struct aip_json *v)
{
	struct aip_tool **tail = &r->request->tools;

	if (v->kind == AIP_JSON_OBJECT)
		return read_tool(r, v, &tail);
	if (v->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, v, "must be an array");
	AIP_JSON_EACH (tool, v) {
		enum aip_status s = read_tool(r, tool, &tail);
		if (s)
			return s;
	}
	return AIP_OK;
}

/* ---- toolConfig ----------------------------------------------------------------------------- */

static enum aip_status read_mode(struct gemini_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_choice_mode mode;
	} modes[] = {
		{"MODE_UNSPECIFIED", AIP_CHOICE_UNSET}, {"AUTO", AIP_CHOICE_AUTO},
		{"ANY", AIP_CHOICE_REQUIRED},           {"NONE", AIP_CHOICE_NONE},
		{"VALIDATED", AIP_CHOICE_VALIDATED},
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (v->kind != AIP_JSON_STRING || !gemini_word_is(v->text, modes[i].word))
			continue;
		r->request->choice.mode = modes[i].mode;
		return AIP_OK;
	}
	return gemini_wrong(r, v, "must be AUTO, ANY, NONE or VALIDATED");
}

static enum aip_status read_allowed(struct gemini_reader *r, const struct aip_json *v)
{
	struct aip_name **tail = &r->request->choice.names;

	if (v->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, v, "must be an array");
	AIP_JSON_EACH (name, v) {
		if (name->kind != AIP_JSON_STRING)
			return gemini_wrong(r, name, "must be a string");
		*tail = aip_name_new(r->arena, name->text);
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* Mode and names together: one that must be called, or some that alone may or must be. */
static void settle_choice(struct aip_tool_choice *choice)
{
	if (!choice->names)
		return;
	if (choice->mode == AIP_CHOICE_NONE) {
		choice->names = NULL;
		return;
	}
	choice->name = choice->names->name;
	choice->required = choice->mode == AIP_CHOICE_REQUIRED;
	choice->mode =
		choice->required && !choice->names->next ? AIP_CHOICE_NAMED : AIP_CHOICE_ALLOWED;
}

static enum aip_status read_calling(struct gemini_reader *r, const struct aip_json *v)
{
	static const struct gemini_row rows[] = {
		{"mode", read_mode},
		{"allowedFunctionNames", read_allowed},
	};

	if (v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be an object");
	enum aip_status s =
		gemini_read_rows(r, v, rows, sizeof(rows) / sizeof(*rows), "functionCallingConfig");
	settle_choice(&r->request->choice);
	return s;
}

enum aip_status gemini_read_tool_config(struct gemini_reader *r, const struct aip_json *v)
{
	static const struct gemini_row rows[] = {{"functionCallingConfig", read_calling}};

	if (v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be an object");
	return gemini_read_rows(r, v, rows, sizeof(rows) / sizeof(*rows), "toolConfig");
}
