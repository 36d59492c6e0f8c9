/* keys.def as rows, for those who walk them: reader, help, example. */
#ifndef CORE_CONFIG_KEYS_H
#define CORE_CONFIG_KEYS_H

#include "config/config.h"
#include "config/read.h"

enum config_type {
	CONFIG_TYPE_BOOL,
	CONFIG_TYPE_INT,
	CONFIG_TYPE_TEXT,
	CONFIG_TYPE_SECRET,
	CONFIG_TYPE_PATH,
	CONFIG_TYPE_PROXY,
	CONFIG_TYPE_LIST,
	CONFIG_TYPE_WORD,
	CONFIG_TYPE_TREE,
};

enum config_reload {
	CONFIG_LIVE,
	CONFIG_RESTART,
};

struct config_row {
	const char *title; /* of a group; then all else is zero */
	const char *path;
	enum config_type type;
	bool inert;    /* known, without effect and without a field */
	size_t offset; /* of the field in struct config */
	const char *otherwise, *min, *max, *unit;
	enum config_reload reload;
	const char *sample;
	const char *help;
	config_tree_fn read; /* TREE */
};

/* In the order of keys.def; ends with a row without title and path. */
extern const struct config_row config_rows[];

/* The row of a path; NULL when there is none. */
const struct config_row *config_row_of(struct aip_str path);
/* True when a row's path begins with `path` and a dot. */
bool config_row_below(struct aip_str path);

/* Steps through "word=synonym word2": the next word with its synonyms; false at the end. */
bool config_words_next(struct aip_str *words, struct aip_str *ret);
/* Its first spelling. */
struct aip_str config_word_name(struct aip_str word);

#endif
