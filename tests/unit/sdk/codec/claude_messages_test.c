/* The Anthropic Messages codec: errors, counts, the name of the model. */
#include "claude_messages.h"

static enum aip_status status_of(int http, const char *body)
{
	const struct aip_header headers[] = {{AIP_LIT("request-id"), AIP_LIT("req_9")},
	                                     {AIP_LIT("retry-after"), AIP_LIT("7")}};

	codec->read_error(&ctx, http, headers, 2, aip_str(body), &error);
	return error.status;
}

TEST(errors_of_the_upstream_are_told_apart)
{
#define ERROR(type, message) \
	"{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"}}"
	CHECK_INT_EQ(status_of(400, ERROR("invalid_request_error", "prompt is too long: 9 > 8")),
	             AIP_CONTEXT_TOO_LONG);
	CHECK_INT_EQ(status_of(400, ERROR("invalid_request_error", "no")), AIP_BAD_REQUEST);
	CHECK_INT_EQ(
		status_of(400, ERROR("invalid_request_error", "Your credit balance is too low")),
		AIP_CRED_UNPAID);
	CHECK_INT_EQ(status_of(400, ERROR("invalid_request_error",
	                                  "Output blocked by content filtering policy")),
	             AIP_CONTENT_BLOCKED);
	CHECK_INT_EQ(status_of(400, ERROR("invalid_request_error",
	                                  "This organization has been disabled.")),
	             AIP_CRED_REJECTED);
	CHECK_INT_EQ(status_of(400, ERROR("invalid_request_error",
	                                  "You have reached your specified API usage limits.")),
	             AIP_QUOTA_EXHAUSTED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
	CHECK_INT_EQ(status_of(401, ERROR("authentication_error", "no")), AIP_CRED_REJECTED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
	CHECK_INT_EQ(status_of(413, ERROR("request_too_large", "no")), AIP_TOO_LARGE);
	CHECK_INT_EQ(status_of(429, ERROR("rate_limit_error", "no")), AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.retry_after_ms, 7000);
	CHECK_STR_EQ(aip_str(error.request_id), "req_9");
	CHECK_INT_EQ(status_of(529, ERROR("overloaded_error", "no")), AIP_OVERLOADED);
	CHECK_INT_EQ(status_of(200, ERROR("overloaded_error", "no")), AIP_OVERLOADED);
	CHECK_INT_EQ(status_of(502, "<html>bad</html>"), AIP_UPSTREAM_BROKEN);
	CHECK(error.message[0]);
	CHECK_INT_EQ(status_of(500, ""), AIP_UPSTREAM_ERROR);
}

TEST(errors_are_written_in_the_dialects_words)
{
	struct aip_error too_long = {.status = AIP_CONTEXT_TOO_LONG, .message = "9 > 8"};

	CHECK_INT_EQ(codec->write_error(&too_long, AIP_LIT("r1"), &out), 400);
	CHECK_STR_EQ(
		aip_buf_str(&out),
		"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
		"\"prompt is too long: 9 > 8\"},\"request_id\":\"r1\"}");
	struct aip_error busy = {.status = AIP_OVERLOADED, .message = "busy"};
	aip_buf_clear(&out);
	CHECK_INT_EQ(codec->write_error(&busy, AIP_NONE, &out), 529);
}

TEST(a_count_is_read_and_written)
{
	int64_t tokens = 0;

	CHECK_INT_EQ(codec->read_counted(&ctx, AIP_LIT("{\"input_tokens\":42}"), &tokens, &error),
	             AIP_OK);
	CHECK_INT_EQ(tokens, 42);
	CHECK_INT_EQ(codec->read_counted(&ctx, AIP_LIT("{}"), &tokens, &error),
	             AIP_UPSTREAM_BROKEN);
	codec->write_counted(42, &out);
	CHECK_STR_EQ(aip_buf_str(&out), "{\"input_tokens\":42}");
}

TEST(only_the_models_own_name_is_spliced)
{
	CHECK(codec->splice_model(AIP_LIT("{ \"type\":\"message_start\", "
	                                  "\"message\":{\"x\":1.0,\"model\" : \"m1\"} }"),
	                          AIP_LIT("mine"), &out));
	CHECK_STR_EQ(aip_buf_str(&out),
	             "{ \"type\":\"message_start\", \"message\":{\"x\":1.0,\"model\" "
	             ": \"mine\"} }");
	aip_buf_clear(&out);
	CHECK(codec->splice_model(AIP_LIT("{\"content\":[{\"model\":\"x\"}],\"model\":\"m1\"}"),
	                          AIP_LIT("mine"), &out));
	CHECK_STR_EQ(aip_buf_str(&out), "{\"content\":[{\"model\":\"x\"}],\"model\":\"mine\"}");
	aip_buf_clear(&out);
	CHECK(!codec->splice_model(AIP_LIT("{\"type\":\"ping\"}"), AIP_LIT("mine"), &out));
	CHECK(!codec->splice_model(AIP_LIT("{\"model\":1}"), AIP_LIT("mine"), &out));
	CHECK(!codec->splice_model(AIP_LIT("nonsense"), AIP_LIT("mine"), &out));
	CHECK_INT_EQ(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(errors_of_the_upstream_are_told_apart),
		HERE(errors_are_written_in_the_dialects_words),
		HERE(a_count_is_read_and_written),
		HERE(only_the_models_own_name_is_spliced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
