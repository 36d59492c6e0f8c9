/* The OpenAI Responses face. */
#include "api/api.h"

void api_responses(struct visit *visit)
{
	api_call_by_body(visit, AIP_RESPONSES, AIP_GENERATE);
}

void api_input_tokens(struct visit *visit)
{
	api_call_by_body(visit, AIP_RESPONSES, AIP_COUNT);
}
