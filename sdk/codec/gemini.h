/* What the files of the Gemini codec share. Google's API is proto3 JSON: members are read in camelCase and
 * snake_case alike, and written in camelCase. */
#ifndef SDK_CODEC_GEMINI_H
#define SDK_CODEC_GEMINI_H

#include <aiproxy/rules.h>

/* Stands in for a signature on a function call that came from another vendor; Google's documentation of
 * thought signatures, read 2026-02. */
#define GEMINI_NO_SIGNATURE "skip_thought_signature_validator"

/* "systemInstruction" fits systemInstruction and system_instruction. */
bool gemini_key_is(struct aip_str key, const char *camel);
/* Member by camelCase name; null counts as absent. */
const struct aip_json *gemini_get(const struct aip_json *object, const char *camel);
struct aip_str gemini_text(const struct aip_json *object, const char *camel);
/* int64 may come as a string. */
int64_t gemini_int(const struct aip_json *object, const char *camel, int64_t otherwise);
bool gemini_is_true(const struct aip_json *object, const char *camel);
/* A word of an enum, any case. */
bool gemini_word_is(struct aip_str word, const char *upper);

/* Kind of part for a media type. */
enum aip_part_kind gemini_kind_of_mime(struct aip_str mime);

/* Usage, both ways. False: no figures in it. */
bool gemini_read_usage(const struct aip_json *metadata, struct aip_usage *ret);
void gemini_write_usage(const struct aip_usage *usage, struct aip_json_out *out);

/* Stop reasons, both ways. */
enum aip_stop gemini_read_stop(struct aip_str reason, bool called_tools);
const char *gemini_write_stop(enum aip_stop stop);

/* Whether the client wants to see thoughts. */
bool gemini_client_wants_thoughts(const struct aip_codec_ctx *ctx);

/* gemini_request_in.c, gemini_request_out.c, gemini_answer_in.c, gemini_answer_out.c: the codec's slots. */
enum aip_status gemini_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr);
enum aip_status gemini_read_count(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr);
enum aip_status gemini_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                     struct aip_buf *out, struct aip_error *reterr);
enum aip_status gemini_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr);
enum aip_status gemini_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                     struct aip_sink sink, struct aip_error *reterr);
struct aip_decoder *gemini_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink);
enum aip_status gemini_decoder_feed(struct aip_decoder *decoder, struct aip_str bytes,
                                    struct aip_error *reterr);
enum aip_status gemini_decoder_finish(struct aip_decoder *decoder, enum aip_eof how,
                                      struct aip_error *reterr);
void gemini_decoder_fini(struct aip_decoder *decoder);
enum aip_status gemini_write_response(struct aip_codec_ctx *ctx, const struct aip_response *response,
                                      struct aip_buf *out, struct aip_error *reterr);
struct aip_encoder *gemini_encoder_new(struct aip_codec_ctx *ctx);
enum aip_status gemini_encoder_event(struct aip_encoder *encoder, const struct aip_event *event,
                                     struct aip_buf *out);
void gemini_encoder_ping(struct aip_encoder *encoder, struct aip_buf *out);
void gemini_encoder_fini(struct aip_encoder *encoder);
void gemini_read_error(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
                       size_t n_headers, struct aip_str body, struct aip_error *ret);
int gemini_write_error(const struct aip_error *error, struct aip_str request_id, struct aip_buf *out);

#endif
