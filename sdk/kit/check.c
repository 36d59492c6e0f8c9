/* aiproxy-plugin-check: drives any provider .so from recorded bytes, no network.
 *
 *     aiproxy-plugin-check acme.so
 *     aiproxy-plugin-check acme.so --dialect openai --model m --request request.json \
 *                          --answer answer.sse [--http 200] [--type text/event-stream] [--step 1] */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "fakehost.h"

#define WAKES_MAX 10000

struct options {
	const char *library, *dialect, *model, *request, *answer, *type;
	int http;
	size_t step;
	bool stream;
};

static int usage(void)
{
	fputs("usage: aiproxy-plugin-check <provider.so> [--dialect "
	      "openai|openai-response|claude|gemini]\n"
	      "       [--model name] [--stream] [--request file] [--answer file] [--http code]\n"
	      "       [--type media-type] [--step bytes]\n"
	      "Without a request: loads the library and prints its table.\n",
	      stderr);
	return 2;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
	struct options o = {
		.model = "model", .dialect = "openai", .http = 200, .type = "application/json"};
	int64_t number;

	for (int i = 1; i < argc; i++) {
		struct aip_str word = aip_str(argv[i]);
		if (!aip_str_starts(word, AIP_LIT("--"))) {
			o.library = argv[i];
			continue;
		}
		if (aip_str_is(word, "--stream")) {
			o.stream = true;
			continue;
		}
		if (++i == argc)
			return false;
		if (aip_str_is(word, "--dialect"))
			o.dialect = argv[i];
		else if (aip_str_is(word, "--model"))
			o.model = argv[i];
		else if (aip_str_is(word, "--request"))
			o.request = argv[i];
		else if (aip_str_is(word, "--answer"))
			o.answer = argv[i];
		else if (aip_str_is(word, "--type"))
			o.type = argv[i];
		else if (aip_str_is(word, "--http") && aip_str_int(aip_str(argv[i]), &number))
			o.http = (int)number;
		else if (aip_str_is(word, "--step") && aip_str_int(aip_str(argv[i]), &number))
			o.step = (size_t)number;
		else
			return false;
	}
	*ret = o;
	return o.library != NULL;
}

static bool read_file(const char *path, struct aip_buf *into)
{
	FILE *file = fopen(path, "rb");
	char block[65536];
	size_t got;

	if (!file) {
		perror(path);
		return false;
	}
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		aip_buf_add(into, aip_strn(block, got));
	fclose(file);
	return true;
}

static enum aip_dialect dialect_of(const char *word)
{
	for (int d = 1; d < AIP_DIALECT_COUNT; d++)
		if (strcmp(word, aip_dialect_word((enum aip_dialect)d)) == 0)
			return (enum aip_dialect)d;
	return AIP_DIALECT_NONE;
}

static void print_fetch(const struct fakehost *host)
{
	printf("fetch %s %.*s\n", host->fetch.method, AIP_FMT(host->fetch.url));
	for (size_t i = 0; i < host->fetch.n_headers; i++)
		printf("  %.*s: %.*s\n", AIP_FMT(host->fetch.headers[i].name),
		       AIP_FMT(host->fetch.headers[i].value));
	printf("%.*s\n", AIP_FMT(host->sent));
}

static int fail(const char *what, enum aip_status s, const struct aip_error *error)
{
	printf("%s: %s: %s\n", what, aip_status_name(s), error->message);
	return 1;
}

static int drive(struct fakehost *host, const struct options *o, struct aip_str answer)
{
	struct aip_error error = {0};
	enum aip_status s = fakehost_begin(host, &error);

	if (s)
		return fail("begin", s, &error);
	for (int i = 0; host->woken && i < WAKES_MAX && !s; i++)
		s = fakehost_wake(host, &error);
	if (s)
		return fail("on_wake", s, &error);
	if (host->fetched) {
		print_fetch(host);
		if (o->answer)
			s = fakehost_answer(host, o->http, o->type, answer, o->step, &error);
		if (s)
			return fail("answer", s, &error);
	}
	printf("%.*s", AIP_FMT(aip_buf_str(&host->events)));
	return host->ended || !o->answer ? 0 : fail("answer", AIP_GUEST_BROKEN, &error);
}

static int check(const struct aip_provider *provider, const struct options *o)
{
	struct fakehost host;
	struct aip_error error = {0};
	struct aip_buf request, answer;
	int code = 0;

	printf("provider %s %s: %s\n", provider->id, provider->release, provider->about);
	enum aip_status s = fakehost_init(&host, provider, &error);
	if (s)
		return fail("open", s, &error);
	aip_buf_init(&request, 256u << 20);
	aip_buf_init(&answer, 256u << 20);
	if (o->request) {
		if (!read_file(o->request, &request) ||
		    (o->answer && !read_file(o->answer, &answer)))
			return 1;
		host.call.dialect = dialect_of(o->dialect);
		host.call.model = host.call.model_asked = aip_str(o->model);
		host.call.stream = o->stream;
		host.call.body = aip_buf_str(&request);
		code = drive(&host, o, aip_buf_str(&answer));
	}
	fakehost_fini(&host);
	aip_buf_fini(&request);
	aip_buf_fini(&answer);
	return code;
}

int main(int argc, char **argv)
{
	struct options o;
	aip_provider_entry_fn entry = NULL;
	char path[4096];

	if (!read_options(argc, argv, &o))
		return usage();
	snprintf(path, sizeof(path), "%s%s", strchr(o.library, '/') ? "" : "./", o.library);
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle)
		*(void **)&entry = dlsym(handle, AIP_PROVIDER_ENTRY);
	if (!entry) {
		fprintf(stderr, "%s\n", handle ? "does not export " AIP_PROVIDER_ENTRY : dlerror());
		return 1;
	}
	const struct aip_provider *provider = entry();
	if (!provider || provider->abi.magic != AIP_ABI_MAGIC ||
	    provider->abi.major != AIP_ABI_MAJOR) {
		fprintf(stderr, "not a provider of ABI %d\n", AIP_ABI_MAJOR);
		return 1;
	}
	return check(provider, &o);
}
