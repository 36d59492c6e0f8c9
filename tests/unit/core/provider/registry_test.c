/* The registry in step with its folder: what comes, changes, breaks, goes; and what counting leaves
 * behind. */
#include "provider/registry.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call/call.h"
#include "check.h"

static char folder[] = "/tmp/registry_test.XXXXXX";
static struct registry *registry;
static struct config_report report;

static const char *path_in_folder(const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return path;
}

/* Puts bytes into the folder as a careful operator does: beside, then over. */
static void put_bytes(const char *file, const void *bytes, size_t len)
{
	char beside[256];

	snprintf(beside, sizeof(beside), "%s/beside", folder);
	FILE *f = fopen(beside, "w");
	CHECK(f && fwrite(bytes, 1, len, f) == len && fclose(f) == 0);
	CHECK_INT_EQ(rename(beside, path_in_folder(file)), 0);
}

static void put(const char *file, const char *from)
{
	static char bytes[4 << 20];
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", GUESTS, from);
	FILE *f = fopen(path, "r");
	CHECK(f != NULL);
	size_t len = fread(bytes, 1, sizeof(bytes), f);
	CHECK(feof(f) && fclose(f) == 0);
	put_bytes(file, bytes, len);
}

static void scan(const char *yaml)
{
	struct config *conf = NULL;

	config_report_fini(&report);
	config_report_init(&report);
	CHECK_INT_EQ(config_load_text(aip_str(yaml), "config.yaml", &conf, &report), AIP_OK);
	registry_scan(registry, folder, conf, &report);
	config_destroy(conf);
}

static size_t copies(void)
{
	DIR *dir = opendir(registry_home(registry)->folder);
	const struct dirent *entry;
	size_t n = 0;

	CHECK(dir != NULL);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static struct provider *serving(const char *id)
{
	for (size_t i = 0; i < registry_count(registry); i++)
		if (strcmp(registry_at(registry, i)->api->id, id) == 0)
			return registry_at(registry, i);
	return NULL;
}

static void check_refusal(const char *says)
{
	const struct registry_refusal *refusals;

	CHECK_INT_EQ(registry_refusals(registry, &refusals), 1);
	if (!strstr(refusals[0].why.at, says))
		fail_msg("\"%s\" does not say \"%s\"", refusals[0].why.at, says);
}

static void check_no_refusal(void)
{
	const struct registry_refusal *refusals;

	CHECK_INT_EQ(registry_refusals(registry, &refusals), 0);
}

TEST(what_is_put_into_the_folder_serves_and_what_is_taken_out_leaves_nothing)
{
	scan("");
	CHECK_INT_EQ(registry_count(registry), 0);
	put("guest-well.so", "guest-well.so");
	put("guest-late.so", "guest-late.so");
	scan("");
	CHECK(serving("guest-well") && serving("guest-late"));
	CHECK_INT_EQ(copies(), 2);
	CHECK_INT_EQ(unlink(path_in_folder("guest-late.so")), 0);
	scan("");
	CHECK(serving("guest-well") && !serving("guest-late"));
	CHECK_INT_EQ(copies(), 1);
}

TEST(a_scan_that_finds_nothing_new_keeps_the_running_instance)
{
	put("guest-well.so", "guest-well.so");
	scan("");
	struct provider *before = serving("guest-well");
	put("guest-well.so", "guest-well.so");
	scan("");
	CHECK_PTR_EQ(serving("guest-well"), before);
	CHECK_INT_EQ(copies(), 1);
}

TEST(a_replaced_provider_lives_on_for_those_who_hold_it)
{
	put("guest-well.so", "guest-well.so");
	scan("");
	struct provider *old = provider_ref(serving("guest-well"));
	put("guest-well.so", "next/guest-well.so");
	scan("");
	CHECK(serving("guest-well") != old);
	CHECK(strcmp(serving("guest-well")->module->digest, old->module->digest) != 0);
	CHECK_INT_EQ(copies(), 2);
	CHECK_STR_EQ(aip_str(old->api->id), "guest-well");
	provider_unref(registry_home(registry), old);
	CHECK_INT_EQ(copies(), 1);
}

TEST(a_broken_replacement_leaves_the_old_one_serving_until_a_good_one_comes)
{
	put("guest-well.so", "guest-well.so");
	scan("");
	struct provider *old = serving("guest-well");
	for (int i = 0; i < 2; i++) {
		put("guest-well.so", "guest-constructor.so");
		scan("");
		check_refusal("crashes while loading");
		put_bytes("guest-well.so", "half a lib", 10);
		scan("");
		check_refusal("too short");
		CHECK_PTR_EQ(serving("guest-well"), old);
		CHECK_INT_EQ(copies(), 1);
		put("guest-well.so", "guest-well.so");
		scan("");
		check_no_refusal();
		CHECK_PTR_EQ(serving("guest-well"), old);
	}
	put("guest-well.so", "next/guest-well.so");
	scan("");
	check_no_refusal();
	CHECK(serving("guest-well") != old);
}

TEST(a_file_that_is_called_unlike_its_provider_is_refused)
{
	put("other.so", "guest-well.so");
	scan("");
	CHECK_INT_EQ(registry_count(registry), 0);
	check_refusal("must be in a file called guest-well.so");
	CHECK_INT_EQ(copies(), 0);
}

TEST(a_file_whose_name_no_provider_can_have_is_refused_in_words)
{
	put("Guest_Well.so", "guest-well.so");
	put(".guest-well.so", "guest-well.so");
	scan("");
	CHECK_INT_EQ(registry_count(registry), 0);
	check_refusal("[a-z][a-z0-9-]*");
}

/* Without a probe: nobody waits for so many. */
TEST(no_file_is_one_too_many)
{
	enum { MANY = 600 };
	struct aip_error error;
	const struct registry_refusal *refusals;
	char file[32];

	registry_destroy(registry);
	CHECK_INT_EQ(registry_create(NULL, &call_host, &registry, &error), AIP_OK);
	for (int i = 0; i < MANY; i++) {
		snprintf(file, sizeof(file), "a%d.so", i);
		put_bytes(file, "half a lib", 10);
	}
	put("guest-well.so", "guest-well.so");
	scan("");
	CHECK(serving("guest-well"));
	CHECK_INT_EQ(registry_refusals(registry, &refusals), MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(file, sizeof(file), "a%d.so", i);
		CHECK_INT_EQ(unlink(path_in_folder(file)), 0);
	}
	scan("");
	CHECK(serving("guest-well"));
	check_no_refusal();
}

TEST(the_configuration_takes_a_provider_out_of_service_and_back)
{
	put("guest-well.so", "guest-well.so");
	put("guest-magic.so", "guest-magic.so");
	scan("");
	CHECK(serving("guest-well"));
	check_refusal("not a provider library");
	scan("plugins: {configs: {guest-well: {enabled: false}}}");
	CHECK(!serving("guest-well"));
	scan("plugins: {enabled: false}");
	CHECK_INT_EQ(registry_count(registry), 0);
	CHECK_INT_EQ(copies(), 0);
	check_no_refusal();
	scan("plugins: {configs: {guest-magic: {enabled: false}}}");
	CHECK(serving("guest-well"));
	check_no_refusal();
}

TEST(settings_that_do_not_fit_are_refused_only_until_they_are_mended)
{
	put("guest-settings.so", "guest-settings.so");
	scan("plugins: {configs: {guest-settings: {pace: fast}}}");
	CHECK(!serving("guest-settings"));
	check_refusal("its settings are not valid");
	CHECK_INT_EQ(report.n_errors, 1);
	scan("plugins: {configs: {guest-settings: {pace: 9}}}");
	CHECK(!serving("guest-settings"));
	check_refusal("nobody is that fast");
	scan("plugins: {configs: {guest-settings: {pace: 5}}}");
	struct provider *old = serving("guest-settings");
	CHECK(old != NULL);
	check_no_refusal();
	scan("plugins: {configs: {guest-settings: {pace: 9}}}");
	CHECK_PTR_EQ(serving("guest-settings"), old);
	check_refusal("nobody is that fast");
	scan("plugins: {configs: {guest-settings: {pace: 4}}}");
	CHECK(serving("guest-settings") && serving("guest-settings") != old);
	CHECK_INT_EQ(copies(), 1);
}

TEST(settings_of_a_provider_that_is_not_here_are_a_warning_with_the_nearest_name)
{
	char line[1024];

	put("guest-well.so", "guest-well.so");
	scan("plugins:\n  configs:\n    guest-wel: {enabled: false}\n    guest-well: {}\n");
	CHECK_INT_EQ(report.n, 1);
	config_report_line(&report, 0, line, sizeof(line));
	CHECK_STR_EQ(aip_str(line), "config.yaml:3:5: warning: plugins.configs.guest-wel: "
	                            "there is no such provider; did you mean 'guest-well'?");
}

static int set_up(void **state)
{
	struct aip_error error;

	config_report_init(&report);
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	return mkdtemp(folder) ? (int)registry_create(PROGRAM, &call_host, &registry, &error) : -1;
}

/* All that a test may have put there; then nothing is left, neither here nor in the private folder.
 */
static int tear_down(void **state)
{
	static const char *const files[] = {"guest-well.so",     "guest-late.so", "guest-magic.so",
	                                    "guest-settings.so", "other.so",      "Guest_Well.so",
	                                    ".guest-well.so"};
	char *home = strdup(registry_home(registry)->folder);

	config_report_fini(&report);
	registry_destroy(registry);
	bool left = access(home, F_OK) == 0;
	free(home);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(path_in_folder(files[i]));
	return left || rmdir(folder) ? -1 : 0;
}

#define HOUSE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE(what_is_put_into_the_folder_serves_and_what_is_taken_out_leaves_nothing),
		HOUSE(a_scan_that_finds_nothing_new_keeps_the_running_instance),
		HOUSE(a_replaced_provider_lives_on_for_those_who_hold_it),
		HOUSE(a_broken_replacement_leaves_the_old_one_serving_until_a_good_one_comes),
		HOUSE(a_file_that_is_called_unlike_its_provider_is_refused),
		HOUSE(a_file_whose_name_no_provider_can_have_is_refused_in_words),
		HOUSE(no_file_is_one_too_many),
		HOUSE(the_configuration_takes_a_provider_out_of_service_and_back),
		HOUSE(settings_that_do_not_fit_are_refused_only_until_they_are_mended),
		HOUSE(settings_of_a_provider_that_is_not_here_are_a_warning_with_the_nearest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
