/* Secrets: how they may be shown, how they are wiped, how they are made. Any thread. */
#ifndef CORE_BASE_SECRET_H
#define CORE_BASE_SECRET_H

#include <aiproxy/base.h>

struct secret_hint {
	char at[40];
};

/* What may be shown of a secret: first and last bytes and the length, "sk-a...wxyz(51)". Never
 * more than half of it: from 16 bytes on 4 and 4; from 8 on 2 and 2; from 4 on 1 and 1; else "***". Bytes that are not printable
 * ASCII or would break a log line show as '?'. "-" when absent or empty. */
struct secret_hint secret_hint(struct aip_str secret);

/* For an argument of log_event: "cred=%s", SECRET_HINT(key). Lives to the end of the statement. */
#define SECRET_HINT(secret) (secret_hint(secret).at)

/* Overwrites; the compiler may not leave it out. */
void secret_wipe(void *at, size_t bytes);
/* Wipes and frees; NULL is fine. bytes: those behind `at`. */
void secret_free(void *at, size_t bytes);
/* A terminated copy in the arena that is wiped when the arena ends. */
struct aip_str secret_new(struct aip_arena *arena, struct aip_str secret);

#define SECRET_KEY_CHARS 40 /* 238 bits */

/* Bytes from the system's generator. Ends the process when there is none: a guessable key is worse
 * than no gateway. */
void secret_random(void *into, size_t bytes);
/* `chars` random characters of [A-Za-z0-9], each equally likely, and a NUL: into holds chars+1. */
void secret_random_base62(char *into, size_t chars);

#endif
