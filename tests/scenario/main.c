/* The runner of scenarios.
 *
 *     scenario [--once] [--all] [--verbose] [--split client|upstream BYTE]
 *              [--vanish client|upstream LINE] [--reset] [--refuse N] page.scenario…
 *
 * Each page is run as it is written, then repeated with one thing different each time; with --split,
 * --vanish or --refuse in that one way only. README.md has the language. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "repeat.h"

struct told {
	struct repeat_options options;
	struct twist twist;
	int vanish_line; /* of the file */
};

static enum side side_named(const char *word)
{
	return strcmp(word, "upstream") == 0 ? SIDE_UPSTREAM : SIDE_CLIENT;
}

static size_t number(const char *word)
{
	return (size_t)strtoul(word, NULL, 10);
}

/* Returns how many words were used; 0: it is no option. */
static int read_option(struct told *told, char **argv, int left)
{
	const char *word = argv[0];

	if (strcmp(word, "--once") == 0)
		told->options.once = true;
	else if (strcmp(word, "--all") == 0)
		told->options.all = true;
	else if (strcmp(word, "--verbose") == 0)
		told->options.verbose = true;
	else if (strcmp(word, "--reset") == 0)
		told->twist.reset = true;
	else if (strcmp(word, "--refuse") == 0 && left > 1) {
		told->twist = (struct twist){.kind = TWIST_REFUSE, .at = number(argv[1])};
		return 2;
	} else if (strcmp(word, "--split") == 0 && left > 2) {
		told->twist =
			(struct twist){TWIST_SPLIT, side_named(argv[1]), number(argv[2]), false};
		return 3;
	} else if (strcmp(word, "--vanish") == 0 && left > 2) {
		told->twist.kind = TWIST_VANISH;
		told->twist.side = side_named(argv[1]);
		told->vanish_line = (int)number(argv[2]);
		return 3;
	} else {
		return 0;
	}
	return 1;
}

static bool run_file(struct told *told, const char *path)
{
	struct page *page = page_read(path);

	if (!page)
		return false;
	for (size_t i = 0; i < page->n_lines; i++)
		if (page->lines[i].number == told->vanish_line)
			told->twist.at = i;
	if (told->twist.kind != TWIST_NONE)
		told->options.only = &told->twist;
	bool well = repeat_page(page, &told->options);
	page_free(page);
	return well;
}

int main(int argc, char **argv)
{
	struct told told = {.vanish_line = -1};
	int failures = 0, at = 1, used;

	signal(SIGPIPE, SIG_IGN);
	log_set_level(getenv("SCENARIO_LOG") ? LOG_DEBUG : LOG_ERROR);
	while (at < argc && (used = read_option(&told, argv + at, argc - at)))
		at += used;
	if (at == argc) {
		fprintf(stderr, "usage: scenario [--once] [--all] [--verbose] page.scenario…\n");
		return 2;
	}
	for (; at < argc; at++)
		failures += !run_file(&told, argv[at]);
	return failures ? 1 : 0;
}
