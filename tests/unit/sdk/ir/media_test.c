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

static struct aip_part remote(enum aip_part_kind kind, struct aip_media *media, const char *url)
{
	*media = (struct aip_media){.source = AIP_FROM_URL, .data = aip_str(url)};
	return (struct aip_part){.kind = kind, .media = media};
}

TEST(who_opens_no_url_needs_the_bytes)
{
	static const struct {
		enum aip_dialect upstream;
		enum aip_tri opens, audio;
		enum aip_part_kind kind;
		const char *url;
		bool needs;
	} rows[] = {
		{AIP_GEMINI, AIP_NO, AIP_UNSET, AIP_IMAGE, "https://x.example/a.png", true},
		{AIP_GEMINI, AIP_NO, AIP_UNSET, AIP_DOCUMENT, "https://x.example/a.pdf", true},
		{AIP_GEMINI, AIP_UNSET, AIP_UNSET, AIP_IMAGE, "https://x.example/a.png", false},
		{AIP_GEMINI, AIP_NO, AIP_UNSET, AIP_IMAGE, "gs://bucket/a.png", false},
		{AIP_GEMINI, AIP_NO, AIP_UNSET, AIP_VIDEO, "https://youtu.be/a", false},
		{AIP_CHAT, AIP_UNSET, AIP_UNSET, AIP_IMAGE, "https://x.example/a.png", false},
		{AIP_CHAT, AIP_UNSET, AIP_UNSET, AIP_DOCUMENT, "https://x.example/a.pdf", true},
		{AIP_CHAT, AIP_UNSET, AIP_UNSET, AIP_AUDIO, "https://x.example/a.wav", true},
		{AIP_RESPONSES, AIP_UNSET, AIP_YES, AIP_AUDIO, "https://x.example/a.wav", true},
		{AIP_RESPONSES, AIP_UNSET, AIP_UNSET, AIP_AUDIO, "https://x.example/a.wav", false},
		{AIP_RESPONSES, AIP_UNSET, AIP_UNSET, AIP_DOCUMENT, "https://x.example/a.pdf",
	         false},
		{AIP_CLAUDE, AIP_NO, AIP_UNSET, AIP_IMAGE, "https://x.example/a.png", false},
		{AIP_DIALECT_NONE, AIP_NO, AIP_UNSET, AIP_IMAGE, "https://x.example/a.png", false},
	};
	struct aip_media media;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct aip_caps caps = {.http_file_uri = rows[i].opens,
		                              .audio = rows[i].audio};
		const struct aip_part part = remote(rows[i].kind, &media, rows[i].url);
		if (aip_media_needs_bytes(rows[i].upstream, &caps, &part) != rows[i].needs)
			fail_msg("row %zu", i);
		media.source = AIP_FROM_BASE64;
		CHECK(!aip_media_needs_bytes(rows[i].upstream, &caps, &part));
	}
}

TEST(what_all_may_open_is_remote)
{
	static const struct {
		const char *url;
		bool is_remote;
	} rows[] = {
		{"https://x.example/a", true},
		{"HTTP://x.example/a", true},
		{"gs://bucket/a", false},
		{"ftp://x.example/a", false},
		{"file:///etc/passwd", false},
		{"https://youtu.be/a", false},
		{"", false},
		{"https://generativelanguage.googleapis.com/v1beta/files/a", false},
	};
	struct aip_media media;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		remote(AIP_IMAGE, &media, rows[i].url);
		CHECK_INT_EQ(aip_media_is_remote(&media), rows[i].is_remote);
	}
}

TEST(what_was_fetched_is_of_the_parts_kind)
{
	static const char png[] = "iVBORw0KGgoAAAAN", pdf[] = "JVBERi0xLjQ=", text[] = "YSxi";
	static const struct {
		enum aip_part_kind kind;
		const char *url, *said, *base64, *type; /* NULL: refused */
	} rows[] = {
		{AIP_IMAGE, "http://x/a", "image/png", png, "image/png"},
		{AIP_IMAGE, "http://x/a", "image/jpeg; q=1", png, "image/png"}, /* the bytes know */
		{AIP_IMAGE, "http://x/a", NULL, png, "image/png"},
		{AIP_IMAGE, "http://x/a", "application/octet-stream", png, "image/png"},
		{AIP_IMAGE, "http://x/a", "Image/HEIC", text, "Image/HEIC"},
		{AIP_IMAGE, "http://x/a.heic?x", NULL, text, "image/heic"},
		{AIP_IMAGE, "http://x/a.png", NULL, text, NULL}, /* it would show */
		{AIP_IMAGE, "http://x/a.png", "image/png", text, NULL},
		{AIP_IMAGE, "http://x/a.png", "text/html", png, NULL},
		{AIP_IMAGE, "http://x/a.png", "image/png", pdf, NULL},
		{AIP_IMAGE, "http://x/a", NULL, text, NULL},
		{AIP_DOCUMENT, "http://x/a", "application/pdf", pdf, "application/pdf"},
		{AIP_DOCUMENT, "http://x/a", "text/csv; charset=utf-8", text, "text/csv"},
		{AIP_DOCUMENT, "http://x/a.csv", "binary/octet-stream", text, "text/csv"},
		{AIP_DOCUMENT, "http://x/a", "application/pdf", png, NULL},
		{AIP_DOCUMENT, "http://x/a", NULL, text, NULL},
		{AIP_AUDIO, "http://x/a", "audio/mpeg", text, "audio/mpeg"},
		{AIP_AUDIO, "http://x/a", "video/mp4", text, NULL},
		{AIP_VIDEO, "http://x/a", "video/mp4", text, "video/mp4"},
	};
	struct aip_media media;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct aip_part part = remote(rows[i].kind, &media, rows[i].url);
		struct aip_str type = aip_media_fetched_type(&part, aip_str(rows[i].said),
		                                             aip_str(rows[i].base64));
		if (!aip_str_eq(type, aip_str(rows[i].type)))
			fail_msg("row %zu: %.*s", i, AIP_FMT(type));
	}
}

RUN_ALL(CASE(a_data_url_gives_its_type_and_standard_base64),
        CASE(what_is_no_data_url_or_no_base64_is_refused), CASE(bytes_say_what_they_are),
        CASE(bare_base64_is_told_by_the_files_name_then_by_its_bytes),
        CASE(a_data_url_is_made_again), CASE(who_opens_no_url_needs_the_bytes),
        CASE(what_all_may_open_is_remote), CASE(what_was_fetched_is_of_the_parts_kind))
