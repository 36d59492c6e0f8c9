/* Ids that are made from what stands before them. */
#include "check.h"

#include <aiproxy/rules.h>

TEST(equal_beginnings_give_equal_ids_and_others_differ)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str id = aip_stable_id(arena, "call_", AIP_LIT("get"), 1);

	CHECK_BYTES_EQ(aip_stable_id(arena, "call_", AIP_LIT("get"), 1), id);
	CHECK(!aip_str_eq(aip_stable_id(arena, "call_", AIP_LIT("get"), 2), id));
	CHECK(!aip_str_eq(aip_stable_id(arena, "call_", AIP_LIT("put"), 1), id));
	/* a number is no continuation of the text */
	CHECK(!aip_str_eq(aip_stable_id(arena, "call_", AIP_LIT("get\1"), 0),
	                  aip_stable_id(arena, "call_", AIP_LIT("get"), 1)));
	CHECK(aip_stable_id(arena, "call_", AIP_NONE, 0).len > 0);
	aip_arena_destroy(arena);
}

TEST(an_id_is_legal_in_every_dialect)
{
	static const struct aip_name_rule *const rules[] = {&aip_names_openai, &aip_names_responses,
	                                                    &aip_names_claude, &aip_names_gemini};
	struct aip_arena *arena = aip_arena_create();
	struct aip_str id = aip_stable_id(arena, "srvtoolu_", AIP_LIT("x"), 1);

	for (size_t i = 0; i < 4; i++)
		CHECK_BYTES_EQ(aip_call_id(arena, rules[i], id), id);
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(equal_beginnings_give_equal_ids_and_others_differ),
        CASE(an_id_is_legal_in_every_dialect))
