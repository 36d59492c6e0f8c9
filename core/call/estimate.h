/* A count of tokens for upstreams that have none. */
#ifndef CALL_ESTIMATE_H
#define CALL_ESTIMATE_H

#include <aiproxy/ir.h>

/* About how many tokens a request is: by the letters of its text, some for what surrounds a turn or a tool, a
 * fixed sum for an image. Good to a fifth for English and code, to a third for other scripts. */
int64_t estimate_tokens(const struct aip_request *request);

#endif
