/* What the tests of the Anthropic Messages codec share. JSON in them has ' where JSON has ". */
#ifndef TESTS_SDK_CODEC_CLAUDE_MESSAGES_H
#define TESTS_SDK_CODEC_CLAUDE_MESSAGES_H

#include "../ir/script.h"

#define OUT_MAX (4u << 20)

static const struct aip_codec *codec;
static struct aip_arena *arena;
static struct aip_caps caps;
static struct aip_codec_ctx ctx;
static struct aip_error error;
static struct aip_buf out;

static inline int set_up(void **state)
{
	codec = aip_codec_of(AIP_CLAUDE);
	arena = aip_arena_create();
	caps = (struct aip_caps){0};
	error = (struct aip_error){0};
	aip_buf_init(&out, OUT_MAX);
	ctx = (struct aip_codec_ctx){
		.arena = arena,
		.client = AIP_CLAUDE,
		.upstream = AIP_CLAUDE,
		.model_asked = AIP_LIT("asked"),
		.model = AIP_LIT("m1"),
		.vendor = AIP_VENDOR_ANTHROPIC,
		.caps = &caps,
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

/* ---- Requests ------------------------------------------------------------------------------- */

static inline enum aip_status read_as(enum aip_dialect dialect, const char *body,
				      struct aip_request **ret)
{
	const struct aip_wire_in in = {
		.body = quoted(body),
		.model = dialect == AIP_GEMINI ? AIP_LIT("m") : AIP_NONE,
	};

	return aip_codec_of(dialect)->read_request(&ctx, &in, ret, &error);
}

/* A client's request as the upstream gets it; the error's message when it is refused. */
static inline struct aip_str sent_from(enum aip_dialect client, const char *body)
{
	struct aip_request *request = NULL;

	aip_buf_clear(&out);
	ctx.client = client;
	ctx.dropped = NULL;
	if (read_as(client, body, &request) || codec->write_request(&ctx, request, &out, &error))
		return aip_str(error.message);
	return aip_buf_str(&out);
}

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

static inline bool has(struct aip_str text, const char *piece)
{
	return aip_str_find(text, quoted(piece)) >= 0;
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

#endif
