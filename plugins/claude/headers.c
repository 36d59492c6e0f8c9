/* Headers of a request that are its own: the key, the API's version, its beta features. */
#include "claude.h"
#include "facts.h"

#include <aiproxy/rules.h>

#define BETAS_MAX 32
#define BETA_MAX  128 /* bytes of a name */

/* Names of features, each once. */
struct betas {
	struct aip_str at[BETAS_MAX];
	size_t n;
};

static void add(struct betas *betas, struct aip_str name)
{
	name = aip_str_trim(name);
	if (!name.len || name.len > BETA_MAX || betas->n == BETAS_MAX)
		return;
	for (size_t i = 0; i < betas->n; i++)
		if (aip_str_eq(betas->at[i], name))
			return;
	betas->at[betas->n++] = name;
}

static void add_list(struct betas *betas, struct aip_str list, char between)
{
	while (list.len) {
		const char *end = memchr(list.at, between, list.len);
		const size_t len = end ? (size_t)(end - list.at) : list.len;
		add(betas, aip_strn(list.at, len));
		list = aip_strn(list.at + len + (end != NULL), list.len - len - (end != NULL));
	}
}

static void add_json(struct betas *betas, struct aip_arena *arena, struct aip_str raw)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (!raw.len || aip_json_parse(arena, raw, &doc, &ignored))
		return;
	if (doc->kind == AIP_JSON_STRING)
		add_list(betas, doc->text, ',');
	AIP_JSON_EACH (name, doc)
		if (name->kind == AIP_JSON_STRING)
			add(betas, name->text);
}

static bool any_has(const struct betas *betas, const char *word)
{
	for (size_t i = 0; i < betas->n; i++)
		if (aip_str_find(betas->at[i], aip_str(word)) >= 0)
			return true;
	return false;
}

static struct aip_str joined(struct aip_arena *arena, const struct betas *betas)
{
	struct aip_str all = betas->n ? betas->at[0] : AIP_NONE;

	for (size_t i = 1; i < betas->n; i++)
		all = aip_arena_printf(arena, "%.*s,%.*s", AIP_FMT(all), AIP_FMT(betas->at[i]));
	return all;
}

/* A client of this dialect names the features it means itself; what is translated may use the
 * configured ones. */
static struct aip_str betas_of(const struct claude *me, const struct aip_call *call,
                               struct aip_str body_betas)
{
	struct aip_arena *arena = call->host->arena((struct aip_call *)call);
	struct betas betas = {.n = 0};

	if (call->dialect == AIP_CLAUDE)
		add_list(&betas, aip_header_get(call->headers, call->n_headers, "anthropic-beta"),
		         ',');
	else
		add_list(&betas, me->betas, '\n');
	add_json(&betas, arena, body_betas);
	if (call->cred->kind == AIP_CRED_ACCOUNT && !any_has(&betas, "oauth"))
		add(&betas, AIP_LIT(BETA_OAUTH));
	return joined(arena, &betas);
}

/* The vendor's own host takes a key in a header of its own; servers that imitate it, and access
 * tokens, go as a bearer. */
static void add_key(struct aip_call *call, struct aip_headers *into)
{
	const struct aip_credential *cred = call->cred;
	const bool own = cred->base_url_is_default || aip_str_is(cred->base_url, BASE_URL);

	if (!cred->secret.len)
		return;
	if (own && cred->kind == AIP_CRED_API_KEY)
		aip_headers_add(into, "x-api-key", cred->secret);
	else
		aip_headers_bearer(into, call);
}

void claude_headers(const struct claude *me, struct aip_call *call, struct aip_str body_betas,
                    struct aip_headers *into)
{
	const bool own_words = call->dialect == AIP_CLAUDE;

	add_key(call, into);
	if (own_words)
		aip_headers_from_client(into, call, "anthropic-version", AIP_LIT(API_VERSION));
	else
		aip_headers_add(into, "anthropic-version", AIP_LIT(API_VERSION));
	aip_headers_add(into, "anthropic-beta", betas_of(me, call, body_betas));
}
