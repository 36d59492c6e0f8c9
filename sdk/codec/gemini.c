/* The Gemini dialect (GenerateContent): its table, and what reading and writing share. */
#include "gemini.h"

#include <stdlib.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool gemini_key_is(struct aip_str key, const char *camel)
{
	size_t i = 0;

	for (; *camel; camel++, i++) {
		if (i < key.len && key.at[i] == '_' && *camel != '_')
			i++;
		if (i >= key.len || lower(key.at[i]) != lower(*camel))
			return false;
	}
	return i == key.len;
}

const struct aip_json *gemini_get(const struct aip_json *object, const char *camel)
{
	const struct aip_json *found = NULL;

	if (!object || object->kind != AIP_JSON_OBJECT)
		return NULL;
	AIP_JSON_EACH(member, object)
		if (gemini_key_is(member->key, camel))
			found = member;
	return found && found->kind != AIP_JSON_NULL ? found : NULL;
}

struct aip_str gemini_text(const struct aip_json *object, const char *camel)
{
	const struct aip_json *v = gemini_get(object, camel);

	return v && v->kind == AIP_JSON_STRING ? v->text : AIP_NONE;
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

enum aip_part_kind gemini_kind_of_mime(struct aip_str mime)
{
	static const struct {
		const char *begins;
		enum aip_part_kind kind;
	} table[] = {{"image/", AIP_IMAGE}, {"audio/", AIP_AUDIO}, {"video/", AIP_VIDEO}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_starts(mime, aip_str(table[i].begins)))
			return table[i].kind;
	return AIP_DOCUMENT;
}

/* ---- Usage ---------------------------------------------------------------------------------- */

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
	return true;
}

static void put_some(struct aip_json_out *out, const char *key, int64_t number)
{
	if (number > 0)
		aip_json_int_kv(out, key, number);
}

void gemini_write_usage(const struct aip_usage *usage, struct aip_json_out *out)
{
	const int64_t in = usage->in_total > 0 ? usage->in_total : 0;
	const int64_t tool = usage->tool_in > 0 ? usage->tool_in : 0;
	const int64_t all = usage->out_total > 0 ? usage->out_total : 0;
	const int64_t thoughts = usage->reasoning > 0 && usage->reasoning <= all ? usage->reasoning : 0;

	aip_json_open(out, '{');
	aip_json_int_kv(out, "promptTokenCount", in > tool ? in - tool : 0);
	aip_json_int_kv(out, "candidatesTokenCount", all - thoughts);
	put_some(out, "cachedContentTokenCount", usage->cache_read);
	put_some(out, "thoughtsTokenCount", thoughts);
	put_some(out, "toolUsePromptTokenCount", tool);
	aip_json_int_kv(out, "totalTokenCount", in + all);
	aip_json_close(out, '}');
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

/* ---- Errors --------------------------------------------------------------------------------- */

/* "0.847s", "373.8ms", "1h2m3s": Go's spelling of durations. 0: not one. */
static int64_t duration_ms(struct aip_str text)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"ms", 1}, {"us", 1e-3}, {"ns", 1e-6}, {"h", 3600e3}, {"m", 60e3}, {"s", 1e3}};
	double total = 0;

	while (text.len) {
		size_t digits = 0, u = 0;
		double number;
		while (digits < text.len && ((text.at[digits] >= '0' && text.at[digits] <= '9') ||
		                             text.at[digits] == '.'))
			digits++;
		if (!aip_str_double(aip_strn(text.at, digits), &number))
			return 0;
		struct aip_str rest = aip_strn(text.at + digits, text.len - digits);
		while (u < 6 && !aip_str_starts(rest, aip_str(units[u].unit)))
			u++;
		if (u == 6)
			return 0;
		total += number * units[u].ms;
		size_t unit_len = strlen(units[u].unit);
		text = aip_strn(rest.at + unit_len, rest.len - unit_len);
	}
	if (total <= 0 || total >= 1e12)
		return 0;
	const int64_t whole = (int64_t)total;
	return (double)whole < total ? whole + 1 : whole;
}

static void read_details(const struct aip_json *details, struct aip_error *ret)
{
	AIP_JSON_EACH(detail, details) {
		struct aip_str type = gemini_text(detail, "@type");
		int64_t hint_ms = 0;
		if (aip_str_ends(type, AIP_LIT("google.rpc.RetryInfo")))
			hint_ms = duration_ms(gemini_text(detail, "retryDelay"));
		else if (aip_str_ends(type, AIP_LIT("google.rpc.ErrorInfo")))
			hint_ms = duration_ms(
				gemini_text(gemini_get(detail, "metadata"), "quotaResetDelay"));
		if (hint_ms && !ret->retry_after_ms)
			ret->retry_after_ms = hint_ms;
		if (aip_str_is(gemini_text(detail, "reason"), "API_KEY_INVALID"))
			ret->status = AIP_CRED_REJECTED;
	}
}

static void copy_text(char *into, size_t bytes, struct aip_str text)
{
	size_t len = text.len < bytes - 1 ? text.len : bytes - 1;

	while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80)
		len--;
	if (len)
		memcpy(into, text.at, len);
	into[len] = '\0';
}

/* The status of a code of the body where HTTP says nothing (a stream's error, a 200). */
static enum aip_status status_of(int http, struct aip_str word)
{
	if (http >= 400)
		return aip_status_from_http(http);
	for (int s = 0; s < AIP_STATUS_COUNT; s++) {
		const struct aip_status_row *row = aip_status_row((enum aip_status)s);
		if (row->blame == AIP_BLAME_UPSTREAM && gemini_word_is(word, row->gemini_status))
			return (enum aip_status)s;
	}
	return AIP_UPSTREAM_ERROR;
}

void gemini_read_error(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
                       size_t n_headers, struct aip_str body, struct aip_error *ret)
{
	struct aip_json *doc = NULL;
	struct aip_error ignored;

	if (body.len == 0 || aip_json_parse(ctx->arena, body, &doc, &ignored))
		doc = NULL;
	if (doc && doc->kind == AIP_JSON_ARRAY)
		doc = doc->child;
	const struct aip_json *error = gemini_get(doc, "error");
	struct aip_str message = gemini_text(error, "message");
	struct aip_str word = gemini_text(error, "status");
	const int code = (int)gemini_int(error, "code", 0);
	const int status = http >= 400 ? http : code;

	if (!message.at && error && error->kind == AIP_JSON_STRING)
		message = error->text;
	if (!message.at)
		message = gemini_text(doc, "message");
	*ret = (struct aip_error){.status = status_of(status, word), .upstream_http = http};
	if (message.at)
		copy_text(ret->message, sizeof(ret->message), message);
	else
		aip_fail(ret, ret->status, "the upstream answered HTTP %d", status);
	ret->upstream_http = http;
	copy_text(ret->code, sizeof(ret->code), word.at ? word : AIP_LIT(""));
	read_details(gemini_get(error, "details"), ret);
}

int gemini_write_error(const struct aip_error *error, struct aip_str request_id, struct aip_buf *out)
{
	const struct aip_status_row *row = aip_status_row(error->status);
	const int http = row->http == 529 ? 503 : row->http;
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	aip_json_key(&json, "error");
	aip_json_open(&json, '{');
	aip_json_int_kv(&json, "code", http);
	aip_json_str(&json, "message", aip_str(error->message));
	aip_json_str(&json, "status", aip_str(row->gemini_status));
	aip_json_key(&json, "details");
	aip_json_open(&json, '[');
	aip_json_close(&json, ']');
	aip_json_close(&json, '}');
	aip_json_close(&json, '}');
	return http;
}

/* ---- Counting ------------------------------------------------------------------------------- */

static enum aip_status read_counted(struct aip_codec_ctx *ctx, struct aip_str body, int64_t *ret,
                                    struct aip_error *reterr)
{
	struct aip_json *doc;

	enum aip_status s = aip_json_parse(ctx->arena, body, &doc, reterr);
	int64_t tokens = s ? -1 : gemini_int(doc, "totalTokens", -1);
	if (tokens < 0)
		return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the upstream's count has no totalTokens");
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

/* modelVersion names the version that answered and stays. */
static bool splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out)
{
	return false;
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
};
