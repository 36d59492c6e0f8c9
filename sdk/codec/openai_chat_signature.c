/* Google's signature on a tool call of Chat Completions, which has no field for it. */
#include "openai_chat.h"

#define PATH_MAX_LEN 3
#define ID_MARK      "__thought__" /* between an id and the signature that it carries */

/* Where servers and clients have put it; Google's own place, the first, is the one that is written.
 */
static const char *const paths[][PATH_MAX_LEN] = {
	{"extra_content", "google", "thought_signature"},
	{"provider_specific_fields", "thought_signature"},
	{"function", "provider_specific_fields", "thought_signature"},
	{"function", "thought_signature"},
	{"thought_signature"},
	{"thoughtSignature"},
};

struct aip_str chat_signature_of(const struct aip_json *call)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const struct aip_json *v = call;
		for (size_t k = 0; k < PATH_MAX_LEN && paths[i][k]; k++)
			v = aip_json_some(v, paths[i][k]);
		if (aip_json_is(v, AIP_JSON_STRING) && v->text.len)
			return v->text;
	}
	return AIP_NONE;
}

struct aip_str chat_signature_in_id(struct aip_str id)
{
	const ptrdiff_t at = aip_str_find(id, AIP_LIT(ID_MARK));
	const size_t front = at < 0 ? id.len : (size_t)at + strlen(ID_MARK);

	return front < id.len ? aip_strn(id.at + front, id.len - front) : AIP_NONE;
}

void chat_put_signature(struct aip_json_out *out, struct aip_str signature)
{
	if (!signature.at)
		return;
	aip_json_key(out, "extra_content");
	aip_json_open(out, '{');
	aip_json_key(out, "google");
	aip_json_open(out, '{');
	aip_json_str(out, "thought_signature", signature);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}
