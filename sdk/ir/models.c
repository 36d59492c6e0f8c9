/* Catalogues of models: one JSON document a provider, read by the table of capabilities. */
#include <aiproxy/rules.h>

static const struct aip_model unknown_model;

const struct aip_model *aip_model_unknown(void)
{
	return &unknown_model;
}

bool aip_caps_has(aip_caps_SET set, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = set; at && (at = strstr(at, word)); at += len)
		if ((at == set || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

/* ---- Values by type of capability ----------------------------------------------------------- */

static bool read_INT(struct aip_arena *arena, const struct aip_json *v, aip_caps_INT *ret)
{
	return v->kind == AIP_JSON_NUMBER && aip_str_int(v->text, ret);
}

static bool read_TRI(struct aip_arena *arena, const struct aip_json *v, aip_caps_TRI *ret)
{
	*ret = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return aip_json_is_bool(v);
}

static bool read_WORD(struct aip_arena *arena, const struct aip_json *v, aip_caps_WORD *ret)
{
	*ret = aip_arena_dup(arena, v->text).at;
	return v->kind == AIP_JSON_STRING;
}

static bool read_SET(struct aip_arena *arena, const struct aip_json *v, aip_caps_SET *ret)
{
	return read_WORD(arena, v, ret);
}

static bool read_cap(struct aip_arena *arena, const struct aip_json *v, struct aip_caps *caps,
                     bool *ret_known)
{
	*ret_known = true;
#define ROW(type, name, otherwise)         \
	if (aip_str_is(v->key, #name)) \
		return read_##type(arena, v, &caps->name);
	AIP_CAPS_TABLE(ROW)
#undef ROW
	*ret_known = false;
	return true;
}

/* ---- Models --------------------------------------------------------------------------------- */

static bool read_text(struct aip_model *model, const struct aip_json *v)
{
	const struct {
		const char *key;
		struct aip_str *into;
	} texts[] = {
		{"id", &model->id},           {"display_name", &model->display_name},
		{"owned_by", &model->owned_by}, {"type", &model->type},
		{"version", &model->version}, {"description", &model->description},
		{"methods", &model->methods},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (!aip_str_is(v->key, texts[i].key) || v->kind != AIP_JSON_STRING)
			continue;
		*texts[i].into = v->text;
		return true;
	}
	return false;
}

static enum aip_status read_model(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_model *model, struct aip_error *reterr)
{
	AIP_JSON_EACH(member, v) {
		bool known;
		if (read_text(model, member))
			continue;
		if (aip_str_is(member->key, "created") && read_INT(arena, member, &model->created_s))
			continue;
		if (!read_cap(arena, member, &model->caps, &known))
			return aip_json_fail(reterr, member, "is not of its type");
		if (!known)
			return aip_json_fail(reterr, member, "is no key of a model");
	}
	return model->id.len ? AIP_OK : aip_json_fail(reterr, v, "a model needs an id");
}

enum aip_status aip_models_read(struct aip_arena *arena, struct aip_str json,
                                const struct aip_model **ret, struct aip_error *reterr)
{
	const struct aip_model *first = NULL, **tail = &first;
	struct aip_json *doc;

	enum aip_status s = aip_json_parse(arena, aip_arena_dup(arena, json), &doc, reterr);
	if (s)
		return s;
	const struct aip_json *list = aip_json_get(doc, "models");
	if (!aip_json_is(list, AIP_JSON_ARRAY))
		return aip_json_fail(reterr, doc, "needs models, an array");
	AIP_JSON_EACH(v, list) {
		struct aip_model *model = AIP_NEW(arena, struct aip_model);
		s = read_model(arena, v, model, reterr);
		if (s)
			return s;
		*tail = model;
		tail = &model->next;
	}
	*ret = first;
	return AIP_OK;
}
