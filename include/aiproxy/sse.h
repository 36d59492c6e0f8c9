/* Server-sent events: bytes to frames, however they were split (WHATWG HTML, section 9.2). */
#ifndef AIPROXY_SSE_H
#define AIPROXY_SSE_H

#include <aiproxy/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct aip_sse_frame {
	struct aip_str event; /* "event:" field, AIP_NONE when there was none */
	struct aip_str data;  /* "data:" lines joined by LF; may be empty */
	struct aip_str id;
};

/* A reader of one stream; its fields are its own. Holds only what is incomplete: a frame that arrives
 * whole in one piece of input is handed out without a copy, unless its data has several lines. */
struct aip_sse {
	struct aip_buf held;   /* the incomplete frame */
	struct aip_buf joined; /* the data of a frame that has several lines of it */
	bool given;            /* the last frame may borrow from held */
	bool skip_lf;          /* the last input ended in CR: an LF now belongs to it */
	bool in_line;          /* the last input ended inside a line */
	bool started;          /* a byte order mark is skipped only before */
};

/* frame_max: bytes of one frame, its last blank line not counted, at least 1; 16 MiB and more is
 * usual, images travel inline. */
AIP_API void aip_sse_init(struct aip_sse *sse, size_t frame_max);
AIP_API void aip_sse_fini(struct aip_sse *sse);

/* Takes the next frame out of *bytes, advancing it:
 *
 *     while ((s = aip_sse_next(&sse, &bytes, &frame)) == AIP_OK && frame.data.at)
 *             …;
 *
 * AIP_OK with frame->data.at NULL: the input is used up, call again with more. Frames without data
 * lines (comments, lone events) are skipped, as the standard says. LF, CRLF and CR all end lines,
 * also when split. A frame borrows from *bytes or from the reader, until the next call.
 * The id, like the event, is that of this frame alone; one with a NUL in it is ignored, and so is
 * "retry:". AIP_TOO_LARGE: a frame exceeds frame_max; the stream cannot be read further, each later
 * call says so again. */
AIP_API aip_nodiscard enum aip_status aip_sse_next(struct aip_sse *sse, struct aip_str *bytes,
                                                   struct aip_sse_frame *ret);

/* The stream has ended: hands out a last frame that lacks its blank line, since several upstreams
 * close without one. data.at NULL when there is none. The frame borrows from the reader, until the
 * next call or _fini. */
AIP_API aip_nodiscard enum aip_status aip_sse_finish(struct aip_sse *sse, struct aip_sse_frame *ret);

/* Appends one frame: "event: …" when event has bytes, one "data: " line per line of data (LF, CRLF
 * and CR end lines, and a reader gets LF for each), a blank line. An event is one line: it must hold
 * neither LF nor CR, or AIP_GATEWAY_BUG and nothing is written. */
AIP_API enum aip_status aip_sse_write(struct aip_buf *out, struct aip_str event, struct aip_str data);

#ifdef __cplusplus
}
#endif
#endif
