/* What echo plays: one script per model, tuned by words in the user's text. */
#include "script.h"

#include <aiproxy/rules.h>

static const struct {
	const char *model;
	enum script_play play;
} plays[] = {
	{"echo", PLAY_ECHO},        {"echo-tokens", PLAY_TOKENS},
	{"echo-tool", PLAY_TOOL},   {"echo-thinking", PLAY_THINKING},
	{"echo-error", PLAY_ERROR}, {"echo-stall", PLAY_STALL},
};

/* The number behind "word=" in the text, or `otherwise`. */
static int64_t number_in(struct aip_str text, const char *word, int64_t otherwise, int64_t most)
{
	const size_t word_len = strlen(word);
	ptrdiff_t at;
	int64_t number;

	while ((at = aip_str_find(text, aip_str(word))) >= 0) {
		struct aip_str rest =
			aip_strn(text.at + at + word_len, text.len - (size_t)at - word_len);
		size_t digits = 0;
		while (digits + 1 < rest.len && rest.at[digits + 1] >= '0' &&
		       rest.at[digits + 1] <= '9')
			digits++;
		if (rest.len && rest.at[0] == '=' &&
		    aip_str_int(aip_strn(rest.at + 1, digits), &number))
			return number < most ? number : most;
		text = rest;
	}
	return otherwise;
}

/* What the tools of a turn said, behind what was said before. */
static struct aip_str with_results(struct aip_arena *arena, struct aip_str said,
                                   const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (!part->result)
			continue;
		const struct aip_tool_result *result = part->result;
		struct aip_str text =
			result->parts ? aip_parts_text(arena, result->parts) : result->raw;
		said = said.len
		               ? aip_arena_printf(arena, "%.*s\n%.*s", AIP_FMT(said), AIP_FMT(text))
		               : text;
	}
	return said;
}

static struct aip_str last_text_of(struct aip_arena *arena, const struct aip_request *request,
                                   bool *ret_after_tool)
{
	struct aip_str said = AIP_LIT("");

	*ret_after_tool = false;
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		if (turn->role == AIP_ROLE_USER) {
			said = aip_parts_text(arena, turn->parts);
			*ret_after_tool = false;
		} else if (turn->role == AIP_ROLE_TOOL) {
			said = with_results(arena, *ret_after_tool ? said : AIP_LIT(""), turn);
			*ret_after_tool = true;
		}
	}
	return said.at ? said : AIP_LIT("");
}

const struct aip_tool *script_next_tool(const struct aip_tool *tool)
{
	while (tool && tool->kind != AIP_TOOL_FUNCTION && tool->kind != AIP_TOOL_CUSTOM)
		tool = tool->next;
	return tool;
}

void script_read(struct aip_arena *arena, struct aip_str model, const struct aip_request *request,
                 struct script *ret)
{
	struct script script = {.play = PLAY_ECHO};

	for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++)
		if (aip_str_is(model, plays[i].model))
			script.play = plays[i].play;
	if (script.play == PLAY_TOOL && !script_next_tool(request->tools))
		script.play = PLAY_ECHO;
	script.text = last_text_of(arena, request, &script.after_tool);
#define ROW(word, field, otherwise, most) \
	script.field = number_in(script.text, word, otherwise, most);
	SCRIPT_TABLE(ROW)
#undef ROW
	*ret = script;
}

int64_t script_tokens_of(struct aip_str text)
{
	return (int64_t)(text.len + 3) / 4;
}

int64_t script_tokens_of_request(const struct aip_request *request)
{
	int64_t tokens = 0;

	for (const struct aip_part *part = request->system; part; part = part->next)
		tokens += script_tokens_of(part->text);
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			tokens += script_tokens_of(part->text);
	for (const struct aip_tool *tool = request->tools; tool; tool = tool->next)
		tokens += script_tokens_of(tool->schema) + script_tokens_of(tool->description);
	return tokens > 0 ? tokens : 1;
}
