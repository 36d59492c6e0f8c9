/* The grammar of a JSON number, which is also our decimal number. */
#ifndef SDK_BASE_NUMBER_H
#define SDK_BASE_NUMBER_H

#include <stddef.h>

static inline const char *number_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* Behind the number that begins at `at`: the longest one, though more digits may follow a leading
 * zero. NULL when none begins there or it breaks off in the middle. */
static inline const char *number_end(const char *at, const char *end)
{
	const char *from;

	at += at < end && *at == '-';
	from = at;
	at = at < end && *at == '0' ? at + 1 : number_digits(at, end);
	if (at == from)
		return NULL;
	if (at < end && *at == '.') {
		from = at + 1;
		at = number_digits(from, end);
		if (at == from)
			return NULL;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at += at < end && (*at == '+' || *at == '-');
		from = at;
		at = number_digits(from, end);
		if (at == from)
			return NULL;
	}
	return at;
}

#endif
