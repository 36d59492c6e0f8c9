/* What every other header leans on: borrowed bytes, arenas, bounded buffers.
 *
 * Memory has three owners. An ARENA owns what lives as long as a call or a snapshot; nothing in it
 * is freed alone. A COUNT owns what threads share. A SCOPE (`aip_auto_…`) owns what dies with the
 * function. A BUFFER grows with remote input and therefore has a ceiling.
 *
 * Verbs carry ownership: _init/_fini work on the caller's memory, _create/_destroy make and end an
 * object, _new makes one in an arena (no destroy), _take empties its argument. Destroyers accept
 * NULL. Results come last as `ret`, written only on success; after it `reterr`. */
#ifndef AIPROXY_BASE_H
#define AIPROXY_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <aiproxy/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIP_API __attribute__((visibility("default")))
#define aip_nodiscard __attribute__((warn_unused_result))
#define aip_printf_like(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* ---- Borrowed bytes ----------------------------------------------------------------------- */

/* Bytes that somebody else owns; not terminated. `at` NULL means absent, which differs from empty:
 * AIP_NONE is "the field was not there", aip_str("") is "the field was there and empty". */
struct aip_str {
	const char *at;
	size_t len;
};

#ifdef __cplusplus
#define AIP_NONE aip_strn(nullptr, 0)
#else
#define AIP_NONE ((struct aip_str){NULL, 0})
#endif

/* A literal, measured by the compiler: AIP_LIT("stream"). */
#ifdef __cplusplus
#define AIP_LIT(text) aip_strn((text), sizeof(text) - 1)
#else
#define AIP_LIT(text) ((struct aip_str){(text), sizeof(text) - 1})
#endif

/* For printf: printf("%.*s", AIP_FMT(s)). */
#define AIP_FMT(s) (int)(s).len, (s).at ? (s).at : ""

/* Borrows a terminated string; NULL gives AIP_NONE. */
static inline struct aip_str aip_str(const char *text)
{
	struct aip_str s = {text, text ? strlen(text) : 0};
	return s;
}

static inline struct aip_str aip_strn(const char *at, size_t len)
{
	struct aip_str s = {at, len};
	return s;
}

static inline bool aip_str_eq(struct aip_str a, struct aip_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool aip_str_is(struct aip_str a, const char *text)
{
	return aip_str_eq(a, aip_str(text));
}

static inline bool aip_str_starts(struct aip_str s, struct aip_str with)
{
	return s.len >= with.len && (with.len == 0 || memcmp(s.at, with.at, with.len) == 0);
}

static inline bool aip_str_ends(struct aip_str s, struct aip_str with)
{
	return s.len >= with.len &&
	       (with.len == 0 || memcmp(s.at + s.len - with.len, with.at, with.len) == 0);
}

/* ASCII letters compare without case. */
AIP_API bool aip_str_eq_nocase(struct aip_str a, struct aip_str b);
/* Without the blanks (space, tab, CR, LF) at both ends. */
AIP_API struct aip_str aip_str_trim(struct aip_str s);
/* True when nothing in it is to be seen: no bytes, or white space as Unicode has it. */
AIP_API bool aip_str_is_blank(struct aip_str s);
/* First place of `needle` in `s`, or -1; an empty needle is at 0. */
AIP_API ptrdiff_t aip_str_find(struct aip_str s, struct aip_str needle);
/* Glob: `*` any run, `?` one byte, `[a-z]` a class, `[!a-z]` all but the class; a `[` that nothing
 * closes is itself. ASCII case is ignored and `*` crosses `/`. Time is at most the product of the
 * lengths. The one wildcard of this project: exclusions, limits and payload rules all use it. */
AIP_API bool aip_str_glob(struct aip_str pattern, struct aip_str s);
/* Decimal integer, optional sign, the whole of `s`. False, and *ret untouched, when it is not one
 * or does not fit. */
AIP_API aip_nodiscard bool aip_str_int(struct aip_str s, int64_t *ret);
/* Decimal number as JSON writes it, the whole of `s`, whatever the locale. False, and *ret
 * untouched, when it is not one or is beyond a double's range. */
AIP_API aip_nodiscard bool aip_str_double(struct aip_str s, double *ret);
/* Equal bytes in time that depends on the lengths alone. For secrets. */
AIP_API bool aip_str_eq_secret(struct aip_str a, struct aip_str b);
/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
AIP_API bool aip_str_is_utf8(struct aip_str s);

/* ---- Arenas ------------------------------------------------------------------------------- */

/* A region that is freed as a whole: 5 KiB to begin with (what a call needs that relays a stream), then
 * growing blocks; what is large gets a block of its own. Under AddressSanitizer an overrun inside it is
 * found. Not for sharing between threads while it grows. Allocation never fails: a process out of memory
 * ends with a line saying where. */
struct aip_arena;

AIP_API struct aip_arena *aip_arena_create(void);
AIP_API void aip_arena_destroy(struct aip_arena *arena);
/* Forgets all that was allocated, keeps the first block for the next user. */
AIP_API void aip_arena_reset(struct aip_arena *arena);
/* Zeroed, aligned for any type. bytes 0 gives a unique pointer. */
AIP_API void *aip_arena_alloc(struct aip_arena *arena, size_t bytes);
/* As alloc, but the bytes are not zeroed and aligned to 1: for text. */
AIP_API char *aip_arena_bytes(struct aip_arena *arena, size_t bytes);
/* A copy with a terminating NUL behind it (not counted in len). AIP_NONE stays AIP_NONE. */
AIP_API struct aip_str aip_arena_dup(struct aip_arena *arena, struct aip_str s);
/* Texts one behind the other, with every byte of theirs: AIP_JOIN(arena, a, AIP_LIT("; "), b). */
AIP_API struct aip_str aip_arena_join(struct aip_arena *arena, const struct aip_str *texts, size_t n);
#define AIP_JOIN(arena, ...) \
	aip_arena_join((arena), (const struct aip_str[]){__VA_ARGS__}, \
	               sizeof((const struct aip_str[]){__VA_ARGS__}) / sizeof(struct aip_str))
/* For what holds no NUL: names, numbers, sentences of ours. A text of a client's is cut at one. */
AIP_API struct aip_str aip_arena_printf(struct aip_arena *arena, const char *fmt, ...)
	aip_printf_like(2, 3);
/* Runs `fini(arg)` when the arena is reset or destroyed, last registered first: for a secret to be
 * wiped, a library's object to be freed. */
AIP_API void aip_arena_at_end(struct aip_arena *arena, void (*fini)(void *arg), void *arg);
/* Bytes held from the system. For tests and metrics. */
AIP_API size_t aip_arena_held(const struct aip_arena *arena);

#define AIP_NEW(arena, type) ((type *)aip_arena_alloc((arena), sizeof(type)))

/* ---- Bounded buffers ---------------------------------------------------------------------- */

/* A growing run of bytes with a ceiling. The first refusal is kept in `status`, later calls do
 * nothing, so a writer may write on and look once at the end. `at` is always NUL-terminated when
 * it is not NULL. */
struct aip_buf {
	char *at;
	size_t len;
	size_t cap;
	size_t ceiling;          /* bytes; len never exceeds it. SIZE_MAX: as large as what goes in */
	enum aip_status status;  /* AIP_OK, or AIP_TOO_LARGE for ever after */
};

/* Nothing is allocated before the first byte. ceiling in bytes, at least 1. */
AIP_API void aip_buf_init(struct aip_buf *buf, size_t ceiling);
AIP_API void aip_buf_fini(struct aip_buf *buf);
/* Empties it and forgets a refusal; keeps its memory. */
AIP_API void aip_buf_clear(struct aip_buf *buf);
/* Room for `bytes` more at at+len; the caller adds what it wrote to len. A NUL stands behind the
 * room; who writes less than asked for puts one behind what was written. NULL when refused. */
AIP_API char *aip_buf_reserve(struct aip_buf *buf, size_t bytes);
/* Appends; all of it or, when refused, nothing. What is added must not lie in the buffer itself. */
AIP_API enum aip_status aip_buf_add(struct aip_buf *buf, struct aip_str s);
AIP_API enum aip_status aip_buf_add_byte(struct aip_buf *buf, char byte);
AIP_API enum aip_status aip_buf_addf(struct aip_buf *buf, const char *fmt, ...)
	aip_printf_like(2, 3);
/* Drops the first `bytes` bytes, or all when there are fewer. */
AIP_API void aip_buf_consume(struct aip_buf *buf, size_t bytes);

static inline struct aip_str aip_buf_str(const struct aip_buf *buf)
{
	struct aip_str s = {buf->at ? buf->at : "", buf->len};
	return s;
}

/* The bytes of one buffer on their way into another. A refusal goes along: half of what `from` was to
 * hold is no whole, so `into` takes nothing from then on, and who asks the outermost buffer of all has
 * asked each. What is written through several buffers is never taken from an inner one in another way. */
static inline struct aip_str aip_buf_lend(const struct aip_buf *from, struct aip_buf *into)
{
	if (from->status && !into->status)
		into->status = from->status;
	return aip_buf_str(from);
}

/* Keeps a piece aside for `into`, whose turn comes later. Refused, it is `into` that says so, at once. */
static inline void aip_buf_keep(struct aip_buf *kept, struct aip_str piece, struct aip_buf *into)
{
	aip_buf_add(kept, piece);
	aip_buf_lend(kept, into);
}

/* What was written, as a copy in the arena; the buffer ends. AIP_NONE when it was refused some, which a
 * buffer without a ceiling never is. */
static inline struct aip_str aip_arena_take(struct aip_arena *arena, struct aip_buf *buf)
{
	struct aip_str s = buf->status ? AIP_NONE : aip_arena_dup(arena, aip_buf_str(buf));

	aip_buf_fini(buf);
	return s;
}

/* ---- Text forms --------------------------------------------------------------------------- */

/* Standard alphabet with padding. */
AIP_API struct aip_str aip_base64(struct aip_arena *arena, struct aip_str bytes);
/* URL alphabet without padding. */
AIP_API struct aip_str aip_base64url(struct aip_arena *arena, struct aip_str bytes);
/* Either alphabet, padded or not, white space skipped. False when it is neither, also when it mixes
 * the alphabets. */
AIP_API aip_nodiscard bool aip_base64_decode(struct aip_arena *arena, struct aip_str text,
                                             struct aip_str *ret);
/* Brings any accepted spelling to the standard padded one; borrows when it already is. */
AIP_API aip_nodiscard bool aip_base64_standard(struct aip_arena *arena, struct aip_str text,
                                               struct aip_str *ret);
/* SHA-256 as 64 lower hex digits. */
AIP_API struct aip_str aip_sha256_hex(struct aip_arena *arena, struct aip_str bytes);
/* Percent-encodes everything but unreserved characters (RFC 3986) and those in `keep`, which may
 * be NULL. */
AIP_API struct aip_str aip_url_encode(struct aip_arena *arena, struct aip_str s, const char *keep);
/* Decodes %XX; `+` becomes a space when `form`. Broken escapes stay as they are. */
AIP_API struct aip_str aip_url_decode(struct aip_arena *arena, struct aip_str s, bool form);

#ifdef __cplusplus
}
#endif
#endif
