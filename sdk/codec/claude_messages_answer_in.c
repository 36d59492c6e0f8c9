/* Anthropic Messages answers, read: a message whole, or a stream of its events. */
#include "claude_messages.h"

#define FRAME_MAX (64u << 20)
#define HELD_MAX  (16u << 20) /* input that is passed on only when it is whole */
#define OPEN_MAX  16          /* blocks open together; the API itself opens one at a time */

/* An open block of the stream. */
struct open {
	bool used;
	int64_t index; /* the wire's own */
	uint32_t number;
	enum aip_part_kind kind;
	bool unwraps;         /* a custom tool's free text, in {"input":"…"} */
	bool holds;           /* input is kept aside till the stop */
	bool said;            /* input came as deltas */
	struct aip_str input; /* that stood in the start already */
	struct aip_str block; /* SERVER_CALL: the start's content_block, raw */
	struct aip_buf held;
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_stream_guard *guard;
	struct aip_arena *scratch; /* the tree of one event */
	struct aip_sse sse;
	struct aip_buf whole; /* an answer that is no stream after all */
	bool kind_is_known, is_whole;
	bool started, stopped;
	bool unwraps_schema;       /* the forced tool's input is the answer's text */
	struct aip_str early_stop; /* stop_reason of message_start */
	uint32_t next;
	struct open open[OPEN_MAX];
	struct aip_error *error; /* of the step */
};

static enum aip_status emit(struct aip_decoder *d, const struct aip_event *event)
{
	return aip_stream_guard_emit(d->guard, event, d->error);
}

static enum aip_status emit_delta(struct aip_decoder *d, const struct open *open,
				  enum aip_delta delta, struct aip_str text)
{
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
					   .block = open->number,
					   .delta = delta,
					   .text = text});
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static struct open *open_at(struct aip_decoder *d, int64_t index)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (d->open[i].used && d->open[i].index == index)
			return &d->open[i];
	return NULL;
}

static struct open *open_new(struct aip_decoder *d, int64_t index)
{
	for (size_t i = 0; i < OPEN_MAX; i++) {
		struct open *open = &d->open[i];
		if (open->used)
			continue;
		aip_buf_clear(&open->held);
		*open = (struct open){
			.used = true, .index = index, .number = d->next++, .held = open->held};
		return open;
	}
	return NULL;
}

static enum aip_status start_block(struct aip_decoder *d, struct open *open,
				   const struct aip_part *part)
{
	open->kind = part->kind;
	return emit(d, &(struct aip_event){
			       .kind = AIP_EV_BLOCK_START, .block = open->number, .part = part});
}

static enum aip_status start_text(struct aip_decoder *d, struct open *open,
				  const struct aip_json *v)
{
	struct aip_part part = {.kind = AIP_TEXT, .text = aip_json_text(v, "text")};
	struct aip_citation **tail = &part.citations, citation;

	AIP_JSON_EACH (one, aip_json_some(v, "citations")) {
		if (!claude_read_citation(one, &citation))
			continue;
		*tail = aip_citation_new(d->scratch);
		**tail = citation;
		tail = &(*tail)->next;
	}
	return start_block(d, open, &part);
}

static struct aip_opaque opaque_of(const struct aip_decoder *d, enum aip_opaque_kind kind,
				   enum aip_part_kind part, struct aip_str data)
{
	return (struct aip_opaque){
		.vendor = d->ctx->vendor ? d->ctx->vendor : AIP_VENDOR_ANTHROPIC,
		.kind = kind,
		.model = d->ctx->model,
		.data = data,
		.part = part,
	};
}

static enum aip_status start_thinking(struct aip_decoder *d, struct open *open,
				      const struct aip_json *v)
{
	struct aip_str signature = aip_json_text(v, "signature");
	struct aip_opaque opaque = opaque_of(d, AIP_OPAQUE_SIGNATURE, AIP_THINKING, signature);
	struct aip_thinking thinking = {0};
	const struct aip_part part = {
		.kind = AIP_THINKING,
		.text = aip_json_text(v, "thinking"),
		.thinking = &thinking,
		.opaque = signature.len ? &opaque : NULL,
	};

	return start_block(d, open, &part);
}

static enum aip_status start_redacted(struct aip_decoder *d, struct open *open,
				      const struct aip_json *v)
{
	struct aip_opaque opaque =
		opaque_of(d, AIP_OPAQUE_REDACTED, AIP_REDACTED_THINKING, aip_json_text(v, "data"));
	const struct aip_part part = {.kind = AIP_REDACTED_THINKING, .opaque = &opaque};

	return start_block(d, open, &part);
}

static bool is_custom(const struct aip_tool *tools, struct aip_str name)
{
	for (; tools; tools = tools->next)
		if ((tools->kind == AIP_TOOL_CUSTOM && aip_str_eq(tools->name, name)) ||
		    (tools->kind == AIP_TOOL_NAMESPACE && is_custom(tools->tools, name)))
			return true;
	return false;
}

/* Input that the start holds already counts only when no deltas follow. */
static void keep_input(struct aip_decoder *d, struct open *open, const struct aip_json *v)
{
	const struct aip_json *input = aip_json_some(v, "input");

	if (aip_json_is(input, AIP_JSON_OBJECT) && input->count)
		open->input = aip_arena_dup(d->ctx->arena, input->raw);
}

static enum aip_status start_tool_use(struct aip_decoder *d, struct open *open,
				      const struct aip_json *v)
{
	const struct aip_json *caller = aip_json_some(v, "caller");
	struct aip_tool_call call = {.id = aip_json_text(v, "id")};
	const struct aip_part part = {.kind = AIP_TOOL_CALL, .call = &call},
			      text = {.kind = AIP_TEXT};

	keep_input(d, open, v);
	if (d->unwraps_schema && aip_str_is(aip_json_text(v, "name"), CLAUDE_JSON_TOOL))
		return start_block(d, open, &text);
	call.name = aip_names_in(d->ctx->names, aip_json_text(v, "name"), &call.space);
	call.caller_raw = caller ? caller->raw : AIP_NONE;
	open->unwraps = d->ctx->request && is_custom(d->ctx->request->tools, call.name);
	open->holds = open->unwraps;
	if (open->unwraps)
		call.kind = AIP_CALL_CUSTOM;
	return start_block(d, open, &part);
}

static enum aip_status start_server(struct aip_decoder *d, struct open *open,
				    const struct aip_json *v, bool is_result)
{
	struct aip_server_part server;
	const struct aip_part part = {.kind = is_result ? AIP_SERVER_RESULT : AIP_SERVER_CALL,
				      .server = &server};

	claude_read_server(v, &server);
	if (!is_result) {
		keep_input(d, open, v);
		open->block = aip_arena_dup(d->ctx->arena, v->raw);
		server.input = AIP_NONE;
	}
	return start_block(d, open, &part);
}

static enum aip_status start_raw(struct aip_decoder *d, struct open *open, const struct aip_json *v,
				 enum aip_part_kind kind)
{
	const struct aip_part part = {.kind = kind, .raw = v->raw, .dialect = AIP_CLAUDE};

	return start_block(d, open, &part);
}

static enum aip_status start_of_type(struct aip_decoder *d, struct open *open,
				     const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");

	if (aip_str_is(type, "text"))
		return start_text(d, open, v);
	if (aip_str_is(type, "thinking"))
		return start_thinking(d, open, v);
	if (aip_str_is(type, "tool_use"))
		return start_tool_use(d, open, v);
	if (aip_str_is(type, "redacted_thinking"))
		return start_redacted(d, open, v);
	if (aip_str_is(type, "server_tool_use") || aip_str_is(type, "mcp_tool_use"))
		return start_server(d, open, v, false);
	if (claude_is_server_result(type))
		return start_server(d, open, v, true);
	return start_raw(d, open, v,
			 aip_str_is(type, "compaction") ? AIP_COMPACTION : AIP_UNKNOWN_PART);
}

/* ---- The end of a block --------------------------------------------------------------------- */

/* Free text out of {"input":"…"}; what is not so shaped is the text itself. */
static struct aip_str unwrapped(struct aip_decoder *d, struct aip_str args)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (aip_json_parse(d->scratch, args, &doc, &ignored) ||
	    !aip_json_is(aip_json_get(doc, "input"), AIP_JSON_STRING))
		return args;
	return aip_json_text(doc, "input");
}

static enum aip_status stop_call(struct aip_decoder *d, struct open *open, struct aip_event *stop)
{
	struct aip_tool_call call = {0};
	const struct aip_part part = {.kind = AIP_TOOL_CALL, .call = &call};
	enum aip_status s = AIP_OK;

	if (open->unwraps) {
		struct aip_str all = open->held.len ? aip_buf_str(&open->held) : open->input;
		s = all.len ? emit_delta(d, open, AIP_DELTA_ARGS, unwrapped(d, all)) : AIP_OK;
	} else if (!open->said && open->input.len) {
		call.args = open->input;
		stop->part = &part;
	}
	return s ? s : emit(d, stop);
}

/* The whole block, as it would stand in an answer that does not stream. */
static struct aip_str with_input(struct aip_decoder *d, struct aip_str block, struct aip_str input)
{
	struct aip_json_want want = {.key = AIP_LIT("input")};

	if (!input.len || aip_json_scan(block, &want, 1, NULL) || !want.raw.at)
		return block;
	const size_t front = (size_t)(want.raw.at - block.at);
	const size_t behind = block.len - front - want.raw.len;
	char *at = aip_arena_bytes(d->scratch, front + input.len + behind);
	memcpy(at, block.at, front);
	memcpy(at + front, input.at, input.len);
	memcpy(at + front + input.len, want.raw.at + want.raw.len, behind);
	return aip_strn(at, front + input.len + behind);
}

static enum aip_status stop_server(struct aip_decoder *d, struct open *open, struct aip_event *stop)
{
	struct aip_str input = open->said ? aip_buf_str(&open->held) : open->input;
	struct aip_server_part server = {.tool = AIP_SERVER_OTHER, .dialect = AIP_CLAUDE};
	const struct aip_part part = {.kind = AIP_SERVER_CALL, .server = &server};

	if (open->said && aip_json_scan(input, NULL, 0, NULL))
		input = AIP_NONE; /* cut */
	server.input = input.len ? input : AIP_LIT("{}");
	server.raw = with_input(d, open->block, input);
	stop->part = &part;
	return emit(d, stop);
}

static enum aip_status stop_block(struct aip_decoder *d, struct open *open)
{
	struct aip_event stop = {.kind = AIP_EV_BLOCK_STOP, .block = open->number};
	enum aip_status s = AIP_OK;

	open->used = false;
	if (open->kind == AIP_TOOL_CALL)
		return stop_call(d, open, &stop);
	if (open->kind == AIP_SERVER_CALL)
		return stop_server(d, open, &stop);
	if (open->kind == AIP_TEXT && !open->said && open->input.len) /* the forced tool's */
		s = emit_delta(d, open, AIP_DELTA_TEXT, open->input);
	return s ? s : emit(d, &stop);
}

/* ---- Deltas --------------------------------------------------------------------------------- */

static enum aip_status on_input(struct aip_decoder *d, struct open *open, struct aip_str fragment)
{
	const bool call = open->kind == AIP_TOOL_CALL || open->kind == AIP_SERVER_CALL;

	if (!call && open->kind != AIP_TEXT)
		return AIP_OK;
	open->said = open->said || fragment.len;
	if ((open->holds || open->kind == AIP_SERVER_CALL) && aip_buf_add(&open->held, fragment))
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "a tool's input is too large");
	if (open->holds)
		return AIP_OK;
	return emit_delta(d, open, call ? AIP_DELTA_ARGS : AIP_DELTA_TEXT, fragment);
}

static enum aip_status on_signature(struct aip_decoder *d, const struct open *open,
				    struct aip_str signature)
{
	struct aip_opaque opaque = opaque_of(d, AIP_OPAQUE_SIGNATURE, AIP_THINKING, signature);
	const struct aip_part part = {.kind = AIP_THINKING, .opaque = &opaque};

	if (open->kind != AIP_THINKING || !signature.len)
		return AIP_OK;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
					   .block = open->number,
					   .delta = AIP_DELTA_OPAQUE,
					   .part = &part});
}

static enum aip_status on_citation(struct aip_decoder *d, const struct open *open,
				   const struct aip_json *v)
{
	struct aip_citation citation;

	if (open->kind != AIP_TEXT || !claude_read_citation(v, &citation))
		return AIP_OK;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
					   .block = open->number,
					   .delta = AIP_DELTA_CITATION,
					   .citation = &citation});
}

/* A delta of a type, or for a block, that nobody knows says nothing. */
static enum aip_status on_block_delta(struct aip_decoder *d, const struct aip_json *event)
{
	struct open *open = open_at(d, aip_json_int(event, "index", -1));
	const struct aip_json *delta = aip_json_some(event, "delta");
	struct aip_str type = aip_json_text(delta, "type");

	if (!open)
		return AIP_OK;
	if (aip_str_is(type, "text_delta") && open->kind == AIP_TEXT)
		return emit_delta(d, open, AIP_DELTA_TEXT, aip_json_text(delta, "text"));
	if (aip_str_is(type, "input_json_delta"))
		return on_input(d, open, aip_json_text(delta, "partial_json"));
	if (aip_str_is(type, "thinking_delta") && open->kind == AIP_THINKING)
		return emit_delta(d, open, AIP_DELTA_THINK, aip_json_text(delta, "thinking"));
	if (aip_str_is(type, "signature_delta"))
		return on_signature(d, open, aip_json_text(delta, "signature"));
	if (aip_str_is(type, "citations_delta"))
		return on_citation(d, open, aip_json_some(delta, "citation"));
	if (open->kind == AIP_COMPACTION && delta)
		return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
						   .block = open->number,
						   .delta = AIP_DELTA_RAW,
						   .raw = delta->raw});
	return AIP_OK;
}

/* ---- Events --------------------------------------------------------------------------------- */

static enum aip_status on_usage(struct aip_decoder *d, const struct aip_json *usage)
{
	struct aip_usage read;

	if (!claude_read_usage(usage, &read))
		return AIP_OK;
	return emit(d, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &read});
}

static enum aip_status start(struct aip_decoder *d, const struct aip_json *message)
{
	const struct aip_json *usage = aip_json_some(message, "usage");
	struct aip_usage read;

	if (d->started)
		return AIP_OK;
	d->started = true;
	return emit(d, &(struct aip_event){
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
	return start(d, message);
}

static enum aip_status on_block_start(struct aip_decoder *d, const struct aip_json *event)
{
	const int64_t index = aip_json_int(event, "index", -1);
	const struct aip_json *block = aip_json_some(event, "content_block");
	enum aip_status s = start(d, NULL);
	struct open *open = open_at(d, index);

	if (!s && open) /* never stopped */
		s = stop_block(d, open);
	if (s || d->stopped || !block)
		return s;
	open = open_new(d, index);
	if (!open)
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "more than %d blocks are open",
				OPEN_MAX);
	return start_of_type(d, open, block);
}

static enum aip_status on_block_stop(struct aip_decoder *d, const struct aip_json *event)
{
	struct open *open = open_at(d, aip_json_int(event, "index", -1));

	return open ? stop_block(d, open) : AIP_OK;
}

static enum aip_status stop_all(struct aip_decoder *d, bool at_limit)
{
	enum aip_status s = AIP_OK;

	for (size_t i = 0; i < OPEN_MAX && !s; i++) {
		struct open *open = &d->open[i];
		/* The guard closes the rest, and knows what was cut. */
		if (open->used && (open->unwraps || (open->input.len && !open->said)) && !at_limit)
			s = stop_block(d, open);
		open->used = false;
	}
	return s;
}

static enum aip_status finish(struct aip_decoder *d, struct aip_str reason,
			      const struct aip_json *delta)
{
	const struct aip_json *details = aip_json_some(delta, "stop_details");
	const enum aip_stop stop = claude_read_stop(reason);

	d->stopped = true;
	enum aip_status s = stop_all(d, stop == AIP_STOP_MAX_TOKENS);
	return s ? s
		 : emit(d, &(struct aip_event){
				   .kind = AIP_EV_FINISH,
				   .stop = stop,
				   .stop_sequence = aip_json_text(delta, "stop_sequence"),
				   .stop_details = details ? details->raw : AIP_NONE,
			   });
}

static enum aip_status on_message_delta(struct aip_decoder *d, const struct aip_json *event)
{
	const struct aip_json *delta = aip_json_some(event, "delta");
	struct aip_str reason = aip_json_text(delta, "stop_reason");
	enum aip_status s = start(d, NULL);

	if (!s)
		s = on_usage(d, aip_json_some(event, "usage"));
	return s || !reason.len || d->stopped ? s : finish(d, reason, delta);
}

static enum aip_status on_message_stop(struct aip_decoder *d, const struct aip_json *event)
{
	enum aip_status s = start(d, NULL);

	if (!s && !d->stopped && d->early_stop.len)
		s = finish(d, d->early_stop, NULL);
	return s ? s : emit(d, &(struct aip_event){.kind = AIP_EV_END});
}

static enum aip_status on_ping(struct aip_decoder *d, const struct aip_json *event)
{
	return d->started ? emit(d, &(struct aip_event){.kind = AIP_EV_PING}) : AIP_OK;
}

static enum aip_status fail_with(struct aip_decoder *d, const struct aip_json *error)
{
	struct aip_error read;

	claude_read_error_object(error, 0, &read);
	return emit(d, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &read});
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
static enum aip_status read_event(struct aip_decoder *d, struct aip_sse_frame frame)
{
	struct aip_json *event;

	if (aip_str_is(aip_str_trim(frame.data), "[DONE]"))
		return AIP_OK;
	aip_arena_reset(d->scratch);
	if (aip_json_parse(d->scratch, frame.data, &event, d->error)) {
		aip_note(d->error, "the upstream's stream");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	struct aip_str type = aip_json_text(event, "type");
	if (!type.len)
		type = frame.event;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (aip_str_is(type, events[i].type))
			return events[i].on(d, event);
	if (aip_json_some(event, "error"))
		return fail_with(d, aip_json_some(event, "error"));
	return AIP_OK;
}

/* ---- Whole answers -------------------------------------------------------------------------- */

static enum aip_status read_message(struct aip_decoder *d, const struct aip_json *message)
{
	struct aip_str reason = aip_json_text(message, "stop_reason");
	enum aip_status s = start(d, message);

	AIP_JSON_EACH (block, aip_json_some(message, "content")) {
		struct open *open = s || block->kind != AIP_JSON_OBJECT ? NULL : open_new(d, 0);
		if (!open)
			continue;
		s = start_of_type(d, open, block);
		if (!s)
			s = stop_block(d, open);
	}
	if (!s)
		s = on_usage(d, aip_json_some(message, "usage"));
	if (!s)
		s = finish(d, reason.len ? reason : AIP_LIT("end_turn"), message);
	return s ? s : emit(d, &(struct aip_event){.kind = AIP_EV_END});
}

static enum aip_status read_whole(struct aip_decoder *d, struct aip_str body)
{
	struct aip_json *doc;

	if (aip_json_parse(d->ctx->arena, body, &doc, d->error)) {
		aip_note(d->error, "the upstream's answer");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	if (aip_json_some(doc, "error"))
		return fail_with(d, aip_json_some(doc, "error"));
	if (!aip_json_is(aip_json_get(doc, "content"), AIP_JSON_ARRAY))
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN,
				"the upstream's answer is no message");
	return read_message(d, doc);
}

enum aip_status claude_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
				     struct aip_sink sink, struct aip_error *reterr)
{
	struct aip_decoder *d = claude_decoder_new(ctx, sink);

	d->error = reterr;
	enum aip_status s = read_whole(d, body);
	claude_decoder_fini(d);
	return s;
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *claude_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	d->scratch = aip_arena_create();
	aip_sse_init(&d->sse, FRAME_MAX);
	aip_buf_init(&d->whole, FRAME_MAX);
	for (size_t i = 0; i < OPEN_MAX; i++)
		aip_buf_init(&d->open[i].held, HELD_MAX);
	d->unwraps_schema = claude_emulates_schema(ctx, ctx->request);
	return d;
}

void claude_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < OPEN_MAX; i++)
		aip_buf_fini(&d->open[i].held);
	aip_sse_fini(&d->sse);
	aip_buf_fini(&d->whole);
	aip_arena_destroy(d->scratch);
	d->scratch = NULL;
}

/* Some servers answer a request for a stream with a whole message, or with an error. */
static struct aip_str find_kind(struct aip_decoder *d, struct aip_str bytes)
{
	while (!d->kind_is_known && bytes.len) {
		if (strchr(" \t\r\n", *bytes.at) && *bytes.at) {
			bytes = aip_strn(bytes.at + 1, bytes.len - 1);
			continue;
		}
		d->kind_is_known = true;
		d->is_whole = *bytes.at == '{';
	}
	return bytes;
}

enum aip_status claude_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
				    struct aip_error *reterr)
{
	struct aip_sse_frame frame;
	enum aip_status s;

	d->error = reterr;
	bytes = find_kind(d, bytes);
	if (d->is_whole && aip_buf_add(&d->whole, bytes))
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the upstream's answer is too large");
	if (d->is_whole)
		return AIP_OK;
	while ((s = aip_sse_next(&d->sse, &bytes, &frame)) == AIP_OK && frame.data.at) {
		s = frame.data.len ? read_event(d, frame) : AIP_OK;
		if (s)
			return s;
	}
	return s ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "an event of the stream is too large")
		 : AIP_OK;
}

enum aip_status claude_decoder_finish(struct aip_decoder *d, enum aip_eof how,
				      struct aip_error *reterr)
{
	struct aip_sse_frame frame = {0};
	enum aip_status s = AIP_OK;

	d->error = reterr;
	if (how == AIP_EOF_COMPLETE && d->is_whole)
		s = read_whole(d, aip_buf_str(&d->whole));
	else if (how == AIP_EOF_COMPLETE && !aip_sse_finish(&d->sse, &frame) && frame.data.len)
		s = read_event(d, frame);
	return s ? s : aip_stream_guard_eof(d->guard, how == AIP_EOF_CUT, false, d->ctx->loose_eof);
}
