/* Calls and their results: every call of a turn gets exactly one result, right behind it. */
#include "pairing.h"

#include <aiproxy/rules.h>

#define NO_RESULT "[no result recorded]"

static bool is_call(const struct aip_part *part)
{
	return part->kind == AIP_TOOL_CALL && part->call;
}

static bool is_result(const struct aip_part *part)
{
	return part->kind == AIP_TOOL_RESULT && part->result;
}

/* ---- Ids ------------------------------------------------------------------------------------ */

/* Calls that came without an id get one that depends on what stands before them alone: replayed histories
 * keep their ids, and upstream caches their worth. */
static void give_ids(struct aip_arena *arena, struct aip_request *request)
{
	uint64_t ordinal = 0;

	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		for (struct aip_part *part = turn->parts; part; part = part->next) {
			if (!is_call(part))
				continue;
			ordinal++;
			if (!part->call->id.len)
				part->call->id =
					aip_stable_id(arena, "call_", part->call->name, ordinal);
		}
	}
}

static bool id_is_used(const struct aip_turn *turn, struct aip_str id)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (is_result(part) && aip_str_eq(part->result->call_id, id))
			return true;
	return false;
}

/* A result without an id belongs to the first call of its name that has none yet, else to the first call. */
static struct aip_str id_for(const struct aip_turn *calls, const struct aip_turn *results,
                             struct aip_str name)
{
	for (int by_name = 1; by_name >= 0; by_name--)
		for (const struct aip_part *part = calls ? calls->parts : NULL; part; part = part->next)
			if (is_call(part) && !id_is_used(results, part->call->id) &&
			    (!by_name || aip_str_eq(part->call->name, name)))
				return part->call->id;
	return AIP_NONE;
}

static void match_results_without_ids(struct aip_request *request)
{
	const struct aip_turn *calls = NULL;

	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		if (turn->role == AIP_ROLE_ASSISTANT)
			calls = turn;
		for (struct aip_part *part = turn->parts; part; part = part->next)
			if (is_result(part) && !part->result->call_id.len)
				part->result->call_id = id_for(calls, turn, part->result->name);
	}
}

/* ---- Results -------------------------------------------------------------------------------- */

static const struct aip_tool_call *call_named(const struct aip_turn *turn, struct aip_str id)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (is_call(part) && aip_str_eq(part->call->id, id))
			return part->call;
	return NULL;
}

static bool has_calls(const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (is_call(part))
			return true;
	return false;
}

/* Two results of one call: the last counts, where the first stood. */
static void keep(struct aip_turn *results, struct aip_part *part)
{
	struct aip_part **at = &results->parts;

	part->next = NULL;
	for (; *at; at = &(*at)->next) {
		if (!aip_str_eq((*at)->result->call_id, part->result->call_id))
			continue;
		part->next = (*at)->next;
		*at = part;
		return;
	}
	*at = part;
}

/* Takes the results of a turn's calls from wherever they stand behind it, up to where an id is used anew. */
static struct aip_turn *take_results(struct aip_arena *arena, struct aip_turn *calls)
{
	struct aip_turn *results = aip_turn_new(arena, AIP_ROLE_TOOL);

	for (struct aip_turn *turn = calls->next; turn; turn = turn->next) {
		struct aip_part **at = &turn->parts;
		bool anew = false;
		for (const struct aip_part *p = turn->parts; p; p = p->next)
			anew = anew || (is_call(p) && call_named(calls, p->call->id));
		if (anew)
			break;
		while (*at) {
			struct aip_part *part = *at;
			const struct aip_tool_call *call =
				is_result(part) ? call_named(calls, part->result->call_id) : NULL;
			if (!call) {
				at = &part->next;
				continue;
			}
			*at = part->next;
			part->result->name = call->name;
			part->result->kind = call->kind;
			keep(results, part);
		}
	}
	return results;
}

/* A call that was never answered is answered for it, unless the history ends with it. */
static void answer_the_unanswered(struct aip_arena *arena, const struct aip_turn *calls,
                                  struct aip_turn *results)
{
	for (const struct aip_part *part = calls->parts; part; part = part->next) {
		if (!is_call(part) || id_is_used(results, part->call->id))
			continue;
		struct aip_part *made = aip_part_new(arena, AIP_TOOL_RESULT);
		made->result->call_id = part->call->id;
		made->result->name = part->call->name;
		made->result->kind = part->call->kind;
		made->result->is_error = AIP_YES;
		made->result->parts = aip_part_new(arena, AIP_TEXT);
		made->result->parts->text = AIP_LIT(NO_RESULT);
		AIP_APPEND(&results->parts, made);
	}
}

static bool anything_follows(const struct aip_turn *turn)
{
	for (turn = turn->next; turn; turn = turn->next)
		if (turn->parts)
			return true;
	return false;
}

static bool id_came_before(const struct aip_request *request, const struct aip_turn *turn,
                           struct aip_str id)
{
	for (const struct aip_turn *t = request->turns; t && t != turn; t = t->next)
		if (call_named(t, id))
			return true;
	return false;
}

/* Some wires want the ids of a whole history to differ: one that is used again gets a new name, and so does
 * its result. */
static void tell_ids_apart(struct aip_arena *arena, struct aip_request *request)
{
	uint64_t ordinal = 0;

	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		for (struct aip_part *part = turn->parts; part; part = part->next) {
			struct aip_turn *results = turn->next;
			if (!is_call(part) || !id_came_before(request, turn, part->call->id))
				continue;
			struct aip_str fresh =
				aip_stable_id(arena, "call_", part->call->id, ++ordinal);
			for (struct aip_part *p = results ? results->parts : NULL; p; p = p->next)
				if (is_result(p) && aip_str_eq(p->result->call_id, part->call->id))
					p->result->call_id = fresh;
			part->call->id = fresh;
		}
	}
}

/* Results that no call asked for say nothing to a model. */
static void drop_orphans(struct aip_request *request)
{
	const struct aip_turn *calls = NULL;

	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		if (turn->role == AIP_ROLE_ASSISTANT)
			calls = turn;
		for (struct aip_part **at = &turn->parts; *at;) {
			if (is_result(*at) && !(calls && call_named(calls, (*at)->result->call_id)))
				*at = (*at)->next;
			else
				at = &(*at)->next;
		}
	}
}

void pairing_repair(struct aip_arena *arena, struct aip_request *request)
{
	give_ids(arena, request);
	match_results_without_ids(request);
	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		if (turn->role != AIP_ROLE_ASSISTANT || !has_calls(turn))
			continue;
		struct aip_turn *results = take_results(arena, turn);
		if (results->parts || anything_follows(turn))
			answer_the_unanswered(arena, turn, results);
		if (!results->parts)
			continue;
		results->next = turn->next;
		turn->next = results;
		turn = results;
	}
	drop_orphans(request);
	tell_ids_apart(arena, request);
}
