/* Bounded buffers: geometric growth up to a ceiling, and a refusal that stays. */
#include <aiproxy/base.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/oom.h"

#define FIRST_BYTES ((size_t)256)

void aip_buf_init(struct aip_buf *buf, size_t ceiling)
{
	*buf = (struct aip_buf){.ceiling = ceiling};
}

void aip_buf_fini(struct aip_buf *buf)
{
	free(buf->at);
	*buf = (struct aip_buf){.ceiling = buf->ceiling};
}

void aip_buf_clear(struct aip_buf *buf)
{
	buf->len = 0;
	buf->status = AIP_OK;
	if (buf->at)
		buf->at[0] = 0;
}

static void grow(struct aip_buf *buf, size_t wants)
{
	size_t cap = buf->cap > FIRST_BYTES / 2 ? buf->cap : FIRST_BYTES / 2;

	cap = cap > buf->ceiling / 2 ? buf->ceiling : cap * 2;
	if (cap < wants)
		cap = wants;

	char *at = cap < SIZE_MAX ? realloc(buf->at, cap + 1) : NULL;
	if (!at)
		OOM_DIE(cap);
	buf->at = at;
	buf->cap = cap;
	buf->at[buf->len] = 0;
}

char *aip_buf_reserve(struct aip_buf *buf, size_t bytes)
{
	if (buf->status)
		return NULL;
	if (bytes > buf->ceiling - buf->len) {
		buf->status = AIP_TOO_LARGE;
		return NULL;
	}
	if (!buf->at || bytes > buf->cap - buf->len)
		grow(buf, buf->len + bytes);
	buf->at[buf->len + bytes] = 0;
	return buf->at + buf->len;
}

enum aip_status aip_buf_add(struct aip_buf *buf, struct aip_str s)
{
	if (s.len == 0)
		return buf->status;

	char *room = aip_buf_reserve(buf, s.len);
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

	va_start(args, fmt);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len <= 0)
		return buf->status;

	char *room = aip_buf_reserve(buf, (size_t)len);
	if (!room)
		return buf->status;
	va_start(args, fmt);
	vsnprintf(room, (size_t)len + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)len;
	return AIP_OK;
}

void aip_buf_consume(struct aip_buf *buf, size_t bytes)
{
	if (bytes == 0 || buf->len == 0)
		return;
	if (bytes > buf->len)
		bytes = buf->len;
	buf->len -= bytes;
	memmove(buf->at, buf->at + bytes, buf->len);
	buf->at[buf->len] = 0;
}
