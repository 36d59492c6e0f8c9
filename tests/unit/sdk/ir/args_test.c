/* Arguments for wires that hold objects, and the text of parts. */
#include "check.h"

#include <aiproxy/rules.h>

TEST(an_object_goes_on_byte_for_byte)
{
	static const char *const objects[] = {
		"{}",
		"{ \"b\" : 1 ,\n\t\"a\":9007199254740993}",
		"{\"x\":1e400,\"y\":0.10,\"s\":\"<&>\\u2028\\ud800\"}",
		"{\"a\":1,\"a\":2}",
		"{\"format\":\"x\",\"$ref\":\"#/a\",\"default\":null,\"title\":7}",
	};
	struct aip_codec_ctx ctx = {.arena = aip_arena_create()};

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		CHECK_STR_EQ(aip_args_object(&ctx, aip_str(objects[i])), objects[i]);
	CHECK_PTR_EQ(ctx.warnings, NULL);
	aip_arena_destroy(ctx.arena);
}

TEST(nothing_is_an_empty_object_and_says_nothing)
{
	struct aip_codec_ctx ctx = {.arena = aip_arena_create()};

	CHECK_STR_EQ(aip_args_object(&ctx, AIP_NONE), "{}");
	CHECK_STR_EQ(aip_args_object(&ctx, AIP_LIT("")), "{}");
	CHECK_STR_EQ(aip_args_object(&ctx, AIP_LIT(" \n")), "{}");
	CHECK_PTR_EQ(ctx.warnings, NULL);
	aip_arena_destroy(ctx.arena);
}

TEST(what_is_no_object_becomes_an_empty_one_with_a_warning)
{
	static const char *const others[] = {"null",    "7",   "\"x\"", "[1]",
	                                     "{\"a\":", "{}x", "{a:1}"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct aip_codec_ctx ctx = {.arena = aip_arena_create()};
		CHECK_STR_EQ(aip_args_object(&ctx, aip_str(others[i])), "{}");
		CHECK(ctx.warnings);
		aip_arena_destroy(ctx.arena);
	}
}

TEST(the_text_of_parts_is_joined_by_blank_lines_and_skips_the_rest)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_part *parts = NULL;

	CHECK_STR_EQ(aip_parts_text(arena, parts), "");
	AIP_APPEND(&parts, aip_part_new(arena, AIP_IMAGE));
	CHECK_STR_EQ(aip_parts_text(arena, parts), "");
	AIP_APPEND(&parts, aip_part_new(arena, AIP_TEXT));
	parts->next->text = AIP_LIT(" one ");
	CHECK_STR_EQ(aip_parts_text(arena, parts), " one ");
	AIP_APPEND(&parts, aip_part_new(arena, AIP_TEXT));
	parts->next->next->text = AIP_LIT("two");
	CHECK_STR_EQ(aip_parts_text(arena, parts), " one \n\ntwo");
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(an_object_goes_on_byte_for_byte), CASE(nothing_is_an_empty_object_and_says_nothing),
        CASE(what_is_no_object_becomes_an_empty_one_with_a_warning),
        CASE(the_text_of_parts_is_joined_by_blank_lines_and_skips_the_rest))
