/* The clocks. */
#include "check.h"

#include "base/clock.h"

TEST(the_real_clock_does_not_run_backwards)
{
	int64_t last = 0;

	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_now_us(&clock_real);
		CHECK(now >= last);
		last = now;
	}
	CHECK(clock_wall_s(&clock_real) > 1700000000);
}

TEST(the_virtual_clock_moves_only_when_told)
{
	struct clock_virtual v;

	clock_virtual_init(&v, 1000, 1700000000);
	CHECK_INT_EQ(clock_now_ms(&v.clock), 1000);
	CHECK_INT_EQ(clock_now_ms(&v.clock), 1000);
	clock_virtual_advance(&v, 1500);
	CHECK_INT_EQ(clock_now_ms(&v.clock), 2500);
	CHECK_INT_EQ(clock_now_us(&v.clock), 2500000);
	CHECK_INT_EQ(clock_wall_s(&v.clock), 1700000001);
	CHECK_INT_EQ(clock_wall_ms(&v.clock), 1700000001500);
}

RUN_ALL(CASE(the_real_clock_does_not_run_backwards), CASE(the_virtual_clock_moves_only_when_told))
