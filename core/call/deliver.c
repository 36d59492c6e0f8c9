/* Delivery: a provider's events to the client, in its dialect, as a stream or whole. */
#include <stdio.h>

#include "answer/answer.h"
#include "base/log.h"
#include "call/estimate.h"
#include "call/inside.h"

static struct answer_notes notes_of(const struct call *call)
{
	return (struct answer_notes){call->ctx.dropped, call->ctx.warnings, call->estimated};
}

static void account(struct call *call, const struct aip_event *event)
{
	if (event->usage)
		aip_usage_merge(&call->usage, event->usage);
	if (event->kind == AIP_EV_TOKENS && event->usage)
		call->tokens = event->usage->in_total;
}

/* What the guard lets through. */
static enum aip_status deliver(void *to, const struct aip_event *event)
{
	static const struct aip_error unnamed = {.status = AIP_GATEWAY_BUG};
	struct call *call;

	AIP_CAST(call, to, CALL_MAGIC);
	account(call, event);
	if (event->kind == AIP_EV_ERROR) {
		call->over = call->failed_event = true;
		call_remember(call, event->error ? event->error : &unnamed);
		return AIP_OK;
	}
	if (event->kind == AIP_EV_END)
		call->over = true;
	if (event->kind != AIP_EV_START && event->kind != AIP_EV_PING &&
	    event->kind != AIP_EV_USAGE)
		call->content = true;
	if (call->relay.on)
		return AIP_OK;
	recall_note(call, event);
	if (call->encoder)
		return call->client->encoder_event(call->encoder, event, &call->worker->out);
	if (call->fold)
		return aip_fold_add(call->fold, event);
	return AIP_OK;
}

void deliver_begin(struct call *call)
{
	const struct aip_sink into = {deliver, call};

	call->guard = NULL;
	call->encoder = NULL;
	call->fold = NULL;
	call->content = false;
	call->recall = (struct recall){0};
	aip_buf_init(&call->held, 1 << 20);
	aip_buf_clear(&call->worker->out);
	if (call->spec.purpose == AIP_GENERATE)
		call->guard = aip_stream_guard_new(call->ex->arena, into);
}

/* Made on the first event that needs one: a relayed answer never does. */
static void make_writer(struct call *call)
{
	if (call->encoder || call->fold || call->relay.on || call->spec.purpose != AIP_GENERATE)
		return;
	if (call->spec.stream)
		call->encoder = call->client->encoder_new(&call->ctx);
	else
		call->fold = aip_fold_new(call->ex->arena);
}

void deliver_fini(struct call *call)
{
	if (call->encoder)
		call->client->encoder_fini(call->encoder);
	call->encoder = NULL;
	call->fold = NULL;
	call->guard = NULL;
	aip_buf_fini(&call->held);
}

enum aip_status deliver_event(struct call *call, const struct aip_event *event)
{
	struct aip_error error = {0};

	if (!call->stepping || call->over)
		return AIP_GUEST_BROKEN;
	make_writer(call);
	if (!call->guard)
		return deliver(call, event);
	enum aip_status s = aip_stream_guard_emit(call->guard, event, &error);
	if (s && !call->failed_event && !call->relay.on) {
		call->over = call->failed_event = true;
		if (!error.status)
			aip_fail(&error, s,
			         s == AIP_TOO_LARGE ? "the answer is too large"
			                            : "the answer could not be written");
		aip_note(&error, "provider '%s'", call->provider->api->id);
		call_remember(call, &error);
	}
	return s;
}

/* ---- The client's stream -------------------------------------------------------------------- */

static void on_silence(void *arg)
{
	struct call *call;

	AIP_CAST(call, arg, CALL_MAGIC);
	struct aip_buf *out = &call->worker->out;
	aip_buf_clear(out);
	if (call->relay.on && call->state == CALL_ATTEMPTING)
		relay_let_go(call);
	else if (call->encoder)
		call->client->encoder_ping(call->encoder, out);
	else if (call->relay.array && call->relay.elements)
		aip_buf_add(out, AIP_LIT("\r\n"));
	else if (call->relay.on && call->spec.dialect != AIP_GEMINI)
		aip_buf_add(out, AIP_LIT(": keep-alive\n\n"));
	if (call->state == CALL_SETTLED)
		return;
	struct aip_str ping =
		out->status ? AIP_NONE : aip_arena_dup(call->ex->arena, aip_buf_str(out));
	aip_buf_clear(out);
	deliver_bytes(call, ping);
}

/* Counts silence towards the client from now on; what its upstream says that never reaches it is silence. */
static void restart_ping(struct call *call, bool was_heard)
{
	const int64_t every_ms = call->snapshot->tuning.keepalive_ms;

	if (every_ms <= 0 || call->state == CALL_LINGERING)
		return;
	if (!call->ping.fn)
		loop_timer_init(&call->ping, on_silence, call);
	if (was_heard || !loop_timer_is_armed(&call->ping))
		loop_timer_arm(call->worker->loop, &call->ping, every_ms);
}

void deliver_head(struct call *call, int http, struct aip_str content_type)
{
	const struct answer_notes notes = notes_of(call);

	if (call->state != CALL_ATTEMPTING)
		return;
	call_move(call, CALL_ANSWERING);
	pool_succeeded(&call->lease); /* a long answer keeps nobody waiting for its end */
	call->first_ms = loop_now_ms(call->worker->loop);
	answer_begin(call->ex, http, content_type, call->pub.id, &notes);
}

static struct aip_str stream_type(const struct call *call)
{
	return call->spec.raw_stream ? AIP_LIT("application/json")
	                             : aip_str(call->client->stream_type);
}

static void send_bytes(struct call *call, struct aip_str bytes)
{
	if (bytes.len == 0)
		return;
	if (!exchange_write(call->ex, bytes) && call->up)
		upstream_pause(call->up);
}

/* True while nothing but the start of an answer is there: it is held back, so that a failure may still be
 * tried again elsewhere. */
static bool only_begun(const struct call *call)
{
	return call->state == CALL_ATTEMPTING && !call->over && !call->content;
}

void deliver_bytes(struct call *call, struct aip_str bytes)
{
	struct aip_buf *out = &call->worker->out;

	if (call->relay.on) {
		send_bytes(call, bytes);
		restart_ping(call, bytes.len > 0);
		return;
	}
	if (!call->encoder)
		return;
	if (bytes.len)
		aip_buf_add(out, bytes);
	const bool holds = !bytes.len && out->len && only_begun(call) &&
	                   !aip_buf_add(&call->held, aip_buf_str(out));
	const bool is_heard = out->len && !holds;
	if (is_heard) {
		deliver_head(call, 200, stream_type(call));
		send_bytes(call, aip_buf_str(&call->held));
		aip_buf_clear(&call->held);
		send_bytes(call, aip_buf_str(out));
	}
	aip_buf_clear(out);
	restart_ping(call, is_heard);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void reply_whole(struct call *call, struct aip_buf *body)
{
	const struct answer_notes notes = notes_of(call);

	call->first_ms = loop_now_ms(call->worker->loop);
	answer_json(call->ex, 200, aip_buf_str(body), call->pub.id, &notes);
	aip_buf_fini(body);
	settle(call, AIP_OK);
}

void deliver_estimate(struct call *call)
{
	struct aip_error error = {0};

	if (!call->snapshot->tuning.estimate_tokens) {
		aip_fail(&error, AIP_NOT_IMPLEMENTED,
		         "the upstream of '%.*s' counts no tokens, and estimates are switched off",
		         AIP_FMT(call->spec.model));
		deliver_error(call, &error);
		return;
	}
	if (call_read(call, &error)) {
		deliver_error(call, &error);
		return;
	}
	call->tokens = estimate_tokens(call->request);
	call->estimated = true;
	deliver_end(call);
}

static enum aip_status write_counted(struct call *call, struct aip_buf *body,
                                     struct aip_error *reterr)
{
	if (call->tokens < 0 || !call->client->write_counted)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the upstream counted no tokens");
	call->client->write_counted(call->tokens, body);
	return AIP_OK;
}

static enum aip_status write_response(struct call *call, struct aip_buf *body,
                                      struct aip_error *reterr)
{
	make_writer(call);
	return call->client->write_response(&call->ctx, aip_fold_response(call->fold, NULL), body,
	                                    reterr);
}

static void end_whole(struct call *call)
{
	struct aip_error error = {0};
	struct aip_buf body;

	aip_buf_init(&body, call->snapshot->tuning.answer_bytes_max);
	enum aip_status s = call->spec.purpose == AIP_COUNT ? write_counted(call, &body, &error)
	                                                    : write_response(call, &body, &error);
	if (!s && body.status)
		s = aip_fail(&error, body.status, "the answer is too large");
	if (s) {
		aip_buf_fini(&body);
		deliver_error(call, &error);
		return;
	}
	reply_whole(call, &body);
}

void deliver_end(struct call *call)
{
	const struct answer_notes notes = notes_of(call);

	if (!call->spec.stream || call->spec.purpose != AIP_GENERATE) {
		end_whole(call);
		return;
	}
	if (!exchange_has_begun(call->ex))
		answer_begin(call->ex, 200, stream_type(call), call->pub.id, &notes);
	exchange_end(call->ex);
	settle(call, AIP_OK);
}

/* The last event of a stream that has begun; of a relayed one, whoever told what came before it. */
static enum aip_status write_error_event(struct call *call, const struct aip_error *error,
                                         struct aip_buf *out)
{
	const struct aip_event event = {.kind = AIP_EV_ERROR, .error = error};

	if (call->relay.on && call->relay.array)
		return relay_array_fail(call, error, out);
	if (!call->encoder && call->relay.on)
		call->encoder = call->client->encoder_new(&call->ctx);
	return call->encoder ? call->client->encoder_event(call->encoder, &event, out)
	                     : AIP_GATEWAY_BUG;
}

void deliver_error(struct call *call, const struct aip_error *error)
{
	const enum aip_status outcome = error->status;
	struct aip_buf out;

	if (!exchange_has_begun(call->ex)) {
		answer_error(call->ex, call->spec.dialect, error, call->pub.id);
		settle(call, outcome);
		return;
	}
	aip_buf_clear(&call->worker->out);
	aip_buf_init(
		&out,
		SIZE_MAX); /* small, and what tells that something was too large must have room */
	if (!write_error_event(call, error, &out)) {
		send_bytes(call, aip_buf_str(&out));
		exchange_end(call->ex);
	} else {
		exchange_abort(call->ex);
	}
	aip_buf_fini(&out);
	settle(call, outcome);
}
