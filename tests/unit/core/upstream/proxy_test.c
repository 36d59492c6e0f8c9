/* Ways to an upstream: HTTP and SOCKS proxies, the environment's, none at all. */
#include "unit/core/upstream/peer.h"

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static void serve_http(struct server *server)
{
	int fd = server_accept(server);

	if (fd < 0)
		return;
	server_read(server, fd);
	server_say(fd, answer);
	server_wait_end(fd);
}

static void serve_refusal(struct server *server)
{
	int fd = server_accept(server);

	server_read(server, fd);
	server_say(fd, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
	server_wait_end(fd);
}

static void read_n(int fd, char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t got = read(fd, bytes, n);
		if (got <= 0)
			return;
		bytes += got;
		n -= (size_t)got;
	}
}

/* SOCKS 5 with user and password (RFC 1928, 1929); the request's target goes to server->body. */
static void serve_socks(struct server *server)
{
	char bytes[512] = {0};
	char target[300] = {0};
	int fd = server_accept(server);

	read_n(fd, bytes, 2);
	read_n(fd, bytes + 2, (size_t)bytes[1]);
	server_say_n(fd, "\x05\x02", 2);
	read_n(fd, bytes, 2);
	read_n(fd, bytes + 2, (size_t)bytes[1] + 1);
	read_n(fd, bytes + 3 + bytes[1], (size_t)bytes[2 + bytes[1]]);
	server_say_n(fd, "\x01\x00", 2);
	size_t at = (size_t)snprintf(target, sizeof(target), "%.*s:%s ", bytes[1], bytes + 2,
	                             bytes + 3 + bytes[1]);
	read_n(fd, bytes, 5);
	bool by_name = bytes[3] == 3;
	size_t len = by_name ? (size_t)bytes[4] : 3;
	read_n(fd, bytes + 5, len + 2);
	if (by_name)
		snprintf(target + at, sizeof(target) - at, "%.*s", (int)len, bytes + 5);
	else
		snprintf(target + at, sizeof(target) - at, "address %d", bytes[4]);
	server_say_n(fd, "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", 10);
	server_read(server, fd);
	server_say(fd, answer);
	snprintf(server->body, sizeof(server->body), "%s", target);
	server_wait_end(fd);
}

struct way {
	struct server *proxy;
	struct client *client;
};

/* One GET by way of a proxy; %d in proxy_format is its port. */
static struct way go(void (*serve)(struct server *), const char *proxy_format, const char *url)
{
	struct way way = {server_start(serve), client_create()};
	char proxy[128];

	assert_non_null(strstr(proxy_format, "PORT"));
	snprintf(proxy, sizeof(proxy), "%.*s%d", (int)(strstr(proxy_format, "PORT") - proxy_format),
	         proxy_format, way.proxy->port);
	client_run(way.client,
	           &(struct upstream_request){.url = aip_str(url), .proxy_url = aip_str(proxy)});
	upstream_destroy(way.client->up);
	way.client->up = NULL;
	server_join(way.proxy);
	return way;
}

static void leave(struct way way)
{
	client_destroy(way.client);
	free(way.proxy);
}

TEST(an_http_proxy_is_asked_for_the_whole_url_with_its_password)
{
	struct way way =
		go(serve_http, "http://user:pass@127.0.0.1:PORT", "http://up.invalid/a?b=c");

	CHECK_INT_EQ(way.client->how, AIP_OK);
	CHECK_HOLDS(way.proxy->request, "GET http://up.invalid/a?b=c HTTP/1.1\r\n");
	CHECK_HOLDS(way.proxy->request, "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n");
	CHECK_HOLDS(way.proxy->request, "Host: up.invalid\r\n");
	leave(way);
}

TEST(a_tunnel_refused_by_the_proxy_is_broken_and_shows_no_head)
{
	struct way way = go(serve_refusal, "127.0.0.1:PORT", "https://up.invalid/?key=SECRET");

	CHECK_INT_EQ(way.client->how, AIP_UPSTREAM_BROKEN);
	CHECK_INT_EQ(way.client->heads, 0);
	CHECK_HOLDS(way.proxy->request, "CONNECT up.invalid:443 HTTP/1.1\r\n");
	CHECK_LACKS(way.proxy->request, "SECRET");
	CHECK_LACKS(way.client->err.message, "SECRET");
	leave(way);
}

TEST(socks5h_leaves_the_name_to_the_proxy)
{
	struct way way = go(serve_socks, "socks5h://me:pw@127.0.0.1:PORT", "http://up.invalid/");

	CHECK_INT_EQ(way.client->how, AIP_OK);
	CHECK_STR_EQ(aip_str(way.proxy->body), "me:pw up.invalid");
	CHECK_HOLDS(way.proxy->request, "GET / HTTP/1.1\r\n");
	leave(way);
}

TEST(socks5_gives_the_proxy_an_address)
{
	struct way way = go(serve_socks, "socks5://me:pw@127.0.0.1:PORT", "http://127.0.0.1:1/");

	CHECK_INT_EQ(way.client->how, AIP_OK);
	CHECK_STR_EQ(aip_str(way.proxy->body), "me:pw address 127");
	leave(way);
}

TEST(a_proxy_that_is_not_there_is_broken)
{
	struct client *client = client_create();

	client_run(client,
	           &(struct upstream_request){.url = AIP_LIT("http://up.invalid/"),
	                                      .proxy_url = AIP_LIT("http://u:SECRET@127.0.0.1:1")});
	CHECK_INT_EQ(client->how, AIP_UPSTREAM_BROKEN);
	CHECK_LACKS(client->err.message, "SECRET");
	client_destroy(client);
}

TEST(the_environments_proxy_serves_where_nothing_else_is_said)
{
	struct server *proxy = server_start(serve_http);
	struct server *direct = server_start(serve_http);
	struct server *exempt = server_start(serve_http);
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d", proxy->port);
	setenv("http_proxy", url, 1);
	setenv("no_proxy", "localhost", 1);
	struct client *client = client_create();
	client_run(client, &(struct upstream_request){.url = AIP_LIT("http://up.invalid/env")});
	CHECK_INT_EQ(client->how, AIP_OK);
	client_run(client, &(struct upstream_request){.url = client_url(client, direct),
	                                              .proxy_url = AIP_LIT("direct")});
	CHECK_INT_EQ(client->how, AIP_OK);
	snprintf(url, sizeof(url), "http://localhost:%d/exempt", exempt->port);
	client_run(client, &(struct upstream_request){.url = aip_str(url)});
	CHECK_INT_EQ(client->how, AIP_OK);
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	client_destroy(client);
	server_join(proxy);
	server_join(direct);
	server_join(exempt);
	CHECK_HOLDS(proxy->request, "GET http://up.invalid/env ");
	CHECK_HOLDS(direct->request, "GET /v1/x ");
	CHECK_HOLDS(exempt->request, "GET /exempt ");
	free(proxy);
	free(direct);
	free(exempt);
}

RUN_ALL(CASE(an_http_proxy_is_asked_for_the_whole_url_with_its_password),
        CASE(a_tunnel_refused_by_the_proxy_is_broken_and_shows_no_head),
        CASE(socks5h_leaves_the_name_to_the_proxy), CASE(socks5_gives_the_proxy_an_address),
        CASE(a_proxy_that_is_not_there_is_broken),
        CASE(the_environments_proxy_serves_where_nothing_else_is_said))
