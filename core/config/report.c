/* Collecting and printing what was found wrong with a configuration. */
#include "config/report.h"

#include <stdlib.h>

void config_report_init(struct config_report *report)
{
	*report = (struct config_report){.arena = aip_arena_create(), .file = AIP_LIT("config")};
}

void config_report_fini(struct config_report *report)
{
	aip_arena_destroy(report->arena);
	*report = (struct config_report){0};
}

static struct config_note *room_for_one(struct config_report *report)
{
	if (report->n == CONFIG_NOTES_MAX)
		return NULL;
	if (report->n == report->cap) {
		size_t cap = report->cap ? report->cap * 2 : 16;
		struct config_note *notes = aip_arena_alloc(report->arena, cap * sizeof(*notes));
		if (report->n)
			memcpy(notes, report->notes, report->n * sizeof(*notes));
		report->notes = notes;
		report->cap = cap;
	}
	return &report->notes[report->n++];
}

void config_note(struct config_report *report, bool is_error, int line, int column,
                 struct aip_str path, const char *fmt, ...)
{
	char message[512];
	va_list args;

	*(is_error ? &report->n_errors : &report->n_warnings) += 1;
	struct config_note *note = room_for_one(report);
	if (!note)
		return;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (path.len > 256)
		path.len = 256;
	*note = (struct config_note){
		.line = line,
		.column = column,
		.path = aip_arena_dup(report->arena, path),
		.message = aip_arena_dup(report->arena, aip_str(message)),
		.is_error = is_error,
	};
}

static bool stands_before(const struct config_note *a, const struct config_note *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Insertion sort: stable, and there are few. */
void config_report_sort(struct config_report *report)
{
	for (size_t i = 1; i < report->n; i++) {
		struct config_note note = report->notes[i];
		size_t at = i;
		for (; at > 0 && stands_before(&note, &report->notes[at - 1]); at--)
			report->notes[at] = report->notes[at - 1];
		report->notes[at] = note;
	}
}

/* Keys and values of the file may hold anything; a line of the report stays one line. */
static void scrub(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void config_report_line(const struct config_report *report, size_t i, char *into, size_t bytes)
{
	const struct config_note *note = &report->notes[i];
	const char *kind = note->is_error ? "" : "warning: ";
	const char *colon = note->path.len ? ": " : "";

	if (note->line)
		snprintf(into, bytes, "%.*s:%d:%d: %s%.*s%s%.*s", AIP_FMT(report->file), note->line,
		         note->column, kind, AIP_FMT(note->path), colon, AIP_FMT(note->message));
	else
		snprintf(into, bytes, "%.*s: %s%.*s%s%.*s", AIP_FMT(report->file), kind,
		         AIP_FMT(note->path), colon, AIP_FMT(note->message));
	scrub(into);
}

void config_report_print(const struct config_report *report, FILE *out)
{
	char line[2048];

	for (size_t i = 0; i < report->n; i++) {
		config_report_line(report, i, line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
	size_t all = report->n_errors + report->n_warnings;
	if (all > report->n)
		fprintf(out, "%.*s: and %zu more\n", AIP_FMT(report->file), all - report->n);
}
