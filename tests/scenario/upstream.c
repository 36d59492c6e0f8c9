/* The upstream's side: connections of the gateway, and the answers that the page has for them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "legal.h"
#include "story.h"

/* ---- Listening ------------------------------------------------------------------------------ */

static int listener_open(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int buffer = 65536;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 128)) {
		close(fd);
		return -1;
	}
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in at = {0};
	socklen_t size = sizeof(at);

	return getsockname(fd, (struct sockaddr *)&at, &size) ? 0 : ntohs(at.sin_port);
}

void upstream_ports(const struct story *story, uint16_t ports[PLACES])
{
	for (size_t i = 0; i < PLACES; i++)
		ports[i] = port_of(story->up.listeners[i]);
}

bool upstream_open(struct story *story)
{
	for (size_t i = 0; i < PLACES; i++)
		story->up.listeners[i] = -1;
	for (size_t i = 0; i < PLACES; i++)
		if ((story->up.listeners[i] = listener_open()) < 0)
			return false;
	return true;
}

/* Nobody listens, and nobody else gets the port. */
static void refuse_place(struct story *story, size_t place)
{
	int *fd = &story->up.listeners[place];
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_port = htons(port_of(*fd)),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	close(*fd);
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	(void)bind(*fd, (struct sockaddr *)&at, sizeof(at));
	story->up.refuses[place] = true;
}

/* ---- Connections ------------------------------------------------------------------------------ */

static bool accept_all(struct upstream_side *up)
{
	struct pollfd waiting[PLACES];
	bool moved = false;

	for (size_t place = 0; place < PLACES; place++)
		waiting[place] = (struct pollfd){
			.fd = up->refuses[place] ? -1 : up->listeners[place], .events = POLLIN};
	if (poll(waiting, PLACES, 0) <= 0)
		return false;
	for (size_t place = 0; place < PLACES; place++) {
		int fd;
		while (!up->refuses[place] && up->n_served < SERVED_MAX &&
		       (fd = accept4(up->listeners[place], NULL, NULL,
		                     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
			struct served *served = &up->served[up->n_served++];
			*served = (struct served){.fd = fd};
			aip_buf_init(&served->in, SIZE_MAX);
			moved = true;
		}
	}
	return moved;
}

static size_t length_in(struct aip_str head)
{
	char text[65536];
	int64_t n = 0;

	snprintf(text, sizeof(text), "%.*s", AIP_FMT(head));
	const char *at = strcasestr(text, "\r\ncontent-length:");
	if (!at)
		return 0;
	at += 17;
	return aip_str_int(aip_str_trim(aip_strn(at, strcspn(at, "\r"))), &n) ? (size_t)n : 0;
}

/* Whether a whole request lies in the buffer now. */
static void look_for_request(struct served *served)
{
	struct aip_str in = aip_buf_str(&served->in);
	ptrdiff_t end = aip_str_find(in, AIP_LIT("\r\n\r\n"));

	if (served->whole || end < 0)
		return;
	served->head_len = (size_t)end + 4;
	served->request_len = served->head_len + length_in(aip_strn(in.at, served->head_len));
	served->whole = in.len >= served->request_len;
}

static bool receive(struct served *served)
{
	char block[65536];

	if (served->fd < 0)
		return false;
	ssize_t n = recv(served->fd, block, sizeof(block), 0);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n > 0) {
		(void)aip_buf_add(&served->in, aip_strn(block, (size_t)n));
		look_for_request(served);
		return true;
	}
	served->gone = true;
	socket_close(served->fd, false);
	served->fd = -1;
	return true;
}

/* A chunk of what is poured, as long as the socket takes it whole. */
static bool pour(struct served *served)
{
	bool moved = false;

	while (served->pour_left && served->fd >= 0) {
		struct aip_str rest = served->pour;
		rest.at += served->poured % rest.len;
		rest.len -= served->poured % rest.len;
		ssize_t n = send(served->fd, rest.at, rest.len, MSG_NOSIGNAL);
		served->full = n < 0;
		if (n <= 0)
			break;
		moved = true;
		served->poured += (size_t)n;
		if (served->poured % served->pour.len == 0)
			served->pour_left--;
	}
	return moved;
}

bool upstream_pump(struct story *story)
{
	bool moved = accept_all(&story->up);

	for (size_t i = 0; i < story->up.n_served; i++) {
		moved |= receive(&story->up.served[i]);
		moved |= pour(&story->up.served[i]);
	}
	return moved;
}

static void hang_up(struct served *served, bool reset)
{
	socket_close(served->fd, reset);
	served->fd = -1;
	served->whole = false;
}

void upstream_vanish(struct story *story, bool reset)
{
	struct upstream_side *up = &story->up;

	(void)accept_all(up);
	for (size_t i = 0; i < PLACES; i++)
		if (up->listeners[i] >= 0 && !up->refuses[i])
			refuse_place(story, i);
	for (size_t i = 0; i < up->n_stuffing; i++)
		socket_close(up->stuffing[i], false);
	up->n_stuffing = 0;
	for (size_t i = 0; i < up->n_served; i++)
		hang_up(&up->served[i], reset);
}

void upstream_fini(struct story *story)
{
	struct upstream_side *up = &story->up;

	for (size_t i = 0; i < PLACES; i++)
		socket_close(up->listeners[i], false);
	for (size_t i = 0; i < up->n_served; i++) {
		hang_up(&up->served[i], false);
		aip_buf_fini(&up->served[i].in);
		free((void *)(uintptr_t)up->served[i].pour.at);
	}
}

const struct served *upstream_unexpected(const struct story *story)
{
	for (size_t i = 0; i < story->up.n_served; i++)
		if (story->up.served[i].whole && !story->up.served[i].expected)
			return &story->up.served[i];
	return NULL;
}

size_t upstream_open_connections(const struct story *story)
{
	size_t n = 0;

	for (size_t i = 0; i < story->up.n_served; i++)
		n += story->up.served[i].fd >= 0;
	return n;
}

/* ---- Expecting -------------------------------------------------------------------------------- */

static struct served *served_of(struct story *story, const struct line *line)
{
	for (size_t i = story->up.n_served; i-- > 0;)
		if (story->up.served[i].expected &&
		    aip_str_eq(story->up.served[i].name, line->name))
			return &story->up.served[i];
	story_fail(story, "no request was expected under this name");
	return NULL;
}

struct expectation {
	struct story *story;
	const struct line *line;
	size_t at;
	struct served *found;
};

/* with cred=a: the head carries the secret of a, at the end of a header. */
static bool carries_cred(struct aip_str head, struct aip_str cred)
{
	char secret[80];

	snprintf(secret, sizeof(secret), "key-%.*s\r\n", AIP_FMT(cred));
	return aip_str_find(head, aip_str(secret)) >= 0;
}

static bool request_fits(struct expectation *e, struct served *served)
{
	struct aip_str all = aip_strn(served->in.at, served->request_len);
	struct aip_str cred = word_value(e->line, "cred");
	char start[512];

	snprintf(start, sizeof(start), "%.*s %.*s HTTP/1.1\r\n", AIP_FMT(word_at(e->line, e->at)),
	         AIP_FMT(word_at(e->line, e->at + 1)));
	if (!aip_str_starts(all, aip_str(start)))
		return story_fail(e->story, "another request came:\n%.*s", AIP_FMT(all));
	if (cred.at && !carries_cred(aip_strn(all.at, served->head_len), cred))
		return story_fail(e->story, "it does not come with credential %.*s:\n%.*s",
		                  AIP_FMT(cred), AIP_FMT(all));
	for (size_t i = e->at; i < e->line->n_words; i++) {
		const struct word *word = &e->line->words[i];
		struct aip_str body =
			aip_strn(all.at + served->head_len, all.len - served->head_len);
		if (word->file.at && !word_write(word, body) && !aip_str_eq(body, word->text))
			return story_fail(e->story, "its body is another one:\n%.*s",
			                  (int)(body.len < 4000 ? body.len : 4000), body.at);
	}
	return text_fits(e->story, e->line, e->at, all, "the request");
}

static bool find_request(void *arg)
{
	struct expectation *e = arg;

	for (size_t i = 0; i < e->story->up.n_served && !e->found; i++) {
		struct served *served = &e->story->up.served[i];
		if (served->whole && !served->expected && request_fits(e, served))
			e->found = served;
	}
	return e->found != NULL;
}

/* expect METHOD PATH [with cred=a] [@body] [has "…"]… */
static bool expect(struct story *story, const struct line *line, size_t at)
{
	struct expectation e = {story, line, at, NULL};

	if (word_is(line, at, "nothing")) {
		story_settle(story);
		const struct served *came = upstream_unexpected(story);
		return !came ||
		       story_fail(story, "a request comes:\n%.*s", AIP_FMT(aip_buf_str(&came->in)));
	}
	story_fail(story, "no request comes");
	if (!story_await(story, find_request, &e))
		return false;
	e.found->expected = true;
	e.found->name = line->name;
	return true;
}

/* ---- Answering -------------------------------------------------------------------------------- */

static bool say(struct story *story, struct served *served, struct aip_str bytes)
{
	if (story_send(story, SIDE_UPSTREAM, served->fd, bytes))
		return true;
	return story_fail(story, "the gateway has hung up");
}

/* The request is answered; the connection may bring another. */
static void answered(struct served *served)
{
	aip_buf_consume(&served->in, served->request_len);
	served->whole = served->expected = false;
	look_for_request(served);
}

static struct aip_str default_body(int64_t status)
{
	return status >= 400 ? AIP_LIT("{\"type\":\"error\",\"error\":{\"type\":\"scripted\","
	                               "\"message\":\"the page says so\"}}")
	                     : AIP_LIT("{}");
}

/* Status line and headers of the line; *body: its text or file, AIP_NONE without one. */
static bool head_of(struct story *story, const struct line *line, size_t at, struct aip_buf *into,
                    struct aip_str *body, bool *streams)
{
	int64_t status;

	if (!aip_str_int(word_at(line, at), &status))
		return story_fail(story, "'%.*s' is no status", AIP_FMT(word_at(line, at)));
	*body = AIP_NONE;
	*streams = word_find(line, at, "text/event-stream") < line->n_words;
	(void)aip_buf_addf(into, "HTTP/1.1 %d Scripted\r\nContent-Type: %s\r\n", (int)status,
	                   *streams ? "text/event-stream" : "application/json");
	for (at++; at < line->n_words; at++) {
		const struct word *word = &line->words[at];
		if (word->quoted || word->file.at) {
			*body = word->text;
		} else if (word->text.at[word->text.len - 1] == ':') {
			(void)aip_buf_addf(into, "%.*s %.*s\r\n", AIP_FMT(word->text),
			                   AIP_FMT(word_at(line, at + 1)));
			at++;
		}
	}
	if (!body->at)
		*body = default_body(status);
	return true;
}

static void add_chunk(struct aip_buf *into, struct aip_str bytes)
{
	(void)aip_buf_addf(into, "%zx\r\n", bytes.len);
	(void)aip_buf_add(into, bytes);
	(void)aip_buf_add(into, AIP_LIT("\r\n"));
}

/* reply STATUS [text/event-stream] [name: value]… [@file or "…"] */
static bool reply(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);
	struct aip_buf bytes;
	struct aip_str body;
	bool streams, sent = false;

	aip_buf_init(&bytes, SIZE_MAX);
	if (served && head_of(story, line, at, &bytes, &body, &streams)) {
		if (streams) {
			(void)aip_buf_addf(&bytes, "Transfer-Encoding: chunked\r\n\r\n");
			add_chunk(&bytes, body);
			(void)aip_buf_add(&bytes, AIP_LIT("0\r\n\r\n"));
		} else {
			(void)aip_buf_addf(&bytes, "Content-Length: %zu\r\n\r\n", body.len);
			(void)aip_buf_add(&bytes, body);
		}
		answered(served);
		sent = say(story, served, aip_buf_str(&bytes));
	}
	aip_buf_fini(&bytes);
	return sent;
}

/* begin STATUS …: a head alone; says and ends follow. */
static bool begin(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);
	struct aip_buf bytes;
	struct aip_str body;
	bool streams, sent = false;

	aip_buf_init(&bytes, SIZE_MAX);
	if (served && head_of(story, line, at, &bytes, &body, &streams)) {
		(void)aip_buf_addf(&bytes, "Transfer-Encoding: chunked\r\n\r\n");
		served->chunked = true;
		sent = say(story, served, aip_buf_str(&bytes));
	}
	aip_buf_fini(&bytes);
	return sent;
}

/* says "…" or @file [from [to]]: a chunk; of a file, these events. */
static bool says(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);
	struct aip_str text = word_at(line, at);
	struct aip_buf bytes;
	int64_t from, to;

	if (!served)
		return false;
	if (aip_str_int(word_at(line, at + 1), &from)) {
		to = from;
		if (line->n_words > at + 2 && !aip_str_int(word_at(line, at + 2), &to))
			return story_fail(story, "'%.*s' is no number",
			                  AIP_FMT(word_at(line, at + 2)));
		text = legal_events(text, from, to);
	}
	aip_buf_init(&bytes, SIZE_MAX);
	if (served->chunked)
		add_chunk(&bytes, text);
	else
		(void)aip_buf_add(&bytes, text);
	bool sent = say(story, served, aip_buf_str(&bytes));
	aip_buf_fini(&bytes);
	return sent;
}

static bool ends(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);

	if (!served)
		return false;
	answered(served);
	return say(story, served, AIP_LIT("0\r\n\r\n"));
}

static bool say_raw(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);

	if (!served)
		return false;
	(void)story_send(story, SIDE_UPSTREAM, served->fd,
	                 word_at(line, at)); /* it may have hung up */
	return true;
}

static bool closes(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);

	if (!served)
		return false;
	hang_up(served, word_is(line, 0, "resets"));
	served->expected = false;
	return true;
}

/* ---- Pouring ---------------------------------------------------------------------------------- */

/* pours TIMES @event: the same event over and over, as fast as it is taken. */
static bool pours(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);
	struct aip_buf chunk;
	int64_t times;

	if (!served || !aip_str_int(word_at(line, at), &times))
		return served &&
		       story_fail(story, "'%.*s' is no number", AIP_FMT(word_at(line, at)));
	aip_buf_init(&chunk, SIZE_MAX);
	add_chunk(&chunk, word_at(line, at + 1));
	served->pour = aip_buf_str(&chunk);
	served->pour_left = (size_t)times;
	served->poured = 0;
	story_settle(story);
	return true;
}

static bool has_poured(void *arg)
{
	return ((struct served *)arg)->pour_left == 0;
}

/* is held [below BYTES]: no more is taken, and not more than that was. */
static bool is_held(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);
	int64_t most;

	if (!served)
		return false;
	story_settle(story);
	if (!served->pour_left)
		return story_fail(story, "all of it was taken");
	if (word_is(line, at + 1, "below") && aip_str_int(word_at(line, at + 2), &most) &&
	    served->poured > (size_t)most)
		return story_fail(story, "%zu bytes were taken", served->poured);
	return true;
}

static bool was_hung_up(void *arg)
{
	return ((struct served *)arg)->gone;
}

/* is held, is cancelled, has poured: what the gateway does to the connection. */
static bool is(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);

	if (!served)
		return false;
	if (word_is(line, at, "held"))
		return is_held(story, line, at);
	if (word_is(line, at, "cancelled")) {
		if (!story_await(story, was_hung_up, served))
			return story_fail(story, "the gateway still listens");
		served->expected = false;
		served->whole = false;
		return true;
	}
	return story_fail(story, "nobody can be that");
}

static bool poured(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);

	if (!served)
		return false;
	return story_await(story, has_poured, served) ||
	       story_fail(story, "%zu times are left to pour", served->pour_left);
}

/* long N before behind: a chunk of N bytes of text between two others. */
static bool says_long(struct story *story, const struct line *line, size_t at)
{
	struct served *served = served_of(story, line);
	struct aip_buf text, chunk;
	int64_t bytes;

	if (!served || !aip_str_int(word_at(line, at), &bytes))
		return served && story_fail(story, "how long?");
	aip_buf_init(&text, SIZE_MAX);
	aip_buf_init(&chunk, SIZE_MAX);
	(void)aip_buf_add(&text, word_at(line, at + 1));
	char *room = aip_buf_reserve(&text, (size_t)bytes);
	memset(room, 'y', (size_t)bytes);
	text.len += (size_t)bytes;
	(void)aip_buf_add(&text, word_at(line, at + 2));
	add_chunk(&chunk, aip_buf_str(&text));
	bool sent = say(story, served, aip_buf_str(&chunk));
	aip_buf_fini(&text);
	aip_buf_fini(&chunk);
	return sent;
}

/* was connected N: so many connections in all. */
static bool was(struct story *story, const struct line *line, size_t at)
{
	int64_t n;

	story_settle(story);
	return (aip_str_int(word_at(line, at + 1), &n) && story->up.n_served == (size_t)n) ||
	       story_fail(story, "%zu connections were made", story->up.n_served);
}

/* ---- Places ----------------------------------------------------------------------------------- */

static size_t place_of(const struct line *line)
{
	int64_t place = 1;

	if (aip_str_int(word_value(line, "at"), &place) && place >= 1 && place <= PLACES)
		return (size_t)place - 1;
	return 0;
}

static bool refuses(struct story *story, const struct line *line, size_t at)
{
	refuse_place(story, place_of(line));
	return true;
}

static bool accepts(struct story *story, const struct line *line, size_t at)
{
	size_t place = place_of(line);

	story->up.refuses[place] = false;
	return listen(story->up.listeners[place], 128) == 0 ||
	       story_fail(story, "the upstream cannot listen: %s", strerror(errno));
}

/* Connections are begun and never accepted: the backlog is full. */
static bool hangs(struct story *story, const struct line *line, size_t at)
{
	struct upstream_side *up = &story->up;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	size_t place = place_of(line);

	to.sin_port = htons(port_of(up->listeners[place]));
	listen(up->listeners[place], 0);
	up->refuses[place] = true;
	while (up->n_stuffing < 4) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(fd, (struct sockaddr *)&to, sizeof(to));
		up->stuffing[up->n_stuffing++] = fd;
	}
	return true;
}

const struct verb upstream_verbs[] = {
	{"expect", expect},   {"reply", reply}, {"begin", begin},    {"says", says},
	{"ends", ends},       {"raw", say_raw}, {"closes", closes},  {"resets", closes},
	{"pours", pours},     {"is", is},       {"poured", poured},  {"refuses", refuses},
	{"accepts", accepts}, {"hangs", hangs}, {"long", says_long}, {"was", was},
	{NULL, NULL},
};
