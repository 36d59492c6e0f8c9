/* Responses answers, read: the items of a response, alone or in a stream, become events. */
#include "openai_responses.h"

#include "codecs.h"
#include "openai_error.h"

#define FRAME_MAX (64u << 20)

/* A block of an item that is open downstream. */
enum piece {
	PIECE_NONE,
	PIECE_TEXT,
	PIECE_REFUSAL,
	PIECE_THOUGHT,
	PIECE_CALL,
};

/* One output item, found by its output_index. */
struct item {
	struct item *next;
	int64_t index;
	enum piece open;
	uint32_t block;
	int64_t part;      /* content_index of the open text */
	int64_t parts;     /* content parts that have been given whole */
	bool spoke;        /* the open block has had a delta */
	bool thought;      /* reasoning was given */
	bool is_call;
	bool done;
};

struct aip_decoder {
	struct aip_codec_ctx *ctx;
	struct aip_arena *scratch;   /* one event's tree */
	struct aip_stream_guard *guard;
	struct aip_sse sse;
	struct aip_buf whole;        /* JSON where a stream was asked for */
	bool is_json, kind_is_known;
	bool started, ended;
	bool called, refused;
	uint32_t next_block;
	struct item *items;
	struct aip_error *error;     /* of the step that is running */
};

static enum aip_status emit(struct aip_decoder *d, const struct aip_event *event)
{
	return aip_stream_guard_emit(d->guard, event, d->error);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static struct item *item_at(struct aip_decoder *d, int64_t index)
{
	struct item **at = &d->items;

	for (; *at; at = &(*at)->next)
		if ((*at)->index == index)
			return *at;
	*at = AIP_NEW(d->ctx->arena, struct item);
	(*at)->index = index;
	return *at;
}

static enum aip_status close_piece(struct aip_decoder *d, struct item *item)
{
	if (item->open == PIECE_NONE)
		return AIP_OK;
	item->open = PIECE_NONE;
	return emit(d, &(struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = item->block});
}

/* Of text, refusal and thought only one block is open at a time. */
static enum aip_status close_others(struct aip_decoder *d, const struct item *but)
{
	for (struct item *item = d->items; item; item = item->next) {
		if (item == but || item->open == PIECE_NONE || item->open == PIECE_CALL)
			continue;
		enum aip_status s = close_piece(d, item);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status open_piece(struct aip_decoder *d, struct item *item, enum piece piece,
                                  const struct aip_part *part)
{
	enum aip_status s = close_piece(d, item);

	if (!s && piece != PIECE_CALL)
		s = close_others(d, item);
	if (s)
		return s;
	item->open = piece;
	item->spoke = false;
	item->block = d->next_block++;
	return emit(d, &(struct aip_event){
			       .kind = AIP_EV_BLOCK_START, .block = item->block, .part = part});
}

static enum aip_status put_delta(struct aip_decoder *d, struct item *item, enum aip_delta delta,
                                 uint32_t index, struct aip_str text)
{
	item->spoke = true;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = item->block,
	                                   .delta = delta,
	                                   .index = index,
	                                   .text = text});
}

/* ---- Text ----------------------------------------------------------------------------------- */

static enum aip_status want_text(struct aip_decoder *d, struct item *item, enum piece piece, int64_t part)
{
	const struct aip_part head = {.kind = piece == PIECE_REFUSAL ? AIP_REFUSAL : AIP_TEXT};

	if (item->open == piece && item->part == part)
		return AIP_OK;
	item->part = part;
	d->refused = d->refused || piece == PIECE_REFUSAL;
	return open_piece(d, item, piece, &head);
}

static enum aip_status put_text(struct aip_decoder *d, struct item *item, enum piece piece, int64_t part,
                                struct aip_str text)
{
	enum aip_status s = want_text(d, item, piece, part);

	if (s || !text.len)
		return s;
	return put_delta(d, item, piece == PIECE_REFUSAL ? AIP_DELTA_REFUSAL : AIP_DELTA_TEXT, 0, text);
}

static enum aip_status put_annotation(struct aip_decoder *d, struct item *item,
                                      const struct aip_json *annotation)
{
	if (item->open != PIECE_TEXT || !aip_json_is(annotation, AIP_JSON_OBJECT))
		return AIP_OK;
	const bool url = aip_str_is(aip_json_text(annotation, "type"), "url_citation");
	const struct aip_citation citation = {
		.kind = url ? AIP_CITE_URL : AIP_CITE_FILE,
		.url = aip_json_text(annotation, "url"),
		.title = aip_json_text(annotation, url ? "title" : "filename"),
		.file_id = aip_json_text(annotation, "file_id"),
		.start = aip_json_int(annotation, "start_index", -1),
		.end = aip_json_int(annotation, "end_index", -1),
		.doc_index = -1,
		.doc_start = -1,
		.doc_end = -1,
		.dialect = AIP_RESPONSES,
		.raw = annotation->raw,
	};
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = item->block,
	                                   .delta = AIP_DELTA_CITATION,
	                                   .citation = &citation});
}

/* A content part as it ended: what no delta has brought is given now. */
static enum aip_status end_part(struct aip_decoder *d, struct item *item, int64_t index,
                                const struct aip_json *part)
{
	const bool refusal = aip_str_is(aip_json_text(part, "type"), "refusal");
	const enum piece piece = refusal ? PIECE_REFUSAL : PIECE_TEXT;
	struct aip_str text = aip_json_text(part, refusal ? "refusal" : "text");
	const bool is_open = item->open == piece && item->part == index;
	enum aip_status s = AIP_OK;

	if (index < item->parts)
		return AIP_OK;
	item->parts = index + 1;
	if (!is_open && !text.len)
		return AIP_OK;
	if (!is_open || !item->spoke) {
		s = put_text(d, item, piece, index, text);
		AIP_JSON_EACH(annotation, s ? NULL : aip_json_some(part, "annotations"))
			s = s ? s : put_annotation(d, item, annotation);
	}
	return s ? s : close_piece(d, item);
}

static enum aip_status end_message(struct aip_decoder *d, struct item *item, const struct aip_json *v)
{
	int64_t index = 0;

	AIP_JSON_EACH(part, aip_json_some(v, "content")) {
		enum aip_status s = end_part(d, item, index++, part);
		if (s)
			return s;
	}
	return close_piece(d, item);
}

/* ---- Reasoning ------------------------------------------------------------------------------ */

static enum aip_status put_thought(struct aip_decoder *d, struct item *item, enum aip_delta delta,
                                   uint32_t index, struct aip_str text)
{
	struct aip_thinking thinking = {.has_summary = delta == AIP_DELTA_SUMMARY};
	const struct aip_part head = {.kind = AIP_THINKING, .thinking = &thinking};
	enum aip_status s = AIP_OK;

	if (item->open != PIECE_THOUGHT)
		s = open_piece(d, item, PIECE_THOUGHT, &head);
	item->thought = true;
	return s || !text.len ? s : put_delta(d, item, delta, index, text);
}

static enum aip_status put_encrypted(struct aip_decoder *d, struct item *item, const struct aip_json *v)
{
	struct aip_opaque opaque = {
		.vendor = AIP_VENDOR_OPENAI,
		.kind = AIP_OPAQUE_ENCRYPTED,
		.model = d->ctx->model,
		.item_id = aip_json_text(v, "id"),
		.data = aip_json_text(v, "encrypted_content"),
		.part = AIP_THINKING,
	};
	const struct aip_part part = {.kind = AIP_THINKING, .opaque = &opaque};

	if (!opaque.data.len)
		return AIP_OK;
	enum aip_status s = put_thought(d, item, AIP_DELTA_SUMMARY, 0, AIP_NONE);
	if (s)
		return s;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = item->block,
	                                   .delta = AIP_DELTA_OPAQUE,
	                                   .part = &part});
}

static enum aip_status end_reasoning(struct aip_decoder *d, struct item *item, const struct aip_json *v)
{
	const bool unseen = !item->thought;
	uint32_t index = 0;
	enum aip_status s = AIP_OK;

	AIP_JSON_EACH(part, unseen ? aip_json_some(v, "summary") : NULL)
		s = s ? s
		      : put_thought(d, item, AIP_DELTA_SUMMARY, index++, aip_json_text(part, "text"));
	AIP_JSON_EACH(part, unseen && !index ? aip_json_some(v, "content") : NULL)
		s = s ? s : put_thought(d, item, AIP_DELTA_THINK, 0, aip_json_text(part, "text"));
	if (!s)
		s = put_encrypted(d, item, v);
	return s ? s : close_piece(d, item);
}

/* ---- Calls ---------------------------------------------------------------------------------- */

/* Opens the call once its name is known; until then nothing of it is given. */
static enum aip_status begin_call(struct aip_decoder *d, struct item *item, const struct aip_json *v)
{
	struct aip_str name = aip_json_text(v, "name");
	struct aip_tool_call call = {
		.kind = aip_str_is(aip_json_text(v, "type"), "custom_tool_call") ? AIP_CALL_CUSTOM
		                                                                 : AIP_CALL_FUNCTION,
		.id = aip_json_text(v, "call_id"),
		.item_id = aip_json_text(v, "id"),
	};
	const struct aip_part head = {.kind = AIP_TOOL_CALL, .call = &call};

	if (item->is_call || !name.len)
		return AIP_OK;
	item->is_call = d->called = true;
	call.name = aip_names_in(d->ctx->names, name, &call.space);
	if (!call.space.len)
		call.space = aip_json_text(v, "namespace");
	if (!call.id.len)
		call.id = aip_ctx_id(d->ctx, "call_");
	return open_piece(d, item, PIECE_CALL, &head);
}

static enum aip_status put_args(struct aip_decoder *d, struct item *item, struct aip_str args)
{
	if (item->open != PIECE_CALL || !args.len)
		return AIP_OK;
	return put_delta(d, item, AIP_DELTA_ARGS, 0, args);
}

static enum aip_status end_call(struct aip_decoder *d, struct item *item, const struct aip_json *v)
{
	const bool custom = aip_str_is(aip_json_text(v, "type"), "custom_tool_call");

	enum aip_status s = begin_call(d, item, v);
	if (!s && !item->spoke)
		s = put_args(d, item, aip_json_text(v, custom ? "input" : "arguments"));
	return s ? s : close_piece(d, item);
}

/* ---- Other items ---------------------------------------------------------------------------- */

static enum aip_status end_image(struct aip_decoder *d, struct item *item, const struct aip_json *v)
{
	struct aip_str format = aip_json_text(v, "output_format");
	struct aip_media media = {
		.source = AIP_FROM_BASE64,
		.mime = format.len ? aip_arena_printf(d->scratch, "image/%.*s", AIP_FMT(format))
		                   : AIP_LIT("image/png"),
	};
	const struct aip_part head = {.kind = AIP_IMAGE, .media = &media};
	struct aip_str data = aip_json_text(v, "result");

	if (!data.len)
		return AIP_OK;
	enum aip_status s = open_piece(d, item, PIECE_TEXT, &head);
	if (!s)
		s = put_delta(d, item, AIP_DELTA_IMAGE, 0, data);
	return s ? s : close_piece(d, item);
}

static enum aip_status end_server(struct aip_decoder *d, struct item *item, const struct aip_json *v,
                                  enum aip_server_tool tool)
{
	struct aip_server_part server = {
		.tool = tool,
		.id = aip_json_text(v, "id"),
		.name = aip_json_text(v, "type"),
		.dialect = AIP_RESPONSES,
		.raw = v->raw,
	};
	const struct aip_part head = {.kind = AIP_SERVER_CALL, .server = &server};

	enum aip_status s = open_piece(d, item, PIECE_TEXT, &head);
	return s ? s : close_piece(d, item);
}

/* A whole item: all of it when nothing of it has been streamed, else what is missing. */
static enum aip_status end_item(struct aip_decoder *d, struct item *item, const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");
	enum aip_server_tool tool = responses_server_tool(type);

	if (item->done)
		return AIP_OK;
	item->done = true;
	if (aip_str_is(type, "message"))
		return end_message(d, item, v);
	if (aip_str_is(type, "reasoning"))
		return end_reasoning(d, item, v);
	if (aip_str_is(type, "function_call") || aip_str_is(type, "custom_tool_call"))
		return end_call(d, item, v);
	if (aip_str_is(type, "image_generation_call"))
		return end_image(d, item, v);
	return tool ? end_server(d, item, v, tool) : AIP_OK;
}

/* ---- The response --------------------------------------------------------------------------- */

static enum aip_status start(struct aip_decoder *d, const struct aip_json *response)
{
	struct aip_str tier = aip_json_text(response, "service_tier");

	if (d->started)
		return AIP_OK;
	d->started = true;
	return emit(d, &(struct aip_event){
			       .kind = AIP_EV_START,
			       .id = aip_json_text(response, "id"),
			       .model_name = aip_json_text(response, "model"),
			       .service_tier = aip_str_is(tier, "default") ? AIP_LIT("standard") : tier,
			       .created_s = aip_json_int(response, "created_at", d->ctx->now_s)});
}

static enum aip_status fail(struct aip_decoder *d, const struct aip_json *error)
{
	struct aip_error seen;

	openai_read_error_object(error, 0, &seen);
	d->ended = true;
	return emit(d, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &seen});
}

static enum aip_stop stop_of(const struct aip_decoder *d, const struct aip_json *response)
{
	struct aip_str why = aip_json_text(aip_json_some(response, "incomplete_details"), "reason");

	if (aip_str_is(aip_json_text(response, "status"), "incomplete") || why.len)
		return aip_str_is(why, "content_filter") ? AIP_STOP_CONTENT_FILTER : AIP_STOP_MAX_TOKENS;
	if (d->called)
		return AIP_STOP_TOOL_USE;
	return d->refused ? AIP_STOP_REFUSAL : AIP_STOP_END_TURN;
}

static enum aip_status close_all(struct aip_decoder *d)
{
	for (struct item *item = d->items; item; item = item->next) {
		enum aip_status s = close_piece(d, item);
		if (s)
			return s;
	}
	return AIP_OK;
}

/* The terminal: items that were never streamed, the stop reason, the usage, the end. */
static enum aip_status end(struct aip_decoder *d, const struct aip_json *response)
{
	struct aip_usage usage;
	int64_t index = 0;
	enum aip_status s = start(d, response);

	AIP_JSON_EACH(item, s ? NULL : aip_json_some(response, "output")) {
		s = end_item(d, item_at(d, index++), item);
		if (s)
			return s;
	}
	if (!s)
		s = close_all(d);
	if (!s)
		s = emit(d, &(struct aip_event){.kind = AIP_EV_FINISH, .stop = stop_of(d, response)});
	if (!s && responses_read_usage(aip_json_some(response, "usage"), &usage))
		s = emit(d, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &usage});
	d->ended = true;
	return s ? s : emit(d, &(struct aip_event){.kind = AIP_EV_END});
}

static enum aip_status read_whole(struct aip_decoder *d, const struct aip_json *response)
{
	const struct aip_json *error = aip_json_some(response, "error");

	if (error)
		return fail(d, error);
	if (!aip_json_is(aip_json_get(response, "output"), AIP_JSON_ARRAY))
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "the upstream's answer is no response");
	return end(d, response);
}

/* ---- Stream events -------------------------------------------------------------------------- */

struct signal {
	struct aip_decoder *d;
	const struct aip_json *data;
	struct item *item;
};

static enum aip_status on_begin(struct signal *s)
{
	return start(s->d, aip_json_some(s->data, "response"));
}

static enum aip_status on_item_added(struct signal *s)
{
	const struct aip_json *v = aip_json_some(s->data, "item");
	struct aip_str type = aip_json_text(v, "type");

	if (aip_str_is(type, "function_call") || aip_str_is(type, "custom_tool_call"))
		return begin_call(s->d, s->item, v);
	return AIP_OK;
}

static enum aip_status on_item_done(struct signal *s)
{
	const struct aip_json *v = aip_json_some(s->data, "item");

	return v ? end_item(s->d, s->item, v) : AIP_OK;
}

static enum aip_status on_text(struct signal *s)
{
	return put_text(s->d, s->item, PIECE_TEXT, aip_json_int(s->data, "content_index", 0),
	                aip_json_text(s->data, "delta"));
}

static enum aip_status on_refusal(struct signal *s)
{
	return put_text(s->d, s->item, PIECE_REFUSAL, aip_json_int(s->data, "content_index", 0),
	                aip_json_text(s->data, "delta"));
}

static enum aip_status on_annotation(struct signal *s)
{
	return put_annotation(s->d, s->item, aip_json_some(s->data, "annotation"));
}

static enum aip_status on_part_done(struct signal *s)
{
	const struct aip_json *part = aip_json_some(s->data, "part");
	struct aip_str type = aip_json_text(part, "type");

	if (!aip_str_is(type, "output_text") && !aip_str_is(type, "refusal"))
		return AIP_OK;
	return end_part(s->d, s->item, aip_json_int(s->data, "content_index", 0), part);
}

static enum aip_status on_summary(struct signal *s)
{
	return put_thought(s->d, s->item, AIP_DELTA_SUMMARY,
	                   (uint32_t)aip_json_int(s->data, "summary_index", 0),
	                   aip_json_text(s->data, "delta"));
}

static enum aip_status on_thought(struct signal *s)
{
	return put_thought(s->d, s->item, AIP_DELTA_THINK, 0, aip_json_text(s->data, "delta"));
}

static enum aip_status on_args(struct signal *s)
{
	return put_args(s->d, s->item, aip_json_text(s->data, "delta"));
}

static enum aip_status on_args_done(struct signal *s)
{
	struct aip_str args = aip_json_text(s->data, "arguments");

	if (s->item->spoke)
		return AIP_OK;
	return put_args(s->d, s->item, args.at ? args : aip_json_text(s->data, "input"));
}

static enum aip_status on_end(struct signal *s)
{
	return end(s->d, aip_json_some(s->data, "response"));
}

static enum aip_status on_failed(struct signal *s)
{
	return fail(s->d, aip_json_some(aip_json_some(s->data, "response"), "error"));
}

static enum aip_status on_error(struct signal *s)
{
	const struct aip_json *inner = aip_json_some(s->data, "error");

	return fail(s->d, inner ? inner : s->data);
}

static const struct {
	const char *type;
	enum aip_status (*read)(struct signal *s);
} signals[] = {
	/* the most frequent first */
	{"response.output_text.delta", on_text},
	{"response.function_call_arguments.delta", on_args},
	{"response.reasoning_summary_text.delta", on_summary},
	{"response.reasoning_text.delta", on_thought},
	{"response.custom_tool_call_input.delta", on_args},
	{"response.refusal.delta", on_refusal},
	{"response.created", on_begin},
	{"response.queued", on_begin},
	{"response.in_progress", on_begin},
	{"response.output_item.added", on_item_added},
	{"response.output_item.done", on_item_done},
	{"response.output_text.annotation.added", on_annotation},
	{"response.content_part.done", on_part_done},
	{"response.function_call_arguments.done", on_args_done},
	{"response.custom_tool_call_input.done", on_args_done},
	{"response.completed", on_end},
	{"response.incomplete", on_end},
	{"response.failed", on_failed},
	{"error", on_error},
};

static enum aip_status take_event(struct aip_decoder *d, struct aip_str name, const struct aip_json *doc)
{
	struct aip_str type = aip_json_text(doc, "type");
	if (!type.at)
		type = name;
	if (!type.at && aip_json_some(doc, "error"))
		return fail(d, aip_json_some(doc, "error"));
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		if (!aip_str_is(type, signals[i].type))
			continue;
		struct signal s = {d, doc, item_at(d, aip_json_int(doc, "output_index", 0))};
		const bool has_item = aip_json_get(doc, "output_index") != NULL;
		enum aip_status started =
			d->started || !has_item ? AIP_OK : start(d, NULL);
		return started ? started : signals[i].read(&s);
	}
	return AIP_OK;
}

static enum aip_status read_event(struct aip_decoder *d, struct aip_str name, struct aip_str data)
{
	struct aip_json *doc;

	if (aip_str_is(data, "[DONE]") || d->ended)
		return AIP_OK;
	aip_arena_reset(d->scratch);
	if (aip_json_parse(d->scratch, data, &doc, d->error)) {
		aip_note(d->error, "an event of the upstream");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	enum aip_status s = take_event(d, name, doc);
	int64_t number = aip_json_int(doc, "sequence_number", d->ctx->next_event);
	d->ctx->next_event = number >= 0 && number < INT32_MAX ? number + 1 : 0;
	return s;
}

/* ---- The decoder ---------------------------------------------------------------------------- */

struct aip_decoder *responses_decoder_new(struct aip_codec_ctx *ctx, struct aip_sink sink)
{
	struct aip_decoder *d = AIP_NEW(ctx->arena, struct aip_decoder);

	d->ctx = ctx;
	d->scratch = codec_scratch(ctx);
	d->guard = aip_stream_guard_new(ctx->arena, sink);
	aip_sse_init(&d->sse, FRAME_MAX);
	aip_buf_init(&d->whole, FRAME_MAX);
	return d;
}

void responses_decoder_fini(struct aip_decoder *d)
{
	if (!d)
		return;
	aip_sse_fini(&d->sse);
	aip_buf_fini(&d->whole);
	codec_scratch_end(d->ctx, d->scratch);
	d->scratch = NULL;
}

enum aip_status responses_decoder_feed(struct aip_decoder *d, struct aip_str bytes,
                                       struct aip_error *reterr)
{
	struct aip_sse_frame frame;
	enum aip_status s;

	d->error = reterr;
	if (!d->kind_is_known && bytes.len) {
		d->kind_is_known = true;
		d->is_json = *bytes.at == '{';
	}
	if (d->is_json)
		return aip_buf_add(&d->whole, bytes)
		               ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "the answer is too large")
		               : AIP_OK;
	while ((s = aip_sse_next(&d->sse, &bytes, &frame)) == AIP_OK && frame.data.at) {
		s = frame.data.len ? read_event(d, frame.event, frame.data) : AIP_OK;
		if (s)
			return s;
	}
	return s ? aip_fail(reterr, AIP_UPSTREAM_BROKEN, "an event of the answer is too large") : AIP_OK;
}

static enum aip_status read_body(struct aip_decoder *d, struct aip_str body)
{
	struct aip_json *doc;

	if (aip_json_parse(d->scratch, body, &doc, d->error)) {
		aip_note(d->error, "the upstream's answer");
		if (d->error)
			d->error->status = AIP_UPSTREAM_BROKEN;
		return AIP_UPSTREAM_BROKEN;
	}
	return read_whole(d, doc);
}

enum aip_status responses_decoder_finish(struct aip_decoder *d, enum aip_eof how,
                                         struct aip_error *reterr)
{
	struct aip_sse_frame frame = {0};
	enum aip_status s = AIP_OK;

	d->error = reterr;
	if (d->is_json && how == AIP_EOF_COMPLETE)
		s = read_body(d, aip_buf_str(&d->whole));
	else if (!d->is_json && how == AIP_EOF_COMPLETE && !aip_sse_finish(&d->sse, &frame) &&
	         frame.data.len)
		s = read_event(d, frame.event, frame.data);
	if (s || d->ended)
		return s;
	return aip_fail(reterr, AIP_UPSTREAM_BROKEN,
	                d->started ? "stream disconnected before completion: it closed before "
	                             "response.completed"
	                           : "the upstream's answer is empty");
}

enum aip_status responses_read_response(struct aip_codec_ctx *ctx, struct aip_str body,
                                        struct aip_sink sink, struct aip_error *reterr)
{
	struct aip_decoder *d = responses_decoder_new(ctx, sink);

	d->error = reterr;
	enum aip_status s = read_body(d, body);
	responses_decoder_fini(d);
	return s;
}
