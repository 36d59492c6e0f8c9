/* The carrier that is libcurl: TLS, HTTP/2, proxies. */
#include <stdlib.h>

#include "upstream/curl_exchange.h"

static void on_over(void *owner, CURLcode result)
{
	struct upstream_exchange *x;

	AIP_CAST(x, owner, EXCHANGE_MAGIC);
	struct curl_exchange *cx = curl_exchange_of(x);
	/* curl takes an end within the head for the end of an answer without a body. */
	if (result == CURLE_OK && !x->head_seen)
		result = CURLE_GOT_NOTHING;
	/* It sends a request again by itself only where it was reading by then, not in the middle of
	 * a large body. */
	bool again = exchange_died_unanswered(x, result);
	aip_assert(curl_job_drop(&cx->job, x->up));
	if (again) {
		curl_request_rewind(cx);
		exchange_begin_again(x);
		return;
	}
	exchange_is_over(x, result);
}

static void on_dropped(void *owner)
{
	struct upstream_exchange *x;

	AIP_CAST(x, owner, EXCHANGE_MAGIC);
	exchange_is_dropped(x);
}

static void curl_init(struct upstream_exchange *x)
{
	struct curl_exchange *cx = curl_exchange_of(x);

	cx->job.over = on_over;
	cx->job.dropped = on_dropped;
	curl_job_init(&cx->job, x->up, cx);
	curl_request_init(cx);
}

static void curl_fini(struct upstream_exchange *x)
{
	struct curl_exchange *cx = curl_exchange_of(x);

	curl_job_fini(&cx->job);
	free(cx->proxy);
}

/* curl's handles may be added from the pump alone. */
static bool curl_begin_now(struct upstream_exchange *x)
{
	return false;
}

static void curl_begin(struct upstream_exchange *x)
{
	curl_job_run(&curl_exchange_of(x)->job, x->up);
}

static void curl_pause(struct upstream_exchange *x)
{
	curl_easy_pause(curl_exchange_of(x)->job.easy, CURLPAUSE_RECV);
}

static void curl_go_on(struct upstream_exchange *x)
{
	curl_job_go_on(&curl_exchange_of(x)->job, x->up);
}

static bool curl_detach(struct upstream_exchange *x)
{
	return curl_job_drop(&curl_exchange_of(x)->job, x->up);
}

static struct upstream_facts curl_facts(const struct upstream_exchange *x)
{
	CURL *easy = ((const struct curl_exchange *)x)->job.easy;
	long opened = 1, version = 0;
	curl_off_t sent = 0;

	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	return (struct upstream_facts){
		.reused = x->wait > WAIT_CONNECT && opened == 0,
		.http2 = version == CURL_HTTP_VERSION_2_0,
		.sent_bytes = sent,
	};
}

static const char *curl_says(const struct upstream_exchange *x)
{
	const char *says = ((const struct curl_exchange *)x)->job.says;

	return says[0] ? says : NULL;
}

const struct carrier carrier_curl = {
	.id = CARRIER_CURL,
	.bytes = sizeof(struct curl_exchange),
	.init = curl_init,
	.fini = curl_fini,
	.set = curl_request_set,
	.begin_now = curl_begin_now,
	.begin = curl_begin,
	.pause = curl_pause,
	.go_on = curl_go_on,
	.detach = curl_detach,
	.forget = curl_request_forget,
	.facts = curl_facts,
	.says = curl_says,
};
