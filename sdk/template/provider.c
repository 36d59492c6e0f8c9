/* Acme: an upstream that speaks OpenAI's Chat Completions at an address of its own.
 *
 * What a provider decides is here: where to send, with which headers, and what is odd about the answers.
 * Requests, streams, errors and usage are the library's, since the upstream speaks one of its dialects. For an
 * upstream with a dialect of its own, see plugins/echo: it reads the request and emits the events itself. */
#include <aiproxy/provider.h>

#include "models_json.h" /* made from models.json */

/* What one call needs; zeroed by the host, in call->state. */
struct acme_call {
	struct aip_exchange x;
};

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
	struct acme_call *me = call->state;
	struct aip_arena *arena = call->host->arena(call);
	struct aip_fetch fetch = {.size = sizeof(fetch)};
	struct aip_headers headers = {0};

	enum aip_status s =
		aip_exchange_body(&me->x, call, aip_codec_of(AIP_CHAT), 0, &fetch, reterr);
	if (s)
		return s;
	me->x.judge = judge;
	aip_headers_add(&headers, "Content-Type", AIP_LIT("application/json"));
	aip_headers_add(&headers, "Authorization",
	                aip_arena_printf(arena, "Bearer %.*s", AIP_FMT(call->cred->secret)));
	fetch.headers = headers.at;
	fetch.n_headers = headers.n;
	fetch.url = aip_arena_printf(arena, "%.*s/chat/completions", AIP_FMT(call->cred->base_url));
	return call->host->fetch(call, &fetch, reterr);
}

static enum aip_status on_head(void *self, struct aip_call *call, const struct aip_head *head,
                               struct aip_error *reterr)
{
	struct acme_call *me = call->state;

	return aip_exchange_head(&me->x, head, reterr);
}

static enum aip_status on_body(void *self, struct aip_call *call, struct aip_str bytes,
                               struct aip_error *reterr)
{
	struct acme_call *me = call->state;

	return aip_exchange_take(&me->x, bytes, reterr);
}

static enum aip_status on_end(void *self, struct aip_call *call, enum aip_eof how,
                              struct aip_error *reterr)
{
	struct acme_call *me = call->state;

	return aip_exchange_end(&me->x, how, reterr);
}

static void drop(void *self, struct aip_call *call)
{
	struct acme_call *me = call->state;

	aip_exchange_fini(&me->x);
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
	.call_bytes = sizeof(struct acme_call),
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
