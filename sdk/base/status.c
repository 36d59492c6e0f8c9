/* Looks up the status table, and fills in errors. */
#include <aiproxy/status.h>

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct aip_status_row rows[AIP_STATUS_COUNT] = {
#define ROW(name, http, blame, next, rest_s, otype, ocode, ctype, gstatus) \
	{#name, http, AIP_BLAME_##blame, AIP_NEXT_##next, rest_s, otype, ocode, ctype, gstatus},
	AIP_STATUS_TABLE(ROW)
#undef ROW
};

const struct aip_status_row *aip_status_row(enum aip_status status)
{
	return &rows[(unsigned)status < AIP_STATUS_COUNT ? status : AIP_GATEWAY_BUG];
}

const char *aip_status_name(enum aip_status status)
{
	return aip_status_row(status)->name;
}

enum aip_status aip_status_from_http(int http)
{
	switch (http) {
	case 401: return AIP_CRED_REJECTED;
	case 402: return AIP_CRED_UNPAID;
	case 403: return AIP_CRED_REJECTED;
	case 404: return AIP_MODEL_MISSING;
	case 408: return AIP_UPSTREAM_TIMEOUT;
	case 409: return AIP_CONFLICT;
	case 413: return AIP_TOO_LARGE;
	case 422: return AIP_UNPROCESSABLE;
	case 429: return AIP_RATE_LIMITED;
	case 502: return AIP_UPSTREAM_BROKEN;
	case 503: return AIP_UNAVAILABLE;
	case 504: return AIP_UPSTREAM_TIMEOUT;
	case 529: return AIP_OVERLOADED;
	}
	if (http >= 200 && http < 300)
		return AIP_OK;
	if (http >= 400 && http < 500)
		return AIP_BAD_REQUEST;
	return http >= 500 && http < 600 ? AIP_UPSTREAM_ERROR : AIP_UPSTREAM_BROKEN;
}

enum aip_status aip_fail(struct aip_error *reterr, enum aip_status status, const char *fmt, ...)
{
	if (!reterr)
		return status;

	/* beside the error, since the arguments may be texts of the error itself */
	char message[sizeof(reterr->message)];
	va_list args;
	va_start(args, fmt);
	utf8_print_cut(message, sizeof(message), fmt, args);
	va_end(args);

	memset(reterr, 0, sizeof(*reterr));
	reterr->status = status;
	memcpy(reterr->message, message, strlen(message));
	return status;
}

enum aip_status aip_note(struct aip_error *reterr, const char *fmt, ...)
{
	if (!reterr)
		return AIP_GATEWAY_BUG;

	char message[sizeof(reterr->message)];
	va_list args;
	va_start(args, fmt);
	utf8_print_cut(message, sizeof(message), fmt, args);
	va_end(args);

	size_t len = strlen(message);
	int added = snprintf(message + len, sizeof(message) - len, ": %s", reterr->message);
	if (added >= 0 && len + (size_t)added >= sizeof(message))
		message[utf8_whole(message, sizeof(message) - 1)] = 0;
	memcpy(reterr->message, message, strlen(message) + 1);
	return reterr->status;
}
