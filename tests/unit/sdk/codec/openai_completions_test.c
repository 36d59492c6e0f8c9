/* Legacy completions: what is taken and refused, and the answers in their own shape. */
#include "codec_rig.h"

static void first_ctx(void)
{
	between(AIP_COMPLETIONS, AIP_CHAT);
	ctx.now_s = 7;
}

static enum aip_status ask(const char *body)
{
	struct aip_request *request = NULL;

	enum aip_status s = read_as(AIP_COMPLETIONS, aip_str(body), &request);
	ctx.request = request;
	return s;
}

static struct aip_str sent_to(enum aip_dialect upstream, const char *body)
{
	return sent(AIP_COMPLETIONS, upstream, aip_str(body));
}

static void refuses(const char *rest, const char *path)
{
	refused(AIP_COMPLETIONS, aip_arena_printf(arena, "{\"model\":\"m\",%s}", rest), path);
}

TEST(a_prompt_is_a_text_or_a_list_of_one)
{
	static const char want[] = "{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":"
				   "\"Once\"}],\"max_tokens\":5}";

	CHECK_STR_EQ(sent_to(AIP_CHAT, "{\"model\":\"m\",\"prompt\":\"Once\",\"max_tokens\":5}"),
	             want);
	CHECK_STR_EQ(sent_to(AIP_CHAT, "{\"model\":\"m\",\"prompt\":[\"Once\"],\"max_tokens\":5}"),
	             want);
	CHECK(has(sent_to(AIP_CLAUDE, "{\"model\":\"m\",\"prompt\":\"Once\"}"),
	          "\"text\":\"Once\""));
	refuses("\"max_tokens\":5", "prompt");
	refuses("\"prompt\":[\"a\",\"b\"]", "prompt");
	refuses("\"prompt\":[1,2,3]", "prompt");
	refuses("\"prompt\":[[1,2],[3]]", "prompt");
	refuses("\"prompt\":[]", "prompt");
	refuses("\"prompt\":7", "prompt");
}

TEST(what_nobody_can_do_is_refused)
{
	refuses("\"prompt\":\"a\",\"suffix\":\"b\"", "suffix");
	refuses("\"prompt\":\"a\",\"best_of\":3", "best_of");
	refuses("\"prompt\":\"a\",\"best_of\":0", "best_of");
	refuses("\"prompt\":\"a\",\"logprobs\":6", "logprobs");
	refuses("\"prompt\":\"a\",\"logprobs\":true", "logprobs");
	refuses("\"prompt\":\"a\",\"echo\":\"yes\"", "echo");
	refuses("\"prompt\":\"a\",\"temperature\":9", "temperature");
	CHECK_INT_EQ(ask("{\"model\":\"m\",\"prompt\":\"a\",\"suffix\":null,\"best_of\":null,"
	                 "\"echo\":null}"),
	             AIP_OK);
}

TEST(settings_go_as_chat_has_them_and_its_own_stay)
{
	struct aip_str text =
		sent_to(AIP_CHAT, "{\"model\":\"m\",\"prompt\":\"a\",\"n\":2,\"best_"
	                          "of\":2,\"echo\":true,\"logprobs\":3,\"stop\":[\"x\"],"
	                          "\"seed\":1,\"user\":\"u\",\"min_p\":0.1}");

	CHECK(has(text, "\"n\":2") && has(text, "\"logprobs\":true,\"top_logprobs\":3") &&
	      has(text, "\"min_p\":0.1"));
	CHECK(!has(text, "best_of") && !has(text, "echo"));
	CHECK_STR_EQ(ctx.dropped->name, "best_of");
}

/* ---- Answers -------------------------------------------------------------------------------- */

static struct aip_str answered(const char *body)
{
	CHECK_INT_EQ(whole_told(AIP_CHAT, AIP_COMPLETIONS, aip_str(body)), AIP_OK);
	return aip_buf_str(&out);
}

static struct aip_str streamed(const char *stream)
{
	CHECK_INT_EQ(stream_told(AIP_CHAT, AIP_COMPLETIONS, aip_str(stream), AIP_EOF_COMPLETE),
	             AIP_OK);
	return aip_buf_str(&out);
}

#define TOKENS                                                                                       \
	"[{\"token\":\"På\",\"logprob\":-0.10,\"top_logprobs\":[{\"token\":\"På\",\"logprob\":-0." \
	"10},{\"token\":"                                                                            \
	"\"I\",\"logprob\":-2.5}]},{\"token\":\" ø\",\"logprob\":-0.2,\"top_logprobs\":[]}]"
#define ANSWER                                                                                  \
	"{\"id\":\"c\",\"created\":9,\"choices\":[{\"index\":0,\"message\":{\"content\":\"På " \
	"ø\"},\"logprobs\":{"                                                                  \
	"\"content\":" TOKENS "},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,"  \
	"\"completion_tokens\":2}}"

TEST(an_answer_has_the_old_shape)
{
	CHECK_INT_EQ(ask("{\"model\":\"m\",\"prompt\":\"Hvor?\"}"), AIP_OK);
	struct aip_str text = answered(
		"{\"created\":9,\"choices\":[{\"index\":0,\"message\":{\"content\":\"Her\"},"
		"\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":3,"
		"\"completion_tokens\":2}}");

	CHECK(aip_str_starts(text, AIP_LIT("{\"id\":\"cmpl-")));
	CHECK(aip_str_ends(text, AIP_LIT("\"object\":\"text_completion\",\"created\":9,\"model\":"
	                                 "\"asked\",\"choices\":[{"
	                                 "\"text\":\"Her\",\"index\":0,\"logprobs\":null,\"finish_"
	                                 "reason\":\"length\"}],"
	                                 "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
	                                 "\"total_tokens\":5}}")));
}

TEST(tokens_stand_in_four_lists_and_behind_the_echo)
{
	CHECK_INT_EQ(ask("{\"model\":\"m\",\"prompt\":\"Hvor?\",\"logprobs\":2,\"echo\":true}"),
	             AIP_OK);
	struct aip_str text = answered(ANSWER);

	CHECK(has(text, "\"text\":\"Hvor?På ø\",\"index\":0,\"logprobs\":{\"tokens\":[\"På\",\" "
	                "ø\"],\"token_logprobs\":["
	                "-0.10,-0.2],\"top_logprobs\":[{\"På\":-0.10,\"I\":-2.5},{}],\"text_"
	                "offset\":[5,7]}"));
}

TEST(a_stream_has_the_old_shape)
{
	CHECK_INT_EQ(ask("{\"model\":\"m\",\"prompt\":\"Hvor?\",\"stream\":true}"), AIP_OK);
	struct aip_str text = streamed(
		"data: {\"choices\":[{\"delta\":{\"content\":\"Her\"}}]}\n\ndata: {\"choices\":[{"
		"\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},"
		"\"finish_reason\":\"stop\"}]}\n\ndata: "
		"{\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
		"\"completion_tokens\":1}}\n\ndata: [DONE]\n\n");

	CHECK(has(text, "\"choices\":[{\"text\":\"Her\",\"index\":0,\"logprobs\":null,\"finish_"
	                "reason\":null}]}\n\n"));
	CHECK(aip_str_ends(text, AIP_LIT("\"choices\":[{\"text\":\"\",\"index\":0,\"logprobs\":"
	                                 "null,\"finish_reason\":"
	                                 "\"stop\"}]}\n\ndata: [DONE]\n\n")));
	CHECK(!has(text, "hm") && !has(text, "usage"));
}

TEST(a_stream_echoes_once_for_each_choice_and_counts_when_asked)
{
	CHECK_INT_EQ(ask("{\"model\":\"m\",\"prompt\":\"Hvor?\",\"n\":2,\"echo\":true,\"logprobs\":"
	                 "0,\"stream_options\":{"
	                 "\"include_usage\":true}}"),
	             AIP_OK);
	struct aip_str text =
		streamed("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"På "
	                 "ø\"},\"logprobs\":{\"content\":" TOKENS "}}]}\n\n"
	                 "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"Ø\"}}]}\n\n"
	                 "data: "
	                 "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"},{"
	                 "\"index\":1,\"delta\":{},"
	                 "\"finish_reason\":\"length\"}]}\n\ndata: "
	                 "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
	                 "\"completion_tokens\":1}}\n\ndata: [DONE]\n\n");
	struct aip_str echo0 = AIP_LIT("{\"text\":\"Hvor?\",\"index\":0"),
		       echo1 = AIP_LIT("{\"text\":\"Hvor?\",\"index\":1");
	const ptrdiff_t first = aip_str_find(text, echo0);

	CHECK(first >= 0 && first < aip_str_find(text, AIP_LIT("På ø")));
	CHECK(aip_str_find(aip_strn(text.at + first + 1, text.len - (size_t)first - 1), echo0) < 0);
	CHECK(has(text, echo1.at));
	CHECK(has(text, "\"text_offset\":[5,7]"));
	CHECK(aip_str_ends(
		text,
		AIP_LIT("\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,"
	                "\"total_tokens\":2}}\n\ndata: [DONE]\n\n")));
}

TEST(an_answer_never_stops_for_a_call)
{
	CHECK_INT_EQ(ask("{\"model\":\"m\",\"prompt\":\"Hvor?\"}"), AIP_OK);
	CHECK(has(answered("{\"choices\":[{\"message\":{\"content\":\"x\",\"tool_calls\":[{\"id\":"
	                   "\"a\",\"function\":{\"name\":"
	                   "\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}"),
	          "\"text\":\"x\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\""));
	CHECK(has(answered("{\"choices\":[{\"message\":{\"refusal\":\"no\"},\"finish_reason\":"
	                   "\"stop\"}]}"),
	          "\"finish_reason\":\"content_filter\""));
}

TEST(a_stream_that_breaks_ends_with_an_error)
{
	CHECK_INT_EQ(ask("{\"model\":\"m\",\"prompt\":\"Hvor?\"}"), AIP_OK);
	struct aip_str text = streamed(
		"data: {\"choices\":[{\"delta\":{\"content\":\"Her\"}}]}\n\ndata: {\"error\":{"
		"\"message\":\"x\"}}\n\ndata: [DONE]\n\n");

	CHECK(has(text, "data: {\"error\":{\"message\":\"x\"") && !has(text, "[DONE]"));
}

RUN_ALL(HERE(a_prompt_is_a_text_or_a_list_of_one), HERE(what_nobody_can_do_is_refused),
        HERE(settings_go_as_chat_has_them_and_its_own_stay), HERE(an_answer_has_the_old_shape),
        HERE(tokens_stand_in_four_lists_and_behind_the_echo), HERE(a_stream_has_the_old_shape),
        HERE(a_stream_echoes_once_for_each_choice_and_counts_when_asked),
        HERE(an_answer_never_stops_for_a_call), HERE(a_stream_that_breaks_ends_with_an_error))
