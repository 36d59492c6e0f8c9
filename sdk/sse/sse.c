/* Reads and writes server-sent events. */
#include <aiproxy/sse.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* First LF or CR, or end. */
static const char *line_end(const char *at, const char *end)
{
#ifdef __SSE2__
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');

	for (; end - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		int mask = _mm_movemask_epi8(
			_mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
		if (mask)
			return at + __builtin_ctz((unsigned)mask);
	}
#endif
	while (at < end && *at != '\n' && *at != '\r')
		at++;
	return at;
}

/* Behind the line end at `at`, at < end. */
static const char *line_next(const char *at, const char *end)
{
	return at + (*at == '\r' && end - at > 1 && at[1] == '\n' ? 2 : 1);
}

void aip_sse_init(struct aip_sse *sse, size_t frame_max)
{
	*sse = (struct aip_sse){.given = false};
	aip_buf_init(&sse->held, frame_max);
	aip_buf_init(&sse->joined, frame_max);
}

void aip_sse_fini(struct aip_sse *sse)
{
	aip_buf_fini(&sse->held);
	aip_buf_fini(&sse->joined);
}

static void advance(struct aip_str *bytes, const char *to)
{
	bytes->len -= (size_t)(to - bytes->at);
	bytes->at = to;
}

/* Takes bytes up to and with the blank line that ends a frame. True when there was one: *ret_frame
 * are the bytes before it. Otherwise all bytes are taken, and *ret_frame is what is not complete.
 */
static bool take_frame(struct aip_sse *sse, struct aip_str *bytes, struct aip_str *ret_frame)
{
	const char *from = bytes->at, *at = from, *end = from + bytes->len;

	while (at < end) {
		const char *stop = line_end(at, end);
		bool blank = stop == at && !sse->in_line;
		sse->in_line = stop == end;
		if (stop == end)
			break;
		at = line_next(stop, end);
		sse->skip_lf = at == end && at[-1] == '\r';
		if (blank) {
			*ret_frame = aip_strn(from, (size_t)(stop - from));
			advance(bytes, at);
			return true;
		}
	}
	*ret_frame = *bytes;
	advance(bytes, end);
	return false;
}

static struct aip_str without_mark(struct aip_sse *sse, struct aip_str frame)
{
	bool marked = !sse->started && aip_str_starts(frame, AIP_LIT("\xef\xbb\xbf"));

	sse->started = true;
	return marked ? aip_strn(frame.at + 3, frame.len - 3) : frame;
}

/* Puts a further line of data behind those there are. */
static void join(struct aip_sse *sse, struct aip_str first, bool is_second, struct aip_str line)
{
	if (is_second) {
		aip_buf_clear(&sse->joined);
		aip_buf_add(&sse->joined, first);
	}
	aip_buf_add_byte(&sse->joined, '\n');
	aip_buf_add(&sse->joined, line);
}

/* Reads the lines of a frame. A refusal of their joining stays in `held`. */
static void read_frame(struct aip_sse *sse, struct aip_str frame, struct aip_sse_frame *ret)
{
	struct aip_sse_frame f = {AIP_NONE, AIP_NONE, AIP_NONE};
	const char *at = frame.at, *end = at + frame.len, *stop;
	size_t n_data = 0;

	for (; at < end; at = stop < end ? line_next(stop, end) : end) {
		stop = line_end(at, end);
		struct aip_str line = aip_strn(at, (size_t)(stop - at));
		const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
		struct aip_str name = colon ? aip_strn(at, (size_t)(colon - at)) : line;
		struct aip_str value = aip_strn(stop, 0);
		if (colon) {
			colon += 1 + (stop - colon > 1 && colon[1] == ' ');
			value = aip_strn(colon, (size_t)(stop - colon));
		}
		if (aip_str_eq(name, AIP_LIT("data"))) {
			if (n_data++)
				join(sse, f.data, n_data == 2, value);
			else
				f.data = value;
		} else if (aip_str_eq(name, AIP_LIT("event"))) {
			f.event = value;
		} else if (aip_str_eq(name, AIP_LIT("id")) && !memchr(value.at, 0, value.len)) {
			f.id = value;
		}
	}
	if (n_data > 1)
		f.data = aip_buf_lend(&sse->joined, &sse->held);
	*ret = f;
}

/* What the last call lent is free again, and the LF of a split CRLF goes where its CR went. */
static void resume(struct aip_sse *sse, struct aip_str *bytes)
{
	if (sse->given)
		aip_buf_clear(&sse->held);
	sse->given = false;
	if (!sse->skip_lf || bytes->len == 0)
		return;
	sse->skip_lf = false;
	if (bytes->at[0] != '\n')
		return;
	if (sse->held.len)
		aip_buf_add_byte(&sse->held, '\n');
	advance(bytes, bytes->at + 1);
}

enum aip_status aip_sse_next(struct aip_sse *sse, struct aip_str *bytes, struct aip_sse_frame *ret)
{
	struct aip_str piece;

	if (sse->held.status)
		return sse->held.status;
	resume(sse, bytes);
	while (bytes->len) {
		bool whole = take_frame(sse, bytes, &piece);
		bool borrowed = whole && sse->held.len == 0;
		if (piece.len > sse->held.ceiling)
			return sse->held.status = AIP_TOO_LARGE;
		if (!borrowed && aip_buf_add(&sse->held, piece))
			return sse->held.status;
		if (!whole)
			break;

		struct aip_sse_frame frame;
		read_frame(sse, without_mark(sse, borrowed ? piece : aip_buf_str(&sse->held)),
		           &frame);
		if (sse->held.status)
			break;
		if (frame.data.at) {
			sse->given = !borrowed;
			*ret = frame;
			return AIP_OK;
		}
		aip_buf_clear(&sse->held);
	}
	*ret = (struct aip_sse_frame){AIP_NONE, AIP_NONE, AIP_NONE};
	return sse->held.status;
}

enum aip_status aip_sse_finish(struct aip_sse *sse, struct aip_sse_frame *ret)
{
	struct aip_str none = AIP_NONE;

	if (sse->held.status)
		return sse->held.status;
	resume(sse, &none);
	read_frame(sse, without_mark(sse, aip_buf_str(&sse->held)), ret);
	sse->given = true;
	sse->in_line = sse->skip_lf = false;
	return sse->held.status;
}

static void add_line(struct aip_buf *out, struct aip_str name, struct aip_str value)
{
	aip_buf_add(out, name);
	aip_buf_add(out, value);
	aip_buf_add_byte(out, '\n');
}

enum aip_status aip_sse_write(struct aip_buf *out, struct aip_str event, struct aip_str data)
{
	const char *at = data.at ? data.at : "", *end = at + data.len;

	if (event.len && line_end(event.at, event.at + event.len) != event.at + event.len)
		return AIP_GATEWAY_BUG;
	if (event.len)
		add_line(out, AIP_LIT("event: "), event);
	for (;;) {
		const char *stop = line_end(at, end);
		add_line(out, AIP_LIT("data: "), aip_strn(at, (size_t)(stop - at)));
		if (stop == end)
			break;
		at = line_next(stop, end);
	}
	return aip_buf_add_byte(out, '\n');
}
