/* Chat Completions requests, written: the content of a message, and the parts it is made of. */
#include "openai_chat.h"

/* ---- Content parts -------------------------------------------------------------------------- */

static void open_typed(struct chat_writer *w, const char *type)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(type));
}

static void open_in(struct chat_writer *w, const char *type)
{
	open_typed(w, type);
	aip_json_key(&w->out, type);
	aip_json_open(&w->out, '{');
}

static void close_object(struct chat_writer *w)
{
	aip_json_close(&w->out, '}');
}

void chat_put_text_part(struct chat_writer *w, struct aip_str text, const struct aip_cache *cache)
{
	open_typed(w, "text");
	aip_json_str(&w->out, "text", text);
	chat_put_cache(w, cache);
	close_object(w);
}

void chat_put_url_part(struct chat_writer *w, const char *type, const struct aip_part *part)
{
	const struct aip_media *media = part->media;
	struct aip_str detail = media->detail;

	if (media->source != AIP_FROM_BASE64 && media->source != AIP_FROM_URL) {
		chat_refuse(w, "messages", "this upstream takes no file references");
		return;
	}
	open_in(w, type);
	aip_json_str(&w->out, "url",
	             media->source == AIP_FROM_BASE64 ? aip_data_url_of(w->ctx->arena, media)
	                                              : media->data);
	aip_json_str_some(&w->out, "detail",
	                  aip_str_is(detail, "original") ? AIP_LIT("high") : detail);
	close_object(w);
	chat_put_cache(w, &part->cache);
	close_object(w);
}

static void put_video_part(struct chat_writer *w, const struct aip_part *part)
{
	if (w->ctx->caps->video == AIP_NO)
		chat_refuse(w, "messages", "this model takes no videos");
	else
		chat_put_url_part(w, "video_url", part);
}

/* mp3 and wav are all that the API takes; a client's own word goes on as it is. */
static struct aip_str sound_format(const struct chat_writer *w, const struct aip_media *media)
{
	static const struct {
		const char *mime, *format;
	} formats[] = {{"audio/mpeg", "mp3"},
	               {"audio/mp3", "mp3"},
	               {"audio/wav", "wav"},
	               {"audio/wave", "wav"},
	               {"audio/x-wav", "wav"}};

	if (w->same)
		return media->format;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (aip_str_is(media->mime, formats[i].mime) ||
		    aip_str_is(media->format, formats[i].format))
			return aip_str(formats[i].format);
	return AIP_NONE;
}

static void put_audio_part(struct chat_writer *w, const struct aip_part *part)
{
	struct aip_str format = sound_format(w, part->media);

	if (part->media->source != AIP_FROM_BASE64) {
		chat_refuse(w, "messages", "this upstream takes sound inline only");
		return;
	}
	if (!format.at && !w->same) {
		chat_refuse(w, "messages", "this upstream takes sound as mp3 or wav only");
		return;
	}
	open_in(w, "input_audio");
	aip_json_str(&w->out, "data", part->media->data);
	aip_json_str_some(&w->out, "format", format);
	close_object(w);
	chat_put_cache(w, &part->cache);
	close_object(w);
}

/* ---- Documents and found texts, where text must do ------------------------------------------- */

static bool is_text_file(const struct aip_media *media)
{
	return media->source == AIP_FROM_BASE64 && aip_str_starts(media->mime, AIP_LIT("text/"));
}

struct aip_str chat_text_of(struct chat_writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;
	struct aip_arena *arena = w->ctx->arena;
	struct aip_str text = AIP_NONE;

	if (part->kind == AIP_TEXT || part->kind == AIP_REFUSAL)
		return part->text;
	if (part->kind == AIP_SEARCH_RESULT)
		return aip_words_found(arena, part->found);
	if (part->kind != AIP_DOCUMENT)
		return AIP_NONE;
	if (media->source == AIP_FROM_TEXT)
		text = media->data;
	else if (media->source == AIP_FROM_PARTS)
		text = aip_parts_text(arena, media->parts);
	else if (w->same || !is_text_file(media) || !aip_base64_decode(arena, media->data, &text))
		return AIP_NONE;
	return aip_words_titled(arena, media->title.len ? media->title : media->filename, text);
}

static void put_file_part(struct chat_writer *w, const struct aip_part *part)
{
	const struct aip_media *media = part->media;
	const bool pdf = aip_str_is(media->mime, "application/pdf") || !media->mime.len;
	struct aip_str name = media->filename.len ? media->filename : media->title;

	if (aip_media_needs_bytes(AIP_CHAT, w->ctx->caps, part)) {
		chat_refuse(w, "messages", "this upstream takes documents inline, not by URL");
		return;
	}
	open_in(w, "file");
	if (media->source == AIP_FROM_FILE) {
		aip_json_str(&w->out, "file_id", media->data);
	} else {
		aip_json_str(&w->out, "filename",
		             name.len ? name
		             : pdf    ? AIP_LIT("document.pdf")
		                      : AIP_LIT("document"));
		aip_json_str(&w->out, "file_data", aip_data_url_of(w->ctx->arena, media));
	}
	close_object(w);
	chat_put_cache(w, &part->cache);
	close_object(w);
}

void chat_put_part(struct chat_writer *w, const struct aip_part *part)
{
	struct aip_str text = chat_text_of(w, part);

	if (text.at) {
		chat_put_text_part(w, text, &part->cache);
		return;
	}
	switch (part->kind) {
	case AIP_IMAGE: chat_put_url_part(w, "image_url", part); break;
	case AIP_VIDEO: put_video_part(w, part); break;
	case AIP_AUDIO: put_audio_part(w, part); break;
	case AIP_DOCUMENT: put_file_part(w, part); break;
	case AIP_UNKNOWN_PART:
		if (chat_is_own(part->dialect))
			aip_json_put_raw(&w->out, part->raw);
		else
			chat_drop(w, "messages.content");
		break;
	case AIP_ITEM_REF:
		chat_refuse(w, "messages",
		            "this upstream keeps no items to refer to; send the full input");
		break;
	default: chat_drop(w, "messages.content"); break;
	}
}

/* ---- Content -------------------------------------------------------------------------------- */

struct aip_str chat_joined(struct chat_writer *w, const struct aip_part *parts,
                           enum aip_part_kind kind)
{
	struct aip_str only = AIP_NONE;
	size_t n = 0;
	struct aip_buf all;

	aip_buf_init(&all, SIZE_MAX);
	for (const struct aip_part *part = parts; part; part = part->next) {
		struct aip_str text = part->text;
		if (part->kind != kind)
			continue;
		if (kind == AIP_THINKING && !text.len && part->thinking)
			text = aip_parts_text(w->ctx->arena, part->thinking->summary);
		if (n++ == 0) {
			only = text;
			continue;
		}
		aip_buf_add(&all, n == 2 ? only : AIP_LIT(""));
		aip_buf_add(&all, AIP_LIT("\n\n"));
		aip_buf_add(&all, text);
	}
	if (n > 1)
		only = aip_arena_take(w->ctx->arena, &all);
	aip_buf_fini(&all);
	return only;
}

bool chat_keeps_cache(const struct chat_writer *w, const struct aip_part *part)
{
	return part->cache.set && w->same;
}

void chat_lose_cache(struct chat_writer *w, const struct aip_part *parts)
{
	for (; parts; parts = parts->next)
		if (parts->cache.set && parts->kind == AIP_TEXT)
			aip_ctx_dropped(w->ctx, "cache_control");
}

static bool all_text(const struct chat_writer *w, const struct aip_part *parts)
{
	for (; parts; parts = parts->next)
		if (parts->kind != AIP_TEXT || chat_keeps_cache(w, parts))
			return false;
	return true;
}

void chat_put_content(struct chat_writer *w, const struct aip_part *parts)
{
	const bool text = all_text(w, parts);

	aip_json_key(&w->out, "content");
	if (text && (!parts->next || w->ctx->caps->chat_string_content == AIP_YES)) {
		chat_lose_cache(w, parts);
		aip_json_put_str(&w->out, chat_joined(w, parts, AIP_TEXT));
		return;
	}
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = parts; part; part = part->next)
		chat_put_part(w, part);
	aip_json_close(&w->out, ']');
}
