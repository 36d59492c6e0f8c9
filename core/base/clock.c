/* The real clock and the virtual one. */
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

#include "base/assert.h"

static struct timespec now(clockid_t id)
{
	struct timespec ts;
	int rc = clock_gettime(id, &ts);

	aip_assert(rc == 0);
	return ts;
}

static int64_t real_mono_us(const struct clock *clock)
{
	struct timespec ts = now(CLOCK_MONOTONIC);

	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t real_wall_ms(const struct clock *clock)
{
	struct timespec ts = now(CLOCK_REALTIME);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const struct clock clock_real = {real_mono_us, real_wall_ms};

static int64_t virtual_mono_us(const struct clock *clock)
{
	return atomic_load(&((const struct clock_virtual *)clock)->mono_us);
}

static int64_t virtual_wall_ms(const struct clock *clock)
{
	return atomic_load(&((const struct clock_virtual *)clock)->wall_ms);
}

void clock_virtual_init(struct clock_virtual *v, int64_t mono_ms, int64_t wall_s)
{
	v->clock = (struct clock){virtual_mono_us, virtual_wall_ms};
	atomic_init(&v->mono_us, mono_ms * 1000);
	atomic_init(&v->wall_ms, wall_s * 1000);
}

void clock_virtual_advance(struct clock_virtual *v, int64_t ms)
{
	aip_assert(ms >= 0);
	atomic_fetch_add(&v->mono_us, ms * 1000);
	atomic_fetch_add(&v->wall_ms, ms);
}
