/* What the files of upstream/ share; nobody else includes this. */
#ifndef UPSTREAM_INSIDE_H
#define UPSTREAM_INSIDE_H

#include <curl/curl.h>

#include "base/assert.h"
#include "loop/loop.h"
#include "upstream/upstream.h"

#define UPSTREAM_MAGIC 0x55505354u
#define EXCHANGE_MAGIC 0x58434847u
#define WATCH_MAGIC    0x57544348u

struct watch;

/* Moved by exchange_move alone. */
enum exchange_state {
	EXCHANGE_SPARE,   /* on the list of spares */
	EXCHANGE_QUEUED,  /* begun; not known to curl yet */
	EXCHANGE_RUNNING, /* curl has it */
	EXCHANGE_DROPPED, /* cancelled within a callback of curl's, which still has it */
	EXCHANGE_OVER,    /* curl has given it back; on_end is due */
};

/* What the exchange's one timer is measuring. */
enum exchange_wait {
	WAIT_CONNECT,
	WAIT_HEAD,
	WAIT_FIRST,
	WAIT_BODY,
};

/* The request's body, read in pieces. */
struct pieces {
	const struct aip_str *at;
	size_t n;
	size_t total;  /* bytes */
	size_t piece;  /* where the next byte is read: this piece, */
	size_t offset; /* at this byte */
};

struct upstream_exchange {
	uint32_t magic;
	enum exchange_state state;
	enum exchange_wait wait;
	bool paused;
	bool resuming;
	bool head_seen;
	bool again;        /* sent a second time, on a connection of its own */
	bool head_refused; /* larger than allowed */
	bool decode;
	struct upstream *up;
	CURL *easy;
	const struct upstream_events *events;
	void *arg;
	struct upstream_limits limits;
	struct loop_timer timer;
	CURLcode result;
	struct upstream_exchange *next; /* in the spares, the queue, the dropped or the resuming */
	struct upstream_exchange *all_next, *all_prev; /* all that are not spare */

	char *block; /* lines, their text, the body's pieces */
	struct curl_slist *lines;
	struct pieces body;

	struct aip_buf head; /* the answer's head so far, a line each, ended by LF */
	size_t head_lines;

	char *proxy; /* as the handle has it now; NULL: from the environment */
	bool proxy_is_set;
	char says[CURL_ERROR_SIZE];
};

struct upstream {
	uint32_t magic;
	struct loop *loop;
	CURLM *multi;
	CURLSH *share; /* TLS sessions, for resumption */
	char *ca_file;
	bool env_has_proxy;
	bool in_curl; /* curl is calling back */
	unsigned connection_idle_s;
	struct loop_task pump;
	bool pumping;
	struct loop_timer clock_hand; /* when curl next wants to look at its own timers */
	int64_t curl_due_ms;          /* INT64_MAX: it does not */
	struct watch **watches;       /* by descriptor */
	size_t n_watches;
	struct upstream_exchange *spares;
	unsigned n_spares;
	struct upstream_exchange *queue, **queue_end;
	struct upstream_exchange *dropped;
	struct upstream_exchange *resuming;
	struct upstream_exchange *all;
};

/* ---- upstream.c --------------------------------------------------------------------------- */

/* Enters curl for what became ready (fd CURL_SOCKET_TIMEOUT: for its timers), then ends what is
 * over. */
void upstream_enter(struct upstream *up, curl_socket_t fd, int what);
void exchange_wait_for(struct upstream_exchange *x, enum exchange_wait wait);

/* ---- socket.c: curl's sockets on the loop ---------------------------------------------------- */

int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known);
curl_socket_t on_curl_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
int on_curl_close(void *arg, curl_socket_t fd);
/* From now on curl closes it through us. */
void socket_is_connected(struct upstream *up, curl_socket_t fd);
void sockets_fini(struct upstream *up);

/* ---- request.c: from our request to curl's options ------------------------------------------- */

/* A new easy handle with all that never changes; x->easy is set. */
void request_handle(struct upstream_exchange *x);
/* Checks the request, copies it into x->block and sets x->easy. Nothing is kept on refusal. */
aip_nodiscard enum aip_status request_set(struct upstream_exchange *x,
                                          const struct upstream_request *request,
                                          struct aip_error *reterr);
/* Makes it ready to be sent once more, on a new connection. */
void request_rewind(struct upstream_exchange *x);
/* The answer has begun: frees what sending needed, unless part of the body is still to go. */
void request_is_sent(struct upstream_exchange *x);
void request_forget(struct upstream_exchange *x);

/* ---- reply.c: from curl's callbacks to our events -------------------------------------------- */

size_t on_curl_header(char *bytes, size_t one, size_t n, void *arg);
size_t on_curl_body(char *bytes, size_t one, size_t n, void *arg);

/* ---- fault.c: what went wrong, in words ------------------------------------------------------ */

enum aip_status fault_of_curl(const struct upstream_exchange *x, struct aip_error *reterr);
enum aip_status fault_of_wait(const struct upstream_exchange *x, struct aip_error *reterr);

#endif
