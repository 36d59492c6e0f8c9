/* What a client may have been told, whatever happened: the whole answer, or an error in its dialect. */
#include "legal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Events --------------------------------------------------------------------------------- */

/* Cuts the next event off a stream, the empty line behind it included; the rest of it when none ends. */
static struct aip_str next_event(struct aip_str *stream)
{
	ptrdiff_t end = aip_str_find(*stream, AIP_LIT("\n\n"));
	ptrdiff_t crlf = aip_str_find(*stream, AIP_LIT("\r\n\r\n"));
	size_t len = end >= 0 ? (size_t)end + 2 : stream->len;

	if (crlf >= 0 && (end < 0 || crlf < end))
		len = (size_t)crlf + 4;
	struct aip_str event = aip_strn(stream->at, len);
	*stream = aip_strn(stream->at + len, stream->len - len);
	return event;
}

struct aip_str legal_events(struct aip_str stream, int64_t from, int64_t to)
{
	const char *begin = stream.at;

	for (int64_t i = 1; i <= to && stream.len; i++) {
		if (i == from)
			begin = stream.at;
		next_event(&stream);
	}
	return aip_strn(begin, (size_t)(stream.at - begin));
}

/* Without comments and pings, which may come at any time. */
static struct aip_str next_telling(struct aip_str *stream)
{
	struct aip_str event = AIP_NONE;

	while (stream->len) {
		event = next_event(stream);
		if (*event.at != ':' && !aip_str_starts(event, AIP_LIT("event: ping\n")))
			return event;
	}
	return AIP_NONE;
}

/* The text of the data lines; a test's events have one. */
static struct aip_str data_of(struct aip_str event)
{
	ptrdiff_t at = aip_str_find(event, AIP_LIT("data:"));

	if (at < 0)
		return AIP_NONE;
	event = aip_str_trim(aip_strn(event.at + at + 5, event.len - (size_t)at - 5));
	const char *lf = memchr(event.at, '\n', event.len);
	return lf ? aip_strn(event.at, (size_t)(lf - event.at)) : event;
}

/* ---- Errors --------------------------------------------------------------------------------- */

static struct aip_str member(struct aip_str json, const char *key, enum aip_json_kind kind)
{
	struct aip_json_want want = {.key = aip_str(key)};

	if (aip_json_scan(json, &want, 1, NULL) || !want.raw.at || want.kind != kind)
		return AIP_NONE;
	return want.raw;
}

static bool is_chat_error(struct aip_str json)
{
	struct aip_str error = member(json, "error", AIP_JSON_OBJECT);

	return error.at && member(error, "message", AIP_JSON_STRING).at &&
	       member(error, "type", AIP_JSON_STRING).at;
}

static bool is_claude_error(struct aip_str json)
{
	return aip_str_is(member(json, "type", AIP_JSON_STRING), "\"error\"") &&
	       is_chat_error(json);
}

static bool is_gemini_error(struct aip_str json)
{
	struct aip_str error = member(json, "error", AIP_JSON_OBJECT);

	return error.at && member(error, "message", AIP_JSON_STRING).at &&
	       member(error, "code", AIP_JSON_NUMBER).at &&
	       member(error, "status", AIP_JSON_STRING).at;
}

/* In a stream of the Responses API: an error event, or a response that failed. */
static bool is_responses_error(struct aip_str json)
{
	struct aip_str type = member(json, "type", AIP_JSON_STRING);

	if (aip_str_is(type, "\"response.failed\""))
		return member(json, "response", AIP_JSON_OBJECT).at;
	return aip_str_is(type, "\"error\"") && member(json, "message", AIP_JSON_STRING).at;
}

struct dialect {
	const char *path; /* how its paths begin */
	bool (*whole)(struct aip_str json);
	bool (*event)(struct aip_str json);
	const char *kind; /* "object" of a whole answer … */
	const char *said; /* … and what it says */
};

static const struct dialect dialects[] = {
	{"/v1/chat/completions", is_chat_error, is_chat_error, "object", "\"chat.completion\""},
	{"/v1/responses", is_chat_error, is_responses_error, "object", "\"response\""},
	{"/v1/messages", is_claude_error, is_claude_error, "type", "\"message\""},
	{"/v1beta/", is_gemini_error, is_gemini_error, NULL, NULL},
	{"/", is_chat_error, is_chat_error, NULL, NULL},
};

static const struct dialect *dialect_of(struct aip_str path)
{
	size_t i = 0;

	while (!aip_str_starts(path, aip_str(dialects[i].path)))
		i++;
	return &dialects[i];
}

/* ---- Answers -------------------------------------------------------------------------------- */

static bool is_error_event(const struct dialect *dialect, struct aip_str event)
{
	struct aip_str data = data_of(event);

	return data.at && dialect->event(data);
}

static bool is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t id_end(struct aip_str s, size_t at)
{
	while (at < s.len && is_id_char(s.at[at]))
		at++;
	return at;
}

bool legal_same(struct aip_str a, struct aip_str b)
{
	enum { ID_BYTES = 16 };
	size_t i = 0, j = 0;

	while (i < a.len && j < b.len) {
		if (a.at[i] == b.at[j]) {
			i++;
			j++;
			continue;
		}
		size_t begin = i;
		while (begin > 0 && is_id_char(a.at[begin - 1]))
			begin--;
		size_t end = id_end(a, i);
		bool id = begin > 0 && strchr("-_", a.at[begin - 1]) && end - begin >= ID_BYTES;
		if (!id)
			return false;
		i = end;
		j = id_end(b, j);
	}
	return i == a.len && j == b.len;
}

/* Events as in the plain run, in their order; where they part, an error event is all that is left. */
static bool stream_is_legal(const struct dialect *dialect, const struct answer *answer,
                            const struct answer *plain, char *why, size_t why_size)
{
	struct aip_str got = aip_buf_str(&answer->body);
	struct aip_str want = plain ? aip_buf_str(&plain->body) : AIP_NONE;

	for (;;) {
		struct aip_str event = next_telling(&got);
		struct aip_str same = next_telling(&want);
		if (!event.at && !same.at)
			return true;
		if (event.at && legal_same(event, same))
			continue;
		if (event.at && is_error_event(dialect, event)) {
			struct aip_str more = next_telling(&got);
			return !more.at ||
			       rig_fail(why, why_size, "an event follows the error: %.*s",
			                AIP_FMT(more));
		}
		if (event.at)
			return rig_fail(why, why_size,
			                "another event came:\n%.*s\ninstead of:\n%.*s",
			                AIP_FMT(event), AIP_FMT(same.at ? same : AIP_LIT("none")));
		return rig_fail(why, why_size, "the stream stops, without an error, before:\n%.*s",
		                AIP_FMT(same));
	}
}

static bool whole_is_legal(const struct dialect *dialect, const struct answer *answer,
                           const struct answer *plain, char *why, size_t why_size)
{
	struct aip_str body = aip_buf_str(&answer->body);

	if (dialect->whole(body)) /* also with 200: what cannot be read is relayed as it is */
		return true;
	if (answer->status >= 400)
		return rig_fail(why, why_size, "the error is not in the client's dialect:\n%.*s",
		                AIP_FMT(body));
	if (plain && plain->status < 400)
		return legal_same(body, aip_buf_str(&plain->body)) ||
		       rig_fail(why, why_size, "it is another answer:\n%.*s", AIP_FMT(body));
	return !dialect->kind ||
	       aip_str_is(member(body, dialect->kind, AIP_JSON_STRING), dialect->said) ||
	       rig_fail(why, why_size, "the answer is not in the client's dialect:\n%.*s",
	                AIP_FMT(body));
}

static bool is_stream(const struct answer *answer)
{
	return aip_str_starts(answer_header(answer, "content-type"), AIP_LIT("text/event-stream"));
}

static bool answer_is_legal(const struct asked *asked, const struct answer *answer,
                            const struct answer *plain, char *why, size_t why_size)
{
	const struct dialect *dialect = dialect_of(asked->path);

	if (!is_stream(answer))
		return whole_is_legal(dialect, answer, plain, why, why_size);
	if (plain && is_stream(plain))
		return stream_is_legal(dialect, answer, plain, why, why_size);
	return !plain || rig_fail(why, why_size, "a stream came");
}

bool legal_answers(const struct client *client, const struct client *plain, char *why,
                   size_t why_size)
{
	size_t at = 0;

	for (size_t i = 0; i < client->n_answers; i++) {
		const struct answer *answer = &client->answers[i];
		const struct answer *same =
			plain && i < plain->n_answers ? &plain->answers[i] : NULL;
		if (answer->status < 200)
			continue;
		if (!answer->complete)
			return client->left || (!plain && client->closed) ||
			       (same && !same->complete) ||
			       rig_fail(why, why_size, "an answer has no end:\n%.*s",
			                AIP_FMT(aip_buf_str(&answer->body)));
		if (at < client->n_asked &&
		    !answer_is_legal(&client->asked[at], answer, same, why, why_size))
			return false;
		at++;
	}
	return client->left || at >= client->n_asked || (!plain && client->closed) ||
	       (plain && plain->n_answers <= at) ||
	       rig_fail(why, why_size, "a request has no answer");
}
