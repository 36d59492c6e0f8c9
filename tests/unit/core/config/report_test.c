/* The files in tests/wire/config: what is said of each is in the .report beside it. */
#include "check.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"

static struct aip_str read_file(struct aip_arena *arena, const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = aip_arena_bytes(arena, 64 * 1024);

	CHECK(file != NULL);
	size_t len = fread(text, 1, 64 * 1024, file);
	fclose(file);
	return aip_strn(text, len);
}

static void check_file(const char *path)
{
	struct aip_arena *arena = aip_arena_create();
	struct config_report report;
	struct config *conf = NULL;
	char *printed = NULL;
	size_t len = 0;
	struct aip_str expected =
		aip_arena_printf(arena, "%.*s.report", (int)strlen(path) - 5, path);

	config_report_init(&report);
	enum aip_status s = config_load_text(read_file(arena, path), "config.yaml", &conf, &report);
	FILE *out = open_memstream(&printed, &len);
	config_report_print(&report, out);
	fclose(out);
	print_message("%s\n", path);
	CHECK_INT_EQ(s, report.n_errors ? AIP_CONFIG_REFUSED : AIP_OK);
	CHECK_BYTES_EQ(aip_strn(printed, len), read_file(arena, expected.at));
	free(printed);
	config_destroy(conf);
	config_report_fini(&report);
	aip_arena_destroy(arena);
}

TEST(each_file_gets_its_report)
{
	glob_t files;

	CHECK_INT_EQ(glob(TEST_DATA "/wire/config/*.yaml", 0, NULL, &files), 0);
	CHECK(files.gl_pathc >= 9);
	for (size_t i = 0; i < files.gl_pathc; i++)
		check_file(files.gl_pathv[i]);
	globfree(&files);
}

TEST(notes_beyond_the_ceiling_are_counted)
{
	struct config_report report;
	char *printed = NULL;
	size_t len = 0;

	config_report_init(&report);
	for (int i = 0; i < CONFIG_NOTES_MAX + 7; i++)
		config_note(&report, i % 2, i + 1, 1, AIP_LIT("p"), "note %d", i);
	CHECK_INT_EQ(report.n, CONFIG_NOTES_MAX);
	CHECK_INT_EQ(report.n_errors + report.n_warnings, CONFIG_NOTES_MAX + 7);
	FILE *out = open_memstream(&printed, &len);
	config_report_print(&report, out);
	fclose(out);
	CHECK(aip_str_ends(aip_strn(printed, len), AIP_LIT("config: and 7 more\n")));
	free(printed);
	config_report_fini(&report);
}

TEST(a_note_stays_one_line)
{
	struct config_report report;
	char line[256];

	config_report_init(&report);
	config_note(&report, true, 1, 2, AIP_LIT("a\nb"), "c\r\x1b%s", "\nd");
	config_report_line(&report, 0, line, sizeof(line));
	CHECK_STR_EQ(aip_str(line), "config:1:2: a?b: c???d");
	config_report_fini(&report);
}

TEST(a_file_that_is_not_there_is_told)
{
	struct config_report report;
	struct config *conf;
	char line[256];

	config_report_init(&report);
	CHECK_INT_EQ(config_load("/nonexistent/c.yaml", &conf, &report), AIP_CONFIG_REFUSED);
	config_report_line(&report, 0, line, sizeof(line));
	CHECK_STR_EQ(aip_str(line),
	             "/nonexistent/c.yaml: cannot be read: No such file or directory");
	CHECK_INT_EQ(config_load("/tmp", &conf, &report), AIP_CONFIG_REFUSED);
	CHECK_INT_EQ(report.n_errors, 2);
	config_report_fini(&report);
}

RUN_ALL(CASE(each_file_gets_its_report), CASE(notes_beyond_the_ceiling_are_counted),
        CASE(a_note_stays_one_line), CASE(a_file_that_is_not_there_is_told))
