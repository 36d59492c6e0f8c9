/* Repeating a page: as it is, then with one thing different each time. */
#include "repeat.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a text that is longer than this, only so many places are tried, unless all are asked for. */
#define PLACES_TRIED 6

struct tally {
	const struct page *page;
	const struct story *plain;
	const struct repeat_options *options;
	unsigned runs, failures;
};

static void say_twist(const struct page *page, const struct twist *twist, char *into, size_t size)
{
	static const char *const sides[] = {"client", "upstream"};

	switch (twist->kind) {
	case TWIST_NONE: snprintf(into, size, "as it is written"); break;
	case TWIST_SPLIT:
		snprintf(into, size, "with what the %s sends split at byte %zu", sides[twist->side],
		         twist->at);
		break;
	case TWIST_VANISH:
		snprintf(into, size, "with the %s gone%s behind line %d", sides[twist->side],
		         twist->reset ? " by a reset" : "", page->lines[twist->at].number);
		break;
	case TWIST_REFUSE:
		snprintf(into, size, "with growth %zu of a bounded buffer refused", twist->at);
		break;
	}
}

static void report(const struct story *story)
{
	const struct line *line = &story->page->lines[story->line];
	char twist[128];

	say_twist(story->page, &story->twist, twist, sizeof(twist));
	fprintf(stderr, "%s:%d: %s:\n    %.*s\n%s\n", story->page->path, line->number, twist,
	        AIP_FMT(line->source), story->why);
}

static bool run(struct tally *tally, const struct twist *twist, struct story *into)
{
	bool well = story_run(into, tally->page, twist, tally->plain);

	tally->runs++;
	if (!well) {
		tally->failures++;
		report(into);
	}
	return well;
}

static void run_twist(struct tally *tally, struct twist twist)
{
	struct story *story = calloc(1, sizeof(*story));

	if (!story)
		abort();
	if (tally->failures < 5)
		run(tally, &twist, story);
	story_end(story);
	free(story);
}

/* ---- The three kinds -------------------------------------------------------------------------- */

/* All places of a short text; of a long one, some, with both ends among them. */
static void split(struct tally *tally, enum side side)
{
	const size_t bytes = tally->plain->sent[side];
	const size_t most = tally->options->all ? bytes : PLACES_TRIED;
	const size_t step = bytes > most ? bytes / most : 1;

	for (size_t at = 1; at < bytes; at += step)
		run_twist(tally, (struct twist){.kind = TWIST_SPLIT, .side = side, .at = at});
	if (bytes > 1 && step > 1)
		run_twist(tally,
		          (struct twist){.kind = TWIST_SPLIT, .side = side, .at = bytes - 1});
}

/* Behind each line: orderly and by a reset, or the two in turn. */
static void vanish(struct tally *tally, enum side side)
{
	for (size_t at = 0; at < tally->page->n_lines; at++) {
		const bool reset = at % 2 == (side == SIDE_CLIENT);
		if (aip_str_is(tally->page->lines[at].actor, "config"))
			continue;
		run_twist(tally, (struct twist){TWIST_VANISH, side, at, reset});
		if (tally->options->all)
			run_twist(tally, (struct twist){TWIST_VANISH, side, at, !reset});
	}
}

static void refuse(struct tally *tally)
{
	const size_t growths = tally->plain->growths;
	const size_t most = tally->options->all ? growths : 2 * PLACES_TRIED;
	const size_t step = growths > most ? growths / most : 1;

	for (size_t at = 1; at <= growths; at += step)
		run_twist(tally, (struct twist){.kind = TWIST_REFUSE, .at = at});
}

/* A page may say which repetitions make no sense for it: config without=split,vanish,refuse */
static bool is_without(const struct page *page, const char *word)
{
	for (size_t i = 0; i < page->n_lines; i++) {
		struct aip_str without = word_value(&page->lines[i], "without");
		if (without.at && aip_str_find(without, aip_str(word)) >= 0)
			return true;
	}
	return false;
}

static void repeat(struct tally *tally)
{
	if (!is_without(tally->page, "split")) {
		split(tally, SIDE_CLIENT);
		split(tally, SIDE_UPSTREAM);
	}
	if (!is_without(tally->page, "vanish")) {
		vanish(tally, SIDE_CLIENT);
		vanish(tally, SIDE_UPSTREAM);
	}
	if (!is_without(tally->page, "refuse"))
		refuse(tally);
}

bool repeat_page(const struct page *page, const struct repeat_options *options)
{
	struct tally tally = {.page = page, .options = options};
	const struct twist *first = options->only ? options->only : &(struct twist){TWIST_NONE};
	struct story *plain = calloc(1, sizeof(*plain));

	if (!plain)
		abort();
	if (run(&tally, &(struct twist){TWIST_NONE}, plain)) {
		tally.plain = plain;
		if (options->only)
			run_twist(&tally, *first);
		else if (!options->once)
			repeat(&tally);
	}
	story_end(plain);
	free(plain);
	if (tally.failures || options->verbose)
		fprintf(stderr, "%s: %u runs, %u failed\n", page->path, tally.runs, tally.failures);
	return tally.failures == 0;
}
