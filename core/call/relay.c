/* Relay: an upstream of the client's own dialect; bytes pass untouched but for the model's name, and figures that
 * only the gateway asked for. */
#include "call/relay.h"

#include "answer/answer.h"
#include "call/inside.h"

#define BEGUN_MAX (64u << 10) /* of an answer's start that is held back */

void relay_head(struct call *call, const struct aip_head *head)
{
	struct relay *relay = &call->relay;

	if (head->http < 200 || head->http > 299)
		return;
	struct aip_str type = aip_header_get(head->headers, head->n_headers, "content-type");
	const bool is_json = aip_str_find(type, AIP_LIT("json")) >= 0;
	if (type.at && !is_json && aip_str_find(type, AIP_LIT("event-stream")) < 0)
		return; /* a page of some proxy between, or a stream under an odd name: the provider reads it */
	relay->on = true;
	relay->http = head->http;
	relay->content_type =
		aip_arena_dup(call->ex->arena, type.at ? type : AIP_LIT("application/json"));
	relay->streams = call->spec.stream && !is_json;
	relay->array = relay->streams && call->spec.raw_stream;
	if (relay->array)
		relay->content_type = AIP_LIT("application/json");
	if (relay->streams)
		aip_sse_init(&relay->sse, call->snapshot->tuning.answer_bytes_max);
	relay->splices = !aip_str_eq(call->spec.model, call->target->model);
	relay->strips = relay->streams && relay->asked && call->client->relay_extra;
	aip_buf_init(&relay->whole, call->snapshot->tuning.answer_bytes_max);
}

/* What came only because the gateway counts, with the blank line that ends it. */
static bool is_stripped(struct call *call, struct aip_str line, struct aip_str payload)
{
	struct relay *relay = &call->relay;
	const bool blank = aip_str_trim(line).len == 0;

	if (!relay->strips)
		return false;
	if (!blank || !relay->stripped)
		relay->stripped = payload.at && call->client->relay_extra(payload);
	return relay->stripped;
}

/* One whole line of a stream: the payload of a data line may hold the model's name. */
static void splice_line(struct call *call, struct aip_str line, struct aip_buf *out)
{
	struct aip_str payload = line;

	if (!aip_str_starts(line, AIP_LIT("data:"))) {
		if (!is_stripped(call, line, AIP_NONE))
			aip_buf_add(out, line);
		return;
	}
	payload.at += 5;
	payload.len -= 5;
	while (payload.len && *payload.at == ' ') {
		payload.at++;
		payload.len--;
	}
	struct aip_str head = aip_strn(line.at, (size_t)(payload.at - line.at));
	struct aip_str body = aip_str_trim(payload);
	struct aip_str tail =
		aip_strn(body.at + body.len, (size_t)(line.at + line.len - body.at) - body.len);
	if (is_stripped(call, line, body))
		return;
	aip_buf_add(out, head);
	if (!call->relay.splices || !call->client->splice_model(body, call->spec.model, out))
		aip_buf_add(out, body);
	aip_buf_add(out, tail);
}

/* The first byte that ends a line, or NULL. */
static const char *line_end(struct aip_str bytes)
{
	const char *lf = memchr(bytes.at, '\n', bytes.len);
	const char *cr = memchr(bytes.at, '\r', lf ? (size_t)(lf - bytes.at) : bytes.len);

	return cr ? cr : lf;
}

static void splice_lines(struct call *call, struct aip_str frames, struct aip_buf *out)
{
	while (frames.len) {
		const char *end = line_end(frames);
		size_t len = end ? (size_t)(end - frames.at) + 1 : frames.len;
		splice_line(call, aip_strn(frames.at, len), out);
		frames = aip_strn(frames.at + len, frames.len - len);
	}
}

void relay_too_large(struct call *call)
{
	struct aip_error error;

	aip_fail(&error, AIP_UPSTREAM_BROKEN, "an event of the answer is too large");
	attempt_failed(call, &error);
}

/* ---- Frames --------------------------------------------------------------------------------- */

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* How far the text reaches to the end of its last whole frame: an empty line. Bytes before `from` were looked
 * at before. */
static size_t whole_frames(struct aip_str text, size_t from)
{
	for (size_t end = text.len; end > from; end--) {
		size_t line = end - 1; /* where the line end that closes here begins */
		if (!is_line_end(text.at[line]))
			continue;
		if (text.at[line] == '\n' && line > 0 && text.at[line - 1] == '\r')
			line--;
		if (line > 0 && is_line_end(text.at[line - 1]))
			return end;
	}
	return 0;
}

/* Sends whole frames. False: the call has ended. */
static bool send_frames(struct call *call, struct aip_str frames)
{
	struct relay *relay = &call->relay;
	struct aip_buf *out = &call->worker->out;

	if (!frames.len)
		return true;
	aip_buf_clear(out);
	const bool looks = relay->splices || relay->strips;
	if (looks)
		splice_lines(call, frames, out);
	if (out->status) {
		aip_buf_clear(out);
		relay_too_large(call);
		return false;
	}
	deliver_head(call, relay->http, relay->content_type);
	deliver_bytes(call, looks ? aip_buf_str(out) : frames);
	aip_buf_clear(out);
	return true;
}

/* Whether all events say no more than that an answer has begun; bytes: what is new of them. */
static bool still_begins(struct call *call, struct aip_str bytes)
{
	struct relay *relay = &call->relay;
	struct aip_sse_frame frame;
	enum aip_status s = AIP_OK;

	while (!relay->shows && !(s = aip_sse_next(&relay->sse, &bytes, &frame)) && frame.data.at) {
		aip_arena_reset(call->worker->scratch);
		relay->shows = frame.data.len &&
		               !call->client->relay_begins(call->worker->scratch, frame.data);
	}
	relay->shows = relay->shows || s || relay->whole.len >= BEGUN_MAX;
	return !relay->shows;
}

/* Nothing but the start of an answer is there: held back, so that a failure may still be tried again. */
static bool only_begun(struct call *call, struct aip_str bytes)
{
	return call->state == CALL_ATTEMPTING && !call->content && !call->over &&
	       still_begins(call, bytes);
}

/* Whole frames go on at once, what is left of the last one waits for its end: so that whatever happens the
 * client's stream stands at the end of a frame. */
static void stream_bytes(struct call *call, struct aip_str bytes)
{
	struct relay *relay = &call->relay;
	struct aip_buf *held = &relay->whole;
	const size_t had = held->len;

	if (relay->array) {
		relay_array_bytes(call, bytes);
		return;
	}
	const bool begins = only_begun(call, bytes);
	if (!had && !begins) {
		const size_t whole = whole_frames(bytes, 0);
		if (!send_frames(call, aip_strn(bytes.at, whole)))
			return;
		bytes = aip_strn(bytes.at + whole, bytes.len - whole);
		if (aip_buf_add(held, bytes))
			relay_too_large(call);
		return;
	}
	if (aip_buf_add(held, bytes)) {
		relay_too_large(call);
		return;
	}
	if (begins) {
		deliver_bytes(call, AIP_NONE);
		return;
	}
	/* All of it the first time something may go; later only what is new can end a frame. */
	const size_t whole =
		whole_frames(aip_buf_str(held), call->state == CALL_ATTEMPTING ? 0 : had);
	if (send_frames(call, aip_strn(held->at, whole)))
		aip_buf_consume(held, whole);
}

void relay_let_go(struct call *call)
{
	struct aip_buf *held = &call->relay.whole;
	const size_t whole = whole_frames(aip_buf_str(held), 0);

	if (call->relay.streams && !call->relay.array &&
	    send_frames(call, aip_strn(held->at, whole)))
		aip_buf_consume(held, whole);
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

void relay_body(struct call *call, struct aip_str bytes)
{
	struct relay *relay = &call->relay;

	if (relay->streams) {
		stream_bytes(call, bytes);
		return;
	}
	if (aip_buf_add(&relay->whole, bytes)) {
		struct aip_error error;
		aip_fail(&error, AIP_UPSTREAM_BROKEN, "the upstream's answer is too large");
		attempt_failed(call, &error);
	}
}

/* A whole answer under the client's name for the model. */
static void reply_whole(struct call *call)
{
	struct relay *relay = &call->relay;
	struct aip_str body = aip_buf_str(&relay->whole);
	struct aip_buf spliced;

	aip_buf_init(&spliced, SIZE_MAX);
	if (relay->splices && call->client->splice_model(body, call->spec.model, &spliced))
		body = aip_buf_str(&spliced);
	call->first_ms = loop_now_ms(call->worker->loop);
	answer_whole(call->ex, relay->http, relay->content_type, body, call->pub.id, NULL);
	aip_buf_fini(&spliced);
	settle(call, AIP_OK);
}

bool relay_is_told(const struct call *call)
{
	return call->over;
}

void relay_end(struct call *call)
{
	struct relay *relay = &call->relay;
	struct aip_error error = {0};

	if (!relay->streams && aip_json_scan(aip_buf_str(&relay->whole), NULL, 0, &error)) {
		error.status = AIP_UPSTREAM_BROKEN;
		aip_note(&error, "the upstream's answer");
		attempt_failed(call, &error);
		return;
	}
	pool_succeeded(&call->lease);
	if (!relay->streams) {
		reply_whole(call);
		return;
	}
	if (relay->array ? relay_array_end(call) : send_frames(call, aip_buf_str(&relay->whole)))
		deliver_end(call);
}

void relay_fini(struct relay *relay)
{
	aip_buf_fini(&relay->whole);
	if (relay->streams)
		aip_sse_fini(&relay->sse);
	*relay = (struct relay){0};
}
