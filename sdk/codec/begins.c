/* Payloads of a stream that say no more than that an answer has begun: what their readers share. */
#include "codecs.h"

bool codec_has_type(struct aip_str json, const char *const *types, size_t n)
{
	struct aip_json_want type = {.key = AIP_LIT("type")};

	if (aip_json_scan(json, &type, 1, NULL) || type.kind != AIP_JSON_STRING || !type.raw.at)
		return false;
	const struct aip_str word = aip_strn(type.raw.at + 1, type.raw.len - 2);
	for (size_t i = 0; i < n; i++)
		if (aip_str_is(word, types[i]))
			return true;
	return false;
}

static bool is_silent(const struct aip_json *v)
{
	return v->kind == AIP_JSON_NULL || (v->kind == AIP_JSON_STRING && !v->text.len) ||
	       ((v->kind == AIP_JSON_ARRAY || v->kind == AIP_JSON_OBJECT) && !v->child);
}

bool codec_all_silent(const struct aip_json *object, const char *but)
{
	AIP_JSON_EACH (member, object)
		if (!codec_lists(but, member->key) && !is_silent(member))
			return false;
	return true;
}
