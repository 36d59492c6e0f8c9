/* What an OpenAI Responses upstream is, with where and when it was seen. */
#ifndef CODEX_FACTS_H
#define CODEX_FACTS_H

#define RELEASE "1.1"

#define PATH_RESPONSES "/responses" /* platform.openai.com API reference, read 2026-02 */
#define PATH_COUNT     "/responses/input_tokens" /* likewise */

#define BETA \
	"responses=experimental" /* what servers of the codex kind ask for; others take no notice \
				  */

/* "Rate limits", platform.openai.com, read 2026-02: what is left of a limit and when it is whole
 * again, "6m0s", "1s", "120ms". */
#define LIMITS_TABLE(ROW)                                                   \
	ROW("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests") \
	ROW("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens")

#define TYPE_USAGE_LIMIT "usage_limit_reached"    /* error.type, whatever the HTTP status */
#define TEXT_AT_CAPACITY "*model is at capacity*" /* error.message, likewise */

#endif
