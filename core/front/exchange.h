/* One HTTP request and its answer, as the rest of the gateway sees it.
 *
 * Life. The front makes an exchange when a request head has arrived, fills it while the body
 * arrives, and hands it to the handler once the request is whole. From then on exactly one of four
 * things ends it: exchange_reply, exchange_end, exchange_abort, or the return of on_gone. After
 * that the handler must not call anything with it. The memory itself (the exchange, its arena, its
 * body) rests to the end of the loop's turn, as with loop_rest, so code further up the stack and
 * tasks of the same turn may still look at what they put there.
 *
 * on_head (listen.h) sees the exchange earlier, when only the head is there. If it lets the request
 * pass and the request is then never handed on (the client left, the body broke a limit), on_gone
 * is called too: what on_head took is given back there.
 *
 * The client leaves. When the connection breaks or is closed before the answer ended, on_gone is
 * called, exactly once, from the loop and never from inside a function of this header. Between the
 * break and the call, writes are dropped quietly. A client that closes its sending side while it
 * waits for an answer counts as gone, unless a complete further request of its has already arrived.
 *
 * A slow client. Bytes that the socket does not take are kept. exchange_write answers false once
 * more than the high mark is kept; on_drain comes when that fell below the low mark. Bytes given
 * meanwhile are taken all the same, up to front_options.out_bytes; beyond that the client is cut.
 *
 * Framing is the front's: Content-Length, Transfer-Encoding, Connection, Date and Keep-Alive given
 * by a handler are left out, as is a header with a control byte in it. HEAD, 1xx, 204 and 304 get
 * no body, whatever is written. Every event of a stream leaves at once: no Nagle, no corking.
 *
 * Thread: the front's loop, for everything. */
#ifndef FRONT_EXCHANGE_H
#define FRONT_EXCHANGE_H

#include "http1/http1.h"

struct conn;

struct exchange {
	uint32_t magic;
	/* The request. Valid until the exchange ends. */
	struct aip_str method;   /* "POST"; "HEAD" stays HEAD */
	struct aip_str target;   /* as sent: "/v1/models/a%2Fb?x=1" */
	struct aip_str path;     /* decoded, may hold any byte but controls: "/v1/models/a/b" */
	struct aip_str raw_path; /* as sent: "/v1/models/a%2Fb" */
	struct aip_str query;    /* as sent, without '?'; AIP_NONE without one */
	struct aip_str host;     /* AIP_NONE only in HTTP/1.0 */
	const struct aip_header *headers;
	size_t n_headers;
	struct aip_str body; /* whole, contiguous, decoded from chunks; empty when there is none */
	int minor;           /* HTTP/1.minor */
	const char *peer;    /* address of the client as text: "127.0.0.1", "::1", "unix" */
	bool is_tls;
	int64_t began_ms;        /* monotonic: when the head was complete */
	int http;                /* of the answer; 0 before it began */
	uint64_t out_bytes;      /* of its body, so far */
	struct aip_arena *arena; /* lives as long as the exchange */

	/* The handler's. */
	void *handler_state;
	void (*on_drain)(struct exchange *ex, void *arg); /* may be NULL */
	void (*on_gone)(struct exchange *ex, void *arg);  /* may be NULL: nobody cares */
	void *arg;

	/* The front's. */
	struct conn *conn;
};

/* First header of that name without case, AIP_NONE when there is none. */
struct aip_str exchange_header(const struct exchange *ex, const char *name);

/* The whole answer. `body` and `headers` are borrowed for the call. Ends the exchange. */
void exchange_reply(struct exchange *ex, int status, const struct aip_header *headers,
                    size_t n_headers, struct aip_str body);

/* Starts an answer of unknown length and sends its head: chunked in HTTP/1.1, up to the close of
 * the connection in 1.0. A stream of server-sent events is this with the content type
 * "text/event-stream" and one exchange_write for each event. At most once. */
void exchange_begin(struct exchange *ex, int status, const struct aip_header *headers,
                    size_t n_headers);

/* Sends bytes of a begun answer now. `bytes` are borrowed for the call; empty is allowed and sends
 * nothing. False: the client is slow, wait for on_drain before producing more. */
bool exchange_write(struct exchange *ex, struct aip_str bytes);

/* The begun answer is complete. Ends the exchange. */
void exchange_end(struct exchange *ex);

/* The answer cannot be completed: what was written goes out, and the connection is closed without
 * an end, so that the client sees a broken transfer and takes it for nothing else. Also right
 * before anything was begun. Ends the exchange. */
void exchange_abort(struct exchange *ex);

/* Whether exchange_begin was called. */
bool exchange_has_begun(const struct exchange *ex);

/* Bytes of the answer that the client has not taken yet. */
size_t exchange_pending(const struct exchange *ex);

#endif
