/* Servers of tools that a vendor calls by itself (Model Context Protocol): what of them can be told to whom. */
#include <aiproxy/rules.h>

/* The names of a list that another has too. */
static struct aip_name *common(struct aip_arena *arena, const struct aip_name *names,
                               const struct aip_name *others)
{
	struct aip_name *made = NULL, **tail = &made;

	for (; names; names = names->next) {
		if (!aip_name_among(others, names->name))
			continue;
		*tail = aip_name_new(arena, names->name);
		tail = &(*tail)->next;
	}
	return made;
}

bool aip_mcp_offer(struct aip_arena *arena, const struct aip_mcp *mcp, struct aip_mcp_offer *ret)
{
	*ret = (struct aip_mcp_offer){.limited = mcp->limited || mcp->asks,
	                              .names = mcp->allowed,
	                              .withholds = mcp->asks};
	if (mcp->asks)
		ret->names =
			mcp->limited ? common(arena, mcp->allowed, mcp->unasked) : mcp->unasked;
	if (mcp->asks && mcp->limited) {
		ret->withholds = false;
		for (const struct aip_name *name = mcp->allowed; name; name = name->next)
			ret->withholds |= !aip_name_among(mcp->unasked, name->name);
	}
	return !mcp->odd && mcp->url.len && mcp->label.len && (!ret->limited || ret->names);
}

static struct aip_str bearers_token(const struct aip_json *header)
{
	static const struct aip_str front = {"bearer ", 7};

	if (!aip_str_eq_nocase(header->key, AIP_LIT("authorization")) ||
	    header->text.len <= front.len ||
	    !aip_str_eq_nocase(aip_strn(header->text.at, front.len), front))
		return AIP_NONE;
	return aip_str_trim(aip_strn(header->text.at + front.len, header->text.len - front.len));
}

struct aip_str aip_mcp_token(struct aip_arena *arena, const struct aip_mcp *mcp, bool *ret_more)
{
	struct aip_str token = mcp->authorization;
	struct aip_json *doc = NULL;

	*ret_more = false;
	if (!mcp->headers.len || aip_json_parse(arena, mcp->headers, &doc, NULL))
		return token;
	AIP_JSON_EACH (header, doc) {
		struct aip_str told = bearers_token(header);
		*ret_more |= !told.len;
		if (!token.len)
			token = told;
	}
	return token;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* OpenAI's rule: letters, digits, - and _, a letter first. */
struct aip_str aip_mcp_label(struct aip_arena *arena, struct aip_str label)
{
	const bool starts = label.len && is_letter(*label.at);
	struct aip_str made = starts ? aip_arena_dup(arena, label)
	                             : aip_arena_printf(arena, "mcp_%.*s", AIP_FMT(label));
	char *at = (char *)made.at;

	for (size_t i = 0; i < made.len; i++)
		if (!is_letter(at[i]) && !(at[i] >= '0' && at[i] <= '9') && at[i] != '-')
			at[i] = '_';
	return made;
}

const struct aip_tool *aip_mcp_tool(struct aip_arena *arena, const struct aip_request *request,
                                    struct aip_str label)
{
	const struct aip_tool *tool = request ? request->tools : NULL;

	while (tool && !(tool->mcp && (aip_str_eq(tool->mcp->label, label) ||
	                               aip_str_eq(aip_mcp_label(arena, tool->mcp->label), label))))
		tool = tool->next;
	return tool;
}

/* Elements of MCP's own kind with a text, one a line. */
static struct aip_str texts_of(struct aip_arena *arena, const struct aip_json *list)
{
	struct aip_str all = AIP_LIT("");

	AIP_JSON_EACH (element, list) {
		struct aip_str text = aip_json_text(element, "text");
		if (text.len)
			all = aip_arena_printf(arena, "%.*s%s%.*s", AIP_FMT(all),
			                       all.len ? "\n" : "", AIP_FMT(text));
	}
	return all;
}

struct aip_str aip_mcp_text(struct aip_arena *arena, struct aip_str results)
{
	struct aip_json *doc;

	if (!results.len || aip_json_parse(arena, results, &doc, NULL))
		return AIP_LIT("");
	switch (doc->kind) {
	case AIP_JSON_NULL: return AIP_LIT("");
	case AIP_JSON_STRING: return doc->text;
	case AIP_JSON_ARRAY: return texts_of(arena, doc);
	default: return results;
	}
}
