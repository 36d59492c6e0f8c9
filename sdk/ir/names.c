/* Tool names and call ids that a target accepts, and the way back to the client's own. */
#include <aiproxy/rules.h>

#include "ir/index.h"

const struct aip_name_rule aip_names_openai = {.name_max = 64, .name_extra = "", .id_max = 40};
const struct aip_name_rule aip_names_responses = {.name_max = 64, .name_extra = "", .id_max = 64};
const struct aip_name_rule aip_names_claude = {
	.name_max = 128, .name_extra = "", .id_strict = true};
const struct aip_name_rule aip_names_gemini = {
	.name_max = 64, .name_extra = ".:", .name_starts_alpha = true};

const struct aip_name_rule *aip_names_of(enum aip_dialect dialect)
{
	switch (dialect) {
	case AIP_RESPONSES: return &aip_names_responses;
	case AIP_CLAUDE: return &aip_names_claude;
	case AIP_GEMINI: return &aip_names_gemini;
	default: return &aip_names_openai;
	}
}

#define HASH_KEPT 12 /* hexadecimal digits that tell shortened names apart */
#define ID_KEPT   24 /* characters of an id that stay in front of them */

/* One name of the client's, and what it is sent as. */
struct entry {
	struct entry *next;
	struct aip_str space, name;
	struct aip_str whole; /* the two as one */
	struct aip_str sent;  /* AIP_NONE: not decided yet */
};

struct aip_names {
	struct entry *entries, **tail;
	struct index by_name; /* the client's space and name */
	struct index alone;   /* its name: the first that has it, in whatever space */
	struct index by_sent;
	bool flatten; /* namespaces are part of what is sent; else they are sent beside it */
	bool differs; /* at least one is not the name itself */
};

/* One making of a map. */
struct making {
	struct aip_arena *arena;
	struct aip_names *names;
	const struct aip_name_rule *rule;
};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name_byte(char c, const char *extra)
{
	return is_alnum(c) || c == '_' || c == '-' || (c && strchr(extra, c));
}

static bool starts_well(char c)
{
	return (is_alnum(c) && !(c >= '0' && c <= '9')) || c == '_';
}

static bool is_legal(const struct aip_name_rule *rule, struct aip_str name)
{
	if (name.len == 0 || name.len > rule->name_max)
		return false;
	if (rule->name_starts_alpha && !starts_well(name.at[0]))
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
	const size_t shift = !name.len || (rule->name_starts_alpha && !starts_well(name.at[0]));
	char *bytes = aip_arena_bytes(arena, name.len + shift);

	bytes[0] = '_';
	for (size_t i = 0; i < name.len; i++)
		bytes[i + shift] = is_name_byte(name.at[i], rule->name_extra) ? name.at[i] : '_';
	struct aip_str clean = aip_strn(bytes, name.len + shift);
	return clean.len <= rule->name_max ? clean : hashed(arena, clean, name, rule->name_max);
}

/* ---- The map -------------------------------------------------------------------------------- */

static struct aip_str key_of(struct aip_arena *arena, struct aip_str space, struct aip_str name)
{
	return aip_arena_printf(arena, "%.*s\n%.*s", AIP_FMT(space), AIP_FMT(name));
}

static struct aip_str flattened(const struct making *m, struct aip_str space, struct aip_str name)
{
	struct aip_str front = aip_arena_printf(m->arena, "%.*s__", AIP_FMT(space));

	return aip_str_starts(name, front)
	               ? name
	               : aip_arena_printf(m->arena, "%.*s%.*s", AIP_FMT(front), AIP_FMT(name));
}

static void add(const struct making *m, struct aip_str space, struct aip_str name)
{
	struct aip_names *names = m->names;

	if (!name.at)
		return;
	void **at = index_at(&names->by_name, key_of(m->arena, space, name));
	if (*at)
		return;
	struct entry *e = *at = AIP_NEW(m->arena, struct entry);
	*e = (struct entry){.space = space, .name = name, .whole = name};
	if (names->flatten && space.len)
		e->whole = flattened(m, space, name);
	*names->tail = e;
	names->tail = &e->next;
	void **alone = index_at(&names->alone, name);
	*alone = *alone ? *alone : e;
}

static void add_tools(const struct making *m, const struct aip_tool *tools, struct aip_str space)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_NAMESPACE)
			add_tools(m, tool->tools, tool->name);
		else if (tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM)
			add(m, space.at ? space : tool->space, tool->name);
	}
}

/* Names that no tool has: of calls of old, or of choices. */
static void add_alone(const struct making *m, struct aip_str name)
{
	if (name.at && !index_get(&m->names->alone, name))
		add(m, AIP_NONE, name);
}

static void add_all(const struct making *m, const struct aip_request *request)
{
	add_tools(m, request->tools, AIP_NONE);
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			if (part->kind == AIP_TOOL_CALL)
				add(m, part->call->space, part->call->name);
	if (request->choice.mode == AIP_CHOICE_NAMED)
		add_alone(m, request->choice.name);
	for (const struct aip_name *n = request->choice.names; n; n = n->next)
		add_alone(m, n->name);
}

/* What must be unique: where namespaces are sent beside the name, the two together. */
static struct aip_str sent_key(const struct aip_names *names, struct aip_str space,
                               struct aip_str sent)
{
	return names->flatten ? sent : key_of(names->by_sent.arena, space, sent);
}

static bool take(struct aip_names *names, struct entry *e, struct aip_str sent)
{
	void **at = index_at(&names->by_sent, sent_key(names, e->space, sent));

	if (*at)
		return false;
	*at = e;
	e->sent = sent;
	return true;
}

/* Legal names stay; the others go around them. */
static void decide(const struct making *m)
{
	for (struct entry *e = m->names->entries; e; e = e->next)
		if (is_legal(m->rule, e->whole))
			take(m->names, e, e->whole);
	for (struct entry *e = m->names->entries; e; e = e->next) {
		struct aip_str sent = e->sent.at ? e->sent : sanitised(m->arena, m->rule, e->whole);
		for (struct aip_str of = e->whole; !e->sent.at && !take(m->names, e, sent);
		     of = sent)
			sent = hashed(m->arena, sent, of, m->rule->name_max);
		m->names->differs = m->names->differs || !aip_str_eq(e->sent, e->name);
	}
}

struct aip_names *aip_names_make(struct aip_arena *arena, const struct aip_request *request,
                                 const struct aip_name_rule *rule, bool flatten)
{
	struct aip_names *names = AIP_NEW(arena, struct aip_names);
	const struct making m = {arena, names, rule};

	names->flatten = flatten;
	names->tail = &names->entries;
	index_init(&names->by_name, arena);
	index_init(&names->alone, arena);
	index_init(&names->by_sent, arena);
	add_all(&m, request);
	decide(&m);
	return names->differs ? names : NULL;
}

struct aip_str aip_names_out(const struct aip_names *names, struct aip_str space,
                             struct aip_str name)
{
	if (!names || !name.at)
		return name;
	const struct entry *e =
		index_get(&names->by_name, key_of(names->by_name.arena, space, name));
	if (!e) /* a choice names a tool without its namespace */
		e = index_get(&names->alone, name);
	return e ? e->sent : name;
}

struct aip_str aip_names_in(const struct aip_names *names, struct aip_str sent,
                            struct aip_str *space)
{
	const struct entry *e = NULL;

	if (names && sent.at)
		e = index_get(&names->by_sent, sent_key(names, *space, sent));
	if (e)
		*space = e->space;
	return e ? e->name : sent;
}

/* ---- Ids ------------------------------------------------------------------------------------ */

struct aip_str aip_call_id(struct aip_arena *arena, const struct aip_name_rule *rule,
                           struct aip_str id)
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
