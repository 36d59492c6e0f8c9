/* A host without a network: drives a provider's table from recorded bytes. */
#include "fakehost.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct fakehost *host_of(struct aip_call *call)
{
	return (struct fakehost *)call;
}

/* ---- The table ------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
	return 1000;
}

static int64_t now_s(void)
{
	return 1760000000;
}

aip_printf_like(3, 4) static void log_line(enum aip_level_of_log level, const char *event,
                                           const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "log %s ", event);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

static struct aip_arena *arena(struct aip_call *call)
{
	return host_of(call)->arena;
}

static enum aip_status request(struct aip_call *call, const struct aip_request **ret,
                               struct aip_error *reterr)
{
	struct fakehost *host = host_of(call);
	const struct aip_wire_in in = {
		.body = call->body, .model = call->model, .stream = call->stream};

	if (!host->client)
		return aip_fail(reterr, AIP_GATEWAY_BUG, "the call has no dialect");
	if (!host->request) {
		host->read_ctx = host->ctx;
		enum aip_status s =
			host->client->read_request(&host->read_ctx, &in, &host->request, reterr);
		if (s)
			return s;
	}
	host->ctx.request = host->request;
	*ret = host->request;
	return AIP_OK;
}

static enum aip_status fetch(struct aip_call *call, const struct aip_fetch *wanted,
                             struct aip_error *reterr)
{
	struct fakehost *host = host_of(call);
	struct aip_buf all;

	if (host->fetched)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "fetches twice at a time");
	host->fetched = true;
	host->fetch = *wanted;
	struct aip_header *headers =
		aip_arena_alloc(host->arena, wanted->n_headers * sizeof(*headers));
	if (wanted->n_headers)
		memcpy(headers, wanted->headers, wanted->n_headers * sizeof(*headers));
	host->fetch.headers = headers;
	aip_buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < wanted->n_body; i++)
		aip_buf_add(&all, wanted->body[i]);
	host->sent = aip_arena_dup(host->arena, aip_buf_str(&all));
	aip_buf_fini(&all);
	return AIP_OK;
}

static const char *kind_word(enum aip_event_kind kind)
{
	static const char *const words[] = {
		[AIP_EV_START] = "start", [AIP_EV_BLOCK_START] = "block_start",
		[AIP_EV_DELTA] = "delta", [AIP_EV_BLOCK_STOP] = "block_stop",
		[AIP_EV_USAGE] = "usage", [AIP_EV_FINISH] = "finish",
		[AIP_EV_PING] = "ping",   [AIP_EV_ERROR] = "error",
		[AIP_EV_END] = "end",     [AIP_EV_TOKENS] = "tokens",
		[AIP_EV_MODEL] = "model", [AIP_EV_ACCOUNT] = "account",
		[AIP_EV_QUOTA] = "quota",
	};

	return words[kind];
}

static void write_event(struct fakehost *host, const struct aip_event *event)
{
	struct aip_buf *out = &host->events;

	aip_buf_addf(out, "%s", kind_word(event->kind));
	if (event->kind >= AIP_EV_BLOCK_START && event->kind <= AIP_EV_BLOCK_STOP)
		aip_buf_addf(out, " block=%u", event->block);
	if (event->kind == AIP_EV_BLOCK_START)
		aip_buf_addf(out, " part=%d", (int)event->part->kind);
	if (event->kind == AIP_EV_BLOCK_START && event->part->call)
		aip_buf_addf(out, " call=%.*s name=%.*s", AIP_FMT(event->part->call->id),
		             AIP_FMT(event->part->call->name));
	if (event->kind == AIP_EV_DELTA)
		aip_buf_addf(out, " delta=%d text=%.*s", (int)event->delta, AIP_FMT(event->text));
	if (event->kind == AIP_EV_FINISH)
		aip_buf_addf(out, " stop=%d", (int)event->stop);
	if (event->kind == AIP_EV_ERROR)
		aip_buf_addf(out, " status=%s message=%s", aip_status_name(event->error->status),
		             event->error->message);
	if (event->usage)
		aip_buf_addf(out, " in=%" PRId64 " out=%" PRId64, event->usage->in_total,
		             event->usage->out_total);
	aip_buf_add_byte(out, '\n');
}

static enum aip_status emit(struct aip_call *call, const struct aip_event *event)
{
	struct fakehost *host = host_of(call);

	if (host->ended)
		return AIP_GUEST_BROKEN;
	host->n_events++;
	write_event(host, event);
	if (event->kind == AIP_EV_DELTA && event->delta == AIP_DELTA_TEXT)
		aip_buf_add(&host->text, event->text);
	if (event->usage)
		aip_usage_merge(&host->usage, event->usage);
	if (event->kind == AIP_EV_ERROR)
		host->error = *event->error;
	host->ended = event->kind == AIP_EV_END || event->kind == AIP_EV_ERROR;
	return AIP_OK;
}

static void wake_after(struct aip_call *call, int64_t ms)
{
	host_of(call)->woken = true;
	host_of(call)->wake_ms = ms;
}

static void memo_put(struct aip_call *call, struct aip_str key, struct aip_str value,
                     int64_t ttl_ms)
{
}

static bool memo_get(struct aip_call *call, struct aip_str key, struct aip_str *ret)
{
	return false;
}

/* ---- Driving -------------------------------------------------------------------------------- */

static const struct aip_host table = {
	.size = sizeof(struct aip_host),
	.now_ms = now_ms,
	.now_s = now_s,
	.log = log_line,
	.arena = arena,
	.request = request,
	.fetch = fetch,
	.emit = emit,
	.wake_after = wake_after,
	.memo_put = memo_put,
	.memo_get = memo_get,
};

static struct aip_settings default_settings(struct fakehost *host)
{
	const struct aip_provider *p = host->provider;
	struct aip_field *fields = aip_arena_alloc(host->arena, p->n_settings * sizeof(*fields));

	for (size_t i = 0; i < p->n_settings; i++)
		fields[i] = (struct aip_field){aip_str(p->settings[i].name),
		                               aip_str(p->settings[i].otherwise)};
	return (struct aip_settings){sizeof(struct aip_settings), fields, p->n_settings};
}

enum aip_status fakehost_init(struct fakehost *host, const struct aip_provider *provider,
                              struct aip_error *reterr)
{
	*host = (struct fakehost){
		.provider = provider, .table = table, .arena = aip_arena_create()};
	aip_buf_init(&host->events, 64u << 20);
	aip_buf_init(&host->text, 64u << 20);
	aip_usage_init(&host->usage);
	host->cred = (struct aip_credential){
		.size = sizeof(host->cred),
		.kind = AIP_CRED_API_KEY,
		.id = AIP_LIT("fake"),
		.secret = AIP_LIT("key"),
		.base_url = provider->base_url ? aip_str(provider->base_url)
	                                       : AIP_LIT("http://127.0.0.1:1"),
		.base_url_is_default = true,
	};
	host->call = (struct aip_call){
		.size = sizeof(host->call),
		.host = &host->table,
		.id = AIP_LIT("0000000000000001"),
		.info = aip_model_unknown(),
		.cred = &host->cred,
		.ctx = &host->ctx,
		.state = aip_arena_alloc(host->arena, provider->call_bytes),
	};
	const struct aip_settings settings = default_settings(host);
	return provider->open ? provider->open(&host->table, &settings, &host->self, reterr)
	                      : AIP_OK;
}

void fakehost_fini(struct fakehost *host)
{
	host->provider->drop(host->self, &host->call);
	if (host->provider->close)
		host->provider->close(host->self);
	aip_buf_fini(&host->events);
	aip_buf_fini(&host->text);
	aip_arena_destroy(host->arena);
}

enum aip_status fakehost_begin(struct fakehost *host, struct aip_error *reterr)
{
	struct aip_call *call = &host->call;
	const struct aip_codec *upstream = aip_codec_of(host->provider->speaks);

	host->client = aip_codec_of(call->dialect);
	host->ctx = (struct aip_codec_ctx){
		.arena = host->arena,
		.client = call->dialect,
		.upstream = host->provider->speaks,
		.model_asked = call->model_asked,
		.model = call->model,
		.vendor = upstream ? upstream->vendor : AIP_VENDOR_OTHER,
		.caps = &call->info->caps,
		.now_s = now_s(),
		.seed = 1,
		.stream = call->stream,
	};
	return host->provider->begin(host->self, call, reterr);
}

enum aip_status fakehost_answer(struct fakehost *host, int http, const char *content_type,
                                struct aip_str body, size_t step, struct aip_error *reterr)
{
	const struct aip_provider *p = host->provider;
	const struct aip_header headers[] = {{AIP_LIT("content-type"), aip_str(content_type)}};
	const struct aip_head head = {http, headers, 1};

	host->fetched = false;
	enum aip_status s =
		p->on_head ? p->on_head(host->self, &host->call, &head, reterr) : AIP_OK;
	step = step ? step : body.len;
	for (size_t at = 0; !s && !host->ended && at < body.len; at += step) {
		size_t len = body.len - at < step ? body.len - at : step;
		/* An exact copy, so that a reader beyond the piece is caught. */
		char *piece = malloc(len);
		if (!piece)
			abort();
		memcpy(piece, body.at + at, len);
		s = p->on_body ? p->on_body(host->self, &host->call, aip_strn(piece, len), reterr)
		               : AIP_OK;
		free(piece);
	}
	if (!s && !host->ended && p->on_end)
		s = p->on_end(host->self, &host->call, AIP_EOF_COMPLETE, reterr);
	return s;
}

enum aip_status fakehost_wake(struct fakehost *host, struct aip_error *reterr)
{
	host->woken = false;
	return host->provider->on_wake ? host->provider->on_wake(host->self, &host->call, reterr)
	                               : AIP_OK;
}
