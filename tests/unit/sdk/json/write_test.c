/* JSON written: commas, escapes, ceilings, and what is written can be read again. */
#include "check.h"

#include <aiproxy/json.h>

static struct aip_buf buf;

static int setup(void **state)
{
	aip_buf_init(&buf, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	aip_buf_fini(&buf);
	return 0;
}

static struct aip_str written(struct aip_str text)
{
	struct aip_json_out out = aip_json_to(&buf);

	aip_buf_clear(&buf);
	aip_json_put_str(&out, text);
	return aip_buf_str(&buf);
}

TEST(commas_stand_between_values_only)
{
	struct aip_json_out out = aip_json_to(&buf);

	aip_buf_clear(&buf);
	aip_json_open(&out, '{');
	aip_json_str(&out, "a", aip_str("x"));
	aip_json_str_some(&out, "absent", AIP_NONE);
	aip_json_str_some(&out, "empty", aip_str(""));
	aip_json_raw_some(&out, "absent", AIP_NONE);
	aip_json_raw_some(&out, "raw", aip_str("1.50"));
	aip_json_key(&out, "list");
	aip_json_open(&out, '[');
	aip_json_open(&out, '[');
	aip_json_close(&out, ']');
	aip_json_put_int(&out, 1);
	aip_json_put_bool(&out, true);
	aip_json_put_null(&out);
	aip_json_put_raw(&out, AIP_NONE);
	aip_json_open(&out, '{');
	aip_json_close(&out, '}');
	aip_json_close(&out, ']');
	aip_json_int_kv(&out, "i", -7);
	aip_json_bool_kv(&out, "b", false);
	aip_json_null_kv(&out, "n");
	aip_json_str(&out, "none", AIP_NONE);
	aip_json_close(&out, '}');
	CHECK_STR_EQ(aip_buf_str(&buf),
	             "{\"a\":\"x\",\"empty\":\"\",\"raw\":1.50,\"list\":[[],1,true,null,null,{}],"
	             "\"i\":-7,\"b\":false,\"n\":null,\"none\":\"\"}");
}

TEST(integers_reach_both_ends)
{
	struct aip_json_out out = aip_json_to(&buf);

	aip_buf_clear(&buf);
	aip_json_open(&out, '[');
	aip_json_put_int(&out, INT64_MIN);
	aip_json_put_int(&out, 0);
	aip_json_put_int(&out, INT64_MAX);
	aip_json_close(&out, ']');
	CHECK_STR_EQ(aip_buf_str(&buf), "[-9223372036854775808,0,9223372036854775807]");
}

TEST(only_what_must_be_is_escaped)
{
	CHECK_STR_EQ(written(aip_str("a\"\\/\b\f\n\r\t\x01\x1f\x7f")),
	             "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	CHECK_STR_EQ(written(aip_strn("a\0b", 3)), "\"a\\u0000b\"");
	CHECK_STR_EQ(written(aip_str("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xa8")),
	             "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xa8\"");
}

TEST(half_surrogates_become_escapes_again)
{
	CHECK_STR_EQ(written(aip_str("\xed\xa0\xbdx")), "\"\\ud83dx\"");
	/* halves that met, as when deltas are joined, are a pair for the next reader */
	CHECK_STR_EQ(written(aip_str("\xed\xa0\xbd\xed\xb8\x80")), "\"\\ud83d\\ude00\"");
}

TEST(bytes_that_are_no_text_are_replaced)
{
	CHECK_STR_EQ(written(aip_str("a\xff"
	                             "b")),
	             "\"a\xef\xbf\xbd"
	             "b\"");
	CHECK_STR_EQ(written(aip_str("\xe2\x82")), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	CHECK_STR_EQ(written(aip_str("\xed\xa0")), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(a_full_buffer_refuses_and_stays_refused)
{
	for (size_t ceiling = 1; ceiling < 25; ceiling++) {
		struct aip_buf small;
		aip_buf_init(&small, ceiling);
		struct aip_json_out out = aip_json_to(&small);
		aip_json_open(&out, '{');
		aip_json_str(&out, "key", aip_str("val\n\x01"));
		aip_json_close(&out, '}');
		CHECK_INT_EQ(small.status, ceiling < 21 ? AIP_TOO_LARGE : AIP_OK);
		CHECK(small.len <= ceiling);
		aip_buf_fini(&small);
	}
}

/* ---- There and back ----------------------------------------------------------------------- */

static uint64_t seed;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void add(const char *text)
{
	assert_int_equal(aip_buf_add(&buf, aip_str(text)), AIP_OK);
}

static void random_blank(void)
{
	static const char *const blanks[] = {"", "", "", "", " ", "\n", "\t ", "\r\n    "};

	add(blanks[rnd(8)]);
}

static void random_string(void)
{
	static const char *const parts[] = {"a",
	                                    "word ",
	                                    "\\n",
	                                    "\\\"",
	                                    "\\u0000",
	                                    "\\u00e4",
	                                    "\\ud83d\\ude00",
	                                    "\\ud800",
	                                    "\\udc00x",
	                                    "\xc3\xa4",
	                                    "\xe2\x82\xac",
	                                    "\xf0\x9f\x98\x80",
	                                    "a rather long run of plain text; ",
	                                    "\\/",
	                                    "\\\\",
	                                    "\x7f"};

	add("\"");
	for (uint32_t n = rnd(8); n; n--)
		add(parts[rnd(16)]);
	add("\"");
}

static void random_value(int depth)
{
	static const char *const scalars[] = {
		"null", "true", "false", "0", "-0.0", "12.50E+07", "123456789012345678901234567890",
		"\"\""};
	uint32_t what = rnd(depth > 0 ? 5 : 2);

	random_blank();
	if (what == 0) {
		add(scalars[rnd(8)]);
	} else if (what < 3) {
		random_string();
	} else {
		add(what == 3 ? "[" : "{");
		random_blank();
		for (uint32_t n = rnd(5), i = 0; i < n; i++) {
			add(i ? "," : "");
			if (what == 4) {
				random_blank();
				random_string();
				random_blank();
				add(":");
			}
			random_value(depth - 1);
		}
		add(what == 3 ? "]" : "}");
	}
	random_blank();
}

static void write_node(struct aip_json_out *out, const struct aip_json *v)
{
	if (v->key.at)
		aip_json_key_str(out, v->key);
	if (v->kind == AIP_JSON_STRING) {
		aip_json_put_str(out, v->text);
	} else if (v->kind < AIP_JSON_ARRAY) {
		aip_json_put_tree(out, v);
	} else {
		aip_json_open(out, v->kind == AIP_JSON_ARRAY ? '[' : '{');
		AIP_JSON_EACH (child, v)
			write_node(out, child);
		aip_json_close(out, v->kind == AIP_JSON_ARRAY ? ']' : '}');
	}
}

static void same(const struct aip_json *a, const struct aip_json *b)
{
	const struct aip_json *bc = b->child;

	CHECK_INT_EQ(a->kind, b->kind);
	CHECK_INT_EQ(a->count, b->count);
	CHECK_BYTES_EQ(a->key, b->key);
	CHECK_INT_EQ(a->key.at != NULL, b->key.at != NULL);
	CHECK_BYTES_EQ(a->text, b->text);
	AIP_JSON_EACH (ac, a) {
		CHECK(bc != NULL);
		same(ac, bc);
		bc = bc->next;
	}
	CHECK(bc == NULL);
}

TEST(random_documents_survive_the_way_there_and_back)
{
	for (int round = 0; round < 2000; round++) {
		struct aip_arena *arena = aip_arena_create();
		struct aip_json *first, *second, *third;
		struct aip_error err;

		seed = (uint64_t)round + 1;
		aip_buf_clear(&buf);
		random_value(5);
		struct aip_str source = aip_arena_dup(arena, aip_buf_str(&buf));
		if (aip_json_parse(arena, source, &first, &err))
			fail_msg("round %d: %s in %s", round, err.message, source.at);

		struct aip_json_out out = aip_json_to(&buf);
		aip_buf_clear(&buf);
		write_node(&out, first);
		struct aip_str again = aip_arena_dup(arena, aip_buf_str(&buf));
		if (aip_json_parse(arena, again, &second, &err))
			fail_msg("round %d: %s in %s", round, err.message, again.at);
		same(first, second);
		CHECK_INT_EQ(aip_json_parse(arena, first->raw, &third, &err), AIP_OK);
		same(first, third);
		aip_arena_destroy(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(commas_stand_between_values_only),
		CASE(integers_reach_both_ends),
		CASE(only_what_must_be_is_escaped),
		CASE(half_surrogates_become_escapes_again),
		CASE(bytes_that_are_no_text_are_replaced),
		CASE(a_full_buffer_refuses_and_stays_refused),
		CASE(random_documents_survive_the_way_there_and_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
