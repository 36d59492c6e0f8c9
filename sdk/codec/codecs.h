/* The codecs of the library, one symbol a dialect. Weak, so that a build without one of them still
 * links: aip_codec_of then has no codec for its dialect. */
#ifndef SDK_CODEC_CODECS_H
#define SDK_CODEC_CODECS_H

#include <aiproxy/codec.h>

extern const struct aip_codec aip_codec_openai_chat __attribute__((weak));
extern const struct aip_codec aip_codec_openai_completions __attribute__((weak));
extern const struct aip_codec aip_codec_openai_responses __attribute__((weak));
extern const struct aip_codec aip_codec_claude_messages __attribute__((weak));
extern const struct aip_codec aip_codec_gemini __attribute__((weak));

/* For what a decoder reads in one step and nobody needs after it. Reset it when a step begins. */
struct aip_arena *codec_scratch(struct aip_codec_ctx *ctx);
void codec_scratch_end(struct aip_codec_ctx *ctx, struct aip_arena *scratch);

/* Writes `model` over the name in `json`: that of the object in the member `inside`, else that at the
 * top. inside may be NULL. False, and nothing written, when there is none. */
bool codec_splice_model(struct aip_str json, const char *inside, struct aip_str model,
                        struct aip_buf *out);

/* Whether a blank-separated list holds the word. */
bool codec_lists(const char *list, struct aip_str word);

/* For relay_begins: a payload of one of these types; an object whose members say nothing (null, "", [], {})
 * but for those in the list. */
bool codec_has_type(struct aip_str json, const char *const *types, size_t n);
bool codec_all_silent(const struct aip_json *object, const char *but);

/* The number in the member `key` of an upstream's count. */
enum aip_status codec_read_count(struct aip_codec_ctx *ctx, struct aip_str body, const char *key,
                                 int64_t *ret, struct aip_error *reterr);
/* The lexeme of a number, or of a text that is one, from 0 to `most`. */
enum aip_status codec_take_within(const struct aip_json *v, double most, struct aip_str *into,
                                  struct aip_error *reterr);
/* An object whose members are texts, raw. */
enum aip_status codec_take_texts(const struct aip_json *v, struct aip_str *into,
                                 struct aip_error *reterr);
/* An error's body as JSON, taken out of the array that it may stand in; NULL when it is none. */
const struct aip_json *codec_error_doc(struct aip_codec_ctx *ctx, struct aip_str body);

#endif
