/* Repeating a page: as it is, then with one thing different each time. */
#ifndef SCENARIO_REPEAT_H
#define SCENARIO_REPEAT_H

#include "story.h"

struct repeat_options {
	bool once; /* as it is written, no repetition */
	bool all;  /* every place, also of long texts */
	bool verbose;
	const struct twist *only; /* this twist alone; NULL: all */
};

/* True: every run went as it must. Else stderr has told what went differently. */
bool repeat_page(const struct page *page, const struct repeat_options *options);

#endif
