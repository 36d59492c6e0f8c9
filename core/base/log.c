/* The log's buffer, its writer thread, and how a line is formed. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"

/* The writer gathers lines this long before it writes, so that a busy gateway pays one write for
 * many lines; warnings do not wait. */
#define GATHER_MS     20
#define LAST_WORDS_MS 100

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;  /* for the writer: there is something, or hurry, or stop */
	pthread_cond_t written; /* for log_flush */
	pthread_t writer;
	bool running, stop, hurry;
	char *filling, *writing; /* LOG_RING_MAX each; swapped under the lock */
	size_t filled_bytes;
	bool busy; /* the writer is writing `writing`, without the lock */
	uint64_t dropped, dropped_told;
	int fd;
	char *path;
	atomic_int level;
} the_log = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.fd = STDERR_FILENO,
	.level = LOG_INFO,
};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* ---- Forming a line ----------------------------------------------------------------------- */

static size_t put_head(char *line, size_t bytes, enum log_level level, const char *event)
{
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	int n = snprintf(line, bytes, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s",
	                 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	                 tm.tm_sec, ts.tv_nsec / 1000000, level_names[level], event);
	return n < 0 ? 0 : (size_t)n < bytes ? (size_t)n : bytes - 1;
}

/* A control byte in a value that nobody quoted must not forge a second line. */
static void scrub(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
}

/* Returns the line's length with its newline. line holds LOG_LINE_MAX. */
aip_printf_like(4, 0) static size_t
	form(char *line, enum log_level level, const char *event, const char *fmt, va_list args)
{
	size_t room = LOG_LINE_MAX - 1; /* the newline */
	size_t len = put_head(line, room, level, event);

	if (len + 2 < room) {
		line[len++] = ' ';
		int n = vsnprintf(line + len, room - len, fmt, args);
		bool cut = n > 0 && (size_t)n >= room - len;
		len += n < 0 ? 0 : cut ? room - len - 1 : (size_t)n;
		if (cut)
			memcpy(line + len - 3, "...", 3);
	}
	scrub(line, len);
	line[len++] = '\n';
	return len;
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* A log that cannot be written is no reason to stop serving: what fails is lost. */
static void write_all(int fd, const char *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		at += n;
		len -= (size_t)n;
	}
}

static void write_drops(int fd, uint64_t lines)
{
	char line[128];
	size_t len = put_head(line, sizeof(line), LOG_WARN, "log.dropped");

	len += (size_t)snprintf(line + len, sizeof(line) - len, " lines=%llu\n",
	                        (unsigned long long)lines);
	write_all(fd, line, len);
}

static void gather(void)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += GATHER_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (!the_log.hurry && !the_log.stop)
		if (pthread_cond_timedwait(&the_log.filled, &the_log.lock, &until) == ETIMEDOUT)
			return;
}

/* Called and returns with the lock held; without it while writing. */
static void write_block(void)
{
	char *block = the_log.filling;
	size_t len = the_log.filled_bytes;
	uint64_t drops = the_log.dropped - the_log.dropped_told;
	int fd = the_log.fd;

	the_log.filling = the_log.writing;
	the_log.writing = block;
	the_log.filled_bytes = 0;
	the_log.dropped_told = the_log.dropped;
	the_log.hurry = false;
	the_log.busy = true;
	pthread_mutex_unlock(&the_log.lock);
	write_all(fd, block, len);
	if (drops)
		write_drops(fd, drops);
	pthread_mutex_lock(&the_log.lock);
	the_log.busy = false;
	pthread_cond_broadcast(&the_log.written);
}

static void *write_on(void *unused)
{
	pthread_mutex_lock(&the_log.lock);
	for (;;) {
		while (!the_log.filled_bytes && !the_log.stop)
			pthread_cond_wait(&the_log.filled, &the_log.lock);
		if (!the_log.filled_bytes)
			break;
		gather();
		write_block();
	}
	pthread_mutex_unlock(&the_log.lock);
	return NULL;
}

static void append(enum log_level level, const char *line, size_t len)
{
	pthread_mutex_lock(&the_log.lock);
	if (!the_log.running) {
		write_all(the_log.fd, line, len);
	} else if (len > LOG_RING_MAX - the_log.filled_bytes) {
		the_log.dropped++;
	} else {
		bool was_empty = !the_log.filled_bytes;
		memcpy(the_log.filling + the_log.filled_bytes, line, len);
		the_log.filled_bytes += len;
		bool hurry = level >= LOG_WARN || the_log.filled_bytes > LOG_RING_MAX / 2;
		if (was_empty || (hurry && !the_log.hurry))
			pthread_cond_signal(&the_log.filled);
		the_log.hurry |= hurry;
	}
	pthread_mutex_unlock(&the_log.lock);
}

void log_event_v(enum log_level level, const char *event, const char *fmt, va_list args)
{
	char line[LOG_LINE_MAX];
	int saved = errno;

	if (log_wants(level))
		append(level, line, form(line, level, event, fmt, args));
	errno = saved;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_event_v(level, event, fmt, args);
	va_end(args);
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&the_log.level, (int)level, memory_order_relaxed);
}

bool log_wants(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&the_log.level, memory_order_relaxed);
}

uint64_t log_dropped(void)
{
	pthread_mutex_lock(&the_log.lock);
	uint64_t dropped = the_log.dropped;
	pthread_mutex_unlock(&the_log.lock);
	return dropped;
}

/* ---- Start, stop, flush ------------------------------------------------------------------- */

static enum aip_status open_file(const char *path, int *ret, struct aip_error *reterr)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "log file %s: %s", path,
		                strerror(errno));
	*ret = fd;
	return AIP_OK;
}

static void forget_file(void)
{
	if (the_log.fd != STDERR_FILENO)
		close(the_log.fd);
	the_log.fd = STDERR_FILENO;
	free(the_log.path);
	free(the_log.filling);
	free(the_log.writing);
	the_log.path = the_log.filling = the_log.writing = NULL;
}

static int start_writer(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&the_log.filled, &attr);
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&the_log.written, NULL);
	the_log.stop = the_log.hurry = the_log.busy = false;
	the_log.dropped = the_log.dropped_told = 0;
	the_log.running = true;
	return pthread_create(&the_log.writer, NULL, write_on, NULL);
}

enum aip_status log_start(const char *path, struct aip_error *reterr)
{
	aip_assert(!the_log.running);
	if (path) {
		enum aip_status s = open_file(path, &the_log.fd, reterr);
		if (s)
			return s;
		the_log.path = strdup(path);
		aip_assert(the_log.path);
	}
	the_log.filling = malloc(LOG_RING_MAX);
	the_log.writing = malloc(LOG_RING_MAX);
	aip_assert(the_log.filling && the_log.writing);

	int rc = start_writer();
	if (rc) {
		the_log.running = false;
		forget_file();
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "log: no thread: %s", strerror(rc));
	}
	return AIP_OK;
}

void log_stop(void)
{
	if (!the_log.running)
		return;
	pthread_mutex_lock(&the_log.lock);
	the_log.stop = true;
	pthread_cond_signal(&the_log.filled);
	pthread_mutex_unlock(&the_log.lock);
	pthread_join(the_log.writer, NULL);
	the_log.running = false;
	forget_file();
	pthread_cond_destroy(&the_log.filled);
	pthread_cond_destroy(&the_log.written);
}

enum aip_status log_reopen(struct aip_error *reterr)
{
	int fd = -1;

	if (!the_log.path)
		return AIP_OK;
	enum aip_status s = open_file(the_log.path, &fd, reterr);
	if (s)
		return s;
	pthread_mutex_lock(&the_log.lock);
	while (the_log.busy)
		pthread_cond_wait(&the_log.written, &the_log.lock);
	close(the_log.fd);
	the_log.fd = fd;
	pthread_mutex_unlock(&the_log.lock);
	return AIP_OK;
}

void log_flush(void)
{
	pthread_mutex_lock(&the_log.lock);
	while (the_log.running && (the_log.filled_bytes || the_log.busy)) {
		the_log.hurry = true;
		pthread_cond_signal(&the_log.filled);
		pthread_cond_wait(&the_log.written, &the_log.lock);
	}
	pthread_mutex_unlock(&the_log.lock);
}

/* The dying thread may be the writer, or hold the lock: so nothing here waits for ever. */
void log_last_words(void)
{
	static const struct timespec ms = {0, 1000000};

	for (int waited = 0; waited <= LAST_WORDS_MS; waited++) {
		if (pthread_mutex_trylock(&the_log.lock) == 0) {
			if (!the_log.busy || waited == LAST_WORDS_MS) {
				write_all(the_log.fd, the_log.filling, the_log.filled_bytes);
				the_log.filled_bytes = 0;
				pthread_mutex_unlock(&the_log.lock);
				return;
			}
			pthread_mutex_unlock(&the_log.lock);
		}
		nanosleep(&ms, NULL);
	}
}

/* ---- Quoting ------------------------------------------------------------------------------ */

static bool is_bare(struct aip_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];
		if (c <= ' ' || c == 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return value.len > 0;
}

/* Writes one byte as it stands between quotes; at most 4 bytes. */
static size_t escape(unsigned char c, bool utf8, char *into)
{
	static const char hex[] = "0123456789abcdef";
	const char *short_form = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : NULL;

	if (c == '"' || c == '\\')
		short_form = c == '"' ? "\\\"" : "\\\\";
	if (short_form) {
		memcpy(into, short_form, 2);
		return 2;
	}
	if (c >= ' ' && c != 0x7f && (utf8 || c < 0x80)) {
		into[0] = (char)c;
		return 1;
	}
	memcpy(into, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
	return 4;
}

struct log_text log_text(struct aip_str value)
{
	struct log_text text;
	bool utf8 = aip_str_is_utf8(value);
	size_t len = 0, i = 0;
	const size_t room = sizeof(text.at) - 8; /* one escape, "...", the quote, NUL */

	if (is_bare(value) && utf8 && value.len < room) {
		memcpy(text.at, value.at, value.len);
		text.at[value.len] = '\0';
		return text;
	}
	text.at[len++] = '"';
	for (; i < value.len && len < room; i++)
		len += escape((unsigned char)value.at[i], utf8, text.at + len);
	if (i < value.len) {
		while (len > 1 && ((unsigned char)value.at[i] & 0xc0) == 0x80 && utf8)
			len--, i--;
		memcpy(text.at + len, "...", 3);
		len += 3;
	}
	memcpy(text.at + len, "\"", 2);
	return text;
}
