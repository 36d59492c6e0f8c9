/* A page: a scenario as it is written, read into lines of words. README.md has the language. */
#ifndef SCENARIO_PAGE_H
#define SCENARIO_PAGE_H

#include <aiproxy/base.h>

#define WORDS_MAX 32

struct word {
	struct aip_str text; /* of "…" the text meant, of @file the file's bytes */
	struct aip_str file; /* path of an @file; AIP_NONE */
	bool quoted;
};

struct line {
	int number;
	struct aip_str actor; /* "client" */
	struct aip_str name;  /* "b" of "client.b"; "" without one */
	struct word words[WORDS_MAX];
	size_t n_words;
	struct aip_str source;
};

struct page {
	struct aip_arena *arena;
	const char *path;
	struct aip_str title; /* its first sentence */
	struct line *lines;
	size_t n_lines;
};

/* NULL: it cannot be read, and stderr says why. */
struct page *page_read(const char *path);
void page_free(struct page *page);

/* The word, or AIP_NONE behind the last. */
struct aip_str word_at(const struct line *line, size_t at);
bool word_is(const struct line *line, size_t at, const char *text);
/* Where in the line the bare word stands, from a place on; n_words when nowhere. */
size_t word_find(const struct line *line, size_t from, const char *text);
/* The value of a word key=value; AIP_NONE when the line has none. */
struct aip_str word_value(const struct line *line, const char *key);
/* "250ms", "30s", "5m", "2h", with or without a sign in front; -1 when it is none. */
int64_t word_ms(struct aip_str word);

#endif
