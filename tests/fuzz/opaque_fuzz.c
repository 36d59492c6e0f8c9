/* Opaque reasoning: what the gateway wrapped comes out as it went in, and no forged envelope does
 * harm: it is refused, or what it holds can be wrapped again.
 *
 * Input: r a forged value as it comes from a client; else the vendor of what is to be wrapped. */
#include "fuzz.h"

#include <aiproxy/rules.h>

static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

static void there_and_back(struct aip_arena *arena, const struct aip_opaque *opaque)
{
	for (size_t d = 0; d < 4; d++) {
		struct aip_codec_ctx ctx = {
			.arena = arena, .client = dialects[d], .vendor = opaque->vendor};
		const struct aip_codec *codec = aip_codec_of(dialects[d]);
		struct aip_str out = aip_opaque_out(&ctx, opaque);
		if (!out.at)
			continue;
		struct aip_opaque *in =
			aip_opaque_in(arena, out, codec->vendor, opaque->kind, opaque->part);
		PROMISE(in != NULL);
		PROMISE(aip_str_eq(in->data, opaque->data));
	}
}

static void forged(struct aip_arena *arena, struct aip_str value)
{
	for (size_t d = 0; d < 4; d++) {
		struct aip_codec_ctx ctx = {.arena = arena,
		                            .client = dialects[d],
		                            .vendor = aip_codec_of(dialects[d])->vendor};
		struct aip_opaque *in =
			aip_opaque_in(arena, value, ctx.vendor, AIP_OPAQUE_SIGNATURE, AIP_THINKING);
		if (!in)
			continue;
		PROMISE(in->vendor > AIP_VENDOR_NONE && in->vendor <= AIP_VENDOR_OTHER);
		(void)aip_opaque_is_native(&ctx, in);
		(void)aip_opaque_out(&ctx, in);
	}
}

/* As it is or in base64, of whatever version. */
static bool may_be_envelope(struct aip_str value)
{
	return aip_str_starts(value, AIP_LIT("gw")) || aip_str_starts(value, AIP_LIT("Z3c"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum aip_opaque_kind kinds[] = {AIP_OPAQUE_SIGNATURE, AIP_OPAQUE_ENCRYPTED,
	                                             AIP_OPAQUE_SIGNATURE,
	                                             AIP_OPAQUE_THOUGHT_SIGNATURE};
	struct aip_arena *arena = aip_arena_create();
	struct aip_str value = fuzz_str(data, size);
	const uint8_t what = fuzz_byte(&value);

	if (what == 'r') {
		forged(arena, value);
	} else if (aip_str_is_utf8(value) && !may_be_envelope(value)) {
		struct aip_opaque *opaque = aip_opaque_new(arena);
		opaque->vendor = (enum aip_vendor)(AIP_VENDOR_OPENAI + what % 3);
		opaque->kind = kinds[opaque->vendor];
		opaque->data = value;
		opaque->part = AIP_THINKING;
		if (value.len)
			there_and_back(arena, opaque);
	}
	aip_arena_destroy(arena);
	return 0;
}
