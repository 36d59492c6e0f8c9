/* Requests of every client, written in the Anthropic Messages dialect. */
#include "claude_messages.h"

TEST(results_stand_before_what_the_user_says_beside_them)
{
	struct aip_str sent = CHAT("'tools':[" FN("f") "],'messages':[" USER "," CALLS(
		CALL("a") "," CALL("b")) "," USER "," RESULT("b") "," RESULT("a") "]");
	ptrdiff_t call = aip_str_find(sent, quoted("'tool_use'")),
		  result = aip_str_find(sent, quoted("'tool_result'"));

	CHECK(call > 0 && result > call);
	CHECK(has(aip_strn(sent.at + result, sent.len - (size_t)result), "'text':'hi'"));
	CHECK(!has(aip_strn(sent.at + call, (size_t)(result - call)), "'text'"));
}

TEST(ids_of_calls_are_legal_and_never_used_twice)
{
	struct aip_str sent = CHAT("'tools':[" FN("f") "],'messages':[" USER "," CALLS(
		CALL("a.1")) "," RESULT("a.1") "," CALLS(CALL("a.1")) "," RESULT("a.1") "]");

	CHECK(!has(sent, "'a.1'"));
	CHECK(has(sent, "'id':'a_1_") && has(sent, "'tool_use_id':'a_1_"));
	CHECK(has(sent, "'id':'call_") && has(sent, "'tool_use_id':'call_"));
}

TEST(a_history_that_ends_with_a_call_gets_its_answer)
{
	struct aip_str sent =
		CHAT("'tools':[" FN("f") "],'messages':[" USER "," CALLS(CALL("a")) "]");

	CHECK(has(sent, "{'role':'user','content':[{'type':'tool_result','tool_use_id':"
			"'a','content':'[no result recorded]','is_error':true}]}"));
}

TEST(calls_of_undeclared_tools_declare_them)
{
	struct aip_str sent = CHAT("'messages':[" USER "," CALLS(CALL("a")) "," RESULT("a") "]");

	CHECK(has(sent, "'tools':[{'name':'f','input_schema':{'type':'object',"
			"'properties':{}}}]"));
	CHECK(!has(sent, "tool_choice"));
}

TEST(the_first_message_is_the_users)
{
	CHECK(has(CHAT("'messages':[{'role':'system','content':'s'}]"),
		  "'messages':[{'role':'user','content':[{'type':'text','text':'.'}"
		  "]}]"));
	CHECK(has(CHAT("'messages':[{'role':'assistant','content':'a'}," USER "]"),
		  "'messages':[{'role':'user','content':[{'type':'text','text':'.'}"
		  "]},"
		  "{'role':'assistant'"));
}

TEST(a_prefill_loses_its_tail_and_a_model_that_takes_none_loses_it_all)
{
	static const char prefill[] =
		"{'model':'m','messages':[" USER ",{'role':'assistant','content':'Once \\n'}]}";

	CHECK(has(sent_from(AIP_CHAT, prefill), "'text':'Once'}"));
	caps.prefill = AIP_NO;
	CHECK(!has(sent_from(AIP_CHAT, prefill), "Once"));
	CHECK_STR_EQ(ctx.dropped->name, "messages.prefill");
}

TEST(the_system_speaks_in_mid_conversation_where_the_model_lets_it)
{
	static const char body[] =
		"{'model':'m','messages':[" USER ",{'role':'system','content':'Hush.'}]}";

	CHECK(has(sent_from(AIP_CHAT, body), "<system-reminder>\\nHush.\\n</system-reminder>"));
	caps.mid_system = AIP_YES;
	CHECK(has(sent_from(AIP_CHAT, body), "{'role':'system','content':[{'type':'text',"
					     "'text':'Hush.'}]}"));
}

TEST(sampling_keeps_to_what_thinking_and_the_model_allow)
{
	CHECK(has(CHAT("'temperature':1.7," HI), "'temperature':1,") ||
	      has(CHAT("'temperature':1.7," HI), "'temperature':1}"));
	struct aip_str sent = CHAT("'temperature':0.50,'top_p':0.5," HI);
	CHECK(has(sent, "'temperature':0.50") && !has(sent, "top_p"));
	caps.modes = "budget";
	CHECK(!has(CHAT("'temperature':0.5,'reasoning_effort':'low'," HI), "temperature"));
	caps.temperature = "none";
	CHECK(!has(CHAT("'temperature':1," HI), "temperature"));
	CHECK(has(CHAT("'stop':[' ','END']," HI), "'stop_sequences':['END']"));
}

TEST(choices_and_tools_go_together)
{
	CHECK(!has(CHAT("'tool_choice':'auto'," HI), "tool_choice"));
	CHECK(has(CHAT("'tools':[" FN("f") "],'parallel_tool_calls':false," HI),
		  "'tool_choice':{'type':'auto','disable_parallel_tool_use':true}"));
	struct aip_str sent = CHAT("'tools':[" FN("f") "," FN("g") "," FN(
		"f") "],'tool_choice':{'type':"
		     "'allowed_tools','allowed_tools':{'mode':'required','tools':[" FN(
			     "g") "]}}," HI);
	CHECK(has(sent, "'name':'g'") && !has(sent, "'name':'f'"));
	CHECK(has(sent, "'tool_choice':{'type':'any'}"));
}

TEST(what_the_dialect_lacks_is_dropped_by_name_or_refused)
{
	CHAT("'seed':1,'logit_bias':{'1':1}," HI);
	CHECK_STR_EQ(ctx.dropped->name, "seed");
	CHECK_STR_EQ(ctx.dropped->next->name, "logit_bias");
	CHECK(has(CHAT("'n':2," HI), "n: "));
	ctx.loss = AIP_STRICT;
	CHECK(has(CHAT("'seed':1," HI), "seed"));
}

TEST(state_of_other_vendors_stays_away)
{
	struct aip_str sent = OWN("'messages':[" USER ",{'role':'assistant','content':[{"
				  "'type':'thinking','thinking':'hm','signature':'gw1.x'},{"
				  "'type':'thinking','thinking':'ha','signature':''},{"
				  "'type':'text','text':'x'}]}," USER "]");

	CHECK(!has(sent, "hm") && !has(sent, "ha'"));
	caps.unsigned_thinking_ok = AIP_YES;
	CHECK(has(OWN("'messages':[" USER ",{'role':'assistant','content':[{'type':"
		      "'thinking','thinking':'ha'},{'type':'text','text':'x'}]}," USER "]"),
		  "{'type':'thinking','thinking':'ha','signature':''}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(results_stand_before_what_the_user_says_beside_them),
		HERE(ids_of_calls_are_legal_and_never_used_twice),
		HERE(a_history_that_ends_with_a_call_gets_its_answer),
		HERE(calls_of_undeclared_tools_declare_them),
		HERE(the_first_message_is_the_users),
		HERE(a_prefill_loses_its_tail_and_a_model_that_takes_none_loses_it_all),
		HERE(the_system_speaks_in_mid_conversation_where_the_model_lets_it),
		HERE(sampling_keeps_to_what_thinking_and_the_model_allow),
		HERE(choices_and_tools_go_together),
		HERE(what_the_dialect_lacks_is_dropped_by_name_or_refused),
		HERE(state_of_other_vendors_stays_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
