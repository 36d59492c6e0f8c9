/* Fronts: listening sockets, accepting, and coming to an end. */
#include "front/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define LISTENER_MAGIC 0x4c495354u
#define BACKLOG        4096
#define ACCEPTS_MAX    64  /* in one go */
#define ACCEPT_REST_MS 100 /* after the system had no descriptor left */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

/* ---- Accepting ---------------------------------------------------------------------------- */

static bool has_room(const struct front *front)
{
	return !front->stopping && front->counts.connections < front->options.connections &&
	       !loop_timer_is_armed(&front->accept_timer);
}

/* Lets the kernel's queue hold clients back, or takes from it again. */
static void update_accepting(struct front *front)
{
	bool accepts = has_room(front);

	if (accepts == front->accepts)
		return;
	front->accepts = accepts;
	for (struct listener *l = front->listeners; l; l = l->next)
		aip_assert((accepts ? event_add(&l->event, NULL) : event_del(&l->event)) == 0);
}

static void on_accept_timer(void *arg)
{
	struct front *front;

	AIP_CAST(front, arg, FRONT_MAGIC);
	update_accepting(front);
}

static void peer_text(const union address *address, char *into, size_t bytes)
{
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const char *done = NULL;

	if (address->any.sa_family == AF_INET)
		done = inet_ntop(AF_INET, &address->v4.sin_addr, into, (socklen_t)bytes);
	else if (address->any.sa_family == AF_INET6 &&
	         memcmp(&address->v6.sin6_addr, mapped, sizeof(mapped)) == 0)
		done = inet_ntop(AF_INET, address->v6.sin6_addr.s6_addr + 12, into,
		                 (socklen_t)bytes);
	else if (address->any.sa_family == AF_INET6)
		done = inet_ntop(AF_INET6, &address->v6.sin6_addr, into, (socklen_t)bytes);
	if (!done)
		snprintf(into, bytes, "unknown");
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct listener *listener)
{
	struct front *front = listener->front;
	union address address;
	socklen_t len = sizeof(address);
	char peer[INET6_ADDRSTRLEN];
	int fd = accept4(listener->fd, &address.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		peer_text(&address, peer, sizeof(peer));
		conn_create(front, fd, peer, listener->tls);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		log_event(LOG_WARN, "front.accept_rests", "port=%u for_ms=%d cause=%d",
		          (unsigned)listener->port, ACCEPT_REST_MS, errno);
		loop_timer_arm(front->loop, &front->accept_timer, ACCEPT_REST_MS);
		return false;
	}
	return errno != EAGAIN && errno != EWOULDBLOCK; /* else one that gave up: on to the next */
}

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener;

	AIP_CAST(listener, arg, LISTENER_MAGIC);
	loop_assert_mine(listener->front->loop);
	for (int i = 0; i < ACCEPTS_MAX && has_room(listener->front); i++)
		if (!accept_one(listener))
			break;
	update_accepting(listener->front);
}

void front_adopt(struct front *front, int fd, const char *peer, struct tls_context *tls)
{
	const int on = 1;

	(void)evutil_make_socket_nonblocking(fd);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* if it is TCP */
	front->stopping ? (void)close(fd) : conn_create(front, fd, peer, tls);
}

/* ---- Listening ---------------------------------------------------------------------------- */

static bool read_address(const char *host, uint16_t port, union address *ret, socklen_t *ret_len)
{
	*ret = (union address){0};
	if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(port);
		*ret_len = sizeof(ret->v4);
		return true;
	}
	if (inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(port);
		*ret_len = sizeof(ret->v6);
		return true;
	}
	return false;
}

/* -1 with errno set. Accepted sockets inherit TCP_NODELAY.
 * shared  other sockets of this user may bind the same address */
static int socket_open(const union address *address, socklen_t len, int shared)
{
	const int on = 1, off = 0;
	int family = address->any.sa_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof(shared)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    (family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0) &&
	    bind(fd, &address->any, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;

	int cause = errno;
	close(fd);
	errno = cause;
	return -1;
}

static uint16_t port_of(int fd)
{
	union address address = {0};
	socklen_t len = sizeof(address);

	if (getsockname(fd, &address.any, &len) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
	                                               : address.v4.sin_port);
}

static enum aip_status open_at(const char *host, uint16_t port, int shared, int *retfd,
                               struct aip_error *reterr)
{
	union address address;
	socklen_t len;

	if (!read_address(host, port, &address, &len))
		return aip_fail(reterr, AIP_CONFIG_REFUSED,
		                "cannot listen on '%s': not a numeric IP address", host);
	*retfd = socket_open(&address, len, shared);
	if (*retfd < 0)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "cannot listen on %s port %u: %s", host,
		                (unsigned)port, strerror(errno));
	return AIP_OK;
}

enum aip_status front_port_is_free(const char *host, uint16_t port, struct aip_error *reterr)
{
	int fd;
	enum aip_status s = open_at(host, port, 0, &fd, reterr);

	if (!s)
		close(fd);
	return s;
}

enum aip_status front_listen(struct front *front, const char *host, uint16_t port,
                             struct tls_context *tls, struct aip_error *reterr)
{
	struct listener *listener;
	int fd;
	enum aip_status s = open_at(host, port, 1, &fd, reterr);

	if (s)
		return s;
	listener = calloc(1, sizeof(*listener));
	aip_assert(listener);
	*listener = (struct listener){
		.magic = LISTENER_MAGIC,
		.front = front,
		.next = front->listeners,
		.fd = fd,
		.port = port_of(fd),
		.tls = tls_context_ref(tls),
	};
	aip_assert(event_assign(&listener->event, loop_event_base(front->loop), fd,
	                        EV_READ | EV_PERSIST, on_connection, listener) == 0);
	if (front->accepts)
		aip_assert(event_add(&listener->event, NULL) == 0);
	front->listeners = listener;
	return AIP_OK;
}

uint16_t front_port(const struct front *front)
{
	return front->listeners ? front->listeners->port : 0;
}

static void close_listeners(struct front *front)
{
	while (front->listeners) {
		struct listener *listener = front->listeners;

		front->listeners = listener->next;
		if (front->accepts)
			event_del(&listener->event);
		close(listener->fd);
		tls_context_unref(listener->tls);
		free(listener);
	}
}

/* ---- Beginning and end -------------------------------------------------------------------- */

static void on_empty_task(void *arg)
{
	struct front *front;

	AIP_CAST(front, arg, FRONT_MAGIC);
	if (front->on_empty)
		front->on_empty(front->on_empty_arg);
}

struct front *front_create(struct loop *loop, const struct front_options *options,
                           const struct front_hooks *hooks)
{
	struct front *front = calloc(1, sizeof(*front));

	aip_assert(front && hooks->on_request);
	front->magic = FRONT_MAGIC;
	front->loop = loop;
	front->hooks = *hooks;
	front->accepts = true;
	if (options)
		front->options = *options;
#define ROW(type, field, otherwise, meaning) \
	if (front->options.field == 0)       \
		front->options.field = otherwise;
	FRONT_OPTION_TABLE(ROW)
#undef ROW
	front->limits = (struct http1_limits){
		.head_bytes = front->options.head_bytes,
		.n_headers = front->options.head_headers,
		.body_bytes = front->options.body_bytes,
	};
	aip_buf_init(&front->scratch,
	             SIZE_MAX); /* headers have their limits where they were read */
	loop_timer_init(&front->accept_timer, on_accept_timer, front);
	loop_task_init(&front->empty_task, on_empty_task, front);
	return front;
}

void front_conn_closed(struct front *front)
{
	front->counts.connections--;
	update_accepting(front);
	if (front->stopping && front->counts.connections == 0)
		loop_task_add(front->loop, &front->empty_task);
}

/* A request that has already arrived is served; who said nothing is sent away. */
static void close_idle(struct front *front)
{
	struct conn *conn, *next;

	for (conn = front->conns; conn; conn = next) {
		next = conn->next;
		if (conn->state == CONN_IDLE && !conn->ssl)
			conn_read(conn);
		if (conn->state == CONN_IDLE || conn->state == CONN_HANDSHAKE)
			conn_close(conn);
	}
}

void front_stop(struct front *front, void (*on_empty)(void *arg), void *arg)
{
	front->on_empty = on_empty;
	front->on_empty_arg = arg;
	close_listeners(front);
	front->stopping = true;
	close_idle(front);
	if (front->counts.connections == 0)
		loop_task_add(front->loop, &front->empty_task);
}

static void front_free(void *obj)
{
	struct front *front = obj;

	pool_free(front);
	aip_buf_fini(&front->scratch);
	front->magic = 0;
	free(front);
}

void front_destroy(struct front *front)
{
	if (!front)
		return;
	close_listeners(front);
	front->stopping = true;
	while (front->conns)
		conn_lose(front->conns);
	loop_timer_disarm(front->loop, &front->accept_timer);
	loop_task_cancel(front->loop, &front->empty_task);
	loop_rest(front->loop, front_free,
	          front); /* behind all that its connections laid to rest */
}

struct front_counts front_counts(const struct front *front)
{
	return front->counts;
}
