/* A provider's own settings: values, defaults, and what is said of those that do not fit. */
#include "provider/settings.h"

#include "check.h"

static const struct aip_setting table[] = {
	{.name = "pace", .type = AIP_SETTING_INT, .otherwise = "3", .min = "1", .max = "9"},
	{.name = "loud", .type = AIP_SETTING_BOOL},
	{.name = "words", .type = AIP_SETTING_LIST},
	{.name = "voice", .type = AIP_SETTING_TEXT, .otherwise = "plain"},
};
static const struct aip_provider api = {.id = "acme", .settings = table, .n_settings = 4};

static struct aip_arena *arena;
static struct config *conf;
static struct aip_settings settings;
static struct config_report report;

/* Reads the lines that stand below plugins.configs.acme, which is line 3. */
static bool reads(const char *lines)
{
	arena = aip_arena_create();
	config_report_init(&report);
	struct aip_str text = aip_arena_printf(arena, "plugins:\n  configs:\n    acme:\n%s", lines);
	CHECK_INT_EQ(config_load_text(text, "config.yaml", &conf, &report), AIP_OK);
	return settings_read(arena, &api, &conf->plugins.at[0], &settings, &report);
}

static void end(void)
{
	config_destroy(conf);
	config_report_fini(&report);
	aip_arena_destroy(arena);
}

static void check_note(size_t i, const char *says)
{
	char line[1024] = "(no such note)";

	if (i < report.n)
		config_report_line(&report, i, line, sizeof(line));
	CHECK_STR_EQ(aip_str(line), says);
}

TEST(values_stand_in_the_tables_order_and_defaults_fill_the_gaps)
{
	CHECK(reads("      words: [a, b]\n      loud: yes\n      pace: 9\n"));
	CHECK_INT_EQ(report.n, 0);
	CHECK_INT_EQ(settings.n_fields, 4);
	CHECK_STR_EQ(settings.fields[0].value, "9");
	CHECK_STR_EQ(settings.fields[1].value, "true");
	CHECK_STR_EQ(settings.fields[2].value, "a\nb");
	CHECK_STR_EQ(settings.fields[3].value, "plain");
	end();
}

TEST(without_a_default_a_setting_that_nobody_made_is_none)
{
	CHECK(reads("      enabled: true\n"));
	CHECK_STR_EQ(settings.fields[0].value, "3");
	CHECK(!settings.fields[1].value.at && !settings.fields[2].value.at);
	end();
}

TEST(an_unknown_setting_is_a_warning_with_its_line_and_the_nearest_name)
{
	CHECK(reads("      priority: 1\n      vioce: soft\n      colour: red\n"));
	CHECK_INT_EQ(report.n, 2);
	check_note(0, "config.yaml:5:7: warning: plugins.configs.acme.vioce: "
	              "provider 'acme' has no such setting; did you mean 'voice'?");
	check_note(1, "config.yaml:6:7: warning: plugins.configs.acme.colour: "
	              "provider 'acme' has no such setting");
	end();
}

TEST(all_values_that_do_not_fit_are_errors_at_once)
{
	CHECK(!reads(
		"      pace: 10\n      loud: perhaps\n      words: one\n      voice: [soft]\n"));
	CHECK_INT_EQ(report.n_errors, 4);
	check_note(0,
	           "config.yaml:4:13: plugins.configs.acme.pace: must be an integer from 1 to 9");
	check_note(1, "config.yaml:5:13: plugins.configs.acme.loud: must be true or false");
	check_note(2, "config.yaml:6:14: plugins.configs.acme.words: must be a list of texts");
	check_note(3, "config.yaml:7:14: plugins.configs.acme.voice: must be a text");
	end();
}

RUN_ALL(CASE(values_stand_in_the_tables_order_and_defaults_fill_the_gaps),
        CASE(without_a_default_a_setting_that_nobody_made_is_none),
        CASE(an_unknown_setting_is_a_warning_with_its_line_and_the_nearest_name),
        CASE(all_values_that_do_not_fit_are_errors_at_once))
