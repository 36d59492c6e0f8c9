/* Google's Gemini API (AI Studio) with an API key. */
#include <aiproxy/provider.h>
#include <aiproxy/rules.h>

#include "facts.h"
#include "models_json.h"

#define RELEASE "1.1"

struct gemini_call {
	struct aip_exchange x;
};

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
	struct gemini_call *me = call->state;
	struct aip_arena *arena = call->host->arena(call);
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s =
		aip_exchange_body(&me->x, call, aip_codec_of(AIP_GEMINI), 0, &fetch, reterr);
	if (s)
		return s;
	aip_headers_add(&headers, "Content-Type", AIP_LIT("application/json"));
	aip_headers_add(&headers, "User-Agent", AIP_LIT("aiproxyapi/" RELEASE));
	if (call->cred->secret.len)
		aip_headers_add(&headers, KEY_HEADER, call->cred->secret);
	fetch.headers = headers.at;
	fetch.n_headers = headers.n;
	fetch.url =
		aip_arena_printf(arena, "%.*s/" API_VERSION "/%s%.*s:%s",
	                         AIP_FMT(call->cred->base_url), folder_of(call->model),
	                         AIP_FMT(aip_url_encode(arena, call->model, "/")), method_of(call));
	return call->host->fetch(call, &fetch, reterr);
}

static enum aip_status on_head(void *self, struct aip_call *call, const struct aip_head *head,
                               struct aip_error *reterr)
{
	struct gemini_call *me = call->state;

	return aip_exchange_head(&me->x, head, reterr);
}

static enum aip_status on_body(void *self, struct aip_call *call, struct aip_str bytes,
                               struct aip_error *reterr)
{
	struct gemini_call *me = call->state;

	return aip_exchange_take(&me->x, bytes, reterr);
}

static enum aip_status on_end(void *self, struct aip_call *call, enum aip_eof how,
                              struct aip_error *reterr)
{
	struct gemini_call *me = call->state;

	return aip_exchange_end(&me->x, how, reterr);
}

static void drop(void *self, struct aip_call *call)
{
	struct gemini_call *me = call->state;

	aip_exchange_fini(&me->x);
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
	.call_bytes = sizeof(struct gemini_call),
	.purposes = 1u << AIP_GENERATE | 1u << AIP_COUNT,
	.begin = begin,
	.on_head = on_head,
	.on_body = on_body,
	.on_end = on_end,
	.drop = drop,
};

const struct aip_provider *aip_provider_entry(void)
{
	return &provider;
}
