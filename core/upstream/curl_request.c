/* From our request to curl's options: what never changes is set once per handle, the rest anew. */
#include <stdlib.h>

#include "upstream/curl_exchange.h"

/* Up to here curl sends head and body with one system call, out of one buffer. */
#define BODY_AT_ONCE_MAX ((size_t)63 * 1024)
#define UPLOAD_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define UPLOAD_BYTES_MIN ((size_t)16 * 1024)
#define STREAM_BUFFER    2048L  /* kept as long as the stream: some events at a time */
#define WHOLE_BUFFER     32768L /* from 64 KB on, each free() makes malloc tidy up */

/* ---- Lines --------------------------------------------------------------------------------- */

/* What curl would add by itself; a line without a value keeps it from doing so. */
static const char *const unasked[] = {"Expect:", "Accept:", "Content-Type:"};
enum { UNASKED = sizeof(unasked) / sizeof(unasked[0]) };

/* One block for all that must stay until the end: curl's list, the lines' text, the pieces, and
 * the joined body where it is small and came in pieces. */
struct layout {
	struct curl_slist *line;
	struct curl_slist *last;
	char *text;
};

static void add_line(struct layout *layout, char *text)
{
	struct curl_slist *line = layout->line++;

	*line = (struct curl_slist){.data = text};
	if (layout->last)
		layout->last->next = line;
	layout->last = line;
}

static void add_header(struct layout *layout, const struct aip_header *header)
{
	add_line(layout, layout->text);
	layout->text = request_append(layout->text, header->name);
	if (header->value.len == 0) { /* curl's way to write a header that is empty */
		layout->text = request_append(layout->text, aip_strn(";", 2));
		return;
	}
	layout->text = request_append(layout->text, AIP_LIT(": "));
	layout->text = request_append(layout->text, header->value);
	*layout->text++ = '\0';
}

static size_t text_bytes(const struct upstream_request *request)
{
	size_t bytes = 0;

	for (size_t i = 0; i < request->n_headers; i++)
		bytes += request->headers[i].name.len + request->headers[i].value.len + 3;
	return bytes;
}

static void copy_body(struct curl_exchange *cx, const struct upstream_request *request,
                      struct aip_str *pieces, char *joined)
{
	cx->body = (struct pieces){.at = pieces};
	for (size_t i = 0; i < request->n_body; i++) {
		if (request->body[i].len)
			pieces[cx->body.n++] = request->body[i];
		cx->body.total += request->body[i].len;
	}
	if (cx->body.n < 2 || cx->body.total > BODY_AT_ONCE_MAX)
		return;
	char *end = joined;
	for (size_t i = 0; i < cx->body.n; i++)
		end = request_append(end, pieces[i]);
	pieces[0] = aip_strn(joined, cx->body.total);
	cx->body.n = 1;
}

static void copy_request(struct curl_exchange *cx, const struct upstream_request *request)
{
	size_t n_lines = request->n_headers + UNASKED;
	size_t total = request_body_bytes(request);
	size_t joined = request->n_body > 1 && total <= BODY_AT_ONCE_MAX ? total : 0;
	size_t lines_bytes = n_lines * sizeof(struct curl_slist);
	size_t pieces_bytes = request->n_body * sizeof(struct aip_str);
	cx->block = malloc(lines_bytes + pieces_bytes + joined + text_bytes(request));
	aip_assert(cx->block);

	struct aip_str *pieces = (struct aip_str *)(cx->block + lines_bytes);
	char *joined_at = cx->block + lines_bytes + pieces_bytes;
	struct layout layout = {.line = (struct curl_slist *)cx->block, .text = joined_at + joined};
	for (size_t i = 0; i < request->n_headers; i++)
		if (request_sends(request, request->headers[i].name))
			add_header(&layout, &request->headers[i]);
	for (size_t i = 0; i < UNASKED; i++) {
		struct aip_str line = aip_str(unasked[i]);
		if (!request_gives(request, aip_strn(line.at, line.len - 1)))
			add_line(&layout, (char *)(uintptr_t)line.at);
	}
	cx->lines = (struct curl_slist *)cx->block;
	copy_body(cx, request, pieces, joined_at);
}

/* ---- curl's callbacks ------------------------------------------------------------------------ */

static size_t on_read(char *into, size_t one, size_t room, void *arg)
{
	struct upstream_exchange *x;
	size_t given = 0;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (x->state != EXCHANGE_RUNNING)
		return CURL_READFUNC_ABORT;
	struct pieces *body = &curl_exchange_of(x)->body;
	while (given < room && body->piece < body->n) {
		struct aip_str piece = body->at[body->piece];
		size_t n = piece.len - body->offset;
		if (n > room - given)
			n = room - given;
		memcpy(into + given, piece.at + body->offset, n);
		given += n;
		body->offset += n;
		if (body->offset == piece.len) {
			body->piece++;
			body->offset = 0;
		}
	}
	return given;
}

static void rewind_body(struct curl_exchange *cx)
{
	cx->body.piece = 0;
	cx->body.offset = 0;
}

static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct upstream_exchange *x;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_FAIL;
	rewind_body(curl_exchange_of(x));
	return CURL_SEEKFUNC_OK;
}

/* Connected, and about to send. */
static int on_ready(void *arg, char *to, char *from, int to_port, int from_port)
{
	struct upstream_exchange *x;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (x->state != EXCHANGE_RUNNING)
		return CURL_PREREQFUNC_ABORT;
	curl_socket_t fd = CURL_SOCKET_BAD;
	CURL *easy = curl_exchange_of(x)->job.easy;
	if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		socket_is_connected(x->up, fd);
	exchange_wait_for(x, WAIT_HEAD);
	return CURL_PREREQFUNC_OK;
}

/* ---- Options --------------------------------------------------------------------------------- */

void curl_request_init(struct curl_exchange *cx)
{
	CURL *easy = cx->job.easy;

	CURL_SET(easy, CURLOPT_HEADERFUNCTION, on_curl_header);
	CURL_SET(easy, CURLOPT_HEADERDATA, cx);
	CURL_SET(easy, CURLOPT_WRITEFUNCTION, on_curl_body);
	CURL_SET(easy, CURLOPT_WRITEDATA, cx);
	CURL_SET(easy, CURLOPT_READFUNCTION, on_read);
	CURL_SET(easy, CURLOPT_READDATA, cx);
	CURL_SET(easy, CURLOPT_SEEKFUNCTION, on_seek);
	CURL_SET(easy, CURLOPT_SEEKDATA, cx);
	CURL_SET(easy, CURLOPT_PREREQFUNCTION, on_ready);
	CURL_SET(easy, CURLOPT_PREREQDATA, cx);
}

static void set_body(struct curl_exchange *cx)
{
	struct pieces *body = &cx->body;

	CURL_SET(cx->job.easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->total);
	if (body->total <= BODY_AT_ONCE_MAX) {
		CURL_SET(cx->job.easy, CURLOPT_POSTFIELDS, body->n ? body->at[0].at : "");
		return;
	}
	CURL_SET(cx->job.easy, CURLOPT_POSTFIELDS, NULL);
}

/* Over TLS, head and body go through this buffer even when they are small. */
static void set_upload_buffer(struct curl_exchange *cx)
{
	size_t bytes = cx->body.total + UPLOAD_BYTES_MIN;

	CURL_SET(cx->job.easy, CURLOPT_UPLOAD_BUFFERSIZE,
	         (long)(bytes < UPLOAD_BYTES_MAX ? bytes : UPLOAD_BYTES_MAX));
}

static void set_method(struct curl_exchange *cx, const char *method)
{
	bool has_body = cx->body.total > 0;
	bool post = strcmp(method, "POST") == 0;
	bool get = strcmp(method, "GET") == 0;
	if (has_body || post) {
		CURL_SET(cx->job.easy, CURLOPT_POST, 1L);
		set_body(cx);
		CURL_SET(cx->job.easy, CURLOPT_CUSTOMREQUEST, post ? NULL : method);
		return;
	}
	CURL_SET(cx->job.easy, CURLOPT_HTTPGET, 1L);
	if (strcmp(method, "HEAD") == 0)
		CURL_SET(cx->job.easy, CURLOPT_NOBODY, 1L);
	CURL_SET(cx->job.easy, CURLOPT_CUSTOMREQUEST, get ? NULL : method);
}

static void set_proxy(struct curl_exchange *cx, struct aip_str asked)
{
	bool from_env = asked.len == 0 && cx->x.up->env_has_proxy;
	struct aip_str proxy = request_proxy_is_none(asked) ? AIP_LIT("") : asked;

	if (cx->proxy_is_set && from_env == !cx->proxy &&
	    (from_env || aip_str_eq(proxy, aip_str(cx->proxy))))
		return;
	free(cx->proxy);
	cx->proxy = from_env ? NULL : strndup(proxy.len ? proxy.at : "", proxy.len);
	aip_assert(from_env || cx->proxy);
	CURL_SET(cx->job.easy, CURLOPT_PROXY, cx->proxy);
	/* The environment's exceptions belong to the environment's proxy. */
	CURL_SET(cx->job.easy, CURLOPT_NOPROXY, from_env ? NULL : "");
	cx->proxy_is_set = true;
}

/* Kept connections, made for whom it may be, are not taken, and none is left to others. */
static void set_reach(struct curl_exchange *cx, bool public_only)
{
	CURL *easy = cx->job.easy;

	CURL_SET(easy, CURLOPT_OPENSOCKETFUNCTION,
	         public_only ? on_curl_open_public : on_curl_open);
	CURL_SET(easy, CURLOPT_OPENSOCKETDATA, public_only ? (void *)&cx->x : (void *)cx->x.up);
	CURL_SET(easy, CURLOPT_FRESH_CONNECT, (long)public_only);
	CURL_SET(easy, CURLOPT_FORBID_REUSE, (long)public_only);
}

aip_nodiscard static enum aip_status set_url(struct curl_exchange *cx, struct aip_str url,
                                             struct aip_error *reterr)
{
	char *text = strndup(url.at, url.len);

	aip_assert(text);
	CURLcode refused = curl_easy_setopt(cx->job.easy, CURLOPT_URL, text);
	free(text);
	if (refused)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "the upstream's URL is not usable");
	return AIP_OK;
}

enum aip_status curl_request_set(struct upstream_exchange *x,
                                 const struct upstream_request *request, struct aip_error *reterr)
{
	struct curl_exchange *cx = curl_exchange_of(x);
	CURL *easy = cx->job.easy;

	enum aip_status s = set_url(cx, request->url, reterr);
	if (s)
		return s;
	cx->head_lines = 0;
	copy_request(cx, request);
	set_proxy(cx, request->public_only ? AIP_LIT("direct") : request->proxy_url);
	set_method(cx, request_method(request, cx->body.total));
	set_upload_buffer(cx);
	set_reach(cx, request->public_only);
	CURL_SET(easy, CURLOPT_CONNECTTIMEOUT_MS, curl_connect_limit(x->limits.connect_ms));
	CURL_SET(easy, CURLOPT_HTTPHEADER, cx->lines);
	const char *decodes = request->stream ? "identity" : "";
	CURL_SET(easy, CURLOPT_ACCEPT_ENCODING, request->decode ? decodes : NULL);
	CURL_SET(easy, CURLOPT_BUFFERSIZE, request->stream ? STREAM_BUFFER : WHOLE_BUFFER);
	CURL_SET(easy, CURLOPT_HTTP_VERSION,
	         (long)(request->http1_only ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	return AIP_OK;
}

static void forget_block(struct curl_exchange *cx)
{
	CURL_SET(cx->job.easy, CURLOPT_HTTPHEADER, NULL);
	free(cx->block);
	cx->block = NULL;
	cx->lines = NULL;
}

void curl_request_is_sent(struct curl_exchange *cx)
{
	curl_off_t sent = 0;

	curl_easy_getinfo(cx->job.easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	if ((size_t)sent != cx->body.total)
		return;
	CURL_SET(cx->job.easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES_MIN); /* frees it */
	forget_block(cx);
	cx->body.n = 0;
}

void curl_request_rewind(struct curl_exchange *cx)
{
	rewind_body(cx);
	CURL_SET(cx->job.easy, CURLOPT_FRESH_CONNECT, 1L);
}

void curl_request_forget(struct upstream_exchange *x)
{
	struct curl_exchange *cx = curl_exchange_of(x);

	if (x->again)
		CURL_SET(cx->job.easy, CURLOPT_FRESH_CONNECT, 0L);
	forget_block(cx);
	cx->body = (struct pieces){0};
}
