/* Catalogues, and single capabilities by their keys. */
#include "check.h"

#include <aiproxy/rules.h>

static const struct aip_model *read(struct aip_arena *arena, const char *json,
                                    struct aip_error *error)
{
	const struct aip_model *models = NULL;

	return aip_models_read(arena, aip_str(json), &models, error) ? NULL : models;
}

TEST(a_catalogue_tells_names_and_capabilities)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_error error = {0};
	const struct aip_model *m =
		read(arena,
	             "{\"models\":[{\"id\":\"a\",\"created\":7,\"owned_by\":\"x\",\"context\":100,"
	             "\"levels\":\"low high\",\"top_k\":false,\"temperature\":\"none\"},"
	             "{\"id\":\"b\",\"levels\":[\"max\",\"low\"]}]}",
	             &error);

	CHECK_STR_EQ(m->id, "a");
	CHECK_INT_EQ(m->created_s, 7);
	CHECK_INT_EQ(m->caps.context, 100);
	CHECK_INT_EQ(m->caps.top_k, AIP_NO);
	CHECK_INT_EQ(m->caps.top_p, AIP_UNSET);
	CHECK_STR_EQ(aip_str(m->caps.temperature), "none");
	CHECK(aip_caps_has(m->caps.levels, "high") && !aip_caps_has(m->caps.levels, "max"));
	CHECK_STR_EQ(aip_str(m->next->caps.levels), "max low");
	CHECK(!m->next->next);
	aip_arena_destroy(arena);
}

TEST(what_a_catalogue_gets_wrong_is_named_by_its_path)
{
	static const struct {
		const char *json, *says;
	} rows[] = {
		{"{\"models\":[{\"id\":\"a\",\"contxt\":1}]}",
	         "models[0].contxt: is no capability"},
		{"{\"models\":[{\"id\":\"a\",\"context\":\"1\"}]}",
	         "models[0].context: must be a whole number, 0 or more"},
		{"{\"models\":[{\"id\":\"a\",\"top_k\":1}]}",
	         "models[0].top_k: must be true or false"},
		{"{\"models\":[{\"id\":\"a\",\"levels\":\"low hihg\"}]}",
	         "models[0].levels: must be a list of these: " AIP_CAPS_LEVELS},
		{"{\"models\":[{\"id\":\"a\",\"temperature\":\"free none\"}]}",
	         "models[0].temperature: must be one of: free fixed none"},
		{"{\"models\":[{\"context\":1}]}", "models[0]: a model needs an id"},
		{"{}", "needs models, an array"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_arena *arena = aip_arena_create();
		struct aip_error error = {0};
		CHECK_PTR_EQ(read(arena, rows[i].json, &error), NULL);
		CHECK_STR_EQ(aip_str(error.message), rows[i].says);
		aip_arena_destroy(arena);
	}
}

TEST(every_key_can_be_set_and_stands_once)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_caps caps = {0};

	for (size_t i = 0; aip_caps_key(i); i++) {
		static const char *const values[] = {
			"3",           "true",     "\"low\"",   "\"x\"",          "\"budget\"",
			"\"omitted\"", "\"ok\"",   "\"model\"", "\"none\"",       "\"required\"",
			"\"system\"",  "\"user\"", "\"null\"",  "\"max_tokens\"", "\"reasoning\""};
		enum aip_status s = AIP_BAD_REQUEST;
		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]) && s; k++)
			s = aip_caps_set(arena, &caps, aip_str(aip_caps_key(i)), aip_str(values[k]),
			                 NULL);
		CHECK_INT_EQ(s, AIP_OK);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(aip_caps_key(i), aip_caps_key(k)) != 0);
	}
	CHECK_INT_EQ(caps.stop_max, 3);
	CHECK_INT_EQ(caps.fc_id, AIP_YES);
	CHECK_INT_EQ(aip_caps_set(arena, &caps, AIP_LIT("nope"), AIP_LIT("1"), NULL),
	             AIP_NOT_FOUND);
	aip_arena_destroy(arena);
}

TEST(a_word_is_held_whole)
{
	CHECK(aip_caps_has("low high", "low") && aip_caps_has("low high", "high"));
	CHECK(!aip_caps_has("xhigh", "high") && !aip_caps_has("highest", "high"));
	CHECK(aip_caps_has("xhigh high", "high"));
	CHECK(!aip_caps_has(NULL, "low") && !aip_caps_has("", "low"));
}

RUN_ALL(CASE(a_catalogue_tells_names_and_capabilities),
        CASE(what_a_catalogue_gets_wrong_is_named_by_its_path),
        CASE(every_key_can_be_set_and_stands_once), CASE(a_word_is_held_whole))
