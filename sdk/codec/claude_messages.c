/* The Anthropic Messages dialect: its table, and what reading and writing share. */
#include "claude_messages.h"
#include "codecs.h"

#include <stdio.h>

#include <aiproxy/host.h>

/* ---- Usage ---------------------------------------------------------------------------------- */

static int64_t some(int64_t tokens)
{
	return tokens > 0 ? tokens : 0;
}

/* input_tokens leaves both cache figures out; output_tokens holds the thinking. */
bool claude_read_usage(const struct aip_json *usage, struct aip_usage *ret)
{
	const struct aip_json *written = aip_json_some(usage, "cache_creation");
	const struct aip_json *details = aip_json_some(usage, "output_tokens_details");
	const struct aip_json *server = aip_json_some(usage, "server_tool_use");
	const int64_t input = aip_json_int(usage, "input_tokens", -1);

	aip_usage_init(ret);
	if (!aip_json_is(usage, AIP_JSON_OBJECT))
		return false;
	ret->cache_read = aip_json_int(usage, "cache_read_input_tokens", -1);
	ret->cache_write = aip_json_int(usage, "cache_creation_input_tokens", -1);
	ret->cache_write_5m = aip_json_int(written, "ephemeral_5m_input_tokens", -1);
	ret->cache_write_1h = aip_json_int(written, "ephemeral_1h_input_tokens", -1);
	if (input >= 0 && input <= INT64_MAX / 4 && ret->cache_read <= INT64_MAX / 4 &&
	    ret->cache_write <= INT64_MAX / 4)
		ret->in_total = input + some(ret->cache_read) + some(ret->cache_write);
	ret->out_total = aip_json_int(usage, "output_tokens", -1);
	ret->reasoning = aip_json_int(details, "thinking_tokens", -1);
	ret->searches = aip_json_int(server, "web_search_requests", -1);
	ret->fetches = aip_json_int(server, "web_fetch_requests", -1);
	return aip_usage_known(ret);
}

static void put_cache_creation(const struct aip_usage *usage, struct aip_json_out *out)
{
	if (usage->cache_write_5m < 0 && usage->cache_write_1h < 0)
		return;
	aip_json_key(out, "cache_creation");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "ephemeral_5m_input_tokens", some(usage->cache_write_5m));
	aip_json_int_kv(out, "ephemeral_1h_input_tokens", some(usage->cache_write_1h));
	aip_json_close(out, '}');
}

static void put_server_tool_use(const struct aip_usage *usage, struct aip_json_out *out)
{
	if (usage->searches <= 0 && usage->fetches <= 0)
		return;
	aip_json_key(out, "server_tool_use");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "web_search_requests", some(usage->searches));
	if (usage->fetches >= 0)
		aip_json_int_kv(out, "web_fetch_requests", usage->fetches);
	aip_json_close(out, '}');
}

void claude_write_usage(const struct aip_usage *usage, struct aip_str tier,
                        struct aip_json_out *out)
{
	const int64_t cached = some(usage->cache_read), written = some(usage->cache_write);

	aip_json_open(out, '{');
	aip_json_int_kv(out, "input_tokens", some(some(some(usage->in_total) - cached) - written));
	aip_json_int_kv(out, "cache_creation_input_tokens", written);
	aip_json_int_kv(out, "cache_read_input_tokens", cached);
	put_cache_creation(usage, out);
	aip_json_int_kv(out, "output_tokens", some(usage->out_total));
	if (usage->reasoning >= 0) {
		aip_json_key(out, "output_tokens_details");
		aip_json_open(out, '{');
		aip_json_int_kv(out, "thinking_tokens", usage->reasoning);
		aip_json_close(out, '}');
	}
	put_server_tool_use(usage, out);
	if (aip_str_is(tier, "default"))
		tier = AIP_LIT("standard");
	if (aip_str_is(tier, "standard") || aip_str_is(tier, "priority") ||
	    aip_str_is(tier, "batch"))
		aip_json_str(out, "service_tier", tier);
	aip_json_close(out, '}');
}

/* ---- Stop reasons --------------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum aip_stop stop;
} stops[] = {
	{"end_turn", AIP_STOP_END_TURN},
	{"stop_sequence", AIP_STOP_SEQUENCE},
	{"tool_use", AIP_STOP_TOOL_USE},
	{"max_tokens", AIP_STOP_MAX_TOKENS},
	{"model_context_window_exceeded", AIP_STOP_CONTEXT_WINDOW},
	{"refusal", AIP_STOP_REFUSAL},
	{"pause_turn", AIP_STOP_PAUSE_TURN},
	{"compaction", AIP_STOP_COMPACTION},
	/* written only */
	{"refusal", AIP_STOP_CONTENT_FILTER},
};

enum aip_stop claude_read_stop(struct aip_str reason)
{
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (aip_str_is(reason, stops[i].word))
			return stops[i].stop;
	return AIP_STOP_OTHER;
}

const char *claude_write_stop(const struct aip_codec_ctx *ctx, enum aip_stop stop,
                              bool has_sequence)
{
	if (stop == AIP_STOP_SEQUENCE && !has_sequence)
		return "end_turn";
	if (stop == AIP_STOP_COMPACTION && ctx->upstream != AIP_CLAUDE)
		return "end_turn";
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (stops[i].stop == stop)
			return stops[i].word;
	return "end_turn";
}

/* ---- Server tools --------------------------------------------------------------------------- */

enum aip_server_tool claude_server_tool(struct aip_str name)
{
	static const struct {
		const char *begins;
		enum aip_server_tool tool;
	} table[] = {
		{"web_search", AIP_SERVER_WEB_SEARCH},
		{"web_fetch", AIP_SERVER_WEB_FETCH},
		{"code_execution", AIP_SERVER_CODE_EXECUTION},
		{"bash_code_execution", AIP_SERVER_CODE_EXECUTION},
		{"text_editor_code_execution", AIP_SERVER_CODE_EXECUTION},
		{"tool_search", AIP_SERVER_TOOL_SEARCH},
		{"mcp", AIP_SERVER_MCP},
		{"bash", AIP_SERVER_BASH},
		{"text_editor", AIP_SERVER_TEXT_EDITOR},
		{"memory", AIP_SERVER_MEMORY},
		{"computer", AIP_SERVER_COMPUTER},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_starts(name, aip_str(table[i].begins)))
			return table[i].tool;
	return AIP_SERVER_OTHER;
}

bool claude_is_server_result(struct aip_str type)
{
	return aip_str_ends(type, AIP_LIT("_tool_result"));
}

void claude_read_server(const struct aip_json *block, struct aip_server_part *ret)
{
	struct aip_str type = aip_json_text(block, "type");
	const bool is_result = claude_is_server_result(type);
	const struct aip_json *input = aip_json_some(block, "input");
	const struct aip_json *content = aip_json_some(block, "content");
	const struct aip_json *is_error = aip_json_some(block, "is_error");
	struct aip_str name = aip_json_text(block, "name");

	*ret = (struct aip_server_part){
		.tool = claude_server_tool(is_result || aip_str_is(type, "mcp_tool_use") ? type
	                                                                                 : name),
		.id = aip_json_text(block, is_result ? "tool_use_id" : "id"),
		.name = name,
		.input = input ? input->raw : AIP_NONE,
		.results = content ? content->raw : AIP_NONE,
		.dialect = AIP_CLAUDE,
		.raw = block->raw,
		.label = aip_json_text(block, "server_name"),
	};
	if (aip_json_is_bool(is_error))
		ret->is_error = is_error->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	else if (aip_json_get(content, "error_code"))
		ret->is_error = AIP_YES;
}

/* ---- Citations ------------------------------------------------------------------------------ */

static const struct citation_row {
	const char *type;
	enum aip_citation_kind kind;
	const char *start, *end;
} citation_rows[] = {
	{"char_location", AIP_CITE_DOC_CHAR, "start_char_index", "end_char_index"},
	{"page_location", AIP_CITE_DOC_PAGE, "start_page_number", "end_page_number"},
	{"content_block_location", AIP_CITE_DOC_BLOCK, "start_block_index", "end_block_index"},
	{"web_search_result_location", AIP_CITE_URL, "", ""},
	{"search_result_location", AIP_CITE_SEARCH_RESULT, "start_block_index", "end_block_index"},
};

static struct aip_citation citation_of(const struct aip_json *v, const struct citation_row *row)
{
	const bool search = row->kind == AIP_CITE_SEARCH_RESULT;
	const struct aip_json *seal = aip_json_get(v, "encrypted_index");
	struct aip_str title = aip_json_text(v, "title");
	struct aip_citation citation = {
		.kind = row->kind,
		.url = aip_json_text(v, search ? "source" : "url"),
		.title = title.at ? title : aip_json_text(v, "document_title"),
		.cited_text = aip_json_text(v, "cited_text"),
		.file_id = aip_json_text(v, "file_id"),
		.start = -1,
		.end = -1,
		.doc_index = aip_json_int(v, search ? "search_result_index" : "document_index", -1),
		.doc_start = aip_json_int(v, row->start, -1),
		.doc_end = aip_json_int(v, row->end, -1),
	};

	/* One without its seal was made here, for a client; no vendor takes it back. */
	if (!seal || seal->text.len) {
		citation.dialect = AIP_CLAUDE;
		citation.raw = v->raw;
	}
	return citation;
}

bool claude_read_citation(const struct aip_json *v, struct aip_citation *ret)
{
	struct aip_str type = aip_json_text(v, "type");

	for (size_t i = 0; i < sizeof(citation_rows) / sizeof(*citation_rows); i++)
		if (aip_str_is(type, citation_rows[i].type)) {
			*ret = citation_of(v, &citation_rows[i]);
			return true;
		}
	return false;
}

void claude_write_citation(const struct aip_citation *citation, struct aip_json_out *out)
{
	if (citation->dialect == AIP_CLAUDE && citation->raw.len) {
		aip_json_put_raw(out, citation->raw);
		return;
	}
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("web_search_result_location"));
	aip_json_str(out, "url", citation->url);
	aip_json_str(out, "title", citation->title.at ? citation->title : AIP_LIT(""));
	aip_json_str(out, "cited_text",
	             citation->cited_text.at ? citation->cited_text : AIP_LIT(""));
	aip_json_str(out, "encrypted_index", AIP_LIT("")); /* only the vendor's own has one */
	aip_json_close(out, '}');
}

/* ---- The schema's stand-in, names ----------------------------------------------------------- */

static bool declares(const struct aip_tool *tools, const char *name)
{
	for (; tools; tools = tools->next)
		if (aip_str_is(tools->name, name))
			return true;
	return false;
}

bool claude_emulates_schema(const struct aip_codec_ctx *ctx, const struct aip_request *request)
{
	return request && ctx->caps->structured_out == AIP_NO &&
	       request->output.format == AIP_FORMAT_JSON_SCHEMA && request->output.schema.len &&
	       !declares(request->tools, CLAUDE_JSON_TOOL);
}

struct aip_str claude_call_name(struct aip_arena *arena, const struct aip_tool_call *call)
{
	if (!call->space.len)
		return call->name;
	return aip_arena_printf(arena, "%.*s__%.*s", AIP_FMT(call->space), AIP_FMT(call->name));
}

/* ---- Errors --------------------------------------------------------------------------------- */

static const struct {
	const char *type;
	enum aip_status status;
} error_types[] = {
	{"invalid_request_error", AIP_BAD_REQUEST}, {"authentication_error", AIP_CRED_REJECTED},
	{"billing_error", AIP_CRED_UNPAID},         {"permission_error", AIP_CRED_REJECTED},
	{"not_found_error", AIP_MODEL_MISSING},     {"conflict_error", AIP_CONFLICT},
	{"request_too_large", AIP_TOO_LARGE},       {"rate_limit_error", AIP_RATE_LIMITED},
	{"timeout_error", AIP_UPSTREAM_TIMEOUT},    {"overloaded_error", AIP_OVERLOADED},
	{"api_error", AIP_UPSTREAM_ERROR},
};

/* Sentences that say more than their type: seen 2026-02, each as an invalid_request_error. */
static const struct {
	const char *words;
	enum aip_status status;
} error_words[] = {
	{"prompt is too long", AIP_CONTEXT_TOO_LONG},
	{"exceed context limit", AIP_CONTEXT_TOO_LONG},
	{"content filtering policy", AIP_CONTENT_BLOCKED},
	{"credit balance is too low", AIP_CRED_UNPAID},
	{"organization has been disabled", AIP_CRED_REJECTED},
	{"reached your specified API usage limits", AIP_QUOTA_EXHAUSTED},
};

/* HTTP decides, but where it says nothing (an error inside a stream) or only "400". */
static enum aip_status status_of(int http, struct aip_str type, struct aip_str message)
{
	enum aip_status status = http >= 400 ? aip_status_from_http(http) : AIP_UPSTREAM_ERROR;

	for (size_t i = 0; i < sizeof(error_types) / sizeof(*error_types); i++)
		if ((http < 400 || http == 400) && aip_str_is(type, error_types[i].type))
			status = error_types[i].status;
	if (status != AIP_BAD_REQUEST)
		return status;
	for (size_t i = 0; i < sizeof(error_words) / sizeof(*error_words); i++)
		if (aip_str_find(message, aip_str(error_words[i].words)) >= 0)
			status = error_words[i].status;
	return status;
}

void claude_read_error_object(const struct aip_json *error, int http, struct aip_error *ret)
{
	struct aip_str type = aip_json_text(error, "type");
	struct aip_str message =
		aip_json_is(error, AIP_JSON_STRING) ? error->text : aip_json_text(error, "message");
	struct aip_str code = aip_json_text(aip_json_some(error, "details"), "error_code");

	*ret = (struct aip_error){.status = status_of(http, type, message)};
	if (message.len)
		aip_error_text(ret->message, sizeof(ret->message), message);
	else
		aip_fail(ret, ret->status, "the upstream answered with an error without a message");
	ret->upstream_http = http;
	aip_error_text(ret->type, sizeof(ret->type), type);
	aip_error_text(ret->code, sizeof(ret->code), code);
	if (ret->status == AIP_CRED_REJECTED || ret->status == AIP_CRED_UNPAID ||
	    ret->status == AIP_QUOTA_EXHAUSTED)
		ret->scope = AIP_SCOPE_CREDENTIAL;
}

/* Servers that imitate the API also say {"detail":"…"} or {"message":"…"}, HTML, or nothing. */
static void read_error(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
                       size_t n_headers, struct aip_str body, struct aip_error *ret)
{
	struct aip_str id = aip_header_get(headers, n_headers, "request-id");
	const struct aip_json *doc = codec_error_doc(ctx, body);

	const struct aip_json *error = aip_json_some(doc, "error");
	if (!error && aip_json_is(aip_json_get(doc, "detail"), AIP_JSON_STRING))
		error = aip_json_get(doc, "detail");
	claude_read_error_object(error ? error : doc, http, ret);
	if (!doc)
		aip_fail(ret, ret->status, "the upstream answered HTTP %d", http);
	ret->upstream_http = http;
	ret->retry_after_ms = aip_retry_after_ms(headers, n_headers, ctx->now_s);
	aip_error_text(ret->request_id, sizeof(ret->request_id),
	               id.len ? id : aip_json_text(doc, "request_id"));
}

/* Clients know a prompt that is too long by these words. */
static struct aip_str message_of(const struct aip_error *error, char *into, size_t bytes)
{
	static const char words[] = "prompt is too long";

	if (error->status != AIP_CONTEXT_TOO_LONG || strstr(error->message, words))
		return aip_str(error->message[0] ? error->message : aip_status_name(error->status));
	snprintf(into, bytes, "%s: %s", words, error->message);
	return aip_str(into);
}

static int write_error(const struct aip_error *error, struct aip_str request_id,
                       struct aip_buf *out)
{
	const struct aip_status_row *row = aip_status_row(error->status);
	struct aip_json_out json = aip_json_to(out);
	char message[sizeof(error->message) + 32];

	aip_json_open(&json, '{');
	aip_json_str(&json, "type", AIP_LIT("error"));
	aip_json_key(&json, "error");
	aip_json_open(&json, '{');
	aip_json_str(&json, "type", aip_str(row->claude_type));
	aip_json_str(&json, "message", message_of(error, message, sizeof(message)));
	aip_json_close(&json, '}');
	if (error->request_id[0])
		request_id = aip_str(error->request_id);
	if (request_id.len)
		aip_json_str(&json, "request_id", request_id);
	aip_json_close(&json, '}');
	return row->http;
}

/* ---- Counting ------------------------------------------------------------------------------- */

static enum aip_status read_counted(struct aip_codec_ctx *ctx, struct aip_str body, int64_t *ret,
                                    struct aip_error *reterr)
{
	return codec_read_count(ctx, body, "input_tokens", ret, reterr);
}

static void write_counted(int64_t tokens, struct aip_buf *out)
{
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	aip_json_int_kv(&json, "input_tokens", tokens);
	aip_json_close(&json, '}');
}

/* ---- Splicing ------------------------------------------------------------------------------- */

/* The model stands at the top of a body, inside "message" in message_start. */
static bool splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out)
{
	return codec_splice_model(json, "message", model, out);
}

static bool relay_begins(struct aip_arena *arena, struct aip_str json)
{
	static const char *const types[] = {"message_start", "ping"};

	return codec_has_type(json, types, sizeof(types) / sizeof(*types));
}

const struct aip_codec aip_codec_claude_messages = {
	.dialect = AIP_CLAUDE,
	.vendor = AIP_VENDOR_ANTHROPIC,
	.name = "claude_messages",
	.read_request = claude_read_request,
	.write_request = claude_write_request,
	.read_response = claude_read_response,
	.write_response = claude_write_response,
	.decoder_new = claude_decoder_new,
	.decoder_feed = claude_decoder_feed,
	.decoder_finish = claude_decoder_finish,
	.decoder_fini = claude_decoder_fini,
	.encoder_new = claude_encoder_new,
	.encoder_event = claude_encoder_event,
	.encoder_ping = claude_encoder_ping,
	.encoder_fini = claude_encoder_fini,
	.read_error = read_error,
	.write_error = write_error,
	.read_count = claude_read_count,
	.write_count = claude_write_count,
	.read_counted = read_counted,
	.write_counted = write_counted,
	.splice_model = splice_model,
	.stream_type = "text/event-stream",
	.relay_begins = relay_begins,
};
