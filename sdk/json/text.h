/* The insides of JSON strings: runs that need no care, and escapes. */
#ifndef SDK_JSON_TEXT_H
#define SDK_JSON_TEXT_H

#include <aiproxy/json.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TEXT_STRIDE 16 /* bytes looked at together */

#ifdef __SSE2__
static inline __m128i text_load(const char *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline __m128i text_equal(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* Quotes, controls, and what is not ASCII: as signed numbers, bytes from 0x80 on are below the space
 * too. */
static inline __m128i text_stops(__m128i v)
{
	return _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(' ')), text_equal(v, '"'));
}

/* A bit for each byte that was found. */
static inline unsigned text_bits(__m128i found)
{
	return (unsigned)_mm_movemask_epi8(found);
}

static inline unsigned text_odd_bits(__m128i v)
{
	return text_bits(_mm_or_si128(text_stops(v), text_equal(v, '\\')));
}
#endif

/* A quote, a backslash, a control, or not ASCII. */
static inline bool text_is_odd(char c)
{
	return (signed char)c < ' ' || c == '"' || c == '\\';
}

/* The first odd byte; `end` when there is none. */
static inline const char *text_plain_run(const char *at, const char *end)
{
#ifdef __SSE2__
	for (; end - at >= TEXT_STRIDE; at += TEXT_STRIDE) {
		__m128i v = text_load(at);
		unsigned odd = text_odd_bits(v);
		if (odd)
			return at + __builtin_ctz(odd);
	}
#endif
	while (at < end && !text_is_odd(*at))
		at++;
	return at;
}

/* Copies up to the first odd byte, or to the end, and moves *into behind what was copied. Whole
 * strides are stored even when only their front counts: there is room for one more behind them.
 * Returns where it stopped. */
static inline const char *text_plain_copy(const char *at, const char *end, char **into)
{
	char *out = *into;

#ifdef __SSE2__
	for (; end - at >= TEXT_STRIDE; at += TEXT_STRIDE, out += TEXT_STRIDE) {
		__m128i v = text_load(at);
		unsigned odd = text_odd_bits(v);
		_mm_storeu_si128((__m128i *)(void *)out, v);
		if (odd) {
			*into = out + __builtin_ctz(odd);
			return at + __builtin_ctz(odd);
		}
	}
#endif
	while (at < end && !text_is_odd(*at))
		*out++ = *at++;
	*into = out;
	return at;
}

/* Like text_plain_run, but passes over the escapes of two bytes too; *ret_escaped becomes true when
 * there were any. A backslash is returned only where another byte follows that makes no such
 * escape, or none does. */
const char *text_short_run(const char *at, const char *end, bool *ret_escaped);

/* Behind the escape at `at`, a backslash; NULL when it is none of JSON's. */
const char *text_escape_end(const char *at, const char *end);

/* Decodes the inside of a string (no quotes) that is known to be valid. Room for inside.len bytes
 * at `into` is enough. Returns the length. */
size_t text_decode(struct aip_str inside, char *into);

/* Whether the inside of a valid string decodes to `text`. */
bool text_decodes_to(struct aip_str inside, struct aip_str text);

#endif
