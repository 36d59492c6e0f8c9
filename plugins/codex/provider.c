/* OpenAI's Responses API with an API key: GPT and Codex models. */
#include "codex.h"
#include "facts.h"
#include "models_json.h"

/* What clients of this API may say for themselves. */
static const char *const passed_on[] = {
	"session_id",
	"session-id",
	"conversation_id",
	"thread-id",
	"x-client-request-id",
	"x-codex-beta-features",
	"x-codex-turn-metadata",
	"x-codex-turn-state",
	"x-codex-window-id",
	"x-openai-internal-codex-responses-lite",
};

static void add_headers(struct aip_call *call, struct aip_headers *headers)
{
	aip_headers_from_client(headers, call, "openai-beta", AIP_LIT(BETA));
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		aip_headers_from_client(headers, call, passed_on[i], AIP_NONE);
}

/* Servers of this kind stream at length or not at all, so what is translated is always streamed. A
 * client of the dialect gets what it asked for, byte for byte. */
static uint32_t flags_of(const struct aip_call *call)
{
	return call->dialect == AIP_RESPONSES ? 0 : AIP_EXCHANGE_ALWAYS_STREAM;
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct aip_exchange *x = call->state;
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s = aip_exchange_body(x, call, aip_codec_of(AIP_RESPONSES), flags_of(call),
	                                      &fetch, reterr);
	if (s)
		return s;
	x->judge = codex_judge;
	aip_headers_usual(&headers, &fetch, "aiproxyapi/" RELEASE);
	aip_headers_bearer(&headers, call);
	add_headers(call, &headers);
	fetch.url = aip_call_url(call, call->purpose == AIP_COUNT ? PATH_COUNT : PATH_RESPONSES);
	return aip_exchange_fetch(x, &fetch, &headers, reterr);
}

static const struct aip_provider provider = {
	.abi = AIP_ABI_HERE,
	.id = "codex",
	.release = RELEASE,
	.about = "OpenAI's Responses API with an API key: GPT and Codex models.",
	.flags = AIP_NEEDS_BASE_URL,
	.speaks = AIP_RESPONSES,
	.protocol = "codex",
	.config_list = "codex-api-key",
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
