/* The hub: builds snapshots from the configuration and the plugins, publishes them, takes old ones apart. */
#ifndef SNAPSHOT_HUB_H
#define SNAPSHOT_HUB_H

#include "config/config.h"
#include "loop/loop.h"
#include "snapshot/snapshot.h"

struct hub;

/* control: the control thread's loop; probe: program run as a probe, NULL none. Both borrowed. */
aip_nodiscard enum aip_status hub_create(struct loop *control, const char *probe, struct hub **ret,
                                         struct aip_error *reterr);
/* All loops have stopped. */
void hub_destroy(struct hub *hub);

/* Builds a snapshot from the configuration (taken, whatever comes of it) and publishes it. What is wrong goes to
 * the report. Control thread. */
void hub_publish(struct hub *hub, struct config *conf, struct config_report *report);

/* The snapshot that serves now, with one reference. hub_publish has run once. Any thread. */
struct snapshot *hub_current(struct hub *hub);

/* For management and logs. Control thread. */
struct registry *hub_registry(struct hub *hub);

#endif
