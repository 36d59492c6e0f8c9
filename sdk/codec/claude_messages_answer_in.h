/* What reading an answer and reading its stream have in common: blocks that open, are filled, and
 * stop. */
#ifndef SDK_CODEC_CLAUDE_MESSAGES_ANSWER_IN_H
#define SDK_CODEC_CLAUDE_MESSAGES_ANSWER_IN_H

#include "claude_messages.h"
#include "codecs.h"

#define CLAUDE_OPEN_MAX 16 /* blocks open together; the API itself opens one at a time */

/* An open block of the stream. */
struct claude_open {
	bool used;
	int64_t index; /* the wire's own */
	uint32_t number;
	enum aip_part_kind kind;
	bool unwraps;         /* a custom tool's free text, in {"input":"…"} */
	bool holds;           /* input is kept aside till the stop */
	bool said;            /* input came as deltas */
	bool is_cut;          /* the answer ended within it */
	bool waits;           /* to be stopped when it is known that it was not cut */
	struct aip_str input; /* that stood in the start already */
	struct aip_str block; /* SERVER_CALL: the start's content_block, raw */
	struct aip_buf held;
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_stream_guard *guard;
	struct aip_arena *scratch; /* the tree of one event */
	struct codec_intake intake;
	bool started, stopped;
	bool unwraps_schema;       /* the forced tool's input is the answer's text */
	struct aip_str early_stop; /* stop_reason of message_start */
	uint32_t next;
	struct claude_open open[CLAUDE_OPEN_MAX];
	struct aip_error *error; /* of the step */
};

/* claude_messages_answer_in.c */
enum aip_status claude_emit(struct aip_decoder *d, const struct aip_event *event);
enum aip_status claude_emit_delta(struct aip_decoder *d, const struct claude_open *open,
                                  enum aip_delta delta, struct aip_str text);
struct claude_open *claude_open_at(struct aip_decoder *d, int64_t index);
/* NULL: too many are open. */
struct claude_open *claude_open_new(struct aip_decoder *d, int64_t index);
enum aip_status claude_start_block(struct aip_decoder *d, struct claude_open *open,
                                   const struct aip_json *content_block);
enum aip_status claude_stop_block(struct aip_decoder *d, struct claude_open *open);
struct aip_opaque claude_opaque_of(const struct aip_decoder *d, enum aip_opaque_kind kind,
                                   enum aip_part_kind part, struct aip_str data);
/* A whole message, or an error where one was expected. */
enum aip_status claude_read_whole(struct aip_decoder *d, struct aip_str body);

/* claude_messages_stream_in.c: the message around its blocks. */
enum aip_status claude_start(struct aip_decoder *d, const struct aip_json *message);
enum aip_status claude_usage(struct aip_decoder *d, const struct aip_json *usage);
/* ext: members of the answer that no field has a place for. */
enum aip_status claude_finish(struct aip_decoder *d, struct aip_str reason,
                              const struct aip_json *delta, const struct aip_ext *ext);
/* Appends the members that the list of known ones lacks. */
void claude_keep_members(struct aip_decoder *d, const struct aip_json *object, const char *known,
                         struct aip_ext **into);
enum aip_status claude_fail_with(struct aip_decoder *d, const struct aip_json *error);

#endif
