/* Finds things by text: for lists that a client makes as long as it likes. */
#ifndef SDK_IR_INDEX_H
#define SDK_IR_INDEX_H

#include <aiproxy/base.h>

struct index_entry;

/* Time of a look-up does not grow with the number of keys. Memory: the arena's. */
struct index {
	struct aip_arena *arena;
	struct index_entry **buckets;
	size_t n_buckets, n;
	uint64_t seed;
};

void index_init(struct index *index, struct aip_arena *arena);
/* The place of the key's value: NULL is in it when the key is new. Valid until the next call. The
 * key is borrowed. */
void **index_at(struct index *index, struct aip_str key);
/* The value, NULL when there is none. */
void *index_get(const struct index *index, struct aip_str key);

#endif
