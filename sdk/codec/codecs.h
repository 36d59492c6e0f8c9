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

/* What an upstream sends where a stream was asked for: events, or, from some servers, JSON after all. */
struct codec_intake {
	struct aip_sse sse;
	struct aip_buf json; /* all of it */
	bool kind_is_known, is_json;
};

/* Who reads the events that have data. */
struct codec_taker {
	enum aip_status (*take)(struct aip_decoder *decoder, const struct aip_sse_frame *frame);
	struct aip_decoder *decoder;
};

void codec_intake_init(struct codec_intake *in);
void codec_intake_fini(struct codec_intake *in);
/* Gives the events that are whole to the taker; JSON is kept. What cannot be held is AIP_UPSTREAM_BROKEN, and
 * never passed over. */
enum aip_status codec_intake_feed(struct codec_intake *in, struct aip_str bytes,
                                  struct codec_taker taker, struct aip_error *reterr);
/* The last event, when nothing but the end of the stream has ended it. */
enum aip_status codec_intake_last(struct codec_intake *in, struct codec_taker taker,
                                  struct aip_error *reterr);

/* The last word of a writer, whose status would be s. What any buffer was refused has come to `out`
 * (aip_buf_lend), and is seen here: AIP_TOO_LARGE, "the <what> is too large", whatever else the writer took
 * amiss in what it had written. */
enum aip_status codec_written(const struct aip_buf *out, enum aip_status s, const char *what,
                              struct aip_error *reterr);
/* Likewise of an encoder's step, that began when out had `before` bytes: its frames are whole, or none is
 * there, and then the stream has not ended: the error may follow. */
enum aip_status codec_told(struct aip_buf *out, size_t before, bool *ended);

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
