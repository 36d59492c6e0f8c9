/* Answers of the gateway: the headers they all carry, errors in the client's own dialect. */
#ifndef ANSWER_ANSWER_H
#define ANSWER_ANSWER_H

#include <aiproxy/codec.h>

#include "front/exchange.h"

/* What a translation has to say beside the answer. */
struct answer_notes {
	const struct aip_name *dropped;  /* paths a target lacked: X-Gateway-Dropped, at most 20 */
	const struct aip_name *warnings; /* X-Gateway-Warnings, likewise */
	bool estimated;                  /* X-Gateway-Token-Count: estimate */
};

/* All: request_id goes into X-Request-Id. notes may be NULL. The loop's thread. */

/* A whole answer; ends the exchange. */
void answer_whole(struct exchange *ex, int http, struct aip_str content_type, struct aip_str body,
                  struct aip_str request_id, const struct answer_notes *notes);
void answer_json(struct exchange *ex, int http, struct aip_str body, struct aip_str request_id,
                 const struct answer_notes *notes);
/* Begins a stream. */
void answer_begin(struct exchange *ex, int http, struct aip_str content_type,
                  struct aip_str request_id, const struct answer_notes *notes);
/* An error in the dialect's shape, with Retry-After when the error has a hint; NONE takes OpenAI's. Returns
 * the HTTP status; ends the exchange. */
int answer_error(struct exchange *ex, enum aip_dialect dialect, const struct aip_error *error,
                 struct aip_str request_id);
/* The error's body alone, in the arena; returns the HTTP status. */
int answer_error_body(struct aip_arena *arena, enum aip_dialect dialect,
                      const struct aip_error *error, struct aip_str request_id,
                      struct aip_str *ret_body);

#endif
