/* Input of a Responses request, read: items one behind the other become turns of parts. */
#include "openai_parts.h"
#include "openai_responses.h"

#define WAITING_MAX 64 /* calls that an output is looked for among */

/* ---- Parts of content ----------------------------------------------------------------------- */

static const struct openai_part_row part_rows[] = {
	{"input_text", AIP_TEXT, openai_read_words},
	{"output_text", AIP_TEXT, openai_read_words},
	{"text", AIP_TEXT, openai_read_words},
	{"input_image", AIP_IMAGE, openai_read_image},
	{"input_file", AIP_DOCUMENT, openai_read_file},
	{"input_audio", AIP_AUDIO, openai_read_sound},
	{"refusal", AIP_REFUSAL, openai_read_words},
};

static enum aip_status read_typed(struct responses_reader *r, const struct aip_json *v,
                                  struct aip_str type, struct aip_part **ret)
{
	return openai_read_part(r->arena, part_rows, sizeof(part_rows) / sizeof(*part_rows), type,
	                        AIP_RESPONSES, v, ret, r->error);
}

/* A part of a type nobody knows counts as text when it has some. */
static enum aip_status read_part(struct responses_reader *r, const struct aip_json *v,
                                 struct aip_part **ret)
{
	const struct aip_json *mark = aip_json_some(v, "prompt_cache_breakpoint");
	struct aip_str type = AIP_NONE;

	if (v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be an object");
	enum aip_status s = responses_text(r, v, "type", &type);
	if (s)
		return s;
	const bool has_text = aip_json_text(v, "text").at;
	if (!type.len && !has_text)
		return responses_missing(r, v, "type");
	s = read_typed(r, v, type, ret);
	if (!s && (*ret)->kind == AIP_UNKNOWN_PART && has_text)
		s = read_typed(r, v, AIP_LIT("text"), ret);
	(*ret)->cache.set = mark != NULL;
	(*ret)->cache.raw = mark ? mark->raw : AIP_NONE;
	return s;
}

static enum aip_status read_parts(struct responses_reader *r, const struct aip_json *v,
                                  struct aip_part **tail)
{
	AIP_JSON_EACH (item, v) {
		enum aip_status s = read_part(r, item, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

static struct aip_part *text_part(struct responses_reader *r, struct aip_str text)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_TEXT);

	part->text = text;
	part->dialect = AIP_RESPONSES;
	return part;
}

/* A string, or a list of parts. */
static enum aip_status read_content(struct responses_reader *r, const struct aip_json *v,
                                    struct aip_part **head)
{
	if (!v)
		return AIP_OK;
	if (v->kind == AIP_JSON_ARRAY)
		return read_parts(r, v, head);
	if (v->kind != AIP_JSON_STRING)
		return responses_wrong(r, v, "must be a string or an array");
	*head = text_part(r, v->text);
	return AIP_OK;
}

/* ---- Turns ---------------------------------------------------------------------------------- */

static void add_parts(struct responses_reader *r, enum aip_role role, struct aip_part *parts)
{
	const bool joins = r->turn && r->turn->role == role && role != AIP_ROLE_SYSTEM;

	if (!joins) {
		struct aip_turn *turn = aip_turn_new(r->arena, role);
		*(r->turn ? &r->turn->next : &r->request->turns) = turn;
		r->turn = turn;
		r->part_tail = &turn->parts;
	}
	*r->part_tail = parts;
	while (*r->part_tail)
		r->part_tail = &(*r->part_tail)->next;
}

/* ---- Items: messages and reasoning ---------------------------------------------------------- */

/* Commentary or final answer: each part of a message remembers, since turns flow together. */
static void keep_phase(struct responses_reader *r, const struct aip_json *v, struct aip_part *parts)
{
	const struct aip_json *phase = aip_json_some(v, "phase");

	for (; phase && parts; parts = parts->next)
		parts->ext = aip_ext_new(r->arena, AIP_RESPONSES, AIP_LIT("phase"), phase->raw);
}

static enum aip_status read_message(struct responses_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *word;
		enum aip_role role;
		bool developer;
	} roles[] = {{"user", AIP_ROLE_USER, false},
	             {"assistant", AIP_ROLE_ASSISTANT, false},
	             {"system", AIP_ROLE_SYSTEM, false},
	             {"developer", AIP_ROLE_SYSTEM, true}};
	struct aip_part *parts = NULL;
	struct aip_str role;

	enum aip_status s = responses_word(r, v, "role", &role);
	if (!s)
		s = read_content(r, aip_json_some(v, "content"), &parts);
	if (s)
		return s;
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (!aip_str_is(role, roles[i].word))
			continue;
		if (roles[i].role == AIP_ROLE_ASSISTANT)
			keep_phase(r, v, parts);
		add_parts(r, roles[i].role, parts);
		r->turn->developer = roles[i].developer;
		return AIP_OK;
	}
	return responses_wrong(r, aip_json_get(v, "role"),
	                       "must be user, assistant, system or developer");
}

/* Joined texts of a list of {text}. */
static struct aip_str joined(struct responses_reader *r, const struct aip_json *list,
                             struct aip_part **ret_parts)
{
	struct aip_part **tail = ret_parts;

	AIP_JSON_EACH (piece, list) {
		*tail = text_part(r, aip_json_text(piece, "text"));
		tail = &(*tail)->next;
	}
	return aip_parts_text(r->arena, *ret_parts);
}

/* The raw item stays with one that is the vendor's own: where items are kept its id alone may say
 * it all. */
static enum aip_status read_reasoning(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_THINKING);
	struct aip_part *content = NULL;
	struct aip_str encrypted;

	enum aip_status s = responses_text(r, v, "encrypted_content", &encrypted);
	if (s)
		return s;
	part->dialect = AIP_RESPONSES;
	part->text = joined(r, aip_json_some(v, "summary"), &part->thinking->summary);
	part->thinking->has_summary = part->thinking->summary != NULL;
	if (!part->thinking->has_summary)
		part->text = joined(r, aip_json_some(v, "content"), &content);
	part->thinking->status = aip_json_text(v, "status");
	if (encrypted.len)
		part->opaque = aip_opaque_in(r->arena, encrypted, AIP_VENDOR_OPENAI,
		                             AIP_OPAQUE_ENCRYPTED, AIP_THINKING);
	if (!part->opaque || aip_str_eq(part->opaque->data, encrypted))
		part->raw = v->raw;
	if (part->opaque && part->opaque->vendor == AIP_VENDOR_OPENAI && !part->opaque->item_id.at)
		part->opaque->item_id = aip_json_text(v, "id");
	add_parts(r, AIP_ROLE_ASSISTANT, part);
	return AIP_OK;
}

/* ---- Items: calls and their outputs --------------------------------------------------------- */

static enum aip_status read_call(struct responses_reader *r, const struct aip_json *v,
                                 enum aip_call_kind kind)
{
	const char *args_key = kind == AIP_CALL_CUSTOM ? "input" : "arguments";
	struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_CALL);
	struct aip_tool_call *call = part->call;

	part->dialect = AIP_RESPONSES;
	call->kind = kind;
	call->item_id = aip_json_text(v, "id");
	call->caller_raw = responses_raw(v, "caller");
	enum aip_status s = responses_text(r, v, "call_id", &call->id);
	if (!s)
		s = responses_word(r, v, "name", &call->name);
	if (!s)
		s = responses_text(r, v, "namespace", &call->space);
	if (!s)
		s = responses_text(r, v, args_key, &call->args);
	if (s)
		return s;
	if (!call->args.at)
		call->args = AIP_LIT("");
	add_parts(r, AIP_ROLE_ASSISTANT, part);
	return AIP_OK;
}

static enum aip_status read_function_call(struct responses_reader *r, const struct aip_json *v)
{
	return read_call(r, v, AIP_CALL_FUNCTION);
}

static enum aip_status read_custom_call(struct responses_reader *r, const struct aip_json *v)
{
	return read_call(r, v, AIP_CALL_CUSTOM);
}

static bool is_list_of_parts(const struct aip_json *v)
{
	AIP_JSON_EACH (item, v)
		if (!aip_json_text(item, "type").len)
			return false;
	return v->kind == AIP_JSON_ARRAY;
}

/* A string or a list of parts; whatever else a tool may have answered goes on as its JSON. */
static enum aip_status read_output_value(struct responses_reader *r, const struct aip_json *v,
                                         struct aip_part **head)
{
	if (!v)
		return AIP_OK;
	if (is_list_of_parts(v))
		return read_parts(r, v, head);
	*head = text_part(r, v->kind == AIP_JSON_STRING ? v->text : v->raw);
	return AIP_OK;
}

static enum aip_status read_output(struct responses_reader *r, const struct aip_json *v,
                                   enum aip_call_kind kind)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_RESULT);

	part->dialect = AIP_RESPONSES;
	part->result->kind = kind;
	part->result->item_id = aip_json_text(v, "id");
	enum aip_status s = responses_word(r, v, "call_id", &part->result->call_id);
	if (!s)
		s = read_output_value(r, aip_json_some(v, "output"), &part->result->parts);
	if (s)
		return s;
	add_parts(r, AIP_ROLE_TOOL, part);
	return AIP_OK;
}

static enum aip_status read_function_output(struct responses_reader *r, const struct aip_json *v)
{
	return read_output(r, v, AIP_CALL_FUNCTION);
}

static enum aip_status read_custom_output(struct responses_reader *r, const struct aip_json *v)
{
	return read_output(r, v, AIP_CALL_CUSTOM);
}

/* ---- Items: the vendor's own ---------------------------------------------------------------- */

static enum aip_status keep_item(struct responses_reader *r, const struct aip_json *v,
                                 enum aip_part_kind kind, enum aip_role role)
{
	struct aip_part *part = aip_part_new(r->arena, kind);

	part->id = aip_json_text(v, "id");
	part->dialect = AIP_RESPONSES;
	part->raw = v->raw;
	add_parts(r, role, part);
	return AIP_OK;
}

static enum aip_status read_reference(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_str id;

	enum aip_status s = responses_word(r, v, "id", &id);
	return s ? s : keep_item(r, v, AIP_ITEM_REF, AIP_ROLE_USER);
}

static enum aip_status read_compaction(struct responses_reader *r, const struct aip_json *v)
{
	return keep_item(r, v, AIP_COMPACTION, AIP_ROLE_ASSISTANT);
}

/* They stand behind the request's own, which win where names are equal. */
static enum aip_status read_additional_tools(struct responses_reader *r, const struct aip_json *v)
{
	const struct aip_json *tools = aip_json_some(v, "tools");

	return tools ? responses_read_tools_into(r, tools, &r->more_tools) : AIP_OK;
}

/* Tools of the vendor's that the client itself runs. */
static bool client_runs(enum aip_server_tool tool)
{
	return tool == AIP_SERVER_LOCAL_SHELL || tool == AIP_SERVER_SHELL ||
	       tool == AIP_SERVER_APPLY_PATCH || tool == AIP_SERVER_COMPUTER;
}

/* An output of a local shell calls its call's id "id". */
static struct aip_str pair_id(const struct aip_json *v)
{
	struct aip_str id = aip_json_text(v, "call_id");

	return id.len ? id : aip_json_text(v, "id");
}

/* A call that the client runs becomes a function's, so that other vendors can follow the history;
 * its own vendor gets the item as it was. The next link is the turn's. */
static void become_call(struct responses_reader *r, struct aip_part *part)
{
	const struct aip_server_part *server = part->server;
	struct aip_part *made = aip_part_new(r->arena, AIP_TOOL_CALL);

	made->next = part->next;
	made->dialect = AIP_RESPONSES;
	made->raw = server->raw;
	made->call->id = server->id;
	made->call->name = aip_str(aip_server_tool_word(server->tool));
	made->call->args = server->input.at ? server->input : AIP_LIT("{}");
	*part = *made;
}

/* What such a tool gave: a text, a screenshot, or the vendor's own structure. */
static void read_client_result(struct responses_reader *r, const struct aip_json *output,
                               struct aip_part **ret)
{
	if (aip_json_text(output, "image_url").len) {
		*ret = aip_part_new(r->arena, AIP_IMAGE);
		if (!openai_read_image(r->arena, output, *ret, r->error))
			return;
	}
	*ret = text_part(r, !output                           ? AIP_LIT("")
	                    : output->kind == AIP_JSON_STRING ? output->text
	                                                      : output->raw);
}

static struct responses_waiting **waiting_for(struct responses_reader *r, struct aip_str id)
{
	struct responses_waiting **at = &r->waiting;

	for (size_t n = 0; *at && n < WAITING_MAX; n++, at = &(*at)->next)
		if (aip_str_eq((*at)->part->server->id, id))
			return at;
	return NULL;
}

static bool join_client_pair(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_str id = pair_id(v);
	struct responses_waiting **call = waiting_for(r, id);

	if (!call)
		return false;
	become_call(r, (*call)->part);
	*call = (*call)->next;
	struct aip_part *part = aip_part_new(r->arena, AIP_TOOL_RESULT);
	part->dialect = AIP_RESPONSES;
	part->raw = v->raw;
	part->result->call_id = id;
	read_client_result(r, aip_json_some(v, "output"), &part->result->parts);
	add_parts(r, AIP_ROLE_TOOL, part);
	return true;
}

static void await_output(struct responses_reader *r, struct aip_part *part)
{
	struct responses_waiting *waiting = AIP_NEW(r->arena, struct responses_waiting);

	waiting->part = part;
	waiting->next = r->waiting;
	r->waiting = waiting;
}

/* Calls of the vendor's tools and their outputs, and items nobody knows. */
static enum aip_status read_other(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");
	enum aip_server_tool tool = responses_server_tool(type);
	const bool is_output = aip_str_ends(type, AIP_LIT("_output"));

	if (!tool)
		return keep_item(r, v, AIP_UNKNOWN_PART, AIP_ROLE_ASSISTANT);
	if (is_output && client_runs(tool) && join_client_pair(r, v))
		return AIP_OK;
	struct aip_part *part =
		aip_part_new(r->arena, is_output ? AIP_SERVER_RESULT : AIP_SERVER_CALL);
	struct aip_str action = responses_raw(v, "action");
	part->dialect = part->server->dialect = AIP_RESPONSES;
	part->server->tool = tool;
	part->server->id = pair_id(v);
	part->server->input = action.at ? action : responses_raw(v, "operation");
	part->server->raw = v->raw;
	add_parts(r, AIP_ROLE_ASSISTANT, part);
	if (!is_output && client_runs(tool) && part->server->id.len)
		await_output(r, part);
	return AIP_OK;
}

/* A picture that the vendor made is one that the assistant shows; without it there is only the call. */
static enum aip_status read_picture(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_part *part = aip_part_new(r->arena, AIP_IMAGE);
	struct aip_str format = aip_json_text(v, "output_format");
	struct aip_str result = aip_json_text(v, "result");

	if (!result.len || !aip_base64_standard(r->arena, result, &part->media->data))
		return read_other(r, v);
	part->dialect = AIP_RESPONSES;
	part->raw = v->raw;
	part->id = aip_json_text(v, "id");
	part->media->mime = format.len ? aip_arena_printf(r->arena, "image/%.*s", AIP_FMT(format))
	                               : aip_str(aip_sniff_base64(part->media->data));
	add_parts(r, AIP_ROLE_ASSISTANT, part);
	return AIP_OK;
}

/* A call at a server of tools. One that gave nothing can be told by its own dialect alone. */
static enum aip_status read_mcp_call(struct responses_reader *r, const struct aip_json *v)
{
	struct aip_part *call = aip_part_new(r->arena, AIP_SERVER_CALL);
	struct aip_part *result = aip_part_new(r->arena, AIP_SERVER_RESULT);

	call->dialect = result->dialect = AIP_RESPONSES;
	if (responses_read_mcp_call(v, call->server, result->server))
		call->next = result;
	else
		call->server->label = AIP_NONE;
	add_parts(r, AIP_ROLE_ASSISTANT, call);
	return AIP_OK;
}

/* ---- The whole ------------------------------------------------------------------------------ */

static enum aip_status read_item(struct responses_reader *r, const struct aip_json *v)
{
	static const struct {
		const char *type;
		enum aip_status (*read)(struct responses_reader *r, const struct aip_json *v);
	} types[] = {
		{"message", read_message},
		{"reasoning", read_reasoning},
		{"function_call", read_function_call},
		{"function_call_output", read_function_output},
		{"custom_tool_call", read_custom_call},
		{"custom_tool_call_output", read_custom_output},
		{"additional_tools", read_additional_tools},
		{"compaction", read_compaction},
		{"item_reference", read_reference},
		{"image_generation_call", read_picture},
		{"mcp_call", read_mcp_call},
	};
	struct aip_str type = AIP_NONE;

	if (v->kind != AIP_JSON_OBJECT)
		return responses_wrong(r, v, "must be an object");
	enum aip_status s = responses_text(r, v, "type", &type);
	if (s)
		return s;
	if (!type.at)
		return aip_json_some(v, "role") || !aip_json_some(v, "id") ? read_message(r, v)
		                                                           : read_reference(r, v);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (aip_str_is(type, types[i].type))
			return types[i].read(r, v);
	return read_other(r, v);
}

enum aip_status responses_read_input(struct responses_reader *r, const struct aip_json *v)
{
	if (v->kind == AIP_JSON_STRING) {
		if (v->text.len)
			add_parts(r, AIP_ROLE_USER, text_part(r, v->text));
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_ARRAY)
		return responses_wrong(r, v, "must be a string or an array");
	AIP_JSON_EACH (item, v) {
		enum aip_status s = read_item(r, item);
		if (s)
			return s;
	}
	return AIP_OK;
}

/* They come before every other word of the system. */
enum aip_status responses_read_instructions(struct responses_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING)
		return responses_wrong(r, v, "must be a string");
	struct aip_part *part = text_part(r, v->text);
	part->next = r->request->system;
	r->request->system = part;
	return AIP_OK;
}
