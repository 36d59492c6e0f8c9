/* OpenAI's error object, which Chat Completions and Responses share, and the deviant shapes of servers that
 * imitate them. */
#ifndef SDK_CODEC_OPENAI_ERROR_H
#define SDK_CODEC_OPENAI_ERROR_H

#include <aiproxy/codec.h>

/* The codec slots read_error and write_error. */
void openai_read_error(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
                       size_t n_headers, struct aip_str body, struct aip_error *ret);
int openai_write_error(const struct aip_error *error, struct aip_str request_id,
                       struct aip_buf *out);

/* An error object that came inside an answer: {"message","type","code"} or a string. */
void openai_read_error_object(const struct aip_json *error, int http, struct aip_error *ret);

/* How long an error asks to wait: resets_at (unix seconds) or resets_in_seconds. 0: it does not say. */
int64_t openai_error_wait_ms(const struct aip_json *error, int64_t now_s);

#endif
