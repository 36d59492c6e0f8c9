/* What a dialect has no place for, in words. */
#include <aiproxy/rules.h>

struct aip_str aip_words_titled(struct aip_arena *arena, struct aip_str title, struct aip_str text)
{
	return title.len ? AIP_JOIN(arena, title, AIP_LIT("\n\n"), text) : text;
}

struct aip_str aip_words_found(struct aip_arena *arena, const struct aip_search_result *found)
{
	return AIP_JOIN(arena, found->title, AIP_LIT("\n"), found->url, AIP_LIT("\n\n"),
	                aip_parts_text(arena, found->parts));
}

struct aip_str aip_words_system(struct aip_arena *arena, struct aip_str text)
{
	return AIP_JOIN(arena, AIP_LIT("<system-reminder>\n"), text,
	                AIP_LIT("\n</system-reminder>"));
}

struct aip_str aip_words_grammar(struct aip_arena *arena, const struct aip_tool *tool)
{
	if (!tool->grammar.len)
		return tool->description;
	return aip_words_titled(arena, tool->description,
	                        AIP_JOIN(arena, AIP_LIT("The input follows this "),
	                                 tool->grammar_syntax, AIP_LIT(" grammar:\n"),
	                                 tool->grammar));
}
