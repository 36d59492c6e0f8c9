/* Questions about borrowed bytes: compare, find, match, read as a number. */
#include <aiproxy/base.h>

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/number.h"
#include "base/oom.h"
#include "base/utf8.h"

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool aip_str_eq_nocase(struct aip_str a, struct aip_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	}
	return true;
}

struct aip_str aip_str_trim(struct aip_str s)
{
	while (s.len && is_blank(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

/* Bytes of the white space that `s` begins with, 0 when it begins with something else. */
static size_t space_at(struct aip_str s)
{
	static const char *const wide[] = {
		"\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
		"\u2004",   "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
		"\u2028",   "\u2029", "\u202f", "\u205f", "\u3000",
	};
	const unsigned char first = (unsigned char)s.at[0];

	if (first < 0x80)
		return (first >= '\t' && first <= '\r') || (first >= 0x1c && first <= ' ');
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		if (aip_str_starts(s, aip_str(wide[i])))
			return strlen(wide[i]);
	}
	return 0;
}

bool aip_str_is_blank(struct aip_str s)
{
	while (s.len) {
		const size_t n = space_at(s);
		if (!n)
			return false;
		s = aip_strn(s.at + n, s.len - n);
	}
	return true;
}

ptrdiff_t aip_str_find(struct aip_str s, struct aip_str needle)
{
	if (needle.len == 0)
		return 0;
	if (s.len == 0)
		return -1;

	const char *place = memmem(s.at, s.len, needle.at, needle.len);
	return place ? place - s.at : -1;
}

/* Place of the `]` that ends the class opened at `at`, or 0: then the bracket is a plain byte. A
 * `]` right behind the opening is a member. */
static size_t class_end(struct aip_str pattern, size_t at)
{
	size_t i = at + 1;

	if (i < pattern.len && pattern.at[i] == '!')
		i++;
	for (i++; i < pattern.len; i++) {
		if (pattern.at[i] == ']')
			return i;
	}
	return 0;
}

static bool class_has(struct aip_str members, unsigned char byte)
{
	bool inverted = members.len > 1 && members.at[0] == '!';

	for (size_t i = inverted; i < members.len; i++) {
		unsigned char low = lower(members.at[i]), high = low;
		if (i + 2 < members.len && members.at[i + 1] == '-') {
			high = lower(members.at[i + 2]);
			i += 2;
		}
		if (byte >= low && byte <= high)
			return !inverted;
	}
	return inverted;
}

/* Whether the one-byte item at pattern[at] takes `byte`; *ret_next is the item behind it. */
static bool glob_takes(struct aip_str pattern, size_t at, char byte, size_t *ret_next)
{
	*ret_next = at + 1;
	if (pattern.at[at] == '?')
		return true;

	size_t end = pattern.at[at] == '[' ? class_end(pattern, at) : 0;
	if (!end)
		return lower(pattern.at[at]) == lower(byte);
	*ret_next = end + 1;
	return class_has(aip_strn(pattern.at + at + 1, end - at - 1), lower(byte));
}

bool aip_str_glob(struct aip_str pattern, struct aip_str s)
{
	size_t p = 0, i = 0, next;
	size_t star = SIZE_MAX, star_i = 0;

	/* Only the latest star can need a longer run: what stood before it matched as early as it
	 * could. So the worst case is the product of the lengths. */
	while (i < s.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = ++p;
			star_i = i;
		} else if (p < pattern.len && glob_takes(pattern, p, s.at[i], &next)) {
			p = next;
			i++;
		} else if (star != SIZE_MAX) {
			p = star;
			i = ++star_i;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

bool aip_str_int(struct aip_str s, int64_t *ret)
{
	bool minus = s.len && s.at[0] == '-';
	size_t i = s.len && (s.at[0] == '-' || s.at[0] == '+');
	int64_t sum = 0;

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (!is_digit(s.at[i]))
			return false;
		int digit = s.at[i] - '0';
		/* counted downwards, since the negative side is the longer one */
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_sub_overflow(sum, digit, &sum))
			return false;
	}
	if (!minus && sum == INT64_MIN)
		return false;
	*ret = minus ? sum : -sum;
	return true;
}

bool aip_str_double(struct aip_str s, double *ret)
{
	char small[64];
	char *text = small;

	if (s.len == 0 || number_end(s.at, s.at + s.len) != s.at + s.len)
		return false;
	if (s.len >= sizeof(small)) {
		text = malloc(s.len + 1);
		if (!text)
			OOM_DIE(s.len + 1);
	}
	memcpy(text, s.at, s.len);
	text[s.len] = 0;

	/* the program's locale may write the point as a comma */
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double number = c ? strtod_l(text, NULL, c) : strtod(text, NULL);
	if (c)
		freelocale(c);
	if (text != small)
		free(text);
	if (!isfinite(number))
		return false;
	*ret = number;
	return true;
}

bool aip_str_eq_secret(struct aip_str a, struct aip_str b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.at, b.at, a.len) == 0);
}

bool aip_str_is_utf8(struct aip_str s)
{
	const char *at = s.at ? s.at : "", *end = at + s.len;

	while ((at = utf8_skip_ascii(at, end)) < end) {
		do {
			size_t n = utf8_sequence(at, end);
			if (n == 0)
				return false;
			at += n;
		} while (at < end && (unsigned char)*at >= 0x80);
	}
	return true;
}
