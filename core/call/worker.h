/* A worker: what one loop thread has, and the calls that live on it. */
#ifndef CALL_WORKER_H
#define CALL_WORKER_H

#include "front/listen.h"
#include "loop/loop.h"
#include "upstream/upstream.h"

struct config;
struct hub;
struct memo;
struct meter;

struct worker {
	struct loop *loop;
	struct upstream *upstream;
	struct front *front;
	struct hub *hub;     /* where snapshots come from */
	struct memo *memo;   /* what providers keep over reloads; shared by all workers */
	struct memo *recall; /* what calls had that clients do not send back; likewise (recall.h) */
	struct meter *meter; /* counts; shared by all workers */
	struct aip_buf out;  /* scratch of the step that is running: bytes for a client */
	struct aip_arena *scratch; /* likewise: what a decoder reads in it */
	uint64_t seed;             /* of worker_random */
	uint64_t calls;            /* settled, ever */
};

/* What a worker is opened with. */
struct worker_options {
	struct front_options front;
	struct upstream_options upstream;
	const char *host;        /* numeric address */
	uint16_t port;           /* 0: the system chooses, and worker_open tells */
	struct tls_context *tls; /* NULL: plain HTTP */
};

/* What the configuration says for one of so many workers. tls may be NULL. Borrows from conf. */
struct worker_options worker_options_of(const struct config *conf, unsigned n_workers,
                                        struct tls_context *tls);
/* Opens a worker on its loop: listener, upstream. loop, hub, memo, recall and meter are set. The loop's thread.
 * AIP_CONFIG_REFUSED: the address cannot be listened on, or the upstream options are not usable. */
aip_nodiscard enum aip_status
worker_open(struct worker *worker, const struct worker_options *options, struct aip_error *reterr);
/* No new clients; on_empty once the last has gone. The loop's thread. */
void worker_drain(struct worker *worker, void (*on_empty)(void *arg), void *arg);
/* Not for secrets: ids and seeds. */
uint64_t worker_random(struct worker *worker);
/* Cuts what is left and frees. The loop's thread; harmless on one that did not open. */
void worker_close(struct worker *worker);

#endif
