/* The Gemini dialect (GenerateContent): its table, and the words that reading and writing share. */
#include "gemini.h"

#include "codecs.h"

/* ---- Members -------------------------------------------------------------------------------- */

bool gemini_key_is(struct aip_str key, const char *camel)
{
	size_t i = 0;

	for (; *camel; camel++, i++) {
		if (i >= key.len)
			return false;
		if (key.at[i] == *camel)
			continue;
		if (key.at[i] != '_' || *camel < 'A' || *camel > 'Z' || ++i == key.len ||
		    key.at[i] != *camel + ('a' - 'A'))
			return false;
	}
	return i == key.len;
}

const struct aip_json *gemini_get(const struct aip_json *object, const char *camel)
{
	const struct aip_json *found = NULL;

	if (!object || object->kind != AIP_JSON_OBJECT)
		return NULL;
	AIP_JSON_EACH (member, object)
		if (gemini_key_is(member->key, camel))
			found = member;
	return found && found->kind != AIP_JSON_NULL ? found : NULL;
}

struct aip_str gemini_text(const struct aip_json *object, const char *camel)
{
	const struct aip_json *v = gemini_get(object, camel);

	return v && v->kind == AIP_JSON_STRING ? v->text : AIP_NONE;
}

struct aip_str gemini_raw(const struct aip_json *object, const char *camel)
{
	const struct aip_json *v = gemini_get(object, camel);

	return v ? v->raw : AIP_NONE;
}

int64_t gemini_int(const struct aip_json *object, const char *camel, int64_t otherwise)
{
	const struct aip_json *v = gemini_get(object, camel);
	int64_t number;

	if (v && (v->kind == AIP_JSON_NUMBER || v->kind == AIP_JSON_STRING) &&
	    aip_str_int(v->text, &number))
		return number;
	return otherwise;
}

bool gemini_is_true(const struct aip_json *object, const char *camel)
{
	return aip_json_is(gemini_get(object, camel), AIP_JSON_TRUE);
}

bool gemini_word_is(struct aip_str word, const char *upper)
{
	return word.at && aip_str_eq_nocase(word, aip_str(upper));
}

/* ---- Parts and tools ------------------------------------------------------------------------ */

/* The first row of a tool is the one written; the last column says that other clients can ask for
 * it. */
static const struct {
	const char *key;
	enum aip_server_tool tool;
	bool portable;
} server_tools[] = {
	{"googleSearch", AIP_SERVER_WEB_SEARCH, true},
	{"googleSearchRetrieval", AIP_SERVER_WEB_SEARCH, true},
	{"enterpriseWebSearch", AIP_SERVER_WEB_SEARCH, true},
	{"urlContext", AIP_SERVER_WEB_FETCH, true},
	{"codeExecution", AIP_SERVER_CODE_EXECUTION, true},
	{"fileSearch", AIP_SERVER_FILE_SEARCH, false},
	{"computerUse", AIP_SERVER_COMPUTER, false},
	{"mcpServers", AIP_SERVER_MCP, false},
};

enum aip_server_tool gemini_server_tool(struct aip_str key)
{
	for (size_t i = 0; i < sizeof(server_tools) / sizeof(*server_tools); i++)
		if (gemini_key_is(key, server_tools[i].key))
			return server_tools[i].tool;
	return AIP_SERVER_NONE;
}

const char *gemini_server_key(enum aip_server_tool tool)
{
	for (size_t i = 0; i < sizeof(server_tools) / sizeof(*server_tools); i++)
		if (server_tools[i].tool == tool && server_tools[i].portable)
			return server_tools[i].key;
	return NULL;
}

static enum aip_server_tool tool_of_type(struct aip_str type)
{
	static const struct {
		const char *type;
		enum aip_server_tool tool;
	} table[] = {
		{"GOOGLE_SEARCH_WEB", AIP_SERVER_WEB_SEARCH},
		{"GOOGLE_SEARCH_IMAGE", AIP_SERVER_WEB_SEARCH},
		{"URL_CONTEXT", AIP_SERVER_WEB_FETCH},
		{"FILE_SEARCH", AIP_SERVER_FILE_SEARCH},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (gemini_word_is(type, table[i].type))
			return table[i].tool;
	return AIP_SERVER_OTHER;
}

static const struct server_row {
	const char *key;
	enum aip_server_tool tool; /* OTHER: the part names it */
	bool is_result;
	const char *inner; /* NULL: the whole member */
} server_rows[] = {
	{"executableCode", AIP_SERVER_CODE_EXECUTION, false, NULL},
	{"codeExecutionResult", AIP_SERVER_CODE_EXECUTION, true, NULL},
	{"toolCall", AIP_SERVER_OTHER, false, "args"},
	{"toolResponse", AIP_SERVER_OTHER, true, "response"},
};

static void take_server(const struct server_row *row, const struct aip_json *part,
                        const struct aip_json *v, struct aip_server_part *ret)
{
	struct aip_str content = row->inner ? gemini_raw(v, row->inner) : v->raw;
	struct aip_str outcome = gemini_text(v, "outcome");

	*ret = (struct aip_server_part){
		.tool = row->tool,
		.id = gemini_text(v, "id"),
		.dialect = AIP_GEMINI,
		.raw = part->raw,
	};
	if (ret->tool == AIP_SERVER_OTHER)
		ret->tool = tool_of_type(gemini_text(v, "toolType"));
	ret->name = aip_str(aip_server_tool_word(ret->tool));
	if (row->is_result)
		ret->results = content;
	else
		ret->input = content;
	if (outcome.at)
		ret->is_error = gemini_word_is(outcome, "OUTCOME_OK") ? AIP_NO : AIP_YES;
}

bool gemini_read_server(const struct aip_json *part, const struct aip_json *v,
                        struct aip_server_part *ret, enum aip_part_kind *ret_kind)
{
	for (size_t i = 0; i < sizeof(server_rows) / sizeof(*server_rows); i++) {
		if (!gemini_key_is(v->key, server_rows[i].key))
			continue;
		*ret_kind = server_rows[i].is_result ? AIP_SERVER_RESULT : AIP_SERVER_CALL;
		take_server(&server_rows[i], part, v, ret);
		return true;
	}
	return false;
}

/* ---- Stop reasons --------------------------------------------------------------------------- */

static const struct {
	const char *reason;
	enum aip_stop stop;
} stops[] = {
	/* the first row of a stop is the one written */
	{"STOP", AIP_STOP_END_TURN},
	{"MAX_TOKENS", AIP_STOP_MAX_TOKENS},
	{"SAFETY", AIP_STOP_CONTENT_FILTER},
	{"RECITATION", AIP_STOP_CONTENT_FILTER},
	{"BLOCKLIST", AIP_STOP_CONTENT_FILTER},
	{"PROHIBITED_CONTENT", AIP_STOP_CONTENT_FILTER},
	{"SPII", AIP_STOP_CONTENT_FILTER},
	{"IMAGE_SAFETY", AIP_STOP_CONTENT_FILTER},
	{"IMAGE_PROHIBITED_CONTENT", AIP_STOP_CONTENT_FILTER},
	{"IMAGE_RECITATION", AIP_STOP_CONTENT_FILTER},
	{"LANGUAGE", AIP_STOP_CONTENT_FILTER},
	{"MODEL_ARMOR", AIP_STOP_CONTENT_FILTER},
	{"MALFORMED_FUNCTION_CALL", AIP_STOP_BAD_TOOL_CALL},
	{"UNEXPECTED_TOOL_CALL", AIP_STOP_BAD_TOOL_CALL},
	{"TOO_MANY_TOOL_CALLS", AIP_STOP_BAD_TOOL_CALL},
	{"OTHER", AIP_STOP_OTHER},
	/* written only */
	{"STOP", AIP_STOP_SEQUENCE},
	{"STOP", AIP_STOP_TOOL_USE},
	{"STOP", AIP_STOP_PAUSE_TURN},
	{"STOP", AIP_STOP_COMPACTION},
	{"MAX_TOKENS", AIP_STOP_CONTEXT_WINDOW},
	{"SAFETY", AIP_STOP_REFUSAL},
};

enum aip_stop gemini_read_stop(struct aip_str reason, bool called_tools)
{
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++) {
		if (!gemini_word_is(reason, stops[i].reason))
			continue;
		if (stops[i].stop == AIP_STOP_END_TURN && called_tools)
			return AIP_STOP_TOOL_USE;
		return stops[i].stop;
	}
	return AIP_STOP_OTHER;
}

const char *gemini_write_stop(enum aip_stop stop)
{
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (stops[i].stop == stop)
			return stops[i].reason;
	return "OTHER";
}

bool gemini_client_wants_thoughts(const struct aip_codec_ctx *ctx)
{
	return ctx->request && ctx->request->reasoning.summary >= AIP_SUMMARY_AUTO;
}

bool gemini_may_cite(const struct aip_codec_ctx *ctx)
{
	const struct aip_tool *tool = ctx->request ? ctx->request->tools : NULL;
	const struct aip_turn *turn = ctx->request ? ctx->request->turns : NULL;

	for (; tool; tool = tool->next)
		if (tool->kind == AIP_TOOL_SERVER)
			return true;
	for (; turn; turn = turn->next)
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			if (part->kind == AIP_SEARCH_RESULT ||
			    (part->media && part->media->citations == AIP_YES))
				return true;
	return false;
}

/* ---- Counting ------------------------------------------------------------------------------- */

static enum aip_status read_counted(struct aip_codec_ctx *ctx, struct aip_str body, int64_t *ret,
                                    struct aip_error *reterr)
{
	struct aip_json *doc;

	enum aip_status s = aip_json_parse(ctx->arena, body, &doc, reterr);
	int64_t tokens = s ? -1 : gemini_int(doc, "totalTokens", -1);
	if (tokens < 0)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
		                "the upstream's count has no totalTokens");
	*ret = tokens;
	return AIP_OK;
}

static void write_counted(int64_t tokens, struct aip_buf *out)
{
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	aip_json_int_kv(&json, "totalTokens", tokens);
	aip_json_close(&json, '}');
}

/* ---- The table ------------------------------------------------------------------------------ */

/* modelVersion names the version that answered and stays. */
static bool splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out)
{
	return false;
}

/* A candidate without a part, or with a text that is empty. */
static bool relay_begins(struct aip_arena *arena, struct aip_str json)
{
	struct aip_json *doc;

	if (aip_json_parse(arena, json, &doc, NULL))
		return false;
	AIP_JSON_EACH (candidate, gemini_get(doc, "candidates")) {
		const struct aip_json *content = gemini_get(candidate, "content");
		if (!codec_all_silent(candidate, "index content") ||
		    !codec_all_silent(content, "role parts"))
			return false;
		AIP_JSON_EACH (part, gemini_get(content, "parts"))
			if (!codec_all_silent(part, "thought"))
				return false;
	}
	return codec_all_silent(doc, "candidates usageMetadata usage_metadata modelVersion "
	                             "model_version responseId response_id createTime create_time");
}

const struct aip_codec aip_codec_gemini = {
	.dialect = AIP_GEMINI,
	.vendor = AIP_VENDOR_GOOGLE,
	.name = "gemini",
	.read_request = gemini_read_request,
	.write_request = gemini_write_request,
	.read_response = gemini_read_response,
	.write_response = gemini_write_response,
	.decoder_new = gemini_decoder_new,
	.decoder_feed = gemini_decoder_feed,
	.decoder_finish = gemini_decoder_finish,
	.decoder_fini = gemini_decoder_fini,
	.encoder_new = gemini_encoder_new,
	.encoder_event = gemini_encoder_event,
	.encoder_ping = gemini_encoder_ping,
	.encoder_fini = gemini_encoder_fini,
	.read_error = gemini_read_error,
	.write_error = gemini_write_error,
	.read_count = gemini_read_count,
	.write_count = gemini_write_count,
	.read_counted = read_counted,
	.write_counted = write_counted,
	.splice_model = splice_model,
	.stream_type = "text/event-stream",
	.relay_begins = relay_begins,
};
