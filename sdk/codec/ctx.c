/* What a codec leaves in its context: paths it dropped, warnings, ids it made. */
#include <aiproxy/rules.h>

#include <stdio.h>

/* A request made to lose thousands of fields must not grow the answer's headers. */
#define NOTES_MAX 64

static bool names_add(struct aip_arena *arena, struct aip_name **names, struct aip_str name)
{
	size_t n = 0;

	for (; *names; names = &(*names)->next) {
		if (aip_str_eq((*names)->name, name) || ++n == NOTES_MAX)
			return false;
	}
	*names = aip_name_new(arena, aip_arena_dup(arena, name));
	return true;
}

enum aip_status aip_ctx_drop(struct aip_codec_ctx *ctx, const char *path, struct aip_error *reterr)
{
	if (ctx->loss == AIP_STRICT)
		return aip_ctx_refuse(ctx, path, "is not supported by the upstream's API", reterr);
	names_add(ctx->arena, &ctx->dropped, aip_str(path));
	return AIP_OK;
}

enum aip_status aip_ctx_refuse(const struct aip_codec_ctx *ctx, const char *path, const char *why,
                               struct aip_error *reterr)
{
	const char *field = aip_client_field(ctx->client, path);

	aip_fail(reterr, AIP_UNSUPPORTED, "%s: %s", field, why);
	if (reterr)
		snprintf(reterr->param, sizeof(reterr->param), "%s", field);
	return AIP_UNSUPPORTED;
}

void aip_ctx_dropped(struct aip_codec_ctx *ctx, const char *path)
{
	names_add(ctx->arena, &ctx->dropped, aip_str(path));
}

static bool speaks(enum aip_dialect target, enum aip_dialect dialect)
{
	return dialect == target || (dialect == AIP_COMPLETIONS && target == AIP_CHAT);
}

void aip_ctx_drop_unknown(struct aip_codec_ctx *ctx, const struct aip_ext *ext)
{
	for (; ext; ext = ext->next)
		if (!speaks(ctx->upstream, ext->dialect))
			names_add(ctx->arena, &ctx->dropped, ext->key);
}

void aip_ctx_warn(struct aip_codec_ctx *ctx, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len >= 0)
		names_add(ctx->arena, &ctx->warnings, aip_str(text));
}

/* splitmix64: distinct for each count, well mixed for each seed. */
static uint64_t mixed(uint64_t seed, uint64_t count)
{
	uint64_t x = seed + (count + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

struct aip_str aip_ctx_id(struct aip_codec_ctx *ctx, const char *prefix)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	enum { CHARS = 24, CHARS_A_WORD = 8 };
	size_t prefix_len = strlen(prefix);
	char *id = aip_arena_bytes(ctx->arena, prefix_len + CHARS + 1);
	uint64_t count = ctx->ids++ * (CHARS / CHARS_A_WORD);
	uint64_t word = 0;

	memcpy(id, prefix, prefix_len);
	for (size_t i = 0; i < CHARS; i++) {
		if (i % CHARS_A_WORD == 0)
			word = mixed(ctx->seed, count++);
		id[prefix_len + i] = digits[word % 62];
		word /= 62;
	}
	id[prefix_len + CHARS] = 0;
	return aip_strn(id, prefix_len + CHARS);
}
