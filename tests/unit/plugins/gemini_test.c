/* The gemini provider, loaded as the gateway loads it, against recorded bytes. */
#include "rig.h"

#define BODY "{ \"contents\":[{\"parts\":[{\"text\":\"hi\"}]}],\"next_year\":1.50}"
#define BASE "https://generativelanguage.googleapis.com/v1beta/"

static void first_call(struct aip_call *call)
{
	call->dialect = AIP_GEMINI;
	call->body = AIP_LIT(BODY);
}

TEST(a_client_of_the_dialect_is_relayed_byte_for_byte)
{
	begin();
	CHECK_STR_EQ(host.fetch.url, BASE "models/m1:generateContent");
	CHECK_STR_EQ(host.sent, BODY);
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
	CHECK_STR_EQ(sent_header("x-goog-api-key"), "key");
	CHECK_STR_EQ(sent_header("content-type"), "application/json");
	CHECK(!sent_header("authorization").at);
	CHECK(aip_str_starts(sent_header("user-agent"), AIP_LIT("aiproxyapi/")));
}

TEST(an_alias_changes_the_path_alone)
{
	host.call.model = AIP_LIT("m 2?x");
	host.call.stream = true;
	begin();
	CHECK_STR_EQ(host.fetch.url, BASE "models/m%202%3Fx:streamGenerateContent?alt=sse");
	CHECK_STR_EQ(host.sent, BODY);
	CHECK(host.fetch.flags & AIP_FETCH_RELAY);
}

TEST(a_tuned_model_has_its_own_folder)
{
	host.call.model = AIP_LIT("tunedModels/mine");
	begin();
	CHECK_STR_EQ(host.fetch.url, BASE "tunedModels/mine:generateContent");
}

TEST(another_dialect_is_translated)
{
	host.call.dialect = AIP_CHAT;
	host.call.body =
		AIP_LIT("{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
	begin();
	CHECK_STR_EQ(host.sent,
	             "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]}");
	CHECK(!(host.fetch.flags & AIP_FETCH_RELAY));
}

TEST(a_count_becomes_tokens)
{
	host.call.purpose = AIP_COUNT;
	begin();
	CHECK_STR_EQ(host.fetch.url, BASE "models/m1:countTokens");
	CHECK_INT_EQ(fakehost_answer(&host, 200, "application/json",
	                             AIP_LIT("{\"totalTokens\":\"42\"}"), 0, &error),
	             AIP_OK);
	CHECK_INT_EQ(host.usage.in_total, 42);
}

TEST(a_stream_becomes_events_however_it_is_cut)
{
	host.call.stream = true;
	host.call.dialect = AIP_CHAT;
	host.call.body =
		AIP_LIT("{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
	begin();
	CHECK_INT_EQ(
		fakehost_answer(
			&host, 200, "text/event-stream",
			AIP_LIT("data: "
	                        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Mo\"}]}}]}"
	                        "\r\n\r\n"
	                        "data: "
	                        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"in\"}]},"
	                        "\"finishReason\":\"STOP\"}],\"usageMetadata\":{"
	                        "\"promptTokenCount\":3,"
	                        "\"candidatesTokenCount\":2,\"totalTokenCount\":5}}\r\n\r\n"),
			1, &error),
		AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&host.text), "Moin");
	CHECK_INT_EQ(host.usage.out_total, 2);
	CHECK(host.ended);
}

TEST(an_invalid_key_rests_the_credential)
{
	refused(400, NULL, 0,
	        "{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":"
	        "\"INVALID_ARGUMENT\",\"details\":[{\"@type\":"
	        "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}");
	CHECK_INT_EQ(error.status, AIP_CRED_REJECTED);
	CHECK_INT_EQ(error.scope, AIP_SCOPE_CREDENTIAL);
}

TEST(a_word_of_the_client_rests_no_credential)
{
	refused(400, NULL, 0,
	        "{\"error\":{\"code\":400,\"message\":\"bad text: API_KEY_INVALID\",\"status\":"
	        "\"INVALID_ARGUMENT\"}}");
	CHECK_INT_EQ(error.status, AIP_BAD_REQUEST);
}

TEST(a_minutes_share_waits_as_told_a_days_share_is_exhausted)
{
#define QUOTA(id)                                                                       \
	"{\"error\":{\"code\":429,\"message\":\"m\",\"status\":\"RESOURCE_EXHAUSTED\"," \
	"\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\","      \
	"\"violations\":[{\"quotaId\":\"" id "\"}]},{\"@type\":"                        \
	"\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"31.5s\"}]}}"
	refused(429, NULL, 0, QUOTA("GenerateRequestsPerMinutePerProjectPerModel"));
	CHECK_INT_EQ(error.status, AIP_RATE_LIMITED);
	CHECK_INT_EQ(error.retry_after_ms, 31500);
	afresh();
	refused(429, NULL, 0, QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier"));
	CHECK_INT_EQ(error.status, AIP_QUOTA_EXHAUSTED);
	CHECK_INT_EQ(error.retry_after_ms, 0);
}

TEST(the_catalogue_can_be_read)
{
	for (const struct aip_model *m = catalogue(); m; m = m->next) {
		CHECK(m->caps.context && m->caps.max_output && m->methods.len);
		if (aip_str_starts(m->id, AIP_LIT("gemini-3")))
			CHECK(aip_caps_has(m->caps.modes, "level") && m->caps.levels);
		if (aip_str_is(m->id, "gemini-2.5-pro"))
			CHECK(m->caps.can_disable == AIP_NO && m->caps.budget_min == 128);
	}
}

RUN_ALL(HERE(a_client_of_the_dialect_is_relayed_byte_for_byte),
        HERE(an_alias_changes_the_path_alone), HERE(a_tuned_model_has_its_own_folder),
        HERE(another_dialect_is_translated), HERE(a_count_becomes_tokens),
        HERE(a_stream_becomes_events_however_it_is_cut), HERE(an_invalid_key_rests_the_credential),
        HERE(a_word_of_the_client_rests_no_credential),
        HERE(a_minutes_share_waits_as_told_a_days_share_is_exhausted),
        HERE(the_catalogue_can_be_read))
