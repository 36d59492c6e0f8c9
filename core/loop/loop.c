/* The turn: waiting, and the order in which what happened is dealt with. */
#include "loop/loop.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/clock.h"
#include "loop/inside.h"

/* The changelist spares system calls. It names a closed socket to the kernel once more; the number may be another
 * thread's file by then, which harms nothing but is a race to the thread sanitizer. */
#ifdef __SANITIZE_THREAD__
#define CHANGELIST 0
#else
#define CHANGELIST EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST
#endif

#define LOOP_MAGIC       0x4c4f4f50u
#define VIRTUAL_LOOK_MS  5 /* how often a clock that is not the real one is looked at */
#define ALARM_LONGEST_MS 3600000

void *loop_grown(void *old, size_t n, size_t size)
{
	void *grown = reallocarray(old, n, size);

	aip_assert(grown);
	return grown;
}

/* ---- Turn --------------------------------------------------------------------------------- */

static void on_alarm(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop;

	AIP_CAST(loop, arg, LOOP_MAGIC);
	loop->alarm_ms = INT64_MAX;
}

/* An alarm that stands too early is left alone: one idle turn costs less than moving it for each
 * timer that comes and goes. */
static void set_alarm(struct loop *loop, int64_t at_ms)
{
	if (at_ms >= loop->alarm_ms)
		return;

	int64_t wait_ms = at_ms - loop_now_ms(loop);
	if (wait_ms < 0)
		wait_ms = 0;
	if (wait_ms > ALARM_LONGEST_MS)
		wait_ms = ALARM_LONGEST_MS;

	const struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
	aip_assert(event_add(loop->alarm, &wait) == 0);
	loop->alarm_ms = loop_now_ms(loop) + wait_ms;
}

static int64_t soonest_ms(struct loop *loop, int64_t wait_ms)
{
	int64_t soonest = wait_ms < 0 ? INT64_MAX : loop_now_ms(loop) + wait_ms;
	int64_t timer = timers_next_ms(&loop->timers);

	if (timer != INT64_MAX && loop->clock != &clock_real)
		timer = loop_now_ms(loop) + VIRTUAL_LOOK_MS;
	return timer < soonest ? timer : soonest;
}

static void run_tasks(struct loop *loop)
{
	struct loop_task *task;

	if (!loop->tasks)
		return;
	loop->tasks_running = loop->tasks;
	loop->tasks_running->pprev = &loop->tasks_running;
	loop->tasks = NULL;
	loop->tasks_end = &loop->tasks;
	while ((task = loop->tasks_running)) {
		loop->tasks_running = task->next;
		if (task->next)
			task->next->pprev = &loop->tasks_running;
		task->next = NULL;
		task->pprev = NULL;
		task->fn(task->arg);
	}
}

void loop_turn(struct loop *loop, int64_t wait_ms)
{
	loop_assert_mine(loop);
	int flags = EVLOOP_ONCE;

	if (wait_ms == 0 || loop->tasks)
		flags |= EVLOOP_NONBLOCK;
	else
		set_alarm(loop, soonest_ms(loop, wait_ms));
	loop->now_is_fresh = false;
	event_base_loop(loop->base, flags);
	timers_run(loop);
	run_tasks(loop);
	errands_run(&loop->resting);
}

void loop_run(struct loop *loop)
{
	atomic_store_explicit(&loop->owner, pthread_self(), memory_order_relaxed);
	while (!atomic_load_explicit(&loop->stopping, memory_order_acquire))
		loop_turn(loop, -1);
	atomic_store_explicit(&loop->stopping, false, memory_order_relaxed);
}

void loop_stop(struct loop *loop)
{
	atomic_store_explicit(&loop->stopping, true, memory_order_release);
	mail_ring(loop);
}

/* ---- Tasks -------------------------------------------------------------------------------- */

void loop_task_add(struct loop *loop, struct loop_task *task)
{
	loop_assert_mine(loop);
	if (task->pprev)
		return;
	task->next = NULL;
	task->pprev = loop->tasks_end;
	*loop->tasks_end = task;
	loop->tasks_end = &task->next;
}

void loop_task_cancel(struct loop *loop, struct loop_task *task)
{
	loop_assert_mine(loop);
	if (!task->pprev)
		return;
	*task->pprev = task->next;
	if (task->next)
		task->next->pprev = task->pprev;
	else if (loop->tasks_end == &task->next)
		loop->tasks_end = task->pprev;
	task->next = NULL;
	task->pprev = NULL;
}

/* ---- Life --------------------------------------------------------------------------------- */

static struct event_base *base_new(void)
{
	struct event_config *config = event_config_new();

	aip_assert(config);
	event_config_set_flag(config,
	                      EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV | CHANGELIST);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

enum aip_status loop_create(const char *name, const struct clock *clock, struct loop **ret,
                            struct aip_error *reterr)
{
	struct loop *loop = loop_grown(NULL, 1, sizeof(*loop));

	*loop = (struct loop){.magic = LOOP_MAGIC, .clock = clock, .alarm_ms = INT64_MAX};
	strncpy(loop->name, name, sizeof(loop->name) - 1);
	atomic_store_explicit(&loop->owner, pthread_self(), memory_order_relaxed);
	loop->tasks_end = &loop->tasks;
	loop->base = base_new();
	if (!loop->base) {
		free(loop);
		return aip_fail(reterr, AIP_GATEWAY_BUG, "no event base: %s", strerror(errno));
	}
	loop->alarm = event_new(loop->base, -1, 0, on_alarm, loop);
	aip_assert(loop->alarm);

	enum aip_status s = mail_init(loop, reterr);
	if (s) {
		event_free(loop->alarm);
		event_base_free(loop->base);
		free(loop);
		return s;
	}
	*ret = loop;
	return AIP_OK;
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	atomic_store_explicit(&loop->owner, pthread_self(), memory_order_relaxed);
	mail_run(loop);
	errands_run(&loop->resting);
	mail_fini(loop);
	timers_fini(&loop->timers);
	free(loop->resting.at);
	event_free(loop->alarm);
	event_base_free(loop->base);
	loop->magic = 0;
	free(loop);
}

/* ---- Looking ------------------------------------------------------------------------------ */

const char *loop_name(const struct loop *loop)
{
	return loop->name;
}

struct event_base *loop_event_base(struct loop *loop)
{
	return loop->base;
}

bool loop_is_mine(const struct loop *loop)
{
	return pthread_equal(atomic_load_explicit(&loop->owner, memory_order_relaxed),
	                     pthread_self());
}

const struct clock *loop_clock(const struct loop *loop)
{
	return loop->clock;
}

int64_t loop_now_ms(struct loop *loop)
{
	if (!loop->now_is_fresh) {
		loop->now_ms = clock_now_ms(loop->clock);
		loop->now_is_fresh = true;
	}
	return loop->now_ms;
}
