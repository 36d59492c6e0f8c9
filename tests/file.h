/* A file's bytes, for what reads the tests' data. */
#ifndef TESTS_FILE_H
#define TESTS_FILE_H

#include <stdio.h>

#include <aiproxy/base.h>

/* AIP_NONE when there is no such file. */
static inline struct aip_str file_read(struct aip_arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct aip_buf all;
	char piece[65536];
	size_t n;

	if (!file)
		return AIP_NONE;
	aip_buf_init(&all, SIZE_MAX);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		(void)aip_buf_add(&all, aip_strn(piece, n));
	fclose(file);
	struct aip_str bytes = aip_arena_dup(arena, aip_buf_str(&all));
	aip_buf_fini(&all);
	return bytes;
}

#endif
