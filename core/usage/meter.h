/* The meter: what has been served since the start, counted by every settled call. */
#ifndef USAGE_METER_H
#define USAGE_METER_H

#include <aiproxy/ir.h>

/* Sums since the start. */
struct meter_sums {
	uint64_t requests, succeeded, failed, cancelled;
	uint64_t in_tokens, out_tokens, cache_read_tokens, reasoning_tokens;
};

struct meter;
struct meter *meter_create(void);
void meter_destroy(struct meter *meter);
/* Any thread; atomics only. */
void meter_add(struct meter *meter, enum aip_status outcome, const struct aip_usage *usage);
struct meter_sums meter_read(struct meter *meter);

#endif
