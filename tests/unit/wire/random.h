/* Random conversations: legal streams of events and canonical requests, made of what has gone wrong
 * somewhere before. Equal seeds give equal conversations. */
#ifndef TESTS_UNIT_WIRE_RANDOM_H
#define TESTS_UNIT_WIRE_RANDOM_H

#include <aiproxy/rules.h>

struct dice {
	struct aip_arena *arena;
	uint64_t state;
};

static inline uint32_t roll(struct dice *dice, uint32_t sides)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 33) % sides;
}

#define PICK(dice, list) ((list)[roll((dice), sizeof(list) / sizeof((list)[0]))])

/* ---- Words ---------------------------------------------------------------------------------- */

static inline struct aip_str random_words(struct dice *dice)
{
	static const char *const words[] = {
		"Hello",
		" ",
		"\n",
		"  lead",
		"trail  ",
		"caf\u00e9",
		"\U0001F600",
		"\u2028\u2029",
		"<b>&amp;",
		"\"quoted\"",
		"back\\slash",
		"data: [DONE]",
		"\n\ndata:",
		"\r\n",
		"{\"model\":\"x\"}",
		"\x01\x1f\x7f",
		"</script>",
		"\\u0041",
		"event: error\n",
		"0",
	};
	struct aip_str all = AIP_LIT("");

	for (uint32_t n = 1 + roll(dice, 3); n; n--)
		all = aip_arena_printf(dice->arena, "%.*s%s", AIP_FMT(all), PICK(dice, words));
	return all;
}

static inline struct aip_str random_args(struct dice *dice)
{
	static const char *const members[] = {
		"\"a\": 9007199254740993",
		"\"b\" :1e400",
		"\"$ref\":\"#/x\"",
		"\"format\":null,\"title\":\"t\"",
		"\"u\":\"\\u00e9 \\/ \\ud83d\\ude00\"",
		"\"n\":{ \"model\" : [1.0,-0,true] }",
		"\"<k>\":\"a\\nb & c\"",
		"\"z\":[ ]",
	};
	struct aip_str all = AIP_LIT("");
	const uint32_t n = roll(dice, 4);

	for (uint32_t i = 0; i < n; i++)
		all = aip_arena_printf(dice->arena, "%.*s%s%s", AIP_FMT(all), i ? ", " : "",
		                       PICK(dice, members));
	return aip_arena_printf(dice->arena, "{%.*s}", AIP_FMT(all));
}

static inline struct aip_opaque *random_opaque(struct dice *dice, enum aip_part_kind part)
{
	static const struct {
		enum aip_vendor vendor;
		enum aip_opaque_kind kind;
	} rows[] = {
		{AIP_VENDOR_ANTHROPIC, AIP_OPAQUE_SIGNATURE},
		{AIP_VENDOR_OPENAI, AIP_OPAQUE_ENCRYPTED},
		{AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE},
	};
	struct aip_opaque *opaque = aip_opaque_new(dice->arena);
	const uint32_t row = part == AIP_TOOL_CALL ? 2 : roll(dice, 3);

	opaque->vendor = rows[row].vendor;
	opaque->kind = rows[row].kind;
	opaque->part = part;
	opaque->data = aip_base64(dice->arena, random_words(dice));
	if (opaque->vendor == AIP_VENDOR_OPENAI)
		opaque->item_id = AIP_LIT("rs_0123456789");
	return opaque;
}

/* ---- Answers -------------------------------------------------------------------------------- */

/* A stream in the making. Blocks that are open: one that speaks, and calls beside it. */
struct random_stream {
	struct dice *dice;
	struct aip_stream_guard *guard;
	uint32_t next;
	struct {
		enum aip_part_kind kind; /* AIP_UNKNOWN_PART: none */
		uint32_t block;
		bool custom;
		bool sealed;         /* its opaque value was told */
		struct aip_str rest; /* of its arguments */
	} open[3];
	uint32_t calls;
};

static inline enum aip_status random_tell(struct random_stream *s, struct aip_event event)
{
	return aip_stream_guard_emit(s->guard, &event, NULL);
}

static inline enum aip_status random_stop(struct random_stream *s, uint32_t at)
{
	enum aip_status status = AIP_OK;

	if (s->open[at].kind == AIP_UNKNOWN_PART)
		return AIP_OK;
	if (s->open[at].rest.len)
		status = random_tell(s, (struct aip_event){.kind = AIP_EV_DELTA,
		                                           .block = s->open[at].block,
		                                           .delta = AIP_DELTA_ARGS,
		                                           .text = s->open[at].rest});
	s->open[at].kind = AIP_UNKNOWN_PART;
	return status ? status
	              : random_tell(s, (struct aip_event){.kind = AIP_EV_BLOCK_STOP,
	                                                  .block = s->open[at].block});
}

static inline enum aip_status random_speaks(struct random_stream *s)
{
	static const enum aip_part_kind kinds[] = {AIP_TEXT,
	                                           AIP_TEXT,
	                                           AIP_TEXT,
	                                           AIP_THINKING,
	                                           AIP_THINKING,
	                                           AIP_REFUSAL,
	                                           AIP_REDACTED_THINKING};
	enum aip_status status = random_stop(s, 0);
	struct aip_part *part = aip_part_new(s->dice->arena, PICK(s->dice, kinds));

	s->open[0].kind = part->kind;
	s->open[0].block = s->next++;
	s->open[0].rest = AIP_NONE;
	s->open[0].sealed = part->kind == AIP_REDACTED_THINKING;
	if (part->kind == AIP_REDACTED_THINKING) {
		part->opaque = random_opaque(s->dice, part->kind);
		part->opaque->vendor = AIP_VENDOR_ANTHROPIC;
		part->opaque->kind = AIP_OPAQUE_REDACTED;
	}
	return status ? status
	              : random_tell(s, (struct aip_event){.kind = AIP_EV_BLOCK_START,
	                                                  .block = s->open[0].block,
	                                                  .part = part});
}

static inline enum aip_status random_call(struct random_stream *s, uint32_t at)
{
	enum aip_status status = random_stop(s, at);
	struct aip_part *part = aip_part_new(s->dice->arena, AIP_TOOL_CALL);

	s->open[at].custom = roll(s->dice, 6) == 0;
	part->call->kind = s->open[at].custom ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
	part->call->name = s->open[at].custom ? AIP_LIT("run_code")
	                   : roll(s->dice, 2) ? AIP_LIT("get_weather")
	                                      : AIP_LIT("f");
	part->call->id = aip_arena_printf(s->dice->arena, "call_%u", s->calls++);
	s->open[at].kind = AIP_TOOL_CALL;
	s->open[at].block = s->next++;
	s->open[at].sealed = false;
	s->open[at].rest = s->open[at].custom ? random_words(s->dice) : random_args(s->dice);
	return status ? status
	              : random_tell(s, (struct aip_event){.kind = AIP_EV_BLOCK_START,
	                                                  .block = s->open[at].block,
	                                                  .part = part});
}

static inline enum aip_status random_seal(struct random_stream *s, uint32_t at)
{
	struct aip_part *part = aip_part_new(s->dice->arena, s->open[at].kind);

	s->open[at].sealed = true;
	part->opaque = random_opaque(s->dice, s->open[at].kind);
	return random_tell(s, (struct aip_event){.kind = AIP_EV_DELTA,
	                                         .block = s->open[at].block,
	                                         .delta = AIP_DELTA_OPAQUE,
	                                         .part = part});
}

static inline enum aip_status random_delta(struct random_stream *s, uint32_t at)
{
	struct aip_event event = {.kind = AIP_EV_DELTA, .block = s->open[at].block};

	switch (s->open[at].kind) {
	case AIP_TEXT: event.delta = AIP_DELTA_TEXT; break;
	case AIP_THINKING: event.delta = AIP_DELTA_THINK; break;
	case AIP_REFUSAL: event.delta = AIP_DELTA_REFUSAL; break;
	case AIP_TOOL_CALL: event.delta = AIP_DELTA_ARGS; break;
	default: return AIP_OK;
	}
	if ((event.delta == AIP_DELTA_THINK || event.delta == AIP_DELTA_ARGS) &&
	    !s->open[at].sealed && roll(s->dice, 5) == 0)
		return random_seal(s, at);
	if (event.delta == AIP_DELTA_THINK && s->open[at].sealed)
		return AIP_OK;
	if (event.delta == AIP_DELTA_ARGS) {
		size_t n = s->open[at].rest.len ? 1 + roll(s->dice, (uint32_t)s->open[at].rest.len)
		                                : 0;
		while (n < s->open[at].rest.len && (s->open[at].rest.at[n] & 0xc0) == 0x80)
			n++; /* pieces are text too */
		event.text = aip_strn(s->open[at].rest.at, n);
		s->open[at].rest = aip_strn(s->open[at].rest.at + n, s->open[at].rest.len - n);
	} else {
		event.text = random_words(s->dice);
	}
	return random_tell(s, event);
}

static inline enum aip_status random_usage(struct random_stream *s, uint32_t sofar)
{
	struct aip_usage usage;

	aip_usage_init(&usage);
	usage.in_total = 1000;
	usage.cache_read = 300;
	usage.out_total = 10 + sofar;
	usage.reasoning = 5;
	return random_tell(s, (struct aip_event){.kind = AIP_EV_USAGE, .usage = &usage});
}

static inline enum aip_status random_step(struct random_stream *s, uint32_t sofar)
{
	const uint32_t at = roll(s->dice, 3);

	switch (roll(s->dice, 10)) {
	case 0:
	case 1: return random_speaks(s);
	case 2: return random_call(s, 1 + roll(s->dice, 2));
	case 3: return random_stop(s, at);
	case 4: return random_usage(s, sofar);
	case 5: return random_tell(s, (struct aip_event){.kind = AIP_EV_PING});
	default: return s->open[at].kind == AIP_UNKNOWN_PART ? AIP_OK : random_delta(s, at);
	}
}

/* One answer of one candidate, START to END, in the order that a decoder promises. */
static inline enum aip_status random_answer(struct dice *dice, struct aip_sink into)
{
	static const enum aip_stop stops[] = {AIP_STOP_END_TURN,   AIP_STOP_END_TURN,
	                                      AIP_STOP_SEQUENCE,   AIP_STOP_MAX_TOKENS,
	                                      AIP_STOP_PAUSE_TURN, AIP_STOP_CONTENT_FILTER,
	                                      AIP_STOP_REFUSAL,    AIP_STOP_CONTEXT_WINDOW};
	struct random_stream s = {
		.dice = dice,
		.guard = aip_stream_guard_new(dice->arena, into),
		.next = roll(dice, 3),
	};
	enum aip_status status;

	for (uint32_t at = 0; at < 3; at++)
		s.open[at].kind = AIP_UNKNOWN_PART;
	status = random_tell(&s, (struct aip_event){.kind = AIP_EV_START,
	                                            .id = AIP_LIT("msg_0123456789"),
	                                            .model_name = AIP_LIT("m1"),
	                                            .created_s = 1760000000});
	for (uint32_t left = roll(dice, 24), i = 0; left && !status; left--, i++)
		status = random_step(&s, i);
	for (uint32_t at = 0; at < 3 && !status; at++)
		status = random_stop(&s, at);
	if (!status && roll(dice, 4))
		status = random_usage(&s, 30);
	if (!status)
		status = random_tell(
			&s, (struct aip_event){.kind = AIP_EV_FINISH, .stop = PICK(dice, stops)});
	if (!status && roll(dice, 4) == 0)
		status = random_usage(&s, 40);
	return status ? status : random_tell(&s, (struct aip_event){.kind = AIP_EV_END});
}

/* ---- Requests ------------------------------------------------------------------------------- */

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
		tool->schema = aip_str(PICK(dice, schemas));
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
