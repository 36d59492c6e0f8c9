/* What a client may have been told, whatever happened: the whole answer, or an error in its dialect. */
#ifndef SCENARIO_LEGAL_H
#define SCENARIO_LEGAL_H

#include "story.h"

/* Every answer of the client: the bytes of the same answer in the plain run, or the beginning of that
 * stream, at the end of an event, and an error event; or an error as a whole answer. The last may be
 * missing or unfinished when the client left. plain NULL: this is the plain run; shapes alone are checked. */
bool legal_answers(const struct client *client, const struct client *plain, char *why,
                   size_t why_size);

/* Equal, but for ids made up by the gateway ("chatcmpl-…", "msg_…"): another attempt has others. */
bool legal_same(struct aip_str a, struct aip_str b);

/* Events number from … to (counted from 1) of a stream, the empty line behind each included. */
struct aip_str legal_events(struct aip_str stream, int64_t from, int64_t to);

#endif
