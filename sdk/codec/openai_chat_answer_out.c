/* Chat Completions answers, written: a response whole, or events as chunks. */
#include "openai_chat.h"
#include "openai_error.h"

#define CHUNK_MAX   (64u << 20)
#define CHOICES_MAX 16

/* A tool call being written: its place among the calls of its choice. */
struct call {
	struct call *next;
	uint32_t candidate, block, index;
	bool spoke; /* arguments were written */
	bool open;
};

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_buf head;  /* what every chunk begins with, up to its choices */
	struct aip_buf chunk; /* the chunk being written */
	struct aip_json_out out;
	struct call *calls;
	uint32_t n_calls[CHOICES_MAX];
	bool has_role[CHOICES_MAX];
	bool wants_usage, legacy;
	bool started, ended;
	struct aip_usage usage;
	struct aip_str id;
	int64_t created_s;
};

/* ---- Chunks --------------------------------------------------------------------------------- */

static void write_head(struct aip_encoder *e, const struct aip_event *event)
{
	struct aip_json_out out = aip_json_to(&e->head);

	aip_buf_clear(&e->head);
	aip_json_open(&out, '{');
	aip_json_str(&out, "id", e->id);
	aip_json_str(&out, "object", AIP_LIT("chat.completion.chunk"));
	aip_json_int_kv(&out, "created", e->created_s);
	aip_json_str(&out, "model", e->ctx->model_asked);
	if (event)
		aip_json_str_some(&out, "system_fingerprint", event->system_fingerprint);
	aip_json_key(&out, "choices");
	aip_json_open(&out, '[');
}

static void open_chunk(struct aip_encoder *e)
{
	aip_buf_clear(&e->chunk);
	aip_buf_add(&e->chunk, aip_buf_str(&e->head));
	e->out = (struct aip_json_out){&e->chunk, false};
}

static void open_delta(struct aip_encoder *e, uint32_t candidate)
{
	open_chunk(e);
	aip_json_open(&e->out, '{');
	aip_json_int_kv(&e->out, "index", candidate);
	aip_json_key(&e->out, "delta");
	aip_json_open(&e->out, '{');
}

static void close_chunk(struct aip_encoder *e, struct aip_buf *into)
{
	aip_json_close(&e->out, ']');
	if (e->wants_usage)
		aip_json_null_kv(&e->out, "usage");
	aip_json_close(&e->out, '}');
	aip_sse_write(into, AIP_NONE, aip_buf_str(&e->chunk));
}

/* An array of tokens' entries; AIP_NONE: null. */
static void put_logprobs(struct aip_json_out *out, struct aip_str tokens)
{
	aip_json_key(out, "logprobs");
	if (!tokens.at) {
		aip_json_put_null(out);
		return;
	}
	aip_json_open(out, '{');
	aip_json_raw_some(out, "content", tokens);
	aip_json_null_kv(out, "refusal");
	aip_json_close(out, '}');
}

/* finish_reason NULL: not yet. */
static void close_delta(struct aip_encoder *e, struct aip_str logprobs, const char *finish_reason,
                        struct aip_buf *into)
{
	aip_json_close(&e->out, '}');
	put_logprobs(&e->out, logprobs);
	if (finish_reason)
		aip_json_str(&e->out, "finish_reason", aip_str(finish_reason));
	else
		aip_json_null_kv(&e->out, "finish_reason");
	aip_json_close(&e->out, '}');
	close_chunk(e, into);
}

static void give_role(struct aip_encoder *e, uint32_t candidate, struct aip_buf *into)
{
	if (candidate >= CHOICES_MAX || e->has_role[candidate])
		return;
	e->has_role[candidate] = true;
	open_delta(e, candidate);
	aip_json_str(&e->out, "role", AIP_LIT("assistant"));
	aip_json_str(&e->out, "content", AIP_LIT(""));
	aip_json_null_kv(&e->out, "refusal");
	close_delta(e, AIP_NONE, NULL, into);
}

static void put_string(struct aip_encoder *e, const struct aip_event *event, const char *key,
                       struct aip_buf *into)
{
	open_delta(e, event->candidate);
	aip_json_str(&e->out, key, event->text);
	close_delta(e, AIP_NONE, NULL, into);
}

/* ---- Tool calls ----------------------------------------------------------------------------- */

static struct aip_str call_name(struct aip_arena *arena, const struct aip_tool_call *call)
{
	if (!call->space.len)
		return call->name;
	return aip_arena_printf(arena, "%.*s__%.*s", AIP_FMT(call->space), AIP_FMT(call->name));
}

static void put_extra(struct aip_json_out *out, struct aip_str signature)
{
	if (!signature.at)
		return;
	aip_json_key(out, "extra_content");
	aip_json_open(out, '{');
	aip_json_key(out, "google");
	aip_json_open(out, '{');
	aip_json_str(out, "thought_signature", signature);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

static struct aip_str signature_of(struct aip_codec_ctx *ctx, const struct aip_opaque *opaque)
{
	return opaque ? aip_opaque_out(ctx, opaque) : AIP_NONE;
}

static void put_call_head(struct aip_encoder *e, const struct aip_part *part, uint32_t index)
{
	const struct aip_tool_call *call = part->call;
	const bool custom = call->kind == AIP_CALL_CUSTOM;
	const char *type = custom ? "custom" : "function";
	struct aip_str name = call_name(e->ctx->arena, call);

	if (e->legacy) {
		aip_json_key(&e->out, "function_call");
		aip_json_open(&e->out, '{');
		aip_json_str(&e->out, "name", name);
		aip_json_str(&e->out, "arguments", AIP_LIT(""));
		aip_json_close(&e->out, '}');
		return;
	}
	aip_json_key(&e->out, "tool_calls");
	aip_json_open(&e->out, '[');
	aip_json_open(&e->out, '{');
	aip_json_int_kv(&e->out, "index", index);
	aip_json_str(&e->out, "id", aip_call_id(e->ctx->arena, &aip_names_openai, call->id));
	aip_json_str(&e->out, "type", aip_str(type));
	aip_json_key(&e->out, type);
	aip_json_open(&e->out, '{');
	aip_json_str(&e->out, "name", name);
	aip_json_str(&e->out, custom ? "input" : "arguments", AIP_LIT(""));
	aip_json_close(&e->out, '}');
	put_extra(&e->out, signature_of(e->ctx, part->opaque));
	aip_json_close(&e->out, '}');
	aip_json_close(&e->out, ']');
}

static void start_call(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct call *call = e->calls;

	while (call && call->open)
		call = call->next;
	if (!call) {
		call = AIP_NEW(e->ctx->arena, struct call);
		call->next = e->calls;
		e->calls = call;
	}
	call->candidate = event->candidate;
	call->block = event->block;
	call->index = event->candidate < CHOICES_MAX ? e->n_calls[event->candidate]++ : 0;
	call->spoke = false;
	call->open = true;
	open_delta(e, event->candidate);
	put_call_head(e, event->part, call->index);
	close_delta(e, AIP_NONE, NULL, into);
}

static struct call *find_call(struct aip_encoder *e, const struct aip_event *event)
{
	for (struct call *call = e->calls; call; call = call->next)
		if (call->open && call->block == event->block && call->candidate == event->candidate)
			return call;
	return NULL;
}

static void put_args(struct aip_encoder *e, struct call *call, struct aip_str args, struct aip_buf *into)
{
	call->spoke = true;
	open_delta(e, call->candidate);
	if (e->legacy) {
		aip_json_key(&e->out, "function_call");
		aip_json_open(&e->out, '{');
		aip_json_str(&e->out, "arguments", args);
		aip_json_close(&e->out, '}');
	} else {
		aip_json_key(&e->out, "tool_calls");
		aip_json_open(&e->out, '[');
		aip_json_open(&e->out, '{');
		aip_json_int_kv(&e->out, "index", call->index);
		aip_json_key(&e->out, "function");
		aip_json_open(&e->out, '{');
		aip_json_str(&e->out, "arguments", args);
		aip_json_close(&e->out, '}');
		aip_json_close(&e->out, '}');
		aip_json_close(&e->out, ']');
	}
	close_delta(e, AIP_NONE, NULL, into);
}

/* A late signature finds its call again by the index. */
static void put_signature(struct aip_encoder *e, struct call *call, const struct aip_opaque *opaque,
                          struct aip_buf *into)
{
	struct aip_str value = aip_opaque_out(e->ctx, opaque);

	if (e->legacy || !value.at)
		return;
	open_delta(e, call->candidate);
	aip_json_key(&e->out, "tool_calls");
	aip_json_open(&e->out, '[');
	aip_json_open(&e->out, '{');
	aip_json_int_kv(&e->out, "index", call->index);
	aip_json_raw_some(&e->out, "function", AIP_LIT("{\"arguments\":\"\"}"));
	put_extra(&e->out, value);
	aip_json_close(&e->out, '}');
	aip_json_close(&e->out, ']');
	close_delta(e, AIP_NONE, NULL, into);
}

/* ---- Deltas --------------------------------------------------------------------------------- */

static void put_image(struct aip_json_out *out, struct aip_arena *arena, struct aip_str mime,
                      struct aip_str data)
{
	aip_json_key(out, "images");
	aip_json_open(out, '[');
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("image_url"));
	aip_json_key(out, "image_url");
	aip_json_open(out, '{');
	aip_json_str(out, "url",
	             aip_arena_printf(arena, "data:%.*s;base64,%.*s",
	                              AIP_FMT(mime.len ? mime : AIP_LIT("image/png")), AIP_FMT(data)));
	aip_json_close(out, '}');
	aip_json_close(out, '}');
	aip_json_close(out, ']');
}

static void put_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct call *call;

	switch (event->delta) {
	case AIP_DELTA_TEXT: put_string(e, event, "content", into); break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY: put_string(e, event, "reasoning_content", into); break;
	case AIP_DELTA_REFUSAL: put_string(e, event, "refusal", into); break;
	case AIP_DELTA_ARGS:
		if ((call = find_call(e, event)))
			put_args(e, call, event->text, into);
		break;
	case AIP_DELTA_OPAQUE:
		if ((call = find_call(e, event)))
			put_signature(e, call, event->part->opaque, into);
		break;
	case AIP_DELTA_CITATION:
		if (!event->citation->url.len)
			break;
		open_delta(e, event->candidate);
		aip_json_key(&e->out, "annotations");
		aip_json_open(&e->out, '[');
		chat_write_annotation(event->citation, &e->out);
		aip_json_close(&e->out, ']');
		close_delta(e, AIP_NONE, NULL, into);
		break;
	case AIP_DELTA_LOGPROBS:
		open_delta(e, event->candidate);
		close_delta(e, event->raw, NULL, into);
		break;
	case AIP_DELTA_IMAGE:
		open_delta(e, event->candidate);
		put_image(&e->out, e->ctx->arena, AIP_NONE, event->text);
		close_delta(e, AIP_NONE, NULL, into);
		break;
	case AIP_DELTA_AUDIO:
	case AIP_DELTA_RAW: break;
	}
}

static void stop_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct call *call = find_call(e, event);

	if (!call)
		return;
	if (!call->spoke)
		put_args(e, call, AIP_LIT("{}"), into);
	call->open = false;
}

static void put_end(struct aip_encoder *e, struct aip_buf *into)
{
	e->ended = true;
	if (e->wants_usage) {
		open_chunk(e);
		aip_json_close(&e->out, ']');
		aip_json_key(&e->out, "usage");
		chat_write_usage(&e->usage, &e->out);
		aip_json_close(&e->out, '}');
		aip_sse_write(into, AIP_NONE, aip_buf_str(&e->chunk));
	}
	aip_sse_write(into, AIP_NONE, AIP_LIT("[DONE]"));
}

static void put_error(struct aip_encoder *e, const struct aip_error *error, struct aip_buf *into)
{
	e->ended = true;
	aip_buf_clear(&e->chunk);
	openai_write_error(error, AIP_NONE, &e->chunk);
	aip_sse_write(into, AIP_NONE, aip_buf_str(&e->chunk));
}

static void start(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	e->started = true;
	if (event->created_s)
		e->created_s = event->created_s;
	if (aip_str_starts(event->id, AIP_LIT("chatcmpl-")))
		e->id = aip_arena_dup(e->ctx->arena, event->id);
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	write_head(e, event);
	give_role(e, 0, into);
}

enum aip_status chat_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                   struct aip_buf *out)
{
	if (e->ended)
		return AIP_OK;
	if (event->kind == AIP_EV_BLOCK_START || event->kind == AIP_EV_FINISH)
		give_role(e, event->candidate, out);
	switch (event->kind) {
	case AIP_EV_START: start(e, event, out); break;
	case AIP_EV_BLOCK_START:
		if (event->part->kind == AIP_TOOL_CALL)
			start_call(e, event, out);
		break;
	case AIP_EV_DELTA: put_delta(e, event, out); break;
	case AIP_EV_BLOCK_STOP: stop_block(e, event, out); break;
	case AIP_EV_USAGE: aip_usage_merge(&e->usage, event->usage); break;
	case AIP_EV_FINISH:
		open_delta(e, event->candidate);
		close_delta(e, AIP_NONE, chat_write_stop(event->stop, e->legacy), out);
		break;
	case AIP_EV_PING: chat_encoder_ping(e, out); break;
	case AIP_EV_ERROR: put_error(e, event->error, out); break;
	case AIP_EV_END: put_end(e, out); break;
	default: break;
	}
	return out->status;
}

void chat_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (!e->ended)
		aip_buf_add(out, AIP_LIT(": keep-alive\n\n"));
}

struct aip_encoder *chat_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->id = aip_ctx_id(ctx, "chatcmpl-");
	e->created_s = ctx->now_s;
	e->wants_usage = ctx->request && ctx->request->stream_options.include_usage == AIP_YES;
	e->legacy = ctx->request && ctx->request->legacy_functions;
	aip_usage_init(&e->usage);
	aip_buf_init(&e->head, CHUNK_MAX);
	aip_buf_init(&e->chunk, CHUNK_MAX);
	return e;
}

void chat_encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	aip_buf_fini(&e->head);
	aip_buf_fini(&e->chunk);
}

/* ---- Whole answers -------------------------------------------------------------------------- */

static struct aip_str text_of(struct aip_arena *arena, const struct aip_part *parts,
                              enum aip_part_kind kind)
{
	struct aip_str all = AIP_NONE;

	for (const struct aip_part *part = parts; part; part = part->next) {
		struct aip_str text = part->text;
		if (part->kind != kind)
			continue;
		if (kind == AIP_THINKING && !text.len && part->thinking)
			text = aip_parts_text(arena, part->thinking->summary);
		all = all.len ? aip_arena_printf(arena, "%.*s%.*s", AIP_FMT(all), AIP_FMT(text)) : text;
	}
	return all;
}

static bool any_of(const struct aip_part *parts, enum aip_part_kind kind)
{
	for (const struct aip_part *part = parts; part; part = part->next)
		if (part->kind == kind)
			return true;
	return false;
}

static void put_whole_call(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                           const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;
	const bool custom = call->kind == AIP_CALL_CUSTOM;
	const char *type = custom ? "custom" : "function";

	aip_json_open(out, '{');
	aip_json_str(out, "id", aip_call_id(ctx->arena, &aip_names_openai, call->id));
	aip_json_str(out, "type", aip_str(type));
	aip_json_key(out, type);
	aip_json_open(out, '{');
	aip_json_str(out, "name", call_name(ctx->arena, call));
	aip_json_str(out, custom ? "input" : "arguments",
	             call->args.len || custom ? call->args : AIP_LIT("{}"));
	aip_json_close(out, '}');
	put_extra(out, signature_of(ctx, part->opaque));
	aip_json_close(out, '}');
}

static void put_whole_calls(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                            const struct aip_part *parts)
{
	const bool legacy = ctx->request && ctx->request->legacy_functions;

	for (const struct aip_part *part = parts; part && legacy; part = part->next) {
		if (part->kind != AIP_TOOL_CALL)
			continue;
		aip_json_key(out, "function_call");
		aip_json_open(out, '{');
		aip_json_str(out, "name", call_name(ctx->arena, part->call));
		aip_json_str(out, "arguments", part->call->args.len ? part->call->args : AIP_LIT("{}"));
		aip_json_close(out, '}');
		return;
	}
	aip_json_key(out, "tool_calls");
	aip_json_open(out, '[');
	for (const struct aip_part *part = parts; part; part = part->next)
		if (part->kind == AIP_TOOL_CALL)
			put_whole_call(ctx, out, part);
	aip_json_close(out, ']');
}

static void put_annotations(struct aip_json_out *out, const struct aip_part *parts)
{
	bool any = false;

	for (const struct aip_part *part = parts; part; part = part->next) {
		for (const struct aip_citation *c = part->citations; c; c = c->next) {
			if (!c->url.len)
				continue;
			if (!any) {
				aip_json_key(out, "annotations");
				aip_json_open(out, '[');
			}
			any = true;
			chat_write_annotation(c, out);
		}
	}
	if (any)
		aip_json_close(out, ']');
}

static void put_message(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                        const struct aip_candidate *candidate)
{
	const struct aip_part *parts = candidate->parts;
	struct aip_str text = text_of(ctx->arena, parts, AIP_TEXT);
	struct aip_str refusal = text_of(ctx->arena, parts, AIP_REFUSAL);
	struct aip_str thoughts = text_of(ctx->arena, parts, AIP_THINKING);
	const bool calls = any_of(parts, AIP_TOOL_CALL);

	aip_json_open(out, '{');
	aip_json_str(out, "role", AIP_LIT("assistant"));
	aip_json_key(out, "content");
	if (text.len || !calls)
		aip_json_put_str(out, text.at ? text : AIP_LIT(""));
	else
		aip_json_put_null(out);
	aip_json_key(out, "refusal");
	if (refusal.len)
		aip_json_put_str(out, refusal);
	else
		aip_json_put_null(out);
	if (thoughts.len)
		aip_json_str(out, "reasoning_content", thoughts);
	put_annotations(out, parts);
	if (calls)
		put_whole_calls(ctx, out, parts);
	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != AIP_IMAGE || part->media->source != AIP_FROM_BASE64)
			continue;
		put_image(out, ctx->arena, part->media->mime, part->media->data);
		break;
	}
	aip_json_close(out, '}');
}

static void put_choice(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                       const struct aip_candidate *candidate)
{
	aip_json_open(out, '{');
	aip_json_int_kv(out, "index", candidate->index);
	aip_json_key(out, "message");
	put_message(ctx, out, candidate);
	put_logprobs(out, candidate->logprobs);
	aip_json_str(out, "finish_reason",
	             aip_str(chat_write_stop(candidate->stop,
	                                     ctx->request && ctx->request->legacy_functions)));
	aip_json_close(out, '}');
}

enum aip_status chat_write_response(struct aip_codec_ctx *ctx, const struct aip_response *response,
                                    struct aip_buf *into, struct aip_error *reterr)
{
	struct aip_json_out out = aip_json_to(into);
	const bool own = aip_str_starts(response->id, AIP_LIT("chatcmpl-"));

	aip_json_open(&out, '{');
	aip_json_str(&out, "id", own ? response->id : aip_ctx_id(ctx, "chatcmpl-"));
	aip_json_str(&out, "object", AIP_LIT("chat.completion"));
	aip_json_int_kv(&out, "created", response->created_s ? response->created_s : ctx->now_s);
	aip_json_str(&out, "model", ctx->model_asked);
	aip_json_str_some(&out, "system_fingerprint", response->system_fingerprint);
	aip_json_key(&out, "choices");
	aip_json_open(&out, '[');
	for (const struct aip_candidate *c = response->candidates; c; c = c->next)
		put_choice(ctx, &out, c);
	aip_json_close(&out, ']');
	aip_json_key(&out, "usage");
	chat_write_usage(&response->usage, &out);
	aip_json_close(&out, '}');
	return into->status ? aip_fail(reterr, AIP_TOO_LARGE, "the answer is too large") : AIP_OK;
}
