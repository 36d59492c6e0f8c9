/* What went wrong with an exchange, as a status and a sentence without secrets. */
#include <inttypes.h>

#include "upstream/inside.h"

/* What curl says of TLS is about certificates and protocols, and worth having; its other texts
 * may quote a host or a proxy, and are not used. */
static enum aip_status tls_fault(const struct upstream_exchange *x, struct aip_error *reterr)
{
	const char *says = x->carrier->says(x);

	return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "TLS with the upstream failed: %s",
	                says ? says : curl_easy_strerror(x->result));
}

struct fault {
	CURLcode code;
	enum aip_status status;
	const char *sentence;
};

/* Before the answer's head. */
static const struct fault before_head[] = {
	{CURLE_UNSUPPORTED_PROTOCOL, AIP_CONFIG_REFUSED, "the upstream's URL is not usable"},
	{CURLE_URL_MALFORMAT, AIP_CONFIG_REFUSED, "the upstream's URL is not usable"},
	{CURLE_COULDNT_RESOLVE_PROXY, AIP_UPSTREAM_BROKEN, "the proxy's name does not resolve"},
	{CURLE_COULDNT_RESOLVE_HOST, AIP_UPSTREAM_BROKEN, "the upstream's name does not resolve"},
	{CURLE_COULDNT_CONNECT, AIP_UPSTREAM_BROKEN, "the upstream does not accept connections"},
	{CURLE_PROXY, AIP_UPSTREAM_BROKEN, "the proxy does not connect to the upstream"},
	{CURLE_OPERATION_TIMEDOUT, AIP_UPSTREAM_TIMEOUT,
         "the upstream did not accept the connection in time"},
	{CURLE_GOT_NOTHING, AIP_UPSTREAM_BROKEN,
         "the upstream closed the connection without an answer or within its head"},
	{CURLE_PARTIAL_FILE, AIP_UPSTREAM_BROKEN,
         "the upstream closed the connection without an answer or within its head"},
	{CURLE_SEND_ERROR, AIP_UPSTREAM_BROKEN,
         "the upstream closed the connection while the request was sent"},
	{CURLE_WEIRD_SERVER_REPLY, AIP_UPSTREAM_BROKEN,
         "the upstream's answer does not say how long it is"},
	{CURLE_BAD_CONTENT_ENCODING, AIP_UPSTREAM_BROKEN,
         "the upstream's answer is encoded in a way that was not asked for"},
	{CURLE_OK, AIP_UPSTREAM_BROKEN, "no usable answer from the upstream"},
};

/* Behind it. */
static const struct fault behind_head[] = {
	{CURLE_BAD_CONTENT_ENCODING, AIP_UPSTREAM_BROKEN,
         "the upstream's answer is cut: its encoding cannot be undone"},
	{CURLE_HTTP2_STREAM, AIP_UPSTREAM_BROKEN,
         "the upstream's answer is cut: it reset the stream"},
	{CURLE_HTTP2, AIP_UPSTREAM_BROKEN, "the upstream's answer is cut: it reset the stream"},
	{CURLE_PARTIAL_FILE, AIP_UPSTREAM_BROKEN,
         "the upstream's answer is cut: it closed the connection too early"},
	{CURLE_WEIRD_SERVER_REPLY, AIP_UPSTREAM_BROKEN,
         "the upstream's answer is cut: its chunks are broken"},
	{CURLE_OK, AIP_UPSTREAM_BROKEN, "the upstream's answer is cut"},
};

/* The last row, CURLE_OK, stands for all others: curl's own words follow. */
static enum aip_status tell(const struct fault *row, CURLcode code, struct aip_error *reterr)
{
	while (row->code != CURLE_OK && row->code != code)
		row++;
	if (row->code == CURLE_OK)
		return aip_fail(reterr, row->status, "%s: %s", row->sentence,
		                curl_easy_strerror(code));
	return aip_fail(reterr, row->status, "%s", row->sentence);
}

static bool is_of_tls(CURLcode code)
{
	switch (code) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION: return true;
	default: return false;
	}
}

enum aip_status fault_of_result(const struct upstream_exchange *x, struct aip_error *reterr)
{
	if (x->head_refused)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer has a head larger than %zu bytes",
		                x->limits.head_bytes_max);
	if (x->head_seen)
		return tell(behind_head, x->result, reterr);
	if (x->result == CURLE_UNSUPPORTED_PROTOCOL && x->wait > WAIT_CONNECT)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream does not speak HTTP/1.1");
	if (x->address_refused && x->wait == WAIT_CONNECT)
		return aip_fail(reterr, AIP_BAD_REQUEST, "the address is not a public one");
	if (is_of_tls(x->result))
		return tls_fault(x, reterr);
	return tell(before_head, x->result, reterr);
}

enum aip_status fault_of_wait(const struct upstream_exchange *x, struct aip_error *reterr)
{
	const char *late = "";
	int64_t limit_ms = 0;

	switch (x->wait) {
	case WAIT_CONNECT:
		late = "the connection was not ready";
		limit_ms = x->limits.connect_ms;
		break;
	case WAIT_HEAD:
		late = "no answer began";
		limit_ms = x->limits.head_ms;
		break;
	case WAIT_FIRST:
		late = "no byte followed the answer's head";
		limit_ms = x->limits.first_ms;
		break;
	case WAIT_BODY:
		late = "the answer stopped and nothing came";
		limit_ms = x->limits.idle_ms;
		break;
	}
	return aip_fail(reterr, AIP_UPSTREAM_TIMEOUT,
	                "the upstream is too slow: %s within %" PRId64 " ms", late, limit_ms);
}
