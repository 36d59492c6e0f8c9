/* Responses requests, written: one function a row group of the dialect's table of fields. */
#include "openai_responses.h"

#define USER_ID_MAX  64
#define TOKENS_LEAST 16 /* the API refuses to say less */

/* ---- Losses --------------------------------------------------------------------------------- */

void responses_drop(struct responses_writer *w, const char *path)
{
	if (!w->status)
		w->status = aip_ctx_drop(w->ctx, path, w->error);
}

void responses_refuse(struct responses_writer *w, const char *param, const char *why)
{
	if (!w->status)
		w->status = aip_ctx_refuse(w->ctx, param, why, w->error);
}

static bool asks_for_audio(const struct aip_output *output)
{
	return output->audio.at || output->speech.at ||
	       aip_str_find(output->modalities, AIP_LIT("audio")) >= 0 ||
	       aip_str_find(output->modalities, AIP_LIT("AUDIO")) >= 0;
}

/* Slots this dialect lacks. */
static void drop_the_unsaid(struct responses_writer *w)
{
	const struct aip_request *q = w->request;
	const bool openai = q->dialect == AIP_CHAT || q->dialect == AIP_COMPLETIONS;
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->sampling.stop, "stop"},
		{q->sampling.top_k.at, "top_k"},
		{q->sampling.seed.at, "seed"},
		{q->sampling.presence_penalty.at, "presence_penalty"},
		{q->sampling.frequency_penalty.at, "frequency_penalty"},
		{q->sampling.logit_bias.at, "logit_bias"},
		{q->output.format == AIP_FORMAT_GRAMMAR && !w->own, "response_format"},
		{q->output.prediction.at, "prediction"},
		{q->safety.at && !openai && !w->own, "safetySettings"},
		{q->metadata.at && !openai && !w->own, "labels"},
		{q->state.container.at, "container"},
		{q->state.context_management.at && !w->own, "context_management"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			responses_drop(w, table[i].path);
	aip_ctx_drop_unknown(w->ctx, q->ext);
}

static void refuse_the_impossible(struct responses_writer *w)
{
	const struct aip_request *q = w->request;
	int64_t n = 1;

	if (aip_str_int(q->sampling.n, &n) && n > 1)
		responses_refuse(w, "n", "this upstream gives one answer at a time");
	if (q->cache.resource.at)
		responses_refuse(w, "cachedContent", "lives at another vendor");
	if (asks_for_audio(&q->output))
		responses_refuse(w, "modalities", "this upstream answers in no audio");
}

/* ---- Limits and sampling -------------------------------------------------------------------- */

static void put_limits(struct responses_writer *w)
{
	struct aip_str lexeme = w->request->max_output_tokens;
	int64_t tokens;

	if (aip_str_int(lexeme, &tokens) && tokens < TOKENS_LEAST)
		aip_json_int_kv(&w->out, "max_output_tokens", TOKENS_LEAST);
	else
		aip_json_raw_some(&w->out, "max_output_tokens", lexeme);
	aip_json_raw_some(&w->out, "max_tool_calls", w->request->max_tool_calls);
}

/* A value the model takes, or a loss. */
static void put_if(struct responses_writer *w, const char *key, struct aip_str lexeme, bool takes)
{
	if (lexeme.at && !takes)
		responses_drop(w, key);
	else
		aip_json_raw_some(&w->out, key, lexeme);
}

static void put_sampling(struct responses_writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	const bool free = !caps->temperature || aip_str_is(aip_str(caps->temperature), "free");
	const bool both = caps->temp_xor_top_p != AIP_YES || !s->temperature.at || !free;

	put_if(w, "temperature", s->temperature, free);
	put_if(w, "top_p", s->top_p, caps->top_p != AIP_NO && both);
	put_if(w, "top_logprobs", s->top_logprobs, caps->logprobs != AIP_NO);
	if (s->logprobs == AIP_YES && !s->top_logprobs.at && caps->logprobs == AIP_NO)
		responses_drop(w, "logprobs");
}

/* ---- text ----------------------------------------------------------------------------------- */

static void put_json_schema(struct responses_writer *w)
{
	const struct aip_output *output = &w->request->output;

	responses_open_typed(&w->out, "json_schema");
	aip_json_str(&w->out, "name", output->name.len ? output->name : AIP_LIT("response"));
	aip_json_str_some(&w->out, "description", output->description);
	aip_json_key(&w->out, "schema");
	bool strict = responses_put_schema(w, output->schema, output->strict == AIP_YES, false);
	aip_json_bool_kv(&w->out, "strict", strict);
	aip_json_close(&w->out, '}');
}

static void put_format(struct responses_writer *w)
{
	const struct aip_output *output = &w->request->output;

	aip_json_key(&w->out, "format");
	if (w->own && output->raw.at) {
		aip_json_put_raw(&w->out, output->raw);
	} else if (output->format == AIP_FORMAT_JSON_OBJECT) {
		responses_open_typed(&w->out, "json_object");
		aip_json_close(&w->out, '}');
	} else {
		put_json_schema(w);
	}
}

static bool is_formatted(const struct responses_writer *w)
{
	switch (w->request->output.format) {
	case AIP_FORMAT_JSON_OBJECT:
	case AIP_FORMAT_JSON_SCHEMA:
	case AIP_FORMAT_ENUM: return true;
	case AIP_FORMAT_TEXT:
	case AIP_FORMAT_GRAMMAR: return w->own;
	default: return false;
	}
}

static void put_text(struct responses_writer *w)
{
	struct aip_str verbosity = w->request->output.verbosity;

	if (!is_formatted(w) && !verbosity.len)
		return;
	aip_json_key(&w->out, "text");
	aip_json_open(&w->out, '{');
	if (is_formatted(w))
		put_format(w);
	aip_json_str_some(&w->out, "verbosity", verbosity);
	aip_json_close(&w->out, '}');
}

/* ---- reasoning ------------------------------------------------------------------------------ */

static struct aip_str effort_of(struct responses_writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const char *levels = w->ctx->caps->levels;
	enum aip_level level = AIP_LEVEL_MINIMAL; /* as near to none as there is */

	switch (reasoning->mode) {
	case AIP_REASONING_UNSET:
	case AIP_REASONING_AUTO: return AIP_NONE;
	case AIP_REASONING_OFF:
		if (!levels || aip_caps_has(levels, "none"))
			return AIP_LIT("none");
		break;
	case AIP_REASONING_LEVEL:
	case AIP_REASONING_BUDGET: level = aip_reasoning_level(reasoning); break;
	}
	return aip_str(aip_level_word(aip_level_clamp(level, levels)));
}

static const char *summary_of(const struct aip_reasoning *reasoning)
{
	switch (reasoning->summary) {
	case AIP_SUMMARY_UNSET:
	case AIP_SUMMARY_OFF: return NULL;
	case AIP_SUMMARY_AUTO: break;
	case AIP_SUMMARY_CONCISE: return "concise";
	case AIP_SUMMARY_DETAILED: return "detailed";
	}
	return "auto";
}

static void put_reasoning(struct responses_writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const bool off = reasoning->mode == AIP_REASONING_OFF;

	if (w->ctx->caps->thinking == AIP_NO) {
		if (reasoning->mode != AIP_REASONING_UNSET && !off)
			responses_drop(w, "reasoning");
		return;
	}
	struct aip_str effort = effort_of(w);
	const char *summary = off ? NULL : summary_of(reasoning);
	const bool more = w->own && (reasoning->context.at || reasoning->exec_mode.at);
	if (!effort.at && !summary && !more)
		return;
	aip_json_key(&w->out, "reasoning");
	aip_json_open(&w->out, '{');
	aip_json_str_some(&w->out, "effort", effort);
	aip_json_str_some(&w->out, "summary", aip_str(summary));
	if (more) {
		aip_json_raw_some(&w->out, "context", reasoning->context);
		aip_json_raw_some(&w->out, "mode", reasoning->exec_mode);
	}
	aip_json_close(&w->out, '}');
}

/* ---- What a client of this dialect said and no other knows ---------------------------------- */

/* They go on as the client's own bytes. counts: counting takes them too. */
static const struct {
	const char *key;
	bool counts;
} own_rows[] = {
	{"include", false},
	{"store", false},
	{"previous_response_id", true},
	{"conversation", true},
	{"prompt", false},
	{"background", false},
	{"truncation", true},
	{"context_management", false},
	{"metadata", false},
	{"service_tier", false},
	{"safety_identifier", false},
	{"user", false},
	{"prompt_cache_key", false},
	{"prompt_cache_options", false},
	{"prompt_cache_retention", false},
	{"moderation", false},
	{"stream_options", false}, /* last: only a stream has them */
};
#define N_OWN (sizeof(own_rows) / sizeof(*own_rows))

static void put_own(struct responses_writer *w)
{
	struct aip_json_want wants[N_OWN];
	const size_t n = N_OWN - !w->ctx->stream;

	for (size_t i = 0; i < n; i++)
		wants[i] = (struct aip_json_want){.key = aip_str(own_rows[i].key)};
	if (aip_json_scan(w->request->source, wants, n, NULL))
		return;
	for (size_t i = 0; i < n; i++)
		if (wants[i].kind != AIP_JSON_NULL && (own_rows[i].counts || !w->counts))
			aip_json_raw_some(&w->out, own_rows[i].key, wants[i].raw);
	for (const struct aip_ext *ext = w->counts ? NULL : w->request->ext; ext; ext = ext->next) {
		aip_json_key_str(&w->out, ext->key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

/* ---- The same of clients of other dialects -------------------------------------------------- */

/* A model of which nothing is known reasons when it is asked to. */
static bool model_reasons(const struct responses_writer *w)
{
	const struct aip_caps *caps = w->ctx->caps;
	const enum aip_reasoning_mode mode = w->request->reasoning.mode;

	if (caps->thinking == AIP_NO)
		return false;
	return caps->levels || caps->modes ||
	       (mode != AIP_REASONING_UNSET && mode != AIP_REASONING_OFF);
}

/* Reasoning comes back encrypted, since nothing is stored that it could be found in. */
static void put_include(struct responses_writer *w)
{
	const bool reasons = model_reasons(w);
	const bool logprobs =
		w->request->sampling.logprobs == AIP_YES && w->ctx->caps->logprobs != AIP_NO;

	if (!reasons && !logprobs)
		return;
	aip_json_key(&w->out, "include");
	aip_json_open(&w->out, '[');
	if (reasons)
		aip_json_put_str(&w->out, AIP_LIT(RESPONSES_ENCRYPTED));
	if (logprobs)
		aip_json_put_str(&w->out, AIP_LIT(RESPONSES_LOGPROBS));
	aip_json_close(&w->out, ']');
}

static void put_tier(struct responses_writer *w)
{
	struct aip_str tier = w->request->service_tier;

	aip_json_str_some(&w->out, "service_tier",
	                  aip_str_is(tier, "standard") ? AIP_LIT("default") : tier);
}

static void put_foreign(struct responses_writer *w)
{
	const struct aip_request *q = w->request;
	const bool openai = q->dialect == AIP_CHAT || q->dialect == AIP_COMPLETIONS;
	struct aip_str user = q->user_id;

	put_include(w);
	aip_json_bool_kv(&w->out, "store", false); /* nobody asked for it to be kept */
	if (openai) {
		aip_json_raw_some(&w->out, "metadata", q->metadata);
		aip_json_raw_some(&w->out, "moderation", q->safety);
	}
	put_tier(w);
	if (user.len > USER_ID_MAX)
		user = aip_sha256_hex(w->ctx->arena, user);
	aip_json_str_some(&w->out, "safety_identifier", user);
	aip_json_str_some(&w->out, "prompt_cache_key", q->cache.key);
	aip_json_raw_some(&w->out, "prompt_cache_options", q->cache.options);
	aip_json_str_some(&w->out, "prompt_cache_retention", q->cache.retention);
	if (w->ctx->stream && q->stream_options.include_obfuscation) {
		aip_json_key(&w->out, "stream_options");
		aip_json_open(&w->out, '{');
		aip_json_bool_kv(&w->out, "include_obfuscation",
		                 q->stream_options.include_obfuscation == AIP_YES);
		aip_json_close(&w->out, '}');
	}
}

/* ---- The whole ------------------------------------------------------------------------------ */

void responses_open_typed(struct aip_json_out *out, const char *type)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", aip_str(type));
}

static enum aip_status write(struct responses_writer *w)
{
	drop_the_unsaid(w);
	refuse_the_impossible(w);
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "model", w->ctx->model);
	responses_put_input(w);
	if (!w->counts) {
		aip_json_bool_kv(&w->out, "stream", w->ctx->stream);
		put_limits(w);
		put_sampling(w);
	}
	responses_put_tools(w);
	put_text(w);
	put_reasoning(w);
	if (w->own)
		put_own(w);
	else if (!w->counts)
		put_foreign(w);
	aip_json_close(&w->out, '}');
	return codec_written(w->out.buf, w->status, "request", w->error);
}

static struct responses_writer writer_of(struct aip_codec_ctx *ctx,
                                         const struct aip_request *request, struct aip_buf *out,
                                         struct aip_error *reterr)
{
	const bool own = request->dialect == AIP_RESPONSES;

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_responses, !own);
	return (struct responses_writer){.ctx = ctx,
	                                 .request = request,
	                                 .out = aip_json_to(out),
	                                 .own = own,
	                                 .error = reterr};
}

enum aip_status responses_write_request(struct aip_codec_ctx *ctx,
                                        const struct aip_request *request, struct aip_buf *out,
                                        struct aip_error *reterr)
{
	struct responses_writer w = writer_of(ctx, request, out, reterr);

	return write(&w);
}

enum aip_status responses_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                      struct aip_buf *out, struct aip_error *reterr)
{
	struct responses_writer w = writer_of(ctx, request, out, reterr);

	w.counts = true;
	return write(&w);
}
