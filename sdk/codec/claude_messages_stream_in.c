/* Anthropic Messages answers, read: a stream of events. */
#include "claude_messages_answer_in.h"

#define HELD_MAX (16u << 20) /* input that is passed on only when it is whole */

/* ---- Deltas --------------------------------------------------------------------------------- */

static enum aip_status on_input(struct aip_decoder *d, struct claude_open *open,
                                struct aip_str fragment)
{
	const bool call = open->kind == AIP_TOOL_CALL || open->kind == AIP_SERVER_CALL;

	if (!call && open->kind != AIP_TEXT)
		return AIP_OK;
	open->said = open->said || fragment.len;
	if ((open->holds || open->kind == AIP_SERVER_CALL) && aip_buf_add(&open->held, fragment))
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "a tool's input is too large");
	if (open->holds)
		return AIP_OK;
	return claude_emit_delta(d, open, call ? AIP_DELTA_ARGS : AIP_DELTA_TEXT, fragment);
}

static enum aip_status on_signature(struct aip_decoder *d, const struct claude_open *open,
                                    struct aip_str signature)
{
	struct aip_opaque opaque =
		claude_opaque_of(d, AIP_OPAQUE_SIGNATURE, AIP_THINKING, signature);
	const struct aip_part part = {.kind = AIP_THINKING, .opaque = &opaque};

	if (open->kind != AIP_THINKING || !signature.len)
		return AIP_OK;
	return claude_emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                          .block = open->number,
	                                          .delta = AIP_DELTA_OPAQUE,
	                                          .part = &part});
}

static enum aip_status on_citation(struct aip_decoder *d, const struct claude_open *open,
                                   const struct aip_json *v)
{
	struct aip_citation citation;

	if (open->kind != AIP_TEXT || !claude_read_citation(v, &citation))
		return AIP_OK;
	return claude_emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                          .block = open->number,
	                                          .delta = AIP_DELTA_CITATION,
	                                          .citation = &citation});
}

/* A delta of a type, or for a block, that nobody knows says nothing. */
static enum aip_status on_block_delta(struct aip_decoder *d, const struct aip_json *event)
{
	struct claude_open *open = claude_open_at(d, aip_json_int(event, "index", -1));
	const struct aip_json *delta = aip_json_some(event, "delta");
	struct aip_str type = aip_json_text(delta, "type");

	if (!open)
		return AIP_OK;
	if (aip_str_is(type, "text_delta") && open->kind == AIP_TEXT)
		return claude_emit_delta(d, open, AIP_DELTA_TEXT, aip_json_text(delta, "text"));
	if (aip_str_is(type, "input_json_delta"))
		return on_input(d, open, aip_json_text(delta, "partial_json"));
	if (aip_str_is(type, "thinking_delta") && open->kind == AIP_THINKING)
		return claude_emit_delta(d, open, AIP_DELTA_THINK,
		                         aip_json_text(delta, "thinking"));
	if (aip_str_is(type, "signature_delta"))
		return on_signature(d, open, aip_json_text(delta, "signature"));
	if (aip_str_is(type, "citations_delta"))
		return on_citation(d, open, aip_json_some(delta, "citation"));
	if ((open->kind == AIP_COMPACTION || open->kind == AIP_UNKNOWN_PART) && delta)
		return claude_emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
		                                          .block = open->number,
		                                          .delta = AIP_DELTA_RAW,
		                                          .raw = delta->raw});
	return AIP_OK;
}

/* ---- Events --------------------------------------------------------------------------------- */

enum aip_status claude_usage(struct aip_decoder *d, const struct aip_json *usage)
{
	struct aip_usage read;

	if (!claude_read_usage(usage, &read))
		return AIP_OK;
	return claude_emit(d, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &read});
}

enum aip_status claude_start(struct aip_decoder *d, const struct aip_json *message)
{
	const struct aip_json *usage = aip_json_some(message, "usage");
	struct aip_usage read;

	if (d->started)
		return AIP_OK;
	d->started = true;
	return claude_emit(d, &(struct aip_event){
				      .kind = AIP_EV_START,
				      .id = aip_json_text(message, "id"),
				      .model_name = aip_json_text(message, "model"),
				      .created_s = d->ctx->now_s,
				      .service_tier = aip_json_text(usage, "service_tier"),
				      .usage = claude_read_usage(usage, &read) ? &read : NULL,
			      });
}

static enum aip_status on_message_start(struct aip_decoder *d, const struct aip_json *event)
{
	const struct aip_json *message = aip_json_some(event, "message");

	d->early_stop = aip_arena_dup(d->ctx->arena, aip_json_text(message, "stop_reason"));
	return claude_start(d, message);
}

/* A call without input: whether there is none, or it was cut before, the next event tells. */
static bool may_be_cut(const struct claude_open *open)
{
	return open->kind == AIP_TOOL_CALL && !open->said && !open->input.len;
}

static enum aip_status stop_waiting(struct aip_decoder *d)
{
	enum aip_status s = AIP_OK;

	for (size_t i = 0; i < CLAUDE_OPEN_MAX && !s; i++)
		if (d->open[i].used && d->open[i].waits)
			s = claude_stop_block(d, &d->open[i]);
	return s;
}

static enum aip_status on_block_start(struct aip_decoder *d, const struct aip_json *event)
{
	const int64_t index = aip_json_int(event, "index", -1);
	const struct aip_json *block = aip_json_some(event, "content_block");
	enum aip_status s = claude_start(d, NULL);

	if (!s)
		s = stop_waiting(d);
	struct claude_open *open = claude_open_at(d, index);
	if (!s && open) /* never stopped */
		s = claude_stop_block(d, open);
	if (s || d->stopped || !block)
		return s;
	open = claude_open_new(d, index);
	if (!open)
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "more than %d blocks are open",
		                CLAUDE_OPEN_MAX);
	return claude_start_block(d, open, block);
}

static enum aip_status on_block_stop(struct aip_decoder *d, const struct aip_json *event)
{
	struct claude_open *open = claude_open_at(d, aip_json_int(event, "index", -1));

	if (!open)
		return AIP_OK;
	open->waits = may_be_cut(open);
	return open->waits ? AIP_OK : claude_stop_block(d, open);
}

static enum aip_status stop_all(struct aip_decoder *d, bool at_limit)
{
	enum aip_status s = AIP_OK;

	for (size_t i = 0; i < CLAUDE_OPEN_MAX && !s; i++) {
		struct claude_open *open = &d->open[i];
		/* The guard closes the rest, and knows what was cut. */
		if (open->used && (open->unwraps || (open->input.len && !open->said)) && !at_limit)
			s = claude_stop_block(d, open);
		open->used = false;
	}
	return s;
}

void claude_keep_members(struct aip_decoder *d, const struct aip_json *object, const char *known,
                         struct aip_ext **into)
{
	AIP_JSON_EACH (member, object)
		if (member->kind != AIP_JSON_NULL && !codec_lists(known, member->key))
			AIP_APPEND(into,
			           aip_ext_new(d->scratch, AIP_CLAUDE, member->key, member->raw));
}

enum aip_status claude_finish(struct aip_decoder *d, struct aip_str reason,
                              const struct aip_json *delta, const struct aip_ext *ext)
{
	const struct aip_part more = {.kind = AIP_UNKNOWN_PART, .ext = (struct aip_ext *)ext};
	const struct aip_json *details = aip_json_some(delta, "stop_details");
	const enum aip_stop stop = claude_read_stop(reason);

	d->stopped = true;
	enum aip_status s = stop_all(d, stop == AIP_STOP_MAX_TOKENS);
	return s ? s
	         : claude_emit(d, &(struct aip_event){
					  .kind = AIP_EV_FINISH,
					  .stop = stop,
					  .part = ext ? &more : NULL,
					  .stop_sequence = aip_json_text(delta, "stop_sequence"),
					  .stop_details = details ? details->raw : AIP_NONE,
				  });
}

static enum aip_status on_message_delta(struct aip_decoder *d, const struct aip_json *event)
{
	const struct aip_json *delta = aip_json_some(event, "delta");
	struct aip_str reason = aip_json_text(delta, "stop_reason");
	struct aip_ext *ext = NULL;
	enum aip_status s = claude_start(d, NULL);

	if (!s)
		s = claude_usage(d, aip_json_some(event, "usage"));
	if (s || !reason.len || d->stopped)
		return s;
	claude_keep_members(d, delta, "stop_reason stop_sequence stop_details", &ext);
	claude_keep_members(d, event, "type delta usage", &ext);
	return claude_finish(d, reason, delta, ext);
}

static enum aip_status on_message_stop(struct aip_decoder *d, const struct aip_json *event)
{
	enum aip_status s = claude_start(d, NULL);

	if (!s && !d->stopped && d->early_stop.len)
		s = claude_finish(d, d->early_stop, NULL, NULL);
	return s ? s : claude_emit(d, &(struct aip_event){.kind = AIP_EV_END});
}

static enum aip_status on_ping(struct aip_decoder *d, const struct aip_json *event)
{
	return d->started ? claude_emit(d, &(struct aip_event){.kind = AIP_EV_PING}) : AIP_OK;
}

enum aip_status claude_fail_with(struct aip_decoder *d, const struct aip_json *error)
{
	struct aip_error read;

	claude_read_error_object(error, 0, &read);
	return claude_emit(d, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &read});
}

static const struct {
	const char *type;
	enum aip_status (*on)(struct aip_decoder *d, const struct aip_json *event);
} events[] = {
	{"content_block_delta", on_block_delta},
	{"content_block_start", on_block_start},
	{"content_block_stop", on_block_stop},
	{"message_start", on_message_start},
	{"message_delta", on_message_delta},
	{"message_stop", on_message_stop},
	{"ping", on_ping},
};

/* Whatever its type says, an event with an error in it is one. */
static enum aip_status read_event(struct aip_decoder *d, const struct aip_sse_frame *frame)
{
	struct aip_json *event;

	if (aip_str_is(aip_str_trim(frame->data), "[DONE]"))
		return AIP_OK;
	aip_arena_reset(d->scratch);
	if (aip_json_parse(d->scratch, frame->data, &event, d->error)) {
		aip_note(d->error, "the upstream's stream");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	struct aip_str type = aip_json_text(event, "type");
	if (!type.len)
		type = frame->event;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (aip_str_is(type, events[i].type))
			return events[i].on(d, event);
	if (aip_json_some(event, "error"))
		return claude_fail_with(d, aip_json_some(event, "error"));
	return AIP_OK;
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *claude_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	d->scratch = codec_scratch(ctx);
	codec_intake_init(&d->intake);
	for (size_t i = 0; i < CLAUDE_OPEN_MAX; i++)
		aip_buf_init(&d->open[i].held, HELD_MAX);
	d->unwraps_schema = claude_emulates_schema(ctx, ctx->request);
	return d;
}

void claude_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < CLAUDE_OPEN_MAX; i++)
		aip_buf_fini(&d->open[i].held);
	codec_intake_fini(&d->intake);
	codec_scratch_end(d->ctx, d->scratch);
	d->scratch = NULL;
}

enum aip_status claude_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
                                    struct aip_error *reterr)
{
	d->error = reterr;
	return codec_intake_feed(&d->intake, bytes, (struct codec_taker){read_event, d}, reterr);
}

enum aip_status claude_decoder_finish(struct aip_decoder *d, enum aip_eof how,
                                      struct aip_error *reterr)
{
	const bool cut = how == AIP_EOF_CUT;
	enum aip_status s = AIP_OK;

	d->error = reterr;
	if (!cut && d->intake.is_json)
		s = claude_read_whole(d, aip_buf_str(&d->intake.json));
	else if (!cut)
		s = codec_intake_last(&d->intake, (struct codec_taker){read_event, d}, reterr);
	return s ? s : aip_stream_guard_eof(d->guard, cut, false, d->ctx->loose_eof);
}
