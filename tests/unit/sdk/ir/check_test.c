/* What a canonical request promises: each promise broken once. */
#include "history.h"

static void holds(const char *line)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_error error = {0};
	struct aip_request *request = history_read(arena, line);
	struct aip_turn *last = request->turns;

	while (last && last->next)
		last = last->next;
	if (last)
		last->prefill = last->role == AIP_ROLE_ASSISTANT;
	if (aip_request_check(request, &error))
		fail_msg("%s: %s", line, error.message);
	aip_arena_destroy(arena);
}

static void breaks(const char *line, const char *why)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_error error = {0};

	CHECK_INT_EQ(aip_request_check(history_read(arena, line), &error), AIP_GUEST_BROKEN);
	if (!strstr(error.message, why))
		fail_msg("%s: %s", line, error.message);
	aip_arena_destroy(arena);
}

TEST(canonical_histories_pass)
{
	static const char *const lines[] = {
		"u hi",
		"u hi | a yes | u go",
		"u hi | s rule | u go",
		"u # | a ~hm, !f c1 | t =c1 ok | u go",
		"a !f c1, !g c2 | t =c2 x, =c1 y",
		"u hi | a !f c1",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		holds(lines[i]);
}

TEST(each_broken_promise_is_named)
{
	static const char *const rows[][2] = {
		{"u", "a turn is empty"},
		{"s rule | u hi", "a leading system turn was not hoisted"},
		{"t =c1 x", "each result has its call"},
		{"u hi | t =c1 x", "each result has its call"},
		{"u !f c1", "does not say such"},
		{"u ~hm", "does not say such"},
		{"u =c1 x", "does not say such"},
		{"u hi | a yes | t text", "does not say such"},
		{"u hi | s #", "does not say such"},
		{"u hi | a !f", "a name and an id"},
		{"u hi | a !f c1, !g c1 | t =c1 x", "ids of their own"},
		{"u hi | a !f c1 | u go", "one result, right behind"},
		{"u hi | a !f c1 | t =c1 x, =c1 y", "one result, right behind"},
		{"u hi | a !f c1 | t =c1 x, =c2 y", "each result has its call"},
		{"u hi | a yes", "to be continued"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		breaks(rows[i][0], rows[i][1]);
}

TEST(parts_have_what_their_kind_needs)
{
	static const enum aip_part_kind kinds[] = {AIP_IMAGE, AIP_DOCUMENT, AIP_AUDIO, AIP_VIDEO,
	                                           AIP_SEARCH_RESULT};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct aip_arena *arena = aip_arena_create();
		struct aip_request *request = history_read(arena, "u x");
		struct aip_part *part = aip_part_new(arena, kinds[i]);
		request->turns->parts = part;
		CHECK_INT_EQ(aip_request_check(request, NULL), AIP_OK);
		part->media = NULL;
		part->found = NULL;
		CHECK_INT_EQ(aip_request_check(request, NULL), AIP_GUEST_BROKEN);
		aip_arena_destroy(arena);
	}
}

TEST(the_system_speaks_in_text)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *request = history_read(arena, "u x");

	request->system = aip_part_new(arena, AIP_IMAGE);
	CHECK_INT_EQ(aip_request_check(request, NULL), AIP_GUEST_BROKEN);
	aip_arena_destroy(arena);
}

RUN_ALL(CASE(canonical_histories_pass), CASE(each_broken_promise_is_named),
        CASE(parts_have_what_their_kind_needs), CASE(the_system_speaks_in_text))
