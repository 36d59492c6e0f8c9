/* The one reader of JSON's grammar: a document as a run of items. The tree and the scan are both
 * made from it, so they accept the same documents. */
#ifndef SDK_JSON_TOKEN_H
#define SDK_JSON_TOKEN_H

#include <aiproxy/json.h>

enum token_what {
	TOKEN_VALUE, /* null, true, false, a number, a string */
	TOKEN_OPEN,  /* an array or object begins */
	TOKEN_CLOSE, /* the innermost one ends */
	TOKEN_END,   /* the document is complete */
	TOKEN_BAD,   /* it is not JSON: token_fail says why */
};

struct token {
	enum aip_json_kind kind; /* values and openings */
	bool escaped;            /* strings: there is something to decode */
	bool key_escaped;
	const char *at; /* source bytes: the value, or the bracket */
	const char *end;
	struct aip_str key; /* inside the quotes, not decoded; AIP_NONE outside objects */
};

struct tokens {
	const char *start;
	const char *at;
	const char *end;
	const char *wrong; /* what is wrong at `at` */
	unsigned depth;    /* open arrays and objects */
	bool first;        /* nothing yet inside the innermost one; at depth 0, no document yet */
	char closer[AIP_JSON_DEPTH_MAX];
};

void tokens_init(struct tokens *tokens, struct aip_str source);
/* The next item; *ret is written for values, openings and closings. After END or BAD there are no
 * more. */
enum token_what tokens_next(struct tokens *tokens, struct token *ret);
/* "JSON is not valid at byte N: …", after BAD. Bytes are counted from 0. */
enum aip_status tokens_fail(const struct tokens *tokens, struct aip_error *reterr);

#endif
