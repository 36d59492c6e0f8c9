/* Who is asking: client keys, looked up in constant time. */
#include "access/access.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/secret.h"

struct access_row {
	unsigned char digest[32];
	struct principal who;
};

struct access {
	unsigned char secret[32];
	EVP_MD *sha256; /* looked up once: that costs more than the digest */
	size_t n;
	struct access_row *rows; /* sorted by digest */
};

/* Secret first: the digest never leaves the process, so nobody can lengthen it. */
static void digest_of(const struct access *access, struct aip_str key, unsigned char into[32])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	aip_assert(ctx && EVP_DigestInit_ex2(ctx, access->sha256, NULL) &&
	           EVP_DigestUpdate(ctx, access->secret, sizeof(access->secret)) &&
	           EVP_DigestUpdate(ctx, key.at, key.len) && EVP_DigestFinal_ex(ctx, into, NULL));
	EVP_MD_CTX_free(ctx);
}

static void sha256_free(void *sha256)
{
	EVP_MD_free(sha256);
}

static int by_digest(const void *a, const void *b)
{
	return memcmp(((const struct access_row *)a)->digest,
	              ((const struct access_row *)b)->digest, 32);
}

struct access *access_new(struct aip_arena *arena, const struct aip_str *keys, size_t n_keys)
{
	struct access *access = AIP_NEW(arena, struct access);

	secret_random(access->secret, sizeof(access->secret));
	access->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	aip_assert(access->sha256);
	aip_arena_at_end(arena, sha256_free, access->sha256);
	access->n = n_keys;
	access->rows = aip_arena_alloc(arena, n_keys * sizeof(*access->rows));
	for (size_t i = 0; i < n_keys; i++) {
		struct access_row *row = &access->rows[i];
		digest_of(access, keys[i], row->digest);
		row->who.hint = aip_arena_dup(arena, aip_str(secret_hint(keys[i]).at));
		memcpy(row->who.id, aip_sha256_hex(arena, keys[i]).at, 16);
	}
	if (n_keys)
		qsort(access->rows, n_keys, sizeof(*access->rows), by_digest);
	return access;
}

/* The search compares digests under a secret, whose order tells nothing about the keys. */
static const struct principal *find(const struct access *access, struct aip_str key)
{
	struct access_row wanted;

	digest_of(access, key, wanted.digest);
	const struct access_row *row =
		bsearch(&wanted, access->rows, access->n, sizeof(wanted), by_digest);
	return row ? &row->who : NULL;
}

static struct aip_str bearer_of(struct aip_str value)
{
	if (value.len > 7 && aip_str_eq_nocase(aip_strn(value.at, 7), AIP_LIT("Bearer ")))
		return aip_str_trim(aip_strn(value.at + 7, value.len - 7));
	return value;
}

enum aip_status access_admit(const struct access *access, const struct access_offer *offer,
                             const struct principal **ret, struct aip_error *reterr)
{
	const struct aip_str offered[] = {
		offer->authorization.at ? bearer_of(offer->authorization) : AIP_NONE,
		offer->x_goog_api_key,
		offer->x_api_key,
		offer->query_key,
		offer->query_token,
	};
	bool any = false;

	if (access->n == 0) {
		*ret = NULL;
		return AIP_OK;
	}
	for (size_t i = 0; i < sizeof(offered) / sizeof(*offered); i++) {
		if (!offered[i].at)
			continue;
		any = true;
		const struct principal *who = find(access, offered[i]);
		if (who) {
			*ret = who;
			return AIP_OK;
		}
	}
	return aip_fail(reterr, AIP_CLIENT_UNKNOWN, any ? "Invalid API key" : "Missing API key");
}

struct aip_str access_query(struct aip_arena *arena, struct aip_str query, const char *name)
{
	const size_t name_len = strlen(name);
	size_t at = 0;

	while (at < query.len) {
		const char *pair = query.at + at;
		const char *amp = memchr(pair, '&', query.len - at);
		size_t len = amp ? (size_t)(amp - pair) : query.len - at;
		if (len > name_len && pair[name_len] == '=' && memcmp(pair, name, name_len) == 0)
			return aip_url_decode(
				arena, aip_strn(pair + name_len + 1, len - name_len - 1), true);
		at += len + 1;
	}
	return AIP_NONE;
}
