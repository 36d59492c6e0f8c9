/* Tool names and call ids that a target accepts, and the way back to the client's own. */
#include <aiproxy/rules.h>

#include <stdio.h>

const struct aip_name_rule aip_names_openai = {.name_max = 64, .name_extra = "", .id_max = 40};
const struct aip_name_rule aip_names_responses = {.name_max = 64, .name_extra = "", .id_max = 64};
const struct aip_name_rule aip_names_claude = {.name_max = 128, .name_extra = "", .id_strict = true};
const struct aip_name_rule aip_names_gemini = {
	.name_max = 64, .name_extra = ".:", .name_starts_alpha = true};

#define HASH_KEPT 12 /* hexadecimal digits that tell shortened names apart */
#define ID_KEPT   24 /* characters of an id that stay in front of them */

/* One name that differs from the client's, or stands in a namespace. */
struct entry {
	struct entry *next;
	struct aip_str space, name, sent;
};

struct aip_names {
	struct entry *entries, **tail;
	bool differs; /* at least one is not the name itself */
};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name_byte(char c, const char *extra)
{
	return is_alnum(c) || c == '_' || c == '-' || (c && strchr(extra, c));
}

static bool is_legal(const struct aip_name_rule *rule, struct aip_str name)
{
	if (name.len == 0 || name.len > rule->name_max)
		return false;
	if (rule->name_starts_alpha && !((name.at[0] | 32) >= 'a' && (name.at[0] | 32) <= 'z') &&
	    name.at[0] != '_')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_byte(name.at[i], rule->name_extra))
			return false;
	return true;
}

/* Cut to make room for "_" and the hash of the original. */
static struct aip_str hashed(struct aip_arena *arena, struct aip_str clean, struct aip_str original,
                             size_t max)
{
	size_t kept = max - HASH_KEPT - 1;

	kept = clean.len < kept ? clean.len : kept;
	return aip_arena_printf(arena, "%.*s_%.*s", (int)kept, clean.at, HASH_KEPT,
	                        aip_sha256_hex(arena, original).at);
}

static struct aip_str sanitised(struct aip_arena *arena, const struct aip_name_rule *rule,
                                struct aip_str name)
{
	const bool needs_start = rule->name_starts_alpha && name.len && !is_alnum(name.at[0]) &&
	                         name.at[0] != '_';
	const bool digit_start = rule->name_starts_alpha && name.len && name.at[0] >= '0' &&
	                         name.at[0] <= '9';
	const size_t shift = needs_start || digit_start || !name.len;
	char *bytes = aip_arena_bytes(arena, name.len + shift);

	bytes[0] = '_';
	for (size_t i = 0; i < name.len; i++)
		bytes[i + shift] = is_name_byte(name.at[i], rule->name_extra) ? name.at[i] : '_';
	struct aip_str clean = aip_strn(bytes, name.len + shift);
	return clean.len <= rule->name_max ? clean : hashed(arena, clean, name, rule->name_max);
}

static bool is_taken(const struct aip_names *names, struct aip_str sent)
{
	for (const struct entry *e = names->entries; e; e = e->next)
		if (aip_str_eq(e->sent, sent))
			return true;
	return false;
}

static const struct entry *find(const struct aip_names *names, struct aip_str space, struct aip_str name)
{
	for (const struct entry *e = names->entries; e; e = e->next)
		if (aip_str_eq(e->name, name) && aip_str_eq(e->space, space))
			return e;
	return NULL;
}

static void add(struct aip_arena *arena, struct aip_names *names, const struct aip_name_rule *rule,
                struct aip_str space, struct aip_str name, bool flatten)
{
	struct aip_str whole = name, sent;

	if (!name.at || find(names, space, name))
		return;
	if (flatten && space.len) {
		struct aip_str front = aip_arena_printf(arena, "%.*s__", AIP_FMT(space));
		if (!aip_str_starts(name, front))
			whole = aip_arena_printf(arena, "%.*s%.*s", AIP_FMT(front), AIP_FMT(name));
	}
	sent = is_legal(rule, whole) ? whole : sanitised(arena, rule, whole);
	if (is_taken(names, sent))
		sent = hashed(arena, sent, whole, rule->name_max);
	struct entry *e = AIP_NEW(arena, struct entry);
	*e = (struct entry){.space = space, .name = name, .sent = sent};
	*names->tail = e;
	names->tail = &e->next;
	names->differs = names->differs || !aip_str_eq(sent, name) || (flatten && space.len);
}

static void add_tools(struct aip_arena *arena, struct aip_names *names, const struct aip_name_rule *rule,
                      const struct aip_tool *tools, struct aip_str space, bool flatten)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_NAMESPACE)
			add_tools(arena, names, rule, tool->tools, tool->name, flatten);
		else if (tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM)
			add(arena, names, rule, space.at ? space : tool->space, tool->name, flatten);
	}
}

struct aip_names *aip_names_make(struct aip_arena *arena, const struct aip_request *request,
                                 const struct aip_name_rule *rule, bool flatten)
{
	struct aip_names *names = AIP_NEW(arena, struct aip_names);

	names->tail = &names->entries;
	add_tools(arena, names, rule, request->tools, AIP_NONE, flatten);
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			if (part->kind == AIP_TOOL_CALL)
				add(arena, names, rule, part->call->space, part->call->name, flatten);
	return names->differs ? names : NULL;
}

struct aip_str aip_names_out(const struct aip_names *names, struct aip_str space, struct aip_str name)
{
	const struct entry *e = names ? find(names, space, name) : NULL;

	/* A result or a choice names a tool without its namespace. */
	for (const struct entry *any = names ? names->entries : NULL; any && !e; any = any->next)
		if (aip_str_eq(any->name, name))
			e = any;
	return e ? e->sent : name;
}

struct aip_str aip_names_in(const struct aip_names *names, struct aip_str sent, struct aip_str *ret_space)
{
	*ret_space = AIP_NONE;
	for (const struct entry *e = names ? names->entries : NULL; e; e = e->next) {
		if (!aip_str_eq(e->sent, sent))
			continue;
		*ret_space = e->space;
		return e->name;
	}
	return sent;
}

struct aip_str aip_call_id(struct aip_arena *arena, const struct aip_name_rule *rule, struct aip_str id)
{
	const size_t max = rule->id_max ? rule->id_max : SIZE_MAX;
	const bool strict = rule->id_strict || rule->id_max;
	bool legal = id.len > 0 && id.len <= max;

	for (size_t i = 0; i < id.len && legal && strict; i++)
		legal = is_name_byte(id.at[i], "");
	if (legal)
		return id;
	size_t kept = id.len < ID_KEPT ? id.len : ID_KEPT;
	char *clean = aip_arena_bytes(arena, kept + 1);
	for (size_t i = 0; i < kept; i++)
		clean[i] = is_name_byte(id.at[i], "") ? id.at[i] : '_';
	return aip_arena_printf(arena, "%.*s_%.*s", (int)kept, clean, HASH_KEPT,
	                        aip_sha256_hex(arena, id).at);
}
