/* Small bodies that several dialects' upstreams answer alike: a count, an error. */
#include "codecs.h"

enum aip_status codec_read_count(struct aip_codec_ctx *ctx, struct aip_str body, const char *key,
                                 int64_t *ret, struct aip_error *reterr)
{
	struct aip_json *doc;

	enum aip_status s = aip_json_parse(ctx->arena, body, &doc, reterr);
	const int64_t tokens = s ? -1 : aip_json_int(doc, key, -1);
	if (tokens < 0)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the upstream's count has no %s", key);
	*ret = tokens;
	return AIP_OK;
}

const struct aip_json *codec_error_doc(struct aip_codec_ctx *ctx, struct aip_str body)
{
	struct aip_json *doc = NULL;
	struct aip_error ignored;

	if (!body.len || aip_json_parse(ctx->arena, body, &doc, &ignored))
		return NULL;
	return doc->kind == AIP_JSON_ARRAY ? doc->child : doc;
}
