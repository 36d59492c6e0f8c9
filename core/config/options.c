/* Reading the command line, and the options that answer and end. */
#include "config/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"

#define PROGRAM "aiproxyapi"

enum option_kind {
	OPTION_TEXT,
	OPTION_SWITCH,
};

struct option {
	const char *name;
	enum option_kind kind;
	size_t offset;
	const char *help;
};

static const struct option table[] = {
#define ROW(name, field, kind, otherwise, help) \
	{name, OPTION_##kind, offsetof(struct options, field), help},
	OPTIONS_TABLE(ROW)
#undef ROW
};

#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

static void print_usage(FILE *out)
{
	fprintf(out, "Usage: " PROGRAM " [options]\n\n");
	for (size_t i = 0; i < N_OPTIONS; i++)
		fprintf(out, "  --%s%s\n        %s\n", table[i].name,
		        table[i].kind == OPTION_TEXT ? " text" : "", table[i].help);
}

static const struct option *option_named(const char *name, size_t len)
{
	if (len == 1 && name[0] == 'h')
		return option_named("help", 4);
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (strlen(table[i].name) == len && strncmp(table[i].name, name, len) == 0)
			return &table[i];
	return NULL;
}

static bool set_switch(bool *field, const char *value)
{
	const bool yes = !value || !strcmp(value, "true") || !strcmp(value, "1");

	if (!yes && strcmp(value, "false") != 0 && strcmp(value, "0") != 0)
		return false;
	*field = yes;
	return true;
}

/* Reads argv[*at] and the value behind it. False, and a line on stderr, when it is wrong. */
static bool read_one(int argc, char **argv, int *at, struct options *ret)
{
	const char *word = argv[*at];
	const char *name = word + (word[0] == '-') + (word[0] == '-' && word[1] == '-');
	const char *equals = strchr(name, '=');
	const char *value = equals ? equals + 1 : NULL;
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *option = name > word ? option_named(name, len) : NULL;

	if (!option) {
		fprintf(stderr, PROGRAM ": unknown option '%s'\n\n", word);
		return false;
	}
	void *field = (char *)ret + option->offset;
	if (option->kind == OPTION_SWITCH) {
		if (set_switch(field, value))
			return true;
		fprintf(stderr, PROGRAM ": option '%s' takes true or false\n\n", word);
		return false;
	}
	if (!value && *at + 1 < argc)
		value = argv[++*at];
	if (!value || !value[0]) {
		fprintf(stderr, PROGRAM ": option '%s' needs a value\n\n", word);
		return false;
	}
	*(const char **)field = value;
	return true;
}

static int check_config(const char *path)
{
	struct config_report report;
	struct config *conf = NULL;

	config_report_init(&report);
	enum aip_status s = config_load(path, &conf, &report);
	config_report_print(&report, stdout);
	printf("%s: %zu errors, %zu warnings\n", path, report.n_errors, report.n_warnings);
	config_report_fini(&report);
	config_destroy(conf);
	return s ? 1 : 0;
}

/* True when one of the options was of the kind that ends. */
static bool answer(const struct options *options, int *exit_code)
{
	*exit_code = 0;
	if (options->help)
		print_usage(stdout);
	else if (options->version)
		printf(PROGRAM " " AIP_VERSION "\n");
	else if (options->help_config)
		config_print_help(stdout);
	else if (options->print_example)
		config_print_example(stdout);
	else if (options->check_config)
		*exit_code = check_config(options->config_path);
	else
		return false;
	return true;
}

bool options_read(int argc, char **argv, struct options *ret, int *exit_code)
{
	struct aip_error error = {0};
	struct options options = {
#define ROW(name, field, kind, otherwise, help) .field = otherwise,
		OPTIONS_TABLE(ROW)
#undef ROW
	};

	for (int i = 1; i < argc; i++) {
		if (!read_one(argc, argv, &i, &options)) {
			print_usage(stderr);
			*exit_code = 2;
			return false;
		}
	}
	if (answer(&options, exit_code))
		return false;
	enum aip_status s = config_first_run(options.config_path, &error);
	if (s && s != AIP_CONFLICT) {
		fprintf(stderr, PROGRAM ": %s\n", error.message);
		*exit_code = 1;
		return false;
	}
	*ret = options;
	return true;
}
