/* The response object and its items, written: what the events of a stream and a whole answer share.
 */
#include "openai_responses.h"

/* ---- What an answer repeats of its request -------------------------------------------------- */

/* A member that an echoed object always has. */
struct member {
	const char *key;
	const char *otherwise; /* raw */
};

static const struct member reasoning_members[] = {{"effort", "null"}, {"summary", "null"}, {0}};
static const struct member text_members[] = {{"format", "{\"type\":\"text\"}"}, {0}};

/* Key, what is said when the client said nothing, and what its object always holds. */
static const struct {
	const char *key;
	const char *otherwise;
	const struct member *always;
} echoes[RESPONSES_ECHOES] = {
	{"instructions", "null", NULL},
	{"max_output_tokens", "null", NULL},
	{"max_tool_calls", "null", NULL},
	{"metadata", "{}", NULL},
	{"parallel_tool_calls", "true", NULL},
	{"previous_response_id", "null", NULL},
	{"prompt_cache_key", "null", NULL},
	{"reasoning", "{\"effort\":null,\"summary\":null}", reasoning_members},
	{"safety_identifier", "null", NULL},
	{"service_tier", "\"default\"", NULL},
	{"temperature", "1", NULL},
	{"text", "{\"format\":{\"type\":\"text\"}}", text_members},
	{"tool_choice", "\"auto\"", NULL},
	{"tools", "[]", NULL},
	{"top_logprobs", "0", NULL},
	{"top_p", "1", NULL},
	{"truncation", "\"disabled\"", NULL},
	{"user", "null", NULL},
};

/* The client's object with the members that it left out. */
static struct aip_str completed(struct aip_arena *arena, struct aip_str raw,
                                const struct member *always)
{
	struct aip_json *doc;
	struct aip_buf text;

	if (!always || aip_json_parse(arena, raw, &doc, NULL))
		return raw;
	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	aip_json_open(&out, '{');
	AIP_JSON_EACH (member, doc) {
		aip_json_key_str(&out, member->key);
		aip_json_put_raw(&out, member->raw);
	}
	for (; always->key; always++)
		if (!aip_json_get(doc, always->key))
			aip_json_raw_some(&out, always->key, aip_str(always->otherwise));
	aip_json_close(&out, '}');
	return aip_arena_take(arena, &text);
}

static bool is_own(const struct aip_request *request)
{
	return request && request->dialect == AIP_RESPONSES && request->source.len;
}

static bool any_mcp(const struct aip_tool *tools)
{
	while (tools && !tools->mcp)
		tools = tools->next;
	return tools;
}

/* What opens a server of tools to the vendor is repeated to nobody. */
static struct aip_str without_secrets(struct aip_arena *arena, struct aip_str raw)
{
	struct aip_json *doc;
	struct aip_buf text;

	if (aip_json_parse(arena, raw, &doc, NULL))
		return raw;
	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	aip_json_open(&out, '[');
	AIP_JSON_EACH (tool, doc) {
		aip_json_open(&out, '{');
		AIP_JSON_EACH (member, tool) {
			if (aip_str_is(member->key, "authorization") ||
			    aip_str_is(member->key, "headers"))
				continue;
			aip_json_key_str(&out, member->key);
			aip_json_put_raw(&out, member->raw);
		}
		aip_json_close(&out, '}');
	}
	aip_json_close(&out, ']');
	return aip_arena_take(arena, &text);
}

void responses_read_echoes(struct aip_encoder *e)
{
	const struct aip_request *request = e->ctx->request;
	struct aip_json_want wants[RESPONSES_ECHOES];

	for (size_t i = 0; i < RESPONSES_ECHOES; i++)
		wants[i] = (struct aip_json_want){.key = aip_str(echoes[i].key)};
	if (!is_own(request) || aip_json_scan(request->source, wants, RESPONSES_ECHOES, NULL))
		memset(wants, 0, sizeof(wants));
	for (size_t i = 0; i < RESPONSES_ECHOES; i++) {
		const bool said = wants[i].raw.at && wants[i].kind != AIP_JSON_NULL;
		e->echo[i] = said ? completed(e->ctx->arena, wants[i].raw, echoes[i].always)
		                  : aip_str(echoes[i].otherwise);
		if (said && aip_str_is(aip_str(echoes[i].key), "tools") && any_mcp(request->tools))
			e->echo[i] = without_secrets(e->ctx->arena, e->echo[i]);
	}
}

/* The tier that served counts, not the one that was asked for. */
static void put_tier(const struct aip_encoder *e, struct aip_json_out *out, struct aip_str asked)
{
	if (e->tier.len)
		aip_json_str(out, "service_tier", e->tier);
	else if (aip_str_is(asked, "\"auto\""))
		aip_json_str(out, "service_tier", AIP_LIT("default"));
	else
		aip_json_raw_some(out, "service_tier", asked);
}

static void put_echoes(const struct aip_encoder *e, struct aip_json_out *out)
{
	for (size_t i = 0; i < RESPONSES_ECHOES; i++) {
		if (aip_str_is(aip_str(echoes[i].key), "service_tier"))
			put_tier(e, out, e->echo[i]);
		else
			aip_json_raw_some(out, echoes[i].key, e->echo[i]);
	}
}

/* Nothing is kept here, but an upstream of the client's own dialect may. */
static bool is_stored(const struct aip_codec_ctx *ctx)
{
	return ctx->upstream == AIP_RESPONSES && is_own(ctx->request) &&
	       ctx->request->state.store != AIP_NO;
}

/* ---- The response object -------------------------------------------------------------------- */

bool responses_is_incomplete(const struct aip_encoder *e)
{
	return e->stop == AIP_STOP_MAX_TOKENS || e->stop == AIP_STOP_CONTEXT_WINDOW ||
	       e->stop == AIP_STOP_CONTENT_FILTER ||
	       (e->stop == AIP_STOP_REFUSAL && (!e->refused || e->cut));
}

static void put_incomplete(struct aip_json_out *out, enum aip_stop stop)
{
	const bool limit = stop == AIP_STOP_MAX_TOKENS || stop == AIP_STOP_CONTEXT_WINDOW;

	aip_json_open(out, '{');
	aip_json_str(out, "reason",
	             limit ? AIP_LIT("max_output_tokens") : AIP_LIT("content_filter"));
	aip_json_close(out, '}');
}

static void put_failure(struct aip_json_out *out, const struct aip_error *error)
{
	const struct aip_status_row *row = aip_status_row(error->status);
	const char *code = row->blame == AIP_BLAME_CLIENT ? "invalid_prompt"
	                   : row->http == 429             ? "rate_limit_exceeded"
	                                                  : "server_error";

	aip_json_open(out, '{');
	aip_json_str(out, "code", aip_str(code));
	aip_json_str(out, "message", aip_str(error->message));
	aip_json_close(out, '}');
}

static void put_outputs(const struct aip_encoder *e, struct aip_json_out *out, bool finished)
{
	aip_json_key(out, "output");
	aip_json_open(out, '[');
	for (const struct responses_said *item = finished ? e->items : NULL; item;
	     item = item->next)
		if (item->done)
			aip_json_put_raw(out, aip_buf_lend(&item->json, out->buf));
	aip_json_close(out, ']');
}

void responses_put_response(const struct aip_encoder *e, struct aip_json_out *out,
                            const char *status, bool finished, const struct aip_error *error)
{
	aip_json_open(out, '{');
	aip_json_str(out, "id", e->id);
	aip_json_str(out, "object", AIP_LIT("response"));
	aip_json_int_kv(out, "created_at", e->created_s);
	aip_json_str(out, "status", aip_str(status));
	aip_json_bool_kv(out, "background", false);
	if (strcmp(status, "completed") == 0)
		aip_json_int_kv(out, "completed_at", e->ctx->now_s);
	aip_json_key(out, "error");
	if (error)
		put_failure(out, error);
	else
		aip_json_put_null(out);
	aip_json_key(out, "incomplete_details");
	if (strcmp(status, "incomplete") == 0)
		put_incomplete(out, e->stop);
	else
		aip_json_put_null(out);
	aip_json_str(out, "model", e->ctx->model_asked);
	put_outputs(e, out, finished);
	aip_json_bool_kv(out, "store", is_stored(e->ctx));
	put_echoes(e, out);
	aip_json_key(out, "usage");
	if (finished)
		responses_write_usage(&e->usage, out);
	else
		aip_json_put_null(out);
	aip_json_close(out, '}');
}

/* ---- Parts of items ------------------------------------------------------------------------- */

void responses_put_list(struct aip_json_out *out, const char *key, struct aip_str inner)
{
	aip_json_key(out, key);
	aip_json_open(out, '[');
	if (inner.len)
		aip_json_put_raw(out, inner);
	aip_json_close(out, ']');
}

void responses_put_text_part(struct aip_json_out *out, const struct responses_said *item,
                             struct aip_str text)
{
	responses_open_typed(out, item->is_refusal ? "refusal" : "output_text");
	aip_json_str(out, item->is_refusal ? "refusal" : "text", text);
	if (!item->is_refusal) {
		responses_put_list(out, "annotations", aip_buf_lend(&item->notes, out->buf));
		responses_put_list(out, "logprobs", aip_buf_lend(&item->logprobs, out->buf));
	}
	aip_json_close(out, '}');
}

void responses_put_thought_part(struct aip_json_out *out, const struct responses_said *item,
                                struct aip_str text)
{
	responses_open_typed(out, item->is_chain ? "reasoning_text" : "summary_text");
	aip_json_str(out, "text", text);
	aip_json_close(out, '}');
}

/* ---- Items ---------------------------------------------------------------------------------- */

static void open_item(struct aip_json_out *out, const struct responses_said *item, const char *type,
                      const char *status)
{
	aip_json_open(out, '{');
	aip_json_str(out, "id", item->id);
	aip_json_str(out, "type", aip_str(type));
	aip_json_str_some(out, "status", aip_str(status));
}

static void put_message(struct aip_json_out *out, const struct responses_said *item,
                        const char *status)
{
	open_item(out, item, "message", status);
	aip_json_str(out, "role", AIP_LIT("assistant"));
	responses_put_list(out, "content", aip_buf_lend(&item->parts, out->buf));
	aip_json_close(out, '}');
}

static void put_reasoning(struct aip_json_out *out, const struct responses_said *item)
{
	struct aip_str parts = aip_buf_lend(&item->parts, out->buf);

	open_item(out, item, "reasoning", NULL);
	responses_put_list(out, "summary", item->is_chain ? AIP_NONE : parts);
	if (item->is_chain)
		responses_put_list(out, "content", parts);
	aip_json_str_some(out, "encrypted_content", item->encrypted);
	aip_json_close(out, '}');
}

static void put_call(struct aip_json_out *out, const struct responses_said *item,
                     const char *status)
{
	open_item(out, item, item->is_custom ? "custom_tool_call" : "function_call", status);
	aip_json_str(out, "call_id", item->call_id);
	aip_json_str_some(out, "namespace", item->space);
	aip_json_str(out, "name", item->name);
	aip_json_str(out, item->is_custom ? "input" : "arguments",
	             aip_buf_lend(&item->text, out->buf));
	aip_json_close(out, '}');
}

static void put_image(struct aip_json_out *out, const struct responses_said *item,
                      const char *status)
{
	struct aip_str picture = aip_buf_lend(&item->text, out->buf);
	struct aip_str facts = aip_buf_lend(&item->notes, out->buf);

	open_item(out, item, "image_generation_call", status);
	aip_json_key(out, "result");
	if (picture.len)
		aip_json_put_str(out, picture);
	else
		aip_json_put_null(out);
	if (facts.len)
		aip_buf_addf(out->buf, ",%.*s", AIP_FMT(facts));
	aip_json_close(out, '}');
}

/* The text is the query once it is known. */
static void put_search(struct aip_json_out *out, const struct responses_said *item,
                       const char *status)
{
	open_item(out, item, "web_search_call", status);
	if (item->text.len) {
		aip_json_key(out, "action");
		responses_open_typed(out, "search");
		aip_json_str(out, "query", aip_buf_lend(&item->text, out->buf));
		aip_json_key(out, "queries");
		aip_json_open(out, '[');
		aip_json_put_str(out, aip_buf_lend(&item->text, out->buf));
		aip_json_close(out, ']');
		aip_json_raw_some(out, "sources", item->sources);
		aip_json_close(out, '}');
	}
	aip_json_close(out, '}');
}

static void put_code(struct aip_json_out *out, const struct responses_said *item,
                     const char *status)
{
	const struct aip_str logs = aip_buf_lend(&item->parts, out->buf);

	open_item(out, item, "code_interpreter_call", status);
	aip_json_str(out, "code", aip_buf_lend(&item->text, out->buf));
	aip_json_str(out, "container_id", item->call_id);
	aip_json_key(out, "outputs");
	if (logs.len) {
		aip_json_open(out, '[');
		responses_open_typed(out, "logs");
		aip_json_str(out, "logs", logs);
		aip_json_close(out, '}');
		aip_json_close(out, ']');
	} else {
		aip_json_put_null(out);
	}
	aip_json_close(out, '}');
}

/* A text in the one place or the other, once there is any. */
static void put_mcp_outcome(struct aip_json_out *out, struct aip_str text, const char *status)
{
	const bool failed = strcmp(status, "failed") == 0;

	aip_json_key(out, "error");
	if (failed) {
		responses_open_typed(out, "mcp_tool_execution_error");
		aip_json_key(out, "content");
		aip_json_open(out, '[');
		responses_open_typed(out, "text");
		aip_json_str(out, "text", text);
		aip_json_close(out, '}');
		aip_json_close(out, ']');
		aip_json_close(out, '}');
	} else {
		aip_json_put_null(out);
	}
	aip_json_key(out, "output");
	if (strcmp(status, "completed") == 0)
		aip_json_put_str(out, text);
	else
		aip_json_put_null(out);
}

static void put_mcp(struct aip_json_out *out, const struct responses_said *item, const char *status)
{
	open_item(out, item, "mcp_call", status);
	aip_json_str(out, "server_label", item->space);
	aip_json_str(out, "name", item->name);
	aip_json_str(out, "arguments", aip_buf_lend(&item->text, out->buf));
	aip_json_null_kv(out, "approval_request_id");
	put_mcp_outcome(out, aip_buf_lend(&item->parts, out->buf), status);
	aip_json_close(out, '}');
}

/* What an item does not have yet when it begins. */
static const struct {
	const char *key;
	const char *before; /* raw; NULL: the member itself comes later */
} growing[] = {
	{"status", "\"in_progress\""},
	{"code", "\"\""},
	{"outputs", "null"},
	{"queries", "[]"},
	{"results", "null"},
	{"action", NULL},
	{"result", "null"},
	{"arguments", "\"\""},
	{"output", "null"},
	{"error", "null"},
};

static void put_begun(struct aip_json_out *out, const struct aip_json *member)
{
	for (size_t i = 0; i < sizeof(growing) / sizeof(*growing); i++) {
		if (!aip_str_is(member->key, growing[i].key))
			continue;
		if (growing[i].before)
			aip_json_raw_some(out, growing[i].key, aip_str(growing[i].before));
		return;
	}
	aip_json_key_str(out, member->key);
	aip_json_put_raw(out, member->raw);
}

/* An item of the client's own dialect: as the upstream wrote it once it is done, what it begins with
 * before. */
static void put_raw(struct aip_json_out *out, const struct responses_said *item, const char *status)
{
	if (strcmp(status, "in_progress") != 0) {
		aip_json_put_raw(out, aip_buf_lend(&item->text, out->buf));
		return;
	}
	aip_json_open(out, '{');
	AIP_JSON_EACH (member, item->raw)
		put_begun(out, member);
	aip_json_close(out, '}');
}

void responses_put_item(struct aip_json_out *out, const struct responses_said *item,
                        const char *status)
{
	switch (item->kind) {
	case SAID_MESSAGE: put_message(out, item, status); break;
	case SAID_REASONING: put_reasoning(out, item); break;
	case SAID_CALL: put_call(out, item, status); break;
	case SAID_IMAGE: put_image(out, item, status); break;
	case SAID_SEARCH: put_search(out, item, status); break;
	case SAID_CODE: put_code(out, item, status); break;
	case SAID_MCP: put_mcp(out, item, status); break;
	case SAID_RAW: put_raw(out, item, status); break;
	}
}

/* ---- Whole answers -------------------------------------------------------------------------- */

static enum aip_status take_event(void *to, const struct aip_event *event)
{
	struct aip_encoder *e = to;

	return responses_encoder_event(e, event, e->whole);
}

/* The same items as a stream would have had, without its events. */
enum aip_status responses_write_response(struct aip_codec_ctx *ctx,
                                         const struct aip_response *response, struct aip_buf *out,
                                         struct aip_error *reterr)
{
	struct aip_encoder *e = responses_encoder_new(ctx);

	e->whole = out;
	enum aip_status s = aip_unfold(response, (struct aip_sink){take_event, e});
	responses_encoder_fini(e);
	if (s)
		aip_fail(reterr, s, "the answer cannot be written");
	return codec_written(out, s, "answer", reterr);
}
