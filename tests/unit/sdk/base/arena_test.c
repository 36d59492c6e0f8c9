/* Arenas: zeroed, aligned, freed as a whole. */
#include "check.h"

#include <signal.h>
#include <stdalign.h>
#include <sys/wait.h>
#include <unistd.h>

struct trace {
	char order[8];
	size_t n;
};

struct step {
	struct trace *trace;
	char name;
};

static void note_end(void *arg)
{
	struct step *step = arg;

	step->trace->order[step->trace->n++] = step->name;
}

static bool is_zero(const char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (at[i])
			return false;
	}
	return true;
}

TEST(memory_is_zeroed_and_aligned_also_after_a_reset)
{
	struct aip_arena *arena = aip_arena_create();

	for (int round = 0; round < 3; round++) {
		for (size_t bytes = 0; bytes < 3000; bytes += 7) {
			char *at = aip_arena_alloc(arena, bytes);
			CHECK_INT_EQ((uintptr_t)at % alignof(max_align_t), 0);
			CHECK(is_zero(at, bytes));
			memset(at, 0xee, bytes);
			memset(aip_arena_bytes(arena, 3), 0xee, 3);
		}
		aip_arena_reset(arena);
	}
	aip_arena_destroy(arena);
}

TEST(allocations_do_not_overlap)
{
	enum { N = 500 };
	struct aip_arena *arena = aip_arena_create();
	char *at[N];
	size_t bytes[N];

	for (size_t i = 0; i < N; i++) {
		bytes[i] = (i * 7919) % 613 + (i % 97 == 0) * 100000;
		at[i] = i % 2 ? aip_arena_alloc(arena, bytes[i]) : aip_arena_bytes(arena, bytes[i]);
		memset(at[i], (int)(i % 251), bytes[i]);
	}
	for (size_t i = 0; i < N; i++) {
		for (size_t k = 0; k < bytes[i]; k++)
			assert_int_equal((unsigned char)at[i][k], i % 251);
	}
	aip_arena_destroy(arena);
}

TEST(nothing_asked_for_gives_a_pointer_of_its_own)
{
	struct aip_arena *arena = aip_arena_create();

	CHECK(aip_arena_alloc(arena, 0) != aip_arena_alloc(arena, 0));
	aip_arena_destroy(arena);
	aip_arena_destroy(NULL);
}

TEST(reset_gives_back_all_but_the_first_block)
{
	struct aip_arena *arena = aip_arena_create();
	size_t first = aip_arena_held(arena);

	CHECK(first <= 5120);
	aip_arena_alloc(arena, 1 << 20);
	CHECK(aip_arena_held(arena) >= first + (1 << 20));
	/* a large piece does not end the block being filled */
	size_t held = aip_arena_held(arena);
	aip_arena_alloc(arena, 64);
	CHECK_INT_EQ(aip_arena_held(arena), held);
	aip_arena_reset(arena);
	CHECK_INT_EQ(aip_arena_held(arena), first);
	aip_arena_destroy(arena);
}

TEST(ends_run_last_first_and_once)
{
	struct aip_arena *arena = aip_arena_create();
	struct trace trace = {{0}, 0};
	struct step a = {&trace, 'a'}, b = {&trace, 'b'}, c = {&trace, 'c'};

	aip_arena_at_end(arena, note_end, &a);
	aip_arena_at_end(arena, note_end, &b);
	aip_arena_reset(arena);
	CHECK_STR_EQ(aip_str(trace.order), "ba");
	aip_arena_at_end(arena, note_end, &c);
	aip_arena_destroy(arena);
	CHECK_STR_EQ(aip_str(trace.order), "bac");
}

TEST(copies_are_terminated_and_absence_is_kept)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str copy = aip_arena_dup(arena, aip_strn("ab\0cd-", 5));

	CHECK_BYTES_EQ(copy, aip_strn("ab\0cd", 5));
	CHECK_INT_EQ(copy.at[5], 0);
	CHECK(aip_arena_dup(arena, AIP_NONE).at == NULL);
	CHECK(aip_arena_dup(arena, aip_str("")).at != NULL);
	aip_arena_destroy(arena);
}

TEST(joined_texts_keep_every_byte)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_str all =
		AIP_JOIN(arena, aip_strn("a\0b", 3), AIP_NONE, AIP_LIT("; "), aip_strn("\0", 1));

	CHECK_BYTES_EQ(all, aip_strn("a\0b; \0", 6));
	CHECK_INT_EQ(all.at[6], 0);
	aip_arena_destroy(arena);
}

TEST(printf_takes_texts_of_any_length)
{
	struct aip_arena *arena = aip_arena_create();

	for (int width = 250; width < 260; width++) {
		struct aip_str s = aip_arena_printf(arena, "%*d", width, 7);
		CHECK_INT_EQ(s.len, width);
		CHECK_INT_EQ(s.at[width - 1], '7');
		CHECK_INT_EQ(s.at[width], 0);
	}
	CHECK_STR_EQ(aip_arena_printf(arena, "%s-%d", "a", 1), "a-1");
	aip_arena_destroy(arena);
}

TEST(a_process_out_of_memory_says_where_and_ends)
{
	char said[200] = "";
	int ends[2], status;

	CHECK_INT_EQ(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		aip_arena_alloc(aip_arena_create(), SIZE_MAX - 64);
		_exit(0);
	}
	CHECK(child > 0);
	close(ends[1]);
	CHECK(read(ends[0], said, sizeof(said) - 1) > 0);
	close(ends[0]);
	CHECK_INT_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK(aip_str_starts(aip_str(said),
	                     aip_str("out of memory: 18446744073709551551 bytes at ")));
	CHECK(strstr(said, "arena.c:"));
}

RUN_ALL(CASE(memory_is_zeroed_and_aligned_also_after_a_reset), CASE(allocations_do_not_overlap),
        CASE(nothing_asked_for_gives_a_pointer_of_its_own),
        CASE(reset_gives_back_all_but_the_first_block), CASE(ends_run_last_first_and_once),
        CASE(copies_are_terminated_and_absence_is_kept), CASE(joined_texts_keep_every_byte),
        CASE(printf_takes_texts_of_any_length), CASE(a_process_out_of_memory_says_where_and_ends))
