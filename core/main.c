/* The program: options, signals, the order of starting and stopping. */
#include <curl/curl.h>
#include <event2/event.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/trim.h"
#include "call/memo.h"
#include "call/recall.h"
#include "call/worker.h"
#include "config/config.h"
#include "config/options.h"
#include "config/watch.h"
#include "front/listen.h"
#include "loop/loops.h"
#include "provider/probe.h"
#include "snapshot/hub.h"
#include "usage/meter.h"

#define GATEWAY_MAGIC 0x67617465u

struct gateway {
	uint32_t magic;
	const char *config_path;
	struct loop *control;
	struct event *signals[3];
	struct hub *hub;
	struct memo *memo;
	struct memo *recall;
	struct meter *meter;
	struct tls_context *tls;
	struct loops *loops;
	struct worker *workers;
	unsigned n_workers;
	unsigned draining; /* workers that still have clients */
	bool stopping;
	struct loop_timer patience; /* of a graceful stop */
	struct watch watch;         /* of the configuration file and the plugin folder */
	struct loop_timer look;     /* at the watched */
};

/* ---- A task on another thread, waited for --------------------------------------------------- */

struct errand {
	void (*fn)(struct errand *errand);
	struct worker *worker;
	const struct worker_options *options;
	enum aip_status status;
	struct aip_error error;
	pthread_mutex_t lock; /* guards done */
	pthread_cond_t ended;
	bool done;
};

static void run_errand(void *arg)
{
	struct errand *errand = arg;

	errand->fn(errand);
	pthread_mutex_lock(&errand->lock);
	errand->done = true;
	pthread_cond_signal(&errand->ended);
	pthread_mutex_unlock(&errand->lock);
}

static void send_errand(struct errand *errand)
{
	pthread_mutex_init(&errand->lock, NULL);
	pthread_cond_init(&errand->ended, NULL);
	loop_post(errand->worker->loop, run_errand, errand);
	pthread_mutex_lock(&errand->lock);
	while (!errand->done)
		pthread_cond_wait(&errand->ended, &errand->lock);
	pthread_mutex_unlock(&errand->lock);
	pthread_cond_destroy(&errand->ended);
	pthread_mutex_destroy(&errand->lock);
}

static void open_worker(struct errand *errand)
{
	errand->status = worker_open(errand->worker, errand->options, &errand->error);
}

static void close_worker(struct errand *errand)
{
	worker_close(errand->worker);
}

/* ---- Configuration -------------------------------------------------------------------------- */

/* Reads the file and, when it is usable, puts it in service. */
static bool load(struct gateway *g)
{
	struct config_report report;
	struct config *conf = NULL;

	config_report_init(&report);
	bool usable = config_load(g->config_path, &conf, &report) == AIP_OK;
	if (usable) {
		log_set_level(conf->debug ? LOG_DEBUG : LOG_INFO);
		hub_publish(g->hub, conf, &report);
	}
	config_report_sort(&report);
	config_report_print(&report, stderr);
	config_report_fini(&report);
	return usable;
}

static void reload(struct gateway *g)
{
	bool usable = load(g);

	log_event(usable ? LOG_INFO : LOG_ERROR, "config.reload", "serving=%s",
	          usable ? "new" : "old");
}

static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g;
	struct aip_error error;

	AIP_CAST(g, arg, GATEWAY_MAGIC);
	if (log_reopen(&error))
		log_event(LOG_WARN, "log.reopen", "why=%s", LOG_TEXT(aip_str(error.message)));
	reload(g);
}

#define LOOK_MS 1000

static void on_look(void *arg)
{
	struct gateway *g;

	AIP_CAST(g, arg, GATEWAY_MAGIC);
	struct snapshot *now = hub_current(g->hub);
	bool changed = watch_settled(&g->watch, g->config_path, config_plugin_folder(now->config));
	snapshot_unref(now);
	if (changed)
		reload(g);
	loop_timer_arm(g->control, &g->look, LOOK_MS);
}

/* ---- Stopping ------------------------------------------------------------------------------- */

static void stop_control(void *arg)
{
	struct gateway *g;

	AIP_CAST(g, arg, GATEWAY_MAGIC);
	loop_stop(g->control);
}

static void worker_is_empty(void *arg)
{
	struct gateway *g;

	AIP_CAST(g, arg, GATEWAY_MAGIC);
	if (--g->draining == 0)
		loop_stop(g->control);
}

static void tell_control(void *arg)
{
	struct gateway *g;

	AIP_CAST(g, arg, GATEWAY_MAGIC);
	loop_post(g->control, worker_is_empty, g);
}

struct drain {
	struct worker *worker;
	struct gateway *gateway;
};

static void drain_worker(void *arg)
{
	struct drain *drain = arg;

	worker_drain(drain->worker, tell_control, drain->gateway);
	free(drain);
}

/* The first time: no new clients, running answers may end. The second time: now. */
static void on_terminate(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g;

	AIP_CAST(g, arg, GATEWAY_MAGIC);
	if (g->stopping) {
		loop_stop(g->control);
		return;
	}
	g->stopping = true;
	struct snapshot *now = hub_current(g->hub);
	int64_t patience_ms = now->config->shutdown_s * 1000;
	snapshot_unref(now);
	log_event(LOG_INFO, "gateway.stopping", "patience_ms=%lld", (long long)patience_ms);
	g->draining = g->n_workers;
	for (unsigned i = 0; i < g->n_workers; i++) {
		struct drain *drain = malloc(sizeof(*drain));
		aip_assert(drain);
		*drain = (struct drain){&g->workers[i], g};
		loop_post(g->workers[i].loop, drain_worker, drain);
	}
	loop_timer_init(&g->patience, stop_control, g);
	loop_timer_arm(g->control, &g->patience, patience_ms);
}

static void close_gateway(struct gateway *g)
{
	for (size_t i = 0; i < sizeof(g->signals) / sizeof(*g->signals); i++)
		if (g->signals[i])
			event_free(g->signals[i]); /* who asks again is not made to wait */
	loop_timer_disarm(g->control, &g->patience);
	loop_timer_disarm(g->control, &g->look);
	for (unsigned i = 0; i < g->n_workers; i++) {
		struct errand errand = {.fn = close_worker, .worker = &g->workers[i]};
		send_errand(&errand);
	}
	if (g->loops)
		loops_stop(g->loops);
	loop_turn(g->control, 0); /* snapshots that the last calls let go */
	hub_destroy(g->hub);
	loop_destroy(g->control);
	tls_context_unref(g->tls);
	memo_destroy(g->memo);
	memo_destroy(g->recall);
	meter_destroy(g->meter);
	free(g->workers);
}

/* ---- Starting ------------------------------------------------------------------------------- */

/* As many descriptors as the system lets us have: two for each client. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum aip_status open_workers(struct gateway *g, const struct config *conf,
                                    struct aip_error *reterr)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = conf->threads ? (unsigned)conf->threads : (unsigned)(cores > 0 ? cores : 1);
	struct worker_options options = worker_options_of(conf, n, g->tls);

	enum aip_status s = front_port_is_free(options.host, options.port, reterr);
	if (!s)
		s = loops_start("loop", n, &clock_real, &g->loops, reterr);
	if (s)
		return s;
	g->workers = calloc(n, sizeof(*g->workers));
	aip_assert(g->workers);
	for (unsigned i = 0; i < n; i++) {
		g->workers[i] = (struct worker){.loop = loops_at(g->loops, i),
		                                .hub = g->hub,
		                                .memo = g->memo,
		                                .recall = g->recall,
		                                .meter = g->meter};
		g->n_workers = i + 1;
		struct errand errand = {
			.fn = open_worker, .worker = &g->workers[i], .options = &options};
		send_errand(&errand);
		if (errand.status) {
			*reterr = errand.error;
			return errand.status;
		}
		if (options.port == 0) /* the others listen where the first was put */
			options.port = front_port(g->workers[i].front);
	}
	const char *bracket = strchr(options.host, ':') ? "[" : "";
	log_event(LOG_INFO, "gateway.listening", "url=%s://%s%s%s:%u threads=%u",
	          g->tls ? "https" : "http", bracket, options.host, *bracket ? "]" : "",
	          options.port, n);
	return AIP_OK;
}

static struct event *on_signal(struct gateway *g, int number, event_callback_fn fn)
{
	struct event *event = evsignal_new(loop_event_base(g->control), number, fn, g);

	aip_assert(event && event_add(event, NULL) == 0);
	return event;
}

/* Before anything else: a signal to a gateway that is still starting waits for the control loop. */
static void take_signals(struct gateway *g)
{
	g->signals[0] = on_signal(g, SIGHUP, on_hangup);
	g->signals[1] = on_signal(g, SIGTERM, on_terminate);
	g->signals[2] = on_signal(g, SIGINT, on_terminate);
}

static enum aip_status open_gateway(struct gateway *g, struct aip_error *reterr)
{
	enum aip_status s = loop_create("control", &clock_real, &g->control, reterr);
	if (s)
		return s;
	take_signals(g);
	s = hub_create(g->control, "/proc/self/exe", &g->hub, reterr);
	if (s)
		return s;
	g->memo = memo_create(MEMO_ENTRIES_MAX, MEMO_BYTES_MAX);
	g->recall = memo_create(RECALL_ENTRIES_MAX, RECALL_BYTES_MAX);
	g->meter = meter_create();
	if (!load(g))
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "%s is not usable", g->config_path);
	struct snapshot *first = hub_current(g->hub);
	const struct config *conf = first->config;
	if (conf->log_file.len)
		s = log_start(conf->log_file.at, reterr);
	else
		s = log_start(NULL, reterr);
	if (!s && conf->tls_enable)
		s = tls_context_create(conf->tls_cert.at, conf->tls_key.at, &g->tls, reterr);
	if (!s)
		s = open_workers(g, conf, reterr);
	snapshot_unref(first);
	return s;
}

static int serve(const char *config_path)
{
	struct gateway g = {.magic = GATEWAY_MAGIC, .config_path = config_path};
	struct aip_error error = {0};

	raise_descriptors();
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	enum aip_status s = open_gateway(&g, &error);
	if (!s) {
		loop_timer_init(&g.look, on_look, &g);
		on_look(&g);
		trim_after_start();
		loop_run(g.control);
	} else {
		fprintf(stderr, "aiproxyapi: %s\n", error.message);
	}
	close_gateway(&g);
	curl_global_cleanup();
	log_event(LOG_INFO, "gateway.stopped", "status=%s", aip_status_name(s));
	log_stop();
	return s ? 1 : 0;
}

/* Bodies of a megabyte come and go; given back to the system each time, their pages would be
 * faulted in anew for each request, which costs more than everything else done with them. */
static void malloc_tune(void)
{
	mallopt(M_MMAP_THRESHOLD, 8 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], PROBE_OPTION) == 0)
		return probe_main(argv[2]);
	struct options options;
	int exit_code;
	if (!options_read(argc, argv, &options, &exit_code))
		return exit_code;
	malloc_tune();
	return serve(options.config_path);
}
