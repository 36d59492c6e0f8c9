/* What was found wrong with a configuration, all at once, each with its place. */
#ifndef CORE_CONFIG_REPORT_H
#define CORE_CONFIG_REPORT_H

#include <stdio.h>

#include <aiproxy/base.h>

#define CONFIG_NOTES_MAX 200 /* further ones are only counted */

struct config_note {
	int line, column;       /* from 1; 0 when it concerns the whole file */
	struct aip_str path;    /* "routing.strategy", "claude-api-key[2].headers"; may be "" */
	struct aip_str message; /* never a secret */
	bool is_error;          /* else a warning: the configuration is usable */
};

struct config_report {
	struct aip_arena *arena; /* its own */
	struct aip_str file;     /* as named in messages */
	struct config_note *notes;
	size_t n, cap;
	size_t n_errors, n_warnings; /* all, also those beyond CONFIG_NOTES_MAX */
};

/* Caller's memory. One thread. */
void config_report_init(struct config_report *report);
void config_report_fini(struct config_report *report);
/* Copies path and message; long messages are cut. */
void config_note(struct config_report *report, bool is_error, int line, int column,
                 struct aip_str path, const char *fmt, ...) aip_printf_like(6, 7);
/* Notes by line and column. */
void config_report_sort(struct config_report *report);
/* "config.yaml:12:7: routing.strategy: 'foo' is not one of round-robin, fill-first", one line each;
 * warnings say "warning: " behind the place. */
void config_report_print(const struct config_report *report, FILE *out);
/* Puts note i as printed, without a newline, into `into`. */
void config_report_line(const struct config_report *report, size_t i, char *into, size_t bytes);

#endif
