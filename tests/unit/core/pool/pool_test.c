/* The choice among credentials. */
#include "pool/pool.h"

#include "check.h"

#define N 3

struct fixture {
	struct aip_arena *arena;
	struct rest_table *table;
	struct cred creds[N];
	struct target targets[N];
	struct pool_group group;
	struct pool pool;
};

static struct fixture *pool_of(size_t n, enum pool_strategy strategy)
{
	static const char *const ids[N] = {"a", "b", "c"};
	static const char *const models[N] = {"a-m", "b-m", "c-m"};
	struct fixture *f = test_calloc(1, sizeof(*f));

	f->arena = aip_arena_create();
	f->table = rest_table_create();
	for (size_t i = 0; i < n; i++) {
		f->creds[i].pub.id = aip_str(ids[i]);
		f->creds[i].cooling = true;
		f->creds[i].rest = rest_table_get(f->table, aip_str(ids[i]));
		f->targets[i] =
			(struct target){.cred = &f->creds[i],
		                        .model = AIP_LIT("m"),
		                        .rest = rest_table_get(f->table, aip_str(models[i]))};
	}
	f->group.targets = f->targets;
	f->group.n_targets = n;
	f->pool.groups = &f->group;
	f->pool.n_groups = 1;
	f->pool.strategy = strategy;
	return f;
}

static void end(struct fixture *f)
{
	for (size_t i = 0; i < f->group.n_targets; i++) {
		rest_unref(f->creds[i].rest);
		rest_unref(f->targets[i].rest);
	}
	rest_table_destroy(f->table);
	aip_arena_destroy(f->arena);
	test_free(f);
}

static const char *picked(struct fixture *f, int64_t now_ms)
{
	struct pool_tried tried = {.arena = f->arena};
	struct pool_lease lease;
	struct aip_error error;

	return pool_pick(&f->pool, &tried, now_ms, &lease, &error) ? "none"
	                                                           : lease.target->cred->pub.id.at;
}

/* As an attempt does that began just before. */
static void failed(const struct target *target, const struct aip_error *error)
{
	struct pool_lease lease = {.target = target};

	pool_again(&lease);
	pool_failed(&lease, error, 0);
}

TEST(round_robin_goes_round)
{
	struct fixture *f = pool_of(3, POOL_ROUND_ROBIN);

	assert_string_equal(picked(f, 0), "a");
	assert_string_equal(picked(f, 0), "b");
	assert_string_equal(picked(f, 0), "c");
	assert_string_equal(picked(f, 0), "a");
	end(f);
}

TEST(fill_first_stays_with_the_first)
{
	struct fixture *f = pool_of(2, POOL_FILL_FIRST);

	assert_string_equal(picked(f, 0), "a");
	assert_string_equal(picked(f, 0), "a");
	failed(&f->targets[0], &(struct aip_error){.status = AIP_UNAVAILABLE});
	assert_string_equal(picked(f, 0), "b");
	end(f);
}

TEST(pick_skips_a_cooling_credential_until_its_time)
{
	struct fixture *f = pool_of(2, POOL_FILL_FIRST);

	failed(&f->targets[0],
	       &(struct aip_error){.status = AIP_RATE_LIMITED, .retry_after_ms = 1000});
	assert_string_equal(picked(f, 999), "b");
	assert_string_equal(picked(f, 1000), "a");
	end(f);
}

TEST(a_fault_of_the_credential_covers_its_other_models)
{
	struct fixture *f = pool_of(1, POOL_FILL_FIRST);
	struct rest *other = rest_table_get(f->table, AIP_LIT("other model"));
	struct target second = {.cred = &f->creds[0], .model = AIP_LIT("n"), .rest = other};

	failed(&second,
	       &(struct aip_error){.status = AIP_CRED_REJECTED, .scope = AIP_SCOPE_CREDENTIAL});
	assert_string_equal(picked(f, 0), "none");
	rest_unref(other);
	end(f);
}

TEST(higher_priority_is_used_while_it_can)
{
	struct fixture *f = pool_of(3, POOL_ROUND_ROBIN);

	f->creds[0].priority = 5;
	assert_string_equal(picked(f, 0), "a");
	assert_string_equal(picked(f, 0), "a");
	failed(&f->targets[0], &(struct aip_error){.status = AIP_UNAVAILABLE});
	CHECK(strcmp(picked(f, 0), "a") != 0);
	end(f);
}

TEST(each_is_tried_once_a_round)
{
	struct fixture *f = pool_of(3, POOL_ROUND_ROBIN);
	struct pool_tried tried = {.arena = f->arena};
	struct pool_lease seen[N], lease;
	struct aip_error error = {0};

	for (size_t i = 0; i < N; i++)
		CHECK_INT_EQ(pool_pick(&f->pool, &tried, 0, &seen[i], &error), AIP_OK);
	CHECK(seen[0].target != seen[1].target && seen[1].target != seen[2].target &&
	      seen[0].target != seen[2].target);
	CHECK_INT_EQ(pool_pick(&f->pool, &tried, 0, &lease, &error), AIP_NO_CREDENTIAL);
	CHECK(strstr(error.message, "b was tried"));
	end(f);
}

TEST(a_refusal_says_who_rests_why_and_until_when)
{
	struct fixture *f = pool_of(2, POOL_ROUND_ROBIN);
	struct pool_tried tried = {.arena = f->arena};
	struct pool_lease lease;
	struct aip_error error = {0};

	failed(&f->targets[0],
	       &(struct aip_error){.status = AIP_RATE_LIMITED, .retry_after_ms = 9000});
	failed(&f->targets[1],
	       &(struct aip_error){.status = AIP_QUOTA_EXHAUSTED, .retry_after_ms = 4000});
	CHECK_INT_EQ(pool_pick(&f->pool, &tried, 1000, &lease, &error), AIP_CRED_COOLING);
	CHECK_INT_EQ(error.retry_after_ms, 3000);
	CHECK(strstr(error.message, "a RATE_LIMITED; b QUOTA_EXHAUSTED"));
	end(f);
}

RUN_ALL(CASE(round_robin_goes_round), CASE(fill_first_stays_with_the_first),
        CASE(pick_skips_a_cooling_credential_until_its_time),
        CASE(a_fault_of_the_credential_covers_its_other_models),
        CASE(higher_priority_is_used_while_it_can), CASE(each_is_tried_once_a_round),
        CASE(a_refusal_says_who_rests_why_and_until_when))
