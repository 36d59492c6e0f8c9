/* Connections for the plain carrier. curl resolves the name, tries the addresses of both families
 * and connects; then it is made to leave its socket open, which from then on is ours. */
#include <stdlib.h>

#include "upstream/inside.h"

#define DIAL_MAGIC 0x4449414cu

struct dial {
	uint32_t magic;
	struct curl_job job;
	struct upstream *up;
	void (*over)(void *arg, int fd, CURLcode result);
	void *arg;
	struct dial *next, *prev;
};

static void dial_free(struct dial *dial)
{
	if (dial->next)
		dial->next->prev = dial->prev;
	*(dial->prev ? &dial->prev->next : &dial->up->plain.dials) = dial->next;
	curl_job_fini(&dial->job);
	dial->magic = 0;
	free(dial);
}

static void on_over(void *owner, CURLcode result)
{
	struct dial *dial;

	AIP_CAST(dial, owner, DIAL_MAGIC);
	struct upstream *up = dial->up;
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (result == CURLE_OK)
		curl_easy_getinfo(dial->job.easy, CURLINFO_ACTIVESOCKET, &fd);
	if (result == CURLE_OK && fd == CURL_SOCKET_BAD)
		result = CURLE_COULDNT_CONNECT;
	up->curl.kept = fd;
	aip_assert(curl_job_drop(&dial->job, up)); /* closes all of its that is not kept */
	void (*over)(void *arg, int fd, CURLcode result) = dial->over;
	void *arg = dial->arg;
	dial_free(dial);
	up->curl.kept = CURL_SOCKET_BAD;
	over(arg, fd == CURL_SOCKET_BAD ? -1 : fd, result);
}

static void on_dropped(void *owner)
{
	struct dial *dial;

	AIP_CAST(dial, owner, DIAL_MAGIC);
	dial_free(dial);
}

struct dial *dial_start(struct upstream *up, const char *url, int64_t connect_ms,
                        void (*over)(void *arg, int fd, CURLcode result), void *arg)
{
	struct dial *dial = calloc(1, sizeof(*dial));

	aip_assert(dial);
	dial->magic = DIAL_MAGIC;
	dial->up = up;
	dial->over = over;
	dial->arg = arg;
	dial->job.over = on_over;
	dial->job.dropped = on_dropped;
	curl_job_init(&dial->job, up, dial);
	CURL_SET(dial->job.easy, CURLOPT_CONNECT_ONLY, 1L);
	CURL_SET(dial->job.easy, CURLOPT_URL, url);
	CURL_SET(dial->job.easy, CURLOPT_PROXY, "");
	CURL_SET(dial->job.easy, CURLOPT_CONNECTTIMEOUT_MS, curl_connect_limit(connect_ms));
	dial->next = up->plain.dials;
	if (dial->next)
		dial->next->prev = dial;
	up->plain.dials = dial;
	curl_job_run(&dial->job, up);
	return dial;
}

void dial_drop(struct dial *dial)
{
	if (curl_job_drop(&dial->job, dial->up))
		dial_free(dial);
}

void dials_fini(struct upstream *up)
{
	while (up->plain.dials)
		dial_drop(up->plain.dials);
}
