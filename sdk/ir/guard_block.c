/* One block of a stream: how it starts and stops. */
#include "ir/guard.h"

#include <aiproxy/rules.h>

#include "ir/head.h"

struct guard_block *guard_block_find(const struct aip_stream_guard *guard, uint32_t number)
{
	struct guard_block *block = guard->open;

	while (block && block->number != number)
		block = block->next;
	return block;
}

static struct guard_block *block_open(struct aip_stream_guard *guard)
{
	struct guard_block *block = guard->spare;

	if (block)
		guard->spare = block->next;
	else
		block = AIP_NEW(guard->arena, struct guard_block);
	*block = (struct guard_block){0};
	AIP_APPEND(&guard->open, block);
	guard->n_open++;
	return block;
}

static void block_forget(struct aip_stream_guard *guard, struct guard_block *block)
{
	struct guard_block **at = &guard->open;

	while (*at != block)
		at = &(*at)->next;
	*at = block->next;
	block->next = guard->spare;
	guard->spare = block;
	guard->n_open--;
}

/* ---- The end -------------------------------------------------------------------------------- */

static bool args_whole(const struct guard_block *block, const struct aip_part *part)
{
	struct balance final = {0};

	if (part && part->call)
		balance_add(&final, part->call->args);
	return balance_is_whole(&block->args) || (final.any && balance_is_whole(&final));
}

/* Stops a tool call: "{}" for no arguments, and says whether it was cut. `at_limit`: the answer
 * ended for want of tokens while the call was open. */
static enum aip_status call_stop(struct aip_stream_guard *guard, struct guard_block *block,
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
		s = guard_text_late(guard, block, AIP_DELTA_ARGS, AIP_LIT("{}"));
	if (s)
		return s;
	if (call.incomplete) {
		part.call = &call;
		event.part = &part;
	}
	return aip_emit(guard->into, &event);
}

enum aip_status guard_block_close(struct aip_stream_guard *guard, struct guard_block *block,
                                  const struct aip_event *stop, bool at_limit)
{
	enum aip_status s = AIP_OK;

	if (block->hidden)
		goto out;
	if (stop->part && !block->said)
		s = guard_content_late(guard, block, stop->part);
	if (stop->part && !s)
		s = guard_marks_late(guard, block, stop->part);
	if (s)
		goto out;
	s = block->kind == AIP_TOOL_CALL ? call_stop(guard, block, stop, at_limit)
	                                 : aip_emit(guard->into, stop);
out:
	block_forget(guard, block);
	return s;
}

static bool is_exclusive(enum aip_part_kind kind)
{
	return kind == AIP_TEXT || kind == AIP_THINKING || kind == AIP_REFUSAL || kind == AIP_AUDIO;
}

enum aip_status guard_close_open(struct aip_stream_guard *guard, struct guard_candidate *candidate,
                                 bool all, bool at_limit)
{
	struct guard_block *block = guard->open;
	enum aip_status s = AIP_OK;

	while (block && !s) {
		struct guard_block *next = block->next;
		if (block->candidate == candidate && (all || is_exclusive(block->kind))) {
			const struct aip_event stop = {.kind = AIP_EV_BLOCK_STOP,
			                               .candidate = candidate->index,
			                               .block = block->number};
			s = guard_block_close(guard, block, &stop, at_limit);
		}
		block = next;
	}
	return s;
}

/* ---- The start of a block ----------------------------------------------------------------- */

/* A start that carries content already is split into its head and deltas: encoders know one way. */
static enum aip_status start_pass(struct aip_stream_guard *guard, struct guard_block *block,
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
		s = guard_content_late(guard, block, event->part);
	return s ? s : guard_marks_late(guard, block, event->part);
}

enum aip_status guard_block_start(struct aip_stream_guard *guard, struct guard_candidate *candidate,
                                  const struct aip_event *event)
{
	const struct aip_part *part = event->part;
	enum aip_status s = AIP_OK;

	if (is_exclusive(part->kind))
		s = guard_close_open(guard, candidate, false, false);
	if (s)
		return s;

	struct guard_block *block = block_open(guard);
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
