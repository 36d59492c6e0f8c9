/* The schemas of the Messages API: tools whose root is a plain object, and the strict ones of
 * answers. */
#include "schema.h"

/* ---- Tools: the root ------------------------------------------------------------------------ */

static void put_plain(struct schema_walk *w, const struct schema_parts *parts,
                      const struct aip_json *property)
{
	schema_put(w, property);
}

static bool is_merged(struct aip_str keyword)
{
	static const char *const merged[] = {"type",  "properties", "required", "anyOf",
	                                     "oneOf", "allOf",      "$ref"};

	return schema_word_is_in(keyword, merged, sizeof(merged) / sizeof(*merged));
}

void schema_put_claude_root(struct schema_walk *w, const struct aip_json *schema)
{
	struct schema_parts certain = {0}, all;

	schema_gather(w, schema, &certain);
	all = certain;
	for (size_t i = 0; i < certain.n; i++) {
		AIP_JSON_EACH (branch, aip_json_get(certain.at[i], "anyOf"))
			schema_gather(w, branch, &all);
		AIP_JSON_EACH (branch, aip_json_get(certain.at[i], "oneOf"))
			schema_gather(w, branch, &all);
	}
	aip_json_open(w->out, '{');
	aip_json_str(w->out, "type", AIP_LIT("object"));
	aip_json_key(w->out, "properties");
	schema_put_properties(w, &all, put_plain);
	/* what one of several alternatives requires is optional; what all parts require is not */
	schema_put_required(w, &all, &certain);
	for (size_t i = 0; i < certain.n; i++) {
		AIP_JSON_EACH (member, certain.at[i]) {
			if (is_merged(member->key) ||
			    schema_is_said_before(&certain, i, member->key))
				continue;
			aip_json_key_str(w->out, member->key);
			aip_json_put_tree(w->out, member);
		}
	}
	aip_json_close(w->out, '}');
}

/* ---- Answers: strict ------------------------------------------------------------------------ */

/* Bounds that the API does not check; the model reads them in the description. */
static const char *const bounds[] = {
	"minimum",    "maximum",     "exclusiveMinimum", "exclusiveMaximum",
	"multipleOf", "minLength",   "maxLength",        "pattern",
	"maxItems",   "uniqueItems", "minProperties",    "maxProperties",
};

static const char *const formats[] = {"date-time", "time", "date", "duration", "email",
                                      "hostname",  "uri",  "ipv4", "ipv6",     "uuid"};

static bool is_bound(const struct aip_json *member)
{
	if (aip_str_is(member->key, "minItems"))
		return !aip_str_is(member->text, "0") && !aip_str_is(member->text, "1");
	return schema_word_is_in(member->key, bounds, sizeof(bounds) / sizeof(*bounds));
}

/* Written by hand, said in the description, or not taken at all. */
static bool is_dropped(const struct aip_json *member)
{
	static const char *const words[] = {"$schema", "additionalProperties", "description",
	                                    "allOf"};

	if (aip_str_is(member->key, "format"))
		return !schema_word_is_in(member->text, formats,
		                          sizeof(formats) / sizeof(*formats));
	return is_bound(member) ||
	       schema_word_is_in(member->key, words, sizeof(words) / sizeof(*words));
}

static void put_description(struct schema_walk *w, const struct schema_parts *parts)
{
	const struct aip_json *said = schema_get(parts, "description");
	struct aip_str words = said ? said->text : AIP_NONE;

	for (size_t i = 0; i < parts->n; i++)
		AIP_JSON_EACH (member, parts->at[i])
			if (is_bound(member))
				words = AIP_JOIN(w->arena, words,
				                 words.len ? AIP_LIT("; ") : AIP_LIT(""),
				                 member->key, AIP_LIT(": "), member->raw);
	if (words.len)
		aip_json_str(w->out, "description", words);
}

static void put_member(struct schema_walk *w, const struct schema_parts *parts,
                       const struct aip_json *member)
{
	if (aip_str_is(member->key, "properties")) {
		aip_json_key(w->out, "properties");
		schema_put_properties(w, parts, put_plain);
		return;
	}
	if (aip_str_is(member->key, "required")) {
		schema_put_required(w, parts, parts);
		return;
	}
	aip_json_key_str(w->out, aip_str_is(member->key, "oneOf") ? AIP_LIT("anyOf") : member->key);
	schema_put_value(w, member->key, member);
}

/* References stay where they are, but for those beside or inside an allOf, which is written out. */
static void gather(struct schema_walk *w, const struct aip_json *schema, struct schema_parts *parts)
{
	if (aip_json_get(schema, "allOf")) {
		schema_gather(w, schema, parts);
		return;
	}
	parts->at[parts->n++] = schema;
}

void schema_put_claude_strict(struct schema_walk *w, const struct aip_json *schema)
{
	struct schema_parts parts = {0};

	if (schema == w->root && schema_recurses(w))
		w->unfit = "it refers to itself";
	gather(w, schema, &parts);
	aip_json_open(w->out, '{');
	put_description(w, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		AIP_JSON_EACH (member, parts.at[i]) {
			const bool inlined = parts.n > 1 && aip_str_is(member->key, "$ref");
			if (inlined || is_dropped(member) ||
			    schema_is_said_before(&parts, i, member->key))
				continue;
			put_member(w, &parts, member);
		}
	}
	bool object = false;
	for (size_t i = 0; i < parts.n; i++)
		object = object || schema_is_object(parts.at[i]);
	if (object)
		aip_json_bool_kv(w->out, "additionalProperties", false);
	aip_json_close(w->out, '}');
}
