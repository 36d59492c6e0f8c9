/* Random requests, answers, streams and schemas: wire_random <count> <seed> prints lines as
 * carry.h says; the conversation of a line is that of the seed in its name. */
#include "carry.h"

#include "unit/wire/patchwork.h"
#include "unit/wire/random_answer.h"
#include "unit/wire/random_request.h"

/* The models that the fakes of tests/end2end stand for. */
static const struct {
	enum aip_dialect dialect;
	const char *catalogue;
	const char *model;
} models[] = {
	{AIP_CHAT, NULL, NULL},
	{AIP_RESPONSES, NULL, NULL},
	{AIP_CLAUDE, "claude", "claude-sonnet-4-5-20250929"},
	{AIP_GEMINI, "gemini", "gemini-2.5-flash"},
};

static const struct aip_caps *caps_of(struct aip_arena *arena, size_t row)
{
	const struct aip_model *model = NULL;
	struct aip_error error = {0};
	char path[512];

	if (!models[row].catalogue) {
		struct aip_caps *caps = AIP_NEW(arena, struct aip_caps);
		*caps = aip_model_unknown()->caps;
		caps->chat_reasoning_replay = "forbidden";
		return caps;
	}
	snprintf(path, sizeof(path), "%s/../plugins/%s/models.json", TEST_DATA,
	         models[row].catalogue);
	if (aip_models_read(arena, file_read(arena, path), &model, &error))
		example_fails(path, error.message);
	while (model && !aip_str_is(model->id, models[row].model))
		model = model->next;
	if (!model)
		example_fails(path, "lacks the model");
	return &model->caps;
}

/* What the calls of random answers call. */
static const struct aip_request *declares_tools(struct aip_arena *arena)
{
	static const char *const names[] = {"get_weather", "f", "run_code"};
	struct aip_request *request = aip_request_new(arena);

	for (size_t i = 0; i < 3; i++) {
		struct aip_tool *tool =
			aip_tool_new(arena, i == 2 ? AIP_TOOL_CUSTOM : AIP_TOOL_FUNCTION);
		tool->name = aip_str(names[i]);
		AIP_APPEND(&request->tools, tool);
	}
	return asks_for_all(arena, request);
}

static enum aip_status by_its_seed(const struct teller *teller, struct aip_sink into)
{
	struct dice dice = {teller->x->arena, teller->seed};

	return random_answer(&dice, teller->x->dialect, teller->x->kind == STREAM, into);
}

/* What a target cannot do at all, and says so: by the client's own word for it. */
static bool cannot(const struct example *x, enum aip_dialect to)
{
	struct aip_codec_ctx ctx = ctx_of(x, x->dialect, to);
	struct aip_error error = {0};
	struct aip_buf out;

	aip_buf_init(&out, OUT_MAX);
	ctx.stream = x->request->stream;
	const enum aip_status s = aip_codec_of(to)->write_request(&ctx, x->request, &out, &error);
	aip_buf_fini(&out);
	if (s == AIP_UNSUPPORTED && to == x->dialect)
		need(aip_arena_printf(x->arena, "its own dialect refuses it: %s", error.message)
		             .at);
	if (s == AIP_UNSUPPORTED && !*error.param)
		need("a refusal names no field");
	return s == AIP_UNSUPPORTED;
}

static struct aip_str carried(struct example *x, uint64_t seed, enum aip_dialect to)
{
	struct dice dice = {x->arena, seed};
	const struct teller teller = {.tell = by_its_seed, .x = x, .seed = seed};
	struct aip_fold *fold;

	switch (x->kind) {
	case REQUEST:
		x->request = seldom(&dice, 2) ? random_request(&dice, x->dialect)
		                              : request_read(x, x->dialect,
		                                             random_patchwork(&dice, x->dialect));
		return cannot(x, to) ? AIP_NONE : request_carried(x, x->request, to);
	case RESPONSE:
		x->request = declares_tools(x->arena);
		fold = aip_fold_new(x->arena);
		if (by_its_seed(&teller, (struct aip_sink){fold_add, fold}))
			need("it cannot be told");
		return response_carried(x, fold, to);
	case STREAM: x->request = declares_tools(x->arena); return stream_carried(x, &teller, to);
	}
	return AIP_NONE;
}

static bool attempt(struct example *x, uint64_t seed, size_t row, struct aip_str *ret)
{
	if (setjmp(gives_up))
		return false;
	x->caps = caps_of(x->arena, row);
	*ret = carried(x, seed, models[row].dialect);
	return true;
}

/* The dialect that a random thing comes from is drawn too. */
static void converse(enum kind kind, uint64_t seed, size_t row)
{
	struct example x = {.arena = aip_arena_create(), .kind = kind, .name = "random"};
	struct dice dice = {x.arena, seed ^ 1};
	struct aip_str body = AIP_NONE;

	x.dialect = PICK(&dice, dialects);
	const bool whole = attempt(&x, seed, row, &body);
	line_write(aip_arena_printf(x.arena, "random %llu", (unsigned long long)seed), kind,
	           x.dialect, models[row].dialect, x.request && x.request->stream,
	           whole ? NULL : reason, body);
	aip_arena_destroy(x.arena);
}

/* ---- Schemas -------------------------------------------------------------------------------- */

static bool written(struct aip_arena *arena, struct aip_str schema, enum aip_schema_profile profile,
                    bool is_tool, struct aip_str *ret)
{
	struct aip_error error = {0};
	struct aip_buf text;

	aip_buf_init(&text, OUT_MAX);
	struct aip_json_out out = aip_json_to(&text);
	const enum aip_status s = aip_schema_write(arena, schema, profile, is_tool, &out, &error);
	*ret = s ? AIP_NONE : aip_arena_dup(arena, aip_buf_str(&text));
	aip_buf_fini(&text);
	if (s && s != AIP_UNSUPPORTED && s != AIP_BAD_REQUEST)
		need(error.message);
	return !s;
}

/* What can be written twice stays as it is from then on. A refusal is no fault, but has no body. */
static bool schema_attempt(struct aip_arena *arena, struct aip_str schema,
                           enum aip_schema_profile profile, bool is_tool, struct aip_str *ret)
{
	struct aip_str once, twice, thrice;

	if (setjmp(gives_up))
		return false;
	if (!written(arena, schema, profile, is_tool, &once))
		return true;
	if (written(arena, once, profile, is_tool, &twice) &&
	    (!written(arena, twice, profile, is_tool, &thrice) || !aip_str_eq(twice, thrice)))
		need(aip_arena_printf(arena, "written again and again it is another: %s",
		                      parting(arena, twice, thrice))
		             .at);
	*ret = AIP_JOIN(arena, AIP_LIT("["), schema, AIP_LIT(","), once, AIP_LIT("]"));
	return true;
}

static void schemas(uint64_t seed)
{
	static const char *const words[] = {
#define ROW(name, word) [AIP_SCHEMA_##name] = word,
		AIP_SCHEMA_TABLE(ROW)
#undef ROW
	};
	struct aip_arena *arena = aip_arena_create();
	struct dice dice = {arena, seed};
	const struct aip_str schema = random_schema(&dice);
	const bool is_tool = roll(&dice, 2);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct aip_str body = AIP_NONE;
		const bool whole =
			schema_attempt(arena, schema, (enum aip_schema_profile)i, is_tool, &body);
		words_write(aip_arena_printf(arena, "random %llu", (unsigned long long)seed),
		            "schema", is_tool ? "tool" : "answer", words[i], false,
		            whole ? NULL : reason, body);
	}
	aip_arena_destroy(arena);
}

int main(int argc, char **argv)
{
	const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100,
		       first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	for (uint64_t seed = first; seed < first + count; seed++)
		schemas(seed);
	for (uint64_t seed = first; seed < first + count; seed++)
		for (int kind = 0; kind < 3; kind++)
			for (size_t row = 0; row < sizeof(models) / sizeof(models[0]); row++)
				converse((enum kind)kind, seed, row);
	return 0;
}
