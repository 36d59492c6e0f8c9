/* Google's Gemini API (AI Studio) with an API key. */
#include <aiproxy/provider.h>
#include <aiproxy/rules.h>

#include "facts.h"
#include "models_json.h"

#define RELEASE "1.1"

/* Method of the API, by purpose and by whether the client streams. */
static const char *method_of(const struct aip_call *call)
{
	if (call->purpose == AIP_COUNT)
		return "countTokens";
	return call->stream ? "streamGenerateContent?alt=sse" : "generateContent";
}

/* Tuned models stand beside the others, under their full name. */
static const char *folder_of(struct aip_str model)
{
	return aip_str_starts(model, AIP_LIT("tunedModels/")) ? "" : "models/";
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct aip_exchange *x = call->state;
	struct aip_arena *arena = call->host->arena(call);
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s = aip_exchange_body(x, call, aip_codec_of(AIP_GEMINI), 0, &fetch, reterr);
	if (s)
		return s;
	aip_headers_usual(&headers, &fetch, "aiproxyapi/" RELEASE);
	if (call->cred->secret.len)
		aip_headers_add(&headers, KEY_HEADER, call->cred->secret);
	fetch.url =
		aip_arena_printf(arena, "%.*s/" API_VERSION "/%s%.*s:%s",
	                         AIP_FMT(call->cred->base_url), folder_of(call->model),
	                         AIP_FMT(aip_url_encode(arena, call->model, "/")), method_of(call));
	return aip_exchange_fetch(x, &fetch, &headers, reterr);
}

static const struct aip_provider provider = {
	.abi = AIP_ABI_HERE,
	.id = "gemini",
	.release = RELEASE,
	.about = "Google's Gemini API (AI Studio) with an API key.",
	.speaks = AIP_GEMINI,
	.protocol = "gemini",
	.config_list = "gemini-api-key",
	.base_url = BASE_URL,
	.models_json = models_json,
	.call_bytes = sizeof(struct aip_exchange),
	.purposes = 1u << AIP_GENERATE | 1u << AIP_COUNT,
	.begin = begin,
	.on_head = aip_exchange_on_head,
	.on_body = aip_exchange_on_body,
	.on_end = aip_exchange_on_end,
	.drop = aip_exchange_drop,
};

const struct aip_provider *aip_provider_entry(void)
{
	return &provider;
}
