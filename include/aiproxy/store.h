/* What a storage backend exports: named documents, shared by all instances that use the same store.
 *
 * ABI 1.0: first. A backend keeps three kinds of document: the configuration, accounts (token files), and
 * state that must survive a restart. Blocking is allowed: the host calls it on a thread of its own, one
 * call at a time per store. */
#ifndef AIPROXY_STORE_H
#define AIPROXY_STORE_H

#include <aiproxy/provider.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIP_STORE_MAGIC 0x61697332u /* "ais2" */

enum aip_store_kind {
	AIP_STORE_CONFIG,  /* one document, name "config.yaml" */
	AIP_STORE_ACCOUNT, /* "claude-a@b.c.json" … */
	AIP_STORE_STATE,
};

/* A document. version changes with every write and is the backend's own: a row version, a commit, an
 * ETag. */
struct aip_document {
	enum aip_store_kind kind;
	struct aip_str name;    /* [A-Za-z0-9._@+-]+, no leading dot */
	struct aip_str version; /* AIP_NONE: does not exist */
	struct aip_str body;
};

struct aip_store {
	struct aip_abi abi;    /* magic AIP_STORE_MAGIC */
	const char *id;        /* "store-postgres" */
	const char *release;
	const char *about;
	const struct aip_setting *settings;
	size_t n_settings;

	enum aip_status (*open)(const struct aip_host *host, const struct aip_settings *settings,
	                        void **ret_self, struct aip_error *reterr);
	void (*close)(void *self);
	/* Gives every document of a kind to `each`, borrowed until it returns; stops at its first refusal. */
	enum aip_status (*list)(void *self, enum aip_store_kind kind,
	                        enum aip_status (*each)(void *to, const struct aip_document *document),
	                        void *to, struct aip_error *reterr);
	/* AIP_NOT_FOUND when there is none. ret is in the arena. */
	enum aip_status (*get)(void *self, enum aip_store_kind kind, struct aip_str name,
	                       struct aip_arena *arena, struct aip_document *ret,
	                       struct aip_error *reterr);
	/* Writes atomically, only while the stored version is `expected` (AIP_NONE: must not exist;
	 * force: whatever it is). AIP_CONFLICT when it is not. */
	enum aip_status (*put)(void *self, const struct aip_document *document, struct aip_str expected,
	                       bool force, struct aip_arena *arena, struct aip_str *ret_version,
	                       struct aip_error *reterr);
	/* Likewise. AIP_OK when it is gone already. */
	enum aip_status (*remove)(void *self, enum aip_store_kind kind, struct aip_str name,
	                          struct aip_str expected, bool force, struct aip_error *reterr);
	/* What changed since the last call, by others too: `each` is called with body AIP_NONE and version
	 * AIP_NONE for removed ones. May wait up to wait_ms. */
	enum aip_status (*changes)(void *self, int64_t wait_ms,
	                           enum aip_status (*each)(void *to,
	                                                   const struct aip_document *document),
	                           void *to, struct aip_error *reterr);
};

#define AIP_STORE_ENTRY "aip_store_entry"
__attribute__((visibility("default"))) const struct aip_store *aip_store_entry(void);

#ifdef __cplusplus
}
#endif
#endif
