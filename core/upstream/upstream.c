/* Exchanges: begun, paused, resumed, cancelled, ended, whoever carries them. */
#include "upstream/upstream.h"

#include <stdlib.h>
#include <unistd.h>

#include "upstream/inside.h"

#define CONNECTIONS_MAX   256
#define CONNECTION_IDLE_S 90
#define SPARES_MAX        256 /* of each carrier, kept for the next exchange */
#define PUMP_ROUNDS       16  /* of starting and ending within a turn, before sockets have theirs */

static const struct carrier *const carriers[CARRIERS] = {
	[CARRIER_PLAIN] = &carrier_plain,
	[CARRIER_CURL] = &carrier_curl,
};

/* ---- States -------------------------------------------------------------------------------- */

static void exchange_move(struct upstream_exchange *x, enum exchange_state to)
{
	static const unsigned allowed[] = {
		[EXCHANGE_SPARE] = 1u << EXCHANGE_QUEUED,
		[EXCHANGE_QUEUED] =
			1u << EXCHANGE_RUNNING | 1u << EXCHANGE_OVER | 1u << EXCHANGE_SPARE,
		[EXCHANGE_RUNNING] =
			1u << EXCHANGE_DROPPED | 1u << EXCHANGE_OVER | 1u << EXCHANGE_QUEUED,
		[EXCHANGE_DROPPED] = 1u << EXCHANGE_OVER,
		[EXCHANGE_OVER] = 1u << EXCHANGE_SPARE,
	};

	aip_assert(allowed[x->state] & 1u << to);
	x->state = to;
}

/* The pump looks again by itself while it is running; a task of its own would cost a turn. */
void upstream_wake(struct upstream *up)
{
	if (!up->pumping)
		loop_task_add(up->loop, &up->pump);
}

void exchange_wait_for(struct upstream_exchange *x, enum exchange_wait wait)
{
	const int64_t limit_ms[] = {
		[WAIT_CONNECT] = x->limits.connect_ms,
		[WAIT_HEAD] = x->limits.head_ms,
		[WAIT_FIRST] = x->limits.first_ms,
		[WAIT_BODY] = x->limits.idle_ms,
	};

	bool stands_still = x->paused && wait >= WAIT_FIRST;

	x->wait = wait;
	if (limit_ms[wait] > 0 && !stands_still)
		loop_timer_arm(x->up->loop, &x->timer, limit_ms[wait]);
	else
		loop_timer_disarm(x->up->loop, &x->timer);
}

static void unlink_from(struct upstream_exchange **list, struct upstream_exchange *x)
{
	for (; *list; list = &(*list)->next)
		if (*list == x) {
			*list = x->next;
			x->next = NULL;
			return;
		}
}

static void queue_add(struct upstream *up, struct upstream_exchange *x)
{
	*up->queue_end = x;
	up->queue_end = &x->next;
	exchange_wait_for(x, WAIT_CONNECT);
	upstream_wake(up);
}

static void queue_take_out(struct upstream *up, struct upstream_exchange *x)
{
	unlink_from(&up->queue, x);
	up->queue_end = &up->queue;
	while (*up->queue_end)
		up->queue_end = &(*up->queue_end)->next;
}

/* ---- Memory -------------------------------------------------------------------------------- */

static void exchange_destroy(struct upstream_exchange *x)
{
	x->carrier->fini(x);
	x->magic = 0;
	free(x);
}

static void rest_exchange(void *obj)
{
	exchange_destroy(obj);
}

static void spare(struct upstream_exchange *x)
{
	struct upstream *up = x->up;
	enum carrier_id id = x->carrier->id;

	x->next = up->spares[id].first;
	up->spares[id].first = x;
	up->spares[id].n++;
}

/* Back to the spares. Its user may still be up the stack, so nothing is freed now. */
static void exchange_release(struct upstream_exchange *x)
{
	struct upstream *up = x->up;

	loop_timer_disarm(up->loop, &x->timer);
	x->carrier->forget(x);
	aip_buf_fini(&x->head);
	if (x->all_next)
		x->all_next->all_prev = x->all_prev;
	*(x->all_prev ? &x->all_prev->all_next : &up->all) = x->all_next;
	x->all_next = NULL;
	x->all_prev = NULL;
	exchange_move(x, EXCHANGE_SPARE);
	if (up->spares[x->carrier->id].n >= SPARES_MAX)
		loop_rest(up->loop, rest_exchange, x);
	else
		spare(x);
}

/* ---- Ends ---------------------------------------------------------------------------------- */

static void exchange_finish(struct upstream_exchange *x, enum aip_status how,
                            const struct aip_error *err)
{
	loop_timer_disarm(x->up->loop, &x->timer);
	x->events->on_end(x->arg, how, err);
	exchange_release(x);
}

static void finish_by_result(struct upstream_exchange *x)
{
	struct aip_error err = {0};

	exchange_finish(x, x->result == CURLE_OK ? AIP_OK : fault_of_result(x, &err), &err);
}

void exchange_is_over(struct upstream_exchange *x, CURLcode result)
{
	x->result = result;
	exchange_move(x, EXCHANGE_OVER);
	if (!x->paused)
		finish_by_result(x);
}

void exchange_is_dropped(struct upstream_exchange *x)
{
	exchange_move(x, EXCHANGE_OVER);
	exchange_release(x);
}

bool exchange_died_unanswered(const struct upstream_exchange *x, CURLcode result)
{
	bool died = result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
	            result == CURLE_GOT_NOTHING;

	return died && !x->again && x->head.len == 0 && !x->head_seen && upstream_facts(x).reused;
}

void exchange_begin_again(struct upstream_exchange *x)
{
	x->again = true;
	exchange_move(x, EXCHANGE_QUEUED);
	queue_add(x->up, x);
}

/* Takes it from where it is. False: its carrier still has it. */
static bool exchange_detach(struct upstream_exchange *x)
{
	struct upstream *up = x->up;

	if (x->resuming)
		unlink_from(&up->resuming, x);
	x->resuming = false;
	if (x->state == EXCHANGE_OVER)
		return true;
	if (x->state == EXCHANGE_QUEUED)
		queue_take_out(up, x);
	else if (!x->carrier->detach(x))
		return false;
	exchange_move(x, EXCHANGE_OVER);
	return true;
}

static void on_timer(void *arg)
{
	struct upstream_exchange *x;
	struct aip_error err;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	aip_assert(exchange_detach(x));
	enum aip_status s = fault_of_wait(x, &err);
	exchange_finish(x, s, &err);
}

/* ---- The pump ------------------------------------------------------------------------------ */

static void begin_queued(struct upstream *up)
{
	struct upstream_exchange *x;

	while ((x = up->queue)) {
		up->queue = x->next;
		if (!up->queue)
			up->queue_end = &up->queue;
		x->next = NULL;
		exchange_move(x, EXCHANGE_RUNNING);
		x->carrier->begin(x);
	}
}

static void resume_resuming(struct upstream *up)
{
	struct upstream_exchange *x;

	while ((x = up->resuming)) {
		up->resuming = x->next;
		x->next = NULL;
		x->resuming = false;
		if (x->paused) /* once more, meanwhile */
			continue;
		if (x->state == EXCHANGE_OVER) {
			finish_by_result(x);
			continue;
		}
		if (x->wait >= WAIT_FIRST)
			exchange_wait_for(x, x->wait);
		x->carrier->go_on(x);
	}
}

static bool has_work(struct upstream *up)
{
	return up->queue || up->resuming || curl_has_work(up);
}

static void on_pump(void *arg)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	up->pumping = true;
	for (int round = 0; has_work(up) && round < PUMP_ROUNDS; round++) {
		resume_resuming(up);
		begin_queued(up);
		curl_work(up);
	}
	up->pumping = false;
	if (has_work(up))
		upstream_wake(up);
}

/* ---- An exchange, to its user ---------------------------------------------------------------- */

static struct upstream_exchange *exchange_new(struct upstream *up, const struct carrier *carrier)
{
	struct upstream_exchange *x = up->spares[carrier->id].first;

	if (x) {
		up->spares[carrier->id].first = x->next;
		up->spares[carrier->id].n--;
		x->next = NULL;
		return x;
	}
	x = calloc(1, carrier->bytes);
	aip_assert(x);
	x->magic = EXCHANGE_MAGIC;
	x->up = up;
	x->carrier = carrier;
	loop_timer_init(&x->timer, on_timer, x);
	carrier->init(x);
	return x;
}

/* Nothing of the exchange before is left. Nothing is kept on refusal. */
static enum aip_status exchange_set(struct upstream_exchange *x,
                                    const struct upstream_request *request,
                                    struct aip_error *reterr)
{
	x->limits = request_limits(request);
	x->decode = request->decode;
	x->paused = false;
	x->head_seen = false;
	x->head_refused = false;
	x->again = false;
	x->address_refused = false;
	x->result = CURLE_OK;
	aip_buf_init(&x->head, x->limits.head_bytes_max);
	return x->carrier->set(x, request, reterr);
}

enum aip_status upstream_start(struct upstream *up, const struct upstream_request *request,
                               const struct upstream_events *events, void *arg,
                               struct upstream_exchange **ret, struct aip_error *reterr)
{
	loop_assert_mine(up->loop);
	enum aip_status s = request_check(request, reterr);
	if (s)
		return s;

	const struct carrier *carrier =
		carriers[plain_takes(up, request) ? CARRIER_PLAIN : CARRIER_CURL];
	struct upstream_exchange *x = exchange_new(up, carrier);
	x->events = events;
	x->arg = arg;
	s = exchange_set(x, request, reterr);
	if (s) {
		spare(x);
		return s;
	}
	x->all_next = up->all;
	if (up->all)
		up->all->all_prev = x;
	up->all = x;
	exchange_move(x, EXCHANGE_QUEUED);
	if (carrier->begin_now(x))
		exchange_move(x, EXCHANGE_RUNNING);
	else
		queue_add(up, x);
	*ret = x;
	return AIP_OK;
}

void upstream_pause(struct upstream_exchange *x)
{
	loop_assert_mine(x->up->loop);
	if (x->paused)
		return;
	x->paused = true;
	if (x->wait >= WAIT_FIRST)
		loop_timer_disarm(x->up->loop, &x->timer);
	if (x->state == EXCHANGE_RUNNING)
		x->carrier->pause(x);
}

void upstream_resume(struct upstream_exchange *x)
{
	struct upstream *up = x->up;

	loop_assert_mine(up->loop);
	if (!x->paused)
		return;
	x->paused = false;
	if (x->resuming || x->state == EXCHANGE_QUEUED)
		return;
	x->resuming = true;
	x->next = up->resuming;
	up->resuming = x;
	upstream_wake(up);
}

void upstream_cancel(struct upstream_exchange *x)
{
	loop_assert_mine(x->up->loop);
	loop_timer_disarm(x->up->loop, &x->timer);
	if (exchange_detach(x))
		exchange_release(x);
	else
		exchange_move(x, EXCHANGE_DROPPED);
}

unsigned upstream_running(const struct upstream *up)
{
	unsigned n = 0;

	for (const struct upstream_exchange *x = up->all; x; x = x->all_next)
		n++;
	return n;
}

struct upstream_facts upstream_facts(const struct upstream_exchange *x)
{
	return x->carrier->facts(x);
}

/* ---- Life ------------------------------------------------------------------------------------ */

/* Read once: the environment does not change, and asking for each request costs. */
static bool env_has_proxy(void)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
	                                    "ALL_PROXY"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]))
			return true;
	return false;
}

enum aip_status upstream_create(struct loop *loop, const struct upstream_options *options,
                                struct upstream **ret, struct aip_error *reterr)
{
	if (options->ca_file && access(options->ca_file, R_OK) != 0)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "cannot read the certificates in %s",
		                options->ca_file);

	struct upstream *up = calloc(1, sizeof(*up));
	aip_assert(up);
	up->magic = UPSTREAM_MAGIC;
	up->loop = loop;
	up->queue_end = &up->queue;
	up->connections_max = options->connections_max ? options->connections_max : CONNECTIONS_MAX;
	up->connection_idle_s =
		options->connection_idle_s ? options->connection_idle_s : CONNECTION_IDLE_S;
	up->curl_only = options->curl_only;
	up->env_has_proxy = env_has_proxy();
	up->ca_file = options->ca_file ? strdup(options->ca_file) : NULL;
	loop_task_init(&up->pump, on_pump, up);
	curl_side_init(up);
	plain_side_init(up);
	*ret = up;
	return AIP_OK;
}

void upstream_destroy(struct upstream *up)
{
	if (!up)
		return;
	aip_assert(!up->curl.inside);
	while (up->all)
		upstream_cancel(up->all);
	for (int id = 0; id < CARRIERS; id++)
		while (up->spares[id].first) {
			struct upstream_exchange *x = up->spares[id].first;
			up->spares[id].first = x->next;
			exchange_destroy(x);
		}
	plain_side_fini(up);
	curl_side_fini(up);
	loop_task_cancel(up->loop, &up->pump);
	free(up->ca_file);
	up->magic = 0;
	free(up);
}
