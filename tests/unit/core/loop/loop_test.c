/* A loop's order of things: timers, tasks, mail, rest. */
#include "loop/loop.h"

#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "check.h"

/* What happened, as letters in order. */
struct tale {
	struct loop *loop;
	char said[64];
	size_t n;
	struct loop_timer timer;
	struct loop_timer others[200];
	struct loop_task task, second;
	int64_t last_ms;
	unsigned fired;
};

static void say(struct tale *tale, char letter)
{
	assert_true(tale->n < sizeof(tale->said) - 1);
	tale->said[tale->n++] = letter;
}

static struct clock_virtual clock_of_test;

static struct tale *tale_create(void)
{
	struct tale *tale = calloc(1, sizeof(*tale));

	assert_non_null(tale);
	clock_virtual_init(&clock_of_test, 1000, 1);
	CHECK_INT_EQ(loop_create("test", &clock_of_test.clock, &tale->loop, NULL), AIP_OK);
	return tale;
}

static void tale_destroy(struct tale *tale)
{
	loop_destroy(tale->loop);
	free(tale);
}

static void pass(struct tale *tale, int64_t ms)
{
	clock_virtual_advance(&clock_of_test, ms);
	loop_turn(tale->loop, 0);
}

static void say_t(void *arg)
{
	say(arg, 't');
}

static void say_k(void *arg)
{
	say(arg, 'k');
}

static void say_m(void *arg)
{
	say(arg, 'm');
}

static void say_r(void *arg)
{
	say(arg, 'r');
}

TEST(a_timer_fires_once_at_its_time_and_not_before)
{
	struct tale *tale = tale_create();

	loop_timer_init(&tale->timer, say_t, tale);
	loop_timer_arm(tale->loop, &tale->timer, 100);
	CHECK(loop_timer_is_armed(&tale->timer));
	pass(tale, 99);
	CHECK_STR_EQ(aip_str(tale->said), "");
	pass(tale, 1);
	CHECK_STR_EQ(aip_str(tale->said), "t");
	CHECK(!loop_timer_is_armed(&tale->timer));
	pass(tale, 1000);
	CHECK_STR_EQ(aip_str(tale->said), "t");
	tale_destroy(tale);
}

TEST(arming_again_moves_the_deadline_both_ways)
{
	struct tale *tale = tale_create();

	loop_timer_init(&tale->timer, say_t, tale);
	loop_timer_arm(tale->loop, &tale->timer, 100);
	loop_timer_arm(tale->loop, &tale->timer, 300);
	pass(tale, 150);
	CHECK_STR_EQ(aip_str(tale->said), "");
	loop_timer_arm(tale->loop, &tale->timer, 10);
	pass(tale, 10);
	CHECK_STR_EQ(aip_str(tale->said), "t");
	pass(tale, 1000);
	CHECK_STR_EQ(aip_str(tale->said), "t");
	tale_destroy(tale);
}

TEST(a_disarmed_timer_does_not_fire)
{
	struct tale *tale = tale_create();

	loop_timer_init(&tale->timer, say_t, tale);
	loop_timer_disarm(tale->loop, &tale->timer);
	loop_timer_arm(tale->loop, &tale->timer, 5);
	loop_timer_arm(tale->loop, &tale->timer, 50);
	loop_timer_disarm(tale->loop, &tale->timer);
	pass(tale, 1000);
	CHECK_STR_EQ(aip_str(tale->said), "");
	tale_destroy(tale);
}

static void check_order(void *arg)
{
	struct tale *tale = arg;
	int64_t now_ms = loop_now_ms(tale->loop);

	CHECK(now_ms >= tale->last_ms);
	tale->last_ms = now_ms;
	tale->fired++;
}

TEST(two_hundred_timers_fire_each_at_its_own_time)
{
	struct tale *tale = tale_create();
	uint32_t dice = 12345;
	unsigned disarmed = 0;

	for (int i = 0; i < 200; i++) {
		loop_timer_init(&tale->others[i], check_order, tale);
		dice = dice * 1664525 + 1013904223;
		loop_timer_arm(tale->loop, &tale->others[i], dice >> 22);
	}
	for (int i = 0; i < 200; i += 3, disarmed++)
		loop_timer_disarm(tale->loop, &tale->others[i]);
	for (int i = 1; i < 200; i += 3)
		loop_timer_arm(tale->loop, &tale->others[i], 2000 + i);
	for (int ms = 0; ms < 2300; ms++) {
		pass(tale, 1);
		for (int i = 0; i < 200; i++)
			CHECK(!tale->others[i].due_ms ||
			      tale->others[i].due_ms > loop_now_ms(tale->loop));
	}
	CHECK_INT_EQ(tale->fired, 200 - disarmed);
	tale_destroy(tale);
}

static void arm_again(void *arg)
{
	struct tale *tale = arg;

	tale->fired++;
	loop_timer_arm(tale->loop, &tale->timer, 0);
}

TEST(a_timer_that_arms_itself_with_nothing_does_not_hold_the_turn)
{
	struct tale *tale = tale_create();

	loop_timer_init(&tale->timer, arm_again, tale);
	loop_timer_arm(tale->loop, &tale->timer, 0);
	CHECK_INT_EQ(tale->fired, 0);
	pass(tale, 1);
	CHECK_INT_EQ(tale->fired, 1);
	pass(tale, 0);
	CHECK_INT_EQ(tale->fired, 1);
	pass(tale, 1);
	CHECK_INT_EQ(tale->fired, 2);
	tale_destroy(tale);
}

static void task_again(void *arg)
{
	struct tale *tale = arg;

	say(tale, 'a');
	loop_task_add(tale->loop, &tale->task);
}

TEST(a_task_added_twice_runs_once_and_one_added_by_a_task_waits_a_turn)
{
	struct tale *tale = tale_create();

	loop_task_init(&tale->task, task_again, tale);
	loop_task_init(&tale->second, say_k, tale);
	loop_task_add(tale->loop, &tale->task);
	loop_task_add(tale->loop, &tale->second);
	loop_task_add(tale->loop, &tale->task);
	loop_turn(tale->loop, 0);
	CHECK_STR_EQ(aip_str(tale->said), "ak");
	loop_turn(tale->loop, -1); /* does not wait: a task is there */
	CHECK_STR_EQ(aip_str(tale->said), "aka");
	loop_task_cancel(tale->loop, &tale->task);
	loop_turn(tale->loop, 0);
	CHECK_STR_EQ(aip_str(tale->said), "aka");
	tale_destroy(tale);
}

static void cancel_second(void *arg)
{
	struct tale *tale = arg;

	say(tale, 'c');
	loop_task_cancel(tale->loop, &tale->second);
}

TEST(a_task_may_cancel_the_one_behind_it)
{
	struct tale *tale = tale_create();

	loop_task_init(&tale->task, cancel_second, tale);
	loop_task_init(&tale->second, say_k, tale);
	loop_task_add(tale->loop, &tale->task);
	loop_task_add(tale->loop, &tale->second);
	loop_turn(tale->loop, 0);
	loop_task_add(tale->loop, &tale->second);
	loop_turn(tale->loop, 0);
	CHECK_STR_EQ(aip_str(tale->said), "ck");
	tale_destroy(tale);
}

TEST(a_cancelled_last_task_leaves_the_list_whole)
{
	struct tale *tale = tale_create();

	loop_task_init(&tale->task, say_t, tale);
	loop_task_init(&tale->second, say_k, tale);
	loop_task_add(tale->loop, &tale->task);
	loop_task_add(tale->loop, &tale->second);
	loop_task_cancel(tale->loop, &tale->second);
	loop_task_add(tale->loop, &tale->second);
	loop_task_cancel(tale->loop, &tale->task);
	loop_turn(tale->loop, 0);
	CHECK_STR_EQ(aip_str(tale->said), "k");
	tale_destroy(tale);
}

TEST(a_turn_goes_mail_timers_tasks_rest)
{
	struct tale *tale = tale_create();

	loop_rest(tale->loop, say_r, tale);
	loop_task_init(&tale->task, say_k, tale);
	loop_task_add(tale->loop, &tale->task);
	loop_timer_init(&tale->timer, say_t, tale);
	loop_timer_arm(tale->loop, &tale->timer, 1);
	loop_post(tale->loop, say_m, tale);
	pass(tale, 1);
	CHECK_STR_EQ(aip_str(tale->said), "mtkr");
	tale_destroy(tale);
}

TEST(what_was_posted_runs_before_destroy_is_done)
{
	struct tale *tale = tale_create();
	struct loop *loop = tale->loop;

	loop_post(loop, say_m, tale);
	loop_rest(loop, say_r, tale);
	loop_destroy(loop);
	CHECK_STR_EQ(aip_str(tale->said), "mr");
	free(tale);
}

static void stop_it(void *arg)
{
	struct tale *tale = arg;

	tale->fired++;
	loop_stop(tale->loop);
}

TEST(the_real_clock_wakes_a_waiting_loop)
{
	struct tale *tale = calloc(1, sizeof(*tale));

	assert_non_null(tale);
	CHECK_INT_EQ(
		loop_create("a-name-longer-than-the-system-takes", &clock_real, &tale->loop, NULL),
		AIP_OK);
	CHECK_STR_EQ(aip_str(loop_name(tale->loop)), "a-name-longer-t");
	loop_timer_init(&tale->timer, stop_it, tale);
	int64_t before_ms = loop_now_ms(tale->loop);
	loop_timer_arm(tale->loop, &tale->timer, 30);
	loop_run(tale->loop);
	CHECK_INT_EQ(tale->fired, 1);
	CHECK(loop_now_ms(tale->loop) >= before_ms + 30);
	CHECK(loop_now_ms(tale->loop) < before_ms + 5000);
	loop_destroy(tale->loop);
	free(tale);
}

TEST(a_stop_before_the_run_counts)
{
	struct tale *tale = tale_create();

	loop_stop(tale->loop);
	loop_run(tale->loop);
	tale_destroy(tale);
}

static void on_pipe(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), 1);
	say(arg, byte);
}

TEST(a_descriptor_closed_and_opened_again_within_a_turn_is_heard)
{
	struct tale *tale = tale_create();
	int one[2], two[2];

	assert_int_equal(pipe(one), 0);
	struct event *event =
		event_new(loop_event_base(tale->loop), one[0], EV_READ | EV_PERSIST, on_pipe, tale);
	event_add(event, NULL);
	loop_turn(tale->loop, 0);
	event_free(event);
	close(one[0]);
	close(one[1]);
	assert_int_equal(pipe(two), 0);
	CHECK_INT_EQ(two[0], one[0]);
	event = event_new(loop_event_base(tale->loop), two[0], EV_READ | EV_PERSIST, on_pipe, tale);
	event_add(event, NULL);
	assert_int_equal(write(two[1], "x", 1), 1);
	loop_turn(tale->loop, 100);
	CHECK_STR_EQ(aip_str(tale->said), "x");
	event_free(event);
	close(two[0]);
	close(two[1]);
	tale_destroy(tale);
}

RUN_ALL(CASE(a_timer_fires_once_at_its_time_and_not_before),
        CASE(arming_again_moves_the_deadline_both_ways), CASE(a_disarmed_timer_does_not_fire),
        CASE(two_hundred_timers_fire_each_at_its_own_time),
        CASE(a_timer_that_arms_itself_with_nothing_does_not_hold_the_turn),
        CASE(a_task_added_twice_runs_once_and_one_added_by_a_task_waits_a_turn),
        CASE(a_task_may_cancel_the_one_behind_it),
        CASE(a_cancelled_last_task_leaves_the_list_whole), CASE(a_turn_goes_mail_timers_tasks_rest),
        CASE(what_was_posted_runs_before_destroy_is_done),
        CASE(the_real_clock_wakes_a_waiting_loop), CASE(a_stop_before_the_run_counts),
        CASE(a_descriptor_closed_and_opened_again_within_a_turn_is_heard))
