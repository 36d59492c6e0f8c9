/* Bounded buffers that refuse: every growth of one is counted, and one of them may be refused. */
#ifndef SCENARIO_REFUSE_H
#define SCENARIO_REFUSE_H

#include <stdbool.h>
#include <stddef.h>

/* Counts anew. at: number of the growth that is refused, from 1; 0 counts nothing, SIZE_MAX refuses none. */
void refuse_begin(size_t at);
size_t refuse_growths(void);
bool refuse_happened(void);

#endif
