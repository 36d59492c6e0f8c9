/* From the name a client used to the credentials that may serve it.
 *
 * The router is built with the snapshot and immutable but for the pools' cursors. Names compare without
 * case. What a client may ask for: a model's id, its alias, either behind a credential's prefix
 * ("team/model"), each with a thinking suffix ("model(high)"), or "auto". */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "pool/pool.h"

/* A model as clients see it. */
struct route {
	struct aip_str id;            /* as listed */
	const struct aip_model *info; /* of the first target: what listings tell */
	struct aip_str owned_by;
	struct pool pool;
};

struct router;

/* What a credential offers, for building: one visible name. */
struct route_offer {
	struct aip_str id; /* as the client writes it */
	struct aip_str owned_by;
	struct target target;
};

/* Builds from all offers of all credentials; they may come in any order and are copied. Offers that are equal
 * in id, credential and upstream name count once. Control thread. */
struct router *router_new(struct aip_arena *arena, const struct route_offer *offers,
                          size_t n_offers, enum pool_strategy strategy);

/* A request's model, resolved. */
struct route_match {
	struct route *route;
	struct aip_str base;            /* the name without its suffix */
	struct aip_reasoning reasoning; /* what the suffix says; mode UNSET without one */
};

/* "auto" is the newest model that some credential may serve now; when none may, the newest.
 *
 * AIP_MODEL_UNKNOWN: names near ones. AIP_BAD_REQUEST: the suffix is no level or budget.
 * now_ms: monotonic. Any loop thread. */
aip_nodiscard enum aip_status router_find(const struct router *router, struct aip_str name,
                                          int64_t now_ms, struct route_match *ret,
                                          struct aip_error *reterr);

/* All routes, sorted by id. */
size_t router_count(const struct router *router);
struct route *router_at(const struct router *router, size_t i);

#endif
