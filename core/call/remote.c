/* Media that a request names by URL, for a target that opens none: fetched once for the call, put in
 * before the request is translated.
 *
 * Only who asks for the canonical request translates; bytes that are relayed are not looked at. So the
 * question is put off until then: the first time the answer is "not yet", the attempt ends unseen, and is
 * begun anew with the same credential once all has been fetched. */
#include <aiproxy/json.h>
#include <aiproxy/rules.h>

#include "call/inside.h"

/* ---- Where in the client's document ---------------------------------------------------------- */

/* What may well say a URL and means none to be opened. */
static bool is_prose(const struct aip_json *at)
{
	return aip_str_is(at->key, "text") || aip_str_is(at->key, "content") ||
	       aip_str_is(at->key, "input");
}

static const struct aip_json *find_text(const struct aip_json *in, struct aip_str text)
{
	if (in->kind == AIP_JSON_STRING)
		return !is_prose(in) && aip_str_eq(in->text, text) ? in : NULL;
	AIP_JSON_EACH (child, in) {
		const struct aip_json *found = find_text(child, text);
		if (found)
			return found;
	}
	return NULL;
}

static enum aip_status fail_at(struct call *call, struct aip_str url, const char *why,
                               struct aip_error *reterr)
{
	struct aip_json *doc = NULL;

	if (aip_json_parse(call->ex->arena, call->ex->body, &doc, reterr))
		return reterr->status;
	return aip_json_fail(reterr, find_text(doc, url), "%s", why);
}

/* ---- Putting in ----------------------------------------------------------------------------- */

/* What a part said before it was given its bytes. */
struct remote_swap {
	struct remote_swap *next;
	struct aip_media *media;
	struct aip_str url, mime;
};

/* Another target may take URLs. */
static void take_out(struct remote *remote)
{
	for (struct remote_swap *swap = remote->swaps; swap; swap = swap->next) {
		swap->media->source = AIP_FROM_URL;
		swap->media->data = swap->url;
		swap->media->mime = swap->mime;
	}
	remote->swaps = NULL;
}

static struct media_item *item_of(struct remote *remote, struct aip_str url)
{
	struct media_item *item = remote->items;

	while (item && !aip_str_eq(item->url, url))
		item = item->next;
	return item;
}

static enum aip_status want(struct call *call, struct aip_str url, struct aip_error *reterr)
{
	struct remote *remote = &call->remote;
	struct media_item *item = item_of(remote, url);

	remote->waits = true;
	if (item)
		return AIP_OK;
	if (remote->n_items == MEDIA_ITEMS_MAX)
		return fail_at(call, url, "the request names too many URLs to be fetched", reterr);
	item = AIP_NEW(call->ex->arena, struct media_item);
	*item = (struct media_item){.next = remote->items, .url = url};
	remote->items = item;
	remote->n_items++;
	return AIP_OK;
}

static enum aip_status put_in(struct call *call, const struct aip_part *part,
                              const struct media_item *item, struct aip_error *reterr)
{
	struct aip_media *media = part->media;
	struct aip_str type = aip_media_fetched_type(part, item->content_type, item->base64);

	if (!type.len)
		return fail_at(call, item->url,
		               part->kind == AIP_IMAGE   ? "what stands at the URL is no image"
		               : part->kind == AIP_AUDIO ? "what stands at the URL is no audio"
		               : part->kind == AIP_VIDEO ? "what stands at the URL is no video"
		                                         : "what stands at the URL is no document",
		               reterr);
	struct remote_swap *swap = AIP_NEW(call->ex->arena, struct remote_swap);
	*swap = (struct remote_swap){call->remote.swaps, media, media->data, media->mime};
	call->remote.swaps = swap;
	media->source = AIP_FROM_BASE64;
	media->data = item->base64;
	media->mime = type;
	return AIP_OK;
}

static enum aip_status look_at_parts(struct call *call, const struct aip_part *part,
                                     struct aip_error *reterr);

static enum aip_status look_at(struct call *call, const struct aip_part *part,
                               struct aip_error *reterr)
{
	if (part->result)
		return look_at_parts(call, part->result->parts, reterr);
	if (!part->media)
		return AIP_OK;
	if (part->media->source == AIP_FROM_PARTS)
		return look_at_parts(call, part->media->parts, reterr);
	if (!aip_media_needs_bytes(call->ctx.upstream, call->ctx.caps, part) ||
	    !aip_media_is_remote(part->media))
		return AIP_OK;
	const struct media_item *item = item_of(&call->remote, part->media->data);
	return item && item->is_fetched ? put_in(call, part, item, reterr)
	                                : want(call, part->media->data, reterr);
}

static enum aip_status look_at_parts(struct call *call, const struct aip_part *part,
                                     struct aip_error *reterr)
{
	enum aip_status s = AIP_OK;

	for (; part && !s; part = part->next)
		s = look_at(call, part, reterr);
	return s;
}

enum aip_status remote_put_in(struct call *call, struct aip_error *reterr)
{
	enum aip_status s = AIP_OK;

	take_out(&call->remote);
	if (!call->snapshot->tuning.media_fetch)
		return AIP_OK;
	for (const struct aip_turn *turn = call->request->turns; turn && !s; turn = turn->next)
		s = look_at_parts(call, turn->parts, reterr);
	if (s)
		call->remote.waits = false;
	else if (call->remote.waits)
		s = aip_fail(reterr, AIP_BAD_REQUEST,
		             "media of the request is still to be fetched");
	return s;
}

/* ---- Fetching ------------------------------------------------------------------------------- */

static void on_over(void *arg, const struct media_item *failed, const char *why)
{
	struct call *call;
	struct aip_error error = {0};

	AIP_CAST(call, arg, CALL_MAGIC);
	call->remote.job = NULL;
	if (!failed) {
		attempt_begin(call);
		return;
	}
	fail_at(call, failed->url, why, &error);
	deliver_error(call, &error);
}

void remote_fetch(struct call *call)
{
	const struct media_task task = {
		.loop = call->worker->loop,
		.upstream = call->worker->upstream,
		.arena = call->ex->arena,
		.limits = &call->snapshot->tuning.media,
		.items = call->remote.items,
		.over = on_over,
		.arg = call,
	};

	attempt_close(call);
	call_move(call, CALL_ADMITTED);
	call->remote.waits = false;
	call->remote.is_resumed = true;
	call->remote.job = media_start(&task);
}

void remote_close(struct call *call)
{
	if (call->remote.job)
		media_cancel(call->remote.job);
	call->remote.job = NULL;
}
