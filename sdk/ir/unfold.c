/* Tells a whole response as the events of a stream. */
#include "ir/head.h"

/* The guard makes the deltas: a stop brings the whole part, and it says what was not said yet. */
static enum aip_status part_tell(struct aip_stream_guard *guard, const struct aip_part *part,
                                 uint32_t candidate, uint32_t block)
{
	struct head head;
	struct aip_event event = {
		.kind = AIP_EV_BLOCK_START,
		.candidate = candidate,
		.block = block,
		.part = &head.part,
	};

	head_of(part, &head);
	enum aip_status s = aip_stream_guard_emit(guard, &event, NULL);
	if (s)
		return s;
	event.kind = AIP_EV_BLOCK_STOP;
	event.part = part;
	return aip_stream_guard_emit(guard, &event, NULL);
}

static enum aip_status candidate_tell(struct aip_stream_guard *guard,
                                      const struct aip_response *response,
                                      const struct aip_candidate *candidate, uint32_t *block)
{
	const struct aip_part more = {.kind = AIP_UNKNOWN_PART, .ext = response->ext};
	struct aip_event finish = {
		.kind = AIP_EV_FINISH,
		.candidate = candidate->index,
		.part = response->ext ? &more : NULL,
		.stop = candidate->stop,
		.stop_sequence = candidate->stop_sequence,
		.stop_details = candidate->stop_details,
		.raw = candidate->logprobs,
		.grounding = candidate->grounding,
		.safety = candidate->safety,
		.block_reason = response->block_reason,
		.block_message = response->block_message,
	};
	enum aip_status s = AIP_OK;

	for (const struct aip_part *part = candidate->parts; part && !s; part = part->next)
		s = part_tell(guard, part, candidate->index, (*block)++);
	return s ? s : aip_stream_guard_emit(guard, &finish, NULL);
}

static enum aip_status start_tell(struct aip_stream_guard *guard,
                                  const struct aip_response *response)
{
	struct aip_event start = {
		.kind = AIP_EV_START,
		.id = response->id,
		.model_name = response->model,
		.service_tier = response->service_tier,
		.system_fingerprint = response->system_fingerprint,
		.created_s = response->created_s,
		.usage = &response->usage,
	};

	return aip_stream_guard_emit(guard, &start, NULL);
}

static enum aip_status response_tell(struct aip_stream_guard *guard,
                                     const struct aip_response *response)
{
	struct aip_candidate none = {
		.stop = response->block_reason.at ? AIP_STOP_CONTENT_FILTER : AIP_STOP_END_TURN,
	};
	struct aip_event usage = {.kind = AIP_EV_USAGE, .usage = &response->usage};
	struct aip_event end = {.kind = AIP_EV_END};
	const struct aip_candidate *candidate = response->candidates ? response->candidates : &none;
	uint32_t block = 0;
	enum aip_status s = start_tell(guard, response);

	for (; candidate && !s; candidate = candidate->next)
		s = candidate_tell(guard, response, candidate, &block);
	if (!s && aip_usage_known(&response->usage))
		s = aip_stream_guard_emit(guard, &usage, NULL);
	return s ? s : aip_stream_guard_emit(guard, &end, NULL);
}

enum aip_status aip_unfold(const struct aip_response *response, struct aip_sink sink)
{
	struct aip_arena *arena = aip_arena_create();
	enum aip_status s = response_tell(aip_stream_guard_new(arena, sink), response);

	aip_arena_destroy(arena);
	return s;
}
