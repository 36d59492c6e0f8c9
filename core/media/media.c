/* The fetches of one request: a few at a time, each with its limits. */
#include "media/media.h"

#include <stdio.h>

#include "base/assert.h"
#include "loop/loop.h"
#include "upstream/upstream.h"

#define FETCH_MAGIC   0x46455443u
#define JOB_MAGIC     0x4d4a4f42u
#define FETCHES_MAX   4 /* at a time */
#define REDIRECTS_MAX 3

struct fetch {
	uint32_t magic;
	struct media_job *job;
	struct media_item *item; /* NULL: idle */
	struct aip_str url;      /* of this hop */
	unsigned redirects;
	struct upstream_exchange *up;
	struct loop_timer limit;
	struct aip_buf body;
};

struct media_job {
	uint32_t magic;
	struct media_task task;
	struct media_item *next; /* to be begun */
	size_t bytes;            /* come so far, of all */
	struct loop_task begin;
	struct fetch fetches[FETCHES_MAX];
};

/* ---- Ends ----------------------------------------------------------------------------------- */

static void fetch_close(struct fetch *fetch)
{
	if (fetch->up)
		upstream_cancel(fetch->up);
	fetch->up = NULL;
	fetch->item = NULL;
	loop_timer_disarm(fetch->job->task.loop, &fetch->limit);
	aip_buf_fini(&fetch->body);
}

void media_cancel(struct media_job *job)
{
	aip_assert(job->magic == JOB_MAGIC);
	loop_task_cancel(job->task.loop, &job->begin);
	for (size_t i = 0; i < FETCHES_MAX; i++)
		fetch_close(&job->fetches[i]);
	job->magic = 0;
}

aip_printf_like(2, 3) static void fetch_failed(struct fetch *fetch, const char *fmt, ...)
{
	struct media_job *job = fetch->job;
	const struct media_item *item = fetch->item;
	char why[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	media_cancel(job);
	job->task.over(job->task.arg, item, why);
}

static void begin_more(void *arg);

static void fetch_succeeded(struct fetch *fetch)
{
	struct media_item *item = fetch->item;

	if (!fetch->body.len) {
		fetch_failed(fetch, "there is nothing at that URL");
		return;
	}
	item->base64 = aip_base64(fetch->job->task.arena, aip_buf_str(&fetch->body));
	item->is_fetched = true;
	fetch_close(fetch);
	begin_more(fetch->job);
}

/* ---- One fetch ------------------------------------------------------------------------------ */

static void go_to(struct fetch *fetch, struct aip_str base, struct aip_str url);

static bool is_redirect(int http)
{
	return http == 301 || http == 302 || http == 303 || http == 307 || http == 308;
}

static void follow(struct fetch *fetch, struct aip_str location)
{
	if (fetch->redirects++ == REDIRECTS_MAX) {
		fetch_failed(fetch, "the URL leads on and on: more than %d redirects",
		             REDIRECTS_MAX);
		return;
	}
	struct aip_str to = aip_arena_dup(fetch->job->task.arena, location);
	upstream_cancel(fetch->up);
	fetch->up = NULL;
	go_to(fetch, fetch->url, to);
}

static void on_head(void *arg, const struct aip_head *head)
{
	struct fetch *fetch;

	AIP_CAST(fetch, arg, FETCH_MAGIC);
	struct aip_str location = aip_header_get(head->headers, head->n_headers, "location");
	if (is_redirect(head->http) && location.len) {
		follow(fetch, location);
		return;
	}
	if (head->http != 200) {
		fetch_failed(fetch, "the URL cannot be fetched: it answers with HTTP status %d",
		             head->http);
		return;
	}
	fetch->item->content_type =
		aip_arena_dup(fetch->job->task.arena,
	                      aip_header_get(head->headers, head->n_headers, "content-type"));
}

static void on_body(void *arg, struct aip_str bytes)
{
	struct fetch *fetch;

	AIP_CAST(fetch, arg, FETCH_MAGIC);
	struct media_job *job = fetch->job;
	const struct media_limits *limits = job->task.limits;
	job->bytes += bytes.len;
	if (aip_buf_add(&fetch->body, bytes))
		fetch_failed(fetch, "what stands at the URL is larger than %zu bytes",
		             limits->bytes);
	else if (job->bytes > limits->total_bytes)
		fetch_failed(fetch, "what stands at the request's URLs is larger than %zu bytes",
		             limits->total_bytes);
}

static void on_end(void *arg, enum aip_status how, const struct aip_error *why)
{
	struct fetch *fetch;

	AIP_CAST(fetch, arg, FETCH_MAGIC);
	fetch->up = NULL;
	if (how == AIP_BAD_REQUEST)
		fetch_failed(fetch, "the URL is not fetched: %s", why->message);
	else if (how == AIP_UPSTREAM_TIMEOUT)
		fetch_failed(fetch, "the URL did not answer in time");
	else if (how)
		fetch_failed(fetch, "the URL cannot be fetched");
	else
		fetch_succeeded(fetch);
}

static void time_is_up(void *arg)
{
	struct fetch *fetch;

	AIP_CAST(fetch, arg, FETCH_MAGIC);
	fetch_failed(fetch, "the URL did not answer in time");
}

/* Sent as they are; nothing of the client's goes along. */
static const struct aip_header headers[] = {
	{{"Accept", 6}, {"*/*", 3}},
	{{"User-Agent", 10}, {"aiproxyapi", 10}},
};

static void go_to(struct fetch *fetch, struct aip_str base, struct aip_str url)
{
	static const struct upstream_events events = {on_head, on_body, on_end};
	const struct media_task *task = &fetch->job->task;
	struct media_place place;
	struct aip_error ignored;

	if (!media_place_read(task->arena, base, url, &place)) {
		fetch_failed(fetch, "the URL is not fetched: only http and https, without a user's "
		                    "name, are");
		return;
	}
	fetch->url = place.url;
	const struct upstream_request request = {
		.method = "GET",
		.url = place.url,
		.headers = headers,
		.n_headers = sizeof(headers) / sizeof(*headers),
		.proxy_url = AIP_LIT("direct"),
		.limits = {.connect_ms = task->limits->each_ms},
		.decode = true,
		.public_only = !media_place_is_allowed(task->limits, &place),
	};
	if (upstream_start(task->upstream, &request, &events, fetch, &fetch->up, &ignored))
		fetch_failed(fetch, "the URL cannot be fetched");
}

static void fetch_begin(struct fetch *fetch, struct media_item *item)
{
	const struct media_task *task = &fetch->job->task;

	fetch->item = item;
	fetch->redirects = 0;
	aip_buf_init(&fetch->body, task->limits->bytes);
	loop_timer_init(&fetch->limit, time_is_up, fetch);
	loop_timer_arm(task->loop, &fetch->limit, task->limits->each_ms);
	go_to(fetch, AIP_NONE, item->url);
}

/* ---- All of them ---------------------------------------------------------------------------- */

static struct media_item *take_next(struct media_job *job)
{
	struct media_item *item = job->next;

	while (item && item->is_fetched)
		item = item->next;
	job->next = item ? item->next : NULL;
	return item;
}

static void begin_more(void *arg)
{
	struct media_job *job;
	bool busy = false;

	AIP_CAST(job, arg, JOB_MAGIC);
	for (size_t i = 0; i < FETCHES_MAX && job->magic; i++) {
		struct fetch *fetch = &job->fetches[i];
		struct media_item *item = fetch->item ? NULL : take_next(job);
		busy |= fetch->item || item;
		if (item)
			fetch_begin(fetch, item);
	}
	if (busy)
		return;
	media_cancel(job);
	job->task.over(job->task.arg, NULL, NULL);
}

struct media_job *media_start(const struct media_task *task)
{
	struct media_job *job = AIP_NEW(task->arena, struct media_job);

	*job = (struct media_job){.magic = JOB_MAGIC, .task = *task, .next = task->items};
	for (size_t i = 0; i < FETCHES_MAX; i++)
		job->fetches[i] = (struct fetch){.magic = FETCH_MAGIC, .job = job};
	loop_task_init(&job->begin, begin_more, job);
	loop_task_add(task->loop, &job->begin);
	return job;
}
