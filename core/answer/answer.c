/* Answers of the gateway: the headers they all carry, errors in the client's own dialect. */
#include "answer/answer.h"

#include <inttypes.h>

#define NOTES_MAX   20 /* names in one header */
#define HEADERS_MAX 12

struct heads {
	struct aip_header at[HEADERS_MAX];
	size_t n;
};

static void add(struct heads *heads, const char *name, struct aip_str value)
{
	if (value.at && heads->n < HEADERS_MAX)
		heads->at[heads->n++] = (struct aip_header){aip_str(name), value};
}

/* Names may hold what a client wrote: what no header holds, and the separator, becomes "?". */
static struct aip_str names_joined(struct aip_arena *arena, const struct aip_name *names,
                                   const char *separator)
{
	size_t len = 0, at = 0;
	int n = 0;

	for (const struct aip_name *name = names; name && n < NOTES_MAX; name = name->next, n++)
		len += name->name.len + strlen(separator);
	if (!names)
		return AIP_NONE;
	char *all = aip_arena_bytes(arena, len);
	for (n = 0; names && n < NOTES_MAX; names = names->next, n++) {
		for (size_t i = 0; n && separator[i]; i++)
			all[at++] = separator[i];
		for (size_t i = 0; i < names->name.len; i++) {
			char c = names->name.at[i];
			all[at++] = c < ' ' || c > '~' || c == *separator ? '?' : c;
		}
	}
	return aip_strn(all, at);
}

static void add_notes(struct heads *heads, struct aip_arena *arena,
                      const struct answer_notes *notes)
{
	add(heads, "X-Gateway-Dropped", names_joined(arena, notes->dropped, ","));
	add(heads, "X-Gateway-Warnings", names_joined(arena, notes->warnings, "; "));
	if (notes->estimated)
		add(heads, "X-Gateway-Token-Count", AIP_LIT("estimate"));
}

/* Pages of other origins may use the API with a key; there are no cookies to abuse. */
static void add_common(struct heads *heads, const struct exchange *ex, struct aip_str request_id,
                       const struct answer_notes *notes)
{
	add(heads, "X-Request-Id", request_id);
	if (notes)
		add_notes(heads, ex->arena, notes);
	if (exchange_header(ex, "origin").at) {
		add(heads, "Access-Control-Allow-Origin", AIP_LIT("*"));
		add(heads, "Access-Control-Expose-Headers",
		    AIP_LIT("X-Request-Id, Retry-After, X-Gateway-Dropped, "
		            "X-Gateway-Warnings, X-Gateway-Token-Count"));
	}
}

void answer_whole(struct exchange *ex, int http, struct aip_str content_type, struct aip_str body,
                  struct aip_str request_id, const struct answer_notes *notes)
{
	struct heads heads = {0};

	add(&heads, "Content-Type", content_type);
	add_common(&heads, ex, request_id, notes);
	exchange_reply(ex, http, heads.at, heads.n, body);
}

void answer_json(struct exchange *ex, int http, struct aip_str body, struct aip_str request_id,
                 const struct answer_notes *notes)
{
	answer_whole(ex, http, AIP_LIT("application/json"), body, request_id, notes);
}

void answer_begin(struct exchange *ex, int http, struct aip_str content_type,
                  struct aip_str request_id, const struct answer_notes *notes)
{
	struct heads heads = {0};

	add(&heads, "Content-Type", content_type);
	add(&heads, "Cache-Control", AIP_LIT("no-cache"));
	add(&heads, "X-Accel-Buffering", AIP_LIT("no"));
	add_common(&heads, ex, request_id, notes);
	exchange_begin(ex, http, heads.at, heads.n);
}

int answer_error_body(struct aip_arena *arena, enum aip_dialect dialect,
                      const struct aip_error *error, struct aip_str request_id,
                      struct aip_str *ret_body)
{
	const struct aip_codec *codec = aip_codec_of(dialect);
	struct aip_buf body;

	if (!codec)
		codec = aip_codec_of(AIP_CHAT);
	aip_buf_init(&body, SIZE_MAX);
	int http = codec->write_error(error, request_id, &body);
	*ret_body = aip_arena_take(arena, &body);
	return http;
}

int answer_error(struct exchange *ex, enum aip_dialect dialect, const struct aip_error *error,
                 struct aip_str request_id)
{
	struct heads heads = {0};
	struct aip_str body;
	int http = answer_error_body(ex->arena, dialect, error, request_id, &body);

	add(&heads, "Content-Type", AIP_LIT("application/json"));
	if (error->retry_after_ms > 0)
		add(&heads, "Retry-After",
		    aip_arena_printf(ex->arena, "%" PRId64, (error->retry_after_ms + 999) / 1000));
	add_common(&heads, ex, request_id, NULL);
	exchange_reply(ex, http, heads.at, heads.n, body);
	return http;
}
