/* What may be sent: checks of a request, and which of its headers go out. */
#include "upstream/inside.h"

#define HEADERS_MAX   1000
#define URL_BYTES_MAX 65536

/* ---- Checks -------------------------------------------------------------------------------- */

static bool is_token(struct aip_str s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool alnum =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		if (!alnum && c != '-' && !memchr(others, c, sizeof(others) - 1))
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

bool request_proxy_is_none(struct aip_str proxy)
{
	static const char *const words[] = {"direct", "none", NULL};

	return is_one_of(proxy, words);
}

enum aip_status request_check(const struct upstream_request *request, struct aip_error *reterr)
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

/* ---- What goes out ------------------------------------------------------------------------- */

static const char *const framing[] = {
	"content-length", "transfer-encoding", "connection", "keep-alive",
	"expect",         "upgrade",           "te",         NULL};

bool request_sends(const struct upstream_request *request, struct aip_str name)
{
	if (request->decode && aip_str_eq_nocase(name, AIP_LIT("accept-encoding")))
		return false;
	return !is_one_of(name, framing);
}

bool request_gives(const struct upstream_request *request, struct aip_str name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (aip_str_eq_nocase(request->headers[i].name, name))
			return request_sends(request, name);
	return false;
}

const char *request_method(const struct upstream_request *request, size_t body_bytes)
{
	if (request->method)
		return request->method;
	return body_bytes > 0 ? "POST" : "GET";
}

size_t request_body_bytes(const struct upstream_request *request)
{
	size_t bytes = 0;

	for (size_t i = 0; i < request->n_body; i++)
		bytes += request->body[i].len;
	return bytes;
}

struct upstream_limits request_limits(const struct upstream_request *request)
{
	struct upstream_limits limits = request->limits;

	if (!limits.connect_ms)
		limits.connect_ms = 10000;
	if (!limits.head_ms)
		limits.head_ms = 600000;
	if (!limits.first_ms)
		limits.first_ms = 300000;
	if (!limits.idle_ms)
		limits.idle_ms = 300000;
	if (!limits.head_bytes_max)
		limits.head_bytes_max = (size_t)256 * 1024;
	return limits;
}
