/* Echo: answers by itself, with no network and no key. For trying a client, and for trying the
 * gateway. */
#include <aiproxy/json.h>
#include <aiproxy/provider.h>

#include "models_json.h"
#include "script.h"

#define TOKENS_DEFAULT 32
#define PACE_MS        20

/* Where a call is in its script. */
enum stage {
	STAGE_OPEN, /* thinking, if any */
	STAGE_SAY,  /* words */
	STAGE_CALL, /* tool calls */
	STAGE_STALL,
	STAGE_CLOSE,
};

struct echo_call {
	struct script script;
	enum stage stage;
	int64_t said;          /* words so far */
	struct aip_str unsaid; /* of the text to echo */
	uint32_t block;        /* next */
	bool text_is_open;
	int64_t in_tokens, out_tokens, thought_tokens;
	enum aip_stop stop;
};

/* ---- Saying things -------------------------------------------------------------------------- */

static enum aip_status emit(struct aip_call *call, const struct aip_event *event)
{
	return call->host->emit(call, event);
}

static enum aip_status open_block(struct aip_call *call, const struct aip_part *part)
{
	struct echo_call *me = call->state;

	return emit(call, &(struct aip_event){
				  .kind = AIP_EV_BLOCK_START, .block = me->block, .part = part});
}

static enum aip_status add_delta(struct aip_call *call, enum aip_delta delta, struct aip_str text)
{
	struct echo_call *me = call->state;

	me->out_tokens += script_tokens_of(text);
	return emit(call, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                      .block = me->block,
	                                      .delta = delta,
	                                      .text = text});
}

static enum aip_status close_block(struct aip_call *call)
{
	struct echo_call *me = call->state;

	return emit(call, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = me->block++});
}

static enum aip_status say(struct aip_call *call, struct aip_str text)
{
	struct echo_call *me = call->state;
	const struct aip_part part = {.kind = AIP_TEXT};
	enum aip_status s = AIP_OK;

	if (!me->text_is_open)
		s = open_block(call, &part);
	me->text_is_open = true;
	return s ? s : add_delta(call, AIP_DELTA_TEXT, text);
}

/* ---- Stages --------------------------------------------------------------------------------- */

static enum aip_status start(struct aip_call *call, const struct aip_request *request)
{
	struct echo_call *me = call->state;
	struct aip_usage usage;

	aip_usage_init(&usage);
	usage.in_total = me->in_tokens = script_tokens_of_request(request);
	return emit(call, &(struct aip_event){.kind = AIP_EV_START,
	                                      .id = aip_ctx_id(call->ctx, "echo-"),
	                                      .model_name = call->model,
	                                      .created_s = call->host->now_s(),
	                                      .usage = &usage});
}

static enum aip_status think(struct aip_call *call)
{
	struct echo_call *me = call->state;
	const struct aip_part part = {.kind = AIP_THINKING};

	enum aip_status s = open_block(call, &part);
	if (!s)
		s = add_delta(call, AIP_DELTA_THINK,
		              AIP_LIT("They said something. I shall say it back."));
	me->thought_tokens = me->out_tokens;
	return s ? s : close_block(call);
}

/* Takes the next word, with the blanks behind it, off the text. */
static struct aip_str next_word(struct aip_str *text)
{
	size_t len = 0;

	while (len < text->len && text->at[len] != ' ' && text->at[len] != '\n')
		len++;
	while (len < text->len && (text->at[len] == ' ' || text->at[len] == '\n'))
		len++;
	struct aip_str word = aip_strn(text->at, len);
	text->at += len;
	text->len -= len;
	return word;
}

/* The next thing to say; AIP_NONE when all is said. */
static struct aip_str next_words(struct aip_call *call)
{
	struct echo_call *me = call->state;
	const struct script *script = &me->script;

	if (script->play == PLAY_ECHO || script->play == PLAY_THINKING || script->after_tool)
		return me->unsaid.len ? next_word(&me->unsaid) : AIP_NONE;
	int64_t tokens = script->tokens;
	if (tokens < 0)
		tokens = script->play == PLAY_TOKENS ? TOKENS_DEFAULT : 0;
	if (me->said >= tokens)
		return AIP_NONE;
	return aip_str(me->said ? " word" : "word");
}

static int64_t pace_of(const struct script *script)
{
	if (script->pace_ms >= 0)
		return script->pace_ms;
	return script->play == PLAY_TOKENS || script->play == PLAY_ERROR ? PACE_MS : 0;
}

/* The user's text when it is a JSON object. */
static struct aip_str arguments_of(struct aip_call *call)
{
	const struct echo_call *me = call->state;
	struct aip_json *json;
	struct aip_error error;

	if (aip_json_parse(call->host->arena(call), me->script.text, &json, &error) ||
	    json->kind != AIP_JSON_OBJECT)
		return AIP_LIT("{}");
	return me->script.text;
}

static enum aip_status call_tools(struct aip_call *call)
{
	struct echo_call *me = call->state;
	const struct aip_request *request;

	enum aip_status s = call->host->request(call, &request, NULL);
	const struct aip_tool *tool = s ? NULL : script_next_tool(request->tools);
	for (int64_t i = 0; !s && tool && i < me->script.calls; i++) {
		struct aip_tool_call made = {
			.kind = tool->kind == AIP_TOOL_CUSTOM ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION,
			.id = aip_ctx_id(call->ctx, "call_"),
			.name = tool->name,
			.space = tool->space,
		};
		const struct aip_part part = {.kind = AIP_TOOL_CALL, .call = &made};
		s = open_block(call, &part);
		if (!s)
			s = add_delta(call, AIP_DELTA_ARGS, arguments_of(call));
		if (!s)
			s = close_block(call);
		me->stop = AIP_STOP_TOOL_USE;
		const struct aip_tool *next = script_next_tool(tool->next);
		tool = next ? next : tool;
	}
	return s;
}

static enum aip_status fail(struct aip_call *call)
{
	const struct script *script = &((struct echo_call *)call->state)->script;
	struct aip_error error;

	aip_fail(&error, aip_status_from_http((int)script->status),
	         "echo was asked to fail with %d", (int)script->status);
	error.scope = AIP_SCOPE_REQUEST;
	error.upstream_http = (int)script->status;
	error.retry_after_ms = script->retry_after_ms;
	return emit(call, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &error});
}

static enum aip_status finish(struct aip_call *call)
{
	struct echo_call *me = call->state;
	struct aip_usage usage;

	enum aip_status s = me->text_is_open ? close_block(call) : AIP_OK;
	if (!s)
		s = emit(call, &(struct aip_event){.kind = AIP_EV_FINISH, .stop = me->stop});
	aip_usage_init(&usage);
	usage.in_total = me->in_tokens;
	usage.out_total = me->out_tokens;
	usage.reasoning = me->thought_tokens;
	if (!s)
		s = emit(call, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &usage});
	return s ? s : emit(call, &(struct aip_event){.kind = AIP_EV_END});
}

/* Plays on until the script ends or wants to wait. */
static enum aip_status play(struct aip_call *call)
{
	struct echo_call *me = call->state;
	enum aip_status s = AIP_OK;

	if (me->stage == STAGE_OPEN) {
		me->stage = STAGE_SAY;
		if (me->script.play == PLAY_THINKING)
			s = think(call);
	}
	while (!s && me->stage == STAGE_SAY) {
		struct aip_str words = next_words(call);
		if (!words.at) {
			me->stage = me->script.play == PLAY_STALL ? STAGE_STALL : STAGE_CALL;
			break;
		}
		s = say(call, words);
		me->said++;
		if (!s && pace_of(&me->script) > 0) {
			call->host->wake_after(call, pace_of(&me->script));
			return AIP_OK;
		}
	}
	if (!s && me->stage == STAGE_STALL) {
		me->stage = STAGE_CALL;
		call->host->wake_after(call, me->script.stall_ms);
		return AIP_OK;
	}
	if (!s && me->script.play == PLAY_ERROR)
		return fail(call);
	if (!s && me->script.play == PLAY_TOOL && !me->script.after_tool)
		s = call_tools(call);
	return s ? s : finish(call);
}

/* ---- The contract --------------------------------------------------------------------------- */

static enum aip_status count(struct aip_call *call, const struct aip_request *request)
{
	struct aip_usage usage;

	aip_usage_init(&usage);
	usage.in_total = script_tokens_of_request(request);
	enum aip_status s = emit(call, &(struct aip_event){.kind = AIP_EV_TOKENS, .usage = &usage});
	return s ? s : emit(call, &(struct aip_event){.kind = AIP_EV_END});
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
	struct echo_call *me = call->state;
	const struct aip_request *request;

	enum aip_status s = call->host->request(call, &request, reterr);
	if (s)
		return s;
	if (call->purpose == AIP_COUNT)
		return count(call, request);
	script_read(call->host->arena(call), call->model, request, &me->script);
	me->unsaid = me->script.text;
	me->stop = AIP_STOP_END_TURN;
	bool fails_at_once = me->script.play == PLAY_ERROR && me->script.tokens <= 0;
	if (fails_at_once)
		return fail(call);
	s = start(call, request);
	return s ? s : play(call);
}

static enum aip_status on_wake(void *self, struct aip_call *call, struct aip_error *reterr)
{
	return play(call);
}

static void drop(void *self, struct aip_call *call)
{
}

static const struct aip_provider provider = {
	.abi = AIP_ABI_HERE,
	.id = "echo",
	.release = "1.0",
	.about = "Answers by itself: no network, no key.",
	.flags = AIP_KEYLESS,
	.models_json = models_json,
	.call_bytes = sizeof(struct echo_call),
	.purposes = 1u << AIP_GENERATE | 1u << AIP_COUNT,
	.begin = begin,
	.on_wake = on_wake,
	.drop = drop,
};

const struct aip_provider *aip_provider_entry(void)
{
	return &provider;
}
