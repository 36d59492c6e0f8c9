/* One-shot timers in a heap whose keys may be too early, never too late. */
#include <stdlib.h>

#include "loop/inside.h"

static void place(struct timers *timers, uint32_t at, struct loop_timer *timer)
{
	timers->heap[at] = timer;
	timer->slot = at + 1;
}

static void sift_up(struct timers *timers, uint32_t at, struct loop_timer *timer)
{
	while (at > 0) {
		uint32_t parent = (at - 1) / 2;
		if (timers->heap[parent]->heap_ms <= timer->heap_ms)
			break;
		place(timers, at, timers->heap[parent]);
		at = parent;
	}
	place(timers, at, timer);
}

static void sift_down(struct timers *timers, uint32_t at, struct loop_timer *timer)
{
	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= timers->n)
			break;
		if (child + 1 < timers->n &&
		    timers->heap[child + 1]->heap_ms < timers->heap[child]->heap_ms)
			child++;
		if (timers->heap[child]->heap_ms >= timer->heap_ms)
			break;
		place(timers, at, timers->heap[child]);
		at = child;
	}
	place(timers, at, timer);
}

static void put(struct timers *timers, struct loop_timer *timer)
{
	if (timers->n == timers->cap) {
		timers->cap = timers->cap ? timers->cap * 2 : 64;
		timers->heap = loop_grown(timers->heap, timers->cap, sizeof(struct loop_timer *));
	}
	timer->heap_ms = timer->due_ms;
	sift_up(timers, timers->n++, timer);
}

static void take_out(struct timers *timers, struct loop_timer *timer)
{
	uint32_t at = timer->slot - 1;
	struct loop_timer *last = timers->heap[--timers->n];

	timer->slot = 0;
	if (last == timer)
		return;
	if (at > 0 && timers->heap[(at - 1) / 2]->heap_ms > last->heap_ms)
		sift_up(timers, at, last);
	else
		sift_down(timers, at, last);
}

void loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t after_ms)
{
	loop_assert_mine(loop);
	/* At least one: the clock stands still within a turn, and a timer that arms itself with
	 * nothing must not keep the turn from ending. */
	timer->due_ms = loop_now_ms(loop) + (after_ms > 1 ? after_ms : 1);
	if (!timer->slot) {
		put(&loop->timers, timer);
	} else if (timer->due_ms < timer->heap_ms) {
		timer->heap_ms = timer->due_ms;
		sift_up(&loop->timers, timer->slot - 1, timer);
	}
}

void loop_timer_disarm(struct loop *loop, struct loop_timer *timer)
{
	loop_assert_mine(loop);
	timer->due_ms = 0;
	if (timer->slot)
		take_out(&loop->timers, timer);
}

int64_t timers_next_ms(const struct timers *timers)
{
	return timers->n ? timers->heap[0]->heap_ms : INT64_MAX;
}

void timers_run(struct loop *loop)
{
	struct timers *timers = &loop->timers;

	while (timers->n && timers->heap[0]->heap_ms <= loop_now_ms(loop)) {
		struct loop_timer *timer = timers->heap[0];
		if (timer->due_ms > loop_now_ms(loop)) {
			timer->heap_ms = timer->due_ms;
			sift_down(timers, 0, timer);
			continue;
		}
		take_out(timers, timer);
		timer->due_ms = 0;
		timer->fn(timer->arg);
	}
}

void timers_fini(struct timers *timers)
{
	for (uint32_t i = 0; i < timers->n; i++) {
		timers->heap[i]->slot = 0;
		timers->heap[i]->due_ms = 0;
	}
	free(timers->heap);
}
