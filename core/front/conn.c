/* One connection: reading requests, handing them on, and what comes after each answer. */
#include "front/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATE(name) (1u << CONN_##name)

/* From each state the ones it may go to. */
static const unsigned may_go[] = {
	[CONN_HANDSHAKE] = STATE(IDLE) | STATE(CLOSED),
	[CONN_IDLE] = STATE(HEAD) | STATE(BODY) | STATE(RUNNING) | STATE(FLUSHING) | STATE(CLOSED),
	[CONN_HEAD] = STATE(BODY) | STATE(RUNNING) | STATE(FLUSHING) | STATE(CLOSED),
	[CONN_BODY] = STATE(RUNNING) | STATE(FLUSHING) | STATE(CLOSED),
	[CONN_RUNNING] = STATE(FLUSHING) | STATE(CLOSED),
	[CONN_FLUSHING] = STATE(IDLE) | STATE(LINGER) | STATE(CLOSED),
	[CONN_LINGER] = STATE(CLOSED),
	[CONN_CLOSED] = 0,
};

static void conn_move(struct conn *conn, enum conn_state to)
{
	aip_assert(may_go[conn->state] & (1u << to));
	conn->state = (uint8_t)to;
}

/* ---- Waiting ------------------------------------------------------------------------------ */

void conn_wait(struct conn *conn, enum patience patience)
{
	const struct front_options *o = &conn->front->options;
	const int64_t ms[] = {
		[PATIENCE_HANDSHAKE] = o->handshake_ms, [PATIENCE_IDLE] = o->idle_ms,
		[PATIENCE_HEAD] = o->head_ms,           [PATIENCE_BODY] = o->body_idle_ms,
		[PATIENCE_STALL] = o->stall_ms,         [PATIENCE_LINGER] = o->linger_ms,
	};

	conn->patience = (uint8_t)patience;
	if (patience != PATIENCE_NONE) /* else a timer that comes finds nothing to do: cheaper */
		loop_timer_arm(conn->front->loop, &conn->timer, ms[patience]);
}

static void on_timer(void *arg)
{
	struct conn *conn;
	struct aip_error error;

	AIP_CAST(conn, arg, CONN_MAGIC);
	switch ((enum patience)conn->patience) {
	case PATIENCE_NONE: break;
	case PATIENCE_HANDSHAKE:
	case PATIENCE_IDLE:
	case PATIENCE_LINGER: conn_close(conn); break;
	case PATIENCE_STALL: conn_lose(conn); break;
	case PATIENCE_HEAD:
		if (conn->scan.start == conn->in_len) { /* empty lines are no request */
			conn_close(conn);
			break;
		}
		/* fall through */
	case PATIENCE_BODY:
		aip_fail(&error, AIP_CLIENT_SLOW, "the request did not arrive in time");
		conn->keep_alive = false;
		refuse(conn, 0, &error);
		break;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg);

void conn_watch(struct conn *conn, short what)
{
	if (conn->watched == what)
		return;
	if (conn->watched)
		aip_assert(event_del(&conn->read_event) == 0);
	conn->watched = what;
	if (!what)
		return;
	aip_assert(event_assign(&conn->read_event, loop_event_base(conn->front->loop), conn->fd,
	                        (short)(what | EV_PERSIST), on_readable, conn) == 0);
	aip_assert(event_add(&conn->read_event, NULL) == 0);
}

/* ---- The read buffer ---------------------------------------------------------------------- */

static void in_free(struct conn *conn)
{
	if (conn->in && conn->in_cap == BLOCK_BYTES) {
		pool_block_back(conn->front, conn->in);
	} else if (conn->in) {
		conn->front->counts.held_bytes -= conn->in_cap;
		free(conn->in);
	}
	conn->in = NULL;
	conn->in_at = conn->in_len = conn->in_cap = 0;
}

static void in_use(struct conn *conn, size_t bytes)
{
	conn->in_at += (uint32_t)bytes;
	conn->in_len -= (uint32_t)bytes;
	if (conn->in_len == 0)
		in_free(conn);
}

static struct aip_str in_bytes(const struct conn *conn)
{
	return aip_strn(conn->in ? conn->in + conn->in_at : "", conn->in_len);
}

/* A head is longer than the buffer; the limit on heads keeps this finite. */
static void in_grow(struct conn *conn)
{
	uint32_t cap = conn->in_cap * 2;
	char *grown = malloc(cap);
	uint32_t len = conn->in_len;

	aip_assert(grown);
	memcpy(grown, conn->in + conn->in_at, len);
	in_free(conn);
	conn->front->counts.held_bytes += cap;
	conn->in = grown;
	conn->in_len = len;
	conn->in_cap = cap;
}

/* Bytes that fit behind what is there. */
static size_t in_room(struct conn *conn)
{
	if (!conn->in) {
		conn->in = pool_block(conn->front);
		conn->in_cap = (uint32_t)BLOCK_BYTES;
	}
	if (conn->in_at > 0 && conn->in_at + conn->in_len == conn->in_cap) {
		memmove(conn->in, conn->in + conn->in_at, conn->in_len);
		conn->in_at = 0;
	}
	return conn->in_cap - conn->in_at - conn->in_len;
}

/* Reads behind what is there; as transport.read. `room` from in_room, not 0. */
static ssize_t in_read(struct conn *conn, size_t room)
{
	ssize_t n = conn->transport->read(conn, conn->in + conn->in_at + conn->in_len, room);

	if (n > 0)
		conn->in_len += (uint32_t)n;
	else if (conn->in_len == 0)
		in_free(conn);
	return n;
}

/* ---- From bytes to a request -------------------------------------------------------------- */

static void hand_over(struct conn *conn)
{
	struct front *front = conn->front;
	struct request *request = conn->request;

	conn_move(conn, CONN_RUNNING);
	conn_wait(conn, conn->out_len > 0 ? PATIENCE_STALL : PATIENCE_NONE);
	front->counts.requests++;
	front->hooks.on_request(&request->ex, front->hooks.arg);
}

/* The exchange's fields from the parsed head, which lies in its arena. False: the path is none. */
static bool fill_exchange(struct request *request)
{
	struct exchange *ex = &request->ex;
	const struct http1_head *head = &request->head;

	ex->method = head->method;
	ex->target = head->target;
	ex->raw_path = head->path;
	ex->path = head->path;
	ex->query = head->query;
	ex->host = head->host;
	ex->headers = head->headers;
	ex->n_headers = head->n_headers;
	ex->minor = head->minor;
	if (!head->path.at || !memchr(head->path.at, '%', head->path.len))
		return true;
	return http1_path_decode(head->path, aip_arena_bytes(ex->arena, head->path.len), &ex->path);
}

/* Reads the head at the front of the buffer into the request's arena and uses it up. */
static enum http1_fault take_head(struct conn *conn, struct request *request)
{
	const struct http1_scan scan = conn->scan;
	struct aip_str bytes = aip_strn(conn->in + conn->in_at, scan.end);
	struct aip_arena *arena = request->ex.arena;
	enum http1_fault fault;

	bytes = aip_arena_dup(arena, bytes);
	fault = http1_parse(&scan, bytes, &conn->front->limits,
	                    aip_arena_alloc(arena, (scan.lines - 1) * sizeof(struct aip_header)),
	                    &request->head);
	in_use(conn, scan.end);
	conn->scan = (struct http1_scan){0};
	conn->keep_alive = !fault && request->head.keep_alive;
	if (!fill_exchange(request) && !fault)
		fault = HTTP1_FAULT_TARGET;
	return fault;
}

static void say_continue(struct conn *conn)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const struct iovec piece = {(void *)text, sizeof(text) - 1};

	out_send(conn, &piece, 1);
}

static void await_body(struct conn *conn)
{
	struct request *request = conn->request;
	const struct http1_head *head = &request->head;

	conn_move(conn, CONN_BODY);
	conn_wait(conn, PATIENCE_BODY);
	aip_buf_init(&request->body, head->framing == HTTP1_LENGTH
	                                     ? (size_t)head->content_length
	                                     : (size_t)conn->front->limits.body_bytes + 1);
	if (head->expects_continue && conn->in_len == 0)
		say_continue(conn);
}

/* The whole body came with its head, as small ones do. */
static bool body_is_here(const struct conn *conn, const struct http1_head *head)
{
	return head->framing == HTTP1_NO_BODY ||
	       (head->framing == HTTP1_LENGTH && conn->in_len >= head->content_length);
}

/* A complete head lies in the buffer. */
static void begin_request(struct conn *conn)
{
	struct front *front = conn->front;
	struct request *request = conn->request = pool_request(conn);
	enum http1_fault fault = take_head(conn, request);
	struct aip_error error = {0};
	enum aip_status status = AIP_OK;

	if (fault) {
		refuse_fault(conn, fault);
		return;
	}
	if (front->hooks.on_head)
		status = front->hooks.on_head(&request->ex, front->hooks.arg, &error);
	if (status) {
		if (error.status != status)
			aip_fail(&error, status, "%s", "the request was refused");
		conn->keep_alive &= request->head.framing == HTTP1_NO_BODY;
		refuse(conn, 0, &error);
		return;
	}
	request->approved = true;
	if (!body_is_here(conn, &request->head)) {
		await_body(conn);
		return;
	}
	if (request->head.framing == HTTP1_LENGTH) {
		size_t len = (size_t)request->head.content_length;

		request->ex.body =
			aip_arena_dup(request->ex.arena, aip_strn(in_bytes(conn).at, len));
		in_use(conn, len);
	}
	hand_over(conn);
}

/* Takes what the buffer has of the body; the verdict as for chunks. */
static enum http1_verdict take_body(struct conn *conn)
{
	struct request *request = conn->request;
	struct aip_str bytes = in_bytes(conn), data;
	const size_t had = bytes.len;
	enum http1_verdict verdict;

	if (request->head.framing == HTTP1_LENGTH) {
		size_t left = (size_t)request->head.content_length - request->body.len;
		size_t n = bytes.len < left ? bytes.len : left;

		(void)aip_buf_add(&request->body, aip_strn(bytes.at, n));
		if (n > 0)
			in_use(conn, n);
		return n == left ? HTTP1_END : HTTP1_MORE;
	}
	while ((verdict = http1_chunked_next(&request->chunked, &bytes,
	                                     conn->front->limits.body_bytes, &data)) == HTTP1_READY)
		(void)aip_buf_add(&request->body, data);
	if (had > bytes.len)
		in_use(conn, had - bytes.len);
	return verdict;
}

/* Each returns whether there may be something to go on with at once. */

static bool advance_head(struct conn *conn)
{
	switch (http1_scan(&conn->scan, in_bytes(conn), &conn->front->limits)) {
	case HTTP1_READY: begin_request(conn); return true;
	case HTTP1_REFUSED:
		conn->keep_alive = false;
		refuse_fault(conn, conn->scan.fault);
		return false;
	default: break;
	}
	if (conn->state == CONN_IDLE && conn->in_len > 0) {
		conn_move(conn, CONN_HEAD);
		conn_wait(conn, PATIENCE_HEAD);
	}
	return false;
}

static bool advance_body(struct conn *conn)
{
	struct request *request = conn->request;

	switch (take_body(conn)) {
	case HTTP1_END:
		request->ex.body = aip_buf_str(&request->body);
		hand_over(conn);
		return true;
	case HTTP1_REFUSED: refuse_fault(conn, request->chunked.fault); return false;
	default: return false;
	}
}

static void advance(struct conn *conn)
{
	bool more = true;

	while (more && (conn->state == CONN_IDLE || conn->state == CONN_HEAD))
		more = advance_head(conn);
	while (more && conn->state == CONN_BODY)
		more = advance_body(conn);
	/* a client that has said all it will say, and not a whole request */
	if (conn->eof && conn->state <= CONN_BODY)
		conn_lose(conn);
}

/* ---- Reading ------------------------------------------------------------------------------ */

/* Reading brought no bytes. False, for the readers below to return. */
static bool no_bytes(struct conn *conn, ssize_t n)
{
	if (n == IO_END || n == IO_BROKEN)
		conn_lose(conn);
	return false;
}

static bool read_head(struct conn *conn)
{
	size_t room = in_room(conn);
	ssize_t n;

	if (room == 0) {
		in_grow(conn);
		room = in_room(conn);
	}
	n = in_read(conn, room);
	if (n <= 0)
		return no_bytes(conn, n);
	advance(conn);
	return true;
}

/* Straight into the body: it is as long as it will be, or doubles while it comes, so that a
 * promised length costs nothing before there are bytes to show for it. */
static ssize_t read_into_body(struct conn *conn)
{
	enum { STEP_BYTES = 1024 * 1024, SMALL_BYTES = 4096 };
	struct request *request = conn->request;
	struct aip_buf *body = &request->body;
	size_t left = (size_t)request->head.content_length - body->len;
	size_t step = body->len > STEP_BYTES ? body->len : STEP_BYTES;
	size_t room = body->cap - body->len;
	char *at;
	ssize_t n;

	if (room < SMALL_BYTES)
		room = step;
	if (room > left)
		room = left;
	at = aip_buf_reserve(body, room);
	aip_assert(at);
	n = conn->transport->read(conn, at, room);
	if (n > 0)
		body->len += (size_t)n;
	return n;
}

static bool read_body(struct conn *conn)
{
	size_t room;
	ssize_t n;

	if (conn->request->head.framing == HTTP1_LENGTH) {
		n = read_into_body(conn);
	} else {
		room = in_room(conn);
		n = in_read(conn, room);
	}
	if (n <= 0)
		return no_bytes(conn, n);
	conn->request->came += (size_t)n;
	if (conn->request->came >= FRONT_BODY_STEP_BYTES) {
		conn->request->came = 0;
		conn_wait(conn, PATIENCE_BODY);
	}
	advance(conn);
	return true;
}

/* The client closed its sending side while its answer is on the way. */
static void on_end_while_answering(struct conn *conn)
{
	const struct http1_limits *limits = &conn->front->limits;
	bool whole = false;

	if (conn->in_len > 0) {
		struct aip_header *headers = calloc(limits->n_headers, sizeof(*headers));

		aip_assert(headers);
		whole = http1_is_whole(in_bytes(conn), limits, headers);
		free(headers);
	}
	if (!whole && conn->state == CONN_RUNNING) {
		conn_lose(conn);
		return;
	}
	conn->eof = true;
	conn_watch(conn, 0);
}

/* While an answer is on the way: further requests are kept as far as the buffer goes, and the
 * client's leaving is noticed. */
static bool read_ahead(struct conn *conn)
{
	size_t room = conn->watched == EV_CLOSED ? 0 : in_room(conn);
	ssize_t n;

	if (room == 0) {
		if (conn->watched == EV_CLOSED)
			on_end_while_answering(conn);
		else
			conn_watch(conn, EV_CLOSED);
		return false;
	}
	n = in_read(conn, room);
	if (n == IO_END)
		on_end_while_answering(conn);
	else if (n == IO_BROKEN)
		conn_lose(conn);
	return n > 0;
}

static bool read_away(struct conn *conn)
{
	char away[4096];
	ssize_t n = conn->transport->read(conn, away, sizeof(away));

	if (n == IO_AGAIN)
		return false;
	if (n > 0)
		conn->lingered += (size_t)n;
	if (n > 0 && conn->lingered < conn->front->options.linger_bytes)
		return true;
	conn_close(conn);
	return false;
}

static bool shake_hands(struct conn *conn)
{
	int done = tls_handshake(conn);

	if (done == IO_BROKEN) {
		conn_close(conn);
		return false;
	}
	out_watch(conn, conn->wants_write);
	if (done == IO_AGAIN)
		return false;
	conn_move(conn, CONN_IDLE);
	conn_wait(conn, PATIENCE_IDLE);
	return true;
}

static bool read_once(struct conn *conn)
{
	switch ((enum conn_state)conn->state) {
	case CONN_HANDSHAKE: return shake_hands(conn);
	case CONN_IDLE:
	case CONN_HEAD: return read_head(conn);
	case CONN_BODY: return read_body(conn);
	case CONN_RUNNING:
	case CONN_FLUSHING: return read_ahead(conn);
	case CONN_LINGER: return read_away(conn);
	case CONN_CLOSED: break;
	}
	return false;
}

void conn_read(struct conn *conn)
{
	bool progress;

	conn->wants_write = false;
	do
		progress = read_once(conn);
	while (progress && conn->state != CONN_CLOSED && conn->transport->has_more(conn));
	if (conn->wants_write && conn->state != CONN_CLOSED)
		out_watch(conn, true);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *conn;

	AIP_CAST(conn, arg, CONN_MAGIC);
	loop_assert_mine(conn->front->loop);
	conn_read(conn);
}

/* ---- After an answer ---------------------------------------------------------------------- */

void conn_answered(struct conn *conn)
{
	conn_move(conn, CONN_FLUSHING);
	loop_task_add(conn->front->loop, &conn->task);
}

/* No request will follow. A client that still sends is listened to for a while, since closing on
 * unread bytes would reset the connection and take the answer away from it. */
static void end_connection(struct conn *conn)
{
	if (!conn->unread && conn->in_len == 0) {
		conn_close(conn);
		return;
	}
	in_free(conn);
	conn->transport->finish(conn);
	conn_move(conn, CONN_LINGER);
	conn_wait(conn, PATIENCE_LINGER);
	conn_watch(conn, conn->eof ? 0 : EV_READ);
	if (conn->eof)
		conn_close(conn);
}

static void next_request(struct conn *conn)
{
	pool_request_back(conn->request);
	conn->request = NULL;
	if (conn->reset || !conn->keep_alive || conn->front->stopping) {
		end_connection(conn);
		return;
	}
	conn_move(conn, CONN_IDLE);
	conn_wait(conn, PATIENCE_IDLE);
	if (!conn->eof)
		conn_watch(conn, EV_READ);
	if (conn->in_len > 0 || conn->eof)
		advance(conn);
	if (conn->state <= CONN_BODY && conn->transport->has_more(conn))
		conn_read(conn);
}

static void on_task(void *arg)
{
	struct conn *conn;

	AIP_CAST(conn, arg, CONN_MAGIC);
	if (conn->broken)
		conn_lose(conn);
	else if (conn->state == CONN_FLUSHING && conn->out_len == 0)
		next_request(conn);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *conn;
	struct request *request;

	AIP_CAST(conn, arg, CONN_MAGIC);
	loop_assert_mine(conn->front->loop);
	if (conn->wants_write || conn->state == CONN_HANDSHAKE)
		conn_read(conn);
	if (conn->state == CONN_CLOSED)
		return;
	if (conn->out_len > 0) {
		out_flush(conn);
		if (!conn->broken && conn->out_len == 0)
			conn_wait(conn, conn->state == CONN_BODY ? PATIENCE_BODY : PATIENCE_NONE);
	} else {
		out_watch(conn, conn->wants_write);
	}
	request = conn->request;
	if (conn->broken)
		return; /* the task is on its way */
	if (conn->state == CONN_FLUSHING && conn->out_len == 0)
		loop_task_add(conn->front->loop, &conn->task);
	if (!conn->slow || conn->out_len > conn->front->options.low_mark)
		return;
	conn->slow = false;
	if (conn->state == CONN_RUNNING && request->ex.on_drain)
		request->ex.on_drain(&request->ex, request->ex.arg);
}

/* ---- Beginning and end -------------------------------------------------------------------- */

void conn_create(struct front *front, int fd, const char *peer, struct tls_context *tls)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	aip_assert(conn);
	conn->magic = CONN_MAGIC;
	conn->fd = fd;
	conn->front = front;
	conn->transport = &transport_plain;
	conn->state = tls ? CONN_HANDSHAKE : CONN_IDLE;
	snprintf(conn->peer, sizeof(conn->peer), "%s", peer);
	loop_timer_init(&conn->timer, on_timer, conn);
	loop_task_init(&conn->task, on_task, conn);
	if (tls && !tls_attach(conn, tls)) {
		close(fd);
		free(conn);
		return;
	}
	aip_assert(event_assign(&conn->write_event, loop_event_base(front->loop), fd,
	                        EV_WRITE | EV_PERSIST, on_writable, conn) == 0);
	conn->next = front->conns;
	conn->pprev = &front->conns;
	if (conn->next)
		conn->next->pprev = &conn->next;
	front->conns = conn;
	front->counts.connections++;
	front->counts.accepted++;
	conn_wait(conn, tls ? PATIENCE_HANDSHAKE : PATIENCE_IDLE);
	conn_watch(conn, EV_READ);
}

void conn_lose(struct conn *conn)
{
	struct request *request = conn->request;

	if (request && !request->ended) {
		struct exchange *ex = &request->ex;

		request->ended = true;
		conn->broken = true;
		conn->front->counts.gone++;
		if (request->approved && ex->on_gone)
			ex->on_gone(ex, ex->arg);
	}
	conn_close(conn);
}

static void conn_free(void *obj)
{
	struct conn *conn = obj;

	conn->magic = 0;
	free(conn);
}

void conn_close(struct conn *conn)
{
	const struct linger hard = {.l_onoff = 1, .l_linger = 0};
	struct front *front = conn->front;

	if (conn->state == CONN_CLOSED)
		return;
	conn_move(conn, CONN_CLOSED);
	conn_watch(conn, 0);
	conn->wants_write = false;
	out_watch(conn, false);
	loop_timer_disarm(front->loop, &conn->timer);
	loop_task_cancel(front->loop, &conn->task);
	if (conn->reset)
		(void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	else if (conn->ssl && !conn->broken)
		conn->transport->finish(conn);
	tls_detach(conn);
	close(conn->fd);
	in_free(conn);
	out_free(conn);
	if (conn->request)
		pool_request_back(conn->request);
	conn->request = NULL;
	*conn->pprev = conn->next;
	if (conn->next)
		conn->next->pprev = conn->pprev;
	loop_rest(front->loop, conn_free, conn);
	front_conn_closed(front);
}
