/* The log: one line per event, key=value, never waited for.
 *
 *     2026-03-01T12:00:00.123Z warn cred.cooling call=17 cred=sk-a...wxyz(51) for_ms=2000
 *
 * Timestamp (UTC), level, stable event name, then key=value pairs with units in the keys. Values
 * that come from outside go through LOG_TEXT, secrets through SECRET_HINT, so that a line stays one
 * line of unambiguous pairs. The access log is the event "access" of the same log.
 *
 * A line is formatted by its caller and appended to a bounded buffer; one writer thread writes
 * buffers out. When the buffer is full the line is dropped and counted, and the next written
 * block says "log.dropped lines=N". Before log_start and after log_stop lines go straight to
 * stderr.
 *
 * The log is the process's: the one piece of global state of the core. */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <aiproxy/base.h>

enum log_level {
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
};

#define LOG_LINE_MAX 4096         /* bytes of a line, longer ones are cut */
#define LOG_RING_MAX (256 * 1024) /* bytes that wait for the writer */
#define LOG_TEXT_MAX 256          /* bytes of a quoted value */

/* Starts the writer. path NULL: stderr; else a file, made with mode 0600, appended to.
 * AIP_CONFIG_REFUSED: the file cannot be opened, or there is no thread for the writer. */
aip_nodiscard enum aip_status log_start(const char *path, struct aip_error *reterr);
/* Writes what waits and ends the writer. No other thread may log through it any more. */
void log_stop(void);
/* Closes and opens the log's file again, after a rotation. AIP_CONFIG_REFUSED: the old one stays.
 */
aip_nodiscard enum aip_status log_reopen(struct aip_error *reterr);

/* Lines below `level` are not written. Default LOG_INFO. Any thread. */
void log_set_level(enum log_level level);
/* To skip work that only a line would need. */
bool log_wants(enum log_level level);

/* event: dotted words, [a-z0-9._]. fmt: the pairs, at least one. Any thread; holds a lock for the
 * copy of one line, never waits on I/O. */
void log_event(enum log_level level, const char *event, const char *fmt, ...) aip_printf_like(3, 4);
void log_event_v(enum log_level level, const char *event, const char *fmt, va_list args)
	aip_printf_like(3, 0);

/* Waits until all that was logged before has been written. Not on a loop. */
void log_flush(void);
/* For a process about to die: writes what waits, from this thread, when the lock can be had. Safe
 * in a handler of a fatal signal. */
void log_last_words(void);
/* Lines dropped since the start. */
uint64_t log_dropped(void);

/* A value as it may stand in a line. */
struct log_text {
	char at[LOG_TEXT_MAX];
};

/* Bare when it has only printable bytes without blanks, quotes and '='; else quoted, with \" \\ \n
 * \r \t and \xNN. Empty and absent values are "". Cut values end in "...". Valid UTF-8 stays. */
struct log_text log_text(struct aip_str value);

/* For an argument of log_event: "path=%s", LOG_TEXT(path). Lives to the end of the statement. */
#define LOG_TEXT(value) (log_text(value).at)

#endif
