/* Heads of answers: what is said about length and connection, and dates. */
#include "check.h"

#include "front/reply.h"

static struct aip_buf buf;

static struct aip_str head(const struct reply *reply)
{
	aip_buf_fini(&buf);
	aip_buf_init(&buf, 4096);
	reply_head(&buf, reply);
	return aip_buf_str(&buf);
}

TEST(the_framing_follows_what_is_known)
{
	struct reply r = {.status = 200, .minor = 1, .keep_alive = true};

	r.body = REPLY_LENGTH;
	r.length = 18446744073709551615u;
	CHECK_STR_EQ(head(&r), "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n");
	r.body = REPLY_CHUNKED;
	CHECK_STR_EQ(head(&r), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	r.body = REPLY_TO_CLOSE;
	r.keep_alive = false;
	CHECK_STR_EQ(head(&r), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	r.body = REPLY_NO_BODY;
	r.status = 299;
	CHECK_STR_EQ(head(&r), "HTTP/1.1 299 \r\nConnection: close\r\n\r\n");
}

TEST(an_old_client_is_told_that_the_connection_stays)
{
	const struct reply r = {.status = 404, .body = REPLY_LENGTH, .keep_alive = true};

	CHECK_STR_EQ(head(&r), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
	                       "Connection: keep-alive\r\n\r\n");
}

TEST(dates_are_those_of_rfc_9110)
{
	char date[REPLY_DATE_BYTES];

	reply_date(784111777, date);
	CHECK_STR_EQ(aip_str(date), "Sun, 06 Nov 1994 08:49:37 GMT");
	reply_date(0, date);
	CHECK_STR_EQ(aip_str(date), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(every_status_of_the_contract_has_a_phrase)
{
	for (int status = 0; status < AIP_STATUS_COUNT; status++)
		CHECK(reply_reason(aip_status_row((enum aip_status)status)->http)[0]);
	CHECK_STR_EQ(aip_str(reply_reason(799)), "");
	aip_buf_fini(&buf);
}

TEST(some_answers_have_no_body)
{
	CHECK(!reply_status_has_body(101));
	CHECK(!reply_status_has_body(204));
	CHECK(!reply_status_has_body(304));
	CHECK(reply_status_has_body(200));
	CHECK(reply_status_has_body(500));
}

RUN_ALL(CASE(the_framing_follows_what_is_known),
        CASE(an_old_client_is_told_that_the_connection_stays), CASE(dates_are_those_of_rfc_9110),
        CASE(some_answers_have_no_body), CASE(every_status_of_the_contract_has_a_phrase))
