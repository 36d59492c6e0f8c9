/* What the files of the OpenAI Responses codec share. */
#ifndef SDK_CODEC_OPENAI_RESPONSES_H
#define SDK_CODEC_OPENAI_RESPONSES_H

#include <aiproxy/rules.h>

#include "codecs.h"

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

/* openai_responses_mcp_in.c: a server of tools; an item of a call with what it gave. False: it gave nothing
 * yet. */
enum aip_status responses_read_mcp(struct responses_reader *r, const struct aip_json *v,
                                   struct aip_tool *tool);
bool responses_read_mcp_call(const struct aip_json *v, struct aip_server_part *call,
                             struct aip_server_part *result);

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
/* openai_responses_mcp_out.c: a server of tools; a call of one of its tools with what it gave, which stands
 * behind it. has_mcp: whether the server of a call among `parts`, or of a result's call, is among the tools. */
void responses_put_mcp(struct responses_writer *w, const struct aip_tool *tool);
bool responses_has_mcp(const struct responses_writer *w, const struct aip_part *parts,
                       const struct aip_server_part *server);
void responses_put_mcp_call(struct responses_writer *w, const struct aip_part *call);
void responses_put_tools(struct responses_writer *w);

/* ---- Answers, read -------------------------------------------------------------------------- */

/* A block of an item that is open downstream. */
enum responses_piece {
	PIECE_NONE,
	PIECE_TEXT,
	PIECE_REFUSAL,
	PIECE_THOUGHT,
	PIECE_CALL,
	PIECE_OTHER,
};

/* One output item, found by its output_index. */
struct responses_item {
	struct responses_item *next;
	int64_t index;
	struct aip_str id; /* of reasoning, once it is known */
	enum responses_piece open;
	uint32_t block;
	int64_t part;  /* content_index of the open text */
	int64_t parts; /* content parts given whole; of reasoning: parts begun */
	bool spoke;    /* the open block has had a delta */
	bool thought;  /* reasoning was given */
	bool is_call;
	bool is_mcp; /* of a tool that the vendor calls at a server's */
	bool done;
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch; /* one event's tree */
	struct aip_stream_guard *guard;
	struct codec_intake intake;
	bool started, ended;
	bool called, refused;
	uint32_t next_block;
	struct responses_item *items;
	size_t n_items;
	struct aip_error *error; /* of the step that is running */
};

/* openai_responses_answer_in.c. The item of an index, made when it is new. */
enum aip_status responses_item_at(struct aip_decoder *d, int64_t index,
                                  struct responses_item **ret);
/* Pieces of an open item; the block they belong to is opened when it is not. Empty ones open it
 * too. */
enum aip_status responses_take_text(struct aip_decoder *d, struct responses_item *item,
                                    enum responses_piece piece, int64_t part, struct aip_str text);
enum aip_status responses_take_logprobs(struct aip_decoder *d, struct responses_item *item,
                                        const struct aip_json *logprobs);
enum aip_status responses_take_annotation(struct aip_decoder *d, struct responses_item *item,
                                          const struct aip_json *annotation);
enum aip_status responses_take_thought(struct aip_decoder *d, struct responses_item *item,
                                       enum aip_delta delta, uint32_t index, struct aip_str text);
enum aip_status responses_take_args(struct aip_decoder *d, struct responses_item *item,
                                    struct aip_str args);
/* A picture on its way. */
enum aip_status responses_take_picture(struct aip_decoder *d, struct responses_item *item,
                                       const struct aip_json *event);
/* The whole of a text, a thought: news only when no piece of it came. */
enum aip_status responses_end_text(struct aip_decoder *d, struct responses_item *item,
                                   enum responses_piece piece, int64_t part, struct aip_str text);
enum aip_status responses_end_thought(struct aip_decoder *d, struct responses_item *item,
                                      enum aip_delta delta, uint32_t index, struct aip_str text);
/* Arguments of a function as they ended. */
enum aip_status responses_end_args(struct aip_decoder *d, struct responses_item *item,
                                   struct aip_str args);
/* An item as it was announced. */
enum aip_status responses_begin_item(struct aip_decoder *d, struct responses_item *item,
                                     const struct aip_json *v);
/* A content part, an item as they ended: what no delta has brought is given now. */
enum aip_status responses_end_part(struct aip_decoder *d, struct responses_item *item,
                                   int64_t index, const struct aip_json *part);
enum aip_status responses_end_item(struct aip_decoder *d, struct responses_item *item,
                                   const struct aip_json *v);
/* The response: its head, its end, its failure; and all of it at once. `beside`: what the error
 * stands in. */
enum aip_status responses_start(struct aip_decoder *d, const struct aip_json *response);
enum aip_status responses_end(struct aip_decoder *d, const struct aip_json *response);
enum aip_status responses_fail(struct aip_decoder *d, const struct aip_json *error,
                               const struct aip_json *beside);
enum aip_status responses_read_whole(struct aip_decoder *d, const struct aip_json *response);

/* ---- Answers, written ----------------------------------------------------------------------- */

#define RESPONSES_ITEM_MAX (256u << 20) /* bytes of one */
#define RESPONSES_ECHOES   18           /* members of an answer that repeat the request's */

enum responses_said_kind {
	SAID_MESSAGE,
	SAID_REASONING,
	SAID_CALL,
	SAID_IMAGE,
	SAID_SEARCH, /* another vendor's */
	SAID_CODE,   /* likewise */
	SAID_MCP,    /* waits for what its tool gives */
	SAID_RAW,    /* of the client's own dialect */
};

/* One output item. Its final JSON is kept: the terminal event repeats all of them. */
struct responses_said {
	struct responses_said *next;
	enum responses_said_kind kind;
	uint32_t index; /* output_index */
	struct aip_str id;
	bool block_is_open;
	uint32_t block;
	bool done;
	struct aip_buf json;  /* when done */
	struct aip_buf text;  /* of the open part: text, summary, arguments, image; RAW: all */
	struct aip_buf parts; /* finished parts, joined by commas */
	struct aip_buf
		notes; /* annotations of the open part, likewise; IMAGE: its further members */
	struct aip_buf logprobs; /* likewise */
	uint32_t n_parts, n_notes;
	bool part_is_open;        /* REASONING */
	uint32_t part;            /* which */
	bool is_chain;            /* REASONING: the bare chain, no summary of it */
	bool is_refusal;          /* MESSAGE: the open part */
	bool ends_with_part;      /* MESSAGE: another item has begun beside its open part */
	struct aip_str encrypted; /* REASONING */
	struct aip_str call_id, name,
		space;              /* CALL; CODE: the container; MCP: space is the server */
	bool is_custom, unwraps;    /* CALL: free text; inside {"input":…} so far */
	const char *type;           /* RAW */
	const struct aip_json *raw; /* RAW */
	struct aip_str sources;     /* SEARCH: raw, for a client that wants them */
};

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_buf *into;    /* of the event that is being written */
	struct aip_buf *whole;   /* no events, only the response at the end; NULL: a stream */
	struct aip_buf nowhere;  /* takes nothing */
	struct aip_json_out out; /* the open event */
	size_t data;             /* where its data begin */
	uint64_t sequence;
	struct responses_said *items, **tail;
	uint32_t n_items;
	struct responses_said *message; /* open: further text joins it */
	struct responses_said *search;  /* over, but what it found is told next */
	bool shows_sources;             /* the client asked for the pages of a search */
	struct aip_usage usage;
	enum aip_stop stop;
	bool refused, cut; /* something was; a call was */
	bool started, ended;
	struct aip_str id, tier;
	int64_t created_s;
	struct aip_str echo[RESPONSES_ECHOES]; /* raw */
};

/* openai_responses_answer_out.c. All keys of the object; finished: with items and usage. error
 * NULL: none. */
void responses_put_response(const struct aip_encoder *e, struct aip_json_out *out,
                            const char *status, bool finished, const struct aip_error *error);
void responses_read_echoes(struct aip_encoder *e);
bool responses_is_incomplete(const struct aip_encoder *e);
/* An item as it stands, and parts of one with the text given. */
void responses_put_item(struct aip_json_out *out, const struct responses_said *item,
                        const char *status);
void responses_put_text_part(struct aip_json_out *out, const struct responses_said *item,
                             struct aip_str text);
void responses_put_thought_part(struct aip_json_out *out, const struct responses_said *item,
                                struct aip_str text);
/* "key":[inner] */
void responses_put_list(struct aip_json_out *out, const char *key, struct aip_str inner);

/* openai_responses_stream_out.c. An item begins and is told of; its last word, which forgets its
 * pieces. */
struct responses_said *responses_item_new(struct aip_encoder *e, enum responses_said_kind kind,
                                          const char *prefix);
void responses_announce(struct aip_encoder *e, const struct responses_said *item);
void responses_finish_item(struct aip_encoder *e, struct responses_said *item, const char *status);
/* An event about an item; with a text under a key. */
void responses_put_mark(struct aip_encoder *e, const char *type, const struct responses_said *item);
void responses_put_text(struct aip_encoder *e, const char *type, const struct responses_said *item,
                        const char *key, struct aip_str text);
/* Of what an item has gathered keeps the text of one member; all of it when it has no such member.
 */
bool responses_keep_member(struct aip_encoder *e, struct responses_said *item, const char *key);

/* openai_responses_hosted_out.c. NULL: nothing of it is shown, or all is said already. */
struct responses_said *responses_start_vendor(struct aip_encoder *e, const struct aip_part *part);
struct responses_said *responses_start_image(struct aip_encoder *e, const struct aip_part *part);
void responses_stop_search(struct aip_encoder *e, struct responses_said *item,
                           const struct aip_part *last);
/* What a search found, when `part` tells it, or that it will not be told. */
void responses_end_search(struct aip_encoder *e, const struct aip_part *part);
bool responses_shows_sources(const struct aip_request *request);
/* The end of an answer, for calls that gave nothing. */
void responses_end_waiting(struct aip_encoder *e);
void responses_stop_code(struct aip_encoder *e, struct responses_said *item);
void responses_stop_image(struct aip_encoder *e, struct responses_said *item,
                          const struct aip_part *last);

/* openai_responses_mcp_out.c: a call of a server's tool, and what it gave (NULL). */
struct responses_said *responses_start_mcp(struct aip_encoder *e, const struct aip_part *part);
void responses_stop_mcp(struct aip_encoder *e, struct responses_said *item,
                        const struct aip_part *last);

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
