/* What an OpenAI Responses upstream is, with where and when it was seen. */
#ifndef CODEX_FACTS_H
#define CODEX_FACTS_H

#define PATH_RESPONSES "/responses"              /* platform.openai.com API reference, read 2026-02 */
#define PATH_COUNT     "/responses/input_tokens" /* likewise */

#endif
