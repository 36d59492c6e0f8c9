/* Guards the order of a stream of events, and mends what may be mended. */
#include "ir/guard.h"

#define CANDIDATES_MAX  128
#define OPEN_BLOCKS_MAX 1024

struct aip_stream_guard *aip_stream_guard_new(struct aip_arena *arena, struct aip_sink into)
{
	struct aip_stream_guard *guard = AIP_NEW(arena, struct aip_stream_guard);

	guard->arena = arena;
	guard->into = into;
	aip_usage_init(&guard->usage);
	return guard;
}

bool aip_stream_guard_ended(const struct aip_stream_guard *guard)
{
	return guard->state == GUARD_OVER;
}

static enum aip_status candidate_get(struct aip_stream_guard *guard, uint32_t index,
                                     struct guard_candidate **ret, struct aip_error *reterr)
{
	struct guard_candidate **at = &guard->candidates;

	while (*at && (*at)->index != index)
		at = &(*at)->next;
	if (!*at && guard->n_candidates == CANDIDATES_MAX)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "more than %d candidates",
		                CANDIDATES_MAX);
	if (!*at) {
		*at = AIP_NEW(guard->arena, struct guard_candidate);
		(*at)->index = index;
		guard->n_candidates++;
	}
	*ret = *at;
	return AIP_OK;
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static bool part_is_made(const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TOOL_CALL: return part->call;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: return part->server;
	case AIP_IMAGE:
	case AIP_AUDIO: return part->media;
	default: return true;
	}
}

static enum aip_status start_check(const struct aip_stream_guard *guard,
                                   const struct aip_event *event, struct aip_error *reterr)
{
	if (!event->part || !part_is_made(event->part))
		return aip_fail(reterr, AIP_GUEST_BROKEN, "block %u starts without its part",
		                event->block);
	if (guard->any_block && event->block <= guard->last_block)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "block %u starts behind block %u",
		                event->block, guard->last_block);
	if (guard->n_open == OPEN_BLOCKS_MAX)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "more than %d blocks are open",
		                OPEN_BLOCKS_MAX);
	return AIP_OK;
}

static enum aip_status on_block(struct aip_stream_guard *guard, const struct aip_event *event,
                                struct aip_error *reterr)
{
	struct guard_candidate *candidate = NULL;
	enum aip_status s = start_check(guard, event, reterr);

	if (!s)
		s = candidate_get(guard, event->candidate, &candidate, reterr);
	if (s)
		return s;
	if (candidate->finished)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "block %u starts after the finish",
		                event->block);
	return guard_block_start(guard, candidate, event);
}

static enum aip_status on_delta(struct aip_stream_guard *guard, const struct aip_event *event,
                                struct aip_error *reterr)
{
	struct guard_block *block = guard_block_find(guard, event->block);

	if (!block)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "delta for block %u, which is not open",
		                event->block);
	if (!guard_delta_fits(block, event->delta))
		return aip_fail(reterr, AIP_GUEST_BROKEN, "delta of kind %d in a block of kind %d",
		                (int)event->delta, (int)block->kind);
	if (block->hidden || guard_is_empty(event))
		return AIP_OK;
	return guard_delta_pass(guard, block, event);
}

static enum aip_status on_stop(struct aip_stream_guard *guard, const struct aip_event *event,
                               struct aip_error *reterr)
{
	struct guard_block *block = guard_block_find(guard, event->block);

	if (block)
		return guard_block_close(guard, block, event, false);
	if (guard->any_block && event->block <= guard->last_block)
		return AIP_OK; /* closed by a sibling or a finish */
	return aip_fail(reterr, AIP_GUEST_BROKEN, "stop of block %u, which never started",
	                event->block);
}

/* ---- The stream --------------------------------------------------------------------------- */

static enum aip_status on_start(struct aip_stream_guard *guard, const struct aip_event *event)
{
	struct aip_event start = *event;

	if (guard->state != GUARD_INIT)
		return AIP_OK; /* an upstream that reconnected */
	guard->state = GUARD_RUN;
	guard->stream_id = aip_arena_dup(guard->arena, event->id);
	if (event->usage)
		aip_usage_merge(&guard->usage, event->usage);
	start.usage = aip_usage_known(&guard->usage) ? &guard->usage : NULL;
	return aip_emit(guard->into, &start);
}

static enum aip_status on_usage(struct aip_stream_guard *guard, const struct aip_event *event)
{
	struct aip_event merged = *event;

	if (!event->usage)
		return AIP_OK;
	aip_usage_merge(&guard->usage, event->usage);
	merged.usage = &guard->usage;
	return guard->state == GUARD_INIT ? AIP_OK : aip_emit(guard->into, &merged);
}

static bool ran_out(enum aip_stop stop)
{
	return stop == AIP_STOP_MAX_TOKENS || stop == AIP_STOP_CONTEXT_WINDOW;
}

static enum aip_stop stop_mended(const struct guard_candidate *candidate, enum aip_stop stop)
{
	switch (stop) {
	case AIP_STOP_UNSET: return candidate->calls ? AIP_STOP_TOOL_USE : AIP_STOP_OTHER;
	case AIP_STOP_TOOL_USE: return candidate->calls ? stop : AIP_STOP_END_TURN;
	case AIP_STOP_END_TURN:
	case AIP_STOP_SEQUENCE:
	case AIP_STOP_OTHER:
	case AIP_STOP_PAUSE_TURN: return candidate->calls ? AIP_STOP_TOOL_USE : stop;
	case AIP_STOP_MAX_TOKENS:
	case AIP_STOP_CONTEXT_WINDOW:
		return candidate->calls && !candidate->call_cut ? AIP_STOP_TOOL_USE : stop;
	default: return stop;
	}
}

static enum aip_status on_finish(struct aip_stream_guard *guard, const struct aip_event *event,
                                 struct aip_error *reterr)
{
	struct aip_event finish = *event;
	struct guard_candidate *candidate = NULL;
	enum aip_status s = candidate_get(guard, event->candidate, &candidate, reterr);

	if (s)
		return s;
	if (candidate->finished)
		return AIP_OK;
	s = guard_close_open(guard, candidate, true, ran_out(event->stop));
	if (s)
		return s;
	candidate->finished = true;
	finish.stop = stop_mended(candidate, event->stop);
	return aip_emit(guard->into, &finish);
}

static enum aip_status end(struct aip_stream_guard *guard)
{
	struct aip_event event = {.kind = AIP_EV_END};

	guard->state = GUARD_OVER;
	return aip_emit(guard->into, &event);
}

static enum aip_status end_broken(struct aip_stream_guard *guard)
{
	struct aip_error error = {0};
	struct aip_event event = {.kind = AIP_EV_ERROR, .error = &error};

	aip_fail(&error, AIP_UPSTREAM_BROKEN, "%s",
	         guard->state == GUARD_INIT
	                 ? "the upstream's stream ended before it began"
	                 : "the upstream's stream ended before the answer was complete");
	guard->state = GUARD_OVER;
	return aip_emit(guard->into, &event);
}

static bool all_finished(const struct aip_stream_guard *guard)
{
	for (const struct guard_candidate *c = guard->candidates; c; c = c->next) {
		if (!c->finished)
			return false;
	}
	return guard->candidates;
}

/* Whether what a candidate has told so far may pass for an answer. With the end marker seen, a call
 * whose arguments are whole was only not closed; without it, nobody knows. */
static bool may_finish(const struct aip_stream_guard *guard,
                       const struct guard_candidate *candidate, bool marked)
{
	for (const struct guard_block *b = guard->open; b; b = b->next) {
		bool call = b->candidate == candidate && b->kind == AIP_TOOL_CALL && !b->hidden;
		if (call && !(marked && b->said && balance_is_whole(&b->args)))
			return false;
	}
	return candidate->finished || candidate->shows;
}

enum aip_status aip_stream_guard_eof(struct aip_stream_guard *guard, bool cut, bool marked,
                                     bool loose)
{
	bool whole = guard->candidates && !cut && (marked || loose);

	if (guard->state == GUARD_OVER)
		return AIP_OK;
	if (guard->state == GUARD_OTHER || all_finished(guard))
		return cut && guard->state == GUARD_OTHER ? end_broken(guard) : end(guard);
	for (const struct guard_candidate *c = guard->candidates; c && whole; c = c->next)
		whole = may_finish(guard, c, marked);
	if (!whole)
		return end_broken(guard);

	for (const struct guard_candidate *c = guard->candidates; c; c = c->next) {
		struct aip_event finish = {.kind = AIP_EV_FINISH, .candidate = c->index};
		finish.stop = AIP_STOP_END_TURN;
		enum aip_status s = on_finish(guard, &finish, NULL);
		if (s)
			return s;
	}
	return end(guard);
}

static enum aip_status on_terminal(struct aip_stream_guard *guard, const struct aip_event *event)
{
	if (event->kind == AIP_EV_END)
		return aip_stream_guard_eof(guard, false, true, false);
	guard->state = GUARD_OVER;
	return aip_emit(guard->into, event);
}

static enum aip_status on_running(struct aip_stream_guard *guard, const struct aip_event *event,
                                  struct aip_error *reterr)
{
	if (guard->state != GUARD_RUN)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "event of kind %d before the start",
		                (int)event->kind);
	switch (event->kind) {
	case AIP_EV_BLOCK_START: return on_block(guard, event, reterr);
	case AIP_EV_DELTA: return on_delta(guard, event, reterr);
	case AIP_EV_BLOCK_STOP: return on_stop(guard, event, reterr);
	default: return on_finish(guard, event, reterr);
	}
}

enum aip_status aip_stream_guard_emit(struct aip_stream_guard *guard, const struct aip_event *event,
                                      struct aip_error *reterr)
{
	if (guard->state == GUARD_OVER)
		return AIP_OK;
	switch (event->kind) {
	case AIP_EV_START: return on_start(guard, event);
	case AIP_EV_BLOCK_START:
	case AIP_EV_DELTA:
	case AIP_EV_BLOCK_STOP:
	case AIP_EV_FINISH: return on_running(guard, event, reterr);
	case AIP_EV_USAGE: return on_usage(guard, event);
	case AIP_EV_PING: return aip_emit(guard->into, event);
	case AIP_EV_ERROR:
	case AIP_EV_END: return on_terminal(guard, event);
	case AIP_EV_TOKENS:
	case AIP_EV_MODEL:
	case AIP_EV_ACCOUNT:
	case AIP_EV_QUOTA: break;
	}
	if (guard->state == GUARD_RUN || event->kind > AIP_EV_QUOTA)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "event of kind %d in an answer",
		                (int)event->kind);
	guard->state = GUARD_OTHER;
	return aip_emit(guard->into, event);
}
