/* Answers where no handler can give one: requests that cannot be framed, break a limit, are late.
 */
#include "front/conn.h"

/* {"error":{"message":"…","type":"…"}} */
static struct aip_str plain_body(struct aip_arena *arena, const struct aip_error *error)
{
	struct aip_buf buf;
	struct aip_json_out out = aip_json_to(&buf);

	aip_buf_init(&buf, SIZE_MAX);
	aip_json_open(&out, '{');
	aip_json_key(&out, "error");
	aip_json_open(&out, '{');
	aip_json_str(&out, "message", aip_str(error->message));
	aip_json_str(&out, "type", aip_str(aip_status_row(error->status)->openai_type));
	aip_json_close(&out, '}');
	aip_json_close(&out, '}');
	return aip_arena_take(arena, &buf);
}

static size_t headers_of(const struct front_refusal *refusal, struct aip_header ret[3])
{
	int64_t wait_ms = refusal->error->retry_after_ms;
	size_t n = 0;

	ret[n++] = (struct aip_header){AIP_LIT("Content-Type"), refusal->content_type};
	if (refusal->request_id.at)
		ret[n++] = (struct aip_header){AIP_LIT("X-Request-Id"), refusal->request_id};
	if (wait_ms > 0)
		ret[n++] =
			(struct aip_header){AIP_LIT("Retry-After"),
		                            aip_arena_printf(refusal->arena, "%lld",
		                                             (long long)((wait_ms + 999) / 1000))};
	return n;
}

/* What on_head took is given back, as the handler will not be reached. */
static void give_back(struct request *request)
{
	struct exchange *ex = &request->ex;

	if (!request->approved)
		return;
	request->approved = false;
	if (ex->on_gone)
		ex->on_gone(ex, ex->arg);
}

void refuse(struct conn *conn, int http, const struct aip_error *error)
{
	struct front *front = conn->front;
	struct aip_header headers[3];
	struct front_refusal refusal;
	struct request *request;

	if (!conn->request)
		conn->request = pool_request(conn);
	request = conn->request;
	conn->keep_alive &= request->head.framing == HTTP1_NO_BODY && conn->state <= CONN_HEAD;
	conn->unread = !conn->keep_alive;
	refusal = (struct front_refusal){
		.ex = &request->ex,
		.error = error,
		.arena = request->ex.arena,
		.http = http ? http : aip_status_row(error->status)->http,
		.content_type = AIP_LIT("application/json"),
		.body = plain_body(request->ex.arena, error),
	};
	if (front->hooks.refuse)
		front->hooks.refuse(&refusal, front->hooks.arg);
	front->counts.refused++;
	conn_wait(conn, PATIENCE_NONE);
	exchange_answer(request, refusal.http, headers, headers_of(&refusal, headers),
	                refusal.body);
	give_back(request);
}

void refuse_fault(struct conn *conn, enum http1_fault fault)
{
	const struct http1_fault_row *row = http1_fault_row(fault);
	struct aip_error error;

	aip_fail(&error, row->status, "%s", row->text);
	conn->keep_alive = false;
	refuse(conn, row->http, &error);
}
