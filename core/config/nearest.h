/* "Did you mean …": the known name nearest to a mistyped one. */
#ifndef CORE_CONFIG_NEAREST_H
#define CORE_CONFIG_NEAREST_H

#include <aiproxy/base.h>

struct nearest {
	struct aip_str word;
	struct aip_str best; /* AIP_NONE: nothing is near */
	size_t distance;
};

/* Near means at most a third of the letters changed, and no more than 4. */
struct nearest nearest_to(struct aip_str word);
/* candidate is borrowed. Words above 64 bytes are near to nothing. */
void nearest_offer(struct nearest *nearest, struct aip_str candidate);

#endif
