/* No codec tells half of anything: every example of tests/wire is put into every dialect again and again, and
 * each time another appending to one of the buffers on the way is refused. What comes out is the whole of it,
 * or nothing, and a status that says too large; of a stream, whole events, and then an error can be told. */
#include "check.h"
#include "refuse.h"
#include "unit/wire/example.h"

/* Of an example that appends oftener, only so many appendings are refused, each time others, and the last ones. */
#define PLACES 50
#define LAST   15

static _Noreturn void example_fails(const char *name, const char *why)
{
	print_error("%s: %s\n", name, why);
	fail();
	abort();
}

/* One way of an example through the codecs. */
struct way {
	const struct example *x;
	enum aip_dialect to;
	bool as_array;               /* Gemini's stream is one JSON array */
	struct aip_arena *arena;     /* of the run */
	struct aip_buf out;          /* what it comes to */
	struct aip_encoder *encoder; /* STREAM */
	struct aip_buf ending;       /* STREAM: the error that follows, when it breaks off */
	struct aip_error error;
};

typedef enum aip_status (*run_fn)(struct way *way, struct aip_codec_ctx *ctx);

/* ---- Ways ----------------------------------------------------------------------------------- */

static enum aip_status run_request(struct way *way, struct aip_codec_ctx *ctx)
{
	struct aip_codec_ctx here = ctx_of(way->x, way->x->dialect, way->x->dialect);
	const struct aip_wire_in in = {
		.body = way->x->bytes,
		.model = way->x->dialect == AIP_GEMINI ? AIP_LIT("m1") : AIP_NONE,
	};
	struct aip_request *request = NULL;

	here.arena = way->arena;
	enum aip_status s =
		aip_codec_of(way->x->dialect)->read_request(&here, &in, &request, &way->error);
	if (s)
		return s;
	ctx->client = way->x->dialect;
	ctx->upstream = way->to;
	ctx->stream = request->stream;
	return aip_codec_of(way->to)->write_request(ctx, request, &way->out, &way->error);
}

static enum aip_status run_count(struct way *way, struct aip_codec_ctx *ctx)
{
	const struct aip_codec *codec = aip_codec_of(way->to);
	const struct aip_request *request = way->x->request;

	ctx->client = way->x->dialect;
	ctx->upstream = way->to;
	return codec->write_count ? codec->write_count(ctx, request, &way->out, &way->error)
	                          : AIP_NOT_IMPLEMENTED;
}

static enum aip_status run_response(struct way *way, struct aip_codec_ctx *ctx)
{
	struct aip_fold *fold = aip_fold_new(way->arena);
	const struct aip_error *failed = NULL;

	enum aip_status s = aip_codec_of(way->x->dialect)
	                            ->read_response(ctx, way->x->bytes,
	                                            (struct aip_sink){fold_add, fold}, &way->error);
	if (s)
		return s;
	const struct aip_response *response = aip_fold_response(fold, &failed);
	if (failed)
		return failed->status;
	return aip_codec_of(way->to)->write_response(ctx, response, &way->out, &way->error);
}

static enum aip_status hear(void *to, const struct aip_event *event)
{
	struct way *way = to;

	return aip_codec_of(way->to)->encoder_event(way->encoder, event, &way->out);
}

/* In two pieces, so that what is begun must be kept. */
static enum aip_status decode(struct way *way, struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	const struct aip_codec *codec = aip_codec_of(way->x->dialect);
	struct aip_decoder *decoder = codec->decoder_new(ctx, sink);
	const struct aip_str bytes = way->x->bytes;
	const size_t half = bytes.len / 2;

	enum aip_status s = codec->decoder_feed(decoder, aip_strn(bytes.at, half), &way->error);
	if (!s)
		s = codec->decoder_feed(decoder, aip_strn(bytes.at + half, bytes.len - half),
		                        &way->error);
	if (!s)
		s = codec->decoder_finish(decoder, AIP_EOF_COMPLETE, &way->error);
	codec->decoder_fini(decoder);
	return s;
}

static enum aip_status run_stream(struct way *way, struct aip_codec_ctx *ctx)
{
	ctx->stream_array = way->as_array;
	way->encoder = aip_codec_of(way->to)->encoder_new(ctx);
	return decode(way, ctx, (struct aip_sink){hear, way});
}

/* ---- Refusing ------------------------------------------------------------------------------- */

/* Room for an error there is always. */
static void tell_error(struct way *way)
{
	const struct aip_codec *codec = aip_codec_of(way->to);
	struct aip_error error;
	const struct aip_event event = {.kind = AIP_EV_ERROR, .error = &error};

	aip_fail(&error, AIP_TOO_LARGE, "the answer is too large");
	CHECK_INT_EQ(codec->encoder_event(way->encoder, &event, &way->ending), AIP_OK);
	CHECK(way->ending.len);
}

struct come {
	enum aip_status status;
	struct aip_str out, ending;
	bool refused;
	size_t growths;
};

/* In the example's arena. The run has one of its own, so that nothing outlives it. */
static struct come come_of(const struct example *x, enum aip_dialect to, bool as_array, run_fn run,
                           size_t at)
{
	struct way way = {.x = x, .to = to, .as_array = as_array, .arena = aip_arena_create()};
	struct aip_codec_ctx ctx = ctx_of(x, to, x->dialect);
	struct come come = {0};

	ctx.arena = way.arena;
	aip_buf_init(&way.out, OUT_MAX);
	aip_buf_init(&way.ending, OUT_MAX);
	refuse_begin(at);
	come.status = run(&way, &ctx);
	come.refused = refuse_happened();
	come.growths = refuse_growths();
	refuse_begin(0);
	if (way.encoder && come.status)
		tell_error(&way);
	if (way.encoder)
		aip_codec_of(to)->encoder_fini(way.encoder);
	if (come.refused && come.status && come.status != AIP_TOO_LARGE &&
	    !strstr(way.error.message, "too large"))
		example_fails(x->name, way.error.message);
	come.out = aip_arena_dup(x->arena, aip_buf_str(&way.out));
	come.ending = aip_arena_dup(x->arena, aip_buf_str(&way.ending));
	aip_buf_fini(&way.out);
	aip_buf_fini(&way.ending);
	aip_arena_destroy(way.arena);
	return come;
}

static void is_json(const struct example *x, struct aip_str text)
{
	struct aip_error error = {0};

	if (aip_json_scan(text, NULL, 0, &error))
		example_fails(x->name, error.message);
}

/* Whole events of the plain run, then one that is an error. */
static void breaks_off_well(const struct example *x, const struct come *plain,
                            const struct come *come, bool as_array)
{
	struct aip_str told =
		aip_arena_printf(x->arena, "%.*s%.*s", AIP_FMT(come->out), AIP_FMT(come->ending));

	CHECK(aip_str_starts(plain->out, come->out));
	if (as_array)
		is_json(x, told);
	else
		CHECK((!come->out.len || aip_str_ends(come->out, AIP_LIT("\n\n"))) &&
		      aip_str_ends(told, AIP_LIT("\n\n")));
}

static void holds(const struct example *x, const struct come *plain, const struct come *come,
                  bool as_array)
{
	if (!come->refused)
		example_fails(x->name, aip_arena_printf(x->arena, "%zu then %zu growths",
		                                        plain->growths, come->growths)
		                               .at);
	if (!come->status)
		CHECK_BYTES_EQ(come->out, plain->out);
	else if (come->ending.len)
		breaks_off_well(x, plain, come, as_array);
}

/* tightly: each appending may be refused, not only what makes a buffer grow. Returns how often it was. */
static size_t refuse_some(const struct example *x, enum aip_dialect to, bool as_array, run_fn run,
                          bool tightly)
{
	static size_t turn;

	refuse_tightly(tightly);
	const struct come plain = come_of(x, to, as_array, run, SIZE_MAX);
	const size_t step = plain.growths / PLACES + 1;
	size_t n = 0;

	if (plain.status) /* the dialect cannot say it, or it tells of an error */
		return 0;
	for (size_t at = 1 + turn++ % step; at <= plain.growths; n++) {
		struct come come = come_of(x, to, as_array, run, at);
		holds(x, &plain, &come, as_array);
		at += plain.growths - at < LAST + step ? 1 : step;
	}
	return n;
}

static size_t refuse_each(const struct example *x, enum aip_dialect to, bool as_array, run_fn run)
{
	return refuse_some(x, to, as_array, run, false) + refuse_some(x, to, as_array, run, true);
}

static size_t refuse_example(struct example *x, enum aip_dialect to)
{
	switch (x->kind) {
	case REQUEST:
		x->request = request_read(x, x->dialect, x->bytes);
		return refuse_each(x, to, false, run_request) +
		       refuse_each(x, to, false, run_count);
	case RESPONSE: /* … and where a stream was asked for */
		return refuse_each(x, to, false, run_response) +
		       refuse_each(x, to, false, run_stream);
	case STREAM:
		return refuse_each(x, to, false, run_stream) +
		       (to == AIP_GEMINI ? refuse_each(x, to, true, run_stream) : 0);
	}
	return 0;
}

/* The request beside an example of answers, asking for all that can be told. */
static void find_request(struct example *x)
{
	char beside[512];

	if (x->kind == REQUEST)
		return;
	snprintf(beside, sizeof(beside), "%s/%s%s", x->folder, x->name, endings[REQUEST]);
	struct aip_str asked = file_read(x->arena, beside);
	struct aip_request *request =
		asked.at ? request_read(x, x->dialect, asked) : aip_request_new(x->arena);
	request->stream_options.include_usage = AIP_YES;
	request->reasoning.summary = AIP_SUMMARY_AUTO;
	request->reasoning.summary_explicit = true;
	x->request = request;
}

static void tells_no_half(enum aip_dialect to)
{
	size_t refused = 0;
	glob_t found;

	examples_find(&found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct example x;
		if (!example_is(found.gl_pathv[i]))
			continue;
		example_open(&x, found.gl_pathv[i]);
		find_request(&x);
		refused += refuse_example(&x, to);
		aip_arena_destroy(x.arena);
	}
	globfree(&found);
	CHECK(refused > 1000);
}

TEST(chat_tells_no_half)
{
	tells_no_half(AIP_CHAT);
}
TEST(completions_tell_no_half)
{
	tells_no_half(AIP_COMPLETIONS);
}
TEST(responses_tell_no_half)
{
	tells_no_half(AIP_RESPONSES);
}
TEST(claude_tells_no_half)
{
	tells_no_half(AIP_CLAUDE);
}
TEST(gemini_tells_no_half)
{
	tells_no_half(AIP_GEMINI);
}

/* ---- What is small -------------------------------------------------------------------------- */

static const enum aip_dialect all[] = {AIP_CHAT, AIP_COMPLETIONS, AIP_RESPONSES, AIP_CLAUDE,
                                       AIP_GEMINI};

static void put_error(const struct aip_codec *codec, struct aip_buf *into)
{
	struct aip_error error;

	aip_fail(&error, AIP_RATE_LIMITED, "slow down");
	codec->write_error(&error, AIP_LIT("req_1"), into);
}

static void put_count(const struct aip_codec *codec, struct aip_buf *into)
{
	if (codec->write_counted)
		codec->write_counted(17, into);
}

static void refuse_small(const struct aip_codec *codec,
                         void (*put)(const struct aip_codec *codec, struct aip_buf *into))
{
	bool refused = true;

	for (size_t at = 1; refused; at++) {
		struct aip_buf out;
		aip_buf_init(&out, OUT_MAX);
		refuse_begin(at);
		put(codec, &out);
		refused = refuse_happened();
		refuse_begin(0);
		CHECK_INT_EQ(out.status, refused ? AIP_TOO_LARGE : AIP_OK);
		aip_buf_fini(&out);
	}
}

TEST(an_error_and_a_count_say_when_they_were_refused)
{
	refuse_tightly(true);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		refuse_small(aip_codec_of(all[i]), put_error);
		refuse_small(aip_codec_of(all[i]), put_count);
	}
}

RUN_ALL(CASE(chat_tells_no_half), CASE(completions_tell_no_half), CASE(responses_tell_no_half),
        CASE(claude_tells_no_half), CASE(gemini_tells_no_half),
        CASE(an_error_and_a_count_say_when_they_were_refused))
