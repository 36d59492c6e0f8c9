/* Request framing: however a request is split, it is read alike, and never beyond its end. */
#include "fuzz.h"

#include "http1/http1.h"

#define N_HEADERS 100

static const struct http1_limits limits = {
	.head_bytes = 16 * 1024, .n_headers = N_HEADERS, .body_bytes = 1 << 20};

/* Scans with the bytes arriving in two pieces. */
static enum http1_verdict scan_split(struct http1_scan *scan, struct aip_str bytes, size_t cut)
{
	enum http1_verdict verdict = http1_scan(scan, aip_strn(bytes.at, cut), &limits);
	if (verdict == HTTP1_MORE)
		verdict = http1_scan(scan, bytes, &limits);
	return verdict;
}

/* Reads a chunked body in two pieces; the data goes to a running sum. */
static enum http1_verdict chunks(struct aip_str body, size_t cut, uint64_t *ret_sum,
                                 uint64_t *ret_len)
{
	struct http1_chunked chunked = {0};
	enum http1_verdict verdict = HTTP1_MORE;
	const struct aip_str pieces[] = {aip_strn(body.at, cut),
	                                 aip_strn(body.at + cut, body.len - cut)};

	for (size_t i = 0; i < 2 && verdict == HTTP1_MORE; i++) {
		struct aip_str piece = pieces[i], data;
		while ((verdict = http1_chunked_next(&chunked, &piece, limits.body_bytes, &data)) ==
		       HTTP1_READY) {
			PROMISE(data.len && data.at >= body.at &&
			        data.at + data.len <= body.at + body.len);
			for (size_t j = 0; j < data.len; j++)
				*ret_sum = *ret_sum * 31 + (uint8_t)data.at[j];
			*ret_len += data.len;
		}
	}
	PROMISE(*ret_len <= limits.body_bytes);
	return verdict;
}

static void check_chunks(struct aip_str body, size_t cut)
{
	uint64_t sum[2] = {0}, len[2] = {0};
	const enum http1_verdict whole = chunks(body, 0, &sum[0], &len[0]);
	const enum http1_verdict split = chunks(body, cut, &sum[1], &len[1]);

	PROMISE(whole == split);
	PROMISE(whole == HTTP1_REFUSED || (sum[0] == sum[1] && len[0] == len[1]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aip_str bytes = fuzz_str(data, size);
	const uint8_t share = fuzz_byte(&bytes);
	const size_t cut = fuzz_cut(bytes, share);
	struct http1_scan whole = {0}, split = {0};
	const enum http1_verdict verdict = http1_scan(&whole, bytes, &limits);

	PROMISE(scan_split(&split, bytes, cut) == verdict);
	if (verdict != HTTP1_READY)
		return 0;
	PROMISE(whole.end == split.end && whole.lines == split.lines && whole.end <= bytes.len);

	struct aip_header headers[N_HEADERS];
	struct http1_head head;
	if (http1_parse(&whole, bytes, &limits, headers, &head) != HTTP1_FAULT_NONE)
		return 0;
	PROMISE(head.n_headers <= N_HEADERS);
	const struct aip_str rest = aip_strn(bytes.at + whole.end, bytes.len - whole.end);
	if (head.framing == HTTP1_CHUNKED)
		check_chunks(rest, fuzz_cut(rest, share));
	return 0;
}
