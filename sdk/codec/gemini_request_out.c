/* Gemini requests, written: the top level and generationConfig. */
#include "codecs.h"
#include "gemini.h"

#define STOPS_MAX 5

/* ---- For rows ------------------------------------------------------------------------------- */

void gemini_drop(struct gemini_writer *w, const char *path)
{
	if (!w->status)
		w->status = aip_ctx_drop(w->ctx, path, w->error);
}

void gemini_refuse(struct gemini_writer *w, const char *param, const char *why)
{
	if (!w->status)
		w->status = aip_ctx_refuse(w->ctx, param, why, w->error);
}

struct gemini_object gemini_open_some(struct aip_json_out *out, const char *key)
{
	struct gemini_object object = {.before = out->buf->len, .comma = out->comma};

	aip_json_key(out, key);
	aip_json_open(out, '{');
	object.inside = out->buf->len;
	return object;
}

void gemini_close_some(struct aip_json_out *out, struct gemini_object object)
{
	if (out->buf->len != object.inside || out->buf->status) {
		aip_json_close(out, '}');
		return;
	}
	out->buf->len = object.before;
	out->comma = object.comma;
}

void gemini_put_ext(struct gemini_writer *w, const struct aip_ext *ext, const char *outer)
{
	const size_t front = strlen(outer);

	for (; ext; ext = ext->next) {
		struct aip_str key = ext->key;
		if (ext->dialect != AIP_GEMINI || !aip_str_starts(key, aip_str(outer)) ||
		    (!front && aip_str_find(key, AIP_LIT(".")) >= 0))
			continue;
		key.at += front;
		key.len -= front;
		aip_json_key_str(&w->out, key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

/* ---- Sampling ------------------------------------------------------------------------------- */

/* More than the model can say is what it can say. */
static void put_max_tokens(struct gemini_writer *w)
{
	struct aip_str lexeme = w->request->max_output_tokens;
	const int64_t most = w->ctx->caps->max_output;
	double tokens;

	if (most && lexeme.len && aip_str_double(lexeme, &tokens) && tokens > (double)most)
		aip_json_int_kv(&w->out, "maxOutputTokens", most);
	else
		aip_json_raw_some(&w->out, "maxOutputTokens", lexeme);
}

/* The API's seed has 32 bits. */
static bool seed_fits(struct aip_str seed)
{
	int64_t number;

	return aip_str_int(seed, &number) && number >= INT32_MIN && number <= INT32_MAX;
}

static void put_numbers(struct gemini_writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	const bool hot = !caps->temperature || strcmp(caps->temperature, "none") != 0;
	const struct {
		const char *key, *path;
		struct aip_str lexeme;
		bool fits;
	} rows[] = {
		{"temperature", "temperature", s->temperature, hot},
		{"topP", "top_p", s->top_p, caps->top_p != AIP_NO},
		{"topK", "top_k", s->top_k, caps->top_k != AIP_NO},
		{"seed", "seed", s->seed, caps->seed != AIP_NO && seed_fits(s->seed)},
		{"presencePenalty", "presence_penalty", s->presence_penalty,
	         caps->penalties != AIP_NO},
		{"frequencyPenalty", "frequency_penalty", s->frequency_penalty,
	         caps->penalties != AIP_NO},
		{"candidateCount", "n", s->n, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].lexeme.at && !rows[i].fits)
			gemini_drop(w, rows[i].path);
		else
			aip_json_raw_some(&w->out, rows[i].key, rows[i].lexeme);
	}
}

static void put_logprobs(struct gemini_writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;

	if (s->logprobs != AIP_YES)
		return;
	if (w->ctx->caps->logprobs == AIP_NO) {
		gemini_drop(w, "logprobs");
		return;
	}
	aip_json_bool_kv(&w->out, "responseLogprobs", true);
	aip_json_raw_some(&w->out, "logprobs", s->top_logprobs);
}

static void put_stops(struct gemini_writer *w)
{
	const int64_t most = w->ctx->caps->stop_max ? w->ctx->caps->stop_max : STOPS_MAX;
	int64_t n = 0;

	for (const struct aip_name *stop = w->request->sampling.stop; stop; stop = stop->next) {
		if (!stop->name.len)
			continue;
		if (n == most) {
			gemini_drop(w, "stop");
			break;
		}
		if (n++ == 0) {
			aip_json_key(&w->out, "stopSequences");
			aip_json_open(&w->out, '[');
		}
		aip_json_put_str(&w->out, stop->name);
	}
	if (n)
		aip_json_close(&w->out, ']');
}

/* ---- Output --------------------------------------------------------------------------------- */

/* A description of the format has its place in the schema. */
static struct aip_str described(struct gemini_writer *w, struct aip_str schema)
{
	struct aip_str words = w->request->output.description;
	struct aip_error ignored;
	struct aip_json *doc;
	struct aip_buf text;

	if (!words.len || aip_json_parse(w->ctx->arena, schema, &doc, &ignored) ||
	    doc->kind != AIP_JSON_OBJECT)
		return schema;
	struct aip_str own = aip_json_text(doc, "description");
	if (own.len)
		words = AIP_JOIN(w->ctx->arena, words, AIP_LIT("\n"), own);
	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	aip_json_open(&out, '{');
	aip_json_str(&out, "description", words);
	AIP_JSON_EACH (member, doc) {
		if (aip_str_is(member->key, "description"))
			continue;
		aip_json_key_str(&out, member->key);
		aip_json_put_tree(&out, member);
	}
	aip_json_close(&out, '}');
	return aip_arena_take(w->ctx->arena, &text);
}

static void put_schema(struct gemini_writer *w, struct aip_str schema)
{
	const bool legacy = aip_str_is(aip_str(w->ctx->caps->json_schema_field), "responseSchema");

	if (!schema.len)
		return;
	aip_json_key(&w->out, legacy ? "responseSchema" : "responseJsonSchema");
	enum aip_status s = aip_schema_write(w->ctx->arena, described(w, schema),
	                                     legacy ? AIP_SCHEMA_GEMINI_OPENAPI : AIP_SCHEMA_RAW,
	                                     false, &w->out, w->error);
	w->status = w->status ? w->status : s;
}

static bool has_own_format(const struct aip_request *request)
{
	for (const struct aip_ext *ext = request->ext; ext; ext = ext->next)
		if (ext->dialect == AIP_GEMINI &&
		    (gemini_key_is(ext->key, "generationConfig.responseFormat") ||
		     gemini_key_is(ext->key, "generationConfig.responseMimeType")))
			return true;
	return false;
}

static void put_format(struct gemini_writer *w)
{
	const struct aip_output *output = &w->request->output;
	const bool is_text =
		output->format == AIP_FORMAT_UNSET || output->format == AIP_FORMAT_TEXT;

	if (is_text || has_own_format(w->request))
		return;
	if (output->format == AIP_FORMAT_GRAMMAR) {
		gemini_drop(w, "response_format");
		return;
	}
	aip_json_str(&w->out, "responseMimeType",
	             output->format == AIP_FORMAT_ENUM ? AIP_LIT("text/x.enum")
	                                               : AIP_LIT("application/json"));
	if (output->format != AIP_FORMAT_JSON_OBJECT)
		put_schema(w, output->schema);
}

/* ---- Thinking ------------------------------------------------------------------------------- */

static void put_level(struct gemini_writer *w, enum aip_level level)
{
	level = aip_level_clamp(level, w->ctx->caps->levels);
	if (level > AIP_LEVEL_HIGH) /* the API knows none above */
		level = AIP_LEVEL_HIGH;
	aip_json_str(&w->out, "thinkingLevel", aip_str(aip_level_word(level)));
}

static void put_off(struct gemini_writer *w, bool by_level)
{
	const struct aip_caps *caps = w->ctx->caps;

	if (by_level)
		put_level(w, AIP_LEVEL_MINIMAL);
	else
		aip_json_int_kv(&w->out, "thinkingBudget",
		                caps->can_disable == AIP_NO ? caps->budget_min : 0);
}

/* A level or a budget, never both. */
static void put_effort(struct gemini_writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const struct aip_caps *caps = w->ctx->caps;
	const bool by_level = caps->modes ? aip_caps_has(caps->modes, "level")
	                                  : reasoning->mode == AIP_REASONING_LEVEL;

	switch (reasoning->mode) {
	case AIP_REASONING_UNSET: break;
	case AIP_REASONING_OFF: put_off(w, by_level); break;
	case AIP_REASONING_AUTO:
		if (!by_level && caps->dynamic != AIP_NO)
			aip_json_int_kv(&w->out, "thinkingBudget", -1);
		break;
	case AIP_REASONING_LEVEL:
	case AIP_REASONING_BUDGET:
		if (by_level)
			put_level(w, aip_reasoning_level(reasoning));
		else
			aip_json_int_kv(&w->out, "thinkingBudget",
			                aip_reasoning_budget(reasoning, caps));
		break;
	}
}

static void put_thinking_config(struct gemini_writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const enum aip_reasoning_mode mode = reasoning->mode;

	if (w->ctx->caps->thinking == AIP_NO) {
		if (mode != AIP_REASONING_UNSET && mode != AIP_REASONING_OFF)
			gemini_drop(w, "reasoning");
		return;
	}
	struct gemini_object config = gemini_open_some(&w->out, "thinkingConfig");
	put_effort(w);
	if (reasoning->summary == AIP_SUMMARY_OFF)
		aip_json_bool_kv(&w->out, "includeThoughts", false);
	else if (reasoning->summary != AIP_SUMMARY_UNSET && mode != AIP_REASONING_OFF)
		aip_json_bool_kv(&w->out, "includeThoughts", true);
	gemini_put_ext(w, w->request->ext, "thinkingConfig.");
	gemini_close_some(&w->out, config);
}

static void put_generation_config(struct gemini_writer *w)
{
	struct gemini_object config = gemini_open_some(&w->out, "generationConfig");

	put_max_tokens(w);
	put_numbers(w);
	put_logprobs(w);
	put_stops(w);
	put_format(w);
	gemini_put_modalities(w);
	put_thinking_config(w);
	gemini_put_ext(w, w->request->ext, "generationConfig.");
	gemini_close_some(&w->out, config);
}

/* ---- Top level ------------------------------------------------------------------------------ */

static void put_tier(struct gemini_writer *w)
{
	static const char *const tiers[][2] = {
		{"standard", "standard"}, {"flex", "flex"},          {"priority", "priority"},
		{"fast", "priority"},     {"ultrafast", "priority"}, {"scale", "priority"},
	};

	for (size_t i = 0; i < sizeof(tiers) / sizeof(*tiers); i++)
		if (aip_str_is(w->request->service_tier, tiers[i][0]))
			aip_json_str(&w->out, "serviceTier", aip_str(tiers[i][1]));
}

/* Slots this dialect lacks, by the names that clients know. */
static void drop_the_unsaid(struct gemini_writer *w)
{
	const struct aip_request *q = w->request;
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->parallel_tools == AIP_NO, "parallel_tool_calls"},
		{q->max_tool_calls.at, "max_tool_calls"},
		{q->sampling.logit_bias.at, "logit_bias"},
		{q->output.verbosity.at, "verbosity"},
		{q->output.prediction.at, "prediction"},
		{q->state.store == AIP_YES, "store"},
		{q->state.truncation.at, "truncation"},
		{q->state.context_management.at, "context_management"},
		{q->state.container.at, "container"},
		{q->user_id.at, "user"},
		{q->metadata.at && !w->same, "metadata"},
		{q->safety.at && !w->same, "moderation"},
		{q->cache.key.at, "prompt_cache_key"},
		{q->cache.retention.at, "prompt_cache_retention"},
		{q->cache.options.at, "prompt_cache_options"},
		{q->reasoning.context.at, "reasoning.context"},
		{q->reasoning.exec_mode.at, "reasoning.mode"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			gemini_drop(w, table[i].path);
	if (q->cache.automatic.set)
		aip_ctx_dropped(w->ctx, "cache_control"); /* caching needs no asking here */
	aip_ctx_drop_unknown(w->ctx, q->ext);
}

static void refuse_the_impossible(struct gemini_writer *w)
{
	const struct aip_request *q = w->request;
	const struct {
		bool said;
		const char *param, *why;
	} table[] = {
		{q->state.previous_response_id.at, "previous_response_id",
	         "this upstream keeps no state; send the full input"},
		{q->state.conversation.at, "conversation",
	         "this upstream keeps no state; send the full input"},
		{q->state.prompt.at, "prompt", "this upstream has no stored prompts"},
		{q->state.background == AIP_YES, "background",
	         "this upstream answers in the foreground only"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			gemini_refuse(w, table[i].param, table[i].why);
}

/* What a count needs is what is counted: no settings. */
static void put_request(struct gemini_writer *w, bool counts)
{
	gemini_put_contents(w);
	if (!w->request->cache.resource.at) { /* which holds these already */
		gemini_put_system(w);
		gemini_put_tools(w);
	}
	if (counts)
		return;
	put_generation_config(w);
	if (w->same)
		aip_json_raw_some(&w->out, "safetySettings", w->request->safety);
	aip_json_str_some(&w->out, "cachedContent", w->request->cache.resource);
	put_tier(w);
	if (w->same)
		aip_json_raw_some(&w->out, "labels", w->request->metadata);
	gemini_put_ext(w, w->request->ext, "");
}

static enum aip_status write(struct aip_codec_ctx *ctx, const struct aip_request *request,
                             bool counts, struct aip_buf *out, struct aip_error *reterr)
{
	struct gemini_writer w = {
		.ctx = ctx,
		.request = request,
		.same = request->dialect == AIP_GEMINI,
		.out = aip_json_to(out),
		.error = reterr,
	};

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_gemini, true);
	refuse_the_impossible(&w);
	drop_the_unsaid(&w);
	aip_json_open(&w.out, '{');
	if (counts) {
		aip_json_key(&w.out, "generateContentRequest");
		aip_json_open(&w.out, '{');
		aip_json_str(&w.out, "model",
		             aip_arena_printf(ctx->arena, "models/%.*s", AIP_FMT(ctx->model)));
	}
	put_request(&w, counts);
	if (counts)
		aip_json_close(&w.out, '}');
	aip_json_close(&w.out, '}');
	return codec_written(out, w.status, "request", reterr);
}

enum aip_status gemini_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                     struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, false, out, reterr);
}

enum aip_status gemini_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, true, out, reterr);
}
