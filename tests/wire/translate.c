/* Puts every example of tests/wire into every dialect: wire_translate prints a line for each, see
 * carry.h.
 */
#include "carry.h"

static enum aip_status as_it_was_streamed(const struct teller *teller, struct aip_sink into)
{
	stream_read(teller->x, teller->x->bytes, teller->x->bytes.len, into);
	return AIP_OK;
}

static struct aip_str carried(const struct example *x, enum aip_dialect to)
{
	const struct teller teller = {.tell = as_it_was_streamed, .x = x};

	switch (x->kind) {
	case REQUEST: return request_carried(x, request_read(x, x->dialect, x->bytes), to);
	case RESPONSE: return response_carried(x, answer_fold(x, x->bytes, false), to);
	case STREAM: return stream_carried(x, &teller, to);
	}
	return AIP_NONE;
}

static void request_find(struct example *x)
{
	char beside[512];

	snprintf(beside, sizeof(beside), "%s/%s%s", x->folder, x->name, endings[REQUEST]);
	struct aip_str asked = file_read(x->arena, beside);
	if (asked.at)
		x->request = request_read(x, x->dialect, asked);
	if (x->kind != REQUEST)
		x->request = asks_for_all(x->arena, x->request);
}

/* False when it failed: reason says why. */
static bool attempt(struct example *x, enum aip_dialect to, struct aip_str *ret)
{
	if (setjmp(gives_up))
		return false;
	request_find(x);
	*ret = carried(x, to);
	return true;
}

static void translate(const char *path, enum aip_dialect to)
{
	struct aip_str body = AIP_NONE;
	struct example x;

	example_open(&x, path);
	const bool whole = attempt(&x, to, &body);
	line_write(aip_arena_printf(x.arena, "%s/%s", aip_dialect_word(x.dialect), x.name), x.kind,
	           x.dialect, to, x.request && x.request->stream, whole ? NULL : reason, body);
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
