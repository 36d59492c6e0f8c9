/* How fast the dialects are translated: an agent's request of about 100 KB, and the text events of a stream, each
 * dialect to each.
 *
 *     bench_codec REQUEST.json        a Chat request; tests/bench/codec makes one and calls this
 *
 * Prints two tables: µs a request with MB/s, ns an event with the system's allocations in the steady state. Exits
 * with 1 when a pair does not translate at all. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <aiproxy/codec.h>

#define OUT_MAX        (64u << 20)
#define REQUEST_ROUNDS 60
#define STREAM_EVENTS  20000
#define STREAM_ROUNDS  3
#define WARM_EVENTS    200

#define REQUEST_TARGET_US 500
#define EVENT_TARGET_NS   3000

static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};
enum { N = sizeof(dialects) / sizeof(*dialects) };

/* ---- Allocations of the system, counted ------------------------------------------------------ */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *at, size_t bytes);

static size_t allocations;

void *malloc(size_t bytes)
{
	allocations++;
	return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes)
{
	allocations++;
	return __libc_calloc(n, bytes);
}

void *realloc(void *at, size_t bytes)
{
	allocations++;
	return __libc_realloc(at, bytes);
}

/* ---- Ground ---------------------------------------------------------------------------------- */

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(enum aip_status s, const struct aip_error *error, const char *what)
{
	if (!s)
		return;
	fprintf(stderr, "bench_codec: %s: %s\n", what, error ? error->message : aip_status_name(s));
	exit(1);
}

static struct aip_codec_ctx ctx_of(struct aip_arena *arena, enum aip_dialect client,
                                   enum aip_dialect upstream)
{
	static const struct aip_caps widest;

	return (struct aip_codec_ctx){
		.arena = arena,
		.client = client,
		.upstream = upstream,
		.model_asked = AIP_LIT("model"),
		.model = AIP_LIT("model"),
		.vendor = aip_codec_of(upstream)->vendor,
		.caps = &widest,
		.now_s = 1760000000,
		.seed = 1,
		.stream = true,
	};
}

static void translate(struct aip_arena *arena, enum aip_dialect from, struct aip_str body,
                      enum aip_dialect to, struct aip_buf *out)
{
	struct aip_codec_ctx ctx = ctx_of(arena, from, to);
	const struct aip_wire_in in = {.body = body,
	                               .model = from == AIP_GEMINI ? AIP_LIT("model") : AIP_NONE,
	                               .stream = true};
	struct aip_request *request = NULL;
	struct aip_error error = {0};

	aip_buf_clear(out);
	must(aip_codec_of(from)->read_request(&ctx, &in, &request, &error), &error, "reading");
	must(aip_codec_of(to)->write_request(&ctx, request, out, &error), &error, "writing");
	must(out->status, NULL, "room");
}

/* ---- Requests -------------------------------------------------------------------------------- */

static struct aip_str file_read(struct aip_arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct aip_buf all;
	char piece[4096];
	size_t n;

	if (!file) {
		perror(path);
		exit(2);
	}
	aip_buf_init(&all, OUT_MAX);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		aip_buf_add(&all, aip_strn(piece, n));
	fclose(file);
	struct aip_str text = aip_arena_dup(arena, aip_buf_str(&all));
	aip_buf_fini(&all);
	return text;
}

static double best_us(struct aip_arena *arena, enum aip_dialect from, struct aip_str body,
                      enum aip_dialect to, struct aip_buf *out)
{
	double best = 1e12;

	for (int i = 0; i < REQUEST_ROUNDS; i++) {
		aip_arena_reset(arena);
		double before = now_us();
		translate(arena, from, body, to, out);
		double took = now_us() - before;
		best = took < best ? took : best;
	}
	return best;
}

static double requests(struct aip_str chat)
{
	struct aip_arena *kept = aip_arena_create(), *arena = aip_arena_create();
	struct aip_str bodies[N];
	struct aip_buf out;
	double worst = 0;

	aip_buf_init(&out, OUT_MAX);
	for (int i = 0; i < N; i++) {
		aip_arena_reset(arena);
		translate(arena, AIP_CHAT, chat, dialects[i], &out);
		bodies[i] = aip_arena_dup(kept, aip_buf_str(&out));
	}
	printf("Requests, µs and MB/s (64 turns, 20 tools)\n  %-16s %7s", "client", "bytes");
	for (int i = 0; i < N; i++)
		printf("  to %-15s", aip_dialect_word(dialects[i]));
	for (int from = 0; from < N; from++) {
		printf("\n  %-16s %7zu", aip_dialect_word(dialects[from]), bodies[from].len);
		for (int to = 0; to < N; to++) {
			double us =
				best_us(arena, dialects[from], bodies[from], dialects[to], &out);
			printf("  %8.1f %6.0f   ", us, (double)bodies[from].len / us);
			worst = us > worst ? us : worst;
		}
	}
	printf("\n\n");
	aip_buf_fini(&out);
	aip_arena_destroy(arena);
	aip_arena_destroy(kept);
	return worst;
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* One upstream's stream as the bytes of its frames, kept apart: events come one by one. */
struct script {
	struct aip_buf bytes;
	size_t ends[STREAM_EVENTS + 3];
	size_t n;
};

static void say(struct script *script, struct aip_encoder *encoder, const struct aip_codec *codec,
                const struct aip_event *event)
{
	must(codec->encoder_event(encoder, event, &script->bytes), NULL, "telling");
	script->ends[script->n++] = script->bytes.len;
}

static void script_write(struct script *script, enum aip_dialect dialect)
{
	static const char *const words[] = {" the",       " file", " holds",
	                                    " \"names\"", " of",   "\n\tlines"};
	struct aip_arena *arena = aip_arena_create();
	struct aip_codec_ctx ctx = ctx_of(arena, dialect, dialect);
	const struct aip_codec *codec = aip_codec_of(dialect);
	struct aip_encoder *encoder = codec->encoder_new(&ctx);
	const struct aip_part text = {.kind = AIP_TEXT};

	aip_buf_init(&script->bytes, OUT_MAX);
	script->n = 0;
	say(script, encoder, codec,
	    &(struct aip_event){
		    .kind = AIP_EV_START, .id = AIP_LIT("id-1"), .model_name = AIP_LIT("model")});
	say(script, encoder, codec, &(struct aip_event){.kind = AIP_EV_BLOCK_START, .part = &text});
	for (int i = 0; i < STREAM_EVENTS; i++)
		say(script, encoder, codec,
		    &(struct aip_event){
			    .kind = AIP_EV_DELTA,
			    .delta = AIP_DELTA_TEXT,
			    .text = aip_str(words[i % (sizeof(words) / sizeof(*words))])});
	codec->encoder_fini(encoder);
	aip_arena_destroy(arena);
}

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

struct pace {
	double ns;          /* an event */
	double allocations; /* an event */
};

static struct pace stream(const struct script *script, enum aip_dialect from, enum aip_dialect to)
{
	struct aip_arena *arena = aip_arena_create(), *scratch = aip_arena_create();
	struct aip_codec_ctx ctx = ctx_of(arena, to, from);
	struct telling telling = {.codec = aip_codec_of(to)};
	const struct aip_codec *codec = aip_codec_of(from);
	struct aip_error error = {0};
	double before = 0;
	size_t made = 0, told = 0, at = 0;

	ctx.scratch = scratch;
	aip_buf_init(&telling.out, OUT_MAX);
	telling.encoder = telling.codec->encoder_new(&ctx);
	struct aip_decoder *decoder = codec->decoder_new(&ctx, (struct aip_sink){tell, &telling});
	for (size_t i = 0; i < script->n; i++) {
		if (i == WARM_EVENTS) {
			before = now_us();
			made = allocations;
		}
		must(codec->decoder_feed(decoder,
		                         aip_strn(script->bytes.at + at, script->ends[i] - at),
		                         &error),
		     &error, "reading a stream");
		at = script->ends[i];
		told += i >= WARM_EVENTS && telling.out.len > 0;
		aip_buf_clear(&telling.out);
	}
	const double events = (double)(script->n - WARM_EVENTS);
	struct pace pace = {(now_us() - before) * 1e3 / events,
	                    (double)(allocations - made) / events};
	if ((double)told < events)
		must(AIP_GATEWAY_BUG, NULL, "events were not passed on at once");
	codec->decoder_fini(decoder);
	telling.codec->encoder_fini(telling.encoder);
	aip_buf_fini(&telling.out);
	aip_arena_destroy(scratch);
	aip_arena_destroy(arena);
	return pace;
}

static struct pace streams(void)
{
	static struct script script;
	struct pace worst = {0};

	printf("Text events of a stream, ns and allocations of the system\n  %-16s", "upstream");
	for (int i = 0; i < N; i++)
		printf("  to %-15s", aip_dialect_word(dialects[i]));
	for (int from = 0; from < N; from++) {
		script_write(&script, dialects[from]);
		printf("\n  %-16s", aip_dialect_word(dialects[from]));
		for (int to = 0; to < N; to++) {
			struct pace best = {1e12, 1e12};
			for (int i = 0; i < STREAM_ROUNDS; i++) {
				struct pace pace = stream(&script, dialects[from], dialects[to]);
				best.ns = pace.ns < best.ns ? pace.ns : best.ns;
				best.allocations = pace.allocations < best.allocations
				                           ? pace.allocations
				                           : best.allocations;
			}
			printf("  %8.0f %6.2f   ", best.ns, best.allocations);
			worst.ns = best.ns > worst.ns ? best.ns : worst.ns;
			worst.allocations = best.allocations > worst.allocations
			                            ? best.allocations
			                            : worst.allocations;
		}
		aip_buf_fini(&script.bytes);
	}
	printf("\n\n");
	return worst;
}

static void target(const char *what, double at_most, double measured)
{
	printf("  %-44s %8.0f %9.2f   %s\n", what, at_most, measured,
	       measured <= at_most ? "yes" : "NO");
}

int main(int argc, char **argv)
{
	struct aip_arena *arena = aip_arena_create();

	if (argc != 2) {
		fprintf(stderr, "usage: bench_codec REQUEST.json\n");
		return 2;
	}
	double request_us = requests(file_read(arena, argv[1]));
	struct pace event = streams();
	printf("Targets, slowest pair                           at most  measured   reached\n");
	target("request, µs", REQUEST_TARGET_US, request_us);
	target("text event, ns", EVENT_TARGET_NS, event.ns);
	target("allocations of the system an event", 0, event.allocations);
	aip_arena_destroy(arena);
	return 0;
}
