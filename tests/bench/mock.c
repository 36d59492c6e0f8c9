/* An upstream that costs next to nothing: answers Chat, Messages and Gemini requests from fixed
 * bytes.
 *
 *     bench_mock port…           listens on 127.0.0.1, one counter set a port; runs until killed
 *
 * POST …/chat/completions        OpenAI Chat, JSON, or a stream when the body says "stream":true
 * POST …/messages                Anthropic Messages, likewise
 * POST …:generateContent         Gemini; …:streamGenerateContent streams
 * GET /schedule/EVENTS/GAP_MS    streams begun from now on have so many events, so far apart (±20
 * %) GET /counts                    {"requests","body_bytes","events","streams","refused"} of this
 * port
 *
 * Every event's text begins with "@NANOSECONDS#NUMBER": when it was sent (CLOCK_MONOTONIC) and its
 * place in the stream. Nothing is allocated after the start; bodies that do not fit the head's
 * buffer are thrown away unread by the kernel, so whether such a request wants a stream is not
 * seen. A client that does not take its answer at once is cut off and counted as refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX     32768
#define PORTS_MAX   16
#define REQUEST_MAX 8192
#define READ_MAX    (256 * 1024)
#define WHEEL       8192 /* slots of a millisecond */
#define GAP_MAX_MS  6000
#define STAMP       "@0000000000000000000#000000"

enum dialect { CHAT, CLAUDE, GEMINI, DIALECTS };

struct counts {
	uint64_t requests, body_bytes, events, streams, refused;
};

struct conn {
	int fd; /* 0: not in use */
	bool listens, wants_stream;
	enum dialect dialect;
	struct counts *counts;
	size_t have;   /* of request[] */
	uint64_t skip; /* body bytes still to come */
	uint32_t events_left, number, gap_ms;
	struct conn *next, **pprev; /* in a slot of the wheel while streaming */
	char request[REQUEST_MAX];
};

struct text {
	char at[2048];
	size_t len;
};

static const char *const json_of[DIALECTS] = {
	[CHAT] =
		"{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,"
		"\"model\":\"gpt-bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
		"\"assistant\","
		"\"content\":\"%s\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}"
		"],"
		"\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":120,\"total_tokens\":220}}",
	[CLAUDE] = "{\"id\":\"msg_bench\",\"type\":\"message\",\"role\":\"assistant\","
		   "\"model\":\"claude-bench\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}],"
		   "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
		   "\"usage\":{\"input_tokens\":100,\"output_tokens\":120}}",
	[GEMINI] =
		"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%s\"}],\"role\":\"model\"},"
		"\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":"
		"100,"
		"\"candidatesTokenCount\":120,\"totalTokenCount\":220},"
		"\"modelVersion\":\"gemini-bench\",\"responseId\":\"bench\"}",
};

#define CHAT_CHUNK                                                                                \
	"data: "                                                                                  \
	"{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000," \
	"\"model\":\"gpt-bench\",\"choices\":[{\"index\":0,"
#define GEMINI_PART "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""
#define GEMINI_REST "\"}],\"role\":\"model\"},\"index\":0"

static const char *const opening_of[DIALECTS] = {
	[CHAT] = CHAT_CHUNK
	"\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
	[CLAUDE] =
		"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":"
		"\"msg_bench\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
		"\"claude-bench\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
		"\"usage\":{\"input_tokens\":100,\"output_tokens\":1}}}\n\n"
		"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
		"\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
	[GEMINI] = "",
};
static const char *const event_of[DIALECTS] = {
	[CHAT] = CHAT_CHUNK "\"delta\":{\"content\":\"" STAMP
			    " word\"},\"finish_reason\":null}]}\n\n",
	[CLAUDE] =
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
		"\"delta\":{\"type\":\"text_delta\",\"text\":\"" STAMP " word\"}}\n\n",
	[GEMINI] =
		GEMINI_PART STAMP " word" GEMINI_REST "}],\"modelVersion\":\"gemini-bench\"}\n\n",
};
static const char *const closing_of[DIALECTS] = {
	[CHAT] = CHAT_CHUNK "\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
	[CLAUDE] =
		"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
		"event: message_delta\ndata: "
		"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
		"\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":120}}\n\n"
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
	[GEMINI] = GEMINI_PART GEMINI_REST
	",\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":100,"
	"\"candidatesTokenCount\":120,\"totalTokenCount\":220}}\n\n",
};

/* The program is one loop in one thread: what it holds, it holds once. */
static struct {
	int epoll;
	struct conn *conns; /* by descriptor */
	struct counts counts[PORTS_MAX];
	struct conn *wheel[WHEEL];
	uint64_t tick_ms;
	uint32_t streaming, events, gap_ms;
	uint64_t random;
	struct text whole[DIALECTS], opening[DIALECTS], event[DIALECTS], closing[DIALECTS];
	size_t stamp_at[DIALECTS];
} mock = {.events = 50, .gap_ms = 20, .random = 88172645463325252u};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint32_t random_below(uint32_t limit)
{
	mock.random ^= mock.random << 13;
	mock.random ^= mock.random >> 7;
	mock.random ^= mock.random << 17;
	return (uint32_t)(mock.random % limit);
}

/* ---- Fixed bytes ------------------------------------------------------------------------------
 */

static void text_add(struct text *text, const char *bytes)
{
	const size_t len = strlen(bytes);
	if (len > sizeof(text->at) - text->len)
		die("a fixed answer is too long");
	memcpy(text->at + text->len, bytes, len);
	text->len += len;
}

static void text_add_chunk(struct text *text, const char *bytes)
{
	char size[32];
	if (!*bytes)
		return;
	snprintf(size, sizeof(size), "%zx\r\n", strlen(bytes));
	text_add(text, size);
	text_add(text, bytes);
	text_add(text, "\r\n");
}

static void text_whole(struct text *text, const char *type, const char *body)
{
	char head[256];
	snprintf(head, sizeof(head),
	         "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", type,
	         strlen(body));
	text->len = 0;
	text_add(text, head);
	text_add(text, body);
}

static void texts_make(void)
{
	char words[701], json[1536];
	for (size_t i = 0; i < sizeof(words) - 1; i++)
		words[i] = i % 7 == 6 ? ' ' : (char)('a' + i % 26);
	words[sizeof(words) - 1] = 0;

	for (int d = 0; d < DIALECTS; d++) {
		const char *gap = strstr(json_of[d], "%s");
		snprintf(json, sizeof(json), "%.*s%s%s", (int)(gap - json_of[d]), json_of[d], words,
		         gap + 2);
		text_whole(&mock.whole[d], "application/json", json);
		text_add(&mock.opening[d],
		         "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
		         "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
		text_add_chunk(&mock.opening[d], opening_of[d]);
		text_add_chunk(&mock.event[d], event_of[d]);
		text_add_chunk(&mock.closing[d], closing_of[d]);
		text_add(&mock.closing[d], "0\r\n\r\n");
		mock.stamp_at[d] =
			(size_t)((const char *)memchr(mock.event[d].at, '@', mock.event[d].len) -
		                 mock.event[d].at) +
			1;
	}
}

static void digits_put(char *to, int width, uint64_t value)
{
	while (width-- > 0) {
		to[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* ---- Connections ------------------------------------------------------------------------------
 */

static void wheel_leave(struct conn *c)
{
	if (!c->pprev)
		return;
	*c->pprev = c->next;
	if (c->next)
		c->next->pprev = c->pprev;
	c->pprev = NULL;
	mock.streaming--;
}

static void wheel_join(struct conn *c, uint64_t due_ms)
{
	struct conn **slot = &mock.wheel[due_ms % WHEEL];
	c->next = *slot;
	c->pprev = slot;
	if (c->next)
		c->next->pprev = &c->next;
	*slot = c;
	mock.streaming++;
}

static void conn_close(struct conn *c)
{
	wheel_leave(c);
	close(c->fd);
	c->fd = 0;
}

/* False: the connection is closed now. */
static bool conn_send(struct conn *c, const char *bytes, size_t len)
{
	if (send(c->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len)
		return true;
	c->counts->refused++;
	conn_close(c);
	return false;
}

static bool conn_send_text(struct conn *c, const struct text *text)
{
	return conn_send(c, text->at, text->len);
}

static void wheel_wait(struct conn *c)
{
	const uint32_t fifth = c->gap_ms / 5;
	const uint32_t ms = c->gap_ms - fifth + (fifth ? random_below(2 * fifth + 1) : 0);
	wheel_join(c, mock.tick_ms + (ms ? ms : 1));
}

static void stream_step(struct conn *c)
{
	char event[sizeof(mock.event[0].at)];
	const struct text *text = &mock.event[c->dialect];

	wheel_leave(c);
	if (c->events_left == 0) {
		conn_send_text(c, &mock.closing[c->dialect]);
		return;
	}
	memcpy(event, text->at, text->len);
	digits_put(event + mock.stamp_at[c->dialect], 19, now_ns());
	digits_put(event + mock.stamp_at[c->dialect] + 20, 6, c->number++);
	c->events_left--;
	c->counts->events++;
	if (conn_send(c, event, text->len))
		wheel_wait(c);
}

static void wheel_turn(void)
{
	const uint64_t now_ms = now_ns() / 1000000;
	while (mock.tick_ms < now_ms) {
		mock.tick_ms++;
		struct conn **slot = &mock.wheel[mock.tick_ms % WHEEL];
		while (*slot)
			stream_step(*slot);
	}
}

/* ---- Requests ---------------------------------------------------------------------------------
 */

static bool stream_begin(struct conn *c)
{
	c->events_left = mock.events;
	c->gap_ms = mock.gap_ms;
	c->number = 0;
	c->counts->streams++;
	if (!conn_send_text(c, &mock.opening[c->dialect]))
		return false;
	/* A random phase: streams opened together do not beat together. */
	wheel_join(c, mock.tick_ms + 1 + random_below(c->gap_ms + 1));
	return true;
}

static bool answer_control(struct conn *c, const char *path)
{
	struct text text = {.len = 0};
	char json[256];
	uint32_t events, gap_ms;

	if (sscanf(path, "/schedule/%" SCNu32 "/%" SCNu32, &events, &gap_ms) == 2) {
		mock.events = events;
		mock.gap_ms = gap_ms < GAP_MAX_MS ? gap_ms : GAP_MAX_MS;
	}
	snprintf(json, sizeof(json),
	         "{\"requests\":%" PRIu64 ",\"body_bytes\":%" PRIu64 ",\"events\":%" PRIu64
	         ",\"streams\":%" PRIu64 ",\"refused\":%" PRIu64 "}\n",
	         c->counts->requests, c->counts->body_bytes, c->counts->events, c->counts->streams,
	         c->counts->refused);
	text_whole(&text, "application/json", json);
	return conn_send_text(c, &text);
}

static bool answer(struct conn *c)
{
	if (c->pprev) { /* a request in the middle of a stream: nobody should */
		c->counts->refused++;
		conn_close(c);
		return false;
	}
	c->counts->requests++;
	return c->wants_stream ? stream_begin(c) : conn_send_text(c, &mock.whole[c->dialect]);
}

static bool has(const char *bytes, size_t len, const char *what)
{
	return memmem(bytes, len, what, strlen(what)) != NULL;
}

static bool dialect_of(const char *line, size_t len, enum dialect *ret)
{
	if (has(line, len, "/chat/completions"))
		*ret = CHAT;
	else if (has(line, len, "/messages"))
		*ret = CLAUDE;
	else if (has(line, len, "enerateContent"))
		*ret = GEMINI;
	else
		return false;
	return true;
}

static uint64_t body_length(const char *head)
{
	const char *field = strcasestr(head, "\r\nContent-Length:");
	return field ? strtoull(field + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* Takes one request from the buffer. False: none is whole yet, or the connection is closed. */
static bool request_next(struct conn *c)
{
	char *end = memmem(c->request, c->have, "\r\n\r\n", 4);
	if (!end) {
		if (c->have == REQUEST_MAX)
			conn_close(c);
		return false;
	}
	*end = 0;
	const size_t head = (size_t)(end - c->request) + 4;
	const uint64_t body = body_length(c->request);
	const size_t line = strcspn(c->request, "\r");

	if (!strncmp(c->request, "GET /", 5)) {
		c->have = 0;
		return answer_control(c, c->request + 4) && false;
	}
	if (!dialect_of(c->request, line, &c->dialect) ||
	    strcasestr(c->request, "\r\nTransfer-Encoding:")) {
		c->counts->refused++;
		conn_close(c);
		return false;
	}
	*end = '\r';
	if (head + body > REQUEST_MAX) {
		c->wants_stream = false;
		c->counts->body_bytes += body;
		c->skip = body - (c->have - head);
		c->have = 0;
		return false;
	}
	if (c->have < head + body)
		return false;
	c->wants_stream = has(c->request, line, ":streamGenerateContent") ||
	                  has(c->request + head, (size_t)body, "\"stream\":true") ||
	                  has(c->request + head, (size_t)body, "\"stream\": true");
	c->counts->body_bytes += body;
	c->have -= head + (size_t)body;
	memmove(c->request, c->request + head + body, c->have);
	return answer(c);
}

static ssize_t conn_read(struct conn *c)
{
	if (c->skip)
		return recv(c->fd, NULL, c->skip < READ_MAX ? (size_t)c->skip : READ_MAX,
		            MSG_TRUNC);
	return recv(c->fd, c->request + c->have, REQUEST_MAX - c->have, 0);
}

static void conn_readable(struct conn *c)
{
	while (c->fd) {
		const bool skipping = c->skip > 0;
		const size_t room = skipping ? READ_MAX : REQUEST_MAX - c->have;
		const ssize_t got = conn_read(c);
		if (got <= 0) {
			if (got == 0 || errno != EAGAIN)
				conn_close(c);
			return;
		}
		if (skipping) {
			c->skip -= (uint64_t)got;
			if (c->skip == 0 && !answer(c))
				return;
			continue;
		}
		c->have += (size_t)got;
		while (c->have && request_next(c))
			;
		if (!c->skip && (size_t)got < room)
			return;
	}
}

/* ---- Listening --------------------------------------------------------------------------------
 */

static void watch(int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(mock.epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

static void accept_all(struct conn *listener)
{
	for (;;) {
		const int one = 1;
		const int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		if (fd >= FDS_MAX) {
			close(fd);
			listener->counts->refused++;
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		struct conn *c = &mock.conns[fd];
		c->fd = fd;
		c->listens = false;
		c->counts = listener->counts;
		c->have = 0;
		c->skip = 0;
		watch(fd);
	}
}

static void listen_on(int index, const char *port)
{
	const int one = 1;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || fd >= FDS_MAX)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4096))
		die("listen");
	mock.conns[fd] = (struct conn){.fd = fd, .listens = true, .counts = &mock.counts[index]};
	watch(fd);
}

static void run(void)
{
	struct epoll_event events[256];
	for (;;) {
		const int n = epoll_wait(mock.epoll, events, 256, mock.streaming ? 1 : 1000);
		mock.tick_ms = mock.streaming ? mock.tick_ms : now_ns() / 1000000;
		for (int i = 0; i < n; i++) {
			struct conn *c = &mock.conns[events[i].data.fd];
			if (c->listens)
				accept_all(c);
			else if (c->fd)
				conn_readable(c);
		}
		if (mock.streaming)
			wheel_turn();
	}
}

int main(int argc, char **argv)
{
	struct rlimit files;

	if (argc < 2 || argc - 1 > PORTS_MAX) {
		fprintf(stderr, "usage: bench_mock port… (at most %d)\n", PORTS_MAX);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	texts_make();
	mock.conns = calloc(FDS_MAX, sizeof(*mock.conns));
	mock.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!mock.conns || mock.epoll < 0)
		die("start");
	mock.tick_ms = now_ns() / 1000000;
	for (int i = 1; i < argc; i++)
		listen_on(i - 1, argv[i]);
	run();
}
