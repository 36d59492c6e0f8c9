/* The API: which path is which dialect, and what each of them does with a request. */
#include "api/api.h"

#include <stdio.h>

#include "answer/access_log.h"
#include "answer/answer.h"
#include "base/assert.h"
#include "base/secret.h"
#include "snapshot/hub.h"

#define VISIT_MAGIC    0x76697369u
#define REQUEST_ID_MAX 128

static const struct api_route routes[] = {
#define ROUTE(method, path, dialect, needs_key, serve) {method, path, dialect, needs_key, serve},
#include "api/routes.def"
#undef ROUTE
};

/* ---- Finding the route ---------------------------------------------------------------------- */

static bool route_fits(const struct api_route *route, struct aip_str path, struct aip_str *ret_rest)
{
	struct aip_str pattern = aip_str(route->path);

	if (pattern.at[pattern.len - 1] != '*')
		return aip_str_eq(path, pattern);
	pattern.len--;
	if (!aip_str_starts(path, pattern) || path.len == pattern.len)
		return false;
	*ret_rest = aip_strn(path.at + pattern.len, path.len - pattern.len);
	return true;
}

static bool method_fits(const struct api_route *route, struct aip_str method)
{
	return aip_str_is(method, route->method) ||
	       (aip_str_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

/* The dialect in which a request is refused, with a route or without. */
static enum aip_dialect dialect_of(const struct visit *visit)
{
	const struct aip_str path = visit->ex->path;

	if (visit->route)
		return visit->route->dialect;
	if (aip_str_starts(path, AIP_LIT("/v1beta")))
		return AIP_GEMINI;
	if (aip_str_starts(path, AIP_LIT("/v1/messages")))
		return AIP_CLAUDE;
	return AIP_CHAT;
}

static enum aip_status find_route(struct visit *visit, struct aip_error *reterr)
{
	const struct exchange *ex = visit->ex;
	bool path_is_known = false;

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		if (!route_fits(&routes[i], ex->path, &visit->rest))
			continue;
		path_is_known = true;
		if (method_fits(&routes[i], ex->method)) {
			visit->route = &routes[i];
			return AIP_OK;
		}
	}
	if (path_is_known)
		return aip_fail(reterr, AIP_METHOD, "%.*s is not offered for %.*s",
		                AIP_FMT(ex->method), AIP_FMT(ex->path));
	return aip_fail(reterr, AIP_NOT_FOUND, "there is nothing at %.*s", AIP_FMT(ex->path));
}

/* ---- A request's head ----------------------------------------------------------------------- */

/* Each visit that becomes no call ends here, once; calls are settled. */
static void visit_end(struct visit *visit, enum aip_status outcome, int http, uint64_t out_bytes)
{
	const struct access_line line = {
		.ex = visit->ex,
		.id = visit->id,
		.principal = visit->principal,
		.dialect = dialect_of(visit),
		.http = http,
		.outcome = outcome,
		.now_ms = loop_now_ms(visit->worker->loop),
		.out_bytes = out_bytes,
	};

	if (!visit->snapshot)
		return;
	if (visit->snapshot->tuning.access_log)
		access_log(&line);
	snapshot_unref(visit->snapshot);
	visit->snapshot = NULL;
}

static void visit_answered(struct visit *visit, enum aip_status outcome)
{
	visit_end(visit, outcome, visit->ex->http, visit->ex->out_bytes);
}

static void visit_gone(struct exchange *ex, void *arg)
{
	struct visit *visit;

	AIP_CAST(visit, arg, VISIT_MAGIC);
	visit_end(visit, AIP_CANCELLED, 0, 0);
}

/* The client's own id, when it may stand in a log and a header; else a random one. */
static struct aip_str request_id(struct worker *worker, struct exchange *ex)
{
	struct aip_str said = exchange_header(ex, "x-request-id");
	bool legal = said.len > 0 && said.len <= REQUEST_ID_MAX;

	for (size_t i = 0; i < said.len && legal; i++)
		legal = said.at[i] > ' ' && said.at[i] <= '~' && !strchr("\"\\=,;", said.at[i]);
	if (legal)
		return said;
	return aip_arena_printf(ex->arena, "%016llx", (unsigned long long)worker_random(worker));
}

static struct visit *visit_new(struct worker *worker, struct exchange *ex)
{
	struct visit *visit = AIP_NEW(ex->arena, struct visit);

	*visit = (struct visit){
		.magic = VISIT_MAGIC,
		.worker = worker,
		.ex = ex,
		.snapshot = hub_current(worker->hub),
		.id = request_id(worker, ex),
	};
	ex->handler_state = ex->arg = visit;
	ex->on_gone = visit_gone;
	return visit;
}

static enum aip_status admit(struct visit *visit, struct aip_error *reterr)
{
	struct exchange *ex = visit->ex;
	const struct access_offer offer = {
		.authorization = exchange_header(ex, "authorization"),
		.x_goog_api_key = exchange_header(ex, "x-goog-api-key"),
		.x_api_key = exchange_header(ex, "x-api-key"),
		.query_key = access_query(ex->arena, ex->query, "key"),
		.query_token = access_query(ex->arena, ex->query, "auth_token"),
	};

	return access_admit(visit->snapshot->access, &offer, &visit->principal, reterr);
}

enum aip_status api_on_head(struct exchange *ex, void *arg, struct aip_error *reterr)
{
	struct visit *visit = visit_new(arg, ex);

	if (aip_str_is(ex->method, "OPTIONS"))
		return AIP_OK;
	enum aip_status s = find_route(visit, reterr);
	if (!s && visit->route->needs_key)
		s = admit(visit, reterr);
	return s;
}

/* A page of another origin asks what it may do. */
static void answer_preflight(struct visit *visit)
{
	static const struct aip_header headers[] = {
		{{"Access-Control-Allow-Origin", 27}, {"*", 1}},
		{{"Access-Control-Allow-Methods", 28}, {"GET, POST, OPTIONS", 18}},
		{{"Access-Control-Allow-Headers", 28}, {"*, Authorization", 16}},
		{{"Access-Control-Max-Age", 22}, {"86400", 5}},
	};

	exchange_reply(visit->ex, 204, headers, sizeof(headers) / sizeof(*headers), AIP_NONE);
	visit_answered(visit, AIP_OK);
}

void api_on_request(struct exchange *ex, void *arg)
{
	struct visit *visit;

	AIP_CAST(visit, ex->handler_state, VISIT_MAGIC);
	if (aip_str_is(ex->method, "OPTIONS"))
		answer_preflight(visit);
	else
		visit->route->serve(visit);
}

void api_refuse(struct front_refusal *refusal, void *arg)
{
	struct exchange *ex = refusal->ex;
	struct visit *visit = ex->handler_state ? ex->handler_state : visit_new(arg, ex);
	const struct aip_error *error = refusal->error;

	refusal->request_id = visit->id;
	int http = answer_error_body(refusal->arena, dialect_of(visit), error, visit->id,
	                             &refusal->body);
	if (error->status != AIP_BAD_REQUEST)
		refusal->http = http;
	visit_end(visit, error->status, refusal->http, refusal->body.len);
}

/* ---- For faces ------------------------------------------------------------------------------ */

void api_fail_as(struct visit *visit, enum aip_dialect dialect, const struct aip_error *error)
{
	answer_error(visit->ex, dialect, error, visit->id);
	visit_answered(visit, error->status);
}

void api_fail(struct visit *visit, const struct aip_error *error)
{
	api_fail_as(visit, visit->route->dialect, error);
}

void api_reply_json(struct visit *visit, struct aip_str body)
{
	answer_json(visit->ex, 200, body, visit->id, NULL);
	visit_answered(visit, AIP_OK);
}

void api_call(struct visit *visit, const struct call_spec *spec)
{
	call_start(visit->worker, visit->ex, visit->snapshot, visit->principal, visit->id, spec);
}

static enum aip_status wrong_type(struct aip_error *reterr, const char *param, const char *must)
{
	enum aip_status s =
		aip_fail(reterr, AIP_BAD_REQUEST, "Invalid request: %s: %s", param, must);

	if (reterr)
		snprintf(reterr->param, sizeof(reterr->param), "%s", param);
	return s;
}

/* Finds what routing needs, checking the whole document on the way. */
static enum aip_status read_top(struct visit *visit, struct call_spec *spec,
                                struct aip_error *reterr)
{
	struct aip_json_want wants[] = {{.key = AIP_LIT("model")}, {.key = AIP_LIT("stream")}};
	const struct aip_json_want *model = &wants[0], *stream = &wants[1];

	if (visit->ex->body.len == 0)
		return aip_fail(reterr, AIP_BAD_REQUEST, "Invalid request: the body is empty");
	enum aip_status s = aip_json_scan(visit->ex->body, wants, 2, reterr);
	if (s) {
		aip_note(reterr, "Invalid request");
		return s;
	}
	if (!model->raw.at)
		return wrong_type(reterr, "model", "is missing");
	if (model->kind != AIP_JSON_STRING)
		return wrong_type(reterr, "model", "must be a string");
	if (stream->raw.at && stream->kind != AIP_JSON_TRUE && stream->kind != AIP_JSON_FALSE &&
	    stream->kind != AIP_JSON_NULL)
		return wrong_type(reterr, "stream", "must be true or false");
	spec->model_at = model->raw;
	spec->model = aip_json_unquote(visit->ex->arena, model->raw);
	spec->stream = stream->raw.at && stream->kind == AIP_JSON_TRUE;
	if (spec->model.len == 0)
		return wrong_type(reterr, "model", "is empty");
	return AIP_OK;
}

void api_call_by_body(struct visit *visit, enum aip_dialect dialect, enum aip_purpose purpose)
{
	struct call_spec spec = {.purpose = purpose, .dialect = dialect};
	struct aip_error error = {0};

	if (read_top(visit, &spec, &error)) {
		api_fail(visit, &error);
		return;
	}
	if (purpose != AIP_GENERATE)
		spec.stream = false;
	api_call(visit, &spec);
}
