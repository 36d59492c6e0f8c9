/* libcurl's multi on the loop: its handles run, its timers come round, its ends are collected. */
#include <stdlib.h>

#include "upstream/inside.h"

#define JOB_MAGIC 0x4a4f4221u

/* ---- Jobs ---------------------------------------------------------------------------------- */

static void set_trust(CURL *easy, const struct upstream *up)
{
	const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);

	if (up->ca_file) {
		CURL_SET(easy, CURLOPT_CAINFO, up->ca_file);
		CURL_SET(easy, CURLOPT_PROXY_CAINFO, up->ca_file);
	}
	/* A store read from one file is kept and shared by later connections; reading it anew takes
	 * longer than the handshake. */
	if (up->ca_file || version->cainfo) {
		CURL_SET(easy, CURLOPT_CAPATH, NULL);
		CURL_SET(easy, CURLOPT_PROXY_CAPATH, NULL);
	}
}

void curl_job_init(struct curl_job *job, struct upstream *up, void *owner)
{
	CURL *easy = curl_easy_init();

	aip_assert(easy);
	job->magic = JOB_MAGIC;
	job->easy = easy;
	job->owner = owner;
	CURL_SET(easy, CURLOPT_PRIVATE, job);
	CURL_SET(easy, CURLOPT_SHARE, up->curl.share);
	CURL_SET(easy, CURLOPT_ERRORBUFFER, job->says);
	CURL_SET(easy, CURLOPT_NOSIGNAL, 1L);
	CURL_SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	CURL_SET(easy, CURLOPT_PATH_AS_IS, 1L);
	CURL_SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	CURL_SET(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	CURL_SET(easy, CURLOPT_TCP_KEEPIDLE, 60L);
	CURL_SET(easy, CURLOPT_TCP_KEEPINTVL, 30L);
	/* Waiting for a connection that might be shared is a trap: curl wakes one waiter for each
	 * that ends, so behind an HTTP/1.1 upstream the others sit until their time is up. */
	CURL_SET(easy, CURLOPT_PIPEWAIT, 0L);
	CURL_SET(easy, CURLOPT_MAXAGE_CONN, (long)up->connection_idle_s);
	CURL_SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_curl_open);
	CURL_SET(easy, CURLOPT_OPENSOCKETDATA, up);
	CURL_SET(easy, CURLOPT_CLOSESOCKETFUNCTION, on_curl_close);
	CURL_SET(easy, CURLOPT_CLOSESOCKETDATA, up);
	set_trust(easy, up);
}

void curl_job_fini(struct curl_job *job)
{
	aip_assert(!job->running);
	curl_easy_cleanup(job->easy);
	job->magic = 0;
}

void curl_job_run(struct curl_job *job, struct upstream *up)
{
	aip_assert(!up->curl.inside && !job->running);
	job->says[0] = '\0';
	job->running = true;
	aip_assert(curl_multi_add_handle(up->curl.multi, job->easy) == CURLM_OK);
}

static void take_out(struct curl_job *job, struct upstream *up)
{
	aip_assert(!up->curl.inside && job->running);
	job->running = false;
	aip_assert(curl_multi_remove_handle(up->curl.multi, job->easy) == CURLM_OK);
}

bool curl_job_drop(struct curl_job *job, struct upstream *up)
{
	if (!up->curl.inside) {
		take_out(job, up);
		return true;
	}
	job->is_dropped = true;
	job->next = up->curl.dropped;
	up->curl.dropped = job;
	upstream_wake(up);
	return false;
}

static void drop_dropped(struct upstream *up)
{
	struct curl_job *job;

	while ((job = up->curl.dropped)) {
		up->curl.dropped = job->next;
		job->next = NULL;
		job->is_dropped = false;
		take_out(job, up);
		job->dropped(job->owner);
	}
}

long curl_connect_limit(int64_t connect_ms)
{
	bool none = connect_ms < 0 || connect_ms > INT32_MAX / 2;

	return (long)(none ? INT32_MAX / 2 : connect_ms + 1000);
}

void curl_job_go_on(struct curl_job *job, struct upstream *up)
{
	up->curl.inside = true;
	curl_easy_pause(job->easy, CURLPAUSE_CONT);
	up->curl.inside = false;
	/* curl forgot the socket, and does not always say that it would go on. */
	up->curl.due_ms = 0;
}

/* ---- Driving ------------------------------------------------------------------------------- */

/* Ends what curl reports as over. */
static void collect(struct upstream *up)
{
	int left;
	const CURLMsg *message;

	while ((message = curl_multi_info_read(up->curl.multi, &left))) {
		struct curl_job *job;
		void *private;

		aip_assert(message->msg == CURLMSG_DONE);
		CURLcode result = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		AIP_CAST(job, private, JOB_MAGIC);
		if (!job->is_dropped)
			job->over(job->owner, result);
	}
}

void curl_enter(struct upstream *up, curl_socket_t fd, int what)
{
	int running;

	up->curl.inside = true;
	curl_multi_socket_action(up->curl.multi, fd, what, &running);
	up->curl.inside = false;
	drop_dropped(up);
	collect(up);
}

static void look_at_timers(struct upstream *up, int64_t after_ms)
{
	if (after_ms < 0) { /* the hand is left to come round for nothing */
		up->curl.due_ms = INT64_MAX;
		return;
	}
	if (after_ms == 0) {
		up->curl.due_ms = 0;
		upstream_wake(up);
		return;
	}
	/* One more, since our clock is cut to whole milliseconds: curl does not repeat its wish
	 * when it is asked too early. */
	up->curl.due_ms = loop_now_ms(up->loop) + after_ms + 1;
	loop_timer_arm(up->loop, &up->curl.clock_hand, after_ms + 1);
}

static int on_curl_timer(CURLM *multi, long after_ms, void *arg)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	look_at_timers(up, after_ms);
	return 0;
}

static bool timers_are_due(struct upstream *up)
{
	return up->curl.due_ms <= loop_now_ms(up->loop);
}

static void run_timers(struct upstream *up)
{
	long after_ms = -1;

	up->curl.due_ms = INT64_MAX;
	curl_enter(up, CURL_SOCKET_TIMEOUT, 0);
	if (up->curl.due_ms != INT64_MAX)
		return;
	curl_multi_timeout(up->curl.multi, &after_ms);
	if (after_ms > 0)
		look_at_timers(up, after_ms);
}

bool curl_has_work(struct upstream *up)
{
	return up->curl.dropped || timers_are_due(up);
}

void curl_work(struct upstream *up)
{
	drop_dropped(up);
	if (timers_are_due(up))
		run_timers(up);
	else
		collect(up);
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void on_clock_hand(void *arg)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	upstream_wake(up);
}

void curl_side_init(struct upstream *up)
{
	struct curl_side *curl = &up->curl;

	curl->due_ms = INT64_MAX;
	curl->kept = CURL_SOCKET_BAD;
	loop_timer_init(&curl->clock_hand, on_clock_hand, up);
	aip_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	curl->share = curl_share_init();
	curl->multi = curl_multi_init();
	aip_assert(curl->share && curl->multi);
	curl_share_setopt(curl->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, up);
	curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, up);
	curl_multi_setopt(curl->multi, CURLMOPT_MAXCONNECTS, (long)up->connections_max);
}

void curl_side_fini(struct upstream *up)
{
	curl_multi_cleanup(up->curl.multi);
	curl_share_cleanup(up->curl.share);
	curl_global_cleanup();
	sockets_fini(up);
	loop_timer_disarm(up->loop, &up->curl.clock_hand);
}
