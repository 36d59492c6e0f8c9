/* The schemas of OpenAI's strict mode: closed objects whose properties are all required. */
#include "schema.h"

static bool is_required(const struct aip_json *schema, struct aip_str name)
{
	AIP_JSON_EACH(required, aip_json_get(schema, "required"))
		if (required->kind == AIP_JSON_STRING && aip_str_eq(required->text, name))
			return true;
	return false;
}

static bool takes_null(const struct aip_json *schema)
{
	const struct aip_json *type = aip_json_get(schema, "type");

	if (aip_json_is(type, AIP_JSON_STRING))
		return aip_str_is(type->text, "null");
	AIP_JSON_EACH(word, type)
		if (aip_str_is(word->text, "null"))
			return true;
	AIP_JSON_EACH(branch, aip_json_get(schema, "anyOf"))
		if (takes_null(branch))
			return true;
	return false;
}

/* What the client left optional may be null instead. */
static void put_optional(struct schema_walk *w, const struct aip_json *property)
{
	if (takes_null(property)) {
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

static void put_properties(struct schema_walk *w, const struct aip_json *schema)
{
	const struct aip_json *properties = aip_json_get(schema, "properties");

	aip_json_key(w->out, "properties");
	aip_json_open(w->out, '{');
	AIP_JSON_EACH(property, properties) {
		aip_json_key_str(w->out, property->key);
		if (is_required(schema, property->key))
			schema_put(w, property);
		else
			put_optional(w, property);
	}
	aip_json_close(w->out, '}');
	aip_json_key(w->out, "required");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH(property, properties)
		aip_json_put_str(w->out, property->key);
	aip_json_close(w->out, ']');
	aip_json_bool_kv(w->out, "additionalProperties", false);
}

void schema_put_openai_strict(struct schema_walk *w, const struct aip_json *schema)
{
	const struct aip_json *ref = aip_json_get(schema, "$ref");
	const struct aip_json *all = aip_json_get(schema, "allOf");
	const struct aip_json *open = aip_json_get(schema, "additionalProperties");
	const bool object = schema_is_object(schema);

	if (aip_json_is(ref, AIP_JSON_STRING) && schema->count > 1 && schema_target(w, ref->text)) {
		schema_put(w, schema_target(w, ref->text)); /* siblings of a reference are not taken */
		return;
	}
	if (all && all->count == 1 && schema->count == 1) {
		schema_put(w, all->child);
		return;
	}
	if (all || aip_json_get(schema, "not") || aip_json_get(schema, "if") ||
	    aip_json_get(schema, "patternProperties") ||
	    (open && open->kind != AIP_JSON_FALSE && open->kind != AIP_JSON_NULL))
		w->unfit = "strict mode has no such keyword";
	aip_json_open(w->out, '{');
	if (object && !aip_json_get(schema, "type"))
		aip_json_str(w->out, "type", AIP_LIT("object"));
	AIP_JSON_EACH(member, schema) {
		struct aip_str key = member->key;
		const bool own = object && (aip_str_is(key, "properties") ||
		                            aip_str_is(key, "required") ||
		                            aip_str_is(key, "additionalProperties"));
		if (own || (aip_str_is(key, "default") && member->kind == AIP_JSON_NULL))
			continue;
		aip_json_key_str(w->out, key);
		schema_put_value(w, key, member);
	}
	if (object)
		put_properties(w, schema);
	aip_json_close(w->out, '}');
}
