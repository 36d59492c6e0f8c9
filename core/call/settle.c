/* Settling: the end of a call, counted and logged once, everything let go. */
#include "answer/access_log.h"
#include "base/log.h"
#include "call/inside.h"
#include "usage/meter.h"

static void log_access(const struct call *call, enum aip_status outcome)
{
	const struct access_call told = {
		.model = call->spec.model,
		.target = call->target,
		.stream = call->spec.stream,
		.relay = call->relay.on,
		.estimated = call->estimated,
		.attempts = call->attempts,
		.began_ms = call->began_ms,
		.first_ms = call->first_ms,
		.usage = &call->usage,
	};
	const struct access_line line = {
		.ex = call->ex,
		.id = call->pub.id,
		.principal = call->principal,
		.dialect = call->spec.dialect,
		.http = call->ex->http,
		.outcome = outcome,
		.now_ms = loop_now_ms(call->worker->loop),
		.out_bytes = call->ex->out_bytes,
		.call = &told,
	};

	access_log(&line);
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
	remote_close(call);
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
