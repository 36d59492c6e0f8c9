/* The meter: what has been served since the start, counted by every settled call. */
#include "usage/meter.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/assert.h"

struct meter {
	atomic_uint_least64_t requests, succeeded, failed, cancelled;
	atomic_uint_least64_t in_tokens, out_tokens, cache_read_tokens, reasoning_tokens;
};

struct meter *meter_create(void)
{
	struct meter *meter = calloc(1, sizeof(*meter));

	aip_assert(meter);
	return meter;
}

void meter_destroy(struct meter *meter)
{
	free(meter);
}

static void add(atomic_uint_least64_t *sum, int64_t n)
{
	if (n > 0)
		atomic_fetch_add_explicit(sum, (uint64_t)n, memory_order_relaxed);
}

void meter_add(struct meter *meter, enum aip_status outcome, const struct aip_usage *usage)
{
	add(&meter->requests, 1);
	add(outcome == AIP_OK          ? &meter->succeeded
	    : outcome == AIP_CANCELLED ? &meter->cancelled
	                               : &meter->failed,
	    1);
	add(&meter->in_tokens, usage->in_total);
	add(&meter->out_tokens, usage->out_total);
	add(&meter->cache_read_tokens, usage->cache_read);
	add(&meter->reasoning_tokens, usage->reasoning);
}

struct meter_sums meter_read(struct meter *meter)
{
	return (struct meter_sums){
		.requests = atomic_load(&meter->requests),
		.succeeded = atomic_load(&meter->succeeded),
		.failed = atomic_load(&meter->failed),
		.cancelled = atomic_load(&meter->cancelled),
		.in_tokens = atomic_load(&meter->in_tokens),
		.out_tokens = atomic_load(&meter->out_tokens),
		.cache_read_tokens = atomic_load(&meter->cache_read_tokens),
		.reasoning_tokens = atomic_load(&meter->reasoning_tokens),
	};
}
