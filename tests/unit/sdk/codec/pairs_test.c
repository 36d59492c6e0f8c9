/* What holds for a request whatever dialect it comes in and goes out in. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include <aiproxy/rules.h>

static const enum aip_dialect all[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};
#define EACH_DIALECT(d) for (size_t i_ = 0, d = AIP_CHAT; i_ < 4; i_++, d = i_ < 4 ? all[i_] : 0)

static struct aip_arena *arena;
static uint64_t calls; /* no two calls of the gateway have one seed */

static struct aip_codec_ctx ctx_of(size_t from, size_t to, const char *caps_json)
{
	const struct aip_model *model = aip_model_unknown();
	struct aip_error error = {0};

	if (caps_json) {
		struct aip_str json =
			aip_arena_printf(arena, "{\"models\":[{\"id\":\"m\",%s}]}", caps_json);
		if (aip_models_read(arena, json, &model, &error))
			fail_msg("%s", error.message);
	}
	return (struct aip_codec_ctx){
		.arena = arena,
		.client = (enum aip_dialect)from,
		.upstream = (enum aip_dialect)to,
		.model_asked = AIP_LIT("m"),
		.model = AIP_LIT("m"),
		.vendor = aip_codec_of((enum aip_dialect)to)->vendor,
		.caps = &model->caps,
		.seed = ++calls,
	};
}

static struct aip_str sent_bytes(size_t from, size_t to, struct aip_str body, const char *caps)
{
	struct aip_codec_ctx ctx = ctx_of(from, to, caps);
	const struct aip_wire_in in = {.body = body, .model = AIP_LIT("m")};
	struct aip_request *request;
	struct aip_error error = {0};
	struct aip_json *doc;
	struct aip_buf out;

	aip_buf_init(&out, 256u << 20);
	enum aip_status s =
		aip_codec_of((enum aip_dialect)from)->read_request(&ctx, &in, &request, &error);
	if (!s)
		s = aip_request_check(request, &error);
	if (!s)
		s = aip_request_fit(&ctx, request, &error);
	ctx.request = request;
	if (!s)
		s = aip_codec_of((enum aip_dialect)to)->write_request(&ctx, request, &out, &error);
	struct aip_str got = s ? aip_arena_printf(arena, "%s %s: %s", aip_status_name(s),
	                                          error.param, error.message)
	                       : aip_arena_dup(arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	if (!s && aip_json_parse(arena, got, &doc, &error))
		fail_msg("no JSON: %.*s", AIP_FMT(got));
	return got;
}

/* What the upstream is sent; "STATUS param: message" for what is refused. */
static struct aip_str sent(size_t from, size_t to, const char *body, const char *caps)
{
	return sent_bytes(from, to, aip_str(body), caps);
}

static size_t count(struct aip_str text, const char *what)
{
	size_t n = 0;

	for (ptrdiff_t at; (at = aip_str_find(text, aip_str(what))) >= 0; n++)
		text = aip_strn(text.at + at + 1, text.len - (size_t)at - 1);
	return n;
}

#define HAS(text, what)   has_at((text), (what), 1, __LINE__)
#define LACKS(text, what) has_at((text), (what), 0, __LINE__)
static void has_at(struct aip_str text, const char *what, size_t least, int line)
{
	size_t n = count(text, what);

	if (least ? n < least : n > 0)
		fail_msg("line %d: %s %s in\n%.*s", line, what, least ? "is not" : "is",
		         (int)(text.len < 4000 ? text.len : 4000), text.at);
}

/* One behind the other. */
#define IN_ORDER(text, ...) in_order_at((text), (const char *const[]){__VA_ARGS__, NULL}, __LINE__)
static void in_order_at(struct aip_str text, const char *const *words, int line)
{
	struct aip_str rest = text;

	for (; *words; words++) {
		ptrdiff_t at = aip_str_find(rest, aip_str(*words));
		if (at < 0)
			fail_msg("line %d: %s is not in its place in\n%.*s", line, *words,
			         AIP_FMT(text));
		rest = aip_strn(rest.at + at, rest.len - (size_t)at);
	}
}

#define HI                "{\"role\":\"user\",\"content\":\"hi\"}"
#define CHAT(more)        "{\"model\":\"m\",\"messages\":[" HI "]" more "}"
#define HISTORY(messages) "{\"model\":\"m\",\"messages\":[" messages "]}"
#define FN(name, more)    "{\"type\":\"function\",\"function\":{\"name\":\"" name "\"" more "}}"
#define CALL(id, name, args)                                                      \
	"{\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"" name \
	"\",\"arguments\":\"" args "\"}}"
#define CALLS(calls)     "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" calls "]}"
#define RESULT(id, text) "{\"role\":\"tool\",\"tool_call_id\":\"" id "\",\"content\":\"" text "\"}"

/* ---- Presence ------------------------------------------------------------------------------- */

TEST(null_is_absent)
{
	static const char *const nulls[][2] = {
		{CHAT(",\"temperature\":null,\"top_p\":null,\"stop\":null,\"tools\":null,\"tool_"
	              "choice\":null,"
	              "\"max_tokens\":null,\"max_completion_tokens\":null,\"seed\":null,\"n\":null,"
	              "\"user\":null,"
	              "\"response_format\":null,\"reasoning_effort\":null,\"stream\":null,"
	              "\"metadata\":null,"
	              "\"parallel_tool_calls\":null,\"service_tier\":null,\"logit_bias\":null,"
	              "\"verbosity\":null"),
	         CHAT("")},
	};

	EACH_DIALECT(to)
	CHECK_BYTES_EQ(sent(AIP_CHAT, to, nulls[0][0], NULL),
	               sent(AIP_CHAT, to, nulls[0][1], NULL));
	EACH_DIALECT(to)
	CHECK_BYTES_EQ(sent(AIP_RESPONSES, to,
	                    "{\"model\":\"m\",\"input\":\"hi\",\"temperature\":null,\"tools\":null,"
	                    "\"tool_choice\":null,"
	                    "\"instructions\":null,\"reasoning\":null,\"max_output_tokens\":null,"
	                    "\"top_p\":null,"
	                    "\"previous_response_id\":null,\"user\":null,\"text\":null}",
	                    NULL),
	               sent(AIP_RESPONSES, to, "{\"model\":\"m\",\"input\":\"hi\"}", NULL));
	EACH_DIALECT(to)
	CHECK_BYTES_EQ(
		sent(AIP_GEMINI, to,
	             "{\"contents\":[{\"parts\":[{\"text\":\"hi\"}]}],\"tools\":null,"
	             "\"systemInstruction\":null,"
	             "\"generationConfig\":{\"temperature\":null,\"stopSequences\":null,\"seed\":"
	             "null}}",
	             NULL),
		sent(AIP_GEMINI, to, "{\"contents\":[{\"parts\":[{\"text\":\"hi\"}]}]}", NULL));
}

TEST(zero_and_false_are_values)
{
	const char *zeros =
		CHAT(",\"temperature\":0,\"top_p\":0,\"seed\":0,\"presence_penalty\":0,"
	             "\"tools\":[" FN("f", ",\"strict\":false") "],\"parallel_tool_calls\":false");

	EACH_DIALECT(to)
	HAS(sent(AIP_CHAT, to, zeros, NULL), "\"temperature\":0");
	HAS(sent(AIP_CHAT, AIP_CHAT, zeros, NULL), "\"seed\":0");
	HAS(sent(AIP_CHAT, AIP_CHAT, zeros, NULL), "\"presence_penalty\":0");
	HAS(sent(AIP_CHAT, AIP_CHAT, zeros, NULL), "\"strict\":false");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, zeros, NULL), "\"strict\":false");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, zeros, NULL), "\"parallel_tool_calls\":false");
	HAS(sent(AIP_CHAT, AIP_CLAUDE, zeros, NULL), "\"disable_parallel_tool_use\":true");
	HAS(sent(AIP_CHAT, AIP_GEMINI, zeros, NULL), "\"seed\":0");
	HAS(sent(AIP_CHAT, AIP_GEMINI, zeros, NULL), "\"topP\":0");
}

TEST(unknown_fields_are_no_fault_and_stay_at_home)
{
	const char *odd = "{\"model\":\"m\",\"zz_top\":{\"a\":[1]},\"messages\":[{\"role\":"
			  "\"user\",\"zz_message\":1,"
			  "\"content\":[{\"type\":\"text\",\"text\":\"hi\",\"zz_part\":true}]}]}";

	EACH_DIALECT(to)
	{
		struct aip_str out = sent(AIP_CHAT, to, odd, NULL);
		HAS(out, "\"hi\"");
		if (to != AIP_CHAT)
			LACKS(out, "zz_");
	}
	HAS(sent(AIP_CHAT, AIP_CHAT, odd, NULL), "\"zz_top\":{\"a\":[1]}");
	LACKS(sent(AIP_CLAUDE, AIP_GEMINI,
	           "{\"model\":\"m\",\"max_tokens\":9,\"zz\":1,\"messages\":[" HI "]}", NULL),
	      "zz");
	LACKS(sent(AIP_GEMINI, AIP_CLAUDE,
	           "{\"zz\":1,\"contents\":[{\"zz\":2,\"parts\":[{\"text\":\"hi\",\"zz\":3}]}]}",
	           "\"max_output\":100"),
	      "zz");
	LACKS(sent(AIP_RESPONSES, AIP_CHAT, "{\"zz\":1,\"input\":\"hi\"}", NULL), "zz");
}

/* ---- Turns ---------------------------------------------------------------------------------- */

TEST(neighbours_merge_where_roles_must_alternate)
{
	const char *body = HISTORY(
		"{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"user\",\"content\":\"two\"},"
		"{\"role\":\"assistant\",\"content\":\"three\"},{\"role\":\"assistant\","
		"\"content\":\"four\"},"
		"{\"role\":\"user\",\"content\":\"five\"}");

	struct aip_str claude = sent(AIP_CHAT, AIP_CLAUDE, body, NULL);
	CHECK_INT_EQ(count(claude, "\"role\":\"user\""), 2);
	CHECK_INT_EQ(count(claude, "\"role\":\"assistant\""), 1);
	IN_ORDER(claude, "one", "two", "three", "four", "five");
	struct aip_str gemini = sent(AIP_CHAT, AIP_GEMINI, body, NULL);
	CHECK_INT_EQ(count(gemini, "\"role\":\"user\""), 2);
	CHECK_INT_EQ(count(gemini, "\"role\":\"model\""), 1);
	IN_ORDER(gemini, "one", "two", "three", "four", "five");
}

TEST(a_later_system_message_keeps_its_place)
{
	const char *body = HISTORY(HI ",{\"role\":\"assistant\",\"content\":\"yes\"},{\"role\":"
	                              "\"user\",\"content\":\"so\"},"
	                              "{\"role\":\"system\",\"content\":\"be "
	                              "brief\"},{\"role\":\"assistant\",\"content\":\"ok\"},"
	                              "{\"role\":\"user\",\"content\":\"go\"}");

	EACH_DIALECT(to)
	IN_ORDER(sent(AIP_CHAT, to, body, NULL), "hi", "yes", "so", "be brief", "ok", "go");
	IN_ORDER(sent(AIP_CHAT, AIP_CHAT, body, NULL),
	         "\"role\":\"system\",\"content\":\"be brief\"");
	IN_ORDER(sent(AIP_CHAT, AIP_CLAUDE, body, "\"mid_system\":true"), "so",
	         "\"role\":\"system\"", "be brief");
	IN_ORDER(sent(AIP_CHAT, AIP_CLAUDE, body, "\"mid_system\":false"), "<system-reminder>",
	         "be brief", "</system-reminder>");
	IN_ORDER(sent(AIP_CHAT, AIP_GEMINI, body, NULL), "<system-reminder>", "be brief",
	         "</system-reminder>");
	body = HISTORY(HI ",{\"role\":\"system\",\"content\":\"a\\u0000b\"}," HI);
	EACH_DIALECT(to)
	HAS(sent(AIP_CHAT, to, body, NULL), "a\\u0000b");
}

TEST(developer_and_system_both_speak_in_their_order)
{
	const char *body = HISTORY("{\"role\":\"system\",\"content\":\"first\"},{\"role\":"
	                           "\"developer\",\"content\":\"second\"},"
	                           "{\"role\":\"system\",\"content\":\"third\"}," HI);

	EACH_DIALECT(to)
	IN_ORDER(sent(AIP_CHAT, to, body, NULL), "first", "second", "third", "hi");
	CHECK_INT_EQ(count(sent(AIP_CHAT, AIP_CLAUDE, body, NULL),
	                   "\"type\":\"text\",\"text\":\"first\""),
	             1);
	HAS(sent(AIP_CHAT, AIP_GEMINI, body, NULL), "{\"text\":\"first\"},{\"text\":\"second\"}");
}

TEST(a_system_prompt_alone_is_a_legal_request)
{
	const char *body = HISTORY("{\"role\":\"system\",\"content\":\"rule\"}");

	HAS(sent(AIP_CHAT, AIP_CHAT, body, NULL), "rule");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, body, NULL), "\"input\":");
	HAS(sent(AIP_CHAT, AIP_CLAUDE, body, NULL), "\"role\":\"user\"");
	HAS(sent(AIP_CHAT, AIP_GEMINI, body, NULL), "\"role\":\"user\"");
	EACH_DIALECT(to)
	HAS(sent(AIP_CHAT, to, body, NULL), "rule");
}

TEST(empty_text_vanishes_but_not_the_calls_beside_it)
{
	const char *body = HISTORY(
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\"},{\"type\":"
		"\"text\","
		"\"text\":\"hi\"}]},{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[" CALL(
			"c1", "f", "{}") "]}," RESULT("c1", "ok"));

	LACKS(sent(AIP_CHAT, AIP_CLAUDE, body, NULL), "\"text\":\"\"");
	HAS(sent(AIP_CHAT, AIP_CLAUDE, body, NULL), "\"tool_use\"");
	LACKS(sent(AIP_CHAT, AIP_GEMINI, body, NULL), "\"text\":\"\"");
	HAS(sent(AIP_CHAT, AIP_GEMINI, body, NULL), "\"functionCall\"");
}

/* ---- Calls and tools ------------------------------------------------------------------------ */

TEST(a_call_and_its_result_wear_the_same_id)
{
	const char *body =
		HISTORY(HI "," CALLS(CALL("call.1|x:y", "f", "{}")) "," RESULT("call.1|x:y", "ok"));
	struct aip_str id = aip_call_id(arena, &aip_names_claude, AIP_LIT("call.1|x:y"));

	struct aip_str claude = sent(AIP_CHAT, AIP_CLAUDE, body, NULL);
	HAS(claude, aip_arena_printf(arena, "\"id\":\"%.*s\"", AIP_FMT(id)).at);
	HAS(claude, aip_arena_printf(arena, "\"tool_use_id\":\"%.*s\"", AIP_FMT(id)).at);
	LACKS(claude, "call.1|x:y");
	EACH_DIALECT(to)
	if (to != AIP_CLAUDE && to != AIP_GEMINI) {
		struct aip_str out = sent(AIP_CHAT, to, body, NULL);
		struct aip_str own = aip_call_id(arena, aip_names_of((enum aip_dialect)to),
		                                 AIP_LIT("call.1|x:y"));
		CHECK_INT_EQ(count(out, aip_arena_dup(arena, own).at), 2);
	}
}

TEST(one_map_of_names_serves_everything)
{
	const char *body =
		"{\"model\":\"m\",\"messages\":[" HI
		"," CALLS(CALL("c1", "my.tool", "{}")) "," RESULT("c1", "ok") "],\"tools\":[" FN(
			"my.tool", "") "," FN("other",
	                                      "") "],\"tool_choice\":{\"type\":\"function\","
						  "\"function\":{\"name\":\"my.tool\"}}}";

	EACH_DIALECT(to)
	{
		struct aip_str out = sent(AIP_CHAT, to, body, NULL);
		if (to == AIP_GEMINI) {
			HAS(out, "\"allowedFunctionNames\":[\"my.tool\"]");
			CHECK_INT_EQ(count(out, "\"name\":\"my.tool\""), 3);
			continue;
		}
		LACKS(out, "my.tool");
		/* the tool, the call, the choice */
		CHECK_INT_EQ(count(out, "\"name\":\"my_tool\""), 3);
	}
}

TEST(no_tools_take_their_settings_with_them)
{
	EACH_DIALECT(to)
	{
		struct aip_str out = sent(AIP_CHAT, to,
		                          CHAT(",\"tools\":[],\"tool_choice\":\"auto\",\"parallel_"
		                               "tool_calls\":false"),
		                          NULL);
		LACKS(out, "tool");
		LACKS(out, "parallel");
	}
}

TEST(tools_keep_their_order_and_stand_once)
{
	const char *body = CHAT(",\"tools\":[" FN("zeta", "") "," FN("alpha", "") "," FN(
		"zeta", ",\"description\":\"again\"") "," FN("mid", "") "]");

	EACH_DIALECT(to)
	{
		struct aip_str out = sent(AIP_CHAT, to, body, NULL);
		IN_ORDER(out, "\"zeta\"", "\"alpha\"", "\"mid\"");
		CHECK_INT_EQ(count(out, "\"zeta\""), 1);
		LACKS(out, "again");
	}
}

TEST(a_tool_without_parameters_has_an_empty_schema_where_one_must_be)
{
	const char *body = CHAT(",\"tools\":[" FN("f", "") "]");

	HAS(sent(AIP_CHAT, AIP_CLAUDE, body, NULL),
	    "\"input_schema\":{\"type\":\"object\",\"properties\":{}}");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, body, NULL),
	    "\"parameters\":{\"type\":\"object\",\"properties\":{}}");
}

TEST(arguments_go_on_byte_for_byte)
{
	const char *args = "{\"format\": 1e400,\"$ref\":\"#\" "
			   ",\"default\":null,\"title\":9007199254740993,\"type\":\"x\"}";
	struct aip_str quoted =
		aip_arena_printf(arena,
	                         "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[" HI
	                         ",{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\","
	                         "\"id\":\"c1\",\"name\":\"f\",\"input\":%s}]},{\"role\":\"user\","
	                         "\"content\":[{\"type\":\"tool_result\","
	                         "\"tool_use_id\":\"c1\",\"content\":\"ok\"}]}]}",
	                         args);

	HAS(sent(AIP_CLAUDE, AIP_CLAUDE, quoted.at, NULL), args);
	HAS(sent(AIP_CLAUDE, AIP_GEMINI, quoted.at, NULL), args);
	HAS(sent(AIP_CLAUDE, AIP_CHAT, quoted.at, NULL),
	    "{\\\"format\\\": 1e400,\\\"$ref\\\":\\\"#\\\" ,");
	HAS(sent(AIP_CLAUDE, AIP_RESPONSES, quoted.at, NULL), "\\\"title\\\":9007199254740993");
}

#define GEMINI_VIDEO                                                        \
	"{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"video/" \
	"mp4\",\"data\":\"AAAA\"}}]}]}"

/* ---- Results -------------------------------------------------------------------------------- */

#define PNG "iVBORw0KGgo="
#define CLAUDE_RESULT(more)                                                                \
	"{\"model\":\"m\",\"max_tokens\":9,\"messages\":[" HI                              \
	",{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"c1\","      \
	"\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_" \
	"result\",\"tool_use_id\":\"c1\"" more "}]}]}"

TEST(an_image_in_a_result_reaches_the_model)
{
	const char *body = CLAUDE_RESULT(
		",\"content\":[{\"type\":\"text\",\"text\":\"see\"},{\"type\":\"image\",\"source\":"
		"{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"" PNG "\"}}]");

	EACH_DIALECT(to)
	HAS(sent(AIP_CLAUDE, to, body, NULL), PNG);
	IN_ORDER(sent(AIP_CLAUDE, AIP_CHAT, body, NULL), "\"role\":\"tool\"", "\"role\":\"user\"",
	         "data:image/png;base64," PNG);
	HAS(sent(AIP_CLAUDE, AIP_RESPONSES, body, NULL), "\"input_image\"");
	HAS(sent(AIP_CLAUDE, AIP_GEMINI, body, NULL), "\"inlineData\"");
}

TEST(a_result_of_any_shape_is_legal)
{
	static const char *const shapes[] = {
		"",
		",\"content\":null",
		",\"content\":\"\"",
		",\"content\":[]",
		",\"content\":\"x\"",
		",\"content\":[{\"type\":\"text\",\"text\":\"\"}]",
		",\"content\":7",
		",\"content\":{\"a\":1}",
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		char body[1024];
		snprintf(body, sizeof(body), CLAUDE_RESULT("%s"), shapes[i]);
		HAS(sent(AIP_CLAUDE, AIP_CHAT, body, NULL), "\"role\":\"tool\"");
		HAS(sent(AIP_CLAUDE, AIP_RESPONSES, body, NULL), "\"output\":");
		HAS(sent(AIP_CLAUDE, AIP_CLAUDE, body, NULL), "\"tool_result\"");
		HAS(sent(AIP_CLAUDE, AIP_GEMINI, body, NULL), "\"response\":{");
	}
	static const struct {
		const char *content, *text;
	} odd[] = {
		{"7", "\"7\""},
		{"{\"a\":1}", "{\\\"a\\\":1}"},
		{"[1,\"b\"]", "[1,\\\"b\\\"]"},
		{"false", "\"false\""},
		{"null", "\"role\":\"tool\""},
	};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct aip_str body = aip_arena_printf(
			arena,
			HISTORY(HI "," CALLS(
				CALL("c1", "f", "{}")) ",{\"role\":\"tool\",\"tool_call_id\":"
		                                       "\"c1\",\"content\":%s}"),
			odd[i].content);
		HAS(sent(AIP_CHAT, AIP_CHAT, body.at, NULL), odd[i].text);
		HAS(sent(AIP_CHAT, AIP_RESPONSES, body.at, NULL), "\"output\":");
		HAS(sent(AIP_CHAT, AIP_CLAUDE, body.at, NULL), "\"tool_result\"");
		HAS(sent(AIP_CHAT, AIP_GEMINI, body.at, NULL), "\"response\":{");
	}
	static const char *const values[] = {"{\"a\":1}", "{}", "{\"result\":[1,2]}",
	                                     "{\"output\":null}", "{\"output\":7}"};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct aip_str body =
			aip_arena_printf(arena,
		                         "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":"
		                         "\"hi\"}]},{\"role\":\"model\",\"parts\":"
		                         "[{\"functionCall\":{\"name\":\"f\",\"args\":{}}}]},{"
		                         "\"role\":\"user\",\"parts\":[{\"functionResponse\":"
		                         "{\"name\":\"f\",\"response\":%s}}]}]}",
		                         values[i]);
		HAS(sent(AIP_GEMINI, AIP_CHAT, body.at, NULL), "\"role\":\"tool\"");
		HAS(sent(AIP_GEMINI, AIP_CLAUDE, body.at, "\"max_output\":9"), "\"tool_result\"");
		HAS(sent(AIP_GEMINI, AIP_GEMINI, body.at, NULL), "\"functionResponse\"");
	}
}

TEST(an_error_is_marked_where_there_is_a_slot_and_readable_everywhere)
{
	const char *body = CLAUDE_RESULT(",\"content\":\"no such file\",\"is_error\":true");

	HAS(sent(AIP_CLAUDE, AIP_CLAUDE, body, NULL), "\"is_error\":true");
	HAS(sent(AIP_CLAUDE, AIP_GEMINI, body, NULL), "\"response\":{\"error\":\"no such file\"}");
	EACH_DIALECT(to)
	HAS(sent(AIP_CLAUDE, to, body, NULL), "no such file");
}

/* ---- Reasoning ------------------------------------------------------------------------------ */

TEST(what_was_thought_is_never_said_elsewhere)
{
	const char *body = HISTORY(HI ",{\"role\":\"assistant\",\"content\":\"yes\",\"reasoning_"
	                              "content\":\"secret thought\"},"
	                              "{\"role\":\"user\",\"content\":\"go\"}");

	EACH_DIALECT(to)
	if (to != AIP_CHAT)
		LACKS(sent(AIP_CHAT, to, body, NULL), "secret thought");
	HAS(sent(AIP_CHAT, AIP_CHAT, body, "\"chat_reasoning_replay\":\"required\""),
	    "\"reasoning_content\":\"secret thought\"");
	LACKS(sent(AIP_CHAT, AIP_CHAT, body, "\"chat_reasoning_replay\":\"forbidden\""),
	      "secret thought");
	const char *thought =
		"{\"model\":\"m\",\"max_tokens\":9,\"messages\":[" HI
		",{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":"
		"\"secret "
		"thought\",\"signature\":\"EqSig\"},{\"type\":\"text\",\"text\":\"yes\"}]},{"
		"\"role\":\"user\",\"content\":\"go\"}]}";
	LACKS(sent(AIP_CLAUDE, AIP_GEMINI, thought, NULL), "secret thought");
	LACKS(sent(AIP_CLAUDE, AIP_RESPONSES, thought, NULL), "secret thought");
	LACKS(sent(AIP_CLAUDE, AIP_CHAT, thought, "\"chat_reasoning_replay\":\"forbidden\""),
	      "secret thought");
}

TEST(a_signature_goes_to_its_vendor_alone_as_it_is)
{
	const char *body =
		"{\"model\":\"m\",\"max_tokens\":9,\"messages\":[" HI
		",{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":"
		"\"hm\",\"signature\":\"Eq+/"
		"Sig==\"},{\"type\":\"text\",\"text\":\"yes\"}]},{\"role\":\"user\",\"content\":"
		"\"go\"}]}";

	HAS(sent(AIP_CLAUDE, AIP_CLAUDE, body, NULL),
	    "\"thinking\":\"hm\",\"signature\":\"Eq+/Sig==\"");
	EACH_DIALECT(to)
	if (to != AIP_CLAUDE) {
		LACKS(sent(AIP_CLAUDE, to, body, NULL), "Eq+/Sig");
		LACKS(sent(AIP_CLAUDE, to, body, NULL), "\"gw1.");
	}
}

TEST(a_forged_envelope_is_ignored)
{
	EACH_DIALECT(to)
	{
		struct aip_str out = sent(
			AIP_CLAUDE, to,
			"{\"model\":\"m\",\"max_tokens\":9,\"messages\":[" HI
			",{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":"
			"\"hm\",\"signature\":\"gw1.!!!\"},{\"type\":\"text\",\"text\":\"yes\"}]},{"
			"\"role\":\"user\",\"content\":\"go\"}]}",
			NULL);
		HAS(out, "yes");
		LACKS(out, "gw1.");
	}
}

TEST(effort_none_reaches_those_that_take_it_and_is_the_least_elsewhere)
{
	const char *body = CHAT(",\"reasoning_effort\":\"none\"");

	HAS(sent(AIP_CHAT, AIP_CHAT, body, "\"levels\":\"none low high\""),
	    "\"reasoning_effort\":\"none\"");
	HAS(sent(AIP_CHAT, AIP_CHAT, body, "\"levels\":\"low high\""),
	    "\"reasoning_effort\":\"low\"");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, body, "\"levels\":\"none low high\""),
	    "\"effort\":\"none\"");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, body, "\"levels\":\"minimal low high\""),
	    "\"effort\":\"minimal\"");
}

TEST(tools_beside_effort_are_settled_for_models_that_take_only_one)
{
	const char *caps = "\"chat_tools_need_effort_none\":true,\"levels\":\"none low high\"";
	const char *tools = ",\"tools\":[" FN("f", "") "]";
	struct aip_str asked =
		aip_arena_printf(arena, CHAT("%s,\"reasoning_effort\":\"high\""), tools);

	HAS(sent(AIP_CHAT, AIP_CHAT, asked.at, caps), "\"reasoning_effort\":\"none\"");
	HAS(sent(AIP_CHAT, AIP_CHAT, aip_arena_printf(arena, CHAT("%s"), tools).at, caps),
	    "\"reasoning_effort\":\"none\"");
	LACKS(sent(AIP_CHAT, AIP_CHAT, CHAT(""), caps), "reasoning_effort");
	HAS(sent(AIP_CHAT, AIP_CHAT, CHAT(",\"reasoning_effort\":\"high\""), caps),
	    "\"reasoning_effort\":\"high\"");
}

TEST(a_summary_alone_asks_for_no_effort)
{
	EACH_DIALECT(to)
	{
		struct aip_str out = sent(
			AIP_RESPONSES, to,
			"{\"model\":\"m\",\"input\":\"hi\",\"reasoning\":{\"summary\":\"auto\"}}",
			NULL);
		LACKS(out, "effort");
		LACKS(out, "budget");
		LACKS(out, "thinkingLevel");
	}
}

TEST(reasoning_content_goes_back_where_it_is_wanted)
{
	const char *body = HISTORY(
		HI ",{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"plan\","
		   "\"tool_calls\":[" CALL("c1", "f", "{}") "]}," RESULT("c1", "ok"));

	HAS(sent(AIP_CHAT, AIP_CHAT, body, "\"chat_reasoning_replay\":\"required\""),
	    "\"reasoning_content\":\"plan\"");
	HAS(sent(AIP_CHAT, AIP_CHAT, body, "\"chat_reasoning_replay\":\"allowed\""),
	    "\"reasoning_content\":\"plan\"");
	LACKS(sent(AIP_CHAT, AIP_CHAT, body, "\"chat_reasoning_replay\":\"forbidden\""), "plan");
}

/* ---- Media ---------------------------------------------------------------------------------- */

TEST(data_urls_of_any_spelling_arrive_in_the_standard_one)
{
	const char *body = HISTORY(
		"{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
		"\"data:image/png;name=x.png;base64,_-8\"}}]}");

	EACH_DIALECT(to)
	{
		HAS(sent(AIP_CHAT, to, body, NULL), "/+8=");
		HAS(sent(AIP_CHAT, to, body, NULL), "image/png");
		LACKS(sent(AIP_CHAT, to, body, NULL), "_-8");
	}
}

TEST(a_remote_image_is_never_lost_in_silence)
{
	const char *body = HISTORY("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
	                           "\"hi\"},{\"type\":\"image_url\","
	                           "\"image_url\":{\"url\":\"https://x.example/a.png\"}}]}");

	EACH_DIALECT(to)
	{
		HAS(sent(AIP_CHAT, to, body, "\"http_file_uri\":true"), "https://x.example/a.png");
	}
	struct aip_str refused = sent(AIP_CHAT, AIP_GEMINI, body, "\"http_file_uri\":false");
	CHECK(aip_str_starts(refused, AIP_LIT("UNSUPPORTED ")));
	HAS(refused, "by URL");
}

TEST(what_is_refused_is_named_by_the_clients_field)
{
	static const struct {
		size_t from, to;
		const char *body, *field;
	} rows[] = {
		{AIP_CHAT, AIP_CLAUDE,
	         HISTORY("{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_"
	                 "audio\":"
	                 "{\"data\":\"AAAA\",\"format\":\"wav\"}}]}"),
	         "messages"},
		{AIP_RESPONSES, AIP_CHAT,
	         "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_"
	         "url\":"
	         "\"https://x.example/a.pdf\"}]}]}",
	         "input"},
		{AIP_CLAUDE, AIP_CHAT,
	         "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":[{"
	         "\"type\":"
	         "\"document\","
	         "\"source\":{\"type\":\"url\",\"url\":\"https://x.example/a.pdf\"}}]}]}",
	         "messages"},
		{AIP_GEMINI, AIP_RESPONSES, GEMINI_VIDEO, "contents"},
		{AIP_GEMINI, AIP_CLAUDE, GEMINI_VIDEO, "contents"},
		{AIP_GEMINI, AIP_CLAUDE,
	         "{\"contents\":[{\"parts\":[{\"text\":\"hi\"}]}],\"generationConfig\":{"
	         "\"candidateCount\":2}}",
	         "generationConfig.candidateCount"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aip_str refused = sent(rows[i].from, rows[i].to, rows[i].body, NULL);
		struct aip_str wanted = aip_arena_printf(arena, "UNSUPPORTED %s: ", rows[i].field);
		if (!aip_str_starts(refused, wanted))
			fail_msg("row %zu: %.*s", i, AIP_FMT(refused));
	}
}

TEST(files_keep_their_names_and_types)
{
	const char *body = HISTORY("{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{"
	                           "\"filename\":\"a.pdf\",\"file_data\":"
	                           "\"JVBERi0xLjQ=\"}}]}");

	EACH_DIALECT(to)
	{
		HAS(sent(AIP_CHAT, to, body, NULL), "JVBERi0xLjQ=");
		HAS(sent(AIP_CHAT, to, body, NULL), "application/pdf");
	}
	HAS(sent(AIP_CHAT, AIP_CHAT, body, NULL), "a.pdf");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, body, NULL), "a.pdf");
	HAS(sent(AIP_CHAT, AIP_CLAUDE, body, NULL), "a.pdf");
}

TEST(a_large_image_is_not_doubled)
{
	enum { BYTES = 8 << 20 };
	struct aip_buf body;

	aip_buf_init(&body, 64 << 20);
	aip_buf_add(&body, AIP_LIT("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
	                           "{\"type\":\"image_url\","
	                           "\"image_url\":{\"url\":\"data:image/png;base64,"));
	char *pixels = aip_buf_reserve(&body, BYTES);
	memset(pixels, 'A', BYTES);
	body.len += BYTES;
	aip_buf_add(&body, AIP_LIT("\"}}]}]}"));
	EACH_DIALECT(to)
	{
		struct aip_arena *kept = arena;
		arena = aip_arena_create();
		struct aip_str out = sent_bytes(AIP_CHAT, to, aip_buf_str(&body), NULL);
		CHECK(out.len > BYTES && out.len < BYTES + 4096);
		/* the copy that this test makes of what was sent, and at most one more */
		CHECK(aip_arena_held(arena) < (size_t)BYTES * 2 + (1 << 20));
		aip_arena_destroy(arena);
		arena = kept;
	}
	aip_buf_fini(&body);
}

/* ---- Sampling and the rest ------------------------------------------------------------------ */

TEST(a_hot_temperature_is_clamped_for_claude)
{
	HAS(sent(AIP_CHAT, AIP_CLAUDE, CHAT(",\"temperature\":1.7"), NULL), "\"temperature\":1}");
	HAS(sent(AIP_CHAT, AIP_CLAUDE, CHAT(",\"temperature\":0.70"), NULL),
	    "\"temperature\":0.70");
	HAS(sent(AIP_CHAT, AIP_GEMINI, CHAT(",\"temperature\":1.7"), NULL), "\"temperature\":1.7");
}

TEST(sampling_that_a_model_refuses_is_left_out)
{
	const char *body =
		CHAT(",\"temperature\":0.5,\"top_p\":0.5,\"presence_penalty\":1,\"logprobs\":true");

	EACH_DIALECT(to)
	{
		struct aip_str out = sent(AIP_CHAT, to, body,
		                          "\"temperature\":\"none\",\"top_p\":false,\"penalties\":"
		                          "false,\"logprobs\":false");
		LACKS(out, "temperature");
		LACKS(out, "top_p");
		LACKS(out, "topP");
		LACKS(out, "enalty");
		LACKS(out, "ogprobs");
	}
	struct aip_str one = sent(AIP_CHAT, AIP_CLAUDE, body, "\"temp_xor_top_p\":true");
	HAS(one, "\"temperature\":0.5");
	LACKS(one, "top_p");
}

TEST(several_answers_are_refused_where_there_is_one)
{
	HAS(sent(AIP_CHAT, AIP_CHAT, CHAT(",\"n\":2"), NULL), "\"n\":2");
	HAS(sent(AIP_CHAT, AIP_GEMINI, CHAT(",\"n\":2"), NULL), "\"candidateCount\":2");
	CHECK(aip_str_starts(sent(AIP_CHAT, AIP_RESPONSES, CHAT(",\"n\":2"), NULL),
	                     AIP_LIT("UNSUPPORTED n: ")));
	CHECK(aip_str_starts(sent(AIP_CHAT, AIP_CLAUDE, CHAT(",\"n\":2"), NULL),
	                     AIP_LIT("UNSUPPORTED n: ")));
	HAS(sent(AIP_CHAT, AIP_CLAUDE, CHAT(",\"n\":1"), NULL), "\"messages\"");
}

TEST(both_limits_count_and_the_newer_wins)
{
	EACH_DIALECT(to)
	{
		HAS(sent(AIP_CHAT, to, CHAT(",\"max_tokens\":77"), NULL), "77");
		struct aip_str out =
			sent(AIP_CHAT, to, CHAT(",\"max_completion_tokens\":88,\"max_tokens\":77"),
		             NULL);
		HAS(out, "88");
		LACKS(out, "77");
	}
}

TEST(a_user_is_named_only_when_the_client_does)
{
	EACH_DIALECT(to)
	{
		struct aip_str out = sent(AIP_CHAT, to, CHAT(""), NULL);
		LACKS(out, "user_id");
		LACKS(out, "\"user\":");
		LACKS(out, "safety_identifier");
	}
	HAS(sent(AIP_CHAT, AIP_CLAUDE, CHAT(",\"user\":\"ann\""), NULL), "\"user_id\":\"ann\"");
	HAS(sent(AIP_CHAT, AIP_RESPONSES, CHAT(",\"user\":\"ann\""), NULL), "\"ann\"");
}

TEST(a_cache_is_filled_without_an_answer_only_where_that_can_be_said)
{
	static const char body[] = "{\"model\":\"m\",\"max_tokens\":0,\"messages\":[{\"role\":"
				   "\"user\",\"content\":\"hi\"}]}";

	EACH_DIALECT(to)
	HAS(sent(AIP_CLAUDE, to, body, NULL),
	    to == AIP_CLAUDE ? "\"max_tokens\":0"
	                     : "UNSUPPORTED max_tokens: max_tokens: this upstream");
}

TEST(a_prefill_reaches_those_that_take_it)
{
	const char *body = HISTORY(HI ",{\"role\":\"assistant\",\"content\":\"Once \\n\"}");

	HAS(sent(AIP_CHAT, AIP_CLAUDE, body, "\"prefill\":true"), "\"Once\"");
	LACKS(sent(AIP_CHAT, AIP_CLAUDE, body, "\"prefill\":false"), "Once");
	LACKS(sent(AIP_CHAT, AIP_GEMINI, body, "\"prefill\":false"), "Once");
	HAS(sent(AIP_CHAT, AIP_GEMINI, body, "\"prefill\":true"), "Once");
}

TEST(safety_is_neither_added_nor_relaxed)
{
	LACKS(sent(AIP_CHAT, AIP_GEMINI, CHAT(""), NULL), "afety");
	HAS(sent(AIP_GEMINI, AIP_GEMINI,
	         "{\"contents\":[{\"parts\":[{\"text\":\"hi\"}]}],\"safetySettings\":[{"
	         "\"category\":\"HARM_CATEGORY_HARASSMENT\","
	         "\"threshold\":\"BLOCK_LOW_AND_ABOVE\"}]}",
	         NULL),
	    "\"safetySettings\":[{\"category\":\"HARM_CATEGORY_HARASSMENT\",\"threshold\":\"BLOCK_"
	    "LOW_AND_ABOVE\"}]");
}

TEST(the_same_request_gives_the_same_bytes)
{
	const char *body =
		"{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"}," HI
		"," CALLS(CALL("", "my.tool", "{}")) "," RESULT("", "ok") "],\"tools\":[" FN(
			"my.tool",
			"") "," FN("b", "") "],\"reasoning_effort\":\"high\",\"user\":\"ann\"}";

	EACH_DIALECT(to)
	CHECK_BYTES_EQ(sent(AIP_CHAT, to, body, NULL), sent(AIP_CHAT, to, body, NULL));
}

static int open_arena(void **state)
{
	arena = aip_arena_create();
	return 0;
}

static int close_arena(void **state)
{
	aip_arena_destroy(arena);
	return 0;
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(null_is_absent),
		ROW(zero_and_false_are_values),
		ROW(unknown_fields_are_no_fault_and_stay_at_home),
		ROW(neighbours_merge_where_roles_must_alternate),
		ROW(a_later_system_message_keeps_its_place),
		ROW(developer_and_system_both_speak_in_their_order),
		ROW(a_system_prompt_alone_is_a_legal_request),
		ROW(empty_text_vanishes_but_not_the_calls_beside_it),
		ROW(a_call_and_its_result_wear_the_same_id),
		ROW(one_map_of_names_serves_everything),
		ROW(no_tools_take_their_settings_with_them),
		ROW(tools_keep_their_order_and_stand_once),
		ROW(a_tool_without_parameters_has_an_empty_schema_where_one_must_be),
		ROW(arguments_go_on_byte_for_byte),
		ROW(an_image_in_a_result_reaches_the_model),
		ROW(a_result_of_any_shape_is_legal),
		ROW(an_error_is_marked_where_there_is_a_slot_and_readable_everywhere),
		ROW(what_was_thought_is_never_said_elsewhere),
		ROW(a_signature_goes_to_its_vendor_alone_as_it_is),
		ROW(a_forged_envelope_is_ignored),
		ROW(effort_none_reaches_those_that_take_it_and_is_the_least_elsewhere),
		ROW(tools_beside_effort_are_settled_for_models_that_take_only_one),
		ROW(a_summary_alone_asks_for_no_effort),
		ROW(reasoning_content_goes_back_where_it_is_wanted),
		ROW(data_urls_of_any_spelling_arrive_in_the_standard_one),
		ROW(a_remote_image_is_never_lost_in_silence),
		ROW(what_is_refused_is_named_by_the_clients_field),
		ROW(files_keep_their_names_and_types),
		ROW(a_large_image_is_not_doubled),
		ROW(a_hot_temperature_is_clamped_for_claude),
		ROW(sampling_that_a_model_refuses_is_left_out),
		ROW(several_answers_are_refused_where_there_is_one),
		ROW(both_limits_count_and_the_newer_wins),
		ROW(a_user_is_named_only_when_the_client_does),
		ROW(a_cache_is_filled_without_an_answer_only_where_that_can_be_said),
		ROW(a_prefill_reaches_those_that_take_it),
		ROW(safety_is_neither_added_nor_relaxed),
		ROW(the_same_request_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
