/* Relay: an upstream of the client's own dialect; bytes pass untouched but for the model's name, and figures that
 * only the gateway asked for. */
#ifndef CALL_RELAY_H
#define CALL_RELAY_H

#include <aiproxy/codec.h>

struct call;
struct aip_head;

/* Of one attempt. */
struct relay {
	bool wanted;   /* the fetch asked for it */
	bool asked;    /* and for figures that the client did not ask for */
	bool on;       /* a 2xx head came: bytes go to the client */
	bool streams;  /* they go as they come; else the whole answer is collected */
	bool splices;  /* the client used another name: lines are looked at */
	bool strips;   /* figures are kept from the client: lines are looked at */
	bool stripped; /* the last line was kept from it, and so is the blank one behind */
	bool unread;   /* the provider could not read all: its silence means nothing */
	int http;
	struct aip_str content_type; /* in the call's arena */
	bool array;                  /* events go on as the elements of one JSON array */
	size_t elements;             /* of the array, so far */
	bool shows;                  /* an event was more than the start of an answer */
	struct aip_sse sse;          /* reads the events of an array; of others, the start */
	struct aip_buf whole;        /* the answer; of a stream, what must still wait */
};

/* A head came; decides whether it is relayed. */
void relay_head(struct call *call, const struct aip_head *head);
/* Bytes came, and the provider has looked at them without objection. */
void relay_body(struct call *call, struct aip_str bytes);
/* Silence: what is held back goes, so that the client hears something. */
void relay_let_go(struct call *call);
/* True when the client has the answer's own end, or the upstream's own error. */
bool relay_is_told(const struct call *call);
/* The upstream's answer is complete: the client's ends. */
void relay_end(struct call *call);
/* An event, or all of it, is larger than an answer may be. */
void relay_too_large(struct call *call);
/* relay_array.c: bytes came; the upstream's answer is complete. False: the call has ended. */
void relay_array_bytes(struct call *call, struct aip_str bytes);
bool relay_array_end(struct call *call);
/* An array breaks off after its first bytes: writes its end, with the error as the last element. */
enum aip_status relay_array_fail(struct call *call, const struct aip_error *error,
                                 struct aip_buf *out);
void relay_fini(struct relay *relay);

#endif
