/* Gemini requests, where the examples in tests/wire do not reach: what is refused by its path, what
 * other dialects' requests become, and what theirs become of ours. JSON is written with ' for ". */
#include "../ir/script.h"

#define OUT_MAX (8u << 20)

static struct aip_arena *arena;
static struct aip_caps caps;
static struct aip_codec_ctx ctx;
static struct aip_error error;
static struct aip_buf out;

static int set_up(void **state)
{
	arena = aip_arena_create();
	caps = (struct aip_caps){0};
	error = (struct aip_error){0};
	aip_buf_init(&out, OUT_MAX);
	ctx = (struct aip_codec_ctx){
		.arena = arena,
		.model_asked = AIP_LIT("asked"),
		.model = AIP_LIT("m1"),
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

static struct aip_str quoted(const char *text)
{
	struct aip_str copy = aip_arena_dup(arena, aip_str(text));

	for (size_t i = 0; i < copy.len; i++)
		if (copy.at[i] == '\'')
			((char *)copy.at)[i] = '"';
	return copy;
}

static enum aip_status read_as(enum aip_dialect dialect, struct aip_str body,
			       struct aip_request **ret)
{
	const struct aip_wire_in in = {.body = body,
				       .model = dialect == AIP_GEMINI ? AIP_LIT("m1") : AIP_NONE};

	return aip_codec_of(dialect)->read_request(&ctx, &in, ret, &error);
}

/* A client's request as the upstream gets it; the error's message when it is refused. */
static struct aip_str sent(enum aip_dialect client, const char *body, enum aip_dialect upstream)
{
	struct aip_request *request = NULL;

	aip_buf_clear(&out);
	ctx.client = client;
	ctx.upstream = upstream;
	ctx.vendor = aip_codec_of(upstream)->vendor;
	ctx.dropped = ctx.warnings = NULL;
	if (read_as(client, quoted(body), &request) ||
	    aip_codec_of(upstream)->write_request(&ctx, request, &out, &error))
		return aip_str(error.message);
	return aip_buf_str(&out);
}

static bool has(struct aip_str text, const char *piece)
{
	return aip_str_find(text, quoted(piece)) >= 0;
}

static bool lost(const char *path)
{
	for (const struct aip_name *name = ctx.dropped; name; name = name->next)
		if (aip_str_is(name->name, path))
			return true;
	return false;
}

#define CHECK_HAS(text, piece)                                            \
	do {                                                              \
		struct aip_str text_ = (text);                            \
		if (!has(text_, piece))                                   \
			fail_msg("no %s in %.*s", piece, AIP_FMT(text_)); \
	} while (0)
#define CHECK_LACKS(text, piece)                                       \
	do {                                                           \
		struct aip_str text_ = (text);                         \
		if (has(text_, piece))                                 \
			fail_msg("%s in %.*s", piece, AIP_FMT(text_)); \
	} while (0)

#define CHAT(rest)       sent(AIP_CHAT, "{'model':'m'," rest "}", AIP_GEMINI)
#define CLAUDE(rest)     sent(AIP_CLAUDE, "{'model':'m','max_tokens':4000," rest "}", AIP_GEMINI)
#define RESPONSES(rest)  sent(AIP_RESPONSES, "{'model':'m'," rest "}", AIP_GEMINI)
#define OWN(rest)        sent(AIP_GEMINI, "{" rest "}", AIP_GEMINI)
#define OWN_TO(to, rest) sent(AIP_GEMINI, "{" rest "}", AIP_##to)
#define HI               "'messages':[{'role':'user','content':'hi'}]"
#define GHI              "'contents':[{'role':'user','parts':[{'text':'hi'}]}]"
#define FN(name, schema) \
	"{'type':'function','function':{'name':'" name "','parameters':" schema "}}"
#define OBJ "{'type':'object','properties':{'a':{'type':'string'}}}"

/* ---- What is wrong -------------------------------------------------------------------------- */

static void refuses(const char *body, const char *param)
{
	struct aip_request *request = NULL;

	error = (struct aip_error){0};
	ctx.client = AIP_GEMINI;
	CHECK_INT_EQ(read_as(AIP_GEMINI, quoted(body), &request), AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(error.param), param);
	CHECK(has(aip_str(error.message), param));
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
	struct aip_str got = sent(AIP_GEMINI, body.at, AIP_CHAT);
	CHECK_HAS(got, "'name':'f1999'");
	aip_buf_clear(&body);
	aip_buf_add(&body, AIP_LIT("{'contents':[{'parts':[{'inlineData':{'mimeType':'image/png',"
				   "'data':'"));
	for (int i = 0; i < 1 << 18; i++)
		aip_buf_add(&body, AIP_LIT("iVBO"));
	aip_buf_add(&body, AIP_LIT("'}}]}]}"));
	CHECK_INT_EQ(sent(AIP_GEMINI, body.at, AIP_CLAUDE).len > 1 << 20, 1);
	aip_buf_fini(&body);
}

TEST(members_that_only_gemini_knows_go_back_to_gemini_alone)
{
	const char *const body =
		"{" GHI
		",'nextYear':{'x':1},'toolConfig':{'retrievalConfig':{'languageCode':'da'}},"
		"'generationConfig':{'audioTimestamp':true,'thinkingConfig':{'x':1}}}";
	struct aip_str own = sent(AIP_GEMINI, body, AIP_GEMINI);

	CHECK_HAS(own, "'nextYear':{'x':1}");
	CHECK_HAS(own, "'toolConfig':{'retrievalConfig':{'languageCode':'da'}}");
	CHECK_HAS(own, "'audioTimestamp':true");
	CHECK_HAS(own, "'thinkingConfig':{'x':1}");
	CHECK_LACKS(sent(AIP_GEMINI, body, AIP_CLAUDE), "nextYear");
	CHECK(lost("nextYear") && lost("generationConfig.audioTimestamp"));
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
	CHECK_HAS(sent(AIP_GEMINI, body, AIP_GEMINI),
		  "'response':{'output':'x'},'scheduling':'SILENT'");
	CHECK_HAS(sent(AIP_GEMINI, body, AIP_CHAT), "'content':'x'");
}

TEST(elements_with_several_tools_are_written_once)
{
	struct aip_str got = OWN(GHI ",'tools':[{'googleSearch':{},'codeExecution':{}}]");

	CHECK_HAS(got, "'tools':[{'googleSearch':{}},{'codeExecution':{}}]");
}

/* ---- Chat to Gemini ------------------------------------------------------------------------- */

TEST(system_and_developer_are_the_instruction)
{
	struct aip_str got = CHAT("'messages':[{'role':'system','content':'s'},{'role':'developer',"
				  "'content':'d'},{'role':'user','content':'u'}]");

	CHECK_HAS(got, "'systemInstruction':{'parts':[{'text':'s'},{'text':'d'}]}");
	CHECK_HAS(got, "'contents':[{'role':'user','parts':[{'text':'u'}]}]");
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

	CHECK_HAS(got, "{'role':'user','parts':[{'functionResponse':{'id':'a','name':'f',"
		       "'response':{'result':'one'}}},{'functionResponse':{'id':'b','name':'g',"
		       "'response':{'result':'two'}}}]}");
}

TEST(calls_that_nobody_answered_are_answered)
{
	struct aip_str got = CHAT("'messages':[" USER "," CALLS "]");

	CHECK_HAS(got, "'functionResponse':{'id':'a','name':'f','response':{'error':");
	CHECK_HAS(got, "'functionResponse':{'id':'b','name':'g','response':{'error':");
}

TEST(a_response_is_an_object_and_text_stays_text)
{
	struct aip_str got = CHAT("'messages':[" USER "," CALLS
				  "," RESULT("a", "'{\\'k\\':1}'") "," RESULT("b", "''") "]");

	CHECK_HAS(got, "'response':{'result':'{\\'k\\':1}'}");
	CHECK_HAS(got, "'response':{'result':''}");
}

TEST(the_old_schema_field_gets_what_it_takes)
{
	caps.schema_profile = "gemini_openapi";
	struct aip_str got = CHAT(HI ",'tools':[" FN(
		"f", "{'$schema':'x','type':'object','additionalProperties':false,"
		     "'properties':{'c':{'const':'k'},'l':{'type':'array'},'n':{'type':"
		     "'integer','enum':[1,2]},'s':{'type':['string','null']}},"
		     "'required':['c','gone']}") "]");

	CHECK_HAS(got, "'parameters':{");
	CHECK_LACKS(got, "$schema");
	CHECK_LACKS(got, "additionalProperties");
	CHECK_LACKS(got, "strict");
	CHECK_HAS(got, "'enum':['k']");
	CHECK_HAS(got, "'items':{'type':'string'}");
	CHECK_HAS(got, "'required':['c']");
	CHECK_HAS(got, "'enum':['1','2']");
	CHECK_LACKS(got, "'type':'integer'");
	CHECK_HAS(got, "'nullable':true");
	caps.schema_profile = NULL;
	got = CHAT(HI ",'tools':[" FN("f", "{'type':'object','properties':{'s':{'type':["
					   "'string','null']}}}") "]");
	CHECK_HAS(got, "'parametersJsonSchema':{'type':'object','properties':{'s':{'type':["
		       "'string','null']}}}");
}

TEST(a_function_about_which_nothing_is_said_has_no_schema)
{
	CHECK_HAS(CHAT(HI ",'tools':[" FN("f", "{'type':'object','properties':{}}") "]"),
		  "'functionDeclarations':[{'name':'f'}]");
	CHECK_HAS(
		CHAT(HI ",'tools':[" FN("f", "{'type':'object','anyOf':[{'required':['a']}]}") "]"),
		"'anyOf'");
}

TEST(a_schema_of_the_answer_is_not_cleaned_as_tools_are)
{
	struct aip_str got = CHAT(
		HI
		",'response_format':{'type':'json_schema','json_schema':{'name':'n','description':"
		"'d','schema':{'$id':'x','type':'object','properties':{'format':{'type':"
		"'string'}},'additionalProperties':false}}}");

	CHECK_HAS(got, "'responseMimeType':'application/json','responseJsonSchema':{'description':"
		       "'d','$id':'x','type':'object','properties':{'format':{'type':'string'}},"
		       "'additionalProperties':false}");
	CHECK_HAS(CHAT(HI ",'response_format':{'type':'json_object'}"),
		  "'generationConfig':{'responseMimeType':'application/json'}");
}

TEST(sounds_get_their_media_types)
{
	struct aip_str got = CHAT(
		"'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':"
		"'AAAA','format':'mp3'}},{'type':'input_audio','input_audio':{'data':'AAAA','"
		"format'"
		":'wav'}}]}]");

	CHECK_HAS(got, "'inlineData':{'mimeType':'audio/mpeg','data':'AAAA'}");
	CHECK_HAS(got, "'inlineData':{'mimeType':'audio/wav','data':'AAAA'}");
}

TEST(what_says_nothing_is_left_out)
{
	struct aip_str got =
		CHAT("'messages':[" USER ",{'role':'assistant','content':''}," USER "]");

	CHECK_STR_EQ(got, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"u\"},"
			  "{\"text\":\"u\"}]}]}");
	CHECK_LACKS(CHAT("'messages':[" USER "," CALLS "," RESULT("a", "'x'") "]"), "null");
}

TEST(a_remote_image_is_forwarded_whole)
{
	CHECK_HAS(
		CHAT("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
		     "'https://x.example/data:image,1.png?a=b'}}]}]"),
		"'fileData':{'mimeType':'image/png','fileUri':"
		"'https://x.example/data:image,1.png?a=b'}");
	caps.http_file_uri = AIP_NO;
	CHECK_HAS(
		CHAT("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
		     "'https://x.example/1.png'}}]}]"),
		"takes no media by URL");
	CHECK_STR_EQ(aip_str(error.param), "messages");
}

TEST(how_closely_to_look_is_said_where_a_model_can_hear_it)
{
	const char *const body =
		"{'model':'m','messages':[{'role':'user','content':[{'type':"
		"'image_url','image_url':{'url':'data:image/png;base64,iVBORw0KGgo="
		"','detail':'low'}}]}]}";

	CHECK_LACKS(sent(AIP_CHAT, body, AIP_GEMINI), "mediaResolution");
	CHECK(lost("messages.image_url.detail"));
	caps.part_resolution = AIP_YES;
	CHECK_HAS(sent(AIP_CHAT, body, AIP_GEMINI),
		  "'mediaResolution':{'level':'MEDIA_RESOLUTION_LOW'}");
}

TEST(what_the_api_lacks_is_named_and_strictly_refused)
{
	CHAT(HI ",'logit_bias':{'1':1},'seed':99999999999,'parallel_tool_calls':false,'user':'u',"
		"'metadata':{'a':'b'},'verbosity':'low','stop':['a','b','c','d']");
	CHECK(lost("logit_bias") && lost("seed") && lost("parallel_tool_calls") && lost("user") &&
	      lost("metadata") && lost("verbosity") && !lost("stop"));
	CLAUDE(HI ",'stop_sequences':['1','2','3','4','5','6']");
	CHECK(lost("stop"));
	ctx.loss = AIP_STRICT;
	CHAT(HI ",'logit_bias':{'1':1}");
	CHECK_STR_EQ(aip_str(error.param), "logit_bias");
	CHECK_HAS(CHAT(HI ",'x_unknown':1"), "'text':'hi'");
}

TEST(tiers_and_modalities_have_their_words)
{
	CHECK_HAS(CHAT(HI ",'service_tier':'priority'"), "'serviceTier':'priority'");
	CHECK_LACKS(CHAT(HI ",'service_tier':'auto'"), "serviceTier");
	CHECK_HAS(CHAT(HI ",'modalities':['text','audio'],'audio':{'voice':'x','format':'wav'}"),
		  "'responseModalities':['TEXT','AUDIO']");
	CHECK(lost("audio"));
	caps.image_out = AIP_YES;
	CHECK_HAS(RESPONSES("'input':'x','tools':[{'type':'image_generation'}]"),
		  "'responseModalities':['TEXT','IMAGE']");
}

/* ---- Signatures ----------------------------------------------------------------------------- */

#define PLACEHOLDER "'thoughtSignature':'skip_thought_signature_validator'"

static size_t times(struct aip_str text, const char *piece)
{
	size_t n = 0;

	for (ptrdiff_t at; (at = aip_str_find(text, quoted(piece))) >= 0; n++)
		text = aip_strn(text.at + at + 1, text.len - (size_t)at - 1);
	return n;
}

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

	struct aip_str got = sent(AIP_CHAT, body, AIP_GEMINI);
	CHECK_INT_EQ(times(got, PLACEHOLDER), 2);
	CHECK_HAS(got, "{'functionCall':{'id':'c','name':'f','args':{}}," PLACEHOLDER "}");
	CHECK_HAS(got, "{'functionCall':{'id':'e','name':'h','args':{}}," PLACEHOLDER "}");
	caps.modes = "budget";
	CHECK_INT_EQ(times(sent(AIP_CHAT, body, AIP_GEMINI), PLACEHOLDER), 0);
}

TEST(googles_signature_comes_back_through_chat_and_siblings_stay_unsigned)
{
	struct aip_str got = CHAT(
		"'messages':[" USER
		",{'role':'assistant','content':null,'tool_calls':[{'id':'a','type':"
		"'function','function':{'name':'f','arguments':'{}'},'extra_content':{'google':{"
		"'thought_signature':'c2ln'}}},{'id':'b','type':'function','function':{'name':'g',"
		"'arguments':'{}'}}]}," RESULT("a", "'1'") "," RESULT("b", "'2'") "]");

	CHECK_HAS(got,
		  "{'functionCall':{'id':'a','name':'f','args':{}},'thoughtSignature':'c2ln'}");
	CHECK_HAS(got, "{'functionCall':{'id':'b','name':'g','args':{}}}");
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
	CHECK_HAS(got, "{'role':'model','parts':[{'functionCall':{'id':'a','name':'f','args':{}},"
		       "'thoughtSignature':'c2ln'}]}");
	got = CLAUDE(
		"'messages':[{'role':'user','content':'u'},{'role':'assistant','content':[{'type':"
		"'thinking','thinking':'hm','signature':'" ENVELOPE "'},{'type':'tool_use','id':"
		"'a','name':'f','input':{}}]},{'role':'user','content':[{'type':'tool_result',"
		"'tool_use_id':'a','content':'1'}]}]");
	CHECK_HAS(got, "{'role':'model','parts':[{'functionCall':{'id':'a','name':'f','args':{}},"
		       "'thoughtSignature':'c2ln'}]}");
}

TEST(foreign_thoughts_vanish_and_leave_no_empty_part)
{
	struct aip_str got = CLAUDE(
		"'messages':[{'role':'user','content':'u'},{'role':'assistant','content':[{'type':"
		"'thinking','thinking':'hm','signature':'c2ln'},{'type':'text','text':'x'}]},{'"
		"role':"
		"'user','content':'v'}]");

	CHECK_HAS(got, "{'role':'model','parts':[{'text':'x'}]}");
	CHECK(lost("messages.thinking"));
}

/* ---- Effort --------------------------------------------------------------------------------- */

TEST(a_budget_or_a_level_never_both)
{
	CHECK_HAS(OWN(GHI ",'generationConfig':{'thinkingConfig':{'thinkingBudget':100,"
			  "'thinkingLevel':'low'}}"),
		  "'thinkingConfig':{'thinkingLevel':'low'}");
	CHECK_HAS(OWN(GHI ",'generationConfig':{'thinkingConfig':{'thinkingLevel':'low',"
			  "'thinkingBudget':100}}"),
		  "'thinkingConfig':{'thinkingLevel':'low'}");
	caps.modes = "level budget";
	CHECK_HAS(OWN(GHI ",'generationConfig':{'thinkingConfig':{'thinkingBudget':9000}}"),
		  "'thinkingConfig':{'thinkingLevel':'high'}");
}

TEST(a_model_that_must_think_gets_its_least_budget)
{
	caps.modes = "budget";
	caps.can_disable = AIP_NO;
	caps.budget_min = 128;
	CHECK_HAS(CHAT(HI ",'reasoning_effort':'none'"), "'thinkingBudget':128");
	caps.can_disable = AIP_YES;
	CHECK_HAS(CHAT(HI ",'reasoning_effort':'none'"), "'thinkingBudget':0");
}

TEST(off_is_the_lowest_level_and_silence_stays_silence)
{
	caps.modes = "level";
	caps.levels = "low high";
	CHECK_HAS(CHAT(HI ",'reasoning_effort':'none'"),
		  "'thinkingConfig':{'thinkingLevel':'low'}");
	CHECK_LACKS(CHAT(HI), "thinkingConfig");
	CHECK_LACKS(OWN(GHI), "thinkingConfig");
}

TEST(thoughts_are_asked_for_when_the_client_can_show_them)
{
	CHECK_HAS(CHAT(HI ",'reasoning_effort':'low'"), "'includeThoughts':true");
	CHECK_HAS(RESPONSES("'input':'x','reasoning':{'effort':'low','summary':'auto'}"),
		  "'includeThoughts':true");
	CHECK_LACKS(RESPONSES("'input':'x','reasoning':{'effort':'low'}"),
		    "'includeThoughts':true");
	CHECK_LACKS(CHAT(HI), "includeThoughts");
}

/* ---- Tools ---------------------------------------------------------------------------------- */

TEST(searches_beside_functions_give_way_or_are_announced)
{
	const char *const body = "{'model':'m','max_tokens':9," HI ",'tools':[{'name':'f',"
				 "'input_schema':" OBJ "},{'type':'web_search_20250305','name':"
				 "'web_search'}]}";

	CHECK_LACKS(sent(AIP_CLAUDE, body, AIP_GEMINI), "googleSearch");
	CHECK(lost("tools.server") && ctx.warnings);
	caps.mix_server_and_function = AIP_YES;
	struct aip_str got = sent(AIP_CLAUDE, body, AIP_GEMINI);
	CHECK_HAS(got, "{'googleSearch':{}}");
	CHECK_HAS(got, "'includeServerSideToolInvocations':true");
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
		CHECK_HAS(sent(AIP_CLAUDE, body, AIP_GEMINI), rows[i][1]);
	}
	CHECK_HAS(CHAT(HI ",'tools':[" FN("f", OBJ) "," FN(
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

	CHECK_LACKS(sent(AIP_CHAT, body, AIP_GEMINI), "VALIDATED");
	CHECK(lost("tools.strict"));
	caps.strict = AIP_YES;
	CHECK_HAS(sent(AIP_CHAT, body, AIP_GEMINI), "'mode':'VALIDATED'");
	CHECK(!lost("tools.strict"));
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

	CHECK_HAS(got,
		  "{'role':'user','parts':[{'functionResponse':{'id':'a','name':'f','response':{"
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
	struct aip_str got = sent(AIP_RESPONSES, body, AIP_GEMINI);
	CHECK_HAS(got, "'name':'f','response':{'result':'A'},'parts':[{'inlineData':{'mimeType':"
		       "'image/png','data':'" PNG "'}}]");
	CHECK_HAS(got, "'name':'g','response':{'result':''},'parts':[{'inlineData':{'mimeType':"
		       "'image/gif'");
	caps.fr_parts = AIP_UNSET;
	got = sent(AIP_RESPONSES, body, AIP_GEMINI);
	CHECK_HAS(got,
		  "'response':{'result':''}}},{'inlineData':{'mimeType':'image/png','data':'" PNG
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
		CHECK_HAS(sent(AIP_CLAUDE, body, AIP_GEMINI), rows[i][1]);
	}
}

TEST(a_result_without_its_call_makes_no_name)
{
	struct aip_str got =
		CLAUDE("'messages':[{'role':'user','content':[{'type':'tool_result',"
		       "'tool_use_id':'toolu_x','content':'1'},{'type':'text','text':'u'}]}]");

	CHECK_LACKS(got, "functionResponse");
	CHECK_LACKS(got, "toolu_x");
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
	CHECK_HAS(got,
		  "{'role':'user','parts':[{'functionResponse':{'id':'a','name':'f','response':{"
		  "'result':'1'}}}]},{'role':'user','parts':[{'text':'v'}]}");
}

TEST(a_system_text_is_the_instruction)
{
	CHECK_HAS(CLAUDE(HI ",'system':'s'"), "'systemInstruction':{'parts':[{'text':'s'}]}");
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
	struct aip_str once = aip_arena_dup(arena, sent(AIP_GEMINI, body, AIP_CLAUDE));
	struct aip_str again = sent(AIP_GEMINI, body, AIP_CLAUDE);
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
	CHECK_HAS(got, "'tool_call_id':'1','content':'A'");
	CHECK_HAS(got, "'tool_call_id':'2','content':'B'");
	CHECK_LACKS(got, "'C'");
}

TEST(thoughts_are_no_content_elsewhere)
{
	struct aip_str got = OWN_TO(
		CHAT,
		"'contents':[" GTURN("{'text':'u'}") "," GMODEL("{'text':'secret','thought':true},{"
								"'text':'x'}") "," GTURN(
			"{'text':'planted','thought':true},{'text':'v'}") "]");

	CHECK_LACKS(got, "'content':'secret");
	CHECK_HAS(got, "'content':'x'");
	CHECK_LACKS(got, "planted");
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
	struct aip_str got = sent(AIP_GEMINI, body, AIP_CHAT);
	CHECK_HAS(got, "'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'required'");
	CHECK_LACKS(got, "'name':'h'}}]}}");
}

TEST(user_contents_merge_and_the_system_stays_apart)
{
	struct aip_str got = OWN_TO(CLAUDE, "'systemInstruction':'s','contents':[" GTURN(
						    "{'text':'a'}") "," GTURN("{'text':'b'}") "]");

	CHECK_HAS(got, "'system':[{'type':'text','text':'s'}]");
	CHECK_HAS(got,
		  "'messages':[{'role':'user','content':[{'type':'text','text':'a'},{'type':'text',"
		  "'text':'b'}]}]");
}

TEST(images_and_pdfs_pass_other_media_are_refused)
{
	CHECK_HAS(OWN_TO(CLAUDE,
			 "'contents':[" GTURN("{'inlineData':{'mimeType':'application/pdf','data':"
					      "'JVBERi0='}}") "]"),
		  "'type':'document'");
	CHECK_HAS(OWN_TO(CLAUDE, "'contents':[" GTURN("{'inlineData':{'data':'iVBORw0KGgo'}}") "]"),
		  "'media_type':'image/png'");
	OWN_TO(CLAUDE,
	       "'contents':[" GTURN("{'inlineData':{'mimeType':'video/mp4','data':'AAAA'}}") "]");
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	CHECK_HAS(aip_str(error.param), "contents");
}

TEST(odd_schema_types_are_made_regular)
{
	CHECK_HAS(
		OWN_TO(CLAUDE,
		       GHI ",'tools':[{'functionDeclarations':[{'name':'f','parameters':{'type':"
			   "'OBJECT','properties':{'a':{'type':'ARRAY','items':{'type':'NUMBER'}}}}"
			   "}]}]"),
		"'input_schema':{'type':'object','properties':{'a':{'type':'array','items':{'type':"
		"'number'}}}}");
}

TEST(several_answers_are_asked_for_where_there_can_be_several)
{
	const char *const body = "{" GHI ",'generationConfig':{'candidateCount':2}}";

	CHECK_HAS(sent(AIP_GEMINI, body, AIP_GEMINI), "'candidateCount':2");
	CHECK_HAS(sent(AIP_GEMINI, body, AIP_CHAT), "'n':2");
	sent(AIP_GEMINI, body, AIP_CLAUDE);
	CHECK_INT_EQ(error.status, AIP_UNSUPPORTED);
	error = (struct aip_error){0};
	sent(AIP_GEMINI, body, AIP_RESPONSES);
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

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_ALL(T(what_is_wrong_is_named_by_its_path), T(numbers_out_of_bounds_are_named_by_their_path),
	T(null_members_are_not_there), T(thousands_of_tools_and_large_media_pass),
	T(members_that_only_gemini_knows_go_back_to_gemini_alone),
	T(a_result_goes_back_as_its_client_wrapped_it),
	T(elements_with_several_tools_are_written_once),
	T(system_and_developer_are_the_instruction),
	T(results_are_one_content_in_the_order_of_their_calls),
	T(calls_that_nobody_answered_are_answered), T(a_response_is_an_object_and_text_stays_text),
	T(the_old_schema_field_gets_what_it_takes),
	T(a_function_about_which_nothing_is_said_has_no_schema),
	T(a_schema_of_the_answer_is_not_cleaned_as_tools_are), T(sounds_get_their_media_types),
	T(what_says_nothing_is_left_out), T(a_remote_image_is_forwarded_whole),
	T(how_closely_to_look_is_said_where_a_model_can_hear_it),
	T(what_the_api_lacks_is_named_and_strictly_refused),
	T(tiers_and_modalities_have_their_words),
	T(the_first_call_of_each_current_step_has_the_placeholder),
	T(googles_signature_comes_back_through_chat_and_siblings_stay_unsigned),
	T(reasoning_before_a_call_gives_the_call_its_signature),
	T(foreign_thoughts_vanish_and_leave_no_empty_part), T(a_budget_or_a_level_never_both),
	T(a_model_that_must_think_gets_its_least_budget),
	T(off_is_the_lowest_level_and_silence_stays_silence),
	T(thoughts_are_asked_for_when_the_client_can_show_them),
	T(searches_beside_functions_give_way_or_are_announced), T(modes_say_who_may_be_called),
	T(strict_functions_make_a_validated_request),
	T(a_required_tool_that_cannot_be_sent_is_refused),
	T(outputs_in_any_order_are_one_content_in_call_order), T(images_stay_with_their_response),
	T(results_of_any_form_make_valid_responses), T(a_result_without_its_call_makes_no_name),
	T(text_behind_a_call_makes_no_turn_between), T(a_system_text_is_the_instruction),
	T(missing_ids_are_made_alike_and_pair_by_name_and_order),
	T(too_many_or_swapped_responses_lose_and_double_nothing),
	T(thoughts_are_no_content_elsewhere), T(any_of_several_names_is_a_choice_of_allowed_tools),
	T(user_contents_merge_and_the_system_stays_apart),
	T(images_and_pdfs_pass_other_media_are_refused), T(odd_schema_types_are_made_regular),
	T(several_answers_are_asked_for_where_there_can_be_several),
	T(a_count_asks_with_the_whole_request))
