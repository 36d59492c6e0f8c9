/* Decodes the escapes of JSON strings. */
#include "json/text.h"

#include "base/utf8.h"

/* Value of a hex digit, -1 when it is none. */
static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *text_escape_end(const char *at, const char *end)
{
	if (end - at < 2)
		return NULL;
	if (at[1] != 'u')
		return at[1] && strchr("\"\\/bfnrt", at[1]) ? at + 2 : NULL;
	if (end - at < 6)
		return NULL;
	for (int i = 2; i < 6; i++) {
		if (nibble(at[i]) < 0)
			return NULL;
	}
	return at + 6;
}

static uint32_t hex4(const char *at)
{
	return (uint32_t)(nibble(at[0]) << 12 | nibble(at[1]) << 8 | nibble(at[2]) << 4 |
			  nibble(at[3]));
}

static char short_escape(char letter)
{
	switch (letter) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return letter;
	}
}

/* Decodes the valid escape at *at, and its other half when it is a surrogate's, and moves *at
 * behind it. A half alone keeps its three-byte form. Returns the bytes put at `into`, at most 4. */
static size_t escape_decode(const char **at, const char *end, char *into)
{
	const char *p = *at;

	if (p[1] != 'u') {
		*at = p + 2;
		into[0] = short_escape(p[1]);
		return 1;
	}
	uint32_t code = hex4(p + 2);
	*at = p + 6;
	if ((code & 0xfc00) == 0xd800 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
		uint32_t low = hex4(p + 8);
		if ((low & 0xfc00) == 0xdc00) {
			*at = p + 12;
			code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
		}
	}
	return utf8_put(into, code);
}

size_t text_decode(struct aip_str inside, char *into)
{
	const char *at = inside.at, *end = at + inside.len;
	char *out = into;

	while (at < end) {
		const char *escape = memchr(at, '\\', (size_t)(end - at));
		size_t run = (size_t)((escape ? escape : end) - at);
		memcpy(out, at, run);
		out += run;
		at += run;
		if (escape)
			out += escape_decode(&at, end, out);
	}
	return (size_t)(out - into);
}

bool text_decodes_to(struct aip_str inside, struct aip_str text)
{
	const char *at = inside.at, *end = at + inside.len;
	size_t seen = 0;

	while (at < end) {
		char unit[4];
		size_t n = 1;
		if (*at == '\\')
			n = escape_decode(&at, end, unit);
		else
			unit[0] = *at++;
		if (text.len - seen < n || memcmp(text.at + seen, unit, n) != 0)
			return false;
		seen += n;
	}
	return seen == text.len;
}
