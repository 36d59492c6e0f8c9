/* What an answer stands on: Gemini's groundingMetadata and citationMetadata, both ways. Google
 * counts bytes of a part, the canonical model code points of a block. */
#include "gemini.h"

#include "base/utf8.h"

#define SOURCES_MAX 1000 /* of one answer; more is no answer but an attack */

/* ---- Bytes and code points ------------------------------------------------------------------ */

static int64_t points_before(struct aip_str text, size_t byte)
{
	int64_t points = 0;

	for (size_t i = 0; i < byte; i++)
		points += !utf8_is_tail((unsigned char)text.at[i]);
	return points;
}

static size_t byte_of(struct aip_str text, int64_t point)
{
	size_t at = 0;

	while (at < text.len && point > 0) {
		at++;
		while (at < text.len && utf8_is_tail((unsigned char)text.at[at]))
			at++;
		point--;
	}
	return at;
}

/* ---- Read ----------------------------------------------------------------------------------- */

/* Where a segment stands in the text, in bytes: as its offsets say when its words are there, else
 * where they are. */
static bool locate(const struct aip_json *segment, struct aip_str text, size_t *ret_start,
                   size_t *ret_end)
{
	const int64_t start = gemini_int(segment, "startIndex", 0);
	const int64_t end = gemini_int(segment, "endIndex", -1);
	struct aip_str words = gemini_text(segment, "text");

	if (start >= 0 && end > start && (size_t)end <= text.len) {
		*ret_start = (size_t)start;
		*ret_end = (size_t)end;
		struct aip_str there = aip_strn(text.at + start, (size_t)(end - start));
		if (!words.len || aip_str_eq(there, words))
			return true;
	}
	const ptrdiff_t found = words.len ? aip_str_find(text, words) : -1;
	if (found < 0)
		return false;
	*ret_start = (size_t)found;
	*ret_end = (size_t)found + words.len;
	return true;
}

static struct aip_citation citation_of(struct aip_str url, struct aip_str title,
                                       const struct aip_json *segment, struct aip_str text)
{
	struct aip_citation citation = {
		.kind = AIP_CITE_URL,
		.url = url,
		.title = title,
		.start = -1,
		.end = -1,
		.doc_index = -1,
		.doc_start = -1,
		.doc_end = -1,
	};
	size_t start, end;

	if (segment && locate(segment, text, &start, &end)) {
		citation.start = points_before(text, start);
		citation.end = points_before(text, end);
	}
	return citation;
}

static const struct aip_json *child_at(const struct aip_json *list, int64_t index)
{
	const struct aip_json *child = list ? list->child : NULL;

	while (child && index-- > 0)
		child = child->next;
	return child;
}

/* A page, a document of one's own or a place. */
static const struct aip_json *page_of(const struct aip_json *chunk)
{
	static const char *const kinds[] = {"web", "retrievedContext", "maps"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (gemini_get(chunk, kinds[i]))
			return gemini_get(chunk, kinds[i]);
	return NULL;
}

static enum aip_status put_page(const struct aip_json *chunk, const struct aip_json *segment,
                                struct aip_str text, struct gemini_cited into)
{
	const struct aip_json *page = page_of(chunk);
	struct aip_str url = gemini_text(page, "uri");

	if (!url.len)
		return AIP_OK;
	struct aip_citation citation = citation_of(url, gemini_text(page, "title"), segment, text);
	citation.dialect = AIP_GEMINI;
	citation.raw = chunk->raw;
	return into.put(into.to, &citation);
}

static enum aip_status read_supports(const struct aip_json *grounding, struct aip_str text,
                                     struct gemini_cited into, bool *used)
{
	const struct aip_json *chunks = gemini_get(grounding, "groundingChunks");
	size_t n = 0;

	AIP_JSON_EACH (support, gemini_get(grounding, "groundingSupports")) {
		AIP_JSON_EACH (index, gemini_get(support, "groundingChunkIndices")) {
			int64_t i;
			if (!aip_str_int(index->text, &i) || i < 0 || i >= SOURCES_MAX ||
			    n++ == SOURCES_MAX)
				continue;
			used[i] = true;
			enum aip_status s = put_page(child_at(chunks, i),
			                             gemini_get(support, "segment"), text, into);
			if (s)
				return s;
		}
	}
	return AIP_OK;
}

static enum aip_status read_recitations(const struct aip_json *metadata, struct aip_str text,
                                        struct gemini_cited into)
{
	const struct aip_json *list = gemini_get(metadata, "citations");

	if (!list)
		list = gemini_get(metadata, "citationSources");
	AIP_JSON_EACH (v, list) {
		struct aip_str url = gemini_text(v, "uri");
		if (!url.len)
			continue;
		const struct aip_citation citation =
			citation_of(url, gemini_text(v, "title"), v, text);
		enum aip_status s = into.put(into.to, &citation);
		if (s)
			return s;
	}
	return AIP_OK;
}

enum aip_status gemini_read_citations(const struct aip_json *grounding,
                                      const struct aip_json *citations, struct aip_str text,
                                      struct gemini_cited into)
{
	bool used[SOURCES_MAX] = {false};
	size_t i = 0;

	enum aip_status s = read_supports(grounding, text, into, used);
	AIP_JSON_EACH (chunk, gemini_get(grounding, "groundingChunks")) {
		if (!s && i < SOURCES_MAX && !used[i])
			s = put_page(chunk, NULL, text, into);
		i++;
	}
	return s ? s : read_recitations(citations, text, into);
}

/* ---- Written -------------------------------------------------------------------------------- */

struct source {
	struct source *next;
	struct aip_str url, title;
	bool placed; /* the span is known */
	uint32_t part;
	size_t start, end; /* bytes of the part */
	struct aip_str words;
};

struct gemini_sources {
	struct aip_arena *arena;
	struct source *first, **tail;
	size_t n;
};

struct gemini_sources *gemini_sources_new(struct aip_arena *arena)
{
	struct gemini_sources *sources = AIP_NEW(arena, struct gemini_sources);

	sources->arena = arena;
	sources->tail = &sources->first;
	return sources;
}

/* Anthropic's citations say nothing of the answer: the cited block is the span. */
void gemini_sources_add(struct gemini_sources *sources, const struct aip_citation *citation,
                        uint32_t part, size_t base, struct aip_str text)
{
	const bool whole = citation->dialect == AIP_CLAUDE;

	if (!citation->url.len || sources->n == SOURCES_MAX)
		return;
	struct source *source = AIP_NEW(sources->arena, struct source);
	source->url = aip_arena_dup(sources->arena, citation->url);
	source->title = aip_arena_dup(sources->arena, citation->title);
	source->placed = whole || (citation->start >= 0 && citation->end > citation->start);
	const size_t start = whole ? 0 : byte_of(text, citation->start);
	const size_t end = whole ? text.len : byte_of(text, citation->end);
	source->part = part;
	source->start = base + start;
	source->end = base + end;
	source->words = aip_arena_dup(sources->arena, aip_strn(text.at + start, end - start));
	*sources->tail = source;
	sources->tail = &source->next;
	sources->n++;
}

/* Place of a page among the chunks: pages of one address are one chunk. */
static size_t chunk_of(const struct gemini_sources *sources, struct aip_str url, bool *ret_is_first,
                       const struct source *at)
{
	size_t index = 0;

	*ret_is_first = false;
	for (const struct source *s = sources->first; s; s = s->next) {
		bool seen = false;
		for (const struct source *before = sources->first; before != s && !seen;
		     before = before->next)
			seen = aip_str_eq(before->url, s->url);
		if (seen)
			continue;
		if (aip_str_eq(s->url, url)) {
			*ret_is_first = s == at;
			return index;
		}
		index++;
	}
	return index;
}

static void put_chunks(const struct gemini_sources *sources, struct aip_json_out *out)
{
	aip_json_key(out, "groundingChunks");
	aip_json_open(out, '[');
	for (const struct source *s = sources->first; s; s = s->next) {
		bool is_first;
		chunk_of(sources, s->url, &is_first, s);
		if (!is_first)
			continue;
		aip_json_open(out, '{');
		aip_json_key(out, "web");
		aip_json_open(out, '{');
		aip_json_str(out, "uri", s->url);
		aip_json_str_some(out, "title", s->title);
		aip_json_close(out, '}');
		aip_json_close(out, '}');
	}
	aip_json_close(out, ']');
}

static void put_supports(const struct gemini_sources *sources, struct aip_json_out *out)
{
	bool any = false, is_first;

	for (const struct source *s = sources->first; s; s = s->next) {
		if (!s->placed)
			continue;
		if (!any) {
			aip_json_key(out, "groundingSupports");
			aip_json_open(out, '[');
		}
		any = true;
		aip_json_open(out, '{');
		aip_json_key(out, "segment");
		aip_json_open(out, '{');
		aip_json_int_kv(out, "partIndex", s->part);
		aip_json_int_kv(out, "startIndex", (int64_t)s->start);
		aip_json_int_kv(out, "endIndex", (int64_t)s->end);
		aip_json_str(out, "text", s->words);
		aip_json_close(out, '}');
		aip_json_key(out, "groundingChunkIndices");
		aip_json_open(out, '[');
		aip_json_put_int(out, (int64_t)chunk_of(sources, s->url, &is_first, s));
		aip_json_close(out, ']');
		aip_json_close(out, '}');
	}
	if (any)
		aip_json_close(out, ']');
}

void gemini_sources_put(const struct gemini_sources *sources, struct aip_json_out *out)
{
	if (!sources || !sources->first)
		return;
	aip_json_key(out, "groundingMetadata");
	aip_json_open(out, '{');
	put_chunks(sources, out);
	put_supports(sources, out);
	aip_json_close(out, '}');
}
