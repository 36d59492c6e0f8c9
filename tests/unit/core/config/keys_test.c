/* The table of keys, the example file and the defaults say the same. */
#include "check.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "config/keys.h"

static char *printed_by(void (*print)(FILE *out), size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	print(out);
	fclose(out);
	return text;
}

static void append_file(FILE *out, const char *path)
{
	FILE *in = fopen(path, "r");
	int c;

	CHECK(in != NULL);
	while ((c = fgetc(in)) != EOF)
		fputc(c, out);
	fclose(in);
}

/* The table, then each provider's own part. */
static void print_whole(FILE *out)
{
	glob_t files;

	config_print_example(out);
	CHECK_INT_EQ(glob(TEST_DATA "/../plugins/*/example.yaml", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		fputc('\n', out);
		append_file(out, files.gl_pathv[i]);
	}
	globfree(&files);
}

static void print_file(FILE *out)
{
	append_file(out, TEST_DATA "/../config.example.yaml");
}

/* Takes the comment marks of samples away: "# key:", "#   - item" and what is indented below. */
static char *uncommented(const char *text, size_t len)
{
	char *copy = malloc(len + 1), *to = copy;

	for (const char *line = text; line < text + len;) {
		const char *end = memchr(line, '\n', (size_t)(text + len - line));
		size_t blanks = strspn(line, " ");
		const char *mark = line + blanks;
		size_t word = mark[0] == '#' ? strspn(mark + 2, "abcdefghijklmnopqrstuvwxyz-") : 0;
		bool is_sample =
			mark[0] == '#' && (mark[2] == ' ' || (word && mark[2 + word] == ':'));
		if (is_sample) {
			memcpy(to, line, blanks);
			to += blanks;
			line = mark + 2;
		}
		memcpy(to, line, (size_t)(end - line) + 1);
		to += end - line + 1;
		line = end + 1;
	}
	*to = '\0';
	return copy;
}

TEST(the_example_file_is_what_the_table_prints)
{
	size_t want_len, got_len;
	char *want = printed_by(print_whole, &want_len);
	char *got = printed_by(print_file, &got_len);

	CHECK_BYTES_EQ(aip_strn(got, got_len), aip_strn(want, want_len));
	free(want);
	free(got);
}

TEST(the_example_file_gives_the_defaults)
{
	struct config_report report;
	struct config *conf, *plain;
	size_t len;
	char *text = printed_by(print_whole, &len);

	config_report_init(&report);
	CHECK_INT_EQ(config_load_text(aip_strn(text, len), "example", &conf, &report), AIP_OK);
	CHECK_INT_EQ(config_load_text(AIP_LIT(""), "empty", &plain, &report), AIP_OK);
	CHECK_INT_EQ(report.n, 0);
#define SAME_BOOL(field)   CHECK_INT_EQ(conf->field, plain->field);
#define SAME_INT(field)    CHECK_INT_EQ(conf->field, plain->field);
#define SAME_WORD(field)   CHECK_INT_EQ(conf->field, plain->field);
#define SAME_TEXT(field)   CHECK_BYTES_EQ(conf->field, plain->field);
#define SAME_SECRET(field) CHECK_BYTES_EQ(conf->field, plain->field);
#define SAME_PATH(field)   CHECK_BYTES_EQ(conf->field, plain->field);
#define SAME_PROXY(field)  CHECK_BYTES_EQ(conf->field, plain->field);
#define SAME_LIST(field)   CHECK_INT_EQ(conf->field.n, 0);
#define SAME_TREE(field)   CHECK_INT_EQ(conf->field.n, 0);
#define AIP_GROUP(title)
#define AIP_INERT(path, type, help)
#define AIP_KEY(path, field, type, otherwise, min, max, unit, reload, sample, help) \
	SAME_##type(field)
#include "config/keys.def"
	config_destroy(conf);
	config_destroy(plain);
	config_report_fini(&report);
	free(text);
}

TEST(every_sample_of_the_example_file_is_accepted)
{
	struct config_report report;
	struct config *conf = NULL;
	size_t len;
	char *text = printed_by(print_whole, &len);
	char *full = uncommented(text, len);

	config_report_init(&report);
	enum aip_status s = config_load_text(aip_str(full), "example", &conf, &report);
	config_report_print(&report, stderr);
	CHECK_INT_EQ(s, AIP_OK);
	CHECK_INT_EQ(report.n, 0);
	CHECK_INT_EQ(conf->api_keys.n, 1);
	CHECK_INT_EQ(conf->limits.n, 1);
	CHECK_INT_EQ(conf->payload.n, 2);
	CHECK_INT_EQ(conf->plugins.n, 1);
	size_t sections = 0;
	for (const struct config_section *s1 = conf->sections; s1; s1 = s1->next)
		sections++;
	CHECK(sections >= 4);
	config_destroy(conf);
	config_report_fini(&report);
	free(full);
	free(text);
}

TEST(every_row_is_sound)
{
	for (const struct config_row *row = config_rows; row->title || row->path; row++) {
		if (row->title)
			continue;
		CHECK_PTR_EQ(config_row_of(aip_str(row->path)), row); /* no path twice */
		if (row->inert)
			continue;
		CHECK(row->help[0] != '\0');
		int64_t min = 0, max = 0, number = 0;
		if (row->type == CONFIG_TYPE_INT) {
			CHECK(aip_str_int(aip_str(row->min), &min) &&
			      aip_str_int(aip_str(row->max), &max) &&
			      aip_str_int(aip_str(row->otherwise), &number));
			CHECK(min <= number && number <= max);
		}
	}
}

TEST(help_names_every_key)
{
	size_t len;
	char *help = printed_by(config_print_help, &len);

	for (const struct config_row *row = config_rows; row->title || row->path; row++)
		CHECK(strstr(help, row->title ? row->title : row->path) != NULL);
	free(help);
}

RUN_ALL(CASE(the_example_file_is_what_the_table_prints), CASE(the_example_file_gives_the_defaults),
        CASE(every_sample_of_the_example_file_is_accepted), CASE(every_row_is_sound),
        CASE(help_names_every_key))
