/* Rest: whether a credential may be used for a model right now, and the one mover of that state. */
#include "pool/rest.h"

#include <stdlib.h>

#include "base/assert.h"

#define BUCKETS 1024

/* The one mover. Lock held. */
static void move(struct rest *rest, enum rest_state to, int64_t until_ms)
{
	static const bool legal[3][3] = {
		/* to:          READY  RESTING TRIAL */
		[REST_READY] = {true, true, false},
		[REST_RESTING] = {true, true, true},
		[REST_TRIAL] = {true, true, true},
	};

	aip_assert(legal[rest->state][to]);
	rest->state = to;
	rest->until_ms = until_ms;
	atomic_store_explicit(&rest->quick, (int)to, memory_order_release);
}

bool rest_take(struct rest *rest, int64_t now_ms, struct rest_lease *ret)
{
	bool may = true;

	*ret = rest_again(rest); /* before the state is looked at: rather too old than too new */
	if (atomic_load_explicit(&rest->quick, memory_order_acquire) == REST_READY)
		return true;
	pthread_mutex_lock(&rest->lock);
	switch (rest->state) {
	case REST_READY: break;
	case REST_RESTING: may = now_ms >= rest->until_ms; break;
	case REST_TRIAL: may = now_ms - rest->until_ms >= REST_TRIAL_MS; break;
	}
	ret->turn = atomic_load_explicit(&rest->turn, memory_order_relaxed);
	ret->trial = may && rest->state != REST_READY;
	if (ret->trial)
		move(rest, REST_TRIAL, now_ms);
	pthread_mutex_unlock(&rest->lock);
	return may;
}

struct rest_lease rest_again(struct rest *rest)
{
	return (struct rest_lease){.turn = atomic_load_explicit(&rest->turn, memory_order_acquire)};
}

struct rest_view rest_look(struct rest *rest)
{
	struct rest_view view;

	pthread_mutex_lock(&rest->lock);
	view = (struct rest_view){rest->state, rest->until_ms, rest->cause};
	pthread_mutex_unlock(&rest->lock);
	return view;
}

/* Whether a rest has begun since. Lock held. */
static bool is_old(const struct rest *rest, const struct rest_lease *lease)
{
	return lease->turn != atomic_load_explicit(&rest->turn, memory_order_relaxed);
}

void rest_succeeded(struct rest *rest, const struct rest_lease *lease)
{
	if (atomic_load_explicit(&rest->quick, memory_order_acquire) == REST_READY && !rest->ladder)
		return;
	pthread_mutex_lock(&rest->lock);
	if (!is_old(rest, lease)) {
		move(rest, REST_READY, 0);
		rest->ladder = 0;
		rest->cause = AIP_OK;
	}
	pthread_mutex_unlock(&rest->lock);
}

/* Milliseconds of the ladder's next step. Lock held. */
static int64_t climb_ms(struct rest *rest)
{
	const int64_t step_s = 1LL << (rest->ladder < 11 ? rest->ladder : 11);

	if (step_s >= REST_LADDER_MAX_S)
		return REST_LADDER_MAX_S * 1000LL;
	rest->ladder++;
	return step_s * 1000;
}

/* Milliseconds to rest; 0 not at all. Lock held. */
static int64_t duration_ms(struct rest *rest, const struct rest_lease *lease,
                           enum aip_status status, int64_t hint_ms, bool cooling)
{
	const int rest_s = aip_status_row(status)->rest_s;

	if (rest_s == 0)
		return 0;
	if (hint_ms > 0)
		return hint_ms < REST_HINT_MAX_S * 1000LL ? hint_ms : REST_HINT_MAX_S * 1000LL;
	if (!cooling || is_old(rest, lease))
		return 0;
	return rest_s == AIP_REST_LADDER ? climb_ms(rest) : rest_s * 1000LL;
}

void rest_failed(struct rest *rest, struct rest_lease *lease, enum aip_status status,
                 int64_t hint_ms, bool cooling, int64_t now_ms)
{
	pthread_mutex_lock(&rest->lock);
	int64_t for_ms = duration_ms(rest, lease, status, hint_ms, cooling);
	if (for_ms > 0) {
		int64_t until_ms = now_ms + for_ms;
		if (rest->state == REST_RESTING && rest->until_ms > until_ms)
			until_ms = rest->until_ms;
		rest->cause = status;
		atomic_fetch_add_explicit(&rest->turn, 1, memory_order_release);
		move(rest, REST_RESTING, until_ms);
	} else if (rest->state == REST_TRIAL && lease->trial && !is_old(rest, lease)) {
		/* No verdict on the credential: the next may try. */
		move(rest, REST_RESTING, now_ms);
	}
	lease->trial = false;
	pthread_mutex_unlock(&rest->lock);
}

void rest_given_up(struct rest *rest, struct rest_lease *lease, int64_t now_ms)
{
	if (!lease->trial)
		return;
	pthread_mutex_lock(&rest->lock);
	if (rest->state == REST_TRIAL && !is_old(rest, lease))
		move(rest, REST_RESTING, now_ms);
	lease->trial = false;
	pthread_mutex_unlock(&rest->lock);
}

/* ---- The table ------------------------------------------------------------------------------ */

struct rest_table {
	struct rest *buckets[BUCKETS];
};

static size_t bucket_of(struct aip_str key)
{
	uint64_t hash = 14695981039346656037ull;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.at[i]) * 1099511628211ull;
	return hash % BUCKETS;
}

struct rest_table *rest_table_create(void)
{
	struct rest_table *table = calloc(1, sizeof(*table));

	aip_assert(table);
	return table;
}

void rest_unref(struct rest *rest)
{
	if (!rest || atomic_fetch_sub_explicit(&rest->refs, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&rest->lock);
	free(rest->key);
	free(rest);
}

void rest_table_destroy(struct rest_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (table->buckets[i]) {
			struct rest *rest = table->buckets[i];
			table->buckets[i] = rest->next;
			rest_unref(rest);
		}
	}
	free(table);
}

struct rest *rest_table_get(struct rest_table *table, struct aip_str key)
{
	struct rest **bucket = &table->buckets[bucket_of(key)];

	for (struct rest *rest = *bucket; rest; rest = rest->next) {
		if (aip_str_eq(aip_str(rest->key), key)) {
			atomic_fetch_add_explicit(&rest->refs, 1, memory_order_relaxed);
			return rest;
		}
	}
	struct rest *rest = calloc(1, sizeof(*rest));
	aip_assert(rest);
	rest->key = strndup(key.at, key.len);
	aip_assert(rest->key);
	pthread_mutex_init(&rest->lock, NULL);
	atomic_init(&rest->refs, 2); /* the table's and the caller's */
	rest->next = *bucket;
	*bucket = rest;
	return rest;
}

void rest_table_sweep(struct rest_table *table, int64_t now_ms)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct rest **at = &table->buckets[i];
		while (*at) {
			struct rest *rest = *at;
			struct rest_view view = rest_look(rest);
			bool idle = atomic_load(&rest->refs) == 1;
			if (idle && (view.state == REST_READY || view.until_ms < now_ms)) {
				*at = rest->next;
				rest_unref(rest);
			} else {
				at = &rest->next;
			}
		}
	}
}
