/* What the two kinds of load share: options, sockets, the clock. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

struct load {
	uint16_t port;
	const char *path, *key;
	char *request; /* head and body, sent as it is */
	size_t request_len;
	unsigned connections; /* streams, when streaming */
	uint64_t count;       /* requests; 0: as many as fit into the time */
	double seconds, rate; /* rate 0: closed loop */
	double settle;        /* seconds between the last stream's start and the measurement */
	int epoll;
	struct histogram times;
};

/* Ends the program with what the system says. */
_Noreturn void load_die(const char *what);
uint64_t load_now_ns(void);
/* A connecting socket, watched by load->epoll for both directions, edge-triggered; index is its
 * data. */
int load_connect(const struct load *load, unsigned index);
/* Sends from *sent on. False: the connection is broken. */
bool load_send(const struct load *load, int fd, size_t *sent);

/* Requests with whole answers; prints a line of JSON. */
void load_requests(struct load *load);
/* Streams that stay open; prints a line when all are open and one at the end. */
void load_streams(struct load *load);

#endif
