/* Exchanges: begun, driven through curl, paused, cancelled, ended. */
#include "upstream/upstream.h"

#include <stdlib.h>
#include <unistd.h>

#include "upstream/inside.h"

#define CONNECTIONS_MAX   256
#define CONNECTION_IDLE_S 90
#define SPARES_MAX        256 /* handles kept for the next exchange; a handle is some 6 KB */
#define PUMP_ROUNDS       16  /* of starting and ending within a turn, before sockets have theirs */

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
static void wake_pump(struct upstream *up)
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
	exchange_move(x, EXCHANGE_QUEUED);
	*up->queue_end = x;
	up->queue_end = &x->next;
	exchange_wait_for(x, WAIT_CONNECT);
	wake_pump(up);
}

static void queue_take_out(struct upstream *up, struct upstream_exchange *x)
{
	unlink_from(&up->queue, x);
	up->queue_end = &up->queue;
	while (*up->queue_end)
		up->queue_end = &(*up->queue_end)->next;
}

static void exchange_destroy(struct upstream_exchange *x)
{
	curl_easy_cleanup(x->easy);
	free(x->proxy);
	x->magic = 0;
	free(x);
}

static void rest_exchange(void *obj)
{
	exchange_destroy(obj);
}

/* Back to the spares. Its user may still be up the stack, so nothing is freed now. */
static void exchange_release(struct upstream_exchange *x)
{
	struct upstream *up = x->up;

	loop_timer_disarm(up->loop, &x->timer);
	request_forget(x);
	aip_buf_fini(&x->head);
	if (x->all_next)
		x->all_next->all_prev = x->all_prev;
	*(x->all_prev ? &x->all_prev->all_next : &up->all) = x->all_next;
	x->all_next = NULL;
	x->all_prev = NULL;
	exchange_move(x, EXCHANGE_SPARE);
	if (up->n_spares >= SPARES_MAX) {
		loop_rest(up->loop, rest_exchange, x);
		return;
	}
	x->next = up->spares;
	up->spares = x;
	up->n_spares++;
}

/* ---- Ends ---------------------------------------------------------------------------------- */

/* Takes it from curl, or out of the queue. A connection in the middle of an answer is closed. */
static void exchange_detach(struct upstream_exchange *x)
{
	struct upstream *up = x->up;

	aip_assert(!up->in_curl);
	if (x->resuming)
		unlink_from(&up->resuming, x);
	x->resuming = false;
	if (x->state == EXCHANGE_QUEUED)
		queue_take_out(up, x);
	else
		aip_assert(curl_multi_remove_handle(up->multi, x->easy) == CURLM_OK);
	exchange_move(x, EXCHANGE_OVER);
}

static void exchange_finish(struct upstream_exchange *x, enum aip_status how,
                            const struct aip_error *err)
{
	loop_timer_disarm(x->up->loop, &x->timer);
	x->events->on_end(x->arg, how, err);
	exchange_release(x);
}

static void exchange_finish_by_curl(struct upstream_exchange *x)
{
	struct aip_error err = {0};

	/* curl takes an end within the head for the end of an answer without a body. */
	if (x->result == CURLE_OK && !x->head_seen)
		x->result = CURLE_GOT_NOTHING;
	exchange_finish(x, x->result == CURLE_OK ? AIP_OK : fault_of_curl(x, &err), &err);
}

static void on_timer(void *arg)
{
	struct upstream_exchange *x;
	struct aip_error err;

	AIP_CAST(x, arg, EXCHANGE_MAGIC);
	exchange_detach(x);
	enum aip_status s = fault_of_wait(x, &err);
	exchange_finish(x, s, &err);
}

/* Whether a kept connection died before a byte of an answer came. curl sends a request again by
 * itself only where it was reading by then, not in the middle of a large body. */
static bool died_unanswered(const struct upstream_exchange *x)
{
	bool died = x->result == CURLE_SEND_ERROR || x->result == CURLE_RECV_ERROR ||
	            x->result == CURLE_GOT_NOTHING;

	return died && !x->again && x->head_lines == 0 && !x->head_seen && upstream_facts(x).reused;
}

static void exchange_again(struct upstream_exchange *x)
{
	aip_assert(curl_multi_remove_handle(x->up->multi, x->easy) == CURLM_OK);
	x->again = true;
	x->says[0] = '\0';
	request_rewind(x);
	queue_add(x->up, x);
}

static void exchange_is_over(struct upstream_exchange *x)
{
	if (x->state == EXCHANGE_DROPPED) {
		unlink_from(&x->up->dropped, x);
		exchange_detach(x);
		exchange_release(x);
		return;
	}
	if (died_unanswered(x)) {
		exchange_again(x);
		return;
	}
	exchange_detach(x);
	if (!x->paused)
		exchange_finish_by_curl(x);
}

/* Ends what curl reports as over. */
static void collect(struct upstream *up)
{
	int left;
	const CURLMsg *message;

	while ((message = curl_multi_info_read(up->multi, &left))) {
		struct upstream_exchange *x;
		void *private;

		aip_assert(message->msg == CURLMSG_DONE);
		CURLcode result = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		AIP_CAST(x, private, EXCHANGE_MAGIC);
		x->result = result;
		exchange_is_over(x);
	}
}

/* ---- Driving ------------------------------------------------------------------------------- */

static void look_at_timers(struct upstream *up, int64_t after_ms)
{
	if (after_ms < 0) { /* the hand is left to come round for nothing */
		up->curl_due_ms = INT64_MAX;
		return;
	}
	if (after_ms == 0) {
		up->curl_due_ms = 0;
		wake_pump(up);
		return;
	}
	/* One more, since our clock is cut to whole milliseconds: curl does not repeat its wish
	 * when it is asked too early. */
	up->curl_due_ms = loop_now_ms(up->loop) + after_ms + 1;
	loop_timer_arm(up->loop, &up->clock_hand, after_ms + 1);
}

static int on_curl_timer(CURLM *multi, long after_ms, void *arg)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	look_at_timers(up, after_ms);
	return 0;
}

void upstream_enter(struct upstream *up, curl_socket_t fd, int what)
{
	int running;

	up->in_curl = true;
	curl_multi_socket_action(up->multi, fd, what, &running);
	up->in_curl = false;
	collect(up);
}

static bool timers_are_due(struct upstream *up)
{
	return up->curl_due_ms <= loop_now_ms(up->loop);
}

static void run_timers(struct upstream *up)
{
	long after_ms = -1;

	up->curl_due_ms = INT64_MAX;
	upstream_enter(up, CURL_SOCKET_TIMEOUT, 0);
	if (up->curl_due_ms != INT64_MAX)
		return;
	curl_multi_timeout(up->multi, &after_ms);
	if (after_ms > 0)
		look_at_timers(up, after_ms);
}

static void drop_dropped(struct upstream *up)
{
	struct upstream_exchange *x;

	while ((x = up->dropped)) {
		up->dropped = x->next;
		x->next = NULL;
		exchange_detach(x);
		exchange_release(x);
	}
}

static void start_queued(struct upstream *up)
{
	struct upstream_exchange *x;

	while ((x = up->queue)) {
		up->queue = x->next;
		if (!up->queue)
			up->queue_end = &up->queue;
		x->next = NULL;
		exchange_move(x, EXCHANGE_RUNNING);
		aip_assert(curl_multi_add_handle(up->multi, x->easy) == CURLM_OK);
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
			exchange_finish_by_curl(x);
			continue;
		}
		if (x->wait >= WAIT_FIRST)
			exchange_wait_for(x, x->wait);
		up->in_curl = true;
		curl_easy_pause(x->easy, CURLPAUSE_CONT);
		up->in_curl = false;
		up->curl_due_ms =
			0; /* curl forgot the socket, and does not always say that it would go on */
	}
}

static bool has_work(struct upstream *up)
{
	return up->dropped || up->queue || up->resuming || timers_are_due(up);
}

static void on_pump(void *arg)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	up->pumping = true;
	for (int round = 0; has_work(up) && round < PUMP_ROUNDS; round++) {
		drop_dropped(up);
		resume_resuming(up);
		start_queued(up);
		if (timers_are_due(up))
			run_timers(up);
		else
			collect(up);
	}
	up->pumping = false;
	if (has_work(up))
		wake_pump(up);
}

/* ---- An exchange, to its user ---------------------------------------------------------------- */

static struct upstream_exchange *exchange_new(struct upstream *up)
{
	struct upstream_exchange *x = up->spares;

	if (x) {
		up->spares = x->next;
		up->n_spares--;
		x->next = NULL;
		return x;
	}
	x = calloc(1, sizeof(*x));
	aip_assert(x);
	x->magic = EXCHANGE_MAGIC;
	x->up = up;
	loop_timer_init(&x->timer, on_timer, x);
	request_handle(x);
	return x;
}

enum aip_status upstream_start(struct upstream *up, const struct upstream_request *request,
                               const struct upstream_events *events, void *arg,
                               struct upstream_exchange **ret, struct aip_error *reterr)
{
	loop_assert_mine(up->loop);
	struct upstream_exchange *x = exchange_new(up);

	enum aip_status s = request_set(x, request, reterr);
	if (s) {
		x->next = up->spares;
		up->spares = x;
		up->n_spares++;
		return s;
	}
	x->events = events;
	x->arg = arg;
	x->paused = false;
	x->head_seen = false;
	x->head_refused = false;
	x->again = false;
	x->says[0] = '\0';
	x->result = CURLE_OK;
	x->head_lines = 0;
	aip_buf_init(&x->head, x->limits.head_bytes_max);
	x->all_next = up->all;
	if (up->all)
		up->all->all_prev = x;
	up->all = x;
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
		curl_easy_pause(x->easy, CURLPAUSE_RECV);
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
	wake_pump(up);
}

void upstream_cancel(struct upstream_exchange *x)
{
	struct upstream *up = x->up;

	loop_assert_mine(up->loop);
	loop_timer_disarm(up->loop, &x->timer);
	if (x->resuming)
		unlink_from(&up->resuming, x);
	x->resuming = false;
	if (x->state == EXCHANGE_RUNNING && up->in_curl) {
		exchange_move(x, EXCHANGE_DROPPED);
		x->next = up->dropped;
		up->dropped = x;
		wake_pump(up);
		return;
	}
	if (x->state != EXCHANGE_OVER)
		exchange_detach(x);
	exchange_release(x);
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
	struct upstream_facts facts = {0};
	long opened = 1, version = 0;
	curl_off_t sent = 0;

	curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &opened);
	curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	facts.reused = x->wait > WAIT_CONNECT && opened == 0;
	facts.http2 = version == CURL_HTTP_VERSION_2_0;
	facts.sent_bytes = sent;
	return facts;
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void on_clock_hand(void *arg)
{
	struct upstream *up;

	AIP_CAST(up, arg, UPSTREAM_MAGIC);
	wake_pump(up);
}

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
	up->curl_due_ms = INT64_MAX;
	up->connection_idle_s =
		options->connection_idle_s ? options->connection_idle_s : CONNECTION_IDLE_S;
	up->env_has_proxy = env_has_proxy();
	up->ca_file = options->ca_file ? strdup(options->ca_file) : NULL;
	loop_task_init(&up->pump, on_pump, up);
	loop_timer_init(&up->clock_hand, on_clock_hand, up);

	aip_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	up->share = curl_share_init();
	up->multi = curl_multi_init();
	aip_assert(up->share && up->multi);
	curl_share_setopt(up->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(up->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(up->multi, CURLMOPT_SOCKETDATA, up);
	curl_multi_setopt(up->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(up->multi, CURLMOPT_TIMERDATA, up);
	curl_multi_setopt(up->multi, CURLMOPT_MAXCONNECTS,
	                  options->connections_max ? (long)options->connections_max
	                                           : (long)CONNECTIONS_MAX);
	*ret = up;
	return AIP_OK;
}

void upstream_destroy(struct upstream *up)
{
	if (!up)
		return;
	aip_assert(!up->in_curl);
	drop_dropped(up);
	while (up->all)
		upstream_cancel(up->all);
	while (up->spares) {
		struct upstream_exchange *x = up->spares;
		up->spares = x->next;
		exchange_destroy(x);
	}
	curl_multi_cleanup(up->multi);
	curl_share_cleanup(up->share);
	curl_global_cleanup();
	sockets_fini(up);
	loop_task_cancel(up->loop, &up->pump);
	loop_timer_disarm(up->loop, &up->clock_hand);
	free(up->ca_file);
	up->magic = 0;
	free(up);
}
