/* A provider's own settings: what the configuration says, checked against the table it exports. */
#ifndef PROVIDER_SETTINGS_H
#define PROVIDER_SETTINGS_H

#include <aiproxy/provider.h>

#include "config/config.h"

/* Values in the order of api->settings, defaults filled in. plugin NULL: defaults all through. What
 * is wrong goes to the report with its line: a wrong type or range is an error, an unknown key a
 * warning with the nearest name. Everything in the arena. False: at least one error. */
bool settings_read(struct aip_arena *arena, const struct aip_provider *api,
                   const struct config_plugin *plugin, struct aip_settings *ret,
                   struct config_report *report);

#endif
