/* Where URLs lead, and which places the operator allows. */
#include "check.h"

#include "media/media.h"

TEST(a_url_is_read_to_its_host_and_port)
{
	static const struct {
		const char *base, *url, *authority, *whole; /* authority NULL: refused */
	} rows[] = {
		{NULL, "http://a.example/x?y=1", "a.example:80", "http://a.example/x?y=1"},
		{NULL, "HTTPS://A.example", "A.example:443", "https://A.example/"},
		{NULL, "https://a.example:8443/x", "a.example:8443", NULL},
		{NULL, "http://[::1]:8080/x", "[::1]:8080", NULL},
		{NULL, "http://2130706433/", "127.0.0.1:80", NULL},
		{NULL, "http://0x7f.1/", "127.0.0.1:80", NULL},
		{NULL, "http://a.example\\@b.example/", NULL, NULL},
		{NULL, "http://me@a.example/", NULL, NULL},
		{NULL, "http://me:pw@a.example/", NULL, NULL},
		{NULL, "http://:@a.example/", NULL, NULL},
		{NULL, "ftp://a.example/", NULL, NULL},
		{NULL, "file:///etc/passwd", NULL, NULL},
		{NULL, "gopher://a.example/", NULL, NULL},
		{NULL, "data:image/png;base64,AAAA", NULL, NULL},
		{NULL, "a.example/x", NULL, NULL},
		{NULL, "http://a.example:99999/", NULL, NULL},
		{NULL, "http://a .example/", NULL, NULL},
		{NULL, "", NULL, NULL},
		{"http://a.example/x/y", "z", "a.example:80", "http://a.example/x/z"},
		{"http://a.example/x/y", "/z", "a.example:80", "http://a.example/z"},
		{"https://a.example/x", "//b.example/z", "b.example:443", "https://b.example/z"},
		{"https://a.example/x", "http://b.example/", "b.example:80", "http://b.example/"},
		{"http://a.example/x", "file:///etc/passwd", NULL, NULL},
		{"http://a.example/x", "//me@b.example/", NULL, NULL},
	};
	struct aip_arena *arena = aip_arena_create();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct media_place place = {0};
		const bool is_read = media_place_read(arena, aip_str(rows[i].base),
		                                      aip_str(rows[i].url), &place);
		if (is_read != (rows[i].authority != NULL))
			fail_msg("%s is %s", rows[i].url, is_read ? "taken" : "refused");
		if (is_read)
			CHECK_STR_EQ(place.authority, rows[i].authority);
		if (rows[i].whole)
			CHECK_STR_EQ(place.url, rows[i].whole);
	}
	struct media_place place;
	CHECK(!media_place_read(arena, AIP_NONE, aip_strn("http://a.example/\0x", 19), &place));
	aip_arena_destroy(arena);
}

TEST(a_place_is_allowed_by_host_and_port)
{
	const struct aip_str allow[] = {AIP_LIT("a.example:80"), AIP_LIT("10.0.0.1:8080")};
	const struct media_limits limits = {.allow = allow, .n_allow = 2};

	CHECK(media_place_is_allowed(&limits,
	                             &(struct media_place){.authority = AIP_LIT("A.example:80")}));
	CHECK(media_place_is_allowed(&limits,
	                             &(struct media_place){.authority = AIP_LIT("10.0.0.1:8080")}));
	CHECK(!media_place_is_allowed(
		&limits, &(struct media_place){.authority = AIP_LIT("a.example:443")}));
	CHECK(!media_place_is_allowed(&limits,
	                              &(struct media_place){.authority = AIP_LIT("10.0.0.1:80")}));
	CHECK(!media_place_is_allowed(
		&limits, &(struct media_place){.authority = AIP_LIT("b.a.example:80")}));
}

RUN_ALL(CASE(a_url_is_read_to_its_host_and_port), CASE(a_place_is_allowed_by_host_and_port))
