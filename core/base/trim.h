/* Giving back memory that only starting needed. */
#ifndef BASE_TRIM_H
#define BASE_TRIM_H

/* The code of libraries that ran once while loading leaves this process's resident set, as does free heap;
 * what is needed again comes back from the page cache. Any thread, at any time; once after start is right. */
void trim_after_start(void);

#endif
