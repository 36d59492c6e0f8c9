/* How fast JSON goes: an agent's request of about 100 KB (64 turns, 20 tools with schemas) is
 * parsed into a tree, scanned and written again.
 *
 *     bench_json [rounds]        prints microseconds a document and MB/s, best and middle round */
#include <aiproxy/json.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS     1000
#define ROUNDS_MAX 1000000

static void tool(struct aip_json_out *out, int number)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("function"));
	aip_json_key(out, "function");
	aip_json_open(out, '{');
	aip_json_str(out, "name", AIP_LIT("read_file_range"));
	aip_json_str(out, "description",
	             AIP_LIT("Reads part of a file of the workspace.\n\nUse it before editing; the "
	                     "lines "
	                     "are numbered from 1. Returns \"not found\" when there is none."));
	aip_json_key(out, "parameters");
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("object"));
	aip_json_key(out, "properties");
	aip_json_open(out, '{');
	for (int i = 0; i < 8; i++) {
		char name[32];
		snprintf(name, sizeof(name), "parameter_%d", i);
		aip_json_key(out, name);
		aip_json_open(out, '{');
		aip_json_str(out, "type", i % 2 ? AIP_LIT("string") : AIP_LIT("integer"));
		aip_json_str(out, "description",
		             AIP_LIT("What this one is for, in a sentence or two."));
		aip_json_int_kv(out, "minimum", number);
		aip_json_close(out, '}');
	}
	aip_json_close(out, '}');
	aip_json_key(out, "required");
	aip_json_open(out, '[');
	aip_json_put_str(out, AIP_LIT("parameter_0"));
	aip_json_put_str(out, AIP_LIT("parameter_1"));
	aip_json_close(out, ']');
	aip_json_bool_kv(out, "additionalProperties", false);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

/* Prose in turns of 3, code with its line ends and quotes in the others. */
static void turn(struct aip_json_out *out, int number)
{
	static const char code[] = "static int sum(const int *v, size_t n)\n{\n\tint s = 0;\n\n"
				   "\tfor (size_t i = 0; i < n; i++)\n\t\ts += v[i];\n"
				   "\tprintf(\"%d\\n\", s);\n\treturn s;\n}\n\n";
	static const char prose[] =
		"The function adds what the array holds and says so on the standard "
		"output, which a library should rather not do. ";
	char text[1200];
	const char *piece = number % 3 ? prose : code;
	size_t len = 0;

	while (len + strlen(piece) < sizeof(text)) {
		memcpy(text + len, piece, strlen(piece));
		len += strlen(piece);
	}
	aip_json_open(out, '{');
	aip_json_str(out, "role", number % 2 ? AIP_LIT("assistant") : AIP_LIT("user"));
	aip_json_key(out, "content");
	aip_json_open(out, '[');
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("text"));
	aip_json_str(out, "text", aip_strn(text, len));
	aip_json_close(out, '}');
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}

static void request(struct aip_buf *buf)
{
	struct aip_json_out out = aip_json_to(buf);

	aip_json_open(&out, '{');
	aip_json_str(&out, "model", AIP_LIT("some-model"));
	aip_json_bool_kv(&out, "stream", true);
	aip_json_key(&out, "messages");
	aip_json_open(&out, '[');
	for (int i = 0; i < 64; i++)
		turn(&out, i);
	aip_json_close(&out, ']');
	aip_json_key(&out, "tools");
	aip_json_open(&out, '[');
	for (int i = 0; i < 20; i++)
		tool(&out, i);
	aip_json_close(&out, ']');
	aip_json_close(&out, '}');
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct work {
	struct aip_arena *arena;
	struct aip_str source;
	struct aip_json *tree;
	struct aip_buf out;
};

static enum aip_status parse(struct work *work)
{
	aip_arena_reset(work->arena);
	return aip_json_parse(work->arena, work->source, &work->tree, NULL);
}

static enum aip_status scan(struct work *work)
{
	struct aip_json_want wants[] = {{.key = AIP_LIT("model")}, {.key = AIP_LIT("stream")}};

	return aip_json_scan(work->source, wants, 2, NULL);
}

static void write_node(struct aip_json_out *out, const struct aip_json *v)
{
	if (v->key.at)
		aip_json_key_str(out, v->key);
	if (v->kind == AIP_JSON_STRING) {
		aip_json_put_str(out, v->text);
	} else if (v->kind < AIP_JSON_ARRAY) {
		aip_json_put_tree(out, v);
	} else {
		aip_json_open(out, v->kind == AIP_JSON_ARRAY ? '[' : '{');
		AIP_JSON_EACH (child, v)
			write_node(out, child);
		aip_json_close(out, v->kind == AIP_JSON_ARRAY ? ']' : '}');
	}
}

static enum aip_status write(struct work *work)
{
	struct aip_json_out out = aip_json_to(&work->out);

	aip_buf_clear(&work->out);
	write_node(&out, work->tree);
	return work->out.status;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure(const char *name, enum aip_status (*step)(struct work *work), struct work *work,
                    size_t rounds)
{
	double *took = calloc(rounds, sizeof(*took));

	if (!took)
		abort();
	for (size_t i = 0; i < rounds; i++) {
		double before = now_us();
		if (step(work))
			abort();
		took[i] = now_us() - before;
	}
	qsort(took, rounds, sizeof(*took), by_size);
	double middle = took[rounds / 2];
	printf("%-6s best %7.1f us  middle %7.1f us  %8.0f MB/s\n", name, took[0], middle,
	       (double)work->source.len / middle);
	free(took);
}

int main(int argc, char **argv)
{
	int64_t rounds = ROUNDS;
	struct aip_buf buf;
	struct work work = {.arena = aip_arena_create()};

	if (argc > 1 &&
	    (!aip_str_int(aip_str(argv[1]), &rounds) || rounds < 1 || rounds > ROUNDS_MAX)) {
		fprintf(stderr, "usage: bench_json [rounds]\n");
		return 2;
	}
	aip_buf_init(&buf, 1 << 24);
	aip_buf_init(&work.out, 1 << 24);
	request(&buf);
	work.source = aip_buf_str(&buf);
	printf("%zu bytes, %" PRId64 " rounds\n", work.source.len, rounds);
	measure("parse", parse, &work, (size_t)rounds);
	measure("scan", scan, &work, (size_t)rounds);
	measure("write", write, &work, (size_t)rounds);
	aip_arena_destroy(work.arena);
	aip_buf_fini(&work.out);
	aip_buf_fini(&buf);
	return 0;
}
