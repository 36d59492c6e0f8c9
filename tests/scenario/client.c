/* The client's side: what it sends, and its answers read as strictly as they should be written. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "legal.h"
#include "story.h"

/* ---- Answers -------------------------------------------------------------------------------- */

struct aip_str answer_header(const struct answer *answer, const char *name)
{
	struct aip_str rest = aip_buf_str(&answer->head), wanted = aip_str(name);

	while (rest.len) {
		const char *lf = memchr(rest.at, '\n', rest.len);
		size_t len = lf ? (size_t)(lf - rest.at) + 1 : rest.len;
		struct aip_str line = aip_strn(rest.at, len);
		if (line.len > wanted.len && line.at[wanted.len] == ':' &&
		    aip_str_eq_nocase(aip_strn(line.at, wanted.len), wanted))
			return aip_str_trim(
				aip_strn(line.at + wanted.len + 1, len - wanted.len - 1));
		rest = aip_strn(rest.at + len, rest.len - len);
	}
	return AIP_NONE;
}

static struct aip_str unread(const struct client *client)
{
	return aip_strn(client->in.at ? client->in.at + client->in_at : "",
	                client->in.len - client->in_at);
}

static bool breaks(struct client *client, const char *why)
{
	client->broken = why;
	return false;
}

/* A new answer's head, when all of it has come. */
static bool read_head(struct client *client)
{
	struct aip_str in = unread(client);
	ptrdiff_t end = aip_str_find(in, AIP_LIT("\r\n\r\n"));
	int64_t status, length;

	if (end < 0)
		return false;
	if (client->n_answers == ANSWERS_MAX)
		return breaks(client, "too many answers");
	struct answer *answer = &client->answers[client->n_answers];
	*answer = (struct answer){0};
	aip_buf_init(&answer->head, SIZE_MAX);
	aip_buf_init(&answer->body, SIZE_MAX);
	(void)aip_buf_add(&answer->head, aip_strn(in.at, (size_t)end + 4));
	client->in_at += (size_t)end + 4;
	client->n_answers++;
	if (!aip_str_starts(in, AIP_LIT("HTTP/1.1 ")) || end < 12 ||
	    !aip_str_int(aip_strn(in.at + 9, 3), &status))
		return breaks(client, "a status line is none");
	answer->status = (int)status;
	struct aip_str said = answer_header(answer, "content-length");
	if (said.at && !aip_str_int(said, &length))
		return breaks(client, "a Content-Length is no number");
	if (answer_header(answer, "transfer-encoding").at)
		answer->framing = CHUNKED;
	else if (said.at)
		answer->left = (size_t)length;
	else
		answer->framing = status < 200 || status == 204 ? NOTHING : TO_CLOSE;
	answer->complete = answer->framing == NOTHING || (said.at && length == 0);
	return true;
}

static size_t take_bytes(struct client *client, struct answer *answer, size_t most)
{
	struct aip_str in = unread(client);
	size_t n = in.len < most ? in.len : most;

	(void)aip_buf_add(&answer->body, aip_strn(in.at, n));
	client->in_at += n;
	return n;
}

static int digit_of(char c)
{
	const char *digits = "0123456789abcdef", *at = memchr(digits, c, 16);

	return at ? (int)(at - digits) : -1;
}

/* The line before a chunk, or the end of the last one. */
static bool read_chunk_head(struct client *client, struct answer *answer)
{
	struct aip_str in = unread(client);
	ptrdiff_t end = aip_str_find(aip_strn(in.at, in.len < 20 ? in.len : 20), AIP_LIT("\r\n"));
	size_t bytes = 0;

	if (end < 0)
		return in.len >= 20 ? breaks(client, "a chunk's size is too long") : false;
	for (ptrdiff_t i = 0; i < end; i++) {
		if (digit_of(in.at[i]) < 0)
			return breaks(client, "a chunk's size is no number");
		bytes = bytes * 16 + (size_t)digit_of(in.at[i]);
	}
	if (end == 0)
		return breaks(client, "a chunk has no size");
	if (bytes == 0) {
		if (in.len < (size_t)end + 4)
			return false;
		if (!aip_str_starts(aip_strn(in.at + end, 4), AIP_LIT("\r\n\r\n")))
			return breaks(client, "trailers come, and none were announced");
		client->in_at += (size_t)end + 4;
		answer->complete = true;
		return true;
	}
	client->in_at += (size_t)end + 2;
	answer->left = bytes;
	answer->in_chunk = true;
	return true;
}

static bool read_chunk(struct client *client, struct answer *answer)
{
	if (!answer->in_chunk)
		return read_chunk_head(client, answer);
	if (answer->left) {
		size_t n = take_bytes(client, answer, answer->left);
		answer->left -= n;
		return n > 0;
	}
	struct aip_str in = unread(client);
	if (in.len < 2)
		return false;
	if (!aip_str_starts(in, AIP_LIT("\r\n")))
		return breaks(client, "a chunk does not end");
	client->in_at += 2;
	answer->in_chunk = false;
	return true;
}

static bool read_body(struct client *client, struct answer *answer)
{
	if (answer->framing == CHUNKED)
		return read_chunk(client, answer);
	size_t n = take_bytes(client, answer, answer->framing == LENGTH ? answer->left : SIZE_MAX);
	if (answer->framing == LENGTH)
		answer->complete = (answer->left -= n) == 0;
	return n > 0;
}

static void read_answers(struct client *client)
{
	bool more = true;

	while (more && !client->broken) {
		struct answer *last =
			client->n_answers ? &client->answers[client->n_answers - 1] : NULL;
		more = last && !last->complete ? read_body(client, last) : read_head(client);
	}
	aip_buf_consume(&client->in, client->in_at);
	client->in_at = 0;
}

/* ---- The socket ----------------------------------------------------------------------------- */

static void end_of_bytes(struct client *client)
{
	struct answer *last = client->n_answers ? &client->answers[client->n_answers - 1] : NULL;

	client->closed = true;
	if (last && last->framing == TO_CLOSE)
		last->complete = true;
	socket_close(client->fd, false);
	client->fd = -1;
}

static bool pump_one(struct client *client)
{
	char block[65536];

	if (client->fd < 0 || !client->reads)
		return false;
	ssize_t n = recv(client->fd, block, sizeof(block), 0);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n > 0) {
		(void)aip_buf_add(&client->in, aip_strn(block, (size_t)n));
		read_answers(client);
	} else {
		end_of_bytes(client);
	}
	return true;
}

bool clients_pump(struct story *story)
{
	bool moved = false;

	for (size_t i = 0; i < story->n_clients; i++)
		moved |= pump_one(&story->clients[i]);
	return moved;
}

static void leave(struct client *client, bool reset)
{
	client->left |= client->fd >= 0;
	socket_close(client->fd, reset);
	client->fd = -1;
}

void clients_vanish(struct story *story, bool reset)
{
	for (size_t i = 0; i < story->n_clients; i++)
		leave(&story->clients[i], reset);
}

void clients_read_on(struct story *story)
{
	for (size_t i = 0; i < story->n_clients; i++)
		story->clients[i].reads = true;
}

void clients_fini(struct story *story)
{
	for (size_t i = 0; i < story->n_clients; i++) {
		struct client *client = &story->clients[i];
		leave(client, false);
		aip_buf_fini(&client->in);
		for (size_t a = 0; a < client->n_answers; a++) {
			aip_buf_fini(&client->answers[a].head);
			aip_buf_fini(&client->answers[a].body);
		}
	}
}

static struct client *client_of(struct story *story, const struct line *line)
{
	for (size_t i = 0; i < story->n_clients; i++)
		if (aip_str_eq(story->clients[i].name, line->name))
			return &story->clients[i];
	if (story->n_clients == CLIENTS_MAX)
		abort();
	struct client *client = &story->clients[story->n_clients++];
	*client = (struct client){.name = line->name, .fd = -1, .reads = true};
	aip_buf_init(&client->in, SIZE_MAX);
	return client;
}

/* A connection, unless there is one. window: bytes of the receive buffer, 0 the system's. */
static bool connect_client(struct story *story, struct client *client, int window)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_port = htons(story->rig.port),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (client->fd >= 0)
		return true;
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	client->closed = false;
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (window)
		setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	if (connect(client->fd, (struct sockaddr *)&at, sizeof(at))) {
		socket_close(client->fd, false);
		client->fd = -1;
		return story_fail(story, "the client is not let in: %s", strerror(errno));
	}
	fcntl(client->fd, F_SETFL, O_NONBLOCK);
	return true;
}

/* ---- Saying ----------------------------------------------------------------------------------- */

static bool wants_stream(struct aip_str path, struct aip_str body)
{
	return aip_str_find(path, AIP_LIT(":stream")) >= 0 ||
	       aip_str_find(body, AIP_LIT("\"stream\":true")) >= 0 ||
	       aip_str_find(body, AIP_LIT("\"stream\": true")) >= 0;
}

static void note_request(struct client *client, struct aip_str path, struct aip_str body)
{
	if (client->n_asked < ANSWERS_MAX)
		client->asked[client->n_asked++] = (struct asked){path, wants_stream(path, body)};
}

/* POST path [body] [name: value]… */
static bool request(struct story *story, const struct line *line, size_t at)
{
	struct client *client = client_of(story, line);
	struct aip_str path = word_at(line, at), body = AIP_NONE;
	struct aip_buf bytes;

	aip_buf_init(&bytes, SIZE_MAX);
	(void)aip_buf_addf(&bytes, "%.*s %.*s HTTP/1.1\r\nHost: gateway\r\n",
	                   AIP_FMT(word_at(line, 0)), AIP_FMT(path));
	for (size_t i = at + 1; i < line->n_words; i++) {
		const struct word *word = &line->words[i];
		if (word->quoted || word->file.at) {
			body = word->text;
		} else {
			(void)aip_buf_addf(&bytes, "%.*s %.*s\r\n", AIP_FMT(word->text),
			                   AIP_FMT(word_at(line, i + 1)));
			i++;
		}
	}
	if (body.at)
		(void)aip_buf_addf(&bytes,
		                   "Content-Type: application/json\r\nContent-Length: %zu\r\n",
		                   body.len);
	(void)aip_buf_add(&bytes, AIP_LIT("\r\n"));
	(void)aip_buf_add(&bytes, body);
	bool sent = connect_client(story, client, 0);
	if (sent) {
		note_request(client, path, body);
		sent = story_send(story, SIDE_CLIENT, client->fd, aip_buf_str(&bytes)) ||
		       story_fail(story, "the request cannot be sent");
	}
	aip_buf_fini(&bytes);
	return sent;
}

static bool say_raw(struct story *story, const struct line *line, size_t at)
{
	struct client *client = client_of(story, line);

	client->raw = true;
	for (; at < line->n_words; at++)
		if (!connect_client(story, client, 0) ||
		    !story_send(story, SIDE_CLIENT, client->fd, word_at(line, at)))
			return story_fail(story, "it cannot be sent");
	return true;
}

static bool connects(struct story *story, const struct line *line, size_t at)
{
	int64_t window = 0;

	if (word_value(line, "window").at && !aip_str_int(word_value(line, "window"), &window))
		return story_fail(story, "window is no number");
	return connect_client(story, client_of(story, line), (int)window);
}

static bool leaves(struct story *story, const struct line *line, size_t at)
{
	leave(client_of(story, line), false);
	story_settle(story);
	return true;
}

static bool resets(struct story *story, const struct line *line, size_t at)
{
	leave(client_of(story, line), true);
	story_settle(story);
	return true;
}

static bool stops_reading(struct story *story, const struct line *line, size_t at)
{
	client_of(story, line)->reads = false;
	return true;
}

static bool reads_on(struct story *story, const struct line *line, size_t at)
{
	client_of(story, line)->reads = true;
	return true;
}

/* ---- Seeing ----------------------------------------------------------------------------------- */

struct look {
	struct client *client;
	struct answer *answer;
	size_t bytes;
};

static bool has_head(void *arg)
{
	struct look *look = arg;
	struct client *client = look->client;

	if (client->seen < client->n_answers)
		look->answer = &client->answers[client->seen];
	return look->answer || client->broken || client->closed;
}

static bool is_complete(void *arg)
{
	const struct look *look = arg;

	return look->answer->complete || look->client->broken || look->client->closed;
}

static bool has_bytes(void *arg)
{
	const struct look *look = arg;

	return look->answer->body.len >= look->answer->taken + look->bytes || is_complete(arg);
}

static struct aip_str not_taken(const struct answer *answer)
{
	return aip_strn(answer->body.at ? answer->body.at + answer->taken : "",
	                answer->body.len - answer->taken);
}

static bool await_head(struct story *story, struct look *look)
{
	if (story_await(story, has_head, look) && look->answer)
		return true;
	return story_fail(story, "no answer comes%s%s", look->client->closed ? ": closed" : "",
	                  look->client->broken ? look->client->broken : "");
}

static bool fits_head(struct story *story, const struct line *line, size_t at,
                      const struct answer *answer)
{
	int64_t status;

	if (!aip_str_int(word_at(line, at), &status))
		return story_fail(story, "'%.*s' is no status", AIP_FMT(word_at(line, at)));
	if (status != answer->status)
		return story_fail(story, "the status is %d:\n%.*s%.*s", answer->status,
		                  AIP_FMT(aip_buf_str(&answer->head)),
		                  (int)(answer->body.len < 3000 ? answer->body.len : 3000),
		                  answer->body.at ? answer->body.at : "");
	for (at++; at < line->n_words; at++) {
		char name[128];
		struct aip_str word = word_at(line, at);
		if (line->words[at].quoted || line->words[at].file.at)
			continue;
		if (word.at[word.len - 1] == ':') {
			snprintf(name, sizeof(name), "%.*s", (int)word.len - 1, word.at);
			struct aip_str got = answer_header(answer, name);
			at++;
			if (!aip_str_eq(got, word_at(line, at)))
				return story_fail(story, "%s is '%.*s'", name, AIP_FMT(got));
		} else if (aip_str_find(word, AIP_LIT("/")) >= 0) {
			struct aip_str got = answer_header(answer, "content-type");
			if (!aip_str_eq(got, word))
				return story_fail(story, "Content-Type is '%.*s'", AIP_FMT(got));
		}
	}
	return true;
}

static bool differs(struct story *story, struct aip_str got, struct aip_str want)
{
	size_t at = 0;

	while (at < got.len && at < want.len && got.at[at] == want.at[at])
		at++;
	size_t from = at > 200 ? at - 200 : 0;
	return story_fail(story, "from byte %zu on it is another text, of %zu bytes:\n%.*s", at,
	                  got.len, (int)(got.len - from < 3000 ? got.len - from : 3000),
	                  got.at + from);
}

/* The file that the line compares the answer with. */
static bool fits_body(struct story *story, const struct line *line, struct aip_str body)
{
	for (size_t i = 0; i < line->n_words; i++) {
		const struct word *word = &line->words[i];
		if (!word->file.at || word_write(word, body))
			continue;
		if (!legal_same(body, word->text))
			return differs(story, body, word->text);
	}
	return true;
}

/* sees STATUS [media/type] [name: value]… [@file] [has "…"]… */
static bool sees_whole(struct story *story, const struct line *line, size_t at)
{
	struct look look = {.client = client_of(story, line)};

	if (!await_head(story, &look))
		return false;
	(void)story_await(story, is_complete, &look);
	struct answer *answer = look.answer;
	if (!fits_head(story, line, at, answer))
		return false;
	if (!answer->complete)
		return story_fail(story, "the answer does not end:\n%.*s",
		                  (int)(answer->body.len < 4000 ? answer->body.len : 4000),
		                  answer->body.at ? answer->body.at : "");
	look.client->seen++;
	struct aip_str all = aip_buf_str(&answer->body);
	return fits_body(story, line, all) && text_fits(story, line, at, all, "the answer");
}

static bool sees_head(struct story *story, const struct line *line, size_t at)
{
	struct look look = {.client = client_of(story, line)};

	return await_head(story, &look) && fits_head(story, line, at + 1, look.answer);
}

/* The next bytes of the stream are these. */
static bool sees_bytes(struct story *story, struct look *look, struct aip_str want)
{
	look->bytes = want.len;
	(void)story_await(story, has_bytes, look);
	struct aip_str got = not_taken(look->answer);
	if (!aip_str_starts(got, want))
		return differs(story, got, want);
	look->answer->taken += want.len;
	return true;
}

static bool sees_text(struct story *story, const struct line *line, size_t at)
{
	struct look look = {.client = client_of(story, line)};

	return await_head(story, &look) && sees_bytes(story, &look, word_at(line, at + 1));
}

/* sees events @file from to */
static bool sees_events(struct story *story, const struct line *line, size_t at)
{
	struct look look = {.client = client_of(story, line)};
	int64_t from = 1, to = 1000000;

	if (at + 2 < line->n_words && !aip_str_int(word_at(line, at + 2), &from))
		return story_fail(story, "'%.*s' is no number", AIP_FMT(word_at(line, at + 2)));
	if (at + 3 < line->n_words ? !aip_str_int(word_at(line, at + 3), &to) : (to = from, false))
		return story_fail(story, "'%.*s' is no number", AIP_FMT(word_at(line, at + 3)));
	return await_head(story, &look) &&
	       sees_bytes(story, &look, legal_events(word_at(line, at + 1), from, to));
}

/* What is left of the stream is all there is, and it ends. */
static bool sees_rest(struct story *story, const struct line *line, size_t at)
{
	struct look look = {.client = client_of(story, line)};

	if (!await_head(story, &look))
		return false;
	(void)story_await(story, is_complete, &look);
	struct aip_str rest = not_taken(look.answer);
	if (!look.answer->complete)
		return story_fail(story, "the answer does not end:\n%.*s",
		                  (int)(rest.len < 4000 ? rest.len : 4000), rest.at);
	look.client->seen++;
	if (word_is(line, at, "end"))
		return rest.len == 0 || differs(story, rest, AIP_LIT(""));
	return fits_body(story, line, rest) && text_fits(story, line, at, rest, "the rest");
}

static bool sees_nothing(struct story *story, const struct line *line, size_t at)
{
	struct client *client = client_of(story, line);

	story_settle(story);
	if (client->seen == client->n_answers)
		return true;
	struct aip_str more = not_taken(&client->answers[client->seen]);
	return more.len == 0 || differs(story, more, AIP_LIT(""));
}

static bool was_closed(void *arg)
{
	return ((struct client *)arg)->fd < 0;
}

static bool sees_close(struct story *story, const struct line *line, size_t at)
{
	struct client *client = client_of(story, line);

	if (!story_await(story, was_closed, client))
		return story_fail(story, "the connection stays open");
	if (client->seen < client->n_answers)
		client->seen++; /* the answer that was cut */
	return true;
}

static bool sees(struct story *story, const struct line *line, size_t at)
{
	static const struct verb what[] = {
		{"head", sees_head},   {"text", sees_text}, {"events", sees_events},
		{"rest", sees_rest},   {"end", sees_rest},  {"nothing", sees_nothing},
		{"close", sees_close},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++)
		if (word_is(line, at, what[i].word))
			return what[i].act(story, line, at);
	return sees_whole(story, line, at);
}

const struct verb client_verbs[] = {
	{"POST", request},   {"GET", request},   {"raw", say_raw}, {"connects", connects},
	{"leaves", leaves},  {"resets", resets}, {"sees", sees},   {"stalls", stops_reading},
	{"reads", reads_on}, {NULL, NULL},
};
