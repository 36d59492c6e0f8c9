/* Answers: framing, streams, slow clients, clients that leave. */
#include "rig.h"

#define STREAM "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"

TEST(a_stream_is_chunked_event_by_event)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig, STREAM);
	got = rig_receive(rig);
	CHECK(has(got, "Transfer-Encoding: chunked\r\n"));
	CHECK(has(got, "Content-Type: text/event-stream\r\n"));
	CHECK(!has(got, "Content-Length"));
	CHECK(aip_str_ends(got, AIP_LIT("\r\n\r\n9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n")));
	exchange_write(rig->held, AIP_LIT("0123456789abcdef!"));
	CHECK_STR_EQ(rig_receive(rig), "11\r\n0123456789abcdef!\r\n");
	exchange_end(rig->held);
	CHECK_STR_EQ(rig_receive(rig), "0\r\n\r\n");
	SEND(rig, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(has(rig_receive(rig), "\r\n\r\n/a"));
	rig_destroy(rig);
}

TEST(a_stream_to_http_1_0_ends_with_the_connection)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig, "GET /sse HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	got = rig_receive(rig);
	CHECK(!has(got, "Transfer-Encoding"));
	CHECK(has(got, "Connection: close\r\n"));
	CHECK(aip_str_ends(got, AIP_LIT("\r\n\r\ndata: 1\n\ndata: 2\n\n")));
	CHECK(rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(an_aborted_stream_has_no_end)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(aip_str_ends(rig_receive(rig), AIP_LIT("9\r\ndata: 2\n\n\r\n")));
	CHECK(rig_is_closed(rig));
	CHECK_INT_EQ(rig->gone, 0);
	rig_connect(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	exchange_abort(rig->held);
	CHECK_INT_EQ(rig_receive(rig).len, 0);
	CHECK(rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(head_gets_the_head_alone)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig, "HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n");
	got = rig_receive(rig);
	CHECK(has(got, "Content-Length: 4\r\n"));
	CHECK(aip_str_ends(got, AIP_LIT("\r\n\r\n")));
	SEND(rig, "HEAD /sse HTTP/1.1\r\nHost: x\r\n\r\n");
	got = rig_receive(rig);
	CHECK(has(got, "Transfer-Encoding: chunked\r\n"));
	CHECK(aip_str_ends(got, AIP_LIT("\r\n\r\n")));
	SEND(rig, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
	got = rig_receive(rig);
	CHECK(has(got, "HTTP/1.1 204 No Content\r\n"));
	CHECK(!has(got, "Content-Length"));
	CHECK(aip_str_ends(got, AIP_LIT("\r\n\r\n")));
	CHECK(!rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(a_client_that_leaves_is_noticed_at_once_and_once)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, STREAM);
	close(rig->fd);
	rig->fd = -1;
	CHECK(exchange_write(rig->held, AIP_LIT("nobody"))); /* finds out, and does not call back */
	CHECK_INT_EQ(rig->gone, 0);
	CHECK(exchange_write(rig->held, AIP_LIT("reads this")));
	rig_turn(rig, 3);
	CHECK_INT_EQ(rig->gone, 1);
	CHECK_INT_EQ(front_counts(rig->front).gone, 1);
	CHECK_INT_EQ(front_counts(rig->front).connections, 0);
	CHECK_INT_EQ(front_counts(rig->front).exchanges, 0);
	rig_pass(rig, 1000000);
	CHECK_INT_EQ(rig->gone, 1);
	rig_destroy(rig);
}

TEST(an_end_after_the_break_needs_no_gone)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, STREAM);
	close(rig->fd);
	rig->fd = -1;
	exchange_write(rig->held, AIP_LIT("nobody"));
	exchange_end(rig->held);
	rig_turn(rig, 3);
	CHECK_INT_EQ(rig->gone, 0);
	CHECK_INT_EQ(front_counts(rig->front).connections, 0);
	rig_destroy(rig);
}

TEST(a_closed_sending_side_counts_as_gone)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	shutdown(rig->fd, SHUT_WR);
	rig_turn(rig, 3);
	CHECK_INT_EQ(rig->gone, 1);
	rig_connect(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET /part HTTP/1.1\r\n");
	shutdown(rig->fd, SHUT_WR);
	rig_turn(rig, 3);
	CHECK_INT_EQ(rig->gone, 2);
	rig_destroy(rig);
}

TEST(a_closed_sending_side_is_forgiven_while_whole_requests_wait)
{
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"
	          "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
	          "GET /last HTTP/1.1\r\nHost: x\r\n\r\n");
	shutdown(rig->fd, SHUT_WR);
	rig_turn(rig, 3);
	CHECK_INT_EQ(rig->gone, 0);
	exchange_reply(rig->held, 200, NULL, 0, AIP_LIT("held"));
	got = rig_receive(rig);
	CHECK_INT_EQ(count_of(got, "HTTP/1.1 200"), 3);
	CHECK(rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(a_body_that_breaks_off_gives_back_what_the_head_took)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
	close(rig->fd);
	rig->fd = -1;
	rig_turn(rig, 3);
	CHECK_INT_EQ(rig->heads, 1);
	CHECK_INT_EQ(rig->requests, 0);
	CHECK_INT_EQ(rig->gone, 1);
	rig_destroy(rig);
}

/* Writes until the front asks to wait; how much it took. */
static size_t fill(struct rig *rig)
{
	char text[8192];
	size_t written = 0;

	memset(text, 's', sizeof(text));
	while (written < 8u << 20) {
		written += sizeof(text);
		if (!exchange_write(rig->held, aip_strn(text, sizeof(text))))
			break;
	}
	return written;
}

TEST(a_slow_client_holds_the_writer_back_until_it_has_read)
{
	struct rig *rig = rig_create(NULL);
	size_t written, got = 0;

	rig_connect(rig);
	SEND(rig, STREAM);
	written = fill(rig);
	CHECK(written < 8u << 20);
	CHECK(exchange_pending(rig->held) > 256 * 1024);
	CHECK(!exchange_write(rig->held, AIP_LIT("taken all the same")));
	rig_turn(rig, 5);
	CHECK_INT_EQ(rig->drains, 0);
	while (rig->drains == 0 && got < 16u << 20) {
		ssize_t n = recv(rig->fd, rig->answer, 16384, 0);

		got += n > 0 ? (size_t)n : 0;
		rig_turn(rig, 1);
	}
	CHECK_INT_EQ(rig->drains, 1);
	CHECK(exchange_pending(rig->held) <= 64 * 1024);
	CHECK(exchange_write(rig->held, AIP_LIT("again")));
	exchange_end(rig->held);
	for (struct aip_str part = rig_receive(rig); part.len > 0; part = rig_receive(rig))
		got += part.len;
	CHECK(got > written);
	CHECK_INT_EQ(front_counts(rig->front).held_bytes, 0);
	rig_pass(rig, 61000);
	CHECK(!rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(what_was_kept_arrives_in_its_order)
{
	struct rig *rig = rig_create(NULL);
	size_t at = 0, left;
	char text[1000];

	rig->answer_bytes = 3000000;
	rig_connect(rig);
	SEND(rig, "GET /hold HTTP/1.0\r\n\r\n");
	exchange_begin(rig->held, 200, NULL, 0);
	for (size_t i = 0; i < 2000; i++) {
		for (size_t j = 0; j < sizeof(text); j++)
			text[j] = (char)('a' + (i * sizeof(text) + j) % 19);
		exchange_write(rig->held, aip_strn(text, sizeof(text)));
	}
	exchange_end(rig->held);
	for (struct aip_str part = rig_receive(rig); part.len > 0; part = rig_receive(rig)) {
		if (at == 0) {
			ptrdiff_t head = aip_str_find(part, AIP_LIT("\r\n\r\n"));

			part = aip_strn(part.at + head + 4, part.len - (size_t)head - 4);
		}
		for (left = part.len; left > 0; left--, at++)
			CHECK(part.at[part.len - left] == (char)('a' + at % 19));
	}
	CHECK_INT_EQ(at, 2000 * sizeof(text));
	CHECK(rig_is_closed(rig));
	rig_destroy(rig);
}

TEST(a_client_that_takes_nothing_is_cut)
{
	struct rig *rig = rig_create(NULL);

	rig_connect(rig);
	SEND(rig, STREAM);
	fill(rig);
	rig_pass(rig, 59000);
	CHECK_INT_EQ(rig->gone, 0);
	rig_pass(rig, 2000);
	CHECK_INT_EQ(rig->gone, 1);
	CHECK_INT_EQ(front_counts(rig->front).connections, 0);
	CHECK_INT_EQ(front_counts(rig->front).held_bytes, 0);
	rig_destroy(rig);
}

TEST(a_writer_that_never_waits_meets_a_ceiling)
{
	const struct front_options options = {.out_bytes = 300 * 1024};
	struct rig *rig = rig_create(&options);

	rig_connect(rig);
	SEND(rig, STREAM);
	for (int i = 0; i < 4 && rig->held; i++) {
		fill(rig);
		exchange_write(rig->held, aip_strn(rig->answer, 60 * 1024));
	}
	rig_turn(rig, 2);
	CHECK_INT_EQ(rig->gone, 1);
	rig_destroy(rig);
}

TEST(a_large_answer_is_sent_whole_and_the_next_request_waits_for_it)
{
	struct rig *rig = rig_create(NULL);
	size_t got = 0;

	rig->answer_bytes = 4000000;
	rig_connect(rig);
	SEND(rig, "GET /big HTTP/1.1\r\nHost: x\r\n\r\nGET /after HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK_INT_EQ(rig->requests, 1);
	for (struct aip_str part = rig_receive(rig); part.len > 0; part = rig_receive(rig))
		got += part.len;
	CHECK(got > 4000000 && got < 4000600);
	CHECK_INT_EQ(rig->requests, 2);
	rig_destroy(rig);
}

TEST(headers_of_a_handler_cannot_begin_an_answer_of_their_own)
{
	const struct aip_header headers[] = {{AIP_LIT("X-A"), AIP_LIT("b\r\nX-Evil: 1")},
	                                     {AIP_LIT("X-B\r\n"), AIP_LIT("c")},
	                                     {AIP_LIT("X:"), AIP_LIT("d")},
	                                     {AIP_LIT(""), AIP_LIT("e")},
	                                     {AIP_LIT("content-LENGTH"), AIP_LIT("99")},
	                                     {AIP_LIT("Transfer-Encoding"), AIP_LIT("x")},
	                                     {AIP_LIT("connection"), AIP_LIT("close")},
	                                     {AIP_LIT("X-Good"), AIP_LIT("\tg \xc3\xa4")}};
	struct rig *rig = rig_create(NULL);
	struct aip_str got;

	rig_connect(rig);
	SEND(rig, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	exchange_reply(rig->held, 200, headers, sizeof(headers) / sizeof(headers[0]), AIP_LIT("x"));
	got = rig_receive(rig);
	CHECK_INT_EQ(count_of(got, "\r\n"), 5); /* status, date, X-Good, length, end */
	CHECK(has(got, "X-Good: \tg \xc3\xa4\r\n"));
	CHECK(has(got, "Content-Length: 1\r\n"));
	rig_destroy(rig);
}

RUN_ALL(CASE(a_stream_is_chunked_event_by_event),
        CASE(a_stream_to_http_1_0_ends_with_the_connection), CASE(an_aborted_stream_has_no_end),
        CASE(head_gets_the_head_alone), CASE(a_client_that_leaves_is_noticed_at_once_and_once),
        CASE(an_end_after_the_break_needs_no_gone), CASE(a_closed_sending_side_counts_as_gone),
        CASE(a_closed_sending_side_is_forgiven_while_whole_requests_wait),
        CASE(a_body_that_breaks_off_gives_back_what_the_head_took),
        CASE(a_slow_client_holds_the_writer_back_until_it_has_read),
        CASE(what_was_kept_arrives_in_its_order), CASE(a_client_that_takes_nothing_is_cut),
        CASE(a_writer_that_never_waits_meets_a_ceiling),
        CASE(a_large_answer_is_sent_whole_and_the_next_request_waits_for_it),
        CASE(headers_of_a_handler_cannot_begin_an_answer_of_their_own))
