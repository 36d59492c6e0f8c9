/* Anthropic Messages requests, written: the blocks of a message. */
#include "claude_messages.h"

/* ---- What is said --------------------------------------------------------------------------- */

static bool is_blank(struct aip_str text)
{
	return aip_str_is_blank(text);
}

bool claude_is_native_state(const struct claude_writer *w, const struct aip_part *part)
{
	return part->opaque && aip_opaque_is_native(w->ctx, part->opaque) &&
	       (part->opaque->kind == AIP_OPAQUE_SIGNATURE ||
	        part->opaque->kind == AIP_OPAQUE_REDACTED);
}

/* Thinking that nobody signed is refused; servers that only imitate the API may take it. */
static bool thinking_is_said(const struct claude_writer *w, const struct aip_part *part)
{
	if (w->is_thoughtless)
		return false;
	if (claude_is_native_state(w, part))
		return true;
	return part->kind == AIP_THINKING && w->ctx->caps->unsigned_thinking_ok == AIP_YES &&
	       (part->text.len || part->thinking->summary);
}

bool claude_is_said(const struct claude_writer *w, const struct aip_part *part, enum aip_role role)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: return !is_blank(part->text);
	case AIP_IMAGE: return role != AIP_ROLE_ASSISTANT;
	case AIP_THINKING:
	case AIP_REDACTED_THINKING: return role == AIP_ROLE_ASSISTANT && thinking_is_said(w, part);
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
		return part->server->dialect == AIP_CLAUDE || claude_calls_mcp(w, part);
	case AIP_UNKNOWN_PART:
	case AIP_COMPACTION: return part->dialect == AIP_CLAUDE;
	default: return true;
	}
}

/* Empty texts are no loss. Thinking that another vendor signed is one, but one that its client
 * cannot help: it returns what it was given. */
void claude_note_unsaid(struct claude_writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: claude_drop(w, "messages.server_tool"); break;
	case AIP_UNKNOWN_PART:
	case AIP_COMPACTION:
	case AIP_IMAGE: claude_drop(w, "messages.content"); break;
	case AIP_THINKING:
	case AIP_REDACTED_THINKING: aip_ctx_dropped(w->ctx, "messages.thinking"); break;
	default: break;
	}
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static void open_block(struct claude_writer *w, const char *type)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(type));
}

static void close_block(struct claude_writer *w, const struct aip_part *part)
{
	if (part->dialect == AIP_CLAUDE)
		claude_put_ext(w, part->ext, "");
	claude_put_cache(w, &part->cache);
	aip_json_close(&w->out, '}');
}

void claude_put_plain_text(struct claude_writer *w, struct aip_str text)
{
	open_block(w, "text");
	aip_json_str(&w->out, "text", text);
	aip_json_close(&w->out, '}');
}

/* Citations of other vendors have no place here. */
static void put_citations(struct claude_writer *w, const struct aip_citation *citations)
{
	bool any = false;

	for (const struct aip_citation *one = citations; one; one = one->next) {
		if (one->dialect != AIP_CLAUDE || !one->raw.len)
			continue;
		if (!any) {
			aip_json_key(&w->out, "citations");
			aip_json_open(&w->out, '[');
		}
		any = true;
		aip_json_put_raw(&w->out, one->raw);
	}
	if (any)
		aip_json_close(&w->out, ']');
}

void claude_put_text_block(struct claude_writer *w, const struct aip_part *part,
                           struct aip_str text)
{
	open_block(w, "text");
	aip_json_str(&w->out, "text", text);
	put_citations(w, part->citations);
	close_block(w, part);
}

static void put_source(struct claude_writer *w, const char *type, const char *key,
                       struct aip_str mime, struct aip_str data)
{
	aip_json_key(&w->out, "source");
	open_block(w, type);
	aip_json_str_some(&w->out, "media_type", mime);
	aip_json_str(&w->out, key, data);
	aip_json_close(&w->out, '}');
}

/* A file is known to the vendor it was given to. */
static void put_file_source(struct claude_writer *w, struct aip_str id)
{
	if (!w->same)
		claude_refuse(w, "messages",
		              "this upstream has no file of that id; send its bytes");
	put_source(w, "file", "file_id", AIP_NONE, id);
}

/* The vendor fetches it, and knows no store of another vendor. */
static void put_url_source(struct claude_writer *w, struct aip_str url)
{
	if (!w->same && !aip_str_starts(url, AIP_LIT("https://")) &&
	    !aip_str_starts(url, AIP_LIT("http://")))
		claude_refuse(w, "messages",
		              "this upstream fetches http addresses only; send the bytes");
	put_source(w, "url", "url", AIP_NONE, url);
}

static struct aip_str mime_of(const struct aip_media *media)
{
	return media->mime.len ? media->mime : aip_str(aip_sniff_base64(media->data));
}

static void put_image(struct claude_writer *w, const struct aip_part *part)
{
	static const char *const takes[] = {"image/jpeg", "image/png", "image/gif", "image/webp"};
	const struct aip_media *media = part->media;
	struct aip_str mime = mime_of(media);
	bool taken = w->same;

	if (aip_str_is(mime, "image/jpg"))
		mime = AIP_LIT("image/jpeg");
	for (size_t i = 0; i < sizeof(takes) / sizeof(*takes); i++)
		taken = taken || aip_str_is(mime, takes[i]);
	if (media->source == AIP_FROM_BASE64 && !taken)
		claude_refuse(w, "messages",
		              "this upstream takes images of jpeg, png, gif and webp");
	if (media->detail.len && !aip_str_is(media->detail, "auto"))
		claude_drop(w, "messages.image_url.detail");
	open_block(w, "image");
	if (media->source == AIP_FROM_FILE)
		put_file_source(w, media->data);
	else if (media->source == AIP_FROM_URL)
		put_url_source(w, media->data);
	else
		put_source(w, "base64", "data", mime, media->data);
	close_block(w, part);
}

static bool is_text_mime(struct aip_str mime)
{
	return aip_str_starts(mime, AIP_LIT("text/")) || aip_str_is(mime, "application/json") ||
	       aip_str_is(mime, "application/xml") || aip_str_is(mime, "application/yaml");
}

/* Inline documents are PDFs, or texts, which go as such. */
static void put_inline_document(struct claude_writer *w, const struct aip_media *media)
{
	struct aip_str mime = mime_of(media), text;

	if (aip_str_is(mime, "application/octet-stream") &&
	    aip_str_ends(media->filename, AIP_LIT(".pdf")))
		mime = AIP_LIT("application/pdf");
	if (aip_str_is(mime, "application/pdf") || w->same) {
		put_source(w, "base64", "data", mime, media->data);
		return;
	}
	if (!is_text_mime(mime) || !aip_base64_decode(w->ctx->arena, media->data, &text) ||
	    !aip_str_is_utf8(text)) {
		claude_refuse(w, "messages", "this upstream takes documents of PDF or plain text");
		return;
	}
	put_source(w, "text", "data", AIP_LIT("text/plain"), text);
}

static void put_parts(struct claude_writer *w, const char *key, const struct aip_part *parts)
{
	aip_json_key(&w->out, key);
	aip_json_open(&w->out, '[');
	for (; parts; parts = parts->next)
		if (claude_is_said(w, parts, AIP_ROLE_TOOL))
			claude_put_block(w, parts);
	aip_json_close(&w->out, ']');
}

static void put_citations_on(struct claude_writer *w, enum aip_tri enabled)
{
	if (enabled == AIP_UNSET)
		return;
	aip_json_key(&w->out, "citations");
	aip_json_open(&w->out, '{');
	aip_json_bool_kv(&w->out, "enabled", enabled == AIP_YES);
	aip_json_close(&w->out, '}');
}

static void put_document(struct claude_writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;

	open_block(w, "document");
	switch (media->source) {
	case AIP_FROM_BASE64: put_inline_document(w, media); break;
	case AIP_FROM_URL: put_url_source(w, media->data); break;
	case AIP_FROM_FILE: put_file_source(w, media->data); break;
	case AIP_FROM_TEXT:
		put_source(w, "text", "data", AIP_LIT("text/plain"), media->data);
		break;
	case AIP_FROM_PARTS:
		aip_json_key(&w->out, "source");
		open_block(w, "content");
		put_parts(w, "content", media->parts);
		aip_json_close(&w->out, '}');
		break;
	}
	aip_json_str_some(&w->out, "title", media->title.at ? media->title : media->filename);
	aip_json_str_some(&w->out, "context", media->context);
	put_citations_on(w, media->citations);
	close_block(w, part);
}

static void put_search_result(struct claude_writer *w, const struct aip_part *part)
{
	open_block(w, "search_result");
	aip_json_str(&w->out, "source", part->found->url);
	aip_json_str(&w->out, "title", part->found->title);
	put_parts(w, "content", part->found->parts);
	put_citations_on(w, part->found->citations);
	close_block(w, part);
}

/* State goes back in the form its vendor gave it. */
static void put_thinking(struct claude_writer *w, const struct aip_part *part)
{
	const bool native = claude_is_native_state(w, part);
	struct aip_str text = part->text;

	if (native && part->opaque->kind == AIP_OPAQUE_REDACTED) {
		open_block(w, "redacted_thinking");
		aip_json_str(&w->out, "data", part->opaque->data);
	} else {
		if (!text.len && part->thinking)
			text = aip_parts_text(w->ctx->arena, part->thinking->summary);
		open_block(w, "thinking");
		aip_json_str(&w->out, "thinking", text);
		aip_json_str(&w->out, "signature", native ? part->opaque->data : AIP_LIT(""));
	}
	aip_json_close(&w->out, '}');
}

static struct aip_str call_id(const struct claude_writer *w, struct aip_str id)
{
	return aip_call_id(w->ctx->arena, &aip_names_claude, id);
}

static void put_tool_use(struct claude_writer *w, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;

	open_block(w, "tool_use");
	aip_json_str(&w->out, "id", call_id(w, call->id));
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, call->space, call->name));
	aip_json_key(&w->out, "input");
	if (call->kind == AIP_CALL_CUSTOM) {
		aip_json_open(&w->out, '{');
		aip_json_str(&w->out, "input", call->args);
		aip_json_close(&w->out, '}');
	} else {
		aip_json_put_raw(&w->out, aip_args_object(w->ctx, call->args));
	}
	if (w->same)
		aip_json_raw_some(&w->out, "caller", call->caller_raw);
	close_block(w, part);
}

static bool is_lone_text(const struct aip_part *parts)
{
	return parts && !parts->next && parts->kind == AIP_TEXT && !parts->cache.set &&
	       !parts->citations && !parts->ext;
}

static bool any_is_said(const struct claude_writer *w, const struct aip_part *parts)
{
	for (; parts; parts = parts->next)
		if (claude_is_said(w, parts, AIP_ROLE_TOOL))
			return true;
	return false;
}

static void put_tool_result(struct claude_writer *w, const struct aip_part *part)
{
	const struct aip_tool_result *result = part->result;

	open_block(w, "tool_result");
	aip_json_str(&w->out, "tool_use_id", call_id(w, result->call_id));
	if (result->raw.at)
		aip_json_str(&w->out, "content", result->raw);
	else if (is_lone_text(result->parts))
		aip_json_str(&w->out, "content", result->parts->text);
	else if (any_is_said(w, result->parts))
		put_parts(w, "content", result->parts);
	if (result->is_error != AIP_UNSET)
		aip_json_bool_kv(&w->out, "is_error", result->is_error == AIP_YES);
	close_block(w, part);
}

static void put_server(struct claude_writer *w, const struct aip_part *part)
{
	const struct aip_server_part *server = part->server;

	if (server->dialect == AIP_CLAUDE)
		aip_json_put_raw(&w->out, server->raw);
	else if (part->kind == AIP_SERVER_CALL)
		claude_put_mcp_use(w->ctx, &w->out, server, server->input);
	else
		claude_put_mcp_result(w->ctx->arena, &w->out, server);
}

void claude_put_block(struct claude_writer *w, const struct aip_part *part)
{
	const char *turns = "messages";

	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: claude_put_text_block(w, part, part->text); break;
	case AIP_IMAGE: put_image(w, part); break;
	case AIP_DOCUMENT: put_document(w, part); break;
	case AIP_AUDIO: claude_refuse(w, turns, "this upstream takes no audio"); break;
	case AIP_VIDEO: claude_refuse(w, turns, "this upstream takes no video"); break;
	case AIP_TOOL_CALL: put_tool_use(w, part); break;
	case AIP_TOOL_RESULT: put_tool_result(w, part); break;
	case AIP_THINKING:
	case AIP_REDACTED_THINKING: put_thinking(w, part); break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: put_server(w, part); break;
	case AIP_SEARCH_RESULT: put_search_result(w, part); break;
	case AIP_COMPACTION:
	case AIP_UNKNOWN_PART: aip_json_put_raw(&w->out, part->raw); break;
	case AIP_ITEM_REF:
		claude_refuse(w, turns, "this upstream keeps no items; send the full input");
		break;
	}
}
