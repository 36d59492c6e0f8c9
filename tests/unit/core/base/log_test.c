/* The log: lines stay lines, nothing blocks, drops are told. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/log.h"

static char path[64];
static char content[4 * 1024 * 1024];

static void start(void)
{
	struct aip_error error = {0};

	snprintf(path, sizeof(path), "/tmp/aip-log-test-%d.log", (int)getpid());
	unlink(path);
	CHECK_INT_EQ(log_start(path, &error), AIP_OK);
}

static struct aip_str read_back(void)
{
	FILE *file = fopen(path, "r");

	CHECK(file != NULL);
	size_t len = fread(content, 1, sizeof(content) - 1, file);
	fclose(file);
	content[len] = '\0';
	return aip_strn(content, len);
}

static size_t lines_in(struct aip_str s)
{
	size_t lines = 0;

	for (size_t i = 0; i < s.len; i++)
		lines += s.at[i] == '\n';
	return lines;
}

TEST(a_line_has_time_level_event_and_pairs)
{
	int year, month, day, hour, minute, second, ms;
	char rest[128];

	start();
	log_event(LOG_WARN, "cred.cooling", "key=%s for_ms=%d", "a", 5);
	log_stop();
	read_back();
	CHECK_INT_EQ(sscanf(content, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %127[^\n]", &year, &month, &day,
	                    &hour, &minute, &second, &ms, rest),
	             8);
	CHECK_STR_EQ(aip_str(rest), "warn cred.cooling key=a for_ms=5");
	CHECK(year >= 2024);
	unlink(path);
}

TEST(lines_below_the_level_are_not_written)
{
	start();
	log_event(LOG_DEBUG, "no", "n=1");
	log_set_level(LOG_ERROR);
	log_event(LOG_WARN, "no", "n=1");
	log_set_level(LOG_DEBUG);
	log_event(LOG_DEBUG, "yes", "n=1");
	log_set_level(LOG_INFO);
	log_stop();
	struct aip_str got = read_back();
	CHECK_INT_EQ(lines_in(got), 1);
	CHECK(aip_str_ends(got, AIP_LIT("debug yes n=1\n")));
	unlink(path);
}

TEST(a_newline_in_an_unquoted_value_forges_no_line)
{
	start();
	log_event(LOG_INFO, "x", "v=%s", "a\n2026-01-01 error forged\r\x1b[2J");
	log_stop();
	CHECK_INT_EQ(lines_in(read_back()), 1);
	CHECK(!strchr(content, '\x1b'));
	unlink(path);
}

TEST(a_long_line_is_cut_and_says_so)
{
	char *value = malloc(LOG_LINE_MAX * 2);

	memset(value, 'a', LOG_LINE_MAX * 2 - 1);
	value[LOG_LINE_MAX * 2 - 1] = '\0';
	start();
	log_event(LOG_INFO, "long", "v=%s", value);
	log_stop();
	struct aip_str got = read_back();
	CHECK(got.len <= LOG_LINE_MAX);
	CHECK(aip_str_ends(got, AIP_LIT("a...\n")));
	free(value);
	unlink(path);
}

TEST(flush_makes_earlier_lines_visible)
{
	start();
	for (int i = 0; i < 100; i++) {
		log_event(LOG_INFO, "n", "i=%d", i);
		if (i % 10 == 9) {
			log_flush();
			CHECK_INT_EQ(lines_in(read_back()), i + 1);
		}
	}
	log_stop();
	unlink(path);
}

static void *shout(void *arg)
{
	for (int i = 0; i < 2000; i++)
		log_event(LOG_INFO, "n", "thread=%d i=%d", *(int *)arg, i);
	return NULL;
}

TEST(each_line_of_many_threads_is_whole_or_counted_as_dropped)
{
	pthread_t threads[4];
	int names[4];
	size_t shouted = 0;

	start();
	for (int i = 0; i < 4; i++) {
		names[i] = i;
		CHECK_INT_EQ(pthread_create(&threads[i], NULL, shout, &names[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log_flush();
	uint64_t dropped = log_dropped();
	log_stop();
	read_back();
	for (char *line = content, *end; (end = strchr(line, '\n')); line = end + 1) {
		int thread, i;
		*end = '\0';
		if (sscanf(line, "%*s info n thread=%d i=%d", &thread, &i) == 2)
			shouted++;
		else
			CHECK(strstr(line, "warn log.dropped lines=") != NULL);
	}
	CHECK_INT_EQ(shouted + dropped, 8000);
	unlink(path);
}

TEST(a_full_buffer_drops_and_the_log_tells_how_many)
{
	char value[2000];
	int ends[2];
	int saved = dup(STDERR_FILENO);
	struct aip_error error;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	CHECK_INT_EQ(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO); /* nobody reads: the writer gets stuck in write */
	close(ends[1]);
	CHECK_INT_EQ(log_start(NULL, &error), AIP_OK);
	for (int i = 0; i < 1000; i++)
		log_event(LOG_INFO, "n", "v=%s", value);
	uint64_t dropped = log_dropped();
	CHECK(dropped > 0);

	FILE *out = fdopen(ends[0], "r");
	char line[LOG_LINE_MAX];
	unsigned long long told = 0;
	size_t got = 0;
	while (got + told < 1000 && fgets(line, sizeof(line), out)) {
		unsigned long long n;
		if (sscanf(line, "%*s warn log.dropped lines=%llu", &n) == 1)
			told += n;
		else
			got++;
	}
	CHECK_INT_EQ(got + told, 1000);
	CHECK_INT_EQ(told, dropped);
	log_stop();
	dup2(saved, STDERR_FILENO);
	close(saved);
	fclose(out);
}

TEST(an_assertion_writes_out_the_log_before_it_aborts)
{
	int status;

	snprintf(path, sizeof(path), "/tmp/aip-log-test-%d.log", (int)getpid());
	unlink(path);
	pid_t pid = fork();
	if (pid == 0) {
		if (log_start(path, NULL) || !freopen("/dev/null", "w", stderr))
			_exit(1);
		signal(SIGABRT, SIG_DFL);
		log_event(LOG_INFO, "last", "words=1");
		aip_assert(path[0] == '\0');
		_exit(0);
	}
	CHECK_INT_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK(aip_str_ends(read_back(), AIP_LIT("info last words=1\n")));
	unlink(path);
}

TEST(reopen_follows_a_rotation)
{
	char rotated[80];
	struct aip_error error;

	start();
	log_event(LOG_INFO, "before", "n=1");
	log_flush();
	snprintf(rotated, sizeof(rotated), "%s.1", path);
	CHECK_INT_EQ(rename(path, rotated), 0);
	CHECK_INT_EQ(log_reopen(&error), AIP_OK);
	log_event(LOG_INFO, "after", "n=1");
	log_stop();
	CHECK(aip_str_ends(read_back(), AIP_LIT("info after n=1\n")));
	CHECK_INT_EQ(lines_in(read_back()), 1);
	unlink(path);
	unlink(rotated);
}

TEST(a_file_that_cannot_be_opened_is_refused_with_its_name)
{
	struct aip_error error;

	CHECK_INT_EQ(log_start("/nonexistent/x.log", &error), AIP_CONFIG_REFUSED);
	CHECK(strstr(error.message, "/nonexistent/x.log") != NULL);
}

TEST(text_is_bare_when_plain_and_quoted_when_not)
{
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("/v1/chat"))), "/v1/chat");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("caf\xc3\xa9"))), "caf\xc3\xa9");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("a b"))), "\"a b\"");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("a=b"))), "\"a=b\"");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("say \"hi\"\\"))), "\"say \\\"hi\\\"\\\\\"");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("a\nb\r\t\x01\x7f"))), "\"a\\nb\\r\\t\\x01\\x7f\"");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("\xff\xc3"))), "\"\\xff\\xc3\"");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_NONE)), "\"\"");
	CHECK_STR_EQ(aip_str(LOG_TEXT(AIP_LIT("nul\0x"))), "\"nul\\x00x\"");
}

TEST(long_text_is_cut_at_a_character)
{
	for (size_t pad = 0; pad < 8; pad++) {
		char value[1024];
		memset(value, 'a', pad);
		for (size_t i = pad; i + 3 <= sizeof(value); i += 3)
			memcpy(value + i, "\xe2\x82\xac", 3);
		struct aip_str whole = aip_strn(value, pad + (sizeof(value) - pad) / 3 * 3);
		struct log_text text = log_text(whole);
		struct aip_str got = aip_str(text.at);
		CHECK(got.len < LOG_TEXT_MAX);
		CHECK(aip_str_is_utf8(got));
		CHECK(aip_str_ends(got, AIP_LIT("...\"")));
	}
}

RUN_ALL(CASE(a_line_has_time_level_event_and_pairs), CASE(lines_below_the_level_are_not_written),
        CASE(a_newline_in_an_unquoted_value_forges_no_line), CASE(a_long_line_is_cut_and_says_so),
        CASE(flush_makes_earlier_lines_visible),
        CASE(each_line_of_many_threads_is_whole_or_counted_as_dropped),
        CASE(a_full_buffer_drops_and_the_log_tells_how_many),
        CASE(an_assertion_writes_out_the_log_before_it_aborts), CASE(reopen_follows_a_rotation),
        CASE(a_file_that_cannot_be_opened_is_refused_with_its_name),
        CASE(text_is_bare_when_plain_and_quoted_when_not), CASE(long_text_is_cut_at_a_character))
