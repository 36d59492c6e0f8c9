/* What a refusal for want of allowance is about, and until when: the API says so in headers. */
#include "claude.h"
#include "facts.h"

#include <stdio.h>
#include <time.h>

static struct aip_str limit_header(const struct aip_exchange *x, const char *window,
                                   const char *what)
{
	char name[80];

	snprintf(name, sizeof(name), LIMIT_PREFIX "%s-%s", window, what);
	return aip_header_get(x->head, x->n_head, name);
}

/* Unix seconds, or a date of RFC 3339, with its time or without; 0 when it is neither. */
static int64_t time_of(struct aip_str value)
{
	struct tm tm = {0};
	char date[32];
	int64_t at_s;

	if (aip_str_int(value, &at_s))
		return at_s;
	snprintf(date, sizeof(date), "%.*s", AIP_FMT(value));
	const char *rest = strptime(date, "%Y-%m-%d", &tm);
	if (!rest)
		return 0;
	strptime(rest, "T%H:%M:%S", &tm);
	return timegm(&tm);
}

static void wait_until(struct aip_exchange *x, int64_t at_s, struct aip_error *error)
{
	const int64_t wait_s = at_s - x->call->host->now_s();

	if (wait_s > 0 && wait_s < INT32_MAX && wait_s * 1000 > error->retry_after_ms)
		error->retry_after_ms = wait_s * 1000;
}

/* Windows that are used up: the latest to open again says when, and all but the last are the whole
 * credential's. */
static void judge_limits(struct aip_exchange *x, struct aip_error *error)
{
	static const char *const windows[] = LIMIT_WINDOWS;
	int64_t opens_s = 0;

	for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
		if (!aip_str_is(limit_header(x, windows[i], "status"), "rejected"))
			continue;
		int64_t reset_s = time_of(limit_header(x, windows[i], "reset"));
		if (i != LIMIT_OF_MODEL)
			error->scope = AIP_SCOPE_CREDENTIAL;
		if (reset_s > opens_s)
			opens_s = reset_s;
	}
	wait_until(x, opens_s, error);
}

void claude_judge(struct aip_exchange *x, struct aip_str body, struct aip_error *error)
{
	const ptrdiff_t day = aip_str_find(body, AIP_LIT(REGAINS_ON));

	if (error->status == AIP_QUOTA_EXHAUSTED && day >= 0)
		wait_until(x,
		           time_of(aip_strn(body.at + day + strlen(REGAINS_ON),
		                            body.len - (size_t)day - strlen(REGAINS_ON))),
		           error);
	if (error->upstream_http != 429)
		return;
	if (aip_str_find(body, AIP_LIT(NEEDS_EXTRA_USAGE)) >= 0)
		error->scope = AIP_SCOPE_REQUEST;
	else
		judge_limits(x, error);
}
