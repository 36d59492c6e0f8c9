/* Two parties for the tests of upstream/: a server that a test writes as a blocking function in a
 * thread of its own, and a client that runs one exchange after the other and keeps what it saw. */
#ifndef TESTS_UPSTREAM_PEER_H
#define TESTS_UPSTREAM_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "check.h"
#include "loop/loop.h"
#include "upstream/upstream.h"

/* The tests of what is the same whoever carries an exchange are built once more with true. */
#ifndef CURL_ONLY
#define CURL_ONLY false
#endif

#define PATIENCE_MS 20000

/* ---- Server -------------------------------------------------------------------------------- */

struct server {
	int listener;
	int port;
	pthread_t thread;
	void (*serve)(struct server *server);
	atomic_uint accepted;
	char request[65536]; /* head of the last request, terminated */
	size_t body_bytes;   /* of the last request */
	uint64_t body_sum;   /* of its bytes, weighed by place */
	char body[4096];     /* its beginning, terminated */
};

/* -1 when nobody comes. */
static inline int server_accept(struct server *server)
{
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
	const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	atomic_fetch_add(&server->accepted, 1);
	return fd;
}

static inline uint64_t sum_of(uint64_t sum, size_t from, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += (uint64_t)(unsigned char)bytes[i] * (from + i + 1);
	return sum;
}

static inline void server_note_body(struct server *server, const char *bytes, size_t n)
{
	size_t room = sizeof(server->body) - 1;

	if (server->body_bytes < room) {
		size_t keep = n < room - server->body_bytes ? n : room - server->body_bytes;
		memcpy(server->body + server->body_bytes, bytes, keep);
		server->body[server->body_bytes + keep] = '\0';
	}
	server->body_sum = sum_of(server->body_sum, server->body_bytes, bytes, n);
	server->body_bytes += n;
}

/* Reads a head and as much body as its Content-Length says. False when the client went away. */
static inline bool server_read(struct server *server, int fd)
{
	char bytes[16384];
	size_t len = 0;
	char *end = NULL;

	while (!end) {
		ssize_t n = read(fd, server->request + len, sizeof(server->request) - 1 - len);
		if (n <= 0)
			return false; /* what the last request was stays */
		len += (size_t)n;
		server->request[len] = '\0';
		end = strstr(server->request, "\r\n\r\n");
	}
	end += 4;
	server->body_bytes = 0;
	server->body_sum = 0;
	server->body[0] = '\0';
	server_note_body(server, end, len - (size_t)(end - server->request));
	*end = '\0';
	const char *length = strcasestr(server->request, "\r\ncontent-length:");
	size_t want = length ? strtoul(length + 17, NULL, 10) : 0;
	while (server->body_bytes < want) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n <= 0)
			return false;
		server_note_body(server, bytes, (size_t)n);
	}
	return true;
}

static inline bool server_say_n(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

static inline bool server_say(int fd, const char *text)
{
	return server_say_n(fd, text, strlen(text));
}

/* Until the client closes. */
static inline void server_wait_end(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
	close(fd);
}

/* Waits for the peer's end without reading what it still sends. */
static inline void server_wait_gone(int fd)
{
	struct pollfd gone = {.fd = fd, .events = POLLRDHUP};

	poll(&gone, 1, 5000);
	close(fd);
}

/* Closes with a reset. */
static inline void server_reset(int fd)
{
	const struct linger now = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static inline void *server_main(void *arg)
{
	struct server *server = arg;

	server->serve(server);
	return NULL;
}

static inline struct server *server_start(void (*serve)(struct server *server))
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};

	assert_non_null(server);
	server->serve = serve;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(server->listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(bind(server->listener, (struct sockaddr *)&at, size), 0);
	assert_int_equal(listen(server->listener, 64), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&at, &size), 0);
	server->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, server_main, server), 0);
	return server;
}

/* After this the server's notes may be read. */
static inline void server_join(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR); /* ends an accept */
	pthread_join(server->thread, NULL);
	close(server->listener);
}

/* ---- Client -------------------------------------------------------------------------------- */

struct client {
	struct loop *loop;
	struct upstream *up;
	struct upstream_exchange *x;
	char url[128];

	unsigned heads, ends;
	int status;
	char headers[8192]; /* "name: value\n" each */
	size_t body_bytes;
	uint64_t body_sum;
	char body[65536]; /* its beginning, terminated */
	unsigned chunks;
	enum aip_status how;
	struct aip_error err;
	struct upstream_facts facts;

	/* What a test may ask for. */
	void (*at_head)(struct client *client);
	void (*at_chunk)(struct client *client);
	void (*at_end)(struct client *client);
};

static inline void client_on_head(void *arg, const struct aip_head *head)
{
	struct client *client = arg;
	size_t at = 0;

	client->heads++;
	client->status = head->http;
	client->headers[0] = '\0';
	for (size_t i = 0; i < head->n_headers && at < sizeof(client->headers) - 1; i++)
		at += (size_t)snprintf(client->headers + at, sizeof(client->headers) - at,
		                       "%.*s: %.*s\n", AIP_FMT(head->headers[i].name),
		                       AIP_FMT(head->headers[i].value));
	if (client->at_head)
		client->at_head(client);
}

static inline void client_on_body(void *arg, struct aip_str bytes)
{
	struct client *client = arg;
	size_t room = sizeof(client->body) - 1;

	assert_true(bytes.len > 0);
	if (client->body_bytes < room) {
		size_t keep = bytes.len < room - client->body_bytes ? bytes.len
		                                                    : room - client->body_bytes;
		memcpy(client->body + client->body_bytes, bytes.at, keep);
		client->body[client->body_bytes + keep] = '\0';
	}
	client->body_sum = sum_of(client->body_sum, client->body_bytes, bytes.at, bytes.len);
	client->body_bytes += bytes.len;
	client->chunks++;
	if (client->at_chunk)
		client->at_chunk(client);
}

static inline void client_on_end(void *arg, enum aip_status how, const struct aip_error *err)
{
	struct client *client = arg;

	client->ends++;
	client->how = how;
	client->err = *err;
	client->facts = upstream_facts(client->x);
	client->x = NULL;
	assert_int_equal(err->status, how);
	if (client->at_end)
		client->at_end(client);
}

static const struct upstream_events client_events = {client_on_head, client_on_body, client_on_end};

static inline struct client *client_create_with(const struct upstream_options *options)
{
	struct client *client = calloc(1, sizeof(*client));

	assert_non_null(client);
	assert_int_equal(loop_create("client", &clock_real, &client->loop, NULL), AIP_OK);
	struct upstream_options own = *options;
	own.curl_only = CURL_ONLY;
	assert_int_equal(upstream_create(client->loop, &own, &client->up, NULL), AIP_OK);
	return client;
}

static inline struct client *client_create(void)
{
	return client_create_with(&(struct upstream_options){0});
}

static inline void client_destroy(struct client *client)
{
	upstream_destroy(client->up);
	loop_destroy(client->loop);
	free(client);
}

/* The URL of a server, in the client. */
static inline struct aip_str client_url(struct client *client, const struct server *server)
{
	snprintf(client->url, sizeof(client->url), "http://127.0.0.1:%d/v1/x", server->port);
	return aip_str(client->url);
}

/* Begins; what was seen before is forgotten. */
static inline void client_start(struct client *client, const struct upstream_request *request)
{
	client->heads = client->ends = client->chunks = 0;
	client->status = 0;
	client->body_bytes = 0;
	client->body_sum = 0;
	client->body[0] = '\0';
	client->headers[0] = '\0';
	memset(&client->err, 0, sizeof(client->err));
	assert_int_equal(
		upstream_start(client->up, request, &client_events, client, &client->x, NULL),
		AIP_OK);
}

/* Turns until the exchange has ended; a test that never ends fails. */
static inline void client_wait_end(struct client *client)
{
	int64_t until_ms = clock_now_ms(&clock_real) + PATIENCE_MS;

	while (client->ends == 0) {
		loop_turn(client->loop, 50);
		assert_true(clock_now_ms(&clock_real) < until_ms);
	}
}

static inline void client_turn_for(struct client *client, int64_t ms)
{
	int64_t until_ms = clock_now_ms(&clock_real) + ms;
	int64_t left_ms;

	while ((left_ms = until_ms - clock_now_ms(&clock_real)) > 0)
		loop_turn(client->loop, left_ms);
}

static inline void client_run(struct client *client, const struct upstream_request *request)
{
	client_start(client, request);
	client_wait_end(client);
	assert_int_equal(client->ends, 1);
}

#define CHECK_HOLDS(text, part) CHECK(strstr((text), (part)) != NULL)
#define CHECK_LACKS(text, part) CHECK(strstr((text), (part)) == NULL)

#endif
