/* Gemini answers, written: their parts, and a response whole. */
#include "codecs.h"
#include "gemini.h"

/* ---- Parts ---------------------------------------------------------------------------------- */

void gemini_put_text_part(struct aip_json_out *out, struct aip_str text, bool thought,
                          struct aip_str signature)
{
	aip_json_open(out, '{');
	aip_json_str(out, "text", text.at ? text : AIP_LIT(""));
	if (thought)
		aip_json_bool_kv(out, "thought", true);
	aip_json_str_some(out, "thoughtSignature", signature);
	aip_json_close(out, '}');
}

struct aip_str gemini_call_name(struct aip_arena *arena, const struct aip_tool_call *call)
{
	if (!call->space.len)
		return call->name;
	return aip_arena_printf(arena, "%.*s__%.*s", AIP_FMT(call->space), AIP_FMT(call->name));
}

void gemini_put_call_part(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                          const struct aip_tool_call *call, struct aip_str signature)
{
	aip_json_open(out, '{');
	aip_json_key(out, "functionCall");
	aip_json_open(out, '{');
	aip_json_str_some(out, "id", call->id);
	aip_json_str(out, "name", gemini_call_name(ctx->arena, call));
	aip_json_key(out, "args");
	if (call->kind == AIP_CALL_CUSTOM) {
		aip_json_open(out, '{');
		aip_json_str(out, "input", call->args);
		aip_json_close(out, '}');
	} else {
		aip_json_put_raw(out, aip_args_object(ctx, call->args));
	}
	aip_json_close(out, '}');
	aip_json_str_some(out, "thoughtSignature", signature);
	aip_json_close(out, '}');
}

void gemini_put_media_part(struct aip_json_out *out, const struct aip_media *media,
                           struct aip_str signature)
{
	const bool inside = media->source == AIP_FROM_BASE64;
	struct aip_str mime = media->mime;

	if (!mime.len && inside)
		mime = aip_str(aip_sniff_base64(media->data));
	aip_json_open(out, '{');
	aip_json_key(out, inside ? "inlineData" : "fileData");
	aip_json_open(out, '{');
	aip_json_str_some(out, "mimeType", mime);
	aip_json_str(out, inside ? "data" : "fileUri", media->data);
	aip_json_close(out, '}');
	aip_json_str_some(out, "thoughtSignature", signature);
	aip_json_close(out, '}');
}

/* ---- Endings -------------------------------------------------------------------------------- */

/* Google's own words pass on only when it was Google that spoke. */
void gemini_put_ending(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                       const struct aip_candidate *candidate, const struct gemini_sources *sources)
{
	const bool own = ctx->upstream == AIP_GEMINI;

	aip_json_str(out, "finishReason", aip_str(gemini_write_stop(candidate->stop)));
	aip_json_int_kv(out, "index", candidate->index);
	if (own) {
		aip_json_raw_some(out, "finishMessage", candidate->stop_details);
		aip_json_raw_some(out, "safetyRatings", candidate->safety);
	}
	if (own && candidate->grounding.len)
		aip_json_raw_some(out, "groundingMetadata", candidate->grounding);
	else
		gemini_sources_put(sources, out);
	gemini_write_logprobs(ctx->arena, candidate->logprobs, out);
}

void gemini_put_feedback(struct aip_json_out *out, struct aip_str reason, struct aip_str message)
{
	aip_json_key(out, "promptFeedback");
	aip_json_open(out, '{');
	aip_json_str(out, "blockReason", reason);
	aip_json_str_some(out, "blockReasonMessage", message);
	aip_json_close(out, '}');
}

/* ---- Whole answers -------------------------------------------------------------------------- */

struct whole {
	struct aip_codec_ctx *ctx;
	struct aip_json_out *out;
	struct gemini_sources *sources;
	struct aip_str logprobs;
	uint32_t n; /* parts written */
};

/* The words of a sound stand before it: the API has no other place for them. */
static struct aip_str words_of(const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: return part->text;
	case AIP_AUDIO: return part->media->transcript;
	default: return AIP_NONE;
	}
}

static bool thinking_has_text(const struct aip_part *part)
{
	return part->text.len || (part->thinking && part->thinking->summary);
}

/* Thoughts are for those who asked; a signature without any is for whoever signed it. */
static bool thinking_is_said(const struct aip_codec_ctx *ctx, const struct aip_part *part)
{
	if (part->opaque && (part->opaque->vendor == AIP_VENDOR_GOOGLE || !thinking_has_text(part)))
		return true;
	return gemini_client_wants_thoughts(ctx) && (part->opaque || thinking_has_text(part));
}

static bool part_is_said(const struct aip_codec_ctx *ctx, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: return part->text.len > 0;
	case AIP_THINKING: return thinking_is_said(ctx, part);
	case AIP_REDACTED_THINKING: return part->opaque && part->opaque->data.len;
	case AIP_TOOL_CALL: return !part->call->incomplete; /* half a call is none */
	case AIP_IMAGE: return part->media->data.len > 0;
	case AIP_AUDIO: return part->media->data.len || part->media->transcript.len;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: return part->server->dialect == AIP_GEMINI;
	default: return false;
	}
}

static void put_media(struct whole *w, const struct aip_part *part)
{
	gemini_put_media_part(w->out, part->media,
	                      part->opaque ? aip_opaque_out(w->ctx, part->opaque) : AIP_NONE);
}

/* Texts that follow each other are one part, as a client makes of a stream. Returns the last of
 * them: a sound, when its words end them. */
static const struct aip_part *put_texts(struct whole *w, const struct aip_part *first)
{
	const struct aip_part *last = first;
	struct aip_buf all;

	aip_buf_init(&all, SIZE_MAX);
	for (const struct aip_part *part = first; part; part = part->next) {
		if (!part_is_said(w->ctx, part))
			continue;
		if (!words_of(part).len)
			break;
		for (const struct aip_citation *c = part->citations; c; c = c->next)
			gemini_sources_add(w->sources, c, w->n, all.len, part->text);
		w->logprobs = aip_logprobs_join(w->ctx->arena, w->logprobs, part->logprobs);
		aip_buf_add(&all, words_of(part));
		last = part;
		if (part->kind == AIP_AUDIO && part->media->data.len)
			break;
	}
	gemini_put_text_part(w->out, aip_buf_lend(&all, w->out->buf), false, AIP_NONE);
	aip_buf_fini(&all);
	return last;
}

/* Returns the last part that was written. */
static const struct aip_part *put_words(struct whole *w, const struct aip_part *part)
{
	const struct aip_part *last = words_of(part).len ? put_texts(w, part) : part;

	if (last->kind != AIP_AUDIO || !last->media->data.len)
		return last;
	w->n += words_of(part).len > 0;
	put_media(w, last);
	return last;
}

static void put_thinking(struct whole *w, const struct aip_part *part)
{
	struct aip_str text = part->text;

	if (!text.len && part->thinking)
		text = aip_parts_text(w->ctx->arena, part->thinking->summary);
	if (!gemini_client_wants_thoughts(w->ctx))
		text = AIP_LIT("");
	gemini_put_text_part(w->out, text,
	                     !part->opaque || text.len || part->opaque->part == AIP_THINKING,
	                     part->opaque ? aip_opaque_out(w->ctx, part->opaque) : AIP_NONE);
}

/* Returns the last part that was written. */
static const struct aip_part *put_part(struct whole *w, const struct aip_part *part)
{
	const struct aip_part *last = part;

	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL:
	case AIP_AUDIO: last = put_words(w, part); break;
	case AIP_THINKING: put_thinking(w, part); break;
	case AIP_REDACTED_THINKING:
		gemini_put_text_part(w->out, AIP_LIT(""), true,
		                     aip_opaque_out(w->ctx, part->opaque));
		break;
	case AIP_TOOL_CALL:
		gemini_put_call_part(w->ctx, w->out, part->call,
		                     part->opaque ? aip_opaque_out(w->ctx, part->opaque)
		                                  : AIP_NONE);
		break;
	case AIP_IMAGE: put_media(w, part); break;
	default: aip_json_put_raw(w->out, part->server->raw); break;
	}
	w->n++;
	return last;
}

static void put_candidate(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                          const struct aip_candidate *candidate)
{
	struct whole w = {.ctx = ctx, .out = out, .sources = gemini_sources_new(ctx->arena)};
	struct aip_candidate ending = *candidate;

	aip_json_open(out, '{');
	aip_json_key(out, "content");
	aip_json_open(out, '{');
	aip_json_str(out, "role", AIP_LIT("model"));
	aip_json_key(out, "parts");
	aip_json_open(out, '[');
	for (const struct aip_part *part = candidate->parts; part; part = part->next)
		if (part_is_said(ctx, part))
			part = put_part(&w, part);
	aip_json_close(out, ']');
	aip_json_close(out, '}');
	if (!ending.logprobs.len)
		ending.logprobs = w.logprobs;
	gemini_put_ending(ctx, out, &ending, w.sources);
	aip_json_close(out, '}');
}

enum aip_status gemini_write_response(struct aip_codec_ctx *ctx,
                                      const struct aip_response *response, struct aip_buf *out,
                                      struct aip_error *reterr)
{
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	if (response->block_reason.len) {
		gemini_put_feedback(&json, response->block_reason, response->block_message);
	} else {
		aip_json_key(&json, "candidates");
		aip_json_open(&json, '[');
		for (const struct aip_candidate *c = response->candidates; c; c = c->next)
			put_candidate(ctx, &json, c);
		aip_json_close(&json, ']');
	}
	aip_json_key(&json, "usageMetadata");
	gemini_write_usage(&response->usage, &json);
	aip_json_str(&json, "modelVersion", ctx->model_asked);
	aip_json_str(&json, "responseId", response->id.len ? response->id : aip_ctx_id(ctx, ""));
	aip_json_close(&json, '}');
	return codec_written(out, AIP_OK, "answer", reterr);
}
