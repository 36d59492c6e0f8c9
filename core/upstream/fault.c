/* What went wrong with an exchange, as a status and a sentence without secrets. */
#include <inttypes.h>

#include "upstream/inside.h"

/* What curl says of TLS is about certificates and protocols, and worth having; its other texts
 * may quote a host or a proxy, and are not used. */
static enum aip_status tls_fault(const struct upstream_exchange *x, struct aip_error *reterr)
{
	const char *says = x->carrier->says ? x->carrier->says(x) : NULL;

	return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "TLS with the upstream failed: %s",
	                says ? says : curl_easy_strerror(x->result));
}

static enum aip_status cut(const struct upstream_exchange *x, struct aip_error *reterr)
{
	switch (x->result) {
	case CURLE_BAD_CONTENT_ENCODING:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer is cut: its encoding cannot be undone");
	case CURLE_HTTP2_STREAM:
	case CURLE_HTTP2:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer is cut: it reset the stream");
	case CURLE_PARTIAL_FILE:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer is cut: it closed the connection too early");
	case CURLE_WEIRD_SERVER_REPLY:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer is cut: its chunks are broken");
	default:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the upstream's answer is cut: %s",
		                curl_easy_strerror(x->result));
	}
}

static enum aip_status before_head(const struct upstream_exchange *x, struct aip_error *reterr)
{
	if (x->result == CURLE_UNSUPPORTED_PROTOCOL && x->wait > WAIT_CONNECT)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream does not speak HTTP/1.1");
	if (x->address_refused && x->wait == WAIT_CONNECT)
		return aip_fail(reterr, AIP_BAD_REQUEST, "the address is not a public one");
	switch (x->result) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "the upstream's URL is not usable");
	case CURLE_COULDNT_RESOLVE_PROXY:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the proxy's name does not resolve");
	case CURLE_COULDNT_RESOLVE_HOST:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's name does not resolve");
	case CURLE_COULDNT_CONNECT:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream does not accept connections");
	case CURLE_PROXY:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the proxy does not connect to the upstream");
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION: return tls_fault(x, reterr);
	case CURLE_OPERATION_TIMEDOUT:
		return aip_fail(reterr, AIP_UPSTREAM_TIMEOUT,
		                "the upstream did not accept the connection in time");
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return aip_fail(
			reterr, AIP_UPSTREAM_BROKEN,
			"the upstream closed the connection without an answer or within its head");
	case CURLE_WEIRD_SERVER_REPLY:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer does not say how long it is");
	case CURLE_BAD_CONTENT_ENCODING:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer is encoded in a way that was not asked for");
	case CURLE_SEND_ERROR:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream closed the connection while the request was sent");
	default:
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "no usable answer from the upstream: %s",
		                curl_easy_strerror(x->result));
	}
}

enum aip_status fault_of_result(const struct upstream_exchange *x, struct aip_error *reterr)
{
	if (x->head_refused)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer has a head larger than %zu bytes",
		                x->limits.head_bytes_max);
	return x->head_seen ? cut(x, reterr) : before_head(x, reterr);
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
