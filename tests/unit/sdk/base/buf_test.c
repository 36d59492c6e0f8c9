/* Bounded buffers: growth, ceiling, and a refusal that stays. */
#include "check.h"

TEST(nothing_is_held_before_the_first_byte)
{
	struct aip_buf buf;

	aip_buf_init(&buf, 10);
	CHECK(buf.at == NULL);
	CHECK_STR_EQ(aip_buf_str(&buf), "");
	CHECK_INT_EQ(aip_buf_add(&buf, aip_str("")), AIP_OK);
	CHECK(buf.at == NULL);
	aip_buf_consume(&buf, 3);
	aip_buf_clear(&buf);
	aip_buf_fini(&buf);
}

TEST(it_grows_to_its_ceiling_and_not_a_byte_further)
{
	struct aip_buf buf;

	aip_buf_init(&buf, 1000);
	for (int i = 0; i < 1000; i++) {
		CHECK_INT_EQ(aip_buf_add_byte(&buf, 'x'), AIP_OK);
		CHECK_INT_EQ(strlen(buf.at), i + 1);
	}
	CHECK(buf.cap <= buf.ceiling);
	CHECK_INT_EQ(aip_buf_add_byte(&buf, 'x'), AIP_TOO_LARGE);
	CHECK_INT_EQ(buf.len, 1000);
	aip_buf_fini(&buf);
}

TEST(a_refusal_stays_until_cleared)
{
	struct aip_buf buf;

	aip_buf_init(&buf, 4);
	CHECK_INT_EQ(aip_buf_add(&buf, aip_str("abc")), AIP_OK);
	CHECK_INT_EQ(aip_buf_add(&buf, aip_str("de")), AIP_TOO_LARGE);
	CHECK_INT_EQ(aip_buf_add(&buf, aip_str("d")), AIP_TOO_LARGE);
	CHECK_INT_EQ(aip_buf_addf(&buf, "%d", 1), AIP_TOO_LARGE);
	CHECK(aip_buf_reserve(&buf, 0) == NULL);
	CHECK_STR_EQ(aip_buf_str(&buf), "abc");
	aip_buf_clear(&buf);
	CHECK_INT_EQ(aip_buf_add(&buf, aip_str("defg")), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&buf), "defg");
	aip_buf_fini(&buf);
}

TEST(a_wish_beyond_all_memory_is_only_a_refusal)
{
	struct aip_buf buf;

	aip_buf_init(&buf, 100);
	CHECK_INT_EQ(aip_buf_add_byte(&buf, 'x'), AIP_OK);
	CHECK(aip_buf_reserve(&buf, SIZE_MAX) == NULL);
	CHECK_INT_EQ(buf.status, AIP_TOO_LARGE);
	aip_buf_fini(&buf);
}

TEST(reserved_room_is_terminated)
{
	struct aip_buf buf;

	aip_buf_init(&buf, 5000);
	memset(aip_buf_reserve(&buf, 5000), 'y', 5000);
	buf.len += 5000;
	CHECK_INT_EQ(strlen(buf.at), 5000);
	aip_buf_fini(&buf);
}

TEST(formatted_text_is_added_whole_or_not_at_all)
{
	struct aip_buf buf;

	aip_buf_init(&buf, 12);
	CHECK_INT_EQ(aip_buf_addf(&buf, "%s=%d;", "a", 1), AIP_OK);
	CHECK_INT_EQ(aip_buf_addf(&buf, "%s", "12345678"), AIP_OK);
	CHECK_INT_EQ(aip_buf_addf(&buf, "%s", "9"), AIP_TOO_LARGE);
	CHECK_STR_EQ(aip_buf_str(&buf), "a=1;12345678");
	aip_buf_fini(&buf);
}

TEST(consume_drops_from_the_front)
{
	struct aip_buf buf;

	aip_buf_init(&buf, 100);
	CHECK_INT_EQ(aip_buf_add(&buf, aip_str("abcdef")), AIP_OK);
	aip_buf_consume(&buf, 0);
	aip_buf_consume(&buf, 2);
	CHECK_STR_EQ(aip_str(buf.at), "cdef");
	aip_buf_consume(&buf, 99);
	CHECK_STR_EQ(aip_str(buf.at), "");
	CHECK_INT_EQ(buf.len, 0);
	aip_buf_fini(&buf);
}

TEST(a_refusal_goes_with_what_is_lent)
{
	struct aip_buf inner, outer;

	aip_buf_init(&inner, 4);
	aip_buf_init(&outer, 100);
	aip_buf_add(&inner, aip_str("abc"));
	CHECK_INT_EQ(aip_buf_add(&outer, aip_buf_lend(&inner, &outer)), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&outer), "abc");
	aip_buf_add(&inner, aip_str("de"));
	CHECK_INT_EQ(aip_buf_add(&outer, aip_buf_lend(&inner, &outer)), AIP_TOO_LARGE);
	CHECK_STR_EQ(aip_buf_str(&outer), "abc");
	aip_buf_clear(&inner);
	aip_buf_lend(&inner, &outer);
	CHECK_INT_EQ(outer.status, AIP_TOO_LARGE);
	aip_buf_fini(&inner);
	aip_buf_fini(&outer);
}

TEST(what_cannot_be_kept_is_refused_at_once)
{
	struct aip_buf kept, into;

	aip_buf_init(&kept, 4);
	aip_buf_init(&into, 100);
	aip_buf_keep(&kept, aip_str("abc"), &into);
	CHECK_INT_EQ(into.status, AIP_OK);
	CHECK_INT_EQ(into.len, 0);
	aip_buf_keep(&kept, aip_str("de"), &into);
	CHECK_INT_EQ(into.status, AIP_TOO_LARGE);
	aip_buf_fini(&kept);
	aip_buf_fini(&into);
}

TEST(what_is_taken_is_whole_or_nothing)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_buf buf;

	aip_buf_init(&buf, 4);
	aip_buf_add(&buf, aip_str("abc"));
	CHECK_STR_EQ(aip_arena_take(arena, &buf), "abc");
	CHECK(!buf.at);
	aip_buf_add(&buf, aip_str("abc"));
	aip_buf_add(&buf, aip_str("de"));
	CHECK(!aip_arena_take(arena, &buf).at);
	CHECK(!buf.at);
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(nothing_is_held_before_the_first_byte),
        CASE(it_grows_to_its_ceiling_and_not_a_byte_further), CASE(a_refusal_stays_until_cleared),
        CASE(a_wish_beyond_all_memory_is_only_a_refusal), CASE(reserved_room_is_terminated),
        CASE(formatted_text_is_added_whole_or_not_at_all), CASE(consume_drops_from_the_front),
        CASE(a_refusal_goes_with_what_is_lent), CASE(what_cannot_be_kept_is_refused_at_once),
        CASE(what_is_taken_is_whole_or_nothing))
