/* What a refusal means for the credential: whose limit it was, and until when. */
#include "codex.h"
#include "facts.h"

/* "1h2m3.5s", "120ms"; 0 when it is no duration. */
static int64_t duration_ms(struct aip_str text)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
	double all = 0;

	while (text.len) {
		size_t n = 0, u = 0, i = 0;
		double number;
		while (n < text.len &&
		       (text.at[n] == '.' || (text.at[n] >= '0' && text.at[n] <= '9')))
			n++;
		while (n + u < text.len && text.at[n + u] >= 'a' && text.at[n + u] <= 'z')
			u++;
		while (i < 5 && !aip_str_is(aip_strn(text.at + n, u), units[i].unit))
			i++;
		if (i == 5 || !aip_str_double(aip_strn(text.at, n), &number))
			return 0;
		all += number * units[i].ms;
		text = aip_strn(text.at + n + u, text.len - n - u);
	}
	return all < 366 * 86400e3 ? (int64_t)all : 0;
}

/* Until the last of the limits that are used up is whole again. */
static int64_t wait_of_limits(const struct aip_exchange *x)
{
	static const char *const limits[][2] = {
#define ROW(remaining, reset) {remaining, reset},
		LIMITS_TABLE(ROW)
#undef ROW
	};
	int64_t longest = 0;

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		if (!aip_str_is(aip_header_get(x->head, x->n_head, limits[i][0]), "0"))
			continue;
		int64_t wait = duration_ms(aip_header_get(x->head, x->n_head, limits[i][1]));
		longest = wait > longest ? wait : longest;
	}
	return longest;
}

/* A response or an item that is referred to and not there is not a model that is not there. */
static bool misses_what_the_client_named(const struct aip_error *error)
{
	return error->status == AIP_MODEL_MISSING && *error->param &&
	       !aip_str_is(aip_str(error->param), "model");
}

void codex_judge(struct aip_exchange *x, struct aip_str body, struct aip_error *error)
{
	if (aip_str_is(aip_str(error->type), TYPE_USAGE_LIMIT)) {
		error->status = AIP_RATE_LIMITED;
		error->scope = AIP_SCOPE_CREDENTIAL;
	} else if (aip_str_glob(AIP_LIT(TEXT_AT_CAPACITY), aip_str(error->message))) {
		error->status = AIP_RATE_LIMITED;
		error->scope = AIP_SCOPE_MODEL;
	} else if (misses_what_the_client_named(error)) {
		error->status = AIP_BAD_REQUEST;
		error->scope = AIP_SCOPE_REQUEST;
	}
	if (error->status == AIP_RATE_LIMITED && !error->retry_after_ms)
		error->retry_after_ms = wait_of_limits(x);
}
