/* Guards the order of a stream of events, and mends what may be mended. */
#include <aiproxy/rules.h>

#include "ir/balance.h"
#include "ir/head.h"

#define CANDIDATES_MAX  128
#define OPEN_BLOCKS_MAX 1024

enum guard_state {
	GUARD_INIT,
	GUARD_RUN,
	GUARD_OTHER, /* a call that does not generate: figures, models, accounts */
	GUARD_OVER,
};

struct candidate {
	struct candidate *next;
	uint32_t index;
	bool finished;
	bool shows;    /* more than thinking */
	bool calls;    /* a tool call was let through */
	bool call_cut; /* one of them is incomplete */
};

struct block {
	struct block *next;
	struct candidate *candidate;
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
	struct candidate *candidates;
	size_t n_candidates;
	struct block *open; /* in the order of their starts */
	size_t n_open;
	struct block *spare; /* closed ones, for the next */
	uint32_t last_block;
	bool any_block;
	struct aip_usage usage;
	struct aip_str stream_id;
};

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

/* ---- Look-up ------------------------------------------------------------------------------ */

static enum aip_status candidate_get(struct aip_stream_guard *guard, uint32_t index,
				     struct candidate **ret, struct aip_error *reterr)
{
	struct candidate **at = &guard->candidates;

	while (*at && (*at)->index != index)
		at = &(*at)->next;
	if (!*at && guard->n_candidates == CANDIDATES_MAX)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "more than %d candidates",
				CANDIDATES_MAX);
	if (!*at) {
		*at = AIP_NEW(guard->arena, struct candidate);
		(*at)->index = index;
		guard->n_candidates++;
	}
	*ret = *at;
	return AIP_OK;
}

static struct block *block_find(const struct aip_stream_guard *guard, uint32_t number)
{
	struct block *block = guard->open;

	while (block && block->number != number)
		block = block->next;
	return block;
}

static struct block *block_open(struct aip_stream_guard *guard)
{
	struct block *block = guard->spare;

	if (block)
		guard->spare = block->next;
	else
		block = AIP_NEW(guard->arena, struct block);
	*block = (struct block){0};
	AIP_APPEND(&guard->open, block);
	guard->n_open++;
	return block;
}

static void block_forget(struct aip_stream_guard *guard, struct block *block)
{
	struct block **at = &guard->open;

	while (*at != block)
		at = &(*at)->next;
	*at = block->next;
	block->next = guard->spare;
	guard->spare = block;
	guard->n_open--;
}

/* ---- Deltas ------------------------------------------------------------------------------- */

#define TAKES(delta) (1u << AIP_DELTA_##delta)
#define TAKES_ALWAYS (TAKES(OPAQUE) | TAKES(RAW))

/* The deltas a kind of part has a place for, beside those that all have. */
static unsigned takes(enum aip_part_kind kind)
{
	switch (kind) {
	case AIP_TEXT: return TAKES(TEXT) | TAKES(CITATION) | TAKES(LOGPROBS);
	case AIP_THINKING: return TAKES(THINK) | TAKES(SUMMARY);
	case AIP_REFUSAL: return TAKES(REFUSAL) | TAKES(LOGPROBS);
	case AIP_TOOL_CALL: return TAKES(ARGS);
	case AIP_SERVER_CALL: return TAKES(ARGS);
	case AIP_AUDIO: return TAKES(AUDIO);
	case AIP_IMAGE: return TAKES(IMAGE);
	default: return 0;
	}
}

static bool is_content(enum aip_delta delta)
{
	return delta != AIP_DELTA_OPAQUE && delta != AIP_DELTA_CITATION &&
	       delta != AIP_DELTA_LOGPROBS && delta != AIP_DELTA_RAW;
}

/* Role-only and empty deltas of the wire say nothing. */
static bool is_empty(const struct aip_event *event)
{
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_THINK:
	case AIP_DELTA_REFUSAL:
	case AIP_DELTA_ARGS:
	case AIP_DELTA_IMAGE: return event->text.len == 0;
	case AIP_DELTA_AUDIO: return event->text.len == 0 && event->transcript.len == 0;
	case AIP_DELTA_OPAQUE: return !event->part || !event->part->opaque;
	case AIP_DELTA_CITATION: return !event->citation;
	case AIP_DELTA_LOGPROBS:
	case AIP_DELTA_RAW: return event->raw.len == 0;
	case AIP_DELTA_SUMMARY: return false;
	}
	return true;
}

static enum aip_status delta_pass(struct aip_stream_guard *guard, struct block *block,
				  const struct aip_event *event)
{
	if (event->delta == AIP_DELTA_OPAQUE && block->opaque)
		return AIP_OK;
	block->opaque |= event->delta == AIP_DELTA_OPAQUE;
	block->cited |= event->delta == AIP_DELTA_CITATION;
	block->logged |= event->delta == AIP_DELTA_LOGPROBS;
	if (is_content(event->delta)) {
		block->said = true;
		block->candidate->shows |= block->kind != AIP_THINKING;
	}
	if (event->delta == AIP_DELTA_ARGS)
		balance_add(&block->args, event->text);
	return aip_emit(guard->into, event);
}

static enum aip_status on_delta(struct aip_stream_guard *guard, const struct aip_event *event,
				struct aip_error *reterr)
{
	struct block *block = block_find(guard, event->block);

	if (!block)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "delta for block %u, which is not open",
				event->block);
	if ((unsigned)event->delta > AIP_DELTA_RAW ||
	    !((takes(block->kind) | TAKES_ALWAYS) & (1u << event->delta)))
		return aip_fail(reterr, AIP_GUEST_BROKEN, "delta of kind %d in a block of kind %d",
				(int)event->delta, (int)block->kind);
	if (block->hidden || is_empty(event))
		return AIP_OK;
	return delta_pass(guard, block, event);
}

/* ---- The end of a block ------------------------------------------------------------------- */

static struct aip_event delta_of(const struct block *block, enum aip_delta delta)
{
	return (struct aip_event){
		.kind = AIP_EV_DELTA,
		.candidate = block->candidate->index,
		.block = block->number,
		.delta = delta,
	};
}

static enum aip_status text_late(struct aip_stream_guard *guard, struct block *block,
				 enum aip_delta delta, struct aip_str text)
{
	struct aip_event event = delta_of(block, delta);

	event.text = text;
	return text.len ? delta_pass(guard, block, &event) : AIP_OK;
}

static enum aip_status thinking_late(struct aip_stream_guard *guard, struct block *block,
				     const struct aip_part *part)
{
	const struct aip_part *summary = part->thinking ? part->thinking->summary : NULL;
	struct aip_event event = delta_of(block, AIP_DELTA_SUMMARY);
	enum aip_status s = AIP_OK;

	if (!summary)
		return text_late(guard, block, AIP_DELTA_THINK, part->text);
	for (; summary && !s; summary = summary->next, event.index++) {
		event.text = summary->text;
		s = delta_pass(guard, block, &event);
	}
	return s;
}

static enum aip_status audio_late(struct aip_stream_guard *guard, struct block *block,
				  const struct aip_media *media)
{
	struct aip_event event = delta_of(block, AIP_DELTA_AUDIO);

	event.text = media->data;
	event.transcript = media->transcript;
	return is_empty(&event) ? AIP_OK : delta_pass(guard, block, &event);
}

/* Content that only the stop brought. */
static enum aip_status content_late(struct aip_stream_guard *guard, struct block *block,
				    const struct aip_part *part)
{
	switch (block->kind) {
	case AIP_TEXT: return text_late(guard, block, AIP_DELTA_TEXT, part->text);
	case AIP_REFUSAL: return text_late(guard, block, AIP_DELTA_REFUSAL, part->text);
	case AIP_THINKING: return thinking_late(guard, block, part);
	case AIP_TOOL_CALL:
		return text_late(guard, block, AIP_DELTA_ARGS,
				 part->call ? part->call->args : AIP_NONE);
	case AIP_SERVER_CALL:
		return text_late(guard, block, AIP_DELTA_ARGS,
				 part->server ? part->server->input : AIP_NONE);
	case AIP_AUDIO: return part->media ? audio_late(guard, block, part->media) : AIP_OK;
	case AIP_IMAGE:
		if (!part->media || part->media->source != AIP_FROM_BASE64)
			return AIP_OK;
		return text_late(guard, block, AIP_DELTA_IMAGE, part->media->data);
	default: return AIP_OK;
	}
}

static enum aip_status marks_late(struct aip_stream_guard *guard, struct block *block,
				  const struct aip_part *part)
{
	struct aip_event event = delta_of(block, AIP_DELTA_OPAQUE);
	enum aip_status s = AIP_OK;

	event.part = part;
	if (part->opaque && !block->opaque)
		s = delta_pass(guard, block, &event);
	event = delta_of(block, AIP_DELTA_LOGPROBS);
	event.raw = part->logprobs;
	if (part->logprobs.len && !block->logged && !s && takes(block->kind) & TAKES(LOGPROBS))
		s = delta_pass(guard, block, &event);
	if (block->kind != AIP_TEXT || block->cited)
		return s;
	event = delta_of(block, AIP_DELTA_CITATION);
	for (event.citation = part->citations; event.citation && !s;
	     event.citation = event.citation->next)
		s = delta_pass(guard, block, &event);
	return s;
}

static bool args_whole(const struct block *block, const struct aip_part *part)
{
	struct balance final = {0};

	if (part && part->call)
		balance_add(&final, part->call->args);
	return balance_is_whole(&block->args) || (final.any && balance_is_whole(&final));
}

/* Stops a tool call: "{}" for no arguments, and says whether it was cut. `at_limit`: the answer
 * ended for want of tokens while the call was open. */
static enum aip_status call_stop(struct aip_stream_guard *guard, struct block *block,
				 const struct aip_event *stop, bool at_limit)
{
	struct aip_event event = *stop;
	struct aip_part part = event.part ? *event.part : (struct aip_part){.kind = AIP_TOOL_CALL};
	struct aip_tool_call call = part.call ? *part.call : (struct aip_tool_call){0};
	enum aip_status s = AIP_OK;

	call.incomplete |= !block->custom && !args_whole(block, stop->part);
	call.incomplete |= at_limit && !block->said;
	block->candidate->call_cut |= call.incomplete;
	if (!block->custom && !block->said && !call.incomplete)
		s = text_late(guard, block, AIP_DELTA_ARGS, AIP_LIT("{}"));
	if (s)
		return s;
	if (call.incomplete) {
		part.call = &call;
		event.part = &part;
	}
	return aip_emit(guard->into, &event);
}

static enum aip_status block_close(struct aip_stream_guard *guard, struct block *block,
				   const struct aip_event *stop, bool at_limit)
{
	enum aip_status s = AIP_OK;

	if (block->hidden)
		goto out;
	if (stop->part && !block->said)
		s = content_late(guard, block, stop->part);
	if (stop->part && !s)
		s = marks_late(guard, block, stop->part);
	if (s)
		goto out;
	s = block->kind == AIP_TOOL_CALL ? call_stop(guard, block, stop, at_limit)
					 : aip_emit(guard->into, stop);
out:
	block_forget(guard, block);
	return s;
}

static enum aip_status on_stop(struct aip_stream_guard *guard, const struct aip_event *event,
			       struct aip_error *reterr)
{
	struct block *block = block_find(guard, event->block);

	if (block)
		return block_close(guard, block, event, false);
	if (guard->any_block && event->block <= guard->last_block)
		return AIP_OK; /* closed by a sibling or a finish */
	return aip_fail(reterr, AIP_GUEST_BROKEN, "stop of block %u, which never started",
			event->block);
}

static bool is_exclusive(enum aip_part_kind kind)
{
	return kind == AIP_TEXT || kind == AIP_THINKING || kind == AIP_REFUSAL || kind == AIP_AUDIO;
}

/* Closes the open blocks of a candidate: all, or only those of which one may be open. */
static enum aip_status close_open(struct aip_stream_guard *guard, struct candidate *candidate,
				  bool all, bool at_limit)
{
	struct block *block = guard->open;
	enum aip_status s = AIP_OK;

	while (block && !s) {
		struct block *next = block->next;
		if (block->candidate == candidate && (all || is_exclusive(block->kind))) {
			struct aip_event stop = delta_of(block, AIP_DELTA_TEXT);
			stop.kind = AIP_EV_BLOCK_STOP;
			s = block_close(guard, block, &stop, at_limit);
		}
		block = next;
	}
	return s;
}

/* ---- The start of a block ----------------------------------------------------------------- */

/* A start that carries content already is split into its head and deltas: encoders know one way. */
static enum aip_status start_pass(struct aip_stream_guard *guard, struct block *block,
				  const struct aip_event *event)
{
	struct aip_event start = *event;
	struct head head;

	head_of(event->part, &head);
	if (block->kind == AIP_TOOL_CALL && !head.call.id.len)
		head.call.id =
			aip_stable_id(guard->arena, "call_", guard->stream_id, block->number);
	start.part = &head.part;

	enum aip_status s = aip_emit(guard->into, &start);
	if (!s && head_lacks(event->part))
		s = content_late(guard, block, event->part);
	return s ? s : marks_late(guard, block, event->part);
}

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
	const struct aip_part *part = event->part;
	struct candidate *candidate = NULL;
	enum aip_status s = start_check(guard, event, reterr);

	if (!s)
		s = candidate_get(guard, event->candidate, &candidate, reterr);
	if (s)
		return s;
	if (candidate->finished)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "block %u starts after the finish",
				event->block);
	if (is_exclusive(part->kind))
		s = close_open(guard, candidate, false, false);
	if (s)
		return s;

	struct block *block = block_open(guard);
	block->candidate = candidate;
	block->number = guard->last_block = event->block;
	guard->any_block = true;
	block->kind = part->kind;
	block->opaque = part->opaque && part->kind != AIP_THINKING;
	if (part->kind == AIP_TOOL_CALL) {
		block->custom = part->call->kind == AIP_CALL_CUSTOM;
		block->hidden = part->call->name.len == 0;
		candidate->calls |= !block->hidden;
	}
	if (block->hidden)
		return AIP_OK;
	candidate->shows |= !is_exclusive(part->kind) && part->kind != AIP_REDACTED_THINKING;
	return start_pass(guard, block, event);
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

static enum aip_stop stop_mended(const struct candidate *candidate, enum aip_stop stop)
{
	switch (stop) {
	case AIP_STOP_UNSET: return AIP_STOP_OTHER;
	case AIP_STOP_TOOL_USE: return candidate->calls ? stop : AIP_STOP_END_TURN;
	case AIP_STOP_END_TURN:
	case AIP_STOP_SEQUENCE:
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
	struct candidate *candidate = NULL;
	enum aip_status s = candidate_get(guard, event->candidate, &candidate, reterr);

	if (s)
		return s;
	if (candidate->finished)
		return AIP_OK;
	s = close_open(guard, candidate, true, ran_out(event->stop));
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
	for (const struct candidate *c = guard->candidates; c; c = c->next) {
		if (!c->finished)
			return false;
	}
	return guard->candidates;
}

/* Whether what a candidate has told so far may pass for an answer. With the end marker seen, a call
 * whose arguments are whole was only not closed; without it, nobody knows. */
static bool may_finish(const struct aip_stream_guard *guard, const struct candidate *candidate,
		       bool marked)
{
	for (const struct block *b = guard->open; b; b = b->next) {
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
	for (const struct candidate *c = guard->candidates; c && whole; c = c->next)
		whole = may_finish(guard, c, marked);
	if (!whole)
		return end_broken(guard);

	for (const struct candidate *c = guard->candidates; c; c = c->next) {
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
