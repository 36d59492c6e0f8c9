/* HTTP/1.1 requests as bytes: where a head ends, what it says, how its body is framed.
 *
 * Pure: no I/O, no allocation, no clock; the same bytes give the same verdict however they were
 * split. A request that two implementations could frame differently is refused, never repaired,
 * because behind a gateway such a request is an attack (request smuggling).
 *
 * Reading a head takes two steps. `http1_scan` looks for its end and may be asked again each time
 * bytes were added; it refuses at once what no further byte can mend: control bytes, a line end
 * that is not CRLF, a hopeless request line, too many lines, too many bytes. `http1_parse` then
 * reads the complete head into spans that borrow from it.
 *
 * Bodies have a known length or are chunked; `http1_chunked_next` decodes the latter piece by
 * piece.
 *
 * Thread: any; nothing is shared. Source: RFC 9110, RFC 9112. */
#ifndef HTTP1_HTTP1_H
#define HTTP1_HTTP1_H

#include <aiproxy/codec.h>

/* Everything that is refused, with what the client is told.
 *     name, HTTP code, status, sentence */
/* clang-format off */
#define HTTP1_FAULT_TABLE(ROW) \
	ROW(NONE,              200, OK,              "") \
	ROW(CONTROL_BYTE,      400, BAD_REQUEST,     "control byte in the request head") \
	ROW(BARE_CR,           400, BAD_REQUEST,     "CR without LF in the request head") \
	ROW(BARE_LF,           400, BAD_REQUEST,     "LF without CR in the request head") \
	ROW(LEADING_LINES,     400, BAD_REQUEST,     "too many empty lines before the request") \
	ROW(REQUEST_LINE,      400, BAD_REQUEST,     "request line is not 'method target version'") \
	ROW(METHOD_TOKEN,      400, BAD_REQUEST,     "method is not a token") \
	ROW(METHOD_CONNECT,    405, METHOD,          "CONNECT is not offered") \
	ROW(TARGET,            400, BAD_REQUEST,     "request target is not valid") \
	ROW(VERSION,           505, BAD_REQUEST,     "this version of HTTP is not spoken here") \
	ROW(FOLDED,            400, BAD_REQUEST,     "folded header line") \
	ROW(FIELD_NAME,        400, BAD_REQUEST,     "header name is not a token followed by a colon") \
	ROW(HOST_MISSING,      400, BAD_REQUEST,     "Host header is missing") \
	ROW(HOST_TWICE,        400, BAD_REQUEST,     "more than one Host header") \
	ROW(HOST,              400, BAD_REQUEST,     "Host header is not valid") \
	ROW(HOST_DIFFERS,      400, BAD_REQUEST,     "Host header differs from the request target") \
	ROW(LENGTH,            400, BAD_REQUEST,     "Content-Length is not a plain decimal number") \
	ROW(LENGTH_TWICE,      400, BAD_REQUEST,     "more than one Content-Length header") \
	ROW(LENGTH_AND_CODING, 400, BAD_REQUEST,     "Content-Length together with Transfer-Encoding") \
	ROW(CODING,            400, BAD_REQUEST,     "Transfer-Encoding is not valid") \
	ROW(CODING_UNKNOWN,    501, NOT_IMPLEMENTED, "no transfer coding but 'chunked' is known here") \
	ROW(CODING_IN_1_0,     400, BAD_REQUEST,     "Transfer-Encoding in an HTTP/1.0 request") \
	ROW(EXPECTATION,       417, UNSUPPORTED,     "no expectation but '100-continue' is known here") \
	ROW(HEAD_TOO_LARGE,    431, HEAD_TOO_LARGE,  "request head is too large") \
	ROW(TOO_MANY_HEADERS,  431, HEAD_TOO_LARGE,  "request has too many headers") \
	ROW(CHUNK_SIZE,        400, BAD_REQUEST,     "chunk size is not a plain hexadecimal number") \
	ROW(CHUNK_EXTENSION,   400, BAD_REQUEST,     "chunk extension is not valid") \
	ROW(CHUNK_EXTENSIONS,  400, BAD_REQUEST,     "too many bytes of chunk extensions") \
	ROW(CHUNK_END,         400, BAD_REQUEST,     "chunk does not end in CRLF") \
	ROW(TRAILER,           400, BAD_REQUEST,     "trailer line is not valid") \
	ROW(TRAILERS_TOO_LARGE, 431, HEAD_TOO_LARGE, "trailers are too large") \
	ROW(BODY_TOO_LARGE,    413, TOO_LARGE,       "request body is too large")
/* clang-format on */

enum http1_fault {
#define ROW(name, http, status, text) HTTP1_FAULT_##name,
	HTTP1_FAULT_TABLE(ROW)
#undef ROW
		HTTP1_FAULTS
};

struct http1_fault_row {
	const char *name; /* "BARE_LF" */
	int http;
	enum aip_status status;
	const char *text;
};

/* Never NULL. */
const struct http1_fault_row *http1_fault_row(enum http1_fault fault);

/* Ceilings; all of them inclusive. */
struct http1_limits {
	size_t head_bytes; /* request line, headers and the empty line */
	size_t n_headers;
	uint64_t body_bytes; /* decoded */
};

#define HTTP1_LEADING_CRLF_MAX  4 /* empty lines tolerated before a request line */
#define HTTP1_METHOD_BYTES_MAX  32
#define HTTP1_EXTENSION_BYTES   4096 /* chunk extensions of one body, all together */
#define HTTP1_TRAILER_BYTES_MAX 8192 /* trailer section of one body */

enum http1_verdict {
	HTTP1_MORE,    /* nothing is wrong so far; give more bytes */
	HTTP1_READY,   /* head: complete; chunked: a piece of data */
	HTTP1_END,     /* chunked: the body and its trailers are over */
	HTTP1_REFUSED, /* `fault` says why; the connection cannot be used for another request */
};

/* ---- Heads -------------------------------------------------------------------------------- */

/* Progress through one head. All zero is the beginning. */
struct http1_scan {
	uint32_t at;    /* bytes looked at */
	uint32_t start; /* where the request line begins: behind leading empty lines */
	uint32_t line;  /* where the line being read begins */
	uint32_t lines; /* complete lines, the request line included */
	uint32_t end;   /* READY: bytes of the head with its empty line */
	enum http1_fault fault;
};

/* Looks on for the end of the head.
 *
 * bytes  all bytes of this head received so far, from its first; may hold more behind its end
 *
 * READY: scan->end bytes are the head, with scan->lines - 1 header lines.
 * Never looks at a byte twice, so feeding byte by byte stays linear. */
enum http1_verdict http1_scan(struct http1_scan *scan, struct aip_str bytes,
                              const struct http1_limits *limits);

enum http1_framing {
	HTTP1_NO_BODY,
	HTTP1_LENGTH,
	HTTP1_CHUNKED,
};

/* What a head says. All spans borrow from the bytes it was parsed from. */
struct http1_head {
	struct aip_str method; /* "POST"; any token, methods are the caller's to judge */
	struct aip_str target; /* as sent */
	struct aip_str path;  /* raw; "*" for the asterisk form; "/" for an absolute form without */
	struct aip_str query; /* behind the '?'; AIP_NONE without one */
	struct aip_str host;  /* AIP_NONE only in HTTP/1.0 */
	struct aip_header *headers;
	size_t n_headers;
	int minor; /* HTTP/1.minor: 0 or 1 */
	enum http1_framing framing;
	uint64_t content_length; /* 0 unless framing is HTTP1_LENGTH */
	bool keep_alive;         /* what the client wants of the connection afterwards */
	bool expects_continue;   /* waits for "100 Continue" before it sends the body */
};

/* Reads a complete head.
 *
 * scan     READY
 * bytes    the bytes that were scanned
 * headers  room for scan->lines - 1 headers; ret->headers points there
 * ret      written in any case; on a fault it holds what was read before, for a log line
 *
 * A Content-Length above limits->body_bytes is HTTP1_FAULT_BODY_TOO_LARGE. */
aip_nodiscard enum http1_fault http1_parse(const struct http1_scan *scan, struct aip_str bytes,
                                           const struct http1_limits *limits,
                                           struct aip_header *headers, struct http1_head *ret);

/* First header of that name, AIP_NONE when there is none. */
struct aip_str http1_header(const struct aip_header *headers, size_t n_headers, const char *name);

/* Whether a comma-separated header value names `token`, without case. */
bool http1_list_has(struct aip_str value, const char *token);

/* Decodes the %XX of a path into `into` (path.len bytes of room). False for a broken escape and
 * for one that stands for a control byte: such a path names nothing here. */
aip_nodiscard bool http1_path_decode(struct aip_str path, char *into, struct aip_str *ret);

/* ---- Chunked bodies ----------------------------------------------------------------------- */

/* Progress through one chunked body. All zero is the beginning. */
struct http1_chunked {
	uint64_t chunk_left; /* data bytes of the present chunk still to come */
	uint64_t total;      /* data bytes announced so far */
	uint32_t extension_bytes;
	uint32_t trailer_bytes;
	uint8_t state;
	uint8_t digits;
	enum http1_fault fault;
};

/* Takes the next piece from the front of *bytes.
 *
 * READY: *ret is data, borrowed from *bytes and never empty; call again.
 * MORE:  *bytes is used up.
 * END:   what is left in *bytes belongs to the next request.
 * Extensions and trailers are checked, bounded and ignored. */
enum http1_verdict http1_chunked_next(struct http1_chunked *chunked, struct aip_str *bytes,
                                      uint64_t body_bytes_max, struct aip_str *ret);

/* Whether `bytes` begin with one complete request, body included: what is left of a client that
 * closed its sending side. `headers` is scratch room for limits->n_headers. */
bool http1_is_whole(struct aip_str bytes, const struct http1_limits *limits,
                    struct aip_header *headers);

#endif
