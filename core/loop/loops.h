/* N loops, each running in a thread of its own. */
#ifndef LOOP_LOOPS_H
#define LOOP_LOOPS_H

#include "loop/loop.h"

struct loops;

/* Starts `n` (at least 1) threads called "<name>-0" … (the name is cut to 15 bytes by the system),
 * all signals blocked in them. clock as in loop_create. Control thread. AIP_GATEWAY_BUG when the
 * system refuses a thread; none is left running then. */
aip_nodiscard enum aip_status loops_start(const char *name, unsigned n, const struct clock *clock,
                                          struct loops **ret, struct aip_error *reterr);
/* Stops all loops, waits for their threads, frees the loops. What was posted before is run by
 * then: on its own thread, or here when that thread had already stopped. */
void loops_stop(struct loops *loops);
unsigned loops_count(const struct loops *loops);
/* i < loops_count. */
struct loop *loops_at(struct loops *loops, unsigned i);

#endif
