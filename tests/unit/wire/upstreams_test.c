/* Streams of upstreams, odd but seen, and the events that are made of them: the same events
 * whatever ends the lines and wherever the bytes are cut. JSON in them has ' where JSON has ". */
#include "../sdk/ir/script.h"

#define OUT_MAX (1u << 20)

static struct aip_codec_ctx ctx_of(struct aip_arena *arena, enum aip_dialect upstream)
{
	return (struct aip_codec_ctx){
		.arena = arena,
		.client = upstream,
		.upstream = upstream,
		.model_asked = AIP_LIT("m1"),
		.caps = &aip_model_unknown()->caps,
		.seed = 1,
	};
}

/* Feeds bytes in pieces of a size, 0 all at once; the events as a line. */
static struct aip_str events_of(struct aip_arena *arena, enum aip_dialect upstream,
                                struct aip_str bytes, size_t size)
{
	const struct aip_codec *codec = aip_codec_of(upstream);
	struct aip_codec_ctx ctx = ctx_of(arena, upstream);
	struct trace trace = {0};
	struct aip_decoder *decoder =
		codec->decoder_new(&ctx, (struct aip_sink){trace_emit, &trace});
	struct aip_error error = {0};
	enum aip_status s = AIP_OK;

	aip_buf_init(&trace.line, OUT_MAX);
	for (size_t n; bytes.len && !s; bytes = aip_strn(bytes.at + n, bytes.len - n)) {
		n = size && size < bytes.len ? size : bytes.len;
		s = codec->decoder_feed(decoder, aip_strn(bytes.at, n), &error);
	}
	if (!s)
		s = codec->decoder_finish(decoder, AIP_EOF_COMPLETE, &error);
	codec->decoder_fini(decoder);
	struct aip_str line = aip_arena_printf(arena, "%.*s%s", AIP_FMT(aip_buf_str(&trace.line)),
	                                       s ? "; failed" : "");
	aip_buf_fini(&trace.line);
	return line;
}

/* Frames of a stream, each in a line of its own, as bytes with these ends of lines. */
static struct aip_str bytes_of(struct aip_arena *arena, const char *frames, const char *eol,
                               const char *before)
{
	struct aip_buf out;

	aip_buf_init(&out, OUT_MAX);
	aip_buf_add(&out, aip_str(before));
	for (const char *at = frames; *at; at++) {
		if (*at == '\n')
			aip_buf_addf(&out, "%s%s", eol, eol);
		else
			aip_buf_add_byte(&out, *at == '\'' ? '"' : *at);
	}
	struct aip_str all = aip_arena_dup(arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return all;
}

static void reads(enum aip_dialect upstream, const char *frames, const char *want)
{
	static const char *const ends[] = {"\n", "\r\n", "\r"};
	static const char *const befores[] = {"", "\xef\xbb\xbf", ": hello\n\n",
	                                      "retry: 1\r\n\r\n"};
	struct aip_arena *arena = aip_arena_create();

	for (size_t e = 0; e < 3; e++) {
		for (size_t b = 0; b < 4; b++) {
			struct aip_str bytes = bytes_of(arena, frames, ends[e], befores[b]);
			CHECK_STR_EQ(events_of(arena, upstream, bytes, 0), want);
			CHECK_STR_EQ(events_of(arena, upstream, bytes, 1), want);
			CHECK_STR_EQ(events_of(arena, upstream, bytes, 7), want);
		}
	}
	/* The last frame may lack its empty line. */
	struct aip_str bytes = bytes_of(arena, frames, "\n", "");
	CHECK_STR_EQ(events_of(arena, upstream, aip_strn(bytes.at, bytes.len - 2), 0), want);
	aip_arena_destroy(arena);
}

/* ---- Pieces of streams ---------------------------------------------------------------------- */

#define CHAT(choice) "data: {'id':'c1','model':'m','choices':[" choice "]}\n"
#define SAYS(text)   CHAT("{'index':0,'delta':{'content':'" text "'}}")
#define STOPS(why)   CHAT("{'index':0,'delta':{},'finish_reason':'" why "'}")
#define CALLS(call)  CHAT("{'index':0,'delta':{'tool_calls':[" call "]}}")
#define DONE         "data: [DONE]\n"

#define MESSAGE "data: {'type':'message_start','message':{'id':'msg_1','model':'m','content':[]}}\n"
#define BLOCK(at, block) \
	"data: {'type':'content_block_start','index':" at ",'content_block':" block "}\n"
#define DELTA(at, delta) "data: {'type':'content_block_delta','index':" at ",'delta':" delta "}\n"
#define TEXT(at, text)                                     \
	BLOCK(at, "{'type':'text','text':''}")             \
	DELTA(at, "{'type':'text_delta','text':'" text "'" \
	          "}")
#define STOP(at)  "data: {'type':'content_block_stop','index':" at "}\n"
#define ENDS(why) "data: {'type':'message_delta','delta':{'stop_reason':'" why "'},'usage':{}}\n"
#define ENDED     "data: {'type':'message_stop'}\n"

#define CREATED "data: {'type':'response.created','response':{'id':'resp_1','output':[]}}\n"
#define ITEM(how, at, item) \
	"data: {'type':'response.output_item." how "','output_index':" at ",'item':" item "}\n"
#define FUNCTION(args) \
	"{'type':'function_call','id':'fc_1','call_id':'c','name':'f','arguments':'" args "'}"
#define ARGS(args)                                                                            \
	"data: "                                                                              \
	"{'type':'response.function_call_arguments.delta','output_index':0,'item_id':'fc_1'," \
	"'delta':'" args "'}\n"
#define ARGS_DONE(args)                                                                            \
	"data: {'type':'response.function_call_arguments.done','output_index':0,'item_id':'fc_1'," \
	"'arguments':'" args "'}\n"
#define COMPLETED \
	"data: {'type':'response.completed','response':{'id':'resp_1','status':'completed'}}\n"
#define CUT_SHORT \
	"data: "  \
	"{'type':'response.output_text.delta','output_index':0,'content_index':0,'delta':'a'}\n"

#define PARTS(parts) "data: {'responseId':'r','candidates':[{'content':{'parts':[" parts "]}}]}\n"
#define FINISHES(parts)                                                     \
	"data: {'responseId':'r','candidates':[{'content':{'parts':[" parts \
	"]},'finishReason':'STOP'}]}\n"

/* ---- Ends ----------------------------------------------------------------------------------- */

TEST(a_finish_and_an_end_marker_are_one_end_and_nothing_follows)
{
	reads(AIP_CHAT, SAYS("a") STOPS("stop") DONE SAYS("late") STOPS("stop") DONE,
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
	reads(AIP_CLAUDE,
	      MESSAGE TEXT("0", "a") STOP("0") ENDS("end_turn") ENDED TEXT("1", "late") ENDED,
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
}

TEST(a_finish_without_an_end_marker_is_enough)
{
	reads(AIP_CHAT, SAYS("a") STOPS("stop"),
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
	reads(AIP_RESPONSES,
	      CREATED ITEM("added", "0", FUNCTION("")) ARGS("{}") ARGS_DONE("{}")
	              ITEM("done", "0", FUNCTION("{}")) COMPLETED,
	      "start; call 0 f c; 0={}; stop 0; finish tool_use; end");
}

/* An end is an error event or a failure of the decoder. */
static void breaks(enum aip_dialect upstream, const char *frames)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str line = events_of(arena, upstream, bytes_of(arena, frames, "\n", ""), 0);

	if (aip_str_find(line, AIP_LIT("error")) < 0 && aip_str_find(line, AIP_LIT("failed")) < 0)
		fail_msg("no error: %.*s", AIP_FMT(line));
	CHECK(aip_str_find(line, AIP_LIT("finish")) < 0);
	CHECK(aip_str_find(line, AIP_LIT("; end")) < 0);
	aip_arena_destroy(arena);
}

TEST(an_end_before_any_finish_is_an_error)
{
	breaks(AIP_CHAT, SAYS("a"));
	breaks(AIP_CLAUDE, MESSAGE TEXT("0", "a"));
	breaks(AIP_RESPONSES, CREATED CUT_SHORT);
	breaks(AIP_GEMINI, PARTS("{'text':'a'}"));
	breaks(AIP_CHAT, "");
	breaks(AIP_CLAUDE, "");
	breaks(AIP_RESPONSES, "");
	breaks(AIP_GEMINI, "");
}

TEST(a_call_cut_within_its_arguments_is_never_told_as_whole)
{
	breaks(AIP_CHAT, CALLS("{'index':0,'id':'c','function':{'name':'f','arguments':'{'}}"));
	breaks(AIP_CHAT,
	       CALLS("{'index':0,'id':'c','function':{'name':'f','arguments':'{'}}") DONE);
	breaks(AIP_CLAUDE, MESSAGE BLOCK("0", "{'type':'tool_use','id':'c','name':'f','input':{}}")
	                           DELTA("0", "{'type':'input_json_delta','partial_json':'{'}"));
	breaks(AIP_RESPONSES, CREATED ITEM("added", "0", FUNCTION("")) ARGS("{"));
}

TEST(reasoning_and_then_the_end_is_an_error)
{
	breaks(AIP_CHAT, CHAT("{'index':0,'delta':{'reasoning_content':'a'}}"));
	breaks(AIP_CLAUDE,
	       MESSAGE BLOCK("0", "{'type':'thinking','thinking':'','signature':''}")
	               DELTA("0", "{'type':'thinking_delta','thinking':'a'}") STOP("0"));
	breaks(AIP_RESPONSES,
	       CREATED ITEM("added", "0", "{'type':'reasoning','id':'rs_1','summary':[]}")
	               ITEM("done", "0", "{'type':'reasoning','id':'rs_1','summary':[]}"));
	breaks(AIP_GEMINI, PARTS("{'text':'a','thought':true}"));
}

TEST(an_empty_or_null_finish_reason_stops_nothing)
{
	static const char want[] = "start; text 0; 0=a; 0=b; stop 0; finish end_turn; end";

	reads(AIP_CHAT,
	      CHAT("{'index':0,'delta':{'content':'a'},'finish_reason':''}") SAYS("b") STOPS("stop")
	              DONE,
	      want);
	reads(AIP_CHAT,
	      CHAT("{'index':0,'delta':{'content':'a'},'finish_reason':null}") SAYS("b")
	              STOPS("stop") DONE,
	      want);
	reads(AIP_GEMINI,
	      "data: {'candidates':[{'content':{'parts':[{'text':'a'}]},'finishReason':null}]}\n"
	      "data: {'candidates':[{'content':{'parts':[{'text':'b'}]},'finishReason':''}]}\n"
	      "data: {'candidates':[{'finishReason':'STOP'}]}\n",
	      want);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

TEST(chunks_that_say_nothing_open_no_block)
{
	reads(AIP_CHAT,
	      CHAT("{'index':0,'delta':{'role':'assistant'}}")
	              CHAT("{'index':0,'delta':{'content':''}}") CHAT("{'index':0,'delta':{}}")
	                      CHAT("{'index':0,'delta':{'content':null}}") SAYS("a") STOPS("stop")
	                              DONE,
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
	reads(AIP_GEMINI, PARTS("{'text':''}") PARTS("") FINISHES("{'text':'a'}"),
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
}

TEST(pieces_of_text_keep_the_space_around_them)
{
	reads(AIP_CHAT, SAYS(" a ") SAYS("\\n") SAYS("  b") STOPS("stop") DONE,
	      "start; text 0; 0= a ; 0=\n; 0=  b; stop 0; finish end_turn; end");
	reads(AIP_CLAUDE,
	      MESSAGE TEXT("0", " a ") DELTA("0", "{'type':'text_delta','text':'\\n  b'}") STOP("0")
	              ENDS("end_turn") ENDED,
	      "start; text 0; 0= a ; 0=\n  b; stop 0; finish end_turn; end");
	reads(AIP_GEMINI, PARTS("{'text':' a '}") FINISHES("{'text':'\\n  b'}"),
	      "start; text 0; 0= a ; 0=\n  b; stop 0; finish end_turn; end");
}

TEST(what_nobody_knows_is_passed_over)
{
	reads(AIP_CHAT,
	      CHAT("{'index':0,'delta':{'hologram':{'x':1},'content':'a'}}") "data: "
	                                                                     "{'object':'next.year'"
	                                                                     "}\n" STOPS("stop")
	                                                                             DONE,
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
	reads(AIP_CLAUDE,
	      MESSAGE "data: {'type':'next_year','index':7}\n" TEXT("0", "a")
	              DELTA("0", "{'type':'hologram_delta','x':1}") STOP("0") ENDS("end_turn")
	                      ENDED,
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
	reads(AIP_RESPONSES,
	      CREATED "data: {'type':'response.next_year','x':1}\n" ITEM("added", "0", FUNCTION(""))
	              ARGS("{}") ITEM("done", "0", FUNCTION("{}")) COMPLETED,
	      "start; call 0 f c; 0={}; stop 0; finish tool_use; end");
	reads(AIP_GEMINI, "data: {'nextYear':{'x':1}}\n" FINISHES("{'text':'a','hologram':1}"),
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
}

TEST(a_second_start_is_ignored)
{
	reads(AIP_CLAUDE, MESSAGE MESSAGE TEXT("0", "a") STOP("0") ENDS("end_turn") ENDED,
	      "start; text 0; 0=a; stop 0; finish end_turn; end");
	reads(AIP_RESPONSES,
	      CREATED CREATED ITEM("added", "0", FUNCTION("")) ARGS("{}")
	              ITEM("done", "0", FUNCTION("{}")) COMPLETED,
	      "start; call 0 f c; 0={}; stop 0; finish tool_use; end");
}

/* ---- Calls ---------------------------------------------------------------------------------- */

TEST(a_call_waits_for_its_name_and_vanishes_without_one)
{
	reads(AIP_CHAT,
	      CALLS("{'index':0,'id':'c','function':{'name':null,'arguments':''}}")
	              CALLS("{'index':0,'function':{'name':'f','arguments':'{}'}}")
	                      STOPS("tool_calls") DONE,
	      "start; call 0 f c; 0={}; stop 0; finish tool_use; end");
	reads(AIP_CHAT,
	      CALLS("{'index':0,'id':'c','function':{'name':'','arguments':'{}'}}")
	              STOPS("tool_calls") DONE,
	      "start; finish end_turn; end");
}

TEST(a_name_on_each_fragment_is_one_name)
{
	reads(AIP_CHAT,
	      CALLS("{'index':0,'id':'c','function':{'name':'f','arguments':'{'}}")
	              CALLS("{'index':0,'id':'c','function':{'name':'f','arguments':'}'}}")
	                      STOPS("tool_calls") DONE,
	      "start; call 0 f c; 0={; 0=}; stop 0; finish tool_use; end");
}

static struct aip_str id_of_the_call(struct aip_arena *arena, const char *frames)
{
	struct aip_str line = events_of(arena, AIP_CHAT, bytes_of(arena, frames, "\n", ""), 0);
	const ptrdiff_t at = aip_str_find(line, AIP_LIT("call 0 f "));

	CHECK(at >= 0);
	struct aip_str id = aip_strn(line.at + at + 9, line.len - (size_t)at - 9);
	const ptrdiff_t end = aip_str_find(id, AIP_LIT(";"));
	CHECK(end > 0);
	return aip_strn(id.at, (size_t)end);
}

TEST(a_call_without_an_id_gets_the_same_each_time)
{
	static const char never[] = CALLS("{'index':0,'function':{'name':'f','arguments':'{'}}")
		CALLS("{'index':0,'function':{'arguments':'}'}}") STOPS("tool_calls") DONE;
	static const char late[] = CALLS("{'index':0,'function':{'name':'f','arguments':'{'}}")
		CALLS("{'index':0,'id':'late','function':{'arguments':'}'}}") STOPS("tool_calls")
			DONE;
	static const char *const streams[] = {never, late};

	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		struct aip_arena *arena = aip_arena_create();
		struct aip_str id = id_of_the_call(arena, streams[i]);
		CHECK(id.len > 0 && !aip_str_is(id, "-"));
		CHECK_BYTES_EQ(id_of_the_call(arena, streams[i]), id);
		aip_arena_destroy(arena);
	}
}

TEST(no_arguments_are_an_empty_object)
{
	static const char want[] = "start; call 0 f c; 0={}; stop 0; finish tool_use; end";

	reads(AIP_CHAT,
	      CALLS("{'index':0,'id':'c','function':{'name':'f','arguments':''}}")
	              STOPS("tool_calls") DONE,
	      want);
	reads(AIP_CHAT,
	      CALLS("{'index':0,'id':'c','function':{'name':'f'}}") STOPS("tool_calls") DONE, want);
	reads(AIP_CLAUDE,
	      MESSAGE BLOCK("0", "{'type':'tool_use','id':'c','name':'f','input':{}}") STOP("0")
	              ENDS("tool_use") ENDED,
	      want);
	reads(AIP_RESPONSES,
	      CREATED ITEM("added", "0", FUNCTION("")) ITEM("done", "0", FUNCTION("")) COMPLETED,
	      want);
	reads(AIP_GEMINI, FINISHES("{'functionCall':{'name':'f','id':'c'}}"), want);
}

TEST(arguments_told_twice_or_only_at_the_end_come_once)
{
	static const char want[] = "start; call 0 f c; 0={}; stop 0; finish tool_use; end";

	reads(AIP_RESPONSES,
	      CREATED ITEM("added", "0", FUNCTION("")) ARGS_DONE("{}")
	              ITEM("done", "0", FUNCTION("{}")) COMPLETED,
	      want);
	reads(AIP_RESPONSES, CREATED ITEM("added", "0", FUNCTION("")) ARGS_DONE("{ }") COMPLETED,
	      "start; call 0 f c; 0={ }; stop 0; finish tool_use; end");
	reads(AIP_RESPONSES,
	      CREATED ITEM("added", "0", FUNCTION("")) ITEM("done", "0", FUNCTION("{}")) COMPLETED,
	      want);
	reads(AIP_RESPONSES,
	      CREATED ITEM("added", "0", FUNCTION("")) ARGS("{}") ARGS_DONE("{}")
	              ITEM("done", "0", FUNCTION("{}")) COMPLETED,
	      want);
}

TEST(arguments_keep_every_byte)
{
	static const char want[] = "start; call 0 f c; 0={ \"b\":9007199254740993 "
				   ",\"a\":1e400,\"b\":\"<>&\\u2028\\ud83d\\ude00\"}; "
				   "stop 0; finish tool_use; end";

	reads(AIP_CHAT,
	      CALLS("{'index':0,'id':'c','function':{'name':'f','arguments':'{ "
	            "\\'b\\':9007199254740993 "
	            ",\\'a\\':1e400,\\'b\\':\\'<>&\\\\u2028\\\\ud83d\\\\ude00\\'}'}}")
	              STOPS("tool_calls") DONE,
	      want);
	reads(AIP_GEMINI,
	      FINISHES("{'functionCall':{'name':'f','id':'c','args':{ 'b':9007199254740993 "
	               ",'a':1e400,'b':'<>&\\u2028\\ud83d\\ude00'}}}"),
	      want);
}

/* ---- Size ----------------------------------------------------------------------------------- */

static enum aip_status count_bytes(void *to, const struct aip_event *event)
{
	*(size_t *)to += event->kind == AIP_EV_DELTA ? event->text.len : 0;
	return AIP_OK;
}

static void reads_16_mib(enum aip_dialect upstream, const char *before, const char *behind)
{
	const struct aip_codec *codec = aip_codec_of(upstream);
	struct aip_arena *arena = aip_arena_create();
	struct aip_codec_ctx ctx = ctx_of(arena, upstream);
	const size_t size = 16u << 20;
	size_t got = 0;
	struct aip_decoder *decoder =
		codec->decoder_new(&ctx, (struct aip_sink){count_bytes, &got});
	struct aip_str text = {aip_arena_bytes(arena, size), size};
	struct aip_error error = {0};

	memset((char *)text.at, 'x', size);
	CHECK_INT_EQ(codec->decoder_feed(decoder, bytes_of(arena, before, "\n", ""), &error),
	             AIP_OK);
	CHECK_INT_EQ(codec->decoder_feed(decoder, text, &error), AIP_OK);
	CHECK_INT_EQ(codec->decoder_feed(decoder, bytes_of(arena, behind, "\n", ""), &error),
	             AIP_OK);
	codec->decoder_fini(decoder);
	CHECK_INT_EQ(got, size);
	aip_arena_destroy(arena);
}

TEST(a_line_of_16_mib_is_read)
{
	reads_16_mib(AIP_CHAT, "data: {'id':'c1','choices':[{'index':0,'delta':{'content':'",
	             "'}}]}\n");
	reads_16_mib(
		AIP_CLAUDE,
		MESSAGE BLOCK(
			"0", "{'type':'text','text':''}") "data: "
							  "{'type':'content_block_delta','index':0,"
							  "'delta':{'type':'text_delta','text':'",
		"'}}\n");
	reads_16_mib(AIP_GEMINI, "data: {'candidates':[{'content':{'parts':[{'text':'",
	             "'}]}}]}\n");
	reads_16_mib(AIP_RESPONSES,
	             CREATED ITEM("added", "0",
	                          "{'type':'message','id':'msg_1','role':'assistant','content':["
	                          "]}") "data: "
	                                "{'type':'response.content_part.added','output_index':0,"
	                                "'content_index':0,"
	                                "'part':{'type':'output_text','text':''}}\n"
	                                "data: "
	                                "{'type':'response.output_text.delta','output_index':0,'"
	                                "content_index':0,'delta':'",
	             "'}\n");
}

RUN_ALL(CASE(a_finish_and_an_end_marker_are_one_end_and_nothing_follows),
        CASE(a_finish_without_an_end_marker_is_enough), CASE(an_end_before_any_finish_is_an_error),
        CASE(a_call_cut_within_its_arguments_is_never_told_as_whole),
        CASE(reasoning_and_then_the_end_is_an_error),
        CASE(an_empty_or_null_finish_reason_stops_nothing),
        CASE(chunks_that_say_nothing_open_no_block),
        CASE(pieces_of_text_keep_the_space_around_them), CASE(what_nobody_knows_is_passed_over),
        CASE(a_second_start_is_ignored), CASE(a_call_waits_for_its_name_and_vanishes_without_one),
        CASE(a_name_on_each_fragment_is_one_name),
        CASE(a_call_without_an_id_gets_the_same_each_time), CASE(no_arguments_are_an_empty_object),
        CASE(arguments_told_twice_or_only_at_the_end_come_once), CASE(arguments_keep_every_byte),
        CASE(a_line_of_16_mib_is_read))
