/* Loading: the tree through the table into the struct, then what concerns several keys at once. */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/secret.h"
#include "config/keys.h"
#include "config/nearest.h"
#include "config/read.h"

/* ---- One key -------------------------------------------------------------------------------- */

static void read_word(struct config_reading *r, const struct config_row *row,
                      const struct config_node *node, struct aip_str path, int *ret)
{
	struct aip_str words = aip_str(row->min), word, text = AIP_NONE;
	struct aip_str choice = AIP_LIT("");
	int i = 0;

	if (!read_text(r, node, path, &text) || !text.at)
		return;
	while (config_words_next(&words, &word)) {
		for (struct aip_str rest = word; rest.len;) {
			struct aip_str one = config_word_name(rest);
			if (aip_str_eq_nocase(one, text)) {
				*ret = i;
				return;
			}
			size_t used = one.len + (one.len < rest.len);
			rest = aip_strn(rest.at + used, rest.len - used);
		}
		choice = aip_arena_printf(r->arena, "%.*s%s%.*s", AIP_FMT(choice), i++ ? ", " : "",
		                          AIP_FMT(config_word_name(word)));
	}
	if (text.len > 64)
		text.len = 64;
	READ_ERROR(r, node, path, "'%.*s' is not one of %.*s", AIP_FMT(text), AIP_FMT(choice));
}

static void read_bounded(struct config_reading *r, const struct config_row *row,
                         const struct config_node *node, struct aip_str path, int64_t *ret)
{
	int64_t min, max;
	bool ok = aip_str_int(aip_str(row->min), &min) && aip_str_int(aip_str(row->max), &max);

	aip_assert(ok);
	read_int(r, node, path, min, max, row->unit, ret);
}

static void read_path_value(struct config_reading *r, const struct config_node *node,
                            struct aip_str path, struct aip_str *ret)
{
	struct aip_str text = AIP_NONE;

	if (read_text(r, node, path, &text) &&
	    (text.len || !ret->at)) /* blank: the default stays */
		*ret = read_expand(r->arena, text);
}

static void read_row(struct config_reading *r, const struct config_row *row,
                     const struct config_node *node)
{
	void *field = (char *)r->conf + row->offset;
	struct aip_str path = aip_str(row->path);

	switch (row->type) {
	case CONFIG_TYPE_BOOL: read_bool(r, node, path, field); break;
	case CONFIG_TYPE_INT: read_bounded(r, row, node, path, field); break;
	case CONFIG_TYPE_TEXT: read_text(r, node, path, field); break;
	case CONFIG_TYPE_SECRET: read_secret(r, node, path, field); break;
	case CONFIG_TYPE_PATH: read_path_value(r, node, path, field); break;
	case CONFIG_TYPE_PROXY: read_proxy(r, node, path, field); break;
	case CONFIG_TYPE_LIST: read_texts(r, node, path, READ_SECRETS, field); break;
	case CONFIG_TYPE_WORD: read_word(r, row, node, path, field); break;
	case CONFIG_TYPE_TREE: row->read(r, node, path); break;
	}
}

static void note_inert(struct config_reading *r, const struct config_row *row,
                       const struct config_node *node)
{
	struct aip_str path = aip_str(row->path), text;
	int64_t number;
	bool yes;

	if (row->type == CONFIG_TYPE_INT)
		read_int(r, node, path, INT64_MIN, INT64_MAX, "", &number);
	else if (row->type == CONFIG_TYPE_BOOL)
		read_bool(r, node, path, &yes);
	else if (row->type != CONFIG_TYPE_TREE)
		read_secret(r, node, path, &text);
	config_note(r->report, false, node->key_line, node->key_column, path,
	            "has no effect in this version%s%s", row->help[0] ? ": " : "", row->help);
}

/* Every key at its default, read as if it had been written. */
static void set_defaults(struct config_reading *r)
{
	for (const struct config_row *row = config_rows; row->title || row->path; row++) {
		if (row->title || row->inert || row->type == CONFIG_TYPE_LIST ||
		    row->type == CONFIG_TYPE_TREE)
			continue;
		const struct config_node node = {
			.kind = CONFIG_SCALAR, .plain = true, .text = aip_str(row->otherwise)};
		read_row(r, row, &node);
	}
}

/* ---- All keys ------------------------------------------------------------------------------- */

static void note_unknown(struct config_reading *r, const struct config_node *node,
                         struct aip_str path)
{
	struct nearest near = nearest_to(path);

	for (const struct config_row *row = config_rows; row->title || row->path; row++)
		if (row->path)
			nearest_offer(&near, aip_str(row->path));
	config_note(r->report, false, node->key_line, node->key_column, path,
	            near.best.at ? "unknown key; did you mean '%.*s'?" : "unknown key%.*s",
	            AIP_FMT(near.best));
}

/* Old spellings at the top of the file. */
static bool take_old(struct config_reading *r, const struct config_node *node)
{
	const struct config_row *row = NULL;

	if (aip_str_is(node->key, "oauth-model-alias"))
		row = config_row_of(AIP_LIT("oauth-model-mappings"));
	if (!row)
		return false;
	if (r->conf->mappings.n)
		READ_WARN(r, node, node->key, "is ignored: %s says it too", row->path);
	else
		row->read(r, node, node->key);
	return true;
}

/* auth.providers[type=config-api-key].api-keys, when there are no api-keys. */
static void take_old_auth(struct config_reading *r, const struct config_node *auth)
{
	const struct config_node *list = config_tree_get(auth, AIP_LIT("providers"));

	config_note(r->report, false, auth->key_line, auth->key_column, auth->key,
	            "is an old spelling: say api-keys");
	CONFIG_EACH(item, list && list->kind == CONFIG_SEQUENCE ? list : NULL)
	{
		const struct config_node *type = config_tree_get(item, AIP_LIT("type"));
		const struct config_node *keys = config_tree_get(item, AIP_LIT("api-keys"));
		if (!type || !aip_str_is(type->text, "config-api-key"))
			continue;
		if (keys && !r->conf->api_keys.n)
			read_texts(r, keys, AIP_LIT("auth.providers.api-keys"), READ_SECRETS,
			           &r->conf->api_keys);
		return;
	}
}

static void read_members(struct config_reading *r, const struct config_node *mapping,
                         struct aip_str path)
{
	CONFIG_EACH(node, mapping)
	{
		struct aip_str at = path.len ? read_path_key(r, path, node->key) : node->key;
		const struct config_row *row = config_row_of(at);
		if (row && row->inert)
			note_inert(r, row, node);
		else if (row && node->kind != CONFIG_NULL)
			read_row(r, row, node);
		else if (config_row_below(at)) {
			if (read_kind(r, node, at, CONFIG_MAPPING))
				read_members(r, node, at);
		} else if (!row && !path.len && node->kind == CONFIG_SEQUENCE)
			config_read_section(r, node);
		else if (!row && (path.len || (!aip_str_is(node->key, "oauth-model-alias") &&
		                               !aip_str_is(node->key, "auth"))))
			note_unknown(r, node, at);
	}
}

/* ---- Keys that concern each other ------------------------------------------------------------ */

static bool is_loopback(struct aip_str host)
{
	return aip_str_starts(host, AIP_LIT("127.")) || aip_str_is(host, "::1") ||
	       aip_str_is(host, "[::1]") || aip_str_eq_nocase(host, AIP_LIT("localhost"));
}

static const struct config_node *find(const struct config_node *root, const char *above,
                                      const char *name)
{
	return config_tree_get(above ? config_tree_get(root, aip_str(above)) : root, aip_str(name));
}

static void check_together(struct config_reading *r, const struct config_node *root)
{
	struct config *conf = r->conf;
	const struct config_node *tls = find(root, "tls", "enable");
	const struct config_node *host = find(root, NULL, "host");
	const bool open_door = !conf->api_keys.n && !is_loopback(conf->host);

	if (conf->tls_enable && (!conf->tls_cert.len || !conf->tls_key.len))
		READ_ERROR(r, tls, AIP_LIT("tls.enable"), "needs tls.cert and tls.key");
	if (open_door)
		config_note(r->report, false, host ? host->line : 0, host ? host->column : 0,
		            AIP_LIT("api-keys"),
		            "there are none, and other machines can reach '%.*s': everyone may use "
		            "your "
		            "credentials",
		            AIP_FMT(conf->host));
	if (conf->manage_secret.len > 72 && conf->manage_secret.at[0] != '$')
		READ_ERROR(r, find(root, "remote-management", "secret-key"),
		           AIP_LIT("remote-management.secret-key"), "is longer than 72 bytes");
}

static void read_old(struct config_reading *r, const struct config_node *root)
{
	const struct config_node *auth = config_tree_get(root, AIP_LIT("auth"));

	CONFIG_EACH(node, root)
	take_old(r, node);
	if (auth)
		take_old_auth(r, auth);
}

/* ---- Loading ----------------------------------------------------------------------------------
 */

static struct config *config_new(struct aip_str text)
{
	struct aip_arena *arena = aip_arena_create();
	struct config *conf = AIP_NEW(arena, struct config);
	struct aip_str digest = aip_sha256_hex(arena, text);

	conf->arena = arena;
	memcpy(conf->digest, digest.at, sizeof(conf->digest) - 1);
	return conf;
}

void config_destroy(struct config *conf)
{
	if (conf)
		aip_arena_destroy(conf->arena);
}

enum aip_status config_load_text(struct aip_str text, const char *file, struct config **ret,
                                 struct config_report *report)
{
	const size_t errors = report->n_errors;
	struct config *conf = config_new(text);
	struct config_reading r = {conf, conf->arena, report};

	report->file = aip_arena_dup(report->arena, aip_str(file));
	set_defaults(&r);
	aip_assert(report->n_errors == errors);
	const struct config_node *root = config_tree_read(conf->arena, text, report);
	if (root) {
		read_members(&r, root, AIP_LIT(""));
		read_old(&r, root);
		check_together(&r, root);
	}
	config_report_sort(report);
	if (report->n_errors > errors) {
		config_destroy(conf);
		return AIP_CONFIG_REFUSED;
	}
	*ret = conf;
	return AIP_OK;
}

static bool read_all(int fd, struct aip_buf *into)
{
	for (;;) {
		char *at = aip_buf_reserve(into, 16 * 1024);
		if (!at) /* the tree's reader says that it is too large */
			return true;
		ssize_t n = read(fd, at, 16 * 1024);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		into->len += (size_t)n;
	}
}

static enum aip_status no_file(struct config_report *report, const char *path, int error)
{
	report->file = aip_arena_dup(report->arena, aip_str(path));
	config_note(report, true, 0, 0, AIP_LIT(""), "cannot be read: %s", strerror(error));
	return AIP_CONFIG_REFUSED;
}

enum aip_status config_load(const char *path, struct config **ret, struct config_report *report)
{
	struct aip_buf text;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return no_file(report, path, errno);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return no_file(report, path, S_ISDIR(st.st_mode) ? EISDIR : EINVAL);
	}
	aip_buf_init(&text, CONFIG_FILE_MAX + 32 * 1024);
	bool ok = read_all(fd, &text);
	int error = errno;
	close(fd);
	enum aip_status s = ok ? config_load_text(aip_buf_str(&text), path, ret, report)
	                       : no_file(report, path, error);
	if (!s)
		(*ret)->path = aip_arena_dup((*ret)->arena, aip_str(path));
	secret_wipe(text.at, text.len);
	aip_buf_fini(&text);
	return s;
}
