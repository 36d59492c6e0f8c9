/* A front on a loop with a clock that the test moves, and clients at the other end of sockets. All
 * in one thread: whoever waits for bytes turns the loop meanwhile. */
#ifndef TESTS_FRONT_RIG_H
#define TESTS_FRONT_RIG_H

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/listen.h"
#include "loop/loop.h"

#define ANSWER_MAX (1 << 20)

/* What the handler does with a request is told by its path. */
struct rig {
	struct clock_virtual clock;
	struct loop *loop;
	struct front *front;
	struct exchange *held; /* of a path that begins with /hold, /stream */
	int heads, requests, gone, drains, refusals;
	struct aip_buf seen; /* "METHOD path?query body\n" of each request */
	enum aip_status head_says;
	const char *refused_dialect; /* set: refusals are reshaped */
	struct aip_error last_refusal;
	bool last_refusal_had_head;
	bool is_empty;
	size_t answer_bytes; /* of /big */
	int fd;              /* the client's */
	char answer[ANSWER_MAX];
	size_t answer_len;
};

static void rig_on_gone(struct exchange *ex, void *arg)
{
	struct rig *rig = arg;

	rig->gone++;
	rig->held = NULL;
}

static void rig_on_drain(struct exchange *ex, void *arg)
{
	struct rig *rig = arg;

	rig->drains++;
}

static enum aip_status rig_on_head(struct exchange *ex, void *arg, struct aip_error *reterr)
{
	struct rig *rig = arg;

	rig->heads++;
	ex->on_gone = rig_on_gone;
	ex->on_drain = rig_on_drain;
	ex->arg = rig;
	if (rig->head_says)
		return aip_fail(reterr, rig->head_says, "no \"entry\"");
	return AIP_OK;
}

static void rig_stream(struct exchange *ex)
{
	const struct aip_header headers[] = {
		{AIP_LIT("Content-Type"), AIP_LIT("text/event-stream")}};

	exchange_begin(ex, 200, headers, 1);
	exchange_write(ex, AIP_LIT("data: 1\n\n"));
	exchange_write(ex, AIP_LIT(""));
	exchange_write(ex, AIP_LIT("data: 2\n\n"));
}

static void rig_on_request(struct exchange *ex, void *arg)
{
	struct rig *rig = arg;
	const struct aip_header headers[] = {{AIP_LIT("Content-Type"), AIP_LIT("text/plain")}};

	rig->requests++;
	(void)aip_buf_addf(&rig->seen, "%.*s %.*s?%.*s %.*s\n", AIP_FMT(ex->method),
	                   AIP_FMT(ex->path), AIP_FMT(ex->query), AIP_FMT(ex->body));
	if (aip_str_starts(ex->path, AIP_LIT("/hold"))) {
		rig->held = ex;
	} else if (aip_str_is(ex->path, "/stream")) {
		rig->held = ex;
		rig_stream(ex);
	} else if (aip_str_is(ex->path, "/sse")) {
		rig_stream(ex);
		exchange_end(ex);
	} else if (aip_str_is(ex->path, "/broken")) {
		rig_stream(ex);
		exchange_abort(ex);
	} else if (aip_str_is(ex->path, "/nothing")) {
		exchange_reply(ex, 204, NULL, 0, AIP_LIT("ignored"));
	} else if (aip_str_is(ex->path, "/big")) {
		char *text = aip_arena_bytes(ex->arena, rig->answer_bytes);

		memset(text, 'x', rig->answer_bytes);
		exchange_reply(ex, 200, headers, 1, aip_strn(text, rig->answer_bytes));
	} else {
		exchange_reply(ex, 200, headers, 1, ex->body.len ? ex->body : ex->path);
	}
}

static void rig_refuse(struct front_refusal *refusal, void *arg)
{
	struct rig *rig = arg;

	rig->refusals++;
	rig->last_refusal = *refusal->error;
	rig->last_refusal_had_head = refusal->ex->method.at != NULL;
	if (rig->refused_dialect)
		refusal->body = aip_arena_printf(refusal->arena, "%s: %s", rig->refused_dialect,
		                                 refusal->error->message);
}

static inline void rig_on_empty(void *arg)
{
	struct rig *rig = arg;

	rig->is_empty = true;
}

static inline struct rig *rig_create(const struct front_options *options)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	const struct front_hooks hooks = {rig_on_head, rig_on_request, rig_refuse, rig};

	CHECK(rig != NULL);
	signal(SIGPIPE, SIG_IGN);
	clock_virtual_init(&rig->clock, 1000, 1767225600);
	CHECK_INT_EQ(loop_create("test", &rig->clock.clock, &rig->loop, NULL), AIP_OK);
	rig->front = front_create(rig->loop, options, &hooks);
	aip_buf_init(&rig->seen, 1 << 24);
	rig->fd = -1;
	return rig;
}

static inline void rig_destroy(struct rig *rig)
{
	if (rig->fd >= 0)
		close(rig->fd);
	front_destroy(rig->front);
	loop_destroy(rig->loop);
	aip_buf_fini(&rig->seen);
	free(rig);
}

static inline void rig_turn(struct rig *rig, int turns)
{
	while (turns-- > 0)
		loop_turn(rig->loop, 0);
}

/* Moves the clock; whatever is due by then happens. */
static inline void rig_pass(struct rig *rig, int64_t ms)
{
	clock_virtual_advance(&rig->clock, ms);
	rig_turn(rig, 3);
}

static inline void set_nonblocking(int fd)
{
	CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
}

/* A new client; closes the one before. */
static inline void rig_connect(struct rig *rig)
{
	int pair[2];

	if (rig->fd >= 0)
		close(rig->fd);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	set_nonblocking(pair[0]);
	front_adopt(rig->front, pair[1], "unix", NULL);
	rig->fd = pair[0];
	rig->answer_len = 0;
	rig_turn(rig, 2);
}

static inline void rig_send(struct rig *rig, struct aip_str bytes)
{
	for (int tries = 0; bytes.len > 0 && tries < 10000; tries++) {
		ssize_t n = send(rig->fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (n > 0)
			bytes = aip_strn(bytes.at + n, bytes.len - (size_t)n);
		else if (errno != EAGAIN)
			break;
		rig_turn(rig, 1);
	}
	rig_turn(rig, 4);
}

#define SEND(rig, text) rig_send((rig), AIP_LIT(text))

/* What the server sent since last asked, as far as it comes without time passing. */
static inline struct aip_str rig_receive(struct rig *rig)
{
	rig->answer_len = 0;
	for (int idle = 0; idle < 4 && rig->answer_len < ANSWER_MAX;) {
		ssize_t n = recv(rig->fd, rig->answer + rig->answer_len,
		                 ANSWER_MAX - rig->answer_len, 0);

		if (n > 0) {
			rig->answer_len += (size_t)n;
			idle = 0;
		} else {
			idle++;
		}
		rig_turn(rig, 2);
	}
	return aip_strn(rig->answer, rig->answer_len);
}

/* Whether the server has closed, with nothing left to read. */
static inline bool rig_is_closed(struct rig *rig)
{
	char byte;

	rig_turn(rig, 4);
	ssize_t n = recv(rig->fd, &byte, 1, 0);
	return n == 0 || (n < 0 && errno != EAGAIN);
}

static inline bool has(struct aip_str text, const char *part)
{
	return aip_str_find(text, aip_str(part)) >= 0;
}

static inline size_t count_of(struct aip_str text, const char *part)
{
	size_t n = 0;
	ptrdiff_t at;

	while ((at = aip_str_find(text, aip_str(part))) >= 0) {
		text = aip_strn(text.at + at + 1, text.len - (size_t)at - 1);
		n++;
	}
	return n;
}

#endif
