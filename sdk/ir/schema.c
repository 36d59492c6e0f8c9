/* JSON Schemas, rewritten for those who take less than all of it. */
#include "schema.h"

/* ---- Walking -------------------------------------------------------------------------------- */

void schema_put_value(struct schema_walk *w, struct aip_str keyword, const struct aip_json *value)
{
	const enum schema_position position = schema_position_of(keyword);

	if (position == SCHEMA_ONE && value->kind == AIP_JSON_OBJECT) {
		schema_put(w, value);
	} else if (position == SCHEMA_LIST && value->kind == AIP_JSON_ARRAY) {
		aip_json_open(w->out, '[');
		AIP_JSON_EACH (schema, value)
			schema_put(w, schema);
		aip_json_close(w->out, ']');
	} else if (position == SCHEMA_MAP && value->kind == AIP_JSON_OBJECT) {
		aip_json_open(w->out, '{');
		AIP_JSON_EACH (member, value) {
			aip_json_key_str(w->out, member->key);
			schema_put(w, member);
		}
		aip_json_close(w->out, '}');
	} else {
		aip_json_put_tree(w->out, value);
	}
}

void schema_put(struct schema_walk *w, const struct aip_json *schema)
{
	const size_t n_inlined = w->n_inlined;

	if (schema->kind != AIP_JSON_OBJECT) {
		aip_json_put_tree(w->out, schema);
		return;
	}
	if (w->depth >= SCHEMA_DEPTH_MAX || w->out->buf->len - w->from > SCHEMA_OUT_MAX) {
		w->unfit = w->unfit ? w->unfit : "it is nested too deeply";
		aip_json_put_raw(w->out, AIP_LIT("{\"type\":\"object\"}"));
		return;
	}
	w->depth++;
	switch (w->profile) {
	case AIP_SCHEMA_OPENAI_STRICT: schema_put_openai_strict(w, schema); break;
	case AIP_SCHEMA_CLAUDE_STRICT: schema_put_claude_strict(w, schema); break;
	case AIP_SCHEMA_GEMINI_OPENAPI: schema_put_gemini(w, schema); break;
	case AIP_SCHEMA_RAW:
	case AIP_SCHEMA_CLAUDE_TOOL: aip_json_put_tree(w->out, schema); break;
	}
	w->depth--;
	w->n_inlined = n_inlined;
}

/* ---- The root ------------------------------------------------------------------------------- */

static bool has_union(const struct aip_json *schema)
{
	return aip_json_get(schema, "anyOf") || aip_json_get(schema, "oneOf") ||
	       aip_json_get(schema, "allOf");
}

static bool is_strict(enum aip_schema_profile profile)
{
	return profile == AIP_SCHEMA_OPENAI_STRICT || profile == AIP_SCHEMA_CLAUDE_STRICT;
}

static void put_wrapped(struct schema_walk *w, const struct aip_json *schema)
{
	aip_json_open(w->out, '{');
	aip_json_str(w->out, "type", AIP_LIT("object"));
	aip_json_key(w->out, "properties");
	aip_json_open(w->out, '{');
	aip_json_key(w->out, "value");
	schema_put(w, schema);
	aip_json_close(w->out, '}');
	aip_json_raw_some(w->out, "required", AIP_LIT("[\"value\"]"));
	if (is_strict(w->profile))
		aip_json_bool_kv(w->out, "additionalProperties", false);
	aip_json_close(w->out, '}');
}

/* What a tool takes that declares nothing. */
#define NOTHING "{\"type\":\"object\",\"properties\":{}}"
#define NOTHING_STRICT                                            \
	"{\"type\":\"object\",\"properties\":{},\"required\":[]," \
	"\"additionalProperties\":false}"

static void put_root(struct schema_walk *w, const struct aip_json *root, bool is_tool)
{
	const bool empty =
		!aip_json_get(root, "type") && !aip_json_get(root, "$ref") && !has_union(root);
	const bool scalar = aip_json_get(root, "type") && !schema_is_object(root);

	if (is_tool && w->profile == AIP_SCHEMA_CLAUDE_STRICT &&
	    (has_union(root) || aip_json_get(root, "$ref")))
		w->unfit = "a strict tool wants a plain object at its root";
	if (is_tool && scalar)
		put_wrapped(w, root);
	else if (is_tool && w->profile == AIP_SCHEMA_CLAUDE_TOOL)
		schema_put_claude_root(w, root);
	else if (is_tool && empty && w->profile == AIP_SCHEMA_RAW)
		aip_json_put_raw(w->out, AIP_LIT(NOTHING));
	else if (is_tool && empty && is_strict(w->profile))
		aip_json_put_raw(w->out, AIP_LIT(NOTHING_STRICT));
	else
		schema_put(w, root);
}

/* The commonest case: nothing is wrong, and the bytes go on as they are. */
static bool is_fine(const struct schema_walk *w, bool is_tool)
{
	if (w->profile == AIP_SCHEMA_RAW)
		return !is_tool || schema_is_object(w->root) || aip_json_get(w->root, "$ref") ||
		       has_union(w->root);
	return w->profile == AIP_SCHEMA_CLAUDE_TOOL && schema_is_object(w->root) &&
	       !has_union(w->root) && !aip_json_get(w->root, "$ref");
}

static enum aip_status read_schema(struct aip_arena *arena, struct aip_str schema,
                                   struct aip_json **ret, struct aip_error *reterr)
{
	enum aip_status s = aip_json_parse(arena, schema, ret, reterr);

	if (s)
		aip_note(reterr, "a schema");
	else if ((*ret)->kind != AIP_JSON_OBJECT)
		s = aip_fail(reterr, AIP_BAD_REQUEST, "a schema must be an object");
	return s;
}

static enum aip_status mend(struct aip_arena *arena, struct aip_json **root,
                            struct aip_error *reterr)
{
	struct aip_buf text;

	if (!schema_is_malformed(*root))
		return AIP_OK;
	aip_buf_init(&text, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&text);
	schema_put_mended(&out, *root);
	struct aip_str mended = aip_arena_take(arena, &text);
	return read_schema(arena, mended, root, reterr);
}

enum aip_status aip_schema_write(struct aip_arena *arena, struct aip_str schema,
                                 enum aip_schema_profile profile, bool is_tool,
                                 struct aip_json_out *out, struct aip_error *reterr)
{
	struct schema_walk w = {
		.arena = arena, .profile = profile, .out = out, .from = out->buf->len};
	struct aip_json *root;

	if (!schema.len)
		schema = AIP_LIT("{\"type\":\"object\",\"properties\":{}}");
	enum aip_status s = read_schema(arena, schema, &root, reterr);
	if (!s)
		s = mend(arena, &root, reterr);
	if (s)
		return s;
	w.root = root;
	if (is_fine(&w, is_tool))
		aip_json_put_tree(out, root);
	else
		put_root(&w, root, is_tool);
	if (w.unfit)
		return aip_fail(reterr, AIP_UNSUPPORTED, "a schema cannot be sent: %s", w.unfit);
	return AIP_OK;
}
