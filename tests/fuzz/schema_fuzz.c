/* Schemas: whatever a tool declares, each profile refuses it with a sentence or writes JSON. What
 * can be written twice stays as it is from then on.
 *
 * Input: whether it is a tool's, then the schema. */
#include "fuzz.h"

#include <aiproxy/rules.h>

#define OUT_MAX (4 << 20)

static const enum aip_schema_profile profiles[] = {
#define ROW(name, word) AIP_SCHEMA_##name,
	AIP_SCHEMA_TABLE(ROW)
#undef ROW
};

static bool written(struct aip_arena *arena, struct aip_str schema, enum aip_schema_profile profile,
                    bool is_tool, struct aip_buf *into)
{
	struct aip_json_out out = aip_json_to(into);
	struct aip_error error = {0};
	struct aip_json *root;

	aip_buf_init(into, OUT_MAX);
	if (aip_schema_write(arena, schema, profile, is_tool, &out, &error)) {
		PROMISE(error.status != AIP_OK && error.message[0]);
		return false;
	}
	PROMISE(aip_json_parse(arena, aip_buf_str(into), &root, &error) == AIP_OK);
	PROMISE(!is_tool || root->kind == AIP_JSON_OBJECT || profile == AIP_SCHEMA_RAW);
	return true;
}

static void again_and_again(struct aip_str schema, enum aip_schema_profile profile, bool is_tool)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_buf once, twice, thrice;

	if (written(arena, schema, profile, is_tool, &once)) {
		if (written(arena, aip_buf_str(&once), profile, is_tool, &twice)) {
			PROMISE(written(arena, aip_buf_str(&twice), profile, is_tool, &thrice));
			PROMISE(aip_str_eq(aip_buf_str(&thrice), aip_buf_str(&twice)));
			aip_buf_fini(&thrice);
		}
		aip_buf_fini(&twice);
	}
	aip_buf_fini(&once);
	aip_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aip_str schema = fuzz_str(data, size);
	const bool is_tool = fuzz_byte(&schema) & 1;
	struct aip_arena *arena = aip_arena_create();
	struct aip_error error = {0};
	struct aip_json *root;

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		again_and_again(schema, profiles[i], is_tool);
	if (aip_json_parse(arena, schema, &root, &error) == AIP_OK) {
		struct aip_str from = aip_schema_from_openapi(arena, schema);
		PROMISE(aip_json_parse(arena, from, &root, &error) == AIP_OK);
	}
	aip_arena_destroy(arena);
	return 0;
}
