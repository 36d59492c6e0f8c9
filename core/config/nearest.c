/* Edit distance with swaps of neighbours counted as one. */
#include "config/nearest.h"

#define WORD_MAX 64

struct nearest nearest_to(struct aip_str word)
{
	size_t far = word.len / 3 < 4 ? word.len / 3 : 4;

	return (struct nearest){word, AIP_NONE, far + 1};
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(struct aip_str a, struct aip_str b)
{
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = above[j - 1] + (a.at[i - 1] != b.at[j - 1]);
			row[j] = least(least(above[j], row[j - 1]) + 1, change);
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
			    a.at[i - 2] == b.at[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[a.len % 3][b.len];
}

void nearest_offer(struct nearest *nearest, struct aip_str candidate)
{
	if (nearest->word.len > WORD_MAX || candidate.len > WORD_MAX)
		return;
	size_t far = distance(nearest->word, candidate);
	if (far < nearest->distance) {
		nearest->distance = far;
		nearest->best = candidate;
	}
}
