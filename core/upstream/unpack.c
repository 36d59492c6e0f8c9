/* Encoded bodies: what remains of their heads, and, of gzip and deflate, the undoing. */
#include <stdlib.h>

#include <zlib.h>

#include "http1/http1.h"
#include "upstream/inside.h"

#define PIECE_BYTES 16384

struct unpack {
	z_stream z;
	bool over;
};

size_t unpacked_headers(struct aip_header *headers, size_t n)
{
	size_t kept = 0;

	if (!http1_header(headers, n, "content-encoding").at)
		return n;
	for (size_t i = 0; i < n; i++)
		if (!aip_str_eq_nocase(headers[i].name, AIP_LIT("content-encoding")) &&
		    !aip_str_eq_nocase(headers[i].name, AIP_LIT("content-length")))
			headers[kept++] = headers[i];
	return kept;
}

struct unpack *unpack_create(struct aip_str encoding)
{
	struct unpack *unpack;
	bool known = aip_str_eq_nocase(encoding, AIP_LIT("gzip")) ||
	             aip_str_eq_nocase(encoding, AIP_LIT("x-gzip")) ||
	             aip_str_eq_nocase(encoding, AIP_LIT("deflate"));

	if (!known)
		return NULL;
	unpack = calloc(1, sizeof(*unpack));
	aip_assert(unpack);
	/* 32: a gzip or a zlib head, whichever there is. */
	aip_assert(inflateInit2(&unpack->z, MAX_WBITS + 32) == Z_OK);
	return unpack;
}

void unpack_destroy(struct unpack *unpack)
{
	if (!unpack)
		return;
	inflateEnd(&unpack->z);
	free(unpack);
}

bool unpack_more(struct unpack *unpack, struct aip_str packed, struct aip_buf *out)
{
	z_stream *z = &unpack->z;
	char piece[PIECE_BYTES];

	z->next_in = (Bytef *)(uintptr_t)packed.at;
	z->avail_in = (uInt)packed.len;
	do {
		z->next_out = (Bytef *)piece;
		z->avail_out = sizeof(piece);
		int how = unpack->over ? Z_DATA_ERROR : inflate(z, Z_SYNC_FLUSH);
		if (how != Z_OK && how != Z_STREAM_END && how != Z_BUF_ERROR)
			return false;
		unpack->over = how == Z_STREAM_END;
		if (aip_buf_add(out, aip_strn(piece, sizeof(piece) - z->avail_out)))
			return false;
	} while (z->avail_in > 0 || (z->avail_out == 0 && !unpack->over));
	return true;
}

bool unpack_is_whole(const struct unpack *unpack)
{
	return unpack->over;
}
