/* What the files of the OpenAI Chat Completions codec share, and the legacy completions skin over
 * it. */
#ifndef SDK_CODEC_OPENAI_CHAT_H
#define SDK_CODEC_OPENAI_CHAT_H

#include <aiproxy/rules.h>

#define CHAT_CHOICES_MAX 128 /* n is at most that */

/* ---- Both ways ------------------------------------------------------------------------------ */

/* Usage, odd servers included. False: no figures in it. */
bool chat_read_usage(const struct aip_json *usage, struct aip_usage *ret);
/* Writes nothing when nothing is known. */
void chat_write_usage(const struct aip_usage *usage, struct aip_json_out *out);

/* *fault: the word tells of a failure and not of an end, of which; else AIP_OK. */
enum aip_stop chat_read_stop(struct aip_str reason, enum aip_status *fault);
const char *chat_write_stop(enum aip_stop stop, bool legacy_functions);

/* Tiers by the canonical word: "default" is "standard". */
struct aip_str chat_read_tier(struct aip_str word);
struct aip_str chat_write_tier(struct aip_str tier);

/* Chat and completions keep what they do not know for each other. */
static inline bool chat_is_own(enum aip_dialect dialect)
{
	return dialect == AIP_CHAT || dialect == AIP_COMPLETIONS;
}

/* ---- Requests, read ------------------------------------------------------------------------- */

struct chat_reader {
	struct aip_arena *arena;
	struct aip_request *request;
	struct aip_error *error;
	enum aip_dialect dialect;
	struct aip_ext **ext;    /* the end of request->ext */
	struct aip_tool **tools; /* the end of request->tools */
};

enum aip_status chat_wrong(struct chat_reader *r, const struct aip_json *at, const char *must);
enum aip_status chat_take_text(struct chat_reader *r, const struct aip_json *v,
                               struct aip_str *into);
/* A text member that may be missing or null. */
enum aip_status chat_take_member(struct chat_reader *r, const struct aip_json *object,
                                 const char *key, struct aip_str *into);
/* Reads cache_control (an extension) or prompt_cache_breakpoint. */
void chat_read_cache(const struct aip_json *v, struct aip_cache *cache);
void chat_keep(struct chat_reader *r, const struct aip_json *member);

/* Fields of a body that chat and completions have in common. False: the member is none of them. */
bool chat_read_common(struct chat_reader *r, const struct aip_json *member, enum aip_status *ret);
/* Body to request, each member through `read`; canonical when it returns. */
enum aip_status
chat_read_body(struct aip_codec_ctx *ctx, const struct aip_wire_in *in, enum aip_dialect dialect,
               enum aip_status (*read)(struct chat_reader *r, const struct aip_json *member),
               const char *needs, struct aip_request **ret, struct aip_error *reterr);

/* Rows of the body, by their place: openai_chat_messages_in.c, openai_chat_tools_in.c. */
enum aip_status chat_read_messages(struct chat_reader *r, const struct aip_json *v);
enum aip_status chat_read_tools(struct chat_reader *r, const struct aip_json *v);
enum aip_status chat_read_functions(struct chat_reader *r, const struct aip_json *v);
enum aip_status chat_read_web_search(struct chat_reader *r, const struct aip_json *v);
enum aip_status chat_read_tool_choice(struct chat_reader *r, const struct aip_json *v);

/* What vendors of this dialect call reasoning in words of their own, taken when reasoning_effort
 * does not say it. False: the member is none of those. */
bool chat_read_vendor_reasoning(const struct aip_json *member, struct aip_reasoning *into);

/* ---- Requests, written ---------------------------------------------------------------------- */

struct chat_writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	struct aip_json_out out;
	struct aip_error *error;
	enum aip_status status; /* the first refusal; later steps do nothing harmful */
	bool same;              /* the client speaks this dialect */
};

void chat_drop(struct chat_writer *w, const char *path);
void chat_refuse(struct chat_writer *w, const char *param, const char *why);
bool chat_word_is(const char *word, const char *is);
/* True when tools of free text go as functions of one text: servers other than the vendor's own
 * know functions only. */
bool chat_wraps_custom(const struct aip_codec_ctx *ctx, const struct aip_request *request);
/* A breakpoint stays where its client speaks this dialect and is dropped elsewhere. */
void chat_put_cache(struct chat_writer *w, const struct aip_cache *cache);
/* Members of the same dialect that no row knows. */
void chat_put_ext(struct chat_writer *w, const struct aip_ext *ext);
/* Fields of completions that the gateway answers itself. */
bool chat_is_skin(const struct aip_ext *ext);
/* A schema under the key that was just written. True: it was asked to be strict, and is. */
bool chat_put_schema(struct chat_writer *w, struct aip_str schema, bool strict, bool is_tool);

void chat_put_messages(struct chat_writer *w);

/* openai_chat_content_out.c. The member "content": a lone text is a plain string, which every server of this
 * dialect takes. */
void chat_put_content(struct chat_writer *w, const struct aip_part *parts);
void chat_put_part(struct chat_writer *w, const struct aip_part *part);
void chat_put_text_part(struct chat_writer *w, struct aip_str text, const struct aip_cache *cache);
/* type: "image_url", "video_url". */
void chat_put_url_part(struct chat_writer *w, const char *type, const struct aip_part *part);
/* The text a part amounts to; those of a kind as paragraphs. AIP_NONE: there is none. */
struct aip_str chat_text_of(struct chat_writer *w, const struct aip_part *part);
struct aip_str chat_joined(struct chat_writer *w, const struct aip_part *parts,
                           enum aip_part_kind kind);
/* Whether a text keeps its cache mark here; notes the marks that are lost. */
bool chat_keeps_cache(const struct chat_writer *w, const struct aip_part *part);
void chat_lose_cache(struct chat_writer *w, const struct aip_part *parts);

/* tools, tool_choice, parallel_tool_calls, web_search_options. */
void chat_put_tools(struct chat_writer *w);

/* ---- Answers, written ----------------------------------------------------------------------- */

/* What answers whole and streamed write alike. */
struct aip_str chat_call_name(struct aip_arena *arena, const struct aip_tool_call *call);
/* extra_content of a call, by Google's convention; AIP_NONE writes nothing. */
void chat_put_signature(struct aip_json_out *out, struct aip_str signature);
/* Google's signature of a call, in any spelling; and the one that gateways hide in a call's id, for clients
 * that bring nothing else back. AIP_NONE: none. */
struct aip_str chat_signature_of(const struct aip_json *call);
struct aip_str chat_signature_in_id(struct aip_str id);
void chat_put_image(struct aip_json_out *out, struct aip_str mime, struct aip_str base64);
/* from, to: where the cited text stands in the message, in code points. */
void chat_put_annotation(struct aip_json_out *out, const struct aip_citation *citation,
                         int64_t from, int64_t to);
/* Arrays of tokens' entries; both AIP_NONE: null. */
void chat_put_logprobs(struct aip_json_out *out, struct aip_str content, struct aip_str refusal);
/* Characters of UTF-8 text. */
int64_t chat_code_points(struct aip_str text);

enum aip_status chat_read_request(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
                                  struct aip_request **ret, struct aip_error *reterr);
enum aip_status chat_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr);
enum aip_status chat_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                   struct aip_sink sink, struct aip_error *reterr);
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
bool chat_relay_begins(struct aip_arena *arena, struct aip_str json);
bool chat_splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out);

#endif
