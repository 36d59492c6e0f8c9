/* What the gateway says of itself. */
#include "api/api.h"

void api_health(struct visit *visit)
{
	api_reply_json(visit, AIP_LIT("{\"status\":\"ok\"}"));
}

void api_about(struct visit *visit)
{
	api_reply_json(visit,
	               AIP_LIT("{\"message\":\"aiproxyapi\",\"endpoints\":["
	                       "\"POST /v1/chat/completions\",\"POST /v1/completions\","
	                       "\"POST /v1/responses\",\"POST /v1/messages\","
	                       "\"POST /v1beta/models/{model}:{method}\",\"GET /v1/models\"]}"));
}
