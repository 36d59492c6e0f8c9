/* Anthropic Messages requests, written: what is settled before the first byte, by what the model
 * can do: the limit of the answer, thinking within it, forced tools, breakpoints. */
#include "claude_messages.h"

#include <stdio.h>

#define TOKENS_UNSAID 32000 /* when the client gave no limit and the model's own is not lower */
#define BUDGET_AUTO   8192
#define BUDGET_MIN    1024 /* "Extended thinking", Anthropic's documentation, read 2026-02 */

/* ---- The limit ------------------------------------------------------------------------------ */

static void settle_limit(struct claude_writer *w)
{
	const struct aip_caps *caps = w->ctx->caps;

	w->limit_is_said = aip_str_int(w->request->max_output_tokens, &w->max_tokens);
	if (!w->limit_is_said)
		w->max_tokens = caps->default_output ? caps->default_output : TOKENS_UNSAID;
	if (caps->max_output && w->max_tokens > caps->max_output && !w->same)
		w->max_tokens = caps->max_output;
}

/* ---- Thinking ------------------------------------------------------------------------------- */

bool claude_thinks(const struct claude_writer *w)
{
	return w->thinking == CLAUDE_THINKING_ENABLED || w->thinking == CLAUDE_THINKING_ADAPTIVE;
}

static bool is_always_on(const struct aip_caps *caps)
{
	return caps->default_on == AIP_YES && caps->can_disable == AIP_NO;
}

/* A model that nobody described gets what its client said, in the oldest form for levels of others;
 * one that knows both forms gets the newer, unless its client speaks this dialect and chose. */
static bool by_budget(const struct claude_writer *w)
{
	const char *modes = w->ctx->caps->modes;
	const bool chose = w->same && w->request->reasoning.mode == AIP_REASONING_BUDGET;

	if (!modes)
		return !w->same || chose;
	return !aip_caps_has(modes, "adaptive") || (chose && aip_caps_has(modes, "budget"));
}

/* Strictly, a level that the model lacks is refused where its client named it. */
static void refuse_level(struct claude_writer *w, enum aip_level level)
{
	const struct aip_reasoning *said = &w->request->reasoning;
	const char *has = w->ctx->caps->levels;
	char why[160];

	if (w->ctx->loss != AIP_STRICT || said->mode != AIP_REASONING_LEVEL || !has ||
	    aip_caps_has(has, aip_level_word(level)))
		return;
	snprintf(why, sizeof(why), "this model has no level '%s', but %s", aip_level_word(level),
	         has);
	claude_refuse(w, "reasoning_effort", why);
}

static enum aip_level effort_of(struct claude_writer *w, enum aip_level level)
{
	if (!level)
		return level;
	refuse_level(w, level);
	if (level == AIP_LEVEL_MINIMAL)
		level = AIP_LEVEL_LOW;
	return aip_level_clamp(level, w->ctx->caps->levels);
}

/* The highest level that a model takes beside thinking that is switched off. */
static enum aip_level most_when_off(const struct aip_caps *caps)
{
	struct aip_reasoning word = {.level = AIP_LEVEL_HIGH};

	if (caps->disable_max_effort)
		aip_reasoning_parse(aip_str(caps->disable_max_effort), &word);
	return word.level;
}

static void settle_off(struct claude_writer *w)
{
	const struct aip_caps *caps = w->ctx->caps;

	if (is_always_on(caps)) {
		w->effort = aip_level_clamp(AIP_LEVEL_LOW, caps->levels);
		return;
	}
	if (caps->default_on == AIP_YES || (w->same && !caps->modes))
		w->thinking = CLAUDE_THINKING_DISABLED;
	if (!w->same)
		return;
	w->effort = effort_of(w, w->request->reasoning.level);
	if (w->effort > most_when_off(caps))
		w->effort = most_when_off(caps);
}

/* How much of the limit thinking may take: all but a token of it when the client counted tokens
 * itself; a level leaves a fifth to the answer. */
static int64_t room_for_thinking(const struct claude_writer *w, bool is_exact)
{
	const int64_t room = w->max_tokens - (is_exact ? 1 : w->max_tokens / 5);

	return room < BUDGET_MIN && w->max_tokens > BUDGET_MIN ? BUDGET_MIN : room;
}

static void settle_budget(struct claude_writer *w)
{
	const struct aip_caps *caps = w->ctx->caps;
	struct aip_reasoning said = w->request->reasoning;
	const bool is_exact = said.mode == AIP_REASONING_BUDGET;

	if (said.mode == AIP_REASONING_AUTO)
		said = (struct aip_reasoning){.mode = AIP_REASONING_BUDGET, .budget = BUDGET_AUTO};
	w->budget = aip_reasoning_budget(&said, caps);
	if (w->budget < BUDGET_MIN)
		w->budget = BUDGET_MIN;
	if (!w->limit_is_said && caps->max_output)
		w->max_tokens = caps->max_output;
	else if (!w->limit_is_said && w->max_tokens < w->budget + w->budget / 4)
		w->max_tokens = w->budget + w->budget / 4;
	if (w->budget > room_for_thinking(w, is_exact))
		w->budget = room_for_thinking(w, is_exact);
	if (w->budget < BUDGET_MIN) {
		aip_ctx_warn(w->ctx, "max_tokens leaves no room for thinking: it was switched off");
		w->budget = 0;
		return;
	}
	w->thinking = CLAUDE_THINKING_ENABLED;
	if (w->same && is_exact)
		w->effort = effort_of(w, said.level);
}

static void settle_thinking(struct claude_writer *w)
{
	const struct aip_reasoning *said = &w->request->reasoning;
	const struct aip_caps *caps = w->ctx->caps;

	if (said->mode == AIP_REASONING_UNSET)
		return;
	if (said->mode == AIP_REASONING_OFF) {
		settle_off(w);
	} else if (caps->thinking == AIP_NO) {
		claude_drop(w, "reasoning");
	} else if (said->effort_only && w->same) {
		w->effort = effort_of(w, said->level);
	} else if (by_budget(w) && claude_running_turn(w).lacks_thought) {
		aip_ctx_warn(w->ctx,
		             "the turn whose calls are answered began without a thought of this "
		             "model: thinking was switched off");
	} else if (by_budget(w)) {
		settle_budget(w);
	} else {
		w->thinking =
			is_always_on(caps) ? CLAUDE_THINKING_UNSAID : CLAUDE_THINKING_ADAPTIVE;
		w->effort = effort_of(w, aip_reasoning_level(said));
	}
}

/* ---- Forced tools --------------------------------------------------------------------------- */

bool claude_forces_a_tool(const struct claude_writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;

	switch (choice->mode) {
	case AIP_CHOICE_REQUIRED:
	case AIP_CHOICE_NAMED:
	case AIP_CHOICE_SERVER: return true;
	case AIP_CHOICE_ALLOWED: return choice->required;
	default: return false;
	}
}

static void switch_thinking_off(struct claude_writer *w)
{
	aip_ctx_warn(w->ctx,
	             "a forced tool and thinking exclude each other: thinking was switched off");
	w->thinking = w->ctx->caps->default_on == AIP_YES ? CLAUDE_THINKING_DISABLED
	                                                  : CLAUDE_THINKING_UNSAID;
	w->effort = AIP_LEVEL_NONE;
	w->budget = 0;
}

static void settle_forcing(struct claude_writer *w)
{
	const struct aip_caps *caps = w->ctx->caps;
	const char *how = caps->forced_tool_with_thinking;
	const bool on = claude_thinks(w) ||
	                (caps->default_on == AIP_YES && w->thinking != CLAUDE_THINKING_DISABLED);

	if (!on || (how && strcmp(how, "ok") == 0) ||
	    !(w->emulates_schema || claude_forces_a_tool(w)))
		return;
	if (how && strcmp(how, "reject") == 0) {
		if (w->ctx->loss == AIP_STRICT)
			claude_refuse(w, "tool_choice", "this model cannot be made to call a tool");
		aip_ctx_warn(w->ctx,
		             "the model cannot be made to call a tool: it was left the choice");
		w->left_the_choice = true;
	} else if (how || w->thinking == CLAUDE_THINKING_ENABLED) {
		switch_thinking_off(w);
	}
}

/* A model that nobody described may think without being told to. */
static void settle_thoughts(struct claude_writer *w)
{
	const struct aip_caps *caps = w->ctx->caps;
	const bool by_itself = w->thinking == CLAUDE_THINKING_UNSAID &&
	                       (!caps->modes || caps->default_on == AIP_YES);

	if (!claude_thinks(w) && !by_itself)
		w->thoughtless = claude_running_turn(w).first;
}

/* ---- Breakpoints ---------------------------------------------------------------------------- */

/* The API takes four, one of which the request as a whole may use up: the last ones stay. */
static size_t marks_most(const struct claude_writer *w)
{
	return CLAUDE_MARKS_MAX - w->caches_by_itself;
}

void claude_mark(struct claude_writer *w, const struct aip_cache *cache)
{
	if (cache->set)
		w->marks[w->n_marks++ % marks_most(w)] = cache;
}

static bool lasts_an_hour(const struct claude_writer *w, const struct aip_cache *cache)
{
	if (!cache->ttl.len)
		return aip_str_is(w->request->cache.retention, "24h");
	return aip_str_is(cache->ttl, "1h") || aip_str_is(cache->ttl, "30m");
}

/* Where a breakpoint stands among those that stay; -1: it does not. */
static ptrdiff_t place_of(const struct claude_writer *w, const struct aip_cache *cache)
{
	const size_t most = marks_most(w), first = w->n_marks > most ? w->n_marks - most : 0;

	for (size_t i = first; i < w->n_marks; i++)
		if (w->marks[i % most] == cache)
			return (ptrdiff_t)i;
	return -1;
}

bool claude_is_marked(const struct claude_writer *w, const struct aip_cache *cache)
{
	return cache->set && place_of(w, cache) >= 0;
}

/* One that lasts an hour may not follow one that lasts five minutes. */
bool claude_mark_is_long(const struct claude_writer *w, const struct aip_cache *cache)
{
	const size_t most = marks_most(w), first = w->n_marks > most ? w->n_marks - most : 0;
	const ptrdiff_t here = place_of(w, cache);

	for (ptrdiff_t i = (ptrdiff_t)first; i < here; i++)
		if (!lasts_an_hour(w, w->marks[(size_t)i % most]))
			return false;
	return lasts_an_hour(w, cache);
}

static void mark_tools(struct claude_writer *w, const struct aip_tool *tools)
{
	for (; tools; tools = tools->next) {
		claude_mark(w, &tools->cache);
		mark_tools(w, tools->tools);
	}
}

static void settle_marks(struct claude_writer *w)
{
	w->caches_by_itself = w->request->cache.automatic.set;
	mark_tools(w, w->request->tools);
	claude_mark_content(w);
}

void claude_settle(struct claude_writer *w)
{
	w->same = w->request->dialect == AIP_CLAUDE;
	w->emulates_schema = claude_emulates_schema(w->ctx, w->request) && !w->counts;
	settle_limit(w);
	settle_thinking(w);
	settle_forcing(w);
	settle_thoughts(w);
	settle_marks(w);
}
