/* Which addresses belong to the public Internet, and which to a machine or a network of one's own. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "upstream/inside.h"

struct prefix {
	uint8_t bytes[16];
	unsigned bits;
};

/* What is not reachable from everywhere, by the registries of special-purpose addresses. */
static const struct prefix private_v4[] = {
	{{0}, 8},             /* this network */
	{{10}, 8},            /* private */
	{{100, 64}, 10},      /* behind a carrier's NAT */
	{{127}, 8},           /* loopback */
	{{169, 254}, 16},     /* link-local, and what clouds tell their machines */
	{{172, 16}, 12},      /* private */
	{{192, 0, 0}, 24},    /* protocols */
	{{192, 0, 2}, 24},    /* documentation */
	{{192, 88, 99}, 24},  /* relays of 6to4, gone */
	{{192, 168}, 16},     /* private */
	{{198, 18}, 15},      /* benchmarks */
	{{198, 51, 100}, 24}, /* documentation */
	{{203, 0, 113}, 24},  /* documentation */
	{{224}, 4},           /* multicast */
	{{240}, 4},           /* reserved, broadcast */
};

static const struct prefix private_v6[] = {
	{{0x20, 0x01}, 23},             /* protocols, Teredo among them */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x3f, 0xff}, 20},             /* documentation */
};
/* The rest of it is unspecified, loopback, private, link-local, multicast, or nobody's yet. */
static const struct prefix global_v6 = {{0x20}, 3};

/* Forms that hold an IPv4 address, from this byte on. Translators (NAT64, 6to4) lead to it. */
static const struct {
	struct prefix prefix;
	size_t at;
} holds_v4[] = {
	{{{[10] = 0xff, [11] = 0xff}, 96}, 12}, /* mapped */
	{{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},   /* NAT64 */
	{{{0x20, 0x02}, 16}, 2},                /* 6to4 */
};

static bool is_in(const uint8_t *address, const struct prefix *prefix)
{
	const unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (memcmp(address, prefix->bytes, whole) != 0)
		return false;
	return rest == 0 || (address[whole] ^ prefix->bytes[whole]) >> (8 - rest) == 0;
}

static bool v4_is_public(const uint8_t *address)
{
	for (size_t i = 0; i < sizeof(private_v4) / sizeof(*private_v4); i++)
		if (is_in(address, &private_v4[i]))
			return false;
	return true;
}

static bool v6_is_public(const uint8_t *address)
{
	for (size_t i = 0; i < sizeof(holds_v4) / sizeof(*holds_v4); i++)
		if (is_in(address, &holds_v4[i].prefix))
			return v4_is_public(address + holds_v4[i].at);
	for (size_t i = 0; i < sizeof(private_v6) / sizeof(*private_v6); i++)
		if (is_in(address, &private_v6[i]))
			return false;
	return is_in(address, &global_v6);
}

bool address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, address, sizeof(v4));
		return v4_is_public((const uint8_t *)&v4.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, address, sizeof(v6));
		return v6_is_public(v6.sin6_addr.s6_addr);
	}
	return false;
}
