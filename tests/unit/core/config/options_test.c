/* The command line. */
#include "check.h"

#include <stdio.h>
#include <unistd.h>

#include "config/options.h"

static struct options options;
static int exit_code;
static char said[64 * 1024]; /* on stdout and stderr */

/* Runs it with both outputs in `said`. */
static bool read_words(const char *const *words, int n)
{
	char *argv[8] = {"aiproxyapi"};
	FILE *out = tmpfile();
	int saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};

	for (int i = 0; i < n; i++)
		argv[i + 1] = (char *)words[i];
	fflush(stdout);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(out), STDERR_FILENO);
	exit_code = -1;
	bool serve = options_read(n + 1, argv, &options, &exit_code);
	fflush(stdout);
	dup2(saved[0], STDOUT_FILENO);
	dup2(saved[1], STDERR_FILENO);
	close(saved[0]);
	close(saved[1]);
	rewind(out);
	said[fread(said, 1, sizeof(said) - 1, out)] = '\0';
	fclose(out);
	return serve;
}

#define READ(...)                                      \
	read_words((const char *const[]){__VA_ARGS__}, \
	           (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

#define WHOLE TEST_DATA "/wire/config/whole.yaml"

TEST(a_value_stands_behind_the_option_or_behind_an_equals_sign)
{
	CHECK(READ("-config", WHOLE));
	CHECK_STR_EQ(aip_str(options.config_path), WHOLE);
	CHECK(READ("--config", WHOLE));
	CHECK(READ("--config=" WHOLE));
	CHECK(READ("-config=" WHOLE));
	CHECK_STR_EQ(aip_str(options.config_path), WHOLE);
	CHECK_STR_EQ(aip_str(said), "");
}

TEST(a_switch_may_say_false)
{
	CHECK(READ("--check-config=false", "-config", WHOLE));
	CHECK(!options.check_config);
	CHECK(!READ("--check-config=maybe"));
	CHECK_INT_EQ(exit_code, 2);
}

TEST(what_is_not_an_option_gets_the_usage_and_exit_2)
{
	static const char *const wrong[] = {"--nope",    "-",    "--",      "word",    "",
	                                    "---config", "--=x", "-config", "-config="};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK(!READ(wrong[i]));
		CHECK_INT_EQ(exit_code, 2);
		CHECK(strstr(said, "Usage: aiproxyapi") != NULL);
	}
}

TEST(help_and_version_answer_and_end)
{
	CHECK(!READ("-h"));
	CHECK_INT_EQ(exit_code, 0);
	CHECK(strstr(said, "--print-example-config") != NULL);
	CHECK(!READ("--version"));
	CHECK_INT_EQ(exit_code, 0);
	CHECK(strncmp(said, "aiproxyapi ", 11) == 0);
	CHECK(!READ("--help-config"));
	CHECK(strstr(said, "routing.strategy") != NULL);
	CHECK(!READ("--print-example-config"));
	CHECK(strstr(said, "\nport: 8317") != NULL);
}

TEST(check_config_tells_all_and_ends_with_0_or_1)
{
	CHECK(!READ("--check-config", "--config", WHOLE));
	CHECK_INT_EQ(exit_code, 0);
	CHECK(!READ("--check-config", "--config", TEST_DATA "/wire/config/many_errors.yaml"));
	CHECK_INT_EQ(exit_code, 1);
	CHECK(strstr(said, "many_errors.yaml:7:13: routing.strategy: 'foo' is not one of") != NULL);
	CHECK(!READ("--check-config", "--config", "/nonexistent/c.yaml"));
	CHECK_INT_EQ(exit_code, 1);
}

TEST(a_missing_configuration_is_written_before_serving)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/aip-options-%d.yaml", (int)getpid());
	unlink(path);
	CHECK(READ("-config", path));
	CHECK(strstr(said, "sk-") != NULL);
	CHECK_INT_EQ(access(path, R_OK), 0);
	CHECK(READ("-config", path));
	CHECK_STR_EQ(aip_str(said), "");
	unlink(path);
	CHECK(!READ("-config", "/nonexistent/c.yaml"));
	CHECK_INT_EQ(exit_code, 1);
}

RUN_ALL(CASE(a_value_stands_behind_the_option_or_behind_an_equals_sign),
        CASE(a_switch_may_say_false), CASE(what_is_not_an_option_gets_the_usage_and_exit_2),
        CASE(help_and_version_answer_and_end), CASE(check_config_tells_all_and_ends_with_0_or_1),
        CASE(a_missing_configuration_is_written_before_serving))
