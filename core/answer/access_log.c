/* The access log: one line for each request that got an answer, or whose client left before. */
#include "answer/access_log.h"

#include <inttypes.h>

#include "access/access.h"
#include "base/log.h"
#include "pool/pool.h"

static struct aip_str or_dash(struct aip_str s)
{
	return s.len ? s : AIP_LIT("-");
}

void access_log(const struct access_line *line)
{
	static const struct aip_usage unknown = {.in_total = -1, .out_total = -1};
	static const struct access_call none = {.usage = &unknown};
	const struct exchange *ex = line->ex;
	const struct access_call *call = line->call ? line->call : &none;
	const struct target *target = call->target;
	const int64_t called_ms = line->call ? call->began_ms : line->now_ms;

	log_event(LOG_INFO, "access",
	          "call=%.*s client=%s key=%s method=%s path=%s dialect=%s model=%s provider=%s "
	          "cred=%s upstream_model=%s stream=%d relay=%d attempts=%u http=%d status=%s "
	          "ms=%" PRId64 " read_ms=%" PRId64 " first_ms=%" PRId64
	          " in_bytes=%zu out_bytes=%" PRIu64 " in_tokens=%" PRId64 " out_tokens=%" PRId64
	          "%s",
	          AIP_FMT(line->id), ex->peer,
	          LOG_TEXT(or_dash(line->principal ? line->principal->hint : AIP_NONE)),
	          LOG_TEXT(or_dash(ex->method)), LOG_TEXT(or_dash(ex->path)),
	          aip_dialect_word(line->dialect), LOG_TEXT(or_dash(call->model)),
	          LOG_TEXT(or_dash(target ? target->cred->provider_key : AIP_NONE)),
	          LOG_TEXT(or_dash(target ? target->cred->pub.id : AIP_NONE)),
	          LOG_TEXT(or_dash(target ? target->model : AIP_NONE)), call->stream, call->relay,
	          call->attempts, line->http, aip_status_name(line->outcome),
	          line->now_ms - ex->began_ms, called_ms - ex->began_ms,
	          call->first_ms ? call->first_ms - ex->began_ms : -1, ex->body.len,
	          line->out_bytes, call->usage->in_total, call->usage->out_total,
	          call->estimated ? " count=estimate" : "");
}
