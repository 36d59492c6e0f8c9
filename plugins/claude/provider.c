/* Anthropic's Messages API with an API key. */
#include "claude.h"
#include "facts.h"
#include "models_json.h"

struct claude_call {
	struct aip_exchange x;
};

static const struct aip_setting settings[] = {
	{
		.name = "betas",
		.type = AIP_SETTING_LIST,
		.otherwise = BETAS,
		.help = "Beta features that translated requests may use, for the header "
			"anthropic-beta.",
	},
};

static enum aip_status open_provider(const struct aip_host *host, const struct aip_settings *values,
                                     void **ret_self, struct aip_error *reterr)
{
	struct aip_arena *arena = aip_arena_create();
	struct claude *me = AIP_NEW(arena, struct claude);

	me->arena = arena;
	me->betas = values && values->n_fields ? aip_arena_dup(arena, values->fields[0].value)
	                                       : AIP_LIT(BETAS);
	*ret_self = me;
	return AIP_OK;
}

static void close_provider(void *self)
{
	struct claude *me = self;

	if (me)
		aip_arena_destroy(me->arena);
}

/* Features named in the body belong in the header: the API refuses them where they stand. */
static struct aip_str betas_in_body(const struct aip_call *call)
{
	struct aip_json_want want = {.key = AIP_LIT("betas")};

	if (call->dialect != AIP_CLAUDE || aip_str_find(call->body, AIP_LIT("\"betas\"")) < 0 ||
	    aip_json_scan(call->body, &want, 1, NULL))
		return AIP_NONE;
	return want.raw;
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct claude_call *me = call->state;
	struct aip_str betas = betas_in_body(call);
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s = aip_exchange_body(&me->x, call, aip_codec_of(AIP_CLAUDE),
	                                      betas.at ? AIP_EXCHANGE_NO_RELAY : 0, &fetch, reterr);
	if (s)
		return s;
	me->x.judge = claude_judge;
	claude_headers(self, call, betas, &headers);
	fetch.headers = headers.at;
	fetch.n_headers = headers.n;
	fetch.url =
		aip_arena_printf(call->host->arena(call), "%.*s%s", AIP_FMT(call->cred->base_url),
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
	.release = RELEASE,
	.about = "Anthropic's Messages API with an API key.",
	.speaks = AIP_CLAUDE,
	.protocol = "claude",
	.config_list = "claude-api-key",
	.base_url = BASE_URL,
	.models_json = models_json,
	.settings = settings,
	.n_settings = sizeof(settings) / sizeof(*settings),
	.call_bytes = sizeof(struct claude_call),
	.purposes = 1u << AIP_GENERATE | 1u << AIP_COUNT,
	.open = open_provider,
	.close = close_provider,
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
