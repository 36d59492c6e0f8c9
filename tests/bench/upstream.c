/* What one exchange costs the loop's thread, beside a client of bare sockets on the same server.
 *
 *     bench_upstream [requests]
 *
 * Prints CPU microseconds per request of the client's thread for bodies of 1 KB, 100 KB and 1 MB
 * and 1 and 16 exchanges at a time, answers of 1 KB; then bytes held per open stream. */
#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "upstream/upstream.h"

enum { ANSWER_BYTES = 1024, MAX_FD = 32768, STREAMS = 2000 };

static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

/* ---- Server: any request is answered; GET is answered with an event and then silence ----------
 */

static char answer[ANSWER_BYTES + 128];
static size_t answer_len;
static const char stream_answer[] =
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	"9\r\ndata: 1\n\n\r\n";
static size_t left_of[MAX_FD]; /* bytes of the body still to come; 0: a head is due */

static void take(int fd, const char *bytes, size_t n)
{
	if (left_of[fd] == 0) {
		const char *length = memmem(bytes, n, "Content-Length: ", 16);
		const char *end = memmem(bytes, n, "\r\n\r\n", 4);
		if (!end)
			exit(1);
		if (bytes[0] == 'G') {
			(void)!write(fd, stream_answer, sizeof(stream_answer) - 1);
			return;
		}
		left_of[fd] = strtoul(length + 16, NULL, 10);
		n -= (size_t)(end + 4 - bytes);
	}
	left_of[fd] -= n;
	if (left_of[fd] == 0)
		(void)!write(fd, answer, answer_len);
}

static void *serve(void *arg)
{
	static char bytes[256 * 1024];
	int listener = *(int *)arg;
	int poll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};

	pin(1);
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		struct epoll_event ready[64];
		int n = epoll_wait(poll, ready, 64, -1);
		for (int i = 0; i < n; i++) {
			int fd = ready[i].data.fd;
			if (fd == listener) {
				fd = accept(listener, NULL, NULL);
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
				event.data.fd = fd;
				left_of[fd] = 0;
				epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
				continue;
			}
			ssize_t got = read(fd, bytes, sizeof(bytes));
			if (got > 0)
				take(fd, bytes, (size_t)got);
			else
				close(fd);
		}
	}
	return NULL;
}

static int server_start(void)
{
	static int listener;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	pthread_t thread;

	answer_len = (size_t)snprintf(answer, sizeof(answer),
	                              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	                              "Content-Length: %d\r\n\r\n",
	                              ANSWER_BYTES);
	memset(answer + answer_len, 'a', ANSWER_BYTES);
	answer_len += ANSWER_BYTES;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&at, size) || listen(listener, 4096) ||
	    getsockname(listener, (struct sockaddr *)&at, &size) ||
	    pthread_create(&thread, NULL, serve, &listener))
		exit(1);
	return ntohs(at.sin_port);
}

/* ---- Through upstream/ ----------------------------------------------------------------------- */

struct run {
	struct loop *loop;
	struct upstream *up;
	char url[64];
	struct upstream_request request;
	unsigned left, open;
};

static void begin(struct run *run);

static void on_head(void *arg, const struct aip_head *head)
{
}

static void on_body(void *arg, struct aip_str bytes)
{
}

static void on_end(void *arg, enum aip_status how, const struct aip_error *err)
{
	struct run *run = arg;

	if (how)
		printf("%s\n", err->message);
	run->open--;
	if (run->left)
		begin(run);
}

static const struct upstream_events events = {on_head, on_body, on_end};

static void begin(struct run *run)
{
	struct upstream_exchange *x;

	run->left--;
	run->open++;
	if (upstream_start(run->up, &run->request, &events, run, &x, NULL))
		exit(1);
}

static const struct aip_header headers[] = {
	{{"Content-Type", 12}, {"application/json", 16}},
	{{"Accept", 6}, {"*/*", 3}},
	{{"User-Agent", 10}, {"bench", 5}},
	{{"Authorization", 13}, {"Bearer 0123456789abcdef0123456789", 33}},
};

static struct run run_create(int port)
{
	struct run run = {.left = 0};

	if (loop_create("bench", &clock_real, &run.loop, NULL) ||
	    upstream_create(run.loop, &(struct upstream_options){0}, &run.up, NULL))
		exit(1);
	snprintf(run.url, sizeof(run.url), "http://127.0.0.1:%d/v1/chat/completions", port);
	run.request.headers = headers;
	run.request.n_headers = 4;
	return run;
}

static double through_upstream(int port, struct aip_str body, unsigned n, unsigned at_once)
{
	struct run run = run_create(port);
	struct aip_str pieces[3] = {{body.at, 100}, {body.at, 10}, {body.at, body.len - 110}};
	int64_t before_us = 0;

	run.request.url = aip_str(run.url);
	run.request.body = pieces;
	run.request.n_body = 3;
	for (int warm = 1; warm >= 0; warm--) {
		run.left = warm ? at_once * 2 : n;
		before_us = cpu_us();
		for (unsigned i = 0; i < at_once && run.left; i++)
			begin(&run);
		while (run.open)
			loop_turn(run.loop, -1);
	}
	int64_t spent_us = cpu_us() - before_us;
	upstream_destroy(run.up);
	loop_destroy(run.loop);
	return (double)spent_us / n;
}

static size_t resident(void)
{
	size_t pages = 0, skipped;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%zu %zu", &skipped, &pages) != 2)
		exit(1);
	fclose(file);
	return pages * (size_t)getpagesize();
}

static double bytes_per_stream(int port)
{
	struct run run = run_create(port);
	unsigned opened = 0;

	run.request.url = aip_str(run.url);
	run.request.stream = true;
	malloc_trim(0);
	size_t before = resident();
	for (int batch = 0; batch < STREAMS / 100; batch++) {
		run.left = 100;
		for (int i = 0; i < 100; i++, opened++)
			begin(&run);
		for (int i = 0; i < 20; i++)
			loop_turn(run.loop, 5);
	}
	double each = (double)(resident() - before) / opened;
	upstream_destroy(run.up);
	loop_destroy(run.loop);
	return each;
}

/* ---- Bare sockets: the floor -------------------------------------------------------------------
 */

static int bare_connect(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                         .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&at, sizeof(at)))
		exit(1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return fd;
}

static double through_sockets(int port, struct aip_str body, unsigned n, unsigned at_once)
{
	static char bytes[65536];
	struct epoll_event event = {.events = EPOLLIN}, ready[64];
	int poll = epoll_create1(0);
	int head_len = snprintf(bytes, sizeof(bytes),
	                        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
	                        body.len);
	size_t request_len = (size_t)head_len + body.len;
	char *request = malloc(request_len);
	unsigned sent = 0, seen = 0;

	memcpy(request, bytes, (size_t)head_len);
	memcpy(request + head_len, body.at, body.len);
	int64_t before_us = cpu_us();
	for (; sent < at_once; sent++) {
		event.data.fd = bare_connect(port);
		epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
		(void)!write(event.data.fd, request, request_len);
	}
	while (seen < n) {
		int got = epoll_wait(poll, ready, 64, -1);
		for (int i = 0; i < got; i++) {
			int fd = ready[i].data.fd;
			if (read(fd, bytes, sizeof(bytes)) != (ssize_t)answer_len)
				exit(1);
			seen++;
			if (sent < n && sent++)
				(void)!write(fd, request, request_len);
		}
	}
	free(request);
	return (double)(cpu_us() - before_us) / n;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {1024, 100 * 1024, 1024 * 1024};
	static const unsigned at_once[] = {1, 16};
	unsigned requests = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20000;
	const struct rlimit many = {MAX_FD, MAX_FD};

	setrlimit(RLIMIT_NOFILE, &many);
	pin(0);
	int port = server_start();
	char *bytes = malloc(sizes[2]);
	memset(bytes, 'b', sizes[2]);
	printf("%8s %7s %10s %10s %6s\n", "body", "at once", "upstream", "sockets", "ratio");
	for (size_t s = 0; s < 3; s++)
		for (size_t a = 0; a < 2; a++) {
			unsigned n = s == 0 ? requests : s == 1 ? requests / 4 : requests / 20;
			double bare =
				through_sockets(port, aip_strn(bytes, sizes[s]), n, at_once[a]);
			double ours =
				through_upstream(port, aip_strn(bytes, sizes[s]), n, at_once[a]);
			printf("%8zu %7u %7.1f us %7.1f us %6.2f\n", sizes[s], at_once[a], ours,
			       bare, ours / bare);
		}
	printf("%d open streams: %.1f KB each, the server's share included\n", STREAMS,
	       bytes_per_stream(port) / 1024);
	free(bytes);
	return 0;
}
