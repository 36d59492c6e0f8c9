/* Whether a credential may be used, and who moves that. */
#include "pool/rest.h"

#include "check.h"

static struct rest_table *table;

static struct rest *fresh(const char *key)
{
	return rest_table_get(table, aip_str(key));
}

/* As a call does that begins now. */
static bool take(struct rest *rest, int64_t now_ms)
{
	struct rest_lease lease;

	return rest_take(rest, now_ms, &lease);
}

/* As a call does that began just before. */
static void failed(struct rest *rest, enum aip_status status, int64_t hint_ms, bool cooling,
                   int64_t now_ms)
{
	struct rest_lease lease = rest_again(rest);

	rest_failed(rest, &lease, status, hint_ms, cooling, now_ms);
}

static void succeed(struct rest *rest)
{
	const struct rest_lease lease = rest_again(rest);

	rest_succeeded(rest, &lease);
}

TEST(a_fresh_one_is_ready)
{
	struct rest *rest = fresh("a");

	CHECK(take(rest, 0));
	CHECK(take(rest, 0));
	rest_unref(rest);
}

TEST(a_refused_credential_rests_for_the_tables_time)
{
	struct rest *rest = fresh("b");

	failed(rest, AIP_CRED_REJECTED, 0, true, 1000);
	CHECK(!take(rest, 1000 + 1800 * 1000 - 1));
	CHECK(take(rest, 1000 + 1800 * 1000));
	CHECK_INT_EQ(rest_look(rest).state, REST_TRIAL);
	rest_unref(rest);
}

TEST(only_one_call_gets_the_trial)
{
	struct rest *rest = fresh("c");

	failed(rest, AIP_UNAVAILABLE, 0, true, 0);
	CHECK(take(rest, 60000));
	CHECK(!take(rest, 60000));
	succeed(rest);
	CHECK(take(rest, 60000));
	CHECK(take(rest, 60000));
	rest_unref(rest);
}

TEST(a_trial_given_up_is_the_next_callers)
{
	struct rest *rest = fresh("d");

	failed(rest, AIP_UNAVAILABLE, 0, true, 0);
	struct rest_lease trial, other = rest_again(rest);
	CHECK(rest_take(rest, 60000, &trial));
	rest_given_up(rest, &other, 60001);
	CHECK(!take(rest, 60001));
	rest_given_up(rest, &trial, 60001);
	CHECK(take(rest, 60001));
	rest_unref(rest);
}

TEST(a_trial_forgotten_is_given_again_after_its_time)
{
	struct rest *rest = fresh("e");

	failed(rest, AIP_UNAVAILABLE, 0, true, 0);
	CHECK(take(rest, 60000));
	CHECK(!take(rest, 60000 + REST_TRIAL_MS - 1));
	CHECK(take(rest, 60000 + REST_TRIAL_MS));
	rest_unref(rest);
}

TEST(rate_limits_climb_the_ladder_once_a_window_up_to_half_an_hour)
{
	struct rest *rest = fresh("f");
	int64_t now_ms = 0, step_ms = 1000;

	for (int i = 0; i < 20; i++) {
		struct rest_lease burst = rest_again(rest);
		rest_failed(rest, &burst, AIP_RATE_LIMITED, 0, true, now_ms);
		rest_failed(rest, &burst, AIP_RATE_LIMITED, 0, true, now_ms);
		CHECK_INT_EQ(rest_look(rest).until_ms - now_ms, step_ms);
		now_ms += step_ms;
		CHECK(take(rest, now_ms));
		step_ms = step_ms * 2 < REST_LADDER_MAX_S * 1000LL ? step_ms * 2
		                                                   : REST_LADDER_MAX_S * 1000LL;
	}
	succeed(rest);
	failed(rest, AIP_RATE_LIMITED, 0, true, now_ms);
	CHECK_INT_EQ(rest_look(rest).until_ms - now_ms, 1000);
	rest_unref(rest);
}

TEST(what_was_asked_before_a_rest_began_neither_ends_nor_lengthens_it)
{
	struct rest *rest = fresh("k");
	struct rest_lease before = rest_again(rest);

	failed(rest, AIP_RATE_LIMITED, 0, true, 0);
	rest_succeeded(rest, &before);
	CHECK(!take(rest, 999));
	rest_failed(rest, &before, AIP_UNAVAILABLE, 0, true, 500);
	CHECK(take(rest, 1000));
	rest_succeeded(rest, &before);
	CHECK_INT_EQ(rest_look(rest).state, REST_TRIAL);
	rest_failed(rest, &before, AIP_RATE_LIMITED, 7000, true, 1000);
	CHECK_INT_EQ(rest_look(rest).until_ms, 8000);
	rest_unref(rest);
}

TEST(a_hint_wins_is_clamped_to_a_day_and_never_shortens)
{
	struct rest *rest = fresh("g");

	failed(rest, AIP_RATE_LIMITED, 5000, true, 0);
	CHECK_INT_EQ(rest_look(rest).until_ms, 5000);
	failed(rest, AIP_RATE_LIMITED, 1000, true, 100);
	CHECK_INT_EQ(rest_look(rest).until_ms, 5000);
	failed(rest, AIP_RATE_LIMITED, INT64_MAX / 2, true, 0);
	CHECK_INT_EQ(rest_look(rest).until_ms, REST_HINT_MAX_S * 1000LL);
	rest_unref(rest);
}

TEST(without_cooling_only_a_hint_counts)
{
	struct rest *rest = fresh("h");

	failed(rest, AIP_CRED_REJECTED, 0, false, 0);
	CHECK(take(rest, 0));
	failed(rest, AIP_RATE_LIMITED, 700, false, 0);
	CHECK(!take(rest, 699));
	rest_unref(rest);
}

TEST(faults_of_a_request_or_a_connection_rest_nothing)
{
	struct rest *rest = fresh("i");

	failed(rest, AIP_BAD_REQUEST, 0, true, 0);
	failed(rest, AIP_UPSTREAM_BROKEN, 0, true, 0);
	CHECK(take(rest, 0));
	rest_unref(rest);
}

TEST(state_is_found_again_by_key)
{
	struct rest *rest = fresh("j");

	failed(rest, AIP_CRED_UNPAID, 0, true, 0);
	rest_unref(rest);
	struct rest *again = fresh("j");
	CHECK(!take(again, 1));
	rest_unref(again);
	rest_table_sweep(table, 1);
	again = fresh("j");
	CHECK(!take(again, 1));
	rest_unref(again);
	rest_table_sweep(table, 1800 * 1000 + 1);
	again = fresh("j");
	CHECK_INT_EQ(rest_look(again).state, REST_READY);
	rest_unref(again);
}

static int set_up(void **state)
{
	table = rest_table_create();
	return 0;
}

static int tear_down(void **state)
{
	rest_table_destroy(table);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_fresh_one_is_ready),
		CASE(a_refused_credential_rests_for_the_tables_time),
		CASE(only_one_call_gets_the_trial),
		CASE(a_trial_given_up_is_the_next_callers),
		CASE(a_trial_forgotten_is_given_again_after_its_time),
		CASE(rate_limits_climb_the_ladder_once_a_window_up_to_half_an_hour),
		CASE(what_was_asked_before_a_rest_began_neither_ends_nor_lengthens_it),
		CASE(a_hint_wins_is_clamped_to_a_day_and_never_shortens),
		CASE(without_cooling_only_a_hint_counts),
		CASE(faults_of_a_request_or_a_connection_rest_nothing),
		CASE(state_is_found_again_by_key),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
