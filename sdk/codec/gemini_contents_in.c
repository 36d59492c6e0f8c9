/* Gemini requests, read: contents, their parts, and the system instruction. */
#include "gemini.h"

typedef enum aip_status (*part_fn)(struct gemini_reader *r, const struct aip_json *part,
                                   const struct aip_json *v, struct aip_part **ret);

/* ---- Parts ---------------------------------------------------------------------------------- */

static struct aip_opaque *read_signature(struct gemini_reader *r, struct aip_str value,
                                         enum aip_part_kind of)
{
	if (!value.len || aip_str_is(value, GEMINI_NO_SIGNATURE))
		return NULL;
	return aip_opaque_in(r->arena, value, AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE, of);
}

/* A signature on an empty text is a part of its own and no text. */
static enum aip_status read_text(struct gemini_reader *r, const struct aip_json *part,
                                 const struct aip_json *text, struct aip_part **ret)
{
	const bool thought = gemini_is_true(part, "thought");
	const enum aip_part_kind kind = thought ? AIP_THINKING : AIP_TEXT;
	struct aip_opaque *signature =
		read_signature(r, gemini_text(part, "thoughtSignature"), kind);

	if (text && text->kind != AIP_JSON_STRING)
		return gemini_wrong(r, text, "must be a string");
	const bool carries = signature && (!text || !text->text.len);
	*ret = aip_part_new(r->arena, carries ? AIP_THINKING : kind);
	(*ret)->text = text ? text->text : AIP_LIT("");
	(*ret)->opaque = signature;
	return AIP_OK;
}

static enum aip_status read_blob(struct gemini_reader *r, const struct aip_json *part,
                                 const struct aip_json *blob, struct aip_part **ret)
{
	const struct aip_json *data = gemini_get(blob, "data");
	struct aip_str mime = AIP_NONE, name = AIP_NONE, base64;

	if (!data)
		return blob->kind == AIP_JSON_OBJECT ? gemini_missing(r, blob, "data")
		                                     : gemini_wrong(r, blob, "must be an object");
	if (data->kind != AIP_JSON_STRING || !aip_base64_standard(r->arena, data->text, &base64))
		return gemini_wrong(r, data, "must be base64");
	enum aip_status s = gemini_take_text(r, blob, "mimeType", &mime);
	if (!s)
		s = gemini_take_text(r, blob, "displayName", &name);
	if (s)
		return s;
	mime = mime.len ? mime : aip_str(aip_sniff_base64(base64));
	*ret = aip_part_new(r->arena, aip_media_kind(mime));
	(*ret)->media->source = AIP_FROM_BASE64;
	(*ret)->media->data = base64;
	(*ret)->media->mime = mime;
	(*ret)->media->filename = name;
	return AIP_OK;
}

/* Videos are the only pages that the API takes without their type. */
static enum aip_part_kind kind_of_uri(struct aip_str uri)
{
	static const char *const tubes[] = {"https://www.youtube.com/", "https://youtube.com/",
	                                    "https://youtu.be/"};

	for (size_t i = 0; i < sizeof(tubes) / sizeof(*tubes); i++)
		if (aip_str_starts(uri, aip_str(tubes[i])))
			return AIP_VIDEO;
	return aip_media_kind(aip_mime_of_name(uri));
}

static enum aip_status read_file(struct gemini_reader *r, const struct aip_json *part,
                                 const struct aip_json *file, struct aip_part **ret)
{
	struct aip_str mime = AIP_NONE, uri = AIP_NONE, name = AIP_NONE;

	enum aip_status s = gemini_take_text(r, file, "mimeType", &mime);
	if (!s)
		s = gemini_take_text(r, file, "fileUri", &uri);
	if (!s)
		s = gemini_take_text(r, file, "displayName", &name);
	if (s)
		return s;
	if (!uri.len)
		return gemini_missing(r, file, "fileUri");
	*ret = aip_part_new(r->arena, mime.len ? aip_media_kind(mime) : kind_of_uri(uri));
	(*ret)->media->source = AIP_FROM_URL;
	(*ret)->media->data = uri;
	(*ret)->media->mime = mime;
	(*ret)->media->filename = name;
	return AIP_OK;
}

static enum aip_status read_call(struct gemini_reader *r, const struct aip_json *part,
                                 const struct aip_json *v, struct aip_part **ret)
{
	const struct aip_json *args = gemini_get(v, "args");

	*ret = aip_part_new(r->arena, AIP_TOOL_CALL);
	enum aip_status s = gemini_take_text(r, v, "name", &(*ret)->call->name);
	if (!s)
		s = gemini_take_text(r, v, "id", &(*ret)->call->id);
	if (s)
		return s;
	if (!(*ret)->call->name.len)
		return gemini_missing(r, v, "name");
	if (args && args->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, args, "must be an object");
	(*ret)->call->args = args ? args->raw : AIP_LIT("{}");
	return AIP_OK;
}

/* ---- Results of functions ------------------------------------------------------------------- */

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

static enum aip_status read_result_media(struct gemini_reader *r, const struct aip_json *pieces,
                                         struct aip_part **tail)
{
	if (pieces && pieces->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, pieces, "must be an array");
	AIP_JSON_EACH (piece, pieces) {
		const struct aip_json *blob = gemini_get(piece, "inlineData");
		const struct aip_json *file = gemini_get(piece, "fileData");
		enum aip_status s = AIP_OK;
		if (blob)
			s = read_blob(r, piece, blob, tail);
		else if (file)
			s = read_file(r, piece, file, tail);
		if (s)
			return s;
		tail = *tail ? &(*tail)->next : tail;
	}
	return AIP_OK;
}

/* Members of a functionResponse that only a Gemini upstream can read; `response` is among them,
 * since what it was wrapped in is told nowhere else. */
static void keep_own(struct gemini_reader *r, const struct aip_json *v, struct aip_part *part)
{
	static const char *const own[] = {"response", "willContinue", "scheduling"};

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (gemini_get(v, own[i]))
			AIP_APPEND(&part->ext, aip_ext_new(r->arena, AIP_GEMINI, aip_str(own[i]),
			                                   gemini_raw(v, own[i])));
}

static enum aip_status read_result(struct gemini_reader *r, const struct aip_json *part,
                                   const struct aip_json *v, struct aip_part **ret)
{
	const struct aip_json *response = gemini_get(v, "response");
	struct aip_tool_result *result;
	bool is_error;

	*ret = aip_part_new(r->arena, AIP_TOOL_RESULT);
	result = (*ret)->result;
	enum aip_status s = gemini_take_text(r, v, "name", &result->name);
	if (!s)
		s = gemini_take_text(r, v, "id", &result->call_id);
	if (s)
		return s;
	if (!result->name.len && !result->call_id.len)
		return gemini_missing(r, v, "name");
	if (response && response->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, response, "must be an object");
	const struct aip_json *value = unwrapped(response, &is_error);
	const struct aip_json *pieces = gemini_get(v, "parts");
	result->is_error = is_error ? AIP_YES : AIP_UNSET;
	keep_own(r, v, *ret);
	if (value && value->kind != AIP_JSON_STRING && !pieces) {
		result->raw = value->raw;
		return AIP_OK;
	}
	result->parts = aip_part_new(r->arena, AIP_TEXT);
	result->parts->text = !value                           ? AIP_LIT("")
	                      : value->kind == AIP_JSON_STRING ? value->text
	                                                       : value->raw;
	return read_result_media(r, pieces, &result->parts->next);
}

/* ---- One part ------------------------------------------------------------------------------- */

static enum aip_status read_server(struct gemini_reader *r, const struct aip_json *part,
                                   const struct aip_json *v, struct aip_part **ret)
{
	struct aip_server_part server;
	enum aip_part_kind kind = AIP_SERVER_CALL;

	gemini_read_server(part, v, &server, &kind);
	*ret = aip_part_new(r->arena, kind);
	*(*ret)->server = server;
	return AIP_OK;
}

static const struct part_row {
	const char *key;
	part_fn read;
} part_rows[] = {
	{"text", read_text},
	{"inlineData", read_blob},
	{"fileData", read_file},
	{"functionCall", read_call},
	{"functionResponse", read_result},
	{"executableCode", read_server},
	{"codeExecutionResult", read_server},
	{"toolCall", read_server},
	{"toolResponse", read_server},
};

/* The member that says what a part is. */
static enum aip_status find_data(struct gemini_reader *r, const struct aip_json *part,
                                 const struct part_row **ret_row, const struct aip_json **ret)
{
	const size_t n = sizeof(part_rows) / sizeof(*part_rows);

	*ret_row = NULL;
	*ret = NULL;
	AIP_JSON_EACH (member, part) {
		const struct part_row *row = part_rows;
		while (row < part_rows + n && !gemini_key_is(member->key, row->key))
			row++;
		if (row == part_rows + n || member->kind == AIP_JSON_NULL)
			continue;
		if (*ret_row && *ret_row != row)
			return gemini_wrong(r, part, "must hold one kind of data, not two");
		*ret_row = row;
		*ret = member;
	}
	return AIP_OK;
}

static void read_media_marks(const struct aip_json *part, struct aip_media *media)
{
	const struct aip_json *resolution = gemini_get(part, "mediaResolution");

	media->video_raw = gemini_raw(part, "videoMetadata");
	media->resolution = aip_json_is(resolution, AIP_JSON_STRING)
	                            ? resolution->text
	                            : gemini_text(resolution, "level");
}

static enum aip_status read_part(struct gemini_reader *r, const struct aip_json *part,
                                 struct aip_part **ret)
{
	struct aip_str signature = gemini_text(part, "thoughtSignature");
	const struct part_row *row;
	const struct aip_json *v;

	if (part->kind == AIP_JSON_STRING)
		return read_text(r, NULL, part, ret);
	if (part->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, part, "must be an object");
	enum aip_status s = find_data(r, part, &row, &v);
	if (s)
		return s;
	if (!row && signature.len)
		return read_text(r, part, NULL, ret);
	if (!row && !part->count)
		return gemini_wrong(r, part, "must hold text, inlineData or another kind of data");
	if (row)
		s = row->read(r, part, v, ret);
	else
		*ret = aip_part_new(r->arena, AIP_UNKNOWN_PART);
	if (s)
		return s;
	(*ret)->dialect = AIP_GEMINI;
	if (!row)
		(*ret)->raw = part->raw;
	if (!(*ret)->opaque)
		(*ret)->opaque = read_signature(r, signature, (*ret)->kind);
	if ((*ret)->media)
		read_media_marks(part, (*ret)->media);
	return AIP_OK;
}

/* ---- Contents ------------------------------------------------------------------------------- */

/* Where the next part goes: results stand in turns of role tool, whatever content held them. */
struct place {
	struct aip_turn **turns; /* end of the request's */
	struct aip_turn *turn;   /* that was written to last, in this content */
	struct aip_part **parts; /* end of the turn's */
};

static void put(struct gemini_reader *r, struct place *at, enum aip_role role,
                struct aip_part *part)
{
	if (!at->turn || at->turn->role != role) {
		at->turn = aip_turn_new(r->arena, role);
		*at->turns = at->turn;
		at->turns = &at->turn->next;
		at->parts = &at->turn->parts;
	}
	*at->parts = part;
	at->parts = &part->next;
}

static enum aip_status read_role(struct gemini_reader *r, const struct aip_json *content,
                                 enum aip_role *ret)
{
	const struct aip_json *role = gemini_get(content, "role");
	struct aip_str word = role ? role->text : AIP_NONE;

	*ret = AIP_ROLE_USER;
	if (!role || (role->kind == AIP_JSON_STRING && !word.len))
		return AIP_OK;
	if (gemini_word_is(word, "model"))
		*ret = AIP_ROLE_ASSISTANT;
	else if (!gemini_word_is(word, "user") && !gemini_word_is(word, "function"))
		return gemini_wrong(r, role, "must be user or model");
	return AIP_OK;
}

static enum aip_status read_piece(struct gemini_reader *r, const struct aip_json *v,
                                  enum aip_role speaker, struct place *at)
{
	struct aip_part *part = NULL;

	enum aip_status s = read_part(r, v, &part);
	if (s)
		return s;
	if (speaker == AIP_ROLE_USER && part->kind == AIP_THINKING)
		return AIP_OK; /* nobody else's thoughts */
	if (speaker == AIP_ROLE_USER && part->kind == AIP_TOOL_CALL)
		return gemini_wrong(r, v, "a functionCall must stand in a content of role model");
	put(r, at, part->kind == AIP_TOOL_RESULT ? AIP_ROLE_TOOL : speaker, part);
	return AIP_OK;
}

/* One part may stand without its brackets. */
static const struct aip_json *first_of(const struct aip_json *parts)
{
	return parts && parts->kind == AIP_JSON_ARRAY ? parts->child : parts;
}

static const struct aip_json *after(const struct aip_json *parts, const struct aip_json *part)
{
	return part == parts ? NULL : part->next;
}

static enum aip_status find_parts(struct gemini_reader *r, const struct aip_json *content,
                                  const struct aip_json **ret)
{
	*ret = gemini_get(content, "parts");
	if (*ret && (*ret)->kind != AIP_JSON_ARRAY && (*ret)->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, *ret, "must be an array");
	return AIP_OK;
}

static enum aip_status read_content(struct gemini_reader *r, const struct aip_json *content,
                                    struct place *at)
{
	const struct aip_json *parts;
	enum aip_role speaker;

	if (content->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, content, "must be an object with role and parts");
	enum aip_status s = read_role(r, content, &speaker);
	if (!s)
		s = find_parts(r, content, &parts);
	if (s)
		return s;
	at->turn = NULL;
	for (const struct aip_json *v = first_of(parts); v && !s; v = after(parts, v))
		s = read_piece(r, v, speaker, at);
	return s;
}

enum aip_status gemini_read_contents(struct gemini_reader *r, const struct aip_json *v)
{
	struct place at = {.turns = &r->request->turns};

	if (v->kind == AIP_JSON_STRING)
		return read_piece(r, v, AIP_ROLE_USER, &at);
	if (v->kind == AIP_JSON_OBJECT)
		return read_content(r, v, &at);
	if (v->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, v, "must be an array");
	AIP_JSON_EACH (content, v) {
		enum aip_status s = read_content(r, content, &at);
		if (s)
			return s;
	}
	return AIP_OK;
}

/* ---- The system instruction ----------------------------------------------------------------- */

/* A content whose role says nothing, or just a text. */
enum aip_status gemini_read_system(struct gemini_reader *r, const struct aip_json *v)
{
	struct aip_part **tail = &r->request->system;
	const struct aip_json *parts = v;

	if (v->kind != AIP_JSON_STRING && v->kind != AIP_JSON_OBJECT)
		return gemini_wrong(r, v, "must be a content or a string");
	enum aip_status s = v->kind == AIP_JSON_OBJECT ? find_parts(r, v, &parts) : AIP_OK;
	for (const struct aip_json *p = first_of(parts); p && !s; p = after(parts, p)) {
		struct aip_str text = p->kind == AIP_JSON_STRING ? p->text : gemini_text(p, "text");
		if (!text.at)
			return gemini_wrong(r, p,
			                    "must be text: a system instruction is nothing else");
		*tail = aip_part_new(r->arena, AIP_TEXT);
		(*tail)->text = text;
		tail = &(*tail)->next;
	}
	return s;
}
