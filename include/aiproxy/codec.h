/* A dialect: bytes to canonical model and back, whole and streamed.
 *
 * One codec per dialect, never one per pair; a codec never calls another. What the codecs share
 * (pairing, names, schemas, reasoning tables) stands once in the library and is declared in
 * aiproxy/rules.h.
 *
 *   client ──request bytes──▶ read_request ▶ aip_request ▶ write_request ──▶ upstream
 *   client ◀──encoder──◀ aip_event ◀──decoder or read_response──◀ upstream's bytes
 *
 * All functions are pure but for the arena of their context: no I/O, no clock, no randomness beyond
 * the seed in the context. Any thread, one at a time per context. */
#ifndef AIPROXY_CODEC_H
#define AIPROXY_CODEC_H

#include <aiproxy/ir.h>
#include <aiproxy/json.h>
#include <aiproxy/sse.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One HTTP header. Names compare without case. */
struct aip_header {
	struct aip_str name;
	struct aip_str value;
};

struct aip_names; /* sanitised tool names and the client's own, both ways; rules.h */

/* What a codec knows of one exchange besides the message. One per side: the client's codec and the
 * upstream's codec may share it. Zeroed fields take the widest sense. */
struct aip_codec_ctx {
	struct aip_arena *arena;
	enum aip_dialect client;        /* dialect of the client */
	enum aip_dialect upstream;      /* dialect of the upstream */
	struct aip_str model_asked;     /* what answers call the model: the client's own word */
	struct aip_str model;           /* upstream's name of the model */
	enum aip_vendor vendor;         /* that serves the model: whose opaque state is native */
	const struct aip_caps *caps;    /* never NULL */
	const struct aip_request *request; /* the client's, once read; answers echo some of it */
	enum aip_loss loss;
	int64_t now_s;                  /* unix time for created fields */
	uint64_t seed;                  /* of generated ids; equal seeds give equal ids */
	uint64_t ids;                   /* ids generated so far */
	bool stream;                    /* towards the upstream, when writing a request */
	bool stream_array;              /* Gemini client without alt=sse: a JSON array, no SSE */
	struct aip_names *names;        /* made by the upstream's write_request; NULL: none changed */
	struct aip_name *dropped;       /* paths that the target lacks, for X-Gateway-Dropped */
	struct aip_name *warnings;
	bool loose_eof;                 /* the upstream's stream may end without its marker: the
	                                 * configuration says so, or the provider */
	int64_t next_event;             /* Responses: the number behind the last event read. A relay that
	                                 * breaks tells its error under it */
	struct aip_arena *scratch;      /* lent to decoders for the time of one step, by a host that runs
	                                 * one step at a time; NULL: each makes its own */
};

/* A request as its client sent it. */
struct aip_wire_in {
	struct aip_str body;
	struct aip_str model;      /* from the path, where the dialect has it there; else AIP_NONE */
	bool stream;               /* from the path, likewise */
	const struct aip_header *headers;
	size_t n_headers;
};

/* Why the bytes of an answer stopped. */
enum aip_eof {
	AIP_EOF_COMPLETE, /* the transfer ended as its framing says */
	AIP_EOF_CUT,      /* it broke */
};

struct aip_decoder;
struct aip_encoder;

/* A codec. Slots are never NULL except where said. */
struct aip_codec {
	enum aip_dialect dialect;
	enum aip_vendor vendor; /* whose opaque reasoning state is native to this wire */
	const char *name;       /* "openai_chat" */

	/* Client's bytes to a canonical request (aip_request_canon has run). AIP_BAD_REQUEST and kin
	 * name the JSON path in reterr->param. Sets nothing in ctx. */
	enum aip_status (*read_request)(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
	                                struct aip_request **ret, struct aip_error *reterr);

	/* Canonical request to the upstream's body, appended to out. Never changes the request. Clamps
	 * by ctx->caps, records what it drops in ctx->dropped, makes ctx->names. AIP_UNSUPPORTED when
	 * the dialect cannot say it (or, strictly, would drop it). ctx->stream says which of the two
	 * answers is asked for. */
	enum aip_status (*write_request)(struct aip_codec_ctx *ctx, const struct aip_request *request,
	                                 struct aip_buf *out, struct aip_error *reterr);

	/* Upstream's whole answer (HTTP 2xx) as events, START to END; AIP_EV_ERROR when the body holds
	 * an error. AIP_UPSTREAM_BROKEN: not an answer of this dialect. */
	enum aip_status (*read_response)(struct aip_codec_ctx *ctx, struct aip_str body,
	                                 struct aip_sink sink, struct aip_error *reterr);

	/* Whole response to the client's body. */
	enum aip_status (*write_response)(struct aip_codec_ctx *ctx, const struct aip_response *response,
	                                  struct aip_buf *out, struct aip_error *reterr);

	/* Upstream's stream to events: feed as bytes come, split anywhere; finish once. Legal order is
	 * the decoder's promise (it runs an aip_stream_guard). The bytes of each feed are borrowed for
	 * its duration only. decoder_fini frees what the arena does not own; always called. */
	struct aip_decoder *(*decoder_new)(struct aip_codec_ctx *ctx, struct aip_sink sink);
	enum aip_status (*decoder_feed)(struct aip_decoder *decoder, struct aip_str bytes,
	                                struct aip_error *reterr);
	enum aip_status (*decoder_finish)(struct aip_decoder *decoder, enum aip_eof how,
	                                  struct aip_error *reterr);
	void (*decoder_fini)(struct aip_decoder *decoder);

	/* Events to the client's stream, appended to out; each call leaves whole frames only. An
	 * ERROR event after START becomes the dialect's error frame. ping: bytes that keep a silent
	 * stream alive. */
	struct aip_encoder *(*encoder_new)(struct aip_codec_ctx *ctx);
	enum aip_status (*encoder_event)(struct aip_encoder *encoder, const struct aip_event *event,
	                                 struct aip_buf *out);
	void (*encoder_ping)(struct aip_encoder *encoder, struct aip_buf *out);
	void (*encoder_fini)(struct aip_encoder *encoder);

	/* Error body of an upstream (any HTTP status) to an error; accepts everything, also HTML and
	 * nothing. http 200 with an error object works too. */
	void (*read_error)(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
	                   size_t n_headers, struct aip_str body, struct aip_error *ret);
	/* Error to this dialect's body; returns the HTTP status to send it with. */
	int (*write_error)(const struct aip_error *error, struct aip_str request_id,
	                   struct aip_buf *out);

	/* Token counting: NULL where the dialect has none (chat). A request for counting is read by
	 * read_count, written by write_count; its answer read (tokens) and written likewise. */
	enum aip_status (*read_count)(struct aip_codec_ctx *ctx, const struct aip_wire_in *in,
	                              struct aip_request **ret, struct aip_error *reterr);
	enum aip_status (*write_count)(struct aip_codec_ctx *ctx, const struct aip_request *request,
	                               struct aip_buf *out, struct aip_error *reterr);
	enum aip_status (*read_counted)(struct aip_codec_ctx *ctx, struct aip_str body, int64_t *ret,
	                                struct aip_error *reterr);
	void (*write_counted)(int64_t tokens, struct aip_buf *out);

	/* Relay under an alias: copies one answer body or one SSE data payload to out with the model's
	 * name replaced where this dialect has it, every other byte untouched. False: there was none,
	 * out is untouched. */
	bool (*splice_model)(struct aip_str json, struct aip_str model, struct aip_buf *out);

	/* Media type of a stream, "text/event-stream"; with ctx->stream_array it is JSON. */
	const char *stream_type;

	/* Relay of a stream whose upstream tells its figures only when asked; both NULL where they come
	 * anyway. relay_ask: the bytes of a request's body that `*ret` must stand in place of, so that it
	 * asks (none, but a place, to insert); AIP_NONE: the client asks itself. relay_extra: true for a
	 * data payload that came for that alone. */
	struct aip_str (*relay_ask)(struct aip_arena *arena, struct aip_str body, struct aip_str *ret);
	bool (*relay_extra)(struct aip_str json);

	/* Relay: true for a data payload that says no more than that an answer has begun or is still to
	 * come; it may wait for what follows, so that a failure can be tried again elsewhere. False for
	 * all that a client may show, and for what nobody knows. */
	bool (*relay_begins)(struct aip_arena *arena, struct aip_str json);
};

/* The codec of a dialect; NULL for AIP_DIALECT_NONE. */
AIP_API const struct aip_codec *aip_codec_of(enum aip_dialect dialect);

/* Records a path that the target lacks, in the words of Chat Completions. AIP_OK when lenient; strictly
 * AIP_UNSUPPORTED, naming the client's field. */
AIP_API enum aip_status aip_ctx_drop(struct aip_codec_ctx *ctx, const char *path,
                                     struct aip_error *reterr);
/* Refuses what the target cannot say and nobody may leave out: always AIP_UNSUPPORTED, naming the client's
 * field for that path. */
AIP_API enum aip_status aip_ctx_refuse(const struct aip_codec_ctx *ctx, const char *path,
                                       const char *why, struct aip_error *reterr);
/* Records a path too, but never refuses: what a client cannot leave out, or what nobody knows. */
AIP_API void aip_ctx_dropped(struct aip_codec_ctx *ctx, const char *path);
/* Records the members among `ext` that are of another dialect than the upstream's. */
AIP_API void aip_ctx_drop_unknown(struct aip_codec_ctx *ctx, const struct aip_ext *ext);
AIP_API void aip_ctx_warn(struct aip_codec_ctx *ctx, const char *fmt, ...) aip_printf_like(2, 3);
/* prefix + 24 characters of [0-9A-Za-z], from the context's seed. */
AIP_API struct aip_str aip_ctx_id(struct aip_codec_ctx *ctx, const char *prefix);

#ifdef __cplusplus
}
#endif
#endif
