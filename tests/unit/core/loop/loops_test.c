/* Loops in threads, and the mail between them. */
#include "loop/loops.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "check.h"

enum { LETTERS = 2000 };

struct counter {
	struct loop *home;
	unsigned seen; /* home's own */
	atomic_uint done;
};

struct letter {
	struct counter *to;
	unsigned number;
};

static void on_letter(void *arg)
{
	struct letter *letter = arg;

	loop_assert_mine(letter->to->home);
	if (letter->number == letter->to->seen)
		letter->to->seen++;
	if (letter->to->seen == LETTERS)
		atomic_store(&letter->to->done, 1);
}

TEST(letters_arrive_in_order_on_the_loops_own_thread)
{
	static struct letter letters[2][LETTERS];
	struct counter counters[2] = {{0}};
	struct loops *loops;

	CHECK_INT_EQ(loops_start("worker", 2, &clock_real, &loops, NULL), AIP_OK);
	CHECK_INT_EQ(loops_count(loops), 2);
	CHECK_STR_EQ(aip_str(loop_name(loops_at(loops, 1))), "worker-1");
	for (unsigned i = 0; i < 2; i++) {
		counters[i].home = loops_at(loops, i);
		CHECK(!loop_is_mine(counters[i].home));
	}
	for (unsigned n = 0; n < LETTERS; n++)
		for (unsigned i = 0; i < 2; i++) {
			letters[i][n] = (struct letter){&counters[i], n};
			loop_post(counters[i].home, on_letter, &letters[i][n]);
		}
	loops_stop(loops); /* runs what is left */
	CHECK(atomic_load(&counters[0].done));
	CHECK(atomic_load(&counters[1].done));
}

struct ball {
	struct loop *side[2];
	atomic_uint hits;
};

static void on_ball(void *arg)
{
	struct ball *ball = arg;
	unsigned hits = atomic_fetch_add(&ball->hits, 1) + 1;

	if (hits < LETTERS)
		loop_post(ball->side[hits % 2], on_ball, ball);
}

TEST(two_loops_play_ball)
{
	struct loops *loops;
	struct ball ball = {.hits = 0};

	CHECK_INT_EQ(loops_start("player", 2, &clock_real, &loops, NULL), AIP_OK);
	ball.side[0] = loops_at(loops, 0);
	ball.side[1] = loops_at(loops, 1);
	loop_post(ball.side[0], on_ball, &ball);
	for (int64_t until_ms = clock_now_ms(&clock_real) + 20000;
	     atomic_load(&ball.hits) < LETTERS && clock_now_ms(&clock_real) < until_ms;)
		continue;
	CHECK_INT_EQ(atomic_load(&ball.hits), LETTERS);
	loops_stop(loops);
}

RUN_ALL(CASE(letters_arrive_in_order_on_the_loops_own_thread), CASE(two_loops_play_ball))
