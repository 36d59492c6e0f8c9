/* What Anthropic's Messages API is, with where and when it was seen. */
#ifndef CLAUDE_FACTS_H
#define CLAUDE_FACTS_H

#define BASE_URL      "https://api.anthropic.com" /* docs.claude.com, API overview, read 2026-02 */
#define API_VERSION   "2023-06-01"   /* "Versions"; the one translated requests are written for */
#define PATH_MESSAGES "/v1/messages" /* "Messages" */
#define PATH_COUNT    "/v1/messages/count_tokens" /* "Count tokens" */

/* Features that requests made here may use; "Beta headers". A line each, as settings give lists. */
#define BETAS                               \
	"interleaved-thinking-2025-05-14\n" \
	"fine-grained-tool-streaming-2025-05-14"

/* Servers of tools are refused without it; "MCP connector", docs.claude.com, read 2026-11. */
#define BETA_MCP "mcp-client-2025-11-20"

/* An access token is refused without it; seen 2026-02. */
#define BETA_OAUTH "oauth-2025-04-20"

/* Windows of an account's allowance, each in headers anthropic-ratelimit-unified[-window]-status
 * and -reset; seen 2026-02. The last one is for some models only. */
#define LIMIT_PREFIX "anthropic-ratelimit-unified"
#define LIMIT_WINDOWS                      \
	{                                  \
		"", "-5h", "-7d", "-7d_oi" \
	}
#define LIMIT_OF_MODEL 3

/* A refusal of this request alone, of the fast lane or of a long context, on an account without
 * paid extra usage: "Extra usage is required for …"; seen 2026-02. */
#define NEEDS_EXTRA_USAGE "xtra usage"

/* Behind it stands the day, 2026-04-01, on which a spent allowance is filled again; seen 2026-03.
 */
#define REGAINS_ON "regain access on "

#endif
