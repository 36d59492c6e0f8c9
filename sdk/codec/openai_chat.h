/* What the files of the OpenAI Chat Completions codec share, and the legacy completions skin over it. */
#ifndef SDK_CODEC_OPENAI_CHAT_H
#define SDK_CODEC_OPENAI_CHAT_H

#include <aiproxy/rules.h>

/* Usage, both ways; odd servers included. False: no figures in it. */
bool chat_read_usage(const struct aip_json *usage, struct aip_usage *ret);
void chat_write_usage(const struct aip_usage *usage, struct aip_json_out *out);

/* finish_reason, both ways. */
enum aip_stop chat_read_stop(struct aip_str reason, bool called_tools);
const char *chat_write_stop(enum aip_stop stop, bool legacy_functions);

/* {"type":"url_citation",…}. */
void chat_write_annotation(const struct aip_citation *citation, struct aip_json_out *out);

enum aip_status chat_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr);
enum aip_status chat_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr);
enum aip_status chat_read_response(struct aip_codec_ctx *ctx, struct aip_str body, struct aip_sink sink,
                                   struct aip_error *reterr);
struct aip_decoder *chat_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink);
enum aip_status chat_decoder_feed(struct aip_decoder *decoder, struct aip_str bytes,
                                  struct aip_error *reterr);
enum aip_status chat_decoder_finish(struct aip_decoder *decoder, enum aip_eof how,
                                    struct aip_error *reterr);
void chat_decoder_fini(struct aip_decoder *decoder);
enum aip_status chat_write_response(struct aip_codec_ctx *ctx, const struct aip_response *response,
                                    struct aip_buf *out, struct aip_error *reterr);
struct aip_encoder *chat_encoder_new(struct aip_codec_ctx *ctx);
enum aip_status chat_encoder_event(struct aip_encoder *encoder, const struct aip_event *event,
                                   struct aip_buf *out);
void chat_encoder_ping(struct aip_encoder *encoder, struct aip_buf *out);
void chat_encoder_fini(struct aip_encoder *encoder);
bool chat_splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out);

/* Fields of a body that chat and completions have in common: the rows after model and messages. */
struct chat_reader {
	struct aip_arena *arena;
	struct aip_request *request;
	struct aip_error *error;
};

/* Reads one member by the table of common fields. False: it is none of them. */
bool chat_read_common(struct chat_reader *r, const struct aip_json *member, enum aip_status *ret);

#endif
