/* Heads of answers: status line, headers of the handler, framing, date. */
#include "front/reply.h"

#include <stdio.h>
#include <time.h>

/* clang-format off */
#define REASON_TABLE(ROW) \
	ROW(100, "Continue")              ROW(200, "OK")                   ROW(201, "Created") \
	ROW(202, "Accepted")              ROW(204, "No Content")           ROW(206, "Partial Content") \
	ROW(301, "Moved Permanently")     ROW(302, "Found")                ROW(303, "See Other") \
	ROW(304, "Not Modified")          ROW(307, "Temporary Redirect")   ROW(308, "Permanent Redirect") \
	ROW(400, "Bad Request")           ROW(401, "Unauthorized")         ROW(402, "Payment Required") \
	ROW(403, "Forbidden")             ROW(404, "Not Found")            ROW(405, "Method Not Allowed") \
	ROW(406, "Not Acceptable")        ROW(408, "Request Timeout")      ROW(409, "Conflict") \
	ROW(410, "Gone")                  ROW(411, "Length Required")      ROW(412, "Precondition Failed") \
	ROW(413, "Content Too Large")     ROW(414, "URI Too Long")         ROW(415, "Unsupported Media Type") \
	ROW(417, "Expectation Failed")    ROW(421, "Misdirected Request")  ROW(422, "Unprocessable Content") \
	ROW(424, "Failed Dependency")     ROW(425, "Too Early")            ROW(428, "Precondition Required") \
	ROW(429, "Too Many Requests")     ROW(431, "Request Header Fields Too Large") \
	ROW(499, "Client Closed Request") ROW(500, "Internal Server Error") ROW(501, "Not Implemented") \
	ROW(502, "Bad Gateway")           ROW(503, "Service Unavailable")  ROW(504, "Gateway Timeout") \
	ROW(505, "HTTP Version Not Supported") ROW(529, "Overloaded")
/* clang-format on */

const char *reply_reason(int status)
{
	switch (status) {
#define ROW(code, text) \
	case code: return text;
		REASON_TABLE(ROW)
#undef ROW
	}
	return "";
}

bool reply_status_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

void reply_date(int64_t wall_s, char into[REPLY_DATE_BYTES])
{
	const time_t seconds = (time_t)wall_s;
	struct tm tm;

	/* the process stays in the C locale for times */
	if (!gmtime_r(&seconds, &tm) ||
	    strftime(into, REPLY_DATE_BYTES, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		into[0] = 0;
}

static bool is_framing(struct aip_str name)
{
	static const char *const names[] = {
		"content-length", "transfer-encoding", "connection", "keep-alive",
		"date",           "upgrade",           "trailer"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (aip_str_eq_nocase(name, aip_str(names[i])))
			return true;
	return false;
}

/* No byte below `lowest` but a tab where blanks are allowed, no DEL. */
static bool is_clean(struct aip_str s, unsigned char lowest)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if ((c < lowest && !(c == '\t' && lowest == ' ')) || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_name(struct aip_str name)
{
	return name.len > 0 && is_clean(name, '!') && !memchr(name.at, ':', name.len);
}

static void add(struct aip_buf *into, struct aip_str s)
{
	(void)aip_buf_add(into, s);
}

static void add_headers(struct aip_buf *into, const struct aip_header *header, size_t n)
{
	for (; n > 0; n--, header++) {
		if (!is_name(header->name) || is_framing(header->name) ||
		    !is_clean(header->value, ' '))
			continue;
		add(into, header->name);
		add(into, AIP_LIT(": "));
		add(into, header->value);
		add(into, AIP_LIT("\r\n"));
	}
}

static void add_framing(struct aip_buf *into, const struct reply *reply)
{
	if (reply->body == REPLY_LENGTH)
		(void)aip_buf_addf(into, "Content-Length: %llu\r\n",
		                   (unsigned long long)reply->length);
	else if (reply->body == REPLY_CHUNKED)
		add(into, AIP_LIT("Transfer-Encoding: chunked\r\n"));
	if (!reply->keep_alive)
		add(into, AIP_LIT("Connection: close\r\n"));
	else if (reply->minor == 0)
		add(into, AIP_LIT("Connection: keep-alive\r\n"));
}

void reply_head(struct aip_buf *into, const struct reply *reply)
{
	(void)aip_buf_addf(into, "HTTP/1.1 %d %s\r\n", reply->status, reply_reason(reply->status));
	if (reply->date.len > 0) {
		add(into, AIP_LIT("Date: "));
		add(into, reply->date);
		add(into, AIP_LIT("\r\n"));
	}
	add_headers(into, reply->headers, reply->n_headers);
	add_framing(into, reply);
	add(into, AIP_LIT("\r\n"));
}
