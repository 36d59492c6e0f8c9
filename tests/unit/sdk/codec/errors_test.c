/* Errors from one vendor's words to another's. */
#include "arena.h"

#include <aiproxy/codec.h>

static const enum aip_dialect all[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

static struct aip_error read(enum aip_dialect dialect, int http, const char *body, const char *name,
                             const char *value)
{
	const struct aip_header header = {aip_str(name), aip_str(value)};
	struct aip_codec_ctx ctx = {.arena = arena, .upstream = dialect};
	struct aip_error error = {0};

	aip_codec_of(dialect)->read_error(&ctx, http, &header, name ? 1 : 0, aip_str(body), &error);
	return error;
}

static struct aip_str written(enum aip_dialect dialect, const struct aip_error *error,
                              int *ret_http)
{
	struct aip_buf out;

	aip_buf_init(&out, 1 << 16);
	*ret_http = aip_codec_of(dialect)->write_error(error, AIP_LIT("req_ours"), &out);
	struct aip_str body = aip_arena_dup(arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return body;
}

static void says(struct aip_str body, const char *what)
{
	if (aip_str_find(body, aip_str(what)) < 0)
		fail_msg("%s is not in %.*s", what, AIP_FMT(body));
}

TEST(an_overloaded_claude_is_unavailable_to_others_and_itself_to_its_own)
{
	static const struct {
		enum aip_dialect client;
		int http;
		const char *says;
	} rows[] = {
		{AIP_CHAT, 503, "\"type\":\"server_error\""},
		{AIP_RESPONSES, 503, "\"type\":\"server_error\""},
		{AIP_CLAUDE, 529, "\"type\":\"overloaded_error\""},
		{AIP_GEMINI, 503, "\"status\":\"UNAVAILABLE\""},
	};
	struct aip_error error = read(AIP_CLAUDE, 529,
	                              "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_"
	                              "error\",\"message\":\"Overloaded\"}}",
	                              NULL, NULL);

	CHECK_INT_EQ(error.status, AIP_OVERLOADED);
	for (size_t i = 0; i < 4; i++) {
		int http;
		says(written(rows[i].client, &error, &http), rows[i].says);
		CHECK_INT_EQ(http, rows[i].http);
	}
}

TEST(how_long_to_wait_is_kept)
{
	for (size_t i = 0; i < 4; i++) {
		struct aip_error error = read(
			all[i], 429, "{\"error\":{\"message\":\"slow down\"}}", "Retry-After", "7");
		CHECK_INT_EQ(error.status, AIP_RATE_LIMITED);
		CHECK_INT_EQ(error.retry_after_ms, 7000);
	}
	struct aip_error google = read(AIP_GEMINI, 429,
	                               "{\"error\":{\"code\":429,\"message\":\"x\",\"status\":"
	                               "\"RESOURCE_EXHAUSTED\",\"details\":["
	                               "{\"@type\":\"type.googleapis.com/"
	                               "google.rpc.RetryInfo\",\"retryDelay\":\"3.5s\"}]}}",
	                               NULL, NULL);
	CHECK_INT_EQ(google.status, AIP_RATE_LIMITED);
	CHECK_INT_EQ(google.retry_after_ms, 3500);
}

TEST(used_up_quota_is_no_rate_limit)
{
	CHECK_INT_EQ(read(AIP_CHAT, 429,
	                  "{\"error\":{\"message\":\"You exceeded your current "
	                  "quota\",\"type\":\"insufficient_quota\","
	                  "\"code\":\"insufficient_quota\"}}",
	                  NULL, NULL)
	                     .status,
	             AIP_QUOTA_EXHAUSTED);
	CHECK_INT_EQ(read(AIP_CHAT, 429,
	                  "{\"error\":{\"message\":\"slow\",\"type\":\"requests\",\"code\":\"rate_"
	                  "limit_exceeded\"}}",
	                  NULL, NULL)
	                     .status,
	             AIP_RATE_LIMITED);
}

TEST(too_long_a_context_is_told_as_clients_know_it)
{
	static const struct {
		enum aip_dialect upstream;
		const char *body;
	} rows[] = {
		{AIP_CHAT, "{\"error\":{\"message\":\"This model's maximum context length is 8 "
	                   "tokens\",\"type\":"
	                   "\"invalid_request_error\",\"param\":\"messages\",\"code\":\"context_"
	                   "length_exceeded\"}}"},
		{AIP_CLAUDE, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
	                     "\"message\":\"prompt is too "
	                     "long: 9 tokens > 8 maximum\"}}"},
		{AIP_GEMINI, "{\"error\":{\"code\":400,\"message\":\"The input token count (9) "
	                     "exceeds the maximum number of tokens allowed (8).\",\"status\":"
	                     "\"INVALID_ARGUMENT\"}}"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int http;
		struct aip_error error = read(rows[i].upstream, 400, rows[i].body, NULL, NULL);
		CHECK_INT_EQ(error.status, AIP_CONTEXT_TOO_LONG);
		says(written(AIP_CHAT, &error, &http), "\"code\":\"context_length_exceeded\"");
		CHECK_INT_EQ(http, 400);
		says(written(AIP_CLAUDE, &error, &http), "prompt is too long");
	}
}

TEST(a_refusal_of_our_key_is_a_bad_gateway_to_the_client)
{
	for (size_t i = 0; i < 4; i++) {
		struct aip_error error =
			read(all[i], 401, "{\"error\":{\"message\":\"bad key\"}}", NULL, NULL);
		CHECK_INT_EQ(error.status, AIP_CRED_REJECTED);
		for (size_t k = 0; k < 4; k++) {
			int http;
			struct aip_str body = written(all[k], &error, &http);
			CHECK_INT_EQ(http, 502);
			CHECK(aip_str_find(body, AIP_LIT("authentication_error")) < 0);
			CHECK(aip_str_find(body, AIP_LIT("UNAUTHENTICATED")) < 0);
		}
	}
	CHECK_INT_EQ(read(AIP_GEMINI, 400,
	                  "[{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass "
	                  "a valid API key.\",\"status\":"
	                  "\"INVALID_ARGUMENT\",\"details\":[{\"@type\":\"type.googleapis.com/"
	                  "google.rpc.ErrorInfo\",\"reason\":"
	                  "\"API_KEY_INVALID\"}]}}]",
	                  NULL, NULL)
	                     .status,
	             AIP_CRED_REJECTED);
}

TEST(a_break_is_the_servers_error)
{
	static const char *const words[] = {"\"type\":\"server_error\"",
	                                    "\"type\":\"server_error\"", "\"type\":\"api_error\"",
	                                    "\"status\":\"INTERNAL\""};
	struct aip_error error = {0};

	aip_fail(&error, AIP_UPSTREAM_BROKEN, "the stream broke");
	for (size_t i = 0; i < 4; i++) {
		int http;
		says(written(all[i], &error, &http), words[i]);
		CHECK_INT_EQ(http, 502);
	}
}

TEST(timeouts_and_gateway_errors_are_worth_another_try)
{
	static const int codes[] = {408, 500, 502, 503, 504};

	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]); k++) {
			struct aip_error error = read(all[i], codes[k], "", NULL, NULL);
			CHECK(aip_status_row(error.status)->next != AIP_NEXT_STOP);
		}
}

TEST(any_body_makes_an_error_with_the_upstreams_status)
{
	static const char *const bodies[] = {
		"",
		"<html><title>Bad</title></html>",
		"plain",
		"{\"error\":\"text\"}",
		"{\"detail\":\"d\"}",
		"{\"message\":\"m\"}",
		"[{\"error\":{\"message\":\"m\"}}]",
		"null",
		"{\"error\":null}",
		"{\"error\":",
	};

	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < sizeof(bodies) / sizeof(bodies[0]); k++) {
			struct aip_error error = read(all[i], 503, bodies[k], NULL, NULL);
			int http;
			CHECK(error.status == AIP_UNAVAILABLE || error.status == AIP_OVERLOADED);
			CHECK_INT_EQ(error.upstream_http, 503);
			CHECK(error.message[0]);
			says(written(all[i], &error, &http), "\"error\":");
		}
}

TEST(the_upstreams_request_id_is_kept)
{
	struct aip_error error = read(AIP_CLAUDE, 400,
	                              "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_"
	                              "error\",\"message\":\"m\"}}",
	                              "request-id", "req_theirs");
	int http;

	CHECK_STR_EQ(aip_str(error.request_id), "req_theirs");
	says(written(AIP_CLAUDE, &error, &http), "\"request_id\":\"req_theirs\"");
	CHECK_STR_EQ(aip_str(read(AIP_CHAT, 400, "{}", "x-request-id", "req_9").request_id),
	             "req_9");
}

RUN_IN_ARENA(CASE(an_overloaded_claude_is_unavailable_to_others_and_itself_to_its_own),
             CASE(how_long_to_wait_is_kept), CASE(used_up_quota_is_no_rate_limit),
             CASE(too_long_a_context_is_told_as_clients_know_it),
             CASE(a_refusal_of_our_key_is_a_bad_gateway_to_the_client),
             CASE(a_break_is_the_servers_error),
             CASE(timeouts_and_gateway_errors_are_worth_another_try),
             CASE(any_body_makes_an_error_with_the_upstreams_status),
             CASE(the_upstreams_request_id_is_kept))
