/* Reading pages: comments, lines, words, quoted texts, files. */
#include "page.h"

#include "../file.h"

#include <stdio.h>
#include <stdlib.h>

struct reader {
	struct page *page;
	struct aip_str rest;
	int number;
	size_t cap;
};

static bool complain(const struct reader *r, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", r->page->path, r->number, what);
	return false;
}

/* ---- Words ---------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The byte that an escape stands for; *at is moved behind it. */
static char unescaped(const char **at, const char *end)
{
	char c = *(*at)++;

	if (c != 'x')
		return (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
	int byte = 0;
	for (int i = 0; i < 2 && *at < end && hex_digit(**at) >= 0; i++)
		byte = byte * 16 + hex_digit(*(*at)++);
	return (char)byte;
}

static bool read_quoted(struct reader *r, struct aip_str *line, struct word *word)
{
	const char *at = line->at + 1, *end = line->at + line->len;
	char *into = aip_arena_bytes(r->page->arena, line->len), *to = into;

	while (at < end && *at != '"') {
		if (*at == '\\' && at + 1 < end) {
			at++;
			*to++ = unescaped(&at, end);
		} else {
			*to++ = *at++;
		}
	}
	if (at == end)
		return complain(r, "a text is not closed");
	*word = (struct word){.text = aip_strn(into, (size_t)(to - into)), .quoted = true};
	*line = aip_strn(at + 1, (size_t)(end - at - 1));
	return true;
}

static bool read_file_word(struct reader *r, struct word *word)
{
	struct aip_str name = aip_strn(word->text.at + 1, word->text.len - 1);

	word->file = aip_arena_printf(r->page->arena, "%s/data/%.*s", SCENARIOS, AIP_FMT(name));
	word->text = file_read(r->page->arena, word->file.at);
	return word->text.at || complain(r, "there is no such file");
}

static bool read_bare(struct reader *r, struct aip_str *line, struct word *word)
{
	size_t len = 0;

	while (len < line->len && line->at[len] != ' ' && line->at[len] != '\t')
		len++;
	*word = (struct word){.text = aip_strn(line->at, len)};
	*line = aip_strn(line->at + len, line->len - len);
	return *word->text.at != '@' || read_file_word(r, word);
}

static struct aip_str without_blanks(struct aip_str s)
{
	while (s.len && (*s.at == ' ' || *s.at == '\t')) {
		s.at++;
		s.len--;
	}
	return s;
}

static void split_actor(struct line *line, struct aip_str word)
{
	const char *dot = memchr(word.at, '.', word.len);
	size_t len = dot ? (size_t)(dot - word.at) : word.len;

	line->actor = aip_strn(word.at, len);
	line->name = dot ? aip_strn(dot + 1, word.len - len - 1) : AIP_LIT("");
}

static bool read_words(struct reader *r, struct aip_str text, struct line *line)
{
	struct word actor;

	if (!read_bare(r, &text, &actor))
		return false;
	split_actor(line, actor.text);
	for (text = without_blanks(text); text.len && *text.at != '#';
	     text = without_blanks(text)) {
		if (line->n_words == WORDS_MAX)
			return complain(r, "too many words");
		struct word *word = &line->words[line->n_words++];
		if (!(*text.at == '"' ? read_quoted(r, &text, word) : read_bare(r, &text, word)))
			return false;
	}
	return line->n_words > 0 || complain(r, "an actor does nothing");
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static bool read_line(struct reader *r, struct aip_str text)
{
	struct page *page = r->page;

	if (page->n_lines == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 32;
		page->lines = reallocarray(page->lines, r->cap, sizeof(*page->lines));
		if (!page->lines)
			abort();
	}
	struct line *line = &page->lines[page->n_lines++];
	*line = (struct line){.number = r->number, .source = text};
	return read_words(r, text, line);
}

static struct aip_str next_line(struct reader *r)
{
	const char *lf = memchr(r->rest.at, '\n', r->rest.len);
	size_t len = lf ? (size_t)(lf - r->rest.at) : r->rest.len;
	struct aip_str line = aip_strn(r->rest.at, len);

	len += lf ? 1 : 0;
	r->rest = aip_strn(r->rest.at + len, r->rest.len - len);
	r->number++;
	return aip_str_trim(line);
}

static bool read_lines(struct reader *r)
{
	while (r->rest.len) {
		struct aip_str text = next_line(r);
		if (text.len && *text.at == '#') {
			if (!r->page->title.at)
				r->page->title = aip_str_trim(aip_strn(text.at + 1, text.len - 1));
		} else if (text.len && !read_line(r, text)) {
			return false;
		}
	}
	return r->page->title.at || complain(r, "a page begins with what it tells: # …");
}

struct page *page_read(const char *path)
{
	struct aip_arena *arena = aip_arena_create();
	struct page *page = AIP_NEW(arena, struct page);
	struct reader reader = {.page = page};

	*page = (struct page){.arena = arena, .path = path};
	reader.rest = file_read(arena, path);
	if (!reader.rest.at)
		complain(&reader, "cannot be opened");
	else if (read_lines(&reader))
		return page;
	page_free(page);
	return NULL;
}

void page_free(struct page *page)
{
	if (!page)
		return;
	free(page->lines);
	aip_arena_destroy(page->arena);
}

/* ---- Looking -------------------------------------------------------------------------------- */

struct aip_str word_at(const struct line *line, size_t at)
{
	return at < line->n_words ? line->words[at].text : AIP_NONE;
}

bool word_is(const struct line *line, size_t at, const char *text)
{
	return at < line->n_words && !line->words[at].quoted && !line->words[at].file.at &&
	       aip_str_is(line->words[at].text, text);
}

size_t word_find(const struct line *line, size_t from, const char *text)
{
	while (from < line->n_words && !word_is(line, from, text))
		from++;
	return from;
}

struct aip_str word_value(const struct line *line, const char *key)
{
	struct aip_str wanted = aip_str(key);

	for (size_t i = 0; i < line->n_words; i++) {
		struct aip_str word = line->words[i].text;
		if (!line->words[i].quoted && aip_str_starts(word, wanted) &&
		    word.len > wanted.len && word.at[wanted.len] == '=')
			return aip_strn(word.at + wanted.len + 1, word.len - wanted.len - 1);
	}
	return AIP_NONE;
}

int64_t word_ms(struct aip_str word)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	int64_t n;

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		struct aip_str unit = aip_str(units[i].unit);
		if (aip_str_ends(word, unit) &&
		    aip_str_int(aip_strn(word.at, word.len - unit.len), &n))
			return n * units[i].ms;
	}
	return -1;
}
