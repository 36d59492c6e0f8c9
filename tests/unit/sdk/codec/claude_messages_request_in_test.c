/* Requests of the Anthropic Messages dialect, read: what is wrong is named, what is odd is mended.
 */
#include "claude_messages.h"

#define BLOCK(block)   "'messages':[{'role':'user','content':[" block "]}]"
#define SAID(block)    "'messages':[" USER ",{'role':'assistant','content':[" block "]}," USER "]"
#define SOURCE(source) BLOCK("{'type':'document','source':" source "}")

/* Members of a request that is well but for them, and the path that the refusal names. */
static void refuses(const char *members, const char *path)
{
	struct aip_str body = aip_arena_printf(arena, "{'model':'m','max_tokens':9,%s}", members);

	refused(AIP_CLAUDE, quoted(body.at), path);
}

TEST(what_is_wrong_is_named_by_its_path)
{
	static const struct {
		const char *members, *path;
	} table[] = {
		{"'model':7," HI, "model"},
		{"'model':''," HI, "model"},
		{"'max_tokens':-1," HI, "max_tokens"},
		{"'max_tokens':1.5," HI, "max_tokens"},
		{"'max_tokens':1e400," HI, "max_tokens"},
		{"'max_tokens':'9'," HI, "max_tokens"},
		{"'max_tokens':99999999999999999999," HI, "max_tokens"},
		{"'a':1", "messages"},
		{"'messages':{}", "messages"},
		{"'messages':[]", "messages"},
		{"'messages':['hi']", "messages[0]"},
		{"'messages':[{'content':'x'}]", "messages[0].role"},
		{"'messages':[{'role':'tool','content':'x'}]", "messages[0].role"},
		{"'messages':[{'role':'user'}]", "messages[0].content"},
		{"'messages':[{'role':'user','content':7}]", "messages[0].content"},
		{BLOCK("'hi'"), "messages[0].content[0]"},
		{BLOCK("{'text':'hi'}"), "messages[0].content[0].type"},
		{BLOCK("{'type':'text'}"), "messages[0].content[0].text"},
		{BLOCK("{'type':'text','text':7}"), "messages[0].content[0].text"},
		{BLOCK("{'type':'text','text':'x','cache_control':'yes'}"),
	         "messages[0].content[0].cache_control"},
		{BLOCK("{'type':'image'}"), "messages[0].content[0].source"},
		{BLOCK("{'type':'image','source':{'type':'base64','data':'*'}}"),
	         "messages[0].content[0].source.data"},
		{SOURCE("{'type':'base64','data':''}"), "messages[0].content[0].source.data"},
		{SOURCE("{'type':'url'}"), "messages[0].content[0].source.url"},
		{SOURCE("{'type':'url','url':1}"), "messages[0].content[0].source.url"},
		{SOURCE("{'type':'tape'}"), "messages[0].content[0].source"},
		{SOURCE("{'type':'content','content':[{'type':'tool_use'},{'type':'thinking'},7]}"),
	         "messages[0].content[0].source.content[2]"},
		{BLOCK("{'type':'document','title':7,'source':{'type':'text','data':'x'}}"),
	         "messages[0].content[0].title"},
		{BLOCK("{'type':'document','citations':{'enabled':1},'source':{'type':'text','data'"
	               ":"
	               "'x'}}"),
	         "messages[0].content[0].citations.enabled"},
		{BLOCK("{'type':'tool_result','content':'x'}"),
	         "messages[0].content[0].tool_use_id"},
		{BLOCK("{'type':'tool_result','tool_use_id':'a','is_error':'no'}"),
	         "messages[0].content[0].is_error"},
		{SAID("{'type':'tool_use','id':'a','name':'f','input':'x'}"),
	         "messages[1].content[0].input"},
		{SAID("{'type':'tool_use','name':'f','input':{}}"), "messages[1].content[0].id"},
		{SAID("{'type':'tool_use','id':'a','input':{}}"), "messages[1].content[0].name"},
		{SAID("{'type':'thinking','thinking':7}"), "messages[1].content[0].thinking"},
		{SAID("{'type':'redacted_thinking'}"), "messages[1].content[0].data"},
		{SAID("{'type':'image','source':{'type':'url','url':'https://e.x/a'}}"),
	         "messages[1].content[0].type"},
		{SAID("{'type':'tool_result','tool_use_id':'a'}"), "messages[1].content[0].type"},
		{"'system':7," HI, "system"},
		{"'system':[{'type':'image','source':{'type':'url','url':'https://e.x/a'}}]," HI,
	         "system[0].type"},
		{"'stream':'yes'," HI, "stream"},
		{"'temperature':'warm'," HI, "temperature"},
		{"'temperature':1e999," HI, "temperature"},
		{"'temperature':-1," HI, "temperature"},
		{"'top_p':[]," HI, "top_p"},
		{"'top_k':1.5," HI, "top_k"},
		{"'stop_sequences':'x'," HI, "stop_sequences"},
		{"'stop_sequences':['a',1]," HI, "stop_sequences[1]"},
		{"'tools':{}," HI, "tools"},
		{"'tools':[7]," HI, "tools[0]"},
		{"'tools':[{'input_schema':{}}]," HI, "tools[0].name"},
		{"'tools':[{'name':'f','input_schema':[]}]," HI, "tools[0].input_schema"},
		{"'tools':[{'name':'f','description':7}]," HI, "tools[0].description"},
		{"'tools':[{'name':'f','strict':'yes'}]," HI, "tools[0].strict"},
		{"'tools':[{'name':'f','type':7}]," HI, "tools[0].type"},
		{"'tools':[{'type':'web_search_20250305','name':'web_search','max_uses':'x'}]," HI,
	         "tools[0].max_uses"},
		{"'tools':[{'type':'bash_20250124'}]," HI, "tools[0].name"},
		{"'tool_choice':'auto'," HI, "tool_choice"},
		{"'tool_choice':{}," HI, "tool_choice.type"},
		{"'tool_choice':{'type':'x'}," HI, "tool_choice.type"},
		{"'tool_choice':{'type':'tool'}," HI, "tool_choice.name"},
		{"'tool_choice':{'type':'auto','disable_parallel_tool_use':1}," HI,
	         "tool_choice.disable_parallel_tool_use"},
		{"'thinking':true," HI, "thinking"},
		{"'thinking':{}," HI, "thinking.type"},
		{"'thinking':{'type':'enabled'}," HI, "thinking.budget_tokens"},
		{"'thinking':{'type':'enabled','budget_tokens':'many'}," HI,
	         "thinking.budget_tokens"},
		{"'thinking':{'type':'enabled','budget_tokens':1e300}," HI,
	         "thinking.budget_tokens"},
		{"'thinking':{'type':'adaptive','display':1}," HI, "thinking.display"},
		{"'output_config':[]," HI, "output_config"},
		{"'output_config':{'effort':7}," HI, "output_config.effort"},
		{"'output_config':{'format':{'type':'json_schema'}}," HI,
	         "output_config.format.schema"},
		{"'output_format':{'type':'xml'}," HI, "output_format"},
		{"'metadata':'me'," HI, "metadata"},
		{"'metadata':{'user_id':7}," HI, "metadata.user_id"},
		{"'service_tier':1," HI, "service_tier"},
		{"'speed':1," HI, "speed"},
		{"'cache_control':'yes'," HI, "cache_control"},
		{"'betas':7," HI, "betas"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		refuses(table[i].members, table[i].path);
}

TEST(what_is_missing_is_named_too)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(read_as(AIP_CLAUDE, quoted("{'max_tokens':1," HI "}"), &request),
	             AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(error.message), "model: field required");
	CHECK_INT_EQ(read_as(AIP_CLAUDE, quoted("{'model':'m'," HI "}"), &request),
	             AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(error.message), "max_tokens: field required");
	CHECK_INT_EQ(read_as(AIP_CLAUDE, quoted("[]"), &request), AIP_BAD_REQUEST);
	CHECK_INT_EQ(read_as(AIP_CLAUDE, quoted(""), &request), AIP_BAD_REQUEST);
}

TEST(what_is_unknown_is_no_fault)
{
	struct aip_str sent =
		OWN("'novel':{'a': 1.50},'thinking':{'type':'dreaming'},'output_config':{'effort':"
	            "'utmost','pace':2},'tools':[{'type':'novel_20300101','name':'n','x':1}],"
	            "'messages':[{'role':'user','content':[{'type':'novel','y':1},{'type':'text',"
	            "'text':'hi','z':1}]}]");

	CHECK(has(sent, "'novel':{'a': 1.50}") && has(sent, "'thinking':{'type':'dreaming'}"));
	CHECK(has(sent, "'output_config':{'pace':2,'effort':'utmost'}"));
	CHECK(has(sent, "{'type':'novel_20300101','name':'n','x':1}"));
	CHECK(has(sent, "{'type':'novel','y':1},{'type':'text','text':'hi','z':1}"));
	CHECK(!ctx.dropped);
}

TEST(a_request_for_counting_needs_no_limit)
{
	const struct aip_wire_in in = {
		.body = quoted("{'model':'m','temperature':1,'system':'s','tools':[{'name':'f'}],"
	                       "'thinking':{'type':'enabled','budget_tokens':2000}," HI "}")};
	struct aip_request *request = NULL;

	CHECK_INT_EQ(codec->read_count(&ctx, &in, &request, &error), AIP_OK);
	CHECK_INT_EQ(codec->write_count(&ctx, request, &out, &error), AIP_OK);
	CHECK_BYTES_EQ(aip_buf_str(&out),
	               quoted("{'model':'m1','system':[{'type':'text','text':'s'}],'messages':[{"
	                      "'role':'user','content':[{'type':'text','text':'hi'}]}],'tools':[{"
	                      "'name':'f','input_schema':{'type':'object','properties':{}}}],"
	                      "'thinking':{'type':'enabled','budget_tokens':2000}}"));
}

TEST(null_members_are_not_there)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(
		read_as(AIP_CLAUDE,
	                quoted("{'model':'m','max_tokens':1,'system':null,'tools':null,"
	                       "'temperature':null,'thinking':null,'stop_sequences':null," HI "}"),
	                &request),
		AIP_OK);
	CHECK(!request->sampling.temperature.at && !request->tools && !request->system);
}

TEST(thinking_and_calls_in_a_users_message_are_ignored)
{
	struct aip_str sent = OWN("'messages':[{'role':'user','content':[{'type':"
	                          "'thinking','thinking':'x','signature':'s'},{'type':"
	                          "'tool_use','id':'a','name':'f','input':{}},"
	                          "{'type':'text','text':'hi'}]}]");

	CHECK(!has(sent, "thinking") && !has(sent, "tool_use") && has(sent, "'hi'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(what_is_wrong_is_named_by_its_path),
		HERE(what_is_missing_is_named_too),
		HERE(what_is_unknown_is_no_fault),
		HERE(a_request_for_counting_needs_no_limit),
		HERE(null_members_are_not_there),
		HERE(thinking_and_calls_in_a_users_message_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
