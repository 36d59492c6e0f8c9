/* What a codec leaves in its context. */
#include "check.h"

#include <aiproxy/codec.h>

static size_t count(const struct aip_name *names)
{
	size_t n = 0;

	for (; names; names = names->next)
		n++;
	return n;
}

static struct aip_codec_ctx ctx_open(void)
{
	return (struct aip_codec_ctx){.arena = aip_arena_create(), .seed = 7};
}

TEST(a_lenient_drop_is_recorded_once)
{
	struct aip_codec_ctx ctx = ctx_open();

	CHECK_INT_EQ(aip_ctx_drop(&ctx, "seed", NULL), AIP_OK);
	CHECK_INT_EQ(aip_ctx_drop(&ctx, "top_k", NULL), AIP_OK);
	CHECK_INT_EQ(aip_ctx_drop(&ctx, "seed", NULL), AIP_OK);
	CHECK_INT_EQ(count(ctx.dropped), 2);
	CHECK_STR_EQ(ctx.dropped->name, "seed");
	aip_arena_destroy(ctx.arena);
}

TEST(a_strict_drop_is_refused_and_names_the_field)
{
	struct aip_codec_ctx ctx = ctx_open();
	struct aip_error error = {0};

	ctx.loss = AIP_STRICT;
	CHECK_INT_EQ(aip_ctx_drop(&ctx, "sampling.seed", &error), AIP_UNSUPPORTED);
	CHECK_STR_EQ(aip_str(error.param), "sampling.seed");
	CHECK_INT_EQ(count(ctx.dropped), 0);
	aip_arena_destroy(ctx.arena);
}

TEST(a_refusal_names_the_field_as_the_client_knows_it)
{
	static const struct {
		enum aip_dialect client;
		const char *field;
	} rows[] = {
		{AIP_CHAT, "stop"},
		{AIP_RESPONSES, "stop"},
		{AIP_CLAUDE, "stop_sequences"},
		{AIP_GEMINI, "generationConfig.stopSequences"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_codec_ctx ctx = ctx_open();
		struct aip_error error = {0};
		ctx.client = rows[i].client;
		CHECK_INT_EQ(aip_ctx_refuse(&ctx, "stop", "why", &error), AIP_UNSUPPORTED);
		CHECK_STR_EQ(aip_str(error.param), rows[i].field);
		CHECK(aip_str_starts(aip_str(error.message), aip_str(rows[i].field)));
		ctx.loss = AIP_STRICT;
		CHECK_INT_EQ(aip_ctx_drop(&ctx, "stop", &error), AIP_UNSUPPORTED);
		CHECK_STR_EQ(aip_str(error.param), rows[i].field);
		aip_arena_destroy(ctx.arena);
	}
}

TEST(notes_have_a_ceiling)
{
	struct aip_codec_ctx ctx = ctx_open();

	for (int i = 0; i < 1000; i++)
		aip_ctx_warn(&ctx, "field %d", i);
	CHECK_INT_EQ(count(ctx.warnings), 64);
	aip_arena_destroy(ctx.arena);
}

TEST(ids_differ_within_a_context_and_repeat_with_its_seed)
{
	struct aip_codec_ctx a = ctx_open(), b = ctx_open();
	struct aip_str first = aip_ctx_id(&a, "msg_"), second = aip_ctx_id(&a, "msg_");

	CHECK_INT_EQ(first.len, 4 + 24);
	CHECK(aip_str_starts(first, AIP_LIT("msg_")));
	CHECK(!aip_str_eq(first, second));
	CHECK_BYTES_EQ(aip_ctx_id(&b, "msg_"), first);
	b.seed = 8;
	CHECK(!aip_str_eq(aip_ctx_id(&b, "msg_"), second));
	aip_arena_destroy(a.arena);
	aip_arena_destroy(b.arena);
}

TEST(no_dialect_has_no_codec)
{
	CHECK_PTR_EQ(aip_codec_of(AIP_DIALECT_NONE), NULL);
	CHECK_STR_EQ(aip_str(aip_dialect_word(AIP_RESPONSES)), "openai-response");
}

RUN_ALL(CASE(a_lenient_drop_is_recorded_once), CASE(a_strict_drop_is_refused_and_names_the_field),
        CASE(a_refusal_names_the_field_as_the_client_knows_it), CASE(notes_have_a_ceiling),
        CASE(ids_differ_within_a_context_and_repeat_with_its_seed), CASE(no_dialect_has_no_codec))
