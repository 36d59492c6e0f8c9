/* Headers: looking one up, and a provider's collection of those it sends; and where it sends them. */
#include <aiproxy/host.h>

struct aip_str aip_header_get(const struct aip_header *headers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (aip_str_eq_nocase(headers[i].name, aip_str(name)))
			return headers[i].value;
	return AIP_NONE;
}

void aip_headers_add(struct aip_headers *headers, const char *name, struct aip_str value)
{
	if (value.at && headers->n < sizeof(headers->at) / sizeof(*headers->at))
		headers->at[headers->n++] = (struct aip_header){aip_str(name), value};
}

void aip_headers_from_client(struct aip_headers *headers, const struct aip_call *call,
                             const char *name, struct aip_str otherwise)
{
	struct aip_str said = aip_header_get(call->headers, call->n_headers, name);

	aip_headers_add(headers, name, said.len ? said : otherwise);
}

void aip_headers_usual(struct aip_headers *headers, const struct aip_fetch *fetch,
                       const char *user_agent)
{
	const bool streams = fetch->flags & AIP_FETCH_STREAM;

	aip_headers_add(headers, "Content-Type", AIP_LIT("application/json"));
	aip_headers_add(headers, "Accept",
	                streams ? AIP_LIT("text/event-stream") : AIP_LIT("application/json"));
	aip_headers_add(headers, "User-Agent", aip_str(user_agent));
}

void aip_headers_bearer(struct aip_headers *headers, struct aip_call *call)
{
	if (call->cred->secret.len)
		aip_headers_add(headers, "Authorization",
		                aip_arena_printf(call->host->arena(call), "Bearer %.*s",
		                                 AIP_FMT(call->cred->secret)));
}

struct aip_str aip_call_url(struct aip_call *call, const char *path)
{
	return aip_arena_printf(call->host->arena(call), "%.*s%s", AIP_FMT(call->cred->base_url),
	                        path);
}
