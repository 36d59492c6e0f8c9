/* Secrets: hints, wiping, random keys. */
#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/assert.h"

static size_t shown_at_each_end(size_t len)
{
	return len >= 16 ? 4 : len >= 8 ? 2 : len >= 4 ? 1 : 0;
}

static void show(char *into, const char *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char c = from[i];
		bool plain = c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
		into[i] = plain ? c : '?';
	}
	into[count] = '\0';
}

struct secret_hint secret_hint(struct aip_str secret)
{
	struct secret_hint hint = {"-"};
	size_t ends = shown_at_each_end(secret.len);
	char head[5], tail[5];

	if (!secret.len)
		return hint;
	if (!ends) {
		snprintf(hint.at, sizeof(hint.at), "***");
		return hint;
	}
	show(head, secret.at, ends);
	show(tail, secret.at + secret.len - ends, ends);
	snprintf(hint.at, sizeof(hint.at), "%s...%s(%zu)", head, tail, secret.len);
	return hint;
}

void secret_wipe(void *at, size_t bytes)
{
	if (at && bytes)
		explicit_bzero(at, bytes);
}

void secret_free(void *at, size_t bytes)
{
	secret_wipe(at, bytes);
	free(at);
}

struct copy {
	uint32_t magic;
	char *at;
	size_t len;
};

#define COPY_MAGIC 0x53454352u

static void wipe_copy(void *arg)
{
	struct copy *copy;

	AIP_CAST(copy, arg, COPY_MAGIC);
	secret_wipe(copy->at, copy->len);
}

struct aip_str secret_new(struct aip_arena *arena, struct aip_str secret)
{
	if (!secret.len)
		return aip_arena_dup(arena, secret);

	struct copy *copy = AIP_NEW(arena, struct copy);
	*copy = (struct copy){COPY_MAGIC, aip_arena_bytes(arena, secret.len + 1), secret.len};
	memcpy(copy->at, secret.at, secret.len);
	copy->at[secret.len] = '\0';
	aip_arena_at_end(arena, wipe_copy, copy);
	return aip_strn(copy->at, copy->len);
}

void secret_random(void *into, size_t bytes)
{
	char *at = into;

	while (bytes > 0) {
		ssize_t got = getrandom(at, bytes, 0);
		aip_assert(got > 0 || errno == EINTR);
		if (got > 0) {
			at += got;
			bytes -= (size_t)got;
		}
	}
}

void secret_random_base62(char *into, size_t chars)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char pool[64];
	size_t used = sizeof(pool);

	for (size_t i = 0; i < chars;) {
		if (used == sizeof(pool)) {
			secret_random(pool, sizeof(pool));
			used = 0;
		}
		unsigned char byte = pool[used++];
		if (byte < 248) /* 4 * 62: the rest would favour the first letters */
			into[i++] = alphabet[byte % 62];
	}
	into[chars] = '\0';
	secret_wipe(pool, sizeof(pool));
}
