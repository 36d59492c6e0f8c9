/* What is kept over reloads: small values by key, bounded, forgotten oldest first. */
#include "call/memo.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/assert.h"
#include "base/secret.h"

#define BUCKETS 4096

struct entry {
	TAILQ_ENTRY(entry) by_age;
	SLIST_ENTRY(entry) in_bucket;
	size_t bucket;
	int64_t until_ms;
	size_t key_len, value_len;
	char bytes[]; /* key, value */
};

struct memo {
	pthread_mutex_t lock; /* guards all below; leaf */
	TAILQ_HEAD(, entry) oldest_first;
	SLIST_HEAD(, entry) buckets[BUCKETS];
	size_t n, bytes;
	size_t entries_max, bytes_max;
};

struct memo *memo_create(size_t entries_max, size_t bytes_max)
{
	struct memo *memo = calloc(1, sizeof(*memo));

	aip_assert(memo);
	pthread_mutex_init(&memo->lock, NULL);
	TAILQ_INIT(&memo->oldest_first);
	memo->entries_max = entries_max;
	memo->bytes_max = bytes_max;
	return memo;
}

static void forget(struct memo *memo, struct entry *entry)
{
	TAILQ_REMOVE(&memo->oldest_first, entry, by_age);
	SLIST_REMOVE(&memo->buckets[entry->bucket], entry, entry, in_bucket);
	memo->n--;
	memo->bytes -= entry->key_len + entry->value_len;
	secret_free(entry, sizeof(*entry) + entry->key_len + entry->value_len);
}

void memo_destroy(struct memo *memo)
{
	if (!memo)
		return;
	while (!TAILQ_EMPTY(&memo->oldest_first))
		forget(memo, TAILQ_FIRST(&memo->oldest_first));
	pthread_mutex_destroy(&memo->lock);
	free(memo);
}

static size_t bucket_of(struct aip_str key)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.at[i]) * 16777619u;
	return hash % BUCKETS;
}

static struct entry *find(struct memo *memo, struct aip_str key)
{
	struct entry *entry;

	SLIST_FOREACH(entry, &memo->buckets[bucket_of(key)], in_bucket)
	if (aip_str_eq(aip_strn(entry->bytes, entry->key_len), key))
		return entry;
	return NULL;
}

void memo_put(struct memo *memo, struct aip_str key, struct aip_str value, int64_t ttl_ms,
              int64_t now_ms)
{
	if (value.len > MEMO_VALUE_MAX || key.len > MEMO_VALUE_MAX)
		return;
	struct entry *entry = calloc(1, sizeof(*entry) + key.len + value.len);
	aip_assert(entry);
	entry->bucket = bucket_of(key);
	entry->until_ms = now_ms + ttl_ms;
	entry->key_len = key.len;
	entry->value_len = value.len;
	memcpy(entry->bytes, key.at, key.len);
	memcpy(entry->bytes + key.len, value.at ? value.at : "", value.len);

	pthread_mutex_lock(&memo->lock);
	struct entry *old = find(memo, key);
	if (old)
		forget(memo, old);
	memo->n++;
	memo->bytes += key.len + value.len;
	while (memo->n > 1 && (memo->n > memo->entries_max || memo->bytes > memo->bytes_max))
		forget(memo, TAILQ_FIRST(&memo->oldest_first));
	TAILQ_INSERT_TAIL(&memo->oldest_first, entry, by_age);
	SLIST_INSERT_HEAD(&memo->buckets[entry->bucket], entry, in_bucket);
	pthread_mutex_unlock(&memo->lock);
}

bool memo_get(struct memo *memo, struct aip_arena *arena, struct aip_str key, int64_t now_ms,
              struct aip_str *ret)
{
	bool there = false;

	pthread_mutex_lock(&memo->lock);
	struct entry *entry = find(memo, key);
	if (entry && entry->until_ms <= now_ms) {
		forget(memo, entry);
	} else if (entry) {
		*ret = aip_arena_dup(arena,
		                     aip_strn(entry->bytes + entry->key_len, entry->value_len));
		there = true;
	}
	pthread_mutex_unlock(&memo->lock);
	return there;
}
