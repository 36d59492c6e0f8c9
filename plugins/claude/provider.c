/* Anthropic's Messages API with an API key. */
#include <aiproxy/provider.h>

#include "facts.h"
#include "models_json.h"

#define USER_AGENT "aiproxyapi"

struct claude_call {
	struct aip_exchange x;
	struct aip_headers headers;
};

/* The vendor's own host takes a key in a header of its own; servers that imitate it take a bearer. */
static void add_key(struct aip_call *call, struct aip_headers *headers)
{
	struct aip_str secret = call->cred->secret;

	if (call->cred->base_url_is_default || aip_str_is(call->cred->base_url, BASE_URL))
		aip_headers_add(headers, "x-api-key", secret);
	else
		aip_headers_add(headers, "Authorization",
		                aip_arena_printf(call->host->arena(call), "Bearer %.*s",
		                                 AIP_FMT(secret)));
}

/* A client of this dialect says for itself which version and features it means; a request that was written
 * here is of the version it was written for. */
static void add_version(struct aip_call *call, struct aip_headers *headers, bool relayed)
{
	if (relayed) {
		aip_headers_from_client(headers, call, "anthropic-version", AIP_LIT(API_VERSION));
		aip_headers_from_client(headers, call, "anthropic-beta", AIP_NONE);
		return;
	}
	aip_headers_add(headers, "anthropic-version", AIP_LIT(API_VERSION));
	aip_headers_add(headers, "anthropic-beta", AIP_LIT(BETAS));
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct claude_call *me = call->state;
	struct aip_fetch fetch = {.size = sizeof(fetch)};

	enum aip_status s =
		aip_exchange_body(&me->x, call, aip_codec_of(AIP_CLAUDE), 0, &fetch, reterr);
	if (s)
		return s;
	aip_headers_add(&me->headers, "Content-Type", AIP_LIT("application/json"));
	aip_headers_add(&me->headers, "User-Agent", AIP_LIT(USER_AGENT));
	add_key(call, &me->headers);
	add_version(call, &me->headers, call->dialect == AIP_CLAUDE);
	fetch.headers = me->headers.at;
	fetch.n_headers = me->headers.n;
	fetch.url = aip_arena_printf(call->host->arena(call), "%.*s%s", AIP_FMT(call->cred->base_url),
	                             call->purpose == AIP_COUNT ? PATH_COUNT : PATH_MESSAGES);
	return call->host->fetch(call, &fetch, reterr);
}

static enum aip_status on_head(void *self, struct aip_call *call, const struct aip_head *head,
                               struct aip_error *reterr)
{
	struct claude_call *me = call->state;

	return aip_exchange_head(&me->x, head, reterr);
}

static enum aip_status on_body(void *self, struct aip_call *call, struct aip_str bytes,
                               struct aip_error *reterr)
{
	struct claude_call *me = call->state;

	return aip_exchange_take(&me->x, bytes, reterr);
}

static enum aip_status on_end(void *self, struct aip_call *call, enum aip_eof how,
                              struct aip_error *reterr)
{
	struct claude_call *me = call->state;

	return aip_exchange_end(&me->x, how, reterr);
}

static void drop(void *self, struct aip_call *call)
{
	struct claude_call *me = call->state;

	aip_exchange_fini(&me->x);
}

static const struct aip_provider provider = {
	.abi = AIP_ABI_HERE,
	.id = "claude",
	.release = "1.0",
	.about = "Anthropic's Messages API with an API key.",
	.speaks = AIP_CLAUDE,
	.protocol = "claude",
	.config_list = "claude-api-key",
	.base_url = BASE_URL,
	.models_json = models_json,
	.call_bytes = sizeof(struct claude_call),
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
