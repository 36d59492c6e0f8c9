/* Waits that run out, pauses, and exchanges given up in each of their phases. */
#include "unit/core/upstream/peer.h"

enum { BIG = 10 * 1024 * 1024 };

/* A server that keeps the connection and says nothing more than `text`. */
#define SERVER_THAT_STOPS_AFTER(name, text)     \
	static void name(struct server *server) \
	{                                       \
		int fd = server_accept(server); \
		if (fd < 0)                     \
			return;                 \
		server_read(server, fd);        \
		server_say(fd, text);           \
		server_wait_end(fd);            \
	}
SERVER_THAT_STOPS_AFTER(serve_silence, "")
SERVER_THAT_STOPS_AFTER(serve_interim, "HTTP/1.1 100 Continue\r\n\r\n")
SERVER_THAT_STOPS_AFTER(serve_head_only, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
SERVER_THAT_STOPS_AFTER(serve_some, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome")

static void serve_steady(struct server *server)
{
	int fd = server_accept(server);

	server_read(server, fd);
	server_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 8; i++) {
		usleep(40000);
		server_say(fd, "1\r\nx\r\n");
	}
	server_say(fd, "0\r\n\r\n");
	server_wait_end(fd);
}

static void serve_big(struct server *server)
{
	static char bytes[64 * 1024];
	int fd = server_accept(server);

	if (fd < 0)
		return;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31 + i / 255);
	server_read(server, fd);
	server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n");
	for (size_t sent = 0; sent < BIG && server_say_n(fd, bytes, sizeof(bytes));)
		sent += sizeof(bytes);
	server_wait_end(fd);
}

struct pair {
	struct server *server;
	struct client *client;
};

static struct pair begin(void (*serve)(struct server *), const struct upstream_limits *limits)
{
	struct pair pair = {server_start(serve), client_create()};

	client_start(pair.client, &(struct upstream_request){
					  .url = client_url(pair.client, pair.server),
					  .limits = limits ? *limits : (struct upstream_limits){0},
					  .stream = true});
	return pair;
}

static void part(struct pair pair)
{
	client_destroy(pair.client);
	server_join(pair.server);
	free(pair.server);
}

/* ---- Waits --------------------------------------------------------------------------------- */

static void check_times_out(void (*serve)(struct server *), const struct upstream_limits *limits,
                            unsigned heads, const char *says)
{
	struct pair pair = begin(serve, limits);
	int64_t before_ms = clock_now_ms(&clock_real);

	client_wait_end(pair.client);
	CHECK_INT_EQ(pair.client->how, AIP_UPSTREAM_TIMEOUT);
	CHECK_INT_EQ(pair.client->heads, heads);
	CHECK_HOLDS(pair.client->err.message, says);
	CHECK_HOLDS(pair.client->err.message, "within 60 ms");
	CHECK(clock_now_ms(&clock_real) - before_ms >= 59);
	part(pair);
}

TEST(each_wait_has_its_own_limit_and_says_so)
{
	check_times_out(serve_silence, &(struct upstream_limits){.head_ms = 60}, 0,
	                "no answer began");
	check_times_out(serve_interim, &(struct upstream_limits){.head_ms = 60}, 0,
	                "no answer began");
	check_times_out(serve_head_only, &(struct upstream_limits){.first_ms = 60}, 1,
	                "no byte followed");
	check_times_out(serve_some, &(struct upstream_limits){.idle_ms = 60}, 1,
	                "the answer stopped");
}

TEST(a_connection_that_is_never_taken_up_times_out)
{
	/* A listener whose queue is full answers no SYN. */
	struct client *client = client_create();
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int filling[4];

	assert_int_equal(bind(listener, (struct sockaddr *)&at, size), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	for (int i = 0; i < 4; i++) {
		filling[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(filling[i], (struct sockaddr *)&at, size);
	}
	snprintf(client->url, sizeof(client->url), "http://127.0.0.1:%d/?key=SECRET",
	         ntohs(at.sin_port));
	client_run(client, &(struct upstream_request){.url = aip_str(client->url),
	                                              .limits = {.connect_ms = 60}});
	CHECK_INT_EQ(client->how, AIP_UPSTREAM_TIMEOUT);
	CHECK_HOLDS(client->err.message, "the connection was not ready within 60 ms");
	client_destroy(client);
	for (int i = 0; i < 4; i++)
		close(filling[i]);
	close(listener);
}

TEST(an_answer_that_keeps_coming_may_take_longer_than_any_limit)
{
	struct pair pair =
		begin(serve_steady,
	              &(struct upstream_limits){
			      .connect_ms = 200, .head_ms = 200, .first_ms = 200, .idle_ms = 200});

	client_wait_end(pair.client);
	CHECK_INT_EQ(pair.client->how, AIP_OK);
	CHECK_STR_EQ(aip_str(pair.client->body), "xxxxxxxx");
	part(pair);
}

/* ---- Pauses ---------------------------------------------------------------------------------- */

static void pause_it(struct client *client)
{
	upstream_pause(client->x);
}

TEST(a_paused_answer_waits_and_loses_no_byte)
{
	struct pair pair = begin(serve_big, NULL);
	unsigned pauses = 0;
	int64_t until_ms = clock_now_ms(&clock_real) + PATIENCE_MS;

	pair.client->at_chunk = pause_it;
	while (pair.client->ends == 0 && clock_now_ms(&clock_real) < until_ms) {
		size_t before = pair.client->body_bytes;
		loop_turn(pair.client->loop, 20);
		if (!pair.client->at_chunk || pair.client->body_bytes == before)
			continue;
		/* One chunk came, and nothing more while it is paused. */
		before = pair.client->body_bytes;
		for (int i = 0; i < 3; i++)
			loop_turn(pair.client->loop, 0);
		CHECK_INT_EQ(pair.client->body_bytes, before);
		if (++pauses == 50)
			pair.client->at_chunk = NULL;
		upstream_resume(pair.client->x);
	}
	CHECK_INT_EQ(pair.client->how, AIP_OK);
	CHECK_INT_EQ(pair.client->ends, 1);
	CHECK(pauses >= 50);
	CHECK_INT_EQ(pair.client->body_bytes, BIG);
	part(pair);
}

TEST(a_pause_at_the_head_holds_the_body_and_stops_the_clock)
{
	struct pair pair =
		begin(serve_big, &(struct upstream_limits){.first_ms = 60, .idle_ms = 60});

	pair.client->at_head = pause_it;
	client_turn_for(pair.client, 150);
	CHECK_INT_EQ(pair.client->heads, 1);
	CHECK_INT_EQ(pair.client->body_bytes, 0);
	CHECK_INT_EQ(pair.client->ends, 0);
	upstream_resume(pair.client->x);
	CHECK_INT_EQ(pair.client->body_bytes, 0); /* never from within the call */
	client_wait_end(pair.client);
	CHECK_INT_EQ(pair.client->how, AIP_OK);
	CHECK_INT_EQ(pair.client->body_bytes, BIG);
	part(pair);
}

static void serve_small(struct server *server)
{
	int fd = server_accept(server);

	server_read(server, fd);
	server_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	               "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
	server_wait_end(fd);
}

TEST(the_end_too_waits_for_the_resume)
{
	struct pair pair = begin(serve_small, NULL);

	pair.client->at_chunk = pause_it;
	for (int rounds = 0; pair.client->body_bytes < 3 && rounds < 50; rounds++) {
		upstream_resume(pair.client->x);
		upstream_resume(pair.client->x);
		client_turn_for(pair.client, 20);
		CHECK_INT_EQ(pair.client->ends, 0);
	}
	upstream_resume(pair.client->x);
	CHECK_INT_EQ(pair.client->ends, 0); /* never from within the call */
	client_wait_end(pair.client);
	CHECK_INT_EQ(pair.client->how, AIP_OK);
	CHECK_STR_EQ(aip_str(pair.client->body), "abc");
	part(pair);
}

TEST(a_pause_before_the_connection_stands_holds_too)
{
	struct pair pair = begin(serve_small, NULL);

	upstream_pause(pair.client->x);
	client_turn_for(pair.client, 50);
	CHECK_INT_EQ(pair.client->chunks, 0);
	CHECK_INT_EQ(pair.client->ends, 0);
	upstream_resume(pair.client->x);
	client_wait_end(pair.client);
	CHECK_STR_EQ(aip_str(pair.client->body), "abc");
	part(pair);
}

TEST(a_paused_answer_that_is_over_may_be_cancelled)
{
	struct pair pair = begin(serve_some, NULL);

	upstream_pause(pair.client->x);
	client_turn_for(pair.client, 20);
	upstream_resume(pair.client->x);
	upstream_cancel(pair.client->x);
	client_turn_for(pair.client, 20);
	CHECK_INT_EQ(pair.client->ends, 0);
	part(pair);
}

/* ---- Giving up ------------------------------------------------------------------------------- */

static void cancel_it(struct client *client)
{
	upstream_cancel(client->x);
	client->x = NULL;
	/* What was borrowed is free to go: nothing may come after. */
	client->at_head = client->at_chunk = client->at_end = NULL;
}

static void check_silence(struct pair pair)
{
	unsigned heads = pair.client->heads, chunks = pair.client->chunks;

	client_turn_for(pair.client, 30);
	CHECK_INT_EQ(pair.client->heads, heads);
	CHECK_INT_EQ(pair.client->chunks, chunks);
	CHECK_INT_EQ(pair.client->ends, 0);
}

TEST(an_exchange_may_be_cancelled_in_each_phase)
{
	for (int phase = 0; phase < 6; phase++) {
		struct pair pair = begin(phase < 2 ? serve_silence : serve_big, NULL);
		int64_t before_ms = clock_now_ms(&clock_real);
		if (phase == 0) { /* queued */
			cancel_it(pair.client);
		} else if (phase == 1) { /* waiting for the head */
			client_turn_for(pair.client, 20);
			cancel_it(pair.client);
		} else if (phase == 2) { /* in on_head */
			pair.client->at_head = cancel_it;
		} else if (phase == 3) { /* in on_body */
			pair.client->at_chunk = cancel_it;
		} else if (phase == 4) { /* paused */
			pair.client->at_chunk = pause_it;
			client_turn_for(pair.client, 20);
			cancel_it(pair.client);
		} else { /* connecting */
			loop_turn(pair.client->loop, 0);
			cancel_it(pair.client);
		}
		for (int turns = 0; pair.client->x && turns < 100; turns++)
			loop_turn(pair.client->loop, 20);
		CHECK(!pair.client->x);
		check_silence(pair);
		/* The server hears of it: its connection is closed while the client lives. */
		shutdown(pair.server->listener, SHUT_RDWR);
		pthread_join(pair.server->thread, NULL);
		CHECK(clock_now_ms(&clock_real) - before_ms < PATIENCE_MS / 2);
		client_destroy(pair.client);
		close(pair.server->listener);
		free(pair.server);
	}
}

/* The one that is cancelled by another's callback. */
static struct upstream_exchange *victim;

static void cancel_victim(struct client *client)
{
	if (victim)
		upstream_cancel(victim);
	victim = NULL;
}

static void must_not_come(void *arg, struct aip_str bytes)
{
	fail();
}

static void must_not_begin(void *arg, const struct aip_head *head)
{
	fail();
}

static void must_not_end(void *arg, enum aip_status how, const struct aip_error *err)
{
	fail();
}

TEST(a_callback_may_cancel_another_exchange_and_free_its_body)
{
	static const struct upstream_events none = {must_not_begin, must_not_come, must_not_end};
	struct server *silent = server_start(serve_silence);
	struct pair pair = begin(serve_big, NULL);
	char *bytes = malloc(BIG);
	char url[64];

	assert_non_null(bytes);
	memset(bytes, 'v', BIG);
	const struct aip_str body = {bytes, BIG};
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", silent->port);
	CHECK_INT_EQ(upstream_start(pair.client->up,
	                            &(struct upstream_request){
					    .url = aip_str(url), .body = &body, .n_body = 1},
	                            &none, NULL, &victim, NULL),
	             AIP_OK);
	pair.client->at_chunk = cancel_victim;
	while (victim)
		loop_turn(pair.client->loop, 100);
	free(bytes);
	pair.client->at_chunk = NULL;
	client_wait_end(pair.client);
	CHECK_INT_EQ(pair.client->how, AIP_OK);
	part(pair);
	server_join(silent);
	free(silent);
}

TEST(destroying_the_upstream_ends_what_runs_without_a_word)
{
	struct pair pair = begin(serve_some, NULL);

	client_turn_for(pair.client, 30);
	part(pair);
}

/* A finished answer's connection is kept, a cancelled one's is not. */
static void serve_two(struct server *server)
{
	for (int i = 0; i < 2; i++) {
		int fd = server_accept(server);
		while (fd >= 0 && server_read(server, fd))
			server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
		close(fd);
	}
}

TEST(a_cancelled_connection_is_not_used_again)
{
	struct pair pair = begin(serve_two, NULL);

	pair.client->at_chunk = cancel_it;
	client_turn_for(pair.client, 50);
	client_start(pair.client,
	             &(struct upstream_request){.url = client_url(pair.client, pair.server)});
	client_turn_for(pair.client, 50);
	CHECK_STR_EQ(aip_str(pair.client->body), "ab");
	CHECK_INT_EQ(atomic_load(&pair.server->accepted), 2);
	part(pair);
}

RUN_ALL(CASE(each_wait_has_its_own_limit_and_says_so),
        CASE(a_connection_that_is_never_taken_up_times_out),
        CASE(an_answer_that_keeps_coming_may_take_longer_than_any_limit),
        CASE(a_paused_answer_waits_and_loses_no_byte),
        CASE(a_pause_at_the_head_holds_the_body_and_stops_the_clock),
        CASE(the_end_too_waits_for_the_resume),
        CASE(a_pause_before_the_connection_stands_holds_too),
        CASE(a_paused_answer_that_is_over_may_be_cancelled),
        CASE(an_exchange_may_be_cancelled_in_each_phase),
        CASE(a_callback_may_cancel_another_exchange_and_free_its_body),
        CASE(destroying_the_upstream_ends_what_runs_without_a_word),
        CASE(a_cancelled_connection_is_not_used_again))
