/* Text forms: base64, digests, percent encoding. */
#include "arena.h"

TEST(base64_of_the_rfc)
{
	CHECK_STR_EQ(aip_base64(arena, aip_str("")), "");
	CHECK_STR_EQ(aip_base64(arena, AIP_NONE), "");
	CHECK_STR_EQ(aip_base64(arena, aip_str("f")), "Zg==");
	CHECK_STR_EQ(aip_base64(arena, aip_str("fo")), "Zm8=");
	CHECK_STR_EQ(aip_base64(arena, aip_str("foo")), "Zm9v");
	CHECK_STR_EQ(aip_base64(arena, aip_str("foobar")), "Zm9vYmFy");
	CHECK_STR_EQ(aip_base64(arena, aip_str("\xfb\xff\xfe")), "+//+");
	CHECK_STR_EQ(aip_base64url(arena, aip_str("\xfb\xff\xfe")), "-__-");
	CHECK_STR_EQ(aip_base64url(arena, aip_str("f")), "Zg");
}

TEST(base64_there_and_back_for_each_length)
{
	char bytes[200];
	struct aip_str back;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 37 + 251);
	for (size_t len = 0; len < sizeof(bytes); len++) {
		struct aip_str in = aip_strn(bytes, len);
		CHECK(aip_base64_decode(arena, aip_base64(arena, in), &back));
		CHECK_BYTES_EQ(back, in);
		CHECK(aip_base64_decode(arena, aip_base64url(arena, in), &back));
		CHECK_BYTES_EQ(back, in);
		CHECK(aip_base64_standard(arena, aip_base64url(arena, in), &back));
		CHECK_BYTES_EQ(back, aip_base64(arena, in));
	}
}

TEST(base64_is_read_in_every_accepted_spelling)
{
	struct aip_str back;

	CHECK(aip_base64_decode(arena, aip_str(" Zm9v\r\nYg = =\n"), &back));
	CHECK_STR_EQ(back, "foob");
	CHECK(aip_base64_decode(arena, aip_str("Zm9vYg"), &back));
	CHECK_STR_EQ(back, "foob");
	CHECK(aip_base64_decode(arena, aip_str("-_-_"), &back));
	CHECK_STR_EQ(back, "\xfb\xff\xbf");
	CHECK(aip_base64_decode(arena, aip_str(""), &back));
	CHECK_STR_EQ(back, "");
}

TEST(base64_refuses_what_is_none)
{
	static const char *const wrong[] = {"Z",     "Zg=",  "Zg===", "Zg==Zg==", "=",    "====",
	                                    "Zm9v=", "Z*9v", "+/-_",  "Zm\xc3v",  "Zm8=a"};
	struct aip_str back = aip_str("untouched");

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		CHECK(!aip_base64_decode(arena, aip_str(wrong[i]), &back));
		CHECK(!aip_base64_standard(arena, aip_str(wrong[i]), &back));
	}
	CHECK(!aip_base64_decode(arena, aip_strn("Zm9\0", 4), &back));
	CHECK_STR_EQ(back, "untouched");
}

TEST(standard_base64_is_borrowed)
{
	struct aip_str in = aip_str("Zm9vYg=="), back;

	CHECK(aip_base64_standard(arena, in, &back));
	CHECK_PTR_EQ(back.at, in.at);
	CHECK(aip_base64_standard(arena, aip_str("-_8"), &back));
	CHECK_STR_EQ(back, "+/8=");
}

TEST(sha256_of_known_texts)
{
	CHECK_STR_EQ(aip_sha256_hex(arena, aip_str("abc")),
	             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK_STR_EQ(aip_sha256_hex(arena, AIP_NONE),
	             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(urls_keep_unreserved_bytes_and_those_asked_for)
{
	CHECK_STR_EQ(aip_url_encode(arena, aip_str("a-._~Z9"), NULL), "a-._~Z9");
	CHECK_STR_EQ(aip_url_encode(arena, aip_str("a b/c?\xc3\xa4"), NULL), "a%20b%2Fc%3F%C3%A4");
	CHECK_STR_EQ(aip_url_encode(arena, aip_str("models/x:go"), "/:"), "models/x:go");
	CHECK_STR_EQ(aip_url_encode(arena, aip_strn("a\0b", 3), "/"), "a%00b");
}

TEST(urls_are_decoded_and_broken_escapes_stay)
{
	CHECK_STR_EQ(aip_url_decode(arena, aip_str("a%20b%2fc%2F"), false), "a b/c/");
	CHECK_STR_EQ(aip_url_decode(arena, aip_str("a+b"), false), "a+b");
	CHECK_STR_EQ(aip_url_decode(arena, aip_str("a+b%2B"), true), "a b+");
	CHECK_STR_EQ(aip_url_decode(arena, aip_str("100%"), false), "100%");
	CHECK_STR_EQ(aip_url_decode(arena, aip_str("%4"), false), "%4");
	CHECK_STR_EQ(aip_url_decode(arena, aip_str("%zz%"), false), "%zz%");
	CHECK_STR_EQ(aip_url_decode(arena, AIP_NONE, true), "");
}

RUN_IN_ARENA(CASE(base64_of_the_rfc), CASE(base64_there_and_back_for_each_length),
             CASE(base64_is_read_in_every_accepted_spelling), CASE(base64_refuses_what_is_none),
             CASE(standard_base64_is_borrowed), CASE(sha256_of_known_texts),
             CASE(urls_keep_unreserved_bytes_and_those_asked_for),
             CASE(urls_are_decoded_and_broken_escapes_stay))
