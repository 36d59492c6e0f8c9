/* What all dialects do alike with bodies: the last word on one that was written, and the small ones that
 * upstreams answer with, a count, an error. */
#include "codecs.h"

enum aip_status codec_written(const struct aip_buf *out, enum aip_status s, const char *what,
                              struct aip_error *reterr)
{
	return out->status ? aip_fail(reterr, out->status, "the %s is too large", what) : s;
}

enum aip_status codec_told(struct aip_buf *out, size_t before, bool *ended)
{
	if (!out->status)
		return AIP_OK;
	*ended = false;
	if (out->len > before) {
		out->len = before;
		out->at[before] = 0;
	}
	return out->status;
}

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
