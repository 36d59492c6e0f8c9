/* The registry: which providers are in service, kept in step with the plugins folder. */
#include "provider/registry.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/log.h"
#include "config/nearest.h"
#include "provider/admit.h"
#include "provider/settings.h"

/* One file of the folder. */
struct held {
	char *file;                /* "claude.so" */
	struct provider *provider; /* in service; NULL none */
	char *refusal;             /* why the last scan left the old one serving, or none; NULL */
	char unfit[65]; /* digest of bytes that cannot be loaded, whatever the settings; "" */
	bool here;      /* found by the scan that is running */
};

struct registry {
	struct module_home home;
	const struct aip_host *host;
	struct held *held; /* sorted by file */
	size_t n, cap;     /* cap: places in held, serving and refusals */
	struct provider **serving;
	size_t n_serving;
	struct registry_refusal *refusals;
	size_t n_refusals;
};

enum aip_status registry_create(const char *program, const struct aip_host *host,
                                struct registry **ret, struct aip_error *reterr)
{
	struct registry *registry = calloc(1, sizeof(*registry));

	aip_assert(registry);
	registry->host = host;
	enum aip_status s = module_home_init(&registry->home, program, reterr);
	if (s) {
		free(registry);
		return s;
	}
	*ret = registry;
	return AIP_OK;
}

static void held_clear(struct registry *registry, struct held *held)
{
	provider_unref(&registry->home, held->provider);
	free(held->file);
	free(held->refusal);
	*held = (struct held){0};
}

void registry_destroy(struct registry *registry)
{
	if (!registry)
		return;
	for (size_t i = 0; i < registry->n; i++)
		held_clear(registry, &registry->held[i]);
	module_home_fini(&registry->home);
	free(registry->held);
	free(registry->serving);
	free(registry->refusals);
	free(registry);
}

/* ---- One file ------------------------------------------------------------------------------- */

/* The file is called as the provider is. */
static struct aip_str id_of(const struct held *held)
{
	return aip_strn(held->file, strlen(held->file) - strlen(".so"));
}

static const struct config_plugin *plugin_named(const struct config *conf, struct aip_str id)
{
	for (size_t i = 0; i < conf->plugins.n; i++)
		if (aip_str_eq(conf->plugins.at[i].id, id))
			return &conf->plugins.at[i];
	return NULL;
}

static void forgive(struct held *held)
{
	free(held->refusal);
	held->refusal = NULL;
	held->unfit[0] = '\0';
}

static void refuse(struct held *held, const struct aip_error *error)
{
	free(held->refusal);
	held->refusal = strdup(error->message);
	log_event(LOG_WARN, "plugin.refused", "file=%s serving=%s why=%s", held->file,
	          held->provider ? "old" : "none", LOG_TEXT(aip_str(error->message)));
}

/* The module to serve: the one already there when its bytes are the same, else a fresh one. Owned.
 */
static enum aip_status get_module(struct registry *registry, struct held *held, const char *path,
                                  struct module **ret, struct aip_error *reterr)
{
	char digest[65] = "";

	enum aip_status s = module_digest(path, digest, reterr);
	if (s)
		return s;
	if (held->provider && strcmp(held->provider->module->digest, digest) == 0) {
		*ret = module_ref(held->provider->module);
		return AIP_OK;
	}
	if (strcmp(held->unfit, digest) == 0)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "%s", held->refusal);
	s = module_load(&registry->home, path, ret, reterr);
	if (!s && ((*ret)->api.flags & AIP_RESIDENT) && held->provider) {
		module_unref(&registry->home, *ret);
		*ret = NULL;
		s = aip_fail(reterr, AIP_GUEST_REFUSED,
		             "is resident: it is replaced at the next start");
	}
	if (s)
		memcpy(held->unfit, digest, sizeof(digest));
	return s;
}

/* Opens a module with the settings of the configuration; the running instance stays when nothing
 * changed. */
static enum aip_status serve(struct registry *registry, struct held *held, struct module *module,
                             const struct config_plugin *plugin, struct config_report *report,
                             struct aip_error *reterr)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_settings settings;
	struct provider *fresh = NULL;
	char digest[65];
	enum aip_status s = AIP_OK;

	if (!settings_read(arena, &module->api, plugin, &settings, report))
		s = aip_fail(reterr, AIP_CONFIG_REFUSED, "its settings are not valid");
	if (!s) {
		provider_settings_digest(&settings, digest);
		bool same = held->provider && held->provider->module == module &&
		            strcmp(held->provider->settings_digest, digest) == 0;
		if (!same)
			s = provider_open(registry->host, module, &settings, &fresh, reterr);
	}
	aip_arena_destroy(arena);
	if (s || !fresh)
		return s;
	provider_unref(&registry->home, held->provider);
	held->provider = fresh;
	log_event(LOG_INFO, "plugin.serving", "provider=%s release=%s file=%s", fresh->api->id,
	          LOG_TEXT(aip_str(fresh->api->release)), held->file);
	return AIP_OK;
}

static enum aip_status check_name(const struct held *held, struct aip_error *reterr)
{
	if (provider_id_is_legal(id_of(held)))
		return AIP_OK;
	return aip_fail(
		reterr, AIP_GUEST_REFUSED,
		"no provider can be called so: the file is the id, [a-z][a-z0-9-]*, and .so");
}

static void look_at(struct registry *registry, struct held *held, const char *folder,
                    const struct config *conf, struct config_report *report)
{
	struct aip_error error = {0};
	struct module *module = NULL;
	char path[4096];
	const struct config_plugin *plugin = plugin_named(conf, id_of(held));

	if (!conf->plugins_enabled || (plugin && !plugin->enabled)) {
		provider_unref(&registry->home, held->provider);
		held->provider = NULL;
		forgive(held);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", folder, held->file);
	enum aip_status s = check_name(held, &error);
	if (!s)
		s = get_module(registry, held, path, &module, &error);
	if (!s)
		s = serve(registry, held, module, plugin, report, &error);
	module_unref(&registry->home, module);
	if (s)
		refuse(held, &error);
	else
		forgive(held);
}

/* ---- The folder ----------------------------------------------------------------------------- */

static void *resized(void *array, size_t n, size_t size)
{
	void *grown = reallocarray(array, n, size);

	aip_assert(grown);
	return grown;
}

static void make_room(struct registry *registry)
{
	if (registry->n < registry->cap)
		return;
	registry->cap = registry->cap ? 2 * registry->cap : 16;
	registry->held = resized(registry->held, registry->cap, sizeof(*registry->held));
	registry->serving = resized(registry->serving, registry->cap, sizeof(*registry->serving));
	registry->refusals =
		resized(registry->refusals, registry->cap, sizeof(*registry->refusals));
}

static struct held *held_named(struct registry *registry, const char *file)
{
	for (size_t i = 0; i < registry->n; i++)
		if (strcmp(registry->held[i].file, file) == 0)
			return &registry->held[i];
	make_room(registry);
	struct held *held = &registry->held[registry->n++];
	*held = (struct held){.file = strdup(file)};
	return held;
}

/* Hidden ones are what copying programs have not finished. */
static bool is_library(const char *name)
{
	return name[0] != '.' && aip_str_ends(aip_str(name), AIP_LIT(".so"));
}

static void mark_files(struct registry *registry, const char *folder)
{
	DIR *dir = folder ? opendir(folder) : NULL;
	struct dirent *entry;

	for (size_t i = 0; i < registry->n; i++)
		registry->held[i].here = false;
	while (dir && (entry = readdir(dir)))
		if (is_library(entry->d_name))
			held_named(registry, entry->d_name)->here = true;
	if (dir)
		closedir(dir);
}

static void let_go_of_the_gone(struct registry *registry)
{
	size_t kept = 0;

	for (size_t i = 0; i < registry->n; i++) {
		if (registry->held[i].here)
			registry->held[kept++] = registry->held[i];
		else
			held_clear(registry, &registry->held[i]);
	}
	registry->n = kept;
}

static int by_file(const void *a, const void *b)
{
	return strcmp(((const struct held *)a)->file, ((const struct held *)b)->file);
}

/* Settings for a provider that is not here: perhaps it comes later, perhaps its name is misspelt.
 */
static void note_strangers(const struct registry *registry, const struct config *conf,
                           struct config_report *report)
{
	for (size_t i = 0; conf->plugins_enabled && i < conf->plugins.n; i++) {
		const struct config_plugin *plugin = &conf->plugins.at[i];
		struct nearest near = nearest_to(plugin->id);
		for (size_t k = 0; k < registry->n; k++)
			nearest_offer(&near, id_of(&registry->held[k]));
		if (near.distance > 0)
			config_note(report, false, plugin->node->key_line, plugin->node->key_column,
			            aip_arena_printf(report->arena, "plugins.configs.%.*s",
			                             AIP_FMT(plugin->id)),
			            near.best.at ? "there is no such provider; did you mean '%.*s'?"
			                         : "there is no such provider%.*s",
			            AIP_FMT(near.best));
	}
}

static void list_results(struct registry *registry)
{
	registry->n_serving = registry->n_refusals = 0;
	for (size_t i = 0; i < registry->n; i++) {
		const struct held *held = &registry->held[i];
		if (held->provider)
			registry->serving[registry->n_serving++] = held->provider;
		if (held->refusal)
			registry->refusals[registry->n_refusals++] = (struct registry_refusal){
				aip_str(held->file), aip_str(held->refusal)};
	}
}

void registry_scan(struct registry *registry, const char *folder, const struct config *conf,
                   struct config_report *report)
{
	mark_files(registry, folder);
	let_go_of_the_gone(registry);
	if (registry->n)
		qsort(registry->held, registry->n, sizeof(*registry->held), by_file);
	for (size_t i = 0; i < registry->n; i++)
		look_at(registry, &registry->held[i], folder, conf, report);
	note_strangers(registry, conf, report);
	list_results(registry);
}

size_t registry_count(const struct registry *registry)
{
	return registry->n_serving;
}

struct provider *registry_at(const struct registry *registry, size_t i)
{
	return registry->serving[i];
}

size_t registry_refusals(const struct registry *registry, const struct registry_refusal **ret)
{
	*ret = registry->refusals;
	return registry->n_refusals;
}

struct module_home *registry_home(struct registry *registry)
{
	return &registry->home;
}
