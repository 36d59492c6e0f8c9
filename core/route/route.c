/* From the name a client used to the credentials that may serve it. */
#include "route/route.h"

#include <aiproxy/rules.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define NEAR_MAX 3

struct router {
	struct route *routes; /* sorted by id, without case */
	size_t n;
};

static int compare(struct aip_str a, struct aip_str b)
{
	int order = strncasecmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	if (order)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* By id, then provider, then priority (higher first), then place in the configuration, then upstream name. */
static int by_place(const void *left, const void *right)
{
	const struct route_offer *a = left, *b = right;
	const struct cred *x = a->target.cred, *y = b->target.cred;
	int order = compare(a->id, b->id);

	if (!order)
		order = compare(x->provider_key, y->provider_key);
	if (!order)
		order = (x->priority < y->priority) - (x->priority > y->priority);
	if (!order)
		order = (x->place > y->place) - (x->place < y->place);
	return order ? order : compare(a->target.model, b->target.model);
}

static size_t run_of_id(const struct route_offer *offers, size_t n)
{
	size_t i = 1;

	while (i < n && compare(offers[i].id, offers[0].id) == 0)
		i++;
	return i;
}

static size_t run_of_provider(const struct route_offer *offers, size_t n)
{
	size_t i = 1;

	while (i < n && compare(offers[i].target.cred->provider_key,
	                        offers[0].target.cred->provider_key) == 0)
		i++;
	return i;
}

static void group_fill(struct aip_arena *arena, struct pool_group *group,
                       const struct route_offer *offers, size_t n)
{
	struct target *targets = aip_arena_alloc(arena, n * sizeof(*targets));

	group->provider_key = offers[0].target.cred->provider_key;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || by_place(&offers[i - 1], &offers[i]))
			targets[group->n_targets++] = offers[i].target;
	group->targets = targets;
}

static void route_fill(struct aip_arena *arena, struct route *route,
                       const struct route_offer *offers, size_t n, enum pool_strategy strategy)
{
	route->id = offers[0].id;
	route->info = offers[0].target.info;
	route->owned_by = offers[0].owned_by;
	route->pool.strategy = strategy;
	route->pool.groups = aip_arena_alloc(arena, n * sizeof(*route->pool.groups));
	for (size_t at = 0; at < n;) {
		size_t run = run_of_provider(offers + at, n - at);
		group_fill(arena, &route->pool.groups[route->pool.n_groups++], offers + at, run);
		at += run;
	}
}

struct router *router_new(struct aip_arena *arena, const struct route_offer *offers,
                          size_t n_offers, enum pool_strategy strategy)
{
	struct router *router = AIP_NEW(arena, struct router);
	struct route_offer *sorted = aip_arena_alloc(arena, n_offers * sizeof(*sorted));

	if (n_offers) {
		memcpy(sorted, offers, n_offers * sizeof(*sorted));
		qsort(sorted, n_offers, sizeof(*sorted), by_place);
	}
	router->routes = aip_arena_alloc(arena, n_offers * sizeof(*router->routes));
	for (size_t at = 0; at < n_offers;) {
		size_t run = run_of_id(sorted + at, n_offers - at);
		route_fill(arena, &router->routes[router->n++], sorted + at, run, strategy);
		at += run;
	}
	return router;
}

static struct route *find(const struct router *router, struct aip_str id)
{
	size_t low = 0, high = router->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(id, router->routes[middle].id);
		if (order == 0)
			return &router->routes[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Of routes that can serve now; of all, when none can. */
static struct route *newest(const struct router *router, int64_t now_ms)
{
	struct route *best = NULL, *best_ready = NULL;

	for (size_t i = 0; i < router->n; i++) {
		struct route *route = &router->routes[i];
		if (!best || route->info->created_s > best->info->created_s)
			best = route;
		if (best_ready && route->info->created_s <= best_ready->info->created_s)
			continue;
		if (pool_is_ready(&route->pool, now_ms))
			best_ready = route;
	}
	return best_ready ? best_ready : best;
}

/* ---- Near names ----------------------------------------------------------------------------- */

/* Edit distance without case, of the first 64 bytes. */
static size_t distance(struct aip_str a, struct aip_str b)
{
	size_t row[65];
	size_t a_len = a.len < 64 ? a.len : 64, b_len = b.len < 64 ? b.len : 64;

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j];
			bool same = strncasecmp(&a.at[i - 1], &b.at[j - 1], 1) == 0;
			size_t best = diagonal + !same;
			best = above + 1 < best ? above + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[b_len];
}

static enum aip_status unknown(const struct router *router, struct aip_str name,
                               struct aip_error *reterr)
{
	struct {
		size_t far;
		struct aip_str id;
	} near[NEAR_MAX + 1];
	size_t n = 0;
	char words[300] = "";

	for (size_t i = 0; i < router->n; i++) {
		size_t far = distance(name, router->routes[i].id), at = n;
		if (far > 2 + name.len / 3)
			continue;
		while (at > 0 && near[at - 1].far > far) {
			near[at] = near[at - 1];
			at--;
		}
		near[at].far = far;
		near[at].id = router->routes[i].id;
		n = n < NEAR_MAX ? n + 1 : n;
	}
	for (size_t i = 0, used = 0; i < n && used < sizeof(words); i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%.*s",
		                         i ? ", " : "; did you mean: ", AIP_FMT(near[i].id));
	enum aip_status s = aip_fail(reterr, AIP_MODEL_UNKNOWN, "unknown provider for model %.*s%s",
	                             AIP_FMT(name), words);
	if (reterr)
		snprintf(reterr->param, sizeof(reterr->param), "model");
	return s;
}

enum aip_status router_find(const struct router *router, struct aip_str name, int64_t now_ms,
                            struct route_match *ret, struct aip_error *reterr)
{
	struct route_match match = {.base = name};
	struct aip_error bad_suffix = {0};

	enum aip_status s = aip_model_suffix(name, &match.base, &match.reasoning, &bad_suffix);
	if (s)
		match.base = name;
	match.route = find(router, match.base);
	if (!match.route && aip_str_is(match.base, "auto"))
		match.route = newest(router, now_ms);
	if (!match.route && match.base.len != name.len) {
		match = (struct route_match){.base = name};
		match.route = find(router, name);
	}
	if (!match.route && s) {
		if (reterr)
			*reterr = bad_suffix;
		return s;
	}
	if (!match.route)
		return unknown(router, name, reterr);
	*ret = match;
	return AIP_OK;
}

size_t router_count(const struct router *router)
{
	return router->n;
}

struct route *router_at(const struct router *router, size_t i)
{
	return &router->routes[i];
}
