/* An upstream's answer as its bytes come in: server-sent events, or JSON where a stream was asked for. */
#include "codecs.h"

#define FRAME_MAX (64u << 20) /* of one event; of the JSON */

void codec_intake_init(struct codec_intake *in)
{
	aip_sse_init(&in->sse, FRAME_MAX);
	aip_buf_init(&in->json, FRAME_MAX);
}

void codec_intake_fini(struct codec_intake *in)
{
	aip_sse_fini(&in->sse);
	aip_buf_fini(&in->json);
}

/* The first byte that is no blank tells; no line of a stream begins so. */
static void know_kind(struct codec_intake *in, struct aip_str bytes)
{
	bytes = aip_str_trim(bytes);
	if (in->kind_is_known || !bytes.len)
		return;
	in->kind_is_known = true;
	in->is_json = *bytes.at == '{' || *bytes.at == '[';
}

static enum aip_status too_large(const char *what, struct aip_error *reterr)
{
	return aip_fail(reterr, AIP_UPSTREAM_BROKEN, "%s is too large", what);
}

static enum aip_status give(struct codec_taker taker, const struct aip_sse_frame *frame)
{
	return frame->data.len ? taker.take(taker.decoder, frame) : AIP_OK;
}

enum aip_status codec_intake_feed(struct codec_intake *in, struct aip_str bytes,
                                  struct codec_taker taker, struct aip_error *reterr)
{
	struct aip_sse_frame frame;
	enum aip_status s;

	know_kind(in, bytes);
	if (in->is_json)
		return aip_buf_add(&in->json, bytes) ? too_large("the answer", reterr) : AIP_OK;
	while (!(s = aip_sse_next(&in->sse, &bytes, &frame)) && frame.data.at) {
		s = give(taker, &frame);
		if (s)
			return s;
	}
	return s ? too_large("an event of the answer", reterr) : AIP_OK;
}

enum aip_status codec_intake_last(struct codec_intake *in, struct codec_taker taker,
                                  struct aip_error *reterr)
{
	struct aip_sse_frame frame;

	if (aip_sse_finish(&in->sse, &frame))
		return too_large("an event of the answer", reterr);
	return give(taker, &frame);
}
