/* What Google's Gemini API is, with where and when it was seen. */
#ifndef GEMINI_FACTS_H
#define GEMINI_FACTS_H

#define BASE_URL    "https://generativelanguage.googleapis.com" /* ai.google.dev/api, read 2026-02 */
#define API_VERSION "v1beta"                                    /* likewise */
#define KEY_HEADER  "x-goog-api-key" /* likewise; ?key= would leak into logs */

#endif
