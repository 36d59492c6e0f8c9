/* The dialects' examples, tests/wire/<dialect>/<name>.…, held to what every codec promises.
 *
 *     <name>.request.json            read, written and read again it is the same request
 *     <name>.response.json           so is an answer; and told as a stream it folds to the same
 *     <name>.stream.sse              cut at any byte it gives the same events; beside an answer of
 * that name it folds to that answer <name>.want.<dialect>.<kind>   what the example of that name
 * and kind becomes in another dialect, or in its own, byte for byte <name>.caps.json a model of
 * models.json, whose capabilities hold for the example
 *
 * A dialect goes by its word (aip_dialect_word). WIRE_WRITE=1 in the environment writes the wanted
 * files anew, to be read by somebody before they are believed. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include <aiproxy/rules.h>

#include "check.h"

#define OUT_MAX (16u << 20)

enum kind { REQUEST, RESPONSE, STREAM };

static const char *const endings[] = {".request.json", ".response.json", ".stream.sse"};

/* ---- Files ---------------------------------------------------------------------------------- */

/* AIP_NONE when there is no such file. */
static struct aip_str file_read(struct aip_arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct aip_buf all;
	char piece[4096];
	size_t n;

	if (!file)
		return AIP_NONE;
	aip_buf_init(&all, OUT_MAX);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		aip_buf_add(&all, aip_strn(piece, n));
	fclose(file);
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&all));
	aip_buf_fini(&all);
	return text;
}

static void file_write(const char *path, struct aip_str text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
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

static enum aip_dialect dialect_of(struct aip_str word)
{
	for (int d = 1; d < AIP_DIALECT_COUNT; d++)
		if (aip_str_is(word, aip_dialect_word((enum aip_dialect)d)))
			return (enum aip_dialect)d;
	return AIP_DIALECT_NONE;
}

static struct aip_codec_ctx ctx_of(const struct example *x, enum aip_dialect client,
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

static void example_open(struct example *x, const char *path)
{
	static const struct aip_caps widest;
	const struct aip_model *model = NULL;
	struct aip_error error = {0};
	const char *slash = strrchr(path, '/');
	char *folder, beside[512];

	*x = (struct example){.arena = aip_arena_create(), .caps = &widest};
	folder = (char *)aip_arena_dup(x->arena, aip_strn(path, (size_t)(slash - path))).at;
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
		fail_msg("%s: %s", beside, error.message);
	if (model)
		x->caps = &model->caps;
}

static struct aip_request *request_read(const struct example *x, enum aip_dialect dialect,
					struct aip_str bytes)
{
	struct aip_codec_ctx ctx = ctx_of(x, dialect, dialect);
	const struct aip_wire_in in = {.body = bytes,
				       .model = dialect == AIP_GEMINI ? AIP_LIT("m1") : AIP_NONE};
	struct aip_request *request = NULL;
	struct aip_error error = {0};

	if (aip_codec_of(dialect)->read_request(&ctx, &in, &request, &error))
		fail_msg("%s: %s", x->name, error.message);
	if (aip_request_check(request, &error))
		fail_msg("%s: not canonical: %s", x->name, error.message);
	return request;
}

static struct aip_str request_written(const struct example *x, const struct aip_request *request,
				      enum aip_dialect to)
{
	struct aip_codec_ctx ctx = ctx_of(x, x->dialect, to);
	struct aip_error error = {0};
	struct aip_buf out;

	aip_buf_init(&out, OUT_MAX);
	ctx.stream = request->stream;
	if (aip_codec_of(to)->write_request(&ctx, request, &out, &error))
		fail_msg("%s: %s", x->name, error.message);
	struct aip_str text = aip_arena_dup(x->arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return text;
}

/* ---- Events --------------------------------------------------------------------------------- */

static enum aip_status fold_add(void *to, const struct aip_event *event)
{
	return aip_fold_add(to, event);
}

static enum aip_status line_add(void *to, const struct aip_event *event)
{
	return aip_buf_addf(
		to, "%d %u %u %d %u %.*s|%.*s|%.*s|%d|%lld\n", (int)event->kind, event->candidate,
		event->block, (int)event->delta, event->index, AIP_FMT(event->text),
		AIP_FMT(event->raw),
		AIP_FMT(event->part && event->part->opaque ? event->part->opaque->data : AIP_NONE),
		(int)event->stop, event->usage ? (long long)event->usage->out_total : -2LL);
}

static void stream_read(const struct example *x, struct aip_str bytes, size_t cut,
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
		fail_msg("%s: %s", x->name, error.message);
}

static struct aip_fold *answer_fold(const struct example *x, struct aip_str bytes, bool stream)
{
	struct aip_codec_ctx ctx = ctx_of(x, x->dialect, x->dialect);
	struct aip_fold *fold = aip_fold_new(x->arena);
	const struct aip_sink sink = {fold_add, fold};
	struct aip_error error = {0};

	if (stream)
		stream_read(x, bytes, bytes.len, sink);
	else if (aip_codec_of(x->dialect)->read_response(&ctx, bytes, sink, &error))
		fail_msg("%s: %s", x->name, error.message);
	return fold;
}

static struct aip_str answer_written(const struct example *x, struct aip_fold *fold,
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
		fail_msg("%s: %s", x->name, error.message);
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

static enum aip_status tell(void *to, const struct aip_event *event)
{
	struct telling *telling = to;

	return telling->codec->encoder_event(telling->encoder, event, &telling->out);
}

static struct aip_str stream_written(const struct example *x, const struct aip_response *whole,
				     enum aip_dialect to)
{
	struct aip_codec_ctx ctx = ctx_of(x, to, x->dialect);
	struct telling telling = {.codec = aip_codec_of(to)};

	telling.encoder = telling.codec->encoder_new(&ctx);
	aip_buf_init(&telling.out, OUT_MAX);
	if (whole)
		CHECK_INT_EQ(aip_unfold(whole, (struct aip_sink){tell, &telling}), AIP_OK);
	else
		stream_read(x, x->bytes, x->bytes.len, (struct aip_sink){tell, &telling});
	telling.codec->encoder_fini(telling.encoder);
	struct aip_str text = aip_arena_dup(x->arena, aip_buf_str(&telling.out));
	aip_buf_fini(&telling.out);
	return text;
}

/* ---- Promises ------------------------------------------------------------------------------- */

static void request_keeps(const struct example *x)
{
	struct aip_request *read = request_read(x, x->dialect, x->bytes);
	struct aip_str once = request_written(x, read, x->dialect);
	struct aip_str twice = request_written(x, request_read(x, x->dialect, once), x->dialect);

	CHECK_BYTES_EQ(twice, once);
}

static void answer_keeps(const struct example *x)
{
	struct aip_fold *read = answer_fold(x, x->bytes, false);
	struct aip_str once = answer_written(x, read, x->dialect);

	CHECK_BYTES_EQ(answer_written(x, answer_fold(x, once, false), x->dialect), once);
	struct aip_str told = stream_written(x, aip_fold_response(read, NULL), x->dialect);
	CHECK_BYTES_EQ(answer_written(x, answer_fold(x, told, true), x->dialect), once);
}

static void stream_keeps(const struct example *x)
{
	char path[512];
	struct aip_buf whole, split;

	aip_buf_init(&whole, OUT_MAX);
	aip_buf_init(&split, OUT_MAX);
	stream_read(x, x->bytes, x->bytes.len, (struct aip_sink){line_add, &whole});
	for (size_t cut = 0; cut < x->bytes.len; cut++) {
		aip_buf_clear(&split);
		stream_read(x, x->bytes, cut, (struct aip_sink){line_add, &split});
		CHECK_BYTES_EQ(aip_buf_str(&split), aip_buf_str(&whole));
	}
	aip_buf_fini(&whole);
	aip_buf_fini(&split);

	struct aip_str once = answer_written(x, answer_fold(x, x->bytes, true), x->dialect);
	struct aip_str again = stream_written(x, NULL, x->dialect);
	CHECK_BYTES_EQ(answer_written(x, answer_fold(x, again, true), x->dialect), once);
	snprintf(path, sizeof(path), "%s/%s%s", x->folder, x->name, endings[RESPONSE]);
	struct aip_str answer = file_read(x->arena, path);
	if (answer.at)
		CHECK_BYTES_EQ(once, answer_written(x, answer_fold(x, answer, false), x->dialect));
}

static void becomes(const struct example *x, enum aip_dialect to)
{
	const bool write = getenv("WIRE_WRITE") != NULL;
	struct aip_str got = AIP_NONE;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.want.%s%s", x->folder, x->name, aip_dialect_word(to),
		 endings[x->kind]);
	struct aip_str want = file_read(x->arena, path);
	if (!want.at || !aip_codec_of(to))
		return;
	switch (x->kind) {
	case REQUEST: got = request_written(x, x->request, to); break;
	case RESPONSE: got = answer_written(x, answer_fold(x, x->bytes, false), to); break;
	case STREAM: got = stream_written(x, NULL, to); break;
	}
	if (x->kind != STREAM)
		got = aip_arena_printf(x->arena, "%.*s\n", AIP_FMT(got));
	if (write)
		file_write(path, got);
	else
		CHECK_BYTES_EQ(got, want);
}

static void keeps_its_promises(void **state)
{
	struct example x;
	char path[512];

	example_open(&x, *state);
	assert_int_not_equal(x.dialect, AIP_DIALECT_NONE);
	if (!aip_codec_of(x.dialect))
		skip();
	snprintf(path, sizeof(path), "%s/%s%s", x.folder, x.name, endings[REQUEST]);
	struct aip_str asked = file_read(x.arena, path);
	if (asked.at)
		x.request = request_read(&x, x.dialect, asked);
	switch (x.kind) {
	case REQUEST: request_keeps(&x); break;
	case RESPONSE: answer_keeps(&x); break;
	case STREAM: stream_keeps(&x); break;
	}
	for (int to = 1; to < AIP_DIALECT_COUNT; to++)
		becomes(&x, (enum aip_dialect)to);
	aip_arena_destroy(x.arena);
}

int main(void)
{
	static struct CMUnitTest tests[1024];
	glob_t found = {0};
	size_t n = 0;

	for (int kind = 0; kind < 3; kind++) {
		char pattern[512];
		snprintf(pattern, sizeof(pattern), "%s/wire/*/*%s", TEST_DATA, endings[kind]);
		glob(pattern, kind ? GLOB_APPEND : 0, NULL, &found);
	}
	for (size_t i = 0; i < found.gl_pathc && n < 1024; i++) {
		if (strstr(found.gl_pathv[i], ".want."))
			continue;
		tests[n++] = (struct CMUnitTest){.name = strstr(found.gl_pathv[i], "/wire/") + 6,
						 .test_func = keeps_its_promises,
						 .initial_state = found.gl_pathv[i]};
	}
	int failed = _cmocka_run_group_tests("wire", tests, n, NULL, NULL);
	globfree(&found);
	return failed;
}
