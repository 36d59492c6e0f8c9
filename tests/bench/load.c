/* Load on one port of this machine: requests (closed or open loop) or open streams, measured.
 *
 *     bench_load PORT PATH BODY-FILE [option value]…
 *
 *     connections N    connections, or streams (16)
 *     seconds S        how long (2)
 *     count N          ends after so many requests
 *     rate R           open loop: R requests a second, times from when each was meant to go, so
 * that a stall is seen by all the requests it held up key TEXT         sent as a bearer token
 *     streams yes      opens streams and keeps them; the mock's stamps tell each event's delay
 *     settle S         streams: how long to wait after the last has begun (1)
 *
 * Requests print one line of JSON at the end. Streams print {"open":…} once all are open
 * and settled (the measurement begins then), and a line at the end. One thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

void load_die(const char *what)
{
	perror(what);
	exit(1);
}

uint64_t load_now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int load_connect(const struct load *load, unsigned index)
{
	const int one = 1;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const struct sockaddr_in to = {.sin_family = AF_INET,
	                               .sin_port = htons(load->port),
	                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = index};

	if (fd < 0)
		load_die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		load_die("connect");
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, fd, &event))
		load_die("epoll_ctl");
	return fd;
}

bool load_send(const struct load *load, int fd, size_t *sent)
{
	while (*sent < load->request_len) {
		const ssize_t n =
			send(fd, load->request + *sent, load->request_len - *sent, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN;
		*sent += (size_t)n;
	}
	return true;
}

static void request_make(struct load *load, const char *body_file)
{
	struct stat about;
	char head[1024];
	const int fd = open(body_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about))
		load_die(body_file);
	const size_t body = (size_t)about.st_size;
	const int len = snprintf(head, sizeof(head),
	                         "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
	                         "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
	                         "Accept: */*\r\nUser-Agent: bench\r\nContent-Length: %zu\r\n\r\n",
	                         load->path, load->port, load->key, body);
	if (len < 0 || (size_t)len >= sizeof(head))
		load_die("the head is too long");
	load->request_len = (size_t)len + body;
	load->request = malloc(load->request_len);
	if (!load->request)
		load_die("malloc");
	memcpy(load->request, head, (size_t)len);
	if (read(fd, load->request + len, body) != (ssize_t)body)
		load_die(body_file);
	close(fd);
}

static bool option(struct load *load, const char *name, const char *value, bool *streams)
{
	if (!strcmp(name, "connections"))
		load->connections = (unsigned)strtoul(value, NULL, 10);
	else if (!strcmp(name, "seconds"))
		load->seconds = strtod(value, NULL);
	else if (!strcmp(name, "count"))
		load->count = strtoull(value, NULL, 10);
	else if (!strcmp(name, "rate"))
		load->rate = strtod(value, NULL);
	else if (!strcmp(name, "settle"))
		load->settle = strtod(value, NULL);
	else if (!strcmp(name, "key"))
		load->key = value;
	else if (!strcmp(name, "streams"))
		*streams = true;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static struct load load = {.connections = 16, .seconds = 2, .settle = 1, .key = "none"};
	bool streams = false, known = argc >= 4 && argc % 2 == 0;
	struct rlimit files;

	for (int i = 4; known && i + 1 < argc; i += 2)
		known = option(&load, argv[i], argv[i + 1], &streams);
	if (!known || !load.connections) {
		fprintf(stderr, "usage: bench_load PORT PATH BODY-FILE [option value]…\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	load.port = (uint16_t)strtoul(argv[1], NULL, 10);
	load.path = argv[2];
	request_make(&load, argv[3]);
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (load.epoll < 0)
		load_die("epoll_create1");
	if (streams)
		load_streams(&load);
	else
		load_requests(&load);
	return 0;
}
