/* A count of tokens for upstreams that have none. */
#ifndef CALL_ESTIMATE_H
#define CALL_ESTIMATE_H

#include <aiproxy/ir.h>

/* About how many tokens a request is: four bytes of text each, some for what surrounds a turn or a tool, a
 * fixed sum for an image. Good to a fifth for English and code, less so for other scripts. */
int64_t estimate_tokens(const struct aip_request *request);

#endif
