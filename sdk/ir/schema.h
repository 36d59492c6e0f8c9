/* What the schema profiles share. A walk goes through schema positions alone: a property called
 * "format" or
 * "$ref" is data. */
#ifndef SDK_IR_SCHEMA_H
#define SDK_IR_SCHEMA_H

#include <aiproxy/rules.h>

#define SCHEMA_DEPTH_MAX 64
#define SCHEMA_OUT_MAX   (8u << 20) /* references may multiply */
#define SCHEMA_PARTS_MAX 32

/* One writing of a schema. */
struct schema_walk {
	struct aip_arena *arena;
	enum aip_schema_profile profile;
	const struct aip_json *root; /* where references point */
	struct aip_json_out *out;
	size_t from; /* where in it the schema begins */
	int depth;
	const struct aip_json
		*inlined[SCHEMA_DEPTH_MAX]; /* targets being written, the outermost first */
	size_t n_inlined;
	const char *unfit; /* why the profile cannot have it; NULL */
};

/* ---- Looking (schema_look.c) ---------------------------------------------------------------- */

/* Where the value of a keyword holds schemas. */
enum schema_position {
	SCHEMA_NOWHERE, /* data */
	SCHEMA_ONE,     /* items, not */
	SCHEMA_LIST,    /* anyOf, allOf */
	SCHEMA_MAP,     /* properties, $defs */
};
enum schema_position schema_position_of(struct aip_str keyword);

/* The schema a "$ref" points at; NULL when it points nowhere in this document. */
const struct aip_json *schema_target(const struct schema_walk *w, struct aip_str ref);
bool schema_is_object(const struct aip_json *schema);
/* {"type":"null"}, or a type list or union with it. */
bool schema_takes_null(const struct aip_json *schema);
/* References lead back to a schema that they are part of. */
bool schema_recurses(const struct schema_walk *w);
bool schema_word_is_in(struct aip_str word, const char *const *words, size_t n);

/* A schema, what it refers to and what it joins by allOf: all hold together, and the first that
 * says something counts. */
struct schema_parts {
	const struct aip_json *at[SCHEMA_PARTS_MAX];
	size_t n;
	bool endless; /* it refers to what it is part of */
};
/* What it enters into w->inlined stays there until the caller sets n_inlined back. */
void schema_gather(struct schema_walk *w, const struct aip_json *schema,
                   struct schema_parts *parts);
/* A keyword of the parts; NULL when none has it. */
const struct aip_json *schema_get(const struct schema_parts *parts, const char *keyword);
/* True when a part before the i-th has the keyword. */
bool schema_is_said_before(const struct schema_parts *parts, size_t i, struct aip_str keyword);
bool schema_has_property(const struct schema_parts *parts, struct aip_str name);
/* Required by one of the parts. */
bool schema_requires(const struct schema_parts *parts, struct aip_str name);

/* ---- Writing -------------------------------------------------------------------------------- */

/* Writes a schema as the walk's profile wants it. */
void schema_put(struct schema_walk *w, const struct aip_json *schema);
/* The value of a keyword, schemas inside it rewritten. */
void schema_put_value(struct schema_walk *w, struct aip_str keyword, const struct aip_json *value);
/* Another of the same name follows: of such members the last counts. */
bool schema_is_said_again(const struct aip_json *member);
/* The properties of all parts, each name once, by `put`. */
void schema_put_properties(struct schema_walk *w, const struct schema_parts *parts,
                           void (*put)(struct schema_walk *w, const struct schema_parts *parts,
                                       const struct aip_json *property));

/* "required": the properties of all parts that a certain one requires, each once; nothing when
 * there are none. */
void schema_put_required(struct schema_walk *w, const struct schema_parts *all,
                         const struct schema_parts *certain);

/* What is wrong in itself is mended before any profile sees it (schema_mend.c). */
bool schema_is_malformed(const struct aip_json *root);
void schema_put_mended(struct aip_json_out *out, const struct aip_json *root);

/* One profile each: schema_strict.c, schema_claude.c, schema_gemini.c. */
void schema_put_openai_strict(struct schema_walk *w, const struct aip_json *schema);
void schema_put_claude_strict(struct schema_walk *w, const struct aip_json *schema);
void schema_put_claude_root(struct schema_walk *w, const struct aip_json *schema);
void schema_put_gemini(struct schema_walk *w, const struct aip_json *schema);

#endif
