/* The call as its own room sees it. Nobody outside core/call includes this. */
#ifndef CALL_INSIDE_H
#define CALL_INSIDE_H

#include "base/assert.h"
#include "call/call.h"
#include "call/recall.h"
#include "call/relay.h"
#include "media/media.h"

#define CALL_MAGIC 0x63616c6cu

enum call_state {
	CALL_ADMITTED,
	CALL_ATTEMPTING,
	CALL_ANSWERING,
	CALL_LINGERING,
	CALL_SETTLED,
};

/* remote.c */
struct remote {
	struct media_item *items; /* asked for by any attempt so far */
	unsigned n_items;
	struct remote_swap *swaps; /* parts that have their bytes now */
	struct media_job *job;     /* running */
	bool waits;                /* the attempt cannot go on without */
	bool is_resumed;           /* the attempt that begins had begun before */
};

/* In the exchange's arena. */
struct call {
	struct aip_call pub; /* first: what a provider sees */
	uint32_t magic;
	enum call_state state;
	struct worker *worker;
	struct exchange *ex;
	struct snapshot *snapshot;
	const struct principal *principal;
	struct call_spec spec;
	const struct aip_codec *client;
	struct route_match match;
	struct aip_request *request; /* canonical, read on first use */

	/* retry.c */
	struct pool_tried tried;
	unsigned round;
	unsigned attempts;
	bool same_again;           /* this target has had its second try */
	struct loop_timer wait;    /* for the next round */
	struct aip_error *failure; /* of the last attempt that had one; NULL none yet */

	/* The attempt. */
	struct pool_lease lease;
	const struct target *target; /* of the lease; NULL before the first */
	struct provider *provider;
	struct aip_codec_ctx ctx;
	bool begun;                   /* drop is owed */
	bool stepping;                /* inside a step of the provider */
	bool over;                    /* END or ERROR came, or the attempt failed */
	struct upstream_exchange *up; /* running exchange */
	bool up_stream;               /* it was asked for as a stream */
	int up_http;                  /* status of its head; 0 before */
	struct loop_timer wake;       /* of wake_after */

	/* deliver.c */
	struct aip_stream_guard *guard;
	struct aip_encoder *encoder; /* the client streams */
	struct aip_fold *fold;       /* it does not */
	struct aip_buf held;         /* the stream's head, until something follows it */
	bool content;                /* more than the start of an answer has come */
	int64_t tokens;              /* AIP_COUNT; -1 before */
	bool estimated;              /* the tokens were counted here */
	bool failed_event;           /* ERROR was emitted; call->failure has it */

	/* relay.c */
	struct relay relay;

	/* recall.c */
	struct recall recall;

	struct remote remote;

	/* The answer. */
	struct loop_timer ping;     /* silence on a stream; LINGERING: patience */
	int64_t began_ms, first_ms; /* monotonic; first bytes of the answer, 0 before */
	struct aip_usage usage;
};

static inline struct call *call_of(struct aip_call *pub)
{
	struct call *call = (struct call *)pub;

	aip_assert(call->magic == CALL_MAGIC);
	return call;
}

/* The one mover of call->state. */
void call_move(struct call *call, enum call_state to);

/* call.c: keeps a copy as the call's failure. Errors are large, and most calls have none. */
void call_remember(struct call *call, const struct aip_error *error);

/* host.c: call->request, read on first use. */
enum aip_status call_read(struct call *call, struct aip_error *reterr);

/* attempt.c: picks a target and begins; an attempt that fails goes to retry_after_failure. */
void attempt_begin(struct call *call);
/* Ends what the attempt still has open: fetch, wake, the provider's drop. */
void attempt_close(struct call *call);
/* It leads nowhere: the pool hears of it, and another try, or the client, gets the word. */
void attempt_failed(struct call *call, const struct aip_error *error);
enum aip_status attempt_fetch(struct call *call, const struct aip_fetch *fetch,
                              struct aip_error *reterr);
void attempt_wake_after(struct call *call, int64_t ms);

/* retry.c: what follows a failed attempt: another, a wait, or the error to the client. */
void retry_after_failure(struct call *call, const struct aip_error *error);
void retry_begin(struct call *call);

/* remote.c: gives those parts of call->request their bytes whose URL the target does not open. A status
 * with call->remote.waits: they are to be fetched first. */
enum aip_status remote_put_in(struct call *call, struct aip_error *reterr);
/* Ends the attempt, fetches what it waits for, begins it anew; or tells the client what could not be had. */
void remote_fetch(struct call *call);
void remote_close(struct call *call);

/* deliver.c */
void deliver_begin(struct call *call);
void deliver_fini(struct call *call);
enum aip_status deliver_event(struct call *call, const struct aip_event *event);
/* The attempt's answer is whole: what a client without a stream gets, or the end of one with. */
void deliver_end(struct call *call);
/* Sends bytes of a begun stream; pauses the upstream when the client is slow. */
void deliver_bytes(struct call *call, struct aip_str bytes);
/* Begins the client's stream (once). */
void deliver_head(struct call *call, int http, struct aip_str content_type);
/* A count of tokens made up here, and marked as such: the upstream has none. NOT_IMPLEMENTED to the client
 * where the configuration does not allow it. */
void deliver_estimate(struct call *call);
/* An error to the client: a whole answer before anything was sent, a frame of its stream after. */
void deliver_error(struct call *call, const struct aip_error *error);

/* settle.c: counts, logs, lets go of everything. The exchange has ended or is gone. */
void settle(struct call *call, enum aip_status outcome);

#endif
