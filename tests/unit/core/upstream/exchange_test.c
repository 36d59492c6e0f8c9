/* One exchange over plain HTTP/1.1: what is sent, what is seen, what is said of it. */
#include "unit/core/upstream/peer.h"

static const struct aip_header json[] = {
	{{"Content-Type", 12}, {"application/json", 16}},
	{{"x-empty", 7}, {"", 0}},
	{{"Content-Length", 14}, {"999", 3}},
	{{"Connection", 10}, {"close", 5}},
};

/* Runs one POST of "hello" against a server and leaves both to be looked at. */
struct pair {
	struct server *server;
	struct client *client;
};

static struct pair ask(void (*serve)(struct server *server))
{
	struct pair pair = {server_start(serve), client_create()};
	const struct aip_str body = AIP_LIT("hello");
	const struct upstream_request request = {
		.url = client_url(pair.client, pair.server),
		.headers = json,
		.n_headers = 4,
		.body = &body,
		.n_body = 1,
		.limits = {.head_bytes_max = 20000},
	};

	client_run(pair.client, &request);
	upstream_destroy(pair.client->up);
	pair.client->up = NULL;
	server_join(pair.server);
	return pair;
}

static void part(struct pair pair)
{
	client_destroy(pair.client);
	free(pair.server);
}

/* ---- What is sent ---------------------------------------------------------------------------- */

static void serve_ok(struct server *server)
{
	int fd = server_accept(server);

	while (server_read(server, fd)) {
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Two:  spaced \r\n\r\n");
		if (strncmp(server->request, "HEAD ", 5) != 0)
			server_say(fd, "ok");
	}
	close(fd);
}

TEST(a_request_is_sent_as_given_with_our_own_framing)
{
	struct pair pair = ask(serve_ok);
	const char *sent = pair.server->request;

	CHECK(strncmp(sent, "POST /v1/x HTTP/1.1\r\nHost: 127.0.0.1:", 37) == 0);
	CHECK_HOLDS(sent, "\r\nContent-Type: application/json\r\n");
	CHECK_HOLDS(sent, "\r\nx-empty:\r\n");
	CHECK_HOLDS(sent, "\r\nContent-Length: 5\r\n");
	CHECK_LACKS(sent, "999");
	CHECK_LACKS(sent, "lose");
	CHECK_LACKS(sent, "Accept");
	CHECK_LACKS(sent, "User-Agent");
	CHECK_LACKS(sent, "Expect");
	CHECK_STR_EQ(aip_str(pair.server->body), "hello");
	part(pair);
}

TEST(an_answer_is_seen_whole)
{
	struct pair pair = ask(serve_ok);

	CHECK_INT_EQ(pair.client->how, AIP_OK);
	CHECK_INT_EQ(pair.client->heads, 1);
	CHECK_INT_EQ(pair.client->status, 200);
	CHECK_STR_EQ(aip_str(pair.client->headers), "Content-Length: 2\nX-Two: spaced\n");
	CHECK_STR_EQ(aip_str(pair.client->body), "ok");
	CHECK(!pair.client->facts.reused);
	CHECK(!pair.client->facts.http2);
	CHECK_INT_EQ(pair.client->facts.sent_bytes, 5);
	part(pair);
}

TEST(methods_with_and_without_a_body_follow_each_other_on_one_handle)
{
	static const struct {
		const char *method;
		const char *body;
		const char *starts;
		const char *length; /* NULL: none */
	} rows[] = {
		{NULL, NULL, "GET /", NULL},
		{NULL, "x", "POST /", "Content-Length: 1\r\n"},
		{"PUT", "xy", "PUT /", "Content-Length: 2\r\n"},
		{"DELETE", NULL, "DELETE /", NULL},
		{"HEAD", NULL, "HEAD /", NULL},
		{"POST", NULL, "POST /", "Content-Length: 0\r\n"},
		{"GET", NULL, "GET /", NULL},
		{"PATCH", "", "PATCH /", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* A server each, so that its notes may be read; the rows before run on it too. */
		struct server *server = server_start(serve_ok);
		struct client *client = client_create();
		for (size_t k = 0; k <= i; k++) {
			const struct aip_str body = aip_str(rows[k].body);
			client_run(client, &(struct upstream_request){
						   .method = rows[k].method,
						   .url = client_url(client, server),
						   .body = &body,
						   .n_body = rows[k].body != NULL,
					   });
			CHECK_INT_EQ(client->how, AIP_OK);
			CHECK_INT_EQ(client->facts.reused, k > 0);
		}
		client_destroy(client);
		server_join(server);
		CHECK(strncmp(server->request, rows[i].starts, strlen(rows[i].starts)) == 0);
		if (rows[i].length)
			CHECK_HOLDS(server->request, rows[i].length);
		else
			CHECK_LACKS(server->request, "Content-Length");
		CHECK_INT_EQ(server->body_bytes, rows[i].body ? strlen(rows[i].body) : 0);
		CHECK_INT_EQ(atomic_load(&server->accepted), 1);
		free(server);
	}
}

TEST(a_body_in_pieces_arrives_in_one_whatever_its_size)
{
	static const size_t sizes[] = {3, 60 * 1024, 70 * 1024, 1024 * 1024, 5 * 1024 * 1024};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct server *server = server_start(serve_ok);
		struct client *client = client_create();
		char *bytes = malloc(sizes[i]);
		assert_non_null(bytes);
		for (size_t k = 0; k < sizes[i]; k++)
			bytes[k] = (char)(k * 7 + k / 251);
		size_t cut = sizes[i] / 3;
		const struct aip_str body[] = {{bytes, cut},
		                               {"", 0},
		                               {bytes + cut, 1},
		                               {bytes + cut + 1, sizes[i] - cut - 1}};
		client_run(client, &(struct upstream_request){.url = client_url(client, server),
		                                              .body = body,
		                                              .n_body = 4});
		CHECK_INT_EQ(client->how, AIP_OK);
		CHECK_INT_EQ(client->facts.sent_bytes, sizes[i]);
		client_destroy(client);
		server_join(server);
		CHECK_INT_EQ(server->body_bytes, sizes[i]);
		CHECK_INT_EQ(server->body_sum, sum_of(0, 0, bytes, sizes[i]));
		free(bytes);
		free(server);
	}
}

/* ---- What is seen ---------------------------------------------------------------------------- */

static const char split_answer[] = "HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\n"
				   "HTTP/1.1 207 Multi\r\nTransfer-Encoding: chunked\r\nA: "
				   "1\r\nFolded: x\r\n  y\r\nA: 2\r\n\r\n"
				   "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: t\r\n\r\n";

static void serve_split(struct server *server)
{
	int fd = server_accept(server);

	for (size_t cut = 1; cut < sizeof(split_answer) - 1 && server_read(server, fd); cut++) {
		server_say_n(fd, split_answer, cut);
		usleep(300);
		server_say_n(fd, split_answer + cut, sizeof(split_answer) - 1 - cut);
	}
	server_wait_end(fd);
}

TEST(an_answer_split_at_every_byte_is_the_same_answer)
{
	struct server *server = server_start(serve_split);
	struct client *client = client_create();

	for (size_t cut = 1; cut < sizeof(split_answer) - 1; cut++) {
		client_run(client, &(struct upstream_request){.url = client_url(client, server),
		                                              .stream = cut & 1});
		CHECK_INT_EQ(client->how, AIP_OK);
		CHECK_INT_EQ(client->heads, 1);
		CHECK_INT_EQ(client->status, 207);
		CHECK_STR_EQ(aip_str(client->headers),
		             "Transfer-Encoding: chunked\nA: 1\nFolded: x y\nA: 2\n");
		CHECK_STR_EQ(aip_str(client->body), "hello world");
	}
	client_destroy(client);
	server_join(server);
	CHECK_INT_EQ(atomic_load(&server->accepted), 1);
	free(server);
}

static void serve_until_close(struct server *server)
{
	int fd = server_accept(server);

	server_read(server, fd);
	server_say(fd, "HTTP/1.0 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\nuntil");
	close(fd);
}

TEST(a_redirect_is_given_as_it_is_and_a_body_may_end_with_the_connection)
{
	struct pair pair = ask(serve_until_close);

	CHECK_INT_EQ(pair.client->how, AIP_OK);
	CHECK_INT_EQ(pair.client->status, 301);
	CHECK_STR_EQ(aip_str(pair.client->body), "until");
	part(pair);
}

static void serve_no_content(struct server *server)
{
	int fd = server_accept(server);

	server_read(server, fd);
	server_say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
	server_wait_end(fd);
}

TEST(an_answer_without_a_body_ends_with_its_head)
{
	struct pair pair = ask(serve_no_content);

	CHECK_INT_EQ(pair.client->how, AIP_OK);
	CHECK_INT_EQ(pair.client->status, 204);
	CHECK_INT_EQ(pair.client->chunks, 0);
	part(pair);
}

static void serve_gzip(struct server *server)
{
	static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9"
				     "\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00";
	int fd = server_accept(server);

	while (server_read(server, fd)) {
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nX: 1\r\n"
		               "Content-Length: 25\r\n\r\n");
		server_say_n(fd, packed, 25);
	}
	close(fd);
}

TEST(an_encoded_body_is_undone_only_when_asked)
{
	struct server *server = server_start(serve_gzip);
	struct client *client = client_create();
	const struct aip_header accept = {AIP_LIT("Accept-Encoding"), AIP_LIT("gzip")};
	struct upstream_request request = {
		.url = client_url(client, server), .headers = &accept, .n_headers = 1};

	client_run(client, &request);
	CHECK_INT_EQ(client->body_bytes, 25);
	CHECK_HOLDS(client->headers, "Content-Encoding: gzip");
	request.decode = true;
	client_run(client, &request);
	CHECK_STR_EQ(aip_str(client->body), "hello");
	CHECK_STR_EQ(aip_str(client->headers), "X: 1\n");
	request.decode = false;
	client_run(client, &request);
	CHECK_INT_EQ(client->body_bytes, 25);
	client_destroy(client);
	server_join(server);
	free(server);
}

/* ---- What goes wrong ---------------------------------------------------------------------------
 */

#define SERVER_THAT_SAYS(name, text, go)        \
	static void name(struct server *server) \
	{                                       \
		int fd = server_accept(server); \
		server_read(server, fd);        \
		server_say(fd, text);           \
		go(fd);                         \
	}
SERVER_THAT_SAYS(serve_nothing, "", close)
SERVER_THAT_SAYS(serve_reset, "", server_reset)
SERVER_THAT_SAYS(serve_half_head, "HTTP/1.1 200 OK\r\nContent-Le", close)
SERVER_THAT_SAYS(serve_short, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour", close)
SERVER_THAT_SAYS(serve_cut_chunk,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n9\r\nfi", close)
SERVER_THAT_SAYS(serve_no_last_chunk,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n", close)
SERVER_THAT_SAYS(serve_bad_chunk,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\nzz\r\n",
                 server_wait_end)
SERVER_THAT_SAYS(serve_reset_late,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n", server_reset)
SERVER_THAT_SAYS(serve_noise, "SSH-2.0-OpenSSH_9.2\r\n", server_wait_end)

TEST(a_connection_closed_without_an_answer_is_said_to_be_so)
{
	struct pair pair = ask(serve_nothing);

	CHECK_INT_EQ(pair.client->how, AIP_UPSTREAM_BROKEN);
	CHECK_INT_EQ(pair.client->heads, 0);
	CHECK_HOLDS(pair.client->err.message, "without an answer");
	part(pair);
}

TEST(faults_before_the_head_are_broken_without_a_head)
{
	static void (*const serves[])(struct server *) = {serve_reset, serve_half_head,
	                                                  serve_noise};

	for (size_t i = 0; i < sizeof(serves) / sizeof(serves[0]); i++) {
		struct pair pair = ask(serves[i]);
		CHECK_INT_EQ(pair.client->how, AIP_UPSTREAM_BROKEN);
		CHECK_INT_EQ(pair.client->heads, 0);
		CHECK_LACKS(pair.client->err.message, "cut");
		part(pair);
	}
}

TEST(a_body_cut_before_its_end_is_broken_and_called_cut)
{
	static void (*const serves[])(struct server *) = {serve_short, serve_cut_chunk,
	                                                  serve_no_last_chunk, serve_bad_chunk,
	                                                  serve_reset_late};

	for (size_t i = 0; i < sizeof(serves) / sizeof(serves[0]); i++) {
		struct pair pair = ask(serves[i]);
		CHECK_INT_EQ(pair.client->heads, 1);
		CHECK_INT_EQ(pair.client->how, AIP_UPSTREAM_BROKEN);
		CHECK(strncmp(pair.client->body, "four", 4) == 0 || serves[i] == serve_reset_late);
		CHECK_HOLDS(pair.client->err.message, "cut");
		part(pair);
	}
}

static void serve_huge_head(struct server *server)
{
	int fd = server_accept(server);

	server_read(server, fd);
	server_say(fd, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 3000; i++)
		if (!server_say(fd, "X-Filler: 0123456789\r\n"))
			break;
	server_wait_end(fd);
}

TEST(a_head_above_its_ceiling_is_refused)
{
	struct pair pair = ask(serve_huge_head);

	CHECK_INT_EQ(pair.client->how, AIP_UPSTREAM_BROKEN);
	CHECK_INT_EQ(pair.client->heads, 0);
	CHECK_HOLDS(pair.client->err.message, "larger than 20000 bytes");
	part(pair);
}

TEST(a_port_where_nobody_listens_is_broken)
{
	struct client *client = client_create();

	client_run(client,
	           &(struct upstream_request){.url = AIP_LIT("http://127.0.0.1:1/?key=SECRET")});
	CHECK_INT_EQ(client->how, AIP_UPSTREAM_BROKEN);
	CHECK_HOLDS(client->err.message, "does not accept connections");
	CHECK_LACKS(client->err.message, "SECRET");
	client_destroy(client);
}

TEST(a_request_that_cannot_be_sent_is_refused_before_it_begins)
{
	static const struct aip_header bad[] = {{{"a b", 3}, {"v", 1}},
	                                        {{"a", 1}, {"v\r\nX: y", 7}},
	                                        {{"a", 1}, {"\0", 1}},
	                                        {{"", 0}, {"v", 1}}};
	struct client *client = client_create();
	struct aip_error err;

	for (size_t i = 0; i < 4; i++)
		CHECK_INT_EQ(upstream_start(client->up,
		                            &(struct upstream_request){
						    .url = AIP_LIT("http://127.0.0.1:1/"),
						    .headers = &bad[i],
						    .n_headers = 1},
		                            &client_events, client, &client->x, &err),
		             AIP_GUEST_BROKEN);
	CHECK_INT_EQ(
		upstream_start(client->up,
	                       &(struct upstream_request){.method = "GE T",
	                                                  .url = AIP_LIT("http://127.0.0.1:1/")},
	                       &client_events, client, &client->x, &err),
		AIP_GUEST_BROKEN);
	static const char *const urls[] = {"",        "ftp://x/", "file:///etc/passwd",
	                                   "http://", "//x/",     "http://a b/"};
	for (size_t i = 0; i < 6; i++)
		CHECK_INT_EQ(upstream_start(client->up,
		                            &(struct upstream_request){.url = aip_str(urls[i])},
		                            &client_events, client, &client->x, &err),
		             AIP_CONFIG_REFUSED);
	CHECK_INT_EQ(
		upstream_start(client->up,
	                       &(struct upstream_request){.url = AIP_LIT("http://127.0.0.1:1/"),
	                                                  .proxy_url = AIP_LIT("gopher://x")},
	                       &client_events, client, &client->x, &err),
		AIP_CONFIG_REFUSED);
	CHECK_INT_EQ(upstream_create(client->loop,
	                             &(struct upstream_options){.ca_file = "/nonexistent.pem"},
	                             NULL, &err),
	             AIP_CONFIG_REFUSED);
	client_turn_for(client, 5);
	CHECK_INT_EQ(client->ends, 0);
	client_destroy(client);
}

static void serve_early(struct server *server)
{
	char bytes[1024];
	int fd = server_accept(server);

	(void)!read(fd, bytes, sizeof(bytes));
	server_say(fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nno: ");
	server_wait_gone(fd);
}

TEST(an_answer_that_does_not_wait_for_the_body_is_seen_and_its_connection_not_kept)
{
	static char bytes[8 * 1024 * 1024];
	struct server *server = server_start(serve_early);
	struct client *client = client_create();
	const struct aip_str body = {bytes, sizeof(bytes)};

	client_run(client, &(struct upstream_request){
				   .url = client_url(client, server), .body = &body, .n_body = 1});
	CHECK_INT_EQ(client->how, AIP_OK);
	CHECK_INT_EQ(client->status, 413);
	CHECK_STR_EQ(aip_str(client->body), "no: ");
	CHECK(client->facts.sent_bytes < (int64_t)sizeof(bytes));
	client_destroy(client);
	server_join(server);
	free(server);
}

/* ---- Kept connections
 * ---------------------------------------------------------------------------- */

static void serve_stale(struct server *server)
{
	int fd = server_accept(server);

	server_read(server, fd);
	server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
	/* Takes the second request and closes without a byte of an answer. */
	char byte;
	if (recv(fd, &byte, 1, 0) == 1)
		server_reset(fd);
	fd = server_accept(server);
	server_read(server, fd);
	server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
	server_wait_end(fd);
}

TEST(a_request_whose_kept_connection_dies_unanswered_is_sent_again)
{
	static const size_t sizes[] = {10, 300 * 1024};

	for (size_t i = 0; i < 2; i++) {
		struct server *server = server_start(serve_stale);
		struct client *client = client_create();
		char *bytes = calloc(1, sizes[i]);
		assert_non_null(bytes);
		memset(bytes, 'b', sizes[i]);
		const struct aip_str body[] = {{bytes, sizes[i] / 2},
		                               {bytes + sizes[i] / 2, sizes[i] - sizes[i] / 2}};
		const struct upstream_request request = {
			.url = client_url(client, server), .body = body, .n_body = 2};

		client_run(client, &request);
		CHECK_STR_EQ(aip_str(client->body), "1");
		client_run(client, &request);
		CHECK_INT_EQ(client->how, AIP_OK);
		CHECK_STR_EQ(aip_str(client->body), "2");
		CHECK(!client->facts.reused);
		client_destroy(client);
		server_join(server);
		CHECK_INT_EQ(atomic_load(&server->accepted), 2);
		CHECK_INT_EQ(server->body_bytes, sizes[i]);
		CHECK_INT_EQ(server->body_sum, sum_of(0, 0, bytes, sizes[i]));
		free(bytes);
		free(server);
	}
}

static void serve_one_each(struct server *server)
{
	for (int i = 0; i < 3; i++) {
		int fd = server_accept(server);
		server_read(server, fd);
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
		close(fd);
	}
}

TEST(a_kept_connection_closed_while_idle_is_replaced)
{
	struct server *server = server_start(serve_one_each);
	struct client *client = client_create();

	for (int i = 0; i < 3; i++) {
		client_run(client, &(struct upstream_request){.url = client_url(client, server)});
		CHECK_INT_EQ(client->how, AIP_OK);
		client_turn_for(client, 20); /* hears of the close, and must not spin on it */
	}
	client_destroy(client);
	server_join(server);
	CHECK_INT_EQ(atomic_load(&server->accepted), 3);
	free(server);
}

static void start_again(struct client *client)
{
	if (client->status == 200 &&
	    strcmp(client->headers, "Content-Length: 2\nX-Two: spaced\n") == 0)
		client->at_end = NULL;
	client_start(client, &(struct upstream_request){.url = aip_str(client->url)});
}

TEST(an_exchange_may_be_begun_where_another_ends)
{
	struct server *server = server_start(serve_ok);
	struct client *client = client_create();

	client->at_end = start_again;
	client_start(client, &(struct upstream_request){.url = client_url(client, server)});
	client_wait_end(client);
	CHECK_STR_EQ(aip_str(client->body), "ok");
	client_destroy(client);
	server_join(server);
	CHECK_INT_EQ(atomic_load(&server->accepted), 1);
	free(server);
}

#define CROWD 6

/* Answers none before all have come, as upstreams do that think for a while. */
static void serve_crowd(struct server *server)
{
	int fds[CROWD];
	int n = 0;

	while (n < CROWD && (fds[n] = server_accept(server)) >= 0)
		n++;
	for (int i = 0; n == CROWD && i < n; i++)
		if (server_read(server, fds[i]))
			server_say(fds[i], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	for (int i = 0; i < n; i++)
		server_wait_end(fds[i]);
}

TEST(exchanges_begun_together_do_not_wait_for_each_other)
{
	struct server *server = server_start(serve_crowd);
	struct client *client = client_create();
	struct client *crowd = calloc(CROWD, sizeof(*crowd));

	assert_non_null(crowd);
	for (int i = 0; i < CROWD; i++) {
		crowd[i].loop = client->loop;
		crowd[i].up = client->up;
		client_start(&crowd[i],
		             &(struct upstream_request){.url = client_url(client, server),
		                                        .limits = {.connect_ms = 3000}});
	}
	for (int i = 0; i < CROWD; i++) {
		client_wait_end(&crowd[i]);
		CHECK_INT_EQ(crowd[i].how, AIP_OK);
	}
	free(crowd);
	client_destroy(client);
	server_join(server);
	CHECK_INT_EQ(atomic_load(&server->accepted), CROWD);
	free(server);
}

RUN_ALL(CASE(a_request_is_sent_as_given_with_our_own_framing), CASE(an_answer_is_seen_whole),
        CASE(methods_with_and_without_a_body_follow_each_other_on_one_handle),
        CASE(a_body_in_pieces_arrives_in_one_whatever_its_size),
        CASE(an_answer_split_at_every_byte_is_the_same_answer),
        CASE(a_redirect_is_given_as_it_is_and_a_body_may_end_with_the_connection),
        CASE(an_answer_without_a_body_ends_with_its_head),
        CASE(an_encoded_body_is_undone_only_when_asked),
        CASE(a_connection_closed_without_an_answer_is_said_to_be_so),
        CASE(faults_before_the_head_are_broken_without_a_head),
        CASE(a_body_cut_before_its_end_is_broken_and_called_cut),
        CASE(a_head_above_its_ceiling_is_refused), CASE(a_port_where_nobody_listens_is_broken),
        CASE(a_request_that_cannot_be_sent_is_refused_before_it_begins),
        CASE(an_answer_that_does_not_wait_for_the_body_is_seen_and_its_connection_not_kept),
        CASE(a_request_whose_kept_connection_dies_unanswered_is_sent_again),
        CASE(a_kept_connection_closed_while_idle_is_replaced),
        CASE(an_exchange_may_be_begun_where_another_ends),
        CASE(exchanges_begun_together_do_not_wait_for_each_other))
