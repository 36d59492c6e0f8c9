/* Streams and whole answers of Responses upstreams, as clients of other dialects get them. */
#include "openai_responses.h"

#define EVENT(type, rest) "data: {'type':'" type "'" rest "}\n\n"
#define CREATED           EVENT("response.created", ",'response':{'id':'resp_1','created_at':7,'model':'u'}")
#define COMPLETED(rest) \
	EVENT("response.completed", ",'response':{'id':'resp_1','status':'completed'" rest "}")
#define ITEM(i, item) EVENT("response.output_item.done", ",'output_index':" i ",'item':{" item "}")
#define ADDED(i, item) \
	EVENT("response.output_item.added", ",'output_index':" i ",'item':{" item "}")
#define TEXT(i, text)                       \
	EVENT("response.output_text.delta", \
	      ",'output_index':" i ",'content_index':0,'delta':'" text "'")
#define ARGS(i, text) \
	EVENT("response.function_call_arguments.delta", ",'output_index':" i ",'delta':'" text "'")
#define FN(id, name, args)                                                         \
	"'type':'function_call','id':'fc_" id "','call_id':'" id "','name':'" name \
	"','arguments':'" args "'"
#define MESSAGE(text)                                                                        \
	"'type':'message','role':'assistant','content':[{'type':'output_text','text':'" text \
	"','annotations':[]}]"
#define CHAT(sse)   stream(AIP_RESPONSES, AIP_CHAT, quoted(sse), AIP_EOF_COMPLETE)
#define CLAUDE(sse) stream(AIP_RESPONSES, AIP_CLAUDE, quoted(sse), AIP_EOF_COMPLETE)

TEST(the_first_chunk_has_role_and_model)
{
	struct aip_str sse = CHAT(CREATED ADDED("0", FN("a", "f", "")) ARGS("0", "{}")
	                                  ITEM("0", FN("a", "f", "{}")) COMPLETED(""));

	CHECK_INT_EQ(times(sse, "'role':'assistant'"), 1);
	CHECK(aip_str_find(sse, AIP_LIT("assistant")) < aip_str_find(sse, AIP_LIT("tool_calls")));
	CHECK_INT_EQ(times(sse, "'model':'asked'"), times(sse, "chat.completion.chunk"));
	HAS_NO(sse, "'content':null");
}

TEST(mixed_calls_keep_their_index)
{
	struct aip_str sse = CHAT(
		CREATED ADDED("0", FN("a", "f", "")) ADDED("1", FN("b", "g", "")) ARGS("0", "{")
			ARGS("1", "[") ARGS("0", "}") ARGS("1", "]") ITEM("1", FN("b", "g", "[]"))
				ITEM("0", FN("a", "f", "{}")) COMPLETED(""));

	HAS(sse, "'index':0,'id':'a'");
	HAS(sse, "'index':1,'id':'b'");
	HAS(sse, "{'index':0,'function':{'arguments':'}'}}");
	HAS(sse, "{'index':1,'function':{'arguments':']'}}");
	HAS(sse, "'finish_reason':'tool_calls'");
}

TEST(text_of_the_done_item_alone_is_told_once)
{
	struct aip_str sse = CHAT(CREATED ITEM("0", MESSAGE("words"))
	                                  COMPLETED(",'output':[{" MESSAGE("words") "}]"));

	CHECK_INT_EQ(times(sse, "words"), 1);
}

TEST(text_that_was_streamed_is_not_told_again)
{
	struct aip_str sse = CHAT(
		CREATED TEXT("0", "wo") TEXT("0", "rds") EVENT(
			"response.output_text.done", ",'output_index':0,'content_index':0,"
						     "'text':'words'")
			EVENT("response.content_part.done",
	                      ",'output_index':0,'content_index':0,'part':{'type':'output_text',"
	                      "'text':'words'}") ITEM("0", MESSAGE("words"))
				COMPLETED(",'output':[{" MESSAGE("words") "}]"));

	HAS(sse, "'content':'wo'");
	HAS(sse, "'content':'rds'");
	HAS_NO(sse, "words");
}

TEST(what_only_a_done_event_tells_is_told_once)
{
	struct aip_str sse =
		CLAUDE(CREATED EVENT("response.reasoning_summary_text.done",
	                             ",'output_index':0,'summary_index':0,'text':'thought'")
	                       EVENT("response.output_text.done",
	                             ",'output_index':1,'content_index':0,'text':'words'")
	                               COMPLETED(",'output':[]"));

	CHECK_INT_EQ(times(sse, "thought'"), 1);
	CHECK_INT_EQ(times(sse, "words"), 1);
}

TEST(parts_of_a_summary_that_no_delta_brought_are_told)
{
	struct aip_str sse = CLAUDE(
		CREATED EVENT("response.reasoning_summary_text.delta",
	                      ",'output_index':0,'summary_index':0,'delta':'one'")
			ITEM("0",
	                     "'type':'reasoning','id':'rs_1','summary':[{'text':'one'},{'text':"
	                     "'two'}]") TEXT("1", "a") COMPLETED(""));

	CHECK_INT_EQ(times(sse, "one"), 1);
	CHECK_INT_EQ(times(sse, "two"), 1);
}

TEST(items_only_in_the_terminal_are_told)
{
	struct aip_str sse = CHAT(
		CREATED COMPLETED(",'output':[{" MESSAGE("words") "},{" FN("a", "f", "{}") "}]"));

	CHECK_INT_EQ(times(sse, "words"), 1);
	HAS(sse, "'id':'a'");
}

TEST(failures_become_an_error_of_the_right_kind)
{
	static const char *const cases[][2] = {
		{"rate_limit_exceeded", "rate_limit_error"},
		{"server_error", "server_error"},
		{"invalid_prompt", "invalid_request_error"},
		{"invalid_base64_image", "invalid_request_error"},
		{"image_content_policy_violation", "invalid_request_error"},
		{"context_length_exceeded", "invalid_request_error"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct aip_str failed = aip_arena_printf(
			arena,
			CREATED TEXT("0",
		                     "a") "data: {'type':'response.failed','response':{'status':"
					  "'failed','error':{'code':'%s','message':'why'}}}\n\n",
			cases[i][0]);
		struct aip_str sse =
			stream(AIP_RESPONSES, AIP_CHAT, quoted(failed.at), AIP_EOF_COMPLETE);
		HAS(sse,
		    aip_arena_printf(arena, "{'error':{'message':'why','type':'%s'", cases[i][1])
		            .at);
		HAS_NO(sse, "[DONE]");
	}
	HAS(CHAT(CREATED TEXT("0", "a") EVENT("error", ",'code':'server_error','message':'flat'")),
	    "'message':'flat'");
	HAS(CHAT(CREATED TEXT("0", "a") EVENT("error", ",'error':{'message':'nested'}")),
	    "'message':'nested'");
}

/* The error of an answer that is nothing else. */
static const struct aip_error *failure(const char *body)
{
	whole(AIP_RESPONSES, AIP_CHAT, quoted(body));
	return &error;
}

TEST(an_error_tells_its_status_and_how_long_to_wait)
{
	CHECK_INT_EQ(failure("{'error':{'type':'usage_limit_reached','message':'m','resets_at':"
	                     "1760000090}}")
	                     ->status,
	             AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.retry_after_ms, 90000);
	CHECK_INT_EQ(failure("{'error':{'type':'usage_limit_reached','message':'m','resets_at':"
	                     "1,'resets_in_seconds':30}}")
	                     ->retry_after_ms,
	             30000);
	CHECK_INT_EQ(failure("{'error':{'message':'m','status_code':503}}")->status,
	             AIP_UNAVAILABLE);
	CHECK_INT_EQ(failure("{'status':'cancelled','output':[]}")->status, AIP_UPSTREAM_ERROR);
}

TEST(an_empty_last_message_erases_nothing)
{
	struct aip_str body =
		whole(AIP_RESPONSES, AIP_CHAT,
	              quoted("{'id':'resp_1','status':'completed','output':[{" MESSAGE(
			      "words") "},{'type':'message','role':'assistant',"
	                               "'content':[]}]}"));

	HAS(body, "'content':'words'");
}

TEST(a_generated_image_is_one_image)
{
	struct aip_str sse =
		CHAT(CREATED ADDED("0", "'type':'image_generation_call','id':'ig_1'") EVENT(
			"response.image_generation_call.partial_image",
			",'output_index':0,'partial_image_index':0,'partial_image_b64':'QUFB'")
	                     ITEM("0", "'type':'image_generation_call','id':'ig_1','result':'QkJC'")
	                             COMPLETED(""));

	CHECK_INT_EQ(times(sse, "QkJC"), 1);
	HAS_NO(sse, "QUFB");
}

TEST(a_stream_that_stops_is_an_error)
{
	HAS(stream(AIP_RESPONSES, AIP_CHAT, quoted(CREATED TEXT("0", "a")), AIP_EOF_COMPLETE),
	    "{'error':{");
	HAS(stream(AIP_RESPONSES, AIP_CHAT, quoted(CREATED TEXT("0", "a")), AIP_EOF_CUT),
	    "{'error':{");
	HAS_NO(stream(AIP_RESPONSES, AIP_CHAT, quoted(CREATED TEXT("0", "a")), AIP_EOF_COMPLETE),
	       "[DONE]");
}

TEST(a_cut_call_is_never_whole)
{
	struct aip_str sse = stream(AIP_RESPONSES, AIP_RESPONSES,
	                            quoted(CREATED ADDED("0", FN("a", "f", "")) ARGS("0", "{\\'x")),
	                            AIP_EOF_COMPLETE);

	HAS_NO(sse, "function_call_arguments.done");
	HAS(types(sse), "failed");
}

TEST(json_where_a_stream_was_asked_for_is_read)
{
	struct aip_str sse =
		CHAT("\n {'id':'resp_1','status':'completed','output':[{" MESSAGE("words") "}]}");

	HAS(sse, "'content':'words'");
	HAS(sse, "[DONE]");
	HAS(CHAT("{'error':{'message':'no'}}"), "'message':'no'");
	HAS(CHAT("{'type':'response.completed','response':{'status':'completed','output':["
	         "{" MESSAGE("words") "}]}}"),
	    "words");
}

TEST(a_call_without_a_name_vanishes)
{
	struct aip_str sse = CLAUDE(CREATED TEXT("0", "a") ADDED(
		"1", "'type':'function_call','id':'fc_1','call_id':'a','arguments':''")
	                                    ARGS("1", "{}") COMPLETED(",'output':[]"));

	HAS_NO(sse, "tool_use");
	HAS(sse, "'stop_reason':'end_turn'");
}

TEST(summary_parts_are_one_block)
{
#define SUMMARY(n, text)                               \
	EVENT("response.reasoning_summary_text.delta", \
	      ",'output_index':0,'summary_index':" n ",'delta':'" text "'")
	struct aip_str sse = CLAUDE(CREATED SUMMARY("0", "one") SUMMARY("1", "two") ITEM(
		"0", "'type':'reasoning','id':'rs_1','summary':[{'text':'one'},{'text':'two'}],"
		     "'encrypted_content':'E'") TEXT("1", "a") COMPLETED(""));

	CHECK_INT_EQ(times(sse, "'type':'thinking'"), 1);
	CHECK_INT_EQ(times(sse, "signature_delta"), 1);
	CHECK_INT_EQ(times(sse, "event: content_block_start"), 2);
	CHECK_INT_EQ(times(sse, "event: content_block_stop"), 2);
}

TEST(the_final_state_counts_and_not_the_partial_one)
{
	struct aip_str sse =
		stream(AIP_RESPONSES, AIP_RESPONSES,
	               quoted(CREATED ADDED("0", "'type':'reasoning','id':'rs_1','summary':[],"
	                                         "'encrypted_content':'part'")
	                              ITEM("0", "'type':'reasoning','id':'rs_1','summary':[],"
	                                        "'encrypted_content':'whole'") TEXT("1", "a")
	                                      COMPLETED("")),
	               AIP_EOF_COMPLETE);

	HAS(sse, "{'id':'rs_1','type':'reasoning','summary':[],'encrypted_content':'whole'}");
	HAS_NO(sse, "'encrypted_content':'part'");
}

TEST(an_item_too_many_is_an_error)
{
	struct aip_buf sse;
	char event[160];

	aip_buf_init(&sse, OUT_MAX);
	for (int i = 0; i < 5000; i++) {
		snprintf(event, sizeof(event),
		         "data: "
		         "{\"type\":\"response.refusal.delta\",\"output_index\":%d,\"delta\":\"\"}"
		         "\n\n",
		         i * 1000 - 7);
		aip_buf_add(&sse, aip_str(event));
	}
	HAS(stream(AIP_RESPONSES, AIP_CHAT, aip_buf_str(&sse), AIP_EOF_COMPLETE), "more than");
	aip_buf_fini(&sse);
}

TEST(incomplete_has_its_reasons)
{
#define INCOMPLETE(why)              \
	EVENT("response.incomplete", \
	      ",'response':{'status':'incomplete','incomplete_details':{'reason':'" why "'}}")
	HAS(CLAUDE(CREATED TEXT("0", "a") INCOMPLETE("max_output_tokens")),
	    "'stop_reason':'max_tokens'");
	HAS(CLAUDE(CREATED TEXT("0", "a") INCOMPLETE("content_filter")), "'stop_reason':'refusal'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(the_first_chunk_has_role_and_model),
		HERE(mixed_calls_keep_their_index),
		HERE(text_of_the_done_item_alone_is_told_once),
		HERE(text_that_was_streamed_is_not_told_again),
		HERE(what_only_a_done_event_tells_is_told_once),
		HERE(parts_of_a_summary_that_no_delta_brought_are_told),
		HERE(items_only_in_the_terminal_are_told),
		HERE(failures_become_an_error_of_the_right_kind),
		HERE(an_error_tells_its_status_and_how_long_to_wait),
		HERE(an_empty_last_message_erases_nothing),
		HERE(a_generated_image_is_one_image),
		HERE(a_stream_that_stops_is_an_error),
		HERE(a_cut_call_is_never_whole),
		HERE(json_where_a_stream_was_asked_for_is_read),
		HERE(a_call_without_a_name_vanishes),
		HERE(summary_parts_are_one_block),
		HERE(the_final_state_counts_and_not_the_partial_one),
		HERE(an_item_too_many_is_an_error),
		HERE(incomplete_has_its_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
