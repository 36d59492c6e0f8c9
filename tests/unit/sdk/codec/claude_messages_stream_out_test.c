/* The strict grammar of the streams that the Anthropic Messages codec writes. */
#include "claude_messages.h"

static enum aip_status encode(void *to, const struct aip_event *event)
{
	return codec->encoder_event(to, event, &out);
}

static enum aip_status guarded(void *to, const struct aip_event *event)
{
	return aip_stream_guard_emit(to, event, &error);
}

/* One word or two a frame: "start 0 text", "0=Hello", "stop 0", "delta tool_use". */
static struct aip_str shortened(struct aip_str frames)
{
	struct aip_buf line;
	struct aip_sse sse;
	struct aip_sse_frame frame;
	struct aip_json *doc;

	aip_buf_init(&line, OUT_MAX);
	aip_sse_init(&sse, OUT_MAX);
	while (!aip_sse_next(&sse, &frames, &frame) && frame.data.at) {
		CHECK_INT_EQ(aip_json_parse(arena, frame.data, &doc, &error), AIP_OK);
		const struct aip_json *block = aip_json_get(doc, "content_block");
		const struct aip_json *delta = aip_json_get(doc, "delta");
		CHECK_BYTES_EQ(aip_json_text(doc, "type"), frame.event);
		if (line.len)
			aip_buf_add(&line, AIP_LIT("; "));
		if (block)
			aip_buf_addf(&line, "start %lld %.*s",
				     (long long)aip_json_int(doc, "index", -1),
				     AIP_FMT(aip_json_text(block, "type")));
		else if (aip_str_is(frame.event, "content_block_delta"))
			aip_buf_addf(&line, "%lld=%.*s", (long long)aip_json_int(doc, "index", -1),
				     AIP_FMT(delta->child->next->text));
		else if (aip_str_is(frame.event, "content_block_stop"))
			aip_buf_addf(&line, "stop %lld", (long long)aip_json_int(doc, "index", -1));
		else if (delta)
			aip_buf_addf(&line, "%.*s %lld",
				     AIP_FMT(aip_json_text(delta, "stop_reason")),
				     (long long)aip_json_int(aip_json_get(doc, "usage"),
							     "output_tokens", -1));
		else
			aip_buf_add(&line, frame.event);
	}
	aip_sse_fini(&sse);
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&line));
	aip_buf_fini(&line);
	return text;
}

/* Events as an upstream's decoder gives them, in the client's stream. */
static struct aip_str told(const char *line)
{
	struct script script = {.arena = arena};
	struct aip_encoder *encoder = codec->encoder_new(&ctx);
	struct aip_stream_guard *guard =
		aip_stream_guard_new(arena, (struct aip_sink){encode, encoder});

	aip_buf_clear(&out);
	CHECK_INT_EQ(script_play(&script, line, guarded, guard), AIP_OK);
	codec->encoder_fini(encoder);
	return shortened(aip_buf_str(&out));
}

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
