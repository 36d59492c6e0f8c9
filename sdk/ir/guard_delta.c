/* One delta of a stream: where it has a place, and content that came without any. */
#include "ir/guard.h"

#define TAKES(delta) (1u << AIP_DELTA_##delta)
#define TAKES_ALWAYS (TAKES(OPAQUE) | TAKES(RAW))

/* The deltas a kind of part has a place for, beside those that all have. */
static unsigned takes(enum aip_part_kind kind)
{
	switch (kind) {
	case AIP_TEXT: return TAKES(TEXT) | TAKES(CITATION) | TAKES(LOGPROBS);
	case AIP_THINKING: return TAKES(THINK) | TAKES(SUMMARY);
	case AIP_REFUSAL: return TAKES(REFUSAL) | TAKES(LOGPROBS);
	case AIP_TOOL_CALL: return TAKES(ARGS);
	case AIP_SERVER_CALL: return TAKES(ARGS);
	case AIP_AUDIO: return TAKES(AUDIO);
	case AIP_IMAGE: return TAKES(IMAGE);
	default: return 0;
	}
}

bool guard_delta_fits(const struct guard_block *block, enum aip_delta delta)
{
	return (unsigned)delta <= AIP_DELTA_RAW &&
	       ((takes(block->kind) | TAKES_ALWAYS) & (1u << delta));
}

static bool is_content(enum aip_delta delta)
{
	return delta != AIP_DELTA_OPAQUE && delta != AIP_DELTA_CITATION &&
	       delta != AIP_DELTA_LOGPROBS && delta != AIP_DELTA_RAW;
}

bool guard_is_empty(const struct aip_event *event)
{
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_THINK:
	case AIP_DELTA_REFUSAL:
	case AIP_DELTA_ARGS:
	case AIP_DELTA_IMAGE: return event->text.len == 0;
	case AIP_DELTA_AUDIO: return event->text.len == 0 && event->transcript.len == 0;
	case AIP_DELTA_OPAQUE: return !event->part || !event->part->opaque;
	case AIP_DELTA_CITATION: return !event->citation;
	case AIP_DELTA_LOGPROBS:
	case AIP_DELTA_RAW: return event->raw.len == 0;
	case AIP_DELTA_SUMMARY: return false;
	}
	return true;
}

enum aip_status guard_delta_pass(struct aip_stream_guard *guard, struct guard_block *block,
                                 const struct aip_event *event)
{
	if (event->delta == AIP_DELTA_OPAQUE && block->opaque)
		return AIP_OK;
	block->opaque |= event->delta == AIP_DELTA_OPAQUE;
	block->cited |= event->delta == AIP_DELTA_CITATION;
	block->logged |= event->delta == AIP_DELTA_LOGPROBS;
	if (is_content(event->delta)) {
		block->said = true;
		block->candidate->shows |= block->kind != AIP_THINKING;
	}
	if (event->delta == AIP_DELTA_ARGS)
		balance_add(&block->args, event->text);
	return aip_emit(guard->into, event);
}

/* ---- Content without deltas ----------------------------------------------------------------- */

static struct aip_event delta_of(const struct guard_block *block, enum aip_delta delta)
{
	return (struct aip_event){
		.kind = AIP_EV_DELTA,
		.candidate = block->candidate->index,
		.block = block->number,
		.delta = delta,
	};
}

enum aip_status guard_text_late(struct aip_stream_guard *guard, struct guard_block *block,
                                enum aip_delta delta, struct aip_str text)
{
	struct aip_event event = delta_of(block, delta);

	event.text = text;
	return text.len ? guard_delta_pass(guard, block, &event) : AIP_OK;
}

static enum aip_status thinking_late(struct aip_stream_guard *guard, struct guard_block *block,
                                     const struct aip_part *part)
{
	const struct aip_part *summary = part->thinking ? part->thinking->summary : NULL;
	struct aip_event event = delta_of(block, AIP_DELTA_SUMMARY);
	enum aip_status s = AIP_OK;

	if (!summary)
		return guard_text_late(guard, block, AIP_DELTA_THINK, part->text);
	for (; summary && !s; summary = summary->next, event.index++) {
		event.text = summary->text;
		s = guard_delta_pass(guard, block, &event);
	}
	return s;
}

static enum aip_status audio_late(struct aip_stream_guard *guard, struct guard_block *block,
                                  const struct aip_media *media)
{
	struct aip_event event = delta_of(block, AIP_DELTA_AUDIO);

	event.text = media->data;
	event.transcript = media->transcript;
	return guard_is_empty(&event) ? AIP_OK : guard_delta_pass(guard, block, &event);
}

enum aip_status guard_content_late(struct aip_stream_guard *guard, struct guard_block *block,
                                   const struct aip_part *part)
{
	switch (block->kind) {
	case AIP_TEXT: return guard_text_late(guard, block, AIP_DELTA_TEXT, part->text);
	case AIP_REFUSAL: return guard_text_late(guard, block, AIP_DELTA_REFUSAL, part->text);
	case AIP_THINKING: return thinking_late(guard, block, part);
	case AIP_TOOL_CALL:
		return guard_text_late(guard, block, AIP_DELTA_ARGS,
		                       part->call ? part->call->args : AIP_NONE);
	case AIP_SERVER_CALL:
		return guard_text_late(guard, block, AIP_DELTA_ARGS,
		                       part->server ? part->server->input : AIP_NONE);
	case AIP_AUDIO: return part->media ? audio_late(guard, block, part->media) : AIP_OK;
	case AIP_IMAGE:
		if (!part->media || part->media->source != AIP_FROM_BASE64)
			return AIP_OK;
		return guard_text_late(guard, block, AIP_DELTA_IMAGE, part->media->data);
	default: return AIP_OK;
	}
}

enum aip_status guard_marks_late(struct aip_stream_guard *guard, struct guard_block *block,
                                 const struct aip_part *part)
{
	struct aip_event event = delta_of(block, AIP_DELTA_OPAQUE);
	enum aip_status s = AIP_OK;

	event.part = part;
	if (part->opaque && !block->opaque)
		s = guard_delta_pass(guard, block, &event);
	event = delta_of(block, AIP_DELTA_LOGPROBS);
	event.raw = part->logprobs;
	if (part->logprobs.len && !block->logged && !s && takes(block->kind) & TAKES(LOGPROBS))
		s = guard_delta_pass(guard, block, &event);
	if (block->kind != AIP_TEXT || block->cited)
		return s;
	event = delta_of(block, AIP_DELTA_CITATION);
	for (event.citation = part->citations; event.citation && !s;
	     event.citation = event.citation->next)
		s = guard_delta_pass(guard, block, &event);
	return s;
}
