/* Checks a document and finds members of its outermost object, without a tree. */
#include <aiproxy/json.h>

#include "json/text.h"
#include "json/token.h"

static bool is_named(const struct token *token, struct aip_str key)
{
	return token->key_escaped ? text_decodes_to(token->key, key) : aip_str_eq(token->key, key);
}

/* The place where an outermost member begins: notes it for all who want it. */
static void note(struct aip_json_want *wants, size_t n_wants, const struct token *token)
{
	for (size_t i = 0; i < n_wants; i++) {
		if (!is_named(token, wants[i].key))
			continue;
		wants[i].raw = aip_strn(token->at, (size_t)(token->end - token->at));
		wants[i].kind = token->kind;
	}
}

/* An outermost member that began at `began` has ended. */
static void note_end(struct aip_json_want *wants, size_t n_wants, const char *began,
                     const char *end)
{
	for (size_t i = 0; i < n_wants; i++) {
		if (wants[i].raw.at == began)
			wants[i].raw.len = (size_t)(end - began);
	}
}

enum aip_status aip_json_scan(struct aip_str source, struct aip_json_want *wants, size_t n_wants,
                              struct aip_error *reterr)
{
	const char *began = NULL;
	struct tokens tokens;
	struct token token;

	for (size_t i = 0; i < n_wants; i++) {
		wants[i].raw = AIP_NONE;
		wants[i].kind = AIP_JSON_NULL;
	}
	tokens_init(&tokens, source);
	for (;;) {
		enum token_what what = tokens_next(&tokens, &token);
		if (what == TOKEN_BAD)
			return tokens_fail(&tokens, reterr);
		if (what == TOKEN_END)
			return AIP_OK;
		if (what == TOKEN_CLOSE && tokens.depth == 1)
			note_end(wants, n_wants, began, token.end);
		if (what == TOKEN_CLOSE || !token.key.at ||
		    tokens.depth != 1 + (what == TOKEN_OPEN))
			continue;
		began = token.at;
		note(wants, n_wants, &token);
	}
}
