/* A whole response as the events of a stream. */
#include "script.h"

static void tells(const struct aip_response *response, const char *want)
{
	struct trace trace = {0};

	aip_buf_init(&trace.line, 1 << 16);
	CHECK_INT_EQ(aip_unfold(response, (struct aip_sink){trace_emit, &trace}), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&trace.line), want);
	aip_buf_fini(&trace.line);
}

static struct aip_part *part(struct aip_arena *arena, enum aip_part_kind kind, const char *text)
{
	struct aip_part *made = aip_part_new(arena, kind);

	made->text = aip_str(text);
	return made;
}

TEST(each_part_is_one_block_with_one_delta)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_response *response = aip_response_new(arena);
	struct aip_candidate *candidate = aip_candidate_new(arena, 0);
	struct aip_part *call = aip_part_new(arena, AIP_TOOL_CALL);

	response->candidates = candidate;
	response->usage.in_total = 3;
	response->usage.out_total = 5;
	AIP_APPEND(&candidate->parts, part(arena, AIP_THINKING, "hm"));
	candidate->parts->opaque = aip_opaque_new(arena);
	candidate->parts->opaque->data = AIP_LIT("Eq");
	AIP_APPEND(&candidate->parts, part(arena, AIP_TEXT, "hi"));
	call->call->name = AIP_LIT("f");
	call->call->id = AIP_LIT("c1");
	call->call->args = AIP_LIT("{\"a\":1}");
	AIP_APPEND(&candidate->parts, call);
	candidate->stop = AIP_STOP_TOOL_USE;
	tells(response,
	      "start; think 0; 0=hm; sig 0=Eq; stop 0; text 1; 1=hi; stop 1; call 2 f c1; "
	      "2={\"a\":1}; stop 2; finish tool_use; usage 3 5; end");
	aip_arena_destroy(arena);
}

TEST(candidates_are_told_one_behind_the_other)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_response *response = aip_response_new(arena);

	for (uint32_t i = 0; i < 2; i++) {
		struct aip_candidate *candidate = aip_candidate_new(arena, i);
		candidate->parts = part(arena, AIP_TEXT, i ? "two" : "one");
		candidate->stop = i ? AIP_STOP_MAX_TOKENS : AIP_STOP_END_TURN;
		AIP_APPEND(&response->candidates, candidate);
	}
	tells(response,
	      "start; text 0; 0=one; stop 0; finish end_turn; @1 text 1; @1 1=two; @1 stop 1; "
	      "@1 finish max_tokens; end");
	aip_arena_destroy(arena);
}

TEST(a_refused_prompt_is_filtered_and_not_an_empty_success)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_response *response = aip_response_new(arena);

	tells(response, "start; finish end_turn; end");
	response->block_reason = AIP_LIT("SAFETY");
	tells(response, "start; finish content_filter; end");
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(each_part_is_one_block_with_one_delta), CASE(candidates_are_told_one_behind_the_other),
        CASE(a_refused_prompt_is_filtered_and_not_an_empty_success))
