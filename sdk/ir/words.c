/* A set of words: open addressing in an arena. */
#include "ir/words.h"

#define ROOM_FIRST 32

/* FNV-1a. Sets live as long as a request, so words made to collide cost their sender alone. */
static size_t hash(struct aip_str word)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < word.len; i++)
		h = (h ^ (unsigned char)word.at[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ (h >> 32));
}

/* The word's slot, or the free one where it belongs. */
static struct aip_str *slot_of(const struct words *words, struct aip_str word)
{
	size_t at = hash(word) & (words->room - 1);

	while (words->slots[at].at && !aip_str_eq(words->slots[at], word))
		at = (at + 1) & (words->room - 1);
	return &words->slots[at];
}

static void grow(struct words *words)
{
	struct words more = {.arena = words->arena, .n = words->n};

	more.room = words->room ? 2 * words->room : ROOM_FIRST;
	more.slots = aip_arena_alloc(words->arena, more.room * sizeof(*more.slots));
	for (size_t i = 0; i < words->room; i++)
		if (words->slots[i].at)
			*slot_of(&more, words->slots[i]) = words->slots[i];
	*words = more;
}

bool words_have(const struct words *words, struct aip_str word)
{
	return words->room && slot_of(words, word)->at;
}

bool words_add(struct words *words, struct aip_str word)
{
	if (!word.at)
		word = AIP_LIT("");
	if (2 * (words->n + 1) > words->room)
		grow(words);
	struct aip_str *slot = slot_of(words, word);
	if (slot->at)
		return false;
	*slot = word;
	words->n++;
	return true;
}
