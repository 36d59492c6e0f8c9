/* Where a URL leads, read by the library that will go there: two readers may not differ. */
#include <curl/curl.h>

#include "base/assert.h"
#include "media/media.h"

static bool take(CURLU *handle, struct aip_arena *arena, CURLUPart part, unsigned flags,
                 struct aip_str *ret)
{
	char *text = NULL;
	const bool found = curl_url_get(handle, part, &text, flags) == CURLUE_OK;

	*ret = found ? aip_arena_dup(arena, aip_str(text)) : AIP_NONE;
	curl_free(text);
	return found;
}

static bool set(CURLU *handle, struct aip_arena *arena, struct aip_str url)
{
	if (!url.len || memchr(url.at, '\0', url.len))
		return false;
	return curl_url_set(handle, CURLUPART_URL, aip_arena_printf(arena, "%.*s", AIP_FMT(url)).at,
	                    0) == CURLUE_OK;
}

static bool read_parts(CURLU *handle, struct aip_arena *arena, struct media_place *ret)
{
	struct aip_str scheme, host, port, user, password;

	if (take(handle, arena, CURLUPART_USER, 0, &user) ||
	    take(handle, arena, CURLUPART_PASSWORD, 0, &password))
		return false;
	if (!take(handle, arena, CURLUPART_SCHEME, 0, &scheme) ||
	    !take(handle, arena, CURLUPART_HOST, 0, &host) ||
	    !take(handle, arena, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port) ||
	    !take(handle, arena, CURLUPART_URL, 0, &ret->url))
		return false;
	ret->authority = AIP_JOIN(arena, host, AIP_LIT(":"), port);
	return aip_str_is(scheme, "http") || aip_str_is(scheme, "https");
}

bool media_place_read(struct aip_arena *arena, struct aip_str base, struct aip_str url,
                      struct media_place *ret)
{
	CURLU *handle = curl_url();

	aip_assert(handle);
	const bool is_read = (!base.at || set(handle, arena, base)) && set(handle, arena, url) &&
	                     read_parts(handle, arena, ret);
	curl_url_cleanup(handle);
	return is_read;
}

bool media_place_is_allowed(const struct media_limits *limits, const struct media_place *place)
{
	for (size_t i = 0; i < limits->n_allow; i++)
		if (aip_str_eq_nocase(limits->allow[i], place->authority))
			return true;
	return false;
}
