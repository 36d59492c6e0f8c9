/* JSON read strictly: what is taken, what is refused, and where. */
#include "arena.h"

#include <aiproxy/json.h>

#include <stdio.h>
#include <stdlib.h>

/* A copy on the heap without a byte behind it, so that reading too far is seen. */
static enum aip_status parse(struct aip_str text, struct aip_json **ret, struct aip_error *reterr)
{
	char *exact = malloc(text.len ? text.len : 1);

	memcpy(exact, text.at, text.len);
	aip_arena_at_end(arena, free, exact);
	enum aip_status s = aip_json_parse(arena, aip_strn(exact, text.len), ret, reterr);
	struct aip_error other;
	assert_int_equal(aip_json_scan(aip_strn(exact, text.len), NULL, 0, &other), s);
	if (s && reterr)
		assert_string_equal(other.message, reterr->message);
	return s;
}

static struct aip_json *tree(const char *text)
{
	struct aip_json *ret = NULL;
	struct aip_error err;

	if (parse(aip_str(text), &ret, &err))
		fail_msg("%s: %s", text, err.message);
	return ret;
}

static void refused(struct aip_str text, const char *message)
{
	struct aip_json *ret = NULL;
	struct aip_error err;

	if (parse(text, &ret, &err) != AIP_BAD_REQUEST)
		fail_msg("taken: %.*s", AIP_FMT(text));
	CHECK(ret == NULL);
	CHECK_STR_EQ(aip_str(err.message), message);
}

TEST(each_value_knows_its_kind_and_its_source)
{
	struct aip_json *root =
		tree(" { \"a\" : [ 1 , -2.50e+3 , \"x\" , true , false , null ] , \"b\" : { } } ");
	const struct aip_json *a = aip_json_get(root, "a"), *v;

	CHECK_STR_EQ(root->raw,
	             "{ \"a\" : [ 1 , -2.50e+3 , \"x\" , true , false , null ] , \"b\" : { } }");
	CHECK_INT_EQ(root->count, 2);
	CHECK(root->key.at == NULL);
	CHECK(root->parent == NULL);
	CHECK_INT_EQ(a->count, 6);
	CHECK_STR_EQ(a->raw, "[ 1 , -2.50e+3 , \"x\" , true , false , null ]");
	CHECK_PTR_EQ(a->parent, root);
	v = a->child;
	CHECK_STR_EQ(v->text, "1");
	CHECK_INT_EQ(v->kind, AIP_JSON_NUMBER);
	v = v->next;
	CHECK_STR_EQ(v->text, "-2.50e+3");
	v = v->next;
	CHECK_INT_EQ(v->kind, AIP_JSON_STRING);
	CHECK_STR_EQ(v->text, "x");
	CHECK_STR_EQ(v->raw, "\"x\"");
	v = v->next;
	CHECK_INT_EQ(v->kind, AIP_JSON_TRUE);
	CHECK(aip_json_is_bool(v));
	v = v->next;
	CHECK_INT_EQ(v->kind, AIP_JSON_FALSE);
	v = v->next;
	CHECK_INT_EQ(v->kind, AIP_JSON_NULL);
	CHECK(v->text.at == NULL);
	CHECK(v->next == NULL);
	CHECK_INT_EQ(aip_json_get(root, "b")->kind, AIP_JSON_OBJECT);
	CHECK(aip_json_get(root, "b")->child == NULL);
	CHECK_STR_EQ(aip_json_get(root, "b")->raw, "{ }");
}

TEST(a_document_may_be_any_value)
{
	CHECK_INT_EQ(tree("0")->kind, AIP_JSON_NUMBER);
	CHECK_INT_EQ(tree("null")->kind, AIP_JSON_NULL);
	CHECK_INT_EQ(tree("\t\"\"\r\n")->kind, AIP_JSON_STRING);
	CHECK_STR_EQ(tree("\"\"")->text, "");
	CHECK(tree("\"\"")->text.at != NULL);
	CHECK_INT_EQ(tree("[]")->count, 0);
}

TEST(text_without_escapes_is_borrowed)
{
	struct aip_json *v = tree("\"text of more than sixteen bytes, \xe2\x82\xac too\"");

	CHECK_PTR_EQ(v->text.at, v->raw.at + 1);
}

TEST(escapes_are_decoded)
{
	CHECK_STR_EQ(tree("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"")->text, "a\"\\/\b\f\n\r\tz");
	CHECK_STR_EQ(tree("\"\\u0041\\u00e4\\u20AC\\uD83D\\uDE00\"")->text,
	             "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	CHECK_BYTES_EQ(tree("\"a\\u0000b\"")->text, aip_strn("a\0b", 3));
	CHECK_STR_EQ(tree("{\"\\u006bey\":1}")->child->key, "key");
}

TEST(half_surrogates_keep_their_three_byte_form)
{
	CHECK_STR_EQ(tree("\"\\ud83d\"")->text, "\xed\xa0\xbd");
	CHECK_STR_EQ(tree("\"\\ude00x\"")->text, "\xed\xb8\x80x");
	CHECK_STR_EQ(tree("\"\\ud83d\\ud83d\\ude00\"")->text, "\xed\xa0\xbd\xf0\x9f\x98\x80");
	CHECK_STR_EQ(tree("\"\\ud83d\\n\"")->text, "\xed\xa0\xbd\n");
	CHECK_STR_EQ(tree("\"\\ud83d\\u0041\"")->text, "\xed\xa0\xbd"
	                                               "A");
}

TEST(what_is_not_json_is_refused_with_its_place)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "0: a value was expected"},
		{"  ", "2: a value was expected"},
		{"\xef\xbb\xbf{}", "0: a value was expected"},
		{"{} x", "3: the document should have ended"},
		{"1 2", "2: the document should have ended"},
		{"[1,]", "3: a value was expected"},
		{"[,1]", "1: a value was expected"},
		{"[1 2]", "3: a comma or ] was expected"},
		{"[1}", "2: a comma or ] was expected"},
		{"{\"a\":1]", "6: a comma or } was expected"},
		{"{\"a\":1,}", "7: a member's name was expected"},
		{"{a:1}", "1: a member's name was expected"},
		{"{1:1}", "1: a member's name was expected"},
		{"{\"a\"}", "4: a colon was expected"},
		{"{\"a\" 1}", "5: a colon was expected"},
		{"{\"a\":}", "5: a value was expected"},
		{"]", "0: a value was expected"},
		{"01", "1: the document should have ended"},
		{"-", "0: the number is malformed"},
		{"[-01]", "3: a comma or ] was expected"},
		{"1.", "0: the number is malformed"},
		{".5", "0: a value was expected"},
		{"+1", "0: a value was expected"},
		{"1e", "0: the number is malformed"},
		{"1e+", "0: the number is malformed"},
		{"0x10", "1: the document should have ended"},
		{"NaN", "0: a value was expected"},
		{"nul", "0: a value was expected"},
		{"nulll", "4: the document should have ended"},
		{"True", "0: a value was expected"},
		{"'a'", "0: a value was expected"},
		{"// x\n1", "0: a value was expected"},
		{"\"a", "2: the string does not end"},
		{"\"a\\", "2: no such escape"},
		{"\"\\x\"", "1: no such escape"},
		{"\"\\u12\"", "1: no such escape"},
		{"\"\\u12g4\"", "1: no such escape"},
		{"\"\\U0041\"", "1: no such escape"},
		{"\"a\nb\"", "2: a control character must be escaped"},
		{"\"\x1f\"", "1: a control character must be escaped"},
		{"\"\x80\"", "1: the text is not UTF-8"},
		{"\"a\xc3\"", "2: the text is not UTF-8"},
		{"\"\xc3\xa4\xed\xa0\x80\"", "3: the text is not UTF-8"},
		{"\"\xc0\xaf\"", "1: the text is not UTF-8"},
		{"{\"\xff\":1}", "2: the text is not UTF-8"},
		{"[\f1]", "1: a value was expected"},
		{"[\xc2\xa0]", "1: a value was expected"},
	};
	char message[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(message, sizeof(message), "JSON is not valid at byte %s",
		         cases[i].message);
		refused(aip_str(cases[i].text), message);
	}
	refused(aip_strn("\"a\0b\"", 5),
	        "JSON is not valid at byte 2: a control character must be escaped");
	refused(aip_strn("\"a\\\0\"", 5), "JSON is not valid at byte 2: no such escape");
	refused(aip_strn("1\0", 2), "JSON is not valid at byte 1: the document should have ended");
}

TEST(odd_bytes_are_found_at_each_place_of_the_stride)
{
	char text[64];

	for (size_t at = 1; at < 40; at++) {
		memset(text, 'a', sizeof(text));
		text[0] = text[41] = '"';
		CHECK_INT_EQ(aip_json_scan(aip_strn(text, 42), NULL, 0, NULL), AIP_OK);
		text[at] = '\n';
		CHECK_INT_EQ(aip_json_scan(aip_strn(text, 42), NULL, 0, NULL), AIP_BAD_REQUEST);
		text[at] = '\x9f';
		CHECK_INT_EQ(aip_json_scan(aip_strn(text, 42), NULL, 0, NULL), AIP_BAD_REQUEST);
		text[at] = '"';
		CHECK_INT_EQ(aip_json_scan(aip_strn(text, 42), NULL, 0, NULL), AIP_BAD_REQUEST);
		text[at] = '\\';
		CHECK_INT_EQ(aip_json_scan(aip_strn(text, 42), NULL, 0, NULL), AIP_BAD_REQUEST);
		text[at + 1] = 'n';
		CHECK_INT_EQ(aip_json_scan(aip_strn(text, 42), NULL, 0, NULL),
		             at < 40 ? AIP_OK : AIP_BAD_REQUEST);
	}
}

TEST(every_truncation_is_refused)
{
	struct aip_str whole =
		aip_str("{\"a\":[1,-2.5e3,{\"b\\u00e4\":\"\\ud83d\\ude00 \xe2\x82\xac text that is "
	                "long enough\"}],\"c\":[true,false,null,[]],\"d\":{}}");
	struct aip_json *ret;

	CHECK_INT_EQ(parse(whole, &ret, NULL), AIP_OK);
	for (size_t len = 0; len < whole.len; len++) {
		struct aip_error err;
		CHECK_INT_EQ(parse(aip_strn(whole.at, len), &ret, &err), AIP_BAD_REQUEST);
	}
}

static struct aip_str nested(char *text, size_t depth, bool objects)
{
	size_t n = 0;

	for (size_t i = 0; i < depth; i++) {
		const char *open = objects ? "{\"a\":" : "[";
		memcpy(text + n, open, strlen(open));
		n += strlen(open);
	}
	text[n++] = '0';
	for (size_t i = 0; i < depth; i++)
		text[n++] = objects ? '}' : ']';
	return aip_strn(text, n);
}

TEST(depth_has_a_limit)
{
	static char text[8 * (AIP_JSON_DEPTH_MAX + 1)];
	struct aip_json *ret = NULL;

	for (int objects = 0; objects < 2; objects++) {
		CHECK_INT_EQ(parse(nested(text, AIP_JSON_DEPTH_MAX, objects), &ret, NULL), AIP_OK);
		struct aip_error err;
		CHECK_INT_EQ(parse(nested(text, AIP_JSON_DEPTH_MAX + 1, objects), &ret, &err),
		             AIP_BAD_REQUEST);
		CHECK(strstr(err.message, "nested too deeply"));
	}
}

/* "[1,1,…]" with so many values, the array included. */
static struct aip_str counted(char *text, size_t values)
{
	text[0] = '[';
	for (size_t i = 0; i + 1 < values; i++)
		memcpy(text + 1 + 2 * i, "1,", 2);
	text[2 * (values - 1)] = ']';
	return aip_strn(text, 2 * values - 1);
}

TEST(values_have_a_limit_where_they_take_room)
{
	static char text[2 * (AIP_JSON_VALUES_MAX + 1)];
	struct aip_json *ret = NULL;
	struct aip_error err;

	CHECK_INT_EQ(aip_json_parse(arena, counted(text, AIP_JSON_VALUES_MAX), &ret, NULL), AIP_OK);
	CHECK_INT_EQ(ret->count, AIP_JSON_VALUES_MAX - 1);
	struct aip_str more = counted(text, AIP_JSON_VALUES_MAX + 1);
	CHECK_INT_EQ(aip_json_parse(arena, more, &ret, &err), AIP_BAD_REQUEST);
	CHECK(strstr(err.message, "more than 2097152 values"));
	CHECK_INT_EQ(aip_json_scan(more, NULL, 0, NULL), AIP_OK);
}

TEST(unquote_takes_exactly_one_string)
{
	CHECK_STR_EQ(aip_json_unquote(arena, aip_str("\"a\\nb\"")), "a\nb");
	CHECK_STR_EQ(aip_json_unquote(arena, aip_str("\"\"")), "");
	CHECK(aip_json_unquote(arena, aip_str("")).at == NULL);
	CHECK(aip_json_unquote(arena, AIP_NONE).at == NULL);
	CHECK(aip_json_unquote(arena, aip_str("\"")).at == NULL);
	CHECK(aip_json_unquote(arena, aip_str("\"a\"x")).at == NULL);
	CHECK(aip_json_unquote(arena, aip_str(" \"a\"")).at == NULL);
	CHECK(aip_json_unquote(arena, aip_str("12")).at == NULL);
}

RUN_IN_ARENA(CASE(each_value_knows_its_kind_and_its_source), CASE(a_document_may_be_any_value),
             CASE(text_without_escapes_is_borrowed), CASE(escapes_are_decoded),
             CASE(half_surrogates_keep_their_three_byte_form),
             CASE(what_is_not_json_is_refused_with_its_place),
             CASE(odd_bytes_are_found_at_each_place_of_the_stride),
             CASE(every_truncation_is_refused), CASE(depth_has_a_limit),
             CASE(values_have_a_limit_where_they_take_room), CASE(unquote_takes_exactly_one_string))
