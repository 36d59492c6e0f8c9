/* Anthropic Messages, written: servers of tools (MCP), calls of their tools and what those gave. */
#include "claude_messages.h"

/* ---- Servers and their tools ---------------------------------------------------------------- */

/* The API asks nobody before it calls a tool, and reaches a server over TLS alone. */
bool claude_offers_mcp(const struct claude_writer *w, const struct aip_tool *tool,
                       struct aip_mcp_offer *ret)
{
	return tool->mcp && aip_caps_serves(w->ctx->caps, AIP_SERVER_MCP) &&
	       aip_str_starts(tool->mcp->url, AIP_LIT("https://")) &&
	       aip_mcp_offer(w->ctx->arena, tool->mcp, ret);
}

static void put_switch(struct claude_writer *w, bool on)
{
	aip_json_open(&w->out, '{');
	aip_json_bool_kv(&w->out, "enabled", on);
	aip_json_close(&w->out, '}');
}

void claude_put_toolset(struct claude_writer *w, const struct aip_tool *tool,
                        const struct aip_mcp_offer *offer)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", AIP_LIT("mcp_toolset"));
	aip_json_str(&w->out, "mcp_server_name", tool->mcp->label);
	if (offer->limited) {
		aip_json_key(&w->out, "default_config");
		put_switch(w, false);
		aip_json_key(&w->out, "configs");
		aip_json_open(&w->out, '{');
		for (const struct aip_name *name = offer->names; name; name = name->next) {
			aip_json_key_str(&w->out, name->name);
			put_switch(w, true);
		}
		aip_json_close(&w->out, '}');
	}
	claude_put_cache(w, &tool->cache);
	aip_json_close(&w->out, '}');
	if (offer->withholds)
		claude_drop(w, "tools.require_approval");
}

static void put_server(struct claude_writer *w, const struct aip_mcp *mcp)
{
	bool more;
	struct aip_str token = aip_mcp_token(w->ctx->arena, mcp, &more);

	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", AIP_LIT("url"));
	aip_json_str(&w->out, "url", mcp->url);
	aip_json_str(&w->out, "name", mcp->label);
	aip_json_str_some(&w->out, "authorization_token", token);
	aip_json_close(&w->out, '}');
	if (more)
		claude_drop(w, "tools.headers");
	if (mcp->description.len)
		claude_drop(w, "tools.server_description");
}

/* No name comes twice: a later tool of the same server is none. */
static bool is_told(const struct claude_writer *w, const struct aip_tool *tool)
{
	struct aip_mcp_offer offer;

	if (!tool->mcp || !aip_choice_allows(&w->request->choice, tool) ||
	    aip_mcp_tool(w->ctx->arena, w->request, tool->mcp->label) != tool)
		return false;
	return tool->dialect == AIP_CLAUDE ? tool->mcp->server_raw.at != NULL
	                                   : claude_offers_mcp(w, tool, &offer);
}

void claude_put_mcp_servers(struct claude_writer *w)
{
	bool any = false;

	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next) {
		if (!is_told(w, tool))
			continue;
		if (!any) {
			aip_json_key(&w->out, "mcp_servers");
			aip_json_open(&w->out, '[');
		}
		any = true;
		if (tool->dialect == AIP_CLAUDE)
			aip_json_put_raw(&w->out, tool->mcp->server_raw);
		else
			put_server(w, tool->mcp);
	}
	if (any)
		aip_json_close(&w->out, ']');
}

/* ---- Calls ---------------------------------------------------------------------------------- */

bool claude_calls_mcp(const struct claude_writer *w, const struct aip_part *part)
{
	const struct aip_tool *tool =
		part->server->label.len
			? aip_mcp_tool(w->ctx->arena, w->request, part->server->label)
			: NULL;

	return tool && is_told(w, tool);
}

static struct aip_str id_of(struct aip_arena *arena, struct aip_str id)
{
	return aip_str_starts(id, AIP_LIT("mcptoolu_")) ? id
	                                                : aip_stable_id(arena, "mcptoolu_", id, 0);
}

void claude_put_mcp_use(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                        const struct aip_server_part *server, struct aip_str input)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("mcp_tool_use"));
	aip_json_str(out, "id", id_of(ctx->arena, server->id));
	aip_json_str(out, "name", server->name);
	aip_json_str(out, "server_name", server->label);
	aip_json_key(out, "input");
	aip_json_put_raw(out, input.at ? aip_args_object(ctx, input) : AIP_LIT("{}"));
	aip_json_close(out, '}');
}

void claude_put_mcp_result(struct aip_arena *arena, struct aip_json_out *out,
                           const struct aip_server_part *server)
{
	struct aip_str text = aip_mcp_text(arena, server->results);

	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("mcp_tool_result"));
	aip_json_str(out, "tool_use_id", id_of(arena, server->id));
	aip_json_bool_kv(out, "is_error", server->is_error == AIP_YES);
	aip_json_key(out, "content");
	aip_json_open(out, '[');
	if (text.len)
		claude_put_text(out, text, NULL);
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}
