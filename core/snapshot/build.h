/* Building a snapshot: credentials and their models, from what providers claim of the configuration. */
#ifndef SNAPSHOT_BUILD_H
#define SNAPSHOT_BUILD_H

#include "snapshot/snapshot.h"

struct config_report;
struct registry;
struct rest_table;

/* Takes conf. Never fails: an entry that cannot be used is reported and left out. The result has one reference
 * and no hub yet. Control thread. */
struct snapshot *snapshot_build(struct config *conf, struct registry *registry,
                                struct rest_table *rests, struct config_report *report);

#endif
