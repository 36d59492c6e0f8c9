/* Random canonical requests. */
#ifndef TESTS_UNIT_WIRE_RANDOM_REQUEST_H
#define TESTS_UNIT_WIRE_RANDOM_REQUEST_H

#include "random_schema.h"

static const char *const random_names[] = {"get_weather",
                                           "f",
                                           "a.b/c d",
                                           "9lives",
                                           "caf\u00e9",
                                           "x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_"
                                           "x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_1",
                                           "x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_"
                                           "x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_2"};

static inline struct aip_tool *random_tool(struct dice *dice, const char *name)
{
	static const char *const schemas[] = {
		"{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}",
		("{ \"type\":\"object\", "
	         "\"properties\":{\"n\":{\"type\":[\"integer\",\"null\"],\"minimum\":1.0}},"
	         "\"required\":[\"n\",\"gone\"],\"additionalProperties\":false}"),
		"{\"type\":\"object\"}",
		"{}",
		("{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"x\"},\"list\":{"
	         "\"type\":\"array\"},"
	         "\"format\":{\"enum\":[1,\"a\"]}}}"),
		("{\"type\":\"object\",\"properties\":{\"self\":{\"$ref\":\"#/$defs/t\"}},"
	         "\"$defs\":{\"t\":{\"type\":\"object\",\"properties\":{\"t\":{\"$ref\":\"#/$defs/"
	         "t\"}}}}}"),
		("{\"anyOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}},{"
	         "\"type\":\"string\"}]}"),
	};
	const bool custom = roll(dice, 6) == 0;
	struct aip_tool *tool =
		aip_tool_new(dice->arena, custom ? AIP_TOOL_CUSTOM : AIP_TOOL_FUNCTION);

	tool->name = aip_str(name);
	if (roll(dice, 2))
		tool->description = random_words(dice);
	if (!custom && roll(dice, 5))
		tool->schema = seldom(dice, 2) ? aip_str(PICK(dice, schemas)) : random_schema(dice);
	if (!custom && seldom(dice, 3))
		tool->strict = AIP_YES;
	return tool;
}

static inline struct aip_part *random_text(struct dice *dice)
{
	struct aip_part *part = aip_part_new(dice->arena, AIP_TEXT);

	part->text = random_words(dice);
	return part;
}

static inline struct aip_part *random_media(struct dice *dice)
{
	const bool image = roll(dice, 2);
	struct aip_part *part = aip_part_new(dice->arena, image ? AIP_IMAGE : AIP_DOCUMENT);

	part->media->source = AIP_FROM_BASE64;
	part->media->mime = image ? AIP_LIT("image/png") : AIP_LIT("application/pdf");
	part->media->data = image ? AIP_LIT("iVBORw0KGgo=") : AIP_LIT("JVBERi0xLjQK");
	if (!image)
		part->media->filename = AIP_LIT("a.pdf");
	return part;
}

static inline struct aip_turn *random_user(struct dice *dice)
{
	struct aip_turn *turn = aip_turn_new(dice->arena, AIP_ROLE_USER);

	for (uint32_t n = 1 + roll(dice, 2); n; n--)
		AIP_APPEND(&turn->parts, roll(dice, 4) ? random_text(dice) : random_media(dice));
	return turn;
}

static inline struct aip_turn *random_system(struct dice *dice)
{
	struct aip_turn *turn = aip_turn_new(dice->arena, AIP_ROLE_SYSTEM);

	turn->developer = roll(dice, 2);
	turn->parts = random_text(dice);
	return turn;
}

static inline struct aip_part *random_result(struct dice *dice, struct aip_str id,
                                             enum aip_call_kind kind)
{
	struct aip_part *part = aip_part_new(dice->arena, AIP_TOOL_RESULT);

	part->result->kind = kind;
	part->result->call_id = id;
	if (roll(dice, 6))
		part->result->parts = random_text(dice);
	if (roll(dice, 6) == 0)
		AIP_APPEND(&part->result->parts, random_media(dice));
	if (roll(dice, 4) == 0)
		part->result->is_error = AIP_YES;
	return part;
}

/* An assistant's turn and, in *results, what its calls gave: sometimes too little, sometimes too
 * much. */
static inline struct aip_turn *random_assistant(struct dice *dice,
                                                const struct aip_request *request, uint32_t *serial,
                                                struct aip_turn *results)
{
	struct aip_turn *turn = aip_turn_new(dice->arena, AIP_ROLE_ASSISTANT);

	if (roll(dice, 3) == 0) {
		struct aip_part *thinking = aip_part_new(dice->arena, AIP_THINKING);
		thinking->text = random_words(dice);
		if (roll(dice, 4))
			thinking->opaque = random_opaque(dice, AIP_THINKING);
		AIP_APPEND(&turn->parts, thinking);
	}
	if (roll(dice, 3))
		AIP_APPEND(&turn->parts, random_text(dice));
	for (const struct aip_tool *tool = request->tools; tool; tool = tool->next) {
		struct aip_part *call = aip_part_new(dice->arena, AIP_TOOL_CALL);
		if (roll(dice, 2))
			continue;
		call->call->kind =
			tool->kind == AIP_TOOL_CUSTOM ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
		call->call->name = tool->name;
		call->call->id = aip_arena_printf(
			dice->arena, roll(dice, 3) ? "call_%u" : "odd.id:%u|", (*serial)++);
		call->call->args =
			tool->kind == AIP_TOOL_CUSTOM ? random_words(dice) : random_args(dice);
		AIP_APPEND(&turn->parts, call);
		for (uint32_t n = roll(dice, 8) ? 1 : roll(dice, 3); n; n--)
			AIP_APPEND(&results->parts,
			           random_result(dice, call->call->id, call->call->kind));
	}
	return turn;
}

static inline void random_turns(struct dice *dice, struct aip_request *request)
{
	uint32_t serial = 0;

	for (uint32_t n = roll(dice, 3); n; n--)
		AIP_APPEND(&request->turns, random_system(dice));
	for (uint32_t n = roll(dice, 4); n; n--) {
		struct aip_turn *results = aip_turn_new(dice->arena, AIP_ROLE_TOOL);
		AIP_APPEND(&request->turns, random_user(dice));
		AIP_APPEND(&request->turns, random_assistant(dice, request, &serial, results));
		if (roll(dice, 6) == 0)
			AIP_APPEND(&request->turns, random_user(dice));
		if (roll(dice, 8) == 0)
			AIP_APPEND(&results->parts,
			           random_result(dice, AIP_LIT("orphan"), AIP_CALL_FUNCTION));
		AIP_APPEND(&request->turns, results);
		if (roll(dice, 6) == 0)
			AIP_APPEND(&request->turns, random_system(dice));
	}
	AIP_APPEND(&request->turns, random_user(dice));
}

static inline void random_choice(struct dice *dice, struct aip_request *request)
{
	static const enum aip_choice_mode modes[] = {AIP_CHOICE_UNSET, AIP_CHOICE_AUTO,
	                                             AIP_CHOICE_NONE,  AIP_CHOICE_REQUIRED,
	                                             AIP_CHOICE_NAMED, AIP_CHOICE_ALLOWED};

	request->choice.mode = request->tools ? PICK(dice, modes) : modes[roll(dice, 4)];
	if (request->choice.mode == AIP_CHOICE_NAMED) {
		request->choice.name = request->tools->name;
		request->choice.call_kind = request->tools->kind == AIP_TOOL_CUSTOM
		                                    ? AIP_CALL_CUSTOM
		                                    : AIP_CALL_FUNCTION;
	}
	if (request->choice.mode == AIP_CHOICE_ALLOWED) {
		request->choice.names = aip_name_new(dice->arena, request->tools->name);
		request->choice.required = roll(dice, 2);
	}
	request->parallel_tools = (enum aip_tri)roll(dice, 3);
}

static inline void random_sampling(struct dice *dice, struct aip_request *request)
{
	static const char *const temperatures[] = {"0", "0.70", "1", "1.0", "2"};
	static const char *const limits[] = {"16", "1000", "5000", "50000"};
	static const char *const stops[] = {"END", " ", "\n\n", "\u2028", "###", "stop"};

	if (roll(dice, 2))
		request->sampling.temperature = aip_str(PICK(dice, temperatures));
	if (roll(dice, 3) == 0)
		request->sampling.top_p = AIP_LIT("0.95");
	if (request->dialect >= AIP_CLAUDE && roll(dice, 4) == 0)
		request->sampling.top_k = AIP_LIT("40");
	if (roll(dice, 4) == 0)
		request->sampling.seed = AIP_LIT("0");
	if (roll(dice, 4) == 0)
		request->sampling.presence_penalty = AIP_LIT("-0.5");
	for (uint32_t n = roll(dice, 3) ? 0 : roll(dice, 7); n; n--)
		AIP_APPEND(&request->sampling.stop,
		           aip_name_new(dice->arena, aip_str(PICK(dice, stops))));
	if (roll(dice, 2))
		request->max_output_tokens = aip_str(PICK(dice, limits));
}

static inline void random_reasoning(struct dice *dice, struct aip_request *request)
{
	static const int64_t budgets[] = {1, 1024, 4000, 30000, 200000};

	request->reasoning.mode = (enum aip_reasoning_mode)roll(dice, AIP_REASONING_BUDGET + 1);
	if (request->reasoning.mode == AIP_REASONING_LEVEL)
		request->reasoning.level = (enum aip_level)(1 + roll(dice, AIP_LEVEL_COUNT - 1));
	if (request->reasoning.mode == AIP_REASONING_BUDGET)
		request->reasoning.budget = PICK(dice, budgets);
	request->reasoning.summary = (enum aip_summary)roll(dice, AIP_SUMMARY_DETAILED + 1);
	request->reasoning.summary_explicit = request->reasoning.summary && roll(dice, 2);
}

static inline void random_output(struct dice *dice, struct aip_request *request)
{
	const uint32_t kind = roll(dice, 5);

	if (kind == 0)
		request->output.format = AIP_FORMAT_JSON_OBJECT;
	if (kind == 1) {
		request->output.format = AIP_FORMAT_JSON_SCHEMA;
		request->output.schema =
			AIP_LIT("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
		                "\"required\":[\"a\"],\"additionalProperties\":false}");
		if (seldom(dice, 2))
			request->output.schema = random_schema(dice);
		request->output.strict = (enum aip_tri)roll(dice, 3);
	}
	if (roll(dice, 4) == 0)
		request->output.verbosity = AIP_LIT("low");
}

/* A canonical request, of a client of the dialect. */
static inline struct aip_request *random_request(struct dice *dice, enum aip_dialect client)
{
	struct aip_request *request = aip_request_new(dice->arena);
	struct aip_error error = {0};

	request->dialect = client;
	request->model = AIP_LIT("m1");
	request->stream = roll(dice, 2);
	for (size_t i = 0; i < sizeof(random_names) / sizeof(random_names[0]); i++)
		if (roll(dice, 3) == 0)
			AIP_APPEND(&request->tools, random_tool(dice, random_names[i]));
	random_turns(dice, request);
	random_choice(dice, request);
	random_sampling(dice, request);
	random_reasoning(dice, request);
	random_output(dice, request);
	if (roll(dice, 4) == 0)
		request->user_id = AIP_LIT("user-1");
	return aip_request_canon(dice->arena, request, &error) ? NULL : request;
}

#endif
