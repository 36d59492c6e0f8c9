/* Configurations: any bytes end in a configuration within its bounds or in an error with a place.
 */
#include "fuzz.h"

#include "config/config.h"

static void walk(const struct config_node *node, size_t depth)
{
	uint32_t count = 0;
	uint32_t weight = 1;

	PROMISE(depth <= CONFIG_DEPTH_MAX * 2);
	PROMISE(node->weight <= CONFIG_NODES_MAX);
	CONFIG_EACH(child, node)
	{
		PROMISE(child->line > 0 && child->column > 0);
		weight += child->weight;
		count++;
		walk(child, depth + 1);
	}
	PROMISE(count == node->count && weight == node->weight);
}

static void check_bounds(const struct config *conf)
{
	PROMISE(conf->port >= 0 && conf->port <= 65535);
	PROMISE(conf->host.at && conf->auth_dir.len);
	for (const struct config_section *s = conf->sections; s; s = s->next)
		for (size_t i = 0; i < s->n_entries; i++) {
			const struct config_entry *e = &s->entries[i];
			PROMISE(aip_str_find(e->prefix, AIP_LIT("/")) < 0);
			PROMISE(!e->base_url.len || e->base_url.at[e->base_url.len - 1] != '/');
			walk(e->node, 0);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_report report;
	struct config *conf = NULL;
	char line[512];

	config_report_init(&report);
	const enum aip_status s =
		config_load_text(fuzz_str(data, size), "fuzz.yaml", &conf, &report);
	PROMISE((s == AIP_OK) == (report.n_errors == 0));
	PROMISE((s == AIP_OK) == (conf != NULL));
	if (conf) {
		check_bounds(conf);
		for (const struct config_section *section = conf->sections; section;
		     section = section->next)
			if (!section->claimed)
				config_claim(conf, &(struct config_claim){.list = section->name},
				             &report);
		config_report_unclaimed(conf, NULL, 0, &report);
	}
	for (size_t i = 0; i < report.n; i++) {
		config_report_line(&report, i, line, sizeof(line));
		for (const char *at = line; *at; at++)
			PROMISE((unsigned char)*at >= ' ');
	}
	config_destroy(conf);
	config_report_fini(&report);
	return 0;
}
