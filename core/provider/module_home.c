/* Where modules live: the folder of private copies, and what a killed gateway left of its own. */
#include "provider/module_home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ltdl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "provider/probe.h"

#if defined(__SANITIZE_ADDRESS__)
#define KEEP_MAPPED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEP_MAPPED true
#endif
#endif
#ifndef KEEP_MAPPED
#define KEEP_MAPPED false
#endif

#define NAME_PREFIX "aiproxyapi-"
#define NAME_RANDOM "XXXXXX"

/* ---- What is ours --------------------------------------------------------------------------- */

static bool is_home(const char *name)
{
	return strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0 &&
	       strlen(name) == strlen(NAME_PREFIX NAME_RANDOM);
}

/* As module_home_path calls them: a number, a dash, a library. */
static bool is_copy(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	size_t len = strlen(name);

	return digits && name[digits] == '-' && len > 3 && strcmp(name + len - 3, ".so") == 0;
}

/* The folder opened, nobody else's and no link; -1. */
static int open_ours(int base, const char *name)
{
	struct stat st;
	int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0777) == 0700)
		return fd;
	close(fd);
	return -1;
}

/* The name still leads to the folder that was opened. */
static bool is_still(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

/* ---- What was left -------------------------------------------------------------------------- */

static unsigned remove_copies(int fd)
{
	int again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;
	unsigned n = 0;

	while (dir && (entry = readdir(dir)))
		if (is_copy(entry->d_name))
			n += unlinkat(fd, entry->d_name, 0) == 0;
	if (dir)
		closedir(dir);
	else if (again >= 0)
		close(again);
	return n;
}

/* The lock says whether its gateway lives: it is the kernel's, so it ends with the process however
 * that ends, and is seen across containers that share the folder but no process numbers. It is
 * held until the folder is gone: whoever has just made this one sees that and makes another. */
static void sweep_one(int base, const char *path, const char *name)
{
	int fd = open_ours(base, name);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		unsigned copies = remove_copies(fd);
		bool removed = unlinkat(base, name, AT_REMOVEDIR) == 0;
		log_event(LOG_INFO, "plugin.swept", "folder=%s/%s copies=%u removed=%s", path, name,
		          copies, removed ? "yes" : "no");
	}
	close(fd);
}

static void sweep(const char *path)
{
	DIR *base = opendir(path);
	const struct dirent *entry;

	while (base && (entry = readdir(base)))
		if (is_home(entry->d_name))
			sweep_one(dirfd(base), path, entry->d_name);
	if (base)
		closedir(base);
}

/* ---- Ours ----------------------------------------------------------------------------------- */

#define TRIES_MAX 10

/* The folder opened and locked; -1 when that failed, or when a sweeper came in between. */
static int lock_folder(const char *folder)
{
	int fd = open_ours(AT_FDCWD, folder);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(fd, folder))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum aip_status make_folder(const char *base, char **ret, int *ret_lock,
                                   struct aip_error *reterr)
{
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		char *folder = NULL;
		if (asprintf(&folder, "%s/" NAME_PREFIX NAME_RANDOM, base) < 0)
			abort();
		bool made = mkdtemp(folder) != NULL;
		int why = errno;
		int lock = made ? lock_folder(folder) : -1;
		if (lock >= 0) {
			*ret = folder;
			*ret_lock = lock;
			return AIP_OK;
		}
		if (made)
			rmdir(folder);
		free(folder);
		if (!made)
			return aip_fail(reterr, AIP_CONFIG_REFUSED,
			                "no folder for plugins in %s: %s", base, strerror(why));
	}
	return aip_fail(reterr, AIP_CONFIG_REFUSED, "a folder for plugins in %s cannot be locked",
	                base);
}

enum aip_status module_home_init(struct module_home *home, const char *program,
                                 struct aip_error *reterr)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char *folder = NULL;
	int lock = -1;

	if (!base || !*base || access(base, W_OK))
		base = "/tmp";
	enum aip_status s = make_folder(base, &folder, &lock, reterr);
	if (s)
		return s;
	sweep(base);
	lt_dlinit();
	*home = (struct module_home){.folder = folder,
	                             .lock = lock,
	                             .program = program,
	                             .probe_ms = PROBE_MS,
	                             .keep_mapped = KEEP_MAPPED};
	return AIP_OK;
}

void module_home_fini(struct module_home *home)
{
	if (!home->folder)
		return;
	rmdir(home->folder);
	close(home->lock);
	free(home->folder);
	if (!home->keep_mapped)
		lt_dlexit();
	*home = (struct module_home){0};
}

char *module_home_path(struct module_home *home, const char *file)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%u-%s", home->folder, ++home->copies, file) < 0)
		abort();
	return path;
}
