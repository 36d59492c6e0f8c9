/* OpenAI's error object, which Chat Completions and Responses share. */
#include "openai_error.h"
#include "codecs.h"

#include <stdlib.h>

#include <aiproxy/host.h>
#include <aiproxy/rules.h>

#define WAIT_MAX_S (366 * 24 * 3600)

/* Codes and types that say more than the HTTP status, or stand where there is none. */
static const struct {
	const char *word;
	enum aip_status status;
} words[] = {
	{"context_length_exceeded", AIP_CONTEXT_TOO_LONG},
	{"context_too_large", AIP_CONTEXT_TOO_LONG},
	{"message_too_big", AIP_CONTEXT_TOO_LONG},
	{"string_above_max_length", AIP_BAD_REQUEST},
	{"content_policy_violation", AIP_CONTENT_BLOCKED},
	{"content_filter", AIP_CONTENT_BLOCKED},
	{"image_content_policy_violation", AIP_CONTENT_BLOCKED},
	{"cyber_policy", AIP_CONTENT_BLOCKED},
	{"bio_policy", AIP_CONTENT_BLOCKED},
	{"unsupported_parameter", AIP_UNSUPPORTED},
	{"unsupported_value", AIP_UNSUPPORTED},
	{"insufficient_quota", AIP_QUOTA_EXHAUSTED},
	{"billing_hard_limit_reached", AIP_CRED_UNPAID},
	{"rate_limit_exceeded", AIP_RATE_LIMITED},
	{"rate_limit_error", AIP_RATE_LIMITED},
	{"usage_limit_reached", AIP_RATE_LIMITED},
	{"usage_not_included", AIP_CRED_UNPAID},
	{"invalid_api_key", AIP_CRED_REJECTED},
	{"authentication_error", AIP_CRED_REJECTED},
	{"unauthorized", AIP_CRED_REJECTED},
	{"permission_error", AIP_CRED_REJECTED},
	{"model_not_found", AIP_MODEL_MISSING},
	{"not_found_error", AIP_MODEL_MISSING},
	{"overloaded", AIP_OVERLOADED},
	{"overloaded_error", AIP_OVERLOADED},
	{"server_is_overloaded", AIP_OVERLOADED},
	{"service_unavailable", AIP_UNAVAILABLE},
	{"server_error", AIP_UPSTREAM_ERROR},
	{"timeout", AIP_UPSTREAM_TIMEOUT},
	{"invalid_prompt", AIP_BAD_REQUEST},
	{"invalid_image", AIP_BAD_REQUEST},
	{"invalid_image_format", AIP_BAD_REQUEST},
	{"invalid_image_mode", AIP_BAD_REQUEST},
	{"invalid_image_url", AIP_BAD_REQUEST},
	{"invalid_base64_image", AIP_BAD_REQUEST},
	{"image_too_large", AIP_BAD_REQUEST},
	{"image_too_small", AIP_BAD_REQUEST},
	{"image_parse_error", AIP_BAD_REQUEST},
	{"image_file_too_large", AIP_BAD_REQUEST},
	{"image_file_not_found", AIP_BAD_REQUEST},
	{"empty_image_file", AIP_BAD_REQUEST},
	{"unsupported_image_media_type", AIP_BAD_REQUEST},
	{"failed_to_download_image", AIP_BAD_REQUEST},
	{"invalid_encrypted_content", AIP_BAD_REQUEST},
	{"previous_response_not_found", AIP_BAD_REQUEST},
	{"bad_request_error", AIP_BAD_REQUEST},
	{"invalid_request_error", AIP_BAD_REQUEST},
};

/* What servers say of a context that is too long without the code for it. */
static const char *const too_long[] = {
	"maximum context length", "context length exceeded", "exceeds the context",
	"context window",         "prompt is too long",      "input is too long",
};

static bool says_too_long(struct aip_str message)
{
	for (size_t i = 0; i < sizeof(too_long) / sizeof(*too_long); i++)
		if (aip_str_find(message, aip_str(too_long[i])) >= 0)
			return true;
	return false;
}

static bool status_of_word(struct aip_str word, enum aip_status *ret)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (aip_str_is(word, words[i].word)) {
			*ret = words[i].status;
			return true;
		}
	}
	return false;
}

/* A code narrows a status of the same blame; where HTTP says nothing it decides alone. */
static enum aip_status status_of(int http, struct aip_str code, struct aip_str type)
{
	enum aip_status by_http = http >= 400 ? aip_status_from_http(http) : AIP_UPSTREAM_ERROR;
	enum aip_status by_word;
	int number = (int)(code.len == 3 && code.at ? strtol(code.at, NULL, 10) : 0);

	if (http < 400 && number >= 400 && number < 600)
		return aip_status_from_http(number);
	if (!status_of_word(code, &by_word) && !(http < 400 && status_of_word(type, &by_word)))
		return by_http;
	const bool vague = by_word == AIP_BAD_REQUEST || by_word == AIP_UPSTREAM_ERROR;
	return http >= 400 && vague ? by_http : by_word;
}

/* A text, {"message":…}, {"detail":…}, {"msg":…}, or a list of those. */
static struct aip_str message_of(const struct aip_json *error)
{
	static const char *const keys[] = {"message", "detail", "msg"};

	for (int depth = 0; depth < 5 && error; depth++) {
		const struct aip_json *inner = NULL;
		if (error->kind == AIP_JSON_STRING)
			return error->text;
		if (error->kind == AIP_JSON_ARRAY)
			inner = error->child;
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && !inner; i++)
			inner = aip_json_some(error, keys[i]);
		error = inner;
	}
	return AIP_NONE;
}

void openai_read_error_object(const struct aip_json *error, int http, struct aip_error *ret)
{
	const struct aip_json *code = aip_json_get(error, "code");
	struct aip_str word = code && code->kind >= AIP_JSON_NUMBER && code->kind <= AIP_JSON_STRING
	                              ? code->text
	                              : AIP_NONE;
	struct aip_str type = aip_json_text(error, "type");
	struct aip_str message = message_of(error);

	*ret = (struct aip_error){.status = status_of(http, word, type), .upstream_http = http};
	if (ret->status == AIP_BAD_REQUEST && says_too_long(message))
		ret->status = AIP_CONTEXT_TOO_LONG;
	if (message.len) {
		aip_error_text(ret->message, sizeof(ret->message), message);
	} else {
		aip_fail(ret, ret->status, "the upstream answered with an error without a message");
		ret->upstream_http = http;
	}
	aip_error_text(ret->code, sizeof(ret->code), word);
	aip_error_text(ret->type, sizeof(ret->type), type);
	aip_error_text(ret->param, sizeof(ret->param), aip_json_text(error, "param"));
	if (aip_status_row(ret->status)->blame == AIP_BLAME_CREDENTIAL &&
	    ret->status == AIP_CRED_REJECTED)
		ret->scope = AIP_SCOPE_CREDENTIAL;
}

int64_t openai_error_wait_ms(const struct aip_json *error, int64_t now_s)
{
	const int64_t at = aip_json_int(error, "resets_at", 0);
	int64_t wait_s = at > now_s ? at - now_s : aip_json_int(error, "resets_in_seconds", 0);

	return wait_s > 0 && wait_s < WAIT_MAX_S ? wait_s * 1000 : 0;
}

void openai_read_error(struct aip_codec_ctx *ctx, int http, const struct aip_header *headers,
                       size_t n_headers, struct aip_str body, struct aip_error *ret)
{
	const struct aip_json *doc = codec_error_doc(ctx, body);

	const struct aip_json *error = aip_json_some(doc, "error");
	openai_read_error_object(error ? error : doc, http, ret);
	if (!doc)
		aip_fail(ret, ret->status, "the upstream answered HTTP %d", http);
	ret->upstream_http = http;
	ret->retry_after_ms = aip_retry_after_ms(headers, n_headers, ctx->now_s);
	if (!ret->retry_after_ms)
		ret->retry_after_ms = openai_error_wait_ms(error, ctx->now_s);
	aip_error_text(ret->request_id, sizeof(ret->request_id),
	               aip_header_get(headers, n_headers, "x-request-id"));
}

static void put_or_null(struct aip_json_out *out, const char *key, const char *text)
{
	if (*text)
		aip_json_str(out, key, aip_str(text));
	else
		aip_json_null_kv(out, key);
}

/* An upstream's own code says more than nothing, when it is a word of this dialect's kind. */
static const char *code_of(const struct aip_error *error)
{
	const char *own = aip_status_row(error->status)->openai_code;
	const size_t len = strspn(error->code, "abcdefghijklmnopqrstuvwxyz_");

	return *own || error->code[len] ? own : error->code;
}

int openai_write_error(const struct aip_error *error, struct aip_str request_id,
                       struct aip_buf *out)
{
	const struct aip_status_row *row = aip_status_row(error->status);
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	aip_json_key(&json, "error");
	aip_json_open(&json, '{');
	aip_json_str(&json, "message", aip_str(error->message));
	aip_json_str(&json, "type", aip_str(row->openai_type));
	put_or_null(&json, "param", error->param);
	put_or_null(&json, "code", code_of(error));
	aip_json_close(&json, '}');
	aip_json_close(&json, '}');
	return row->http == 529 ? 503 : row->http;
}
