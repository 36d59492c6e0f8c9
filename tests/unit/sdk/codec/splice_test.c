/* Where each dialect has the model's name in what is relayed. */
#include "arena.h"

#include <aiproxy/codec.h>

static struct aip_str renamed(enum aip_dialect dialect, const char *json)
{
	struct aip_buf out;

	aip_buf_init(&out, 1 << 16);
	if (!aip_codec_of(dialect)->splice_model(aip_str(json), AIP_LIT("mine"), &out))
		CHECK_INT_EQ(out.len, 0);
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return text;
}

TEST(a_name_at_the_top_is_replaced_and_all_else_stays)
{
	static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_COMPLETIONS, AIP_RESPONSES,
	                                            AIP_CLAUDE};

	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
		CHECK_STR_EQ(renamed(dialects[i], "{ \"a\":{\"model\":1}, \"model\" : \"m1\" }"),
		             "{ \"a\":{\"model\":1}, \"model\" : \"mine\" }");
}

TEST(an_event_has_the_name_inside)
{
	CHECK_STR_EQ(renamed(AIP_RESPONSES, "{\"model\":\"t\",\"response\":{\"model\":\"m1\"}}"),
	             "{\"model\":\"t\",\"response\":{\"model\":\"mine\"}}");
	CHECK_STR_EQ(renamed(AIP_CLAUDE, "{\"model\":\"t\",\"message\":{\"model\":\"m1\"}}"),
	             "{\"model\":\"t\",\"message\":{\"model\":\"mine\"}}");
	CHECK_STR_EQ(renamed(AIP_CHAT, "{\"model\":\"t\",\"response\":{\"model\":\"m1\"}}"),
	             "{\"model\":\"mine\",\"response\":{\"model\":\"m1\"}}");
}

TEST(a_member_of_the_name_that_holds_none_counts_for_nothing)
{
	static const char *const inside[] = {"7", "null", "{}", "{\"model\":7}", "[]"};

	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
		const struct aip_str body =
			aip_arena_printf(arena, "{\"response\":%s,\"model\":\"m1\"}", inside[i]);
		const struct aip_str want =
			aip_arena_printf(arena, "{\"response\":%s,\"model\":\"mine\"}", inside[i]);
		CHECK_BYTES_EQ(renamed(AIP_RESPONSES, body.at), want);
	}
}

TEST(where_there_is_no_name_nothing_is_written)
{
	static const char *const texts[] = {"", "{}", "[]", "{\"model\":7}", "{\"model\":\"m", "x"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		for (int d = 1; d < AIP_DIALECT_COUNT; d++)
			if (aip_codec_of((enum aip_dialect)d))
				CHECK_STR_EQ(renamed((enum aip_dialect)d, texts[i]), "");
	CHECK_STR_EQ(renamed(AIP_GEMINI, "{\"modelVersion\":\"m1\",\"model\":\"m1\"}"), "");
}

RUN_IN_ARENA(CASE(a_name_at_the_top_is_replaced_and_all_else_stays),
             CASE(an_event_has_the_name_inside),
             CASE(a_member_of_the_name_that_holds_none_counts_for_nothing),
             CASE(where_there_is_no_name_nothing_is_written))
