/* UTF-8, one sequence at a time: what the text checks, JSON and the cutting of messages share. */
#ifndef SDK_BASE_UTF8_H
#define SDK_BASE_UTF8_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline bool utf8_is_tail(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Length of the valid sequence at `at`, 1..4; 0 when there is none before `end` (RFC 3629: no
 * surrogates, no overlong forms, nothing above U+10FFFF). at < end. */
static inline size_t utf8_sequence(const char *at, const char *end)
{
	const unsigned char *p = (const unsigned char *)at;
	size_t left = (size_t)(end - at);

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xe0)
		return p[0] >= 0xc2 && left >= 2 && utf8_is_tail(p[1]) ? 2 : 0;
	if (p[0] < 0xf0) {
		if (left < 3 || !utf8_is_tail(p[1]) || !utf8_is_tail(p[2]))
			return 0;
		if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0))
			return 0;
		return 3;
	}
	if (p[0] > 0xf4 || left < 4 || !utf8_is_tail(p[1]) || !utf8_is_tail(p[2]) ||
	    !utf8_is_tail(p[3]))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))
		return 0;
	return 4;
}

/* First byte of 0x80 or above, or end. */
static inline const char *utf8_skip_ascii(const char *at, const char *end)
{
#ifdef __SSE2__
	for (; end - at >= 16; at += 16) {
		int high = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)at));
		if (high)
			return at + __builtin_ctz((unsigned)high);
	}
#endif
	while (at < end && (unsigned char)*at < 0x80)
		at++;
	return at;
}

/* Length of text[0..len) without a sequence that was cut off at its end. */
static inline size_t utf8_whole(const char *text, size_t len)
{
	size_t lead = len;

	while (lead > 0 && len - lead < 3 && utf8_is_tail((unsigned char)text[lead - 1]))
		lead--;
	if (lead == 0)
		return len;

	unsigned char byte = (unsigned char)text[lead - 1];
	size_t wants = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
	return len - (lead - 1) < wants ? lead - 1 : len;
}

/* Puts U+code at `into` (room for 4), surrogates in their three-byte form. Returns the length. */
static inline size_t utf8_put(char *into, uint32_t code)
{
	if (code < 0x80) {
		into[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		into[0] = (char)(0xc0 | code >> 6);
		into[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		into[0] = (char)(0xe0 | code >> 12);
		into[1] = (char)(0x80 | (code >> 6 & 0x3f));
		into[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	into[0] = (char)(0xf0 | code >> 18);
	into[1] = (char)(0x80 | (code >> 12 & 0x3f));
	into[2] = (char)(0x80 | (code >> 6 & 0x3f));
	into[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* vsnprintf that ends at a character's boundary when it has to cut; whether it did not. */
__attribute__((format(printf, 3, 0))) static inline bool
utf8_print_cut(char *into, size_t bytes, const char *fmt, va_list args)
{
	int len = vsnprintf(into, bytes, fmt, args);

	if (len >= 0 && (size_t)len < bytes)
		return true;
	into[len < 0 ? 0 : utf8_whole(into, bytes - 1)] = 0;
	return false;
}

#endif
