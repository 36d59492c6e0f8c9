/* Server-sent events: the same frames come out however the bytes were split. */
#include "fuzz.h"

#include <aiproxy/sse.h>

#define FRAME_MAX (1 << 20)

static void note(struct aip_buf *into, const struct aip_sse_frame *frame)
{
	(void)aip_buf_add(into, frame->event);
	(void)aip_buf_add_byte(into, '\1');
	(void)aip_buf_add(into, frame->data);
	(void)aip_buf_add_byte(into, '\2');
}

/* All frames of a stream that arrives in two pieces, one after the other in `into`. */
static void read_split(struct aip_str bytes, size_t cut, struct aip_buf *into)
{
	struct aip_sse sse;
	struct aip_sse_frame frame;
	struct aip_str pieces[] = {aip_strn(bytes.at, cut),
	                           aip_strn(bytes.at + cut, bytes.len - cut)};

	aip_sse_init(&sse, FRAME_MAX);
	for (size_t i = 0; i < 2; i++)
		while (aip_sse_next(&sse, &pieces[i], &frame) == AIP_OK && frame.data.at)
			note(into, &frame);
	if (aip_sse_finish(&sse, &frame) == AIP_OK && frame.data.at)
		note(into, &frame);
	aip_sse_fini(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aip_str bytes = fuzz_str(data, size);
	const uint8_t share = fuzz_byte(&bytes);
	struct aip_buf whole, split;

	aip_buf_init(&whole, 4 * FRAME_MAX);
	aip_buf_init(&split, 4 * FRAME_MAX);
	read_split(bytes, bytes.len, &whole);
	read_split(bytes, fuzz_cut(bytes, share), &split);
	PROMISE(aip_str_eq(aip_buf_str(&whole), aip_buf_str(&split)));
	aip_buf_fini(&whole);
	aip_buf_fini(&split);
	return 0;
}
