/* Heads of answers: however one is split its end is the same, and what is read lies within it. */
#include "fuzz.h"

#include <stdlib.h>

#include "http1/answer.h"

#define N_HEADERS 50

static size_t end_of(struct aip_str bytes, size_t cut)
{
	uint8_t state = 0;
	const size_t end = http1_answer_scan(&state, aip_strn(bytes.at, cut));

	if (end)
		return end;
	const size_t more = http1_answer_scan(&state, aip_strn(bytes.at + cut, bytes.len - cut));
	return more ? cut + more : 0;
}

static void check_within(struct aip_str span, const char *head, size_t len)
{
	PROMISE(span.at >= head && span.at + span.len <= head + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aip_str bytes = fuzz_str(data, size);
	const uint8_t share = fuzz_byte(&bytes);
	const size_t end = end_of(bytes, bytes.len);

	PROMISE(end_of(bytes, fuzz_cut(bytes, share)) == end);
	PROMISE(end <= bytes.len);
	if (end == 0)
		return 0;

	char *head = malloc(end);
	struct aip_header headers[N_HEADERS];
	struct http1_answer answer;
	PROMISE(head);
	memcpy(head, bytes.at, end);
	if (http1_answer_parse(head, end, headers, N_HEADERS, share & 1, &answer) ==
	    HTTP1_ANSWER_GOOD) {
		PROMISE(answer.http >= 100 && answer.http <= 999);
		PROMISE(answer.n_headers <= N_HEADERS);
		for (size_t i = 0; i < answer.n_headers; i++) {
			check_within(answer.headers[i].name, head, end);
			check_within(answer.headers[i].value, head, end);
		}
	}
	free(head);
	return 0;
}
