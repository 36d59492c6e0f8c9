/* Threads for loops: started together, stopped together. */
#include "loop/loops.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "loop/inside.h"

struct worker {
	pthread_t thread;
	struct loop *loop;
};

struct loops {
	unsigned n; /* loops with a thread */
	struct worker worker[];
};

static void *run(void *arg)
{
	struct loop *loop = arg;

	pthread_setname_np(pthread_self(), loop_name(loop));
	loop_run(loop);
	return NULL;
}

aip_nodiscard static enum aip_status worker_start(struct worker *worker, const char *name,
                                                  const struct clock *clock,
                                                  struct aip_error *reterr)
{
	enum aip_status s = loop_create(name, clock, &worker->loop, reterr);
	if (s)
		return s;

	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int refused = pthread_create(&worker->thread, NULL, run, worker->loop);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (refused) {
		loop_destroy(worker->loop);
		return aip_fail(reterr, AIP_GATEWAY_BUG, "no thread: %s", strerror(refused));
	}
	/* From here on it is not ours, even if the thread has not come to loop_run yet. */
	atomic_store_explicit(&worker->loop->owner, worker->thread, memory_order_relaxed);
	return AIP_OK;
}

enum aip_status loops_start(const char *name, unsigned n, const struct clock *clock,
                            struct loops **ret, struct aip_error *reterr)
{
	aip_assert(n > 0);
	struct loops *loops = calloc(1, sizeof(*loops) + n * sizeof(loops->worker[0]));

	aip_assert(loops);
	for (; loops->n < n; loops->n++) {
		char full[32];
		snprintf(full, sizeof(full), "%s-%u", name, loops->n);
		enum aip_status s = worker_start(&loops->worker[loops->n], full, clock, reterr);
		if (s) {
			loops_stop(loops);
			return s;
		}
	}
	*ret = loops;
	return AIP_OK;
}

void loops_stop(struct loops *loops)
{
	if (!loops)
		return;
	for (unsigned i = 0; i < loops->n; i++)
		loop_stop(loops->worker[i].loop);
	/* All are joined before any is freed: a loop may still post to another on its way out. */
	for (unsigned i = 0; i < loops->n; i++)
		pthread_join(loops->worker[i].thread, NULL);
	for (unsigned i = 0; i < loops->n; i++)
		loop_destroy(loops->worker[i].loop);
	free(loops);
}

unsigned loops_count(const struct loops *loops)
{
	return loops->n;
}

struct loop *loops_at(struct loops *loops, unsigned i)
{
	aip_assert(i < loops->n);
	return loops->worker[i].loop;
}
