/* The answer as it comes: a head gathered line by line, then the body's bytes. */
#include <stdlib.h>

#include "upstream/curl_exchange.h"

/* 0 tells curl to give the exchange up. */
#define GIVE_UP 0

/* "HTTP/1.1 200 OK" gives 200; anything else 0. */
static int status_of(struct aip_str line)
{
	const char *space = memchr(line.at, ' ', line.len);
	int status = 0;

	if (!aip_str_starts(line, AIP_LIT("HTTP/")) || !space ||
	    line.len - (size_t)(space - line.at) < 4)
		return 0;
	for (int i = 1; i <= 3; i++) {
		if (space[i] < '0' || space[i] > '9')
			return 0;
		status = status * 10 + space[i] - '0';
	}
	return status;
}

/* Reads the gathered lines; the first is the status line. Returns how many headers there are. */
static size_t read_lines(struct aip_str lines, struct aip_header *ret)
{
	size_t n = 0;
	const char *end = lines.at + lines.len;
	const char *line = memchr(lines.at, '\n', lines.len);

	for (line = line ? line + 1 : end; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *colon = memchr(line, ':', (size_t)(stop - line));
		if (colon)
			ret[n++] = (struct aip_header){
				aip_strn(line, (size_t)(colon - line)),
				aip_str_trim(aip_strn(colon + 1, (size_t)(stop - colon - 1))),
			};
		line = stop + 1;
	}
	return n;
}

static void forget_head(struct curl_exchange *cx)
{
	struct upstream_exchange *x = &cx->x;

	aip_buf_fini(&x->head);
	aip_buf_init(&x->head, x->limits.head_bytes_max);
	cx->head_lines = 0;
}

static void head_is_whole(struct curl_exchange *cx)
{
	struct upstream_exchange *x = &cx->x;
	struct aip_head head = {.http = status_of(aip_buf_str(&x->head))};

	if (head.http < 200) { /* interim: the real one follows */
		aip_buf_clear(&x->head);
		cx->head_lines = 0;
		return;
	}
	struct aip_header *headers = calloc(cx->head_lines, sizeof(*headers));
	aip_assert(headers);
	head.n_headers = read_lines(aip_buf_str(&x->head), headers);
	if (x->decode)
		head.n_headers = unpacked_headers(headers, head.n_headers);
	head.headers = headers;
	x->head_seen = true;
	exchange_wait_for(x, WAIT_FIRST);
	x->events->on_head(x->arg, &head);
	free(headers);
	/* A stream may be open for long. */
	forget_head(cx);
	if (x->state == EXCHANGE_RUNNING)
		curl_request_is_sent(cx);
}

size_t on_curl_header(char *bytes, size_t one, size_t n, void *arg)
{
	struct upstream_exchange *x;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (x->state != EXCHANGE_RUNNING)
		return GIVE_UP;
	if (x->head_seen) /* trailers */
		return n;
	struct curl_exchange *cx = curl_exchange_of(x);

	struct aip_str line = aip_str_trim(aip_strn(bytes, n));
	if (line.len == 0) {
		head_is_whole(cx);
		return x->state == EXCHANGE_RUNNING ? n : GIVE_UP;
	}
	bool folded = bytes[0] == ' ' || bytes[0] == '\t';
	if (folded && x->head.len > 0)
		x->head.at[x->head.len - 1] = ' '; /* joins the line before */
	else
		cx->head_lines++;
	aip_buf_add(&x->head, line);
	x->head_refused = aip_buf_add_byte(&x->head, '\n') != AIP_OK;
	return x->head_refused ? GIVE_UP : n;
}

size_t on_curl_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct upstream_exchange *x;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (x->state != EXCHANGE_RUNNING)
		return GIVE_UP;
	if (n == 0)
		return 0;
	if (x->paused) /* since before curl had it, or by another's callback */
		return CURL_WRITEFUNC_PAUSE;
	exchange_wait_for(x, WAIT_BODY);
	x->events->on_body(x->arg, aip_strn(bytes, n));
	return x->state == EXCHANGE_RUNNING ? n : GIVE_UP;
}
