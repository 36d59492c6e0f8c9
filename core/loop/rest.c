/* Objects laid to rest, and the list of errands that mail and rest are both made of. */
#include "loop/inside.h"

void errands_add(struct errands *list, void (*fn)(void *arg), void *arg)
{
	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 32;
		list->at = loop_grown(list->at, list->cap, sizeof(struct errand));
	}
	list->at[list->n++] = (struct errand){fn, arg};
}

void errands_run(struct errands *list)
{
	/* The list may grow, and so move, under an errand. */
	for (size_t i = 0; i < list->n; i++) {
		struct errand errand = list->at[i];
		errand.fn(errand.arg);
	}
	list->n = 0;
}

void loop_rest(struct loop *loop, void (*free_fn)(void *obj), void *obj)
{
	loop_assert_mine(loop);
	errands_add(&loop->resting, free_fn, obj);
}
