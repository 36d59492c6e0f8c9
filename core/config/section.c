/* Provider lists: entries with common fields, claimed later by whoever owns the list. */
#include "base/secret.h"
#include "config/keys.h"
#include "config/nearest.h"
#include "config/read.h"

#define FIELDS_MAX   256 /* further fields of one entry */
#define WEIGHT_MAX   1000000
#define PRIORITY_MAX 1000000

/* ---- Fields with a shape -------------------------------------------------------------------- */

static bool is_header_name(struct aip_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool letter =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && !strchr("!#$%&'*+-.^_`|~", c))
			return false;
	}
	return name.len > 0;
}

static bool is_header_value(struct aip_str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (((unsigned char)value.at[i] < ' ' && value.at[i] != '\t') ||
		    value.at[i] == 0x7f)
			return false;
	return true;
}

static void read_headers(struct config_reading *r, const struct config_node *node,
                         struct aip_str path, struct config_headers *ret)
{
	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return;
	struct aip_header *headers = aip_arena_alloc(r->arena, node->count * sizeof(*headers));
	size_t n = 0;
	CONFIG_EACH(member, node)
	{
		struct aip_str at = read_path_key(r, path, member->key);
		struct aip_header header = {aip_str_trim(member->key), AIP_NONE};
		if (!read_secret(r, member, at, &header.value) || !header.value.len)
			continue;
		if (!is_header_name(header.name) || !is_header_value(header.value))
			READ_ERROR(r, member, at,
			           "is not a header: letters, digits and - in the name, no "
			           "line breaks in the value");
		else
			headers[n++] = header;
	}
	*ret = (struct config_headers){headers, n};
}

static bool has_alias(const struct config_model *models, size_t n, const struct config_model *model)
{
	for (size_t i = 0; i < n; i++)
		if (aip_str_eq_nocase(models[i].alias, model->alias) &&
		    aip_str_eq_nocase(models[i].name, model->name))
			return true;
	return false;
}

static bool read_model(struct config_reading *r, const struct config_node *node,
                       struct aip_str path, struct config_model *ret)
{
	const struct config_node *name = config_tree_get(node, AIP_LIT("name"));
	const struct config_node *alias = config_tree_get(node, AIP_LIT("alias"));
	struct config_model model = {.line = node->line};

	if (node->kind == CONFIG_SCALAR) {
		read_text(r, node, path, &model.name);
	} else if (!read_kind(r, node, path, CONFIG_MAPPING)) {
		return false;
	} else {
		if (name)
			read_text(r, name, read_path_key(r, path, AIP_LIT("name")), &model.name);
		if (alias)
			read_text(r, alias, read_path_key(r, path, AIP_LIT("alias")), &model.alias);
	}
	if (!model.name.len) {
		READ_WARN(r, node, path, "is left out: a model needs a name");
		return false;
	}
	model.has_alias = model.alias.len > 0;
	if (!model.has_alias)
		model.alias = model.name;
	*ret = model;
	return true;
}

static void read_models(struct config_reading *r, const struct config_node *node,
                        struct aip_str path, struct config_models *ret)
{
	size_t n = 0, i = 0;

	if (!read_kind(r, node, path, CONFIG_SEQUENCE))
		return;
	if (node->count > CONFIG_MAP_MAX) {
		READ_ERROR(r, node, path, "more than %d models", CONFIG_MAP_MAX);
		return;
	}
	struct config_model *models = aip_arena_alloc(r->arena, node->count * sizeof(*models));
	CONFIG_EACH(item, node)
	{
		struct config_model model;
		if (read_model(r, item, read_path_at(r, path, i++), &model) &&
		    !has_alias(models, n, &model))
			models[n++] = model;
	}
	*ret = (struct config_models){models, n};
}

static bool read_key(struct config_reading *r, const struct config_node *node, struct aip_str path,
                     struct config_key *ret)
{
	static const char *const names[] = {"api-key", "proxy-url"};
	const struct config_node *key = config_tree_get(node, AIP_LIT("api-key"));
	const struct config_node *proxy = config_tree_get(node, AIP_LIT("proxy-url"));

	*ret = (struct config_key){.line = node->line};
	if (node->kind == CONFIG_SCALAR)
		return read_secret(r, node, path, &ret->api_key) && ret->api_key.len;
	if (!read_kind(r, node, path, CONFIG_MAPPING))
		return false;
	if (key)
		read_secret(r, key, read_path_key(r, path, AIP_LIT("api-key")), &ret->api_key);
	if (proxy)
		read_proxy(r, proxy, read_path_key(r, path, AIP_LIT("proxy-url")), &ret->proxy_url);
	read_note_unknown(r, node, path, names, 2);
	return ret->api_key.len > 0;
}

static bool has_key(const struct config_keys *keys, struct aip_str api_key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (aip_str_eq(keys->at[i].api_key, api_key))
			return true;
	return false;
}

/* Appends to what is there: the old spelling api-keys and the new one may stand side by side. */
static void read_keys(struct config_reading *r, const struct config_node *node, struct aip_str path,
                      struct config_keys *ret)
{
	size_t i = 0;

	if (!read_kind(r, node, path, CONFIG_SEQUENCE) || !node->count)
		return;
	if (node->count + ret->n > CONFIG_MAP_MAX) {
		READ_ERROR(r, node, path, "more than %d keys", CONFIG_MAP_MAX);
		return;
	}
	struct config_key *keys = aip_arena_alloc(r->arena, (ret->n + node->count) * sizeof(*keys));
	if (ret->n)
		memcpy(keys, ret->at, ret->n * sizeof(*keys));
	ret->at = keys;
	CONFIG_EACH(item, node)
	if (read_key(r, item, read_path_at(r, path, i++), &keys[ret->n]) &&
	    !has_key(ret, keys[ret->n].api_key))
		ret->n++;
}

static void read_url(struct config_reading *r, const struct config_node *node, struct aip_str path,
                     struct aip_str *ret)
{
	struct aip_str url = AIP_NONE;

	if (!read_text(r, node, path, &url) || !url.len)
		return;
	size_t scheme = aip_str_starts(url, AIP_LIT("https://")) ? 8 : 7;
	if ((scheme == 7 && !aip_str_starts(url, AIP_LIT("http://"))) || url.len == scheme ||
	    url.at[scheme] == '/' || memchr(url.at, ' ', url.len)) {
		READ_ERROR(r, node, path, "must be http://… or https://…");
		return;
	}
	while (url.at[url.len - 1] == '/')
		url.len--;
	*ret = aip_arena_dup(r->arena, url);
}

/* ---- The table's types ---------------------------------------------------------------------- */

#define TAKE_TEXT(r, node, path, field)    read_text((r), (node), (path), &(field))
#define TAKE_SECRET(r, node, path, field)  read_secret((r), (node), (path), &(field))
#define TAKE_PROXY(r, node, path, field)   read_proxy((r), (node), (path), &(field))
#define TAKE_URL(r, node, path, field)     read_url((r), (node), (path), &(field))
#define TAKE_BOOL(r, node, path, field)    read_bool((r), (node), (path), &(field))
#define TAKE_LIST(r, node, path, field)    read_texts((r), (node), (path), READ_LOWER, &(field))
#define TAKE_HEADERS(r, node, path, field) read_headers((r), (node), (path), &(field))
#define TAKE_MODELS(r, node, path, field)  read_models((r), (node), (path), &(field))
#define TAKE_KEYS(r, node, path, field)    read_keys((r), (node), (path), &(field))
#define TAKE_INT(r, node, path, field) \
	read_int((r), (node), (path), -PRIORITY_MAX, WEIGHT_MAX, "", &(field))

/* True when `node` is one of the common fields, and then it is read. */
static bool take_common(struct config_reading *r, const struct config_node *node,
                        struct aip_str path, struct config_entry *entry)
{
#define AIP_ENTRY_KEY(name, field, type, help)            \
	if (aip_str_is(node->key, name)) {                \
		TAKE_##type(r, node, path, entry->field); \
		return true;                              \
	}
#include "config/entry_keys.def"
#undef AIP_ENTRY_KEY
	if (!aip_str_is(node->key, "api-keys"))
		return false;
	READ_WARN(r, node, path, "is an old spelling: say api-key-entries");
	read_keys(r, node, path, &entry->keys);
	return true;
}

static void note_typo(struct config_reading *r, const struct config_node *node, struct aip_str path)
{
	struct nearest near = nearest_to(node->key);

#define AIP_ENTRY_KEY(name, field, type, help) nearest_offer(&near, AIP_LIT(name));
#include "config/entry_keys.def"
#undef AIP_ENTRY_KEY
	if (near.best.at)
		config_note(r->report, false, node->key_line, node->key_column, path,
		            "goes to the provider; did you mean '%.*s'?", AIP_FMT(near.best));
}

/* ---- Entries -------------------------------------------------------------------------------- */

struct leftovers {
	struct aip_field *at;
	size_t n;
	bool full;
};

static void keep(struct config_reading *r, const struct config_node *node, struct aip_str path,
                 struct leftovers *ret)
{
	size_t i = 0;

	if (ret->full || node->kind == CONFIG_NULL)
		return;
	if (node->kind == CONFIG_SCALAR) {
		ret->full = ret->n == FIELDS_MAX;
		if (!ret->full)
			ret->at[ret->n++] =
				(struct aip_field){path, secret_new(r->arena, node->text)};
		return;
	}
	CONFIG_EACH(child, node)
	keep(r, child,
	     node->kind == CONFIG_MAPPING ? read_path_key(r, path, child->key)
	                                  : read_path_at(r, path, i++),
	     ret);
}

static void tidy(struct config_reading *r, struct config_entry *entry)
{
	struct aip_str prefix = entry->prefix;
	struct aip_str *const texts[] = {&entry->name, &entry->api_key, &entry->proxy_url};

	while (prefix.len && strchr(" \t/", prefix.at[0]))
		prefix = aip_strn(prefix.at + 1, prefix.len - 1);
	while (prefix.len && strchr(" \t/", prefix.at[prefix.len - 1]))
		prefix.len--;
	if (aip_str_find(prefix, AIP_LIT("/")) >= 0) {
		READ_WARN(r, entry->node, read_path_key(r, entry->path, AIP_LIT("prefix")),
		          "is ignored: it has a slash inside");
		prefix = AIP_NONE;
	}
	entry->prefix = prefix.len ? prefix : AIP_NONE;
	for (size_t i = 0; i < 3; i++)
		if (!texts[i]->len)
			*texts[i] = AIP_NONE;
}

static void read_entry(struct config_reading *r, const struct config_node *node,
                       struct config_entry *entry)
{
	struct leftovers rest = {0};

	if (node->kind == CONFIG_SCALAR) { /* a bare key */
		read_secret(r, node, entry->path, &entry->api_key);
		return;
	}
	if (!read_kind(r, node, entry->path, CONFIG_MAPPING))
		return;
	rest.at = aip_arena_alloc(r->arena, FIELDS_MAX * sizeof(*rest.at));
	CONFIG_EACH(member, node)
	{
		struct aip_str path = read_path_key(r, entry->path, member->key);
		if (take_common(r, member, path, entry))
			continue;
		note_typo(r, member, path);
		keep(r, member, member->key, &rest);
	}
	if (rest.full)
		READ_ERROR(r, node, entry->path, "more than %d further values", FIELDS_MAX);
	entry->fields = rest.at;
	entry->n_fields = rest.n;
	tidy(r, entry);
}

void config_read_section(struct config_reading *r, const struct config_node *node)
{
	struct config_section *section = AIP_NEW(r->arena, struct config_section);
	struct config_section **tail = &r->conf->sections;

	while (*tail)
		tail = &(*tail)->next;
	*tail = section;
	section->name = node->key;
	section->line = node->key_line;
	section->column = node->key_column;
	if (node->count > CONFIG_MAP_MAX) {
		READ_ERROR(r, node, node->key, "more than %d entries", CONFIG_MAP_MAX);
		return;
	}
	section->entries = aip_arena_alloc(r->arena, node->count * sizeof(*section->entries));
	CONFIG_EACH(item, node)
	{
		struct config_entry *entry = &section->entries[section->n_entries];
		entry->line = item->line;
		entry->column = item->column;
		entry->node = item;
		entry->weight = 1;
		entry->path = read_path_at(r, node->key, section->n_entries++);
		read_entry(r, item, entry);
	}
}

/* ---- Claims --------------------------------------------------------------------------------- */

static bool is_twin(const struct config_entry *a, const struct config_entry *b)
{
	if (!aip_str_eq(a->api_key, b->api_key) || !aip_str_eq(a->base_url, b->base_url) ||
	    !aip_str_eq(a->proxy_url, b->proxy_url) || !aip_str_eq(a->prefix, b->prefix) ||
	    a->headers.n != b->headers.n)
		return false;
	for (size_t i = 0; i < a->headers.n; i++)
		if (!aip_str_eq(a->headers.at[i].name, b->headers.at[i].name) ||
		    !aip_str_eq(a->headers.at[i].value, b->headers.at[i].value))
			return false;
	return true;
}

static bool has_twin_above(const struct config_section *section, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (section->entries[k].usable &&
		    is_twin(&section->entries[k], &section->entries[i]))
			return true;
	return false;
}

static void judge(struct config_section *section, size_t i, const struct config_claim *claim,
                  struct config_report *report)
{
	struct config_entry *entry = &section->entries[i];
	const char *lack = NULL;

	if (entry->disabled)
		return;
	if (claim->needs_base_url && !entry->base_url.len)
		lack = "needs a base-url";
	else if (!claim->named && !entry->api_key.len)
		lack = entry->keys.n ? "takes one key, in api-key" : "needs an api-key";
	if (lack) {
		config_note(report, true, entry->line, entry->column, entry->path, "%s", lack);
		return;
	}
	if (!claim->named && has_twin_above(section, i)) {
		config_note(report, false, entry->line, entry->column, entry->path,
		            "is left out: an entry above is the same");
		return;
	}
	entry->usable = true;
}

/* A named upstream's own api-key is one more of its keys. */
static void adopt_key(struct config *conf, struct config_entry *entry)
{
	if (!entry->api_key.len || has_key(&entry->keys, entry->api_key))
		return;
	struct config_key *keys = aip_arena_alloc(conf->arena, (entry->keys.n + 1) * sizeof(*keys));
	keys[0] = (struct config_key){.api_key = entry->api_key, .line = entry->line};
	if (entry->keys.n)
		memcpy(keys + 1, entry->keys.at, entry->keys.n * sizeof(*keys));
	entry->keys = (struct config_keys){keys, entry->keys.n + 1};
}

const struct config_section *config_claim(struct config *conf, const struct config_claim *claim,
                                          struct config_report *report)
{
	for (struct config_section *section = conf->sections; section; section = section->next) {
		if (!aip_str_eq(section->name, claim->list))
			continue;
		if (section->claimed) {
			config_note(report, false, section->line, section->column, section->name,
			            "two providers want this list; the first has it");
			return NULL;
		}
		section->claimed = true;
		for (size_t i = 0; i < section->n_entries; i++) {
			if (claim->named)
				adopt_key(conf, &section->entries[i]);
			judge(section, i, claim, report);
		}
		return section;
	}
	return NULL;
}

void config_report_unclaimed(const struct config *conf, const struct aip_str *lists, size_t n,
                             struct config_report *report)
{
	for (const struct config_section *s = conf->sections; s; s = s->next) {
		if (s->claimed)
			continue;
		struct nearest near = nearest_to(s->name);
		for (size_t i = 0; i < n; i++)
			nearest_offer(&near, lists[i]);
		for (const struct config_row *row = config_rows; row->title || row->path; row++)
			if (row->path)
				nearest_offer(&near, aip_str(row->path));
		config_note(report, false, s->line, s->column, s->name,
		            near.best.at ? "no loaded provider has this list; did you mean '%.*s'?"
		                         : "no loaded provider has this list%.*s",
		            AIP_FMT(near.best));
	}
}
