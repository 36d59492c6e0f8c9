/* The handler's hand on a connection: answers, whole or piece by piece. */
#include "front/conn.h"

#include "base/clock.h"

#define CHUNK_HEAD_BYTES 18 /* sixteen hex digits and CRLF */

static struct request *request_of(struct exchange *ex)
{
	aip_assert(ex && ex->magic == EXCHANGE_MAGIC);
	loop_assert_mine(((struct request *)ex)->front->loop);
	return (struct request *)ex;
}

/* The request, for a function that may only be called before the end. */
static struct request *running(struct exchange *ex)
{
	struct request *request = request_of(ex);

	aip_assert(!request->ended && ex->conn->state == CONN_RUNNING);
	return request;
}

static struct aip_str date_of(struct front *front)
{
	int64_t now_s = clock_wall_s(loop_clock(front->loop));

	if (now_s != front->date_s) {
		front->date_s = now_s;
		reply_date(now_s, front->date);
	}
	return aip_str(front->date);
}

static struct iovec piece(struct aip_str s)
{
	return (struct iovec){(void *)s.at, s.len};
}

/* Writes the head of an answer into the front's scratch buffer. */
static struct aip_str head_bytes(struct request *request, int status, enum reply_body body,
                                 uint64_t length, const struct aip_header *headers,
                                 size_t n_headers)
{
	struct front *front = request->front;
	struct conn *conn = request->ex.conn;
	const struct reply reply = {
		.status = status,
		.minor = request->head.minor,
		.body = body,
		.length = length,
		.keep_alive = conn->keep_alive,
		.headers = headers,
		.n_headers = n_headers,
		.date = date_of(front),
	};

	aip_buf_clear(&front->scratch);
	reply_head(&front->scratch, &reply);
	request->begun = true;
	request->ex.http = status;
	request->framing = body;
	request->mute = body == REPLY_NO_BODY || aip_str_is(request->ex.method, "HEAD");
	return aip_buf_str(&front->scratch);
}

void exchange_answer(struct request *request, int status, const struct aip_header *headers,
                     size_t n_headers, struct aip_str body)
{
	struct conn *conn = request->ex.conn;
	enum reply_body framing = reply_status_has_body(status) ? REPLY_LENGTH : REPLY_NO_BODY;
	struct iovec pieces[2];

	conn->keep_alive &= !request->front->stopping;
	pieces[0] = piece(head_bytes(request, status, framing, body.len, headers, n_headers));
	pieces[1] = piece(body);
	out_send(conn, pieces, request->mute || body.len == 0 ? 1 : 2);
	if (!request->mute)
		request->ex.out_bytes += body.len;
	request->ended = true;
	conn_answered(conn);
}

void exchange_reply(struct exchange *ex, int status, const struct aip_header *headers,
                    size_t n_headers, struct aip_str body)
{
	struct request *request = running(ex);

	aip_assert(!request->begun);
	exchange_answer(request, status, headers, n_headers, body);
}

void exchange_begin(struct exchange *ex, int status, const struct aip_header *headers,
                    size_t n_headers)
{
	struct request *request = running(ex);
	struct conn *conn = ex->conn;
	enum reply_body framing = ex->minor > 0 ? REPLY_CHUNKED : REPLY_TO_CLOSE;
	struct iovec head;

	aip_assert(!request->begun);
	if (!reply_status_has_body(status))
		framing = REPLY_NO_BODY;
	conn->keep_alive &= !request->front->stopping && framing != REPLY_TO_CLOSE;
	head = piece(head_bytes(request, status, framing, 0, headers, n_headers));
	out_send(conn, &head, 1);
}

/* "1f\r\n" at the end of `room`. */
static struct aip_str chunk_head(size_t bytes, char room[CHUNK_HEAD_BYTES])
{
	char *at = room + CHUNK_HEAD_BYTES;

	*--at = '\n';
	*--at = '\r';
	do
		*--at = "0123456789abcdef"[bytes & 15];
	while (bytes >>= 4);
	return aip_strn(at, (size_t)(room + CHUNK_HEAD_BYTES - at));
}

bool exchange_write(struct exchange *ex, struct aip_str bytes)
{
	struct request *request = running(ex);
	struct conn *conn = ex->conn;
	char room[CHUNK_HEAD_BYTES];
	struct iovec pieces[3];

	aip_assert(request->begun);
	if (bytes.len > 0 && !request->mute) {
		pieces[0] = piece(chunk_head(bytes.len, room));
		pieces[1] = piece(bytes);
		pieces[2] = piece(AIP_LIT("\r\n"));
		if (request->framing == REPLY_CHUNKED)
			out_send(conn, pieces, 3);
		else
			out_send(conn, pieces + 1, 1);
		ex->out_bytes += bytes.len;
	}
	if (conn->out_len > request->front->options.high_mark)
		conn->slow = true;
	return !conn->slow;
}

void exchange_end(struct exchange *ex)
{
	struct request *request = running(ex);
	const struct iovec last = piece(AIP_LIT("0\r\n\r\n"));

	aip_assert(request->begun);
	if (request->framing == REPLY_CHUNKED && !request->mute)
		out_send(ex->conn, &last, 1);
	request->ended = true;
	conn_answered(ex->conn);
}

void exchange_abort(struct exchange *ex)
{
	struct request *request = running(ex);
	struct conn *conn = ex->conn;

	conn->keep_alive = false;
	conn->reset = request->framing == REPLY_TO_CLOSE && request->begun;
	request->ended = true;
	conn_answered(conn);
}

struct aip_str exchange_header(const struct exchange *ex, const char *name)
{
	return http1_header(ex->headers, ex->n_headers, name);
}

bool exchange_has_begun(const struct exchange *ex)
{
	return ((const struct request *)ex)->begun;
}

size_t exchange_pending(const struct exchange *ex)
{
	return ex->conn->out_len;
}
