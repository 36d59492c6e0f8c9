/* From bytes to our events: the head, then the body as its framing says. */
#include "upstream/plain_exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define HEADERS_USUAL  64
#define READS_AT_ONCE  8                          /* before other sockets have their turn */
#define UNPACKED_BYTES ((size_t)64 * 1024 * 1024) /* of one read: beyond, it is a bomb */

/* Whether px is still there, on this very link: a callback may have cancelled it, and its memory
 * may carry another exchange by then. The link's memory rests until the end of the turn. */
struct hold {
	struct plain_exchange *px;
	struct link *link;
};

static bool lives(const struct hold *hold)
{
	return link_user(hold->link) == hold->px;
}

/* ---- Body ---------------------------------------------------------------------------------- */

/* Gives bytes to the user. False: px has ended. */
static bool give(const struct hold *hold, struct aip_str bytes)
{
	struct plain_exchange *px = hold->px;

	if (bytes.len == 0)
		return true;
	exchange_wait_for(&px->x, WAIT_BODY);
	px->x.events->on_body(px->x.arg, bytes);
	return lives(hold);
}

static bool give_unpacked(const struct hold *hold, struct aip_str packed)
{
	struct plain_exchange *px = hold->px;
	struct aip_buf out;

	aip_buf_init(&out, UNPACKED_BYTES);
	bool good = unpack_more(px->unpack, packed, &out);
	bool going = good && give(hold, aip_buf_str(&out));
	aip_buf_fini(&out);
	if (!good)
		plain_fails(px, CURLE_BAD_CONTENT_ENCODING);
	return going;
}

static bool give_body(const struct hold *hold, struct aip_str bytes)
{
	return hold->px->unpack ? give_unpacked(hold, bytes) : give(hold, bytes);
}

/* The framing says that the body ends here. */
static void body_is_whole(struct plain_exchange *px, bool excess)
{
	if (px->unpack && !unpack_is_whole(px->unpack))
		plain_fails(px, CURLE_BAD_CONTENT_ENCODING);
	else
		plain_is_over(px, excess);
}

static bool take_length(const struct hold *hold, struct aip_str *bytes)
{
	struct plain_exchange *px = hold->px;
	size_t n = bytes->len < px->left ? bytes->len : (size_t)px->left;
	struct aip_str part = aip_strn(bytes->at, n);

	*bytes = aip_strn(bytes->at + n, bytes->len - n);
	px->left -= n;
	if (n > 0 && !give_body(hold, part))
		return false;
	if (px->left > 0)
		return true;
	body_is_whole(px, bytes->len > 0);
	return false;
}

static bool take_chunk(const struct hold *hold, struct aip_str *bytes)
{
	struct plain_exchange *px = hold->px;
	struct aip_str data;

	switch (http1_chunked_next(&px->chunked, bytes, UINT64_MAX, &data)) {
	case HTTP1_MORE: return true;
	case HTTP1_READY: return give_body(hold, data);
	case HTTP1_END: body_is_whole(px, bytes->len > 0); return false;
	case HTTP1_REFUSED: break;
	}
	plain_fails(px, CURLE_WEIRD_SERVER_REPLY);
	return false;
}

static bool take_rest(const struct hold *hold, struct aip_str *bytes)
{
	struct aip_str all = *bytes;

	*bytes = AIP_LIT("");
	return give_body(hold, all);
}

/* ---- Head ---------------------------------------------------------------------------------- */

static CURLcode result_of(enum http1_answer_fault fault)
{
	return fault == HTTP1_ANSWER_NOT_HTTP ? CURLE_UNSUPPORTED_PROTOCOL
	                                      : CURLE_WEIRD_SERVER_REPLY;
}

/* False: an encoding that we cannot undo. */
static bool set_unpack(struct plain_exchange *px, struct http1_answer *answer)
{
	struct aip_str encoding =
		http1_header(answer->headers, answer->n_headers, "content-encoding");

	if (!encoding.len || aip_str_eq_nocase(encoding, AIP_LIT("identity")))
		return true;
	px->unpack = unpack_create(encoding);
	answer->n_headers = unpacked_headers(answer->headers, answer->n_headers);
	return px->unpack != NULL;
}

static bool has_body(const struct plain_exchange *px)
{
	bool empty = px->framing == HTTP1_ANSWER_NO_BODY ||
	             (px->framing == HTTP1_ANSWER_LENGTH_SAID && px->left == 0);

	return !empty;
}

/* The final answer's. False: px has ended. */
static bool tell_head(const struct hold *hold, struct http1_answer *answer, bool more_follows)
{
	struct plain_exchange *px = hold->px;

	px->framing = answer->framing;
	px->left = answer->content_length;
	px->keep_alive = answer->keep_alive;
	px->chunked = (struct http1_chunked){0};
	if (px->x.decode && has_body(px) && !set_unpack(px, answer)) {
		plain_fails(px, CURLE_BAD_CONTENT_ENCODING);
		return false;
	}
	px->x.head_seen = true;
	exchange_wait_for(&px->x, WAIT_FIRST);
	const struct aip_head head = {
		.http = answer->http, .headers = answer->headers, .n_headers = answer->n_headers};
	px->x.events->on_head(px->x.arg, &head);
	if (!lives(hold))
		return false;
	if (px->sent == px->total) /* a stream may be open for long */
		plain_request_forget(px);
	if (has_body(px))
		return true;
	plain_is_over(px, more_follows);
	return false;
}

static bool read_head(const struct hold *hold, char *head, size_t len, struct aip_header *headers,
                      size_t n_headers, bool more_follows)
{
	struct plain_exchange *px = hold->px;
	struct http1_answer answer;

	enum http1_answer_fault fault =
		http1_answer_parse(head, len, headers, n_headers, px->to_head, &answer);
	if (!fault && answer.http == 101) /* we asked for no other protocol */
		fault = HTTP1_ANSWER_NOT_HTTP;
	if (fault) {
		plain_fails(px, result_of(fault));
		return false;
	}
	px->scan = 0;
	if (answer.http < 200) /* interim: the real one follows */
		return true;
	return tell_head(hold, &answer, more_follows);
}

static size_t count_lines(struct aip_str head)
{
	size_t n = 0;

	for (size_t i = 0; i < head.len; i++)
		n += head.at[i] == '\n';
	return n;
}

static bool head_is_whole(const struct hold *hold, struct aip_str head, bool more_follows)
{
	struct aip_header usual[HEADERS_USUAL];
	size_t room = count_lines(head);
	struct aip_header *headers =
		room <= HEADERS_USUAL ? usual : malloc(room * sizeof(*headers));

	aip_assert(headers);
	/* Ours to write on: the loop's room, a copy of it, or the buffer of the head. */
	char *bytes = (char *)(uintptr_t)head.at;
	bool going = read_head(hold, bytes, head.len, headers, room, more_follows);
	if (headers != usual)
		free(headers);
	return going;
}

/* A head that came in one piece is read where it lies. */
static bool take_head(const struct hold *hold, struct aip_str *bytes)
{
	struct plain_exchange *px = hold->px;
	struct aip_buf *so_far = &px->x.head;

	if (so_far->len == 0 && !http1_answer_may_begin(*bytes)) {
		plain_fails(px, CURLE_UNSUPPORTED_PROTOCOL);
		return false;
	}
	size_t end = http1_answer_scan(&px->scan, *bytes);
	struct aip_str part = aip_strn(bytes->at, end ? end : bytes->len);
	*bytes = aip_strn(bytes->at + part.len, bytes->len - part.len);
	bool whole_here = end && so_far->len == 0;
	if (whole_here ? part.len > px->x.limits.head_bytes_max
	               : aip_buf_add(so_far, part) != AIP_OK) {
		px->x.head_refused = true;
		plain_fails(px, CURLE_WEIRD_SERVER_REPLY);
		return false;
	}
	if (!end)
		return true;
	struct aip_buf head =
		*so_far; /* a callback may end px, and a stream may be open for long */
	aip_buf_init(so_far, px->x.limits.head_bytes_max);
	bool going = head_is_whole(hold, whole_here ? part : aip_buf_str(&head), bytes->len > 0);
	aip_buf_fini(&head);
	return going;
}

/* ---- Bytes as they come -------------------------------------------------------------------- */

static bool take(const struct hold *hold, struct aip_str *bytes)
{
	struct plain_exchange *px = hold->px;

	if (!px->x.head_seen)
		return take_head(hold, bytes);
	switch (px->framing) {
	case HTTP1_ANSWER_LENGTH_SAID: return take_length(hold, bytes);
	case HTTP1_ANSWER_CHUNKED: return take_chunk(hold, bytes);
	case HTTP1_ANSWER_UNTIL_CLOSE:
	case HTTP1_ANSWER_NO_BODY: break;
	}
	return take_rest(hold, bytes);
}

/* False: px has ended. What a pause leaves over is kept until it goes on. */
static bool take_all(const struct hold *hold, struct aip_str bytes)
{
	struct plain_exchange *px = hold->px;

	while (bytes.len > 0 && !px->x.paused)
		if (!take(hold, &bytes))
			return false;
	if (bytes.len == 0)
		return true;
	px->held = malloc(bytes.len);
	aip_assert(px->held);
	memcpy(px->held, bytes.at, bytes.len);
	px->n_held = bytes.len;
	return true;
}

/* The upstream has closed its side, or the connection broke with `error`. */
static void hear_end(struct plain_exchange *px, int error)
{
	if (!px->x.head_seen) {
		CURLcode none = error ? CURLE_RECV_ERROR : CURLE_GOT_NOTHING;
		plain_fails(px, px->send_broken ? CURLE_SEND_ERROR : none);
	} else if (error) {
		plain_fails(px, CURLE_RECV_ERROR);
	} else if (px->framing == HTTP1_ANSWER_UNTIL_CLOSE) {
		px->keep_alive = false;
		body_is_whole(px, false);
	} else {
		plain_fails(px, CURLE_PARTIAL_FILE);
	}
}

void plain_receive(struct plain_exchange *px)
{
	const struct hold hold = {px, px->link};
	char *room = px->x.up->plain.room;

	for (int i = 0; i < READS_AT_ONCE && !px->x.paused; i++) {
		ssize_t n = recv(link_fd(hold.link), room, PLAIN_ROOM_BYTES, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			return;
		if (n <= 0) {
			hear_end(px, n < 0 ? errno : 0);
			return;
		}
		if (!take_all(&hold, aip_strn(room, (size_t)n)) || (size_t)n < PLAIN_ROOM_BYTES)
			return;
	}
}

void plain_go_on(struct plain_exchange *px)
{
	const struct hold hold = {px, px->link};
	char *held = px->held;
	struct aip_str bytes = aip_strn(held, px->n_held);

	if (!px->link) /* not connected yet */
		return;
	px->held = NULL;
	px->n_held = 0;
	bool going = take_all(&hold, bytes);
	free(held);
	if (going && !px->x.paused)
		link_read(px->link, true);
}

void plain_reply_forget(struct plain_exchange *px)
{
	unpack_destroy(px->unpack);
	px->unpack = NULL;
	free(px->held);
	px->held = NULL;
	px->n_held = 0;
	px->scan = 0;
}
