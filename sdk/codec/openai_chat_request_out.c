/* Chat Completions requests, written: the body, its settings and what this dialect cannot say. */
#include "codecs.h"
#include "openai_chat.h"

#define STOPS_MAX       4
#define USER_ID_MAX     64
#define FORMAT_NAME_MAX 64

/* ---- What the writing files share ----------------------------------------------------------- */

void chat_drop(struct chat_writer *w, const char *path)
{
	if (!w->status)
		w->status = aip_ctx_drop(w->ctx, path, w->error);
}

void chat_refuse(struct chat_writer *w, const char *param, const char *why)
{
	if (!w->status)
		w->status = aip_ctx_refuse(w->ctx, param, why, w->error);
}

bool chat_word_is(const char *word, const char *is)
{
	return word && strcmp(word, is) == 0;
}

bool chat_wraps_custom(const struct aip_codec_ctx *ctx, const struct aip_request *request)
{
	if (ctx->caps->custom != AIP_UNSET)
		return ctx->caps->custom == AIP_NO;
	return !chat_is_own(request->dialect);
}

/* The two spellings are told apart by what stands in them. */
void chat_put_cache(struct chat_writer *w, const struct aip_cache *cache)
{
	if (!cache->set)
		return;
	if (w->same)
		aip_json_raw_some(&w->out,
		                  aip_str_find(cache->raw, AIP_LIT("\"mode\"")) >= 0
		                          ? "prompt_cache_breakpoint"
		                          : "cache_control",
		                  cache->raw);
	else
		aip_ctx_dropped(w->ctx, "cache_control");
}

/* A strict schema that cannot be made one is sent as it is, and not called strict. */
bool chat_put_schema(struct chat_writer *w, struct aip_str schema, bool strict, bool is_tool)
{
	struct aip_buf text;
	struct aip_error ignored;
	bool done = false;

	if (strict) {
		aip_buf_init(&text, SIZE_MAX);
		struct aip_json_out out = aip_json_to(&text);
		done = !aip_schema_write(w->ctx->arena, schema, AIP_SCHEMA_OPENAI_STRICT, is_tool,
		                         &out, &ignored);
		if (done)
			aip_json_put_raw(&w->out, aip_buf_lend(&text, w->out.buf));
		aip_buf_fini(&text);
	}
	if (!done) {
		enum aip_status s = aip_schema_write(w->ctx->arena, schema, AIP_SCHEMA_RAW, is_tool,
		                                     &w->out, w->error);
		w->status = w->status ? w->status : s;
	}
	return done;
}

/* ---- Stream and limits ---------------------------------------------------------------------- */

/* The gateway counts by the usage of a stream, whether or not its client asked for it. */
static void put_stream(struct chat_writer *w)
{
	const enum aip_tri obfuscation = w->request->stream_options.include_obfuscation;
	const bool usage = w->ctx->caps->chat_stream_usage != AIP_NO;

	if (!w->ctx->stream)
		return;
	aip_json_bool_kv(&w->out, "stream", true);
	if (!usage && !obfuscation)
		return;
	aip_json_key(&w->out, "stream_options");
	aip_json_open(&w->out, '{');
	if (usage)
		aip_json_bool_kv(&w->out, "include_usage", true);
	if (obfuscation)
		aip_json_bool_kv(&w->out, "include_obfuscation", obfuscation == AIP_YES);
	aip_json_close(&w->out, '}');
}

/* Reasoning models know only the newer name; older servers only the older one. */
static const char *max_tokens_name(const struct aip_caps *caps)
{
	if (caps->chat_max_tokens_name)
		return caps->chat_max_tokens_name;
	return caps->levels || caps->modes ? "max_completion_tokens" : "max_tokens";
}

/* ---- Sampling ------------------------------------------------------------------------------- */

static void put_number(struct chat_writer *w, const char *key, struct aip_str lexeme, bool lacks)
{
	if (!lexeme.at)
		return;
	if (lacks)
		chat_drop(w, key);
	else
		aip_json_raw_some(&w->out, key, lexeme);
}

static void put_stops(struct chat_writer *w)
{
	const int max = w->ctx->caps->stop_max ? (int)w->ctx->caps->stop_max : STOPS_MAX;
	int n = 0;

	if (!w->request->sampling.stop)
		return;
	aip_json_key(&w->out, "stop");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *s = w->request->sampling.stop; s; s = s->next, n++) {
		if (n < max)
			aip_json_put_str(&w->out, s->name);
		else if (n == max)
			chat_drop(w, "stop");
	}
	aip_json_close(&w->out, ']');
}

static void put_logprobs(struct chat_writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;

	if (s->logprobs != AIP_YES)
		return;
	if (w->ctx->caps->logprobs == AIP_NO) {
		chat_drop(w, "logprobs");
		return;
	}
	aip_json_bool_kv(&w->out, "logprobs", true);
	aip_json_raw_some(&w->out, "top_logprobs", s->top_logprobs);
}

static void put_sampling(struct chat_writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	const bool fixed = caps->temperature && !chat_word_is(caps->temperature, "free");
	const bool one = caps->temp_xor_top_p == AIP_YES && s->temperature.at && !fixed;
	const bool bare = caps->penalties == AIP_NO;

	put_number(w, "temperature", s->temperature, fixed);
	put_number(w, "top_p", s->top_p, caps->top_p == AIP_NO || one);
	put_number(w, "presence_penalty", s->presence_penalty, bare);
	put_number(w, "frequency_penalty", s->frequency_penalty, bare);
	put_number(w, "seed", s->seed, caps->seed == AIP_NO);
	put_number(w, "n", s->n, false);
	put_number(w, "logit_bias", s->logit_bias, caps->logprobs == AIP_NO);
	put_number(w, "top_k", s->top_k, !w->same && caps->top_k != AIP_YES);
	put_logprobs(w);
	put_stops(w);
}

/* ---- Output --------------------------------------------------------------------------------- */

static struct aip_str format_name(struct chat_writer *w, struct aip_str name)
{
	const size_t len = name.len < FORMAT_NAME_MAX ? name.len : FORMAT_NAME_MAX;
	char *at = aip_arena_bytes(w->ctx->arena, len);

	if (!name.len)
		return AIP_LIT("response");
	for (size_t i = 0; i < len; i++) {
		const char c = name.at[i];
		const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		                   (c >= '0' && c <= '9') || c == '_' || c == '-';
		at[i] = plain ? c : '_';
	}
	return aip_strn(at, len);
}

static void put_schema_format(struct chat_writer *w)
{
	const struct aip_output *output = &w->request->output;

	aip_json_key(&w->out, "response_format");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", AIP_LIT("json_schema"));
	aip_json_key(&w->out, "json_schema");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", format_name(w, output->name));
	aip_json_str_some(&w->out, "description", output->description);
	aip_json_key(&w->out, "schema");
	const bool strict = chat_put_schema(w, output->schema, output->strict == AIP_YES, false);
	if (output->strict != AIP_UNSET)
		aip_json_bool_kv(&w->out, "strict", strict);
	aip_json_close(&w->out, '}');
	aip_json_close(&w->out, '}');
}

static void put_format(struct chat_writer *w)
{
	const struct aip_output *output = &w->request->output;
	const char *most = w->ctx->caps->chat_response_format;
	const bool schema =
		output->format == AIP_FORMAT_JSON_SCHEMA || output->format == AIP_FORMAT_ENUM;
	const bool object = output->format == AIP_FORMAT_JSON_OBJECT ||
	                    (schema && chat_word_is(most, "json_object"));

	if (output->format == AIP_FORMAT_UNSET || output->format == AIP_FORMAT_TEXT)
		return;
	if (chat_word_is(most, "none") || (output->format == AIP_FORMAT_GRAMMAR && !w->same)) {
		chat_drop(w, "response_format");
	} else if (object) {
		if (schema)
			chat_drop(w, "response_format.json_schema");
		aip_json_raw_some(&w->out, "response_format",
		                  AIP_LIT("{\"type\":\"json_object\"}"));
	} else if (schema) {
		put_schema_format(w);
	} else {
		aip_json_raw_some(&w->out, "response_format", output->raw);
	}
}

/* ---- Reasoning ------------------------------------------------------------------------------ */

static bool has_functions(const struct aip_tool *tools)
{
	for (; tools; tools = tools->next)
		if (tools->kind <= AIP_TOOL_NAMESPACE)
			return true;
	return false;
}

/* What the fields of vendors that the client sent along say. */
static struct aip_reasoning vendor_reasoning(struct chat_writer *w, const struct aip_ext *ext)
{
	struct aip_reasoning said = {0};
	struct aip_json *value;

	for (; ext; ext = ext->next) {
		if (!chat_is_own(ext->dialect) ||
		    aip_json_parse(w->ctx->arena, ext->raw, &value, NULL))
			continue;
		value->key = ext->key;
		(void)chat_read_vendor_reasoning(value, &said);
	}
	return said;
}

static bool is_vendor_reasoning(struct chat_writer *w, const struct aip_ext *ext)
{
	const struct aip_ext alone = {.dialect = ext->dialect, .key = ext->key, .raw = ext->raw};

	return vendor_reasoning(w, &alone).mode != AIP_REASONING_UNSET;
}

static bool is_same(const struct aip_reasoning *a, const struct aip_reasoning *b)
{
	return a->mode == b->mode && a->level == b->level && a->budget == b->budget;
}

static void put_level(struct chat_writer *w, enum aip_level level, bool explicit)
{
	const struct aip_caps *caps = w->ctx->caps;
	const enum aip_level best = aip_level_clamp(level, caps->levels);

	if (explicit && best != level && w->ctx->loss == AIP_STRICT) {
		struct aip_str why =
			aip_arena_printf(w->ctx->arena, "this model knows only %s", caps->levels);
		chat_refuse(w, "reasoning_effort", why.at);
		return;
	}
	aip_json_str(&w->out, "reasoning_effort", aip_str(aip_level_word(best)));
}

static void put_effort(struct chat_writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const struct aip_caps *caps = w->ctx->caps;
	const bool off = reasoning->mode == AIP_REASONING_OFF;

	if (caps->chat_tools_need_effort_none == AIP_YES && has_functions(w->request->tools)) {
		aip_ctx_warn(w->ctx, "this model takes tools only without reasoning effort");
		aip_json_str(&w->out, "reasoning_effort", AIP_LIT("none"));
		return;
	}
	if (reasoning->mode == AIP_REASONING_UNSET || reasoning->mode == AIP_REASONING_AUTO)
		return;
	if (caps->thinking == AIP_NO) {
		if (!off)
			chat_drop(w, "reasoning_effort");
	} else if (off && (!caps->levels || aip_caps_has(caps->levels, "none"))) {
		aip_json_str(&w->out, "reasoning_effort", AIP_LIT("none"));
	} else {
		put_level(w, off ? AIP_LEVEL_MINIMAL : aip_reasoning_level(reasoning),
		          reasoning->mode == AIP_REASONING_LEVEL);
	}
}

/* ---- Identity, cache and the rest ----------------------------------------------------------- */

static void put_user_as(struct chat_writer *w, const char *field, struct aip_str user)
{
	if (user.len > USER_ID_MAX)
		user = aip_sha256_hex(w->ctx->arena, user);
	aip_json_str_some(&w->out, field, user);
}

/* A client of this dialect chose the field, or both of them; others have one identity. */
static void put_user(struct chat_writer *w)
{
	struct aip_json_want said[] = {{.key = AIP_LIT("user")},
	                               {.key = AIP_LIT("safety_identifier")}};
	const char *field = w->ctx->caps->chat_user_field;

	if (field || !w->same || aip_json_scan(w->request->source, said, 2, NULL) ||
	    !(said[0].raw.at || said[1].raw.at)) {
		put_user_as(w, field ? field : "user", w->request->user_id);
		return;
	}
	put_user_as(w, "user", aip_json_unquote(w->ctx->arena, said[0].raw));
	put_user_as(w, "safety_identifier", aip_json_unquote(w->ctx->arena, said[1].raw));
}

static void put_identity(struct chat_writer *w)
{
	const struct aip_request *q = w->request;

	put_user(w);
	/* Nobody keeps an answer unasked, so only a yes says anything. */
	if (q->state.store && (w->same || q->state.store == AIP_YES))
		aip_json_bool_kv(&w->out, "store", q->state.store == AIP_YES);
	aip_json_str_some(&w->out, "service_tier", chat_write_tier(q->service_tier));
	aip_json_str_some(&w->out, "verbosity", q->output.verbosity);
}

/* Fields that Chat and Responses have in common and others lack. */
static void put_openai(struct chat_writer *w)
{
	const struct aip_request *q = w->request;

	if (!w->same && q->dialect != AIP_RESPONSES)
		return;
	aip_json_raw_some(&w->out, "metadata", q->metadata);
	aip_json_str_some(&w->out, "prompt_cache_key", q->cache.key);
	aip_json_raw_some(&w->out, "prompt_cache_options", q->cache.options);
	aip_json_str_some(&w->out, "prompt_cache_retention", q->cache.retention);
	aip_json_raw_some(&w->out, "moderation", q->safety);
}

void chat_put_ext(struct chat_writer *w, const struct aip_ext *ext)
{
	for (; ext; ext = ext->next) {
		if (!chat_is_own(ext->dialect))
			continue;
		aip_json_key_str(&w->out, ext->key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

/* A setting of reasoning in a vendor's words goes on in them, unless a model's suffix has overruled
 * it; then the words go, and what is meant is said in this dialect's own. */
static void put_own(struct chat_writer *w)
{
	const struct aip_request *q = w->request;
	const struct aip_reasoning said = vendor_reasoning(w, q->ext);
	const bool stands = said.mode != AIP_REASONING_UNSET && is_same(&said, &q->reasoning);

	if (!stands)
		put_effort(w);
	aip_json_raw_some(&w->out, "modalities", q->output.modalities);
	aip_json_raw_some(&w->out, "audio", q->output.audio);
	aip_json_raw_some(&w->out, "prediction", q->output.prediction);
	for (const struct aip_ext *ext = q->ext; ext; ext = ext->next) {
		const struct aip_ext one = {
			.dialect = ext->dialect, .key = ext->key, .raw = ext->raw};
		if (aip_str_is(ext->key, "best_of") && chat_is_skin(ext))
			chat_drop(w, "best_of");
		if (chat_is_skin(ext) || (!stands && is_vendor_reasoning(w, ext)))
			continue;
		chat_put_ext(w, &one);
	}
}

/* ---- What cannot be said -------------------------------------------------------------------- */

static bool any_but_text(struct aip_str modalities)
{
	return aip_str_find(modalities, AIP_LIT("IMAGE")) >= 0 ||
	       aip_str_find(modalities, AIP_LIT("AUDIO")) >= 0;
}

static void drop_the_unsaid(struct chat_writer *w)
{
	const struct aip_request *q = w->request;
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->max_tool_calls.at, "max_tool_calls"},
		{q->metadata.at && q->dialect == AIP_GEMINI, "labels"},
		{q->safety.at && q->dialect == AIP_GEMINI, "safetySettings"},
		{!w->same && any_but_text(q->output.modalities), "responseModalities"},
		{q->output.speech.at, "speechConfig"},
		{q->output.image.at, "imageConfig"},
		{q->state.truncation.at, "truncation"},
		{q->state.context_management.at, "context_management"},
		{q->state.container.at, "container"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			chat_drop(w, table[i].path);
	if (q->cache.automatic.set)
		aip_ctx_dropped(w->ctx, "cache_control");
	aip_ctx_drop_unknown(w->ctx, q->ext);
}

static void refuse_the_unsaid(struct chat_writer *w)
{
	static const char no_state[] = "this upstream keeps no state; send the full input";
	const struct aip_request *q = w->request;
	const struct {
		bool said;
		const char *path, *why;
	} table[] = {
		{q->state.previous_response_id.at, "previous_response_id", no_state},
		{q->state.conversation.at, "conversation", no_state},
		{q->state.prompt.at, "prompt", "this upstream has no stored prompts"},
		{q->state.background == AIP_YES, "background",
	         "this upstream answers in the foreground only"},
		{q->cache.resource.at, "cachedContent", "lives at another vendor"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			chat_refuse(w, table[i].path, table[i].why);
}

/* ---- The whole ------------------------------------------------------------------------------ */

enum aip_status chat_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                   struct aip_buf *into, struct aip_error *reterr)
{
	struct chat_writer w = {.ctx = ctx,
	                        .request = request,
	                        .out = aip_json_to(into),
	                        .error = reterr,
	                        .same = chat_is_own(request->dialect)};

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_openai, true);
	refuse_the_unsaid(&w);
	drop_the_unsaid(&w);
	aip_json_open(&w.out, '{');
	aip_json_str(&w.out, "model", ctx->model);
	chat_put_messages(&w);
	put_stream(&w);
	aip_json_raw_some(&w.out, max_tokens_name(ctx->caps), request->max_output_tokens);
	put_sampling(&w);
	chat_put_tools(&w);
	put_format(&w);
	put_identity(&w);
	put_openai(&w);
	if (w.same)
		put_own(&w);
	else
		put_effort(&w);
	aip_json_close(&w.out, '}');
	return codec_written(into, w.status, "request", reterr);
}
