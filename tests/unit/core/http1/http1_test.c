/* Request framing: what is understood, what is refused, and that splitting changes neither. */
#include "check.h"

#include <stdlib.h>

#include "http1/http1.h"

#define HOST        "Host: a\r\n"
#define POST        "POST /v1 HTTP/1.1\r\n" HOST
#define CHUNKED     POST "Transfer-Encoding: chunked\r\n\r\n"
#define HEADERS_MAX 10

static const struct http1_limits limits = {
	.head_bytes = 600, .n_headers = HEADERS_MAX, .body_bytes = 1000};

/* What reading one request came to. */
struct outcome {
	enum http1_verdict verdict; /* MORE, END or REFUSED */
	enum http1_fault fault;
	struct http1_head head;
	struct aip_header headers[HEADERS_MAX];
	char body[1024];
	size_t body_len;
	size_t used; /* bytes of the input */
};

/* A request being read as its bytes arrive. */
struct reader {
	struct http1_scan scan;
	struct http1_chunked chunked;
	bool has_head;
	struct outcome out;
};

static void read_body(struct reader *r, struct aip_str bytes)
{
	struct aip_str rest = aip_strn(bytes.at + r->out.used, bytes.len - r->out.used), data;

	if (r->out.head.framing != HTTP1_CHUNKED) {
		bool whole = r->out.body_len + rest.len >= r->out.head.content_length;
		size_t n = whole ? (size_t)r->out.head.content_length - r->out.body_len : rest.len;

		memcpy(r->out.body + r->out.body_len, rest.at, n);
		r->out.body_len += n;
		r->out.used += n;
		r->out.verdict = whole ? HTTP1_END : HTTP1_MORE;
		return;
	}
	while ((r->out.verdict = http1_chunked_next(&r->chunked, &rest, limits.body_bytes,
	                                            &data)) == HTTP1_READY) {
		CHECK(data.len > 0);
		memcpy(r->out.body + r->out.body_len, data.at, data.len);
		r->out.body_len += data.len;
	}
	r->out.fault = r->chunked.fault;
	r->out.used = (size_t)(rest.at - bytes.at);
}

static void feed(struct reader *r, struct aip_str bytes)
{
	if (!r->has_head) {
		r->out.verdict = http1_scan(&r->scan, bytes, &limits);
		r->out.fault = r->scan.fault;
		if (r->out.verdict != HTTP1_READY)
			return;
		CHECK(r->scan.lines - 1 <= HEADERS_MAX);
		r->has_head = true;
		r->out.used = r->scan.end;
		r->out.fault = http1_parse(&r->scan, bytes, &limits, r->out.headers, &r->out.head);
		r->out.verdict = r->out.fault ? HTTP1_REFUSED : HTTP1_MORE;
	}
	if (r->out.verdict == HTTP1_MORE)
		read_body(r, bytes);
}

static void outcome_of(struct aip_str input, size_t first, size_t step, struct outcome *ret)
{
	struct reader r = {0};

	for (size_t n = first; n < input.len && r.out.verdict == HTTP1_MORE; n += step)
		feed(&r, aip_strn(input.at, n));
	if (r.out.verdict == HTTP1_MORE)
		feed(&r, input);
	*ret = r.out;
}

static void check_same(const struct outcome *got, const struct outcome *want)
{
	CHECK_INT_EQ(got->verdict, want->verdict);
	CHECK_INT_EQ(got->fault, want->fault);
	CHECK_INT_EQ(got->head.n_headers, want->head.n_headers);
	CHECK_BYTES_EQ(aip_strn(got->body, got->body_len), aip_strn(want->body, want->body_len));
	if (got->verdict == HTTP1_END)
		CHECK_INT_EQ(got->used, want->used);
}

/* Reads `input` whole, split at every byte, and byte by byte; all must agree. The input stands in
 * a block of its own size, so that a sanitizer sees a look behind its end. */
static struct outcome read_all_ways(struct aip_str input)
{
	static struct outcome whole, split;
	char *copy = malloc(input.len ? input.len : 1);

	memcpy(copy, input.at, input.len);
	struct aip_str bytes = aip_strn(copy, input.len);
	outcome_of(bytes, input.len, 1, &whole);
	for (size_t at = 0; at < input.len; at++) {
		outcome_of(bytes, at, input.len, &split);
		check_same(&split, &whole);
	}
	outcome_of(bytes, 0, 1, &split);
	check_same(&split, &whole);
	free(copy);
	return whole;
}

struct refused {
	struct aip_str bytes;
	enum http1_fault fault;
};

#define NO(text, why) {AIP_LIT(text), HTTP1_FAULT_##why},

/* clang-format off */
static const struct refused refused_heads[] = {
	/* line ends and control bytes */
	NO("GET / HTTP/1.1\nHost: a\n\n", BARE_LF)
	NO("GET / HTTP/1.1\r\nHost: a\n\r\n", BARE_LF)
	NO("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", BARE_LF)
	NO("GET / HTTP/1.1\rHost: a\r\n\r\n", BARE_CR)
	NO("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", BARE_CR)
	NO("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", BARE_CR)
	NO("GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", CONTROL_BYTE)
	NO("GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", CONTROL_BYTE)
	NO("GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", CONTROL_BYTE)
	NO("GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", CONTROL_BYTE)
	NO("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0b" "chunked\r\n\r\n", CONTROL_BYTE)
	NO("GET /\x1b HTTP/1.1\r\nHost: a\r\n\r\n", CONTROL_BYTE)
	NO("\x16\x03\x01\x02\x00\x01", CONTROL_BYTE)
	NO("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", LEADING_LINES)
	/* request line */
	NO("GET\r\n\r\n", REQUEST_LINE)
	NO("GET / http/1.1\r\n" HOST "\r\n", REQUEST_LINE)
	NO("GET / HTTP/1.1 \r\n" HOST "\r\n", REQUEST_LINE)
	NO("GET /a b HTTP/1.1\r\n" HOST "\r\n", REQUEST_LINE)
	NO("GET  / HTTP/1.1\r\n" HOST "\r\n", REQUEST_LINE)
	NO("GET /  HTTP/1.1\r\n" HOST "\r\n", REQUEST_LINE)
	NO("GET / HTTP/1.10\r\n" HOST "\r\n", REQUEST_LINE)
	NO("GET / HTTP/11\r\n" HOST "\r\n", REQUEST_LINE)
	NO("GET / XTTP/1.1\r\n" HOST "\r\n", REQUEST_LINE)
	NO(" GET / HTTP/1.1\r\n" HOST "\r\n", METHOD_TOKEN)
	NO("G@T / HTTP/1.1\r\n" HOST "\r\n", METHOD_TOKEN)
	NO("G\xc3\x84T / HTTP/1.1\r\n" HOST "\r\n", METHOD_TOKEN)
	NO("G\tT / HTTP/1.1\r\n" HOST "\r\n", METHOD_TOKEN)
	NO("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / " "HTTP/1.1\r\n" HOST "\r\n", METHOD_TOKEN)
	NO("GET /\r\n", VERSION)
	NO("GET /\r\n\r\n", VERSION)
	NO("GET / HTTP/0.9\r\n" HOST "\r\n", VERSION)
	NO("GET / HTTP/1.2\r\n" HOST "\r\n", VERSION)
	NO("GET / HTTP/2.0\r\n" HOST "\r\n", VERSION)
	NO("GET / HTTP/3.0\r\n" HOST "\r\n", VERSION)
	NO("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VERSION)
	NO("CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", METHOD_CONNECT)
	NO("GET a HTTP/1.1\r\n" HOST "\r\n", TARGET)
	NO("GET * HTTP/1.1\r\n" HOST "\r\n", TARGET)
	NO("GET /a#b HTTP/1.1\r\n" HOST "\r\n", TARGET)
	NO("GET /a\tb HTTP/1.1\r\n" HOST "\r\n", TARGET)
	NO("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", TARGET)
	NO("GET ftp://a/ " "HTTP/1.1\r\n" HOST "\r\n", TARGET)
	NO("GET http:///x HTTP/1.1\r\n" HOST "\r\n", TARGET)
	NO("GET http://u@a/x " "HTTP/1.1\r\n" HOST "\r\n", TARGET)
	/* header lines */
	NO("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", FOLDED)
	NO("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n", FOLDED)
	NO("GET / HTTP/1.1\r\n Host: a\r\n\r\n", FOLDED)
	NO(POST "Content-Length : 5\r\n\r\nhello", FIELD_NAME)
	NO(POST "Content-Length\t: 5\r\n\r\nhello", FIELD_NAME)
	NO(POST "X\r\n\r\n", FIELD_NAME)
	NO(POST ": x\r\n\r\n", FIELD_NAME)
	NO(POST "X(: x\r\n\r\n", FIELD_NAME)
	NO(POST "X\xff: x\r\n\r\n", FIELD_NAME)
	/* host */
	NO("GET / HTTP/1.1\r\n\r\n", HOST_MISSING)
	NO("GET http://a/ HTTP/1.0\r\n\r\n", HOST_MISSING)
	NO("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HOST_TWICE)
	NO("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", HOST_TWICE)
	NO("GET / HTTP/1.1\r\nHost:\r\n\r\n", HOST)
	NO("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HOST)
	NO("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", HOST)
	NO("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HOST)
	NO("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", HOST)
	NO("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", HOST)
	NO("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", HOST)
	NO("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", HOST)
	NO("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", HOST_DIFFERS)
	NO("GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n", HOST_DIFFERS)
	/* length */
	NO(POST "Content-Length: +5\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: -5\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 0x5\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 5,5\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 5, 5\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 5 5\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 5.0\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 5_0\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: five\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length:\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length:  \r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 18446744073709551621\r\n\r\nhello", LENGTH)
	NO(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", LENGTH_TWICE)
	NO(POST "Content-Length: 5\r\ncontent-length: " "6\r\n\r\nhello", LENGTH_TWICE)
	NO(POST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", LENGTH_TWICE)
	NO(POST "Content-Length: " "5\r\nTransfer-Encoding: " "chunked\r\n\r\n0\r\n\r\n", LENGTH_AND_CODING)
	NO(POST "Transfer-Encoding: chunked\r\nContent-Length: " "5\r\n\r\n0\r\n\r\n", LENGTH_AND_CODING)
	NO(POST "Content-Length: 1001\r\n\r\n", BODY_TOO_LARGE)
	NO(POST "Content-Length: " "9223372036854775808\r\n\r\n", BODY_TOO_LARGE)
	/* coding */
	NO(POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", CODING)
	NO(POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", CODING)
	NO(POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", CODING)
	NO(POST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", CODING)
	NO(POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n", CODING)
	NO(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CODING)
	NO(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: " "identity\r\n\r\n0\r\n\r\n", CODING)
	NO(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", CODING_UNKNOWN)
	NO(POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", CODING_UNKNOWN)
	NO(POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", CODING_UNKNOWN)
	NO(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", CODING_UNKNOWN)
	NO(POST "Transfer-Encoding: identity\r\n\r\n", CODING_UNKNOWN)
	NO("POST / HTTP/1.0\r\nTransfer-Encoding: " "chunked\r\n\r\n0\r\n\r\n", CODING_IN_1_0)
	/* expectations, and too much of a good thing */
	NO(POST "Expect: 200-ok\r\n\r\n", EXPECTATION)
	NO(POST "Expect:\r\n\r\n", EXPECTATION)
	NO(POST "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n", TOO_MANY_HEADERS)
};
/* clang-format on */

/* clang-format off */
static const struct refused refused_chunks[] = {
	NO(CHUNKED "+5\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "-5\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "1_0\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED " 5\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "5 \r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "5 ;a\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED ";a\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "5\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "5\rhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "5\r\rhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "g\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "00000000000000005\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "ffffffffffffffff\r\n" "hello\r\n0\r\n\r\n", BODY_TOO_LARGE)
	NO(CHUNKED "3e9\r\n", BODY_TOO_LARGE)
	NO(CHUNKED "5\r\nhello\r\nffffffffffffffff\r\nx", BODY_TOO_LARGE)
	NO(CHUNKED "5\r\nhello0\r\n\r\n", CHUNK_END)
	NO(CHUNKED "5\r\nhello\n0\r\n\r\n", CHUNK_END)
	NO(CHUNKED "5\r\nhello\r0\r\n\r\n", CHUNK_END)
	NO(CHUNKED "5\r\nhellooo\r\n0\r\n\r\n", CHUNK_END)
	NO(CHUNKED "5;" "a\nhello\r\n0" "\r\n\r\n", CHUNK_EXTENSION)
	NO(CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE)
	NO(CHUNKED "5;" "a\0\r\nhello\r\n" "0\r\n\r\n", CHUNK_EXTENSION)
	NO(CHUNKED "0\r\n\n", TRAILER)
	NO(CHUNKED "0\r\n\r\r", TRAILER)
	NO(CHUNKED "0\r\nA: b\n\r\n", TRAILER)
	NO(CHUNKED "0\r\nA: " "b\rc\r\n\r\n", TRAILER)
	NO(CHUNKED "0\r\nA : " "b\r\n\r\n", TRAILER)
	NO(CHUNKED "0\r\n: " "b\r\n\r\n", TRAILER)
	NO(CHUNKED "0\r\nA: b\r\n " "c\r\n\r\n", TRAILER)
	NO(CHUNKED "0\r" "\nA" "\r" "\n" "\r" "\n", TRAILER)
	NO(CHUNKED "0\r\nA:" " \0\r\n" "\r\n", TRAILER)
};
/* clang-format on */

static void check_refused(const struct refused *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct outcome got = read_all_ways(row[i].bytes);

		if (got.verdict != HTTP1_REFUSED || got.fault != row[i].fault)
			print_error("%.*s\n  got %s, want %s\n", AIP_FMT(row[i].bytes),
			            http1_fault_row(got.fault)->name,
			            http1_fault_row(row[i].fault)->name);
		CHECK_INT_EQ(got.verdict, HTTP1_REFUSED);
		CHECK_INT_EQ(got.fault, row[i].fault);
	}
}

TEST(ambiguous_heads_are_refused_at_any_split)
{
	check_refused(refused_heads, sizeof(refused_heads) / sizeof(refused_heads[0]));
}

TEST(ambiguous_chunks_are_refused_at_any_split)
{
	check_refused(refused_chunks, sizeof(refused_chunks) / sizeof(refused_chunks[0]));
}

TEST(every_refusal_has_a_client_error_code_and_a_sentence)
{
	for (int fault = 1; fault < HTTP1_FAULTS; fault++) {
		const struct http1_fault_row *row = http1_fault_row(fault);

		CHECK(row->http >= 400 && row->http <= 505);
		CHECK(row->status != AIP_OK);
		CHECK(strlen(row->text) > 10);
	}
}

struct understood {
	struct aip_str bytes;
	const char *path;
	const char *query; /* NULL: none */
	const char *body;
	size_t left; /* bytes behind the request */
	bool keep_alive;
};

#define YES(text, ...) {AIP_LIT(text), __VA_ARGS__},

/* clang-format off */
static const struct understood understood[] = {
	YES("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", NULL, "", 0, true)
	YES("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", NULL, "", 0, true)
	YES("GET /a?b?c HTTP/1.1\r\nhOST:a:80\r\n\r\n", "/a", "b?c", "", 0, true)
	YES("GET /a? HTTP/1.1\r\nHost: [::1]:80 \t\r\n\r\n", "/a", "", "", 0, true)
	YES("GET http://A:8/b?c HTTP/1.1\r\nHost: a:8\r\n\r\n", "/b", "c", "", 0, true)
	YES("GET HTTPS://a?c HTTP/1.1\r\nHost: a\r\n\r\n", "/", "c", "", 0, true)
	YES("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*", NULL, "", 0, true)
	YES("x-Y! / HTTP/1.1\r\nHost: a\r\n\r\n", "/", NULL, "", 0, true)
	YES("GET / HTTP/1.0\r\n\r\n", "/", NULL, "", 0, false)
	YES("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "/", NULL, "", 0, true)
	YES("GET / HTTP/1.1\r\nConnection: x , CLOSE\r\nHost: a\r\n\r\n", "/", NULL, "", 0, false)
	YES("GET / HTTP/1.1\r\nConnection: content-length\r\nHost: " "a\r\nContent-Length: 1\r\n\r\nx", "/", NULL, "x", 0, true)
	YES(POST "Content-Length: 5\r\n\r\nhello", "/v1", NULL, "hello", 0, true)
	YES(POST "Content-Length: 0005\r\n\r\nhelloGET", "/v1", NULL, "hello", 3, true)
	YES(POST "Content-Length: 0\r\n\r\nGET", "/v1", NULL, "", 3, true)
	YES(POST "X: caf\xe9\tau lait\r\nContent-Length: " "1\r\n\r\n\n", "/v1", NULL, "\n", 0, true)
	YES(CHUNKED "0\r\n\r\n", "/v1", NULL, "", 0, true)
	YES(CHUNKED "5\r\nhello\r\n0\r\n\r\n", "/v1", NULL, "hello", 0, true)
	YES(CHUNKED "5\r\nhello\r\n00A\r\n, " "0\r\n\r\nwor\r\n2;x\r\nld\r\n000\r\n\r\nGET /", "/v1", NULL, "hello, 0\r\n\r\nworld", 5, true)
	YES(CHUNKED "1;a=\"b;\xc3\xa4\";" "\tc\r\nx\r\n0;last\r\n\r\n", "/v1", NULL, "x", 0, true)
	YES(CHUNKED "1\r\nx\r\n0\r\nContent-Length:" " 9\r\nX-Sum: 1\r\n\r\nGET", "/v1", NULL, "x", 3, true)
	YES(POST "Transfer-Encoding: " "CHUNKED\r\n\r\n1\r\nx\r\n" "0\r\n\r\n", "/v1", NULL, "x", 0, true)
};
/* clang-format on */

TEST(well_formed_requests_are_understood_at_any_split)
{
	for (size_t i = 0; i < sizeof(understood) / sizeof(understood[0]); i++) {
		const struct understood *want = &understood[i];
		struct outcome got = read_all_ways(want->bytes);

		if (got.verdict != HTTP1_END)
			print_error("%.*s\n", AIP_FMT(want->bytes));
		CHECK_INT_EQ(got.verdict, HTTP1_END);
		CHECK_BYTES_EQ(aip_strn(got.body, got.body_len), aip_str(want->body));
		CHECK_INT_EQ(want->bytes.len - got.used, want->left);
		CHECK_INT_EQ(got.head.keep_alive, want->keep_alive);
	}
}

static struct outcome parsed(struct aip_str bytes)
{
	static struct outcome out;

	outcome_of(bytes, bytes.len, 1, &out);
	return out;
}

TEST(a_target_is_split_into_path_and_query)
{
	for (size_t i = 0; i < sizeof(understood) / sizeof(understood[0]); i++) {
		struct outcome got = parsed(understood[i].bytes);

		CHECK_STR_EQ(got.head.path, understood[i].path);
		CHECK_INT_EQ(got.head.query.at != NULL, understood[i].query != NULL);
		CHECK_STR_EQ(got.head.query, understood[i].query);
	}
}

TEST(headers_are_found_without_case_and_without_blanks)
{
	struct outcome got =
		parsed(AIP_LIT(POST "X-A:\t one two \r\nx-a: second\r\nEmpty:\r\n\r\n"));

	CHECK_INT_EQ(got.head.n_headers, 4);
	CHECK_STR_EQ(http1_header(got.headers, 4, "x-A"), "one two");
	CHECK(http1_header(got.headers, 4, "empty").at != NULL);
	CHECK_STR_EQ(http1_header(got.headers, 4, "Empty"), "");
	CHECK(http1_header(got.headers, 4, "x").at == NULL);
}

TEST(names_differ_where_only_a_bit_of_case_would_make_them_equal)
{
	const struct aip_header headers[] = {{AIP_LIT("x@1"), AIP_LIT("v")}};

	CHECK(http1_header(headers, 1, "X`1").at == NULL);
	CHECK(http1_header(headers, 1, "X@1").at != NULL);
	CHECK(http1_header(headers, 1, "x@\x11").at == NULL);
}

TEST(continue_is_expected_only_with_a_body_to_come)
{
	CHECK(parsed(AIP_LIT(POST "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n"))
	              .head.expects_continue);
	CHECK(!parsed(AIP_LIT(POST "Expect: 100-continue\r\n\r\n")).head.expects_continue);
	CHECK(!parsed(AIP_LIT("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: "
	                      "5\r\n\r\n"))
	               .head.expects_continue);
}

TEST(a_head_may_be_as_large_as_the_limit_and_not_a_byte_more)
{
	char text[700];
	const char *head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
	size_t at = strlen(head);
	struct outcome got;

	memset(text, 'x', sizeof(text));
	memcpy(text, head, at);
	memcpy(text + 596, "\r\n\r\n", 4);
	got = read_all_ways(aip_strn(text, 600));
	CHECK_INT_EQ(got.verdict, HTTP1_END);

	memset(text + 596, 'x', 4);
	memcpy(text + 597, "\r\n\r\n", 4);
	got = read_all_ways(aip_strn(text, 601));
	CHECK_INT_EQ(got.fault, HTTP1_FAULT_HEAD_TOO_LARGE);
	got = read_all_ways(aip_strn(text, 600));
	CHECK_INT_EQ(got.fault, HTTP1_FAULT_HEAD_TOO_LARGE);
	got = read_all_ways(aip_strn(text, 598));
	CHECK_INT_EQ(got.verdict, HTTP1_MORE);
}

TEST(ten_thousand_headers_are_refused_after_the_last_allowed_one)
{
	const struct http1_limits wide = {.head_bytes = 1 << 20, .n_headers = 100};
	const char *start = "GET / HTTP/1.1\r\nHost: a\r\n";
	size_t len = strlen(start);
	char *text = malloc(len + 60000);
	struct http1_scan scan = {0};

	memcpy(text, start, len);
	for (int i = 0; i < 10000; i++)
		memcpy(text + len + 6 * i, "A: b\r\n", 6);
	CHECK_INT_EQ(http1_scan(&scan, aip_strn(text, len + 60000), &wide), HTTP1_REFUSED);
	CHECK_INT_EQ(scan.fault, HTTP1_FAULT_TOO_MANY_HEADERS);
	CHECK_INT_EQ(scan.at, len + 600);
	free(text);
}

/* `unit` again and again behind `start`: which fault, and after how many bytes. */
static enum http1_fault fault_of_flood(const char *start, const char *unit, size_t *ret_used)
{
	struct http1_chunked chunked = {0};
	struct aip_str bytes = aip_str(start), data;
	enum http1_verdict verdict;

	for (*ret_used = 0; *ret_used < 100000; *ret_used += strlen(unit)) {
		do
			verdict = http1_chunked_next(&chunked, &bytes, 1 << 30, &data);
		while (verdict == HTTP1_READY);
		if (verdict == HTTP1_REFUSED)
			return chunked.fault;
		bytes = aip_str(unit);
	}
	return HTTP1_FAULT_NONE;
}

TEST(extensions_and_trailers_have_a_ceiling)
{
	size_t used;

	CHECK_INT_EQ(fault_of_flood("1;", "abcdefgh", &used), HTTP1_FAULT_CHUNK_EXTENSIONS);
	CHECK(used <= HTTP1_EXTENSION_BYTES + 16);
	CHECK_INT_EQ(fault_of_flood("", "1;abcdefgh\r\nx\r\n", &used),
	             HTTP1_FAULT_CHUNK_EXTENSIONS);
	CHECK(used <= 2 * HTTP1_EXTENSION_BYTES + 32);
	CHECK_INT_EQ(fault_of_flood("0\r\nA:", "abcdefgh", &used), HTTP1_FAULT_TRAILERS_TOO_LARGE);
	CHECK(used <= HTTP1_TRAILER_BYTES_MAX + 16);
	CHECK_INT_EQ(fault_of_flood("0\r\n", "A: b\r\n", &used), HTTP1_FAULT_TRAILERS_TOO_LARGE);
}

TEST(a_refusal_stays_a_refusal)
{
	struct http1_chunked chunked = {0};
	struct http1_scan scan = {0};
	struct aip_str bytes = AIP_LIT("x"), data;

	CHECK_INT_EQ(http1_chunked_next(&chunked, &bytes, 10, &data), HTTP1_REFUSED);
	bytes = AIP_LIT("0\r\n\r\n");
	CHECK_INT_EQ(http1_chunked_next(&chunked, &bytes, 10, &data), HTTP1_REFUSED);
	CHECK_INT_EQ(http1_scan(&scan, AIP_LIT("\n"), &limits), HTTP1_REFUSED);
	CHECK_INT_EQ(http1_scan(&scan, AIP_LIT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), &limits),
	             HTTP1_REFUSED);
}

TEST(paths_are_decoded_once_and_without_controls)
{
	struct aip_str got;
	char into[32];

	CHECK(http1_path_decode(AIP_LIT("/a%2Fb%2525c%c3%A4+"), into, &got));
	CHECK_STR_EQ(got, "/a/b%25c\xc3\xa4+");
	CHECK(!http1_path_decode(AIP_LIT("/%"), into, &got));
	CHECK(!http1_path_decode(AIP_LIT("/%4"), into, &got));
	CHECK(!http1_path_decode(AIP_LIT("/%4g"), into, &got));
	CHECK(!http1_path_decode(AIP_LIT("/%00"), into, &got));
	CHECK(!http1_path_decode(AIP_LIT("/%0a"), into, &got));
	CHECK(!http1_path_decode(AIP_LIT("/%7f"), into, &got));
}

static bool whole(const char *text)
{
	struct aip_header headers[HEADERS_MAX];

	return http1_is_whole(aip_str(text), &limits, headers);
}

TEST(a_whole_request_is_told_from_a_part_of_one)
{
	CHECK(whole("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	CHECK(whole(POST "Content-Length: 2\r\n\r\nxyGET"));
	CHECK(whole(CHUNKED "1\r\nx\r\n0\r\n\r\n"));
	CHECK(!whole(""));
	CHECK(!whole("GET / HTTP/1.1\r\nHost: a\r\n\r"));
	CHECK(!whole(POST "Content-Length: 2\r\n\r\nx"));
	CHECK(!whole(CHUNKED "1\r\nx\r\n0\r\n\r"));
	CHECK(!whole(CHUNKED "x"));
	CHECK(!whole("GET / HTTP/1.1\r\n\r\n"));
}

RUN_ALL(CASE(ambiguous_heads_are_refused_at_any_split),
        CASE(ambiguous_chunks_are_refused_at_any_split),
        CASE(every_refusal_has_a_client_error_code_and_a_sentence),
        CASE(well_formed_requests_are_understood_at_any_split),
        CASE(a_target_is_split_into_path_and_query),
        CASE(headers_are_found_without_case_and_without_blanks),
        CASE(names_differ_where_only_a_bit_of_case_would_make_them_equal),
        CASE(continue_is_expected_only_with_a_body_to_come),
        CASE(a_head_may_be_as_large_as_the_limit_and_not_a_byte_more),
        CASE(ten_thousand_headers_are_refused_after_the_last_allowed_one),
        CASE(extensions_and_trailers_have_a_ceiling), CASE(a_refusal_stays_a_refusal),
        CASE(paths_are_decoded_once_and_without_controls),
        CASE(a_whole_request_is_told_from_a_part_of_one))
