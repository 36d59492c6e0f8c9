/* Relay: an upstream of the client's own dialect; bytes pass untouched but for the model's name, and figures that
 * only the gateway asked for. */
#include "call/relay.h"

#include "api/answer.h"
#include "call/inside.h"

#define LINE_MAX (32u << 20) /* of a line that may hold the model's name */

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
	relay->content_type = aip_arena_dup(call->ex->arena, type.at ? type : AIP_LIT("application/json"));
	relay->streams = call->spec.stream && !is_json;
	relay->array = relay->streams && call->spec.raw_stream;
	if (relay->array) {
		relay->content_type = AIP_LIT("application/json");
		aip_sse_init(&relay->sse, LINE_MAX);
	}
	relay->splices = !aip_str_eq(call->spec.model, call->target->model);
	relay->strips = relay->streams && relay->asked && call->client->relay_extra;
	aip_buf_init(&relay->whole,
	             relay->streams ? LINE_MAX : call->snapshot->tuning.answer_bytes_max);
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
	struct aip_str tail = aip_strn(body.at + body.len, (size_t)(line.at + line.len - body.at) - body.len);
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

/* Gives whole lines on, keeps the unfinished one. Between CR and LF is an empty line, which is nothing to look
 * at. */
static void splice_bytes(struct call *call, struct aip_str bytes, struct aip_buf *out)
{
	struct aip_buf *held = &call->relay.whole;

	while (bytes.len) {
		const char *end = line_end(bytes);
		size_t len = end ? (size_t)(end - bytes.at) + 1 : bytes.len;
		struct aip_str piece = aip_strn(bytes.at, len);
		bytes.at += len;
		bytes.len -= len;
		if (!end || held->len) {
			if (aip_buf_add(held, piece)) {
				aip_buf_add(out, aip_buf_str(held)); /* too long to look at: on as it is */
				aip_buf_clear(held);
				aip_buf_add(out, piece);
				continue;
			}
			piece = aip_buf_str(held);
		}
		if (end) {
			splice_line(call, piece, out);
			aip_buf_clear(held);
		}
	}
}

/* ---- Events as one JSON array --------------------------------------------------------------- */

static void put_element(struct call *call, struct aip_str payload, struct aip_buf *out)
{
	struct relay *relay = &call->relay;

	aip_buf_add(out, relay->elements++ ? AIP_LIT(",\r\n") : AIP_LIT("["));
	if (!relay->splices || !call->client->splice_model(payload, call->spec.model, out))
		aip_buf_add(out, payload);
}

static void send_array(struct call *call)
{
	struct aip_buf *out = &call->worker->out;

	if (out->len)
		deliver_head(call, call->relay.http, call->relay.content_type);
	deliver_bytes(call, aip_buf_str(out));
	aip_buf_clear(out);
}

static void array_bytes(struct call *call, struct aip_str bytes)
{
	struct aip_buf *out = &call->worker->out;
	struct aip_sse_frame frame;
	enum aip_status s;

	aip_buf_clear(out);
	while (!(s = aip_sse_next(&call->relay.sse, &bytes, &frame)) && frame.data.at)
		if (frame.data.len)
			put_element(call, frame.data, out);
	send_array(call);
	if (s) {
		struct aip_error error;
		aip_fail(&error, AIP_UPSTREAM_BROKEN, "an event of the answer is too large");
		attempt_failed(call, &error);
	}
}

static void array_end(struct call *call)
{
	struct aip_buf *out = &call->worker->out;
	struct aip_sse_frame frame = {0};

	aip_buf_clear(out);
	if (!aip_sse_finish(&call->relay.sse, &frame) && frame.data.len)
		put_element(call, frame.data, out);
	aip_buf_add(out, call->relay.elements ? AIP_LIT("]") : AIP_LIT("[]"));
	send_array(call);
}

bool relay_array_fail(struct call *call, const struct aip_error *error)
{
	struct aip_buf *out = &call->worker->out;

	if (!call->relay.on || !call->relay.array)
		return false;
	aip_buf_clear(out);
	aip_buf_add(out, call->relay.elements ? AIP_LIT(",\r\n") : AIP_LIT("["));
	call->client->write_error(error, AIP_NONE, out);
	aip_buf_add(out, AIP_LIT("]"));
	send_array(call);
	return true;
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

static void stream_bytes(struct call *call, struct aip_str bytes)
{
	struct relay *relay = &call->relay;

	if (relay->array) {
		array_bytes(call, bytes);
		return;
	}
	deliver_head(call, relay->http, relay->content_type);
	relay->mid_frame = !aip_str_ends(bytes, AIP_LIT("\n\n")) &&
	                   !aip_str_ends(bytes, AIP_LIT("\r\n\r\n")) &&
	                   !aip_str_ends(bytes, AIP_LIT("\r\r"));
	if (!relay->splices && !relay->strips) {
		deliver_bytes(call, bytes);
		return;
	}
	struct aip_buf *out = &call->worker->out;
	aip_buf_clear(out);
	splice_bytes(call, bytes, out);
	deliver_bytes(call, aip_buf_str(out));
	aip_buf_clear(out);
}

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
		deliver_error(call, &error);
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
	call->http = relay->http;
	call->first_ms = loop_now_ms(call->worker->loop);
	call->out_bytes = body.len;
	answer_whole(call->ex, relay->http, relay->content_type, body, call->pub.id, NULL);
	aip_buf_fini(&spliced);
	settle(call, AIP_OK);
}

/* A stream's last line may lack its end. */
static void last_line(struct call *call)
{
	struct aip_buf *out = &call->worker->out;

	aip_buf_clear(out);
	splice_line(call, aip_buf_str(&call->relay.whole), out);
	deliver_bytes(call, aip_buf_str(out));
	aip_buf_clear(out);
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
	if (relay->array)
		array_end(call);
	else if (relay->whole.len)
		last_line(call);
	deliver_end(call);
}

void relay_fini(struct relay *relay)
{
	aip_buf_fini(&relay->whole);
	if (relay->array)
		aip_sse_fini(&relay->sse);
	*relay = (struct relay){0};
}
