/* The Anthropic Messages face. */
#include "api/api.h"

void api_messages(struct visit *visit)
{
	api_call_by_body(visit, AIP_CLAUDE, AIP_GENERATE);
}

void api_count_tokens(struct visit *visit)
{
	api_call_by_body(visit, AIP_CLAUDE, AIP_COUNT);
}
