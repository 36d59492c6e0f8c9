/* What the tests of the codecs share: a context, requests from one dialect to another, answers
 * back, refusals by their path. JSON in pieces and quoted() has ' where JSON has ". */
#ifndef TESTS_SDK_CODEC_RIG_H
#define TESTS_SDK_CODEC_RIG_H

#include <stdio.h>

#include <aiproxy/rules.h>

#include "check.h"

#define OUT_MAX (64u << 20)

static struct aip_arena *arena;
static struct aip_caps caps;
static struct aip_codec_ctx ctx;
static struct aip_error error;
static struct aip_buf out;

/* What is the dialect's own in the context that every test begins with. The program that includes
 * this has it. */
static void first_ctx(void);

static inline int set_up(void **state)
{
	arena = aip_arena_create();
	caps = (struct aip_caps){0};
	error = (struct aip_error){0};
	aip_buf_init(&out, OUT_MAX);
	ctx = (struct aip_codec_ctx){
		.arena = arena,
		.model_asked = AIP_LIT("asked"),
		.model = AIP_LIT("m1"),
		.caps = &caps,
		.now_s = 1760000000,
		.seed = 1,
	};
	first_ctx();
	return 0;
}

static inline int tear_down(void **state)
{
	aip_buf_fini(&out);
	aip_arena_destroy(arena);
	return 0;
}

static inline void between(enum aip_dialect client, enum aip_dialect upstream)
{
	ctx.client = client;
	ctx.upstream = upstream;
	ctx.vendor = aip_codec_of(upstream)->vendor;
}

/* ---- Texts ---------------------------------------------------------------------------------- */

static inline struct aip_str quoted(const char *text)
{
	struct aip_str copy = aip_arena_dup(arena, aip_str(text));
	char *at = (char *)copy.at;

	for (size_t i = 0; i < copy.len; i++)
		if (at[i] == '\'')
			at[i] = '"';
	return copy;
}

static inline bool has(struct aip_str text, const char *piece)
{
	return aip_str_find(text, quoted(piece)) >= 0;
}

#define HAS(text, piece)                                                \
	do {                                                            \
		struct aip_str in_ = (text);                            \
		if (!has(in_, piece))                                   \
			fail_msg("no %s in %.*s", piece, AIP_FMT(in_)); \
	} while (0)
#define HAS_NO(text, piece)                                          \
	do {                                                         \
		struct aip_str in_ = (text);                         \
		if (has(in_, piece))                                 \
			fail_msg("%s in %.*s", piece, AIP_FMT(in_)); \
	} while (0)

/* How often a piece stands in a text. */
static inline int times(struct aip_str text, const char *piece)
{
	const size_t len = strlen(piece);
	ptrdiff_t at;
	int n = 0;

	while ((at = aip_str_find(text, quoted(piece))) >= 0) {
		text = aip_strn(text.at + at + len, text.len - (size_t)at - len);
		n++;
	}
	return n;
}

/* What came of a step: `out`, or the message of what went wrong. */
static inline struct aip_str come_of(enum aip_status s)
{
	return aip_arena_dup(arena, s ? aip_str(error.message) : aip_buf_str(&out));
}

/* ---- Requests ------------------------------------------------------------------------------- */

static inline enum aip_status read_as(enum aip_dialect client, struct aip_str body,
                                      struct aip_request **ret)
{
	const struct aip_wire_in in = {
		.body = body,
		.model = client == AIP_GEMINI ? AIP_LIT("m") : AIP_NONE,
	};

	ctx.client = client;
	error = (struct aip_error){0};
	return aip_codec_of(client)->read_request(&ctx, &in, ret, &error);
}

/* A client's request as an upstream gets it; the error's message when it is refused. The request
 * stays in ctx.request. */
static inline struct aip_str sent(enum aip_dialect client, enum aip_dialect upstream,
                                  struct aip_str body)
{
	struct aip_request *request = NULL;

	between(client, upstream);
	ctx.dropped = ctx.warnings = NULL;
	ctx.names = NULL;
	aip_buf_clear(&out);
	enum aip_status s = read_as(client, body, &request);
	if (s)
		return come_of(s);
	ctx.request = request;
	return come_of(aip_codec_of(upstream)->write_request(&ctx, request, &out, &error));
}

static inline bool dropped(const char *path)
{
	for (const struct aip_name *n = ctx.dropped; n; n = n->next)
		if (aip_str_is(n->name, path))
			return true;
	return false;
}

/* A request that is the client's fault, told in its own dialect with the path of what is wrong. */
static inline void refused(enum aip_dialect client, struct aip_str body, const char *path)
{
	struct aip_request *request = NULL;

	CHECK_INT_EQ(read_as(client, body, &request), AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(error.param), path);
	CHECK(aip_str_starts(aip_str(error.message), aip_str(path)));
	aip_buf_clear(&out);
	CHECK_INT_EQ(aip_codec_of(client)->write_error(&error, AIP_NONE, &out), 400);
}

/* ---- Answers -------------------------------------------------------------------------------- */

/* What the answer that was told last said. */
static struct {
	const struct aip_codec *client;
	struct aip_encoder *encoder;
	struct aip_fold *fold;
	struct aip_usage usage;
	struct aip_error error;
	enum aip_stop stop;
} telling;

/* A sink that is an encoder of telling.client. */
static inline enum aip_status encode(void *to, const struct aip_event *event)
{
	return telling.client->encoder_event(to, event, &out);
}

static inline enum aip_status tell(void *to, const struct aip_event *event)
{
	if (event->kind == AIP_EV_ERROR)
		telling.error = *event->error;
	if (event->kind == AIP_EV_FINISH)
		telling.stop = event->stop;
	if (event->usage)
		aip_usage_merge(&telling.usage, event->usage);
	enum aip_status s = aip_fold_add(telling.fold, event);
	return s ? s : encode(telling.encoder, event);
}

static inline struct aip_sink listen(enum aip_dialect client, enum aip_dialect upstream)
{
	between(client, upstream);
	aip_buf_clear(&out);
	error = telling.error = (struct aip_error){0};
	telling.stop = AIP_STOP_UNSET;
	telling.client = aip_codec_of(client);
	telling.encoder = telling.client->encoder_new(&ctx);
	telling.fold = aip_fold_new(arena);
	aip_usage_init(&telling.usage);
	return (struct aip_sink){tell, NULL};
}

/* An upstream's stream, as the client's in `out`. */
static inline enum aip_status stream_told(enum aip_dialect upstream, enum aip_dialect client,
                                          struct aip_str sse, enum aip_eof how)
{
	const struct aip_codec *codec_ = aip_codec_of(upstream);
	struct aip_decoder *decoder = codec_->decoder_new(&ctx, listen(client, upstream));

	enum aip_status s = codec_->decoder_feed(decoder, sse, &error);
	if (!s)
		s = codec_->decoder_finish(decoder, how, &error);
	codec_->decoder_fini(decoder);
	telling.client->encoder_fini(telling.encoder);
	return s;
}

/* What was told last, as the client's whole answer in `out`. An answer that was an error is one. */
static inline enum aip_status written_whole(void)
{
	const struct aip_error *failed = NULL;
	const struct aip_response *response = aip_fold_response(telling.fold, &failed);

	aip_buf_clear(&out);
	if (failed) {
		error = *failed;
		return failed->status;
	}
	return telling.client->write_response(&ctx, response, &out, &error);
}

/* An upstream's whole answer, as the client's in `out`. */
static inline enum aip_status whole_told(enum aip_dialect upstream, enum aip_dialect client,
                                         struct aip_str body)
{
	struct aip_sink sink = listen(client, upstream);

	enum aip_status s = aip_codec_of(upstream)->read_response(&ctx, body, sink, &error);
	telling.client->encoder_fini(telling.encoder);
	return s ? s : written_whole();
}

#endif
