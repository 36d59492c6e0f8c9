/* HTTP exchanges with upstreams: one request out, one answer in, on a loop.
 *
 * What goes to an http URL with no proxy between is HTTP/1.1 over bare sockets of our own; all else
 * goes over libcurl. Nothing but speed and memory tells the two apart.
 *
 * One `struct upstream` per loop holds the kept connections and the spare handles. An exchange is
 * begun by upstream_start and ends in exactly one of two ways: on_end is called, or its user calls
 * upstream_cancel. Callbacks come from the loop, never from within upstream_start, _pause, _resume
 * or _cancel: on_head once (unless the exchange failed before), on_body any number of times,
 * on_end once.
 *
 * HTTP/2 is spoken over TLS where the upstream offers it, else HTTP/1.1. Redirects are not
 * followed, cookies not kept, credentials not looked up; interim (1xx) answers are not shown.
 * A request whose kept connection turns out to be dead before any byte of an answer came is sent
 * again on another one.
 *
 * Everything here is the loop's own thread. The process must ignore SIGPIPE. */
#ifndef UPSTREAM_UPSTREAM_H
#define UPSTREAM_UPSTREAM_H

#include <aiproxy/base.h>
#include <aiproxy/host.h>

struct loop;
struct upstream;
struct upstream_exchange;

/* Zero means the default. */
struct upstream_options {
	const char *ca_file;      /* PEM bundle to trust instead of the system's; copied */
	unsigned connections_max; /* idle connections kept open, over all hosts; default 256 */
	unsigned
		connection_idle_s; /* an idle connection older than this is not reused; default 90 */
	bool curl_only;            /* bare sockets for nothing; for tests and comparisons */
};

/* Waits, each its own limit in milliseconds; 0 means the default, UPSTREAM_NO_LIMIT none. There is
 * no limit on the whole. A wait that runs out ends the exchange with AIP_UPSTREAM_TIMEOUT and a
 * message that names it. */
#define UPSTREAM_NO_LIMIT (-1)
struct upstream_limits {
	int64_t connect_ms;    /* name, connection, proxy and TLS together; default 10 s */
	int64_t head_ms;       /* from connected to the answer's head, sending included; 10 min */
	int64_t first_ms;      /* from the head to the first body byte; 5 min */
	int64_t idle_ms;       /* between body bytes; 5 min; stands still while paused */
	size_t head_bytes_max; /* status line and headers; default 256 KiB; the answer is refused
				* above it with AIP_UPSTREAM_BROKEN */
};

/* Copied by upstream_start, all but the bytes of the body: those are borrowed until on_end has
 * been called or upstream_cancel has returned. */
struct upstream_request {
	const char *method; /* "POST"; NULL: GET, or POST when there is a body */
	struct aip_str url; /* http or https; may hold a secret, and is never shown in a message */
	/* Sent in this order, as given. Host may be given. Framing is ours: Content-Length,
	 * Transfer-Encoding, Connection, Keep-Alive, Expect, Upgrade and TE are left out. */
	const struct aip_header *headers;
	size_t n_headers;
	const struct aip_str *body; /* pieces, sent one after the other */
	size_t n_body;
	struct aip_str proxy_url; /* http, https, socks5, socks5h, user:pass@ allowed; "direct" or
				   * "none": no proxy; empty: as the environment says */
	struct upstream_limits limits;
	bool stream; /* small events are expected: small buffers, nothing waits to be gathered */
	bool decode; /* undo gzip and deflate, over libcurl also br and zstd, and offer them where a
	              * compressor keeps no stream waiting and saves bytes on a long way; else bodies
	              * come as they are */
	bool http1_only; /* do not offer HTTP/2 */
	/* For URLs that a stranger names: the address that would be connected to must be of the public
	 * Internet, else the exchange ends with AIP_BAD_REQUEST. It is looked at when the socket is
	 * opened, so what a name resolves to at another time does not matter; no proxy is used and no
	 * kept connection, since behind those nobody sees the address. */
	bool public_only;
};

struct upstream_events {
	/* The final answer's head, of whatever status; all of it borrowed for the callback. */
	void (*on_head)(void *arg, const struct aip_head *head);
	/* bytes: 1 or more, borrowed for the callback; all count as taken. A user that cannot take
	 * more calls upstream_pause. */
	void (*on_body)(void *arg, struct aip_str bytes);
	/* The exchange is over and its handle gone. how is AIP_OK for a whole answer (of whatever
	 * HTTP status; err is all zero then), else
	 *   AIP_UPSTREAM_TIMEOUT  one of the waits ran out
	 *   AIP_UPSTREAM_BROKEN   not reached, or cut; "cut" in the message when the head had come
	 *   AIP_BAD_REQUEST       public_only, and the address is not a public one
	 * err is borrowed for the callback. */
	void (*on_end)(void *arg, enum aip_status how, const struct aip_error *err);
};

/* ca_file that cannot be read: AIP_CONFIG_REFUSED. */
aip_nodiscard enum aip_status upstream_create(struct loop *loop,
                                              const struct upstream_options *options,
                                              struct upstream **ret, struct aip_error *reterr);
/* Cancels what is running, closes all connections. Not from within a callback of it. */
void upstream_destroy(struct upstream *up);

/* Begins an exchange. events is borrowed until it is over.
 *
 * AIP_CONFIG_REFUSED: the URL or the proxy's URL is not one we can use.
 * AIP_GUEST_BROKEN:   a method, header name or value holds a byte that HTTP forbids.
 * Nothing is called and nothing has begun then. */
aip_nodiscard enum aip_status upstream_start(struct upstream *up,
                                             const struct upstream_request *request,
                                             const struct upstream_events *events, void *arg,
                                             struct upstream_exchange **ret,
                                             struct aip_error *reterr);

/* Back-pressure: no on_body, and no on_end, until resumed; the upstream is made to wait. May be
 * called from on_head and on_body. At most one chunk of the wire (2 KiB when stream, 32 KiB else)
 * that was already read may still be held here. Harmless when already so. */
void upstream_pause(struct upstream_exchange *x);
void upstream_resume(struct upstream_exchange *x);

/* Gives the exchange up: no callback after this, x is gone. Its connection is closed (an HTTP/2
 * stream reset) by the end of the turn unless the answer had been complete. Allowed from within
 * callbacks, its own too (but not in on_end: it is over then). */
void upstream_cancel(struct upstream_exchange *x);

/* Exchanges that have begun and are not over, for metrics and tests. */
unsigned upstream_running(const struct upstream *up);

/* What the exchange is and was, for logs and metrics; any time before on_end returns. */
struct upstream_facts {
	bool reused; /* it went out on a kept connection */
	bool http2;
	int64_t sent_bytes; /* body bytes handed over to the system */
};
struct upstream_facts upstream_facts(const struct upstream_exchange *x);

#endif
