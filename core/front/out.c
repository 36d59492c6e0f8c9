/* Sending: at once when the socket takes it, the rest when it can. */
#include "front/conn.h"

#include <stdlib.h>

#define FLUSH_BYTES_MAX ((size_t)1024 * 1024) /* in one go, so that others have their turn */

void out_watch(struct conn *conn, bool on)
{
	if (conn->watches_write == on)
		return;
	conn->watches_write = on;
	aip_assert((on ? event_add(&conn->write_event, NULL) : event_del(&conn->write_event)) == 0);
}

static void out_break(struct conn *conn)
{
	conn->broken = true;
	out_free(conn);
	loop_task_add(conn->front->loop, &conn->task);
}

void out_free(struct conn *conn)
{
	conn->front->counts.held_bytes -= conn->out_cap;
	free(conn->out);
	conn->out = NULL;
	conn->out_at = conn->out_len = conn->out_cap = 0;
}

/* Room for `bytes` behind what is kept. */
static void make_room(struct conn *conn, size_t bytes)
{
	size_t wants = conn->out_len + bytes;
	size_t cap = conn->out_cap ? conn->out_cap : 4096;
	char *grown;

	if (conn->out_at + wants <= conn->out_cap)
		return;
	if (conn->out_at > 0 && conn->out_len > 0)
		memmove(conn->out, conn->out + conn->out_at, conn->out_len);
	conn->out_at = 0;
	if (wants <= conn->out_cap)
		return;
	while (cap < wants)
		cap *= 2;
	grown = realloc(conn->out, cap);
	aip_assert(grown);
	conn->front->counts.held_bytes += cap - conn->out_cap;
	conn->out = grown;
	conn->out_cap = cap;
}

/* Keeps all pieces but their first `sent` bytes. */
static void keep(struct conn *conn, const struct iovec *pieces, int n, size_t sent)
{
	size_t total = 0;

	for (int i = 0; i < n; i++)
		total += pieces[i].iov_len;
	if (conn->out_len + (total - sent) > conn->front->options.out_bytes) {
		out_break(conn);
		return;
	}
	make_room(conn, total - sent);
	for (int i = 0; i < n; i++) {
		size_t skip = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;
		size_t len = pieces[i].iov_len - skip;

		sent -= skip;
		if (len == 0)
			continue;
		memcpy(conn->out + conn->out_at + conn->out_len,
		       (const char *)pieces[i].iov_base + skip, len);
		conn->out_len += len;
	}
}

void out_send(struct conn *conn, const struct iovec *pieces, int n)
{
	size_t total = 0;
	ssize_t sent = 0;
	bool was_waiting = conn->out_len > 0;

	if (conn->broken)
		return;
	for (int i = 0; i < n; i++)
		total += pieces[i].iov_len;
	if (!was_waiting) {
		sent = conn->transport->write(conn, pieces, n);
		if (sent == IO_BROKEN) {
			out_break(conn);
			return;
		}
		if (sent == IO_AGAIN)
			sent = 0;
	}
	if ((size_t)sent == total)
		return;
	keep(conn, pieces, n, (size_t)sent);
	if (was_waiting || conn->broken)
		return;
	out_watch(conn, true);
	conn_wait(conn, PATIENCE_STALL);
}

void out_flush(struct conn *conn)
{
	size_t budget = FLUSH_BYTES_MAX;

	while (conn->out_len > 0 && budget > 0) {
		const struct iovec rest = {
			conn->out + conn->out_at,
			conn->out_len < budget ? conn->out_len : budget,
		};
		ssize_t sent = conn->transport->write(conn, &rest, 1);

		if (sent == IO_BROKEN) {
			out_break(conn);
			return;
		}
		if (sent == IO_AGAIN)
			return;
		conn->out_at += (size_t)sent;
		conn->out_len -= (size_t)sent;
		budget -= (size_t)sent;
		conn_wait(conn, PATIENCE_STALL);
		if ((size_t)sent < rest.iov_len)
			return;
	}
	if (conn->out_len > 0)
		return;
	out_free(conn);
	out_watch(conn, conn->wants_write);
}
