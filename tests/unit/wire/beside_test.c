/* Blocks that run side by side, as some upstreams tell them, in every client's dialect: each stays
 * whole and keeps its place. */
#include "../sdk/ir/script.h"

#define OUT_MAX (1u << 20)

static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

struct telling {
	const struct aip_codec *codec;
	struct aip_encoder *encoder;
	struct aip_buf out;
};

static enum aip_status tell(void *to, const struct aip_event *event)
{
	struct telling *telling = to;

	return telling->codec->encoder_event(telling->encoder, event, &telling->out);
}

static struct aip_codec_ctx ctx_of(struct aip_arena *arena, enum aip_dialect client)
{
	static struct aip_request asks = {.stream_options = {.include_usage = AIP_YES}};

	return (struct aip_codec_ctx){
		.arena = arena,
		.client = client,
		.upstream = client,
		.model_asked = AIP_LIT("m1"),
		.caps = &aip_model_unknown()->caps,
		.request = &asks,
		.seed = 1,
	};
}

/* What a client of the dialect gets for a stream of events. */
static struct aip_str told(struct aip_arena *arena, enum aip_dialect client, const char *line)
{
	struct script *script = AIP_NEW(arena, struct script);
	struct aip_codec_ctx ctx = ctx_of(arena, client);
	struct telling telling = {.codec = aip_codec_of(client)};

	script->arena = arena;
	telling.encoder = telling.codec->encoder_new(&ctx);
	aip_buf_init(&telling.out, OUT_MAX);
	CHECK_INT_EQ(script_play(script, line, tell, &telling), AIP_OK);
	telling.codec->encoder_fini(telling.encoder);
	struct aip_str all = aip_arena_dup(arena, aip_buf_str(&telling.out));
	aip_buf_fini(&telling.out);
	return all;
}

static enum aip_status fold_add(void *to, const struct aip_event *event)
{
	return aip_fold_add(to, event);
}

/* What a client that speaks the dialect understands: texts and calls, each in their order. */
static struct aip_str understood(struct aip_arena *arena, enum aip_dialect client,
                                 struct aip_str bytes)
{
	struct aip_codec_ctx ctx = ctx_of(arena, client);
	struct aip_fold *fold = aip_fold_new(arena);
	const struct aip_codec *codec = aip_codec_of(client);
	struct aip_decoder *decoder = codec->decoder_new(&ctx, (struct aip_sink){fold_add, fold});
	struct aip_error error = {0};
	struct aip_str text = AIP_LIT(""), calls = AIP_LIT("");

	CHECK_INT_EQ(codec->decoder_feed(decoder, bytes, &error), AIP_OK);
	CHECK_INT_EQ(codec->decoder_finish(decoder, AIP_EOF_COMPLETE, &error), AIP_OK);
	codec->decoder_fini(decoder);
	const struct aip_candidate *said = aip_fold_response(fold, NULL)->candidates;
	for (const struct aip_part *p = said ? said->parts : NULL; p; p = p->next) {
		if (p->kind == AIP_TEXT)
			text = aip_arena_printf(arena, "%.*s%.*s", AIP_FMT(text), AIP_FMT(p->text));
		if (p->kind == AIP_TOOL_CALL)
			calls = aip_arena_printf(arena, "%.*s %.*s%.*s", AIP_FMT(calls),
			                         AIP_FMT(p->call->name), AIP_FMT(p->call->args));
	}
	return aip_arena_printf(arena, "%.*s%.*s", AIP_FMT(text), AIP_FMT(calls));
}

static void all_understand(const char *line, const char *want)
{
	for (size_t d = 0; d < sizeof(dialects) / sizeof(dialects[0]); d++) {
		struct aip_arena *arena = aip_arena_create();
		CHECK_STR_EQ(understood(arena, dialects[d], told(arena, dialects[d], line)), want);
		aip_arena_destroy(arena);
	}
}

TEST(fragments_of_mixed_calls_end_in_their_own_calls)
{
	all_understand(
		"start; call 0 f a; call 1 g b; 0={\"a\"; 1={\"b\"; 0=:1}; 1=:2}; stop 0; stop 1; "
		"finish tool_use; end",
		" f{\"a\":1} g{\"b\":2}");
}

TEST(calls_keep_the_order_they_began_in)
{
	all_understand(
		"start; call 0 f a; call 1 g b; call 2 h c; 2={}; stop 2; 1={}; stop 1; 0={}; "
		"stop 0; finish tool_use; end",
		" f{} g{} h{}");
}

TEST(text_goes_on_beside_a_call)
{
	all_understand("start; text 0; 0=one ; call 1 f a; 0=two; 1={}; stop 1; 0= three; stop 0; "
	               "finish tool_use; end",
	               "one two three f{}");
}

static ptrdiff_t place(struct aip_str all, const char *what)
{
	const ptrdiff_t at = aip_str_find(all, aip_str(what));

	CHECK(at >= 0);
	return at;
}

TEST(a_message_of_responses_is_done_after_its_open_part)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str all = told(arena, AIP_RESPONSES,
	                          "start; text 0; 0=one; call 1 f a; 0=two; stop 0; 1={}; stop 1; "
	                          "finish tool_use; end");

	CHECK(place(all, "\"response.content_part.done\"") <
	      place(all, "\"response.output_item.done\""));
	CHECK(place(all, "\"text\":\"onetwo\"") < place(all, "\"response.output_item.done\""));
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(fragments_of_mixed_calls_end_in_their_own_calls),
        CASE(calls_keep_the_order_they_began_in), CASE(text_goes_on_beside_a_call),
        CASE(a_message_of_responses_is_done_after_its_open_part))
