/* Requests of every dialect as a Responses upstream gets them. */
#include "openai_responses.h"

#define CHAT_CALL(id)                                                                     \
	"{'role':'assistant','content':null,'tool_calls':[{'id':'" id                     \
	"','type':'function','function':{'name':'f','arguments':'{}'}}]},{'role':'tool'," \
	"'tool_call_id':'" id "','content':'ok'}"
#define LONG_ID "call_0123456789012345678901234567890123456789012345678901234567890123456789"

TEST(a_calls_id_goes_to_call_id)
{
	struct aip_str body =
		FROM_CHAT("'messages':[{'role':'user','content':'hi'}," CHAT_CALL("call_7") "]");

	HAS(body, "{'type':'function_call','call_id':'call_7','name':'f','arguments':'{}'}");
	HAS(body, "{'type':'function_call_output','call_id':'call_7','output':'ok'}");
	HAS_NO(body, "'id':");
}

TEST(assistants_say_output_text_and_users_input_text)
{
	struct aip_str body = FROM_CHAT("'messages':[{'role':'user','content':'a'},"
	                                "{'role':'assistant','content':'b'},"
	                                "{'role':'user','content':'c'}]");

	HAS(body, "'role':'user','content':[{'type':'input_text','text':'a'}]");
	HAS(body, "'role':'assistant','content':[{'type':'output_text','text':'b'}]");
}

TEST(functions_say_strict_false_unless_asked)
{
	struct aip_str body = FROM_CHAT(
		CHAT_HI
		",'tools':[{'type':'function','function':{'name':'f'}},"
		"{'type':'function','function':{'name':'g','strict':true,'parameters':{'type':"
		"'object','properties':{}}}},"
		"{'type':'function','function':{'name':'h','strict':true,'parameters':{'type':"
		"'object','additionalProperties':{'type':'string'}}}}]");

	HAS(body, "'name':'f','parameters':{'type':'object','properties':{}},'strict':false");
	HAS(body, "'name':'g'");
	CHECK_INT_EQ(times(body, "'strict':true"), 1);
	HAS(body, "'additionalProperties':{'type':'string'},'properties':{}},'strict':false");
}

TEST(long_ids_shorten_alike_on_call_and_output)
{
	struct aip_str body =
		FROM_CHAT("'messages':[{'role':'user','content':'hi'}," CHAT_CALL(LONG_ID) "]");
	struct aip_str id = aip_call_id(arena, &aip_names_responses, AIP_LIT(LONG_ID));

	CHECK(id.len <= 64);
	HAS_NO(body, LONG_ID);
	CHECK_INT_EQ(times(body, aip_arena_printf(arena, "'call_id':'%.*s'", AIP_FMT(id)).at), 2);
}

TEST(what_the_dialect_has_no_slot_for_is_dropped_and_named)
{
	struct aip_str body =
		FROM_CHAT(CHAT_HI ",'stop':['x'],'seed':7,'presence_penalty':1,"
	                          "'frequency_penalty':1,'logit_bias':{'1':2},'prediction':{}");

	HAS_NO(body, "stop");
	HAS_NO(body, "seed");
	HAS_NO(body, "penalty");
	HAS_NO(body, "logit_bias");
	CHECK(dropped("stop") && dropped("seed") && dropped("presence_penalty") &&
	      dropped("frequency_penalty") && dropped("logit_bias"));
	ctx.loss = AIP_STRICT;
	FROM_CHAT(CHAT_HI ",'seed':7");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "seed");
}

TEST(conversions_store_nothing_and_ask_for_encrypted_reasoning)
{
	caps.levels = "low high";
	struct aip_str body = FROM_CHAT(CHAT_HI);

	HAS(body, "'store':false");
	HAS(body, "'include':['reasoning.encrypted_content']");
	caps.levels = NULL;
	HAS_NO(FROM_CHAT(CHAT_HI), "include");
}

TEST(more_than_one_answer_is_refused)
{
	FROM_CHAT(CHAT_HI ",'n':2");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "n");
	HAS(FROM_CHAT(CHAT_HI ",'n':1"), "hi");
}

TEST(a_lone_system_is_the_input)
{
	struct aip_str body = FROM_CHAT("'messages':[{'role':'system','content':'rules'}]");

	HAS_NO(body, "instructions");
	HAS(body, "'input':[{'type':'message','role':'developer','content':[{'type':'input_text',"
	          "'text':'rules'}]}]");
}

TEST(one_system_is_instructions_and_several_are_messages)
{
	HAS(FROM_CHAT("'messages':[{'role':'system','content':'rules'},{'role':'user','content':'a'"
	              "}]"),
	    "'instructions':'rules'");
	struct aip_str two =
		FROM_CHAT("'messages':[{'role':'system','content':'r1'},{'role':"
	                  "'developer','content':'r2'},{'role':'user','content':'a'}]");
	HAS_NO(two, "instructions");
	CHECK_INT_EQ(times(two, "'role':'developer'"), 2);
}

TEST(a_system_message_in_the_middle_stays_there)
{
	struct aip_str body =
		FROM_CLAUDE("'messages':[{'role':'user','content':'a'},{'role':"
	                    "'system','content':'now'},{'role':'user','content':'b'}]");
	ptrdiff_t now = aip_str_find(body, AIP_LIT("now"));

	HAS(body, "'role':'developer','content':[{'type':'input_text','text':'now'}]");
	CHECK(aip_str_find(body, AIP_LIT("\"a\"")) < now &&
	      now < aip_str_find(body, AIP_LIT("\"b\"")));
}

TEST(a_pdf_is_a_file_with_a_name)
{
	struct aip_str body = FROM_CLAUDE(
		"'messages':[{'role':'user','content':[{'type':'document','title':'Plan','source':"
		"{'type':'base64','media_type':'application/pdf','data':'JVBERi0='}}]}]");

	HAS(body, "{'type':'input_file','filename':'Plan.pdf','file_data':"
	          "'data:application/pdf;base64,JVBERi0='}");
}

TEST(the_order_of_an_assistants_parts_is_kept)
{
	struct aip_str body = FROM_CLAUDE(
		"'messages':[{'role':'user','content':'hi'},{'role':'assistant','content':["
		"{'type':'text','text':'one'},{'type':'tool_use','id':'t1','name':'f','input':{}},"
		"{'type':'text','text':'two'}]},{'role':'user','content':[{'type':'tool_result',"
		"'tool_use_id':'t1','content':'ok'}]}]");
	ptrdiff_t call = aip_str_find(body, AIP_LIT("function_call\""));

	CHECK(aip_str_find(body, AIP_LIT("one")) < call &&
	      call < aip_str_find(body, AIP_LIT("two")));
}

TEST(choosing_a_server_tool_chooses_the_hosted_one)
{
	struct aip_str body =
		FROM_CLAUDE("'messages':[{'role':'user','content':'hi'}],'tools':[{'type':"
	                    "'web_search_20250305','name':'web_search','max_uses':3}],"
	                    "'tool_choice':{'type':'tool','name':'web_search'}");

	HAS(body, "'tools':[{'type':'web_search'}]");
	HAS(body, "'tool_choice':{'type':'web_search'}");
	CHECK(dropped("tools.max_uses"));
}

TEST(tools_that_must_be_used_and_are_not_there_are_refused)
{
	FROM_CLAUDE("'messages':[{'role':'user','content':'hi'}],'tools':[{'type':"
	            "'web_fetch_20250910','name':'web_fetch'}],'tool_choice':{'type':'any'}");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "tools");
}

TEST(reasoning_goes_back_to_its_issuer_only)
{
	struct aip_str native =
		aip_opaque_out(&(struct aip_codec_ctx){.arena = arena, .client = AIP_CLAUDE},
	                       &(struct aip_opaque){.vendor = AIP_VENDOR_OPENAI,
	                                            .kind = AIP_OPAQUE_ENCRYPTED,
	                                            .part = AIP_THINKING,
	                                            .item_id = AIP_LIT("rs_7"),
	                                            .data = AIP_LIT("gAAAA")});
	struct aip_str body = aip_arena_printf(
		arena,
		"{'model':'m','max_tokens':9,'messages':[{'role':'user','content':'hi'},{'role':"
		"'assistant','content':[{'type':'thinking','thinking':'mine','signature':'%.*s'},"
		"{'type':'thinking','thinking':'theirs','signature':'SIG'},{'type':'text','text':"
		"'a'}]},{'role':'user','content':'b'}]}",
		AIP_FMT(native));
	struct aip_str got = sent(AIP_CLAUDE, AIP_RESPONSES, quoted(body.at));

	HAS(got, "{'type':'reasoning','id':'rs_7','summary':[{'type':'summary_text','text':"
	         "'mine'}],'encrypted_content':'gAAAA'}");
	HAS_NO(got, "theirs");
	CHECK(dropped("messages.thinking"));
}

TEST(reasoning_that_nobody_kept_is_not_sent_back)
{
#define BARE "{'type':'reasoning','id':'rs_1','summary':[]}"
	HAS_NO(TO_OWN("'store':false,'input':[" USER("a") "," BARE "," USER("b") "]"), "rs_1");
	HAS(TO_OWN("'input':[" USER("a") "," BARE "," USER("b") "]"), BARE);
}

TEST(effort_is_clamped_to_the_models_levels)
{
	caps.levels = "low medium high";
	HAS(FROM_CHAT(CHAT_HI ",'reasoning_effort':'xhigh'"), "'reasoning':{'effort':'high'");
	HAS(FROM_CHAT(CHAT_HI ",'reasoning_effort':'none'"), "'reasoning':{'effort':'low'}");
	caps.levels = "none low";
	HAS(FROM_CHAT(CHAT_HI ",'reasoning_effort':'none'"), "'reasoning':{'effort':'none'}");
	caps.thinking = AIP_NO;
	HAS_NO(FROM_CHAT(CHAT_HI ",'reasoning_effort':'low'"), "effort");
	CHECK(dropped("reasoning"));
}

TEST(a_summary_alone_invents_no_effort)
{
	struct aip_str body = TO_OWN(HI ",'reasoning':{'summary':'concise'}");

	HAS(body, "'reasoning':{'summary':'concise'}");
}

TEST(sampling_that_a_model_refuses_is_dropped)
{
	caps.temperature = "none";
	caps.top_p = AIP_NO;
	caps.logprobs = AIP_NO;
	struct aip_str body = FROM_CHAT(CHAT_HI ",'temperature':0.2,'top_p':0.9,'logprobs':true,"
	                                        "'top_logprobs':3");

	HAS_NO(body, "temperature");
	HAS_NO(body, "top_");
	CHECK(dropped("temperature") && dropped("top_p") && dropped("top_logprobs"));
}

TEST(an_asked_for_image_is_a_tool)
{
	HAS(FROM_GEMINI("'contents':[{'role':'user','parts':[{'text':'draw'}]}],"
	                "'generationConfig':{'responseModalities':['TEXT','IMAGE']}"),
	    "'tools':[{'type':'image_generation'}]");
	FROM_GEMINI("'contents':[{'role':'user','parts':[{'text':'sing'}]}],"
	            "'generationConfig':{'responseModalities':['AUDIO']}");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
}

TEST(sound_goes_to_models_that_hear_and_is_refused_elsewhere)
{
#define SOUND                                                                                      \
	"'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'AAAA'" \
	",'format':'wav'}}]}]"
	FROM_CHAT(SOUND);
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "messages");
	caps.audio = AIP_YES;
	HAS(FROM_CHAT(SOUND),
	    "{'type':'input_audio','input_audio':{'data':'AAAA','format':'wav'}}");
	caps.audio = AIP_UNSET;
	HAS(TO_OWN("'input':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':"
	           "'AAAA','format':'mp3'}}]}]"),
	    "{'type':'input_audio','input_audio':{'data':'AAAA','format':'mp3'}}");
}

TEST(what_only_this_dialect_says_goes_on_as_it_was_said)
{
#define OWN_WORDS                                                                                 \
	"'include':['a'],'store':true,'previous_response_id':'resp_1','conversation':{'id':'c'}," \
	"'prompt':{'id':'p'},'background':true,'truncation':'auto','context_management':[],"      \
	"'metadata':{'k' : 'v'},'service_tier':'flex','safety_identifier':'s','user':'u',"        \
	"'prompt_cache_key':'k','prompt_cache_options':{'mode':'implicit'},"                      \
	"'prompt_cache_retention':'24h','moderation':{},'stream_options':{'include_obfuscation':" \
	"false},'client_metadata':{'x':1.50}"
	ctx.stream = true;
	HAS(TO_OWN(HI "," OWN_WORDS), OWN_WORDS);
	ctx.stream = false;
	HAS_NO(TO_OWN(HI "," OWN_WORDS), "stream_options");
}

/* All else of a tool stays in its client's words. */
TEST(names_that_are_not_taken_are_mended_for_its_own_client_too)
{
	struct aip_str body = TO_OWN(
		"'input':[{'role':'user','content':'hi'},{'type':'function_call','call_id':'c',"
		"'namespace':'n','name':'get.it','arguments':'{}'},{'type':'function_call_output',"
		"'call_id':'c','output':'ok'}],'tools':[{'name':'get.it','new':[1.50],'type':"
		"'custom'},{'type':'namespace','name':'n','new':1.50,'tools':[{'type':'function',"
		"'name':'get.it','parameters':{}}]},{'type':'mcp','server_label':'s','name':'get."
		"it'}],"
		"'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'custom','"
		"name':"
		"'get.it'},{'type':'mcp','server_label':'s','name':'get.it'}]}");

	HAS(body, "'namespace':'n','name':'get_it'");
	HAS(body, "'tools':[{'name':'get_it','new':[1.50],'type':'custom'},{'type':'namespace',"
	          "'name':'n','new':1.50,'tools':[{'type':'function','name':'get_it','parameters':"
	          "{}}]},{'type':'mcp','server_label':'s','name':'get.it'}]");
	HAS(body, "'mode':'auto','tools':[{'type':'custom','name':'get_it'},{'type':'mcp',"
	          "'server_label':'s','name':'get.it'}]}");
}

TEST(phases_keep_messages_apart)
{
	struct aip_str body = TO_OWN("'input':[" USER(
		"a") ",{'role':'assistant','phase':'commentary','content':'b'}"
	             ",{'role':'assistant','phase':'final_answer','content':'c'}," USER("d") "]");

	HAS(body, "'phase':'commentary','content':[{'type':'output_text','text':'b'}]}");
	HAS(body, "'phase':'final_answer','content':[{'type':'output_text','text':'c'}]}");
	HAS_NO(TO_CHAT("'input':[" USER(
		       "a") ",{'role':'assistant','phase':'x','content':'b'}," USER("d") "]"),
	       "phase");
}

TEST(the_same_request_gives_the_same_bytes)
{
	struct aip_str body =
		quoted("{'model':'m','messages':[{'role':'user','content':'hi'},"
	               "{'role':'assistant','tool_calls':[{'type':'function','function':"
	               "{'name':'a.b','arguments':'{}'}}]},{'role':'user','content':'x'}]}");
	struct aip_str once = sent(AIP_CHAT, AIP_RESPONSES, body);

	ctx.seed = 2;
	CHECK_BYTES_EQ(sent(AIP_CHAT, AIP_RESPONSES, body), once);
}

TEST(counting_asks_for_what_counts_only)
{
	const struct aip_wire_in in = {
		.body = quoted("{'model':'m','input':'hi','temperature':1,'max_output_tokens':99,"
	                       "'truncation':'auto','store':true,'tools':[" FUNCTION("f") "]}")};
	struct aip_request *request = NULL;

	CHECK_INT_EQ(codec->read_count(&ctx, &in, &request, &error), AIP_OK);
	CHECK_INT_EQ(codec->write_count(&ctx, request, &out, &error), AIP_OK);
	struct aip_str body = aip_buf_str(&out);
	HAS(body, "'tools':[{");
	HAS(body, "'truncation':'auto'");
	HAS_NO(body, "stream");
	HAS_NO(body, "store");
	HAS_NO(body, "temperature");
	HAS_NO(body, "max_output_tokens");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(a_calls_id_goes_to_call_id),
		HERE(assistants_say_output_text_and_users_input_text),
		HERE(functions_say_strict_false_unless_asked),
		HERE(long_ids_shorten_alike_on_call_and_output),
		HERE(what_the_dialect_has_no_slot_for_is_dropped_and_named),
		HERE(conversions_store_nothing_and_ask_for_encrypted_reasoning),
		HERE(more_than_one_answer_is_refused),
		HERE(a_lone_system_is_the_input),
		HERE(one_system_is_instructions_and_several_are_messages),
		HERE(a_system_message_in_the_middle_stays_there),
		HERE(a_pdf_is_a_file_with_a_name),
		HERE(the_order_of_an_assistants_parts_is_kept),
		HERE(choosing_a_server_tool_chooses_the_hosted_one),
		HERE(tools_that_must_be_used_and_are_not_there_are_refused),
		HERE(reasoning_goes_back_to_its_issuer_only),
		HERE(reasoning_that_nobody_kept_is_not_sent_back),
		HERE(effort_is_clamped_to_the_models_levels),
		HERE(a_summary_alone_invents_no_effort),
		HERE(sampling_that_a_model_refuses_is_dropped),
		HERE(an_asked_for_image_is_a_tool),
		HERE(sound_goes_to_models_that_hear_and_is_refused_elsewhere),
		HERE(what_only_this_dialect_says_goes_on_as_it_was_said),
		HERE(names_that_are_not_taken_are_mended_for_its_own_client_too),
		HERE(phases_keep_messages_apart),
		HERE(the_same_request_gives_the_same_bytes),
		HERE(counting_asks_for_what_counts_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
