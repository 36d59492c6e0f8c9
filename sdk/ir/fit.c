/* What becomes of a request before any codec writes it, the same for all of them. */
#include <aiproxy/rules.h>

#include <stdio.h>

/* Where a client says its effort. */
static const char *effort_field(enum aip_dialect dialect)
{
	switch (dialect) {
	case AIP_RESPONSES: return "reasoning.effort";
	case AIP_CLAUDE: return "output_config.effort";
	case AIP_GEMINI: return "generationConfig.thinkingConfig.thinkingLevel";
	default: return "reasoning_effort";
	}
}

/* A level that the model lacks: the nearest is sent instead, strictly none is. */
static enum aip_status fit_level(struct aip_codec_ctx *ctx, const struct aip_request *request,
				 struct aip_error *reterr)
{
	const char *levels = ctx->caps->levels;
	const char *said = aip_level_word(request->reasoning.level);

	if (request->reasoning.mode != AIP_REASONING_LEVEL || !levels || aip_caps_has(levels, said))
		return AIP_OK;
	if (ctx->loss == AIP_LENIENT) {
		aip_ctx_warn(ctx, "the model has no effort '%s': the nearest of '%s' is meant",
			     said, levels);
		return AIP_OK;
	}
	const char *field = effort_field(request->dialect);
	aip_fail(reterr, AIP_UNSUPPORTED, "%s: '%s' is not supported by this model, which has: %s",
		 field, said, levels);
	if (reterr)
		snprintf(reterr->param, sizeof(reterr->param), "%s", field);
	return AIP_UNSUPPORTED;
}

static void tell_repairs(struct aip_codec_ctx *ctx, const struct aip_repairs *repairs)
{
	const struct {
		uint32_t n;
		const char *what;
	} rows[] = {
		{repairs->answered, "tool calls had no result and were answered with an error"},
		{repairs->orphans, "tool results had no call and were left out"},
		{repairs->duplicates, "tool results were told twice: the last counts"},
		{repairs->misplaced,
		 "calls or thinking of another than the assistant were left out"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].n)
			aip_ctx_warn(ctx, "%u %s", (unsigned)rows[i].n, rows[i].what);
}

enum aip_status aip_request_fit(struct aip_codec_ctx *ctx, const struct aip_request *request,
				struct aip_error *reterr)
{
	tell_repairs(ctx, &request->repairs);
	return fit_level(ctx, request, reterr);
}
