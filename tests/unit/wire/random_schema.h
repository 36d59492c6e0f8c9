/* Random JSON Schemas: what tools declare, and what nobody should. */
#ifndef TESTS_UNIT_WIRE_RANDOM_SCHEMA_H
#define TESTS_UNIT_WIRE_RANDOM_SCHEMA_H

#include "random.h"

static inline struct aip_str random_subschema(struct dice *dice, uint32_t depth);

static inline struct aip_str random_scalar(struct dice *dice)
{
	static const char *const scalars[] = {
		"{\"type\":\"string\"}",
		"{\"type\":\"string\",\"format\":\"date-time\",\"minLength\":1,\"pattern\":\"^"
		"a\\\\d$\"}",
		"{\"type\":\"string\",\"format\":\"x-odd\",\"enum\":[\"a\",\"\\ud800\",\"a\"]}",
		"{\"type\":\"integer\",\"minimum\":-9007199254740993,\"maximum\":1E+2}",
		"{\"type\":\"number\",\"exclusiveMinimum\":0.10,\"multipleOf\":0.5,\"default\":"
		"null}",
		"{\"type\":\"boolean\",\"description\":\"<&>\\u2028\",\"default\":false}",
		"{\"type\":\"null\"}",
		"{\"type\":[\"string\",\"null\"]}",
		"{\"type\":[\"integer\",\"string\",\"null\"],\"title\":\"t\"}",
		"{\"enum\":[1,\"a\",null,1.0]}",
		"{\"const\":\"x\"}",
		"{\"const\":{\"type\":\"object\",\"required\":true}}",
		"{}",
		"{\"description\":\"anything\"}",
		"{\"type\":\"array\"}",
		"{\"type\":\"array\",\"items\":{},\"minItems\":1,\"maxItems\":3}",
		"{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}]"
		"}",
		"{\"type\":\"object\"}",
		"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
		"{\"type\":\"object\",\"properties\":{},\"required\":null,\"x-odd\":1}",
		"{\"not\":{\"type\":\"string\"}}",
		"{\"$ref\":\"#/$defs/leaf\"}",
		"{\"$ref\":\"#/$defs/tree\"}",
		"{\"$ref\":\"#/$defs/tree\",\"description\":\"beside\"}",
		"{\"$ref\":\"#/definitions/old\"}",
		"{\"$ref\":\"#\"}",
		"{\"$ref\":\"#/$defs/gone\"}",
		"{\"$ref\":\"https://a.example/schema\"}",
	};

	return aip_str(PICK(dice, scalars));
}

static inline struct aip_str random_union(struct dice *dice, uint32_t depth)
{
	static const char *const words[] = {"anyOf", "oneOf", "allOf"};
	struct aip_str all = AIP_LIT("");

	for (uint32_t n = 1 + roll(dice, 3); n; n--)
		all = AIP_JOIN(dice->arena, all, all.len ? AIP_LIT(",") : AIP_LIT(""),
		               random_subschema(dice, depth + 1));
	return AIP_JOIN(dice->arena, AIP_LIT("\""), aip_str(PICK(dice, words)), AIP_LIT("\":["),
	                all, AIP_LIT("]"));
}

/* Properties called like keywords are data; some that are required are not there. */
static inline struct aip_str random_members(struct dice *dice, uint32_t depth)
{
	static const char *const names[] = {"a",     "b",         "type",     "format",
	                                    "$ref",  "items",     "required", "properties",
	                                    "a.b c", "caf\u00e9", "default"};
	static const char *const wants[] = {"", ",\"required\":[\"a\",\"gone\"]",
	                                    ",\"required\":[\"type\",\"type\",\"b\"]",
	                                    ",\"required\":[]"};
	static const char *const others[] = {
		"", ",\"additionalProperties\":false", ",\"additionalProperties\":true",
		",\"patternProperties\":{\"^x\":{\"type\":\"string\"}}", ",\"minProperties\":1"};
	struct aip_str all = AIP_LIT("");

	for (uint32_t n = roll(dice, 4); n; n--)
		all = AIP_JOIN(dice->arena, all, all.len ? AIP_LIT(",") : AIP_LIT(""),
		               AIP_LIT("\""), aip_str(PICK(dice, names)), AIP_LIT("\":"),
		               random_subschema(dice, depth + 1));
	return AIP_JOIN(dice->arena, AIP_LIT("\"properties\":{"), all, AIP_LIT("}"),
	                aip_str(PICK(dice, wants)), aip_str(PICK(dice, others)));
}

static inline struct aip_str random_subschema(struct dice *dice, uint32_t depth)
{
	if (depth > 3 || seldom(dice, 2))
		return random_scalar(dice);
	switch (roll(dice, 5)) {
	case 0: return AIP_JOIN(dice->arena, AIP_LIT("{"), random_union(dice, depth), AIP_LIT("}"));
	case 1:
		return AIP_JOIN(dice->arena, AIP_LIT("{\"type\":\"array\",\"items\":"),
		                random_subschema(dice, depth + 1), AIP_LIT("}"));
	case 2:
		return AIP_JOIN(dice->arena, AIP_LIT("{"), random_members(dice, depth),
		                AIP_LIT("}"));
	default:
		return AIP_JOIN(dice->arena, AIP_LIT("{\"type\":\"object\","),
		                random_members(dice, depth), AIP_LIT("}"));
	}
}

/* A whole one, with what its references may point at: one of them, at times, at itself. */
static inline struct aip_str random_schema(struct dice *dice)
{
	static const char *const bare[] = {
		"{}", "{\"type\":\"string\"}", "{\"description\":\"anything\"}",
		"{\"type\":[\"array\",\"null\"]}",
		"{\"properties\":{\"a\":{},\"a\":{\"type\":\"string\"}},\"required\":true}"};
	const struct aip_str below = seldom(dice, 3) ? AIP_LIT("{\"$ref\":\"#/$defs/tree\"}")
	                                             : AIP_LIT("{\"$ref\":\"#/$defs/leaf\"}");
	const struct aip_str defs =
		AIP_JOIN(dice->arena,
	                 AIP_LIT("\"$defs\":{\"leaf\":{\"type\":\"string\",\"format\":\"date\"},"
	                         "\"tree\":{\"type\":\"object\",\"properties\":{\"value\":"
	                         "{\"type\":\"string\"},\"children\":{\"type\":\"array\","
	                         "\"items\":"),
	                 below, AIP_LIT("}},\"required\":[\"value\"]}},\"definitions\":{\"old\":"),
	                 random_subschema(dice, 3), AIP_LIT("}"));

	if (seldom(dice, 8))
		return aip_str(PICK(dice, bare));
	if (seldom(dice, 6))
		return AIP_JOIN(dice->arena, AIP_LIT("{\"type\":\"object\","), defs, AIP_LIT(","),
		                random_union(dice, 0), AIP_LIT("}"));
	return AIP_JOIN(dice->arena,
	                AIP_LIT("{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":"
	                        "\"object\","),
	                random_members(dice, 0), AIP_LIT(","), defs, AIP_LIT("}"));
}

#endif
