/* The keys with a shape of their own: limits, mappings, exclusions, payload rules, plugins. */
#include <inttypes.h>

#include <aiproxy/json.h>

#include "config/keys.h"
#include "config/read.h"

/* A member's node, or NULL; with its path for messages. */
#define MEMBER(node, name) config_tree_get((node), AIP_LIT(name))
#define NAMES(...)                          \
	(const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

/* AIP_NONE when it is absent, blank or no text. */
static struct aip_str member_text(struct config_reading *r, const struct config_node *mapping,
                                  struct aip_str path, const char *name)
{
	const struct config_node *node = config_tree_get(mapping, aip_str(name));
	struct aip_str text = AIP_NONE;

	if (node)
		read_text(r, node, read_path_key(r, path, aip_str(name)), &text);
	return text.len ? text : AIP_NONE;
}

static struct config_texts member_texts(struct config_reading *r, const struct config_node *mapping,
                                        struct aip_str path, const char *name, unsigned flags)
{
	const struct config_node *node = config_tree_get(mapping, aip_str(name));
	struct config_texts texts = {0};

	if (node)
		read_texts(r, node, read_path_key(r, path, aip_str(name)), flags, &texts);
	return texts;
}

static bool member_bool(struct config_reading *r, const struct config_node *mapping,
                        struct aip_str path, const char *name, bool otherwise)
{
	const struct config_node *node = config_tree_get(mapping, aip_str(name));

	if (node)
		read_bool(r, node, read_path_key(r, path, aip_str(name)), &otherwise);
	return otherwise;
}

/* ---- api-key-limits ------------------------------------------------------------------------- */

static void read_quotas(struct config_reading *r, const struct config_node *node,
                        struct aip_str path, struct config_limit *limit)
{
	if (!node || !read_kind(r, node, path, CONFIG_MAPPING))
		return;
	struct config_quota *quotas = aip_arena_alloc(r->arena, node->count * sizeof(*quotas));
	CONFIG_EACH(member, node)
	{
		struct config_quota quota = {aip_str_trim(member->key), 0};
		read_int(r, member, read_path_key(r, path, member->key), INT64_MIN, INT64_MAX,
		         "requests", &quota.requests);
		if (quota.pattern.len && quota.requests > 0)
			quotas[limit->n_quotas++] = quota;
	}
	limit->quotas = quotas;
}

static bool is_limited_already(const struct config_limit *limits, size_t n, struct aip_str api_key)
{
	for (size_t i = 0; i < n; i++)
		if (aip_str_eq(limits[i].api_key, api_key))
			return true;
	return false;
}

static bool restricts(const struct config_limit *limit)
{
	return limit->allowed_models.n || limit->allowed_credentials.n ||
	       limit->allowed_providers.n || limit->n_quotas;
}

static struct config_limit read_limit(struct config_reading *r, const struct config_node *node,
                                      struct aip_str path)
{
	struct config_limit limit = {.line = node->line};
	const struct config_node *key = MEMBER(node, "api-key");

	if (key)
		read_secret(r, key, read_path_key(r, path, AIP_LIT("api-key")), &limit.api_key);
	limit.allowed_models = member_texts(r, node, path, "allowed-models", READ_SAME_NOCASE);
	limit.allowed_credentials = member_texts(r, node, path, "allowed-credentials", 0);
	limit.allowed_providers = member_texts(r, node, path, "allowed-providers", READ_LOWER);
	read_quotas(r, MEMBER(node, "monthly-quotas"),
	            read_path_key(r, path, AIP_LIT("monthly-quotas")), &limit);
	read_note_unknown(r, node, path,
	                  NAMES("api-key", "allowed-models", "monthly-quotas",
	                        "allowed-credentials", "allowed-providers"));
	return limit;
}

void config_read_limits(struct config_reading *r, const struct config_node *node,
                        struct aip_str path)
{
	size_t n = 0, i = 0;

	if (!read_kind(r, node, path, CONFIG_SEQUENCE))
		return;
	struct config_limit *limits = aip_arena_alloc(r->arena, node->count * sizeof(*limits));
	CONFIG_EACH(item, node)
	{
		struct aip_str at = read_path_at(r, path, i++);
		if (!read_kind(r, item, at, CONFIG_MAPPING))
			continue;
		struct config_limit limit = read_limit(r, item, at);
		if (!limit.api_key.len)
			READ_ERROR(r, item, at, "has no api-key, so it would limit nobody");
		else if (is_limited_already(limits, n, limit.api_key))
			READ_WARN(r, item, at, "is left out: an entry above has the same api-key");
		else if (!restricts(&limit))
			READ_WARN(r, item, at, "restricts nothing");
		else
			limits[n++] = limit;
	}
	r->conf->limits = (struct config_limits){limits, n};
}

/* ---- oauth-model-mappings, oauth-excluded-models ------------------------------------------------
 */

static bool is_mapped_already(const struct config_mapping *maps, size_t n,
                              const struct config_mapping *map)
{
	for (size_t i = 0; i < n; i++)
		if (aip_str_eq(maps[i].channel, map->channel) &&
		    (aip_str_eq_nocase(maps[i].name, map->name) ||
		     aip_str_eq_nocase(maps[i].alias, map->alias)))
			return true;
	return false;
}

static void read_mapping(struct config_reading *r, const struct config_node *node,
                         struct aip_str path, struct aip_str channel, struct config_mapping *maps,
                         size_t *n)
{
	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return;
	struct config_mapping map = {
		.channel = channel,
		.name = member_text(r, node, path, "name"),
		.alias = member_text(r, node, path, "alias"),
		.fork = member_bool(r, node, path, "fork", false),
		.line = node->line,
	};
	read_note_unknown(r, node, path, NAMES("name", "alias", "fork"));
	if (!map.name.len || !map.alias.len)
		READ_WARN(r, node, path, "is left out: it needs a name and an alias");
	else if (aip_str_eq_nocase(map.name, map.alias))
		READ_WARN(r, node, path, "is left out: name and alias are the same");
	else if (is_mapped_already(maps, *n, &map))
		READ_WARN(r, node, path, "is left out: one above has the same name or alias");
	else
		maps[(*n)++] = map;
}

void config_read_mappings(struct config_reading *r, const struct config_node *node,
                          struct aip_str path)
{
	size_t room = 0, n = 0;

	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return;
	CONFIG_EACH(channel, node)
	room += channel->count;
	struct config_mapping *maps = aip_arena_alloc(r->arena, room * sizeof(*maps));
	CONFIG_EACH(channel, node)
	{
		struct aip_str at = read_path_key(r, path, channel->key);
		size_t i = 0;
		if (!read_kind(r, channel, at, CONFIG_SEQUENCE))
			continue;
		struct aip_str name = read_lower(r->arena, aip_str_trim(channel->key));
		CONFIG_EACH(item, channel)
		read_mapping(r, item, read_path_at(r, at, i++), name, maps, &n);
	}
	r->conf->mappings = (struct config_mappings){maps, n};
}

void config_read_exclusions(struct config_reading *r, const struct config_node *node,
                            struct aip_str path)
{
	size_t n = 0;

	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return;
	struct config_exclusion *all = aip_arena_alloc(r->arena, node->count * sizeof(*all));
	CONFIG_EACH(channel, node)
	{
		struct config_exclusion one = {
			.channel = read_lower(r->arena, aip_str_trim(channel->key))};
		read_texts(r, channel, read_path_key(r, path, channel->key), READ_LOWER,
		           &one.patterns);
		if (one.patterns.n)
			all[n++] = one;
	}
	r->conf->exclusions = (struct config_exclusions){all, n};
}

/* ---- payload ----------------------------------------------------------------------------------
 */

/* The value of a -raw rule: JSON in a text. */
static struct aip_str raw_json(struct config_reading *r, const struct config_node *node,
                               struct aip_str path)
{
	struct aip_json_want none = {0};
	struct aip_error error;
	struct aip_str json = AIP_NONE;

	if (!read_text(r, node, path, &json) || !json.len)
		return AIP_NONE;
	if (aip_json_scan(json, &none, 0, &error)) {
		READ_ERROR(r, node, path, "is not JSON: %s", error.message);
		return AIP_NONE;
	}
	return json;
}

static void read_params(struct config_reading *r, const struct config_node *node,
                        struct aip_str path, bool raw, struct config_payload_rule *rule)
{
	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return;
	struct config_payload_param *params =
		aip_arena_alloc(r->arena, node->count * sizeof(*params));
	CONFIG_EACH(member, node)
	{
		struct aip_str at = read_path_key(r, path, member->key);
		struct config_payload_param param = {
			.path = aip_str_trim(member->key),
			.json = raw ? raw_json(r, member, at) : read_json(r, member),
		};
		if (param.path.len && param.json.at)
			params[rule->n_params++] = param;
	}
	rule->params = params;
}

static void read_filter(struct config_reading *r, const struct config_node *node,
                        struct aip_str path, struct config_payload_rule *rule)
{
	struct config_texts paths = {0};

	read_texts(r, node, path, 0, &paths);
	struct config_payload_param *params = aip_arena_alloc(r->arena, paths.n * sizeof(*params));
	for (size_t i = 0; i < paths.n; i++)
		params[i].path = paths.at[i];
	rule->params = params;
	rule->n_params = paths.n;
}

static void read_rule_models(struct config_reading *r, const struct config_node *node,
                             struct aip_str path, struct config_payload_rule *rule)
{
	size_t i = 0;

	if (!node || !read_kind(r, node, path, CONFIG_SEQUENCE))
		return;
	struct config_payload_model *models =
		aip_arena_alloc(r->arena, node->count * sizeof(*models));
	CONFIG_EACH(item, node)
	{
		struct aip_str at = read_path_at(r, path, i++);
		if (!read_kind(r, item, at, CONFIG_MAPPING))
			continue;
		struct config_payload_model model = {.name = member_text(r, item, at, "name")};
		struct aip_str protocol = member_text(r, item, at, "protocol");
		if (protocol.len)
			model.protocol = read_lower(r->arena, protocol);
		read_note_unknown(r, item, at, NAMES("name", "protocol"));
		if (model.name.len)
			models[rule->n_models++] = model;
	}
	rule->models = models;
}

static bool read_rule(struct config_reading *r, const struct config_node *node, struct aip_str path,
                      bool raw, struct config_payload_rule *rule)
{
	const struct config_node *params = MEMBER(node, "params");
	struct aip_str at = read_path_key(r, path, AIP_LIT("params"));

	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return false;
	rule->line = node->line;
	read_rule_models(r, MEMBER(node, "models"), read_path_key(r, path, AIP_LIT("models")),
	                 rule);
	if (params && rule->kind == CONFIG_PAYLOAD_FILTER)
		read_filter(r, params, at, rule);
	else if (params)
		read_params(r, params, at, raw, rule);
	read_note_unknown(r, node, path, NAMES("models", "params"));
	if (rule->n_models && rule->n_params)
		return true;
	READ_WARN(r, node, path, "does nothing: it needs models with a name, and params");
	return false;
}

/* In the order in which rules apply. */
static const struct {
	const char *name;
	enum config_payload_kind kind;
	bool raw;
} payload_lists[] = {
	{"default", CONFIG_PAYLOAD_DEFAULT, false},
	{"default-raw", CONFIG_PAYLOAD_DEFAULT, true},
	{"override", CONFIG_PAYLOAD_OVERRIDE, false},
	{"override-raw", CONFIG_PAYLOAD_OVERRIDE, true},
	{"filter", CONFIG_PAYLOAD_FILTER, false},
};

void config_read_payload(struct config_reading *r, const struct config_node *node,
                         struct aip_str path)
{
	size_t room = 0, n = 0;

	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return;
	CONFIG_EACH(list, node)
	room += list->count;
	struct config_payload_rule *rules = aip_arena_alloc(r->arena, room * sizeof(*rules));
	for (size_t k = 0; k < sizeof(payload_lists) / sizeof(payload_lists[0]); k++) {
		struct aip_str at = read_path_key(r, path, aip_str(payload_lists[k].name));
		const struct config_node *list =
			config_tree_get(node, aip_str(payload_lists[k].name));
		size_t i = 0;
		if (!list || !read_kind(r, list, at, CONFIG_SEQUENCE))
			continue;
		CONFIG_EACH(item, list)
		{
			struct config_payload_rule rule = {.kind = payload_lists[k].kind};
			if (read_rule(r, item, read_path_at(r, at, i++), payload_lists[k].raw,
			              &rule))
				rules[n++] = rule;
		}
	}
	read_note_unknown(r, node, path,
	                  NAMES("default", "default-raw", "override", "override-raw", "filter"));
	r->conf->payload = (struct config_payload){rules, n};
}

/* ---- plugins.configs --------------------------------------------------------------------------
 */

void config_read_plugins(struct config_reading *r, const struct config_node *node,
                         struct aip_str path)
{
	size_t n = 0;

	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return;
	struct config_plugin *plugins = aip_arena_alloc(r->arena, node->count * sizeof(*plugins));
	CONFIG_EACH(member, node)
	{
		struct aip_str at = read_path_key(r, path, member->key);
		const struct config_node *priority = MEMBER(member, "priority");
		if (!read_kind(r, member, at, CONFIG_MAPPING))
			continue;
		struct config_plugin *plugin = &plugins[n++];
		*plugin = (struct config_plugin){
			.id = member->key, .node = member, .line = member->line};
		plugin->enabled = member_bool(r, member, at, "enabled", true);
		if (priority)
			read_int(r, priority, read_path_key(r, at, AIP_LIT("priority")), -1000000,
			         1000000, "", &plugin->priority);
	}
	r->conf->plugins = (struct config_plugins){plugins, n};
}
