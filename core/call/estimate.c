/* A count of tokens for upstreams that have none. */
#include "call/estimate.h"

#define BYTES_PER_TOKEN 4
#define TOKENS_PER_TURN 4
#define TOKENS_PER_TOOL 12
#define TOKENS_PER_MEDIA 1000

static int64_t of_text(struct aip_str text)
{
	return (int64_t)(text.len + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
}

static int64_t of_parts(const struct aip_part *parts)
{
	int64_t tokens = 0;

	for (const struct aip_part *part = parts; part; part = part->next) {
		tokens += of_text(part->text);
		if (part->call)
			tokens += TOKENS_PER_TOOL + of_text(part->call->name) + of_text(part->call->args);
		if (part->result)
			tokens += TOKENS_PER_TOOL + of_text(part->result->raw) +
			          of_parts(part->result->parts);
		if (part->media)
			tokens += part->media->source == AIP_FROM_TEXT ? of_text(part->media->data)
			                                               : TOKENS_PER_MEDIA;
		if (part->found)
			tokens += of_parts(part->found->parts);
	}
	return tokens;
}

static int64_t of_tools(const struct aip_tool *tools)
{
	int64_t tokens = 0;

	for (const struct aip_tool *tool = tools; tool; tool = tool->next)
		tokens += TOKENS_PER_TOOL + of_text(tool->name) + of_text(tool->description) +
		          of_text(tool->schema) + of_tools(tool->tools);
	return tokens;
}

int64_t estimate_tokens(const struct aip_request *request)
{
	int64_t tokens = of_parts(request->system) + of_tools(request->tools);

	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		tokens += TOKENS_PER_TURN + of_parts(turn->parts);
	return tokens > 0 ? tokens : 1;
}
