/* Inline media: data URLs, bare base64, and what bytes are when nobody says. */
#include "check.h"

#include <aiproxy/rules.h>

TEST(a_data_url_gives_its_type_and_standard_base64)
{
	static const struct {
		const char *url, *mime, *data;
	} rows[] = {
		{"data:image/png;base64,iVBORw0KGgo=", "image/png", "iVBORw0KGgo="},
		{"data:image/png;name=a.png;charset=x;base64,QUJD", "image/png", "QUJD"},
		{"DATA:image/gif;BASE64,QUJD", "image/gif", "QUJD"},
		{"data:image/png;base64,_-8", "image/png", "/+8="}, /* URL alphabet, no padding */
		{"data:image/png;base64,QU\nJD\n", "image/png", "QUJD"}, /* white space */
		{"data:;base64,JVBERi0xLjc=", "application/pdf", "JVBERi0xLjc="},
		{"data:,A%20B", "application/octet-stream", "QSBC"}, /* no base64 */
		{"data:text/plain;charset=utf-8,h%C3%A9", "text/plain", "aMOp"},
		{"data:image/png;base64,", "image/png", ""},
	};
	struct aip_arena *arena = aip_arena_create();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_media media = {0};
		CHECK(aip_data_url(arena, aip_str(rows[i].url), &media));
		CHECK_INT_EQ(media.source, AIP_FROM_BASE64);
		CHECK_STR_EQ(media.mime, rows[i].mime);
		CHECK_STR_EQ(media.data, rows[i].data);
	}
	aip_arena_destroy(arena);
}

TEST(what_is_no_data_url_or_no_base64_is_refused)
{
	static const char *const urls[] = {"",
	                                   "data:",
	                                   "data:image/png;base64",
	                                   "https://x/y.png",
	                                   "data:image/png;base64,Q*JD",
	                                   "data:image/png;base64,A"};
	struct aip_arena *arena = aip_arena_create();
	struct aip_media media;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		CHECK(!aip_data_url(arena, aip_str(urls[i]), &media));
	aip_arena_destroy(arena);
}

TEST(bytes_say_what_they_are)
{
	static const struct {
		const char *base64, *mime;
	} rows[] = {
		{"iVBORw0KGgoAAAAN", "image/png"},     {"/9j/4AAQSkZJRg==", "image/jpeg"},
		{"R0lGODlhAQABAA==", "image/gif"},     {"UklGRiQAAABXRUJQVlA4", "image/webp"},
		{"UklGRiQAAABXQVZFZm10", "audio/wav"}, {"JVBERi0xLjQ=", "application/pdf"},
		{"SUQzBAAAAA==", "audio/mpeg"},        {"//uQZAAA", "audio/mpeg"},
		{"AAAA", "application/octet-stream"},  {"", "application/octet-stream"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR_EQ(aip_str(aip_sniff_base64(aip_str(rows[i].base64))), rows[i].mime);
}

TEST(bare_base64_is_told_by_the_files_name_then_by_its_bytes)
{
	static const struct {
		const char *name, *data, *mime;
	} rows[] = {
		{"a.csv", "YSxi", "text/csv"},
		{"A.PDF", "YSxi", "application/pdf"},
		{"noend", "JVBERi0xLjQ=", "application/pdf"},
		{NULL, "iVBORw0KGgo=", "image/png"},
		{NULL, "YSxi", "application/octet-stream"},
		{"a.txt", "data:text/csv;base64,YSxi", "text/csv"}, /* who says so wins */
	};
	struct aip_arena *arena = aip_arena_create();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_media media = {.filename = aip_str(rows[i].name)};
		CHECK(aip_file_data(arena, aip_str(rows[i].data), &media));
		CHECK_STR_EQ(media.mime, rows[i].mime);
		CHECK_INT_EQ(media.source, AIP_FROM_BASE64);
	}
	struct aip_media media = {0};
	CHECK(!aip_file_data(arena, AIP_LIT("no base64!"), &media));
	CHECK(!aip_file_data(arena, AIP_NONE, &media));
	aip_arena_destroy(arena);
}

TEST(a_data_url_is_made_again)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_media media = {.data = AIP_LIT("iVBORw0KGgo=")};

	CHECK_STR_EQ(aip_data_url_of(arena, &media), "data:image/png;base64,iVBORw0KGgo=");
	media.mime = AIP_LIT("image/x");
	CHECK_STR_EQ(aip_data_url_of(arena, &media), "data:image/x;base64,iVBORw0KGgo=");
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(a_data_url_gives_its_type_and_standard_base64),
        CASE(what_is_no_data_url_or_no_base64_is_refused), CASE(bytes_say_what_they_are),
        CASE(bare_base64_is_told_by_the_files_name_then_by_its_bytes),
        CASE(a_data_url_is_made_again))
