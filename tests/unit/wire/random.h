/* The dice that random conversations are thrown with, and the words they are made of: what has gone
 * wrong somewhere before. Equal seeds give equal conversations. */
#ifndef TESTS_UNIT_WIRE_RANDOM_H
#define TESTS_UNIT_WIRE_RANDOM_H

#include <aiproxy/rules.h>

struct dice {
	struct aip_arena *arena;
	uint64_t state;
};

static inline uint32_t roll(struct dice *dice, uint32_t sides)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 33) % sides;
}

#define PICK(dice, list) ((list)[roll((dice), sizeof(list) / sizeof((list)[0]))])

/* Once in so many throws. */
static inline bool seldom(struct dice *dice, uint32_t times)
{
	return roll(dice, times) == 0;
}

/* ---- Words ---------------------------------------------------------------------------------- */

/* Texts may hold any byte, so they are joined by length. */
static inline struct aip_str joined(struct aip_arena *arena, struct aip_str a, struct aip_str b)
{
	char *at = aip_arena_bytes(arena, a.len + b.len);

	if (a.len)
		memcpy(at, a.at, a.len);
	if (b.len)
		memcpy(at + a.len, b.at, b.len);
	return aip_strn(at, a.len + b.len);
}

static inline struct aip_str random_words(struct dice *dice)
{
	static const struct aip_str words[] = {
		AIP_LIT("Hello"),
		AIP_LIT(" "),
		AIP_LIT("\n"),
		AIP_LIT("  lead"),
		AIP_LIT("trail  "),
		AIP_LIT("caf\u00e9"),
		AIP_LIT("\U0001F600"),
		AIP_LIT("\u2028\u2029"),
		AIP_LIT("<b>&amp;"),
		AIP_LIT("\"quoted\""),
		AIP_LIT("back\\slash"),
		AIP_LIT("data: [DONE]"),
		AIP_LIT("\n\ndata:"),
		AIP_LIT("\r\n"),
		AIP_LIT("{\"model\":\"x\"}"),
		AIP_LIT("\x01\x1f\x7f"),
		AIP_LIT("</script>"),
		AIP_LIT("\\u0041"),
		AIP_LIT("event: error\n"),
		AIP_LIT("0"),
		AIP_LIT("nul\0nul"),
		AIP_LIT("\xed\xa0\xbdx"), /* half a pair */
		AIP_LIT("\xed\xb8\x80"),
		AIP_LIT("\ufeff\u200d\U0010FFFF"),
		AIP_LIT("\xc2\x85\u00a0"),
	};
	struct aip_str all = AIP_LIT("");

	for (uint32_t n = 1 + roll(dice, 3); n; n--)
		all = joined(dice->arena, all, PICK(dice, words));
	for (uint32_t n = seldom(dice, 60) ? 9 : 0; n; n--)
		all = joined(dice->arena, all, all);
	return all;
}

static inline struct aip_str random_args(struct dice *dice)
{
	static const char *const members[] = {
		"\"a\": 9007199254740993",
		"\"b\" :1e400",
		"\"$ref\":\"#/x\"",
		"\"format\":null,\"title\":\"t\"",
		"\"u\":\"\\u00e9 \\/ \\ud83d\\ude00\"",
		"\"n\":{ \"model\" : [1.0,-0,true] }",
		"\"<k>\":\"a\\nb & c\"",
		"\"z\":[ ]",
		"\"big\":-123456789012345678901234567890",
		"\"e\":[1E+2,0.1e-7,1e-400,-0.0,100000000000000000000.5]",
		"\"nul\":\"\\u0000\",\"half\":\"\\ud800\"",
		"\"a\":1,\"\\u0061\":2",
		"\"\":\"\"",
		"\"type\":\"object\",\"input\":{\"input\":\"x\"}",
		"\"deep\":[[[[[[[[[[[[{\"a\":[[[[[[]]]]]]}]]]]]]]]]]]]",
	};
	struct aip_str all = AIP_LIT("");
	const uint32_t n = roll(dice, 4);

	for (uint32_t i = 0; i < n; i++)
		all = aip_arena_printf(dice->arena, "%.*s%s%s", AIP_FMT(all), i ? ", " : "",
		                       PICK(dice, members));
	return aip_arena_printf(dice->arena, "{%.*s}", AIP_FMT(all));
}

static inline struct aip_opaque *random_opaque(struct dice *dice, enum aip_part_kind part)
{
	static const struct {
		enum aip_vendor vendor;
		enum aip_opaque_kind kind;
	} rows[] = {
		{AIP_VENDOR_ANTHROPIC, AIP_OPAQUE_SIGNATURE},
		{AIP_VENDOR_OPENAI, AIP_OPAQUE_ENCRYPTED},
		{AIP_VENDOR_GOOGLE, AIP_OPAQUE_THOUGHT_SIGNATURE},
	};
	struct aip_opaque *opaque = aip_opaque_new(dice->arena);
	const uint32_t row = part == AIP_TOOL_CALL ? 2 : roll(dice, 3);

	opaque->vendor = rows[row].vendor;
	opaque->kind = rows[row].kind;
	opaque->part = part;
	opaque->data = aip_base64(dice->arena, random_words(dice));
	if (opaque->vendor == AIP_VENDOR_OPENAI)
		opaque->item_id = AIP_LIT("rs_0123456789");
	return opaque;
}

#endif
