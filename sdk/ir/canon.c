/* The canonical shape of a request, whatever dialect it was written in. */
#include <aiproxy/ir.h>

#include "pairing.h"

/* Leading system turns become entries of request->system, part by part. */
static void hoist_system(struct aip_request *request)
{
	struct aip_part **tail = &request->system;

	while (*tail)
		tail = &(*tail)->next;
	while (request->turns && request->turns->role == AIP_ROLE_SYSTEM) {
		struct aip_turn *turn = request->turns;
		for (struct aip_part *part = turn->parts, *next; part; part = next) {
			next = part->next;
			if (part->kind != AIP_TEXT)
				continue;
			part->next = NULL;
			part->developer = turn->developer;
			*tail = part;
			tail = &part->next;
		}
		request->turns = turn->next;
	}
}

/* Results stand in turns of their own, before what else their turn said. */
static void part_results(struct aip_arena *arena, struct aip_request *request)
{
	for (struct aip_turn **at = &request->turns; *at; at = &(*at)->next) {
		struct aip_turn *turn = *at;
		struct aip_turn *results = NULL;
		if (turn->role == AIP_ROLE_TOOL)
			continue;
		for (struct aip_part **p = &turn->parts; *p;) {
			struct aip_part *part = *p;
			if (part->kind != AIP_TOOL_RESULT) {
				p = &part->next;
				continue;
			}
			*p = part->next;
			part->next = NULL;
			if (!results)
				results = aip_turn_new(arena, AIP_ROLE_TOOL);
			AIP_APPEND(&results->parts, part);
		}
		if (!results)
			continue;
		results->next = turn;
		*at = results;
		at = &results->next;
	}
}

static bool same_speaker(const struct aip_turn *a, const struct aip_turn *b)
{
	return a->role == b->role && a->role != AIP_ROLE_SYSTEM && aip_str_eq(a->name, b->name);
}

static void drop_empty(struct aip_request *request)
{
	for (struct aip_turn **at = &request->turns; *at;) {
		if (!(*at)->parts)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

static void merge_neighbours(struct aip_request *request)
{
	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		while (turn->next && same_speaker(turn, turn->next)) {
			AIP_APPEND(&turn->parts, turn->next->parts);
			turn->next = turn->next->next;
		}
	}
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

static bool same_tool(const struct aip_tool *a, const struct aip_tool *b)
{
	return a->kind <= AIP_TOOL_CUSTOM && b->kind <= AIP_TOOL_CUSTOM && a->name.len &&
	       aip_str_eq(a->name, b->name) && aip_str_eq(a->space, b->space);
}

/* Of tools of one name the first declared counts. */
static void drop_repeated_tools(struct aip_request *request)
{
	for (struct aip_tool *tool = request->tools; tool; tool = tool->next) {
		struct aip_tool **at = &tool->next;
		while (*at) {
			if (same_tool(tool, *at))
				*at = (*at)->next;
			else
				at = &(*at)->next;
		}
	}
}

enum aip_status aip_request_canon(struct aip_arena *arena, struct aip_request *request,
                                  struct aip_error *reterr)
{
	drop_repeated_tools(request);
	hoist_system(request);
	part_results(arena, request);
	drop_empty(request);
	merge_neighbours(request);
	pairing_repair(arena, request);
	drop_empty(request);
	merge_neighbours(request);
	mark_prefill(request);
	return AIP_OK;
}
