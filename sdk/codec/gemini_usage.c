/* Gemini usageMetadata and logprobsResult, both ways. */
#include "gemini.h"

/* ---- Tokens --------------------------------------------------------------------------------- */

/* Tokens of one modality in a list of details; -1 when it names none. */
static int64_t tokens_of(const struct aip_json *metadata, const char *details, const char *modality)
{
	AIP_JSON_EACH (detail, gemini_get(metadata, details))
		if (gemini_word_is(gemini_text(detail, "modality"), modality))
			return gemini_int(detail, "tokenCount", 0);
	return -1;
}

/* Google counts thoughts and the results of its own tools beside prompt and answer; what was cached
 * is within the prompt. An object that only names the kind of traffic is no usage. */
bool gemini_read_usage(const struct aip_json *metadata, struct aip_usage *ret)
{
	const int64_t prompt = gemini_int(metadata, "promptTokenCount", -1);
	const int64_t tool = gemini_int(metadata, "toolUsePromptTokenCount", -1);
	const int64_t answer = gemini_int(metadata, "candidatesTokenCount", -1);
	const int64_t thoughts = gemini_int(metadata, "thoughtsTokenCount", -1);
	const int64_t total = gemini_int(metadata, "totalTokenCount", -1);

	aip_usage_init(ret);
	if (prompt < 0 && answer < 0 && thoughts < 0 && total < 0)
		return false;
	const int64_t in = (prompt > 0 ? prompt : 0) + (tool > 0 ? tool : 0);
	const int64_t said = answer > 0 ? answer : 0;
	/* Some servers count the thoughts among the candidates already. */
	const bool inclusive = thoughts > 0 && total >= 0 && in + said == total;
	if (prompt >= 0)
		ret->in_total = in;
	if (tool >= 0)
		ret->tool_in = tool;
	ret->cache_read = gemini_int(metadata, "cachedContentTokenCount", -1);
	if (answer >= 0 || thoughts >= 0)
		ret->out_total = said + (thoughts > 0 && !inclusive ? thoughts : 0);
	if (thoughts >= 0)
		ret->reasoning = thoughts;
	ret->total_reported = total;
	ret->audio_in = tokens_of(metadata, "promptTokensDetails", "AUDIO");
	ret->image_in = tokens_of(metadata, "promptTokensDetails", "IMAGE");
	ret->audio_out = tokens_of(metadata, "candidatesTokensDetails", "AUDIO");
	return true;
}

static void put_some(struct aip_json_out *out, const char *key, int64_t number)
{
	if (number > 0)
		aip_json_int_kv(out, key, number);
}

struct modality {
	const char *word;
	int64_t tokens;
};

/* Those that somebody counted. */
static void put_modalities(struct aip_json_out *out, const char *key,
                           const struct modality *modalities, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (modalities[i].tokens <= 0)
			continue;
		if (!any) {
			aip_json_key(out, key);
			aip_json_open(out, '[');
		}
		any = true;
		aip_json_open(out, '{');
		aip_json_str(out, "modality", aip_str(modalities[i].word));
		aip_json_int_kv(out, "tokenCount", modalities[i].tokens);
		aip_json_close(out, '}');
	}
	if (any)
		aip_json_close(out, ']');
}

void gemini_write_usage(const struct aip_usage *usage, struct aip_json_out *out)
{
	const int64_t in = usage->in_total > 0 ? usage->in_total : 0;
	const int64_t tool = usage->tool_in > 0 ? usage->tool_in : 0;
	const int64_t all = usage->out_total > 0 ? usage->out_total : 0;
	const int64_t thoughts =
		usage->reasoning > 0 && usage->reasoning <= all ? usage->reasoning : 0;
	const struct modality heard[] = {{"AUDIO", usage->audio_in}, {"IMAGE", usage->image_in}},
			      said[] = {{"AUDIO", usage->audio_out}};

	aip_json_open(out, '{');
	aip_json_int_kv(out, "promptTokenCount", in > tool ? in - tool : 0);
	aip_json_int_kv(out, "candidatesTokenCount", all - thoughts);
	put_some(out, "cachedContentTokenCount", usage->cache_read);
	put_some(out, "thoughtsTokenCount", thoughts);
	put_some(out, "toolUsePromptTokenCount", tool);
	aip_json_int_kv(out, "totalTokenCount", in + all);
	put_modalities(out, "promptTokensDetails", heard, 2);
	put_modalities(out, "candidatesTokensDetails", said, 1);
	aip_json_close(out, '}');
}

/* ---- Probabilities -------------------------------------------------------------------------- */

static void put_token(struct aip_json_out *out, const struct aip_json *token)
{
	aip_json_str(out, "token", gemini_text(token, "token"));
	aip_json_raw_some(out, "logprob", gemini_raw(token, "logProbability"));
	aip_json_null_kv(out, "bytes");
}

static void put_tokens(struct aip_json_out *out, const struct aip_json *chosen,
                       const struct aip_json *top)
{
	aip_json_open(out, '[');
	AIP_JSON_EACH (token, chosen) {
		aip_json_open(out, '{');
		put_token(out, token);
		aip_json_key(out, "top_logprobs");
		aip_json_open(out, '[');
		AIP_JSON_EACH (other, gemini_get(top, "candidates")) {
			aip_json_open(out, '{');
			put_token(out, other);
			aip_json_close(out, '}');
		}
		aip_json_close(out, ']');
		aip_json_close(out, '}');
		top = top ? top->next : NULL;
	}
	aip_json_close(out, ']');
}

struct aip_str gemini_read_logprobs(struct aip_arena *arena, const struct aip_json *result)
{
	const struct aip_json *chosen = gemini_get(result, "chosenCandidates");
	const struct aip_json *top = gemini_get(result, "topCandidates");
	struct aip_buf text;

	if (!chosen || !chosen->count)
		return AIP_NONE;
	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	put_tokens(&out, chosen, top ? top->child : NULL);
	return aip_arena_take(arena, &text);
}

static void put_google_token(struct aip_json_out *out, const struct aip_json *token)
{
	const struct aip_json *logprob = aip_json_some(token, "logprob");

	aip_json_open(out, '{');
	aip_json_str(out, "token", aip_json_text(token, "token"));
	aip_json_raw_some(out, "logProbability", logprob ? logprob->raw : AIP_NONE);
	aip_json_close(out, '}');
}

void gemini_write_logprobs(struct aip_arena *arena, struct aip_str tokens, struct aip_json_out *out)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (!tokens.len || aip_json_parse(arena, tokens, &doc, &ignored) ||
	    doc->kind != AIP_JSON_ARRAY)
		return;
	aip_json_key(out, "logprobsResult");
	aip_json_open(out, '{');
	aip_json_key(out, "chosenCandidates");
	aip_json_open(out, '[');
	AIP_JSON_EACH (token, doc)
		put_google_token(out, token);
	aip_json_close(out, ']');
	aip_json_key(out, "topCandidates");
	aip_json_open(out, '[');
	AIP_JSON_EACH (token, doc) {
		aip_json_open(out, '{');
		aip_json_key(out, "candidates");
		aip_json_open(out, '[');
		AIP_JSON_EACH (other, aip_json_some(token, "top_logprobs"))
			put_google_token(out, other);
		aip_json_close(out, ']');
		aip_json_close(out, '}');
	}
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}
