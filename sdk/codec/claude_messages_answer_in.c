/* Messages answers, read: content blocks, alone or in a stream, become events. */
#include "claude_messages.h"

#define FRAME_MAX (64u << 20)

/* A content block that is open, by its index on the wire. */
struct block {
	struct block *next;
	int64_t index;
	uint32_t number;          /* of the event */
	enum aip_part_kind kind;
	bool is_answer;           /* the forced call whose input is the answer's text */
	bool spoke;
	struct aip_str input;     /* filled in at the start by servers that send no deltas */
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch; /* one event's tree */
	struct aip_stream_guard *guard;
	struct aip_sse sse;
	struct aip_buf whole;      /* JSON where a stream was asked for */
	bool is_json, kind_is_known;
	bool started, finished, ended;
	bool emulates_schema;
	bool answered;             /* by the forced call */
	uint32_t next_block;
	struct block *open, *spare;
	struct aip_error *error;   /* of the step that is running */
};

static enum aip_status emit(struct aip_decoder *d, const struct aip_event *event)
{
	return aip_stream_guard_emit(d->guard, event, d->error);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static struct block *block_at(struct aip_decoder *d, int64_t index)
{
	for (struct block *b = d->open; b; b = b->next)
		if (b->index == index)
			return b;
	return NULL;
}

static struct block *add_block(struct aip_decoder *d, int64_t index, enum aip_part_kind kind)
{
	struct block *b = d->spare;

	if (b)
		d->spare = b->next;
	else
		b = AIP_NEW(d->ctx->arena, struct block);
	*b = (struct block){.next = d->open, .index = index, .number = d->next_block++, .kind = kind};
	d->open = b;
	return b;
}

static void remove_block(struct aip_decoder *d, struct block *block)
{
	struct block **at = &d->open;

	while (*at != block)
		at = &(*at)->next;
	*at = block->next;
	block->next = d->spare;
	d->spare = block;
}

static enum aip_status put_delta(struct aip_decoder *d, struct block *b, enum aip_delta delta,
                                 struct aip_str text)
{
	if (!text.len)
		return AIP_OK;
	b->spoke = true;
	return emit(d, &(struct aip_event){
			       .kind = AIP_EV_DELTA, .block = b->number, .delta = delta, .text = text});
}

static enum aip_status put_opaque(struct aip_decoder *d, struct block *b, struct aip_str data,
                                  enum aip_opaque_kind kind)
{
	struct aip_opaque opaque = {.vendor = AIP_VENDOR_ANTHROPIC,
	                            .kind = kind,
	                            .model = d->ctx->model,
	                            .data = data,
	                            .part = b->kind};
	const struct aip_part part = {.kind = b->kind, .opaque = &opaque};

	if (!data.len)
		return AIP_OK;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = b->number,
	                                   .delta = AIP_DELTA_OPAQUE,
	                                   .part = &part});
}

static enum aip_status put_citation(struct aip_decoder *d, struct block *b, const struct aip_json *v)
{
	struct aip_citation citation;

	if (!v || !claude_read_citation(v, &citation))
		return AIP_OK;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = b->number,
	                                   .delta = AIP_DELTA_CITATION,
	                                   .citation = &citation});
}

static enum aip_status open_event(struct aip_decoder *d, const struct block *b, const struct aip_part *part)
{
	return emit(d, &(struct aip_event){
			       .kind = AIP_EV_BLOCK_START, .block = b->number, .part = part});
}

/* ---- Block starts --------------------------------------------------------------------------- */

static enum aip_status start_text(struct aip_decoder *d, int64_t index, const struct aip_json *v)
{
	const struct aip_part head = {.kind = AIP_TEXT};
	struct block *b = add_block(d, index, AIP_TEXT);

	enum aip_status s = open_event(d, b, &head);
	if (!s)
		s = put_delta(d, b, AIP_DELTA_TEXT, aip_json_text(v, "text"));
	AIP_JSON_EACH(citation, s ? NULL : aip_json_some(v, "citations"))
		s = s ? s : put_citation(d, b, citation);
	return s;
}

static enum aip_status start_thinking(struct aip_decoder *d, int64_t index, const struct aip_json *v)
{
	const struct aip_part head = {.kind = AIP_THINKING};
	struct block *b = add_block(d, index, AIP_THINKING);

	enum aip_status s = open_event(d, b, &head);
	if (!s)
		s = put_delta(d, b, AIP_DELTA_THINK, aip_json_text(v, "thinking"));
	return s ? s : put_opaque(d, b, aip_json_text(v, "signature"), AIP_OPAQUE_SIGNATURE);
}

static enum aip_status start_redacted(struct aip_decoder *d, int64_t index, const struct aip_json *v)
{
	const struct aip_part head = {.kind = AIP_REDACTED_THINKING};
	struct block *b = add_block(d, index, AIP_REDACTED_THINKING);

	enum aip_status s = open_event(d, b, &head);
	return s ? s : put_opaque(d, b, aip_json_text(v, "data"), AIP_OPAQUE_REDACTED);
}

static bool is_answer(const struct aip_decoder *d, struct aip_str name)
{
	return d->emulates_schema && aip_str_is(name, CLAUDE_JSON_TOOL);
}

static enum aip_status start_call(struct aip_decoder *d, int64_t index, const struct aip_json *v)
{
	const struct aip_json *input = aip_json_some(v, "input");
	struct aip_str name = aip_json_text(v, "name");
	struct aip_tool_call call = {.id = aip_json_text(v, "id")};
	const bool answers = is_answer(d, name);
	const struct aip_part head = {.kind = answers ? AIP_TEXT : AIP_TOOL_CALL,
	                              .call = answers ? NULL : &call};
	struct block *b = add_block(d, index, head.kind);

	b->is_answer = answers;
	d->answered = d->answered || answers;
	call.name = aip_names_in(d->ctx->names, name, &call.space);
	if (!call.id.len)
		call.id = aip_ctx_id(d->ctx, "toolu_");
	if (aip_json_is(input, AIP_JSON_OBJECT) && input->count)
		b->input = aip_arena_dup(d->ctx->arena, input->raw);
	return open_event(d, b, &head);
}

static enum aip_status start_server(struct aip_decoder *d, int64_t index, const struct aip_json *v)
{
	struct aip_server_part server;
	const bool result = claude_is_server_result(aip_json_text(v, "type"));
	const struct aip_part head = {.kind = result ? AIP_SERVER_RESULT : AIP_SERVER_CALL,
	                              .server = &server};
	struct block *b = add_block(d, index, head.kind);

	claude_read_server(v, &server);
	return open_event(d, b, &head);
}

static const struct {
	const char *type;
	enum aip_status (*start)(struct aip_decoder *d, int64_t index, const struct aip_json *v);
} block_types[] = {
	{"text", start_text},
	{"thinking", start_thinking},
	{"redacted_thinking", start_redacted},
	{"tool_use", start_call},
	{"server_tool_use", start_server},
	{"mcp_tool_use", start_server},
};

static enum aip_status start_block(struct aip_decoder *d, int64_t index, const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");

	for (size_t i = 0; i < sizeof(block_types) / sizeof(*block_types); i++)
		if (aip_str_is(type, block_types[i].type))
			return block_types[i].start(d, index, v);
	return claude_is_server_result(type) ? start_server(d, index, v) : AIP_OK;
}

/* ---- Deltas, stops -------------------------------------------------------------------------- */

static enum aip_status read_delta(struct aip_decoder *d, struct block *b, const struct aip_json *delta)
{
	struct aip_str type = aip_json_text(delta, "type");

	if (aip_str_is(type, "text_delta"))
		return put_delta(d, b, AIP_DELTA_TEXT, aip_json_text(delta, "text"));
	if (aip_str_is(type, "input_json_delta")) {
		if (b->kind == AIP_SERVER_CALL)
			return AIP_OK;
		return put_delta(d, b, b->is_answer ? AIP_DELTA_TEXT : AIP_DELTA_ARGS,
		                 aip_json_text(delta, "partial_json"));
	}
	if (aip_str_is(type, "thinking_delta"))
		return put_delta(d, b, AIP_DELTA_THINK, aip_json_text(delta, "thinking"));
	if (aip_str_is(type, "signature_delta"))
		return put_opaque(d, b, aip_json_text(delta, "signature"), AIP_OPAQUE_SIGNATURE);
	if (aip_str_is(type, "citations_delta"))
		return put_citation(d, b, aip_json_some(delta, "citation"));
	return AIP_OK;
}

static enum aip_status stop_block(struct aip_decoder *d, struct block *b)
{
	const uint32_t number = b->number;
	enum aip_status s = AIP_OK;

	if (!b->spoke && b->input.len)
		s = put_delta(d, b, b->is_answer ? AIP_DELTA_TEXT : AIP_DELTA_ARGS, b->input);
	remove_block(d, b);
	return s ? s : emit(d, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = number});
}

/* ---- The message ---------------------------------------------------------------------------- */

static enum aip_status put_usage(struct aip_decoder *d, const struct aip_json *usage)
{
	struct aip_usage figures;

	if (!claude_read_usage(usage, &figures))
		return AIP_OK;
	return emit(d, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &figures});
}

static enum aip_status start(struct aip_decoder *d, const struct aip_json *message)
{
	const struct aip_json *usage = aip_json_some(message, "usage");
	struct aip_usage figures;

	if (d->started)
		return AIP_OK;
	d->started = true;
	const bool counted = claude_read_usage(usage, &figures);
	return emit(d, &(struct aip_event){.kind = AIP_EV_START,
	                                   .id = aip_json_text(message, "id"),
	                                   .model_name = aip_json_text(message, "model"),
	                                   .service_tier = aip_json_text(usage, "service_tier"),
	                                   .created_s = d->ctx->now_s,
	                                   .usage = counted ? &figures : NULL});
}

static enum aip_status finish(struct aip_decoder *d, const struct aip_json *from)
{
	struct aip_str reason = aip_json_text(from, "stop_reason");
	const struct aip_json *details = aip_json_some(from, "stop_details");
	enum aip_status s = AIP_OK;

	if (!reason.len || d->finished)
		return AIP_OK;
	while (d->open && !s)
		s = stop_block(d, d->open);
	d->finished = true;
	enum aip_stop stop = claude_read_stop(reason);
	if (d->answered && stop == AIP_STOP_TOOL_USE)
		stop = AIP_STOP_END_TURN;
	return s ? s
	         : emit(d, &(struct aip_event){
					   .kind = AIP_EV_FINISH,
					   .stop = stop,
					   .stop_sequence = aip_json_text(from, "stop_sequence"),
					   .stop_details = details ? details->raw : AIP_NONE});
}

static enum aip_status fail(struct aip_decoder *d, const struct aip_json *error)
{
	struct aip_error seen;

	claude_read_error_object(error, 0, &seen);
	d->ended = true;
	return emit(d, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &seen});
}

static enum aip_status end(struct aip_decoder *d)
{
	if (d->ended)
		return AIP_OK;
	if (!d->finished)
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN,
		                d->started ? "the upstream's answer ended before it was finished"
		                           : "the upstream's answer is empty");
	d->ended = true;
	return emit(d, &(struct aip_event){.kind = AIP_EV_END});
}

static enum aip_status read_message(struct aip_decoder *d, const struct aip_json *message)
{
	int64_t index = 0;
	enum aip_status s;

	if (aip_json_some(message, "error"))
		return fail(d, aip_json_some(message, "error"));
	if (!aip_json_is(aip_json_get(message, "content"), AIP_JSON_ARRAY))
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "the upstream's answer is no message");
	s = start(d, message);
	AIP_JSON_EACH(v, s ? NULL : aip_json_get(message, "content")) {
		s = start_block(d, index, v);
		struct block *b = block_at(d, index++);
		if (!s && b)
			s = stop_block(d, b);
		if (s)
			return s;
	}
	if (!s)
		s = finish(d, message);
	if (!s)
		s = put_usage(d, aip_json_some(message, "usage"));
	return s ? s : end(d);
}

/* ---- Stream events -------------------------------------------------------------------------- */

static enum aip_status on_message_start(struct aip_decoder *d, const struct aip_json *v)
{
	const struct aip_json *message = aip_json_some(v, "message");

	enum aip_status s = start(d, message);
	return s ? s : finish(d, message);
}

static enum aip_status on_block_start(struct aip_decoder *d, const struct aip_json *v)
{
	const int64_t index = aip_json_int(v, "index", 0);
	enum aip_status s = start(d, NULL);

	if (!s && block_at(d, index))
		s = stop_block(d, block_at(d, index));
	return s ? s : start_block(d, index, aip_json_some(v, "content_block"));
}

static enum aip_status on_block_delta(struct aip_decoder *d, const struct aip_json *v)
{
	struct block *b = block_at(d, aip_json_int(v, "index", 0));

	return b ? read_delta(d, b, aip_json_some(v, "delta")) : AIP_OK;
}

static enum aip_status on_block_stop(struct aip_decoder *d, const struct aip_json *v)
{
	struct block *b = block_at(d, aip_json_int(v, "index", 0));

	return b ? stop_block(d, b) : AIP_OK;
}

static enum aip_status on_message_delta(struct aip_decoder *d, const struct aip_json *v)
{
	enum aip_status s = finish(d, aip_json_some(v, "delta"));

	return s ? s : put_usage(d, aip_json_some(v, "usage"));
}

static enum aip_status on_message_stop(struct aip_decoder *d, const struct aip_json *v)
{
	return end(d);
}

static enum aip_status on_ping(struct aip_decoder *d, const struct aip_json *v)
{
	return d->started ? emit(d, &(struct aip_event){.kind = AIP_EV_PING}) : AIP_OK;
}

static enum aip_status on_error(struct aip_decoder *d, const struct aip_json *v)
{
	return fail(d, aip_json_some(v, "error"));
}

static const struct {
	const char *type;
	enum aip_status (*read)(struct aip_decoder *d, const struct aip_json *v);
} events[] = {
	{"content_block_delta", on_block_delta},
	{"content_block_start", on_block_start},
	{"content_block_stop", on_block_stop},
	{"message_start", on_message_start},
	{"message_delta", on_message_delta},
	{"message_stop", on_message_stop},
	{"ping", on_ping},
	{"error", on_error},
};

static enum aip_status parse(struct aip_decoder *d, struct aip_str json, struct aip_json **ret,
                             const char *what)
{
	if (!aip_json_parse(d->scratch, json, ret, d->error))
		return AIP_OK;
	aip_note(d->error, "%s", what);
	if (d->error)
		d->error->status = AIP_UPSTREAM_BROKEN;
	return AIP_UPSTREAM_BROKEN;
}

static enum aip_status read_event(struct aip_decoder *d, struct aip_str name, struct aip_str data)
{
	struct aip_json *doc;

	if (d->ended)
		return AIP_OK;
	aip_arena_reset(d->scratch);
	enum aip_status s = parse(d, data, &doc, "an event of the upstream");
	if (s)
		return s;
	struct aip_str type = aip_json_text(doc, "type");
	if (!type.at)
		type = name;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (aip_str_is(type, events[i].type))
			return events[i].read(d, doc);
	return AIP_OK;
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *claude_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->scratch = aip_arena_create();
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	d->emulates_schema = claude_emulates_schema(ctx, ctx->request);
	aip_sse_init(&d->sse, FRAME_MAX);
	aip_buf_init(&d->whole, FRAME_MAX);
	return d;
}

void claude_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	aip_sse_fini(&d->sse);
	aip_buf_fini(&d->whole);
	aip_arena_destroy(d->scratch);
	d->scratch = NULL;
}

enum aip_status claude_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
                                    struct aip_error *reterr)
{
	struct aip_sse_frame frame;
	enum aip_status s;

	d->error = reterr;
	if (!d->kind_is_known && bytes.len) {
		d->kind_is_known = true;
		d->is_json = *bytes.at == '{';
	}
	if (d->is_json)
		return aip_buf_add(&d->whole, bytes)
		               ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the answer is too large")
		               : AIP_OK;
	while ((s = aip_sse_next(&d->sse, &bytes, &frame)) == AIP_OK && frame.data.at) {
		s = frame.data.len ? read_event(d, frame.event, frame.data) : AIP_OK;
		if (s)
			return s;
	}
	return s ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "an event of the answer is too large") : AIP_OK;
}

static enum aip_status read_body(struct aip_decoder *d, struct aip_str body)
{
	struct aip_json *doc;

	enum aip_status s = parse(d, body, &doc, "the upstream's answer");
	return s ? s : read_message(d, doc);
}

enum aip_status claude_decoder_finish(struct aip_decoder *d, enum aip_eof how, struct aip_error *reterr)
{
	struct aip_sse_frame frame = {0};
	enum aip_status s = AIP_OK;

	d->error = reterr;
	if (d->is_json && how == AIP_EOF_COMPLETE && !d->ended)
		s = read_body(d, aip_buf_str(&d->whole));
	else if (!d->is_json && how == AIP_EOF_COMPLETE && !aip_sse_finish(&d->sse, &frame) &&
	         frame.data.len)
		s = read_event(d, frame.event, frame.data);
	return s ? s : end(d);
}

enum aip_status claude_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                     struct aip_sink sink, struct aip_error *reterr)
{
	struct aip_decoder *d = claude_decoder_new(ctx, sink);

	d->error = reterr;
	enum aip_status s = read_body(d, body);
	claude_decoder_fini(d);
	return s;
}
