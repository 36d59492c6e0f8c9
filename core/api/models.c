/* The model lists, in each dialect's shape, sorted by id. */
#include <inttypes.h>
#include <time.h>

#include "api/api.h"

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

static void put_openai(struct visit *visit, struct aip_json_out *out, const struct route *route)
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
		put_openai(visit, out, all.at[i]);
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}

/* ---- Anthropic ------------------------------------------------------------------------------ */

static void put_claude(struct visit *visit, struct aip_json_out *out, const struct route *route)
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
		put_claude(visit, out, all.at[i]);
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

static void list_gemini(struct visit *visit, struct aip_json_out *out)
{
	const struct listed all = listed(visit);

	aip_json_open(out, '{');
	aip_json_key(out, "models");
	aip_json_open(out, '[');
	for (size_t i = 0; i < all.n; i++)
		put_gemini(visit, out, all.at[i]);
	aip_json_close(out, ']');
	aip_json_close(out, '}');
}

/* ---- Who asks ------------------------------------------------------------------------------- */

struct shape {
	void (*list)(struct visit *visit, struct aip_json_out *out);
	void (*one)(struct visit *visit, struct aip_json_out *out, const struct route *route);
};

static const struct shape shapes[AIP_DIALECT_COUNT] = {
	[AIP_CHAT] = {list_openai, put_openai},
	[AIP_CLAUDE] = {list_claude, put_claude},
	[AIP_GEMINI] = {list_gemini, put_gemini},
};

/* Three vendors list models under the same path; their clients are told apart by what they send.
 * Google's SDKs come here unless told another version of their API. */
static enum aip_dialect asker(const struct visit *visit)
{
	const struct exchange *ex = visit->ex;

	if (visit->route->dialect != AIP_CHAT)
		return visit->route->dialect;
	if (exchange_header(ex, "x-goog-api-key").at || exchange_header(ex, "x-goog-api-client").at)
		return AIP_GEMINI;
	if (exchange_header(ex, "anthropic-version").at ||
	    aip_str_starts(exchange_header(ex, "user-agent"), AIP_LIT("claude-cli")))
		return AIP_CLAUDE;
	return AIP_CHAT;
}

void api_models(struct visit *visit)
{
	struct aip_buf body;
	struct aip_json_out out = aip_json_to(&body);

	aip_buf_init(&body, SIZE_MAX);
	shapes[asker(visit)].list(visit, &out);
	api_reply_json(visit, aip_buf_str(&body));
	aip_buf_fini(&body);
}

void api_model(struct visit *visit)
{
	const struct route *route = route_named(visit, visit->rest);
	struct aip_error error = {0};
	struct aip_buf body;
	struct aip_json_out out = aip_json_to(&body);

	if (!route) {
		aip_fail(&error, AIP_NOT_FOUND, "The model '%.*s' does not exist",
		         AIP_FMT(visit->rest));
		api_fail_as(visit, asker(visit), &error);
		return;
	}
	aip_buf_init(&body, SIZE_MAX);
	shapes[asker(visit)].one(visit, &out, route);
	api_reply_json(visit, aip_buf_str(&body));
	aip_buf_fini(&body);
}
