/* Anthropic Messages streams, written: content blocks on a wire that has one open at a time. */
#include "claude_messages_stream_out.h"

#define HELD_MAX (64u << 20) /* of a block that waits for its turn */
#define ARGS_MAX (16u << 20)

/* ---- Events of the wire --------------------------------------------------------------------- */

struct aip_json_out claude_open_event(struct aip_encoder *e, const char *type)
{
	aip_buf_clear(&e->frame);
	struct aip_json_out out = aip_json_to(&e->frame);
	aip_json_open(&out, '{');
	aip_json_str(&out, "type", aip_str(type));
	return out;
}

void claude_close_event(struct aip_encoder *e, struct aip_json_out *out, const char *type,
                        struct aip_buf *into)
{
	aip_json_close(out, '}');
	aip_sse_write(into, aip_str(type), aip_buf_lend(&e->frame, into));
}

static void say_start(struct aip_encoder *e, struct aip_str content_block, struct aip_buf *into)
{
	struct aip_json_out out = claude_open_event(e, "content_block_start");

	aip_json_int_kv(&out, "index", e->index);
	aip_json_raw_some(&out, "content_block", content_block);
	claude_close_event(e, &out, "content_block_start", into);
}

static void say_delta(struct aip_encoder *e, struct aip_str delta, struct aip_buf *into)
{
	struct aip_json_out out = claude_open_event(e, "content_block_delta");

	aip_json_int_kv(&out, "index", e->index);
	aip_json_raw_some(&out, "delta", delta);
	claude_close_event(e, &out, "content_block_delta", into);
}

static void say_stop(struct aip_encoder *e, struct aip_buf *into)
{
	struct aip_json_out out = claude_open_event(e, "content_block_stop");

	aip_json_int_kv(&out, "index", e->index++);
	claude_close_event(e, &out, "content_block_stop", into);
}

struct aip_str claude_make_delta(struct aip_encoder *e, const char *type, const char *key,
                                 struct aip_str text, struct aip_buf *into)
{
	aip_buf_clear(&e->delta);
	struct aip_json_out out = aip_json_to(&e->delta);
	aip_json_open(&out, '{');
	aip_json_str(&out, "type", aip_str(type));
	aip_json_str(&out, key, text);
	aip_json_close(&out, '}');
	return aip_buf_lend(&e->delta, into);
}

static void say_signature(struct aip_encoder *e, struct aip_str signature, struct aip_buf *into)
{
	say_delta(e, claude_make_delta(e, "signature_delta", "signature", signature, into), into);
}

/* ---- The queue of blocks -------------------------------------------------------------------- */

struct claude_block *claude_block_new(struct aip_encoder *e, uint32_t number,
                                      enum aip_part_kind kind)
{
	struct claude_block *block = e->spare;

	if (block) {
		e->spare = block->next;
	} else {
		block = AIP_NEW(e->ctx->arena, struct claude_block);
		aip_buf_init(&block->held, HELD_MAX);
		aip_buf_init(&block->args, ARGS_MAX);
	}
	aip_buf_clear(&block->held);
	aip_buf_clear(&block->args);
	*block = (struct claude_block){
		.number = number, .kind = kind, .held = block->held, .args = block->args};
	AIP_APPEND(&e->queue, block);
	return block;
}

struct claude_block *claude_block_find(struct aip_encoder *e, uint32_t number)
{
	struct claude_block *block = e->queue;

	while (block && (block->number != number || block->stopped))
		block = block->next;
	return block;
}

void claude_block_hold(struct claude_block *block, struct aip_str delta, struct aip_buf *into)
{
	const size_t len = delta.len;

	aip_buf_keep(&block->held, aip_strn((const char *)&len, sizeof(len)), into);
	aip_buf_keep(&block->held, delta, into);
}

static void say_held(struct aip_encoder *e, struct claude_block *block, struct aip_buf *into)
{
	struct aip_str rest = aip_buf_lend(&block->held, into);
	size_t len;

	while (!into->status && rest.len >= sizeof(len)) {
		memcpy(&len, rest.at, sizeof(len));
		say_delta(e, aip_strn(rest.at + sizeof(len), len), into);
		rest = aip_strn(rest.at + sizeof(len) + len, rest.len - sizeof(len) - len);
	}
	aip_buf_clear(&block->held);
}

/* A delta of a block: said at once when it is the block's turn. */
void claude_block_put(struct aip_encoder *e, struct claude_block *block, struct aip_str delta,
                      struct aip_buf *into)
{
	if (block == e->queue && e->front_is_open) {
		say_delta(e, delta, into);
		return;
	}
	claude_block_hold(block, delta, into);
	claude_advance(e, false, into);
}

static void say_search(struct aip_encoder *e, struct claude_block *block, struct aip_buf *into)
{
	struct aip_json_out out;
	struct aip_str args = aip_buf_lend(&block->args, into);

	say_start(e, block->start, into);
	say_delta(e, claude_make_delta(e, "input_json_delta", "partial_json", args, into), into);
	say_stop(e, into);
	aip_buf_clear(&e->delta);
	out = aip_json_to(&e->delta);
	claude_put_search_result(e->ctx->arena, &out, block->id, block->results);
	say_start(e, aip_buf_lend(&e->delta, into), into);
	say_stop(e, into);
}

/* A call whose state no thinking before it can carry gets a thought of its own, without words. */
static void say_carrier(struct aip_encoder *e, const struct claude_block *block,
                        struct aip_buf *into)
{
	if (!block->signature.len)
		return;
	say_start(e, AIP_LIT("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"), into);
	say_signature(e, block->signature, into);
	say_stop(e, into);
}

static void say_front(struct aip_encoder *e, struct aip_buf *into)
{
	struct claude_block *block = e->queue;

	e->front_is_open = true;
	say_carrier(e, block, into);
	if (block->is_search)
		return;
	say_start(e, block->start, into);
	say_held(e, block, into);
}

static bool is_cut_bare(const struct claude_block *block)
{
	return block->is_cut && !block->has_args;
}

/* Cut before its first word, a call that another follows would pass for one that needs no input. */
static void close_front(struct aip_encoder *e, struct aip_buf *into)
{
	struct claude_block *block = e->queue;

	if (block->is_search) {
		say_search(e, block, into);
	} else {
		if (block->kind == AIP_THINKING && !block->is_signed)
			say_signature(e, block->signature, into);
		if (is_cut_bare(block) && block->next)
			say_delta(e,
			          claude_make_delta(e, "input_json_delta", "partial_json",
			                            AIP_LIT("{"), into),
			          into);
		say_stop(e, into);
	}
}

/* Thinking without a signature waits for the next block, whose state it may have to carry; a call
 * that was cut, to see whether there is one. */
static bool waits_for_next(const struct claude_block *block)
{
	return !block->next &&
	       ((block->kind == AIP_THINKING && !block->is_signed) || is_cut_bare(block));
}

static bool takes_state_of_next(const struct claude_block *block)
{
	return block->kind == AIP_THINKING && !block->is_signed && block->next &&
	       block->next->signature.len;
}

bool claude_block_is_exclusive(const struct claude_block *block)
{
	return block->kind == AIP_TEXT || block->kind == AIP_REFUSAL ||
	       block->kind == AIP_THINKING || block->kind == AIP_AUDIO;
}

/* The state of what was said before it, which no answer of this API ends with: there are clients
 * that take the last block for the answer. */
static bool is_afterthought(const struct aip_encoder *e, const struct claude_block *block)
{
	return block->is_mute && !block->next && e->index > 0 && e->ctx->upstream != AIP_CLAUDE;
}

/* Text, or a thought, that says nothing is no block: clients would send it back, and be refused. Nor
 * is a call that was cut before its turn came. */
static bool is_silent(const struct aip_encoder *e, const struct claude_block *block)
{
	if (block->is_cut && !e->front_is_open)
		return true;
	return claude_block_is_exclusive(block) && (!block->held.len || is_afterthought(e, block));
}

static void drop_front(struct aip_encoder *e)
{
	struct claude_block *block = e->queue;

	e->queue = block->next;
	e->front_is_open = false;
	block->next = e->spare;
	e->spare = block;
}

/* Writes what may be written: whole blocks, then the beginning of the first that is not. */
void claude_advance(struct aip_encoder *e, bool to_the_end, struct aip_buf *into)
{
	while (e->queue) {
		struct claude_block *block = e->queue;
		if (is_afterthought(e, block) && !to_the_end)
			return;
		const bool waits = is_silent(e, block) || (block->is_search && !block->stopped);
		if (!e->front_is_open && !waits)
			say_front(e, into);
		if (!block->stopped || (e->front_is_open && waits_for_next(block) && !to_the_end))
			return;
		if (takes_state_of_next(block) && e->front_is_open) {
			block->signature = block->next->signature;
			block->next->signature = AIP_NONE;
		}
		if (e->front_is_open)
			close_front(e, into);
		drop_front(e);
	}
}
