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

/* Behind \uXXXX at `at`, or NULL. */
static const char *code_end(const char *at, const char *end)
{
	if (end - at < 6)
		return NULL;
	for (int i = 2; i < 6; i++) {
		if (nibble(at[i]) < 0)
			return NULL;
	}
	return at + 6;
}

const char *text_escape_end(const char *at, const char *end)
{
	if (end - at < 2)
		return NULL;
	switch (at[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't': return at + 2;
	case 'u': return code_end(at, end);
	default: return NULL;
	}
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

/* Copies up to the next backslash, or to the end, and moves both behind what was copied. Whole
 * strides are stored even when only their front counts: the room is as long as the rest of the
 * source, since decoding never lengthens. */
static inline void copy_run(const char **from, const char *end, char **into)
{
	const char *at = *from;
	char *out = *into;

#ifdef __SSE2__
	const __m128i backslash = _mm_set1_epi8('\\');

	for (; end - at >= 16; at += 16, out += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		_mm_storeu_si128((__m128i *)(void *)out, v);
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, backslash));
		if (mask) {
			*from = at + __builtin_ctz(mask);
			*into = out + __builtin_ctz(mask);
			return;
		}
	}
#endif
	while (at < end && *at != '\\')
		*out++ = *at++;
	*from = at;
	*into = out;
}

size_t text_decode(struct aip_str inside, char *into)
{
	const char *at = inside.at, *end = at + inside.len;
	char *out = into;

	for (;;) {
		copy_run(&at, end, &out);
		if (at == end)
			return (size_t)(out - into);
		out += escape_decode(&at, end, out);
	}
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
