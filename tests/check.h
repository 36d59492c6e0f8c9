/* The few words our unit tests use, over cmocka.
 *
 *     TEST(pick_skips_a_cooling_credential) { CHECK_INT_EQ(…); }
 *     int main(void) { return RUN(pick_skips_a_cooling_credential, …); }
 *
 * A test's name is its claim. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <aiproxy/base.h>

#define TEST(name) static void name(void **test_state_)
#define CASE(name) cmocka_unit_test(name)
/* A case between the program's own set_up and tear_down. */
#define HERE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
/* RUN_ALL(CASE(a), CASE(b)): a program's main in one line. */
#define RUN_ALL(...)                                              \
	int main(void)                                            \
	{                                                         \
		const struct CMUnitTest tests[] = {__VA_ARGS__};  \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	}

#define CHECK(what)               assert_true(what)
#define CHECK_INT_EQ(got, want)   assert_int_equal((got), (want))
#define CHECK_PTR_EQ(got, want)   assert_ptr_equal((got), (want))
#define CHECK_STR_EQ(got, want)   check_str_eq_at((got), aip_str(want), __FILE__, __LINE__)
#define CHECK_BYTES_EQ(got, want) check_str_eq_at((got), (want), __FILE__, __LINE__)

static inline void check_str_eq_at(struct aip_str got, struct aip_str want, const char *file,
                                   int line)
{
	if (aip_str_eq(got, want))
		return;
	print_error("%s:%d:\n  got  \"%.*s\"\n  want \"%.*s\"\n", file, line, AIP_FMT(got),
	            AIP_FMT(want));
	_fail(file, line);
}

#endif
