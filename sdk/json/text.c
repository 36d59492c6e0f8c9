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

/* What the escapes of two bytes stand for, by their second; 0: none. */
static const char short_escape[256] = {
	['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
	['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

const char *text_escape_end(const char *at, const char *end)
{
	if (end - at < 2)
		return NULL;
	if (at[1] == 'u')
		return code_end(at, end);
	return short_escape[(unsigned char)at[1]] ? at + 2 : NULL;
}

/* In source code and prose with line ends every tenth byte is an escape, so they are passed over
 * within the sixteen bytes at hand. */
const char *text_short_run(const char *at, const char *end, bool *ret_escaped)
{
#ifdef __SSE2__
	while (end - at > TEXT_STRIDE) {
		__m128i v = text_load(at);
		unsigned escapes = text_bits(text_equal(v, '\\'));
		unsigned stops = text_bits(text_stops(v));
		unsigned stride = TEXT_STRIDE;
		while (escapes) {
			unsigned first = (unsigned)__builtin_ctz(escapes);
			if (stops & ((1u << first) - 1))
				break;
			if (!short_escape[(unsigned char)at[first + 1]])
				return at + first;
			*ret_escaped = true;
			unsigned behind = ~0u << (first + 2);
			escapes &= behind;
			stops &= behind;
			stride = first + 2 > stride ? first + 2 : stride;
		}
		if (stops)
			return at + __builtin_ctz(stops);
		at += stride;
	}
#endif
	while ((at = text_plain_run(at, end)) < end && *at == '\\' && end - at > 1 &&
	       short_escape[(unsigned char)at[1]]) {
		*ret_escaped = true;
		at += 2;
	}
	return at;
}

static uint32_t hex4(const char *at)
{
	return (uint32_t)(nibble(at[0]) << 12 | nibble(at[1]) << 8 | nibble(at[2]) << 4 |
	                  nibble(at[3]));
}

/* Decodes the valid escape at *at, and its other half when it is a surrogate's, and moves *at
 * behind it. A half alone keeps its three-byte form. Returns the bytes put at `into`, at most 4. */
static size_t escape_decode(const char **at, const char *end, char *into)
{
	const char *p = *at;

	if (p[1] != 'u') {
		*at = p + 2;
		into[0] = short_escape[(unsigned char)p[1]];
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
	for (; end - at >= TEXT_STRIDE; at += TEXT_STRIDE, out += TEXT_STRIDE) {
		__m128i v = text_load(at);
		unsigned backslash = text_bits(text_equal(v, '\\'));
		_mm_storeu_si128((__m128i *)(void *)out, v);
		if (backslash) {
			*from = at + __builtin_ctz(backslash);
			*into = out + __builtin_ctz(backslash);
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
		if (at[1] != 'u') {
			*out++ = short_escape[(unsigned char)at[1]];
			at += 2;
			continue;
		}
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
