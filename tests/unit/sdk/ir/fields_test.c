/* What a client calls the field that another dialect's word stands for. */
#include "check.h"

#include <aiproxy/rules.h>

static const enum aip_dialect all[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

TEST(each_client_reads_its_own_words)
{
	static const struct {
		const char *path, *is[4];
	} rows[] = {
		{"seed", {"seed", "seed", "seed", "generationConfig.seed"}},
		{"max_tokens",
	         {"max_tokens", "max_output_tokens", "max_tokens",
	          "generationConfig.maxOutputTokens"}},
		{"stop", {"stop", "stop", "stop_sequences", "generationConfig.stopSequences"}},
		{"user", {"user", "user", "metadata.user_id", "user"}},
		{"tool_choice",
	         {"tool_choice", "tool_choice", "tool_choice", "toolConfig.functionCallingConfig"}},
		{"response_format",
	         {"response_format", "text.format", "output_config.format",
	          "generationConfig.responseMimeType"}},
		{"reasoning_effort",
	         {"reasoning_effort", "reasoning.effort", "output_config.effort",
	          "generationConfig.thinkingConfig.thinkingLevel"}},
		{"nobody_knows", {"nobody_knows", "nobody_knows", "nobody_knows", "nobody_knows"}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t k = 0; k < 4; k++)
			CHECK_STR_EQ(aip_str(aip_client_field(all[k], rows[i].path)),
			             rows[i].is[k]);
}

TEST(what_stands_in_the_history_is_called_as_the_history_is)
{
	static const char *const is[] = {"messages.thinking", "input", "messages", "contents"};

	for (size_t k = 0; k < 4; k++)
		CHECK_STR_EQ(aip_str(aip_client_field(all[k], "messages.thinking")), is[k]);
}

RUN_ALL(CASE(each_client_reads_its_own_words),
        CASE(what_stands_in_the_history_is_called_as_the_history_is))
