/* Reasoning state at home and abroad: verbatim, enveloped, refused. */
#include "check.h"

#include <aiproxy/rules.h>

#include <stdlib.h>

static struct aip_codec_ctx ctx_open(enum aip_dialect client)
{
	static const struct aip_caps caps;

	return (struct aip_codec_ctx){.arena = aip_arena_create(), .client = client, .caps = &caps};
}

static struct aip_opaque state(enum aip_vendor vendor, enum aip_opaque_kind kind, const char *data)
{
	return (struct aip_opaque){.vendor = vendor,
	                           .kind = kind,
	                           .model = AIP_LIT("m-1"),
	                           .data = aip_str(data),
	                           .part = AIP_THINKING};
}

TEST(at_home_the_value_goes_verbatim)
{
	static const struct {
		enum aip_dialect client;
		enum aip_vendor vendor;
	} rows[] = {
		{AIP_CLAUDE, AIP_VENDOR_ANTHROPIC},
		{AIP_GEMINI, AIP_VENDOR_GOOGLE},
		{AIP_RESPONSES, AIP_VENDOR_OPENAI},
		{AIP_CHAT, AIP_VENDOR_GOOGLE}, /* Google's own slot in Chat */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_codec_ctx ctx = ctx_open(rows[i].client);
		struct aip_opaque opaque = state(rows[i].vendor, AIP_OPAQUE_SIGNATURE, "Eq+/=");
		CHECK_STR_EQ(aip_opaque_out(&ctx, &opaque), "Eq+/=");
		aip_arena_destroy(ctx.arena);
	}
}

/* Every vendor's state through every client's slot and back. */
TEST(abroad_the_envelope_brings_everything_back)
{
	static const enum aip_dialect clients[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};
	static const struct {
		enum aip_vendor vendor;
		enum aip_opaque_kind kind;
		enum aip_part_kind part;
	} rows[] = {
		{AIP_VENDOR_ANTHROPIC, AIP_OPAQUE_SIGNATURE, AIP_THINKING},
		{AIP_VENDOR_ANTHROPIC, AIP_OPAQUE_REDACTED, AIP_REDACTED_THINKING},
		{AIP_VENDOR_OPENAI, AIP_OPAQUE_ENCRYPTED, AIP_THINKING},
		{AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE, AIP_TOOL_CALL},
		{AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE, AIP_TEXT},
		{AIP_VENDOR_OTHER, AIP_OPAQUE_SIGNATURE, AIP_IMAGE},
	};

	for (size_t c = 0; c < 4; c++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct aip_codec_ctx ctx = ctx_open(clients[c]);
			struct aip_opaque opaque =
				state(rows[i].vendor, rows[i].kind, "a\"b\xc3\xa9+/=");
			opaque.item_id = AIP_LIT("rs_1");
			opaque.part = rows[i].part;
			struct aip_str sent = aip_opaque_out(&ctx, &opaque);
			struct aip_opaque *back = aip_opaque_in(ctx.arena, sent, rows[i].vendor,
			                                        rows[i].kind, rows[i].part);
			CHECK(back);
			CHECK_INT_EQ(back->vendor, rows[i].vendor);
			CHECK_INT_EQ(back->kind, rows[i].kind);
			CHECK_INT_EQ(back->part, rows[i].part);
			CHECK_BYTES_EQ(back->data, opaque.data);
			if (!aip_str_eq(sent, opaque.data)) {
				CHECK_STR_EQ(back->model, "m-1");
				CHECK_STR_EQ(back->item_id, "rs_1");
			}
			aip_arena_destroy(ctx.arena);
		}
	}
}

TEST(encrypted_reasoning_keeps_its_item_in_its_own_dialect_too)
{
	struct aip_codec_ctx ctx = ctx_open(AIP_RESPONSES);
	struct aip_opaque opaque = state(AIP_VENDOR_OPENAI, AIP_OPAQUE_ENCRYPTED, "gAAA");

	opaque.item_id = AIP_LIT("rs_7");
	struct aip_opaque *back =
		aip_opaque_in(ctx.arena, aip_opaque_out(&ctx, &opaque), AIP_VENDOR_OPENAI,
	                      AIP_OPAQUE_ENCRYPTED, AIP_THINKING);
	CHECK_STR_EQ(back->item_id, "rs_7");
	CHECK_STR_EQ(back->data, "gAAA");
	aip_arena_destroy(ctx.arena);
}

static struct aip_str enveloped(struct aip_arena *arena, const char *json)
{
	return aip_arena_printf(arena, "gw1.%.*s", AIP_FMT(aip_base64url(arena, aip_str(json))));
}

TEST(an_envelope_that_is_not_ours_is_refused)
{
	static const char *const inner[] = {
		"{\"p\":\"acme\",\"k\":\"signature\",\"t\":\"thinking\",\"d\":\"x\"}",
		"{\"p\":\"google\",\"k\":\"magic\",\"t\":\"thinking\",\"d\":\"x\"}",
		"{\"p\":\"google\",\"k\":\"signature\",\"t\":\"kitchen\",\"d\":\"x\"}",
		"{\"p\":\"google\",\"k\":\"signature\",\"d\":\"x\"}",
		"{\"p\":\"google\",\"k\":\"signature\",\"t\":\"thinking\",\"d\":\"\"}",
		"{\"p\":\"google\",\"k\":\"signature\",\"t\":\"thinking\",\"d\":7}",
		"{\"p\":\"\",\"k\":\"signature\",\"t\":\"thinking\",\"d\":\"x\"}",
		"{\"p\":\"google\",\"k\":\"signature\",\"t\":\"thinking\",\"d\":\"gw1.e30\"}",
		"{\"p\":\"google\",\"k\":\"signature\",\"t\":\"thinking\",\"d\":\"gw2.e30\"}",
		"{\"p\":\"google\",\"k\":\"signature\",\"t\":\"thinking\",\"d\":\"Z3cxLmUzMA==\"}",
		"[1]",
		"not json",
	};
	static const char *const whole[] = {"gw1.", "gw1.***", "gw2.e30", "gw10.e30", "Z3cxLg=="};
	struct aip_arena *arena = aip_arena_create();

	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		CHECK_PTR_EQ(aip_opaque_in(arena, enveloped(arena, inner[i]), AIP_VENDOR_GOOGLE,
		                           AIP_OPAQUE_SIGNATURE, AIP_THINKING),
		             NULL);
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		CHECK_PTR_EQ(aip_opaque_in(arena, aip_str(whole[i]), AIP_VENDOR_GOOGLE,
		                           AIP_OPAQUE_SIGNATURE, AIP_THINKING),
		             NULL);
	aip_arena_destroy(arena);
}

TEST(what_only_looks_a_little_like_an_envelope_is_native)
{
	static const char *const values[] = {"gw.x", "gw1", "gwx1.", "Z3dhbmc=", "EqQB"};
	struct aip_arena *arena = aip_arena_create();

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct aip_opaque *native =
			aip_opaque_in(arena, aip_str(values[i]), AIP_VENDOR_ANTHROPIC,
		                      AIP_OPAQUE_SIGNATURE, AIP_THINKING);
		CHECK_STR_EQ(native->data, values[i]);
		CHECK_INT_EQ(native->vendor, AIP_VENDOR_ANTHROPIC);
	}
	aip_arena_destroy(arena);
}

TEST(what_is_too_large_for_an_envelope_is_left_out_and_refused)
{
	struct aip_codec_ctx ctx = ctx_open(AIP_CLAUDE);
	char *bytes = aip_arena_bytes(ctx.arena, 64 * 1024);
	struct aip_opaque opaque = state(AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE, "");

	memset(bytes, 'x', 64 * 1024);
	CHECK(!aip_opaque_out(&ctx, &opaque).at); /* nothing in it */
	opaque.data = aip_strn(bytes, 45 * 1024);
	CHECK(aip_opaque_out(&ctx, &opaque).len > 60 * 1024);
	opaque.data = aip_strn(bytes, 64 * 1024);
	CHECK(!aip_opaque_out(&ctx, &opaque).at);
	struct aip_str huge = enveloped(
		ctx.arena,
		aip_arena_printf(
			ctx.arena,
			"{\"p\":\"google\",\"k\":\"signature\",\"t\":\"text\",\"d\":\"%.*s\"}",
			64 * 1024, bytes)
			.at);
	CHECK_PTR_EQ(
		aip_opaque_in(ctx.arena, huge, AIP_VENDOR_GOOGLE, AIP_OPAQUE_SIGNATURE, AIP_TEXT),
		NULL);
	aip_arena_destroy(ctx.arena);
}

TEST(only_its_vendor_reads_it_and_some_only_in_the_model_that_wrote_it)
{
	static const struct aip_caps by_model = {.sig_scope = "model"};
	struct aip_codec_ctx ctx = ctx_open(AIP_CLAUDE);
	struct aip_opaque opaque = state(AIP_VENDOR_ANTHROPIC, AIP_OPAQUE_SIGNATURE, "x");

	ctx.vendor = AIP_VENDOR_ANTHROPIC;
	ctx.model = AIP_LIT("m-2");
	CHECK(aip_opaque_is_native(&ctx, &opaque));
	ctx.caps = &by_model;
	CHECK(!aip_opaque_is_native(&ctx, &opaque));
	ctx.model = AIP_LIT("m-1");
	CHECK(aip_opaque_is_native(&ctx, &opaque));
	ctx.vendor = AIP_VENDOR_GOOGLE;
	CHECK(!aip_opaque_is_native(&ctx, &opaque));
	aip_arena_destroy(ctx.arena);
}

TEST(damage_anywhere_makes_no_crash_and_no_forgery)
{
	struct aip_codec_ctx ctx = ctx_open(AIP_CLAUDE);
	struct aip_opaque opaque = state(AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE, "c2ln");
	struct aip_str good = aip_opaque_out(&ctx, &opaque);

	for (size_t i = 0; i < good.len; i++) {
		char *bad = malloc(good.len);
		memcpy(bad, good.at, good.len);
		bad[i] ^= 0x15;
		struct aip_opaque *back =
			aip_opaque_in(ctx.arena, aip_strn(bad, good.len), AIP_VENDOR_ANTHROPIC,
		                      AIP_OPAQUE_SIGNATURE, AIP_THINKING);
		if (back)
			CHECK(back->data.len > 0 && back->vendor != AIP_VENDOR_NONE);
		(void)aip_opaque_in(ctx.arena, aip_strn(bad, i), AIP_VENDOR_ANTHROPIC,
		                    AIP_OPAQUE_SIGNATURE, AIP_THINKING);
		free(bad);
	}
	aip_arena_destroy(ctx.arena);
}

RUN_ALL(CASE(at_home_the_value_goes_verbatim), CASE(abroad_the_envelope_brings_everything_back),
        CASE(encrypted_reasoning_keeps_its_item_in_its_own_dialect_too),
        CASE(an_envelope_that_is_not_ours_is_refused),
        CASE(what_only_looks_a_little_like_an_envelope_is_native),
        CASE(what_is_too_large_for_an_envelope_is_left_out_and_refused),
        CASE(only_its_vendor_reads_it_and_some_only_in_the_model_that_wrote_it),
        CASE(damage_anywhere_makes_no_crash_and_no_forgery))
