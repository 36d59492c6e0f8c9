/* Looking things up in a tree, and naming the place of a fault. */
#include "arena.h"

#include <aiproxy/json.h>

static struct aip_json *tree(const char *text)
{
	struct aip_json *ret = NULL;
	struct aip_error err;

	if (aip_json_parse(arena, aip_str(text), &ret, &err))
		fail_msg("%s: %s", text, err.message);
	return ret;
}

TEST(the_last_of_several_members_wins)
{
	CHECK_STR_EQ(aip_json_text(tree("{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}"), "a"), "3");
	CHECK(aip_json_get(tree("{\"ab\":1}"), "a") == NULL);
	CHECK(aip_json_get(tree("[1]"), "a") == NULL);
	CHECK(aip_json_get(NULL, "a") == NULL);
}

TEST(null_is_no_value_for_those_who_ask_for_some)
{
	struct aip_json *root = tree("{\"a\":null,\"b\":0}");

	CHECK(aip_json_get(root, "a") != NULL);
	CHECK(aip_json_some(root, "a") == NULL);
	CHECK(aip_json_some(root, "b") != NULL);
	CHECK(aip_json_some(root, "c") == NULL);
	CHECK(aip_json_text(root, "b").at == NULL);
}

static int64_t number(const char *lexeme)
{
	return aip_json_int(tree(aip_arena_printf(arena, "{\"n\":%s}", lexeme).at), "n", 42);
}

TEST(integers_are_exact_however_they_are_spelled)
{
	CHECK_INT_EQ(number("17"), 17);
	CHECK_INT_EQ(number("-17"), -17);
	CHECK_INT_EQ(number("5.0"), 5);
	CHECK_INT_EQ(number("1e3"), 1000);
	CHECK_INT_EQ(number("1.5E+1"), 15);
	CHECK_INT_EQ(number("1200e-2"), 12);
	CHECK_INT_EQ(number("0.001e3"), 1);
	CHECK_INT_EQ(number("-0"), 0);
	CHECK_INT_EQ(number("0.00e999999999999999999999"), 0);
	CHECK(number("9223372036854775807") == INT64_MAX);
	CHECK(number("9223372036854775807.0") == INT64_MAX);
	CHECK(number("-9.223372036854775808e18") == INT64_MIN);
	CHECK_INT_EQ(number("9.223372036854775808e18"), 42);
	CHECK_INT_EQ(number("9223372036854775808"), 42);
	CHECK_INT_EQ(number("1e19"), 42);
	CHECK_INT_EQ(number("1e999999999999999999999"), 42);
	CHECK_INT_EQ(number("1e-999999999999999999999"), 42);
	CHECK_INT_EQ(number("0.5"), 42);
	CHECK_INT_EQ(number("1.5"), 42);
	CHECK_INT_EQ(number("\"5\""), 42);
	CHECK_INT_EQ(aip_json_int(NULL, "n", 42), 42);
}

static const struct aip_json *down(const struct aip_json *v, size_t index)
{
	for (v = v->child; index; index--)
		v = v->next;
	return v;
}

TEST(a_path_names_each_step)
{
	struct aip_json *root =
		tree("{\"messages\":[0,{\"content\":[{\"type\":1,\"odd name\":[2],\"\":3}]}]}");
	const struct aip_json *part = down(down(down(down(root, 0), 1), 0), 0);
	char path[64];

	aip_json_path(root, path, sizeof(path));
	CHECK_STR_EQ(aip_str(path), "");
	aip_json_path(down(part, 0), path, sizeof(path));
	CHECK_STR_EQ(aip_str(path), "messages[1].content[0].type");
	aip_json_path(down(down(part, 1), 0), path, sizeof(path));
	CHECK_STR_EQ(aip_str(path), "messages[1].content[0][\"odd name\"][0]");
	aip_json_path(down(part, 2), path, sizeof(path));
	CHECK_STR_EQ(aip_str(path), "messages[1].content[0][\"\"]");
	aip_json_path(NULL, path, sizeof(path));
	CHECK_STR_EQ(aip_str(path), "");
	path[0] = 'x';
	aip_json_path(part, path, 0);
	CHECK_INT_EQ(path[0], 'x');
}

TEST(a_long_path_is_cut_at_a_character)
{
	struct aip_json *root = tree("{\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\":{\"abc\":[1]}}");
	char whole[64], path[64];

	aip_json_path(root->child->child->child, whole, sizeof(whole));
	for (size_t bytes = 1; bytes < 40; bytes++) {
		aip_json_path(root->child->child->child, path, bytes);
		CHECK(strlen(path) < bytes);
		CHECK(aip_str_is_utf8(aip_str(path)));
		CHECK(aip_str_starts(aip_str(whole), aip_str(path)));
	}
}

TEST(a_failure_names_its_place)
{
	struct aip_json *root = tree("{\"tools\":[{\"name\":1}]}");
	struct aip_error err;

	CHECK_INT_EQ(aip_json_fail(&err, root->child->child->child, "must be a %s", "string"),
	             AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(err.message), "tools[0].name: must be a string");
	CHECK_STR_EQ(aip_str(err.param), "tools[0].name");
	CHECK_INT_EQ(err.status, AIP_BAD_REQUEST);
	aip_json_fail(&err, root, "must be a list");
	CHECK_STR_EQ(aip_str(err.message), "must be a list");
	CHECK_STR_EQ(aip_str(err.param), "");
	CHECK_INT_EQ(aip_json_fail(NULL, root, "x"), AIP_BAD_REQUEST);
}

TEST(a_failure_names_the_place_of_what_is_not_there)
{
	struct aip_json *root = tree("{\"tools\":[{\"name\":1}]}");
	struct aip_error err;

	CHECK_INT_EQ(aip_json_lacks(&err, root->child->child, "type", "is missing"),
	             AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(err.message), "tools[0].type: is missing");
	CHECK_STR_EQ(aip_str(err.param), "tools[0].type");
	aip_json_lacks(&err, root, "model", "is missing");
	CHECK_STR_EQ(aip_str(err.param), "model");
	CHECK_INT_EQ(aip_json_lacks(NULL, root, "x", "y"), AIP_BAD_REQUEST);
}

RUN_IN_ARENA(CASE(the_last_of_several_members_wins),
             CASE(null_is_no_value_for_those_who_ask_for_some),
             CASE(integers_are_exact_however_they_are_spelled), CASE(a_path_names_each_step),
             CASE(a_long_path_is_cut_at_a_character), CASE(a_failure_names_its_place),
             CASE(a_failure_names_the_place_of_what_is_not_there))
