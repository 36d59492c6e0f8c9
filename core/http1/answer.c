/* Heads of answers: finding their end, reading what they say. */
#include "http1/answer.h"

#include "http1/http1.h"

#define LENGTH_DIGITS_MAX 18

bool http1_answer_may_begin(struct aip_str bytes)
{
	static const char begin[] = "HTTP/1.";
	size_t n = bytes.len < sizeof(begin) - 1 ? bytes.len : sizeof(begin) - 1;

	return n == 0 || memcmp(bytes.at, begin, n) == 0;
}

/* ---- Where a head ends -------------------------------------------------------------------- */

enum { WITHIN_LINE, LINE_BEGINS, CR_BEGINS };

size_t http1_answer_scan(uint8_t *state, struct aip_str bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (*state == WITHIN_LINE) {
			const char *lf = memchr(bytes.at + i, '\n', bytes.len - i);
			if (!lf)
				return 0;
			i = (size_t)(lf - bytes.at);
			*state = LINE_BEGINS;
		} else if (bytes.at[i] == '\n') {
			return i + 1;
		} else {
			*state = bytes.at[i] == '\r' && *state == LINE_BEGINS ? CR_BEGINS
			                                                      : WITHIN_LINE;
		}
	}
	return 0;
}

/* ---- Lines -------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Joins each folded line to the one before, a space between them. Returns what is left. */
static size_t unfold(char *head, size_t len)
{
	size_t to = 0;

	for (size_t from = 0; from < len; from++) {
		bool folded = is_blank(head[from]) && to > 0 && head[to - 1] == '\n';
		if (!folded) {
			head[to++] = head[from];
			continue;
		}
		while (to > 0 &&
		       (is_blank(head[to - 1]) || head[to - 1] == '\r' || head[to - 1] == '\n'))
			to--;
		while (from + 1 < len && is_blank(head[from + 1]))
			from++;
		head[to++] = ' ';
	}
	return to;
}

static bool has_folds(const char *head, size_t len)
{
	return memmem(head, len, "\n ", 2) || memmem(head, len, "\n\t", 2);
}

/* The next line without its end; what is behind it stays in *rest. */
static struct aip_str next_line(struct aip_str *rest)
{
	const char *lf = memchr(rest->at, '\n', rest->len);
	size_t n = lf ? (size_t)(lf - rest->at) : rest->len;
	struct aip_str line = aip_strn(rest->at, n);

	*rest = lf ? aip_strn(lf + 1, rest->len - n - 1) : AIP_LIT("");
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* "HTTP/1.1 200 OK" */
static bool read_status_line(struct aip_str line, int *ret_minor, int *ret_http)
{
	int http = 0;

	if (line.len < 12 || !http1_answer_may_begin(line) || line.at[7] < '0' ||
	    line.at[7] > '9' || line.at[8] != ' ')
		return false;
	for (size_t i = 9; i < 12; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return false;
		http = http * 10 + line.at[i] - '0';
	}
	*ret_minor = line.at[7] - '0';
	*ret_http = http;
	return http >= 100 && (line.len == 12 || line.at[12] == ' ');
}

/* ---- Framing ------------------------------------------------------------------------------ */

/* What the lines say of framing, before the rules are put to them. */
struct said {
	bool has_length, bad_length;
	uint64_t length;
	bool has_coding, chunked, other_coding;
	bool close, keep_alive;
};

/* A list of equal numbers is one number said often. */
static void hear_length(struct said *said, struct aip_str value)
{
	struct aip_str rest = value;

	while (rest.at) {
		ptrdiff_t comma = aip_str_find(rest, AIP_LIT(","));
		struct aip_str digits =
			aip_str_trim(comma < 0 ? rest : aip_strn(rest.at, (size_t)comma));
		uint64_t length = 0;
		bool bad = digits.len == 0 || digits.len > LENGTH_DIGITS_MAX;
		for (size_t i = 0; i < digits.len && !bad; i++) {
			bad = digits.at[i] < '0' || digits.at[i] > '9';
			length = length * 10 + (uint64_t)(digits.at[i] - '0');
		}
		said->bad_length |= bad || (said->has_length && said->length != length);
		said->has_length = true;
		said->length = length;
		rest = comma < 0 ? AIP_NONE
		                 : aip_strn(rest.at + comma + 1, rest.len - (size_t)comma - 1);
	}
}

static void hear(struct said *said, const struct aip_header *header)
{
	if (aip_str_eq_nocase(header->name, AIP_LIT("content-length"))) {
		hear_length(said, header->value);
	} else if (aip_str_eq_nocase(header->name, AIP_LIT("transfer-encoding"))) {
		bool chunked = aip_str_eq_nocase(header->value, AIP_LIT("chunked"));
		said->other_coding |= !chunked || said->chunked;
		said->chunked |= chunked;
		said->has_coding = true;
	} else if (aip_str_eq_nocase(header->name, AIP_LIT("connection"))) {
		said->close |= http1_list_has(header->value, "close");
		said->keep_alive |= http1_list_has(header->value, "keep-alive");
	}
}

static enum http1_answer_fault frame(const struct said *said, bool to_head, int minor,
                                     struct http1_answer *ret)
{
	ret->keep_alive = minor >= 1 ? !said->close : said->keep_alive && !said->close;
	if (to_head || ret->http < 200 || ret->http == 204 || ret->http == 304) {
		ret->framing = HTTP1_ANSWER_NO_BODY;
		return HTTP1_ANSWER_GOOD;
	}
	if (said->other_coding)
		return HTTP1_ANSWER_CODING;
	if (said->has_coding) {
		ret->framing = HTTP1_ANSWER_CHUNKED;
		ret->keep_alive &= !said->has_length; /* two lengths: trust no byte behind it */
		return HTTP1_ANSWER_GOOD;
	}
	if (said->bad_length)
		return HTTP1_ANSWER_LENGTH;
	ret->framing = said->has_length ? HTTP1_ANSWER_LENGTH_SAID : HTTP1_ANSWER_UNTIL_CLOSE;
	ret->content_length = said->length;
	return HTTP1_ANSWER_GOOD;
}

/* ---- The whole ---------------------------------------------------------------------------- */

enum http1_answer_fault http1_answer_parse(char *head, size_t len, struct aip_header *headers,
                                           size_t n_headers, bool to_head, struct http1_answer *ret)
{
	struct said said = {0};
	int minor;

	*ret = (struct http1_answer){.headers = headers};
	if (memchr(head, '\0', len))
		return HTTP1_ANSWER_NOT_HTTP;
	if (has_folds(head, len))
		len = unfold(head, len);
	struct aip_str rest = aip_strn(head, len);
	if (!read_status_line(next_line(&rest), &minor, &ret->http))
		return HTTP1_ANSWER_NOT_HTTP;
	while (rest.len) {
		struct aip_str line = next_line(&rest);
		const char *colon = memchr(line.at, ':', line.len);
		if (!colon) /* the empty line; one without a colon says nothing */
			continue;
		if (ret->n_headers == n_headers)
			return HTTP1_ANSWER_HEADERS;
		struct aip_header *header = &headers[ret->n_headers++];
		size_t name = (size_t)(colon - line.at);
		*header =
			(struct aip_header){aip_strn(line.at, name),
		                            aip_str_trim(aip_strn(colon + 1, line.len - name - 1))};
		hear(&said, header);
	}
	return frame(&said, to_head, minor, ret);
}
