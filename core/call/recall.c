/* Recall: opaque reasoning of tool calls, kept for clients that do not send it back. */
#include "call/recall.h"

#include <aiproxy/rules.h>

#include "call/inside.h"
#include "call/memo.h"

/* A block that may have opaque state: reasoning, or a call. */
struct recall_block {
	struct recall_block *next;
	uint32_t number;
	bool is_call;
	bool said;         /* reasoning: text was shown, without which its state is worth nothing */
	struct aip_str id; /* call: as the client sees it */
	struct aip_str values; /* call: what is kept, one envelope a line */
};

/* ---- Keeping -------------------------------------------------------------------------------- */

static struct aip_str key_of(const struct call *call, struct aip_str id)
{
	const struct aip_name_rule *rule = aip_names_of(call->spec.dialect);
	struct aip_arena *arena = call->ex->arena;

	return aip_arena_printf(arena, "%s\n%.*s", call->principal ? call->principal->id : "",
	                        AIP_FMT(aip_call_id(arena, rule, id)));
}

/* The envelope of no dialect in particular. */
static struct aip_str enveloped(const struct call *call, const struct aip_opaque *opaque)
{
	struct aip_codec_ctx ctx = {.arena = call->ex->arena};

	return aip_opaque_out(&ctx, opaque);
}

static struct aip_str line_added(const struct call *call, struct aip_str lines, struct aip_str line)
{
	if (!line.len)
		return lines;
	return aip_arena_printf(call->ex->arena, "%.*s%s%.*s", AIP_FMT(lines),
	                        lines.len ? "\n" : "", AIP_FMT(line));
}

static void keep(struct call *call, struct recall_block *block)
{
	if (block->values.len)
		memo_put(call->worker->recall, key_of(call, block->id), block->values,
		         call->snapshot->tuning.recall_ms, loop_now_ms(call->worker->loop));
}

static void take_opaque(struct call *call, struct recall_block *block,
                        const struct aip_opaque *opaque)
{
	struct recall *recall = &call->recall;

	if (!opaque)
		return;
	if (block->is_call) {
		block->values = line_added(call, block->values, enveloped(call, opaque));
		keep(call, block);
	} else if (!block->said || opaque->vendor != AIP_VENDOR_ANTHROPIC) {
		recall->front = line_added(call, recall->front, enveloped(call, opaque));
	}
}

static void on_start(struct call *call, const struct aip_event *event)
{
	struct recall *recall = &call->recall;
	const struct aip_part *part = event->part;
	struct recall_block *block;

	recall->block = NULL;
	if (part->kind != AIP_THINKING && part->kind != AIP_REDACTED_THINKING &&
	    part->kind != AIP_TOOL_CALL)
		return;
	recall->block = block = AIP_NEW(call->ex->arena, struct recall_block);
	block->number = event->block;
	block->is_call = part->kind == AIP_TOOL_CALL;
	if (block->is_call) {
		block->next = recall->blocks;
		recall->blocks = block;
		block->id = aip_arena_dup(call->ex->arena, part->call->id);
		block->values = recall->front;
		recall->front = AIP_NONE;
		keep(call, block);
	}
	take_opaque(call, block, part->opaque);
}

static struct recall_block *block_of(const struct recall *recall, uint32_t number)
{
	struct recall_block *block = recall->block;

	if (block && block->number == number)
		return block;
	for (block = recall->blocks; block && block->number != number; block = block->next)
		;
	return block;
}

void recall_note(struct call *call, const struct aip_event *event)
{
	const bool shows = event->delta == AIP_DELTA_THINK;

	if (call->snapshot->tuning.recall_ms <= 0 || call->ctx.client == call->ctx.upstream ||
	    event->candidate != 0)
		return;
	if (event->kind == AIP_EV_BLOCK_START)
		on_start(call, event);
	if (event->kind != AIP_EV_DELTA || (!shows && event->delta != AIP_DELTA_OPAQUE))
		return;
	struct recall_block *block = block_of(&call->recall, event->block);
	if (block && shows)
		block->said = true;
	else if (block)
		take_opaque(call, block, event->part->opaque);
}

/* ---- Giving back ---------------------------------------------------------------------------- */

static bool thinks(const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (part->kind == AIP_THINKING || part->kind == AIP_REDACTED_THINKING)
			return true;
	return false;
}

/* Puts reasoning without its text at *at, and returns the place behind it. */
static struct aip_part **think_again(struct call *call, struct aip_part **at,
                                     struct aip_opaque *opaque)
{
	struct aip_part *part = aip_part_new(call->ex->arena, opaque->part);

	if (part->thinking)
		part->thinking->omitted = true;
	part->opaque = opaque;
	part->next = *at;
	*at = part;
	return &part->next;
}

/* values: what is kept under the call's id. front: where reasoning goes, NULL when the turn has its
 * own. */
static void give_back(struct call *call, struct aip_part *part, struct aip_str values,
                      struct aip_part **front)
{
	while (values.len) {
		const char *end = memchr(values.at, '\n', values.len);
		size_t len = end ? (size_t)(end - values.at) : values.len;
		struct aip_opaque *opaque =
			aip_opaque_in(call->ex->arena, aip_strn(values.at, len), AIP_VENDOR_NONE,
		                      AIP_OPAQUE_SIGNATURE, AIP_THINKING);
		if (opaque && opaque->part == AIP_TOOL_CALL)
			part->opaque = part->opaque ? part->opaque : opaque;
		else if (opaque && front)
			front = think_again(call, front, opaque);
		values = aip_strn(values.at + len, values.len - len);
		if (values.len)
			values = aip_strn(values.at + 1, values.len - 1);
	}
}

static void restore_turn(struct call *call, struct aip_turn *turn)
{
	const int64_t now_ms = loop_now_ms(call->worker->loop);
	const bool has_own = thinks(turn);
	struct aip_part **front = &turn->parts;

	for (struct aip_part *part = turn->parts; part; part = part->next) {
		struct aip_str values;
		if (part->kind != AIP_TOOL_CALL)
			continue;
		if (!part->opaque && memo_get(call->worker->recall, call->ex->arena,
		                              key_of(call, part->call->id), now_ms, &values))
			give_back(call, part, values, has_own ? NULL : front);
		front = &part->next;
	}
}

void recall_restore(struct call *call, struct aip_request *request)
{
	if (call->snapshot->tuning.recall_ms <= 0)
		return;
	for (struct aip_turn *turn = request->turns; turn; turn = turn->next)
		if (turn->role == AIP_ROLE_ASSISTANT)
			restore_turn(call, turn);
}
