/* Counts the brackets of JSON that arrives in fragments. */
#include "ir/balance.h"

static void in_string_add(struct balance *balance, char c)
{
	if (balance->escaped)
		balance->escaped = false;
	else if (c == '\\')
		balance->escaped = true;
	else if (c == '"')
		balance->in_string = false;
}

static void outside_add(struct balance *balance, char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n': return;
	case '"': balance->in_string = true; break;
	case '{':
	case '[': balance->depth++; break;
	case '}':
	case ']': balance->depth -= balance->depth > 0; break;
	}
	balance->any = true;
}

void balance_add(struct balance *balance, struct aip_str fragment)
{
	for (size_t i = 0; i < fragment.len; i++) {
		if (balance->in_string)
			in_string_add(balance, fragment.at[i]);
		else
			outside_add(balance, fragment.at[i]);
	}
}
