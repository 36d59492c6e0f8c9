/* Says what could not be allocated, and stops. */
#include "base/oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void oom_die(size_t bytes, const char *file, int line)
{
	char text[256];

	snprintf(text, sizeof(text), "out of memory: %zu bytes at %s:%d\n", bytes, file, line);
	/* not stdio: its stream may want a lock or a buffer */
	ssize_t wrote = write(STDERR_FILENO, text, strlen(text));
	(void)wrote;
	abort();
}
