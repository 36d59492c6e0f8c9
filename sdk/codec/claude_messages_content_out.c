/* Anthropic Messages requests, written: the system prompt and the messages. */
#include "claude_messages.h"

static bool is_blank(struct aip_str text)
{
	return aip_str_is_blank(text);
}

/* ---- Messages ------------------------------------------------------------------------------- */

struct messages {
	struct claude_writer *w;
	const char *role; /* of the open message; NULL before the first */
	bool continues;   /* it is an answer that was begun for the model */
};

static void open_message(struct messages *m, const char *role)
{
	struct aip_json_out *out = &m->w->out;

	m->role = role;
	aip_json_open(out, '{');
	aip_json_str(out, "role", aip_str(role));
	aip_json_key(out, "content");
	aip_json_open(out, '[');
}

static void close_message(struct messages *m)
{
	if (!m->role)
		return;
	aip_json_close(&m->w->out, ']');
	aip_json_close(&m->w->out, '}');
}

/* Opens a message when its first block comes; equal neighbours are one message. The first is the
 * user's, and must say something. */
static void speak(struct messages *m, const char *role)
{
	m->continues = false;
	if (m->role && strcmp(m->role, role) == 0)
		return;
	if (!m->role && strcmp(role, "user") != 0) {
		open_message(m, "user");
		claude_put_plain_text(m->w, AIP_LIT("."));
	}
	close_message(m);
	open_message(m, role);
}

static void put_results(struct messages *m, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (part->kind != AIP_TOOL_RESULT)
			continue;
		speak(m, "user");
		claude_put_block(m->w, part);
	}
}

static void put_user(struct messages *m, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (part->kind == AIP_TOOL_RESULT || part->kind == AIP_TOOL_CALL)
			continue;
		if (!claude_is_said(m->w, part, AIP_ROLE_USER)) {
			claude_note_unsaid(m->w, part);
			continue;
		}
		speak(m, "user");
		claude_put_block(m->w, part);
	}
}

/* A system turn in its place: behind what the user said, and the last word or before an
 * answer. A model that nobody described is left to its own client. */
static bool may_stand(const struct messages *m, const struct aip_turn *turn)
{
	const enum aip_tri takes = m->w->ctx->caps->mid_system;
	const struct aip_turn *next = turn->next;

	while (next && next->role == AIP_ROLE_SYSTEM)
		next = next->next;
	return (takes == AIP_YES || (takes == AIP_UNSET && m->w->same)) && m->role &&
	       strcmp(m->role, "assistant") != 0 && (!next || next->role == AIP_ROLE_ASSISTANT);
}

/* Elsewhere what it says is wrapped for the model in the user's turn, and what it shows stands
 * behind. */
static void put_mid_system(struct messages *m, const struct aip_turn *turn)
{
	struct claude_writer *w = m->w;
	struct aip_str text = aip_parts_text(w->ctx->arena, turn->parts);

	if (is_blank(text))
		return;
	if (may_stand(m, turn)) {
		speak(m, "system");
		claude_put_plain_text(w, text);
		return;
	}
	speak(m, "user");
	claude_put_plain_text(w, aip_words_system(w->ctx->arena, text));
}

/* The order in which parts from other dialects are said: thoughts, the rest, calls. */
#define RANKS 3
static int rank_of(const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_THINKING:
	case AIP_REDACTED_THINKING: return 0;
	case AIP_TOOL_CALL: return 2;
	default: return 1;
	}
}

/* A text that is to be continued must not end in white space. */
static struct aip_str without_tail(struct aip_str text)
{
	for (size_t at = text.len; at-- > 0;) {
		if (((unsigned char)text.at[at] & 0xc0) == 0x80)
			continue;
		if (!aip_str_is_blank(aip_strn(text.at + at, text.len - at)))
			break;
		text.len = at;
	}
	return text;
}

static void put_assistant_part(struct messages *m, const struct aip_part *part, bool is_continued)
{
	struct claude_writer *w = m->w;

	if (!claude_is_said(w, part, AIP_ROLE_ASSISTANT)) {
		claude_note_unsaid(w, part);
		return;
	}
	speak(m, "assistant");
	if (is_continued && (part->kind == AIP_TEXT || part->kind == AIP_REFUSAL))
		claude_put_text_block(w, part, without_tail(part->text));
	else
		claude_put_block(w, part);
}

/* What this vendor signed goes back in the order it was said in; so does what came in this dialect.
 */
static bool keeps_order(const struct claude_writer *w, const struct aip_turn *turn)
{
	bool keeps = w->same;

	for (const struct aip_part *part = turn->parts; part && !keeps; part = part->next)
		keeps = claude_is_native_state(w, part);
	return keeps;
}

/* Behind it nothing may be thought: the API takes no turn that ends so. NULL: nothing is said at
 * all. */
static const struct aip_part *last_said(const struct claude_writer *w, const struct aip_turn *turn)
{
	const struct aip_part *last = NULL;

	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (rank_of(part) > 0 && claude_is_said(w, part, AIP_ROLE_ASSISTANT))
			last = part;
	return last;
}

static bool has_calls(const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (part->kind == AIP_TOOL_CALL)
			return true;
	return false;
}

static void put_assistant(struct messages *m, const struct aip_turn *turn)
{
	const struct aip_part *last = last_said(m->w, turn), *end = last ? last->next : turn->parts;
	const bool keeps = keeps_order(m->w, turn), continues = turn->prefill && !has_calls(turn);

	for (int rank = 0; rank < (keeps ? 1 : RANKS); rank++)
		for (const struct aip_part *part = turn->parts; part != end; part = part->next)
			if (keeps || rank_of(part) == rank)
				put_assistant_part(m, part, continues && part == last);
	m->continues = continues && last;
	for (; end; end = end->next)
		claude_note_unsaid(m->w, end);
}

/* What a turn begins with on this wire; NULL: nothing of it is said. */
static const struct aip_part *first_said(const struct claude_writer *w, const struct aip_turn *turn)
{
	const struct aip_part *last = last_said(w, turn), *end = last ? last->next : turn->parts;
	const struct aip_part *first = NULL;
	const bool keeps = keeps_order(w, turn);

	for (const struct aip_part *part = turn->parts; part != end; part = part->next)
		if (claude_is_said(w, part, AIP_ROLE_ASSISTANT) &&
		    (!first || (!keeps && rank_of(part) < rank_of(first))))
			first = part;
	return first;
}

static bool is_heard(const struct claude_writer *w, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (claude_is_said(w, part, turn->role))
			return true;
	return false;
}

/* What the user said last, as the walk over the messages stands. */
struct heard {
	bool results, words;
};

static bool begins_with_a_thought(const struct claude_writer *w, const struct aip_turn *turn)
{
	return rank_of(first_said(w, turn)) == 0;
}

/* The messages as they will stand: turns that say nothing part none, and an answer that was begun
 * is left out while the model thinks. Whether words beside results begin a new turn is told
 * nowhere: what follows them must then begin with a thought too. */
struct claude_run claude_running_turn(const struct claude_writer *w)
{
	struct claude_run run = {NULL, false};
	struct heard heard = {false, false};
	bool is_open = false, is_answered = false;

	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next) {
		if (turn->role != AIP_ROLE_ASSISTANT) {
			if (!is_heard(w, turn))
				continue;
			heard.results = turn->role == AIP_ROLE_TOOL || (!is_open && heard.results);
			heard.words = turn->role != AIP_ROLE_TOOL || (!is_open && heard.words);
			is_open = false;
			is_answered = heard.results;
			continue;
		}
		if (!first_said(w, turn) || (turn->prefill && !has_calls(turn)))
			continue;
		if (!is_open && !heard.results)
			run = (struct claude_run){turn, !begins_with_a_thought(w, turn)};
		else if (!is_open && heard.words)
			run.lacks_thought = run.lacks_thought || !begins_with_a_thought(w, turn);
		is_open = true;
		is_answered = turn->prefill;
	}
	if (!is_answered)
		run.lacks_thought = false;
	if (!is_answered && !is_open)
		run.first = NULL;
	return run;
}

/* An answer that was begun for the model: some models continue none, and no model does while it
 * thinks. */
static bool prefill_is_refused(struct claude_writer *w, const struct aip_turn *turn)
{
	if (!turn->prefill || has_calls(turn) ||
	    (!claude_thinks(w) && w->ctx->caps->prefill != AIP_NO))
		return false;
	aip_ctx_warn(w->ctx, "the model continues no answer that was begun for it: left out");
	claude_drop(w, "messages.prefill");
	return true;
}

/* Where the user, who has the last word, says nothing: what the assistant said before is no answer
 * that was begun. */
static void end_with_user(struct messages *m)
{
	if (m->role && (m->continues || strcmp(m->role, "assistant") != 0))
		return;
	speak(m, "user");
	claude_put_plain_text(m->w, AIP_LIT("."));
}

void claude_put_messages(struct claude_writer *w)
{
	struct messages m = {.w = w};

	aip_json_key(&w->out, "messages");
	aip_json_open(&w->out, '[');
	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next) {
		w->is_thoughtless = w->is_thoughtless || turn == w->thoughtless;
		switch (turn->role) {
		case AIP_ROLE_SYSTEM: put_mid_system(&m, turn); break;
		case AIP_ROLE_USER: put_user(&m, turn); break;
		case AIP_ROLE_TOOL: put_results(&m, turn); break;
		case AIP_ROLE_ASSISTANT:
			if (!prefill_is_refused(w, turn))
				put_assistant(&m, turn);
			break;
		}
	}
	end_with_user(&m);
	close_message(&m);
	aip_json_close(&w->out, ']');
}

/* ---- The system prompt ---------------------------------------------------------------------- */

/* What is asked for in words where the API has no field. */
static struct aip_str instruction(const struct claude_writer *w)
{
	const struct aip_output *output = &w->request->output;

	if (output->format == AIP_FORMAT_ENUM && output->schema.len)
		return aip_arena_printf(w->ctx->arena,
		                        "Answer with exactly one of the values that this schema "
		                        "allows, and nothing else: %.*s",
		                        AIP_FMT(output->schema));
	if (output->format == AIP_FORMAT_JSON_OBJECT ||
	    (output->format == AIP_FORMAT_JSON_SCHEMA && !output->schema.len))
		return AIP_LIT("Answer with a single JSON object and nothing else: no prose, no "
		               "Markdown.");
	return AIP_NONE;
}

void claude_put_system(struct claude_writer *w)
{
	struct aip_str asked = instruction(w);
	bool any = asked.len > 0;

	for (const struct aip_part *part = w->request->system; part; part = part->next)
		any = any || !is_blank(part->text);
	if (!any)
		return;
	aip_json_key(&w->out, "system");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = w->request->system; part; part = part->next)
		if (!is_blank(part->text))
			claude_put_text_block(w, part, part->text);
	if (asked.len)
		claude_put_plain_text(w, asked);
	aip_json_close(&w->out, ']');
}

/* ---- Breakpoints ---------------------------------------------------------------------------- */

static void mark_parts(struct claude_writer *w, const struct aip_part *parts, enum aip_role role)
{
	for (; parts; parts = parts->next) {
		if (!claude_is_said(w, parts, role) || rank_of(parts) == 0)
			continue;
		if (parts->kind == AIP_TOOL_RESULT)
			mark_parts(w, parts->result->parts, AIP_ROLE_TOOL);
		claude_mark(w, &parts->cache);
	}
}

void claude_mark_content(struct claude_writer *w)
{
	mark_parts(w, w->request->system, AIP_ROLE_SYSTEM);
	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next)
		if (turn->role != AIP_ROLE_SYSTEM)
			mark_parts(w, turn->parts, turn->role);
}
