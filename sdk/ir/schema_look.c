/* Looking at schemas: where they hold others, what references mean, what several say together. */
#include "schema.h"

enum schema_position schema_position_of(struct aip_str keyword)
{
	static const struct {
		const char *keyword;
		enum schema_position position;
	} table[] = {
		{"properties", SCHEMA_MAP},
		{"$defs", SCHEMA_MAP},
		{"definitions", SCHEMA_MAP},
		{"patternProperties", SCHEMA_MAP},
		{"dependentSchemas", SCHEMA_MAP},
		{"items", SCHEMA_ONE},
		{"additionalProperties", SCHEMA_ONE},
		{"not", SCHEMA_ONE},
		{"contains", SCHEMA_ONE},
		{"propertyNames", SCHEMA_ONE},
		{"unevaluatedItems", SCHEMA_ONE},
		{"unevaluatedProperties", SCHEMA_ONE},
		{"if", SCHEMA_ONE},
		{"then", SCHEMA_ONE},
		{"else", SCHEMA_ONE},
		{"anyOf", SCHEMA_LIST},
		{"oneOf", SCHEMA_LIST},
		{"allOf", SCHEMA_LIST},
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

bool schema_takes_null(const struct aip_json *schema)
{
	const struct aip_json *type = aip_json_get(schema, "type");

	if (aip_json_is(type, AIP_JSON_STRING))
		return aip_str_is(type->text, "null");
	AIP_JSON_EACH (word, type)
		if (aip_str_is(word->text, "null"))
			return true;
	AIP_JSON_EACH (branch, aip_json_get(schema, "anyOf"))
		if (schema_takes_null(branch))
			return true;
	return false;
}

/* ---- References ----------------------------------------------------------------------------- */

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

static const struct aip_json *referred(const struct schema_walk *w, const struct aip_json *schema)
{
	const struct aip_json *ref = aip_json_get(schema, "$ref");

	return aip_json_is(ref, AIP_JSON_STRING) ? schema_target(w, ref->text) : NULL;
}

/* Targets seen on a look for circles: open while what they hold is looked at. */
struct circle {
	const struct schema_walk *w;
	struct {
		const struct aip_json *target;
		bool open;
	} seen[256];
	size_t n;
};

static bool closes(struct circle *c, const struct aip_json *schema, enum schema_position position);

static bool target_closes(struct circle *c, const struct aip_json *target)
{
	size_t i = 0;

	while (i < c->n && c->seen[i].target != target)
		i++;
	if (i < c->n)
		return c->seen[i].open;
	if (i == sizeof(c->seen) / sizeof(*c->seen))
		return true; /* more than anybody writes: taken for a circle */
	c->seen[c->n].target = target;
	c->seen[c->n++].open = true;
	if (closes(c, target, SCHEMA_ONE))
		return true;
	c->seen[i].open = false;
	return false;
}

static bool closes(struct circle *c, const struct aip_json *schema, enum schema_position position)
{
	if (position == SCHEMA_NOWHERE || schema->kind < AIP_JSON_ARRAY)
		return false;
	if (position != SCHEMA_ONE || schema->kind == AIP_JSON_ARRAY) {
		AIP_JSON_EACH (inner, schema)
			if (closes(c, inner, SCHEMA_ONE))
				return true;
		return false;
	}
	const struct aip_json *target = referred(c->w, schema);
	if (target && target_closes(c, target))
		return true;
	AIP_JSON_EACH (member, schema)
		if (closes(c, member, schema_position_of(member->key)))
			return true;
	return false;
}

bool schema_recurses(const struct schema_walk *w)
{
	struct circle c = {.w = w};

	return target_closes(&c, w->root);
}

/* ---- Several as one ------------------------------------------------------------------------- */

static bool is_inlined(const struct schema_walk *w, const struct aip_json *target)
{
	for (size_t i = 0; i < w->n_inlined; i++)
		if (w->inlined[i] == target)
			return true;
	return target == w->root;
}

void schema_gather(struct schema_walk *w, const struct aip_json *schema, struct schema_parts *parts)
{
	const struct aip_json *target = referred(w, schema);

	if (parts->n == SCHEMA_PARTS_MAX || schema->kind != AIP_JSON_OBJECT)
		return;
	parts->at[parts->n++] = schema;
	if (target && (is_inlined(w, target) || w->n_inlined == SCHEMA_DEPTH_MAX)) {
		parts->endless = true;
	} else if (target) {
		w->inlined[w->n_inlined++] = target;
		schema_gather(w, target, parts);
	}
	AIP_JSON_EACH (part, aip_json_get(schema, "allOf"))
		schema_gather(w, part, parts);
}

const struct aip_json *schema_get(const struct schema_parts *parts, const char *keyword)
{
	const struct aip_json *found = NULL;

	for (size_t i = 0; i < parts->n && !found; i++)
		found = aip_json_get(parts->at[i], keyword);
	return found;
}

bool schema_is_said_before(const struct schema_parts *parts, size_t i, struct aip_str keyword)
{
	for (size_t k = 0; k < i; k++)
		AIP_JSON_EACH (member, parts->at[k])
			if (aip_str_eq(member->key, keyword))
				return true;
	return false;
}

static bool has_before(const struct schema_parts *parts, size_t n, struct aip_str name)
{
	for (size_t i = 0; i < n; i++)
		AIP_JSON_EACH (property, aip_json_get(parts->at[i], "properties"))
			if (aip_str_eq(property->key, name))
				return true;
	return false;
}

bool schema_has_property(const struct schema_parts *parts, struct aip_str name)
{
	return has_before(parts, parts->n, name);
}

bool schema_requires(const struct schema_parts *parts, struct aip_str name)
{
	for (size_t i = 0; i < parts->n; i++)
		AIP_JSON_EACH (required, aip_json_get(parts->at[i], "required"))
			if (required->kind == AIP_JSON_STRING && aip_str_eq(required->text, name))
				return true;
	return false;
}

bool schema_is_said_again(const struct aip_json *property)
{
	for (const struct aip_json *next = property->next; next; next = next->next)
		if (aip_str_eq(next->key, property->key))
			return true;
	return false;
}

void schema_put_properties(struct schema_walk *w, const struct schema_parts *parts,
                           void (*put)(struct schema_walk *w, const struct schema_parts *parts,
                                       const struct aip_json *property))
{
	aip_json_open(w->out, '{');
	for (size_t i = 0; i < parts->n; i++) {
		AIP_JSON_EACH (property, aip_json_get(parts->at[i], "properties")) {
			if (has_before(parts, i, property->key) || schema_is_said_again(property))
				continue;
			aip_json_key_str(w->out, property->key);
			put(w, parts, property);
		}
	}
	aip_json_close(w->out, '}');
}

void schema_put_required(struct schema_walk *w, const struct schema_parts *all,
                         const struct schema_parts *certain)
{
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		AIP_JSON_EACH (property, aip_json_get(all->at[i], "properties")) {
			if (!schema_requires(certain, property->key) ||
			    has_before(all, i, property->key))
				continue;
			if (!any) {
				aip_json_key(w->out, "required");
				aip_json_open(w->out, '[');
			}
			any = true;
			aip_json_put_str(w->out, property->key);
		}
	}
	if (any)
		aip_json_close(w->out, ']');
}
