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

TEST(a_prefill_loses_white_space_of_every_script_but_a_finished_answer_keeps_its_own)
{
#define ONCE "{'role':'assistant','content':'Once \xe3\x80\x80\xe2\x80\xa8'}"
	CHECK(has(CHAT("'messages':[" USER "," ONCE "]"), "'text':'Once'}"));
	CHECK(!has(CHAT("'messages':[" USER "," ONCE "," USER "]"), "'text':'Once'}"));
	CHECK(has(OWN("'messages':[" USER ",{'role':'assistant','content':[{'type':'text','text':"
	              "'Once '},{'type':'text','text':' '}]}]"),
	          "'text':'Once'}"));
}

/* It has the last word, so nothing before it is an answer to be continued, or to be left out. */
TEST(a_last_user_message_of_white_space_stands_as_a_full_stop)
{
#define MUTE  "{'role':'user','content':' \\n'}"
#define MUTED "'messages':[" USER ",{'role':'assistant','content':'a '}," MUTE "]"
	static const char stands[] = "{'role':'assistant','content':[{'type':'text','text':'a '}]},"
				     "{'role':'user','content':[{'type':'text','text':'.'}]}]";

	CHECK(has(CHAT(MUTED), stands));
	caps.prefill = AIP_NO;
	CHECK(has(CHAT(MUTED), stands));
	CHECK(!ctx.dropped);
	CHECK(has(CHAT("'messages':[" USER ",{'role':'assistant','content':'a '}," MUTE ",{'role':"
	               "'assistant','content':'b'}]"),
	          stands));
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

#define PNG_URL "'data:image/png;base64,iVBORw0KGgo='"
#define PNG     "data:image/png;name=x;base64,iVBORw0KGgo"
#define PDF     "data:application/pdf;base64,JVBERi0="

TEST(equal_neighbours_are_one_message)
{
	struct aip_str sent = CHAT(
		"'messages':[{'role':'user','content':'a'},{'role':'user','content':'b'},{"
		"'role':'assistant','content':'c'},{'role':'assistant','content':'d'}," USER "]");

	CHECK(has(sent, "'a'},{'type':'text','text':'b'}"));
	CHECK(has(sent, "'c'},{'type':'text','text':'d'}"));
	CHECK_INT_EQ(times(sent, "'role'"), 3);
}

TEST(arguments_that_are_no_object_are_an_empty_one)
{
#define ARGS(args)                                                                          \
	CHAT("'messages':[" USER ",{'role':'assistant','content':null,'tool_calls':[{'id':" \
	     "'a','type':'function','function':{'name':'f','arguments':" args               \
	     "}}]}," RESULT("a") "]")
	CHECK(has(ARGS("''"), "'input':{}"));
	CHECK(has(ARGS("'{'"), "'input':{}"));
	CHECK(has(ARGS("'7'"), "'input':{}"));
	CHECK(!has(ARGS("''"), "'type':'text','text':''"));
}

TEST(a_schema_has_a_plain_object_at_its_root)
{
#define SCHEMA(schema) \
	CHAT("'tools':[{'type':'function','function':{'name':'f','parameters':" schema "}}]," HI)
	CHECK(has(SCHEMA("{'anyOf':[{'properties':{'a':{'type':'string'}},'required':['a']}]}"),
	          "'input_schema':{'type':'object','properties':{'a':{'type':'string'}}}"));
	CHECK(has(SCHEMA("{'properties':{'b':{'minimum':1.0}}}"),
	          "'input_schema':{'type':'object','properties':{'b':{'minimum':1.0}}}"));
	CHECK(has(SCHEMA("{}"), "'input_schema':{'type':'object','properties':{}}"));
	CHECK(has(CHAT("'tools':[" FN("f") "]," HI),
	          "'input_schema':{'type':'object','properties':{}}"));
}

TEST(choices_have_their_words)
{
#define CHOICE(choice) CHAT("'tools':[" FN("f") "],'tool_choice':" choice "," HI)
	CHECK(has(CHOICE("'none'"), "'tool_choice':{'type':'none'}"));
	CHECK(has(CHOICE("'auto'"), "'tool_choice':{'type':'auto'}"));
	CHECK(has(CHOICE("'required'"), "'tool_choice':{'type':'any'}"));
	CHECK(has(CHOICE(FN("f")), "'tool_choice':{'type':'tool','name':'f'}"));
	CHECK(!has(
		CHAT("'tools':[" FN("f") "],'parallel_tool_calls':false,'tool_choice':'none'," HI),
		"disable_parallel_tool_use"));
	CHECK(!has(CHAT("'tools':[],'tool_choice':'required','parallel_tool_calls':false," HI),
	           "tool"));
	CHECK(has(
		GEM("'tools':[{'functionDeclarations':[{'name':'f'},{'name':'g'}]}],'toolConfig':{"
	            "'functionCallingConfig':{'mode':'VALIDATED'}}," ASKED),
		"'tool_choice':{'type':'auto'}"));
	LOST("tool_choice");
}

TEST(tools_of_other_vendors_become_the_vendors_own)
{
	struct aip_str sent = RESP(
		"'max_tool_calls':3,'tools':[{'type':'web_search','filters':{'allowed_domains':["
		"'e.x']},'user_location':{'type':'approximate','country':'FR'}},{'type':"
		"'code_interpreter','container':{'type':'auto'}}]," ASK);

	CHECK(has(sent, "{'type':'web_search_20250305','name':'web_search','max_uses':3,"
	                "'allowed_domains':['e.x'],'user_location':{'type':'approximate',"
	                "'country':'FR'}}"));
	CHECK(has(sent, "{'type':'code_execution_20250825','name':'code_execution'}"));
	CHECK(!ctx.dropped);
	sent = GEM("'tools':[{'googleSearch':{}},{'urlContext':{}},{'codeExecution':{}}]," ASKED);
	CHECK(has(sent, "'web_search_20250305'") && has(sent, "'code_execution_20250825'"));
	CHECK(has(sent, "{'type':'web_fetch_20250910','name':'web_fetch'}"));
	CHECK(has(CHAT("'web_search_options':{'user_location':{'type':'approximate','approximate':{"
	               "'city':'Lyon'}}}," HI),
	          "'user_location':{'type':'approximate','city':'Lyon'}"));
	caps.server = "web_search";
	CHECK(!has(GEM("'tools':[{'codeExecution':{}}]," ASKED), "code_execution"));
	LOST("tools");
	CHECK(has(RESP("'tools':[{'type':'image_generation'}],'tool_choice':'required'," ASK),
	          "tool_choice: no tool"));
}

TEST(a_bound_on_calls_without_a_tool_that_has_one_is_lost)
{
	RESP("'max_tool_calls':3,'tools':[{'type':'function','name':'f','parameters':{}}]," ASK);
	LOST("max_tool_calls");
}

TEST(free_text_and_name_spaces_wear_a_functions_clothes)
{
	struct aip_str sent =
		RESP("'tools':[{'type':'custom','name':'sh','description':'Runs.','format':{'type':"
	             "'grammar','syntax':'lark','definition':'start: /x/'}},{'type':'namespace',"
	             "'name':'ns','tools':[{'type':'function','name':'f','parameters':{}}]}]," ASK);

	CHECK(has(sent,
	          "{'name':'sh','description':'Runs.\\n\\nThe input follows this lark grammar:"
	          "\\nstart: /x/','input_schema':{'type':'object','properties':{'input':{"
	          "'type':'string'}},'required':['input']}}"));
	CHECK(has(sent, "'name':'ns__f'"));
}

/* Responses items. */
#define REASONING(seal, summary) \
	"{'type':'reasoning','id':'rs_9','summary':[" summary "],'encrypted_content':'" seal "'}"
#define SUMMARY "{'type':'summary_text','text':'hm'}"
#define SAYS(text)                                                                                 \
	"{'type':'message','role':'assistant','content':[{'type':'output_text','text':'" text "'}" \
	"]}"
#define CALLED(id)       "{'type':'function_call','call_id':'" id "','name':'f','arguments':'{}'}"
#define ANSWERED(id, as) "{'type':'function_call_output','call_id':'" id "','output':" as "}"

/* A request of a Responses client; %s is Claude's signature as that client holds it. */
static struct aip_str sent_signed(const char *items)
{
	struct aip_str seal =
		sealed(AIP_RESPONSES, AIP_VENDOR_ANTHROPIC, AIP_OPAQUE_SIGNATURE, "SIG");
	struct aip_buf body;

	aip_buf_init(&body, OUT_MAX);
	aip_buf_addf(&body, "{'model':'m','input':[");
	for (const char *at = items; *at; at++) {
		if (*at == '%')
			aip_buf_add(&body, seal);
		else
			aip_buf_add(&body, aip_strn(at, 1));
	}
	aip_buf_addf(&body, "]}");
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&body));
	aip_buf_fini(&body);
	return sent_from(AIP_RESPONSES, text.at);
}

#define THOUGHT(text) "{'type':'thinking','thinking':'" text "','signature':'SIG'}"

TEST(what_the_vendor_signed_goes_back_in_the_order_it_was_said_in)
{
	CHECK(has(sent_signed(USER "," REASONING("%", SUMMARY) "," SAYS("one") "," REASONING(
			  "%", SUMMARY) "," CALLED("c") "," ANSWERED("c", "'ok'")),
	          "[" THOUGHT("hm") ",{'type':'text','text':'one'}," THOUGHT(
			  "hm") ",{'type':'tool_use'"));
}

TEST(reasoning_goes_home_and_nowhere_else)
{
	CHECK(has(sent_signed(USER "," REASONING("%", SUMMARY) "," SAYS("one") "," USER),
	          "[" THOUGHT("hm") ",{'type':'text','text':'one'}]"));
	CHECK(has(sent_signed(USER "," REASONING("%", "") "," SAYS("one") "," USER),
	          "[" THOUGHT("") ",{'type':'text','text':'one'}]"));
	CHECK(has(sent_signed(USER "," REASONING("foreign", SUMMARY) "," SAYS("one") "," USER),
	          "'content':[{'type':'text','text':'one'}]"));
	CHECK(has(sent_signed(USER "," REASONING("gw1.broken", SUMMARY) "," SAYS("one") "," USER),
	          "'content':[{'type':'text','text':'one'}]"));
}

TEST(reasoning_crosses_no_message_of_the_user)
{
	struct aip_str sent =
		sent_signed(USER "," REASONING("%", SUMMARY) "," USER "," SAYS("one") "," USER);

	CHECK(has(sent, "'role':'assistant','content':[{'type':'text','text':'one'}]"));
	CHECK(!has(sent, "thinking"));
	LOST("messages.thinking");
}

TEST(a_turn_does_not_end_with_a_thought)
{
	struct aip_str sent =
		sent_signed(USER "," SAYS("one") "," REASONING("%", SUMMARY) "," USER);

	CHECK(has(sent, "'content':[{'type':'text','text':'one'}]"));
	CHECK(!has(sent, "thinking"));
}

TEST(redacted_thinking_comes_home)
{
	struct aip_str seal =
		sealed(AIP_RESPONSES, AIP_VENDOR_ANTHROPIC, AIP_OPAQUE_REDACTED, "SECRET");
	struct aip_str body =
		aip_arena_printf(arena,
	                         "{'model':'m','input':[" USER
	                         "," REASONING("%.*s", "") "," SAYS("one") "," USER "]}",
	                         AIP_FMT(seal));

	CHECK(has(sent_from(AIP_RESPONSES, body.at),
	          "[{'type':'redacted_thinking','data':'SECRET'},{'type':'text','text':'one'}]"));
}

TEST(a_call_stays_beside_its_result)
{
	struct aip_str sent = RESP(
		"'input':[" USER
		"," CALLED("a") "," REASONING("x", SUMMARY) "," SAYS("one") "," USER "," CALLED(
			"b") "," ANSWERED("a", "'A'") "," ANSWERED("b", "'B'") "]");

	CHECK(has(sent,
	          "{'type':'tool_use','id':'a','name':'f','input':{}}]},{'role':'user','content':["
	          "{'type':'tool_result','tool_use_id':'a','content':'A'}"));
	CHECK(has(sent,
	          "{'type':'tool_use','id':'b','name':'f','input':{}}]},{'role':'user','content':["
	          "{'type':'tool_result','tool_use_id':'b','content':'B'}"));
}

TEST(system_items_are_blocks_and_lose_nothing)
{
	struct aip_str sent = RESP("'instructions':'one','input':[{'role':'developer','content':'"
	                           "two'},{'role':'system',"
	                           "'content':[{'type':'input_text','text':'three'},{'type':'input_"
	                           "image','image_url':'" PNG "'}]}," USER "]");

	CHECK(has(sent,
	          "'system':[{'type':'text','text':'one'},{'type':'text','text':'two'},{'type':"
	          "'text','text':'three'}]"));
	CHECK(has(sent, "'messages':[{'role':'user','content':[{'type':'image'"));
}

TEST(an_empty_assistant_message_parts_no_turn)
{
	struct aip_str sent =
		RESP("'input':[" USER
	             "," SAYS("one") ",{'type':'message','role':'assistant','content':''}," CALLED(
			     "a") "," ANSWERED("a", "'A'") "]");

	CHECK(has(
		sent,
		"{'role':'assistant','content':[{'type':'text','text':'one'},{'type':'tool_use'"));
	CHECK(!has(sent, "'text':''"));
}

TEST(two_outputs_of_a_call_are_one_result)
{
	struct aip_str sent = RESP("'input':[" USER "," CALLED("a") "," ANSWERED(
		"a", "'A'") "," ANSWERED("a", "'B'") "]");

	CHECK_INT_EQ(times(sent, "tool_result"), 1);
	CHECK(has(sent, "'content':'B'"));
}

TEST(pictures_of_an_output_are_blocks_of_the_result)
{
	CHECK(has(RESP("'input':[" USER "," CALLED("a") "," ANSWERED(
			  "a", "[{'type':'input_text','text':'see'},{'type':'input_image','image_"
			       "url':'" PNG "'}]") "]"),
	          "{'type':'tool_result','tool_use_id':'a','content':[{'type':'text','text':'see'},"
	          "{'type':"
	          "'image','source':{'type':'base64','media_type':'image/"
	          "png','data':'iVBORw0KGgo='}}]}"));
}

TEST(an_answer_without_a_limit_gets_the_models_default)
{
	CHECK(has(RESP(ASK), "'max_tokens':32000"));
	caps.default_output = 4096;
	CHECK(has(RESP(ASK), "'max_tokens':4096"));
}

TEST(thinking_of_another_vendor_is_left_out_and_said_to_be)
{
	ctx.loss = AIP_STRICT; /* its client cannot help it */
	struct aip_str sent = RESP(
		"'input':[" USER ",{'type':'reasoning','summary':[],'encrypted_content':'xyz'},{"
		"'type':'message','role':'assistant','content':[{'type':'output_text','text':"
		"'one'}]}," USER "]");

	CHECK(has(sent, "'one'") && !has(sent, "thinking") && !has(sent, "xyz"));
	LOST("messages.thinking");
}

TEST(unknown_members_are_lost_but_never_refused)
{
	ctx.loss = AIP_STRICT;
	CHECK(has(CHAT("'novel':1," HI), "'hi'"));
	LOST("novel");
}

TEST(what_cannot_be_said_is_refused_in_the_clients_words)
{
	static const struct {
		enum aip_dialect client;
		const char *body, *param;
	} table[] = {
		{AIP_RESPONSES, "{'model':'m','previous_response_id':'r'," ASK "}",
	         "previous_response_id"},
		{AIP_RESPONSES, "{'model':'m','background':true," ASK "}", "background"},
		{AIP_RESPONSES, "{'model':'m','conversation':'c'," ASK "}", "conversation"},
		{AIP_RESPONSES,
	         "{'model':'m','input':[" USER ",{'type':'item_reference','id':'i'}]}", "input"},
		{AIP_RESPONSES,
	         "{'model':'m','input':[{'role':'user','content':[{'type':'input_image','file_id':'"
	         "f'"
	         "}]}]}",
	         "input"},
		{AIP_GEMINI,
	         "{'contents':[{'role':'user','parts':[{'inlineData':{'mimeType':'audio/"
	         "wav','data':"
	         "'UklGRg=='}}]}]}",
	         "contents"},
		{AIP_GEMINI,
	         "{'contents':[{'role':'user','parts':[{'fileData':{'mimeType':'image/"
	         "png','fileUri':"
	         "'gs://b/a.png'}}]}]}",
	         "contents"},
		{AIP_GEMINI, "{'generationConfig':{'responseModalities':['IMAGE']}," ASKED "}",
	         "generationConfig.responseModalities"},
		{AIP_CHAT,
	         "{'model':'m','messages':[{'role':'user','content':[{'type':'image_url','image_"
	         "url':{"
	         "'url':'data:image/tiff;base64,SUkqAA=='}}]}]}",
	         "messages"},
		{AIP_CHAT, "{'model':'m','n':2," HI "}", "n"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		error = (struct aip_error){0};
		sent_from(table[i].client, table[i].body);
		CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
		CHECK_STR_EQ(aip_str(error.param), table[i].param);
	}
}

TEST(pictures_and_papers_are_sent_as_such)
{
	struct aip_str sent =
		CHAT("'messages':[{'role':'user','content':[{'type':'image_url',"
	             "'image_url':{'url':'" PNG "'}},{'type':'image_url','image_url':{"
	             "'url':'https://e.x/a'}},{'type':'file','file':{'filename':"
	             "'a.pdf','file_data':'" PDF "'}}]}]");

	CHECK(has(sent, "{'type':'image','source':{'type':'base64','media_type':'image/png','data':"
	                "'iVBORw0KGgo='}}"));
	CHECK(has(sent, "{'type':'image','source':{'type':'url','url':'https://e.x/a'}}"));
	CHECK(has(sent, "{'type':'document','source':{'type':'base64','media_type':"
	                "'application/pdf','data':'JVBERi0='},'title':'a.pdf'}"));
	sent = GEM(
		"'contents':[{'role':'user','parts':[{'inlineData':{'mimeType':'text/csv','data':"
		"'YSxi'}}]}]");
	CHECK(has(sent, "{'type':'document','source':{'type':'text','media_type':'text/plain',"
	                "'data':'a,b'}}"));
}

TEST(a_user_is_named_only_by_the_client)
{
	CHECK(has(CHAT("'user':'u1'," HI), "'metadata':{'user_id':'u1'}"));
	CHECK(!has(CHAT(HI), "metadata"));
	struct aip_str sent = CHAT("'service_tier':'default'," HI);
	CHECK(has(sent, "'service_tier':'standard_only'"));
	CHECK(has(CHAT("'service_tier':'priority'," HI), "'service_tier':'auto'"));
	CHAT("'service_tier':'flex'," HI);
	LOST("service_tier");
}

TEST(equal_requests_give_equal_bytes)
{
#define DECLARED(name) "{'name':'" name "'}"
	static const char body[] = "{'tools':[{'functionDeclarations':[" DECLARED("z") "," DECLARED(
		"a") "]}],'contents':["
		     "{'role':'user','parts':[{'text':'hi'}]},{'role':'model','parts':[{'"
		     "functionCall':{"
		     "'name':'a','args':{}}}]},{'role':'user','parts':[{'functionResponse':{'name':"
		     "'a',"
		     "'response':{'x':1}}}]}]}";
	struct aip_str once = aip_arena_dup(arena, sent_from(AIP_GEMINI, body));

	CHECK_BYTES_EQ(sent_from(AIP_GEMINI, body), once);
	CHECK(has(once, "'tool_use_id':'call_"));
	CHECK(aip_str_find(once, quoted("'name':'z'")) <
	      aip_str_find(once, quoted("'name':'a','input_schema'")));
}

TEST(ten_thousand_tools_take_no_time)
{
	struct aip_request *request = NULL;
	struct aip_buf body;

	aip_buf_init(&body, OUT_MAX);
	aip_buf_addf(&body,
	             "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
	             "\"tools\":[");
	for (int i = 0; i < 10000; i++)
		aip_buf_addf(&body, "%s{\"type\":\"function\",\"function\":{\"name\":\"tool.%d\"}}",
		             i ? "," : "", i);
	aip_buf_addf(&body, "]}");
	const struct aip_wire_in in = {.body = aip_buf_str(&body)};
	CHECK_INT_EQ(aip_codec_of(AIP_CHAT)->read_request(&ctx, &in, &request, &error), AIP_OK);
	CHECK_INT_EQ(codec->write_request(&ctx, request, &out, &error), AIP_OK);
	CHECK_INT_EQ(times(aip_buf_str(&out), "'name':'tool_"), 10000);
	aip_buf_fini(&body);
}

TEST(a_large_picture_is_not_doubled)
{
	struct aip_request *request = NULL;
	const size_t len = 3u << 20;
	char *data = aip_arena_bytes(arena, len + 1);

	memset(data, 'A', len);
	data[len] = 0;
	struct aip_str body =
		aip_arena_printf(arena,
	                         "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{"
	                         "\"type\":\"image_url\","
	                         "\"image_url\":{\"url\":\"data:image/png;base64,%s\"}}]}]}",
	                         data);
	const struct aip_wire_in in = {.body = body};
	CHECK_INT_EQ(aip_codec_of(AIP_CHAT)->read_request(&ctx, &in, &request, &error), AIP_OK);
	CHECK_INT_EQ(codec->write_request(&ctx, request, &out, &error), AIP_OK);
	CHECK(out.len < len + 1024);
}

TEST(a_tool_is_declared_once)
{
	struct aip_str sent =
		RESP("'tools':[{'type':'web_search'},{'type':'web_search_preview'},{'type':"
	             "'function','name':'f','parameters':{}},{'type':'function','name':'f',"
	             "'parameters':{}}]," ASK);

	CHECK_INT_EQ(times(sent, "'name':'web_search'"), 1);
	CHECK_INT_EQ(times(sent, "'name':'f'"), 1);
}

TEST(each_slot_that_is_lacking_is_lost_by_name_or_strictly_refused)
{
#define GENERATION(member) "'generationConfig':{" member "}," ASKED
	static const struct {
		enum aip_dialect client;
		const char *members, *path;
	} table[] = {
		{AIP_CHAT, "'seed':0," HI, "seed"},
		{AIP_CHAT, "'presence_penalty':0.5," HI, "presence_penalty"},
		{AIP_CHAT, "'frequency_penalty':0.5," HI, "frequency_penalty"},
		{AIP_CHAT, "'logit_bias':{'1':1}," HI, "logit_bias"},
		{AIP_CHAT, "'logprobs':true," HI, "logprobs"},
		{AIP_CHAT, "'top_logprobs':2," HI, "top_logprobs"},
		{AIP_CHAT, "'verbosity':'low'," HI, "verbosity"},
		{AIP_CHAT, "'prediction':{'type':'content','content':'x'}," HI, "prediction"},
		{AIP_CHAT, "'store':true," HI, "store"},
		{AIP_CHAT, "'metadata':{'a':'b'}," HI, "metadata"},
		{AIP_CHAT, "'prompt_cache_key':'k'," HI, "prompt_cache_key"},
		{AIP_CHAT, "'prompt_cache_retention':'in_memory'," HI, "prompt_cache_retention"},
		{AIP_CHAT, "'stop':' '," HI, "stop"},
		{AIP_CHAT,
	         "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url'"
	         ":" PNG_URL ",'detail':'high'}}]}]",
	         "messages.image_url.detail"},
		{AIP_RESPONSES, "'truncation':'auto'," ASK, "truncation"},
		{AIP_RESPONSES, "'max_tool_calls':2," ASK, "max_tool_calls"},
		{AIP_RESPONSES, "'tools':[{'type':'image_generation'}]," ASK, "tools"},
		{AIP_RESPONSES, "'tools':[{'type':'file_search','vector_store_ids':['v']}]," ASK,
	         "tools"},
		{AIP_GEMINI, "'safetySettings':[{'category':'c','threshold':'t'}]," ASKED,
	         "safety"},
		{AIP_GEMINI, "'labels':{'a':'b'}," ASKED, "metadata"},
		{AIP_GEMINI, GENERATION("'seed':7"), "seed"},
		{AIP_GEMINI, GENERATION("'speechConfig':{'languageCode':'da'}"), "speechConfig"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct aip_str body = aip_arena_printf(
			arena, "{%s%s}", table[i].client == AIP_GEMINI ? "" : "'model':'m',",
			table[i].members);
		error = (struct aip_error){0};
		ctx.loss = AIP_LENIENT;
		struct aip_str sent = sent_from(table[i].client, body.at);
		if (!has(sent, "'messages'"))
			fail_msg("%s: %.*s", table[i].path, AIP_FMT(sent));
		if (!dropped(table[i].path))
			fail_msg("%s was not lost", table[i].path);
		ctx.loss = AIP_STRICT;
		sent_from(table[i].client, body.at);
		CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
		CHECK_STR_EQ(aip_str(error.param),
		             aip_client_field(table[i].client, table[i].path));
	}
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
		HERE(a_prefill_loses_white_space_of_every_script_but_a_finished_answer_keeps_its_own),
		HERE(a_last_user_message_of_white_space_stands_as_a_full_stop),
		HERE(the_system_speaks_in_mid_conversation_where_the_model_lets_it),
		HERE(sampling_keeps_to_what_thinking_and_the_model_allow),
		HERE(choices_and_tools_go_together),
		HERE(what_the_dialect_lacks_is_dropped_by_name_or_refused),
		HERE(state_of_other_vendors_stays_away),
		HERE(equal_neighbours_are_one_message),
		HERE(arguments_that_are_no_object_are_an_empty_one),
		HERE(a_schema_has_a_plain_object_at_its_root),
		HERE(choices_have_their_words),
		HERE(tools_of_other_vendors_become_the_vendors_own),
		HERE(a_bound_on_calls_without_a_tool_that_has_one_is_lost),
		HERE(free_text_and_name_spaces_wear_a_functions_clothes),
		HERE(what_the_vendor_signed_goes_back_in_the_order_it_was_said_in),
		HERE(reasoning_goes_home_and_nowhere_else),
		HERE(reasoning_crosses_no_message_of_the_user),
		HERE(a_turn_does_not_end_with_a_thought),
		HERE(redacted_thinking_comes_home),
		HERE(a_call_stays_beside_its_result),
		HERE(system_items_are_blocks_and_lose_nothing),
		HERE(an_empty_assistant_message_parts_no_turn),
		HERE(two_outputs_of_a_call_are_one_result),
		HERE(pictures_of_an_output_are_blocks_of_the_result),
		HERE(an_answer_without_a_limit_gets_the_models_default),

		HERE(thinking_of_another_vendor_is_left_out_and_said_to_be),
		HERE(unknown_members_are_lost_but_never_refused),
		HERE(what_cannot_be_said_is_refused_in_the_clients_words),
		HERE(pictures_and_papers_are_sent_as_such),
		HERE(a_user_is_named_only_by_the_client),
		HERE(equal_requests_give_equal_bytes),
		HERE(ten_thousand_tools_take_no_time),
		HERE(a_large_picture_is_not_doubled),
		HERE(a_tool_is_declared_once),
		HERE(each_slot_that_is_lacking_is_lost_by_name_or_strictly_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
