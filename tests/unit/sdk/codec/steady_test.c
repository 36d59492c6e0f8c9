/* A stream that has begun asks the system for no memory: not per event, whatever it is translated
 * from and to. */
#include "check.h"

#include <stdlib.h>

#include <aiproxy/codec.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS 0 /* the sanitizer owns the allocator */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS 0
#endif
#endif
#ifndef COUNTS
#define COUNTS 1
#endif

static size_t asked;

#if COUNTS
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *at, size_t bytes);

AIP_API void *malloc(size_t bytes)
{
	asked++;
	return __libc_malloc(bytes);
}

AIP_API void *calloc(size_t n, size_t bytes)
{
	asked++;
	return __libc_calloc(n, bytes);
}

AIP_API void *realloc(void *at, size_t bytes)
{
	asked++;
	return __libc_realloc(at, bytes);
}
#endif

/* An upstream's stream: how it begins, and what it repeats. */
static const struct upstream {
	enum aip_dialect dialect;
	const char *begin, *again;
} upstreams[] = {
	{AIP_CHAT,
         "data: "
         "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
         "\"choices\":"
         "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}"
         "]}\n\n",
         "data: "
         "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
         "\"choices\":"
         "[{\"index\":0,\"delta\":{\"content\":\" word\\n\"},\"finish_reason\":null}]}\n\n"},
	{AIP_CHAT,
         "data: "
         "{\"id\":\"c1\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_"
         "calls\":"
         "[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\","
         "\"arguments\":\"{\\\"a\\\":\\\"\"}}]}}]}\n\n",
         "data: "
         "{\"id\":\"c1\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_"
         "calls\":"
         "[{\"index\":0,\"function\":{\"arguments\":\"more \"}}]}}]}\n\n"},
	{AIP_RESPONSES,
         "event: response.created\ndata: "
         "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\","
         "\"object\":\"response\",\"created_at\":1,\"status\":\"in_progress\",\"model\":\"m\","
         "\"output\":[]}}\n\n"
         "event: response.output_item.added\ndata: "
         "{\"type\":\"response.output_item.added\",\"sequence_number\":1,"
         "\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_"
         "progress\",\"role\":\"assistant\","
         "\"content\":[]}}\n\n"
         "event: response.content_part.added\ndata: "
         "{\"type\":\"response.content_part.added\",\"sequence_number\":2,"
         "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_"
         "text\",\"text\":\"\","
         "\"annotations\":[]}}\n\n",
         "event: response.output_text.delta\ndata: "
         "{\"type\":\"response.output_text.delta\",\"sequence_number\":3,"
         "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\" word\"}\n\n"},
	{AIP_CLAUDE,
         "event: message_start\ndata: "
         "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\","
         "\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_"
         "sequence\":null,\"usage\":"
         "{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"
         "event: content_block_start\ndata: "
         "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
         "{\"type\":\"text\",\"text\":\"\"}}\n\n",
         "event: content_block_delta\ndata: "
         "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
         "{\"type\":\"text_delta\",\"text\":\" word\"}}\n\n"},
	{AIP_CLAUDE,
         "event: message_start\ndata: "
         "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\","
         "\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_"
         "sequence\":null,\"usage\":"
         "{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"
         "event: content_block_start\ndata: "
         "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
         "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
         "event: content_block_delta\ndata: "
         "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
         "{\"type\":\"thinking_delta\",\"thinking\":\" hm\"}}\n\n"},
	{AIP_GEMINI,
         "data: "
         "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"a\"}]},"
         "\"index\":0}],"
         "\"usageMetadata\":{\"promptTokenCount\":3,\"totalTokenCount\":3},\"modelVersion\":\"m\","
         "\"responseId\":\"r\"}\n\n",
         "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\" "
         "word\"}]},\"index\":0}],"
         "\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":2,\"totalTokenCount\":"
         "5},"
         "\"modelVersion\":\"m\",\"responseId\":\"r\"}\n\n"},
};

struct exchange {
	struct aip_codec_ctx ctx;
	const struct aip_codec *client;
	struct aip_encoder *encoder;
	struct aip_buf out;
	size_t events;
};

static enum aip_status to_client(void *to, const struct aip_event *event)
{
	struct exchange *x = to;

	x->events++;
	return x->client->encoder_event(x->encoder, event, &x->out);
}

/* Feeds `n` repetitions; what is written is taken away as a client would. */
static void feed(struct exchange *x, const struct aip_codec *codec, struct aip_decoder *decoder,
                 const char *bytes, size_t n)
{
	struct aip_error error = {0};

	for (size_t i = 0; i < n; i++) {
		if (codec->decoder_feed(decoder, aip_str(bytes), &error))
			fail_msg("%s: %s", codec->name, error.message);
		aip_buf_clear(&x->out);
	}
}

/* Some dialects end a block with all of it once more, so its text is kept: in a buffer that
 * doubles. */
#define DOUBLINGS 6

static bool collects(const struct upstream *upstream, enum aip_dialect client)
{
	const bool calls = aip_str_find(aip_str(upstream->begin), AIP_LIT("tool_calls")) >= 0;

	return client == AIP_RESPONSES || (client == AIP_GEMINI && calls);
}

static void steady(const struct upstream *upstream, enum aip_dialect client)
{
	enum { WARM = 200, ROUNDS = 2000 };
	static const struct aip_caps caps;
	struct exchange x = {
		.ctx = {.arena = aip_arena_create(),
	                .client = client,
	                .upstream = upstream->dialect,
	                .model_asked = AIP_LIT("m"),
	                .model = AIP_LIT("m"),
	                .caps = &caps,
	                .stream = true},
		.client = aip_codec_of(client),
	};
	const struct aip_codec *codec = aip_codec_of(upstream->dialect);

	x.ctx.vendor = codec->vendor;
	x.ctx.request = aip_request_new(x.ctx.arena);
	aip_buf_init(&x.out, 1 << 20);
	x.encoder = x.client->encoder_new(&x.ctx);
	struct aip_decoder *decoder = codec->decoder_new(&x.ctx, (struct aip_sink){to_client, &x});
	feed(&x, codec, decoder, upstream->begin, 1);
	feed(&x, codec, decoder, upstream->again, WARM);
	const size_t asked_before = asked, held_before = aip_arena_held(x.ctx.arena);
	const size_t events_before = x.events;
	feed(&x, codec, decoder, upstream->again, ROUNDS);
	CHECK(x.events >= events_before + ROUNDS);
	const size_t held = aip_arena_held(x.ctx.arena) - held_before;
	if (asked - asked_before > (collects(upstream, client) ? DOUBLINGS : 0) || held)
		fail_msg("%s to %s: %zu allocations, %zu bytes of arena in %d events", codec->name,
		         x.client->name, asked - asked_before, held, ROUNDS);
	codec->decoder_fini(decoder);
	x.client->encoder_fini(x.encoder);
	aip_buf_fini(&x.out);
	aip_arena_destroy(x.ctx.arena);
}

TEST(the_counter_counts)
{
	const size_t before = asked;
	void *volatile at = malloc(7);

	CHECK_INT_EQ(asked - before, COUNTS);
	free(at);
}

TEST(a_stream_that_has_begun_takes_no_memory_in_any_pair_of_dialects)
{
	static const enum aip_dialect clients[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

	for (size_t u = 0; u < sizeof(upstreams) / sizeof(upstreams[0]); u++)
		for (size_t c = 0; c < 4; c++)
			steady(&upstreams[u], clients[c]);
}

RUN_ALL(CASE(the_counter_counts),
        CASE(a_stream_that_has_begun_takes_no_memory_in_any_pair_of_dialects))
