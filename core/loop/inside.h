/* What the files of loop/ share; nobody else includes this. */
#ifndef LOOP_INSIDE_H
#define LOOP_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "loop/loop.h"

struct event;

/* A binary heap by time; heap[0] is the first to fall due. */
struct timers {
	struct loop_timer **heap;
	uint32_t n, cap;
};

/* fn(arg) to come: a letter of the mail, or an object laid to rest. */
struct errand {
	void (*fn)(void *arg);
	void *arg;
};

struct errands {
	struct errand *at;
	size_t n, cap;
};

struct mail {
	pthread_mutex_t lock; /* guards inbox; held for an append or a swap */
	struct errands inbox;
	struct errands reading; /* loop's own */
	int bell_fd;            /* eventfd */
	struct event *bell;
};

struct loop {
	uint32_t magic;
	char name[16];
	_Atomic pthread_t owner; /* asked by any thread */
	const struct clock *clock;
	struct event_base *base;
	struct event *alarm;
	int64_t alarm_ms; /* when alarm fires; INT64_MAX: not set */
	int64_t now_ms;
	bool now_is_fresh;
	atomic_bool stopping;
	struct timers timers;
	struct loop_task *tasks, **tasks_end;
	struct loop_task *tasks_running;
	struct mail mail;
	struct errands resting;
};

/* Memory that must be had: the process ends without it. */
void *loop_grown(void *old, size_t n, size_t size);
void errands_add(struct errands *list, void (*fn)(void *arg), void *arg);
/* Runs what stood in the list when called, in order, and empties it. */
void errands_run(struct errands *list);

/* INT64_MAX: no timer is armed. */
int64_t timers_next_ms(const struct timers *timers);
void timers_run(struct loop *loop);
void timers_fini(struct timers *timers);

aip_nodiscard enum aip_status mail_init(struct loop *loop, struct aip_error *reterr);
void mail_run(struct loop *loop);
/* Any thread: ends the wait the loop is in. */
void mail_ring(struct loop *loop);
void mail_fini(struct loop *loop);

#endif
