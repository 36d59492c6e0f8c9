/* Whose addresses are, row by row, and exchanges that may go to public ones alone. */
#define CURL_ONLY true
#include "unit/core/upstream/peer.h"

#include "upstream/inside.h"

static bool is_public(const char *text)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
	} else {
		v6->sin6_family = AF_INET6;
		CHECK_INT_EQ(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
	}
	return address_is_public((const struct sockaddr *)&address);
}

/* First and last of each range, and the neighbours outside. */
TEST(only_public_addresses_are_public)
{
	static const struct {
		const char *address;
		bool is_public;
	} rows[] = {
		{"0.0.0.0", false},
		{"0.255.255.255", false},
		{"1.0.0.0", true},
		{"9.255.255.255", true},
		{"10.0.0.0", false},
		{"10.255.255.255", false},
		{"11.0.0.0", true},
		{"100.63.255.255", true},
		{"100.64.0.0", false},
		{"100.127.255.255", false},
		{"100.128.0.0", true},
		{"126.255.255.255", true},
		{"127.0.0.0", false},
		{"127.0.0.1", false},
		{"127.255.255.255", false},
		{"128.0.0.0", true},
		{"169.253.255.255", true},
		{"169.254.0.0", false},
		{"169.254.169.254", false},
		{"169.254.255.255", false},
		{"169.255.0.0", true},
		{"172.15.255.255", true},
		{"172.16.0.0", false},
		{"172.31.255.255", false},
		{"172.32.0.0", true},
		{"191.255.255.255", true},
		{"192.0.0.0", false},
		{"192.0.0.255", false},
		{"192.0.1.0", true},
		{"192.0.2.1", false},
		{"192.0.3.0", true},
		{"192.88.99.1", false},
		{"192.167.255.255", true},
		{"192.168.0.0", false},
		{"192.168.255.255", false},
		{"192.169.0.0", true},
		{"198.17.255.255", true},
		{"198.18.0.0", false},
		{"198.19.255.255", false},
		{"198.20.0.0", true},
		{"198.51.100.7", false},
		{"203.0.113.7", false},
		{"203.0.114.0", true},
		{"223.255.255.255", true},
		{"224.0.0.0", false},
		{"239.255.255.255", false},
		{"240.0.0.0", false},
		{"255.255.255.255", false},
		{"8.8.8.8", true},

		{"::", false},
		{"::1", false},
		{"::8.8.8.8", false},
		{"100::1", false},
		{"fc00::1", false},
		{"fdff:ffff::1", false},
		{"fe80::1", false},
		{"febf::1", false},
		{"fec0::1", false},
		{"ff02::1", false},
		{"1fff:ffff::1", false},
		{"2001::1", false},
		{"2001:1ff:ffff::1", false},
		{"2001:200::1", true},
		{"2001:db8::1", false},
		{"2001:db9::1", true},
		{"2001:4860:4860::8888", true},
		{"2606:4700::1111", true},
		{"3fff::1", false},
		{"3fff:1000::1", true},
		{"4000::1", false},

		{"::ffff:127.0.0.1", false},
		{"::ffff:10.0.0.1", false},
		{"::ffff:169.254.169.254", false},
		{"::ffff:8.8.8.8", true},
		{"64:ff9b::127.0.0.1", false},
		{"64:ff9b::192.168.1.1", false},
		{"64:ff9b::169.254.169.254", false},
		{"64:ff9b::8.8.8.8", true},
		{"64:ff9b:1::8.8.8.8", false},
		{"2002:7f00:1::", false},
		{"2002:a00:1::", false},
		{"2002:a9fe:a9fe::", false},
		{"2002:808:808::", true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (is_public(rows[i].address) != rows[i].is_public)
			fail_msg("%s is %spublic", rows[i].address,
			         rows[i].is_public ? "not " : "");
	CHECK(!address_is_public(&(const struct sockaddr){.sa_family = AF_UNIX}));
}

static void serve_twice(struct server *server)
{
	int fd = server_accept(server);

	while (server_read(server, fd))
		server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	close(fd);
}

/* Neither does a connection that is open already, to the same place, for those who may go there. */
TEST(a_public_exchange_opens_no_private_way)
{
	struct server *server = server_start(serve_twice);
	struct client *client = client_create();
	struct upstream_request request = {.url = client_url(client, server)};

	client_run(client, &request);
	CHECK_INT_EQ(client->how, AIP_OK);
	request.public_only = true;
	client_run(client, &request);
	CHECK_INT_EQ(client->how, AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(client->err.message), "the address is not a public one");
	request.public_only = false;
	client_run(client, &request);
	CHECK_INT_EQ(client->how, AIP_OK);
	CHECK(client->facts.reused);
	client_destroy(client);
	server_join(server);
	CHECK_INT_EQ(server->accepted, 1);
	free(server);
}

/* A proxy would look the name up where nobody sees the address. */
TEST(a_public_exchange_goes_through_no_proxy)
{
	struct server *proxy = server_start(serve_twice);
	struct client *client = client_create();
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d", proxy->port);
	client_run(client, &(struct upstream_request){.url = AIP_LIT("http://127.0.0.1:9/x"),
	                                              .proxy_url = aip_str(url),
	                                              .public_only = true});
	CHECK_INT_EQ(client->how, AIP_BAD_REQUEST);
	client_run(client, &(struct upstream_request){.url = AIP_LIT("http://127.0.0.1:9/x"),
	                                              .proxy_url = aip_str(url)});
	CHECK_INT_EQ(client->how, AIP_OK);
	client_destroy(client);
	server_join(proxy);
	CHECK_INT_EQ(proxy->accepted, 1);
	free(proxy);
}

RUN_ALL(CASE(only_public_addresses_are_public), CASE(a_public_exchange_opens_no_private_way),
        CASE(a_public_exchange_goes_through_no_proxy))
