/* Secrets: hints show little, keys are random, copies are wiped. */
#include "check.h"

#include "base/secret.h"

TEST(a_hint_shows_less_of_shorter_secrets)
{
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("sk-abcdefghijklmnopqrstuvwxyz"))),
	             "sk-a...wxyz(29)");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("0123456789abcdef"))), "0123...cdef(16)");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("0123456789abcde"))), "01...de(15)");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("12345678"))), "12...78(8)");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("1234567"))), "1...7(7)");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("1234"))), "1...4(4)");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("123"))), "***");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT(""))), "-");
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_NONE)), "-");
}

TEST(a_hint_cannot_break_a_log_line)
{
	CHECK_STR_EQ(aip_str(SECRET_HINT(AIP_LIT("a\n b01234567=\"x\\"))), "a??b...?"
	                                                                   "?x?(16)");
}

TEST(random_keys_use_the_whole_alphabet_and_differ)
{
	unsigned seen[128] = {0};
	char key[SECRET_KEY_CHARS + 1], last[SECRET_KEY_CHARS + 1] = "";

	for (int i = 0; i < 500; i++) {
		secret_random_base62(key, SECRET_KEY_CHARS);
		CHECK_INT_EQ(strlen(key), SECRET_KEY_CHARS);
		CHECK(strcmp(key, last) != 0);
		memcpy(last, key, sizeof(key));
		for (int k = 0; k < SECRET_KEY_CHARS; k++)
			seen[(unsigned char)key[k]]++;
	}
	unsigned letters = 0;
	for (int c = 0; c < 128; c++)
		letters += seen[c] > 200 && seen[c] < 450; /* 20000 / 62 = 322 */
	CHECK_INT_EQ(letters, 62);
}

TEST(wiping_leaves_zeroes)
{
	char secret[16] = "hunter2";

	secret_wipe(secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret); i++)
		CHECK_INT_EQ(secret[i], 0);
	secret_wipe(NULL, 4);
	secret_free(NULL, 4);
}

/* Registered before the copy, so run after its wiping, while the memory is still the arena's. */
static void look(void *arg)
{
	struct aip_str *copy = arg;

	for (size_t i = 0; i < copy->len; i++)
		CHECK_INT_EQ(copy->at[i], 0);
	copy->len = 0;
}

TEST(a_copy_in_an_arena_is_wiped_when_the_arena_ends)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str copy = AIP_NONE;

	aip_arena_at_end(arena, look, &copy);
	copy = secret_new(arena, AIP_LIT("top\0secret"));
	CHECK_BYTES_EQ(copy, AIP_LIT("top\0secret"));
	CHECK(secret_new(arena, AIP_NONE).at == NULL);
	CHECK(secret_new(arena, AIP_LIT("")).at != NULL);
	aip_arena_destroy(arena);
	CHECK_INT_EQ(copy.len, 0);
}

RUN_ALL(CASE(a_hint_shows_less_of_shorter_secrets), CASE(a_hint_cannot_break_a_log_line),
        CASE(random_keys_use_the_whole_alphabet_and_differ), CASE(wiping_leaves_zeroes),
        CASE(a_copy_in_an_arena_is_wiped_when_the_arena_ends))
