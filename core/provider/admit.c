/* Admission: a provider's table is checked once, where it enters, and copied into our own. */
#include "provider/admit.h"

#define ID_MAX 64

/* What stands in for a slot that a provider left out. A provider that fetches without being able to
 * take the answer is told so by the call room, which sees a step that leads nowhere. */
static enum aip_status no_open(const struct aip_host *host, const struct aip_settings *settings,
                               void **ret_self, struct aip_error *reterr)
{
	*ret_self = NULL;
	return AIP_OK;
}

static void no_close(void *self)
{
}

static enum aip_status no_head(void *self, struct aip_call *call, const struct aip_head *head,
                               struct aip_error *reterr)
{
	return AIP_OK;
}

static enum aip_status no_body(void *self, struct aip_call *call, struct aip_str bytes,
                               struct aip_error *reterr)
{
	return AIP_OK;
}

static enum aip_status no_end(void *self, struct aip_call *call, enum aip_eof how,
                              struct aip_error *reterr)
{
	return AIP_OK;
}

static enum aip_status no_wake(void *self, struct aip_call *call, struct aip_error *reterr)
{
	return AIP_OK;
}

bool provider_id_is_legal(struct aip_str id)
{
	if (id.len == 0 || id.len > ID_MAX || id.at[0] < 'a' || id.at[0] > 'z')
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

static void fill_optional(struct aip_provider *p)
{
	p->open = p->open ? p->open : no_open;
	p->close = p->close ? p->close : no_close;
	p->on_head = p->on_head ? p->on_head : no_head;
	p->on_body = p->on_body ? p->on_body : no_body;
	p->on_end = p->on_end ? p->on_end : no_end;
	p->on_wake = p->on_wake ? p->on_wake : no_wake;
	p->release = p->release ? p->release : "?";
	p->about = p->about ? p->about : "";
}

enum aip_status provider_admit(const struct aip_provider *theirs, struct aip_provider *ret,
                               struct aip_error *reterr)
{
	if (!theirs || theirs->abi.magic != AIP_ABI_MAGIC)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "not a provider library");

	const struct aip_abi abi = theirs->abi;
	if (abi.major != AIP_ABI_MAJOR || abi.minor > AIP_ABI_MINOR ||
	    abi.ir_version != AIP_IR_VERSION || abi.size < AIP_PROVIDER_SIZE_1_0)
		return aip_fail(reterr, AIP_GUEST_REFUSED,
		                "built for ABI %u.%u ir %u size %u, host is %u.%u ir %u size %zu",
		                abi.major, abi.minor, abi.ir_version, abi.size, AIP_ABI_MAJOR,
		                AIP_ABI_MINOR, AIP_IR_VERSION, sizeof(*ret));
	struct aip_provider ours = {0};
	memcpy(&ours, theirs, abi.size < sizeof(ours) ? abi.size : sizeof(ours));
	if (!provider_id_is_legal(aip_str(ours.id)))
		return aip_fail(reterr, AIP_GUEST_REFUSED, "its id is not of [a-z][a-z0-9-]*");
	if (!ours.begin || !ours.drop)
		return aip_fail(reterr, AIP_GUEST_REFUSED,
		                "provider '%s' lacks a mandatory slot (%s)", ours.id,
		                ours.begin ? "drop" : "begin");
	if ((ours.n_settings && !ours.settings) || (ours.n_logins && !ours.logins))
		return aip_fail(reterr, AIP_GUEST_REFUSED, "provider '%s' counts settings it lacks",
		                ours.id);
	if (ours.speaks >= AIP_DIALECT_COUNT)
		return aip_fail(reterr, AIP_GUEST_REFUSED,
		                "provider '%s' speaks an unknown dialect", ours.id);
	fill_optional(&ours);
	*ret = ours;
	return AIP_OK;
}
