/* Answers of the Anthropic Messages API, read. */
#include "claude_messages.h"

static enum aip_status trace(void *to, const struct aip_event *event)
{
	return trace_emit(to, event);
}

#define START                                                                        \
	"data: "                                                                     \
	"{'type':'message_start','message':{'id':'msg_1','usage':{'input_tokens':3}" \
	"}}\n\n"
#define EV(json) "data: " json "\n\n"

static struct aip_str heard(const char *bytes, enum aip_eof how)
{
	struct trace seen = {0};
	aip_buf_init(&seen.line, OUT_MAX);
	struct aip_decoder *decoder = codec->decoder_new(&ctx, (struct aip_sink){trace, &seen});

	enum aip_status s = codec->decoder_feed(decoder, quoted(bytes), &error);
	if (!s)
		s = codec->decoder_finish(decoder, how, &error);
	codec->decoder_fini(decoder);
	if (s)
		aip_buf_addf(&seen.line, "; %s", aip_status_name(s));
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&seen.line));
	aip_buf_fini(&seen.line);
	return text;
}

#define TEXT0                                                                        \
	EV("{'type':'content_block_start','index':0,'content_block':{'type':'text'," \
	   "'text':''}}")                                                            \
	EV("{'type':'content_block_delta','index':0,'delta':{'type':'text_delta',"   \
	   "'text':'Hi'}}")
#define STOPPED                                                                   \
	EV("{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{" \
	   "'output_tokens':4}}")

TEST(a_stream_that_breaks_off_is_no_answer)
{
	CHECK(has(heard(START TEXT0, AIP_EOF_COMPLETE), "error"));
	CHECK(has(heard(START TEXT0 STOPPED, AIP_EOF_CUT), "end"));
	CHECK(has(heard("", AIP_EOF_COMPLETE), "error"));
	CHECK(has(heard(START EV("{'type':'content_block_start','index':0,'content_block':{"
	                         "'type':'tool_use','id':'a','name':'f','input':{}}}")
	                        EV("{'type':'content_block_delta','index':0,'delta':{"
	                           "'type':"
	                           "'input_json_delta','partial_json':'{\\\"a'}}"),
	                AIP_EOF_COMPLETE),
	          "error"));
}

TEST(a_stream_without_its_last_event_is_whole_once_it_stopped)
{
	struct aip_str line = heard(START TEXT0 STOPPED, AIP_EOF_COMPLETE);

	CHECK(has(line, "finish end_turn") && has(line, "end") && !has(line, "error"));
}

TEST(events_blocks_and_deltas_that_nobody_knows_are_passed_over)
{
	struct aip_str line =
		heard(START EV("{'type':'tomorrow'}")
	                      EV("{'type':'content_block_delta','index':7,'delta':{'type':'text_"
	                         "delta','text':'x'}}")
	                              TEXT0 EV("{'type':'content_block_delta','index':0,'delta':{"
	                                       "'type':'signature_delta','signature':'x'}}")
	                                      EV("{'type':'content_block_delta','index':0,'delta':{"
	                                         "'type':'new_delta'}}") STOPPED EV("[DONE]")
	                                              EV("{'type':'message_stop'}"),
	              AIP_EOF_COMPLETE);

	CHECK(has(line, "0=Hi") && has(line, "finish end_turn") && !has(line, "error"));
}

TEST(input_that_came_with_the_start_is_said_once)
{
	struct aip_str line =
		heard(START EV("{'type':'content_block_start','index':0,'content_block':{'type':"
	                       "'tool_use','id':'a','name':'f','input':{'x': 1}}}")
	                      EV("{'type':'content_block_stop','index':0}")
	                              EV("{'type':'message_delta','delta':{'stop_reason':'tool_"
	                                 "use'}}") EV("{'type':'message_stop'}"),
	              AIP_EOF_COMPLETE);

	CHECK(has(line, "0={'x': 1}; stop 0"));
}

TEST(a_whole_message_or_an_error_may_stand_where_a_stream_was_asked_for)
{
	CHECK(has(heard("{'id':'msg_1','content':[{'type':'text','text':'Hi'}],"
	                "'stop_reason':'end_turn'}",
	                AIP_EOF_COMPLETE),
	          "0=Hi"));
	CHECK(has(heard("{'type':'error','error':{'type':'overloaded_error','message':"
	                "'x'}}",
	                AIP_EOF_COMPLETE),
	          "error"));
	CHECK(has(heard("<html>", AIP_EOF_COMPLETE), "error"));
	CHECK(has(heard(EV("nonsense"), AIP_EOF_COMPLETE), "UPSTREAM_BROKEN"));
}

TEST(free_text_of_a_custom_tool_is_unwrapped)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(read_as(AIP_CHAT,
	                     quoted("{'model':'m','tools':[{'type':'custom','custom':{'name':"
	                            "'sh'}}]," HI "}"),
	                     &request),
	             AIP_OK);
	ctx.request = request;
	struct aip_str line =
		heard(START EV("{'type':'content_block_start','index':0,'content_block':{'type':"
	                       "'tool_use','id':'a','name':'sh','input':{}}}")
	                      EV("{'type':'content_block_delta','index':0,'delta':{'type':"
	                         "'input_json_delta','partial_json':'{\\\"input\\\": \\\"l'}}")
	                              EV("{'type':'content_block_delta','index':0,'delta':{"
	                                 "'type':"
	                                 "'input_json_delta','partial_json':'s\\\\n\\\"}'}}")
	                                      EV("{'type':'content_block_stop','index':0}")
	                                              EV("{'type':'message_delta','delta':{'stop_"
	                                                 "reason':'tool_use'}}"),
	              AIP_EOF_COMPLETE);

	CHECK(has(line, "custom 0 sh a; 0=ls\n; stop 0"));
}

TEST(the_forced_call_that_stands_in_for_a_schema_is_the_answers_text)
{
	struct aip_request *request = NULL;

	caps.structured_out = AIP_NO;
	CHECK_INT_EQ(
		read_as(AIP_CHAT,
	                quoted("{'model':'m','response_format':{'type':'json_schema',"
	                       "'json_schema':{'name':'n','schema':{'type':'object'}}}," HI "}"),
	                &request),
		AIP_OK);
	ctx.request = request;
	struct aip_str line =
		heard(START EV("{'type':'content_block_start','index':0,'content_block':{'type':"
	                       "'tool_use','id':'a','name':'json_response','input':{}}}")
	                      EV("{'type':'content_block_delta','index':0,'delta':{'type':"
	                         "'input_json_delta','partial_json':'{}'}}")
	                              EV("{'type':'content_block_stop','index':0}")
	                                      EV("{'type':'message_delta','delta':{'stop_reason':"
	                                         "'tool_use'}}"),
	              AIP_EOF_COMPLETE);

	CHECK(has(line, "text 0; 0={}; stop 0") && has(line, "finish end_turn"));
}

#define STOP EV("{'type':'message_stop'}")

TEST(a_stop_reason_that_only_the_start_told_counts)
{
	CHECK(has(heard(EV("{'type':'message_start','message':{'id':'msg_1','stop_reason':'max_"
	                   "tokens'}}") TEXT0 STOP,
	                AIP_EOF_COMPLETE),
	          "finish max_tokens"));
	CHECK(has(heard(EV("{'type':'message_start','message':{'id':'msg_1','stop_reason':'max_"
	                   "tokens'}}") TEXT0 STOPPED STOP,
	                AIP_EOF_COMPLETE),
	          "finish end_turn"));
}

TEST(a_stop_told_twice_is_one_and_later_figures_count)
{
	struct aip_str line = heard(
		START TEXT0 STOPPED EV(
			"{'type':'message_delta','delta':{'stop_reason':'max_tokens'},'usage':{"
			"'output_tokens':9}}") STOP,
		AIP_EOF_COMPLETE);

	CHECK_INT_EQ(times(line, "finish"), 1);
	CHECK(has(line, "finish end_turn") && has(line, "usage 3 9"));
}

TEST(figures_of_the_start_survive_a_delta_without_them)
{
#define DELTA(usage) \
	EV("{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':" usage "}")
	CHECK(has(heard(START TEXT0 DELTA("{'output_tokens':4}") STOP, AIP_EOF_COMPLETE),
	          "usage 3 4"));
	CHECK(has(heard(START TEXT0 DELTA(
				"{'input_tokens':0,'cache_read_input_tokens':0,'output_tokens':4}")
	                        STOP,
	                AIP_EOF_COMPLETE),
	          "usage 3 4"));
	CHECK(has(heard(START TEXT0 EV(
				"{'type':'message_delta','delta':{'stop_reason':'end_turn'}}") STOP,
	                AIP_EOF_COMPLETE),
	          "finish end_turn"));
}

TEST(a_second_start_is_none)
{
	struct aip_str line = heard(START TEXT0 START STOPPED STOP, AIP_EOF_COMPLETE);

	CHECK_INT_EQ(times(line, "start"), 1);
	CHECK(has(line, "0=Hi") && has(line, "finish end_turn"));
}

TEST(an_error_event_ends_the_stream_with_its_kind)
{
	struct aip_str line = heard(
		START TEXT0 EV(
			"{'type':'error','error':{'type':'overloaded_error','message':'full'}}")
			STOP,
		AIP_EOF_COMPLETE);

	CHECK(has(line, "error"));
	CHECK(!has(line, "finish"));
}

TEST(what_is_no_figure_is_not_counted)
{
	struct aip_str line = heard(
		EV("{'type':'message_start','message':{'id':'msg_1','usage':{'input_tokens':1e400,"
	           "'cache_read_input_tokens':-5,'output_tokens':'many'}}}") TEXT0 STOPPED STOP,
		AIP_EOF_COMPLETE);

	CHECK(has(line, "usage -1 4") && has(line, "finish end_turn"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(a_stream_that_breaks_off_is_no_answer),
		HERE(a_stream_without_its_last_event_is_whole_once_it_stopped),
		HERE(events_blocks_and_deltas_that_nobody_knows_are_passed_over),
		HERE(input_that_came_with_the_start_is_said_once),
		HERE(a_whole_message_or_an_error_may_stand_where_a_stream_was_asked_for),
		HERE(free_text_of_a_custom_tool_is_unwrapped),
		HERE(the_forced_call_that_stands_in_for_a_schema_is_the_answers_text),
		HERE(a_stop_reason_that_only_the_start_told_counts),
		HERE(a_stop_told_twice_is_one_and_later_figures_count),
		HERE(figures_of_the_start_survive_a_delta_without_them),
		HERE(a_second_start_is_none),
		HERE(an_error_event_ends_the_stream_with_its_kind),
		HERE(what_is_no_figure_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
