/* Items of a Responses answer, read: each becomes blocks, whether it came in a stream or whole. */
#include "openai_responses.h"

#include "codecs.h"
#include "openai_error.h"

#define ITEMS_MAX 4096 /* of one answer */

static enum aip_status emit(struct aip_decoder *d, const struct aip_event *event)
{
	return aip_stream_guard_emit(d->guard, event, d->error);
}

/* ---- Items and their blocks ----------------------------------------------------------------- */

enum aip_status responses_item_at(struct aip_decoder *d, int64_t index, struct responses_item **ret)
{
	struct responses_item **at = &d->items;

	for (; *at && (*at)->index != index; at = &(*at)->next)
		;
	if (!*at && d->n_items++ == ITEMS_MAX)
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN, "the answer has more than %d items",
		                ITEMS_MAX);
	if (!*at) {
		*at = AIP_NEW(d->ctx->arena, struct responses_item);
		(*at)->index = index;
	}
	*ret = *at;
	return AIP_OK;
}

/* `last`: what only the end of the block told, or NULL. */
static enum aip_status close_piece(struct aip_decoder *d, struct responses_item *item,
                                   const struct aip_part *last)
{
	if (item->open == PIECE_NONE)
		return AIP_OK;
	item->open = PIECE_NONE;
	return emit(d, &(struct aip_event){
			       .kind = AIP_EV_BLOCK_STOP, .block = item->block, .part = last});
}

/* Of text, refusal and thought only one block is open at a time. */
static enum aip_status close_others(struct aip_decoder *d, const struct responses_item *but)
{
	for (struct responses_item *item = d->items; item; item = item->next) {
		if (item == but || item->open == PIECE_NONE || item->open == PIECE_CALL)
			continue;
		enum aip_status s = close_piece(d, item, NULL);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status open_piece(struct aip_decoder *d, struct responses_item *item,
                                  enum responses_piece piece, const struct aip_part *part)
{
	enum aip_status s = close_piece(d, item, NULL);

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

static enum aip_status put_delta(struct aip_decoder *d, struct responses_item *item,
                                 enum aip_delta delta, uint32_t index, struct aip_str text)
{
	item->spoke = true;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = item->block,
	                                   .delta = delta,
	                                   .index = index,
	                                   .text = text});
}

/* A block that is told in one piece. */
static enum aip_status put_whole(struct aip_decoder *d, struct responses_item *item,
                                 const struct aip_part *part)
{
	enum aip_status s = open_piece(d, item, PIECE_OTHER, part);

	return s ? s : close_piece(d, item, NULL);
}

/* ---- Messages ------------------------------------------------------------------------------- */

static enum aip_status want_text(struct aip_decoder *d, struct responses_item *item,
                                 enum responses_piece piece, int64_t part)
{
	const struct aip_part head = {.kind = piece == PIECE_REFUSAL ? AIP_REFUSAL : AIP_TEXT};

	if (item->open == piece && item->part == part)
		return AIP_OK;
	item->part = part;
	d->refused = d->refused || piece == PIECE_REFUSAL;
	return open_piece(d, item, piece, &head);
}

enum aip_status responses_take_text(struct aip_decoder *d, struct responses_item *item,
                                    enum responses_piece piece, int64_t part, struct aip_str text)
{
	enum aip_status s = want_text(d, item, piece, part);

	if (s || !text.len)
		return s;
	return put_delta(d, item, piece == PIECE_REFUSAL ? AIP_DELTA_REFUSAL : AIP_DELTA_TEXT, 0,
	                 text);
}

enum aip_status responses_end_text(struct aip_decoder *d, struct responses_item *item,
                                   enum responses_piece piece, int64_t part, struct aip_str text)
{
	const bool is_open = item->open == piece && item->part == part;

	if (part < item->parts || (is_open && item->spoke))
		return AIP_OK;
	return text.len ? responses_take_text(d, item, piece, part, text) : AIP_OK;
}

enum aip_status responses_take_logprobs(struct aip_decoder *d, struct responses_item *item,
                                        const struct aip_json *logprobs)
{
	if (item->open != PIECE_TEXT || !aip_json_is(logprobs, AIP_JSON_ARRAY) || !logprobs->child)
		return AIP_OK;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = item->block,
	                                   .delta = AIP_DELTA_LOGPROBS,
	                                   .raw = logprobs->raw});
}

enum aip_status responses_take_annotation(struct aip_decoder *d, struct responses_item *item,
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

static enum aip_status take_marks(struct aip_decoder *d, struct responses_item *item,
                                  const struct aip_json *part)
{
	enum aip_status s = responses_take_logprobs(d, item, aip_json_some(part, "logprobs"));

	AIP_JSON_EACH (annotation, aip_json_some(part, "annotations"))
		s = s ? s : responses_take_annotation(d, item, annotation);
	return s;
}

enum aip_status responses_end_part(struct aip_decoder *d, struct responses_item *item,
                                   int64_t index, const struct aip_json *part)
{
	const bool refusal = aip_str_is(aip_json_text(part, "type"), "refusal");
	const enum responses_piece piece = refusal ? PIECE_REFUSAL : PIECE_TEXT;
	struct aip_str text = aip_json_text(part, refusal ? "refusal" : "text");
	const bool is_open = item->open == piece && item->part == index;
	enum aip_status s = AIP_OK;

	if (index < item->parts)
		return AIP_OK;
	item->parts = index + 1;
	if (!is_open && !text.len)
		return AIP_OK;
	if (!is_open || !item->spoke) {
		s = responses_take_text(d, item, piece, index, text);
		s = s ? s : take_marks(d, item, part);
	}
	return s ? s : close_piece(d, item, NULL);
}

static enum aip_status end_message(struct aip_decoder *d, struct responses_item *item,
                                   const struct aip_json *v)
{
	int64_t index = 0;

	AIP_JSON_EACH (part, aip_json_some(v, "content")) {
		enum aip_status s = responses_end_part(d, item, index++, part);
		if (s)
			return s;
	}
	return close_piece(d, item, NULL);
}

/* ---- Reasoning ------------------------------------------------------------------------------ */

enum aip_status responses_take_thought(struct aip_decoder *d, struct responses_item *item,
                                       enum aip_delta delta, uint32_t index, struct aip_str text)
{
	struct aip_thinking thinking = {.has_summary = delta == AIP_DELTA_SUMMARY};
	const struct aip_part head = {.kind = AIP_THINKING, .id = item->id, .thinking = &thinking};
	enum aip_status s = AIP_OK;

	if (item->open != PIECE_THOUGHT)
		s = open_piece(d, item, PIECE_THOUGHT, &head);
	item->thought = true;
	if (s || !text.len)
		return s;
	if (item->parts <= index)
		item->parts = (int64_t)index + 1;
	return put_delta(d, item, delta, index, text);
}

enum aip_status responses_end_thought(struct aip_decoder *d, struct responses_item *item,
                                      enum aip_delta delta, uint32_t index, struct aip_str text)
{
	return index < item->parts ? AIP_OK : responses_take_thought(d, item, delta, index, text);
}

/* Travels with the item's id: one is nothing without the other. */
static enum aip_status take_encrypted(struct aip_decoder *d, struct responses_item *item,
                                      const struct aip_json *v)
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
	enum aip_status s = responses_take_thought(d, item, AIP_DELTA_SUMMARY, 0, AIP_NONE);
	if (s)
		return s;
	return emit(d, &(struct aip_event){.kind = AIP_EV_DELTA,
	                                   .block = item->block,
	                                   .delta = AIP_DELTA_OPAQUE,
	                                   .part = &part});
}

static enum aip_status end_reasoning(struct aip_decoder *d, struct responses_item *item,
                                     const struct aip_json *v)
{
	uint32_t index = 0;
	enum aip_status s = AIP_OK;

	if (!item->id.len)
		item->id = aip_arena_dup(d->ctx->arena, aip_json_text(v, "id"));
	AIP_JSON_EACH (part, aip_json_some(v, "summary"))
		s = s ? s
		      : responses_end_thought(d, item, AIP_DELTA_SUMMARY, index++,
		                              aip_json_text(part, "text"));
	const bool told = item->thought;
	AIP_JSON_EACH (part, told ? NULL : aip_json_some(v, "content"))
		s = s ? s
		      : responses_take_thought(d, item, AIP_DELTA_THINK, 0,
		                               aip_json_text(part, "text"));
	if (!s)
		s = take_encrypted(d, item, v);
	return s ? s : close_piece(d, item, NULL);
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static enum aip_call_kind kind_of_call(const struct aip_json *v)
{
	return aip_str_is(aip_json_text(v, "type"), "custom_tool_call") ? AIP_CALL_CUSTOM
	                                                                : AIP_CALL_FUNCTION;
}

/* Opens a call once its name is known; until then nothing of it is given. */
static enum aip_status begin_call(struct aip_decoder *d, struct responses_item *item,
                                  const struct aip_json *v)
{
	struct aip_str name = aip_json_text(v, "name");
	struct aip_tool_call call = {
		.kind = kind_of_call(v),
		.id = aip_json_text(v, "call_id"),
		.item_id = aip_json_text(v, "id"),
		.caller_raw = responses_raw(v, "caller"),
		.space = aip_json_text(v, "namespace"),
	};
	const struct aip_part head = {.kind = AIP_TOOL_CALL, .call = &call};

	if (item->is_call || !name.len)
		return AIP_OK;
	item->is_call = d->called = true;
	call.name = aip_names_in(d->ctx->names, name, &call.space);
	return open_piece(d, item, PIECE_CALL, &head);
}

enum aip_status responses_take_args(struct aip_decoder *d, struct responses_item *item,
                                    struct aip_str args)
{
	if (item->open != PIECE_CALL || !args.len)
		return AIP_OK;
	return put_delta(d, item, AIP_DELTA_ARGS, 0, args);
}

enum aip_status responses_end_args(struct aip_decoder *d, struct responses_item *item,
                                   struct aip_str args)
{
	enum aip_status s = item->spoke ? AIP_OK : responses_take_args(d, item, args);

	if (item->is_mcp) /* ends with what its tool gave */
		return s;
	if (!item->spoke && !args.len) /* none, or cut before: the whole item tells */
		return s;
	return s || item->open != PIECE_CALL ? s : close_piece(d, item, NULL);
}

static enum aip_status end_call(struct aip_decoder *d, struct responses_item *item,
                                const struct aip_json *v)
{
	const char *args = kind_of_call(v) == AIP_CALL_CUSTOM ? "input" : "arguments";
	struct aip_tool_call call = {.kind = kind_of_call(v), .incomplete = true};
	const struct aip_part cut = {.kind = AIP_TOOL_CALL, .call = &call};
	const bool is_cut = aip_str_is(aip_json_text(v, "status"), "incomplete");

	enum aip_status s = begin_call(d, item, v);
	if (!s && !item->spoke)
		s = responses_take_args(d, item, aip_json_text(v, args));
	return s ? s : close_piece(d, item, is_cut ? &cut : NULL);
}

/* ---- Calls at servers of tools -------------------------------------------------------------- */

/* The client's own name for a server whose label it had to change for this vendor. */
static struct aip_str clients_label(struct aip_decoder *d, struct aip_str label)
{
	const struct aip_tool *tool = aip_mcp_tool(d->scratch, d->ctx->request, label);

	return tool ? tool->mcp->label : label;
}

static enum aip_status begin_mcp(struct aip_decoder *d, struct responses_item *item,
                                 const struct aip_json *v)
{
	struct aip_server_part server, result;
	const struct aip_part head = {.kind = AIP_SERVER_CALL, .server = &server};

	responses_read_mcp_call(v, &server, &result);
	if (item->is_mcp || !server.name.len || !server.label.len)
		return AIP_OK;
	item->is_mcp = true;
	server.label = clients_label(d, server.label);
	server.input = server.raw = AIP_NONE;
	return open_piece(d, item, PIECE_CALL, &head);
}

static enum aip_status end_server(struct aip_decoder *d, struct responses_item *item,
                                  const struct aip_json *v);

static enum aip_status end_mcp(struct aip_decoder *d, struct responses_item *item,
                               const struct aip_json *v)
{
	struct aip_server_part server, result;
	const struct aip_part last = {.kind = AIP_SERVER_CALL, .server = &server};
	const struct aip_part gave = {.kind = AIP_SERVER_RESULT, .server = &result};
	const bool has_result = responses_read_mcp_call(v, &server, &result);

	enum aip_status s = begin_mcp(d, item, v);
	if (s || !item->is_mcp)
		return s ? s : end_server(d, item, v);
	server.label = result.label = clients_label(d, server.label);
	if (!item->spoke)
		s = responses_take_args(d, item, aip_json_text(v, "arguments"));
	if (!s)
		s = close_piece(d, item, &last);
	return s || !has_result ? s : put_whole(d, item, &gave);
}

/* ---- Other items ---------------------------------------------------------------------------- */

/* A picture is open beside other items, like a call. */
static enum aip_status open_picture(struct aip_decoder *d, struct responses_item *item,
                                    struct aip_str id, struct aip_media *media)
{
	const struct aip_part head = {.kind = AIP_IMAGE, .id = id, .media = media};

	return item->open == PIECE_CALL ? AIP_OK : open_piece(d, item, PIECE_CALL, &head);
}

static struct aip_media media_of(struct aip_decoder *d, const struct aip_json *v)
{
	struct aip_str format = aip_json_text(v, "output_format");

	return (struct aip_media){
		.source = AIP_FROM_BASE64,
		.mime = format.len ? aip_arena_printf(d->scratch, "image/%.*s", AIP_FMT(format))
	                           : AIP_LIT("image/png"),
	};
}

enum aip_status responses_take_picture(struct aip_decoder *d, struct responses_item *item,
                                       const struct aip_json *event)
{
	struct aip_media media = media_of(d, event);
	struct aip_str picture = aip_json_text(event, "partial_image_b64");
	const int64_t n = aip_json_int(event, "partial_image_index", 0);

	if (!picture.len || item->done)
		return AIP_OK;
	enum aip_status s = open_picture(d, item, aip_json_text(event, "item_id"), &media);
	return s ? s : put_delta(d, item, AIP_DELTA_IMAGE, n < 0 ? 1 : (uint32_t)n + 1, picture);
}

/* What an item says of its picture, for clients of the same dialect. */
static struct aip_ext *members_of(struct aip_decoder *d, const struct aip_json *v)
{
	struct aip_ext *ext = NULL;

	AIP_JSON_EACH (member, v)
		if (!codec_lists("id type status result", member->key))
			AIP_APPEND(&ext, aip_ext_new(d->scratch, AIP_RESPONSES, member->key,
			                             member->raw));
	return ext;
}

static enum aip_status end_image(struct aip_decoder *d, struct responses_item *item,
                                 const struct aip_json *v)
{
	struct aip_media media = media_of(d, v);
	struct aip_str picture = aip_json_text(v, "result");
	const struct aip_part last = {.kind = AIP_IMAGE,
	                              .media = &media,
	                              .ext = members_of(d, v),
	                              .dialect = AIP_RESPONSES};

	if (!picture.len && item->open != PIECE_CALL)
		return end_server(d, item, v);
	enum aip_status s = open_picture(d, item, aip_json_text(v, "id"), &media);
	if (!s && picture.len)
		s = put_delta(d, item, AIP_DELTA_IMAGE, 0, picture);
	return s ? s : close_piece(d, item, &last);
}

static enum aip_status end_server(struct aip_decoder *d, struct responses_item *item,
                                  const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");
	struct aip_server_part server = {
		.tool = responses_server_tool(type),
		.id = aip_json_text(v, "id"),
		.name = type,
		.dialect = AIP_RESPONSES,
		.raw = v->raw,
	};
	const bool is_result = aip_str_ends(type, AIP_LIT("_output"));
	const struct aip_part part = {.kind = is_result ? AIP_SERVER_RESULT : AIP_SERVER_CALL,
	                              .server = &server};

	return put_whole(d, item, &part);
}

static enum aip_status end_unknown(struct aip_decoder *d, struct responses_item *item,
                                   const struct aip_json *v)
{
	const bool compacts = aip_str_starts(aip_json_text(v, "type"), AIP_LIT("compaction"));
	const struct aip_part part = {
		.kind = compacts ? AIP_COMPACTION : AIP_UNKNOWN_PART,
		.raw = v->raw,
		.dialect = AIP_RESPONSES,
	};

	return put_whole(d, item, &part);
}

enum aip_status responses_begin_item(struct aip_decoder *d, struct responses_item *item,
                                     const struct aip_json *v)
{
	struct aip_str type = aip_json_text(v, "type");

	if (aip_str_is(type, "reasoning"))
		item->id = aip_arena_dup(d->ctx->arena, aip_json_text(v, "id"));
	if (aip_str_is(type, "function_call") || aip_str_is(type, "custom_tool_call"))
		return begin_call(d, item, v);
	if (aip_str_is(type, "mcp_call"))
		return begin_mcp(d, item, v);
	return AIP_OK;
}

enum aip_status responses_end_item(struct aip_decoder *d, struct responses_item *item,
                                   const struct aip_json *v)
{
	static const struct {
		const char *type;
		enum aip_status (*end)(struct aip_decoder *d, struct responses_item *item,
		                       const struct aip_json *v);
	} types[] = {
		{"message", end_message},
		{"reasoning", end_reasoning},
		{"function_call", end_call},
		{"custom_tool_call", end_call},
		{"image_generation_call", end_image},
		{"mcp_call", end_mcp},
	};
	struct aip_str type = aip_json_text(v, "type");

	if (item->done || !type.len)
		return AIP_OK;
	item->done = true;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (aip_str_is(type, types[i].type))
			return types[i].end(d, item, v);
	return responses_server_tool(type) ? end_server(d, item, v) : end_unknown(d, item, v);
}

/* ---- The response --------------------------------------------------------------------------- */

enum aip_status responses_start(struct aip_decoder *d, const struct aip_json *response)
{
	struct aip_str tier = aip_json_text(response, "service_tier");

	if (d->started)
		return AIP_OK;
	d->started = true;
	return emit(
		d, &(struct aip_event){
			   .kind = AIP_EV_START,
			   .id = aip_json_text(response, "id"),
			   .model_name = aip_json_text(response, "model"),
			   .service_tier = aip_str_is(tier, "default") ? AIP_LIT("standard") : tier,
			   .created_s = aip_json_int(response, "created_at", d->ctx->now_s)});
}

/* An HTTP status may stand in the error or beside it. */
static int http_of(const struct aip_json *error, const struct aip_json *beside)
{
	static const char *const keys[] = {"status_code", "status"};

	for (size_t i = 0; i < 2; i++) {
		int64_t http = aip_json_int(error, keys[i], aip_json_int(beside, keys[i], 0));
		if (http >= 400 && http < 600)
			return (int)http;
	}
	return 0;
}

enum aip_status responses_fail(struct aip_decoder *d, const struct aip_json *error,
                               const struct aip_json *beside)
{
	struct aip_error seen;

	openai_read_error_object(error, http_of(error, beside), &seen);
	seen.retry_after_ms = openai_error_wait_ms(error, d->ctx->now_s);
	d->ended = true;
	return emit(d, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &seen});
}

static enum aip_stop stop_of(const struct aip_decoder *d, const struct aip_json *response)
{
	struct aip_str why = aip_json_text(aip_json_some(response, "incomplete_details"), "reason");

	if (aip_str_is(aip_json_text(response, "status"), "incomplete") || why.len)
		return aip_str_is(why, "content_filter") ? AIP_STOP_CONTENT_FILTER
		                                         : AIP_STOP_MAX_TOKENS;
	if (d->called)
		return AIP_STOP_TOOL_USE;
	return d->refused ? AIP_STOP_REFUSAL : AIP_STOP_END_TURN;
}

/* Items that were never streamed, and those that never ended. */
static enum aip_status end_items(struct aip_decoder *d, const struct aip_json *response)
{
	struct responses_item *item = NULL;
	int64_t index = 0;

	AIP_JSON_EACH (v, aip_json_some(response, "output")) {
		enum aip_status s = responses_item_at(d, index++, &item);
		s = s ? s : responses_end_item(d, item, v);
		if (s)
			return s;
	}
	for (item = d->items; item; item = item->next) {
		enum aip_status s = close_piece(d, item, NULL);
		if (s)
			return s;
	}
	return AIP_OK;
}

enum aip_status responses_end(struct aip_decoder *d, const struct aip_json *response)
{
	struct aip_usage usage;

	enum aip_status s = responses_start(d, response);
	if (!s)
		s = end_items(d, response);
	if (!s)
		s = emit(d,
		         &(struct aip_event){.kind = AIP_EV_FINISH, .stop = stop_of(d, response)});
	if (!s && responses_read_usage(aip_json_some(response, "usage"), &usage))
		s = emit(d, &(struct aip_event){.kind = AIP_EV_USAGE, .usage = &usage});
	d->ended = true;
	return s ? s : emit(d, &(struct aip_event){.kind = AIP_EV_END});
}

static bool has_failed(const struct aip_json *response)
{
	struct aip_str status = aip_json_text(response, "status");

	return aip_json_some(response, "error") || aip_str_is(status, "failed") ||
	       aip_str_is(status, "cancelled");
}

enum aip_status responses_read_whole(struct aip_decoder *d, const struct aip_json *response)
{
	if (aip_json_is(aip_json_get(response, "response"), AIP_JSON_OBJECT))
		response = aip_json_get(response,
		                        "response"); /* a terminal event without its stream */
	if (has_failed(response))
		return responses_fail(d, aip_json_some(response, "error"), response);
	if (!aip_json_is(aip_json_get(response, "output"), AIP_JSON_ARRAY))
		return aip_fail(d->error, AIP_UPSTREAM_BROKEN,
		                "the upstream's answer is no response");
	return responses_end(d, response);
}
