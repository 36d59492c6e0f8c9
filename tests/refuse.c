/* Stands in for the functions of libaiproxy that make a buffer grow. Counted are the core's; in a build with
 * sanitizers the library calls these too, otherwise it keeps to its own. */
#include "refuse.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <aiproxy/base.h>

static size_t growths, refused_at;
static bool happened;

void refuse_begin(size_t at)
{
	growths = 0;
	refused_at = at;
	happened = false;
}

size_t refuse_growths(void)
{
	return growths;
}

bool refuse_happened(void)
{
	return happened;
}

/* Whether the program itself, the core in it, has called: the library's own buffers are left alone unless
 * SCENARIO_LIBRARY is set. */
static bool is_counted(const void *caller)
{
	static int library = -1;
	Dl_info at, program;

	if (library < 0)
		library = getenv("SCENARIO_LIBRARY") != NULL;
	return library ||
	       (dladdr(caller, &at) && dladdr((void *)(uintptr_t)refuse_begin, &program) &&
	        at.dli_fbase == program.dli_fbase);
}

static bool is_refused(struct aip_buf *buf, size_t bytes, const void *caller)
{
	if (!refused_at || buf->status || buf->ceiling == SIZE_MAX ||
	    bytes <= buf->cap - buf->len || !is_counted(caller))
		return false;
	if (++growths != refused_at)
		return false;
	happened = true;
	buf->status = AIP_TOO_LARGE;
	return true;
}

static char *reserve(struct aip_buf *buf, size_t bytes, const void *caller)
{
	static char *(*real)(struct aip_buf *, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "aip_buf_reserve");
	return is_refused(buf, bytes, caller) ? NULL : real(buf, bytes);
}

static enum aip_status add(struct aip_buf *buf, struct aip_str s, const void *caller)
{
	char *room = s.len ? reserve(buf, s.len, caller) : NULL;

	if (!room)
		return buf->status;
	memcpy(room, s.at, s.len);
	buf->len += s.len;
	return AIP_OK;
}

char *aip_buf_reserve(struct aip_buf *buf, size_t bytes)
{
	return reserve(buf, bytes, __builtin_return_address(0));
}

enum aip_status aip_buf_add(struct aip_buf *buf, struct aip_str s)
{
	return add(buf, s, __builtin_return_address(0));
}

enum aip_status aip_buf_add_byte(struct aip_buf *buf, char byte)
{
	return add(buf, aip_strn(&byte, 1), __builtin_return_address(0));
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
	enum aip_status s = add(buf, aip_strn(text, (size_t)len), __builtin_return_address(0));
	free(text);
	return s;
}
