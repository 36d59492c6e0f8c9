/* Arenas: a chain of blocks, filled from the front, freed as a whole. */
#include <aiproxy/base.h>

#include <malloc.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/oom.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_GUARDED 1
#endif
#endif

/* Under AddressSanitizer unused space is poisoned, and each allocation keeps a poisoned gap behind
 * it, so that an overrun inside a block is found as one of malloc's would be. */
#ifdef ARENA_GUARDED
/* declared here, since gcc takes the header's `const volatile void *` for a promise to read the
 * bytes and warns that they are not written yet */
void __asan_poison_memory_region(void *at, size_t bytes);
void __asan_unpoison_memory_region(void *at, size_t bytes);
#define GAP_BYTES           ((size_t)16)
#define BYTES_ALIGN         ((size_t)8)
#define POISON(at, bytes)   __asan_poison_memory_region((at), (bytes))
#define UNPOISON(at, bytes) __asan_unpoison_memory_region((at), (bytes))
#else
#define GAP_BYTES           ((size_t)0)
#define BYTES_ALIGN         ((size_t)1)
#define POISON(at, bytes)   ((void)(at), (void)(bytes))
#define UNPOISON(at, bytes) ((void)(at), (void)(bytes))
#endif

#define ALIGN        ((size_t)alignof(max_align_t))
#define FIRST_BYTES  ((size_t)5120)
#define SECOND_BYTES ((size_t)4096)
#define GROWN_BYTES  ((size_t)64 * 1024)
#define TRIM_BYTES   ((size_t)32 * 1024 * 1024) /* an arena so large leaves holes worth giving back */

struct block {
	struct block *next;
	size_t bytes; /* whole allocation, this header included */
	alignas(max_align_t) char data[];
};

struct at_end {
	struct at_end *next;
	void (*fini)(void *arg);
	void *arg;
};

/* Lies at the front of its own first block. */
struct aip_arena {
	char *at; /* free space of the block being filled */
	char *end;
	struct block *blocks; /* all but the first */
	struct at_end *ends;  /* last registered first */
	size_t next_bytes;    /* of the next block */
	size_t held;
	alignas(max_align_t) char data[];
};

static void first_block_open(struct aip_arena *arena)
{
	arena->at = arena->data;
	arena->end = (char *)arena + FIRST_BYTES;
	arena->next_bytes = SECOND_BYTES;
	arena->held = FIRST_BYTES;
	POISON(arena->at, (size_t)(arena->end - arena->at));
}

static void empty(struct aip_arena *arena)
{
	while (arena->ends) {
		struct at_end *last = arena->ends;
		arena->ends = last->next;
		last->fini(last->arg);
	}
	while (arena->blocks) {
		struct block *block = arena->blocks;
		arena->blocks = block->next;
		UNPOISON(block->data, block->bytes - sizeof(*block));
		free(block);
	}
	if (arena->held >= TRIM_BYTES)
		malloc_trim(0);
}

struct aip_arena *aip_arena_create(void)
{
	struct aip_arena *arena = malloc(FIRST_BYTES);

	if (!arena)
		OOM_DIE(FIRST_BYTES);
	memset(arena, 0, sizeof(*arena));
	first_block_open(arena);
	return arena;
}

void aip_arena_destroy(struct aip_arena *arena)
{
	if (!arena)
		return;
	empty(arena);
	UNPOISON(arena->data, FIRST_BYTES - sizeof(*arena));
	free(arena);
}

void aip_arena_reset(struct aip_arena *arena)
{
	empty(arena);
	first_block_open(arena);
}

static struct block *block_add(struct aip_arena *arena, size_t data_bytes)
{
	size_t bytes = sizeof(struct block) + data_bytes;
	struct block *block = malloc(bytes);

	if (!block)
		OOM_DIE(bytes);
	block->bytes = bytes;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->held += bytes;
	POISON(block->data, data_bytes);
	return block;
}

/* The block being filled has no room. What would waste much of a fresh one gets a block of its
 * own, and the filling goes on where it was. */
static char *carve_elsewhere(struct aip_arena *arena, size_t bytes)
{
	if (bytes > SIZE_MAX / 2)
		OOM_DIE(bytes);

	size_t wants = bytes + GAP_BYTES;
	if (wants > arena->next_bytes / 4) {
		struct block *own = block_add(arena, wants);
		UNPOISON(own->data, bytes);
		return own->data;
	}

	struct block *block = block_add(arena, arena->next_bytes - sizeof(struct block));
	if (arena->next_bytes < GROWN_BYTES)
		arena->next_bytes *= 2;
	arena->at = block->data + wants;
	arena->end = (char *)block + block->bytes;
	UNPOISON(block->data, bytes);
	return block->data;
}

static inline char *carve(struct aip_arena *arena, size_t bytes, size_t align)
{
	char *at = (char *)(((uintptr_t)arena->at + align - 1) & ~(uintptr_t)(align - 1));
	size_t room = at < arena->end ? (size_t)(arena->end - at) : 0;

	if (bytes > SIZE_MAX / 2 || bytes + GAP_BYTES > room)
		return carve_elsewhere(arena, bytes);
	arena->at = at + bytes + GAP_BYTES;
	UNPOISON(at, bytes);
	return at;
}

void *aip_arena_alloc(struct aip_arena *arena, size_t bytes)
{
	/* one byte more than nothing, so that each pointer is the only one of its kind */
	size_t wants = bytes ? bytes : 1;

	return memset(carve(arena, wants, ALIGN), 0, wants);
}

char *aip_arena_bytes(struct aip_arena *arena, size_t bytes)
{
	return carve(arena, bytes ? bytes : 1, BYTES_ALIGN);
}

struct aip_str aip_arena_dup(struct aip_arena *arena, struct aip_str s)
{
	if (!s.at)
		return AIP_NONE;

	char *copy = aip_arena_bytes(arena, s.len + 1);
	memcpy(copy, s.at, s.len);
	copy[s.len] = 0;
	return aip_strn(copy, s.len);
}

struct aip_str aip_arena_join(struct aip_arena *arena, const struct aip_str *texts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += texts[i].len;
	char *all = aip_arena_bytes(arena, len + 1), *at = all;
	for (size_t i = 0; i < n; i++) {
		if (texts[i].len)
			memcpy(at, texts[i].at, texts[i].len);
		at += texts[i].len;
	}
	*at = 0;
	return aip_strn(all, len);
}

struct aip_str aip_arena_printf(struct aip_arena *arena, const char *fmt, ...)
{
	char small[256];
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	if (len < 0)
		return aip_arena_dup(arena, AIP_LIT(""));
	if ((size_t)len < sizeof(small))
		return aip_arena_dup(arena, aip_strn(small, (size_t)len));

	char *text = aip_arena_bytes(arena, (size_t)len + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return aip_strn(text, (size_t)len);
}

void aip_arena_at_end(struct aip_arena *arena, void (*fini)(void *arg), void *arg)
{
	struct at_end *last = AIP_NEW(arena, struct at_end);

	last->fini = fini;
	last->arg = arg;
	last->next = arena->ends;
	arena->ends = last;
}

size_t aip_arena_held(const struct aip_arena *arena)
{
	return arena->held;
}
