/* One connection: requests in any pieces, one after the other, late, or not at all. */
#include "rig.h"

#define GET_A "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

TEST(a_request_is_answered_and_the_connection_kept)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "GET /a%20b?q=1 HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK_STR_EQ(rig_receive(rig), "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
	                               "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\n/a b");
	SEND(rig, GET_A);
	CHECK(has(rig_receive(rig), "\r\n\r\n/a"));
	CHECK(!rig_is_closed(rig));
	CHECK_STR_EQ(aip_buf_str(&rig->seen), "GET /a b?q=1 \nGET /a? \n");
	rig_destroy(rig);
}

#define POST_P     "POST /p HTTP/1.1\r\nHost: x\r\n"
#define TWO_CHUNKS "2\r\nhe\r\n3;x\r\nllo\r\n0\r\nA: b\r\n\r\n"

/* clang-format off */
static const char *const whole_requests[] = {
	GET_A,
	POST_P "Content-Length: 5\r\n\r\nhello",
	POST_P "Transfer-Encoding: chunked\r\n\r\n" TWO_CHUNKS,
};
/* clang-format on */
static const char *const seen_requests[] = {"GET /a? \n", "POST /p? hello\n", "POST /p? hello\n"};

TEST(a_request_is_read_alike_however_it_is_split)
{
	struct rig *rig = rig_create(NULL);

	for (size_t i = 0; i < 3; i++) {
		struct aip_str bytes = aip_str(whole_requests[i]);

		for (size_t cut = 1; cut < bytes.len; cut++) {
			aip_buf_clear(&rig->seen);
			rig_connect(rig);
			rig_send(rig, aip_strn(bytes.at, cut));
			rig_send(rig, aip_strn(bytes.at + cut, bytes.len - cut));
			CHECK_STR_EQ(aip_buf_str(&rig->seen), seen_requests[i]);
		}
	}
	rig_destroy(rig);
}

TEST(pipelined_requests_are_answered_in_their_order)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig, "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
	          "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"
	          "POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	          "chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n"
	          "GET /4 HTTP/1.1\r\nHost: x\r\n\r\n");
	got = rig_receive(rig);
	CHECK(has(got, "\r\n\r\none"));
	CHECK_INT_EQ(count_of(got, "HTTP/1.1 200"), 1);
	CHECK_INT_EQ(rig->requests, 2); /* the third waits for the answer of the second */
	exchange_reply(rig->held, 200, NULL, 0, AIP_LIT("two"));
	got = rig_receive(rig);
	CHECK_INT_EQ(count_of(got, "HTTP/1.1 200"), 3);
	CHECK(has(got, "\r\n\r\ntwoHTTP"));
	CHECK(has(got, "\r\n\r\nthreeHTTP"));
	CHECK(aip_str_ends(got, AIP_LIT("\r\n\r\n/4")));
	rig_destroy(rig);
}

TEST(a_thousand_pipelined_requests_do_not_pile_up)
{
	struct rig *rig = rig_create(NULL);
	size_t answers = 0;

	rig_connect(rig);
	for (int i = 0; i < 1000; i++)
		SEND(rig, GET_A);
	for (int i = 0; i < 300; i++)
		answers += count_of(rig_receive(rig), "HTTP/1.1 200");
	CHECK_INT_EQ(answers, 1000);
	CHECK_INT_EQ(front_counts(rig->front).held_bytes, 0);
	rig_destroy(rig);
}

TEST(more_is_pipelined_than_is_kept_and_still_all_is_answered)
{
	struct rig *rig = rig_create(NULL);
	size_t answers = 0;

	rig_connect(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	for (int i = 0; i < 800; i++)
		SEND(rig, GET_A);
	CHECK_INT_EQ(rig->requests, 1);
	CHECK(front_counts(rig->front).held_bytes <= 16 * 1024);
	exchange_reply(rig->held, 200, NULL, 0, AIP_NONE);
	for (int i = 0; i < 600; i++)
		answers += count_of(rig_receive(rig), "HTTP/1.1 200");
	CHECK_INT_EQ(answers, 801);
	rig_destroy(rig);
}

TEST(http_1_0_closes_unless_asked_to_keep)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "GET /a HTTP/1.0\r\n\r\n");
	CHECK(has(rig_receive(rig), "Connection: close\r\n"));
	CHECK(rig_is_closed(rig));
	rig_connect(rig);
	SEND(rig, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	CHECK(has(rig_receive(rig), "Connection: keep-alive\r\n"));
	CHECK(!rig_is_closed(rig));
	rig_connect(rig);
	SEND(rig, "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	CHECK(has(rig_receive(rig), "Connection: close\r\n"));
	CHECK(rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(continue_is_said_once_and_only_to_who_waits)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig,
	     "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	CHECK_STR_EQ(rig_receive(rig), "HTTP/1.1 100 Continue\r\n\r\n");
	SEND(rig, "hello");
	got = rig_receive(rig);
	CHECK(aip_str_starts(got, AIP_LIT("HTTP/1.1 200")));
	SEND(rig, "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
	          "5\r\n\r\nhello");
	CHECK(!has(rig_receive(rig), "100 Continue"));
	SEND(rig,
	     "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhe");
	CHECK(!has(rig_receive(rig), "100 Continue"));
	CHECK_INT_EQ(rig->requests, 2);
	rig_destroy(rig);
}

TEST(a_request_that_cannot_be_framed_is_refused_and_the_connection_closed)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig,
	     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx" GET_A);
	got = rig_receive(rig);
	CHECK(aip_str_starts(got, AIP_LIT("HTTP/1.1 400 Bad Request\r\n")));
	CHECK(has(got, "Connection: close\r\n"));
	CHECK(has(got, "{\"error\":{\"message\":\"more than one Content-Length header\","
	               "\"type\":\"invalid_request_error\"}}"));
	CHECK_INT_EQ(count_of(got, "HTTP/1.1"), 1);
	CHECK_INT_EQ(rig->requests, 0);
	CHECK_INT_EQ(rig->heads, 0);
	CHECK(rig_is_closed(rig));
	rig_connect(rig);
	SEND(rig, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	CHECK(has(rig_receive(rig), "HTTP/1.1 505 "));
	rig_connect(rig);
	SEND(rig, "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(has(rig_receive(rig), "HTTP/1.1 400 "));
	rig_destroy(rig);
}

TEST(a_refused_client_reads_its_answer_although_it_sends_on)
{
	const struct front_options options = {.body_bytes = 1000, .linger_bytes = 100000};
	struct rig *rig = rig_create(&options);
	char junk[4096] = {0};

	rig_connect(rig);
	SEND(rig, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n");
	rig_send(rig, aip_strn(junk, sizeof(junk)));
	rig_send(rig, aip_strn(junk, sizeof(junk)));
	CHECK(has(rig_receive(rig), "HTTP/1.1 413 "));
	CHECK_INT_EQ(front_counts(rig->front).connections, 1); /* lingers */
	for (int i = 0; i < 30; i++)
		rig_send(rig, aip_strn(junk, sizeof(junk)));
	CHECK_INT_EQ(front_counts(rig->front).connections, 0); /* but not for ever */
	rig_connect(rig);
	SEND(rig, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n");
	rig_pass(rig, 2001);
	CHECK_INT_EQ(front_counts(rig->front).connections, 0);
	rig_destroy(rig);
}

TEST(bodies_are_bounded_by_promise_and_by_chunks)
{
	const struct front_options options = {.body_bytes = 1000};
	struct rig *rig = rig_create(&options);
	char body[1001];

	memset(body, 'b', sizeof(body));
	rig_connect(rig);
	SEND(rig, "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n");
	rig_send(rig, aip_strn(body, 1000));
	CHECK_INT_EQ(rig->requests, 0);
	SEND(rig, "\r\n1\r\n");
	CHECK(has(rig_receive(rig), "HTTP/1.1 413 "));
	CHECK_INT_EQ(rig->gone, 1); /* what on_head took was given back */
	CHECK_INT_EQ(rig->requests, 0);
	rig_connect(rig);
	SEND(rig, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
	rig_send(rig, aip_strn(body, 1000));
	CHECK(has(rig_receive(rig), "HTTP/1.1 200 "));
	CHECK_INT_EQ(rig->gone, 1);
	rig_destroy(rig);
}

TEST(a_large_body_arrives_whole)
{
	struct rig *rig = rig_create(NULL);
	const size_t len = 5 * 1024 * 1024 + 7;
	char *body = malloc(len);
	struct aip_str seen;

	for (size_t i = 0; i < len; i++)
		body[i] = (char)('a' + i % 23);
	rig_connect(rig);
	SEND(rig, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 5242887\r\n\r\n");
	rig_send(rig, aip_strn(body, len));
	CHECK_INT_EQ(rig->requests, 1);
	CHECK_INT_EQ(rig->held->body.len, len);
	CHECK(memcmp(rig->held->body.at, body, len) == 0);
	seen = aip_buf_str(&rig->seen);
	CHECK(seen.len > len);
	exchange_reply(rig->held, 200, NULL, 0, AIP_NONE);
	CHECK(has(rig_receive(rig), "200 OK"));
	free(body);
	rig_destroy(rig);
}

TEST(a_head_longer_than_a_read_buffer_is_read)
{
	struct rig *rig = rig_create(NULL);
	char text[50000];

	memset(text, 'x', sizeof(text));
	rig_connect(rig);
	SEND(rig, "GET /a HTTP/1.1\r\nHost: x\r\nX: ");
	rig_send(rig, aip_strn(text, sizeof(text)));
	SEND(rig, "\r\n\r\n");
	CHECK(has(rig_receive(rig), "200 OK"));
	CHECK_INT_EQ(front_counts(rig->front).held_bytes, 0);
	SEND(rig, "GET /a HTTP/1.1\r\nHost: x\r\nX: ");
	rig_send(rig, aip_strn(text, sizeof(text)));
	rig_send(rig, aip_strn(text, sizeof(text)));
	CHECK(has(rig_receive(rig), "HTTP/1.1 431 "));
	rig_destroy(rig);
}

TEST(a_refusal_on_the_head_spares_the_body)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig->head_says = AIP_CLIENT_UNKNOWN;
	rig_connect(rig);
	SEND(rig, "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
	          "60000000\r\n\r\n");
	got = rig_receive(rig);
	CHECK(aip_str_starts(got, AIP_LIT("HTTP/1.1 401 Unauthorized\r\n")));
	CHECK(has(got, "no \\\"entry\\\""));
	CHECK(!has(got, "100 Continue"));
	CHECK(has(got, "Connection: close\r\n"));
	CHECK(rig->last_refusal_had_head);
	CHECK_INT_EQ(rig->requests, 0);
	CHECK_INT_EQ(rig->gone, 0); /* on_head refused: it has taken nothing */
	rig_connect(rig);
	SEND(rig, GET_A);
	CHECK(!has(rig_receive(rig), "Connection: close\r\n")); /* no body: nothing is in the way */
	rig->head_says = AIP_OK;
	SEND(rig, GET_A);
	CHECK(has(rig_receive(rig), "200 OK"));
	rig_destroy(rig);
}

TEST(refusals_speak_the_dialect_of_the_hook)
{
	struct rig *rig = rig_create(NULL);

	rig->refused_dialect = "klingon";
	rig_connect(rig);
	SEND(rig, "GET / HTTP/1.1\r\n\r\n");
	CHECK(aip_str_ends(rig_receive(rig), AIP_LIT("\r\n\r\nklingon: Host header is missing")));
	rig_destroy(rig);
}

TEST(a_byte_a_second_is_cut_by_the_deadline_of_the_head)
{
	struct rig *rig = rig_create(NULL);
	int sent;

	rig_connect(rig);
	for (sent = 0; sent < 40 && front_counts(rig->front).refused == 0; sent++) {
		SEND(rig, "G");
		rig_pass(rig, 1000);
	}
	CHECK_INT_EQ(sent, 30);
	CHECK(has(rig_receive(rig), "HTTP/1.1 408 "));
	rig_destroy(rig);
}

TEST(an_empty_line_behind_a_request_is_no_late_request)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, GET_A "\r\n");
	CHECK(has(rig_receive(rig), "200 OK"));
	rig_pass(rig, 31000);
	CHECK_INT_EQ(rig_receive(rig).len, 0);
	CHECK(rig_is_closed(rig));
	CHECK_INT_EQ(front_counts(rig->front).refused, 0);
	rig_destroy(rig);
}

TEST(a_body_that_stops_coming_is_refused)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n");
	for (int i = 0; i < 5 * FRONT_BODY_STEP_BYTES / 16; i++) {
		SEND(rig, "sixteen bytes...");
		if ((i + 1) % (FRONT_BODY_STEP_BYTES / 16) == 0)
			rig_pass(rig, 59000);
	}
	CHECK_INT_EQ(front_counts(rig->front).refused, 0);
	rig_pass(rig, 2000);
	CHECK(has(rig_receive(rig), "HTTP/1.1 408 "));
	CHECK_INT_EQ(rig->gone, 1);
	CHECK_INT_EQ(rig->requests, 0);
	rig_destroy(rig);
}

TEST(a_body_of_a_byte_a_second_is_refused)
{
	struct rig *rig = rig_create(NULL);
	int sent;

	rig_connect(rig);
	SEND(rig, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n");
	for (sent = 0; sent < 90 && front_counts(rig->front).refused == 0; sent++) {
		SEND(rig, "x");
		rig_pass(rig, 1000);
	}
	CHECK_INT_EQ(sent, 60);
	CHECK(has(rig_receive(rig), "HTTP/1.1 408 "));
	rig_destroy(rig);
}

TEST(an_idle_connection_is_closed_without_a_word)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	rig_pass(rig, 119000);
	SEND(rig, GET_A);
	CHECK(has(rig_receive(rig), "200 OK"));
	rig_pass(rig, 119000);
	CHECK(!rig_is_closed(rig));
	rig_pass(rig, 1001);
	CHECK_INT_EQ(rig_receive(rig).len, 0);
	CHECK(rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(a_running_exchange_is_not_bound_by_the_deadlines_of_reading)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
	rig_pass(rig, 1000);
	SEND(rig, "llo");
	rig_pass(rig, 3600 * 1000);
	CHECK(rig->held != NULL);
	exchange_reply(rig->held, 200, NULL, 0, AIP_LIT("late"));
	CHECK(has(rig_receive(rig), "late"));
	rig_destroy(rig);
}

TEST(an_idle_connection_holds_no_buffer)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, GET_A);
	(void)rig_receive(rig);
	CHECK_INT_EQ(front_counts(rig->front).held_bytes, 0);
	SEND(rig, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK_INT_EQ(front_counts(rig->front).held_bytes, 0);
	CHECK_INT_EQ(front_counts(rig->front).exchanges, 1);
	rig_destroy(rig);
}

RUN_ALL(CASE(a_request_is_answered_and_the_connection_kept),
        CASE(a_request_is_read_alike_however_it_is_split),
        CASE(pipelined_requests_are_answered_in_their_order),
        CASE(a_thousand_pipelined_requests_do_not_pile_up),
        CASE(more_is_pipelined_than_is_kept_and_still_all_is_answered),
        CASE(http_1_0_closes_unless_asked_to_keep),
        CASE(continue_is_said_once_and_only_to_who_waits),
        CASE(a_request_that_cannot_be_framed_is_refused_and_the_connection_closed),
        CASE(a_refused_client_reads_its_answer_although_it_sends_on),
        CASE(bodies_are_bounded_by_promise_and_by_chunks), CASE(a_large_body_arrives_whole),
        CASE(a_head_longer_than_a_read_buffer_is_read), CASE(a_refusal_on_the_head_spares_the_body),
        CASE(refusals_speak_the_dialect_of_the_hook),
        CASE(a_byte_a_second_is_cut_by_the_deadline_of_the_head),
        CASE(an_empty_line_behind_a_request_is_no_late_request),
        CASE(a_body_that_stops_coming_is_refused), CASE(a_body_of_a_byte_a_second_is_refused),
        CASE(an_idle_connection_is_closed_without_a_word),
        CASE(a_running_exchange_is_not_bound_by_the_deadlines_of_reading),
        CASE(an_idle_connection_holds_no_buffer))
