/* Gemini requests, where the examples in tests/wire do not reach: what is refused by its path, what
 * other dialects' requests become, and what theirs become of ours. JSON is written with ' for ". */
#include "codec_rig.h"

static void first_ctx(void)
{
	between(AIP_GEMINI, AIP_GEMINI);
}

#define CHAT(rest) sent(AIP_CHAT, AIP_GEMINI, quoted("{'model':'m'," rest "}"))
#define CLAUDE(rest) \
	sent(AIP_CLAUDE, AIP_GEMINI, quoted("{'model':'m','max_tokens':4000," rest "}"))
#define RESPONSES(rest)  sent(AIP_RESPONSES, AIP_GEMINI, quoted("{'model':'m'," rest "}"))
#define OWN(rest)        sent(AIP_GEMINI, AIP_GEMINI, quoted("{" rest "}"))
#define OWN_TO(to, rest) sent(AIP_GEMINI, AIP_##to, quoted("{" rest "}"))
#define HI               "'messages':[{'role':'user','content':'hi'}]"
#define GHI              "'contents':[{'role':'user','parts':[{'text':'hi'}]}]"
#define FN(name, schema) \
	"{'type':'function','function':{'name':'" name "','parameters':" schema "}}"
#define OBJ "{'type':'object','properties':{'a':{'type':'string'}}}"

/* ---- What is wrong -------------------------------------------------------------------------- */

static void refuses(const char *body, const char *path)
{
	refused(AIP_GEMINI, quoted(body), path);
}

TEST(what_is_wrong_is_named_by_its_path)
{
	refuses("[]", "");
	refuses("{}", "contents");
	refuses("{'contents':[]}", "contents");
	refuses("{'contents':7}", "contents");
	refuses("{'contents':[{'role':'user','parts':[]}]}", "contents");
	refuses("{'contents':['hi']}", "contents[0]");
	refuses("{'contents':[{'role':'wizard','parts':[{'text':'x'}]}]}", "contents[0].role");
	refuses("{'contents':[{'role':1,'parts':[{'text':'x'}]}]}", "contents[0].role");
	refuses("{'contents':[{'parts':'x'}]}", "contents[0].parts");
	refuses("{'contents':[{'parts':[1]}]}", "contents[0].parts[0]");
	refuses("{'contents':[{'parts':[{}]}]}", "contents[0].parts[0]");
	refuses("{'contents':[{'parts':[{'text':5}]}]}", "contents[0].parts[0].text");
	refuses("{'contents':[{'parts':[{'text':'x','fileData':{'fileUri':'u'}}]}]}",
	        "contents[0].parts[0]");
	refuses("{'contents':[{'parts':[{'inlineData':{'mimeType':'image/png'}}]}]}",
	        "contents[0].parts[0].inlineData.data");
	refuses("{'contents':[{'parts':[{'inlineData':{'mimeType':'image/png','data':'*'}}]}]}",
	        "contents[0].parts[0].inlineData.data");
	refuses("{'contents':[{'parts':[{'fileData':{'mimeType':'a/b'}}]}]}",
	        "contents[0].parts[0].fileData.fileUri");
	refuses("{'contents':[{'parts':[{'functionCall':{'name':'f'}}]}]}", "contents[0].parts[0]");
	refuses("{'contents':[{'role':'model','parts':[{'functionCall':{'args':{}}}]}]}",
	        "contents[0].parts[0].functionCall.name");
	refuses("{'contents':[{'role':'model','parts':[{'functionCall':{'name':'f','args':1}}]}]}",
	        "contents[0].parts[0].functionCall.args");
	refuses("{'contents':[{'parts':[{'functionResponse':{'response':{}}}]}]}",
	        "contents[0].parts[0].functionResponse.name");
	refuses("{'contents':[{'parts':[{'functionResponse':{'name':'f','response':'x'}}]}]}",
	        "contents[0].parts[0].functionResponse.response");
	refuses("{'systemInstruction':[]," GHI "}", "systemInstruction");
	refuses("{'systemInstruction':{'parts':[{'inlineData':{}}]}," GHI "}",
	        "systemInstruction.parts[0]");
	refuses("{" GHI ",'tools':1}", "tools");
	refuses("{" GHI ",'tools':[{'functionDeclarations':{}}]}", "tools[0].functionDeclarations");
	refuses("{" GHI ",'tools':[{'functionDeclarations':[{}]}]}",
	        "tools[0].functionDeclarations[0].name");
	refuses("{" GHI ",'tools':[{'functionDeclarations':[{'name':'f','parameters':1}]}]}",
	        "tools[0].functionDeclarations[0].parameters");
	refuses("{" GHI ",'toolConfig':{'functionCallingConfig':{'mode':'SOME'}}}",
	        "toolConfig.functionCallingConfig.mode");
}

TEST(numbers_out_of_bounds_are_named_by_their_path)
{
	refuses("{" GHI ",'generationConfig':1}", "generationConfig");
	refuses("{" GHI ",'generationConfig':{'temperature':'hot'}}",
	        "generationConfig.temperature");
	refuses("{" GHI ",'generationConfig':{'maxOutputTokens':-1}}",
	        "generationConfig.maxOutputTokens");
	refuses("{" GHI ",'generationConfig':{'maxOutputTokens':1e400}}",
	        "generationConfig.maxOutputTokens");
	refuses("{" GHI ",'generationConfig':{'candidateCount':9}}",
	        "generationConfig.candidateCount");
	refuses("{" GHI ",'generationConfig':{'seed':99999999999}}", "generationConfig.seed");
	refuses("{" GHI ",'generationConfig':{'stopSequences':'x'}}",
	        "generationConfig.stopSequences");
	refuses("{" GHI ",'generationConfig':{'responseSchema':1}}",
	        "generationConfig.responseSchema");
	refuses("{" GHI ",'generationConfig':{'responseSchema':{},'responseJsonSchema':{}}}",
	        "generationConfig.responseJsonSchema");
	refuses("{" GHI ",'generationConfig':{'thinkingConfig':{'thinkingLevel':'deep'}}}",
	        "generationConfig.thinkingConfig.thinkingLevel");
	refuses("{" GHI ",'generationConfig':{'thinkingConfig':{'thinkingBudget':0.5}}}",
	        "generationConfig.thinkingConfig.thinkingBudget");
	refuses("{" GHI ",'generationConfig':{'thinkingConfig':{'includeThoughts':'yes'}}}",
	        "generationConfig.thinkingConfig.includeThoughts");
}

TEST(null_members_are_not_there)
{
	CHECK_STR_EQ(OWN(GHI ",'tools':null,'generationConfig':{'temperature':null,'topK':null}"),
	             "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]}");
}

TEST(thousands_of_tools_and_large_media_pass)
{
	struct aip_buf body;

	aip_buf_init(&body, OUT_MAX);
	aip_buf_add(&body, AIP_LIT("{" GHI ",'tools':[{'functionDeclarations':["));
	for (int i = 0; i < 2000; i++)
		aip_buf_addf(&body, "%s{'name':'f%d'}", i ? "," : "", i);
	aip_buf_add(&body, AIP_LIT("]}]}"));
	struct aip_str got = sent(AIP_GEMINI, AIP_CHAT, quoted(body.at));
	HAS(got, "'name':'f1999'");
	aip_buf_clear(&body);
	aip_buf_add(&body, AIP_LIT("{'contents':[{'parts':[{'inlineData':{'mimeType':'image/png',"
	                           "'data':'"));
	for (int i = 0; i < 1 << 18; i++)
		aip_buf_add(&body, AIP_LIT("iVBO"));
	aip_buf_add(&body, AIP_LIT("'}}]}]}"));
	CHECK_INT_EQ(sent(AIP_GEMINI, AIP_CLAUDE, quoted(body.at)).len > 1 << 20, 1);
	aip_buf_fini(&body);
}

TEST(members_that_only_gemini_knows_go_back_to_gemini_alone)
{
	const char *const body =
		"{" GHI
		",'nextYear':{'x':1},'toolConfig':{'retrievalConfig':{'languageCode':'da'}},"
		"'generationConfig':{'audioTimestamp':true,'thinkingConfig':{'x':1}}}";
	struct aip_str own = sent(AIP_GEMINI, AIP_GEMINI, quoted(body));

	HAS(own, "'nextYear':{'x':1}");
	HAS(own, "'toolConfig':{'retrievalConfig':{'languageCode':'da'}}");
	HAS(own, "'audioTimestamp':true");
	HAS(own, "'thinkingConfig':{'x':1}");
	HAS_NO(sent(AIP_GEMINI, AIP_CLAUDE, quoted(body)), "nextYear");
	CHECK(dropped("nextYear") && dropped("generationConfig.audioTimestamp"));
}

TEST(a_result_goes_back_as_its_client_wrapped_it)
{
	const char *const turns =
		"'contents':[{'role':'user','parts':[{'text':'hi'}]},{'role':'model','parts':["
		"{'functionCall':{'id':'a','name':'f','args':{}}}]},{'role':'user','parts':["
		"{'functionResponse':{'id':'a','name':'f','response':{'output':'x'},"
		"'scheduling':'SILENT'}}]}]";
	char body[600];

	snprintf(body, sizeof(body), "{%s}", turns);
	HAS(sent(AIP_GEMINI, AIP_GEMINI, quoted(body)),
	    "'response':{'output':'x'},'scheduling':'SILENT'");
	HAS(sent(AIP_GEMINI, AIP_CHAT, quoted(body)), "'content':'x'");
}

TEST(elements_with_several_tools_are_written_once)
{
	struct aip_str got = OWN(GHI ",'tools':[{'googleSearch':{},'codeExecution':{}}]");

	HAS(got, "'tools':[{'googleSearch':{}},{'codeExecution':{}}]");
}

/* ---- Chat to Gemini ------------------------------------------------------------------------- */

TEST(system_and_developer_are_the_instruction)
{
	struct aip_str got = CHAT("'messages':[{'role':'system','content':'s'},{'role':'developer',"
	                          "'content':'d'},{'role':'user','content':'u'}]");

	HAS(got, "'systemInstruction':{'parts':[{'text':'s'},{'text':'d'}]}");
	HAS(got, "'contents':[{'role':'user','parts':[{'text':'u'}]}]");
	got = CHAT("'messages':[{'role':'system','content':'s'}]");
	CHECK_STR_EQ(got, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"s\"}]}]}");
}

#define CALLS                                                                                      \
	"{'role':'assistant','content':null,'tool_calls':[{'id':'a','type':'function','function':" \
	"{"                                                                                        \
	"'name':'f','arguments':'{}'}},{'id':'b','type':'function','function':{'name':'g',"        \
	"'arguments':'{}'}}]}"
#define RESULT(id, content) "{'role':'tool','tool_call_id':'" id "','content':" content "}"
#define USER                "{'role':'user','content':'u'}"

TEST(results_are_one_content_in_the_order_of_their_calls)
{
	struct aip_str got = CHAT("'messages':[" USER "," CALLS
	                          "," RESULT("b", "'two'") "," RESULT("a", "'one'") "]");

	HAS(got, "{'role':'user','parts':[{'functionResponse':{'id':'a','name':'f',"
	         "'response':{'result':'one'}}},{'functionResponse':{'id':'b','name':'g',"
	         "'response':{'result':'two'}}}]}");
}

TEST(calls_that_nobody_answered_are_answered)
{
	struct aip_str got = CHAT("'messages':[" USER "," CALLS "]");

	HAS(got, "'functionResponse':{'id':'a','name':'f','response':{'error':");
	HAS(got, "'functionResponse':{'id':'b','name':'g','response':{'error':");
}

TEST(a_response_is_an_object_and_text_stays_text)
{
	struct aip_str got = CHAT("'messages':[" USER "," CALLS
	                          "," RESULT("a", "'{\\'k\\':1}'") "," RESULT("b", "''") "]");

	HAS(got, "'response':{'result':'{\\'k\\':1}'}");
	HAS(got, "'response':{'result':''}");
}

TEST(the_old_schema_field_gets_what_it_takes)
{
	caps.schema_profile = "gemini_openapi";
	struct aip_str got = CHAT(HI ",'tools':[" FN(
		"f", "{'$schema':'x','type':'object','additionalProperties':false,"
		     "'properties':{'c':{'const':'k'},'l':{'type':'array'},'n':{'type':"
		     "'integer','enum':[1,2]},'s':{'type':['string','null']}},"
		     "'required':['c','gone']}") "]");

	HAS(got, "'parameters':{");
	HAS_NO(got, "$schema");
	HAS_NO(got, "additionalProperties");
	HAS_NO(got, "strict");
	HAS(got, "'enum':['k']");
	HAS(got, "'items':{'type':'string'}");
	HAS(got, "'required':['c']");
	HAS(got, "'enum':['1','2']");
	HAS_NO(got, "'type':'integer'");
	HAS(got, "'nullable':true");
	caps.schema_profile = NULL;
	got = CHAT(HI ",'tools':[" FN("f", "{'type':'object','properties':{'s':{'type':["
	                                   "'string','null']}}}") "]");
	HAS(got, "'parametersJsonSchema':{'type':'object','properties':{'s':{'type':["
	         "'string','null']}}}");
}

TEST(a_function_about_which_nothing_is_said_has_no_schema)
{
	HAS(CHAT(HI ",'tools':[" FN("f", "{'type':'object','properties':{}}") "]"),
	    "'functionDeclarations':[{'name':'f'}]");
	HAS(CHAT(HI ",'tools':[" FN("f", "{'type':'object','anyOf':[{'required':['a']}]}") "]"),
	    "'anyOf'");
}

TEST(a_schema_of_the_answer_is_not_cleaned_as_tools_are)
{
	struct aip_str got = CHAT(
		HI
		",'response_format':{'type':'json_schema','json_schema':{'name':'n','description':"
		"'d','schema':{'$id':'x','type':'object','properties':{'format':{'type':"
		"'string'}},'additionalProperties':false}}}");

	HAS(got, "'responseMimeType':'application/json','responseJsonSchema':{'description':"
	         "'d','$id':'x','type':'object','properties':{'format':{'type':'string'}},"
	         "'additionalProperties':false}");
	HAS(CHAT(HI ",'response_format':{'type':'json_object'}"),
	    "'generationConfig':{'responseMimeType':'application/json'}");
}

TEST(sounds_get_their_media_types)
{
	struct aip_str got = CHAT(
		"'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':"
		"'AAAA','format':'mp3'}},{'type':'input_audio','input_audio':{'data':'AAAA','"
		"format'"
		":'wav'}}]}]");

	HAS(got, "'inlineData':{'mimeType':'audio/mpeg','data':'AAAA'}");
	HAS(got, "'inlineData':{'mimeType':'audio/wav','data':'AAAA'}");
}

TEST(what_says_nothing_is_left_out)
{
	struct aip_str got =
		CHAT("'messages':[" USER ",{'role':'assistant','content':''}," USER "]");

	CHECK_STR_EQ(got, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"u\"},"
	                  "{\"text\":\"u\"}]}]}");
	HAS_NO(CHAT("'messages':[" USER "," CALLS "," RESULT("a", "'x'") "]"), "null");
}

TEST(a_remote_image_is_forwarded_whole)
{
	HAS(CHAT("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	         "'https://x.example/data:image,1.png?a=b'}}]}]"),
	    "'fileData':{'mimeType':'image/png','fileUri':"
	    "'https://x.example/data:image,1.png?a=b'}");
	caps.http_file_uri = AIP_NO;
	HAS(CHAT("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	         "'https://x.example/1.png'}}]}]"),
	    "takes no media by URL");
	CHECK_STR_EQ(aip_str(error.param), "messages");
	RESPONSES("'input':[{'role':'user','content':[{'type':'input_image','image_url':"
	          "'https://x.example/1.png'}]}]");
	CHECK_STR_EQ(aip_str(error.param), "input");
}

TEST(how_closely_to_look_is_said_where_a_model_can_hear_it)
{
	const char *const body =
		"{'model':'m','messages':[{'role':'user','content':[{'type':"
		"'image_url','image_url':{'url':'data:image/png;base64,iVBORw0KGgo="
		"','detail':'low'}}]}]}";

	HAS_NO(sent(AIP_CHAT, AIP_GEMINI, quoted(body)), "mediaResolution");
	CHECK(dropped("messages.image_url.detail"));
	caps.part_resolution = AIP_YES;
	HAS(sent(AIP_CHAT, AIP_GEMINI, quoted(body)),
	    "'mediaResolution':{'level':'MEDIA_RESOLUTION_LOW'}");
}

TEST(what_the_api_lacks_is_named_and_strictly_refused)
{
	CHAT(HI ",'logit_bias':{'1':1},'seed':99999999999,'parallel_tool_calls':false,'user':'u',"
	        "'metadata':{'a':'b'},'verbosity':'low','stop':['a','b','c','d']");
	CHECK(dropped("logit_bias") && dropped("seed") && dropped("parallel_tool_calls") &&
	      dropped("user") && dropped("metadata") && dropped("verbosity") && !dropped("stop"));
	CLAUDE(HI ",'stop_sequences':['1','2','3','4','5','6']");
	CHECK(dropped("stop"));
	ctx.loss = AIP_STRICT;
	CHAT(HI ",'logit_bias':{'1':1}");
	CHECK_STR_EQ(aip_str(error.param), "logit_bias");
	HAS(CHAT(HI ",'x_unknown':1"), "'text':'hi'");
}

TEST(tiers_and_modalities_have_their_words)
{
	HAS(CHAT(HI ",'service_tier':'priority'"), "'serviceTier':'priority'");
	HAS_NO(CHAT(HI ",'service_tier':'auto'"), "serviceTier");
	HAS_NO(CHAT(HI ",'modalities':['text']"), "responseModalities");
	HAS(CHAT(HI ",'modalities':['text','image']"), "'responseModalities':['TEXT','IMAGE']");
	caps.image_out = AIP_YES;
	HAS(RESPONSES("'input':'x','tools':[{'type':'image_generation'}]"),
	    "'responseModalities':['TEXT','IMAGE']");
}

TEST(a_spoken_answer_is_sound_alone_in_a_voice_that_google_has)
{
#define SPOKEN(audio) CHAT(HI ",'modalities':['text','audio'],'audio':{" audio "}")
#define VOICE(name)   "'voiceConfig':{'prebuiltVoiceConfig':{'voiceName':'" name "'}}"
	HAS(SPOKEN("'voice':'kore','format':'pcm16'"),
	    "'generationConfig':{'responseModalities':['AUDIO'],'speechConfig':{" VOICE(
		    "Kore") "}}");
	CHECK(!ctx.dropped);
	HAS_NO(SPOKEN("'voice':'alloy','format':'wav'"), "speechConfig");
	CHECK(dropped("audio.voice") && dropped("audio.format"));
	HAS_NO(SPOKEN("'voice':{'id':'voice_1'},'format':'pcm16'"), "speechConfig");
	CHECK(dropped("audio.voice") && !dropped("audio.format"));
	HAS_NO(CHAT(HI ",'audio':{'voice':'Kore','format':'wav'}"), "Kore");
	CHECK(dropped("audio"));
	HAS(CHAT(HI ",'modalities':['image','audio'],'audio':{'voice':'Kore'}"),
	    "'responseModalities':['IMAGE']}");
	CHECK(dropped("audio") && dropped("modalities"));
	ctx.loss = AIP_STRICT;
	HAS(SPOKEN("'voice':'alloy','format':'pcm16'"), "audio.voice");
}

TEST(a_seed_has_32_bits)
{
	HAS(CHAT(HI ",'seed':2147483647"), "'seed':2147483647");
	HAS(CHAT(HI ",'seed':-2147483648"), "'seed':-2147483648");
	HAS_NO(CHAT(HI ",'seed':2147483648"), "seed");
	CHECK(dropped("seed"));
	HAS_NO(CHAT(HI ",'seed':-4294967297"), "seed");
	CHECK(dropped("seed"));
}

TEST(a_file_by_url_has_the_type_of_its_ending_or_none)
{
#define LINKED(url)                                                                               \
	CHAT("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'" url \
	     "'}}]}]")
#define FILED(mime, url) "'fileData':{'mimeType':'" mime "','fileUri':'" url "'}"
	HAS(LINKED("https://x.example/a.jpg"), FILED("image/jpeg", "https://x.example/a.jpg"));
	HAS(LINKED("https://x.example/a.webp?size=1.png"),
	    FILED("image/webp", "https://x.example/a.webp?size=1.png"));
	HAS(LINKED("https://x.example/a"), "'fileData':{'fileUri':'https://x.example/a'}");
	HAS(RESPONSES("'input':[{'role':'user','content':[{'type':'input_file','file_url':"
	              "'https://x.example/a.pdf'}]}]"),
	    FILED("application/pdf", "https://x.example/a.pdf"));
	HAS(CLAUDE("'messages':[{'role':'user','content':[{'type':'image','source':{'type':"
	           "'url','url':'https://x.example/a.jpg'}}]}]"),
	    FILED("image/jpeg", "https://x.example/a.jpg"));
}

/* ---- Signatures ----------------------------------------------------------------------------- */

#define PLACEHOLDER "'thoughtSignature':'skip_thought_signature_validator'"

TEST(the_first_call_of_each_current_step_has_the_placeholder)
{
	const char *const body =
		"{'model':'m','messages':[" USER "," CALLS "," RESULT("a", "'1'") "," RESULT(
			"b",
			"'2'") ",{'role':'assistant','content':'done'},{'role':'user','content':'"
			       "more'},"
			       "{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'"
			       "function',"
			       "'function':{'name':'f','arguments':'{}'}},{'id':'d','type':'"
			       "function','function':{"
			       "'name':'g','arguments':'{}'}}]}," RESULT("c", "'3'") "," RESULT(
				       "d",
				       "'4'") ",{'role':'assistant','content':null,'tool_calls':[{'"
					      "id':'e','type':'function',"
					      "'function':{'name':'h','arguments':'{}'}}]}," RESULT(
						      "e", "'5'") "]}";

	struct aip_str got = sent(AIP_CHAT, AIP_GEMINI, quoted(body));
	CHECK_INT_EQ(times(got, PLACEHOLDER), 2);
	HAS(got, "{'functionCall':{'id':'c','name':'f','args':{}}," PLACEHOLDER "}");
	HAS(got, "{'functionCall':{'id':'e','name':'h','args':{}}," PLACEHOLDER "}");
	caps.modes = "budget";
	CHECK_INT_EQ(times(sent(AIP_CHAT, AIP_GEMINI, quoted(body)), PLACEHOLDER), 0);
}

TEST(googles_signature_comes_back_through_chat_and_siblings_stay_unsigned)
{
	struct aip_str got = CHAT(
		"'messages':[" USER
		",{'role':'assistant','content':null,'tool_calls':[{'id':'a','type':"
		"'function','function':{'name':'f','arguments':'{}'},'extra_content':{'google':{"
		"'thought_signature':'c2ln'}}},{'id':'b','type':'function','function':{'name':'g',"
		"'arguments':'{}'}}]}," RESULT("a", "'1'") "," RESULT("b", "'2'") "]");

	HAS(got, "{'functionCall':{'id':'a','name':'f','args':{}},'thoughtSignature':'c2ln'}");
	HAS(got, "{'functionCall':{'id':'b','name':'g','args':{}}}");
}

TEST(googles_signature_is_read_wherever_a_client_puts_it)
{
	static const char *const calls[] = {
		"'id':'a','extra_content':{'google':{'thought_signature':'c2ln'}},'function':{",
		"'id':'a','provider_specific_fields':{'thought_signature':'c2ln'},'function':{",
		"'id':'a','function':{'provider_specific_fields':{'thought_signature':'c2ln'},",
		"'id':'a','function':{'thought_signature':'c2ln',",
		"'id':'a','thought_signature':'c2ln','function':{",
		"'id':'a','thoughtSignature':'c2ln','function':{",
		"'id':'a','extra_content':{'google':{'thought_signature':'c2ln'}},"
		"'thought_signature':'bm8=','function':{",
		"'id':'a__thought__c2ln','function':{",
	};
	char body[1024];

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		snprintf(body, sizeof(body),
		         "{'model':'m','messages':[" USER
		         ",{'role':'assistant','tool_calls':[{'type':'function',%s"
		         "'name':'f','arguments':'{}'}}]}," RESULT("%s", "'1'") "]}",
		         calls[i], strstr(calls[i], "__") ? "a__thought__c2ln" : "a");
		struct aip_str got = sent(AIP_CHAT, AIP_GEMINI, quoted(body));
		HAS(got, "'name':'f','args':{}},'thoughtSignature':'c2ln'}");
		HAS(got, "'response':{'result':");
	}
}

TEST(a_call_that_no_google_signed_has_the_placeholder_and_no_signature_of_its_id)
{
	struct aip_str got =
		CHAT("'messages':[" USER
	             ",{'role':'assistant','tool_calls':[{'type':'function','id':'a__thought__',"
	             "'thought_signature':7,'function':{'name':'f','arguments':'{}'}}]}," RESULT(
			     "a__thought__", "'1'") "]");

	HAS(got, "'thoughtSignature':'skip_thought_signature_validator'");
}

/* {"p":"google","k":"thought_signature","t":"tool_call","d":"c2ln"} */
#define ENVELOPE \
	"gw1."   \
	"eyJwIjoiZ29vZ2xlIiwiayI6InRob3VnaHRfc2lnbmF0dXJlIiwidCI6InRvb2xfY2FsbCIsImQiOiJjMmxuIn0"

TEST(reasoning_before_a_call_gives_the_call_its_signature)
{
	struct aip_str got = RESPONSES(
		"'input':[{'role':'user','content':'u'},{'type':'reasoning','id':'rs_1','summary':["
		"],"
		"'encrypted_content':'" ENVELOPE
		"'},{'type':'function_call','call_id':'a','name':'f',"
		"'arguments':'{}'},{'type':'function_call_output','call_id':'a','output':'1'}]");
	HAS(got, "{'role':'model','parts':[{'functionCall':{'id':'a','name':'f','args':{}},"
	         "'thoughtSignature':'c2ln'}]}");
	got = CLAUDE(
		"'messages':[{'role':'user','content':'u'},{'role':'assistant','content':[{'type':"
		"'thinking','thinking':'hm','signature':'" ENVELOPE "'},{'type':'tool_use','id':"
		"'a','name':'f','input':{}}]},{'role':'user','content':[{'type':'tool_result',"
		"'tool_use_id':'a','content':'1'}]}]");
	HAS(got, "{'role':'model','parts':[{'functionCall':{'id':'a','name':'f','args':{}},"
	         "'thoughtSignature':'c2ln'}]}");
}

TEST(foreign_thoughts_vanish_and_leave_no_empty_part)
{
	struct aip_str got = CLAUDE(
		"'messages':[{'role':'user','content':'u'},{'role':'assistant','content':[{'type':"
		"'thinking','thinking':'hm','signature':'c2ln'},{'type':'text','text':'x'}]},{'"
		"role':"
		"'user','content':'v'}]");

	HAS(got, "{'role':'model','parts':[{'text':'x'}]}");
	CHECK(dropped("messages.thinking"));
}

/* ---- Effort --------------------------------------------------------------------------------- */

TEST(a_budget_or_a_level_never_both)
{
	HAS(OWN(GHI ",'generationConfig':{'thinkingConfig':{'thinkingBudget':100,"
	            "'thinkingLevel':'low'}}"),
	    "'thinkingConfig':{'thinkingLevel':'low'}");
	HAS(OWN(GHI ",'generationConfig':{'thinkingConfig':{'thinkingLevel':'low',"
	            "'thinkingBudget':100}}"),
	    "'thinkingConfig':{'thinkingLevel':'low'}");
	caps.modes = "level budget";
	HAS(OWN(GHI ",'generationConfig':{'thinkingConfig':{'thinkingBudget':9000}}"),
	    "'thinkingConfig':{'thinkingLevel':'high'}");
}

TEST(a_model_that_must_think_gets_its_least_budget)
{
	caps.modes = "budget";
	caps.can_disable = AIP_NO;
	caps.budget_min = 128;
	HAS(CHAT(HI ",'reasoning_effort':'none'"), "'thinkingBudget':128");
	caps.can_disable = AIP_YES;
	HAS(CHAT(HI ",'reasoning_effort':'none'"), "'thinkingBudget':0");
}

TEST(off_is_the_lowest_level_and_silence_stays_silence)
{
	caps.modes = "level";
	caps.levels = "low high";
	HAS(CHAT(HI ",'reasoning_effort':'none'"), "'thinkingConfig':{'thinkingLevel':'low'}");
	HAS_NO(CHAT(HI), "thinkingConfig");
	HAS_NO(OWN(GHI), "thinkingConfig");
}

TEST(thoughts_are_asked_for_when_the_client_can_show_them)
{
	HAS(CHAT(HI ",'reasoning_effort':'low'"), "'includeThoughts':true");
	HAS(RESPONSES("'input':'x','reasoning':{'effort':'low','summary':'auto'}"),
	    "'includeThoughts':true");
	HAS_NO(RESPONSES("'input':'x','reasoning':{'effort':'low'}"), "'includeThoughts':true");
	HAS_NO(CHAT(HI), "includeThoughts");
}

/* ---- Tools ---------------------------------------------------------------------------------- */

TEST(searches_beside_functions_give_way_or_are_announced)
{
	const char *const body = "{'model':'m','max_tokens':9," HI ",'tools':[{'name':'f',"
				 "'input_schema':" OBJ "},{'type':'web_search_20250305','name':"
				 "'web_search'}]}";

	struct aip_str alone = sent(AIP_CLAUDE, AIP_GEMINI, quoted(body));
	HAS_NO(alone, "googleSearch");
	HAS(alone, "'functionDeclarations':[{'name':'f'");
	CHECK(dropped("tools.server") && ctx.warnings);
	caps.mix_server_and_function = AIP_YES;
	struct aip_str got = sent(AIP_CLAUDE, AIP_GEMINI, quoted(body));
	HAS(got, "{'googleSearch':{}}");
	HAS(got, "'functionDeclarations':[{'name':'f'");
	HAS(got, "'includeServerSideToolInvocations':true");
}

TEST(modes_say_who_may_be_called)
{
	const char *const tools = ",'tools':[{'name':'f','input_schema':{}},{'name':'g',"
				  "'input_schema':{}}],'tool_choice':";
	static const char *const rows[][2] = {
		{"{'type':'any'}", "'mode':'ANY'}"},
		{"{'type':'tool','name':'f'}", "'mode':'ANY','allowedFunctionNames':['f']}"},
		{"{'type':'none'}", "'mode':'NONE'}"},
		{"{'type':'auto'}", "'mode':'AUTO'}"},
	};
	char body[400];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(body, sizeof(body), "{'model':'m','max_tokens':9," HI "%s%s}", tools,
		         rows[i][0]);
		HAS(sent(AIP_CLAUDE, AIP_GEMINI, quoted(body)), rows[i][1]);
	}
	HAS(CHAT(HI ",'tools':[" FN("f", OBJ) "," FN(
		    "g", OBJ) "],'tool_choice':{'type':"
	                      "'allowed_tools','allowed_tools':{'mode':'auto','tools':[{'"
	                      "type':'function',"
	                      "'function':{'name':'g'}}]}}"),
	    "'mode':'VALIDATED','allowedFunctionNames':['g']");
}

TEST(strict_functions_make_a_validated_request)
{
	const char *const body =
		"{'model':'m'," HI ",'tools':[{'type':'function','function':{'name':"
		"'f','strict':true,'parameters':" OBJ "}}]}";

	HAS_NO(sent(AIP_CHAT, AIP_GEMINI, quoted(body)), "VALIDATED");
	CHECK(dropped("tools.strict"));
	caps.strict = AIP_YES;
	HAS(sent(AIP_CHAT, AIP_GEMINI, quoted(body)), "'mode':'VALIDATED'");
	CHECK(!dropped("tools.strict"));
}

TEST(a_required_tool_that_cannot_be_sent_is_refused)
{
	RESPONSES("'input':'x','tools':[{'type':'local_shell'}],'tool_choice':'required'");
	CHECK_STR_EQ(aip_str(error.param), "tool_choice");
}

/* ---- Responses and Claude to Gemini --------------------------------------------------------- */

#define RCALL(id, name) \
	"{'type':'function_call','call_id':'" id "','name':'" name "','arguments':'{}'}"
#define ROUT(id, out) "{'type':'function_call_output','call_id':'" id "','output':" out "}"
#define PNG           "iVBORw0KGgo="

TEST(outputs_in_any_order_are_one_content_in_call_order)
{
	struct aip_str got =
		RESPONSES("'input':[{'role':'user','content':'u'}," RCALL("a", "f") "," RCALL(
			"b", "g") "," ROUT("b", "'2'") ",{'role':'user','content':"
	                                               "'between'}," ROUT("a", "'1'") "]");

	HAS(got, "{'role':'user','parts':[{'functionResponse':{'id':'a','name':'f','response':{"
	         "'result':'1'}}},{'functionResponse':{'id':'b','name':'g','response':{'result':"
	         "'2'}}}]},{'role':'user','parts':[{'text':'between'}]}");
}

TEST(images_stay_with_their_response)
{
	const char *const body =
		"{'model':'m','input':[{'role':'user','content':'u'}," RCALL("a", "f") "," RCALL(
			"b",
			"g") "," ROUT("a",
	                              "[{'type':'input_text','text':'A'},{'type':'input_image','"
	                              "image_url':"
	                              "'data:image/png;base64," PNG
	                              "'}]") "," ROUT("b",
	                                              "[{'type':'input_image','image_url':'data:"
	                                              "image/gif;base64,R0lGOD=='}]") "]}";

	caps.fr_parts = AIP_YES;
	struct aip_str got = sent(AIP_RESPONSES, AIP_GEMINI, quoted(body));
	HAS(got, "'name':'f','response':{'result':'A'},'parts':[{'inlineData':{'mimeType':"
	         "'image/png','data':'" PNG "'}}]");
	HAS(got, "'name':'g','response':{'result':''},'parts':[{'inlineData':{'mimeType':"
	         "'image/gif'");
	caps.fr_parts = AIP_UNSET;
	got = sent(AIP_RESPONSES, AIP_GEMINI, quoted(body));
	HAS(got, "'response':{'result':''}}},{'inlineData':{'mimeType':'image/png','data':'" PNG
	         "'}},{'inlineData':{'mimeType':'image/gif'");
}

TEST(results_of_any_form_make_valid_responses)
{
	static const char *const rows[][2] = {
		{"'content':'x'", "'response':{'result':'x'}"},
		{"'content':[{'type':'text','text':'x'},{'type':'text','text':'y'}]",
	         "'response':{'result':'x\\n\\ny'}"},
		{"'content':[{'type':'image','source':{'type':'base64','media_type':'image/"
	         "png','data':'" PNG "'}}]",
	         "'response':{'result':''}}},{'inlineData'"},
		{"'content':null", "'response':{'result':''}"},
		{"'is_error':true,'content':'no'", "'response':{'error':'no'}"},
	};
	char body[700];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(
			body, sizeof(body),
			"{'model':'m','max_tokens':9,'messages':[{'role':'user','content':'u'},{'"
			"role':"
			"'assistant','content':[{'type':'tool_use','id':'a','name':'f','input':{}}]"
			"},"
			"{'role':'user','content':[{'type':'tool_result','tool_use_id':'a',%s}]}]}",
			rows[i][0]);
		HAS(sent(AIP_CLAUDE, AIP_GEMINI, quoted(body)), rows[i][1]);
	}
}

TEST(a_result_without_its_call_makes_no_name)
{
	struct aip_str got =
		CLAUDE("'messages':[{'role':'user','content':[{'type':'tool_result',"
	               "'tool_use_id':'toolu_x','content':'1'},{'type':'text','text':'u'}]}]");

	HAS_NO(got, "functionResponse");
	HAS_NO(got, "toolu_x");
}

TEST(text_behind_a_call_makes_no_turn_between)
{
	struct aip_str got = CLAUDE(
		"'messages':[{'role':'user','content':'u'},{'role':'assistant','content':[{'type':"
		"'tool_use','id':'a','name':'f','input':{}},{'type':'text','text':'wait'}]},{'role'"
		":"
		"'user','content':[{'type':'tool_result','tool_use_id':'a','content':'1'},{'type':'"
		"text',"
		"'text':'v'}]}]");

	CHECK_INT_EQ(times(got, "'role':'model'"), 1);
	HAS(got, "{'role':'user','parts':[{'functionResponse':{'id':'a','name':'f','response':{"
	         "'result':'1'}}}]},{'role':'user','parts':[{'text':'v'}]}");
}

TEST(users_around_a_reminder_share_its_content_and_results_keep_their_own)
{
#define REMINDER "{'text':'<system-reminder>\\nbe brief\\n</system-reminder>'}"
#define BRIEF    "{'role':'system','content':'be brief'}"
	HAS(CHAT("'messages':[" USER "," BRIEF "," USER "]"),
	    "{'contents':[{'role':'user','parts':[{'text':'u'}," REMINDER ",{'text':'u'}]}]}");
	HAS(CHAT("'messages':[" USER "," CALLS
	         "," RESULT("b", "'2'") "," RESULT("a", "'1'") "," BRIEF "," USER "]"),
	    "'response':{'result':'2'}}}]},{'role':'user','parts':[" REMINDER ",{'text':'u'}]}]}");
}

TEST(a_system_text_is_the_instruction)
{
	HAS(CLAUDE(HI ",'system':'s'"), "'systemInstruction':{'parts':[{'text':'s'}]}");
}

/* ---- Gemini to others ----------------------------------------------------------------------- */

#define GCALL(name, args) "{'functionCall':{'name':'" name "','args':" args "}}"
#define GRESULT(name, value) \
	"{'functionResponse':{'name':'" name "','response':{'result':'" value "'}}}"
#define GTURN(parts)  "{'role':'user','parts':[" parts "]}"
#define GMODEL(parts) "{'role':'model','parts':[" parts "]}"

TEST(missing_ids_are_made_alike_and_pair_by_name_and_order)
{
	const char *const body = "{'contents':[" GTURN("{'text':'u'}") "," GMODEL(
		GCALL("f", "{'n':1}") "," GCALL("g", "{}") "," GCALL(
			"f",
			"{'n':2}")) "," GTURN(GRESULT("g",
	                                              "G") "," GRESULT("f",
	                                                               "1") "," GRESULT("f",
	                                                                                "2")) "]}";
	struct aip_str once = aip_arena_dup(arena, sent(AIP_GEMINI, AIP_CLAUDE, quoted(body)));
	struct aip_str again = sent(AIP_GEMINI, AIP_CLAUDE, quoted(body));
	struct aip_json *doc;

	CHECK_BYTES_EQ(again, once);
	CHECK_INT_EQ(aip_json_parse(arena, once, &doc, &error), AIP_OK);
	const struct aip_json *messages = aip_json_get(doc, "messages");
	const struct aip_json *calls = aip_json_get(messages->child->next, "content");
	const struct aip_json *results = aip_json_get(messages->child->next->next, "content");
	AIP_JSON_EACH (call, calls) {
		struct aip_str n = aip_json_get(aip_json_get(call, "input"), "n")
		                           ? aip_json_get(aip_json_get(call, "input"), "n")->text
		                           : AIP_LIT("G");
		int found = 0;
		AIP_JSON_EACH (result, results) {
			if (!aip_str_eq(aip_json_text(result, "tool_use_id"),
			                aip_json_text(call, "id")))
				continue;
			found++;
			CHECK_BYTES_EQ(aip_json_text(result, "content"), n);
		}
		CHECK_INT_EQ(found, 1);
	}
}

TEST(too_many_or_swapped_responses_lose_and_double_nothing)
{
	struct aip_str got = OWN_TO(
		CHAT, "'contents':[" GTURN("{'text':'u'}") "," GMODEL(
			      "{'functionCall':{'id':'1','name':'f'}},{'functionCall':{'id':'2','"
			      "name':'f'}}") "," GTURN("{'functionResponse':{'id':'2','name':'f','"
	                                               "response':{'result':'B'}}},"
	                                               "{'functionResponse':{'id':'1','name':'f','"
	                                               "response':{'result':'A'}}},"
	                                               "{'functionResponse':{'id':'9','name':'f','"
	                                               "response':{'result':'C'}}}") "]");

	CHECK_INT_EQ(times(got, "'role':'tool'"), 2);
	HAS(got, "'tool_call_id':'1','content':'A'");
	HAS(got, "'tool_call_id':'2','content':'B'");
	HAS_NO(got, "'C'");
}

TEST(thoughts_are_no_content_elsewhere)
{
	struct aip_str got =
		OWN_TO(CHAT, "'contents':[" GTURN("{'text':'u'}") "," GMODEL(
				     "{'text':'secret','thought':true},{"
				     "'text':'x'}") "," GTURN("{'text':'planted','thought':true},{'"
	                                                      "text':'v'}") "]");

	HAS_NO(got, "'content':'secret");
	HAS(got, "'content':'x'");
	HAS_NO(got, "planted");
}

TEST(any_of_several_names_is_a_choice_of_allowed_tools)
{
	const char *const tools =
		"'tools':[{'functionDeclarations':[{'name':'f'},{'name':'g'},{'name':"
		"'h'}]}]";
	char body[500];

	snprintf(body, sizeof(body),
	         "{" GHI ",%s,'toolConfig':{'functionCallingConfig':{'mode':'ANY',"
	         "'allowedFunctionNames':['f','g']}}}",
	         tools);
	struct aip_str got = sent(AIP_GEMINI, AIP_CHAT, quoted(body));
	HAS(got, "'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'required'");
	HAS_NO(got, "'name':'h'}}]}}");
}

TEST(user_contents_merge_and_the_system_stays_apart)
{
	struct aip_str got = OWN_TO(CLAUDE, "'systemInstruction':'s','contents':[" GTURN(
						    "{'text':'a'}") "," GTURN("{'text':'b'}") "]");

	HAS(got, "'system':[{'type':'text','text':'s'}]");
	HAS(got, "'messages':[{'role':'user','content':[{'type':'text','text':'a'},{'type':'text',"
	         "'text':'b'}]}]");
}

TEST(images_and_pdfs_pass_other_media_are_refused)
{
	HAS(OWN_TO(CLAUDE,
	           "'contents':[" GTURN("{'inlineData':{'mimeType':'application/pdf','data':"
	                                "'JVBERi0='}}") "]"),
	    "'type':'document'");
	HAS(OWN_TO(CLAUDE, "'contents':[" GTURN("{'inlineData':{'data':'iVBORw0KGgo'}}") "]"),
	    "'media_type':'image/png'");
	OWN_TO(CLAUDE,
	       "'contents':[" GTURN("{'inlineData':{'mimeType':'video/mp4','data':'AAAA'}}") "]");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	HAS(aip_str(error.param), "contents");
}

TEST(odd_schema_types_are_made_regular)
{
	HAS(OWN_TO(CLAUDE,
	           GHI ",'tools':[{'functionDeclarations':[{'name':'f','parameters':{'type':"
	               "'OBJECT','properties':{'a':{'type':'ARRAY','items':{'type':'NUMBER'}}}}"
	               "}]}]"),
	    "'input_schema':{'type':'object','properties':{'a':{'type':'array','items':{'type':"
	    "'number'}}}}");
}

TEST(several_answers_are_asked_for_where_there_can_be_several)
{
	const char *const body = "{" GHI ",'generationConfig':{'candidateCount':2}}";

	HAS(sent(AIP_GEMINI, AIP_GEMINI, quoted(body)), "'candidateCount':2");
	HAS(sent(AIP_GEMINI, AIP_CHAT, quoted(body)), "'n':2");
	sent(AIP_GEMINI, AIP_CLAUDE, quoted(body));
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	error = (struct aip_error){0};
	sent(AIP_GEMINI, AIP_RESPONSES, quoted(body));
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
}

TEST(a_count_asks_with_the_whole_request)
{
	struct aip_request *request = NULL;
	const struct aip_wire_in in = {
		.body = quoted("{'generateContentRequest':{'model':'models/m1'," GHI
	                       ",'systemInstruction':'s','generationConfig':{'topK':1}}}"),
		.model = AIP_LIT("m1")};

	ctx.client = ctx.upstream = AIP_GEMINI;
	CHECK_INT_EQ(aip_codec_of(AIP_GEMINI)->read_count(&ctx, &in, &request, &error), AIP_OK);
	CHECK_INT_EQ(aip_codec_of(AIP_GEMINI)->write_count(&ctx, request, &out, &error), AIP_OK);
	CHECK_BYTES_EQ(aip_buf_str(&out),
	               quoted("{'generateContentRequest':{'model':'models/m1'," GHI
	                      ",'systemInstruction':{'parts':[{'text':'s'}]}}}"));
}

RUN_ALL(HERE(what_is_wrong_is_named_by_its_path),
        HERE(numbers_out_of_bounds_are_named_by_their_path), HERE(null_members_are_not_there),
        HERE(thousands_of_tools_and_large_media_pass),
        HERE(members_that_only_gemini_knows_go_back_to_gemini_alone),
        HERE(a_result_goes_back_as_its_client_wrapped_it),
        HERE(elements_with_several_tools_are_written_once),
        HERE(system_and_developer_are_the_instruction),
        HERE(results_are_one_content_in_the_order_of_their_calls),
        HERE(calls_that_nobody_answered_are_answered),
        HERE(a_response_is_an_object_and_text_stays_text),
        HERE(the_old_schema_field_gets_what_it_takes),
        HERE(a_function_about_which_nothing_is_said_has_no_schema),
        HERE(a_schema_of_the_answer_is_not_cleaned_as_tools_are),
        HERE(sounds_get_their_media_types), HERE(what_says_nothing_is_left_out),
        HERE(a_remote_image_is_forwarded_whole),
        HERE(how_closely_to_look_is_said_where_a_model_can_hear_it),
        HERE(what_the_api_lacks_is_named_and_strictly_refused),
        HERE(tiers_and_modalities_have_their_words),
        HERE(a_spoken_answer_is_sound_alone_in_a_voice_that_google_has), HERE(a_seed_has_32_bits),
        HERE(a_file_by_url_has_the_type_of_its_ending_or_none),
        HERE(users_around_a_reminder_share_its_content_and_results_keep_their_own),
        HERE(the_first_call_of_each_current_step_has_the_placeholder),
        HERE(googles_signature_comes_back_through_chat_and_siblings_stay_unsigned),
        HERE(googles_signature_is_read_wherever_a_client_puts_it),
        HERE(a_call_that_no_google_signed_has_the_placeholder_and_no_signature_of_its_id),
        HERE(reasoning_before_a_call_gives_the_call_its_signature),
        HERE(foreign_thoughts_vanish_and_leave_no_empty_part), HERE(a_budget_or_a_level_never_both),
        HERE(a_model_that_must_think_gets_its_least_budget),
        HERE(off_is_the_lowest_level_and_silence_stays_silence),
        HERE(thoughts_are_asked_for_when_the_client_can_show_them),
        HERE(searches_beside_functions_give_way_or_are_announced),
        HERE(modes_say_who_may_be_called), HERE(strict_functions_make_a_validated_request),
        HERE(a_required_tool_that_cannot_be_sent_is_refused),
        HERE(outputs_in_any_order_are_one_content_in_call_order),
        HERE(images_stay_with_their_response), HERE(results_of_any_form_make_valid_responses),
        HERE(a_result_without_its_call_makes_no_name),
        HERE(text_behind_a_call_makes_no_turn_between), HERE(a_system_text_is_the_instruction),
        HERE(missing_ids_are_made_alike_and_pair_by_name_and_order),
        HERE(too_many_or_swapped_responses_lose_and_double_nothing),
        HERE(thoughts_are_no_content_elsewhere),
        HERE(any_of_several_names_is_a_choice_of_allowed_tools),
        HERE(user_contents_merge_and_the_system_stays_apart),
        HERE(images_and_pdfs_pass_other_media_are_refused), HERE(odd_schema_types_are_made_regular),
        HERE(several_answers_are_asked_for_where_there_can_be_several),
        HERE(a_count_asks_with_the_whole_request))
