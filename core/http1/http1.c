/* Request heads: finding their end, reading what they say, refusing what is ambiguous. */
#include "http1/http1.h"

#define NAME_IS(str, literal) name_is((str), (literal), sizeof(literal) - 1)

static const struct http1_fault_row fault_rows[] = {
#define ROW(name, http, status, text) {#name, http, AIP_##status, text},
	HTTP1_FAULT_TABLE(ROW)
#undef ROW
};

const struct http1_fault_row *http1_fault_row(enum http1_fault fault)
{
	return &fault_rows[(size_t)fault < HTTP1_FAULTS ? fault : HTTP1_FAULT_REQUEST_LINE];
}

/* ---- Bytes -------------------------------------------------------------------------------- */

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(unsigned char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

static bool is_one_of(unsigned char c, const char *set)
{
	return c && strchr(set, c);
}

static bool is_token_byte(unsigned char c)
{
	return is_alnum(c) || is_one_of(c, "-_!#$%&'*+.^`|~");
}

static bool is_token(struct aip_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token_byte((unsigned char)s.at[i]))
			return false;
	return s.len > 0;
}

/* `lower` is in lower case. */
static bool name_is(struct aip_str s, const char *lower, size_t len)
{
	if (s.len != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != (unsigned char)lower[i])
			return false;
	}
	return true;
}

static bool is_same_nocase(struct aip_str a, struct aip_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		unsigned char x = (unsigned char)a.at[i], y = (unsigned char)b.at[i];

		if (x != y && !(is_alnum(x) && (x ^ y) == 0x20 && !is_digit(x)))
			return false;
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct aip_str without_blanks(struct aip_str s)
{
	while (s.len && is_blank(s.at[0]))
		s = aip_strn(s.at + 1, s.len - 1);
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

/* Cuts `s` at the first `c`: the part before is returned, *s becomes the part behind it. False, and
 * *s untouched, without a `c`. */
static bool cut(struct aip_str *s, char c, struct aip_str *ret)
{
	const char *at = s->len ? memchr(s->at, c, s->len) : NULL;

	if (!at)
		return false;
	*ret = aip_strn(s->at, (size_t)(at - s->at));
	*s = aip_strn(at + 1, s->len - ret->len - 1);
	return true;
}

/* The next element of a comma-separated list, without blanks; false at the end. An absent rest
 * (at NULL) is the end, an empty one is an empty element. */
static bool next_element(struct aip_str *rest, struct aip_str *ret)
{
	if (!rest->at)
		return false;
	if (!cut(rest, ',', ret)) {
		*ret = *rest;
		*rest = AIP_NONE;
	}
	*ret = without_blanks(*ret);
	return true;
}

bool http1_list_has(struct aip_str value, const char *token)
{
	struct aip_str element;

	while (next_element(&value, &element))
		if (is_same_nocase(element, aip_str(token)))
			return true;
	return false;
}

struct aip_str http1_header(const struct aip_header *headers, size_t n_headers, const char *name)
{
	struct aip_str wanted = aip_str(name);

	for (size_t i = 0; i < n_headers; i++)
		if (is_same_nocase(headers[i].name, wanted))
			return headers[i].value;
	return AIP_NONE;
}

static int hex_digit(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http1_path_decode(struct aip_str path, char *into, struct aip_str *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++) {
		int high, low;

		if (path.at[i] != '%') {
			into[n++] = path.at[i];
			continue;
		}
		if (path.len - i < 3)
			return false;
		high = hex_digit((unsigned char)path.at[i + 1]);
		low = hex_digit((unsigned char)path.at[i + 2]);
		if (high < 0 || low < 0)
			return false;
		into[n] = (char)(high << 4 | low);
		if ((unsigned char)into[n] < 0x20 || into[n] == 0x7f)
			return false;
		n++;
		i += 2;
	}
	*ret = aip_strn(into, n);
	return true;
}

/* ---- The request line --------------------------------------------------------------------- */

/* host [":" port], where host is a name, an IPv4 address or an IPv6 address in brackets. */
static bool is_authority(struct aip_str s)
{
	size_t i = 0;
	size_t host_len;

	if (s.len && s.at[0] == '[') {
		for (i = 1; i < s.len && s.at[i] != ']'; i++)
			if (!is_alnum((unsigned char)s.at[i]) && !is_one_of(s.at[i], ":.%-_~"))
				return false;
		if (i == s.len)
			return false;
		i++;
	} else {
		while (i < s.len && (is_alnum((unsigned char)s.at[i]) ||
		                     is_one_of((unsigned char)s.at[i], "-._~%!$&'()*+;=")))
			i++;
	}
	host_len = i;
	if (i < s.len && s.at[i] == ':')
		for (i++; i < s.len && is_digit((unsigned char)s.at[i]); i++)
			;
	return host_len > 0 && i == s.len;
}

static void split_path(struct aip_str s, struct http1_head *ret)
{
	struct aip_str rest = s;

	if (cut(&rest, '?', &ret->path)) {
		ret->query = rest;
	} else {
		ret->path = s;
		ret->query = AIP_NONE;
	}
	if (ret->path.len == 0)
		ret->path = AIP_LIT("/");
}

/* Of an absolute-form target *ret_authority is what must equal Host, else AIP_NONE. */
static enum http1_fault read_target(struct http1_head *head, struct aip_str *ret_authority)
{
	struct aip_str t = head->target;
	size_t scheme = 0, i;

	*ret_authority = AIP_NONE;
	for (i = 0; i < t.len; i++)
		if (t.at[i] <= ' ' || t.at[i] > '~' || t.at[i] == '#')
			return HTTP1_FAULT_TARGET;
	if (t.len && t.at[0] == '/') {
		split_path(t, head);
		return HTTP1_FAULT_NONE;
	}
	if (aip_str_is(t, "*") && aip_str_is(head->method, "OPTIONS")) {
		head->path = t;
		return HTTP1_FAULT_NONE;
	}
	if (t.len > 7 && NAME_IS(aip_strn(t.at, 7), "http://"))
		scheme = 7;
	else if (t.len > 8 && NAME_IS(aip_strn(t.at, 8), "https://"))
		scheme = 8;
	else
		return HTTP1_FAULT_TARGET;
	for (i = scheme; i < t.len && t.at[i] != '/' && t.at[i] != '?'; i++)
		;
	*ret_authority = aip_strn(t.at + scheme, i - scheme);
	if (!is_authority(*ret_authority))
		return HTTP1_FAULT_TARGET;
	split_path(aip_strn(t.at + i, t.len - i), head);
	return HTTP1_FAULT_NONE;
}

static enum http1_fault read_version(struct aip_str version, int *ret_minor)
{
	bool like_http = version.len == 8 && aip_str_starts(version, AIP_LIT("HTTP/")) &&
	                 is_digit((unsigned char)version.at[5]) && version.at[6] == '.' &&
	                 is_digit((unsigned char)version.at[7]);

	if (!like_http)
		return HTTP1_FAULT_REQUEST_LINE;
	if (version.at[5] != '1' || version.at[7] > '1')
		return HTTP1_FAULT_VERSION;
	*ret_minor = version.at[7] - '0';
	return HTTP1_FAULT_NONE;
}

static enum http1_fault read_request_line(struct aip_str line, struct http1_head *head,
                                          struct aip_str *ret_authority)
{
	enum http1_fault fault;

	if (!cut(&line, ' ', &head->method))
		return HTTP1_FAULT_REQUEST_LINE;
	if (!is_token(head->method) || head->method.len > HTTP1_METHOD_BYTES_MAX)
		return HTTP1_FAULT_METHOD_TOKEN;
	if (!cut(&line, ' ', &head->target))
		return HTTP1_FAULT_VERSION; /* HTTP/0.9 has none */
	fault = read_version(line, &head->minor);
	if (fault)
		return fault;
	if (aip_str_is(head->method, "CONNECT"))
		return HTTP1_FAULT_METHOD_CONNECT;
	return read_target(head, ret_authority);
}

/* ---- Where a head ends -------------------------------------------------------------------- */

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* First place from `at` on with a byte below space or a DEL, or `stop`. Eight bytes at a time: a
 * borrow may flag a harmless byte, so the flagged eight are looked at one by one. */
static size_t skip_text(const char *bytes, size_t at, size_t stop)
{
	while (at < stop) {
		uint64_t eight, del;

		if (stop - at >= 8) {
			memcpy(&eight, bytes + at, 8);
			del = eight ^ EACH_BYTE(0x7f);
			if (!((((eight - EACH_BYTE(0x20)) & ~eight) |
			       ((del - EACH_BYTE(1)) & ~del)) &
			      EACH_BYTE(0x80))) {
				at += 8;
				continue;
			}
		}
		for (size_t end = stop - at < 8 ? stop : at + 8; at < end; at++)
			if ((unsigned char)bytes[at] < 0x20 || bytes[at] == 0x7f)
				return at;
	}
	return stop;
}

static enum http1_verdict scan_refuse(struct http1_scan *scan, enum http1_fault fault)
{
	scan->fault = fault;
	return HTTP1_REFUSED;
}

/* A line has ended in front of scan->at - 2. */
static enum http1_verdict scan_line(struct http1_scan *scan, struct aip_str bytes,
                                    const struct http1_limits *limits)
{
	struct aip_str line = aip_strn(bytes.at + scan->line, scan->at - 2 - scan->line);
	struct aip_str authority;
	struct http1_head head = {0};

	scan->line = scan->at;
	if (line.len == 0 && scan->lines > 0) {
		scan->end = scan->at;
		return HTTP1_READY;
	}
	if (line.len == 0) {
		scan->start = scan->at;
		if (scan->at > 2 * HTTP1_LEADING_CRLF_MAX)
			return scan_refuse(scan, HTTP1_FAULT_LEADING_LINES);
		return HTTP1_MORE;
	}
	if (scan->lines == 0) {
		enum http1_fault fault = read_request_line(line, &head, &authority);

		if (fault)
			return scan_refuse(scan, fault);
	} else if (scan->lines > limits->n_headers) {
		return scan_refuse(scan, HTTP1_FAULT_TOO_MANY_HEADERS);
	}
	scan->lines++;
	return HTTP1_MORE;
}

enum http1_verdict http1_scan(struct http1_scan *scan, struct aip_str bytes,
                              const struct http1_limits *limits)
{
	size_t stop = bytes.len < limits->head_bytes ? bytes.len : limits->head_bytes;
	enum http1_verdict verdict;

	if (scan->fault)
		return HTTP1_REFUSED;
	if (scan->end)
		return HTTP1_READY;
	while ((scan->at = (uint32_t)skip_text(bytes.at, scan->at, stop)) < stop) {
		unsigned char c = (unsigned char)bytes.at[scan->at];

		if (c == '\n')
			return scan_refuse(scan, HTTP1_FAULT_BARE_LF);
		if (is_control(c) && c != '\r')
			return scan_refuse(scan, HTTP1_FAULT_CONTROL_BYTE);
		if (c == '\t') {
			scan->at++;
			continue;
		}
		if (scan->at + 1 == stop)
			break; /* a CR whose LF may follow */
		if (bytes.at[scan->at + 1] != '\n')
			return scan_refuse(scan, HTTP1_FAULT_BARE_CR);
		scan->at += 2;
		verdict = scan_line(scan, bytes, limits);
		if (verdict != HTTP1_MORE)
			return verdict;
	}
	if (stop == limits->head_bytes)
		return scan_refuse(scan, HTTP1_FAULT_HEAD_TOO_LARGE);
	return HTTP1_MORE;
}

/* ---- What a head says --------------------------------------------------------------------- */

/* What the headers of one head have said so far about its framing. */
struct said {
	bool length;
	bool coding;
	bool host;
	bool close;
	bool keep_alive;
	struct aip_str authority; /* of an absolute-form target */
};

static enum http1_fault say_length(struct http1_head *head, struct said *said, struct aip_str value)
{
	uint64_t n = 0;

	if (said->length)
		return HTTP1_FAULT_LENGTH_TWICE;
	said->length = true;
	if (value.len == 0 || value.len > 19) /* 19 digits fit 64 bits */
		return HTTP1_FAULT_LENGTH;
	for (size_t i = 0; i < value.len; i++) {
		if (!is_digit((unsigned char)value.at[i]))
			return HTTP1_FAULT_LENGTH;
		n = n * 10 + (uint64_t)(value.at[i] - '0');
	}
	head->content_length = n;
	return HTTP1_FAULT_NONE;
}

static enum http1_fault say_coding(struct http1_head *head, struct said *said, struct aip_str value)
{
	struct aip_str coding = AIP_NONE;
	bool chunked = false, unknown = false;

	if (head->minor == 0)
		return HTTP1_FAULT_CODING_IN_1_0;
	if (said->coding)
		return HTTP1_FAULT_CODING;
	said->coding = true;
	while (next_element(&value, &coding)) {
		if (coding.len == 0 ||
		    chunked) /* nothing may follow chunked, least of all itself */
			return HTTP1_FAULT_CODING;
		chunked = NAME_IS(coding, "chunked");
		unknown |= !chunked;
	}
	return unknown ? HTTP1_FAULT_CODING_UNKNOWN : HTTP1_FAULT_NONE;
}

static enum http1_fault say_host(struct http1_head *head, struct said *said, struct aip_str value)
{
	if (said->host)
		return HTTP1_FAULT_HOST_TWICE;
	said->host = true;
	if (!is_authority(value))
		return HTTP1_FAULT_HOST;
	if (said->authority.at && !is_same_nocase(said->authority, value))
		return HTTP1_FAULT_HOST_DIFFERS;
	head->host = value;
	return HTTP1_FAULT_NONE;
}

static enum http1_fault say_expect(struct http1_head *head, struct aip_str value)
{
	if (!NAME_IS(value, "100-continue"))
		return HTTP1_FAULT_EXPECTATION;
	head->expects_continue = head->minor > 0;
	return HTTP1_FAULT_NONE;
}

static enum http1_fault say(struct http1_head *head, struct said *said, const struct aip_header *h)
{
	switch (h->name.len) {
	case 4: return NAME_IS(h->name, "host") ? say_host(head, said, h->value) : HTTP1_FAULT_NONE;
	case 6: return NAME_IS(h->name, "expect") ? say_expect(head, h->value) : HTTP1_FAULT_NONE;
	case 10:
		if (NAME_IS(h->name, "connection")) {
			said->close |= http1_list_has(h->value, "close");
			said->keep_alive |= http1_list_has(h->value, "keep-alive");
		}
		return HTTP1_FAULT_NONE;
	case 14:
		return NAME_IS(h->name, "content-length") ? say_length(head, said, h->value)
		                                          : HTTP1_FAULT_NONE;
	case 17:
		return NAME_IS(h->name, "transfer-encoding") ? say_coding(head, said, h->value)
		                                             : HTTP1_FAULT_NONE;
	}
	return HTTP1_FAULT_NONE;
}

static enum http1_fault read_header(struct aip_str line, struct aip_header *ret)
{
	if (is_blank(line.at[0]))
		return HTTP1_FAULT_FOLDED;
	if (!cut(&line, ':', &ret->name) || !is_token(ret->name))
		return HTTP1_FAULT_FIELD_NAME;
	ret->value = without_blanks(line);
	return HTTP1_FAULT_NONE;
}

/* The headers together: what none of them could say alone. */
static enum http1_fault conclude(struct http1_head *head, const struct said *said,
                                 const struct http1_limits *limits)
{
	if (!said->host && (head->minor > 0 || said->authority.at))
		return HTTP1_FAULT_HOST_MISSING;
	if (said->length && said->coding)
		return HTTP1_FAULT_LENGTH_AND_CODING;
	if (said->coding)
		head->framing = HTTP1_CHUNKED;
	else if (said->length && head->content_length > 0)
		head->framing = HTTP1_LENGTH;
	head->expects_continue &= head->framing != HTTP1_NO_BODY;
	head->keep_alive = !said->close && (head->minor > 0 || said->keep_alive);
	if (head->content_length > limits->body_bytes)
		return HTTP1_FAULT_BODY_TOO_LARGE;
	return HTTP1_FAULT_NONE;
}

enum http1_fault http1_parse(const struct http1_scan *scan, struct aip_str bytes,
                             const struct http1_limits *limits, struct aip_header *headers,
                             struct http1_head *ret)
{
	struct aip_str rest = aip_strn(bytes.at + scan->start, scan->end - 2 - scan->start);
	struct said said = {0};
	struct aip_str line;
	enum http1_fault fault;

	*ret = (struct http1_head){.headers = headers};
	if (!cut(&rest, '\n', &line))
		return HTTP1_FAULT_REQUEST_LINE;
	fault = read_request_line(aip_strn(line.at, line.len - 1), ret, &said.authority);
	while (!fault && cut(&rest, '\n', &line)) {
		struct aip_header *header = &headers[ret->n_headers];

		fault = read_header(aip_strn(line.at, line.len - 1), header);
		if (!fault) {
			ret->n_headers++;
			fault = say(ret, &said, header);
		}
	}
	return fault ? fault : conclude(ret, &said, limits);
}
