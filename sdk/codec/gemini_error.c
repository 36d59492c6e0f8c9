/* Gemini errors, both ways: google.rpc.Status and its details. */
#include "gemini.h"
#include "codecs.h"

#include <stdio.h>

#define RPC "type.googleapis.com/google.rpc."

/* ---- How long to wait ----------------------------------------------------------------------- */

static size_t digits_of(struct aip_str text)
{
	size_t n = 0;

	while (n < text.len && ((text.at[n] >= '0' && text.at[n] <= '9') || text.at[n] == '.'))
		n++;
	return n;
}

static const struct unit {
	const char *word;
	double ms;
} units[] = {{"ms", 1}, {"us", 1e-3}, {"ns", 1e-6}, {"h", 3600e3}, {"m", 60e3}, {"s", 1e3}};

static const struct unit *unit_of(struct aip_str text)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (aip_str_starts(text, aip_str(units[i].word)))
			return &units[i];
	return NULL;
}

/* "0.847s", "373.8ms", "1h2m3s": Go's spelling of durations, rounded up. 0: not one. */
static int64_t duration_ms(struct aip_str text)
{
	double total = 0, number;

	while (text.len) {
		const size_t digits = digits_of(text);
		struct aip_str rest = aip_strn(text.at + digits, text.len - digits);
		const struct unit *unit = unit_of(rest);
		if (!unit || !aip_str_double(aip_strn(text.at, digits), &number))
			return 0;
		total += number * unit->ms;
		text.at = rest.at + strlen(unit->word);
		text.len = rest.len - strlen(unit->word);
	}
	if (total <= 0 || total >= 1e12)
		return 0;
	const int64_t whole = (int64_t)total;
	return (double)whole < total ? whole + 1 : whole;
}

/* "… reset after 12s.", "Please retry in 7.5s." */
static int64_t wait_in_words(struct aip_str message)
{
	static const char *const before[] = {"after ", "retry in "};
	double seconds;

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		const ptrdiff_t at = aip_str_find(message, aip_str(before[i]));
		if (at < 0)
			continue;
		const size_t from = (size_t)at + strlen(before[i]);
		struct aip_str rest = aip_strn(message.at + from, message.len - from);
		const size_t digits = digits_of(rest);
		if (digits && digits < rest.len && rest.at[digits] == 's' &&
		    aip_str_double(aip_strn(rest.at, digits), &seconds))
			return duration_ms(aip_strn(rest.at, digits + 1));
	}
	return 0;
}

/* ---- Details -------------------------------------------------------------------------------- */

static const struct aip_json *detail_of(const struct aip_json *details, const char *type)
{
	AIP_JSON_EACH (detail, details)
		if (aip_str_ends(gemini_text(detail, "@type"), aip_str(type)))
			return detail;
	return NULL;
}

/* The clearest hint wins; a RetryInfo that cannot be read leaves none. */
static int64_t hint_ms(const struct aip_json *details, struct aip_str message)
{
	const struct aip_json *retry = detail_of(details, "google.rpc.RetryInfo");
	const struct aip_json *info = detail_of(details, "google.rpc.ErrorInfo");

	if (gemini_text(retry, "retryDelay").at)
		return duration_ms(gemini_text(retry, "retryDelay"));
	const int64_t ms =
		duration_ms(gemini_text(gemini_get(info, "metadata"), "quotaResetDelay"));
	return ms ? ms : wait_in_words(message);
}

/* A day's share is used up: the seconds of RetryInfo mean nothing then. */
static bool is_daily(const struct aip_json *details)
{
	const struct aip_json *quota = detail_of(details, "google.rpc.QuotaFailure");

	AIP_JSON_EACH (violation, gemini_get(quota, "violations")) {
		struct aip_str id = gemini_text(violation, "quotaId");
		if (!id.len)
			id = gemini_text(violation, "subject");
		if (aip_str_find(id, AIP_LIT("PerDay")) >= 0 ||
		    aip_str_find(id, AIP_LIT("per_day")) >= 0)
			return true;
	}
	return false;
}

static bool says(struct aip_str message, const char *words)
{
	return aip_str_find(message, aip_str(words)) >= 0;
}

/* What Google tells by other means than the HTTP status. */
static enum aip_status narrowed(enum aip_status status, const struct aip_json *details,
                                struct aip_str word, struct aip_str message)
{
	struct aip_str reason = gemini_text(detail_of(details, "google.rpc.ErrorInfo"), "reason");

	switch (status) {
	case AIP_BAD_REQUEST:
		if (aip_str_is(reason, "API_KEY_INVALID"))
			return AIP_CRED_REJECTED;
		if (aip_str_is(word, "FAILED_PRECONDITION") && says(message, "billing"))
			return AIP_CRED_UNPAID;
		return says(message, "input token count") && says(message, "exceeds")
		               ? AIP_CONTEXT_TOO_LONG
		               : status;
	case AIP_RATE_LIMITED: return is_daily(details) ? AIP_QUOTA_EXHAUSTED : status;
	default: return status;
	}
}

/* ---- Read ----------------------------------------------------------------------------------- */

/* The status of a code of the body where HTTP says nothing: a stream's error, a 200. */
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

/* Google's own shape, also inside an array; a bare text; OpenAI's and FastAPI's by the way. */
static struct aip_str message_of(const struct aip_json *doc, const struct aip_json *error)
{
	if (aip_json_is(error, AIP_JSON_STRING))
		return error->text;
	if (gemini_text(error, "message").at)
		return gemini_text(error, "message");
	return gemini_text(doc, "message").at ? gemini_text(doc, "message")
	                                      : gemini_text(doc, "detail");
}

void gemini_read_error(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
                       size_t n_headers, struct aip_str body, struct aip_error *ret)
{
	const struct aip_json *doc = codec_error_doc(ctx, body);

	const struct aip_json *error = gemini_get(doc, "error");
	const struct aip_json *details = gemini_get(error, "details");
	struct aip_str message = message_of(doc, error);
	struct aip_str word = gemini_text(error, "status");
	const int64_t code = gemini_int(error, "code", 0);
	const int status = http >= 400 ? http : code >= 400 && code < 600 ? (int)code : 0;

	const enum aip_status s = narrowed(status_of(status, word), details, word, message);
	if (message.len)
		*ret = (struct aip_error){.status = s};
	else
		aip_fail(ret, s, "the upstream answered HTTP %d", status ? status : http);
	if (message.len)
		aip_error_text(ret->message, sizeof(ret->message), message);
	ret->upstream_http = http;
	aip_error_text(ret->code, sizeof(ret->code), word.at ? word : AIP_LIT(""));
	if (s != AIP_QUOTA_EXHAUSTED)
		ret->retry_after_ms = hint_ms(details, message);
	if (!ret->retry_after_ms)
		ret->retry_after_ms = aip_retry_after_ms(headers, n_headers, ctx->now_s);
}

/* ---- Written -------------------------------------------------------------------------------- */

/* The upstream's own word where it is one of Google's that no row has. */
static const char *word_of(const struct aip_error *error, const struct aip_status_row *row)
{
	static const char *const finer[] = {"FAILED_PRECONDITION", "OUT_OF_RANGE", "ALREADY_EXISTS",
	                                    "DATA_LOSS"};

	for (size_t i = 0; i < sizeof(finer) / sizeof(*finer); i++)
		if (strcmp(error->code, finer[i]) == 0)
			return finer[i];
	return row->gemini_status;
}

static void put_field(struct aip_json_out *out, const struct aip_error *error)
{
	aip_json_open(out, '{');
	aip_json_str(out, "@type", AIP_LIT(RPC "BadRequest"));
	aip_json_key(out, "fieldViolations");
	aip_json_open(out, '[');
	aip_json_open(out, '{');
	aip_json_str(out, "field", aip_str(error->param));
	aip_json_str(out, "description", aip_str(error->message));
	aip_json_close(out, '}');
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}

static void put_wait(struct aip_json_out *out, int64_t ms)
{
	char text[40];

	snprintf(text, sizeof(text), "%lld.%03llds", (long long)(ms / 1000),
	         (long long)(ms % 1000));
	aip_json_open(out, '{');
	aip_json_str(out, "@type", AIP_LIT(RPC "RetryInfo"));
	aip_json_str(out, "retryDelay", aip_str(text));
	aip_json_close(out, '}');
}

int gemini_write_error(const struct aip_error *error, struct aip_str request_id,
                       struct aip_buf *out)
{
	const struct aip_status_row *row = aip_status_row(error->status);
	const int http = row->http == 529 ? 503 : row->http;
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	aip_json_key(&json, "error");
	aip_json_open(&json, '{');
	aip_json_int_kv(&json, "code", http);
	aip_json_str(&json, "message", aip_str(error->message));
	aip_json_str(&json, "status", aip_str(word_of(error, row)));
	aip_json_key(&json, "details");
	aip_json_open(&json, '[');
	if (http == 400 && *error->param)
		put_field(&json, error);
	if (error->retry_after_ms > 0)
		put_wait(&json, error->retry_after_ms);
	aip_json_close(&json, ']');
	aip_json_close(&json, '}');
	aip_json_close(&json, '}');
	return http;
}
