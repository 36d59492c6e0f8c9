/* Client keys, wherever they are offered. */
#include "access/access.h"

#include "check.h"

static enum aip_status admit(const struct access_offer *offer, struct aip_error *error)
{
	static const struct aip_str keys[] = {{"sk-one", 6}, {"sk-two", 6}};
	struct aip_arena *arena = aip_arena_create();
	const struct principal *who = NULL;

	enum aip_status s = access_admit(access_new(arena, keys, 2), offer, &who, error);
	if (!s)
		CHECK(who != NULL);
	aip_arena_destroy(arena);
	return s;
}

TEST(a_key_counts_in_each_of_the_five_places)
{
	const struct aip_str key = AIP_LIT("sk-two");
	const struct access_offer offers[] = {
		{.authorization = AIP_LIT("Bearer sk-two")},
		{.authorization = AIP_LIT("bearer  sk-two ")},
		{.authorization = key},
		{.x_goog_api_key = key},
		{.x_api_key = key},
		{.query_key = key},
		{.query_token = key},
	};
	struct aip_error error;

	for (size_t i = 0; i < sizeof(offers) / sizeof(*offers); i++)
		CHECK_INT_EQ(admit(&offers[i], &error), AIP_OK);
}

TEST(the_first_that_fits_wins_whatever_stands_before_it)
{
	const struct access_offer offer = {.authorization = AIP_LIT("Bearer wrong"),
	                                   .query_key = AIP_LIT("sk-one")};
	struct aip_error error;

	CHECK_INT_EQ(admit(&offer, &error), AIP_OK);
}

TEST(missing_and_wrong_keys_are_told_apart)
{
	struct aip_error error;

	CHECK_INT_EQ(admit(&(struct access_offer){0}, &error), AIP_CLIENT_UNKNOWN);
	assert_string_equal(error.message, "Missing API key");
	CHECK_INT_EQ(admit(&(struct access_offer){.x_api_key = AIP_LIT("sk-on")}, &error),
	             AIP_CLIENT_UNKNOWN);
	assert_string_equal(error.message, "Invalid API key");
	CHECK_INT_EQ(admit(&(struct access_offer){.x_api_key = AIP_LIT("")}, &error),
	             AIP_CLIENT_UNKNOWN);
}

TEST(without_keys_everyone_may)
{
	struct aip_arena *arena = aip_arena_create();
	const struct access_offer offer = {.x_api_key = AIP_LIT("anything")};
	const struct principal *who;
	struct aip_error error;

	CHECK_INT_EQ(access_admit(access_new(arena, NULL, 0), &offer, &who, &error), AIP_OK);
	CHECK_PTR_EQ(who, NULL);
	aip_arena_destroy(arena);
}

TEST(query_parameters_are_found_and_decoded)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str query = AIP_LIT("monkey=1&key=a%2Bb+c&alt=sse");

	CHECK_STR_EQ(access_query(arena, query, "key"), "a+b c");
	CHECK_STR_EQ(access_query(arena, query, "alt"), "sse");
	CHECK_PTR_EQ(access_query(arena, query, "auth_token").at, NULL);
	CHECK_PTR_EQ(access_query(arena, AIP_NONE, "key").at, NULL);
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(a_key_counts_in_each_of_the_five_places),
        CASE(the_first_that_fits_wins_whatever_stands_before_it),
        CASE(missing_and_wrong_keys_are_told_apart), CASE(without_keys_everyone_may),
        CASE(query_parameters_are_found_and_decoded))
