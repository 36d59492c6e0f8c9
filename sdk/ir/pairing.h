/* Calls and their results: every call of a turn gets exactly one result, right behind it. */
#ifndef SDK_IR_PAIRING_H
#define SDK_IR_PAIRING_H

#include <aiproxy/ir.h>

/* Gives ids to calls without one, brings each result behind its call, answers calls that were never
 * answered, drops results that nobody asked for, names results, tells ids apart. What it made up or
 * dropped is counted in request->repairs. Calls stand in turns of role assistant, results in turns
 * of role tool and nothing else does. Time grows with the length of the history, not with its
 * square. */
void pairing_repair(struct aip_arena *arena, struct aip_request *request);

#endif
