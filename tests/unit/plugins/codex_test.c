/* The codex provider, loaded as the gateway loads it, against recorded bytes. */
#include "rig.h"

#define BODY "{\"model\":\"m1\",\"input\":\"hi\"}"
#define CHAT "{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

static void first_call(struct aip_call *call)
{
	host.cred.base_url = AIP_LIT("https://api.openai.com/v1");
	call->dialect = AIP_RESPONSES;
	call->body = AIP_LIT(BODY);
}

TEST(a_client_of_the_dialect_is_relayed_byte_for_byte)
{
	begin();
	CHECK_STR_EQ(host.fetch.url, "https://api.openai.com/v1/responses");
	CHECK_STR_EQ(host.sent, BODY);
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
	CHECK(!(host.fetch.flags & AIP_FETCH_STREAM));
	CHECK_STR_EQ(sent_header("accept"), "application/json");
	CHECK_STR_EQ(sent_header("authorization"), "Bearer key");
	CHECK(aip_str_starts(sent_header("user-agent"), AIP_LIT("aiproxyapi/")));
	CHECK_STR_EQ(sent_header("openai-beta"), "responses=experimental");
}

TEST(an_aliased_model_is_the_only_thing_that_changes)
{
	host.call.model = AIP_LIT("m2");
	host.call.model_at = aip_strn(host.call.body.at + 9, 4);
	begin();
	CHECK_STR_EQ(host.sent, "{\"model\":\"m2\",\"input\":\"hi\"}");
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
}

TEST(a_client_says_some_things_for_itself)
{
	client_says("OpenAI-Beta", "x=1");
	client_says("session_id", "s-1");
	client_says("X-Codex-Turn-State", "t-1");
	client_says("user-agent", "somebody/1");
	begin();
	CHECK_STR_EQ(sent_header("openai-beta"), "x=1");
	CHECK_STR_EQ(sent_header("session_id"), "s-1");
	CHECK_STR_EQ(sent_header("x-codex-turn-state"), "t-1");
	CHECK(aip_str_starts(sent_header("user-agent"), AIP_LIT("aiproxyapi/")));
	CHECK(!sent_header("thread-id").at);
}

TEST(what_is_translated_is_streamed_and_not_stored)
{
	host.call.dialect = AIP_CHAT;
	host.call.body = AIP_LIT(CHAT);
	begin();
	CHECK(!(host.fetch.flags & AIP_FETCH_RELAY));
	CHECK(host.fetch.flags & AIP_FETCH_STREAM);
	CHECK_STR_EQ(sent_header("accept"), "text/event-stream");
	CHECK(sent("\"stream\":true") && sent("\"store\":false"));
	CHECK(!sent("include"));
}

TEST(a_model_that_reasons_is_asked_for_its_encrypted_state)
{
	static const struct aip_model model = {.caps = {.levels = "low high", .modes = "level"}};

	host.call.info = &model;
	host.call.dialect = AIP_CHAT;
	host.call.body = AIP_LIT(CHAT);
	begin();
	CHECK(sent("\"include\":[\"reasoning.encrypted_content\"]"));
}

#define EV(json) "data: " json "\n\n"
static const char stream[] = EV("{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}")
	EV("{\"type\":\"codex.rate_limits\",\"x\":1}")
		EV("{\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"Hé!\"}")
			EV("{\"type\":\"keepalive\"}")
				EV("{\"type\":\"response.completed\",\"response\":{\"status\":"
                                   "\"completed\",\"output\":[],"
                                   "\"usage\":{\"input_tokens\":7,\"output_tokens\":5}}}");

TEST(a_stream_becomes_events_however_it_is_cut)
{
	host.call.dialect = AIP_CHAT;
	host.call.body = AIP_LIT(CHAT);
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
	CHECK_STR_EQ(host.fetch.url, "https://api.openai.com/v1/responses/input_tokens");
	CHECK_INT_EQ(fakehost_answer(&host, 200, "application/json",
	                             AIP_LIT("{\"object\":\"response.input_tokens\","
	                                     "\"input_tokens\":42}"),
	                             0, &error),
	             AIP_OK);
	CHECK_INT_EQ(host.usage.in_total, 42);
}

/* ---- Refusals ------------------------------------------------------------------------------- */

TEST(a_limit_of_use_rests_the_credential_until_it_resets)
{
	refused(403, NULL, 0,
	        "{\"error\":{\"type\":\"usage_limit_reached\",\"message\":\"m\","
	        "\"resets_in_seconds\":90}}");
	CHECK_INT_EQ(error.status, AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
	CHECK_INT_EQ(error.retry_after_ms, 90000);
}

TEST(a_model_at_capacity_rests_the_model)
{
	refused(400, NULL, 0,
	        "{\"error\":{\"message\":\"Selected Model is at Capacity. Please try another.\"}}");
	CHECK_INT_EQ(error.status, AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_MODEL);
}

TEST(a_rate_limit_rests_until_the_used_up_one_is_whole)
{
	static const struct aip_header headers[] = {
		{AIP_LIT("x-ratelimit-remaining-requests"), AIP_LIT("0")},
		{AIP_LIT("x-ratelimit-reset-requests"), AIP_LIT("1m2.5s")},
		{AIP_LIT("x-ratelimit-remaining-tokens"), AIP_LIT("9")},
		{AIP_LIT("x-ratelimit-reset-tokens"), AIP_LIT("6h0m0s")},
	};

	refused(429, headers, 4,
	        "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"m\"}}");
	CHECK_INT_EQ(error.status, AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.retry_after_ms, 62500);
}

TEST(what_the_upstream_says_itself_counts_first)
{
	static const struct aip_header headers[] = {
		{AIP_LIT("retry-after"), AIP_LIT("3")},
		{AIP_LIT("x-ratelimit-remaining-requests"), AIP_LIT("0")},
		{AIP_LIT("x-ratelimit-reset-requests"), AIP_LIT("1m")},
	};

	refused(429, headers, 3, "{\"error\":{\"message\":\"m\"}}");
	CHECK_INT_EQ(error.retry_after_ms, 3000);
}

TEST(a_duration_that_is_none_is_no_wait)
{
	static const char *const texts[] = {"",       "soon",           "5", "s", "1x",
	                                    "1.2.3s", "99999999999999d"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct aip_header headers[] = {
			{AIP_LIT("x-ratelimit-remaining-requests"), AIP_LIT("0")},
			{AIP_LIT("x-ratelimit-reset-requests"), aip_str(texts[i])},
		};
		refused(429, headers, 2, "{\"error\":{\"message\":\"m\"}}");
		CHECK_INT_EQ(error.retry_after_ms, 0);
		afresh();
	}
}

TEST(an_item_that_is_not_there_is_the_clients_fault)
{
	refused(404, NULL, 0,
	        "{\"error\":{\"message\":\"Previous response with id 'resp_1' not "
	        "found.\",\"param\":"
	        "\"previous_response_id\",\"code\":\"previous_response_not_found\"}}");
	CHECK_INT_EQ(error.status, AIP_BAD_REQUEST);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_REQUEST);
}

TEST(a_model_that_is_not_there_rests_the_model)
{
	refused(404, NULL, 0,
	        "{\"error\":{\"message\":\"no such model\",\"param\":\"model\",\"code\":"
	        "\"model_not_found\"}}");
	CHECK_INT_EQ(error.status, AIP_MODEL_MISSING);
}

TEST(a_rejected_key_rests_the_credential)
{
	refused(401, NULL, 0, "{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"no\"}}");
	CHECK_INT_EQ(error.status, AIP_CRED_REJECTED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
}

TEST(an_error_may_be_a_detail)
{
	refused(400, NULL, 0, "{\"detail\":\"Instructions are not valid\"}");
	CHECK_INT_EQ(error.status, AIP_BAD_REQUEST);
	CHECK_STR_EQ(aip_str(error.message), "Instructions are not valid");
}

TEST(the_catalogue_can_be_read)
{
	size_t n = 0;

	for (const struct aip_model *m = catalogue(); m; m = m->next, n++) {
		CHECK(m->created_s > 0 && m->caps.max_output > 0);
		CHECK(aip_caps_has(m->caps.levels, "high"));
		CHECK_STR_EQ(m->owned_by, "openai");
	}
	CHECK_INT_EQ(n, 16);
}

RUN_ALL(HERE(a_client_of_the_dialect_is_relayed_byte_for_byte),
        HERE(an_aliased_model_is_the_only_thing_that_changes),
        HERE(a_client_says_some_things_for_itself),
        HERE(what_is_translated_is_streamed_and_not_stored),
        HERE(a_model_that_reasons_is_asked_for_its_encrypted_state),
        HERE(a_stream_becomes_events_however_it_is_cut), HERE(a_count_becomes_tokens),
        HERE(a_limit_of_use_rests_the_credential_until_it_resets),
        HERE(a_model_at_capacity_rests_the_model),
        HERE(a_rate_limit_rests_until_the_used_up_one_is_whole),
        HERE(what_the_upstream_says_itself_counts_first), HERE(a_duration_that_is_none_is_no_wait),
        HERE(an_item_that_is_not_there_is_the_clients_fault),
        HERE(a_model_that_is_not_there_rests_the_model), HERE(a_rejected_key_rests_the_credential),
        HERE(an_error_may_be_a_detail), HERE(the_catalogue_can_be_read))
