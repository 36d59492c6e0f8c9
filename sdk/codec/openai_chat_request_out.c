/* Chat Completions requests, written: messages, tools and settings from the canonical model. */
#include "openai_chat.h"

#define STOPS_MAX   4
#define USER_ID_MAX 64

struct writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	struct aip_json_out out;
	struct aip_error *error;
	enum aip_status status; /* first refusal */
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
		strncpy(w->error->param, param, sizeof(w->error->param) - 1);
}

static bool is_own(enum aip_dialect dialect)
{
	return dialect == AIP_CHAT || dialect == AIP_COMPLETIONS;
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

/* ---- Content parts -------------------------------------------------------------------------- */

static void put_text_part(struct writer *w, struct aip_str text)
{
	open_typed(w, "text");
	aip_json_str(&w->out, "text", text);
	close_object(w);
}

static void put_url_part(struct writer *w, const char *type, const struct aip_media *media)
{
	struct aip_str detail = media->detail;

	if (media->source == AIP_FROM_FILE) {
		refuse(w, "messages.content", "this upstream takes no file references");
		return;
	}
	open_typed(w, type);
	aip_json_key(&w->out, type);
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "url",
	             media->source == AIP_FROM_BASE64 ? aip_data_url_of(w->ctx->arena, media)
	                                              : media->data);
	aip_json_str_some(&w->out, "detail", aip_str_is(detail, "original") ? AIP_LIT("high") : detail);
	close_object(w);
	close_object(w);
}

static void put_audio_part(struct writer *w, const struct aip_media *media)
{
	const bool mp3 = aip_str_is(media->format, "mp3") ||
	                 aip_str_find(media->mime, AIP_LIT("mp")) >= 0;

	open_typed(w, "input_audio");
	aip_json_key(&w->out, "input_audio");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "data", media->data);
	aip_json_str(&w->out, "format", media->format.len ? media->format
	                                : mp3             ? AIP_LIT("mp3")
	                                                  : AIP_LIT("wav"));
	close_object(w);
	close_object(w);
}

static void put_document_part(struct writer *w, const struct aip_media *media)
{
	struct aip_str title = media->title.len ? media->title : media->filename;
	struct aip_str text = media->data;

	switch (media->source) {
	case AIP_FROM_TEXT:
	case AIP_FROM_PARTS:
		if (media->source == AIP_FROM_PARTS)
			text = aip_parts_text(w->ctx->arena, media->parts);
		if (title.len)
			text = aip_arena_printf(w->ctx->arena, "%.*s\n\n%.*s", AIP_FMT(title),
			                        AIP_FMT(text));
		put_text_part(w, text);
		return;
	case AIP_FROM_URL:
		refuse(w, "messages.content", "this upstream takes documents inline, not by URL");
		return;
	case AIP_FROM_BASE64:
	case AIP_FROM_FILE: break;
	}
	open_typed(w, "file");
	aip_json_key(&w->out, "file");
	aip_json_open(&w->out, '{');
	if (media->source == AIP_FROM_FILE) {
		aip_json_str(&w->out, "file_id", media->data);
	} else {
		aip_json_str(&w->out, "filename", title.len ? title : AIP_LIT("document.pdf"));
		aip_json_str(&w->out, "file_data", aip_data_url_of(w->ctx->arena, media));
	}
	close_object(w);
	close_object(w);
}

static void put_part(struct writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: put_text_part(w, part->text); break;
	case AIP_IMAGE: put_url_part(w, "image_url", part->media); break;
	case AIP_VIDEO: put_url_part(w, "video_url", part->media); break;
	case AIP_AUDIO: put_audio_part(w, part->media); break;
	case AIP_DOCUMENT: put_document_part(w, part->media); break;
	case AIP_SEARCH_RESULT:
		put_text_part(w, aip_arena_printf(
					 w->ctx->arena, "%.*s\n%.*s\n\n%.*s",
					 AIP_FMT(part->found->title), AIP_FMT(part->found->url),
					 AIP_FMT(aip_parts_text(w->ctx->arena, part->found->parts))));
		break;
	case AIP_UNKNOWN_PART:
		if (is_own(part->dialect))
			aip_json_put_raw(&w->out, part->raw);
		else
			drop(w, "messages.content");
		break;
	case AIP_ITEM_REF:
		refuse(w, "input", "this upstream keeps no items to refer to; send the full input");
		break;
	default: break;
	}
}

static bool is_only_text(const struct aip_part *parts)
{
	return parts && !parts->next && parts->kind == AIP_TEXT;
}

/* A lone text is a plain string, which every server of this dialect takes. */
static void put_content(struct writer *w, const struct aip_part *parts)
{
	aip_json_key(&w->out, "content");
	if (is_only_text(parts)) {
		aip_json_put_str(&w->out, parts->text);
		return;
	}
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = parts; part; part = part->next)
		put_part(w, part);
	aip_json_close(&w->out, ']');
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void open_message(struct writer *w, const char *role)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "role", aip_str(role));
}

static const char *system_role(struct writer *w, bool developer)
{
	const char *wanted = w->ctx->caps->chat_system_role;

	if (wanted)
		return wanted;
	return developer && is_own(w->request->dialect) ? "developer" : "system";
}

static void put_system(struct writer *w)
{
	for (const struct aip_part *part = w->request->system; part; part = part->next) {
		open_message(w, system_role(w, part->developer));
		aip_json_str(&w->out, "content", part->text);
		close_object(w);
	}
}

static struct aip_str call_id(struct writer *w, struct aip_str id)
{
	return aip_call_id(w->ctx->arena, &aip_names_openai, id);
}

static void put_call(struct writer *w, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;
	const bool custom = call->kind == AIP_CALL_CUSTOM;

	open_typed(w, custom ? "custom" : "function");
	aip_json_str(&w->out, "id", call_id(w, call->id));
	aip_json_key(&w->out, custom ? "custom" : "function");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, call->space, call->name));
	aip_json_str(&w->out, custom ? "input" : "arguments",
	             call->args.len || custom ? call->args : AIP_LIT("{}"));
	close_object(w);
	if (part->opaque && part->opaque->vendor == AIP_VENDOR_GOOGLE &&
	    aip_opaque_is_native(w->ctx, part->opaque)) {
		aip_json_key(&w->out, "extra_content");
		aip_json_open(&w->out, '{');
		aip_json_key(&w->out, "google");
		aip_json_open(&w->out, '{');
		aip_json_str(&w->out, "thought_signature", part->opaque->data);
		close_object(w);
		close_object(w);
	}
	close_object(w);
}

static struct aip_str joined(struct writer *w, const struct aip_part *parts, enum aip_part_kind kind)
{
	struct aip_str all = AIP_NONE;

	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != kind)
			continue;
		all = all.at ? aip_arena_printf(w->ctx->arena, "%.*s\n\n%.*s", AIP_FMT(all),
		                                AIP_FMT(part->text))
		             : part->text;
	}
	return all;
}

static bool replays_thoughts(struct writer *w, bool calls)
{
	const char *replay = w->ctx->caps->chat_reasoning_replay;

	return is_word(replay, "required") || (is_word(replay, "allowed") && calls);
}

static void put_assistant(struct writer *w, const struct aip_turn *turn)
{
	struct aip_str text = joined(w, turn->parts, AIP_TEXT);
	struct aip_str refusal = joined(w, turn->parts, AIP_REFUSAL);
	struct aip_str thoughts = joined(w, turn->parts, AIP_THINKING);
	bool calls = false;

	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		calls = calls || part->kind == AIP_TOOL_CALL;
		if (part->kind == AIP_SERVER_CALL)
			drop(w, "messages.server_tool");
	}
	if (!text.at && !refusal.at && !calls && !thoughts.at)
		return;
	open_message(w, "assistant");
	aip_json_key(&w->out, "content");
	if (text.at || !calls)
		aip_json_put_str(&w->out, text.at ? text : AIP_LIT(""));
	else
		aip_json_put_null(&w->out);
	aip_json_str_some(&w->out, "refusal", refusal);
	if (thoughts.len && replays_thoughts(w, calls))
		aip_json_str(&w->out, "reasoning_content", thoughts);
	aip_json_str_some(&w->out, "name", turn->name);
	if (calls) {
		aip_json_key(&w->out, "tool_calls");
		aip_json_open(&w->out, '[');
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			if (part->kind == AIP_TOOL_CALL)
				put_call(w, part);
		aip_json_close(&w->out, ']');
	}
	close_object(w);
}

static bool is_media(const struct aip_part *part)
{
	return part->kind >= AIP_IMAGE && part->kind <= AIP_VIDEO;
}

static bool has_media(const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		for (const struct aip_part *p = part->result ? part->result->parts : NULL; p; p = p->next)
			if (is_media(p))
				return true;
	return false;
}

static struct aip_str result_text(struct writer *w, const struct aip_tool_result *result)
{
	struct aip_str text = result->raw.at ? result->raw : aip_parts_text(w->ctx->arena, result->parts);

	for (const struct aip_part *p = result->parts; p && !text.len; p = p->next)
		if (is_media(p))
			return AIP_LIT("(see the attached image)");
	return text.at ? text : AIP_LIT("");
}

static void put_result(struct writer *w, const struct aip_tool_result *result)
{
	const bool rich = w->ctx->caps->chat_tool_image == AIP_YES && !result->raw.at && result->parts &&
	                  !is_only_text(result->parts);

	open_message(w, "tool");
	aip_json_str(&w->out, "tool_call_id", call_id(w, result->call_id));
	if (rich)
		put_content(w, result->parts);
	else
		aip_json_str(&w->out, "content", result_text(w, result));
	close_object(w);
}

/* Images of results follow as the user's, where a tool message may hold only text. */
static void put_result_media(struct writer *w, const struct aip_turn *turn)
{
	open_message(w, "user");
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		for (const struct aip_part *p = part->result ? part->result->parts : NULL; p; p = p->next)
			if (is_media(p))
				put_part(w, p);
	aip_json_close(&w->out, ']');
	close_object(w);
}

static void put_plain(struct writer *w, const struct aip_turn *turn, const char *role)
{
	if (!turn->parts)
		return;
	open_message(w, role);
	aip_json_str_some(&w->out, "name", turn->name);
	put_content(w, turn->parts);
	close_object(w);
}

static void put_turn(struct writer *w, const struct aip_turn *turn)
{
	switch (turn->role) {
	case AIP_ROLE_SYSTEM: put_plain(w, turn, system_role(w, turn->developer)); break;
	case AIP_ROLE_USER: put_plain(w, turn, "user"); break;
	case AIP_ROLE_ASSISTANT: put_assistant(w, turn); break;
	case AIP_ROLE_TOOL:
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			if (part->result)
				put_result(w, part->result);
		if (has_media(turn) && w->ctx->caps->chat_tool_image != AIP_YES)
			put_result_media(w, turn);
		break;
	}
}

static void put_messages(struct writer *w)
{
	aip_json_key(&w->out, "messages");
	aip_json_open(&w->out, '[');
	put_system(w);
	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next)
		put_turn(w, turn);
	aip_json_close(&w->out, ']');
}

/* ---- Tools ---------------------------------------------------------------------------------- */

/* A strict schema that cannot be made one is sent as it is, and not called strict. */
static bool put_schema(struct writer *w, struct aip_str schema, bool strict, bool is_tool)
{
	struct aip_buf text;
	struct aip_error ignored;
	bool done = false;

	if (strict) {
		aip_buf_init(&text, 16u << 20);
		struct aip_json_out out = aip_json_to(&text);
		done = !aip_schema_write(w->ctx->arena, schema, AIP_SCHEMA_OPENAI_STRICT, is_tool, &out,
		                         &ignored);
		if (done)
			aip_json_put_raw(&w->out, aip_buf_str(&text));
		aip_buf_fini(&text);
	}
	if (!done) {
		enum aip_status s =
			aip_schema_write(w->ctx->arena, schema, AIP_SCHEMA_RAW, is_tool, &w->out, w->error);
		w->status = w->status ? w->status : s;
	}
	return done;
}

static void put_function(struct writer *w, const struct aip_tool *tool, struct aip_str space)
{
	open_typed(w, "function");
	aip_json_key(&w->out, "function");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, space, tool->name));
	aip_json_str_some(&w->out, "description", tool->description);
	aip_json_key(&w->out, "parameters");
	if (put_schema(w, tool->schema, tool->strict == AIP_YES, true))
		aip_json_bool_kv(&w->out, "strict", true);
	close_object(w);
	close_object(w);
}

static void put_custom(struct writer *w, const struct aip_tool *tool, struct aip_str space)
{
	open_typed(w, "custom");
	aip_json_key(&w->out, "custom");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, space, tool->name));
	aip_json_str_some(&w->out, "description", tool->description);
	if (tool->grammar.len) {
		aip_json_key(&w->out, "format");
		open_typed(w, "grammar");
		aip_json_key(&w->out, "grammar");
		aip_json_open(&w->out, '{');
		aip_json_str(&w->out, "syntax", tool->grammar_syntax);
		aip_json_str(&w->out, "definition", tool->grammar);
		close_object(w);
		close_object(w);
	}
	close_object(w);
	close_object(w);
}

static void put_tool_list(struct writer *w, const struct aip_tool *tools, struct aip_str space)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		struct aip_str in = space.at ? space : tool->space;
		if (tool->kind == AIP_TOOL_FUNCTION)
			put_function(w, tool, in);
		else if (tool->kind == AIP_TOOL_CUSTOM)
			put_custom(w, tool, in);
		else if (tool->kind == AIP_TOOL_NAMESPACE)
			put_tool_list(w, tool->tools, tool->name);
		else if (is_own(tool->dialect) && tool->raw.at)
			aip_json_put_raw(&w->out, tool->raw);
		else if (!(tool->kind == AIP_TOOL_SERVER && is_own(tool->dialect)))
			drop(w, "tools.server");
	}
}

/* False: no tool is left, and neither list nor choice is written. */
static bool put_tools(struct writer *w)
{
	const size_t mark = w->out.buf->len;
	const bool comma = w->out.comma;

	if (!w->request->tools)
		return false;
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	const size_t empty = w->out.buf->len;
	put_tool_list(w, w->request->tools, AIP_NONE);
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

static void put_named(struct writer *w, enum aip_call_kind kind, struct aip_str name)
{
	const char *type = kind == AIP_CALL_CUSTOM ? "custom" : "function";

	open_typed(w, type);
	aip_json_key(&w->out, type);
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, AIP_NONE, name));
	close_object(w);
	close_object(w);
}

static void put_allowed(struct writer *w, const struct aip_tool_choice *choice)
{
	open_typed(w, "allowed_tools");
	aip_json_key(&w->out, "allowed_tools");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "mode", choice->required ? AIP_LIT("required") : AIP_LIT("auto"));
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *n = choice->names; n; n = n->next)
		put_named(w, AIP_CALL_FUNCTION, n->name);
	aip_json_close(&w->out, ']');
	close_object(w);
	close_object(w);
}

static void put_choice(struct writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;

	if (choice->mode == AIP_CHOICE_UNSET)
		return;
	aip_json_key(&w->out, "tool_choice");
	switch (choice->mode) {
	case AIP_CHOICE_NONE: aip_json_put_str(&w->out, AIP_LIT("none")); break;
	case AIP_CHOICE_REQUIRED: aip_json_put_str(&w->out, AIP_LIT("required")); break;
	case AIP_CHOICE_NAMED: put_named(w, choice->call_kind, choice->name); break;
	case AIP_CHOICE_ALLOWED: put_allowed(w, choice); break;
	default: aip_json_put_str(&w->out, AIP_LIT("auto")); break;
	}
}

/* ---- Settings ------------------------------------------------------------------------------- */

static void put_number(struct writer *w, const char *key, struct aip_str lexeme, enum aip_tri cap)
{
	if (!lexeme.at)
		return;
	if (cap == AIP_NO)
		drop(w, key);
	else
		aip_json_raw_some(&w->out, key, lexeme);
}

static void put_stops(struct writer *w)
{
	int n = 0;

	if (!w->request->sampling.stop)
		return;
	aip_json_key(&w->out, "stop");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *s = w->request->sampling.stop; s; s = s->next, n++) {
		if (n < STOPS_MAX)
			aip_json_put_str(&w->out, s->name);
		else if (n == STOPS_MAX)
			drop(w, "stop");
	}
	aip_json_close(&w->out, ']');
}

static void put_sampling(struct writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	const bool fixed = caps->temperature && !is_word(caps->temperature, "free");

	put_number(w, "temperature", s->temperature, fixed ? AIP_NO : AIP_UNSET);
	put_number(w, "top_p", s->top_p, caps->top_p);
	put_number(w, "presence_penalty", s->presence_penalty, caps->penalties);
	put_number(w, "frequency_penalty", s->frequency_penalty, caps->penalties);
	put_number(w, "seed", s->seed, caps->seed);
	put_number(w, "n", s->n, AIP_UNSET);
	put_number(w, "logit_bias", s->logit_bias, caps->logprobs);
	put_number(w, "top_k", s->top_k,
	           is_own(w->request->dialect) || caps->top_k == AIP_YES ? AIP_UNSET : AIP_NO);
	if (s->logprobs == AIP_YES) {
		if (caps->logprobs == AIP_NO) {
			drop(w, "logprobs");
		} else {
			aip_json_bool_kv(&w->out, "logprobs", true);
			aip_json_raw_some(&w->out, "top_logprobs", s->top_logprobs);
		}
	}
	put_stops(w);
}

static void put_format(struct writer *w)
{
	const struct aip_output *output = &w->request->output;

	if (output->format == AIP_FORMAT_GRAMMAR && !is_own(w->request->dialect))
		drop(w, "response_format");
	if (output->format == AIP_FORMAT_GRAMMAR && is_own(w->request->dialect))
		aip_json_raw_some(&w->out, "response_format", output->raw);
	if (output->format == AIP_FORMAT_JSON_OBJECT)
		aip_json_raw_some(&w->out, "response_format", AIP_LIT("{\"type\":\"json_object\"}"));
	if (output->format != AIP_FORMAT_JSON_SCHEMA && output->format != AIP_FORMAT_ENUM)
		return;
	aip_json_key(&w->out, "response_format");
	open_typed(w, "json_schema");
	aip_json_key(&w->out, "json_schema");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", output->name.len ? output->name : AIP_LIT("response"));
	aip_json_str_some(&w->out, "description", output->description);
	aip_json_key(&w->out, "schema");
	const bool strict = put_schema(w, output->schema, output->strict == AIP_YES, false);
	if (output->strict != AIP_UNSET)
		aip_json_bool_kv(&w->out, "strict", strict);
	close_object(w);
	close_object(w);
}

static void put_effort(struct writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const struct aip_caps *caps = w->ctx->caps;
	enum aip_level level = AIP_LEVEL_NONE;

	if (caps->chat_tools_need_effort_none == AIP_YES && w->request->tools) {
		aip_ctx_warn(w->ctx, "this model takes tools only without reasoning effort");
		aip_json_str(&w->out, "reasoning_effort", AIP_LIT("none"));
		return;
	}
	if (reasoning->mode == AIP_REASONING_UNSET || reasoning->mode == AIP_REASONING_AUTO)
		return;
	if (caps->thinking == AIP_NO) {
		drop(w, "reasoning_effort");
		return;
	}
	if (reasoning->mode == AIP_REASONING_OFF &&
	    (!caps->levels || aip_caps_has(caps->levels, "none"))) {
		aip_json_str(&w->out, "reasoning_effort", AIP_LIT("none"));
		return;
	}
	level = reasoning->mode == AIP_REASONING_OFF ? AIP_LEVEL_MINIMAL : aip_reasoning_level(reasoning);
	aip_json_str(&w->out, "reasoning_effort",
	             aip_str(aip_level_word(aip_level_clamp(level, caps->levels))));
}

static void put_stream(struct writer *w)
{
	if (!w->ctx->stream)
		return;
	aip_json_bool_kv(&w->out, "stream", true);
	aip_json_raw_some(&w->out, "stream_options", AIP_LIT("{\"include_usage\":true}"));
}

static void put_identity(struct writer *w)
{
	const struct aip_request *q = w->request;
	struct aip_str user = q->user_id;

	if (user.len > USER_ID_MAX)
		user = aip_sha256_hex(w->ctx->arena, user);
	aip_json_str_some(&w->out, "user", user);
	if (q->state.store && is_own(q->dialect))
		aip_json_bool_kv(&w->out, "store", q->state.store == AIP_YES);
	if (is_own(q->dialect) || q->dialect == AIP_RESPONSES)
		aip_json_raw_some(&w->out, "metadata", q->metadata);
	aip_json_str_some(&w->out, "prompt_cache_key", q->cache.key);
	aip_json_str_some(&w->out, "verbosity", q->output.verbosity);
	if (q->service_tier.at)
		aip_json_str(&w->out, "service_tier",
		             aip_str_is(q->service_tier, "standard") ? AIP_LIT("default")
		                                                     : q->service_tier);
	if (!is_own(q->dialect))
		return;
	aip_json_raw_some(&w->out, "modalities", q->output.modalities);
	aip_json_raw_some(&w->out, "audio", q->output.audio);
	aip_json_raw_some(&w->out, "prediction", q->output.prediction);
	for (const struct aip_ext *ext = q->ext; ext; ext = ext->next) {
		if (!is_own(ext->dialect))
			continue;
		aip_json_key_str(&w->out, ext->key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

/* Slots this dialect lacks. */
static void drop_the_unsaid(struct writer *w)
{
	const struct aip_request *q = w->request;
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->max_tool_calls.at != NULL, "max_tool_calls"},
		{q->safety.at && q->dialect == AIP_GEMINI, "safetySettings"},
		{q->state.truncation.at != NULL, "truncation"},
		{q->state.context_management.at != NULL, "context_management"},
		{q->state.container.at != NULL, "container"},
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
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			drop(w, table[i].path);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (refusals[i].said)
			refuse(w, refusals[i].path, refusals[i].why);
}

/* ---- The whole ------------------------------------------------------------------------------ */

/* Reasoning models know only the newer name; older servers only the older one. */
static const char *max_tokens_name(const struct writer *w)
{
	return w->ctx->caps->levels || w->ctx->caps->modes ? "max_completion_tokens" : "max_tokens";
}

enum aip_status chat_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *into, struct aip_error *reterr)
{
	struct writer w = {.ctx = ctx, .request = request, .out = aip_json_to(into), .error = reterr};

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_openai, true);
	drop_the_unsaid(&w);
	aip_json_open(&w.out, '{');
	aip_json_str(&w.out, "model", ctx->model);
	put_messages(&w);
	put_stream(&w);
	aip_json_raw_some(&w.out, max_tokens_name(&w), request->max_output_tokens);
	put_sampling(&w);
	if (put_tools(&w)) {
		put_choice(&w);
		if (request->parallel_tools)
			aip_json_bool_kv(&w.out, "parallel_tool_calls",
			                 request->parallel_tools == AIP_YES);
	}
	put_format(&w);
	put_effort(&w);
	put_identity(&w);
	aip_json_close(&w.out, '}');
	if (!w.status && into->status)
		return aip_fail(reterr, AIP_TOO_LARGE, "the request is too large");
	return w.status;
}
