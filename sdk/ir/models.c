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

/* ---- Capabilities --------------------------------------------------------------------------- */

static const struct {
	const char *name, *words;
} keys[] = {
#define ROW(type, name, words) {#name, words},
	AIP_CAPS_TABLE(ROW)
#undef ROW
};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

const char *aip_caps_key(size_t i)
{
	return i < N_KEYS ? keys[i].name : NULL;
}

/* Every word of a text is among those that a key takes. */
static bool are_among(const char *text, const char *words)
{
	const char *at = text;

	while (*at && *words) {
		char word[64];
		size_t len = strcspn(at, " ");
		if (len >= sizeof(word))
			return false;
		memcpy(word, at, len);
		word[len] = '\0';
		if (len && !aip_caps_has(words, word))
			return false;
		at += len + (at[len] == ' ');
	}
	return true;
}

static enum aip_status read_INT(struct aip_arena *arena, const struct aip_json *v,
                                const char *words, aip_caps_INT *ret, struct aip_error *reterr)
{
	int64_t n = -1;

	if (v->kind != AIP_JSON_NUMBER || !aip_str_int(v->text, &n) || n < 0)
		return aip_fail(reterr, AIP_BAD_REQUEST, "must be a whole number, 0 or more");
	*ret = n;
	return AIP_OK;
}

static enum aip_status read_TRI(struct aip_arena *arena, const struct aip_json *v,
                                const char *words, aip_caps_TRI *ret, struct aip_error *reterr)
{
	if (!aip_json_is_bool(v))
		return aip_fail(reterr, AIP_BAD_REQUEST, "must be true or false");
	*ret = v->kind == AIP_JSON_TRUE ? AIP_YES : AIP_NO;
	return AIP_OK;
}

static enum aip_status read_WORD(struct aip_arena *arena, const struct aip_json *v,
                                 const char *words, aip_caps_WORD *ret, struct aip_error *reterr)
{
	const char *text =
		v->kind == AIP_JSON_STRING ? aip_arena_dup(arena, aip_str_trim(v->text)).at : NULL;

	if (!text || !*text || strchr(text, ' ') || !are_among(text, words))
		return aip_fail(reterr, AIP_BAD_REQUEST, "must be %s%s",
		                *words ? "one of: " : "a word", words);
	*ret = text;
	return AIP_OK;
}

/* An array of words as one text; NULL when it holds anything else. */
static const char *joined(struct aip_arena *arena, const struct aip_json *array)
{
	struct aip_str all = AIP_LIT("");

	AIP_JSON_EACH (word, array) {
		if (word->kind != AIP_JSON_STRING)
			return NULL;
		all = aip_arena_printf(arena, "%.*s%s%.*s", AIP_FMT(all), all.len ? " " : "",
		                       AIP_FMT(aip_str_trim(word->text)));
	}
	return all.at;
}

static enum aip_status read_SET(struct aip_arena *arena, const struct aip_json *v,
                                const char *words, aip_caps_SET *ret, struct aip_error *reterr)
{
	const char *text = NULL;

	if (v->kind == AIP_JSON_STRING)
		text = aip_arena_dup(arena, aip_str_trim(v->text)).at;
	else if (v->kind == AIP_JSON_ARRAY)
		text = joined(arena, v);
	if (!text || !are_among(text, words))
		return aip_fail(reterr, AIP_BAD_REQUEST, "must be a list of %s%s",
		                *words ? "these: " : "words", words);
	*ret = text;
	return AIP_OK;
}

static enum aip_status caps_set(struct aip_arena *arena, struct aip_caps *caps, struct aip_str key,
                                const struct aip_json *v, struct aip_error *reterr)
{
#define ROW(type, name, words)      \
	if (aip_str_is(key, #name)) \
		return read_##type(arena, v, words, &caps->name, reterr);
	AIP_CAPS_TABLE(ROW)
#undef ROW
	return aip_fail(reterr, AIP_NOT_FOUND, "is no capability");
}

enum aip_status aip_caps_set(struct aip_arena *arena, struct aip_caps *caps, struct aip_str key,
                             struct aip_str json, struct aip_error *reterr)
{
	struct aip_json *v;
	enum aip_status s = aip_json_parse(arena, json, &v, reterr);

	return s ? s : caps_set(arena, caps, key, v, reterr);
}

/* ---- Models --------------------------------------------------------------------------------- */

static bool read_text(struct aip_model *model, const struct aip_json *v)
{
	const struct {
		const char *key;
		struct aip_str *into;
	} texts[] = {
		{"id", &model->id},
		{"display_name", &model->display_name},
		{"owned_by", &model->owned_by},
		{"type", &model->type},
		{"version", &model->version},
		{"description", &model->description},
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

static bool read_created(struct aip_model *model, const struct aip_json *v)
{
	return aip_str_is(v->key, "created") && v->kind == AIP_JSON_NUMBER &&
	       aip_str_int(v->text, &model->created_s);
}

static enum aip_status read_model(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_model *model, struct aip_error *reterr)
{
	AIP_JSON_EACH (member, v) {
		struct aip_error why = {0};
		if (read_text(model, member) || read_created(model, member))
			continue;
		if (caps_set(arena, &model->caps, member->key, member, &why))
			return aip_json_fail(reterr, member, "%s", why.message);
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
	AIP_JSON_EACH (v, list) {
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
