/* Servers of tools (MCP) in Responses, read: the tool, and an item of a call with what it gave. */
#include "openai_responses.h"

/* ---- The tool ------------------------------------------------------------------------------- */

/* The names of a list, or of a filter. False: it looks at more than names. */
static bool read_names(struct responses_reader *r, const struct aip_json *v, struct aip_name **into)
{
	const struct aip_json *list =
		v->kind == AIP_JSON_ARRAY ? v : aip_json_some(v, "tool_names");

	AIP_JSON_EACH (name, list) {
		if (name->kind != AIP_JSON_STRING)
			continue;
		*into = aip_name_new(r->arena, name->text);
		into = &(*into)->next;
	}
	return !aip_json_some(v, "read_only");
}

/* A client that says nothing wants to be asked. What an object does not free from that is asked for, too. */
static void read_approval(struct responses_reader *r, const struct aip_json *v, struct aip_mcp *mcp)
{
	const struct aip_json *never = v ? aip_json_some(v, "never") : NULL;

	mcp->asks = !v || !aip_str_is(v->text, "never");
	if (never && !read_names(r, never, &mcp->unasked))
		mcp->unasked = NULL;
}

enum aip_status responses_read_mcp(struct responses_reader *r, const struct aip_json *v,
                                   struct aip_tool *tool)
{
	const struct aip_json *allowed = aip_json_some(v, "allowed_tools");
	struct aip_mcp *mcp = tool->mcp = AIP_NEW(r->arena, struct aip_mcp);

	enum aip_status s = responses_word(r, v, "server_label", &mcp->label);
	if (!s)
		s = responses_text(r, v, "server_url", &mcp->url);
	if (!s)
		s = responses_text(r, v, "server_description", &mcp->description);
	if (!s)
		s = responses_text(r, v, "authorization", &mcp->authorization);
	if (s)
		return s;
	if (aip_json_is(aip_json_get(v, "headers"), AIP_JSON_OBJECT))
		mcp->headers = responses_raw(v, "headers");
	mcp->limited = allowed != NULL;
	mcp->odd = allowed && !read_names(r, allowed, &mcp->allowed);
	read_approval(r, aip_json_some(v, "require_approval"), mcp);
	return AIP_OK;
}

/* ---- A call --------------------------------------------------------------------------------- */

/* The words of an error: its tool's own, or what went wrong on the way to it. */
static struct aip_str words_of(const struct aip_json *error)
{
	static const char *const keys[] = {"content", "message"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (aip_json_some(error, keys[i]))
			return aip_json_get(error, keys[i])->raw;
	return error->raw;
}

bool responses_read_mcp_call(const struct aip_json *v, struct aip_server_part *call,
                             struct aip_server_part *result)
{
	const struct aip_json *error = aip_json_some(v, "error");
	const struct aip_json *output = aip_json_some(v, "output");
	struct aip_str args = aip_json_text(v, "arguments");

	*call = (struct aip_server_part){
		.tool = AIP_SERVER_MCP,
		.id = aip_json_text(v, "id"),
		.name = aip_json_text(v, "name"),
		.label = aip_json_text(v, "server_label"),
		.input = args.len ? args : AIP_LIT("{}"),
		.dialect = AIP_RESPONSES,
	};
	*result = *call;
	call->raw = v ? v->raw : AIP_NONE;
	result->input = AIP_NONE;
	result->results = output ? output->raw : error ? words_of(error) : AIP_NONE;
	result->is_error = error ? AIP_YES : AIP_NO;
	return output || error;
}
