/* One arena for all tests of a program.
 *
 *     RUN_IN_ARENA(CASE(a), CASE(b))      the program's main */
#ifndef TESTS_ARENA_H
#define TESTS_ARENA_H

#include "check.h"

static struct aip_arena *arena;

static inline int arena_open(void **state)
{
	arena = aip_arena_create();
	return 0;
}

static inline int arena_close(void **state)
{
	aip_arena_destroy(arena);
	return 0;
}

#define RUN_IN_ARENA(...)                                                      \
	int main(void)                                                         \
	{                                                                      \
		const struct CMUnitTest tests[] = {__VA_ARGS__};               \
		return cmocka_run_group_tests(tests, arena_open, arena_close); \
	}

#endif
