/* Token figures of a stream: unknown, known, merged. */
#include <aiproxy/ir.h>

void aip_usage_init(struct aip_usage *usage)
{
#define ROW(name) usage->name = -1;
	AIP_USAGE_TABLE(ROW)
#undef ROW
}

static void keep_larger(int64_t *into, int64_t later)
{
	if (later > *into)
		*into = later;
}

static void keep_known(int64_t *into, int64_t later)
{
	if (later >= 0)
		*into = later;
}

/* Some upstreams tell the input side once and send 0 for it in their other snapshots. */
void aip_usage_merge(struct aip_usage *into, const struct aip_usage *later)
{
	keep_larger(&into->in_total, later->in_total);
	keep_larger(&into->cache_read, later->cache_read);
	keep_larger(&into->cache_write, later->cache_write);
	keep_larger(&into->cache_write_5m, later->cache_write_5m);
	keep_larger(&into->cache_write_1h, later->cache_write_1h);
	keep_larger(&into->tool_in, later->tool_in);
	keep_larger(&into->audio_in, later->audio_in);
	keep_larger(&into->image_in, later->image_in);
	keep_larger(&into->searches, later->searches);
	keep_larger(&into->fetches, later->fetches);
	keep_known(&into->out_total, later->out_total);
	keep_known(&into->reasoning, later->reasoning);
	keep_known(&into->audio_out, later->audio_out);
	keep_known(&into->pred_accepted, later->pred_accepted);
	keep_known(&into->pred_rejected, later->pred_rejected);
	keep_known(&into->total_reported, later->total_reported);
}

bool aip_usage_known(const struct aip_usage *usage)
{
#define ROW(name) usage->name >= 0 ||
	return AIP_USAGE_TABLE(ROW) false;
#undef ROW
}
