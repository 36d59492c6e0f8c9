/* A watch: tells when the configuration file or the plugin folder has changed and come to rest.
 *
 * By looking, not by inotify: it works the same on network file systems, on mounted config maps whose
 * link is exchanged, and for editors that write a new file and rename it.
 *
 * Thread: one at a time. */
#ifndef CONFIG_WATCH_H
#define CONFIG_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed is a new watch. */
struct watch {
	uint64_t seen;   /* signature at the last look; 0: none yet */
	uint64_t served; /* signature that was told last */
};

/* Looks. True when what is there differs from what was told last, and is the same as at the look before:
 * half a copy is never told. The first look only takes note.
 *
 * file, folder  may be missing; that is a state like any other */
bool watch_settled(struct watch *watch, const char *file, const char *folder);

#endif
