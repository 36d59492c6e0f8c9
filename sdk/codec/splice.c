/* The client's name for a model, written over the upstream's in bytes that are relayed. */
#include "codecs.h"

static struct aip_str text_of(const struct aip_json_want *want)
{
	return want->raw.at && want->kind == AIP_JSON_STRING ? want->raw : AIP_NONE;
}

bool codec_splice_model(struct aip_str json, const char *inside, struct aip_str model,
                        struct aip_buf *out)
{
	struct aip_json_want top[] = {{.key = AIP_LIT("model")},
	                              {.key = inside ? aip_str(inside) : AIP_NONE}};
	struct aip_json_want inner = {.key = AIP_LIT("model")};

	if (aip_json_scan(json, top, inside ? 2 : 1, NULL))
		return false;
	const bool holds = top[1].raw.at && top[1].kind == AIP_JSON_OBJECT &&
	                   !aip_json_scan(top[1].raw, &inner, 1, NULL);
	struct aip_str old = holds ? text_of(&inner) : AIP_NONE;
	if (!old.at)
		old = text_of(&top[0]);
	if (!old.at)
		return false;
	const char *behind = old.at + old.len;
	struct aip_json_out value = aip_json_to(out);
	aip_buf_add(out, aip_strn(json.at, (size_t)(old.at - json.at)));
	aip_json_put_str(&value, model);
	aip_buf_add(out, aip_strn(behind, (size_t)(json.at + json.len - behind)));
	return true;
}
