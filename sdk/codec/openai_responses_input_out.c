/* Input of a Responses request, written: turns of parts become items one behind the other. */
#include "openai_responses.h"

/* ---- Parts of content ----------------------------------------------------------------------- */

/* A breakpoint for the vendor's cache goes back to the dialect that has the word for it. */
static void close_part(struct responses_writer *w, const struct aip_part *part)
{
	if (part->cache.set && w->own)
		aip_json_raw_some(&w->out, "prompt_cache_breakpoint", part->cache.raw);
	else if (part->cache.set)
		aip_ctx_dropped(w->ctx, "cache_control");
	aip_json_close(&w->out, '}');
}

static void put_text(struct responses_writer *w, const char *type, const struct aip_part *part,
                     struct aip_str text)
{
	responses_open_typed(&w->out, type);
	aip_json_str(&w->out, "text", text);
	close_part(w, part);
}

static void put_image(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;

	responses_open_typed(&w->out, "input_image");
	if (media->source == AIP_FROM_FILE)
		aip_json_str(&w->out, "file_id", media->data);
	else
		aip_json_str(&w->out, "image_url",
		             media->source == AIP_FROM_BASE64
		                     ? aip_data_url_of(w->ctx->arena, media)
		                     : media->data);
	aip_json_str(&w->out, "detail", media->detail.len ? media->detail : AIP_LIT("auto"));
	close_part(w, part);
}

/* Text travels as text, under its title. */
static void put_text_document(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;
	struct aip_str title = media->title.len ? media->title : media->filename;
	struct aip_str text = media->source == AIP_FROM_PARTS
	                              ? aip_parts_text(w->ctx->arena, media->parts)
	                              : media->data;

	put_text(w, "input_text", part, aip_words_titled(w->ctx->arena, title, text));
}

/* The API judges a file by its name's ending: a title that has none gets its media type's. */
static struct aip_str filename_of(struct responses_writer *w, const struct aip_media *media)
{
	static const char *const endings[][2] = {
		{"application/pdf", ".pdf"}, {"text/plain", ".txt"}, {"text/markdown", ".md"},
		{"text/csv", ".csv"},        {"text/html", ".html"}, {"application/json", ".json"}};
	struct aip_str name = media->title.len ? media->title : AIP_LIT("document");

	if (media->filename.len)
		return media->filename;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (aip_str_is(media->mime, endings[i][0]) &&
		    !aip_str_ends(name, aip_str(endings[i][1])))
			return AIP_JOIN(w->ctx->arena, name, aip_str(endings[i][1]));
	return name;
}

static void put_document(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;

	if (media->citations == AIP_YES)
		responses_drop(w, "citations");
	if (media->source == AIP_FROM_TEXT || media->source == AIP_FROM_PARTS) {
		put_text_document(w, part);
		return;
	}
	responses_open_typed(&w->out, "input_file");
	if (media->source == AIP_FROM_BASE64) {
		aip_json_str(&w->out, "filename", filename_of(w, media));
		aip_json_str(&w->out, "file_data", aip_data_url_of(w->ctx->arena, media));
	} else {
		aip_json_str(&w->out, media->source == AIP_FROM_URL ? "file_url" : "file_id",
		             media->data);
	}
	close_part(w, part);
}

/* The API hears no sound; a server that imitates it may, when its model's record says so. */
static void put_audio(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;

	if (!w->own && w->ctx->caps->audio != AIP_YES)
		responses_refuse(w, "messages", "this upstream takes no audio");
	if (aip_media_needs_bytes(AIP_RESPONSES, w->ctx->caps, part))
		responses_refuse(w, "messages", "this upstream takes audio inline only");
	responses_open_typed(&w->out, "input_audio");
	aip_json_key(&w->out, "input_audio");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "data", media->data);
	aip_json_str(&w->out, "format", media->format.len ? media->format : AIP_LIT("wav"));
	aip_json_close(&w->out, '}');
	close_part(w, part);
}

static void put_search_result(struct responses_writer *w, const struct aip_part *part)
{
	put_text(w, "input_text", part, aip_words_found(w->ctx->arena, part->found));
}

static bool is_content(const struct responses_writer *w, const struct aip_part *part)
{
	return part->kind <= AIP_VIDEO || part->kind == AIP_REFUSAL ||
	       part->kind == AIP_SEARCH_RESULT || (part->kind == AIP_UNKNOWN_PART && w->own);
}

/* A part of a message that is not the assistant's, or of a tool's output. */
static void put_input_part(struct responses_writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: put_text(w, "input_text", part, part->text); break;
	case AIP_IMAGE: put_image(w, part); break;
	case AIP_DOCUMENT: put_document(w, part); break;
	case AIP_AUDIO: put_audio(w, part); break;
	case AIP_VIDEO: responses_refuse(w, "messages", "this upstream takes no video"); break;
	case AIP_SEARCH_RESULT: put_search_result(w, part); break;
	default: aip_json_put_raw(&w->out, part->raw); break;
	}
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void open_message(struct responses_writer *w, const char *role)
{
	responses_open_typed(&w->out, "message");
	aip_json_str(&w->out, "role", aip_str(role));
}

static void open_content(struct responses_writer *w)
{
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
}

static void close_message(struct responses_writer *w)
{
	aip_json_close(&w->out, ']');
	aip_json_close(&w->out, '}');
}

/* What stands among the parts of a message and is an item by itself, or nothing here. */
static void put_between(struct responses_writer *w, const struct aip_part *part)
{
	if (w->own && part->raw.at)
		aip_json_put_raw(&w->out, part->raw);
	else
		responses_drop(w, "messages.content");
}

static void put_message(struct responses_writer *w, const char *role, const struct aip_turn *turn)
{
	const struct aip_part *part = turn->parts;

	while (part) {
		if (!is_content(w, part)) {
			put_between(w, part);
			part = part->next;
			continue;
		}
		open_message(w, role);
		open_content(w);
		for (; part && is_content(w, part); part = part->next)
			put_input_part(w, part);
		close_message(w);
	}
}

/* ---- Items of an assistant's turn ----------------------------------------------------------- */

static struct aip_str phase_of(const struct responses_writer *w, const struct aip_part *part)
{
	return w->own && part->ext ? part->ext->raw : AIP_NONE;
}

static bool is_said(const struct aip_part *part)
{
	return part && (part->kind == AIP_TEXT || part->kind == AIP_REFUSAL);
}

/* Texts with nothing between them are one message, as long as their phase is the same. Returns the
 * part behind. */
static const struct aip_part *put_said(struct responses_writer *w, const struct aip_part *part)
{
	struct aip_str phase = phase_of(w, part);

	open_message(w, "assistant");
	aip_json_raw_some(&w->out, "phase", phase);
	open_content(w);
	for (; is_said(part) && aip_str_eq(phase_of(w, part), phase); part = part->next) {
		if (part->kind == AIP_TEXT) {
			put_text(w, "output_text", part, part->text);
			continue;
		}
		responses_open_typed(&w->out, "refusal");
		aip_json_str(&w->out, "refusal", part->text);
		aip_json_close(&w->out, '}');
	}
	close_message(w);
	return part;
}

static void put_summary(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_part *summary = part->thinking ? part->thinking->summary : NULL;

	aip_json_key(&w->out, "summary");
	aip_json_open(&w->out, '[');
	if (!summary && part->text.len)
		put_text(w, "summary_text", &(struct aip_part){0}, part->text);
	for (; summary; summary = summary->next)
		put_text(w, "summary_text", summary, summary->text);
	aip_json_close(&w->out, ']');
}

/* Whether the item may go back as its vendor wrote it: with its encrypted content, or to a vendor
 * that keeps its items and knows it by its id. */
static bool goes_back_whole(const struct responses_writer *w, const struct aip_part *part)
{
	if (!w->own || !part->raw.at)
		return false;
	return part->opaque ? aip_opaque_is_native(w->ctx, part->opaque)
	                    : w->request->state.store != AIP_NO;
}

/* Reasoning goes back only to whom it came from: item id and encrypted content together. */
static void put_reasoning(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_opaque *opaque = part->opaque;

	if (goes_back_whole(w, part)) {
		aip_json_put_raw(&w->out, part->raw);
		return;
	}
	if (!opaque || !aip_opaque_is_native(w->ctx, opaque)) {
		aip_ctx_dropped(w->ctx, "messages.thinking");
		return;
	}
	responses_open_typed(&w->out, "reasoning");
	aip_json_str_some(&w->out, "id", opaque->item_id);
	put_summary(w, part);
	aip_json_str(&w->out, "encrypted_content", opaque->data);
	aip_json_close(&w->out, '}');
}

static struct aip_str call_id(struct responses_writer *w, struct aip_str id)
{
	return aip_call_id(w->ctx->arena, &aip_names_responses, id);
}

static void put_call(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;
	const bool custom = call->kind == AIP_CALL_CUSTOM;

	if (w->own && part->raw.at) { /* a call of the vendor's own kind */
		aip_json_put_raw(&w->out, part->raw);
		return;
	}
	responses_open_typed(&w->out, custom ? "custom_tool_call" : "function_call");
	aip_json_str(&w->out, "call_id", call_id(w, call->id));
	if (w->own)
		aip_json_str_some(&w->out, "namespace", call->space);
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, call->space, call->name));
	if (custom)
		aip_json_str(&w->out, "input", call->args);
	else
		aip_json_str(&w->out, "arguments", call->args.len ? call->args : AIP_LIT("{}"));
	if (w->own)
		aip_json_raw_some(&w->out, "caller", call->caller_raw);
	aip_json_close(&w->out, '}');
}

static void put_vendor_item(struct responses_writer *w, const struct aip_turn *turn,
                            const struct aip_part *part)
{
	const struct aip_server_part *server = part->server;
	struct aip_str raw = server ? server->raw : part->raw;

	if (w->own && part->dialect == AIP_RESPONSES) {
		if (raw.at)
			aip_json_put_raw(&w->out, raw);
	} else if (!server || !responses_has_mcp(w, turn->parts, server)) {
		responses_drop(w, "messages.server_tool");
	} else if (part->kind == AIP_SERVER_CALL) {
		responses_put_mcp_call(w, part);
	}
}

static void put_assistant(struct responses_writer *w, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part;) {
		if (is_said(part)) {
			part = put_said(w, part);
			continue;
		}
		switch (part->kind) {
		case AIP_THINKING:
		case AIP_REDACTED_THINKING: put_reasoning(w, part); break;
		case AIP_TOOL_CALL: put_call(w, part); break;
		case AIP_IMAGE: put_between(w, part); break;
		case AIP_SERVER_CALL:
		case AIP_SERVER_RESULT:
		case AIP_COMPACTION:
		case AIP_UNKNOWN_PART: put_vendor_item(w, turn, part); break;
		default: responses_drop(w, "messages.content"); break;
		}
		part = part->next;
	}
	if (turn->prefill)
		aip_ctx_warn(w->ctx, "the model answers anew instead of continuing the last turn");
}

/* ---- Items of a tool's turn ----------------------------------------------------------------- */

static bool is_rich(const struct responses_writer *w, const struct aip_part *parts)
{
	for (; parts; parts = parts->next)
		if (parts->kind != AIP_TEXT || (parts->cache.set && w->own))
			return true;
	return false;
}

static void put_rich(struct responses_writer *w, const struct aip_part *parts)
{
	aip_json_open(&w->out, '[');
	for (; parts; parts = parts->next) {
		if (is_content(w, parts))
			put_input_part(w, parts);
		else
			responses_drop(w, "messages.content");
	}
	aip_json_close(&w->out, ']');
}

static void put_output(struct responses_writer *w, const struct aip_part *part)
{
	const struct aip_tool_result *result = part->result;
	const bool custom = result->kind == AIP_CALL_CUSTOM;

	if (w->own && part->raw.at) {
		aip_json_put_raw(&w->out, part->raw);
		return;
	}
	if (part->cache.set)
		aip_ctx_dropped(w->ctx, "cache_control");
	responses_open_typed(&w->out, custom ? "custom_tool_call_output" : "function_call_output");
	aip_json_str(&w->out, "call_id", call_id(w, result->call_id));
	aip_json_key(&w->out, "output");
	if (result->raw.at)
		aip_json_put_str(&w->out, result->raw);
	else if (is_rich(w, result->parts))
		put_rich(w, result->parts);
	else
		aip_json_put_str(&w->out, aip_parts_text(w->ctx->arena, result->parts));
	aip_json_close(&w->out, '}');
}

/* ---- The whole ------------------------------------------------------------------------------ */

static void put_turn(struct responses_writer *w, const struct aip_turn *turn)
{
	switch (turn->role) {
	case AIP_ROLE_SYSTEM: put_message(w, "developer", turn); break;
	case AIP_ROLE_USER: put_message(w, "user", turn); break;
	case AIP_ROLE_ASSISTANT: put_assistant(w, turn); break;
	case AIP_ROLE_TOOL:
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			put_output(w, part);
		break;
	}
}

static void put_system_message(struct responses_writer *w, const struct aip_part *part)
{
	open_message(w, "developer");
	open_content(w);
	put_text(w, "input_text", part, part->text);
	close_message(w);
}

static bool client_said_instructions(const struct responses_writer *w)
{
	struct aip_json_want want = {.key = AIP_LIT("instructions")};

	return w->own && !aip_json_scan(w->request->source, &want, 1, NULL) && want.raw.at &&
	       want.kind == AIP_JSON_STRING;
}

/* The instructions are the client's own, or the one text of a system; several texts are messages in
 * front, so that their bounds stay. Instructions alone are no request: then they are a message too.
 */
void responses_put_input(struct responses_writer *w)
{
	const struct aip_part *system = w->request->system;
	const bool alone = system && !system->next && w->request->turns;

	if (alone || client_said_instructions(w)) {
		if (system->cache.set)
			aip_ctx_dropped(w->ctx, "cache_control");
		aip_json_str(&w->out, "instructions", system->text);
		system = system->next;
	}
	aip_json_key(&w->out, "input");
	aip_json_open(&w->out, '[');
	for (; system; system = system->next)
		put_system_message(w, system);
	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next)
		put_turn(w, turn);
	aip_json_close(&w->out, ']');
}
