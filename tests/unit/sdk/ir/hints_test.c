/* What the headers of an error say, and texts cut to fit. */
#include "check.h"

#include <aiproxy/rules.h>

TEST(a_wait_is_read_in_each_of_its_forms)
{
	static const struct {
		const char *name, *value;
		int64_t ms;
	} rows[] = {
		{"Retry-After", "7", 7000},
		{"retry-after", "0.5", 500},
		{"retry-after-ms", "1500", 1500},
		{"Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT", 30000}, /* now is 07:28:00 */
		{"Retry-After", "Wed, 21 Oct 2015 07:27:00 GMT", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "-3", 0},
		{"Retry-After", "1e300", 0},
		{"X-Other", "7", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_header header = {aip_str(rows[i].name), aip_str(rows[i].value)};
		CHECK_INT_EQ(aip_retry_after_ms(&header, 1, 1445412480), rows[i].ms);
	}
	CHECK_INT_EQ(aip_retry_after_ms(NULL, 0, 0), 0);
}

TEST(milliseconds_win_over_seconds)
{
	struct aip_header headers[] = {{AIP_LIT("retry-after"), AIP_LIT("9")},
	                               {AIP_LIT("retry-after-ms"), AIP_LIT("250")}};

	CHECK_INT_EQ(aip_retry_after_ms(headers, 2, 0), 250);
}

TEST(a_text_is_cut_between_characters)
{
	char into[6];

	aip_error_text(into, sizeof(into), AIP_LIT("abc"));
	CHECK_STR_EQ(aip_str(into), "abc");
	aip_error_text(into, sizeof(into), AIP_LIT("abcdefgh"));
	CHECK_STR_EQ(aip_str(into), "abcde");
	aip_error_text(into, sizeof(into), AIP_LIT("abcd\xc3\xa9"));
	CHECK_STR_EQ(aip_str(into), "abcd");
	aip_error_text(into, sizeof(into), AIP_NONE);
	CHECK_STR_EQ(aip_str(into), "");
}

RUN_ALL(CASE(a_wait_is_read_in_each_of_its_forms), CASE(milliseconds_win_over_seconds),
        CASE(a_text_is_cut_between_characters))
