/* One thread of work: an event_base with its clock, timers, tasks and mail from other threads.
 *
 * A turn is: wait for sockets and mail, then their callbacks; then timers that are due and tasks;
 * last, the objects laid to rest are freed. Everything below belongs to the loop's own thread
 * unless it says "any thread". Until loop_run the creating thread owns the loop; loop_run makes its
 * caller the owner.
 *
 * Sockets are used through libevent directly: event_new(loop_event_base(loop), …). The event_base
 * has no locks (no other thread may touch it) and collects interest changes until the next wait,
 * so event_add and event_del within a turn cost no system call. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <aiproxy/base.h>

#include "base/assert.h"

struct clock;
struct event_base;
struct loop;

/* ---- Life --------------------------------------------------------------------------------- */

/* AIP_GATEWAY_BUG when the system refuses a descriptor. name is copied (15 bytes kept); clock is
 * borrowed as long as the loop lives. With a clock other than clock_real, timers fall due when that
 * one says so: while any is armed the loop looks at it every few milliseconds. */
aip_nodiscard enum aip_status loop_create(const char *name, const struct clock *clock,
                                          struct loop **ret, struct aip_error *reterr);
/* Runs what is left of mail and rest, then frees. Not while loop_run is running. Timers and tasks
 * still armed are forgotten: their owners must not touch them after. */
void loop_destroy(struct loop *loop);
/* Turns until loop_stop. May be called again after. */
void loop_run(struct loop *loop);
/* Any thread. loop_run returns after the turn it is in; a stop before loop_run counts. */
void loop_stop(struct loop *loop);
/* One turn, waiting at most `wait_ms` for something to happen (0: do not wait, -1: no limit).
 * For tests and for owners that have a loop of their own. */
void loop_turn(struct loop *loop, int64_t wait_ms);

const char *loop_name(const struct loop *loop);
/* Lives as long as the loop. */
struct event_base *loop_event_base(struct loop *loop);

/* Any thread: whether it is the loop's own. */
bool loop_is_mine(const struct loop *loop);
/* Stops the process when called from a thread that does not own the loop. */
#define loop_assert_mine(loop) aip_assert(loop_is_mine(loop))

/* ---- Clock -------------------------------------------------------------------------------- */

/* Monotonic milliseconds, read once a turn: the same value all through a callback. */
int64_t loop_now_ms(struct loop *loop);
const struct clock *loop_clock(const struct loop *loop);

/* ---- Timers ------------------------------------------------------------------------------- */

/* Embedded in its user's object; one shot. Zeroed memory with fn and arg set is a timer at rest.
 * Arming again moves the deadline and is cheap when it moves later (nothing is touched but the
 * number), so an idle deadline may be pushed on with each chunk of a stream. The object must
 * disarm before it is freed. */
struct loop_timer {
	void (*fn)(void *arg); /* the timer is at rest when called, and may be armed anew */
	void *arg;
	int64_t due_ms;  /* wanted; 0 at rest */
	int64_t heap_ms; /* where the heap has it: never later than due_ms */
	uint32_t slot;   /* place in the heap + 1; 0: not there */
};

static inline void loop_timer_init(struct loop_timer *timer, void (*fn)(void *arg), void *arg)
{
	*timer = (struct loop_timer){.fn = fn, .arg = arg};
}

/* Fires in the first turn that begins `after_ms` or more from now; never from within this call. */
void loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t after_ms);
/* No call after this one. Harmless at rest. */
void loop_timer_disarm(struct loop *loop, struct loop_timer *timer);

static inline bool loop_timer_is_armed(const struct loop_timer *timer)
{
	return timer->due_ms != 0;
}

/* ---- Tasks: later in this turn ------------------------------------------------------------ */

/* Embedded like a timer. Runs once at the end of the turn in which it was added (of the next one
 * when added by a task), with no system call; adding it twice runs it once. */
struct loop_task {
	void (*fn)(void *arg);
	void *arg;
	struct loop_task *next, **pprev;
};

static inline void loop_task_init(struct loop_task *task, void (*fn)(void *arg), void *arg)
{
	*task = (struct loop_task){.fn = fn, .arg = arg};
}

void loop_task_add(struct loop *loop, struct loop_task *task);
void loop_task_cancel(struct loop *loop, struct loop_task *task);

/* ---- Between threads ---------------------------------------------------------------------- */

/* Any thread. fn(arg) runs on the loop's thread in the order of posting, also when the poster is
 * the loop itself. What is posted before loop_destroy is run by it at the latest. */
void loop_post(struct loop *loop, void (*fn)(void *arg), void *arg);

/* ---- Rest --------------------------------------------------------------------------------- */

/* Frees obj with free_fn at the end of the turn, when no callback further up the stack can still
 * be using it. */
void loop_rest(struct loop *loop, void (*free_fn)(void *obj), void *obj);

#endif
