/* JSON: the tree reader and the scanner agree on what is legal, and raw bytes stay inside the text.
 */
#include "fuzz.h"

#include <aiproxy/json.h>

static void walk(const struct aip_json *node, struct aip_str source, struct aip_arena *arena)
{
	PROMISE(node->raw.at >= source.at &&
	        node->raw.at + node->raw.len <= source.at + source.len);
	if (node->kind == AIP_JSON_STRING)
		PROMISE(aip_str_eq(aip_json_unquote(arena, node->raw), node->text));
	uint32_t count = 0;
	AIP_JSON_EACH (child, node) {
		PROMISE(child->parent == node);
		walk(child, source, arena);
		count++;
	}
	PROMISE(count == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct aip_str source = fuzz_str(data, size);
	struct aip_arena *arena = aip_arena_create();
	struct aip_json_want want = {.key = AIP_LIT("model")};
	struct aip_error error = {0};
	struct aip_json *root = NULL;

	const enum aip_status parsed = aip_json_parse(arena, source, &root, &error);
	const enum aip_status scanned = aip_json_scan(source, &want, 1, &error);
	if (parsed == AIP_OK) {
		walk(root, source, arena);
		PROMISE(root->kind != AIP_JSON_OBJECT || scanned == AIP_OK);
	} else {
		PROMISE(scanned != AIP_OK);
	}
	aip_arena_destroy(arena);
	return 0;
}
