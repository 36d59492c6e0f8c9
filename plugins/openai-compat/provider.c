/* Any server that speaks OpenAI's Chat Completions, under a name of the operator's choice. */
#include <aiproxy/provider.h>

#define USER_AGENT "aiproxyapi"

struct compat_call {
	struct aip_exchange x;
};

static void add_headers(struct aip_call *call, struct aip_headers *headers)
{
	struct aip_arena *arena = call->host->arena(call);

	aip_headers_add(headers, "Content-Type", AIP_LIT("application/json"));
	aip_headers_add(headers, "User-Agent", AIP_LIT(USER_AGENT));
	if (call->cred->secret.len)
		aip_headers_add(
			headers, "Authorization",
			aip_arena_printf(arena, "Bearer %.*s", AIP_FMT(call->cred->secret)));
	if (call->stream) {
		aip_headers_add(headers, "Accept", AIP_LIT("text/event-stream"));
		aip_headers_add(headers, "Cache-Control", AIP_LIT("no-cache"));
	}
	aip_headers_from_client(headers, call, "openai-beta", AIP_NONE);
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct compat_call *me = call->state;
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s =
		aip_exchange_body(&me->x, call, aip_codec_of(AIP_CHAT), 0, &fetch, reterr);
	if (s)
		return s;
	add_headers(call, &headers);
	fetch.headers = headers.at;
	fetch.n_headers = headers.n;
	fetch.url = aip_arena_printf(call->host->arena(call), "%.*s/chat/completions",
	                             AIP_FMT(call->cred->base_url));
	return call->host->fetch(call, &fetch, reterr);
}

static enum aip_status on_head(void *self, struct aip_call *call, const struct aip_head *head,
                               struct aip_error *reterr)
{
	struct compat_call *me = call->state;

	return aip_exchange_head(&me->x, head, reterr);
}

static enum aip_status on_body(void *self, struct aip_call *call, struct aip_str bytes,
                               struct aip_error *reterr)
{
	struct compat_call *me = call->state;

	return aip_exchange_take(&me->x, bytes, reterr);
}

static enum aip_status on_end(void *self, struct aip_call *call, enum aip_eof how,
                              struct aip_error *reterr)
{
	struct compat_call *me = call->state;

	return aip_exchange_end(&me->x, how, reterr);
}

static void drop(void *self, struct aip_call *call)
{
	struct compat_call *me = call->state;

	aip_exchange_fini(&me->x);
}

static const struct aip_provider provider = {
	.abi = AIP_ABI_HERE,
	.id = "openai-compat",
	.release = "1.0",
	.about = "Any server that speaks OpenAI's Chat Completions.",
	.flags = AIP_NAMED_ENTRIES | AIP_NEEDS_BASE_URL | AIP_CONFIGURED_MODELS,
	.speaks = AIP_CHAT,
	.protocol = "openai",
	.config_list = "openai-compatibility",
	.call_bytes = sizeof(struct compat_call),
	.purposes = 1u << AIP_GENERATE,
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
