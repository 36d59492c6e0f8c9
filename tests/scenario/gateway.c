/* What a page says of the gateway itself: orders, the passing of time, credentials at rest, counts. */
#include <inttypes.h>

#include "story.h"

/* ---- gateway -------------------------------------------------------------------------------- */

/* reload key=value…: the configuration file has changed so. */
static bool reload(struct story *story, const struct line *line, size_t at)
{
	bool done = rig_reload(&story->rig, line, story->why, sizeof(story->why));

	story_settle(story);
	return done;
}

static bool replaces(struct story *story, const struct line *line, size_t at)
{
	bool done = rig_replace(&story->rig, word_at(line, at), story->why, sizeof(story->why));

	story_settle(story);
	return done;
}

static bool stops(struct story *story, const struct line *line, size_t at)
{
	rig_stop(&story->rig);
	story_settle(story);
	return true;
}

/* is empty, is open: after the order to stop. */
static bool is(struct story *story, const struct line *line, size_t at)
{
	story_settle(story);
	if (word_is(line, at, "empty"))
		return story->rig.empty || story_fail(story, "a client is still there");
	return !story->rig.empty || story_fail(story, "nobody is there any more");
}

/* holds below BYTES: what is kept for clients. */
static bool holds(struct story *story, const struct line *line, size_t at)
{
	size_t held = front_counts(story->rig.worker.front).held_bytes;
	int64_t most;

	if (!aip_str_int(word_at(line, at + 1), &most))
		return story_fail(story, "holds below how much?");
	return held < (size_t)most || story_fail(story, "%zu bytes are held", held);
}

const struct verb gateway_verbs[] = {
	{"reload", reload}, {"replaces", replaces}, {"stops", stops},
	{"is", is},         {"holds", holds},       {NULL, NULL},
};

/* ---- clock and credentials -------------------------------------------------------------------- */

static const char *rest_word(struct story *story, struct rest_view view, int64_t *ret_ms)
{
	*ret_ms = view.until_ms - clock_now_ms(&story->rig.clock.clock);
	if (view.state == REST_TRIAL)
		return "on-trial";
	if (view.state == REST_READY || *ret_ms <= 0)
		return "ready";
	return "cooling";
}

/* [cred] a [for model] is ready | cooling | on-trial [until 30s] */
static bool cred_is(struct story *story, const struct line *line, size_t at)
{
	struct aip_str cred = word_at(line, at), model = AIP_NONE;
	struct rest_view view;
	int64_t left_ms;

	if (word_is(line, at + 1, "for")) {
		model = word_at(line, at + 2);
		at += 2;
	}
	story_settle(story);
	if (!rig_rest(&story->rig, cred, model, &view))
		return story_fail(story, "there is no credential %.*s", AIP_FMT(cred));
	const char *is = rest_word(story, view, &left_ms);
	if (!word_is(line, at + 2, is))
		return story_fail(story, "%.*s is %s (%" PRId64 " ms, %s)", AIP_FMT(cred), is,
		                  left_ms, aip_status_name(view.cause));
	if (word_is(line, at + 3, "until") && word_ms(word_at(line, at + 4)) != left_ms)
		return story_fail(story, "%.*s rests for %" PRId64 " ms more", AIP_FMT(cred),
		                  left_ms);
	return true;
}

/* +29s [cred a …] */
bool clock_line(struct story *story, const struct line *line)
{
	int64_t ms = word_ms(word_at(line, 0));

	if (ms < 0)
		return story_fail(story, "the clock moves by +<number><ms, s, m or h>");
	story_pass(story, ms);
	return !word_is(line, 1, "cred") || cred_is(story, line, 2);
}

bool pool_line(struct story *story, const struct line *line)
{
	return cred_is(story, line, 0);
}

/* ---- meter ------------------------------------------------------------------------------------ */

/* requests=1 succeeded=1 failed=0 cancelled=0 in=12 out=3 */
bool meter_line(struct story *story, const struct line *line)
{
	story_settle(story);
	const struct meter_sums sums = meter_read(story->rig.meter);
	const struct {
		const char *word;
		uint64_t is;
	} all[] = {
		{"requests", sums.requests},
		{"succeeded", sums.succeeded},
		{"failed", sums.failed},
		{"cancelled", sums.cancelled},
		{"in", sums.in_tokens},
		{"out", sums.out_tokens},
		{"cache_read", sums.cache_read_tokens},
		{"reasoning", sums.reasoning_tokens},
	};
	size_t seen = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct aip_str said = word_value(line, all[i].word);
		int64_t want;
		if (!said.at)
			continue;
		seen++;
		if (!aip_str_int(said, &want) || (uint64_t)want != all[i].is)
			return story_fail(story, "%s are %" PRIu64, all[i].word, all[i].is);
	}
	return seen == line->n_words || story_fail(story, "a count has another name");
}
