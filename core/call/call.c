/* The life of a call: from an admitted request to its settling. */
#include "call/call.h"

#include <time.h>

#include "call/inside.h"

void call_move(struct call *call, enum call_state to)
{
	/* clang-format off */
	static const bool legal[5][5] = {
		/* to:              ADMITTED ATTEMPTING ANSWERING LINGERING SETTLED */
		[CALL_ADMITTED]   = {false,  true,      false,    false,    true},
		[CALL_ATTEMPTING] = {true,   false,     true,     true,     true},
		[CALL_ANSWERING]  = {false,  false,     false,    true,     true},
		[CALL_LINGERING]  = {false,  false,     false,    false,    true},
		[CALL_SETTLED]    = {false,  false,     false,    false,    false},
	};
	/* clang-format on */

	aip_assert(legal[call->state][to]);
	call->state = to;
}

void call_remember(struct call *call, const struct aip_error *error)
{
	if (!call->failure)
		call->failure = AIP_NEW(call->ex->arena, struct aip_error);
	*call->failure = *error;
}

/* ---- What of the client's headers a provider may see ---------------------------------------- */

static bool header_is_private(struct aip_str name)
{
	static const char *const table[] = {"authorization",
	                                    "x-api-key",
	                                    "x-goog-api-key",
	                                    "cookie",
	                                    "proxy-authorization",
	                                    "host",
	                                    "connection",
	                                    "keep-alive",
	                                    "content-length",
	                                    "content-type",
	                                    "transfer-encoding",
	                                    "te",
	                                    "trailer",
	                                    "upgrade",
	                                    "expect",
	                                    "accept-encoding",
	                                    "accept",
	                                    "user-agent",
	                                    "forwarded",
	                                    "x-forwarded-for",
	                                    "x-forwarded-host",
	                                    "x-forwarded-proto",
	                                    "x-real-ip"};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_eq_nocase(name, aip_str(table[i])))
			return true;
	return false;
}

static void show_headers(struct call *call)
{
	const struct exchange *ex = call->ex;
	struct aip_header *shown = aip_arena_alloc(ex->arena, ex->n_headers * sizeof(*shown));
	size_t n = 0;

	for (size_t i = 0; i < ex->n_headers; i++)
		if (!header_is_private(ex->headers[i].name))
			shown[n++] = ex->headers[i];
	call->pub.headers = shown;
	call->pub.n_headers = n;
}

/* ---- The client ----------------------------------------------------------------------------- */

static void on_gone(struct exchange *ex, void *arg)
{
	struct call *call;

	AIP_CAST(call, arg, CALL_MAGIC);
	if (call->state == CALL_LINGERING) {
		settle(call, AIP_OK);
		return;
	}
	settle(call, AIP_CANCELLED);
}

static void on_drain(struct exchange *ex, void *arg)
{
	struct call *call;

	AIP_CAST(call, arg, CALL_MAGIC);
	if (call->up)
		upstream_resume(call->up);
}

/* ---- Admission ------------------------------------------------------------------------------ */

static void fill_public(struct call *call, struct aip_str id)
{
	struct aip_call *pub = &call->pub;

	*pub = (struct aip_call){
		.size = sizeof(*pub),
		.host = &call_host,
		.purpose = call->spec.purpose,
		.id = id,
		.dialect = call->spec.dialect,
		.stream = call->spec.stream,
		.model_asked = call->spec.model,
		.info = aip_model_unknown(),
		.body = call->ex->body,
		.model_at = call->spec.model_at,
		.body_edited = call->match.reasoning.mode != AIP_REASONING_UNSET,
		.ctx = &call->ctx,
	};
	show_headers(call);
}

void call_start(struct worker *worker, struct exchange *ex, struct snapshot *snapshot,
                const struct principal *principal, struct aip_str id, const struct call_spec *spec)
{
	struct call *call = AIP_NEW(ex->arena, struct call);

	*call = (struct call){
		.magic = CALL_MAGIC,
		.worker = worker,
		.ex = ex,
		.snapshot = snapshot,
		.principal = principal,
		.spec = *spec,
		.client = aip_codec_of(spec->dialect),
		.tried = {.arena = ex->arena},
		.tokens = -1,
		.began_ms = loop_now_ms(worker->loop),
	};
	aip_usage_init(&call->usage);
	call->pub.id = id;
	ex->arg = call;
	ex->on_gone = on_gone;
	ex->on_drain = on_drain;
	struct aip_error error = {0};
	if (router_find(snapshot->router, spec->model, call->began_ms, &call->match, &error)) {
		deliver_error(call, &error);
		return;
	}
	fill_public(call, id);
	retry_begin(call);
}
