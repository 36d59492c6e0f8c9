/* Chunked request bodies: decoding, and whether a whole request lies in a buffer. */
#include "http1/http1.h"

#define SIZE_DIGITS_MAX 16

/* Where in the grammar the next byte stands. */
enum {
	SIZE,      /* hex digits; at least one */
	EXTENSION, /* behind ';' */
	SIZE_LF,   /* behind the CR of the size line */
	DATA,
	DATA_CR, /* behind the data */
	DATA_LF,
	TRAILER, /* at the beginning of a trailer line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF, /* behind the CR of a trailer line */
	LAST_LF,    /* behind the CR of the empty line */
	OVER,
	BROKEN,
};

static enum http1_fault on_size_byte(struct http1_chunked *c, unsigned char byte, uint64_t max)
{
	bool is_hex =
		(byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');

	if (is_hex) {
		if (c->digits == SIZE_DIGITS_MAX)
			return HTTP1_FAULT_CHUNK_SIZE;
		c->digits++;
		c->chunk_left = c->chunk_left << 4 |
		                (uint64_t)(byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
		return HTTP1_FAULT_NONE;
	}
	if (c->digits == 0 || (byte != ';' && byte != '\r'))
		return HTTP1_FAULT_CHUNK_SIZE;
	if (c->chunk_left > max - c->total)
		return HTTP1_FAULT_BODY_TOO_LARGE;
	c->state = byte == ';' ? EXTENSION : SIZE_LF;
	return HTTP1_FAULT_NONE;
}

static enum http1_fault on_extension_byte(struct http1_chunked *c, unsigned char byte)
{
	if (byte == '\r')
		c->state = SIZE_LF;
	else if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
		return HTTP1_FAULT_CHUNK_EXTENSION;
	else if (++c->extension_bytes > HTTP1_EXTENSION_BYTES)
		return HTTP1_FAULT_CHUNK_EXTENSIONS;
	return HTTP1_FAULT_NONE;
}

static bool is_name_byte(unsigned char c)
{
	return c > ' ' && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

/* State TRAILER to LAST_LF. */
static enum http1_fault on_trailer_byte(struct http1_chunked *c, unsigned char byte)
{
	if (++c->trailer_bytes > HTTP1_TRAILER_BYTES_MAX)
		return HTTP1_FAULT_TRAILERS_TOO_LARGE;
	switch (c->state) {
	case TRAILER:
		c->state = byte == '\r' ? LAST_LF : TRAILER_NAME;
		return byte == '\r' || is_name_byte(byte) ? HTTP1_FAULT_NONE : HTTP1_FAULT_TRAILER;
	case TRAILER_NAME:
		if (byte == ':')
			c->state = TRAILER_VALUE;
		return byte == ':' || is_name_byte(byte) ? HTTP1_FAULT_NONE : HTTP1_FAULT_TRAILER;
	case TRAILER_VALUE:
		if (byte == '\r')
			c->state = TRAILER_LF;
		else if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return HTTP1_FAULT_TRAILER;
		return HTTP1_FAULT_NONE;
	case TRAILER_LF:
		c->state = TRAILER;
		return byte == '\n' ? HTTP1_FAULT_NONE : HTTP1_FAULT_TRAILER;
	default: c->state = OVER; return byte == '\n' ? HTTP1_FAULT_NONE : HTTP1_FAULT_TRAILER;
	}
}

/* Any byte but data. */
static enum http1_fault on_frame_byte(struct http1_chunked *c, unsigned char byte, uint64_t max)
{
	switch (c->state) {
	case SIZE: return on_size_byte(c, byte, max);
	case EXTENSION: return on_extension_byte(c, byte);
	case SIZE_LF:
		c->state = c->chunk_left ? DATA : TRAILER;
		c->total += c->chunk_left;
		return byte == '\n' ? HTTP1_FAULT_NONE : HTTP1_FAULT_CHUNK_SIZE;
	case DATA_CR:
		c->state = DATA_LF;
		return byte == '\r' ? HTTP1_FAULT_NONE : HTTP1_FAULT_CHUNK_END;
	case DATA_LF:
		c->state = SIZE;
		c->digits = 0;
		return byte == '\n' ? HTTP1_FAULT_NONE : HTTP1_FAULT_CHUNK_END;
	default: return on_trailer_byte(c, byte);
	}
}

static enum http1_verdict take_data(struct http1_chunked *c, struct aip_str *bytes,
                                    struct aip_str *ret)
{
	size_t n = bytes->len < c->chunk_left ? bytes->len : (size_t)c->chunk_left;

	*ret = aip_strn(bytes->at, n);
	*bytes = aip_strn(bytes->at + n, bytes->len - n);
	c->chunk_left -= n;
	if (c->chunk_left == 0)
		c->state = DATA_CR;
	return HTTP1_READY;
}

enum http1_verdict http1_chunked_next(struct http1_chunked *chunked, struct aip_str *bytes,
                                      uint64_t body_bytes_max, struct aip_str *ret)
{
	while (chunked->state != OVER && chunked->state != BROKEN && bytes->len > 0) {
		if (chunked->state == DATA)
			return take_data(chunked, bytes, ret);
		chunked->fault =
			on_frame_byte(chunked, (unsigned char)bytes->at[0], body_bytes_max);
		if (chunked->fault)
			chunked->state = BROKEN;
		else
			*bytes = aip_strn(bytes->at + 1, bytes->len - 1);
	}
	if (chunked->state == BROKEN)
		return HTTP1_REFUSED;
	return chunked->state == OVER ? HTTP1_END : HTTP1_MORE;
}

bool http1_is_whole(struct aip_str bytes, const struct http1_limits *limits,
                    struct aip_header *headers)
{
	struct http1_scan scan = {0};
	struct http1_chunked chunked = {0};
	struct http1_head head;
	struct aip_str rest, data;
	enum http1_verdict verdict;

	if (http1_scan(&scan, bytes, limits) != HTTP1_READY ||
	    http1_parse(&scan, bytes, limits, headers, &head))
		return false;
	rest = aip_strn(bytes.at + scan.end, bytes.len - scan.end);
	if (head.framing != HTTP1_CHUNKED)
		return rest.len >= head.content_length;
	do
		verdict = http1_chunked_next(&chunked, &rest, limits->body_bytes, &data);
	while (verdict == HTTP1_READY);
	return verdict == HTTP1_END;
}
