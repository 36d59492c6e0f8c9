/* Token figures mean the same in every pair of dialects, whatever each wire counts into what. */
#include "check.h"

#include <aiproxy/codec.h>

static const enum aip_dialect all[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};
static struct aip_arena *arena;

/* One answer as each vendor counts it: 100 tokens read, 40 of them from a cache; 50 written, 30 of
 * them thought. */
static const struct answer {
	enum aip_dialect dialect;
	const char *what, *body;
} answers[] = {
	{AIP_CHAT, "chat",
         "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"
         "\"index\":0,\"message\":"
         "{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{"
         "\"prompt_tokens\":100,"
         "\"completion_tokens\":50,\"total_tokens\":150,\"prompt_tokens_details\":{\"cached_"
         "tokens\":40},"
         "\"completion_tokens_details\":{\"reasoning_tokens\":30}}}"},
	{AIP_CHAT, "chat that leaves reasoning out of the completion",
         "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"
         "\"index\":0,\"message\":"
         "{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{"
         "\"prompt_tokens\":100,"
         "\"completion_tokens\":20,\"total_tokens\":150,\"prompt_tokens_details\":{\"cached_"
         "tokens\":40},"
         "\"completion_tokens_details\":{\"reasoning_tokens\":30}}}"},
	{AIP_CHAT, "chat with cache hits by another name",
         "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"
         "\"index\":0,\"message\":"
         "{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{"
         "\"prompt_tokens\":100,"
         "\"completion_tokens\":50,\"total_tokens\":150,\"prompt_cache_hit_tokens\":40,\"prompt_"
         "cache_miss_tokens\":60,"
         "\"completion_tokens_details\":{\"reasoning_tokens\":30}}}"},
	{AIP_RESPONSES, "responses",
         "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"completed\","
         "\"model\":\"m\",\"output\":[{\"id\":"
         "\"msg_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\","
         "\"content\":[{\"type\":\"output_text\","
         "\"text\":\"hi\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":100,\"input_tokens_"
         "details\":{\"cached_tokens\":40},"
         "\"output_tokens\":50,\"output_tokens_details\":{\"reasoning_tokens\":30},\"total_"
         "tokens\":150}}"},
	{AIP_CLAUDE, "claude",
         "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","
         "\"content\":[{\"type\":\"text\",\"text\":"
         "\"hi\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":"
         "60,\"cache_read_input_tokens\":40,"
         "\"cache_creation_input_tokens\":0,\"output_tokens\":50,\"output_tokens_details\":{"
         "\"thinking_tokens\":30}}}"},
	{AIP_GEMINI, "gemini",
         "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"hi\"}]},"
         "\"finishReason\":\"STOP\",\"index\":0}],"
         "\"usageMetadata\":{\"promptTokenCount\":100,\"cachedContentTokenCount\":40,"
         "\"candidatesTokenCount\":20,"
         "\"thoughtsTokenCount\":30,\"totalTokenCount\":150},\"modelVersion\":\"m\",\"responseId\":"
         "\"r\"}"},
	{AIP_GEMINI, "gemini that counts thoughts into candidates",
         "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"hi\"}]},"
         "\"finishReason\":\"STOP\",\"index\":0}],"
         "\"usageMetadata\":{\"promptTokenCount\":100,\"cachedContentTokenCount\":40,"
         "\"candidatesTokenCount\":50,"
         "\"thoughtsTokenCount\":30,\"totalTokenCount\":150},\"modelVersion\":\"m\",\"responseId\":"
         "\"r\"}"},
};

/* Every figure as each client expects it. */
static const struct {
	const char *path;
	int64_t figure;
} wanted[][6] = {
	{{"prompt_tokens", 100},
         {"completion_tokens", 50},
         {"total_tokens", 150},
         {"prompt_tokens_details.cached_tokens", 40},
         {"completion_tokens_details.reasoning_tokens", 30}},
	{{"input_tokens", 100},
         {"output_tokens", 50},
         {"total_tokens", 150},
         {"input_tokens_details.cached_tokens", 40},
         {"output_tokens_details.reasoning_tokens", 30}},
	{{"input_tokens", 60}, {"cache_read_input_tokens", 40}, {"output_tokens", 50}},
	{{"promptTokenCount", 100},
         {"cachedContentTokenCount", 40},
         {"candidatesTokenCount", 20},
         {"thoughtsTokenCount", 30},
         {"totalTokenCount", 150}},
};

static enum aip_status add(void *to, const struct aip_event *event)
{
	return aip_fold_add(to, event);
}

static int64_t at(const struct aip_json *usage, const char *path)
{
	const char *dot = strchr(path, '.');
	char outer[64];

	if (!dot)
		return aip_json_int(usage, path, -1);
	memcpy(outer, path, (size_t)(dot - path));
	outer[dot - path] = '\0';
	return aip_json_int(aip_json_get(usage, outer), dot + 1, -1);
}

static void told(const struct answer *answer, size_t client)
{
	static const struct aip_caps caps;
	struct aip_codec_ctx ctx = {.arena = arena,
	                            .client = all[client],
	                            .upstream = answer->dialect,
	                            .model_asked = AIP_LIT("m"),
	                            .model = AIP_LIT("m"),
	                            .caps = &caps,
	                            .request = aip_request_new(arena)};
	struct aip_fold *fold = aip_fold_new(arena);
	struct aip_error error = {0};
	struct aip_buf out;
	struct aip_json *doc;

	enum aip_status s = aip_codec_of(answer->dialect)
	                            ->read_response(&ctx, aip_str(answer->body),
	                                            (struct aip_sink){add, fold}, &error);
	CHECK_INT_EQ(s, AIP_OK);
	aip_buf_init(&out, 1 << 20);
	CHECK_INT_EQ(aip_codec_of(all[client])
	                     ->write_response(&ctx, aip_fold_response(fold, NULL), &out, &error),
	             AIP_OK);
	CHECK_INT_EQ(aip_json_parse(arena, aip_arena_dup(arena, aip_buf_str(&out)), &doc, &error),
	             AIP_OK);
	const struct aip_json *usage = aip_json_get(doc, "usage");
	if (!usage)
		usage = aip_json_get(doc, "usageMetadata");
	for (size_t i = 0; i < 6 && wanted[client][i].path; i++) {
		int64_t figure = at(usage, wanted[client][i].path);
		if (figure != wanted[client][i].figure)
			fail_msg("%s to %s: %s is %d in %.*s", answer->what,
			         aip_dialect_word(all[client]), wanted[client][i].path, (int)figure,
			         AIP_FMT(aip_buf_str(&out)));
	}
	aip_buf_fini(&out);
}

TEST(an_answer_costs_the_same_however_it_is_counted)
{
	arena = aip_arena_create();
	for (size_t a = 0; a < sizeof(answers) / sizeof(answers[0]); a++)
		for (size_t client = 0; client < 4; client++)
			told(&answers[a], client);
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(an_answer_costs_the_same_however_it_is_counted))
