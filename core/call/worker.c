/* A worker: what one loop thread has, and the calls that live on it. */
#include "call/worker.h"

#include "api/api.h"
#include "base/secret.h"
#include "config/config.h"

#define OUT_MAX (256u << 20) /* of what one step gives a client */

struct worker_options worker_options_of(const struct config *conf, unsigned n_workers,
                                        struct tls_context *tls)
{
	return (struct worker_options){
		.front =
			{
				.head_bytes = (size_t)conf->head_bytes,
				.head_headers = (size_t)conf->header_count,
				.body_bytes = (uint64_t)conf->body_bytes,
				.head_ms = conf->head_s * 1000,
				.body_idle_ms = conf->body_idle_s * 1000,
				.idle_ms = conf->idle_s * 1000,
				.stall_ms = conf->stall_s * 1000,
				.connections = (size_t)(conf->connections / n_workers + 1),
			},
		.upstream = {.connections_max = (unsigned)conf->upstream_idle_connections},
		.host = conf->host.len ? conf->host.at : "::",
		.port = (uint16_t)conf->port,
		.tls = tls,
	};
}

enum aip_status worker_open(struct worker *worker, const struct worker_options *options,
                            struct aip_error *reterr)
{
	const struct front_hooks hooks = {api_on_head, api_on_request, api_refuse, worker};

	secret_random(&worker->seed, sizeof(worker->seed));
	aip_buf_init(&worker->out, OUT_MAX);
	worker->scratch = aip_arena_create();
	enum aip_status s =
		upstream_create(worker->loop, &options->upstream, &worker->upstream, reterr);
	if (s)
		return s;
	worker->front = front_create(worker->loop, &options->front, &hooks);
	return front_listen(worker->front, options->host, options->port, options->tls, reterr);
}

/* SplitMix64. */
uint64_t worker_random(struct worker *worker)
{
	uint64_t z = worker->seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void worker_drain(struct worker *worker, void (*on_empty)(void *arg), void *arg)
{
	front_stop(worker->front, on_empty, arg);
}

void worker_close(struct worker *worker)
{
	front_destroy(worker->front);
	upstream_destroy(worker->upstream);
	aip_buf_fini(&worker->out);
	aip_arena_destroy(worker->scratch);
	worker->scratch = NULL;
	worker->front = NULL;
	worker->upstream = NULL;
}
