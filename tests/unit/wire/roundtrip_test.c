/* The dialects' examples, held to what every codec promises within its own dialect.
 *
 *     a request    read, written and read again it is the same request
 *     an answer    so is an answer; and told as a stream it folds to the same
 *     a stream     cut at any byte it gives the same events; beside an answer of its name it folds
 * to that answer
 *
 * <name>.want.<dialect>.<kind> is what the example of that name and kind becomes in another
 * dialect, or in its own, byte for byte. WIRE_WRITE=1 in the environment writes the wanted files
 * anew, to be read by somebody before they are believed. What must hold between all dialects is the
 * business of tests/wire/matrix. */
#include "unit/wire/example.h"

#include "check.h"

static _Noreturn void example_fails(const char *name, const char *why)
{
	fail_msg("%s: %s", name, why);
	abort();
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
	/* A client that asks for the figures, so that a stream says all that an answer does. */
	struct aip_request *request =
		asked.at ? request_read(&x, x.dialect, asked) : aip_request_new(x.arena);
	if (x.kind != REQUEST)
		request->stream_options.include_usage = AIP_YES;
	x.request = request;
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
	static struct CMUnitTest tests[4096];
	glob_t found;
	size_t n = 0;

	examples_find(&found);
	for (size_t i = 0; i < found.gl_pathc && n < 4096; i++) {
		if (!example_is(found.gl_pathv[i]))
			continue;
		tests[n++] = (struct CMUnitTest){.name = strstr(found.gl_pathv[i], "/wire/") + 6,
		                                 .test_func = keeps_its_promises,
		                                 .initial_state = found.gl_pathv[i]};
	}
	int failed = _cmocka_run_group_tests("wire", tests, n, NULL, NULL);
	globfree(&found);
	return failed;
}
