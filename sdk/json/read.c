/* Builds the tree of a document. */
#include <aiproxy/json.h>

#include "json/text.h"
#include "json/token.h"

#define SLAB_MAX 64 /* nodes */

/* Nodes are taken from the arena by the slab, a small one for a small document. */
struct slab {
	struct aip_arena *arena;
	struct aip_json *next;
	struct aip_json *end;
};

static struct aip_json *node_new(struct slab *slab, size_t bytes_left)
{
	if (slab->next == slab->end) {
		size_t n = bytes_left / 16 + 1;
		n = n < SLAB_MAX ? n : SLAB_MAX;
		slab->next = aip_arena_alloc(slab->arena, n * sizeof(struct aip_json));
		slab->end = slab->next + n;
	}
	return slab->next++;
}

static struct aip_str decoded(struct aip_arena *arena, struct aip_str inside, bool escaped)
{
	if (!escaped)
		return inside;

	char *text = aip_arena_bytes(arena, inside.len);
	return aip_strn(text, text_decode(inside, text));
}

static struct aip_json *node_of(struct slab *slab, const struct token *token, size_t bytes_left)
{
	struct aip_json *node = node_new(slab, bytes_left);

	node->kind = token->kind;
	node->raw = aip_strn(token->at, (size_t)(token->end - token->at));
	node->text = node->raw;
	if (token->kind == AIP_JSON_STRING) {
		struct aip_str inside = aip_strn(node->raw.at + 1, node->raw.len - 2);
		node->text = decoded(slab->arena, inside, token->escaped);
	} else if (token->kind != AIP_JSON_NUMBER) {
		node->text = AIP_NONE;
	}
	if (token->key.at)
		node->key = decoded(slab->arena, token->key, token->key_escaped);
	return node;
}

enum aip_status aip_json_parse(struct aip_arena *arena, struct aip_str source,
                               struct aip_json **ret, struct aip_error *reterr)
{
	struct aip_json *root = NULL, *parent = NULL, **link = &root;
	struct slab slab = {arena, NULL, NULL};
	struct tokens tokens;
	struct token token;
	unsigned values = 0;

	tokens_init(&tokens, source);
	for (;;) {
		enum token_what what = tokens_next(&tokens, &token);
		if (what == TOKEN_BAD)
			return tokens_fail(&tokens, reterr);
		if (what == TOKEN_END)
			break;
		if (what == TOKEN_CLOSE) {
			parent->raw.len = (size_t)(token.end - parent->raw.at);
			link = &parent->next;
			parent = parent->parent;
			continue;
		}
		if (values++ == AIP_JSON_VALUES_MAX)
			return aip_fail(reterr, AIP_BAD_REQUEST, "JSON has more than %u values",
			                AIP_JSON_VALUES_MAX);
		struct aip_json *node = node_of(&slab, &token, (size_t)(tokens.end - tokens.at));
		node->parent = parent;
		if (parent)
			parent->count++;
		*link = node;
		link = &node->next;
		if (what == TOKEN_OPEN) {
			parent = node;
			link = &node->child;
		}
	}
	*ret = root;
	return AIP_OK;
}

struct aip_str aip_json_unquote(struct aip_arena *arena, struct aip_str raw)
{
	struct tokens tokens;
	struct token token;

	tokens_init(&tokens, raw);
	if (tokens_next(&tokens, &token) != TOKEN_VALUE || token.kind != AIP_JSON_STRING ||
	    token.at != raw.at || token.end != raw.at + raw.len)
		return AIP_NONE;
	return decoded(arena, aip_strn(raw.at + 1, raw.len - 2), token.escaped);
}
