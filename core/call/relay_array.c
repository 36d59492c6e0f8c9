/* Relay of a stream as one JSON array: what Gemini's clients get that do not ask for server-sent events. */
#include "call/inside.h"

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

void relay_array_bytes(struct call *call, struct aip_str bytes)
{
	struct aip_buf *out = &call->worker->out;
	struct aip_sse_frame frame;
	enum aip_status s;

	aip_buf_clear(out);
	while (!(s = aip_sse_next(&call->relay.sse, &bytes, &frame)) && frame.data.at)
		if (frame.data.len)
			put_element(call, frame.data, out);
	send_array(call);
	if (s)
		relay_too_large(call);
}

void relay_array_end(struct call *call)
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
