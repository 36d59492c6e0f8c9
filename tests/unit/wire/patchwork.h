/* Random requests as clients write them: sewn together from pieces that each dialect knows, many of which
 * other dialects lack. In the pieces ' stands for ". */
#ifndef TESTS_UNIT_WIRE_PATCHWORK_H
#define TESTS_UNIT_WIRE_PATCHWORK_H

#include "random.h"

/* Lists end with NULL. `turns` are sewn in their order, some left out: each is a message, or several
 * that belong together. */
struct patches {
	const char *front, *turns_open, *turns_close, *tools_open, *tools_close;
	const char *const *turns, *const *tools, *const *members;
};

#define PNG "iVBORw0KGgo="
#define PDF "JVBERi0xLjQK"
#define WAV "UklGRiQAAABXQVZF"

static const char *const chat_turns[] = {
	"{'role':'system','content':'Be \\u0000 \\ud83d brief.','name':'boss'}",
	"{'role':'developer','content':[{'type':'text','text':'So.'},{'type':'text','text':'And "
	"so.'}]}",
	("{'role':'user','name':'ann','content':[{'type':'text','text':'look'},{'type':'image_url',"
         "'image_url':{'url':'data:image/png;base64," PNG "','detail':'low'}}]}"),
	("{'role':'user','content':[{'type':'image_url','image_url':{'url':'https://a.example/"
         "x.png'}}]}"),
	("{'role':'user','content':[{'type':'file','file':{'filename':'a.pdf','file_data':"
         "'data:application/pdf;base64," PDF "'}}]}"),
	("{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'" WAV
         "','format':'wav'}}]}"),
	"{'role':'assistant','content':[{'type':'text','text':'one'},{'type':'refusal','refusal':'"
	"no'}]}",
	"{'role':'assistant','content':null,'refusal':'I will not.'}",
	"{'role':'assistant','content':'','reasoning_content':'hm','audio':null}",
	("{'role':'assistant','content':'see','annotations':[{'type':'url_citation','url_citation':"
         "{"
         "'url':'https://a.example','title':'A','start_index':0,'end_index':3}}]}"),
	"{'role':'user','content':'go on'}",
	("{'role':'assistant','content':null,'reasoning_content':'so','tool_calls':[{'id':'c1','"
         "type':"
         "'function','function':{'name':'look_up','arguments':'{\\'n\\':9007199254740993,\\'n\\':1}"
         "'},"
         "'extra_content':{'google':{'thought_signature':'AAEC'}}},{'id':'c2','type':'function',"
         "'function':{'name':'look_up','arguments':''}}]},{'role':'tool','tool_call_id':'c2','"
         "content':"
         "[{'type':'text','text':'two'}]},{'role':'tool','tool_call_id':'c1','content':'{\\'a\\':1}"
         "'}"),
	("{'role':'assistant','tool_calls':[{'id':'c3','type':'custom','custom':{'name':'run','"
         "input':"
         "'x = \\'1\\''}}]},{'role':'tool','tool_call_id':'c3','content':''}"),
	"{'role':'user','content':[{'type':'text','text':'and?','prompt_cache_breakpoint':{'mode':'"
	"explicit'}}]}",
	NULL,
};
static const char *const chat_tools[] = {
	"{'type':'function','function':{'name':'look_up','parameters':{'type':'object','properties'"
	":{}}}}",
	"{'type':'function','function':{'name':'bare'}}",
	("{'type':'function','function':{'name':'strict','strict':true,'parameters':{'type':'"
         "object',"
         "'properties':{'a':{'type':['string','null']}},'required':['a'],'additionalProperties':"
         "false}}}"),
	"{'type':'custom','custom':{'name':'run','description':'Runs it.'}}",
	("{'type':'custom','custom':{'name':'sql','format':{'type':'grammar','grammar':{'syntax':'"
         "lark',"
         "'definition':'start: \\'a\\''}}}}"),
	NULL,
};
static const char *const chat_members[] = {
	"'seed':9223372036854775807",
	"'n':2",
	"'logprobs':true,'top_logprobs':3",
	"'logit_bias':{'50256':-100}",
	"'frequency_penalty':-0.0,'presence_penalty':1.50",
	"'stop':['a','b','\\u2028',' ','e']",
	"'user':'u','safety_identifier':'"
	"0123456789012345678901234567890123456789012345678901234567890123456'",
	"'metadata':{'a':'b','<':'&'}",
	"'service_tier':'flex'",
	"'store':true",
	"'web_search_options':{'search_context_size':'low'}",
	"'prediction':{'type':'content','content':'x'}",
	"'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':{'type':'"
	"object'}}}",
	"'modalities':['text','audio'],'audio':{'voice':'alloy','format':'wav'}",
	"'verbosity':'low'",
	"'max_completion_tokens':777",
	"'prompt_cache_key':'k','prompt_cache_retention':'24h'",
	"'x_unheard_of':{'a':[1e400]}",
	"'reasoning_effort':'minimal'",
	"'stream':true,'stream_options':{'include_usage':true}",
	NULL,
};

static const char *const responses_turns[] = {
	"{'role':'developer','content':'Be brief.'}",
	("{'type':'message','role':'user','content':[{'type':'input_text','text':'look'},{'type':"
         "'input_image','image_url':'data:image/png;base64," PNG "','detail':'original'}]}"),
	"{'role':'user','content':[{'type':'input_image','image_url':'https://a.example/x.png'}]}",
	"{'role':'user','content':[{'type':'input_image','file_id':'file_1'}]}",
	("{'role':'user','content':[{'type':'input_file','filename':'a.pdf','file_data':"
         "'data:application/pdf;base64," PDF "'}]}"),
	"{'role':'user','content':[{'type':'input_file','file_url':'https://a.example/x.pdf'}]}",
	("{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'hm'},{'type':"
         "'summary_text','text':'so'}],'encrypted_content':'gAAAAAx'},{'type':'message','id':'msg_"
         "1',"
         "'role':'assistant','status':'completed','content':[{'type':'output_text','text':'one',"
         "'annotations':[{'type':'url_citation','url':'https://"
         "a.example','title':'A','start_index':0,"
         "'end_index':3}],'logprobs':[]},{'type':'refusal','refusal':'no'}]}"),
	("{'type':'web_search_call','id':'ws_1','status':'completed','action':{'type':'search','"
         "query':'q',"
         "'sources':[{'type':'url','url':'https://"
         "a.example'}]}},{'role':'assistant','content':'found'}"),
	("{'type':'code_interpreter_call','id':'ci_1','status':'completed','code':'1','container_"
         "id':'c',"
         "'outputs':null}"),
	"{'role':'user','content':'go on'}",
	("{'type':'image_generation_call','id':'ig_1','status':'completed','result':'" PNG "'}"),
	("{'type':'reasoning','id':'rs_2','summary':[],'encrypted_content':'gAAAAAy'},{'type':"
         "'function_call','id':'fc_1','call_id':'c1','name':'look_up','arguments':"
         "'{\\'n\\':9007199254740993}'},{'type':'function_call','call_id':'c2','name':'inner','"
         "namespace':"
         "'outer','arguments':'{}'},{'type':'function_call_output','call_id':'c2','output':[{'type'"
         ":"
         "'input_text','text':'two'},{'type':'input_image','image_url':'data:image/png;base64," PNG
         "'}]},{'type':'function_call_output','call_id':'c1','output':'{\\'a\\':1}'}"),
	("{'type':'custom_tool_call','call_id':'c3','name':'run','input':'x = \\'1\\''},{'type':"
         "'custom_tool_call_output','call_id':'c3','output':''}"),
	"{'role':'user','content':'and?'}",
	NULL,
};
static const char *const responses_tools[] = {
	"{'type':'function','name':'look_up','parameters':{'type':'object','properties':{}},'"
	"strict':null}",
	"{'type':'function','name':'bare'}",
	("{'type':'function','name':'strict','strict':true,'parameters':{'type':'object','"
         "properties':{'a':"
         "{'type':['string','null']}},'required':['a'],'additionalProperties':false}}"),
	"{'type':'custom','name':'run','description':'Runs it.'}",
	"{'type':'custom','name':'sql','format':{'type':'grammar','syntax':'regex','definition':'["
	"a-z]+'}}",
	("{'type':'namespace','name':'outer','description':'o','tools':[{'type':'function','name':'"
         "inner',"
         "'parameters':{'type':'object','properties':{}}}]}"),
	("{'type':'web_search','filters':{'allowed_domains':['a.example']},'search_context_size':'"
         "low',"
         "'user_location':{'type':'approximate','city':'Oslo'}}"),
	"{'type':'code_interpreter','container':{'type':'auto'}}",
	"{'type':'image_generation','size':'1024x1024'}",
	"{'type':'file_search','vector_store_ids':['vs_1']}",
	"{'type':'local_shell'}",
	NULL,
};
static const char *const responses_members[] = {
	"'instructions':'Be \\u0000 \\ud83d brief.'",
	"'top_logprobs':3,'include':['message.output_text.logprobs']",
	"'user':'u','safety_identifier':'s'",
	"'metadata':{'a':'b','<':'&'}",
	"'service_tier':'priority'",
	"'store':false",
	"'truncation':'auto'",
	"'max_tool_calls':3",
	"'max_output_tokens':777",
	"'text':{'format':{'type':'json_schema','name':'a','schema':{'type':'object'}},'verbosity':"
	"'high'}",
	"'text':{'format':{'type':'json_object'}}",
	"'reasoning':{'effort':'xhigh','summary':'detailed'}",
	"'prompt_cache_key':'k'",
	"'temperature':0.10,'top_p':1.0",
	"'parallel_tool_calls':false",
	"'x_unheard_of':{'a':[1e400]}",
	"'stream':true",
	NULL,
};

static const char *const claude_turns[] = {
	("{'role':'user','content':[{'type':'text','text':'look "
         "\\ud83d','cache_control':{'type':'ephemeral'}"
         "},{'type':'image','source':{'type':'base64','media_type':'image/png','data':'" PNG
         "'}},{'type':'image','source':{'type':'url','url':'https://a.example/x.png'}}]}"),
	("{'role':'user','content':[{'type':'document','source':{'type':'base64','media_type':"
         "'application/pdf','data':'" PDF "'},'title':'T','citations':{'enabled':true}}]}"),
	("{'role':'user','content':[{'type':'document','source':{'type':'text','media_type':'text/"
         "plain',"
         "'data':'plain\\u0000words'},'title':'T "
         "\\u0000','context':'c'},{'type':'document','source':{"
         "'type':'content','content':[{'type':'text','text':'in'},{'type':'text','text':'side'}]}}]"
         "}"),
	"{'role':'user','content':[{'type':'document','source':{'type':'url','url':'https://"
	"a.example/x.pdf'}}]}",
	("{'role':'user','content':[{'type':'search_result','source':'https://"
         "a.example','title':'A',"
         "'content':[{'type':'text','text':'found'}],'citations':{'enabled':true}}]}"),
	("{'role':'assistant','content':[{'type':'thinking','thinking':'hm','signature':'c2ln'},{'"
         "type':"
         "'redacted_thinking','data':'cmVk'},{'type':'text','text':'one','citations':[{'type':"
         "'char_location','cited_text':'t','document_index':0,'document_title':null,'start_char_"
         "index':0,"
         "'end_char_index':1}]}]}"),
	("{'role':'assistant','content':[{'type':'server_tool_use','id':'srvtoolu_1','name':'web_"
         "search',"
         "'input':{'query':'q'}},{'type':'web_search_tool_result','tool_use_id':'srvtoolu_1','"
         "content':[{"
         "'type':'web_search_result','url':'https://a.example','title':'A','encrypted_content':'x',"
         "'page_age':null}]},{'type':'text','text':'found','citations':[{'type':"
         "'web_search_result_location','url':'https://a.example','title':'A','cited_text':'t',"
         "'encrypted_index':'x'}]}]}"),
	"{'role':'user','content':'go on'}",
	("{'role':'assistant','content':[{'type':'thinking','thinking':'','signature':'c2ln'},{'"
         "type':"
         "'tool_use','id':'toolu_1','name':'look_up','input':{'n':9007199254740993,'n':1}},{'type':"
         "'tool_use','id':'toolu_2','name':'look_up','input':{}}]},{'role':'user','content':[{'"
         "type':"
         "'tool_result','tool_use_id':'toolu_2','is_error':true,'content':[{'type':'text','text':'"
         "two'},"
         "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'" PNG
         "'}}]},{'type':'tool_result','tool_use_id':'toolu_1'},{'type':'text','text':'besides'}]}"),
	("{'role':'assistant','content':[{'type':'tool_use','id':'toolu_3','name':'look_up','input'"
         ":{}}]},{"
         "'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_3','content':'x'}]}"),
	("{'role':'assistant','content':[{'type':'text','text':'then'},{'type':'tool_use','id':'"
         "toolu_4',"
         "'name':'look_up','input':{'a':' '}}]},{'role':'user','content':[{'type':'tool_result',"
         "'tool_use_id':'toolu_4','content':'y'}]}"),
	"{'role':'user','content':'and?'}",
	NULL,
};
static const char *const claude_tools[] = {
	"{'name':'look_up','input_schema':{'type':'object','properties':{}}}",
	("{'name':'strict','strict':true,'input_schema':{'type':'object','properties':{'a':{'type':"
         "'string'}},"
         "'required':['a'],'additionalProperties':false},'cache_control':{'type':'ephemeral'}}"),
	("{'type':'web_search_20250305','name':'web_search','max_uses':3,'allowed_domains':['a."
         "example'],"
         "'user_location':{'type':'approximate','city':'Oslo'}}"),
	"{'type':'web_fetch_20250910','name':'web_fetch','max_uses':1}",
	"{'type':'code_execution_20250825','name':'code_execution'}",
	"{'type':'bash_20250124','name':'bash'}",
	NULL,
};
static const char *const claude_members[] = {
	"'system':[{'type':'text','text':'Be \\u0000 "
	"brief.','cache_control':{'type':'ephemeral'}}]",
	"'system':'Be brief.'",
	"'metadata':{'user_id':'u'}",
	"'service_tier':'standard_only'",
	"'stop_sequences':['a',' ','b']",
	"'temperature':0.10",
	"'top_k':40",
	"'thinking':{'type':'enabled','budget_tokens':2000}",
	"'thinking':{'type':'disabled'}",
	"'output_config':{'format':{'type':'json_schema','schema':{'type':'object','properties':{'"
	"a':{'type':"
	"'string'}},'required':['a'],'additionalProperties':false}}}",
	"'stream':true",
	NULL,
};

static const char *const gemini_turns[] = {
	("{'role':'user','parts':[{'text':'look "
         "\\ud83d'},{'inlineData':{'mimeType':'image/png','data':'" PNG "'}}]}"),
	"{'role':'user','parts':[{'inline_data':{'mime_type':'application/pdf','data':'" PDF
	"'}}]}",
	"{'role':'user','parts':[{'inlineData':{'mimeType':'audio/wav','data':'" WAV "'}}]}",
	("{'role':'user','parts':[{'fileData':{'mimeType':'image/png','fileUri':'https://"
         "generativelanguage."
         "googleapis.com/v1beta/files/a'}}]}"),
	("{'role':'model','parts':[{'text':'hm','thought':true},{'text':'one','thoughtSignature':'"
         "AAEC'}]}"),
	("{'role':'model','parts':[{'executableCode':{'language':'PYTHON','code':'1'}},{"
         "'codeExecutionResult':{'outcome':'OUTCOME_OK','output':'1'}},{'text':'done'}]}"),
	"{'role':'user','parts':[{'text':'go on'}]}",
	("{'role':'model','parts':[{'functionCall':{'name':'look_up','args':{'n':9007199254740993,'"
         "n':1}},"
         "'thoughtSignature':'AAEC'},{'functionCall':{'name':'look_up','args':{}}}]},{'role':'user'"
         ",'parts':"
         "[{'functionResponse':{'name':'look_up','response':{'result':'one'}}},{'functionResponse':"
         "{'name':"
         "'look_up','response':{'error':'two'}}}]}"),
	("{'role':'model','parts':[{'functionCall':{'id':'c9','name':'look_up'}}]},{'role':'"
         "function','parts':"
         "[{'functionResponse':{'id':'c9','name':'look_up','response':{'a':[1e400],'<':'\\u0000'}}}"
         "]}"),
	"{'parts':[{'text':'and?'}]}",
	NULL,
};
static const char *const gemini_tools[] = {
	"{'functionDeclarations':[{'name':'look_up','parameters':{'type':'OBJECT','properties':{'a'"
	":{'type':"
	"'STRING','nullable':true}}}}]}",
	"{'function_declarations':[{'name':'other','parametersJsonSchema':{'type':'object','"
	"properties':{}}},"
	"{'name':'bare'}]}",
	"{'googleSearch':{}}",
	"{'codeExecution':{}}",
	"{'urlContext':{}}",
	NULL,
};
static const char *const gemini_members[] = {
	"'systemInstruction':{'parts':[{'text':'Be \\u0000 brief.'},{'text':'So.'}]}",
	"'system_instruction':'Be brief.'",
	"'safetySettings':[{'category':'HARM_CATEGORY_HARASSMENT','threshold':'BLOCK_NONE'}]",
	("'generationConfig':{'temperature':0.10,'topP':1.0,'topK':40,'seed':7,'stopSequences':['a'"
         ",'b','c','d',"
         "'e'],'maxOutputTokens':777,'responseLogprobs':true,'logprobs':3}"),
	("'generation_config':{'candidate_count':1,'response_mime_type':'application/json',"
         "'thinking_config':{'thinking_budget':-1,'include_thoughts':true}}"),
	("'generationConfig':{'responseMimeType':'text/"
         "x.enum','responseSchema':{'type':'STRING','enum':['a',"
         "'b']},'presencePenalty':0.5,'frequencyPenalty':-0.5}"),
	"'toolConfig':{'functionCallingConfig':{'mode':'ANY'}}",
	"'serviceTier':'flex'",
	"'x_unheard_of':{'a':[1e400]}",
	NULL,
};

static inline const struct patches *patches_of(enum aip_dialect client)
{
	static const struct patches rows[AIP_DIALECT_COUNT] = {
		[AIP_CHAT] = {"'model':'m1'", ",'messages':[", "]", ",'tools':[", "]", chat_turns,
	                      chat_tools, chat_members},
		[AIP_RESPONSES] = {"'model':'m1'", ",'input':[", "]", ",'tools':[", "]",
	                           responses_turns, responses_tools, responses_members},
		[AIP_CLAUDE] = {"'model':'m1','max_tokens':4000", ",'messages':[", "]",
	                        ",'tools':[", "]", claude_turns, claude_tools, claude_members},
		[AIP_GEMINI] = {"", "'contents':[", "]", ",'tools':[", "]", gemini_turns,
	                        gemini_tools, gemini_members},
	};

	return &rows[client];
}

/* Those of a list that the dice choose, in their order, with commas between; the first of them always
 * when `least` asks for one. */
static inline struct aip_str patches_picked(struct dice *dice, const char *const *list,
                                            uint32_t times, bool least)
{
	struct aip_str all = AIP_LIT("");

	for (; *list; list++) {
		if (!seldom(dice, times) && !(least && !list[1]))
			continue;
		all = AIP_JOIN(dice->arena, all, all.len ? AIP_LIT(",") : AIP_LIT(""),
		               aip_str(*list));
	}
	return all;
}

/* ' becomes ", and what a piece has as \' becomes the \" of a text within. */
static inline struct aip_str patches_quoted(struct dice *dice, struct aip_str text)
{
	char *at = aip_arena_bytes(dice->arena, text.len);

	for (size_t i = 0; i < text.len; i++)
		at[i] = text.at[i] == '\'' ? '"' : text.at[i];
	return aip_strn(at, text.len);
}

/* A client's request. Names may come twice: of tools by chance, of members as some clients write. */
static inline struct aip_str random_patchwork(struct dice *dice, enum aip_dialect client)
{
	const struct patches *rows = patches_of(client);
	const struct aip_str turns = patches_picked(dice, rows->turns, 2, true);
	const struct aip_str tools = patches_picked(dice, rows->tools, 2, false);
	const struct aip_str members = patches_picked(dice, rows->members, 5, false);
	struct aip_str all = AIP_JOIN(dice->arena, AIP_LIT("{"), aip_str(rows->front),
	                              aip_str(rows->turns_open), turns, aip_str(rows->turns_close));

	if (tools.len)
		all = AIP_JOIN(dice->arena, all, aip_str(rows->tools_open), tools,
		               aip_str(rows->tools_close));
	if (members.len)
		all = AIP_JOIN(dice->arena, all, AIP_LIT(","), members);
	return patches_quoted(dice, AIP_JOIN(dice->arena, all, AIP_LIT("}")));
}

#endif
