/* What the fuzz targets share: a broken promise stops the process, and input is split where the
 * first byte says. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <aiproxy/base.h>

#define PROMISE(what)                                                                      \
	do {                                                                               \
		if (!(what)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #what); \
			abort();                                                           \
		}                                                                          \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct aip_str fuzz_str(const uint8_t *data, size_t size)
{
	return aip_strn((const char *)data, size);
}

/* Takes one byte off the front; 0 when there is none. */
static inline uint8_t fuzz_byte(struct aip_str *input)
{
	if (!input->len)
		return 0;
	const uint8_t byte = (uint8_t)input->at[0];
	input->at++;
	input->len--;
	return byte;
}

/* The first `share` of 255 of some bytes. */
static inline size_t fuzz_cut(struct aip_str input, uint8_t share)
{
	return input.len * share / 255;
}

#endif
