/* The first start: a file that is safe, readable by us alone, and never over another. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

static char folder[] = "/tmp/aip-first-run-XXXXXX";
static char path[64];

static int set_up(void **state)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/config.yaml", folder);
	return 0;
}

static int tear_down(void **state)
{
	unlink(path);
	return rmdir(folder); /* fails when something was left behind */
}

/* Runs it with stderr in `said`. */
static enum aip_status first_run(char *said, size_t bytes, struct aip_error *reterr)
{
	FILE *out = tmpfile();
	int saved = dup(STDERR_FILENO);

	dup2(fileno(out), STDERR_FILENO);
	enum aip_status s = config_first_run(path, reterr);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(out);
	said[fread(said, 1, bytes - 1, out)] = '\0';
	fclose(out);
	return s;
}

TEST(it_writes_a_file_that_loads_with_a_fresh_key_for_this_machine)
{
	struct config_report report;
	struct config *conf;
	struct aip_error error;
	struct stat st;
	char said[1024];

	CHECK_INT_EQ(first_run(said, sizeof(said), &error), AIP_OK);
	CHECK_INT_EQ(stat(path, &st), 0);
	CHECK_INT_EQ(st.st_mode & 0777, 0600);
	CHECK_INT_EQ(st.st_nlink, 1);
	config_report_init(&report);
	CHECK_INT_EQ(config_load(path, &conf, &report), AIP_OK);
	CHECK_INT_EQ(report.n, 0);
	CHECK_STR_EQ(conf->host, "127.0.0.1");
	CHECK_INT_EQ(conf->api_keys.n, 1);
	struct aip_str key = conf->api_keys.at[0];
	CHECK(aip_str_starts(key, AIP_LIT("sk-")));
	CHECK(key.len >= 3 + 32);
	CHECK(strstr(said, key.at) != NULL);
	CHECK(strstr(said, path) != NULL);
	config_destroy(conf);
	config_report_fini(&report);
}

TEST(it_never_writes_over_a_file)
{
	struct aip_error error;
	struct stat st;
	char said[1024];
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	close(fd);
	CHECK_INT_EQ(first_run(said, sizeof(said), &error), AIP_CONFLICT);
	CHECK_STR_EQ(aip_str(said), "");
	CHECK_INT_EQ(stat(path, &st), 0);
	CHECK_INT_EQ(st.st_size, 0);
}

TEST(it_does_not_follow_a_dangling_link)
{
	struct aip_error error;
	char said[1024];

	CHECK_INT_EQ(symlink("/tmp/aip-nowhere-at-all", path), 0);
	CHECK_INT_EQ(first_run(said, sizeof(said), &error), AIP_CONFLICT);
	CHECK(access("/tmp/aip-nowhere-at-all", F_OK) != 0);
}

TEST(a_folder_that_is_not_there_is_refused_with_the_path)
{
	struct aip_error error;

	CHECK_INT_EQ(config_first_run("/nonexistent/c.yaml", &error), AIP_CONFIG_REFUSED);
	CHECK(strstr(error.message, "/nonexistent/c.yaml") != NULL);
}

TEST(providers_lie_somewhere)
{
	CHECK(config_plugins_home()[0] != '\0');
	CHECK_PTR_EQ(config_plugins_home(), config_plugins_home());
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
RUN_ALL(FRESH(it_writes_a_file_that_loads_with_a_fresh_key_for_this_machine),
        FRESH(it_never_writes_over_a_file), FRESH(it_does_not_follow_a_dangling_link),
        CASE(a_folder_that_is_not_there_is_refused_with_the_path), CASE(providers_lie_somewhere))
