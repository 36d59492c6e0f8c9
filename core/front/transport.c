/* Bytes straight over the socket. */
#include "front/conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t failed(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? IO_AGAIN : IO_BROKEN;
}

static ssize_t plain_read(struct conn *conn, void *into, size_t room)
{
	ssize_t n = read(conn->fd, into, room);

	return n >= 0 ? n : failed();
}

static ssize_t plain_write(struct conn *conn, const struct iovec *pieces, int n)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)n};
	ssize_t sent = sendmsg(conn->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

	return sent >= 0 ? sent : failed();
}

/* The socket announces them all. */
static bool plain_has_more(const struct conn *conn)
{
	return false;
}

static void plain_finish(struct conn *conn)
{
	(void)shutdown(conn->fd, SHUT_WR);
}

const struct transport transport_plain = {plain_read, plain_write, plain_has_more, plain_finish};
