/* Messages requests, written: blocks, tools and settings from the canonical model. */
#include "claude_messages.h"

#define BREAKPOINTS_MAX    4
#define MAX_TOKENS_DEFAULT 32000
#define BUDGET_LEAST       1024 /* of thinking; the API refuses less */
#define BUDGET_AUTO        8192
#define JSON_WORDS         "Answer with one JSON object and nothing else."

struct writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	struct aip_json_out out;
	struct aip_error *error;
	enum aip_status status;  /* first refusal */
	int64_t max_tokens;
	int breakpoints_to_skip; /* the first ones, when there are too many */
	bool emulates_schema;
	bool thinks;             /* a thinking setting is written */
};

static void drop(struct writer *w, const char *path)
{
	if (!w->status)
		w->status = aip_ctx_drop(w->ctx, path, w->error);
}

static void refuse(struct writer *w, const char *param, const char *why)
{
	if (w->status)
		return;
	w->status = aip_fail(w->error, AIP_UNSUPPORTED, "%s: %s", param, why);
	if (w->error)
		aip_error_text(w->error->param, sizeof(w->error->param), aip_str(param));
}

static bool is_word(const char *word, const char *is)
{
	return word && strcmp(word, is) == 0;
}

static void open_typed(struct writer *w, const char *type)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(type));
}

static void close_object(struct writer *w)
{
	aip_json_close(&w->out, '}');
}

/* ---- Cache breakpoints ---------------------------------------------------------------------- */

static int breakpoints_of_parts(const struct aip_part *parts)
{
	int n = 0;

	for (const struct aip_part *part = parts; part; part = part->next)
		n += part->cache.set;
	return n;
}

static int count_breakpoints(const struct aip_request *request)
{
	int n = breakpoints_of_parts(request->system);

	for (const struct aip_tool *tool = request->tools; tool; tool = tool->next)
		n += tool->cache.set;
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		n += breakpoints_of_parts(turn->parts);
	return n;
}

/* In the order tools, system, messages; of too many the last ones stay. */
static void put_cache(struct writer *w, const struct aip_cache *cache)
{
	if (!cache->set)
		return;
	if (w->breakpoints_to_skip > 0) {
		w->breakpoints_to_skip--;
		return;
	}
	aip_json_key(&w->out, "cache_control");
	open_typed(w, "ephemeral");
	aip_json_str_some(&w->out, "ttl", cache->ttl);
	close_object(w);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static bool is_blank(struct aip_str text)
{
	return aip_str_trim(text).len == 0;
}

static void put_text(struct writer *w, struct aip_str text, const struct aip_cache *cache)
{
	if (is_blank(text))
		return;
	open_typed(w, "text");
	aip_json_str(&w->out, "text", text);
	if (cache)
		put_cache(w, cache);
	close_object(w);
}

static void put_source(struct writer *w, const struct aip_media *media, const char *mime)
{
	aip_json_key(&w->out, "source");
	switch (media->source) {
	case AIP_FROM_BASE64:
		open_typed(w, "base64");
		aip_json_str(&w->out, "media_type", media->mime.len ? media->mime : aip_str(mime));
		aip_json_str(&w->out, "data", media->data);
		break;
	case AIP_FROM_URL:
		open_typed(w, "url");
		aip_json_str(&w->out, "url", media->data);
		break;
	case AIP_FROM_FILE:
		open_typed(w, "file");
		aip_json_str(&w->out, "file_id", media->data);
		break;
	case AIP_FROM_TEXT:
	case AIP_FROM_PARTS:
		open_typed(w, "text");
		aip_json_str(&w->out, "media_type", AIP_LIT("text/plain"));
		aip_json_str(&w->out, "data",
		             media->source == AIP_FROM_TEXT
		                     ? media->data
		                     : aip_parts_text(w->ctx->arena, media->parts));
		break;
	}
	close_object(w);
}

static void put_image(struct writer *w, const struct aip_part *part)
{
	open_typed(w, "image");
	put_source(w, part->media, "image/png");
	put_cache(w, &part->cache);
	close_object(w);
}

/* Text inside a data URL is text, not a PDF. */
static struct aip_media as_text(struct writer *w, const struct aip_media *media)
{
	struct aip_media text = *media;

	if (media->source == AIP_FROM_BASE64 && aip_str_starts(media->mime, AIP_LIT("text/")) &&
	    aip_base64_decode(w->ctx->arena, media->data, &text.data))
		text.source = AIP_FROM_TEXT;
	return text;
}

static void put_document(struct writer *w, const struct aip_part *part)
{
	const struct aip_media media = as_text(w, part->media);
	struct aip_str title = media.title.len ? media.title : media.filename;

	open_typed(w, "document");
	put_source(w, &media, "application/pdf");
	if (title.len)
		aip_json_str(&w->out, "title", title);
	aip_json_str_some(&w->out, "context", media.context);
	if (media.citations == AIP_YES)
		aip_json_raw_some(&w->out, "citations", AIP_LIT("{\"enabled\":true}"));
	put_cache(w, &part->cache);
	close_object(w);
}

static void put_search_result(struct writer *w, const struct aip_part *part)
{
	const struct aip_search_result *found = part->found;

	open_typed(w, "search_result");
	aip_json_str(&w->out, "source", found->url.at ? found->url : AIP_LIT(""));
	aip_json_str(&w->out, "title", found->title.at ? found->title : AIP_LIT(""));
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *p = found->parts; p; p = p->next)
		put_text(w, p->text, NULL);
	aip_json_close(&w->out, ']');
	if (found->citations == AIP_YES)
		aip_json_raw_some(&w->out, "citations", AIP_LIT("{\"enabled\":true}"));
	put_cache(w, &part->cache);
	close_object(w);
}

static struct aip_str call_id(struct writer *w, struct aip_str id)
{
	return aip_call_id(w->ctx->arena, &aip_names_claude, id);
}

static void put_call(struct writer *w, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;

	open_typed(w, "tool_use");
	aip_json_str(&w->out, "id", call_id(w, call->id));
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, call->space, call->name));
	aip_json_key(&w->out, "input");
	if (call->kind == AIP_CALL_CUSTOM) {
		aip_json_open(&w->out, '{');
		aip_json_str(&w->out, "input", call->args);
		close_object(w);
	} else {
		aip_json_put_raw(&w->out, aip_args_object(w->ctx, call->args));
	}
	put_cache(w, &part->cache);
	close_object(w);
}

static void put_block(struct writer *w, const struct aip_part *part);

static void put_result(struct writer *w, const struct aip_part *part)
{
	const struct aip_tool_result *result = part->result;

	open_typed(w, "tool_result");
	aip_json_str(&w->out, "tool_use_id", call_id(w, result->call_id));
	aip_json_key(&w->out, "content");
	if (result->raw.at) {
		aip_json_put_str(&w->out, result->raw);
	} else {
		aip_json_open(&w->out, '[');
		for (const struct aip_part *p = result->parts; p; p = p->next)
			put_block(w, p);
		aip_json_close(&w->out, ']');
	}
	if (result->is_error == AIP_YES)
		aip_json_bool_kv(&w->out, "is_error", true);
	put_cache(w, &part->cache);
	close_object(w);
}

/* Thinking goes back only to whom it came from, with its signature. */
static void put_thinking(struct writer *w, const struct aip_part *part)
{
	const struct aip_opaque *opaque = part->opaque;
	const bool native = opaque && aip_opaque_is_native(w->ctx, opaque);

	if (native && (part->kind == AIP_REDACTED_THINKING || opaque->kind == AIP_OPAQUE_REDACTED)) {
		open_typed(w, "redacted_thinking");
		aip_json_str(&w->out, "data", opaque->data);
		close_object(w);
	} else if (part->kind == AIP_THINKING &&
	           (native || (w->ctx->caps->unsigned_thinking_ok == AIP_YES && part->text.len))) {
		open_typed(w, "thinking");
		aip_json_str(&w->out, "thinking", part->text.at ? part->text : AIP_LIT(""));
		aip_json_str(&w->out, "signature", native ? opaque->data : AIP_LIT(""));
		close_object(w);
	}
}

static void put_vendor_block(struct writer *w, const struct aip_part *part)
{
	const enum aip_dialect dialect = part->server ? part->server->dialect : part->dialect;
	struct aip_str raw = part->server ? part->server->raw : part->raw;

	if (dialect == AIP_CLAUDE && raw.at)
		aip_json_put_raw(&w->out, raw);
	else
		drop(w, "messages.server_tool");
}

static void put_block(struct writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: put_text(w, part->text, &part->cache); break;
	case AIP_IMAGE: put_image(w, part); break;
	case AIP_DOCUMENT: put_document(w, part); break;
	case AIP_AUDIO: refuse(w, "messages.content", "this upstream takes no audio"); break;
	case AIP_VIDEO: refuse(w, "messages.content", "this upstream takes no video"); break;
	case AIP_TOOL_CALL: put_call(w, part); break;
	case AIP_TOOL_RESULT: put_result(w, part); break;
	case AIP_THINKING:
	case AIP_REDACTED_THINKING: put_thinking(w, part); break;
	case AIP_SEARCH_RESULT: put_search_result(w, part); break;
	case AIP_ITEM_REF:
		refuse(w, "input", "this upstream keeps no items to refer to; send the full input");
		break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
	case AIP_COMPACTION:
	case AIP_UNKNOWN_PART: put_vendor_block(w, part); break;
	}
}

/* ---- Messages ------------------------------------------------------------------------------- */

static bool block_is_said(const struct writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: return !is_blank(part->text);
	case AIP_THINKING:
	case AIP_REDACTED_THINKING:
		return (part->opaque && aip_opaque_is_native(w->ctx, part->opaque)) ||
		       (w->ctx->caps->unsigned_thinking_ok == AIP_YES && part->text.len);
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: return part->server->dialect == AIP_CLAUDE;
	case AIP_COMPACTION:
	case AIP_UNKNOWN_PART: return part->dialect == AIP_CLAUDE;
	default: return true;
	}
}

static bool turn_is_said(const struct writer *w, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (block_is_said(w, part))
			return true;
	return false;
}

static void open_message(struct writer *w, const char *role)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "role", aip_str(role));
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
}

static void close_message(struct writer *w)
{
	aip_json_close(&w->out, ']');
	close_object(w);
}

/* What the system says in mid-conversation, where the model takes no such role. */
static void put_reminder(struct writer *w, const struct aip_turn *turn)
{
	put_text(w,
	         aip_arena_printf(w->ctx->arena, "<system-reminder>\n%.*s\n</system-reminder>",
	                          AIP_FMT(aip_parts_text(w->ctx->arena, turn->parts))),
	         NULL);
}

/* The text a turn ends with may not end in blanks when it is to be continued. */
static void put_prefill(struct writer *w, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		struct aip_part last = *part;
		while (!part->next && last.kind == AIP_TEXT && last.text.len &&
		       strchr(" \t\r\n", last.text.at[last.text.len - 1]))
			last.text.len--;
		put_block(w, &last);
	}
}

static void put_parts(struct writer *w, const struct aip_turn *turn)
{
	if (turn->role == AIP_ROLE_SYSTEM) {
		put_reminder(w, turn);
		return;
	}
	if (turn->prefill) {
		put_prefill(w, turn);
		return;
	}
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		put_block(w, part);
}

static bool is_users(const struct aip_turn *turn)
{
	return turn->role != AIP_ROLE_ASSISTANT;
}

static bool prefill_is_refused(const struct writer *w, const struct aip_turn *turn)
{
	return turn->prefill && (w->ctx->caps->prefill == AIP_NO || w->thinks);
}

static bool is_left_out(struct writer *w, const struct aip_turn *turn)
{
	if (prefill_is_refused(w, turn)) {
		aip_ctx_warn(w->ctx, "the model continues no assistant turn: it was left out");
		drop(w, "messages.prefill");
		return true;
	}
	return !turn_is_said(w, turn);
}

/* Results and what the user says behind them are one message, and so are neighbours. */
static void put_messages(struct writer *w)
{
	const struct aip_turn *turn = w->request->turns;
	bool any = false;

	aip_json_key(&w->out, "messages");
	aip_json_open(&w->out, '[');
	while (turn) {
		if (is_left_out(w, turn)) {
			turn = turn->next;
			continue;
		}
		const bool users = is_users(turn);
		if (!any && !users) { /* the user speaks first */
			open_message(w, "user");
			put_text(w, AIP_LIT("."), NULL);
			close_message(w);
		}
		any = true;
		open_message(w, users ? "user" : "assistant");
		for (; turn && (is_users(turn) == users || !turn_is_said(w, turn)); turn = turn->next)
			if (turn_is_said(w, turn) && !prefill_is_refused(w, turn))
				put_parts(w, turn);
		close_message(w);
	}
	if (!any) {
		open_message(w, "user");
		put_text(w, AIP_LIT("."), NULL);
		close_message(w);
	}
	aip_json_close(&w->out, ']');
}

static void put_system(struct writer *w)
{
	const bool asks_json = w->request->output.format == AIP_FORMAT_JSON_OBJECT;
	bool any = asks_json;

	for (const struct aip_part *part = w->request->system; part; part = part->next)
		any = any || !is_blank(part->text);
	if (!any)
		return;
	aip_json_key(&w->out, "system");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = w->request->system; part; part = part->next)
		put_text(w, part->text, &part->cache);
	if (asks_json)
		put_text(w, AIP_LIT(JSON_WORDS), NULL);
	aip_json_close(&w->out, ']');
}

/* ---- Tools ---------------------------------------------------------------------------------- */

static bool is_allowed(const struct writer *w, const struct aip_tool *tool)
{
	const struct aip_tool_choice *choice = &w->request->choice;

	if (choice->mode != AIP_CHOICE_ALLOWED || !choice->names)
		return true;
	for (const struct aip_name *n = choice->names; n; n = n->next)
		if (aip_str_eq(n->name, tool->name))
			return true;
	return false;
}

static void put_function(struct writer *w, const struct aip_tool *tool, struct aip_str space)
{
	struct aip_str description = tool->description;

	if (tool->grammar.len)
		description = aip_arena_printf(
			w->ctx->arena, "%.*s\n\nThe input follows this %.*s grammar:\n%.*s",
			AIP_FMT(tool->description), AIP_FMT(tool->grammar_syntax),
			AIP_FMT(tool->grammar));
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, space, tool->name));
	if (description.len)
		aip_json_str(&w->out, "description", description);
	aip_json_key(&w->out, "input_schema");
	if (tool->kind == AIP_TOOL_CUSTOM) {
		aip_json_put_raw(&w->out, AIP_LIT("{\"type\":\"object\",\"properties\":{\"input\":{\"type\":"
		                                  "\"string\"}},\"required\":[\"input\"]}"));
	} else {
		enum aip_status s = aip_schema_write(w->ctx->arena, tool->schema, AIP_SCHEMA_CLAUDE_TOOL,
		                                     true, &w->out, w->error);
		w->status = w->status ? w->status : s;
	}
	put_cache(w, &tool->cache);
	close_object(w);
}

static void put_server_tool(struct writer *w, const struct aip_tool *tool)
{
	if (tool->dialect == AIP_CLAUDE && tool->raw.at) {
		aip_json_put_raw(&w->out, tool->raw);
		return;
	}
	if (tool->kind != AIP_TOOL_SERVER || tool->server != AIP_SERVER_WEB_SEARCH) {
		drop(w, "tools.server");
		return;
	}
	open_typed(w, "web_search_20250305");
	aip_json_str(&w->out, "name", AIP_LIT("web_search"));
	aip_json_raw_some(&w->out, "max_uses", w->request->max_tool_calls);
	aip_json_raw_some(&w->out, "allowed_domains", tool->allowed_domains);
	close_object(w);
}

static void put_tool_list(struct writer *w, const struct aip_tool *tools, struct aip_str space)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_NAMESPACE)
			put_tool_list(w, tool->tools, tool->name);
		else if (!is_allowed(w, tool))
			continue;
		else if (tool->dialect == AIP_CLAUDE && tool->raw.at && !w->ctx->names)
			aip_json_put_raw(&w->out, tool->raw);
		else if (tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM)
			put_function(w, tool, space.at ? space : tool->space);
		else
			put_server_tool(w, tool);
	}
}

/* Tools of the history must be declared, even when the client has none any more. */
static void declare_from_history(struct writer *w)
{
	struct aip_name *seen = NULL;

	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next) {
		for (const struct aip_part *part = turn->parts; part; part = part->next) {
			bool known = part->kind != AIP_TOOL_CALL;
			for (const struct aip_name *n = seen; n && !known; n = n->next)
				known = aip_str_eq(n->name, part->call->name);
			if (known)
				continue;
			AIP_APPEND(&seen, aip_name_new(w->ctx->arena, part->call->name));
			const struct aip_tool tool = {.kind = AIP_TOOL_FUNCTION,
			                              .name = part->call->name};
			put_function(w, &tool, part->call->space);
		}
	}
}

/* The forced call that stands in for a JSON schema. */
static void put_json_tool(struct writer *w)
{
	const struct aip_tool tool = {.kind = AIP_TOOL_FUNCTION,
	                              .name = AIP_LIT(CLAUDE_JSON_TOOL),
	                              .description = AIP_LIT("Gives the answer."),
	                              .schema = w->request->output.schema};

	put_function(w, &tool, AIP_NONE);
}

/* False: no tool is left, and neither list nor choice is written. */
static bool put_tools(struct writer *w)
{
	const size_t mark = w->out.buf->len;
	const bool comma = w->out.comma;

	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	const size_t empty = w->out.buf->len;
	put_tool_list(w, w->request->tools, AIP_NONE);
	if (!w->request->tools)
		declare_from_history(w);
	if (w->emulates_schema)
		put_json_tool(w);
	if (w->out.buf->len != empty) {
		aip_json_close(&w->out, ']');
		return true;
	}
	w->out.buf->len = mark;
	w->out.comma = comma;
	if (w->request->choice.mode == AIP_CHOICE_REQUIRED)
		refuse(w, "tools", "this upstream has none of the tools that must be used");
	return false;
}

static const char *choice_type(struct writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;

	if (w->emulates_schema)
		return "tool";
	switch (choice->mode) {
	case AIP_CHOICE_NONE: return "none";
	case AIP_CHOICE_REQUIRED: return "any";
	case AIP_CHOICE_NAMED: return "tool";
	case AIP_CHOICE_ALLOWED: return choice->required ? "any" : "auto";
	case AIP_CHOICE_AUTO:
	case AIP_CHOICE_SERVER:
	case AIP_CHOICE_VALIDATED: return "auto";
	case AIP_CHOICE_UNSET: break;
	}
	return w->request->parallel_tools == AIP_NO ? "auto" : NULL;
}

static bool is_forced(struct writer *w)
{
	const char *type = choice_type(w);

	return is_word(type, "any") || is_word(type, "tool");
}

static void put_choice(struct writer *w)
{
	const char *type = choice_type(w);

	if (!type || (!w->request->tools && !w->emulates_schema))
		return;
	if (w->thinks && is_forced(w) && is_word(w->ctx->caps->forced_tool_with_thinking, "reject")) {
		aip_ctx_warn(w->ctx, "this model is not forced to a tool while it thinks");
		type = "auto";
	}
	aip_json_key(&w->out, "tool_choice");
	open_typed(w, type);
	if (is_word(type, "tool"))
		aip_json_str(&w->out, "name",
		             w->emulates_schema ? AIP_LIT(CLAUDE_JSON_TOOL)
		                                : aip_names_out(w->ctx->names, AIP_NONE,
		                                                w->request->choice.name));
	if (w->request->parallel_tools == AIP_NO && !is_word(type, "none"))
		aip_json_bool_kv(&w->out, "disable_parallel_tool_use", true);
	close_object(w);
}

/* ---- Thinking ------------------------------------------------------------------------------- */

static bool by_adaptive(const struct aip_caps *caps)
{
	return aip_caps_has(caps->modes, "adaptive");
}

static void put_display(struct writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const bool hidden = is_word(w->ctx->caps->default_display, "omitted");

	if (reasoning->summary == AIP_SUMMARY_OFF && reasoning->summary_explicit)
		aip_json_str(&w->out, "display", AIP_LIT("omitted"));
	else if (reasoning->summary >= AIP_SUMMARY_AUTO && (reasoning->summary_explicit || hidden))
		aip_json_str(&w->out, "display", AIP_LIT("summarized"));
}

static void put_budget(struct writer *w, int64_t budget)
{
	const struct aip_caps *caps = w->ctx->caps;

	if (caps->budget_max && budget > caps->budget_max)
		budget = caps->budget_max;
	if (budget < BUDGET_LEAST)
		budget = BUDGET_LEAST;
	if (budget >= w->max_tokens)
		budget = w->max_tokens - 1;
	if (budget < BUDGET_LEAST) {
		aip_ctx_warn(w->ctx, "max_tokens leaves no room for thinking");
		return;
	}
	w->thinks = true;
	aip_json_key(&w->out, "thinking");
	open_typed(w, "enabled");
	aip_json_int_kv(&w->out, "budget_tokens", budget);
	put_display(w);
	close_object(w);
}

static void put_adaptive(struct writer *w)
{
	w->thinks = true;
	aip_json_key(&w->out, "thinking");
	open_typed(w, "adaptive");
	put_display(w);
	close_object(w);
}

static void put_off(struct writer *w)
{
	if (w->ctx->caps->default_on != AIP_YES || w->ctx->caps->can_disable == AIP_NO)
		return;
	aip_json_raw_some(&w->out, "thinking", AIP_LIT("{\"type\":\"disabled\"}"));
}

/* Forcing a tool while a model thinks by budget is refused by the API. */
static bool forcing_forbids_thinking(struct writer *w)
{
	const char *word = w->ctx->caps->forced_tool_with_thinking;

	return is_forced(w) && !is_word(word, "ok") && (!by_adaptive(w->ctx->caps) || word);
}

static void put_thinking_setting(struct writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const bool adaptive = by_adaptive(w->ctx->caps);

	if (reasoning->mode == AIP_REASONING_UNSET || reasoning->effort_only)
		return;
	if (w->ctx->caps->thinking == AIP_NO) {
		drop(w, "reasoning");
		return;
	}
	if (reasoning->mode == AIP_REASONING_OFF) {
		put_off(w);
		return;
	}
	if (forcing_forbids_thinking(w)) {
		aip_ctx_warn(w->ctx, "thinking is off: a tool is forced");
		return;
	}
	if (adaptive)
		put_adaptive(w);
	else if (reasoning->mode == AIP_REASONING_AUTO)
		put_budget(w, BUDGET_AUTO);
	else
		put_budget(w, reasoning->mode == AIP_REASONING_LEVEL
		                      ? aip_level_budget(reasoning->level)
		                      : reasoning->budget);
}

static bool has_effort(const struct writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;

	return (by_adaptive(w->ctx->caps) || reasoning->effort_only) &&
	       aip_reasoning_level(reasoning) != AIP_LEVEL_NONE && w->ctx->caps->thinking != AIP_NO;
}

static void put_schema_format(struct writer *w)
{
	aip_json_key(&w->out, "format");
	open_typed(w, "json_schema");
	aip_json_key(&w->out, "schema");
	enum aip_status s = aip_schema_write(w->ctx->arena, w->request->output.schema,
	                                     AIP_SCHEMA_CLAUDE_STRICT, false, &w->out, w->error);
	w->status = w->status ? w->status : s;
	close_object(w);
}

static void put_output_config(struct writer *w)
{
	const struct aip_output *output = &w->request->output;
	const bool schema = (output->format == AIP_FORMAT_JSON_SCHEMA ||
	                     output->format == AIP_FORMAT_ENUM) &&
	                    output->schema.len && !w->emulates_schema;

	if (output->format == AIP_FORMAT_GRAMMAR)
		drop(w, "response_format");
	if (!schema && !has_effort(w))
		return;
	aip_json_key(&w->out, "output_config");
	aip_json_open(&w->out, '{');
	if (has_effort(w)) {
		enum aip_level level = aip_level_clamp(aip_reasoning_level(&w->request->reasoning),
		                                       w->ctx->caps->levels);
		if (level == AIP_LEVEL_MINIMAL)
			level = AIP_LEVEL_LOW;
		aip_json_str(&w->out, "effort", aip_str(aip_level_word(level)));
	}
	if (schema)
		put_schema_format(w);
	close_object(w);
}

/* ---- Sampling, identity --------------------------------------------------------------------- */

/* 0 to 1 here; others go to 2. */
static void put_temperature(struct writer *w)
{
	struct aip_str lexeme = w->request->sampling.temperature;
	double value;

	if (!lexeme.at)
		return;
	if (is_word(w->ctx->caps->temperature, "none")) {
		drop(w, "temperature");
		return;
	}
	if (w->thinks) {
		if (!aip_str_double(lexeme, &value) || value != 1)
			drop(w, "temperature");
		return;
	}
	const bool above = aip_str_double(lexeme, &value) && value > 1;
	aip_json_raw_some(&w->out, "temperature", above ? AIP_LIT("1") : lexeme);
}

static void put_sampling(struct writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	const bool refused = is_word(caps->temperature, "none");
	const bool either = s->temperature.at && caps->temp_xor_top_p != AIP_NO;
	double value;

	put_temperature(w);
	if (s->top_p.at) {
		const bool low = w->thinks && (!aip_str_double(s->top_p, &value) || value < 0.95);
		if (refused || either || low || caps->top_p == AIP_NO)
			drop(w, "top_p");
		else
			aip_json_raw_some(&w->out, "top_p", s->top_p);
	}
	if (s->top_k.at) {
		if (refused || w->thinks || caps->top_k == AIP_NO)
			drop(w, "top_k");
		else
			aip_json_raw_some(&w->out, "top_k", s->top_k);
	}
	if (!s->stop)
		return;
	aip_json_key(&w->out, "stop_sequences");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *stop = s->stop; stop; stop = stop->next)
		if (!is_blank(stop->name))
			aip_json_put_str(&w->out, stop->name);
	aip_json_close(&w->out, ']');
}

static void put_identity(struct writer *w)
{
	const struct aip_request *q = w->request;

	if (q->user_id.at) {
		aip_json_key(&w->out, "metadata");
		aip_json_open(&w->out, '{');
		aip_json_str(&w->out, "user_id", q->user_id);
		close_object(w);
	}
	if (aip_str_is(q->service_tier, "standard"))
		aip_json_str(&w->out, "service_tier", AIP_LIT("standard_only"));
	else if (aip_str_is(q->service_tier, "auto") || aip_str_is(q->service_tier, "priority"))
		aip_json_str(&w->out, "service_tier", AIP_LIT("auto"));
	if (q->dialect != AIP_CLAUDE)
		return;
	aip_json_raw_some(&w->out, "container", q->state.container);
	aip_json_raw_some(&w->out, "context_management", q->state.context_management);
	if (q->cache.automatic.set)
		put_cache(w, &q->cache.automatic);
	for (const struct aip_ext *ext = q->ext; ext; ext = ext->next) {
		if (ext->dialect != AIP_CLAUDE || aip_str_find(ext->key, AIP_LIT(".")) >= 0)
			continue;
		aip_json_key_str(&w->out, ext->key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

/* ---- The whole ------------------------------------------------------------------------------ */

/* Slots this dialect lacks. */
static void drop_the_unsaid(struct writer *w)
{
	const struct aip_request *q = w->request;
	const bool foreign = q->dialect != AIP_CLAUDE;
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->sampling.seed.at != NULL, "seed"},
		{q->sampling.presence_penalty.at != NULL, "presence_penalty"},
		{q->sampling.frequency_penalty.at != NULL, "frequency_penalty"},
		{q->sampling.logit_bias.at != NULL, "logit_bias"},
		{q->sampling.logprobs == AIP_YES, "logprobs"},
		{q->output.verbosity.at != NULL, "verbosity"},
		{q->output.prediction.at != NULL, "prediction"},
		{foreign && q->metadata.at != NULL, "metadata"},
		{q->safety.at != NULL, "safety"},
		{q->state.truncation.at != NULL, "truncation"},
		{foreign && q->state.context_management.at != NULL, "context_management"},
	};
	const struct {
		bool said;
		const char *path, *why;
	} refusals[] = {
		{q->state.previous_response_id.at != NULL, "previous_response_id",
	         "this upstream keeps no state; send the full input"},
		{q->state.conversation.at != NULL, "conversation",
	         "this upstream keeps no state; send the full input"},
		{q->state.prompt.at != NULL, "prompt", "this upstream has no stored prompts"},
		{q->state.background == AIP_YES, "background",
	         "this upstream answers in the foreground only"},
		{q->cache.resource.at != NULL, "cachedContent", "lives at another vendor"},
		{q->output.audio.at != NULL, "audio", "this upstream answers in text only"},
	};
	int64_t n;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			drop(w, table[i].path);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (refusals[i].said)
			refuse(w, refusals[i].path, refusals[i].why);
	if (aip_str_int(q->sampling.n, &n) && n > 1)
		refuse(w, "n", "this upstream gives one answer at a time");
}

/* The API wants a limit; what the client did not say is as much as the model gives. */
static int64_t max_tokens_of(const struct aip_codec_ctx *ctx, const struct aip_request *request)
{
	int64_t said, most = ctx->caps->max_output;

	if (aip_str_int(request->max_output_tokens, &said) && said > 0)
		return most && said > most && request->dialect != AIP_CLAUDE ? most : said;
	return most && most < MAX_TOKENS_DEFAULT ? most : MAX_TOKENS_DEFAULT;
}

static enum aip_status write(struct aip_codec_ctx *ctx, const struct aip_request *request, bool counts,
                             struct aip_buf *into, struct aip_error *reterr)
{
	struct writer w = {.ctx = ctx, .request = request, .out = aip_json_to(into), .error = reterr};
	const int breakpoints = count_breakpoints(request);

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_claude, true);
	w.max_tokens = max_tokens_of(ctx, request);
	w.emulates_schema = claude_emulates_schema(ctx, request);
	w.breakpoints_to_skip = breakpoints > BREAKPOINTS_MAX ? breakpoints - BREAKPOINTS_MAX : 0;
	drop_the_unsaid(&w);
	aip_json_open(&w.out, '{');
	aip_json_str(&w.out, "model", ctx->model);
	if (!counts) {
		aip_json_int_kv(&w.out, "max_tokens", w.max_tokens);
		if (ctx->stream)
			aip_json_bool_kv(&w.out, "stream", true);
	}
	put_thinking_setting(&w);
	if (put_tools(&w))
		put_choice(&w);
	put_system(&w);
	put_messages(&w);
	if (!counts) {
		put_output_config(&w);
		put_sampling(&w);
		put_identity(&w);
	}
	aip_json_close(&w.out, '}');
	if (!w.status && into->status)
		return aip_fail(reterr, AIP_TOO_LARGE, "the request is too large");
	return w.status;
}

enum aip_status claude_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                     struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, false, out, reterr);
}

enum aip_status claude_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, true, out, reterr);
}
