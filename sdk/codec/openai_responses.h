/* What the files of the OpenAI Responses codec share. */
#ifndef SDK_CODEC_OPENAI_RESPONSES_H
#define SDK_CODEC_OPENAI_RESPONSES_H

#include <aiproxy/rules.h>

/* Usage, both ways. False: no figures in it. */
bool responses_read_usage(const struct aip_json *usage, struct aip_usage *ret);
void responses_write_usage(const struct aip_usage *usage, struct aip_json_out *out);

/* The server tool that an item type ("web_search_call") or a tool type ("web_search_preview") is about;
 * AIP_SERVER_NONE when none. */
enum aip_server_tool responses_server_tool(struct aip_str type);

enum aip_status responses_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                       struct aip_request **ret, struct aip_error *reterr);
enum aip_status responses_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                        struct aip_buf *out, struct aip_error *reterr);
enum aip_status responses_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                      struct aip_buf *out, struct aip_error *reterr);
enum aip_status responses_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                        struct aip_sink sink, struct aip_error *reterr);
struct aip_decoder *responses_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink);
enum aip_status responses_decoder_feed(struct aip_decoder *decoder, struct aip_str bytes,
                                       struct aip_error *reterr);
enum aip_status responses_decoder_finish(struct aip_decoder *decoder, enum aip_eof how,
                                         struct aip_error *reterr);
void responses_decoder_fini(struct aip_decoder *decoder);
enum aip_status responses_write_response(struct aip_codec_ctx *ctx,
                                         const struct aip_response *response, struct aip_buf *out,
                                         struct aip_error *reterr);
struct aip_encoder *responses_encoder_new(struct aip_codec_ctx *ctx);
enum aip_status responses_encoder_event(struct aip_encoder *encoder, const struct aip_event *event,
                                        struct aip_buf *out);
void responses_encoder_ping(struct aip_encoder *encoder, struct aip_buf *out);
void responses_encoder_fini(struct aip_encoder *encoder);

#endif
