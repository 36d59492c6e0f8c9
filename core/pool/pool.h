/* Credentials and the choice among them.
 *
 * A credential is configuration: immutable, in its snapshot's arena. A target is a credential that serves a
 * model: what the router hands to the pool to pick from. Whether it may be used now is run-time state
 * (rest.h) and outlives the snapshot. */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <aiproxy/host.h>

#include "pool/rest.h"

struct provider;

/* One credential of the configuration. */
struct cred {
	struct aip_credential pub;   /* what a provider sees */
	struct provider *provider;   /* that speaks for it; the snapshot holds the reference */
	struct aip_str provider_key; /* word of routing: the provider's id, or the entry's own */
	struct aip_str prefix;       /* AIP_NONE: none */
	struct aip_str proxy_url;    /* AIP_NONE: the environment's */
	const struct aip_header *headers; /* the operator's, set last */
	size_t n_headers;
	int64_t priority;  /* higher first */
	size_t place;      /* in the configuration: of equals, who comes first */
	bool cooling;      /* computed rests are allowed */
	struct rest *rest; /* of the whole credential */
};

/* A credential that serves a model under an upstream name. */
struct target {
	struct cred *cred;
	struct aip_str model; /* upstream's name */
	const struct aip_model *info;
	struct rest *rest; /* of this credential for this model */
};

enum pool_strategy {
	POOL_ROUND_ROBIN,
	POOL_FILL_FIRST,
};

/* All targets of one client-visible model, grouped by provider key, each group sorted by priority, then
 * place in the configuration. Immutable but for the cursors. */
struct pool_group {
	struct aip_str provider_key;
	const struct target *targets;
	size_t n_targets;
	atomic_uint cursor; /* ROUND_ROBIN: where the next pick begins */
};

struct pool {
	struct pool_group *groups;
	size_t n_groups;
	atomic_uint cursor; /* which group a request begins with */
	enum pool_strategy strategy;
};

/* What one call has used up; grows in the call's arena. Zeroed but for the arena to begin with. */
struct pool_tried {
	struct aip_arena *arena;
	const struct target **at;
	size_t n, cap;
	unsigned first_group; /* chosen on the first pick */
	bool begun;
};

/* A target in use by one attempt, whose outcome is owed (any of the three below). */
struct pool_lease {
	const struct target *target;
	struct rest_lease cred, model;
};

/* Chooses the target for the next attempt of a call.
 *
 * tried   those this call has already used this round; the choice is added
 * now_ms  monotonic milliseconds
 * ret     its target is borrowed from pool; lives as long as the caller's snapshot reference
 *
 * AIP_CRED_COOLING:  all that are left rest; retry_after_ms says how long until the first may be tried.
 * AIP_NO_CREDENTIAL: none is left that was not tried.
 * Every refusal says in its message which credentials were considered and why each was not used.
 * Any loop thread. Holds a rest's lock briefly; never waits. */
aip_nodiscard enum aip_status pool_pick(struct pool *pool, struct pool_tried *tried, int64_t now_ms,
                                        struct pool_lease *ret, struct aip_error *reterr);
/* The same target once more, after a failure of which it may well recover at once. */
void pool_again(struct pool_lease *lease);

/* Whether a pick would find a target now. Takes nothing. Any loop thread. */
bool pool_is_ready(const struct pool *pool, int64_t now_ms);

/* Whether a list of models shows it: a pick would find a target, or all rest, none of them because it was
 * turned away (its key, its account, the model). Any loop thread. */
bool pool_is_listed(const struct pool *pool, int64_t now_ms);

/* The outcome of an attempt. A success may be said as soon as it is certain, and again. failed: scope says what
 * rests. */
void pool_succeeded(const struct pool_lease *lease);
void pool_failed(struct pool_lease *lease, const struct aip_error *error, int64_t now_ms);
void pool_given_up(struct pool_lease *lease, int64_t now_ms);

#endif
