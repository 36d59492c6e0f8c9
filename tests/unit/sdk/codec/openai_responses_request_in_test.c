/* Responses requests: what is refused, what is mended, what other dialects make of them. */
#include "openai_responses.h"

/* ---- What is refused ------------------------------------------------------------------------ */

/* The path that a 400 names; "" when the request is taken. */
static struct aip_str fault(const char *rest)
{
	const struct aip_wire_in in = {.body = quoted(rest)};
	struct aip_request *request = NULL;

	error = (struct aip_error){0};
	enum aip_status s = codec->read_request(&ctx, &in, &request, &error);
	if (!s)
		return AIP_LIT("");
	CHECK_INT_EQ(aip_status_row(s)->http, 400);
	aip_buf_clear(&out);
	CHECK_INT_EQ(codec->write_error(&error, AIP_NONE, &out), 400);
	HAS(aip_buf_str(&out), "{'error':{'message':");
	HAS(aip_buf_str(&out), "'type':'invalid_request_error'");
	CHECK(aip_str_starts(aip_str(error.message), aip_str(error.param)));
	return aip_str(error.param);
}

TEST(a_sound_has_the_type_of_its_format)
{
	HAS(TO(AIP_GEMINI,
	       "'input':[{'role':'user','content':[{'type':'input_audio','input_audio':{"
	       "'data':'AAAA','format':'flac'}}]}]"),
	    "{'inlineData':{'mimeType':'audio/flac','data':'AAAA'}}");
}

TEST(a_value_of_a_wrong_type_is_named_by_its_path)
{
	static const char *const cases[][2] = {
		{"{'model':7,'input':'hi'}", "model"},
		{"{'input':7}", "input"},
		{"{'input':[7]}", "input[0]"},
		{"{'input':[{'type':7}]}", "input[0].type"},
		{"{'input':[{'role':'user','content':7}]}", "input[0].content"},
		{"{'input':[{'role':'user','content':['x']}]}", "input[0].content[0]"},
		{"{'input':[{'role':'user','content':[{'type':'input_text','text':7}]}]}",
	         "input[0].content[0].text"},
		{"{'input':[{'role':'user','content':[{'type':'input_image','image_url':{}}]}]}",
	         "input[0].content[0].image_url"},
		{"{'input':[{'role':'user','content':[{'type':'input_image','image_url':''}]}]}",
	         "input[0].content[0]"},
		{"{'input':[{'role':'user','content':[{'type':'input_image','image_url':'data:x'}]}"
	         "]}",
	         "input[0].content[0].image_url"},
		{"{'input':[{'role':'user','content':[{'type':'input_file','file_data':'!'}]}]}",
	         "input[0].content[0].file_data"},
		{"{'input':[{'role':'user','content':[{'type':'input_audio'}]}]}",
	         "input[0].content[0].data"},
		{"{'input':[{'type':'function_call','call_id':'a','name':'f','arguments':{}}]}",
	         "input[0].arguments"},
		{"{'input':'hi','instructions':7}", "instructions"},
		{"{'input':'hi','stream':'yes'}", "stream"},
		{"{'input':'hi','stream_options':true}", "stream_options"},
		{"{'input':'hi','temperature':'hot'}", "temperature"},
		{"{'input':'hi','tools':{}}", "tools"},
		{"{'input':'hi','tools':['f']}", "tools[0]"},
		{"{'input':'hi','tools':[{'type':'function','name':'f','parameters':7}]}",
	         "tools[0].parameters"},
		{"{'input':'hi','tools':[{'type':'namespace','name':'n','tools':[{}]}]}",
	         "tools[0].tools[0].type"},
		{"{'input':'hi','tool_choice':7}", "tool_choice"},
		{"{'input':'hi','parallel_tool_calls':1}", "parallel_tool_calls"},
		{"{'input':'hi','text':'json'}", "text"},
		{"{'input':'hi','text':{'format':'json'}}", "text.format"},
		{"{'input':'hi','text':{'verbosity':1}}", "text.verbosity"},
		{"{'input':'hi','reasoning':'high'}", "reasoning"},
		{"{'input':'hi','reasoning':{'effort':3}}", "reasoning.effort"},
		{"{'input':'hi','include':'all'}", "include"},
		{"{'input':'hi','include':[1]}", "include[0]"},
		{"{'input':'hi','store':'no'}", "store"},
		{"{'input':'hi','previous_response_id':1}", "previous_response_id"},
		{"{'input':'hi','conversation':1}", "conversation"},
		{"{'input':'hi','metadata':[]}", "metadata"},
		{"{'input':'hi','service_tier':1}", "service_tier"},
		{"{'input':'hi','user':1}", "user"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_STR_EQ(fault(cases[i][0]), cases[i][1]);
}

TEST(what_is_missing_is_named_by_its_path)
{
	CHECK_STR_EQ(fault("{'model':'m'}"), "input");
	CHECK_STR_EQ(fault("{'model':'m','input':[]}"), "input");
	CHECK_STR_EQ(fault("{'model':'m','input':''}"), "input");
	CHECK_STR_EQ(fault("{'input':[{}]}"), "input[0].role");
	CHECK_STR_EQ(fault("{'input':[{'role':'user','content':[{}]}]}"),
	             "input[0].content[0].type");
	CHECK_STR_EQ(fault("{'input':[{'type':'function_call','call_id':'a'}]}"), "input[0].name");
	CHECK_STR_EQ(fault("{'input':[{'type':'function_call_output','output':'x'}]}"),
	             "input[0].call_id");
	CHECK_STR_EQ(fault("{'input':[{'type':'item_reference'}]}"), "input[0].id");
	CHECK_STR_EQ(fault("{'input':'hi','tools':[{'name':'f'}]}"), "tools[0].type");
	CHECK_STR_EQ(fault("{'input':'hi','tools':[{'type':'function'}]}"), "tools[0].name");
	CHECK_STR_EQ(fault("{'input':'hi','tool_choice':{'type':'function'}}"), "tool_choice.name");
	CHECK_STR_EQ(fault("{'input':'hi','text':{'format':{'type':'json_schema'}}}"),
	             "text.format.schema");
}

TEST(a_word_nobody_knows_is_named_by_its_path)
{
	CHECK_STR_EQ(fault("{'input':[{'role':'wizard','content':'x'}]}"), "input[0].role");
	CHECK_STR_EQ(fault("{'input':'hi','tool_choice':'maybe'}"), "tool_choice");
	CHECK_STR_EQ(fault("{'input':'hi','tool_choice':{'type':'allowed_tools','mode':'x'}}"),
	             "tool_choice.mode");
	CHECK_STR_EQ(fault("{'input':'hi','text':{'format':{'type':'yaml'}}}"), "text.format.type");
	CHECK_STR_EQ(fault("{'input':'hi','reasoning':{'effort':'huge'}}"), "reasoning.effort");
	CHECK_STR_EQ(fault("{'input':'hi','reasoning':{'summary':'long'}}"), "reasoning.summary");
}

TEST(numbers_out_of_bounds_are_refused)
{
	CHECK_STR_EQ(fault("{'input':'hi','max_output_tokens':0}"), "max_output_tokens");
	CHECK_STR_EQ(fault("{'input':'hi','max_output_tokens':-5}"), "max_output_tokens");
	CHECK_STR_EQ(fault("{'input':'hi','max_output_tokens':1.5}"), "max_output_tokens");
	CHECK_STR_EQ(fault("{'input':'hi','max_output_tokens':1e400}"), "max_output_tokens");
	CHECK_STR_EQ(fault("{'input':'hi','max_output_tokens':99999999999999999999}"),
	             "max_output_tokens");
	CHECK_STR_EQ(fault("{'input':'hi','temperature':2.1}"), "temperature");
	CHECK_STR_EQ(fault("{'input':'hi','temperature':-0.1}"), "temperature");
	CHECK_STR_EQ(fault("{'input':'hi','temperature':1e999}"), "temperature");
	CHECK_STR_EQ(fault("{'input':'hi','top_p':1.5}"), "top_p");
	CHECK_STR_EQ(fault("{'input':'hi','top_logprobs':21}"), "top_logprobs");
	CHECK_STR_EQ(fault("{'input':'hi','max_tool_calls':0}"), "max_tool_calls");
	CHECK_STR_EQ(fault("{'input':'hi','max_output_tokens':1e3,'temperature':2,'top_p':0.0}"),
	             "");
}

TEST(a_body_that_is_no_object_is_refused)
{
	const char *const bodies[] = {
		"", "[", "[]", "7", "'x'", "{'input':'hi'", "{'input':'\\u12'}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		const struct aip_wire_in in = {.body = quoted(bodies[i])};
		struct aip_request *request = NULL;
		CHECK_INT_EQ(codec->read_request(&ctx, &in, &request, &error), AIP_BAD_REQUEST);
		CHECK(error.message[0]);
	}
}

/* ---- What is mended ------------------------------------------------------------------------- */

TEST(null_is_not_said_and_zero_is)
{
	struct aip_str body = TO_OWN(HI ",'temperature':null,'tools':null,'max_output_tokens':null,"
	                                "'text':null,'reasoning':null,'include':null,'top_p':0");

	HAS_NO(body, "null");
	HAS(body, "'top_p':0");
}

TEST(a_member_that_is_said_twice_counts_once)
{
	struct aip_str body = TO_OWN("'input':'first','input':'last'");

	HAS(body, "last");
	HAS_NO(body, "first");
}

TEST(unknown_items_and_parts_go_home_or_nowhere)
{
	struct aip_str own =
		TO_OWN("'input':[" USER("hi") ",{'type':'hologram','x':1.50},"
	                                      "{'role':'user','content':[{'type':'smell','x':2.50},"
	                                      "{'type':'odd','text':'words'}]}]");
	HAS(own, "{'type':'hologram','x':1.50}");
	HAS(own, "{'type':'smell','x':2.50}");
	struct aip_str chat = TO_CHAT(
		"'input':[" USER("hi") ",{'type':'hologram','x':1.50},"
				       "{'role':'user','content':[{'type':'smell','x':2.50},"
				       "{'type':'odd','text':'words'}]}]");
	HAS(chat, "words");
	HAS_NO(chat, "hologram");
	HAS_NO(chat, "smell");
	CHECK(ctx.dropped != NULL);
}

TEST(outputs_of_no_call_are_left_out)
{
	struct aip_str body = TO_CHAT("'input':[" USER("hi") "," OUTPUT("call_x", "lost") "]");

	HAS_NO(body, "lost");
	HAS(body, "hi");
}

TEST(the_last_of_two_outputs_counts)
{
	struct aip_str body = TO_CLAUDE("'input':[" USER("hi") "," CALL("a", "f") "," OUTPUT(
		"a", "old") "," OUTPUT("a", "new") "]");

	HAS_NO(body, "old");
	CHECK_INT_EQ(times(body, "tool_result"), 1);
	HAS(body, "new");
}

TEST(outputs_of_any_kind_are_text)
{
	struct aip_str body = TO_CHAT("'input':[" USER("hi") "," CALL("a", "f") "," CALL(
		"b", "f") "," CALL("c", "f") "," CALL("d", "f") ",{'type':'function_call_output','"
	                                                        "call_id':'a','output':{'n':1.50}}"
	                                                        ",{'type':'function_call_output','"
	                                                        "call_id':'b','output':7}"
	                                                        ",{'type':'function_call_output','"
	                                                        "call_id':'c','output':null}"
	                                                        ",{'type':'function_call_output','"
	                                                        "call_id':'d','output':[1,2]}]");

	HAS(body, "{\\'n\\':1.50}");
	HAS(body, "'tool_call_id':'b','content':'7'");
	HAS(body, "'tool_call_id':'c','content':''");
	HAS(body, "'tool_call_id':'d','content':'[1,2]'");
}

TEST(ten_thousand_tools_are_read_and_written)
{
	struct aip_buf body;
	char tool[128];

	aip_buf_init(&body, OUT_MAX);
	aip_buf_add(&body, quoted("{'model':'m','input':'hi','tools':["));
	for (int i = 0; i < 10000; i++) {
		snprintf(tool, sizeof(tool),
		         "%s{\"type\":\"function\",\"name\":\"tool.%d\",\"parameters\":{}}",
		         i ? "," : "", i);
		aip_buf_add(&body, aip_str(tool));
	}
	aip_buf_add(&body, AIP_LIT("]}"));
	CHECK_INT_EQ(times(sent(AIP_RESPONSES, AIP_CLAUDE, aip_buf_str(&body)), "'name':'tool_"),
	             10000);
	CHECK_INT_EQ(times(sent(AIP_RESPONSES, AIP_RESPONSES, aip_buf_str(&body)), "'name':'tool_"),
	             10000);
	aip_buf_fini(&body);
}

TEST(an_image_of_many_bytes_goes_through)
{
	const size_t bytes = 12u << 20;
	struct aip_buf body;

	aip_buf_init(&body, OUT_MAX);
	aip_buf_add(&body, quoted("{'model':'m','input':[{'role':'user','content':[{'type':"
	                          "'input_image','image_url':'data:image/png;base64,"));
	char *at = aip_buf_reserve(&body, bytes);
	assert_non_null(at);
	memset(at, 'A', bytes);
	body.len += bytes;
	aip_buf_add(&body, quoted("'}]}]}"));
	CHECK(sent(AIP_RESPONSES, AIP_CLAUDE, aip_buf_str(&body)).len > bytes);
	aip_buf_fini(&body);
}

TEST(state_of_another_vendor_is_a_clear_400)
{
	static const char *const rests[][2] = {
		{"'previous_response_id':'resp_1'", "previous_response_id"},
		{"'conversation':'conv_1'", "conversation"},
		{"'prompt':{'id':'p'}", "prompt"},
		{"'background':true", "background"},
	};

	for (int to = 0; to < 3; to++) {
		static const enum aip_dialect upstreams[] = {AIP_CHAT, AIP_CLAUDE, AIP_GEMINI};
		for (size_t i = 0; i < sizeof(rests) / sizeof(*rests); i++) {
			struct aip_str body = aip_arena_printf(
				arena, "{'model':'m','input':'hi',%s}", rests[i][0]);
			sent(AIP_RESPONSES, upstreams[to], quoted(body.at));
			CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
			CHECK_STR_EQ(aip_str(error.param), rests[i][1]);
		}
	}
}

TEST(an_item_that_stands_elsewhere_is_refused)
{
	TO_CHAT("'input':[" USER("hi") ",{'type':'item_reference','id':'msg_1'}]");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	struct aip_str own = TO_OWN("'input':[" USER("hi") ",{'id':'msg_1'}," USER("more") "]");
	HAS(own, "hi'}]},{'id':'msg_1'},{'type':'message'");
}

static enum aip_status fit(enum aip_dialect upstream, const char *body)
{
	const struct aip_wire_in in = {.body = quoted(body)};
	struct aip_request *request = NULL;

	CHECK_INT_EQ(codec->read_request(&ctx, &in, &request, &error), AIP_OK);
	ctx.upstream = upstream;
	return aip_request_fit(&ctx, request, &error);
}

TEST(a_sealed_history_that_is_all_there_is_is_refused_elsewhere)
{
#define SEALED "{'type':'compaction','encrypted_content':'E'}"
	CHECK_INT_EQ(fit(AIP_CLAUDE, "{'input':[" SEALED "," USER("go on") "]}"), AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "input");
	CHECK_INT_EQ(fit(AIP_RESPONSES, "{'input':[" SEALED "," USER("go on") "]}"), AIP_OK);
	CHECK_INT_EQ(fit(AIP_CLAUDE, "{'input':[" SEALED
	                             ",{'role':'assistant','content':'so'}," USER("go on") "]}"),
	             AIP_OK);
	HAS_NO(TO_CLAUDE("'input':[" SEALED
	                 ",{'role':'assistant','content':'so'}," USER("go on") "]"),
	       "compaction");
}

/* ---- Toward Chat ---------------------------------------------------------------------------- */

TEST(input_is_the_same_in_three_spellings)
{
	struct aip_str text = TO_CHAT("'input':'hi'");
	struct aip_str role = TO_CHAT("'input':[{'role':'user','content':'hi'}]");
	struct aip_str typed = TO_CHAT("'input':[{'type':'message','role':'user','content':"
	                               "[{'type':'input_text','text':'hi'}]}]");

	CHECK_BYTES_EQ(role, text);
	CHECK_BYTES_EQ(typed, text);
}

TEST(instructions_come_first)
{
	struct aip_str body = TO_CHAT("'input':[{'role':'developer','content':'second'}," USER(
		"hi") "],'instructions':'first'");
	ptrdiff_t first = aip_str_find(body, AIP_LIT("first"));

	CHECK(first > 0 && first < aip_str_find(body, AIP_LIT("second")));
	HAS(body, "{'role':'system','content':'first'}");
}

TEST(what_an_assistant_says_in_a_row_is_one_message)
{
	struct aip_str body = TO_CHAT("'input':[" USER(
		"hi") ",{'type':'reasoning','id':'rs_1','summary':[]},"
	              "{'type':'message','role':'assistant','content':[{'type':'output_text','text'"
	              ":'look'}]}," CALL("a", "f") "," CALL("b", "g") "," OUTPUT(
			      "a", "1") "," OUTPUT("b", "2") "]");

	CHECK_INT_EQ(times(body, "'role':'assistant'"), 1);
	CHECK_INT_EQ(times(body, "'tool_calls'"), 1);
	HAS(body, "'content':'look'");
	HAS(body, "'id':'a'");
	HAS(body, "'id':'b'");
}

TEST(calls_around_a_user_stay_apart)
{
	struct aip_str body = TO_CHAT("'input':[" USER("hi") "," CALL("a", "f") "," OUTPUT(
		"a", "1") "," USER("more") "," CALL("b", "g") "," OUTPUT("b", "2") "]");

	CHECK_INT_EQ(times(body, "'role':'assistant'"), 2);
}

TEST(a_message_between_call_and_output_moves_behind)
{
	struct aip_str body = TO_CHAT("'input':[" USER("hi") "," CALL("a", "f") "," USER(
		"wait") "," OUTPUT("a", "done") "]");

	CHECK(aip_str_find(body, AIP_LIT("done")) < aip_str_find(body, AIP_LIT("wait")));
}

TEST(flat_tools_are_nested_and_hosted_ones_go)
{
	struct aip_str body = TO_CHAT(HI ",'tools':[{'type':'function','name':'f','parameters':"
	                                 "{'type':'object'},'strict':null},{'type':'file_search',"
	                                 "'vector_store_ids':['v']}],'tool_choice':'auto'");

	HAS(body, "'tools':[{'type':'function','function':{'name':'f'");
	HAS_NO(body, "strict");
	HAS_NO(body, "file_search");
	HAS(body, "'tool_choice':'auto'");
}

TEST(without_tools_there_are_no_settings_of_tools)
{
	struct aip_str body = TO_CHAT(HI ",'tools':[{'type':'file_search'}],'tool_choice':'auto',"
	                                 "'parallel_tool_calls':false");

	HAS_NO(body, "tool");
	body = TO_OWN(HI ",'tools':[],'tool_choice':'auto','parallel_tool_calls':false");
	HAS_NO(body, "tool");
}

TEST(custom_tools_are_functions_of_one_text)
{
	caps.custom = AIP_NO;
	struct aip_str body = TO_CLAUDE("'tools':[{'type':'custom','name':'p'}],'input':[" USER(
		"hi") ",{'type':'custom_tool_call','call_id':'a','name':'p','input':'x \\'y\\''},"
	              "{'type':'custom_tool_call_output','call_id':'a','output':'ok'}]");

	HAS(body, "'input_schema':{'type':'object','properties':{'input':{'type':'string'}}");
	HAS(body, "'input':{'input':'x \\'y\\''}");
	HAS(body, "'tool_use_id':'a','content':'ok'");
}

TEST(namespaces_are_flattened_once)
{
	struct aip_str body = TO_CHAT(
		"'tools':[{'type':'namespace','name':'n','tools':[" FUNCTION("f") "," FUNCTION(
			"n__g") "]}],'input':[" USER("hi") ",{'type':'function_call','namespace':'"
							   "n','call_id':'a','name':'f','arguments'"
							   ":'{}'}," OUTPUT("a", "ok") "]");

	CHECK_INT_EQ(times(body, "'name':'n__f'"), 2);
	CHECK_INT_EQ(times(body, "'name':'n__g'"), 1);
}

TEST(tools_of_the_request_win_over_additional_ones)
{
	struct aip_str body = TO_CHAT(
		"'input':[{'type':'additional_tools','tools':[{'type':'function','name':'f',"
		"'description':'late'}," FUNCTION("g") "]}," USER(
			"hi") "],"
			      "'tools':[{'type':'function','name':'f','description':'early'}]");

	HAS(body, "early");
	HAS_NO(body, "late");
	HAS(body, "'name':'g'");
}

TEST(original_detail_is_high)
{
	struct aip_str body = TO_CHAT("'input':[{'role':'user','content':[{'type':'input_image',"
	                              "'image_url':'https://x/y.png','detail':'original'}]}]");

	HAS(body, "'detail':'high'");
}

TEST(a_format_is_nested_and_verbosity_makes_none)
{
	struct aip_str body = TO_CHAT(HI ",'text':{'format':{'type':'json_schema','name':'n',"
	                                 "'schema':{'type':'object'}}}");
	HAS(body, "'response_format':{'type':'json_schema','json_schema':{'name':'n'");
	body = TO_CHAT(HI ",'text':{'verbosity':'low'}");
	HAS_NO(body, "response_format");
	HAS(body, "'verbosity':'low'");
}

/* A request of one user's message with one part. */
static struct aip_str asks(const char *part)
{
	return quoted(aip_arena_printf(
			      arena, "{'model':'m','input':[{'role':'user','content':[%s]}]}", part)
	                      .at);
}

TEST(a_part_is_read_flat_or_inside_a_member_of_its_type)
{
	static const char *const parts[] = {
		"{'type':'input_image','image_url':'https://x/y.png'}",
		"{'type':'input_image','image_url':{'url':'https://x/y.png'}}",
	};
	static const char *const sounds[] = {
		"{'type':'input_audio','data':'aGk=','format':'wav'}",
		"{'type':'input_audio','input_audio':{'data':'aGk=','format':'wav'}}",
	};

	for (size_t i = 0; i < 2; i++) {
		HAS(sent(AIP_RESPONSES, AIP_CHAT, asks(parts[i])), "{'url':'https://x/y.png'}");
		HAS(sent(AIP_RESPONSES, AIP_GEMINI, asks(sounds[i])),
		    "{'mimeType':'audio/wav','data':'aGk='}");
	}
}

TEST(outputs_keep_their_images_and_json_texts)
{
	struct aip_str body = TO_CHAT("'input':[" USER("hi") "," CALL("a", "f") "," CALL(
		"b", "g") ",{'type':'function_call_output','call_id':'a','output':[{'type':'input_"
	                  "image',"
	                  "'image_url':'https://x/y.png'}]}"
	                  ",{'type':'function_call_output','call_id':'b','output':'{\\'n\\':1}'}]");

	HAS(body, "https://x/y.png");
	HAS(body, "'content':'{\\'n\\':1}'");
}

/* ---- Toward Claude -------------------------------------------------------------------------- */

TEST(reasoning_stays_on_its_side_of_a_user)
{
	struct aip_str wrapped =
		aip_opaque_out(&ctx, &(struct aip_opaque){.vendor = AIP_VENDOR_ANTHROPIC,
	                                                  .kind = AIP_OPAQUE_SIGNATURE,
	                                                  .part = AIP_THINKING,
	                                                  .data = AIP_LIT("SIG")});
	struct aip_str body = aip_arena_printf(
		arena,
		"{'model':'m','input':[" USER(
			"a") ",{'type':'reasoning','id':'rs_1','summary':[],"
			     "'encrypted_content':'%.*s'}," USER(
				     "b") ",{'role':'assistant','content':'c'}," USER("d") "]}",
		AIP_FMT(wrapped));
	struct aip_str got = sent(AIP_RESPONSES, AIP_CLAUDE, quoted(body.at));

	HAS(got, "{'role':'assistant','content':[{'type':'text','text':'c'}]}");
	HAS_NO(got, "'type':'text','text':'a'},{'type':'thinking'");
}

TEST(an_empty_message_does_not_split_the_turn)
{
	struct aip_str body = TO_CLAUDE("'input':[" USER("hi") "," CALL(
		"a", "f") ",{'role':'assistant','content':''}"
	                  "," CALL("b", "g") "," OUTPUT("a", "1") "," OUTPUT("b", "2") "]");

	CHECK_INT_EQ(times(body, "'role':'assistant'"), 1);
}

TEST(pictures_of_the_system_are_the_users_to_show)
{
	struct aip_str body = TO_CLAUDE(
		"'input':[{'role':'developer','content':[{'type':'input_text','text':'rules'},"
		"{'type':'input_image','image_url':'https://x/y.png'}]}," USER("hi") "]");

	HAS(body, "'system':[{'type':'text','text':'rules'}]");
	HAS(body, "https://x/y.png");
}

TEST(what_the_client_ran_is_a_call_where_both_halves_are_there)
{
	struct aip_str body = TO_CLAUDE("'input':[" USER(
		"hi") ",{'type':'shell_call','call_id':'a','action':{'commands':['ls']}}"
	              ",{'type':'shell_call_output','call_id':'a','output':[{'stdout':'x'}]}"
	              ",{'type':'computer_call','call_id':'b','action':{'type':'screenshot'}}"
	              ",{'type':'computer_call_output','call_id':'b','output':{'type':"
	              "'computer_screenshot','image_url':'https://x/y.png'}}"
	              ",{'type':'shell_call','call_id':'c','action':{}}," USER("more") "]");

	HAS(body, "'name':'shell','input':{'commands':['ls']}");
	HAS(body, "'content':'[{\\'stdout\\':\\'x\\'}]'");
	HAS(body, "https://x/y.png");
	HAS_NO(body, "'id':'c'");
	CHECK(dropped("messages.server_tool"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(a_sound_has_the_type_of_its_format),
		HERE(a_value_of_a_wrong_type_is_named_by_its_path),
		HERE(what_is_missing_is_named_by_its_path),
		HERE(a_word_nobody_knows_is_named_by_its_path),
		HERE(numbers_out_of_bounds_are_refused),
		HERE(a_body_that_is_no_object_is_refused),
		HERE(null_is_not_said_and_zero_is),
		HERE(a_member_that_is_said_twice_counts_once),
		HERE(unknown_items_and_parts_go_home_or_nowhere),
		HERE(outputs_of_no_call_are_left_out),
		HERE(the_last_of_two_outputs_counts),
		HERE(outputs_of_any_kind_are_text),
		HERE(ten_thousand_tools_are_read_and_written),
		HERE(an_image_of_many_bytes_goes_through),
		HERE(state_of_another_vendor_is_a_clear_400),
		HERE(an_item_that_stands_elsewhere_is_refused),
		HERE(a_sealed_history_that_is_all_there_is_is_refused_elsewhere),
		HERE(input_is_the_same_in_three_spellings),
		HERE(instructions_come_first),
		HERE(what_an_assistant_says_in_a_row_is_one_message),
		HERE(calls_around_a_user_stay_apart),
		HERE(a_message_between_call_and_output_moves_behind),
		HERE(flat_tools_are_nested_and_hosted_ones_go),
		HERE(without_tools_there_are_no_settings_of_tools),
		HERE(custom_tools_are_functions_of_one_text),
		HERE(namespaces_are_flattened_once),
		HERE(tools_of_the_request_win_over_additional_ones),
		HERE(original_detail_is_high),
		HERE(a_format_is_nested_and_verbosity_makes_none),
		HERE(a_part_is_read_flat_or_inside_a_member_of_its_type),
		HERE(outputs_keep_their_images_and_json_texts),
		HERE(reasoning_stays_on_its_side_of_a_user),
		HERE(an_empty_message_does_not_split_the_turn),
		HERE(pictures_of_the_system_are_the_users_to_show),
		HERE(what_the_client_ran_is_a_call_where_both_halves_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
