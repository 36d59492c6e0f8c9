/* JSON Schemas, rewritten for those who take less than all of it. */
#include "schema.h"

enum schema_position schema_position_of(struct aip_str keyword)
{
	static const struct {
		const char *keyword;
		enum schema_position position;
	} table[] = {
		{"properties", SCHEMA_MAP},        {"$defs", SCHEMA_MAP},
		{"definitions", SCHEMA_MAP},       {"patternProperties", SCHEMA_MAP},
		{"dependentSchemas", SCHEMA_MAP},  {"items", SCHEMA_ONE},
		{"additionalProperties", SCHEMA_ONE}, {"not", SCHEMA_ONE},
		{"contains", SCHEMA_ONE},          {"propertyNames", SCHEMA_ONE},
		{"if", SCHEMA_ONE},                {"then", SCHEMA_ONE},
		{"else", SCHEMA_ONE},              {"anyOf", SCHEMA_LIST},
		{"oneOf", SCHEMA_LIST},            {"allOf", SCHEMA_LIST},
		{"prefixItems", SCHEMA_LIST},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_is(keyword, table[i].keyword))
			return table[i].position;
	return SCHEMA_NOWHERE;
}

bool schema_word_is_in(struct aip_str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aip_str_is(word, words[i]))
			return true;
	return false;
}

bool schema_is_object(const struct aip_json *schema)
{
	const struct aip_json *type = aip_json_get(schema, "type");

	if (aip_json_is(type, AIP_JSON_STRING))
		return aip_str_eq_nocase(type->text, AIP_LIT("object"));
	return !type && aip_json_is(aip_json_get(schema, "properties"), AIP_JSON_OBJECT);
}

/* "#/$defs/name", with ~0 and ~1 as JSON Pointer has them. */
const struct aip_json *schema_target(const struct schema_walk *w, struct aip_str ref)
{
	const struct aip_json *at = w->root;
	size_t from = 2;

	if (aip_str_is(ref, "#"))
		return at;
	if (!aip_str_starts(ref, AIP_LIT("#/")))
		return NULL;
	while (at && from <= ref.len) {
		const char *slash = memchr(ref.at + from, '/', ref.len - from);
		size_t len = slash ? (size_t)(slash - ref.at) - from : ref.len - from;
		char *name = aip_arena_bytes(w->arena, len + 1);
		size_t n = 0;
		for (size_t i = 0; i < len; i++) {
			char c = ref.at[from + i];
			if (c == '~' && i + 1 < len)
				c = ref.at[from + ++i] == '1' ? '/' : '~';
			name[n++] = c;
		}
		name[n] = '\0';
		at = at->kind == AIP_JSON_OBJECT ? aip_json_get(at, name) : NULL;
		from += len + 1;
	}
	return at;
}

/* ---- What every profile mends --------------------------------------------------------------- */

static bool needs_type(const struct aip_json *schema)
{
	return !aip_json_get(schema, "type") &&
	       aip_json_is(aip_json_get(schema, "properties"), AIP_JSON_OBJECT);
}

static bool needs_properties(const struct aip_json *schema)
{
	const struct aip_json *type = aip_json_get(schema, "type");

	return aip_json_is(type, AIP_JSON_STRING) && aip_str_is(type->text, "object") &&
	       !aip_json_get(schema, "properties");
}

/* "required": null, and the boolean that some put on a property. */
static bool is_bad_required(const struct aip_json *member)
{
	return aip_str_is(member->key, "required") && member->kind != AIP_JSON_ARRAY;
}

/* Properties that say "required": true themselves, in a parent without a list. */
static bool has_required_flags(const struct aip_json *schema)
{
	if (aip_json_is(aip_json_get(schema, "required"), AIP_JSON_ARRAY))
		return false;
	AIP_JSON_EACH(property, aip_json_get(schema, "properties"))
		if (aip_json_is(aip_json_get(property, "required"), AIP_JSON_TRUE))
			return true;
	return false;
}

static void put_required_flags(struct schema_walk *w, const struct aip_json *schema)
{
	aip_json_key(w->out, "required");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH(property, aip_json_get(schema, "properties"))
		if (aip_json_is(aip_json_get(property, "required"), AIP_JSON_TRUE))
			aip_json_put_str(w->out, property->key);
	aip_json_close(w->out, ']');
}

static bool is_malformed(const struct aip_json *schema, enum schema_position position)
{
	if (position == SCHEMA_NOWHERE || schema->kind < AIP_JSON_ARRAY)
		return false;
	if (position == SCHEMA_ONE && schema->kind == AIP_JSON_OBJECT) {
		if (needs_type(schema) || needs_properties(schema) || has_required_flags(schema))
			return true;
		AIP_JSON_EACH(member, schema)
			if (is_bad_required(member) ||
			    is_malformed(member, schema_position_of(member->key)))
				return true;
		return false;
	}
	AIP_JSON_EACH(inner, schema)
		if (is_malformed(inner, SCHEMA_ONE))
			return true;
	return false;
}

/* ---- Walking -------------------------------------------------------------------------------- */

static void put_mended(struct schema_walk *w, const struct aip_json *schema)
{
	aip_json_open(w->out, '{');
	if (needs_type(schema))
		aip_json_str(w->out, "type", AIP_LIT("object"));
	AIP_JSON_EACH(member, schema) {
		if (is_bad_required(member))
			continue;
		aip_json_key_str(w->out, member->key);
		schema_put_value(w, member->key, member);
	}
	if (needs_properties(schema))
		aip_json_raw_some(w->out, "properties", AIP_LIT("{}"));
	if (has_required_flags(schema))
		put_required_flags(w, schema);
	aip_json_close(w->out, '}');
}

void schema_put_value(struct schema_walk *w, struct aip_str keyword, const struct aip_json *value)
{
	const enum schema_position position = schema_position_of(keyword);

	if (position == SCHEMA_ONE && value->kind == AIP_JSON_OBJECT) {
		schema_put(w, value);
	} else if (position == SCHEMA_LIST && value->kind == AIP_JSON_ARRAY) {
		aip_json_open(w->out, '[');
		AIP_JSON_EACH(schema, value)
			schema_put(w, schema);
		aip_json_close(w->out, ']');
	} else if (position == SCHEMA_MAP && value->kind == AIP_JSON_OBJECT) {
		aip_json_open(w->out, '{');
		AIP_JSON_EACH(member, value) {
			aip_json_key_str(w->out, member->key);
			schema_put(w, member);
		}
		aip_json_close(w->out, '}');
	} else {
		aip_json_put_tree(w->out, value);
	}
}

void schema_put(struct schema_walk *w, const struct aip_json *schema)
{
	if (schema->kind != AIP_JSON_OBJECT) {
		aip_json_put_tree(w->out, schema);
		return;
	}
	if (w->depth >= SCHEMA_DEPTH_MAX || w->out->buf->len > SCHEMA_OUT_MAX) {
		w->unfit = w->unfit ? w->unfit : "it is nested too deeply";
		aip_json_put_raw(w->out, AIP_LIT("{\"type\":\"object\"}"));
		return;
	}
	w->depth++;
	switch (w->profile) {
	case AIP_SCHEMA_OPENAI_STRICT: schema_put_openai_strict(w, schema); break;
	case AIP_SCHEMA_CLAUDE_STRICT: schema_put_claude_strict(w, schema); break;
	case AIP_SCHEMA_GEMINI_OPENAPI: schema_put_gemini(w, schema); break;
	case AIP_SCHEMA_RAW:
	case AIP_SCHEMA_CLAUDE_TOOL: put_mended(w, schema); break;
	}
	w->depth--;
}

/* ---- The root ------------------------------------------------------------------------------- */

static bool has_union(const struct aip_json *schema)
{
	return aip_json_get(schema, "anyOf") || aip_json_get(schema, "oneOf") ||
	       aip_json_get(schema, "allOf");
}

static void put_wrapped(struct schema_walk *w, const struct aip_json *schema)
{
	aip_json_open(w->out, '{');
	aip_json_str(w->out, "type", AIP_LIT("object"));
	aip_json_key(w->out, "properties");
	aip_json_open(w->out, '{');
	aip_json_key(w->out, "value");
	schema_put(w, schema);
	aip_json_close(w->out, '}');
	aip_json_raw_some(w->out, "required", AIP_LIT("[\"value\"]"));
	aip_json_close(w->out, '}');
}

static void put_root(struct schema_walk *w, const struct aip_json *root, bool is_tool)
{
	const bool empty = root->kind == AIP_JSON_OBJECT && !aip_json_get(root, "type") &&
	                   !aip_json_get(root, "$ref") && !has_union(root);
	const bool scalar = is_tool && aip_json_get(root, "type") && !schema_is_object(root);

	if (w->profile == AIP_SCHEMA_CLAUDE_TOOL && is_tool && !scalar)
		schema_put_claude_root(w, root);
	else if (scalar)
		put_wrapped(w, root);
	else if (is_tool && empty && !aip_json_get(root, "properties"))
		aip_json_put_raw(w->out, AIP_LIT("{\"type\":\"object\",\"properties\":{}}"));
	else
		schema_put(w, root);
}

/* The commonest case: nothing is wrong, and the bytes go on as they are. */
static bool is_fine(const struct schema_walk *w, const struct aip_json *root, bool is_tool)
{
	if (w->profile != AIP_SCHEMA_RAW && w->profile != AIP_SCHEMA_CLAUDE_TOOL)
		return false;
	if (w->profile == AIP_SCHEMA_CLAUDE_TOOL && has_union(root))
		return false;
	return (!is_tool || schema_is_object(root)) && !is_malformed(root, SCHEMA_ONE);
}

enum aip_status aip_schema_write(struct aip_arena *arena, struct aip_str schema,
                                 enum aip_schema_profile profile, bool is_tool,
                                 struct aip_json_out *out, struct aip_error *reterr)
{
	struct schema_walk w = {.arena = arena, .profile = profile, .out = out};
	struct aip_json *root;

	if (!schema.len)
		schema = AIP_LIT("{\"type\":\"object\",\"properties\":{}}");
	enum aip_status s = aip_json_parse(arena, schema, &root, reterr);
	if (s) {
		aip_note(reterr, "a schema");
		return s;
	}
	if (root->kind != AIP_JSON_OBJECT)
		return aip_fail(reterr, AIP_BAD_REQUEST, "a schema must be an object");
	w.root = root;
	if (is_fine(&w, root, is_tool)) {
		aip_json_put_raw(out, schema);
		return AIP_OK;
	}
	put_root(&w, root, is_tool);
	if (w.unfit)
		return aip_fail(reterr, AIP_UNSUPPORTED, "a schema cannot be sent: %s", w.unfit);
	return AIP_OK;
}
