/* Chat Completions answers, written whole, and what streams write the same way. */
#include "codecs.h"
#include "openai_chat.h"

/* ---- What whole and streamed answers write alike -------------------------------------------- */

struct aip_str chat_call_name(struct aip_arena *arena, const struct aip_tool_call *call)
{
	if (!call->space.len)
		return call->name;
	return aip_arena_printf(arena, "%.*s__%.*s", AIP_FMT(call->space), AIP_FMT(call->name));
}

void chat_put_image(struct aip_json_out *out, struct aip_str mime, struct aip_str base64)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("image_url"));
	aip_json_key(out, "image_url");
	aip_json_open(out, '{');
	aip_json_key(out, "url");
	aip_buf_add(out->buf, AIP_LIT("\"data:"));
	aip_buf_add(out->buf, mime.len ? mime : aip_str(aip_sniff_base64(base64)));
	aip_buf_add(out->buf, AIP_LIT(";base64,"));
	aip_buf_add(out->buf, base64);
	aip_buf_add(out->buf, AIP_LIT("\""));
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

void chat_put_annotation(struct aip_json_out *out, const struct aip_citation *citation,
                         int64_t from, int64_t to)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("url_citation"));
	aip_json_key(out, "url_citation");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "start_index", from);
	aip_json_int_kv(out, "end_index", to);
	aip_json_str(out, "title", citation->title.at ? citation->title : AIP_LIT(""));
	aip_json_str(out, "url", citation->url);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

void chat_put_logprobs(struct aip_json_out *out, struct aip_str content, struct aip_str refusal)
{
	aip_json_key(out, "logprobs");
	if (!content.at && !refusal.at) {
		aip_json_put_null(out);
		return;
	}
	aip_json_open(out, '{');
	aip_json_key(out, "content");
	aip_json_put_raw(out, content);
	aip_json_key(out, "refusal");
	aip_json_put_raw(out, refusal);
	aip_json_close(out, '}');
}

int64_t chat_code_points(struct aip_str text)
{
	int64_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return n;
}

/* ---- A message ------------------------------------------------------------------------------ */

static bool any_of(const struct aip_part *parts, enum aip_part_kind kind)
{
	for (; parts; parts = parts->next)
		if (parts->kind == kind)
			return true;
	return false;
}

/* Texts of a kind, one behind the other; AIP_NONE: there are none. */
static struct aip_str text_of(struct aip_arena *arena, const struct aip_part *parts,
                              enum aip_part_kind kind)
{
	struct aip_str only = AIP_NONE;
	struct aip_buf all;
	size_t n = 0;

	aip_buf_init(&all, SIZE_MAX);
	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != kind)
			continue;
		const bool summary = kind == AIP_THINKING && !part->text.len && part->thinking;
		only = summary ? aip_parts_text(arena, part->thinking->summary) : part->text;
		aip_buf_add(&all, only);
		n++;
	}
	if (n > 1)
		only = aip_arena_take(arena, &all);
	aip_buf_fini(&all);
	return n && !only.at ? AIP_LIT("") : only;
}

/* A call without arguments is whole, unless the answer ended before they came. */
static struct aip_str args_of(const struct aip_tool_call *call)
{
	const bool is_text = call->kind == AIP_CALL_CUSTOM;

	return call->args.len || call->incomplete || is_text ? call->args : AIP_LIT("{}");
}

static void put_call(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                     const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;
	const bool custom = call->kind == AIP_CALL_CUSTOM;
	const char *type = custom ? "custom" : "function";

	aip_json_open(out, '{');
	aip_json_str(out, "id", aip_call_id(ctx->arena, &aip_names_openai, call->id));
	aip_json_str(out, "type", aip_str(type));
	aip_json_key(out, type);
	aip_json_open(out, '{');
	aip_json_str(out, "name", chat_call_name(ctx->arena, call));
	aip_json_str(out, custom ? "input" : "arguments", args_of(call));
	aip_json_close(out, '}');
	chat_put_signature(out, part->opaque ? aip_opaque_out(ctx, part->opaque) : AIP_NONE);
	aip_json_close(out, '}');
}

static void put_calls(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                      const struct aip_part *parts)
{
	aip_json_key(out, "tool_calls");
	aip_json_open(out, '[');
	for (const struct aip_part *part = parts; part; part = part->next)
		if (part->kind == AIP_TOOL_CALL)
			put_call(ctx, out, part);
	aip_json_close(out, ']');
}

/* The old form has room for one call. */
static void put_function_call(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                              const struct aip_part *parts)
{
	while (parts->kind != AIP_TOOL_CALL)
		parts = parts->next;
	aip_json_key(out, "function_call");
	aip_json_open(out, '{');
	aip_json_str(out, "name", chat_call_name(ctx->arena, parts->call));
	aip_json_str(out, "arguments", args_of(parts->call));
	aip_json_close(out, '}');
}

/* Places count from the beginning of the message; a citation without them stands for its whole
 * text. */
static void put_annotations(struct aip_json_out *out, const struct aip_part *parts)
{
	int64_t from = 0;
	bool any = false;

	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != AIP_TEXT)
			continue;
		const int64_t to = from + chat_code_points(part->text);
		for (const struct aip_citation *c = part->citations; c; c = c->next) {
			if (!c->url.len)
				continue;
			if (!any) {
				aip_json_key(out, "annotations");
				aip_json_open(out, '[');
			}
			any = true;
			chat_put_annotation(out, c, c->start >= 0 ? from + c->start : from,
			                    c->end >= 0 ? from + c->end : to);
		}
		from = to;
	}
	if (any)
		aip_json_close(out, ']');
}

static void put_images(struct aip_json_out *out, const struct aip_part *parts)
{
	bool any = false;

	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != AIP_IMAGE || part->media->source != AIP_FROM_BASE64)
			continue;
		if (!any) {
			aip_json_key(out, "images");
			aip_json_open(out, '[');
		}
		any = true;
		chat_put_image(out, part->media->mime, part->media->data);
	}
	if (any)
		aip_json_close(out, ']');
}

/* There is room for one sound: pieces of another vendor's are one behind the other, as in a stream.
 */
static void put_audio(struct aip_arena *arena, struct aip_json_out *out,
                      const struct aip_part *parts)
{
	struct aip_str data = AIP_LIT(""), transcript = AIP_LIT("");
	const struct aip_media *sound = NULL;

	for (; parts; parts = parts->next) {
		if (parts->kind != AIP_AUDIO)
			continue;
		sound = sound ? sound : parts->media;
		data = AIP_JOIN(arena, data, parts->media->data);
		transcript = AIP_JOIN(arena, transcript, parts->media->transcript);
	}
	if (!sound)
		return;
	aip_json_key(out, "audio");
	aip_json_open(out, '{');
	aip_json_str_some(out, "id", sound->id);
	aip_json_str(out, "data", aip_base64_join(arena, data));
	aip_json_str(out, "transcript", transcript);
	aip_json_raw_some(out, "expires_at", sound->expires_at);
	aip_json_close(out, '}');
}

static void put_text(struct aip_json_out *out, const char *key, struct aip_str text)
{
	if (text.at)
		aip_json_str(out, key, text);
	else
		aip_json_null_kv(out, key);
}

static void put_message(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                        const struct aip_part *parts)
{
	const bool calls = any_of(parts, AIP_TOOL_CALL);
	const bool said_otherwise = calls || any_of(parts, AIP_REFUSAL) || any_of(parts, AIP_AUDIO);
	struct aip_str text = text_of(ctx->arena, parts, AIP_TEXT);
	struct aip_str thoughts = text_of(ctx->arena, parts, AIP_THINKING);

	aip_json_open(out, '{');
	aip_json_str(out, "role", AIP_LIT("assistant"));
	put_text(out, "content", text.len || said_otherwise ? text : AIP_LIT(""));
	put_text(out, "refusal", text_of(ctx->arena, parts, AIP_REFUSAL));
	if (thoughts.len)
		aip_json_str(out, "reasoning_content", thoughts);
	put_annotations(out, parts);
	put_audio(ctx->arena, out, parts);
	put_images(out, parts);
	if (calls && ctx->request && ctx->request->legacy_functions)
		put_function_call(ctx, out, parts);
	else if (calls)
		put_calls(ctx, out, parts);
	aip_json_close(out, '}');
}

/* ---- The answer ----------------------------------------------------------------------------- */

static struct aip_str logprobs_of(struct aip_arena *arena, const struct aip_part *parts,
                                  enum aip_part_kind kind)
{
	struct aip_str all = AIP_NONE;

	for (; parts; parts = parts->next)
		if (parts->kind == kind)
			all = aip_logprobs_join(arena, all, parts->logprobs);
	return all;
}

static void put_choice(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                       const struct aip_candidate *c)
{
	const bool legacy = ctx->request && ctx->request->legacy_functions;
	struct aip_str logprobs = logprobs_of(ctx->arena, c->parts, AIP_TEXT);

	aip_json_open(out, '{');
	aip_json_int_kv(out, "index", c->index);
	aip_json_key(out, "message");
	put_message(ctx, out, c->parts);
	chat_put_logprobs(out, logprobs.at ? logprobs : c->logprobs,
	                  logprobs_of(ctx->arena, c->parts, AIP_REFUSAL));
	aip_json_str(out, "finish_reason", aip_str(chat_write_stop(c->stop, legacy)));
	aip_json_close(out, '}');
}

enum aip_status chat_write_response(struct aip_codec_ctx *ctx, const struct aip_response *response,
                                    struct aip_buf *into, struct aip_error *reterr)
{
	struct aip_json_out out = aip_json_to(into);
	const bool own = aip_str_starts(response->id, AIP_LIT("chatcmpl-"));

	aip_json_open(&out, '{');
	aip_json_str(&out, "id", own ? response->id : aip_ctx_id(ctx, "chatcmpl-"));
	aip_json_str(&out, "object", AIP_LIT("chat.completion"));
	aip_json_int_kv(&out, "created", response->created_s ? response->created_s : ctx->now_s);
	aip_json_str(&out, "model", ctx->model_asked);
	aip_json_key(&out, "choices");
	aip_json_open(&out, '[');
	for (const struct aip_candidate *c = response->candidates; c; c = c->next)
		put_choice(ctx, &out, c);
	aip_json_close(&out, ']');
	chat_write_usage(&response->usage, &out);
	if (response->service_tier.len)
		aip_json_str(&out, "service_tier", chat_write_tier(response->service_tier));
	if (response->system_fingerprint.len)
		aip_json_str(&out, "system_fingerprint", response->system_fingerprint);
	aip_json_close(&out, '}');
	return codec_written(into, AIP_OK, "answer", reterr);
}
