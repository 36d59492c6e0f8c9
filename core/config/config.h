/* The configuration: read, checked, immutable.
 *
 * keys.def lists the keys outside the provider lists, entry_keys.def the common fields of a
 * provider list's entry. A new key is a row there and nothing here. Which provider owns which list
 * is not known here: every other top-level sequence is a section that somebody may claim.
 *
 *     struct config_report report;
 *     config_report_init(&report);
 *     if (config_load("config.yaml", &conf, &report) == AIP_OK) {
 *             for each provider: section = config_claim(conf, &claim, &report);
 *             config_report_unclaimed(conf, lists, n, &report);
 *     }
 *     config_report_print(&report, stderr);
 *     config_report_fini(&report);
 *
 * Everything lives in the configuration's own arena until config_destroy; who shares it counts it.
 * Secrets in it are wiped at the end. Control thread; what it says may be read on any thread. */
#ifndef CORE_CONFIG_CONFIG_H
#define CORE_CONFIG_CONFIG_H

#include <aiproxy/host.h>

#include "config/report.h"
#include "config/tree.h"

/* In the order of the words in keys.def. */
enum config_strategy {
	CONFIG_ROUND_ROBIN,
	CONFIG_FILL_FIRST,
};

enum config_loss_policy {
	CONFIG_LENIENT,
	CONFIG_STRICT,
};

struct config_texts {
	const struct aip_str *at;
	size_t n;
};

/* ---- Provider lists ----------------------------------------------------------------------- */

struct config_model {
	struct aip_str name;  /* upstream's; never empty */
	struct aip_str alias; /* client's; the name when none was given */
	bool has_alias;
	int line;
};

struct config_models {
	const struct config_model *at;
	size_t n;
};

struct config_key {
	struct aip_str api_key; /* secret */
	struct aip_str proxy_url;
	int line;
};

struct config_keys {
	const struct config_key *at;
	size_t n;
};

struct config_headers {
	const struct aip_header *at;
	size_t n;
};

/* Common fields, from entry_keys.def. Texts are trimmed; AIP_NONE when absent or blank. base_url
 * has no trailing slash. prefix has no slashes. excluded_models are lower case without duplicates.
 */
struct config_entry {
	int line, column;
	struct aip_str path; /* "claude-api-key[2]", for messages */
	bool usable;         /* since config_claim: complete, not disabled, no duplicate */
#define CONFIG_ENTRY_TEXT                      struct aip_str
#define CONFIG_ENTRY_SECRET                    struct aip_str
#define CONFIG_ENTRY_PROXY                     struct aip_str
#define CONFIG_ENTRY_URL                       struct aip_str
#define CONFIG_ENTRY_INT                       int64_t
#define CONFIG_ENTRY_BOOL                      bool
#define CONFIG_ENTRY_LIST                      struct config_texts
#define CONFIG_ENTRY_HEADERS                   struct config_headers
#define CONFIG_ENTRY_MODELS                    struct config_models
#define CONFIG_ENTRY_KEYS                      struct config_keys
#define AIP_ENTRY_KEY(name, field, type, help) CONFIG_ENTRY_##type field;
#include "config/entry_keys.def"
#undef AIP_ENTRY_KEY
	const struct aip_field
		*fields; /* what else it holds, scalars by path: "location", "a.b", "l[0]" */
	size_t n_fields;
	const struct config_node *node; /* the entry as written */
};

struct config_section {
	struct aip_str name; /* "claude-api-key" */
	int line, column;
	bool claimed;
	struct config_entry *entries;
	size_t n_entries;
	struct config_section *next;
};

/* ---- Shapes of single keys ---------------------------------------------------------------- */

struct config_quota {
	struct aip_str pattern;
	int64_t requests; /* per calendar month, > 0 */
};

/* api-key-limits[]; at least one restriction. */
struct config_limit {
	struct aip_str api_key; /* secret */
	struct config_texts allowed_models;
	struct config_texts allowed_credentials;
	struct config_texts allowed_providers; /* lower case */
	const struct config_quota *quotas;
	size_t n_quotas;
	int line;
};

struct config_limits {
	const struct config_limit *at;
	size_t n;
};

/* oauth-model-mappings.<channel>[] */
struct config_mapping {
	struct aip_str channel; /* lower case */
	struct aip_str name;    /* upstream's */
	struct aip_str alias;   /* client's */
	bool fork;              /* offered under both */
	int line;
};

struct config_mappings {
	const struct config_mapping *at;
	size_t n;
};

/* oauth-excluded-models.<channel>[] */
struct config_exclusion {
	struct aip_str channel;       /* lower case */
	struct config_texts patterns; /* lower case */
};

struct config_exclusions {
	const struct config_exclusion *at;
	size_t n;
};

enum config_payload_kind {
	CONFIG_PAYLOAD_DEFAULT,  /* set where the client said nothing; first rule wins */
	CONFIG_PAYLOAD_OVERRIDE, /* always set; last rule wins */
	CONFIG_PAYLOAD_FILTER,   /* removed */
};

struct config_payload_model {
	struct aip_str name;     /* pattern */
	struct aip_str protocol; /* lower case; AIP_NONE: any */
};

struct config_payload_param {
	struct aip_str path; /* dotted */
	struct aip_str json; /* the value as JSON; AIP_NONE for FILTER */
};

/* In the order in which they apply. */
struct config_payload_rule {
	enum config_payload_kind kind;
	const struct config_payload_model *models;
	size_t n_models;
	const struct config_payload_param *params;
	size_t n_params;
	int line;
};

struct config_payload {
	const struct config_payload_rule *at;
	size_t n;
};

/* model-capabilities[]: what models can do, in the words of aiproxy/ir.h. Checked. */
struct config_capability_value {
	struct aip_str key;
	struct aip_str json;
};

/* Holds for models that one of the patterns fits (none: for all) of the providers named (none: of
 * all). Later rules win. */
struct config_capability {
	struct config_texts models;    /* patterns of upstream names */
	struct config_texts providers; /* words of routing, lower case */
	const struct config_capability_value *values;
	size_t n_values;
	int line;
};

struct config_capabilities {
	const struct config_capability *at;
	size_t n;
};

/* plugins.configs.<id> */
struct config_plugin {
	struct aip_str id;
	bool enabled;
	int64_t priority;
	const struct config_node *node; /* all its settings, the common two included */
	int line;
};

struct config_plugins {
	const struct config_plugin *at;
	size_t n;
};

/* ---- The whole ---------------------------------------------------------------------------- */

struct config {
	struct aip_arena *arena;
	struct aip_str path; /* of the file; AIP_NONE when it came from memory */
	char digest[65];     /* SHA-256 of the text, hex: equal digests need no reload */
#define CONFIG_WORD_strategy     enum config_strategy
#define CONFIG_WORD_loss_policy  enum config_loss_policy
#define CONFIG_TREE_limits       struct config_limits
#define CONFIG_TREE_mappings     struct config_mappings
#define CONFIG_TREE_exclusions   struct config_exclusions
#define CONFIG_TREE_payload      struct config_payload
#define CONFIG_TREE_plugins      struct config_plugins
#define CONFIG_TREE_capabilities struct config_capabilities
	/* TEXT, PATH, PROXY, SECRET are trimmed and terminated, "" when absent. PATH has ~ expanded
	 * and is cleaned; relative ones are relative to the working directory. */
#define AIP_GROUP(title)
#define AIP_INERT(path, type, help)
#define AIP_KEY(path, field, type, otherwise, min, max, unit, reload, sample, help) \
	CONFIG_FIELD_##type(field)
#define CONFIG_FIELD_BOOL(field)   bool field;
#define CONFIG_FIELD_INT(field)    int64_t field;
#define CONFIG_FIELD_TEXT(field)   struct aip_str field;
#define CONFIG_FIELD_SECRET(field) struct aip_str field;
#define CONFIG_FIELD_PATH(field)   struct aip_str field;
#define CONFIG_FIELD_PROXY(field)  struct aip_str field;
#define CONFIG_FIELD_LIST(field)   struct config_texts field;
#define CONFIG_FIELD_WORD(field)   CONFIG_WORD_##field field;
#define CONFIG_FIELD_TREE(field)   CONFIG_TREE_##field field;
#include "config/keys.def"
#undef AIP_GROUP
#undef AIP_INERT
#undef AIP_KEY
	struct config_section *sections; /* in the order of the file */
};

/* Reads, checks, fills in defaults. report: initialised by the caller; gets every error and
 * warning, also when all is well.
 *
 * AIP_OK: *ret is the caller's; the report may hold warnings.
 * AIP_CONFIG_REFUSED: the report holds at least one error. */
aip_nodiscard enum aip_status config_load(const char *path, struct config **ret,
                                          struct config_report *report);
/* The same from memory; `file` names it in messages. text is copied. */
aip_nodiscard enum aip_status config_load_text(struct aip_str text, const char *file,
                                               struct config **ret, struct config_report *report);
void config_destroy(struct config *conf);

/* What a provider says of its list. */
struct config_claim {
	struct aip_str list; /* "claude-api-key" */
	bool named;          /* entries are upstreams with a name and api-key-entries[] */
	bool needs_base_url; /* there is no default */
};

/* Marks a list as owned and decides which of its entries are usable. What an owner's entry lacks
 * goes to the report as an error, and the entry is not usable; disabled ones and duplicates are
 * left out too. NULL when the file has no such list. Once for each list, before the configuration
 * is shared. */
const struct config_section *config_claim(struct config *conf, const struct config_claim *claim,
                                          struct config_report *report);
/* Warns of sections nobody claimed, with the nearest of `lists` (what loaded providers own). */
void config_report_unclaimed(const struct config *conf, const struct aip_str *lists, size_t n,
                             struct config_report *report);

/* Where providers lie when plugins.dir is "": beside the running program. Never NULL, static. */
const char *config_plugins_home(void);

/* Where providers lie. Never NULL; lives as long as conf. */
const char *config_plugin_folder(const struct config *conf);

/* ---- The table as text --------------------------------------------------------------------- */

/* The commented example file without its provider lists. */
void config_print_example(FILE *out);
/* Every key with type, default, bounds and help. */
void config_print_help(FILE *out);

/* ---- The first start ------------------------------------------------------------------------ */

/* Writes a configuration with a random client key, for this machine only: mode 0600, atomically,
 * never over an existing file. Says on stderr what it did and shows the key, this once.
 *
 * AIP_CONFLICT: there is a file already; nothing was changed or said.
 * AIP_CONFIG_REFUSED: it cannot be written. */
aip_nodiscard enum aip_status config_first_run(const char *path, struct aip_error *reterr);

#endif
