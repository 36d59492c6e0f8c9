/* The OpenAPI subset that Gemini's `parameters` and `responseSchema` take. */
#include "schema.h"

/* What goes on as it is. */
static const char *const kept[] = {
	"format",        "title",         "description", "minItems",         "maxItems",
	"minProperties", "maxProperties", "minLength",   "maxLength",        "pattern",
	"minimum",       "maximum",       "example",     "propertyOrdering",
};

/* One schema, looked at: with what it refers to and joins, and the only alternative to null. */
struct view {
	struct schema_parts parts;
	const struct aip_json *types;   /* type: a word or a list */
	const struct aip_json *choices; /* enum, or const */
	const struct aip_json *union_;  /* anyOf or oneOf with more than one branch */
	bool nullable;
};

static bool is_null(const struct aip_json *schema)
{
	return aip_str_is(aip_json_text(schema, "type"), "null");
}

static const struct aip_json *union_of(const struct schema_parts *parts)
{
	const struct aip_json *any = schema_get(parts, "anyOf");

	return any ? any : schema_get(parts, "oneOf");
}

/* Alternatives without null: one alone is no alternative, and joins the schema. */
static void look_at_union(struct schema_walk *w, struct view *view)
{
	const struct aip_json *only = NULL;
	size_t n = 0;

	view->union_ = union_of(&view->parts);
	AIP_JSON_EACH (branch, view->union_) {
		if (is_null(branch)) {
			view->nullable = true;
			continue;
		}
		only = branch;
		n++;
	}
	if (n > 1)
		return;
	view->union_ = NULL;
	if (only)
		schema_gather(w, only, &view->parts);
}

static void look(struct schema_walk *w, const struct aip_json *schema, struct view *view)
{
	schema_gather(w, schema, &view->parts);
	look_at_union(w, view);
	view->types = schema_get(&view->parts, "type");
	view->choices = schema_get(&view->parts, "enum");
	if (!view->choices)
		view->choices = schema_get(&view->parts, "const");
	AIP_JSON_EACH (word, view->types)
		view->nullable = view->nullable || aip_str_is(word->text, "null");
	AIP_JSON_EACH (choice, view->choices)
		view->nullable = view->nullable || choice->kind == AIP_JSON_NULL;
	view->nullable =
		view->nullable || aip_json_is(schema_get(&view->parts, "nullable"), AIP_JSON_TRUE);
}

/* ---- Types ---------------------------------------------------------------------------------- */

static bool has_properties(const struct view *view)
{
	for (size_t i = 0; i < view->parts.n; i++)
		if (aip_json_get(view->parts.at[i], "properties") &&
		    aip_json_get(view->parts.at[i], "properties")->child)
			return true;
	return false;
}

/* The types but null: how many, and the last. */
static size_t types_of(const struct view *view, struct aip_str *ret)
{
	size_t n = 0;

	*ret = AIP_NONE;
	if (aip_json_is(view->types, AIP_JSON_STRING)) {
		*ret = view->types->text;
		return 1;
	}
	AIP_JSON_EACH (word, view->types) {
		if (aip_str_is(word->text, "null"))
			continue;
		*ret = word->text;
		n++;
	}
	return n;
}

/* The one type; AIP_NONE when there are several or none. Choices are strings here, whatever they
 * were. */
static struct aip_str type_of(const struct view *view)
{
	struct aip_str type;
	size_t n = types_of(view, &type);

	if (view->choices)
		return AIP_LIT("string");
	if (n == 1)
		return type;
	if (n == 0 && has_properties(view))
		return AIP_LIT("object");
	return n == 0 && schema_get(&view->parts, "items") ? AIP_LIT("array") : AIP_NONE;
}

static bool is_type(struct aip_str type, const char *word)
{
	return aip_str_eq_nocase(type, aip_str(word));
}

static void put_items(struct schema_walk *w, const struct view *view)
{
	const struct aip_json *items = schema_get(&view->parts, "items");

	aip_json_key(w->out, "items");
	if (aip_json_is(items, AIP_JSON_OBJECT))
		schema_put(w, items);
	else
		aip_json_put_raw(w->out, AIP_LIT("{\"type\":\"string\"}"));
}

static void put_property(struct schema_walk *w, const struct schema_parts *parts,
                         const struct aip_json *property)
{
	schema_put(w, property);
}

/* What a type needs beside its word. */
static void put_typed(struct schema_walk *w, const struct view *view, struct aip_str type)
{
	aip_json_str(w->out, "type", type);
	if (is_type(type, "array"))
		put_items(w, view);
	if (!is_type(type, "object") || !has_properties(view))
		return;
	aip_json_key(w->out, "properties");
	schema_put_properties(w, &view->parts, put_property);
	schema_put_required(w, &view->parts, &view->parts);
}

/* Two or more types are alternatives. */
static void put_types(struct schema_walk *w, const struct view *view)
{
	aip_json_key(w->out, "anyOf");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH (word, view->types) {
		if (word->kind != AIP_JSON_STRING || aip_str_is(word->text, "null"))
			continue;
		aip_json_open(w->out, '{');
		put_typed(w, view, word->text);
		aip_json_close(w->out, '}');
	}
	aip_json_close(w->out, ']');
}

/* ---- The rest ------------------------------------------------------------------------------- */

static void put_string_of(struct schema_walk *w, const struct aip_json *v)
{
	aip_json_put_str(w->out, v->kind == AIP_JSON_STRING ? v->text : v->raw);
}

static void put_choices(struct schema_walk *w, const struct view *view)
{
	aip_json_key(w->out, "enum");
	aip_json_open(w->out, '[');
	if (!aip_str_is(view->choices->key, "enum"))
		put_string_of(w, view->choices);
	else
		AIP_JSON_EACH (v, view->choices)
			if (v->kind != AIP_JSON_NULL)
				put_string_of(w, v);
	aip_json_close(w->out, ']');
}

static void put_union(struct schema_walk *w, const struct view *view)
{
	aip_json_key(w->out, "anyOf");
	aip_json_open(w->out, '[');
	AIP_JSON_EACH (branch, view->union_)
		if (!is_null(branch))
			schema_put(w, branch);
	aip_json_close(w->out, ']');
}

static void put_rest(struct schema_walk *w, const struct view *view)
{
	const struct aip_json *preset = schema_get(&view->parts, "default");

	for (size_t i = 0; i < view->parts.n; i++) {
		AIP_JSON_EACH (v, view->parts.at[i]) {
			if (!schema_word_is_in(v->key, kept, sizeof(kept) / sizeof(*kept)) ||
			    schema_is_said_before(&view->parts, i, v->key))
				continue;
			aip_json_key_str(w->out, v->key);
			aip_json_put_tree(w->out, v);
		}
	}
	if (!preset)
		return;
	aip_json_key(w->out, "default");
	if (view->choices && preset->kind != AIP_JSON_NULL)
		put_string_of(w, preset);
	else
		aip_json_put_tree(w->out, preset);
}

void schema_put_gemini(struct schema_walk *w, const struct aip_json *schema)
{
	struct view view = {0};

	look(w, schema, &view);
	struct aip_str type = view.parts.endless ? AIP_LIT("object") : type_of(&view);
	/* The API wants to know a type; of what may be anything the model can say most in a text. */
	if (!type.at && !view.union_ && !view.types)
		type = schema == w->root ? AIP_LIT("object") : AIP_LIT("string");
	aip_json_open(w->out, '{');
	if (type.at)
		put_typed(w, &view, type);
	if (view.nullable)
		aip_json_bool_kv(w->out, "nullable", true);
	if (view.choices && is_type(type, "string"))
		put_choices(w, &view);
	if (view.union_)
		put_union(w, &view);
	else if (!type.at && view.types)
		put_types(w, &view);
	put_rest(w, &view);
	aip_json_close(w->out, '}');
}
