/* Chat Completions requests, written: the system, turns and results as messages. */
#include "openai_chat.h"

/* ---- Messages ------------------------------------------------------------------------------- */

static void close_object(struct chat_writer *w)
{
	aip_json_close(&w->out, '}');
}

static void open_message(struct chat_writer *w, const char *role)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "role", aip_str(role));
}

/* Nothing but parts of a kind that another vendor alone knows: the API takes no empty content. */
static bool is_lost(struct chat_writer *w, const struct aip_part *parts)
{
	for (const struct aip_part *part = parts; part; part = part->next)
		if (part->kind != AIP_UNKNOWN_PART || chat_is_own(part->dialect))
			return false;
	if (parts)
		chat_drop(w, "messages.content");
	return true;
}

static void put_plain(struct chat_writer *w, const struct aip_turn *turn, const char *role)
{
	if (is_lost(w, turn->parts))
		return;
	open_message(w, role);
	aip_json_str_some(&w->out, "name", turn->name);
	chat_put_content(w, turn->parts);
	close_object(w);
}

/* ---- The system ----------------------------------------------------------------------------- */

static const char *system_role(const struct chat_writer *w, bool developer)
{
	const char *wanted = w->ctx->caps->chat_system_role;

	return wanted ? wanted : developer && w->same ? "developer" : "system";
}

static void put_system_text(struct chat_writer *w, bool developer, struct aip_str text)
{
	open_message(w, system_role(w, developer));
	aip_json_str(&w->out, "content", text);
	close_object(w);
}

static void put_system_part(struct chat_writer *w, const struct aip_part *part)
{
	if (!chat_keeps_cache(w, part)) {
		if (part->cache.set)
			aip_ctx_dropped(w->ctx, "cache_control");
		put_system_text(w, part->developer, part->text);
		return;
	}
	open_message(w, system_role(w, part->developer));
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
	chat_put_text_part(w, part->text, &part->cache);
	aip_json_close(&w->out, ']');
	close_object(w);
}

/* Some servers take one system message and only in front. */
static bool single_system(const struct chat_writer *w)
{
	return w->ctx->caps->chat_single_system == AIP_YES;
}

static void put_system(struct chat_writer *w)
{
	const struct aip_part *first = w->request->system;

	if (first && single_system(w)) {
		put_system_text(w, first->developer, chat_joined(w, first, AIP_TEXT));
		return;
	}
	for (const struct aip_part *part = first; part; part = part->next)
		put_system_part(w, part);
}

static void put_mid_system(struct chat_writer *w, const struct aip_turn *turn)
{
	if (!single_system(w)) {
		put_plain(w, turn, system_role(w, turn->developer));
		return;
	}
	open_message(w, "user");
	aip_json_str(&w->out, "content",
	             aip_words_system(w->ctx->arena, aip_parts_text(w->ctx->arena, turn->parts)));
	close_object(w);
}

/* ---- The assistant -------------------------------------------------------------------------- */

static struct aip_str call_id(struct chat_writer *w, struct aip_str id)
{
	return aip_call_id(w->ctx->arena, &aip_names_openai, id);
}

static struct aip_str wrapped(struct chat_writer *w, struct aip_str input)
{
	struct aip_buf text;

	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	aip_json_open(&out, '{');
	aip_json_str(&out, "input", input);
	aip_json_close(&out, '}');
	return aip_arena_take(w->ctx->arena, &text);
}

static void put_call(struct chat_writer *w, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;
	const bool is_custom = call->kind == AIP_CALL_CUSTOM;
	const bool custom = is_custom && !chat_wraps_custom(w->ctx, w->request);
	struct aip_str args = is_custom && !custom ? wrapped(w, call->args) : call->args;

	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "id", call_id(w, call->id));
	aip_json_str(&w->out, "type", custom ? AIP_LIT("custom") : AIP_LIT("function"));
	aip_json_key(&w->out, custom ? "custom" : "function");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, call->space, call->name));
	aip_json_str(&w->out, custom ? "input" : "arguments",
	             args.len || custom ? args : AIP_LIT("{}"));
	close_object(w);
	if (part->opaque && part->opaque->vendor == AIP_VENDOR_GOOGLE &&
	    aip_opaque_is_native(w->ctx, part->opaque))
		chat_put_signature(&w->out, part->opaque->data);
	chat_put_cache(w, &part->cache);
	close_object(w);
}

static void put_calls(struct chat_writer *w, const struct aip_part *parts)
{
	aip_json_key(&w->out, "tool_calls");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = parts; part; part = part->next)
		if (part->kind == AIP_TOOL_CALL)
			put_call(w, part);
	aip_json_close(&w->out, ']');
}

static bool replays_thoughts(const struct chat_writer *w, bool calls)
{
	const char *replay = w->ctx->caps->chat_reasoning_replay;

	if (chat_word_is(replay, "forbidden"))
		return false;
	return w->same || (replay && calls);
}

static void put_thoughts(struct chat_writer *w, const struct aip_part *parts, bool calls)
{
	const char *field = w->ctx->caps->chat_reasoning_field;
	struct aip_str thoughts = chat_joined(w, parts, AIP_THINKING);

	if (thoughts.len && replays_thoughts(w, calls))
		aip_json_str(&w->out, field ? field : "reasoning_content", thoughts);
}

static void put_images(struct chat_writer *w, const struct aip_part *parts)
{
	bool any = false;

	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != AIP_IMAGE)
			continue;
		if (!any) {
			aip_json_key(&w->out, "images");
			aip_json_open(&w->out, '[');
		}
		any = true;
		chat_put_url_part(w, "image_url", part);
	}
	if (any)
		aip_json_close(&w->out, ']');
}

/* The reference to a spoken answer, which only its vendor can follow. */
static bool is_sound(const struct aip_part *part)
{
	return part->kind == AIP_UNKNOWN_PART && chat_is_own(part->dialect) && part->id.len;
}

static bool any_sound(const struct aip_part *parts)
{
	for (; parts; parts = parts->next)
		if (is_sound(parts))
			return true;
	return false;
}

/* What an assistant's message has no place for, unless the client speaks this dialect. */
static void put_made(struct chat_writer *w, const struct aip_part *parts)
{
	const struct aip_part *sound = NULL;

	for (const struct aip_part *part = parts; part; part = part->next) {
		if (is_sound(part))
			sound = part;
		if (part->kind == AIP_SERVER_CALL)
			chat_drop(w, "messages.server_tool");
		if ((part->kind == AIP_IMAGE && !w->same) || part->kind == AIP_DOCUMENT ||
		    (part->kind == AIP_UNKNOWN_PART && !is_sound(part)))
			chat_drop(w, "messages.content");
	}
	if (w->same)
		put_images(w, parts);
	if (sound)
		aip_json_raw_some(&w->out, "audio", sound->raw);
}

static bool any_of(const struct aip_part *parts, enum aip_part_kind kind)
{
	for (; parts; parts = parts->next)
		if (parts->kind == kind)
			return true;
	return false;
}

/* A breakpoint needs its part; everything else is one plain string. */
static bool put_marked(struct chat_writer *w, const struct aip_part *parts)
{
	bool any = false;

	for (const struct aip_part *part = parts; part; part = part->next)
		any = any || (part->kind == AIP_TEXT && chat_keeps_cache(w, part));
	if (!any)
		return false;
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = parts; part; part = part->next)
		if (part->kind == AIP_TEXT)
			chat_put_part(w, part);
	aip_json_close(&w->out, ']');
	return true;
}

static void put_said(struct chat_writer *w, const struct aip_part *parts, bool may_be_null)
{
	struct aip_str text = chat_joined(w, parts, AIP_TEXT);

	if (put_marked(w, parts))
		return;
	chat_lose_cache(w, parts);
	aip_json_key(&w->out, "content");
	if (text.at || !may_be_null || chat_word_is(w->ctx->caps->chat_empty_content, "empty"))
		aip_json_put_str(&w->out, text);
	else
		aip_json_put_null(&w->out);
}

static void put_assistant(struct chat_writer *w, const struct aip_turn *turn)
{
	const struct aip_part *parts = turn->parts;
	const bool calls = any_of(parts, AIP_TOOL_CALL);
	const bool refuses = any_of(parts, AIP_REFUSAL);
	const bool shows = any_of(parts, AIP_TEXT) || any_of(parts, AIP_THINKING) ||
	                   any_of(parts, AIP_IMAGE) || any_sound(parts);

	if (!calls && !refuses && !shows)
		return;
	open_message(w, "assistant");
	put_said(w, parts, calls || refuses || any_sound(parts));
	aip_json_str_some(&w->out, "refusal", chat_joined(w, parts, AIP_REFUSAL));
	put_thoughts(w, parts, calls);
	aip_json_str_some(&w->out, "name", turn->name);
	put_made(w, parts);
	if (calls)
		put_calls(w, parts);
	close_object(w);
}

/* ---- Results -------------------------------------------------------------------------------- */

/* What a tool message cannot hold and a user's can. */
static bool is_attached(struct chat_writer *w, const struct aip_part *part)
{
	return part->kind >= AIP_IMAGE && part->kind <= AIP_VIDEO && !chat_text_of(w, part).at;
}

static bool attaches(struct chat_writer *w, const struct aip_tool_result *result)
{
	for (const struct aip_part *part = result->parts; part; part = part->next)
		if (is_attached(w, part))
			return true;
	return false;
}

static struct aip_str result_text(struct chat_writer *w, const struct aip_tool_result *result)
{
	struct aip_str all = AIP_NONE;

	if (result->raw.at)
		return result->raw;
	for (const struct aip_part *part = result->parts; part; part = part->next) {
		struct aip_str text = chat_text_of(w, part);
		if (!text.at)
			continue;
		all = aip_words_titled(w->ctx->arena, all, text);
	}
	if (all.len)
		return all;
	if (attaches(w, result))
		return AIP_LIT("(see the attached image)");
	return result->is_error == AIP_YES ? AIP_LIT("[tool error]") : AIP_LIT("");
}

static void put_result(struct chat_writer *w, const struct aip_part *part)
{
	const struct aip_tool_result *result = part->result;
	const bool rich = w->ctx->caps->chat_tool_image == AIP_YES && attaches(w, result);

	open_message(w, "tool");
	aip_json_str(&w->out, "tool_call_id", call_id(w, result->call_id));
	chat_put_cache(w, &part->cache);
	if (rich)
		chat_put_content(w, result->parts);
	else
		aip_json_str(&w->out, "content", result_text(w, result));
	close_object(w);
}

/* Images of results follow as the user's; of several results each is told by its call. */
static void put_attached(struct chat_writer *w, const struct aip_turn *turn, bool label)
{
	open_message(w, "user");
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (!part->result || !attaches(w, part->result))
			continue;
		if (label)
			chat_put_text_part(
				w,
				aip_arena_printf(w->ctx->arena, "[%.*s: %.*s]",
			                         AIP_FMT(part->result->name),
			                         AIP_FMT(call_id(w, part->result->call_id))),
				&(struct aip_cache){0});
		for (const struct aip_part *p = part->result->parts; p; p = p->next)
			if (is_attached(w, p))
				chat_put_part(w, p);
	}
	aip_json_close(&w->out, ']');
	close_object(w);
}

static void put_results(struct chat_writer *w, const struct aip_turn *turn)
{
	size_t attached = 0;

	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (!part->result)
			continue;
		put_result(w, part);
		attached += attaches(w, part->result);
	}
	if (attached && w->ctx->caps->chat_tool_image != AIP_YES)
		put_attached(w, turn, attached > 1);
}

void chat_put_messages(struct chat_writer *w)
{
	aip_json_key(&w->out, "messages");
	aip_json_open(&w->out, '[');
	put_system(w);
	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next) {
		switch (turn->role) {
		case AIP_ROLE_SYSTEM: put_mid_system(w, turn); break;
		case AIP_ROLE_USER: put_plain(w, turn, "user"); break;
		case AIP_ROLE_ASSISTANT: put_assistant(w, turn); break;
		case AIP_ROLE_TOOL: put_results(w, turn); break;
		}
	}
	aip_json_close(&w->out, ']');
}
