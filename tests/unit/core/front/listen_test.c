/* Fronts: listening, limits on connections, stopping. */
#include "rig.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define GET_A "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

static int connect_to(struct rig *rig)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(front_port(rig->front))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	set_nonblocking(fd);
	rig_turn(rig, 3);
	return fd;
}

static void listen_on(struct rig *rig, const char *host)
{
	CHECK_INT_EQ(front_listen(rig->front, host, 0, NULL, NULL), AIP_OK);
	CHECK(front_port(rig->front) != 0);
}

TEST(a_client_is_accepted_and_known_by_its_address)
{
	struct rig *rig = rig_create(NULL);

	listen_on(rig, "127.0.0.1");
	rig->fd = connect_to(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK_STR_EQ(aip_str(rig->held->peer), "127.0.0.1");
	CHECK(!rig->held->is_tls);
	exchange_reply(rig->held, 200, NULL, 0, AIP_LIT("hi"));
	CHECK(has(rig_receive(rig), "\r\n\r\nhi"));
	rig_destroy(rig);
}

TEST(the_open_address_serves_both_families)
{
	struct rig *rig = rig_create(NULL);

	listen_on(rig, "::");
	rig->fd = connect_to(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK_STR_EQ(aip_str(rig->held->peer), "127.0.0.1"); /* not ::ffff:127.0.0.1 */
	rig_destroy(rig);
}

TEST(two_fronts_share_a_port)
{
	struct rig *one = rig_create(NULL), *two = rig_create(NULL);

	listen_on(one, "127.0.0.1");
	CHECK_INT_EQ(front_listen(two->front, "127.0.0.1", front_port(one->front), NULL, NULL),
	             AIP_OK);
	rig_destroy(two);
	one->fd = connect_to(one);
	SEND(one, GET_A);
	CHECK(has(rig_receive(one), "200 OK"));
	rig_destroy(one);
}

TEST(an_address_that_is_none_is_refused_in_words)
{
	struct rig *rig = rig_create(NULL);
	struct aip_error error;

	CHECK_INT_EQ(front_listen(rig->front, "localhost", 0, NULL, &error), AIP_CONFIG_REFUSED);
	CHECK_STR_EQ(aip_str(error.message),
	             "cannot listen on 'localhost': not a numeric IP address");
	CHECK_INT_EQ(front_listen(rig->front, "192.0.2.1", 1, NULL, &error), AIP_CONFIG_REFUSED);
	CHECK(has(aip_str(error.message), "cannot listen on 192.0.2.1 port 1: "));
	CHECK_INT_EQ(front_port(rig->front), 0);
	rig_destroy(rig);
}

TEST(beyond_the_limit_clients_wait_in_the_backlog)
{
	const struct front_options options = {.connections = 2};
	struct rig *rig = rig_create(&options);
	int fd[3];

	listen_on(rig, "127.0.0.1");
	for (int i = 0; i < 3; i++)
		fd[i] = connect_to(rig);
	CHECK_INT_EQ(front_counts(rig->front).connections, 2);
	rig->fd = fd[2];
	SEND(rig, GET_A);
	CHECK_INT_EQ(rig_receive(rig).len, 0);
	close(fd[0]);
	rig_turn(rig, 4);
	CHECK(has(rig_receive(rig), "200 OK"));
	CHECK_INT_EQ(front_counts(rig->front).connections, 2);
	close(fd[1]);
	rig_destroy(rig);
}

TEST(stopping_closes_the_idle_and_lets_the_running_end)
{
	struct rig *rig = rig_create(NULL);
	int idle, late;
	char byte;

	listen_on(rig, "127.0.0.1");
	idle = connect_to(rig);
	late = connect_to(rig);
	rig->fd = connect_to(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n" GET_A);
	CHECK(send(late, GET_A, strlen(GET_A), 0) > 0); /* arrived, not yet seen */
	front_stop(rig->front, rig_on_empty, rig);
	rig_turn(rig, 3);
	CHECK_INT_EQ(recv(idle, &byte, 1, 0), 0);
	CHECK(recv(late, rig->answer, ANSWER_MAX, 0) > 0); /* what has arrived is answered */
	CHECK(has(aip_strn(rig->answer, 200), "HTTP/1.1 200 OK"));
	CHECK(has(aip_strn(rig->answer, 200), "Connection: close"));
	CHECK(!rig->is_empty);
	exchange_reply(rig->held, 200, NULL, 0, AIP_LIT("done"));
	CHECK(has(rig_receive(rig), "Connection: close\r\n"));
	rig_turn(rig, 3);
	CHECK(!rig->is_empty); /* lingers: there was a request nobody will answer */
	close(rig->fd);
	rig->fd = -1;
	rig_turn(rig, 3);
	CHECK(rig->is_empty);
	close(idle);
	close(late);
	rig_destroy(rig);
}

TEST(stopping_without_clients_is_over_at_once)
{
	struct rig *rig = rig_create(NULL);

	listen_on(rig, "127.0.0.1");
	front_stop(rig->front, rig_on_empty, rig);
	CHECK(!rig->is_empty); /* not from inside the call */
	rig_turn(rig, 1);
	CHECK(rig->is_empty);
	rig_destroy(rig);
}

TEST(destroying_tells_running_exchanges)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(has(rig_receive(rig), "data: 2"));
	front_destroy(rig->front);
	rig->front = NULL;
	CHECK_INT_EQ(rig->gone, 1);
	CHECK(rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(options_left_at_zero_have_their_defaults)
{
	struct rig *rig = rig_create(NULL);
	int made = 0;

	/* 100 headers pass, one more does not */
	for (int n = 100; n <= 101; n++) {
		rig_connect(rig);
		SEND(rig, "GET /a HTTP/1.1\r\nHost: x\r\n");
		for (int i = 1; i < n; i++)
			SEND(rig, "A: b\r\n");
		SEND(rig, "\r\n");
		made += has(rig_receive(rig), n == 100 ? "HTTP/1.1 200 " : "HTTP/1.1 431 ");
	}
	CHECK_INT_EQ(made, 2);
	rig_destroy(rig);
}

RUN_ALL(CASE(a_client_is_accepted_and_known_by_its_address),
        CASE(the_open_address_serves_both_families), CASE(two_fronts_share_a_port),
        CASE(an_address_that_is_none_is_refused_in_words),
        CASE(beyond_the_limit_clients_wait_in_the_backlog),
        CASE(stopping_closes_the_idle_and_lets_the_running_end),
        CASE(stopping_without_clients_is_over_at_once), CASE(destroying_tells_running_exchanges),
        CASE(options_left_at_zero_have_their_defaults))
