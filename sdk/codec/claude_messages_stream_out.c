/* Anthropic Messages streams, written: what each event means for the message and its blocks. */
#include "claude_messages_stream_out.h"

#include "codecs.h"
#include "ir/copy.h"

/* ---- Starts of blocks ----------------------------------------------------------------------- */

/* A server call of this dialect starts with an empty input, whatever its block holds. */
static void put_emptied(struct aip_encoder *e, struct aip_json_out *out,
                        const struct aip_server_part *server)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (aip_json_parse(e->ctx->arena, server->raw, &doc, &ignored))
		doc = NULL;
	aip_json_open(out, '{');
	AIP_JSON_EACH (member, doc) {
		aip_json_key_str(out, member->key);
		aip_json_put_raw(out,
		                 aip_str_is(member->key, "input") ? AIP_LIT("{}") : member->raw);
	}
	aip_json_close(out, '}');
}

static void start_search(struct aip_encoder *e, struct claude_block *block,
                         const struct aip_server_part *server)
{
	struct aip_json_out args = aip_json_to(&block->args);
	struct aip_str query = claude_query_of(e->ctx->arena, server->input, server->raw);

	block->is_search = true;
	block->id = claude_search_id(e->ctx, server->id);
	block->results = aip_arena_dup(e->ctx->arena, server->results);
	if (query.len) {
		aip_json_open(&args, '{');
		aip_json_str(&args, "query", query);
		aip_json_close(&args, '}');
	} else {
		block->gathers = true;
	}
}

/* The content_block of a start, into e->delta. False: this wire does not show such a part. */
static bool put_start(struct aip_encoder *e, const struct aip_part *part)
{
	aip_buf_clear(&e->delta);
	struct aip_json_out out = aip_json_to(&e->delta);
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL:
	case AIP_IMAGE:
	case AIP_AUDIO: claude_put_text(&out, AIP_LIT(""), NULL); return true;
	case AIP_THINKING: claude_put_thinking(&out, AIP_LIT(""), AIP_LIT("")); return true;
	case AIP_REDACTED_THINKING: return claude_put_redacted(e->ctx, &out, part->opaque);
	case AIP_TOOL_CALL: claude_put_tool_use(e->ctx, &out, part->call, AIP_NONE); return true;
	case AIP_SERVER_CALL:
		if (part->server->dialect == AIP_CLAUDE)
			put_emptied(e, &out, part->server);
		else if (part->server->label.len)
			claude_put_mcp_use(e->ctx, &out, part->server, AIP_NONE);
		else if (claude_is_foreign_search(e->ctx, part))
			claude_put_search(&out, claude_search_id(e->ctx, part->server->id),
			                  AIP_NONE);
		return e->delta.len > 0;
	case AIP_SERVER_RESULT:
		if (part->server->dialect == AIP_CLAUDE)
			aip_json_put_raw(&out, part->server->raw);
		else if (part->server->label.len)
			claude_put_mcp_result(e->ctx->arena, &out, part->server);
		return e->delta.len > 0;
	case AIP_COMPACTION:
	case AIP_UNKNOWN_PART:
		if (part->dialect == AIP_CLAUDE)
			aip_json_put_raw(&out, part->raw);
		return e->delta.len > 0;
	default: return false;
	}
}

/* What is open when another block starts, and is not a call, ends: its upstream may have left it
 * open. */
static void end_exclusive(struct aip_encoder *e)
{
	for (struct claude_block *block = e->queue; block; block = block->next)
		if (claude_block_is_exclusive(block))
			block->stopped = true;
}

static void on_block_start(struct aip_encoder *e, const struct aip_event *event,
                           struct aip_buf *into)
{
	const struct aip_part *part = event->part;

	if (event->candidate)
		return;
	const bool is_shown = put_start(e, part);
	struct aip_str start = aip_buf_lend(&e->delta, into);
	if (!is_shown)
		return;
	end_exclusive(e);
	struct claude_block *block = claude_block_new(e, event->block, part->kind);
	block->start = aip_arena_dup(e->ctx->arena, start);
	block->is_mute = part->kind == AIP_THINKING;
	if (claude_is_foreign_search(e->ctx, part))
		start_search(e, block, part->server);
	if (part->kind == AIP_TOOL_CALL) {
		block->gathers = part->call->kind == AIP_CALL_CUSTOM;
		block->signature = part->opaque ? aip_opaque_out(e->ctx, part->opaque) : AIP_NONE;
	}
	if (part->kind == AIP_IMAGE) {
		claude_block_hold(
			block,
			claude_make_delta(e, "text_delta", "text", AIP_LIT(CLAUDE_IMAGE), into),
			into);
		block->stopped = true;
	}
	claude_advance(e, false, into);
}

/* ---- Deltas --------------------------------------------------------------------------------- */

/* Text for a block that had to end early goes on in one of its own. */
static struct claude_block *resume(struct aip_encoder *e, const struct aip_event *event,
                                   struct aip_buf *into)
{
	static const struct aip_thinking no_summary;
	const struct aip_part text = {.kind = AIP_TEXT},
			      thinking = {.kind = AIP_THINKING,
	                                  .thinking = (struct aip_thinking *)&no_summary};
	struct aip_event start = {.kind = AIP_EV_BLOCK_START, .block = event->block};

	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_REFUSAL: start.part = &text; break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY: start.part = &thinking; break;
	default: return NULL; /* of a block that is not shown */
	}
	on_block_start(e, &start, into);
	return claude_block_find(e, event->block);
}

static struct aip_str citation_delta(struct aip_encoder *e, const struct aip_citation *citation,
                                     struct aip_buf *into)
{
	aip_buf_clear(&e->delta);
	struct aip_json_out out = aip_json_to(&e->delta);
	aip_json_open(&out, '{');
	aip_json_str(&out, "type", AIP_LIT("citations_delta"));
	aip_json_key(&out, "citation");
	claude_write_citation(citation, &out);
	aip_json_close(&out, '}');
	return aip_buf_lend(&e->delta, into);
}

static void put_args(struct aip_encoder *e, struct claude_block *block, struct aip_str text,
                     struct aip_buf *into)
{
	block->has_args = true;
	claude_block_put(e, block,
	                 claude_make_delta(e, "input_json_delta", "partial_json", text, into),
	                 into);
}

static void on_args(struct aip_encoder *e, struct claude_block *block, struct aip_str text,
                    struct aip_buf *into)
{
	if (block->gathers)
		aip_buf_keep(&block->args, text, into);
	else if (!block->is_search)
		put_args(e, block, text, into);
}

/* Parts of a summary are paragraphs of one thought. */
static void on_thought(struct aip_encoder *e, struct claude_block *block,
                       const struct aip_event *event, struct aip_buf *into)
{
	if (event->delta == AIP_DELTA_SUMMARY && event->index > block->part) {
		if (!block->is_mute)
			claude_block_put(e, block,
			                 claude_make_delta(e, "thinking_delta", "thinking",
			                                   AIP_LIT("\n\n"), into),
			                 into);
		block->part = event->index;
	}
	if (!event->text.len)
		return;
	block->is_mute = false;
	claude_block_put(e, block,
	                 claude_make_delta(e, "thinking_delta", "thinking", event->text, into),
	                 into);
}

static void on_opaque(struct aip_encoder *e, struct claude_block *block,
                      const struct aip_part *part, struct aip_buf *into)
{
	if (block->kind != AIP_THINKING || !part->opaque)
		return;
	claude_block_put(e, block,
	                 claude_make_delta(e, "signature_delta", "signature",
	                                   claude_state_out(e->ctx, part->opaque), into),
	                 into);
	block->is_signed = true;
}

static void on_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct claude_block *block = event->candidate ? NULL : claude_block_find(e, event->block);

	if (!block && !event->candidate)
		block = resume(e, event, into);
	if (!block)
		return;
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_REFUSAL:
		claude_block_put(e, block,
		                 claude_make_delta(e, "text_delta", "text", event->text, into),
		                 into);
		break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY: on_thought(e, block, event, into); break;
	case AIP_DELTA_OPAQUE: on_opaque(e, block, event->part, into); break;
	case AIP_DELTA_ARGS: on_args(e, block, event->text, into); break;
	case AIP_DELTA_CITATION:
		if (claude_citation_is_said(event->citation))
			claude_block_put(e, block, citation_delta(e, event->citation, into), into);
		break;
	case AIP_DELTA_RAW:
		if (e->ctx->upstream == AIP_CLAUDE)
			claude_block_put(e, block, event->raw, into);
		break;
	case AIP_DELTA_AUDIO:
		if (event->transcript.len)
			claude_block_put(
				e, block,
				claude_make_delta(e, "text_delta", "text", event->transcript, into),
				into);
		break;
	case AIP_DELTA_LOGPROBS:
	case AIP_DELTA_IMAGE: break;
	}
}

/* ---- Stops of blocks ------------------------------------------------------------------------ */

static void say_gathered(struct aip_encoder *e, struct claude_block *block, struct aip_buf *into)
{
	struct aip_buf wrapped;

	if (!block->gathers || block->is_search)
		return;
	aip_buf_init(&wrapped, 2 * CLAUDE_FRAME_MAX);
	struct aip_json_out out = aip_json_to(&wrapped);
	aip_json_open(&out, '{');
	aip_json_str(&out, "input", aip_buf_lend(&block->args, into));
	aip_json_close(&out, '}');
	claude_block_put(e, block,
	                 claude_make_delta(e, "input_json_delta", "partial_json",
	                                   aip_buf_lend(&wrapped, into), into),
	                 into);
	aip_buf_fini(&wrapped);
}

static void on_block_stop(struct aip_encoder *e, const struct aip_event *event,
                          struct aip_buf *into)
{
	struct claude_block *block = event->candidate ? NULL : claude_block_find(e, event->block);

	if (!block)
		return;
	if (block->is_search && event->part && event->part->server)
		block->results = aip_arena_dup(e->ctx->arena, event->part->server->results);
	block->is_cut = event->part && event->part->call && event->part->call->incomplete;
	if (!block->is_cut)
		say_gathered(e, block, into);
	block->stopped = true;
	claude_advance(e, false, into);
}

/* ---- The stream ----------------------------------------------------------------------------- */

static void on_start(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	if (e->started)
		return;
	e->started = true;
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	e->tier = aip_arena_dup(e->ctx->arena, event->service_tier);
	struct aip_json_out out = claude_open_event(e, "message_start");
	aip_json_key(&out, "message");
	claude_open_message(e->ctx, &out, event->id);
	aip_json_close(&out, ']');
	aip_json_null_kv(&out, "stop_reason");
	aip_json_null_kv(&out, "stop_sequence");
	aip_json_key(&out, "usage");
	claude_write_usage(&e->usage, e->tier, &out);
	aip_json_close(&out, '}');
	claude_close_event(e, &out, "message_start", into);
}

static void say_message_delta(struct aip_encoder *e, struct aip_buf *into)
{
	if (e->delta_is_out)
		return;
	e->delta_is_out = true;
	struct aip_json_out out = claude_open_event(e, "message_delta");
	aip_json_key(&out, "delta");
	aip_json_open(&out, '{');
	claude_put_stop(e->ctx, &out, e->stop, e->stop_sequence, e->stop_details);
	claude_put_container(&out, e->ext);
	aip_json_close(&out, '}');
	aip_json_key(&out, "usage");
	claude_write_usage(&e->usage, AIP_NONE, &out);
	claude_put_members(&out, e->ext);
	claude_close_event(e, &out, "message_delta", into);
}

static void on_usage(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	if (e->finished)
		say_message_delta(e, into);
}

/* Held until the figures are known, or it is known that none come. */
static void on_finish(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct aip_arena *arena = e->ctx->arena;

	if (event->candidate || e->finished)
		return;
	for (struct claude_block *block = e->queue; block; block = block->next)
		block->stopped = true;
	claude_advance(e, true, into);
	e->finished = true;
	e->stop = event->block_reason.len ? AIP_STOP_CONTENT_FILTER : event->stop;
	e->stop_sequence = aip_arena_dup(arena, event->stop_sequence);
	e->stop_details = aip_arena_dup(arena, event->stop_details);
	e->ext = event->part ? exts_copy(arena, event->part->ext) : NULL;
}

static void on_end(struct aip_encoder *e, struct aip_buf *into)
{
	if (!e->started)
		return;
	say_message_delta(e, into);
	struct aip_json_out out = claude_open_event(e, "message_stop");
	claude_close_event(e, &out, "message_stop", into);
	e->ended = true;
}

static void on_error(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	aip_buf_add(into, AIP_LIT("event: error\ndata: "));
	aip_codec_of(AIP_CLAUDE)->write_error(event->error, AIP_NONE, into);
	aip_buf_add(into, AIP_LIT("\n\n"));
	e->ended = true;
}

/* ---- The encoder ---------------------------------------------------------------------------- */

struct aip_encoder *claude_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	aip_buf_init(&e->frame, CLAUDE_FRAME_MAX);
	aip_buf_init(&e->delta, CLAUDE_FRAME_MAX);
	aip_usage_init(&e->usage);
	return e;
}

static void blocks_fini(struct claude_block *block)
{
	for (; block; block = block->next) {
		aip_buf_fini(&block->held);
		aip_buf_fini(&block->args);
	}
}

void claude_encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	blocks_fini(e->queue);
	blocks_fini(e->spare);
	aip_buf_fini(&e->frame);
	aip_buf_fini(&e->delta);
}

void claude_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (e->started && !e->ended)
		aip_sse_write(out, AIP_LIT("ping"), AIP_LIT("{\"type\":\"ping\"}"));
}

enum aip_status claude_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                     struct aip_buf *out)
{
	const size_t before = out->len;

	if (e->ended)
		return out->status;
	switch (event->kind) {
	case AIP_EV_START: on_start(e, event, out); break;
	case AIP_EV_BLOCK_START: on_block_start(e, event, out); break;
	case AIP_EV_DELTA: on_delta(e, event, out); break;
	case AIP_EV_BLOCK_STOP: on_block_stop(e, event, out); break;
	case AIP_EV_USAGE: on_usage(e, event, out); break;
	case AIP_EV_FINISH: on_finish(e, event, out); break;
	case AIP_EV_PING: claude_encoder_ping(e, out); break;
	case AIP_EV_ERROR: on_error(e, event, out); break;
	case AIP_EV_END: on_end(e, out); break;
	default: break; /* other purposes have no stream */
	}
	return codec_told(out, before, &e->ended);
}
