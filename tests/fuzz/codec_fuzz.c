/* Codecs, every pair: whatever a client or an upstream says, what is written for the other side is
 * JSON, and a stream reads alike however it was split.
 *
 * Input: client's dialect, upstream's dialect, what follows (r request, a answer, s stream), how to
 * split it, then the bytes. Digits count from '0' so that seeds can be written by hand. */
#include "fuzz.h"

#include <aiproxy/codec.h>

#define OUT_MAX (8 << 20)

static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

/* Events of a decoder, encoded for the client as they come. */
struct through {
	const struct aip_codec *client;
	struct aip_encoder *encoder;
	struct aip_buf *out;
};

static enum aip_status on_event(void *to, const struct aip_event *event)
{
	struct through *through = to;

	return through->client->encoder_event(through->encoder, event, through->out);
}

static void check_json(struct aip_arena *arena, const struct aip_buf *out)
{
	struct aip_json *root;
	struct aip_error error = {0};

	PROMISE(aip_json_parse(arena, aip_buf_str(out), &root, &error) == AIP_OK);
	PROMISE(root->kind == AIP_JSON_OBJECT);
}

static void request(struct aip_codec_ctx *ctx, const struct aip_codec *client,
                    const struct aip_codec *upstream, struct aip_str body)
{
	struct aip_request *read = NULL;
	struct aip_error error = {0};
	struct aip_buf out;
	const struct aip_wire_in in = {.body = body, .model = AIP_LIT("m")};

	if (client->read_request(ctx, &in, &read, &error) != AIP_OK) {
		PROMISE(error.status != AIP_OK && error.message[0]);
		return;
	}
	ctx->request = read;
	aip_buf_init(&out, OUT_MAX);
	if (upstream->write_request(ctx, read, &out, &error) == AIP_OK)
		check_json(ctx->arena, &out);
	aip_buf_fini(&out);
}

static void answer(struct aip_codec_ctx *ctx, const struct aip_codec *client,
                   const struct aip_codec *upstream, struct aip_str body)
{
	struct aip_error error = {0};
	struct aip_buf out;
	struct through through = {client, client->encoder_new(ctx), &out};

	aip_buf_init(&out, OUT_MAX);
	(void)upstream->read_response(ctx, body, (struct aip_sink){on_event, &through}, &error);
	client->encoder_fini(through.encoder);
	aip_buf_fini(&out);
}

/* The length of the next piece, 1 to 64 bytes, or all that is left when seed is 0. */
static size_t piece(uint32_t *seed, size_t left)
{
	if (!*seed)
		return left;
	*seed = *seed * 1664525 + 1013904223;
	const size_t n = 1 + (*seed >> 24) % 64;
	return n < left ? n : left;
}

static void stream(const struct aip_codec_ctx *like, struct aip_str bytes, uint32_t seed,
                   struct aip_buf *out)
{
	struct aip_codec_ctx ctx = *like;
	const struct aip_codec *client = aip_codec_of(ctx.client),
			       *upstream = aip_codec_of(ctx.upstream);
	struct aip_error error = {0};
	struct through through = {client, client->encoder_new(&ctx), out};
	struct aip_decoder *decoder =
		upstream->decoder_new(&ctx, (struct aip_sink){on_event, &through});
	enum aip_status s = AIP_OK;

	for (size_t n; bytes.len && !s; bytes = aip_strn(bytes.at + n, bytes.len - n)) {
		n = piece(&seed, bytes.len);
		s = upstream->decoder_feed(decoder, aip_strn(bytes.at, n), &error);
	}
	if (s == AIP_OK)
		(void)upstream->decoder_finish(decoder, AIP_EOF_COMPLETE, &error);
	upstream->decoder_fini(decoder);
	client->encoder_fini(through.encoder);
}

static void streams(struct aip_codec_ctx *ctx, struct aip_str bytes, uint32_t seed)
{
	struct aip_buf whole, split;

	aip_buf_init(&whole, OUT_MAX);
	aip_buf_init(&split, OUT_MAX);
	stream(ctx, bytes, 0, &whole);
	stream(ctx, bytes, seed, &split);
	PROMISE(aip_str_eq(aip_buf_str(&whole), aip_buf_str(&split)));
	aip_buf_fini(&whole);
	aip_buf_fini(&split);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aip_caps widest;
	struct aip_str input = fuzz_str(data, size);
	struct aip_codec_ctx ctx = {
		.arena = aip_arena_create(),
		.client = dialects[(uint8_t)(fuzz_byte(&input) - '0') % 4],
		.upstream = dialects[(uint8_t)(fuzz_byte(&input) - '0') % 4],
		.model_asked = AIP_LIT("asked"),
		.model = AIP_LIT("m"),
		.caps = &widest,
		.now_s = 1760000000,
		.seed = 1,
	};
	const struct aip_codec *client = aip_codec_of(ctx.client),
			       *upstream = aip_codec_of(ctx.upstream);
	const uint8_t what = fuzz_byte(&input);
	const uint32_t seed = 1u + fuzz_byte(&input);

	if (what == 's')
		streams(&ctx, input, seed);
	else if (what == 'a')
		answer(&ctx, client, upstream, input);
	else
		request(&ctx, client, upstream, input);
	aip_arena_destroy(ctx.arena);
	return 0;
}
