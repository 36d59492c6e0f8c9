/* Collects the events of a stream into a whole response. */
#include "ir/fold.h"

#include "ir/copy.h"

/* Bytes of one answer, its images included. */
#define FOLD_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define SUMMARIES_MAX  1024

struct aip_fold *aip_fold_new(struct aip_arena *arena)
{
	struct aip_fold *fold = AIP_NEW(arena, struct aip_fold);

	fold->arena = arena;
	fold->response = aip_response_new(arena);
	return fold;
}

struct aip_response *aip_fold_response(struct aip_fold *fold, const struct aip_error **error)
{
	if (error)
		*error = fold->error;
	return fold->response;
}

static enum aip_status text_add(struct aip_fold *fold, struct fold_text *text, struct aip_str more)
{
	if (more.len > FOLD_BYTES_MAX - fold->bytes)
		return AIP_TOO_LARGE;
	fold->bytes += more.len;
	if (more.len > text->room - text->len) {
		size_t room = (text->len + more.len) * 2;
		char *at = aip_arena_bytes(fold->arena, room);
		if (text->len)
			memcpy(at, text->at, text->len);
		text->at = at;
		text->room = room;
	}
	if (more.len)
		memcpy(text->at + text->len, more.at, more.len);
	text->len += more.len;
	return AIP_OK;
}

static struct aip_candidate *candidate_get(struct aip_fold *fold, uint32_t index)
{
	struct aip_candidate **at = &fold->response->candidates;

	while (*at && (*at)->index < index)
		at = &(*at)->next;
	if (!*at || (*at)->index != index) {
		struct aip_candidate *made = aip_candidate_new(fold->arena, index);
		made->next = *at;
		*at = made;
	}
	return *at;
}

static struct fold_block **block_find(struct aip_fold *fold, uint32_t number)
{
	struct fold_block **at = &fold->open;

	while (*at && (*at)->number != number)
		at = &(*at)->next;
	return at;
}

static enum aip_status on_block_start(struct aip_fold *fold, const struct aip_event *event)
{
	if (!event->part || *block_find(fold, event->block))
		return AIP_GUEST_BROKEN;

	struct fold_block *block = AIP_NEW(fold->arena, struct fold_block);
	block->number = event->block;
	block->candidate = candidate_get(fold, event->candidate);
	block->part = part_copy(fold->arena, event->part);
	block->cited = &block->part->citations;
	while (*block->cited)
		block->cited = &(*block->cited)->next;
	AIP_APPEND(&block->candidate->parts, block->part);
	block->next = fold->open;
	fold->open = block;
	return AIP_OK;
}

/* ---- Deltas ------------------------------------------------------------------------------- */

static enum aip_status summary_add(struct aip_fold *fold, struct fold_block *block,
                                   const struct aip_event *event)
{
	struct fold_summary **at = &block->summaries;

	if (event->index >= SUMMARIES_MAX || !block->part->thinking)
		return AIP_GUEST_BROKEN;
	for (uint32_t i = 0;; i++, at = &(*at)->next) {
		if (!*at) {
			*at = AIP_NEW(fold->arena, struct fold_summary);
			(*at)->part = aip_part_new(fold->arena, AIP_TEXT);
			AIP_APPEND(&block->part->thinking->summary, (*at)->part);
			block->part->thinking->has_summary = true;
		}
		if (i == event->index)
			break;
	}
	return text_add(fold, &(*at)->text, event->text);
}

/* Joins the elements of arrays: [a,b] and [c] make [a,b,c]. */
static enum aip_status logprobs_add(struct aip_fold *fold, struct fold_text *all,
                                    struct aip_str raw)
{
	raw = aip_str_trim(raw);
	if (raw.len < 2 || raw.at[0] != '[' || raw.at[raw.len - 1] != ']')
		return AIP_OK;

	struct aip_str inner = aip_str_trim(aip_strn(raw.at + 1, raw.len - 2));
	enum aip_status s = AIP_OK;
	if (inner.len && all->len)
		s = text_add(fold, all, AIP_LIT(","));
	return s ? s : text_add(fold, all, inner);
}

static enum aip_status audio_add(struct aip_fold *fold, struct fold_block *block,
                                 const struct aip_event *event)
{
	enum aip_status s = text_add(fold, &block->said, event->text);

	return s ? s : text_add(fold, &block->transcript, event->transcript);
}

static enum aip_status on_delta(struct aip_fold *fold, const struct aip_event *event)
{
	struct fold_block *block = *block_find(fold, event->block);

	if (!block)
		return AIP_GUEST_BROKEN;
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_THINK:
	case AIP_DELTA_REFUSAL:
	case AIP_DELTA_ARGS: return text_add(fold, &block->said, event->text);
	case AIP_DELTA_SUMMARY: return summary_add(fold, block, event);
	case AIP_DELTA_AUDIO: return audio_add(fold, block, event);
	case AIP_DELTA_LOGPROBS: return logprobs_add(fold, &block->logprobs, event->raw);
	case AIP_DELTA_IMAGE: /* each replaces the one before */
		if (event->index)
			return AIP_OK;
		block->said.len = 0;
		return text_add(fold, &block->said, event->text);
	case AIP_DELTA_OPAQUE:
		if (event->part && event->part->opaque)
			block->part->opaque = opaque_copy(fold->arena, event->part->opaque);
		return AIP_OK;
	case AIP_DELTA_CITATION:
		*block->cited = citation_copy(fold->arena, event->citation);
		if (*block->cited)
			block->cited = &(*block->cited)->next;
		return AIP_OK;
	case AIP_DELTA_RAW: return AIP_OK;
	}
	return AIP_GUEST_BROKEN;
}

static enum aip_status on_block_stop(struct aip_fold *fold, const struct aip_event *event)
{
	struct fold_block **at = block_find(fold, event->block), *block = *at;

	if (!block)
		return AIP_OK;
	*at = block->next;
	fold_block_close(fold, block, event->part);
	return AIP_OK;
}

/* ---- The stream --------------------------------------------------------------------------- */

static bool says_nothing(const struct aip_part *part)
{
	if (part->kind != AIP_TEXT && part->kind != AIP_THINKING && part->kind != AIP_REFUSAL)
		return false;
	return !part->text.len && !part->opaque && !part->citations &&
	       !(part->thinking && (part->thinking->summary || part->thinking->omitted));
}

static void on_finish(struct aip_fold *fold, const struct aip_event *event)
{
	struct aip_candidate *candidate = candidate_get(fold, event->candidate);
	struct aip_part **at = &candidate->parts;

	candidate->stop = event->stop;
	candidate->stop_sequence = aip_arena_dup(fold->arena, event->stop_sequence);
	candidate->stop_details = aip_arena_dup(fold->arena, event->stop_details);
	candidate->logprobs = aip_arena_dup(fold->arena, event->raw);
	candidate->grounding = aip_arena_dup(fold->arena, event->grounding);
	candidate->safety = aip_arena_dup(fold->arena, event->safety);
	if (event->part)
		AIP_APPEND(&fold->response->ext, exts_copy(fold->arena, event->part->ext));
	if (event->block_reason.at)
		fold->response->block_reason = aip_arena_dup(fold->arena, event->block_reason);
	if (event->block_message.at)
		fold->response->block_message = aip_arena_dup(fold->arena, event->block_message);
	while (*at) {
		if (says_nothing(*at))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

static void on_start(struct aip_fold *fold, const struct aip_event *event)
{
	struct aip_response *response = fold->response;

	response->id = aip_arena_dup(fold->arena, event->id);
	response->model = aip_arena_dup(fold->arena, event->model_name);
	response->service_tier = aip_arena_dup(fold->arena, event->service_tier);
	response->system_fingerprint = aip_arena_dup(fold->arena, event->system_fingerprint);
	response->created_s = event->created_s;
}

static void on_error(struct aip_fold *fold, const struct aip_error *error)
{
	if (!error)
		return;
	fold->error = AIP_NEW(fold->arena, struct aip_error);
	*fold->error = *error;
}

enum aip_status aip_fold_add(struct aip_fold *fold, const struct aip_event *event)
{
	if (event->usage)
		aip_usage_merge(&fold->response->usage, event->usage);
	switch (event->kind) {
	case AIP_EV_START: on_start(fold, event); break;
	case AIP_EV_BLOCK_START: return on_block_start(fold, event);
	case AIP_EV_DELTA: return on_delta(fold, event);
	case AIP_EV_BLOCK_STOP: return on_block_stop(fold, event);
	case AIP_EV_FINISH: on_finish(fold, event); break;
	case AIP_EV_ERROR: on_error(fold, event->error); break;
	default: break;
	}
	return AIP_OK;
}
