/* What is kept over reloads, by providers and for clients: small values by key, bounded, forgotten oldest
 * first. */
#ifndef CALL_MEMO_H
#define CALL_MEMO_H

#include <aiproxy/base.h>

#define MEMO_VALUE_MAX (64 * 1024) /* a larger value is not kept */
/* Of what providers keep. */
#define MEMO_ENTRIES_MAX 4096
#define MEMO_BYTES_MAX   (64u << 20)

/* Shared by all loops; each call locks for a look-up and a copy. */
struct memo;

/* bytes_max: of keys and values together. */
struct memo *memo_create(size_t entries_max, size_t bytes_max);
void memo_destroy(struct memo *memo);
/* ttl_ms at least 1. Replaces. Any thread. */
void memo_put(struct memo *memo, struct aip_str key, struct aip_str value, int64_t ttl_ms,
              int64_t now_ms);
/* Copies the value into the arena. False: not there, or its time is up. Any thread. */
bool memo_get(struct memo *memo, struct aip_arena *arena, struct aip_str key, int64_t now_ms,
              struct aip_str *ret);

#endif
