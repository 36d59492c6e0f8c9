/* Effort levels and thinking budgets, each in terms of the other. */
#include <aiproxy/rules.h>

#include <stdio.h>

static const struct {
	const char *word;
	int64_t budget, upto;
} levels[AIP_LEVEL_COUNT] = {
#define ROW(name, word, budget, upto) [AIP_LEVEL_##name] = {word, budget, upto},
	AIP_LEVEL_TABLE(ROW)
#undef ROW
};

const char *aip_level_word(enum aip_level level)
{
	return level > AIP_LEVEL_NONE && level < AIP_LEVEL_COUNT ? levels[level].word : "none";
}

bool aip_reasoning_parse(struct aip_str word, struct aip_reasoning *into)
{
	word = aip_str_trim(word);
	if (aip_str_eq_nocase(word, AIP_LIT("none"))) {
		into->mode = AIP_REASONING_OFF;
		return true;
	}
	if (aip_str_eq_nocase(word, AIP_LIT("auto"))) {
		into->mode = AIP_REASONING_AUTO;
		return true;
	}
	for (int level = 1; level < AIP_LEVEL_COUNT; level++) {
		if (!aip_str_eq_nocase(word, aip_str(levels[level].word)))
			continue;
		into->mode = AIP_REASONING_LEVEL;
		into->level = (enum aip_level)level;
		return true;
	}
	return false;
}

int64_t aip_level_budget(enum aip_level level)
{
	return level > AIP_LEVEL_NONE && level < AIP_LEVEL_COUNT ? levels[level].budget : 0;
}

enum aip_level aip_budget_level(int64_t budget)
{
	if (budget <= 0)
		return AIP_LEVEL_NONE;
	for (int level = 1; level < AIP_LEVEL_COUNT; level++)
		if (budget <= levels[level].upto)
			return (enum aip_level)level;
	return AIP_LEVEL_XHIGH;
}

enum aip_level aip_level_clamp(enum aip_level level, aip_caps_SET has)
{
	enum aip_level best = AIP_LEVEL_NONE;
	int best_far = AIP_LEVEL_COUNT + 1;

	if (!has)
		return level;
	for (int candidate = 1; candidate < AIP_LEVEL_COUNT; candidate++) {
		int far = candidate > (int)level ? candidate - (int)level : (int)level - candidate;
		if (!aip_caps_has(has, levels[candidate].word) || far >= best_far)
			continue; /* the lower of two equally near ones came first */
		best = (enum aip_level)candidate;
		best_far = far;
	}
	return best == AIP_LEVEL_NONE ? level : best;
}

enum aip_level aip_reasoning_level(const struct aip_reasoning *reasoning)
{
	if (reasoning->mode == AIP_REASONING_LEVEL)
		return reasoning->level;
	return reasoning->mode == AIP_REASONING_BUDGET ? aip_budget_level(reasoning->budget)
	                                               : AIP_LEVEL_NONE;
}

int64_t aip_reasoning_budget(const struct aip_reasoning *reasoning, const struct aip_caps *caps)
{
	int64_t budget = reasoning->mode == AIP_REASONING_LEVEL ? aip_level_budget(reasoning->level)
	                                                        : reasoning->budget;

	if (caps->budget_max && budget > caps->budget_max)
		budget = caps->budget_max;
	return budget < caps->budget_min ? caps->budget_min : budget;
}

static enum aip_status no_setting(struct aip_str value, struct aip_error *reterr)
{
	enum aip_status s =
		aip_fail(reterr, AIP_BAD_REQUEST,
	                 "'%.*s' is no thinking level or budget: none, auto, minimal, low, "
	                 "medium, high, xhigh, max or a number of tokens",
	                 AIP_FMT(value));

	if (reterr)
		snprintf(reterr->param, sizeof(reterr->param), "model");
	return s;
}

enum aip_status aip_model_suffix(struct aip_str model, struct aip_str *ret_base,
                                 struct aip_reasoning *into, struct aip_error *reterr)
{
	size_t open = model.len;
	int64_t budget;

	*ret_base = model;
	if (model.len < 3 || model.at[model.len - 1] != ')')
		return AIP_OK;
	while (open > 0 && model.at[open - 1] != '(')
		open--;
	if (open < 2 || open == model.len - 1)
		return AIP_OK;
	struct aip_str value = aip_strn(model.at + open, model.len - 1 - open);
	struct aip_reasoning said = *into;
	if (aip_str_int(value, &budget)) {
		if (budget < -1)
			return no_setting(value, reterr);
		said.mode = budget == 0  ? AIP_REASONING_OFF
		            : budget < 0 ? AIP_REASONING_AUTO
		                         : AIP_REASONING_BUDGET;
		said.budget = budget;
	} else if (!aip_reasoning_parse(value, &said)) {
		return no_setting(value, reterr);
	}
	*into = said;
	*ret_base = aip_strn(model.at, open - 1);
	return AIP_OK;
}
