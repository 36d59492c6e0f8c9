/* Anthropic's Messages API with an API key. */
#include "claude.h"
#include "facts.h"
#include "models_json.h"

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

/* Servers of tools in a translated request are a feature that must be named. */
static struct aip_str betas_of_request(struct aip_call *call)
{
	const struct aip_request *request;
	struct aip_error ignored;

	if (call->dialect == AIP_CLAUDE || call->host->request(call, &request, &ignored))
		return AIP_NONE;
	for (const struct aip_tool *tool = request->tools; tool; tool = tool->next)
		if (tool->mcp)
			return AIP_LIT("[\"" BETA_MCP "\"]");
	return AIP_NONE;
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct aip_exchange *x = call->state;
	struct aip_str betas = betas_in_body(call);
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s = aip_exchange_body(x, call, aip_codec_of(AIP_CLAUDE),
	                                      betas.at ? AIP_EXCHANGE_NO_RELAY : 0, &fetch, reterr);
	if (s)
		return s;
	x->judge = claude_judge;
	aip_headers_usual(&headers, &fetch, "aiproxyapi/" RELEASE);
	claude_headers(self, call, betas.at ? betas : betas_of_request(call), &headers);
	fetch.url = aip_call_url(call, call->purpose == AIP_COUNT ? PATH_COUNT : PATH_MESSAGES);
	return aip_exchange_fetch(x, &fetch, &headers, reterr);
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
	.call_bytes = sizeof(struct aip_exchange),
	.purposes = 1u << AIP_GENERATE | 1u << AIP_COUNT,
	.open = open_provider,
	.close = close_provider,
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
