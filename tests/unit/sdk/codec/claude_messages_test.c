/* The Anthropic Messages codec, where its examples in tests/wire do not reach: what it refuses,
 * clamps and mends, and the strict grammar of its streams. */
#include "../ir/script.h"

#define OUT_MAX (4u << 20)

static const struct aip_codec *codec;
static struct aip_arena *arena;
static struct aip_caps caps;
static struct aip_codec_ctx ctx;
static struct aip_error error;
static struct aip_buf out;

static int set_up(void **state)
{
	codec = aip_codec_of(AIP_CLAUDE);
	arena = aip_arena_create();
	caps = (struct aip_caps){0};
	error = (struct aip_error){0};
	aip_buf_init(&out, OUT_MAX);
	ctx = (struct aip_codec_ctx){
		.arena = arena,
		.client = AIP_CLAUDE,
		.upstream = AIP_CLAUDE,
		.model_asked = AIP_LIT("asked"),
		.model = AIP_LIT("m1"),
		.vendor = AIP_VENDOR_ANTHROPIC,
		.caps = &caps,
		.seed = 1,
	};
	return 0;
}

static int tear_down(void **state)
{
	aip_buf_fini(&out);
	aip_arena_destroy(arena);
	return 0;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static enum aip_status read_as(enum aip_dialect dialect, const char *body, struct aip_request **ret)
{
	const struct aip_wire_in in = {.body = aip_str(body), .model = AIP_NONE};

	return aip_codec_of(dialect)->read_request(&ctx, &in, ret, &error);
}

/* A client's request as the upstream gets it; the error's message when it is refused. */
static struct aip_str sent_from(enum aip_dialect client, const char *body)
{
	struct aip_request *request = NULL;

	aip_buf_clear(&out);
	ctx.client = client;
	ctx.dropped = NULL;
	if (read_as(client, body, &request) || codec->write_request(&ctx, request, &out, &error))
		return aip_str(error.message);
	return aip_buf_str(&out);
}

static bool has(struct aip_str text, const char *piece)
{
	return aip_str_find(text, aip_str(piece)) >= 0;
}

#define CHAT(rest) sent_from(AIP_CHAT, "{\"model\":\"m\"," rest "}")
#define OWN(rest)  sent_from(AIP_CLAUDE, "{\"model\":\"m\",\"max_tokens\":4000," rest "}")
#define HI         "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define FN(name)   "{\"type\":\"function\",\"function\":{\"name\":\"" name "\"}}"
#define CALL(id)        \
	"{\"id\":\"" id \
	"\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"
#define CALLS(call) "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" call "]}"
#define RESULT(id)  "{\"role\":\"tool\",\"tool_call_id\":\"" id "\",\"content\":\"ok\"}"
#define USER        "{\"role\":\"user\",\"content\":\"hi\"}"

static void refuses(const char *body, const char *param)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(read_as(AIP_CLAUDE, body, &request), AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(error.param), param);
	CHECK(has(aip_str(error.message), param));
}

TEST(what_is_wrong_is_named_by_its_path)
{
	refuses("{\"max_tokens\":1," HI "}", "model");
	refuses("{\"model\":\"m\"," HI "}", "max_tokens");
	refuses("{\"model\":\"m\",\"max_tokens\":-1," HI "}", "max_tokens");
	refuses("{\"model\":\"m\",\"max_tokens\":1}", "messages");
	refuses("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[]}", "messages");
	refuses("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"content\":\"x\"}]}",
		"messages[0].role");
	refuses("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":"
		"[{\"type\":\"text\"}]}]}",
		"messages[0].content[0].text");
	refuses("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":"
		"[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"*\"}}]}]}",
		"messages[0].content[0].source.data");
	refuses("{\"model\":\"m\",\"max_tokens\":1,\"tools\":[{\"input_schema\":{}}]," HI "}",
		"tools[0].name");
	refuses("{\"model\":\"m\",\"max_tokens\":1,\"thinking\":{\"type\":\"enabled\"}," HI "}",
		"thinking.budget_tokens");
	refuses("{\"model\":\"m\",\"max_tokens\":1,\"tool_choice\":{\"type\":\"x\"}," HI "}",
		"tool_choice");
}

TEST(a_request_for_counting_needs_no_limit)
{
	const struct aip_wire_in in = {
		.body = AIP_LIT("{\"model\":\"m\",\"temperature\":1," HI "}")};
	struct aip_request *request = NULL;

	CHECK_INT_EQ(codec->read_count(&ctx, &in, &request, &error), AIP_OK);
	CHECK_INT_EQ(codec->write_count(&ctx, request, &out, &error), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&out), "{\"model\":\"m1\",\"messages\":[{\"role\":\"user\","
					"\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}]}");
}

TEST(null_members_are_not_there)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(read_as(AIP_CLAUDE,
			     "{\"model\":\"m\",\"max_tokens\":1,\"system\":null,\"tools\":null,"
			     "\"temperature\":null,\"thinking\":null,\"stop_sequences\":null," HI
			     "}",
			     &request),
		     AIP_OK);
	CHECK(!request->sampling.temperature.at && !request->tools && !request->system);
}

TEST(thinking_and_calls_in_a_users_message_are_ignored)
{
	struct aip_str sent = OWN("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
				  "\"thinking\",\"thinking\":\"x\",\"signature\":\"s\"},{\"type\":"
				  "\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}},"
				  "{\"type\":\"text\",\"text\":\"hi\"}]}]");

	CHECK(!has(sent, "thinking") && !has(sent, "tool_use") && has(sent, "\"hi\""));
}

TEST(results_stand_before_what_the_user_says_beside_them)
{
	struct aip_str sent = CHAT("\"tools\":[" FN("f") "],\"messages\":[" USER "," CALLS(
		CALL("a") "," CALL("b")) "," USER "," RESULT("b") "," RESULT("a") "]");
	ptrdiff_t call = aip_str_find(sent, AIP_LIT("\"tool_use\"")),
		  result = aip_str_find(sent, AIP_LIT("\"tool_result\""));

	CHECK(call > 0 && result > call);
	CHECK(has(aip_strn(sent.at + result, sent.len - (size_t)result), "\"text\":\"hi\""));
	CHECK(!has(aip_strn(sent.at + call, (size_t)(result - call)), "\"text\""));
}

TEST(ids_of_calls_are_legal_and_never_used_twice)
{
	struct aip_str sent = CHAT("\"tools\":[" FN("f") "],\"messages\":[" USER "," CALLS(
		CALL("a.1")) "," RESULT("a.1") "," CALLS(CALL("a.1")) "," RESULT("a.1") "]");

	CHECK(!has(sent, "\"a.1\""));
	CHECK(has(sent, "\"id\":\"a_1_") && has(sent, "\"tool_use_id\":\"a_1_"));
	CHECK(has(sent, "\"id\":\"call_") && has(sent, "\"tool_use_id\":\"call_"));
}

TEST(a_history_that_ends_with_a_call_gets_its_answer)
{
	struct aip_str sent =
		CHAT("\"tools\":[" FN("f") "],\"messages\":[" USER "," CALLS(CALL("a")) "]");

	CHECK(has(sent, "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
			"\"a\",\"content\":\"[no result recorded]\",\"is_error\":true}]}"));
}

TEST(calls_of_undeclared_tools_declare_them)
{
	struct aip_str sent = CHAT("\"messages\":[" USER "," CALLS(CALL("a")) "," RESULT("a") "]");

	CHECK(has(sent, "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\","
			"\"properties\":{}}}]"));
	CHECK(!has(sent, "tool_choice"));
}

TEST(the_first_message_is_the_users)
{
	CHECK(has(CHAT("\"messages\":[{\"role\":\"system\",\"content\":\"s\"}]"),
		  "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\".\"}"
		  "]}]"));
	CHECK(has(CHAT("\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"}," USER "]"),
		  "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\".\"}"
		  "]},"
		  "{\"role\":\"assistant\""));
}

TEST(a_prefill_loses_its_tail_and_a_model_that_takes_none_loses_it_all)
{
	static const char prefill[] = "{\"model\":\"m\",\"messages\":[" USER
				      ",{\"role\":\"assistant\",\"content\":\"Once \\n\"}]}";

	CHECK(has(sent_from(AIP_CHAT, prefill), "\"text\":\"Once\"}"));
	caps.prefill = AIP_NO;
	CHECK(!has(sent_from(AIP_CHAT, prefill), "Once"));
	CHECK_STR_EQ(ctx.dropped->name, "messages.prefill");
}

TEST(the_system_speaks_in_mid_conversation_where_the_model_lets_it)
{
	static const char body[] = "{\"model\":\"m\",\"messages\":[" USER
				   ",{\"role\":\"system\",\"content\":\"Hush.\"}]}";

	CHECK(has(sent_from(AIP_CHAT, body), "<system-reminder>\\nHush.\\n</system-reminder>"));
	caps.mid_system = AIP_YES;
	CHECK(has(sent_from(AIP_CHAT, body), "{\"role\":\"system\",\"content\":[{\"type\":\"text\","
					     "\"text\":\"Hush.\"}]}"));
}

TEST(at_most_four_breakpoints_stay_the_last_ones)
{
#define MARKED(text) \
	"{\"type\":\"text\",\"text\":\"" text "\",\"cache_control\":{\"type\":\"ephemeral\"}}"
	struct aip_str sent = OWN(
		"\"system\":[" MARKED("s") "],\"messages\":[{\"role\":\"user\","
					   "\"content\":[" MARKED("a") "," MARKED(" ") "," MARKED(
						   "b") "," MARKED("c") "," MARKED("d") "]}]");
	int n = 0;

	for (struct aip_str rest = sent; aip_str_find(rest, AIP_LIT("cache_control")) >= 0; n++) {
		size_t at = (size_t)aip_str_find(rest, AIP_LIT("cache_control")) + 1;
		rest = aip_strn(rest.at + at, rest.len - at);
	}
	CHECK_INT_EQ(n, 4);
	CHECK(has(sent, "\"system\":[{\"type\":\"text\",\"text\":\"s\"}]"));
	CHECK(has(sent, "\"d\",\"cache_control\""));
}

TEST(thinking_takes_the_form_that_the_model_knows)
{
	caps.modes = "budget";
	CHECK(has(CHAT("\"reasoning_effort\":\"medium\"," HI),
		  "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8192}"));
	caps.budget_max = 4096;
	CHECK(has(CHAT("\"reasoning_effort\":\"high\"," HI), "\"budget_tokens\":4096"));
	CHECK(has(CHAT("\"reasoning_effort\":\"minimal\"," HI), "\"budget_tokens\":1024"));
	caps = (struct aip_caps){.modes = "adaptive", .levels = "low medium high"};
	struct aip_str sent = CHAT("\"reasoning_effort\":\"minimal\"," HI);
	CHECK(has(sent, "\"thinking\":{\"type\":\"adaptive\"}"));
	CHECK(has(sent, "\"effort\":\"low\""));
	CHECK(!has(CHAT("\"reasoning_effort\":\"none\"," HI), "thinking"));
	caps.default_on = AIP_YES;
	CHECK(has(CHAT("\"reasoning_effort\":\"none\"," HI),
		  "\"thinking\":{\"type\":\"disabled\"}"));
	caps.can_disable = AIP_NO;
	sent = CHAT("\"reasoning_effort\":\"none\"," HI);
	CHECK(!has(sent, "thinking") && has(sent, "\"effort\":\"low\""));
}

TEST(a_budget_stays_below_the_limit_or_is_not_said)
{
	caps.modes = "budget";
	CHECK(has(CHAT("\"max_tokens\":4000,\"reasoning_effort\":\"high\"," HI),
		  "\"budget_tokens\":3999"));
	CHECK(!has(CHAT("\"max_tokens\":1024,\"reasoning_effort\":\"high\"," HI), "thinking"));
	caps.max_output = 64000;
	CHECK(has(CHAT("\"reasoning_effort\":\"high\"," HI), "\"max_tokens\":64000"));
	CHECK(has(CHAT(HI), "\"max_tokens\":32000"));
}

TEST(sampling_keeps_to_what_thinking_and_the_model_allow)
{
	CHECK(has(CHAT("\"temperature\":1.7," HI), "\"temperature\":1,") ||
	      has(CHAT("\"temperature\":1.7," HI), "\"temperature\":1}"));
	struct aip_str sent = CHAT("\"temperature\":0.50,\"top_p\":0.5," HI);
	CHECK(has(sent, "\"temperature\":0.50") && !has(sent, "top_p"));
	caps.modes = "budget";
	CHECK(!has(CHAT("\"temperature\":0.5,\"reasoning_effort\":\"low\"," HI), "temperature"));
	caps.temperature = "none";
	CHECK(!has(CHAT("\"temperature\":1," HI), "temperature"));
	CHECK(has(CHAT("\"stop\":[\" \",\"END\"]," HI), "\"stop_sequences\":[\"END\"]"));
}

TEST(a_forced_tool_and_thinking_are_settled_by_the_model)
{
#define FORCED \
	"\"reasoning_effort\":\"low\",\"tools\":[" FN("f") "],\"tool_choice\":\"required\"," HI
	caps.modes = "budget";
	struct aip_str sent = CHAT(FORCED);
	CHECK(has(sent, "\"tool_choice\":{\"type\":\"any\"}") && !has(sent, "thinking"));
	caps = (struct aip_caps){.modes = "adaptive", .forced_tool_with_thinking = "ok"};
	sent = CHAT(FORCED);
	CHECK(has(sent, "\"type\":\"any\"") && has(sent, "adaptive"));
	caps.forced_tool_with_thinking = "reject";
	sent = CHAT(FORCED);
	CHECK(has(sent, "\"tool_choice\":{\"type\":\"auto\"}") && has(sent, "adaptive"));
	ctx.loss = AIP_STRICT;
	CHECK(has(CHAT(FORCED), "tool_choice: "));
}

TEST(choices_and_tools_go_together)
{
	CHECK(!has(CHAT("\"tool_choice\":\"auto\"," HI), "tool_choice"));
	CHECK(has(CHAT("\"tools\":[" FN("f") "],\"parallel_tool_calls\":false," HI),
		  "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}"));
	struct aip_str sent = CHAT("\"tools\":[" FN("f") "," FN("g") "," FN(
		"f") "],\"tool_choice\":{\"type\":"
		     "\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":[" FN(
			     "g") "]}}," HI);
	CHECK(has(sent, "\"name\":\"g\"") && !has(sent, "\"name\":\"f\""));
	CHECK(has(sent, "\"tool_choice\":{\"type\":\"any\"}"));
}

TEST(what_the_dialect_lacks_is_dropped_by_name_or_refused)
{
	CHAT("\"seed\":1,\"logit_bias\":{\"1\":1}," HI);
	CHECK_STR_EQ(ctx.dropped->name, "seed");
	CHECK_STR_EQ(ctx.dropped->next->name, "logit_bias");
	CHECK(has(CHAT("\"n\":2," HI), "n: "));
	ctx.loss = AIP_STRICT;
	CHECK(has(CHAT("\"seed\":1," HI), "seed"));
}

TEST(state_of_other_vendors_stays_away)
{
	struct aip_str sent =
		OWN("\"messages\":[" USER ",{\"role\":\"assistant\",\"content\":[{"
		    "\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"gw1.x\"},{"
		    "\"type\":\"thinking\",\"thinking\":\"ha\",\"signature\":\"\"},{"
		    "\"type\":\"text\",\"text\":\"x\"}]}," USER "]");

	CHECK(!has(sent, "hm") && !has(sent, "ha\""));
	caps.unsigned_thinking_ok = AIP_YES;
	CHECK(has(OWN("\"messages\":[" USER ",{\"role\":\"assistant\",\"content\":[{\"type\":"
		      "\"thinking\",\"thinking\":\"ha\"},{\"type\":\"text\",\"text\":\"x\"}]}," USER
		      "]"),
		  "{\"type\":\"thinking\",\"thinking\":\"ha\",\"signature\":\"\"}"));
}

/* ---- Streams -------------------------------------------------------------------------------- */

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

/* ---- Answers, read -------------------------------------------------------------------------- */

static enum aip_status trace(void *to, const struct aip_event *event)
{
	return trace_emit(to, event);
}

#define START                                                                                      \
	"data: "                                                                                   \
	"{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":3}" \
	"}}\n\n"
#define EV(json) "data: " json "\n\n"

static struct aip_str heard(const char *bytes, enum aip_eof how)
{
	struct trace seen = {0};
	aip_buf_init(&seen.line, OUT_MAX);
	struct aip_decoder *decoder = codec->decoder_new(&ctx, (struct aip_sink){trace, &seen});

	enum aip_status s = codec->decoder_feed(decoder, aip_str(bytes), &error);
	if (!s)
		s = codec->decoder_finish(decoder, how, &error);
	codec->decoder_fini(decoder);
	if (s)
		aip_buf_addf(&seen.line, "; %s", aip_status_name(s));
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&seen.line));
	aip_buf_fini(&seen.line);
	return text;
}

#define TEXT0                                                                                    \
	EV("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\"," \
	   "\"text\":\"\"}}")                                                                    \
	EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","   \
	   "\"text\":\"Hi\"}}")
#define STOPPED                                                                               \
	EV("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{" \
	   "\"output_tokens\":4}}")

TEST(a_stream_that_breaks_off_is_no_answer)
{
	CHECK(has(heard(START TEXT0, AIP_EOF_COMPLETE), "error"));
	CHECK(has(heard(START TEXT0 STOPPED, AIP_EOF_CUT), "end"));
	CHECK(has(heard("", AIP_EOF_COMPLETE), "error"));
	CHECK(has(heard(START EV("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{"
				 "\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}}")
				EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"
				   "\"type\":"
				   "\"input_json_delta\",\"partial_json\":\"{\\\"a\"}}"),
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
	struct aip_str line = heard(
		START EV("{\"type\":\"tomorrow\"}") EV(
			"{\"type\":\"content_block_delta\",\"index\":7,\"delta\":{\"type\":\"text_"
			"delta\",\"text\":\"x\"}}")
			TEXT0 EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"
				 "\"type\":\"signature_delta\",\"signature\":\"x\"}}")
				EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"
				   "\"type\":\"new_delta\"}}") STOPPED EV("[DONE]")
					EV("{\"type\":\"message_stop\"}"),
		AIP_EOF_COMPLETE);

	CHECK(has(line, "0=Hi") && has(line, "finish end_turn") && !has(line, "error"));
}

TEST(input_that_came_with_the_start_is_said_once)
{
	struct aip_str line = heard(
		START EV(
			"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
			"\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{\"x\": 1}}}")
			EV("{\"type\":\"content_block_stop\",\"index\":0}")
				EV("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_"
				   "use\"}}") EV("{\"type\":\"message_stop\"}"),
		AIP_EOF_COMPLETE);

	CHECK(has(line, "0={\"x\": 1}; stop 0"));
}

TEST(a_whole_message_or_an_error_may_stand_where_a_stream_was_asked_for)
{
	CHECK(has(heard("{\"id\":\"msg_1\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}],"
			"\"stop_reason\":\"end_turn\"}",
			AIP_EOF_COMPLETE),
		  "0=Hi"));
	CHECK(has(heard("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
			"\"x\"}}",
			AIP_EOF_COMPLETE),
		  "error"));
	CHECK(has(heard("<html>", AIP_EOF_COMPLETE), "error"));
	CHECK(has(heard(EV("nonsense"), AIP_EOF_COMPLETE), "UPSTREAM_BROKEN"));
}

TEST(free_text_of_a_custom_tool_is_unwrapped)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(
		read_as(AIP_CHAT,
			"{\"model\":\"m\",\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":"
			"\"sh\"}}]," HI "}",
			&request),
		AIP_OK);
	ctx.request = request;
	struct aip_str line = heard(
		START EV(
			"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
			"\"tool_use\",\"id\":\"a\",\"name\":\"sh\",\"input\":{}}}")
			EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
			   "\"input_json_delta\",\"partial_json\":\"{\\\"input\\\": \\\"l\"}}")
				EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"
				   "\"type\":"
				   "\"input_json_delta\",\"partial_json\":\"s\\\\n\\\"}\"}}")
					EV("{\"type\":\"content_block_stop\",\"index\":0}")
						EV("{\"type\":\"message_delta\",\"delta\":{\"stop_"
						   "reason\":\"tool_use\"}}"),
		AIP_EOF_COMPLETE);

	CHECK(has(line, "custom 0 sh a; 0=ls\n; stop 0"));
}

TEST(the_forced_call_that_stands_in_for_a_schema_is_the_answers_text)
{
	struct aip_request *request = NULL;

	caps.structured_out = AIP_NO;
	CHECK_INT_EQ(
		read_as(AIP_CHAT,
			"{\"model\":\"m\",\"response_format\":{\"type\":\"json_schema\","
			"\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\"}}}," HI
			"}",
			&request),
		AIP_OK);
	ctx.request = request;
	struct aip_str line = heard(
		START EV(
			"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
			"\"tool_use\",\"id\":\"a\",\"name\":\"json_response\",\"input\":{}}}")
			EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
			   "\"input_json_delta\",\"partial_json\":\"{}\"}}")
				EV("{\"type\":\"content_block_stop\",\"index\":0}")
					EV("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
					   "\"tool_use\"}}"),
		AIP_EOF_COMPLETE);

	CHECK(has(line, "text 0; 0={}; stop 0") && has(line, "finish end_turn"));
}

/* ---- Errors, counts, splices ---------------------------------------------------------------- */

static enum aip_status status_of(int http, const char *body)
{
	const struct aip_header headers[] = {{AIP_LIT("request-id"), AIP_LIT("req_9")},
					     {AIP_LIT("retry-after"), AIP_LIT("7")}};

	codec->read_error(&ctx, http, headers, 2, aip_str(body), &error);
	return error.status;
}

TEST(errors_of_the_upstream_are_told_apart)
{
#define ERROR(type, message) \
	"{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"}}"
	CHECK_INT_EQ(status_of(400, ERROR("invalid_request_error", "prompt is too long: 9 > 8")),
		     AIP_CONTEXT_TOO_LONG);
	CHECK_INT_EQ(status_of(400, ERROR("invalid_request_error", "no")), AIP_BAD_REQUEST);
	CHECK_INT_EQ(
		status_of(400, ERROR("invalid_request_error", "Your credit balance is too low")),
		AIP_CRED_UNPAID);
	CHECK_INT_EQ(status_of(401, ERROR("authentication_error", "no")), AIP_CRED_REJECTED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
	CHECK_INT_EQ(status_of(413, ERROR("request_too_large", "no")), AIP_TOO_LARGE);
	CHECK_INT_EQ(status_of(429, ERROR("rate_limit_error", "no")), AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.retry_after_ms, 7000);
	CHECK_STR_EQ(aip_str(error.request_id), "req_9");
	CHECK_INT_EQ(status_of(529, ERROR("overloaded_error", "no")), AIP_OVERLOADED);
	CHECK_INT_EQ(status_of(200, ERROR("overloaded_error", "no")), AIP_OVERLOADED);
	CHECK_INT_EQ(status_of(502, "<html>bad</html>"), AIP_UPSTREAM_BROKEN);
	CHECK(error.message[0]);
	CHECK_INT_EQ(status_of(500, ""), AIP_UPSTREAM_ERROR);
}

TEST(errors_are_written_in_the_dialects_words)
{
	struct aip_error too_long = {.status = AIP_CONTEXT_TOO_LONG, .message = "9 > 8"};

	CHECK_INT_EQ(codec->write_error(&too_long, AIP_LIT("r1"), &out), 400);
	CHECK_STR_EQ(
		aip_buf_str(&out),
		"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
		"\"prompt is too long: 9 > 8\"},\"request_id\":\"r1\"}");
	struct aip_error busy = {.status = AIP_OVERLOADED, .message = "busy"};
	aip_buf_clear(&out);
	CHECK_INT_EQ(codec->write_error(&busy, AIP_NONE, &out), 529);
}

TEST(a_count_is_read_and_written)
{
	int64_t tokens = 0;

	CHECK_INT_EQ(codec->read_counted(&ctx, AIP_LIT("{\"input_tokens\":42}"), &tokens, &error),
		     AIP_OK);
	CHECK_INT_EQ(tokens, 42);
	CHECK_INT_EQ(codec->read_counted(&ctx, AIP_LIT("{}"), &tokens, &error),
		     AIP_UPSTREAM_BROKEN);
	codec->write_counted(42, &out);
	CHECK_STR_EQ(aip_buf_str(&out), "{\"input_tokens\":42}");
}

TEST(only_the_models_own_name_is_spliced)
{
	CHECK(codec->splice_model(AIP_LIT("{ \"type\":\"message_start\", "
					  "\"message\":{\"x\":1.0,\"model\" : \"m1\"} }"),
				  AIP_LIT("mine"), &out));
	CHECK_STR_EQ(aip_buf_str(&out),
		     "{ \"type\":\"message_start\", \"message\":{\"x\":1.0,\"model\" "
		     ": \"mine\"} }");
	aip_buf_clear(&out);
	CHECK(codec->splice_model(AIP_LIT("{\"content\":[{\"model\":\"x\"}],\"model\":\"m1\"}"),
				  AIP_LIT("mine"), &out));
	CHECK_STR_EQ(aip_buf_str(&out), "{\"content\":[{\"model\":\"x\"}],\"model\":\"mine\"}");
	aip_buf_clear(&out);
	CHECK(!codec->splice_model(AIP_LIT("{\"type\":\"ping\"}"), AIP_LIT("mine"), &out));
	CHECK(!codec->splice_model(AIP_LIT("{\"model\":1}"), AIP_LIT("mine"), &out));
	CHECK(!codec->splice_model(AIP_LIT("nonsense"), AIP_LIT("mine"), &out));
	CHECK_INT_EQ(out.len, 0);
}

#define HERE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(what_is_wrong_is_named_by_its_path),
		HERE(a_request_for_counting_needs_no_limit),
		HERE(null_members_are_not_there),
		HERE(thinking_and_calls_in_a_users_message_are_ignored),
		HERE(results_stand_before_what_the_user_says_beside_them),
		HERE(ids_of_calls_are_legal_and_never_used_twice),
		HERE(a_history_that_ends_with_a_call_gets_its_answer),
		HERE(calls_of_undeclared_tools_declare_them),
		HERE(the_first_message_is_the_users),
		HERE(a_prefill_loses_its_tail_and_a_model_that_takes_none_loses_it_all),
		HERE(the_system_speaks_in_mid_conversation_where_the_model_lets_it),
		HERE(at_most_four_breakpoints_stay_the_last_ones),
		HERE(thinking_takes_the_form_that_the_model_knows),
		HERE(a_budget_stays_below_the_limit_or_is_not_said),
		HERE(sampling_keeps_to_what_thinking_and_the_model_allow),
		HERE(a_forced_tool_and_thinking_are_settled_by_the_model),
		HERE(choices_and_tools_go_together),
		HERE(what_the_dialect_lacks_is_dropped_by_name_or_refused),
		HERE(state_of_other_vendors_stays_away),
		HERE(calls_that_run_side_by_side_are_told_one_behind_the_other),
		HERE(text_ends_when_a_call_starts_and_goes_on_behind_it),
		HERE(thinking_ends_with_a_signature_in_every_case),
		HERE(figures_that_come_last_are_told_once),
		HERE(an_error_ends_the_stream_without_a_stop),
		HERE(free_text_is_wrapped_when_it_is_whole),
		HERE(a_ping_keeps_a_running_stream_alive_and_no_other),
		HERE(a_stream_that_breaks_off_is_no_answer),
		HERE(a_stream_without_its_last_event_is_whole_once_it_stopped),
		HERE(events_blocks_and_deltas_that_nobody_knows_are_passed_over),
		HERE(input_that_came_with_the_start_is_said_once),
		HERE(a_whole_message_or_an_error_may_stand_where_a_stream_was_asked_for),
		HERE(free_text_of_a_custom_tool_is_unwrapped),
		HERE(the_forced_call_that_stands_in_for_a_schema_is_the_answers_text),
		HERE(errors_of_the_upstream_are_told_apart),
		HERE(errors_are_written_in_the_dialects_words),
		HERE(a_count_is_read_and_written),
		HERE(only_the_models_own_name_is_spliced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
