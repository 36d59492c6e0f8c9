/* Schemas: whatever a client calls one, each profile writes a legal document or refuses, and never
 * runs away; the envelope of opaque state takes only what it made. */
#include "fuzz.h"

#include <aiproxy/rules.h>

#define OUT_MAX (64u << 20)

static void write_schema(struct aip_arena *arena, struct aip_str schema,
			 enum aip_schema_profile profile, bool is_tool)
{
	struct aip_error error = {0};
	struct aip_json *doc;
	struct aip_buf text;

	aip_buf_init(&text, OUT_MAX);
	struct aip_json_out out = aip_json_to(&text);
	if (!aip_schema_write(arena, schema, profile, is_tool, &out, &error)) {
		PROMISE(!text.status);
		PROMISE(aip_json_parse(arena, aip_buf_str(&text), &doc, &error) == AIP_OK);
		PROMISE(doc->kind == AIP_JSON_OBJECT);
	} else {
		PROMISE(error.message[0]);
	}
	aip_buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aip_str input = fuzz_str(data, size);
	const uint8_t how = fuzz_byte(&input);
	struct aip_arena *arena = aip_arena_create();

	write_schema(arena, input, (enum aip_schema_profile)(how % 5), how & 0x80);
	struct aip_opaque *opaque = aip_opaque_in(arena, input, AIP_VENDOR_ANTHROPIC,
						  AIP_OPAQUE_SIGNATURE, AIP_THINKING);
	if (opaque) {
		struct aip_codec_ctx ctx = {.arena = arena};
		struct aip_str sent = aip_opaque_out(&ctx, opaque);
		struct aip_opaque *back = sent.at ? aip_opaque_in(arena, sent, AIP_VENDOR_NONE,
								  AIP_OPAQUE_SIGNATURE, AIP_TEXT)
						  : NULL;
		PROMISE(!sent.at || !back || back->vendor == opaque->vendor);
	}
	aip_arena_destroy(arena);
	return 0;
}
