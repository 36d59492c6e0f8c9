/* Levels and budgets, each in terms of the other; what a model's name may end with. */
#include "check.h"

#include <aiproxy/rules.h>

static const struct {
	const char *word;
	enum aip_level level;
	int64_t budget;
} levels[] = {
	{"minimal", AIP_LEVEL_MINIMAL, 512}, {"low", AIP_LEVEL_LOW, 1024},
	{"medium", AIP_LEVEL_MEDIUM, 8192},  {"high", AIP_LEVEL_HIGH, 24576},
	{"xhigh", AIP_LEVEL_XHIGH, 32768},   {"max", AIP_LEVEL_MAX, 128000},
};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

TEST(each_level_has_a_word_and_a_budget)
{
	for (size_t i = 0; i < LEVELS; i++) {
		struct aip_reasoning said = {0};
		CHECK_STR_EQ(aip_str(aip_level_word(levels[i].level)), levels[i].word);
		CHECK_INT_EQ(aip_level_budget(levels[i].level), levels[i].budget);
		CHECK(aip_reasoning_parse(aip_str(levels[i].word), &said));
		CHECK_INT_EQ(said.mode, AIP_REASONING_LEVEL);
		CHECK_INT_EQ(said.level, levels[i].level);
	}
}

TEST(words_are_trimmed_and_told_without_case_and_others_are_refused)
{
	struct aip_reasoning said = {0};

	CHECK(aip_reasoning_parse(AIP_LIT(" High\n"), &said));
	CHECK_INT_EQ(said.level, AIP_LEVEL_HIGH);
	CHECK(aip_reasoning_parse(AIP_LIT("NONE"), &said));
	CHECK_INT_EQ(said.mode, AIP_REASONING_OFF);
	CHECK(aip_reasoning_parse(AIP_LIT("auto"), &said));
	CHECK_INT_EQ(said.mode, AIP_REASONING_AUTO);
	CHECK(!aip_reasoning_parse(AIP_LIT("hard"), &said));
	CHECK(!aip_reasoning_parse(AIP_LIT(""), &said));
	CHECK_INT_EQ(said.mode, AIP_REASONING_AUTO);
}

TEST(budgets_fall_into_levels_at_their_bounds)
{
	static const struct {
		int64_t budget;
		enum aip_level level;
	} rows[] = {
		{-1, AIP_LEVEL_NONE},         {0, AIP_LEVEL_NONE},      {1, AIP_LEVEL_MINIMAL},
		{512, AIP_LEVEL_MINIMAL},     {513, AIP_LEVEL_LOW},     {1024, AIP_LEVEL_LOW},
		{1025, AIP_LEVEL_MEDIUM},     {8192, AIP_LEVEL_MEDIUM}, {8193, AIP_LEVEL_HIGH},
		{24576, AIP_LEVEL_HIGH},      {24577, AIP_LEVEL_XHIGH}, {128000, AIP_LEVEL_XHIGH},
		{INT64_MAX, AIP_LEVEL_XHIGH},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT_EQ(aip_budget_level(rows[i].budget), rows[i].level);
}

TEST(a_level_the_model_lacks_becomes_the_nearest_and_ties_go_down)
{
	static const struct {
		enum aip_level said;
		const char *has;
		enum aip_level want;
	} rows[] = {
		{AIP_LEVEL_MINIMAL, "low medium high", AIP_LEVEL_LOW},
		{AIP_LEVEL_MEDIUM, "low high", AIP_LEVEL_LOW}, /* a tie */
		{AIP_LEVEL_MAX, "low medium high xhigh", AIP_LEVEL_XHIGH},
		{AIP_LEVEL_MAX, "low medium high", AIP_LEVEL_HIGH},
		{AIP_LEVEL_XHIGH, "high max", AIP_LEVEL_HIGH}, /* a tie */
		{AIP_LEVEL_HIGH, "minimal", AIP_LEVEL_MINIMAL},
		{AIP_LEVEL_HIGH, "low high", AIP_LEVEL_HIGH},
		{AIP_LEVEL_HIGH, "none auto", AIP_LEVEL_HIGH}, /* modes are no levels */
		{AIP_LEVEL_HIGH, "xhigh", AIP_LEVEL_XHIGH},    /* a word inside another is none */
		{AIP_LEVEL_MAX, NULL, AIP_LEVEL_MAX},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT_EQ(aip_level_clamp(rows[i].said, rows[i].has), rows[i].want);
}

TEST(a_setting_stands_for_a_level_and_for_a_budget_within_the_models_bounds)
{
	static const struct aip_caps caps = {.budget_min = 1024, .budget_max = 32000};
	static const struct aip_caps unknown;
	static const struct {
		struct aip_reasoning said;
		enum aip_level level;
		int64_t budget, clamped;
	} rows[] = {
		{{.mode = AIP_REASONING_LEVEL, .level = AIP_LEVEL_MINIMAL},
	         AIP_LEVEL_MINIMAL,
	         512,
	         1024},
		{{.mode = AIP_REASONING_LEVEL, .level = AIP_LEVEL_MAX},
	         AIP_LEVEL_MAX,
	         128000,
	         32000},
		{{.mode = AIP_REASONING_BUDGET, .budget = 9000}, AIP_LEVEL_HIGH, 9000, 9000},
		{{.mode = AIP_REASONING_BUDGET, .budget = 1}, AIP_LEVEL_MINIMAL, 1, 1024},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT_EQ(aip_reasoning_level(&rows[i].said), rows[i].level);
		CHECK_INT_EQ(aip_reasoning_budget(&rows[i].said, &unknown), rows[i].budget);
		CHECK_INT_EQ(aip_reasoning_budget(&rows[i].said, &caps), rows[i].clamped);
	}
	CHECK_INT_EQ(aip_reasoning_level(&(struct aip_reasoning){.mode = AIP_REASONING_AUTO}),
	             AIP_LEVEL_NONE);
}

TEST(the_end_of_a_models_name_says_how_it_thinks)
{
	static const struct {
		const char *name, *base;
		struct aip_reasoning want;
	} rows[] = {
		{"m(high)", "m", {.mode = AIP_REASONING_LEVEL, .level = AIP_LEVEL_HIGH}},
		{"team/m(XHigh)",
	         "team/m",
	         {.mode = AIP_REASONING_LEVEL, .level = AIP_LEVEL_XHIGH}},
		{"m(8192)", "m", {.mode = AIP_REASONING_BUDGET, .budget = 8192}},
		{"m(0)", "m", {.mode = AIP_REASONING_OFF}},
		{"m(-1)", "m", {.mode = AIP_REASONING_AUTO, .budget = -1}},
		{"m(none)", "m", {.mode = AIP_REASONING_OFF}},
		{"m(auto)", "m", {.mode = AIP_REASONING_AUTO}},
		{"m(a)(low)", "m(a)", {.mode = AIP_REASONING_LEVEL, .level = AIP_LEVEL_LOW}},
		{"m", "m", {0}},
		{"m()", "m()", {0}},
		{"(high)", "(high)", {0}},
		{"m(high) ", "m(high) ", {0}},
		{"m-thinking", "m-thinking", {0}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_reasoning said = {0};
		struct aip_str base;
		CHECK_INT_EQ(aip_model_suffix(aip_str(rows[i].name), &base, &said, NULL), AIP_OK);
		CHECK_STR_EQ(base, rows[i].base);
		CHECK_INT_EQ(said.mode, rows[i].want.mode);
		CHECK_INT_EQ(said.level, rows[i].want.level);
		CHECK_INT_EQ(said.budget, rows[i].want.budget);
	}
}

TEST(a_suffix_that_is_no_level_or_budget_is_refused)
{
	static const char *const names[] = {"m(8k)", "m(hard)", "m(-2)", "m(1.5)",
	                                    "m(99999999999999999999)"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct aip_reasoning said = {0};
		struct aip_error error = {0};
		struct aip_str base;
		CHECK_INT_EQ(aip_model_suffix(aip_str(names[i]), &base, &said, &error),
		             AIP_BAD_REQUEST);
		CHECK_STR_EQ(aip_str(error.param), "model");
		CHECK_INT_EQ(said.mode, AIP_REASONING_UNSET);
	}
}

RUN_ALL(CASE(each_level_has_a_word_and_a_budget),
        CASE(words_are_trimmed_and_told_without_case_and_others_are_refused),
        CASE(budgets_fall_into_levels_at_their_bounds),
        CASE(a_level_the_model_lacks_becomes_the_nearest_and_ties_go_down),
        CASE(a_setting_stands_for_a_level_and_for_a_budget_within_the_models_bounds),
        CASE(the_end_of_a_models_name_says_how_it_thinks),
        CASE(a_suffix_that_is_no_level_or_budget_is_refused))
