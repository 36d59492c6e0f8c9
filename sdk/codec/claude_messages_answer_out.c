/* Anthropic Messages answers, written: a message whole, and the blocks that its stream has in
 * common with it. */
#include "claude_messages.h"

#include "codecs.h"

/* ---- The message object --------------------------------------------------------------------- */

static struct aip_str id_of(struct aip_codec_ctx *ctx, struct aip_str id)
{
	if (!id.len)
		return aip_ctx_id(ctx, "msg_");
	return aip_str_starts(id, AIP_LIT("msg_")) ? id : aip_stable_id(ctx->arena, "msg_", id, 0);
}

void claude_open_message(struct aip_codec_ctx *ctx, struct aip_json_out *out, struct aip_str id)
{
	aip_json_open(out, '{');
	aip_json_str(out, "id", id_of(ctx, id));
	aip_json_str(out, "type", AIP_LIT("message"));
	aip_json_str(out, "role", AIP_LIT("assistant"));
	aip_json_str(out, "model", ctx->model_asked);
	aip_json_key(out, "content");
	aip_json_open(out, '[');
}

void claude_put_stop(struct aip_codec_ctx *ctx, struct aip_json_out *out, enum aip_stop stop,
                     struct aip_str sequence, struct aip_str details)
{
	aip_json_str(out, "stop_reason", aip_str(claude_write_stop(ctx, stop, sequence.len)));
	aip_json_key(out, "stop_sequence");
	if (stop == AIP_STOP_SEQUENCE && sequence.len)
		aip_json_put_str(out, sequence);
	else
		aip_json_put_null(out);
	if (ctx->upstream == AIP_CLAUDE)
		aip_json_raw_some(out, "stop_details", details);
}

static bool is_container(const struct aip_ext *ext)
{
	return ext->dialect == AIP_CLAUDE && aip_str_is(ext->key, "container");
}

void claude_put_container(struct aip_json_out *out, const struct aip_ext *ext)
{
	for (; ext; ext = ext->next)
		if (is_container(ext))
			aip_json_raw_some(out, "container", ext->raw);
}

void claude_put_members(struct aip_json_out *out, const struct aip_ext *ext)
{
	for (; ext; ext = ext->next) {
		if (ext->dialect != AIP_CLAUDE || is_container(ext))
			continue;
		aip_json_key_str(out, ext->key);
		aip_json_put_raw(out, ext->raw);
	}
}

/* ---- Content blocks ------------------------------------------------------------------------- */

static struct aip_str call_id(struct aip_codec_ctx *ctx, struct aip_str id)
{
	return id.len ? aip_call_id(ctx->arena, &aip_names_claude, id) : aip_ctx_id(ctx, "toolu_");
}

bool claude_citation_is_said(const struct aip_citation *citation)
{
	return (citation->dialect == AIP_CLAUDE && citation->raw.len) || citation->url.len;
}

static void put_citations(struct aip_json_out *out, const struct aip_citation *citations)
{
	bool any = false;

	for (; citations; citations = citations->next) {
		if (!claude_citation_is_said(citations))
			continue;
		if (!any) {
			aip_json_key(out, "citations");
			aip_json_open(out, '[');
		}
		any = true;
		claude_write_citation(citations, out);
	}
	if (any)
		aip_json_close(out, ']');
}

void claude_put_text(struct aip_json_out *out, struct aip_str text,
                     const struct aip_citation *citations)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("text"));
	aip_json_str(out, "text", text);
	put_citations(out, citations);
	aip_json_close(out, '}');
}

void claude_put_thinking(struct aip_json_out *out, struct aip_str text, struct aip_str signature)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("thinking"));
	aip_json_str(out, "thinking", text);
	aip_json_str(out, "signature", signature);
	aip_json_close(out, '}');
}

/* False, and nothing written: the state has no room here. */
bool claude_put_redacted(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                         const struct aip_opaque *opaque)
{
	struct aip_str data = opaque ? aip_opaque_out(ctx, opaque) : AIP_NONE;

	if (!data.len)
		return false;
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("redacted_thinking"));
	aip_json_str(out, "data", data);
	aip_json_close(out, '}');
	return true;
}

/* args AIP_NONE: the empty input a stream starts with. */
void claude_put_tool_use(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                         const struct aip_tool_call *call, struct aip_str args)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("tool_use"));
	aip_json_str(out, "id", call_id(ctx, call->id));
	aip_json_str(out, "name", claude_call_name(ctx->arena, call));
	aip_json_key(out, "input");
	if (args.at && call->kind == AIP_CALL_CUSTOM) {
		aip_json_open(out, '{');
		aip_json_str(out, "input", args);
		aip_json_close(out, '}');
	} else {
		aip_json_put_raw(out, args.at ? aip_args_object(ctx, args) : AIP_LIT("{}"));
	}
	if (ctx->upstream == AIP_CLAUDE)
		aip_json_raw_some(out, "caller", call->caller_raw);
	aip_json_close(out, '}');
}

/* ---- Whole answers -------------------------------------------------------------------------- */

struct aip_str claude_state_out(struct aip_codec_ctx *ctx, const struct aip_opaque *opaque)
{
	struct aip_str value = opaque ? aip_opaque_out(ctx, opaque) : AIP_NONE;

	return value.len ? value : AIP_LIT("");
}

/* State of a call goes in the signature of the thinking before it, for which every client has room.
 */
static bool call_carries(const struct aip_part *part)
{
	return part && part->kind == AIP_TOOL_CALL && part->opaque;
}

static void put_whole_text(struct aip_json_out *out, const struct aip_part *part,
                           struct aip_str text)
{
	if (text.len)
		claude_put_text(out, text, part->citations);
}

static struct aip_str thought_text(struct aip_arena *arena, const struct aip_part *part)
{
	if (!part->text.len && part->thinking)
		return aip_parts_text(arena, part->thinking->summary);
	return part->text;
}

/* As in a stream: an answer does not end with the bare state of what was said before it. */
static bool is_afterthought(const struct aip_codec_ctx *ctx, const struct aip_part *part,
                            const struct aip_part *before)
{
	return part->kind == AIP_THINKING && before && !part->next && ctx->upstream != AIP_CLAUDE &&
	       !thought_text(ctx->arena, part).len;
}

static void put_whole_thinking(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                               const struct aip_part *part)
{
	const struct aip_opaque *opaque = part->opaque;
	struct aip_str text = thought_text(ctx->arena, part);

	if (!opaque && text.len && call_carries(part->next))
		opaque = part->next->opaque;
	struct aip_str state = claude_state_out(ctx, opaque);
	if (text.len || state.len)
		claude_put_thinking(out, text, state);
}

static bool ran_out(enum aip_stop stop)
{
	return stop == AIP_STOP_MAX_TOKENS || stop == AIP_STOP_CONTEXT_WINDOW;
}

/* Half a call shows as such only where it is the last thing said and the answer ran out of tokens:
 * anywhere else its input, an object here, would pass for a whole one. */
static bool is_half_unseen(const struct aip_part *part, enum aip_stop stop)
{
	return part->kind == AIP_TOOL_CALL && part->call->incomplete &&
	       (part->next || !ran_out(stop));
}

/* Where no half call shows, the whole ones are why the answer stopped. */
static enum aip_stop stop_of(const struct aip_part *parts, enum aip_stop stop)
{
	bool whole = false, left_out = false;

	for (; parts; parts = parts->next) {
		if (parts->kind != AIP_TOOL_CALL)
			continue;
		if (parts->call->incomplete && !is_half_unseen(parts, stop))
			return stop;
		whole = whole || !parts->call->incomplete;
		left_out = left_out || parts->call->incomplete;
	}
	return ran_out(stop) && whole && left_out ? AIP_STOP_TOOL_USE : stop;
}

static void put_whole_call(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                           const struct aip_part *part, const struct aip_part *before)
{
	const bool carried = before && before->kind == AIP_THINKING && !before->opaque &&
	                     (before->text.len || before->thinking->summary);

	if (part->opaque && !carried && claude_state_out(ctx, part->opaque).len)
		claude_put_thinking(out, AIP_LIT(""), claude_state_out(ctx, part->opaque));
	claude_put_tool_use(ctx, out, part->call,
	                    part->call->args.at ? part->call->args : AIP_LIT(""));
}

static void put_whole_server(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                             const struct aip_part *part)
{
	const struct aip_server_part *server = part->server;

	if (server->dialect == AIP_CLAUDE) {
		aip_json_put_raw(out, server->raw);
	} else if (server->label.len && part->kind == AIP_SERVER_CALL) {
		claude_put_mcp_use(ctx, out, server, server->input);
	} else if (server->label.len) {
		claude_put_mcp_result(ctx->arena, out, server);
	} else if (claude_is_foreign_search(ctx, part)) {
		struct aip_str id = claude_search_id(ctx, server->id);
		claude_put_search(out, id, claude_query_of(ctx->arena, server->input, server->raw));
		claude_put_search_result(ctx->arena, out, id, server->results);
	}
}

static void put_whole_part(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                           const struct aip_part *part, const struct aip_part *before)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: put_whole_text(out, part, part->text); break;
	case AIP_IMAGE: put_whole_text(out, part, AIP_LIT(CLAUDE_IMAGE)); break;
	case AIP_AUDIO: put_whole_text(out, part, part->media->transcript); break;
	case AIP_THINKING: put_whole_thinking(ctx, out, part); break;
	case AIP_REDACTED_THINKING: claude_put_redacted(ctx, out, part->opaque); break;
	case AIP_TOOL_CALL: put_whole_call(ctx, out, part, before); break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: put_whole_server(ctx, out, part); break;
	case AIP_COMPACTION:
	case AIP_UNKNOWN_PART:
		if (part->dialect == AIP_CLAUDE)
			aip_json_put_raw(out, part->raw);
		break;
	default: break; /* nothing that an answer holds */
	}
}

enum aip_status claude_write_response(struct aip_codec_ctx *ctx,
                                      const struct aip_response *response, struct aip_buf *out,
                                      struct aip_error *reterr)
{
	static const struct aip_candidate none = {.stop = AIP_STOP_END_TURN};
	const struct aip_candidate *candidate = response->candidates ? response->candidates : &none;
	const struct aip_part *before = NULL;
	struct aip_json_out json = aip_json_to(out);
	enum aip_stop stop = candidate->stop;

	if (stop != AIP_STOP_CONTENT_FILTER && response->block_reason.len)
		stop = AIP_STOP_CONTENT_FILTER;
	claude_open_message(ctx, &json, response->id);
	for (const struct aip_part *part = candidate->parts; part; part = part->next) {
		if (!is_afterthought(ctx, part, before) && !is_half_unseen(part, stop))
			put_whole_part(ctx, &json, part, before);
		before = part;
	}
	aip_json_close(&json, ']');
	claude_put_stop(ctx, &json, stop_of(candidate->parts, stop), candidate->stop_sequence,
	                candidate->stop_details);
	claude_put_container(&json, response->ext);
	claude_put_members(&json, response->ext);
	aip_json_key(&json, "usage");
	claude_write_usage(&response->usage, response->service_tier, &json);
	aip_json_close(&json, '}');
	return codec_written(out, AIP_OK, "answer", reterr);
}
