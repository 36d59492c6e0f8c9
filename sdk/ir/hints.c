/* What error answers say beside their body: when to come again, in which words. */
#include <aiproxy/rules.h>

#include <time.h>

#include <aiproxy/host.h>

void aip_error_text(char *into, size_t bytes, struct aip_str text)
{
	size_t len = text.len < bytes - 1 ? text.len : bytes - 1;

	while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80)
		len--;
	if (len)
		memcpy(into, text.at, len);
	into[len] = '\0';
}

/* Seconds, or an HTTP date. */
static int64_t wait_of(struct aip_str value, int64_t now_s)
{
	struct tm tm = {0};
	char date[64];
	double seconds;

	if (aip_str_double(value, &seconds))
		return seconds > 0 && seconds < 1e9 ? (int64_t)(seconds * 1000) : 0;
	aip_error_text(date, sizeof(date), value);
	if (!strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return 0;
	int64_t at_s = timegm(&tm);
	return at_s > now_s ? (at_s - now_s) * 1000 : 0;
}

int64_t aip_retry_after_ms(const struct aip_header *headers, size_t n, int64_t now_s)
{
	struct aip_str ms = aip_header_get(headers, n, "retry-after-ms");
	struct aip_str value = aip_header_get(headers, n, "retry-after");
	double number;

	if (ms.at && aip_str_double(ms, &number) && number > 0 && number < 1e12)
		return (int64_t)number;
	return value.at ? wait_of(value, now_s) : 0;
}
