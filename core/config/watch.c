/* Looking at the configuration file and the plugin folder for changes. */
#include "config/watch.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* FNV-1a. */
static uint64_t mix(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	return sum;
}

#define MIX_START 0xcbf29ce484222325u

/* What changes of a file when it is written or exchanged. 0 when it is not there. */
static uint64_t signature_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	const uint64_t facts[] = {
		(uint64_t)st.st_dev,  (uint64_t)st.st_ino,         (uint64_t)st.st_size,
		(uint64_t)st.st_mode, (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec,
	};
	return mix(MIX_START, facts, sizeof(facts));
}

/* Entries are added up, so that the order in which the system lists them is nothing to us. */
static uint64_t signature_of_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	uint64_t sum = 0;
	char path[4096];

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		int len = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.' && len > 0 && (size_t)len < sizeof(path))
			sum += mix(signature_of(path), entry->d_name, strlen(entry->d_name));
	}
	closedir(dir);
	return sum;
}

bool watch_settled(struct watch *watch, const char *file, const char *folder)
{
	const uint64_t parts[] = {signature_of(file), signature_of_folder(folder)};
	const uint64_t now = mix(MIX_START, parts, sizeof(parts)) | 1; /* never 0 */
	const bool first = watch->seen == 0, at_rest = watch->seen == now;

	watch->seen = now;
	if (first)
		watch->served = now;
	if (first || !at_rest || watch->served == now)
		return false;
	watch->served = now;
	return true;
}
