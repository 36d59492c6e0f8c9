/* Headers: looking one up, and a provider's collection of those it sends. */
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
