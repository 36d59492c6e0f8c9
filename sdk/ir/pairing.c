/* Calls and their results: every call of a turn gets exactly one result, right behind it. */
#include "ir/pairing.h"

#include <aiproxy/rules.h>

#include "ir/index.h"

#define NO_RESULT "[no result recorded]"

/* One call of the history. */
struct call {
	struct call *next; /* in its round */
	struct aip_tool_call *call;
	struct round *round;
	struct aip_part *result; /* NULL: not answered yet */
	bool again;              /* an earlier call has the same id */
};

struct link {
	struct link *next;
	struct call *call;
};

/* Calls in their order. Answered ones are stepped over when somebody looks. */
struct queue {
	struct link *first, **tail;
};

/* An assistant's turn that calls tools. */
struct round {
	struct round *next;
	struct aip_turn *turn;
	struct call *calls, **tail;
	struct queue all;
	struct index *names; /* name to queue; made on first use */
	struct aip_part *results, **results_tail;
};

/* The calls of an id, by round, the latest first. */
struct waiting {
	struct waiting *earlier;
	struct round *round;
	struct queue calls;
};

struct known {
	struct waiting *top;
	struct call *answered; /* the last one */
};

struct pairing {
	struct aip_arena *arena;
	struct aip_request *request;
	struct index ids; /* id to known */
	struct round *rounds, **tail;
	struct round *last;
	uint64_t n_calls, n_again;
};

static void queue_add(struct aip_arena *arena, struct queue *queue, struct call *call)
{
	struct link *link = AIP_NEW(arena, struct link);

	link->call = call;
	*queue->tail = link;
	queue->tail = &link->next;
}

/* The first that waits; NULL when none does. */
static struct call *queue_first(struct queue *queue)
{
	while (queue->first && queue->first->call->result)
		queue->first = queue->first->next;
	return queue->first ? queue->first->call : NULL;
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static struct round *round_open(struct pairing *p, struct aip_turn *turn)
{
	struct round *round = AIP_NEW(p->arena, struct round);

	round->turn = turn;
	round->tail = &round->calls;
	round->all.tail = &round->all.first;
	round->results_tail = &round->results;
	*p->tail = round;
	p->tail = &round->next;
	p->last = round;
	return round;
}

static void call_wait(struct pairing *p, struct round *round, struct call *call)
{
	struct known **known = (struct known **)index_at(&p->ids, call->call->id);

	call->again = *known;
	if (!*known)
		*known = AIP_NEW(p->arena, struct known);
	if (!(*known)->top || (*known)->top->round != round) {
		struct waiting *top = AIP_NEW(p->arena, struct waiting);
		*top = (struct waiting){.earlier = (*known)->top, .round = round};
		top->calls.tail = &top->calls.first;
		(*known)->top = top;
	}
	queue_add(p->arena, &(*known)->top->calls, call);
	queue_add(p->arena, &round->all, call);
}

/* Calls that came without an id get one that depends on what stands before them alone: replayed
 * histories keep their ids, and upstream caches their worth. */
static void call_add(struct pairing *p, struct round *round, struct aip_tool_call *said)
{
	struct call *call = AIP_NEW(p->arena, struct call);

	p->n_calls++;
	if (!said->id.len)
		said->id = aip_stable_id(p->arena, "call_", said->name, p->n_calls);
	call->call = said;
	call->round = round;
	*round->tail = call;
	round->tail = &call->next;
	call_wait(p, round, call);
}

static void take_calls(struct pairing *p, struct aip_turn *turn)
{
	struct round *round = NULL;

	for (struct aip_part *part = turn->parts; part; part = part->next) {
		if (part->kind != AIP_TOOL_CALL)
			continue;
		if (!round)
			round = round_open(p, turn);
		call_add(p, round, part->call);
	}
}

/* ---- Whose result --------------------------------------------------------------------------- */

/* The nearest call before it that has the id and waits; of the calls of one turn the first. */
static struct call *call_of_id(struct known *known)
{
	struct call *call = NULL;

	while (known->top && !(call = queue_first(&known->top->calls)))
		known->top = known->top->earlier;
	return call;
}

static void names_fill(struct pairing *p, struct round *round)
{
	round->names = AIP_NEW(p->arena, struct index);
	index_init(round->names, p->arena);
	for (struct call *call = round->calls; call; call = call->next) {
		struct queue **queue = (struct queue **)index_at(round->names, call->call->name);
		if (!*queue) {
			*queue = AIP_NEW(p->arena, struct queue);
			(*queue)->tail = &(*queue)->first;
		}
		queue_add(p->arena, *queue, call);
	}
}

/* A result without an id belongs to the first call of its name that waits in the round before it,
 * else to the first that waits. */
static struct call *call_of_name(struct pairing *p, struct aip_str name)
{
	struct round *round = p->last;

	if (!round)
		return NULL;
	if (!round->names)
		names_fill(p, round);
	struct queue *queue = index_get(round->names, name);
	struct call *call = queue ? queue_first(queue) : NULL;
	return call ? call : queue_first(&round->all);
}

/* ---- Results -------------------------------------------------------------------------------- */

static void answer(struct pairing *p, struct call *call, struct aip_part *part)
{
	struct known *known = index_get(&p->ids, call->call->id);

	known->answered = call;
	call->result = part;
	part->result->call_id = call->call->id;
	part->result->name = call->call->name;
	part->result->space = call->call->space;
	part->result->kind = call->call->kind;
}

/* Of two results of one call the last counts, where the first stood. */
static void answer_again(struct pairing *p, struct call *call, struct aip_part *part)
{
	struct aip_part *behind = call->result->next;

	*call->result = *part;
	call->result->next = behind;
	answer(p, call, call->result);
	p->request->repairs.duplicates++;
}

static struct call *owner_by_id(struct pairing *p, struct aip_part *part)
{
	struct known *known = index_get(&p->ids, part->result->call_id);
	struct call *call = known ? call_of_id(known) : NULL;

	if (call)
		answer(p, call, part);
	else if (known)
		answer_again(p, known->answered, part);
	else
		p->request->repairs.orphans++;
	return call;
}

static struct call *owner_by_name(struct pairing *p, struct aip_part *part)
{
	struct call *call = call_of_name(p, part->result->name);

	if (call)
		answer(p, call, part);
	else
		p->request->repairs.orphans++;
	return call;
}

/* Takes the results off a turn and gives them to the rounds of their calls. Those with an id choose
 * first: what is left is for those without. */
static void take_results(struct pairing *p, struct aip_turn *turn)
{
	size_t n = 0, i = 0;

	for (const struct aip_part *part = turn->parts; part; part = part->next)
		n++;
	struct call **owners = aip_arena_alloc(p->arena, n * sizeof(*owners));
	bool *named = aip_arena_alloc(p->arena, n * sizeof(*named));
	for (struct aip_part *part = turn->parts; part; part = part->next, i++) {
		named[i] = part->result->call_id.len == 0;
		owners[i] = named[i] ? NULL : owner_by_id(p, part);
	}
	i = 0;
	for (struct aip_part *part = turn->parts; part; part = part->next, i++)
		if (named[i])
			owners[i] = owner_by_name(p, part);
	i = 0;
	for (struct aip_part *part = turn->parts, *next; part; part = next, i++) {
		next = part->next;
		if (!owners[i])
			continue;
		part->next = NULL;
		*owners[i]->round->results_tail = part;
		owners[i]->round->results_tail = &part->next;
	}
	turn->parts = NULL;
}

/* ---- What is missing ------------------------------------------------------------------------ */

static void answer_for(struct pairing *p, struct call *call)
{
	struct aip_part *made = aip_part_new(p->arena, AIP_TOOL_RESULT);

	made->result->is_error = AIP_YES;
	made->result->parts = aip_part_new(p->arena, AIP_TEXT);
	made->result->parts->text = AIP_LIT(NO_RESULT);
	answer(p, call, made);
	*call->round->results_tail = made;
	call->round->results_tail = &made->next;
	p->request->repairs.answered++;
}

/* Some wires want the ids of a whole history to differ: one that is used again gets a new name, and
 * so does its result. */
static void tell_apart(struct pairing *p, struct call *call)
{
	call->call->id = aip_stable_id(p->arena, "call_", call->call->id, ++p->n_again);
	if (call->result)
		call->result->result->call_id = call->call->id;
}

static void round_close(struct pairing *p, struct round *round)
{
	for (struct call *call = round->calls; call; call = call->next) {
		if (!call->result)
			answer_for(p, call);
		if (call->again)
			tell_apart(p, call);
	}
	struct aip_turn *turn = aip_turn_new(p->arena, AIP_ROLE_TOOL);
	turn->parts = round->results;
	turn->next = round->turn->next;
	round->turn->next = turn;
}

void pairing_repair(struct aip_arena *arena, struct aip_request *request)
{
	struct pairing p = {.arena = arena, .request = request};

	p.tail = &p.rounds;
	index_init(&p.ids, arena);
	for (struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		if (turn->role == AIP_ROLE_ASSISTANT)
			take_calls(&p, turn);
		else if (turn->role == AIP_ROLE_TOOL)
			take_results(&p, turn);
	}
	for (struct round *round = p.rounds; round; round = round->next)
		round_close(&p, round);
}
