/* What the files of the Anthropic Messages codec share. */
#ifndef SDK_CODEC_CLAUDE_MESSAGES_H
#define SDK_CODEC_CLAUDE_MESSAGES_H

#include <aiproxy/rules.h>

/* The tool whose forced call stands in for a JSON schema where a model has no structured output. */
#define CLAUDE_JSON_TOOL "json_response"

/* No block of an answer holds an image: its place is kept in words. */
#define CLAUDE_IMAGE "[image]"

/* Usage, both ways. False: no figures in it. tier: usage.service_tier, AIP_NONE unknown. */
bool claude_read_usage(const struct aip_json *usage, struct aip_usage *ret);
void claude_write_usage(const struct aip_usage *usage, struct aip_str tier,
                        struct aip_json_out *out);

/* Stop reasons, both ways. A stop without its sequence is an end of turn. */
enum aip_stop claude_read_stop(struct aip_str reason);
const char *claude_write_stop(const struct aip_codec_ctx *ctx, enum aip_stop stop,
                              bool has_sequence);

/* Tool of a server_tool_use's name or of a *_tool_result's type; OTHER when unknown. */
enum aip_server_tool claude_server_tool(struct aip_str name);

/* "web_search_tool_result" and kin; tool_result itself is none of them. */
bool claude_is_server_result(struct aip_str type);

/* One entry of a text's citations. False: of no known type. Borrows from v. */
bool claude_read_citation(const struct aip_json *v, struct aip_citation *ret);
/* And back: the vendor's own words, or a web page that an answer stands on. */
void claude_write_citation(const struct aip_citation *citation, struct aip_json_out *out);

/* A server block of a message: call or result. raw is the whole block. */
void claude_read_server(const struct aip_json *block, struct aip_server_part *ret);

/* Whether the upstream's answer to this exchange is the forced call of CLAUDE_JSON_TOOL. */
bool claude_emulates_schema(const struct aip_codec_ctx *ctx, const struct aip_request *request);

/* "ns__name" of a call, for wires without namespaces. */
struct aip_str claude_call_name(struct aip_arena *arena, const struct aip_tool_call *call);

/* An error that came inside an answer: {"type","message"} or a string. */
void claude_read_error_object(const struct aip_json *error, int http, struct aip_error *ret);

/* ---- Requests, read ------------------------------------------------------------------------- */

struct claude_reader {
	struct aip_codec_ctx *ctx;
	struct aip_arena *arena;
	struct aip_request *request;
	bool counts; /* a request for counting: no max_tokens */
	struct aip_error *error;
};

/* Fails with the path of a node; of a member that is not there: its object's path and its name. */
enum aip_status claude_wrong(struct claude_reader *r, const struct aip_json *at, const char *must);
enum aip_status claude_missing(struct claude_reader *r, const struct aip_json *object,
                               const char *key);
/* A member that must be a text with something in it. */
enum aip_status claude_read_word(struct claude_reader *r, const struct aip_json *v, const char *key,
                                 struct aip_str *into);
enum aip_status claude_read_cache(struct claude_reader *r, const struct aip_json *object,
                                  struct aip_cache *into);
/* Members that the blank-separated list `known` lacks; `outer` goes in front of their keys. */
void claude_keep_unknown(struct claude_reader *r, const struct aip_json *object, const char *known,
                         const char *outer, struct aip_ext **into);
/* Members that may be absent or null, and must be of their type otherwise. */
enum aip_status claude_read_flag(struct claude_reader *r, const struct aip_json *object,
                                 const char *key, enum aip_tri *into);
enum aip_status claude_read_text(struct claude_reader *r, const struct aip_json *object,
                                 const char *key, struct aip_str *into);
struct aip_str claude_raw(const struct aip_json *v);

/* claude_messages_tools_in.c: the rows "tools" and "tool_choice". */
enum aip_status claude_read_tools(struct claude_reader *r, const struct aip_json *v);
enum aip_status claude_read_tool_choice(struct claude_reader *r, const struct aip_json *v);

/* claude_messages_mcp_in.c: the row "mcp_servers", which comes behind "tools"; and a tool of one. */
enum aip_status claude_read_mcp_servers(struct claude_reader *r, const struct aip_json *v);
enum aip_status claude_read_toolset(struct claude_reader *r, const struct aip_json *v,
                                    struct aip_tool *tool);

/* claude_messages_content_in.c: the rows "messages" and "system". */
enum aip_status claude_read_messages(struct claude_reader *r, const struct aip_json *v);
enum aip_status claude_read_system(struct claude_reader *r, const struct aip_json *v);

/* ---- Requests, written ---------------------------------------------------------------------- */

enum claude_thinking {
	CLAUDE_THINKING_UNSAID,
	CLAUDE_THINKING_ENABLED, /* with a budget */
	CLAUDE_THINKING_ADAPTIVE,
	CLAUDE_THINKING_DISABLED,
};

#define CLAUDE_MARKS_MAX 4 /* cache breakpoints in a request */

struct claude_writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	struct aip_json_out out;
	struct aip_error *error;
	enum aip_status status; /* the first refusal; later steps do nothing harmful */
	bool counts;            /* a request for counting */
	/* settled before the first byte */
	bool same; /* the client speaks this dialect */
	bool limit_is_said;
	int64_t max_tokens;
	enum claude_thinking thinking;
	int64_t budget;
	enum aip_level effort; /* AIP_LEVEL_NONE: not said */
	bool emulates_schema;
	bool left_the_choice;               /* no tool is forced, though one was asked for */
	const struct aip_turn *thoughtless; /* from here on thoughts are left out; NULL: nowhere */
	bool is_thoughtless;                /* the writer has come there */
	bool caches_by_itself;              /* the request as a whole is a breakpoint */
	const struct aip_cache *marks[CLAUDE_MARKS_MAX]; /* the breakpoints that stay */
	size_t n_marks;                                  /* seen */
};

/* A path of the request that is lost, or cannot be served. */
void claude_drop(struct claude_writer *w, const char *path);
void claude_refuse(struct claude_writer *w, const char *param, const char *why);
/* What the client's dialect calls its turns: where refused content stands. */

/* claude_messages_settle.c */
void claude_settle(struct claude_writer *w);
bool claude_thinks(const struct claude_writer *w);
bool claude_forces_a_tool(const struct claude_writer *w);
/* Breakpoints: seen, in the order of tools, system, messages; those that stay, and for how long. */
void claude_mark(struct claude_writer *w, const struct aip_cache *cache);
bool claude_is_marked(const struct claude_writer *w, const struct aip_cache *cache);
bool claude_mark_is_long(const struct claude_writer *w, const struct aip_cache *cache);

/* claude_messages_request_out.c: writes cache_control, if the breakpoint is one of those that stay.
 */
void claude_put_cache(struct claude_writer *w, const struct aip_cache *cache);
/* Members of the same dialect that no row knows; `outer` as they were kept with. */
void claude_put_ext(struct claude_writer *w, const struct aip_ext *ext, const char *outer);
/* A schema as a profile wants it, under a key. */
void claude_put_schema(struct claude_writer *w, const char *key, struct aip_str schema,
                       enum aip_schema_profile profile);

/* claude_messages_tools_out.c: the members "tools" and "tool_choice". */
void claude_put_tools(struct claude_writer *w);

/* claude_messages_mcp_out.c: another dialect's server of tools. False: it is not offered here. put_toolset:
 * the tool's members. put_servers: the member "mcp_servers". calls_mcp: a call at one of them, or its result,
 * that stands in the history. */
bool claude_offers_mcp(const struct claude_writer *w, const struct aip_tool *tool,
                       struct aip_mcp_offer *ret);
void claude_put_toolset(struct claude_writer *w, const struct aip_tool *tool,
                        const struct aip_mcp_offer *offer);
void claude_put_mcp_servers(struct claude_writer *w);
bool claude_calls_mcp(const struct claude_writer *w, const struct aip_part *part);

/* claude_messages_content_out.c: the members "system" and "messages"; what of them carries a
 * breakpoint; the turn of the assistant that goes on behind the last message.
 *
 * A turn runs on across its calls and their results, until the user says something else. With a budget
 * it begins with a thought, whatever its later messages begin with; while thinking is off none of its
 * messages has one. ("Extended thinking", Anthropic's documentation, and what the API says when it
 * refuses, read 2026-11.) */
struct claude_run {
	const struct aip_turn *first; /* NULL: none is running */
	bool lacks_thought;           /* calls of it are answered, and it began without a thought */
};
void claude_put_system(struct claude_writer *w);
void claude_put_messages(struct claude_writer *w);
void claude_mark_content(struct claude_writer *w);
struct claude_run claude_running_turn(const struct claude_writer *w);

/* claude_messages_blocks_out.c: what of a turn is said here, and how. note_unsaid: what is not is a
 * loss. put_text: another text for the part's own. */
bool claude_is_native_state(const struct claude_writer *w, const struct aip_part *part);
bool claude_is_said(const struct claude_writer *w, const struct aip_part *part, enum aip_role role);
void claude_note_unsaid(struct claude_writer *w, const struct aip_part *part);
void claude_put_block(struct claude_writer *w, const struct aip_part *part);
void claude_put_text_block(struct claude_writer *w, const struct aip_part *part,
                           struct aip_str text);
void claude_put_plain_text(struct claude_writer *w, struct aip_str text);

/* ---- Answers, written ----------------------------------------------------------------------- */

/* The message object up to its open "content". */
void claude_open_message(struct aip_codec_ctx *ctx, struct aip_json_out *out, struct aip_str id);
void claude_put_stop(struct aip_codec_ctx *ctx, struct aip_json_out *out, enum aip_stop stop,
                     struct aip_str sequence, struct aip_str details);
/* Members of this dialect's own answer. In a stream the container is told beside the stop reason,
 * the rest around it. */
void claude_put_members(struct aip_json_out *out, const struct aip_ext *ext);
void claude_put_container(struct aip_json_out *out, const struct aip_ext *ext);
/* State for a client's slot; "" when there is none, or no room. */
struct aip_str claude_state_out(struct aip_codec_ctx *ctx, const struct aip_opaque *opaque);
bool claude_citation_is_said(const struct aip_citation *citation);
/* Blocks. put_redacted: false, and nothing written, when its state has no room. */
void claude_put_text(struct aip_json_out *out, struct aip_str text,
                     const struct aip_citation *citations);
void claude_put_thinking(struct aip_json_out *out, struct aip_str text, struct aip_str signature);
bool claude_put_redacted(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                         const struct aip_opaque *opaque);
/* args AIP_NONE: the empty input a stream starts with. */
void claude_put_tool_use(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                         const struct aip_tool_call *call, struct aip_str args);
/* claude_messages_search_out.c: another vendor's web search, for a client that declared one: a call
 * and its result. */
bool claude_is_foreign_search(const struct aip_codec_ctx *ctx, const struct aip_part *part);
struct aip_str claude_search_id(struct aip_codec_ctx *ctx, struct aip_str id);
struct aip_str claude_query_of(struct aip_arena *arena, struct aip_str input, struct aip_str whole);
void claude_put_search(struct aip_json_out *out, struct aip_str id, struct aip_str query);
void claude_put_search_result(struct aip_arena *arena, struct aip_json_out *out, struct aip_str id,
                              struct aip_str results);

/* claude_messages_mcp_out.c: a call at a server of tools, and what it gave. input AIP_NONE: the empty one that a
 * stream starts with. */
void claude_put_mcp_use(struct aip_codec_ctx *ctx, struct aip_json_out *out,
                        const struct aip_server_part *server, struct aip_str input);
void claude_put_mcp_result(struct aip_arena *arena, struct aip_json_out *out,
                           const struct aip_server_part *server);

/* ---- The codec's slots ---------------------------------------------------------------------- */

/* Each in the file of its name: claude_messages_{request,answer,stream}_{in,out}.c. */
enum aip_status claude_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                    struct aip_request **ret, struct aip_error *reterr);
enum aip_status claude_read_count(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr);
enum aip_status claude_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                     struct aip_buf *out, struct aip_error *reterr);
enum aip_status claude_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr);
enum aip_status claude_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                     struct aip_sink sink, struct aip_error *reterr);
struct aip_decoder *claude_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink);
enum aip_status claude_decoder_feed(struct aip_decoder *decoder, struct aip_str bytes,
                                    struct aip_error *reterr);
enum aip_status claude_decoder_finish(struct aip_decoder *decoder, enum aip_eof how,
                                      struct aip_error *reterr);
void claude_decoder_fini(struct aip_decoder *decoder);
enum aip_status claude_write_response(struct aip_codec_ctx *ctx,
                                      const struct aip_response *response, struct aip_buf *out,
                                      struct aip_error *reterr);
struct aip_encoder *claude_encoder_new(struct aip_codec_ctx *ctx);
enum aip_status claude_encoder_event(struct aip_encoder *encoder, const struct aip_event *event,
                                     struct aip_buf *out);
void claude_encoder_ping(struct aip_encoder *encoder, struct aip_buf *out);
void claude_encoder_fini(struct aip_encoder *encoder);

#endif
