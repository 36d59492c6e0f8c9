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

	CHECK_INT_EQ(times(sent, "cache_control"), 4);
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

TEST(the_request_as_a_whole_uses_up_a_breakpoint)
{
	struct aip_str sent =
		OWN("'cache_control':{'type':'ephemeral'},'messages':[{'role':'user','content':"
	            "[" MARKED("a") "," MARKED("b") "," MARKED("c") "," MARKED("d") "]}]");

	CHECK_INT_EQ(times(sent, "cache_control"), 4);
	CHECK(has(sent, "{'type':'text','text':'a'}"));
}

/* A write to the cache costs more than a plain read: only who set a breakpoint pays for it. */
TEST(no_breakpoint_is_set_that_the_client_did_not_set)
{
	static const char *const asks[][2] = {
		{"'prompt_cache_options':{'mode':'implicit'}", "prompt_cache_options"},
		{"'prompt_cache_options':{'mode':'explicit'}", "prompt_cache_options"},
		{"'prompt_cache_options':{'mode':'implicit','ttl':'1h'}", "prompt_cache_options"},
		{"'prompt_cache_retention':'24h'", "prompt_cache_retention"},
		{"'prompt_cache_key':'k'", "prompt_cache_key"},
	};
	char chat[200], responses[200];

	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		snprintf(chat, sizeof(chat), "{'model':'m',%s," HI "}", asks[i][0]);
		snprintf(responses, sizeof(responses), "{'model':'m',%s,'input':'hi'}", asks[i][0]);
		CHECK(!has(sent_from(AIP_CHAT, chat), "cache_control"));
		LOST(asks[i][1]);
		CHECK(!has(sent_from(AIP_RESPONSES, responses), "cache_control"));
		LOST(asks[i][1]);
	}
	struct aip_str marked =
		CHAT("'prompt_cache_options':{'mode':'implicit'},'prompt_cache_retention':'24h',"
	             "'messages':[{'role':'user','content':[" MARKED("a") ",{'type':'text','text':"
	                                                                  "'b'}]}]");
	CHECK_INT_EQ(times(marked, "cache_control"), 1);
	LOST("prompt_cache_options");
}

TEST(a_breakpoint_lasts_as_long_as_was_asked_but_never_longer_than_one_before_it)
{
#define LASTING(text, ttl) \
	"{'type':'text','text':'" text "','cache_control':{'type':'ephemeral','ttl':'" ttl "'}}"
#define LONG "'cache_control':{'type':'ephemeral','ttl':'1h'}"
	struct aip_str sent = CHAT("'messages':[{'role':'user','content':[" LASTING(
		"a", "1h") "," LASTING("b", "5m") "," LASTING("c", "1h") "]}]");

	CHECK_INT_EQ(times(sent, LONG), 1);
	CHECK(has(sent, "'text':'a'," LONG));
	CHECK_INT_EQ(times(sent, "cache_control"), 3);
	CHECK(has(
		CHAT("'prompt_cache_retention':'24h','messages':[{'role':'user','content':[" MARKED(
			"a") "]}]"),
		LONG));
	CHECK(!ctx.dropped);
	CHAT("'prompt_cache_retention':'24h'," HI);
	LOST("prompt_cache_retention");
}

TEST(minimal_is_the_least_there_is)
{
	caps.modes = "budget";
	CHECK(has(CHAT("'reasoning_effort':'minimal'," HI), "'budget_tokens':1024"));
	caps.modes = "adaptive";
	CHECK(has(CHAT("'reasoning_effort':'minimal'," HI), "'effort':'low'"));
}

TEST(a_level_leaves_a_fifth_to_the_answer_and_counted_tokens_are_kept)
{
	caps.modes = "budget";
	CHECK(has(CHAT("'max_tokens':10000,'reasoning_effort':'high'," HI),
	          "'budget_tokens':8000"));
	CHECK(has(CHAT("'max_tokens':1200,'reasoning_effort':'high'," HI), "'budget_tokens':1024"));
	CHECK(has(OWN("'thinking':{'type':'enabled','budget_tokens':3999}," HI),
	          "'budget_tokens':3999"));
	CHECK(has(OWN("'thinking':{'type':'enabled','budget_tokens':9000}," HI),
	          "'budget_tokens':3999"));
	CHECK(has(GEM("'generationConfig':{'maxOutputTokens':2000,'thinkingConfig':{"
	              "'thinkingBudget':1500}}," ASKED),
	          "'budget_tokens':1500"));
	CHECK(!has(CHAT("'max_tokens':1024,'reasoning_effort':'high'," HI), "thinking"));
	CHECK(ctx.warnings);
}

TEST(a_budget_without_a_limit_takes_the_models_own)
{
	caps.modes = "budget";
	caps.max_output = 64000;
	caps.budget_max = 128000;
	struct aip_str sent = CHAT("'reasoning_effort':'max'," HI);
	CHECK(has(sent, "'max_tokens':64000") && has(sent, "'budget_tokens':51200"));
	caps.max_output = 0;
	sent = CHAT("'reasoning_effort':'xhigh'," HI);
	CHECK(has(sent, "'max_tokens':40960") && has(sent, "'budget_tokens':32768"));
}

TEST(each_model_gets_the_one_form_of_thinking_that_it_takes)
{
#define BUDGETED "'thinking':{'type':'enabled','budget_tokens':2000}," HI
#define ADAPTED  "'thinking':{'type':'adaptive'},'output_config':{'effort':'high'}," HI
	caps = (struct aip_caps){.modes = "adaptive", .levels = "low medium high max"};
	struct aip_str sent = OWN(BUDGETED);
	CHECK(has(sent, "'thinking':{'type':'adaptive'}") && has(sent, "'effort':'medium'"));
	CHECK(!has(sent, "budget_tokens"));
	caps = (struct aip_caps){.modes = "budget", .max_output = 64000};
	sent = OWN(ADAPTED);
	CHECK(has(sent, "'thinking':{'type':'enabled','budget_tokens':3200}"));
	CHECK(!has(sent, "adaptive") && !has(sent, "effort"));
	caps = (struct aip_caps){.modes = "adaptive budget"};
	CHECK(has(OWN(BUDGETED), "'budget_tokens':2000"));
	CHECK(has(CHAT("'reasoning_effort':'high'," HI), "'thinking':{'type':'adaptive'}"));
}

TEST(a_model_without_thinking_is_asked_for_none)
{
	caps.thinking = AIP_NO;
	CHECK(!has(CHAT("'reasoning_effort':'high'," HI), "thinking"));
	LOST("reasoning");
	CHECK(!has(CHAT("'reasoning_effort':'none'," HI), "thinking"));
	CHECK(!ctx.dropped);
}

TEST(thinking_switched_off_goes_with_neither_display_nor_high_efforts)
{
	caps = (struct aip_caps){.modes = "adaptive",
	                         .levels = "low medium high xhigh max",
	                         .default_on = AIP_YES,
	                         .disable_max_effort = "high"};
	struct aip_str sent = OWN("'thinking':{'type':'disabled','display':'omitted'},"
	                          "'output_config':{'effort':'max'}," HI);

	CHECK(has(sent, "'thinking':{'type':'disabled'}") && has(sent, "'effort':'high'"));
	CHECK(!has(RESP("'reasoning':{'effort':'none','summary':'auto'}," ASK), "display"));
}

TEST(a_model_that_always_thinks_is_never_told_not_to)
{
	caps = (struct aip_caps){.modes = "adaptive",
	                         .levels = "low medium high",
	                         .default_on = AIP_YES,
	                         .can_disable = AIP_NO};
	struct aip_str sent = OWN("'thinking':{'type':'disabled'}," HI);

	CHECK(!has(sent, "thinking") && has(sent, "'effort':'low'"));
	sent = GEM("'generationConfig':{'thinkingConfig':{'thinkingBudget':0}}," ASKED);
	CHECK(!has(sent, "thinking") && has(sent, "'effort':'low'"));
	sent = CHAT("'reasoning_effort':'high'," HI);
	CHECK(!has(sent, "thinking") && has(sent, "'effort':'high'"));
}

TEST(while_it_thinks_the_model_takes_no_other_sampling)
{
	caps.modes = "budget";
	struct aip_str sent = OWN("'temperature':0.3,'top_k':5,'top_p':0.5," BUDGETED);
	CHECK(!has(sent, "temperature") && !has(sent, "top_k") && !has(sent, "top_p"));
	sent = OWN("'temperature':1,'top_p':0.97," BUDGETED);
	CHECK(has(sent, "'temperature':1") && has(sent, "'top_p':0.97") && !ctx.dropped);
	sent = OWN("'tools':[{'name':'f'}],'tool_choice':{'type':'any'}," BUDGETED);
	CHECK(has(sent, "'tool_choice':{'type':'any'}") && !has(sent, "thinking"));
}

TEST(thoughts_are_shown_where_they_were_asked_for)
{
	caps = (struct aip_caps){.modes = "adaptive", .default_display = "omitted"};
	CHECK(has(CHAT("'reasoning_effort':'low'," HI),
	          "'thinking':{'type':'adaptive','display':'summarized'}"));
	caps.default_display = "summarized";
	CHECK(has(CHAT("'reasoning_effort':'low'," HI), "'thinking':{'type':'adaptive'}"));
	CHECK(has(RESP("'reasoning':{'effort':'low','summary':'detailed'}," ASK),
	          "'display':'summarized'"));
	CHECK(has(RESP("'reasoning':{'effort':'low'}," ASK), "'thinking':{'type':'adaptive'}"));
	CHECK(has(GEM("'generationConfig':{'thinkingConfig':{'thinkingBudget':4096,"
	              "'includeThoughts':false}}," ASKED),
	          "'display':'omitted'"));
	CHECK(!has(GEM("'generationConfig':{'thinkingConfig':{'includeThoughts':false}}," ASKED),
	           "display"));
}

TEST(strictly_a_level_that_the_model_lacks_is_refused_with_those_it_has)
{
	caps = (struct aip_caps){.modes = "adaptive", .levels = "low medium high"};
	CHECK(has(CHAT("'reasoning_effort':'max'," HI), "'effort':'high'"));
	ctx.loss = AIP_STRICT;
	CHECK_STR_EQ(CHAT("'reasoning_effort':'max'," HI),
	             "reasoning_effort: this model has no level 'max', but low medium high");
	CHECK_STR_EQ(aip_str(error.param), "reasoning_effort");
	CHECK(has(GEM("'generationConfig':{'thinkingConfig':{'thinkingBudget':40000}}," ASKED),
	          "'effort':'high'"));
}

TEST(a_forced_tool_stops_even_thinking_that_nobody_asked_for)
{
	caps = (struct aip_caps){.modes = "adaptive",
	                         .default_on = AIP_YES,
	                         .forced_tool_with_thinking = "disable_thinking"};
	struct aip_str sent = CHAT("'tools':[" FN("f") "],'tool_choice':'required'," HI);

	CHECK(has(sent, "'thinking':{'type':'disabled'}") && has(sent, "'type':'any'"));
	caps.forced_tool_with_thinking = "reject";
	CHECK(has(CHAT("'tools':[" FN("f") "],'tool_choice':'required'," HI), "'type':'auto'"));
}

TEST(a_limit_beyond_the_models_is_lowered_for_clients_that_cannot_know_it)
{
	caps.max_output = 8192;
	CHECK(has(CHAT("'max_tokens':100000," HI), "'max_tokens':8192"));
	CHECK(has(CHAT(HI), "'max_tokens':8192"));
	CHECK(has(sent_from(AIP_CLAUDE, "{'model':'m','max_tokens':100000," HI "}"),
	          "'max_tokens':100000"));
}

TEST(a_budget_needs_the_thought_of_the_turn_being_answered)
{
#define ANSWERED "'reasoning_effort':'low','messages':[" USER "," CALLS(CALL("a")) "," RESULT("a")
	caps.modes = "budget";
	CHECK(!has(CHAT(ANSWERED "]"), "'thinking'"));
	CHECK(has(CHAT(ANSWERED ",{'role':'assistant','content':'done'}," USER "]"), "'enabled'"));
	CHECK(has(OWN("'thinking':{'type':'enabled','budget_tokens':2000},'messages':[" USER
	              ",{'role':"
	              "'assistant','content':[{'type':'thinking','thinking':'hm','signature':'s'},{"
	              "'type':"
	              "'tool_use','id':'a','name':'f','input':{}}]},{'role':'user','content':[{'"
	              "type':"
	              "'tool_result','tool_use_id':'a'}]}]"),
	          "'enabled'"));
	caps.modes = "adaptive";
	CHECK(has(CHAT(ANSWERED "]"), "'adaptive'"));
}

/* Turns of which nothing is said here leave their neighbours one message, which begins with what
 * the first of them said. */
TEST(a_budget_needs_the_thought_of_the_message_as_it_will_stand)
{
#define MUTE    "{'role':'user','content':' '}"
#define SAID    "{'role':'assistant','content':'so'}"
#define THOUGHT "{'type':'thinking','thinking':'hm','signature':'s'}"
#define USE     "{'type':'tool_use','id':'a','name':'f','input':{}}"
#define BUDGET  "'thinking':{'type':'enabled','budget_tokens':2000},'messages':[" USER ","
#define GIVEN   "{'role':'user','content':[{'type':'tool_result','tool_use_id':'a'}]}"
	caps.modes = "budget";
	CHECK(!has(OWN(BUDGET SAID "," MUTE ",{'role':'assistant','content':[" THOUGHT "," USE
	                           "]}," GIVEN "]"),
	           "'enabled'"));
	CHECK(has(OWN(BUDGET SAID "," USER ",{'role':'assistant','content':[" THOUGHT "," USE
	                          "]}," GIVEN "]"),
	          "'enabled'"));
	CHECK(!has(CHAT(ANSWERED ",{'role':'assistant','content':' '}," USER "]"), "'thinking'"));
	CHECK(!has(CHAT(ANSWERED ",{'role':'assistant','content':'Once'}]"), "'thinking'"));
	CHECK(!has(CHAT("'reasoning_effort':'low','messages':[" USER "," CALLS(CALL("a")) "]"),
	           "'thinking'"));
}

/* Its later messages need none: between calls the model thinks when it wants to. */
TEST(a_turn_that_runs_across_calls_begins_with_a_thought_once)
{
#define TURN(more) "{'role':'assistant','content':[" more "]}"
#define ALSO       "{'type':'tool_use','id':'b','name':'f','input':{}}"
#define MORE       "{'type':'tool_result','tool_use_id':'b'}"
#define LATER      "{'role':'user','content':[" MORE "]}"
	caps.modes = "budget";
	CHECK(has(OWN(BUDGET TURN(THOUGHT "," USE) "," GIVEN "," TURN(ALSO) "," LATER "]"),
	          "'enabled'"));
	CHECK(!has(OWN(BUDGET TURN(USE) "," GIVEN "," TURN(THOUGHT "," ALSO) "," LATER "]"),
	           "'thinking'"));
	CHECK(has(OWN(BUDGET TURN(USE) "," GIVEN "," SAID "," USER
	                               "," TURN(THOUGHT "," ALSO) "," LATER "]"),
	          "'enabled'"));
	CHECK(!has(OWN(BUDGET TURN(THOUGHT "," USE) ",{'role':'user','content':[{'type':"
	                                            "'tool_result','tool_use_id':'a'},{'type':"
	                                            "'text','text':'and'}]}," TURN(ALSO) "," LATER
	                                                                                 "]"),
	           "'thinking'"));
}

TEST(a_turn_that_runs_has_no_thoughts_while_thinking_is_off)
{
	caps.modes = "budget";
	struct aip_str sent = OWN("'messages':[" USER "," TURN(THOUGHT "," USE) "," GIVEN "," TURN(
		THOUGHT "," ALSO) "," LATER "]");
	CHECK(!has(sent, "'thinking'") && has(sent, "'id':'b'"));
	LOST("messages.thinking");
	sent = OWN("'messages':[" USER "," TURN(THOUGHT "," USE) "," GIVEN "," SAID "," USER "]");
	CHECK_INT_EQ(times(sent, "'signature':'s'"), 1);
	caps.default_on = AIP_YES;
	CHECK(has(OWN("'messages':[" USER "," TURN(THOUGHT "," USE) "," GIVEN "]"), "'signature'"));
	caps = (struct aip_caps){.sig_scope = "vendor"};
	CHECK(has(OWN("'messages':[" USER "," TURN(THOUGHT "," USE) "," GIVEN "]"), "'signature'"));
}

TEST(an_answers_schema_that_refers_to_itself_is_refused_by_its_field)
{
#define CIRCLE "{'type':'object','properties':{'a':{'$ref':'#'}}}"
	CHECK(has(CHAT(HI ",'response_format':{'type':'json_schema','json_schema':{'name':'a',"
	                  "'schema':" CIRCLE "}}"),
	          "refers to itself"));
	CHECK_STR_EQ(aip_str(error.param), "response_format.json_schema");
	CHECK(has(OWN("'output_config':{'format':{'type':'json_schema','schema':" CIRCLE "}}," HI),
	          "'schema':" CIRCLE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(at_most_four_breakpoints_stay_the_last_ones),
		HERE(thinking_takes_the_form_that_the_model_knows),
		HERE(a_budget_stays_below_the_limit_or_is_not_said),
		HERE(a_forced_tool_and_thinking_are_settled_by_the_model),
		HERE(the_request_as_a_whole_uses_up_a_breakpoint),
		HERE(no_breakpoint_is_set_that_the_client_did_not_set),
		HERE(a_breakpoint_lasts_as_long_as_was_asked_but_never_longer_than_one_before_it),
		HERE(minimal_is_the_least_there_is),
		HERE(a_level_leaves_a_fifth_to_the_answer_and_counted_tokens_are_kept),
		HERE(a_budget_without_a_limit_takes_the_models_own),
		HERE(each_model_gets_the_one_form_of_thinking_that_it_takes),
		HERE(a_model_without_thinking_is_asked_for_none),
		HERE(thinking_switched_off_goes_with_neither_display_nor_high_efforts),
		HERE(a_model_that_always_thinks_is_never_told_not_to),
		HERE(while_it_thinks_the_model_takes_no_other_sampling),
		HERE(thoughts_are_shown_where_they_were_asked_for),
		HERE(strictly_a_level_that_the_model_lacks_is_refused_with_those_it_has),
		HERE(a_forced_tool_stops_even_thinking_that_nobody_asked_for),
		HERE(a_limit_beyond_the_models_is_lowered_for_clients_that_cannot_know_it),
		HERE(a_budget_needs_the_thought_of_the_turn_being_answered),
		HERE(a_budget_needs_the_thought_of_the_message_as_it_will_stand),
		HERE(a_turn_that_runs_across_calls_begins_with_a_thought_once),
		HERE(an_answers_schema_that_refers_to_itself_is_refused_by_its_field),
		HERE(a_turn_that_runs_has_no_thoughts_while_thinking_is_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
