/* Errors of upstreams: whatever a refusal looks like, every dialect reads a fault out of it and
 * every dialect can say it, as JSON, with a status that is none of success.
 *
 * Input: upstream's dialect, HTTP status in two bytes, value of Retry-After up to a line end, the
 * body. */
#include "fuzz.h"

#include <aiproxy/codec.h>

static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

static void write_all(struct aip_arena *arena, const struct aip_error *error)
{
	for (size_t d = 0; d < 4; d++) {
		struct aip_error ignored = {0};
		struct aip_json *root;
		struct aip_buf out;
		aip_buf_init(&out, 1 << 20);
		const int http =
			aip_codec_of(dialects[d])->write_error(error, AIP_LIT("req"), &out);
		PROMISE(http >= 400 && http <= 599);
		PROMISE(aip_json_parse(arena, aip_buf_str(&out), &root, &ignored) == AIP_OK);
		PROMISE(root->kind == AIP_JSON_OBJECT);
		aip_buf_fini(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aip_caps widest;
	struct aip_str input = fuzz_str(data, size);
	const enum aip_dialect upstream = dialects[(uint8_t)(fuzz_byte(&input) - '0') % 4];
	const int http = 100 + (fuzz_byte(&input) << 8 | fuzz_byte(&input)) % 500;
	const ptrdiff_t at = aip_str_find(input, AIP_LIT("\n"));
	const size_t n = at < 0 ? 0 : (size_t)at;
	const struct aip_header header = {AIP_LIT("retry-after"), aip_strn(input.at, n)};
	struct aip_arena *arena = aip_arena_create();
	struct aip_codec_ctx ctx = {
		.arena = arena, .upstream = upstream, .caps = &widest, .now_s = 1760000000};
	struct aip_error error = {0};

	aip_codec_of(upstream)->read_error(&ctx, http, &header, 1,
	                                   aip_strn(input.at + n, input.len - n), &error);
	PROMISE(error.retry_after_ms >= 0);
	if (http >= 400)
		PROMISE(error.status != AIP_OK);
	if (error.status != AIP_OK)
		write_all(arena, &error);
	aip_arena_destroy(arena);
	return 0;
}
