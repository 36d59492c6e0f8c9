/* HTTP/1.1 answers as bytes: where a head ends, what it says, how its body is framed.
 *
 * Pure, like http1.h: no I/O, no allocation, no clock. Where a request with two readings is
 * refused, an answer is read as clients do: a line may end in LF alone, a folded line continues
 * the one before. How long the body is must still be beyond doubt.
 *
 * Thread: any; nothing is shared. Source: RFC 9112 §4 to §7. */
#ifndef HTTP1_ANSWER_H
#define HTTP1_ANSWER_H

#include <aiproxy/host.h>

enum http1_answer_fault {
	HTTP1_ANSWER_GOOD,
	HTTP1_ANSWER_NOT_HTTP, /* no status line of HTTP/1.x, or a NUL in the head */
	HTTP1_ANSWER_LENGTH,   /* Content-Length is not one plain decimal number */
	HTTP1_ANSWER_CODING,   /* a transfer coding but 'chunked' */
	HTTP1_ANSWER_HEADERS,  /* more of them than there is room for */
};

enum http1_answer_framing {
	HTTP1_ANSWER_NO_BODY,
	HTTP1_ANSWER_LENGTH_SAID,
	HTTP1_ANSWER_CHUNKED,
	HTTP1_ANSWER_UNTIL_CLOSE,
};

struct http1_answer {
	int http; /* 100 to 999 */
	struct aip_header *headers;
	size_t n_headers;
	enum http1_answer_framing framing;
	uint64_t content_length; /* 0 unless LENGTH_SAID */
	bool keep_alive;         /* the connection may be used again */
};

/* Whether bytes, as far as they go, may begin an answer. */
bool http1_answer_may_begin(struct aip_str bytes);

/* Looks on for the end of a head: bytes are the next of it. Returns how many of them belong to the
 * head when it ends in them, else 0: they all do. *state is 0 at the beginning. */
size_t http1_answer_scan(uint8_t *state, struct aip_str bytes);

/* Reads a complete head. Its folded lines are unfolded in place; spans of *ret borrow from it.
 *
 * headers  room for n_headers of them; ret->headers points there
 * to_head  the request was HEAD: whatever the answer says, it has no body */
aip_nodiscard enum http1_answer_fault http1_answer_parse(char *head, size_t len,
                                                         struct aip_header *headers,
                                                         size_t n_headers, bool to_head,
                                                         struct http1_answer *ret);

#endif
