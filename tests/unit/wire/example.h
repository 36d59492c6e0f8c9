/* The dialects' examples, tests/wire/<dialect>/<name>.…, read and written by the codecs.
 *
 *     <name>.request.json     what a client asks
 *     <name>.response.json    a whole answer
 *     <name>.stream.sse       a streamed one
 *     <name>.caps.json        a model of models.json, whose capabilities hold for the example
 *
 * A dialect goes by its word (aip_dialect_word). An example of answers is read and written in view
 * of the request of the same name, where there is one. */
#ifndef TESTS_UNIT_WIRE_EXAMPLE_H
#define TESTS_UNIT_WIRE_EXAMPLE_H

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <aiproxy/rules.h>

#include "file.h"

/* Says why an example does not hold and does not return. The program that includes this has it. */
static _Noreturn void example_fails(const char *name, const char *why);

#define OUT_MAX (16u << 20)

enum kind { REQUEST, RESPONSE, STREAM };

static const char *const endings[] = {".request.json", ".response.json", ".stream.sse"};

/* ---- Files ---------------------------------------------------------------------------------- */

static inline void file_write(const char *path, struct aip_str text)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		example_fails(path, "cannot be written");
	fwrite(text.at, 1, text.len, file);
	fclose(file);
}

/* ---- One example ---------------------------------------------------------------------------- */

struct example {
	struct aip_arena *arena;
	enum kind kind;
	enum aip_dialect dialect;
	const char *folder; /* …/wire/claude */
	char name[128];
	struct aip_str bytes;
	const struct aip_caps *caps;
	const struct aip_request *request; /* of the example of that name */
};

static inline enum aip_dialect dialect_of(struct aip_str word)
{
	for (int d = 1; d < AIP_DIALECT_COUNT; d++)
		if (aip_str_is(word, aip_dialect_word((enum aip_dialect)d)))
			return (enum aip_dialect)d;
	return AIP_DIALECT_NONE;
}

static inline struct aip_codec_ctx ctx_of(const struct example *x, enum aip_dialect client,
                                          enum aip_dialect upstream)
{
	return (struct aip_codec_ctx){
		.arena = x->arena,
		.client = client,
		.upstream = upstream,
		.model_asked = AIP_LIT("m1"),
		.model = AIP_LIT("m1"),
		.vendor = aip_codec_of(upstream)->vendor,
		.caps = x->caps,
		.request = x->request,
		.now_s = 1760000000,
		.seed = 1,
	};
}

static inline void example_open(struct example *x, const char *path)
{
	static const struct aip_caps widest;
	const struct aip_model *model = NULL;
	struct aip_error error = {0};
	const char *slash = strrchr(path, '/');
	const char *folder;
	char beside[512];

	*x = (struct example){.arena = aip_arena_create(), .caps = &widest};
	folder = aip_arena_dup(x->arena, aip_strn(path, (size_t)(slash - path))).at;
	x->folder = folder;
	x->dialect = dialect_of(aip_str(strrchr(folder, '/') + 1));
	for (int kind = 0; kind < 3; kind++)
		if (aip_str_ends(aip_str(path), aip_str(endings[kind])))
			x->kind = (enum kind)kind;
	snprintf(x->name, sizeof(x->name), "%.*s",
	         (int)(strlen(slash + 1) - strlen(endings[x->kind])), slash + 1);
	x->bytes = file_read(x->arena, path);
	snprintf(beside, sizeof(beside), "%s/%s.caps.json", folder, x->name);
	struct aip_str caps = file_read(x->arena, beside);
	if (caps.at && aip_models_read(x->arena, caps, &model, &error))
		example_fails(beside, error.message);
	if (model)
		x->caps = &model->caps;
}

/* The example as if its dialect were another: for what it became there. */
static inline struct example example_in(const struct example *x, enum aip_dialect dialect)
{
	struct example other = *x;

	other.dialect = dialect;
	return other;
}

static inline bool example_is(const char *path)
{
	return strstr(path, ".want.") == NULL;
}

/* All files of examples, wanted ones among them; for globfree. */
static inline void examples_find(glob_t *found)
{
	char pattern[512];

	*found = (glob_t){0};
	for (int kind = 0; kind < 3; kind++) {
		snprintf(pattern, sizeof(pattern), "%s/wire/*/*%s", TEST_DATA, endings[kind]);
		glob(pattern, kind ? GLOB_APPEND : 0, NULL, found);
	}
}

static inline struct aip_request *request_read(const struct example *x, enum aip_dialect dialect,
                                               struct aip_str bytes)
{
	struct aip_codec_ctx ctx = ctx_of(x, dialect, dialect);
	const struct aip_wire_in in = {.body = bytes,
	                               .model = dialect == AIP_GEMINI ? AIP_LIT("m1") : AIP_NONE};
	struct aip_request *request = NULL;
	struct aip_error error = {0};

	if (aip_codec_of(dialect)->read_request(&ctx, &in, &request, &error))
		example_fails(x->name, error.message);
	if (aip_request_check(request, &error))
		example_fails(x->name, error.message);
	return request;
}

static inline struct aip_str request_written(const struct example *x,
                                             const struct aip_request *request, enum aip_dialect to)
{
	struct aip_codec_ctx ctx = ctx_of(x, x->dialect, to);
	struct aip_error error = {0};
	struct aip_buf out;

	aip_buf_init(&out, OUT_MAX);
	ctx.stream = request->stream;
	if (aip_codec_of(to)->write_request(&ctx, request, &out, &error))
		example_fails(x->name, error.message);
	struct aip_str text = aip_arena_dup(x->arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return text;
}

/* ---- Events --------------------------------------------------------------------------------- */

static inline enum aip_status fold_add(void *to, const struct aip_event *event)
{
	return aip_fold_add(to, event);
}

static inline void stream_read(const struct example *x, struct aip_str bytes, size_t cut,
                               struct aip_sink sink)
{
	const struct aip_codec *codec = aip_codec_of(x->dialect);
	struct aip_codec_ctx ctx = ctx_of(x, x->dialect, x->dialect);
	struct aip_decoder *decoder = codec->decoder_new(&ctx, sink);
	struct aip_error error = {0};

	enum aip_status s = codec->decoder_feed(decoder, aip_strn(bytes.at, cut), &error);
	if (!s)
		s = codec->decoder_feed(decoder, aip_strn(bytes.at + cut, bytes.len - cut), &error);
	if (!s)
		s = codec->decoder_finish(decoder, AIP_EOF_COMPLETE, &error);
	codec->decoder_fini(decoder);
	if (s)
		example_fails(x->name, error.message);
}

static inline struct aip_fold *answer_fold(const struct example *x, struct aip_str bytes,
                                           bool stream)
{
	struct aip_codec_ctx ctx = ctx_of(x, x->dialect, x->dialect);
	struct aip_fold *fold = aip_fold_new(x->arena);
	const struct aip_sink sink = {fold_add, fold};
	struct aip_error error = {0};

	if (stream)
		stream_read(x, bytes, bytes.len, sink);
	else if (aip_codec_of(x->dialect)->read_response(&ctx, bytes, sink, &error))
		example_fails(x->name, error.message);
	return fold;
}

static inline struct aip_str answer_written(const struct example *x, struct aip_fold *fold,
                                            enum aip_dialect to)
{
	const struct aip_error *failed;
	const struct aip_response *response = aip_fold_response(fold, &failed);
	struct aip_codec_ctx ctx = ctx_of(x, to, x->dialect);
	struct aip_error error = {0};
	struct aip_buf out;

	aip_buf_init(&out, OUT_MAX);
	if (failed)
		aip_codec_of(to)->write_error(failed, AIP_NONE, &out);
	else if (aip_codec_of(to)->write_response(&ctx, response, &out, &error))
		example_fails(x->name, error.message);
	struct aip_str text = aip_arena_dup(x->arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return text;
}

/* Events into a client's stream. */
struct telling {
	const struct aip_codec *codec;
	struct aip_encoder *encoder;
	struct aip_buf out;
};

static inline enum aip_status tell(void *to, const struct aip_event *event)
{
	struct telling *telling = to;

	return telling->codec->encoder_event(telling->encoder, event, &telling->out);
}

static inline struct aip_str stream_written(const struct example *x,
                                            const struct aip_response *whole, enum aip_dialect to)
{
	struct aip_codec_ctx ctx = ctx_of(x, to, x->dialect);
	struct telling telling = {.codec = aip_codec_of(to)};

	telling.encoder = telling.codec->encoder_new(&ctx);
	aip_buf_init(&telling.out, OUT_MAX);
	if (whole) {
		if (aip_unfold(whole, (struct aip_sink){tell, &telling}))
			example_fails(x->name, "cannot be unfolded");
	} else
		stream_read(x, x->bytes, x->bytes.len, (struct aip_sink){tell, &telling});
	telling.codec->encoder_fini(telling.encoder);
	struct aip_str text = aip_arena_dup(x->arena, aip_buf_str(&telling.out));
	aip_buf_fini(&telling.out);
	return text;
}

#endif
