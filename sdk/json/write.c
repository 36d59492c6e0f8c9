/* Writes JSON into a buffer, without a tree. */
#include <aiproxy/json.h>

#include "base/utf8.h"
#include "json/text.h"

#define SLICE_BYTES 4096 /* of a string: room is made for so many at a time */

/* aip_buf_add for the many small pieces: a call only when the room is used up. */
static inline void add(struct aip_buf *buf, const char *at, size_t bytes)
{
	if (buf->status || !buf->at || bytes > buf->cap - buf->len) {
		aip_buf_add(buf, aip_strn(at, bytes));
		return;
	}
	memcpy(buf->at + buf->len, at, bytes);
	buf->len += bytes;
	buf->at[buf->len] = 0;
}

/* The comma that the coming value or key needs. */
static void begin(struct aip_json_out *out)
{
	if (out->comma)
		add(out->buf, ",", 1);
}

void aip_json_open(struct aip_json_out *out, char bracket)
{
	begin(out);
	add(out->buf, &bracket, 1);
	out->comma = false;
}

void aip_json_close(struct aip_json_out *out, char bracket)
{
	add(out->buf, &bracket, 1);
	out->comma = true;
}

/* First byte that must not stand in a string as it is, or end. */
static const char *clean_run(const char *at, const char *end)
{
	for (;;) {
		at = text_plain_run(at, end);
		if (at == end || (unsigned char)*at < 0x80)
			return at;
		size_t n = utf8_sequence(at, end);
		if (n == 0)
			return at;
		at += n;
	}
}

/* Writes \uXXXX. */
static void add_code(struct aip_buf *buf, unsigned code)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = {
		'\\',          'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15],
		hex[code & 15]};

	add(buf, text, sizeof(text));
}

/* The second byte of the escape of two that stands for a byte; 0: it has none. */
static const char letter_of[256] = {
	['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
	['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

/* Writes in another form what cannot stand as it is. Returns the bytes of text it stood for. */
static size_t add_escaped(struct aip_buf *buf, const char *at, const char *end)
{
	const unsigned char *p = (const unsigned char *)at;
	char letter = letter_of[p[0]];

	if (letter) {
		add(buf, (char[]){'\\', letter}, 2);
		return 1;
	}
	if (p[0] < ' ') {
		add_code(buf, p[0]);
		return 1;
	}
	if (end - at >= 3 && p[0] == 0xed && p[1] >= 0xa0 && p[1] <= 0xbf && utf8_is_tail(p[2])) {
		add_code(buf, 0xd000u | (unsigned)(p[1] & 0x3f) << 6 | (p[2] & 0x3f));
		return 3;
	}
	add(buf, "\xef\xbf\xbd", 3); /* U+FFFD */
	return 1;
}

/* Writes plain bytes and what has an escape of two, as far as they go and the slice: there is room
 * for it at `into`, twice its bytes and a stride. Moves *at behind what was written; returns the
 * bytes put. */
static size_t put_easy(const char **at, const char *end, char *into)
{
	const char *from = *at;
	char *out = into;

	while ((from = text_plain_copy(from, end, &out)) < end) {
		char letter = letter_of[(unsigned char)*from];
		if (!letter)
			break;
		*out++ = '\\';
		*out++ = letter;
		from++;
	}
	*at = from;
	return (size_t)(out - into);
}

/* The easy beginning of what is left, slice by slice. */
static void add_easy(struct aip_buf *buf, const char **at, const char *end)
{
	const char *slice_end;

	do {
		slice_end = end - *at > SLICE_BYTES ? *at + SLICE_BYTES : end;
		size_t most = (size_t)(slice_end - *at) * 2 + TEXT_STRIDE;
		if (buf->status || most > buf->ceiling - buf->len)
			return;
		char *into = aip_buf_reserve(buf, most);
		if (!into)
			return;
		buf->len += put_easy(at, slice_end, into);
		buf->at[buf->len] = 0;
	} while (*at == slice_end && *at < end);
}

static void add_string(struct aip_buf *buf, struct aip_str text)
{
	const char *at = text.at ? text.at : "", *end = at + text.len;

	add(buf, "\"", 1);
	while (at < end) {
		add_easy(buf, &at, end);
		if (at == end)
			break;
		const char *run = clean_run(at, end);
		add(buf, at, (size_t)(run - at));
		at = run;
		if (at < end)
			at += add_escaped(buf, at, end);
	}
	add(buf, "\"", 1);
}

void aip_json_key_str(struct aip_json_out *out, struct aip_str key)
{
	begin(out);
	add_string(out->buf, key);
	add(out->buf, ":", 1);
	out->comma = false;
}

void aip_json_key(struct aip_json_out *out, const char *key)
{
	aip_json_key_str(out, aip_str(key));
}

void aip_json_put_str(struct aip_json_out *out, struct aip_str text)
{
	begin(out);
	add_string(out->buf, text);
	out->comma = true;
}

void aip_json_put_int(struct aip_json_out *out, int64_t number)
{
	char text[24], *at = text + sizeof(text);
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	aip_json_put_raw(out, aip_strn(at, (size_t)(text + sizeof(text) - at)));
}

void aip_json_put_bool(struct aip_json_out *out, bool yes)
{
	aip_json_put_raw(out, yes ? AIP_LIT("true") : AIP_LIT("false"));
}

void aip_json_put_null(struct aip_json_out *out)
{
	aip_json_put_raw(out, AIP_LIT("null"));
}

void aip_json_put_raw(struct aip_json_out *out, struct aip_str json)
{
	begin(out);
	if (json.len)
		add(out->buf, json.at, json.len);
	else
		add(out->buf, "null", 4);
	out->comma = true;
}

void aip_json_str(struct aip_json_out *out, const char *key, struct aip_str text)
{
	aip_json_key(out, key);
	aip_json_put_str(out, text);
}

void aip_json_str_some(struct aip_json_out *out, const char *key, struct aip_str text)
{
	if (text.at)
		aip_json_str(out, key, text);
}

void aip_json_raw_some(struct aip_json_out *out, const char *key, struct aip_str json)
{
	if (!json.at)
		return;
	aip_json_key(out, key);
	aip_json_put_raw(out, json);
}

void aip_json_int_kv(struct aip_json_out *out, const char *key, int64_t number)
{
	aip_json_key(out, key);
	aip_json_put_int(out, number);
}

void aip_json_bool_kv(struct aip_json_out *out, const char *key, bool yes)
{
	aip_json_key(out, key);
	aip_json_put_bool(out, yes);
}

void aip_json_null_kv(struct aip_json_out *out, const char *key)
{
	aip_json_key(out, key);
	aip_json_put_null(out);
}

void aip_json_put_tree(struct aip_json_out *out, const struct aip_json *tree)
{
	aip_json_put_raw(out, tree ? tree->raw : AIP_NONE);
}
