/* The folder of private copies: what a killed gateway left is removed, and nothing else. */
#include "provider/module_home.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char base[] = "/tmp/module_home_test.XXXXXX";

/* The path of a name below base; of three at the most at once. */
static const char *at(const char *name)
{
	static char paths[3][512];
	static unsigned turn;
	char *path = paths[turn++ % 3];

	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);

	CHECK(fd >= 0 && close(fd) == 0);
}

static void init(struct module_home *home)
{
	struct aip_error error;

	CHECK_INT_EQ(module_home_init(home, NULL, &error), AIP_OK);
}

/* A gateway comes and goes. */
static void start_and_stop(void)
{
	struct module_home home;

	init(&home);
	module_home_fini(&home);
}

/* A gateway in a process of its own that has made `copies` copies; its folder goes to folder[256]. */
static pid_t start_other(unsigned copies, char *folder)
{
	int words[2];

	CHECK_INT_EQ(pipe(words), 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		struct module_home home;
		init(&home);
		for (unsigned i = 0; i < copies; i++)
			make_file(module_home_path(&home, "claude.so"));
		size_t len = strlen(home.folder) + 1;
		CHECK(len <= 256 && write(words[1], home.folder, len) == (ssize_t)len);
		pause();
		_exit(0);
	}
	close(words[1]);
	CHECK(read(words[0], folder, 256) > 0);
	close(words[0]);
	return child;
}

static void kill_hard(pid_t child)
{
	CHECK_INT_EQ(kill(child, SIGKILL), 0);
	CHECK_INT_EQ(waitpid(child, NULL, 0), child);
}

TEST(what_a_killed_gateway_left_is_removed_at_the_next_start)
{
	char one[256], two[256];
	pid_t first = start_other(2, one), second = start_other(0, two);

	kill_hard(first);
	kill_hard(second);
	CHECK(is_there(one) && is_there(two));
	start_and_stop();
	CHECK(!is_there(one) && !is_there(two));
}

TEST(the_folder_of_a_gateway_that_lives_is_left_alone)
{
	char folder[256], copy[300];
	pid_t child = start_other(1, folder);

	snprintf(copy, sizeof(copy), "%s/1-claude.so", folder);
	start_and_stop();
	CHECK(is_there(copy));
	kill_hard(child);
	start_and_stop();
	CHECK(!is_there(folder));
}

TEST(only_files_that_are_called_as_copies_are_removed)
{
	CHECK_INT_EQ(mkdir(at("aiproxyapi-abcdef"), 0700), 0);
	make_file(at("aiproxyapi-abcdef/7-claude.so"));
	make_file(at("aiproxyapi-abcdef/claude.so"));
	make_file(at("aiproxyapi-abcdef/7-notes.txt"));
	start_and_stop();
	CHECK(!is_there(at("aiproxyapi-abcdef/7-claude.so")));
	CHECK_INT_EQ(unlink(at("aiproxyapi-abcdef/claude.so")), 0);
	CHECK_INT_EQ(unlink(at("aiproxyapi-abcdef/7-notes.txt")), 0);
	CHECK_INT_EQ(rmdir(at("aiproxyapi-abcdef")), 0);
}

TEST(a_link_is_not_followed_and_a_copy_that_is_one_loses_only_itself)
{
	CHECK_INT_EQ(mkdir(at("elsewhere"), 0700), 0);
	make_file(at("elsewhere/1-claude.so"));
	CHECK_INT_EQ(symlink(at("elsewhere"), at("aiproxyapi-abcdef")), 0);
	CHECK_INT_EQ(mkdir(at("aiproxyapi-ghijkl"), 0700), 0);
	CHECK_INT_EQ(symlink(at("elsewhere/1-claude.so"), at("aiproxyapi-ghijkl/1-claude.so")), 0);
	start_and_stop();
	CHECK(!is_there(at("aiproxyapi-ghijkl")));
	CHECK_INT_EQ(unlink(at("elsewhere/1-claude.so")), 0);
	CHECK_INT_EQ(rmdir(at("elsewhere")), 0);
	CHECK_INT_EQ(unlink(at("aiproxyapi-abcdef")), 0);
}

TEST(a_folder_that_others_may_enter_or_that_is_called_otherwise_is_not_ours)
{
	static const char *const names[] = {"aiproxyapi-open55", "aiproxyapi-longer-name",
	                                    "another-abcdef"};

	for (size_t i = 0; i < 3; i++)
		CHECK_INT_EQ(mkdir(at(names[i]), i == 0 ? 0755 : 0700), 0);
	start_and_stop();
	for (size_t i = 0; i < 3; i++)
		CHECK_INT_EQ(rmdir(at(names[i])), 0);
}

TEST(a_folder_of_another_user_is_not_ours)
{
	if (geteuid() != 0)
		skip(); /* nobody else can give a folder away */
	CHECK_INT_EQ(mkdir(at("aiproxyapi-abcdef"), 0700), 0);
	CHECK_INT_EQ(chown(at("aiproxyapi-abcdef"), 65534, 65534), 0);
	start_and_stop();
	CHECK_INT_EQ(rmdir(at("aiproxyapi-abcdef")), 0);
}

TEST(every_copy_has_a_path_of_its_own_in_a_folder_for_us_alone)
{
	struct module_home home;
	struct stat st;

	init(&home);
	CHECK(stat(home.folder, &st) == 0 && (st.st_mode & 07777) == 0700);
	char *one = module_home_path(&home, "claude.so"),
	     *two = module_home_path(&home, "claude.so");
	CHECK(aip_str_starts(aip_str(one), aip_str(home.folder)) && strcmp(one, two) != 0);
	free(one);
	free(two);
	module_home_fini(&home);
}

TEST(where_nothing_can_be_made_is_said_in_words)
{
	struct module_home home;
	struct aip_error error = {0};

	if (geteuid() != 0)
		skip(); /* /tmp takes the place of what this user may not write to */
	setenv("XDG_RUNTIME_DIR", "/proc", 1);
	CHECK_INT_EQ(module_home_init(&home, NULL, &error), AIP_CONFIG_REFUSED);
	CHECK(strstr(error.message, "no folder for plugins in /proc"));
	setenv("XDG_RUNTIME_DIR", base, 1);
}

static int set_up(void **state)
{
	return mkdtemp(base) && setenv("XDG_RUNTIME_DIR", base, 1) == 0 ? 0 : -1;
}

/* Empty again: each test took back what it put there, and its gateways theirs. */
static int tear_down(void **state)
{
	return rmdir(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_a_killed_gateway_left_is_removed_at_the_next_start),
		CASE(the_folder_of_a_gateway_that_lives_is_left_alone),
		CASE(only_files_that_are_called_as_copies_are_removed),
		CASE(a_link_is_not_followed_and_a_copy_that_is_one_loses_only_itself),
		CASE(a_folder_that_others_may_enter_or_that_is_called_otherwise_is_not_ours),
		CASE(a_folder_of_another_user_is_not_ours),
		CASE(every_copy_has_a_path_of_its_own_in_a_folder_for_us_alone),
		CASE(where_nothing_can_be_made_is_said_in_words),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
