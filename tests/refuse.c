/* Stands in for the functions of libaiproxy that make a buffer grow, for the program and for the library itself:
 * builds for tests are linked so that it calls these. */
#include "refuse.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <aiproxy/base.h>

static size_t growths, refused_at;
static bool happened, is_tight;

void refuse_begin(size_t at)
{
	growths = 0;
	refused_at = at;
	happened = false;
}

void refuse_tightly(bool yes)
{
	is_tight = yes;
}

size_t refuse_growths(void)
{
	return growths;
}

bool refuse_happened(void)
{
	return happened;
}

static bool is_refused(struct aip_buf *buf, size_t bytes)
{
	if (!refused_at || buf->status || buf->ceiling == SIZE_MAX || bytes <= buf->cap - buf->len)
		return false;
	if (++growths != refused_at)
		return false;
	happened = true;
	buf->status = AIP_TOO_LARGE;
	return true;
}

char *aip_buf_reserve(struct aip_buf *buf, size_t bytes)
{
	static char *(*real)(struct aip_buf *, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "aip_buf_reserve");
	if (is_refused(buf, bytes))
		return NULL;
	char *room = real(buf, bytes);
	if (room && is_tight && buf->ceiling != SIZE_MAX)
		buf->cap = buf->len + bytes;
	return room;
}

enum aip_status aip_buf_add(struct aip_buf *buf, struct aip_str s)
{
	char *room = s.len ? aip_buf_reserve(buf, s.len) : NULL;

	if (!room)
		return buf->status;
	memcpy(room, s.at, s.len);
	buf->len += s.len;
	return AIP_OK;
}

enum aip_status aip_buf_add_byte(struct aip_buf *buf, char byte)
{
	return aip_buf_add(buf, aip_strn(&byte, 1));
}

enum aip_status aip_buf_addf(struct aip_buf *buf, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		abort();
	enum aip_status s = aip_buf_add(buf, aip_strn(text, (size_t)len));
	free(text);
	return s;
}
