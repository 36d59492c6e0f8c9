/* From our request to curl's options: what never changes is set once per handle, the rest anew. */
#include <stdlib.h>

#include "upstream/inside.h"

/* Up to here curl sends head and body with one system call, out of one buffer. */
#define BODY_AT_ONCE_MAX ((size_t)63 * 1024)
#define UPLOAD_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define UPLOAD_BYTES_MIN ((size_t)16 * 1024)
#define STREAM_BUFFER    2048L  /* kept as long as the stream: some events at a time */
#define WHOLE_BUFFER     32768L /* from 64 KB on, each free() makes malloc tidy up */
#define HEADERS_MAX      1000
#define URL_BYTES_MAX    65536

/* ---- Checks -------------------------------------------------------------------------------- */

static bool is_token(struct aip_str s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool alnum =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		if (!alnum && !memchr(others, c, sizeof(others) - 1))
			return false;
	}
	return s.len > 0;
}

static bool is_value(struct aip_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.at[i] < ' ' && s.at[i] != '\t') || s.at[i] == 0x7f)
			return false;
	return true;
}

static bool is_url(struct aip_str s)
{
	if (s.len > URL_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || s.at[i] == 0x7f)
			return false;
	return true;
}

static bool starts_nocase(struct aip_str s, struct aip_str with)
{
	return s.len > with.len && aip_str_eq_nocase(aip_strn(s.at, with.len), with);
}

static bool is_one_of(struct aip_str s, const char *const *names)
{
	for (; *names; names++)
		if (aip_str_eq_nocase(s, aip_str(*names)))
			return true;
	return false;
}

static bool proxy_is_usable(struct aip_str proxy)
{
	static const char *const schemes[] = {"http", "https", "socks5", "socks5h", NULL};

	if (!is_url(proxy))
		return false;
	ptrdiff_t scheme = aip_str_find(proxy, AIP_LIT("://"));
	return scheme < 0 || is_one_of(aip_strn(proxy.at, (size_t)scheme), schemes);
}

static bool proxy_is_none(struct aip_str proxy)
{
	static const char *const words[] = {"direct", "none", NULL};

	return is_one_of(proxy, words);
}

aip_nodiscard static enum aip_status check(const struct upstream_request *request,
                                           struct aip_error *reterr)
{
	if (request->method && !is_token(aip_str(request->method)))
		return aip_fail(reterr, AIP_GUEST_BROKEN, "the request's method is not a word");
	if (!is_url(request->url) || (!starts_nocase(request->url, AIP_LIT("http://")) &&
	                              !starts_nocase(request->url, AIP_LIT("https://"))))
		return aip_fail(reterr, AIP_CONFIG_REFUSED,
		                "the upstream's URL is not an http or https one");
	if (!proxy_is_usable(request->proxy_url))
		return aip_fail(reterr, AIP_CONFIG_REFUSED,
		                "the proxy's URL is not an http, https, socks5 or socks5h one");
	if (request->n_headers > HEADERS_MAX)
		return aip_fail(reterr, AIP_GUEST_BROKEN, "the request has more than %d headers",
		                HEADERS_MAX);
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct aip_header *header = &request->headers[i];
		if (!is_token(header->name))
			return aip_fail(reterr, AIP_GUEST_BROKEN,
			                "a header's name is not a word: number %zu", i + 1);
		if (!is_value(header->value))
			return aip_fail(reterr, AIP_GUEST_BROKEN,
			                "header '%.*s' holds a control character",
			                AIP_FMT(header->name));
	}
	return AIP_OK;
}

/* ---- Lines --------------------------------------------------------------------------------- */

static const char *const framing[] = {
	"content-length", "transfer-encoding", "connection", "keep-alive",
	"expect",         "upgrade",           "te",         NULL};

/* What curl would add by itself; a line without a value keeps it from doing so. */
static const char *const unasked[] = {"Expect:", "Accept:", "Content-Type:"};
enum { UNASKED = sizeof(unasked) / sizeof(unasked[0]) };

static bool is_sent(const struct upstream_request *request, struct aip_str name)
{
	if (request->decode && aip_str_eq_nocase(name, AIP_LIT("accept-encoding")))
		return false;
	return !is_one_of(name, framing);
}

static bool is_given(const struct upstream_request *request, struct aip_str name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (aip_str_eq_nocase(request->headers[i].name, name))
			return is_sent(request, name);
	return false;
}

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

static char *append(char *at, struct aip_str s)
{
	if (s.len)
		memcpy(at, s.at, s.len);
	return at + s.len;
}

static void add_header(struct layout *layout, const struct aip_header *header)
{
	add_line(layout, layout->text);
	layout->text = append(layout->text, header->name);
	if (header->value.len == 0) { /* curl's way to write a header that is empty */
		layout->text = append(layout->text, aip_strn(";", 2));
		return;
	}
	layout->text = append(layout->text, AIP_LIT(": "));
	layout->text = append(layout->text, header->value);
	*layout->text++ = '\0';
}

static size_t text_bytes(const struct upstream_request *request)
{
	size_t bytes = 0;

	for (size_t i = 0; i < request->n_headers; i++)
		bytes += request->headers[i].name.len + request->headers[i].value.len + 3;
	return bytes;
}

static void copy_body(struct upstream_exchange *x, const struct upstream_request *request,
                      struct aip_str *pieces, char *joined)
{
	x->body = (struct pieces){.at = pieces};
	for (size_t i = 0; i < request->n_body; i++) {
		if (request->body[i].len)
			pieces[x->body.n++] = request->body[i];
		x->body.total += request->body[i].len;
	}
	if (x->body.n < 2 || x->body.total > BODY_AT_ONCE_MAX)
		return;
	char *end = joined;
	for (size_t i = 0; i < x->body.n; i++)
		end = append(end, pieces[i]);
	pieces[0] = aip_strn(joined, x->body.total);
	x->body.n = 1;
}

static void copy_request(struct upstream_exchange *x, const struct upstream_request *request)
{
	size_t n_lines = request->n_headers + UNASKED;
	size_t total = 0;

	for (size_t i = 0; i < request->n_body; i++)
		total += request->body[i].len;
	size_t joined = request->n_body > 1 && total <= BODY_AT_ONCE_MAX ? total : 0;
	size_t lines_bytes = n_lines * sizeof(struct curl_slist);
	size_t pieces_bytes = request->n_body * sizeof(struct aip_str);
	x->block = malloc(lines_bytes + pieces_bytes + joined + text_bytes(request));
	aip_assert(x->block);

	struct aip_str *pieces = (struct aip_str *)(x->block + lines_bytes);
	char *joined_at = x->block + lines_bytes + pieces_bytes;
	struct layout layout = {.line = (struct curl_slist *)x->block, .text = joined_at + joined};
	for (size_t i = 0; i < request->n_headers; i++)
		if (is_sent(request, request->headers[i].name))
			add_header(&layout, &request->headers[i]);
	for (size_t i = 0; i < UNASKED; i++) {
		struct aip_str line = aip_str(unasked[i]);
		if (!is_given(request, aip_strn(line.at, line.len - 1)))
			add_line(&layout, (char *)(uintptr_t)line.at);
	}
	x->lines = (struct curl_slist *)x->block;
	copy_body(x, request, pieces, joined_at);
}

/* ---- curl's callbacks ------------------------------------------------------------------------ */

static size_t on_read(char *into, size_t one, size_t room, void *arg)
{
	struct upstream_exchange *x;
	size_t given = 0;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (x->state != EXCHANGE_RUNNING)
		return CURL_READFUNC_ABORT;
	struct pieces *body = &x->body;
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

static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct upstream_exchange *x;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	if (offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_FAIL;
	x->body.piece = 0;
	x->body.offset = 0;
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
	if (curl_easy_getinfo(x->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		socket_is_connected(x->up, fd);
	exchange_wait_for(x, WAIT_HEAD);
	return CURL_PREREQFUNC_OK;
}

/* ---- Options --------------------------------------------------------------------------------- */

#define SET(x, option, value) aip_assert(curl_easy_setopt((x)->easy, (option), (value)) == CURLE_OK)

static void set_trust(struct upstream_exchange *x)
{
	const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);

	if (x->up->ca_file) {
		SET(x, CURLOPT_CAINFO, x->up->ca_file);
		SET(x, CURLOPT_PROXY_CAINFO, x->up->ca_file);
	}
	/* A store read from one file is kept and shared by later connections; reading it anew takes
	 * longer than the handshake. */
	if (x->up->ca_file || version->cainfo) {
		SET(x, CURLOPT_CAPATH, NULL);
		SET(x, CURLOPT_PROXY_CAPATH, NULL);
	}
}

void request_handle(struct upstream_exchange *x)
{
	x->easy = curl_easy_init();
	aip_assert(x->easy);
	SET(x, CURLOPT_PRIVATE, x);
	SET(x, CURLOPT_SHARE, x->up->share);
	SET(x, CURLOPT_ERRORBUFFER, x->says);
	SET(x, CURLOPT_NOSIGNAL, 1L);
	SET(x, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(x, CURLOPT_PATH_AS_IS, 1L);
	SET(x, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(x, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(x, CURLOPT_TCP_KEEPIDLE, 60L);
	SET(x, CURLOPT_TCP_KEEPINTVL, 30L);
	/* Waiting for a connection that might be shared is a trap: curl wakes one waiter for each
	 * that ends, so behind an HTTP/1.1 upstream the others sit until their time is up. */
	SET(x, CURLOPT_PIPEWAIT, 0L);
	SET(x, CURLOPT_MAXAGE_CONN, (long)x->up->connection_idle_s);
	SET(x, CURLOPT_OPENSOCKETFUNCTION, on_curl_open);
	SET(x, CURLOPT_OPENSOCKETDATA, x->up);
	SET(x, CURLOPT_CLOSESOCKETFUNCTION, on_curl_close);
	SET(x, CURLOPT_CLOSESOCKETDATA, x->up);
	SET(x, CURLOPT_HEADERFUNCTION, on_curl_header);
	SET(x, CURLOPT_HEADERDATA, x);
	SET(x, CURLOPT_WRITEFUNCTION, on_curl_body);
	SET(x, CURLOPT_WRITEDATA, x);
	SET(x, CURLOPT_READFUNCTION, on_read);
	SET(x, CURLOPT_READDATA, x);
	SET(x, CURLOPT_SEEKFUNCTION, on_seek);
	SET(x, CURLOPT_SEEKDATA, x);
	SET(x, CURLOPT_PREREQFUNCTION, on_ready);
	SET(x, CURLOPT_PREREQDATA, x);
	set_trust(x);
}

static void set_body(struct upstream_exchange *x)
{
	struct pieces *body = &x->body;

	SET(x, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->total);
	if (body->total <= BODY_AT_ONCE_MAX) {
		SET(x, CURLOPT_POSTFIELDS, body->n ? body->at[0].at : "");
		return;
	}
	SET(x, CURLOPT_POSTFIELDS, NULL);
}

/* Over TLS, head and body go through this buffer even when they are small. */
static void set_upload_buffer(struct upstream_exchange *x)
{
	size_t bytes = x->body.total + UPLOAD_BYTES_MIN;

	SET(x, CURLOPT_UPLOAD_BUFFERSIZE,
	    (long)(bytes < UPLOAD_BYTES_MAX ? bytes : UPLOAD_BYTES_MAX));
}

static void set_method(struct upstream_exchange *x, const char *method)
{
	bool has_body = x->body.total > 0;

	if (!method)
		method = has_body ? "POST" : "GET";
	bool post = strcmp(method, "POST") == 0;
	bool get = strcmp(method, "GET") == 0;
	if (has_body || post) {
		SET(x, CURLOPT_POST, 1L);
		set_body(x);
		SET(x, CURLOPT_CUSTOMREQUEST, post ? NULL : method);
		return;
	}
	SET(x, CURLOPT_HTTPGET, 1L);
	if (strcmp(method, "HEAD") == 0)
		SET(x, CURLOPT_NOBODY, 1L);
	SET(x, CURLOPT_CUSTOMREQUEST, get ? NULL : method);
}

static void set_proxy(struct upstream_exchange *x, struct aip_str asked)
{
	bool from_env = asked.len == 0 && x->up->env_has_proxy;
	struct aip_str proxy = proxy_is_none(asked) ? AIP_LIT("") : asked;

	if (x->proxy_is_set && from_env == !x->proxy &&
	    (from_env || aip_str_eq(proxy, aip_str(x->proxy))))
		return;
	free(x->proxy);
	x->proxy = from_env ? NULL : strndup(proxy.len ? proxy.at : "", proxy.len);
	aip_assert(from_env || x->proxy);
	SET(x, CURLOPT_PROXY, x->proxy);
	/* The environment's exceptions belong to the environment's proxy. */
	SET(x, CURLOPT_NOPROXY, from_env ? NULL : "");
	x->proxy_is_set = true;
}

static void set_limits(struct upstream_exchange *x, const struct upstream_limits *asked)
{
	x->limits = *asked;
	if (!x->limits.connect_ms)
		x->limits.connect_ms = 10000;
	if (!x->limits.head_ms)
		x->limits.head_ms = 600000;
	if (!x->limits.first_ms)
		x->limits.first_ms = 300000;
	if (!x->limits.idle_ms)
		x->limits.idle_ms = 300000;
	if (!x->limits.head_bytes_max)
		x->limits.head_bytes_max = (size_t)256 * 1024;
	/* Our own timer keeps the limit; curl's is there so that its default does not come first.
	 */
	int64_t curl_ms = x->limits.connect_ms < 0 || x->limits.connect_ms > INT32_MAX / 2
	                          ? INT32_MAX / 2
	                          : x->limits.connect_ms + 1000;
	SET(x, CURLOPT_CONNECTTIMEOUT_MS, (long)curl_ms);
}

aip_nodiscard static enum aip_status set_url(struct upstream_exchange *x, struct aip_str url,
                                             struct aip_error *reterr)
{
	char *text = strndup(url.at, url.len);

	aip_assert(text);
	CURLcode refused = curl_easy_setopt(x->easy, CURLOPT_URL, text);
	free(text);
	if (refused)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "the upstream's URL is not usable");
	return AIP_OK;
}

enum aip_status request_set(struct upstream_exchange *x, const struct upstream_request *request,
                            struct aip_error *reterr)
{
	enum aip_status s = check(request, reterr);
	if (s)
		return s;
	s = set_url(x, request->url, reterr);
	if (s)
		return s;

	copy_request(x, request);
	set_limits(x, &request->limits);
	set_proxy(x, request->proxy_url);
	set_method(x, request->method);
	set_upload_buffer(x);
	x->decode = request->decode;
	SET(x, CURLOPT_HTTPHEADER, x->lines);
	SET(x, CURLOPT_ACCEPT_ENCODING,
	    !request->decode  ? NULL
	    : request->stream ? "identity"
	                      : "");
	SET(x, CURLOPT_BUFFERSIZE, request->stream ? STREAM_BUFFER : WHOLE_BUFFER);
	SET(x, CURLOPT_HTTP_VERSION,
	    (long)(request->http1_only ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	return AIP_OK;
}

void request_is_sent(struct upstream_exchange *x)
{
	curl_off_t sent = 0;

	curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	if ((size_t)sent != x->body.total)
		return;
	SET(x, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES_MIN); /* this frees it */
	SET(x, CURLOPT_HTTPHEADER, NULL);
	free(x->block);
	x->block = NULL;
	x->lines = NULL;
	x->body.n = 0;
}

void request_rewind(struct upstream_exchange *x)
{
	x->body.piece = 0;
	x->body.offset = 0;
	SET(x, CURLOPT_FRESH_CONNECT, 1L);
}

void request_forget(struct upstream_exchange *x)
{
	if (x->again)
		SET(x, CURLOPT_FRESH_CONNECT, 0L);
	SET(x, CURLOPT_HTTPHEADER, NULL);
	free(x->block);
	x->block = NULL;
	x->lines = NULL;
	x->body = (struct pieces){0};
}
