/* What the readers of single values share. */
#ifndef CORE_CONFIG_READ_H
#define CORE_CONFIG_READ_H

#include "config/config.h"

struct config_reading {
	struct config *conf;
	struct aip_arena *arena; /* conf's */
	struct config_report *report;
};

/* Reads a key of type TREE into its field. */
typedef void (*config_tree_fn)(struct config_reading *r, const struct config_node *node,
                               struct aip_str path);

void config_read_limits(struct config_reading *r, const struct config_node *node,
                        struct aip_str path);
void config_read_mappings(struct config_reading *r, const struct config_node *node,
                          struct aip_str path);
void config_read_exclusions(struct config_reading *r, const struct config_node *node,
                            struct aip_str path);
void config_read_payload(struct config_reading *r, const struct config_node *node,
                         struct aip_str path);
void config_read_plugins(struct config_reading *r, const struct config_node *node,
                         struct aip_str path);
void config_read_capabilities(struct config_reading *r, const struct config_node *node,
                              struct aip_str path);

/* Appends a section to conf->sections. */
void config_read_section(struct config_reading *r, const struct config_node *node);

/* Notes at a value's place. */
#define READ_ERROR(r, node, path, ...) \
	config_note((r)->report, true, (node)->line, (node)->column, (path), __VA_ARGS__)
#define READ_WARN(r, node, path, ...) \
	config_note((r)->report, false, (node)->line, (node)->column, (path), __VA_ARGS__)

/* All that follow: false, and an error noted, when the value is not of the kind. A null value reads
 * as absent: true, and *ret untouched. */
bool read_kind(struct config_reading *r, const struct config_node *node, struct aip_str path,
               enum config_kind kind);
/* Trimmed, terminated. */
bool read_text(struct config_reading *r, const struct config_node *node, struct aip_str path,
               struct aip_str *ret);
/* As text, wiped when the configuration goes. */
bool read_secret(struct config_reading *r, const struct config_node *node, struct aip_str path,
                 struct aip_str *ret);
bool read_int(struct config_reading *r, const struct config_node *node, struct aip_str path,
              int64_t min, int64_t max, const char *unit, int64_t *ret);
bool read_bool(struct config_reading *r, const struct config_node *node, struct aip_str path,
               bool *ret);
/* A proxy's URL, "direct", "none" or "". */
bool read_proxy(struct config_reading *r, const struct config_node *node, struct aip_str path,
                struct aip_str *ret);

enum read_texts_flag {
	READ_LOWER = 1 << 0,       /* to lower case */
	READ_SECRETS = 1 << 1,     /* wiped later, never shown */
	READ_SAME_NOCASE = 1 << 2, /* duplicates are told without case */
};
/* A list of texts, or one text alone: trimmed, blanks and duplicates dropped, order kept. */
bool read_texts(struct config_reading *r, const struct config_node *node, struct aip_str path,
                unsigned flags, struct config_texts *ret);

/* A value as JSON, in the configuration's arena: plain numbers and booleans as such, other scalars
 * as texts. */
struct aip_str read_json(struct config_reading *r, const struct config_node *node);
struct aip_str read_lower(struct aip_arena *arena, struct aip_str s);
/* "path.key", "path[i]" in the configuration's arena. */
struct aip_str read_path_key(struct config_reading *r, struct aip_str path, struct aip_str key);
struct aip_str read_path_at(struct config_reading *r, struct aip_str path, size_t i);
/* A path's ~ expanded and lexically cleaned; "" stays. */
struct aip_str read_expand(struct aip_arena *arena, struct aip_str path);
/* Warns of a member of `node` that is none of the `n` names. */
void read_note_unknown(struct config_reading *r, const struct config_node *node,
                       struct aip_str path, const char *const *names, size_t n);

#endif
