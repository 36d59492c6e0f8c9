/* The life of a call: from an admitted request to its settling.
 *
 *     ADMITTED ──pick, begin──▶ ATTEMPTING ──first bytes to the client──▶ ANSWERING ──END──▶ LINGERING
 *        ▲                          │                                        │                  │
 *        └──another try (retry.c)───┤                                        │                  │
 *                                   └──refused──▶ SETTLED ◀──cut or complete─┴──────────────────┘
 *
 * Nothing has reached the client before ANSWERING, so until then a failure may be tried again elsewhere,
 * unseen. LINGERING: the answer is whole; the upstream's connection gets a moment to end properly, so that
 * it can be kept.
 *
 * Rooms inside: attempt.c (one try with one credential: steps of the provider), host.c (the table a
 * provider sees), remote.c (media at URLs: an attempt that lacks some goes back to ADMITTED, and begins
 * again once it is fetched), deliver.c (events to the client's dialect), relay.c (raw bytes), retry.c (what next after
 * a failure), settle.c (the end, counted once).
 *
 * Thread: the exchange's loop, for everything. */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include "call/worker.h"
#include "snapshot/snapshot.h"

struct clock;

/* What an API face has read of a request. Memory: the exchange's arena and body. */
struct call_spec {
	enum aip_purpose purpose; /* AIP_GENERATE or AIP_COUNT */
	enum aip_dialect dialect; /* of the client, for request, answer and errors */
	bool stream;
	bool raw_stream;           /* Gemini: a JSON array instead of SSE */
	struct aip_str model;      /* as the client wrote it */
	struct aip_str model_at;   /* its place in the body, quotes included; AIP_NONE: none */
	struct aip_str path_model; /* Gemini: the model of the path; else AIP_NONE */
};

/* Takes over an exchange whose whole request is there, and one reference of the snapshot. Answers it,
 * whatever happens. id: for logs and X-Request-Id; in the exchange's arena. */
void call_start(struct worker *worker, struct exchange *ex, struct snapshot *snapshot,
                const struct principal *principal, struct aip_str id, const struct call_spec *spec);

/* What a provider sees of the host. */
extern const struct aip_host call_host;
/* The clock that call_host tells; the real one unless said otherwise. Before any provider is opened. */
void call_host_clock(const struct clock *clock);

#endif
