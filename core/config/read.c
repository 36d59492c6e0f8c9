/* Reading single values: kinds, bounds, and what is said when they do not fit. */
#include "config/read.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/secret.h"
#include "config/nearest.h"

static const char *const kind_words[] = {"nothing", "a single value", "a list", "a mapping"};

bool read_kind(struct config_reading *r, const struct config_node *node, struct aip_str path,
               enum config_kind kind)
{
	if (node->kind == kind || node->kind == CONFIG_NULL)
		return true;
	READ_ERROR(r, node, path, "must be %s, not %s", kind_words[kind], kind_words[node->kind]);
	return false;
}

static bool read_copy(struct config_reading *r, const struct config_node *node, struct aip_str path,
                      struct aip_str (*copy)(struct aip_arena *arena, struct aip_str text),
                      struct aip_str *ret)
{
	if (!read_kind(r, node, path, CONFIG_SCALAR))
		return false;
	if (node->kind == CONFIG_SCALAR)
		*ret = copy(r->arena, aip_str_trim(node->text));
	return true;
}

bool read_text(struct config_reading *r, const struct config_node *node, struct aip_str path,
               struct aip_str *ret)
{
	return read_copy(r, node, path, aip_arena_dup, ret);
}

bool read_secret(struct config_reading *r, const struct config_node *node, struct aip_str path,
                 struct aip_str *ret)
{
	return read_copy(r, node, path, secret_new, ret);
}

/* As much of a value as a message shows. */
static struct aip_str shown(struct aip_str text)
{
	return aip_strn(text.at, text.len < 64 ? text.len : 64);
}

bool read_int(struct config_reading *r, const struct config_node *node, struct aip_str path,
              int64_t min, int64_t max, const char *unit, int64_t *ret)
{
	int64_t number;

	if (node->kind == CONFIG_NULL)
		return true;
	if (!read_kind(r, node, path, CONFIG_SCALAR))
		return false;
	if (!node->plain && aip_str_int(node->text, &number)) {
		READ_ERROR(r, node, path, "must be a number without quotes");
		return false;
	}
	if (!config_node_int(node, &number)) {
		READ_ERROR(r, node, path, "'%.*s' is not an integer", AIP_FMT(shown(node->text)));
		return false;
	}
	if (number < min || number > max) {
		READ_ERROR(r, node, path, "%" PRId64 " is not from %" PRId64 " to %" PRId64 "%s%s",
		           number, min, max, unit[0] ? " " : "", unit);
		return false;
	}
	*ret = number;
	return true;
}

bool read_bool(struct config_reading *r, const struct config_node *node, struct aip_str path,
               bool *ret)
{
	if (node->kind == CONFIG_NULL)
		return true;
	if (!read_kind(r, node, path, CONFIG_SCALAR))
		return false;
	if (!config_node_bool(node, ret)) {
		READ_ERROR(r, node, path, "%s%.*s%s is not true or false", node->plain ? "'" : "\"",
		           AIP_FMT(shown(node->text)), node->plain ? "'" : "\"");
		return false;
	}
	return true;
}

bool read_proxy(struct config_reading *r, const struct config_node *node, struct aip_str path,
                struct aip_str *ret)
{
	static const char *const schemes[] = {"http://", "https://", "socks5://", "socks5h://"};
	struct aip_str url = AIP_NONE;

	if (!read_secret(r, node, path, &url))
		return false;
	bool known = !url.len || aip_str_is(url, "direct") || aip_str_is(url, "none");
	for (size_t i = 0; i < 4 && !known; i++) {
		struct aip_str scheme = aip_strn(url.at, strlen(schemes[i]));
		known = url.len > scheme.len && aip_str_eq_nocase(scheme, aip_str(schemes[i]));
	}
	if (!known) {
		READ_ERROR(r, node, path,
		           "must begin with http://, https://, socks5:// or socks5h://, "
		           "or be \"direct\"");
		return false;
	}
	if (url.at)
		*ret = url;
	return true;
}

/* ---- Lists ---------------------------------------------------------------------------------- */

struct aip_str read_lower(struct aip_arena *arena, struct aip_str s)
{
	char *copy = aip_arena_bytes(arena, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		copy[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
	copy[s.len] = '\0';
	return aip_strn(copy, s.len);
}

static bool has_text(const struct aip_str *texts, size_t n, struct aip_str text, unsigned flags)
{
	for (size_t i = 0; i < n; i++)
		if (flags & READ_SAME_NOCASE ? aip_str_eq_nocase(texts[i], text)
		                             : aip_str_eq(texts[i], text))
			return true;
	return false;
}

static bool take_text(struct config_reading *r, const struct config_node *item, struct aip_str path,
                      unsigned flags, struct aip_str *texts, size_t *n)
{
	struct aip_str text = AIP_NONE;
	bool ok = flags & READ_SECRETS ? read_secret(r, item, path, &text)
	                               : read_text(r, item, path, &text);

	if (flags & READ_LOWER)
		text = read_lower(r->arena, text);
	if (ok && text.len && !has_text(texts, *n, text, flags))
		texts[(*n)++] = text;
	return ok;
}

bool read_texts(struct config_reading *r, const struct config_node *node, struct aip_str path,
                unsigned flags, struct config_texts *ret)
{
	size_t n = 0, i = 0;
	bool ok = true;

	if (node->kind == CONFIG_NULL)
		return true;
	if (node->kind == CONFIG_MAPPING)
		return read_kind(r, node, path, CONFIG_SEQUENCE);
	if (node->count > CONFIG_MAP_MAX) {
		READ_ERROR(r, node, path, "more than %d texts", CONFIG_MAP_MAX);
		return false;
	}
	size_t room = node->kind == CONFIG_SCALAR ? 1 : node->count;
	struct aip_str *texts = aip_arena_alloc(r->arena, room * sizeof(*texts));
	if (node->kind == CONFIG_SCALAR)
		ok = take_text(r, node, path, flags, texts, &n);
	CONFIG_EACH(item, node)
	ok &= take_text(r, item, read_path_at(r, path, i++), flags, texts, &n);
	*ret = (struct config_texts){texts, n};
	return ok;
}

/* ---- Paths ---------------------------------------------------------------------------------- */

struct aip_str read_path_key(struct config_reading *r, struct aip_str path, struct aip_str key)
{
	key = shown(key);
	return path.len ? aip_arena_printf(r->arena, "%.*s.%.*s", AIP_FMT(path), AIP_FMT(key))
	                : aip_arena_dup(r->arena, key);
}

struct aip_str read_path_at(struct config_reading *r, struct aip_str path, size_t i)
{
	return aip_arena_printf(r->arena, "%.*s[%zu]", AIP_FMT(path), i);
}

/* One step of lexical cleaning: appends `part` to the cleaned `into`. floor: bytes that ".." may
 * not take away. */
static void step(struct aip_buf *into, struct aip_str part, size_t *floor)
{
	if (!part.len || aip_str_is(part, "."))
		return;
	if (aip_str_is(part, "..") && into->len > *floor) {
		while (into->len > *floor && into->at[into->len - 1] != '/')
			into->len--;
		if (into->len > *floor)
			into->len--;
		return;
	}
	if (aip_str_is(part, "..") && into->len && into->at[0] == '/')
		return;
	if (into->len && into->at[into->len - 1] != '/')
		aip_buf_add_byte(into, '/');
	aip_buf_add(into, part);
	if (aip_str_is(part, ".."))
		*floor = into->len;
}

static struct aip_str clean(struct aip_arena *arena, struct aip_str path)
{
	struct aip_buf out;
	size_t floor = 0;

	aip_buf_init(&out, path.len + 2);
	if (aip_str_starts(path, AIP_LIT("/"))) {
		aip_buf_add_byte(&out, '/');
		floor = 1;
	}
	while (path.len) {
		ptrdiff_t slash = aip_str_find(path, AIP_LIT("/"));
		size_t len = slash < 0 ? path.len : (size_t)slash;
		step(&out, aip_strn(path.at, len), &floor);
		len += slash >= 0;
		path = aip_strn(path.at + len, path.len - len);
	}
	if (!out.len)
		aip_buf_add_byte(&out, '.');
	struct aip_str cleaned = aip_arena_dup(arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return cleaned;
}

struct aip_str read_expand(struct aip_arena *arena, struct aip_str path)
{
	if (!path.len)
		return AIP_LIT("");
	if (path.at[0] != '~')
		return clean(arena, path);

	const char *home = getenv("HOME");
	char *rest = aip_arena_bytes(arena, path.len + 1);
	size_t from = 1, len = 0;
	while (from < path.len && (path.at[from] == '/' || path.at[from] == '\\'))
		from++;
	for (; from < path.len; from++)
		rest[len++] = path.at[from] == '\\' ? '/' : path.at[from];
	return clean(arena, aip_arena_printf(arena, "%s/%.*s", home && home[0] ? home : "/",
	                                     (int)len, rest));
}

/* ---- Unknown members ------------------------------------------------------------------------- */

static bool is_one_of(struct aip_str key, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (aip_str_is(key, names[i]))
			return true;
	return false;
}

void read_note_unknown(struct config_reading *r, const struct config_node *node,
                       struct aip_str path, const char *const *names, size_t n)
{
	CONFIG_EACH(member, node)
	{
		if (is_one_of(member->key, names, n))
			continue;
		struct nearest near = nearest_to(member->key);
		for (size_t i = 0; i < n; i++)
			nearest_offer(&near, aip_str(names[i]));
		config_note(r->report, false, member->key_line, member->key_column,
		            read_path_key(r, path, member->key),
		            near.best.at ? "unknown key; did you mean '%.*s'?" : "unknown key%.*s",
		            AIP_FMT(near.best));
	}
}
