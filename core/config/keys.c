/* keys.def as rows, as an example file and as help. */
#include "config/keys.h"

/* clang-format off */
#define FIELD_BOOL(field)   offsetof(struct config, field), NULL
#define FIELD_INT(field)    offsetof(struct config, field), NULL
#define FIELD_TEXT(field)   offsetof(struct config, field), NULL
#define FIELD_SECRET(field) offsetof(struct config, field), NULL
#define FIELD_PATH(field)   offsetof(struct config, field), NULL
#define FIELD_PROXY(field)  offsetof(struct config, field), NULL
#define FIELD_LIST(field)   offsetof(struct config, field), NULL
#define FIELD_WORD(field)   offsetof(struct config, field), NULL
#define FIELD_TREE(field)   offsetof(struct config, field), config_read_##field
#define ROW(path, type, otherwise, min, max, unit, reload, sample, help, offset, read) \
	{NULL, path, CONFIG_TYPE_##type, false, offset, otherwise, min, max, unit, \
	 CONFIG_##reload, sample, help, read},
#define EXPAND(macro, ...) macro(__VA_ARGS__)
#define AIP_GROUP(heading) {.title = heading},
#define AIP_KEY(path, field, type, otherwise, min, max, unit, reload, sample, help) \
	EXPAND(ROW, path, type, otherwise, min, max, unit, reload, sample, help, FIELD_##type(field))
#define AIP_INERT(where, kind, why) \
	{.path = where, .type = CONFIG_TYPE_##kind, .inert = true, .help = why},
/* clang-format on */

const struct config_row config_rows[] = {
#include "config/keys.def"
	{0},
};

static bool is_last(const struct config_row *row)
{
	return !row->title && !row->path;
}

const struct config_row *config_row_of(struct aip_str path)
{
	for (const struct config_row *row = config_rows; !is_last(row); row++)
		if (row->path && aip_str_is(path, row->path))
			return row;
	return NULL;
}

bool config_row_below(struct aip_str path)
{
	for (const struct config_row *row = config_rows; !is_last(row); row++)
		if (row->path && aip_str_starts(aip_str(row->path), path) &&
		    row->path[path.len] == '.')
			return true;
	return false;
}

bool config_words_next(struct aip_str *words, struct aip_str *ret)
{
	if (!words->len)
		return false;
	ptrdiff_t space = aip_str_find(*words, AIP_LIT(" "));
	size_t len = space < 0 ? words->len : (size_t)space;
	*ret = aip_strn(words->at, len);
	*words = aip_strn(words->at + len + (space >= 0), words->len - len - (space >= 0));
	return true;
}

struct aip_str config_word_name(struct aip_str word)
{
	ptrdiff_t equals = aip_str_find(word, AIP_LIT("="));

	return equals < 0 ? word : aip_strn(word.at, (size_t)equals);
}

/* ---- The example file ----------------------------------------------------------------------- */

static void print_wrapped(FILE *out, const char *indent, const char *text)
{
	const size_t width = 96 - strlen(indent);

	while (*text) {
		size_t len = strlen(text);
		if (len > width)
			for (len = width; len > 1 && text[len] != ' '; len--)
				;
		fprintf(out, "%s# %.*s\n", indent, (int)len, text);
		text += len;
		text += *text == ' ';
	}
}

static void print_sample(FILE *out, const char *indent, const char *sample)
{
	while (*sample) {
		const char *end = strchr(sample, '\n');
		fprintf(out, "%s# %.*s\n", indent, (int)(end - sample), sample);
		sample = end + 1;
	}
}

/* What follows the colon of a key at its default. */
static void print_default(FILE *out, const struct config_row *row)
{
	switch (row->type) {
	case CONFIG_TYPE_BOOL:
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_WORD: fprintf(out, "%s", row->otherwise); break;
	case CONFIG_TYPE_LIST: fprintf(out, "[]"); break;
	case CONFIG_TYPE_TREE: break;
	default: fprintf(out, "\"%s\"", row->otherwise); break;
	}
}

static void print_bounds(FILE *out, const struct config_row *row)
{
	struct aip_str words = aip_str(row->min), word;
	const char *between = "";

	if (row->type == CONFIG_TYPE_INT)
		fprintf(out, "%s to %s%s%s", row->min, row->max, row->unit[0] ? " " : "",
		        row->unit);
	while (row->type == CONFIG_TYPE_WORD && config_words_next(&words, &word)) {
		fprintf(out, "%s%.*s", between, AIP_FMT(config_word_name(word)));
		between = " or ";
	}
}

static bool has_bounds(const struct config_row *row)
{
	return row->type == CONFIG_TYPE_INT || row->type == CONFIG_TYPE_WORD;
}

static void print_key(FILE *out, const struct config_row *row, const char *indent, const char *name)
{
	const bool commented = row->type == CONFIG_TYPE_TREE || row->type == CONFIG_TYPE_LIST;

	print_wrapped(out, indent, row->help);
	fprintf(out, "%s%s%s:%s", indent, commented ? "# " : "", name,
	        row->type == CONFIG_TYPE_TREE || row->type == CONFIG_TYPE_LIST ? "" : " ");
	if (row->type != CONFIG_TYPE_LIST)
		print_default(out, row);
	if (has_bounds(row) || row->reload == CONFIG_RESTART) {
		fprintf(out, "  # ");
		if (has_bounds(row))
			print_bounds(out, row);
		if (row->reload == CONFIG_RESTART)
			fprintf(out, "%sneeds a restart", has_bounds(row) ? "; " : "");
	}
	fprintf(out, "\n");
	print_sample(out, indent, row->sample);
}

static void print_title(FILE *out, const char *title)
{
	int rest = 92 - (int)strlen(title);

	fprintf(out, "\n# ---- %s ", title);
	while (rest-- > 0)
		fputc('-', out);
	fputc('\n', out);
}

void config_print_example(FILE *out)
{
	struct aip_str parent = AIP_LIT("");

	fprintf(out, "# Configuration of aiproxyapi. Every value shown is the default; a key left "
	             "out has it too.\n"
	             "# Checked with `aiproxyapi --check-config`; running gateways take up changes "
	             "by themselves.\n");
	for (const struct config_row *row = config_rows; !is_last(row); row++) {
		if (row->title)
			print_title(out, row->title);
		if (row->title || row->inert)
			continue;
		const char *dot = strchr(row->path, '.');
		struct aip_str above =
			dot ? aip_strn(row->path, (size_t)(dot - row->path)) : AIP_LIT("");
		fprintf(out, "\n");
		if (dot && !aip_str_eq(above, parent))
			fprintf(out, "%.*s:\n", AIP_FMT(above));
		print_key(out, row, dot ? "  " : "", dot ? dot + 1 : row->path);
		parent = above;
	}
}

/* ---- Help ----------------------------------------------------------------------------------- */

static const char *type_word(enum config_type type)
{
	static const char *const words[] = {"true or false", "integer", "text",
	                                    "secret",        "path",    "proxy URL",
	                                    "list of texts", "one of",  "structure"};
	return words[type];
}

static void print_help_row(FILE *out, const struct config_row *row)
{
	fprintf(out, "\n%s  (%s", row->path, type_word(row->type));
	if (has_bounds(row)) {
		fprintf(out, " ");
		print_bounds(out, row);
	}
	if (row->type != CONFIG_TYPE_TREE) {
		fprintf(out, "; default ");
		print_default(out, row);
	}
	fprintf(out, "%s)\n    %s\n", row->reload == CONFIG_RESTART ? "; needs a restart" : "",
	        row->help);
}

void config_print_help(FILE *out)
{
	for (const struct config_row *row = config_rows; !is_last(row); row++) {
		if (row->title)
			fprintf(out, "%s%s\n", row == config_rows ? "" : "\n", row->title);
		else if (!row->inert)
			print_help_row(out, row);
	}
	fprintf(out, "\nEntries of a provider's list\n");
#define AIP_ENTRY_KEY(name, field, type, help) fprintf(out, "\n%s\n    %s\n", name, help);
#include "config/entry_keys.def"
#undef AIP_ENTRY_KEY
	fprintf(out, "\nKnown, without effect in this version\n\n");
	for (const struct config_row *row = config_rows; !is_last(row); row++)
		if (row->inert)
			fprintf(out, "%s  %s\n", row->path, row->help);
}
