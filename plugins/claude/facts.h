/* What Anthropic's Messages API is, with where and when it was seen. */
#ifndef CLAUDE_FACTS_H
#define CLAUDE_FACTS_H

#define BASE_URL      "https://api.anthropic.com"  /* docs.claude.com, API overview, read 2026-02 */
#define API_VERSION   "2023-06-01"                 /* "Versions"; the one translated requests are written for */
#define PATH_MESSAGES "/v1/messages"               /* "Messages" */
#define PATH_COUNT    "/v1/messages/count_tokens"  /* "Count tokens" */

/* Features that requests made here may use; "Beta headers". */
#define BETAS "interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14"

#endif
