/* Borrowed bytes: comparing, finding, matching, numbers. */
#include "check.h"

#include <time.h>

static bool glob(const char *pattern, const char *s)
{
	return aip_str_glob(aip_str(pattern), aip_str(s));
}

TEST(absent_differs_from_empty_by_its_pointer_alone)
{
	CHECK(AIP_NONE.at == NULL);
	CHECK(aip_str("").at != NULL);
	CHECK(aip_str(NULL).at == NULL);
	CHECK(aip_str_eq(AIP_NONE, aip_str("")));
	CHECK(!aip_str_eq(aip_str("a"), aip_str("b")));
	CHECK(aip_str_is(aip_strn("abc", 2), "ab"));
	CHECK(aip_str_starts(aip_str("abc"), aip_str("ab")));
	CHECK(!aip_str_starts(aip_str("a"), aip_str("ab")));
	CHECK(aip_str_ends(aip_str("abc"), aip_str("bc")));
	CHECK(!aip_str_ends(aip_str("abc"), aip_str("ab")));
}

TEST(case_is_ignored_for_ascii_letters_only)
{
	CHECK(aip_str_eq_nocase(aip_str("Content-Type"), aip_str("cONTENT-tYPE")));
	CHECK(!aip_str_eq_nocase(aip_str("a"), aip_str("ab")));
	CHECK(!aip_str_eq_nocase(aip_str("["), aip_str("{")));
	CHECK(!aip_str_eq_nocase(aip_str("\xc3\x84"), aip_str("\xc3\xa4")));
}

TEST(white_space_of_any_kind_is_blank)
{
	CHECK(aip_str_is_blank(AIP_NONE));
	CHECK(aip_str_is_blank(aip_str("")));
	CHECK(aip_str_is_blank(aip_str(" \t\r\n\v\f\x1c\x1f")));
	CHECK(aip_str_is_blank(
		aip_str("\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\xc2\x85")));
	CHECK(!aip_str_is_blank(aip_str(" a ")));
	CHECK(!aip_str_is_blank(aip_str("\u200b")));
	CHECK(!aip_str_is_blank(aip_str("\x01")));
	CHECK(!aip_str_is_blank(aip_strn("\xe2\x80", 2)));
	CHECK(!aip_str_is_blank(aip_strn("\0", 1)));
}

TEST(trim_takes_blanks_from_both_ends)
{
	CHECK_STR_EQ(aip_str_trim(aip_str(" \t\r\na b\n ")), "a b");
	CHECK_STR_EQ(aip_str_trim(aip_str("   ")), "");
	CHECK_INT_EQ(aip_str_trim(AIP_NONE).len, 0);
}

TEST(find_gives_the_first_place)
{
	CHECK_INT_EQ(aip_str_find(aip_str("abcabc"), aip_str("ca")), 2);
	CHECK_INT_EQ(aip_str_find(aip_str("abc"), aip_str("")), 0);
	CHECK_INT_EQ(aip_str_find(aip_str("abc"), aip_str("abcd")), -1);
	CHECK_INT_EQ(aip_str_find(AIP_NONE, aip_str("a")), -1);
}

TEST(glob_knows_star_question_mark_and_class)
{
	CHECK(glob("", ""));
	CHECK(!glob("", "a"));
	CHECK(glob("*", ""));
	CHECK(glob("gpt-*", "gpt-5/mini"));
	CHECK(glob("*-mini", "GPT-5-MINI"));
	CHECK(glob("*flash*", "gemini-2.5-flash-lite"));
	CHECK(!glob("gpt-?", "gpt-"));
	CHECK(glob("gpt-?", "gpt-5"));
	CHECK(glob("gpt-[3-5]", "gpt-4"));
	CHECK(!glob("gpt-[3-5]", "gpt-6"));
	CHECK(glob("[A-C]x", "bX"));
	CHECK(glob("[!0-9]", "a"));
	CHECK(!glob("[!0-9]", "7"));
	CHECK(glob("a*b*c", "a-b-b-c"));
	CHECK(!glob("a*b*c", "a-b-b-"));
}

TEST(glob_takes_odd_brackets_at_their_word)
{
	CHECK(glob("a[b", "a[b"));
	CHECK(!glob("a[b", "ab"));
	CHECK(glob("[]]", "]"));
	CHECK(glob("[!]]", "a"));
	CHECK(!glob("[!]]", "]"));
	CHECK(glob("[a-]", "-"));
	CHECK(glob("[!", "[!"));
}

TEST(glob_does_not_explode)
{
	char text[4097];
	struct timespec before, after;

	memset(text, 'a', 4096);
	text[4096] = 0;
	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK(!glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK(after.tv_sec - before.tv_sec < 5);
}

TEST(integers_are_whole_and_fit)
{
	int64_t n = 42;

	CHECK(aip_str_int(aip_str("0"), &n) && n == 0);
	CHECK(aip_str_int(aip_str("-17"), &n) && n == -17);
	CHECK(aip_str_int(aip_str("+17"), &n) && n == 17);
	CHECK(aip_str_int(aip_str("9223372036854775807"), &n) && n == INT64_MAX);
	CHECK(aip_str_int(aip_str("-9223372036854775808"), &n) && n == INT64_MIN);
	n = 42;
	CHECK(!aip_str_int(aip_str("9223372036854775808"), &n));
	CHECK(!aip_str_int(aip_str("-9223372036854775809"), &n));
	CHECK(!aip_str_int(aip_str("99999999999999999999999"), &n));
	CHECK(!aip_str_int(aip_str(""), &n));
	CHECK(!aip_str_int(AIP_NONE, &n));
	CHECK(!aip_str_int(aip_str("-"), &n));
	CHECK(!aip_str_int(aip_str("1 "), &n));
	CHECK(!aip_str_int(aip_str("1.0"), &n));
	CHECK_INT_EQ(n, 42);
}

TEST(doubles_are_spelled_as_json_spells_them)
{
	static const char *const wrong[] = {"",    "-",   "01",  "1.",  ".5",  "+1",    "1e",
	                                    "1e+", "0x1", "inf", "nan", "1,5", "1e999", " 1"};
	double d = 7;

	CHECK(aip_str_double(aip_str("0.5"), &d) && d == 0.5);
	CHECK(aip_str_double(aip_str("-12.5e-1"), &d) && d == -1.25);
	CHECK(aip_str_double(aip_str("1E3"), &d) && d == 1000);
	CHECK(aip_str_double(aip_strn("12345", 2), &d) && d == 12);
	CHECK(aip_str_double(
		      aip_str("0.000000000000000000000000000000000000000000000000000000000000"
	                      "000000000000000000001e81"),
		      &d) &&
	      d == 1);
	d = 7;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(!aip_str_double(aip_str(wrong[i]), &d));
	CHECK(d == 7);
}

TEST(secrets_compare_by_length_and_bytes)
{
	CHECK(aip_str_eq_secret(aip_str("sk-1"), aip_str("sk-1")));
	CHECK(!aip_str_eq_secret(aip_str("sk-1"), aip_str("sk-2")));
	CHECK(!aip_str_eq_secret(aip_str("sk-1"), aip_str("sk-11")));
	CHECK(aip_str_eq_secret(AIP_NONE, aip_str("")));
}

TEST(utf8_refuses_overlong_forms_surrogates_and_stumps)
{
	static const char *const right[] = {"",
	                                    "plain text of more than sixteen bytes",
	                                    "\xc3\xa4",
	                                    "\xe2\x82\xac",
	                                    "\xf0\x9f\x98\x80",
	                                    "\xf4\x8f\xbf\xbf",
	                                    "\xee\x80\x80",
	                                    "\xed\x9f\xbf"};
	static const char *const wrong[] = {"\x80",
	                                    "\xc0\xaf",
	                                    "\xc1\xbf",
	                                    "\xe0\x9f\xbf",
	                                    "\xed\xa0\x80",
	                                    "\xed\xbf\xbf",
	                                    "\xf0\x8f\xbf\xbf",
	                                    "\xf4\x90\x80\x80",
	                                    "\xf5\x80\x80\x80",
	                                    "\xff",
	                                    "\xc3",
	                                    "\xe2\x82",
	                                    "\xf0\x9f\x98",
	                                    "\xc3(",
	                                    "\xe2(\x82"};
	char text[64];

	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
		CHECK(aip_str_is_utf8(aip_str(right[i])));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(!aip_str_is_utf8(aip_str(wrong[i])));
	/* at each place of the sixteen-byte stride */
	for (size_t lead = 0; lead < 40; lead++) {
		memset(text, 'a', sizeof(text));
		memcpy(text + lead, "\xe2\x82\xac", 3);
		CHECK(aip_str_is_utf8(aip_strn(text, lead + 3)));
		CHECK(!aip_str_is_utf8(aip_strn(text, lead + 2)));
		CHECK(aip_str_is_utf8(aip_strn(text, sizeof(text))));
		text[lead + 1] = 'a';
		CHECK(!aip_str_is_utf8(aip_strn(text, sizeof(text))));
	}
	CHECK(aip_str_is_utf8(AIP_NONE));
}

RUN_ALL(CASE(absent_differs_from_empty_by_its_pointer_alone),
        CASE(case_is_ignored_for_ascii_letters_only), CASE(white_space_of_any_kind_is_blank),
        CASE(trim_takes_blanks_from_both_ends), CASE(find_gives_the_first_place),
        CASE(glob_knows_star_question_mark_and_class), CASE(glob_takes_odd_brackets_at_their_word),
        CASE(glob_does_not_explode), CASE(integers_are_whole_and_fit),
        CASE(doubles_are_spelled_as_json_spells_them), CASE(secrets_compare_by_length_and_bytes),
        CASE(utf8_refuses_overlong_forms_surrogates_and_stumps))
