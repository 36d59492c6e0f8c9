/* Mail between threads: an inbox under a lock, and a bell that ends the wait. */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "loop/inside.h"

static void on_bell(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg; /* never freed while the event lives: mail_fini comes first */
	uint64_t rings;

	loop_assert_mine(loop);
	aip_assert(fd == loop->mail.bell_fd);
	while (read(fd, &rings, sizeof(rings)) < 0 && errno == EINTR)
		continue;
	mail_run(loop);
}

void mail_run(struct loop *loop)
{
	struct mail *mail = &loop->mail;

	pthread_mutex_lock(&mail->lock);
	struct errands letters = mail->inbox;
	mail->inbox = mail->reading;
	mail->reading = letters;
	pthread_mutex_unlock(&mail->lock);
	errands_run(&mail->reading);
}

void mail_ring(struct loop *loop)
{
	const uint64_t once = 1;

	/* EAGAIN: the counter is full, so the bell rings already. */
	while (write(loop->mail.bell_fd, &once, sizeof(once)) < 0 && errno == EINTR)
		continue;
}

void loop_post(struct loop *loop, void (*fn)(void *arg), void *arg)
{
	struct mail *mail = &loop->mail;

	pthread_mutex_lock(&mail->lock);
	bool first = mail->inbox.n == 0;
	errands_add(&mail->inbox, fn, arg);
	pthread_mutex_unlock(&mail->lock);
	if (first)
		mail_ring(loop);
}

enum aip_status mail_init(struct loop *loop, struct aip_error *reterr)
{
	struct mail *mail = &loop->mail;

	mail->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (mail->bell_fd < 0)
		return aip_fail(reterr, AIP_GATEWAY_BUG, "no eventfd: %s", strerror(errno));
	pthread_mutex_init(&mail->lock, NULL);
	mail->bell = event_new(loop->base, mail->bell_fd, EV_READ | EV_PERSIST, on_bell, loop);
	aip_assert(mail->bell && event_add(mail->bell, NULL) == 0);
	return AIP_OK;
}

void mail_fini(struct loop *loop)
{
	struct mail *mail = &loop->mail;

	event_free(mail->bell);
	close(mail->bell_fd);
	pthread_mutex_destroy(&mail->lock);
	free(mail->inbox.at);
	free(mail->reading.at);
}
