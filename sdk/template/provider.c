/* Acme: an upstream that speaks OpenAI's Chat Completions at an address of its own.
 *
 * What a provider decides is here: where to send, with which headers, and what is odd about the answers.
 * Requests, streams, errors and usage are the library's, since the upstream speaks one of its dialects. For an
 * upstream with a dialect of its own, see plugins/echo: it reads the request and emits the events itself. */
#include <aiproxy/provider.h>

#include "models_json.h" /* made from models.json */

/* Faults are classified, not decided: say what an answer means, the gateway does the rest. */
static void judge(struct aip_exchange *x, struct aip_str body, struct aip_error *error)
{
	if (error->upstream_http == 420) { /* Acme's way to say "slow down" */
		error->status = AIP_RATE_LIMITED;
		error->retry_after_ms = 30 * 1000;
	}
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct aip_exchange *x = call->state; /* what one call needs; zeroed by the host */
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s = aip_exchange_body(x, call, aip_codec_of(AIP_CHAT), 0, &fetch, reterr);
	if (s)
		return s;
	x->judge = judge;
	aip_headers_usual(&headers, &fetch, "acme/0.1");
	aip_headers_bearer(&headers, call);
	fetch.url = aip_call_url(call, "/chat/completions");
	return aip_exchange_fetch(x, &fetch, &headers, reterr);
}

static const struct aip_provider provider = {
	.abi = AIP_ABI_HERE,
	.id = "acme", /* and the file is acme.so */
	.release = "0.1",
	.about = "Acme's models.",
	.speaks = AIP_CHAT,
	.config_list = "acme-api-key", /* the list in the YAML that holds its keys */
	.base_url = "https://api.acme.example/v1",
	.models_json = models_json,
	.call_bytes = sizeof(struct aip_exchange),
	.purposes = 1u << AIP_GENERATE,
	.begin = begin,
	.on_head = aip_exchange_on_head, /* nothing is odd about the other steps */
	.on_body = aip_exchange_on_body,
	.on_end = aip_exchange_on_end,
	.drop = aip_exchange_drop,
};

const struct aip_provider *aip_provider_entry(void)
{
	return &provider;
}
