/* Suffixes of model names: a name is split in two or left whole, never lost, and a broken suffix is
 * refused with a sentence. */
#include "fuzz.h"

#include <aiproxy/rules.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct aip_str name = fuzz_str(data, size);
	struct aip_reasoning reasoning = {0};
	struct aip_error error = {0};
	struct aip_str base = AIP_NONE;

	if (aip_model_suffix(name, &base, &reasoning, &error)) {
		PROMISE(error.status == AIP_BAD_REQUEST && error.message[0]);
		return 0;
	}
	PROMISE(aip_str_starts(name, base));
	PROMISE((base.len == name.len) == (reasoning.mode == AIP_REASONING_UNSET));
	if (reasoning.mode == AIP_REASONING_LEVEL)
		PROMISE(reasoning.level > AIP_LEVEL_NONE && reasoning.level < AIP_LEVEL_COUNT);
	if (reasoning.mode == AIP_REASONING_BUDGET)
		PROMISE(reasoning.budget > 0);
	return 0;
}
