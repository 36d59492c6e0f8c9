/* The contract with a provider: a shared library that translates for one upstream.
 *
 * ABI 1.0: first.
 *
 * A PROVIDER IS A PURE TRANSLATOR. Given a request in the canonical model it says what to send; given the
 * upstream's bytes it answers with canonical events. No I/O, no locks, no threads, no mutable statics: two
 * versions of it run side by side during a reload.
 *
 * One call, step by step
 *
 *     begin      host gives the call: purpose, model, credential, the client's request.
 *                Provider: call->host->fetch(call, {POST, url, headers, body}).   (echo emits at once)
 *     on_head    status and headers of the answer.
 *     on_body    bytes, split anywhere. Provider decodes, host->emit(call, event)…
 *                repeated. When the client is slow the host stops calling: back-pressure is its own.
 *     on_end     the answer is complete or broke (how). Provider emits what is left and END.
 *     on_wake    the time of host->wake_after is up.
 *     drop       always last, exactly once, also when the client left in the middle.
 *
 *     Every step returns at once. Returning a status other than AIP_OK ends the call with that error
 *     (reterr filled by aip_fail). Emitting END or ERROR finishes it. Returning with neither a fetch nor a
 *     wake outstanding ends it too, with GUEST_BROKEN and the provider's name. There is no callback a
 *     provider could keep, so none can arrive late.
 *
 *     FAULTS ARE CLASSIFIED, NOT DECIDED: map the upstream's answer to a status, with retry_after_ms and
 *     scope; the status table says what happens next. Before the first byte has gone to the client the
 *     host may try the request again elsewhere, with a new call.
 *
 * Ownership
 *
 *     thing                                    owner      valid until
 *     the table, its strings, settings, login  provider   its module closes
 *     self                                     provider   close
 *     call, its arena, IR nodes, credential    host       drop returns
 *     bytes given to on_body, head             host       the step returns
 *     what is given to fetch                   call's arena, or static, or the client's body
 *     what is given to emit                    provider   emit returns
 *
 * Threads: open, close on the control thread; all else on the call's loop. self does not change after open.
 *
 * The smallest whole provider is sdk/template; plugins/echo needs no network. Build against
 * find_package(aiproxy) or pkg-config aiproxy, link libaiproxy alone, put the .so into the plugins folder.
 */
#ifndef AIPROXY_PROVIDER_H
#define AIPROXY_PROVIDER_H

#include <aiproxy/host.h>
#include <aiproxy/login.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIP_ABI_MAGIC 0x61697031u /* "aip1" */
#define AIP_ABI_MAJOR 1
#define AIP_ABI_MINOR 0

/* Never changes; it guards all that follows. */
struct aip_abi {
	uint32_t magic;      /* AIP_ABI_MAGIC; anything else is not a provider */
	uint16_t major;      /* equal on both sides, or the load is refused */
	uint16_t minor;      /* the provider's must not exceed the host's */
	uint32_t ir_version; /* equal on both sides: IR nodes are shared memory */
	uint32_t size;       /* sizeof(struct aip_provider) in the provider's build */
};

#define AIP_ABI_HERE \
	{AIP_ABI_MAGIC, AIP_ABI_MAJOR, AIP_ABI_MINOR, AIP_IR_VERSION, sizeof(struct aip_provider)}

enum aip_provider_flag {
	/* Links something that cannot be unmapped: replaced at restart only. */
	AIP_RESIDENT = 1 << 0,
	/* Works without a credential: one is made up for it, of kind AIP_CRED_NONE. */
	AIP_KEYLESS = 1 << 1,
	/* Entries of config_list carry a name and api-key-entries[]; each name is a provider of its own
	 * in routing. An entry without keys gives one keyless credential. */
	AIP_NAMED_ENTRIES = 1 << 2,
	/* An entry of config_list without base-url is an error. */
	AIP_NEEDS_BASE_URL = 1 << 3,
	/* Offers only the models that the configuration lists. */
	AIP_CONFIGURED_MODELS = 1 << 4,
};

enum aip_setting_type {
	AIP_SETTING_BOOL,
	AIP_SETTING_INT,
	AIP_SETTING_TEXT,
	AIP_SETTING_SECRET, /* never shown */
	AIP_SETTING_LIST,   /* of texts; the value given to the provider is their LF-joined text */
};

/* A key under plugins.configs.<id>: checked by the loader, drawn as a form by the panel. Static. */
struct aip_setting {
	const char *name;
	enum aip_setting_type type;
	const char *otherwise; /* default, as text; NULL none */
	const char *min, *max; /* INT; NULL unbounded */
	const char *help;      /* one sentence */
};

/* Values for the provider's settings, in its own order, checked, defaults filled in. Borrowed for the
 * duration of open. value is AIP_NONE where there is no default; bools are "true" or "false". */
struct aip_settings {
	uint32_t size;
	const struct aip_field *fields;
	size_t n_fields;
};

struct aip_provider {
	struct aip_abi abi;
	const char *id;          /* "claude": file name of the .so, word in configuration, logs, routing */
	const char *release;     /* the provider's own version, for logs */
	const char *about;       /* one sentence for people */
	uint32_t flags;
	enum aip_dialect speaks; /* the upstream's dialect; NONE for one of its own */
	const char *protocol;    /* word that payload rules use for it: "claude"; NULL: its dialect's */
	const char *config_list; /* top-level YAML list with its credentials: "claude-api-key"; NULL none */
	const char *base_url;    /* default; NULL none */
	const char *models_json; /* catalogue, see aip_models_read; NULL none */
	const struct aip_setting *settings;
	size_t n_settings;
	const struct aip_login *logins;
	size_t n_logins;
	size_t call_bytes;       /* of call->state */
	uint32_t purposes;       /* 1u << AIP_GENERATE | … : what begin accepts */

	/* One configuration: control thread. After open, *ret_self is read-only. Optional: open, close (a
	 * provider without settings needs no self; calls reach the host as call->host). */
	enum aip_status (*open)(const struct aip_host *host, const struct aip_settings *settings,
	                        void **ret_self, struct aip_error *reterr);
	void (*close)(void *self);

	/* One call: its loop's thread. Mandatory: begin, drop. A provider that fetches needs on_head,
	 * on_body, on_end; one that wakes needs on_wake. */
	enum aip_status (*begin)(void *self, struct aip_call *call, struct aip_error *reterr);
	enum aip_status (*on_head)(void *self, struct aip_call *call, const struct aip_head *head,
	                           struct aip_error *reterr);
	enum aip_status (*on_body)(void *self, struct aip_call *call, struct aip_str bytes,
	                           struct aip_error *reterr);
	enum aip_status (*on_end)(void *self, struct aip_call *call, enum aip_eof how,
	                          struct aip_error *reterr);
	enum aip_status (*on_wake)(void *self, struct aip_call *call, struct aip_error *reterr);
	void (*drop)(void *self, struct aip_call *call);
};

/* The slots a provider of ABI 1.0 has; a smaller table is refused. */
#define AIP_PROVIDER_SIZE_1_0 sizeof(struct aip_provider)

/* The one symbol a provider exports. */
typedef const struct aip_provider *(*aip_provider_entry_fn)(void);
#define AIP_PROVIDER_ENTRY "aip_provider_entry"
__attribute__((visibility("default"))) const struct aip_provider *aip_provider_entry(void);

#ifdef __cplusplus
}
#endif
#endif
