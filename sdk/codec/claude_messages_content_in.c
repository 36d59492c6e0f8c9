/* Anthropic Messages requests, read: messages and their blocks. */
#include "claude_messages.h"

/* ---- Blocks --------------------------------------------------------------------------------- */

typedef enum aip_status (*block_fn)(struct claude_reader *r, const struct aip_json *v,
                                    struct aip_part **ret);

static enum aip_status read_blocks(struct claude_reader *r, const struct aip_json *v,
                                   unsigned place, struct aip_part **into);

enum place {
	IN_USER = 1 << 0,
	IN_ASSISTANT = 1 << 1,
	IN_SYSTEM = 1 << 2,
	IN_RESULT = 1 << 3, /* of a tool, or the content of a document */
	ANYWHERE = IN_USER | IN_ASSISTANT | IN_SYSTEM | IN_RESULT,
};

static enum aip_status read_text_block(struct claude_reader *r, const struct aip_json *v,
                                       struct aip_part **ret)
{
	const struct aip_json *text = aip_json_get(v, "text");
	struct aip_part *made = aip_part_new(r->arena, AIP_TEXT);
	struct aip_citation **tail = &made->citations, citation;

	if (!text)
		return claude_missing(r, v, "text");
	if (text->kind != AIP_JSON_STRING)
		return claude_wrong(r, text, "must be a string");
	made->text = text->text;
	AIP_JSON_EACH (one, aip_json_some(v, "citations")) {
		if (!claude_read_citation(one, &citation))
			continue;
		*tail = aip_citation_new(r->arena);
		**tail = citation;
		tail = &(*tail)->next;
	}
	*ret = made;
	return AIP_OK;
}

static enum aip_status read_base64(struct claude_reader *r, const struct aip_json *source,
                                   struct aip_media *into)
{
	const struct aip_json *data = aip_json_get(source, "data");

	if (!data)
		return claude_missing(r, source, "data");
	if (data->kind != AIP_JSON_STRING || !data->text.len ||
	    !aip_base64_standard(r->arena, data->text, &into->data))
		return claude_wrong(r, data, "must be base64");
	into->source = AIP_FROM_BASE64;
	into->mime = aip_json_text(source, "media_type");
	if (!into->mime.len)
		into->mime = aip_str(aip_sniff_base64(into->data));
	return AIP_OK;
}

static enum aip_status read_content_source(struct claude_reader *r, const struct aip_json *source,
                                           struct aip_media *into)
{
	const struct aip_json *content = aip_json_some(source, "content");

	if (!content)
		return claude_missing(r, source, "content");
	into->source = AIP_FROM_PARTS;
	return read_blocks(r, content, IN_RESULT, &into->parts);
}

/* Where an image or a document comes from. */
static enum aip_status read_source(struct claude_reader *r, const struct aip_json *v,
                                   struct aip_media *into)
{
	static const struct {
		const char *type, *key;
		enum aip_source source;
	} table[] = {
		{"url", "url", AIP_FROM_URL},
		{"file", "file_id", AIP_FROM_FILE},
		{"text", "data", AIP_FROM_TEXT},
	};
	const struct aip_json *source = aip_json_some(v, "source");
	struct aip_str type = aip_json_text(source, "type");

	if (!source)
		return claude_missing(r, v, "source");
	if (source->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, source, "must be an object");
	if (aip_str_is(type, "base64"))
		return read_base64(r, source, into);
	if (aip_str_is(type, "content"))
		return read_content_source(r, source, into);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (!aip_str_is(type, table[i].type))
			continue;
		const struct aip_json *data = aip_json_some(source, table[i].key);
		if (!data)
			return claude_missing(r, source, table[i].key);
		if (data->kind != AIP_JSON_STRING)
			return claude_wrong(r, data, "must be a string");
		into->source = table[i].source;
		into->data = data->text;
		into->mime = aip_json_text(source, "media_type");
		return AIP_OK;
	}
	return claude_wrong(r, source, "type must be base64, url, file, text or content");
}

static enum aip_status read_image(struct claude_reader *r, const struct aip_json *v,
                                  struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_IMAGE);
	return read_source(r, v, (*ret)->media);
}

static enum aip_status read_document(struct claude_reader *r, const struct aip_json *v,
                                     struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_DOCUMENT);
	struct aip_media *media = (*ret)->media;
	enum aip_status s = claude_read_text(r, v, "title", &media->title);
	if (!s)
		s = claude_read_text(r, v, "context", &media->context);
	if (!s)
		s = claude_read_flag(r, aip_json_some(v, "citations"), "enabled",
		                     &media->citations);
	return s ? s : read_source(r, v, media);
}

static enum aip_status read_search_result(struct claude_reader *r, const struct aip_json *v,
                                          struct aip_part **ret)
{
	const struct aip_json *content = aip_json_some(v, "content");

	*ret = aip_part_new(r->arena, AIP_SEARCH_RESULT);
	struct aip_search_result *found = (*ret)->found;
	enum aip_status s = claude_read_text(r, v, "source", &found->url);
	if (!s)
		s = claude_read_text(r, v, "title", &found->title);
	if (!s)
		s = claude_read_flag(r, aip_json_some(v, "citations"), "enabled",
		                     &found->citations);
	return s || !content ? s : read_blocks(r, content, IN_RESULT, &found->parts);
}

static enum aip_status read_tool_use(struct claude_reader *r, const struct aip_json *v,
                                     struct aip_part **ret)
{
	struct aip_part *made = aip_part_new(r->arena, AIP_TOOL_CALL);
	const struct aip_json *input = aip_json_some(v, "input");

	enum aip_status s = claude_read_word(r, v, "id", &made->call->id);
	if (!s)
		s = claude_read_word(r, v, "name", &made->call->name);
	if (s)
		return s;
	if (input && input->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, input, "must be an object");
	made->call->args = input ? input->raw : AIP_LIT("{}");
	made->call->caller_raw = claude_raw(aip_json_some(v, "caller"));
	*ret = made;
	return AIP_OK;
}

static enum aip_status read_tool_result(struct claude_reader *r, const struct aip_json *v,
                                        struct aip_part **ret)
{
	const struct aip_json *content = aip_json_some(v, "content");

	*ret = aip_part_new(r->arena, AIP_TOOL_RESULT);
	struct aip_tool_result *result = (*ret)->result;
	enum aip_status s = claude_read_word(r, v, "tool_use_id", &result->call_id);
	if (!s)
		s = claude_read_flag(r, v, "is_error", &result->is_error);
	if (s)
		return s;
	if (content && content->kind != AIP_JSON_STRING && content->kind != AIP_JSON_ARRAY)
		result->raw = content->raw;
	else if (content)
		return read_blocks(r, content, IN_RESULT, &result->parts);
	return AIP_OK;
}

/* A signature may be the gateway's envelope around another vendor's state; one that is damaged, or
 * empty, is no signature. */
static enum aip_status read_thinking(struct claude_reader *r, const struct aip_json *v,
                                     struct aip_part **ret)
{
	struct aip_str signature = AIP_NONE;

	*ret = aip_part_new(r->arena, AIP_THINKING);
	enum aip_status s = claude_read_text(r, v, "thinking", &(*ret)->text);
	if (!s)
		s = claude_read_text(r, v, "signature", &signature);
	if (s)
		return s;
	(*ret)->thinking->omitted = !(*ret)->text.len;
	if (signature.len)
		(*ret)->opaque = aip_opaque_in(r->arena, signature, AIP_VENDOR_ANTHROPIC,
		                               AIP_OPAQUE_SIGNATURE, AIP_THINKING);
	return AIP_OK;
}

static enum aip_status read_redacted(struct claude_reader *r, const struct aip_json *v,
                                     struct aip_part **ret)
{
	struct aip_str data = AIP_NONE;

	enum aip_status s = claude_read_word(r, v, "data", &data);
	if (s)
		return s;
	struct aip_opaque *opaque = aip_opaque_in(r->arena, data, AIP_VENDOR_ANTHROPIC,
	                                          AIP_OPAQUE_REDACTED, AIP_REDACTED_THINKING);
	if (!opaque)
		return AIP_OK;
	*ret = aip_part_new(r->arena, AIP_REDACTED_THINKING);
	(*ret)->opaque = opaque;
	return AIP_OK;
}

static enum aip_status read_server_call(struct claude_reader *r, const struct aip_json *v,
                                        struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_SERVER_CALL);
	claude_read_server(v, (*ret)->server);
	return AIP_OK;
}

static enum aip_status read_server_result(struct claude_reader *r, const struct aip_json *v,
                                          struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_SERVER_RESULT);
	claude_read_server(v, (*ret)->server);
	return AIP_OK;
}

static enum aip_status read_compaction(struct claude_reader *r, const struct aip_json *v,
                                       struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_COMPACTION);
	(*ret)->raw = v->raw;
	return AIP_OK;
}

/* type, reader, where it may stand, its members; what only an assistant says is ignored elsewhere,
 * all else is wrong there. */
static const struct block_row {
	const char *type;
	block_fn read;
	unsigned places;
	const char *known;
} blocks[] = {
	{"text", read_text_block, ANYWHERE, "type text citations cache_control"},
	{"image", read_image, IN_USER | IN_RESULT, "type source cache_control"},
	{"document", read_document, IN_USER | IN_RESULT,
         "type source title context citations cache_control"},
	{"search_result", read_search_result, IN_USER | IN_RESULT,
         "type source title content citations cache_control"},
	{"tool_use", read_tool_use, IN_ASSISTANT, "type id name input caller cache_control"},
	{"tool_result", read_tool_result, IN_USER,
         "type tool_use_id content is_error cache_control"},
	{"thinking", read_thinking, IN_ASSISTANT, "type thinking signature"},
	{"redacted_thinking", read_redacted, IN_ASSISTANT, "type data"},
	{"server_tool_use", read_server_call, IN_ASSISTANT, NULL},
	{"mcp_tool_use", read_server_call, IN_ASSISTANT, NULL},
	{"compaction", read_compaction, IN_ASSISTANT | IN_USER, NULL},
};

static const struct block_row *block_row_of(struct aip_str type)
{
	static const struct block_row server_result = {NULL, read_server_result, IN_ASSISTANT,
	                                               NULL};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++)
		if (aip_str_is(type, blocks[i].type))
			return &blocks[i];
	return claude_is_server_result(type) ? &server_result : NULL;
}

/* *ret stays NULL for a block that is ignored. */
static enum aip_status read_block(struct claude_reader *r, const struct aip_json *v, unsigned place,
                                  struct aip_part **ret)
{
	const struct block_row *row;
	struct aip_str type = AIP_NONE;

	*ret = NULL;
	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	enum aip_status s = claude_read_word(r, v, "type", &type);
	if (s)
		return s;
	row = block_row_of(type);
	if (row && !(row->places & place))
		return row->places == IN_ASSISTANT
		               ? AIP_OK
		               : claude_wrong(r, aip_json_get(v, "type"), "may not stand here");
	if (!row) {
		*ret = aip_part_new(r->arena, AIP_UNKNOWN_PART);
		(*ret)->raw = v->raw;
	}
	s = row ? row->read(r, v, ret) : AIP_OK;
	if (s || !*ret)
		return s;
	(*ret)->dialect = AIP_CLAUDE;
	if (row && row->known)
		claude_keep_unknown(r, v, row->known, "", &(*ret)->ext);
	return claude_read_cache(r, v, &(*ret)->cache);
}

/* Content: a string is one text block. */
static enum aip_status read_blocks(struct claude_reader *r, const struct aip_json *v,
                                   unsigned place, struct aip_part **into)
{
	if (v->kind == AIP_JSON_STRING) {
		*into = aip_part_new(r->arena, AIP_TEXT);
		(*into)->text = v->text;
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_ARRAY)
		return claude_wrong(r, v, "must be a string or an array of blocks");
	AIP_JSON_EACH (block, v) {
		enum aip_status s = read_block(r, block, place, into);
		if (s)
			return s;
		if (*into)
			into = &(*into)->next;
	}
	return AIP_OK;
}

/* ---- Messages ------------------------------------------------------------------------------- */

/* State of a call came in the signature of the thinking before it: that is where clients have room.
 */
static void hand_to_calls(struct aip_turn *turn)
{
	for (struct aip_part **at = &turn->parts; *at;) {
		struct aip_part *part = *at, *next = part->next;
		const bool carries = part->opaque && part->opaque->part == AIP_TOOL_CALL &&
		                     part->kind != AIP_TOOL_CALL;
		if (carries && next && next->kind == AIP_TOOL_CALL && !next->opaque)
			next->opaque = part->opaque;
		if (carries)
			part->opaque = NULL;
		if (carries && !part->text.len)
			*at = next;
		else
			at = &part->next;
	}
}

/* A block that speaks for the system in mid-conversation is a turn of its own. */
static enum aip_status read_system_block(struct claude_reader *r, const struct aip_json *block,
                                         struct aip_turn ***tail)
{
	const struct aip_json *content = aip_json_some(block, "content");
	struct aip_turn *turn = aip_turn_new(r->arena, AIP_ROLE_SYSTEM);

	if (!content)
		return claude_missing(r, block, "content");
	**tail = turn;
	*tail = &turn->next;
	return read_blocks(r, content, IN_SYSTEM, &turn->parts);
}

static bool is_system_block(const struct aip_json *block)
{
	return aip_str_is(aip_json_text(block, "type"), "mid_conv_system");
}

/* The content of a message, cut into turns where the system speaks. */
static enum aip_status read_content(struct claude_reader *r, const struct aip_json *content,
                                    enum aip_role role, unsigned place, struct aip_turn ***tail)
{
	struct aip_turn *turn = **tail = aip_turn_new(r->arena, role);
	struct aip_part **into = &turn->parts;
	enum aip_status s = AIP_OK;

	*tail = &turn->next;
	if (content->kind != AIP_JSON_ARRAY)
		return read_blocks(r, content, place, into);
	AIP_JSON_EACH (block, content) {
		if (is_system_block(block)) {
			s = read_system_block(r, block, tail);
			turn = **tail = aip_turn_new(r->arena, role);
			*tail = &turn->next;
			into = &turn->parts;
		} else {
			s = read_block(r, block, place, into);
			if (!s && *into)
				into = &(*into)->next;
		}
		if (s)
			return s;
	}
	if (role == AIP_ROLE_ASSISTANT)
		hand_to_calls(turn);
	return AIP_OK;
}

static enum aip_status read_message(struct claude_reader *r, const struct aip_json *v,
                                    struct aip_turn ***tail)
{
	static const struct {
		const char *word;
		enum aip_role role;
		unsigned place;
	} roles[] = {
		{"user", AIP_ROLE_USER, IN_USER},
		{"assistant", AIP_ROLE_ASSISTANT, IN_ASSISTANT},
		{"system", AIP_ROLE_SYSTEM, IN_SYSTEM},
	};
	const struct aip_json *content = aip_json_some(v, "content");
	struct aip_str role = AIP_NONE;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	enum aip_status s = claude_read_word(r, v, "role", &role);
	if (s)
		return s;
	if (!content)
		return claude_missing(r, v, "content");
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (aip_str_is(role, roles[i].word))
			return read_content(r, content, roles[i].role, roles[i].place, tail);
	return claude_wrong(r, aip_json_get(v, "role"), "must be user, assistant or system");
}

enum aip_status claude_read_messages(struct claude_reader *r, const struct aip_json *v)
{
	struct aip_turn **tail = &r->request->turns;

	if (v->kind != AIP_JSON_ARRAY)
		return claude_wrong(r, v, "must be an array");
	if (!v->count)
		return claude_wrong(r, v, "at least one message is required");
	AIP_JSON_EACH (message, v) {
		enum aip_status s = read_message(r, message, &tail);
		if (s)
			return s;
	}
	return AIP_OK;
}

enum aip_status claude_read_system(struct claude_reader *r, const struct aip_json *v)
{
	return read_blocks(r, v, IN_SYSTEM, &r->request->system);
}
