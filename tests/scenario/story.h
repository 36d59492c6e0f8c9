/* A story: one run of a page, with the gateway, the client and the upstream it needs, and with at most one
 * thing done differently than the page says (the twist). */
#ifndef SCENARIO_STORY_H
#define SCENARIO_STORY_H

#include "rig.h"

#define CLIENTS_MAX 16
#define ANSWERS_MAX 32
#define SERVED_MAX  128
#define WHY_BYTES   8192
#define PATIENCE_MS 10000 /* real time for what should come at once */
#define QUIET_TURNS 6     /* in which nothing moves: all has been said */

enum side {
	SIDE_CLIENT,
	SIDE_UPSTREAM,
};

enum twist_kind {
	TWIST_NONE,
	TWIST_SPLIT,  /* what a side sends is cut in two at byte `at` */
	TWIST_VANISH, /* a side is gone behind line `at` */
	TWIST_REFUSE, /* the `at`th growth of a bounded buffer is refused */
};

struct twist {
	enum twist_kind kind;
	enum side side;
	size_t at;
	bool reset; /* VANISH: as a reset, not an orderly close */
};

/* ---- The client's side ---------------------------------------------------------------------- */

/* One answer as a client reads it. */
struct answer {
	int status;
	struct aip_buf head; /* as sent, with its empty line */
	struct aip_buf body; /* without the framing */
	enum { LENGTH, CHUNKED, TO_CLOSE, NOTHING } framing;
	size_t left; /* LENGTH: still to come; CHUNKED: of this chunk */
	bool in_chunk;
	bool complete;
	size_t taken; /* of the body: what the page has seen */
};

struct asked {
	struct aip_str path;
	bool stream;
};

struct client {
	struct aip_str name;
	int fd; /* -1: none, or gone */
	bool reads;
	bool closed; /* by the gateway */
	bool left;   /* by itself */
	bool raw;    /* says what is no request: its answers are not judged */
	struct aip_buf in;
	size_t in_at;
	struct answer answers[ANSWERS_MAX];
	size_t n_answers, seen; /* seen: answers that the page is done with */
	struct asked asked[ANSWERS_MAX];
	size_t n_asked;
	const char *broken; /* why what came is no HTTP */
};

/* ---- The upstream's side -------------------------------------------------------------------- */

/* One connection of the gateway. */
struct served {
	struct aip_str name; /* as the page calls it since its `expect` */
	bool expected;       /* by the page: the request that lies here is taken */
	bool whole;          /* a request lies here */
	int fd;
	bool gone;    /* the gateway closed */
	bool chunked; /* of the answer begun */
	bool full;    /* the socket took no more of what is poured */
	size_t pour_left, poured;
	struct aip_str pour;
	struct aip_buf in;
	size_t head_len, request_len;
};

struct upstream_side {
	int listeners[PLACES];
	bool refuses[PLACES];
	int stuffing[8]; /* connections that fill a backlog */
	size_t n_stuffing;
	struct served served[SERVED_MAX];
	size_t n_served;
};

/* ---- The whole ------------------------------------------------------------------------------ */

struct story {
	const struct page *page;
	struct twist twist;
	bool twisted; /* the twist has happened */
	struct rig rig;
	struct client clients[CLIENTS_MAX];
	size_t n_clients;
	struct upstream_side up;
	size_t sent[2];            /* bytes by side */
	size_t growths;            /* of bounded buffers */
	const struct story *plain; /* the run without a twist; NULL when this is it */
	size_t line;
	char why[WHY_BYTES];
};

/* Runs the page. False: why says what went differently, on which line. */
bool story_run(struct story *story, const struct page *page, const struct twist *twist,
               const struct story *plain);
/* Frees what is left, the answers too. */
void story_end(struct story *story);

/* Says why, returns false. */
bool story_fail(struct story *story, const char *fmt, ...) aip_printf_like(2, 3);
/* One turn of all parties; whether anything moved at the edges. */
bool story_turn(struct story *story, int64_t wait_ms);
/* Turns until nothing moves any more. No time passes. */
void story_settle(struct story *story);
/* Turns until done(arg) or PATIENCE_MS are over. */
bool story_await(struct story *story, bool (*done)(void *arg), void *arg);
/* Moves the clock, in steps that let everything between happen. */
void story_pass(struct story *story, int64_t ms);
/* Sends all of it, cut where the twist wants it. False: the other end is gone. */
bool story_send(struct story *story, enum side side, int fd, struct aip_str bytes);

/* ---- The actors: one table of verbs each ------------------------------------------------------ */

struct verb {
	const char *word;
	/* at: first word behind the verb. */
	bool (*act)(struct story *story, const struct line *line, size_t at);
};

extern const struct verb client_verbs[], upstream_verbs[], gateway_verbs[];
bool clock_line(struct story *story, const struct line *line);
bool pool_line(struct story *story, const struct line *line);
bool meter_line(struct story *story, const struct line *line);

bool clients_pump(struct story *story);
void clients_vanish(struct story *story, bool reset);
void clients_read_on(struct story *story);
void clients_fini(struct story *story);
/* A header of an answer without case; AIP_NONE. */
struct aip_str answer_header(const struct answer *answer, const char *name);

bool upstream_open(struct story *story);
void upstream_ports(const struct story *story, uint16_t ports[PLACES]);
bool upstream_pump(struct story *story);
void upstream_vanish(struct story *story, bool reset);
/* A request that the page did not expect; NULL. */
const struct served *upstream_unexpected(const struct story *story);
/* Connections that the gateway still has open. */
size_t upstream_open_connections(const struct story *story);
void upstream_fini(struct story *story);

/* Whether the text has all words of the line behind `has`, and none behind `lacks`. */
bool text_fits(struct story *story, const struct line *line, size_t at, struct aip_str text,
               const char *whose);
/* What an `@file` that is empty receives under SCENARIO_WRITE=1. True when it was written. */
bool word_write(const struct word *word, struct aip_str bytes);
void socket_close(int fd, bool reset);

#endif
