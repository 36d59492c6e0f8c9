/* What the files that read Chat Completions answers share: choices whose messages are whole or
 * grow. */
#ifndef SDK_CODEC_OPENAI_CHAT_ANSWER_H
#define SDK_CODEC_OPENAI_CHAT_ANSWER_H

#include "openai_chat.h"

struct chat_call;

enum chat_open {
	CHAT_OPEN_NONE,
	CHAT_OPEN_TEXT,
	CHAT_OPEN_THOUGHT,
	CHAT_OPEN_REFUSAL,
	CHAT_OPEN_AUDIO,
};

struct chat_choice {
	struct chat_choice *next;
	int64_t index;
	enum chat_open open;       /* the block that grows, beside calls */
	uint32_t block;            /* its number */
	struct chat_call *calls;   /* in the order of their coming */
	struct aip_str expires_at; /* of a spoken answer */
	uint32_t said;             /* pieces of anything so far */
	bool called, refused;
	enum aip_stop held; /* the finish a chunk with content told; UNSET: none */
	bool finished;
};

/* An answer being read. */
struct chat_hearing {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch; /* the tree of the chunk being read */
	struct aip_stream_guard *guard;
	struct chat_choice *choices;
	uint32_t next_block;     /* unique over all choices */
	struct aip_error *error; /* of the step that is running */
};

enum aip_status chat_emit(struct chat_hearing *h, const struct chat_choice *c,
                          struct aip_event *event);

/* openai_chat_message_in.c. logprobs: of what it says, or NULL. `whole`: a message, and no delta of
 * one. */
enum aip_status chat_hear_message(struct chat_hearing *h, struct chat_choice *c,
                                  const struct aip_json *message, const struct aip_json *logprobs,
                                  bool whole);
enum aip_status chat_hear_text(struct chat_hearing *h, struct chat_choice *c, struct aip_str text);
/* Closes the block that grows. */
enum aip_status chat_close(struct chat_hearing *h, struct chat_choice *c);

/* openai_chat_calls_in.c */
enum aip_status chat_hear_calls(struct chat_hearing *h, struct chat_choice *c,
                                const struct aip_json *calls, bool whole);
enum aip_status chat_hear_function_call(struct chat_hearing *h, struct chat_choice *c,
                                        const struct aip_json *v);
enum aip_status chat_close_calls(struct chat_hearing *h, struct chat_choice *c);
void chat_calls_fini(struct chat_choice *c);

#endif
