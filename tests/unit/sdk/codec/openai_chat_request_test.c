/* Chat Completions requests, where the examples in tests/wire do not reach: what is refused and by
 * which path, what is mended, and what each capability of a server changes. */
#include "codec_rig.h"

static void first_ctx(void)
{
	between(AIP_CHAT, AIP_CHAT);
}

#define OWN(rest)    sent(AIP_CHAT, AIP_CHAT, aip_str("{\"model\":\"m\"," rest "}"))
#define TO(to, rest) sent(AIP_CHAT, AIP_##to, aip_str("{\"model\":\"m\"," rest "}"))
#define CLAUDE(rest) \
	sent(AIP_CLAUDE, AIP_CHAT, aip_str("{\"model\":\"m\",\"max_tokens\":4000," rest "}"))
#define RESP(rest) sent(AIP_RESPONSES, AIP_CHAT, aip_str("{\"model\":\"m\"," rest "}"))
#define HI         "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define FN         "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}"

/* ---- Bad input ------------------------------------------------------------------------------ */

static void refuses(const char *body, const char *path)
{
	refused(AIP_CHAT, aip_str(body), path);
	CHECK(aip_str_starts(aip_buf_str(&out), AIP_LIT("{\"error\":{\"message\":")));
	HAS(aip_buf_str(&out), "'type':'invalid_request_error','param':'");
}

#define SAYS(message) "{\"model\":\"m\",\"messages\":[" message "]}"
#define WITH(rest)    "{\"model\":\"m\"," HI "," rest "}"

TEST(what_is_wrong_in_messages_is_named_by_its_path)
{
	refuses("{" HI "}", "model");
	refuses("{\"model\":\"m\"}", "messages");
	refuses("{\"model\":7," HI "}", "model");
	refuses("{\"model\":\"m\",\"messages\":null}", "messages");
	refuses("{\"model\":\"m\",\"messages\":[]}", "messages");
	refuses("{\"model\":\"m\",\"messages\":\"hi\"}", "messages");
	refuses(SAYS("\"hi\""), "messages[0]");
	refuses(SAYS("{\"content\":\"hi\"}"), "messages[0]");
	refuses(SAYS("{\"role\":\"wizard\",\"content\":\"hi\"}"), "messages[0].role");
	refuses(SAYS("{\"role\":7,\"content\":\"hi\"}"), "messages[0].role");
	refuses(SAYS("{\"role\":\"user\",\"name\":7,\"content\":\"hi\"}"), "messages[0].name");
	refuses(SAYS("{\"role\":\"user\",\"content\":7}"), "messages[0].content");
	refuses(SAYS("{\"role\":\"user\",\"content\":[7]}"), "messages[0].content[0]");
	refuses(SAYS("{\"role\":\"user\",\"content\":[{}]}"), "messages[0].content[0]");
	refuses(SAYS("{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}"),
	        "messages[0].content[0].text");
	refuses(SAYS("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":[]}]}"),
	        "messages[0].content[0].text");
	refuses(SAYS("{\"role\":\"tool\",\"content\":\"x\"}"), "messages[0]");
	refuses(SAYS("{\"role\":\"tool\",\"tool_call_id\":7,\"content\":\"x\"}"),
	        "messages[0].tool_call_id");
	refuses(SAYS("{\"role\":\"assistant\",\"tool_calls\":{}}"), "messages[0].tool_calls");
	refuses(SAYS("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\"}]}"),
	        "messages[0].tool_calls[0]");
	refuses(SAYS("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":"
	             "\"\"}}]}"),
	        "messages[0].tool_calls[0].function.name");
	refuses(SAYS("{\"role\":\"assistant\",\"function_call\":{}}"), "messages[0].function_call");
	refuses(SAYS("{\"role\":\"assistant\",\"refusal\":7}"), "messages[0].refusal");
}

TEST(media_that_cannot_be_read_is_named_by_its_path)
{
#define PART(part) SAYS("{\"role\":\"user\",\"content\":[" part "]}")
	refuses(PART("{\"type\":\"image_url\"}"), "messages[0].content[0]");
	refuses(PART("{\"type\":\"image_url\",\"image_url\":{\"url\":\"\"}}"),
	        "messages[0].content[0].image_url.url");
	refuses(PART("{\"type\":\"image_url\",\"image_url\":{\"url\":7}}"),
	        "messages[0].content[0].image_url.url");
	refuses(PART("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/"
	             "png;base64,*\"}}"),
	        "messages[0].content[0].image_url.url");
	refuses(PART("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x.example/"
	             "\",\"detail\":7}}"),
	        "messages[0].content[0].image_url.detail");
	refuses(PART("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"*\",\"format\":\"wav\"}"
	             "}"),
	        "messages[0].content[0].input_audio.data");
	refuses(PART("{\"type\":\"file\"}"), "messages[0].content[0]");
	refuses(PART("{\"type\":\"file\",\"file\":{}}"), "messages[0].content[0].file");
	refuses(PART("{\"type\":\"file\",\"file\":{\"file_data\":\"*\"}}"),
	        "messages[0].content[0].file.file_data");
}

TEST(what_is_wrong_in_settings_is_named_by_its_path)
{
	refuses(WITH("\"temperature\":\"hot\""), "temperature");
	refuses(WITH("\"temperature\":3"), "temperature");
	refuses(WITH("\"temperature\":1e400"), "temperature");
	refuses(WITH("\"top_p\":-0.1"), "top_p");
	refuses(WITH("\"max_tokens\":0"), "max_tokens");
	refuses(WITH("\"max_tokens\":1.5"), "max_tokens");
	refuses(WITH("\"max_completion_tokens\":99999999999999999999"), "max_completion_tokens");
	refuses(WITH("\"n\":0"), "n");
	refuses(WITH("\"n\":1000000"), "n");
	refuses(WITH("\"top_logprobs\":21"), "top_logprobs");
	refuses(WITH("\"presence_penalty\":-3"), "presence_penalty");
	refuses(WITH("\"logit_bias\":[]"), "logit_bias");
	refuses(WITH("\"stop\":7"), "stop");
	refuses(WITH("\"stop\":[\"a\",7]"), "stop[1]");
	refuses(WITH("\"stream\":\"yes\""), "stream");
	refuses(WITH("\"stream_options\":[]"), "stream_options");
	refuses(WITH("\"stream_options\":{\"include_usage\":1}"), "stream_options.include_usage");
	refuses(WITH("\"reasoning_effort\":\"great\""), "reasoning_effort");
	refuses(WITH("\"response_format\":\"json\""), "response_format");
	refuses(WITH("\"response_format\":{\"type\":\"xml\"}"), "response_format.type");
	refuses(WITH("\"response_format\":{\"type\":\"json_schema\"}"), "response_format");
	refuses(WITH("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":7}"
	             "}"),
	        "response_format.json_schema.schema");
	refuses(WITH("\"metadata\":[]"), "metadata");
	refuses(WITH("\"user\":7"), "user");
	refuses(WITH("\"modalities\":\"audio\""), "modalities");
}

TEST(what_is_wrong_in_tools_is_named_by_its_path)
{
	refuses(WITH("\"tools\":{}"), "tools");
	refuses(WITH("\"tools\":[7]"), "tools[0]");
	refuses(WITH("\"tools\":[{}]"), "tools[0]");
	refuses(WITH("\"tools\":[{\"type\":\"function\",\"function\":{}}]"), "tools[0].function");
	refuses(WITH("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"\"}}]"),
	        "tools[0].function.name");
	refuses(WITH("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
	             "\"parameters\":7}}]"),
	        "tools[0].function.parameters");
	refuses(WITH("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":1}}"
	             "]"),
	        "tools[0].function.strict");
	refuses(WITH("\"functions\":7"), "functions");
	refuses(WITH("\"tool_choice\":\"perhaps\""), "tool_choice");
	refuses(WITH("\"tool_choice\":{\"type\":\"function\"}"), "tool_choice");
	refuses(WITH("\"tool_choice\":{\"type\":\"allowed_tools\"}"), "tool_choice");
	refuses(WITH("\"parallel_tool_calls\":1"), "parallel_tool_calls");
	refuses(WITH("\"web_search_options\":7"), "web_search_options");
}

TEST(null_members_are_not_there_and_zeros_are)
{
	struct aip_str text =
		OWN(HI ",\"temperature\":null,\"stop\":null,\"tools\":null,\"max_tokens\":null,"
	               "\"tool_choice\":null,\"reasoning_effort\":null,\"seed\":0,\"top_p\":0");

	CHECK_STR_EQ(text, "{\"model\":\"m1\"," HI ",\"top_p\":0,\"seed\":0}");
	text = OWN(
		HI
		",\"temperature\":0,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
		"\"strict\":false}}],\"parallel_tool_calls\":false");
	CHECK(has(text, "\"temperature\":0") && has(text, "\"strict\":false"));
	CHECK(has(text, "\"parallel_tool_calls\":false"));
}

TEST(ten_thousand_tools_are_no_trouble)
{
	struct aip_request *request = NULL;
	struct aip_buf body;

	aip_buf_init(&body, OUT_MAX);
	aip_buf_addf(&body, "{\"model\":\"m\"," HI ",\"tools\":[");
	for (int i = 0; i < 10000; i++)
		aip_buf_addf(&body, "%s{\"type\":\"function\",\"function\":{\"name\":\"tool_%d\"}}",
		             i ? "," : "", i);
	aip_buf_addf(&body, "]}");
	CHECK_INT_EQ(read_as(AIP_CHAT, aip_buf_str(&body), &request), AIP_OK);
	for (int to = AIP_CHAT; to < AIP_DIALECT_COUNT; to++) {
		aip_buf_clear(&out);
		CHECK_INT_EQ(aip_codec_of((enum aip_dialect)to)
		                     ->write_request(&ctx, request, &out, &error),
		             AIP_OK);
		CHECK(has(aip_buf_str(&out), "tool_9999"));
	}
	aip_buf_fini(&body);
}

TEST(a_huge_image_is_copied_once)
{
	struct aip_request *request = NULL;
	struct aip_buf body;
	const size_t size = 20u << 20;

	aip_buf_init(&body, OUT_MAX);
	aip_buf_addf(&body,
	             "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
	             "\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,");
	memset(aip_buf_reserve(&body, size), 'A', size);
	body.len += size;
	aip_buf_addf(&body, "\"}}]}]}");
	CHECK_INT_EQ(read_as(AIP_CHAT, aip_buf_str(&body), &request), AIP_OK);
	CHECK_INT_EQ(aip_codec_of(AIP_CLAUDE)->write_request(&ctx, request, &out, &error), AIP_OK);
	CHECK(out.len > size && out.len < size + 1024);
	CHECK(aip_arena_held(arena) < size); /* read and written without a copy of its own */
	aip_buf_fini(&body);
}

/* ---- Histories ------------------------------------------------------------------------------ */

TEST(results_without_calls_vanish_and_calls_without_results_get_one)
{
	CHECK_STR_EQ(OWN("\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"tool\","
	                 "\"tool_call_id\":\"x\",\"content\":\"orphan\"}]"),
	             "{\"model\":\"m1\"," HI "}");
	struct aip_str text = OWN(
		"\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{"
		"\"name\":\"f\",\"arguments\":\"\"}}]},{\"role\":\"user\",\"content\":\"hi\"}]");
	CHECK(has(text, "\"arguments\":\"{}\""));
	CHECK(has(
		text,
		"{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"[no result recorded]\"}"));
}

TEST(arguments_that_came_as_an_object_are_sent_as_text)
{
	struct aip_str text = OWN(
		"\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{"
		"\"name\":\"f\",\"arguments\":{\"b\": "
		"1e400}}}]},{\"role\":\"tool\",\"tool_call_id\":"
		"\"a\",\"content\":null}]");

	CHECK(has(text, "\"arguments\":\"{\\\"b\\\": 1e400}\""));
	CHECK(has(text, "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"\"}"));
}

TEST(results_stand_right_behind_their_call)
{
	struct aip_str text = CLAUDE(
		"\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":"
		"\"a\","
		"\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"text\","
		"\"text\":\"first\"},{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":"
		"\"ok\"}]}]");

	CHECK(has(
		text,
		"{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"ok\"},{\"role\":\"user\","
		"\"content\":\"first\"}"));
}

TEST(a_system_as_text_or_as_blocks_is_the_same)
{
	struct aip_str text = aip_arena_dup(arena, CLAUDE("\"system\":\"Be brief\"," HI));

	CHECK_BYTES_EQ(CLAUDE("\"system\":[{\"type\":\"text\",\"text\":\"Be brief\"}]," HI), text);
	CHECK(has(text, "{\"role\":\"system\",\"content\":\"Be brief\"}"));
}

TEST(a_schema_without_properties_gets_them)
{
	CHECK(has(CLAUDE(HI ",\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]"),
	          "\"parameters\":{\"type\":\"object\",\"properties\":{}}"));
	CHECK(has(OWN(HI ",\"tools\":[" FN "]"),
	          "\"parameters\":{\"type\":\"object\",\"properties\":{}}"));
}

TEST(images_of_several_results_are_told_apart)
{
#define SHOT(id)                                           \
	"{\"type\":\"tool_result\",\"tool_use_id\":\"" id  \
	"\",\"content\":[{\"type\":\"image\",\"source\":{" \
	"\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"" id "AA=\"}}]}"
#define SHOTS                                                                                   \
	"\"messages\":[{\"role\":\"user\",\"content\":\"look\"},{\"role\":\"assistant\","       \
	"\"content\":["                                                                         \
	"{\"type\":\"tool_use\",\"id\":\"A\",\"name\":\"shot\",\"input\":{}},{\"type\":\"tool_" \
	"use\","                                                                                \
	"\"id\":\"B\",\"name\":\"shot\",\"input\":{}}]},{\"role\":\"user\",\"content\":[" SHOT( \
		"A") "," SHOT("B") "]}]"
	struct aip_str text = CLAUDE(SHOTS);

	CHECK(has(text, "\"tool_call_id\":\"A\",\"content\":\"(see the attached image)\""));
	CHECK(has(
		text,
		"{\"type\":\"text\",\"text\":\"[shot: A]\"},{\"type\":\"image_url\",\"image_url\":{"
		"\"url\":\"data:image/png;base64,AAA=\"}},{\"type\":\"text\",\"text\":\"[shot: "
		"B]\"}"));
	caps.chat_tool_image = AIP_YES;
	text = CLAUDE(SHOTS);
	CHECK(has(text, "\"tool_call_id\":\"A\",\"content\":[{\"type\":\"image_url\""));
	CHECK(!has(text, "[shot"));
}

TEST(a_failed_result_without_a_word_says_so)
{
	struct aip_str text = CLAUDE("\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":"
	                             "\"tool_use\",\"id\":\"a\","
	                             "\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\","
	                             "\"content\":[{\"type\":\"tool_result\","
	                             "\"tool_use_id\":\"a\",\"is_error\":true}]}]");

	CHECK(has(text, "\"content\":\"[tool error]\""));
}

TEST(thoughts_go_back_only_where_they_are_wanted)
{
#define THOUGHT                                                                                   \
	"\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\","           \
	"\"content\":["                                                                           \
	"{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"},{\"type\":\"tool_use\"," \
	"\"id\":"                                                                                 \
	"\"a\",\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_"  \
	"result\","                                                                               \
	"\"tool_use_id\":\"a\",\"content\":\"ok\"}]}]"
	CHECK(!has(CLAUDE(THOUGHT), "hm"));
	caps.chat_reasoning_replay = "required";
	CHECK(has(CLAUDE(THOUGHT), "\"reasoning_content\":\"hm\""));
	caps.chat_reasoning_field = "reasoning";
	CHECK(has(CLAUDE(THOUGHT), "\"reasoning\":\"hm\""));
	caps.chat_reasoning_replay = "forbidden";
	CHECK(!has(CLAUDE(THOUGHT), "hm"));
	CHECK(!has(OWN("\"messages\":[{\"role\":\"assistant\",\"content\":\"x\",\"reasoning_"
	               "content\":\"hm\"},"
	               "{\"role\":\"user\",\"content\":\"hi\"}]"),
	           "hm"));
}

TEST(text_files_are_sent_as_text_and_others_as_files)
{
	struct aip_str text = CLAUDE("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
	                             "\"document\",\"title\":\"Log\","
	                             "\"source\":{\"type\":\"text\",\"media_type\":\"text/"
	                             "plain\",\"data\":\"all well\"}},"
	                             "{\"type\":\"document\",\"source\":{\"type\":\"base64\","
	                             "\"media_type\":\"application/pdf\","
	                             "\"data\":\"JVBERi0=\"}}]}]");

	CHECK(has(text, "{\"type\":\"text\",\"text\":\"Log\\n\\nall well\"}"));
	CHECK(has(text, "\"file\":{\"filename\":\"document.pdf\",\"file_data\":\"data:application/"
	                "pdf;base64,"));
	CHECK(has(CLAUDE("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\","
	                 "\"source\":{"
	                 "\"type\":\"url\",\"url\":\"https://x.example/a.pdf\"}}]}]"),
	          "inline, not by URL"));
}

/* ---- Servers that differ -------------------------------------------------------------------- */

TEST(the_system_is_said_as_the_server_wants_it)
{
#define TWO                                                                              \
	"\"messages\":[{\"role\":\"developer\",\"content\":\"a\"},{\"role\":\"system\"," \
	"\"content\":"                                                                   \
	"\"b\"},{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"system\",\"content\":\"c\"}]"
	CHECK_STR_EQ(OWN(TWO), "{\"model\":\"m1\"," TWO "}");
	caps.chat_system_role = "user";
	CHECK(has(OWN(TWO),
	          "{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}"));
	caps.chat_system_role = NULL;
	caps.chat_single_system = AIP_YES;
	CHECK(has(
		OWN(TWO),
		"[{\"role\":\"developer\",\"content\":\"a\\n\\nb\"},{\"role\":\"user\",\"content\":"
		"\"hi\"},{\"role\":\"user\",\"content\":\"<system-reminder>\\nc\\n"
		"</system-reminder>\"}]"));
}

TEST(content_is_said_as_the_server_wants_it)
{
#define PIECES                                                                               \
	"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{" \
	"\"type\":"                                                                          \
	"\"text\",\"text\":\"b\"}]}]"
#define CALLING                                                                              \
	"\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{" \
	"\"name\":"                                                                          \
	"\"f\"}}]}]"
	CHECK(has(OWN(PIECES), "\"content\":[{"));
	CHECK(has(OWN(CALLING), "\"content\":null"));
	caps.chat_string_content = AIP_YES;
	caps.chat_empty_content = "empty";
	CHECK(has(OWN(PIECES), "\"content\":\"a\\n\\nb\""));
	CHECK(has(OWN(CALLING), "\"content\":\"\""));
}

TEST(settings_are_said_as_the_server_wants_them)
{
	ctx.stream = true;
	CHECK(has(OWN(HI ",\"max_tokens\":5"), "\"max_tokens\":5"));
	CHECK(has(OWN(HI), "\"stream_options\":{\"include_usage\":true}"));
	caps.chat_max_tokens_name = "max_completion_tokens";
	caps.chat_stream_usage = AIP_NO;
	caps.chat_user_field = "safety_identifier";
	CHECK(has(OWN(HI ",\"max_tokens\":5"), "\"max_completion_tokens\":5"));
	CHECK(!has(OWN(HI), "stream_options"));
	CHECK(has(OWN(HI ",\"user\":\"u\""), "\"safety_identifier\":\"u\""));
	ctx.stream = false;
}

TEST(what_a_server_lacks_is_dropped_by_name_and_refused_strictly)
{
	caps.chat_parallel_param = caps.chat_strict_param = caps.chat_tool_choice_required = AIP_NO;
	caps.chat_response_format = "json_object";
	caps.temperature = "none";
	caps.top_p = caps.penalties = caps.seed = caps.logprobs = AIP_NO;
	struct aip_str text = OWN(HI ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"
	                             "\"f\",\"strict\":true}}],"
	                             "\"tool_choice\":\"required\",\"parallel_tool_calls\":true,"
	                             "\"temperature\":1,\"top_p\":1,"
	                             "\"presence_penalty\":1,\"frequency_penalty\":1,\"seed\":1,"
	                             "\"logprobs\":true,\"response_format\":"
	                             "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}},"
	                             "\"stop\":[\"1\",\"2\",\"3\",\"4\","
	                             "\"5\"]");
	CHECK(has(text, "\"tool_choice\":\"auto\"") &&
	      has(text, "\"response_format\":{\"type\":\"json_object\"}"));
	CHECK(!has(text, "strict") && !has(text, "parallel") && !has(text, "seed") &&
	      !has(text, "\"5\""));
	const char *const paths[] = {"tools.strict",
	                             "tool_choice",
	                             "parallel_tool_calls",
	                             "temperature",
	                             "top_p",
	                             "presence_penalty",
	                             "frequency_penalty",
	                             "seed",
	                             "logprobs",
	                             "response_format.json_schema",
	                             "stop"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		CHECK(dropped(paths[i]));
	ctx.loss = AIP_STRICT;
	(void)OWN(HI ",\"seed\":1");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "seed");
}

TEST(an_unsupported_effort_becomes_the_nearest_or_is_refused_strictly)
{
	caps.levels = "low high";
	CHECK(has(OWN(HI ",\"reasoning_effort\":\"medium\""), "\"reasoning_effort\":\"low\""));
	CHECK(has(OWN(HI ",\"reasoning_effort\":\"none\""), "\"reasoning_effort\":\"low\""));
	ctx.loss = AIP_STRICT;
	CHECK(has(OWN(HI ",\"reasoning_effort\":\"medium\""), "this model knows only low high"));
	CHECK_STR_EQ(aip_str(error.param), "reasoning_effort");
	ctx.loss = AIP_LENIENT;
	caps.levels = NULL;
	CHECK(has(OWN(HI ",\"reasoning_effort\":\"none\""), "\"reasoning_effort\":\"none\""));
	caps.chat_tools_need_effort_none = AIP_YES;
	CHECK(has(OWN(HI ",\"tools\":[" FN "]"), "\"reasoning_effort\":\"none\""));
}

/* ---- Reasoning in vendors' words ------------------------------------------------------------ */

static bool thinks(const char *body, enum aip_reasoning_mode mode, int64_t budget)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(read_as(AIP_CHAT, aip_str(body), &request), AIP_OK);
	return request->reasoning.mode == mode && request->reasoning.budget == budget;
}

TEST(vendors_words_for_reasoning_are_understood)
{
	CHECK(thinks(WITH("\"reasoning\":{\"effort\":\"high\"}"), AIP_REASONING_LEVEL, 0));
	CHECK(thinks(WITH("\"reasoning\":{\"max_tokens\":2000}"), AIP_REASONING_BUDGET, 2000));
	CHECK(thinks(WITH("\"reasoning\":{\"enabled\":true}"), AIP_REASONING_AUTO, 0));
	CHECK(thinks(WITH("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":900}"),
	             AIP_REASONING_BUDGET, 900));
	CHECK(thinks(WITH("\"thinking\":{\"type\":\"disabled\"}"), AIP_REASONING_OFF, 0));
	CHECK(thinks(WITH("\"enable_thinking\":false"), AIP_REASONING_OFF, 0));
	CHECK(thinks(WITH("\"enable_thinking\":true,\"thinking_budget\":700"), AIP_REASONING_BUDGET,
	             700));
	CHECK(thinks(WITH("\"chat_template_kwargs\":{\"enable_thinking\":false}"),
	             AIP_REASONING_OFF, 0));
	CHECK(thinks(WITH("\"enable_thinking\":false,\"reasoning_effort\":\"low\""),
	             AIP_REASONING_LEVEL, 0));
}

TEST(vendors_words_go_on_to_their_server_unless_overruled)
{
	struct aip_request *request = NULL;

	CHECK_STR_EQ(OWN(HI ",\"enable_thinking\":false,\"min_p\":0.1"),
	             "{\"model\":\"m1\"," HI ",\"enable_thinking\":false,\"min_p\":0.1}");
	CHECK_INT_EQ(read_as(AIP_CHAT, AIP_LIT(WITH("\"enable_thinking\":false,\"min_p\":0.1")),
	                     &request),
	             AIP_OK);
	request->reasoning.mode = AIP_REASONING_LEVEL; /* as a model's suffix does */
	request->reasoning.level = AIP_LEVEL_HIGH;
	aip_buf_clear(&out);
	CHECK_INT_EQ(aip_codec_of(AIP_CHAT)->write_request(&ctx, request, &out, &error), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&out),
	             "{\"model\":\"m1\"," HI ",\"reasoning_effort\":\"high\",\"min_p\":0.1}");
}

/* ---- From and to other dialects ------------------------------------------------------------- */

TEST(unknown_fields_stay_at_home)
{
	struct aip_str text = TO(CLAUDE, HI ",\"min_p\":0.5,\"next_years\":{\"a\":1}");

	CHECK(!has(text, "min_p") && !has(text, "next_years"));
	CHECK(has(OWN(HI ",\"min_p\":0.5"), "\"min_p\":0.5"));
	text = CLAUDE(HI ",\"next_years\":1");
	CHECK(!has(text, "next_years") && dropped("next_years"));
}

TEST(tools_of_free_text_are_functions_where_the_server_knows_no_other)
{
#define PATCH                                                                                  \
	"\"input\":\"hi\",\"tools\":[{\"type\":\"custom\",\"name\":\"patch\",\"description\":" \
	"\"P\","                                                                               \
	"\"format\":{\"type\":\"grammar\",\"syntax\":\"lark\",\"definition\":\"start: "        \
	"/.+/\"}}],\"tool_choice\":"                                                           \
	"{\"type\":\"custom\",\"name\":\"patch\"}"
	struct aip_str text = RESP(PATCH);

	CHECK(has(text,
	          "{\"type\":\"function\",\"function\":{\"name\":\"patch\",\"description\":"
	          "\"P\\n\\nThe "
	          "input follows this lark grammar:\\nstart: "
	          "/.+/\",\"parameters\":{\"type\":\"object\","
	          "\"properties\":{\"input\":{\"type\":\"string\"}},\"required\":[\"input\"]}}}"));
	CHECK(has(text,
	          "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"patch\"}}"));
	caps.custom = AIP_YES;
	CHECK(has(RESP(PATCH), "{\"type\":\"custom\",\"custom\":{\"name\":\"patch\""));
}

TEST(searching_is_a_setting_where_the_model_has_it)
{
#define SEARCH                                                                                  \
	"\"input\":\"hi\",\"tools\":[{\"type\":\"web_search\",\"search_context_size\":\"low\"," \
	"\"user_location\":{\"type\":\"approximate\",\"city\":\"Esbjerg\"}}]"
	CHECK(!has(RESP(SEARCH), "search") && dropped("tools.server"));
	caps.server = "web_search";
	CHECK(has(RESP(SEARCH), "\"web_search_options\":{\"search_context_size\":\"low\",\"user_"
	                        "location\":{\"type\":"
	                        "\"approximate\",\"approximate\":{\"city\":\"Esbjerg\"}}}"));
}

TEST(a_choice_without_tools_is_not_sent)
{
	CHECK_STR_EQ(OWN(HI ",\"tools\":[],\"tool_choice\":\"auto\",\"parallel_tool_calls\":true"),
	             "{\"model\":\"m1\"," HI "}");
	CHECK(has(RESP("\"input\":\"hi\",\"tools\":[{\"type\":\"web_search\"}],\"tool_choice\":"
	               "\"required\""),
	          "none of the tools that must be used"));
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
}

TEST(allowed_tools_are_named)
{
	CHECK(has(OWN(HI ",\"tools\":[" FN
	                 "],\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{"
	                 "\"mode\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{"
	                 "\"name\":\"f\"}}]}}"),
	          "\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":"
	          "\"required\",\"tools\":["
	          "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}"));
}

TEST(state_of_another_vendor_is_refused)
{
	CHECK(has(RESP("\"input\":\"hi\",\"previous_response_id\":\"resp_1\""),
	          "send the full input"));
	CHECK_STR_EQ(aip_str(error.param), "previous_response_id");
	CHECK(has(RESP("\"input\":\"hi\",\"background\":true"), "foreground"));
	CHECK(!has(RESP("\"input\":\"hi\",\"store\":false"), "store"));
	CHECK(has(RESP("\"input\":\"hi\",\"store\":true"), "\"store\":true"));
}

TEST(several_answers_and_sound_go_only_where_they_can)
{
#define SOUND                                                                                      \
	"\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":" \
	"{"                                                                                        \
	"\"data\":\"UklGRiQAAABXQVZFZm10IA==\",\"format\":\"wav\"}}]}]"
#define SPOKEN                                                                               \
	"\"messages\":[{\"role\":\"user\",\"content\":\"Say aye\"},{\"role\":\"assistant\"," \
	"\"content\":null,\"audio\":{\"id\":\"audio_0\"}},{\"role\":\"user\",\"content\":"   \
	"\"Again\"}]"
	CHECK(has(TO(GEMINI, HI ",\"n\":2"), "\"candidateCount\":2"));
	(void)TO(CLAUDE, HI ",\"n\":2");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "n");
	(void)TO(RESPONSES, HI ",\"n\":2");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK(has(TO(GEMINI, SOUND), "\"mimeType\":\"audio/wav\""));
	CHECK(has(OWN(SOUND), "\"format\":\"wav\""));
	(void)TO(CLAUDE, SOUND);
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK(has(OWN(SPOKEN),
	          "{\"role\":\"assistant\",\"content\":null,\"audio\":{\"id\":\"audio_0\"}}"));
	(void)TO(CLAUDE, HI ",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\"}");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
}

TEST(longer_stops_and_users_fit)
{
	struct aip_str text =
		CLAUDE(HI ",\"stop_sequences\":[\"1\",\"2\",\"3\",\"4\",\"5\"],\"metadata\":{"
	                  "\"user_id\":\"0123456789012345678901234567890123456789012345678901234567"
	                  "890123456789\"}");

	CHECK(has(text, "\"stop\":[\"1\",\"2\",\"3\",\"4\"]") && dropped("stop"));
	CHECK(has(text, "\"user\":\"") && !has(text, "0123456789012345678901234567890123456789"));
}

TEST(strict_schemas_are_made_strict_or_not_called_so)
{
	struct aip_str text = OWN(
		HI
		",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,"
		"\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":"
		"\"string\"}}}}}]");

	CHECK(has(text, "\"additionalProperties\":false") && has(text, "\"strict\":true"));
	CHECK(has(OWN(HI ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"
	                 "\"a b!\",\"schema\":"
	                 "{\"type\":\"object\"}}}"),
	          "\"name\":\"a_b_\""));
}

TEST(the_same_request_is_written_the_same_twice)
{
	static const char body[] = "{\"model\":\"m\"," HI ",\"tools\":[" FN
				   "],\"metadata\":{\"b\":\"2\",\"a\":\"1\"}}";
	struct aip_str once = aip_arena_dup(arena, sent(AIP_CHAT, AIP_CHAT, aip_str(body)));

	CHECK_BYTES_EQ(sent(AIP_CHAT, AIP_CHAT, aip_str(body)), once);
}

TEST(a_client_names_its_user_as_it_likes)
{
	struct aip_str text = OWN(HI ",\"user\":\"u\",\"safety_identifier\":\"s\"");

	CHECK(has(text, "\"user\":\"u\"") && has(text, "\"safety_identifier\":\"s\""));
	text = OWN(HI ",\"safety_identifier\":\"s\"");
	CHECK(has(text, "\"safety_identifier\":\"s\"") && !has(text, "\"user\":"));
	caps.chat_user_field = "user";
	text = OWN(HI ",\"user\":\"u\",\"safety_identifier\":\"s\"");
	CHECK(has(text, "\"user\":\"s\"") && !has(text, "safety_identifier"));
}

TEST(whole_numbers_are_whole_to_the_last_digit)
{
	CHECK(has(OWN(HI ",\"seed\":9223372036854775807"), "\"seed\":9223372036854775807"));
	CHECK(has(OWN(HI ",\"seed\":-9223372036854775808"), "\"seed\":-9223372036854775808"));
	CHECK(has(OWN(HI ",\"n\":1.0"), "\"n\":1.0"));
	(void)OWN(HI ",\"seed\":9223372036854775808");
	CHECK_STR_EQ(aip_str(error.param), "seed");
	(void)OWN(HI ",\"seed\":1.5");
	CHECK_STR_EQ(aip_str(error.param), "seed");
}

RUN_ALL(HERE(what_is_wrong_in_messages_is_named_by_its_path),
        HERE(a_client_names_its_user_as_it_likes), HERE(whole_numbers_are_whole_to_the_last_digit),
        HERE(media_that_cannot_be_read_is_named_by_its_path),
        HERE(what_is_wrong_in_settings_is_named_by_its_path),
        HERE(what_is_wrong_in_tools_is_named_by_its_path),
        HERE(null_members_are_not_there_and_zeros_are), HERE(ten_thousand_tools_are_no_trouble),
        HERE(a_huge_image_is_copied_once),
        HERE(results_without_calls_vanish_and_calls_without_results_get_one),
        HERE(arguments_that_came_as_an_object_are_sent_as_text),
        HERE(results_stand_right_behind_their_call),
        HERE(a_system_as_text_or_as_blocks_is_the_same),
        HERE(a_schema_without_properties_gets_them), HERE(images_of_several_results_are_told_apart),
        HERE(a_failed_result_without_a_word_says_so),
        HERE(thoughts_go_back_only_where_they_are_wanted),
        HERE(text_files_are_sent_as_text_and_others_as_files),
        HERE(the_system_is_said_as_the_server_wants_it),
        HERE(content_is_said_as_the_server_wants_it),
        HERE(settings_are_said_as_the_server_wants_them),
        HERE(what_a_server_lacks_is_dropped_by_name_and_refused_strictly),
        HERE(an_unsupported_effort_becomes_the_nearest_or_is_refused_strictly),
        HERE(vendors_words_for_reasoning_are_understood),
        HERE(vendors_words_go_on_to_their_server_unless_overruled),
        HERE(unknown_fields_stay_at_home),
        HERE(tools_of_free_text_are_functions_where_the_server_knows_no_other),
        HERE(searching_is_a_setting_where_the_model_has_it),
        HERE(a_choice_without_tools_is_not_sent), HERE(allowed_tools_are_named),
        HERE(state_of_another_vendor_is_refused),
        HERE(several_answers_and_sound_go_only_where_they_can), HERE(longer_stops_and_users_fit),
        HERE(strict_schemas_are_made_strict_or_not_called_so),
        HERE(the_same_request_is_written_the_same_twice))
