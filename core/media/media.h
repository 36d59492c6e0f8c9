/* Fetches what requests name by URL, for upstreams that open none.
 *
 * The URLs come from clients, so they are a way into the operator's network unless someone stands there:
 * only http and https, no user in the URL, and no address but public ones, which is looked at when the
 * socket is opened (upstream.h, public_only). Redirects are followed by hand, each checked like the
 * first. Nothing of the client's request goes along. What the operator allows by host and port may have
 * any address.
 *
 * Thread: the loop's, for everything. */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include <aiproxy/base.h>

struct loop;
struct media_job;
struct upstream;

#define MEDIA_ITEMS_MAX 20 /* of one request */

struct media_limits {
	size_t bytes;                /* of one item */
	size_t total_bytes;          /* of all of a request */
	int64_t each_ms;             /* for one item, redirects included */
	const struct aip_str *allow; /* "host:port" that may be private */
	size_t n_allow;
};

struct media_item {
	struct media_item *next;
	struct aip_str url;
	/* Once fetched; in the job's arena. */
	bool is_fetched;
	struct aip_str content_type; /* AIP_NONE: not said */
	struct aip_str base64;
};

/* What a job needs; all of it borrowed until it is over. Items that are fetched already stay as they are. */
struct media_task {
	struct loop *loop;
	struct upstream *upstream;
	struct aip_arena *arena;
	const struct media_limits *limits;
	struct media_item *items;
	/* All are there (failed is NULL), or one could not be had, why is a sentence for the client, and the
	 * others were given up. The job is gone. Not from within media_start. */
	void (*over)(void *arg, const struct media_item *failed, const char *why);
	void *arg;
};

/* Begins to fetch. The job's memory is the arena's. */
struct media_job *media_start(const struct media_task *task);
/* No callback after this. */
void media_cancel(struct media_job *job);

/* ---- place.c: where a URL leads --------------------------------------------------------------- */

struct media_place {
	struct aip_str url;       /* absolute, as the HTTP library spells it */
	struct aip_str authority; /* "host:port" */
};

/* Reads a URL, from one that may be relative to `base` (AIP_NONE: it is not). False: it is not a URL, not
 * http or https, or has a user's name in it. */
aip_nodiscard bool media_place_read(struct aip_arena *arena, struct aip_str base,
                                    struct aip_str url, struct media_place *ret);
bool media_place_is_allowed(const struct media_limits *limits, const struct media_place *place);

#endif
