/* The access log: one line for each request that got an answer, or whose client left before.
 *
 *     … info access call=9f… client=127.0.0.1 key=sk-a...wxyz(51) method=POST path=/v1/messages …
 *
 *   call                  the answer's X-Request-Id
 *   client, key           address; what may be shown of the client's key; "-": nobody known
 *   method, path          without the query, which may hold a key; "-": no head could be read
 *   dialect, model        of the client, as it wrote the name
 *   provider, cred        of the last attempt, and the name of the model there: upstream_model
 *   stream, relay         1: asked for; 1: the upstream's own bytes were passed on
 *   attempts              upstreams asked
 *   http, status          what the client got (0: nothing), and how it ended, see aiproxy/status.h
 *   ms, read_ms, first_ms from the head of the request to the end; to the end of its body; to the
 *                         first byte of a model's answer (-1: there was none)
 *   in_bytes, out_bytes   bodies, without their framing
 *   in_tokens, out_tokens as the upstream counted; -1: it did not; count=estimate: as we guess
 *
 * No line holds a secret, or a byte of a body. */
#ifndef ANSWER_ACCESS_LOG_H
#define ANSWER_ACCESS_LOG_H

#include "front/exchange.h"

struct principal;
struct target;

struct access_line {
	const struct exchange *ex; /* method AIP_NONE: not even a head was read */
	struct aip_str id;
	const struct principal *principal; /* NULL: nobody known */
	enum aip_dialect dialect;
	int http; /* 0: nothing was answered */
	enum aip_status outcome;
	int64_t now_ms;
	uint64_t out_bytes;
	const struct access_call *call; /* NULL: the request never became one */
};

/* What a call adds. */
struct access_call {
	struct aip_str model;
	const struct target *target; /* NULL: none was found */
	bool stream, relay, estimated;
	unsigned attempts;
	int64_t began_ms, first_ms; /* monotonic; first_ms 0: never */
	const struct aip_usage *usage;
};

/* Any thread; see log_event. */
void access_log(const struct access_line *line);

#endif
