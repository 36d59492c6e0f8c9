/* Where modules live: the folder of private copies, and what a killed gateway left of its own.
 *
 * Control thread, for everything. */
#ifndef PROVIDER_MODULE_HOME_H
#define PROVIDER_MODULE_HOME_H

#include <aiproxy/base.h>
#include <aiproxy/status.h>

struct module_home {
	char *folder;        /* private, 0700, made by module_home_init */
	int lock;            /* the folder held open and locked: its owner lives */
	const char *program; /* run as a probe; NULL: no probe */
	int probe_ms;        /* the longest wait for its verdict */
	unsigned copies;     /* made so far: each gets a fresh name */
	bool keep_mapped;    /* never unmap: leak checkers need the code to name its leaks */
};

/* Makes a folder in $XDG_RUNTIME_DIR, else in /tmp, and removes those whose gateway lives no longer:
 * our user's, ours by name, locked by nobody; of them only files called as copies are.
 * AIP_CONFIG_REFUSED when no private folder can be made. */
aip_nodiscard enum aip_status module_home_init(struct module_home *home, const char *program,
                                               struct aip_error *reterr);
/* Removes the folder. All modules must be gone. */
void module_home_fini(struct module_home *home);

/* Path for one more copy of a library called `file`, never given before. The caller frees it. */
char *module_home_path(struct module_home *home, const char *file);

#endif
