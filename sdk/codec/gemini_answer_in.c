/* Gemini answers, read: each GenerateContentResponse, alone or in a stream, becomes events. */
#include "gemini.h"

#include <time.h>

#include "codecs.h"

#define TEXT_MAX (64u << 20) /* of a text that citations may point into */

enum open_kind {
	OPEN_NONE,
	OPEN_TEXT,
	OPEN_THOUGHT,
};

struct candidate {
	enum open_kind open;
	uint32_t block;         /* that is open */
	struct aip_buf text;    /* of the open text, for the offsets of citations */
	struct aip_str carried; /* a signature that came behind the open text, not told yet */
	struct aip_str grounding, citations; /* raw, of the last chunk that had them */
	bool shows;                          /* more than thoughts */
	bool called;                         /* a function was called */
	bool cites;                          /* what the open text stands on is known */
	bool ends_unnamed;                   /* its finish reason was said to be unspecified */
	bool finished;
	const struct aip_json
		*last_text;      /* of a whole answer: the part that its sources belong to */
	struct aip_str logprobs; /* that no open text had a place for */
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch; /* one chunk's tree */
	struct aip_stream_guard *guard;
	struct codec_intake intake;
	bool started;
	bool keeps_texts;
	uint32_t next_block;
	struct candidate candidates[GEMINI_CANDIDATES_MAX];
	struct aip_error *error; /* of the running call */
};

/* The candidate that is being read. */
struct reading {
	struct aip_decoder *d;
	struct candidate *candidate;
	uint32_t index;
};

static enum aip_status emit(struct reading *r, struct aip_event *event)
{
	event->candidate = r->index;
	return aip_stream_guard_emit(r->d->guard, event, r->d->error);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static enum aip_status open_block(struct reading *r, const struct aip_part *part)
{
	r->candidate->block = r->d->next_block++;
	r->candidate->shows = r->candidate->shows || part->kind != AIP_THINKING;
	return emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_START,
	                                   .block = r->candidate->block,
	                                   .part = part});
}

/* part: what the stop knows better, or NULL. */
static enum aip_status stop_block(struct reading *r, const struct aip_part *part)
{
	return emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP,
	                                   .block = r->candidate->block,
	                                   .part = part});
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

static enum aip_status put_opaque(struct reading *r, struct aip_str signature,
                                  enum aip_part_kind of)
{
	struct aip_opaque opaque = google_opaque(r, signature, of);
	const struct aip_part part = {.kind = of, .opaque = &opaque};

	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = r->candidate->block,
	                                   .delta = AIP_DELTA_OPAQUE,
	                                   .part = &part});
}

/* The signature of a text is told by a block of its own behind it: no other dialect's text could
 * carry it, and a stream may bring it when the text is over. */
static enum aip_status put_carrier(struct reading *r, struct aip_str signature,
                                   enum aip_part_kind of)
{
	const struct aip_part part = {.kind = AIP_THINKING};

	enum aip_status s = open_block(r, &part);
	if (!s)
		s = put_opaque(r, signature, of);
	return s ? s : stop_block(r, NULL);
}

static enum aip_status cite(struct reading *r);

static enum aip_status close_block(struct reading *r)
{
	struct candidate *c = r->candidate;
	struct aip_str carried = c->carried;
	enum aip_status s = c->cites ? cite(r) : AIP_OK;

	c->cites = false;
	if (!s && c->open != OPEN_NONE)
		s = stop_block(r, NULL);
	c->open = OPEN_NONE;
	c->carried = AIP_NONE;
	return s || !carried.len ? s : put_carrier(r, carried, AIP_TEXT);
}

/* ---- Parts ---------------------------------------------------------------------------------- */

typedef enum aip_status (*part_fn)(struct reading *r, const struct aip_json *part,
                                   const struct aip_json *v);

static enum aip_status switch_to(struct reading *r, enum open_kind wanted)
{
	const struct aip_part head = {.kind = wanted == OPEN_THOUGHT ? AIP_THINKING : AIP_TEXT};
	struct candidate *c = r->candidate;

	if (c->open == wanted && !c->carried.len)
		return AIP_OK;
	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &head);
	c->open = wanted;
	aip_buf_clear(&c->text);
	return s;
}

static enum aip_status sign_thought(struct reading *r, struct aip_str signature)
{
	struct candidate *c = r->candidate;

	if (c->open != OPEN_THOUGHT) {
		enum aip_status s = close_block(r);
		return s ? s : put_carrier(r, signature, AIP_THINKING);
	}
	enum aip_status s = put_opaque(r, signature, AIP_THINKING);
	return s ? s : close_block(r); /* what follows was not signed with it */
}

static enum aip_status sign_text(struct reading *r, struct aip_str signature)
{
	struct candidate *c = r->candidate;

	if (c->open != OPEN_TEXT || c->carried.len) {
		enum aip_status s = close_block(r);
		return s ? s : put_carrier(r, signature, AIP_TEXT);
	}
	c->carried = aip_arena_dup(r->d->ctx->arena, signature);
	return AIP_OK;
}

static enum aip_status read_text(struct reading *r, const struct aip_json *part,
                                 const struct aip_json *v)
{
	const bool thought = gemini_is_true(part, "thought");
	struct aip_str signature = gemini_text(part, "thoughtSignature");
	struct aip_str text = v ? v->text : AIP_NONE;
	enum aip_status s = AIP_OK;

	if (text.len) {
		r->candidate->cites = r->candidate->cites && thought;
		s = switch_to(r, thought ? OPEN_THOUGHT : OPEN_TEXT);
		if (!s)
			s = put_delta(r, thought ? AIP_DELTA_THINK : AIP_DELTA_TEXT, text);
		if (!s && !thought && r->d->keeps_texts && aip_buf_add(&r->candidate->text, text))
			s = aip_fail(r->d->error, AIP_UPSTREAM_BROKEN, "a text is too large");
	}
	r->candidate->cites = r->candidate->cites || part == r->candidate->last_text;
	if (s || !signature.len)
		return s;
	return thought ? sign_thought(r, signature) : sign_text(r, signature);
}

static enum aip_status read_call(struct reading *r, const struct aip_json *part,
                                 const struct aip_json *v)
{
	struct aip_codec_ctx *ctx = r->d->ctx;
	const struct aip_json *args = gemini_get(v, "args");
	struct aip_str signature = gemini_text(part, "thoughtSignature");
	struct aip_str name = gemini_text(v, "name");
	struct aip_tool_call call = {.id = gemini_text(v, "id")};
	struct aip_opaque opaque = google_opaque(r, signature, AIP_TOOL_CALL);
	const struct aip_part head = {
		.kind = AIP_TOOL_CALL, .call = &call, .opaque = signature.len ? &opaque : NULL};

	if (!name.len)
		return AIP_OK; /* cannot be answered, and does not count as a call */
	call.name = aip_names_in(ctx->names, name, &call.space);
	if (!call.id.len)
		call.id = aip_ctx_id(ctx, "call_");
	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &head);
	if (!s)
		s = put_delta(r, AIP_DELTA_ARGS,
		              aip_json_is(args, AIP_JSON_OBJECT) ? args->raw : AIP_LIT("{}"));
	r->candidate->called = true;
	return s ? s : stop_block(r, NULL);
}

/* A generated image or sound: whole, in one block. */
static enum aip_status read_blob(struct reading *r, const struct aip_json *part,
                                 const struct aip_json *v)
{
	struct aip_str mime = gemini_text(v, "mimeType"), data = gemini_text(v, "data");
	struct aip_str signature = gemini_text(part, "thoughtSignature");
	struct aip_media media = {.source = AIP_FROM_BASE64, .mime = mime};
	struct aip_opaque opaque = google_opaque(r, signature, AIP_IMAGE);
	const struct aip_part head = {.kind = aip_media_kind(mime),
	                              .media = &media,
	                              .opaque = signature.len ? &opaque : NULL};

	if (head.kind != AIP_IMAGE && head.kind != AIP_AUDIO)
		return AIP_OK;
	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &head);
	if (!s)
		s = put_delta(r, head.kind == AIP_AUDIO ? AIP_DELTA_AUDIO : AIP_DELTA_IMAGE, data);
	return s ? s : stop_block(r, NULL);
}

/* What Google's own tools were asked, or what they said: a block without deltas. */
static enum aip_status read_server(struct reading *r, const struct aip_json *part,
                                   const struct aip_json *v)
{
	struct aip_server_part server;
	struct aip_part head = {.server = &server};

	gemini_read_server(part, v, &server, &head.kind);
	enum aip_status s = close_block(r);
	if (!s)
		s = open_block(r, &head);
	return s ? s : stop_block(r, &head);
}

static enum aip_status read_part(struct reading *r, const struct aip_json *part)
{
	static const struct {
		const char *key;
		part_fn read;
	} rows[] = {
		{"text", read_text},
		{"functionCall", read_call},
		{"inlineData", read_blob},
		{"executableCode", read_server},
		{"codeExecutionResult", read_server},
		{"toolCall", read_server},
		{"toolResponse", read_server},
	};

	AIP_JSON_EACH (member, part)
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
			if (member->kind >= AIP_JSON_STRING &&
			    gemini_key_is(member->key, rows[i].key))
				return rows[i].read(r, part, member);
	return gemini_text(part, "thoughtSignature").len ? read_text(r, part, NULL) : AIP_OK;
}

/* ---- What an answer stands on --------------------------------------------------------------- */

static enum aip_status put_citation(void *to, const struct aip_citation *citation)
{
	struct reading *r = to;

	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = r->candidate->block,
	                                   .delta = AIP_DELTA_CITATION,
	                                   .citation = citation});
}

static const struct aip_json *parsed(struct reading *r, struct aip_str raw)
{
	struct aip_error ignored;
	struct aip_json *doc;

	return raw.len && !aip_json_parse(r->d->scratch, raw, &doc, &ignored) ? doc : NULL;
}

static enum aip_status cite(struct reading *r)
{
	struct candidate *c = r->candidate;

	if (c->open != OPEN_TEXT || (!c->grounding.len && !c->citations.len))
		return AIP_OK;
	return gemini_read_citations(parsed(r, c->grounding), parsed(r, c->citations),
	                             aip_buf_str(&c->text), (struct gemini_cited){put_citation, r});
}

static void put_queries(const struct aip_json *queries, struct aip_json_out *out)
{
	aip_json_open(out, '{');
	aip_json_key(out, "query");
	aip_json_put_str(out, queries->child ? queries->child->text : AIP_NONE);
	aip_json_close(out, '}');
}

static void put_pages(const struct aip_json *chunks, struct aip_json_out *out)
{
	aip_json_open(out, '[');
	AIP_JSON_EACH (chunk, chunks) {
		const struct aip_json *web = gemini_get(chunk, "web");
		if (!web)
			continue;
		aip_json_open(out, '{');
		aip_json_str(out, "url", gemini_text(web, "uri"));
		aip_json_str(out, "title", gemini_text(web, "title"));
		aip_json_close(out, '}');
	}
	aip_json_close(out, ']');
}

/* Google tells of its search only in passing; other dialects have a place for it, this one has
 * none. */
static enum aip_status put_search(struct reading *r)
{
	struct aip_codec_ctx *ctx = r->d->ctx;
	const struct aip_json *grounding = parsed(r, r->candidate->grounding);
	const struct aip_json *queries = gemini_get(grounding, "webSearchQueries");
	struct aip_server_part server = {
		.tool = AIP_SERVER_WEB_SEARCH, .name = AIP_LIT("web_search"), .is_error = AIP_NO};
	const struct aip_part part = {.kind = AIP_SERVER_CALL, .server = &server};
	struct aip_buf input, results;

	if (!queries || !queries->count)
		return AIP_OK;
	aip_buf_init(&input, SIZE_MAX);
	aip_buf_init(&results, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&input);
	put_queries(queries, &out);
	out = aip_json_to(&results);
	put_pages(gemini_get(grounding, "groundingChunks"), &out);
	server.id = aip_ctx_id(ctx, "search_");
	server.input = aip_buf_str(&input);
	server.results = aip_buf_str(&results);
	enum aip_status s = open_block(r, &part);
	if (!s)
		s = stop_block(r, &part);
	aip_buf_fini(&input);
	aip_buf_fini(&results);
	return s;
}

/* ---- Candidates ----------------------------------------------------------------------------- */

static enum aip_status read_logprobs(struct reading *r, const struct aip_json *candidate)
{
	struct aip_str tokens =
		gemini_read_logprobs(r->d->scratch, gemini_get(candidate, "logprobsResult"));

	if (!tokens.len)
		return AIP_OK;
	if (r->candidate->open != OPEN_TEXT) {
		r->candidate->logprobs = aip_logprobs_join(r->d->ctx->arena, r->candidate->logprobs,
		                                           aip_arena_dup(r->d->ctx->arena, tokens));
		return AIP_OK;
	}
	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = r->candidate->block,
	                                   .delta = AIP_DELTA_LOGPROBS,
	                                   .raw = tokens});
}

/* A call that the model could not spell, and nothing else: a second try may do better. */
static enum aip_status put_bad_call(struct reading *r, const struct aip_json *candidate)
{
	struct aip_str words = gemini_text(candidate, "finishMessage");
	struct aip_error error;

	aip_fail(&error, AIP_UPSTREAM_BROKEN, "the model's function call was malformed%s%.*s",
	         words.len ? ": " : "", AIP_FMT(words));
	return emit(r, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &error});
}

static enum aip_status finish(struct reading *r, const struct aip_json *candidate,
                              enum aip_stop stop)
{
	struct candidate *c = r->candidate;

	if (stop == AIP_STOP_BAD_TOOL_CALL && !c->shows && r->d->ctx->client != AIP_GEMINI)
		return put_bad_call(r, candidate);
	c->cites = c->open == OPEN_TEXT;
	enum aip_status s = close_block(r);
	if (!s)
		s = put_search(r);
	c->finished = true;
	struct aip_event event = {
		.kind = AIP_EV_FINISH,
		.stop = stop,
		.raw = c->logprobs,
		.grounding = c->grounding,
		.safety = gemini_raw(candidate, "safetyRatings"),
		.stop_details = gemini_raw(candidate, "finishMessage"),
	};
	return s ? s : emit(r, &event);
}

static void keep_raw(struct aip_decoder *d, const struct aip_json *candidate, const char *key,
                     struct aip_str *into)
{
	struct aip_str raw = gemini_raw(candidate, key);

	if (raw.len)
		*into = aip_arena_dup(d->ctx->arena, raw);
}

/* What an answer stands on is told with its end, and belongs to its last text, whatever follows it. */
static const struct aip_json *last_text(const struct aip_json *candidate)
{
	const struct aip_json *last = NULL;

	AIP_JSON_EACH (part, gemini_get(gemini_get(candidate, "content"), "parts"))
		if (gemini_text(part, "text").len && !gemini_is_true(part, "thought"))
			last = part;
	return last;
}

static enum aip_status read_candidate(struct aip_decoder *d, const struct aip_json *candidate)
{
	const int64_t index = gemini_int(candidate, "index", 0);
	struct aip_str reason = gemini_text(candidate, "finishReason");

	if (index < 0 || index >= GEMINI_CANDIDATES_MAX)
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "the answer has a candidate %lld",
		                (long long)index);
	struct reading r = {d, &d->candidates[index], (uint32_t)index};
	if (r.candidate->finished)
		return AIP_OK;
	keep_raw(d, candidate, "groundingMetadata", &r.candidate->grounding);
	keep_raw(d, candidate, "citationMetadata", &r.candidate->citations);
	r.candidate->last_text = reason.len ? last_text(candidate) : NULL;
	AIP_JSON_EACH (part, gemini_get(gemini_get(candidate, "content"), "parts")) {
		enum aip_status s = read_part(&r, part);
		if (s)
			return s;
	}
	enum aip_status s = read_logprobs(&r, candidate);
	if (s || !reason.len)
		return s;
	r.candidate->ends_unnamed = gemini_word_is(reason, "FINISH_REASON_UNSPECIFIED");
	if (r.candidate->ends_unnamed)
		return AIP_OK; /* some servers say so on every chunk */
	return finish(&r, candidate, gemini_read_stop(reason, r.candidate->called));
}

/* ---- Chunks --------------------------------------------------------------------------------- */

static int64_t created_s(const struct aip_decoder *d, struct aip_str time)
{
	struct tm tm = {0};
	char text[20];

	aip_error_text(text, sizeof(text), time);
	return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : d->ctx->now_s;
}

static struct aip_str tier_of(const struct aip_json *usage)
{
	static const char *const tiers[][2] = {
		{"ON_DEMAND", "standard"},
		{"ON_DEMAND_PRIORITY", "priority"},
		{"ON_DEMAND_FLEX", "flex"},
	};
	struct aip_str type = gemini_text(usage, "trafficType");

	for (size_t i = 0; i < sizeof(tiers) / sizeof(*tiers); i++)
		if (gemini_word_is(type, tiers[i][0]))
			return aip_str(tiers[i][1]);
	return AIP_NONE;
}

static enum aip_status start(struct reading *r, const struct aip_json *chunk)
{
	r->d->started = true;
	return emit(r, &(struct aip_event){
			       .kind = AIP_EV_START,
			       .id = gemini_text(chunk, "responseId"),
			       .model_name = gemini_text(chunk, "modelVersion"),
			       .service_tier = tier_of(gemini_get(chunk, "usageMetadata")),
			       .created_s = created_s(r->d, gemini_text(chunk, "createTime")),
		       });
}

/* A prompt that was blocked has no candidates. */
static enum aip_status read_feedback(struct reading *r, const struct aip_json *chunk)
{
	const struct aip_json *feedback = gemini_get(chunk, "promptFeedback");
	struct aip_str reason = gemini_text(feedback, "blockReason");

	if (!reason.len || r->candidate->finished)
		return AIP_OK;
	r->candidate->finished = true;
	return emit(r, &(struct aip_event){
			       .kind = AIP_EV_FINISH,
			       .stop = AIP_STOP_CONTENT_FILTER,
			       .block_reason = reason,
			       .block_message = gemini_text(feedback, "blockReasonMessage"),
			       .safety = gemini_raw(feedback, "safetyRatings"),
		       });
}

static enum aip_status read_usage(struct reading *r, const struct aip_json *chunk)
{
	const struct aip_json *metadata = gemini_get(chunk, "usageMetadata");
	struct aip_usage usage;

	if (!metadata || !gemini_read_usage(metadata, &usage))
		return AIP_OK;
	return emit(r, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &usage});
}

static enum aip_status read_failure(struct reading *r, const struct aip_json *chunk)
{
	struct aip_error error;

	gemini_read_error(r->d->ctx, 200, NULL, 0, chunk->raw, &error);
	return emit(r, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &error});
}

static enum aip_status read_chunk(struct aip_decoder *d, const struct aip_json *chunk)
{
	struct reading r = {d, &d->candidates[0], 0};
	enum aip_status s = AIP_OK;

	if (chunk->kind != AIP_JSON_OBJECT)
		return AIP_OK;
	if (gemini_get(chunk, "response")) /* Code Assist's envelope */
		chunk = gemini_get(chunk, "response");
	if (gemini_get(chunk, "error"))
		return read_failure(&r, chunk);
	if (!d->started)
		s = start(&r, chunk);
	AIP_JSON_EACH (candidate, s ? NULL : gemini_get(chunk, "candidates")) {
		s = read_candidate(d, candidate);
		if (s)
			return s;
	}
	if (!s)
		s = read_feedback(&r, chunk);
	return s ? s : read_usage(&r, chunk);
}

static enum aip_status read_bytes(struct aip_decoder *d, struct aip_str json)
{
	struct aip_json *doc;

	aip_arena_reset(d->scratch);
	if (aip_json_parse(d->scratch, json, &doc, d->error)) {
		aip_note(d->error, "the upstream's answer");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	if (doc->kind != AIP_JSON_ARRAY)
		return read_chunk(d, doc);
	AIP_JSON_EACH (chunk, doc) {
		enum aip_status s = read_chunk(d, chunk);
		if (s)
			return s;
	}
	return AIP_OK;
}

/* The API has no end marker: an answer whose candidates have finished is whole. */
static enum aip_status end(struct aip_decoder *d, enum aip_eof how)
{
	for (uint32_t i = 0; i < GEMINI_CANDIDATES_MAX; i++) {
		struct reading r = {d, &d->candidates[i], i};
		if (!r.candidate->ends_unnamed || r.candidate->finished)
			continue;
		enum aip_status s = finish(&r, NULL, AIP_STOP_OTHER);
		if (s)
			return s;
	}
	return aip_stream_guard_eof(d->guard, how == AIP_EOF_CUT, false, d->ctx->loose_eof);
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *gemini_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->scratch = codec_scratch(ctx);
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	d->keeps_texts = gemini_may_cite(ctx);
	codec_intake_init(&d->intake);
	for (size_t i = 0; i < GEMINI_CANDIDATES_MAX; i++)
		aip_buf_init(&d->candidates[i].text, TEXT_MAX);
	return d;
}

void gemini_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < GEMINI_CANDIDATES_MAX; i++)
		aip_buf_fini(&d->candidates[i].text);
	codec_intake_fini(&d->intake);
	codec_scratch_end(d->ctx, d->scratch);
	d->scratch = NULL;
}

static enum aip_status read_event(struct aip_decoder *d, const struct aip_sse_frame *frame)
{
	return read_bytes(d, frame->data);
}

enum aip_status gemini_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
                                    struct aip_error *reterr)
{
	d->error = reterr;
	return codec_intake_feed(&d->intake, bytes, (struct codec_taker){read_event, d}, reterr);
}

enum aip_status gemini_decoder_finish(struct aip_decoder *d, enum aip_eof how,
                                      struct aip_error *reterr)
{
	enum aip_status s = AIP_OK;

	d->error = reterr;
	if (how == AIP_EOF_COMPLETE && d->intake.is_json)
		s = read_bytes(d, aip_buf_str(&d->intake.json));
	else if (how == AIP_EOF_COMPLETE)
		s = codec_intake_last(&d->intake, (struct codec_taker){read_event, d}, reterr);
	return s ? s : end(d, how);
}

enum aip_status gemini_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                     struct aip_sink sink, struct aip_error *reterr)
{
	struct aip_decoder *d = gemini_decoder_new(ctx, sink);

	d->error = reterr;
	enum aip_status s = read_bytes(d, body);
	if (!s)
		s = end(d, AIP_EOF_COMPLETE);
	gemini_decoder_fini(d);
	return s;
}
