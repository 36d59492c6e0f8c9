/* What the files of the plain carrier share: plain.c, plain_request.c, plain_reply.c. */
#ifndef UPSTREAM_PLAIN_EXCHANGE_H
#define UPSTREAM_PLAIN_EXCHANGE_H

#include <sys/uio.h>

#include "http1/answer.h"
#include "http1/http1.h"
#include "upstream/inside.h"

struct plain_exchange {
	struct upstream_exchange x; /* first */
	struct link *link;          /* NULL: none yet, or no longer */
	struct dial *dial;          /* NULL: not connecting */

	/* The request. */
	char *block;           /* pieces, URL and head; freed when the answer has begun */
	const char *url;       /* "http://host:port/", to dial */
	struct aip_str origin; /* "host:port" in it */
	struct iovec *pieces;  /* the head, then the body's */
	size_t n_pieces;
	size_t head_bytes;
	size_t total; /* bytes to send */
	size_t sent;
	size_t piece, offset; /* where the next byte is sent from */
	bool to_head;         /* HEAD: no body whatever the answer says */
	bool send_broken;     /* the upstream takes no more; what it says may still come */
	bool reused;          /* on a kept connection */

	/* The answer. */
	uint8_t scan; /* of http1_answer_scan */
	enum http1_answer_framing framing;
	bool keep_alive;
	uint64_t left; /* of a body whose length was said */
	struct http1_chunked chunked;
	struct unpack *unpack;
	char *held; /* bytes of the wire that a pause left over */
	size_t n_held;
};

static inline struct plain_exchange *plain_exchange_of(struct upstream_exchange *x)
{
	aip_assert(x->carrier == &carrier_plain);
	return (struct plain_exchange *)x;
}

/* ---- plain.c: the exchange and its connection ------------------------------------------------ */

/* The answer is whole; excess: the upstream said more than that. px is gone after. */
void plain_is_over(struct plain_exchange *px, bool excess);
/* It ends here, or is sent again. px is gone after. */
void plain_fails(struct plain_exchange *px, CURLcode result);

/* ---- plain_request.c: from our request to bytes ---------------------------------------------- */

/* What must be known of a URL; spans borrow from it. False: not one for the plain carrier. */
struct plain_url {
	struct aip_str host; /* brackets included */
	struct aip_str port; /* AIP_NONE: 80 */
	struct aip_str path; /* with query, without fragment; may be empty or begin with '?' */
};
bool plain_url_read(struct aip_str url, struct plain_url *ret);

aip_nodiscard enum aip_status plain_request_set(struct upstream_exchange *x,
                                                const struct upstream_request *request,
                                                struct aip_error *reterr);
void plain_request_rewind(struct plain_exchange *px);
void plain_request_forget(struct plain_exchange *px);
/* Sends what the socket takes. */
void plain_send(struct plain_exchange *px);

/* ---- plain_reply.c: from bytes to our events ------------------------------------------------- */

/* The socket has something to say. px may be gone after. */
void plain_receive(struct plain_exchange *px);
/* What a pause held back; px may be gone after. */
void plain_go_on(struct plain_exchange *px);
void plain_reply_forget(struct plain_exchange *px);

#endif
