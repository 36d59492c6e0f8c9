/* What only some dialects can say of an answer: thoughts and their state, sources, probabilities,
 * pictures, sound, what a vendor did itself, figures in detail. Used to ask whether any of it was
 * lost on a way that has a place for it.
 *
 * Nothing here knows a codec; which dialect has a place for what stands in one table. */
#ifndef TESTS_UNIT_WIRE_MARKS_H
#define TESTS_UNIT_WIRE_MARKS_H

#include "content.h"

enum mark {
	MARK_THOUGHTS = 1 << 0,
	MARK_STATE = 1 << 1, /* of reasoning */
	MARK_SOURCES = 1 << 2,
	MARK_SPANS = 1 << 3, /* of sources, in the words of the answer */
	MARK_PROBABILITIES = 1 << 4,
	MARK_IMAGES = 1 << 5,
	MARK_SOUND = 1 << 6,
	MARK_CANDIDATES = 1 << 7,
};

static inline unsigned marks_of(enum aip_dialect dialect)
{
	switch (dialect) {
	case AIP_CHAT:
		return MARK_THOUGHTS | MARK_SOURCES | MARK_SPANS | MARK_PROBABILITIES |
		       MARK_IMAGES | MARK_SOUND | MARK_CANDIDATES;
	case AIP_RESPONSES:
		return MARK_THOUGHTS | MARK_STATE | MARK_SOURCES | MARK_SPANS | MARK_PROBABILITIES |
		       MARK_IMAGES;
	case AIP_CLAUDE: return MARK_THOUGHTS | MARK_STATE | MARK_SOURCES;
	case AIP_GEMINI:
		return MARK_THOUGHTS | MARK_STATE | MARK_SOURCES | MARK_SPANS | MARK_PROBABILITIES |
		       MARK_IMAGES | MARK_SOUND | MARK_CANDIDATES;
	default: return 0;
	}
}

/* ---- Lists of what is said, one a line ------------------------------------------------------ */

/* White space apart: parts of a summary are paragraphs here and there. */
static inline void marks_add_words(struct aip_buf *into, struct aip_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.at[i]) || !text.at[i])
			aip_buf_add_byte(into, text.at[i]);
}

static inline void marks_add_line(struct aip_buf *into, struct aip_str text)
{
	aip_buf_add(into, text);
	aip_buf_add_byte(into, '\n');
}

static inline void marks_thoughts(const struct aip_part *part, struct aip_buf *into)
{
	for (; part; part = part->next) {
		if (part->kind != AIP_THINKING)
			continue;
		marks_add_words(into, part->text);
		for (const struct aip_part *p = part->thinking ? part->thinking->summary : NULL; p;
		     p = p->next)
			marks_add_words(into, p->text);
	}
}

/* The bytes of a text from one code point to another. */
static inline struct aip_str marks_span(struct aip_str text, int64_t from, int64_t to)
{
	int64_t point = -1;
	size_t begin = text.len, end = text.len;

	for (size_t i = 0; i < text.len; i++) {
		point += ((unsigned char)text.at[i] & 0xc0) != 0x80;
		if (point == from && begin == text.len)
			begin = i;
		if (point == to && end == text.len)
			end = i;
	}
	return aip_strn(text.at + begin, end > begin ? end - begin : 0);
}

static inline void marks_sources(const struct aip_part *part, bool spans, struct aip_buf *into)
{
	for (; part; part = part->next)
		for (const struct aip_citation *c = part->citations; c; c = c->next) {
			if (!c->url.len)
				continue;
			marks_add_line(into, c->url);
			if (spans && c->start >= 0)
				marks_add_line(into, marks_span(part->text, c->start, c->end));
		}
}

static inline void marks_media(const struct aip_part *part, enum aip_part_kind kind,
                               struct aip_buf *into)
{
	for (; part; part = part->next)
		if (part->kind == kind && part->media->data.len)
			marks_add_line(into, part->media->data);
}

static inline void marks_add_tokens(struct aip_arena *arena, struct aip_str raw,
                                    struct aip_buf *into)
{
	struct aip_error error;
	struct aip_json *doc;

	if (!raw.len || aip_json_parse(arena, raw, &doc, &error))
		return;
	AIP_JSON_EACH (token, doc) {
		marks_add_line(into, aip_json_text(token, "token"));
		marks_add_line(into, aip_json_get(token, "logprob")->raw);
	}
}

static inline void marks_probabilities(struct aip_arena *arena, const struct aip_candidate *c,
                                       struct aip_buf *into)
{
	for (const struct aip_part *part = c->parts; part; part = part->next)
		if (part->kind == AIP_TEXT)
			marks_add_tokens(arena, part->logprobs, into);
	marks_add_tokens(arena, c->logprobs, into);
}

static inline bool marks_same(const struct aip_buf *was, const struct aip_buf *is)
{
	return aip_str_eq(aip_buf_str(was), aip_buf_str(is));
}

/* ---- State ---------------------------------------------------------------------------------- */

static inline bool marks_holds_state(struct aip_arena *arena, const struct aip_part *part,
                                     const struct aip_opaque *state)
{
	for (; part; part = part->next) {
		const struct aip_opaque *has =
			part->opaque ? aip_opaque_in(arena, part->opaque->data, state->vendor,
		                                     state->kind, state->part)
				     : NULL;
		if (has && aip_str_eq(has->data, state->data) && has->vendor == state->vendor)
			return true;
	}
	return false;
}

/* Some clients take the last block for the answer, so none ends with bare state; and in a stream
 * that of a call has its place before it, where it may not be known yet. */
static inline bool marks_state_has_room(const struct aip_part *part, enum aip_dialect to, bool live)
{
	if (part->kind == AIP_TOOL_CALL && part->call->incomplete)
		return false;
	if (part->kind == AIP_TOOL_CALL)
		return to == AIP_GEMINI || (marks_of(to) & MARK_STATE && !live);
	if (part->kind == AIP_THINKING && to == AIP_CLAUDE)
		return part->text.len || (part->thinking && part->thinking->summary);
	return marks_of(to) & MARK_STATE;
}

/* A stream of Google's tells its sources at the end, when only the last text can still have them. */
static inline bool marks_come_too_late(const struct aip_part *part, enum aip_dialect to, bool live)
{
	bool calls = false, ends_with_text = true;

	for (; part; part = part->next) {
		calls = calls || part->kind == AIP_TOOL_CALL;
		ends_with_text = part->kind == AIP_TEXT;
	}
	return live && to == AIP_GEMINI && (calls || !ends_with_text);
}

/* ---- A candidate ---------------------------------------------------------------------------- */

struct marks_list {
	unsigned mark;
	const char *why;
	void (*list)(struct aip_arena *arena, const struct aip_candidate *c, enum aip_dialect to,
	             struct aip_buf *into);
};

static inline void marks_list_thoughts(struct aip_arena *arena, const struct aip_candidate *c,
                                       enum aip_dialect to, struct aip_buf *into)
{
	marks_thoughts(c->parts, into);
}

static inline void marks_list_sources(struct aip_arena *arena, const struct aip_candidate *c,
                                      enum aip_dialect to, struct aip_buf *into)
{
	marks_sources(c->parts, false, into);
}

static inline void marks_list_images(struct aip_arena *arena, const struct aip_candidate *c,
                                     enum aip_dialect to, struct aip_buf *into)
{
	marks_media(c->parts, AIP_IMAGE, into);
}

/* Where there is room for one sound, pieces are one behind the other. */
static inline void marks_list_sound(struct aip_arena *arena, const struct aip_candidate *c,
                                    enum aip_dialect to, struct aip_buf *into)
{
	struct aip_str bytes;

	if (to != AIP_CHAT)
		marks_media(c->parts, AIP_AUDIO, into);
	for (const struct aip_part *part = to == AIP_CHAT ? c->parts : NULL; part;
	     part = part->next)
		if (part->kind == AIP_AUDIO && aip_base64_decode(arena, part->media->data, &bytes))
			aip_buf_add(into, bytes);
}

static inline void marks_list_probabilities(struct aip_arena *arena, const struct aip_candidate *c,
                                            enum aip_dialect to, struct aip_buf *into)
{
	marks_probabilities(arena, c, into);
}

static inline const char *marks_of_candidate_lost(struct aip_arena *arena,
                                                  const struct aip_candidate *was,
                                                  const struct aip_candidate *is,
                                                  enum aip_dialect to, bool live)
{
	static const struct marks_list lists[] = {
		{MARK_THOUGHTS, "its thoughts are others", marks_list_thoughts},
		{MARK_SOURCES, "its sources are others", marks_list_sources},
		{MARK_IMAGES, "its pictures are others", marks_list_images},
		{MARK_SOUND, "its sound is another", marks_list_sound},
		{MARK_PROBABILITIES, "its probabilities are others", marks_list_probabilities},
	};
	struct aip_buf said[2];
	const char *why = NULL;

	aip_buf_init(&said[0], 64u << 20);
	aip_buf_init(&said[1], 64u << 20);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && !why; i++) {
		if (!(marks_of(to) & lists[i].mark) ||
		    (lists[i].mark == MARK_SOURCES && marks_come_too_late(was->parts, to, live)))
			continue;
		aip_buf_clear(&said[0]);
		aip_buf_clear(&said[1]);
		lists[i].list(arena, was, to, &said[0]);
		lists[i].list(arena, is, to, &said[1]);
		if (!marks_same(&said[0], &said[1]))
			why = aip_arena_printf(arena, "%s: %.*s, not %.*s", lists[i].why,
			                       AIP_FMT(aip_buf_str(&said[1])),
			                       AIP_FMT(aip_buf_str(&said[0])))
			              .at;
	}
	for (const struct aip_part *part = was->parts; part && !why; part = part->next)
		if (part->opaque && marks_state_has_room(part, to, live) &&
		    !marks_holds_state(arena, is->parts, part->opaque))
			why = "lost state of its reasoning";
	aip_buf_fini(&said[0]);
	aip_buf_fini(&said[1]);
	return why;
}

/* ---- Figures -------------------------------------------------------------------------------- */

static inline const char *marks_of_usage_lost(struct aip_arena *arena, const struct aip_usage *was,
                                              const struct aip_usage *is, enum aip_dialect to)
{
	static const enum aip_dialect none = AIP_DIALECT_NONE;
	const struct {
		const char *name;
		int64_t was, is;
		enum aip_dialect only[4];
	} rows[] = {
		{"cache_read",
	         was->cache_read,
	         is->cache_read,
	         {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI}},
		{"cache_write",
	         was->cache_write,
	         is->cache_write,
	         {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, none}},
		{"cache_write_5m", was->cache_write_5m, is->cache_write_5m, {AIP_CLAUDE}},
		{"cache_write_1h", was->cache_write_1h, is->cache_write_1h, {AIP_CLAUDE}},
		{"tool_in", was->tool_in, is->tool_in, {AIP_GEMINI}},
		{"reasoning",
	         was->reasoning,
	         is->reasoning,
	         {AIP_CHAT, AIP_RESPONSES, AIP_CLAUDE, AIP_GEMINI}},
		{"audio_in", was->audio_in, is->audio_in, {AIP_CHAT, AIP_GEMINI}},
		{"audio_out", was->audio_out, is->audio_out, {AIP_CHAT, AIP_GEMINI}},
		{"pred_accepted", was->pred_accepted, is->pred_accepted, {AIP_CHAT}},
		{"searches", was->searches, is->searches, {AIP_CLAUDE}},
		{"fetches", was->fetches, is->fetches, {AIP_CLAUDE}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t k = 0; k < 4; k++)
			if (rows[i].only[k] == to && rows[i].was > 0 && rows[i].was != rows[i].is)
				return aip_arena_printf(arena, "its usage lost %s", rows[i].name)
				        .at;
	return NULL;
}

/* ---- An answer ------------------------------------------------------------------------------ */

static inline const struct aip_candidate *marks_candidate(const struct aip_response *response,
                                                          uint32_t index)
{
	static const struct aip_candidate nothing = {.stop = AIP_STOP_OTHER};
	const struct aip_candidate *c = response->candidates;

	while (c && c->index != index)
		c = c->next;
	return c ? c : &nothing;
}

/* A sentence saying what was lost on the way to a dialect, or NULL; `live`: told as it happened. */
static inline const char *marks_of_answer_lost(struct aip_arena *arena,
                                               const struct aip_response *was,
                                               const struct aip_response *is, enum aip_dialect to,
                                               bool live)
{
	const char *why = marks_of_usage_lost(arena, &was->usage, &is->usage, to);

	for (const struct aip_candidate *c = was->candidates; c && !why; c = c->next)
		if (c->index == 0 || marks_of(to) & MARK_CANDIDATES)
			why = marks_of_candidate_lost(arena, c, marks_candidate(is, c->index), to,
			                              live);
	return why;
}

#endif
