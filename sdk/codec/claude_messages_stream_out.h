/* The stream being written: its blocks wait in a queue for their turn on the wire. */
#ifndef SDK_CODEC_CLAUDE_MESSAGES_STREAM_OUT_H
#define SDK_CODEC_CLAUDE_MESSAGES_STREAM_OUT_H

#include "claude_messages.h"

#define CLAUDE_FRAME_MAX (64u << 20)

/* One content block. The wire has one open at a time: the first of the queue is being written, the
 * others wait with what was said in them. */
struct claude_block {
	struct claude_block *next;
	uint32_t number; /* the event's; on the wire it gets the next index */
	enum aip_part_kind kind;
	bool gathers;               /* its input is said only when it is whole */
	bool has_args;              /* a call: some of its input was said */
	bool is_cut;                /* a call: the rest of its input never came */
	bool is_search;             /* another vendor's web search: becomes a call and its result */
	bool stopped;               /* said to its end */
	bool is_signed;             /* thinking: its signature_delta was written */
	bool is_mute;               /* thinking: not a word so far */
	uint32_t part;              /* thinking: of the summary, the one being said */
	struct aip_str start;       /* its content_block */
	struct aip_str id, results; /* of a search */
	struct aip_str signature;   /* a call: its own state, for the thinking before it */
	struct aip_buf held;        /* deltas that wait: length, bytes */
	struct aip_buf args;        /* gathered */
};

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_buf frame; /* the event being written */
	struct aip_buf delta; /* the delta being written */
	struct claude_block *queue, *spare;
	bool front_is_open; /* the first of the queue has its start on the wire */
	uint32_t index;     /* of the block on the wire */
	bool started, ended;
	bool finished;     /* a finish is held */
	bool delta_is_out; /* message_delta */
	enum aip_stop stop;
	struct aip_str stop_sequence, stop_details, tier;
	struct aip_usage usage;
	struct aip_ext *ext; /* of the finish */
};

/* Events of the wire: opened, filled, closed. */
struct aip_json_out claude_open_event(struct aip_encoder *e, const char *type);
void claude_close_event(struct aip_encoder *e, struct aip_json_out *out, const char *type,
                        struct aip_buf *into);
/* A delta of one text, in e->delta: {"type":type,key:text}. */
struct aip_str claude_make_delta(struct aip_encoder *e, const char *type, const char *key,
                                 struct aip_str text, struct aip_buf *into);

/* The queue. find: the block of that number, unless it has stopped. hold: keeps a delta for the
 * block's turn; put_delta: says it at once when that has come. */
struct claude_block *claude_block_new(struct aip_encoder *e, uint32_t number,
                                      enum aip_part_kind kind);
struct claude_block *claude_block_find(struct aip_encoder *e, uint32_t number);
bool claude_block_is_exclusive(const struct claude_block *block);
void claude_block_hold(struct claude_block *block, struct aip_str delta, struct aip_buf *into);
void claude_block_put(struct aip_encoder *e, struct claude_block *block, struct aip_str delta,
                      struct aip_buf *into);
/* Writes what may be written: whole blocks, then the beginning of the first that is not. */
void claude_advance(struct aip_encoder *e, bool to_the_end, struct aip_buf *into);

#endif
