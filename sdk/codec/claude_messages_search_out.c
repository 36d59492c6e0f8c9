/* Anthropic Messages answers, written: another vendor's web search, as a call and its result. */
#include "claude_messages.h"

static bool client_searches(const struct aip_codec_ctx *ctx)
{
	for (const struct aip_tool *tool = ctx->request ? ctx->request->tools : NULL; tool;
	     tool = tool->next)
		if (tool->kind == AIP_TOOL_SERVER && tool->server == AIP_SERVER_WEB_SEARCH)
			return true;
	return false;
}

bool claude_is_foreign_search(const struct aip_codec_ctx *ctx, const struct aip_part *part)
{
	return part->kind == AIP_SERVER_CALL && part->server->dialect != AIP_CLAUDE &&
	       part->server->tool == AIP_SERVER_WEB_SEARCH && client_searches(ctx);
}

/* The words searched for, wherever the vendor put them. */
struct aip_str claude_query_of(struct aip_arena *arena, struct aip_str input, struct aip_str whole)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (input.len && !aip_json_parse(arena, input, &doc, &ignored) &&
	    aip_json_text(doc, "query").at)
		return aip_json_text(doc, "query");
	if (whole.len && !aip_json_parse(arena, whole, &doc, &ignored))
		return aip_json_text(aip_json_some(doc, "action"), "query");
	return AIP_NONE;
}

void claude_put_search(struct aip_json_out *out, struct aip_str id, struct aip_str query)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("server_tool_use"));
	aip_json_str(out, "id", id);
	aip_json_str(out, "name", AIP_LIT("web_search"));
	aip_json_key(out, "input");
	aip_json_open(out, '{');
	aip_json_str_some(out, "query", query);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

static void put_found(struct aip_json_out *out, const struct aip_json *page)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("web_search_result"));
	aip_json_str(out, "url", aip_json_text(page, "url"));
	aip_json_str(out, "title", aip_json_text(page, "title"));
	aip_json_str(out, "encrypted_content", AIP_LIT(""));
	aip_json_null_kv(out, "page_age");
	aip_json_close(out, '}');
}

void claude_put_search_result(struct aip_arena *arena, struct aip_json_out *out, struct aip_str id,
                              struct aip_str results)
{
	struct aip_json *doc = NULL;
	struct aip_error ignored;

	if (!results.len || aip_json_parse(arena, results, &doc, &ignored) ||
	    doc->kind != AIP_JSON_ARRAY)
		doc = NULL;
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("web_search_tool_result"));
	aip_json_str(out, "tool_use_id", id);
	aip_json_key(out, "content");
	aip_json_open(out, '[');
	AIP_JSON_EACH (page, doc)
		if (aip_json_text(page, "url").len)
			put_found(out, page);
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}

struct aip_str claude_search_id(struct aip_codec_ctx *ctx, struct aip_str id)
{
	return id.len ? aip_stable_id(ctx->arena, "srvtoolu_", id, 0)
	              : aip_ctx_id(ctx, "srvtoolu_");
}
