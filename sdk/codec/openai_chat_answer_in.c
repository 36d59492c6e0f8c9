/* Chat Completions answers, read: messages and their deltas become events. Many servers imitate this dialect;
 * what they do differently is taken as they mean it. */
#include "openai_chat.h"

#include "codecs.h"
#include "openai_error.h"

#define FRAME_MAX   (64u << 20)
#define CHOICES_MAX 128

enum open_kind {
	OPEN_NONE,
	OPEN_TEXT,
	OPEN_THOUGHT,
	OPEN_REFUSAL,
};

/* A tool call of a choice, found by its index. */
struct call {
	struct call *next;
	int64_t index;
	struct aip_str id;
	bool open, closed;
	uint32_t block;
};

struct choice {
	struct choice *next;
	int64_t index;
	enum open_kind open;
	uint32_t block;
	struct call *calls;
	bool called, refused;
	bool finished;
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch;   /* one chunk's tree */
	struct aip_stream_guard *guard;
	struct aip_sse sse;
	struct aip_buf whole;        /* JSON where a stream was asked for */
	bool is_json, kind_is_known;
	bool started, ended, done;
	uint32_t next_block;
	struct choice *choices;
	struct aip_error *error;     /* of the step that is running */
};

/* A choice in the chunk being read. */
struct reading {
	struct aip_decoder *d;
	struct choice *choice;
};

static enum aip_status emit(struct reading *r, struct aip_event *event)
{
	event->candidate = r->choice ? (uint32_t)r->choice->index : 0;
	return aip_stream_guard_emit(r->d->guard, event, r->d->error);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static enum aip_status close_block(struct reading *r)
{
	struct choice *c = r->choice;

	if (c->open == OPEN_NONE)
		return AIP_OK;
	c->open = OPEN_NONE;
	return emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = c->block});
}

static enum aip_status open_block(struct reading *r, enum open_kind kind)
{
	static const enum aip_part_kind parts[] = {
		[OPEN_TEXT] = AIP_TEXT, [OPEN_THOUGHT] = AIP_THINKING, [OPEN_REFUSAL] = AIP_REFUSAL};
	const struct aip_part head = {.kind = parts[kind]};
	struct choice *c = r->choice;

	if (c->open == kind)
		return AIP_OK;
	enum aip_status s = close_block(r);
	if (s)
		return s;
	c->open = kind;
	c->refused = c->refused || kind == OPEN_REFUSAL;
	c->block = r->d->next_block++;
	return emit(r, &(struct aip_event){
			       .kind = AIP_EV_BLOCK_START, .block = c->block, .part = &head});
}

static enum aip_status put_text(struct reading *r, enum open_kind kind, struct aip_str text)
{
	static const enum aip_delta deltas[] = {[OPEN_TEXT] = AIP_DELTA_TEXT,
	                                        [OPEN_THOUGHT] = AIP_DELTA_THINK,
	                                        [OPEN_REFUSAL] = AIP_DELTA_REFUSAL};

	if (!text.len)
		return AIP_OK;
	enum aip_status s = open_block(r, kind);
	return s ? s
	         : emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                       .block = r->choice->block,
	                                       .delta = deltas[kind],
	                                       .text = text});
}

/* ---- Tool calls ----------------------------------------------------------------------------- */

static struct call *last_call(struct choice *c)
{
	struct call *call = c->calls;

	while (call && call->next)
		call = call->next;
	return call;
}

static struct call *add_call(struct reading *r, int64_t index)
{
	struct call *call = AIP_NEW(r->d->ctx->arena, struct call);

	call->index = index;
	AIP_APPEND(&r->choice->calls, call);
	return call;
}

/* By its index; servers that leave it out are told apart by id, or mean the call they are at. */
static struct call *call_of(struct reading *r, const struct aip_json *v, int64_t position)
{
	const struct aip_json *index = aip_json_some(v, "index");
	struct aip_str id = aip_json_text(v, "id");
	struct aip_str name = aip_json_text(aip_json_some(v, "function"), "name");
	struct call *last = last_call(r->choice);

	if (index) {
		int64_t at = aip_json_int(v, "index", position);
		for (struct call *call = r->choice->calls; call; call = call->next)
			if (call->index == at && !call->closed)
				return call;
		return add_call(r, at);
	}
	for (struct call *call = r->choice->calls; call && id.len; call = call->next)
		if (aip_str_eq(call->id, id))
			return call;
	if (last && !name.len)
		return last;
	return add_call(r, last ? last->index + 1 : position);
}

static enum aip_status put_signature(struct reading *r, const struct call *call,
                                     const struct aip_json *v)
{
	const struct aip_json *google = aip_json_some(aip_json_some(v, "extra_content"), "google");
	struct aip_opaque opaque = {
		.vendor = AIP_VENDOR_GOOGLE,
		.kind = AIP_OPAQUE_THOUGHT_SIGNATURE,
		.model = r->d->ctx->model,
		.data = aip_json_text(google, "thought_signature"),
		.part = AIP_TOOL_CALL,
	};
	const struct aip_part part = {.kind = AIP_TOOL_CALL, .opaque = &opaque};

	if (!opaque.data.len)
		return AIP_OK;
	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = call->block,
	                                   .delta = AIP_DELTA_OPAQUE,
	                                   .part = &part});
}

static enum aip_status begin_call(struct reading *r, struct call *call, const struct aip_json *v,
                                  enum aip_call_kind kind, struct aip_str name)
{
	struct aip_codec_ctx *ctx = r->d->ctx;
	struct aip_tool_call made = {.kind = kind, .id = aip_json_text(v, "id")};
	const struct aip_part head = {.kind = AIP_TOOL_CALL, .call = &made};

	enum aip_status s = close_block(r);
	if (s)
		return s;
	made.name = aip_names_in(ctx->names, name, &made.space);
	if (!made.id.len)
		made.id = aip_ctx_id(ctx, "call_");
	call->id = aip_arena_dup(ctx->arena, made.id);
	call->open = r->choice->called = true;
	call->block = r->d->next_block++;
	s = emit(r, &(struct aip_event){
			    .kind = AIP_EV_BLOCK_START, .block = call->block, .part = &head});
	return s ? s : put_signature(r, call, v);
}

static enum aip_status read_call(struct reading *r, const struct aip_json *v, int64_t position)
{
	const struct aip_json *custom = aip_json_some(v, "custom");
	const struct aip_json *inner = custom ? custom : aip_json_some(v, "function");
	const struct aip_json *args = aip_json_some(inner, custom ? "input" : "arguments");
	struct aip_str name = aip_json_text(inner, "name");
	struct call *call = call_of(r, v, position);
	enum aip_status s = AIP_OK;

	if (!call->open && name.len)
		s = begin_call(r, call, v, custom ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION, name);
	if (s || !call->open || !args)
		return s;
	struct aip_str text = args->kind == AIP_JSON_STRING ? args->text : args->raw;
	return text.len ? emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                              .block = call->block,
	                                              .delta = AIP_DELTA_ARGS,
	                                              .text = text})
	                : AIP_OK;
}

static enum aip_status read_function_call(struct reading *r, const struct aip_json *v)
{
	struct call *call = r->choice->calls ? r->choice->calls : add_call(r, 0);
	struct aip_str name = aip_json_text(v, "name");
	struct aip_str args = aip_json_text(v, "arguments");
	enum aip_status s = AIP_OK;

	if (!call->open && name.len)
		s = begin_call(r, call, NULL, AIP_CALL_FUNCTION, name);
	if (s || !call->open || !args.len)
		return s;
	return emit(r, &(struct aip_event){
			       .kind = AIP_EV_DELTA, .block = call->block, .delta = AIP_DELTA_ARGS, .text = args});
}

static enum aip_status close_calls(struct reading *r)
{
	for (struct call *call = r->choice->calls; call; call = call->next) {
		if (!call->open || call->closed)
			continue;
		call->closed = true;
		enum aip_status s = emit(
			r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = call->block});
		if (s)
			return s;
	}
	return AIP_OK;
}

/* ---- A message or a delta ------------------------------------------------------------------- */

static enum aip_status read_content(struct reading *r, const struct aip_json *content)
{
	enum aip_status s = AIP_OK;

	if (!content)
		return AIP_OK;
	if (content->kind == AIP_JSON_STRING)
		return put_text(r, OPEN_TEXT, content->text);
	AIP_JSON_EACH(part, content) {
		const bool refusal = aip_str_is(aip_json_text(part, "type"), "refusal");
		s = put_text(r, refusal ? OPEN_REFUSAL : OPEN_TEXT,
		             aip_json_text(part, refusal ? "refusal" : "text"));
		if (s)
			return s;
	}
	return s;
}

static enum aip_status read_thoughts(struct reading *r, const struct aip_json *v)
{
	struct aip_str text = aip_json_text(v, "reasoning_content");
	enum aip_status s;

	if (!text.at)
		text = aip_json_text(v, "reasoning");
	s = put_text(r, OPEN_THOUGHT, text);
	AIP_JSON_EACH(detail, s || text.len ? NULL : aip_json_some(v, "reasoning_details"))
		s = s ? s : put_text(r, OPEN_THOUGHT, aip_json_text(detail, "text"));
	return s;
}

static enum aip_status read_annotation(struct reading *r, const struct aip_json *v)
{
	const struct aip_json *url = aip_json_some(v, "url_citation");
	const struct aip_citation citation = {
		.kind = AIP_CITE_URL,
		.url = aip_json_text(url, "url"),
		.title = aip_json_text(url, "title"),
		.start = aip_json_int(url, "start_index", -1),
		.end = aip_json_int(url, "end_index", -1),
		.doc_index = -1,
		.doc_start = -1,
		.doc_end = -1,
		.dialect = AIP_CHAT,
		.raw = v->raw,
	};

	if (!citation.url.len || r->choice->open != OPEN_TEXT)
		return AIP_OK;
	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = r->choice->block,
	                                   .delta = AIP_DELTA_CITATION,
	                                   .citation = &citation});
}

static enum aip_status read_image(struct reading *r, const struct aip_json *v)
{
	struct aip_str url = aip_json_text(aip_json_some(v, "image_url"), "url");
	struct aip_media media = {0};
	const struct aip_part head = {.kind = AIP_IMAGE, .media = &media};

	if (!aip_data_url(r->d->scratch, url, &media))
		return AIP_OK;
	enum aip_status s = close_block(r);
	uint32_t block = r->d->next_block++;
	if (!s)
		s = emit(r, &(struct aip_event){
				    .kind = AIP_EV_BLOCK_START, .block = block, .part = &head});
	if (!s)
		s = emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
		                                .block = block,
		                                .delta = AIP_DELTA_IMAGE,
		                                .text = media.data});
	return s ? s : emit(r, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = block});
}

/* A voice answer: its transcript, and the sound itself, in one block. */
static enum aip_status read_audio(struct reading *r, const struct aip_json *v)
{
	struct aip_str data = aip_json_text(v, "data");
	struct aip_str transcript = aip_json_text(v, "transcript");

	return data.len || transcript.len ? put_text(r, OPEN_TEXT, transcript) : AIP_OK;
}

static enum aip_status read_message(struct reading *r, const struct aip_json *v)
{
	const struct aip_json *legacy = aip_json_some(v, "function_call");
	int64_t position = 0;
	enum aip_status s;

	if (!aip_json_is(v, AIP_JSON_OBJECT))
		return AIP_OK;
	s = read_thoughts(r, v);
	if (!s)
		s = read_content(r, aip_json_some(v, "content"));
	if (!s)
		s = put_text(r, OPEN_REFUSAL, aip_json_text(v, "refusal"));
	AIP_JSON_EACH(note, aip_json_some(v, "annotations"))
		s = s ? s : read_annotation(r, note);
	AIP_JSON_EACH(image, aip_json_some(v, "images"))
		s = s ? s : read_image(r, image);
	if (!s && aip_json_some(v, "audio"))
		s = read_audio(r, aip_json_some(v, "audio"));
	AIP_JSON_EACH(call, aip_json_some(v, "tool_calls"))
		s = s ? s : read_call(r, call, position++);
	return s || !legacy ? s : read_function_call(r, legacy);
}

static enum aip_status put_logprobs(struct reading *r, const struct aip_json *v)
{
	const struct aip_json *tokens = aip_json_some(v, "content");

	if (!aip_json_is(tokens, AIP_JSON_ARRAY) || r->choice->open != OPEN_TEXT)
		return AIP_OK;
	return emit(r, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = r->choice->block,
	                                   .delta = AIP_DELTA_LOGPROBS,
	                                   .raw = tokens->raw});
}

static enum aip_status finish(struct reading *r, struct aip_str reason)
{
	enum aip_status s = close_block(r);

	if (!s)
		s = close_calls(r);
	enum aip_stop stop = chat_read_stop(reason, r->choice->called);
	if (stop == AIP_STOP_END_TURN && r->choice->refused)
		stop = AIP_STOP_REFUSAL;
	r->choice->finished = true;
	return s ? s : emit(r, &(struct aip_event){.kind = AIP_EV_FINISH, .stop = stop});
}

/* ---- Chunks --------------------------------------------------------------------------------- */

static struct choice *choice_at(struct aip_decoder *d, int64_t index)
{
	struct choice **at = &d->choices;

	for (; *at; at = &(*at)->next)
		if ((*at)->index == index)
			return *at;
	*at = AIP_NEW(d->ctx->arena, struct choice);
	(*at)->index = index;
	return *at;
}

static enum aip_status read_choice(struct aip_decoder *d, const struct aip_json *v)
{
	const int64_t index = aip_json_int(v, "index", 0);
	struct aip_str reason = aip_json_text(v, "finish_reason");
	const struct aip_json *delta = aip_json_some(v, "delta");

	if (index < 0 || index >= CHOICES_MAX)
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "the answer has a choice %lld",
		                (long long)index);
	struct reading r = {d, choice_at(d, index)};
	if (r.choice->finished)
		return AIP_OK;
	enum aip_status s = read_message(&r, delta ? delta : aip_json_some(v, "message"));
	if (!s)
		s = put_text(&r, OPEN_TEXT, aip_json_text(v, "text")); /* legacy completions */
	if (!s)
		s = put_logprobs(&r, aip_json_some(v, "logprobs"));
	return s || !reason.len ? s : finish(&r, reason);
}

static enum aip_status start(struct aip_decoder *d, const struct aip_json *chunk)
{
	struct reading r = {d, NULL};
	struct aip_str tier = aip_json_text(chunk, "service_tier");

	if (d->started)
		return AIP_OK;
	d->started = true;
	return emit(&r, &(struct aip_event){
				.kind = AIP_EV_START,
				.id = aip_json_text(chunk, "id"),
				.model_name = aip_json_text(chunk, "model"),
				.system_fingerprint = aip_json_text(chunk, "system_fingerprint"),
				.service_tier = aip_str_is(tier, "default") ? AIP_LIT("standard") : tier,
				.created_s = aip_json_int(chunk, "created", d->ctx->now_s)});
}

static enum aip_status fail(struct aip_decoder *d, const struct aip_json *error)
{
	struct reading r = {d, NULL};
	struct aip_error seen;

	openai_read_error_object(error, 0, &seen);
	d->ended = true;
	return emit(&r, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &seen});
}

static enum aip_status read_usage(struct aip_decoder *d, const struct aip_json *usage)
{
	struct reading r = {d, NULL};
	struct aip_usage figures;

	if (!chat_read_usage(usage, &figures))
		return AIP_OK;
	return emit(&r, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &figures});
}

/* An error where an answer was expected: an object, a string, or code and message without choices. */
static const struct aip_json *error_in(const struct aip_json *chunk)
{
	const struct aip_json *error = aip_json_some(chunk, "error");

	if (error)
		return error;
	if (!aip_json_get(chunk, "choices") && aip_json_some(chunk, "code") &&
	    aip_json_text(chunk, "message").len)
		return chunk;
	return NULL;
}

static enum aip_status read_chunk(struct aip_decoder *d, const struct aip_json *chunk)
{
	const struct aip_json *error = error_in(chunk);
	const struct aip_json *choices = aip_json_some(chunk, "choices");
	enum aip_status s;

	if (d->ended)
		return AIP_OK;
	if (error)
		return fail(d, error);
	if (!choices && !aip_json_some(chunk, "usage"))
		return AIP_OK;
	s = start(d, chunk);
	AIP_JSON_EACH(choice, s ? NULL : choices) {
		s = read_choice(d, choice);
		if (!s)
			s = read_usage(d, aip_json_some(choice, "usage"));
		if (s)
			return s;
	}
	return s ? s : read_usage(d, aip_json_some(chunk, "usage"));
}

/* ---- The end -------------------------------------------------------------------------------- */

static bool has_open_call(const struct choice *c)
{
	for (const struct call *call = c->calls; call; call = call->next)
		if (call->open && !call->closed)
			return true;
	return false;
}

/* [DONE] ends what a server forgot to finish; the mere end of bytes does not. */
static enum aip_status end(struct aip_decoder *d, bool marked)
{
	struct reading none = {d, NULL};

	if (d->ended)
		return AIP_OK;
	for (struct choice *c = d->choices; c; c = c->next) {
		struct reading r = {d, c};
		if (c->finished)
			continue;
		if (!marked || has_open_call(c))
			return aip_fail(d->error, AIP_UPSTREAM_BROKEN,
			                "the upstream's answer ended before it was finished");
		enum aip_status s = finish(&r, AIP_LIT("stop"));
		if (s)
			return s;
	}
	if (!d->choices)
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "the upstream's answer is empty");
	d->ended = true;
	return emit(&none, &(struct aip_event){.kind = AIP_EV_END});
}

static enum aip_status read_data(struct aip_decoder *d, struct aip_str data)
{
	struct aip_json *doc;

	if (aip_str_is(aip_str_trim(data), "[DONE]")) {
		d->done = true;
		return end(d, true);
	}
	aip_arena_reset(d->scratch);
	if (aip_json_parse(d->scratch, data, &doc, d->error)) {
		aip_note(d->error, "an event of the upstream");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	return read_chunk(d, doc);
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *chat_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->scratch = codec_scratch(ctx);
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	aip_sse_init(&d->sse, FRAME_MAX);
	aip_buf_init(&d->whole, FRAME_MAX);
	return d;
}

void chat_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	aip_sse_fini(&d->sse);
	aip_buf_fini(&d->whole);
	codec_scratch_end(d->ctx, d->scratch);
	d->scratch = NULL;
}

enum aip_status chat_decoder_feed(struct aip_decoder *d, struct aip_str bytes, struct aip_error *reterr)
{
	struct aip_sse_frame frame;
	enum aip_status s;

	d->error = reterr;
	if (!d->kind_is_known && bytes.len) {
		d->kind_is_known = true;
		d->is_json = *bytes.at == '{' || *bytes.at == '[';
	}
	if (d->is_json)
		return aip_buf_add(&d->whole, bytes)
		               ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the answer is too large")
		               : AIP_OK;
	while ((s = aip_sse_next(&d->sse, &bytes, &frame)) == AIP_OK && frame.data.at) {
		s = frame.data.len && !d->done ? read_data(d, frame.data) : AIP_OK;
		if (s)
			return s;
	}
	return s ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "an event of the answer is too large") : AIP_OK;
}

static enum aip_status read_body(struct aip_decoder *d, struct aip_str body)
{
	struct aip_json *doc;

	if (aip_json_parse(d->scratch, body, &doc, d->error)) {
		aip_note(d->error, "the upstream's answer");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	if (!error_in(doc) && !aip_json_is(aip_json_get(doc, "choices"), AIP_JSON_ARRAY))
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "the upstream's answer has no choices");
	enum aip_status s = read_chunk(d, doc);
	return s ? s : end(d, true);
}

enum aip_status chat_decoder_finish(struct aip_decoder *d, enum aip_eof how, struct aip_error *reterr)
{
	struct aip_sse_frame frame = {0};
	enum aip_status s = AIP_OK;

	d->error = reterr;
	if (d->is_json)
		return how == AIP_EOF_COMPLETE && !d->ended ? read_body(d, aip_buf_str(&d->whole))
		                                            : end(d, false);
	if (how == AIP_EOF_COMPLETE && !aip_sse_finish(&d->sse, &frame) && frame.data.len && !d->done)
		s = read_data(d, frame.data);
	return s ? s : end(d, false);
}

enum aip_status chat_read_response(struct aip_codec_ctx *ctx, struct aip_str body, struct aip_sink sink,
                                   struct aip_error *reterr)
{
	struct aip_decoder *d = chat_decoder_new(ctx, sink);

	d->error = reterr;
	enum aip_status s = read_body(d, body);
	chat_decoder_fini(d);
	return s;
}
