/* One try with one credential: the steps of a provider and the exchange it asked for. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "call/inside.h"

/* How long an upstream may take to end its transfer properly once its answer is whole. */
#define LINGER_MS 100

/* ---- Ending --------------------------------------------------------------------------------- */

void attempt_close(struct call *call)
{
	loop_timer_disarm(call->worker->loop, &call->wake);
	loop_timer_disarm(call->worker->loop, &call->ping);
	if (call->up) {
		struct upstream_exchange *up = call->up;
		call->up = NULL;
		upstream_cancel(up);
	}
	if (call->begun) {
		call->begun = false;
		call->provider->api->drop(call->provider->self, &call->pub);
	}
	deliver_fini(call);
	relay_fini(&call->relay);
}

void attempt_failed(struct call *call, const struct aip_error *error)
{
	const struct aip_error kept = *error;
	const enum aip_blame blame = aip_status_row(kept.status)->blame;
	const int64_t now_ms = loop_now_ms(call->worker->loop);

	call->over = true;
	if (kept.status == AIP_NOT_IMPLEMENTED && call->spec.purpose == AIP_COUNT) {
		deliver_estimate(call);
		return;
	}
	if (blame == AIP_BLAME_CREDENTIAL || blame == AIP_BLAME_MODEL ||
	    blame == AIP_BLAME_UPSTREAM)
		pool_failed(&call->lease, &kept, now_ms);
	else
		pool_given_up(&call->lease, now_ms);
	log_event(LOG_INFO, "attempt.failed",
	          "call=%.*s provider=%.*s cred=%s model=%s status=%s http=%d upstream_id=%s "
	          "message=%s",
	          AIP_FMT(call->pub.id), AIP_FMT(call->target->cred->provider_key),
	          LOG_TEXT(call->target->cred->pub.id), LOG_TEXT(call->target->model),
	          aip_status_name(kept.status), kept.upstream_http,
	          LOG_TEXT(kept.request_id[0] ? aip_str(kept.request_id) : AIP_LIT("-")),
	          LOG_TEXT(aip_str(kept.message)));
	if (call->state == CALL_ANSWERING)
		deliver_error(call, &kept);
	else
		retry_after_failure(call, &kept);
}

static void linger_is_up(void *arg)
{
	struct call *call;

	AIP_CAST(call, arg, CALL_MAGIC);
	deliver_end(call);
}

/* The provider said END. */
static void attempt_succeeded(struct call *call)
{
	pool_succeeded(&call->lease);
	if (!call->up) {
		deliver_end(call);
		return;
	}
	if (call->state != CALL_LINGERING) {
		call_move(call, CALL_LINGERING);
		loop_timer_disarm(call->worker->loop, &call->ping);
		loop_timer_init(&call->ping, linger_is_up, call);
		loop_timer_arm(call->worker->loop, &call->ping, LINGER_MS);
	}
}

/* ---- Steps ---------------------------------------------------------------------------------- */

/* While bytes are relayed the provider only looks on: what it thinks harms nothing, unless it sees an error
 * before anything has reached the client. */
static void after_tee(struct call *call, enum aip_status s, const struct aip_error *error)
{
	if (call->failed_event && call->state == CALL_ATTEMPTING) {
		const struct aip_error seen = *call->failure;
		attempt_failed(call, &seen);
	} else if (s && !call->over && !call->relay.unread) {
		call->relay.unread = true;
		log_event(LOG_WARN, "relay.unread", "call=%.*s provider=%s message=%s",
		          AIP_FMT(call->pub.id), call->provider->api->id,
		          LOG_TEXT(aip_str(error->message)));
	}
}

static void after_step(struct call *call, enum aip_status s, struct aip_error *error)
{
	if (call->remote.waits) {
		remote_fetch(call);
		return;
	}
	if (call->relay.on) {
		after_tee(call, s, error);
		return;
	}
	if (call->failed_event) {
		const struct aip_error seen = *call->failure;
		attempt_failed(call, &seen);
	} else if (call->over) {
		deliver_bytes(call, AIP_NONE);
		attempt_succeeded(call);
	} else if (s) {
		error->status = s;
		attempt_failed(call, error);
	} else if (!call->up && !loop_timer_is_armed(&call->wake)) {
		aip_fail(error, AIP_GUEST_BROKEN,
		         "provider '%s' neither answered nor waits for anything",
		         call->provider->api->id);
		attempt_failed(call, error);
	} else {
		deliver_bytes(call, AIP_NONE);
	}
}

static void on_wake(void *arg)
{
	struct call *call;
	struct aip_error error = {0};

	AIP_CAST(call, arg, CALL_MAGIC);
	call->stepping = true;
	enum aip_status s = call->provider->api->on_wake(call->provider->self, &call->pub, &error);
	call->stepping = false;
	after_step(call, s, &error);
}

void attempt_wake_after(struct call *call, int64_t ms)
{
	loop_timer_disarm(call->worker->loop, &call->wake);
	loop_timer_init(&call->wake, on_wake, call);
	loop_timer_arm(call->worker->loop, &call->wake, ms > 0 ? ms : 0);
}

/* ---- The upstream --------------------------------------------------------------------------- */

static void on_head(void *arg, const struct aip_head *head)
{
	struct call *call;
	struct aip_error error = {0};

	AIP_CAST(call, arg, CALL_MAGIC);
	call->up_http = head->http;
	if (call->relay.wanted)
		relay_head(call, head);
	if (call->over)
		return;
	call->stepping = true;
	enum aip_status s =
		call->provider->api->on_head(call->provider->self, &call->pub, head, &error);
	call->stepping = false;
	after_step(call, s, &error);
}

static void on_body(void *arg, struct aip_str bytes)
{
	struct call *call;
	struct aip_error error = {0};

	AIP_CAST(call, arg, CALL_MAGIC);
	const unsigned attempt = call->attempts;
	if (!call->over) {
		call->stepping = true;
		enum aip_status s = call->provider->api->on_body(call->provider->self, &call->pub,
		                                                 bytes, &error);
		call->stepping = false;
		after_step(call, s, &error);
	}
	if (call->relay.on && call->attempts == attempt)
		relay_body(call, bytes);
}

/* The transfer is over; broken ones are shown to the provider too, which may have had all it needs. Of a
 * relayed stream it says here whether it was whole. */
static void step_end(struct call *call, enum aip_status how, const struct aip_error *why)
{
	struct aip_error error = {0};

	call->stepping = true;
	enum aip_status s = call->provider->api->on_end(
		call->provider->self, &call->pub, how ? AIP_EOF_CUT : AIP_EOF_COMPLETE, &error);
	call->stepping = false;
	const bool waits = call->up || loop_timer_is_armed(&call->wake);
	const bool refused = s && call->up_http >= 400; /* the head had said it all */
	if (how && call->failed_event && !waits) {
		call_remember(call, why); /* a provider sees only that it was cut, not why */
	} else if (how && !call->over && !waits && !refused) {
		error = *why;
		s = how;
	}
	if (s && call->relay.streams && !call->over) {
		call->over = call->failed_event = true;
		error.status = s;
		call_remember(call, &error);
		s = AIP_OK;
	}
	after_step(call, s, &error);
}

/* Unless the client was told how the answer ends, a transfer that broke, or that just stopped, must not
 * look to it like a whole one. */
static void end_relay(struct call *call, enum aip_status how, const struct aip_error *why,
                      bool is_told)
{
	if (call->failed_event && !is_told) {
		const struct aip_error seen = *call->failure;
		attempt_failed(call, &seen);
	} else if (how) {
		attempt_failed(call, why);
	} else {
		relay_end(call);
	}
}

static void on_end(void *arg, enum aip_status how, const struct aip_error *why)
{
	struct call *call;

	AIP_CAST(call, arg, CALL_MAGIC);
	call->up = NULL;
	if (call->state == CALL_LINGERING) {
		deliver_end(call);
		return;
	}
	if (how && call->up_http == 0) {
		attempt_failed(call, why);
		return;
	}
	const unsigned attempt = call->attempts;
	const bool is_told = relay_is_told(call);
	if (!call->over && !call->relay.unread)
		step_end(call, how, why);
	if (call->relay.on && call->attempts == attempt && !call->up)
		end_relay(call, is_told ? AIP_OK : how, why, is_told);
}

static const struct upstream_events events = {on_head, on_body, on_end};

static bool is_overridden(const struct cred *cred, struct aip_str name)
{
	for (size_t i = 0; i < cred->n_headers; i++)
		if (aip_str_eq_nocase(cred->headers[i].name, name))
			return true;
	return false;
}

/* The provider's headers, with the operator's own in place of or behind them. */
static struct aip_header *join_headers(struct call *call, const struct aip_fetch *fetch,
                                       size_t *ret_n)
{
	const struct cred *cred = call->target->cred;
	struct aip_header *all = aip_arena_alloc(
		call->ex->arena, (fetch->n_headers + cred->n_headers) * sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < fetch->n_headers; i++)
		if (!is_overridden(cred, fetch->headers[i].name))
			all[n++] = fetch->headers[i];
	for (size_t i = 0; i < cred->n_headers; i++)
		all[n++] = cred->headers[i];
	*ret_n = n;
	return all;
}

enum aip_status attempt_fetch(struct call *call, const struct aip_fetch *fetch,
                              struct aip_error *reterr)
{
	const struct call_tuning *tuning = &call->snapshot->tuning;
	const struct cred *cred = call->target->cred;

	if (call->up)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "provider '%s' fetches twice at a time",
		                call->provider->api->id);
	call->relay = (struct relay){.wanted = (fetch->flags & AIP_FETCH_RELAY) &&
	                                       call->spec.purpose == AIP_GENERATE,
	                             .asked = fetch->flags & AIP_FETCH_ASKED};
	call->up_http = 0;
	struct upstream_request request = {
		.method = fetch->method,
		.url = fetch->url,
		.body = fetch->body,
		.n_body = fetch->n_body,
		.proxy_url = cred->proxy_url.at ? cred->proxy_url : tuning->proxy_url,
		.limits = tuning->limits,
		.stream = fetch->flags & AIP_FETCH_STREAM,
		.decode = true,
	};
	request.headers = join_headers(call, fetch, &request.n_headers);
	if (fetch->head_ms)
		request.limits.head_ms = fetch->head_ms;
	if (fetch->idle_ms)
		request.limits.idle_ms = fetch->idle_ms;
	call->up_stream = request.stream;
	return upstream_start(call->worker->upstream, &request, &events, call, &call->up, reterr);
}

/* ---- Beginning ------------------------------------------------------------------------------ */

static void fill_ctx(struct call *call)
{
	const enum aip_dialect speaks = call->provider->api->speaks;
	const struct aip_codec *upstream = aip_codec_of(speaks);

	call->ctx = (struct aip_codec_ctx){
		.arena = call->ex->arena,
		.client = call->spec.dialect,
		.upstream = speaks,
		.model_asked = call->spec.model,
		.model = call->target->model,
		.vendor = upstream ? upstream->vendor : AIP_VENDOR_OTHER,
		.caps = &call->target->info->caps,
		.request = call->request,
		.loss = call->snapshot->tuning.loss,
		.now_s = clock_wall_s(loop_clock(call->worker->loop)),
		.seed = worker_random(call->worker),
		.stream = call->spec.stream,
		.stream_array = call->spec.raw_stream,
		.loose_eof = call->snapshot->tuning.loose_eof,
		.scratch = call->worker->scratch,
	};
}

/* A fresh attempt with call->target. */
void attempt_begin(struct call *call)
{
	struct aip_error error = {0};
	struct aip_call *pub = &call->pub;

	call_move(call, CALL_ATTEMPTING);
	call->attempts += call->remote.is_resumed ? 0 : 1;
	call->remote.is_resumed = false;
	call->provider = call->target->cred->provider;
	call->over = call->failed_event = false;
	call->tokens = -1;
	aip_usage_init(&call->usage);
	fill_ctx(call);
	pub->model = call->target->model;
	pub->info = call->target->info;
	pub->cred = &call->target->cred->pub;
	pub->state = aip_arena_alloc(call->ex->arena, call->provider->api->call_bytes);
	if (!(call->provider->api->purposes & 1u << pub->purpose)) {
		if (pub->purpose == AIP_COUNT) {
			deliver_estimate(call);
			return;
		}
		aip_fail(&error, AIP_NOT_IMPLEMENTED, "provider '%s' cannot do this",
		         call->provider->api->id);
		attempt_failed(call, &error);
		return;
	}
	deliver_begin(call);
	call->begun = call->stepping = true;
	enum aip_status s = call->provider->api->begin(call->provider->self, pub, &error);
	call->stepping = false;
	after_step(call, s, &error);
}
