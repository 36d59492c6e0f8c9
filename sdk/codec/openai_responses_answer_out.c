/* Responses answers, written: events as the items of a response, streamed or whole. */
#include "openai_responses.h"

#define ITEM_MAX (256u << 20)

enum item_kind {
	ITEM_MESSAGE,
	ITEM_REASONING,
	ITEM_CALL,
	ITEM_IMAGE,
	ITEM_RAW,
};

/* One output item. Its final JSON is kept: the terminal event repeats all of them. */
struct item {
	struct item *next;
	enum item_kind kind;
	uint32_t index;           /* output_index */
	struct aip_str id;
	bool block_is_open;
	uint32_t block;
	bool done;
	struct aip_buf json;      /* when done */
	struct aip_buf text;      /* of the open part: text, summary, arguments, image */
	struct aip_buf parts;     /* finished parts, joined by commas */
	struct aip_buf notes;     /* annotations of the open part, likewise */
	uint32_t n_parts, n_notes;
	bool part_is_open;        /* REASONING: a summary part */
	uint32_t part;            /* which */
	bool is_refusal;          /* MESSAGE: the open part */
	bool ends_with_part;      /* MESSAGE: another item has begun beside its open part */
	struct aip_str encrypted; /* REASONING */
	struct aip_str call_id, name, space;
	bool is_custom, unwraps;  /* CALL: free text; inside {"input":…} so far */
};

/* What an answer repeats of its request: key, and what is said of it when the client did not. */
static const struct {
	const char *key;
	const char *otherwise;
} echoes[] = {
	{"instructions", "null"},
	{"max_output_tokens", "null"},
	{"max_tool_calls", "null"},
	{"metadata", "{}"},
	{"parallel_tool_calls", "true"},
	{"previous_response_id", "null"},
	{"prompt_cache_key", "null"},
	{"reasoning", "{\"effort\":null,\"summary\":null}"},
	{"safety_identifier", "null"},
	{"service_tier", "\"default\""},
	{"temperature", "1"},
	{"text", "{\"format\":{\"type\":\"text\"}}"},
	{"tool_choice", "\"auto\""},
	{"tools", "[]"},
	{"top_logprobs", "0"},
	{"top_p", "1"},
	{"truncation", "\"disabled\""},
	{"user", "null"},
};
#define N_ECHOES (sizeof(echoes) / sizeof(*echoes))

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_buf frame;      /* the event being written */
	const char *frame_type;
	struct aip_json_out out;   /* into frame */
	bool is_whole;             /* no events: only the response at the end */
	uint64_t sequence;
	struct item *items, **tail;
	uint32_t n_items;
	struct item *message;      /* open: further text joins it */
	struct aip_usage usage;
	enum aip_stop stop;
	bool refused;
	bool started, ended;
	struct aip_str id;
	int64_t created_s;
	struct aip_str echo[N_ECHOES]; /* raw */
};

/* ---- Events --------------------------------------------------------------------------------- */

static void open_event(struct aip_encoder *e, const char *type)
{
	aip_buf_clear(&e->frame);
	e->frame_type = type;
	e->out = aip_json_to(&e->frame);
	aip_json_open(&e->out, '{');
	aip_json_str(&e->out, "type", aip_str(type));
	aip_json_int_kv(&e->out, "sequence_number", (int64_t)e->sequence);
}

static void close_event(struct aip_encoder *e, struct aip_buf *into)
{
	aip_json_close(&e->out, '}');
	e->sequence++;
	if (!e->is_whole)
		aip_sse_write(into, aip_str(e->frame_type), aip_buf_str(&e->frame));
}

/* An event about a part of an item. index_key NULL: about the item. */
static void open_item_event(struct aip_encoder *e, const char *type, const struct item *item,
                            const char *index_key, uint32_t index)
{
	open_event(e, type);
	aip_json_str(&e->out, "item_id", item->id);
	aip_json_int_kv(&e->out, "output_index", item->index);
	if (index_key)
		aip_json_int_kv(&e->out, index_key, index);
}

/* ---- The response object -------------------------------------------------------------------- */

static void put_incomplete(struct aip_json_out *out, enum aip_stop stop)
{
	aip_json_open(out, '{');
	aip_json_str(out, "reason",
	             stop == AIP_STOP_MAX_TOKENS || stop == AIP_STOP_CONTEXT_WINDOW
	                     ? AIP_LIT("max_output_tokens")
	                     : AIP_LIT("content_filter"));
	aip_json_close(out, '}');
}

static bool is_incomplete(const struct aip_encoder *e)
{
	return e->stop == AIP_STOP_MAX_TOKENS || e->stop == AIP_STOP_CONTEXT_WINDOW ||
	       e->stop == AIP_STOP_CONTENT_FILTER || (e->stop == AIP_STOP_REFUSAL && !e->refused);
}

static void put_failure(struct aip_json_out *out, const struct aip_error *error)
{
	const struct aip_status_row *row = aip_status_row(error->status);
	const char *code = row->blame == AIP_BLAME_CLIENT ? "invalid_prompt"
	                   : row->http == 429             ? "rate_limit_exceeded"
	                                                  : "server_error";

	aip_json_open(out, '{');
	aip_json_str(out, "code", aip_str(code));
	aip_json_str(out, "message", aip_str(error->message));
	aip_json_close(out, '}');
}

static void put_outputs(struct aip_encoder *e, struct aip_json_out *out, bool finished)
{
	aip_json_key(out, "output");
	aip_json_open(out, '[');
	for (const struct item *item = finished ? e->items : NULL; item; item = item->next)
		if (item->done)
			aip_json_put_raw(out, aip_buf_str(&item->json));
	aip_json_close(out, ']');
}

/* All keys of the object; finished: with items and usage. error NULL: none. */
static void put_response(struct aip_encoder *e, struct aip_json_out *out, const char *status,
                         bool finished, const struct aip_error *error)
{
	aip_json_open(out, '{');
	aip_json_str(out, "id", e->id);
	aip_json_str(out, "object", AIP_LIT("response"));
	aip_json_int_kv(out, "created_at", e->created_s);
	aip_json_str(out, "status", aip_str(status));
	aip_json_bool_kv(out, "background", false);
	if (strcmp(status, "completed") == 0)
		aip_json_int_kv(out, "completed_at", e->ctx->now_s);
	aip_json_key(out, "error");
	if (error)
		put_failure(out, error);
	else
		aip_json_put_null(out);
	aip_json_key(out, "incomplete_details");
	if (strcmp(status, "incomplete") == 0)
		put_incomplete(out, e->stop);
	else
		aip_json_put_null(out);
	aip_json_str(out, "model", e->ctx->model_asked);
	put_outputs(e, out, finished);
	aip_json_bool_kv(out, "store", false); /* nothing is kept here */
	for (size_t i = 0; i < N_ECHOES; i++)
		aip_json_raw_some(out, echoes[i].key, e->echo[i]);
	aip_json_key(out, "usage");
	if (finished)
		responses_write_usage(&e->usage, out);
	else
		aip_json_put_null(out);
	aip_json_close(out, '}');
}

static void put_response_event(struct aip_encoder *e, const char *type, const char *status,
                               bool finished, const struct aip_error *error, struct aip_buf *into)
{
	open_event(e, type);
	aip_json_key(&e->out, "response");
	put_response(e, &e->out, status, finished, error);
	close_event(e, into);
}

/* ---- Items ---------------------------------------------------------------------------------- */

static struct item *item_new(struct aip_encoder *e, enum item_kind kind, const char *prefix)
{
	struct item *item = AIP_NEW(e->ctx->arena, struct item);

	item->kind = kind;
	item->index = e->n_items++;
	item->id = aip_ctx_id(e->ctx, prefix);
	aip_buf_init(&item->json, ITEM_MAX);
	aip_buf_init(&item->text, ITEM_MAX);
	aip_buf_init(&item->parts, ITEM_MAX);
	aip_buf_init(&item->notes, ITEM_MAX);
	*e->tail = item;
	e->tail = &item->next;
	return item;
}


static void put_item_head(struct aip_json_out *out, const struct item *item, const char *type)
{
	aip_json_open(out, '{');
	aip_json_str(out, "id", item->id);
	aip_json_str(out, "type", aip_str(type));
}

static void put_list(struct aip_json_out *out, const char *key, struct aip_str inner)
{
	aip_json_key(out, key);
	aip_json_open(out, '[');
	if (inner.len)
		aip_json_put_raw(out, inner);
	aip_json_close(out, ']');
}

static void put_message(struct aip_json_out *out, const struct item *item, const char *status)
{
	put_item_head(out, item, "message");
	aip_json_str(out, "status", aip_str(status));
	aip_json_str(out, "role", AIP_LIT("assistant"));
	put_list(out, "content", aip_buf_str(&item->parts));
	aip_json_close(out, '}');
}

static void put_reasoning(struct aip_json_out *out, const struct item *item)
{
	put_item_head(out, item, "reasoning");
	put_list(out, "summary", aip_buf_str(&item->parts));
	aip_json_str_some(out, "encrypted_content", item->encrypted);
	aip_json_close(out, '}');
}

static void put_call(struct aip_json_out *out, const struct item *item, const char *status,
                     struct aip_str args)
{
	put_item_head(out, item, item->is_custom ? "custom_tool_call" : "function_call");
	aip_json_str(out, "status", aip_str(status));
	aip_json_str(out, "call_id", item->call_id);
	aip_json_str_some(out, "namespace", item->space);
	aip_json_str(out, "name", item->name);
	aip_json_str(out, item->is_custom ? "input" : "arguments", args);
	aip_json_close(out, '}');
}

static void put_image(struct aip_json_out *out, const struct item *item, const char *status)
{
	put_item_head(out, item, "image_generation_call");
	aip_json_str(out, "status", aip_str(status));
	aip_json_key(out, "result");
	if (item->text.len)
		aip_json_put_str(out, aip_buf_str(&item->text));
	else
		aip_json_put_null(out);
	aip_json_close(out, '}');
}

static void put_item(struct aip_json_out *out, const struct item *item, const char *status)
{
	switch (item->kind) {
	case ITEM_MESSAGE: put_message(out, item, status); break;
	case ITEM_REASONING: put_reasoning(out, item); break;
	case ITEM_CALL: put_call(out, item, status, aip_buf_str(&item->text)); break;
	case ITEM_IMAGE: put_image(out, item, status); break;
	case ITEM_RAW: aip_json_put_raw(out, aip_buf_str(&item->text)); break;
	}
}

static void announce(struct aip_encoder *e, const struct item *item, struct aip_buf *into)
{
	open_event(e, "response.output_item.added");
	aip_json_int_kv(&e->out, "output_index", item->index);
	aip_json_key(&e->out, "item");
	put_item(&e->out, item, "in_progress");
	close_event(e, into);
}

static void finish_item(struct aip_encoder *e, struct item *item, const char *status,
                        struct aip_buf *into)
{
	struct aip_json_out json = aip_json_to(&item->json);

	put_item(&json, item, status);
	item->done = true;
	open_event(e, "response.output_item.done");
	aip_json_int_kv(&e->out, "output_index", item->index);
	aip_json_key(&e->out, "item");
	aip_json_put_raw(&e->out, aip_buf_str(&item->json));
	close_event(e, into);
	aip_buf_fini(&item->text);
	aip_buf_fini(&item->parts);
	aip_buf_fini(&item->notes);
}

static struct item *item_of(struct aip_encoder *e, uint32_t block)
{
	for (struct item *item = e->items; item; item = item->next)
		if (item->block_is_open && item->block == block)
			return item;
	return NULL;
}

static void close_message(struct aip_encoder *e, struct aip_buf *into)
{
	struct item *message = e->message;

	e->message = NULL;
	if (message && message->block_is_open)
		message->ends_with_part = true;
	else if (message)
		finish_item(e, message, e->ended && is_incomplete(e) ? "incomplete" : "completed", into);
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void put_text_part(struct aip_json_out *out, const struct item *item, struct aip_str text)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", item->is_refusal ? AIP_LIT("refusal") : AIP_LIT("output_text"));
	aip_json_str(out, item->is_refusal ? "refusal" : "text", text);
	if (!item->is_refusal) {
		put_list(out, "annotations", aip_buf_str(&item->notes));
		put_list(out, "logprobs", AIP_NONE);
	}
	aip_json_close(out, '}');
}

static struct item *start_text(struct aip_encoder *e, bool is_refusal, struct aip_buf *into)
{
	struct item *item = e->message;

	if (!item) {
		item = e->message = item_new(e, ITEM_MESSAGE, "msg_");
		announce(e, item, into);
	}
	item->is_refusal = is_refusal;
	aip_buf_clear(&item->text);
	aip_buf_clear(&item->notes);
	item->n_notes = 0;
	open_item_event(e, "response.content_part.added", item, "content_index", item->n_parts);
	aip_json_key(&e->out, "part");
	put_text_part(&e->out, item, AIP_LIT(""));
	close_event(e, into);
	return item;
}

static void put_text(struct aip_encoder *e, struct item *item, struct aip_str text, struct aip_buf *into)
{
	aip_buf_add(&item->text, text);
	e->refused = e->refused || item->is_refusal;
	open_item_event(e, item->is_refusal ? "response.refusal.delta" : "response.output_text.delta",
	                item, "content_index", item->n_parts);
	aip_json_str(&e->out, "delta", text);
	if (!item->is_refusal)
		put_list(&e->out, "logprobs", AIP_NONE);
	close_event(e, into);
}

static void put_annotation(struct aip_encoder *e, struct item *item, const struct aip_citation *citation,
                           struct aip_buf *into)
{
	struct aip_json_out note = {&item->notes, item->n_notes > 0};
	const size_t from = item->notes.len + (item->n_notes > 0);

	if (!citation->url.len && !citation->file_id.len)
		return;
	aip_json_open(&note, '{');
	aip_json_str(&note, "type", citation->url.len ? AIP_LIT("url_citation") : AIP_LIT("file_citation"));
	if (citation->url.len) {
		aip_json_str(&note, "url", citation->url);
		aip_json_str(&note, "title", citation->title.at ? citation->title : AIP_LIT(""));
		aip_json_int_kv(&note, "start_index", citation->start > 0 ? citation->start : 0);
		aip_json_int_kv(&note, "end_index",
		                citation->end > 0 ? citation->end : (int64_t)item->text.len);
	} else {
		aip_json_str(&note, "file_id", citation->file_id);
		aip_json_str(&note, "filename", citation->title.at ? citation->title : AIP_LIT(""));
		aip_json_int_kv(&note, "index", 0);
	}
	aip_json_close(&note, '}');
	open_item_event(e, "response.output_text.annotation.added", item, "content_index",
	                item->n_parts);
	aip_json_int_kv(&e->out, "annotation_index", item->n_notes++);
	aip_json_key(&e->out, "annotation");
	aip_json_put_raw(&e->out, aip_strn(item->notes.at + from, item->notes.len - from));
	close_event(e, into);
}

/* The message stays open, since text may follow, unless something else has followed. */
static void stop_text(struct aip_encoder *e, struct item *item, struct aip_buf *into)
{
	struct aip_str text = aip_buf_str(&item->text);
	struct aip_json_out parts = {&item->parts, item->n_parts > 0};

	open_item_event(e, item->is_refusal ? "response.refusal.done" : "response.output_text.done",
	                item, "content_index", item->n_parts);
	aip_json_str(&e->out, item->is_refusal ? "refusal" : "text", text);
	if (!item->is_refusal)
		put_list(&e->out, "logprobs", AIP_NONE);
	close_event(e, into);
	open_item_event(e, "response.content_part.done", item, "content_index", item->n_parts);
	aip_json_key(&e->out, "part");
	put_text_part(&e->out, item, text);
	close_event(e, into);
	put_text_part(&parts, item, text);
	item->n_parts++;
	if (item->ends_with_part)
		finish_item(e, item, "completed", into);
}

/* ---- Reasoning ------------------------------------------------------------------------------ */

static void put_summary_part(struct aip_json_out *out, struct aip_str text)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("summary_text"));
	aip_json_str(out, "text", text);
	aip_json_close(out, '}');
}

static void open_summary(struct aip_encoder *e, struct item *item, uint32_t part, struct aip_buf *into)
{
	item->part_is_open = true;
	item->part = part;
	aip_buf_clear(&item->text);
	open_item_event(e, "response.reasoning_summary_part.added", item, "summary_index",
	                item->n_parts);
	aip_json_key(&e->out, "part");
	put_summary_part(&e->out, AIP_LIT(""));
	close_event(e, into);
}

static void close_summary(struct aip_encoder *e, struct item *item, struct aip_buf *into)
{
	struct aip_str text = aip_buf_str(&item->text);
	struct aip_json_out parts = {&item->parts, item->n_parts > 0};

	if (!item->part_is_open)
		return;
	item->part_is_open = false;
	open_item_event(e, "response.reasoning_summary_text.done", item, "summary_index", item->n_parts);
	aip_json_str(&e->out, "text", text);
	close_event(e, into);
	open_item_event(e, "response.reasoning_summary_part.done", item, "summary_index", item->n_parts);
	aip_json_key(&e->out, "part");
	put_summary_part(&e->out, text);
	close_event(e, into);
	put_summary_part(&parts, text);
	item->n_parts++;
}

static void put_thought(struct aip_encoder *e, struct item *item, uint32_t part, struct aip_str text,
                        struct aip_buf *into)
{
	if (item->part_is_open && item->part != part)
		close_summary(e, item, into);
	if (!item->part_is_open)
		open_summary(e, item, part, into);
	aip_buf_add(&item->text, text);
	open_item_event(e, "response.reasoning_summary_text.delta", item, "summary_index",
	                item->n_parts);
	aip_json_str(&e->out, "delta", text);
	close_event(e, into);
}

static void keep_opaque(struct aip_encoder *e, struct item *item, const struct aip_opaque *opaque)
{
	if (item->kind == ITEM_REASONING && opaque)
		item->encrypted = aip_arena_dup(e->ctx->arena, aip_opaque_out(e->ctx, opaque));
}

/* ---- Calls ---------------------------------------------------------------------------------- */

/* Whether the client declared the tool as one of free text: then that is what it expects, whatever the
 * upstream made of it. */
static bool client_calls_it_custom(const struct aip_tool *tools, struct aip_str name)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_CUSTOM && aip_str_eq(tool->name, name))
			return true;
		if (tool->kind == AIP_TOOL_NAMESPACE && client_calls_it_custom(tool->tools, name))
			return true;
	}
	return false;
}

static struct item *start_call(struct aip_encoder *e, const struct aip_tool_call *call,
                               struct aip_buf *into)
{
	const struct aip_request *request = e->ctx->request;
	const bool wrapped = call->kind == AIP_CALL_FUNCTION && request &&
	                     client_calls_it_custom(request->tools, call->name);
	const bool is_custom = wrapped || call->kind == AIP_CALL_CUSTOM;
	struct item *item = item_new(e, ITEM_CALL, is_custom ? "ctc_" : "fc_");
	struct aip_arena *arena = e->ctx->arena;

	item->is_custom = is_custom;
	item->unwraps = wrapped;
	item->call_id = aip_arena_dup(arena, aip_call_id(arena, &aip_names_responses, call->id));
	item->name = aip_arena_dup(arena, call->name);
	item->space = call->space.len ? aip_arena_dup(arena, call->space) : AIP_NONE;
	announce(e, item, into);
	return item;
}

static void put_args_event(struct aip_encoder *e, struct item *item, struct aip_str args,
                           struct aip_buf *into)
{
	open_item_event(e,
	                item->is_custom ? "response.custom_tool_call_input.delta"
	                                : "response.function_call_arguments.delta",
	                item, NULL, 0);
	aip_json_str(&e->out, "delta", args);
	close_event(e, into);
}

static void put_args(struct aip_encoder *e, struct item *item, struct aip_str args, struct aip_buf *into)
{
	aip_buf_add(&item->text, args);
	if (!item->unwraps)
		put_args_event(e, item, args, into);
}

/* {"input":"…"} is what free text was wrapped in for the upstream. */
static void unwrap_input(struct aip_encoder *e, struct item *item, struct aip_buf *into)
{
	struct aip_str args = aip_arena_dup(e->ctx->arena, aip_buf_str(&item->text));
	struct aip_json *doc;
	struct aip_error ignored;

	if (args.len && !aip_json_parse(e->ctx->arena, args, &doc, &ignored) &&
	    aip_json_text(doc, "input").at) {
		aip_buf_clear(&item->text);
		aip_buf_add(&item->text, aip_json_text(doc, "input"));
	}
	put_args_event(e, item, aip_buf_str(&item->text), into);
}

static void stop_call(struct aip_encoder *e, struct item *item, const struct aip_part *last,
                      struct aip_buf *into)
{
	if (!item->text.len && last && last->call && last->call->args.len)
		put_args(e, item, last->call->args, into);
	if (item->unwraps)
		unwrap_input(e, item, into);
	else if (!item->text.len && !item->is_custom)
		put_args(e, item, AIP_LIT("{}"), into);
	open_item_event(e,
	                item->is_custom ? "response.custom_tool_call_input.done"
	                                : "response.function_call_arguments.done",
	                item, NULL, 0);
	if (!item->is_custom)
		aip_json_str(&e->out, "name", item->name);
	aip_json_str(&e->out, item->is_custom ? "input" : "arguments", aip_buf_str(&item->text));
	close_event(e, into);
	finish_item(e, item, "completed", into);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static void start_raw(struct aip_encoder *e, const struct aip_server_part *server, struct aip_buf *into)
{
	if (server->dialect != AIP_RESPONSES || !server->raw.len)
		return;
	struct item *item = item_new(e, ITEM_RAW, "");
	aip_buf_add(&item->text, server->raw);
	announce(e, item, into);
	finish_item(e, item, "completed", into);
}

static void start_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	const struct aip_part *part = event->part;
	struct item *item = NULL;

	if (part->kind != AIP_TEXT && part->kind != AIP_REFUSAL)
		close_message(e, into);
	switch (part->kind) {
	case AIP_TEXT: item = start_text(e, false, into); break;
	case AIP_REFUSAL: item = start_text(e, true, into); break;
	case AIP_THINKING:
	case AIP_REDACTED_THINKING:
		item = item_new(e, ITEM_REASONING, "rs_");
		announce(e, item, into);
		keep_opaque(e, item, part->opaque);
		break;
	case AIP_TOOL_CALL: item = start_call(e, part->call, into); break;
	case AIP_IMAGE:
		item = item_new(e, ITEM_IMAGE, "ig_");
		announce(e, item, into);
		break;
	case AIP_SERVER_CALL: start_raw(e, part->server, into); break;
	default: break;
	}
	if (!item)
		return;
	item->block_is_open = true;
	item->block = event->block;
}

static void put_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct item *item = item_of(e, event->block);

	if (!item)
		return;
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_REFUSAL:
		if (item->kind == ITEM_MESSAGE)
			put_text(e, item, event->text, into);
		break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY:
		if (item->kind == ITEM_REASONING)
			put_thought(e, item, event->index, event->text, into);
		break;
	case AIP_DELTA_OPAQUE: keep_opaque(e, item, event->part->opaque); break;
	case AIP_DELTA_ARGS:
		if (item->kind == ITEM_CALL)
			put_args(e, item, event->text, into);
		break;
	case AIP_DELTA_CITATION:
		if (item->kind == ITEM_MESSAGE)
			put_annotation(e, item, event->citation, into);
		break;
	case AIP_DELTA_IMAGE:
		if (item->kind == ITEM_IMAGE) {
			aip_buf_clear(&item->text);
			aip_buf_add(&item->text, event->text);
		}
		break;
	case AIP_DELTA_LOGPROBS:
	case AIP_DELTA_AUDIO:
	case AIP_DELTA_RAW: break;
	}
}

static void stop_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct item *item = item_of(e, event->block);

	if (!item)
		return;
	item->block_is_open = false;
	switch (item->kind) {
	case ITEM_MESSAGE: stop_text(e, item, into); break;
	case ITEM_REASONING:
		if (event->part)
			keep_opaque(e, item, event->part->opaque);
		close_summary(e, item, into);
		finish_item(e, item, "completed", into);
		break;
	case ITEM_CALL: stop_call(e, item, event->part, into); break;
	case ITEM_IMAGE: finish_item(e, item, "completed", into); break;
	case ITEM_RAW: break;
	}
}

/* ---- Start, end ----------------------------------------------------------------------------- */

static void start(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	if (e->started)
		return;
	e->started = true;
	if (event->created_s)
		e->created_s = event->created_s;
	if (aip_str_starts(event->id, AIP_LIT("resp_")))
		e->id = aip_arena_dup(e->ctx->arena, event->id);
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	put_response_event(e, "response.created", "in_progress", false, NULL, into);
	put_response_event(e, "response.in_progress", "in_progress", false, NULL, into);
}

static void end(struct aip_encoder *e, struct aip_buf *into)
{
	e->ended = true;
	close_message(e, into);
	const bool cut = is_incomplete(e);
	if (!e->is_whole) {
		put_response_event(e, cut ? "response.incomplete" : "response.completed",
		                   cut ? "incomplete" : "completed", true, NULL, into);
		return;
	}
	struct aip_json_out out = aip_json_to(into);
	put_response(e, &out, cut ? "incomplete" : "completed", true, NULL);
}

static void put_error(struct aip_encoder *e, const struct aip_error *error, struct aip_buf *into)
{
	const struct aip_status_row *row = aip_status_row(error->status);

	e->ended = true;
	if (e->started) {
		put_response_event(e, "response.failed", "failed", false, error, into);
		return;
	}
	e->sequence = (uint64_t)e->ctx->next_event;
	open_event(e, "error");
	aip_json_str(&e->out, "code", aip_str(*row->openai_code ? row->openai_code : row->openai_type));
	aip_json_str(&e->out, "message", aip_str(error->message));
	aip_json_str_some(&e->out, "param", *error->param ? aip_str(error->param) : AIP_NONE);
	if (!*error->param)
		aip_json_null_kv(&e->out, "param");
	close_event(e, into);
}

enum aip_status responses_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                        struct aip_buf *out)
{
	if (e->ended || event->candidate > 0)
		return AIP_OK;
	switch (event->kind) {
	case AIP_EV_START: start(e, event, out); break;
	case AIP_EV_BLOCK_START: start_block(e, event, out); break;
	case AIP_EV_DELTA: put_delta(e, event, out); break;
	case AIP_EV_BLOCK_STOP: stop_block(e, event, out); break;
	case AIP_EV_USAGE: aip_usage_merge(&e->usage, event->usage); break;
	case AIP_EV_FINISH: e->stop = event->stop; break;
	case AIP_EV_PING: responses_encoder_ping(e, out); break;
	case AIP_EV_ERROR: put_error(e, event->error, out); break;
	case AIP_EV_END: end(e, out); break;
	default: break;
	}
	return out->status;
}

void responses_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (!e->ended && !e->is_whole)
		aip_buf_add(out, AIP_LIT(": keep-alive\n\n"));
}

/* ---- Making and ending ---------------------------------------------------------------------- */

static void read_echoes(struct aip_encoder *e)
{
	const struct aip_request *request = e->ctx->request;
	struct aip_json_want wants[N_ECHOES];
	const bool own = request && request->dialect == AIP_RESPONSES && request->source.len;

	for (size_t i = 0; i < N_ECHOES; i++)
		wants[i] = (struct aip_json_want){.key = aip_str(echoes[i].key)};
	if (!own || aip_json_scan(request->source, wants, N_ECHOES, NULL))
		memset(wants, 0, sizeof(wants));
	for (size_t i = 0; i < N_ECHOES; i++) {
		const bool said = wants[i].raw.at && wants[i].kind != AIP_JSON_NULL;
		e->echo[i] = said ? wants[i].raw : aip_str(echoes[i].otherwise);
	}
}

struct aip_encoder *responses_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->id = aip_ctx_id(ctx, "resp_");
	e->created_s = ctx->now_s;
	e->tail = &e->items;
	aip_usage_init(&e->usage);
	aip_buf_init(&e->frame, ITEM_MAX);
	read_echoes(e);
	return e;
}

void responses_encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	for (struct item *item = e->items; item; item = item->next) {
		aip_buf_fini(&item->json);
		aip_buf_fini(&item->text);
		aip_buf_fini(&item->parts);
		aip_buf_fini(&item->notes);
	}
	aip_buf_fini(&e->frame);
}

struct whole {
	struct aip_encoder *encoder;
	struct aip_buf *out;
};

static enum aip_status take_event(void *to, const struct aip_event *event)
{
	struct whole *whole = to;

	return responses_encoder_event(whole->encoder, event, whole->out);
}

/* The same items as a stream would have had, without their events. */
enum aip_status responses_write_response(struct aip_codec_ctx *ctx,
                                         const struct aip_response *response, struct aip_buf *out,
                                         struct aip_error *reterr)
{
	struct whole whole = {responses_encoder_new(ctx), out};

	whole.encoder->is_whole = true;
	enum aip_status s = aip_unfold(response, (struct aip_sink){take_event, &whole});
	responses_encoder_fini(whole.encoder);
	if (!s && out->status)
		s = out->status;
	return s ? aip_fail(reterr, s, "the answer cannot be written") : AIP_OK;
}
