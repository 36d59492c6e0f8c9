/* The claude provider, loaded as the gateway loads it, against recorded bytes. */
#include "rig.h"

#define BODY \
	"{\"model\":\"m1\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"

static void first_call(struct aip_call *call)
{
	call->dialect = AIP_CLAUDE;
	call->body = AIP_LIT(BODY "}");
}

TEST(a_client_of_the_dialect_is_relayed_byte_for_byte)
{
	begin();
	CHECK_STR_EQ(host.fetch.url, "https://api.anthropic.com/v1/messages");
	CHECK_STR_EQ(host.sent, BODY "}");
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
	CHECK_STR_EQ(sent_header("x-api-key"), "key");
	CHECK(!sent_header("authorization").at);
	CHECK_STR_EQ(sent_header("anthropic-version"), "2023-06-01");
	CHECK(!sent_header("anthropic-beta").at);
	CHECK(aip_str_starts(sent_header("user-agent"), AIP_LIT("aiproxyapi/")));
}

TEST(an_aliased_model_is_the_only_thing_that_changes)
{
	host.call.model = AIP_LIT("m2");
	host.call.model_at = aip_strn(host.call.body.at + 9, 4);
	begin();
	CHECK(aip_str_starts(host.sent, AIP_LIT("{\"model\":\"m2\",\"max_tokens\":9,")));
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
}

TEST(a_client_names_its_own_version_and_features)
{
	client_says("anthropic-version", "2024-01-01");
	client_says("anthropic-beta", "one, two,one");
	begin();
	CHECK_STR_EQ(sent_header("anthropic-version"), "2024-01-01");
	CHECK_STR_EQ(sent_header("anthropic-beta"), "one,two");
}

TEST(features_named_in_the_body_move_to_the_header)
{
	client_says("anthropic-beta", "one");
	host.call.body = AIP_LIT(BODY ",\"betas\":[\"two\",\"one\"]}");
	begin();
	CHECK_STR_EQ(sent_header("anthropic-beta"), "one,two");
	CHECK(aip_str_find(host.sent, AIP_LIT("betas")) < 0);
	CHECK(!(host.fetch.flags & AIP_FETCH_RELAY));
}

TEST(a_word_in_a_message_is_no_feature)
{
	host.call.body =
		AIP_LIT("{\"model\":\"m1\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
	                "\"content\":[{\"betas\":1,\"type\":\"text\",\"text\":\"hi\"}]}]}");
	begin();
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
}

TEST(a_translated_request_uses_the_configured_features)
{
	host.call.dialect = AIP_CHAT;
	host.call.body =
		AIP_LIT("{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
	client_says("anthropic-beta", "one");
	begin();
	CHECK_STR_EQ(sent_header("anthropic-beta"),
	             "interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14");
	CHECK(aip_str_find(host.sent, AIP_LIT("\"max_tokens\":32000")) > 0);
	CHECK(!(host.fetch.flags & AIP_FETCH_RELAY));
}

TEST(an_access_token_goes_as_a_bearer_with_its_feature)
{
	host.cred.kind = AIP_CRED_ACCOUNT;
	begin();
	CHECK_STR_EQ(sent_header("authorization"), "Bearer key");
	CHECK(!sent_header("x-api-key").at);
	CHECK_STR_EQ(sent_header("anthropic-beta"), "oauth-2025-04-20");
}

TEST(another_server_gets_the_key_as_a_bearer)
{
	host.cred.base_url = AIP_LIT("https://relay.example/x");
	host.cred.base_url_is_default = false;
	host.call.purpose = AIP_COUNT;
	begin();
	CHECK_STR_EQ(host.fetch.url, "https://relay.example/x/v1/messages/count_tokens");
	CHECK_STR_EQ(sent_header("authorization"), "Bearer key");
}

#define EV(json) "event: x\ndata: " json "\n\n"
static const char stream[] = EV(
	"{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":3,"
	"\"cache_read_input_tokens\":4}}}") EV("{\"type\":\"content_block_start\",\"index\":0,"
                                               "\"content_block\":{\"type\":\"text\","
                                               "\"text\":\"\"}}")
	EV("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
           "\"text\":\"Hé!\"}}") EV("{\"type\":\"content_block_stop\",\"index\":0}")
		EV("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
                   "\"usage\":{\"output_tokens\":5}}") EV("{\"type\":\"message_stop\"}");

TEST(a_stream_becomes_events_however_it_is_cut)
{
	host.call.stream = true;
	begin();
	CHECK_INT_EQ(fakehost_answer(&host, 200, "text/event-stream", aip_str(stream), 1, &error),
	             AIP_OK);
	CHECK(host.ended);
	CHECK_STR_EQ(aip_buf_str(&host.text), "Hé!");
	CHECK_INT_EQ(host.usage.in_total, 7);
	CHECK_INT_EQ(host.usage.out_total, 5);
}

TEST(a_count_becomes_tokens)
{
	host.call.purpose = AIP_COUNT;
	begin();
	CHECK_INT_EQ(fakehost_answer(&host, 200, "application/json",
	                             AIP_LIT("{\"input_tokens\":42}"), 0, &error),
	             AIP_OK);
	CHECK_INT_EQ(host.usage.in_total, 42);
}

/* ---- Refusals ------------------------------------------------------------------------------- */

#define LIMITED \
	"{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}"

TEST(a_used_up_window_rests_the_whole_credential_until_the_last_one_opens)
{
	static const struct aip_header headers[] = {
		{AIP_LIT("retry-after"), AIP_LIT("5")},
		{AIP_LIT("anthropic-ratelimit-unified-5h-status"), AIP_LIT("rejected")},
		{AIP_LIT("anthropic-ratelimit-unified-5h-reset"), AIP_LIT("1760000060")},
		{AIP_LIT("anthropic-ratelimit-unified-7d-status"), AIP_LIT("allowed")},
		{AIP_LIT("anthropic-ratelimit-unified-7d-reset"), AIP_LIT("1760900000")},
	};

	refused(429, headers, 5, LIMITED);
	CHECK_INT_EQ(error.status, AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
	CHECK_INT_EQ(error.retry_after_ms, 60000);
}

TEST(a_window_of_some_models_rests_the_model)
{
	static const struct aip_header headers[] = {
		{AIP_LIT("anthropic-ratelimit-unified-7d_oi-status"), AIP_LIT("rejected")},
		{AIP_LIT("anthropic-ratelimit-unified-7d_oi-reset"),
	         AIP_LIT("2025-10-09T08:54:00Z")},
	};

	refused(429, headers, 2, LIMITED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_MODEL);
	CHECK_INT_EQ(error.retry_after_ms, 40000);
}

TEST(a_refusal_of_this_request_alone_rests_nothing)
{
	refused(429, NULL, 0,
	        "{\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Fast mode needs extra "
	        "usage\"}}");
	CHECK_INT_EQ(error.scope, AIP_SCOPE_REQUEST);
}

TEST(a_refusal_of_a_long_context_rests_nothing)
{
	refused(429, NULL, 0,
	        "{\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Extra usage is required "
	        "for "
	        "long context requests.\"}}");
	CHECK_INT_EQ(error.scope, AIP_SCOPE_REQUEST);
}

TEST(a_spent_allowance_rests_the_credential_until_its_day)
{
	refused(400, NULL, 0,
	        "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"You have reached "
	        "your "
	        "specified API usage limits. You will regain access on 2025-10-10 at 00:00 "
	        "UTC.\"}}");
	CHECK_INT_EQ(error.status, AIP_QUOTA_EXHAUSTED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
	CHECK_INT_EQ(error.retry_after_ms / 1000, 1760054400 - 1760000000);
}

TEST(a_rejected_key_rests_the_credential)
{
	refused(401, NULL, 0, "{\"error\":{\"type\":\"authentication_error\",\"message\":\"no\"}}");
	CHECK_INT_EQ(error.status, AIP_CRED_REJECTED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
}

TEST(a_crowded_upstream_rests_no_key)
{
	refused(529, NULL, 0, "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}");
	CHECK_INT_EQ(error.status, AIP_OVERLOADED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_MODEL);
}

TEST(the_catalogue_can_be_read)
{
	size_t n = 0;

	for (const struct aip_model *m = catalogue(); m; m = m->next, n++) {
		CHECK(m->created_s > 0 && m->caps.max_output > 0);
		CHECK_STR_EQ(m->owned_by, "anthropic");
	}
	CHECK_INT_EQ(n, 15);
}

RUN_ALL(HERE(a_client_of_the_dialect_is_relayed_byte_for_byte),
        HERE(an_aliased_model_is_the_only_thing_that_changes),
        HERE(a_client_names_its_own_version_and_features),
        HERE(features_named_in_the_body_move_to_the_header),
        HERE(a_word_in_a_message_is_no_feature),
        HERE(a_translated_request_uses_the_configured_features),
        HERE(an_access_token_goes_as_a_bearer_with_its_feature),
        HERE(another_server_gets_the_key_as_a_bearer),
        HERE(a_stream_becomes_events_however_it_is_cut), HERE(a_count_becomes_tokens),
        HERE(a_used_up_window_rests_the_whole_credential_until_the_last_one_opens),
        HERE(a_window_of_some_models_rests_the_model),
        HERE(a_refusal_of_this_request_alone_rests_nothing),
        HERE(a_refusal_of_a_long_context_rests_nothing),
        HERE(a_spent_allowance_rests_the_credential_until_its_day),
        HERE(a_rejected_key_rests_the_credential), HERE(a_crowded_upstream_rests_no_key),
        HERE(the_catalogue_can_be_read))
