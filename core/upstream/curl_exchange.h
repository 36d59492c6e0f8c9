/* What the files of the curl carrier share: curl_carrier.c, curl_request.c, curl_reply.c. */
#ifndef UPSTREAM_CURL_EXCHANGE_H
#define UPSTREAM_CURL_EXCHANGE_H

#include "upstream/inside.h"

/* The request's body, read in pieces. */
struct pieces {
	const struct aip_str *at;
	size_t n;
	size_t total;  /* bytes */
	size_t piece;  /* where the next byte is read: this piece, */
	size_t offset; /* at this byte */
};

struct curl_exchange {
	struct upstream_exchange x; /* first */
	struct curl_job job;

	char *block; /* lines, their text, the body's pieces */
	struct curl_slist *lines;
	struct pieces body;
	size_t head_lines;

	char *proxy; /* as the handle has it now; NULL: from the environment */
	bool proxy_is_set;
};

static inline struct curl_exchange *curl_exchange_of(struct upstream_exchange *x)
{
	aip_assert(x->carrier == &carrier_curl);
	return (struct curl_exchange *)x;
}

/* ---- curl_request.c: from our request to curl's options -------------------------------------- */

/* What never changes of the new handle. */
void curl_request_init(struct curl_exchange *cx);
/* Copies the request into cx->block and sets the handle. Nothing is kept on refusal. */
aip_nodiscard enum aip_status curl_request_set(struct upstream_exchange *x,
                                               const struct upstream_request *request,
                                               struct aip_error *reterr);
/* Makes it ready to be sent once more, on a new connection. */
void curl_request_rewind(struct curl_exchange *cx);
/* The answer has begun: frees what sending needed, unless part of the body is still to go. */
void curl_request_is_sent(struct curl_exchange *cx);
void curl_request_forget(struct upstream_exchange *x);

/* ---- curl_reply.c: from curl's callbacks to our events --------------------------------------- */

size_t on_curl_header(char *bytes, size_t one, size_t n, void *arg);
size_t on_curl_body(char *bytes, size_t one, size_t n, void *arg);

#endif
