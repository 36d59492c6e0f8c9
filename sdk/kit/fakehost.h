/* A host without a network: drives a provider's table from recorded bytes.
 *
 *     struct fakehost host;
 *     fakehost_init(&host, provider);
 *     host.call.dialect = AIP_CHAT; host.call.body = …; …
 *     fakehost_begin(&host, &error);
 *     … host.fetch says what would be sent …
 *     fakehost_answer(&host, 200, "text/event-stream", bytes, step, &error);
 *     … host.events holds what was emitted, one line each …
 *     fakehost_fini(&host);
 *
 * One call at a time. For the kit's program and for tests. */
#ifndef SDK_KIT_FAKEHOST_H
#define SDK_KIT_FAKEHOST_H

#include <aiproxy/provider.h>

struct fakehost {
	struct aip_call call; /* first: what the provider sees */
	struct aip_host table;
	const struct aip_provider *provider;
	void *self;
	struct aip_arena *arena;
	struct aip_credential cred;
	struct aip_codec_ctx ctx;
	struct aip_codec_ctx read_ctx;
	const struct aip_codec *client;
	struct aip_request *request;
	/* What the provider did. */
	bool fetched; /* a fetch is outstanding */
	struct aip_fetch fetch;
	struct aip_str sent; /* its body, pieces joined */
	bool woken;          /* a wake is outstanding */
	int64_t wake_ms;
	unsigned n_events;
	bool ended;             /* END or ERROR was emitted */
	struct aip_error error; /* of the last ERROR */
	struct aip_usage usage;
	struct aip_buf events; /* a line each: kind and what matters */
	struct aip_buf text;   /* all text deltas, joined */
};

/* The call has purpose GENERATE, dialect NONE, an API key "key" and the provider's base URL; change it before
 * begin. */
aip_nodiscard enum aip_status
fakehost_init(struct fakehost *host, const struct aip_provider *provider, struct aip_error *reterr);
/* Drops the call and closes the provider. */
void fakehost_fini(struct fakehost *host);

enum aip_status fakehost_begin(struct fakehost *host, struct aip_error *reterr);
/* Answers the outstanding fetch: head, body in pieces of `step` bytes (0: whole), end. Stops at the first
 * refusal or at the end of the call. */
enum aip_status fakehost_answer(struct fakehost *host, int http, const char *content_type,
                                struct aip_str body, size_t step, struct aip_error *reterr);
/* The time of the outstanding wake is up. */
enum aip_status fakehost_wake(struct fakehost *host, struct aip_error *reterr);

#endif
