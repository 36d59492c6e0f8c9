/* The order of a stream: what is mended, what is refused. */
#include "script.h"

struct passage {
	struct aip_stream_guard *guard;
	struct aip_error error;
};

static enum aip_status through_guard(void *to, const struct aip_event *event)
{
	struct passage *passage = to;

	return aip_stream_guard_emit(passage->guard, event, &passage->error);
}

struct eof {
	bool happens, cut, marked, loose;
};

/* Plays a line through a guard, ends its bytes, compares what came out. */
static void guards(const char *in, struct eof eof, const char *want, enum aip_status want_status)
{
	struct aip_arena *arena = aip_arena_create();
	struct script *script = AIP_NEW(arena, struct script);
	struct trace trace = {0};
	struct passage passage = {0};

	script->arena = arena;
	aip_buf_init(&trace.line, 1 << 16);
	passage.guard = aip_stream_guard_new(arena, (struct aip_sink){trace_emit, &trace});
	enum aip_status s = script_play(script, in, through_guard, &passage);
	if (eof.happens && !s)
		s = aip_stream_guard_eof(passage.guard, eof.cut, eof.marked, eof.loose);
	if (s != want_status)
		print_error("in: %s\nsaid: %s\n", in, passage.error.message);
	CHECK_INT_EQ(s, want_status);
	CHECK_INT_EQ(passage.error.status, want_status);
	CHECK_STR_EQ(aip_buf_str(&trace.line), want);
	aip_buf_fini(&trace.line);
	aip_arena_destroy(arena);
}

static void passes(const char *in, const char *want)
{
	guards(in, (struct eof){0}, want, AIP_OK);
}

TEST(a_legal_stream_passes_unchanged)
{
	static const char *const lines[] = {
		"start; text 0; 0=Hel; 0=lo; stop 0; usage 3 5; finish end_turn; end",
		"start; think 0; 0=Need both.; sig 0=Eq; stop 0; text 1; 1=Checking.; stop 1; "
		"call 2 a c1; 2={\"x\":; call 3 b c2; 3={}; 2=1}; stop 2; stop 3; "
		"finish tool_use; usage 9 4; end",
		"start; @1 text 0; text 1; @1 0=a; 1=b; stop 1; @1 stop 0; finish end_turn; "
		"@1 finish max_tokens; end",
		"start; custom 0 patch c1; 0=*** Begin; stop 0; finish tool_use; end",
		"ping; start; ping; finish content_filter; end",
		"start; text 0; 0=  \n; error",
		"error",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		passes(lines[i], lines[i]);
}

TEST(opening_a_sibling_closes_the_open_one)
{
	passes("start; think 0; 0=a; text 1; 1=b; stop 0; finish end_turn; end",
	       "start; think 0; 0=a; stop 0; text 1; 1=b; stop 1; finish end_turn; end");
	/* calls may be open together, and beside a text */
	passes("start; text 0; 0=a; call 1 f c; 1={}; 0=b; finish tool_use; end",
	       "start; text 0; 0=a; call 1 f c; 1={}; 0=b; stop 0; stop 1; finish tool_use; end");
}

TEST(a_second_start_finish_or_stop_is_swallowed)
{
	passes("start; text 0; 0=a; start; stop 0; stop 0; finish end_turn; finish other; end; end",
	       "start; text 0; 0=a; stop 0; finish end_turn; end");
}

TEST(nothing_follows_the_end)
{
	passes("start; finish end_turn; end; usage 1 2; text 0; 0=x; error",
	       "start; finish end_turn; end");
	passes("start; error; end; text 0", "start; error");
}

TEST(empty_deltas_say_nothing)
{
	passes("start; text 0; 0=; 0=a; 0=; stop 0; finish end_turn; end",
	       "start; text 0; 0=a; stop 0; finish end_turn; end");
}

TEST(a_call_without_a_name_vanishes_and_the_stop_is_no_tool_use)
{
	passes("start; call 0 - c; 0={}; stop 0; finish tool_use; end",
	       "start; finish end_turn; end");
	passes("start; call 0 - c; call 1 f d; 0={}; 1={}; stop 1; finish tool_use; end",
	       "start; call 1 f d; 1={}; stop 1; finish tool_use; end");
}

TEST(a_call_without_an_id_gets_a_stable_one)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str id = aip_stable_id(arena, "call_", AIP_LIT("r1"), 4);
	struct aip_str want = aip_arena_printf(
		arena, "start; call 4 f %.*s; 4={}; stop 4; finish tool_use; end", AIP_FMT(id));

	CHECK(id.len > 5);
	passes("start; call 4 f -; 4={}; stop 4; finish tool_use; end", want.at);
	aip_arena_destroy(arena);
}

TEST(no_arguments_become_an_empty_object)
{
	passes("start; call 0 f c; stop 0; finish tool_use; end",
	       "start; call 0 f c; 0={}; stop 0; finish tool_use; end");
	passes("start; custom 0 f c; stop 0; finish tool_use; end",
	       "start; custom 0 f c; stop 0; finish tool_use; end");
}

TEST(content_told_only_by_the_stop_comes_once_as_a_delta)
{
	passes("start; call 0 f c; stop 0={\"a\":1}; finish tool_use; end",
	       "start; call 0 f c; 0={\"a\":1}; stop 0; finish tool_use; end");
	passes("start; call 0 f c; 0={\"a\"; 0=:1}; stop 0={\"a\":1}; finish tool_use; end",
	       "start; call 0 f c; 0={\"a\"; 0=:1}; stop 0; finish tool_use; end");
	passes("start; text 0; stop 0=Hi; think 1; stop 1=Hm; refusal 2; stop 2=No; "
	       "finish end_turn; end",
	       "start; text 0; 0=Hi; stop 0; think 1; 1=Hm; stop 1; refusal 2; 2=No; stop 2; "
	       "finish end_turn; end");
	passes("start; image 0; stop 0=aGk=; server 1; stop 1={}; finish end_turn; end",
	       "start; image 0; 0=aGk=; stop 0; server 1; 1={}; stop 1; finish end_turn; end");
}

TEST(only_the_first_opaque_value_of_a_block_is_kept)
{
	passes("start; think 0; 0=a; sig 0=x; sig 0=y; stop 0; finish end_turn; end",
	       "start; think 0; 0=a; sig 0=x; stop 0; finish end_turn; end");
	passes("start; think 0; sig 0=x; stop 0; finish end_turn; end",
	       "start; think 0; sig 0=x; stop 0; finish end_turn; end");
}

TEST(calls_and_stop_agree)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"finish end_turn", "finish tool_use"},
		{"finish max_tokens", "finish tool_use"},
		{"finish context_window", "finish tool_use"},
		{"finish stop_sequence", "finish tool_use"},
		{"finish pause_turn", "finish tool_use"},
		{"finish other", "finish tool_use"},
		{"finish unset", "finish tool_use"},
		{"finish content_filter", "finish content_filter"},
		{"finish refusal", "finish refusal"},
		{"finish content_filter", "finish content_filter"},
		{"finish tool_use", "finish tool_use"},
	};
	char in[256], want[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(in, sizeof(in), "start; call 0 f c; 0={}; stop 0; %s; end", rows[i].in);
		snprintf(want, sizeof(want), "start; call 0 f c; 0={}; stop 0; %s; end",
		         rows[i].want);
		passes(in, want);
	}
	passes("start; finish unset; end", "start; finish other; end");
}

TEST(a_call_cut_by_the_token_limit_is_marked_and_not_completed)
{
	passes("start; call 0 f c; 0={\"a\":\"}; finish max_tokens; end",
	       "start; call 0 f c; 0={\"a\":\"}; cut 0; finish max_tokens; end");
	passes("start; call 0 f c; 0={\"a\":\"}; finish context_window; end",
	       "start; call 0 f c; 0={\"a\":\"}; cut 0; finish context_window; end");
	passes("start; call 0 f c; finish max_tokens; end",
	       "start; call 0 f c; cut 0; finish max_tokens; end");
	passes("start; call 0 f c; 0={\"a\":[; stop 0; finish max_tokens; end",
	       "start; call 0 f c; 0={\"a\":[; cut 0; finish max_tokens; end");
	passes("start; call 0 f c; 0={\"a\":\"\\\"}\"}; finish max_tokens; end",
	       "start; call 0 f c; 0={\"a\":\"\\\"}\"}; stop 0; finish tool_use; end");
}

TEST(usage_is_merged_and_held_until_the_start)
{
	passes("usage 20 1; start; usage 0 9; usage 20 -1; finish end_turn; usage -1 11; end",
	       "start; usage 20 9; usage 20 9; finish end_turn; usage 20 11; end");
}

TEST(what_cannot_be_mended_is_refused)
{
	static const char *const lines[] = {
		"text 0",
		"finish end_turn",
		"start; text 3; stop 3; text 3",
		"start; text 3; stop 3; text 2",
		"start; finish end_turn; text 0",
		"start; stop 0",
		"start; tokens",
	};
	static const char *const lets[] = {
		"",
		"",
		"start; text 3; stop 3",
		"start; text 3; stop 3",
		"start; finish end_turn",
		"start",
		"start",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		guards(lines[i], (struct eof){0}, lets[i], AIP_GUEST_BROKEN);
	guards("start; 0=x", (struct eof){0}, "start", AIP_GUEST_BROKEN);
	guards("start; text 0; stop 0; 0=x", (struct eof){0}, "start; text 0; stop 0",
	       AIP_GUEST_BROKEN);
}

TEST(a_delta_that_its_block_has_no_place_for_is_refused)
{
	struct aip_arena *arena = aip_arena_create();
	struct trace trace = {0};
	struct aip_error error = {0};
	struct aip_event start = {.kind = AIP_EV_START};
	struct aip_event block = {.kind = AIP_EV_BLOCK_START};
	struct aip_event delta = {.kind = AIP_EV_DELTA, .text = AIP_LIT("x")};

	aip_buf_init(&trace.line, 1 << 16);
	struct aip_stream_guard *guard =
		aip_stream_guard_new(arena, (struct aip_sink){trace_emit, &trace});
	block.part = aip_part_new(arena, AIP_TEXT);
	CHECK_INT_EQ(aip_stream_guard_emit(guard, &start, &error), AIP_OK);
	CHECK_INT_EQ(aip_stream_guard_emit(guard, &block, &error), AIP_OK);
	delta.delta = AIP_DELTA_ARGS;
	CHECK_INT_EQ(aip_stream_guard_emit(guard, &delta, &error), AIP_GUEST_BROKEN);
	delta.delta = (enum aip_delta)99;
	CHECK_INT_EQ(aip_stream_guard_emit(guard, &delta, &error), AIP_GUEST_BROKEN);
	aip_buf_fini(&trace.line);
	aip_arena_destroy(arena);
}

TEST(the_end_of_the_bytes_decides_by_marker_and_content)
{
	static const struct {
		const char *in;
		struct eof eof;
		const char *want;
	} rows[] = {
		{"start; text 0; 0=a; finish end_turn",
	         {1, 0, 0, 0},
	         "start; text 0; 0=a; stop 0; finish end_turn; end"},
		{"start; text 0; 0=a", {1, 0, 0, 0}, "start; text 0; 0=a; error"},
		{"start; text 0; 0=a",
	         {1, 0, 1, 0},
	         "start; text 0; 0=a; stop 0; finish end_turn; end"},
		{"start; text 0; 0=a",
	         {1, 0, 0, 1},
	         "start; text 0; 0=a; stop 0; finish end_turn; end"},
		{"start; text 0; 0=a", {1, 1, 0, 1}, "start; text 0; 0=a; error"},
		{"start; think 0; 0=a", {1, 0, 0, 1}, "start; think 0; 0=a; error"},
		{"start; call 0 f c; 0={", {1, 0, 1, 1}, "start; call 0 f c; 0={; error"},
		{"start; call 0 f c; 0={}", {1, 0, 0, 1}, "start; call 0 f c; 0={}; error"},
		{"start; call 0 f c; 0={}",
	         {1, 0, 1, 0},
	         "start; call 0 f c; 0={}; stop 0; finish tool_use; end"},
		{"start; call 0 f c; 0={}; stop 0",
	         {1, 0, 0, 1},
	         "start; call 0 f c; 0={}; stop 0; finish tool_use; end"},
		{"", {1, 0, 0, 1}, "error"},
		{"start", {1, 0, 1, 1}, "start; error"},
		{"start; finish end_turn; end", {1, 1, 0, 0}, "start; finish end_turn; end"},
		{"tokens", {1, 0, 0, 0}, "other; end"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		guards(rows[i].in, rows[i].eof, rows[i].want, AIP_OK);
}

static enum aip_status refuse(void *to, const struct aip_event *event)
{
	return AIP_CANCELLED;
}

TEST(a_status_of_the_sink_is_returned)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_stream_guard *guard =
		aip_stream_guard_new(arena, (struct aip_sink){refuse, NULL});
	struct aip_event start = {.kind = AIP_EV_START};

	CHECK_INT_EQ(aip_stream_guard_emit(guard, &start, NULL), AIP_CANCELLED);
	aip_arena_destroy(arena);
}

TEST(many_deltas_and_blocks_take_no_more_memory)
{
	struct aip_arena *arena = aip_arena_create();
	struct trace trace = {0};
	struct aip_event event = {.kind = AIP_EV_START};

	aip_buf_init(&trace.line, 1 << 30);
	struct aip_stream_guard *guard =
		aip_stream_guard_new(arena, (struct aip_sink){trace_emit, &trace});
	CHECK_INT_EQ(aip_stream_guard_emit(guard, &event, NULL), AIP_OK);
	struct aip_part *part = aip_part_new(arena, AIP_TEXT);
	size_t held = aip_arena_held(arena);
	for (uint32_t i = 0; i < 20000; i++) {
		event = (struct aip_event){.kind = AIP_EV_BLOCK_START, .block = i, .part = part};
		CHECK_INT_EQ(aip_stream_guard_emit(guard, &event, NULL), AIP_OK);
		event.kind = AIP_EV_DELTA;
		event.text = AIP_LIT("x");
		CHECK_INT_EQ(aip_stream_guard_emit(guard, &event, NULL), AIP_OK);
	}
	CHECK_INT_EQ(aip_arena_held(arena), held);
	aip_buf_fini(&trace.line);
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(a_legal_stream_passes_unchanged), CASE(opening_a_sibling_closes_the_open_one),
        CASE(a_second_start_finish_or_stop_is_swallowed), CASE(nothing_follows_the_end),
        CASE(empty_deltas_say_nothing),
        CASE(a_call_without_a_name_vanishes_and_the_stop_is_no_tool_use),
        CASE(a_call_without_an_id_gets_a_stable_one), CASE(no_arguments_become_an_empty_object),
        CASE(content_told_only_by_the_stop_comes_once_as_a_delta),
        CASE(only_the_first_opaque_value_of_a_block_is_kept), CASE(calls_and_stop_agree),
        CASE(a_call_cut_by_the_token_limit_is_marked_and_not_completed),
        CASE(usage_is_merged_and_held_until_the_start), CASE(what_cannot_be_mended_is_refused),
        CASE(a_delta_that_its_block_has_no_place_for_is_refused),
        CASE(the_end_of_the_bytes_decides_by_marker_and_content),
        CASE(a_status_of_the_sink_is_returned), CASE(many_deltas_and_blocks_take_no_more_memory))
