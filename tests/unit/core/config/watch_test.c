/* A change is told once, when it has come to rest. */
#include "config/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

TEST(a_change_is_told_once_and_only_at_rest)
{
	char folder[] = "/tmp/watch_test.XXXXXX", file[64], plugin[64];
	struct watch watch = {0};

	CHECK(mkdtemp(folder) != NULL);
	snprintf(file, sizeof(file), "%s/.config", folder);
	snprintf(plugin, sizeof(plugin), "%s/x.so", folder);
	put(file, "one");
	CHECK(!watch_settled(&watch, file, folder)); /* takes note */
	CHECK(!watch_settled(&watch, file, folder));

	put(file, "longer");
	CHECK(!watch_settled(&watch, file, folder)); /* may still be written */
	CHECK(watch_settled(&watch, file, folder));
	CHECK(!watch_settled(&watch, file, folder));

	put(plugin, "so");
	CHECK(!watch_settled(&watch, file, folder));
	CHECK(watch_settled(&watch, file, folder));

	CHECK(unlink(plugin) == 0 && unlink(file) == 0);
	CHECK(!watch_settled(&watch, file, folder));
	CHECK(watch_settled(&watch, file, folder));
	CHECK(rmdir(folder) == 0);
}

RUN_ALL(CASE(a_change_is_told_once_and_only_at_rest))
