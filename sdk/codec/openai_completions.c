/* Legacy text completions: a thin skin over Chat Completions, for clients only. */
#include "openai_chat.h"
#include "openai_error.h"

#define CHUNK_MAX (16u << 20)

/* ---- Request -------------------------------------------------------------------------------- */

/* One text; a list of one is one; several would be several conversations. */
static enum aip_status read_prompt(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_turn *turn = aip_turn_new(r->arena, AIP_ROLE_USER);

	if (v->kind == AIP_JSON_ARRAY && v->count == 1 && v->child->kind == AIP_JSON_STRING)
		v = v->child;
	if (v->kind != AIP_JSON_STRING)
		return aip_json_fail(r->error, v, "must be a string, or an array of one string");
	turn->parts = aip_part_new(r->arena, AIP_TEXT);
	turn->parts->text = v->text.len ? v->text : AIP_LIT("Complete this:");
	r->request->turns = turn;
	return AIP_OK;
}

static enum aip_status read_member(struct chat_reader *r, const struct aip_json *member)
{
	enum aip_status s = AIP_OK;

	if (chat_read_common(r, member, &s) || member->kind == AIP_JSON_NULL)
		return s;
	if (aip_str_is(member->key, "prompt"))
		return read_prompt(r, member);
	if (aip_str_is(member->key, "suffix") && member->text.len)
		return aip_json_fail(r->error, member, "filling in the middle is not offered");
	if (aip_str_is(member->key, "logprobs") && member->kind == AIP_JSON_NUMBER) {
		r->request->sampling.logprobs = AIP_YES;
		r->request->sampling.top_logprobs = member->text;
	} else if (!aip_str_is(member->key, "echo") && !aip_str_is(member->key, "best_of")) {
		AIP_APPEND(&r->request->ext,
		           aip_ext_new(r->arena, AIP_COMPLETIONS, member->key, member->raw));
	}
	return AIP_OK;
}

static enum aip_status read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr)
{
	struct chat_reader r = {ctx->arena, aip_request_new(ctx->arena), reterr};
	struct aip_json *body;

	enum aip_status s = aip_json_parse(ctx->arena, in->body, &body, reterr);
	if (s)
		return s;
	if (body->kind != AIP_JSON_OBJECT)
		return aip_json_fail(reterr, body, "the body must be an object");
	r.request->dialect = AIP_COMPLETIONS;
	r.request->source = in->body;
	AIP_JSON_EACH(member, body) {
		s = read_member(&r, member);
		if (s)
			return s;
	}
	if (!r.request->turns)
		return aip_json_fail(reterr, body, "prompt is missing");
	*ret = r.request;
	return AIP_OK;
}

/* ---- Answer --------------------------------------------------------------------------------- */

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_buf chunk;
	struct aip_str id;
	int64_t created_s;
	struct aip_usage usage;
	bool wants_usage, ended;
};

static void open_object(struct aip_json_out *out, struct aip_str id, int64_t created_s,
                        struct aip_str model)
{
	aip_json_open(out, '{');
	aip_json_str(out, "id", id);
	aip_json_str(out, "object", AIP_LIT("text_completion"));
	aip_json_int_kv(out, "created", created_s);
	aip_json_str(out, "model", model);
	aip_json_key(out, "choices");
	aip_json_open(out, '[');
}

static void put_choice(struct aip_json_out *out, struct aip_str text, uint32_t index,
                       const char *finish_reason)
{
	aip_json_open(out, '{');
	aip_json_str(out, "text", text.at ? text : AIP_LIT(""));
	aip_json_int_kv(out, "index", index);
	aip_json_null_kv(out, "logprobs");
	if (finish_reason)
		aip_json_str(out, "finish_reason", aip_str(finish_reason));
	else
		aip_json_null_kv(out, "finish_reason");
	aip_json_close(out, '}');
}

/* Calls have no place here, so an answer never stops for one. */
static const char *stop_word(enum aip_stop stop)
{
	return chat_write_stop(stop == AIP_STOP_TOOL_USE ? AIP_STOP_END_TURN : stop, false);
}

static enum aip_status write_response(struct aip_codec_ctx *ctx, const struct aip_response *response,
                                      struct aip_buf *into, struct aip_error *reterr)
{
	struct aip_json_out out = aip_json_to(into);
	const bool own = aip_str_starts(response->id, AIP_LIT("cmpl-"));

	open_object(&out, own ? response->id : aip_ctx_id(ctx, "cmpl-"),
	            response->created_s ? response->created_s : ctx->now_s, ctx->model_asked);
	for (const struct aip_candidate *c = response->candidates; c; c = c->next)
		put_choice(&out, aip_parts_text(ctx->arena, c->parts), c->index, stop_word(c->stop));
	aip_json_close(&out, ']');
	aip_json_key(&out, "usage");
	chat_write_usage(&response->usage, &out);
	aip_json_close(&out, '}');
	return into->status ? aip_fail(reterr, AIP_TOO_LARGE, "the answer is too large") : AIP_OK;
}

static void put_chunk(struct aip_encoder *e, struct aip_str text, uint32_t index,
                      const char *finish_reason, struct aip_buf *into)
{
	aip_buf_clear(&e->chunk);
	struct aip_json_out out = aip_json_to(&e->chunk);
	open_object(&out, e->id, e->created_s, e->ctx->model_asked);
	put_choice(&out, text, index, finish_reason);
	aip_json_close(&out, ']');
	aip_json_close(&out, '}');
	aip_sse_write(into, AIP_NONE, aip_buf_str(&e->chunk));
}

static void put_end(struct aip_encoder *e, struct aip_buf *into)
{
	e->ended = true;
	if (e->wants_usage) {
		aip_buf_clear(&e->chunk);
		struct aip_json_out out = aip_json_to(&e->chunk);
		open_object(&out, e->id, e->created_s, e->ctx->model_asked);
		aip_json_close(&out, ']');
		aip_json_key(&out, "usage");
		chat_write_usage(&e->usage, &out);
		aip_json_close(&out, '}');
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

static enum aip_status encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                     struct aip_buf *out)
{
	if (e->ended)
		return AIP_OK;
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	switch (event->kind) {
	case AIP_EV_START:
		e->created_s = event->created_s ? event->created_s : e->created_s;
		break;
	case AIP_EV_DELTA:
		if (event->delta == AIP_DELTA_TEXT)
			put_chunk(e, event->text, event->candidate, NULL, out);
		break;
	case AIP_EV_FINISH: put_chunk(e, AIP_NONE, event->candidate, stop_word(event->stop), out); break;
	case AIP_EV_PING: aip_buf_add(out, AIP_LIT(": keep-alive\n\n")); break;
	case AIP_EV_ERROR: put_error(e, event->error, out); break;
	case AIP_EV_END: put_end(e, out); break;
	default: break;
	}
	return out->status;
}

static void encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (!e->ended)
		aip_buf_add(out, AIP_LIT(": keep-alive\n\n"));
}

static struct aip_encoder *encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->id = aip_ctx_id(ctx, "cmpl-");
	e->created_s = ctx->now_s;
	e->wants_usage = ctx->request && ctx->request->stream_options.include_usage == AIP_YES;
	aip_usage_init(&e->usage);
	aip_buf_init(&e->chunk, CHUNK_MAX);
	return e;
}

static void encoder_fini(struct aip_encoder *e)
{
	if (e)
		aip_buf_fini(&e->chunk);
}

/* As an upstream this dialect is Chat's: nobody serves it any more. */
const struct aip_codec aip_codec_openai_completions = {
	.dialect = AIP_COMPLETIONS,
	.vendor = AIP_VENDOR_OPENAI,
	.name = "openai_completions",
	.read_request = read_request,
	.write_request = chat_write_request,
	.read_response = chat_read_response,
	.write_response = write_response,
	.decoder_new = chat_decoder_new,
	.decoder_feed = chat_decoder_feed,
	.decoder_finish = chat_decoder_finish,
	.decoder_fini = chat_decoder_fini,
	.encoder_new = encoder_new,
	.encoder_event = encoder_event,
	.encoder_ping = encoder_ping,
	.encoder_fini = encoder_fini,
	.read_error = openai_read_error,
	.write_error = openai_write_error,
	.splice_model = chat_splice_model,
	.stream_type = "text/event-stream",
};
