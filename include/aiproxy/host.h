/* What the host lends a provider: the call, the credential, and a table of functions.
 *
 * The host owns every socket, timer, thread and wait. A provider reaches the world through this table
 * and in no other way; so it can be driven from a file of bytes, cancelled without its cooperation and
 * unloaded by counting. */
#ifndef AIPROXY_HOST_H
#define AIPROXY_HOST_H

#include <aiproxy/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

enum aip_level_of_log {
	AIP_LOG_DEBUG,
	AIP_LOG_INFO,
	AIP_LOG_WARN,
	AIP_LOG_ERROR,
};

/* What a call is for. All run through the same steps and the same fetch. */
enum aip_purpose {
	AIP_GENERATE,    /* ends with a stream of events */
	AIP_COUNT,       /* emits AIP_EV_TOKENS, then END */
	AIP_LIST_MODELS, /* emits AIP_EV_MODEL each, then END */
	AIP_LOGIN,       /* one step of a login flow (call->login); emits AIP_EV_ACCOUNT, then END */
	AIP_REFRESH,     /* renews the credential; emits AIP_EV_ACCOUNT, then END */
	AIP_QUOTA,       /* emits AIP_EV_QUOTA each, then END */
};

enum aip_cred_kind {
	AIP_CRED_NONE,    /* needs none */
	AIP_CRED_API_KEY, /* secret is a key of the configuration */
	AIP_CRED_ACCOUNT, /* secret is an access token; fields hold the token file */
};

/* A named text: an attribute of an account, a setting's value. */
struct aip_field {
	struct aip_str name;
	struct aip_str value;
};

/* What the chosen credential lends to one call. All borrowed until drop. */
struct aip_credential {
	uint32_t size;
	enum aip_cred_kind kind;
	struct aip_str id;       /* stable, not secret */
	struct aip_str label;    /* for people: an e-mail address, a name */
	struct aip_str secret;   /* API key or access token; never log it */
	struct aip_str base_url; /* without trailing slash; the provider's default when not configured */
	bool base_url_is_default;
	const struct aip_field *fields; /* of the account's file, or of the configuration entry */
	size_t n_fields;
	int64_t expires_s;       /* unix; 0 unknown */
};

struct aip_host;

/* One call, from the provider's side. The host embeds it in its own and keeps it until drop. */
struct aip_call {
	uint32_t size;                /* append only */
	const struct aip_host *host;
	enum aip_purpose purpose;
	struct aip_str id;            /* request id, for logs and upstream correlation */
	enum aip_dialect dialect;     /* of the client; NONE for purposes without one */
	bool stream;                  /* the client wants a stream */
	struct aip_str model;         /* upstream's name, aliases and prefixes resolved */
	struct aip_str model_asked;   /* as the client wrote it */
	const struct aip_model *info; /* never NULL; what the model can do */
	const struct aip_credential *cred; /* never NULL */
	struct aip_str body;          /* the client's bytes */
	struct aip_str model_at;      /* where in body the model's JSON string stands; AIP_NONE: it is
	                               * not in the body (Gemini) */
	bool body_edited;             /* the gateway changes the request (thinking suffix, payload
	                               * rules): relaying the bytes would lose that */
	const struct aip_header *headers; /* the client's, without credentials and hop-by-hop ones */
	size_t n_headers;
	struct aip_codec_ctx *ctx;    /* shared by both codecs of this attempt */
	void *state;                  /* provider's own: call_bytes of its table, zeroed */
	const struct aip_login_step *login; /* AIP_LOGIN only */
};

enum aip_fetch_flag {
	/* A 2xx answer goes to the client byte for byte (the model's name excepted, when the client used
	 * an alias), status and media type included. The provider still gets every byte and decodes for
	 * accounting; what it emits is counted, not written, and its failure harms nothing. Only for an
	 * upstream that speaks the client's dialect. */
	AIP_FETCH_RELAY = 1 << 0,
	/* The answer is a stream: small buffers, gap limits instead of a total. */
	AIP_FETCH_STREAM = 1 << 1,
	/* With RELAY: the body asks for figures that the client did not ask for; what comes for them alone
	 * (the codec's relay_extra) is counted and kept from the client. */
	AIP_FETCH_ASKED = 1 << 2,
};

/* One HTTP exchange to make. All memory: the call's arena, or static, or the client's body. */
struct aip_fetch {
	uint32_t size;
	const char *method;     /* "POST" */
	struct aip_str url;     /* absolute http or https; no secrets in it where a header will do */
	const struct aip_header *headers; /* the array until fetch returns, so it may stand on the stack;
	                                   * the host adds Host, Content-Length, the operator's own */
	size_t n_headers;
	const struct aip_str *body; /* pieces, sent one behind the other */
	size_t n_body;
	uint32_t flags;
	int64_t head_ms;        /* limit for the answer's head; 0 the configured one */
	int64_t idle_ms;        /* limit between bytes; 0 the configured one */
};

/* Head of an answer. Borrowed for the step. */
struct aip_head {
	int http;
	const struct aip_header *headers;
	size_t n_headers;
};

/* AIP_NONE when there is none; the first of several. */
AIP_API struct aip_str aip_header_get(const struct aip_header *headers, size_t n, const char *name);

struct aip_host {
	uint32_t size;       /* append only; never smaller than the one a provider was built with */

	/* Any thread. */
	int64_t (*now_ms)(void);   /* monotonic */
	int64_t (*now_s)(void);    /* unix time */
	void (*log)(enum aip_level_of_log level, const char *event, const char *fmt, ...)
		aip_printf_like(3, 4);

	/* Inside a step of the call, on its loop. */

	/* Lives until drop. */
	struct aip_arena *(*arena)(struct aip_call *call);
	/* The client's request in the canonical model; read on first use, then the same. Any status but
	 * AIP_OK: there is none now, return it from the step. A host that fetches media for upstreams
	 * which open no URLs drops the call then and begins it anew when it has them. */
	enum aip_status (*request)(struct aip_call *call, const struct aip_request **ret,
	                           struct aip_error *reterr);
	/* Starts an exchange; comes back as on_head, on_body, on_end. One at a time: a second one may
	 * start once the first has ended (from on_end). */
	enum aip_status (*fetch)(struct aip_call *call, const struct aip_fetch *fetch,
	                         struct aip_error *reterr);
	/* Gives an event to the client. Borrowed until it returns. A status other than AIP_OK: return
	 * it from the step. END or ERROR finishes the call. */
	enum aip_status (*emit)(struct aip_call *call, const struct aip_event *event);
	/* Comes back as on_wake. One at a time; a new one replaces the old. */
	void (*wake_after)(struct aip_call *call, int64_t ms);
	/* What must outlive a reload: small, bounded, forgotten oldest first. Per provider id and
	 * credential. get: the value is in the call's arena. */
	void (*memo_put)(struct aip_call *call, struct aip_str key, struct aip_str value,
	                 int64_t ttl_ms);
	bool (*memo_get)(struct aip_call *call, struct aip_str key, struct aip_str *ret);
};

/* ---- Headers and address of a fetch ---------------------------------------------------------- */

/* Collects headers, on the stack of the step that fetches: a provider's table of what it sends. A value of
 * AIP_NONE adds nothing. */
struct aip_headers {
	struct aip_header at[24];
	size_t n;
};
AIP_API void aip_headers_add(struct aip_headers *headers, const char *name, struct aip_str value);
/* Content-Type and Accept of JSON, or of a stream where the fetch asks for one, and who asks. */
AIP_API void aip_headers_usual(struct aip_headers *headers, const struct aip_fetch *fetch,
                               const char *user_agent);
/* "Authorization: Bearer " and the credential's secret, when it has one. */
AIP_API void aip_headers_bearer(struct aip_headers *headers, struct aip_call *call);
/* Adds the client's own value when it sent one, else `otherwise` (may be AIP_NONE). */
AIP_API void aip_headers_from_client(struct aip_headers *headers, const struct aip_call *call,
                                     const char *name, struct aip_str otherwise);

/* The credential's base URL and what stands behind it, in the call's arena. */
AIP_API struct aip_str aip_call_url(struct aip_call *call, const char *path);

/* ---- The usual way -------------------------------------------------------------------------- */

/* For a provider whose upstream speaks one of the dialects: writes the request (or relays the client's
 * bytes), and turns the answer into events. A provider adds URL and headers, and overrides what is odd.
 *
 *     begin:   s = aip_exchange_body(x, call, codec, 0, &fetch, reterr);
 *              aip_headers_usual(&headers, &fetch, "acme/1.0");  aip_headers_bearer(&headers, call);
 *              fetch.url = aip_call_url(call, "/chat/completions");
 *              return aip_exchange_fetch(x, &fetch, &headers, reterr);
 *
 * The other steps stand ready for its table. call->state then begins with a struct aip_exchange, most often
 * it is one:
 *
 *     .call_bytes = sizeof(struct aip_exchange),
 *     .begin = begin,
 *     .on_head = aip_exchange_on_head,
 *     .on_body = aip_exchange_on_body,
 *     .on_end = aip_exchange_on_end,
 *     .drop = aip_exchange_drop,
 */
enum aip_exchange_flag {
	AIP_EXCHANGE_NO_RELAY = 1 << 0,     /* always translate */
	AIP_EXCHANGE_ALWAYS_STREAM = 1 << 1, /* the upstream is asked to stream whatever the client wants */
	AIP_EXCHANGE_LOOSE_STREAM = 1 << 2, /* a stream may end without its marker */
};

struct aip_exchange {
	struct aip_call *call;
	const struct aip_codec *codec; /* the upstream's */
	struct aip_decoder *decoder;
	struct aip_buf whole;          /* an answer that does not stream, or an error's body */
	struct aip_buf sent;           /* the request's body */
	struct aip_str pieces[5];      /* or the client's body around what is put in place of its own */
	uint32_t flags;
	int http;                      /* of the answer; 0 before */
	bool streamed;                 /* the answer is a stream */
	struct aip_header *head;       /* copy of the answer's headers when it is an error */
	size_t n_head;
	/* Narrows an error after the codec has read it; may be NULL. Where a provider's 403 means
	 * "wrong region", its 400 "key invalid" … */
	void (*judge)(struct aip_exchange *x, struct aip_str body, struct aip_error *error);
};

/* Fills fetch->method, body, flags. GENERATE and COUNT. */
AIP_API aip_nodiscard enum aip_status
aip_exchange_body(struct aip_exchange *x, struct aip_call *call, const struct aip_codec *codec,
                  uint32_t flags, struct aip_fetch *fetch, struct aip_error *reterr);
/* Asks for it with these headers; fetch->url and all else are set. */
AIP_API enum aip_status aip_exchange_fetch(struct aip_exchange *x, struct aip_fetch *fetch,
                                           const struct aip_headers *headers,
                                           struct aip_error *reterr);
AIP_API enum aip_status aip_exchange_head(struct aip_exchange *x, const struct aip_head *head,
                                          struct aip_error *reterr);
AIP_API enum aip_status aip_exchange_take(struct aip_exchange *x, struct aip_str bytes,
                                          struct aip_error *reterr);
AIP_API enum aip_status aip_exchange_end(struct aip_exchange *x, enum aip_eof how,
                                         struct aip_error *reterr);
AIP_API void aip_exchange_fini(struct aip_exchange *x);

/* Steps for a provider's table: each hands the exchange at the front of call->state what came. */
AIP_API enum aip_status aip_exchange_on_head(void *self, struct aip_call *call,
                                             const struct aip_head *head, struct aip_error *reterr);
AIP_API enum aip_status aip_exchange_on_body(void *self, struct aip_call *call, struct aip_str bytes,
                                             struct aip_error *reterr);
AIP_API enum aip_status aip_exchange_on_end(void *self, struct aip_call *call, enum aip_eof how,
                                            struct aip_error *reterr);
AIP_API void aip_exchange_drop(void *self, struct aip_call *call);

#ifdef __cplusplus
}
#endif
#endif
