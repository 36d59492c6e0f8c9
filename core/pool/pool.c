/* Credentials and the choice among them. */
#include "pool/pool.h"

#include <inttypes.h>
#include <stdio.h>

static bool was_tried(const struct pool_tried *tried, const struct target *target)
{
	for (size_t i = 0; i < tried->n; i++)
		if (tried->at[i] == target)
			return true;
	return false;
}

static void remember(struct pool_tried *tried, const struct target *target)
{
	if (tried->n == tried->cap) {
		const size_t cap = tried->cap ? tried->cap * 2 : 4;
		const struct target **at = aip_arena_alloc(tried->arena, cap * sizeof(*at));
		if (tried->n)
			memcpy(at, tried->at, tried->n * sizeof(*at));
		tried->at = at;
		tried->cap = cap;
	}
	tried->at[tried->n++] = target;
}

/* Takes the target when both its credential and its model may be used. */
static bool take(const struct target *target, int64_t now_ms, struct pool_lease *ret)
{
	if (!rest_take(target->cred->rest, now_ms, &ret->cred))
		return false;
	ret->target = target;
	if (rest_take(target->rest, now_ms, &ret->model))
		return true;
	rest_given_up(target->cred->rest, &ret->cred, now_ms);
	return false;
}

/* The first usable target of the best priority that has one: within a group sorted by priority, each run of
 * equals is searched from the cursor. */
static bool pick_in_group(struct pool_group *group, enum pool_strategy strategy,
                          const struct pool_tried *tried, int64_t now_ms, struct pool_lease *ret)
{
	unsigned from = strategy == POOL_ROUND_ROBIN
	                        ? atomic_fetch_add_explicit(&group->cursor, 1, memory_order_relaxed)
	                        : 0;

	for (size_t begin = 0, end; begin < group->n_targets; begin = end) {
		const int64_t priority = group->targets[begin].cred->priority;
		for (end = begin; end < group->n_targets; end++)
			if (group->targets[end].cred->priority != priority)
				break;
		for (size_t i = 0; i < end - begin; i++) {
			const struct target *target =
				&group->targets[begin + (from + i) % (end - begin)];
			if (!was_tried(tried, target) && take(target, now_ms, ret))
				return true;
		}
	}
	return false;
}

static bool is_due(struct rest *rest, int64_t now_ms)
{
	struct rest_view view = rest_look(rest);

	return view.state == REST_READY || (view.state == REST_RESTING && view.until_ms <= now_ms);
}

bool pool_is_ready(const struct pool *pool, int64_t now_ms)
{
	for (size_t g = 0; g < pool->n_groups; g++) {
		for (size_t i = 0; i < pool->groups[g].n_targets; i++) {
			const struct target *target = &pool->groups[g].targets[i];
			if (is_due(target->cred->rest, now_ms) && is_due(target->rest, now_ms))
				return true;
		}
	}
	return false;
}

/* The sooner of a target's two rests, and why. */
static struct rest_view longest_rest(const struct target *target)
{
	struct rest_view cred = rest_look(target->cred->rest);
	struct rest_view model = rest_look(target->rest);

	if (cred.state == REST_READY)
		return model;
	if (model.state == REST_READY || cred.until_ms > model.until_ms)
		return cred;
	return model;
}

/* Rests for another reason than that there is too much to do. */
static bool was_turned_away(const struct target *target)
{
	const struct rest_view view = longest_rest(target);
	const struct aip_status_row *row = aip_status_row(view.cause);

	return view.state != REST_READY && row->http != 429 &&
	       (row->blame == AIP_BLAME_CREDENTIAL || row->blame == AIP_BLAME_MODEL);
}

bool pool_is_listed(const struct pool *pool, int64_t now_ms)
{
	if (pool_is_ready(pool, now_ms))
		return true;
	for (size_t g = 0; g < pool->n_groups; g++)
		for (size_t i = 0; i < pool->groups[g].n_targets; i++)
			if (was_turned_away(&pool->groups[g].targets[i]))
				return false;
	return true;
}

/* Says of each target why it was not used, and when the first may be tried again. */
static enum aip_status explain(struct pool *pool, const struct pool_tried *tried, int64_t now_ms,
                               struct aip_error *reterr)
{
	char why[512] = "";
	size_t used = 0, resting = 0;
	int64_t soonest_ms = INT64_MAX;

	for (size_t g = 0; g < pool->n_groups; g++) {
		for (size_t i = 0; i < pool->groups[g].n_targets; i++) {
			const struct target *target = &pool->groups[g].targets[i];
			struct rest_view view = longest_rest(target);
			int64_t wait_ms = view.until_ms - now_ms;
			if (wait_ms < 1 || view.state == REST_TRIAL)
				wait_ms = 1000;
			if (view.state != REST_READY) {
				resting++;
				soonest_ms = wait_ms < soonest_ms ? wait_ms : soonest_ms;
			}
			if (used < sizeof(why) - 1)
				used += (size_t)snprintf(
					why + used, sizeof(why) - used, "%s%.*s %s",
					used ? "; " : "", AIP_FMT(target->cred->pub.id),
					was_tried(tried, target)   ? "was tried"
					: view.state == REST_TRIAL ? "is on trial"
								   : aip_status_name(view.cause));
		}
	}
	if (!resting)
		return aip_fail(reterr, AIP_NO_CREDENTIAL, "No providers available: %s",
		                why[0] ? why : "no credential serves this model");
	enum aip_status s =
		aip_fail(reterr, AIP_CRED_COOLING,
	                 "All credentials for this model are cooling down, the first for "
	                 "%" PRId64 " s: %s",
	                 (soonest_ms + 999) / 1000, why);
	if (reterr)
		reterr->retry_after_ms = soonest_ms;
	return s;
}

enum aip_status pool_pick(struct pool *pool, struct pool_tried *tried, int64_t now_ms,
                          struct pool_lease *ret, struct aip_error *reterr)
{
	if (!tried->begun) {
		tried->begun = true;
		tried->first_group =
			atomic_fetch_add_explicit(&pool->cursor, 1, memory_order_relaxed);
	}
	for (size_t i = 0; i < pool->n_groups; i++) {
		struct pool_group *group = &pool->groups[(tried->first_group + i) % pool->n_groups];
		struct pool_lease lease = {0};
		if (pick_in_group(group, pool->strategy, tried, now_ms, &lease)) {
			remember(tried, lease.target);
			*ret = lease;
			return AIP_OK;
		}
	}
	return explain(pool, tried, now_ms, reterr);
}

void pool_again(struct pool_lease *lease)
{
	lease->cred = rest_again(lease->target->cred->rest);
	lease->model = rest_again(lease->target->rest);
}

void pool_succeeded(const struct pool_lease *lease)
{
	rest_succeeded(lease->target->cred->rest, &lease->cred);
	rest_succeeded(lease->target->rest, &lease->model);
}

void pool_failed(struct pool_lease *lease, const struct aip_error *error, int64_t now_ms)
{
	const struct target *target = lease->target;
	const bool cooling = target->cred->cooling;

	switch (error->scope) {
	case AIP_SCOPE_REQUEST: pool_given_up(lease, now_ms); break;
	case AIP_SCOPE_CREDENTIAL:
		rest_failed(target->cred->rest, &lease->cred, error->status, error->retry_after_ms,
		            cooling, now_ms);
		rest_given_up(target->rest, &lease->model, now_ms);
		break;
	case AIP_SCOPE_MODEL:
		rest_failed(target->rest, &lease->model, error->status, error->retry_after_ms,
		            cooling, now_ms);
		rest_given_up(target->cred->rest, &lease->cred, now_ms);
		break;
	}
}

void pool_given_up(struct pool_lease *lease, int64_t now_ms)
{
	rest_given_up(lease->target->cred->rest, &lease->cred, now_ms);
	rest_given_up(lease->target->rest, &lease->model, now_ms);
}
