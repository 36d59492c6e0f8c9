/* The figures of the configuration that a call looks at, in the units it counts in. */
#ifndef CALL_TUNING_H
#define CALL_TUNING_H

#include <aiproxy/ir.h>

#include "media/media.h"
#include "upstream/upstream.h"

struct call_tuning {
	unsigned request_retry;         /* rounds after the first */
	unsigned max_retry_credentials; /* per round; 0: all */
	int64_t max_retry_interval_ms;  /* longest wait for another round; 0: none that waits */
	int64_t keepalive_ms;           /* silence before a ping on a stream; 0: none */
	struct upstream_limits limits;
	size_t answer_bytes_max;  /* of an answer that does not stream */
	struct aip_str proxy_url; /* for credentials without their own; AIP_NONE: environment */
	enum aip_loss loss;
	bool loose_eof;       /* a stream may end without its marker */
	bool estimate_tokens; /* where an upstream counts none */
	int64_t recall_ms;    /* opaque reasoning is kept for so long; 0: not at all */
	bool media_fetch;     /* what a request names by URL, for targets that open none */
	struct media_limits media;
	bool access_log;
};

#endif
