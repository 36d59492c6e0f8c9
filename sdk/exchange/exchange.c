/* The usual way of a provider: one request in its upstream's dialect, the answer as events. */
#include <aiproxy/host.h>
#include <aiproxy/rules.h>

#define SENT_MAX  (256u << 20) /* of a request's body */
#define WHOLE_MAX (64u << 20)  /* of an answer that does not stream */
#define ERROR_MAX (64u << 10)  /* of an error's body; more is ignored */

/* ---- The request ---------------------------------------------------------------------------- */

/* Bytes of the client's body that others stand in place of. */
struct edit {
	struct aip_str old, fresh;
};

static void edit_pieces(struct aip_exchange *x, struct edit *edits, size_t n,
                        struct aip_fetch *fetch)
{
	struct aip_str rest = x->call->body;
	size_t pieces = 0;

	if (n == 2 && edits[1].old.at < edits[0].old.at) {
		const struct edit later = edits[0];
		edits[0] = edits[1];
		edits[1] = later;
	}
	for (size_t i = 0; i < n; i++) {
		const size_t before = (size_t)(edits[i].old.at - rest.at);
		x->pieces[pieces++] = aip_strn(rest.at, before);
		x->pieces[pieces++] = edits[i].fresh;
		rest.at += before + edits[i].old.len;
		rest.len -= before + edits[i].old.len;
	}
	x->pieces[pieces++] = rest;
	fetch->body = x->pieces;
	fetch->n_body = pieces;
}

static struct aip_str quoted_model(struct aip_exchange *x)
{
	struct aip_json_out out = aip_json_to(&x->sent);

	aip_json_put_str(&out, x->call->model);
	return aip_buf_str(&x->sent);
}

/* Figures are asked for, unless the client does it itself or the server knows no such wish. */
static bool asks_for_figures(const struct aip_exchange *x, struct edit *ret)
{
	const struct aip_call *call = x->call;

	if (!x->codec->relay_ask || !call->stream || call->purpose != AIP_GENERATE ||
	    call->info->caps.chat_stream_usage == AIP_NO)
		return false;
	ret->old = x->codec->relay_ask(call->host->arena(x->call), call->body, &ret->fresh);
	return ret->old.at;
}

/* The client's own bytes, but for the model's name and what asks for figures. */
static void relay_body(struct aip_exchange *x, struct aip_fetch *fetch)
{
	const struct aip_call *call = x->call;
	struct edit edits[2];
	size_t n = 0;

	if (call->model_at.at && !aip_str_eq(call->model, call->model_asked))
		edits[n++] = (struct edit){call->model_at, quoted_model(x)};
	if (asks_for_figures(x, &edits[n])) {
		fetch->flags |= AIP_FETCH_ASKED;
		n++;
	}
	edit_pieces(x, edits, n, fetch);
}

static bool may_relay(const struct aip_exchange *x)
{
	const struct aip_call *call = x->call;

	if (call->dialect != x->codec->dialect || call->body_edited ||
	    (x->flags & AIP_EXCHANGE_NO_RELAY))
		return false;
	return call->stream || !(x->flags & AIP_EXCHANGE_ALWAYS_STREAM);
}

static enum aip_status write_body(struct aip_exchange *x, struct aip_fetch *fetch,
                                  struct aip_error *reterr)
{
	struct aip_call *call = x->call;
	const struct aip_request *request;

	enum aip_status s = call->host->request(call, &request, reterr);
	if (s)
		return s;
	call->ctx->stream = call->stream || (x->flags & AIP_EXCHANGE_ALWAYS_STREAM);
	s = aip_request_fit(call->ctx, request, reterr);
	if (!s && call->purpose == AIP_COUNT)
		s = x->codec->write_count(call->ctx, request, &x->sent, reterr);
	else if (!s)
		s = x->codec->write_request(call->ctx, request, &x->sent, reterr);
	x->pieces[0] = aip_buf_str(&x->sent);
	fetch->body = x->pieces;
	fetch->n_body = 1;
	return s;
}

enum aip_status aip_exchange_body(struct aip_exchange *x, struct aip_call *call,
                                  const struct aip_codec *codec, uint32_t flags,
                                  struct aip_fetch *fetch, struct aip_error *reterr)
{
	*x = (struct aip_exchange){.call = call, .codec = codec, .flags = flags};
	if (flags & AIP_EXCHANGE_LOOSE_STREAM)
		call->ctx->loose_eof = true;
	aip_buf_init(&x->whole, WHOLE_MAX);
	aip_buf_init(&x->sent, SENT_MAX);
	fetch->method = "POST";
	if (call->purpose == AIP_COUNT && !codec->write_count)
		return aip_fail(reterr, AIP_NOT_IMPLEMENTED, "this upstream counts no tokens");
	if (may_relay(x)) {
		relay_body(x, fetch);
		fetch->flags |= call->purpose == AIP_GENERATE ? AIP_FETCH_RELAY : 0;
	} else {
		enum aip_status s = write_body(x, fetch, reterr);
		if (s)
			return s;
	}
	if (x->sent.status)
		return aip_fail(reterr, x->sent.status, "the request is too large");
	if (call->purpose == AIP_GENERATE && (call->stream || (flags & AIP_EXCHANGE_ALWAYS_STREAM)))
		fetch->flags |= AIP_FETCH_STREAM;
	return AIP_OK;
}

/* ---- The answer ----------------------------------------------------------------------------- */

static enum aip_status emit(void *to, const struct aip_event *event)
{
	struct aip_call *call = to;

	return call->host->emit(call, event);
}

/* Kept for read_error, which wants its headers once the body is there. */
static void keep_head(struct aip_exchange *x, const struct aip_head *head)
{
	struct aip_arena *arena = x->call->host->arena(x->call);

	x->head = aip_arena_alloc(arena, head->n_headers * sizeof(*x->head));
	x->n_head = head->n_headers;
	for (size_t i = 0; i < head->n_headers; i++)
		x->head[i] = (struct aip_header){aip_arena_dup(arena, head->headers[i].name),
		                                 aip_arena_dup(arena, head->headers[i].value)};
}

static bool is_good(const struct aip_exchange *x)
{
	return x->http >= 200 && x->http <= 299;
}

enum aip_status aip_exchange_head(struct aip_exchange *x, const struct aip_head *head,
                                  struct aip_error *reterr)
{
	const struct aip_sink sink = {emit, x->call};
	const bool asked = x->call->stream || (x->flags & AIP_EXCHANGE_ALWAYS_STREAM);

	x->http = head->http;
	if (!is_good(x)) {
		keep_head(x, head);
		return AIP_OK;
	}
	/* A decoder takes a whole answer too, where a stream was asked for. */
	x->streamed = asked && x->call->purpose == AIP_GENERATE;
	if (x->streamed)
		x->decoder = x->codec->decoder_new(x->call->ctx, sink);
	return AIP_OK;
}

/* Bytes up to and with the first empty line; all when there is none. */
static size_t frame_len(struct aip_str bytes)
{
	const char *at = bytes.at, *end = bytes.at + bytes.len, *lf;

	while ((lf = memchr(at, '\n', (size_t)(end - at)))) {
		at = lf + 1;
		if (at < end && *at == '\r')
			at++;
		if (at < end && *at == '\n')
			return (size_t)(at + 1 - bytes.at);
	}
	return bytes.len;
}

/* Of a stream that goes to the client as it is a frame that cannot be read costs that frame alone: what
 * follows may still say what the answer costs. */
static enum aip_status look_on(struct aip_exchange *x, struct aip_str bytes,
                               struct aip_error *reterr)
{
	enum aip_status first = AIP_OK;
	struct aip_error ignored;

	while (bytes.len) {
		const size_t n = frame_len(bytes);
		const enum aip_status s = x->codec->decoder_feed(x->decoder, aip_strn(bytes.at, n),
		                                                 first ? &ignored : reterr);
		first = first ? first : s;
		bytes = aip_strn(bytes.at + n, bytes.len - n);
	}
	return first;
}

enum aip_status aip_exchange_take(struct aip_exchange *x, struct aip_str bytes,
                                  struct aip_error *reterr)
{
	if (x->decoder && may_relay(x))
		return look_on(x, bytes, reterr);
	if (x->decoder)
		return x->codec->decoder_feed(x->decoder, bytes, reterr);
	if (!is_good(x)) {
		size_t room = ERROR_MAX - x->whole.len;
		aip_buf_add(&x->whole, aip_strn(bytes.at, bytes.len < room ? bytes.len : room));
		return AIP_OK;
	}
	if (aip_buf_add(&x->whole, bytes))
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the upstream's answer is too large");
	return AIP_OK;
}

static enum aip_status fail(struct aip_exchange *x, struct aip_error *reterr)
{
	struct aip_error error = {0};

	x->codec->read_error(x->call->ctx, x->http, x->head, x->n_head, aip_buf_str(&x->whole),
	                     &error);
	if (error.status == AIP_OK)
		aip_fail(&error, AIP_UPSTREAM_BROKEN, "the upstream answered HTTP %d", x->http);
	if (error.status == AIP_CRED_REJECTED || error.status == AIP_CRED_UNPAID)
		error.scope = AIP_SCOPE_CREDENTIAL;
	const bool no_such_path = x->http == 404 || x->http == 405 || x->http == 501;
	if (x->call->purpose == AIP_COUNT && no_such_path) {
		error.status = AIP_NOT_IMPLEMENTED;
		error.scope = AIP_SCOPE_REQUEST;
	}
	if (x->judge)
		x->judge(x, aip_buf_str(&x->whole), &error);
	if (reterr)
		*reterr = error;
	return error.status;
}

static enum aip_status end_count(struct aip_exchange *x, struct aip_error *reterr)
{
	struct aip_usage usage;

	aip_usage_init(&usage);
	enum aip_status s = x->codec->read_counted(x->call->ctx, aip_buf_str(&x->whole),
	                                           &usage.in_total, reterr);
	if (!s)
		s = emit(x->call, &(struct aip_event){.kind = AIP_EV_TOKENS, .usage = &usage});
	return s ? s : emit(x->call, &(struct aip_event){.kind = AIP_EV_END});
}

enum aip_status aip_exchange_end(struct aip_exchange *x, enum aip_eof how, struct aip_error *reterr)
{
	const struct aip_sink sink = {emit, x->call};

	if (!is_good(x))
		return fail(x, reterr);
	if (x->decoder)
		return x->codec->decoder_finish(x->decoder, how, reterr);
	if (how == AIP_EOF_CUT)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the upstream's answer was cut");
	if (x->call->purpose == AIP_COUNT)
		return end_count(x, reterr);
	return x->codec->read_response(x->call->ctx, aip_buf_str(&x->whole), sink, reterr);
}

void aip_exchange_fini(struct aip_exchange *x)
{
	if (x->decoder)
		x->codec->decoder_fini(x->decoder);
	aip_buf_fini(&x->whole);
	aip_buf_fini(&x->sent);
	*x = (struct aip_exchange){0};
}
