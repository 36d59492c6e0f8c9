/* Chat Completions answers, read: tool calls, which many servers cut up in ways of their own. */
#include "openai_chat_answer.h"

#define EARLY_MAX (1u << 20) /* arguments that come before their call's name */

struct chat_call {
	struct chat_call *next;
	int64_t index; /* the wire's own */
	struct aip_str id;
	bool open, closed;
	uint32_t block;
	struct aip_buf early;
};

/* ---- Which call a delta is about ------------------------------------------------------------ */

static struct chat_call *add_call(struct chat_hearing *h, struct chat_choice *c, int64_t index)
{
	struct chat_call *call = AIP_NEW(h->ctx->arena, struct chat_call);

	call->index = index;
	aip_buf_init(&call->early, EARLY_MAX);
	AIP_APPEND(&c->calls, call);
	return call;
}

static struct chat_call *last_at(struct chat_choice *c, int64_t index)
{
	struct chat_call *found = NULL;

	for (struct chat_call *call = c->calls; call; call = call->next)
		if (call->index == index && !call->closed)
			found = call;
	return found;
}

static struct chat_call *last_of(struct chat_choice *c, struct aip_str id)
{
	struct chat_call *found = NULL;

	for (struct chat_call *call = c->calls; call; call = call->next)
		if (!id.len || aip_str_eq(call->id, id))
			found = call;
	return found;
}

/* Some servers give all calls the index 0: another id beside a name begins another call. */
static bool is_another(const struct chat_call *call, struct aip_str id, struct aip_str name)
{
	return call->open && call->id.len && id.len && name.len && !aip_str_eq(call->id, id);
}

/* By the index; servers that leave it out are told apart by the id, or mean the call they are at.
 */
static struct chat_call *call_of(struct chat_hearing *h, struct chat_choice *c,
                                 const struct aip_json *v, struct aip_str name, int64_t position)
{
	const int64_t index = aip_json_int(v, "index", -1);
	struct aip_str id = aip_json_text(v, "id");
	struct chat_call *last = last_of(c, AIP_NONE), *same;

	if (index >= 0) {
		same = last_at(c, index);
		return same && !is_another(same, id, name) ? same : add_call(h, c, index);
	}
	same = id.len ? last_of(c, id) : NULL;
	if (same)
		return same;
	if (last && !name.len && (!id.len || !last->open))
		return last;
	return add_call(h, c, last ? last->index + 1 : position);
}

/* ---- A call's parts ------------------------------------------------------------------------- */

static enum aip_status put_args(struct chat_hearing *h, struct chat_choice *c,
                                const struct chat_call *call, struct aip_str text)
{
	if (!text.len)
		return AIP_OK;
	return chat_emit(h, c,
	                 &(struct aip_event){.kind = AIP_EV_DELTA,
	                                     .block = call->block,
	                                     .delta = AIP_DELTA_ARGS,
	                                     .text = text});
}

static enum aip_status put_signature(struct chat_hearing *h, struct chat_choice *c,
                                     const struct chat_call *call, const struct aip_json *v)
{
	struct aip_opaque opaque = {
		.vendor = AIP_VENDOR_GOOGLE,
		.kind = AIP_OPAQUE_THOUGHT_SIGNATURE,
		.model = h->ctx->model,
		.data = chat_signature_of(v),
		.part = AIP_TOOL_CALL,
	};
	const struct aip_part part = {.kind = AIP_TOOL_CALL, .opaque = &opaque};

	if (!opaque.data.len)
		return AIP_OK;
	return chat_emit(h, c,
	                 &(struct aip_event){.kind = AIP_EV_DELTA,
	                                     .block = call->block,
	                                     .delta = AIP_DELTA_OPAQUE,
	                                     .part = &part});
}

static enum aip_status begin(struct chat_hearing *h, struct chat_choice *c, struct chat_call *call,
                             enum aip_call_kind kind, struct aip_str name)
{
	struct aip_tool_call made = {.kind = kind};
	const struct aip_part head = {.kind = AIP_TOOL_CALL, .call = &made};

	enum aip_status s = chat_close(h, c);
	if (s)
		return s;
	made.name = aip_names_in(h->ctx->names, name, &made.space);
	if (!call->id.len)
		call->id = aip_ctx_id(h->ctx, "call_");
	made.id = call->id;
	call->open = c->called = true;
	call->block = h->next_block++;
	s = chat_emit(h, c,
	              &(struct aip_event){
			      .kind = AIP_EV_BLOCK_START, .block = call->block, .part = &head});
	if (!s)
		s = put_args(h, c, call, aip_buf_str(&call->early));
	aip_buf_fini(&call->early);
	return s;
}

/* An id counts when it comes first; a name that is repeated, in part or whole, is the one that is
 * known; arguments wait for the name. */
static enum aip_status hear(struct chat_hearing *h, struct chat_choice *c, struct chat_call *call,
                            const struct aip_json *v, const struct aip_json *inner,
                            enum aip_call_kind kind)
{
	const struct aip_json *args =
		aip_json_some(inner, kind == AIP_CALL_CUSTOM ? "input" : "arguments");
	struct aip_str name = aip_json_text(inner, "name");
	struct aip_str text = !args                           ? AIP_NONE
	                      : args->kind == AIP_JSON_STRING ? args->text
	                                                      : args->raw;
	enum aip_status s = AIP_OK;

	c->said++;
	if (!call->id.len && aip_json_text(v, "id").len)
		call->id = aip_arena_dup(h->ctx->arena, aip_json_text(v, "id"));
	if (!call->open && !name.len) {
		if (aip_buf_add(&call->early, text))
			return aip_fail(h->error, AIP_UPSTREAM_BROKEN, "a tool call has no name");
		return AIP_OK;
	}
	if (!call->open)
		s = begin(h, c, call, kind, name);
	if (!s)
		s = put_signature(h, c, call, v);
	return s ? s : put_args(h, c, call, text);
}

enum aip_status chat_hear_calls(struct chat_hearing *h, struct chat_choice *c,
                                const struct aip_json *calls, bool whole)
{
	int64_t position = 0;

	AIP_JSON_EACH (v, calls) {
		const struct aip_json *custom = aip_json_some(v, "custom");
		const struct aip_json *inner = custom ? custom : aip_json_some(v, "function");
		struct aip_str name = aip_json_text(inner, "name");
		struct chat_call *call =
			whole ? add_call(h, c, position) : call_of(h, c, v, name, position);
		enum aip_status s =
			hear(h, c, call, v, inner, custom ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION);
		if (s)
			return s;
		position++;
	}
	return AIP_OK;
}

enum aip_status chat_hear_function_call(struct chat_hearing *h, struct chat_choice *c,
                                        const struct aip_json *v)
{
	struct chat_call *call = last_of(c, AIP_NONE);

	if (!aip_json_text(v, "name").len && !aip_json_some(v, "arguments"))
		return AIP_OK;
	return hear(h, c, call ? call : add_call(h, c, 0), NULL, v, AIP_CALL_FUNCTION);
}

enum aip_status chat_close_calls(struct chat_hearing *h, struct chat_choice *c)
{
	for (struct chat_call *call = c->calls; call; call = call->next) {
		if (!call->open || call->closed)
			continue;
		call->closed = true;
		enum aip_status s = chat_emit(
			h, c, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = call->block});
		if (s)
			return s;
	}
	return AIP_OK;
}

void chat_calls_fini(struct chat_choice *c)
{
	for (struct chat_call *call = c->calls; call; call = call->next)
		aip_buf_fini(&call->early);
}
