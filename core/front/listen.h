/* The client-facing side of one loop: listening sockets, connections, limits, stopping.
 *
 * One front per loop. Each loop binds its own socket to the same address (SO_REUSEPORT), the kernel
 * spreads the clients, and from accept to close a connection stays on one thread.
 *
 *     struct front *front = front_create(loop, &options, &hooks);
 *     front_listen(front, "127.0.0.1", 8317, NULL, &error);
 *     … the loop runs …
 *     front_stop(front, on_empty, arg);       no new clients; running answers end
 *     front_destroy(front);                   cuts what is left
 *
 * The process ignores SIGPIPE: OpenSSL writes to sockets that may be gone.
 *
 * Thread: the loop's, for everything but tls_context_*. */
#ifndef FRONT_LISTEN_H
#define FRONT_LISTEN_H

#include "front/exchange.h"

struct loop;

/* Patience with a body begins anew with so many bytes, not with each: a byte a second holds no
 * connection. */
#define FRONT_BODY_STEP_BYTES 1024

/* Limits and patience. Zero in any field means its default. */
/* clang-format off */
#define FRONT_OPTION_TABLE(ROW) \
	/*  type      field            default            meaning */ \
	ROW(size_t,   head_bytes,      64 * 1024,         "request head, bytes; beyond: 431") \
	ROW(size_t,   head_headers,    100,               "headers of one request; beyond: 431") \
	ROW(uint64_t, body_bytes,      64 * 1024 * 1024,  "request body, bytes; beyond: 413") \
	ROW(int64_t,  head_ms,         30 * 1000,         "from the first byte of a head to its last; beyond: 408") \
	ROW(int64_t,  body_idle_ms,    60 * 1000,         "for the next step of a body, or its rest; beyond: 408") \
	ROW(int64_t,  idle_ms,         120 * 1000,        "between two requests of a connection; beyond: closed") \
	ROW(int64_t,  handshake_ms,    10 * 1000,         "for the TLS handshake; beyond: closed") \
	ROW(int64_t,  stall_ms,        60 * 1000,         "pending output of which a client takes nothing; beyond: cut") \
	ROW(int64_t,  linger_ms,       2 * 1000,          "for a refused client to read the answer before the close") \
	ROW(size_t,   linger_bytes,    256 * 1024,        "read and thrown away of a refused body") \
	ROW(size_t,   high_mark,       256 * 1024,        "pending output at which exchange_write says false") \
	ROW(size_t,   low_mark,        64 * 1024,         "pending output at which on_drain is called") \
	ROW(size_t,   out_bytes,       128 * 1024 * 1024, "pending output at which a client is cut") \
	ROW(size_t,   connections,     20000,             "open connections of this loop; further ones wait in the backlog")
/* clang-format on */

struct front_options {
#define ROW(type, field, otherwise, meaning) type field;
	FRONT_OPTION_TABLE(ROW)
#undef ROW
};

/* An answer the front gives by itself: to a request that cannot be framed, breaks a limit or was
 * refused by on_head. A hook may reshape it in the dialect of the client. */
struct front_refusal {
	struct exchange *ex; /* what is known of the request; method AIP_NONE: no head even */
	const struct aip_error *error; /* status, message, retry_after_ms */
	struct aip_arena *arena;       /* for whatever is put in the fields below */
	int http;                      /* preset: 4xx or 5xx; may be changed */
	struct aip_str content_type;   /* preset: application/json */
	struct aip_str request_id;     /* preset: AIP_NONE; else X-Request-Id of the answer */
	struct aip_str body;           /* preset: {"error":{"message":"…","type":"…"}} */
};

struct front_hooks {
	/* The head is there, the body is not (ex->body is empty). Anything but AIP_OK refuses the
	 * request before its body is read: reterr goes to `refuse`, and the connection is closed if
	 * a body was coming. May be NULL. The exchange cannot be answered from here. After AIP_OK
	 * on_gone is called when the client vanishes before the handler was reached, if set here.
	 */
	enum aip_status (*on_head)(struct exchange *ex, void *arg, struct aip_error *reterr);
	/* The whole request is there. Answers now or later. */
	void (*on_request)(struct exchange *ex, void *arg);
	/* Reshapes a refusal. May be NULL. */
	void (*refuse)(struct front_refusal *refusal, void *arg);
	void *arg;
};

struct front;

/* loop     borrowed, outlives the front
 * options  copied; NULL for all defaults
 * hooks    copied; on_request is a must */
struct front *front_create(struct loop *loop, const struct front_options *options,
                           const struct front_hooks *hooks);

/* Closes listeners, cuts connections (on_gone is called for running exchanges), frees at the end of
 * the turn. Not from inside a hook or a callback of an exchange. NULL is allowed. */
void front_destroy(struct front *front);

/* ---- Listening ---------------------------------------------------------------------------- */

/* Certificate and key, shared by all loops; counted, thread safe. */
struct tls_context;

/* Loads a PEM chain (leaf first) and its PEM key. TLS 1.2 and up, ALPN http/1.1, no renegotiation.
 * AIP_CONFIG_REFUSED: reterr says in words what is wrong with which file. Any thread. */
aip_nodiscard enum aip_status tls_context_create(const char *certificate_path, const char *key_path,
                                                 struct tls_context **ret,
                                                 struct aip_error *reterr);
/* Any thread. NULL is allowed. */
struct tls_context *tls_context_ref(struct tls_context *tls);
void tls_context_unref(struct tls_context *tls);

/* Binds and listens.
 *
 * host  numeric address: "127.0.0.1", "::1", "0.0.0.0", "::" (both families)
 * port  0 lets the system choose: see front_port
 * tls   NULL for plain HTTP; a reference is taken
 *
 * AIP_CONFIG_REFUSED: the address is not ours, taken, or no address. */
aip_nodiscard enum aip_status front_listen(struct front *front, const char *host, uint16_t port,
                                           struct tls_context *tls, struct aip_error *reterr);

/* Whether nobody listens there: the loops share their address (SO_REUSEPORT), so that a second
 * process of the same user would be let in as well, and take half of the clients. Asked once, before
 * the first front_listen. AIP_CONFIG_REFUSED as there. */
aip_nodiscard enum aip_status front_port_is_free(const char *host, uint16_t port,
                                                 struct aip_error *reterr);

/* Port of the listener added last; 0 without one. */
uint16_t front_port(const struct front *front);

/* Serves a connected stream socket as if it had been accepted. Takes fd.
 * peer  text for exchange.peer, copied */
void front_adopt(struct front *front, int fd, const char *peer, struct tls_context *tls);

/* ---- Stopping and looking ----------------------------------------------------------------- */

/* No new connections; idle ones are closed; running exchanges are answered with "Connection:
 * close". on_empty is called once, from the loop, when the last connection has gone (also when
 * there is none now). May be NULL. */
void front_stop(struct front *front, void (*on_empty)(void *arg), void *arg);

/* Numbers for metrics and tests. */
struct front_counts {
	size_t connections; /* open now */
	size_t exchanges;   /* running now */
	uint64_t accepted;  /* connections, ever */
	uint64_t requests;  /* handed to on_request, ever */
	uint64_t refused;   /* answered by the front itself, ever */
	uint64_t gone;      /* clients that left before the answer ended, ever */
	size_t held_bytes;  /* buffers of connections, without those on the free list */
};
struct front_counts front_counts(const struct front *front);

#endif
