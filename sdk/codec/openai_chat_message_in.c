/* Chat Completions answers, read: what a message or a delta of one says. */
#include "openai_chat_answer.h"

#include <stdio.h>

enum aip_status chat_emit(struct chat_hearing *h, const struct chat_choice *c,
                          struct aip_event *event)
{
	event->candidate = c ? (uint32_t)c->index : 0;
	return aip_stream_guard_emit(h->guard, event, h->error);
}

/* ---- The block that grows ------------------------------------------------------------------- */

static const struct {
	enum aip_part_kind part;
	enum aip_delta delta;
} kinds[] = {
	[CHAT_OPEN_TEXT] = {AIP_TEXT, AIP_DELTA_TEXT},
	[CHAT_OPEN_THOUGHT] = {AIP_THINKING, AIP_DELTA_THINK},
	[CHAT_OPEN_REFUSAL] = {AIP_REFUSAL, AIP_DELTA_REFUSAL},
	[CHAT_OPEN_AUDIO] = {AIP_AUDIO, AIP_DELTA_AUDIO},
};

enum aip_status chat_close(struct chat_hearing *h, struct chat_choice *c)
{
	struct aip_media media = {.expires_at = c->expires_at};
	const struct aip_part sound = {.kind = AIP_AUDIO, .media = &media};
	const bool spoken = c->open == CHAT_OPEN_AUDIO;

	if (c->open == CHAT_OPEN_NONE)
		return AIP_OK;
	c->open = CHAT_OPEN_NONE;
	return chat_emit(h, c,
	                 &(struct aip_event){.kind = AIP_EV_BLOCK_STOP,
	                                     .block = c->block,
	                                     .part = spoken ? &sound : NULL});
}

static enum aip_status open(struct chat_hearing *h, struct chat_choice *c, enum chat_open kind,
                            struct aip_media *media)
{
	const struct aip_part head = {.kind = kinds[kind].part, .media = media};

	if (c->open == kind)
		return AIP_OK;
	enum aip_status s = chat_close(h, c);
	if (s)
		return s;
	c->open = kind;
	c->refused = c->refused || kind == CHAT_OPEN_REFUSAL;
	c->block = h->next_block++;
	return chat_emit(
		h, c,
		&(struct aip_event){.kind = AIP_EV_BLOCK_START, .block = c->block, .part = &head});
}

static enum aip_status say(struct chat_hearing *h, struct chat_choice *c, enum chat_open kind,
                           struct aip_str text)
{
	if (!text.len)
		return AIP_OK;
	c->said++;
	enum aip_status s = open(h, c, kind, NULL);
	return s ? s
	         : chat_emit(h, c,
	                     &(struct aip_event){.kind = AIP_EV_DELTA,
	                                         .block = c->block,
	                                         .delta = kinds[kind].delta,
	                                         .text = text});
}

enum aip_status chat_hear_text(struct chat_hearing *h, struct chat_choice *c, struct aip_str text)
{
	return say(h, c, CHAT_OPEN_TEXT, text);
}

/* ---- Texts ---------------------------------------------------------------------------------- */

/* A part of a kind that some servers put among the texts: {"type":"thinking","thinking":[texts]}.
 */
static enum aip_status hear_thinking_part(struct chat_hearing *h, struct chat_choice *c,
                                          const struct aip_json *v)
{
	const struct aip_json *inner = aip_json_some(v, "thinking");
	enum aip_status s = AIP_OK;

	if (aip_json_is(inner, AIP_JSON_STRING))
		return say(h, c, CHAT_OPEN_THOUGHT, inner->text);
	AIP_JSON_EACH (piece, inner)
		s = s ? s : say(h, c, CHAT_OPEN_THOUGHT, aip_json_text(piece, "text"));
	return s;
}

static enum aip_status hear_part(struct chat_hearing *h, struct chat_choice *c,
                                 const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");

	if (v->kind == AIP_JSON_STRING)
		return say(h, c, CHAT_OPEN_TEXT, v->text);
	if (aip_str_is(type, "thinking"))
		return hear_thinking_part(h, c, v);
	if (aip_str_is(type, "refusal"))
		return say(h, c, CHAT_OPEN_REFUSAL, aip_json_text(v, "refusal"));
	return say(h, c, CHAT_OPEN_TEXT, aip_json_text(v, "text"));
}

static enum aip_status hear_content(struct chat_hearing *h, struct chat_choice *c,
                                    const struct aip_json *content)
{
	enum aip_status s = AIP_OK;

	if (aip_json_is(content, AIP_JSON_STRING))
		return say(h, c, CHAT_OPEN_TEXT, content->text);
	AIP_JSON_EACH (part, content)
		s = s ? s : hear_part(h, c, part);
	return s;
}

/* Servers say thoughts under one of three names, or under two of them alike. */
static enum aip_status hear_thoughts(struct chat_hearing *h, struct chat_choice *c,
                                     const struct aip_json *v)
{
	struct aip_str text = aip_json_text(v, "reasoning_content");
	enum aip_status s;

	if (!text.len)
		text = aip_json_text(v, "reasoning");
	s = say(h, c, CHAT_OPEN_THOUGHT, text);
	AIP_JSON_EACH (detail, text.len ? NULL : aip_json_some(v, "reasoning_details")) {
		struct aip_str piece = aip_json_text(detail, "text");
		s = s ? s
		      : say(h, c, CHAT_OPEN_THOUGHT,
		            piece.at ? piece : aip_json_text(detail, "summary"));
	}
	return s;
}

/* ---- Annotations, images, sound ------------------------------------------------------------- */

static enum aip_status hear_annotation(struct chat_hearing *h, struct chat_choice *c,
                                       const struct aip_json *v)
{
	const struct aip_json *url = aip_json_some(v, "url_citation");
	const struct aip_citation citation = {
		.kind = AIP_CITE_URL,
		.url = aip_json_text(url, "url"),
		.title = aip_json_text(url, "title"),
		.start = aip_json_int(url, "start_index", -1),
		.end = aip_json_int(url, "end_index", -1),
		.doc_index = -1,
		.doc_start = -1,
		.doc_end = -1,
		.dialect = AIP_CHAT,
		.raw = v->raw,
	};

	if (!citation.url.len || c->open != CHAT_OPEN_TEXT)
		return AIP_OK;
	return chat_emit(h, c,
	                 &(struct aip_event){.kind = AIP_EV_DELTA,
	                                     .block = c->block,
	                                     .delta = AIP_DELTA_CITATION,
	                                     .citation = &citation});
}

static enum aip_status hear_image(struct chat_hearing *h, struct chat_choice *c,
                                  const struct aip_json *v)
{
	struct aip_media media = {0};
	const struct aip_part head = {.kind = AIP_IMAGE, .media = &media};

	if (!aip_data_url(h->scratch, aip_json_text(aip_json_some(v, "image_url"), "url"), &media))
		return AIP_OK;
	const uint32_t block = h->next_block;
	enum aip_status s = chat_close(h, c);
	if (s)
		return s;
	h->next_block++;
	c->said++;
	s = chat_emit(
		h, c,
		&(struct aip_event){.kind = AIP_EV_BLOCK_START, .block = block, .part = &head});
	return s ? s
	         : chat_emit(h, c, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = block});
}

/* The media type is what the request asked for; the answer does not say it. */
static struct aip_str sound_type(const struct chat_hearing *h)
{
	const struct aip_request *request = h->ctx->request;
	struct aip_json_want format = {.key = AIP_LIT("format")};

	if (!request || !request->output.audio.len ||
	    aip_json_scan(request->output.audio, &format, 1, NULL))
		return AIP_LIT("audio/wav");
	struct aip_str type = aip_sound_type(aip_json_unquote(h->scratch, format.raw));
	return type.at ? type : AIP_LIT("audio/wav");
}

/* A spoken answer: its id comes first, its transcript and sound in pieces, its end of life last. */
static enum aip_status hear_audio(struct chat_hearing *h, struct chat_choice *c,
                                  const struct aip_json *v)
{
	struct aip_media media = {
		.source = AIP_FROM_BASE64, .mime = sound_type(h), .id = aip_json_text(v, "id")};
	struct aip_event event = {.kind = AIP_EV_DELTA, .delta = AIP_DELTA_AUDIO};
	const int64_t expires = aip_json_int(v, "expires_at", -1);
	char digits[24];

	event.text = aip_json_text(v, "data");
	event.transcript = aip_json_text(v, "transcript");
	if (expires >= 0) {
		snprintf(digits, sizeof(digits), "%lld", (long long)expires);
		c->expires_at = aip_arena_dup(h->ctx->arena, aip_str(digits));
	}
	if (!event.text.len && !event.transcript.len && !media.id.len)
		return AIP_OK;
	c->said++;
	enum aip_status s = open(h, c, CHAT_OPEN_AUDIO, &media);
	event.block = c->block;
	return s ? s : chat_emit(h, c, &event);
}

static enum aip_status put_logprobs(struct chat_hearing *h, struct chat_choice *c,
                                    enum chat_open kind, const struct aip_json *tokens)
{
	if (!aip_json_is(tokens, AIP_JSON_ARRAY) || !tokens->child || c->open != kind)
		return AIP_OK;
	return chat_emit(h, c,
	                 &(struct aip_event){.kind = AIP_EV_DELTA,
	                                     .block = c->block,
	                                     .delta = AIP_DELTA_LOGPROBS,
	                                     .raw = tokens->raw});
}

/* ---- A message or a delta ------------------------------------------------------------------- */

enum aip_status chat_hear_message(struct chat_hearing *h, struct chat_choice *c,
                                  const struct aip_json *v, const struct aip_json *logprobs,
                                  bool whole)
{
	const struct aip_json *audio = aip_json_some(v, "audio");
	const struct aip_json *legacy = aip_json_some(v, "function_call");
	enum aip_status s;

	if (!aip_json_is(v, AIP_JSON_OBJECT))
		return AIP_OK;
	s = hear_thoughts(h, c, v);
	if (!s)
		s = hear_content(h, c, aip_json_some(v, "content"));
	if (!s)
		s = put_logprobs(h, c, CHAT_OPEN_TEXT, aip_json_some(logprobs, "content"));
	AIP_JSON_EACH (note, aip_json_some(v, "annotations"))
		s = s ? s : hear_annotation(h, c, note);
	if (!s)
		s = say(h, c, CHAT_OPEN_REFUSAL, aip_json_text(v, "refusal"));
	if (!s)
		s = put_logprobs(h, c, CHAT_OPEN_REFUSAL, aip_json_some(logprobs, "refusal"));
	if (!s && audio)
		s = hear_audio(h, c, audio);
	AIP_JSON_EACH (image, aip_json_some(v, "images"))
		s = s ? s : hear_image(h, c, image);
	if (!s)
		s = chat_hear_calls(h, c, aip_json_some(v, "tool_calls"), whole);
	return s || !legacy ? s : chat_hear_function_call(h, c, legacy);
}
