/* Gemini requests, written: contents, tools and generationConfig from the canonical model. */
#include "gemini.h"

#define STOPS_MAX 5

struct writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	struct aip_json_out out;
	struct aip_error *error;
	enum aip_status status;         /* first refusal; later steps do nothing harmful */
	const struct aip_turn *current; /* calls behind it belong to the current turn */
	bool newest;                    /* the turn being written stands behind it */
	bool step_is_signed;            /* a call of this turn carries a signature */
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

static bool has_levels(const struct aip_caps *caps)
{
	return aip_caps_has(caps->modes, "level");
}

/* ---- Parts ---------------------------------------------------------------------------------- */

static void put_text(struct writer *w, struct aip_str text)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "text", text);
	aip_json_close(&w->out, '}');
}

static void put_signature(struct writer *w, const struct aip_opaque *opaque)
{
	if (opaque && aip_opaque_is_native(w->ctx, opaque))
		aip_json_str(&w->out, "thoughtSignature", opaque->data);
}

static void put_signed_text(struct writer *w, const struct aip_part *part, bool thought)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "text", part->text.at ? part->text : AIP_LIT(""));
	if (thought)
		aip_json_bool_kv(&w->out, "thought", true);
	put_signature(w, part->opaque);
	aip_json_close(&w->out, '}');
}

static bool is_googles_uri(struct aip_str uri)
{
	return aip_str_starts(uri, AIP_LIT("gs://")) ||
	       aip_str_starts(uri, AIP_LIT("https://generativelanguage.googleapis.com/")) ||
	       aip_str_starts(uri, AIP_LIT("https://www.youtube.com/")) ||
	       aip_str_starts(uri, AIP_LIT("https://youtu.be/"));
}

static const char *default_mime(const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_IMAGE: return "image/png";
	case AIP_AUDIO: return aip_str_is(part->media->format, "mp3") ? "audio/mp3" : "audio/wav";
	case AIP_VIDEO: return "video/mp4";
	default: return "application/pdf";
	}
}

static void put_inline(struct writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;
	struct aip_str mime = media->mime.at ? media->mime : aip_str(default_mime(part));

	aip_json_key(&w->out, "inlineData");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "mimeType", mime);
	aip_json_str(&w->out, "data", media->data);
	aip_json_close(&w->out, '}');
}

static void put_uri(struct writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;

	if (media->source == AIP_FROM_URL && !is_googles_uri(media->data) &&
	    w->ctx->caps->http_file_uri == AIP_NO)
		refuse(w, "messages", "this model takes no media by URL, only inline");
	aip_json_key(&w->out, "fileData");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "mimeType", media->mime.at ? media->mime : aip_str(default_mime(part)));
	aip_json_str(&w->out, "fileUri", media->data);
	aip_json_close(&w->out, '}');
}

/* A document that is text goes as text, its title in front. */
static void put_document_text(struct writer *w, const struct aip_media *media)
{
	struct aip_str text = media->source == AIP_FROM_PARTS
	                              ? aip_parts_text(w->ctx->arena, media->parts)
	                              : media->data;
	struct aip_str title = media->title.at ? media->title : media->filename;

	if (title.len)
		text = aip_arena_printf(w->ctx->arena, "%.*s\n\n%.*s", AIP_FMT(title), AIP_FMT(text));
	put_text(w, text);
}

static void put_media(struct writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;

	if (media->source == AIP_FROM_TEXT || media->source == AIP_FROM_PARTS) {
		put_document_text(w, media);
		return;
	}
	aip_json_open(&w->out, '{');
	if (media->source == AIP_FROM_BASE64)
		put_inline(w, part);
	else
		put_uri(w, part);
	aip_json_raw_some(&w->out, "videoMetadata", media->video_raw);
	put_signature(w, part->opaque);
	aip_json_close(&w->out, '}');
}

static void put_call_id(struct writer *w, struct aip_str id)
{
	if (w->ctx->caps->fc_id != AIP_NO && id.len)
		aip_json_str(&w->out, "id", aip_call_id(w->ctx->arena, &aip_names_gemini, id));
}

/* The first call of a step in the current turn must carry a signature where the model thinks in levels. */
static void put_call_signature(struct writer *w, const struct aip_opaque *opaque)
{
	if (opaque && aip_opaque_is_native(w->ctx, opaque))
		aip_json_str(&w->out, "thoughtSignature", opaque->data);
	else if (!w->step_is_signed && w->newest &&
	         (!w->ctx->caps->modes || has_levels(w->ctx->caps)))
		aip_json_str(&w->out, "thoughtSignature", AIP_LIT(GEMINI_NO_SIGNATURE));
	w->step_is_signed = true;
}

static void put_call(struct writer *w, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;

	aip_json_open(&w->out, '{');
	aip_json_key(&w->out, "functionCall");
	aip_json_open(&w->out, '{');
	put_call_id(w, call->id);
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, call->space, call->name));
	aip_json_key(&w->out, "args");
	if (call->kind == AIP_CALL_CUSTOM) {
		aip_json_open(&w->out, '{');
		aip_json_str(&w->out, "input", call->args);
		aip_json_close(&w->out, '}');
	} else {
		aip_json_put_raw(&w->out, aip_args_object(w->ctx, call->args));
	}
	aip_json_close(&w->out, '}');
	put_call_signature(w, part->opaque);
	aip_json_close(&w->out, '}');
}

static bool is_media(const struct aip_part *part)
{
	return part->kind == AIP_IMAGE || part->kind == AIP_DOCUMENT || part->kind == AIP_AUDIO ||
	       part->kind == AIP_VIDEO;
}

static bool is_inline(const struct aip_part *part)
{
	return is_media(part) && part->media->source == AIP_FROM_BASE64;
}

static void put_result_value(struct writer *w, const struct aip_tool_result *result)
{
	const bool is_error = result->is_error == AIP_YES;

	aip_json_key(&w->out, "response");
	if (result->raw.at && result->raw.len && result->raw.at[0] == '{' && !is_error) {
		aip_json_put_raw(&w->out, result->raw);
		return;
	}
	aip_json_open(&w->out, '{');
	aip_json_key(&w->out, is_error ? "error" : "result");
	if (result->raw.at)
		aip_json_put_raw(&w->out, result->raw);
	else
		aip_json_put_str(&w->out, aip_parts_text(w->ctx->arena, result->parts));
	aip_json_close(&w->out, '}');
}

static void put_result(struct writer *w, const struct aip_part *part)
{
	const struct aip_tool_result *result = part->result;
	bool any = false;

	aip_json_open(&w->out, '{');
	aip_json_key(&w->out, "functionResponse");
	aip_json_open(&w->out, '{');
	put_call_id(w, result->call_id);
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, result->space, result->name));
	put_result_value(w, result);
	for (const struct aip_part *p = result->parts; p && w->ctx->caps->fr_parts == AIP_YES;
	     p = p->next) {
		if (!is_inline(p))
			continue;
		if (!any) {
			aip_json_key(&w->out, "parts");
			aip_json_open(&w->out, '[');
		}
		any = true;
		put_media(w, p);
	}
	if (any)
		aip_json_close(&w->out, ']');
	aip_json_close(&w->out, '}');
	aip_json_close(&w->out, '}');
}

/* Media of results where they cannot stand inside: behind all the responses. */
static void put_result_media(struct writer *w, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (!part->result)
			continue;
		for (const struct aip_part *p = part->result->parts; p; p = p->next)
			if (is_media(p) && !(is_inline(p) && w->ctx->caps->fr_parts == AIP_YES))
				put_media(w, p);
	}
}

static void put_thinking(struct writer *w, const struct aip_part *part)
{
	if (!part->opaque || !aip_opaque_is_native(w->ctx, part->opaque))
		return; /* unsigned thoughts mean nothing to the model */
	put_signed_text(w, part, part->opaque->part != AIP_TEXT || part->text.len > 0);
}

static void put_search_result(struct writer *w, const struct aip_search_result *found)
{
	put_text(w, aip_arena_printf(w->ctx->arena, "%.*s\n%.*s\n\n%.*s", AIP_FMT(found->title),
	                             AIP_FMT(found->url),
	                             AIP_FMT(aip_parts_text(w->ctx->arena, found->parts))));
}

static void put_part(struct writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT: put_signed_text(w, part, false); break;
	case AIP_REFUSAL: put_text(w, part->text); break;
	case AIP_IMAGE:
	case AIP_DOCUMENT:
	case AIP_AUDIO:
	case AIP_VIDEO: put_media(w, part); break;
	case AIP_TOOL_CALL: put_call(w, part); break;
	case AIP_TOOL_RESULT: put_result(w, part); break;
	case AIP_THINKING: put_thinking(w, part); break;
	case AIP_SEARCH_RESULT: put_search_result(w, part->found); break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
		if (part->server->dialect == AIP_GEMINI)
			aip_json_put_raw(&w->out, part->server->raw);
		else
			drop(w, "messages.server_tool");
		break;
	case AIP_UNKNOWN_PART:
		if (part->dialect == AIP_GEMINI)
			aip_json_put_raw(&w->out, part->raw);
		else
			drop(w, "messages.content");
		break;
	case AIP_ITEM_REF:
		refuse(w, "input", "this upstream keeps no items to refer to; send the full input");
		break;
	case AIP_REDACTED_THINKING:
	case AIP_COMPACTION: break; /* another vendor's, unreadable here */
	}
}

/* ---- Contents ------------------------------------------------------------------------------- */

static bool part_is_said(const struct writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT: return part->text.len > 0 || part->opaque;
	case AIP_REFUSAL: return part->text.len > 0;
	case AIP_THINKING: return part->opaque && aip_opaque_is_native(w->ctx, part->opaque);
	case AIP_REDACTED_THINKING:
	case AIP_COMPACTION: return false;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: return part->server->dialect == AIP_GEMINI;
	case AIP_UNKNOWN_PART: return part->dialect == AIP_GEMINI;
	default: return true;
	}
}

static bool turn_is_said(const struct writer *w, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (part_is_said(w, part))
			return true;
	return false;
}

static void open_content(struct writer *w, const char *role)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "role", aip_str(role));
	aip_json_key(&w->out, "parts");
	aip_json_open(&w->out, '[');
}

static void close_content(struct writer *w)
{
	aip_json_close(&w->out, ']');
	aip_json_close(&w->out, '}');
}

/* Results stand in the order of their calls. */
static void put_results(struct writer *w, const struct aip_turn *turn, const struct aip_turn *before)
{
	const struct aip_part *call = before ? before->parts : NULL;

	for (; call; call = call->next) {
		if (call->kind != AIP_TOOL_CALL)
			continue;
		for (const struct aip_part *p = turn->parts; p; p = p->next)
			if (p->result && aip_str_eq(p->result->call_id, call->call->id))
				put_result(w, p);
	}
}

static void put_tool_turn(struct writer *w, const struct aip_turn *turn, const struct aip_turn *before)
{
	open_content(w, "user");
	put_results(w, turn, before);
	put_result_media(w, turn);
	close_content(w);
}

/* Where the API has no such role, what the system says in mid-conversation is wrapped for the model. */
static void put_system_turn(struct writer *w, const struct aip_turn *turn)
{
	open_content(w, "user");
	put_text(w, aip_arena_printf(w->ctx->arena, "<system-reminder>\n%.*s\n</system-reminder>",
	                             AIP_FMT(aip_parts_text(w->ctx->arena, turn->parts))));
	close_content(w);
}

static void put_turn(struct writer *w, const struct aip_turn *turn)
{
	open_content(w, turn->role == AIP_ROLE_ASSISTANT ? "model" : "user");
	w->step_is_signed = false;
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (part_is_said(w, part))
			put_part(w, part);
	close_content(w);
}

static const struct aip_turn *last_user_turn(const struct aip_request *request)
{
	const struct aip_turn *last = NULL;

	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		if (turn->role == AIP_ROLE_USER)
			last = turn;
	return last;
}

static void put_contents(struct writer *w)
{
	const struct aip_turn *before = NULL;
	bool first = true;

	if (!w->request->turns && w->request->system) { /* somebody must speak */
		aip_json_key(&w->out, "contents");
		aip_json_open(&w->out, '[');
		open_content(w, "user");
		for (const struct aip_part *part = w->request->system; part; part = part->next)
			put_text(w, part->text);
		close_content(w);
		aip_json_close(&w->out, ']');
		return;
	}
	w->current = last_user_turn(w->request);
	w->newest = !w->current;
	aip_json_key(&w->out, "contents");
	aip_json_open(&w->out, '[');
	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next) {
		if (turn == w->current)
			w->newest = true;
		if (turn->prefill && w->ctx->caps->prefill == AIP_NO) {
			aip_ctx_warn(w->ctx, "the model continues no assistant turn: it was left out");
			drop(w, "messages.prefill");
			continue;
		}
		if (!turn_is_said(w, turn))
			continue;
		if (first && turn->role == AIP_ROLE_ASSISTANT) {
			open_content(w, "user");
			put_text(w, AIP_LIT(" "));
			close_content(w);
		}
		first = false;
		if (turn->role == AIP_ROLE_TOOL)
			put_tool_turn(w, turn, before);
		else if (turn->role == AIP_ROLE_SYSTEM)
			put_system_turn(w, turn);
		else
			put_turn(w, turn);
		before = turn;
	}
	aip_json_close(&w->out, ']');
}

/* What the model is asked in words where the wire has no field. */
static void put_system(struct writer *w)
{
	if (!w->request->system || !w->request->turns)
		return;
	aip_json_key(&w->out, "systemInstruction");
	aip_json_open(&w->out, '{');
	aip_json_key(&w->out, "parts");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = w->request->system; part; part = part->next)
		put_text(w, part->text);
	aip_json_close(&w->out, ']');
	aip_json_close(&w->out, '}');
}

/* ---- Tools ---------------------------------------------------------------------------------- */

static bool schema_is_empty(struct aip_str schema)
{
	return !schema.len || aip_str_find(schema, AIP_LIT("\"properties\"")) < 0;
}

static void put_function(struct writer *w, const struct aip_tool *tool, struct aip_str space)
{
	const bool modern = !aip_str_is(aip_str(w->ctx->caps->schema_profile), "gemini_openapi");
	struct aip_str description = tool->description;

	if (tool->grammar.len)
		description = aip_arena_printf(w->ctx->arena, "%.*s\n\nThe input follows this %.*s grammar:\n%.*s",
		                               AIP_FMT(tool->description), AIP_FMT(tool->grammar_syntax),
		                               AIP_FMT(tool->grammar));
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, space, tool->name));
	aip_json_str_some(&w->out, "description", description);
	if (tool->kind == AIP_TOOL_CUSTOM) {
		aip_json_raw_some(&w->out, modern ? "parametersJsonSchema" : "parameters",
		                  AIP_LIT("{\"type\":\"object\",\"properties\":{\"input\":{\"type\":"
		                          "\"string\"}},\"required\":[\"input\"]}"));
	} else if (!schema_is_empty(tool->schema)) {
		aip_json_key(&w->out, modern ? "parametersJsonSchema" : "parameters");
		enum aip_status s = aip_schema_write(
			w->ctx->arena, tool->schema,
			modern ? AIP_SCHEMA_RAW : AIP_SCHEMA_GEMINI_OPENAPI, true, &w->out, w->error);
		w->status = w->status ? w->status : s;
	}
	aip_json_close(&w->out, '}');
}

static const char *server_key(enum aip_server_tool tool)
{
	switch (tool) {
	case AIP_SERVER_WEB_SEARCH: return "googleSearch";
	case AIP_SERVER_WEB_FETCH: return "urlContext";
	case AIP_SERVER_CODE_EXECUTION: return "codeExecution";
	default: return NULL;
	}
}

static void put_server_tool(struct writer *w, const struct aip_tool *tool)
{
	const char *key = server_key(tool->server);

	if (tool->dialect == AIP_GEMINI && tool->raw.at) {
		aip_json_put_raw(&w->out, tool->raw);
	} else if (key) {
		aip_json_open(&w->out, '{');
		aip_json_raw_some(&w->out, key, AIP_LIT("{}"));
		aip_json_close(&w->out, '}');
	} else {
		drop(w, "tools.server");
	}
}

static void put_functions(struct writer *w, const struct aip_tool *tools, struct aip_str space)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM)
			put_function(w, tool, space.at ? space : tool->space);
		else if (tool->kind == AIP_TOOL_NAMESPACE)
			put_functions(w, tool->tools, tool->name);
	}
}

static bool is_function(const struct aip_tool *tool)
{
	return tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM ||
	       tool->kind == AIP_TOOL_NAMESPACE;
}

static bool server_tool_is_said(const struct aip_tool *tool)
{
	return (tool->kind == AIP_TOOL_SERVER && (server_key(tool->server) || tool->dialect == AIP_GEMINI)) ||
	       (tool->kind == AIP_TOOL_UNKNOWN && tool->dialect == AIP_GEMINI);
}

static void put_tools(struct writer *w)
{
	size_t functions = 0, servers = 0;

	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next) {
		functions += is_function(tool);
		servers += server_tool_is_said(tool);
		if (!is_function(tool) && !server_tool_is_said(tool))
			drop(w, "tools");
	}
	const bool mixes = functions && servers;
	if (mixes && w->ctx->caps->mix_server_and_function != AIP_YES) {
		aip_ctx_warn(w->ctx, "this model mixes no built-in tools with functions: functions stay");
		drop(w, "tools.server");
		servers = 0;
	}
	if (!functions && !servers)
		return;
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	if (functions) {
		aip_json_open(&w->out, '{');
		aip_json_key(&w->out, "functionDeclarations");
		aip_json_open(&w->out, '[');
		put_functions(w, w->request->tools, AIP_NONE);
		aip_json_close(&w->out, ']');
		aip_json_close(&w->out, '}');
	}
	for (const struct aip_tool *tool = w->request->tools; tool && servers; tool = tool->next)
		if (server_tool_is_said(tool))
			put_server_tool(w, tool);
	aip_json_close(&w->out, ']');
}

static void put_choice(struct writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;
	const char *mode = NULL;
	bool functions = false;

	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next)
		functions = functions || is_function(tool);
	switch (choice->mode) {
	case AIP_CHOICE_UNSET: return;
	case AIP_CHOICE_AUTO: mode = "AUTO"; break;
	case AIP_CHOICE_NONE: mode = "NONE"; break;
	case AIP_CHOICE_REQUIRED:
	case AIP_CHOICE_NAMED: mode = "ANY"; break;
	case AIP_CHOICE_ALLOWED: mode = choice->required ? "ANY" : "VALIDATED"; break;
	case AIP_CHOICE_VALIDATED: mode = "VALIDATED"; break;
	case AIP_CHOICE_SERVER:
		mode = "AUTO";
		drop(w, "tool_choice");
		break;
	}
	if (!functions)
		return;
	aip_json_key(&w->out, "toolConfig");
	aip_json_open(&w->out, '{');
	aip_json_key(&w->out, "functionCallingConfig");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "mode", aip_str(mode));
	if (choice->mode == AIP_CHOICE_NAMED || choice->names) {
		aip_json_key(&w->out, "allowedFunctionNames");
		aip_json_open(&w->out, '[');
		if (choice->mode == AIP_CHOICE_NAMED)
			aip_json_put_str(&w->out, aip_names_out(w->ctx->names, AIP_NONE, choice->name));
		for (const struct aip_name *n = choice->names; n && choice->mode != AIP_CHOICE_NAMED;
		     n = n->next)
			aip_json_put_str(&w->out, aip_names_out(w->ctx->names, AIP_NONE, n->name));
		aip_json_close(&w->out, ']');
	}
	aip_json_close(&w->out, '}');
	aip_json_close(&w->out, '}');
}

/* ---- generationConfig ----------------------------------------------------------------------- */

static void put_sampling(struct writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	int n = 0;

	aip_json_raw_some(&w->out, "maxOutputTokens", w->request->max_output_tokens);
	aip_json_raw_some(&w->out, "temperature", s->temperature);
	aip_json_raw_some(&w->out, "topP", s->top_p);
	aip_json_raw_some(&w->out, "topK", s->top_k);
	aip_json_raw_some(&w->out, "seed", s->seed);
	if (caps->penalties != AIP_NO) {
		aip_json_raw_some(&w->out, "presencePenalty", s->presence_penalty);
		aip_json_raw_some(&w->out, "frequencyPenalty", s->frequency_penalty);
	} else if (s->presence_penalty.at || s->frequency_penalty.at) {
		drop(w, "presence_penalty");
	}
	aip_json_raw_some(&w->out, "candidateCount", s->n);
	if (s->logprobs == AIP_YES)
		aip_json_bool_kv(&w->out, "responseLogprobs", true);
	if (s->logprobs == AIP_YES)
		aip_json_raw_some(&w->out, "logprobs", s->top_logprobs);
	if (!s->stop)
		return;
	aip_json_key(&w->out, "stopSequences");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *stop = s->stop; stop; stop = stop->next, n++) {
		if (n < STOPS_MAX)
			aip_json_put_str(&w->out, stop->name);
		else if (n == STOPS_MAX)
			drop(w, "stop");
	}
	aip_json_close(&w->out, ']');
}

static void put_schema(struct writer *w, struct aip_str schema)
{
	struct aip_str field = aip_str(w->ctx->caps->json_schema_field);
	const bool modern = !aip_str_is(field, "responseSchema");

	if (!schema.len)
		return;
	aip_json_key(&w->out, modern ? "responseJsonSchema" : "responseSchema");
	enum aip_status s = aip_schema_write(w->ctx->arena, schema,
	                                     modern ? AIP_SCHEMA_RAW : AIP_SCHEMA_GEMINI_OPENAPI, false,
	                                     &w->out, w->error);
	w->status = w->status ? w->status : s;
}

static void put_output(struct writer *w)
{
	const struct aip_output *output = &w->request->output;

	switch (output->format) {
	case AIP_FORMAT_UNSET:
	case AIP_FORMAT_TEXT: break;
	case AIP_FORMAT_JSON_OBJECT:
		aip_json_str(&w->out, "responseMimeType", AIP_LIT("application/json"));
		break;
	case AIP_FORMAT_JSON_SCHEMA:
		aip_json_str(&w->out, "responseMimeType", AIP_LIT("application/json"));
		put_schema(w, output->schema);
		break;
	case AIP_FORMAT_ENUM:
		aip_json_str(&w->out, "responseMimeType", AIP_LIT("text/x.enum"));
		put_schema(w, output->schema);
		break;
	case AIP_FORMAT_GRAMMAR: drop(w, "response_format"); break;
	}
	if (w->request->dialect == AIP_GEMINI) {
		aip_json_raw_some(&w->out, "responseModalities", output->modalities);
		aip_json_raw_some(&w->out, "speechConfig", output->speech);
		aip_json_raw_some(&w->out, "imageConfig", output->image);
	}
}

static void put_level(struct writer *w, enum aip_level level)
{
	level = aip_level_clamp(level, w->ctx->caps->levels);
	if (level > AIP_LEVEL_HIGH) /* the API knows none above */
		level = AIP_LEVEL_HIGH;
	aip_json_str(&w->out, "thinkingLevel", aip_str(aip_level_word(level)));
}

static void put_off(struct writer *w, bool by_level)
{
	const struct aip_caps *caps = w->ctx->caps;

	if (by_level)
		put_level(w, AIP_LEVEL_MINIMAL);
	else
		aip_json_int_kv(&w->out, "thinkingBudget",
		                caps->can_disable == AIP_NO ? caps->budget_min : 0);
}

static void put_effort(struct writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const struct aip_caps *caps = w->ctx->caps;
	const bool by_level = caps->modes ? has_levels(caps)
	                                  : reasoning->mode == AIP_REASONING_LEVEL;

	switch (reasoning->mode) {
	case AIP_REASONING_UNSET: break;
	case AIP_REASONING_OFF: put_off(w, by_level); break;
	case AIP_REASONING_AUTO:
		if (!by_level)
			aip_json_int_kv(&w->out, "thinkingBudget", -1);
		break;
	case AIP_REASONING_LEVEL:
	case AIP_REASONING_BUDGET:
		if (by_level)
			put_level(w, aip_reasoning_level(reasoning));
		else
			aip_json_int_kv(&w->out, "thinkingBudget",
			                aip_reasoning_budget(reasoning, caps));
		break;
	}
	if (reasoning->summary == AIP_SUMMARY_OFF)
		aip_json_bool_kv(&w->out, "includeThoughts", false);
	else if (reasoning->summary != AIP_SUMMARY_UNSET && reasoning->mode != AIP_REASONING_OFF)
		aip_json_bool_kv(&w->out, "includeThoughts", true);
}

static void put_thinking_config(struct writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;

	if (reasoning->mode == AIP_REASONING_UNSET && reasoning->summary == AIP_SUMMARY_UNSET)
		return;
	if (w->ctx->caps->thinking == AIP_NO) {
		drop(w, "reasoning");
		return;
	}
	aip_json_key(&w->out, "thinkingConfig");
	aip_json_open(&w->out, '{');
	put_effort(w);
	aip_json_close(&w->out, '}');
}

/* Members of an outer object that no row knew, when the client spoke this dialect. */
static void put_ext(struct writer *w, struct aip_str outer)
{
	for (const struct aip_ext *ext = w->request->ext; ext; ext = ext->next) {
		if (ext->dialect != AIP_GEMINI)
			continue;
		const bool inside = aip_str_starts(ext->key, AIP_LIT("generationConfig."));
		struct aip_str key = ext->key;
		if (inside != (outer.len > 0))
			continue;
		if (inside) {
			key.at += outer.len;
			key.len -= outer.len;
		}
		aip_json_key_str(&w->out, key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

static void put_generation_config(struct writer *w)
{
	aip_json_key(&w->out, "generationConfig");
	aip_json_open(&w->out, '{');
	put_sampling(w);
	put_output(w);
	put_thinking_config(w);
	put_ext(w, AIP_LIT("generationConfig."));
	aip_json_close(&w->out, '}');
}

/* ---- The whole ------------------------------------------------------------------------------ */

/* Slots this dialect lacks. */
static void drop_the_unsaid(struct writer *w)
{
	const struct aip_request *q = w->request;
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->parallel_tools == AIP_NO, "parallel_tool_calls"},
		{q->max_tool_calls.at != NULL, "max_tool_calls"},
		{q->sampling.logit_bias.at != NULL, "logit_bias"},
		{q->output.verbosity.at != NULL, "verbosity"},
		{q->output.prediction.at != NULL, "prediction"},
		{q->state.truncation.at != NULL, "truncation"},
		{q->state.context_management.at != NULL, "context_management"},
		{q->state.container.at != NULL, "container"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			drop(w, table[i].path);
	if (q->state.previous_response_id.at)
		refuse(w, "previous_response_id", "this upstream keeps no state; send the full input");
	if (q->state.conversation.at)
		refuse(w, "conversation", "this upstream keeps no state; send the full input");
	if (q->state.prompt.at)
		refuse(w, "prompt", "this upstream has no stored prompts");
	if (q->state.background == AIP_YES)
		refuse(w, "background", "this upstream answers in the foreground only");
}

static void put_request(struct writer *w, bool counts)
{
	const bool cached = w->request->cache.resource.at != NULL;

	put_contents(w);
	if (!cached) {
		put_system(w);
		put_tools(w);
		put_choice(w);
	}
	if (counts)
		return;
	put_generation_config(w);
	if (w->request->dialect == AIP_GEMINI)
		aip_json_raw_some(&w->out, "safetySettings", w->request->safety);
	aip_json_str_some(&w->out, "cachedContent", w->request->cache.resource);
	if (w->request->dialect == AIP_GEMINI)
		aip_json_raw_some(&w->out, "labels", w->request->metadata);
	put_ext(w, AIP_NONE);
}

static enum aip_status write(struct aip_codec_ctx *ctx, const struct aip_request *request, bool counts,
                             struct aip_buf *out, struct aip_error *reterr)
{
	struct writer w = {.ctx = ctx, .request = request, .out = aip_json_to(out), .error = reterr};

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_gemini, true);
	drop_the_unsaid(&w);
	aip_json_open(&w.out, '{');
	if (counts) {
		aip_json_key(&w.out, "generateContentRequest");
		aip_json_open(&w.out, '{');
		aip_json_str(&w.out, "model",
		             aip_arena_printf(ctx->arena, "models/%.*s", AIP_FMT(ctx->model)));
	}
	put_request(&w, counts);
	if (counts)
		aip_json_close(&w.out, '}');
	aip_json_close(&w.out, '}');
	if (!w.status && out->status)
		return aip_fail(reterr, AIP_TOO_LARGE, "the request is too large");
	return w.status;
}

enum aip_status gemini_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                     struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, false, out, reterr);
}

enum aip_status gemini_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, true, out, reterr);
}
