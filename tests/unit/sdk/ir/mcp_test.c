/* Servers of tools: what of them is offered, what opens them, what they are called and what their tools say. */
#include "arena.h"

#include <aiproxy/rules.h>

static struct aip_name *names(const char *a, const char *b)
{
	struct aip_name *first = aip_name_new(arena, aip_str(a));

	if (b)
		first->next = aip_name_new(arena, aip_str(b));
	return first;
}

static struct aip_mcp a_server(void)
{
	return (struct aip_mcp){.label = AIP_LIT("tides"), .url = AIP_LIT("https://t.example")};
}

TEST(a_server_without_limits_offers_all)
{
	struct aip_mcp mcp = a_server();
	struct aip_mcp_offer offer;

	CHECK(aip_mcp_offer(arena, &mcp, &offer));
	CHECK(!offer.limited && !offer.withholds);
	mcp.odd = true;
	CHECK(!aip_mcp_offer(arena, &mcp, &offer));
	mcp = (struct aip_mcp){.label = AIP_LIT("tides")};
	CHECK(!aip_mcp_offer(arena, &mcp, &offer));
}

TEST(a_limit_of_no_tools_offers_nothing)
{
	struct aip_mcp mcp = a_server();
	struct aip_mcp_offer offer;

	mcp.limited = true;
	CHECK(!aip_mcp_offer(arena, &mcp, &offer));
	mcp.allowed = names("look", NULL);
	CHECK(aip_mcp_offer(arena, &mcp, &offer));
	CHECK(offer.limited && !offer.withholds);
	CHECK_STR_EQ(offer.names->name, "look");
}

TEST(what_must_be_asked_for_is_not_offered)
{
	struct aip_mcp mcp = a_server();
	struct aip_mcp_offer offer;

	mcp.asks = true;
	CHECK(!aip_mcp_offer(arena, &mcp, &offer));
	mcp.unasked = names("look", "list");
	CHECK(aip_mcp_offer(arena, &mcp, &offer));
	CHECK(offer.limited && offer.withholds);
	mcp.limited = true;
	mcp.allowed = names("erase", "look");
	CHECK(aip_mcp_offer(arena, &mcp, &offer));
	CHECK_STR_EQ(offer.names->name, "look");
	CHECK_PTR_EQ(offer.names->next, NULL);
	CHECK(offer.withholds);
	mcp.allowed = names("list", "look");
	CHECK(aip_mcp_offer(arena, &mcp, &offer));
	CHECK(!offer.withholds);
	mcp.allowed = names("erase", NULL);
	CHECK(!aip_mcp_offer(arena, &mcp, &offer));
}

TEST(a_token_is_said_alone_or_in_a_header)
{
	struct aip_mcp mcp = a_server();
	bool more;

	CHECK(!aip_mcp_token(arena, &mcp, &more).len && !more);
	mcp.headers = AIP_LIT("{\"authorization\":\"bearer  abc\"}");
	CHECK_STR_EQ(aip_mcp_token(arena, &mcp, &more), "abc");
	CHECK(!more);
	mcp.headers = AIP_LIT("{\"Authorization\":\"Basic eDp5\",\"X\":\"1\"}");
	CHECK(!aip_mcp_token(arena, &mcp, &more).len && more);
	mcp.authorization = AIP_LIT("mine");
	mcp.headers = AIP_LIT("{\"Authorization\":\"Bearer abc\"}");
	CHECK_STR_EQ(aip_mcp_token(arena, &mcp, &more), "mine");
	CHECK(!more);
}

TEST(a_label_is_legal_and_finds_its_tool_again)
{
	struct aip_request *request = aip_request_new(arena);
	struct aip_mcp mcp = {.label = AIP_LIT("my docs")}, other = {.label = AIP_LIT("tides")};

	CHECK_STR_EQ(aip_mcp_label(arena, AIP_LIT("my docs")), "my_docs");
	CHECK_STR_EQ(aip_mcp_label(arena, AIP_LIT("1\xc3\xa9")), "mcp_1__");
	CHECK_STR_EQ(aip_mcp_label(arena, AIP_LIT("a-B_9")), "a-B_9");
	CHECK_STR_EQ(aip_mcp_label(arena, AIP_LIT("")), "mcp_");
	request->tools = aip_tool_new(arena, AIP_TOOL_FUNCTION);
	request->tools->next = aip_tool_new(arena, AIP_TOOL_SERVER);
	request->tools->next->mcp = &other;
	request->tools->next->next = aip_tool_new(arena, AIP_TOOL_SERVER);
	request->tools->next->next->mcp = &mcp;
	CHECK_PTR_EQ(aip_mcp_tool(arena, request, AIP_LIT("my_docs"))->mcp, &mcp);
	CHECK_PTR_EQ(aip_mcp_tool(arena, request, AIP_LIT("my docs"))->mcp, &mcp);
	CHECK_PTR_EQ(aip_mcp_tool(arena, request, AIP_LIT("none")), NULL);
	CHECK_PTR_EQ(aip_mcp_tool(arena, NULL, AIP_LIT("tides")), NULL);
}

TEST(results_are_a_text)
{
	static const char *const pairs[][2] = {
		{"\"At six.\"", "At six."},
		{"[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image\"},{\"type\":\"text\","
	         "\"text\":\"b\"}]",
	         "a\nb"},
		{"[]", ""},
		{"null", ""},
		{"{\"a\":1}", "{\"a\":1}"},
		{"", ""},
		{"broken", ""},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		CHECK_STR_EQ(aip_mcp_text(arena, aip_str(pairs[i][0])), pairs[i][1]);
}

TEST(a_choice_among_some_leaves_those_it_names)
{
	struct aip_mcp mcp = a_server();
	struct aip_tool function = {.kind = AIP_TOOL_FUNCTION, .name = AIP_LIT("f")};
	struct aip_tool search = {
		.kind = AIP_TOOL_SERVER, .type = AIP_LIT("web_search"), .dialect = AIP_RESPONSES};
	struct aip_tool server = {.kind = AIP_TOOL_SERVER, .mcp = &mcp, .dialect = AIP_RESPONSES};
	struct aip_tool chats = {.kind = AIP_TOOL_SERVER, .dialect = AIP_CHAT};
	struct aip_tool_choice choice = {.mode = AIP_CHOICE_ALLOWED};

	CHECK(aip_choice_allows(&choice, &function) && aip_choice_allows(&choice, &server));
	choice.names = names("f", NULL);
	CHECK(aip_choice_allows(&choice, &function) && aip_choice_allows(&choice, &chats));
	CHECK(!aip_choice_allows(&choice, &search) && !aip_choice_allows(&choice, &server));
	choice.names = NULL;
	choice.servers = names("tides", "web_search");
	CHECK(aip_choice_allows(&choice, &search) && aip_choice_allows(&choice, &server));
	CHECK(!aip_choice_allows(&choice, &function));
	choice.mode = AIP_CHOICE_AUTO;
	CHECK(aip_choice_allows(&choice, &function));
}

TEST(a_vendors_tool_counts_once_and_each_server_by_itself)
{
	struct aip_mcp mcp = a_server();
	struct aip_tool last = {.kind = AIP_TOOL_SERVER, .server = AIP_SERVER_MCP, .mcp = &mcp};
	struct aip_tool server = {
		.kind = AIP_TOOL_SERVER, .server = AIP_SERVER_MCP, .mcp = &mcp, .next = &last};
	struct aip_tool again = {
		.kind = AIP_TOOL_SERVER, .server = AIP_SERVER_WEB_SEARCH, .next = &server};
	struct aip_tool first = {
		.kind = AIP_TOOL_SERVER, .server = AIP_SERVER_WEB_SEARCH, .next = &again};

	CHECK(!aip_tool_is_repeated(&first, &first));
	CHECK(aip_tool_is_repeated(&first, &again));
	CHECK(!aip_tool_is_repeated(&first, &server));
	CHECK(!aip_tool_is_repeated(&first, &last));
}

RUN_IN_ARENA(CASE(a_vendors_tool_counts_once_and_each_server_by_itself),
             CASE(a_server_without_limits_offers_all), CASE(a_limit_of_no_tools_offers_nothing),
             CASE(what_must_be_asked_for_is_not_offered),
             CASE(a_token_is_said_alone_or_in_a_header),
             CASE(a_label_is_legal_and_finds_its_tool_again), CASE(results_are_a_text),
             CASE(a_choice_among_some_leaves_those_it_names))
