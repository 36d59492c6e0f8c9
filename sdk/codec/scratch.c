/* The arena of one step of reading: the host's, which serves all streams of a loop in turn, or the reader's own.
 * A stream that waits for its next event then holds no memory for reading it. */
#include "codecs.h"

struct aip_arena *codec_scratch(struct aip_codec_ctx *ctx)
{
	if (!ctx->scratch)
		return aip_arena_create();
	aip_arena_reset(ctx->scratch);
	return ctx->scratch;
}

void codec_scratch_end(struct aip_codec_ctx *ctx, struct aip_arena *scratch)
{
	if (scratch != ctx->scratch)
		aip_arena_destroy(scratch);
}
