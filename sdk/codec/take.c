/* Values of a request that several dialects read alike. */
#include "codecs.h"

enum aip_status codec_take_within(const struct aip_json *v, double most, struct aip_str *into,
                                  struct aip_error *reterr)
{
	double number;

	if (!aip_str_double(v->text, &number) || number < 0 || number > most)
		return aip_json_fail(reterr, v, "must be between 0 and %g", most);
	*into = v->text;
	return AIP_OK;
}

enum aip_status codec_take_texts(const struct aip_json *v, struct aip_str *into,
                                 struct aip_error *reterr)
{
	if (v->kind != AIP_JSON_OBJECT)
		return aip_json_fail(reterr, v, "must be an object");
	AIP_JSON_EACH (member, v)
		if (member->kind != AIP_JSON_STRING)
			return aip_json_fail(reterr, member, "must be a string");
	*into = v->raw;
	return AIP_OK;
}
