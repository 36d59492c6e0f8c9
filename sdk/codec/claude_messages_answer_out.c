/* Messages answers, written: a message whole, or events as its stream, one block open at a time. */
#include "claude_messages.h"

#define FRAME_MAX (64u << 20)

/* A block that has begun and not ended. The first of the queue is written as it comes; calls that run beside
 * it wait in their buffers until it has ended. */
struct block {
	struct block *next;
	uint32_t number;            /* of the events */
	enum aip_part_kind kind;
	bool started;               /* content_block_start was written */
	bool stopped;               /* its events are over */
	bool spoke;
	bool is_custom;             /* args are free text: an object once they are whole */
	struct aip_str id, name;    /* of a call */
	struct aip_str seal;        /* signature, or redacted data */
	struct aip_buf held;        /* what could not be written yet */
};

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_buf frame;
	const char *frame_type;
	struct aip_json_out out;    /* into frame */
	struct block *queue, *spare;
	int64_t index;              /* of the block being written, or of the next */
	struct aip_usage usage;
	struct aip_str id, tier;
	enum aip_stop stop;
	struct aip_str stop_sequence, stop_details;
	bool started, ended;
};

/* ---- Frames --------------------------------------------------------------------------------- */

static void open_frame(struct aip_encoder *e, const char *type)
{
	aip_buf_clear(&e->frame);
	e->frame_type = type;
	e->out = aip_json_to(&e->frame);
	aip_json_open(&e->out, '{');
	aip_json_str(&e->out, "type", aip_str(type));
}

static void close_frame(struct aip_encoder *e, struct aip_buf *into)
{
	aip_json_close(&e->out, '}');
	aip_sse_write(into, aip_str(e->frame_type), aip_buf_str(&e->frame));
}

static void open_delta(struct aip_encoder *e, const char *type)
{
	open_frame(e, "content_block_delta");
	aip_json_int_kv(&e->out, "index", e->index);
	aip_json_key(&e->out, "delta");
	aip_json_open(&e->out, '{');
	aip_json_str(&e->out, "type", aip_str(type));
}

static void put_delta(struct aip_encoder *e, const char *type, const char *key, struct aip_str text,
                      struct aip_buf *into)
{
	open_delta(e, type);
	aip_json_str(&e->out, key, text);
	aip_json_close(&e->out, '}');
	close_frame(e, into);
}

/* ---- The message ---------------------------------------------------------------------------- */

static void put_message_head(struct aip_encoder *e)
{
	aip_json_str(&e->out, "id", e->id);
	aip_json_str(&e->out, "type", AIP_LIT("message"));
	aip_json_str(&e->out, "role", AIP_LIT("assistant"));
	aip_json_str(&e->out, "model", e->ctx->model_asked);
}

static void start(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	if (e->started)
		return;
	e->started = true;
	if (aip_str_starts(event->id, AIP_LIT("msg_")))
		e->id = aip_arena_dup(e->ctx->arena, event->id);
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	e->tier = aip_arena_dup(e->ctx->arena, event->service_tier);
	open_frame(e, "message_start");
	aip_json_key(&e->out, "message");
	aip_json_open(&e->out, '{');
	put_message_head(e);
	aip_json_raw_some(&e->out, "content", AIP_LIT("[]"));
	aip_json_null_kv(&e->out, "stop_reason");
	aip_json_null_kv(&e->out, "stop_sequence");
	aip_json_key(&e->out, "usage");
	claude_write_usage(&e->usage, e->tier, &e->out);
	aip_json_close(&e->out, '}');
	close_frame(e, into);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static void open_block(struct aip_encoder *e, const char *type)
{
	open_frame(e, "content_block_start");
	aip_json_int_kv(&e->out, "index", e->index);
	aip_json_key(&e->out, "content_block");
	aip_json_open(&e->out, '{');
	aip_json_str(&e->out, "type", aip_str(type));
}

static void start_block(struct aip_encoder *e, struct block *b, struct aip_buf *into)
{
	if (b->started)
		return;
	b->started = true;
	switch (b->kind) {
	case AIP_THINKING:
		open_block(e, "thinking");
		aip_json_str(&e->out, "thinking", AIP_LIT(""));
		aip_json_str(&e->out, "signature", AIP_LIT(""));
		break;
	case AIP_REDACTED_THINKING:
		open_block(e, "redacted_thinking");
		aip_json_str(&e->out, "data", b->seal);
		break;
	case AIP_TOOL_CALL:
	case AIP_SERVER_CALL:
		open_block(e, b->kind == AIP_TOOL_CALL ? "tool_use" : "server_tool_use");
		aip_json_str(&e->out, "id", b->id);
		aip_json_str(&e->out, "name", b->name);
		aip_json_raw_some(&e->out, "input", AIP_LIT("{}"));
		break;
	default:
		open_block(e, "text");
		aip_json_str(&e->out, "text", AIP_LIT(""));
		break;
	}
	aip_json_close(&e->out, '}');
	close_frame(e, into);
}

static void put_args(struct aip_encoder *e, struct block *b, struct aip_str args, struct aip_buf *into)
{
	start_block(e, b, into);
	b->spoke = true;
	put_delta(e, "input_json_delta", "partial_json", args, into);
}

/* Free text inside the object that this wire wants. */
static void put_custom_args(struct aip_encoder *e, struct block *b, struct aip_buf *into)
{
	struct aip_buf wrapped;

	aip_buf_init(&wrapped, FRAME_MAX);
	struct aip_json_out out = aip_json_to(&wrapped);
	aip_json_open(&out, '{');
	aip_json_str(&out, "input", aip_buf_str(&b->held));
	aip_json_close(&out, '}');
	put_args(e, b, aip_buf_str(&wrapped), into);
	aip_buf_fini(&wrapped);
}

/* What was held while another block was open. */
static void put_held(struct aip_encoder *e, struct block *b, struct aip_buf *into)
{
	if (b->kind != AIP_TOOL_CALL && b->kind != AIP_SERVER_CALL)
		return;
	start_block(e, b, into);
	if (b->is_custom || !b->held.len)
		return;
	put_args(e, b, aip_buf_str(&b->held), into);
	aip_buf_clear(&b->held);
}

static void end_block(struct aip_encoder *e, struct block *b, struct aip_buf *into)
{
	if (b->kind == AIP_TOOL_CALL && b->is_custom)
		put_custom_args(e, b, into);
	if (b->seal.len)
		start_block(e, b, into);
	if (b->kind == AIP_THINKING && b->seal.len)
		put_delta(e, "signature_delta", "signature", b->seal, into);
	if (b->started) { /* a block that said nothing was never there */
		open_frame(e, "content_block_stop");
		aip_json_int_kv(&e->out, "index", e->index++);
		close_frame(e, into);
	}
	e->queue = b->next;
	b->next = e->spare;
	e->spare = b;
}

/* Ends what is over at the front, and begins what waited behind it. */
static void advance(struct aip_encoder *e, struct aip_buf *into)
{
	while (e->queue && e->queue->stopped) {
		end_block(e, e->queue, into);
		if (e->queue)
			put_held(e, e->queue, into);
	}
}

static struct block *find_block(struct aip_encoder *e, uint32_t number)
{
	for (struct block *b = e->queue; b; b = b->next)
		if (b->number == number && !b->stopped)
			return b;
	return NULL;
}

static struct block *add_block(struct aip_encoder *e, const struct aip_event *event)
{
	struct block **tail = &e->queue, *b = e->spare;
	struct aip_buf held;

	if (b) {
		e->spare = b->next;
		held = b->held;
	} else {
		b = AIP_NEW(e->ctx->arena, struct block);
		aip_buf_init(&held, FRAME_MAX);
	}
	aip_buf_clear(&held);
	*b = (struct block){.number = event->block, .kind = event->part->kind, .held = held};
	while (*tail)
		tail = &(*tail)->next;
	*tail = b;
	return b;
}

static void keep_seal(struct aip_encoder *e, struct block *b, const struct aip_opaque *opaque)
{
	if (!opaque || (b->kind != AIP_THINKING && b->kind != AIP_REDACTED_THINKING))
		return;
	b->seal = aip_arena_dup(e->ctx->arena, aip_opaque_out(e->ctx, opaque));
}

/* A block of the vendor's own, of an upstream that speaks this dialect: its whole in the start. */
static void put_vendor_block(struct aip_encoder *e, struct block *b, const struct aip_server_part *server,
                             struct aip_buf *into)
{
	if (server->dialect != AIP_CLAUDE || !server->raw.len)
		return;
	b->started = true;
	open_frame(e, "content_block_start");
	aip_json_int_kv(&e->out, "index", e->index);
	aip_json_key(&e->out, "content_block");
	aip_json_put_raw(&e->out, server->raw);
	close_frame(e, into);
	if (b->kind == AIP_SERVER_CALL && server->input.len > 2)
		put_delta(e, "input_json_delta", "partial_json", server->input, into);
}

static void begin_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	const struct aip_part *part = event->part;
	struct aip_arena *arena = e->ctx->arena;
	struct block *b = add_block(e, event);

	if (part->call) {
		b->id = aip_arena_dup(arena, aip_call_id(arena, &aip_names_claude, part->call->id));
		b->name = aip_arena_dup(arena, claude_call_name(arena, part->call));
		b->is_custom = part->call->kind == AIP_CALL_CUSTOM;
		if (e->queue == b)
			start_block(e, b, into);
	}
	keep_seal(e, b, part->opaque);
	if (part->server && e->queue == b)
		put_vendor_block(e, b, part->server, into);
}

static void put_citation(struct aip_encoder *e, const struct aip_citation *citation, struct aip_buf *into)
{
	if (citation->dialect != AIP_CLAUDE && !citation->url.len)
		return;
	open_delta(e, "citations_delta");
	aip_json_key(&e->out, "citation");
	claude_write_citation(citation, &e->out);
	aip_json_close(&e->out, '}');
	close_frame(e, into);
}

static void read_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct block *b = find_block(e, event->block);

	if (!b)
		return;
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_REFUSAL:
		start_block(e, b, into);
		put_delta(e, "text_delta", "text", event->text, into);
		break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY:
		start_block(e, b, into);
		put_delta(e, "thinking_delta", "thinking", event->text, into);
		break;
	case AIP_DELTA_OPAQUE: keep_seal(e, b, event->part->opaque); break;
	case AIP_DELTA_ARGS:
		if (e->queue == b && !b->is_custom)
			put_args(e, b, event->text, into);
		else
			aip_buf_add(&b->held, event->text);
		break;
	case AIP_DELTA_CITATION:
		if (b->started && b->kind == AIP_TEXT)
			put_citation(e, event->citation, into);
		break;
	case AIP_DELTA_LOGPROBS:
	case AIP_DELTA_AUDIO:
	case AIP_DELTA_IMAGE:
	case AIP_DELTA_RAW: break;
	}
}

static void stop_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct block *b = find_block(e, event->block);

	if (!b)
		return;
	if (event->part)
		keep_seal(e, b, event->part->opaque);
	if (b->kind == AIP_TOOL_CALL && !b->spoke && !b->held.len && event->part && event->part->call)
		aip_buf_add(&b->held, event->part->call->args);
	if (e->queue == b && !b->is_custom && b->held.len)
		put_held(e, b, into);
	b->stopped = true;
	advance(e, into);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void put_stop(struct aip_encoder *e, struct aip_json_out *out)
{
	aip_json_str(out, "stop_reason",
	             aip_str(claude_write_stop(e->ctx, e->stop, e->stop_sequence.len > 0)));
	if (e->stop == AIP_STOP_SEQUENCE && e->stop_sequence.len)
		aip_json_str(out, "stop_sequence", e->stop_sequence);
	else
		aip_json_null_kv(out, "stop_sequence");
	if (e->ctx->upstream == AIP_CLAUDE)
		aip_json_raw_some(out, "stop_details", e->stop_details);
}

static void end(struct aip_encoder *e, struct aip_buf *into)
{
	for (struct block *b = e->queue; b; b = b->next)
		b->stopped = true;
	advance(e, into);
	e->ended = true;
	open_frame(e, "message_delta");
	aip_json_key(&e->out, "delta");
	aip_json_open(&e->out, '{');
	put_stop(e, &e->out);
	aip_json_close(&e->out, '}');
	aip_json_key(&e->out, "usage");
	claude_write_usage(&e->usage, AIP_NONE, &e->out);
	close_frame(e, into);
	open_frame(e, "message_stop");
	close_frame(e, into);
}

static void put_error(struct aip_encoder *e, const struct aip_error *error, struct aip_buf *into)
{
	e->ended = true;
	aip_buf_clear(&e->frame);
	aip_codec_of(AIP_CLAUDE)->write_error(error, AIP_NONE, &e->frame);
	aip_sse_write(into, AIP_LIT("error"), aip_buf_str(&e->frame));
}

static void keep_ending(struct aip_encoder *e, const struct aip_event *event)
{
	e->stop = event->stop;
	e->stop_sequence = aip_arena_dup(e->ctx->arena, event->stop_sequence);
	e->stop_details = aip_arena_dup(e->ctx->arena, event->stop_details);
}

enum aip_status claude_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                     struct aip_buf *out)
{
	if (e->ended || event->candidate > 0)
		return AIP_OK;
	switch (event->kind) {
	case AIP_EV_START: start(e, event, out); break;
	case AIP_EV_BLOCK_START: begin_block(e, event, out); break;
	case AIP_EV_DELTA: read_delta(e, event, out); break;
	case AIP_EV_BLOCK_STOP: stop_block(e, event, out); break;
	case AIP_EV_USAGE: aip_usage_merge(&e->usage, event->usage); break;
	case AIP_EV_FINISH: keep_ending(e, event); break;
	case AIP_EV_PING: claude_encoder_ping(e, out); break;
	case AIP_EV_ERROR: put_error(e, event->error, out); break;
	case AIP_EV_END: end(e, out); break;
	default: break;
	}
	return out->status;
}

void claude_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (e->started && !e->ended)
		aip_sse_write(out, AIP_LIT("ping"), AIP_LIT("{\"type\":\"ping\"}"));
}

struct aip_encoder *claude_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->id = aip_ctx_id(ctx, "msg_");
	aip_usage_init(&e->usage);
	aip_buf_init(&e->frame, FRAME_MAX);
	return e;
}

void claude_encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	for (struct block *b = e->queue; b; b = b->next)
		aip_buf_fini(&b->held);
	for (struct block *b = e->spare; b; b = b->next)
		aip_buf_fini(&b->held);
	aip_buf_fini(&e->frame);
}

/* ---- Whole answers -------------------------------------------------------------------------- */

static void put_whole_text(struct aip_json_out *out, const struct aip_part *part)
{
	bool cited = false;

	if (!part->text.len)
		return;
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("text"));
	aip_json_str(out, "text", part->text);
	for (const struct aip_citation *c = part->citations; c; c = c->next) {
		if (c->dialect != AIP_CLAUDE && !c->url.len)
			continue;
		if (!cited) {
			aip_json_key(out, "citations");
			aip_json_open(out, '[');
		}
		cited = true;
		claude_write_citation(c, out);
	}
	if (cited)
		aip_json_close(out, ']');
	aip_json_close(out, '}');
}

static void put_whole_thinking(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                               const struct aip_part *part)
{
	struct aip_str seal = part->opaque ? aip_opaque_out(ctx, part->opaque) : AIP_NONE;
	struct aip_str text = part->text;

	if (!text.len && part->thinking)
		text = aip_parts_text(ctx->arena, part->thinking->summary);
	if (!text.len && !seal.len)
		return;
	aip_json_open(out, '{');
	if (part->kind == AIP_REDACTED_THINKING) {
		aip_json_str(out, "type", AIP_LIT("redacted_thinking"));
		aip_json_str(out, "data", seal);
	} else {
		aip_json_str(out, "type", AIP_LIT("thinking"));
		aip_json_str(out, "thinking", text);
		aip_json_str(out, "signature", seal.at ? seal : AIP_LIT(""));
	}
	aip_json_close(out, '}');
}

static void put_whole_call(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                           const struct aip_tool_call *call)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("tool_use"));
	aip_json_str(out, "id", aip_call_id(ctx->arena, &aip_names_claude, call->id));
	aip_json_str(out, "name", claude_call_name(ctx->arena, call));
	aip_json_key(out, "input");
	if (call->kind == AIP_CALL_CUSTOM) {
		aip_json_open(out, '{');
		aip_json_str(out, "input", call->args);
		aip_json_close(out, '}');
	} else {
		aip_json_put_raw(out, aip_args_object(ctx, call->args));
	}
	aip_json_close(out, '}');
}

static void put_whole_part(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                           const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: put_whole_text(out, part); break;
	case AIP_THINKING:
	case AIP_REDACTED_THINKING: put_whole_thinking(ctx, out, part); break;
	case AIP_TOOL_CALL: put_whole_call(ctx, out, part->call); break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
		if (part->server->dialect == AIP_CLAUDE && part->server->raw.len)
			aip_json_put_raw(out, part->server->raw);
		break;
	default: break;
	}
}

enum aip_status claude_write_response(struct aip_codec_ctx *ctx, const struct aip_response *response,
                                      struct aip_buf *into, struct aip_error *reterr)
{
	const struct aip_candidate *candidate = response->candidates;
	struct aip_encoder e = {.ctx = ctx, .out = aip_json_to(into)};

	e.id = aip_str_starts(response->id, AIP_LIT("msg_")) ? response->id : aip_ctx_id(ctx, "msg_");
	aip_json_open(&e.out, '{');
	put_message_head(&e);
	aip_json_key(&e.out, "content");
	aip_json_open(&e.out, '[');
	for (const struct aip_part *part = candidate ? candidate->parts : NULL; part; part = part->next)
		put_whole_part(ctx, &e.out, part);
	aip_json_close(&e.out, ']');
	if (candidate) {
		e.stop = candidate->stop;
		e.stop_sequence = candidate->stop_sequence;
		e.stop_details = candidate->stop_details;
	}
	put_stop(&e, &e.out);
	aip_json_key(&e.out, "usage");
	claude_write_usage(&response->usage, response->service_tier, &e.out);
	aip_json_close(&e.out, '}');
	return into->status ? aip_fail(reterr, AIP_TOO_LARGE, "the answer is too large") : AIP_OK;
}
