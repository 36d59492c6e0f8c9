/* Inside the guard: its state, and what its files do for each other.
 *
 *     guard.c        the stream: what may follow what
 *     guard_block.c  one block: how it starts and stops
 *     guard_delta.c  one delta: where it has a place, and content that came without any */
#ifndef SDK_IR_GUARD_H
#define SDK_IR_GUARD_H

#include <aiproxy/ir.h>

#include "ir/balance.h"

enum guard_state {
	GUARD_INIT,
	GUARD_RUN,
	GUARD_OTHER, /* a call that does not generate: figures, models, accounts */
	GUARD_OVER,
};

struct guard_candidate {
	struct guard_candidate *next;
	uint32_t index;
	bool finished;
	bool shows;    /* more than thinking */
	bool calls;    /* a tool call was let through */
	bool call_cut; /* one of them is incomplete */
};

struct guard_block {
	struct guard_block *next;
	struct guard_candidate *candidate;
	uint32_t number;
	enum aip_part_kind kind;
	bool custom; /* a call's input is free text */
	bool hidden; /* a call without a name */
	bool said;   /* its content was seen */
	bool opaque; /* its opaque value was seen */
	bool cited;
	bool logged;
	struct balance args;
};

struct aip_stream_guard {
	struct aip_arena *arena;
	struct aip_sink into;
	enum guard_state state;
	struct guard_candidate *candidates;
	size_t n_candidates;
	struct guard_block *open; /* in the order of their starts */
	size_t n_open;
	struct guard_block *spare; /* closed ones, for the next */
	uint32_t last_block;
	bool any_block;
	struct aip_usage usage;
	struct aip_str stream_id;
};

/* ---- guard_delta.c -------------------------------------------------------------------------- */

/* The kind of block has a place for such a delta. */
bool guard_delta_fits(const struct guard_block *block, enum aip_delta delta);
/* Role-only and empty deltas of the wire say nothing. */
bool guard_is_empty(const struct aip_event *event);
/* Lets a delta through and remembers what it brought; a second opaque value is swallowed. */
enum aip_status guard_delta_pass(struct aip_stream_guard *guard, struct guard_block *block,
                                 const struct aip_event *event);
/* One delta of text; nothing for no text. */
enum aip_status guard_text_late(struct aip_stream_guard *guard, struct guard_block *block,
                                enum aip_delta delta, struct aip_str text);
/* Content, and marks (opaque value, citations, logprobs), that only a part brought, as deltas. */
enum aip_status guard_content_late(struct aip_stream_guard *guard, struct guard_block *block,
                                   const struct aip_part *part);
enum aip_status guard_marks_late(struct aip_stream_guard *guard, struct guard_block *block,
                                 const struct aip_part *part);

/* ---- guard_block.c -------------------------------------------------------------------------- */

/* NULL when it is not open. */
struct guard_block *guard_block_find(const struct aip_stream_guard *guard, uint32_t number);
/* Starts a block of a candidate that has not finished; its number was checked. */
enum aip_status guard_block_start(struct aip_stream_guard *guard, struct guard_candidate *candidate,
                                  const struct aip_event *event);
/* Stops it. at_limit: the answer ended for want of tokens while it was open. */
enum aip_status guard_block_close(struct aip_stream_guard *guard, struct guard_block *block,
                                  const struct aip_event *stop, bool at_limit);
/* Closes the open blocks of a candidate: all, or only those of which one may be open. */
enum aip_status guard_close_open(struct aip_stream_guard *guard, struct guard_candidate *candidate,
                                 bool all, bool at_limit);

#endif
