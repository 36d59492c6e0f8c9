/* A provider's own settings: what the configuration says, checked against the table it exports. */
#include "provider/settings.h"

#include <inttypes.h>

#include "config/nearest.h"

static const struct aip_setting *setting_named(const struct aip_provider *api, struct aip_str name)
{
	for (size_t i = 0; i < api->n_settings; i++)
		if (aip_str_is(name, api->settings[i].name))
			return &api->settings[i];
	return NULL;
}

static struct aip_str path_of(struct aip_arena *arena, const struct aip_provider *api,
                              struct aip_str name)
{
	return aip_arena_printf(arena, "plugins.configs.%s.%.*s", api->id, AIP_FMT(name));
}

static bool in_range(const struct aip_setting *setting, int64_t number)
{
	int64_t bound;

	if (setting->min && aip_str_int(aip_str(setting->min), &bound) && number < bound)
		return false;
	return !(setting->max && aip_str_int(aip_str(setting->max), &bound) && number > bound);
}

/* The list's texts joined by LF; AIP_NONE when one of them is no text. */
static struct aip_str joined(struct aip_arena *arena, const struct config_node *node)
{
	struct aip_str all = AIP_LIT("");

	CONFIG_EACH(item, node)
	{
		if (item->kind != CONFIG_SCALAR)
			return AIP_NONE;
		all = all.len ? aip_arena_printf(arena, "%.*s\n%.*s", AIP_FMT(all),
		                                 AIP_FMT(item->text))
		              : item->text;
	}
	return all;
}

/* The value as text; AIP_NONE, and a note in the report, when it does not fit the setting. */
static struct aip_str value_of(struct aip_arena *arena, const struct aip_provider *api,
                               const struct aip_setting *setting, const struct config_node *node,
                               struct config_report *report)
{
	static const char *const must_be[] = {
		[AIP_SETTING_BOOL] = "true or false",   [AIP_SETTING_INT] = "an integer",
		[AIP_SETTING_TEXT] = "a text",          [AIP_SETTING_SECRET] = "a text",
		[AIP_SETTING_LIST] = "a list of texts",
	};
	struct aip_str value = AIP_NONE;
	int64_t number;
	bool yes;

	switch (setting->type) {
	case AIP_SETTING_BOOL:
		if (config_node_bool(node, &yes))
			value = yes ? AIP_LIT("true") : AIP_LIT("false");
		break;
	case AIP_SETTING_INT:
		if (config_node_int(node, &number) && in_range(setting, number))
			value = aip_arena_printf(arena, "%" PRId64, number);
		break;
	case AIP_SETTING_TEXT:
	case AIP_SETTING_SECRET:
		if (node->kind == CONFIG_SCALAR)
			value = node->text;
		break;
	case AIP_SETTING_LIST:
		if (node->kind == CONFIG_SEQUENCE)
			value = joined(arena, node);
		break;
	}
	if (!value.at)
		config_note(report, true, node->line, node->column, path_of(arena, api, node->key),
		            setting->min || setting->max ? "must be %s from %s to %s"
		                                         : "must be %s",
		            must_be[setting->type], setting->min ? setting->min : "-",
		            setting->max ? setting->max : "-");
	return value;
}

static void note_unknown(struct aip_arena *arena, const struct aip_provider *api,
                         const struct config_plugin *plugin, struct config_report *report)
{
	CONFIG_EACH(node, plugin->node)
	{
		if (aip_str_is(node->key, "enabled") || aip_str_is(node->key, "priority") ||
		    setting_named(api, node->key))
			continue;
		struct nearest near = nearest_to(node->key);
		for (size_t i = 0; i < api->n_settings; i++)
			nearest_offer(&near, aip_str(api->settings[i].name));
		config_note(report, false, node->key_line, node->key_column,
		            path_of(arena, api, node->key),
		            near.best.at ? "provider '%s' has no such setting; did you mean '%.*s'?"
		                         : "provider '%s' has no such setting%.*s",
		            api->id, AIP_FMT(near.best));
	}
}

bool settings_read(struct aip_arena *arena, const struct aip_provider *api,
                   const struct config_plugin *plugin, struct aip_settings *ret,
                   struct config_report *report)
{
	struct aip_field *fields = aip_arena_alloc(arena, api->n_settings * sizeof(*fields));
	const size_t errors = report->n_errors;

	for (size_t i = 0; i < api->n_settings; i++) {
		const struct aip_setting *setting = &api->settings[i];
		const struct config_node *node =
			plugin ? config_tree_get(plugin->node, aip_str(setting->name)) : NULL;
		fields[i].name = aip_str(setting->name);
		fields[i].value = aip_str(setting->otherwise);
		if (node && node->kind != CONFIG_NULL)
			fields[i].value = value_of(arena, api, setting, node, report);
	}
	if (plugin)
		note_unknown(arena, api, plugin, report);
	*ret = (struct aip_settings){sizeof(*ret), fields, api->n_settings};
	return report->n_errors == errors;
}
