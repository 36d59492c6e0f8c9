/* "Did you mean". */
#include "check.h"

#include "config/nearest.h"

static struct aip_str best(const char *word)
{
	static const char *const names[] = {"port", "host", "routing.strategy", "request-retry"};
	struct nearest near = nearest_to(aip_str(word));

	for (size_t i = 0; i < 4; i++)
		nearest_offer(&near, aip_str(names[i]));
	return near.best;
}

TEST(small_slips_find_the_name)
{
	CHECK_STR_EQ(best("prot"), "port");
	CHECK_STR_EQ(best("hosts"), "host");
	CHECK_STR_EQ(best("ost"), "host");
	CHECK_STR_EQ(best("routing.stratgey"), "routing.strategy");
	CHECK_STR_EQ(best("request_retry"), "request-retry");
}

TEST(what_is_far_finds_nothing)
{
	char word[200];

	CHECK(best("xyzzy").at == NULL);
	CHECK(best("").at == NULL);
	CHECK(best("po").at == NULL);
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	CHECK(best(word).at == NULL);
}

RUN_ALL(CASE(small_slips_find_the_name), CASE(what_is_far_finds_nothing))
