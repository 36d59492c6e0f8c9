/* The OpenAI Chat Completions face, and legacy text completions. */
#include "api/api.h"

/* Some clients send a Responses body here: one without messages, with input or instructions. */
static bool is_responses_body(struct aip_str body)
{
	struct aip_json_want wants[] = {{.key = AIP_LIT("messages")},
	                                {.key = AIP_LIT("input")},
	                                {.key = AIP_LIT("instructions")}};

	if (aip_json_scan(body, wants, 3, NULL))
		return false;
	return !wants[0].raw.at && (wants[1].raw.at || wants[2].raw.at);
}

void api_chat(struct visit *visit)
{
	struct aip_str body = visit->ex->body;

	/* Both keys stand early in a real body; the second scan is only paid without "messages". */
	if (aip_str_find(body, AIP_LIT("\"messages\"")) < 0 && is_responses_body(body))
		api_call_by_body(visit, AIP_RESPONSES, AIP_GENERATE);
	else
		api_call_by_body(visit, AIP_CHAT, AIP_GENERATE);
}

void api_completions(struct visit *visit)
{
	api_call_by_body(visit, AIP_COMPLETIONS, AIP_GENERATE);
}
