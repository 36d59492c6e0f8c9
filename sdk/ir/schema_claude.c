/* The schemas of the Messages API: tools whose root is a plain object, and the strict ones of answers. */
#include "schema.h"

/* ---- Tools: the root ------------------------------------------------------------------------ */

static void put_branch_properties(struct schema_walk *w, const struct aip_json *branch)
{
	const struct aip_json *ref = aip_json_get(branch, "$ref");

	if (aip_json_is(ref, AIP_JSON_STRING) && schema_target(w, ref->text))
		branch = schema_target(w, ref->text);
	AIP_JSON_EACH(property, aip_json_get(branch, "properties")) {
		aip_json_key_str(w->out, property->key);
		schema_put(w, property);
	}
}

static const char *const unions[] = {"anyOf", "oneOf", "allOf"};

static void put_merged_required(struct schema_walk *w, const struct aip_json *schema)
{
	aip_json_key(w->out, "required");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH(name, aip_json_get(schema, "required"))
		if (name->kind == AIP_JSON_STRING)
			aip_json_put_str(w->out, name->text);
	/* What one of several alternatives requires is optional; what all parts require is not. */
	AIP_JSON_EACH(part, aip_json_get(schema, "allOf"))
		AIP_JSON_EACH(name, aip_json_get(part, "required"))
			if (name->kind == AIP_JSON_STRING)
				aip_json_put_str(w->out, name->text);
	aip_json_close(w->out, ']');
}

void schema_put_claude_root(struct schema_walk *w, const struct aip_json *schema)
{
	aip_json_open(w->out, '{');
	aip_json_str(w->out, "type", AIP_LIT("object"));
	aip_json_key(w->out, "properties");
	aip_json_open(w->out, '{');
	AIP_JSON_EACH(property, aip_json_get(schema, "properties")) {
		aip_json_key_str(w->out, property->key);
		schema_put(w, property);
	}
	for (size_t i = 0; i < sizeof(unions) / sizeof(*unions); i++)
		AIP_JSON_EACH(branch, aip_json_get(schema, unions[i]))
			put_branch_properties(w, branch);
	aip_json_close(w->out, '}');
	if (aip_json_get(schema, "required") || aip_json_get(schema, "allOf"))
		put_merged_required(w, schema);
	AIP_JSON_EACH(member, schema) {
		static const char *const done[] = {"type", "properties", "required",
		                                   "anyOf", "oneOf", "allOf"};
		if (schema_word_is_in(member->key, done, sizeof(done) / sizeof(*done)))
			continue;
		aip_json_key_str(w->out, member->key);
		schema_put_value(w, member->key, member);
	}
	aip_json_close(w->out, '}');
}

/* ---- Answers: strict ------------------------------------------------------------------------ */

/* Bounds that the API does not check; the model reads them in the description. */
static const char *const bounds[] = {
	"minimum",   "maximum",       "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	"minLength", "maxLength",     "pattern",          "maxItems",         "uniqueItems",
	"minProperties", "maxProperties",
};

static const char *const formats[] = {"date-time", "time", "date", "duration", "email",
                                      "hostname",  "uri",  "ipv4", "ipv6",     "uuid"};

static bool is_bound(const struct aip_json *member)
{
	if (aip_str_is(member->key, "minItems"))
		return !aip_str_is(member->text, "0") && !aip_str_is(member->text, "1");
	return schema_word_is_in(member->key, bounds, sizeof(bounds) / sizeof(*bounds));
}

static bool is_dropped(const struct aip_json *member)
{
	if (aip_str_is(member->key, "format"))
		return !schema_word_is_in(member->text, formats, sizeof(formats) / sizeof(*formats));
	return aip_str_is(member->key, "$schema") || aip_str_is(member->key, "additionalProperties");
}

static void put_description(struct schema_walk *w, const struct aip_json *schema)
{
	struct aip_str words = aip_json_text(schema, "description");

	AIP_JSON_EACH(member, schema)
		if (is_bound(member))
			words = aip_arena_printf(w->arena, "%.*s%s%.*s: %.*s", AIP_FMT(words),
			                         words.len ? "; " : "", AIP_FMT(member->key),
			                         AIP_FMT(member->raw));
	if (words.len)
		aip_json_str(w->out, "description", words);
}

void schema_put_claude_strict(struct schema_walk *w, const struct aip_json *schema)
{
	const bool object = schema_is_object(schema);

	aip_json_open(w->out, '{');
	if (object && !aip_json_get(schema, "type"))
		aip_json_str(w->out, "type", AIP_LIT("object"));
	put_description(w, schema);
	AIP_JSON_EACH(member, schema) {
		struct aip_str key = member->key;
		if (is_bound(member) || is_dropped(member) || aip_str_is(key, "description") ||
		    (aip_str_is(key, "required") && member->kind != AIP_JSON_ARRAY))
			continue;
		aip_json_key_str(w->out, aip_str_is(key, "oneOf") ? AIP_LIT("anyOf") : key);
		schema_put_value(w, key, member);
	}
	if (object && !aip_json_get(schema, "properties"))
		aip_json_raw_some(w->out, "properties", AIP_LIT("{}"));
	if (object)
		aip_json_bool_kv(w->out, "additionalProperties", false);
	aip_json_close(w->out, '}');
}
