/* Bounded buffers that refuse: every growth of one is counted, and one of them may be refused. */
#ifndef TESTS_REFUSE_H
#define TESTS_REFUSE_H

#include <stdbool.h>
#include <stddef.h>

/* Counts anew. at: number of the growth that is refused, from 1; 0 counts nothing, SIZE_MAX refuses none. A
 * buffer without a ceiling is never refused. */
void refuse_begin(size_t at);
/* Whether buffers get the room they ask for and no more, from now on: each appending is a growth. */
void refuse_tightly(bool yes);
size_t refuse_growths(void);
bool refuse_happened(void);

#endif
