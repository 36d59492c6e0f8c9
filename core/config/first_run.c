/* The first start: a configuration that is safe to run as it stands. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "config/config.h"

#define KEY_BYTES (3 + SECRET_KEY_CHARS + 1) /* "sk-", the key, NUL */

static enum aip_status refused(const char *path, struct aip_error *reterr)
{
	return aip_fail(reterr, AIP_CONFIG_REFUSED, "%s cannot be written: %s", path,
	                strerror(errno));
}

/* The file: what differs from the example is the key. */
static bool write_text(FILE *out, const char *key)
{
	fprintf(out,
	        "# Written by aiproxyapi at its first start. All keys and their meaning: "
	        "--help-config,\n"
	        "# or --print-example-config for a file with every default.\n"
	        "\n"
	        "# This machine only. For others: \"0.0.0.0\", or \"\" for IPv4 and IPv6.\n"
	        "host: \"127.0.0.1\"\n"
	        "port: 8317\n"
	        "\n"
	        "# Keys that clients must present. This one is random; keep it to yourself.\n"
	        "api-keys:\n"
	        "  - %s\n"
	        "\n"
	        "# Folder of the accounts' token files.\n"
	        "auth-dir: \"~/.cli-proxy-api\"\n"
	        "\n"
	        "# Below, the lists of your providers' keys; each provider's README shows its "
	        "own.\n",
	        key);
	return fflush(out) == 0 && !ferror(out) && fsync(fileno(out)) == 0;
}

static void sync_folder(const char *path)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static enum aip_status write_file(const char *path, const char *key, struct aip_error *reterr)
{
	char temp[PATH_MAX];

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return refused(path, reterr);
	}
	int fd = mkostemp(temp, O_CLOEXEC); /* mode 0600 */
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		if (fd >= 0)
			close(fd);
		return refused(path, reterr);
	}
	bool ok = write_text(out, key);
	ok &= fclose(out) == 0;
	/* link, unlike rename, never replaces what somebody else put there meanwhile. */
	ok = ok && link(temp, path) == 0;
	int error = errno;
	unlink(temp);
	if (ok) {
		sync_folder(path);
		return AIP_OK;
	}
	errno = error;
	if (error == EEXIST)
		return aip_fail(reterr, AIP_CONFLICT, "%s exists already", path);
	return refused(path, reterr);
}

enum aip_status config_first_run(const char *path, struct aip_error *reterr)
{
	char key[KEY_BYTES] = "sk-";
	struct stat st;

	if (lstat(path, &st) == 0)
		return aip_fail(reterr, AIP_CONFLICT, "%s exists already", path);
	secret_random_base62(key + 3, SECRET_KEY_CHARS);
	enum aip_status s = write_file(path, key, reterr);
	if (!s)
		fprintf(stderr,
		        "There was no configuration, so %s was written: for this machine only, "
		        "port 8317.\n"
		        "Your client key, shown this once: %s\n",
		        path, key);
	secret_wipe(key, sizeof(key));
	return s;
}

/* ---- Where providers lie ----------------------------------------------------------------------
 */

static char plugins_home[PATH_MAX];

/* Installed: <prefix>/bin and <prefix>/lib/aiproxy/plugins, lib also by architecture. Built: bin
 * and plugins side by side. */
static void find_plugins_home(void)
{
	static const char *const places[] = {"../" AIP_LIBDIR "/aiproxy/plugins", "../plugins"};
	char exe[PATH_MAX], place[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	snprintf(plugins_home, sizeof(plugins_home), "plugins");
	if (len <= 0)
		return;
	exe[len] = '\0';
	const char *folder = dirname(exe);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(place, sizeof(place), "%s/%s", folder, places[i]);
		if (realpath(place, plugins_home))
			return;
	}
	snprintf(plugins_home, sizeof(plugins_home), "plugins");
}

const char *config_plugins_home(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_plugins_home);
	return plugins_home;
}

const char *config_plugin_folder(const struct config *conf)
{
	return conf->plugins_dir.len ? conf->plugins_dir.at : config_plugins_home();
}
