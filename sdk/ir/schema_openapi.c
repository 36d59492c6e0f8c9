/* Schemas of Google's OpenAPI subset, brought to JSON Schema: types in lower case, nullable as a
 * union. */
#include <aiproxy/rules.h>

static bool has_upper(struct aip_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] >= 'A' && s.at[i] <= 'Z')
			return true;
	return false;
}

static void put_lower(struct aip_arena *arena, struct aip_json_out *out, struct aip_str s)
{
	char *copy = aip_arena_bytes(arena, s.len);

	for (size_t i = 0; i < s.len; i++)
		copy[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
	aip_json_put_str(out, aip_strn(copy, s.len));
}

/* Whether anything in the schema has to change. */
static bool is_openapi(const struct aip_json *schema)
{
	if (schema->kind == AIP_JSON_OBJECT) {
		const struct aip_json *type = aip_json_get(schema, "type");
		if (aip_json_is_bool(aip_json_get(schema, "nullable")) ||
		    (aip_json_is(type, AIP_JSON_STRING) && has_upper(type->text)))
			return true;
	}
	AIP_JSON_EACH (child, schema)
		if (is_openapi(child))
			return true;
	return false;
}

static void put_type(struct aip_arena *arena, struct aip_json_out *out, const struct aip_json *type,
                     bool nullable)
{
	aip_json_key(out, "type");
	if (!nullable) {
		put_lower(arena, out, type->text);
		return;
	}
	aip_json_open(out, '[');
	put_lower(arena, out, type->text);
	aip_json_put_str(out, AIP_LIT("null"));
	aip_json_close(out, ']');
}

static void put_schema(struct aip_arena *arena, struct aip_json_out *out,
                       const struct aip_json *schema);

/* Members whose names are data and whose values are schemas. */
static void put_properties(struct aip_arena *arena, struct aip_json_out *out,
                           const struct aip_json *properties)
{
	aip_json_open(out, '{');
	AIP_JSON_EACH (property, properties) {
		aip_json_key_str(out, property->key);
		put_schema(arena, out, property);
	}
	aip_json_close(out, '}');
}

static void put_list(struct aip_arena *arena, struct aip_json_out *out, const struct aip_json *list)
{
	aip_json_open(out, '[');
	AIP_JSON_EACH (schema, list)
		put_schema(arena, out, schema);
	aip_json_close(out, ']');
}

static void put_schema(struct aip_arena *arena, struct aip_json_out *out,
                       const struct aip_json *schema)
{
	if (schema->kind != AIP_JSON_OBJECT) {
		aip_json_put_raw(out, schema->raw);
		return;
	}
	const bool nullable = aip_json_is(aip_json_get(schema, "nullable"), AIP_JSON_TRUE);
	aip_json_open(out, '{');
	AIP_JSON_EACH (member, schema) {
		struct aip_str key = member->key;
		if (aip_str_is(key, "nullable") && aip_json_is_bool(member))
			continue;
		if (aip_str_is(key, "type") && member->kind == AIP_JSON_STRING) {
			put_type(arena, out, member, nullable);
			continue;
		}
		aip_json_key_str(out, key);
		if (aip_str_is(key, "properties") && member->kind == AIP_JSON_OBJECT)
			put_properties(arena, out, member);
		else if (aip_str_is(key, "items") || aip_str_is(key, "additionalProperties"))
			put_schema(arena, out, member);
		else if (aip_str_is(key, "anyOf") && member->kind == AIP_JSON_ARRAY)
			put_list(arena, out, member);
		else
			aip_json_put_raw(out, member->raw);
	}
	aip_json_close(out, '}');
}

struct aip_str aip_schema_from_openapi(struct aip_arena *arena, struct aip_str schema)
{
	struct aip_json *doc;
	struct aip_error ignored;
	struct aip_buf text;

	if (aip_json_parse(arena, schema, &doc, &ignored) || !is_openapi(doc))
		return schema;
	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	put_schema(arena, &out, doc);
	return aip_arena_take(arena, &text);
}
