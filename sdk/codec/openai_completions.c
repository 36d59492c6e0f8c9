/* Legacy text completions: a thin skin over Chat Completions, for clients only. */
#include "codecs.h"
#include "openai_chat.h"
#include "openai_error.h"

#define HEAD_MAX (16u << 20)

/* ---- Request -------------------------------------------------------------------------------- */

/* What is asked in place of nothing. */
static const struct aip_str unsaid = {"Complete this:", 14};

/* One text; a list of one is one; several would be several conversations. */
static enum aip_status read_prompt(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_turn *turn = aip_turn_new(r->arena, AIP_ROLE_USER);

	if (v->kind == AIP_JSON_ARRAY && v->count == 1 && v->child->kind == AIP_JSON_STRING)
		v = v->child;
	if (v->kind == AIP_JSON_ARRAY && v->child && v->child->kind != AIP_JSON_STRING)
		return chat_wrong(r, v, "must be text; lists of tokens are not taken");
	if (v->kind != AIP_JSON_STRING)
		return chat_wrong(r, v, "must be a string, or an array of one string");
	turn->parts = aip_part_new(r->arena, AIP_TEXT);
	turn->parts->text = v->text.len ? v->text : unsaid;
	r->request->turns = turn;
	return AIP_OK;
}

static enum aip_status read_suffix(struct chat_reader *r, const struct aip_json *v)
{
	struct aip_str suffix = AIP_NONE;
	enum aip_status s = chat_take_text(r, v, &suffix);

	return suffix.len ? chat_wrong(r, v, "filling in the middle is not offered") : s;
}

/* How many alternatives of each token. */
static enum aip_status read_logprobs(struct chat_reader *r, const struct aip_json *v)
{
	int64_t many;

	if (v->kind != AIP_JSON_NUMBER || !aip_str_int(v->text, &many) || many < 0 || many > 5)
		return chat_wrong(r, v, "must be a whole number between 0 and 5");
	r->request->sampling.logprobs = AIP_YES;
	r->request->sampling.top_logprobs = v->text;
	return AIP_OK;
}

static enum aip_status read_echo(struct chat_reader *r, const struct aip_json *v)
{
	if (!aip_json_is_bool(v))
		return chat_wrong(r, v, "must be true or false");
	chat_keep(r, v);
	return AIP_OK;
}

/* The best of n is all there are; of more, somebody would have to choose. */
static enum aip_status read_best_of(struct chat_reader *r, const struct aip_json *v)
{
	const int64_t n = aip_json_int(v->parent, "n", 1);
	int64_t best_of;

	if (v->kind != AIP_JSON_NUMBER || !aip_str_int(v->text, &best_of) || best_of < 1)
		return chat_wrong(r, v, "must be a whole number of at least 1");
	if (best_of > n)
		return chat_wrong(r, v, "must not exceed n: nobody picks the best of more");
	chat_keep(r, v);
	return AIP_OK;
}

static const struct {
	const char *key;
	enum aip_status (*read)(struct chat_reader *r, const struct aip_json *v);
} rows[] = {
	{"prompt", read_prompt}, {"suffix", read_suffix},   {"logprobs", read_logprobs},
	{"echo", read_echo},     {"best_of", read_best_of},
};

bool chat_is_skin(const struct aip_ext *ext)
{
	return ext->dialect == AIP_COMPLETIONS &&
	       (aip_str_is(ext->key, "echo") || aip_str_is(ext->key, "best_of"));
}

static enum aip_status read_member(struct chat_reader *r, const struct aip_json *member)
{
	enum aip_status s = AIP_OK;

	if (chat_read_common(r, member, &s) || member->kind == AIP_JSON_NULL)
		return s;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (aip_str_is(member->key, rows[i].key))
			return rows[i].read(r, member);
	chat_keep(r, member);
	return AIP_OK;
}

static enum aip_status read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr)
{
	return chat_read_body(ctx, in, AIP_COMPLETIONS, read_member, "prompt", ret, reterr);
}

/* The prompt, where the client wants it in front of the answer. */
static struct aip_str echo_of(const struct aip_request *request)
{
	const struct aip_ext *ext = request ? request->ext : NULL;

	while (ext && !aip_str_is(ext->key, "echo"))
		ext = ext->next;
	if (!ext || !aip_str_is(ext->raw, "true") || request->turns->parts->text.at == unsaid.at)
		return AIP_NONE;
	return request->turns->parts->text;
}

/* ---- What whole and streamed answers write alike -------------------------------------------- */

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

/* Chat's tokens as four lists side by side, counted in characters from `offset` on. */
static void put_token_lists(struct aip_json_out *out, const struct aip_json *tokens, int64_t offset)
{
	aip_json_key(out, "tokens");
	aip_json_open(out, '[');
	AIP_JSON_EACH (token, tokens)
		aip_json_put_str(out, aip_json_text(token, "token"));
	aip_json_close(out, ']');
	aip_json_key(out, "token_logprobs");
	aip_json_open(out, '[');
	AIP_JSON_EACH (token, tokens)
		aip_json_put_tree(out, aip_json_get(token, "logprob"));
	aip_json_close(out, ']');
	aip_json_key(out, "top_logprobs");
	aip_json_open(out, '[');
	AIP_JSON_EACH (token, tokens) {
		aip_json_open(out, '{');
		AIP_JSON_EACH (other, aip_json_some(token, "top_logprobs")) {
			aip_json_key_str(out, aip_json_text(other, "token"));
			aip_json_put_tree(out, aip_json_get(other, "logprob"));
		}
		aip_json_close(out, '}');
	}
	aip_json_close(out, ']');
	aip_json_key(out, "text_offset");
	aip_json_open(out, '[');
	AIP_JSON_EACH (token, tokens) {
		aip_json_put_int(out, offset);
		offset += chat_code_points(aip_json_text(token, "token"));
	}
	aip_json_close(out, ']');
}

static void put_logprobs(struct aip_json_out *out, struct aip_arena *arena, struct aip_str raw,
                         int64_t offset)
{
	struct aip_json *tokens;

	aip_json_key(out, "logprobs");
	if (!raw.at || aip_json_parse(arena, raw, &tokens, NULL)) {
		aip_json_put_null(out);
		return;
	}
	aip_json_open(out, '{');
	put_token_lists(out, tokens, offset);
	aip_json_close(out, '}');
}

/* Calls have no place here, so an answer never stops for one. */
static const char *stop_word(enum aip_stop stop)
{
	return chat_write_stop(stop == AIP_STOP_TOOL_USE ? AIP_STOP_END_TURN : stop, false);
}

/* ---- An answer whole ------------------------------------------------------------------------ */

/* Text and its tokens' figures; what else was said has no place here. */
static void put_choice(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                       const struct aip_candidate *c)
{
	struct aip_str echo = echo_of(ctx->request), logprobs = c->logprobs;
	struct aip_buf text;

	aip_buf_init(&text, SIZE_MAX);
	aip_buf_add(&text, echo);
	for (const struct aip_part *part = c->parts; part; part = part->next) {
		if (part->kind != AIP_TEXT)
			continue;
		aip_buf_add(&text, part->text);
		logprobs = part->logprobs.at ? part->logprobs : logprobs;
	}
	aip_json_open(out, '{');
	aip_json_str(out, "text", aip_buf_lend(&text, out->buf));
	aip_json_int_kv(out, "index", c->index);
	put_logprobs(out, ctx->arena, logprobs, chat_code_points(echo));
	aip_json_str(out, "finish_reason", aip_str(stop_word(c->stop)));
	aip_json_close(out, '}');
	aip_buf_fini(&text);
}

static enum aip_status write_response(struct aip_codec_ctx *ctx,
                                      const struct aip_response *response, struct aip_buf *into,
                                      struct aip_error *reterr)
{
	struct aip_json_out out = aip_json_to(into);
	const bool own = aip_str_starts(response->id, AIP_LIT("cmpl-"));

	open_object(&out, own ? response->id : aip_ctx_id(ctx, "cmpl-"),
	            response->created_s ? response->created_s : ctx->now_s, ctx->model_asked);
	for (const struct aip_candidate *c = response->candidates; c; c = c->next)
		put_choice(ctx, &out, c);
	aip_json_close(&out, ']');
	chat_write_usage(&response->usage, &out);
	aip_json_close(&out, '}');
	return codec_written(into, AIP_OK, "answer", reterr);
}

/* ---- A stream ------------------------------------------------------------------------------- */

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch; /* of tokens' figures; NULL when nobody wants them */
	struct aip_buf head;       /* what every chunk begins with, up to its choices */
	struct aip_str echo;
	bool echoed[CHAT_CHOICES_MAX];
	int64_t told[CHAT_CHOICES_MAX]; /* characters whose figures were told */
	struct aip_usage usage;
	bool wants_usage, ended;
};

static void put_chunk(struct aip_encoder *e, uint32_t index, struct aip_str text,
                      struct aip_str logprobs, const char *finish_reason, struct aip_buf *into)
{
	aip_buf_add(into, aip_buf_lend(&e->head, into));
	struct aip_json_out out = aip_json_to(into);
	aip_json_open(&out, '{');
	aip_json_str(&out, "text", text);
	aip_json_int_kv(&out, "index", index);
	put_logprobs(&out, e->scratch, logprobs, e->told[index]);
	if (finish_reason)
		aip_json_str(&out, "finish_reason", aip_str(finish_reason));
	else
		aip_json_null_kv(&out, "finish_reason");
	aip_json_close(&out, '}');
	aip_json_close(&out, ']');
	if (e->wants_usage)
		aip_json_null_kv(&out, "usage");
	aip_json_close(&out, '}');
	aip_buf_add(into, AIP_LIT("\n\n"));
}

static void put_echo(struct aip_encoder *e, uint32_t index, struct aip_buf *into)
{
	if (e->echoed[index] || !e->echo.len)
		return;
	e->echoed[index] = true;
	put_chunk(e, index, e->echo, AIP_NONE, NULL, into);
	e->told[index] = chat_code_points(e->echo);
}

static int64_t characters_of(const struct aip_json *tokens)
{
	int64_t n = 0;

	AIP_JSON_EACH (token, tokens)
		n += chat_code_points(aip_json_text(token, "token"));
	return n;
}

static void put_figures(struct aip_encoder *e, uint32_t index, struct aip_str raw,
                        struct aip_buf *into)
{
	struct aip_json *tokens;

	if (!e->scratch)
		return;
	aip_arena_reset(e->scratch);
	if (aip_json_parse(e->scratch, raw, &tokens, NULL))
		return;
	put_chunk(e, index, AIP_NONE, raw, NULL, into);
	e->told[index] += characters_of(tokens);
}

static void put_end(struct aip_encoder *e, struct aip_buf *into)
{
	e->ended = true;
	if (e->wants_usage && aip_usage_known(&e->usage)) {
		aip_buf_add(into, aip_buf_lend(&e->head, into));
		struct aip_json_out out = aip_json_to(into);
		aip_json_close(&out, ']');
		chat_write_usage(&e->usage, &out);
		aip_json_close(&out, '}');
		aip_buf_add(into, AIP_LIT("\n\n"));
	}
	aip_buf_add(into, AIP_LIT("data: [DONE]\n\n"));
}

static void put_error(struct aip_encoder *e, const struct aip_error *error, struct aip_buf *into)
{
	e->ended = true;
	aip_buf_add(into, AIP_LIT("data: "));
	openai_write_error(error, AIP_NONE, into);
	aip_buf_add(into, AIP_LIT("\n\n"));
}

static void start(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct aip_json_out out = aip_json_to(&e->head);

	aip_buf_clear(&e->head);
	aip_buf_add(out.buf, AIP_LIT("data: "));
	open_object(&out, aip_ctx_id(e->ctx, "cmpl-"),
	            event->created_s ? event->created_s : e->ctx->now_s, e->ctx->model_asked);
	put_echo(e, 0, into);
}

static void put_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *out)
{
	put_echo(e, event->candidate, out);
	if (event->delta == AIP_DELTA_TEXT)
		put_chunk(e, event->candidate, event->text, AIP_NONE, NULL, out);
	else if (event->delta == AIP_DELTA_LOGPROBS)
		put_figures(e, event->candidate, event->raw, out);
}

static enum aip_status encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                     struct aip_buf *out)
{
	const size_t before = out->len;

	if (e->ended || event->candidate >= CHAT_CHOICES_MAX)
		return AIP_OK;
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	switch (event->kind) {
	case AIP_EV_START: start(e, event, out); break;
	case AIP_EV_DELTA: put_delta(e, event, out); break;
	case AIP_EV_FINISH:
		put_echo(e, event->candidate, out);
		put_chunk(e, event->candidate, AIP_NONE, AIP_NONE, stop_word(event->stop), out);
		break;
	case AIP_EV_PING: aip_buf_add(out, AIP_LIT(": keep-alive\n\n")); break;
	case AIP_EV_ERROR: put_error(e, event->error, out); break;
	case AIP_EV_END: put_end(e, out); break;
	default: break;
	}
	return codec_told(out, before, &e->ended);
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
	e->echo = echo_of(ctx->request);
	e->wants_usage = ctx->request && ctx->request->stream_options.include_usage == AIP_YES;
	if (ctx->request && ctx->request->sampling.logprobs == AIP_YES)
		e->scratch = aip_arena_create();
	aip_usage_init(&e->usage);
	aip_buf_init(&e->head, HEAD_MAX);
	return e;
}

static void encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	aip_buf_fini(&e->head);
	if (e->scratch)
		aip_arena_destroy(e->scratch);
	e->scratch = NULL;
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
	.relay_begins = chat_relay_begins,
};
