/* The registry: which providers are in service, kept in step with the plugins folder.
 *
 * A scan looks at every *.so of the folder: what is new or has changed is loaded under a private
 * name, admitted and opened; what has gone is let go. A refusal is put into words and leaves the
 * old one serving. Control thread, for everything. */
#ifndef PROVIDER_REGISTRY_H
#define PROVIDER_REGISTRY_H

#include "config/config.h"
#include "provider/provider.h"

struct registry;

/* program: run as a probe; NULL: no probe. host: the table given to `open`. Both borrowed. */
aip_nodiscard enum aip_status registry_create(const char *program, const struct aip_host *host,
                                              struct registry **ret, struct aip_error *reterr);
/* All snapshots must be gone. NULL is allowed. */
void registry_destroy(struct registry *registry);

/* Brings the registry in step with the folder and the configuration. `folder` NULL or not there:
 * nothing is in service. Problems of settings go to the report; refusals to the log and
 * registry_refusals. */
void registry_scan(struct registry *registry, const char *folder, const struct config *conf,
                   struct config_report *report);

/* Providers in service, in the order of their ids; borrowed until the next scan. */
size_t registry_count(const struct registry *registry);
struct provider *registry_at(const struct registry *registry, size_t i);

/* What was refused at the last scan. */
struct registry_refusal {
	struct aip_str file; /* name in the folder */
	struct aip_str why;
};
size_t registry_refusals(const struct registry *registry, const struct registry_refusal **ret);

/* Where modules live, for provider_unref. */
struct module_home *registry_home(struct registry *registry);

#endif
