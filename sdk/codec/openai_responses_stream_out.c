/* Streams of Responses answers, written: events of the canonical model as events of the dialect's
 * grammar. */
#include "openai_responses.h"

/* ---- Events --------------------------------------------------------------------------------- */

/* A whole answer has no events: what is said of them goes nowhere. */
static void open_event(struct aip_encoder *e, const char *type)
{
	struct aip_buf *into = e->whole ? &e->nowhere : e->into;

	aip_buf_add(into, AIP_LIT("event: "));
	aip_buf_add(into, aip_str(type));
	aip_buf_add(into, AIP_LIT("\ndata: "));
	e->data = into->len;
	e->out = aip_json_to(into);
	responses_open_typed(&e->out, type);
	aip_json_int_kv(&e->out, "sequence_number", (int64_t)e->sequence);
}

/* Bytes that were taken over may hold line ends between their words, and an event is one line. */
static void make_one_line(struct aip_buf *buf, size_t from)
{
	static const char ends[] = {'\n', '\r'};

	for (size_t i = 0; i < sizeof(ends) && buf->at; i++) {
		char *at = buf->at + from;
		while ((at = memchr(at, ends[i], (size_t)(buf->at + buf->len - at))))
			*at = ' ';
	}
}

static void close_event(struct aip_encoder *e)
{
	struct aip_buf *into = e->out.buf;

	aip_json_close(&e->out, '}');
	if (into->len > e->data)
		make_one_line(into, e->data);
	aip_buf_add(into, AIP_LIT("\n\n"));
	e->sequence++;
}

/* An event about an item; with an index_key about a part of it. */
static void open_item_event(struct aip_encoder *e, const char *type,
                            const struct responses_said *item, const char *index_key)
{
	open_event(e, type);
	aip_json_str(&e->out, "item_id", item->id);
	aip_json_int_kv(&e->out, "output_index", item->index);
	if (index_key)
		aip_json_int_kv(&e->out, index_key, item->n_parts);
}

void responses_put_mark(struct aip_encoder *e, const char *type, const struct responses_said *item)
{
	open_item_event(e, type, item, NULL);
	close_event(e);
}

void responses_put_text(struct aip_encoder *e, const char *type, const struct responses_said *item,
                        const char *key, struct aip_str text)
{
	open_item_event(e, type, item, NULL);
	aip_json_str(&e->out, key, text);
	close_event(e);
}

static void put_response_event(struct aip_encoder *e, const char *type, const char *status,
                               bool finished, const struct aip_error *error)
{
	open_event(e, type);
	aip_json_key(&e->out, "response");
	if (!e->whole)
		responses_put_response(e, &e->out, status, finished, error);
	close_event(e);
}

/* ---- Items ---------------------------------------------------------------------------------- */

struct responses_said *responses_item_new(struct aip_encoder *e, enum responses_said_kind kind,
                                          const char *prefix)
{
	struct responses_said *item = AIP_NEW(e->ctx->arena, struct responses_said);

	item->kind = kind;
	item->index = e->n_items++;
	item->id = aip_ctx_id(e->ctx, prefix);
	aip_buf_init(&item->json, RESPONSES_ITEM_MAX);
	aip_buf_init(&item->text, RESPONSES_ITEM_MAX);
	aip_buf_init(&item->parts, RESPONSES_ITEM_MAX);
	aip_buf_init(&item->notes, RESPONSES_ITEM_MAX);
	aip_buf_init(&item->logprobs, RESPONSES_ITEM_MAX);
	*e->tail = item;
	e->tail = &item->next;
	return item;
}

static void forget_pieces(struct responses_said *item)
{
	aip_buf_fini(&item->text);
	aip_buf_fini(&item->parts);
	aip_buf_fini(&item->notes);
	aip_buf_fini(&item->logprobs);
}

void responses_announce(struct aip_encoder *e, const struct responses_said *item)
{
	open_event(e, "response.output_item.added");
	aip_json_int_kv(&e->out, "output_index", item->index);
	aip_json_key(&e->out, "item");
	responses_put_item(&e->out, item, "in_progress");
	close_event(e);
}

void responses_finish_item(struct aip_encoder *e, struct responses_said *item, const char *status)
{
	struct aip_json_out json = aip_json_to(&item->json);

	responses_put_item(&json, item, status);
	item->done = true;
	open_event(e, "response.output_item.done");
	aip_json_int_kv(&e->out, "output_index", item->index);
	aip_json_key(&e->out, "item");
	aip_json_put_raw(&e->out, aip_buf_lend(&item->json, e->into));
	close_event(e);
	forget_pieces(item);
}

static struct responses_said *item_of(struct aip_encoder *e, uint32_t block)
{
	struct responses_said *item = e->items;

	while (item && !(item->block_is_open && item->block == block))
		item = item->next;
	return item;
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void close_message(struct aip_encoder *e)
{
	struct responses_said *message = e->message;

	e->message = NULL;
	if (message && message->block_is_open)
		message->ends_with_part = true;
	else if (message)
		responses_finish_item(e, message,
		                      e->ended && responses_is_incomplete(e) ? "incomplete"
		                                                             : "completed");
}

static struct responses_said *start_text(struct aip_encoder *e, bool is_refusal)
{
	struct responses_said *item = e->message;

	if (!item) {
		item = e->message = responses_item_new(e, SAID_MESSAGE, "msg_");
		responses_announce(e, item);
	}
	item->is_refusal = is_refusal;
	aip_buf_clear(&item->text);
	aip_buf_clear(&item->notes);
	aip_buf_clear(&item->logprobs);
	item->n_notes = 0;
	open_item_event(e, "response.content_part.added", item, "content_index");
	aip_json_key(&e->out, "part");
	responses_put_text_part(&e->out, item, AIP_LIT(""));
	close_event(e);
	return item;
}

static void put_text(struct aip_encoder *e, struct responses_said *item, struct aip_str text)
{
	aip_buf_keep(&item->text, text, e->into);
	e->refused = e->refused || item->is_refusal;
	open_item_event(e,
	                item->is_refusal ? "response.refusal.delta" : "response.output_text.delta",
	                item, "content_index");
	aip_json_str(&e->out, "delta", text);
	if (!item->is_refusal)
		responses_put_list(&e->out, "logprobs", AIP_NONE);
	close_event(e);
}

/* They come behind their text: a delta without text carries them. */
static void put_logprobs(struct aip_encoder *e, struct responses_said *item, struct aip_str raw)
{
	raw = aip_str_trim(raw);
	if (raw.len <= 2 || raw.at[0] != '[')
		return;
	struct aip_str inner = aip_strn(raw.at + 1, raw.len - 2);
	aip_buf_keep(&item->logprobs, item->logprobs.len ? AIP_LIT(",") : AIP_NONE, e->into);
	aip_buf_keep(&item->logprobs, inner, e->into);
	open_item_event(e, "response.output_text.delta", item, "content_index");
	aip_json_str(&e->out, "delta", AIP_LIT(""));
	responses_put_list(&e->out, "logprobs", inner);
	close_event(e);
}

/* Sound has no place in this dialect: what is said in it is told as text. */
static void put_transcript(struct aip_encoder *e, const struct aip_event *event)
{
	struct responses_said *item = item_of(e, event->block);

	if (!event->transcript.len)
		return;
	if (!item) {
		item = start_text(e, false);
		item->block_is_open = true;
		item->block = event->block;
	}
	put_text(e, item, event->transcript);
}

static int64_t characters(struct aip_str text)
{
	int64_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += (text.at[i] & 0xc0) != 0x80;
	return n;
}

static void put_citation(struct aip_json_out *out, const struct responses_said *item,
                         const struct aip_citation *citation)
{
	struct aip_str title = citation->title.at ? citation->title : AIP_LIT("");

	if (citation->dialect == AIP_RESPONSES && citation->raw.len) {
		aip_json_put_raw(out, citation->raw);
		return;
	}
	responses_open_typed(out, citation->url.len ? "url_citation" : "file_citation");
	if (citation->url.len) {
		aip_json_str(out, "url", citation->url);
		aip_json_str(out, "title", title);
		aip_json_int_kv(out, "start_index", citation->start > 0 ? citation->start : 0);
		aip_json_int_kv(out, "end_index",
		                citation->end > 0
		                        ? citation->end
		                        : characters(aip_buf_lend(&item->text, out->buf)));
	} else {
		aip_json_str(out, "file_id", citation->file_id);
		aip_json_str(out, "filename", title);
		aip_json_int_kv(out, "index", 0);
	}
	aip_json_close(out, '}');
}

static void put_annotation(struct aip_encoder *e, struct responses_said *item,
                           const struct aip_citation *citation)
{
	struct aip_json_out notes = {&item->notes, item->n_notes > 0};
	const size_t from = item->notes.len + (item->n_notes > 0);

	if (!citation->url.len && !citation->file_id.len)
		return;
	put_citation(&notes, item, citation);
	struct aip_str all = aip_buf_lend(&item->notes, e->into);
	if (all.len <= from)
		return;
	open_item_event(e, "response.output_text.annotation.added", item, "content_index");
	aip_json_int_kv(&e->out, "annotation_index", item->n_notes++);
	aip_json_key(&e->out, "annotation");
	aip_json_put_raw(&e->out, aip_strn(all.at + from, all.len - from));
	close_event(e);
}

/* The message stays open, since text may follow, unless something else has followed. */
static void stop_text(struct aip_encoder *e, struct responses_said *item)
{
	struct aip_str text = aip_buf_lend(&item->text, e->into);
	struct aip_json_out parts = {&item->parts, item->n_parts > 0};

	open_item_event(e, item->is_refusal ? "response.refusal.done" : "response.output_text.done",
	                item, "content_index");
	aip_json_str(&e->out, item->is_refusal ? "refusal" : "text", text);
	if (!item->is_refusal)
		responses_put_list(&e->out, "logprobs", aip_buf_lend(&item->logprobs, e->into));
	close_event(e);
	open_item_event(e, "response.content_part.done", item, "content_index");
	aip_json_key(&e->out, "part");
	responses_put_text_part(&e->out, item, text);
	close_event(e);
	responses_put_text_part(&parts, item, text);
	item->n_parts++;
	if (item->ends_with_part)
		responses_finish_item(e, item, "completed");
}

/* ---- Reasoning ------------------------------------------------------------------------------ */

/* Words of a summary's events and of a bare chain of thought's. */
static const struct thought_words {
	const char *index_key, *added, *delta, *text_done, *done;
} thought_words[] = {
	{"summary_index", "response.reasoning_summary_part.added",
         "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
         "response.reasoning_summary_part.done"},
	{"content_index", "response.content_part.added", "response.reasoning_text.delta",
         "response.reasoning_text.done", "response.content_part.done"},
};

/* From the client's own dialect an item keeps its id, and its state is no stranger's. */
static struct aip_str state_of(const struct aip_encoder *e, const struct responses_said *item,
                               const struct aip_opaque *opaque)
{
	const bool verbatim = e->ctx->upstream == AIP_RESPONSES &&
	                      opaque->vendor == AIP_VENDOR_OPENAI &&
	                      aip_str_eq(opaque->item_id, item->id);

	return verbatim ? opaque->data : aip_opaque_out(e->ctx, opaque);
}

static struct responses_said *start_thought(struct aip_encoder *e, const struct aip_part *part)
{
	const bool summarised = !part->thinking || part->thinking->has_summary;
	struct aip_str state = part->opaque ? aip_opaque_out(e->ctx, part->opaque) : AIP_NONE;

	if (part->kind == AIP_REDACTED_THINKING && !state.len)
		return NULL;
	struct responses_said *item = responses_item_new(e, SAID_REASONING, "rs_");
	item->is_chain = !summarised && e->ctx->upstream == AIP_RESPONSES;
	if (e->ctx->upstream == AIP_RESPONSES && part->id.len)
		item->id = aip_arena_dup(e->ctx->arena, part->id);
	responses_announce(e, item);
	item->encrypted = aip_arena_dup(e->ctx->arena, state);
	return item;
}

static void keep_opaque(struct aip_encoder *e, struct responses_said *item,
                        const struct aip_part *part)
{
	if (item->kind == SAID_REASONING && part && part->opaque)
		item->encrypted = aip_arena_dup(e->ctx->arena, state_of(e, item, part->opaque));
}

static void open_thought(struct aip_encoder *e, struct responses_said *item, uint32_t part)
{
	item->part_is_open = true;
	item->part = part;
	aip_buf_clear(&item->text);
	open_item_event(e, thought_words[item->is_chain].added, item,
	                thought_words[item->is_chain].index_key);
	aip_json_key(&e->out, "part");
	responses_put_thought_part(&e->out, item, AIP_LIT(""));
	close_event(e);
}

static void close_thought(struct aip_encoder *e, struct responses_said *item)
{
	const struct thought_words *words = &thought_words[item->is_chain];
	struct aip_str text = aip_buf_lend(&item->text, e->into);
	struct aip_json_out parts = {&item->parts, item->n_parts > 0};

	if (!item->part_is_open)
		return;
	item->part_is_open = false;
	open_item_event(e, words->text_done, item, words->index_key);
	aip_json_str(&e->out, "text", text);
	close_event(e);
	open_item_event(e, words->done, item, words->index_key);
	aip_json_key(&e->out, "part");
	responses_put_thought_part(&e->out, item, text);
	close_event(e);
	responses_put_thought_part(&parts, item, text);
	item->n_parts++;
}

static void put_thought(struct aip_encoder *e, struct responses_said *item, uint32_t part,
                        struct aip_str text)
{
	if (item->part_is_open && item->part != part)
		close_thought(e, item);
	if (!item->part_is_open)
		open_thought(e, item, part);
	aip_buf_keep(&item->text, text, e->into);
	open_item_event(e, thought_words[item->is_chain].delta, item,
	                thought_words[item->is_chain].index_key);
	aip_json_str(&e->out, "delta", text);
	close_event(e);
}

/* State of a call has its slot in an item of reasoning in front of it. */
static void put_call_state(struct aip_encoder *e, const struct aip_part *call)
{
	const struct aip_part carrier = {.kind = AIP_REDACTED_THINKING, .opaque = call->opaque};
	struct responses_said *item = call->opaque ? start_thought(e, &carrier) : NULL;

	if (item)
		responses_finish_item(e, item, "completed");
}

/* ---- Calls ---------------------------------------------------------------------------------- */

/* Whether the client declared the tool as one of free text: then that is what it expects, whatever
 * the upstream made of it. */
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

static struct responses_said *start_call(struct aip_encoder *e, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;
	const struct aip_request *request = e->ctx->request;
	const bool wrapped = call->kind == AIP_CALL_FUNCTION && request &&
	                     client_calls_it_custom(request->tools, call->name);
	const bool is_custom = wrapped || call->kind == AIP_CALL_CUSTOM;
	struct aip_arena *arena = e->ctx->arena;

	put_call_state(e, part);
	struct responses_said *item = responses_item_new(e, SAID_CALL, is_custom ? "ctc_" : "fc_");
	item->is_custom = is_custom;
	item->unwraps = wrapped;
	item->call_id = aip_arena_dup(arena, aip_call_id(arena, &aip_names_responses, call->id));
	item->name = aip_arena_dup(arena, call->name);
	item->space = call->space.len ? aip_arena_dup(arena, call->space) : AIP_NONE;
	responses_announce(e, item);
	return item;
}

static void put_args_event(struct aip_encoder *e, struct responses_said *item, struct aip_str args)
{
	responses_put_text(e,
	                   item->is_custom ? "response.custom_tool_call_input.delta"
	                                   : "response.function_call_arguments.delta",
	                   item, "delta", args);
}

static void put_args(struct aip_encoder *e, struct responses_said *item, struct aip_str args)
{
	aip_buf_keep(&item->text, args, e->into);
	if (item->kind == SAID_CALL && !item->unwraps)
		put_args_event(e, item, args);
	if (item->kind == SAID_MCP)
		responses_put_text(e, "response.mcp_call_arguments.delta", item, "delta", args);
}

/* The text of one member of what an item has gathered; all of it when it has no such member. */
bool responses_keep_member(struct aip_encoder *e, struct responses_said *item, const char *key)
{
	struct aip_str all = aip_arena_dup(e->ctx->arena, aip_buf_lend(&item->text, e->into));
	struct aip_json *doc;

	if (!all.len || aip_json_parse(e->ctx->arena, all, &doc, NULL) ||
	    !aip_json_text(doc, key).at)
		return false;
	aip_buf_clear(&item->text);
	aip_buf_keep(&item->text, aip_json_text(doc, key), e->into);
	return true;
}

static void stop_call(struct aip_encoder *e, struct responses_said *item,
                      const struct aip_part *last)
{
	const bool cut = last && last->call && last->call->incomplete;

	e->cut = e->cut || cut;
	if (item->unwraps) { /* {"input":"…"} is what free text was wrapped in for the upstream */
		responses_keep_member(e, item, "input");
		put_args_event(e, item, aip_buf_lend(&item->text, e->into));
	}
	open_item_event(e,
	                item->is_custom ? "response.custom_tool_call_input.done"
	                                : "response.function_call_arguments.done",
	                item, NULL);
	if (!item->is_custom)
		aip_json_str(&e->out, "name", item->name);
	aip_json_str(&e->out, item->is_custom ? "input" : "arguments",
	             aip_buf_lend(&item->text, e->into));
	close_event(e);
	responses_finish_item(e, item, cut ? "incomplete" : "completed");
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static struct responses_said *start_item(struct aip_encoder *e, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT: return start_text(e, false);
	case AIP_REFUSAL: return start_text(e, true);
	case AIP_THINKING:
	case AIP_REDACTED_THINKING: return start_thought(e, part);
	case AIP_TOOL_CALL: return start_call(e, part);
	case AIP_IMAGE: return responses_start_image(e, part);
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
	case AIP_COMPACTION:
	case AIP_UNKNOWN_PART: return responses_start_vendor(e, part);
	default: return NULL;
	}
}

static void start_block(struct aip_encoder *e, const struct aip_event *event)
{
	const enum aip_part_kind kind = event->part->kind;

	responses_end_search(e, event->part);
	if (kind != AIP_TEXT && kind != AIP_REFUSAL && kind != AIP_AUDIO)
		close_message(e);
	struct responses_said *item = start_item(e, event->part);
	if (!item)
		return;
	item->block_is_open = true;
	item->block = event->block;
}

/* Each replaces the one before; those on the way are only shown. */
static void put_picture(struct aip_encoder *e, struct responses_said *item,
                        const struct aip_event *event)
{
	if (!event->index) {
		aip_buf_clear(&item->text);
		aip_buf_keep(&item->text, event->text, e->into);
		return;
	}
	open_item_event(e, "response.image_generation_call.partial_image", item, NULL);
	aip_json_int_kv(&e->out, "partial_image_index", event->index - 1);
	aip_json_str(&e->out, "partial_image_b64", event->text);
	close_event(e);
}

static void put_delta(struct aip_encoder *e, const struct aip_event *event)
{
	struct responses_said *item = item_of(e, event->block);

	if (event->delta == AIP_DELTA_AUDIO)
		put_transcript(e, event);
	if (!item)
		return;
	switch (event->delta) {
	case AIP_DELTA_TEXT:
	case AIP_DELTA_REFUSAL: put_text(e, item, event->text); break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY: put_thought(e, item, event->index, event->text); break;
	case AIP_DELTA_OPAQUE: keep_opaque(e, item, event->part); break;
	case AIP_DELTA_ARGS: put_args(e, item, event->text); break;
	case AIP_DELTA_CITATION: put_annotation(e, item, event->citation); break;
	case AIP_DELTA_LOGPROBS:
		if (!item->is_refusal)
			put_logprobs(e, item, event->raw);
		break;
	case AIP_DELTA_IMAGE: put_picture(e, item, event); break;
	case AIP_DELTA_AUDIO:
	case AIP_DELTA_RAW: break;
	}
}

static void stop_block(struct aip_encoder *e, const struct aip_event *event)
{
	struct responses_said *item = item_of(e, event->block);

	if (!item)
		return;
	item->block_is_open = false;
	switch (item->kind) {
	case SAID_MESSAGE: stop_text(e, item); break;
	case SAID_REASONING:
		keep_opaque(e, item, event->part);
		close_thought(e, item);
		responses_finish_item(e, item, "completed");
		break;
	case SAID_CALL: stop_call(e, item, event->part); break;
	case SAID_IMAGE: responses_stop_image(e, item, event->part); break;
	case SAID_SEARCH: responses_stop_search(e, item, event->part); break;
	case SAID_CODE: responses_stop_code(e, item); break;
	case SAID_MCP: responses_stop_mcp(e, item, event->part); break;
	case SAID_RAW: break;
	}
}

/* ---- Start, end ----------------------------------------------------------------------------- */

static void start(struct aip_encoder *e, const struct aip_event *event)
{
	if (e->started)
		return;
	e->started = true;
	if (event->created_s)
		e->created_s = event->created_s;
	if (aip_str_starts(event->id, AIP_LIT("resp_")))
		e->id = aip_arena_dup(e->ctx->arena, event->id);
	if (aip_str_is(event->service_tier, "standard"))
		e->tier = AIP_LIT("default");
	else if (event->service_tier.len)
		e->tier = aip_arena_dup(e->ctx->arena, event->service_tier);
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	put_response_event(e, "response.created", "in_progress", false, NULL);
	put_response_event(e, "response.in_progress", "in_progress", false, NULL);
}

static void end(struct aip_encoder *e)
{
	const bool cut = responses_is_incomplete(e);
	const char *status = cut ? "incomplete" : "completed";

	e->ended = true;
	responses_end_search(e, NULL);
	close_message(e);
	responses_end_waiting(e);
	if (e->whole) {
		struct aip_json_out out = aip_json_to(e->whole);
		responses_put_response(e, &out, status, true, NULL);
		return;
	}
	put_response_event(e, cut ? "response.incomplete" : "response.completed", status, true,
	                   NULL);
}

/* Before a response was told of, or when it was told of by somebody else, the error is an event of
 * its own. */
static void put_error(struct aip_encoder *e, const struct aip_error *error)
{
	const struct aip_status_row *row = aip_status_row(error->status);

	e->ended = true;
	if (e->started) {
		put_response_event(e, "response.failed", "failed", false, error);
		return;
	}
	e->sequence = (uint64_t)e->ctx->next_event;
	open_event(e, "error");
	aip_json_str(&e->out, "code",
	             aip_str(*row->openai_code ? row->openai_code : row->openai_type));
	aip_json_str(&e->out, "message", aip_str(error->message));
	if (*error->param)
		aip_json_str(&e->out, "param", aip_str(error->param));
	else
		aip_json_null_kv(&e->out, "param");
	close_event(e);
}

/* ---- The encoder ---------------------------------------------------------------------------- */

enum aip_status responses_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                        struct aip_buf *out)
{
	const size_t before = out->len;

	if (e->ended || event->candidate > 0)
		return AIP_OK;
	e->into = out;
	switch (event->kind) {
	case AIP_EV_START: start(e, event); break;
	case AIP_EV_BLOCK_START: start_block(e, event); break;
	case AIP_EV_DELTA: put_delta(e, event); break;
	case AIP_EV_BLOCK_STOP: stop_block(e, event); break;
	case AIP_EV_USAGE: aip_usage_merge(&e->usage, event->usage); break;
	case AIP_EV_FINISH: e->stop = event->stop; break;
	case AIP_EV_PING: responses_encoder_ping(e, out); break;
	case AIP_EV_ERROR: put_error(e, event->error); break;
	case AIP_EV_END: end(e); break;
	default: break; /* other purposes have no stream */
	}
	return codec_told(out, before, &e->ended);
}

void responses_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (!e->ended && !e->whole)
		aip_buf_add(out, AIP_LIT(": keep-alive\n\n"));
}

struct aip_encoder *responses_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->id = aip_ctx_id(ctx, "resp_");
	e->created_s = ctx->now_s;
	e->tail = &e->items;
	aip_usage_init(&e->usage);
	aip_buf_init(&e->nowhere, 1);
	e->nowhere.status = AIP_TOO_LARGE;
	e->shows_sources = responses_shows_sources(ctx->request);
	responses_read_echoes(e);
	return e;
}

void responses_encoder_fini(struct aip_encoder *e)
{
	for (struct responses_said *item = e ? e->items : NULL; item; item = item->next) {
		aip_buf_fini(&item->json);
		forget_pieces(item);
	}
}
