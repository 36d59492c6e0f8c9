/* What becomes of a request before any codec writes it. */
#include "history.h"

static const struct aip_caps low_high = {.levels = "low high"};

static struct aip_codec_ctx ctx_open(const struct aip_caps *caps, enum aip_loss loss)
{
	return (struct aip_codec_ctx){.arena = aip_arena_create(), .caps = caps, .loss = loss};
}

static struct aip_request *asks(struct aip_arena *arena, enum aip_dialect dialect,
                                enum aip_level level)
{
	struct aip_request *request = history_read(arena, "u hi");

	request->dialect = dialect;
	request->reasoning.mode = AIP_REASONING_LEVEL;
	request->reasoning.level = level;
	return request;
}

TEST(a_level_of_the_model_passes_without_a_word)
{
	struct aip_codec_ctx ctx = ctx_open(&low_high, AIP_STRICT);
	struct aip_request *request = asks(ctx.arena, AIP_CHAT, AIP_LEVEL_HIGH);

	CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_OK);
	CHECK_PTR_EQ(ctx.warnings, NULL);
	aip_arena_destroy(ctx.arena);
}

TEST(a_model_that_tells_no_levels_takes_all)
{
	static const struct aip_caps unknown;
	struct aip_codec_ctx ctx = ctx_open(&unknown, AIP_STRICT);
	struct aip_request *request = asks(ctx.arena, AIP_CHAT, AIP_LEVEL_MAX);

	CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_OK);
	aip_arena_destroy(ctx.arena);
}

TEST(leniently_a_level_that_the_model_lacks_leaves_a_warning)
{
	struct aip_codec_ctx ctx = ctx_open(&low_high, AIP_LENIENT);
	struct aip_request *request = asks(ctx.arena, AIP_CHAT, AIP_LEVEL_XHIGH);

	CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_OK);
	CHECK_STR_EQ(ctx.warnings->name,
	             "the model has no effort 'xhigh': the nearest of 'low high' is meant");
	aip_arena_destroy(ctx.arena);
}

TEST(strictly_it_is_refused_with_the_clients_field_and_the_levels_there_are)
{
	static const struct {
		enum aip_dialect dialect;
		const char *field;
	} rows[] = {
		{AIP_CHAT, "reasoning_effort"},
		{AIP_RESPONSES, "reasoning.effort"},
		{AIP_CLAUDE, "output_config.effort"},
		{AIP_GEMINI, "generationConfig.thinkingConfig.thinkingLevel"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_codec_ctx ctx = ctx_open(&low_high, AIP_STRICT);
		struct aip_request *request = asks(ctx.arena, rows[i].dialect, AIP_LEVEL_MEDIUM);
		struct aip_error error = {0};
		CHECK_INT_EQ(aip_request_fit(&ctx, request, &error), AIP_UNSUPPORTED);
		CHECK_STR_EQ(aip_str(error.param), rows[i].field);
		CHECK(aip_str_ends(
			aip_str(error.message),
			AIP_LIT("'medium' is not supported by this model, which has: low high")));
		aip_arena_destroy(ctx.arena);
	}
}

/* A part of a kind that only its vendor knows. */
static struct aip_request *asks_oddly(struct aip_arena *arena, enum aip_dialect dialect)
{
	struct aip_request *request = history_read(arena, "u hi");

	request->dialect = dialect;
	request->turns->parts->kind = AIP_UNKNOWN_PART;
	request->turns->parts->dialect = dialect;
	return request;
}

TEST(who_says_nothing_that_can_be_read_is_refused_in_the_words_of_the_client)
{
	static const struct aip_caps unknown;
	static const struct {
		enum aip_dialect dialect;
		const char *field;
	} rows[] = {{AIP_CHAT, "messages"},
	            {AIP_RESPONSES, "input"},
	            {AIP_CLAUDE, "messages"},
	            {AIP_GEMINI, "contents"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_codec_ctx ctx = ctx_open(&unknown, AIP_LENIENT);
		struct aip_request *request = asks_oddly(ctx.arena, rows[i].dialect);
		struct aip_error error = {0};
		ctx.upstream = rows[i].dialect == AIP_CHAT ? AIP_CLAUDE : AIP_CHAT;
		CHECK_INT_EQ(aip_request_fit(&ctx, request, &error), AIP_BAD_REQUEST);
		CHECK_STR_EQ(aip_str(error.param), rows[i].field);
		CHECK(strstr(error.message, "says nothing that this upstream can read"));
		ctx.upstream = rows[i].dialect;
		CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_OK);
		request->turns = NULL;
		CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_BAD_REQUEST);
		aip_arena_destroy(ctx.arena);
	}
}

TEST(who_says_nothing_may_go_on_with_what_the_upstream_keeps)
{
	static const struct aip_caps unknown;
	struct aip_codec_ctx ctx = ctx_open(&unknown, AIP_LENIENT);
	struct aip_request *request = aip_request_new(ctx.arena);

	CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_BAD_REQUEST);
	request->state.previous_response_id = AIP_LIT("resp_1");
	CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_OK);
	request->state = (struct aip_state){0};
	request->system = aip_part_new(ctx.arena, AIP_TEXT);
	CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_OK);
	aip_arena_destroy(ctx.arena);
}

TEST(what_was_mended_in_a_history_is_told)
{
	static const struct aip_caps unknown;
	struct aip_codec_ctx ctx = ctx_open(&unknown, AIP_LENIENT);
	struct aip_request *request =
		history_read(ctx.arena, "a !f c1, !g c2 | t =c2 a, =c2 b, =c7 x | u go");

	CHECK_INT_EQ(aip_request_canon(ctx.arena, request, NULL), AIP_OK);
	CHECK_INT_EQ(aip_request_fit(&ctx, request, NULL), AIP_OK);
	CHECK_STR_EQ(ctx.warnings->name,
	             "1 tool calls had no result and were answered with an error");
	CHECK_STR_EQ(ctx.warnings->next->name, "1 tool results had no call and were left out");
	CHECK_STR_EQ(ctx.warnings->next->next->name,
	             "1 tool results were told twice: the last counts");
	aip_arena_destroy(ctx.arena);
}

RUN_ALL(CASE(a_level_of_the_model_passes_without_a_word),
        CASE(a_model_that_tells_no_levels_takes_all),
        CASE(leniently_a_level_that_the_model_lacks_leaves_a_warning),
        CASE(strictly_it_is_refused_with_the_clients_field_and_the_levels_there_are),
        CASE(who_says_nothing_that_can_be_read_is_refused_in_the_words_of_the_client),
        CASE(who_says_nothing_may_go_on_with_what_the_upstream_keeps),
        CASE(what_was_mended_in_a_history_is_told))
