/* What the files of the OpenAI Responses codec share. */
#ifndef SDK_CODEC_OPENAI_RESPONSES_H
#define SDK_CODEC_OPENAI_RESPONSES_H

#include <aiproxy/rules.h>

/* Words of "include": what an answer is to hold beside its text. */
#define RESPONSES_ENCRYPTED "reasoning.encrypted_content"
#define RESPONSES_LOGPROBS  "message.output_text.logprobs"

/* Usage, both ways. False: no figures in it. */
bool responses_read_usage(const struct aip_json *usage, struct aip_usage *ret);
void responses_write_usage(const struct aip_usage *usage, struct aip_json_out *out);

/* The server tool that an item type ("web_search_call") or a tool type ("web_search_preview") is
 * about; AIP_SERVER_NONE when none. */
enum aip_server_tool responses_server_tool(struct aip_str type);

/* Opens {"type":type. */
void responses_open_typed(struct aip_json_out *out, const char *type);

/* ---- Requests, read ------------------------------------------------------------------------- */

/* A call of a tool that the client runs in the vendor's way, until its output comes. */
struct responses_waiting {
	struct responses_waiting *next;
	struct aip_part *part; /* AIP_SERVER_CALL */
};

struct responses_reader {
	struct aip_arena *arena;
	struct aip_request *request;
	const char *key;             /* of the row that is read */
	struct aip_turn *turn;       /* the last: the next item may join it */
	struct aip_part **part_tail; /* of its parts */
	struct aip_tool *more_tools; /* from the input, behind the request's own */
	struct responses_waiting *waiting;
	struct aip_error *error;
};

/* Fails with the path of a node; of a member that is not there: its object's path and its name. */
enum aip_status responses_wrong(struct responses_reader *r, const struct aip_json *at,
				const char *must);
enum aip_status responses_missing(struct responses_reader *r, const struct aip_json *object,
				  const char *key);
/* A member that is a string if it is there at all; one that must be there and say something. */
enum aip_status responses_text(struct responses_reader *r, const struct aip_json *object,
			       const char *key, struct aip_str *into);
enum aip_status responses_word(struct responses_reader *r, const struct aip_json *object,
			       const char *key, struct aip_str *into);
struct aip_str responses_raw(const struct aip_json *object, const char *key);
enum aip_tri responses_tri(const struct aip_json *object, const char *key);

/* openai_responses_input_in.c: the rows "input" and "instructions". */
enum aip_status responses_read_input(struct responses_reader *r, const struct aip_json *v);
enum aip_status responses_read_instructions(struct responses_reader *r, const struct aip_json *v);

/* openai_responses_tools_in.c: the rows "tools" and "tool_choice"; and a list of tools elsewhere,
 * behind those of *tail. */
enum aip_status responses_read_tools(struct responses_reader *r, const struct aip_json *v);
enum aip_status responses_read_tools_into(struct responses_reader *r, const struct aip_json *v,
					  struct aip_tool **tail);
enum aip_status responses_read_choice(struct responses_reader *r, const struct aip_json *v);

/* ---- Requests, written ---------------------------------------------------------------------- */

struct responses_writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	struct aip_json_out out;
	bool own;    /* the client speaks this dialect: what only it knows goes on */
	bool counts; /* a request for counting */
	struct aip_error *error;
	enum aip_status status; /* the first refusal; later steps do nothing harmful */
};

void responses_drop(struct responses_writer *w, const char *path);
void responses_refuse(struct responses_writer *w, const char *param, const char *why);

/* Writes a schema; true when it was made strict. */
bool responses_put_schema(struct responses_writer *w, struct aip_str schema, bool strict,
			  bool is_tool);

/* openai_responses_input_out.c: "instructions" and "input". openai_responses_tools_out.c: "tools",
 * "tool_choice" and "parallel_tool_calls". */
void responses_put_input(struct responses_writer *w);
void responses_put_tools(struct responses_writer *w);

/* ---- The codec's slots ---------------------------------------------------------------------- */

/* Each in the file of its name: openai_responses_{request,answer,stream}_{in,out}.c. */
enum aip_status responses_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
				       struct aip_request **ret, struct aip_error *reterr);
enum aip_status responses_write_request(struct aip_codec_ctx *ctx,
					const struct aip_request *request, struct aip_buf *out,
					struct aip_error *reterr);
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
