/* What the files of upstream/ share; nobody else includes this.
 *
 * An exchange travels with one of two carriers. `plain` speaks HTTP/1.1 over bare sockets: what goes
 * to an http URL straight away, where each system call and each kilobyte counts. `curl` does all
 * the rest: TLS, HTTP/2, proxies. It also finds the way for the plain one (dial.c): names, and
 * address families tried side by side. upstream.c is what they have in common. */
#ifndef UPSTREAM_INSIDE_H
#define UPSTREAM_INSIDE_H

#include <curl/curl.h>

#include "base/assert.h"
#include "loop/loop.h"
#include "upstream/upstream.h"

#define UPSTREAM_MAGIC 0x55505354u
#define EXCHANGE_MAGIC 0x58434847u
#define WATCH_MAGIC    0x57544348u
#define LINK_MAGIC     0x4c494e4bu

struct dial;
struct link;
struct watch;

/* Moved by exchange_move alone. */
enum exchange_state {
	EXCHANGE_SPARE,   /* on the list of spares */
	EXCHANGE_QUEUED,  /* begun; its carrier does not know of it yet */
	EXCHANGE_RUNNING, /* its carrier has it */
	EXCHANGE_DROPPED, /* cancelled within a callback of its carrier's, which still has it */
	EXCHANGE_OVER,    /* its carrier has given it back; on_end is due */
};

/* What the exchange's one timer is measuring. */
enum exchange_wait {
	WAIT_CONNECT,
	WAIT_HEAD,
	WAIT_FIRST,
	WAIT_BODY,
};

struct upstream_exchange {
	uint32_t magic;
	enum exchange_state state;
	enum exchange_wait wait;
	bool paused;
	bool resuming;
	bool head_seen;
	bool head_refused; /* larger than allowed */
	bool again;        /* sent a second time, on a connection of its own */
	bool decode;
	bool address_refused;          /* public_only, and it was not */
	const struct carrier *carrier; /* for as long as its memory lives */
	struct upstream *up;
	const struct upstream_events *events;
	void *arg;
	struct upstream_limits limits;
	struct loop_timer timer;
	CURLcode result; /* how it went, whoever carried it: curl has a word for each fault */
	struct upstream_exchange *next; /* in the spares, the queue or the resuming */
	struct upstream_exchange *all_next, *all_prev; /* all that are not spare */
	struct aip_buf head;                           /* the answer's head so far */
};

enum carrier_id { CARRIER_PLAIN, CARRIER_CURL, CARRIERS };

struct carrier {
	enum carrier_id id;
	size_t bytes; /* of its exchange, which begins with a struct upstream_exchange */
	/* Once in the life of the exchange's memory. */
	void (*init)(struct upstream_exchange *x);
	void (*fini)(struct upstream_exchange *x);
	/* Copies the request, which was checked. Nothing is kept on refusal. */
	enum aip_status (*set)(struct upstream_exchange *x, const struct upstream_request *request,
	                       struct aip_error *reterr);
	/* From within upstream_start: false, it waits for the pump. No callback. */
	bool (*begin_now)(struct upstream_exchange *x);
	/* From the pump. */
	void (*begin)(struct upstream_exchange *x);
	void (*pause)(struct upstream_exchange *x);
	/* From the pump, after a pause. */
	void (*go_on)(struct upstream_exchange *x);
	/* Lets go of it; a connection in the middle of an answer is closed. False: not now, within a
	 * callback of the carrier's own; it calls exchange_is_dropped when it has. */
	bool (*detach)(struct upstream_exchange *x);
	/* Frees what the request needed. */
	void (*forget)(struct upstream_exchange *x);
	struct upstream_facts (*facts)(const struct upstream_exchange *x);
	/* What it knows of a fault, in words; NULL: nothing. */
	const char *(*says)(const struct upstream_exchange *x);
};

extern const struct carrier carrier_plain, carrier_curl;
/* Whether the plain carrier can do it. */
bool plain_takes(const struct upstream *up, const struct upstream_request *request);
void plain_side_init(struct upstream *up);
void plain_side_fini(struct upstream *up);

/* A handle that curl's multi works on. */
struct curl_job {
	uint32_t magic;
	CURL *easy;
	void *owner;
	/* curl has ended it. The multi still has the handle: the callee drops it. */
	void (*over)(void *owner, CURLcode result);
	/* It was dropped within a callback of curl's, and now the multi no longer holds it. */
	void (*dropped)(void *owner);
	bool running; /* the multi has it */
	bool is_dropped;
	struct curl_job *next; /* among the dropped */
	char says[CURL_ERROR_SIZE];
};

/* libcurl's multi on the loop. */
struct curl_side {
	CURLM *multi;
	CURLSH *share;                /* TLS sessions, for resumption */
	bool inside;                  /* curl is calling back */
	struct loop_timer clock_hand; /* when curl next wants to look at its own timers */
	int64_t due_ms;               /* INT64_MAX: it does not */
	struct watch **watches;       /* by descriptor */
	size_t n_watches;
	curl_socket_t kept; /* the one descriptor that curl may not close; CURL_SOCKET_BAD */
	struct curl_job *dropped;
};

/* Large enough for an answer of ordinary size in one read. */
#define PLAIN_ROOM_BYTES ((size_t)64 * 1024)

/* Connections of the plain carrier. */
struct plain_side {
	struct link *idle, *idle_last; /* the latest first */
	unsigned n_idle;
	struct dial *dials;
	char *room; /* what a socket said, for the time of one event; PLAIN_ROOM_BYTES */
};

struct upstream {
	uint32_t magic;
	struct loop *loop;
	char *ca_file;
	bool env_has_proxy;
	bool curl_only;
	unsigned connections_max;
	unsigned connection_idle_s;
	struct loop_task pump;
	bool pumping;
	struct curl_side curl;
	struct plain_side plain;
	struct {
		struct upstream_exchange *first;
		unsigned n;
	} spares[CARRIERS];
	struct upstream_exchange *queue, **queue_end;
	struct upstream_exchange *resuming;
	struct upstream_exchange *all;
};

/* ---- upstream.c: what carriers tell ---------------------------------------------------------- */

void exchange_wait_for(struct upstream_exchange *x, enum exchange_wait wait);
/* The carrier has let go of it, for good. Calls on_end, unless paused. */
void exchange_is_over(struct upstream_exchange *x, CURLcode result);
/* The carrier has let go of it, and begins anew from the pump on a connection of its own. */
void exchange_begin_again(struct upstream_exchange *x);
/* A cancelled one has been let go of, later than asked. */
void exchange_is_dropped(struct upstream_exchange *x);
/* Whether a kept connection died before a byte of an answer came. */
bool exchange_died_unanswered(const struct upstream_exchange *x, CURLcode result);
/* Runs the pump at the end of this turn. */
void upstream_wake(struct upstream *up);

/* ---- request.c: what may be sent ------------------------------------------------------------- */

aip_nodiscard enum aip_status request_check(const struct upstream_request *request,
                                            struct aip_error *reterr);
/* Whether a given header goes out; framing is ours. */
bool request_sends(const struct upstream_request *request, struct aip_str name);
/* A header of that name is given, and goes out. */
bool request_gives(const struct upstream_request *request, struct aip_str name);
const char *request_method(const struct upstream_request *request, size_t body_bytes);
size_t request_body_bytes(const struct upstream_request *request);
struct upstream_limits request_limits(const struct upstream_request *request);
/* Copies s to at, where there is room; returns what lies behind it. */
static inline char *request_append(char *at, struct aip_str s)
{
	if (s.len)
		memcpy(at, s.at, s.len);
	return at + s.len;
}
/* "direct" or "none" */
bool request_proxy_is_none(struct aip_str proxy);

/* ---- curl.c: libcurl's multi on the loop ----------------------------------------------------- */

void curl_side_init(struct upstream *up);
void curl_side_fini(struct upstream *up);
/* A new handle with all that never changes. */
void curl_job_init(struct curl_job *job, struct upstream *up, void *owner);
void curl_job_fini(struct curl_job *job);
/* From the pump. */
void curl_job_run(struct curl_job *job, struct upstream *up);
/* Takes it from the multi. False: not within a callback of curl's; `dropped` is called later. */
bool curl_job_drop(struct curl_job *job, struct upstream *up);
/* For CURLOPT_CONNECTTIMEOUT_MS. Our own timer keeps the limit; curl's is there so that its default
 * does not come first. */
long curl_connect_limit(int64_t connect_ms);
/* Lets a paused transfer go on. */
void curl_job_go_on(struct curl_job *job, struct upstream *up);
/* Enters curl for what became ready, then ends what is over. */
void curl_enter(struct upstream *up, curl_socket_t fd, int what);
bool curl_has_work(struct upstream *up);
/* The pump's: what was dropped is dropped, due timers are run, what is over is ended. */
void curl_work(struct upstream *up);

#define CURL_SET(easy, option, value) \
	aip_assert(curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

/* ---- curl_socket.c: curl's sockets on the loop ----------------------------------------------- */

int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known);
curl_socket_t on_curl_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
/* The same for an exchange that is public_only, which is its arg. */
curl_socket_t on_curl_open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
int on_curl_close(void *arg, curl_socket_t fd);
/* From now on curl closes it through us. */
void socket_is_connected(struct upstream *up, curl_socket_t fd);
void sockets_fini(struct upstream *up);

/* ---- address.c: whose an address is ---------------------------------------------------------- */

/* Of the public Internet; of another family than IPv4 and IPv6: no. */
bool address_is_public(const struct sockaddr *address);

/* ---- dial.c: curl finds the way, and the socket is ours -------------------------------------- */

/* Connects to what url names ("http://host:port/"). over is called from the loop, unless the dial is
 * dropped before: fd is connected and the callee's, or -1 and result says why. */
struct dial *dial_start(struct upstream *up, const char *url, int64_t connect_ms,
                        void (*over)(void *arg, int fd, CURLcode result), void *arg);
void dial_drop(struct dial *dial);
void dials_fini(struct upstream *up);

/* ---- link.c: kept connections ---------------------------------------------------------------- */

/* What a link in use tells its user. */
struct link_events {
	void (*readable)(void *arg);
	void (*writable)(void *arg);
};

/* fd becomes the link's. In use at first. origin is copied. */
struct link *link_create(struct upstream *up, int fd, struct aip_str origin);
/* An idle one to that origin, young enough; NULL: none. */
struct link *link_take(struct upstream *up, struct aip_str origin);
/* Whose events go to arg from now on; reading begins. */
void link_use(struct link *link, const struct link_events *events, void *arg);
/* Back to the idle ones. */
void link_keep(struct link *link);
/* Memory rests until the end of the turn. */
void link_close(struct link *link);
void link_read(struct link *link, bool wanted);
void link_write(struct link *link, bool wanted);
int link_fd(const struct link *link);
/* The arg of link_use; NULL once it is idle or closed. */
const void *link_user(const struct link *link);
void links_fini(struct upstream *up);

/* ---- unpack.c: encoded bodies ---------------------------------------------------------------- */

/* Leaves out what described an encoded body, which is given decoded. Returns how many are left. */
size_t unpacked_headers(struct aip_header *headers, size_t n);

struct unpack;

/* NULL: an encoding that we cannot undo. */
struct unpack *unpack_create(struct aip_str encoding);
void unpack_destroy(struct unpack *unpack);
/* Adds to out what packed gives. False: it is broken, or out refuses. */
bool unpack_more(struct unpack *unpack, struct aip_str packed, struct aip_buf *out);
/* Whether the last byte has been seen. */
bool unpack_is_whole(const struct unpack *unpack);

/* ---- fault.c: what went wrong, in words ------------------------------------------------------ */

enum aip_status fault_of_result(const struct upstream_exchange *x, struct aip_error *reterr);
enum aip_status fault_of_wait(const struct upstream_exchange *x, struct aip_error *reterr);

#endif
