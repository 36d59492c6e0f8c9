/* What the tests of the Anthropic Messages codec share beyond what all codecs' do. */
#ifndef TESTS_SDK_CODEC_CLAUDE_MESSAGES_H
#define TESTS_SDK_CODEC_CLAUDE_MESSAGES_H

#include "../ir/script.h"
#include "codec_rig.h"

static const struct aip_codec *codec;

static void first_ctx(void)
{
	codec = aip_codec_of(AIP_CLAUDE);
	between(AIP_CLAUDE, AIP_CLAUDE);
}

/* ---- Requests ------------------------------------------------------------------------------- */

/* A client's request as the upstream gets it; the error's message when it is refused. */
static inline struct aip_str sent_from(enum aip_dialect client, const char *body)
{
	return sent(client, AIP_CLAUDE, quoted(body));
}

/* The request written, and the first path that was dropped. */
#define LOST(path)                                     \
	do {                                           \
		assert_non_null(ctx.dropped);          \
		CHECK_STR_EQ(ctx.dropped->name, path); \
	} while (0)

#define CHAT(rest)  sent_from(AIP_CHAT, "{'model':'m'," rest "}")
#define OWN(rest)   sent_from(AIP_CLAUDE, "{'model':'m','max_tokens':4000," rest "}")
#define RESP(rest)  sent_from(AIP_RESPONSES, "{'model':'m'," rest "}")
#define GEM(rest)   sent_from(AIP_GEMINI, "{" rest "}")
#define HI          "'messages':[{'role':'user','content':'hi'}]"
#define FN(name)    "{'type':'function','function':{'name':'" name "'}}"
#define CALL(id)    "{'id':'" id "','type':'function','function':{'name':'f','arguments':'{}'}}"
#define CALLS(call) "{'role':'assistant','content':null,'tool_calls':[" call "]}"
#define RESULT(id)  "{'role':'tool','tool_call_id':'" id "','content':'ok'}"
#define USER        "{'role':'user','content':'hi'}"
#define ASK         "'input':'hi'"
#define ASKED       "'contents':[{'role':'user','parts':[{'text':'hi'}]}]"

/* ---- Streams -------------------------------------------------------------------------------- */

static inline enum aip_status guarded(void *to, const struct aip_event *event)
{
	return aip_stream_guard_emit(to, event, &error);
}

/* One word or two a frame: "start 0 text", "0=Hello", "stop 0", "delta tool_use". */
static inline struct aip_str shortened(struct aip_str frames)
{
	struct aip_buf line;
	struct aip_sse sse;
	struct aip_sse_frame frame;
	struct aip_json *doc;

	aip_buf_init(&line, OUT_MAX);
	aip_sse_init(&sse, OUT_MAX);
	while (!aip_sse_next(&sse, &frames, &frame) && frame.data.at) {
		CHECK_INT_EQ(aip_json_parse(arena, frame.data, &doc, &error), AIP_OK);
		const struct aip_json *block = aip_json_get(doc, "content_block");
		const struct aip_json *delta = aip_json_get(doc, "delta");
		CHECK_BYTES_EQ(aip_json_text(doc, "type"), frame.event);
		if (line.len)
			aip_buf_add(&line, AIP_LIT("; "));
		if (block)
			aip_buf_addf(&line, "start %lld %.*s",
			             (long long)aip_json_int(doc, "index", -1),
			             AIP_FMT(aip_json_text(block, "type")));
		else if (aip_str_is(frame.event, "content_block_delta"))
			aip_buf_addf(&line, "%lld=%.*s", (long long)aip_json_int(doc, "index", -1),
			             AIP_FMT(delta->child->next->text));
		else if (aip_str_is(frame.event, "content_block_stop"))
			aip_buf_addf(&line, "stop %lld", (long long)aip_json_int(doc, "index", -1));
		else if (delta)
			aip_buf_addf(&line, "%.*s %lld",
			             AIP_FMT(aip_json_text(delta, "stop_reason")),
			             (long long)aip_json_int(aip_json_get(doc, "usage"),
			                                     "output_tokens", -1));
		else
			aip_buf_add(&line, frame.event);
	}
	aip_sse_fini(&sse);
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&line));
	aip_buf_fini(&line);
	return text;
}

/* Events as an upstream's decoder gives them, in the client's stream. */
static inline struct aip_str told(const char *line)
{
	struct script script = {.arena = arena};
	struct aip_encoder *encoder = codec->encoder_new(&ctx);
	struct aip_stream_guard *guard =
		aip_stream_guard_new(arena, (struct aip_sink){encode, encoder});

	telling.client = codec;
	aip_buf_clear(&out);
	CHECK_INT_EQ(script_play(&script, line, guarded, guard), AIP_OK);
	codec->encoder_fini(encoder);
	return shortened(aip_buf_str(&out));
}

/* An upstream's stream of another dialect, as this dialect's client gets it. */
static inline struct aip_str crossed(enum aip_dialect upstream, const char *frames)
{
	CHECK_INT_EQ(stream_told(upstream, AIP_CLAUDE, quoted(frames), AIP_EOF_COMPLETE), AIP_OK);
	return shortened(aip_buf_str(&out));
}

/* A value of the gateway's envelope, as a client of the dialect holds it. */
static inline struct aip_str sealed(enum aip_dialect client, enum aip_vendor vendor,
                                    enum aip_opaque_kind kind, const char *data)
{
	const struct aip_opaque opaque = {
		.vendor = vendor,
		.kind = kind,
		.part = kind == AIP_OPAQUE_REDACTED ? AIP_REDACTED_THINKING : AIP_THINKING,
		.item_id = kind == AIP_OPAQUE_ENCRYPTED ? AIP_LIT("rs_1") : AIP_NONE,
		.data = aip_str(data),
	};

	ctx.client = client;
	return aip_opaque_out(&ctx, &opaque);
}

#endif
