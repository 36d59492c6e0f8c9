/* Heads of answers: what they say, how the body is framed, and that splitting changes nothing. */
#include "check.h"

#include <stdio.h>

#include "http1/answer.h"

enum { ROOM = 8 };

struct read {
	char bytes[512];
	struct aip_header headers[ROOM];
	struct http1_answer answer;
	enum http1_answer_fault fault;
};

static void read_head(const char *text, bool to_head, struct read *ret)
{
	size_t len = strlen(text);

	assert_true(len < sizeof(ret->bytes));
	memcpy(ret->bytes, text, len);
	ret->fault = http1_answer_parse(ret->bytes, len, ret->headers, ROOM, to_head, &ret->answer);
}

TEST(a_head_says_status_headers_and_length)
{
	struct read r;

	read_head("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-A:  b c \r\nEmpty:\r\n\r\n", false,
	          &r);
	CHECK_INT_EQ(r.fault, HTTP1_ANSWER_GOOD);
	CHECK_INT_EQ(r.answer.http, 200);
	CHECK_INT_EQ(r.answer.n_headers, 3);
	CHECK_STR_EQ(r.answer.headers[1].name, "X-A");
	CHECK_STR_EQ(r.answer.headers[1].value, "b c");
	CHECK_STR_EQ(r.answer.headers[2].value, "");
	CHECK_INT_EQ(r.answer.framing, HTTP1_ANSWER_LENGTH_SAID);
	CHECK_INT_EQ(r.answer.content_length, 12);
	CHECK(r.answer.keep_alive);
}

TEST(lines_may_end_in_lf_alone_and_be_folded)
{
	struct read r;

	read_head("HTTP/1.0 404 Not Found\nA: x \r\n \t y\nB:\n z\n\n", false, &r);
	CHECK_INT_EQ(r.fault, HTTP1_ANSWER_GOOD);
	CHECK_INT_EQ(r.answer.http, 404);
	CHECK_STR_EQ(r.answer.headers[0].value, "x y");
	CHECK_STR_EQ(r.answer.headers[1].value, "z");
	CHECK_INT_EQ(r.answer.framing, HTTP1_ANSWER_UNTIL_CLOSE);
	CHECK(!r.answer.keep_alive);
}

TEST(framing_is_beyond_doubt_or_refused)
{
	static const struct {
		const char *head;
		enum http1_answer_fault fault;
		enum http1_answer_framing framing;
		bool keep_alive;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\n\r\n", HTTP1_ANSWER_GOOD, HTTP1_ANSWER_UNTIL_CLOSE, true},
		{"HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n", HTTP1_ANSWER_GOOD,
	         HTTP1_ANSWER_CHUNKED, true},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	         HTTP1_ANSWER_GOOD, HTTP1_ANSWER_CHUNKED, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", HTTP1_ANSWER_CODING,
	         0, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
	         "chunked\r\n\r\n",
	         HTTP1_ANSWER_CODING, 0, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
	         HTTP1_ANSWER_GOOD, HTTP1_ANSWER_LENGTH_SAID, true},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", HTTP1_ANSWER_GOOD,
	         HTTP1_ANSWER_LENGTH_SAID, true},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
	         HTTP1_ANSWER_LENGTH, 0, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", HTTP1_ANSWER_LENGTH, 0, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", HTTP1_ANSWER_LENGTH, 0, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n", HTTP1_ANSWER_LENGTH, 0, false},
		{"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", HTTP1_ANSWER_LENGTH, 0, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
	         HTTP1_ANSWER_LENGTH, 0, false},
		{"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", HTTP1_ANSWER_GOOD,
	         HTTP1_ANSWER_NO_BODY, true},
		{"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", HTTP1_ANSWER_GOOD,
	         HTTP1_ANSWER_NO_BODY, true},
		{"HTTP/1.1 100 Continue\r\n\r\n", HTTP1_ANSWER_GOOD, HTTP1_ANSWER_NO_BODY, true},
		{"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\n",
	         HTTP1_ANSWER_GOOD, HTTP1_ANSWER_LENGTH_SAID, false},
		{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n",
	         HTTP1_ANSWER_GOOD, HTTP1_ANSWER_LENGTH_SAID, true},
		{"HTTP/2 200\r\n\r\n", HTTP1_ANSWER_NOT_HTTP, 0, false},
		{"HTTP/1.1 20 OK\r\n\r\n", HTTP1_ANSWER_NOT_HTTP, 0, false},
		{"HTTP/1.1 099 Odd\r\n\r\n", HTTP1_ANSWER_NOT_HTTP, 0, false},
		{"HTTP/1.1 2000 OK\r\n\r\n", HTTP1_ANSWER_NOT_HTTP, 0, false},
		{"\r\n\r\n", HTTP1_ANSWER_NOT_HTTP, 0, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct read r;
		read_head(rows[i].head, false, &r);
		CHECK_INT_EQ(r.fault, rows[i].fault);
		if (rows[i].fault)
			continue;
		CHECK_INT_EQ(r.answer.framing, rows[i].framing);
		CHECK_INT_EQ(r.answer.keep_alive, rows[i].keep_alive);
	}
}

TEST(an_answer_to_head_has_no_body)
{
	struct read r;

	read_head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, &r);
	CHECK_INT_EQ(r.answer.framing, HTTP1_ANSWER_NO_BODY);
}

TEST(a_nul_and_too_many_headers_are_refused)
{
	char nul[] = "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n";
	struct aip_header headers[2];
	struct http1_answer answer;
	char many[] = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";

	CHECK_INT_EQ(http1_answer_parse(nul, sizeof(nul) - 1, headers, 2, false, &answer),
	             HTTP1_ANSWER_NOT_HTTP);
	CHECK_INT_EQ(http1_answer_parse(many, sizeof(many) - 1, headers, 2, false, &answer),
	             HTTP1_ANSWER_HEADERS);
}

TEST(the_end_of_a_head_is_found_wherever_it_is_split)
{
	static const char *const heads[] = {"HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
	                                    "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\n\n",
	                                    "HTTP/1.1 200 OK\nA: \r\r\n\r\n"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char text[64];
		size_t len = strlen(heads[i]);
		snprintf(text, sizeof(text), "%sbody\n\n", heads[i]);
		for (size_t cut = 0; cut <= len; cut++) {
			uint8_t state = 0;
			size_t end = http1_answer_scan(&state, aip_strn(text, cut));
			if (cut < len) {
				CHECK_INT_EQ(end, 0);
				end = cut + http1_answer_scan(&state, aip_str(text + cut));
			}
			CHECK_INT_EQ(end, len);
		}
	}
}

TEST(what_cannot_begin_an_answer_is_seen_at_its_first_byte)
{
	CHECK(http1_answer_may_begin(AIP_LIT("")));
	CHECK(http1_answer_may_begin(AIP_LIT("HTT")));
	CHECK(http1_answer_may_begin(AIP_LIT("HTTP/1.1 2")));
	CHECK(!http1_answer_may_begin(AIP_LIT("S")));
	CHECK(!http1_answer_may_begin(AIP_LIT("HTTP/2")));
}

RUN_ALL(CASE(a_head_says_status_headers_and_length), CASE(lines_may_end_in_lf_alone_and_be_folded),
        CASE(framing_is_beyond_doubt_or_refused), CASE(an_answer_to_head_has_no_body),
        CASE(a_nul_and_too_many_headers_are_refused),
        CASE(the_end_of_a_head_is_found_wherever_it_is_split),
        CASE(what_cannot_begin_an_answer_is_seen_at_its_first_byte))
