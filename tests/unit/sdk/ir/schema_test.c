/* Schemas: each profile's transforms, one row each, on what real tools send. */
#include "arena.h"

#include <stdlib.h>

#include <aiproxy/rules.h>

/* What a schema becomes; the refusal's message when it becomes nothing. */
static struct aip_str becomes(enum aip_schema_profile profile, bool is_tool, const char *schema)
{
	struct aip_buf text;
	struct aip_error error = {0};

	aip_buf_init(&text, 16 << 20);
	struct aip_json_out out = aip_json_to(&text);
	enum aip_status s =
		aip_schema_write(arena, aip_str(schema), profile, is_tool, &out, &error);
	struct aip_str got = aip_arena_dup(arena, s ? aip_str(error.message) : aip_buf_str(&text));
	struct aip_json *doc;
	if (!s)
		CHECK_INT_EQ(aip_json_parse(arena, got, &doc, &error), AIP_OK);
	aip_buf_fini(&text);
	return got;
}

struct row {
	const char *in, *want;
};

static void all_become(enum aip_schema_profile profile, bool is_tool, const struct row *rows,
                       size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK_STR_EQ(becomes(profile, is_tool, rows[i].in), rows[i].want);
}

#define ALL_BECOME(profile, is_tool, ...)                        \
	do {                                                     \
		const struct row rows_[] = {__VA_ARGS__};        \
		all_become(AIP_SCHEMA_##profile, is_tool, rows_, \
		           sizeof(rows_) / sizeof(rows_[0]));    \
	} while (0)

#define OBJ(inner) "{\"type\":\"object\",\"properties\":{" inner "}}"

/* ---- Raw ------------------------------------------------------------------------------------ */

TEST(a_schema_in_order_goes_on_byte_for_byte)
{
	static const char *const schemas[] = {
		"{ \"type\" : \"object\",\n "
		"\"properties\":{\"n\":{\"minimum\":1.0,\"maximum\":9007199254740993}} }",
		"{\"$defs\":{\"a\":{\"type\":\"string\"}},\"type\":\"object\",\"properties\":{"
		"\"x\":{\"$ref\":\"#/$defs/a\"}}}",
		"{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},\"format\":{"
		"\"type\":\"integer\"},"
		"\"$ref\":{\"type\":\"string\"},\"properties\":{\"type\":\"string\"},\"required\":{"
		"\"type\":\"boolean\"}}}",
	};

	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true, schemas[i]), schemas[i]);
		CHECK_STR_EQ(becomes(AIP_SCHEMA_CLAUDE_TOOL, true, schemas[i]), schemas[i]);
	}
}

TEST(no_schema_is_an_empty_object)
{
	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true, NULL), OBJ(""));
	CHECK_STR_EQ(becomes(AIP_SCHEMA_CLAUDE_TOOL, true, ""), OBJ(""));
	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true, "{}"), OBJ(""));
	CHECK_STR_EQ(becomes(AIP_SCHEMA_CLAUDE_TOOL, true, "{}"), OBJ(""));
	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, false, "{}"), "{}");
}

TEST(what_is_malformed_is_mended_for_everyone)
{
	ALL_BECOME(
		RAW, true,
		{"{\"properties\":{\"a\":{}}}", "{\"type\":\"object\",\"properties\":{\"a\":{}}}"},
		{"{\"type\":\"object\"}", OBJ("")},
		{OBJ("\"a\":{\"type\":\"object\"}"), OBJ("\"a\":" OBJ(""))},
		{"{\"type\":\"object\",\"properties\":{},\"required\":null}", OBJ("")},
		{OBJ("\"a\":{\"type\":\"string\",\"required\":true},\"b\":{\"required\":false}"),
	         "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{}},"
	         "\"required\":[\"a\"]}"},
		{"{\"type\":\"object\",\"required\":[\"b\"],\"properties\":{\"a\":{\"required\":"
	         "true},\"b\":{}}}",
	         "{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{}},\"required\":[\"b\","
	         "\"a\"]}"},
		{OBJ("\"a\":{\"type\":\"array\",\"items\":{\"properties\":{}}}"),
	         OBJ("\"a\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{}}"
	             "}")},
		{OBJ("\"a\":{\"anyOf\":[{\"type\":\"object\"},{\"type\":\"null\"}]}"),
	         OBJ("\"a\":{\"anyOf\":[" OBJ("") ",{\"type\":\"null\"}]}")});
	/* the same in a profile that rewrites */
	CHECK_STR_EQ(becomes(AIP_SCHEMA_OPENAI_STRICT, true,
	                     OBJ("\"a\":{\"type\":\"string\",\"required\":true}")),
	             "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
	             "\"required\":[\"a\"],"
	             "\"additionalProperties\":false}");
}

TEST(a_tool_whose_root_is_no_object_is_wrapped_and_an_answer_is_not)
{
	const char *wrapped = "{\"type\":\"object\",\"properties\":{\"value\":{\"type\":\"array\","
			      "\"items\":{}}},\"required\":[\"value\"]}";

	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true, "{\"type\":\"array\",\"items\":{}}"), wrapped);
	CHECK_STR_EQ(becomes(AIP_SCHEMA_CLAUDE_TOOL, true, "{\"type\":\"array\",\"items\":{}}"),
	             wrapped);
	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, false, "{\"type\":\"array\",\"items\":{}}"),
	             "{\"type\":\"array\",\"items\":{}}");
}

TEST(what_is_no_schema_is_refused)
{
	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true, "[]"), "a schema must be an object");
	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true, "true"), "a schema must be an object");
	CHECK(aip_str_starts(becomes(AIP_SCHEMA_RAW, true, "{"),
	                     AIP_LIT("a schema: JSON is not valid")));
}

/* Arguments are no schemas; what only looks like a keyword is data in every profile. */
TEST(a_property_named_like_a_keyword_is_data)
{
	const char *schema = OBJ(
		"\"$schema\":{\"type\":\"string\"},\"additionalProperties\":{\"type\":\"string\"},"
		"\"minimum\":{\"type\":\"string\"},\"$ref\":{\"type\":\"string\"},"
		"\"allOf\":{\"type\":\"string\"},\"const\":{\"type\":\"string\"}");

	for (int profile = 0; profile <= AIP_SCHEMA_GEMINI_OPENAPI; profile++) {
		struct aip_str got = becomes((enum aip_schema_profile)profile, true, schema);
		static const char *const names[] = {"\"$schema\":{", "\"additionalProperties\":{",
		                                    "\"minimum\":{", "\"$ref\":{",
		                                    "\"allOf\":{",   "\"const\":{"};
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			CHECK(aip_str_find(got, aip_str(names[i])) >= 0);
	}
}

TEST(values_that_look_like_schemas_are_data)
{
	const char *schema = OBJ("\"a\":{\"type\":\"string\",\"default\":\"{\\\"type\\\":1}\","
	                         "\"enum\":[\"$ref\",\"x\"]}");

	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true, schema), schema);
	CHECK_STR_EQ(becomes(AIP_SCHEMA_RAW, true,
	                     OBJ("\"a\":{\"default\":{\"type\":\"object\",\"required\":true}}")),
	             OBJ("\"a\":{\"default\":{\"type\":\"object\",\"required\":true}}"));
}

/* ---- OpenAI strict -------------------------------------------------------------------------- */

TEST(strict_objects_are_closed_and_want_all_their_properties)
{
	ALL_BECOME(OPENAI_STRICT, true,
	           {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
	            "\"required\":[\"a\"]}",
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
	            "\"required\":[\"a\"],"
	            "\"additionalProperties\":false}"},
	           /* the optional may be null instead */
	           {OBJ("\"a\":{\"type\":\"string\"}"),
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"string\"},{"
	            "\"type\":\"null\"}]}},"
	            "\"required\":[\"a\"],\"additionalProperties\":false}"},
	           /* which it may be already */
	           {OBJ("\"a\":{\"type\":[\"string\",\"null\"]}"),
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}},"
	            "\"required\":[\"a\"],"
	            "\"additionalProperties\":false}"},
	           {OBJ("\"a\":{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}"),
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"null\"},{"
	            "\"type\":\"string\"}]}},"
	            "\"required\":[\"a\"],\"additionalProperties\":false}"},
	           {OBJ(""), "{\"type\":\"object\",\"properties\":{},\"required\":[],"
	                     "\"additionalProperties\":false}"},
	           /* inner ones too */
	           {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":" OBJ(
			    "") "}},\"required\":[\"a\"]}",
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{"
	            "\"type\":\"object\","
	            "\"properties\":{},\"required\":[],\"additionalProperties\":false}}},"
	            "\"required\":[\"a\"],"
	            "\"additionalProperties\":false}"});
}

#define STRICT(inner) "{" inner ",\"required\":[\"a\"],\"additionalProperties\":false}"

TEST(strict_writes_out_what_it_does_not_take)
{
	ALL_BECOME(OPENAI_STRICT, true,
	           /* a reference alone stays, one with siblings is written out */
	           {"{\"$defs\":{\"d\":{\"type\":\"string\"}},\"type\":\"object\",\"properties\":{"
	            "\"a\":{\"$ref\":\"#/$defs/d\"}},"
	            "\"required\":[\"a\"]}",
	            "{\"$defs\":{\"d\":{\"type\":\"string\"}},\"type\":\"object\",\"properties\":{"
	            "\"a\":{\"$ref\":\"#/$defs/d\"}},"
	            "\"required\":[\"a\"],\"additionalProperties\":false}"},
	           {"{\"$defs\":{\"d\":{\"type\":\"string\",\"description\":\"theirs\"}},\"type\":"
	            "\"object\","
	            "\"properties\":{\"a\":{\"$ref\":\"#/$defs/"
	            "d\",\"description\":\"mine\"}},\"required\":[\"a\"]}",
	            "{\"$defs\":{\"d\":{\"type\":\"string\",\"description\":\"theirs\"}},\"type\":"
	            "\"object\","
	            "\"properties\":{\"a\":{\"description\":\"mine\",\"type\":\"string\"}},"
	            "\"required\":[\"a\"],"
	            "\"additionalProperties\":false}"},
	           /* allOf of one, with siblings: how some libraries write a reference */
	           {"{\"$defs\":{\"d\":{\"type\":\"string\"}},\"type\":\"object\",\"properties\":{"
	            "\"a\":{\"allOf\":"
	            "[{\"$ref\":\"#/$defs/d\"}],\"description\":\"x\"}},\"required\":[\"a\"]}",
	            "{\"$defs\":{\"d\":{\"type\":\"string\"}},\"type\":\"object\",\"properties\":{"
	            "\"a\":{\"description\":\"x\","
	            "\"type\":\"string\"}},\"required\":[\"a\"],\"additionalProperties\":false}"},
	           /* default null, and oneOf */
	           {"{\"type\":\"object\",\"properties\":{\"a\":{\"oneOf\":[{\"type\":\"string\"},{"
	            "\"type\":\"integer\"}],"
	            "\"default\":null}},\"required\":[\"a\"]}",
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"string\"},{"
	            "\"type\":\"integer\"}]}},"
	            "\"required\":[\"a\"],\"additionalProperties\":false}"});
}

TEST(what_strict_cannot_say_is_refused)
{
	static const char *const schemas[] = {
		OBJ("\"a\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}"),
		"{\"type\":\"object\",\"properties\":{},\"additionalProperties\":true}",
		OBJ("\"a\":{\"not\":{\"type\":\"string\"}}"),
		OBJ("\"a\":{\"type\":\"object\",\"patternProperties\":{}}"),
		"{\"anyOf\":[{\"type\":\"object\",\"properties\":{}}]}",
		"{\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#/$defs/"
		"n\",\"title\":\"x\"}}}},"
		"\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#/$defs/"
		"n\",\"title\":\"x\"}}}",
	};

	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		CHECK(aip_str_starts(becomes(AIP_SCHEMA_OPENAI_STRICT, true, schemas[i]),
		                     AIP_LIT("a schema cannot be sent: ")));
}

/* ---- Claude tools --------------------------------------------------------------------------- */

TEST(the_root_of_a_claude_tool_is_a_plain_object)
{
	ALL_BECOME(
		CLAUDE_TOOL, true,
		/* what one alternative requires is optional */
		{"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]},"
	         "{\"properties\":{\"b\":{\"type\":\"string\"},\"a\":{\"type\":\"integer\"}}}],"
	         "\"description\":\"d\"}",
	         "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":"
	         "\"string\"}},\"description\":\"d\"}"},
		{"{\"type\":\"object\",\"properties\":{\"x\":{}},\"required\":[\"x\"],\"oneOf\":[{"
	         "\"required\":[\"a\"]},"
	         "{\"properties\":{\"a\":{}}}]}",
	         "{\"type\":\"object\",\"properties\":{\"x\":{},\"a\":{}},\"required\":[\"x\"]}"},
		/* what all parts require is required */
		{"{\"allOf\":[{\"properties\":{\"a\":{}},\"required\":[\"a\"]},{\"properties\":{"
	         "\"b\":{}},\"required\":[\"b\",\"a\"]}]}",
	         "{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{}},\"required\":[\"a\","
	         "\"b\"]}"},
		/* a root that only refers */
		{"{\"$ref\":\"#/$defs/"
	         "r\",\"$defs\":{\"r\":{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":"
	         "[\"a\"]}}}",
	         "{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":[\"a\"],\"$defs\":{"
	         "\"r\":{\"type\":\"object\","
	         "\"properties\":{\"a\":{}},\"required\":[\"a\"]}}}"},
		/* unions further in are taken */
		{OBJ("\"a\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}"),
	         OBJ("\"a\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}")});
}

/* ---- Claude strict -------------------------------------------------------------------------- */

TEST(strict_claude_schemas_are_closed_and_say_their_bounds_in_words)
{
	ALL_BECOME(CLAUDE_STRICT, false,
	           {OBJ("\"a\":{\"type\":\"integer\",\"minimum\":1.0,\"maximum\":9007199254740993,"
	                "\"description\":\"n\"}"),
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"description\":\"n; minimum: "
	            "1.0; maximum: 9007199254740993\","
	            "\"type\":\"integer\"}},\"additionalProperties\":false}"},
	           {"{\"type\":\"string\",\"format\":\"email\",\"pattern\":\"^a\"}",
	            "{\"description\":\"pattern: "
	            "\\\"^a\\\"\",\"type\":\"string\",\"format\":\"email\"}"},
	           {"{\"type\":\"string\",\"format\":\"color\"}", "{\"type\":\"string\"}"},
	           {"{\"type\":\"array\",\"items\":{},\"minItems\":1,\"maxItems\":5}",
	            "{\"description\":\"maxItems: "
	            "5\",\"type\":\"array\",\"items\":{},\"minItems\":1}"},
	           {"{\"type\":\"array\",\"items\":{},\"minItems\":2}",
	            "{\"description\":\"minItems: 2\",\"type\":\"array\",\"items\":{}}"},
	           {"{\"oneOf\":[{\"type\":\"string\"}]}", "{\"anyOf\":[{\"type\":\"string\"}]}"},
	           {"{\"$schema\":\"x\",\"type\":\"object\",\"properties\":{},"
	            "\"additionalProperties\":true}",
	            "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"},
	           {"{\"$defs\":{\"d\":" OBJ("") "},\"$ref\":\"#/$defs/d\"}",
	            "{\"$defs\":{\"d\":{\"type\":\"object\",\"properties\":{},"
	            "\"additionalProperties\":false}},\"$ref\":\"#/$defs/d\"}"},
	           {"{\"$defs\":{\"d\":{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":"
	            "[\"a\"]}},"
	            "\"allOf\":[{\"$ref\":\"#/$defs/"
	            "d\"},{\"properties\":{\"b\":{}},\"required\":[\"b\"]}]}",
	            "{\"$defs\":{\"d\":{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":"
	            "[\"a\"],"
	            "\"additionalProperties\":false}},\"type\":\"object\",\"properties\":{\"a\":{},"
	            "\"b\":{}},"
	            "\"required\":[\"a\",\"b\"],\"additionalProperties\":false}"});
}

TEST(strict_claude_schemas_do_not_recurse)
{
	CHECK_STR_EQ(
		becomes(AIP_SCHEMA_CLAUDE_STRICT, false,
	                "{\"$defs\":{\"n\":" OBJ(
				"\"next\":{\"$ref\":\"#/$defs/n\"}") "},\"$ref\":\"#/$defs/n\"}"),
		"a schema cannot be sent: it refers to itself");
	CHECK_STR_EQ(becomes(AIP_SCHEMA_CLAUDE_STRICT, false, OBJ("\"me\":{\"$ref\":\"#\"}")),
	             "a schema cannot be sent: it refers to itself");
	/* used twice is no circle */
	CHECK(aip_str_starts(
		becomes(AIP_SCHEMA_CLAUDE_STRICT, false,
	                "{\"$defs\":{\"s\":{\"type\":\"string\"}},\"type\":\"object\","
	                "\"properties\":"
	                "{\"a\":{\"$ref\":\"#/$defs/s\"},\"b\":{\"$ref\":\"#/$defs/s\"}}}"),
		AIP_LIT("{")));
}

/* ---- Gemini, the legacy subset -------------------------------------------------------------- */

TEST(gemini_types_are_one_and_nullable)
{
	ALL_BECOME(
		GEMINI_OPENAPI, false,
		{"{\"type\":[\"string\",\"null\"]}", "{\"type\":\"string\",\"nullable\":true}"},
		{"{\"type\":[\"null\",\"integer\"],\"nullable\":true}",
	         "{\"type\":\"integer\",\"nullable\":true}"},
		{"{\"type\":[\"string\",\"integer\"]}",
	         "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}"},
		{"{\"type\":[\"string\",\"array\",\"null\"]}",
	         "{\"nullable\":true,\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\","
	         "\"items\":{\"type\":\"string\"}}]}"},
		{"{\"anyOf\":[{\"type\":\"string\",\"format\":\"date-time\"},{\"type\":\"null\"}],"
	         "\"description\":\"d\"}",
	         "{\"type\":\"string\",\"nullable\":true,\"description\":\"d\",\"format\":\"date-"
	         "time\"}"},
		{"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"integer\"},{\"type\":\"null\"}]}",
	         "{\"nullable\":true,\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}"},
		{"{\"properties\":{\"a\":{\"type\":\"string\"}}}",
	         "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}"});
}

TEST(gemini_choices_are_strings)
{
	ALL_BECOME(GEMINI_OPENAPI, false,
	           {"{\"const\":\"x\"}", "{\"type\":\"string\",\"enum\":[\"x\"]}"},
	           {"{\"type\":\"integer\",\"const\":5}", "{\"type\":\"string\",\"enum\":[\"5\"]}"},
	           {"{\"type\":\"integer\",\"enum\":[1,2.0],\"default\":1}",
	            "{\"type\":\"string\",\"enum\":[\"1\",\"2.0\"],\"default\":\"1\"}"},
	           {"{\"enum\":[\"a\",null]}",
	            "{\"type\":\"string\",\"nullable\":true,\"enum\":[\"a\"]}"},
	           {"{\"type\":[\"string\",\"null\"],\"enum\":[\"a\",null]}",
	            "{\"type\":\"string\",\"nullable\":true,\"enum\":[\"a\"]}"});
}

TEST(gemini_is_told_a_type_of_what_may_be_anything)
{
	ALL_BECOME(GEMINI_OPENAPI, true,
	           {OBJ("\"a\":{},\"b\":{\"description\":\"d\"}"),
	            OBJ("\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"string\",\"description\":"
	                "\"d\"}")},
	           {"{}", "{\"type\":\"object\"}"});
}

TEST(strict_names_each_property_once_and_wants_an_object)
{
	ALL_BECOME(OPENAI_STRICT, true,
	           {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"a\":{"
	            "\"type\":\"integer\"}},\"required\":[\"a\"]}",
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},"
	            "\"required\":[\"a\"],\"additionalProperties\":false}"},
	           {"{}", "{\"type\":\"object\",\"properties\":{},\"required\":[],"
	                  "\"additionalProperties\":false}"},
	           {"{\"oneOf\":[{\"type\":\"string\"}]}",
	            "a schema cannot be sent: strict mode wants an object at the root"});
}

TEST(a_strict_claude_tool_wants_a_plain_object_at_its_root)
{
	ALL_BECOME(CLAUDE_STRICT, true,
	           {"{\"type\":\"object\",\"anyOf\":[{\"required\":[\"a\"]}]}",
	            "a schema cannot be sent: a strict tool wants a plain object at its root"},
	           {"{}", "{\"type\":\"object\",\"properties\":{},\"required\":[],"
	                  "\"additionalProperties\":false}"});
}

TEST(gemini_arrays_have_items)
{
	ALL_BECOME(GEMINI_OPENAPI, false,
	           {"{\"type\":\"array\"}", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"},
	           {"{\"type\":\"ARRAY\",\"items\":{\"type\":\"INTEGER\"},\"minItems\":2}",
	            "{\"type\":\"ARRAY\",\"items\":{\"type\":\"INTEGER\"},\"minItems\":2}"},
	           {"{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"}]}",
	            "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"});
}

TEST(gemini_requires_only_what_is_there)
{
	ALL_BECOME(GEMINI_OPENAPI, false,
	           {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
	            "\"required\":[\"b\",\"a\"]}",
	            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
	            "\"required\":[\"a\"]}"},
	           {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
	            "\"required\":[\"b\"]}",
	            OBJ("\"a\":{\"type\":\"string\"}")});
}

TEST(gemini_parts_are_merged_and_references_written_out)
{
	ALL_BECOME(
		GEMINI_OPENAPI, false,
		{"{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]},"
	         "{\"properties\":{\"b\":{\"type\":\"string\"},\"a\":{\"type\":\"integer\"}},"
	         "\"required\":[\"b\"]}]}",
	         "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":"
	         "\"string\"}},"
	         "\"required\":[\"a\",\"b\"]}"},
		{"{\"$defs\":{\"d\":{\"type\":\"string\",\"title\":\"t\"}},\"type\":\"object\","
	         "\"properties\":"
	         "{\"x\":{\"$ref\":\"#/$defs/d\",\"description\":\"mine\"}}}",
	         OBJ("\"x\":{\"type\":\"string\",\"description\":\"mine\",\"title\":\"t\"}")},
		{"{\"definitions\":{\"a/b\":{\"type\":\"string\"}},\"$ref\":\"#/definitions/"
	         "a~1b\"}",
	         "{\"type\":\"string\"}"});
}

TEST(gemini_circles_end_in_a_plain_object)
{
	ALL_BECOME(GEMINI_OPENAPI, false,
	           {"{\"$defs\":{\"n\":" OBJ("\"v\":{\"type\":\"string\"},\"next\":{\"$ref\":\"#/"
	                                     "$defs/n\"}") "},\"$ref\":\"#/$defs/n\"}",
	            OBJ("\"v\":{\"type\":\"string\"},\"next\":{\"type\":\"object\"}")},
	           {OBJ("\"me\":{\"$ref\":\"#\"}"), OBJ("\"me\":{\"type\":\"object\"}")});
}

TEST(gemini_drops_what_it_does_not_know)
{
	static const char *const words[] = {
		"$schema",
		"$id",
		"$comment",
		"additionalProperties",
		"patternProperties",
		"propertyNames",
		"if",
		"then",
		"else",
		"not",
		"dependentRequired",
		"dependentSchemas",
		"contains",
		"unevaluatedProperties",
		"unevaluatedItems",
		"examples",
		"deprecated",
		"readOnly",
		"writeOnly",
		"x-order",
		"$defs",
		"definitions",
		"prefixItems",
		"exclusiveMinimum",
		"multipleOf",
		"uniqueItems",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct aip_str in =
			aip_arena_printf(arena, "{\"type\":\"string\",\"%s\":{}}", words[i]);
		CHECK_STR_EQ(becomes(AIP_SCHEMA_GEMINI_OPENAPI, false, in.at),
		             "{\"type\":\"string\"}");
	}
	static const char *const kept =
		"{\"type\":\"number\",\"format\":\"double\",\"title\":\"t\",\"description\":\"d\","
		"\"minimum\":1.0,"
		"\"maximum\":9007199254740993,\"minLength\":1,\"maxLength\":2,\"pattern\":\"^a\","
		"\"minItems\":1,"
		"\"maxItems\":2,\"minProperties\":1,\"maxProperties\":2,\"example\":{\"$ref\":1},"
		"\"propertyOrdering\":[\"a\"],\"default\":0.10}";
	CHECK_STR_EQ(becomes(AIP_SCHEMA_GEMINI_OPENAPI, false, kept), kept);
}

/* ---- All together --------------------------------------------------------------------------- */

TEST(references_that_multiply_end)
{
	struct aip_buf text;

	aip_buf_init(&text, 1 << 20);
	aip_buf_add(&text, AIP_LIT("{\"$defs\":{"));
	for (int i = 0; i < 40; i++) {
		aip_buf_addf(&text, "%s\"d%d\":{\"type\":\"object\",\"properties\":{", i ? "," : "",
		             i);
		for (int k = 0; k < 8; k++)
			aip_buf_addf(&text, "%s\"p%d\":{\"$ref\":\"#/$defs/d%d\",\"title\":\"x\"}",
			             k ? "," : "", k, (i * 7 + k) % 40);
		aip_buf_add(&text, AIP_LIT("}}"));
	}
	aip_buf_add(&text, AIP_LIT("},\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/"
	                           "$defs/d0\",\"title\":\"x\"}}}"));
	for (int profile = 0; profile <= AIP_SCHEMA_GEMINI_OPENAPI; profile++)
		(void)becomes((enum aip_schema_profile)profile, true, text.at);
	aip_buf_fini(&text);
}

TEST(depth_ends)
{
	struct aip_buf text;

	aip_buf_init(&text, 1 << 20);
	for (int i = 0; i < 120; i++)
		aip_buf_add(&text, AIP_LIT("{\"items\":"));
	aip_buf_add(&text, AIP_LIT("{}"));
	for (int i = 0; i < 120; i++)
		aip_buf_add_byte(&text, '}');
	for (int profile = 0; profile <= AIP_SCHEMA_GEMINI_OPENAPI; profile++)
		(void)becomes((enum aip_schema_profile)profile, false, text.at);
	aip_buf_fini(&text);
}

TEST(the_same_schema_gives_the_same_bytes)
{
	const char *schema = OBJ("\"b\":{\"enum\":[1,2]},\"a\":{\"type\":[\"string\",\"null\"]}");

	for (int profile = 0; profile <= AIP_SCHEMA_GEMINI_OPENAPI; profile++)
		CHECK_BYTES_EQ(becomes((enum aip_schema_profile)profile, true, schema),
		               becomes((enum aip_schema_profile)profile, true, schema));
}

TEST(openapi_becomes_json_schema)
{
	static const struct row rows[] = {
		{"{\"type\":\"STRING\"}", "{\"type\":\"string\"}"},
		{"{\"type\":\"OBJECT\",\"properties\":{\"TYPE\":{\"type\":\"INTEGER\",\"nullable\":"
	         "true}}}",
	         "{\"type\":\"object\",\"properties\":{\"TYPE\":{\"type\":[\"integer\",\"null\"]}}"
	         "}"},
		{"{\"type\":\"ARRAY\",\"items\":{\"type\":\"NUMBER\",\"minimum\":1.0}}",
	         "{\"type\":\"array\",\"items\":{\"type\":\"number\",\"minimum\":1.0}}"},
		{"{\"anyOf\":[{\"type\":\"STRING\"}]}", "{\"anyOf\":[{\"type\":\"string\"}]}"},
		{"{\"type\":\"string\",\"enum\":[\"STRING\"]}",
	         "{\"type\":\"string\",\"enum\":[\"STRING\"]}"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR_EQ(aip_schema_from_openapi(arena, aip_str(rows[i].in)), rows[i].want);
}

TEST(what_stands_before_a_schema_is_not_counted_as_its_own)
{
	enum { BEFORE = 9 << 20 };
	struct aip_error error = {0};
	struct aip_buf text;

	aip_buf_init(&text, 16 << 20);
	memset(aip_buf_reserve(&text, BEFORE), ' ', BEFORE);
	text.len = BEFORE;
	struct aip_json_out out = aip_json_to(&text);
	CHECK_INT_EQ(aip_schema_write(arena, aip_str(OBJ("\"a\":{\"type\":\"string\"}")),
	                              AIP_SCHEMA_OPENAI_STRICT, true, &out, &error),
	             AIP_OK);
	aip_buf_fini(&text);
}

RUN_IN_ARENA(CASE(a_schema_in_order_goes_on_byte_for_byte), CASE(no_schema_is_an_empty_object),
             CASE(what_is_malformed_is_mended_for_everyone),
             CASE(a_tool_whose_root_is_no_object_is_wrapped_and_an_answer_is_not),
             CASE(what_is_no_schema_is_refused), CASE(a_property_named_like_a_keyword_is_data),
             CASE(values_that_look_like_schemas_are_data),
             CASE(strict_objects_are_closed_and_want_all_their_properties),
             CASE(strict_writes_out_what_it_does_not_take), CASE(what_strict_cannot_say_is_refused),
             CASE(the_root_of_a_claude_tool_is_a_plain_object),
             CASE(strict_claude_schemas_are_closed_and_say_their_bounds_in_words),
             CASE(strict_claude_schemas_do_not_recurse), CASE(gemini_types_are_one_and_nullable),
             CASE(gemini_choices_are_strings), CASE(gemini_is_told_a_type_of_what_may_be_anything),
             CASE(strict_names_each_property_once_and_wants_an_object),
             CASE(a_strict_claude_tool_wants_a_plain_object_at_its_root),
             CASE(gemini_arrays_have_items), CASE(gemini_requires_only_what_is_there),
             CASE(gemini_parts_are_merged_and_references_written_out),
             CASE(gemini_circles_end_in_a_plain_object), CASE(gemini_drops_what_it_does_not_know),
             CASE(references_that_multiply_end),
             CASE(what_stands_before_a_schema_is_not_counted_as_its_own), CASE(depth_ends),
             CASE(the_same_schema_gives_the_same_bytes), CASE(openapi_becomes_json_schema))
