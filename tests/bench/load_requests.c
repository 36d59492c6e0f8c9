/* Requests with whole answers, in a closed loop or at a constant rate. */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX   8192
#define READ_MAX   (256 * 1024)
#define GRACE_NS   3000000000u /* for answers still out when the time is up */
#define BROKEN_MAX 100000      /* connections lost before the run gives up */

enum state { CONNECTING, IDLE, WAITING };

struct conn {
	int fd;
	enum state state;
	uint64_t due_ns; /* when the request was meant to go */
	size_t sent;
	size_t have; /* of head[], until the head is whole */
	bool in_body, chunked;
	int status;
	uint64_t left, bytes; /* body bytes to come (of this chunk), and seen */
	unsigned tail;        /* bytes of "\r\n0\r\n\r\n" matched */
	char head[HEAD_MAX + 1];
};

struct run {
	struct load *load;
	struct conn *conns;
	unsigned *idle, n_idle; /* connections without a request */
	uint64_t started, done, errors, broken;
	uint64_t begin_ns, end_ns, next_ns, gap_ns;
};

static char *const buffer = (char[READ_MAX]){0};

static void conn_open(struct run *run, struct conn *c)
{
	c->state = CONNECTING;
	c->sent = 0;
	c->fd = load_connect(run->load, (unsigned)(c - run->conns));
}

static void conn_broke(struct run *run, struct conn *c)
{
	if (c->state == WAITING)
		run->errors++;
	close(c->fd);
	c->fd = -1;
	if (run->broken++ < BROKEN_MAX && load_now_ns() < run->end_ns)
		conn_open(run, c);
}

static void request_start(struct run *run, struct conn *c, uint64_t due_ns)
{
	c->state = WAITING;
	c->due_ns = due_ns;
	c->sent = c->have = 0;
	c->in_body = c->chunked = false;
	c->bytes = 0;
	c->tail = 0;
	run->started++;
	if (!load_send(run->load, c->fd, &c->sent))
		conn_broke(run, c);
}

/* Starts what is due on the connections that are free. */
static void requests_due(struct run *run)
{
	while (run->n_idle) {
		const uint64_t now = load_now_ns();
		const bool open = run->load->rate > 0;
		if (run->load->count ? run->started >= run->load->count
		                     : (open ? run->next_ns : now) >= run->end_ns)
			return;
		if (open && run->next_ns > now)
			return;
		struct conn *c = &run->conns[run->idle[--run->n_idle]];
		request_start(run, c, open ? run->next_ns : now);
		run->next_ns += run->gap_ns;
	}
}

static void conn_idle(struct run *run, struct conn *c)
{
	c->state = IDLE;
	run->idle[run->n_idle++] = (unsigned)(c - run->conns);
}

static void answer_done(struct run *run, struct conn *c)
{
	if (c->status == 200 && c->bytes > 0) {
		run->done++;
		histogram_add(&run->load->times, load_now_ns() - c->due_ns);
	} else {
		run->errors++;
	}
	conn_idle(run, c);
}

/* Whether the head is whole now; *used says how many of the bytes were its own. */
static bool head_take(struct conn *c, const char *bytes, size_t len, size_t *used)
{
	const size_t before = c->have;
	const size_t take = len < HEAD_MAX - before ? len : HEAD_MAX - before;
	memcpy(c->head + before, bytes, take);
	c->have += take;
	c->head[c->have] = 0;
	const char *end = strstr(c->head, "\r\n\r\n");
	*used = take;
	if (!end)
		return false;
	*used = (size_t)(end - c->head) + 4 - before;
	c->head[end - c->head + 2] = 0;
	c->status = c->have > 12 ? (int)strtol(c->head + 9, NULL, 10) : 0;
	const char *length = strcasestr(c->head, "\r\nContent-Length:");
	c->chunked = strcasestr(c->head, "\r\nTransfer-Encoding: chunked") != NULL;
	c->left = length ? strtoull(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
	c->in_body = true;
	return true;
}

/* A chunked body ends with these bytes; JSON holds no bare CR LF, so they cannot be its own. */
static bool chunked_ended(struct conn *c, const char *bytes, size_t len)
{
	static const char end[] = "\r\n0\r\n\r\n";
	for (size_t i = 0; i < len; i++) {
		c->tail = bytes[i] == end[c->tail] ? c->tail + 1 : bytes[i] == '\r';
		if (c->tail == sizeof(end) - 1)
			return true;
	}
	return false;
}

/* False: bytes came that no request asked for. */
static bool answer_take(struct run *run, struct conn *c, const char *bytes, size_t len)
{
	size_t used = 0;

	if (c->state != WAITING)
		return false;
	if (!c->in_body && !head_take(c, bytes, len, &used))
		return c->have < HEAD_MAX;
	bytes += used;
	len -= used;
	c->bytes += len;
	if (c->chunked ? chunked_ended(c, bytes, len) : c->bytes >= c->left)
		answer_done(run, c);
	return true;
}

static void conn_readable(struct run *run, struct conn *c)
{
	while (c->fd >= 0 && c->state != CONNECTING) {
		const ssize_t got = recv(c->fd, buffer, READ_MAX, 0);
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0 || !answer_take(run, c, buffer, (size_t)got)) {
			conn_broke(run, c);
			return;
		}
		if (got < READ_MAX)
			return;
	}
}

static void conn_event(struct run *run, struct conn *c, uint32_t events)
{
	if (c->fd < 0)
		return;
	if (events & (EPOLLERR | EPOLLHUP)) {
		conn_broke(run, c);
		return;
	}
	if (events & EPOLLOUT) {
		if (c->state == CONNECTING)
			conn_idle(run, c);
		else if (c->state == WAITING && !load_send(run->load, c->fd, &c->sent))
			conn_broke(run, c);
	}
	if (events & EPOLLIN)
		conn_readable(run, c);
}

static void wait_turn(struct run *run)
{
	struct epoll_event events[256];
	struct timespec wait = {.tv_nsec = 50000000};
	const uint64_t now = load_now_ns();

	if (run->load->rate > 0 && run->n_idle && run->next_ns < run->end_ns) {
		const uint64_t ns = run->next_ns > now ? run->next_ns - now : 0;
		if (ns < 50000000)
			wait.tv_nsec = (long)ns;
	}
	const int n = epoll_pwait2(run->load->epoll, events, 256, &wait, NULL);
	for (int i = 0; i < n; i++)
		conn_event(run, &run->conns[events[i].data.u32], events[i].events);
}

static void report(const struct run *run, uint64_t last_ns)
{
	const struct histogram *times = &run->load->times;
	const double seconds = (double)(last_ns - run->begin_ns) / 1e9;
	printf("{\"started\":%" PRIu64 ",\"done\":%" PRIu64 ",\"errors\":%" PRIu64
	       ",\"broken\":%" PRIu64 ",\"seconds\":%.6f,\"rps\":%.1f,\"p50_us\":%.1f,"
	       "\"p99_us\":%.1f,\"max_us\":%.1f}\n",
	       run->started, run->done, run->errors, run->broken, seconds,
	       (double)run->done / seconds, (double)histogram_at(times, 0.5) / 1e3,
	       (double)histogram_at(times, 0.99) / 1e3, (double)times->max_ns / 1e3);
}

void load_requests(struct load *load)
{
	struct run run = {.load = load};
	run.conns = calloc(load->connections, sizeof(*run.conns));
	run.idle = calloc(load->connections, sizeof(*run.idle));
	if (!run.conns || !run.idle)
		load_die("calloc");
	run.begin_ns = run.next_ns = load_now_ns();
	run.end_ns = run.begin_ns + (uint64_t)(load->seconds * 1e9);
	run.gap_ns = load->rate > 0 ? (uint64_t)(1e9 / load->rate) : 0;
	for (unsigned i = 0; i < load->connections; i++)
		conn_open(&run, &run.conns[i]);

	uint64_t now = run.begin_ns;
	while (now < run.end_ns + GRACE_NS) {
		requests_due(&run);
		const bool over = load->count ? run.started >= load->count : now >= run.end_ns;
		if (over && run.done + run.errors >= run.started)
			break;
		wait_turn(&run);
		now = load_now_ns();
	}
	report(&run, now);
	free(run.conns);
	free(run.idle);
}
