/* A module: one provider library in memory, counted, opened from a private copy.
 *
 * The operators' file is never opened itself: libltdl hands back the old handle for a path still
 * open, and overwriting a mapped file kills the process. */
#ifndef PROVIDER_MODULE_H
#define PROVIDER_MODULE_H

#include <aiproxy/provider.h>

#include "provider/module_home.h"

#define MODULE_MAGIC 0x6d6f6475u

struct module {
	uint32_t magic;
	int refs; /* control thread only: instances hold modules, loops hold neither */
	struct aip_provider api; /* admitted: every slot may be called */
	char *source;            /* path in the operators' folder */
	char *copy;              /* path of the private copy */
	char digest[65];         /* SHA-256 of the bytes, hex */
	void *handle;
};

/* Digest of a library's bytes: 64 hex digits into digest[65]. AIP_GUEST_REFUSED: unreadable, or
 * larger than MODULE_BYTES_MAX. */
#define MODULE_BYTES_MAX (256u << 20)
aip_nodiscard enum aip_status module_digest(const char *path, char digest[65],
                                            struct aip_error *reterr);

/* Copies, probes, opens and admits. *ret has one reference. AIP_GUEST_REFUSED says why in words;
 * nothing is left behind then. Control thread; waits for the disk and the probe. */
aip_nodiscard enum aip_status module_load(struct module_home *home, const char *path,
                                          struct module **ret, struct aip_error *reterr);
struct module *module_ref(struct module *module);
/* At zero: unmaps, removes the copy. Control thread. */
void module_unref(struct module_home *home, struct module *module);

#endif
