/* curl's sockets as events of the loop.
 *
 * curl takes its interest back after each exchange and states it anew at the next. A connection's
 * read event stays registered in between: an exchange on a kept connection then costs no epoll_ctl.
 * It is dropped when it fires and nobody cares. Only sockets that curl closes through us are kept so:
 * one that never came to be connected it closes behind our back, and a descriptor closed so comes
 * back as someone else's. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "upstream/inside.h"

struct watch {
	uint32_t magic;
	curl_socket_t fd;
	struct upstream *up;
	int wanted; /* CURL_POLL_IN | CURL_POLL_OUT; 0: no exchange uses it */
	bool keep;  /* connected: ours until it is closed */
	bool reading;
	bool writing;
	struct event read;
	struct event write;
};

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch;

	AIP_CAST(watch, arg, WATCH_MAGIC);
	if (watch->wanted & CURL_POLL_IN) {
		curl_enter(watch->up, fd, CURL_CSELECT_IN);
		return;
	}
	event_del(&watch->read);
	watch->reading = false;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch;

	AIP_CAST(watch, arg, WATCH_MAGIC);
	curl_enter(watch->up, fd, CURL_CSELECT_OUT);
}

static struct watch *watch_of(const struct upstream *up, curl_socket_t fd)
{
	return (size_t)fd < up->curl.n_watches ? up->curl.watches[fd] : NULL;
}

static struct watch *watch_create(struct upstream *up, curl_socket_t fd)
{
	struct watch *watch = malloc(sizeof(*watch));

	aip_assert(watch && fd >= 0 && !watch_of(up, fd));
	*watch = (struct watch){.magic = WATCH_MAGIC, .fd = fd, .up = up};
	struct event_base *base = loop_event_base(up->loop);
	aip_assert(!event_assign(&watch->read, base, fd, EV_READ | EV_PERSIST, on_readable, watch));
	aip_assert(
		!event_assign(&watch->write, base, fd, EV_WRITE | EV_PERSIST, on_writable, watch));
	if ((size_t)fd >= up->curl.n_watches) {
		size_t n = (size_t)fd + 64;
		up->curl.watches = reallocarray(up->curl.watches, n, sizeof(*up->curl.watches));
		aip_assert(up->curl.watches);
		memset(up->curl.watches + up->curl.n_watches, 0,
		       (n - up->curl.n_watches) * sizeof(*up->curl.watches));
		up->curl.n_watches = n;
	}
	up->curl.watches[fd] = watch;
	return watch;
}

static void watch_free(void *obj)
{
	free(obj);
}

/* Its events may be active in this turn, its callback even on the stack: memory rests. */
static void watch_destroy(struct watch *watch)
{
	event_del(&watch->read);
	event_del(&watch->write);
	watch->up->curl.watches[watch->fd] = NULL;
	watch->magic = 0;
	loop_rest(watch->up->loop, watch_free, watch);
}

static void watch_want(struct watch *watch, int wanted)
{
	watch->wanted = wanted;
	if (wanted & CURL_POLL_IN && !watch->reading) {
		aip_assert(event_add(&watch->read, NULL) == 0);
		watch->reading = true;
	}
	bool write = wanted & CURL_POLL_OUT;
	if (write && !watch->writing)
		aip_assert(event_add(&watch->write, NULL) == 0);
	else if (!write && watch->writing)
		event_del(&watch->write);
	watch->writing = write;
}

/* The descriptor is another socket now, of which the system knows nothing yet. */
static void watch_renew(struct watch *watch)
{
	if (watch->reading) {
		event_del(&watch->read);
		aip_assert(event_add(&watch->read, NULL) == 0);
	}
	if (watch->writing) {
		event_del(&watch->write);
		aip_assert(event_add(&watch->write, NULL) == 0);
	}
}

void socket_is_connected(struct upstream *up, curl_socket_t fd)
{
	struct watch *watch = watch_of(up, fd);

	if (watch)
		watch->keep = true;
}

int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	struct watch *watch = watch_of(up, fd);
	if (what != CURL_POLL_REMOVE) {
		if (!watch)
			watch = watch_create(up, fd);
		watch_want(watch, what & CURL_POLL_INOUT);
	} else if (watch && watch->keep) {
		watch_want(watch, 0);
	} else if (watch) {
		watch_destroy(watch);
	}
	return 0;
}

curl_socket_t on_curl_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	curl_socket_t fd =
		socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	/* One attempt to connect has failed and was closed, and the next has its number. */
	struct watch *stale = fd >= 0 ? watch_of(up, fd) : NULL;
	if (stale)
		watch_renew(stale);
	return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

curl_socket_t on_curl_open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct upstream_exchange *x;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (!address_is_public(&address->addr)) {
		x->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return on_curl_open(x->up, purpose, address);
}

int on_curl_close(void *arg, curl_socket_t fd)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	struct watch *watch = watch_of(up, fd);
	if (watch)
		watch_destroy(watch);
	return fd == up->curl.kept ? 0 : close(fd);
}

void sockets_fini(struct upstream *up)
{
	for (size_t fd = 0; fd < up->curl.n_watches; fd++)
		if (up->curl.watches[fd])
			watch_destroy(up->curl.watches[fd]);
	free(up->curl.watches);
}
