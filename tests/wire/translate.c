/* Puts every example into every dialect and says, a line of JSON each, what came of it:
 *
 *     wire_translate >lines
 *     {"name":"claude/tools","kind":"request","from":"claude","to":"gemini","model":"m1","stream":false,
 *      "fault":null,"body":"…"}
 *
 * fault is what the codecs themselves can tell: not readable again, not the same when written
 * again, lost content, a stream that folds to another answer. Whether the body is legal in its
 * dialect is asked by tests/wire/matrix, which knows no codec. */
#include <setjmp.h>

#include "unit/wire/content.h"
#include "unit/wire/example.h"

static jmp_buf gives_up;
static char reason[1024];

static _Noreturn void example_fails(const char *name, const char *why)
{
	(void)name;
	snprintf(reason, sizeof(reason), "%s", why);
	longjmp(gives_up, 1);
}

static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

static void need(const char *fault)
{
	if (fault)
		example_fails("", fault);
}

/* ---- Translations --------------------------------------------------------------------------- */

/* The request that the answers of an example answer: its own, or a plain one; a client that wants
 * to see all it can. */
static const struct aip_request *asker(const struct example *x)
{
	struct aip_request *asking = aip_request_new(x->arena);

	if (x->request)
		*asking = *x->request;
	asking->stream_options.include_usage = AIP_YES;
	asking->reasoning.summary = AIP_SUMMARY_AUTO;
	asking->reasoning.summary_explicit = true;
	return asking;
}

/* Where two texts part, for a sentence. */
static const char *parting(struct aip_arena *arena, struct aip_str one, struct aip_str other)
{
	size_t at = 0;

	while (at < one.len && at < other.len && one.at[at] == other.at[at])
		at++;
	const size_t from = at < 40 ? 0 : at - 40;
	const struct aip_str a = aip_strn(one.at + from, one.len - from),
			     b = aip_strn(other.at + from, other.len - from);
	return aip_arena_printf(arena, "…%.*s… against …%.*s…", (int)(a.len < 90 ? a.len : 90),
				a.at, (int)(b.len < 90 ? b.len : 90), b.at)
		.at;
}

/* What the target had to emulate (an image of a result as a message of its own) it reads as what it
 * is there, so the first writing may differ from the second. The second must stand. */
static void request_stands(const struct example *there, const struct aip_request *request)
{
	struct aip_str once = request_written(there, request, there->dialect);
	const struct aip_request *again = request_read(there, there->dialect, once);
	struct aip_str twice = request_written(there, again, there->dialect);

	need(content_of_request_lost(there->arena, request, again));
	if (!aip_str_eq(twice, once))
		need(aip_arena_printf(there->arena, "written again it is another request: %s",
				      parting(there->arena, once, twice))
			     .at);
}

static struct aip_str request_into(struct example *x, enum aip_dialect to)
{
	const struct aip_request *was = request_read(x, x->dialect, x->bytes);
	const struct aip_str once = request_written(x, was, to);
	const struct example there = example_in(x, to);
	const struct aip_request *is = request_read(&there, to, once);

	need(content_of_request_lost(x->arena, was, is));
	request_stands(&there, is);
	return once;
}

static struct aip_str response_into(struct example *x, enum aip_dialect to)
{
	struct aip_fold *read = answer_fold(x, x->bytes, false);
	const struct aip_response *was = aip_fold_response(read, NULL);
	const struct example there = example_in(x, to);
	const struct aip_str once = answer_written(x, read, to);
	const struct aip_response *is = aip_fold_response(answer_fold(&there, once, false), NULL);

	need(content_of_answer_lost(x->arena, was, is));
	const struct aip_str told = stream_written(x, was, to);
	const struct aip_response *heard = aip_fold_response(answer_fold(&there, told, true), NULL);
	if (content_of_answer_lost(x->arena, is, heard))
		need(aip_arena_printf(x->arena, "told as a stream, %s",
				      content_of_answer_lost(x->arena, is, heard))
			     .at);
	return once;
}

static struct aip_str stream_into(struct example *x, enum aip_dialect to)
{
	const struct aip_error *failed = NULL, *fails = NULL;
	const struct aip_response *was = aip_fold_response(answer_fold(x, x->bytes, true), &failed);
	const struct example there = example_in(x, to);
	const struct aip_str told = stream_written(x, NULL, to);
	const struct aip_response *is = aip_fold_response(answer_fold(&there, told, true), &fails);

	if (!failed != !fails)
		need(failed ? "its error was lost" : "it became an error");
	if (!failed)
		need(content_of_answer_lost(x->arena, was, is));
	return told;
}

static struct aip_str into(struct example *x, enum aip_dialect to)
{
	switch (x->kind) {
	case REQUEST: return request_into(x, to);
	case RESPONSE: return response_into(x, to);
	case STREAM: return stream_into(x, to);
	}
	return AIP_NONE;
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static void line_write(const struct example *x, enum aip_dialect to, const char *fault,
		       struct aip_str body)
{
	static const char *const kinds[] = {"request", "response", "stream"};
	struct aip_buf line;
	struct aip_json_out out = aip_json_to(&line);

	aip_buf_init(&line, 8 * OUT_MAX);
	aip_json_open(&out, '{');
	aip_json_str(&out, "name",
		     aip_arena_printf(x->arena, "%s/%s", aip_dialect_word(x->dialect), x->name));
	aip_json_str(&out, "kind", aip_str(kinds[x->kind]));
	aip_json_str(&out, "from", aip_str(aip_dialect_word(x->dialect)));
	aip_json_str(&out, "to", aip_str(aip_dialect_word(to)));
	aip_json_str(&out, "model", AIP_LIT("m1"));
	aip_json_bool_kv(&out, "stream", x->request && x->request->stream);
	aip_json_key(&out, "fault");
	if (fault)
		aip_json_put_str(&out, aip_str(fault));
	else
		aip_json_put_null(&out);
	aip_json_str(&out, "body", body);
	aip_json_close(&out, '}');
	aip_buf_add_byte(&line, '\n');
	fwrite(line.at, 1, line.len, stdout);
	aip_buf_fini(&line);
}

static void request_find(struct example *x)
{
	char beside[512];

	snprintf(beside, sizeof(beside), "%s/%s%s", x->folder, x->name, endings[REQUEST]);
	struct aip_str asked = file_read(x->arena, beside);
	if (asked.at)
		x->request = request_read(x, x->dialect, asked);
	if (x->kind != REQUEST)
		x->request = asker(x);
}

/* False when it failed: reason says why. */
static bool attempt(struct example *x, enum aip_dialect to, struct aip_str *ret)
{
	if (setjmp(gives_up))
		return false;
	request_find(x);
	*ret = into(x, to);
	return true;
}

static void translate(const char *path, enum aip_dialect to)
{
	struct aip_str body = AIP_NONE;
	struct example x;

	example_open(&x, path);
	const bool whole = attempt(&x, to, &body);
	line_write(&x, to, whole ? NULL : reason, body);
	aip_arena_destroy(x.arena);
}

int main(void)
{
	glob_t found;

	examples_find(&found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		for (size_t d = 0; d < sizeof(dialects) / sizeof(dialects[0]); d++)
			if (example_is(found.gl_pathv[i]))
				translate(found.gl_pathv[i], dialects[d]);
	globfree(&found);
	return 0;
}
