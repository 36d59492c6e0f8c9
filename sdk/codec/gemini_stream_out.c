/* Gemini answers, written as a stream of chunks: server-sent events, or the elements of one JSON
 * array. */
#include "codecs.h"
#include "gemini.h"

#define HELD_MAX  (16u << 20) /* of one block: a call's arguments, a text with its sources */
#define CHUNK_MAX (64u << 20)

/* An open block. A call is held until it is whole, since its arguments are an object; the text of
 * one that has sources is kept, since Google counts their place in bytes. */
struct block {
	struct block *next;
	uint32_t candidate, number;
	enum aip_part_kind kind;
	struct aip_tool_call call;
	struct aip_str signature; /* of a call or a medium */
	struct aip_str mime;
	struct aip_citation *sources;
	uint32_t part; /* of the answer, and the byte in it, where the text begins */
	size_t base;
	uint32_t summary; /* part of the thought that was told last */
	bool stopped;     /* a call that waits for one before it */
	bool thought;     /* a thought that said something */
	struct aip_buf held;
};

/* What a client makes of the chunks so far: texts of a kind that follow each other are one part. */
enum run {
	RUN_NONE,
	RUN_TEXT,
	RUN_THOUGHT,
};

struct candidate {
	bool finished;
	struct aip_candidate ending;
	struct gemini_sources *sources;
	struct aip_buf logprobs; /* inner of the array */
	enum run run;
	uint32_t parts; /* begun so far */
	size_t bytes;   /* of the text that runs */
};

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	bool wants_thoughts, keeps_texts;
	struct block *open;
	struct block *spare;
	struct candidate candidates[GEMINI_CANDIDATES_MAX];
	struct aip_usage usage;
	struct aip_str id, model;
	struct aip_str block_reason, block_message;
	struct aip_buf chunk; /* that is being written */
	bool any;             /* something was written */
	bool ended;
};

/* ---- Chunks --------------------------------------------------------------------------------- */

static void open_chunk(struct aip_encoder *e, struct aip_json_out *out)
{
	aip_buf_clear(&e->chunk);
	*out = aip_json_to(&e->chunk);
	aip_json_open(out, '{');
}

static struct aip_str before_element(const struct aip_encoder *e)
{
	return e->any ? AIP_LIT(",\r\n") : AIP_LIT("[");
}

static void send(struct aip_encoder *e, struct aip_buf *into)
{
	struct aip_str chunk = aip_buf_lend(&e->chunk, into);

	if (e->ctx->stream_array) {
		aip_buf_add(into, before_element(e));
		aip_buf_add(into, chunk);
	} else {
		aip_sse_write(into, AIP_NONE, chunk);
	}
	e->any = true;
}

static void close_chunk(struct aip_encoder *e, struct aip_json_out *out, struct aip_buf *into)
{
	aip_json_str(out, "modelVersion", e->model);
	aip_json_str(out, "responseId", e->id);
	aip_json_close(out, '}');
	send(e, into);
}

static void open_candidate(struct aip_json_out *out)
{
	aip_json_key(out, "candidates");
	aip_json_open(out, '[');
	aip_json_open(out, '{');
	aip_json_key(out, "content");
	aip_json_open(out, '{');
	aip_json_str(out, "role", AIP_LIT("model"));
	aip_json_key(out, "parts");
	aip_json_open(out, '[');
}

static void close_candidate(struct aip_json_out *out, uint32_t index)
{
	aip_json_close(out, ']');
	aip_json_close(out, '}');
	aip_json_int_kv(out, "index", index);
	aip_json_close(out, '}');
	aip_json_close(out, ']');
}

static struct candidate *candidate_of(struct aip_encoder *e, uint32_t index)
{
	return index < GEMINI_CANDIDATES_MAX ? &e->candidates[index] : NULL;
}

/* Counts a part that a client will see; a text goes on where one of its kind runs. */
static void count_part(struct aip_encoder *e, uint32_t index, enum run run)
{
	struct candidate *c = candidate_of(e, index);

	if (!c || (run != RUN_NONE && c->run == run))
		return;
	c->parts++;
	c->run = run;
	c->bytes = 0;
}

static void put_text_chunk(struct aip_encoder *e, const struct block *block, struct aip_str text,
                           bool thought, struct aip_str signature, struct aip_buf *into)
{
	struct candidate *c = candidate_of(e, block->candidate);
	struct aip_json_out out;

	count_part(e, block->candidate, signature.at ? RUN_NONE : thought ? RUN_THOUGHT : RUN_TEXT);
	if (c)
		c->bytes += text.len;
	open_chunk(e, &out);
	open_candidate(&out);
	gemini_put_text_part(&out, text, thought, signature);
	close_candidate(&out, block->candidate);
	close_chunk(e, &out, into);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static struct block *find_block(const struct aip_encoder *e, const struct aip_event *event)
{
	struct block *b = e->open;

	while (b && (b->number != event->block || b->candidate != event->candidate))
		b = b->next;
	return b;
}

static struct block *take_block(struct aip_encoder *e)
{
	struct block *b = e->spare;

	if (!b) {
		b = AIP_NEW(e->ctx->arena, struct block);
		aip_buf_init(&b->held, HELD_MAX);
	} else {
		e->spare = b->next;
	}
	struct aip_buf held = b->held;
	*b = (struct block){.next = e->open, .held = held};
	aip_buf_clear(&b->held);
	e->open = b;
	return b;
}

static void give_block(struct aip_encoder *e, struct block *block)
{
	struct block **at = &e->open;

	while (*at != block)
		at = &(*at)->next;
	*at = block->next;
	block->next = e->spare;
	e->spare = block;
}

static void start_block(struct aip_encoder *e, const struct aip_event *event)
{
	struct aip_arena *arena = e->ctx->arena;
	const struct aip_part *part = event->part;
	struct block *b = take_block(e);

	b->candidate = event->candidate;
	b->number = event->block;
	b->kind = part->kind;
	if (part->media)
		b->mime = aip_arena_dup(arena, part->media->mime);
	if (part->opaque && part->kind != AIP_THINKING)
		b->signature = aip_arena_dup(arena, aip_opaque_out(e->ctx, part->opaque));
	if (part->kind != AIP_TOOL_CALL)
		return;
	b->call.kind = part->call->kind;
	b->call.id = aip_arena_dup(arena, part->call->id);
	b->call.name = aip_arena_dup(arena, gemini_call_name(arena, part->call));
}

/* ---- Deltas --------------------------------------------------------------------------------- */

static void on_text(struct aip_encoder *e, struct block *block, struct aip_str text,
                    struct aip_buf *into)
{
	put_text_chunk(e, block, text, false, AIP_NONE, into);
	if (!e->keeps_texts)
		return;
	const struct candidate *c = candidate_of(e, block->candidate);
	if (!block->held.len && c) {
		block->part = c->parts - 1;
		block->base = c->bytes - text.len;
	}
	aip_buf_keep(&block->held, text, into);
}

/* Parts of a summary stand apart, as they do in a whole answer. */
static void on_thought(struct aip_encoder *e, struct block *block, const struct aip_event *event,
                       struct aip_buf *into)
{
	const bool is_next = event->delta == AIP_DELTA_SUMMARY && event->index > block->summary;

	block->thought = block->thought || event->text.len > 0;
	if (!e->wants_thoughts)
		return;
	if (is_next) {
		block->summary = event->index;
		put_text_chunk(e, block, AIP_LIT("\n\n"), true, AIP_NONE, into);
	}
	if (event->text.len)
		put_text_chunk(e, block, event->text, true, AIP_NONE, into);
}

/* The signature of a text or a thought follows on an empty part of its kind. */
static void on_opaque(struct aip_encoder *e, struct block *block, const struct aip_opaque *opaque,
                      struct aip_buf *into)
{
	if (block->thought && !e->wants_thoughts && opaque->vendor != AIP_VENDOR_GOOGLE)
		return; /* worth nothing without its thought */
	struct aip_str signature = aip_opaque_out(e->ctx, opaque);
	if (!signature.at)
		return;
	if (block->kind != AIP_TEXT && block->kind != AIP_THINKING)
		block->signature = aip_arena_dup(e->ctx->arena, signature);
	else
		put_text_chunk(e, block, AIP_LIT(""), opaque->part == AIP_THINKING, signature,
		               into);
}

static void on_citation(struct aip_encoder *e, struct block *block,
                        const struct aip_citation *citation)
{
	struct aip_arena *arena = e->ctx->arena;
	struct aip_citation *kept = aip_citation_new(arena);

	*kept = *citation;
	kept->next = NULL;
	kept->url = aip_arena_dup(arena, citation->url);
	kept->title = aip_arena_dup(arena, citation->title);
	AIP_APPEND(&block->sources, kept);
}

static void on_logprobs(struct aip_encoder *e, const struct block *block, struct aip_str raw,
                        struct aip_buf *into)
{
	struct candidate *c = candidate_of(e, block->candidate);

	raw = aip_str_trim(raw);
	if (!c || raw.len < 3)
		return;
	aip_buf_keep(&c->logprobs, c->logprobs.len ? AIP_LIT(",") : AIP_LIT("["), into);
	aip_buf_keep(&c->logprobs, aip_strn(raw.at + 1, raw.len - 2), into);
}

/* The words of a sound are said at once; the sound itself is told whole. */
static void on_sound(struct aip_encoder *e, struct block *block, const struct aip_event *event,
                     struct aip_buf *into)
{
	if (event->transcript.len)
		put_text_chunk(e, block, event->transcript, false, AIP_NONE, into);
	aip_buf_keep(&block->held, event->text, into);
}

static void put_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct block *block = find_block(e, event);

	if (!block)
		return;
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_REFUSAL: on_text(e, block, event->text, into); break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY: on_thought(e, block, event, into); break;
	case AIP_DELTA_OPAQUE: on_opaque(e, block, event->part->opaque, into); break;
	case AIP_DELTA_IMAGE: /* each replaces the one before */
		if (event->index)
			break;
		aip_buf_clear(&block->held);
		aip_buf_keep(&block->held, event->text, into);
		break;
	case AIP_DELTA_AUDIO: on_sound(e, block, event, into); break;
	case AIP_DELTA_ARGS: aip_buf_keep(&block->held, event->text, into); break;
	case AIP_DELTA_CITATION: on_citation(e, block, event->citation); break;
	case AIP_DELTA_LOGPROBS: on_logprobs(e, block, event->raw, into); break;
	case AIP_DELTA_RAW: break;
	}
}

/* ---- Ends of blocks ------------------------------------------------------------------------- */

static void put_sources(struct aip_encoder *e, const struct block *block, struct aip_buf *into)
{
	struct candidate *c = candidate_of(e, block->candidate);

	if (!c || !block->sources)
		return;
	if (!c->sources)
		c->sources = gemini_sources_new(e->ctx->arena);
	for (const struct aip_citation *source = block->sources; source; source = source->next)
		gemini_sources_add(c->sources, source, block->part, block->base,
		                   aip_buf_lend(&block->held, into));
}

static void put_call(struct aip_encoder *e, struct block *block, struct aip_buf *into)
{
	struct aip_json_out out;

	if (block->call.incomplete)
		return; /* half a call is none */
	block->call.args = aip_buf_lend(&block->held, into);
	count_part(e, block->candidate, RUN_NONE);
	open_chunk(e, &out);
	open_candidate(&out);
	gemini_put_call_part(e->ctx, &out, &block->call, block->signature);
	close_candidate(&out, block->candidate);
	close_chunk(e, &out, into);
}

static struct block *first_call(const struct aip_encoder *e, uint32_t candidate)
{
	struct block *first = NULL;

	for (struct block *b = e->open; b; b = b->next)
		if (b->kind == AIP_TOOL_CALL && b->candidate == candidate)
			first = b;
	return first;
}

/* A call is told whole; of several side by side the one that began first is told first. */
static void stop_call(struct aip_encoder *e, struct block *block, const struct aip_part *final,
                      struct aip_buf *into)
{
	const uint32_t candidate = block->candidate;

	if (final && final->call) {
		block->call.incomplete = final->call->incomplete;
		if (!block->held.len)
			aip_buf_keep(&block->held, final->call->args, into);
	}
	block->stopped = true;
	while ((block = first_call(e, candidate)) && block->stopped) {
		put_call(e, block, into);
		give_block(e, block);
	}
}

static void put_media(struct aip_encoder *e, const struct block *block,
                      const struct aip_part *final, struct aip_buf *into)
{
	const struct aip_media *known = final ? final->media : NULL;
	struct aip_media media = {.source = AIP_FROM_BASE64,
	                          .mime = block->mime,
	                          .data = aip_buf_lend(&block->held, into)};
	struct aip_json_out out;

	if (!media.data.len && known)
		media = *known;
	if (!media.mime.len && known)
		media.mime = known->mime;
	if (!media.data.len)
		return;
	count_part(e, block->candidate, RUN_NONE);
	open_chunk(e, &out);
	open_candidate(&out);
	gemini_put_media_part(&out, &media, block->signature);
	close_candidate(&out, block->candidate);
	close_chunk(e, &out, into);
}

static void put_server(struct aip_encoder *e, const struct block *block,
                       const struct aip_part *final, struct aip_buf *into)
{
	struct aip_json_out out;

	if (!final || !final->server || final->server->dialect != AIP_GEMINI)
		return;
	count_part(e, block->candidate, RUN_NONE);
	open_chunk(e, &out);
	open_candidate(&out);
	aip_json_put_raw(&out, final->server->raw);
	close_candidate(&out, block->candidate);
	close_chunk(e, &out, into);
}

static void stop_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct block *block = find_block(e, event);

	if (!block)
		return;
	switch (block->kind) {
	case AIP_TOOL_CALL: stop_call(e, block, event->part, into); return;
	case AIP_IMAGE:
	case AIP_AUDIO: put_media(e, block, event->part, into); break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: put_server(e, block, event->part, into); break;
	case AIP_REDACTED_THINKING:
		if (block->signature.len)
			put_text_chunk(e, block, AIP_LIT(""), true, block->signature, into);
		break;
	default: put_sources(e, block, into); break;
	}
	give_block(e, block);
}

/* ---- The stream's ends ---------------------------------------------------------------------- */

static void begin(struct aip_encoder *e, const struct aip_event *event)
{
	if (event->id.len)
		e->id = aip_arena_dup(e->ctx->arena, event->id);
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
}

static void keep_ending(struct aip_encoder *e, const struct aip_event *event)
{
	struct candidate *c = candidate_of(e, event->candidate);
	struct aip_arena *arena = e->ctx->arena;

	if (!c)
		return;
	c->finished = true;
	c->ending = (struct aip_candidate){
		.index = event->candidate,
		.stop = event->stop,
		.stop_details = aip_arena_dup(arena, event->stop_details),
		.grounding = aip_arena_dup(arena, event->grounding),
		.safety = aip_arena_dup(arena, event->safety),
		.logprobs = aip_arena_dup(arena, event->raw),
	};
	e->block_reason = aip_arena_dup(arena, event->block_reason);
	e->block_message = aip_arena_dup(arena, event->block_message);
}

static void put_candidate_end(struct aip_encoder *e, struct aip_json_out *out, struct candidate *c)
{
	if (c->logprobs.len && !c->ending.logprobs.len) {
		aip_buf_keep(&c->logprobs, AIP_LIT("]"), out->buf);
		c->ending.logprobs = aip_buf_lend(&c->logprobs, out->buf);
	}
	aip_json_open(out, '{');
	aip_json_raw_some(out, "content",
	                  AIP_LIT("{\"role\":\"model\",\"parts\":[{\"text\":\"\"}]}"));
	gemini_put_ending(e->ctx, out, &c->ending, c->sources);
	aip_json_close(out, '}');
}

/* One last chunk holds what ended and the usage, which may have come after it. */
static void put_end(struct aip_encoder *e, struct aip_buf *into)
{
	struct aip_json_out out;

	open_chunk(e, &out);
	if (e->block_reason.len) {
		gemini_put_feedback(&out, e->block_reason, e->block_message);
	} else {
		aip_json_key(&out, "candidates");
		aip_json_open(&out, '[');
		for (uint32_t i = 0; i < GEMINI_CANDIDATES_MAX; i++)
			if (e->candidates[i].finished)
				put_candidate_end(e, &out, &e->candidates[i]);
		aip_json_close(&out, ']');
	}
	aip_json_key(&out, "usageMetadata");
	gemini_write_usage(&e->usage, &out);
	close_chunk(e, &out, into);
	if (e->ctx->stream_array)
		aip_buf_add(into, AIP_LIT("]"));
	e->ended = true;
}

static void put_error(struct aip_encoder *e, const struct aip_error *error, struct aip_buf *into)
{
	const bool is_array = e->ctx->stream_array;

	aip_buf_add(into, is_array ? before_element(e) : AIP_LIT("data: "));
	gemini_write_error(error, AIP_NONE, into);
	aip_buf_add(into, is_array ? AIP_LIT("]") : AIP_LIT("\n\n"));
	e->ended = true;
}

/* ---- The encoder ---------------------------------------------------------------------------- */

enum aip_status gemini_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                     struct aip_buf *out)
{
	const size_t before = out->len;
	const bool any = e->any;

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
	case AIP_EV_ERROR: put_error(e, event->error, out); break;
	case AIP_EV_END: put_end(e, out); break;
	default: break;
	}
	const enum aip_status s = codec_told(out, before, &e->ended);
	if (s)
		e->any = any;
	return s;
}

/* White space may stand between the elements of an array. In SSE there is nothing that could be
 * sent: Google's SDKs take a comment for a broken answer. */
void gemini_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (!e->ended && e->ctx->stream_array && e->any)
		aip_buf_add(out, AIP_LIT("\r\n"));
}

struct aip_encoder *gemini_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->wants_thoughts = gemini_client_wants_thoughts(ctx);
	/* the upstream's own grounding passes on as it is */
	e->keeps_texts = ctx->upstream != AIP_GEMINI && gemini_may_cite(ctx);
	e->id = aip_ctx_id(ctx, "");
	e->model = ctx->model_asked;
	aip_usage_init(&e->usage);
	aip_buf_init(&e->chunk, CHUNK_MAX);
	for (size_t i = 0; i < GEMINI_CANDIDATES_MAX; i++)
		aip_buf_init(&e->candidates[i].logprobs, HELD_MAX);
	return e;
}

void gemini_encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	for (struct block *b = e->open; b; b = b->next)
		aip_buf_fini(&b->held);
	for (struct block *b = e->spare; b; b = b->next)
		aip_buf_fini(&b->held);
	for (size_t i = 0; i < GEMINI_CANDIDATES_MAX; i++)
		aip_buf_fini(&e->candidates[i].logprobs);
	aip_buf_fini(&e->chunk);
}
