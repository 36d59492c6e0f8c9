/* The status table and the making of errors. */
#include "check.h"

TEST(each_row_is_found_by_its_number)
{
	CHECK_STR_EQ(aip_str(aip_status_name(AIP_OK)), "OK");
	CHECK_STR_EQ(aip_str(aip_status_name(AIP_GUEST_BROKEN)), "GUEST_BROKEN");
	CHECK_INT_EQ(aip_status_row(AIP_RATE_LIMITED)->http, 429);
	CHECK_INT_EQ(aip_status_row(AIP_RATE_LIMITED)->blame, AIP_BLAME_CREDENTIAL);
	CHECK_INT_EQ(aip_status_row(AIP_RATE_LIMITED)->next, AIP_NEXT_OTHER_CREDENTIAL);
	CHECK_INT_EQ(aip_status_row(AIP_RATE_LIMITED)->rest_s, AIP_REST_LADDER);
	CHECK_STR_EQ(aip_str(aip_status_row(AIP_TOO_LARGE)->claude_type), "request_too_large");
}

TEST(a_number_outside_the_table_is_a_bug_of_ours)
{
	CHECK_STR_EQ(aip_str(aip_status_name(AIP_STATUS_COUNT)), "GATEWAY_BUG");
	CHECK_STR_EQ(aip_str(aip_status_name((enum aip_status) - 1)), "GATEWAY_BUG");
}

TEST(http_codes_name_the_one_to_blame)
{
	CHECK_INT_EQ(aip_status_from_http(200), AIP_OK);
	CHECK_INT_EQ(aip_status_from_http(400), AIP_BAD_REQUEST);
	CHECK_INT_EQ(aip_status_from_http(418), AIP_BAD_REQUEST);
	CHECK_INT_EQ(aip_status_from_http(429), AIP_RATE_LIMITED);
	CHECK_INT_EQ(aip_status_from_http(500), AIP_UPSTREAM_ERROR);
	CHECK_INT_EQ(aip_status_from_http(599), AIP_UPSTREAM_ERROR);
	CHECK_INT_EQ(aip_status_from_http(302), AIP_UPSTREAM_BROKEN);
	CHECK_INT_EQ(aip_status_from_http(0), AIP_UPSTREAM_BROKEN);
	for (int http = 400; http < 500; http++) {
		enum aip_blame want = http == 401 || http == 402 || http == 403 || http == 429
		                              ? AIP_BLAME_CREDENTIAL
		                      : http == 404 ? AIP_BLAME_MODEL
		                      : http == 408 ? AIP_BLAME_UPSTREAM
		                                    : AIP_BLAME_CLIENT;
		CHECK_INT_EQ(aip_status_row(aip_status_from_http(http))->blame, want);
	}
	for (int http = 500; http < 600; http++)
		CHECK_INT_EQ(aip_status_row(aip_status_from_http(http))->blame, AIP_BLAME_UPSTREAM);
}

TEST(fail_sets_the_message_and_clears_the_rest)
{
	struct aip_error err;

	memset(&err, 'x', sizeof(err));
	CHECK_INT_EQ(aip_fail(&err, AIP_BAD_REQUEST, "no %s", "model"), AIP_BAD_REQUEST);
	CHECK_INT_EQ(err.status, AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(err.message), "no model");
	CHECK_INT_EQ(err.retry_after_ms, 0);
	CHECK_STR_EQ(aip_str(err.param), "");
	CHECK_INT_EQ(aip_fail(NULL, AIP_TOO_LARGE, "x"), AIP_TOO_LARGE);
}

TEST(fail_may_quote_the_error_it_replaces)
{
	struct aip_error err;

	aip_fail(&err, AIP_BAD_REQUEST, "inner");
	aip_fail(&err, AIP_UPSTREAM_BROKEN, "outer of %s", err.message);
	CHECK_STR_EQ(aip_str(err.message), "outer of inner");
}

TEST(note_puts_its_noun_in_front_and_keeps_the_rest)
{
	struct aip_error err;

	aip_fail(&err, AIP_UPSTREAM_BROKEN, "token reply is not JSON");
	err.retry_after_ms = 5;
	CHECK_INT_EQ(aip_note(&err, "credential '%s'", "x"), AIP_UPSTREAM_BROKEN);
	CHECK_STR_EQ(aip_str(err.message), "credential 'x': token reply is not JSON");
	CHECK_INT_EQ(err.retry_after_ms, 5);
	CHECK_INT_EQ(aip_note(NULL, "x"), AIP_GATEWAY_BUG);
}

/* A text of `len` bytes in front of many four-byte characters. */
static void fill(char *text, size_t bytes, size_t lead)
{
	size_t at = lead;

	memset(text, 'a', lead);
	for (; at + 4 < bytes; at += 4)
		memcpy(text + at, "\xf0\x9f\x98\x80", 4);
	text[at] = 0;
}

TEST(long_messages_are_cut_at_a_character)
{
	struct aip_error err;
	char text[2000];

	for (size_t lead = 0; lead < 8; lead++) {
		fill(text, sizeof(text), lead);
		aip_fail(&err, AIP_BAD_REQUEST, "%s", text);
		CHECK(aip_str_is_utf8(aip_str(err.message)));
		CHECK(strlen(err.message) > sizeof(err.message) - 5);
		aip_note(&err, "noun");
		CHECK(aip_str_is_utf8(aip_str(err.message)));
		CHECK(aip_str_starts(aip_str(err.message), aip_str("noun: ")));
		aip_note(&err, "%s", text);
		CHECK(aip_str_is_utf8(aip_str(err.message)));
	}
}

RUN_ALL(CASE(each_row_is_found_by_its_number), CASE(a_number_outside_the_table_is_a_bug_of_ours),
        CASE(http_codes_name_the_one_to_blame), CASE(fail_sets_the_message_and_clears_the_rest),
        CASE(fail_may_quote_the_error_it_replaces),
        CASE(note_puts_its_noun_in_front_and_keeps_the_rest),
        CASE(long_messages_are_cut_at_a_character))
