/* Deep copies of the parts of an answer, for who keeps what an event only lends. */
#ifndef SDK_IR_COPY_H
#define SDK_IR_COPY_H

#include <aiproxy/ir.h>

/* A copy with all that hangs on it, `next` excepted. NULL stays NULL. */
struct aip_part *part_copy(struct aip_arena *arena, const struct aip_part *part);
struct aip_citation *citation_copy(struct aip_arena *arena, const struct aip_citation *citation);
struct aip_opaque *opaque_copy(struct aip_arena *arena, const struct aip_opaque *opaque);
/* A copy of the whole list. */
struct aip_ext *exts_copy(struct aip_arena *arena, const struct aip_ext *from);

#endif
