/* Rest: whether a credential may be used for a model right now, and the one mover of that state.
 *
 *     READY ──fault──▶ RESTING ──its time is up, one call takes it──▶ TRIAL
 *       ▲                 ▲ ▲                                          │ │
 *       │                 │ └──────────────────fault──────────────────┘ │
 *       └─────────────────┼────────────success───────────────────────────┘
 *                         └─ given up by its client: due at once
 *
 * So a benched credential heals by one real request and never waits for a restart, and while that request
 * runs no other one is sent into the same wall. Who takes a credential gets a lease, and reports on that: an
 * answer to something asked before the rest began says nothing about its end, and only the trial itself can
 * give the trial up. State outlives snapshots: it is counted, and found again by credential and model when a
 * configuration is built anew. */
#ifndef POOL_REST_H
#define POOL_REST_H

#include <pthread.h>
#include <stdatomic.h>

#include <aiproxy/base.h>

enum rest_state {
	REST_READY,
	REST_RESTING,
	REST_TRIAL,
};

#define REST_LADDER_MAX_S 1800  /* the doubling ladder's last step */
#define REST_HINT_MAX_S   86400 /* an upstream's hint is never believed beyond a day */
#define REST_TRIAL_MS     300000 /* a trial without an outcome for this long is given to another call */

/* Run-time state of one credential for one upstream model (or of a whole credential). Any loop thread;
 * the lock is held for a few loads and stores, never across I/O. */
struct rest {
	pthread_mutex_t lock; /* guards all below; leaf: nothing is locked under it */
	atomic_int quick;     /* copy of state: READY is seen without the lock */
	enum rest_state state;
	int64_t until_ms; /* RESTING: monotonic; TRIAL: when it began */
	unsigned ladder;  /* steps up the doubling ladder */
	atomic_uint turn; /* rests begun so far */
	enum aip_status cause;
	atomic_uint refs;
	char *key;         /* in the table: provider key, credential, model joined by LF */
	struct rest *next; /* in the table */
};

/* What a look at a rest says. */
struct rest_view {
	enum rest_state state;
	int64_t until_ms;
	enum aip_status cause;
};

/* One use of it. Plain memory of its holder; zeroed is one that reports nothing. */
struct rest_lease {
	unsigned turn; /* rests begun when it was taken */
	bool trial;
};

/* True when a call may use it now. A RESTING one whose time is up turns TRIAL for this very caller, who
 * must report an outcome (any of the three below). Never waits. */
bool rest_take(struct rest *rest, int64_t now_ms, struct rest_lease *ret);
/* The holder asks once more, whatever the state: what it learns now is news. */
struct rest_lease rest_again(struct rest *rest);
struct rest_view rest_look(struct rest *rest);

/* Heals, unless a rest has begun since the lease was taken. Harmless when said again. */
void rest_succeeded(struct rest *rest, const struct rest_lease *lease);
/* Rests per the status table's rest_s: `hint_ms` from the upstream (0 none) wins over it, clamped to a day;
 * a later hint never shortens a rest that is running. cooling false: only an upstream's hint counts. A lease
 * taken before the last rest began is of the same burst: only its hint counts. */
void rest_failed(struct rest *rest, struct rest_lease *lease, enum aip_status status,
                 int64_t hint_ms, bool cooling, int64_t now_ms);
/* The call ended without saying anything about the credential (its client left). Harmless when said again, and
 * behind a verdict. */
void rest_given_up(struct rest *rest, struct rest_lease *lease, int64_t now_ms);

/* All rests of the process, by key. Control thread, but for unref. */
struct rest_table;
struct rest_table *rest_table_create(void);
void rest_table_destroy(struct rest_table *table);
/* Finds or makes; the caller owns one reference. */
struct rest *rest_table_get(struct rest_table *table, struct aip_str key);
/* Forgets those that nobody but the table holds and that are READY or long past. */
void rest_table_sweep(struct rest_table *table, int64_t now_ms);
void rest_unref(struct rest *rest);

#endif
