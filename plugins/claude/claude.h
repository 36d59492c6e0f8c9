/* What the files of the claude provider share. */
#ifndef CLAUDE_CLAUDE_H
#define CLAUDE_CLAUDE_H

#include <aiproxy/provider.h>

/* One configuration; read-only after open. */
struct claude {
	struct aip_arena *arena;
	struct aip_str betas; /* a line each */
};

/* headers.c: the headers of a request that are its own. body_betas: raw JSON, an array or a string; AIP_NONE: none.
 */
void claude_headers(const struct claude *me, struct aip_call *call, struct aip_str body_betas,
                    struct aip_headers *into);

/* limits.c: what a refusal for want of allowance is about, and until when. */
void claude_judge(struct aip_exchange *x, struct aip_str body, struct aip_error *error);

#endif
