/* Finds things by text: for lists that a client makes as long as it likes. */
#include "ir/index.h"

#define FIRST_BUCKETS 16

struct index_entry {
	struct index_entry *next;
	uint64_t hash;
	struct aip_str key;
	void *value;
};

void index_init(struct index *index, struct aip_arena *arena)
{
	/* Where the arena lies no client knows, so none can make keys that fall together. */
	*index = (struct index){.arena = arena, .seed = (uint64_t)(uintptr_t)arena};
}

static uint64_t hash_of(const struct index *index, struct aip_str key)
{
	uint64_t hash = index->seed ^ key.len;

	for (size_t at = 0; at < key.len; at += sizeof(uint64_t)) {
		uint64_t word = 0;
		size_t left = key.len - at;
		memcpy(&word, key.at + at, left < sizeof(word) ? left : sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash;
}

static struct index_entry *find(const struct index *index, struct aip_str key, uint64_t hash)
{
	struct index_entry *entry =
		index->n_buckets ? index->buckets[hash % index->n_buckets] : NULL;

	while (entry && !(entry->hash == hash && aip_str_eq(entry->key, key)))
		entry = entry->next;
	return entry;
}

static void grow(struct index *index)
{
	const size_t n = index->n_buckets ? index->n_buckets * 2 : FIRST_BUCKETS;
	struct index_entry **buckets = aip_arena_alloc(index->arena, n * sizeof(*buckets));

	for (size_t i = 0; i < index->n_buckets; i++) {
		for (struct index_entry *entry = index->buckets[i], *next; entry; entry = next) {
			next = entry->next;
			entry->next = buckets[entry->hash % n];
			buckets[entry->hash % n] = entry;
		}
	}
	index->buckets = buckets;
	index->n_buckets = n;
}

void **index_at(struct index *index, struct aip_str key)
{
	const uint64_t hash = hash_of(index, key);
	struct index_entry *entry = find(index, key, hash);

	if (entry)
		return &entry->value;
	if (index->n == index->n_buckets)
		grow(index);
	entry = AIP_NEW(index->arena, struct index_entry);
	*entry = (struct index_entry){index->buckets[hash % index->n_buckets], hash, key, NULL};
	index->buckets[hash % index->n_buckets] = entry;
	index->n++;
	return &entry->value;
}

void *index_get(const struct index *index, struct aip_str key)
{
	const struct index_entry *entry = find(index, key, hash_of(index, key));

	return entry ? entry->value : NULL;
}
