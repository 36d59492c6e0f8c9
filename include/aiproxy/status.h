/* Every status of the project: one row each, with its HTTP code, whose fault it is, what to try
 * next, how long the blamed credential rests, and its name in each dialect. Code, logs, tests and
 * manual read this table; nothing is decided twice.
 *
 *   HTTP     what a client is told; a dialect may narrow it (openai and gemini say 503 for 529)
 *   blame    NOBODY CLIENT CREDENTIAL MODEL UPSTREAM CONFIG GUEST GATEWAY
 *   next     STOP               the same request would fail anywhere
 *            OTHER_CREDENTIAL   another credential may succeed
 *            SAME_CREDENTIAL    the same one may, at once; then another
 *   rest_s   seconds the credential rests for the model (scope per aip_error): 0 none,
 *            AIP_REST_LADDER the upstream's hint, else 1 s doubling to 30 min
 *   openai   error.type and error.code of Chat and Responses ("" is null)
 *   claude   error.type
 *   gemini   error.status
 *
 * Source: spec of error kinds per dialect; public API references of the three vendors. */
#ifndef AIPROXY_STATUS_H
#define AIPROXY_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIP_REST_LADDER (-1)

/* clang-format off */
#define AIP_STATUS_TABLE(ROW) \
	/*  name               HTTP blame       next              rest_s           openai type              openai code                 claude type              gemini status       */ \
	ROW(OK,                200, NOBODY,     STOP,             0,               "",                      "",                         "",                      "OK")                 \
	ROW(BAD_REQUEST,       400, CLIENT,     STOP,             0,               "invalid_request_error", "",                         "invalid_request_error", "INVALID_ARGUMENT")   \
	ROW(CONTEXT_TOO_LONG,  400, CLIENT,     STOP,             0,               "invalid_request_error", "context_length_exceeded",  "invalid_request_error", "INVALID_ARGUMENT")   \
	ROW(UNSUPPORTED,       400, CLIENT,     STOP,             0,               "invalid_request_error", "unsupported_parameter",    "invalid_request_error", "INVALID_ARGUMENT")   \
	ROW(CONTENT_BLOCKED,   400, CLIENT,     STOP,             0,               "invalid_request_error", "content_policy_violation", "invalid_request_error", "INVALID_ARGUMENT")   \
	ROW(MODEL_UNKNOWN,     400, CLIENT,     STOP,             0,               "invalid_request_error", "model_not_found",          "invalid_request_error", "INVALID_ARGUMENT")   \
	ROW(CLIENT_UNKNOWN,    401, CLIENT,     STOP,             0,               "authentication_error",  "invalid_api_key",          "authentication_error",  "UNAUTHENTICATED")    \
	ROW(FORBIDDEN,         403, CLIENT,     STOP,             0,               "permission_error",      "insufficient_permissions", "permission_error",      "PERMISSION_DENIED")  \
	ROW(LIMIT_REACHED,     429, CLIENT,     STOP,             0,               "insufficient_quota",    "insufficient_quota",       "rate_limit_error",      "RESOURCE_EXHAUSTED") \
	ROW(NOT_FOUND,         404, CLIENT,     STOP,             0,               "invalid_request_error", "not_found",                "not_found_error",       "NOT_FOUND")          \
	ROW(METHOD,            405, CLIENT,     STOP,             0,               "invalid_request_error", "method_not_allowed",       "invalid_request_error", "UNIMPLEMENTED")      \
	ROW(CLIENT_SLOW,       408, CLIENT,     STOP,             0,               "timeout",               "request_timeout",          "timeout_error",         "DEADLINE_EXCEEDED")  \
	ROW(CONFLICT,          409, CLIENT,     STOP,             0,               "conflict_error",        "",                         "invalid_request_error", "ABORTED")            \
	ROW(TOO_LARGE,         413, CLIENT,     STOP,             0,               "invalid_request_error", "request_too_large",        "request_too_large",     "INVALID_ARGUMENT")   \
	ROW(UNPROCESSABLE,     422, CLIENT,     STOP,             0,               "invalid_request_error", "",                         "invalid_request_error", "INVALID_ARGUMENT")   \
	ROW(HEAD_TOO_LARGE,    431, CLIENT,     STOP,             0,               "invalid_request_error", "headers_too_large",        "invalid_request_error", "INVALID_ARGUMENT")   \
	ROW(CANCELLED,         499, CLIENT,     STOP,             0,               "invalid_request_error", "cancelled",                "api_error",             "CANCELLED")          \
	ROW(GATEWAY_BUG,       500, GATEWAY,    STOP,             0,               "server_error",          "internal_error",           "api_error",             "INTERNAL")           \
	ROW(NOT_IMPLEMENTED,   501, GATEWAY,    STOP,             0,               "invalid_request_error", "not_implemented",          "api_error",             "UNIMPLEMENTED")      \
	ROW(CRED_REJECTED,     502, CREDENTIAL, OTHER_CREDENTIAL, 1800,            "server_error",          "upstream_auth",            "api_error",             "INTERNAL")           \
	ROW(CRED_UNPAID,       402, CREDENTIAL, OTHER_CREDENTIAL, 1800,            "insufficient_quota",    "insufficient_quota",       "billing_error",         "FAILED_PRECONDITION")\
	ROW(CRED_COOLING,      429, CREDENTIAL, OTHER_CREDENTIAL, 0,               "rate_limit_error",      "model_cooldown",           "rate_limit_error",      "RESOURCE_EXHAUSTED") \
	ROW(RATE_LIMITED,      429, CREDENTIAL, OTHER_CREDENTIAL, AIP_REST_LADDER, "rate_limit_error",      "rate_limit_exceeded",      "rate_limit_error",      "RESOURCE_EXHAUSTED") \
	ROW(QUOTA_EXHAUSTED,   429, CREDENTIAL, OTHER_CREDENTIAL, AIP_REST_LADDER, "insufficient_quota",    "insufficient_quota",       "rate_limit_error",      "RESOURCE_EXHAUSTED") \
	ROW(MODEL_MISSING,     404, MODEL,      OTHER_CREDENTIAL, 43200,           "invalid_request_error", "model_not_found",          "not_found_error",       "NOT_FOUND")          \
	ROW(UPSTREAM_ERROR,    500, UPSTREAM,   SAME_CREDENTIAL,  60,              "server_error",          "internal_server_error",    "api_error",             "INTERNAL")           \
	ROW(UPSTREAM_BROKEN,   502, UPSTREAM,   SAME_CREDENTIAL,  0,               "server_error",          "bad_gateway",              "api_error",             "INTERNAL")           \
	ROW(UNAVAILABLE,       503, UPSTREAM,   OTHER_CREDENTIAL, 60,              "server_error",          "service_unavailable",      "overloaded_error",      "UNAVAILABLE")        \
	ROW(OVERLOADED,        529, UPSTREAM,   OTHER_CREDENTIAL, 60,              "server_error",          "overloaded",               "overloaded_error",      "UNAVAILABLE")        \
	ROW(UPSTREAM_TIMEOUT,  504, UPSTREAM,   OTHER_CREDENTIAL, 60,              "server_error",          "timeout",                  "timeout_error",         "DEADLINE_EXCEEDED")  \
	ROW(NO_CREDENTIAL,     503, CONFIG,     STOP,             0,               "server_error",          "no_credential",            "api_error",             "UNAVAILABLE")        \
	ROW(NO_PROVIDER,       503, CONFIG,     STOP,             0,               "server_error",          "no_provider",              "api_error",             "UNAVAILABLE")        \
	ROW(SHUTTING_DOWN,     503, GATEWAY,    STOP,             0,               "server_error",          "shutting_down",            "overloaded_error",      "UNAVAILABLE")        \
	ROW(CONFIG_REFUSED,    500, CONFIG,     STOP,             0,               "server_error",          "config_refused",           "api_error",             "INTERNAL")           \
	ROW(GUEST_REFUSED,     503, GUEST,      STOP,             0,               "server_error",          "provider_refused",         "api_error",             "UNAVAILABLE")        \
	ROW(GUEST_BROKEN,      502, GUEST,      STOP,             0,               "server_error",          "provider_broken",          "api_error",             "INTERNAL")
/* clang-format on */

enum aip_status {
#define ROW(name, http, blame, next, rest_s, otype, ocode, ctype, gstatus) AIP_##name,
	AIP_STATUS_TABLE(ROW)
#undef ROW
	AIP_STATUS_COUNT
};

enum aip_blame {
	AIP_BLAME_NOBODY,
	AIP_BLAME_CLIENT,
	AIP_BLAME_CREDENTIAL,
	AIP_BLAME_MODEL,
	AIP_BLAME_UPSTREAM,
	AIP_BLAME_CONFIG,
	AIP_BLAME_GUEST,
	AIP_BLAME_GATEWAY,
};

enum aip_next {
	AIP_NEXT_STOP,
	AIP_NEXT_OTHER_CREDENTIAL,
	AIP_NEXT_SAME_CREDENTIAL,
};

/* What a fault covers: the credential for this model, the whole credential, or this request only
 * (nothing rests). */
enum aip_scope {
	AIP_SCOPE_MODEL,
	AIP_SCOPE_CREDENTIAL,
	AIP_SCOPE_REQUEST,
};

/* One row of the table, for looking up. */
struct aip_status_row {
	const char *name; /* "BAD_REQUEST" */
	int http;
	enum aip_blame blame;
	enum aip_next next;
	int rest_s;
	const char *openai_type;
	const char *openai_code;
	const char *claude_type;
	const char *gemini_status;
};

/* Never NULL; an unknown number gives GATEWAY_BUG's row. Any thread. */
__attribute__((visibility("default"))) const struct aip_status_row *
aip_status_row(enum aip_status status);

/* "BAD_REQUEST". Any thread. */
__attribute__((visibility("default"))) const char *aip_status_name(enum aip_status status);

/* What an upstream's HTTP code means when its body says nothing better: 2xx is OK; 401, 402, 403
 * blame the credential, 404 the model, 429 RATE_LIMITED, 408 and 5xx the upstream, other 4xx the
 * client; what is no final answer (1xx, 3xx, 600) is UPSTREAM_BROKEN. Any thread. */
__attribute__((visibility("default"))) enum aip_status aip_status_from_http(int http);

/* An error with all that a client or a log line may want. Plain memory, no lifetime: the texts
 * are cut to fit, at a UTF-8 boundary. All zero is "no error". */
struct aip_error {
	enum aip_status status;
	enum aip_scope scope;
	int upstream_http;       /* 0: not from an upstream's answer */
	int64_t retry_after_ms;  /* 0: no hint */
	char message[768];       /* a sentence for the client; never a secret */
	char param[160];         /* JSON path or field at fault: "messages[2].content" */
	char code[64];           /* upstream's own code, kept for clients of its dialect */
	char type[64];           /* upstream's own type, likewise */
	char request_id[96];     /* upstream's id of the failed exchange */
};

/* Sets status and message (everything else cleared), returns the status:
 *     return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "token reply is not JSON");
 * reterr may be NULL. Any thread. */
__attribute__((visibility("default"), format(printf, 3, 4))) enum aip_status
aip_fail(struct aip_error *reterr, enum aip_status status, const char *fmt, ...);

/* Puts the noun the caller knows in front: "credential 'x': token reply is not JSON". Returns the
 * status that reterr holds; GATEWAY_BUG when reterr is NULL, since then nobody kept it. */
__attribute__((visibility("default"), format(printf, 2, 3))) enum aip_status
aip_note(struct aip_error *reterr, const char *fmt, ...);

#ifdef __cplusplus
}
#endif
#endif
