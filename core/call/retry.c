/* What follows a failed attempt: the same credential, another one, a further round, or the error. */
#include <stdlib.h>

#include "base/log.h"
#include "call/inside.h"

#define ROUND_STEP_MS   50   /* first wait between rounds when nobody named one; doubles */
#define JITTER_MAX_MS   2000

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

/* Whether a further round is worth while, and after how long. */
static bool next_round(struct call *call, const struct aip_error *error, int64_t *ret_ms)
{
	const struct call_tuning *tuning = &call->snapshot->tuning;
	const int64_t hint_ms = error->retry_after_ms;

	if (call->round >= tuning->request_retry)
		return false;
	int64_t wait_ms = hint_ms ? hint_ms : (int64_t)ROUND_STEP_MS << call->round;
	int64_t jitter_ms = wait_ms / 4 < JITTER_MAX_MS ? wait_ms / 4 : JITTER_MAX_MS;
	if (wait_ms > tuning->max_retry_interval_ms && wait_ms > ROUND_STEP_MS)
		return false;
	*ret_ms = wait_ms + (jitter_ms ? random() % (jitter_ms + 1) : 0);
	return true;
}

/* No credential is left in this round. refusal: why the pool gave none. */
static void round_is_over(struct call *call, const struct aip_error *refusal)
{
	const bool was_tried = call->failure != NULL;
	struct aip_error last = was_tried ? *call->failure : *refusal;
	int64_t wait_ms;

	if (refusal->status == AIP_CRED_COOLING && !last.retry_after_ms)
		last.retry_after_ms = refusal->retry_after_ms;
	if (refusal->status == AIP_CRED_COOLING || was_tried) {
		struct aip_error hint = last;
		hint.retry_after_ms = refusal->status == AIP_CRED_COOLING ? refusal->retry_after_ms : 0;
		if (next_round(call, &hint, &wait_ms)) {
			call->round++;
			call->tried = (struct pool_tried){.arena = call->ex->arena};
			loop_timer_init(&call->wait, wait_is_up, call);
			loop_timer_arm(call->worker->loop, &call->wait, wait_ms);
			return;
		}
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
	if (pool_pick(&call->match.route->pool, &call->tried, now_ms, &call->target, &refusal)) {
		round_is_over(call, &refusal);
		return;
	}
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
		attempt_begin(call);
		return;
	}
	retry_begin(call);
}
