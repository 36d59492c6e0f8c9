/* Chat Completions answers, read: bytes to chunks, chunks to choices. Many servers imitate this
 * dialect; what they do differently is taken as they mean it. */
#include "openai_chat_answer.h"

#include "codecs.h"
#include "openai_error.h"

struct aip_decoder {
	struct chat_hearing hearing;
	struct codec_intake intake;
	bool started, ended, done;
};

/* ---- Choices -------------------------------------------------------------------------------- */

static struct chat_choice *choice_at(struct chat_hearing *h, int64_t index)
{
	struct chat_choice **at = &h->choices;

	for (; *at; at = &(*at)->next)
		if ((*at)->index == index)
			return *at;
	*at = AIP_NEW(h->ctx->arena, struct chat_choice);
	(*at)->index = index;
	return *at;
}

static enum aip_status finish(struct chat_hearing *h, struct chat_choice *c, enum aip_stop stop)
{
	enum aip_status s = chat_close(h, c);

	if (!s &&
	    stop != AIP_STOP_MAX_TOKENS) /* the guard closes the rest, and knows what was cut */
		s = chat_close_calls(h, c);
	if (stop == AIP_STOP_END_TURN && c->refused)
		stop = AIP_STOP_REFUSAL;
	if (stop == AIP_STOP_OTHER && c->called)
		stop = AIP_STOP_TOOL_USE;
	c->finished = true;
	return s ? s : chat_emit(h, c, &(struct aip_event){.kind = AIP_EV_FINISH, .stop = stop});
}

/* Finishes that stood beside content: some servers give a reason with every chunk. */
static enum aip_status finish_held(struct chat_hearing *h)
{
	for (struct chat_choice *c = h->choices; c; c = c->next) {
		enum aip_status s = c->held && !c->finished ? finish(h, c, c->held) : AIP_OK;
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status fail(struct aip_decoder *d, const struct aip_json *error)
{
	struct aip_error seen;

	openai_read_error_object(error, 0, &seen);
	d->ended = true;
	return chat_emit(&d->hearing, NULL,
	                 &(struct aip_event){.kind = AIP_EV_ERROR, .error = &seen});
}

static enum aip_status fail_by_reason(struct aip_decoder *d, enum aip_status fault,
                                      struct aip_str reason)
{
	struct aip_error seen = {0};

	aip_fail(&seen, fault, "the upstream broke its answer off: %.*s", AIP_FMT(reason));
	d->ended = true;
	return chat_emit(&d->hearing, NULL,
	                 &(struct aip_event){.kind = AIP_EV_ERROR, .error = &seen});
}

static enum aip_status read_reason(struct aip_decoder *d, struct chat_choice *c,
                                   struct aip_str reason, bool beside_content)
{
	enum aip_status fault;

	if (beside_content)
		c->held = AIP_STOP_UNSET;
	if (!reason.len)
		return AIP_OK;
	const enum aip_stop stop = chat_read_stop(reason, &fault);
	if (fault)
		return fail_by_reason(d, fault, reason);
	if (!beside_content && c->said)
		return finish(&d->hearing, c, stop);
	c->held = stop;
	return AIP_OK;
}

static enum aip_status read_choice(struct aip_decoder *d, const struct aip_json *v)
{
	struct chat_hearing *h = &d->hearing;
	const int64_t index = aip_json_int(v, "index", 0);
	const struct aip_json *delta = aip_json_some(v, "delta");

	if (aip_json_some(v, "error"))
		return fail(d, aip_json_some(v, "error"));
	if (index < 0 || index >= CHAT_CHOICES_MAX)
		return aip_fail(h->error, AIP_UPSTREAM_BROKEN, "the answer has a choice %lld",
		                (long long)index);
	struct chat_choice *c = choice_at(h, index);
	const uint32_t before = c->said;
	if (c->finished)
		return AIP_OK;
	enum aip_status s = chat_hear_message(h, c, delta ? delta : aip_json_some(v, "message"),
	                                      aip_json_some(v, "logprobs"), !delta);
	if (!s)
		s = chat_hear_text(h, c, aip_json_text(v, "text")); /* legacy completions */
	return s ? s : read_reason(d, c, aip_json_text(v, "finish_reason"), c->said != before);
}

/* ---- Chunks --------------------------------------------------------------------------------- */

static enum aip_status start(struct aip_decoder *d, const struct aip_json *chunk)
{
	if (d->started)
		return AIP_OK;
	d->started = true;
	return chat_emit(
		&d->hearing, NULL,
		&(struct aip_event){
			.kind = AIP_EV_START,
			.id = aip_json_text(chunk, "id"),
			.model_name = aip_json_text(chunk, "model"),
			.system_fingerprint = aip_json_text(chunk, "system_fingerprint"),
			.service_tier = chat_read_tier(aip_json_text(chunk, "service_tier")),
			.created_s = aip_json_int(chunk, "created", d->hearing.ctx->now_s)});
}

static enum aip_status read_usage(struct aip_decoder *d, const struct aip_json *usage)
{
	struct aip_usage figures;

	if (!chat_read_usage(usage, &figures))
		return AIP_OK;
	return chat_emit(&d->hearing, NULL,
	                 &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &figures});
}

/* An error where an answer was expected: an object, a string, or code and message without choices.
 */
static const struct aip_json *error_in(const struct aip_json *chunk)
{
	const struct aip_json *error = aip_json_some(chunk, "error");

	if (error)
		return error;
	if (!aip_json_get(chunk, "choices") && aip_json_text(chunk, "message").len &&
	    (aip_json_some(chunk, "code") || aip_str_is(aip_json_text(chunk, "object"), "error")))
		return chunk;
	return NULL;
}

/* The last figures of a stream stand in the chunk, in a choice, or with a vendor's own things. */
static enum aip_status read_figures(struct aip_decoder *d, const struct aip_json *chunk,
                                    const struct aip_json *choices)
{
	enum aip_status s = read_usage(d, aip_json_some(chunk, "usage"));

	if (!s)
		s = read_usage(d, aip_json_some(aip_json_some(chunk, "x_groq"), "usage"));
	AIP_JSON_EACH (choice, choices)
		s = s ? s : read_usage(d, aip_json_some(choice, "usage"));
	return s;
}

static enum aip_status read_chunk(struct aip_decoder *d, const struct aip_json *chunk)
{
	const struct aip_json *error = error_in(chunk);
	const struct aip_json *choices = aip_json_some(chunk, "choices");
	const bool empty = !choices || !choices->child;
	enum aip_status s;

	if (d->ended)
		return AIP_OK;
	if (error)
		return fail(d, error);
	if (empty && !aip_json_some(chunk, "usage"))
		return AIP_OK;
	s = start(d, chunk);
	AIP_JSON_EACH (choice, s ? NULL : choices) {
		s = read_choice(d, choice);
		if (s || d->ended)
			return s;
	}
	if (!s && empty)
		s = finish_held(&d->hearing);
	return s ? s : read_figures(d, chunk, choices);
}

/* ---- The end -------------------------------------------------------------------------------- */

static enum aip_status end(struct aip_decoder *d, bool cut, bool marked)
{
	if (d->ended)
		return AIP_OK;
	d->ended = true;
	enum aip_status s = finish_held(&d->hearing);
	return s ? s
	         : aip_stream_guard_eof(d->hearing.guard, cut, marked, d->hearing.ctx->loose_eof);
}

static enum aip_status broken(struct aip_decoder *d, const char *what)
{
	aip_note(d->hearing.error, "%s", what);
	if (d->hearing.error)
		d->hearing.error->status = AIP_UPSTREAM_BROKEN;
	return AIP_UPSTREAM_BROKEN;
}

static enum aip_status read_event(struct aip_decoder *d, const struct aip_sse_frame *frame)
{
	struct aip_json *doc;

	if (d->done)
		return AIP_OK;
	if (aip_str_is(aip_str_trim(frame->data), "[DONE]")) {
		d->done = true;
		return end(d, false, true);
	}
	aip_arena_reset(d->hearing.scratch);
	if (aip_json_parse(d->hearing.scratch, frame->data, &doc, d->hearing.error))
		return broken(d, "an event of the upstream");
	if (aip_str_is(frame->event, "error") && !error_in(doc) && !d->ended)
		return fail(d, doc);
	return read_chunk(d, doc);
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *chat_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->hearing.ctx = ctx;
	d->hearing.scratch = codec_scratch(ctx);
	d->hearing.guard = aip_stream_guard_new(ctx->arena, sink);
	codec_intake_init(&d->intake);
	return d;
}

void chat_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	for (struct chat_choice *c = d->hearing.choices; c; c = c->next)
		chat_calls_fini(c);
	codec_intake_fini(&d->intake);
	codec_scratch_end(d->hearing.ctx, d->hearing.scratch);
	d->hearing.scratch = NULL;
}

enum aip_status chat_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
                                  struct aip_error *reterr)
{
	d->hearing.error = reterr;
	return codec_intake_feed(&d->intake, bytes, (struct codec_taker){read_event, d}, reterr);
}

static enum aip_status read_body(struct aip_decoder *d, struct aip_str body)
{
	struct aip_json *doc;

	if (aip_json_parse(d->hearing.scratch, body, &doc, d->hearing.error))
		return broken(d, "the upstream's answer");
	if (doc->kind == AIP_JSON_ARRAY && doc->child)
		doc = doc->child;
	if (!error_in(doc) && !aip_json_is(aip_json_get(doc, "choices"), AIP_JSON_ARRAY))
		return aip_fail(d->hearing.error, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer has no choices");
	enum aip_status s = read_chunk(d, doc);
	return s ? s : end(d, false, true);
}

enum aip_status chat_decoder_finish(struct aip_decoder *d, enum aip_eof how,
                                    struct aip_error *reterr)
{
	const bool cut = how == AIP_EOF_CUT;
	enum aip_status s = AIP_OK;

	d->hearing.error = reterr;
	if (!cut && !d->ended && d->intake.is_json)
		return read_body(d, aip_buf_str(&d->intake.json));
	if (!cut && !d->intake.is_json)
		s = codec_intake_last(&d->intake, (struct codec_taker){read_event, d}, reterr);
	return s ? s : end(d, cut, false);
}

/* A stream where a whole answer was asked for is read all the same. */
enum aip_status chat_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                   struct aip_sink sink, struct aip_error *reterr)
{
	struct aip_decoder *d = chat_decoder_new(ctx, sink);
	enum aip_status s;

	d->hearing.error = reterr;
	if (aip_str_starts(aip_str_trim(body), AIP_LIT("data:"))) {
		s = chat_decoder_feed(d, body, reterr);
		s = s ? s : chat_decoder_finish(d, AIP_EOF_COMPLETE, reterr);
	} else {
		s = read_body(d, body);
	}
	chat_decoder_fini(d);
	return s;
}
