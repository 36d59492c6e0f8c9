/* Answers of the gateway: the headers they all carry, errors in the client's own dialect. */
#include "api/answer.h"

#include <inttypes.h>

#define DROPPED_MAX 20 /* names in X-Gateway-Dropped */
#define HEADERS_MAX 8

struct heads {
	struct aip_header at[HEADERS_MAX];
	size_t n;
};

static void add(struct heads *heads, const char *name, struct aip_str value)
{
	if (value.at && heads->n < HEADERS_MAX)
		heads->at[heads->n++] = (struct aip_header){aip_str(name), value};
}

static struct aip_str names_joined(struct aip_arena *arena, const struct aip_name *names)
{
	struct aip_str all = AIP_NONE;

	for (int n = 0; names && n < DROPPED_MAX; names = names->next, n++)
		all = all.at ? aip_arena_printf(arena, "%.*s,%.*s", AIP_FMT(all), AIP_FMT(names->name))
		             : names->name;
	return all;
}

/* Pages of other origins may use the API with a key; there are no cookies to abuse. */
static void add_common(struct heads *heads, const struct exchange *ex, struct aip_str request_id,
                       const struct aip_name *dropped)
{
	add(heads, "X-Request-Id", request_id);
	add(heads, "X-Gateway-Dropped", names_joined(ex->arena, dropped));
	if (exchange_header(ex, "origin").at) {
		add(heads, "Access-Control-Allow-Origin", AIP_LIT("*"));
		add(heads, "Access-Control-Expose-Headers", AIP_LIT("X-Request-Id, Retry-After"));
	}
}

void answer_whole(struct exchange *ex, int http, struct aip_str content_type, struct aip_str body,
                  struct aip_str request_id, const struct aip_name *dropped)
{
	struct heads heads = {0};

	add(&heads, "Content-Type", content_type);
	add_common(&heads, ex, request_id, dropped);
	exchange_reply(ex, http, heads.at, heads.n, body);
}

void answer_json(struct exchange *ex, int http, struct aip_str body, struct aip_str request_id,
                 const struct aip_name *dropped)
{
	answer_whole(ex, http, AIP_LIT("application/json"), body, request_id, dropped);
}

void answer_begin(struct exchange *ex, int http, struct aip_str content_type,
                  struct aip_str request_id, const struct aip_name *dropped)
{
	struct heads heads = {0};

	add(&heads, "Content-Type", content_type);
	add(&heads, "Cache-Control", AIP_LIT("no-cache"));
	add(&heads, "X-Accel-Buffering", AIP_LIT("no"));
	add_common(&heads, ex, request_id, dropped);
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
	aip_buf_init(&body, 64 * 1024);
	int http = codec->write_error(error, request_id, &body);
	*ret_body = aip_arena_dup(arena, aip_buf_str(&body));
	aip_buf_fini(&body);
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
