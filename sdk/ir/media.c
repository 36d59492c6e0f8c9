/* Media: data URLs, what bytes are when nobody says, and URLs that an upstream does not open. */
#include <aiproxy/rules.h>

static const struct {
	const char *begins; /* base64 of the first bytes, as far as whole characters go */
	const char *mime;
} magics[] = {
	{"iVBORw0KGg", "image/png"},   {"/9j/", "image/jpeg"}, {"R0lGOD", "image/gif"},
	{"JVBERi", "application/pdf"}, {"SUQz", "audio/mpeg"}, {"//uQ", "audio/mpeg"},
	{"//tQ", "audio/mpeg"},        {"//vQ", "audio/mpeg"},
};

/* RIFF files say what they are in bytes 8 to 11: characters 11 to 15. */
static const char *riff_kind(struct aip_str base64)
{
	if (base64.len < 16 || memcmp(base64.at, "UklGR", 5) != 0)
		return NULL;
	if (memcmp(base64.at + 11, "XRUJQ", 5) == 0)
		return "image/webp";
	return memcmp(base64.at + 11, "XQVZF", 5) == 0 ? "audio/wav" : NULL;
}

const char *aip_sniff_base64(struct aip_str base64)
{
	const char *riff = riff_kind(base64);

	if (riff)
		return riff;
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if (aip_str_starts(base64, aip_str(magics[i].begins)))
			return magics[i].mime;
	return "application/octet-stream";
}

static bool ends_nocase(struct aip_str s, struct aip_str end)
{
	return s.len >= end.len &&
	       aip_str_eq_nocase(aip_strn(s.at + s.len - end.len, end.len), end);
}

static bool starts_nocase(struct aip_str s, struct aip_str with)
{
	return s.len >= with.len && aip_str_eq_nocase(aip_strn(s.at, with.len), with);
}

static bool is_data_url(struct aip_str url)
{
	return starts_nocase(url, AIP_LIT("data:"));
}

struct aip_str aip_mime_of_name(struct aip_str name)
{
	static const char *const table[][2] = {
		{".pdf", "application/pdf"}, {".txt", "text/plain"},  {".md", "text/markdown"},
		{".csv", "text/csv"},        {".html", "text/html"},  {".json", "application/json"},
		{".xml", "application/xml"}, {".png", "image/png"},   {".jpg", "image/jpeg"},
		{".jpeg", "image/jpeg"},     {".gif", "image/gif"},   {".webp", "image/webp"},
		{".heic", "image/heic"},     {".mp3", "audio/mpeg"},  {".wav", "audio/wav"},
		{".flac", "audio/flac"},     {".ogg", "audio/ogg"},   {".mp4", "video/mp4"},
		{".mov", "video/quicktime"}, {".webm", "video/webm"},
	};
	size_t len = 0;

	while (len < name.len && name.at[len] != '?' && name.at[len] != '#')
		len++;
	name.len = len; /* of a URL its path */
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (ends_nocase(name, aip_str(table[i][0])))
			return aip_str(table[i][1]);
	return AIP_NONE;
}

enum aip_part_kind aip_media_kind(struct aip_str mime)
{
	static const struct {
		const char *begins;
		enum aip_part_kind kind;
	} table[] = {{"image/", AIP_IMAGE}, {"audio/", AIP_AUDIO}, {"video/", AIP_VIDEO}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (starts_nocase(mime, aip_str(table[i].begins)))
			return table[i].kind;
	return AIP_DOCUMENT;
}

bool aip_file_data(struct aip_arena *arena, struct aip_str data, struct aip_media *into)
{
	struct aip_str mime = aip_mime_of_name(into->filename);

	if (is_data_url(data))
		return aip_data_url(arena, data, into);
	if (!data.len || !aip_base64_standard(arena, data, &into->data))
		return false;
	into->source = AIP_FROM_BASE64;
	into->mime = mime.len ? mime : aip_str(aip_sniff_base64(into->data));
	return true;
}

bool aip_data_url(struct aip_arena *arena, struct aip_str url, struct aip_media *into)
{
	const char *comma = url.len ? memchr(url.at, ',', url.len) : NULL;

	if (!is_data_url(url) || !comma)
		return false;
	struct aip_str head = aip_strn(url.at + 5, (size_t)(comma - url.at) - 5);
	struct aip_str body = aip_strn(comma + 1, (size_t)(url.at + url.len - comma) - 1);
	const bool is_base64 = ends_nocase(head, AIP_LIT(";base64"));
	const char *semicolon = head.len ? memchr(head.at, ';', head.len) : NULL;
	struct aip_str mime =
		aip_strn(head.at, semicolon ? (size_t)(semicolon - head.at) : head.len);
	struct aip_str data;

	if (!is_base64)
		data = aip_base64(arena, aip_url_decode(arena, body, false));
	else if (!aip_base64_standard(arena, body, &data))
		return false;
	into->source = AIP_FROM_BASE64;
	into->data = data;
	into->mime = mime.len ? mime : aip_str(aip_sniff_base64(data));
	return true;
}

struct aip_str aip_data_url_of(struct aip_arena *arena, const struct aip_media *media)
{
	struct aip_str mime =
		media->mime.len ? media->mime : aip_str(aip_sniff_base64(media->data));
	const size_t len = 5 + mime.len + 8 + media->data.len;
	char *at = aip_arena_bytes(arena, len);

	memcpy(at, "data:", 5);
	memcpy(at + 5, mime.at, mime.len);
	memcpy(at + 5 + mime.len, ";base64,", 8);
	if (media->data.len)
		memcpy(at + 13 + mime.len, media->data.at, media->data.len);
	return aip_strn(at, len);
}

/* Audio fragments are pieces of one base64 text, or texts of their own: then padding stands in the
 * middle, and each stretch is decoded by itself. */
struct aip_str aip_base64_join(struct aip_arena *arena, struct aip_str said)
{
	struct aip_str bytes, whole;
	char *all = aip_arena_bytes(arena, said.len);
	size_t n = 0;

	if (aip_base64_standard(arena, said, &whole))
		return whole;
	for (size_t from = 0, to = 0; from < said.len; from = to) {
		while (to < said.len && said.at[to] != '=')
			to++;
		while (to < said.len && said.at[to] == '=')
			to++;
		if (!aip_base64_decode(arena, aip_strn(said.at + from, to - from), &bytes))
			return said;
		if (bytes.len)
			memcpy(all + n, bytes.at, bytes.len);
		n += bytes.len;
	}
	return aip_base64(arena, aip_strn(all, n));
}

struct aip_str aip_sound_type(struct aip_str format)
{
	static const struct {
		const char *format, *mime;
	} types[] = {{"mp3", "audio/mpeg"}, {"wav", "audio/wav"},   {"flac", "audio/flac"},
	             {"ogg", "audio/ogg"},  {"opus", "audio/opus"}, {"aac", "audio/aac"},
	             {"pcm16", "audio/pcm"}};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (aip_str_is(format, types[i].format))
			return aip_str(types[i].mime);
	return AIP_NONE;
}

/* ---- Media elsewhere ------------------------------------------------------------------------- */

static bool is_googles_uri(struct aip_str uri)
{
	static const char *const begins[] = {
		"gs://",
		"https://generativelanguage.googleapis.com/",
		"https://www.youtube.com/",
		"https://youtube.com/",
		"https://youtu.be/",
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (aip_str_starts(uri, aip_str(begins[i])))
			return true;
	return false;
}

bool aip_media_needs_bytes(enum aip_dialect upstream, const struct aip_caps *caps,
                           const struct aip_part *part)
{
	if (!part->media || part->media->source != AIP_FROM_URL)
		return false;
	switch (upstream) {
	case AIP_CHAT:
	case AIP_COMPLETIONS: return part->kind == AIP_DOCUMENT || part->kind == AIP_AUDIO;
	case AIP_RESPONSES: return part->kind == AIP_AUDIO && caps->audio == AIP_YES;
	case AIP_GEMINI: return caps->http_file_uri == AIP_NO && !is_googles_uri(part->media->data);
	default: return false;
	}
}

bool aip_media_is_remote(const struct aip_media *media)
{
	return media->source == AIP_FROM_URL && !is_googles_uri(media->data) &&
	       (starts_nocase(media->data, AIP_LIT("https://")) ||
	        starts_nocase(media->data, AIP_LIT("http://")));
}

/* Nothing where it only says that these are bytes. */
static struct aip_str said_type(struct aip_str content_type)
{
	static const char *const vague[] = {"application/octet-stream", "binary/octet-stream",
	                                    "application/x-download"};
	const char *semicolon =
		content_type.len ? memchr(content_type.at, ';', content_type.len) : NULL;
	struct aip_str said = aip_str_trim(
		semicolon ? aip_strn(content_type.at, (size_t)(semicolon - content_type.at))
			  : content_type);

	for (size_t i = 0; i < sizeof(vague) / sizeof(*vague); i++)
		if (aip_str_eq_nocase(said, aip_str(vague[i])))
			return AIP_NONE;
	return said;
}

/* Images of these types show it by their first bytes. */
static bool would_show(struct aip_str mime)
{
	static const char *const images[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++)
		if (aip_str_eq_nocase(mime, aip_str(images[i])))
			return true;
	return false;
}

struct aip_str aip_media_fetched_type(const struct aip_part *part, struct aip_str content_type,
                                      struct aip_str base64)
{
	const struct aip_media *media = part->media;
	const struct aip_str seen = aip_str(aip_sniff_base64(base64));
	const bool is_seen = !aip_str_is(seen, "application/octet-stream");
	const struct aip_str said = said_type(content_type);
	const struct aip_str others[] = {said, media->mime, aip_mime_of_name(media->filename),
	                                 aip_mime_of_name(media->data)};
	struct aip_str type = is_seen ? seen : AIP_NONE;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others) && !type.len; i++)
		type = others[i];
	if (!type.len || aip_media_kind(type) != part->kind ||
	    (said.len && aip_media_kind(said) != part->kind) || (!is_seen && would_show(type)))
		return AIP_NONE;
	return type;
}
