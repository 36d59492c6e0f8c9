/* What follows a failed attempt: the same credential, another one, a further round, or the error. */
#include "base/log.h"
#include "call/inside.h"

#define ROUND_STEP_MS 50 /* first wait between rounds when nobody named one; doubles */
#define JITTER_MAX_MS 2000

static bool credentials_are_used_up(const struct call *call)
{
	const unsigned most = call->snapshot->tuning.max_retry_credentials;

	return most && call->tried.n >= most;
}

static void wait_is_up(void *arg)
{
	struct call *call;

	AIP_CAST(call, arg, CALL_MAGIC);
	retry_begin(call);
}

/* Failures that time may mend. */
static bool may_pass(const struct aip_error *error)
{
	static const int passing[] = {403, 408, 429, 500, 502, 503, 504, 529};
	const int http =
		error->upstream_http ? error->upstream_http : aip_status_row(error->status)->http;

	for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
		if (http == passing[i])
			return true;
	return false;
}

/* Up to a quarter more, so that those who wait for the same do not come all at once. */
static int64_t with_jitter(struct call *call, int64_t wait_ms, int64_t most_ms)
{
	const int64_t jitter_ms = wait_ms / 4 < JITTER_MAX_MS ? wait_ms / 4 : JITTER_MAX_MS;
	const int64_t later_ms =
		wait_ms + (int64_t)(worker_random(call->worker) % (uint64_t)(jitter_ms + 1));

	return later_ms < most_ms || most_ms < wait_ms ? later_ms : most_ms;
}

/* Whether a further round is worth while, and after how long. rest_ms: until the first credential is ready
 * again; 0: one is. */
static bool next_round(struct call *call, const struct aip_error *error, int64_t rest_ms,
                       int64_t *ret_ms)
{
	const struct call_tuning *tuning = &call->snapshot->tuning;
	const int64_t most_ms = tuning->max_retry_interval_ms;

	if (call->round >= tuning->request_retry || !may_pass(error))
		return false;
	int64_t wait_ms =
		rest_ms ? rest_ms : (int64_t)ROUND_STEP_MS << (call->round < 8 ? call->round : 8);
	if (!rest_ms && wait_ms > most_ms)
		wait_ms = most_ms > ROUND_STEP_MS ? most_ms
		                                  : ROUND_STEP_MS; /* hardly a wait at all */
	else if (wait_ms > most_ms)
		return false;
	*ret_ms = with_jitter(call, wait_ms, most_ms);
	return true;
}

/* No credential is left in this round. refusal: why the pool gave none. */
static void round_is_over(struct call *call, const struct aip_error *refusal)
{
	const bool was_tried = call->failure != NULL;
	struct aip_error last = was_tried ? *call->failure : *refusal;
	int64_t wait_ms;

	const int64_t rest_ms = refusal->status == AIP_CRED_COOLING ? refusal->retry_after_ms : 0;

	if (!last.retry_after_ms)
		last.retry_after_ms = rest_ms;
	if ((rest_ms || was_tried) && next_round(call, &last, rest_ms, &wait_ms)) {
		call->round++;
		call->tried = (struct pool_tried){.arena = call->ex->arena};
		loop_timer_init(&call->wait, wait_is_up, call);
		loop_timer_arm(call->worker->loop, &call->wait, wait_ms);
		return;
	}
	deliver_error(call, &last);
}

void retry_begin(struct call *call)
{
	struct aip_error refusal = {0};
	const int64_t now_ms = loop_now_ms(call->worker->loop);

	if (credentials_are_used_up(call)) {
		round_is_over(call, call->failure);
		return;
	}
	if (pool_pick(&call->match.route->pool, &call->tried, now_ms, &call->lease, &refusal)) {
		round_is_over(call, &refusal);
		return;
	}
	call->target = call->lease.target;
	call->same_again = false;
	attempt_begin(call);
}

void retry_after_failure(struct call *call, const struct aip_error *error)
{
	const enum aip_next next = aip_status_row(error->status)->next;

	call_remember(call, error);
	attempt_close(call);
	if (next == AIP_NEXT_STOP) {
		deliver_error(call, call->failure);
		return;
	}
	call_move(call, CALL_ADMITTED);
	if (next == AIP_NEXT_SAME_CREDENTIAL && !call->same_again) {
		call->same_again = true;
		pool_again(&call->lease);
		attempt_begin(call);
		return;
	}
	retry_begin(call);
}
