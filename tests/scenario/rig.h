/* The rig: a whole gateway in this process, on one loop and a clock that only the page moves. */
#ifndef SCENARIO_RIG_H
#define SCENARIO_RIG_H

#include "base/clock.h"
#include "call/worker.h"
#include "page.h"
#include "pool/rest.h"
#include "usage/meter.h"

#define CONFIG_LINES_MAX 32
#define PLACES           3 /* upstream listeners: config at=1 … at=3 */

struct rig {
	struct clock_virtual clock;
	struct loop *loop;
	struct hub *hub;
	struct memo *memo, *recall;
	struct meter *meter;
	struct worker worker;
	char folder[64]; /* of plugins */
	const struct line *config[CONFIG_LINES_MAX];
	size_t n_config;
	uint16_t places[PLACES]; /* ports of the upstream */
	uint16_t port;           /* of the gateway */
	struct loop_timer patience;
	bool stopping; /* told to */
	bool empty;    /* the last client has gone */
	bool open;     /* the worker is */
};

/* Says why, returns false. */
bool rig_fail(char *why, size_t why_size, const char *fmt, ...) aip_printf_like(3, 4);

/* Puts the gateway in service with all `config` lines of the page. places is set. False: why says. */
bool rig_open(struct rig *rig, const struct page *page, char *why, size_t why_size);
void rig_close(struct rig *rig);
/* One turn of the loop, waiting at most so long in real time. */
void rig_turn(struct rig *rig, int64_t wait_ms);
/* A further `config` line, as a changed file: a new snapshot serves. */
bool rig_reload(struct rig *rig, const struct line *line, char *why, size_t why_size);
/* Another build of a provider's library takes the place of the old one in the plugin folder. */
bool rig_replace(struct rig *rig, struct aip_str id, char *why, size_t why_size);
/* The order to stop: no new clients, running answers have limits.shutdown-seconds. */
void rig_stop(struct rig *rig);

/* How a credential (its secret is "key-<name>") stands for a model, at the longer of its two rests.
 * model AIP_NONE: the first it serves. False: it serves none such. */
bool rig_rest(struct rig *rig, struct aip_str cred, struct aip_str model, struct rest_view *ret);
/* Calls f for every rest there is. */
void rig_each_rest(struct rig *rig, void (*f)(void *arg, struct rest_view view), void *arg);
/* References of the serving snapshot, but for the hub's. */
unsigned rig_snapshot_refs(struct rig *rig);

#endif
