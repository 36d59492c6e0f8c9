/* Anthropic Messages requests, written: the dialect's rows, once what they say is settled. */
#include "claude_messages.h"

#include "codecs.h"

#define USER_ID_MAX 256

/* ---- Losses --------------------------------------------------------------------------------- */

void claude_drop(struct claude_writer *w, const char *path)
{
	if (!w->status)
		w->status = aip_ctx_drop(w->ctx, path, w->error);
}

void claude_refuse(struct claude_writer *w, const char *param, const char *why)
{
	if (!w->status)
		w->status = aip_ctx_refuse(w->ctx, param, why, w->error);
}

static bool says_number(struct aip_str lexeme, double *ret)
{
	return lexeme.len && aip_str_double(lexeme, ret);
}

/* Slots this dialect lacks. */
static void drop_the_unsaid(struct claude_writer *w)
{
	const struct aip_request *q = w->request;
	const bool keeps_long = w->n_marks && aip_str_is(q->cache.retention, "24h");
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->sampling.seed.at, "seed"},
		{q->sampling.presence_penalty.at, "presence_penalty"},
		{q->sampling.frequency_penalty.at, "frequency_penalty"},
		{q->sampling.logit_bias.at, "logit_bias"},
		{q->sampling.logprobs == AIP_YES, "logprobs"},
		{q->sampling.top_logprobs.at, "top_logprobs"},
		{q->output.format == AIP_FORMAT_GRAMMAR, "response_format"},
		{q->output.verbosity.at, "verbosity"},
		{q->output.prediction.at, "prediction"},
		{q->output.audio.at, "audio"},
		{q->output.speech.at, "speechConfig"},
		{q->output.image.at, "imageConfig"},
		{q->reasoning.context.at, "reasoning.context"},
		{q->reasoning.exec_mode.at, "reasoning.mode"},
		{q->cache.key.at, "prompt_cache_key"},
		{q->cache.retention.at && !keeps_long, "prompt_cache_retention"},
		{q->cache.options.at, "prompt_cache_options"},
		{q->cache.resource.at, "cachedContent"},
		{q->state.store == AIP_YES, "store"},
		{q->state.truncation.at, "truncation"},
		{q->state.container.at && !w->same, "container"},
		{q->state.context_management.at && !w->same, "context_management"},
		{q->metadata.at, "metadata"},
		{q->safety.at, "safety"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			claude_drop(w, table[i].path);
	aip_ctx_drop_unknown(w->ctx, q->ext);
}

static bool wants_media(struct aip_str modalities)
{
	return aip_str_find(modalities, AIP_LIT("audio")) >= 0 ||
	       aip_str_find(modalities, AIP_LIT("AUDIO")) >= 0 ||
	       aip_str_find(modalities, AIP_LIT("image")) >= 0 ||
	       aip_str_find(modalities, AIP_LIT("IMAGE")) >= 0;
}

static void refuse_the_impossible(struct claude_writer *w)
{
	const struct aip_request *q = w->request;
	double n = 1;
	const struct {
		bool said;
		const char *param, *why;
	} table[] = {
		{says_number(q->sampling.n, &n) && n > 1, "n", "this upstream gives one answer"},
		{wants_media(q->output.modalities), "modalities", "this upstream answers in text"},
		{q->state.previous_response_id.at, "previous_response_id",
	         "this upstream keeps no state; send the full input"},
		{q->state.conversation.at, "conversation",
	         "this upstream keeps no state; send the full input"},
		{q->state.prompt.at, "prompt", "this upstream keeps no prompts"},
		{q->state.background == AIP_YES, "background",
	         "this upstream answers in the foreground only"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			claude_refuse(w, table[i].param, table[i].why);
}

/* ---- Breakpoints, unknown members ----------------------------------------------------------- */

static void put_cache(struct claude_writer *w, const struct aip_cache *cache)
{
	aip_json_key(&w->out, "cache_control");
	if (w->same && cache->raw.len) {
		aip_json_put_raw(&w->out, cache->raw);
		return;
	}
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", AIP_LIT("ephemeral"));
	if (claude_mark_is_long(w, cache))
		aip_json_str(&w->out, "ttl", AIP_LIT("1h"));
	aip_json_close(&w->out, '}');
}

void claude_put_cache(struct claude_writer *w, const struct aip_cache *cache)
{
	if (claude_is_marked(w, cache))
		put_cache(w, cache);
}

void claude_put_ext(struct claude_writer *w, const struct aip_ext *ext, const char *outer)
{
	const struct aip_str front = aip_str(outer);

	for (; ext; ext = ext->next) {
		struct aip_str key = ext->key;
		if (ext->dialect != AIP_CLAUDE || !aip_str_starts(key, front))
			continue;
		key = aip_strn(key.at + front.len, key.len - front.len);
		const bool inside = !front.len && (aip_str_starts(key, AIP_LIT("output_config.")) ||
		                                   aip_str_starts(key, AIP_LIT("metadata.")));
		if (inside || (aip_str_is(key, "thinking") && w->thinking))
			continue;
		aip_json_key_str(&w->out, key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

void claude_put_schema(struct claude_writer *w, const char *key, struct aip_str schema,
                       enum aip_schema_profile profile)
{
	const bool is_tool = profile == AIP_SCHEMA_CLAUDE_TOOL;
	struct aip_error why = {0};

	aip_json_key(&w->out, key);
	if (aip_schema_write(w->ctx->arena, schema, profile, is_tool, &w->out, &why))
		claude_refuse(w, is_tool ? "tools" : "response_format.json_schema", why.message);
}

static bool has_ext(const struct claude_writer *w, const char *outer)
{
	for (const struct aip_ext *ext = w->request->ext; ext; ext = ext->next)
		if (ext->dialect == AIP_CLAUDE && aip_str_starts(ext->key, aip_str(outer)))
			return true;
	return false;
}

/* ---- Rows of the request -------------------------------------------------------------------- */

static void put_stop(struct claude_writer *w)
{
	const int64_t most = w->ctx->caps->stop_max;
	int64_t n = 0;

	for (const struct aip_name *stop = w->request->sampling.stop; stop; stop = stop->next) {
		if (!aip_str_trim(stop->name).len) {
			claude_drop(w, "stop");
			continue;
		}
		if (most && n == most) {
			claude_drop(w, "stop");
			break;
		}
		if (n++ == 0) {
			aip_json_key(&w->out, "stop_sequences");
			aip_json_open(&w->out, '[');
		}
		aip_json_put_str(&w->out, stop->name);
	}
	if (n)
		aip_json_close(&w->out, ']');
}

/* The range ends at 1; while it thinks the model takes nothing else. */
static bool put_temperature(struct claude_writer *w)
{
	struct aip_str lexeme = w->request->sampling.temperature;
	const char *takes = w->ctx->caps->temperature;
	double value;

	if (!says_number(lexeme, &value))
		return false;
	const bool refused =
		(takes && strcmp(takes, "free") != 0) || (claude_thinks(w) && value < 1);
	if (refused) {
		claude_drop(w, "temperature");
		return false;
	}
	aip_json_raw_some(&w->out, "temperature",
	                  value > 1   ? AIP_LIT("1")
	                  : value < 0 ? AIP_LIT("0")
	                              : lexeme);
	return true;
}

static void put_sampling(struct claude_writer *w)
{
	const struct aip_sampling *said = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	const bool xor_ =
		caps->temp_xor_top_p == AIP_YES || (caps->temp_xor_top_p == AIP_UNSET && !w->same);
	double top_p;

	const bool warm = put_temperature(w);
	if (says_number(said->top_p, &top_p)) {
		if (caps->top_p == AIP_NO || (warm && xor_) || (claude_thinks(w) && top_p < 0.95))
			claude_drop(w, "top_p");
		else
			aip_json_raw_some(&w->out, "top_p", said->top_p);
	}
	if (said->top_k.len) {
		if (caps->top_k == AIP_NO || claude_thinks(w))
			claude_drop(w, "top_k");
		else
			aip_json_raw_some(&w->out, "top_k", said->top_k);
	}
	put_stop(w);
}

static void put_display(struct claude_writer *w)
{
	const struct aip_reasoning *said = &w->request->reasoning;
	const char *own = w->ctx->caps->default_display;

	if (said->summary == AIP_SUMMARY_UNSET)
		return;
	if (said->summary == AIP_SUMMARY_OFF)
		aip_json_str(&w->out, "display", AIP_LIT("omitted"));
	else if (said->summary_explicit || (own && strcmp(own, "omitted") == 0))
		aip_json_str(&w->out, "display", AIP_LIT("summarized"));
}

static void put_thinking(struct claude_writer *w)
{
	static const char *const types[] = {
		[CLAUDE_THINKING_ENABLED] = "enabled",
		[CLAUDE_THINKING_ADAPTIVE] = "adaptive",
		[CLAUDE_THINKING_DISABLED] = "disabled",
	};

	if (w->thinking == CLAUDE_THINKING_UNSAID)
		return;
	aip_json_key(&w->out, "thinking");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(types[w->thinking]));
	if (w->thinking == CLAUDE_THINKING_ENABLED)
		aip_json_int_kv(&w->out, "budget_tokens", w->budget);
	if (claude_thinks(w))
		put_display(w);
	aip_json_close(&w->out, '}');
}

static void put_output_config(struct claude_writer *w)
{
	const struct aip_output *output = &w->request->output;
	const bool formats = output->format == AIP_FORMAT_JSON_SCHEMA && output->schema.len &&
	                     !w->emulates_schema;

	if (!w->effort && !formats && !has_ext(w, "output_config."))
		return;
	aip_json_key(&w->out, "output_config");
	aip_json_open(&w->out, '{');
	if (w->effort)
		aip_json_str(&w->out, "effort", aip_str(aip_level_word(w->effort)));
	if (formats) {
		aip_json_key(&w->out, "format");
		aip_json_open(&w->out, '{');
		aip_json_str(&w->out, "type", AIP_LIT("json_schema"));
		claude_put_schema(w, "schema", output->schema,
		                  w->same ? AIP_SCHEMA_RAW : AIP_SCHEMA_CLAUDE_STRICT);
		aip_json_close(&w->out, '}');
	}
	claude_put_ext(w, w->request->ext, "output_config.");
	aip_json_close(&w->out, '}');
}

static void put_metadata(struct claude_writer *w)
{
	struct aip_str id = w->request->user_id;

	if (id.len > USER_ID_MAX)
		id = aip_sha256_hex(w->ctx->arena, id);
	if (!id.len && !has_ext(w, "metadata."))
		return;
	aip_json_key(&w->out, "metadata");
	aip_json_open(&w->out, '{');
	if (id.len)
		aip_json_str(&w->out, "user_id", id);
	claude_put_ext(w, w->request->ext, "metadata.");
	aip_json_close(&w->out, '}');
}

static void put_service_tier(struct claude_writer *w)
{
	struct aip_str tier = w->request->service_tier;

	if (!tier.len)
		return;
	if (aip_str_is(tier, "flex")) {
		claude_drop(w, "service_tier");
		return;
	}
	const bool standard = aip_str_is(tier, "standard") || aip_str_is(tier, "default");
	aip_json_str(&w->out, "service_tier",
	             standard ? AIP_LIT("standard_only") : AIP_LIT("auto"));
	if (w->same && aip_str_is(tier, "fast"))
		aip_json_str(&w->out, "speed", AIP_LIT("fast"));
}

static void put_rows(struct claude_writer *w)
{
	aip_json_str(&w->out, "model", w->ctx->model);
	if (!w->counts)
		aip_json_int_kv(&w->out, "max_tokens", w->max_tokens);
	claude_put_system(w);
	claude_put_messages(w);
	claude_put_tools(w);
	claude_put_mcp_servers(w);
	put_thinking(w);
	if (w->counts)
		return;
	put_output_config(w);
	put_sampling(w);
	put_metadata(w);
	put_service_tier(w);
	if (w->caches_by_itself)
		put_cache(w, &w->request->cache.automatic);
	if (w->same) {
		aip_json_raw_some(&w->out, "container", w->request->state.container);
		aip_json_raw_some(&w->out, "context_management",
		                  w->request->state.context_management);
		claude_put_ext(w, w->request->ext, "");
	}
	if (w->ctx->stream)
		aip_json_bool_kv(&w->out, "stream", true);
}

/* ---- The whole ------------------------------------------------------------------------------ */

static enum aip_status write(struct aip_codec_ctx *ctx, const struct aip_request *request,
                             bool counts, struct aip_buf *out, struct aip_error *reterr)
{
	struct claude_writer w = {
		.ctx = ctx,
		.request = request,
		.out = aip_json_to(out),
		.error = reterr,
		.counts = counts,
	};

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_claude, true);
	claude_settle(&w);
	refuse_the_impossible(&w);
	drop_the_unsaid(&w);
	aip_json_open(&w.out, '{');
	put_rows(&w);
	aip_json_close(&w.out, '}');
	return codec_written(out, w.status, "request", reterr);
}

enum aip_status claude_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                     struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, false, out, reterr);
}

enum aip_status claude_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, true, out, reterr);
}
