/* Ids that are made from what stands before them: equal histories give equal ids. */
#include <aiproxy/rules.h>

struct aip_str aip_stable_id(struct aip_arena *arena, const char *prefix, struct aip_str of,
                             uint64_t ordinal)
{
	enum { HEX_KEPT = 24 };
	size_t bytes = of.len + sizeof(ordinal);
	char *seen = aip_arena_bytes(arena, bytes);

	if (of.len)
		memcpy(seen, of.at, of.len);
	for (size_t i = 0; i < sizeof(ordinal); i++)
		seen[of.len + i] = (char)(ordinal >> (8 * i));
	struct aip_str hash = aip_sha256_hex(arena, aip_strn(seen, bytes));
	return aip_arena_printf(arena, "%s%.*s", prefix, HEX_KEPT, hash.at);
}
