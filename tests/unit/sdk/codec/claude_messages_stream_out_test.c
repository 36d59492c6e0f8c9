/* The strict grammar of the streams that the Anthropic Messages codec writes. */
#include "claude_messages.h"

TEST(calls_that_run_side_by_side_are_told_one_behind_the_other)
{
	CHECK_STR_EQ(
		told("start; call 0 f a; call 1 g b; 0={\"x\":; 1={}; 0=1}; stop 0; stop 1; "
	             "finish tool_use; usage 3 5; end"),
		"message_start; start 0 tool_use; 0={\"x\":; 0=1}; stop 0; start 1 tool_use; 1={}; "
		"stop 1; tool_use 5; message_stop");
}

TEST(text_ends_when_a_call_starts_and_goes_on_behind_it)
{
	CHECK_STR_EQ(told("start; text 0; 0=Hm; call 1 f a; 0= so; 1={}; stop 1; stop 0; finish "
	                  "tool_use; "
	                  "end"),
	             "message_start; start 0 text; 0=Hm; stop 0; start 1 tool_use; 1={}; stop 1; "
	             "start 2 text; 2= so; stop 2; tool_use 0; message_stop");
}

TEST(thinking_ends_with_a_signature_in_every_case)
{
	CHECK_STR_EQ(told("start; think 0; 0=Hm; sig 0=s; stop 0; text 1; 1=A; stop 1; finish "
	                  "end_turn; end"),
	             "message_start; start 0 thinking; 0=Hm; "
	             "0=gw1.eyJwIjoiIiwiayI6InNpZ25hdHVyZSIsInQiOi"
	             "J0ZXh0IiwiZCI6InMifQ; stop 0; start 1 text; 1=A; stop 1; end_turn 0; "
	             "message_stop");
	CHECK_STR_EQ(
		told("start; think 0; 0=Hm; stop 0; text 1; 1=A; stop 1; finish end_turn; end"),
		"message_start; start 0 thinking; 0=Hm; 0=; stop 0; start 1 text; 1=A; stop 1; "
		"end_turn 0; message_stop");
	CHECK_STR_EQ(
		told("start; think 0; 0=Hm; stop 0; finish max_tokens; end"),
		"message_start; start 0 thinking; 0=Hm; 0=; stop 0; max_tokens 0; message_stop");
}

TEST(figures_that_come_last_are_told_once)
{
	CHECK_STR_EQ(told("start; text 0; 0=A; finish end_turn; usage 3 5; usage 3 6; end; text 1"),
	             "message_start; start 0 text; 0=A; stop 0; end_turn 5; message_stop");
	CHECK_STR_EQ(told("start; text 0; 0=A; finish end_turn; end"),
	             "message_start; start 0 text; 0=A; stop 0; end_turn 0; message_stop");
}

TEST(an_error_ends_the_stream_without_a_stop)
{
	CHECK_STR_EQ(told("start; text 0; 0=A; error; end"),
	             "message_start; start 0 text; 0=A; error");
}

TEST(free_text_is_wrapped_when_it_is_whole)
{
	CHECK_STR_EQ(told("start; custom 0 sh a; 0=ls ; 0=\"x\"; stop 0; finish tool_use; end"),
	             "message_start; start 0 tool_use; 0={\"input\":\"ls \\\"x\\\"\"}; stop 0; "
	             "tool_use 0; "
	             "message_stop");
}

TEST(a_ping_keeps_a_running_stream_alive_and_no_other)
{
	struct aip_encoder *encoder = codec->encoder_new(&ctx);
	const struct aip_event start = {.kind = AIP_EV_START}, end = {.kind = AIP_EV_END};

	codec->encoder_ping(encoder, &out);
	CHECK_INT_EQ(out.len, 0);
	codec->encoder_event(encoder, &start, &out);
	aip_buf_clear(&out);
	codec->encoder_ping(encoder, &out);
	CHECK_STR_EQ(aip_buf_str(&out), "event: ping\ndata: {\"type\":\"ping\"}\n\n");
	codec->encoder_event(encoder, &end, &out);
	aip_buf_clear(&out);
	codec->encoder_ping(encoder, &out);
	CHECK_INT_EQ(out.len, 0);
	codec->encoder_fini(encoder);
}

TEST(a_block_that_says_nothing_is_none)
{
	CHECK_STR_EQ(told("start; text 0; stop 0; call 1 f a; stop 1; finish tool_use; end"),
	             "message_start; start 0 tool_use; 0={}; stop 0; tool_use 0; message_stop");
	CHECK_STR_EQ(told("start; think 0; stop 0; text 1; 1=A; stop 1; finish end_turn; end"),
	             "message_start; start 0 text; 0=A; stop 0; end_turn 0; message_stop");
	CHECK_STR_EQ(told("start; finish end_turn; end"),
	             "message_start; end_turn 0; message_stop");
}

TEST(a_picture_is_kept_in_words)
{
	CHECK_STR_EQ(told("start; text 0; 0=A; image 1; 1=iVBO; stop 1; finish end_turn; end"),
	             "message_start; start 0 text; 0=A; stop 0; start 1 text; 1=[image]; stop 1; "
	             "end_turn 0; message_stop");
}

TEST(numbers_of_blocks_are_the_streams_own)
{
	CHECK_STR_EQ(told("start; text 3; 3=A; stop 3; server 5; 5={}; stop 5; call 9 f a; 9={}; "
	                  "stop 9; finish tool_use; end"),
	             "message_start; start 0 text; 0=A; stop 0; start 1 tool_use; 1={}; stop 1; "
	             "tool_use 0; message_stop");
}

TEST(a_call_without_a_name_leaves_no_trace)
{
	CHECK_STR_EQ(told("start; text 0; 0=A; call 1 - a; 1={}; stop 1; stop 0; finish tool_use; "
	                  "end"),
	             "message_start; start 0 text; 0=A; stop 0; end_turn 0; message_stop");
}

TEST(a_call_cut_by_the_limit_ends_as_it_is)
{
	CHECK_STR_EQ(told("start; call 0 f a; 0={\"x; finish max_tokens; end"),
	             "message_start; start 0 tool_use; 0={\"x; stop 0; max_tokens 0; message_stop");
}

TEST(half_a_call_never_passes_for_a_whole_one)
{
	CHECK_STR_EQ(
		told("start; call 0 f a; call 1 g b; 1={}; stop 1; finish max_tokens; end"),
		"message_start; start 0 tool_use; 0={; stop 0; start 1 tool_use; 1={}; stop 1; "
		"max_tokens 0; message_stop");
	CHECK_STR_EQ(told("start; call 0 f a; 0={\"x; call 1 g b; 1={\"y; finish max_tokens; end"),
	             "message_start; start 0 tool_use; 0={\"x; stop 0; start 1 tool_use; 1={\"y; "
	             "stop 1; max_tokens 0; message_stop");
	CHECK_STR_EQ(told("start; call 0 f a; finish max_tokens; end"),
	             "message_start; start 0 tool_use; stop 0; max_tokens 0; message_stop");
}

#define WHOLE_CALL(id, args) \
	"{'id':'" id "','type':'function','function':{'name':'f','arguments':'" args "'}}"
#define WHOLE_ANSWER(why, calls)                                                        \
	"{'id':'x','choices':[{'index':0,'message':{'role':'assistant','content':null," \
	"'tool_calls':[" calls "]},'finish_reason':'" why "'}]}"

static struct aip_str whole(const char *body)
{
	CHECK_INT_EQ(whole_told(AIP_CHAT, AIP_CLAUDE, quoted(body)), AIP_OK);
	return aip_buf_str(&out);
}

TEST(half_a_call_stands_in_a_whole_answer_only_where_it_shows)
{
	struct aip_str got =
		whole(WHOLE_ANSWER("length", WHOLE_CALL("a", "{}") "," WHOLE_CALL("b", "{")));
	HAS(got, "'id':'b','name':'f','input':{}}],'stop_reason':'max_tokens'");
	got = whole(WHOLE_ANSWER("length", WHOLE_CALL("a", "{") "," WHOLE_CALL("b", "{}")));
	HAS_NO(got, "'id':'a'");
	HAS(got, "'id':'b','name':'f','input':{}}],'stop_reason':'tool_use'");
	got = whole(WHOLE_ANSWER("content_filter", WHOLE_CALL("a", "{")));
	HAS(got, "'content':[],'stop_reason':'refusal'");
}

/* ---- From a Responses upstream ----------------------------------------------------------------
 */

#define R(json) "data: " json "\n\n"
#define R_START R("{'type':'response.created','response':{'id':'resp_1','model':'m','output':[]}}")
#define R_END(out)                                                                                \
	R("{'type':'response.completed','response':{'id':'resp_1','status':'completed','output':" \
	  "[" out "],'usage':{'input_tokens':100,'input_tokens_details':{'cached_tokens':60},"    \
	  "'output_tokens':7}}}")
#define R_ADDED(at, item) \
	R("{'type':'response.output_item.added','output_index':" at ",'item':" item "}")
#define R_DONE(at, item) \
	R("{'type':'response.output_item.done','output_index':" at ",'item':" item "}")
#define R_CALL(id, name)                                                            \
	"{'type':'function_call','id':'fc_" id "','call_id':'" id "','name':'" name \
	"','arguments':''}"
#define R_CALLED(id, name, args)                                                    \
	"{'type':'function_call','id':'fc_" id "','call_id':'" id "','name':'" name \
	"','arguments':'" args "'}"
#define R_ARGS(at, id, text)                                                   \
	R("{'type':'response.function_call_arguments.delta','item_id':'fc_" id \
	  "','output_index':" at ",'delta':'" text "'}")
#define R_MESSAGE "{'type':'message','id':'msg_1','role':'assistant','content':[]}"
#define R_TEXT(at, text)                                                              \
	R("{'type':'response.output_text.delta','item_id':'msg_1','output_index':" at \
	  ",'content_index':"                                                         \
	  "0,'delta':'" text "'}")
#define R_SAID(text)                                                                           \
	"{'type':'message','id':'msg_1','role':'assistant','content':[{'type':'output_text','" \
	"text':'" text "'}]}"
#define R_THINKS(id) "{'type':'reasoning','id':'" id "','summary':[],'encrypted_content':'early'}"
#define R_PART(id, at, part, text)                                                                \
	R("{'type':'response.reasoning_summary_text.delta','item_id':'" id "','output_index':" at \
	  ",'summary_index':" part ",'delta':'" text "'}")
#define R_THOUGHT(id, seal)             \
	"{'type':'reasoning','id':'" id \
	"','summary':[{'type':'summary_text','text':'x'}],'encrypted_content':'" seal "'}"

/* The signatures that stand in the stream written last, opened: "rs_1:final rs_2:…". */
static struct aip_str seals(void)
{
	struct aip_str rest = aip_buf_str(&out), all = AIP_LIT("");
	ptrdiff_t at;

	while ((at = aip_str_find(rest, AIP_LIT("\"gw1."))) >= 0) {
		rest = aip_strn(rest.at + at + 1, rest.len - (size_t)at - 1);
		struct aip_str value = aip_strn(rest.at, strcspn(rest.at, "\""));
		const struct aip_opaque *opaque =
			aip_opaque_in(arena, aip_arena_dup(arena, value), AIP_VENDOR_ANTHROPIC,
		                      AIP_OPAQUE_SIGNATURE, AIP_THINKING);
		assert_non_null(opaque);
		all = aip_arena_printf(arena, "%.*s%s%.*s:%.*s", AIP_FMT(all), all.len ? " " : "",
		                       AIP_FMT(opaque->item_id), AIP_FMT(opaque->data));
	}
	return all;
}

TEST(output_indices_of_another_dialect_are_not_block_indices)
{
	struct aip_str line =
		crossed(AIP_RESPONSES,
	                R_START R_ADDED("4", R_MESSAGE) R_TEXT("4", "A") R_DONE("4", R_SAID("A"))
	                        R_ADDED("7", R_CALL("c", "f")) R_ARGS("7", "c", "{}")
	                                R_DONE("7", R_CALLED("c", "f", "{}")) R_END(""));

	CHECK_STR_EQ(line,
	             "message_start; start 0 text; 0=A; stop 0; start 1 tool_use; 1={}; stop 1; "
	             "tool_use 7; message_stop");
}

TEST(a_call_whose_name_comes_last_is_told_when_it_is_known)
{
	struct aip_str line =
		crossed(AIP_RESPONSES,
	                R_START R_ADDED("0", R_CALL("c", "")) R_ARGS("0", "c", "{}")
	                        R_ADDED("1", R_MESSAGE) R_TEXT("1", "A") R_DONE("1", R_SAID("A"))
	                                R_DONE("0", R_CALLED("c", "f", "{}")) R_END(""));

	CHECK(has(line, "tool_use; ") && has(line, "={}; stop") && has(line, "text; "));
	CHECK(has(line, "tool_use 7; message_stop"));
	CHECK_INT_EQ(times(line, "start "), 2);
	CHECK_INT_EQ(times(line, "stop "), 2);
}

TEST(mixed_calls_are_told_one_after_the_other)
{
	CHECK_STR_EQ(
		crossed(AIP_RESPONSES,
	                R_START R_ADDED("0", R_CALL("a", "f")) R_ADDED("1", R_CALL("b", "g"))
	                        R_ARGS("1", "b", "{") R_ARGS("0", "a", "{") R_ARGS("1", "b", "}")
	                                R_ARGS("0", "a", "}") R_DONE("1", R_CALLED("b", "g", "{}"))
	                                        R_DONE("0", R_CALLED("a", "f", "{}")) R_END("")),
		"message_start; start 0 tool_use; 0={; 0=}; stop 0; start 1 tool_use; 1={; 1=}; "
		"stop 1; tool_use 7; message_stop");
}

TEST(parts_of_a_summary_are_one_thought_with_one_signature)
{
	struct aip_str line = crossed(
		AIP_RESPONSES,
		R_START R_ADDED("0", R_THINKS("rs_1")) R_PART("rs_1", "0", "0", "x")
			R_PART("rs_1", "0", "1", "y") R_PART("rs_1", "0", "1", "z")
				R_DONE("0", R_THOUGHT("rs_1", "final")) R_ADDED("1", R_MESSAGE)
					R_TEXT("1", "A") R_DONE("1", R_SAID("A")) R_END(""));

	CHECK(aip_str_starts(
		line, AIP_LIT("message_start; start 0 thinking; 0=x; 0=\n\n; 0=y; 0=z; 0=gw1.")));
	CHECK(has(line, "; stop 0; start 1 text; 1=A; stop 1; end_turn"));
	CHECK_STR_EQ(seals(), "rs_1:final");
}

TEST(two_reasoning_items_are_two_thoughts_each_signed_at_its_end)
{
	struct aip_str line = crossed(
		AIP_RESPONSES,
		R_START R_ADDED("0", R_THINKS("rs_1")) R_PART("rs_1", "0", "0", "x")
			R_DONE("0", R_THOUGHT("rs_1", "one")) R_ADDED("1", R_THINKS("rs_2"))
				R_PART("rs_2", "1", "0", "y") R_DONE("1", R_THOUGHT("rs_2", "two"))
					R_ADDED("2", R_MESSAGE) R_TEXT("2", "A")
						R_DONE("2", R_SAID("A")) R_END(""));

	CHECK_INT_EQ(times(line, "thinking"), 2);
	CHECK_STR_EQ(seals(), "rs_1:one rs_2:two");
}

TEST(each_block_stops_once)
{
	struct aip_str line = crossed(
		AIP_RESPONSES,
		R_START R_ADDED("0", R_MESSAGE) R_TEXT("0", "A")
			R("{'type':'response.output_text.done','item_id':'msg_1','output_index':0,"
	                  "'content_index':0,'text':'A'}") R_DONE("0", R_SAID("A"))
				R_ADDED("1", R_CALL("c", "f")) R_DONE("1", R_CALLED("c", "f", "{}"))
					R_END(R_SAID("A") "," R_CALLED("c", "f", "{}")));

	CHECK_STR_EQ(line,
	             "message_start; start 0 text; 0=A; stop 0; start 1 tool_use; 1={}; stop 1; "
	             "tool_use 7; message_stop");
}

TEST(a_search_is_one_use_and_one_result_and_ends_the_turn)
{
#define R_SEARCH(status)                                                                         \
	"{'type':'web_search_call','id':'ws_1','status':'" status "','action':{'type':'search'," \
	"'query':'tides'}}"
	struct aip_request *request = NULL;

	CHECK_INT_EQ(read_as(AIP_CLAUDE,
	                     quoted("{'model':'m','max_tokens':9,'tools':[{'type':'web_search_"
	                            "20250305','name':"
	                            "'web_search'}]," HI "}"),
	                     &request),
	             AIP_OK);
	ctx.request = request;
	struct aip_str line = crossed(
		AIP_RESPONSES,
		R_START R_ADDED("0", R_SEARCH("in_progress")) R_DONE("0", R_SEARCH("completed"))
			R_ADDED("1", R_MESSAGE) R_TEXT("1", "A") R_DONE("1", R_SAID("A"))
				R_END(R_SEARCH("completed")));
	CHECK_STR_EQ(
		line,
		"message_start; start 0 server_tool_use; 0={\"query\":\"tides\"}; stop 0; start 1 "
		"web_search_tool_result; stop 1; start 2 text; 2=A; stop 2; end_turn 7; "
		"message_stop");
	ctx.request = NULL;
	line = crossed(AIP_RESPONSES,
	               R_START R_DONE("0", R_SEARCH("completed")) R_ADDED("1", R_MESSAGE)
	                       R_TEXT("1", "A") R_DONE("1", R_SAID("A")) R_END(""));
	CHECK_STR_EQ(line, "message_start; start 0 text; 0=A; stop 0; end_turn 7; message_stop");
}

#define R_CUT(why)                                                                             \
	R("{'type':'response.incomplete','response':{'id':'resp_1','status':'incomplete',"     \
	  "'incomplete_details':{'reason':'" why "'},'output':[],'usage':{'input_tokens':100," \
	  "'input_tokens_details':{'cached_tokens':60},'output_tokens':7}}}")

TEST(an_incomplete_answer_says_why)
{
	CHECK(has(crossed(AIP_RESPONSES, R_START R_ADDED("0", R_MESSAGE) R_TEXT("0", "A")
	                                         R_CUT("max_output_tokens")),
	          "stop 0; max_tokens 7; message_stop"));
	CHECK(has(crossed(AIP_RESPONSES,
	                  R_START R_ADDED("0", R_MESSAGE) R_TEXT("0", "A") R_CUT("content_filter")),
	          "stop 0; refusal 7; message_stop"));
}

TEST(cached_tokens_are_taken_off_the_input)
{
	crossed(AIP_RESPONSES, R_START R_ADDED("0", R_MESSAGE) R_TEXT("0", "A")
	                               R_DONE("0", R_SAID("A")) R_END(""));
	CHECK(has(aip_buf_str(&out), "'usage':{'input_tokens':40,'cache_creation_input_tokens':0,"
	                             "'cache_read_input_tokens':60,'output_tokens':7}"));
}

TEST(figures_learnt_behind_the_finish_stand_in_the_last_delta)
{
	crossed(AIP_CHAT,
	        R("{'id':'c','choices':[{'index':0,'delta':{'content':'A'}}]}")
	                R("{'id':'c','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}")
	                        R("{'id':'c','choices':[],'usage':{'prompt_tokens':100,'completion_"
	                          "tokens':7,"
	                          "'total_tokens':107,'prompt_tokens_details':{'cached_tokens':60}}"
	                          "}") "data: [DONE]\n\n");
	const ptrdiff_t last = aip_str_find(aip_buf_str(&out), AIP_LIT("event: message_delta"));

	CHECK(last >= 0);
	struct aip_str delta = aip_strn(out.at + last, out.len - (size_t)last);
	CHECK(has(delta, "'usage':{'input_tokens':40,'cache_creation_input_tokens':0,"
	                 "'cache_read_input_tokens':60,'output_tokens':7}"));
	CHECK_INT_EQ(times(aip_buf_str(&out), "'cache_read_input_tokens':60"), 1);
}

TEST(a_call_left_open_forces_no_use_of_tools)
{
	struct aip_str line =
		crossed(AIP_RESPONSES,
	                R_START R_ADDED("0", R_MESSAGE) R_TEXT("0", "A") R_DONE("0", R_SAID("A"))
	                        R_ADDED("1", R_CALL("c", "")) R_END(R_SAID("A")));

	CHECK_STR_EQ(line, "message_start; start 0 text; 0=A; stop 0; end_turn 7; message_stop");
}

TEST(an_id_that_the_dialect_lacks_letters_for_pairs_when_it_comes_back)
{
	struct aip_request *request = NULL;

	crossed(AIP_RESPONSES, R_START R_ADDED("0", R_CALL("c|1.x", "f"))
	                               R_DONE("0", R_CALLED("c|1.x", "f", "{}")) R_END(""));
	struct aip_str sent = aip_buf_str(&out);
	ptrdiff_t at = aip_str_find(sent, quoted("'id':'c_1_x"));
	CHECK(at > 0);
	struct aip_str id = aip_strn(sent.at + at + 6, strcspn(sent.at + at + 6, "\""));
	struct aip_str body = aip_arena_printf(
		arena,
		"{'model':'m','max_tokens':9,'messages':[" USER
		",{'role':'assistant','content':[{'type':"
		"'tool_use','id':'%.*s','name':'f','input':{}}]},{'role':'user','content':[{'type':"
		"'tool_result','tool_use_id':'%.*s','content':'ok'}]}]}",
		AIP_FMT(id), AIP_FMT(id));
	CHECK_INT_EQ(read_as(AIP_CLAUDE, quoted(body.at), &request), AIP_OK);
	aip_buf_clear(&out);
	CHECK_INT_EQ(aip_codec_of(AIP_RESPONSES)->write_request(&ctx, request, &out, &error),
	             AIP_OK);
	CHECK_INT_EQ(times(aip_buf_str(&out), "'call_id':'c_1_x"), 2);
	CHECK(has(aip_buf_str(&out), "'output':'ok'"));
}

TEST(reasoning_of_another_vendor_travels_through_a_client_and_home)
{
	struct aip_request *request = NULL;

	crossed(AIP_RESPONSES,
	        R_START R_ADDED("0", R_THINKS("rs_1")) R_PART("rs_1", "0", "0", "x")
	                R_DONE("0", R_THOUGHT("rs_1", "final")) R_ADDED("1", R_MESSAGE)
	                        R_TEXT("1", "A") R_DONE("1", R_SAID("A")) R_END(""));
	struct aip_str sent = aip_buf_str(&out);
	ptrdiff_t at = aip_str_find(sent, AIP_LIT("gw1."));
	CHECK(at > 0);
	struct aip_str seal = aip_strn(sent.at + at, strcspn(sent.at + at, "\""));
	struct aip_str body = aip_arena_printf(
		arena,
		"{'model':'m','max_tokens':9,'messages':[" USER
		",{'role':'assistant','content':[{'type':"
		"'thinking','thinking':'x','signature':'%.*s'},{'type':'thinking','thinking':'own',"
		"'signature':'SIG'},{'type':'thinking','thinking':'unsigned','signature':''},{'"
		"type':'text',"
		"'text':'A'}]}," USER "]}",
		AIP_FMT(seal));
	CHECK_INT_EQ(read_as(AIP_CLAUDE, quoted(body.at), &request), AIP_OK);
	aip_buf_clear(&out);
	CHECK_INT_EQ(aip_codec_of(AIP_RESPONSES)->write_request(&ctx, request, &out, &error),
	             AIP_OK);
	sent = aip_buf_str(&out);
	CHECK(has(sent, "'id':'rs_1'") && has(sent, "'encrypted_content':'final'"));
	CHECK_INT_EQ(times(sent, "'type':'reasoning'"), 1); /* without content none goes */
	ctx.upstream = AIP_CLAUDE;
	ctx.vendor = AIP_VENDOR_ANTHROPIC;
	aip_buf_clear(&out);
	CHECK_INT_EQ(codec->write_request(&ctx, request, &out, &error), AIP_OK);
	CHECK(has(aip_buf_str(&out),
	          "[{'type':'thinking','thinking':'own','signature':'SIG'},{'type':'text'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(calls_that_run_side_by_side_are_told_one_behind_the_other),
		HERE(text_ends_when_a_call_starts_and_goes_on_behind_it),
		HERE(thinking_ends_with_a_signature_in_every_case),
		HERE(figures_that_come_last_are_told_once),
		HERE(an_error_ends_the_stream_without_a_stop),
		HERE(free_text_is_wrapped_when_it_is_whole),
		HERE(a_ping_keeps_a_running_stream_alive_and_no_other),
		HERE(a_block_that_says_nothing_is_none),
		HERE(a_picture_is_kept_in_words),
		HERE(numbers_of_blocks_are_the_streams_own),
		HERE(a_call_without_a_name_leaves_no_trace),
		HERE(a_call_cut_by_the_limit_ends_as_it_is),
		HERE(half_a_call_never_passes_for_a_whole_one),
		HERE(half_a_call_stands_in_a_whole_answer_only_where_it_shows),
		HERE(output_indices_of_another_dialect_are_not_block_indices),
		HERE(a_call_whose_name_comes_last_is_told_when_it_is_known),
		HERE(mixed_calls_are_told_one_after_the_other),
		HERE(parts_of_a_summary_are_one_thought_with_one_signature),
		HERE(two_reasoning_items_are_two_thoughts_each_signed_at_its_end),
		HERE(each_block_stops_once),
		HERE(a_search_is_one_use_and_one_result_and_ends_the_turn),
		HERE(an_incomplete_answer_says_why),
		HERE(cached_tokens_are_taken_off_the_input),
		HERE(figures_learnt_behind_the_finish_stand_in_the_last_delta),
		HERE(a_call_left_open_forces_no_use_of_tools),
		HERE(an_id_that_the_dialect_lacks_letters_for_pairs_when_it_comes_back),
		HERE(reasoning_of_another_vendor_travels_through_a_client_and_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
