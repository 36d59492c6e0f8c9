/* The schemas of OpenAI's strict mode: closed objects whose properties are all required. */
#include "schema.h"

/* What the client left optional may be null instead. */
static void put_property(struct schema_walk *w, const struct schema_parts *parts,
                         const struct aip_json *property)
{
	if (schema_requires(parts, property->key) || schema_takes_null(property)) {
		schema_put(w, property);
		return;
	}
	aip_json_open(w->out, '{');
	aip_json_key(w->out, "anyOf");
	aip_json_open(w->out, '[');
	schema_put(w, property);
	aip_json_put_raw(w->out, AIP_LIT("{\"type\":\"null\"}"));
	aip_json_close(w->out, ']');
	aip_json_close(w->out, '}');
}

static void put_names(struct schema_walk *w, const struct schema_parts *parts)
{
	aip_json_key(w->out, "required");
	aip_json_open(w->out, '[');
	for (size_t i = 0; i < parts->n; i++) {
		AIP_JSON_EACH (property, aip_json_get(parts->at[i], "properties")) {
			struct schema_parts before = *parts;
			before.n = i;
			if (!schema_has_property(&before, property->key) &&
			    !schema_is_said_again(property))
				aip_json_put_str(w->out, property->key);
		}
	}
	aip_json_close(w->out, ']');
}

static bool is_dictionary(const struct aip_json *schema)
{
	const struct aip_json *open = aip_json_get(schema, "additionalProperties");

	return open && open->kind != AIP_JSON_FALSE && open->kind != AIP_JSON_NULL;
}

static const char *unfit(const struct schema_walk *w, const struct aip_json *schema)
{
	static const char *const words[] = {"not", "if", "patternProperties", "dependentSchemas",
	                                    "dependentRequired"};

	if (is_dictionary(schema))
		return "strict mode has no free properties";
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (aip_json_get(schema, words[i]))
			return "strict mode has no such keyword";
	if (schema == w->root && !schema_is_object(schema) &&
	    (aip_json_get(schema, "anyOf") || aip_json_get(schema, "oneOf") ||
	     aip_json_get(schema, "allOf")))
		return "strict mode wants an object at the root";
	return NULL;
}

/* A reference alone stays; siblings of one are not taken, nor is allOf: both are written out. */
static void gather(struct schema_walk *w, const struct aip_json *schema, struct schema_parts *parts)
{
	const struct aip_json *ref = aip_json_get(schema, "$ref");

	if (aip_json_get(schema, "allOf") || (ref && schema->count > 1 && schema != w->root))
		schema_gather(w, schema, parts);
	else
		parts->at[parts->n++] = schema;
}

static void put_member(struct schema_walk *w, const struct schema_parts *parts,
                       const struct aip_json *member)
{
	struct aip_str key = member->key;

	if (aip_str_is(key, "properties")) {
		aip_json_key(w->out, "properties");
		schema_put_properties(w, parts, put_property);
		put_names(w, parts);
		aip_json_bool_kv(w->out, "additionalProperties", false);
		return;
	}
	aip_json_key_str(w->out, aip_str_is(key, "oneOf") ? AIP_LIT("anyOf") : key);
	schema_put_value(w, key, member);
}

static bool is_left_out(const struct aip_json *member, bool inlined)
{
	static const char *const words[] = {"required", "additionalProperties", "allOf"};

	return schema_word_is_in(member->key, words, sizeof(words) / sizeof(*words)) ||
	       (inlined && aip_str_is(member->key, "$ref")) ||
	       (aip_str_is(member->key, "default") && member->kind == AIP_JSON_NULL);
}

void schema_put_openai_strict(struct schema_walk *w, const struct aip_json *schema)
{
	struct schema_parts parts = {0};

	gather(w, schema, &parts);
	if (parts.endless && !w->unfit)
		w->unfit = "a reference with siblings leads back to itself";
	aip_json_open(w->out, '{');
	for (size_t i = 0; i < parts.n; i++) {
		if (!w->unfit)
			w->unfit = unfit(w, parts.at[i]);
		AIP_JSON_EACH (member, parts.at[i])
			if (!is_left_out(member, parts.n > 1) &&
			    !schema_is_said_before(&parts, i, member->key))
				put_member(w, &parts, member);
	}
	aip_json_close(w->out, '}');
}
