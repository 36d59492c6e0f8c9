/* Says where in a document a value stands. */
#include <aiproxy/json.h>

#include <stdio.h>

#include "base/utf8.h"

struct path {
	char *into;
	size_t bytes;
	size_t len;
	bool cut; /* there was no room for the last step, so further ones would mislead */
};

aip_printf_like(2, 3) static void put(struct path *path, const char *fmt, ...)
{
	va_list args;

	if (path->cut)
		return;
	va_start(args, fmt);
	path->cut = !utf8_print_cut(path->into + path->len, path->bytes - path->len, fmt, args);
	va_end(args);
	path->len += strlen(path->into + path->len);
}

static bool is_word(struct aip_str key)
{
	for (size_t i = 0; i < key.len; i++) {
		char c = key.at[i];
		bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		            c == '$' || (i > 0 && ((c >= '0' && c <= '9') || c == '-'));
		if (!fits)
			return false;
	}
	return key.len > 0;
}

static size_t index_of(const struct aip_json *element)
{
	size_t index = 0;

	AIP_JSON_EACH (sibling, element->parent) {
		if (sibling == element)
			break;
		index++;
	}
	return index;
}

void aip_json_path(const struct aip_json *at, char *into, size_t bytes)
{
	const struct aip_json *steps[AIP_JSON_DEPTH_MAX];
	struct path path = {into, bytes, 0, false};
	size_t n = 0;

	if (bytes == 0)
		return;
	into[0] = 0;
	for (; at && at->parent && n < AIP_JSON_DEPTH_MAX; at = at->parent)
		steps[n++] = at;
	while (n-- > 0) {
		struct aip_str key = steps[n]->key;
		if (!key.at)
			put(&path, "[%zu]", index_of(steps[n]));
		else if (is_word(key))
			put(&path, "%s%.*s", path.len ? "." : "", AIP_FMT(key));
		else
			put(&path, "[\"%.*s\"]", AIP_FMT(key));
	}
}

enum aip_status aip_json_fail(struct aip_error *reterr, const struct aip_json *at, const char *fmt,
                              ...)
{
	if (!reterr)
		return AIP_BAD_REQUEST;

	char message[sizeof(reterr->message)], path[sizeof(reterr->param)];
	va_list args;
	va_start(args, fmt);
	utf8_print_cut(message, sizeof(message), fmt, args);
	va_end(args);

	aip_json_path(at, path, sizeof(path));
	aip_fail(reterr, AIP_BAD_REQUEST, "%s%s%s", path, path[0] ? ": " : "", message);
	memcpy(reterr->param, path, sizeof(path));
	return AIP_BAD_REQUEST;
}

enum aip_status aip_json_lacks(struct aip_error *reterr, const struct aip_json *object,
                               const char *key, const char *why)
{
	char path[sizeof(reterr->param)];

	aip_json_path(object, path, sizeof(path));
	const size_t len = strlen(path);
	snprintf(path + len, sizeof(path) - len, "%s%s", len ? "." : "", key);
	aip_fail(reterr, AIP_BAD_REQUEST, "%s: %s", path, why);
	if (reterr)
		memcpy(reterr->param, path, sizeof(path));
	return AIP_BAD_REQUEST;
}
