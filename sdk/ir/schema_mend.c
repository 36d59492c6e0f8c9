/* What is wrong with a schema in itself, mended for every profile. */
#include "schema.h"

static bool needs_type(const struct aip_json *schema)
{
	return !aip_json_get(schema, "type") &&
	       aip_json_is(aip_json_get(schema, "properties"), AIP_JSON_OBJECT);
}

static bool needs_properties(const struct aip_json *schema)
{
	return schema_is_object(schema) && !aip_json_get(schema, "properties");
}

/* "required": null, and the boolean that some put on a property. */
static bool is_bad_required(const struct aip_json *member)
{
	return aip_str_is(member->key, "required") && member->kind != AIP_JSON_ARRAY;
}

static bool is_listed(const struct aip_json *list, struct aip_str name)
{
	AIP_JSON_EACH (required, list)
		if (aip_str_eq(required->text, name))
			return true;
	return false;
}

/* A property that says "required": true itself, and is not in its parent's list. */
static bool is_flagged(const struct aip_json *schema, const struct aip_json *property)
{
	return aip_json_is(aip_json_get(property, "required"), AIP_JSON_TRUE) &&
	       !is_listed(aip_json_get(schema, "required"), property->key);
}

static bool has_flagged(const struct aip_json *schema)
{
	AIP_JSON_EACH (property, aip_json_get(schema, "properties"))
		if (is_flagged(schema, property))
			return true;
	return false;
}

static void put_required(struct aip_json_out *out, const struct aip_json *schema)
{
	const struct aip_json *list = aip_json_get(schema, "required");

	aip_json_key(out, "required");
	aip_json_open(out, '[');
	if (aip_json_is(list, AIP_JSON_ARRAY))
		AIP_JSON_EACH (name, list)
			aip_json_put_tree(out, name);
	AIP_JSON_EACH (property, aip_json_get(schema, "properties"))
		if (is_flagged(schema, property))
			aip_json_put_str(out, property->key);
	aip_json_close(out, ']');
}

static bool is_malformed(const struct aip_json *schema, enum schema_position position)
{
	if (position == SCHEMA_NOWHERE || schema->kind < AIP_JSON_ARRAY)
		return false;
	if (position == SCHEMA_ONE && schema->kind == AIP_JSON_OBJECT) {
		if (needs_type(schema) || needs_properties(schema) || has_flagged(schema))
			return true;
		AIP_JSON_EACH (member, schema)
			if (is_bad_required(member) ||
			    is_malformed(member, schema_position_of(member->key)))
				return true;
		return false;
	}
	AIP_JSON_EACH (inner, schema)
		if (is_malformed(inner, SCHEMA_ONE))
			return true;
	return false;
}

bool schema_is_malformed(const struct aip_json *root)
{
	return is_malformed(root, SCHEMA_ONE);
}

static void put_value(struct aip_json_out *out, const struct aip_json *value,
                      enum schema_position position);

static void put_schema(struct aip_json_out *out, const struct aip_json *schema)
{
	aip_json_open(out, '{');
	if (needs_type(schema))
		aip_json_str(out, "type", AIP_LIT("object"));
	AIP_JSON_EACH (member, schema) {
		if (is_bad_required(member) ||
		    (has_flagged(schema) && aip_str_is(member->key, "required")))
			continue;
		aip_json_key_str(out, member->key);
		put_value(out, member, schema_position_of(member->key));
	}
	if (needs_properties(schema))
		aip_json_raw_some(out, "properties", AIP_LIT("{}"));
	if (has_flagged(schema))
		put_required(out, schema);
	aip_json_close(out, '}');
}

static void put_value(struct aip_json_out *out, const struct aip_json *value,
                      enum schema_position position)
{
	if (!is_malformed(value, position)) {
		aip_json_put_tree(out, value);
	} else if (position == SCHEMA_ONE && value->kind == AIP_JSON_OBJECT) {
		put_schema(out, value);
	} else if (value->kind == AIP_JSON_ARRAY) {
		aip_json_open(out, '[');
		AIP_JSON_EACH (schema, value)
			put_value(out, schema, SCHEMA_ONE);
		aip_json_close(out, ']');
	} else {
		aip_json_open(out, '{');
		AIP_JSON_EACH (member, value) {
			aip_json_key_str(out, member->key);
			put_value(out, member, SCHEMA_ONE);
		}
		aip_json_close(out, '}');
	}
}

void schema_put_mended(struct aip_json_out *out, const struct aip_json *root)
{
	put_value(out, root, SCHEMA_ONE);
}
