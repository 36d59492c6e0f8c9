/* What the tests of the providers share: one loaded as the gateway loads it, a call of a client,
 * and a look at what would be sent. */
#ifndef TESTS_PLUGINS_RIG_H
#define TESTS_PLUGINS_RIG_H

#include <dlfcn.h>

#include <fakehost.h>

#include "check.h"

static struct fakehost host;
static struct aip_error error;
static struct aip_header client_headers[4];

/* What is the provider's own in the call that every test begins with. The program that includes
 * this has it. */
static void first_call(struct aip_call *call);

static inline const struct aip_provider *provider(void)
{
	void *module = dlopen(PROVIDER, RTLD_NOW);
	aip_provider_entry_fn entry;

	if (!module)
		fail_msg("%s", dlerror());
	*(void **)&entry = dlsym(module, AIP_PROVIDER_ENTRY);
	assert_non_null(entry);
	return entry();
}

static inline int set_up(void **state)
{
	error = (struct aip_error){0};
	if (fakehost_init(&host, provider(), &error))
		fail_msg("%s", error.message);
	host.call.purpose = AIP_GENERATE;
	host.call.model = host.call.model_asked = AIP_LIT("m1");
	host.call.headers = client_headers;
	host.call.n_headers = 0;
	first_call(&host.call);
	return 0;
}

static inline int tear_down(void **state)
{
	fakehost_fini(&host);
	return 0;
}

/* For a second call in one test. */
static inline void afresh(void)
{
	tear_down(NULL);
	set_up(NULL);
}

static inline void client_says(const char *name, const char *value)
{
	assert_in_range(host.call.n_headers, 0,
	                sizeof(client_headers) / sizeof(*client_headers) - 1);
	client_headers[host.call.n_headers++] = (struct aip_header){aip_str(name), aip_str(value)};
}

static inline void begin(void)
{
	if (fakehost_begin(&host, &error))
		fail_msg("%s", error.message);
	CHECK(host.fetched);
}

static inline struct aip_str sent_header(const char *name)
{
	return aip_header_get(host.fetch.headers, host.fetch.n_headers, name);
}

static inline bool sent(const char *piece)
{
	return aip_str_find(host.sent, aip_str(piece)) >= 0;
}

/* The call begins and the upstream refuses it; `error` has how. */
static inline void refused(int http, const struct aip_header *headers, size_t n, const char *body)
{
	const struct aip_head head = {http, headers, n};
	const struct aip_provider *p = host.provider;

	begin();
	CHECK_INT_EQ(p->on_head(host.self, &host.call, &head, &error), AIP_OK);
	CHECK_INT_EQ(p->on_body(host.self, &host.call, aip_str(body), &error), AIP_OK);
	enum aip_status status = p->on_end(host.self, &host.call, AIP_EOF_COMPLETE, &error);
	CHECK(status != AIP_OK);
	CHECK_INT_EQ(error.status, status);
}

/* The models that the provider is built with. */
static inline const struct aip_model *catalogue(void)
{
	const struct aip_model *models = NULL;

	CHECK_INT_EQ(
		aip_models_read(host.arena, aip_str(host.provider->models_json), &models, &error),
		AIP_OK);
	return models;
}

#endif
