/* What the schema profiles share. A walk goes through schema positions alone: a property called "format" or
 * "$ref" is data. */
#ifndef SDK_IR_SCHEMA_H
#define SDK_IR_SCHEMA_H

#include <aiproxy/rules.h>

#define SCHEMA_DEPTH_MAX 64
#define SCHEMA_OUT_MAX   (8u << 20) /* references may multiply */

/* One writing of a schema. */
struct schema_walk {
	struct aip_arena *arena;
	enum aip_schema_profile profile;
	const struct aip_json *root;    /* where references point */
	struct aip_json_out *out;
	int depth;
	const char *unfit;              /* why the profile cannot have it; NULL */
};

/* Where the value of a keyword holds schemas. */
enum schema_position {
	SCHEMA_NOWHERE,  /* data */
	SCHEMA_ONE,      /* items, not */
	SCHEMA_LIST,     /* anyOf, allOf */
	SCHEMA_MAP,      /* properties, $defs */
};
enum schema_position schema_position_of(struct aip_str keyword);

/* The schema a "$ref" points at; NULL when it points nowhere in this document. */
const struct aip_json *schema_target(const struct schema_walk *w, struct aip_str ref);
bool schema_is_object(const struct aip_json *schema);
bool schema_word_is_in(struct aip_str word, const char *const *words, size_t n);

/* Writes a schema as the walk's profile wants it. */
void schema_put(struct schema_walk *w, const struct aip_json *schema);
/* The value of a keyword, schemas inside it rewritten. */
void schema_put_value(struct schema_walk *w, struct aip_str keyword, const struct aip_json *value);

/* One profile each: schema_strict.c, schema_claude.c, schema_gemini.c. */
void schema_put_openai_strict(struct schema_walk *w, const struct aip_json *schema);
void schema_put_claude_strict(struct schema_walk *w, const struct aip_json *schema);
void schema_put_claude_root(struct schema_walk *w, const struct aip_json *schema);
void schema_put_gemini(struct schema_walk *w, const struct aip_json *schema);

#endif
