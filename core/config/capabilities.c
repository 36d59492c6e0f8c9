/* What models can do, where the configuration knows better than the providers' catalogues. */
#include "config/keys.h"
#include "config/read.h"

#define NAMES_MAX 128 /* capabilities there are; the rest would not be offered as near names */

static void note_unknown(struct config_reading *r, const struct config_node *node,
                         struct aip_str path)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	while (n < NAMES_MAX && aip_caps_key(n)) {
		names[n] = aip_caps_key(n);
		n++;
	}
	read_note_unknown(r, node, path, names, n);
}

/* As the table of capabilities takes it: whatever YAML calls true is true. */
static struct aip_str json_of(struct config_reading *r, const struct config_node *node)
{
	bool yes;

	if (config_node_bool(node, &yes))
		return yes ? AIP_LIT("true") : AIP_LIT("false");
	return read_json(r, node);
}

static void read_values(struct config_reading *r, const struct config_node *node,
                        struct aip_str path, struct config_capability *ret)
{
	struct config_capability_value *values =
		aip_arena_alloc(r->arena, node->count * sizeof(*values));
	struct aip_caps scratch = {0};

	CONFIG_EACH(member, node)
	{
		struct aip_error why = {0};
		struct aip_str json = json_of(r, member);
		enum aip_status s = AIP_OK;
		if (member->kind != CONFIG_NULL)
			s = aip_caps_set(r->arena, &scratch, member->key, json, &why);
		if (s == AIP_BAD_REQUEST)
			READ_ERROR(r, member, read_path_key(r, path, member->key), "%s",
			           why.message);
		else if (!s && member->kind != CONFIG_NULL)
			values[ret->n_values++] =
				(struct config_capability_value){member->key, json};
	}
	note_unknown(r, node, path);
	ret->values = values;
}

static bool read_rule(struct config_reading *r, const struct config_node *node, struct aip_str path,
                      struct config_capability *ret)
{
	static const char *const names[] = {"models", "providers", "capabilities"};
	const struct config_node *models = config_tree_get(node, AIP_LIT("models"));
	const struct config_node *providers = config_tree_get(node, AIP_LIT("providers"));
	const struct config_node *values = config_tree_get(node, AIP_LIT("capabilities"));

	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return false;
	if (models)
		read_texts(r, models, read_path_key(r, path, AIP_LIT("models")), READ_SAME_NOCASE,
		           &ret->models);
	if (providers)
		read_texts(r, providers, read_path_key(r, path, AIP_LIT("providers")), READ_LOWER,
		           &ret->providers);
	struct aip_str at = read_path_key(r, path, AIP_LIT("capabilities"));
	if (values && read_kind(r, values, at, CONFIG_MAPPING))
		read_values(r, values, at, ret);
	read_note_unknown(r, node, path, names, 3);
	if (ret->n_values && (ret->models.n || ret->providers.n))
		return true;
	READ_WARN(r, node, path, "does nothing: it needs models or providers, and capabilities");
	return false;
}

void config_read_capabilities(struct config_reading *r, const struct config_node *node,
                              struct aip_str path)
{
	size_t n = 0, i = 0;

	if (!read_kind(r, node, path, CONFIG_SEQUENCE))
		return;
	struct config_capability *rules = aip_arena_alloc(r->arena, node->count * sizeof(*rules));
	CONFIG_EACH(item, node)
	{
		struct config_capability rule = {.line = item->line};
		if (read_rule(r, item, read_path_at(r, path, i++), &rule))
			rules[n++] = rule;
	}
	r->conf->capabilities = (struct config_capabilities){rules, n};
}
