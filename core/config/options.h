/* The command line: one table of options, read the way Go programs read theirs.
 *
 * One dash or two; -x value or -x=value; a switch may say -x=false. -h is -help. */
#ifndef CORE_CONFIG_OPTIONS_H
#define CORE_CONFIG_OPTIONS_H

#include <stdbool.h>

/* clang-format off */
#define OPTIONS_TABLE(ROW) \
	/*  name                    field          kind    default        help */ \
	ROW("config",               config_path,   TEXT,   "config.yaml", "configuration file; written at the first start when there is none") \
	ROW("check-config",         check_config,  SWITCH, false,         "read the configuration, print all that is wrong with it, and end: 0 when it is usable, else 1") \
	ROW("help-config",          help_config,   SWITCH, false,         "print every key of the configuration with type, default, bounds and meaning, and end") \
	ROW("print-example-config", print_example, SWITCH, false,         "print a commented configuration with every default, and end") \
	ROW("version",              version,       SWITCH, false,         "print the version, and end") \
	ROW("help",                 help,          SWITCH, false,         "print this, and end")
/* clang-format on */

struct options {
#define OPTIONS_TEXT                            const char *
#define OPTIONS_SWITCH                          bool
#define ROW(name, field, kind, otherwise, help) OPTIONS_##kind field;
	OPTIONS_TABLE(ROW)
#undef ROW
};

/* Reads the command line and does what ends at once (help, checks). Texts are borrowed from argv.
 *
 * true: serve, with *ret; a missing configuration has been written.
 * false: end with *exit_code: 0 done, 1 the configuration is not usable, 2 the command line was
 * wrong. */
bool options_read(int argc, char **argv, struct options *ret, int *exit_code);

#endif
