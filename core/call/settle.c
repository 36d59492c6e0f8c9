/* Settling: the end of a call, counted and logged once, everything let go. */
#include <inttypes.h>

#include "base/log.h"
#include "call/inside.h"
#include "usage/meter.h"

static void log_access(const struct call *call, enum aip_status outcome)
{
	const struct exchange *ex = call->ex;
	const struct target *target = call->target;
	const int64_t now_ms = loop_now_ms(call->worker->loop);
	const struct aip_str none = AIP_LIT("-");

	log_event(LOG_INFO, "access",
	          "call=%.*s client=%s key=%s method=%.*s path=%s dialect=%s model=%s provider=%s "
	          "cred=%s upstream_model=%s stream=%d relay=%d attempts=%u http=%d status=%s "
	          "ms=%" PRId64 " first_ms=%" PRId64 " in_bytes=%zu out_bytes=%" PRIu64
	          " in_tokens=%" PRId64 " out_tokens=%" PRId64 "%s",
	          AIP_FMT(call->pub.id), ex->peer,
	          LOG_TEXT(call->principal ? call->principal->hint : none), AIP_FMT(ex->method),
	          LOG_TEXT(ex->path), aip_dialect_word(call->spec.dialect),
	          LOG_TEXT(call->spec.model), LOG_TEXT(target ? target->cred->provider_key : none),
	          LOG_TEXT(target ? target->cred->pub.id : none),
	          LOG_TEXT(target ? target->model : none), call->spec.stream, call->relay.on,
	          call->attempts, call->http, aip_status_name(outcome), now_ms - call->began_ms,
	          call->first_ms ? call->first_ms - call->began_ms : -1, call->pub.body.len,
	          call->out_bytes, call->usage.in_total, call->usage.out_total,
	          call->estimated ? " count=estimate" : "");
}

/* What a translation lost, or mended: the client's headers say it too. */
static void log_losses(const struct call *call)
{
	for (const struct aip_name *n = call->ctx.dropped; n; n = n->next)
		log_event(LOG_DEBUG, "call.dropped", "call=%.*s field=%s", AIP_FMT(call->pub.id),
		          LOG_TEXT(n->name));
	for (const struct aip_name *n = call->ctx.warnings; n; n = n->next)
		log_event(LOG_INFO, "call.warned", "call=%.*s message=%s", AIP_FMT(call->pub.id),
		          LOG_TEXT(n->name));
}

void settle(struct call *call, enum aip_status outcome)
{
	struct snapshot *snapshot = call->snapshot;

	call_move(call, CALL_SETTLED);
	loop_timer_disarm(call->worker->loop, &call->wait);
	log_losses(call);
	if (snapshot->tuning.access_log)
		log_access(call, outcome);
	if (call->target) /* what no outcome was reported of says nothing */
		pool_given_up(&call->lease, loop_now_ms(call->worker->loop));
	meter_add(call->worker->meter, outcome, &call->usage);
	attempt_close(call);
	call->worker->calls++;
	snapshot_unref(snapshot);
}
