/* Servers of tools (MCP) in Responses, written: the tool, a call of a history, a call of an answer. */
#include "openai_responses.h"

/* ---- The tool ------------------------------------------------------------------------------- */

static bool is_told(const struct responses_writer *w, const struct aip_tool *tool,
                    struct aip_mcp_offer *ret)
{
	return tool->mcp && aip_caps_serves(w->ctx->caps, AIP_SERVER_MCP) &&
	       aip_mcp_offer(w->ctx->arena, tool->mcp, ret);
}

/* No other dialect has a client say whether it is asked, and to say nothing here means yes. */
void responses_put_mcp(struct responses_writer *w, const struct aip_tool *tool)
{
	const struct aip_mcp *mcp = tool->mcp;
	struct aip_mcp_offer offer;

	if (!is_told(w, tool, &offer)) {
		responses_drop(w, "tools.server");
		return;
	}
	responses_open_typed(&w->out, "mcp");
	aip_json_str(&w->out, "server_label", aip_mcp_label(w->ctx->arena, mcp->label));
	aip_json_str(&w->out, "server_url", mcp->url);
	aip_json_str_some(&w->out, "server_description", mcp->description);
	aip_json_str_some(&w->out, "authorization", mcp->authorization);
	aip_json_raw_some(&w->out, "headers", mcp->headers);
	if (offer.limited) {
		aip_json_key(&w->out, "allowed_tools");
		aip_json_open(&w->out, '[');
		for (const struct aip_name *name = offer.names; name; name = name->next)
			aip_json_put_str(&w->out, name->name);
		aip_json_close(&w->out, ']');
	}
	aip_json_str(&w->out, "require_approval", AIP_LIT("never"));
	aip_json_close(&w->out, '}');
}

/* ---- A call of a history -------------------------------------------------------------------- */

bool responses_has_mcp(const struct responses_writer *w, const struct aip_part *parts,
                       const struct aip_server_part *server)
{
	const struct aip_tool *tool = NULL;
	struct aip_mcp_offer offer;

	for (; parts && !tool; parts = parts->next)
		if (parts->kind == AIP_SERVER_CALL && parts->server->label.len &&
		    aip_str_eq(parts->server->id, server->id))
			tool = aip_mcp_tool(w->ctx->arena, w->request, parts->server->label);
	return tool && is_told(w, tool, &offer);
}

static struct aip_str id_of(struct aip_arena *arena, struct aip_str id)
{
	return aip_str_starts(id, AIP_LIT("mcp_")) ? aip_arena_dup(arena, id)
	                                           : aip_stable_id(arena, "mcp_", id, 0);
}

static const struct aip_server_part *result_of(const struct aip_part *call)
{
	for (const struct aip_part *part = call->next; part; part = part->next)
		if (part->kind == AIP_SERVER_RESULT &&
		    aip_str_eq(part->server->id, call->server->id))
			return part->server;
	return NULL;
}

void responses_put_mcp_call(struct responses_writer *w, const struct aip_part *call)
{
	const struct aip_server_part *server = call->server, *result = result_of(call);
	struct aip_arena *arena = w->ctx->arena;
	struct responses_said item = {
		.kind = SAID_MCP,
		.id = id_of(arena, server->id),
		.name = server->name,
		.space = aip_mcp_label(arena, server->label),
	};

	aip_buf_init(&item.text, RESPONSES_ITEM_MAX);
	aip_buf_init(&item.parts, RESPONSES_ITEM_MAX);
	aip_buf_keep(&item.text, aip_args_object(w->ctx, server->input), w->out.buf);
	if (result)
		aip_buf_keep(&item.parts, aip_mcp_text(arena, result->results), w->out.buf);
	responses_put_item(&w->out, &item,
	                   !result                       ? "incomplete"
	                   : result->is_error == AIP_YES ? "failed"
	                                                 : "completed");
	aip_buf_fini(&item.text);
	aip_buf_fini(&item.parts);
}

/* ---- A call of an answer -------------------------------------------------------------------- */

static void take_result(struct aip_encoder *e, const struct aip_server_part *server)
{
	const bool failed = server->is_error == AIP_YES;
	struct responses_said *item = e->items;

	while (item && (item->kind != SAID_MCP || item->done || item->block_is_open ||
	                !aip_str_eq(item->call_id, server->id)))
		item = item->next;
	if (!item)
		return;
	aip_buf_keep(&item->parts, aip_mcp_text(e->ctx->arena, server->results), e->into);
	responses_put_mark(e, failed ? "response.mcp_call.failed" : "response.mcp_call.completed",
	                   item);
	responses_finish_item(e, item, failed ? "failed" : "completed");
}

struct responses_said *responses_start_mcp(struct aip_encoder *e, const struct aip_part *part)
{
	const struct aip_server_part *server = part->server;
	struct aip_arena *arena = e->ctx->arena;

	if (part->kind == AIP_SERVER_RESULT) {
		take_result(e, server);
		return NULL;
	}
	struct responses_said *item = responses_item_new(e, SAID_MCP, "mcp_");
	if (server->id.len)
		item->id = id_of(arena, server->id);
	item->call_id = aip_arena_dup(arena, server->id);
	item->name = aip_arena_dup(arena, server->name);
	item->space = aip_arena_dup(arena, server->label);
	responses_announce(e, item);
	responses_put_mark(e, "response.mcp_call.in_progress", item);
	return item;
}

/* An item of the client's own dialect has its result in it, and ends as its upstream wrote it. */
static void finish_as_written(struct aip_encoder *e, struct responses_said *item,
                              struct aip_str raw)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (aip_json_parse(e->ctx->arena, raw, &doc, &ignored))
		return;
	const bool failed = aip_json_some(doc, "error");
	responses_put_mark(e, failed ? "response.mcp_call.failed" : "response.mcp_call.completed",
	                   item);
	item->kind = SAID_RAW;
	aip_buf_clear(&item->text);
	aip_buf_keep(&item->text, raw, e->into);
	responses_finish_item(e, item, "completed");
}

void responses_stop_mcp(struct aip_encoder *e, struct responses_said *item,
                        const struct aip_part *last)
{
	const struct aip_server_part *server = last ? last->server : NULL;

	if (!item->text.len)
		aip_buf_keep(&item->text, AIP_LIT("{}"), e->into);
	responses_put_text(e, "response.mcp_call_arguments.done", item, "arguments",
	                   aip_buf_lend(&item->text, e->into));
	if (server && server->dialect == AIP_RESPONSES && server->raw.len)
		finish_as_written(e, item, server->raw);
}
