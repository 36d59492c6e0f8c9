/* The end of a process that has no memory left. */
#ifndef SDK_BASE_OOM_H
#define SDK_BASE_OOM_H

#include <stddef.h>

/* Prints "out of memory: N bytes at FILE:LINE" and aborts. Allocates nothing. Any thread. */
_Noreturn void oom_die(size_t bytes, const char *file, int line);

#define OOM_DIE(bytes) oom_die((bytes), __FILE__, __LINE__)

#endif
