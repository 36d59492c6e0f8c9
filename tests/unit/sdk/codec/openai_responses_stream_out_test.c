/* Streams for Responses clients, from upstreams of every dialect. */
#include "openai_responses.h"

#define DELTA(delta) \
	"data: {'id':'x','choices':[{'index':0,'delta':" delta ",'finish_reason':null}]}\n\n"
#define FINISH(why) \
	"data: {'id':'x','choices':[{'index':0,'delta':{},'finish_reason':'" why "'}]}\n\n"
#define USAGE                                                                                     \
	"data: "                                                                                  \
	"{'id':'x','choices':[],'usage':{'prompt_tokens':3,'completion_tokens':4,'total_tokens':" \
	"7}}\n\n"
#define DONE              "data: [DONE]\n\n"
#define CHAT(sse)         stream(AIP_CHAT, AIP_RESPONSES, quoted(sse), AIP_EOF_COMPLETE)
#define CLAUDE(sse)       stream(AIP_CLAUDE, AIP_RESPONSES, quoted(sse), AIP_EOF_COMPLETE)
#define EVENT(type, rest) "event: " type "\ndata: {'type':'" type "'" rest "}\n\n"
#define CLAUDE_START                                                                               \
	EVENT("message_start",                                                                     \
	      ",'message':{'id':'msg_1','type':'message','role':'assistant','model':'c','content'" \
	      ":[],'usage':{'input_tokens':1,'output_tokens':1}}")
#define BLOCK(i, head)  EVENT("content_block_start", ",'index':" i ",'content_block':{" head "}")
#define PIECE(i, delta) EVENT("content_block_delta", ",'index':" i ",'delta':{" delta "}")
#define STOP(i)         EVENT("content_block_stop", ",'index':" i)
#define CLAUDE_END(why)                                                                          \
	EVENT("message_delta", ",'delta':{'stop_reason':'" why "'},'usage':{'output_tokens':5}") \
	EVENT("message_stop", "")
#define TEXT_BLOCK(i, text)                 \
	BLOCK(i, "'type':'text','text':''") \
	PIECE(i, "'type':'text_delta','text':'" text "'") STOP(i)
#define TOOL_BLOCK(i, name)                                                      \
	BLOCK(i, "'type':'tool_use','id':'t" i "','name':'" name "','input':{}") \
	PIECE(i, "'type':'input_json_delta','partial_json':'{}'") STOP(i)

/* Numbers count from 0 without gaps, and each event's name is its type. */
static void counts(struct aip_str sse)
{
	char number[48];
	ptrdiff_t at;

	for (int n = 0; (at = aip_str_find(sse, AIP_LIT("event: "))) >= 0; n++) {
		sse = aip_strn(sse.at + at + 7, sse.len - (size_t)at - 7);
		ptrdiff_t end = aip_str_find(sse, AIP_LIT("\n"));
		struct aip_str head =
			aip_arena_printf(arena, "\ndata: {\"type\":\"%.*s\",", (int)end, sse.at);
		CHECK(aip_str_starts(aip_strn(sse.at + end, sse.len - (size_t)end), head));
		snprintf(number, sizeof(number), "\"sequence_number\":%d,", n);
		CHECK_INT_EQ(aip_str_find(aip_strn(sse.at + end, sse.len - (size_t)end),
		                          aip_str(number)),
		             (long)head.len);
	}
}

TEST(events_come_in_the_grammars_order_and_count)
{
	struct aip_str sse = CHAT(DELTA("{'role':'assistant','content':'a'}")
	                                  DELTA("{'content':'b'}") FINISH("stop") USAGE DONE);

	CHECK_STR_EQ(types(sse), "created in_progress output_item.added content_part.added "
	                         "output_text.delta output_text.delta output_text.done "
	                         "content_part.done output_item.done completed");
	counts(sse);
	CHECK_INT_EQ(times(sse, "'text':'ab'"), 4);
}

#define SAYS(transcript) DELTA("{'audio':{'transcript':'" transcript "'}}")

TEST(what_is_spoken_is_told_as_text)
{
	struct aip_str sse =
		CHAT(DELTA("{'role':'assistant','content':null,'audio':{'id':'audio_1'}}") SAYS("A")
	                     DELTA("{'audio':{'data':'SUQz'}}") SAYS("ye")
	                             DELTA("{'audio':{'expires_at':1760003600}}") FINISH("stop")
	                                     USAGE DONE);

	CHECK_STR_EQ(types(sse), "created in_progress output_item.added content_part.added "
	                         "output_text.delta output_text.delta output_text.done "
	                         "content_part.done output_item.done completed");
	counts(sse);
	CHECK_INT_EQ(times(sse, "'text':'Aye'"), 4);
	HAS_NO(sse, "SUQz");
	HAS(whole(AIP_CHAT, AIP_RESPONSES,
	          quoted("{'id':'x','choices':[{'index':0,'message':{'role':'assistant','content':"
	                 "null,'audio':{'id':'audio_1','data':'SUQz','expires_at':1760003600,"
	                 "'transcript':'Aye'}},'finish_reason':'stop'}]}")),
	    "'content':[{'type':'output_text','text':'Aye','annotations':[],'logprobs':[]}]");
}

TEST(sound_without_words_is_no_message)
{
	struct aip_str sse = CHAT(DELTA("{'audio':{'id':'audio_1'}}")
	                                  DELTA("{'audio':{'data':'SUQz'}}") FINISH("stop") DONE);

	CHECK_STR_EQ(types(sse), "created in_progress completed");
}

TEST(items_are_done_without_a_finish_reason)
{
	struct aip_str sse = CHAT(DELTA("{'content':'a'}") DONE);

	HAS(types(sse), "output_item.done completed");
}

TEST(the_terminals_output_is_the_done_items)
{
	struct aip_str sse = CLAUDE(CLAUDE_START TEXT_BLOCK("0", "a") TOOL_BLOCK("1", "f")
	                                    TOOL_BLOCK("2", "g") CLAUDE_END("tool_use"));
	ptrdiff_t end = aip_str_find(sse, AIP_LIT("event: response.completed"));
	struct aip_str terminal = aip_strn(sse.at + end, sse.len - (size_t)end);
	ptrdiff_t f = aip_str_find(terminal, AIP_LIT("\"name\":\"f\""));

	CHECK_INT_EQ(times(sse, "event: response.output_item.done"), 3);
	CHECK(f > 0 && f > aip_str_find(terminal, AIP_LIT("\"text\":\"a\"")) &&
	      f < aip_str_find(terminal, AIP_LIT("\"name\":\"g\"")));
	CHECK_INT_EQ(times(terminal, "'status':'completed'"), 4);
}

TEST(the_terminal_waits_for_the_usage)
{
	struct aip_str sse = CHAT(DELTA("{'content':'a'}") FINISH("stop") USAGE DONE);

	HAS(sse, "'usage':{'input_tokens':3,'input_tokens_details':{'cached_tokens':0,'cache_write_"
	         "tokens':0},"
	         "'output_tokens':4,'output_tokens_details':{'reasoning_tokens':0},"
	         "'total_tokens':7}}}");
}

TEST(what_was_cut_is_incomplete)
{
	struct aip_str sse = CHAT(DELTA("{'content':'a'}") FINISH("length") DONE);

	HAS(sse, "event: response.incomplete");
	HAS(sse, "'incomplete_details':{'reason':'max_output_tokens'}");
	HAS(sse, "'type':'message','status':'incomplete'");
	sse = CHAT(DELTA("{'content':'a'}") FINISH("content_filter") DONE);
	HAS(sse, "'incomplete_details':{'reason':'content_filter'}");
	HAS_NO(sse, "response.completed");
}

TEST(a_cut_call_is_incomplete)
{
	struct aip_str sse = CHAT(DELTA("{'tool_calls':[{'index':0,'id':'a','type':'function',"
	                                "'function':{'name':'f','arguments':'{\\'x\\':'}}]}")
	                                  FINISH("length") DONE);

	HAS(sse, "'type':'function_call','status':'incomplete'");
	HAS(sse, "event: response.incomplete");
}

TEST(items_have_indices_of_their_own)
{
	struct aip_str sse = CLAUDE(
		CLAUDE_START BLOCK("0", "'type':'thinking','thinking':''")
			PIECE("0", "'type':'thinking_delta','thinking':'hm'") STOP("0")
				TEXT_BLOCK("1", "a") TOOL_BLOCK("2", "f") CLAUDE_END("tool_use"));

	HAS(sse, "'output_index':0,'item':{'id':'rs_");
	HAS(sse, "'output_index':1,'item':{'id':'msg_");
	HAS(sse, "'output_index':2,'item':{'id':'fc_");
	HAS_NO(sse, "'output_index':3");
}

TEST(only_the_first_choice_is_told)
{
	struct aip_str sse = CHAT(DELTA(
		"{'content':'a'}") "data: {'id':'x','choices':[{'index':1,"
	                           "'delta':{'content':'other'},'finish_reason':null}]}\n\n" FINISH(
					   "stop") DONE);

	HAS_NO(sse, "other");
	HAS_NO(sse, "'output_index':1");
}

TEST(reasoning_is_closed_before_the_message_opens)
{
	struct aip_str sse = CHAT(DELTA("{'reasoning_content':'hm'}") DELTA("{'content':'a'}")
	                                  FINISH("stop") DONE);

	CHECK_STR_EQ(types(sse),
	             "created in_progress output_item.added reasoning_summary_part.added "
	             "reasoning_summary_text.delta reasoning_summary_text.done "
	             "reasoning_summary_part.done output_item.done output_item.added "
	             "content_part.added output_text.delta output_text.done content_part.done "
	             "output_item.done completed");
}

TEST(arguments_done_has_name_and_all_arguments)
{
	struct aip_str sse = CHAT(
		DELTA("{'tool_calls':[{'index':0,'id':'a','type':'function','function':{'name':'f',"
	              "'arguments':''}}]}")
			DELTA("{'tool_calls':[{'index':0,'function':{'arguments':"
	                      "'{\\'x\\':'}}]}") DELTA("{'tool_calls':[{'index':0,"
	                                               "'function':{'arguments':'1}"
	                                               "'}}]}") FINISH("tool_calls") DONE);

	HAS(sse, "'name':'f','arguments':'{\\'x\\':1}'}");
	HAS(sse, "'call_id':'a'");
}

/* The request that the next answers answer. */
static void asked(const char *rest)
{
	TO_CHAT("'input':'hi'");
	const struct aip_wire_in in = {
		.body = quoted(aip_arena_printf(arena, "{'model':'m','input':'hi',%s}", rest).at)};
	struct aip_request *request = NULL;
	CHECK_INT_EQ(codec->read_request(&ctx, &in, &request, &error), AIP_OK);
	ctx.request = request;
}

TEST(custom_calls_return_as_such)
{
	asked("'tools':[{'type':'custom','name':'p'}]");
	struct aip_str sse = CHAT(
		DELTA("{'tool_calls':[{'index':0,'id':'a','type':'function','function':{'name':'p',"
	              "'arguments':'{\\'input\\':'}}]}")
			DELTA("{'tool_calls':[{'index':0,'function':{'arguments':"
	                      "'\\'say \\\\n\\'}'}}]}") FINISH("tool_calls") DONE);

	HAS(sse, "'type':'custom_tool_call','status':'in_progress','call_id':'a','name':'p'");
	HAS(types(sse),
	    "output_item.added custom_tool_call_input.delta custom_tool_call_input.done "
	    "output_item.done");
	HAS_NO(sse, "\\'input\\'");
	HAS_NO(sse, "function_call");
}

TEST(a_custom_call_returns_as_such_when_its_name_comes_late)
{
	asked("'tools':[{'type':'custom','name':'p'}]");
	struct aip_str sse =
		CHAT(DELTA("{'tool_calls':[{'index':0,'id':'a','type':'function','function':{"
	                   "'arguments':'{\\'input\\':'}}]}")
	                     DELTA("{'tool_calls':[{'index':0,'function':{'name':'p','arguments':"
	                           "'\\'say\\'}'}}]}") FINISH("tool_calls") DONE);

	HAS(sse, "'type':'custom_tool_call','status':'in_progress','call_id':'a','name':'p'");
	HAS(sse, "'input':'say'");
	HAS_NO(sse, "function_call");
}

TEST(there_is_no_done_line_and_no_output_text_on_top)
{
	struct aip_str sse = CHAT(DELTA("{'content':'a'}") FINISH("stop") DONE);

	HAS_NO(sse, "[DONE]");
	HAS_NO(sse, "'output_text':");
}

TEST(names_of_namespaces_come_back_apart)
{
	TO_CHAT(HI ",'tools':[{'type':'namespace','name':'n','tools':[" FUNCTION("f") "]}]");
	struct aip_str sse = CHAT(DELTA("{'tool_calls':[{'index':0,'id':'a','type':'function',"
	                                "'function':{'name':'n__f','arguments':'{}'}}]}")
	                                  FINISH("tool_calls") DONE);

	HAS(sse, "'namespace':'n','name':'f'");
}

TEST(names_that_were_mended_come_back_in_their_namespace)
{
	TO_OWN(HI
	       ",'tools':[{'type':'function','name':'get.it','parameters':{}},{'type':'namespace',"
	       "'name':'n','tools':[{'type':'function','name':'get it','parameters':{}}]}]");
	struct aip_str sse = stream(
		AIP_RESPONSES, AIP_RESPONSES,
		quoted(EVENT(
			"response.output_item.done",
			",'output_index':0,'item':{'type':'function_call','id':'fc_1','call_id':"
			"'a','name':'get_it','arguments':'{}','status':'completed'}")
	                       EVENT("response.output_item.done",
	                             ",'output_index':1,'item':{'type':'function_call','id':'fc_2',"
	                             "'call_id':'b','namespace':'n','name':'get_it','arguments':'{}"
	                             "',"
	                             "'status':'completed'}")
	                               EVENT("response.completed",
	                                     ",'response':{'id':'resp_1','status':'completed',"
	                                     "'output':[]}")),
		AIP_EOF_COMPLETE);

	HAS(sse, "'name':'get.it'");
	HAS(sse, "'namespace':'n','name':'get it'");
	HAS_NO(sse, "get_it");
}

TEST(answers_echo_what_was_asked)
{
	asked("'instructions':'be','max_output_tokens':99,'metadata':{'k' : 'v'},"
	      "'parallel_tool_calls':false,'tools':[" FUNCTION(
		      "f") "],'tool_choice':'none',"
	                   "'reasoning':{'effort':'low'},'text':{'verbosity':'low'},'temperature':"
	                   "0.20,"
	                   "'top_p':0.5,'truncation':'auto','user':'u','prompt_cache_key':'k'");
	struct aip_str sse = CHAT(DELTA("{'content':'a'}") FINISH("stop") DONE);

	for (int i = 0; i < 2; i++) {
		HAS(sse, "'instructions':'be'");
		HAS(sse, "'max_output_tokens':99");
		HAS(sse, "'metadata':{'k' : 'v'}");
		HAS(sse, "'parallel_tool_calls':false");
		HAS(sse, "'tools':[" FUNCTION("f") "]");
		HAS(sse, "'tool_choice':'none'");
		HAS(sse, "'reasoning':{'effort':'low','summary':null}");
		HAS(sse, "'text':{'verbosity':'low','format':{'type':'text'}}");
		HAS(sse, "'temperature':0.20");
		HAS(sse, "'top_p':0.5");
		HAS(sse, "'truncation':'auto'");
		HAS(sse, "'user':'u'");
		HAS(sse, "'store':false");
		HAS(sse, "'model':'asked'");
		sse = whole(AIP_CHAT, AIP_RESPONSES,
		            quoted("{'id':'x','choices':[{'index':0,'message':{'role':'assistant',"
		                   "'content':'a'},'finish_reason':'stop'}]}"));
	}
}

TEST(a_line_end_of_the_client_breaks_no_event)
{
	asked("'tools':[\n" FUNCTION("f") "\r\n]");
	struct aip_str sse = CHAT(DELTA("{'content':'a\\\\nb'}") FINISH("stop") DONE);

	HAS(sse, "'tools':[ " FUNCTION("f") "  ]");
	CHECK_INT_EQ(times(sse, "\n\n"), times(sse, "event: "));
	CHECK_INT_EQ(times(sse, "\n"), 3 * times(sse, "event: "));
}

TEST(texts_in_a_row_are_one_message)
{
	struct aip_str sse = CLAUDE(CLAUDE_START TEXT_BLOCK("0", "a") TEXT_BLOCK(
		"1", "b") TOOL_BLOCK("2", "f") TEXT_BLOCK("3", "c") CLAUDE_END("end_turn"));

	CHECK_INT_EQ(times(sse, "event: response.output_item.added"), 3);
	HAS(sse, "'content_index':1,'delta':'b'");
	HAS(sse, "'output_index':2,'content_index':0,'delta':'c'");
}

TEST(a_signature_is_encrypted_content_of_the_done_item)
{
	struct aip_str sse = CLAUDE(
		CLAUDE_START BLOCK("0", "'type':'thinking','thinking':''")
			PIECE("0", "'type':'thinking_delta','thinking':'hm'")
				PIECE("0", "'type':'signature_delta','signature':'SIG'") STOP("0")
					TEXT_BLOCK("1", "a") CLAUDE_END("end_turn"));

	CHECK_INT_EQ(times(sse, "'encrypted_content':'gw1."), 2);
	HAS_NO(sse, "SIG");
	HAS(sse, "'summary':[{'type':'summary_text','text':'hm'}],'encrypted_content'");
}

TEST(redacted_thinking_is_never_shown)
{
	struct aip_str sse = CLAUDE(CLAUDE_START BLOCK("0", "'type':'redacted_thinking','data':'R'")
	                                    STOP("0") TEXT_BLOCK("1", "a") CLAUDE_END("end_turn"));

	HAS(sse, "'type':'reasoning','summary':[],'encrypted_content':'gw1.");
	HAS_NO(sse, "'R'");
}

/* As the upstream's own stream had it: a head, its code in pieces, the item. */
TEST(an_item_of_the_upstreams_own_begins_without_what_it_comes_to)
{
#define RAN                                                                                   \
	"{'id':'ci_1','type':'code_interpreter_call','status':'completed','code':'print(1)'," \
	"'container_id':'cntr_1','outputs':[{'type':'logs','logs':'1'}]}"
	struct aip_str sse = stream(
		AIP_RESPONSES, AIP_RESPONSES,
		quoted(EVENT("response.created", ",'response':{'id':'resp_1','output':[]}") EVENT(
			"response.output_item.done", ",'output_index':0,'item':" RAN)
	                       EVENT("response.completed", ",'response':{'id':'resp_1','status':"
	                                                   "'completed','output':[" RAN "]}")),
		AIP_EOF_COMPLETE);

	HAS(sse, "'item':{'id':'ci_1','type':'code_interpreter_call','status':'in_progress',"
	         "'code':'','container_id':'cntr_1','outputs':null}");
	HAS(sse, "'type':'response.code_interpreter_call_code.done'");
	HAS(sse, "'item':" RAN);
	counts(sse);
}

/* Anthropic tells what it found in a block of its own, Google with the search itself. */
TEST(the_pages_of_a_search_are_shown_to_who_asks_for_them)
{
#define SEARCHED                                                                                   \
	BLOCK("0", "'type':'server_tool_use','id':'s1','name':'web_search','input':{'query':'q'}") \
	STOP("0")                                                                                  \
	BLOCK("1", "'type':'web_search_tool_result','tool_use_id':'s1','content':[{'type':"        \
	           "'web_search_result','url':'https://a','title':'A'}]")                          \
	STOP("1")
	struct aip_request asks = {
		.include = aip_name_new(arena, AIP_LIT("web_search_call.action.sources"))};

	HAS_NO(CLAUDE(CLAUDE_START SEARCHED TEXT_BLOCK("2", "x") CLAUDE_END("end_turn")),
	       "sources");
	ctx.request = &asks;
	struct aip_str sse =
		CLAUDE(CLAUDE_START SEARCHED TEXT_BLOCK("2", "x") CLAUDE_END("end_turn"));
	HAS(sse, "'queries':['q'],'sources':[{'type':'url','url':'https://a'}]}}");
	counts(sse);
	HAS(whole(AIP_GEMINI, AIP_RESPONSES,
	          quoted("{'candidates':[{'content':{'parts':[{'text':'x'}]},'finishReason':'STOP',"
	                 "'groundingMetadata':{'webSearchQueries':['q'],'groundingChunks':[{'web':{"
	                 "'uri':'https://b','title':'B'}}]}}]}")),
	    "'sources':[{'type':'url','url':'https://b'}]");
	HAS(CLAUDE(CLAUDE_START BLOCK("0", "'type':'server_tool_use','id':'s1','name':"
	                                   "'web_search','input':{}") STOP("0")
	                   CLAUDE_END("end_turn")),
	    "'type':'web_search_call','status':'completed'");
}

TEST(hidden_tools_take_no_index)
{
	struct aip_str sse = CLAUDE(CLAUDE_START BLOCK(
		"0", "'type':'server_tool_use','id':'srvtoolu_1','name':'web_fetch',"
		     "'input':{}") STOP("0") TEXT_BLOCK("1", "a") CLAUDE_END("end_turn"));

	HAS(sse, "'output_index':0,'item':{'id':'msg_");
	HAS_NO(sse, "'output_index':1");
}

TEST(state_of_a_call_stands_in_reasoning_before_it)
{
	struct aip_str sse =
		stream(AIP_GEMINI, AIP_RESPONSES,
	               quoted("data: {'candidates':[{'index':0,'content':{'role':'model','parts':[{"
	                      "'functionCall':{'name':'f','args':{}},'thoughtSignature':'U0lH'}]},"
	                      "'finishReason':'STOP'}]}\n\n"),
	               AIP_EOF_COMPLETE);

	HAS(sse, "'output_index':0,'item':{'id':'rs_");
	HAS(sse, "'summary':[],'encrypted_content':'gw1.");
	HAS(sse, "'output_index':1,'item':{'id':'fc_");
}

TEST(an_error_after_the_start_fails_the_response)
{
	struct aip_str sse = CHAT(
		DELTA("{'content':'a'}") "data: {'error':{'message':'slow down','code':"
					 "'rate_limit_exceeded'}}\n\n" DELTA("{'content':'b'}"));

	CHECK_STR_EQ(types(sse), "created in_progress output_item.added content_part.added "
	                         "output_text.delta failed");
	HAS(sse, "'status':'failed'");
	HAS(sse, "'error':{'code':'rate_limit_exceeded','message':'slow down'}");
	counts(sse);
}

TEST(an_error_of_a_relay_goes_on_counting)
{
	struct aip_error broken = {.status = AIP_UPSTREAM_BROKEN, .message = "cut"};
	const struct aip_event event = {.kind = AIP_EV_ERROR, .error = &broken};

	stream(AIP_RESPONSES, AIP_RESPONSES,
	       quoted(EVENT("response.created", ",'sequence_number':0,'response':{'id':'resp_1'}")
	                      EVENT("response.unheard_of", ",'sequence_number':41")),
	       AIP_EOF_CUT);
	struct aip_encoder *encoder = codec->encoder_new(&ctx);
	aip_buf_clear(&out);
	CHECK_INT_EQ(codec->encoder_event(encoder, &event, &out), AIP_OK);
	codec->encoder_fini(encoder);
	CHECK_STR_EQ(aip_buf_str(&out),
	             "event: error\ndata: {\"type\":\"error\",\"sequence_number\":42,\"code\":"
	             "\"bad_gateway\",\"message\":\"cut\",\"param\":null}\n\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(events_come_in_the_grammars_order_and_count),
		HERE(what_is_spoken_is_told_as_text),
		HERE(sound_without_words_is_no_message),
		HERE(items_are_done_without_a_finish_reason),
		HERE(the_terminals_output_is_the_done_items),
		HERE(the_terminal_waits_for_the_usage),
		HERE(what_was_cut_is_incomplete),
		HERE(a_cut_call_is_incomplete),
		HERE(items_have_indices_of_their_own),
		HERE(only_the_first_choice_is_told),
		HERE(reasoning_is_closed_before_the_message_opens),
		HERE(arguments_done_has_name_and_all_arguments),
		HERE(custom_calls_return_as_such),
		HERE(a_custom_call_returns_as_such_when_its_name_comes_late),
		HERE(there_is_no_done_line_and_no_output_text_on_top),
		HERE(names_of_namespaces_come_back_apart),
		HERE(names_that_were_mended_come_back_in_their_namespace),
		HERE(answers_echo_what_was_asked),
		HERE(a_line_end_of_the_client_breaks_no_event),
		HERE(texts_in_a_row_are_one_message),
		HERE(a_signature_is_encrypted_content_of_the_done_item),
		HERE(redacted_thinking_is_never_shown),
		HERE(hidden_tools_take_no_index),
		HERE(the_pages_of_a_search_are_shown_to_who_asks_for_them),
		HERE(an_item_of_the_upstreams_own_begins_without_what_it_comes_to),
		HERE(state_of_a_call_stands_in_reasoning_before_it),
		HERE(an_error_after_the_start_fails_the_response),
		HERE(an_error_of_a_relay_goes_on_counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
