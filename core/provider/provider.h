/* A provider in service: a module opened with its settings, counted, pinned by snapshots. */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include "provider/module.h"

#define PROVIDER_MAGIC 0x70726f76u

struct provider {
	uint32_t magic;
	int refs; /* control thread only: snapshots hold providers */
	struct module *module;
	const struct aip_provider *api; /* &module->api */
	void *self;                     /* what open made */
	struct aip_arena *arena;        /* catalogue, settings */
	const struct aip_model *models; /* catalogue; NULL none */
	char settings_digest[65];       /* of the settings it was opened with */
};

/* Opens a module with its settings. settings: values in the order of module->api.settings, checked.
 * Takes a reference of the module. AIP_GUEST_REFUSED: `open` refused, or its catalogue is not
 * readable. Control thread. */
aip_nodiscard enum aip_status provider_open(const struct aip_host *host, struct module *module,
                                            const struct aip_settings *settings,
                                            struct provider **ret, struct aip_error *reterr);
struct provider *provider_ref(struct provider *provider);
/* At zero: close, then the module's reference. Control thread. */
void provider_unref(struct module_home *home, struct provider *provider);

/* Digest of a set of settings: equal digests need no new instance. */
void provider_settings_digest(const struct aip_settings *settings, char digest[65]);

#endif
