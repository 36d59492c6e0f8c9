/* Loading a guest: what is refused, and in which words. */
#include "provider/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "provider/probe.h"

static struct module_home home;

static enum aip_status load(const char *guest, struct aip_error *error)
{
	char path[1024];
	struct module *module = NULL;

	snprintf(path, sizeof(path), "%s/%s.so", GUESTS, guest);
	enum aip_status s = module_load(&home, path, &module, error);
	module_unref(&home, module);
	return s;
}

static void check_refused(const char *guest, const char *words)
{
	struct aip_error error = {0};

	CHECK_INT_EQ(load(guest, &error), AIP_GUEST_REFUSED);
	if (!strstr(error.message, words))
		fail_msg("%s: \"%s\" does not say \"%s\"", guest, error.message, words);
}

TEST(a_well_behaved_guest_is_admitted)
{
	struct aip_error error = {0};

	CHECK_INT_EQ(load("guest-well", &error), AIP_OK);
}

TEST(a_guest_of_another_abi_is_refused_with_both_versions)
{
	check_refused("guest-magic", "not a provider library");
	check_refused("guest-major", "built for ABI 2.0");
	check_refused("guest-minor", "built for ABI 1.1");
	check_refused("guest-ir", "ir 2");
	check_refused("guest-short", "size");
}

TEST(a_guest_without_a_mandatory_slot_is_refused_by_name)
{
	check_refused("guest-slot", "'guest-slot' lacks a mandatory slot (begin)");
	check_refused("guest-nodrop", "'guest-nodrop' lacks a mandatory slot (drop)");
}

TEST(a_crash_while_loading_hits_the_probe_alone)
{
	check_refused("guest-constructor", "crashes while loading");
}

TEST(a_guest_that_ends_the_process_is_refused)
{
	check_refused("guest-exits", "ends the process");
}

TEST(a_guest_that_gives_no_table_is_refused)
{
	check_refused("guest-nothing", "not a provider library");
}

TEST(a_guest_that_hangs_while_loading_is_waited_for_no_longer_than_the_limit)
{
	home.probe_ms = 500;
	check_refused("guest-hangs", "did not finish loading within 500 ms");
	home.probe_ms = PROBE_MS;
}

TEST(what_is_no_library_is_refused)
{
	struct aip_error error = {0};
	struct module *module = NULL;

	CHECK_INT_EQ(module_load(&home, GUESTS "/../CMakeCache.txt", &module, &error),
	             AIP_GUEST_REFUSED);
	CHECK_INT_EQ(module_load(&home, GUESTS "/nothing.so", &module, &error), AIP_GUEST_REFUSED);
	CHECK(strstr(error.message, "No such file"));
}

TEST(a_refused_guest_leaves_no_copy_behind)
{
	char command[1024];

	snprintf(command, sizeof(command), "%s", home.folder);
	CHECK_INT_EQ(rmdir(command), 0);
	CHECK_INT_EQ(access(command, F_OK), -1);
}

static int set_up(void **state)
{
	struct aip_error error;

	return module_home_init(&home, PROGRAM, &error);
}

static int tear_down(void **state)
{
	module_home_fini(&home);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_well_behaved_guest_is_admitted),
		CASE(a_guest_of_another_abi_is_refused_with_both_versions),
		CASE(a_guest_without_a_mandatory_slot_is_refused_by_name),
		CASE(a_crash_while_loading_hits_the_probe_alone),
		CASE(a_guest_that_ends_the_process_is_refused),
		CASE(a_guest_that_gives_no_table_is_refused),
		CASE(a_guest_that_hangs_while_loading_is_waited_for_no_longer_than_the_limit),
		CASE(what_is_no_library_is_refused),
		CASE(a_refused_guest_leaves_no_copy_behind),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
