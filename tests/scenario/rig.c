/* The rig: a whole gateway in this process, on one loop and a clock that only the page moves. */
#include "rig.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "call/memo.h"
#include "call/recall.h"
#include "config/config.h"
#include "snapshot/hub.h"

#define WALL_S 1767225600 /* 2026-01-01 00:00:00 UTC */

/* How a provider's credentials are written into a configuration. */
struct kind {
	const char *id;   /* also the library's name */
	const char *list; /* of the configuration */
	const char *path; /* behind the base URL */
	bool named;       /* one entry for all keys */
};

static const struct kind kinds[] = {
	{"claude", "claude-api-key", "", false},
	{"gemini", "gemini-api-key", "", false},
	{"codex", "codex-api-key", "/v1", false},
	{"openai-compat", "openai-compatibility", "/v1", true},
};

static const struct kind *kind_named(struct aip_str id)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (aip_str_is(id, kinds[i].id))
			return &kinds[i];
	return NULL;
}

bool rig_fail(char *why, size_t why_size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, why_size, fmt, args);
	va_end(args);
	return false;
}

/* ---- The configuration, as YAML --------------------------------------------------------------- */

/* Words of a config line that are not settings of the configuration file. */
static bool is_about_credentials(struct aip_str key)
{
	static const char *const words[] = {"provider", "creds", "models", "prefix",
	                                    "priority", "name",  "at",     "drop"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (aip_str_is(key, words[i]))
			return true;
	return false;
}

/* Cuts the next item off a list joined by commas. */
static bool next_item(struct aip_str *list, struct aip_str *item)
{
	if (!list->len)
		return false;
	const char *comma = memchr(list->at, ',', list->len);
	size_t len = comma ? (size_t)(comma - list->at) : list->len;
	*item = aip_strn(list->at, len);
	len += comma ? 1 : 0;
	*list = aip_strn(list->at + len, list->len - len);
	return true;
}

static bool is_dropped(const struct rig *rig, struct aip_str cred)
{
	for (size_t i = 0; i < rig->n_config; i++) {
		struct aip_str dropped = word_value(rig->config[i], "drop"), item;
		while (next_item(&dropped, &item))
			if (aip_str_eq(item, cred))
				return true;
	}
	return false;
}

static void write_models(struct aip_buf *yaml, struct aip_str models)
{
	struct aip_str item;

	(void)aip_buf_addf(yaml, "models: [");
	while (next_item(&models, &item)) {
		const char *colon = memchr(item.at, ':', item.len);
		size_t len = colon ? (size_t)(colon - item.at) : item.len;
		(void)aip_buf_addf(yaml, "{name: %.*s", (int)len, item.at);
		if (colon)
			(void)aip_buf_addf(yaml, ", alias: %.*s", (int)(item.len - len - 1),
			                   colon + 1);
		(void)aip_buf_addf(yaml, "},");
	}
	(void)aip_buf_addf(yaml, "]");
}

/* What all entries of a line have in common. */
static void write_common(const struct rig *rig, const struct kind *kind, const struct line *line,
                         struct aip_buf *yaml)
{
	static const char *const passed_on[] = {"prefix", "priority"};
	struct aip_str models = word_value(line, "models");
	int64_t place = 1;

	if (word_value(line, "at").at &&
	    (!aip_str_int(word_value(line, "at"), &place) || place < 1 || place > PLACES))
		place = 1;
	(void)aip_buf_addf(yaml, "base-url: \"http://127.0.0.1:%u%s\", ",
	                   (unsigned)rig->places[place - 1], kind->path);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++) {
		struct aip_str value = word_value(line, passed_on[i]);
		if (value.at)
			(void)aip_buf_addf(yaml, "%s: %.*s, ", passed_on[i], AIP_FMT(value));
	}
	write_models(yaml, models.at ? models : AIP_LIT("m1"));
}

static void write_entries(const struct rig *rig, const struct kind *kind, const struct line *line,
                          struct aip_buf *yaml)
{
	struct aip_str creds = word_value(line, "creds"), cred;
	struct aip_str name = word_value(line, "name");

	if (kind->named)
		(void)aip_buf_addf(yaml, "  - {name: %.*s, api-key-entries: [",
		                   AIP_FMT(name.at ? name : AIP_LIT("compat")));
	while (next_item(&creds, &cred)) {
		if (is_dropped(rig, cred))
			continue;
		if (kind->named) {
			(void)aip_buf_addf(yaml, "{api-key: key-%.*s},", AIP_FMT(cred));
			continue;
		}
		(void)aip_buf_addf(yaml, "  - {api-key: key-%.*s, ", AIP_FMT(cred));
		write_common(rig, kind, line, yaml);
		(void)aip_buf_addf(yaml, "}\n");
	}
	if (!kind->named)
		return;
	(void)aip_buf_addf(yaml, "], ");
	write_common(rig, kind, line, yaml);
	(void)aip_buf_addf(yaml, "}\n");
}

static void write_lists(const struct rig *rig, struct aip_buf *yaml)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		bool begun = false;
		for (size_t i = 0; i < rig->n_config; i++) {
			if (!aip_str_is(word_value(rig->config[i], "provider"), kinds[k].id))
				continue;
			if (!begun)
				(void)aip_buf_addf(yaml, "%s:\n", kinds[k].list);
			begun = true;
			write_entries(rig, &kinds[k], rig->config[i], yaml);
		}
	}
}

/* A setting: "request-retry" or "upstream.idle-timeout-seconds". */
struct setting {
	struct aip_str group, key, value;
};

static bool split_setting(struct aip_str word, struct setting *ret)
{
	const char *equals = memchr(word.at, '=', word.len);

	if (!equals)
		return false;
	struct aip_str path = aip_strn(word.at, (size_t)(equals - word.at));
	const char *dot = memchr(path.at, '.', path.len);
	*ret = (struct setting){
		.key = path,
		.value = aip_strn(equals + 1, word.len - path.len - 1),
	};
	if (dot) {
		ret->group = aip_strn(path.at, (size_t)(dot - path.at));
		ret->key = aip_strn(dot + 1, path.len - ret->group.len - 1);
	}
	return !is_about_credentials(path);
}

/* All settings, the last of each name. */
static size_t gather(const struct rig *rig, struct setting *all, size_t room)
{
	size_t n = 0, at;
	struct setting one;

	for (size_t i = 0; i < rig->n_config; i++) {
		for (size_t w = 0; w < rig->config[i]->n_words; w++) {
			if (!split_setting(rig->config[i]->words[w].text, &one))
				continue;
			for (at = 0; at < n; at++)
				if (aip_str_eq(all[at].group, one.group) &&
				    aip_str_eq(all[at].key, one.key))
					break;
			if (at < room)
				all[at] = one;
			n += at == n && at < room;
		}
	}
	return n;
}

static void write_settings(const struct rig *rig, struct aip_buf *yaml)
{
	struct setting all[64];
	size_t n = gather(rig, all, 64);

	for (size_t i = 0; i < n; i++) {
		if (!all[i].group.len) {
			(void)aip_buf_addf(yaml, "%.*s: %.*s\n", AIP_FMT(all[i].key),
			                   AIP_FMT(all[i].value));
			continue;
		}
		struct aip_str group = all[i].group;
		bool first = true;
		for (size_t j = 0; j < i; j++)
			first = first && !aip_str_eq(all[j].group, group);
		if (!first)
			continue;
		(void)aip_buf_addf(yaml, "%.*s: {", AIP_FMT(group));
		for (size_t j = i; j < n; j++)
			if (aip_str_eq(all[j].group, group))
				(void)aip_buf_addf(yaml, "%.*s: %.*s, ", AIP_FMT(all[j].key),
				                   AIP_FMT(all[j].value));
		(void)aip_buf_addf(yaml, "}\n");
	}
}

/* Puts the configuration lines in service. */
static bool publish(struct rig *rig, char *why, size_t why_size)
{
	struct config_report report;
	struct config *conf = NULL;
	struct aip_buf yaml;

	aip_buf_init(&yaml, SIZE_MAX);
	(void)aip_buf_addf(&yaml, "plugins: {dir: %s}\naccess-log: %s\n", rig->folder,
	                   getenv("SCENARIO_LOG") ? "true" : "false");
	write_settings(rig, &yaml);
	write_lists(rig, &yaml);
	config_report_init(&report);
	enum aip_status s = config_load_text(aip_buf_str(&yaml), "page", &conf, &report);
	if (!s)
		hub_publish(rig->hub, conf, &report);
	else
		config_report_print(&report, stderr);
	config_report_fini(&report);
	if (s)
		rig_fail(why, why_size, "the configuration is refused:\n%s", yaml.at);
	aip_buf_fini(&yaml);
	return s == AIP_OK;
}

/* ---- The plugin folder ------------------------------------------------------------------------ */

static void empty_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		(void)unlink(path); /* "." and ".." refuse */
	}
	if (dir)
		closedir(dir);
}

static void link_plugin(const struct rig *rig, const char *id)
{
	char to[512], at[512];

	snprintf(to, sizeof(to), "%s/%s.so", PLUGINS, id);
	snprintf(at, sizeof(at), "%s/%s.so", rig->folder, id);
	aip_assert(symlink(to, at) == 0 || errno == EEXIST); /* named twice in the page */
}

bool rig_replace(struct rig *rig, struct aip_str id, char *why, size_t why_size)
{
	char from[512], to[512], block[65536];
	size_t n;

	snprintf(from, sizeof(from), "%s/%.*s.so", PLUGINS, AIP_FMT(id));
	snprintf(to, sizeof(to), "%s/%.*s.so", rig->folder, AIP_FMT(id));
	(void)unlink(to);
	FILE *old = fopen(from, "rb"), *fresh = fopen(to, "wb");
	while (old && fresh && (n = fread(block, 1, sizeof(block), old)) > 0)
		fwrite(block, 1, n, fresh);
	if (fresh) {
		fputs("another build", fresh); /* behind what the linker reads: other bytes */
		fclose(fresh);
	}
	if (old)
		fclose(old);
	if (!old || !fresh)
		return rig_fail(why, why_size, "%s cannot be copied", from);
	return publish(rig, why, why_size);
}

/* ---- Beginning and end ------------------------------------------------------------------------ */

static bool gather_config(struct rig *rig, const struct page *page, char *why, size_t why_size)
{
	for (size_t i = 0; i < page->n_lines; i++) {
		const struct line *line = &page->lines[i];
		if (!aip_str_is(line->actor, "config"))
			continue;
		struct aip_str id = word_value(line, "provider");
		if (id.at && !kind_named(id))
			return rig_fail(why, why_size, "no provider is called %.*s", AIP_FMT(id));
		if (rig->n_config == CONFIG_LINES_MAX)
			return rig_fail(why, why_size, "too many config lines");
		rig->config[rig->n_config++] = line;
		if (id.at)
			link_plugin(rig, kind_named(id)->id);
	}
	return true;
}

static bool open_worker(struct rig *rig, char *why, size_t why_size)
{
	struct aip_error error = {0};
	struct snapshot *now = hub_current(rig->hub);
	struct worker_options options = worker_options_of(now->config, 1, NULL);

	snapshot_unref(now);
	rig->worker = (struct worker){.loop = rig->loop,
	                              .hub = rig->hub,
	                              .memo = rig->memo,
	                              .recall = rig->recall,
	                              .meter = rig->meter};
	options.host = "127.0.0.1";
	options.port = 0;
	rig->open = true;
	if (worker_open(&rig->worker, &options, &error))
		return rig_fail(why, why_size, "%s", error.message);
	rig->worker.seed = 1;
	rig->port = front_port(rig->worker.front);
	return true;
}

bool rig_open(struct rig *rig, const struct page *page, char *why, size_t why_size)
{
	struct aip_error error = {0};

	clock_virtual_init(&rig->clock, 1000000, WALL_S);
	snprintf(rig->folder, sizeof(rig->folder), "/tmp/scenario-XXXXXX");
	if (!mkdtemp(rig->folder))
		return rig_fail(why, why_size, "no folder for plugins");
	rig->memo = memo_create(MEMO_ENTRIES_MAX, MEMO_BYTES_MAX);
	rig->recall = memo_create(RECALL_ENTRIES_MAX, RECALL_BYTES_MAX);
	rig->meter = meter_create();
	if (!gather_config(rig, page, why, why_size))
		return false;
	if (loop_create("scenario", &rig->clock.clock, &rig->loop, &error) ||
	    hub_create(rig->loop, NULL, &rig->hub, &error))
		return rig_fail(why, why_size, "%s", error.message);
	return publish(rig, why, why_size) && open_worker(rig, why, why_size);
}

static void close_worker(struct rig *rig)
{
	if (rig->open)
		worker_close(&rig->worker);
	rig->open = false;
}

void rig_close(struct rig *rig)
{
	close_worker(rig);
	if (rig->loop) {
		loop_timer_disarm(rig->loop, &rig->patience);
		loop_turn(rig->loop, 0);
		loop_turn(rig->loop, 0); /* snapshots that the last calls let go */
	}
	hub_destroy(rig->hub);
	loop_destroy(rig->loop);
	memo_destroy(rig->memo);
	memo_destroy(rig->recall);
	meter_destroy(rig->meter);
	empty_folder(rig->folder);
	rmdir(rig->folder);
}

void rig_turn(struct rig *rig, int64_t wait_ms)
{
	loop_turn(rig->loop, wait_ms);
}

bool rig_reload(struct rig *rig, const struct line *line, char *why, size_t why_size)
{
	if (rig->n_config == CONFIG_LINES_MAX)
		return rig_fail(why, why_size, "too many config lines");
	rig->config[rig->n_config++] = line;
	return publish(rig, why, why_size);
}

static void is_empty(void *arg)
{
	struct rig *rig = arg;

	rig->empty = true;
}

static void patience_is_up(void *arg)
{
	close_worker(arg);
}

void rig_stop(struct rig *rig)
{
	struct snapshot *now = hub_current(rig->hub);

	loop_timer_init(&rig->patience, patience_is_up, rig);
	loop_timer_arm(rig->loop, &rig->patience, now->config->shutdown_s * 1000);
	snapshot_unref(now);
	rig->stopping = true;
	worker_drain(&rig->worker, is_empty, rig);
}

/* ---- Looking ---------------------------------------------------------------------------------- */

static void each_target(struct snapshot *now, void (*f)(void *arg, const struct target *target),
                        void *arg)
{
	for (size_t r = 0; r < router_count(now->router); r++) {
		const struct pool *pool = &router_at(now->router, r)->pool;
		for (size_t g = 0; g < pool->n_groups; g++)
			for (size_t t = 0; t < pool->groups[g].n_targets; t++)
				f(arg, &pool->groups[g].targets[t]);
	}
}

struct wanted {
	struct aip_str secret, model;
	const struct target *found;
};

static void look_for(void *arg, const struct target *target)
{
	struct wanted *wanted = arg;
	bool model = !wanted->model.at || aip_str_eq(target->model, wanted->model);

	if (!wanted->found && model && aip_str_eq(target->cred->pub.secret, wanted->secret))
		wanted->found = target;
}

bool rig_rest(struct rig *rig, struct aip_str cred, struct aip_str model, struct rest_view *ret)
{
	char secret[64];
	struct snapshot *now = hub_current(rig->hub);

	snprintf(secret, sizeof(secret), "key-%.*s", AIP_FMT(cred));
	struct wanted wanted = {.secret = aip_str(secret), .model = model};
	each_target(now, look_for, &wanted);
	if (wanted.found) {
		struct rest_view whole = rest_look(wanted.found->cred->rest);
		*ret = rest_look(wanted.found->rest);
		if (whole.state != REST_READY &&
		    (ret->state == REST_READY || whole.until_ms > ret->until_ms))
			*ret = whole;
	}
	snapshot_unref(now);
	return wanted.found != NULL;
}

struct each {
	void (*f)(void *arg, struct rest_view view);
	void *arg;
};

static void pass_on(void *arg, const struct target *target)
{
	struct each *each = arg;

	each->f(each->arg, rest_look(target->rest));
	each->f(each->arg, rest_look(target->cred->rest));
}

void rig_each_rest(struct rig *rig, void (*f)(void *arg, struct rest_view view), void *arg)
{
	struct each each = {f, arg};
	struct snapshot *now = hub_current(rig->hub);

	each_target(now, pass_on, &each);
	snapshot_unref(now);
}

unsigned rig_snapshot_refs(struct rig *rig)
{
	struct snapshot *now = hub_current(rig->hub);
	unsigned refs = atomic_load(&now->refs) - 2;

	snapshot_unref(now);
	return refs;
}
