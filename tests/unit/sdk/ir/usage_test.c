/* Figures of a stream merge as cumulative snapshots. */
#include "check.h"

#include <aiproxy/ir.h>

static struct aip_usage usage_of(int64_t in, int64_t out)
{
	struct aip_usage usage;

	aip_usage_init(&usage);
	usage.in_total = in;
	usage.out_total = out;
	return usage;
}

TEST(unknown_differs_from_zero)
{
	struct aip_usage usage = usage_of(-1, -1);

	CHECK(!aip_usage_known(&usage));
	usage.fetches = 0;
	CHECK(aip_usage_known(&usage));
}

TEST(the_input_side_keeps_the_larger_and_the_output_side_the_last_known)
{
	static const struct {
		int64_t in, out, later_in, later_out, want_in, want_out;
	} rows[] = {
		{20, 1, 0, 9, 20, 9}, /* a later snapshot without its input side */
		{20, 1, -1, 9, 20, 9},  {0, 0, 31, 4, 31, 4}, /* figures learned at the end */
		{20, 9, 20, -1, 20, 9}, {20, 9, 20, 7, 20, 7}, {-1, -1, -1, -1, -1, -1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_usage into = usage_of(rows[i].in, rows[i].out);
		struct aip_usage later = usage_of(rows[i].later_in, rows[i].later_out);
		aip_usage_merge(&into, &later);
		CHECK_INT_EQ(into.in_total, rows[i].want_in);
		CHECK_INT_EQ(into.out_total, rows[i].want_out);
	}
}

/* Each figure of the table takes part: a forgotten one would stay unknown. */
TEST(every_figure_is_merged)
{
	struct aip_usage into, later;

	aip_usage_init(&into);
#define ROW(name) later.name = 5;
	AIP_USAGE_TABLE(ROW)
#undef ROW
	aip_usage_merge(&into, &later);
#define ROW(name) CHECK_INT_EQ(into.name, 5);
	AIP_USAGE_TABLE(ROW)
#undef ROW
}

RUN_ALL(CASE(unknown_differs_from_zero),
        CASE(the_input_side_keeps_the_larger_and_the_output_side_the_last_known),
        CASE(every_figure_is_merged))
