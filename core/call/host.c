/* The table a provider sees: the host's functions, bound to the call. */
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "call/inside.h"
#include "call/memo.h"

/* Set once, before any provider is opened. */
static const struct clock *host_clock = &clock_real;

void call_host_clock(const struct clock *clock)
{
	host_clock = clock;
}

static int64_t now_ms(void)
{
	return clock_now_ms(host_clock);
}

static int64_t now_s(void)
{
	return clock_wall_s(host_clock);
}

aip_printf_like(3, 4) static void log_guest(enum aip_level_of_log level, const char *event,
                                            const char *fmt, ...)
{
	static const enum log_level levels[] = {
		[AIP_LOG_DEBUG] = LOG_DEBUG,
		[AIP_LOG_INFO] = LOG_INFO,
		[AIP_LOG_WARN] = LOG_WARN,
		[AIP_LOG_ERROR] = LOG_ERROR,
	};
	va_list args;

	va_start(args, fmt);
	log_event_v(levels[level & 3], event, fmt, args);
	va_end(args);
}

static struct aip_arena *arena(struct aip_call *pub)
{
	return call_of(pub)->ex->arena;
}

/* What a suffix of the model's name says wins over the body. */
static void apply_suffix(struct call *call)
{
	const struct aip_reasoning *said = &call->match.reasoning;
	struct aip_reasoning *into = &call->request->reasoning;

	if (said->mode == AIP_REASONING_UNSET)
		return;
	into->mode = said->mode;
	into->level = said->level;
	into->budget = said->budget;
	into->effort_only = false;
}

enum aip_status call_read(struct call *call, struct aip_error *reterr)
{
	if (!call->request) {
		const struct aip_wire_in in = {
			.body = call->ex->body,
			.model = call->spec.path_model,
			.stream = call->spec.stream,
			.headers = call->ex->headers,
			.n_headers = call->ex->n_headers,
		};
		const bool counts = call->pub.purpose == AIP_COUNT && call->client->read_count;
		struct aip_codec_ctx ctx = call->ctx;
		enum aip_status s =
			counts ? call->client->read_count(&ctx, &in, &call->request, reterr)
			       : call->client->read_request(&ctx, &in, &call->request, reterr);
		if (s)
			return s;
		apply_suffix(call);
		recall_restore(call, call->request);
	}
	call->ctx.request = call->request;
	return AIP_OK;
}

static enum aip_status request(struct aip_call *pub, const struct aip_request **ret,
                               struct aip_error *reterr)
{
	struct call *call = call_of(pub);

	enum aip_status s = call_read(call, reterr);
	if (!s)
		s = remote_put_in(call, reterr);
	if (!s)
		*ret = call->request;
	return s;
}

static enum aip_status fetch(struct aip_call *pub, const struct aip_fetch *wanted,
                             struct aip_error *reterr)
{
	struct call *call = call_of(pub);

	if (!call->stepping || call->over)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "provider '%s' fetches outside a step",
		                call->provider->api->id);
	if (call->remote.waits)
		return aip_fail(reterr, AIP_GUEST_BROKEN,
		                "provider '%s' sends a request that it was not given",
		                call->provider->api->id);
	return attempt_fetch(call, wanted, reterr);
}

static enum aip_status emit(struct aip_call *pub, const struct aip_event *event)
{
	return deliver_event(call_of(pub), event);
}

static void wake_after(struct aip_call *pub, int64_t ms)
{
	struct call *call = call_of(pub);

	if (call->stepping && !call->over)
		attempt_wake_after(call, ms);
}

/* Values are kept per provider and credential. */
static struct aip_str memo_key(struct call *call, struct aip_str key)
{
	return aip_arena_printf(call->ex->arena, "%s\n%.*s\n%.*s", call->provider->api->id,
	                        AIP_FMT(call->target->cred->pub.id), AIP_FMT(key));
}

static void put(struct aip_call *pub, struct aip_str key, struct aip_str value, int64_t ttl_ms)
{
	struct call *call = call_of(pub);

	memo_put(call->worker->memo, memo_key(call, key), value, ttl_ms, now_ms());
}

static bool get(struct aip_call *pub, struct aip_str key, struct aip_str *ret)
{
	struct call *call = call_of(pub);

	return memo_get(call->worker->memo, call->ex->arena, memo_key(call, key), now_ms(), ret);
}

const struct aip_host call_host = {
	.size = sizeof(struct aip_host),
	.now_ms = now_ms,
	.now_s = now_s,
	.log = log_guest,
	.arena = arena,
	.request = request,
	.fetch = fetch,
	.emit = emit,
	.wake_after = wake_after,
	.memo_put = put,
	.memo_get = get,
};
