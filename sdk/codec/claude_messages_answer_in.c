/* Anthropic Messages answers, read: content blocks, and a message of them that came whole. */
#include "claude_messages_answer_in.h"

enum aip_status claude_emit(struct aip_decoder *d, const struct aip_event *event)
{
	return aip_stream_guard_emit(d->guard, event, d->error);
}

enum aip_status claude_emit_delta(struct aip_decoder *d, const struct claude_open *open,
                                  enum aip_delta delta, struct aip_str text)
{
	return claude_emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                          .block = open->number,
	                                          .delta = delta,
	                                          .text = text});
}

/* ---- Blocks --------------------------------------------------------------------------------- */

struct claude_open *claude_open_at(struct aip_decoder *d, int64_t index)
{
	for (size_t i = 0; i < CLAUDE_OPEN_MAX; i++)
		if (d->open[i].used && d->open[i].index == index)
			return &d->open[i];
	return NULL;
}

struct claude_open *claude_open_new(struct aip_decoder *d, int64_t index)
{
	for (size_t i = 0; i < CLAUDE_OPEN_MAX; i++) {
		struct claude_open *open = &d->open[i];
		if (open->used)
			continue;
		aip_buf_clear(&open->held);
		*open = (struct claude_open){
			.used = true, .index = index, .number = d->next++, .held = open->held};
		return open;
	}
	return NULL;
}

static enum aip_status begin_block(struct aip_decoder *d, struct claude_open *open,
                                   const struct aip_part *part)
{
	open->kind = part->kind;
	return claude_emit(d, &(struct aip_event){.kind = AIP_EV_BLOCK_START,
	                                          .block = open->number,
	                                          .part = part});
}

static enum aip_status start_text(struct aip_decoder *d, struct claude_open *open,
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
	return begin_block(d, open, &part);
}

struct aip_opaque claude_opaque_of(const struct aip_decoder *d, enum aip_opaque_kind kind,
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

static enum aip_status start_thinking(struct aip_decoder *d, struct claude_open *open,
                                      const struct aip_json *v)
{
	struct aip_str signature = aip_json_text(v, "signature");
	struct aip_opaque opaque =
		claude_opaque_of(d, AIP_OPAQUE_SIGNATURE, AIP_THINKING, signature);
	struct aip_thinking thinking = {0};
	const struct aip_part part = {
		.kind = AIP_THINKING,
		.text = aip_json_text(v, "thinking"),
		.thinking = &thinking,
		.opaque = signature.len ? &opaque : NULL,
	};

	return begin_block(d, open, &part);
}

static enum aip_status start_redacted(struct aip_decoder *d, struct claude_open *open,
                                      const struct aip_json *v)
{
	struct aip_opaque opaque = claude_opaque_of(d, AIP_OPAQUE_REDACTED, AIP_REDACTED_THINKING,
	                                            aip_json_text(v, "data"));
	const struct aip_part part = {.kind = AIP_REDACTED_THINKING, .opaque = &opaque};

	return begin_block(d, open, &part);
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
static void keep_input(struct aip_decoder *d, struct claude_open *open, const struct aip_json *v)
{
	const struct aip_json *input = aip_json_some(v, "input");

	if (aip_json_is(input, AIP_JSON_OBJECT) && input->count)
		open->input = aip_arena_dup(d->ctx->arena, input->raw);
}

static enum aip_status start_tool_use(struct aip_decoder *d, struct claude_open *open,
                                      const struct aip_json *v)
{
	const struct aip_json *caller = aip_json_some(v, "caller");
	struct aip_tool_call call = {.id = aip_json_text(v, "id")};
	const struct aip_part part = {.kind = AIP_TOOL_CALL, .call = &call},
			      text = {.kind = AIP_TEXT};

	keep_input(d, open, v);
	if (d->unwraps_schema && aip_str_is(aip_json_text(v, "name"), CLAUDE_JSON_TOOL))
		return begin_block(d, open, &text);
	call.name = aip_names_in(d->ctx->names, aip_json_text(v, "name"), &call.space);
	call.caller_raw = caller ? caller->raw : AIP_NONE;
	open->unwraps = d->ctx->request && is_custom(d->ctx->request->tools, call.name);
	open->holds = open->unwraps;
	if (open->unwraps)
		call.kind = AIP_CALL_CUSTOM;
	return begin_block(d, open, &part);
}

static enum aip_status start_server(struct aip_decoder *d, struct claude_open *open,
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
	return begin_block(d, open, &part);
}

static enum aip_status start_raw(struct aip_decoder *d, struct claude_open *open,
                                 const struct aip_json *v, enum aip_part_kind kind)
{
	const struct aip_part part = {.kind = kind, .raw = v->raw, .dialect = AIP_CLAUDE};

	return begin_block(d, open, &part);
}

enum aip_status claude_start_block(struct aip_decoder *d, struct claude_open *open,
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

/* Free text out of {"input":"…"}; what is not so shaped is the text itself, but the beginning of an
 * object is what was left when the tokens ran out. */
static struct aip_str unwrapped(struct aip_decoder *d, struct aip_str args, bool *is_cut)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (aip_json_parse(d->scratch, args, &doc, &ignored)) {
		*is_cut = aip_str_starts(aip_str_trim(args), AIP_LIT("{"));
		return *is_cut ? AIP_NONE : args;
	}
	return aip_json_is(aip_json_get(doc, "input"), AIP_JSON_STRING)
	               ? aip_json_text(doc, "input")
	               : args;
}

static enum aip_status stop_call(struct aip_decoder *d, struct claude_open *open,
                                 struct aip_event *stop)
{
	struct aip_tool_call call = {.incomplete = open->is_cut};
	const struct aip_part part = {.kind = AIP_TOOL_CALL, .call = &call};
	enum aip_status s = AIP_OK;

	stop->part = open->is_cut ? &part : NULL;
	if (open->unwraps) {
		struct aip_str all = open->held.len ? aip_buf_str(&open->held) : open->input;
		bool is_cut = false;
		struct aip_str text = unwrapped(d, all, &is_cut);
		call.incomplete = call.incomplete || is_cut;
		stop->part = call.incomplete ? &part : NULL;
		s = text.len ? claude_emit_delta(d, open, AIP_DELTA_ARGS, text) : AIP_OK;
	} else if (!open->said && open->input.len) {
		call.args = open->input;
		stop->part = &part;
	}
	return s ? s : claude_emit(d, stop);
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

static enum aip_status stop_server(struct aip_decoder *d, struct claude_open *open,
                                   struct aip_event *stop)
{
	struct aip_str input = open->said ? aip_buf_str(&open->held) : open->input;
	struct aip_server_part server = {.tool = AIP_SERVER_OTHER, .dialect = AIP_CLAUDE};
	const struct aip_part part = {.kind = AIP_SERVER_CALL, .server = &server};

	if (open->said && aip_json_scan(input, NULL, 0, NULL))
		input = AIP_NONE; /* cut */
	server.input = input.len ? input : AIP_LIT("{}");
	server.raw = with_input(d, open->block, input);
	stop->part = &part;
	return claude_emit(d, stop);
}

enum aip_status claude_stop_block(struct aip_decoder *d, struct claude_open *open)
{
	struct aip_event stop = {.kind = AIP_EV_BLOCK_STOP, .block = open->number};
	enum aip_status s = AIP_OK;

	open->used = false;
	if (open->kind == AIP_TOOL_CALL)
		return stop_call(d, open, &stop);
	if (open->kind == AIP_SERVER_CALL)
		return stop_server(d, open, &stop);
	if (open->kind == AIP_TEXT && !open->said && open->input.len) /* the forced tool's */
		s = claude_emit_delta(d, open, AIP_DELTA_TEXT, open->input);
	return s ? s : claude_emit(d, &stop);
}

/* ---- Whole answers -------------------------------------------------------------------------- */

/* What an answer that ran out of tokens says last is cut, also where its input was closed to be
 * JSON. */
static bool is_cut(const struct aip_json *block, struct aip_str reason)
{
	const enum aip_stop stop = claude_read_stop(reason);

	return !block->next && (stop == AIP_STOP_MAX_TOKENS || stop == AIP_STOP_CONTEXT_WINDOW);
}

static enum aip_status read_message(struct aip_decoder *d, const struct aip_json *message)
{
	struct aip_str reason = aip_json_text(message, "stop_reason");
	struct aip_ext *ext = NULL;
	enum aip_status s = claude_start(d, message);

	AIP_JSON_EACH (block, aip_json_some(message, "content")) {
		struct claude_open *open =
			s || block->kind != AIP_JSON_OBJECT ? NULL : claude_open_new(d, 0);
		if (!open)
			continue;
		s = claude_start_block(d, open, block);
		open->is_cut = is_cut(block, reason);
		if (!s)
			s = claude_stop_block(d, open);
	}
	if (!s)
		s = claude_usage(d, aip_json_some(message, "usage"));
	claude_keep_members(
		d, message,
		"id type role model content stop_reason stop_sequence stop_details usage", &ext);
	if (!s)
		s = claude_finish(d, reason.len ? reason : AIP_LIT("end_turn"), message, ext);
	return s ? s : claude_emit(d, &(struct aip_event){.kind = AIP_EV_END});
}

enum aip_status claude_read_whole(struct aip_decoder *d, struct aip_str body)
{
	struct aip_json *doc;

	if (aip_json_parse(d->ctx->arena, body, &doc, d->error)) {
		aip_note(d->error, "the upstream's answer");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	if (aip_json_some(doc, "error"))
		return claude_fail_with(d, aip_json_some(doc, "error"));
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
	enum aip_status s = claude_read_whole(d, body);
	claude_decoder_fini(d);
	return s;
}
