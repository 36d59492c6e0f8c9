/* What every dialect can say, of a request or an answer: words, calls, results, stop and usage.
 * Used to ask whether any of it was lost on the way from one dialect to another.
 *
 * Nothing here knows a codec. A codec may add words (a heading above a document, a mark on an
 * error) and may cut space at the end of words; it may not lose or turn any. */
#ifndef TESTS_UNIT_WIRE_CONTENT_H
#define TESTS_UNIT_WIRE_CONTENT_H

#include <aiproxy/ir.h>
#include <aiproxy/json.h>

/* ---- Words ---------------------------------------------------------------------------------- */

static inline bool content_has(const struct aip_buf *all, struct aip_str words)
{
	return aip_str_is_blank(words) || aip_str_find(aip_buf_str(all), aip_str_trim(words)) >= 0;
}

static inline void content_said_as(const struct aip_part *part, enum aip_part_kind kind,
                                   struct aip_buf *into)
{
	for (; part; part = part->next)
		if (part->kind == kind)
			(void)aip_buf_add(into, part->text);
}

/* What stands for a picture where a dialect can show none is no word. */
#define CONTENT_IMAGE "[image]"

static inline void content_words(const struct aip_part *part, struct aip_buf *into)
{
	for (; part; part = part->next) {
		if ((part->kind == AIP_TEXT && !aip_str_is(part->text, CONTENT_IMAGE)) ||
		    part->kind == AIP_REFUSAL)
			(void)aip_buf_add(into, part->text);
		if (part->kind == AIP_DOCUMENT && part->media->source == AIP_FROM_TEXT)
			(void)aip_buf_add(into, part->media->data);
		if (part->kind == AIP_AUDIO)
			(void)aip_buf_add(into, part->media->transcript);
		if (part->kind == AIP_TOOL_RESULT) {
			content_words(part->result->parts, into);
			(void)aip_buf_add(into, part->result->raw);
		}
	}
}

/* The first of some parts whose words are not all there; NULL when none is missing. */
static inline const struct aip_part *content_missing(const struct aip_part *part,
                                                     const struct aip_buf *all)
{
	for (; part; part = part->next) {
		if ((part->kind == AIP_TEXT || part->kind == AIP_REFUSAL) &&
		    !content_has(all, part->text))
			return part;
		if (part->kind == AIP_TOOL_RESULT) {
			const struct aip_part *lost = content_missing(part->result->parts, all);
			if (lost)
				return lost;
		}
	}
	return NULL;
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static inline const struct aip_part *content_call(const struct aip_part *part)
{
	while (part && part->kind != AIP_TOOL_CALL)
		part = part->next;
	return part;
}

/* Arguments that are an object go through as they are; those of a custom tool are wrapped where
 * there is no such thing, and what is no object becomes one. */
static inline bool content_args_same(struct aip_arena *arena, const struct aip_tool_call *was,
                                     const struct aip_tool_call *is)
{
	struct aip_error error = {0};
	struct aip_json *root;

	if (aip_str_eq(aip_str_trim(was->args), aip_str_trim(is->args)))
		return true;
	if (was->kind == AIP_CALL_CUSTOM || was->incomplete || is->incomplete)
		return true;
	return aip_json_parse(arena, was->args, &root, &error) || root->kind != AIP_JSON_OBJECT;
}

/* ---- A request ------------------------------------------------------------------------------ */

struct content_walk {
	const struct aip_turn *turn;
	const struct aip_part *part;
};

static inline const struct aip_part *content_next(struct content_walk *walk,
                                                  enum aip_part_kind kind)
{
	while (walk->turn) {
		for (; walk->part; walk->part = walk->part->next) {
			const struct aip_part *found = walk->part;
			if (found->kind == kind) {
				walk->part = found->next;
				return found;
			}
		}
		walk->turn = walk->turn->next;
		walk->part = walk->turn ? walk->turn->parts : NULL;
	}
	return NULL;
}

static inline struct content_walk content_begin(const struct aip_request *request)
{
	return (struct content_walk){request->turns, request->turns ? request->turns->parts : NULL};
}

static inline int content_count(const struct aip_request *request, enum aip_part_kind kind)
{
	struct content_walk walk = content_begin(request);
	int n = 0;

	while (content_next(&walk, kind))
		n++;
	return n;
}

/* Words by who says them: the assistant, or anybody else. A target without systems amid the talk
 * has the user say them, one without results of its own kind likewise. */
static inline void content_said(const struct aip_request *request, bool assistant,
                                struct aip_buf *into)
{
	if (!assistant)
		content_words(request->system, into);
	for (const struct aip_turn *t = request->turns; t; t = t->next)
		if ((t->role == AIP_ROLE_ASSISTANT) == assistant)
			content_words(t->parts, into);
}

static inline int content_tools(const struct aip_tool *tool)
{
	int n = 0;

	for (; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM)
			n++;
		n += content_tools(tool->tools);
	}
	return n;
}

static inline bool content_calls_kept(struct aip_arena *arena, const struct aip_request *was,
                                      const struct aip_request *is)
{
	struct content_walk from = content_begin(was), to = content_begin(is);
	const struct aip_part *one, *other;

	do {
		one = content_next(&from, AIP_TOOL_CALL);
		other = content_next(&to, AIP_TOOL_CALL);
		if (one && other && !content_args_same(arena, one->call, other->call))
			return false;
	} while (one && other);
	return !one && !other;
}

/* Pictures and files that came whole, of all but the assistant: whose turn they stand in may change,
 * and their order. */
static inline int content_media(const struct aip_part *part)
{
	int n = 0;

	for (; part; part = part->next) {
		if ((part->kind == AIP_IMAGE || part->kind == AIP_DOCUMENT) &&
		    part->media->source == AIP_FROM_BASE64)
			n++;
		if (part->kind == AIP_TOOL_RESULT)
			n += content_media(part->result->parts);
	}
	return n;
}

static inline int content_all_media(const struct aip_request *request)
{
	int n = 0;

	for (const struct aip_turn *t = request->turns; t; t = t->next)
		if (t->role != AIP_ROLE_ASSISTANT)
			n += content_media(t->parts);
	return n;
}

/* A sentence saying what was lost, or NULL. */
static inline const char *content_of_request_lost(struct aip_arena *arena,
                                                  const struct aip_request *was,
                                                  const struct aip_request *is)
{
	struct aip_buf said[2];
	const struct aip_part *lost = NULL;
	const char *why = NULL;

	for (int assistant = 0; assistant < 2; assistant++) {
		aip_buf_init(&said[assistant], 64u << 20);
		content_said(is, assistant, &said[assistant]);
	}
	lost = content_missing(was->system, &said[0]);
	for (const struct aip_turn *t = was->turns; t && !lost; t = t->next)
		lost = content_missing(t->parts, &said[t->role == AIP_ROLE_ASSISTANT]);
	if (lost)
		why = aip_arena_printf(arena, "lost the words '%.*s'", AIP_FMT(lost->text)).at;
	else if (!content_calls_kept(arena, was, is))
		why = "its calls are others";
	else if (content_count(was, AIP_TOOL_RESULT) != content_count(is, AIP_TOOL_RESULT))
		why = "its results are others";
	else if (content_all_media(was) != content_all_media(is))
		why = "its pictures or files are others";
	else if (was->choice.mode != AIP_CHOICE_ALLOWED &&
	         content_tools(was->tools) > content_tools(is->tools))
		why = "lost a tool";
	aip_buf_fini(&said[0]);
	aip_buf_fini(&said[1]);
	return why;
}

/* ---- An answer ------------------------------------------------------------------------------ */

/* Stops that every dialect tells apart: 'e' ended, 't' tools, 'l' length, 'f' filtered, '?' others.
 */
static inline char content_stop(enum aip_stop stop)
{
	switch (stop) {
	case AIP_STOP_END_TURN:
	case AIP_STOP_SEQUENCE:
	case AIP_STOP_PAUSE_TURN: return 'e';
	case AIP_STOP_TOOL_USE: return 't';
	case AIP_STOP_MAX_TOKENS:
	case AIP_STOP_CONTEXT_WINDOW: return 'l';
	case AIP_STOP_CONTENT_FILTER:
	case AIP_STOP_REFUSAL: return 'f';
	default: return '?';
	}
}

static inline bool content_refuses(const struct aip_part *part)
{
	while (part && part->kind != AIP_REFUSAL)
		part = part->next;
	return part != NULL;
}

static inline bool content_has_half(const struct aip_part *part)
{
	while ((part = content_call(part)) && !part->call->incomplete)
		part = part->next;
	return part != NULL;
}

/* A refusal may be told by the stop alone, and calls are why an answer stopped where there are any:
 * also those that are left when half a call was not told. */
static inline bool content_stop_kept(const struct aip_candidate *was, char from, char to)
{
	if (from == to || from == '?')
		return true;
	if (to == 'f')
		return content_refuses(was->parts);
	return to == 't' && content_call(was->parts) &&
	       (from == 'e' || content_refuses(was->parts) ||
	        (from == 'l' && content_has_half(was->parts)));
}

/* Words in their order; or, where refusals have a place of their own, text and refusals in theirs.
 */
static inline bool content_words_kept(const struct aip_part *was, const struct aip_part *is)
{
	struct aip_buf all[6];
	bool kept;

	for (size_t i = 0; i < 6; i++)
		aip_buf_init(&all[i], 64u << 20);
	content_words(was, &all[0]);
	content_words(is, &all[1]);
	content_said_as(was, AIP_TEXT, &all[2]);
	content_said_as(is, AIP_TEXT, &all[3]);
	content_said_as(was, AIP_REFUSAL, &all[4]);
	content_said_as(is, AIP_REFUSAL, &all[5]);
	kept = aip_str_eq(aip_buf_str(&all[0]), aip_buf_str(&all[1])) ||
	       (aip_str_eq(aip_buf_str(&all[2]), aip_buf_str(&all[3])) &&
	        aip_str_eq(aip_buf_str(&all[4]), aip_buf_str(&all[5])));
	for (size_t i = 0; i < 6; i++)
		aip_buf_fini(&all[i]);
	return kept;
}

/* Half a call may be told as such, or not at all, but never as a whole one. */
static inline const struct aip_part *content_whole_call(const struct aip_part *part)
{
	while ((part = content_call(part)) && part->call->incomplete)
		part = part->next;
	return part;
}

static inline bool content_answered_calls_kept(struct aip_arena *arena, const struct aip_part *was,
                                               const struct aip_part *is)
{
	for (was = content_whole_call(was), is = content_whole_call(is); was && is;
	     was = content_whole_call(was->next), is = content_whole_call(is->next))
		if (!aip_str_eq(was->call->name, is->call->name) ||
		    !content_args_same(arena, was->call, is->call))
			return false;
	return !was && !is;
}

/* A sentence saying what the first candidate lost, or NULL. */
static inline const char *content_of_answer_lost(struct aip_arena *arena,
                                                 const struct aip_response *was,
                                                 const struct aip_response *is)
{
	static const struct aip_candidate nothing = {.stop = AIP_STOP_OTHER};
	const struct aip_candidate *one = was->candidates ? was->candidates : &nothing;
	const struct aip_candidate *other = is->candidates ? is->candidates : &nothing;
	const char from = content_stop(one->stop), to = content_stop(other->stop);
	const char *why = NULL;

	if (!content_words_kept(one->parts, other->parts))
		why = "its words are others";
	else if (!content_answered_calls_kept(arena, one->parts, other->parts))
		why = "its calls are others";
	else if (!content_stop_kept(one, from, to))
		why = aip_arena_printf(arena, "it stopped for '%c', not '%c'", to, from).at;
	else if (was->usage.in_total >= 0 && was->usage.in_total != is->usage.in_total)
		why = "it read another number of tokens";
	else if (was->usage.out_total >= 0 && was->usage.out_total != is->usage.out_total)
		why = "it wrote another number of tokens";
	return why;
}

#endif
