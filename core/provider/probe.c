/* The probe: a strange library is first opened in a child process, whose crash harms nobody. */
#include "provider/probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "provider/admit.h"

extern char **environ;

/* Said only by a probe that came to its end: a guest may end the process with any code. */
#define ADMITTED "admitted"

int probe_main(const char *library)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		printf("%s", dlerror());
		return 1;
	}
	aip_provider_entry_fn entry = NULL;
	*(void **)&entry = dlsym(handle, AIP_PROVIDER_ENTRY);
	if (!entry) {
		printf("does not export %s", AIP_PROVIDER_ENTRY);
		return 1;
	}
	struct aip_provider table;
	struct aip_error error;
	if (provider_admit(entry(), &table, &error)) {
		printf("%s", error.message);
		return 1;
	}
	printf("%s", ADMITTED);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads the child's words until it closes them or the time is up; false then. */
static bool read_verdict(int fd, int limit_ms, char *words, size_t bytes)
{
	const int64_t until_ms = now_ms() + limit_ms;
	size_t len = 0;

	words[0] = '\0';
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left_ms = until_ms - now_ms();
		if (left_ms <= 0)
			return false;
		int ready = poll(&p, 1, (int)left_ms);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return false;
		char spill[256];
		bool full = len + 1 >= bytes;
		ssize_t got = read(fd, full ? spill : words + len,
		                   full ? sizeof(spill) : bytes - 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return true;
		if (!full)
			len += (size_t)got;
		words[len] = '\0';
	}
}

static bool start(const char *program, const char *library, int words_fd, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	char *argv[] = {(char *)program, (char *)PROBE_OPTION, (char *)library, NULL};

	if (posix_spawn_file_actions_init(&actions))
		return false;
	posix_spawn_file_actions_adddup2(&actions, words_fd, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawn(ret, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return !failed;
}

enum aip_status probe_run(const char *program, const char *library, int limit_ms,
                          struct aip_error *reterr)
{
	int words[2];
	pid_t child;
	char verdict[512];
	int state = 0;

	if (pipe2(words, O_CLOEXEC))
		return aip_fail(reterr, AIP_GUEST_REFUSED, "no pipe for the probe: %s",
		                strerror(errno));
	bool started = start(program, library, words[1], &child);
	close(words[1]);
	if (!started) {
		close(words[0]);
		return aip_fail(reterr, AIP_GUEST_REFUSED, "the probe '%s' cannot be started",
		                program);
	}
	bool in_time = read_verdict(words[0], limit_ms, verdict, sizeof(verdict));
	close(words[0]);
	if (!in_time)
		kill(child, SIGKILL);
	while (waitpid(child, &state, 0) < 0 && errno == EINTR)
		;
	if (!in_time)
		return aip_fail(reterr, AIP_GUEST_REFUSED, "it did not finish loading within %d ms",
		                limit_ms);
	if (WIFSIGNALED(state))
		return aip_fail(reterr, AIP_GUEST_REFUSED, "it crashes while loading: %s",
		                strsignal(WTERMSIG(state)));
	if (WEXITSTATUS(state) == 0 && strcmp(verdict, ADMITTED) == 0)
		return AIP_OK;
	return aip_fail(reterr, AIP_GUEST_REFUSED, "%s",
	                verdict[0] ? verdict : "it ends the process while loading");
}
