/* Gemini requests, read: one function a row group of the dialect. */
#include "gemini.h"

struct reader {
	struct aip_codec_ctx *ctx;
	struct aip_arena *arena;
	struct aip_request *request;
	struct aip_error *error;
};

typedef enum aip_status (*read_fn)(struct reader *r, const struct aip_json *v);

struct row {
	const char *key; /* camelCase */
	read_fn read;
};

static enum aip_status wrong(struct reader *r, const struct aip_json *at, const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

/* Reads the members of an object by a table; what no row knows goes to ext with its outer key in front. */
static enum aip_status read_rows(struct reader *r, const struct aip_json *object,
                                 const struct row *rows, size_t n, const char *outer)
{
	AIP_JSON_EACH(member, object) {
		const struct row *row = rows;
		while (row < rows + n && !gemini_key_is(member->key, row->key))
			row++;
		if (row == rows + n) {
			struct aip_str key = *outer ? aip_arena_printf(r->arena, "%s.%.*s", outer,
			                                               AIP_FMT(member->key))
			                            : member->key;
			AIP_APPEND(&r->request->ext,
			           aip_ext_new(r->arena, AIP_GEMINI, key, member->raw));
			continue;
		}
		if (member->kind == AIP_JSON_NULL)
			continue;
		enum aip_status s = row->read(r, member);
		if (s)
			return s;
	}
	return AIP_OK;
}

/* ---- Parts ---------------------------------------------------------------------------------- */

static struct aip_opaque *read_signature(struct reader *r, const struct aip_json *part,
                                         enum aip_part_kind kind)
{
	struct aip_str value = gemini_text(part, "thoughtSignature");

	if (!value.len || aip_str_is(value, GEMINI_NO_SIGNATURE))
		return NULL;
	return aip_opaque_in(r->arena, value, AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE, kind);
}

static enum aip_status read_blob(struct reader *r, const struct aip_json *part,
                                 const struct aip_json *blob, struct aip_part **ret)
{
	struct aip_str mime = gemini_text(blob, "mimeType");
	const struct aip_json *data = gemini_get(blob, "data");
	struct aip_part *made = aip_part_new(r->arena, gemini_kind_of_mime(mime));

	if (!aip_json_is(data, AIP_JSON_STRING))
		return wrong(r, blob, "inlineData needs data, a base64 string");
	if (!aip_base64_standard(r->arena, data->text, &made->media->data))
		return wrong(r, data, "is not base64");
	made->media->source = AIP_FROM_BASE64;
	made->media->mime = mime.at ? mime : aip_str(aip_sniff_base64(made->media->data));
	made->media->filename = gemini_text(blob, "displayName");
	*ret = made;
	return AIP_OK;
}

static enum aip_status read_file(struct reader *r, const struct aip_json *file, struct aip_part **ret)
{
	struct aip_str mime = gemini_text(file, "mimeType");
	struct aip_str uri = gemini_text(file, "fileUri");
	struct aip_part *made = aip_part_new(r->arena, gemini_kind_of_mime(mime));

	if (!uri.at)
		return wrong(r, file, "fileData needs fileUri");
	made->media->source = AIP_FROM_URL;
	made->media->data = uri;
	made->media->mime = mime;
	*ret = made;
	return AIP_OK;
}

static enum aip_status read_call(struct reader *r, const struct aip_json *v, struct aip_part **ret)
{
	struct aip_part *made = aip_part_new(r->arena, AIP_TOOL_CALL);
	const struct aip_json *args = gemini_get(v, "args");

	made->call->name = gemini_text(v, "name");
	if (!made->call->name.len)
		return wrong(r, v, "functionCall needs a name");
	if (args && args->kind != AIP_JSON_OBJECT)
		return wrong(r, args, "must be an object");
	made->call->id = gemini_text(v, "id");
	made->call->args = args ? args->raw : AIP_LIT("{}");
	*ret = made;
	return AIP_OK;
}

/* A response object with one customary key is that key's value. */
static const struct aip_json *unwrapped(const struct aip_json *response, bool *ret_is_error)
{
	static const char *const keys[] = {"result", "output", "content", "error"};

	*ret_is_error = false;
	if (!response || response->count != 1)
		return response;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (aip_str_is(response->child->key, keys[i])) {
			*ret_is_error = i == 3;
			return response->child;
		}
	}
	return response;
}

static enum aip_status read_result(struct reader *r, const struct aip_json *v, struct aip_part **ret)
{
	struct aip_part *made = aip_part_new(r->arena, AIP_TOOL_RESULT);
	struct aip_tool_result *result = made->result;
	const struct aip_json *response = gemini_get(v, "response");
	bool is_error;

	result->name = gemini_text(v, "name");
	if (!result->name.len)
		return wrong(r, v, "functionResponse needs a name");
	if (response && response->kind != AIP_JSON_OBJECT)
		return wrong(r, response, "must be an object");
	result->call_id = gemini_text(v, "id");
	const struct aip_json *value = unwrapped(response, &is_error);
	result->is_error = is_error ? AIP_YES : AIP_UNSET;
	if (value && value->kind != AIP_JSON_STRING) {
		result->raw = value->raw;
	} else {
		result->parts = aip_part_new(r->arena, AIP_TEXT);
		result->parts->text = value ? value->text : AIP_LIT("");
	}
	AIP_JSON_EACH(piece, gemini_get(v, "parts")) {
		const struct aip_json *blob = gemini_get(piece, "inlineData");
		struct aip_part *media = NULL;
		enum aip_status s = blob ? read_blob(r, piece, blob, &media) : AIP_OK;
		if (s)
			return s;
		if (media)
			AIP_APPEND(&result->parts, media);
	}
	*ret = made;
	return AIP_OK;
}

static struct aip_part *read_server(struct reader *r, const struct aip_json *part,
                                    const struct aip_json *v, bool is_result)
{
	struct aip_part *made =
		aip_part_new(r->arena, is_result ? AIP_SERVER_RESULT : AIP_SERVER_CALL);
	struct aip_str outcome = gemini_text(v, "outcome");

	made->server->tool = AIP_SERVER_CODE_EXECUTION;
	made->server->id = gemini_text(v, "id");
	made->server->name = AIP_LIT("code_execution");
	made->server->input = is_result ? AIP_NONE : v->raw;
	made->server->results = is_result ? v->raw : AIP_NONE;
	if (outcome.at)
		made->server->is_error = gemini_word_is(outcome, "OUTCOME_OK") ? AIP_NO : AIP_YES;
	made->server->dialect = AIP_GEMINI;
	made->server->raw = part->raw;
	return made;
}

static enum aip_status read_text(struct reader *r, const struct aip_json *part,
                                 const struct aip_json *text, struct aip_part **ret)
{
	if (text->kind != AIP_JSON_STRING)
		return wrong(r, text, "must be a string");
	const bool thought = gemini_is_true(part, "thought");
	struct aip_part *made = aip_part_new(r->arena, thought ? AIP_THINKING : AIP_TEXT);
	made->text = text->text;
	*ret = made;
	return AIP_OK;
}

static enum aip_status read_part(struct reader *r, const struct aip_json *part, struct aip_part **ret)
{
	const struct aip_json *v;
	enum aip_status s = AIP_OK;

	if (part->kind == AIP_JSON_STRING) {
		*ret = aip_part_new(r->arena, AIP_TEXT);
		(*ret)->text = part->text;
		return AIP_OK;
	}
	if (part->kind != AIP_JSON_OBJECT)
		return wrong(r, part, "must be an object");
	if ((v = gemini_get(part, "text")))
		s = read_text(r, part, v, ret);
	else if ((v = gemini_get(part, "inlineData")))
		s = read_blob(r, part, v, ret);
	else if ((v = gemini_get(part, "fileData")))
		s = read_file(r, v, ret);
	else if ((v = gemini_get(part, "functionCall")))
		s = read_call(r, v, ret);
	else if ((v = gemini_get(part, "functionResponse")))
		s = read_result(r, v, ret);
	else if ((v = gemini_get(part, "executableCode")))
		*ret = read_server(r, part, v, false);
	else if ((v = gemini_get(part, "codeExecutionResult")))
		*ret = read_server(r, part, v, true);
	else
		*ret = aip_part_new(r->arena, AIP_UNKNOWN_PART);
	if (s)
		return s;
	struct aip_part *made = *ret;
	made->dialect = AIP_GEMINI;
	made->raw = made->kind == AIP_UNKNOWN_PART ? part->raw : AIP_NONE;
	made->opaque = read_signature(r, part, made->kind);
	if (made->media) {
		v = gemini_get(part, "videoMetadata");
		made->media->video_raw = v ? v->raw : AIP_NONE;
		v = gemini_get(part, "mediaResolution");
		made->media->resolution = v && v->kind == AIP_JSON_STRING ? v->text
		                                                           : gemini_text(v, "level");
	}
	return AIP_OK;
}

/* ---- Contents ------------------------------------------------------------------------------- */

/* The turn that a part joins: results stand in turns of role tool, whatever content held them. */
static struct aip_turn *turn_for(struct reader *r, struct aip_turn **last, struct aip_turn ***tail,
                                 enum aip_role role)
{
	if (*last && (*last)->role == role)
		return *last;
	struct aip_turn *turn = aip_turn_new(r->arena, role);
	**tail = turn;
	*tail = &turn->next;
	*last = turn;
	return turn;
}

static enum aip_status read_content(struct reader *r, const struct aip_json *content,
                                    struct aip_turn ***tail)
{
	struct aip_str role = gemini_text(content, "role");
	const struct aip_json *parts = gemini_get(content, "parts");
	enum aip_role speaker = AIP_ROLE_USER;
	struct aip_turn *last = NULL;

	if (content->kind != AIP_JSON_OBJECT)
		return wrong(r, content, "must be an object with role and parts");
	if (gemini_word_is(role, "model"))
		speaker = AIP_ROLE_ASSISTANT;
	else if (role.at && !gemini_word_is(role, "user") && !gemini_word_is(role, "function"))
		return wrong(r, gemini_get(content, "role"), "must be user or model");
	if (parts && parts->kind != AIP_JSON_ARRAY && parts->kind != AIP_JSON_OBJECT)
		return wrong(r, parts, "must be an array");
	const bool lone = parts && parts->kind == AIP_JSON_OBJECT;
	for (const struct aip_json *v = lone ? parts : parts ? parts->child : NULL; v;
	     v = lone ? NULL : v->next) {
		struct aip_part *part = NULL;
		enum aip_status s = read_part(r, v, &part);
		if (s)
			return s;
		enum aip_role of = part->kind == AIP_TOOL_RESULT ? AIP_ROLE_TOOL : speaker;
		AIP_APPEND(&turn_for(r, &last, tail, of)->parts, part);
	}
	return AIP_OK;
}

static enum aip_status read_contents(struct reader *r, const struct aip_json *v)
{
	struct aip_turn **tail = &r->request->turns;

	if (v->kind == AIP_JSON_STRING) {
		struct aip_turn *turn = aip_turn_new(r->arena, AIP_ROLE_USER);
		turn->parts = aip_part_new(r->arena, AIP_TEXT);
		turn->parts->text = v->text;
		*tail = turn;
		return AIP_OK;
	}
	if (v->kind == AIP_JSON_OBJECT)
		return read_content(r, v, &tail);
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	AIP_JSON_EACH(content, v) {
		enum aip_status s = read_content(r, content, &tail);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status read_system(struct reader *r, const struct aip_json *v)
{
	const struct aip_json *parts = gemini_get(v, "parts");
	struct aip_part **tail = &r->request->system;

	if (v->kind == AIP_JSON_STRING) {
		*tail = aip_part_new(r->arena, AIP_TEXT);
		(*tail)->text = v->text;
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be a content or a string");
	const bool lone = parts && parts->kind == AIP_JSON_OBJECT;
	for (const struct aip_json *p = lone ? parts : parts ? parts->child : NULL; p;
	     p = lone ? NULL : p->next) {
		struct aip_str text = p->kind == AIP_JSON_STRING ? p->text : gemini_text(p, "text");
		if (!text.at)
			return wrong(r, p, "system instructions are text");
		*tail = aip_part_new(r->arena, AIP_TEXT);
		(*tail)->text = text;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- Tools ---------------------------------------------------------------------------------- */

static const struct {
	const char *key;
	enum aip_server_tool tool;
} server_tools[] = {
	{"googleSearch", AIP_SERVER_WEB_SEARCH},
	{"googleSearchRetrieval", AIP_SERVER_WEB_SEARCH},
	{"enterpriseWebSearch", AIP_SERVER_WEB_SEARCH},
	{"urlContext", AIP_SERVER_WEB_FETCH},
	{"codeExecution", AIP_SERVER_CODE_EXECUTION},
	{"fileSearch", AIP_SERVER_FILE_SEARCH},
	{"computerUse", AIP_SERVER_COMPUTER},
	{"mcpServers", AIP_SERVER_MCP},
};

static enum aip_status read_function(struct reader *r, const struct aip_json *v,
                                     struct aip_tool ***tail)
{
	struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_FUNCTION);
	const struct aip_json *schema = gemini_get(v, "parametersJsonSchema");
	const struct aip_json *open_api = gemini_get(v, "parameters");
	const struct aip_json *output = gemini_get(v, "responseJsonSchema");

	tool->name = gemini_text(v, "name");
	if (!tool->name.len)
		return wrong(r, v, "a function declaration needs a name");
	tool->description = gemini_text(v, "description");
	if (schema)
		tool->schema = schema->raw;
	else if (open_api)
		tool->schema = aip_schema_from_openapi(r->arena, open_api->raw);
	tool->output_schema = output ? output->raw : AIP_NONE;
	tool->dialect = AIP_GEMINI;
	tool->raw = v->raw;
	**tail = tool;
	*tail = &tool->next;
	return AIP_OK;
}

static enum aip_status read_tool(struct reader *r, const struct aip_json *v, struct aip_tool ***tail)
{
	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	AIP_JSON_EACH(member, v) {
		if (gemini_key_is(member->key, "functionDeclarations")) {
			AIP_JSON_EACH(function, member) {
				enum aip_status s = read_function(r, function, tail);
				if (s)
					return s;
			}
			continue;
		}
		struct aip_tool *tool = aip_tool_new(r->arena, AIP_TOOL_UNKNOWN);
		for (size_t i = 0; i < sizeof(server_tools) / sizeof(*server_tools); i++) {
			if (!gemini_key_is(member->key, server_tools[i].key))
				continue;
			tool->kind = AIP_TOOL_SERVER;
			tool->server = server_tools[i].tool;
		}
		tool->name = member->key;
		tool->dialect = AIP_GEMINI;
		tool->raw = v->raw;
		**tail = tool;
		*tail = &tool->next;
	}
	return AIP_OK;
}

static enum aip_status read_tools(struct reader *r, const struct aip_json *v)
{
	struct aip_tool **tail = &r->request->tools;

	if (v->kind == AIP_JSON_OBJECT)
		return read_tool(r, v, &tail);
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	AIP_JSON_EACH(tool, v) {
		enum aip_status s = read_tool(r, tool, &tail);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status read_tool_config(struct reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_choice_mode mode;
	} modes[] = {{"AUTO", AIP_CHOICE_AUTO},
	             {"ANY", AIP_CHOICE_REQUIRED},
	             {"NONE", AIP_CHOICE_NONE},
	             {"VALIDATED", AIP_CHOICE_VALIDATED}};
	struct aip_tool_choice *choice = &r->request->choice;
	const struct aip_json *calling = gemini_get(v, "functionCallingConfig");
	struct aip_str mode = gemini_text(calling, "mode");

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (gemini_word_is(mode, modes[i].word))
			choice->mode = modes[i].mode;
	AIP_JSON_EACH(name, gemini_get(calling, "allowedFunctionNames")) {
		if (name->kind != AIP_JSON_STRING)
			return wrong(r, name, "must be a string");
		AIP_APPEND(&choice->names, aip_name_new(r->arena, name->text));
	}
	if (!choice->names || choice->mode == AIP_CHOICE_VALIDATED)
		return AIP_OK;
	choice->required = choice->mode == AIP_CHOICE_REQUIRED;
	choice->name = choice->names->name;
	if (choice->required)
		choice->mode = choice->names->next ? AIP_CHOICE_ALLOWED : AIP_CHOICE_NAMED;
	return AIP_OK;
}

/* ---- generationConfig ----------------------------------------------------------------------- */

static enum aip_status lexeme(struct reader *r, const struct aip_json *v, struct aip_str *into)
{
	if (v->kind != AIP_JSON_NUMBER)
		return wrong(r, v, "must be a number");
	*into = v->text;
	return AIP_OK;
}

#define LEXEME(name, field)                                                           \
	static enum aip_status read_##name(struct reader *r, const struct aip_json *v) \
	{                                                                              \
		return lexeme(r, v, &r->request->field);                               \
	}
LEXEME(temperature, sampling.temperature)
LEXEME(top_p, sampling.top_p)
LEXEME(top_k, sampling.top_k)
LEXEME(seed, sampling.seed)
LEXEME(presence, sampling.presence_penalty)
LEXEME(frequency, sampling.frequency_penalty)
LEXEME(max_tokens, max_output_tokens)
LEXEME(n, sampling.n)
LEXEME(logprobs, sampling.top_logprobs)

static enum aip_status read_stop_sequences(struct reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	AIP_JSON_EACH(stop, v) {
		if (stop->kind != AIP_JSON_STRING)
			return wrong(r, stop, "must be a string");
		AIP_APPEND(&r->request->sampling.stop, aip_name_new(r->arena, stop->text));
	}
	return AIP_OK;
}

static enum aip_status read_response_logprobs(struct reader *r, const struct aip_json *v)
{
	r->request->sampling.logprobs = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static enum aip_status read_mime(struct reader *r, const struct aip_json *v)
{
	struct aip_output *output = &r->request->output;

	if (v->kind != AIP_JSON_STRING)
		return wrong(r, v, "must be a string");
	if (aip_str_is(v->text, "text/x.enum"))
		output->format = AIP_FORMAT_ENUM;
	else if (aip_str_is(v->text, "text/plain"))
		output->format = AIP_FORMAT_TEXT;
	else if (aip_str_is(v->text, "application/json"))
		output->format = output->schema.at ? AIP_FORMAT_JSON_SCHEMA : AIP_FORMAT_JSON_OBJECT;
	return AIP_OK;
}

static void take_schema(struct reader *r, struct aip_str schema)
{
	struct aip_output *output = &r->request->output;

	output->schema = schema;
	if (output->format != AIP_FORMAT_ENUM)
		output->format = AIP_FORMAT_JSON_SCHEMA;
}

static enum aip_status read_schema(struct reader *r, const struct aip_json *v)
{
	take_schema(r, aip_schema_from_openapi(r->arena, v->raw));
	return AIP_OK;
}

static enum aip_status read_json_schema(struct reader *r, const struct aip_json *v)
{
	take_schema(r, v->raw);
	return AIP_OK;
}

#define RAW(name, field)                                                              \
	static enum aip_status read_##name(struct reader *r, const struct aip_json *v) \
	{                                                                              \
		r->request->field = v->raw;                                            \
		return AIP_OK;                                                         \
	}
RAW(modalities, output.modalities)
RAW(speech, output.speech)
RAW(image, output.image)
RAW(safety, safety)
RAW(labels, metadata)

static enum aip_status read_thinking(struct reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning;
	const struct aip_json *thoughts = gemini_get(v, "includeThoughts");
	struct aip_str level = gemini_text(v, "thinkingLevel");
	int64_t budget = gemini_int(v, "thinkingBudget", INT64_MIN);

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	if (level.at && !gemini_word_is(level, "THINKING_LEVEL_UNSPECIFIED")) {
		if (!aip_reasoning_parse(level, reasoning))
			return wrong(r, gemini_get(v, "thinkingLevel"),
			             "must be minimal, low, medium or high");
	} else if (budget != INT64_MIN) {
		reasoning->mode = budget == 0  ? AIP_REASONING_OFF
		                  : budget < 0 ? AIP_REASONING_AUTO
		                               : AIP_REASONING_BUDGET;
		reasoning->budget = budget;
	}
	if (thoughts) {
		reasoning->summary =
			thoughts->kind == AIP_JSON_TRUE ? AIP_SUMMARY_AUTO : AIP_SUMMARY_OFF;
		reasoning->summary_explicit = true;
	}
	return AIP_OK;
}

static enum aip_status read_generation_config(struct reader *r, const struct aip_json *v)
{
	static const struct row rows[] = {
		{"temperature", read_temperature},
		{"topP", read_top_p},
		{"topK", read_top_k},
		{"seed", read_seed},
		{"presencePenalty", read_presence},
		{"frequencyPenalty", read_frequency},
		{"maxOutputTokens", read_max_tokens},
		{"stopSequences", read_stop_sequences},
		{"candidateCount", read_n},
		{"responseLogprobs", read_response_logprobs},
		{"logprobs", read_logprobs},
		{"responseMimeType", read_mime},
		{"responseSchema", read_schema},
		{"responseJsonSchema", read_json_schema},
		{"_responseJsonSchema", read_json_schema},
		{"responseModalities", read_modalities},
		{"speechConfig", read_speech},
		{"imageConfig", read_image},
		{"thinkingConfig", read_thinking},
	};

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	return read_rows(r, v, rows, sizeof(rows) / sizeof(*rows), "generationConfig");
}

/* ---- Top level ------------------------------------------------------------------------------ */

static enum aip_status read_cached_content(struct reader *r, const struct aip_json *v)
{
	r->request->cache.resource = v->text;
	return AIP_OK;
}

static enum aip_status read_tier(struct reader *r, const struct aip_json *v)
{
	static const char *const words[] = {"standard", "flex", "priority"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (gemini_word_is(v->text, words[i]))
			r->request->service_tier = aip_str(words[i]);
	return AIP_OK;
}

static enum aip_status skip(struct reader *r, const struct aip_json *v)
{
	return AIP_OK;
}

static const struct row top_rows[] = {
	{"model", skip}, /* the path wins */
	{"contents", read_contents},
	{"systemInstruction", read_system},
	{"tools", read_tools},
	{"toolConfig", read_tool_config},
	{"safetySettings", read_safety},
	{"cachedContent", read_cached_content},
	{"serviceTier", read_tier},
	{"labels", read_labels},
	{"generationConfig", read_generation_config},
};

static enum aip_status read_body(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                 const struct aip_json *body, struct aip_request **ret,
                                 struct aip_error *reterr)
{
	struct reader r = {ctx, ctx->arena, aip_request_new(ctx->arena), reterr};

	r.request->dialect = AIP_GEMINI;
	r.request->model = in->model;
	r.request->stream = in->stream;
	r.request->source = in->body;
	enum aip_status s =
		read_rows(&r, body, top_rows, sizeof(top_rows) / sizeof(*top_rows), "");
	if (!s && !r.request->turns && !r.request->cache.resource.at)
		s = aip_json_fail(reterr, body, "contents is missing or empty");
	if (!s)
		s = aip_request_canon(ctx->arena, r.request, reterr);
	if (!s)
		*ret = r.request;
	return s;
}

static enum aip_status parse(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                             struct aip_json **ret, struct aip_error *reterr)
{
	enum aip_status s = aip_json_parse(ctx->arena, in->body, ret, reterr);

	if (!s && (*ret)->kind != AIP_JSON_OBJECT)
		s = aip_json_fail(reterr, *ret, "the body must be an object");
	return s;
}

enum aip_status gemini_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr)
{
	struct aip_json *body;

	enum aip_status s = parse(ctx, in, &body, reterr);
	return s ? s : read_body(ctx, in, body, ret, reterr);
}

enum aip_status gemini_read_count(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr)
{
	struct aip_json *body;

	enum aip_status s = parse(ctx, in, &body, reterr);
	if (s)
		return s;
	const struct aip_json *inner = gemini_get(body, "generateContentRequest");
	return read_body(ctx, in, inner ? inner : body, ret, reterr);
}
