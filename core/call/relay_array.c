/* Relay of a stream as one JSON array: what Gemini's clients get that do not ask for server-sent events. */
#include "call/inside.h"

static struct aip_str before_element(const struct relay *relay)
{
	return relay->elements ? AIP_LIT(",\r\n") : AIP_LIT("[");
}

static void put_element(struct call *call, struct aip_str payload, struct aip_buf *out)
{
	struct relay *relay = &call->relay;
	const size_t before = out->len;

	aip_buf_add(out, before_element(relay));
	if (!relay->splices || !call->client->splice_model(payload, call->spec.model, out))
		aip_buf_add(out, payload);
	if (out->status)
		out->len = before;
	else
		relay->elements++;
}

/* Sends whole elements. s: why the next is none. False: the call has ended. */
static bool send_array(struct call *call, enum aip_status s)
{
	struct aip_buf *out = &call->worker->out;

	s = s ? s : out->status;
	if (out->len)
		deliver_head(call, call->relay.http, call->relay.content_type);
	deliver_bytes(call, aip_buf_str(out));
	aip_buf_clear(out);
	if (s)
		relay_too_large(call);
	return !s;
}

void relay_array_bytes(struct call *call, struct aip_str bytes)
{
	struct aip_buf *out = &call->worker->out;
	struct aip_sse_frame frame;
	enum aip_status s;

	aip_buf_clear(out);
	while (!(s = aip_sse_next(&call->relay.sse, &bytes, &frame)) && frame.data.at)
		if (frame.data.len)
			put_element(call, frame.data, out);
	send_array(call, s);
}

bool relay_array_end(struct call *call)
{
	struct aip_buf *out = &call->worker->out;
	struct aip_sse_frame frame = {0};

	aip_buf_clear(out);
	const enum aip_status s = aip_sse_finish(&call->relay.sse, &frame);
	if (!s && frame.data.len)
		put_element(call, frame.data, out);
	if (!s)
		aip_buf_add(out, call->relay.elements ? AIP_LIT("]") : AIP_LIT("[]"));
	return send_array(call, s);
}

enum aip_status relay_array_fail(struct call *call, const struct aip_error *error,
                                 struct aip_buf *out)
{
	aip_buf_add(out, before_element(&call->relay));
	call->client->write_error(error, AIP_NONE, out);
	aip_buf_add(out, AIP_LIT("]"));
	return out->status;
}
