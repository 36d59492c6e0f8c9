/* The hub: builds snapshots from the configuration and the plugins, publishes them, takes old ones apart. */
#include "snapshot/hub.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "call/call.h"
#include "config/config.h"
#include "snapshot/build.h"

struct hub {
	struct loop *control;
	struct registry *registry;
	struct rest_table *rests;
	pthread_mutex_t lock; /* guards current; leaf */
	struct snapshot *current;
};

enum aip_status hub_create(struct loop *control, const char *probe, struct hub **ret,
                           struct aip_error *reterr)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	aip_assert(hub);
	hub->control = control;
	call_host_clock(loop_clock(control));
	enum aip_status s = registry_create(probe, &call_host, &hub->registry, reterr);
	if (s) {
		free(hub);
		return s;
	}
	hub->rests = rest_table_create();
	pthread_mutex_init(&hub->lock, NULL);
	*ret = hub;
	return AIP_OK;
}

/* ---- Taking apart --------------------------------------------------------------------------- */

static void retire(void *arg)
{
	struct snapshot *snapshot;

	AIP_CAST(snapshot, arg, SNAPSHOT_MAGIC);
	struct hub *hub = snapshot->hub;
	for (size_t i = 0; i < snapshot->n_providers; i++)
		provider_unref(registry_home(hub->registry), snapshot->providers[i]);
	for (size_t i = 0; i < snapshot->n_rests; i++)
		rest_unref(snapshot->rests[i]);
	config_destroy(snapshot->config);
	snapshot->magic = 0;
	aip_arena_destroy(snapshot->arena);
	rest_table_sweep(hub->rests, clock_now_ms(loop_clock(hub->control)));
}

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
	atomic_fetch_add_explicit(&snapshot->refs, 1, memory_order_relaxed);
	return snapshot;
}

void snapshot_unref(struct snapshot *snapshot)
{
	if (snapshot && atomic_fetch_sub_explicit(&snapshot->refs, 1, memory_order_acq_rel) == 1)
		loop_post(snapshot->hub->control, retire, snapshot);
}

void hub_destroy(struct hub *hub)
{
	if (!hub)
		return;
	struct snapshot *last = hub->current;
	if (last && atomic_fetch_sub_explicit(&last->refs, 1, memory_order_acq_rel) == 1)
		retire(last);
	registry_destroy(hub->registry);
	rest_table_destroy(hub->rests);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

/* ---- Publishing ----------------------------------------------------------------------------- */

void hub_publish(struct hub *hub, struct config *conf, struct config_report *report)
{
	registry_scan(hub->registry, config_plugin_folder(conf), conf, report);
	struct snapshot *next = snapshot_build(conf, hub->registry, hub->rests, report);
	next->hub = hub;
	pthread_mutex_lock(&hub->lock);
	struct snapshot *old = hub->current;
	hub->current = next;
	pthread_mutex_unlock(&hub->lock);
	snapshot_unref(old); /* running calls still hold theirs */
}

struct snapshot *hub_current(struct hub *hub)
{
	pthread_mutex_lock(&hub->lock);
	struct snapshot *snapshot = snapshot_ref(hub->current);
	pthread_mutex_unlock(&hub->lock);
	return snapshot;
}

struct registry *hub_registry(struct hub *hub)
{
	return hub->registry;
}
