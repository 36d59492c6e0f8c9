/* Small values by key: bounded in number and bytes, forgotten oldest first. */
#include "call/memo.h"

#include "arena.h"

#include <stdio.h>

static void put(struct memo *memo, const char *key, const char *value, int64_t ttl_ms,
                int64_t now_ms)
{
	memo_put(memo, aip_str(key), aip_str(value), ttl_ms, now_ms);
}

static struct aip_str get(struct memo *memo, const char *key, int64_t now_ms)
{
	struct aip_str value = AIP_NONE;

	return memo_get(memo, arena, aip_str(key), now_ms, &value) ? value : AIP_NONE;
}

TEST(a_value_is_there_until_its_time_is_up)
{
	struct memo *memo = memo_create(4, 1000);

	put(memo, "a", "1", 10, 100);
	CHECK_STR_EQ(get(memo, "a", 109), "1");
	CHECK(!get(memo, "a", 110).at);
	CHECK(!get(memo, "b", 100).at);
	memo_destroy(memo);
}

TEST(a_new_value_replaces_the_old)
{
	struct memo *memo = memo_create(4, 1000);

	put(memo, "a", "1", 10, 0);
	put(memo, "a", "two", 10, 5);
	CHECK_STR_EQ(get(memo, "a", 14), "two");
	memo_destroy(memo);
}

TEST(the_oldest_goes_when_there_are_too_many)
{
	struct memo *memo = memo_create(3, 1000);

	put(memo, "a", "1", 100, 0);
	put(memo, "b", "2", 100, 0);
	put(memo, "c", "3", 100, 0);
	put(memo, "a", "again", 100, 0); /* is young again */
	put(memo, "d", "4", 100, 0);
	CHECK(!get(memo, "b", 1).at);
	CHECK_STR_EQ(get(memo, "a", 1), "again");
	CHECK_STR_EQ(get(memo, "d", 1), "4");
	memo_destroy(memo);
}

TEST(the_oldest_go_when_they_are_too_large_together)
{
	struct memo *memo = memo_create(100, 40);

	for (int i = 0; i < 8; i++) {
		char key[2] = {(char)('a' + i), 0};
		put(memo, key, "123456789", 100, 0); /* ten bytes each */
	}
	CHECK(!get(memo, "d", 1).at);
	CHECK_STR_EQ(get(memo, "e", 1), "123456789");
	put(memo, "x", "12345678901234567890123456789", 100, 0);
	CHECK(!get(memo, "g", 1).at);
	CHECK(get(memo, "h", 1).at && get(memo, "x", 1).at);
	memo_destroy(memo);
}

TEST(what_is_too_large_by_itself_is_not_kept)
{
	struct memo *memo = memo_create(4, 1 << 20);
	static char huge[MEMO_VALUE_MAX + 1];

	memo_put(memo, AIP_LIT("a"), aip_strn(huge, sizeof(huge)), 10, 0);
	CHECK(!get(memo, "a", 1).at);
	memo_put(memo, AIP_LIT("a"), aip_strn(huge, MEMO_VALUE_MAX), 10, 0);
	CHECK_INT_EQ(get(memo, "a", 1).len, MEMO_VALUE_MAX);
	memo_destroy(memo);
}

RUN_IN_ARENA(CASE(a_value_is_there_until_its_time_is_up), CASE(a_new_value_replaces_the_old),
             CASE(the_oldest_goes_when_there_are_too_many),
             CASE(the_oldest_go_when_they_are_too_large_together),
             CASE(what_is_too_large_by_itself_is_not_kept))
