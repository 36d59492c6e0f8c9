/* What becomes of a request before any codec writes it, the same for all of them. */
#include <aiproxy/rules.h>

#include <stdio.h>

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
	const char *field = aip_client_field(request->dialect, "reasoning_effort");
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

static bool tells_history(const struct aip_turn *turn, const struct aip_part *part)
{
	return part->kind != AIP_COMPACTION &&
	       (turn->role == AIP_ROLE_ASSISTANT || turn->role == AIP_ROLE_TOOL);
}

static bool can_tell(const struct aip_codec_ctx *ctx, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (part->kind != AIP_THINKING &&
		    (part->kind != AIP_UNKNOWN_PART || part->dialect == ctx->upstream))
			return true;
	return false;
}

/* What was of a kind that nobody else knows, or a result of no call, is left out; when that was all, or all
 * that is left is a thought, there is nothing to answer. */
static enum aip_status fit_words(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                 struct aip_error *reterr)
{
	const struct aip_state *state = &request->state;

	if (request->system || request->cache.resource.at || state->previous_response_id.at ||
	    state->conversation.at || state->prompt.at)
		return AIP_OK;
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		if (can_tell(ctx, turn))
			return AIP_OK;
	const char *field = aip_client_field(request->dialect, "messages");
	aip_fail(reterr, AIP_BAD_REQUEST, "%s: says nothing that this upstream can read", field);
	if (reterr)
		snprintf(reterr->param, sizeof(reterr->param), "%s", field);
	return AIP_BAD_REQUEST;
}

/* A history that is sealed, and only its vendor can open, is none elsewhere. Where more is told beside it,
 * that will do. */
static enum aip_status fit_history(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_error *reterr)
{
	bool sealed = false, told = false;

	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		for (const struct aip_part *part = turn->parts; part; part = part->next) {
			sealed |= part->kind == AIP_COMPACTION && part->dialect != ctx->upstream;
			told |= tells_history(turn, part);
		}
	}
	if (!sealed || told)
		return AIP_OK;
	return aip_ctx_refuse(
		ctx, "messages",
		"a compacted conversation is read by its own vendor only; send it in full", reterr);
}

/* An answer of no tokens fills the vendor's cache; the other dialects have no word for that. */
static enum aip_status fit_limit(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                 struct aip_error *reterr)
{
	int64_t tokens;

	if (ctx->upstream == AIP_CLAUDE || !aip_str_int(request->max_output_tokens, &tokens) ||
	    tokens > 0)
		return AIP_OK;
	return aip_ctx_refuse(
		ctx, "max_tokens",
		"this upstream cannot fill its cache without an answer; ask for a token at least",
		reterr);
}

enum aip_status aip_request_fit(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                struct aip_error *reterr)
{
	tell_repairs(ctx, &request->repairs);
	enum aip_status s = fit_words(ctx, request, reterr);
	if (!s)
		s = fit_history(ctx, request, reterr);
	if (!s)
		s = fit_limit(ctx, request, reterr);
	return s ? s : fit_level(ctx, request, reterr);
}
