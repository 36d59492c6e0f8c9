/* Streams that stay open: how late each event is, and whether any stream or event is lost. */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_MAX  (256 * 1024)
#define STAMP_ALL 26 /* 19 digits, '#', 6 digits */
#define OPENING_MAX \
	1000 /* streams at a time whose first byte is due: a proxy may hold the head until an event follows */
#define ACCEPTED    "HTTP/1.1 200 "
#define PATIENCE_NS 30000000000u

struct stream {
	int fd;
	bool begun, lost; /* begun: bytes have come */
	size_t sent;
	uint32_t next; /* number the next event must have */
	bool in_stamp;
	unsigned stamp_have;
	char stamp[STAMP_ALL + 1]; /* what follows '@' */
};

struct run {
	struct load *load;
	struct stream *streams;
	unsigned opened, connecting, begun, lost;
	uint64_t events, gaps; /* within the measurement; events missing or doubled, ever */
	bool measuring;
};

static char *const buffer = (char[READ_MAX]){0};

static void stream_lose(struct run *run, struct stream *s)
{
	close(s->fd);
	s->fd = -1;
	s->lost = true;
	run->lost++;
	if (!s->begun)
		run->connecting--;
}

static void stamp_whole(struct run *run, struct stream *s)
{
	s->stamp[STAMP_ALL] = 0;
	char *end;
	const uint64_t sent_ns = strtoull(s->stamp, &end, 10);
	const uint32_t number = *end == '#' ? (uint32_t)strtoul(end + 1, NULL, 10) : UINT32_MAX;

	if (number != s->next)
		run->gaps++;
	s->next = number + 1;
	if (run->measuring) {
		const uint64_t now = load_now_ns();
		run->events++;
		histogram_add(&run->load->times, now > sent_ns ? now - sent_ns : 0);
	}
}

static void stream_take(struct run *run, struct stream *s, const char *bytes, size_t len)
{
	const char *end = bytes + len;
	if (!s->begun) {
		if (len < sizeof(ACCEPTED) - 1 ||
		    memcmp(bytes, ACCEPTED, sizeof(ACCEPTED) - 1) != 0) {
			stream_lose(run, s);
			return;
		}
		s->begun = true;
		run->begun++;
		run->connecting--;
	}
	while (bytes < end) {
		if (!s->in_stamp) {
			bytes = memchr(bytes, '@', (size_t)(end - bytes));
			if (!bytes)
				return;
			bytes++;
			s->in_stamp = true;
			s->stamp_have = 0;
			continue;
		}
		s->stamp[s->stamp_have++] = *bytes++;
		if (s->stamp_have == STAMP_ALL) {
			s->in_stamp = false;
			stamp_whole(run, s);
		}
	}
}

static void stream_event(struct run *run, struct stream *s, uint32_t events)
{
	if (s->fd < 0)
		return;
	if (events & EPOLLOUT && !load_send(run->load, s->fd, &s->sent)) {
		stream_lose(run, s);
		return;
	}
	while (events & EPOLLIN && s->fd >= 0) {
		const ssize_t got = recv(s->fd, buffer, READ_MAX, 0);
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			stream_lose(run, s);
			return;
		}
		stream_take(run, s, buffer, (size_t)got);
		if (got < READ_MAX)
			break;
	}
	if (events & (EPOLLERR | EPOLLHUP) && s->fd >= 0)
		stream_lose(run, s);
}

static void turn(struct run *run)
{
	struct epoll_event events[256];
	const int n = epoll_wait(run->load->epoll, events, 256, 10);
	for (int i = 0; i < n; i++)
		stream_event(run, &run->streams[events[i].data.u32], events[i].events);
}

static void turns_until(struct run *run, uint64_t end_ns)
{
	while (load_now_ns() < end_ns)
		turn(run);
}

static void streams_open(struct run *run)
{
	const uint64_t end_ns = load_now_ns() + PATIENCE_NS;
	const unsigned wanted = run->load->connections;
	while (run->begun + run->lost < wanted && load_now_ns() < end_ns) {
		while (run->opened < wanted && run->connecting < OPENING_MAX) {
			run->streams[run->opened].fd = load_connect(run->load, run->opened);
			run->opened++;
			run->connecting++;
		}
		turn(run);
	}
}

/* A close that came together with bytes was not seen yet. */
static void streams_sweep(struct run *run)
{
	for (unsigned i = 0; i < run->opened; i++) {
		struct stream *s = &run->streams[i];
		char byte;
		if (s->fd >= 0 && recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
			stream_lose(run, s);
	}
}

static unsigned streams_alive(const struct run *run)
{
	unsigned alive = 0;
	for (unsigned i = 0; i < run->opened; i++)
		alive += run->streams[i].begun && !run->streams[i].lost;
	return alive;
}

void load_streams(struct load *load)
{
	struct run run = {.load = load};
	run.streams = calloc(load->connections, sizeof(*run.streams));
	if (!run.streams)
		load_die("calloc");
	streams_open(&run);
	turns_until(&run, load_now_ns() + (uint64_t)(load->settle * 1e9));
	printf("{\"open\":%u}\n", streams_alive(&run));
	fflush(stdout);

	run.measuring = true;
	const uint64_t begin = load_now_ns();
	turns_until(&run, begin + (uint64_t)(load->seconds * 1e9));
	run.measuring = false;
	streams_sweep(&run);
	printf("{\"events\":%" PRIu64
	       ",\"seconds\":%.6f,\"lost_streams\":%u,\"wrong_events\":%" PRIu64
	       ",\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n",
	       run.events, (double)(load_now_ns() - begin) / 1e9,
	       load->connections - streams_alive(&run), run.gaps,
	       (double)histogram_at(&load->times, 0.5) / 1e3,
	       (double)histogram_at(&load->times, 0.99) / 1e3, (double)load->times.max_ns / 1e3);
	free(run.streams);
}
