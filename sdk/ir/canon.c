/* The canonical shape of a request, whatever dialect it was written in. */
#include <aiproxy/ir.h>

#include "ir/index.h"
#include "ir/pairing.h"

/* ---- Who says what -------------------------------------------------------------------------- */

static bool is_text(const struct aip_part *part)
{
	return part->kind == AIP_TEXT;
}

static bool is_result(const struct aip_part *part)
{
	return part->kind == AIP_TOOL_RESULT;
}

/* What only an assistant says. */
static bool is_assistants(const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TOOL_CALL:
	case AIP_THINKING:
	case AIP_REDACTED_THINKING:
	case AIP_REFUSAL:
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: return true;
	default: return false;
	}
}

/* Takes the parts that are such, or are not, off a turn, in their order. */
static struct aip_part *take(struct aip_turn *turn, bool (*is)(const struct aip_part *part),
                             bool such)
{
	struct aip_part *taken = NULL, **tail = &taken;

	for (struct aip_part **at = &turn->parts; *at;) {
		struct aip_part *part = *at;
		if (is(part) != such) {
			at = &part->next;
			continue;
		}
		*at = part->next;
		part->next = NULL;
		*tail = part;
		tail = &part->next;
	}
	return taken;
}

static struct aip_turn *turn_of(struct aip_arena *arena, enum aip_role role, struct aip_part *parts,
                                struct aip_turn *next)
{
	struct aip_turn *turn = aip_turn_new(arena, role);

	turn->parts = parts;
	turn->next = next;
	return turn;
}

/* Results stand in turns of their own, before what else their turn said; the system speaks in text,
 * and what came with it is the user's; nobody but an assistant calls and thinks. */
static void part_roles(struct aip_arena *arena, struct aip_request *request)
{
	for (struct aip_turn **at = &request->turns; *at;) {
		struct aip_turn *turn = *at;
		struct aip_part *strange =
			turn->role == AIP_ROLE_ASSISTANT ? NULL : take(turn, is_assistants, true);
		for (; strange; strange = strange->next)
			request->repairs.misplaced++;
		if (turn->role != AIP_ROLE_TOOL) {
			struct aip_part *results = take(turn, is_result, true);
			if (results)
				*at = turn_of(arena, AIP_ROLE_TOOL, results, turn);
		}
		struct aip_part *others = NULL;
		if (turn->role == AIP_ROLE_TOOL)
			others = take(turn, is_result, false);
		else if (turn->role == AIP_ROLE_SYSTEM)
			others = take(turn, is_text, false);
		if (others)
			turn->next = turn_of(arena, AIP_ROLE_USER, others, turn->next);
		at = &turn->next;
	}
}

/* ---- Turns ---------------------------------------------------------------------------------- */

static void drop_empty(struct aip_request *request)
{
	for (struct aip_turn **at = &request->turns; *at;) {
		if (!(*at)->parts)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

/* Leading system turns become entries of request->system, part by part. */
static void hoist_system(struct aip_request *request)
{
	struct aip_part **tail = &request->system;

	while (*tail)
		tail = &(*tail)->next;
	while (request->turns && request->turns->role == AIP_ROLE_SYSTEM) {
		struct aip_turn *turn = request->turns;
		*tail = turn->parts;
		for (; *tail; tail = &(*tail)->next)
			(*tail)->developer = turn->developer;
		request->turns = turn->next;
	}
}

static bool same_speaker(const struct aip_turn *a, const struct aip_turn *b)
{
	return a->role == b->role && a->role != AIP_ROLE_SYSTEM && aip_str_eq(a->name, b->name);
}

static void merge_neighbours(struct aip_request *request)
{
	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		struct aip_part **tail = &turn->parts;
		while (turn->next && same_speaker(turn, turn->next)) {
			while (*tail)
				tail = &(*tail)->next;
			*tail = turn->next->parts;
			turn->next = turn->next->next;
		}
	}
}

static void tidy(struct aip_request *request)
{
	drop_empty(request);
	hoist_system(request);
	merge_neighbours(request);
}

/* What stands last and is the assistant's is to be continued. */
static void mark_prefill(struct aip_request *request)
{
	struct aip_turn *last = request->turns;

	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		turn->prefill = false;
		last = turn;
	}
	if (last && last->role == AIP_ROLE_ASSISTANT)
		last->prefill = true;
}

/* ---- Tools ---------------------------------------------------------------------------------- */

static bool is_seen(struct aip_arena *arena, struct index *seen, const struct aip_tool *tool)
{
	if (tool->kind > AIP_TOOL_CUSTOM || !tool->name.len)
		return false;
	void **at = index_at(seen, aip_arena_printf(arena, "%.*s\n%.*s", AIP_FMT(tool->space),
	                                            AIP_FMT(tool->name)));
	const bool was = *at;
	*at = seen;
	return was;
}

/* Of tools of one name the first declared counts. */
static void drop_repeated_tools(struct aip_arena *arena, struct aip_request *request)
{
	struct index seen;

	index_init(&seen, arena);
	for (struct aip_tool **at = &request->tools; *at;) {
		if (is_seen(arena, &seen, *at))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

enum aip_status aip_request_canon(struct aip_arena *arena, struct aip_request *request,
                                  struct aip_error *reterr)
{
	drop_repeated_tools(arena, request);
	part_roles(arena, request);
	tidy(request);
	pairing_repair(arena, request);
	tidy(request);
	mark_prefill(request);
	return AIP_OK;
}
