/* Anthropic Messages requests, read: servers of tools (MCP), and which of their tools are on. */
#include "claude_messages.h"

/* Each is looked for among the configured ones. */
#define LISTED_MAX 4096

/* ---- The tools of a server ------------------------------------------------------------------ */

/* Behind the last one, whose link is *tail. */
static void allow(struct claude_reader *r, struct aip_name ***tail, struct aip_str name)
{
	**tail = aip_name_new(r->arena, name);
	*tail = &(**tail)->next;
}

static bool is_on(const struct aip_json *config, bool otherwise)
{
	const struct aip_json *enabled = aip_json_some(config, "enabled");

	return enabled ? enabled->kind == AIP_JSON_TRUE : otherwise;
}

/* All but some cannot be told in another dialect. */
static void read_configs(struct claude_reader *r, const struct aip_json *configs, bool by_default,
                         struct aip_mcp *mcp)
{
	struct aip_name **tail = &mcp->allowed;

	AIP_JSON_EACH (config, configs) {
		const bool on = is_on(config, by_default);
		if (!by_default && on)
			allow(r, &tail, config->key);
		mcp->odd |= by_default && !on;
	}
}

/* A listing that the client fixed: what is not in it is not offered. */
static void read_listing(struct claude_reader *r, const struct aip_json *v, bool by_default,
                         struct aip_mcp *mcp)
{
	const struct aip_json *configs = aip_json_some(v, "configs");
	struct aip_name **tail = &mcp->allowed;

	AIP_JSON_EACH (tool, aip_json_some(v, "tools")) {
		struct aip_str name = aip_json_text(tool, "name");
		const struct aip_json *config = NULL;
		AIP_JSON_EACH (one, configs)
			config = aip_str_eq(one->key, name) ? one : config;
		if (name.len && is_on(config, by_default))
			allow(r, &tail, name);
	}
}

enum aip_status claude_read_toolset(struct claude_reader *r, const struct aip_json *v,
                                    struct aip_tool *tool)
{
	const bool by_default = is_on(aip_json_some(v, "default_config"), true);
	const struct aip_json *listing = aip_json_some(v, "tools");
	struct aip_mcp *mcp = tool->mcp = AIP_NEW(r->arena, struct aip_mcp);

	if (listing && listing->count > LISTED_MAX)
		return claude_wrong(r, listing, "must list at most 4096 tools");
	tool->kind = AIP_TOOL_SERVER;
	tool->server = AIP_SERVER_MCP;
	mcp->limited = !by_default || listing;
	if (listing)
		read_listing(r, v, by_default, mcp);
	else
		read_configs(r, aip_json_some(v, "configs"), by_default, mcp);
	return claude_read_word(r, v, "mcp_server_name", &mcp->label);
}

/* ---- Servers -------------------------------------------------------------------------------- */

/* The tool of a server; without one its tools are said with the server, as was done before there were such
 * tools. */
static struct aip_tool *tool_of(struct claude_reader *r, struct aip_str label)
{
	struct aip_tool **at = &r->request->tools;

	while (*at && !((*at)->mcp && aip_str_eq((*at)->mcp->label, label)))
		at = &(*at)->next;
	if (!*at) {
		*at = aip_tool_new(r->arena, AIP_TOOL_SERVER);
		(*at)->server = AIP_SERVER_MCP;
		(*at)->dialect = AIP_CLAUDE;
		(*at)->mcp = AIP_NEW(r->arena, struct aip_mcp);
		(*at)->mcp->label = label;
	}
	return *at;
}

static void read_configuration(struct claude_reader *r, const struct aip_json *v,
                               struct aip_mcp *mcp)
{
	const struct aip_json *allowed = aip_json_some(v, "allowed_tools");
	const bool off = !is_on(v, true);
	struct aip_name **tail = &mcp->allowed;

	mcp->limited |= off || allowed;
	while (*tail)
		tail = &(*tail)->next;
	AIP_JSON_EACH (name, off ? NULL : allowed)
		if (name->kind == AIP_JSON_STRING)
			allow(r, &tail, name->text);
}

static enum aip_status read_server(struct claude_reader *r, const struct aip_json *v)
{
	struct aip_str name = AIP_NONE, type = AIP_NONE;

	if (v->kind != AIP_JSON_OBJECT)
		return claude_wrong(r, v, "must be an object");
	enum aip_status s = claude_read_word(r, v, "name", &name);
	if (!s)
		s = claude_read_text(r, v, "type", &type);
	if (s)
		return s;
	struct aip_mcp *mcp = tool_of(r, name)->mcp;
	mcp->server_raw = v->raw;
	mcp->odd |= type.len && !aip_str_is(type, "url");
	read_configuration(r, aip_json_some(v, "tool_configuration"), mcp);
	s = claude_read_text(r, v, "url", &mcp->url);
	return s ? s : claude_read_text(r, v, "authorization_token", &mcp->authorization);
}

enum aip_status claude_read_mcp_servers(struct claude_reader *r, const struct aip_json *v)
{
	if (v->kind != AIP_JSON_ARRAY)
		return claude_wrong(r, v, "must be an array");
	AIP_JSON_EACH (server, v) {
		enum aip_status s = read_server(r, server);
		if (s)
			return s;
	}
	return AIP_OK;
}
