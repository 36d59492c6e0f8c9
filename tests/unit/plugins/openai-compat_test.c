/* The provider for servers that speak OpenAI's Chat Completions, loaded as the gateway loads it. */
#include "rig.h"

#define BODY "{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"

static void first_call(struct aip_call *call)
{
	host.cred.base_url = AIP_LIT("https://models.example/v1");
	call->dialect = AIP_CHAT;
	call->body = AIP_LIT(BODY "}");
}

TEST(a_client_of_the_dialect_is_relayed_byte_for_byte)
{
	begin();
	CHECK_STR_EQ(host.fetch.url, "https://models.example/v1/chat/completions");
	CHECK_STR_EQ(host.sent, BODY "}");
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
	CHECK_STR_EQ(sent_header("authorization"), "Bearer key");
	CHECK_STR_EQ(sent_header("content-type"), "application/json");
	CHECK_STR_EQ(sent_header("accept"), "application/json");
}

TEST(a_server_without_keys_gets_none)
{
	host.cred.secret = AIP_NONE;
	begin();
	CHECK(!sent_header("authorization").at);
}

TEST(a_stream_is_asked_to_count_and_nothing_else_changes)
{
	host.call.stream = true;
	host.call.body = AIP_LIT(BODY ",\"stream\":true}");
	host.call.model = AIP_LIT("m2");
	host.call.model_at = aip_strn(host.call.body.at + 9, 4);
	begin();
	CHECK_STR_EQ(host.sent,
	             "{\"stream_options\":{\"include_usage\":true},\"model\":\"m2\",\"messages\":[{"
	             "\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true}");
	CHECK(host.fetch.flags & AIP_FETCH_ASKED);
	CHECK_STR_EQ(sent_header("accept"), "text/event-stream");
	CHECK_STR_EQ(sent_header("cache-control"), "no-cache");
}

TEST(a_stream_that_counts_already_is_not_touched)
{
	host.call.stream = true;
	host.call.body = AIP_LIT(BODY ",\"stream_options\":{\"include_usage\": true}}");
	begin();
	CHECK_BYTES_EQ(host.sent, host.call.body);
	CHECK(!(host.fetch.flags & AIP_FETCH_ASKED));
}

TEST(options_of_a_stream_keep_what_else_they_say)
{
	host.call.stream = true;
	host.call.body = AIP_LIT(BODY ",\"stream_options\":{\"include_obfuscation\":false}}");
	begin();
	CHECK_STR_EQ(host.sent, BODY
	             ",\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false}}");
}

TEST(a_server_that_knows_no_such_wish_is_not_asked)
{
	struct aip_model model = *host.call.info;

	model.caps.chat_stream_usage = AIP_NO;
	host.call.info = &model;
	host.call.stream = true;
	begin();
	CHECK_STR_EQ(host.sent, BODY "}");
	CHECK(!(host.fetch.flags & AIP_FETCH_ASKED));
}

TEST(a_client_of_another_dialect_is_translated)
{
	host.call.dialect = AIP_CLAUDE;
	host.call.body = AIP_LIT("{\"model\":\"m1\",\"max_tokens\":9,\"messages\":[{\"role\":"
	                         "\"user\",\"content\":\"hi\"}]}");
	begin();
	CHECK_STR_EQ(host.sent, BODY ",\"max_tokens\":9}");
	CHECK(!(host.fetch.flags & AIP_FETCH_RELAY));
}

TEST(an_answer_in_json_to_a_wish_for_a_stream_is_read)
{
	host.call.dialect = AIP_CLAUDE;
	host.call.stream = true;
	host.call.body = AIP_LIT("{\"model\":\"m1\",\"max_tokens\":9,\"messages\":[{\"role\":"
	                         "\"user\",\"content\":\"hi\"}]}");
	begin();
	CHECK_INT_EQ(
		fakehost_answer(&host, 200, "application/json",
	                        AIP_LIT("{\"choices\":[{\"message\":{\"content\":\"Hé\"},\"finish_"
	                                "reason\":\"stop\"}],"
	                                "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}"),
	                        1, &error),
		AIP_OK);
	CHECK(host.ended);
	CHECK_STR_EQ(aip_buf_str(&host.text), "Hé");
	CHECK_INT_EQ(host.usage.in_total, 3);
}

/* ---- Refusals ------------------------------------------------------------------------------- */

static const struct {
	int http;
	const char *body;
	enum aip_status status;
	const char *says;
} refusals[] = {
	{400, "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\",\"code\":null}}",
         AIP_BAD_REQUEST, "no"},
	{400,
         "{\"object\":\"error\",\"message\":\"This model's maximum context length is 8192 "
         "tokens\",\"code\":400}",
         AIP_CONTEXT_TOO_LONG, "This model's maximum context length is 8192 tokens"},
	{400, "{\"error\":{\"message\":\"x\",\"code\":\"context_length_exceeded\"}}",
         AIP_CONTEXT_TOO_LONG, "x"},
	{401, "{\"error\":{\"message\":\"bad key\"}}", AIP_CRED_REJECTED, "bad key"},
	{402, "{\"error\":{\"message\":\"Insufficient Balance\"}}", AIP_CRED_UNPAID,
         "Insufficient Balance"},
	{404, "{\"error\":{\"message\":\"no such model\",\"code\":\"model_not_found\"}}",
         AIP_MODEL_MISSING, "no such model"},
	{422,
         "{\"detail\":[{\"loc\":[\"body\",\"n\"],\"msg\":\"Input should be 1\",\"type\":\"x\"}]}",
         AIP_UNPROCESSABLE, "Input should be 1"},
	{429, "{\"error\":{\"message\":\"slow\"}}", AIP_RATE_LIMITED, "slow"},
	{429, "{\"error\":{\"message\":\"spent\",\"code\":\"insufficient_quota\"}}",
         AIP_QUOTA_EXHAUSTED, "spent"},
	{500, "{\"detail\":\"fell over\"}", AIP_UPSTREAM_ERROR, "fell over"},
	{502, "<html>bad gateway</html>", AIP_UPSTREAM_BROKEN, "the upstream answered HTTP 502"},
	{503, "", AIP_UNAVAILABLE, "the upstream answered HTTP 503"},
	{503, "{\"error\":\"try later\"}", AIP_UNAVAILABLE, "try later"},
};

TEST(refusals_are_classified)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct aip_header wait = {AIP_LIT("Retry-After"), AIP_LIT("7")};

		refused(refusals[i].http, &wait, 1, refusals[i].body);
		if (error.status != refusals[i].status)
			fail_msg("%zu: %s, %s", i, aip_status_name(error.status), error.message);
		CHECK_STR_EQ(aip_str(error.message), refusals[i].says);
		CHECK_INT_EQ(error.retry_after_ms, 7000);
		afresh();
	}
}

#define CASED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_ALL(CASED(a_client_of_the_dialect_is_relayed_byte_for_byte),
        CASED(a_server_without_keys_gets_none),
        CASED(a_stream_is_asked_to_count_and_nothing_else_changes),
        CASED(a_stream_that_counts_already_is_not_touched),
        CASED(options_of_a_stream_keep_what_else_they_say),
        CASED(a_server_that_knows_no_such_wish_is_not_asked),
        CASED(a_client_of_another_dialect_is_translated),
        CASED(an_answer_in_json_to_a_wish_for_a_stream_is_read), CASED(refusals_are_classified))
