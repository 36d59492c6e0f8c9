/* The model lists, in each dialect's shape, sorted by id. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "api/api.h"

#define BODY_MAX (64u << 20)

static void begin(struct aip_buf *body)
{
	aip_buf_init(body, BODY_MAX);
}

static void reply(struct visit *visit, struct aip_buf *body)
{
	api_reply_json(visit, aip_buf_str(body));
	aip_buf_fini(body);
}

static void not_found(struct visit *visit, struct aip_str name)
{
	struct aip_error error = {0};

	aip_fail(&error, AIP_NOT_FOUND, "The model '%.*s' does not exist", AIP_FMT(name));
	api_fail(visit, &error);
}

/* The route of an exact name (no suffix); NULL when there is none. */
static struct route *route_named(struct visit *visit, struct aip_str name)
{
	struct route_match match;
	struct aip_error error;

	if (router_find(visit->snapshot->router, name, loop_now_ms(visit->worker->loop), &match,
	                &error))
		return NULL;
	return match.route;
}

/* What a list shows, sorted by id. In the exchange's arena. */
struct listed {
	struct route **at;
	size_t n;
};

static struct listed listed(struct visit *visit)
{
	const struct router *router = visit->snapshot->router;
	const int64_t now_ms = loop_now_ms(visit->worker->loop);
	struct listed all = {
		.at = aip_arena_alloc(visit->ex->arena, router_count(router) * sizeof(*all.at))};

	for (size_t i = 0; i < router_count(router); i++)
		if (pool_is_listed(&router_at(router, i)->pool, now_ms))
			all.at[all.n++] = router_at(router, i);
	return all;
}

/* ---- OpenAI --------------------------------------------------------------------------------- */

static void put_openai(struct aip_json_out *out, const struct route *route)
{
	aip_json_open(out, '{');
	aip_json_str(out, "id", route->id);
	aip_json_str(out, "object", AIP_LIT("model"));
	aip_json_int_kv(out, "created", route->info->created_s);
	aip_json_str(out, "owned_by", route->owned_by.at ? route->owned_by : AIP_LIT("unknown"));
	aip_json_close(out, '}');
}

static void list_openai(struct visit *visit, struct aip_json_out *out)
{
	const struct listed all = listed(visit);

	aip_json_open(out, '{');
	aip_json_str(out, "object", AIP_LIT("list"));
	aip_json_key(out, "data");
	aip_json_open(out, '[');
	for (size_t i = 0; i < all.n; i++)
		put_openai(out, all.at[i]);
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}

/* ---- Anthropic ------------------------------------------------------------------------------ */

static void put_claude(struct aip_json_out *out, const struct route *route)
{
	const struct aip_model *info = route->info;
	const time_t created = info->created_s;
	struct tm tm;
	char when[32];

	gmtime_r(&created, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("model"));
	aip_json_str(out, "id", route->id);
	aip_json_str(out, "display_name", info->display_name.at ? info->display_name : route->id);
	aip_json_str(out, "created_at", aip_str(when));
	aip_json_int_kv(out, "max_input_tokens", info->caps.context ? info->caps.context : 200000);
	aip_json_int_kv(out, "max_tokens", info->caps.max_output ? info->caps.max_output : 64000);
	aip_json_close(out, '}');
}

static void list_claude(struct visit *visit, struct aip_json_out *out)
{
	const struct listed all = listed(visit);

	aip_json_open(out, '{');
	aip_json_key(out, "data");
	aip_json_open(out, '[');
	for (size_t i = 0; i < all.n; i++)
		put_claude(out, all.at[i]);
	aip_json_close(out, ']');
	aip_json_bool_kv(out, "has_more", false);
	aip_json_key(out, "first_id");
	if (all.n)
		aip_json_put_str(out, all.at[0]->id);
	else
		aip_json_put_null(out);
	aip_json_key(out, "last_id");
	if (all.n)
		aip_json_put_str(out, all.at[all.n - 1]->id);
	else
		aip_json_put_null(out);
	aip_json_close(out, '}');
}

/* Both vendors list models under the same path; their clients are told apart by what they send. */
static bool asks_as_claude(const struct visit *visit)
{
	return visit->route->dialect == AIP_CLAUDE ||
	       exchange_header(visit->ex, "anthropic-version").at ||
	       aip_str_starts(exchange_header(visit->ex, "user-agent"), AIP_LIT("claude-cli"));
}

/* Google's SDKs list models here too, unless told another version of their API. */
static bool asks_as_gemini(const struct visit *visit)
{
	return exchange_header(visit->ex, "x-goog-api-key").at ||
	       exchange_header(visit->ex, "x-goog-api-client").at;
}

void api_models(struct visit *visit)
{
	struct aip_buf body;

	if (asks_as_gemini(visit)) {
		api_gemini_models(visit);
		return;
	}
	begin(&body);
	struct aip_json_out out = aip_json_to(&body);
	if (asks_as_claude(visit))
		list_claude(visit, &out);
	else
		list_openai(visit, &out);
	reply(visit, &body);
}

void api_model(struct visit *visit)
{
	const struct route *route = route_named(visit, visit->rest);
	struct aip_buf body;

	if (asks_as_gemini(visit)) {
		api_gemini_model(visit);
		return;
	}
	if (!route) {
		not_found(visit, visit->rest);
		return;
	}
	begin(&body);
	struct aip_json_out out = aip_json_to(&body);
	if (asks_as_claude(visit))
		put_claude(&out, route);
	else
		put_openai(&out, route);
	reply(visit, &body);
}

/* ---- Gemini --------------------------------------------------------------------------------- */

static void put_gemini_methods(struct aip_json_out *out, struct aip_str methods)
{
	if (!methods.at)
		methods = AIP_LIT("generateContent countTokens");
	aip_json_key(out, "supportedGenerationMethods");
	aip_json_open(out, '[');
	for (size_t at = 0; at < methods.len;) {
		const char *blank = memchr(methods.at + at, ' ', methods.len - at);
		size_t len = blank ? (size_t)(blank - methods.at) - at : methods.len - at;
		if (len)
			aip_json_put_str(out, aip_strn(methods.at + at, len));
		at += len + 1;
	}
	aip_json_close(out, ']');
}

static void put_gemini(struct visit *visit, struct aip_json_out *out, const struct route *route)
{
	const struct aip_model *info = route->info;

	aip_json_open(out, '{');
	aip_json_str(out, "name",
	             aip_arena_printf(visit->ex->arena, "models/%.*s", AIP_FMT(route->id)));
	aip_json_str_some(out, "version", info->version);
	aip_json_str(out, "displayName", info->display_name.at ? info->display_name : route->id);
	aip_json_str_some(out, "description", info->description);
	if (info->caps.context)
		aip_json_int_kv(out, "inputTokenLimit", info->caps.context);
	if (info->caps.max_output)
		aip_json_int_kv(out, "outputTokenLimit", info->caps.max_output);
	put_gemini_methods(out, info->methods);
	aip_json_close(out, '}');
}

void api_gemini_models(struct visit *visit)
{
	const struct listed all = listed(visit);
	struct aip_buf body;

	begin(&body);
	struct aip_json_out out = aip_json_to(&body);
	aip_json_open(&out, '{');
	aip_json_key(&out, "models");
	aip_json_open(&out, '[');
	for (size_t i = 0; i < all.n; i++)
		put_gemini(visit, &out, all.at[i]);
	aip_json_close(&out, ']');
	aip_json_close(&out, '}');
	reply(visit, &body);
}

void api_gemini_model(struct visit *visit)
{
	const struct route *route = route_named(visit, visit->rest);
	struct aip_buf body;

	if (!route) {
		not_found(visit, visit->rest);
		return;
	}
	begin(&body);
	struct aip_json_out out = aip_json_to(&body);
	put_gemini(visit, &out, route);
	reply(visit, &body);
}
