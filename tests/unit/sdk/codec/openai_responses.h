/* What the tests of the OpenAI Responses codec share. JSON in them has ' where JSON has ". */
#ifndef TESTS_SDK_CODEC_OPENAI_RESPONSES_H
#define TESTS_SDK_CODEC_OPENAI_RESPONSES_H

#include <stdio.h>

#include <aiproxy/rules.h>

#include "check.h"

#define OUT_MAX (64u << 20)

static const struct aip_codec *codec;
static struct aip_arena *arena;
static struct aip_caps caps;
static struct aip_codec_ctx ctx;
static struct aip_error error;
static struct aip_buf out;

static inline int set_up(void **state)
{
	codec = aip_codec_of(AIP_RESPONSES);
	arena = aip_arena_create();
	caps = (struct aip_caps){0};
	error = (struct aip_error){0};
	aip_buf_init(&out, OUT_MAX);
	ctx = (struct aip_codec_ctx){
		.arena = arena,
		.client = AIP_RESPONSES,
		.upstream = AIP_RESPONSES,
		.model_asked = AIP_LIT("asked"),
		.model = AIP_LIT("m1"),
		.vendor = AIP_VENDOR_OPENAI,
		.caps = &caps,
		.now_s = 1760000000,
		.seed = 1,
	};
	return 0;
}

static inline int tear_down(void **state)
{
	aip_buf_fini(&out);
	aip_arena_destroy(arena);
	return 0;
}

#define HERE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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

/* ---- Requests ------------------------------------------------------------------------------- */

static inline enum aip_vendor vendor_of(enum aip_dialect dialect)
{
	return aip_codec_of(dialect)->vendor;
}

/* A client's request as an upstream gets it; the error's message when it is refused. The request
 * stays in ctx.request. */
static inline struct aip_str sent(enum aip_dialect client, enum aip_dialect upstream,
				  struct aip_str body)
{
	const struct aip_wire_in in = {.body = body,
				       .model = client == AIP_GEMINI ? AIP_LIT("m") : AIP_NONE};
	struct aip_request *request = NULL;

	ctx.client = client;
	ctx.upstream = upstream;
	ctx.vendor = vendor_of(upstream);
	ctx.dropped = ctx.warnings = NULL;
	ctx.names = NULL;
	aip_buf_clear(&out);
	error = (struct aip_error){0};
	if (aip_codec_of(client)->read_request(&ctx, &in, &request, &error))
		return aip_arena_dup(arena, aip_str(error.message));
	ctx.request = request;
	if (aip_codec_of(upstream)->write_request(&ctx, request, &out, &error))
		return aip_arena_dup(arena, aip_str(error.message));
	return aip_arena_dup(arena, aip_buf_str(&out));
}

static inline bool dropped(const char *path)
{
	for (const struct aip_name *n = ctx.dropped; n; n = n->next)
		if (aip_str_is(n->name, path))
			return true;
	return false;
}

#define TO(upstream, rest) sent(AIP_RESPONSES, upstream, quoted("{'model':'m'," rest "}"))
#define TO_CHAT(rest)      TO(AIP_CHAT, rest)
#define TO_CLAUDE(rest)    TO(AIP_CLAUDE, rest)
#define TO_OWN(rest)       TO(AIP_RESPONSES, rest)
#define FROM_CHAT(rest)    sent(AIP_CHAT, AIP_RESPONSES, quoted("{'model':'m'," rest "}"))
#define FROM_CLAUDE(rest) \
	sent(AIP_CLAUDE, AIP_RESPONSES, quoted("{'model':'m','max_tokens':99," rest "}"))
#define FROM_GEMINI(rest) sent(AIP_GEMINI, AIP_RESPONSES, quoted("{" rest "}"))
#define HI                "'input':'hi'"
#define CHAT_HI           "'messages':[{'role':'user','content':'hi'}]"
#define USER(text)        "{'role':'user','content':'" text "'}"
#define CALL(id, name) \
	"{'type':'function_call','call_id':'" id "','name':'" name "','arguments':'{}'}"
#define OUTPUT(id, text) "{'type':'function_call_output','call_id':'" id "','output':'" text "'}"
#define FUNCTION(name)   "{'type':'function','name':'" name "','parameters':{'type':'object'}}"

/* ---- Answers -------------------------------------------------------------------------------- */

struct told {
	struct aip_encoder *encoder;
	const struct aip_codec *client;
};

static inline enum aip_status tell(void *to, const struct aip_event *event)
{
	struct told *told = to;

	return told->client->encoder_event(told->encoder, event, &out);
}

/* An upstream's stream as the client gets it. */
static inline struct aip_str stream(enum aip_dialect upstream, enum aip_dialect client,
				    struct aip_str sse, enum aip_eof how)
{
	const struct aip_codec *from = aip_codec_of(upstream);
	struct told told = {.client = aip_codec_of(client)};

	ctx.client = client;
	ctx.upstream = upstream;
	ctx.vendor = vendor_of(upstream);
	aip_buf_clear(&out);
	error = (struct aip_error){0};
	told.encoder = told.client->encoder_new(&ctx);
	struct aip_decoder *decoder = from->decoder_new(&ctx, (struct aip_sink){tell, &told});
	enum aip_status s = from->decoder_feed(decoder, sse, &error);
	if (!s)
		s = from->decoder_finish(decoder, how, &error);
	from->decoder_fini(decoder);
	told.client->encoder_fini(told.encoder);
	return s ? aip_arena_dup(arena, aip_str(error.message))
		 : aip_arena_dup(arena, aip_buf_str(&out));
}

/* An upstream's whole answer as the client gets it, whole. */
static inline enum aip_status fold_add(void *to, const struct aip_event *event)
{
	return aip_fold_add(to, event);
}

static inline struct aip_str whole(enum aip_dialect upstream, enum aip_dialect client,
				   struct aip_str body)
{
	struct aip_fold *fold = aip_fold_new(arena);
	const struct aip_error *failed = NULL;

	ctx.client = client;
	ctx.upstream = upstream;
	ctx.vendor = vendor_of(upstream);
	aip_buf_clear(&out);
	if (aip_codec_of(upstream)->read_response(&ctx, body, (struct aip_sink){fold_add, fold},
						  &error))
		return aip_arena_dup(arena, aip_str(error.message));
	const struct aip_response *response = aip_fold_response(fold, &failed);
	if (failed) {
		error = *failed;
		return aip_arena_dup(arena, aip_str(failed->message));
	}
	if (aip_codec_of(client)->write_response(&ctx, response, &out, &error))
		return aip_arena_dup(arena, aip_str(error.message));
	return aip_arena_dup(arena, aip_buf_str(&out));
}

/* The types of a stream's events without "response.", one behind the other. */
static inline struct aip_str types(struct aip_str sse)
{
	static char all[8192];
	size_t n = 0;
	ptrdiff_t at;

	while ((at = aip_str_find(sse, AIP_LIT("event: "))) >= 0) {
		sse = aip_strn(sse.at + at + 7, sse.len - (size_t)at - 7);
		ptrdiff_t end = aip_str_find(sse, AIP_LIT("\n"));
		struct aip_str type = aip_strn(sse.at, (size_t)end);
		if (aip_str_starts(type, AIP_LIT("response.")))
			type = aip_strn(type.at + 9, type.len - 9);
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%.*s", n ? " " : "",
				      AIP_FMT(type));
	}
	return aip_strn(all, n);
}

#endif
