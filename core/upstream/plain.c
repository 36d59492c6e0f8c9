/* The carrier that is HTTP/1.1 over bare sockets: an exchange gets its connection, and gives it back
 * or breaks it. */
#include "upstream/plain_exchange.h"

#include <stdlib.h>

void plain_side_init(struct upstream *up)
{
	up->plain.room = malloc(PLAIN_ROOM_BYTES);
	aip_assert(up->plain.room);
}

void plain_side_fini(struct upstream *up)
{
	links_fini(up);
	dials_fini(up);
	free(up->plain.room);
}

bool plain_takes(const struct upstream *up, const struct upstream_request *request)
{
	struct plain_url url;
	bool no_proxy = request->proxy_url.len ? request_proxy_is_none(request->proxy_url)
	                                       : !up->env_has_proxy;

	return no_proxy && !up->curl_only && !request->public_only &&
	       plain_url_read(request->url, &url);
}

/* ---- Ends ---------------------------------------------------------------------------------- */

static void give_back(struct plain_exchange *px, bool keep)
{
	struct link *link = px->link;

	px->link = NULL;
	if (link && keep)
		link_keep(link);
	else if (link)
		link_close(link);
}

void plain_is_over(struct plain_exchange *px, bool excess)
{
	give_back(px, px->keep_alive && !excess && px->sent == px->total);
	exchange_is_over(&px->x, CURLE_OK);
}

void plain_fails(struct plain_exchange *px, CURLcode result)
{
	bool again = exchange_died_unanswered(&px->x, result);

	give_back(px, false);
	if (again) {
		plain_request_rewind(px);
		exchange_begin_again(&px->x);
		return;
	}
	exchange_is_over(&px->x, result);
}

/* ---- The connection ------------------------------------------------------------------------ */

static struct plain_exchange *mine(void *arg)
{
	struct upstream_exchange *x;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	return plain_exchange_of(x);
}

static void on_readable(void *arg)
{
	plain_receive(mine(arg));
}

static void on_writable(void *arg)
{
	plain_send(mine(arg));
}

static const struct link_events link_events = {on_readable, on_writable};

static void use(struct plain_exchange *px, struct link *link)
{
	px->link = link;
	link_use(link, &link_events, px);
	if (px->x.paused)
		link_read(link, false);
	exchange_wait_for(&px->x, WAIT_HEAD);
	plain_send(px);
}

static bool use_kept(struct plain_exchange *px)
{
	struct link *link = px->x.again ? NULL : link_take(px->x.up, px->origin);

	px->reused = link != NULL;
	if (link)
		use(px, link);
	return px->reused;
}

static void on_dialled(void *arg, int fd, CURLcode result)
{
	struct plain_exchange *px = mine(arg);

	px->dial = NULL;
	if (fd < 0)
		plain_fails(px, result);
	else
		use(px, link_create(px->x.up, fd, px->origin));
}

/* ---- The carrier ----------------------------------------------------------------------------- */

/* All that outlives an exchange is its memory. */
static void plain_nothing(struct upstream_exchange *x)
{
}

static bool plain_begin_now(struct upstream_exchange *x)
{
	return use_kept(plain_exchange_of(x));
}

static void plain_begin(struct upstream_exchange *x)
{
	struct plain_exchange *px = plain_exchange_of(x);

	if (!use_kept(px))
		px->dial = dial_start(x->up, px->url, x->limits.connect_ms, on_dialled, px);
}

static void plain_pause(struct upstream_exchange *x)
{
	struct plain_exchange *px = plain_exchange_of(x);

	if (px->link)
		link_read(px->link, false);
}

static void plain_resume(struct upstream_exchange *x)
{
	plain_go_on(plain_exchange_of(x));
}

static bool plain_detach(struct upstream_exchange *x)
{
	struct plain_exchange *px = plain_exchange_of(x);

	if (px->dial)
		dial_drop(px->dial);
	px->dial = NULL;
	give_back(px, false);
	return true;
}

static void plain_forget(struct upstream_exchange *x)
{
	struct plain_exchange *px = plain_exchange_of(x);

	plain_request_forget(px);
	plain_reply_forget(px);
}

static struct upstream_facts plain_facts(const struct upstream_exchange *x)
{
	const struct plain_exchange *px = (const struct plain_exchange *)x;

	return (struct upstream_facts){
		.reused = px->reused,
		.sent_bytes = px->sent > px->head_bytes ? (int64_t)(px->sent - px->head_bytes) : 0,
	};
}

static const char *plain_says(const struct upstream_exchange *x)
{
	return NULL;
}

const struct carrier carrier_plain = {
	.id = CARRIER_PLAIN,
	.bytes = sizeof(struct plain_exchange),
	.init = plain_nothing,
	.fini = plain_nothing,
	.set = plain_request_set,
	.begin_now = plain_begin_now,
	.begin = plain_begin,
	.pause = plain_pause,
	.go_on = plain_resume,
	.detach = plain_detach,
	.forget = plain_forget,
	.facts = plain_facts,
	.says = plain_says,
};
