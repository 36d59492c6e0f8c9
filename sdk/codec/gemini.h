/* What the files of the Gemini codec share. Google's API is proto3 JSON: members are read in
 * camelCase and snake_case alike, and written in camelCase. */
#ifndef SDK_CODEC_GEMINI_H
#define SDK_CODEC_GEMINI_H

#include <aiproxy/rules.h>

/* Stands in for a signature on a function call that came from another vendor; Google's
 * documentation of thought signatures, read 2026-02. */
#define GEMINI_NO_SIGNATURE "skip_thought_signature_validator"

#define GEMINI_CANDIDATES_MAX 8 /* of candidateCount; the API's own limit */

/* ---- Members -------------------------------------------------------------------------------- */

/* "systemInstruction" fits systemInstruction and system_instruction. */
bool gemini_key_is(struct aip_str key, const char *camel);
/* Member by camelCase name; null counts as absent. */
const struct aip_json *gemini_get(const struct aip_json *object, const char *camel);
struct aip_str gemini_text(const struct aip_json *object, const char *camel);
struct aip_str gemini_raw(const struct aip_json *object, const char *camel);
/* int64 may come as a string. */
int64_t gemini_int(const struct aip_json *object, const char *camel, int64_t otherwise);
bool gemini_is_true(const struct aip_json *object, const char *camel);
/* A word of an enum, any case. */
bool gemini_word_is(struct aip_str word, const char *upper);

/* ---- Words of both directions --------------------------------------------------------------- */

/* A part of a tool that Google runs itself: executableCode, toolCall and kin. Borrows. False: v is
 * none. */
bool gemini_read_server(const struct aip_json *part, const struct aip_json *v,
                        struct aip_server_part *ret, enum aip_part_kind *ret_kind);
/* The server tool that a member of `tools` switches on; NONE: unknown. And back; NULL: the API has
 * none. */
enum aip_server_tool gemini_server_tool(struct aip_str key);
const char *gemini_server_key(enum aip_server_tool tool);

enum aip_stop gemini_read_stop(struct aip_str reason, bool called_tools);
const char *gemini_write_stop(enum aip_stop stop);

/* False: no figures in it. */
bool gemini_read_usage(const struct aip_json *metadata, struct aip_usage *ret);
void gemini_write_usage(const struct aip_usage *usage, struct aip_json_out *out);

/* Whether the client wants to see thoughts. */
bool gemini_client_wants_thoughts(const struct aip_codec_ctx *ctx);

/* Whether sources may be told of the answer's text, so that it has to be kept for their offsets: a
 * tool of the vendor's runs, or documents want to be cited. */
bool gemini_may_cite(const struct aip_codec_ctx *ctx);

/* Tokens' entries as the canonical model has them (Chat's array), of a logprobsResult; and back.
 * AIP_NONE or nothing when there are none. */
struct aip_str gemini_read_logprobs(struct aip_arena *arena, const struct aip_json *result);
void gemini_write_logprobs(struct aip_arena *arena, struct aip_str tokens,
                           struct aip_json_out *out);

/* ---- Requests, read ------------------------------------------------------------------------- */

struct gemini_reader {
	struct aip_arena *arena;
	struct aip_request *request;
	struct aip_error *error;
	struct aip_ext **ext; /* the end of request->ext */
};

struct gemini_row {
	const char *key; /* camelCase */
	enum aip_status (*read)(struct gemini_reader *r, const struct aip_json *v);
};

/* Fails with the path of a node; of a member that is not there: its object's path and its name. */
enum aip_status gemini_wrong(struct gemini_reader *r, const struct aip_json *at, const char *must);
enum aip_status gemini_missing(struct gemini_reader *r, const struct aip_json *object,
                               const char *key);
/* A member that must be a text when it is there. */
enum aip_status gemini_take_text(struct gemini_reader *r, const struct aip_json *object,
                                 const char *camel, struct aip_str *into);
/* Reads the members of an object by a table; null ones are not there. What no row knows goes to the
 * request's ext, behind "outer." when outer says something. */
enum aip_status gemini_read_rows(struct gemini_reader *r, const struct aip_json *object,
                                 const struct gemini_row *rows, size_t n, const char *outer);

/* gemini_contents_in.c, gemini_tools_in.c: rows of the request. */
enum aip_status gemini_read_contents(struct gemini_reader *r, const struct aip_json *v);
enum aip_status gemini_read_system(struct gemini_reader *r, const struct aip_json *v);
enum aip_status gemini_read_tools(struct gemini_reader *r, const struct aip_json *v);
enum aip_status gemini_read_tool_config(struct gemini_reader *r, const struct aip_json *v);
/* gemini_mcp.c: the tools of a list of servers, appended to *tail. */
enum aip_status gemini_read_mcp(struct gemini_reader *r, const struct aip_json *servers,
                                struct aip_tool ***tail);

/* ---- Requests, written ---------------------------------------------------------------------- */

struct gemini_writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	bool same; /* the client speaks this dialect too */
	struct aip_json_out out;
	struct aip_error *error;
	enum aip_status status; /* first refusal; later steps do nothing harmful */
};

void gemini_drop(struct gemini_writer *w, const char *path);

/* gemini_mcp.c: another dialect's server of tools, and the member that it becomes. */
bool gemini_offers_mcp(const struct gemini_writer *w, const struct aip_tool *tool);
void gemini_put_mcp(struct gemini_writer *w, const struct aip_tool *tool);
void gemini_refuse(struct gemini_writer *w, const char *param, const char *why);
/* What the client calls the turns. */

/* An object that is left out again when nothing was put into it. */
struct gemini_object {
	size_t before, inside;
	bool comma;
};
struct gemini_object gemini_open_some(struct aip_json_out *out, const char *key);
void gemini_close_some(struct aip_json_out *out, struct gemini_object object);

/* Members of the client's own dialect that no row knows: those behind "outer.", or those without a
 * dot. */
void gemini_put_ext(struct gemini_writer *w, const struct aip_ext *ext, const char *outer);

/* gemini_contents_out.c, gemini_tools_out.c: rows of the request. */
void gemini_put_contents(struct gemini_writer *w);
void gemini_put_system(struct gemini_writer *w);
void gemini_put_tools(struct gemini_writer *w);
bool gemini_wants_images(const struct gemini_writer *w);

/* gemini_modalities_out.c: of generationConfig. */
void gemini_put_modalities(struct gemini_writer *w);

/* ---- Answers -------------------------------------------------------------------------------- */

/* Where in an answer's text the sources stand: gemini_grounding.c. Google counts bytes, the
 * canonical model code points. */

/* Citations of a groundingMetadata and a citationMetadata, either may be NULL, for a text that has
 * been told whole; one call of put each. Offsets that do not fit the text are left out. */
struct gemini_cited {
	enum aip_status (*put)(void *to, const struct aip_citation *citation);
	void *to;
};
enum aip_status gemini_read_citations(const struct aip_json *grounding,
                                      const struct aip_json *citations, struct aip_str text,
                                      struct gemini_cited into);

/* A list of citations being gathered for the groundingMetadata of one candidate. */
struct gemini_sources;
struct gemini_sources *gemini_sources_new(struct aip_arena *arena);
/* part, base: the answer's part and the byte in it where the block's text begins; text: of the
 * block. */
void gemini_sources_add(struct gemini_sources *sources, const struct aip_citation *citation,
                        uint32_t part, size_t base, struct aip_str text);
void gemini_sources_put(const struct gemini_sources *sources, struct aip_json_out *out);

/* Parts as an answer holds them: gemini_answer_out.c. */
void gemini_put_text_part(struct aip_json_out *out, struct aip_str text, bool thought,
                          struct aip_str signature);
void gemini_put_call_part(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                          const struct aip_tool_call *call, struct aip_str signature);
void gemini_put_media_part(struct aip_json_out *out, const struct aip_media *media,
                           struct aip_str signature);
/* What a candidate ends with: reason, and Google's own words when it spoke them. */
void gemini_put_ending(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                       const struct aip_candidate *candidate, const struct gemini_sources *sources);
void gemini_put_feedback(struct aip_json_out *out, struct aip_str reason, struct aip_str message);
struct aip_str gemini_call_name(struct aip_arena *arena, const struct aip_tool_call *call);

/* ---- The codec's slots, by file ------------------------------------------------------------- */

/* gemini_request_in.c, gemini_request_out.c */
enum aip_status gemini_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr);
enum aip_status gemini_read_count(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr);
enum aip_status gemini_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                     struct aip_buf *out, struct aip_error *reterr);
enum aip_status gemini_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr);

/* gemini_answer_in.c */
enum aip_status gemini_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                     struct aip_sink sink, struct aip_error *reterr);
struct aip_decoder *gemini_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink);
enum aip_status gemini_decoder_feed(struct aip_decoder *decoder, struct aip_str bytes,
                                    struct aip_error *reterr);
enum aip_status gemini_decoder_finish(struct aip_decoder *decoder, enum aip_eof how,
                                      struct aip_error *reterr);
void gemini_decoder_fini(struct aip_decoder *decoder);

/* gemini_answer_out.c, gemini_stream_out.c */
enum aip_status gemini_write_response(struct aip_codec_ctx *ctx,
                                      const struct aip_response *response, struct aip_buf *out,
                                      struct aip_error *reterr);
struct aip_encoder *gemini_encoder_new(struct aip_codec_ctx *ctx);
enum aip_status gemini_encoder_event(struct aip_encoder *encoder, const struct aip_event *event,
                                     struct aip_buf *out);
void gemini_encoder_ping(struct aip_encoder *encoder, struct aip_buf *out);
void gemini_encoder_fini(struct aip_encoder *encoder);

/* gemini_error.c */
void gemini_read_error(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
                       size_t n_headers, struct aip_str body, struct aip_error *ret);
int gemini_write_error(const struct aip_error *error, struct aip_str request_id,
                       struct aip_buf *out);

#endif
