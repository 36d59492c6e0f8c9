/* A part without the content that its deltas bring: what a block starts with. */
#ifndef SDK_IR_HEAD_H
#define SDK_IR_HEAD_H

#include <aiproxy/ir.h>

struct head {
	struct aip_part part;
	struct aip_tool_call call;
	struct aip_media media;
	struct aip_server_part server;
	struct aip_thinking thinking;
};

/* Borrows all texts from `part`, which must outlive it. Kinds without a delta of their own stay
 * whole. Opaque state stays, but for thinking: its signature follows the text. */
void head_of(const struct aip_part *part, struct head *ret);

/* The part holds what deltas could have brought. */
bool head_lacks(const struct aip_part *part);

#endif
