/* Building a snapshot: credentials and their models, from what providers claim of the configuration. */
#include "snapshot/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "base/log.h"
#include "config/config.h"

/* A growing array of pointers or offers, in plain memory until the snapshot is whole. */
struct offers {
	struct route_offer *at;
	size_t n, cap;
};

struct rests {
	struct rest **at;
	size_t n, cap;
};

struct build {
	struct snapshot *snapshot;
	struct aip_arena *arena;
	struct config *conf;
	struct rest_table *table;
	struct config_report *report;
	struct offers offers;
	struct rests rests;
	size_t n_creds;
};

static void *grown(void *at, size_t *cap, size_t n, size_t bytes)
{
	if (n < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 64;
	at = realloc(at, *cap * bytes);
	aip_assert(at);
	return at;
}

/* The run-time state of a credential (model AIP_NONE) or of a credential for a model. */
static struct rest *rest_for(struct build *b, const struct cred *cred, struct aip_str model)
{
	struct aip_str key =
		aip_arena_printf(b->arena, "%.*s\n%.*s\n%.*s", AIP_FMT(cred->provider_key),
	                         AIP_FMT(cred->pub.id), AIP_FMT(model));
	struct rest *rest = rest_table_get(b->table, key);

	b->rests.at = grown(b->rests.at, &b->rests.cap, b->rests.n, sizeof(*b->rests.at));
	b->rests.at[b->rests.n++] = rest;
	return rest;
}

/* ---- Models --------------------------------------------------------------------------------- */

static bool is_excluded(const struct config_entry *entry, struct aip_str id)
{
	for (size_t i = 0; entry && i < entry->excluded_models.n; i++)
		if (aip_str_glob(entry->excluded_models.at[i], id))
			return true;
	return false;
}

static void add_offer(struct build *b, struct aip_str id, const struct target *target)
{
	b->offers.at = grown(b->offers.at, &b->offers.cap, b->offers.n, sizeof(*b->offers.at));
	b->offers.at[b->offers.n++] = (struct route_offer){
		.id = id,
		.owned_by = target->info->owned_by.at ? target->info->owned_by
	                                              : target->cred->provider_key,
		.target = *target,
	};
}

/* Offers one model of a credential, under its plain name and behind the prefix. */
static void offer(struct build *b, struct cred *cred, const struct config_entry *entry,
                  struct aip_str id, struct aip_str upstream, const struct aip_model *info)
{
	struct target target = {.cred = cred, .model = upstream, .info = info};

	if (is_excluded(entry, id))
		return;
	target.rest = rest_for(b, cred, upstream);
	if (!cred->prefix.len) {
		add_offer(b, id, &target);
		return;
	}
	add_offer(b, aip_arena_printf(b->arena, "%.*s/%.*s", AIP_FMT(cred->prefix), AIP_FMT(id)),
	          &target);
	if (!b->conf->force_model_prefix || aip_str_eq(id, cred->prefix))
		add_offer(b, id, &target);
}

static bool is_one_of(const struct config_texts *texts, struct aip_str word)
{
	for (size_t i = 0; i < texts->n; i++)
		if (aip_str_glob(texts->at[i], word))
			return true;
	return texts->n == 0;
}

/* The record with what the configuration says over it; the record itself when it says nothing. */
static const struct aip_model *info_over(struct build *b, const struct cred *cred,
                                         const struct aip_model *info)
{
	struct aip_model *over = NULL;

	for (size_t i = 0; i < b->conf->capabilities.n; i++) {
		const struct config_capability *rule = &b->conf->capabilities.at[i];
		if (!is_one_of(&rule->providers, cred->provider_key) ||
		    !is_one_of(&rule->models, info->id))
			continue;
		if (!over) {
			over = AIP_NEW(b->arena, struct aip_model);
			*over = *info;
			info = over;
		}
		for (size_t k = 0; k < rule->n_values; k++) {
			enum aip_status s = aip_caps_set(b->arena, &over->caps, rule->values[k].key,
			                                 rule->values[k].json, NULL);
			aip_assert(!s); /* the configuration was checked */
		}
	}
	return info;
}

/* What the provider's catalogue says of an upstream name, or a record that says little. */
static const struct aip_model *info_of(struct build *b, const struct cred *cred,
                                       struct aip_str upstream)
{
	for (const struct aip_model *m = cred->provider->models; m; m = m->next)
		if (aip_str_eq_nocase(m->id, upstream))
			return info_over(b, cred, m);
	struct aip_model *plain = AIP_NEW(b->arena, struct aip_model);
	*plain = *aip_model_unknown();
	plain->id = upstream;
	plain->display_name = upstream;
	plain->created_s = time(NULL);
	return info_over(b, cred, plain);
}

static void offer_models(struct build *b, struct provider *provider, struct cred *cred,
                         const struct config_entry *entry)
{
	if (entry && entry->models.n) {
		for (size_t i = 0; i < entry->models.n; i++) {
			const struct config_model *m = &entry->models.at[i];
			offer(b, cred, entry, m->alias, m->name, info_of(b, cred, m->name));
		}
		return;
	}
	if (provider->api->flags & AIP_CONFIGURED_MODELS)
		return;
	for (const struct aip_model *m = provider->models; m; m = m->next)
		offer(b, cred, entry, m->id, m->id, info_over(b, cred, m));
}

/* ---- Credentials ---------------------------------------------------------------------------- */

/* "<provider>:apikey:" and twelve digits of a digest: stable, and no secret. */
static struct aip_str cred_id(struct build *b, struct aip_str kind, struct aip_str key,
                              struct aip_str base_url, struct aip_str proxy_url)
{
	struct aip_buf parts;

	aip_buf_init(&parts, SIZE_MAX);
	aip_buf_add(&parts, kind);
	aip_buf_add_byte(&parts, 0);
	aip_buf_add(&parts, key);
	aip_buf_add_byte(&parts, 0);
	aip_buf_add(&parts, base_url);
	aip_buf_add_byte(&parts, 0);
	aip_buf_add(&parts, proxy_url);
	struct aip_str hex = aip_sha256_hex(b->arena, aip_buf_str(&parts));
	aip_buf_fini(&parts);
	return aip_arena_printf(b->arena, "%.*s:%.12s", AIP_FMT(kind), hex.at);
}

static struct cred *cred_new(struct build *b, struct provider *provider,
                             struct aip_str provider_key, const struct config_entry *entry,
                             struct aip_str key, struct aip_str proxy_url)
{
	struct cred *cred = AIP_NEW(b->arena, struct cred);
	const bool own_base = entry && entry->base_url.len;
	struct aip_str base = own_base ? entry->base_url : aip_str(provider->api->base_url);
	struct aip_str kind = aip_arena_printf(b->arena, "%.*s:%s", AIP_FMT(provider_key),
	                                       key.len ? "apikey" : "keyless");

	*cred = (struct cred){
		.pub =
			{
				.size = sizeof(cred->pub),
				.kind = key.len ? AIP_CRED_API_KEY : AIP_CRED_NONE,
				.id = cred_id(b, kind, key, own_base ? base : AIP_NONE, proxy_url),
				.label = provider_key,
				.secret = key,
				.base_url = base,
				.base_url_is_default = !own_base,
			},
		.provider = provider,
		.provider_key = provider_key,
		.proxy_url = proxy_url.len ? proxy_url : AIP_NONE,
		.place = b->n_creds++,
		.cooling = !b->conf->disable_cooling,
	};
	if (entry) {
		cred->pub.fields = entry->fields;
		cred->pub.n_fields = entry->n_fields;
		cred->prefix = entry->prefix;
		cred->headers = entry->headers.at;
		cred->n_headers = entry->headers.n;
		cred->priority = entry->priority;
		cred->cooling = cred->cooling && !entry->disable_cooling;
	}
	cred->rest = rest_for(b, cred, AIP_NONE);
	return cred;
}

static struct aip_str lower(struct aip_arena *arena, struct aip_str s)
{
	char *copy = aip_arena_bytes(arena, s.len);

	for (size_t i = 0; i < s.len; i++)
		copy[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
	return aip_strn(copy, s.len);
}

/* A named upstream: one credential for each of its keys, or one without. */
static void add_named_entry(struct build *b, struct provider *provider,
                            const struct config_entry *entry)
{
	struct aip_str key = entry->name.len ? lower(b->arena, entry->name)
	                                     : aip_str(provider->api->config_list);

	if (entry->keys.n == 0)
		offer_models(b, provider,
		             cred_new(b, provider, key, entry, AIP_NONE, entry->proxy_url), entry);
	for (size_t i = 0; i < entry->keys.n; i++) {
		const struct config_key *k = &entry->keys.at[i];
		struct aip_str proxy = k->proxy_url.len ? k->proxy_url : entry->proxy_url;
		offer_models(b, provider, cred_new(b, provider, key, entry, k->api_key, proxy),
		             entry);
	}
}

static void add_provider(struct build *b, struct provider *provider)
{
	const struct aip_provider *api = provider->api;
	const struct config_claim claim = {
		.list = aip_str(api->config_list),
		.named = api->flags & AIP_NAMED_ENTRIES,
		.needs_base_url = api->flags & AIP_NEEDS_BASE_URL,
	};
	struct aip_str id = aip_str(api->id);
	const struct config_section *section =
		api->config_list ? config_claim(b->conf, &claim, b->report) : NULL;

	for (size_t i = 0; section && i < section->n_entries; i++) {
		const struct config_entry *entry = &section->entries[i];
		if (!entry->usable)
			continue;
		if (api->flags & AIP_NAMED_ENTRIES)
			add_named_entry(b, provider, entry);
		else
			offer_models(
				b, provider,
				cred_new(b, provider, id, entry, entry->api_key, entry->proxy_url),
				entry);
	}
	if (api->flags & AIP_KEYLESS)
		offer_models(b, provider, cred_new(b, provider, id, NULL, AIP_NONE, AIP_NONE),
		             NULL);
}

/* ---- The whole ------------------------------------------------------------------------------ */

static struct call_tuning tuning_of(const struct config *conf)
{
	return (struct call_tuning){
		.request_retry = (unsigned)conf->request_retry,
		.max_retry_credentials = (unsigned)conf->max_retry_credentials,
		.max_retry_interval_ms = conf->max_retry_interval_s * 1000,
		.keepalive_ms = conf->keepalive_s * 1000,
		.limits =
			{
				.connect_ms = conf->upstream_connect_s * 1000,
				.head_ms = conf->upstream_head_s * 1000,
				.first_ms = conf->upstream_first_s * 1000,
				.idle_ms = conf->upstream_idle_s * 1000,
			},
		.answer_bytes_max = (size_t)conf->upstream_answer_bytes,
		.proxy_url = conf->proxy_url.len ? conf->proxy_url : AIP_NONE,
		.loss = conf->loss_policy == CONFIG_STRICT ? AIP_STRICT : AIP_LENIENT,
		.loose_eof = conf->loose_eof,
		.estimate_tokens = conf->estimate_tokens,
		.recall_ms = conf->recall_s * 1000,
		.media_fetch = conf->media_fetch,
		.media =
			{
				.bytes = (size_t)conf->media_bytes,
				.total_bytes = (size_t)conf->media_total_bytes,
				.each_ms = conf->media_s * 1000,
				.allow = conf->media_allow.at,
				.n_allow = conf->media_allow.n,
			},
		.access_log = conf->access_log,
	};
}

static void report_unclaimed(struct build *b)
{
	struct snapshot *snapshot = b->snapshot;
	struct aip_str *lists = aip_arena_alloc(b->arena, snapshot->n_providers * sizeof(*lists));
	size_t n = 0;

	for (size_t i = 0; i < snapshot->n_providers; i++)
		if (snapshot->providers[i]->api->config_list)
			lists[n++] = aip_str(snapshot->providers[i]->api->config_list);
	config_report_unclaimed(b->conf, lists, n, b->report);
}

static void keep_rests(struct build *b)
{
	struct snapshot *snapshot = b->snapshot;

	snapshot->n_rests = b->rests.n;
	snapshot->rests = aip_arena_alloc(b->arena, b->rests.n * sizeof(*b->rests.at));
	if (b->rests.n)
		memcpy(snapshot->rests, b->rests.at, b->rests.n * sizeof(*b->rests.at));
	free(b->rests.at);
}

struct snapshot *snapshot_build(struct config *conf, struct registry *registry,
                                struct rest_table *rests, struct config_report *report)
{
	struct aip_arena *arena = aip_arena_create();
	struct snapshot *snapshot = AIP_NEW(arena, struct snapshot);
	struct build b = {.snapshot = snapshot,
	                  .arena = arena,
	                  .conf = conf,
	                  .table = rests,
	                  .report = report};

	snapshot->magic = SNAPSHOT_MAGIC;
	atomic_init(&snapshot->refs, 1);
	snapshot->arena = arena;
	snapshot->config = conf;
	snapshot->n_providers = registry_count(registry);
	snapshot->providers =
		aip_arena_alloc(arena, snapshot->n_providers * sizeof(*snapshot->providers));
	for (size_t i = 0; i < snapshot->n_providers; i++) {
		snapshot->providers[i] = provider_ref(registry_at(registry, i));
		add_provider(&b, snapshot->providers[i]);
	}
	report_unclaimed(&b);
	snapshot->access = access_new(arena, conf->api_keys.at, conf->api_keys.n);
	snapshot->router = router_new(arena, b.offers.at, b.offers.n,
	                              conf->strategy == CONFIG_FILL_FIRST ? POOL_FILL_FIRST
	                                                                  : POOL_ROUND_ROBIN);
	free(b.offers.at);
	keep_rests(&b);
	snapshot->tuning = tuning_of(conf);
	return snapshot;
}
