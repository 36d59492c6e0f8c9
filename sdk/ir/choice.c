/* Which tools of a request's list count: once each, and those that a choice among some leaves. */
#include <aiproxy/rules.h>

bool aip_name_among(const struct aip_name *names, struct aip_str name)
{
	for (; names; names = names->next)
		if (aip_str_eq(names->name, name))
			return true;
	return false;
}

/* Only Responses can name a vendor's tools in such a choice: by type, or by the label of their server. */
static bool allows_server(const struct aip_tool_choice *choice, const struct aip_tool *tool)
{
	return tool->dialect != AIP_RESPONSES ||
	       aip_name_among(choice->servers, tool->mcp ? tool->mcp->label : tool->type);
}

bool aip_choice_allows(const struct aip_tool_choice *choice, const struct aip_tool *tool)
{
	const bool some =
		(choice->mode == AIP_CHOICE_ALLOWED || choice->mode == AIP_CHOICE_VALIDATED) &&
		(choice->names || choice->servers);

	if (!some)
		return true;
	return tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM
	               ? aip_name_among(choice->names, tool->name)
	               : allows_server(choice, tool);
}

bool aip_tool_is_repeated(const struct aip_tool *tools, const struct aip_tool *tool)
{
	for (; tools && tools != tool; tools = tools->next)
		if (tools->kind == AIP_TOOL_SERVER && tools->server == tool->server)
			return tool->kind == AIP_TOOL_SERVER && !tool->mcp;
	return false;
}

bool aip_caps_serves(const struct aip_caps *caps, enum aip_server_tool tool)
{
	return !caps->server || aip_caps_has(caps->server, aip_server_tool_word(tool));
}
