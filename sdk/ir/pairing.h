/* Calls and their results: every call of a turn gets exactly one result, right behind it. */
#ifndef SDK_IR_PAIRING_H
#define SDK_IR_PAIRING_H

#include <aiproxy/ir.h>

/* Gives ids to calls without one, brings each result behind its call, answers calls that were never
 * answered, drops results that nobody asked for, names results. Results stand in turns of role tool. */
void pairing_repair(struct aip_arena *arena, struct aip_request *request);

#endif
