/* A set of words: which names were seen, however many there are. */
#ifndef SDK_IR_WORDS_H
#define SDK_IR_WORDS_H

#include <aiproxy/base.h>

/* Zeroed but for its arena. Words are borrowed. */
struct words {
	struct aip_arena *arena;
	struct aip_str *slots;
	size_t n, room; /* room: a power of two, at most half full */
};

bool words_have(const struct words *words, struct aip_str word);
/* False: it was there. */
bool words_add(struct words *words, struct aip_str word);

#endif
