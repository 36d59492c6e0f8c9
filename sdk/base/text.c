/* Other spellings of bytes: base64, hex digests, percent encoding. */
#include <aiproxy/base.h>

#include <openssl/evp.h>

#include "base/oom.h"

static const char standard_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_upper[] = "0123456789ABCDEF";
static const char hex_lower[] = "0123456789abcdef";

static struct aip_str encode(struct aip_arena *arena, struct aip_str bytes, const char *alphabet,
                             bool pad)
{
	const unsigned char *in = (const unsigned char *)bytes.at;
	size_t tail = bytes.len % 3;

	if (bytes.len / 3 >= SIZE_MAX / 4 - 1)
		OOM_DIE(bytes.len);
	char *text = aip_arena_bytes(arena, bytes.len / 3 * 4 + 5), *out = text;
	for (size_t left = bytes.len / 3; left; left--, in += 3) {
		uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		*out++ = alphabet[group >> 6 & 63];
		*out++ = alphabet[group & 63];
	}
	if (tail) {
		uint32_t group = (uint32_t)in[0] << 16 | (tail == 2 ? (uint32_t)in[1] << 8 : 0);
		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		if (tail == 2)
			*out++ = alphabet[group >> 6 & 63];
		for (size_t i = tail; pad && i < 3; i++)
			*out++ = '=';
	}
	*out = 0;
	return aip_strn(text, (size_t)(out - text));
}

struct aip_str aip_base64(struct aip_arena *arena, struct aip_str bytes)
{
	return encode(arena, bytes, standard_alphabet, true);
}

struct aip_str aip_base64url(struct aip_arena *arena, struct aip_str bytes)
{
	return encode(arena, bytes, url_alphabet, false);
}

/* What a byte means in base64: 0..63 its value in both alphabets, S and U those where they differ.
 */
#define S62 0x40 /* + */
#define S63 0x41 /* / */
#define U62 0x42 /* - */
#define U63 0x43 /* _ */
#define PAD 0x44
#define GAP 0x45 /* white space */
#define BAD 0x46

/* clang-format off */
static const unsigned char meaning[128] = {
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, GAP, GAP, BAD, BAD, GAP, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	GAP, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, S62, BAD, U62, BAD, S63,
	 52,  53,  54,  55,  56,  57,  58,  59,  60,  61, BAD, BAD, BAD, PAD, BAD, BAD,
	BAD,   0,   1,   2,   3,   4,   5,   6,   7,   8,   9,  10,  11,  12,  13,  14,
	 15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  25, BAD, BAD, BAD, BAD, U63,
	BAD,  26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,  37,  38,  39,  40,
	 41,  42,  43,  44,  45,  46,  47,  48,  49,  50,  51, BAD, BAD, BAD, BAD, BAD,
};
/* clang-format on */

static unsigned meaning_of(char c)
{
	return (unsigned char)c < 128 ? meaning[(unsigned char)c] : BAD;
}

struct spelling {
	size_t digits;
	size_t pads;
	bool standard; /* + or / seen */
	bool url;      /* - or _ seen */
	bool gaps;
};

/* Looks over a base64 text; false when it is none. */
static bool spelling_of(struct aip_str text, struct spelling *ret)
{
	struct spelling s = {0};

	for (size_t i = 0; i < text.len; i++) {
		unsigned m = meaning_of(text.at[i]);
		if (m == BAD || (s.pads && m < PAD))
			return false;
		s.digits += m < PAD;
		s.pads += m == PAD;
		s.gaps |= m == GAP;
		s.standard |= m == S62 || m == S63;
		s.url |= m == U62 || m == U63;
	}
	if (s.digits % 4 == 1 || (s.standard && s.url))
		return false;
	if (s.pads && (s.pads > 2 || (s.digits + s.pads) % 4))
		return false;
	*ret = s;
	return true;
}

/* Six bits of a digit of either alphabet. */
static uint32_t value_of(unsigned m)
{
	return m < 64 ? m : 62 + (m & 1);
}

bool aip_base64_decode(struct aip_arena *arena, struct aip_str text, struct aip_str *ret)
{
	struct spelling s;

	if (!spelling_of(text, &s))
		return false;

	char *bytes = aip_arena_bytes(arena, s.digits / 4 * 3 + 3), *out = bytes;
	uint32_t group = 0;
	unsigned have = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned m = meaning_of(text.at[i]);
		if (m >= PAD)
			continue;
		group = group << 6 | value_of(m);
		if (++have % 4)
			continue;
		*out++ = (char)(group >> 16);
		*out++ = (char)(group >> 8);
		*out++ = (char)group;
	}
	if (have % 4 == 2) {
		*out++ = (char)(group >> 4);
	} else if (have % 4 == 3) {
		*out++ = (char)(group >> 10);
		*out++ = (char)(group >> 2);
	}
	*out = 0;
	*ret = aip_strn(bytes, (size_t)(out - bytes));
	return true;
}

bool aip_base64_standard(struct aip_arena *arena, struct aip_str text, struct aip_str *ret)
{
	struct spelling s;

	if (!spelling_of(text, &s))
		return false;
	if (text.at && !s.gaps && !s.url && (s.digits + s.pads) % 4 == 0) {
		*ret = text;
		return true;
	}

	char *copy = aip_arena_bytes(arena, s.digits + 4), *out = copy;
	for (size_t i = 0; i < text.len; i++) {
		unsigned m = meaning_of(text.at[i]);
		if (m < PAD)
			*out++ = standard_alphabet[value_of(m)];
	}
	while ((out - copy) % 4)
		*out++ = '=';
	*out = 0;
	*ret = aip_strn(copy, (size_t)(out - copy));
	return true;
}

struct aip_str aip_sha256_hex(struct aip_arena *arena, struct aip_str bytes)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	/* the only way this can fail is for want of memory */
	if (!EVP_Digest(bytes.at ? bytes.at : "", bytes.len, digest, &len, EVP_sha256(), NULL))
		OOM_DIE(sizeof(digest));

	char *hex = aip_arena_bytes(arena, (size_t)len * 2 + 1);
	for (unsigned i = 0; i < len; i++) {
		hex[2 * i] = hex_lower[digest[i] >> 4];
		hex[2 * i + 1] = hex_lower[digest[i] & 15];
	}
	hex[2 * len] = 0;
	return aip_strn(hex, (size_t)len * 2);
}

static bool is_kept(char c, const char *keep)
{
	bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	                  (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';

	return unreserved || (c && keep && strchr(keep, c));
}

struct aip_str aip_url_encode(struct aip_arena *arena, struct aip_str s, const char *keep)
{
	size_t len = s.len;

	for (size_t i = 0; i < s.len; i++)
		len += is_kept(s.at[i], keep) ? 0 : 2;

	char *text = aip_arena_bytes(arena, len + 1), *out = text;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char byte = (unsigned char)s.at[i];
		if (is_kept(s.at[i], keep)) {
			*out++ = s.at[i];
			continue;
		}
		*out++ = '%';
		*out++ = hex_upper[byte >> 4];
		*out++ = hex_upper[byte & 15];
	}
	*out = 0;
	return aip_strn(text, len);
}

/* Value of a hex digit, -1 when it is none. */
static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct aip_str aip_url_decode(struct aip_arena *arena, struct aip_str s, bool form)
{
	char *text = aip_arena_bytes(arena, s.len + 1), *out = text;

	for (size_t i = 0; i < s.len; i++) {
		bool escape = s.at[i] == '%' && s.len - i > 2 && nibble(s.at[i + 1]) >= 0 &&
		              nibble(s.at[i + 2]) >= 0;
		if (escape) {
			*out++ = (char)(nibble(s.at[i + 1]) << 4 | nibble(s.at[i + 2]));
			i += 2;
		} else {
			*out++ = form && s.at[i] == '+' ? ' ' : s.at[i];
		}
	}
	*out = 0;
	return aip_strn(text, (size_t)(out - text));
}
