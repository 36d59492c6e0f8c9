/* Gemini answers, read: each GenerateContentResponse, alone or in a stream, becomes events. */
#include "gemini.h"

#include "codecs.h"

#define CANDIDATES_MAX 8
#define FRAME_MAX      (64u << 20)

enum open_kind {
	OPEN_NONE,
	OPEN_TEXT,
	OPEN_THOUGHT,
};

struct candidate {
	enum open_kind open;
	uint32_t block;     /* that is open */
	bool is_signed;     /* the open block has had its signature */
	bool called;        /* a function was called */
	bool finished;
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch;      /* one chunk's tree */
	struct aip_stream_guard *guard;
	struct aip_sse sse;
	struct aip_buf array;           /* an array stream, or JSON where a stream was asked for */
	bool is_array, kind_is_known;
	bool started, ended;
	uint32_t next_block;
	struct candidate candidates[CANDIDATES_MAX];
};

/* What one chunk is read with. */
struct reading {
	struct aip_decoder *d;
	struct candidate *candidate;
	uint32_t index;
	struct aip_error *error;
};

static enum aip_status emit(struct reading *r, struct aip_event *event)
{
	event->candidate = r->index;
	return aip_stream_guard_emit(r->d->guard, event, r->error);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static enum aip_status close_block(struct reading *r)
{
	struct candidate *c = r->candidate;

	if (c->open == OPEN_NONE)
		return AIP_OK;
	c->open = OPEN_NONE;
	return emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = c->block});
}

static enum aip_status open_block(struct reading *r, const struct aip_part *part)
{
	r->candidate->block = r->d->next_block++;
	return emit(r, &(struct aip_event){
			       .kind = AIP_EV_BLOCK_START, .block = r->candidate->block, .part = part});
}

static enum aip_status put_delta(struct reading *r, enum aip_delta delta, struct aip_str text)
{
	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = r->candidate->block,
	                                   .delta = delta,
	                                   .text = text});
}

static struct aip_opaque google_opaque(const struct reading *r, struct aip_str signature,
                                       enum aip_part_kind of)
{
	return (struct aip_opaque){
		.vendor = AIP_VENDOR_GOOGLE,
		.kind = AIP_OPAQUE_THOUGHT_SIGNATURE,
		.model = r->d->ctx->model,
		.data = signature,
		.part = of,
	};
}

static enum aip_status put_opaque(struct reading *r, struct aip_str signature, enum aip_part_kind of)
{
	struct aip_opaque opaque = google_opaque(r, signature, of);
	const struct aip_part part = {.kind = of, .opaque = &opaque};

	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = r->candidate->block,
	                                   .delta = AIP_DELTA_OPAQUE,
	                                   .part = &part});
}

/* ---- Parts ---------------------------------------------------------------------------------- */

/* A signature on an empty text part is a carrier of its own: it never joins the text before it, and opens no
 * empty text downstream. */
static enum aip_status carry_signature(struct reading *r, struct aip_str signature,
                                       enum aip_part_kind of)
{
	const struct aip_part part = {.kind = AIP_THINKING};

	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &part);
	if (!s)
		s = put_opaque(r, signature, of);
	if (!s)
		s = emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP,
		                                .block = r->candidate->block});
	return s;
}

static enum aip_status read_text(struct reading *r, const struct aip_json *part, struct aip_str text)
{
	struct candidate *c = r->candidate;
	const bool thought = gemini_is_true(part, "thought");
	const enum open_kind wanted = thought ? OPEN_THOUGHT : OPEN_TEXT;
	const enum aip_part_kind kind = thought ? AIP_THINKING : AIP_TEXT;
	struct aip_str signature = gemini_text(part, "thoughtSignature");
	const struct aip_part head = {.kind = kind};
	enum aip_status s = AIP_OK;

	if (!text.len)
		return signature.len ? carry_signature(r, signature, kind) : AIP_OK;
	if (c->open != wanted || c->is_signed) {
		s = close_block(r);
		if (!s)
			s = open_block(r, &head);
		c->open = wanted;
		c->is_signed = false;
	}
	if (!s)
		s = put_delta(r, thought ? AIP_DELTA_THINK : AIP_DELTA_TEXT, text);
	if (!s && signature.len) {
		c->is_signed = true;
		s = put_opaque(r, signature, kind);
	}
	return s;
}

static enum aip_status read_call(struct reading *r, const struct aip_json *part,
                                 const struct aip_json *v)
{
	struct aip_codec_ctx *ctx = r->d->ctx;
	const struct aip_json *args = gemini_get(v, "args");
	struct aip_str signature = gemini_text(part, "thoughtSignature");
	struct aip_tool_call call = {.id = gemini_text(v, "id")};
	struct aip_opaque opaque = google_opaque(r, signature, AIP_TOOL_CALL);
	const struct aip_part head = {
		.kind = AIP_TOOL_CALL, .call = &call, .opaque = signature.len ? &opaque : NULL};
	struct aip_str name = gemini_text(v, "name");

	if (!name.len)
		return AIP_OK; /* cannot be answered, and does not count as a call */
	call.name = aip_names_in(ctx->names, name, &call.space);
	if (!call.id.len)
		call.id = aip_ctx_id(ctx, "call_");
	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &head);
	if (!s)
		s = put_delta(r, AIP_DELTA_ARGS, args ? args->raw : AIP_LIT("{}"));
	if (!s)
		s = emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP,
		                                .block = r->candidate->block});
	r->candidate->called = true;
	return s;
}

/* A generated image or sound: whole, in one block. */
static enum aip_status read_blob(struct reading *r, const struct aip_json *blob)
{
	struct aip_str mime = gemini_text(blob, "mimeType");
	struct aip_media media = {.source = AIP_FROM_BASE64, .mime = mime};
	const struct aip_part head = {.kind = gemini_kind_of_mime(mime), .media = &media};
	const bool sound = head.kind == AIP_AUDIO;

	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &head);
	if (!s)
		s = put_delta(r, sound ? AIP_DELTA_AUDIO : AIP_DELTA_IMAGE, gemini_text(blob, "data"));
	if (!s)
		s = emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP,
		                                .block = r->candidate->block});
	return s;
}

/* Code that the vendor ran, or what it printed: a block without deltas. */
static enum aip_status read_server(struct reading *r, const struct aip_json *part,
                                   const struct aip_json *v, bool is_result)
{
	struct aip_str outcome = gemini_text(v, "outcome");
	struct aip_server_part server = {
		.tool = AIP_SERVER_CODE_EXECUTION,
		.id = gemini_text(v, "id"),
		.name = AIP_LIT("code_execution"),
		.input = is_result ? AIP_NONE : v->raw,
		.results = is_result ? v->raw : AIP_NONE,
		.is_error = outcome.at && !gemini_word_is(outcome, "OUTCOME_OK") ? AIP_YES : AIP_NO,
		.dialect = AIP_GEMINI,
		.raw = part->raw,
	};
	const struct aip_part head = {.kind = is_result ? AIP_SERVER_RESULT : AIP_SERVER_CALL,
	                              .server = &server};

	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &head);
	if (!s)
		s = emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP,
		                                .block = r->candidate->block,
		                                .part = &head});
	return s;
}

static enum aip_status read_part(struct reading *r, const struct aip_json *part)
{
	const struct aip_json *v;

	if ((v = gemini_get(part, "text")))
		return read_text(r, part, v->text);
	if ((v = gemini_get(part, "functionCall")))
		return read_call(r, part, v);
	if ((v = gemini_get(part, "inlineData")))
		return read_blob(r, v);
	if ((v = gemini_get(part, "executableCode")))
		return read_server(r, part, v, false);
	if ((v = gemini_get(part, "codeExecutionResult")))
		return read_server(r, part, v, true);
	return AIP_OK;
}

/* ---- Candidates ----------------------------------------------------------------------------- */

/* Pages that support the open text, one citation each; offsets are of the whole answer in bytes, which a
 * stream cannot convert, and stay out. */
static enum aip_status read_grounding(struct reading *r, const struct aip_json *grounding)
{
	if (r->candidate->open != OPEN_TEXT)
		return AIP_OK;
	AIP_JSON_EACH(chunk, gemini_get(grounding, "groundingChunks")) {
		const struct aip_json *web = gemini_get(chunk, "web");
		if (!web)
			continue;
		const struct aip_citation citation = {
			.kind = AIP_CITE_URL,
			.url = gemini_text(web, "uri"),
			.title = gemini_text(web, "title"),
			.start = -1,
			.end = -1,
			.doc_index = -1,
			.doc_start = -1,
			.doc_end = -1,
			.dialect = AIP_GEMINI,
			.raw = chunk->raw,
		};
		enum aip_status s = emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
		                                                .block = r->candidate->block,
		                                                .delta = AIP_DELTA_CITATION,
		                                                .citation = &citation});
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status finish(struct reading *r, const struct aip_json *candidate, struct aip_str reason)
{
	const struct aip_json *grounding = gemini_get(candidate, "groundingMetadata");
	const struct aip_json *safety = gemini_get(candidate, "safetyRatings");
	const struct aip_json *details = gemini_get(candidate, "finishMessage");

	enum aip_status s = read_grounding(r, grounding);
	if (!s)
		s = close_block(r);
	r->candidate->finished = true;
	struct aip_event event = {
		.kind = AIP_EV_FINISH,
		.stop = gemini_read_stop(reason, r->candidate->called),
		.grounding = grounding ? grounding->raw : AIP_NONE,
		.safety = safety ? safety->raw : AIP_NONE,
		.stop_details = details ? details->raw : AIP_NONE,
	};
	return s ? s : emit(r, &event);
}

static enum aip_status read_candidate(struct aip_decoder *d, const struct aip_json *candidate,
                                      struct aip_error *reterr)
{
	const int64_t index = gemini_int(candidate, "index", 0);
	struct aip_str reason = gemini_text(candidate, "finishReason");

	if (index < 0 || index >= CANDIDATES_MAX)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the answer has a candidate %lld",
		                (long long)index);
	struct reading r = {d, &d->candidates[index], (uint32_t)index, reterr};
	if (r.candidate->finished)
		return AIP_OK;
	AIP_JSON_EACH(part, gemini_get(gemini_get(candidate, "content"), "parts")) {
		enum aip_status s = read_part(&r, part);
		if (s)
			return s;
	}
	if (!reason.len || gemini_word_is(reason, "FINISH_REASON_UNSPECIFIED"))
		return AIP_OK;
	return finish(&r, candidate, reason);
}

/* ---- Chunks --------------------------------------------------------------------------------- */

static enum aip_status start(struct reading *r, const struct aip_json *chunk)
{
	r->d->started = true;
	return emit(r, &(struct aip_event){.kind = AIP_EV_START,
	                                   .id = gemini_text(chunk, "responseId"),
	                                   .model_name = gemini_text(chunk, "modelVersion"),
	                                   .created_s = r->d->ctx->now_s});
}

/* A prompt that was blocked has no candidates. */
static enum aip_status read_feedback(struct reading *r, const struct aip_json *chunk)
{
	const struct aip_json *feedback = gemini_get(chunk, "promptFeedback");

	if (!gemini_text(feedback, "blockReason").len || r->candidate->finished)
		return AIP_OK;
	r->candidate->finished = true;
	return emit(r, &(struct aip_event){.kind = AIP_EV_FINISH,
	                                   .stop = AIP_STOP_CONTENT_FILTER,
	                                   .stop_details = feedback->raw});
}

static enum aip_status read_usage(struct reading *r, const struct aip_json *chunk)
{
	struct aip_usage usage;

	if (!gemini_read_usage(gemini_get(chunk, "usageMetadata"), &usage))
		return AIP_OK;
	return emit(r, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &usage});
}

static enum aip_status read_failure(struct reading *r, const struct aip_json *chunk)
{
	struct aip_error error;

	gemini_read_error(r->d->ctx, 200, NULL, 0, chunk->raw, &error);
	r->d->ended = true;
	return emit(r, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &error});
}

static enum aip_status read_chunk(struct aip_decoder *d, const struct aip_json *chunk,
                                  struct aip_error *reterr)
{
	struct reading r = {d, &d->candidates[0], 0, reterr};
	enum aip_status s = AIP_OK;

	if (d->ended || chunk->kind != AIP_JSON_OBJECT)
		return AIP_OK;
	if (gemini_get(chunk, "response")) /* Code Assist's envelope */
		chunk = gemini_get(chunk, "response");
	if (gemini_get(chunk, "error"))
		return read_failure(&r, chunk);
	if (!d->started)
		s = start(&r, chunk);
	AIP_JSON_EACH(candidate, s ? NULL : gemini_get(chunk, "candidates")) {
		s = read_candidate(d, candidate, reterr);
		if (s)
			return s;
	}
	if (!s)
		s = read_feedback(&r, chunk);
	return s ? s : read_usage(&r, chunk);
}

static enum aip_status read_bytes(struct aip_decoder *d, struct aip_str json, struct aip_error *reterr)
{
	struct aip_json *doc;

	aip_arena_reset(d->scratch);
	if (aip_json_parse(d->scratch, json, &doc, reterr)) {
		aip_note(reterr, "the upstream's answer");
		if (reterr)
			reterr->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	if (doc->kind != AIP_JSON_ARRAY)
		return read_chunk(d, doc, reterr);
	AIP_JSON_EACH(chunk, doc) {
		enum aip_status s = read_chunk(d, chunk, reterr);
		if (s)
			return s;
	}
	return AIP_OK;
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *gemini_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->scratch = codec_scratch(ctx);
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	aip_sse_init(&d->sse, FRAME_MAX);
	aip_buf_init(&d->array, FRAME_MAX);
	return d;
}

void gemini_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	aip_sse_fini(&d->sse);
	aip_buf_fini(&d->array);
	codec_scratch_end(d->ctx, d->scratch);
	d->scratch = NULL;
}

enum aip_status gemini_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
                                    struct aip_error *reterr)
{
	struct aip_sse_frame frame;
	enum aip_status s;

	if (!d->kind_is_known) {
		while (bytes.len && (*bytes.at == ' ' || *bytes.at == '\n' || *bytes.at == '\r')) {
			bytes.at++;
			bytes.len--;
		}
		if (!bytes.len)
			return AIP_OK;
		d->kind_is_known = true;
		d->is_array = *bytes.at == '[' || *bytes.at == '{';
	}
	if (d->is_array) {
		if (aip_buf_add(&d->array, bytes))
			return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the answer is too large");
		return AIP_OK;
	}
	while ((s = aip_sse_next(&d->sse, &bytes, &frame)) == AIP_OK && frame.data.at) {
		s = frame.data.len ? read_bytes(d, frame.data, reterr) : AIP_OK;
		if (s)
			return s;
	}
	return s ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "an event of the answer is too large") : AIP_OK;
}

enum aip_status gemini_decoder_finish(struct aip_decoder *d, enum aip_eof how, struct aip_error *reterr)
{
	struct aip_sse_frame frame = {0};
	enum aip_status s = AIP_OK;

	if (d->is_array && how == AIP_EOF_COMPLETE)
		s = read_bytes(d, aip_buf_str(&d->array), reterr);
	else if (!d->is_array && !aip_sse_finish(&d->sse, &frame) && frame.data.len &&
	         how == AIP_EOF_COMPLETE)
		s = read_bytes(d, frame.data, reterr);
	return s ? s : aip_stream_guard_eof(d->guard, how == AIP_EOF_CUT, false, d->ctx->loose_eof);
}

enum aip_status gemini_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                     struct aip_sink sink, struct aip_error *reterr)
{
	struct aip_decoder *d = gemini_decoder_new(ctx, sink);

	enum aip_status s = read_bytes(d, body, reterr);
	if (!s)
		s = aip_stream_guard_eof(d->guard, false, false, ctx->loose_eof);
	gemini_decoder_fini(d);
	return s;
}
