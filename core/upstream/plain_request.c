/* From our request to bytes: a head of our own, the body's pieces as they lie, sent together. */
#include "upstream/plain_exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define PIECES_AT_ONCE 16

/* ---- URLs ---------------------------------------------------------------------------------- */

static bool is_host_byte(unsigned char c)
{
	bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

	return alnum || c == '-' || c == '.' || c == '_';
}

/* A name, an IPv4 address, or an IPv6 address in brackets. Anything rarer is curl's to judge. */
static size_t host_bytes(struct aip_str s)
{
	size_t i = 0;

	if (s.len > 0 && s.at[0] == '[') {
		const char *end = memchr(s.at, ']', s.len);
		for (i = 1; end && s.at + i < end; i++)
			if (!is_host_byte((unsigned char)s.at[i]) && s.at[i] != ':')
				return 0;
		return end && i > 1 ? i + 1 : 0;
	}
	while (i < s.len && is_host_byte((unsigned char)s.at[i]))
		i++;
	return i;
}

static bool read_port(struct aip_str s, size_t *ret_bytes)
{
	unsigned port = 0;
	size_t i = 0;

	for (; i < s.len && i < 5 && s.at[i] >= '0' && s.at[i] <= '9'; i++)
		port = port * 10 + (unsigned)(s.at[i] - '0');
	*ret_bytes = i;
	return i > 0 && port > 0 && port <= 65535;
}

static struct aip_str behind(struct aip_str s, size_t n)
{
	return aip_strn(s.at + n, s.len - n);
}

bool plain_url_read(struct aip_str url, struct plain_url *ret)
{
	static const char scheme[] = "http://";
	size_t scheme_bytes = sizeof(scheme) - 1;
	size_t n;

	*ret = (struct plain_url){0};
	if (url.len <= scheme_bytes ||
	    !aip_str_eq_nocase(aip_strn(url.at, scheme_bytes), AIP_LIT("http://")))
		return false;
	struct aip_str rest = behind(url, scheme_bytes);
	n = host_bytes(rest);
	ret->host = aip_strn(rest.at, n);
	rest = behind(rest, n);
	if (n == 0)
		return false;
	if (rest.len && rest.at[0] == ':') {
		rest = behind(rest, 1);
		if (!read_port(rest, &n))
			return false;
		ret->port = aip_strn(rest.at, n);
		rest = behind(rest, n);
	}
	if (rest.len && !memchr("/?#", rest.at[0], 3))
		return false;
	const char *fragment = rest.len ? memchr(rest.at, '#', rest.len) : NULL;
	ret->path = fragment ? aip_strn(rest.at, (size_t)(fragment - rest.at)) : rest;
	return true;
}

/* ---- The head ------------------------------------------------------------------------------ */

/* A port that the scheme implies is not said. */
static char *append_host(char *at, const struct plain_url *url)
{
	at = request_append(at, url->host);
	if (url->port.len && !aip_str_is(url->port, "80")) {
		at = request_append(at, AIP_LIT(":"));
		at = request_append(at, url->port);
	}
	return at;
}

/* All headers but the empty line: enough for append_head. */
static size_t head_bytes_max(const struct upstream_request *request, const struct plain_url *url,
                             const char *method)
{
	static const char own[] = " / HTTP/1.1\r\nHost: :\r\nAccept-Encoding: identity\r\n"
				  "Content-Length: 18446744073709551615\r\n\r\n";
	size_t bytes = sizeof(own) + strlen(method) + url->path.len + url->host.len + url->port.len;

	for (size_t i = 0; i < request->n_headers; i++)
		bytes += request->headers[i].name.len + request->headers[i].value.len + 4;
	return bytes;
}

static char *append_header(char *at, struct aip_str name, struct aip_str value)
{
	at = request_append(at, name);
	at = request_append(at, value.len ? AIP_LIT(": ") : AIP_LIT(":"));
	at = request_append(at, value);
	return request_append(at, AIP_LIT("\r\n"));
}

static char *append_length(char *at, size_t bytes)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", bytes);
	return append_header(at, AIP_LIT("Content-Length"), aip_str(digits));
}

static char *append_head(char *at, const struct upstream_request *request,
                         const struct plain_url *url, const char *method, size_t body_bytes)
{
	at = request_append(at, aip_str(method));
	at = request_append(at,
	                    url->path.len && url->path.at[0] == '/' ? AIP_LIT(" ") : AIP_LIT(" /"));
	at = request_append(at, url->path);
	at = request_append(at, AIP_LIT(" HTTP/1.1\r\n"));
	if (!request_gives(request, AIP_LIT("host"))) {
		at = request_append(at, AIP_LIT("Host: "));
		at = append_host(at, url);
		at = request_append(at, AIP_LIT("\r\n"));
	}
	/* The way is short: a compressor would cost more than the bytes. */
	if (request->decode)
		at = append_header(at, AIP_LIT("Accept-Encoding"), AIP_LIT("identity"));
	for (size_t i = 0; i < request->n_headers; i++)
		if (request_sends(request, request->headers[i].name))
			at = append_header(at, request->headers[i].name, request->headers[i].value);
	if (body_bytes > 0 || strcmp(method, "POST") == 0)
		at = append_length(at, body_bytes);
	return request_append(at, AIP_LIT("\r\n"));
}

/* ---- The request --------------------------------------------------------------------------- */

static void lay_pieces(struct plain_exchange *px, const struct upstream_request *request,
                       const char *head, size_t head_bytes)
{
	px->pieces[0] = (struct iovec){(void *)(uintptr_t)head, head_bytes};
	px->n_pieces = 1;
	for (size_t i = 0; i < request->n_body; i++)
		if (request->body[i].len)
			px->pieces[px->n_pieces++] = (struct iovec){
				(void *)(uintptr_t)request->body[i].at, request->body[i].len};
}

/* One block: pieces, URL to dial, head. */
enum aip_status plain_request_set(struct upstream_exchange *x,
                                  const struct upstream_request *request, struct aip_error *reterr)
{
	struct plain_exchange *px = plain_exchange_of(x);
	struct plain_url url;

	aip_assert(plain_url_read(request->url, &url));
	size_t body_bytes = request_body_bytes(request);
	const char *method = request_method(request, body_bytes);
	size_t pieces_bytes = (request->n_body + 1) * sizeof(struct iovec);
	size_t url_bytes = url.host.len + url.port.len + sizeof("http://:80/");
	px->block = malloc(pieces_bytes + url_bytes + head_bytes_max(request, &url, method));
	aip_assert(px->block);

	char *text = px->block + pieces_bytes;
	char *at = request_append(text, AIP_LIT("http://"));
	char *origin = at;
	at = request_append(at, url.host);
	at = request_append(at, AIP_LIT(":"));
	at = request_append(at, url.port.len ? url.port : AIP_LIT("80"));
	px->url = text;
	px->origin = aip_strn(origin, (size_t)(at - origin));
	at = request_append(at, aip_strn("/", 2));

	char *end = append_head(at, request, &url, method, body_bytes);
	px->pieces = (struct iovec *)px->block;
	px->head_bytes = (size_t)(end - at);
	lay_pieces(px, request, at, px->head_bytes);
	px->total = px->head_bytes + body_bytes;
	px->to_head = strcmp(method, "HEAD") == 0;
	px->reused = false;
	plain_request_rewind(px);
	return AIP_OK;
}

void plain_request_rewind(struct plain_exchange *px)
{
	px->sent = 0;
	px->piece = 0;
	px->offset = 0;
	px->send_broken = false;
}

void plain_request_forget(struct plain_exchange *px)
{
	free(px->block);
	px->block = NULL;
	px->pieces = NULL;
	px->n_pieces = 0;
	px->piece = 0;
}

/* ---- Sending ------------------------------------------------------------------------------- */

static void advance(struct plain_exchange *px, size_t n)
{
	px->sent += n;
	px->offset += n;
	while (px->piece < px->n_pieces && px->offset >= px->pieces[px->piece].iov_len)
		px->offset -= px->pieces[px->piece++].iov_len;
}

static ssize_t send_some(const struct plain_exchange *px)
{
	struct iovec some[PIECES_AT_ONCE];
	size_t n = 0;

	for (size_t i = px->piece; i < px->n_pieces && n < PIECES_AT_ONCE; i++)
		some[n++] = px->pieces[i];
	some[0].iov_base = (char *)some[0].iov_base + px->offset;
	some[0].iov_len -= px->offset;
	const struct msghdr message = {.msg_iov = some, .msg_iovlen = n};
	return sendmsg(link_fd(px->link), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void plain_send(struct plain_exchange *px)
{
	while (px->sent < px->total && !px->send_broken) {
		ssize_t n = send_some(px);
		if (n >= 0)
			advance(px, (size_t)n);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR) /* whether it said something first, reading tells */
			px->send_broken = true;
	}
	link_write(px->link, px->sent < px->total && !px->send_broken);
}
