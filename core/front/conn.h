/* Inside the front: one connection and the front it belongs to. Only files of this room include
 * this.
 *
 * Who does what: listen.c makes fronts and accepts; conn.c reads and decides what comes next; out.c
 * sends and keeps what was not sent; exchange.c is the handler's hand on the connection; refuse.c
 * answers where no handler can; pool.c lends memory; transport.c and tls.c move bytes.
 *
 * States. A connection moves along
 *
 *     HANDSHAKE → IDLE → HEAD → BODY → RUNNING → FLUSHING → IDLE …      → LINGER → CLOSED
 *
 * HANDSHAKE only with TLS; HEAD and BODY only when something had to be waited for; a refusal goes
 * to FLUSHING from wherever it was found. In RUNNING the handler has the exchange; in FLUSHING its
 * answer is over but not all of it sent. Every state may go to CLOSED. */
#ifndef FRONT_CONN_H
#define FRONT_CONN_H

#include <sys/types.h>
#include <sys/uio.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "front/listen.h"
#include "front/reply.h"
#include "loop/loop.h"

#define CONN_MAGIC     0x434f4e4eu
#define EXCHANGE_MAGIC 0x45584348u
#define FRONT_MAGIC    0x46524f4eu

#define BLOCK_BYTES ((size_t)16 * 1024) /* of a read buffer, unless a head needs more */

struct ssl_st;

enum conn_state {
	CONN_HANDSHAKE,
	CONN_IDLE,
	CONN_HEAD,
	CONN_BODY,
	CONN_RUNNING,
	CONN_FLUSHING,
	CONN_LINGER,
	CONN_CLOSED,
};

/* What the timer of a connection stands for. */
enum patience {
	PATIENCE_NONE,
	PATIENCE_HANDSHAKE,
	PATIENCE_IDLE,
	PATIENCE_HEAD,
	PATIENCE_BODY,
	PATIENCE_STALL,
	PATIENCE_LINGER,
};

/* ---- Transports --------------------------------------------------------------------------- */

/* What reading and writing say besides a number of bytes. */
enum {
	IO_END = 0,     /* reading: the client closed its side */
	IO_AGAIN = -1,  /* nothing possible now */
	IO_BROKEN = -2, /* the connection is dead */
};

struct transport {
	/* Bytes read, or one of the above. */
	ssize_t (*read)(struct conn *conn, void *into, size_t room);
	/* Bytes taken of all pieces together, in their order; IO_AGAIN, IO_BROKEN. */
	ssize_t (*write)(struct conn *conn, const struct iovec *pieces, int n);
	/* Whether bytes wait that the socket will not announce. */
	bool (*has_more)(const struct conn *conn);
	/* Tells the client that nothing more will be sent. */
	void (*finish)(struct conn *conn);
};

extern const struct transport transport_plain;
extern const struct transport transport_tls;

/* Prepares conn for TLS. False when OpenSSL has no memory. */
aip_nodiscard bool tls_attach(struct conn *conn, struct tls_context *tls);
/* 1: done; IO_AGAIN (conn->wants_write says which way), IO_BROKEN. */
int tls_handshake(struct conn *conn);
void tls_detach(struct conn *conn);

/* ---- One request -------------------------------------------------------------------------- */

/* A request and its answer; the exchange is its face. Lies in its own arena. */
struct request {
	struct exchange ex; /* first: an exchange is a request */
	struct front *front;
	struct http1_head head;
	struct http1_chunked chunked;
	struct aip_buf body;     /* unless the body came together with its head */
	size_t came;             /* of the body's bytes, since patience with it began anew */
	bool approved;           /* on_head said AIP_OK: on_request or on_gone must follow */
	bool begun;              /* an answer's head was sent */
	bool ended;              /* one of the four ends has come */
	enum reply_body framing; /* of the answer; once begun */
	bool mute;               /* the answer's body is left out: HEAD, 204, … */
};

/* ---- One connection ----------------------------------------------------------------------- */

struct conn {
	uint32_t magic;
	int fd;
	struct front *front;
	struct conn *next, **pprev; /* all of the front */
	const struct transport *transport;
	struct ssl_st *ssl; /* NULL: plain */
	struct event read_event;
	struct event write_event;
	struct loop_timer timer;
	struct loop_task task; /* an exchange has ended, or the connection broke */
	uint8_t state;         /* enum conn_state */
	uint8_t patience;      /* enum patience */
	short watched;         /* what read_event waits for: EV_READ, EV_CLOSED or 0 */
	bool watches_write;
	bool wants_write; /* TLS: reading goes on when the socket can be written */
	bool keep_alive;  /* another request may follow the present one */
	bool unread;      /* bytes of a refused request may still come */
	bool eof;         /* the client closed its sending side */
	bool broken;      /* nothing can be sent any more */
	bool reset;       /* close so that the client sees an error */
	bool slow;        /* more than the high mark is pending */
	struct http1_scan scan;
	char *in; /* read and not yet used: in[in_at … in_at + in_len); NULL when there is nothing
		   */
	uint32_t in_at, in_len, in_cap;
	char *out; /* taken and not yet sent, likewise */
	size_t out_at, out_len, out_cap;
	size_t lingered;         /* bytes thrown away since LINGER began */
	struct request *request; /* NULL between requests */
	char peer[48];
};

/* conn.c */
void conn_create(struct front *front, int fd, const char *peer, struct tls_context *tls);
/* Reads what there is and goes on from there. */
void conn_read(struct conn *conn);
/* Cuts: on_gone for an exchange that has not ended, then closed. */
void conn_lose(struct conn *conn);
void conn_close(struct conn *conn);
/* The answer is over: what follows is decided by the connection's task. */
void conn_answered(struct conn *conn);
void conn_wait(struct conn *conn, enum patience patience);
void conn_watch(struct conn *conn, short what);

/* out.c */
/* Sends all pieces in one call, keeps what is not taken. Never calls back: a broken connection is
 * noticed by the task. */
void out_send(struct conn *conn, const struct iovec *pieces, int n);
/* Sends what was kept. */
void out_flush(struct conn *conn);
void out_free(struct conn *conn);
/* Whether to be called when the socket can be written. */
void out_watch(struct conn *conn, bool on);

/* exchange.c */
void exchange_answer(struct request *request, int status, const struct aip_header *headers,
                     size_t n_headers, struct aip_str body);

/* refuse.c */
/* Answers in place of a handler and lets the connection end. `http` 0: what the status says. */
void refuse(struct conn *conn, int http, const struct aip_error *error);
void refuse_fault(struct conn *conn, enum http1_fault fault);

/* pool.c */
char *pool_block(struct front *front);
void pool_block_back(struct front *front, char *block);
struct request *pool_request(struct conn *conn);
/* Gives it back at the end of the turn. */
void pool_request_back(struct request *request);
void pool_free(struct front *front);

/* ---- The front ---------------------------------------------------------------------------- */

#define POOL_BLOCKS_MAX 64
#define POOL_ARENAS_MAX 256

struct listener {
	uint32_t magic;
	struct front *front;
	struct listener *next;
	int fd;
	uint16_t port;
	struct tls_context *tls;
	struct event event;
};

struct front {
	uint32_t magic;
	struct loop *loop;
	struct front_options options;
	struct http1_limits limits;
	struct front_hooks hooks;
	struct listener *listeners;     /* last added first */
	struct loop_timer accept_timer; /* accepting rests: out of descriptors */
	bool accepts;
	bool stopping;
	void (*on_empty)(void *arg);
	void *on_empty_arg;
	struct loop_task empty_task;
	struct conn *conns;
	struct front_counts counts;
	struct aip_buf scratch; /* head of the answer being written */
	int64_t date_s;
	char date[REPLY_DATE_BYTES];
	char *blocks[POOL_BLOCKS_MAX];
	size_t n_blocks;
	struct aip_arena *arenas[POOL_ARENAS_MAX];
	size_t n_arenas;
};

/* listen.c */
/* A connection has been closed: perhaps there is room for another, perhaps it was the last. */
void front_conn_closed(struct front *front);

#endif
