/* Assertions that stay in releases, and the checked cast for every void * callback.
 *
 * For our own bugs only. What a client, an upstream, a provider or an operator does wrong gets a
 * status and a log line instead. */
#ifndef CORE_BASE_ASSERT_H
#define CORE_BASE_ASSERT_H

/* Prints file, line and expression, writes out the log, aborts. Any thread. */
__attribute__((noreturn, cold)) void assert_fail(const char *expression, const char *file,
                                                 int line);

#define aip_assert(expression)                         \
	(__builtin_expect(!!(expression), 1) ? (void)0 \
	                                     : assert_fail(#expression, __FILE__, __LINE__))

/* First line of a callback: AIP_CAST(watch, arg, WATCH_MAGIC). The object's struct begins with
 * `uint32_t magic`; its destroyer sets the magic to 0, so that a late callback is caught too. */
#define AIP_CAST(var, arg, MAGIC)                                     \
	do {                                                          \
		(var) = (arg);                                        \
		aip_assert((var) != NULL && (var)->magic == (MAGIC)); \
	} while (0)

#endif
