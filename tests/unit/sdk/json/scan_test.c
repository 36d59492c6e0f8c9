/* Members of the outermost object, found without a tree. */
#include "check.h"

#include <aiproxy/json.h>

static struct aip_str scanned(const char *text, const char *key, enum aip_json_kind *ret_kind)
{
	struct aip_json_want want = {.key = aip_str(key)};
	struct aip_error err;

	if (aip_json_scan(aip_str(text), &want, 1, &err))
		fail_msg("%s: %s", text, err.message);
	*ret_kind = want.kind;
	return want.raw;
}

TEST(outermost_members_are_found_with_kind_and_bytes)
{
	enum aip_json_kind kind;
	const char *text = "{\"messages\":[{\"model\":1}], \"model\" : \"gpt\" ,\"stream\":true,"
			   "\"n\":-1.5,\"o\":{\"a\":[{}]} ,\"z\":null}";

	CHECK_STR_EQ(scanned(text, "model", &kind), "\"gpt\"");
	CHECK_INT_EQ(kind, AIP_JSON_STRING);
	CHECK_STR_EQ(scanned(text, "stream", &kind), "true");
	CHECK_INT_EQ(kind, AIP_JSON_TRUE);
	CHECK_STR_EQ(scanned(text, "n", &kind), "-1.5");
	CHECK_STR_EQ(scanned(text, "o", &kind), "{\"a\":[{}]}");
	CHECK_INT_EQ(kind, AIP_JSON_OBJECT);
	CHECK_STR_EQ(scanned(text, "messages", &kind), "[{\"model\":1}]");
	CHECK_STR_EQ(scanned(text, "z", &kind), "null");
	CHECK(scanned(text, "a", &kind).at == NULL);
}

TEST(the_last_of_several_wins)
{
	enum aip_json_kind kind;

	CHECK_STR_EQ(scanned("{\"a\":[1],\"a\":2}", "a", &kind), "2");
	CHECK_STR_EQ(scanned("{\"a\":2,\"a\":[1,[2]]}", "a", &kind), "[1,[2]]");
	CHECK_INT_EQ(kind, AIP_JSON_ARRAY);
	CHECK_STR_EQ(scanned("{\"a\":[[1]],\"b\":[[2]]}", "a", &kind), "[[1]]");
}

TEST(escaped_names_are_names)
{
	enum aip_json_kind kind;

	CHECK_STR_EQ(scanned("{\"m\\u006fdel\":1}", "model", &kind), "1");
	CHECK_STR_EQ(scanned("{\"\\ud83d\\ude00\":1}", "\xf0\x9f\x98\x80", &kind), "1");
	CHECK_STR_EQ(scanned("{\"a\\nb\":1}", "a\nb", &kind), "1");
	CHECK(scanned("{\"mode\\u006c2\":1}", "model", &kind).at == NULL);
	CHECK(scanned("{\"m\\u006fde\":1}", "model", &kind).at == NULL);
}

TEST(what_is_no_object_has_no_members)
{
	enum aip_json_kind kind;

	CHECK(scanned("[{\"a\":1}]", "a", &kind).at == NULL);
	CHECK(scanned("\"a\"", "a", &kind).at == NULL);
	CHECK(scanned("{}", "a", &kind).at == NULL);
}

TEST(the_whole_document_is_checked)
{
	struct aip_json_want want = {.key = aip_str("a")};
	struct aip_error err;

	CHECK_INT_EQ(aip_json_scan(aip_str("{\"a\":1,\"b\":[}"), &want, 1, &err), AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(err.message), "JSON is not valid at byte 12: a value was expected");
	CHECK_INT_EQ(aip_json_scan(AIP_NONE, &want, 1, NULL), AIP_BAD_REQUEST);
}

RUN_ALL(CASE(outermost_members_are_found_with_kind_and_bytes), CASE(the_last_of_several_wins),
        CASE(escaped_names_are_names), CASE(what_is_no_object_has_no_members),
        CASE(the_whole_document_is_checked))
