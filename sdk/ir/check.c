/* What a canonical request promises, checked. */
#include <aiproxy/ir.h>

static enum aip_status broken(struct aip_error *reterr, const char *what)
{
	return aip_fail(reterr, AIP_GUEST_BROKEN, "the request is not canonical: %s", what);
}

static bool has_its_pointer(const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_IMAGE:
	case AIP_DOCUMENT:
	case AIP_AUDIO:
	case AIP_VIDEO: return part->media;
	case AIP_TOOL_CALL: return part->call;
	case AIP_TOOL_RESULT: return part->result;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: return part->server;
	case AIP_SEARCH_RESULT: return part->found;
	default: return true;
	}
}

#define BY(role) (1u << AIP_ROLE_##role)

/* Who may say a part of a kind. */
static unsigned speakers_of(enum aip_part_kind kind)
{
	switch (kind) {
	case AIP_TEXT: return BY(SYSTEM) | BY(USER) | BY(ASSISTANT);
	case AIP_TOOL_RESULT: return BY(TOOL);
	case AIP_TOOL_CALL:
	case AIP_THINKING:
	case AIP_REDACTED_THINKING:
	case AIP_REFUSAL:
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: return BY(ASSISTANT);
	default: return BY(USER) | BY(ASSISTANT);
	}
}

static enum aip_status check_part(const struct aip_turn *turn, const struct aip_part *part,
                                  struct aip_error *reterr)
{
	if (!has_its_pointer(part))
		return broken(reterr, "a part lacks what its kind needs");
	if (!(speakers_of(part->kind) & (1u << turn->role)))
		return broken(reterr, "a part stands in the turn of a role that does not say such");
	if (part->kind == AIP_TOOL_CALL && (!part->call->name.len || !part->call->id.len))
		return broken(reterr, "a call needs a name and an id");
	return AIP_OK;
}

static size_t count_of(const struct aip_turn *turn, struct aip_str id)
{
	size_t n = 0;

	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		n += part->result && aip_str_eq(part->result->call_id, id);
		n += part->call && aip_str_eq(part->call->id, id);
	}
	return n;
}

/* Every call of a turn has one result, right behind the turn, and every result its call. A history
 * may end with calls. */
static enum aip_status check_pairs(const struct aip_turn *turn, struct aip_error *reterr)
{
	const struct aip_turn *next = turn->next;
	const bool calls = turn->role == AIP_ROLE_ASSISTANT;

	for (const struct aip_part *part = turn->parts; calls && part; part = part->next) {
		if (part->kind != AIP_TOOL_CALL)
			continue;
		if (count_of(turn, part->call->id) != 1)
			return broken(reterr, "calls of a turn have ids of their own");
		if (next && (next->role != AIP_ROLE_TOOL || count_of(next, part->call->id) != 1))
			return broken(reterr, "each call has one result, right behind its turn");
	}
	if (!next || next->role != AIP_ROLE_TOOL)
		return AIP_OK;
	for (const struct aip_part *part = next->parts; part; part = part->next)
		if (!calls || (part->result && count_of(turn, part->result->call_id) != 1))
			return broken(reterr, "each result has its call in the turn before");
	return AIP_OK;
}

static enum aip_status check_turn(const struct aip_turn *turn, struct aip_error *reterr)
{
	enum aip_status s = turn->parts ? AIP_OK : broken(reterr, "a turn is empty");

	for (const struct aip_part *part = turn->parts; part && !s; part = part->next)
		s = check_part(turn, part, reterr);
	if (!s && turn->prefill != (turn->role == AIP_ROLE_ASSISTANT && !turn->next))
		s = broken(reterr, "the last turn is to be continued, when it is an assistant's");
	return s ? s : check_pairs(turn, reterr);
}

enum aip_status aip_request_check(const struct aip_request *request, struct aip_error *reterr)
{
	for (const struct aip_part *part = request->system; part; part = part->next)
		if (part->kind != AIP_TEXT)
			return broken(reterr, "the system speaks in text");
	if (request->turns && request->turns->role == AIP_ROLE_SYSTEM)
		return broken(reterr, "a leading system turn was not hoisted");
	if (request->turns && request->turns->role == AIP_ROLE_TOOL)
		return broken(reterr, "each result has its call in the turn before");
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		enum aip_status s = check_turn(turn, reterr);
		if (s)
			return s;
	}
	return AIP_OK;
}
