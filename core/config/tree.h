/* YAML as a tree that knows where each value stood. */
#ifndef CORE_CONFIG_TREE_H
#define CORE_CONFIG_TREE_H

#include <aiproxy/base.h>

struct config_report;

#define CONFIG_FILE_MAX    (4 * 1024 * 1024) /* bytes of a file */
#define CONFIG_NODES_MAX   50000 /* values of a file, aliases counted as what they stand for */
#define CONFIG_DEPTH_MAX   32
#define CONFIG_MAP_MAX     4096 /* members of one mapping */
#define CONFIG_ANCHORS_MAX 1000

enum config_kind {
	CONFIG_NULL, /* ~, null, or nothing: as if the key were absent */
	CONFIG_SCALAR,
	CONFIG_SEQUENCE,
	CONFIG_MAPPING,
};

/* In the arena it was read into; immutable. Anchored parts may be reached on several ways, so there
 * is no parent. */
struct config_node {
	enum config_kind kind;
	bool plain;                /* SCALAR: written without quotes */
	int line, column;          /* from 1 */
	int key_line, key_column;  /* of the key; as line and column in a sequence */
	struct aip_str key;        /* in a mapping; else AIP_NONE */
	struct aip_str text;       /* SCALAR */
	struct config_node *child; /* first */
	struct config_node *next;  /* sibling */
	uint32_t count;            /* children */
	uint32_t weight;           /* nodes of the subtree, itself included */
};

/* Reads one document. Everything that can be told without knowing the keys goes to the report:
 * syntax, duplicate keys, unknown aliases and tags, ceilings. Texts are copied. An empty document
 * is an empty mapping. Returns NULL when there is no usable tree; a tree may be usable and the
 * report hold errors, so that the caller finds more. Any thread. */
struct config_node *config_tree_read(struct aip_arena *arena, struct aip_str text,
                                     struct config_report *report);

/* The member named `key`; NULL when absent, when `mapping` is NULL or none. */
const struct config_node *config_tree_get(const struct config_node *mapping, struct aip_str key);

/* Integer: a plain decimal scalar. Boolean: plain true/false, yes/no, on/off, any case. */
bool config_node_int(const struct config_node *node, int64_t *ret);
bool config_node_bool(const struct config_node *node, bool *ret);

#define CONFIG_EACH(var, container)                                                        \
	for (const struct config_node *var = (container) ? (container)->child : NULL; var; \
	     var = var->next)

#endif
