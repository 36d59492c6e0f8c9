/* JSON as gateways need it: every value knows which source bytes it was, so numbers, tool
 * arguments and schemas go on byte for byte, and an error names its path.
 *
 * Reading gives a tree in an arena that borrows from the source; the source must outlive it. Texts
 * without escapes borrow, others are decoded once. Inside decoded text a NUL stays a NUL byte and an
 * unpaired surrogate stays as its three-byte form (WTF-8); the writer turns both back into escapes.
 * Writing goes straight into a buffer, no tree. Duplicate names: the last one wins.
 *
 * For documents whose bytes do not matter (token replies, files of our own) cJSON is as good. */
#ifndef AIPROXY_JSON_H
#define AIPROXY_JSON_H

#include <aiproxy/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIP_JSON_DEPTH_MAX  128
#define AIP_JSON_VALUES_MAX (2u << 20) /* of a tree, which takes forty times the bytes of "1," */

enum aip_json_kind {
	AIP_JSON_NULL,
	AIP_JSON_FALSE,
	AIP_JSON_TRUE,
	AIP_JSON_NUMBER,
	AIP_JSON_STRING,
	AIP_JSON_ARRAY,
	AIP_JSON_OBJECT,
};

struct aip_json {
	enum aip_json_kind kind;
	uint32_t count;          /* arrays, objects: children */
	struct aip_str raw;      /* source bytes, quotes and brackets included */
	struct aip_str text;     /* strings: decoded; numbers: the lexeme */
	struct aip_str key;      /* decoded member name; AIP_NONE outside objects */
	struct aip_json *child;  /* first child */
	struct aip_json *next;   /* next sibling */
	struct aip_json *parent;
};

/* Parses exactly one document. Strict RFC 8259; UTF-8 checked; depth at most AIP_JSON_DEPTH_MAX,
 * values at most AIP_JSON_VALUES_MAX; a byte order mark is refused. AIP_BAD_REQUEST: "JSON is not
 * valid at byte N: what", counted from 0. What a refused document already took of the arena stays
 * taken. */
AIP_API aip_nodiscard enum aip_status aip_json_parse(struct aip_arena *arena, struct aip_str source,
                                                     struct aip_json **ret,
                                                     struct aip_error *reterr);

/* One top-level member to look for without building a tree. */
struct aip_json_want {
	struct aip_str key;
	struct aip_str raw;      /* result: source bytes of the last such member, or AIP_NONE */
	enum aip_json_kind kind; /* result */
};

/* Checks the whole document as strictly as parse, but for the number of values, and finds the wanted
 * members of its top-level object, in one pass and without a tree: what a byte relay needs. Results
 * count only after AIP_OK; a document that is no object has no members. */
AIP_API aip_nodiscard enum aip_status aip_json_scan(struct aip_str source,
                                                    struct aip_json_want *wants, size_t n_wants,
                                                    struct aip_error *reterr);

/* Decodes the raw bytes of a JSON string (quotes included); borrows when there is nothing to decode.
 * AIP_NONE when they are anything else. */
AIP_API struct aip_str aip_json_unquote(struct aip_arena *arena, struct aip_str raw);

/* The last member named `key` of an object; NULL when absent, when `object` is NULL or no object. */
AIP_API const struct aip_json *aip_json_get(const struct aip_json *object, const char *key);
/* As get, but NULL also for a JSON null: most fields treat null as absent. */
AIP_API const struct aip_json *aip_json_some(const struct aip_json *object, const char *key);

static inline bool aip_json_is(const struct aip_json *v, enum aip_json_kind kind)
{
	return v && v->kind == kind;
}

static inline bool aip_json_is_bool(const struct aip_json *v)
{
	return v && (v->kind == AIP_JSON_TRUE || v->kind == AIP_JSON_FALSE);
}

/* Text of a string member, AIP_NONE when it is absent or not a string: for answers, where being
 * forgiving is right. */
AIP_API struct aip_str aip_json_text(const struct aip_json *object, const char *key);
/* Integer member, or `otherwise`. Lexemes such as 1e3 or 5.0 count as integers when exact. */
AIP_API int64_t aip_json_int(const struct aip_json *object, const char *key, int64_t otherwise);

/* Fails with BAD_REQUEST, the path of `at` as param and in front of the message:
 * "messages[3].content[0].type: must be a string". `at` NULL is the root. */
AIP_API enum aip_status aip_json_fail(struct aip_error *reterr, const struct aip_json *at,
                                      const char *fmt, ...) aip_printf_like(3, 4);
/* Fails likewise at a member that is not there: "messages[3].role: is missing". */
AIP_API enum aip_status aip_json_lacks(struct aip_error *reterr, const struct aip_json *object,
                                       const char *key, const char *why);
/* Writes the path of a node, "tools[1].function.name"; a name that is no plain word stands as
 * ["odd name"]; the root is "". Cut to fit and always terminated. */
AIP_API void aip_json_path(const struct aip_json *at, char *into, size_t bytes);

#define AIP_JSON_EACH(var, container) \
	for (const struct aip_json *var = (container) ? (container)->child : NULL; var; \
	     var = var->next)

/* ---- Writing ------------------------------------------------------------------------------ */

/* Writes compact JSON into `buf`, commas by itself. No state but the place of the next comma, so
 * one may be made on the stack at any time. Refusals stay in buf->status. */
struct aip_json_out {
	struct aip_buf *buf;
	bool comma; /* the next value or key needs one in front */
};

static inline struct aip_json_out aip_json_to(struct aip_buf *buf)
{
	struct aip_json_out out = {buf, false};
	return out;
}

AIP_API void aip_json_open(struct aip_json_out *out, char bracket);  /* '{' or '[' */
AIP_API void aip_json_close(struct aip_json_out *out, char bracket); /* '}' or ']' */
AIP_API void aip_json_key(struct aip_json_out *out, const char *key);
AIP_API void aip_json_key_str(struct aip_json_out *out, struct aip_str key);
/* Escapes only what JSON demands: quote, backslash, controls, NUL, lone surrogates. A byte that is
 * not UTF-8 becomes U+FFFD, so that what is written can be read. AIP_NONE is the empty text. */
AIP_API void aip_json_put_str(struct aip_json_out *out, struct aip_str text);
AIP_API void aip_json_put_int(struct aip_json_out *out, int64_t number);
AIP_API void aip_json_put_bool(struct aip_json_out *out, bool yes);
AIP_API void aip_json_put_null(struct aip_json_out *out);
/* Bytes that are JSON already: a lexeme, a schema, arguments. No bytes at all become null. */
AIP_API void aip_json_put_raw(struct aip_json_out *out, struct aip_str json);

/* Key and value in one; those with _some write nothing for AIP_NONE. */
AIP_API void aip_json_str(struct aip_json_out *out, const char *key, struct aip_str text);
AIP_API void aip_json_str_some(struct aip_json_out *out, const char *key, struct aip_str text);
AIP_API void aip_json_raw_some(struct aip_json_out *out, const char *key, struct aip_str json);
AIP_API void aip_json_int_kv(struct aip_json_out *out, const char *key, int64_t number);
AIP_API void aip_json_bool_kv(struct aip_json_out *out, const char *key, bool yes);
AIP_API void aip_json_null_kv(struct aip_json_out *out, const char *key);
/* Writes a tree again, from its source bytes; NULL is null. */
AIP_API void aip_json_put_tree(struct aip_json_out *out, const struct aip_json *tree);

#ifdef __cplusplus
}
#endif
#endif
