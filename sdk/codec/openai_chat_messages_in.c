/* Chat Completions requests, read: messages and the parts of their content. */
#include "openai_chat.h"
#include "openai_parts.h"

void chat_read_cache(const struct aip_json *v, struct aip_cache *cache)
{
	const struct aip_json *mark = aip_json_some(v, "cache_control");

	if (!mark)
		mark = aip_json_some(v, "prompt_cache_breakpoint");
	if (!aip_json_is(mark, AIP_JSON_OBJECT))
		return;
	cache->set = true;
	cache->ttl = aip_json_text(mark, "ttl");
	cache->raw = mark->raw;
}

/* ---- Content parts -------------------------------------------------------------------------- */

static const struct openai_part_row part_rows[] = {
	{"text", AIP_TEXT, openai_read_words},         {"image_url", AIP_IMAGE, openai_read_image},
	{"input_audio", AIP_AUDIO, openai_read_sound}, {"file", AIP_DOCUMENT, openai_read_file},
	{"refusal", AIP_REFUSAL, openai_read_words},   {"video_url", AIP_VIDEO, openai_read_video},
};

static enum aip_status read_part(struct chat_reader *r, const struct aip_json *v,
                                 struct aip_part **ret)
{
	const struct aip_json *type = aip_json_some(v, "type");
	struct aip_str word = aip_json_text(v, "type");

	if (v->kind == AIP_JSON_STRING) {
		*ret = aip_part_new(r->arena, AIP_TEXT);
		(*ret)->text = v->text;
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, v, "must be an object");
	if (type && !word.at)
		return chat_wrong(r, type, "must be a string");
	if (!type && aip_json_some(v, "text"))
		word = AIP_LIT("text");
	if (!word.at)
		return chat_wrong(r, v, "needs a type");
	enum aip_status s =
		openai_read_part(r->arena, part_rows, sizeof(part_rows) / sizeof(*part_rows), word,
	                         AIP_CHAT, v, ret, r->error);
	if (!s && (*ret)->kind != AIP_UNKNOWN_PART)
		chat_read_cache(v, &(*ret)->cache);
	return s;
}

/* Where the next part of a list goes. */
static struct aip_part **end_of(struct aip_part **list)
{
	while (*list)
		list = &(*list)->next;
	return list;
}

static struct aip_part *add_part(struct chat_reader *r, struct aip_part **list,
                                 enum aip_part_kind kind)
{
	struct aip_part *part = *end_of(list) = aip_part_new(r->arena, kind);

	part->dialect = AIP_CHAT;
	return part;
}

/* A string, a list of parts, or null. */
static enum aip_status read_content(struct chat_reader *r, const struct aip_json *v,
                                    struct aip_part **list)
{
	struct aip_part **tail = end_of(list);

	if (!v)
		return AIP_OK;
	if (v->kind == AIP_JSON_STRING) {
		add_part(r, tail, AIP_TEXT)->text = v->text;
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_ARRAY)
		return chat_wrong(r, v, "must be a string or an array of parts");
	AIP_JSON_EACH (item, v) {
		enum aip_status s = read_part(r, item, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- What an assistant said ----------------------------------------------------------------- */

/* reasoning_details: texts where nothing else brings them, and state that the gateway wrapped
 * itself; other state cannot be told from noise. */
static void read_details(struct chat_reader *r, const struct aip_json *details, bool has_text,
                         struct aip_turn *turn)
{
	AIP_JSON_EACH (detail, details) {
		struct aip_str data = aip_json_text(detail, "data");
		struct aip_str text = aip_json_text(detail, "text");
		struct aip_opaque *opaque = NULL;
		if (!data.at)
			data = aip_json_text(detail, "signature");
		if (!text.at)
			text = aip_json_text(detail, "summary");
		if (data.len)
			opaque = aip_opaque_in(r->arena, data, AIP_VENDOR_OPENAI,
			                       AIP_OPAQUE_ENCRYPTED, AIP_THINKING);
		if (opaque && opaque->vendor == AIP_VENDOR_OPENAI)
			opaque = NULL;
		if (!opaque && (has_text || !text.len))
			continue;
		struct aip_part *part = add_part(r, &turn->parts, AIP_THINKING);
		part->text = text;
		part->opaque = opaque;
	}
}

static enum aip_status read_thoughts(struct chat_reader *r, const struct aip_json *v,
                                     struct aip_turn *turn)
{
	struct aip_str text = aip_json_text(v, "reasoning_content");

	if (!text.len)
		text = aip_json_text(v, "reasoning");
	if (text.len)
		add_part(r, &turn->parts, AIP_THINKING)->text = text;
	read_details(r, aip_json_some(v, "reasoning_details"), text.len > 0, turn);
	return AIP_OK;
}

static struct aip_opaque *read_signature(struct chat_reader *r, const struct aip_json *call)
{
	struct aip_str signature = chat_signature_of(call);

	if (!signature.len)
		signature = chat_signature_in_id(aip_json_text(call, "id"));
	if (!signature.len)
		return NULL;
	return aip_opaque_in(r->arena, signature, AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE,
	                     AIP_TOOL_CALL);
}

/* Name and arguments; the arguments may be an object where they should be its text. */
static enum aip_status read_function(struct chat_reader *r, const struct aip_json *v,
                                     const char *args, struct aip_tool_call *call)
{
	const struct aip_json *name = aip_json_some(v, "name");
	const struct aip_json *said = aip_json_some(v, args);

	if (!name)
		return chat_wrong(r, v, "needs a name");
	if (said)
		call->args = said->kind == AIP_JSON_STRING ? said->text : said->raw;
	if (!call->args.len && call->kind == AIP_CALL_FUNCTION)
		call->args = AIP_LIT("{}");
	enum aip_status s = chat_take_text(r, name, &call->name);
	return s || call->name.len ? s : chat_wrong(r, name, "must not be empty");
}

static enum aip_status read_call(struct chat_reader *r, const struct aip_json *v,
                                 struct aip_part **tail)
{
	const bool custom = aip_json_some(v, "custom") && !aip_json_some(v, "function");
	const struct aip_json *inner = aip_json_some(v, custom ? "custom" : "function");

	if (v->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, v, "must be an object");
	if (!aip_json_is(inner, AIP_JSON_OBJECT))
		return chat_wrong(r, inner ? inner : v, "needs a function with a name");
	struct aip_part *part = add_part(r, tail, AIP_TOOL_CALL);
	part->call->kind = custom ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
	part->opaque = read_signature(r, v);
	chat_read_cache(v, &part->cache);
	enum aip_status s = chat_take_member(r, v, "id", &part->call->id);
	return s ? s : read_function(r, inner, custom ? "input" : "arguments", part->call);
}

static enum aip_status read_calls(struct chat_reader *r, const struct aip_json *v,
                                  struct aip_turn *turn)
{
	const struct aip_json *calls = aip_json_some(v, "tool_calls");
	const struct aip_json *legacy = aip_json_some(v, "function_call");
	struct aip_part **tail = end_of(&turn->parts);

	if (calls && calls->kind != AIP_JSON_ARRAY)
		return chat_wrong(r, calls, "must be an array");
	AIP_JSON_EACH (call, calls) {
		enum aip_status s = read_call(r, call, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	if (!legacy)
		return AIP_OK;
	return read_function(r, legacy, "arguments", add_part(r, tail, AIP_TOOL_CALL)->call);
}

/* A refusal, an answer that was spoken, images that were made. */
static enum aip_status read_made(struct chat_reader *r, const struct aip_json *v,
                                 struct aip_turn *turn)
{
	struct aip_str refusal = AIP_NONE;
	struct aip_str sound = aip_json_text(aip_json_some(v, "audio"), "id");
	enum aip_status s = chat_take_member(r, v, "refusal", &refusal);

	if (refusal.len)
		add_part(r, &turn->parts, AIP_REFUSAL)->text = refusal;
	if (sound.len) {
		struct aip_part *part = add_part(r, &turn->parts, AIP_UNKNOWN_PART);
		part->id = sound; /* what was spoken is kept by its vendor alone */
		part->raw = aip_json_some(v, "audio")->raw;
	}
	AIP_JSON_EACH (image, s ? NULL : aip_json_some(v, "images")) {
		s = openai_read_image(r->arena, image, add_part(r, &turn->parts, AIP_IMAGE),
		                      r->error);
		if (s)
			return s;
	}
	return s;
}

static enum aip_status read_assistant(struct chat_reader *r, const struct aip_json *v,
                                      struct aip_turn *turn)
{
	enum aip_status s = read_thoughts(r, v, turn);

	if (!s)
		s = read_content(r, aip_json_some(v, "content"), &turn->parts);
	if (!s)
		s = read_made(r, v, turn);
	return s ? s : read_calls(r, v, turn);
}

/* ---- Messages ------------------------------------------------------------------------------- */

/* A tool's own JSON, where a text or parts should stand. */
static bool is_data(const struct aip_json *content)
{
	if (!content || content->kind == AIP_JSON_STRING)
		return false;
	if (content->kind != AIP_JSON_ARRAY)
		return true;
	return content->child && !aip_json_some(content->child, "type");
}

static enum aip_status read_result(struct chat_reader *r, const struct aip_json *v,
                                   struct aip_turn *turn)
{
	struct aip_part *part = add_part(r, &turn->parts, AIP_TOOL_RESULT);

	enum aip_status s = chat_take_member(r, v, "tool_call_id", &part->result->call_id);
	if (!s)
		s = chat_take_member(r, v, "name", &part->result->name);
	if (s)
		return s;
	if (!part->result->call_id.len && !part->result->name.len)
		return chat_wrong(r, v, "needs tool_call_id");
	chat_read_cache(v, &part->cache);
	const struct aip_json *content = aip_json_some(v, "content");
	if (!is_data(content))
		return read_content(r, content, &part->result->parts);
	add_part(r, &part->result->parts, AIP_TEXT)->text = content->raw;
	return AIP_OK;
}

static enum aip_status read_plain(struct chat_reader *r, const struct aip_json *v,
                                  struct aip_turn *turn)
{
	return read_content(r, aip_json_some(v, "content"), &turn->parts);
}

/* cache_control of a message is its last part's. */
static void read_message_cache(const struct aip_json *v, struct aip_turn *turn)
{
	struct aip_part *last = turn->parts;

	while (last && last->next)
		last = last->next;
	if (last && !last->cache.set)
		chat_read_cache(v, &last->cache);
}

static const struct role {
	const char *word;
	enum aip_role role;
	bool developer;
	enum aip_status (*read)(struct chat_reader *r, const struct aip_json *v,
	                        struct aip_turn *turn);
} roles[] = {
	{"system", AIP_ROLE_SYSTEM, false, read_plain},
	{"developer", AIP_ROLE_SYSTEM, true, read_plain},
	{"user", AIP_ROLE_USER, false, read_plain},
	{"assistant", AIP_ROLE_ASSISTANT, false, read_assistant},
	{"tool", AIP_ROLE_TOOL, false, read_result},
	{"function", AIP_ROLE_TOOL, false, read_result},
};

static const struct role *role_of(struct aip_str word)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (aip_str_is(word, roles[i].word))
			return &roles[i];
	return NULL;
}

static enum aip_status read_message(struct chat_reader *r, const struct aip_json *v,
                                    struct aip_turn **ret)
{
	const struct aip_json *word = aip_json_some(v, "role");
	const struct role *role = role_of(aip_json_text(v, "role"));

	if (v->kind != AIP_JSON_OBJECT)
		return chat_wrong(r, v, "must be an object");
	if (!role)
		return chat_wrong(r, word ? word : v,
		                  "role must be system, developer, user, assistant or tool");
	struct aip_turn *turn = aip_turn_new(r->arena, role->role);
	turn->developer = role->developer;
	enum aip_status s = chat_take_member(r, v, "name", &turn->name);
	if (!s)
		s = role->read(r, v, turn);
	if (role->role == AIP_ROLE_TOOL)
		turn->name = AIP_NONE; /* the tool's, not a speaker's */
	read_message_cache(v, turn);
	*ret = turn;
	return s;
}

enum aip_status chat_read_messages(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_turn **tail = &r->request->turns;

	if (v->kind != AIP_JSON_ARRAY)
		return chat_wrong(r, v, "must be an array");
	if (!v->child)
		return chat_wrong(r, v, "must not be empty");
	AIP_JSON_EACH (message, v) {
		enum aip_status s = read_message(r, message, tail);
		if (s)
			return s;
		tail = &(*tail)->next;
	}
	return AIP_OK;
}
