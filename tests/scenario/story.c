/* Running a page: its lines in order, turns of the loop in between, and what must hold in the end. */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "legal.h"
#include "refuse.h"
#include "upstream/upstream.h"

#define HOURS_AFTERWARDS 3 /* of virtual time, for a call that waits for something */

bool story_fail(struct story *story, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(story->why, sizeof(story->why), fmt, args);
	va_end(args);
	return false;
}

/* ---- Turning -------------------------------------------------------------------------------- */

bool story_turn(struct story *story, int64_t wait_ms)
{
	rig_turn(&story->rig, wait_ms);
	bool moved = upstream_pump(story);
	return clients_pump(story) || moved;
}

/* Whether a socket of ours holds bytes that the kernel has not handed over yet. */
static bool is_in_flight(int fd)
{
	int bytes = 0;

	return fd >= 0 && ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

static bool something_is_in_flight(const struct story *story)
{
	for (size_t i = 0; i < story->n_clients; i++)
		if (is_in_flight(story->clients[i].fd))
			return true;
	for (size_t i = 0; i < story->up.n_served; i++)
		if (!story->up.served[i].full && is_in_flight(story->up.served[i].fd))
			return true;
	return false;
}

void story_settle(struct story *story)
{
	const int64_t until_ms = clock_now_ms(&clock_real) + PATIENCE_MS;

	for (int quiet = 0; quiet < QUIET_TURNS;) {
		quiet = story_turn(story, 0) ? 0 : quiet + 1;
		if (quiet == QUIET_TURNS && something_is_in_flight(story) &&
		    clock_now_ms(&clock_real) < until_ms - PATIENCE_MS * 9 / 10)
			quiet = 0;
		if (clock_now_ms(&clock_real) > until_ms)
			return;
	}
}

bool story_await(struct story *story, bool (*done)(void *arg), void *arg)
{
	const int64_t until_ms = clock_now_ms(&clock_real) + PATIENCE_MS;
	int quiet = 0;

	while (!done(arg)) {
		quiet = story_turn(story, quiet < QUIET_TURNS ? 0 : 1) ? 0 : quiet + 1;
		/* Once the twist has happened much of the page will not come. */
		if ((story->twisted || refuse_happened()) && quiet > 4 * QUIET_TURNS)
			return false;
		if (clock_now_ms(&clock_real) > until_ms)
			return false;
	}
	return true;
}

void story_pass(struct story *story, int64_t ms)
{
	int64_t step_ms = ms > 600000 ? ms / 200 : 1000;

	story_settle(story);
	while (ms > 0) {
		int64_t now_ms = ms < step_ms ? ms : step_ms;
		clock_virtual_advance(&story->rig.clock, now_ms);
		ms -= now_ms;
		for (int i = 0; i < 3; i++)
			story_turn(story, 0);
	}
	story_settle(story);
}

/* ---- Sending -------------------------------------------------------------------------------- */

static bool send_all(struct story *story, int fd, struct aip_str bytes)
{
	const int64_t until_ms = clock_now_ms(&clock_real) + PATIENCE_MS;

	while (bytes.len) {
		ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
		if (n > 0)
			bytes = aip_strn(bytes.at + n, bytes.len - (size_t)n);
		else if (errno != EAGAIN || clock_now_ms(&clock_real) > until_ms)
			return false;
		if (bytes.len)
			story_turn(story, 0);
	}
	return true;
}

bool story_send(struct story *story, enum side side, int fd, struct aip_str bytes)
{
	const struct twist *twist = &story->twist;
	size_t from = story->sent[side];

	story->sent[side] += bytes.len;
	if (fd < 0)
		return false;
	if (twist->kind == TWIST_SPLIT && twist->side == side && twist->at > from &&
	    twist->at < from + bytes.len) {
		size_t first = twist->at - from;
		if (!send_all(story, fd, aip_strn(bytes.at, first)))
			return false;
		story_settle(story);
		bytes = aip_strn(bytes.at + first, bytes.len - first);
	}
	return send_all(story, fd, bytes);
}

void socket_close(int fd, bool reset)
{
	const struct linger hard = {.l_onoff = 1};

	if (fd < 0)
		return;
	if (reset)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
}

/* ---- Lines ---------------------------------------------------------------------------------- */

bool text_fits(struct story *story, const struct line *line, size_t at, struct aip_str text,
               const char *whose)
{
	for (; at + 1 < line->n_words; at++) {
		bool has = word_is(line, at, "has"), lacks = word_is(line, at, "lacks");
		if (!has && !lacks)
			continue;
		struct aip_str part = word_at(line, at + 1);
		if ((aip_str_find(text, part) >= 0) != has)
			return story_fail(story, "%s %s \"%.*s\":\n%.*s", whose,
			                  has ? "lacks" : "has", AIP_FMT(part),
			                  (int)(text.len < 4000 ? text.len : 4000), text.at);
	}
	return true;
}

bool word_write(const struct word *word, struct aip_str bytes)
{
	if (!word->file.at || word->text.len || !getenv("SCENARIO_WRITE"))
		return false;
	FILE *file = fopen(word->file.at, "wb");
	if (!file)
		return false;
	fwrite(bytes.at, 1, bytes.len, file);
	fclose(file);
	return true;
}

static bool act(struct story *story, const struct verb *verbs, const struct line *line)
{
	for (; verbs->word; verbs++)
		if (word_is(line, 0, verbs->word))
			return verbs->act(story, line, 1);
	return story_fail(story, "nobody can do that");
}

static bool play(struct story *story, const struct line *line)
{
	if (aip_str_is(line->actor, "config"))
		return true; /* before the story begins */
	if (aip_str_is(line->actor, "client"))
		return act(story, client_verbs, line);
	if (aip_str_is(line->actor, "upstream"))
		return act(story, upstream_verbs, line);
	if (aip_str_is(line->actor, "gateway"))
		return act(story, gateway_verbs, line);
	if (aip_str_is(line->actor, "clock"))
		return clock_line(story, line);
	if (aip_str_is(line->actor, "cred"))
		return pool_line(story, line);
	if (aip_str_is(line->actor, "meter"))
		return meter_line(story, line);
	return story_fail(story, "there is no such actor");
}

/* ---- Afterwards ------------------------------------------------------------------------------- */

static unsigned unsettled(struct story *story)
{
	return story->rig.open ? (unsigned)front_counts(story->rig.worker.front).exchanges : 0;
}

static bool is_settled(void *arg)
{
	return unsettled(arg) == 0;
}

/* The client is gone: the gateway lets go of everything at once. */
static bool client_is_gone(struct story *story)
{
	clients_vanish(story, story->twist.reset);
	if (!story_await(story, is_settled, story))
		return story_fail(story, "the client has left, %u exchanges go on",
		                  unsettled(story));
	story_settle(story);
	if (story->rig.open && upstream_running(story->rig.worker.upstream))
		return story_fail(story, "the client has left, the upstream is still asked");
	return true;
}

/* The upstream is gone for good: whoever waits is told so, in the end. */
static bool upstream_is_gone(struct story *story)
{
	upstream_vanish(story, story->twist.kind == TWIST_VANISH && story->twist.reset);
	clients_read_on(story);
	story_settle(story);
	for (int64_t passed_ms = 0, step_ms = 1000; unsettled(story);
	     passed_ms += step_ms, step_ms += step_ms / 2) {
		if (passed_ms > HOURS_AFTERWARDS * 3600000LL)
			return story_fail(story, "the upstream is gone, and %u exchanges never end",
			                  unsettled(story));
		story_pass(story, step_ms);
	}
	story_settle(story);
	return true;
}

/* ---- What must hold in the end ---------------------------------------------------------------- */

static void count_trial(void *arg, struct rest_view view)
{
	*(unsigned *)arg += view.state == REST_TRIAL;
}

static bool all_is_given_back(struct story *story)
{
	struct meter_sums sums = meter_read(story->rig.meter);
	unsigned trials = 0;

	if (story->rig.open && upstream_running(story->rig.worker.upstream))
		return story_fail(story, "an exchange with the upstream is left over");
	if (story->rig.open && front_counts(story->rig.worker.front).connections)
		return story_fail(story, "a client's connection is left over");
	if (sums.requests != sums.succeeded + sums.failed + sums.cancelled ||
	    sums.requests != story->rig.worker.calls)
		return story_fail(story, "calls were not settled once each");
	rig_each_rest(&story->rig, count_trial, &trials);
	if (trials)
		return story_fail(story, "a credential is left on trial");
	if (rig_snapshot_refs(&story->rig))
		return story_fail(story, "%u references of the snapshot are left over",
		                  rig_snapshot_refs(&story->rig));
	return true;
}

static bool answers_are_legal(struct story *story)
{
	for (size_t c = 0; c < story->n_clients; c++) {
		struct client *client = &story->clients[c];
		const struct client *same = story->plain && c < story->plain->n_clients
		                                    ? &story->plain->clients[c]
		                                    : NULL;
		if (client->raw)
			continue;
		if (client->broken)
			return story_fail(story, "the answer is not HTTP: %s", client->broken);
		if (!legal_answers(client, same, story->why, sizeof(story->why)))
			return false;
	}
	return true;
}

static bool ends_well(struct story *story)
{
	bool whole = !story->twisted || story->twist.kind == TWIST_SPLIT;
	const struct served *extra = whole ? upstream_unexpected(story) : NULL;

	if (extra)
		return story_fail(story,
		                  "a request came to the upstream that the page lacks:\n%.*s",
		                  (int)(extra->in.len < 2000 ? extra->in.len : 2000), extra->in.at);
	if (!answers_are_legal(story))
		return false;
	clients_vanish(story, false);
	if (!story_await(story, is_settled, story))
		return story_fail(story, "all clients have left, %u exchanges go on",
		                  unsettled(story));
	story_settle(story);
	return all_is_given_back(story);
}

static bool vanish_behind(const struct story *story, size_t line)
{
	return story->twist.kind == TWIST_VANISH && story->twist.at == line;
}

static bool play_all(struct story *story)
{
	for (size_t i = 0; i < story->page->n_lines; i++) {
		const struct line *line = &story->page->lines[i];
		story->line = i;
		bool done = play(story, line);
		story->growths = refuse_growths();
		story->twisted |= refuse_happened();
		if (!done && !story->twisted)
			return false;
		if (!done) {
			story->why[0] = 0;
			return upstream_is_gone(story);
		}
		if (vanish_behind(story, i)) {
			story->twisted = true;
			return story->twist.side == SIDE_CLIENT ? client_is_gone(story)
			                                        : upstream_is_gone(story);
		}
	}
	story_settle(story);
	return true;
}

bool story_run(struct story *story, const struct page *page, const struct twist *twist,
               const struct story *plain)
{
	*story = (struct story){.page = page, .twist = *twist, .plain = plain};
	if (!upstream_open(story))
		return story_fail(story, "the upstream cannot listen");
	refuse_begin(0);
	upstream_ports(story, story->rig.places);
	if (!rig_open(&story->rig, page, story->why, sizeof(story->why)))
		return false;
	refuse_begin(twist->kind == TWIST_REFUSE ? twist->at : SIZE_MAX);
	bool well = play_all(story) && ends_well(story);
	refuse_begin(0);
	return well;
}

void story_end(struct story *story)
{
	clients_vanish(story, false);
	upstream_vanish(story, false);
	if (story->rig.loop)
		story_settle(story);
	rig_close(&story->rig);
	clients_fini(story);
	upstream_fini(story);
}
