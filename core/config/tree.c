/* YAML events into a tree, with every ceiling that a hostile file may try. */
#include "config/tree.h"

#include <yaml.h>

#include "base/assert.h"
#include "base/secret.h"
#include "config/report.h"

struct anchor {
	struct aip_str name;
	const struct config_node *node;
	struct anchor *next;
};

/* An open collection. */
struct level {
	struct config_node *node;
	struct config_node **tail; /* where the next child hangs */
	struct aip_str anchor;
	bool has_key; /* MAPPING: the next node is a value */
	bool skip_value;
	bool merge;                 /* the key was a plain << */
	struct config_node *merged; /* values of << */
	struct aip_str key;
	int key_line, key_column;
};

struct reader {
	struct aip_arena *arena;
	struct config_report *report;
	struct anchor *anchors;
	struct level levels[CONFIG_DEPTH_MAX];
	size_t depth;
	struct config_node *root;
	uint64_t nodes; /* aliases count as what they stand for */
	size_t n_anchors;
	bool stop;
};

__attribute__((format(printf, 3, 0))) static void
refuse_v(struct reader *r, const yaml_mark_t *mark, const char *fmt, va_list args)
{
	char message[256];

	vsnprintf(message, sizeof(message), fmt, args);
	config_note(r->report, true, (int)mark->line + 1, (int)mark->column + 1, AIP_LIT(""), "%s",
	            message);
}

__attribute__((format(printf, 3, 4))) static void refuse(struct reader *r, const yaml_mark_t *mark,
                                                         const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	refuse_v(r, mark, fmt, args);
	va_end(args);
}

__attribute__((format(printf, 3, 4))) static void give_up(struct reader *r, const yaml_mark_t *mark,
                                                          const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	refuse_v(r, mark, fmt, args);
	va_end(args);
	r->stop = true;
}

static void count(struct reader *r, uint32_t nodes, const yaml_mark_t *mark)
{
	r->nodes += nodes;
	if (r->nodes > CONFIG_NODES_MAX && !r->stop)
		give_up(r, mark, "more than %d values, aliases included", CONFIG_NODES_MAX);
}

static struct config_node *node_new(struct reader *r, enum config_kind kind,
                                    const yaml_mark_t *mark)
{
	struct config_node *node = AIP_NEW(r->arena, struct config_node);

	node->kind = kind;
	node->line = node->key_line = (int)mark->line + 1;
	node->column = node->key_column = (int)mark->column + 1;
	node->weight = 1;
	return node;
}

const struct config_node *config_tree_get(const struct config_node *mapping, struct aip_str key)
{
	if (!mapping || mapping->kind != CONFIG_MAPPING)
		return NULL;
	CONFIG_EACH(node, mapping)
	if (aip_str_eq(node->key, key))
		return node;
	return NULL;
}

/* ---- Anchors ------------------------------------------------------------------------------- */

static void remember(struct reader *r, struct aip_str name, const struct config_node *node,
                     const yaml_mark_t *mark)
{
	if (!name.at)
		return;
	if (r->n_anchors++ == CONFIG_ANCHORS_MAX) {
		give_up(r, mark, "more than %d anchors", CONFIG_ANCHORS_MAX);
		return;
	}
	struct anchor *anchor = AIP_NEW(r->arena, struct anchor);
	*anchor = (struct anchor){name, node, r->anchors};
	r->anchors = anchor;
}

static const struct config_node *recall(const struct reader *r, struct aip_str name)
{
	for (const struct anchor *a = r->anchors; a; a = a->next)
		if (aip_str_eq(a->name, name))
			return a->node;
	return NULL;
}

static struct aip_str copy_of(struct reader *r, const yaml_char_t *text)
{
	return aip_arena_dup(r->arena, aip_str((const char *)text));
}

/* ---- Placing a node ------------------------------------------------------------------------ */

static void begin_value(struct reader *r, struct level *level, const struct config_node *key,
                        const yaml_mark_t *mark)
{
	level->has_key = true;
	level->merge = key->kind == CONFIG_SCALAR && key->plain && aip_str_is(key->text, "<<");
	level->key = key->kind == CONFIG_NULL ? AIP_LIT("null") : key->text;
	level->key_line = key->line;
	level->key_column = key->column;
	level->skip_value = false;
	if (level->merge)
		return;
	if (!level->key.len)
		refuse(r, mark, "a key is empty");
	if (!level->key.len || config_tree_get(level->node, level->key)) {
		if (level->key.len)
			refuse(r, mark, "duplicate key '%.*s'", AIP_FMT(level->key));
		level->skip_value = true;
	}
	if (level->node->count == CONFIG_MAP_MAX)
		give_up(r, mark, "more than %d keys in one mapping", CONFIG_MAP_MAX);
}

static void hang(struct level *level, struct config_node *node)
{
	*level->tail = node;
	level->tail = &node->next;
	level->node->count++;
	level->node->weight += node->weight;
}

static void hang_value(struct level *level, struct config_node *node)
{
	level->has_key = false;
	node->key = level->key;
	node->key_line = level->key_line;
	node->key_column = level->key_column;
	if (level->merge) {
		node->next = level->merged;
		level->merged = node;
	} else if (!level->skip_value) {
		hang(level, node);
	}
}

static void place(struct reader *r, struct config_node *node, const yaml_mark_t *mark)
{
	if (!r->depth) {
		r->root = node;
		return;
	}
	struct level *level = &r->levels[r->depth - 1];
	if (level->node->kind == CONFIG_SEQUENCE)
		hang(level, node);
	else if (level->has_key)
		hang_value(level, node);
	else if (node->kind == CONFIG_SCALAR || node->kind == CONFIG_NULL)
		begin_value(r, level, node, mark);
	else
		give_up(r, mark, "a key, ended here, must be a text");
}

/* ---- Collections --------------------------------------------------------------------------- */

static void open_level(struct reader *r, enum config_kind kind, struct aip_str anchor,
                       const yaml_mark_t *mark)
{
	if (r->depth == CONFIG_DEPTH_MAX) {
		give_up(r, mark, "nested more than %d deep", CONFIG_DEPTH_MAX);
		return;
	}
	struct level *level = &r->levels[r->depth++];
	*level = (struct level){.node = node_new(r, kind, mark), .anchor = anchor};
	count(r, 1, mark);
	level->tail = &level->node->child;
}

/* Members of `from` that `level` does not have already; what it has itself wins. */
static void merge_from(struct reader *r, struct level *level, const struct config_node *from,
                       const yaml_mark_t *mark)
{
	CONFIG_EACH(member, from)
	{
		if (r->stop || config_tree_get(level->node, member->key))
			continue;
		if (level->node->count == CONFIG_MAP_MAX) {
			give_up(r, mark, "more than %d keys in one mapping", CONFIG_MAP_MAX);
			return;
		}
		struct config_node *copy = AIP_NEW(r->arena, struct config_node);
		*copy = *member;
		copy->next = NULL;
		count(r, copy->weight, mark);
		hang(level, copy);
	}
}

static void merge_all(struct reader *r, struct level *level, const yaml_mark_t *mark)
{
	for (const struct config_node *value = level->merged; value; value = value->next) {
		if (value->kind == CONFIG_MAPPING) {
			merge_from(r, level, value, mark);
			continue;
		}
		if (value->kind != CONFIG_SEQUENCE)
			config_note(r->report, true, value->line, value->column, AIP_LIT("<<"),
			            "must be a mapping or a list of mappings");
		CONFIG_EACH(item, value)
		if (item->kind == CONFIG_MAPPING)
			merge_from(r, level, item, mark);
	}
}

static void close_level(struct reader *r, const yaml_mark_t *mark)
{
	aip_assert(r->depth > 0);
	struct level *level = &r->levels[r->depth - 1];

	merge_all(r, level, mark);
	r->depth--;
	remember(r, level->anchor, level->node, mark);
	place(r, level->node, mark);
}

/* ---- Scalars ------------------------------------------------------------------------------- */

static bool is_null(struct aip_str text)
{
	return !text.len || aip_str_is(text, "~") || aip_str_is(text, "null") ||
	       aip_str_is(text, "Null") || aip_str_is(text, "NULL");
}

static void take_scalar(struct reader *r, const yaml_event_t *event)
{
	const char *tag = (const char *)event->data.scalar.tag;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct aip_str text =
		aip_strn((const char *)event->data.scalar.value, event->data.scalar.length);

	if (tag && !strcmp(tag, YAML_STR_TAG))
		plain = false;
	else if (tag && strncmp(tag, "tag:yaml.org,2002:", 18) != 0)
		refuse(r, &event->start_mark, "tag '%.64s' is not known here", tag);
	if (memchr(text.at, '\0', text.len))
		refuse(r, &event->start_mark, "a text may not hold a NUL");

	bool null = plain && is_null(text);
	struct config_node *node =
		node_new(r, null ? CONFIG_NULL : CONFIG_SCALAR, &event->start_mark);
	node->plain = plain;
	node->text = null ? AIP_NONE : secret_new(r->arena, text); /* it may be one */
	remember(r, copy_of(r, event->data.scalar.anchor), node, &event->start_mark);
	count(r, 1, &event->start_mark);
	place(r, node, &event->start_mark);
}

static void take_alias(struct reader *r, const yaml_event_t *event)
{
	struct aip_str name = aip_str((const char *)event->data.alias.anchor);
	const struct config_node *meant = recall(r, name);

	if (!meant) {
		give_up(r, &event->start_mark, "alias '*%.*s' stands for nothing above it",
		        AIP_FMT(name));
		return;
	}
	struct config_node *node = AIP_NEW(r->arena, struct config_node);
	*node = *meant;
	node->next = NULL;
	node->key = AIP_NONE;
	node->line = node->key_line = (int)event->start_mark.line + 1;
	node->column = node->key_column = (int)event->start_mark.column + 1;
	count(r, node->weight, &event->start_mark);
	place(r, node, &event->start_mark);
}

/* ---- The document -------------------------------------------------------------------------- */

static void take(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: take_scalar(r, event); break;
	case YAML_ALIAS_EVENT: take_alias(r, event); break;
	case YAML_SEQUENCE_START_EVENT:
		open_level(r, CONFIG_SEQUENCE, copy_of(r, event->data.sequence_start.anchor),
		           &event->start_mark);
		break;
	case YAML_MAPPING_START_EVENT:
		open_level(r, CONFIG_MAPPING, copy_of(r, event->data.mapping_start.anchor),
		           &event->start_mark);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: close_level(r, &event->start_mark); break;
	case YAML_DOCUMENT_START_EVENT:
		if (r->root)
			give_up(r, &event->start_mark, "a second document: only one is read");
		break;
	default: break;
	}
}

static void note_syntax(struct reader *r, const yaml_parser_t *parser)
{
	const bool by_reader = parser->error == YAML_READER_ERROR;
	const char *problem = parser->problem ? parser->problem : "not readable";

	if (by_reader)
		config_note(r->report, true, 0, 0, AIP_LIT(""), "not YAML: %s at byte %zu", problem,
		            parser->problem_offset);
	else
		refuse(r, &parser->problem_mark, "not YAML: %s%s%s", problem,
		       parser->context ? " " : "", parser->context ? parser->context : "");
	r->stop = true;
	r->root = NULL;
}

struct config_node *config_tree_read(struct aip_arena *arena, struct aip_str text,
                                     struct config_report *report)
{
	struct reader r = {.arena = arena, .report = report};
	static const yaml_mark_t start;
	yaml_parser_t parser;
	yaml_event_t event;
	bool done = false;

	if (text.len > CONFIG_FILE_MAX) {
		config_note(report, true, 0, 0, AIP_LIT(""), "larger than %d bytes",
		            CONFIG_FILE_MAX);
		return NULL;
	}
	int rc = yaml_parser_initialize(&parser);
	aip_assert(rc);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
	while (!done && !r.stop) {
		if (!yaml_parser_parse(&parser, &event)) {
			note_syntax(&r, &parser);
			break;
		}
		done = event.type == YAML_STREAM_END_EVENT;
		take(&r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (r.stop)
		return NULL;
	if (!r.root || r.root->kind == CONFIG_NULL)
		return node_new(&r, CONFIG_MAPPING, &start);
	if (r.root->kind != CONFIG_MAPPING) {
		config_note(report, true, r.root->line, r.root->column, AIP_LIT(""),
		            "a configuration is a mapping: key: value");
		return NULL;
	}
	return r.root;
}

/* ---- Values -------------------------------------------------------------------------------- */

bool config_node_int(const struct config_node *node, int64_t *ret)
{
	return node && node->kind == CONFIG_SCALAR && node->plain && aip_str_int(node->text, ret);
}

bool config_node_bool(const struct config_node *node, bool *ret)
{
	static const char *const yes[] = {"true", "yes", "on"};
	static const char *const no[] = {"false", "no", "off"};

	if (!node || node->kind != CONFIG_SCALAR || !node->plain)
		return false;
	for (size_t i = 0; i < 3; i++) {
		bool is_yes = aip_str_eq_nocase(node->text, aip_str(yes[i]));
		if (is_yes || aip_str_eq_nocase(node->text, aip_str(no[i]))) {
			*ret = is_yes;
			return true;
		}
	}
	return false;
}
