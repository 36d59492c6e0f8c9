/* Any server that speaks OpenAI's Chat Completions, under a name of the operator's choice. */
#include <aiproxy/provider.h>

#define RELEASE "1.0"

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct aip_exchange *x = call->state;
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s = aip_exchange_body(x, call, aip_codec_of(AIP_CHAT), 0, &fetch, reterr);
	if (s)
		return s;
	aip_headers_usual(&headers, &fetch, "aiproxyapi/" RELEASE);
	aip_headers_bearer(&headers, call);
	if (call->stream) /* caches of others stand between */
		aip_headers_add(&headers, "Cache-Control", AIP_LIT("no-cache"));
	aip_headers_from_client(&headers, call, "openai-beta", AIP_NONE);
	fetch.url = aip_call_url(call, "/chat/completions");
	return aip_exchange_fetch(x, &fetch, &headers, reterr);
}

static const struct aip_provider provider = {
	.abi = AIP_ABI_HERE,
	.id = "openai-compat",
	.release = RELEASE,
	.about = "Any server that speaks OpenAI's Chat Completions.",
	.flags = AIP_NAMED_ENTRIES | AIP_NEEDS_BASE_URL | AIP_CONFIGURED_MODELS,
	.speaks = AIP_CHAT,
	.protocol = "openai",
	.config_list = "openai-compatibility",
	.call_bytes = sizeof(struct aip_exchange),
	.purposes = 1u << AIP_GENERATE,
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
