/* Whether JSON that arrives in fragments is whole yet: counts brackets outside strings, keeps no
 * bytes. Says nothing about validity beyond that. */
#ifndef SDK_IR_BALANCE_H
#define SDK_IR_BALANCE_H

#include <aiproxy/base.h>

/* Zeroed before the first fragment. */
struct balance {
	uint32_t depth;
	bool any; /* something but blanks was seen */
	bool in_string;
	bool escaped;
};

void balance_add(struct balance *balance, struct aip_str fragment);

/* Nothing is open: "{}", "7", also nothing at all. */
static inline bool balance_is_whole(const struct balance *balance)
{
	return balance->depth == 0 && !balance->in_string;
}

#endif
