/* Arguments for wires that hold objects, the text of parts, and their probabilities. */
#include <aiproxy/rules.h>

struct aip_str aip_args_object(struct aip_codec_ctx *ctx, struct aip_str args)
{
	struct aip_str text = aip_str_trim(args);

	if (!text.len)
		return AIP_LIT("{}");
	if (*text.at == '{' && !aip_json_scan(text, NULL, 0, NULL))
		return text;
	aip_ctx_warn(ctx, "arguments of a tool call are no JSON object: sent as {}");
	return AIP_LIT("{}");
}

struct aip_str aip_parts_text(struct aip_arena *arena, const struct aip_part *parts)
{
	struct aip_str only = AIP_NONE;
	size_t n = 0, len = 0, at = 0;

	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != AIP_TEXT)
			continue;
		only = part->text;
		len += part->text.len + 2;
		n++;
	}
	if (n < 2)
		return n ? only : AIP_LIT("");
	char *all = aip_arena_bytes(arena, len);
	for (const struct aip_part *part = parts; part; part = part->next) {
		if (part->kind != AIP_TEXT)
			continue;
		if (at) {
			memcpy(all + at, "\n\n", 2);
			at += 2;
		}
		if (part->text.len)
			memcpy(all + at, part->text.at, part->text.len);
		at += part->text.len;
	}
	return aip_strn(all, at);
}

static struct aip_str inner_of(struct aip_str array)
{
	array = aip_str_trim(array);
	if (array.len < 2 || array.at[0] != '[' || array.at[array.len - 1] != ']')
		return AIP_NONE;
	return aip_str_trim(aip_strn(array.at + 1, array.len - 2));
}

struct aip_str aip_logprobs_join(struct aip_arena *arena, struct aip_str before,
                                 struct aip_str more)
{
	const struct aip_str a = inner_of(before), b = inner_of(more);

	if (!a.len || !b.len)
		return a.len || (before.at && !b.len) ? before : more;
	return AIP_JOIN(arena, AIP_LIT("["), a, AIP_LIT(","), b, AIP_LIT("]"));
}
