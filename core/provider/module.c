/* A module: one provider library in memory, counted, opened from a private copy. */
#include "provider/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ltdl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"
#include "provider/admit.h"
#include "provider/probe.h"

/* Reads the file, hashing; writes it on to copy_fd unless that is -1. */
static enum aip_status pass_bytes(int fd, int copy_fd, char digest[65], struct aip_error *reterr)
{
	unsigned char block[65536], hash[EVP_MAX_MD_SIZE];
	unsigned hash_len = 0;
	size_t total = 0;
	ssize_t got;
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	aip_assert(md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1);
	while ((got = read(fd, block, sizeof(block))) > 0) {
		total += (size_t)got;
		EVP_DigestUpdate(md, block, (size_t)got);
		if (total > MODULE_BYTES_MAX)
			break;
		if (copy_fd >= 0 && write(copy_fd, block, (size_t)got) != got) {
			got = -1;
			break;
		}
	}
	EVP_DigestFinal_ex(md, hash, &hash_len);
	EVP_MD_CTX_free(md);
	if (got < 0)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "cannot be copied: %s", strerror(errno));
	if (total > MODULE_BYTES_MAX)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "larger than %u bytes",
		                MODULE_BYTES_MAX);
	for (unsigned i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", hash[i]);
	return AIP_OK;
}

enum aip_status module_digest(const char *path, char digest[65], struct aip_error *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "cannot be read: %s", strerror(errno));
	enum aip_status s = pass_bytes(fd, -1, digest, reterr);
	close(fd);
	return s;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum aip_status make_copy(struct module_home *home, struct module *module,
                                 struct aip_error *reterr)
{
	int from = open(module->source, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "cannot be read: %s", strerror(errno));
	module->copy = module_home_path(home, file_name(module->source));
	int to = open(module->copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (to < 0) {
		close(from);
		return aip_fail(reterr, AIP_GUEST_REFUSED, "no room for a private copy: %s",
		                strerror(errno));
	}
	enum aip_status s = pass_bytes(from, to, module->digest, reterr);
	close(from);
	if (close(to) && !s)
		s = aip_fail(reterr, AIP_GUEST_REFUSED, "cannot be copied: %s", strerror(errno));
	return s;
}

/* libltdl hides the linker's reason, so on refusal the linker is asked once more for its words. */
static enum aip_status fail_in_linkers_words(const char *copy, struct aip_error *reterr)
{
	void *handle = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
	const char *why = handle ? lt_dlerror() : dlerror();
	enum aip_status s =
		aip_fail(reterr, AIP_GUEST_REFUSED, "%s", why ? why : "cannot be opened");

	if (handle)
		dlclose(handle);
	return s;
}

static enum aip_status open_copy(struct module *module, struct aip_error *reterr)
{
	lt_dladvise advise;
	aip_provider_entry_fn entry = NULL;

	if (lt_dladvise_init(&advise))
		return aip_fail(reterr, AIP_GUEST_REFUSED, "%s", lt_dlerror());
	lt_dladvise_local(&advise);
	module->handle = lt_dlopenadvise(module->copy, advise);
	lt_dladvise_destroy(&advise);
	if (!module->handle)
		return fail_in_linkers_words(module->copy, reterr);
	*(void **)&entry = lt_dlsym(module->handle, AIP_PROVIDER_ENTRY);
	if (!entry)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "does not export %s",
		                AIP_PROVIDER_ENTRY);
	return provider_admit(entry(), &module->api, reterr);
}

/* The folder's law: the file is called as the provider is. */
static enum aip_status check_file_name(const struct module *module, struct aip_error *reterr)
{
	struct aip_str file = aip_str(file_name(module->source));
	struct aip_str id = aip_str(module->api.id);

	if (file.len == id.len + 3 && aip_str_starts(file, id) &&
	    aip_str_ends(file, AIP_LIT(".so")))
		return AIP_OK;
	return aip_fail(reterr, AIP_GUEST_REFUSED, "provider '%s' must be in a file called %s.so",
	                module->api.id, module->api.id);
}

enum aip_status module_load(struct module_home *home, const char *path, struct module **ret,
                            struct aip_error *reterr)
{
	struct module *module = calloc(1, sizeof(*module));

	aip_assert(module);
	*module = (struct module){.magic = MODULE_MAGIC, .refs = 1};
	module->source = strdup(path);
	aip_assert(module->source);
	enum aip_status s = make_copy(home, module, reterr);
	if (!s && home->program)
		s = probe_run(home->program, module->copy, home->probe_ms, reterr);
	if (!s)
		s = open_copy(module, reterr);
	if (!s)
		s = check_file_name(module, reterr);
	if (s) {
		module_unref(home, module);
		return s;
	}
	*ret = module;
	return AIP_OK;
}

struct module *module_ref(struct module *module)
{
	aip_assert(module->magic == MODULE_MAGIC && module->refs > 0);
	module->refs++;
	return module;
}

void module_unref(struct module_home *home, struct module *module)
{
	if (!module)
		return;
	aip_assert(module->magic == MODULE_MAGIC && module->refs > 0);
	if (--module->refs)
		return;
	if (module->handle && !(module->api.flags & AIP_RESIDENT) && !home->keep_mapped)
		lt_dlclose(module->handle);
	if (module->copy)
		unlink(module->copy);
	free(module->copy);
	free(module->source);
	module->magic = 0;
	free(module);
}
