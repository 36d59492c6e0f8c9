/* Responses requests, read: one function a row group of the dialect. */
#include "openai_responses.h"

struct reader {
	struct aip_arena *arena;
	struct aip_request *request;
	struct aip_turn *last;        /* turn that the next item may join */
	struct aip_tool **tool_tail;
	struct aip_error *error;
};

typedef enum aip_status (*read_fn)(struct reader *r, const struct aip_json *v);

struct row {
	const char *key;
	read_fn read;
};

static enum aip_status wrong(struct reader *r, const struct aip_json *at, const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

static enum aip_status take_text(struct reader *r, const struct aip_json *v, struct aip_str *into)
{
	if (v->kind != AIP_JSON_STRING)
		return wrong(r, v, "must be a string");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status take_number(struct reader *r, const struct aip_json *v, struct aip_str *into)
{
	if (v->kind != AIP_JSON_NUMBER)
		return wrong(r, v, "must be a number");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status take_bool(struct reader *r, const struct aip_json *v, enum aip_tri *into)
{
	if (!aip_json_is_bool(v))
		return wrong(r, v, "must be true or false");
	*into = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

/* ---- Content parts -------------------------------------------------------------------------- */

static void read_breakpoint(const struct aip_json *v, struct aip_part *part)
{
	const struct aip_json *mark = aip_json_some(v, "prompt_cache_breakpoint");

	part->cache.set = mark != NULL;
	part->cache.raw = mark ? mark->raw : AIP_NONE;
}

static enum aip_status read_image(struct reader *r, const struct aip_json *v, struct aip_part *part)
{
	struct aip_media *media = part->media;
	struct aip_str url = aip_json_text(v, "image_url");

	media->detail = aip_json_text(v, "detail");
	if (url.len && aip_str_starts(url, AIP_LIT("data:"))) {
		if (!aip_data_url(r->arena, url, media))
			return wrong(r, aip_json_get(v, "image_url"), "is not a valid data URL");
	} else if (url.len) {
		media->source = AIP_FROM_URL;
		media->data = url;
	} else {
		media->source = AIP_FROM_FILE;
		media->data = aip_json_text(v, "file_id");
		if (!media->data.len)
			return wrong(r, v, "needs image_url or file_id");
	}
	return AIP_OK;
}

static const char *mime_of_name(struct aip_str name)
{
	static const char *const table[][2] = {{".pdf", "application/pdf"}, {".txt", "text/plain"},
	                                       {".md", "text/markdown"},    {".csv", "text/csv"},
	                                       {".json", "application/json"}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_ends(name, aip_str(table[i][0])))
			return table[i][1];
	return "application/pdf";
}

static enum aip_status read_file(struct reader *r, const struct aip_json *v, struct aip_part *part)
{
	struct aip_media *media = part->media;
	struct aip_str data = aip_json_text(v, "file_data");

	media->filename = aip_json_text(v, "filename");
	media->source = AIP_FROM_URL;
	media->data = aip_json_text(v, "file_url");
	if (data.len && aip_str_starts(data, AIP_LIT("data:"))) {
		if (!aip_data_url(r->arena, data, media))
			return wrong(r, aip_json_get(v, "file_data"), "is not a valid data URL");
	} else if (data.len) {
		media->source = AIP_FROM_BASE64;
		media->mime = aip_str(mime_of_name(media->filename));
		if (!aip_base64_standard(r->arena, data, &media->data))
			return wrong(r, aip_json_get(v, "file_data"), "is not base64");
	} else if (!media->data.len) {
		media->source = AIP_FROM_FILE;
		media->data = aip_json_text(v, "file_id");
		if (!media->data.len)
			return wrong(r, v, "needs file_data, file_url or file_id");
	}
	return AIP_OK;
}

static enum aip_status read_audio(struct reader *r, const struct aip_json *v, struct aip_part *part)
{
	const struct aip_json *inner = aip_json_some(v, "input_audio");
	const struct aip_json *from = inner ? inner : v;

	part->media->source = AIP_FROM_BASE64;
	part->media->format = aip_json_text(from, "format");
	if (!aip_base64_standard(r->arena, aip_json_text(from, "data"), &part->media->data))
		return wrong(r, v, "needs data, a base64 string");
	return AIP_OK;
}

static enum aip_status read_part(struct reader *r, const struct aip_json *v, struct aip_part **ret)
{
	struct aip_str type = aip_json_text(v, "type");
	struct aip_part *part;
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	if (aip_str_is(type, "input_image")) {
		part = aip_part_new(r->arena, AIP_IMAGE);
		s = read_image(r, v, part);
	} else if (aip_str_is(type, "input_file")) {
		part = aip_part_new(r->arena, AIP_DOCUMENT);
		s = read_file(r, v, part);
	} else if (aip_str_is(type, "input_audio")) {
		part = aip_part_new(r->arena, AIP_AUDIO);
		s = read_audio(r, v, part);
	} else if (aip_str_is(type, "refusal")) {
		part = aip_part_new(r->arena, AIP_REFUSAL);
		part->text = aip_json_text(v, "refusal");
	} else if (aip_json_is(aip_json_get(v, "text"), AIP_JSON_STRING)) {
		part = aip_part_new(r->arena, AIP_TEXT);
		part->text = aip_json_text(v, "text");
	} else if (!type.at) {
		return wrong(r, v, "needs a type");
	} else {
		part = aip_part_new(r->arena, AIP_UNKNOWN_PART);
		part->raw = v->raw;
	}
	part->dialect = AIP_RESPONSES;
	read_breakpoint(v, part);
	*ret = part;
	return s;
}

/* A string, or a list of parts. */
static enum aip_status read_content(struct reader *r, const struct aip_json *v, struct aip_part **head)
{
	struct aip_part **tail = head;

	while (*tail)
		tail = &(*tail)->next;
	if (v && v->kind == AIP_JSON_STRING) {
		*tail = aip_part_new(r->arena, AIP_TEXT);
		(*tail)->text = v->text;
		return AIP_OK;
	}
	if (!v || v->kind != AIP_JSON_ARRAY)
		return v ? wrong(r, v, "must be a string or an array") : AIP_OK;
	AIP_JSON_EACH(item, v) {
		enum aip_status s = read_part(r, item, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- Items ---------------------------------------------------------------------------------- */

static struct aip_turn *turn_of(struct reader *r, enum aip_role role)
{
	if (r->last && r->last->role == role && role != AIP_ROLE_SYSTEM)
		return r->last;
	struct aip_turn *turn = aip_turn_new(r->arena, role);
	if (r->last)
		r->last->next = turn;
	else
		r->request->turns = turn;
	r->last = turn;
	return turn;
}

static enum aip_status read_message(struct reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_role role;
	} roles[] = {{"user", AIP_ROLE_USER},
	             {"assistant", AIP_ROLE_ASSISTANT},
	             {"system", AIP_ROLE_SYSTEM},
	             {"developer", AIP_ROLE_SYSTEM}};
	struct aip_str role = aip_json_text(v, "role");

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (!aip_str_is(role, roles[i].word))
			continue;
		struct aip_turn *turn = turn_of(r, roles[i].role);
		turn->developer = i == 3;
		turn->phase = aip_json_text(v, "phase");
		turn->id = aip_json_text(v, "id");
		return read_content(r, aip_json_some(v, "content"), &turn->parts);
	}
	return wrong(r, role.at ? aip_json_get(v, "role") : v,
	             "role must be user, assistant, system or developer");
}

static enum aip_status read_reasoning_item(struct reader *r, const struct aip_json *v)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_THINKING);
	struct aip_str encrypted = aip_json_text(v, "encrypted_content");
	const struct aip_json *content = aip_json_some(v, "content");

	part->dialect = AIP_RESPONSES;
	AIP_JSON_EACH(piece, aip_json_some(v, "summary")) {
		struct aip_part *text = aip_part_new(r->arena, AIP_TEXT);
		text->text = aip_json_text(piece, "text");
		part->thinking->has_summary = true;
		AIP_APPEND(&part->thinking->summary, text);
	}
	if (part->thinking->summary)
		part->text = aip_parts_text(r->arena, part->thinking->summary);
	else if (content && content->child)
		part->text = aip_json_text(content->child, "text");
	part->thinking->status = aip_json_text(v, "status");
	if (encrypted.len) {
		part->opaque = aip_opaque_in(r->arena, encrypted, AIP_VENDOR_OPENAI,
		                             AIP_OPAQUE_ENCRYPTED, AIP_THINKING);
		if (part->opaque && part->opaque->vendor == AIP_VENDOR_OPENAI && !part->opaque->item_id.at)
			part->opaque->item_id = aip_json_text(v, "id");
	}
	AIP_APPEND(&turn_of(r, AIP_ROLE_ASSISTANT)->parts, part);
	return AIP_OK;
}

static enum aip_status read_call(struct reader *r, const struct aip_json *v, enum aip_call_kind kind)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_CALL);
	const char *args_key = kind == AIP_CALL_CUSTOM ? "input" : "arguments";
	const struct aip_json *args = aip_json_some(v, args_key);

	part->dialect = AIP_RESPONSES;
	part->call->kind = kind;
	part->call->id = aip_json_text(v, "call_id");
	part->call->item_id = aip_json_text(v, "id");
	part->call->name = aip_json_text(v, "name");
	part->call->space = aip_json_text(v, "namespace");
	if (!part->call->name.len)
		return wrong(r, v, "needs a name");
	if (args && args->kind != AIP_JSON_STRING)
		return wrong(r, args, "must be a string");
	part->call->args = args ? args->text : AIP_LIT("");
	const struct aip_json *caller = aip_json_some(v, "caller");
	part->call->caller_raw = caller ? caller->raw : AIP_NONE;
	AIP_APPEND(&turn_of(r, AIP_ROLE_ASSISTANT)->parts, part);
	return AIP_OK;
}

static enum aip_status read_output(struct reader *r, const struct aip_json *v, enum aip_call_kind kind)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_RESULT);

	part->dialect = AIP_RESPONSES;
	part->result->kind = kind;
	part->result->call_id = aip_json_text(v, "call_id");
	if (!part->result->call_id.len)
		return wrong(r, v, "needs call_id");
	AIP_APPEND(&turn_of(r, AIP_ROLE_TOOL)->parts, part);
	return read_content(r, aip_json_some(v, "output"), &part->result->parts);
}

static enum aip_status read_function_call(struct reader *r, const struct aip_json *v)
{
	return read_call(r, v, AIP_CALL_FUNCTION);
}

static enum aip_status read_custom_call(struct reader *r, const struct aip_json *v)
{
	return read_call(r, v, AIP_CALL_CUSTOM);
}

static enum aip_status read_function_output(struct reader *r, const struct aip_json *v)
{
	return read_output(r, v, AIP_CALL_FUNCTION);
}

static enum aip_status read_custom_output(struct reader *r, const struct aip_json *v)
{
	return read_output(r, v, AIP_CALL_CUSTOM);
}

static enum aip_status read_reference(struct reader *r, const struct aip_json *v)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_ITEM_REF);

	part->id = aip_json_text(v, "id");
	part->dialect = AIP_RESPONSES;
	part->raw = v->raw;
	AIP_APPEND(&turn_of(r, AIP_ROLE_USER)->parts, part);
	return AIP_OK;
}

static enum aip_status read_compaction(struct reader *r, const struct aip_json *v)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_COMPACTION);

	part->dialect = AIP_RESPONSES;
	part->raw = v->raw;
	AIP_APPEND(&turn_of(r, AIP_ROLE_ASSISTANT)->parts, part);
	return AIP_OK;
}

static enum aip_status read_tools(struct reader *r, const struct aip_json *v);

static enum aip_status read_additional_tools(struct reader *r, const struct aip_json *v)
{
	const struct aip_json *tools = aip_json_some(v, "tools");

	return tools ? read_tools(r, tools) : AIP_OK;
}

/* Items of tools that the vendor runs, and whatever else may come. */
static enum aip_status read_other(struct reader *r, const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");
	enum aip_server_tool tool = responses_server_tool(type);
	const bool is_result = aip_str_ends(type, AIP_LIT("_output"));
	struct aip_part *part = aip_part_new(r->arena, !tool       ? AIP_UNKNOWN_PART
	                                               : is_result ? AIP_SERVER_RESULT
	                                                           : AIP_SERVER_CALL);

	part->dialect = AIP_RESPONSES;
	part->raw = v->raw;
	if (tool) {
		part->server->tool = tool;
		part->server->id = aip_json_text(v, "id");
		part->server->dialect = AIP_RESPONSES;
		part->server->raw = v->raw;
	}
	AIP_APPEND(&turn_of(r, AIP_ROLE_ASSISTANT)->parts, part);
	return AIP_OK;
}

static enum aip_status read_item(struct reader *r, const struct aip_json *v)
{
	static const struct row types[] = {
		{"message", read_message},
		{"reasoning", read_reasoning_item},
		{"function_call", read_function_call},
		{"custom_tool_call", read_custom_call},
		{"function_call_output", read_function_output},
		{"custom_tool_call_output", read_custom_output},
		{"item_reference", read_reference},
		{"compaction", read_compaction},
		{"additional_tools", read_additional_tools},
	};
	struct aip_str type = aip_json_text(v, "type");

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	if (!type.at)
		return read_message(r, v);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (aip_str_is(type, types[i].key))
			return types[i].read(r, v);
	return read_other(r, v);
}

static enum aip_status read_input(struct reader *r, const struct aip_json *v)
{
	if (v->kind == AIP_JSON_STRING)
		return read_content(r, v, &turn_of(r, AIP_ROLE_USER)->parts);
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be a string or an array");
	AIP_JSON_EACH(item, v) {
		enum aip_status s = read_item(r, item);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status read_instructions(struct reader *r, const struct aip_json *v)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_TEXT);

	part->next = r->request->system;
	r->request->system = part;
	return take_text(r, v, &part->text);
}

/* ---- Tools ---------------------------------------------------------------------------------- */

static enum aip_status read_function(struct reader *r, const struct aip_json *v, struct aip_tool *tool)
{
	const struct aip_json *schema = aip_json_some(v, "parameters");
	const struct aip_json *strict = aip_json_get(v, "strict");
	const struct aip_json *output = aip_json_some(v, "output_schema");

	if (schema && schema->kind != AIP_JSON_OBJECT)
		return wrong(r, schema, "must be an object");
	tool->schema = schema ? schema->raw : AIP_NONE;
	tool->output_schema = output ? output->raw : AIP_NONE;
	tool->strict_null = aip_json_is(strict, AIP_JSON_NULL);
	if (aip_json_is_bool(strict))
		tool->strict = strict->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static void read_custom(const struct aip_json *v, struct aip_tool *tool)
{
	const struct aip_json *format = aip_json_some(v, "format");

	if (!aip_str_is(aip_json_text(format, "type"), "grammar"))
		return;
	tool->grammar_syntax = aip_json_text(format, "syntax");
	tool->grammar = aip_json_text(format, "definition");
}

static struct aip_str raw_of(const struct aip_json *object, const char *key)
{
	const struct aip_json *v = aip_json_some(object, key);

	return v ? v->raw : AIP_NONE;
}

static enum aip_status read_tool(struct reader *r, const struct aip_json *v, struct aip_tool **ret)
{
	struct aip_str type = aip_json_text(v, "type");
	struct aip_tool *tool;
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT || !type.at)
		return wrong(r, v, "must be an object with a type");
	if (aip_str_is(type, "function")) {
		tool = aip_tool_new(r->arena, AIP_TOOL_FUNCTION);
		s = read_function(r, v, tool);
	} else if (aip_str_is(type, "custom")) {
		tool = aip_tool_new(r->arena, AIP_TOOL_CUSTOM);
		read_custom(v, tool);
	} else if (aip_str_is(type, "namespace")) {
		struct aip_tool **tail;
		tool = aip_tool_new(r->arena, AIP_TOOL_NAMESPACE);
		tail = &tool->tools;
		AIP_JSON_EACH(inner, aip_json_some(v, "tools")) {
			s = s ? s : read_tool(r, inner, tail);
			if (s)
				return s;
			(*tail)->space = aip_json_text(v, "name");
			tail = &(*tail)->next;
		}
	} else {
		enum aip_server_tool server = responses_server_tool(type);
		tool = aip_tool_new(r->arena, server ? AIP_TOOL_SERVER : AIP_TOOL_UNKNOWN);
		tool->server = server;
		tool->type = type;
		tool->location = raw_of(v, "user_location");
		tool->context_size = raw_of(v, "search_context_size");
		tool->allowed_domains = raw_of(aip_json_some(v, "filters"), "allowed_domains");
	}
	tool->name = aip_json_text(v, "name");
	tool->description = aip_json_text(v, "description");
	tool->dialect = AIP_RESPONSES;
	tool->raw = v->raw;
	if (tool->kind <= AIP_TOOL_NAMESPACE && !tool->name.len && !s)
		return wrong(r, v, "needs a name");
	*ret = tool;
	return s;
}

static enum aip_status read_tools(struct reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	AIP_JSON_EACH(item, v) {
		enum aip_status s = read_tool(r, item, r->tool_tail);
		if (s)
			return s;
		r->tool_tail = &(*r->tool_tail)->next;
	}
	return AIP_OK;
}

static enum aip_status read_choice_object(struct reader *r, const struct aip_json *v,
                                          struct aip_tool_choice *choice)
{
	struct aip_str type = aip_json_text(v, "type");

	if (aip_str_is(type, "function") || aip_str_is(type, "custom")) {
		choice->mode = AIP_CHOICE_NAMED;
		choice->call_kind =
			aip_str_is(type, "custom") ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
		choice->name = aip_json_text(v, "name");
		return choice->name.len ? AIP_OK : wrong(r, v, "needs a name");
	}
	if (aip_str_is(type, "allowed_tools")) {
		choice->mode = AIP_CHOICE_ALLOWED;
		choice->required = aip_str_is(aip_json_text(v, "mode"), "required");
		AIP_JSON_EACH(tool, aip_json_some(v, "tools"))
			if (aip_json_text(tool, "name").len)
				AIP_APPEND(&choice->names,
				           aip_name_new(r->arena, aip_json_text(tool, "name")));
		return AIP_OK;
	}
	choice->mode = AIP_CHOICE_SERVER;
	choice->server = responses_server_tool(type);
	return type.at ? AIP_OK : wrong(r, v, "needs a type");
}

static enum aip_status read_choice(struct reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_choice_mode mode;
	} words[] = {{"auto", AIP_CHOICE_AUTO}, {"none", AIP_CHOICE_NONE}, {"required", AIP_CHOICE_REQUIRED}};
	struct aip_tool_choice *choice = &r->request->choice;

	choice->raw = v->raw;
	if (v->kind == AIP_JSON_OBJECT)
		return read_choice_object(r, v, choice);
	for (size_t i = 0; i < 3 && v->kind == AIP_JSON_STRING; i++) {
		if (aip_str_is(v->text, words[i].word)) {
			choice->mode = words[i].mode;
			return AIP_OK;
		}
	}
	return wrong(r, v, "must be auto, none, required or an object");
}

/* ---- Text, reasoning ------------------------------------------------------------------------ */

static enum aip_status read_text(struct reader *r, const struct aip_json *v)
{
	struct aip_output *output = &r->request->output;
	const struct aip_json *format = aip_json_some(v, "format");
	struct aip_str type = aip_json_text(format, "type");
	const struct aip_json *schema = aip_json_some(format, "schema");
	const struct aip_json *strict = aip_json_some(format, "strict");

	output->verbosity = aip_json_text(v, "verbosity");
	output->raw = format ? format->raw : AIP_NONE;
	if (aip_str_is(type, "text"))
		output->format = AIP_FORMAT_TEXT;
	if (aip_str_is(type, "json_object"))
		output->format = AIP_FORMAT_JSON_OBJECT;
	if (aip_str_is(type, "grammar"))
		output->format = AIP_FORMAT_GRAMMAR;
	if (!aip_str_is(type, "json_schema"))
		return AIP_OK;
	if (!aip_json_is(schema, AIP_JSON_OBJECT))
		return wrong(r, format, "needs a schema");
	output->format = AIP_FORMAT_JSON_SCHEMA;
	output->schema = schema->raw;
	output->name = aip_json_text(format, "name");
	output->description = aip_json_text(format, "description");
	if (aip_json_is_bool(strict))
		output->strict = strict->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static enum aip_status read_reasoning(struct reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_summary summary;
	} words[] = {{"auto", AIP_SUMMARY_AUTO},
	             {"concise", AIP_SUMMARY_CONCISE},
	             {"detailed", AIP_SUMMARY_DETAILED},
	             {"none", AIP_SUMMARY_OFF}};
	struct aip_reasoning *reasoning = &r->request->reasoning;
	struct aip_str effort = aip_json_text(v, "effort");
	struct aip_str summary = aip_json_text(v, "summary");

	if (effort.at && !aip_reasoning_parse(effort, reasoning))
		return wrong(r, aip_json_get(v, "effort"),
		             "must be none, minimal, low, medium, high, xhigh or max");
	if (!summary.at)
		summary = aip_json_text(v, "generate_summary");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!aip_str_is(summary, words[i].word))
			continue;
		reasoning->summary = words[i].summary;
		reasoning->summary_explicit = true;
	}
	reasoning->context = raw_of(v, "context");
	reasoning->exec_mode = raw_of(v, "mode");
	return AIP_OK;
}

/* ---- Single fields -------------------------------------------------------------------------- */

#define FIELD(name, take, field)                                                      \
	static enum aip_status read_##name(struct reader *r, const struct aip_json *v) \
	{                                                                              \
		return take(r, v, &r->request->field);                                 \
	}
FIELD(model, take_text, model)
FIELD(max_output_tokens, take_number, max_output_tokens)
FIELD(max_tool_calls, take_number, max_tool_calls)
FIELD(temperature, take_number, sampling.temperature)
FIELD(top_p, take_number, sampling.top_p)
FIELD(top_logprobs, take_number, sampling.top_logprobs)
FIELD(parallel, take_bool, parallel_tools)
FIELD(store, take_bool, state.store)
FIELD(background, take_bool, state.background)
FIELD(previous, take_text, state.previous_response_id)
FIELD(truncation, take_text, state.truncation)
FIELD(safety_identifier, take_text, user_id)
FIELD(cache_key, take_text, cache.key)
FIELD(cache_retention, take_text, cache.retention)

static enum aip_status take_raw(struct reader *r, const struct aip_json *v, struct aip_str *into)
{
	*into = v->raw;
	return AIP_OK;
}

FIELD(conversation, take_raw, state.conversation)
FIELD(prompt, take_raw, state.prompt)
FIELD(context_management, take_raw, state.context_management)
FIELD(metadata, take_raw, metadata)
FIELD(moderation, take_raw, safety)
FIELD(cache_options, take_raw, cache.options)

static enum aip_status read_stream(struct reader *r, const struct aip_json *v)
{
	if (!aip_json_is_bool(v))
		return wrong(r, v, "must be true or false");
	r->request->stream = v->kind == AIP_JSON_TRUE;
	return AIP_OK;
}

static enum aip_status read_user(struct reader *r, const struct aip_json *v)
{
	return r->request->user_id.at ? AIP_OK : take_text(r, v, &r->request->user_id);
}

static enum aip_status read_tier(struct reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING)
		return wrong(r, v, "must be a string");
	r->request->service_tier = aip_str_is(v->text, "default") ? AIP_LIT("standard") : v->text;
	return AIP_OK;
}

static enum aip_status read_stream_options(struct reader *r, const struct aip_json *v)
{
	const struct aip_json *obfuscate = aip_json_some(v, "include_obfuscation");

	return obfuscate ? take_bool(r, obfuscate, &r->request->stream_options.include_obfuscation)
	                 : AIP_OK;
}

static enum aip_status read_include(struct reader *r, const struct aip_json *v)
{
	AIP_JSON_EACH(item, v) {
		if (item->kind != AIP_JSON_STRING)
			return wrong(r, item, "must be a string");
		AIP_APPEND(&r->request->include, aip_name_new(r->arena, item->text));
		if (aip_str_is(item->text, "message.output_text.logprobs"))
			r->request->sampling.logprobs = AIP_YES;
	}
	return AIP_OK;
}

/* ---- Top level ------------------------------------------------------------------------------ */

static const struct row top_rows[] = {
	{"model", read_model},
	{"input", read_input},
	{"instructions", read_instructions},
	{"stream", read_stream},
	{"stream_options", read_stream_options},
	{"max_output_tokens", read_max_output_tokens},
	{"max_tool_calls", read_max_tool_calls},
	{"temperature", read_temperature},
	{"top_p", read_top_p},
	{"top_logprobs", read_top_logprobs},
	{"tools", read_tools},
	{"tool_choice", read_choice},
	{"parallel_tool_calls", read_parallel},
	{"text", read_text},
	{"reasoning", read_reasoning},
	{"include", read_include},
	{"store", read_store},
	{"previous_response_id", read_previous},
	{"conversation", read_conversation},
	{"prompt", read_prompt},
	{"background", read_background},
	{"truncation", read_truncation},
	{"context_management", read_context_management},
	{"metadata", read_metadata},
	{"service_tier", read_tier},
	{"safety_identifier", read_safety_identifier},
	{"user", read_user},
	{"prompt_cache_key", read_cache_key},
	{"prompt_cache_options", read_cache_options},
	{"prompt_cache_retention", read_cache_retention},
	{"moderation", read_moderation},
};

static enum aip_status read_member(struct reader *r, const struct aip_json *member)
{
	for (size_t i = 0; i < sizeof(top_rows) / sizeof(*top_rows); i++)
		if (aip_str_is(member->key, top_rows[i].key))
			return member->kind == AIP_JSON_NULL ? AIP_OK : top_rows[i].read(r, member);
	AIP_APPEND(&r->request->ext,
	           aip_ext_new(r->arena, AIP_RESPONSES, member->key, member->raw));
	return AIP_OK;
}

enum aip_status responses_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                       struct aip_request **ret, struct aip_error *reterr)
{
	struct reader r = {.arena = ctx->arena, .request = aip_request_new(ctx->arena), .error = reterr};
	struct aip_json *body;

	enum aip_status s = aip_json_parse(ctx->arena, in->body, &body, reterr);
	if (s)
		return s;
	if (body->kind != AIP_JSON_OBJECT)
		return aip_json_fail(reterr, body, "the body must be an object");
	r.request->dialect = AIP_RESPONSES;
	r.request->source = in->body;
	r.tool_tail = &r.request->tools;
	AIP_JSON_EACH(member, body) {
		s = read_member(&r, member);
		if (s)
			return s;
	}
	const struct aip_state *state = &r.request->state;
	if (!r.request->turns && !r.request->system && !state->previous_response_id.at &&
	    !state->prompt.at && !state->conversation.at)
		return aip_json_fail(reterr, body, "input is missing");
	s = aip_request_canon(ctx->arena, r.request, reterr);
	if (!s)
		*ret = r.request;
	return s;
}
