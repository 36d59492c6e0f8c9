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

struct codex_call {
	struct aip_exchange x;
};

static void add_headers(struct aip_call *call, bool streams, struct aip_headers *headers)
{
	struct aip_arena *arena = call->host->arena(call);

	aip_headers_add(headers, "Content-Type", AIP_LIT("application/json"));
	aip_headers_add(headers, "Accept",
	                streams ? AIP_LIT("text/event-stream") : AIP_LIT("application/json"));
	aip_headers_add(headers, "User-Agent", AIP_LIT(USER_AGENT));
	aip_headers_add(headers, "Authorization",
	                aip_arena_printf(arena, "Bearer %.*s", AIP_FMT(call->cred->secret)));
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
	struct codex_call *me = call->state;
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s = aip_exchange_body(&me->x, call, aip_codec_of(AIP_RESPONSES),
	                                      flags_of(call), &fetch, reterr);
	if (s)
		return s;
	me->x.judge = codex_judge;
	add_headers(call, fetch.flags & AIP_FETCH_STREAM, &headers);
	fetch.headers = headers.at;
	fetch.n_headers = headers.n;
	fetch.url =
		aip_arena_printf(call->host->arena(call), "%.*s%s", AIP_FMT(call->cred->base_url),
	                         call->purpose == AIP_COUNT ? PATH_COUNT : PATH_RESPONSES);
	return call->host->fetch(call, &fetch, reterr);
}

static enum aip_status on_head(void *self, struct aip_call *call, const struct aip_head *head,
                               struct aip_error *reterr)
{
	struct codex_call *me = call->state;

	return aip_exchange_head(&me->x, head, reterr);
}

static enum aip_status on_body(void *self, struct aip_call *call, struct aip_str bytes,
                               struct aip_error *reterr)
{
	struct codex_call *me = call->state;

	return aip_exchange_take(&me->x, bytes, reterr);
}

static enum aip_status on_end(void *self, struct aip_call *call, enum aip_eof how,
                              struct aip_error *reterr)
{
	struct codex_call *me = call->state;

	return aip_exchange_end(&me->x, how, reterr);
}

static void drop(void *self, struct aip_call *call)
{
	struct codex_call *me = call->state;

	aip_exchange_fini(&me->x);
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
	.call_bytes = sizeof(struct codex_call),
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
