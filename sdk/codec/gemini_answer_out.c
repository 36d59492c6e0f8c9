/* Gemini answers, written: a response whole, or events as a stream of chunks (SSE or one JSON array). */
#include "gemini.h"

#define CANDIDATES_MAX 8
#define ARGS_MAX       (16u << 20)

/* A block whose parts are written; a call is held until it is whole, since its arguments are an object. */
struct block {
	struct block *next;
	uint32_t candidate, number;
	enum aip_part_kind kind;
	struct aip_str mime;
	struct aip_str id, name;      /* of a call */
	enum aip_call_kind call_kind;
	struct aip_str signature;     /* of a call */
	struct aip_buf args;
	bool stopped;                 /* a call that waits for one before it */
};

struct ending {
	bool finished;
	enum aip_stop stop;
	struct aip_str grounding, safety; /* raw, of an upstream of this dialect */
};

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct block *open;
	struct block *spare;
	struct ending endings[CANDIDATES_MAX];
	struct aip_usage usage;
	struct aip_str id, model;
	struct aip_buf chunk; /* the chunk being written */
	bool any;             /* array: something was written */
	bool ended;
};

/* ---- Chunks --------------------------------------------------------------------------------- */

static void open_chunk(struct aip_encoder *e, struct aip_json_out *out)
{
	aip_buf_clear(&e->chunk);
	*out = aip_json_to(&e->chunk);
	aip_json_open(out, '{');
}

static void put_names(struct aip_encoder *e, struct aip_json_out *out)
{
	aip_json_str(out, "modelVersion", e->model);
	aip_json_str(out, "responseId", e->id);
}

static void close_chunk(struct aip_encoder *e, struct aip_json_out *out, struct aip_buf *into)
{
	put_names(e, out);
	aip_json_close(out, '}');
	if (e->ctx->stream_array) {
		aip_buf_add(into, e->any ? AIP_LIT(",\r\n") : AIP_LIT("["));
		aip_buf_add(into, aip_buf_str(&e->chunk));
	} else {
		aip_sse_write(into, AIP_NONE, aip_buf_str(&e->chunk));
	}
	e->any = true;
}

static void open_candidate(struct aip_json_out *out)
{
	aip_json_key(out, "candidates");
	aip_json_open(out, '[');
	aip_json_open(out, '{');
	aip_json_key(out, "content");
	aip_json_open(out, '{');
	aip_json_key(out, "parts");
	aip_json_open(out, '[');
}

static void close_candidate(struct aip_json_out *out, uint32_t index)
{
	aip_json_close(out, ']');
	aip_json_str(out, "role", AIP_LIT("model"));
	aip_json_close(out, '}');
	aip_json_int_kv(out, "index", index);
	aip_json_close(out, '}');
	aip_json_close(out, ']');
}

/* ---- Parts ---------------------------------------------------------------------------------- */

static void put_text_part(struct aip_json_out *out, struct aip_str text, bool thought,
                          struct aip_str signature)
{
	aip_json_open(out, '{');
	aip_json_str(out, "text", text.at ? text : AIP_LIT(""));
	if (thought)
		aip_json_bool_kv(out, "thought", true);
	aip_json_str_some(out, "thoughtSignature", signature);
	aip_json_close(out, '}');
}

static void put_call_part(struct aip_codec_ctx *ctx, struct aip_json_out *out, struct aip_str id,
                          struct aip_str name, enum aip_call_kind kind, struct aip_str args,
                          struct aip_str signature)
{
	aip_json_open(out, '{');
	aip_json_key(out, "functionCall");
	aip_json_open(out, '{');
	aip_json_str_some(out, "id", id);
	aip_json_str(out, "name", name);
	aip_json_key(out, "args");
	if (kind == AIP_CALL_CUSTOM) {
		aip_json_open(out, '{');
		aip_json_str(out, "input", args);
		aip_json_close(out, '}');
	} else {
		aip_json_put_raw(out, aip_args_object(ctx, args));
	}
	aip_json_close(out, '}');
	aip_json_str_some(out, "thoughtSignature", signature);
	aip_json_close(out, '}');
}

static void put_blob_part(struct aip_json_out *out, struct aip_str mime, struct aip_str data)
{
	aip_json_open(out, '{');
	aip_json_key(out, "inlineData");
	aip_json_open(out, '{');
	aip_json_str(out, "mimeType", mime.at ? mime : AIP_LIT("image/png"));
	aip_json_str(out, "data", data);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

static struct aip_str call_name(struct aip_arena *arena, const struct aip_tool_call *call)
{
	if (!call->space.len)
		return call->name;
	return aip_arena_printf(arena, "%.*s__%.*s", AIP_FMT(call->space), AIP_FMT(call->name));
}

/* ---- Whole answers -------------------------------------------------------------------------- */

static void put_whole_part(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                           const struct aip_part *part)
{
	struct aip_str signature = part->opaque ? aip_opaque_out(ctx, part->opaque) : AIP_NONE;
	const bool carrier = part->kind == AIP_THINKING && part->opaque && !part->text.len;

	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL:
		if (part->text.len || signature.at)
			put_text_part(out, part->text, false, signature);
		break;
	case AIP_THINKING:
		if (carrier)
			put_text_part(out, AIP_LIT(""), part->opaque->part == AIP_THINKING, signature);
		else if (gemini_client_wants_thoughts(ctx))
			put_text_part(out,
			              part->text.len ? part->text
			                             : aip_parts_text(ctx->arena,
			                                              part->thinking->summary),
			              true, signature);
		break;
	case AIP_TOOL_CALL:
		put_call_part(ctx, out, part->call->id, call_name(ctx->arena, part->call),
		              part->call->kind, part->call->args, signature);
		break;
	case AIP_IMAGE:
	case AIP_AUDIO:
		if (part->media->source == AIP_FROM_BASE64)
			put_blob_part(out, part->media->mime, part->media->data);
		break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
		if (part->server->dialect == AIP_GEMINI)
			aip_json_put_raw(out, part->server->raw);
		break;
	default: break;
	}
}

static void put_whole_candidate(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                                const struct aip_candidate *candidate)
{
	aip_json_open(out, '{');
	aip_json_key(out, "content");
	aip_json_open(out, '{');
	aip_json_key(out, "parts");
	aip_json_open(out, '[');
	for (const struct aip_part *part = candidate->parts; part; part = part->next)
		put_whole_part(ctx, out, part);
	aip_json_close(out, ']');
	aip_json_str(out, "role", AIP_LIT("model"));
	aip_json_close(out, '}');
	aip_json_str(out, "finishReason", aip_str(gemini_write_stop(candidate->stop)));
	aip_json_int_kv(out, "index", candidate->index);
	if (ctx->upstream == AIP_GEMINI) {
		aip_json_raw_some(out, "groundingMetadata", candidate->grounding);
		aip_json_raw_some(out, "safetyRatings", candidate->safety);
	}
	aip_json_close(out, '}');
}

enum aip_status gemini_write_response(struct aip_codec_ctx *ctx, const struct aip_response *response,
                                      struct aip_buf *out, struct aip_error *reterr)
{
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	aip_json_key(&json, "candidates");
	aip_json_open(&json, '[');
	for (const struct aip_candidate *c = response->candidates; c; c = c->next)
		put_whole_candidate(ctx, &json, c);
	aip_json_close(&json, ']');
	aip_json_key(&json, "usageMetadata");
	gemini_write_usage(&response->usage, &json);
	aip_json_str(&json, "modelVersion", ctx->model_asked);
	aip_json_str(&json, "responseId", response->id.len ? response->id : aip_ctx_id(ctx, ""));
	aip_json_close(&json, '}');
	return out->status ? aip_fail(reterr, AIP_TOO_LARGE, "the answer is too large") : AIP_OK;
}

/* ---- Blocks of a stream --------------------------------------------------------------------- */

static struct block *find_block(struct aip_encoder *e, const struct aip_event *event)
{
	for (struct block *b = e->open; b; b = b->next)
		if (b->number == event->block && b->candidate == event->candidate)
			return b;
	return NULL;
}

static void start_block(struct aip_encoder *e, const struct aip_event *event)
{
	struct block *b = e->spare;
	struct aip_arena *arena = e->ctx->arena;

	if (b)
		e->spare = b->next;
	else
		aip_buf_init(&(b = AIP_NEW(arena, struct block))->args, ARGS_MAX);
	aip_buf_clear(&b->args);
	b->next = e->open;
	b->candidate = event->candidate;
	b->number = event->block;
	b->kind = event->part->kind;
	b->mime = event->part->media ? aip_arena_dup(arena, event->part->media->mime) : AIP_NONE;
	b->signature = AIP_NONE;
	b->stopped = false;
	if (b->kind == AIP_TOOL_CALL) {
		b->id = aip_arena_dup(arena, event->part->call->id);
		b->name = aip_arena_dup(arena, call_name(arena, event->part->call));
		b->call_kind = event->part->call->kind;
		if (event->part->opaque)
			b->signature =
				aip_arena_dup(arena, aip_opaque_out(e->ctx, event->part->opaque));
	}
	e->open = b;
}

static void end_block(struct aip_encoder *e, struct block *block)
{
	struct block **at = &e->open;

	while (*at != block)
		at = &(*at)->next;
	*at = block->next;
	block->next = e->spare;
	e->spare = block;
}

/* ---- Events --------------------------------------------------------------------------------- */

static void put_text_chunk(struct aip_encoder *e, const struct aip_event *event, bool thought,
                           struct aip_str signature, struct aip_buf *into)
{
	struct aip_json_out out;

	open_chunk(e, &out);
	open_candidate(&out);
	put_text_part(&out, event->text, thought, signature);
	close_candidate(&out, event->candidate);
	close_chunk(e, &out, into);
}

static void put_blob_chunk(struct aip_encoder *e, const struct aip_event *event,
                           const struct block *block, struct aip_buf *into)
{
	struct aip_json_out out;

	open_chunk(e, &out);
	open_candidate(&out);
	put_blob_part(&out, block->mime, event->text);
	close_candidate(&out, event->candidate);
	close_chunk(e, &out, into);
}

static void put_opaque(struct aip_encoder *e, const struct aip_event *event, struct block *block,
                       struct aip_buf *into)
{
	struct aip_str signature = aip_opaque_out(e->ctx, event->part->opaque);

	if (!signature.at)
		return;
	if (block->kind == AIP_TOOL_CALL)
		block->signature = aip_arena_dup(e->ctx->arena, signature);
	else
		put_text_chunk(e, event, event->part->opaque->part == AIP_THINKING, signature, into);
}

static void put_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct block *block = find_block(e, event);

	if (!block)
		return;
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_REFUSAL: put_text_chunk(e, event, false, AIP_NONE, into); break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY:
		if (gemini_client_wants_thoughts(e->ctx))
			put_text_chunk(e, event, true, AIP_NONE, into);
		break;
	case AIP_DELTA_OPAQUE: put_opaque(e, event, block, into); break;
	case AIP_DELTA_ARGS: aip_buf_add(&block->args, event->text); break;
	case AIP_DELTA_IMAGE:
	case AIP_DELTA_AUDIO: put_blob_chunk(e, event, block, into); break;
	case AIP_DELTA_CITATION:
	case AIP_DELTA_LOGPROBS:
	case AIP_DELTA_RAW: break;
	}
}

static void put_call_chunk(struct aip_encoder *e, const struct block *block, struct aip_buf *into)
{
	struct aip_json_out out;

	open_chunk(e, &out);
	open_candidate(&out);
	put_call_part(e->ctx, &out, block->id, block->name, block->call_kind, aip_buf_str(&block->args),
	              block->signature);
	close_candidate(&out, block->candidate);
	close_chunk(e, &out, into);
}

static struct block *first_call(struct aip_encoder *e, uint32_t candidate)
{
	struct block *first = NULL;

	for (struct block *b = e->open; b; b = b->next)
		if (b->kind == AIP_TOOL_CALL && b->candidate == candidate)
			first = b;
	return first;
}

/* A call is told whole; of several side by side the one that began first is told first. */
static void stop_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct block *block = find_block(e, event);

	if (!block)
		return;
	if (block->kind != AIP_TOOL_CALL) {
		end_block(e, block);
		return;
	}
	if (!block->args.len && event->part && event->part->call)
		aip_buf_add(&block->args, event->part->call->args);
	block->stopped = true;
	while ((block = first_call(e, event->candidate)) && block->stopped) {
		put_call_chunk(e, block, into);
		end_block(e, block);
	}
}

static void keep_ending(struct aip_encoder *e, const struct aip_event *event)
{
	struct aip_arena *arena = e->ctx->arena;

	if (event->candidate >= CANDIDATES_MAX)
		return;
	struct ending *ending = &e->endings[event->candidate];
	ending->finished = true;
	ending->stop = event->stop;
	if (e->ctx->upstream == AIP_GEMINI) {
		ending->grounding = aip_arena_dup(arena, event->grounding);
		ending->safety = aip_arena_dup(arena, event->safety);
	}
}

/* One last chunk holds what ended and the usage, which may have come after it. */
static void put_end(struct aip_encoder *e, struct aip_buf *into)
{
	struct aip_json_out out;

	open_chunk(e, &out);
	aip_json_key(&out, "candidates");
	aip_json_open(&out, '[');
	for (uint32_t i = 0; i < CANDIDATES_MAX; i++) {
		const struct ending *ending = &e->endings[i];
		if (!ending->finished)
			continue;
		aip_json_open(&out, '{');
		aip_json_raw_some(&out, "content",
		                  AIP_LIT("{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"}"));
		aip_json_str(&out, "finishReason", aip_str(gemini_write_stop(ending->stop)));
		aip_json_int_kv(&out, "index", i);
		aip_json_raw_some(&out, "groundingMetadata", ending->grounding);
		aip_json_raw_some(&out, "safetyRatings", ending->safety);
		aip_json_close(&out, '}');
	}
	aip_json_close(&out, ']');
	aip_json_key(&out, "usageMetadata");
	gemini_write_usage(&e->usage, &out);
	close_chunk(e, &out, into);
	if (e->ctx->stream_array)
		aip_buf_add(into, AIP_LIT("]"));
	e->ended = true;
}

static void put_error(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	aip_buf_clear(&e->chunk);
	gemini_write_error(event->error, AIP_NONE, &e->chunk);
	if (e->ctx->stream_array) {
		aip_buf_add(into, e->any ? AIP_LIT(",\r\n") : AIP_LIT("["));
		aip_buf_add(into, aip_buf_str(&e->chunk));
		aip_buf_add(into, AIP_LIT("]"));
	} else {
		aip_sse_write(into, AIP_NONE, aip_buf_str(&e->chunk));
	}
	e->ended = true;
}

static void begin(struct aip_encoder *e, const struct aip_event *event)
{
	if (event->id.len)
		e->id = aip_arena_dup(e->ctx->arena, event->id);
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
}

enum aip_status gemini_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                     struct aip_buf *out)
{
	if (e->ended)
		return AIP_OK;
	switch (event->kind) {
	case AIP_EV_START: begin(e, event); break;
	case AIP_EV_BLOCK_START: start_block(e, event); break;
	case AIP_EV_DELTA: put_delta(e, event, out); break;
	case AIP_EV_BLOCK_STOP: stop_block(e, event, out); break;
	case AIP_EV_USAGE: aip_usage_merge(&e->usage, event->usage); break;
	case AIP_EV_FINISH: keep_ending(e, event); break;
	case AIP_EV_PING: gemini_encoder_ping(e, out); break;
	case AIP_EV_ERROR: put_error(e, event, out); break;
	case AIP_EV_END: put_end(e, out); break;
	default: break;
	}
	return out->status;
}

/* White space may stand between the elements of an array. In SSE there is nothing that could be sent: Google's
 * SDKs take a comment for a broken answer. */
void gemini_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (!e->ended && e->ctx->stream_array && e->any)
		aip_buf_add(out, AIP_LIT("\r\n"));
}

struct aip_encoder *gemini_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->id = aip_ctx_id(ctx, "");
	e->model = ctx->model_asked;
	aip_usage_init(&e->usage);
	aip_buf_init(&e->chunk, 64u << 20);
	return e;
}

void gemini_encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	for (struct block *b = e->open; b; b = b->next)
		aip_buf_fini(&b->args);
	for (struct block *b = e->spare; b; b = b->next)
		aip_buf_fini(&b->args);
	aip_buf_fini(&e->chunk);
}
