/* Anthropic Messages requests, read: one function a row of the dialect. */
#include "claude_messages.h"

#include <stdio.h>

struct reader {
	struct aip_codec_ctx *ctx;
	struct aip_arena *arena;
	struct aip_request *request;
	bool counts; /* a request for counting: no max_tokens */
	struct aip_error *error;
};

static enum aip_status wrong(struct reader *r, const struct aip_json *at, const char *must)
{
	return aip_json_fail(r->error, at, "%s", must);
}

/* A member that is not there has no node: the path is its object's and its name. */
static enum aip_status missing(struct reader *r, const struct aip_json *object, const char *key)
{
	struct aip_error *error = r->error;
	char path[120];

	aip_json_path(object, path, sizeof(path));
	const char *dot = *path ? "." : "";
	aip_fail(error, AIP_BAD_REQUEST, "%s%s%s: field required", path, dot, key);
	if (error)
		snprintf(error->param, sizeof(error->param), "%s%s%s", path, dot, key);
	return AIP_BAD_REQUEST;
}

/* True when a blank-separated list holds the word. */
static bool listed(const char *list, struct aip_str word)
{
	for (const char *at = list; *at;) {
		size_t len = strcspn(at, " ");
		if (aip_str_eq(aip_strn(at, len), word))
			return true;
		at += len + (at[len] == ' ');
	}
	return false;
}

/* What no row knows stays for a target of the same dialect; `outer` goes in front of the key. */
static void keep_unknown(struct reader *r, const struct aip_json *object, const char *known,
			 const char *outer, struct aip_ext **into)
{
	while (*into)
		into = &(*into)->next;
	AIP_JSON_EACH(member, object) {
		if (listed(known, member->key))
			continue;
		struct aip_str key = *outer ? aip_arena_printf(r->arena, "%s%.*s", outer,
							       AIP_FMT(member->key))
					    : member->key;
		*into = aip_ext_new(r->arena, AIP_CLAUDE, key, member->raw);
		into = &(*into)->next;
	}
}

static enum aip_tri tri(const struct aip_json *v)
{
	if (!aip_json_is_bool(v))
		return AIP_UNSET;
	return v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
}

static struct aip_str raw(const struct aip_json *v)
{
	return v ? v->raw : AIP_NONE;
}

static enum aip_status read_cache(struct reader *r, const struct aip_json *object,
				  struct aip_cache *into)
{
	const struct aip_json *v = aip_json_some(object, "cache_control");

	if (!v)
		return AIP_OK;
	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	into->set = true;
	into->ttl = aip_json_text(v, "ttl");
	into->raw = v->raw;
	return AIP_OK;
}

/* ---- Blocks --------------------------------------------------------------------------------- */

typedef enum aip_status (*block_fn)(struct reader *r, const struct aip_json *v,
				    struct aip_part **ret);

static enum aip_status read_blocks(struct reader *r, const struct aip_json *v, unsigned place,
				   struct aip_part **into);

enum place {
	IN_USER = 1 << 0,
	IN_ASSISTANT = 1 << 1,
	IN_SYSTEM = 1 << 2,
	IN_RESULT = 1 << 3, /* of a tool, or the content of a document */
	ANYWHERE = IN_USER | IN_ASSISTANT | IN_SYSTEM | IN_RESULT,
};

static enum aip_status read_text(struct reader *r, const struct aip_json *v, struct aip_part **ret)
{
	const struct aip_json *text = aip_json_get(v, "text");
	struct aip_part *made = aip_part_new(r->arena, AIP_TEXT);
	struct aip_citation **tail = &made->citations, citation;

	if (!text)
		return missing(r, v, "text");
	if (text->kind != AIP_JSON_STRING)
		return wrong(r, text, "must be a string");
	made->text = text->text;
	AIP_JSON_EACH(one, aip_json_some(v, "citations")) {
		if (!claude_read_citation(one, &citation))
			continue;
		*tail = aip_citation_new(r->arena);
		**tail = citation;
		tail = &(*tail)->next;
	}
	*ret = made;
	return AIP_OK;
}

static enum aip_status read_base64(struct reader *r, const struct aip_json *source,
				   struct aip_media *into)
{
	const struct aip_json *data = aip_json_get(source, "data");

	if (!data)
		return missing(r, source, "data");
	if (data->kind != AIP_JSON_STRING || !data->text.len ||
	    !aip_base64_standard(r->arena, data->text, &into->data))
		return wrong(r, data, "must be base64");
	into->source = AIP_FROM_BASE64;
	into->mime = aip_json_text(source, "media_type");
	if (!into->mime.len)
		into->mime = aip_str(aip_sniff_base64(into->data));
	return AIP_OK;
}

static enum aip_status read_content_source(struct reader *r, const struct aip_json *source,
					   struct aip_media *into)
{
	const struct aip_json *content = aip_json_some(source, "content");

	if (!content)
		return missing(r, source, "content");
	into->source = AIP_FROM_PARTS;
	return read_blocks(r, content, IN_RESULT, &into->parts);
}

/* Where an image or a document comes from. */
static enum aip_status read_source(struct reader *r, const struct aip_json *v,
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
		return missing(r, v, "source");
	if (source->kind != AIP_JSON_OBJECT)
		return wrong(r, source, "must be an object");
	if (aip_str_is(type, "base64"))
		return read_base64(r, source, into);
	if (aip_str_is(type, "content"))
		return read_content_source(r, source, into);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (!aip_str_is(type, table[i].type))
			continue;
		const struct aip_json *data = aip_json_some(source, table[i].key);
		if (!data)
			return missing(r, source, table[i].key);
		if (data->kind != AIP_JSON_STRING)
			return wrong(r, data, "must be a string");
		into->source = table[i].source;
		into->data = data->text;
		into->mime = aip_json_text(source, "media_type");
		return AIP_OK;
	}
	return wrong(r, source, "type must be base64, url, file, text or content");
}

static enum aip_status read_image(struct reader *r, const struct aip_json *v, struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_IMAGE);
	return read_source(r, v, (*ret)->media);
}

static enum aip_status read_document(struct reader *r, const struct aip_json *v,
				     struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_DOCUMENT);
	(*ret)->media->title = aip_json_text(v, "title");
	(*ret)->media->context = aip_json_text(v, "context");
	(*ret)->media->citations = tri(aip_json_get(aip_json_some(v, "citations"), "enabled"));
	return read_source(r, v, (*ret)->media);
}

static enum aip_status read_search_result(struct reader *r, const struct aip_json *v,
					  struct aip_part **ret)
{
	const struct aip_json *content = aip_json_some(v, "content");

	*ret = aip_part_new(r->arena, AIP_SEARCH_RESULT);
	(*ret)->found->url = aip_json_text(v, "source");
	(*ret)->found->title = aip_json_text(v, "title");
	(*ret)->found->citations = tri(aip_json_get(aip_json_some(v, "citations"), "enabled"));
	return content ? read_blocks(r, content, IN_RESULT, &(*ret)->found->parts) : AIP_OK;
}

/* A member that must be a text with something in it. */
static enum aip_status read_word(struct reader *r, const struct aip_json *v, const char *key,
				 struct aip_str *into)
{
	const struct aip_json *word = aip_json_some(v, key);

	if (!word)
		return missing(r, v, key);
	if (word->kind != AIP_JSON_STRING || !word->text.len)
		return wrong(r, word, "must be a string that is not empty");
	*into = word->text;
	return AIP_OK;
}

static enum aip_status read_tool_use(struct reader *r, const struct aip_json *v,
				     struct aip_part **ret)
{
	struct aip_part *made = aip_part_new(r->arena, AIP_TOOL_CALL);
	const struct aip_json *input = aip_json_some(v, "input");

	enum aip_status s = read_word(r, v, "id", &made->call->id);
	if (!s)
		s = read_word(r, v, "name", &made->call->name);
	if (s)
		return s;
	if (input && input->kind != AIP_JSON_OBJECT)
		return wrong(r, input, "must be an object");
	made->call->args = input ? input->raw : AIP_LIT("{}");
	made->call->caller_raw = raw(aip_json_some(v, "caller"));
	*ret = made;
	return AIP_OK;
}

static enum aip_status read_tool_result(struct reader *r, const struct aip_json *v,
					struct aip_part **ret)
{
	const struct aip_json *content = aip_json_some(v, "content");

	*ret = aip_part_new(r->arena, AIP_TOOL_RESULT);
	struct aip_tool_result *result = (*ret)->result;
	enum aip_status s = read_word(r, v, "tool_use_id", &result->call_id);
	if (s)
		return s;
	result->is_error = tri(aip_json_get(v, "is_error"));
	if (content && content->kind != AIP_JSON_STRING && content->kind != AIP_JSON_ARRAY)
		result->raw = content->raw;
	else if (content)
		return read_blocks(r, content, IN_RESULT, &result->parts);
	return AIP_OK;
}

/* A signature may be the gateway's envelope around another vendor's state; one that is damaged, or empty,
 * is no signature. */
static enum aip_status read_thinking(struct reader *r, const struct aip_json *v,
				     struct aip_part **ret)
{
	struct aip_str signature = aip_json_text(v, "signature");

	*ret = aip_part_new(r->arena, AIP_THINKING);
	(*ret)->text = aip_json_text(v, "thinking");
	(*ret)->thinking->omitted = !(*ret)->text.len;
	if (signature.len)
		(*ret)->opaque = aip_opaque_in(r->arena, signature, AIP_VENDOR_ANTHROPIC,
					       AIP_OPAQUE_SIGNATURE, AIP_THINKING);
	return AIP_OK;
}

static enum aip_status read_redacted(struct reader *r, const struct aip_json *v,
				     struct aip_part **ret)
{
	struct aip_str data;

	enum aip_status s = read_word(r, v, "data", &data);
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

static enum aip_status read_server_call(struct reader *r, const struct aip_json *v,
					struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_SERVER_CALL);
	claude_read_server(v, (*ret)->server);
	return AIP_OK;
}

static enum aip_status read_server_result(struct reader *r, const struct aip_json *v,
					  struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_SERVER_RESULT);
	claude_read_server(v, (*ret)->server);
	return AIP_OK;
}

static enum aip_status read_compaction(struct reader *r, const struct aip_json *v,
				       struct aip_part **ret)
{
	*ret = aip_part_new(r->arena, AIP_COMPACTION);
	(*ret)->raw = v->raw;
	return AIP_OK;
}

/* type, reader, where it may stand, its members; elsewhere than there it is ignored. */
static const struct block_row {
	const char *type;
	block_fn read;
	unsigned places;
	const char *known;
} blocks[] = {
	{"text", read_text, ANYWHERE, "type text citations cache_control"},
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
	static const struct block_row server_result = {NULL, read_server_result, IN_ASSISTANT, NULL};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++)
		if (aip_str_is(type, blocks[i].type))
			return &blocks[i];
	return claude_is_server_result(type) ? &server_result : NULL;
}

/* *ret stays NULL for a block that is ignored. */
static enum aip_status read_block(struct reader *r, const struct aip_json *v, unsigned place,
				  struct aip_part **ret)
{
	const struct block_row *row;
	struct aip_str type = AIP_NONE;

	*ret = NULL;
	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	enum aip_status s = read_word(r, v, "type", &type);
	if (s)
		return s;
	row = block_row_of(type);
	if (row && !(row->places & place))
		return AIP_OK;
	if (!row) {
		*ret = aip_part_new(r->arena, AIP_UNKNOWN_PART);
		(*ret)->raw = v->raw;
	}
	s = row ? row->read(r, v, ret) : AIP_OK;
	if (s || !*ret)
		return s;
	(*ret)->dialect = AIP_CLAUDE;
	if (row && row->known)
		keep_unknown(r, v, row->known, "", &(*ret)->ext);
	return read_cache(r, v, &(*ret)->cache);
}

/* Content: a string is one text block. */
static enum aip_status read_blocks(struct reader *r, const struct aip_json *v, unsigned place,
				   struct aip_part **into)
{
	if (v->kind == AIP_JSON_STRING) {
		*into = aip_part_new(r->arena, AIP_TEXT);
		(*into)->text = v->text;
		return AIP_OK;
	}
	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be a string or an array of blocks");
	AIP_JSON_EACH(block, v) {
		enum aip_status s = read_block(r, block, place, into);
		if (s)
			return s;
		if (*into)
			into = &(*into)->next;
	}
	return AIP_OK;
}

/* ---- Messages ------------------------------------------------------------------------------- */

/* State of a call came in the signature of the thinking before it: that is where clients have room. */
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
static enum aip_status read_system_block(struct reader *r, const struct aip_json *block,
					 struct aip_turn ***tail)
{
	const struct aip_json *content = aip_json_some(block, "content");
	struct aip_turn *turn = aip_turn_new(r->arena, AIP_ROLE_SYSTEM);

	if (!content)
		return missing(r, block, "content");
	**tail = turn;
	*tail = &turn->next;
	return read_blocks(r, content, IN_SYSTEM, &turn->parts);
}

static bool is_system_block(const struct aip_json *block)
{
	return aip_str_is(aip_json_text(block, "type"), "mid_conv_system");
}

/* The content of a message, cut into turns where the system speaks. */
static enum aip_status read_content(struct reader *r, const struct aip_json *content,
				    enum aip_role role, unsigned place, struct aip_turn ***tail)
{
	struct aip_turn *turn = **tail = aip_turn_new(r->arena, role);
	struct aip_part **into = &turn->parts;
	enum aip_status s = AIP_OK;

	*tail = &turn->next;
	if (content->kind != AIP_JSON_ARRAY)
		return read_blocks(r, content, place, into);
	AIP_JSON_EACH(block, content) {
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

static enum aip_status read_message(struct reader *r, const struct aip_json *v,
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
		return wrong(r, v, "must be an object");
	enum aip_status s = read_word(r, v, "role", &role);
	if (s)
		return s;
	if (!content)
		return missing(r, v, "content");
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (aip_str_is(role, roles[i].word))
			return read_content(r, content, roles[i].role, roles[i].place, tail);
	return wrong(r, aip_json_get(v, "role"), "must be user, assistant or system");
}

/* ---- Rows of the request -------------------------------------------------------------------- */

static enum aip_status read_model(struct reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING || !v->text.len)
		return wrong(r, v, "must be a string that is not empty");
	r->request->model = v->text;
	return AIP_OK;
}

static enum aip_status read_max_tokens(struct reader *r, const struct aip_json *v)
{
	const int64_t tokens = aip_json_int(v->parent, "max_tokens", -1);

	if (tokens < 0)
		return wrong(r, v, "must be a whole number of tokens");
	r->request->max_output_tokens = aip_arena_printf(r->arena, "%lld", (long long)tokens);
	return AIP_OK;
}

static enum aip_status read_messages(struct reader *r, const struct aip_json *v)
{
	struct aip_turn **tail = &r->request->turns;

	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	if (!v->count)
		return wrong(r, v, "at least one message is required");
	AIP_JSON_EACH(message, v) {
		enum aip_status s = read_message(r, message, &tail);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status read_system(struct reader *r, const struct aip_json *v)
{
	return read_blocks(r, v, IN_SYSTEM, &r->request->system);
}

static enum aip_status read_stream(struct reader *r, const struct aip_json *v)
{
	if (!aip_json_is_bool(v))
		return wrong(r, v, "must be true or false");
	r->request->stream = v->kind == AIP_JSON_TRUE;
	return AIP_OK;
}

static enum aip_status read_number(struct reader *r, const struct aip_json *v, struct aip_str *into)
{
	if (v->kind != AIP_JSON_NUMBER)
		return wrong(r, v, "must be a number");
	*into = v->text;
	return AIP_OK;
}

static enum aip_status read_temperature(struct reader *r, const struct aip_json *v)
{
	return read_number(r, v, &r->request->sampling.temperature);
}

static enum aip_status read_top_p(struct reader *r, const struct aip_json *v)
{
	return read_number(r, v, &r->request->sampling.top_p);
}

static enum aip_status read_top_k(struct reader *r, const struct aip_json *v)
{
	return read_number(r, v, &r->request->sampling.top_k);
}

static enum aip_status read_stop(struct reader *r, const struct aip_json *v)
{
	struct aip_name **tail = &r->request->sampling.stop;

	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array of strings");
	AIP_JSON_EACH(stop, v) {
		if (stop->kind != AIP_JSON_STRING)
			return wrong(r, stop, "must be a string");
		*tail = aip_name_new(r->arena, stop->text);
		tail = &(*tail)->next;
	}
	return AIP_OK;
}

/* ---- Tools ---------------------------------------------------------------------------------- */

/* Tools that the vendor defines and the client runs: elsewhere they are functions with the parameters that
 * Anthropic's documentation of each gives, read 2026-02. */
#define STRING        "{\"type\":\"string\"}"
#define INTEGER       "{\"type\":\"integer\"}"
#define RANGE         "{\"type\":\"array\",\"items\":" INTEGER "}"
#define FILE_COMMANDS "\"view\",\"create\",\"str_replace\",\"insert\""
#define FILE_MEMBERS                                                                     \
	"\"path\":" STRING ",\"file_text\":" STRING ",\"old_str\":" STRING               \
	",\"new_str\":" STRING ",\"insert_line\":" INTEGER ",\"insert_text\":" STRING \
	",\"view_range\":" RANGE

static const struct {
	const char *begins, *description, *schema;
} client_tools[] = {
	{"bash_2", "Runs a command in a persistent bash session.",
	 "{\"type\":\"object\",\"properties\":{\"command\":" STRING
	 ",\"restart\":{\"type\":\"boolean\"}}}"},
	{"text_editor_2", "Views, creates and edits text files.",
	 "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\",\"enum\":["
	 FILE_COMMANDS "]}," FILE_MEMBERS "},\"required\":[\"command\",\"path\"]}"},
	{"memory_2", "Keeps notes in files under /memories.",
	 "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\",\"enum\":["
	 FILE_COMMANDS ",\"delete\",\"rename\"]}," FILE_MEMBERS ",\"old_path\":" STRING
	 ",\"new_path\":" STRING "},\"required\":[\"command\"]}"},
};

static enum aip_status read_function(struct reader *r, const struct aip_json *v,
				     struct aip_tool *tool)
{
	const struct aip_json *schema = aip_json_some(v, "input_schema");

	if (schema && schema->kind != AIP_JSON_OBJECT)
		return wrong(r, schema, "must be an object");
	tool->schema = raw(schema);
	tool->strict = tri(aip_json_get(v, "strict"));
	tool->defer_loading = tri(aip_json_get(v, "defer_loading"));
	tool->allowed_callers = raw(aip_json_some(v, "allowed_callers"));
	tool->examples = raw(aip_json_some(v, "input_examples"));
	tool->eager_streaming = tri(aip_json_get(v, "eager_input_streaming"));
	keep_unknown(r, v,
		     "type name description input_schema strict cache_control defer_loading "
		     "allowed_callers input_examples eager_input_streaming",
		     "", &tool->ext);
	return read_word(r, v, "name", &tool->name);
}

static void read_vendor_tool(const struct aip_json *v, struct aip_str type, struct aip_tool *tool)
{
	tool->type = type;
	for (size_t i = 0; i < sizeof(client_tools) / sizeof(*client_tools); i++) {
		if (!aip_str_starts(type, aip_str(client_tools[i].begins)))
			continue;
		tool->description = aip_str(client_tools[i].description);
		tool->schema = aip_str(client_tools[i].schema);
		return;
	}
	tool->server = claude_server_tool(type);
	tool->kind = tool->server == AIP_SERVER_OTHER ? AIP_TOOL_UNKNOWN : AIP_TOOL_SERVER;
	tool->allowed_domains = raw(aip_json_some(v, "allowed_domains"));
	tool->blocked_domains = raw(aip_json_some(v, "blocked_domains"));
	tool->location = raw(aip_json_some(v, "user_location"));
	tool->max_uses = raw(aip_json_some(v, "max_uses"));
}

static enum aip_status read_tool(struct reader *r, const struct aip_json *v, struct aip_tool *tool)
{
	struct aip_str type = aip_json_text(v, "type");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	tool->dialect = AIP_CLAUDE;
	tool->raw = v->raw;
	tool->name = aip_json_text(v, "name");
	tool->description = aip_json_text(v, "description");
	if (!type.len || aip_str_is(type, "custom"))
		s = read_function(r, v, tool);
	else
		read_vendor_tool(v, type, tool);
	return s ? s : read_cache(r, v, &tool->cache);
}

static enum aip_status read_tools(struct reader *r, const struct aip_json *v)
{
	struct aip_tool **tail = &r->request->tools;

	if (v->kind != AIP_JSON_ARRAY)
		return wrong(r, v, "must be an array");
	AIP_JSON_EACH(tool, v) {
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

static enum aip_status read_tool_choice(struct reader *r, const struct aip_json *v)
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
	enum aip_tri serial = tri(aip_json_get(v, "disable_parallel_tool_use"));
	struct aip_str type = aip_json_text(v, "type");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_is(type, table[i].type))
			choice->mode = table[i].mode;
	if (choice->mode == AIP_CHOICE_UNSET)
		return wrong(r, v, "type must be auto, any, tool or none");
	if (choice->mode == AIP_CHOICE_NAMED) {
		s = read_word(r, v, "name", &choice->name);
		name_choice(choice, r->request->tools);
	}
	if (serial != AIP_UNSET)
		r->request->parallel_tools = serial == AIP_YES ? AIP_NO : AIP_YES;
	choice->raw = v->raw;
	return s;
}

/* ---- Thinking, output ----------------------------------------------------------------------- */

static enum aip_status read_budget(struct reader *r, const struct aip_json *v)
{
	const struct aip_json *budget = aip_json_some(v, "budget_tokens");

	if (!budget)
		return missing(r, v, "budget_tokens");
	r->request->reasoning.budget = aip_json_int(v, "budget_tokens", -1);
	if (r->request->reasoning.budget < 1)
		return wrong(r, budget, "must be a whole number of tokens");
	r->request->reasoning.mode = AIP_REASONING_BUDGET;
	return AIP_OK;
}

static enum aip_status read_thinking_row(struct reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning;
	struct aip_str type = aip_json_text(v, "type"), display = aip_json_text(v, "display");
	enum aip_status s = AIP_OK;

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	if (aip_str_is(type, "enabled"))
		s = read_budget(r, v);
	else if (aip_str_is(type, "adaptive"))
		reasoning->mode = AIP_REASONING_AUTO;
	else if (aip_str_is(type, "disabled"))
		reasoning->mode = AIP_REASONING_OFF;
	else /* a form nobody has told of yet */
		AIP_APPEND(&r->request->ext, aip_ext_new(r->arena, AIP_CLAUDE, v->key, v->raw));
	if (s || reasoning->mode == AIP_REASONING_UNSET || reasoning->mode == AIP_REASONING_OFF)
		return s;
	reasoning->summary_explicit = display.len > 0;
	reasoning->summary = aip_str_is(display, "omitted") ? AIP_SUMMARY_OFF : AIP_SUMMARY_AUTO;
	return AIP_OK;
}

/* The level beside a budget, or beside thinking that is switched off, stays for this dialect alone. */
static enum aip_status read_effort(struct reader *r, const struct aip_json *v)
{
	struct aip_reasoning *reasoning = &r->request->reasoning, said = {0};

	if (v->kind != AIP_JSON_STRING || !aip_reasoning_parse(v->text, &said) ||
	    said.mode != AIP_REASONING_LEVEL)
		return wrong(r, v, "must be low, medium, high, xhigh or max");
	reasoning->level = said.level;
	reasoning->effort_only = reasoning->mode == AIP_REASONING_UNSET;
	if (reasoning->mode == AIP_REASONING_UNSET || reasoning->mode == AIP_REASONING_AUTO)
		reasoning->mode = AIP_REASONING_LEVEL;
	return AIP_OK;
}

static enum aip_status read_format(struct reader *r, const struct aip_json *v)
{
	const struct aip_json *schema = aip_json_some(v, "schema");

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	if (!aip_str_is(aip_json_text(v, "type"), "json_schema"))
		return wrong(r, v, "type must be json_schema");
	if (!aip_json_is(schema, AIP_JSON_OBJECT))
		return schema ? wrong(r, schema, "must be an object") : missing(r, v, "schema");
	r->request->output.format = AIP_FORMAT_JSON_SCHEMA;
	r->request->output.schema = schema->raw;
	r->request->output.raw = v->raw;
	return AIP_OK;
}

static enum aip_status read_output_config(struct reader *r, const struct aip_json *v)
{
	const struct aip_json *effort = aip_json_some(v, "effort");
	const struct aip_json *format = aip_json_some(v, "format");

	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	keep_unknown(r, v, "effort format", "output_config.", &r->request->ext);
	enum aip_status s = effort ? read_effort(r, effort) : AIP_OK;
	return !s && format ? read_format(r, format) : s;
}

/* ---- The rest ------------------------------------------------------------------------------- */

static enum aip_status read_metadata(struct reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_OBJECT)
		return wrong(r, v, "must be an object");
	r->request->user_id = aip_json_text(v, "user_id");
	keep_unknown(r, v, "user_id", "metadata.", &r->request->ext);
	return AIP_OK;
}

static enum aip_status read_service_tier(struct reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_STRING)
		return wrong(r, v, "must be a string");
	r->request->service_tier =
		aip_str_is(v->text, "standard_only") ? AIP_LIT("standard") : v->text;
	return AIP_OK;
}

static enum aip_status read_speed(struct reader *r, const struct aip_json *v)
{
	if (aip_str_is(v->text, "fast"))
		r->request->service_tier = AIP_LIT("fast");
	return AIP_OK;
}

static enum aip_status read_automatic_cache(struct reader *r, const struct aip_json *v)
{
	return read_cache(r, v->parent, &r->request->cache.automatic);
}

static enum aip_status read_container(struct reader *r, const struct aip_json *v)
{
	r->request->state.container = v->raw;
	return AIP_OK;
}

static enum aip_status read_context_management(struct reader *r, const struct aip_json *v)
{
	r->request->state.context_management = v->raw;
	return AIP_OK;
}

static enum aip_status read_betas(struct reader *r, const struct aip_json *v)
{
	r->request->betas = v->raw;
	return AIP_OK;
}

/* The dialect's rows in its order; later ones lean on earlier ones. */
static const struct {
	const char *key;
	enum aip_status (*read)(struct reader *r, const struct aip_json *v);
} rows[] = {
	{"model", read_model},
	{"max_tokens", read_max_tokens},
	{"messages", read_messages},
	{"system", read_system},
	{"stream", read_stream},
	{"temperature", read_temperature},
	{"top_p", read_top_p},
	{"top_k", read_top_k},
	{"stop_sequences", read_stop},
	{"tools", read_tools},
	{"tool_choice", read_tool_choice},
	{"thinking", read_thinking_row},
	{"output_format", read_format},
	{"output_config", read_output_config},
	{"metadata", read_metadata},
	{"service_tier", read_service_tier},
	{"speed", read_speed},
	{"cache_control", read_automatic_cache},
	{"container", read_container},
	{"context_management", read_context_management},
	{"betas", read_betas},
};
#define KNOWN                                                                                   \
	"model max_tokens messages system stream temperature top_p top_k stop_sequences tools " \
	"tool_choice thinking output_format output_config metadata service_tier speed "         \
	"cache_control container context_management betas"

static enum aip_status read_rows(struct reader *r, const struct aip_json *doc)
{
	if (doc->kind != AIP_JSON_OBJECT)
		return wrong(r, doc, "must be an object");
	if (!aip_json_some(doc, "model"))
		return missing(r, doc, "model");
	if (!aip_json_some(doc, "max_tokens") && !r->counts)
		return missing(r, doc, "max_tokens");
	if (!aip_json_some(doc, "messages"))
		return missing(r, doc, "messages");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct aip_json *v = aip_json_some(doc, rows[i].key);
		enum aip_status s = v ? rows[i].read(r, v) : AIP_OK;
		if (s)
			return s;
	}
	keep_unknown(r, doc, KNOWN, "", &r->request->ext);
	return AIP_OK;
}

static enum aip_status read(struct aip_codec_ctx *ctx, const struct aip_wire_in *in, bool counts,
			    struct aip_request **ret, struct aip_error *reterr)
{
	struct reader r = {ctx, ctx->arena, aip_request_new(ctx->arena), counts, reterr};
	struct aip_json *doc;

	enum aip_status s = aip_json_parse(ctx->arena, in->body, &doc, reterr);
	if (!s)
		s = read_rows(&r, doc);
	if (s)
		return s;
	r.request->dialect = AIP_CLAUDE;
	r.request->source = in->body;
	s = aip_request_canon(ctx->arena, r.request, reterr);
	if (!s)
		*ret = r.request;
	return s;
}

enum aip_status claude_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
				    struct aip_request **ret, struct aip_error *reterr)
{
	return read(ctx, in, false, ret, reterr);
}

enum aip_status claude_read_count(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
				  struct aip_request **ret, struct aip_error *reterr)
{
	return read(ctx, in, true, ret, reterr);
}
