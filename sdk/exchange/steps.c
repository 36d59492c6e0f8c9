/* The steps of a provider whose call is one exchange: ready for its table. */
#include <aiproxy/host.h>

enum aip_status aip_exchange_fetch(struct aip_exchange *x, struct aip_fetch *fetch,
                                   const struct aip_headers *headers, struct aip_error *reterr)
{
	fetch->headers = headers->at;
	fetch->n_headers = headers->n;
	return x->call->host->fetch(x->call, fetch, reterr);
}

enum aip_status aip_exchange_on_head(void *self, struct aip_call *call, const struct aip_head *head,
                                     struct aip_error *reterr)
{
	return aip_exchange_head(call->state, head, reterr);
}

enum aip_status aip_exchange_on_body(void *self, struct aip_call *call, struct aip_str bytes,
                                     struct aip_error *reterr)
{
	return aip_exchange_take(call->state, bytes, reterr);
}

enum aip_status aip_exchange_on_end(void *self, struct aip_call *call, enum aip_eof how,
                                    struct aip_error *reterr)
{
	return aip_exchange_end(call->state, how, reterr);
}

void aip_exchange_drop(void *self, struct aip_call *call)
{
	aip_exchange_fini(call->state);
}
