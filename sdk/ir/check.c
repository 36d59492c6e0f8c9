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

static enum aip_status check_part(const struct aip_turn *turn, const struct aip_part *part,
                                  struct aip_error *reterr)
{
	if (!has_its_pointer(part))
		return broken(reterr, "a part lacks what its kind needs");
	if ((part->kind == AIP_TOOL_RESULT) != (turn->role == AIP_ROLE_TOOL))
		return broken(reterr, "results stand in turns of role tool, and nothing else does");
	if (part->kind == AIP_TOOL_CALL && (!part->call->name.len || !part->call->id.len))
		return broken(reterr, "a call needs a name and an id");
	return AIP_OK;
}

static size_t count_of(const struct aip_turn *turn, struct aip_str id)
{
	size_t n = 0;

	for (const struct aip_part *part = turn ? turn->parts : NULL; part; part = part->next)
		n += part->result && aip_str_eq(part->result->call_id, id);
	return n;
}

static enum aip_status check_pairs(const struct aip_turn *turn, struct aip_error *reterr)
{
	const struct aip_turn *next = turn->next;

	for (const struct aip_part *part = turn->parts; part && next; part = part->next)
		if (part->kind == AIP_TOOL_CALL &&
		    (next->role != AIP_ROLE_TOOL || count_of(next, part->call->id) != 1))
			return broken(reterr, "each call has one result, right behind its turn");
	return AIP_OK;
}

enum aip_status aip_request_check(const struct aip_request *request, struct aip_error *reterr)
{
	for (const struct aip_part *part = request->system; part; part = part->next)
		if (part->kind != AIP_TEXT)
			return broken(reterr, "the system speaks in text");
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		enum aip_status s = turn->parts ? AIP_OK : broken(reterr, "a turn is empty");
		for (const struct aip_part *part = turn->parts; part && !s; part = part->next)
			s = check_part(turn, part, reterr);
		if (!s && turn->role == AIP_ROLE_ASSISTANT)
			s = check_pairs(turn, reterr);
		if (s)
			return s;
	}
	return AIP_OK;
}
