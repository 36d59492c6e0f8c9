/* Connections of the plain carrier: in use by one exchange, or idle and kept for the next to the
 * same origin. */
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "upstream/inside.h"

struct link {
	uint32_t magic;
	int fd;
	struct upstream *up;
	const struct link_events *events; /* NULL: idle */
	void *arg;
	bool reading;
	bool writing;
	int64_t idle_since_ms;
	struct link *next, *prev; /* among the idle */
	struct event read;
	struct event write;
	size_t origin_len;
	char origin[];
};

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct link *link;

	AIP_CAST(link, arg, LINK_MAGIC);
	if (link->events)
		link->events->readable(link->arg);
	else /* closed, or talking out of turn */
		link_close(link);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct link *link;

	AIP_CAST(link, arg, LINK_MAGIC);
	if (link->events)
		link->events->writable(link->arg);
}

struct link *link_create(struct upstream *up, int fd, struct aip_str origin)
{
	struct link *link = malloc(sizeof(*link) + origin.len);
	struct event_base *base = loop_event_base(up->loop);

	aip_assert(link);
	*link = (struct link){.magic = LINK_MAGIC, .fd = fd, .up = up, .origin_len = origin.len};
	memcpy(link->origin, origin.at, origin.len);
	aip_assert(!event_assign(&link->read, base, fd, EV_READ | EV_PERSIST, on_readable, link));
	aip_assert(!event_assign(&link->write, base, fd, EV_WRITE | EV_PERSIST, on_writable, link));
	return link;
}

int link_fd(const struct link *link)
{
	return link->fd;
}

const void *link_user(const struct link *link)
{
	return link->events ? link->arg : NULL;
}

/* ---- Interest ------------------------------------------------------------------------------ */

static void want(struct event *event, bool *has, bool wanted)
{
	if (wanted && !*has)
		aip_assert(event_add(event, NULL) == 0);
	else if (!wanted && *has)
		event_del(event);
	*has = wanted;
}

void link_read(struct link *link, bool wanted)
{
	want(&link->read, &link->reading, wanted);
}

void link_write(struct link *link, bool wanted)
{
	want(&link->write, &link->writing, wanted);
}

void link_use(struct link *link, const struct link_events *events, void *arg)
{
	link->events = events;
	link->arg = arg;
	link_read(link, true);
}

/* ---- Idle ---------------------------------------------------------------------------------- */

static void idle_add(struct link *link)
{
	struct plain_side *plain = &link->up->plain;

	link->next = plain->idle;
	*(plain->idle ? &plain->idle->prev : &plain->idle_last) = link;
	plain->idle = link;
	plain->n_idle++;
}

static void idle_remove(struct link *link)
{
	struct plain_side *plain = &link->up->plain;

	*(link->prev ? &link->prev->next : &plain->idle) = link->next;
	*(link->next ? &link->next->prev : &plain->idle_last) = link->prev;
	link->next = NULL;
	link->prev = NULL;
	plain->n_idle--;
}

static bool is_old(const struct link *link)
{
	return loop_now_ms(link->up->loop) - link->idle_since_ms >
	       (int64_t)link->up->connection_idle_s * 1000;
}

struct link *link_take(struct upstream *up, struct aip_str origin)
{
	struct link *link = up->plain.idle;

	while (link && !aip_str_eq(aip_strn(link->origin, link->origin_len), origin))
		link = link->next;
	if (!link)
		return NULL;
	if (is_old(link)) { /* those behind it are older still; they go as others come */
		link_close(link);
		return NULL;
	}
	idle_remove(link);
	return link;
}

void link_keep(struct link *link)
{
	struct upstream *up = link->up;

	link->events = NULL;
	link->idle_since_ms = loop_now_ms(up->loop);
	link_write(link, false);
	link_read(link, true); /* to hear of its close */
	idle_add(link);
	while (up->plain.n_idle > up->connections_max ||
	       (up->plain.idle_last != link && is_old(up->plain.idle_last)))
		link_close(up->plain.idle_last);
}

/* ---- The end ------------------------------------------------------------------------------- */

static void link_free(void *obj)
{
	free(obj);
}

void link_close(struct link *link)
{
	if (!link->events)
		idle_remove(link);
	link->events = NULL;
	link_read(link, false);
	link_write(link, false);
	close(link->fd);
	link->magic = 0;
	loop_rest(link->up->loop, link_free, link);
}

void links_fini(struct upstream *up)
{
	while (up->plain.idle)
		link_close(up->plain.idle);
}
