/* The end of a process that found a bug in itself. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

void assert_fail(const char *expression, const char *file, int line)
{
	log_last_words();
	fprintf(stderr,
	        "%s:%d: assertion failed: %s\nThis is a bug in aiproxyapi; please report this "
	        "line.\n",
	        file, line, expression);
	fflush(stderr);
	abort();
}
