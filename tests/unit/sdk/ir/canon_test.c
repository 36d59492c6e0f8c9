/* The canonical shape: what each pass does, and that nothing escapes it. */
#include "history.h"

TEST(leading_system_messages_are_hoisted_in_order)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *request = history_read(arena, "s one | d two, three | u hi");

	request->turns->parts->cache.set = true;
	CHECK_INT_EQ(aip_request_canon(arena, request, NULL), AIP_OK);
	CHECK_STR_EQ(history_write(arena, request), "[ one, two, three ] u hi");
	CHECK(request->system->cache.set);
	CHECK(!request->system->developer);
	CHECK(request->system->next->developer && request->system->next->next->developer);
	aip_arena_destroy(arena);
}

TEST(a_later_system_message_stays_in_its_place)
{
	history_becomes("u a | s rule | u b", "u a | s rule | u b");
	history_becomes("u a | d rule | s other", "u a | d rule | s other");
	history_becomes("s alone", "[ alone ]");
}

TEST(what_a_system_message_shows_beside_text_is_the_users)
{
	history_becomes("s look, # | u hi", "[ look ] u #, hi");
	history_becomes("u a | s look, # | u hi", "u a | s look | u #, hi");
}

TEST(results_stand_in_turns_of_their_own_before_what_else_was_said)
{
	history_becomes("a !f c1 | u so, =c1 ok, then", "a !f c1 | t =c1:f ok | u so, then");
	history_becomes("a !f c1 | t =c1 ok, and", "a !f c1 | t =c1:f ok | u and");
}

TEST(neighbours_of_one_role_merge_and_keep_the_order_of_their_parts)
{
	history_becomes("u a | u b, # | u c | a x | a y | u d", "u a, b, #, c | a x, y | u d");
	/* results and what the user says next stay apart */
	history_becomes("a !f c1, !g c2 | t =c1 1 | t =c2 2 | u b",
	                "a !f c1, !g c2 | t =c1:f 1, =c2:g 2 | u b");
}

TEST(participants_of_different_names_do_not_merge)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *request = history_read(arena, "u a | u b");

	request->turns->name = AIP_LIT("ann");
	CHECK_INT_EQ(aip_request_canon(arena, request, NULL), AIP_OK);
	CHECK_STR_EQ(history_write(arena, request), "u a | u b");
	aip_arena_destroy(arena);
}

TEST(empty_messages_vanish_but_never_one_that_calls)
{
	history_becomes("u a | a | u b", "u a, b");
	history_becomes("u a | a !f c1 | t | u b",
	                "u a | a !f c1 | t =c1:f [no result recorded] | u b");
}

TEST(a_trailing_assistant_is_to_be_continued)
{
	history_becomes("u a | a x", "u a | a+ x");
	history_becomes("u a | a x | u b | a y", "u a | a x | u b | a+ y");
}

TEST(nobody_but_the_assistant_thinks_and_calls)
{
	CHECK_INT_EQ(history_becomes("u ~hm, a", "u a").misplaced, 1);
	CHECK_INT_EQ(history_becomes("u !f c1, a | t =c1 x", "u a").misplaced, 1);
	history_becomes("u a | a ~hm, b", "u a | a+ ~hm, b");
}

static struct aip_tool *tool(struct aip_arena *arena, const char *space, const char *name,
                             const char *about)
{
	struct aip_tool *made = aip_tool_new(arena, AIP_TOOL_FUNCTION);

	made->space = aip_str(space);
	made->name = aip_str(name);
	made->description = aip_str(about);
	return made;
}

TEST(of_tools_of_one_name_the_first_declared_counts_and_order_stays)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *request = aip_request_new(arena);

	AIP_APPEND(&request->tools, tool(arena, NULL, "f", "first"));
	AIP_APPEND(&request->tools, tool(arena, NULL, "g", "g"));
	AIP_APPEND(&request->tools, tool(arena, NULL, "f", "second"));
	AIP_APPEND(&request->tools, tool(arena, "box", "f", "in a box"));
	CHECK_INT_EQ(aip_request_canon(arena, request, NULL), AIP_OK);
	CHECK_STR_EQ(request->tools->description, "first");
	CHECK_STR_EQ(request->tools->next->name, "g");
	CHECK_STR_EQ(request->tools->next->next->description, "in a box");
	CHECK(!request->tools->next->next->next);
	aip_arena_destroy(arena);
}

/* ---- Anything at all ------------------------------------------------------------------------ */

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % sides;
}

static struct aip_part *any_part(struct aip_arena *arena, uint64_t *seed)
{
	static const char *const ids[] = {"", "", "c1", "c2", "c3", "c4"};
	static const char *const names[] = {"f", "g", "h"};
	struct aip_part *part =
		aip_part_new(arena, (enum aip_part_kind)dice(seed, AIP_UNKNOWN_PART + 1));

	if (dice(seed, 2))
		part = aip_part_new(arena, dice(seed, 2) ? AIP_TOOL_CALL : AIP_TOOL_RESULT);
	part->text = AIP_LIT("x");
	if (part->call) {
		part->call->id = aip_str(ids[dice(seed, 6)]);
		part->call->name = aip_str(names[dice(seed, 3)]);
	}
	if (part->result) {
		part->result->call_id = aip_str(ids[dice(seed, 6)]);
		part->result->name = aip_str(names[dice(seed, 3)]);
		part->result->parts = aip_part_new(arena, AIP_TEXT);
		part->result->parts->text =
			aip_arena_printf(arena, "r%u", (unsigned)dice(seed, 1000));
	}
	return part;
}

static struct aip_request *any_request(struct aip_arena *arena, uint64_t *seed)
{
	struct aip_request *request = aip_request_new(arena);

	for (uint32_t n = dice(seed, 9); n > 0; n--) {
		struct aip_turn *turn = aip_turn_new(arena, (enum aip_role)dice(seed, 4));
		for (uint32_t parts = dice(seed, 5); parts > 0; parts--)
			AIP_APPEND(&turn->parts, any_part(arena, seed));
		AIP_APPEND(&request->turns, turn);
	}
	return request;
}

TEST(any_request_becomes_canonical_and_stays_it)
{
	for (uint64_t round = 0; round < 20000; round++) {
		struct aip_arena *arena = aip_arena_create();
		uint64_t seed = round;
		struct aip_request *request = any_request(arena, &seed);
		struct aip_error error = {0};
		struct aip_str before = history_write(arena, request);
		CHECK_INT_EQ(aip_request_canon(arena, request, &error), AIP_OK);
		struct aip_str once = history_write(arena, request);
		if (aip_request_check(request, &error))
			fail_msg("%s\n-> %.*s\n%.*s", error.message, AIP_FMT(before),
			         AIP_FMT(once));
		CHECK_INT_EQ(aip_request_canon(arena, request, &error), AIP_OK);
		CHECK_BYTES_EQ(history_write(arena, request), once);
		aip_arena_destroy(arena);
	}
}

RUN_ALL(CASE(leading_system_messages_are_hoisted_in_order),
        CASE(a_later_system_message_stays_in_its_place),
        CASE(what_a_system_message_shows_beside_text_is_the_users),
        CASE(results_stand_in_turns_of_their_own_before_what_else_was_said),
        CASE(neighbours_of_one_role_merge_and_keep_the_order_of_their_parts),
        CASE(participants_of_different_names_do_not_merge),
        CASE(empty_messages_vanish_but_never_one_that_calls),
        CASE(a_trailing_assistant_is_to_be_continued),
        CASE(nobody_but_the_assistant_thinks_and_calls),
        CASE(of_tools_of_one_name_the_first_declared_counts_and_order_stays),
        CASE(any_request_becomes_canonical_and_stays_it))
