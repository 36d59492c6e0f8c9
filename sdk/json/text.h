/* The insides of JSON strings: runs that need no care, and escapes. */
#ifndef SDK_JSON_TEXT_H
#define SDK_JSON_TEXT_H

#include <aiproxy/json.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* First byte that is a quote, a backslash, a control or not ASCII; `end` when there is none. */
static inline const char *text_plain_run(const char *at, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');

	for (; end - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		/* signed: bytes from 0x80 on are below the space, too */
		__m128i odd = _mm_or_si128(
			_mm_cmplt_epi8(v, space),
			_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
		int mask = _mm_movemask_epi8(odd);
		if (mask)
			return at + __builtin_ctz((unsigned)mask);
	}
#endif
	while (at < end && (signed char)*at >= ' ' && *at != '"' && *at != '\\')
		at++;
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
