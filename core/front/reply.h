/* The head of an answer as bytes. Pure; any thread. */
#ifndef FRONT_REPLY_H
#define FRONT_REPLY_H

#include <aiproxy/codec.h>

/* How the end of the body is told. */
enum reply_body {
	REPLY_NO_BODY, /* 1xx, 204, 304: nothing, and no word about a length */
	REPLY_LENGTH,
	REPLY_CHUNKED,
	REPLY_TO_CLOSE, /* HTTP/1.0 without a known length */
};

struct reply {
	int status;
	int minor; /* of the request: HTTP/1.minor */
	enum reply_body body;
	uint64_t length; /* REPLY_LENGTH */
	bool keep_alive;
	const struct aip_header *headers;
	size_t n_headers;
	struct aip_str date; /* "Mon, 02 Mar 2026 12:00:00 GMT" */
};

/* Adds the head with its empty line to `into`. Headers about framing, and those that would not be
 * one line (control bytes, a name that is no token), are left out: a header that came from
 * somewhere else must not be able to begin an answer of its own. */
void reply_head(struct aip_buf *into, const struct reply *reply);

/* Whether answers of that status have a body at all. */
bool reply_status_has_body(int status);

/* "Not Found"; "" for a code without a customary phrase. */
const char *reply_reason(int status);

/* Bytes of a date with its NUL. */
#define REPLY_DATE_BYTES 30
/* Writes the date of an HTTP header for Unix seconds. */
void reply_date(int64_t wall_s, char into[REPLY_DATE_BYTES]);

#endif
