/* Streams of Responses answers, read: one function an event of the dialect's grammar. */
#include "openai_responses.h"

struct signal {
	struct aip_decoder *d;
	const struct aip_json *data;
	struct responses_item *item; /* NULL: the event is about none */
};

/* ---- Events of the response ----------------------------------------------------------------- */

static enum aip_status on_begin(struct signal *s)
{
	return responses_start(s->d, aip_json_some(s->data, "response"));
}

static enum aip_status on_end(struct signal *s)
{
	return responses_end(s->d, aip_json_some(s->data, "response"));
}

static enum aip_status on_failed(struct signal *s)
{
	const struct aip_json *response = aip_json_some(s->data, "response");

	return responses_fail(s->d, aip_json_some(response, "error"), response);
}

/* The members stand in the event itself, or in an object of its own. */
static enum aip_status on_error(struct signal *s)
{
	const struct aip_json *inner = aip_json_some(s->data, "error");

	return responses_fail(s->d, inner ? inner : s->data, s->data);
}

/* ---- Events of an item ---------------------------------------------------------------------- */

static enum aip_status on_item_added(struct signal *s)
{
	return responses_begin_item(s->d, s->item, aip_json_some(s->data, "item"));
}

static enum aip_status on_item_done(struct signal *s)
{
	const struct aip_json *v = aip_json_some(s->data, "item");

	return v ? responses_end_item(s->d, s->item, v) : AIP_OK;
}

static enum aip_status said(struct signal *s, enum responses_piece piece)
{
	return responses_take_text(s->d, s->item, piece, aip_json_int(s->data, "content_index", 0),
	                           aip_json_text(s->data, "delta"));
}

static enum aip_status on_text(struct signal *s)
{
	enum aip_status status = said(s, PIECE_TEXT);

	return status ? status
	              : responses_take_logprobs(s->d, s->item, aip_json_some(s->data, "logprobs"));
}

static enum aip_status on_refusal(struct signal *s)
{
	return said(s, PIECE_REFUSAL);
}

static enum aip_status on_text_done(struct signal *s)
{
	return responses_end_text(s->d, s->item, PIECE_TEXT,
	                          aip_json_int(s->data, "content_index", 0),
	                          aip_json_text(s->data, "text"));
}

static enum aip_status on_refusal_done(struct signal *s)
{
	return responses_end_text(s->d, s->item, PIECE_REFUSAL,
	                          aip_json_int(s->data, "content_index", 0),
	                          aip_json_text(s->data, "refusal"));
}

static enum aip_status on_annotation(struct signal *s)
{
	return responses_take_annotation(s->d, s->item, aip_json_some(s->data, "annotation"));
}

static enum aip_status on_part_done(struct signal *s)
{
	const struct aip_json *part = aip_json_some(s->data, "part");
	struct aip_str type = aip_json_text(part, "type");

	if (!aip_str_is(type, "output_text") && !aip_str_is(type, "refusal"))
		return AIP_OK;
	return responses_end_part(s->d, s->item, aip_json_int(s->data, "content_index", 0), part);
}

static enum aip_status on_summary(struct signal *s)
{
	return responses_take_thought(s->d, s->item, AIP_DELTA_SUMMARY,
	                              (uint32_t)aip_json_int(s->data, "summary_index", 0),
	                              aip_json_text(s->data, "delta"));
}

static enum aip_status on_thought(struct signal *s)
{
	return responses_take_thought(s->d, s->item, AIP_DELTA_THINK, 0,
	                              aip_json_text(s->data, "delta"));
}

static enum aip_status on_summary_done(struct signal *s)
{
	return responses_end_thought(s->d, s->item, AIP_DELTA_SUMMARY,
	                             (uint32_t)aip_json_int(s->data, "summary_index", 0),
	                             aip_json_text(s->data, "text"));
}

static enum aip_status on_thought_done(struct signal *s)
{
	return responses_end_thought(s->d, s->item, AIP_DELTA_THINK, 0,
	                             aip_json_text(s->data, "text"));
}

static enum aip_status on_args(struct signal *s)
{
	return responses_take_args(s->d, s->item, aip_json_text(s->data, "delta"));
}

static enum aip_status on_args_done(struct signal *s)
{
	return responses_end_args(s->d, s->item, aip_json_text(s->data, "arguments"));
}

/* All of it again: news only when no delta came. Whether it was cut, the item will say. */
static enum aip_status on_input_done(struct signal *s)
{
	if (s->item->spoke)
		return AIP_OK;
	return responses_take_args(s->d, s->item, aip_json_text(s->data, "input"));
}

static enum aip_status on_picture(struct signal *s)
{
	return responses_take_picture(s->d, s->item, s->data);
}

/* ---- The table ------------------------------------------------------------------------------ */

static const struct {
	const char *type;
	bool is_of_item;
	enum aip_status (*read)(struct signal *s);
} signals[] = {
	/* the most frequent first */
	{"response.output_text.delta", true, on_text},
	{"response.function_call_arguments.delta", true, on_args},
	{"response.reasoning_summary_text.delta", true, on_summary},
	{"response.reasoning_text.delta", true, on_thought},
	{"response.custom_tool_call_input.delta", true, on_args},
	{"response.refusal.delta", true, on_refusal},
	{"response.created", false, on_begin},
	{"response.queued", false, on_begin},
	{"response.in_progress", false, on_begin},
	{"response.output_item.added", true, on_item_added},
	{"response.output_item.done", true, on_item_done},
	{"response.output_text.annotation.added", true, on_annotation},
	{"response.content_part.done", true, on_part_done},
	{"response.output_text.done", true, on_text_done},
	{"response.refusal.done", true, on_refusal_done},
	{"response.reasoning_summary_text.done", true, on_summary_done},
	{"response.reasoning_text.done", true, on_thought_done},
	{"response.function_call_arguments.done", true, on_args_done},
	{"response.custom_tool_call_input.done", true, on_input_done},
	{"response.mcp_call_arguments.delta", true, on_args},
	{"response.mcp_call_arguments.done", true, on_args_done},
	{"response.image_generation_call.partial_image", true, on_picture},
	{"response.completed", false, on_end},
	{"response.done", false, on_end},
	{"response.incomplete", false, on_end},
	{"response.failed", false, on_failed},
	{"error", false, on_error},
};

static enum aip_status take_event(struct aip_decoder *d, struct aip_str name,
                                  const struct aip_json *data)
{
	struct signal signal = {d, data, NULL};
	struct aip_str type = aip_json_text(data, "type");
	enum aip_status s = AIP_OK;
	size_t i = 0;

	if (!type.at && aip_json_some(data, "error"))
		return on_error(&signal);
	if (!type.at)
		type = name;
	while (i < sizeof(signals) / sizeof(*signals) && !aip_str_is(type, signals[i].type))
		i++;
	if (i == sizeof(signals) / sizeof(*signals))
		return AIP_OK;
	if (signals[i].is_of_item) {
		s = responses_start(d, NULL);
		if (!s)
			s = responses_item_at(d, aip_json_int(data, "output_index", 0),
			                      &signal.item);
	}
	return s ? s : signals[i].read(&signal);
}

static enum aip_status not_json(struct aip_decoder *d, const char *what)
{
	aip_note(d->error, "%s", what);
	if (d->error)
		d->error->status = AIP_UPSTREAM_BROKEN;
	return AIP_UPSTREAM_BROKEN;
}

static enum aip_status read_event(struct aip_decoder *d, const struct aip_sse_frame *frame)
{
	struct aip_json *doc;

	if (aip_str_is(frame->data, "[DONE]") || d->ended)
		return AIP_OK;
	aip_arena_reset(d->scratch);
	if (aip_json_parse(d->scratch, frame->data, &doc, d->error))
		return not_json(d, "an event of the upstream");
	enum aip_status s = take_event(d, frame->event, doc);
	int64_t number = aip_json_int(doc, "sequence_number", d->ctx->next_event);
	d->ctx->next_event = number >= 0 && number < INT32_MAX ? number + 1 : 0;
	return s;
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *responses_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->scratch = codec_scratch(ctx);
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	codec_intake_init(&d->intake);
	return d;
}

void responses_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	codec_intake_fini(&d->intake);
	codec_scratch_end(d->ctx, d->scratch);
	d->scratch = NULL;
}

enum aip_status responses_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
                                       struct aip_error *reterr)
{
	d->error = reterr;
	return codec_intake_feed(&d->intake, bytes, (struct codec_taker){read_event, d}, reterr);
}

static enum aip_status read_body(struct aip_decoder *d, struct aip_str body)
{
	struct aip_json *doc;

	if (aip_json_parse(d->scratch, body, &doc, d->error))
		return not_json(d, "the upstream's answer");
	return responses_read_whole(d, doc);
}

enum aip_status responses_decoder_finish(struct aip_decoder *d, enum aip_eof how,
                                         struct aip_error *reterr)
{
	const bool cut = how == AIP_EOF_CUT;
	enum aip_status s = AIP_OK;

	d->error = reterr;
	if (!cut && d->intake.is_json)
		return read_body(d, aip_buf_str(&d->intake.json));
	if (!cut)
		s = codec_intake_last(&d->intake, (struct codec_taker){read_event, d}, reterr);
	if (s || d->ended)
		return s;
	return aip_stream_guard_eof(d->guard, cut, false, d->ctx->loose_eof);
}

enum aip_status responses_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                        struct aip_sink sink, struct aip_error *reterr)
{
	struct aip_decoder *d = responses_decoder_new(ctx, sink);

	d->error = reterr;
	enum aip_status s = read_body(d, body);
	responses_decoder_fini(d);
	return s;
}
