/* Names and ids that a target accepts, and the way back. */
#include "check.h"

#include <aiproxy/rules.h>

#define LONG40 "abcdefghijklmnopqrstuvwxyzabcdefghijklmn"
#define LONG64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

struct map {
	struct aip_arena *arena;
	struct aip_request *request;
	struct aip_names *names;
};

static struct aip_tool *tool(struct aip_arena *arena, const char *name)
{
	struct aip_tool *made = aip_tool_new(arena, AIP_TOOL_FUNCTION);

	made->name = aip_str(name);
	return made;
}

static struct map map_open(void)
{
	struct map map = {.arena = aip_arena_create()};

	map.request = aip_request_new(map.arena);
	return map;
}

static void add(struct map *map, const char *name)
{
	AIP_APPEND(&map->request->tools, tool(map->arena, name));
}

static void make(struct map *map, const struct aip_name_rule *rule)
{
	map->names = aip_names_make(map->arena, map->request, rule, true);
}

static struct aip_str out(const struct map *map, const char *space, const char *name)
{
	return aip_names_out(map->names, aip_str(space), aip_str(name));
}

/* The name comes back as the client wrote it. */
static void returns(const struct map *map, const char *space, const char *name)
{
	struct aip_str from = AIP_NONE;

	CHECK_STR_EQ(aip_names_in(map->names, out(map, space, name), &from), name);
	CHECK_BYTES_EQ(from, aip_str(space));
}

TEST(legal_names_need_no_map)
{
	struct map map = map_open();

	add(&map, "get_weather");
	add(&map, "x-1");
	make(&map, &aip_names_openai);
	CHECK_PTR_EQ(map.names, NULL);
	CHECK_STR_EQ(out(&map, NULL, "x-1"), "x-1");
	returns(&map, NULL, "x-1");
	aip_arena_destroy(map.arena);
}

TEST(what_a_target_does_not_take_becomes_an_underscore)
{
	static const struct {
		const struct aip_name_rule *rule;
		const char *name, *want;
	} rows[] = {
		{&aip_names_openai, "a.b/c d", "a_b_c_d"},
		{&aip_names_claude, "a.b:c", "a_b_c"},
		{&aip_names_gemini, "a.b:c", "a.b:c"},
		{&aip_names_gemini, "9lives", "_9lives"},
		{&aip_names_gemini, "-x", "_-x"},
		{&aip_names_openai, "9lives", "9lives"},
		{&aip_names_openai, "", "_"},
		{&aip_names_claude,
	         "gr\xc3\xb6\xc3\x9f"
	         "e",
	         "gr____e"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct map map = map_open();
		add(&map, rows[i].name);
		make(&map, rows[i].rule);
		CHECK_STR_EQ(out(&map, NULL, rows[i].name), rows[i].want);
		returns(&map, NULL, rows[i].name);
		aip_arena_destroy(map.arena);
	}
}

TEST(long_names_with_one_beginning_stay_apart)
{
	struct map map = map_open();

	add(&map, LONG64 "-one");
	add(&map, LONG64 "-two");
	make(&map, &aip_names_openai);
	struct aip_str one = out(&map, NULL, LONG64 "-one"), two = out(&map, NULL, LONG64 "-two");
	CHECK_INT_EQ(one.len, 64);
	CHECK_INT_EQ(two.len, 64);
	CHECK(!aip_str_eq(one, two));
	returns(&map, NULL, LONG64 "-one");
	returns(&map, NULL, LONG64 "-two");
	aip_arena_destroy(map.arena);
}

TEST(names_that_would_fall_together_stay_apart_and_the_legal_one_stays)
{
	struct map map = map_open();

	add(&map, "a.b");
	add(&map, "a b");
	add(&map, "a_b");
	make(&map, &aip_names_claude);
	CHECK_STR_EQ(out(&map, NULL, "a_b"), "a_b");
	CHECK(!aip_str_eq(out(&map, NULL, "a.b"), out(&map, NULL, "a b")));
	CHECK(!aip_str_is(out(&map, NULL, "a.b"), "a_b"));
	returns(&map, NULL, "a.b");
	returns(&map, NULL, "a b");
	returns(&map, NULL, "a_b");
	aip_arena_destroy(map.arena);
}

TEST(a_namespace_goes_before_the_name_once)
{
	struct map map = map_open();
	struct aip_tool *box = aip_tool_new(map.arena, AIP_TOOL_NAMESPACE);

	box->name = AIP_LIT("box");
	AIP_APPEND(&box->tools, tool(map.arena, "open"));
	AIP_APPEND(&box->tools, tool(map.arena, "box__shut"));
	AIP_APPEND(&map.request->tools, box);
	add(&map, "open");
	make(&map, &aip_names_openai);
	CHECK_STR_EQ(out(&map, "box", "open"), "box__open");
	CHECK_STR_EQ(out(&map, "box", "box__shut"), "box__shut");
	CHECK_STR_EQ(out(&map, NULL, "open"), "open");
	returns(&map, "box", "open");
	returns(&map, NULL, "open");
	/* a choice knows no namespaces */
	CHECK_STR_EQ(out(&map, NULL, "box__shut"), "box__shut");
	aip_arena_destroy(map.arena);
}

TEST(a_choice_without_its_namespace_finds_the_tool)
{
	struct map map = map_open();
	struct aip_tool *box = aip_tool_new(map.arena, AIP_TOOL_NAMESPACE);

	box->name = AIP_LIT("box");
	AIP_APPEND(&box->tools, tool(map.arena, "open"));
	AIP_APPEND(&map.request->tools, box);
	make(&map, &aip_names_openai);
	CHECK_STR_EQ(out(&map, NULL, "open"), "box__open");
	aip_arena_destroy(map.arena);
}

TEST(calls_of_old_and_choices_are_mapped_too)
{
	struct map map = map_open();
	struct aip_turn *turn = aip_turn_new(map.arena, AIP_ROLE_ASSISTANT);

	turn->parts = aip_part_new(map.arena, AIP_TOOL_CALL);
	turn->parts->call->name = AIP_LIT("old.tool");
	map.request->turns = turn;
	map.request->choice.mode = AIP_CHOICE_NAMED;
	map.request->choice.name = AIP_LIT("chosen.tool");
	map.request->choice.names = aip_name_new(map.arena, AIP_LIT("allowed.tool"));
	make(&map, &aip_names_claude);
	CHECK_STR_EQ(out(&map, NULL, "old.tool"), "old_tool");
	CHECK_STR_EQ(out(&map, NULL, "chosen.tool"), "chosen_tool");
	CHECK_STR_EQ(out(&map, NULL, "allowed.tool"), "allowed_tool");
	aip_arena_destroy(map.arena);
}

TEST(a_name_the_model_made_up_goes_on_as_it_is)
{
	struct map map = map_open();
	struct aip_str space = AIP_NONE;

	add(&map, "a.b");
	make(&map, &aip_names_claude);
	CHECK_STR_EQ(aip_names_in(map.names, AIP_LIT("fancy"), &space), "fancy");
	CHECK_STR_EQ(out(&map, NULL, "fancy"), "fancy");
	CHECK(!space.at);
	aip_arena_destroy(map.arena);
}

/* Where the wire knows namespaces a name is unique within its own. */
TEST(names_beside_namespaces_are_mended_within_theirs)
{
	struct map map = map_open();
	struct aip_str space = AIP_LIT("a");

	add(&map, "get.it");
	for (int i = 0; i < 2; i++) {
		struct aip_tool *group = aip_tool_new(map.arena, AIP_TOOL_NAMESPACE);
		group->name = i ? AIP_LIT("b") : AIP_LIT("a");
		group->tools = tool(map.arena, "get.it");
		group->tools->next = tool(map.arena, "get_it");
		AIP_APPEND(&map.request->tools, group);
	}
	map.names = aip_names_make(map.arena, map.request, &aip_names_responses, false);
	CHECK_STR_EQ(out(&map, NULL, "get.it"), "get_it");
	CHECK_STR_EQ(out(&map, "a", "get_it"), "get_it");
	CHECK(aip_str_starts(out(&map, "a", "get.it"), AIP_LIT("get_it_")));
	CHECK_BYTES_EQ(out(&map, "b", "get.it"), out(&map, "a", "get.it"));
	CHECK_STR_EQ(aip_names_in(map.names, out(&map, "a", "get.it"), &space), "get.it");
	CHECK_STR_EQ(space, "a");
	CHECK_STR_EQ(aip_names_in(map.names, AIP_LIT("get_it"), &space), "get_it");
	space = AIP_NONE;
	CHECK_STR_EQ(aip_names_in(map.names, AIP_LIT("get_it"), &space), "get.it");
	aip_arena_destroy(map.arena);
}

TEST(legal_ids_stay_and_others_become_legal_the_same_way_each_time)
{
	static const struct {
		const struct aip_name_rule *rule;
		const char *id;
		bool stays;
		size_t max;
	} rows[] = {
		{&aip_names_claude, "toolu_01-x", true, 0},
		{&aip_names_claude, "call.1|x", false, 0},
		{&aip_names_claude, "", false, 0},
		{&aip_names_claude, LONG64 LONG64, true, 0},
		{&aip_names_openai, "call_1", true, 40},
		{&aip_names_openai, LONG40, true, 40},
		{&aip_names_openai, LONG40 "x", false, 40},
		{&aip_names_openai, LONG64, false, 40},
		{&aip_names_responses, LONG64, true, 64},
		{&aip_names_responses, LONG64 "x", false, 64},
		{&aip_names_gemini, "anything: at all", true, 0},
	};
	struct aip_arena *arena = aip_arena_create();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_str id = aip_call_id(arena, rows[i].rule, aip_str(rows[i].id));
		CHECK_BYTES_EQ(aip_call_id(arena, rows[i].rule, aip_str(rows[i].id)), id);
		CHECK_BYTES_EQ(aip_call_id(arena, rows[i].rule, id), id);
		CHECK_INT_EQ(aip_str_is(id, rows[i].id), rows[i].stays);
		CHECK(id.len > 0 && (!rows[i].max || id.len <= rows[i].max));
		for (size_t k = 0; k < id.len && !rows[i].stays; k++)
			CHECK(strchr(
				"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-",
				id.at[k]));
	}
	CHECK(!aip_str_eq(aip_call_id(arena, &aip_names_claude, AIP_LIT("a.b")),
	                  aip_call_id(arena, &aip_names_claude, AIP_LIT("a|b"))));
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(legal_names_need_no_map), CASE(what_a_target_does_not_take_becomes_an_underscore),
        CASE(long_names_with_one_beginning_stay_apart),
        CASE(names_that_would_fall_together_stay_apart_and_the_legal_one_stays),
        CASE(a_namespace_goes_before_the_name_once),
        CASE(a_choice_without_its_namespace_finds_the_tool),
        CASE(calls_of_old_and_choices_are_mapped_too),
        CASE(a_name_the_model_made_up_goes_on_as_it_is),
        CASE(names_beside_namespaces_are_mended_within_theirs),
        CASE(legal_ids_stay_and_others_become_legal_the_same_way_each_time))
