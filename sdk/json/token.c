/* Reads JSON strictly, item by item, without recursion. */
#include "json/token.h"

#include "base/number.h"
#include "base/utf8.h"
#include "json/text.h"

void tokens_init(struct tokens *tokens, struct aip_str source)
{
	tokens->start = tokens->at = source.at ? source.at : "";
	tokens->end = tokens->start + source.len;
	tokens->wrong = NULL;
	tokens->depth = 0;
	tokens->first = true;
}

enum aip_status tokens_fail(const struct tokens *tokens, struct aip_error *reterr)
{
	return aip_fail(reterr, AIP_BAD_REQUEST, "JSON is not valid at byte %zu: %s",
	                (size_t)(tokens->at - tokens->start), tokens->wrong);
}

static enum token_what refuse(struct tokens *tokens, const char *at, const char *wrong)
{
	tokens->at = at;
	tokens->wrong = wrong;
	return TOKEN_BAD;
}

static inline void skip_blanks(struct tokens *tokens)
{
	const char *at = tokens->at, *end = tokens->end;

	while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
		at++;
	tokens->at = at;
}

/* The closing quote of the string whose inside begins at `at`, or NULL. */
static const char *string_inside(struct tokens *tokens, const char *at, bool *ret_escaped)
{
	const char *end = tokens->end, *next;
	bool escaped = false;

	for (;; at = next) {
		at = text_short_run(at, end, &escaped);
		if (at == end) {
			refuse(tokens, at, "the string does not end");
			return NULL;
		}
		if (*at == '"')
			break;
		if (*at == '\\') {
			escaped = true;
			next = text_escape_end(at, end);
			if (!next) {
				refuse(tokens, at, "no such escape");
				return NULL;
			}
			continue;
		}
		if ((unsigned char)*at < ' ') {
			refuse(tokens, at, "a control character must be escaped");
			return NULL;
		}
		/* text outside ASCII comes in runs */
		next = at;
		do {
			size_t n = utf8_sequence(next, end);
			if (n == 0) {
				refuse(tokens, next, "the text is not UTF-8");
				return NULL;
			}
			next += n;
		} while (next < end && (unsigned char)*next >= 0x80);
	}
	*ret_escaped = escaped;
	return at;
}

/* The member's name and its colon. False when refused. */
static bool read_key(struct tokens *tokens, struct token *ret)
{
	if (tokens->at == tokens->end || *tokens->at != '"') {
		refuse(tokens, tokens->at, "a member's name was expected");
		return false;
	}
	const char *inside = tokens->at + 1;
	const char *quote = string_inside(tokens, inside, &ret->key_escaped);
	if (!quote)
		return false;
	ret->key = aip_strn(inside, (size_t)(quote - inside));
	tokens->at = quote + 1;
	skip_blanks(tokens);
	if (tokens->at == tokens->end || *tokens->at != ':') {
		refuse(tokens, tokens->at, "a colon was expected");
		return false;
	}
	tokens->at++;
	skip_blanks(tokens);
	return true;
}

static enum token_what read_word(struct tokens *tokens, struct aip_str word,
                                 enum aip_json_kind kind, struct token *ret)
{
	if (!aip_str_starts(aip_strn(tokens->at, (size_t)(tokens->end - tokens->at)), word))
		return refuse(tokens, tokens->at, "a value was expected");
	ret->kind = kind;
	ret->at = tokens->at;
	ret->end = tokens->at += word.len;
	return TOKEN_VALUE;
}

static enum token_what read_string(struct tokens *tokens, struct token *ret)
{
	const char *quote = string_inside(tokens, tokens->at + 1, &ret->escaped);

	if (!quote)
		return TOKEN_BAD;
	ret->kind = AIP_JSON_STRING;
	ret->at = tokens->at;
	ret->end = tokens->at = quote + 1;
	return TOKEN_VALUE;
}

static enum token_what read_number(struct tokens *tokens, struct token *ret)
{
	const char *end = number_end(tokens->at, tokens->end);

	if (!end)
		return refuse(tokens, tokens->at, "the number is malformed");
	ret->kind = AIP_JSON_NUMBER;
	ret->at = tokens->at;
	ret->end = tokens->at = end;
	return TOKEN_VALUE;
}

static enum token_what read_open(struct tokens *tokens, char closer, enum aip_json_kind kind,
                                 struct token *ret)
{
	if (tokens->depth == AIP_JSON_DEPTH_MAX)
		return refuse(tokens, tokens->at, "it is nested too deeply");
	tokens->closer[tokens->depth++] = closer;
	tokens->first = true;
	ret->kind = kind;
	ret->at = tokens->at;
	ret->end = ++tokens->at;
	return TOKEN_OPEN;
}

static enum token_what read_value(struct tokens *tokens, struct token *ret)
{
	if (tokens->at == tokens->end)
		return refuse(tokens, tokens->at, "a value was expected");
	tokens->first = false;
	switch (*tokens->at) {
	case '"': return read_string(tokens, ret);
	case '{': return read_open(tokens, '}', AIP_JSON_OBJECT, ret);
	case '[': return read_open(tokens, ']', AIP_JSON_ARRAY, ret);
	case 't': return read_word(tokens, AIP_LIT("true"), AIP_JSON_TRUE, ret);
	case 'f': return read_word(tokens, AIP_LIT("false"), AIP_JSON_FALSE, ret);
	case 'n': return read_word(tokens, AIP_LIT("null"), AIP_JSON_NULL, ret);
	case '-':
	case '0' ... '9': return read_number(tokens, ret);
	default: return refuse(tokens, tokens->at, "a value was expected");
	}
}

/* Outside all brackets: the document itself, or its end. */
static enum token_what read_outside(struct tokens *tokens, struct token *ret)
{
	if (tokens->first)
		return read_value(tokens, ret);
	if (tokens->at < tokens->end)
		return refuse(tokens, tokens->at, "the document should have ended");
	return TOKEN_END;
}

enum token_what tokens_next(struct tokens *tokens, struct token *ret)
{
	skip_blanks(tokens);
	ret->key = AIP_NONE;
	if (tokens->depth == 0)
		return read_outside(tokens, ret);

	char closer = tokens->closer[tokens->depth - 1];
	if (tokens->at < tokens->end && *tokens->at == closer) {
		tokens->depth--;
		tokens->first = false;
		ret->at = tokens->at;
		ret->end = ++tokens->at;
		return TOKEN_CLOSE;
	}
	if (!tokens->first) {
		if (tokens->at == tokens->end || *tokens->at != ',')
			return refuse(tokens, tokens->at,
			              closer == '}' ? "a comma or } was expected"
			                            : "a comma or ] was expected");
		tokens->at++;
		skip_blanks(tokens);
	}
	if (closer == '}' && !read_key(tokens, ret))
		return TOKEN_BAD;
	return read_value(tokens, ret);
}
