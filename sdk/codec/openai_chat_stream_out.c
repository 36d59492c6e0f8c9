/* Chat Completions answers, written as a stream of chunks. */
#include "codecs.h"
#include "openai_chat.h"
#include "openai_error.h"

#define HEAD_MAX  (16u << 20)
#define IMAGE_MAX (64u << 20)

/* A call or an image being written. */
struct item {
	struct item *next;
	uint32_t candidate, block;
	enum aip_part_kind kind;
	bool open;
	/* call */
	uint32_t index; /* its place among the calls of its choice */
	bool spoke;     /* arguments were written */
	bool custom;
	bool hidden; /* the old form has room for one call only */
	/* image: the last of those that replace each other */
	struct aip_str mime;
	struct aip_buf data;
};

/* A choice. */
struct lane {
	bool has_role;
	uint32_t n_calls;
	enum aip_part_kind kind; /* of the block that grows */
	int64_t from, chars;     /* where its text begins, where the message ends, in code points */
	struct aip_citation *cited;
	struct aip_str sound; /* the id of a spoken answer, once told */
};

struct aip_encoder {
	struct aip_codec_ctx *ctx;
	struct aip_buf head; /* what every chunk begins with, up to its choices */
	struct aip_json_out out;
	struct item *items;
	struct lane lanes[CHAT_CHOICES_MAX];
	bool wants_usage, legacy;
	bool ended;
	struct aip_usage usage;
	struct aip_str id;
	int64_t created_s;
};

/* ---- Chunks --------------------------------------------------------------------------------- */

static void write_head(struct aip_encoder *e, const struct aip_event *event)
{
	struct aip_json_out out = aip_json_to(&e->head);

	aip_buf_clear(&e->head);
	aip_buf_add(out.buf, AIP_LIT("data: "));
	aip_json_open(&out, '{');
	aip_json_str(&out, "id", e->id);
	aip_json_str(&out, "object", AIP_LIT("chat.completion.chunk"));
	aip_json_int_kv(&out, "created", e->created_s);
	aip_json_str(&out, "model", e->ctx->model_asked);
	if (event->service_tier.len)
		aip_json_str(&out, "service_tier", chat_write_tier(event->service_tier));
	if (event->system_fingerprint.len)
		aip_json_str(&out, "system_fingerprint", event->system_fingerprint);
	aip_json_key(&out, "choices");
	aip_json_open(&out, '[');
}

static void open_chunk(struct aip_encoder *e, struct aip_buf *into)
{
	aip_buf_add(into, aip_buf_lend(&e->head, into));
	e->out = aip_json_to(into);
}

static void close_chunk(struct aip_encoder *e)
{
	aip_json_close(&e->out, '}');
	aip_buf_add(e->out.buf, AIP_LIT("\n\n"));
}

static void open_delta(struct aip_encoder *e, uint32_t candidate, struct aip_buf *into)
{
	open_chunk(e, into);
	aip_json_open(&e->out, '{');
	aip_json_int_kv(&e->out, "index", candidate);
	aip_json_key(&e->out, "delta");
	aip_json_open(&e->out, '{');
}

/* finish_reason NULL: not yet. */
static void close_choice(struct aip_encoder *e, const char *finish_reason)
{
	if (finish_reason)
		aip_json_str(&e->out, "finish_reason", aip_str(finish_reason));
	else
		aip_json_null_kv(&e->out, "finish_reason");
	aip_json_close(&e->out, '}');
	aip_json_close(&e->out, ']');
	if (e->wants_usage)
		aip_json_null_kv(&e->out, "usage");
	close_chunk(e);
}

static void close_delta(struct aip_encoder *e, const char *finish_reason)
{
	aip_json_close(&e->out, '}');
	aip_json_null_kv(&e->out, "logprobs");
	close_choice(e, finish_reason);
}

static void give_role(struct aip_encoder *e, uint32_t candidate, struct aip_buf *into)
{
	if (e->lanes[candidate].has_role)
		return;
	e->lanes[candidate].has_role = true;
	open_delta(e, candidate, into);
	aip_json_str(&e->out, "role", AIP_LIT("assistant"));
	aip_json_str(&e->out, "content", AIP_LIT(""));
	aip_json_null_kv(&e->out, "refusal");
	close_delta(e, NULL);
}

static void put_string(struct aip_encoder *e, const struct aip_event *event, const char *key,
                       struct aip_buf *into)
{
	open_delta(e, event->candidate, into);
	aip_json_str(&e->out, key, event->text);
	close_delta(e, NULL);
}

/* ---- Items ---------------------------------------------------------------------------------- */

static struct item *item_find(struct aip_encoder *e, const struct aip_event *event)
{
	for (struct item *item = e->items; item; item = item->next)
		if (item->open && item->block == event->block &&
		    item->candidate == event->candidate)
			return item;
	return NULL;
}

static struct item *item_open(struct aip_encoder *e, const struct aip_event *event)
{
	struct item *item = e->items;

	while (item && item->open)
		item = item->next;
	if (!item) {
		item = AIP_NEW(e->ctx->arena, struct item);
		item->next = e->items;
		e->items = item;
		aip_buf_init(&item->data, IMAGE_MAX);
	}
	aip_buf_clear(&item->data);
	*item = (struct item){.next = item->next,
	                      .candidate = event->candidate,
	                      .block = event->block,
	                      .kind = event->part->kind,
	                      .open = true,
	                      .data = item->data};
	return item;
}

/* ---- Tool calls ----------------------------------------------------------------------------- */

static void open_call(struct aip_encoder *e, const struct item *call, struct aip_buf *into)
{
	open_delta(e, call->candidate, into);
	aip_json_key(&e->out, "tool_calls");
	aip_json_open(&e->out, '[');
	aip_json_open(&e->out, '{');
	aip_json_int_kv(&e->out, "index", call->index);
}

static void close_call(struct aip_encoder *e)
{
	aip_json_close(&e->out, '}');
	aip_json_close(&e->out, ']');
	close_delta(e, NULL);
}

static void put_call_body(struct aip_encoder *e, const struct item *call, struct aip_str name,
                          struct aip_str args)
{
	aip_json_key(&e->out, e->legacy ? "function_call" : call->custom ? "custom" : "function");
	aip_json_open(&e->out, '{');
	aip_json_str_some(&e->out, "name", name);
	aip_json_str(&e->out, call->custom ? "input" : "arguments", args);
	aip_json_close(&e->out, '}');
}

static void put_args(struct aip_encoder *e, struct item *call, struct aip_str args,
                     struct aip_buf *into)
{
	call->spoke = true;
	if (call->hidden)
		return;
	if (e->legacy) {
		open_delta(e, call->candidate, into);
		put_call_body(e, call, AIP_NONE, args);
		close_delta(e, NULL);
		return;
	}
	open_call(e, call, into);
	put_call_body(e, call, AIP_NONE, args);
	close_call(e);
}

static void start_call(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	const struct aip_part *part = event->part;
	struct aip_str name = chat_call_name(e->ctx->arena, part->call);
	struct item *call = item_open(e, event);

	call->custom = part->call->kind == AIP_CALL_CUSTOM;
	call->index = e->lanes[event->candidate].n_calls++;
	call->hidden = e->legacy && call->index > 0;
	if (call->hidden)
		return;
	if (e->legacy) {
		open_delta(e, event->candidate, into);
		put_call_body(e, call, name, AIP_NONE);
		close_delta(e, NULL);
		return;
	}
	open_call(e, call, into);
	aip_json_str(&e->out, "id", aip_call_id(e->ctx->arena, &aip_names_openai, part->call->id));
	aip_json_str(&e->out, "type", call->custom ? AIP_LIT("custom") : AIP_LIT("function"));
	put_call_body(e, call, name, AIP_NONE);
	chat_put_signature(&e->out, part->opaque ? aip_opaque_out(e->ctx, part->opaque) : AIP_NONE);
	close_call(e);
}

/* A late signature finds its call again by the index. */
static void put_signature(struct aip_encoder *e, const struct item *call,
                          const struct aip_opaque *opaque, struct aip_buf *into)
{
	struct aip_str value = e->legacy ? AIP_NONE : aip_opaque_out(e->ctx, opaque);

	if (!value.at)
		return;
	open_call(e, call, into);
	put_call_body(e, call, AIP_NONE, AIP_NONE);
	chat_put_signature(&e->out, value);
	close_call(e);
}

/* ---- Citations, tokens, sound --------------------------------------------------------------- */

/* Held until their text has ended: only then it is known where. */
static void hold_citation(struct aip_encoder *e, struct lane *lane,
                          const struct aip_citation *citation)
{
	if (!citation->url.len)
		return;
	struct aip_citation *held = aip_citation_new(e->ctx->arena);
	held->url = aip_arena_dup(e->ctx->arena, citation->url);
	held->title = aip_arena_dup(e->ctx->arena, citation->title);
	held->start = citation->start;
	held->end = citation->end;
	AIP_APPEND(&lane->cited, held);
}

static void put_citations(struct aip_encoder *e, uint32_t candidate, struct aip_buf *into)
{
	struct lane *lane = &e->lanes[candidate];

	if (!lane->cited)
		return;
	open_delta(e, candidate, into);
	aip_json_key(&e->out, "annotations");
	aip_json_open(&e->out, '[');
	for (const struct aip_citation *c = lane->cited; c; c = c->next)
		chat_put_annotation(&e->out, c, lane->from + (c->start >= 0 ? c->start : 0),
		                    c->end >= 0 ? lane->from + c->end : lane->chars);
	aip_json_close(&e->out, ']');
	close_delta(e, NULL);
	lane->cited = NULL;
}

static void put_logprobs(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	const bool refusal = e->lanes[event->candidate].kind == AIP_REFUSAL;

	open_delta(e, event->candidate, into);
	aip_json_close(&e->out, '}');
	chat_put_logprobs(&e->out, refusal ? AIP_NONE : event->raw,
	                  refusal ? event->raw : AIP_NONE);
	close_choice(e, NULL);
}

static void put_audio(struct aip_encoder *e, uint32_t candidate, const char *key,
                      struct aip_str text, bool raw, struct aip_buf *into)
{
	struct aip_str *sound = &e->lanes[candidate].sound;

	if (!text.len)
		return;
	open_delta(e, candidate, into);
	aip_json_key(&e->out, "audio");
	aip_json_open(&e->out, '{');
	aip_json_str_some(&e->out, "id", *sound);
	*sound = AIP_NONE;
	if (raw)
		aip_json_raw_some(&e->out, key, text);
	else
		aip_json_str(&e->out, key, text);
	aip_json_close(&e->out, '}');
	close_delta(e, NULL);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

static void start_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	const struct aip_part *part = event->part;
	struct lane *lane = &e->lanes[event->candidate];

	if (part->kind == AIP_TOOL_CALL) {
		start_call(e, event, into);
	} else if (part->kind == AIP_IMAGE) {
		item_open(e, event)->mime = aip_arena_dup(e->ctx->arena, part->media->mime);
	} else {
		lane->kind = part->kind;
		lane->from = lane->chars;
		if (part->kind == AIP_AUDIO)
			lane->sound = aip_arena_dup(e->ctx->arena, part->media->id);
	}
}

static void put_delta(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct lane *lane = &e->lanes[event->candidate];
	struct item *item;

	switch (event->delta) {
	case AIP_DELTA_TEXT:
		lane->chars += chat_code_points(event->text);
		put_string(e, event, "content", into);
		break;
	case AIP_DELTA_THINK:
	case AIP_DELTA_SUMMARY:
		if (event->text.len)
			put_string(e, event, "reasoning_content", into);
		break;
	case AIP_DELTA_REFUSAL: put_string(e, event, "refusal", into); break;
	case AIP_DELTA_ARGS:
		if ((item = item_find(e, event)))
			put_args(e, item, event->text, into);
		break;
	case AIP_DELTA_OPAQUE:
		if ((item = item_find(e, event)) && item->kind == AIP_TOOL_CALL)
			put_signature(e, item, event->part->opaque, into);
		break;
	case AIP_DELTA_CITATION: hold_citation(e, lane, event->citation); break;
	case AIP_DELTA_LOGPROBS: put_logprobs(e, event, into); break;
	case AIP_DELTA_IMAGE:
		if (!event->index && (item = item_find(e, event))) {
			aip_buf_clear(&item->data);
			aip_buf_keep(&item->data, event->text, into);
		}
		break;
	case AIP_DELTA_AUDIO:
		put_audio(e, event->candidate, "transcript", event->transcript, false, into);
		put_audio(e, event->candidate, "data", event->text, false, into);
		break;
	case AIP_DELTA_RAW: break;
	}
}

static void stop_item(struct aip_encoder *e, struct item *item, const struct aip_part *last,
                      struct aip_buf *into)
{
	const bool is_cut = last && last->call && last->call->incomplete;

	item->open = false;
	if (item->kind == AIP_TOOL_CALL) {
		if (!item->spoke && !item->custom && !is_cut)
			put_args(e, item, AIP_LIT("{}"), into);
		return;
	}
	struct aip_str image = aip_buf_lend(&item->data, into);
	if (!image.len)
		return;
	open_delta(e, item->candidate, into);
	aip_json_key(&e->out, "images");
	aip_json_open(&e->out, '[');
	chat_put_image(&e->out, item->mime, image);
	aip_json_close(&e->out, ']');
	close_delta(e, NULL);
}

static void stop_block(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	struct item *item = item_find(e, event);
	struct lane *lane = &e->lanes[event->candidate];

	if (item) {
		stop_item(e, item, event->part, into);
		return;
	}
	if (lane->kind == AIP_AUDIO && event->part && event->part->media)
		put_audio(e, event->candidate, "expires_at", event->part->media->expires_at, true,
		          into);
	if (lane->kind == AIP_TEXT)
		put_citations(e, event->candidate, into);
}

/* ---- The stream ----------------------------------------------------------------------------- */

static void put_end(struct aip_encoder *e, struct aip_buf *into)
{
	e->ended = true;
	if (e->wants_usage && aip_usage_known(&e->usage)) {
		open_chunk(e, into);
		aip_json_close(&e->out, ']');
		chat_write_usage(&e->usage, &e->out);
		close_chunk(e);
	}
	aip_buf_add(into, AIP_LIT("data: [DONE]\n\n"));
}

static void put_error(struct aip_encoder *e, const struct aip_error *error, struct aip_buf *into)
{
	e->ended = true;
	aip_buf_add(into, AIP_LIT("data: "));
	openai_write_error(error, AIP_NONE, into);
	aip_buf_add(into, AIP_LIT("\n\n"));
}

static void start(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	if (event->created_s)
		e->created_s = event->created_s;
	if (aip_str_starts(event->id, AIP_LIT("chatcmpl-")))
		e->id = aip_arena_dup(e->ctx->arena, event->id);
	if (event->usage)
		aip_usage_merge(&e->usage, event->usage);
	write_head(e, event);
	give_role(e, 0, into);
}

static void put_finish(struct aip_encoder *e, const struct aip_event *event, struct aip_buf *into)
{
	open_delta(e, event->candidate, into);
	aip_json_close(&e->out, '}');
	chat_put_logprobs(&e->out, event->raw, AIP_NONE);
	close_choice(e, chat_write_stop(event->stop, e->legacy));
}

static bool is_of_choice(const struct aip_event *event)
{
	return event->kind == AIP_EV_BLOCK_START || event->kind == AIP_EV_DELTA ||
	       event->kind == AIP_EV_BLOCK_STOP || event->kind == AIP_EV_FINISH;
}

enum aip_status chat_encoder_event(struct aip_encoder *e, const struct aip_event *event,
                                   struct aip_buf *out)
{
	const size_t before = out->len;

	if (e->ended || (is_of_choice(event) && event->candidate >= CHAT_CHOICES_MAX))
		return AIP_OK;
	if (event->kind == AIP_EV_BLOCK_START || event->kind == AIP_EV_FINISH)
		give_role(e, event->candidate, out);
	switch (event->kind) {
	case AIP_EV_START: start(e, event, out); break;
	case AIP_EV_BLOCK_START: start_block(e, event, out); break;
	case AIP_EV_DELTA: put_delta(e, event, out); break;
	case AIP_EV_BLOCK_STOP: stop_block(e, event, out); break;
	case AIP_EV_USAGE: aip_usage_merge(&e->usage, event->usage); break;
	case AIP_EV_FINISH: put_finish(e, event, out); break;
	case AIP_EV_PING: chat_encoder_ping(e, out); break;
	case AIP_EV_ERROR: put_error(e, event->error, out); break;
	case AIP_EV_END: put_end(e, out); break;
	default: break;
	}
	return codec_told(out, before, &e->ended);
}

void chat_encoder_ping(struct aip_encoder *e, struct aip_buf *out)
{
	if (!e->ended)
		aip_buf_add(out, AIP_LIT(": keep-alive\n\n"));
}

struct aip_encoder *chat_encoder_new(struct aip_codec_ctx *ctx)
{
	struct aip_encoder *e = AIP_NEW(ctx->arena, struct aip_encoder);

	e->ctx = ctx;
	e->id = aip_ctx_id(ctx, "chatcmpl-");
	e->created_s = ctx->now_s;
	e->wants_usage = ctx->request && ctx->request->stream_options.include_usage == AIP_YES;
	e->legacy = ctx->request && ctx->request->legacy_functions;
	aip_usage_init(&e->usage);
	aip_buf_init(&e->head, HEAD_MAX);
	return e;
}

void chat_encoder_fini(struct aip_encoder *e)
{
	if (!e)
		return;
	for (struct item *item = e->items; item; item = item->next)
		aip_buf_fini(&item->data);
	aip_buf_fini(&e->head);
}
