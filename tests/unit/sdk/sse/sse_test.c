/* Server-sent events: frames come out the same however the bytes were split. */
#include "check.h"

#include <aiproxy/sse.h>

#include <stdlib.h>

/* All frames of a stream, one a line: event|data|id, ~ where absent. */
static void put(struct aip_buf *seen, const struct aip_sse_frame *frame)
{
	const struct aip_str parts[] = {frame->event, frame->data, frame->id};

	for (size_t i = 0; i < 3; i++) {
		aip_buf_add(seen, parts[i].at ? parts[i] : aip_str("~"));
		aip_buf_add_byte(seen, i < 2 ? '|' : ';');
	}
}

/* Feeds one piece, from a copy that is gone when it is read. */
static enum aip_status feed(struct aip_sse *sse, struct aip_str piece, struct aip_buf *seen)
{
	char *copy = malloc(piece.len ? piece.len : 1);
	struct aip_str bytes = {copy, piece.len};
	struct aip_sse_frame frame;
	enum aip_status s;

	memcpy(copy, piece.at, piece.len);
	while ((s = aip_sse_next(sse, &bytes, &frame)) == AIP_OK && frame.data.at)
		put(seen, &frame);
	if (s == AIP_OK)
		CHECK_INT_EQ(bytes.len, 0);
	free(copy);
	return s;
}

static enum aip_status finish(struct aip_sse *sse, struct aip_buf *seen)
{
	struct aip_sse_frame frame;
	enum aip_status s = aip_sse_finish(sse, &frame);

	if (s == AIP_OK && frame.data.at)
		put(seen, &frame);
	return s;
}

/* Reads a stream in three pieces, split at `a` and `b`. */
static enum aip_status read_split(struct aip_str text, size_t a, size_t b, size_t max,
                                  struct aip_buf *seen)
{
	struct aip_sse sse;
	enum aip_status s;

	aip_buf_clear(seen);
	aip_sse_init(&sse, max);
	s = feed(&sse, aip_strn(text.at, a), seen);
	if (!s)
		s = feed(&sse, aip_strn(text.at + a, b - a), seen);
	if (!s)
		s = feed(&sse, aip_strn(text.at + b, text.len - b), seen);
	if (!s)
		s = finish(&sse, seen);
	aip_sse_fini(&sse);
	return s;
}

static void reads_n(struct aip_str text, const char *want)
{
	struct aip_buf seen;
	struct aip_sse sse;

	aip_buf_init(&seen, 1 << 16);
	for (size_t a = 0; a <= text.len; a++) {
		for (size_t b = a; b <= text.len; b++) {
			CHECK_INT_EQ(read_split(text, a, b, 4096, &seen), AIP_OK);
			CHECK_STR_EQ(aip_buf_str(&seen), want);
		}
	}
	aip_buf_clear(&seen);
	aip_sse_init(&sse, 4096);
	for (size_t i = 0; i < text.len; i++)
		CHECK_INT_EQ(feed(&sse, aip_strn(text.at + i, 1), &seen), AIP_OK);
	CHECK_INT_EQ(finish(&sse, &seen), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&seen), want);
	aip_sse_fini(&sse);
	aip_buf_fini(&seen);
}

static void reads(const char *text, const char *want)
{
	reads_n(aip_str(text), want);
}

TEST(frames_have_event_data_and_id)
{
	reads("event: a\ndata: {\"x\":1}\nid: 7\n\ndata: [DONE]\n\n", "a|{\"x\":1}|7;~|[DONE]|~;");
	reads("data:x\n\ndata:  y\n\n", "~|x|~;~| y|~;");
	reads("event:\ndata: x\n\n", "|x|~;");
}

TEST(lines_end_in_lf_crlf_and_cr)
{
	reads("event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", "a|1|~;~|2|~;");
	reads("event: a\rdata: 1\r\rdata: 2\r\r", "a|1|~;~|2|~;");
	reads("data: 1\r\r\ndata: 2\n\r\ndata: 3\r\n\rdata: 4\n\r", "~|1|~;~|2|~;~|3|~;~|4|~;");
}

TEST(lines_of_data_are_joined_by_lf)
{
	reads("data: a\nevent: e\ndata: b\nid: 1\ndata:\n\n", "e|a\nb\n|1;");
	reads("data\ndata\n\n", "~|\n|~;");
	reads("data: one\r\ndata: two\r\n\r\ndata: x\ndata: y\n\n", "~|one\ntwo|~;~|x\ny|~;");
}

TEST(data_may_be_empty)
{
	reads("data\n\n", "~||~;");
	reads("data:\n\n", "~||~;");
	reads("data: \n\n", "~||~;");
}

TEST(frames_without_data_are_skipped)
{
	reads(": keep-alive\n\n:\n\nevent: ping\n\ndata: x\n\n", "~|x|~;");
	reads("\n\n\r\n\r\rdata: x\n\n\n\n", "~|x|~;");
	reads("retry: 5\nnoise\ndatax: 1\n data: 2\n\n", "");
	reads("", "");
}

TEST(the_last_event_of_a_frame_counts_and_none_is_kept)
{
	reads("event: a\nevent: b\ndata: 1\n\ndata: 2\n\n", "b|1|~;~|2|~;");
}

TEST(an_id_with_a_nul_is_ignored)
{
	reads_n(aip_strn("id: a\0b\ndata: 1\n\n", 17), "~|1|~;");
}

TEST(a_byte_order_mark_is_skipped_at_the_start_only)
{
	reads("\xef\xbb\xbf"
	      "data: 1\n\n\xef\xbb\xbf"
	      "data: 2\n\ndata: 3\n\n",
	      "~|1|~;~|3|~;");
	reads("\xef\xbb\xbf\n\ndata: 1\n\n", "~|1|~;");
}

TEST(a_last_frame_may_lack_its_blank_line)
{
	reads("data: 1\n\ndata: 2\n", "~|1|~;~|2|~;");
	reads("data: 1\n\nevent: e\ndata: 2", "~|1|~;e|2|~;");
	reads("data: 2\r", "~|2|~;");
	reads("event: e\n", "");
}

TEST(a_frame_that_is_whole_is_not_copied)
{
	struct aip_str text = aip_str("event: a\ndata: 1\n\n"), bytes = text;
	struct aip_sse_frame frame;
	struct aip_sse sse;

	aip_sse_init(&sse, 100);
	CHECK_INT_EQ(aip_sse_next(&sse, &bytes, &frame), AIP_OK);
	CHECK_PTR_EQ(frame.data.at, text.at + 15);
	CHECK(sse.held.at == NULL);
	aip_sse_fini(&sse);
}

TEST(a_frame_beyond_its_ceiling_is_refused_for_ever)
{
	struct aip_str text = aip_str("data: 1\n\ndata: 1234567890\r\n\r\ndata: 3\n\n");
	struct aip_buf seen;

	aip_buf_init(&seen, 1000);
	for (size_t a = 0; a <= text.len; a++) {
		for (size_t b = a; b <= text.len; b++) {
			CHECK_INT_EQ(read_split(text, a, b, 17, &seen), AIP_TOO_LARGE);
			CHECK_STR_EQ(aip_buf_str(&seen), "~|1|~;");
			CHECK_INT_EQ(read_split(text, a, b, 18, &seen), AIP_OK);
		}
	}

	struct aip_sse_frame frame;
	struct aip_sse sse;
	aip_sse_init(&sse, 17);
	CHECK_INT_EQ(feed(&sse, text, &seen), AIP_TOO_LARGE);
	CHECK_INT_EQ(feed(&sse, aip_str("data: 1\n\n"), &seen), AIP_TOO_LARGE);
	CHECK_INT_EQ(aip_sse_finish(&sse, &frame), AIP_TOO_LARGE);
	aip_sse_fini(&sse);
	aip_buf_fini(&seen);
}

TEST(what_is_written_can_be_read)
{
	struct aip_buf out;

	aip_buf_init(&out, 1000);
	CHECK_INT_EQ(aip_sse_write(&out, aip_str("e"), aip_str("1")), AIP_OK);
	CHECK_INT_EQ(aip_sse_write(&out, AIP_NONE, aip_str("a\nb\r\nc\rd\n")), AIP_OK);
	CHECK_INT_EQ(aip_sse_write(&out, aip_str(""), AIP_NONE), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&out), "event: e\ndata: 1\n\ndata: a\ndata: b\ndata: c\ndata: d\n"
	                                "data: \n\ndata: \n\n");
	reads_n(aip_buf_str(&out), "e|1|~;~|a\nb\nc\nd\n|~;~||~;");
	aip_buf_fini(&out);
}

TEST(lines_that_cannot_be_joined_are_refused)
{
	struct aip_sse_frame frame;
	struct aip_sse sse;

	for (int ends = 0; ends < 2; ends++) {
		struct aip_str bytes =
			aip_str(ends ? "data: ab\ndata: cd\n\n" : "data: ab\ndata: cd");
		aip_sse_init(&sse, 100);
		sse.joined.ceiling = 3;
		enum aip_status s = aip_sse_next(&sse, &bytes, &frame);
		CHECK_INT_EQ(s ? s : aip_sse_finish(&sse, &frame), AIP_TOO_LARGE);
		bytes = aip_str("data: 1\n\n");
		CHECK_INT_EQ(aip_sse_next(&sse, &bytes, &frame), AIP_TOO_LARGE);
		aip_sse_fini(&sse);
	}
}

TEST(a_writer_refuses_what_would_forge_a_line)
{
	struct aip_buf out;

	aip_buf_init(&out, 20);
	CHECK_INT_EQ(aip_sse_write(&out, aip_str("a\nb"), aip_str("1")), AIP_GATEWAY_BUG);
	CHECK_INT_EQ(aip_sse_write(&out, aip_str("a\rb"), aip_str("1")), AIP_GATEWAY_BUG);
	CHECK_INT_EQ(out.len, 0);
	CHECK_INT_EQ(aip_sse_write(&out, aip_str("abcdef"), aip_str("0123456789")), AIP_TOO_LARGE);
	aip_buf_fini(&out);
}

RUN_ALL(CASE(frames_have_event_data_and_id), CASE(lines_end_in_lf_crlf_and_cr),
        CASE(lines_of_data_are_joined_by_lf), CASE(data_may_be_empty),
        CASE(frames_without_data_are_skipped),
        CASE(the_last_event_of_a_frame_counts_and_none_is_kept), CASE(an_id_with_a_nul_is_ignored),
        CASE(a_byte_order_mark_is_skipped_at_the_start_only),
        CASE(a_last_frame_may_lack_its_blank_line), CASE(a_frame_that_is_whole_is_not_copied),
        CASE(a_frame_beyond_its_ceiling_is_refused_for_ever),
        CASE(lines_that_cannot_be_joined_are_refused), CASE(what_is_written_can_be_read),
        CASE(a_writer_refuses_what_would_forge_a_line))
