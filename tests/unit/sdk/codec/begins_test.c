/* What of a relayed stream may wait for what follows: the start of an answer and nothing else. */
#include "arena.h"

#include <aiproxy/codec.h>

static bool begins(enum aip_dialect dialect, const char *json)
{
	return aip_codec_of(dialect)->relay_begins(arena, aip_str(json));
}

TEST(the_role_of_a_chat_answer_is_its_start)
{
	CHECK(begins(AIP_CHAT,
	             "{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
	             "\"content\":\"\",\"refusal\":null,\"tool_calls\":[]},\"logprobs\":null,"
	             "\"finish_reason\":null}],\"usage\":null}"));
	CHECK(begins(AIP_COMPLETIONS, "{\"choices\":[{\"index\":0,\"text\":\"\"}]}"));
}

TEST(a_word_in_any_member_is_none)
{
	static const char *const said[] = {
		"{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\" "
		"\"}}]}",
		"{\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning\":\"hm\"}}]}",
		"{\"choices\":[{\"index\":0,\"delta\":{\"next_year\":{\"a\":1}}}]}",
		"{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}",
		"{\"choices\":[{\"index\":0,\"delta\":{}},{\"index\":1,\"delta\":{\"content\":"
		"\"a\"}}]}",
		"{\"choices\":[],\"prompt_filter_results\":[1]}",
		"{\"choices\":[{\"delta\":{}}],\"error\":{\"message\":\"m\"}}",
		"[DONE]",
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		CHECK(!begins(AIP_CHAT, said[i]));
	CHECK(!begins(AIP_COMPLETIONS, "{\"choices\":[{\"index\":0,\"text\":\"a\"}]}"));
}

TEST(events_are_known_by_their_type)
{
	CHECK(begins(AIP_CLAUDE, "{\"type\":\"message_start\",\"message\":{\"content\":[]}}"));
	CHECK(begins(AIP_CLAUDE, "{\"type\":\"ping\"}"));
	CHECK(!begins(AIP_CLAUDE, "{\"type\":\"content_block_start\",\"index\":0}"));
	CHECK(!begins(AIP_CLAUDE, "{\"type\":\"next_year\"}"));
	CHECK(!begins(AIP_CLAUDE, "{\"message\":{\"type\":\"ping\"}}"));
	CHECK(begins(AIP_RESPONSES, "{\"type\":\"response.created\",\"response\":{}}"));
	CHECK(begins(AIP_RESPONSES, "{\"type\":\"response.queued\",\"response\":{}}"));
	CHECK(begins(AIP_RESPONSES, "{\"type\":\"response.in_progress\",\"response\":{}}"));
	CHECK(!begins(AIP_RESPONSES, "{\"type\":\"response.output_item.added\",\"item\":{}}"));
	CHECK(!begins(AIP_RESPONSES, "{\"type\":\"codex.rate_limits\"}"));
	CHECK(!begins(AIP_RESPONSES, "nonsense"));
}

TEST(a_candidate_of_gemini_begins_without_a_part)
{
	CHECK(begins(
		AIP_GEMINI,
		"{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"\"}]},"
		"\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":1},"
		"\"modelVersion\":\"m\",\"responseId\":\"r\"}"));
	CHECK(!begins(AIP_GEMINI,
	              "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}"));
	CHECK(!begins(AIP_GEMINI, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\","
	                          "\"thoughtSignature\":\"s\"}]}}]}"));
	CHECK(!begins(AIP_GEMINI, "{\"candidates\":[{\"finishReason\":\"STOP\"}]}"));
	CHECK(!begins(AIP_GEMINI, "{\"promptFeedback\":{\"blockReason\":\"OTHER\"}}"));
	CHECK(!begins(AIP_GEMINI, "{\"next_year\":1}"));
}

RUN_IN_ARENA(CASE(the_role_of_a_chat_answer_is_its_start), CASE(a_word_in_any_member_is_none),
             CASE(events_are_known_by_their_type),
             CASE(a_candidate_of_gemini_begins_without_a_part))
