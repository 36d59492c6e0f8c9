/* Deep copies of parts: every text is the arena's own afterwards. */
#include "ir/copy.h"

static void own(struct aip_arena *arena, struct aip_str *s)
{
	*s = aip_arena_dup(arena, *s);
}

static void *bytes_copy(struct aip_arena *arena, const void *from, size_t bytes)
{
	return memcpy(aip_arena_alloc(arena, bytes), from, bytes);
}

static struct aip_part *parts_copy(struct aip_arena *arena, const struct aip_part *parts)
{
	struct aip_part *copies = NULL, **tail = &copies;

	for (; parts; parts = parts->next) {
		*tail = part_copy(arena, parts);
		tail = &(*tail)->next;
	}
	return copies;
}

struct aip_opaque *opaque_copy(struct aip_arena *arena, const struct aip_opaque *opaque)
{
	if (!opaque)
		return NULL;

	struct aip_opaque *copy = bytes_copy(arena, opaque, sizeof(*opaque));
	own(arena, &copy->model);
	own(arena, &copy->item_id);
	own(arena, &copy->data);
	return copy;
}

struct aip_citation *citation_copy(struct aip_arena *arena, const struct aip_citation *citation)
{
	if (!citation)
		return NULL;

	struct aip_citation *copy = bytes_copy(arena, citation, sizeof(*citation));
	copy->next = NULL;
	own(arena, &copy->url);
	own(arena, &copy->title);
	own(arena, &copy->cited_text);
	own(arena, &copy->file_id);
	own(arena, &copy->raw);
	return copy;
}

static struct aip_citation *citations_copy(struct aip_arena *arena, const struct aip_citation *from)
{
	struct aip_citation *copies = NULL, **tail = &copies;

	for (; from; from = from->next) {
		*tail = citation_copy(arena, from);
		tail = &(*tail)->next;
	}
	return copies;
}

struct aip_ext *exts_copy(struct aip_arena *arena, const struct aip_ext *from)
{
	struct aip_ext *copies = NULL, **tail = &copies;

	for (; from; from = from->next) {
		*tail = aip_ext_new(arena, from->dialect, aip_arena_dup(arena, from->key),
		                    aip_arena_dup(arena, from->raw));
		tail = &(*tail)->next;
	}
	return copies;
}

static struct aip_media *media_copy(struct aip_arena *arena, const struct aip_media *media)
{
	if (!media)
		return NULL;

	struct aip_media *copy = bytes_copy(arena, media, sizeof(*media));
	struct aip_str *const texts[] = {
		&copy->data,       &copy->mime,   &copy->filename,   &copy->title,
		&copy->context,    &copy->detail, &copy->resolution, &copy->format,
		&copy->transcript, &copy->id,     &copy->expires_at, &copy->video_raw,
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		own(arena, texts[i]);
	copy->parts = parts_copy(arena, media->parts);
	return copy;
}

static struct aip_tool_call *call_copy(struct aip_arena *arena, const struct aip_tool_call *call)
{
	if (!call)
		return NULL;

	struct aip_tool_call *copy = bytes_copy(arena, call, sizeof(*call));
	own(arena, &copy->id);
	own(arena, &copy->item_id);
	own(arena, &copy->name);
	own(arena, &copy->space);
	own(arena, &copy->args);
	own(arena, &copy->caller_raw);
	return copy;
}

static struct aip_tool_result *result_copy(struct aip_arena *arena,
                                           const struct aip_tool_result *result)
{
	if (!result)
		return NULL;

	struct aip_tool_result *copy = bytes_copy(arena, result, sizeof(*result));
	own(arena, &copy->call_id);
	own(arena, &copy->item_id);
	own(arena, &copy->name);
	own(arena, &copy->space);
	own(arena, &copy->raw);
	copy->parts = parts_copy(arena, result->parts);
	return copy;
}

static struct aip_thinking *thinking_copy(struct aip_arena *arena,
                                          const struct aip_thinking *thinking)
{
	if (!thinking)
		return NULL;

	struct aip_thinking *copy = bytes_copy(arena, thinking, sizeof(*thinking));
	own(arena, &copy->status);
	copy->summary = parts_copy(arena, thinking->summary);
	return copy;
}

static struct aip_server_part *server_copy(struct aip_arena *arena,
                                           const struct aip_server_part *server)
{
	if (!server)
		return NULL;

	struct aip_server_part *copy = bytes_copy(arena, server, sizeof(*server));
	own(arena, &copy->id);
	own(arena, &copy->name);
	own(arena, &copy->input);
	own(arena, &copy->results);
	own(arena, &copy->raw);
	own(arena, &copy->label);
	return copy;
}

static struct aip_search_result *found_copy(struct aip_arena *arena,
                                            const struct aip_search_result *found)
{
	if (!found)
		return NULL;

	struct aip_search_result *copy = bytes_copy(arena, found, sizeof(*found));
	own(arena, &copy->url);
	own(arena, &copy->title);
	copy->parts = parts_copy(arena, found->parts);
	return copy;
}

struct aip_part *part_copy(struct aip_arena *arena, const struct aip_part *part)
{
	if (!part)
		return NULL;

	struct aip_part *copy = bytes_copy(arena, part, sizeof(*part));
	copy->next = NULL;
	own(arena, &copy->text);
	own(arena, &copy->raw);
	own(arena, &copy->id);
	own(arena, &copy->cache.ttl);
	own(arena, &copy->cache.raw);
	own(arena, &copy->logprobs);
	copy->opaque = opaque_copy(arena, part->opaque);
	copy->citations = citations_copy(arena, part->citations);
	copy->media = media_copy(arena, part->media);
	copy->call = call_copy(arena, part->call);
	copy->result = result_copy(arena, part->result);
	copy->thinking = thinking_copy(arena, part->thinking);
	copy->server = server_copy(arena, part->server);
	copy->found = found_copy(arena, part->found);
	copy->ext = exts_copy(arena, part->ext);
	return copy;
}
