/* A provider in service: a module opened with its settings, counted, pinned by snapshots. */
#include "provider/provider.h"

#include <stdlib.h>

#include "base/assert.h"

void provider_settings_digest(const struct aip_settings *settings, char digest[65])
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_buf all;

	aip_buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < settings->n_fields; i++) {
		aip_buf_add(&all, settings->fields[i].name);
		aip_buf_add_byte(&all, settings->fields[i].value.at ? 1 : 0);
		aip_buf_add(&all, settings->fields[i].value);
		aip_buf_add_byte(&all, 0);
	}
	struct aip_str hex = aip_sha256_hex(arena, aip_buf_str(&all));
	memcpy(digest, hex.at, 64);
	digest[64] = '\0';
	aip_buf_fini(&all);
	aip_arena_destroy(arena);
}

enum aip_status provider_open(const struct aip_host *host, struct module *module,
                              const struct aip_settings *settings, struct provider **ret,
                              struct aip_error *reterr)
{
	const struct aip_model *models = NULL;
	void *self = NULL;
	struct aip_arena *arena = aip_arena_create();
	enum aip_status s = AIP_OK;

	if (module->api.models_json) {
		s = aip_models_read(arena, aip_str(module->api.models_json), &models, reterr);
		if (s)
			aip_note(reterr, "provider '%s': its catalogue", module->api.id);
	}
	if (!s) {
		s = module->api.open(host, settings, &self, reterr);
		if (s)
			aip_note(reterr, "provider '%s'", module->api.id);
	}
	if (s) {
		aip_arena_destroy(arena);
		return s;
	}
	struct provider *provider = calloc(1, sizeof(*provider));
	aip_assert(provider);
	*provider = (struct provider){
		.magic = PROVIDER_MAGIC,
		.refs = 1,
		.module = module_ref(module),
		.api = &module->api,
		.self = self,
		.arena = arena,
		.models = models,
	};
	provider_settings_digest(settings, provider->settings_digest);
	*ret = provider;
	return AIP_OK;
}

struct provider *provider_ref(struct provider *provider)
{
	aip_assert(provider->magic == PROVIDER_MAGIC && provider->refs > 0);
	provider->refs++;
	return provider;
}

void provider_unref(struct module_home *home, struct provider *provider)
{
	if (!provider)
		return;
	aip_assert(provider->magic == PROVIDER_MAGIC && provider->refs > 0);
	if (--provider->refs)
		return;
	provider->api->close(provider->self);
	module_unref(home, provider->module);
	aip_arena_destroy(provider->arena);
	provider->magic = 0;
	free(provider);
}
