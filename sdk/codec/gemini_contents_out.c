/* Gemini requests, written: contents and the system instruction. */
#include "gemini.h"

#include "ir/index.h"

/* What is being written. */
struct contents {
	struct gemini_writer *w;
	const char *role;               /* of the open content; NULL: none is open */
	const struct aip_turn *current; /* the calls behind it belong to the current turn */
	bool newest;                    /* the turn being written stands behind it */
	bool step_is_signed;            /* a call of this model turn carries a signature */
	const struct aip_opaque *held; /* signature of the next call, told by a thought before it */
};

static struct aip_json_out *out_of(struct contents *c)
{
	return &c->w->out;
}

/* ---- Text and media ------------------------------------------------------------------------- */

static void put_signature(struct contents *c, const struct aip_opaque *opaque)
{
	if (opaque && aip_opaque_is_native(c->w->ctx, opaque))
		aip_json_str(out_of(c), "thoughtSignature", opaque->data);
}

static void put_text(struct contents *c, struct aip_str text)
{
	gemini_put_text_part(out_of(c), text, false, AIP_NONE);
}

static struct aip_str mime_of(const struct aip_part *part)
{
	const struct aip_media *media = part->media;
	struct aip_str by_name = aip_mime_of_name(media->filename);

	if (media->mime.len)
		return media->mime;
	if (part->kind == AIP_AUDIO && media->format.len)
		return aip_str_is(media->format, "mp3") ? AIP_LIT("audio/mpeg")
		                                        : AIP_LIT("audio/wav");
	if (by_name.len)
		return by_name;
	return media->source == AIP_FROM_BASE64 ? aip_str(aip_sniff_base64(media->data))
	                                        : aip_mime_of_name(media->data);
}

static void put_blob(struct contents *c, const struct aip_part *part)
{
	struct aip_json_out *out = out_of(c);

	aip_json_key(out, "inlineData");
	aip_json_open(out, '{');
	aip_json_str(out, "mimeType", mime_of(part));
	aip_json_str(out, "data", part->media->data);
	if (c->w->same)
		aip_json_str_some(out, "displayName", part->media->filename);
	aip_json_close(out, '}');
}

static void put_file(struct contents *c, const struct aip_part *part)
{
	const struct aip_media *media = part->media;
	struct aip_json_out *out = out_of(c);

	if (aip_media_needs_bytes(AIP_GEMINI, c->w->ctx->caps, part))
		gemini_refuse(c->w, "messages", "this model takes no media by URL, only inline");
	aip_json_key(out, "fileData");
	aip_json_open(out, '{');
	aip_json_str_some(out, "mimeType", mime_of(part));
	aip_json_str(out, "fileUri", media->data);
	if (c->w->same)
		aip_json_str_some(out, "displayName", media->filename);
	aip_json_close(out, '}');
}

/* How closely to look, in Google's words or in OpenAI's. */
static void put_resolution(struct contents *c, const struct aip_media *media)
{
	static const char *const details[][2] = {
		{"low", "MEDIA_RESOLUTION_LOW"},
		{"high", "MEDIA_RESOLUTION_HIGH"},
		{"original", "MEDIA_RESOLUTION_ULTRA_HIGH"},
	};
	struct aip_str level = media->resolution;

	for (size_t i = 0; i < sizeof(details) / sizeof(*details) && !level.len; i++) {
		if (!aip_str_is(media->detail, details[i][0]))
			continue;
		if (c->w->ctx->caps->part_resolution == AIP_YES)
			level = aip_str(details[i][1]);
		else
			gemini_drop(c->w, "messages.image_url.detail");
	}
	if (!level.len)
		return;
	aip_json_key(out_of(c), "mediaResolution");
	aip_json_open(out_of(c), '{');
	aip_json_str(out_of(c), "level", level);
	aip_json_close(out_of(c), '}');
}

static bool is_media(const struct aip_part *part)
{
	return part->kind == AIP_IMAGE || part->kind == AIP_DOCUMENT || part->kind == AIP_AUDIO ||
	       part->kind == AIP_VIDEO;
}

static bool is_text_document(const struct aip_part *part)
{
	return is_media(part) &&
	       (part->media->source == AIP_FROM_TEXT || part->media->source == AIP_FROM_PARTS);
}

/* Of a part that has no place of its own but can be read: a document's text, what a search found.
 */
static struct aip_str readable(struct aip_arena *arena, const struct aip_part *part)
{
	if (is_text_document(part)) {
		const struct aip_media *media = part->media;
		return aip_words_titled(arena, media->title.len ? media->title : media->filename,
		                        media->source == AIP_FROM_PARTS
		                                ? aip_parts_text(arena, media->parts)
		                                : media->data);
	}
	if (part->kind == AIP_SEARCH_RESULT)
		return aip_words_found(arena, part->found);
	return part->kind == AIP_TEXT || part->kind == AIP_REFUSAL ? part->text : AIP_NONE;
}

static void put_media(struct contents *c, const struct aip_part *part)
{
	struct aip_json_out *out = out_of(c);

	if (is_text_document(part)) {
		put_text(c, readable(c->w->ctx->arena, part));
		return;
	}
	aip_json_open(out, '{');
	if (part->media->source == AIP_FROM_BASE64)
		put_blob(c, part);
	else
		put_file(c, part);
	aip_json_raw_some(out, "videoMetadata", part->media->video_raw);
	put_resolution(c, part->media);
	put_signature(c, part->opaque);
	aip_json_close(out, '}');
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static void put_call_id(struct contents *c, struct aip_str id)
{
	if (c->w->ctx->caps->fc_id != AIP_NO && id.len)
		aip_json_str(out_of(c), "id", aip_call_id(c->w->ctx->arena, &aip_names_gemini, id));
}

static struct aip_str name_of(const struct contents *c, const struct aip_tool_call *call)
{
	return aip_names_out(c->w->ctx->names, call->space, call->name);
}

/* The first call of each step of the current turn must be signed where the model thinks in levels;
 * when nobody has signed it, Google's placeholder stands in. */
static void put_call_signature(struct contents *c, const struct aip_part *part)
{
	const struct aip_caps *caps = c->w->ctx->caps;
	const struct aip_opaque *own = part->opaque ? part->opaque : c->held;

	if (own && aip_opaque_is_native(c->w->ctx, own))
		put_signature(c, own);
	else if (!c->step_is_signed && c->newest &&
	         (!caps->modes || aip_caps_has(caps->modes, "level")))
		aip_json_str(out_of(c), "thoughtSignature", AIP_LIT(GEMINI_NO_SIGNATURE));
	c->step_is_signed = true;
	c->held = NULL;
}

static void put_call(struct contents *c, const struct aip_part *part)
{
	const struct aip_tool_call *call = part->call;
	struct aip_json_out *out = out_of(c);

	aip_json_open(out, '{');
	aip_json_key(out, "functionCall");
	aip_json_open(out, '{');
	put_call_id(c, call->id);
	aip_json_str(out, "name", name_of(c, call));
	aip_json_key(out, "args");
	if (call->kind == AIP_CALL_CUSTOM) {
		aip_json_open(out, '{');
		aip_json_str(out, "input", call->args);
		aip_json_close(out, '}');
	} else {
		aip_json_put_raw(out, aip_args_object(c->w->ctx, call->args));
	}
	aip_json_close(out, '}');
	put_call_signature(c, part);
	aip_json_close(out, '}');
}

/* ---- Results -------------------------------------------------------------------------------- */

static struct aip_str result_text(struct aip_arena *arena, const struct aip_part *parts)
{
	struct aip_str all = AIP_NONE;

	for (const struct aip_part *part = parts; part; part = part->next) {
		struct aip_str text = readable(arena, part);
		if (text.at)
			all = aip_words_titled(arena, all, text);
	}
	return all.at ? all : AIP_LIT("");
}

/* A result in this dialect goes back as its client wrote it. */
static bool put_own_response(struct contents *c, const struct aip_part *part)
{
	bool any = false;

	for (const struct aip_ext *ext = part->ext; ext; ext = ext->next) {
		if (ext->dialect != AIP_GEMINI)
			continue;
		aip_json_key_str(out_of(c), ext->key);
		aip_json_put_raw(out_of(c), ext->raw);
		any = any || aip_str_is(ext->key, "response");
	}
	return any;
}

/* The response is an object, whatever the tool said. */
static void put_response(struct contents *c, const struct aip_part *part)
{
	const struct aip_tool_result *result = part->result;
	const bool is_error = result->is_error == AIP_YES;
	struct aip_json_out *out = out_of(c);

	if (put_own_response(c, part))
		return;
	aip_json_key(out, "response");
	if (result->raw.len && result->raw.at[0] == '{' && !is_error) {
		aip_json_put_raw(out, result->raw);
		return;
	}
	aip_json_open(out, '{');
	aip_json_key(out, is_error ? "error" : "result");
	if (result->raw.len)
		aip_json_put_raw(out, result->raw);
	else
		aip_json_put_str(out, result_text(c->w->ctx->arena, result->parts));
	aip_json_close(out, '}');
}

static bool stands_inside(const struct contents *c, const struct aip_part *part)
{
	return is_media(part) && part->media->source == AIP_FROM_BASE64 &&
	       c->w->ctx->caps->fr_parts == AIP_YES;
}

static void put_inside(struct contents *c, const struct aip_part *parts)
{
	bool any = false;

	for (const struct aip_part *part = parts; part; part = part->next) {
		if (!stands_inside(c, part))
			continue;
		if (!any) {
			aip_json_key(out_of(c), "parts");
			aip_json_open(out_of(c), '[');
		}
		any = true;
		put_media(c, part);
	}
	if (any)
		aip_json_close(out_of(c), ']');
}

static void put_result(struct contents *c, const struct aip_part *part,
                       const struct aip_tool_call *call)
{
	struct aip_json_out *out = out_of(c);

	aip_json_open(out, '{');
	aip_json_key(out, "functionResponse");
	aip_json_open(out, '{');
	put_call_id(c, part->result->call_id);
	aip_json_str(out, "name", name_of(c, call));
	put_response(c, part);
	put_inside(c, part->result->parts);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

/* ---- Thoughts and the rest ------------------------------------------------------------------ */

/* Only what Google signed means anything to its models. A thought that brought the signature of the
 * call behind it, through a dialect where calls carry none, gives it back. */
static void put_thinking(struct contents *c, const struct aip_part *part)
{
	const struct aip_opaque *opaque = part->opaque;
	struct aip_str text = part->text;

	if (!text.len && part->thinking)
		text = aip_parts_text(c->w->ctx->arena, part->thinking->summary);
	if (opaque->part == AIP_TOOL_CALL) {
		c->held = opaque;
		return;
	}
	gemini_put_text_part(out_of(c), text, text.len || opaque->part == AIP_THINKING,
	                     opaque->data);
}

static void put_part(struct contents *c, const struct aip_part *part)
{
	struct aip_arena *arena = c->w->ctx->arena;

	switch (part->kind) {
	case AIP_TEXT:
		aip_json_open(out_of(c), '{');
		aip_json_str(out_of(c), "text", part->text);
		put_signature(c, part->opaque);
		aip_json_close(out_of(c), '}');
		break;
	case AIP_REFUSAL:
	case AIP_SEARCH_RESULT: put_text(c, readable(arena, part)); break;
	case AIP_IMAGE:
	case AIP_DOCUMENT:
	case AIP_AUDIO:
	case AIP_VIDEO: put_media(c, part); break;
	case AIP_TOOL_CALL: put_call(c, part); break;
	case AIP_THINKING: put_thinking(c, part); break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: aip_json_put_raw(out_of(c), part->server->raw); break;
	case AIP_UNKNOWN_PART: aip_json_put_raw(out_of(c), part->raw); break;
	default: break;
	}
}

/* What is lost of a part that has no place here; NULL: it has one, or there is nothing in it. */
static const char *lost_with(const struct contents *c, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
		return part->server->dialect == AIP_GEMINI ? NULL : "messages.server_tool";
	case AIP_UNKNOWN_PART: return part->dialect == AIP_GEMINI ? NULL : "messages.content";
	default: return NULL;
	}
}

/* Another vendor's thoughts: no client can keep them out of its history, so they refuse nothing. */
static bool is_foreign_thought(const struct contents *c, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_THINKING: return !part->opaque || !aip_opaque_is_native(c->w->ctx, part->opaque);
	case AIP_REDACTED_THINKING:
	case AIP_COMPACTION: return true;
	default: return false;
	}
}

static bool part_is_said(struct contents *c, const struct aip_part *part)
{
	const char *lost = lost_with(c, part);

	if (part->kind == AIP_ITEM_REF)
		gemini_refuse(c->w, "messages",
		              "this upstream keeps no items; send the full input");
	if (lost)
		gemini_drop(c->w, lost);
	if (part->cache.set)
		aip_ctx_dropped(c->w->ctx, "cache_control");
	if (is_foreign_thought(c, part)) {
		aip_ctx_dropped(c->w->ctx, "messages.thinking");
		return false;
	}
	if (part->kind == AIP_TEXT || part->kind == AIP_REFUSAL)
		return part->text.len > 0;
	return !lost && part->kind != AIP_ITEM_REF;
}

/* ---- Contents ------------------------------------------------------------------------------- */

static void close_content(struct contents *c)
{
	if (!c->role)
		return;
	aip_json_close(out_of(c), ']');
	aip_json_close(out_of(c), '}');
	c->role = NULL;
}

/* Neighbours of one role are one content; results keep theirs for themselves. */
static void open_content(struct contents *c, const char *role, bool alone)
{
	if (c->role && !alone && strcmp(c->role, role) == 0)
		return;
	close_content(c);
	aip_json_open(out_of(c), '{');
	aip_json_str(out_of(c), "role", aip_str(role));
	aip_json_key(out_of(c), "parts");
	aip_json_open(out_of(c), '[');
	c->role = role;
}

/* Results by their calls; the first of each. */
static void index_results(struct index *index, const struct aip_turn *results)
{
	for (struct aip_part *p = results ? results->parts : NULL; p; p = p->next) {
		void **at = p->result ? index_at(index, p->result->call_id) : NULL;
		if (at && !*at)
			*at = p;
	}
}

/* One response a call, in the order of the calls. */
static void put_results(struct contents *c, const struct aip_turn *calls,
                        const struct aip_turn *results)
{
	struct index index;

	index_init(&index, c->w->ctx->arena);
	index_results(&index, results);
	open_content(c, "user", true);
	for (const struct aip_part *call = calls->parts; call; call = call->next) {
		if (call->kind != AIP_TOOL_CALL)
			continue;
		const struct aip_part *result = index_get(&index, call->call->id);
		if (result)
			put_result(c, result, call->call);
	}
	for (const struct aip_part *p = results ? results->parts : NULL; p; p = p->next)
		for (const struct aip_part *inner = p->result->parts; inner; inner = inner->next)
			if (is_media(inner) && !is_text_document(inner) && !stands_inside(c, inner))
				put_media(c, inner);
	close_content(c);
}

static bool has_calls(const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (part->kind == AIP_TOOL_CALL)
			return true;
	return false;
}

/* What the system says in mid-conversation is marked for the model, since the API has no such role.
 */
static void put_system_turn(struct contents *c, const struct aip_turn *turn)
{
	struct aip_arena *arena = c->w->ctx->arena;

	open_content(c, "user", false);
	put_text(c, aip_words_system(arena, aip_parts_text(arena, turn->parts)));
}

/* Nobody may have spoken before the model, nor may it call before it is asked. */
static void put_opening(struct contents *c)
{
	open_content(c, "user", false);
	put_text(c, AIP_LIT(" "));
}

static void put_turn(struct contents *c, const struct aip_turn *turn, bool *first)
{
	const char *role = turn->role == AIP_ROLE_ASSISTANT ? "model" : "user";

	c->step_is_signed = false;
	c->held = NULL;
	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (!part_is_said(c, part))
			continue;
		if (*first && turn->role == AIP_ROLE_ASSISTANT)
			put_opening(c);
		*first = false;
		open_content(c, role, false);
		put_part(c, part);
	}
}

/* A model turn that stands last is to be continued, which newer models refuse to do. */
static bool is_left_out(struct contents *c, const struct aip_turn *turn)
{
	if (!turn->prefill || has_calls(turn) || c->w->ctx->caps->prefill != AIP_NO)
		return false;
	aip_ctx_warn(c->w->ctx, "the model continues no assistant turn: it was left out");
	gemini_drop(c->w, "messages.prefill");
	return true;
}

static void put_turns(struct contents *c)
{
	bool first = true;

	for (const struct aip_turn *turn = c->w->request->turns; turn; turn = turn->next) {
		const struct aip_turn *next = turn->next;
		c->newest = c->newest || turn == c->current;
		if (turn->role == AIP_ROLE_TOOL || is_left_out(c, turn))
			continue;
		if (turn->role == AIP_ROLE_SYSTEM)
			put_system_turn(c, turn);
		else
			put_turn(c, turn, &first);
		if (turn->role == AIP_ROLE_ASSISTANT && has_calls(turn))
			put_results(c, turn, next && next->role == AIP_ROLE_TOOL ? next : NULL);
		first = first && turn->role != AIP_ROLE_SYSTEM;
	}
	close_content(c);
	if (first)
		put_opening(c);
	close_content(c);
}

static const struct aip_turn *last_user_turn(const struct aip_request *request)
{
	const struct aip_turn *last = NULL;

	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next)
		if (turn->role == AIP_ROLE_USER)
			last = turn;
	return last;
}

void gemini_put_contents(struct gemini_writer *w)
{
	struct contents c = {.w = w, .current = last_user_turn(w->request)};

	c.newest = !c.current;
	aip_json_key(&w->out, "contents");
	aip_json_open(&w->out, '[');
	if (w->request->turns || !w->request->system) {
		put_turns(&c);
	} else { /* somebody must speak */
		open_content(&c, "user", false);
		for (const struct aip_part *p = w->request->system; p; p = p->next)
			put_text(&c, p->text);
		close_content(&c);
	}
	aip_json_close(&w->out, ']');
}

void gemini_put_system(struct gemini_writer *w)
{
	if (!w->request->system || !w->request->turns)
		return;
	aip_json_key(&w->out, "systemInstruction");
	aip_json_open(&w->out, '{');
	aip_json_key(&w->out, "parts");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = w->request->system; part; part = part->next) {
		if (part->cache.set)
			aip_ctx_dropped(w->ctx, "cache_control");
		gemini_put_text_part(&w->out, part->text, false, AIP_NONE);
	}
	aip_json_close(&w->out, ']');
	aip_json_close(&w->out, '}');
}
