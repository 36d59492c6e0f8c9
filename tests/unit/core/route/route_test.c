/* From a name to the credentials behind it. */
#include "route/route.h"

#include "check.h"

static struct aip_arena *arena;
static struct cred one = {.pub = {.id = {"one", 3}}, .provider_key = {"claude", 6}};
static struct cred two = {.place = 1, .pub = {.id = {"two", 3}}, .provider_key = {"claude", 6}};
static struct cred other = {.place = 2, .pub = {.id = {"other", 5}}, .provider_key = {"gemini", 6}};
static const struct aip_model old_model = {.created_s = 1}, new_model = {.created_s = 2};

static struct rest_table *rests;
static struct rest *rest_of_model[2]; /* old, new */

static struct route_offer offer(const char *id, struct cred *cred, const struct aip_model *info)
{
	return (struct route_offer){.id = aip_str(id),
	                            .target = {.cred = cred,
	                                       .model = aip_str(id),
	                                       .info = info,
	                                       .rest = rest_of_model[info == &new_model]}};
}

static struct router *small_router(void)
{
	const struct route_offer offers[] = {
		offer("sonnet", &two, &old_model),      offer("Sonnet", &one, &old_model),
		offer("sonnet", &other, &old_model),    offer("flash", &other, &new_model),
		offer("team/sonnet", &one, &old_model), offer("flash", &other, &new_model),
	};

	return router_new(arena, offers, sizeof(offers) / sizeof(*offers), POOL_ROUND_ROBIN);
}

static struct route_match found(const char *name)
{
	struct route_match match = {0};
	struct aip_error error;

	CHECK_INT_EQ(router_find(small_router(), aip_str(name), 0, &match, &error), AIP_OK);
	return match;
}

TEST(a_name_is_found_without_case_with_all_that_serve_it)
{
	struct route_match match = found("SONNET");

	CHECK_INT_EQ(match.route->pool.n_groups, 2);
	CHECK_INT_EQ(match.route->pool.groups[0].n_targets, 2);
	CHECK_STR_EQ(match.route->pool.groups[0].targets[0].cred->pub.id, "one");
	CHECK_STR_EQ(match.route->pool.groups[1].provider_key, "gemini");
}

TEST(the_same_offer_twice_counts_once)
{
	CHECK_INT_EQ(found("flash").route->pool.groups[0].n_targets, 1);
}

TEST(a_prefix_is_part_of_the_name)
{
	CHECK_INT_EQ(found("team/sonnet").route->pool.n_groups, 1);
}

TEST(a_thinking_suffix_is_split_off)
{
	struct route_match match = found("sonnet(high)");

	CHECK_STR_EQ(match.base, "sonnet");
	CHECK_INT_EQ(match.reasoning.mode, AIP_REASONING_LEVEL);
	CHECK_INT_EQ(match.reasoning.level, AIP_LEVEL_HIGH);
}

TEST(auto_is_the_newest)
{
	CHECK_STR_EQ(found("auto").route->id, "flash");
}

static void refused(struct rest *rest)
{
	struct rest_lease lease = rest_again(rest);

	rest_failed(rest, &lease, AIP_RATE_LIMITED, 1000, true, 0);
}

TEST(auto_takes_no_model_whose_credentials_all_rest)
{
	refused(rest_of_model[1]);
	CHECK_STR_EQ(found("auto").route->id, "Sonnet");
	CHECK_STR_EQ(found("auto(high)").route->id, "Sonnet");
	refused(rest_of_model[0]);
	CHECK_STR_EQ(found("auto").route->id, "flash"); /* which says when it will be back */
}

TEST(an_unknown_name_is_told_its_neighbours)
{
	struct route_match match;
	struct aip_error error = {0};

	CHECK_INT_EQ(router_find(small_router(), AIP_LIT("sonet"), 0, &match, &error),
	             AIP_MODEL_UNKNOWN);
	CHECK(strstr(error.message, "unknown provider for model sonet"));
	CHECK(strstr(error.message, "did you mean: Sonnet"));
	assert_string_equal(error.param, "model");
}

TEST(an_empty_router_knows_nothing)
{
	struct route_match match;
	struct aip_error error = {0};
	struct router *router = router_new(arena, NULL, 0, POOL_FILL_FIRST);

	CHECK_INT_EQ(router_find(router, AIP_LIT("auto"), 0, &match, &error), AIP_MODEL_UNKNOWN);
	CHECK_INT_EQ(router_count(router), 0);
}

static int set_up(void **state)
{
	arena = aip_arena_create();
	rests = rest_table_create();
	rest_of_model[0] = rest_table_get(rests, AIP_LIT("old"));
	rest_of_model[1] = rest_table_get(rests, AIP_LIT("new"));
	one.rest = two.rest = other.rest = rest_table_get(rests, AIP_LIT("cred"));
	return 0;
}

static int tear_down(void **state)
{
	rest_unref(rest_of_model[0]);
	rest_unref(rest_of_model[1]);
	rest_unref(one.rest);
	rest_table_destroy(rests);
	aip_arena_destroy(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_name_is_found_without_case_with_all_that_serve_it),
		CASE(the_same_offer_twice_counts_once),
		CASE(a_prefix_is_part_of_the_name),
		CASE(a_thinking_suffix_is_split_off),
		CASE(auto_is_the_newest),
		CASE(auto_takes_no_model_whose_credentials_all_rest),
		CASE(an_unknown_name_is_told_its_neighbours),
		CASE(an_empty_router_knows_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
