/* The OpenAPI subset that Gemini's `parameters` and `responseSchema` take. */
#include "schema.h"

#define REF_DEPTH_MAX 16 /* beyond it a reference is taken for a cycle */

static const char *const kept[] = {
	"format",    "title",      "description", "nullable",      "minItems",     "maxItems",
	"required",  "minProperties", "maxProperties", "minLength", "maxLength",   "pattern",
	"minimum",   "maximum",    "default",     "example",       "propertyOrdering",
};

static void put_type_word(struct schema_walk *w, struct aip_str word)
{
	aip_json_str(w->out, "type", word);
}

/* Two or more types are alternatives; with null one of them may be null. */
static void put_types(struct schema_walk *w, const struct aip_json *types)
{
	const struct aip_json *only = NULL;
	size_t n = 0;
	bool nullable = false;

	AIP_JSON_EACH(word, types) {
		if (aip_str_is(word->text, "null")) {
			nullable = true;
			continue;
		}
		only = word;
		n++;
	}
	if (nullable)
		aip_json_bool_kv(w->out, "nullable", true);
	if (n == 1) {
		put_type_word(w, only->text);
		return;
	}
	aip_json_key(w->out, "anyOf");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH(word, types) {
		if (aip_str_is(word->text, "null"))
			continue;
		aip_json_open(w->out, '{');
		put_type_word(w, word->text);
		aip_json_close(w->out, '}');
	}
	aip_json_close(w->out, ']');
}

static void put_string_of(struct schema_walk *w, const struct aip_json *v)
{
	aip_json_put_str(w->out, v->kind == AIP_JSON_STRING ? v->text : v->raw);
}

/* Choices are strings here. */
static void put_enum(struct schema_walk *w, const struct aip_json *schema)
{
	const struct aip_json *list = aip_json_get(schema, "enum");
	const struct aip_json *one = aip_json_get(schema, "const");

	if (!list && !one)
		return;
	if (!aip_json_get(schema, "type"))
		put_type_word(w, AIP_LIT("string"));
	aip_json_key(w->out, "enum");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH(v, list)
		if (v->kind != AIP_JSON_NULL)
			put_string_of(w, v);
	if (!list)
		put_string_of(w, one);
	aip_json_close(w->out, ']');
}

static void put_union(struct schema_walk *w, const struct aip_json *schema)
{
	const struct aip_json *branches = aip_json_get(schema, "anyOf");

	if (!branches)
		branches = aip_json_get(schema, "oneOf");
	if (!branches || aip_json_is(aip_json_get(schema, "type"), AIP_JSON_ARRAY))
		return;
	aip_json_key(w->out, "anyOf");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH(branch, branches)
		schema_put(w, branch);
	aip_json_close(w->out, ']');
}

static void put_properties(struct schema_walk *w, const struct aip_json *schema)
{
	bool any = aip_json_is(aip_json_get(schema, "properties"), AIP_JSON_OBJECT);

	AIP_JSON_EACH(part, aip_json_get(schema, "allOf"))
		any = any || aip_json_get(part, "properties");
	if (!any)
		return;
	aip_json_key(w->out, "properties");
	aip_json_open(w->out, '{');
	AIP_JSON_EACH(property, aip_json_get(schema, "properties")) {
		aip_json_key_str(w->out, property->key);
		schema_put(w, property);
	}
	AIP_JSON_EACH(part, aip_json_get(schema, "allOf")) {
		AIP_JSON_EACH(property, aip_json_get(part, "properties")) {
			aip_json_key_str(w->out, property->key);
			schema_put(w, property);
		}
	}
	aip_json_close(w->out, '}');
}

/* Only what is there can be required. */
static void put_required(struct schema_walk *w, const struct aip_json *schema, const struct aip_json *list)
{
	const struct aip_json *properties = aip_json_get(schema, "properties");
	bool any = false;

	AIP_JSON_EACH(name, list) {
		bool there = false;
		AIP_JSON_EACH(property, properties)
			there = there || aip_str_eq(property->key, name->text);
		if (!there)
			continue;
		if (!any) {
			aip_json_key(w->out, "required");
			aip_json_open(w->out, '[');
		}
		any = true;
		aip_json_put_str(w->out, name->text);
	}
	if (any)
		aip_json_close(w->out, ']');
}

static void put_rest(struct schema_walk *w, const struct aip_json *schema)
{
	AIP_JSON_EACH(member, schema) {
		if (!schema_word_is_in(member->key, kept, sizeof(kept) / sizeof(*kept)))
			continue;
		if (aip_str_is(member->key, "required")) {
			put_required(w, schema, member);
			continue;
		}
		aip_json_key_str(w->out, member->key);
		aip_json_put_tree(w->out, member);
	}
}

void schema_put_gemini(struct schema_walk *w, const struct aip_json *schema)
{
	const struct aip_json *ref = aip_json_get(schema, "$ref");
	const struct aip_json *type = aip_json_get(schema, "type");
	const struct aip_json *items = aip_json_get(schema, "items");

	if (aip_json_is(ref, AIP_JSON_STRING)) {
		const struct aip_json *target = schema_target(w, ref->text);
		if (target && w->depth < REF_DEPTH_MAX)
			schema_put(w, target);
		else
			aip_json_put_raw(w->out, AIP_LIT("{\"type\":\"object\"}"));
		return;
	}
	aip_json_open(w->out, '{');
	if (aip_json_is(type, AIP_JSON_ARRAY))
		put_types(w, type);
	else if (aip_json_is(type, AIP_JSON_STRING))
		put_type_word(w, aip_json_get(schema, "enum") ? AIP_LIT("string") : type->text);
	else if (aip_json_get(schema, "properties") || aip_json_get(schema, "allOf"))
		put_type_word(w, AIP_LIT("object"));
	put_enum(w, schema);
	put_union(w, schema);
	put_properties(w, schema);
	put_rest(w, schema);
	if (aip_json_is(items, AIP_JSON_OBJECT)) {
		aip_json_key(w->out, "items");
		schema_put(w, items);
	} else if (aip_json_is(type, AIP_JSON_STRING) && aip_str_eq_nocase(type->text, AIP_LIT("array"))) {
		aip_json_raw_some(w->out, "items", AIP_LIT("{\"type\":\"string\"}"));
	}
	aip_json_close(w->out, '}');
}
