/* Chat Completions requests, read: one function a row group of the dialect. */
#include "openai_chat.h"

typedef enum aip_status (*read_fn)(struct chat_reader *r, const struct aip_json *v);

struct row {
	const char *key;
	read_fn read;
};

static enum aip_status wrong(struct chat_reader *r, const struct aip_json *at, const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

static enum aip_status take_text(struct chat_reader *r, const struct aip_json *v, struct aip_str *into)
{
	if (v->kind != AIP_JSON_STRING)
		return wrong(r, v, "must be a string");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status take_number(struct chat_reader *r, const struct aip_json *v, struct aip_str *into)
{
	if (v->kind != AIP_JSON_NUMBER)
		return wrong(r, v, "must be a number");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status take_bool(struct chat_reader *r, const struct aip_json *v, enum aip_tri *into)
{
	if (!aip_json_is_bool(v))
		return wrong(r, v, "must be true or false");
	*into = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static enum aip_status take_raw(struct chat_reader *r, const struct aip_json *v, struct aip_str *into)
{
	*into = v->raw;
	return AIP_OK;
}

/* ---- Content parts -------------------------------------------------------------------------- */

static void read_cache(const struct aip_json *v, struct aip_cache *cache)
{
	const struct aip_json *mark = aip_json_some(v, "cache_control");

	if (!mark)
		mark = aip_json_some(v, "prompt_cache_breakpoint");
	if (!mark)
		return;
	cache->set = true;
	cache->ttl = aip_json_text(mark, "ttl");
	cache->raw = mark->raw;
}

static enum aip_status read_url_media(struct chat_reader *r, const struct aip_json *v, const char *key,
                                      struct aip_part *part)
{
	const struct aip_json *inner = aip_json_some(v, key);
	struct aip_str url = aip_json_is(inner, AIP_JSON_STRING) ? inner->text
	                                                        : aip_json_text(inner, "url");

	part->media->detail = aip_json_text(inner, "detail");
	if (!url.len)
		return wrong(r, v, "needs a url");
	if (aip_str_starts(url, AIP_LIT("data:")))
		return aip_data_url(r->arena, url, part->media)
		               ? AIP_OK
		               : wrong(r, inner, "url is not a valid data URL");
	part->media->source = AIP_FROM_URL;
	part->media->data = url;
	return AIP_OK;
}

static enum aip_status read_sound(struct chat_reader *r, const struct aip_json *v, struct aip_part *part)
{
	const struct aip_json *inner = aip_json_some(v, "input_audio");

	part->media->source = AIP_FROM_BASE64;
	part->media->format = aip_json_text(inner, "format");
	if (!aip_json_text(inner, "data").len ||
	    !aip_base64_standard(r->arena, aip_json_text(inner, "data"), &part->media->data))
		return wrong(r, v, "input_audio needs data, a base64 string");
	return AIP_OK;
}

static enum aip_status read_file(struct chat_reader *r, const struct aip_json *v, struct aip_part *part)
{
	const struct aip_json *file = aip_json_some(v, "file");
	struct aip_str data = aip_json_text(file, "file_data");

	part->media->filename = aip_json_text(file, "filename");
	if (data.len)
		return aip_file_data(r->arena, data, part->media)
		               ? AIP_OK
		               : wrong(r, file, "file_data is neither a data URL nor base64");
	part->media->source = AIP_FROM_FILE;
	part->media->data = aip_json_text(file, "file_id");
	return part->media->data.len ? AIP_OK : wrong(r, v, "file needs file_data or file_id");
}

static enum aip_status read_part(struct chat_reader *r, const struct aip_json *v, struct aip_part **ret)
{
	struct aip_str type = aip_json_text(v, "type");
	struct aip_part *part;
	enum aip_status s = AIP_OK;

	if (v->kind == AIP_JSON_STRING) {
		*ret = aip_part_new(r->arena, AIP_TEXT);
		(*ret)->text = v->text;
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	if (aip_str_is(type, "image_url")) {
		part = aip_part_new(r->arena, AIP_IMAGE);
		s = read_url_media(r, v, "image_url", part);
	} else if (aip_str_is(type, "video_url")) {
		part = aip_part_new(r->arena, AIP_VIDEO);
		s = read_url_media(r, v, "video_url", part);
	} else if (aip_str_is(type, "input_audio")) {
		part = aip_part_new(r->arena, AIP_AUDIO);
		s = read_sound(r, v, part);
	} else if (aip_str_is(type, "file")) {
		part = aip_part_new(r->arena, AIP_DOCUMENT);
		s = read_file(r, v, part);
	} else if (aip_str_is(type, "refusal")) {
		part = aip_part_new(r->arena, AIP_REFUSAL);
		part->text = aip_json_text(v, "refusal");
	} else if (aip_str_is(type, "text") || (!type.at && aip_json_text(v, "text").at)) {
		const struct aip_json *text = aip_json_get(v, "text");
		part = aip_part_new(r->arena, AIP_TEXT);
		s = text ? take_text(r, text, &part->text) : wrong(r, v, "needs text");
	} else if (!type.at) {
		return wrong(r, v, "needs a type");
	} else {
		part = aip_part_new(r->arena, AIP_UNKNOWN_PART);
		part->raw = v->raw;
	}
	part->dialect = AIP_CHAT;
	read_cache(v, &part->cache);
	*ret = part;
	return s;
}

/* A string, a list of parts, or null. */
static enum aip_status read_content(struct chat_reader *r, const struct aip_json *v,
                                    struct aip_part **head)
{
	struct aip_part **tail = head;

	while (*tail)
		tail = &(*tail)->next;
	if (!v)
		return AIP_OK;
	if (v->kind == AIP_JSON_STRING) {
		*tail = aip_part_new(r->arena, AIP_TEXT);
		(*tail)->text = v->text;
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be a string or an array of parts");
	AIP_JSON_EACH(item, v) {
		enum aip_status s = read_part(r, item, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void read_thoughts(struct chat_reader *r, const struct aip_json *v, struct aip_turn *turn)
{
	struct aip_str text = aip_json_text(v, "reasoning_content");

	if (!text.at)
		text = aip_json_text(v, "reasoning");
	if (text.len) {
		struct aip_part *part = aip_part_new(r->arena, AIP_THINKING);
		part->text = text;
		part->dialect = AIP_CHAT;
		AIP_APPEND(&turn->parts, part);
	}
	AIP_JSON_EACH(detail, aip_json_some(v, "reasoning_details")) {
		struct aip_str data = aip_json_text(detail, "data");
		if (!data.at)
			data = aip_json_text(detail, "signature");
		struct aip_opaque *opaque =
			data.len ? aip_opaque_in(r->arena, data, AIP_VENDOR_OPENAI,
			                         AIP_OPAQUE_ENCRYPTED, AIP_THINKING)
			         : NULL;
		if (!opaque || opaque->vendor == AIP_VENDOR_OPENAI)
			continue; /* only what the gateway wrapped itself can be told from noise */
		struct aip_part *part = aip_part_new(r->arena, AIP_THINKING);
		part->text = aip_json_text(detail, "text");
		part->opaque = opaque;
		AIP_APPEND(&turn->parts, part);
	}
}

static struct aip_opaque *read_extra(struct chat_reader *r, const struct aip_json *call)
{
	const struct aip_json *google = aip_json_some(aip_json_some(call, "extra_content"), "google");
	struct aip_str signature = aip_json_text(google, "thought_signature");

	if (!signature.len)
		return NULL;
	return aip_opaque_in(r->arena, signature, AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE,
	                     AIP_TOOL_CALL);
}

static enum aip_status read_call(struct chat_reader *r, const struct aip_json *v, struct aip_turn *turn)
{
	const bool custom = aip_str_is(aip_json_text(v, "type"), "custom");
	const struct aip_json *inner = aip_json_some(v, custom ? "custom" : "function");
	const struct aip_json *args = aip_json_some(inner, custom ? "input" : "arguments");
	struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_CALL);

	part->call->kind = custom ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
	part->call->id = aip_json_text(v, "id");
	part->call->name = aip_json_text(inner, "name");
	if (!part->call->name.len)
		return wrong(r, v, "needs a function with a name");
	if (args)
		part->call->args = args->kind == AIP_JSON_STRING ? args->text : args->raw;
	if (!part->call->args.len && !custom)
		part->call->args = AIP_LIT("{}");
	part->opaque = read_extra(r, v);
	part->dialect = AIP_CHAT;
	read_cache(v, &part->cache);
	AIP_APPEND(&turn->parts, part);
	return AIP_OK;
}

static enum aip_status read_assistant(struct chat_reader *r, const struct aip_json *v,
                                      struct aip_turn *turn)
{
	const struct aip_json *calls = aip_json_some(v, "tool_calls");
	const struct aip_json *legacy = aip_json_some(v, "function_call");
	struct aip_str refusal = aip_json_text(v, "refusal");

	read_thoughts(r, v, turn);
	enum aip_status s = read_content(r, aip_json_some(v, "content"), &turn->parts);
	if (!s && refusal.len) {
		struct aip_part *part = aip_part_new(r->arena, AIP_REFUSAL);
		part->text = refusal;
		AIP_APPEND(&turn->parts, part);
	}
	if (!s && calls && calls->kind != AIP_JSON_ARRAY)
		return wrong(r, calls, "must be an array");
	AIP_JSON_EACH(call, s ? NULL : calls) {
		s = read_call(r, call, turn);
		if (s)
			return s;
	}
	if (!s && legacy) {
		struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_CALL);
		part->call->name = aip_json_text(legacy, "name");
		part->call->args = aip_json_text(legacy, "arguments");
		if (!part->call->name.len)
			return wrong(r, legacy, "needs a name");
		AIP_APPEND(&turn->parts, part);
	}
	return s;
}

static enum aip_status read_result(struct chat_reader *r, const struct aip_json *v,
                                   struct aip_turn *turn)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_RESULT);

	part->result->call_id = aip_json_text(v, "tool_call_id");
	part->result->name = aip_json_text(v, "name");
	if (!part->result->call_id.len && !part->result->name.len)
		return wrong(r, v, "needs tool_call_id");
	read_cache(v, &part->cache);
	AIP_APPEND(&turn->parts, part);
	return read_content(r, aip_json_some(v, "content"), &part->result->parts);
}

/* cache_control of a message is its last part's. */
static void read_message_cache(const struct aip_json *v, struct aip_turn *turn)
{
	struct aip_part *last = turn->parts;

	while (last && last->next)
		last = last->next;
	if (last && !last->cache.set)
		read_cache(v, &last->cache);
}

static enum aip_status read_message(struct chat_reader *r, const struct aip_json *v,
                                    struct aip_turn **ret)
{
	static const struct {
		const char *word;
		enum aip_role role;
	} roles[] = {{"user", AIP_ROLE_USER},         {"assistant", AIP_ROLE_ASSISTANT},
	             {"tool", AIP_ROLE_TOOL},         {"system", AIP_ROLE_SYSTEM},
	             {"developer", AIP_ROLE_SYSTEM},  {"function", AIP_ROLE_TOOL}};
	struct aip_str word = aip_json_text(v, "role");
	size_t i = 0;
	enum aip_status s;

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	while (i < 6 && !aip_str_is(word, roles[i].word))
		i++;
	if (i == 6)
		return wrong(r, aip_json_get(v, "role") ? aip_json_get(v, "role") : v,
		             "role must be system, developer, user, assistant or tool");
	struct aip_turn *turn = aip_turn_new(r->arena, roles[i].role);
	turn->developer = i == 4;
	turn->name = aip_json_text(v, "name");
	switch (turn->role) {
	case AIP_ROLE_ASSISTANT: s = read_assistant(r, v, turn); break;
	case AIP_ROLE_TOOL: s = read_result(r, v, turn); break;
	default: s = read_content(r, aip_json_some(v, "content"), &turn->parts); break;
	}
	read_message_cache(v, turn);
	*ret = turn;
	return s;
}

static enum aip_status read_messages(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_turn **tail = &r->request->turns;

	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	if (!v->child)
		return wrong(r, v, "must not be empty");
	AIP_JSON_EACH(message, v) {
		enum aip_status s = read_message(r, message, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- Tools ---------------------------------------------------------------------------------- */

static enum aip_status read_function(struct chat_reader *r, const struct aip_json *v,
                                     struct aip_tool **ret)
{
	struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_FUNCTION);
	const struct aip_json *schema = aip_json_some(v, "parameters");
	const struct aip_json *strict = aip_json_some(v, "strict");

	tool->name = aip_json_text(v, "name");
	tool->description = aip_json_text(v, "description");
	if (!tool->name.len)
		return wrong(r, v, "needs a name");
	if (schema && schema->kind != AIP_JSON_OBJECT)
		return wrong(r, schema, "must be an object");
	tool->schema = schema ? schema->raw : AIP_NONE;
	if (aip_json_is_bool(strict))
		tool->strict = strict->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	*ret = tool;
	return AIP_OK;
}

static enum aip_status read_custom(struct chat_reader *r, const struct aip_json *v,
                                   struct aip_tool **ret)
{
	struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_CUSTOM);
	const struct aip_json *grammar = aip_json_some(aip_json_some(v, "format"), "grammar");

	tool->name = aip_json_text(v, "name");
	tool->description = aip_json_text(v, "description");
	tool->grammar_syntax = aip_json_text(grammar, "syntax");
	tool->grammar = aip_json_text(grammar, "definition");
	*ret = tool;
	return tool->name.len ? AIP_OK : wrong(r, v, "needs a name");
}

static const struct {
	const char *type;
	enum aip_server_tool tool;
} server_tools[] = {
	{"google_search", AIP_SERVER_WEB_SEARCH},
	{"web_search", AIP_SERVER_WEB_SEARCH},
	{"url_context", AIP_SERVER_WEB_FETCH},
	{"code_execution", AIP_SERVER_CODE_EXECUTION},
};

static enum aip_status read_tool(struct chat_reader *r, const struct aip_json *v, struct aip_tool **ret)
{
	struct aip_str type = aip_json_text(v, "type");
	const struct aip_json *function = aip_json_some(v, "function");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	if (aip_str_is(type, "custom"))
		s = read_custom(r, aip_json_some(v, "custom") ? aip_json_some(v, "custom") : v, ret);
	else if (aip_str_is(type, "function") || function)
		s = function ? read_function(r, function, ret) : wrong(r, v, "needs function");
	else if (!type.at && !v->child)
		return wrong(r, v, "needs a type");
	else
		*ret = aip_tool_new(r->arena, AIP_TOOL_UNKNOWN);
	if (s)
		return s;
	for (size_t i = 0; i < sizeof(server_tools) / sizeof(*server_tools); i++) {
		if ((*ret)->kind != AIP_TOOL_UNKNOWN ||
		    !(aip_str_is(type, server_tools[i].type) || aip_json_get(v, server_tools[i].type)))
			continue;
		(*ret)->kind = AIP_TOOL_SERVER;
		(*ret)->server = server_tools[i].tool;
	}
	(*ret)->type = type;
	(*ret)->dialect = AIP_CHAT;
	(*ret)->raw = v->raw;
	read_cache(v, &(*ret)->cache);
	return AIP_OK;
}

static struct aip_tool **tool_tail(struct chat_reader *r)
{
	struct aip_tool **tail = &r->request->tools;

	while (*tail)
		tail = &(*tail)->next;
	return tail;
}

static enum aip_status read_tools(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool **tail = tool_tail(r);

	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	AIP_JSON_EACH(item, v) {
		enum aip_status s = read_tool(r, item, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

static enum aip_status read_functions(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool **tail = tool_tail(r);

	r->request->legacy_functions = true;
	AIP_JSON_EACH(item, v) {
		enum aip_status s = read_function(r, item, tail);
		if (s)
			return s;
		(*tail)->dialect = AIP_CHAT;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

static enum aip_status read_web_search(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_SERVER);
	const struct aip_json *where = aip_json_some(v, "user_location");
	const struct aip_json *size = aip_json_some(v, "search_context_size");

	tool->server = AIP_SERVER_WEB_SEARCH;
	tool->name = AIP_LIT("web_search");
	tool->location = where ? where->raw : AIP_NONE;
	tool->context_size = size ? size->raw : AIP_NONE;
	tool->dialect = AIP_CHAT;
	*tool_tail(r) = tool;
	return AIP_OK;
}

static struct aip_str name_of_tool(const struct aip_json *v)
{
	struct aip_str name = aip_json_text(aip_json_some(v, "function"), "name");

	if (!name.at)
		name = aip_json_text(aip_json_some(v, "custom"), "name");
	return name.at ? name : aip_json_text(v, "name");
}

static enum aip_status read_choice_object(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_tool_choice *choice = &r->request->choice;
	struct aip_str type = aip_json_text(v, "type");

	if (!aip_str_is(type, "allowed_tools")) {
		choice->mode = AIP_CHOICE_NAMED;
		choice->call_kind =
			aip_str_is(type, "custom") ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
		choice->name = name_of_tool(v);
		return choice->name.len ? AIP_OK : wrong(r, v, "needs a name");
	}
	const struct aip_json *allowed = aip_json_some(v, "allowed_tools");
	if (!allowed)
		allowed = v;
	choice->mode = AIP_CHOICE_ALLOWED;
	choice->required = aip_str_is(aip_json_text(allowed, "mode"), "required");
	AIP_JSON_EACH(tool, aip_json_some(allowed, "tools"))
		if (name_of_tool(tool).len)
			AIP_APPEND(&choice->names, aip_name_new(r->arena, name_of_tool(tool)));
	return AIP_OK;
}

static enum aip_status read_choice(struct chat_reader *r, const struct aip_json *v)
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
		return read_choice_object(r, v);
	for (size_t i = 0; i < 4 && v->kind == AIP_JSON_STRING; i++) {
		if (aip_str_is(v->text, words[i].word)) {
			r->request->choice.mode = words[i].mode;
			return AIP_OK;
		}
	}
	return wrong(r, v, "must be auto, none, required or an object");
}

/* ---- Output, reasoning ---------------------------------------------------------------------- */

static enum aip_status read_format(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_output *output = &r->request->output;
	struct aip_str type = aip_json_text(v, "type");
	const struct aip_json *inner = aip_json_some(v, "json_schema");
	const struct aip_json *schema = aip_json_some(inner, "schema");
	const struct aip_json *strict = aip_json_some(inner, "strict");

	output->raw = v->raw;
	if (aip_str_is(type, "text"))
		output->format = AIP_FORMAT_TEXT;
	else if (aip_str_is(type, "json_object"))
		output->format = AIP_FORMAT_JSON_OBJECT;
	else if (aip_str_is(type, "grammar") || aip_str_is(type, "regex"))
		output->format = AIP_FORMAT_GRAMMAR;
	else if (!aip_str_is(type, "json_schema"))
		return wrong(r, v, "type must be text, json_object or json_schema");
	if (!aip_str_is(type, "json_schema"))
		return AIP_OK;
	if (!inner)
		return wrong(r, v, "needs json_schema");
	output->format = schema ? AIP_FORMAT_JSON_SCHEMA : AIP_FORMAT_JSON_OBJECT;
	output->schema = schema ? schema->raw : AIP_NONE;
	output->name = aip_json_text(inner, "name");
	output->description = aip_json_text(inner, "description");
	if (aip_json_is_bool(strict))
		output->strict = strict->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static void default_summary(struct aip_reasoning *reasoning)
{
	if (reasoning->mode != AIP_REASONING_OFF && reasoning->mode != AIP_REASONING_UNSET)
		reasoning->summary = AIP_SUMMARY_AUTO;
}

static enum aip_status read_effort(struct chat_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING || !aip_reasoning_parse(v->text, &r->request->reasoning))
		return wrong(r, v, "must be none, minimal, low, medium, high, xhigh or max");
	default_summary(&r->request->reasoning);
	return AIP_OK;
}

/* {"effort":…} or {"max_tokens":…}, an extension of several servers. */
static enum aip_status read_reasoning(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning;
	struct aip_str effort = aip_json_text(v, "effort");
	int64_t budget = aip_json_int(v, "max_tokens", 0);

	if (reasoning->mode != AIP_REASONING_UNSET)
		return AIP_OK;
	if (effort.len && !aip_reasoning_parse(effort, reasoning))
		return wrong(r, aip_json_get(v, "effort"), "is no effort");
	if (!effort.len && budget > 0) {
		reasoning->mode = AIP_REASONING_BUDGET;
		reasoning->budget = budget;
	}
	default_summary(reasoning);
	return AIP_OK;
}

/* ---- Single fields -------------------------------------------------------------------------- */

#define FIELD(name, take, field)                                                           \
	static enum aip_status read_##name(struct chat_reader *r, const struct aip_json *v) \
	{                                                                                   \
		return take(r, v, &r->request->field);                                      \
	}
FIELD(model, take_text, model)
FIELD(max_completion_tokens, take_number, max_output_tokens)
FIELD(temperature, take_number, sampling.temperature)
FIELD(top_p, take_number, sampling.top_p)
FIELD(top_k, take_number, sampling.top_k)
FIELD(presence, take_number, sampling.presence_penalty)
FIELD(frequency, take_number, sampling.frequency_penalty)
FIELD(seed, take_number, sampling.seed)
FIELD(n, take_number, sampling.n)
FIELD(logit_bias, take_raw, sampling.logit_bias)
FIELD(logprobs, take_bool, sampling.logprobs)
FIELD(top_logprobs, take_number, sampling.top_logprobs)
FIELD(parallel, take_bool, parallel_tools)
FIELD(modalities, take_raw, output.modalities)
FIELD(audio, take_raw, output.audio)
FIELD(prediction, take_raw, output.prediction)
FIELD(verbosity, take_text, output.verbosity)
FIELD(store, take_bool, state.store)
FIELD(metadata, take_raw, metadata)
FIELD(safety_identifier, take_text, user_id)
FIELD(cache_key, take_text, cache.key)
FIELD(cache_options, take_raw, cache.options)
FIELD(cache_retention, take_text, cache.retention)
FIELD(moderation, take_raw, safety)

static enum aip_status read_max_tokens(struct chat_reader *r, const struct aip_json *v)
{
	return r->request->max_output_tokens.at ? AIP_OK
	                                        : take_number(r, v, &r->request->max_output_tokens);
}

static enum aip_status read_user(struct chat_reader *r, const struct aip_json *v)
{
	return r->request->user_id.at ? AIP_OK : take_text(r, v, &r->request->user_id);
}

static enum aip_status read_stream(struct chat_reader *r, const struct aip_json *v)
{
	enum aip_tri stream = AIP_UNSET;
	enum aip_status s = take_bool(r, v, &stream);

	r->request->stream = stream == AIP_YES;
	return s;
}

static enum aip_status read_stream_options(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_stream_options *options = &r->request->stream_options;
	const struct aip_json *usage = aip_json_some(v, "include_usage");
	const struct aip_json *obfuscate = aip_json_some(v, "include_obfuscation");
	enum aip_status s = usage ? take_bool(r, usage, &options->include_usage) : AIP_OK;

	return s || !obfuscate ? s : take_bool(r, obfuscate, &options->include_obfuscation);
}

static enum aip_status read_stop(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_name **stops = &r->request->sampling.stop;

	if (v->kind == AIP_JSON_STRING) {
		AIP_APPEND(stops, aip_name_new(r->arena, v->text));
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be a string or an array of strings");
	AIP_JSON_EACH(item, v) {
		if (item->kind != AIP_JSON_STRING)
			return wrong(r, item, "must be a string");
		AIP_APPEND(stops, aip_name_new(r->arena, item->text));
	}
	return AIP_OK;
}

static enum aip_status read_tier(struct chat_reader *r, const struct aip_json *v)
{
	enum aip_status s = take_text(r, v, &r->request->service_tier);

	if (!s && aip_str_is(v->text, "default"))
		r->request->service_tier = AIP_LIT("standard");
	return s;
}

/* ---- Top level ------------------------------------------------------------------------------ */

static enum aip_status read_by(struct chat_reader *r, const struct aip_json *member,
                               const struct row *rows, size_t n, bool *ret_known)
{
	*ret_known = false;
	for (size_t i = 0; i < n; i++) {
		if (!aip_str_is(member->key, rows[i].key))
			continue;
		*ret_known = true;
		return member->kind == AIP_JSON_NULL ? AIP_OK : rows[i].read(r, member);
	}
	return AIP_OK;
}

bool chat_read_common(struct chat_reader *r, const struct aip_json *member, enum aip_status *ret)
{
	static const struct row rows[] = {
		{"model", read_model},
		{"stream", read_stream},
		{"stream_options", read_stream_options},
		{"max_tokens", read_max_tokens},
		{"temperature", read_temperature},
		{"top_p", read_top_p},
		{"presence_penalty", read_presence},
		{"frequency_penalty", read_frequency},
		{"logit_bias", read_logit_bias},
		{"n", read_n},
		{"stop", read_stop},
		{"seed", read_seed},
		{"user", read_user},
	};
	bool known;

	*ret = read_by(r, member, rows, sizeof(rows) / sizeof(*rows), &known);
	return known;
}

static const struct row chat_rows[] = {
	{"messages", read_messages},
	{"max_completion_tokens", read_max_completion_tokens},
	{"top_k", read_top_k},
	{"logprobs", read_logprobs},
	{"top_logprobs", read_top_logprobs},
	{"tools", read_tools},
	{"functions", read_functions},
	{"tool_choice", read_choice},
	{"function_call", read_choice},
	{"parallel_tool_calls", read_parallel},
	{"web_search_options", read_web_search},
	{"response_format", read_format},
	{"modalities", read_modalities},
	{"audio", read_audio},
	{"prediction", read_prediction},
	{"reasoning_effort", read_effort},
	{"reasoning", read_reasoning},
	{"verbosity", read_verbosity},
	{"store", read_store},
	{"metadata", read_metadata},
	{"service_tier", read_tier},
	{"safety_identifier", read_safety_identifier},
	{"prompt_cache_key", read_cache_key},
	{"prompt_cache_options", read_cache_options},
	{"prompt_cache_retention", read_cache_retention},
	{"moderation", read_moderation},
};

static enum aip_status read_member(struct chat_reader *r, const struct aip_json *member)
{
	enum aip_status s;
	bool known;

	if (chat_read_common(r, member, &s))
		return s;
	s = read_by(r, member, chat_rows, sizeof(chat_rows) / sizeof(*chat_rows), &known);
	if (!known)
		AIP_APPEND(&r->request->ext,
		           aip_ext_new(r->arena, AIP_CHAT, member->key, member->raw));
	return s;
}

enum aip_status chat_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr)
{
	struct chat_reader r = {ctx->arena, aip_request_new(ctx->arena), reterr};
	struct aip_json *body;

	enum aip_status s = aip_json_parse(ctx->arena, in->body, &body, reterr);
	if (s)
		return s;
	if (body->kind != AIP_JSON_OBJECT)
		return aip_json_fail(reterr, body, "the body must be an object");
	r.request->dialect = AIP_CHAT;
	r.request->source = in->body;
	AIP_JSON_EACH(member, body) {
		s = read_member(&r, member);
		if (s)
			return s;
	}
	if (!aip_json_some(body, "messages"))
		return aip_json_fail(reterr, body, "messages is missing");
	s = aip_request_canon(ctx->arena, r.request, reterr);
	if (!s)
		*ret = r.request;
	return s;
}
