/* Recall: opaque reasoning of tool calls, kept for clients that do not send it back.
 *
 * Many SDKs drop what they do not know from a call before they replay it, and with it the signature
 * that the upstream wants to see again. Under the id of the call, as the client has it, the gateway
 * keeps what stood on the call and in front of it, for a while and within bounds (worker->recall).
 * It is looked at only where a replayed call comes without. One client never sees what belongs to
 * another: the client's key is part of the key. */
#ifndef CALL_RECALL_H
#define CALL_RECALL_H

#include <aiproxy/ir.h>

#define RECALL_ENTRIES_MAX 65536
#define RECALL_BYTES_MAX   (64u << 20)

struct call;
struct recall_block;

/* Of one attempt; zeroed before it. Memory: the exchange's arena. */
struct recall {
	struct recall_block *block;  /* the reasoning or call that is being told */
	struct recall_block *blocks; /* all calls so far */
	struct aip_str front;        /* envelopes of reasoning that no call has followed yet */
};

/* An event on its way to the client. */
void recall_note(struct call *call, const struct aip_event *event);
/* Gives back to the calls of a request that was just read what they had. */
void recall_restore(struct call *call, struct aip_request *request);

#endif
