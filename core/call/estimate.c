/* A count of tokens for upstreams that have none. */
#include "call/estimate.h"

#define TOKENS_PER_TURN  4
#define TOKENS_PER_TOOL  12
#define TOKENS_PER_MEDIA 1000

/* Letters of English words come four to a token; of other alphabets two; an ideogram is one, a picture
 * two. */
static int64_t of_text(struct aip_str text)
{
	int64_t quarters = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];
		quarters += byte < 0x80   ? 1
		            : byte < 0xc0 ? 0 /* inside a character */
		            : byte < 0xe0 ? 2
		            : byte < 0xf0 ? 4
		                          : 8;
	}
	return (quarters + 3) / 4;
}

static int64_t of_parts(const struct aip_part *parts)
{
	int64_t tokens = 0;

	for (const struct aip_part *part = parts; part; part = part->next) {
		tokens += of_text(part->text);
		if (part->call)
			tokens += TOKENS_PER_TOOL + of_text(part->call->name) +
			          of_text(part->call->args);
		if (part->result)
			tokens += TOKENS_PER_TOOL + of_text(part->result->raw) +
			          of_parts(part->result->parts);
		if (part->media)
			tokens += part->media->source == AIP_FROM_TEXT ? of_text(part->media->data)
			                                               : TOKENS_PER_MEDIA;
		if (part->thinking)
			tokens += of_parts(part->thinking->summary);
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
	int64_t tokens = of_parts(request->system) + of_tools(request->tools) +
	                 of_text(request->output.schema);

	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		tokens += TOKENS_PER_TURN + of_parts(turn->parts);
	return tokens > 0 ? tokens : 1;
}
