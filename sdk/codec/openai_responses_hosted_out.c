/* What a vendor did itself, written: searches, code, images, and items of the client's own dialect.
 */
#include "openai_responses.h"

/* ---- Tools that the vendor ran -------------------------------------------------------------- */

static struct responses_said *start_search(struct aip_encoder *e)
{
	struct responses_said *item = responses_item_new(e, SAID_SEARCH, "ws_");

	responses_announce(e, item);
	responses_put_mark(e, "response.web_search_call.in_progress", item);
	responses_put_mark(e, "response.web_search_call.searching", item);
	return item;
}

bool responses_shows_sources(const struct aip_request *request)
{
	for (const struct aip_name *n = request ? request->include : NULL; n; n = n->next)
		if (aip_str_is(n->name, "web_search_call.action.sources"))
			return true;
	return false;
}

/* The pages that a search found, in the dialect's words. */
static void keep_sources(struct aip_encoder *e, struct responses_said *item,
                         const struct aip_part *part)
{
	struct aip_str results = part && part->server ? part->server->results : AIP_NONE;
	struct aip_json *pages;
	struct aip_buf text;

	if (!e->shows_sources || !results.len ||
	    aip_json_parse(e->ctx->arena, aip_arena_dup(e->ctx->arena, results), &pages, NULL))
		return;
	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	aip_json_open(&out, '[');
	AIP_JSON_EACH (page, pages) {
		if (!aip_json_text(page, "url").len)
			continue;
		responses_open_typed(&out, "url");
		aip_json_str(&out, "url", aip_json_text(page, "url"));
		aip_json_close(&out, '}');
	}
	aip_json_close(&out, ']');
	item->sources = aip_arena_take(e->ctx->arena, &text);
}

static void finish_search(struct aip_encoder *e, struct responses_said *item)
{
	responses_put_mark(e, "response.web_search_call.completed", item);
	responses_finish_item(e, item, "completed");
}

/* Anthropic tells the pages in a block of their own behind the call. */
void responses_stop_search(struct aip_encoder *e, struct responses_said *item,
                           const struct aip_part *last)
{
	responses_keep_member(e, item, "query");
	keep_sources(e, item, last);
	if (e->shows_sources && !item->sources.len)
		e->search = item;
	else
		finish_search(e, item);
}

void responses_end_search(struct aip_encoder *e, const struct aip_part *part)
{
	struct responses_said *item = e->search;

	e->search = NULL;
	if (!item)
		return;
	if (part && part->kind == AIP_SERVER_RESULT)
		keep_sources(e, item, part);
	finish_search(e, item);
}

static struct responses_said *start_code(struct aip_encoder *e,
                                         const struct aip_server_part *server)
{
	struct responses_said *item = responses_item_new(e, SAID_CODE, "ci_");

	item->call_id = aip_ctx_id(e->ctx, "cntr_");
	item->name = aip_arena_dup(e->ctx->arena, server->id);
	responses_announce(e, item);
	responses_put_mark(e, "response.code_interpreter_call.in_progress", item);
	return item;
}

static void put_code(struct aip_encoder *e, const struct responses_said *item, struct aip_str code)
{
	responses_put_text(e, "response.code_interpreter_call_code.delta", item, "delta", code);
	responses_put_text(e, "response.code_interpreter_call_code.done", item, "code", code);
}

/* What it gave comes behind it. */
void responses_stop_code(struct aip_encoder *e, struct responses_said *item)
{
	if (!responses_keep_member(e, item, "code"))
		responses_keep_member(e, item, "command");
	put_code(e, item, aip_buf_lend(&item->text, e->into));
	responses_put_mark(e, "response.code_interpreter_call.interpreting", item);
}

static void finish_code(struct aip_encoder *e, struct responses_said *item)
{
	responses_put_mark(e, "response.code_interpreter_call.completed", item);
	responses_finish_item(e, item, "completed");
}

/* What code printed, wherever its vendor says it. */
static void take_printed(struct aip_arena *arena, struct aip_str results, struct aip_buf *into)
{
	static const char *const keys[] = {"output", "stdout", "stderr"};
	struct aip_json *doc;

	if (!results.len || aip_json_parse(arena, results, &doc, NULL))
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		aip_buf_add(into, aip_json_text(doc, keys[i]));
}

static void end_code(struct aip_encoder *e, const struct aip_server_part *server)
{
	struct responses_said *item = e->items;

	while (item && (item->kind != SAID_CODE || item->done || item->block_is_open ||
	                !aip_str_eq(item->name, server->id)))
		item = item->next;
	if (!item)
		return;
	take_printed(e->ctx->arena, server->results, &item->parts);
	finish_code(e, item);
}

void responses_end_waiting(struct aip_encoder *e)
{
	for (struct responses_said *item = e->items; item; item = item->next) {
		if (item->kind == SAID_CODE && !item->done)
			finish_code(e, item);
		else if (item->kind == SAID_MCP && !item->done)
			responses_finish_item(e, item, "incomplete");
	}
}

/* Of another vendor's tools a client of this dialect knows two; the others leave no trace. */
static struct responses_said *start_server(struct aip_encoder *e, const struct aip_part *part)
{
	const bool is_call = part->kind == AIP_SERVER_CALL;

	switch (part->server->tool) {
	case AIP_SERVER_WEB_SEARCH: return is_call ? start_search(e) : NULL;
	case AIP_SERVER_CODE_EXECUTION:
		if (is_call)
			return start_code(e, part->server);
		end_code(e, part->server);
		return NULL;
	default: return NULL;
	}
}

/* What tells of an item's progress between its two ends. */
static void put_progress(struct aip_encoder *e, const struct responses_said *item)
{
	static const struct {
		const char *type;
		const char *events[3];
	} table[] = {
		{"web_search_call",
	         {"response.web_search_call.in_progress", "response.web_search_call.searching",
	          "response.web_search_call.completed"}},
		{"file_search_call",
	         {"response.file_search_call.in_progress", "response.file_search_call.searching",
	          "response.file_search_call.completed"}},
		{"code_interpreter_call",
	         {"response.code_interpreter_call.in_progress",
	          "response.code_interpreter_call.interpreting",
	          "response.code_interpreter_call.completed"}},
		{"mcp_list_tools",
	         {"response.mcp_list_tools.in_progress", "response.mcp_list_tools.completed"}},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		for (size_t k = 0; k < 3 && strcmp(item->type, table[i].type) == 0; k++) {
			if (table[i].events[k])
				responses_put_mark(e, table[i].events[k], item);
			if (k == 0 && aip_json_text(item->raw, "code").len)
				put_code(e, item, aip_json_text(item->raw, "code"));
		}
	}
}

/* An item that came in the client's own dialect goes on as it came. */
static void put_raw_item(struct aip_encoder *e, struct aip_str raw)
{
	struct aip_arena *arena = e->ctx->arena;
	struct aip_json *doc;

	raw = aip_arena_dup(arena, raw);
	if (aip_json_parse(arena, raw, &doc, NULL) || !aip_json_text(doc, "type").len)
		return;
	struct responses_said *item = responses_item_new(e, SAID_RAW, "item_");
	if (aip_json_text(doc, "id").len)
		item->id = aip_json_text(doc, "id");
	item->type = aip_arena_dup(arena, aip_json_text(doc, "type")).at;
	item->raw = doc;
	aip_buf_keep(&item->text, raw, e->into);
	responses_announce(e, item);
	put_progress(e, item);
	responses_finish_item(e, item, "completed");
}

struct responses_said *responses_start_vendor(struct aip_encoder *e, const struct aip_part *part)
{
	const struct aip_server_part *server = part->server;
	const enum aip_dialect dialect = server ? server->dialect : part->dialect;
	struct aip_str raw = server ? server->raw : part->raw;

	if (server && server->tool == AIP_SERVER_MCP &&
	    (server->label.len || part->kind == AIP_SERVER_RESULT))
		return responses_start_mcp(e, part);
	if (dialect == AIP_RESPONSES) {
		if (raw.len)
			put_raw_item(e, raw);
		return NULL;
	}
	return server ? start_server(e, part) : NULL;
}

/* ---- Images --------------------------------------------------------------------------------- */

struct responses_said *responses_start_image(struct aip_encoder *e, const struct aip_part *part)
{
	struct responses_said *item = responses_item_new(e, SAID_IMAGE, "ig_");

	if (e->ctx->upstream == AIP_RESPONSES && part->id.len)
		item->id = aip_arena_dup(e->ctx->arena, part->id);
	responses_announce(e, item);
	responses_put_mark(e, "response.image_generation_call.in_progress", item);
	responses_put_mark(e, "response.image_generation_call.generating", item);
	return item;
}

/* The format is told where its own dialect has not told it. */
static void take_members(struct responses_said *item, const struct aip_part *last)
{
	struct aip_json_out members = aip_json_to(&item->notes);
	struct aip_str mime = last && last->media ? last->media->mime : AIP_NONE;

	for (const struct aip_ext *ext = last ? last->ext : NULL; ext; ext = ext->next) {
		if (ext->dialect != AIP_RESPONSES)
			continue;
		aip_json_key_str(&members, ext->key);
		aip_json_put_raw(&members, ext->raw);
	}
	if (!item->notes.len && aip_str_starts(mime, AIP_LIT("image/")))
		aip_json_str(&members, "output_format", aip_strn(mime.at + 6, mime.len - 6));
}

void responses_stop_image(struct aip_encoder *e, struct responses_said *item,
                          const struct aip_part *last)
{
	const bool failed = !item->text.len;

	take_members(item, last);
	if (!failed)
		responses_put_mark(e, "response.image_generation_call.completed", item);
	responses_finish_item(e, item, failed ? "failed" : "completed");
}
