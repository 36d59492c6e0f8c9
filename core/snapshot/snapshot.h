/* A snapshot: one configuration as it serves, immutable, counted.
 *
 * Put together on the control thread from parts that each room builds from its own section; published to
 * the loops; pinned by every request from its admission to its settling. It pins the providers it names.
 * What changes at run time (rests, cursors, counters) is not in it, only pointed at. */
#ifndef SNAPSHOT_SNAPSHOT_H
#define SNAPSHOT_SNAPSHOT_H

#include <stdatomic.h>

#include "access/access.h"
#include "call/tuning.h"
#include "provider/registry.h"
#include "route/route.h"

struct config;
struct hub;

#define SNAPSHOT_MAGIC 0x736e6170u

struct snapshot {
	uint32_t magic;
	atomic_uint refs;
	struct hub *hub;             /* that retires it */
	struct aip_arena *arena;     /* of all below but the config */
	struct config *config;       /* owned */
	struct provider **providers; /* one reference each */
	size_t n_providers;
	struct access *access;
	struct router *router;
	struct call_tuning tuning;
	struct rest **rests; /* one reference each */
	size_t n_rests;
};

/* Any thread. */
struct snapshot *snapshot_ref(struct snapshot *snapshot);
/* At zero the control thread takes it apart: never freed on a loop. Any thread. */
void snapshot_unref(struct snapshot *snapshot);

#endif
