/* Time, behind a table: the real one, or a virtual one that a test moves.
 *
 * Whoever measures or waits takes a `const struct clock *` from its maker. Monotonic milliseconds
 * for durations and deadlines, wall time only for what is told to people or stored. Any thread. */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct clock {
	int64_t (*mono_us)(const struct clock *clock);
	int64_t (*wall_ms)(const struct clock *clock);
};

/* CLOCK_MONOTONIC and CLOCK_REALTIME. */
extern const struct clock clock_real;

/* Stands still until moved; moving is safe beside readers. */
struct clock_virtual {
	struct clock clock; /* first: &v.clock is what others get */
	atomic_int_least64_t mono_us;
	atomic_int_least64_t wall_ms;
};

/* Monotonic time starts at mono_ms, the wall at wall_s (Unix seconds). */
void clock_virtual_init(struct clock_virtual *v, int64_t mono_ms, int64_t wall_s);
/* Moves both forward, ms >= 0. */
void clock_virtual_advance(struct clock_virtual *v, int64_t ms);

/* Monotonic milliseconds. */
static inline int64_t clock_now_ms(const struct clock *clock)
{
	return clock->mono_us(clock) / 1000;
}

/* Monotonic microseconds. */
static inline int64_t clock_now_us(const struct clock *clock)
{
	return clock->mono_us(clock);
}

/* Unix milliseconds. */
static inline int64_t clock_wall_ms(const struct clock *clock)
{
	return clock->wall_ms(clock);
}

/* Unix seconds. */
static inline int64_t clock_wall_s(const struct clock *clock)
{
	return clock->wall_ms(clock) / 1000;
}

#endif
