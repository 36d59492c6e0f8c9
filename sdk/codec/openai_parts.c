/* Parts of content as clients of OpenAI's two APIs write them, read. */
#include "openai_parts.h"

/* ---- Members -------------------------------------------------------------------------------- */

/* A text that may be missing. */
static enum aip_status read_text(const struct aip_json *object, const char *key,
                                 struct aip_str *into, struct aip_error *reterr)
{
	const struct aip_json *v = aip_json_some(object, key);

	if (v && v->kind != AIP_JSON_STRING)
		return aip_json_fail(reterr, v, "must be a string");
	*into = v ? v->text : AIP_NONE;
	return AIP_OK;
}

/* A member that says something. */
static const struct aip_json *said(const struct aip_json *object, const char *key)
{
	const struct aip_json *v = aip_json_some(object, key);

	return v && v->kind == AIP_JSON_STRING && !v->text.len ? NULL : v;
}

/* Where the members of a part stand. */
static const struct aip_json *inside(const struct aip_json *v, const char *type)
{
	const struct aip_json *inner = aip_json_some(v, type);

	return aip_json_is(inner, AIP_JSON_OBJECT) ? inner : v;
}

enum aip_status openai_read_words(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr)
{
	const char *key = part->kind == AIP_REFUSAL ? "refusal" : "text";

	if (!aip_json_some(v, key))
		return aip_json_lacks(reterr, v, key, "is missing");
	return read_text(v, key, &part->text, reterr);
}

/* ---- Media ---------------------------------------------------------------------------------- */

/* What stands at an address, or in it. */
static enum aip_status read_at(struct aip_arena *arena, const struct aip_json *at,
                               struct aip_media *media, struct aip_error *reterr)
{
	if (at->kind != AIP_JSON_STRING || !at->text.len)
		return aip_json_fail(reterr, at, "must be a URL");
	if (aip_str_starts(at->text, AIP_LIT("data:")))
		return aip_data_url(arena, at->text, media)
		               ? AIP_OK
		               : aip_json_fail(reterr, at, "is not a valid data URL");
	media->source = AIP_FROM_URL;
	media->data = at->text;
	return AIP_OK;
}

/* A file that the vendor keeps. */
static enum aip_status read_kept(const struct aip_json *v, struct aip_media *media,
                                 struct aip_error *reterr)
{
	media->source = AIP_FROM_FILE;
	return read_text(v, "file_id", &media->data, reterr);
}

static enum aip_status read_url(struct aip_arena *arena, const struct aip_json *v, const char *key,
                                struct aip_media *media, struct aip_error *reterr)
{
	const struct aip_json *inner = aip_json_some(v, key);
	const struct aip_json *at =
		aip_json_is(inner, AIP_JSON_OBJECT) ? aip_json_some(inner, "url") : inner;

	return at ? read_at(arena, at, media, reterr)
	          : aip_json_fail(reterr, inner ? inner : v, "needs a URL");
}

enum aip_status openai_read_image(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr)
{
	struct aip_media *media = part->media;

	enum aip_status s = read_text(inside(v, "image_url"), "detail", &media->detail, reterr);
	if (s)
		return s;
	if (said(v, "image_url"))
		return read_url(arena, v, "image_url", media, reterr);
	s = read_kept(v, media, reterr);
	return s || media->data.len ? s : aip_json_fail(reterr, v, "needs image_url or file_id");
}

enum aip_status openai_read_video(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr)
{
	return read_url(arena, v, "video_url", part->media, reterr);
}

enum aip_status openai_read_sound(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr)
{
	const struct aip_json *from = inside(v, "input_audio");
	const struct aip_json *data = aip_json_some(from, "data");
	struct aip_media *media = part->media;

	if (!data)
		return aip_json_lacks(reterr, from, "data", "is missing");
	media->source = AIP_FROM_BASE64;
	if (data->kind != AIP_JSON_STRING || !data->text.len ||
	    !aip_base64_standard(arena, data->text, &media->data))
		return aip_json_fail(reterr, data, "must be base64");
	enum aip_status s = read_text(from, "format", &media->format, reterr);
	media->mime = aip_sound_type(media->format);
	return s;
}

enum aip_status openai_read_file(struct aip_arena *arena, const struct aip_json *v,
                                 struct aip_part *part, struct aip_error *reterr)
{
	const struct aip_json *from = inside(v, "file");
	const struct aip_json *data = said(from, "file_data"), *url = said(from, "file_url");
	struct aip_media *media = part->media;

	enum aip_status s = read_text(from, "filename", &media->filename, reterr);
	if (s)
		return s;
	if (data)
		return data->kind == AIP_JSON_STRING && aip_file_data(arena, data->text, media)
		               ? AIP_OK
		               : aip_json_fail(reterr, data, "must be base64 or a data URL");
	if (url)
		return read_at(arena, url, media, reterr);
	s = read_kept(from, media, reterr);
	return s || media->data.len
	               ? s
	               : aip_json_fail(reterr, from, "needs file_data, file_url or file_id");
}

/* ---- Parts ---------------------------------------------------------------------------------- */

enum aip_status openai_read_part(struct aip_arena *arena, const struct openai_part_row *rows,
                                 size_t n, struct aip_str type, enum aip_dialect dialect,
                                 const struct aip_json *v, struct aip_part **ret,
                                 struct aip_error *reterr)
{
	const struct openai_part_row *row = rows, *end = rows + n;

	while (row < end && !aip_str_is(type, row->type))
		row++;
	*ret = aip_part_new(arena, row < end ? row->kind : AIP_UNKNOWN_PART);
	(*ret)->dialect = dialect;
	if (row < end)
		return row->read(arena, v, *ret, reterr);
	(*ret)->raw = v->raw;
	return AIP_OK;
}
