/* A count of tokens for upstreams that have none. */
#include "call/estimate.h"

#include "check.h"

static int64_t of(struct aip_arena *arena, const char *text)
{
	struct aip_request *request = aip_request_new(arena);

	request->turns = aip_turn_new(arena, AIP_ROLE_USER);
	request->turns->parts = aip_part_new(arena, AIP_TEXT);
	request->turns->parts->text = aip_str(text);
	return estimate_tokens(request);
}

TEST(text_counts_by_its_letters)
{
	struct aip_arena *arena = aip_arena_create();
	const int64_t turn = of(arena, "");

	CHECK_INT_EQ(of(arena, "twelve bytes") - turn, 3);
	CHECK_INT_EQ(of(arena, "\xd1\x8f\xd1\x8f\xd1\x8f\xd1\x8f") - turn,
	             2);                                               /* four Cyrillic letters */
	CHECK_INT_EQ(of(arena, "\xe6\xbc\xa2\xe5\xad\x97") - turn, 2); /* two ideograms */
	CHECK_INT_EQ(of(arena, "\xf0\x9f\x98\x80") - turn, 2);         /* a picture */
	aip_arena_destroy(arena);
}

TEST(everything_the_model_reads_counts)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *request = aip_request_new(arena);

	CHECK_INT_EQ(estimate_tokens(request), 1); /* never nothing */
	int64_t before = 0, now;
	request->system = aip_part_new(arena, AIP_TEXT);
	request->system->text = AIP_LIT("Be brief and polite.");
	now = estimate_tokens(request);
	CHECK(now > before);
	before = now;
	request->tools = aip_tool_new(arena, AIP_TOOL_FUNCTION);
	request->tools->schema = AIP_LIT("{\"type\":\"object\",\"properties\":{}}");
	now = estimate_tokens(request);
	CHECK(now > before);
	before = now;
	request->turns = aip_turn_new(arena, AIP_ROLE_USER);
	AIP_APPEND(&request->turns->parts, aip_part_new(arena, AIP_IMAGE));
	now = estimate_tokens(request);
	CHECK(now > before + 500);
	before = now;
	struct aip_part *result = aip_part_new(arena, AIP_TOOL_RESULT);
	result->result->parts = aip_part_new(arena, AIP_TEXT);
	result->result->parts->text = AIP_LIT("It rains in Oslo.");
	AIP_APPEND(&request->turns->parts, result);
	CHECK(estimate_tokens(request) > before + 4);
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(text_counts_by_its_letters), CASE(everything_the_model_reads_counts))
