/* Servers of tools (MCP) in Gemini's dialect, read and written: an address and its headers, all of whose tools may be
 * called. */
#include "gemini.h"

/* ---- Read ----------------------------------------------------------------------------------- */

static struct aip_str alone(struct gemini_reader *r, const struct aip_json *server)
{
	return aip_arena_printf(r->arena, "{\"mcpServers\":[%.*s]}", AIP_FMT(server->raw));
}

static enum aip_status read_server(struct gemini_reader *r, const struct aip_json *v,
                                   struct aip_tool *tool)
{
	const struct aip_json *transport = gemini_get(v, "streamableHttpTransport");
	struct aip_mcp *mcp = tool->mcp = AIP_NEW(r->arena, struct aip_mcp);

	tool->server = AIP_SERVER_MCP;
	tool->dialect = AIP_GEMINI;
	tool->raw = alone(r, v);
	mcp->label = AIP_LIT("server");
	enum aip_status s = gemini_take_text(r, v, "name", &mcp->label);
	if (!s)
		s = gemini_take_text(r, transport, "url", &mcp->url);
	if (aip_json_is(gemini_get(transport, "headers"), AIP_JSON_OBJECT))
		mcp->headers = gemini_raw(transport, "headers");
	return s;
}

enum aip_status gemini_read_mcp(struct gemini_reader *r, const struct aip_json *servers,
                                struct aip_tool ***tail)
{
	if (servers->kind != AIP_JSON_ARRAY)
		return gemini_wrong(r, servers, "must be an array");
	AIP_JSON_EACH (server, servers) {
		if (server->kind != AIP_JSON_OBJECT)
			return gemini_wrong(r, server, "must be an object");
		**tail = aip_tool_new(r->arena, AIP_TOOL_SERVER);
		enum aip_status s = read_server(r, server, **tail);
		if (s)
			return s;
		*tail = &(**tail)->next;
	}
	return AIP_OK;
}

/* ---- Written -------------------------------------------------------------------------------- */

/* No tool of a server can be left out here, and none waits for anybody's word. */
bool gemini_offers_mcp(const struct gemini_writer *w, const struct aip_tool *tool)
{
	struct aip_mcp_offer offer;

	return tool->mcp && aip_mcp_offer(w->ctx->arena, tool->mcp, &offer) && !offer.limited;
}

static bool names_authorization(struct aip_json *headers)
{
	AIP_JSON_EACH (header, headers)
		if (aip_str_eq_nocase(header->key, AIP_LIT("authorization")))
			return true;
	return false;
}

static void put_headers(struct gemini_writer *w, const struct aip_mcp *mcp)
{
	struct aip_arena *arena = w->ctx->arena;
	struct aip_json *doc = NULL;

	if (mcp->headers.len && aip_json_parse(arena, mcp->headers, &doc, NULL))
		doc = NULL;
	const bool adds = mcp->authorization.len && !names_authorization(doc);
	if (!adds && !(doc && doc->child))
		return;
	aip_json_key(&w->out, "headers");
	aip_json_open(&w->out, '{');
	AIP_JSON_EACH (header, doc) {
		aip_json_key_str(&w->out, header->key);
		aip_json_put_raw(&w->out, header->raw);
	}
	if (adds)
		aip_json_str(&w->out, "Authorization",
		             aip_arena_printf(arena, "Bearer %.*s", AIP_FMT(mcp->authorization)));
	aip_json_close(&w->out, '}');
}

void gemini_put_mcp(struct gemini_writer *w, const struct aip_tool *tool)
{
	const struct aip_mcp *mcp = tool->mcp;

	aip_json_key(&w->out, "mcpServers");
	aip_json_open(&w->out, '[');
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", mcp->label);
	aip_json_key(&w->out, "streamableHttpTransport");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "url", mcp->url);
	put_headers(w, mcp);
	aip_json_close(&w->out, '}');
	aip_json_close(&w->out, '}');
	aip_json_close(&w->out, ']');
	if (mcp->description.len)
		gemini_drop(w, "tools.server_description");
}
