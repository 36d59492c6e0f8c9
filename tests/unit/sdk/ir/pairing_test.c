/* Calls and results: each way a client's history can be wrong, and what becomes of it. */
#include "history.h"

#include <stdio.h>
#include <time.h>

#define MADE "[no result recorded]"

TEST(a_call_without_a_result_is_answered_when_anything_follows)
{
	struct aip_repairs r =
		history_becomes("u a | a !f c1 | u b", "u a | a !f c1 | t =c1:f " MADE " | u b");
	CHECK_INT_EQ(r.answered, 1);
	history_becomes("a !f c1, !g c2 | t =c2 ok", "a !f c1, !g c2 | t =c2:g ok, =c1:f " MADE);
	history_becomes("a !f c1 | s be brief | u b",
	                "a !f c1 | t =c1:f " MADE " | s be brief | u b");
}

TEST(the_answer_that_is_made_up_says_that_it_is_an_error)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *request = history_read(arena, "a !f c1 | u b");

	CHECK_INT_EQ(aip_request_canon(arena, request, NULL), AIP_OK);
	CHECK_INT_EQ(request->turns->next->parts->result->is_error, AIP_YES);
	aip_arena_destroy(arena);
}

TEST(a_call_at_the_very_end_is_answered_too)
{
	struct aip_repairs r = history_becomes("u a | a hm, !f c1",
	                                       "u a | a hm, !f c1 | t =c1:f [no result recorded]");
	CHECK_INT_EQ(r.answered, 1);
}

TEST(a_result_of_no_call_is_left_out)
{
	struct aip_repairs r = history_becomes("u a | t =c9 x | u b", "u a, b");
	CHECK_INT_EQ(r.orphans, 1);
	history_becomes("a !f c1 | t =c1 ok, =c9 x", "a !f c1 | t =c1:f ok");
	history_becomes("t =c1 early | a !f c1 | t =c1 ok", "a !f c1 | t =c1:f ok");
	CHECK_INT_EQ(history_becomes("t = x | u b", "u b").orphans, 1);
}

TEST(of_two_results_the_last_counts_where_the_first_stood)
{
	struct aip_repairs r = history_becomes("a !f c1, !g c2 | t =c1 old, =c2 two, =c1 new",
	                                       "a !f c1, !g c2 | t =c1:f new, =c2:g two");
	CHECK_INT_EQ(r.duplicates, 1);
	history_becomes("a !f c1 | t =c1 old | u b | t =c1 new", "a !f c1 | t =c1:f new | u b");
}

TEST(a_result_away_from_its_call_moves_behind_it)
{
	history_becomes("a !f c1 | u wait | t =c1 ok | u go", "a !f c1 | t =c1:f ok | u wait, go");
	history_becomes("a !f c1, !g c2 | t =c1 one | u hm | t =c2 two",
	                "a !f c1, !g c2 | t =c1:f one, =c2:g two | u hm");
	history_becomes("a !f c1 | s rule | a so | t =c1 ok",
	                "a !f c1 | t =c1:f ok | s rule | a+ so");
}

/* The first use keeps its id; the second gets one of its own, and its result too. */
static struct aip_str again(struct aip_arena *arena, const char *id, uint64_t n)
{
	return aip_stable_id(arena, "call_", aip_str(id), n);
}

TEST(an_id_that_is_used_again_belongs_to_the_nearest_call_that_waits)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str x = again(arena, "x", 1);
	char want[256];

	snprintf(want, sizeof(want), "a !f x | t =x:f one | u b | a !g %.*s | t =%.*s:g two",
	         AIP_FMT(x), AIP_FMT(x));
	history_becomes("a !f x | t =x one | u b | a !g x | t =x two", want);
	/* both results behind the second call: the nearest gets the first */
	snprintf(want, sizeof(want), "a !f x | t =x:f two | u b | a !g %.*s | t =%.*s:g one",
	         AIP_FMT(x), AIP_FMT(x));
	history_becomes("a !f x | u b | a !g x | t =x one, =x two", want);
	aip_arena_destroy(arena);
}

TEST(an_id_that_is_used_twice_in_one_turn_is_served_in_order)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str x = again(arena, "x", 1);
	char want[256];

	snprintf(want, sizeof(want), "a !f x, !f %.*s | t =x:f one, =%.*s:f two", AIP_FMT(x),
	         AIP_FMT(x));
	history_becomes("a !f x, !f x | t =x one, =x two", want);
	aip_arena_destroy(arena);
}

TEST(a_result_without_an_id_goes_by_name_then_by_place)
{
	history_becomes("a !f c1, !g c2, !f c3 | t =:f one, =:f three, =:g two",
	                "a !f c1, !g c2, !f c3 | t =c1:f one, =c3:f three, =c2:g two");
	history_becomes("a !f c1, !g c2 | t =:other x, = y", "a !f c1, !g c2 | t =c1:f x, =c2:g y");
	/* who has an id chooses first */
	history_becomes("a !f c1, !f c2 | t =:f two, =c1:f one",
	                "a !f c1, !f c2 | t =c2:f two, =c1:f one");
	/* more results than calls */
	CHECK_INT_EQ(
		history_becomes("a !f c1 | t =:f one, =:f two", "a !f c1 | t =c1:f one").orphans,
		1);
}

TEST(a_call_without_an_id_gets_the_same_one_in_every_replay)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *shorter = history_read(arena, "u a | a !f, !f | t =:f 1, =:f 2");
	struct aip_request *longer =
		history_read(arena, "u a | a !f, !f | t =:f 1, =:f 2 | u b | a !f | t =:f 3");

	CHECK_INT_EQ(aip_request_canon(arena, shorter, NULL), AIP_OK);
	CHECK_INT_EQ(aip_request_canon(arena, longer, NULL), AIP_OK);
	struct aip_str first = history_write(arena, shorter), all = history_write(arena, longer);
	CHECK(aip_str_starts(all, first));
	CHECK(aip_str_find(first, AIP_LIT("!f call_")) >= 0);
	CHECK_INT_EQ(aip_request_check(longer, NULL), AIP_OK);
	aip_arena_destroy(arena);
}

TEST(the_name_of_a_result_is_that_of_its_call)
{
	history_becomes("a !get c1 | t =c1:c1 ok", "a !get c1 | t =c1:get ok");
}

/* Histories of a hundred thousand calls, in the orders that would make a naive search crawl. */
TEST(time_grows_with_the_history_and_not_with_its_square)
{
	enum { N = 100000 };
	for (int shape = 0; shape < 3; shape++) {
		struct aip_arena *arena = aip_arena_create();
		struct aip_request *request = aip_request_new(arena);
		struct aip_turn *calls = aip_turn_new(arena, AIP_ROLE_ASSISTANT);
		struct aip_turn *results = aip_turn_new(arena, AIP_ROLE_TOOL);
		struct aip_part **call = &calls->parts, **result = &results->parts;
		for (int i = 0; i < N; i++) {
			*call = aip_part_new(arena, AIP_TOOL_CALL);
			(*call)->call->name = aip_arena_printf(arena, "f%d", i);
			if (shape == 1)
				(*call)->call->id = AIP_LIT("same");
			else
				(*call)->call->id = aip_arena_printf(arena, "c%d", i);
			call = &(*call)->next;
			*result = aip_part_new(arena, AIP_TOOL_RESULT);
			if (shape == 1)
				(*result)->result->call_id = AIP_LIT("same");
			else if (shape == 0)
				(*result)->result->call_id =
					aip_arena_printf(arena, "c%d", N - 1 - i);
			else
				(*result)->result->name = aip_arena_printf(arena, "f%d", N - 1 - i);
			result = &(*result)->next;
		}
		request->turns = calls;
		calls->next = results;
		clock_t began = clock();
		CHECK_INT_EQ(aip_request_canon(arena, request, NULL), AIP_OK);
		CHECK((clock() - began) / CLOCKS_PER_SEC < 5);
		CHECK_INT_EQ(request->repairs.answered + request->repairs.orphans, 0);
		aip_arena_destroy(arena);
	}
}

RUN_ALL(CASE(a_call_without_a_result_is_answered_when_anything_follows),
        CASE(the_answer_that_is_made_up_says_that_it_is_an_error),
        CASE(a_call_at_the_very_end_is_answered_too), CASE(a_result_of_no_call_is_left_out),
        CASE(of_two_results_the_last_counts_where_the_first_stood),
        CASE(a_result_away_from_its_call_moves_behind_it),
        CASE(an_id_that_is_used_again_belongs_to_the_nearest_call_that_waits),
        CASE(an_id_that_is_used_twice_in_one_turn_is_served_in_order),
        CASE(a_result_without_an_id_goes_by_name_then_by_place),
        CASE(a_call_without_an_id_gets_the_same_one_in_every_replay),
        CASE(the_name_of_a_result_is_that_of_its_call),
        CASE(time_grows_with_the_history_and_not_with_its_square))
