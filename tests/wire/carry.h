/* Carries requests, answers and streams into a dialect, and says what was lost on the way: a line
 * of JSON for each, as tests/wire/matrix reads it.
 *
 *     {"name":"claude/tools","kind":"request","from":"claude","to":"gemini","model":"m1","stream":false,
 *      "fault":null,"body":"…"}
 *
 * fault is what the codecs themselves can tell: not readable again, not the same when written
 * again, lost content, a stream that folds to another answer. Whether the body is legal in its
 * dialect is asked of the fakes and grammars, which know no codec. */
#ifndef TESTS_WIRE_CARRY_H
#define TESTS_WIRE_CARRY_H

#include <setjmp.h>

#include "unit/wire/content.h"
#include "unit/wire/example.h"
#include "unit/wire/marks.h"

static const enum aip_dialect dialects[] = {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI};

static jmp_buf gives_up;
static char reason[1024];

static _Noreturn void example_fails(const char *name, const char *why)
{
	(void)name;
	snprintf(reason, sizeof(reason), "%s", why);
	longjmp(gives_up, 1);
}

static inline void need(const char *fault)
{
	if (fault)
		example_fails("", fault);
}

/* Where two texts part, for a sentence. */
static inline const char *parting(struct aip_arena *arena, struct aip_str one, struct aip_str other)
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

/* The request that answers are given to: one that wants to see all there is. */
static inline const struct aip_request *asks_for_all(struct aip_arena *arena,
                                                     const struct aip_request *like)
{
	struct aip_request *asking = aip_request_new(arena);

	if (like)
		*asking = *like;
	asking->stream_options.include_usage = AIP_YES;
	asking->reasoning.summary = AIP_SUMMARY_AUTO;
	asking->reasoning.summary_explicit = true;
	return asking;
}

/* ---- Requests ------------------------------------------------------------------------------- */

/* What the target had to emulate (an image of a result as a message of its own) it reads as what it
 * is there, so the first writing may differ from the second. The second must stand. */
static inline void request_stands(const struct example *there, const struct aip_request *request)
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

static inline struct aip_str request_carried(const struct example *x,
                                             const struct aip_request *request, enum aip_dialect to)
{
	const struct aip_str once = request_written(x, request, to);
	const struct example there = example_in(x, to);
	const struct aip_request *is = request_read(&there, to, once);

	if (!aip_str_eq(request_written(x, request, to), once))
		need("written twice it is not the same");
	need(content_of_request_lost(x->arena, request, is));
	request_stands(&there, is);
	return once;
}

/* ---- Answers -------------------------------------------------------------------------------- */

static inline struct aip_str response_carried(const struct example *x, struct aip_fold *fold,
                                              enum aip_dialect to)
{
	const struct aip_response *was = aip_fold_response(fold, NULL);
	const struct example there = example_in(x, to);
	const struct aip_str once = answer_written(x, fold, to);
	const struct aip_response *is = aip_fold_response(answer_fold(&there, once, false), NULL);
	const struct aip_str told = stream_written(x, was, to);
	const struct aip_response *heard = aip_fold_response(answer_fold(&there, told, true), NULL);
	const char *lost;

	need(content_of_answer_lost(x->arena, was, is));
	need(marks_of_answer_lost(x->arena, was, is, to, false));
	lost = content_of_answer_lost(x->arena, was, heard);
	if (!lost)
		lost = marks_of_answer_lost(x->arena, was, heard, to, true);
	if (lost)
		need(aip_arena_printf(x->arena, "told as a stream, %s", lost).at);
	return once;
}

/* Something that tells a stream of events, the same each time. */
struct teller {
	enum aip_status (*tell)(const struct teller *teller, struct aip_sink into);
	const struct example *x;
	uint64_t seed;
};

static inline struct aip_str stream_carried(const struct example *x, const struct teller *teller,
                                            enum aip_dialect to)
{
	struct aip_fold *fold = aip_fold_new(x->arena);
	struct aip_codec_ctx ctx = ctx_of(x, to, x->dialect);
	struct telling telling = {.codec = aip_codec_of(to)};
	const struct example there = example_in(x, to);
	const struct aip_error *failed = NULL, *fails = NULL;

	if (teller->tell(teller, (struct aip_sink){fold_add, fold}))
		need("it cannot be told");
	const struct aip_response *was = aip_fold_response(fold, &failed);
	telling.encoder = telling.codec->encoder_new(&ctx);
	aip_buf_init(&telling.out, OUT_MAX);
	const enum aip_status s = teller->tell(teller, (struct aip_sink){tell, &telling});
	telling.codec->encoder_fini(telling.encoder);
	const struct aip_str told = aip_arena_dup(x->arena, aip_buf_str(&telling.out));
	aip_buf_fini(&telling.out);
	if (s)
		need("the encoder refused an event");
	const struct aip_response *is = aip_fold_response(answer_fold(&there, told, true), &fails);
	if (!failed != !fails)
		need(failed ? "its error was lost" : "it became an error");
	if (!failed)
		need(content_of_answer_lost(x->arena, was, is));
	if (!failed)
		need(marks_of_answer_lost(x->arena, was, is, to, true));
	return told;
}

/* ---- Lines ---------------------------------------------------------------------------------- */

/* `to`: the dialect's word, or a profile's. */
static inline void words_write(struct aip_str name, const char *kind, const char *from,
                               const char *to, bool streams, const char *fault, struct aip_str body)
{
	struct aip_buf line;
	struct aip_json_out out = aip_json_to(&line);

	aip_buf_init(&line, 8 * OUT_MAX);
	aip_json_open(&out, '{');
	aip_json_str(&out, "name", name);
	aip_json_str(&out, "kind", aip_str(kind));
	aip_json_str(&out, "from", aip_str(from));
	aip_json_str(&out, "to", aip_str(to));
	aip_json_str(&out, "model", AIP_LIT("m1"));
	aip_json_bool_kv(&out, "stream", streams);
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

static inline void line_write(struct aip_str name, enum kind kind, enum aip_dialect from,
                              enum aip_dialect to, bool streams, const char *fault,
                              struct aip_str body)
{
	static const char *const kinds[] = {"request", "response", "stream"};

	words_write(name, kinds[kind], aip_dialect_word(from), aip_dialect_word(to), streams, fault,
	            body);
}

#endif
