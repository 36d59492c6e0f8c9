/* What is settled before an Anthropic Messages request is written: limits, thinking, forced tools,
 * marks. */
#include "claude_messages.h"

TEST(at_most_four_breakpoints_stay_the_last_ones)
{
#define MARKED(text) "{'type':'text','text':'" text "','cache_control':{'type':'ephemeral'}}"
	struct aip_str sent =
		OWN("'system':[" MARKED("s") "],'messages':[{'role':'user',"
					     "'content':[" MARKED("a") "," MARKED(" ") "," MARKED(
						     "b") "," MARKED("c") "," MARKED("d") "]}]");
	int n = 0;

	for (struct aip_str rest = sent; aip_str_find(rest, AIP_LIT("cache_control")) >= 0; n++) {
		size_t at = (size_t)aip_str_find(rest, AIP_LIT("cache_control")) + 1;
		rest = aip_strn(rest.at + at, rest.len - at);
	}
	CHECK_INT_EQ(n, 4);
	CHECK(has(sent, "'system':[{'type':'text','text':'s'}]"));
	CHECK(has(sent, "'d','cache_control'"));
}

TEST(thinking_takes_the_form_that_the_model_knows)
{
	caps.modes = "budget";
	CHECK(has(CHAT("'reasoning_effort':'medium'," HI),
		  "'thinking':{'type':'enabled','budget_tokens':8192}"));
	caps.budget_max = 4096;
	CHECK(has(CHAT("'reasoning_effort':'high'," HI), "'budget_tokens':4096"));
	CHECK(has(CHAT("'reasoning_effort':'minimal'," HI), "'budget_tokens':1024"));
	caps = (struct aip_caps){.modes = "adaptive", .levels = "low medium high"};
	struct aip_str sent = CHAT("'reasoning_effort':'minimal'," HI);
	CHECK(has(sent, "'thinking':{'type':'adaptive'}"));
	CHECK(has(sent, "'effort':'low'"));
	CHECK(!has(CHAT("'reasoning_effort':'none'," HI), "thinking"));
	caps.default_on = AIP_YES;
	CHECK(has(CHAT("'reasoning_effort':'none'," HI), "'thinking':{'type':'disabled'}"));
	caps.can_disable = AIP_NO;
	sent = CHAT("'reasoning_effort':'none'," HI);
	CHECK(!has(sent, "thinking") && has(sent, "'effort':'low'"));
}

TEST(a_budget_stays_below_the_limit_or_is_not_said)
{
	caps.modes = "budget";
	CHECK(has(CHAT("'max_tokens':4000,'reasoning_effort':'high'," HI), "'budget_tokens':3200"));
	CHECK(!has(CHAT("'max_tokens':1024,'reasoning_effort':'high'," HI), "thinking"));
	caps.max_output = 64000;
	CHECK(has(CHAT("'reasoning_effort':'high'," HI), "'max_tokens':64000"));
	CHECK(has(CHAT(HI), "'max_tokens':32000"));
}

TEST(a_forced_tool_and_thinking_are_settled_by_the_model)
{
#define FORCED "'reasoning_effort':'low','tools':[" FN("f") "],'tool_choice':'required'," HI
	caps.modes = "budget";
	struct aip_str sent = CHAT(FORCED);
	CHECK(has(sent, "'tool_choice':{'type':'any'}") && !has(sent, "thinking"));
	caps = (struct aip_caps){.modes = "adaptive", .forced_tool_with_thinking = "ok"};
	sent = CHAT(FORCED);
	CHECK(has(sent, "'type':'any'") && has(sent, "adaptive"));
	caps.forced_tool_with_thinking = "reject";
	sent = CHAT(FORCED);
	CHECK(has(sent, "'tool_choice':{'type':'auto'}") && has(sent, "adaptive"));
	ctx.loss = AIP_STRICT;
	CHECK(has(CHAT(FORCED), "tool_choice: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(at_most_four_breakpoints_stay_the_last_ones),
		HERE(thinking_takes_the_form_that_the_model_knows),
		HERE(a_budget_stays_below_the_limit_or_is_not_said),
		HERE(a_forced_tool_and_thinking_are_settled_by_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
